"""MADE and PixelCNN: each pixel depends on those before it alone, and p(x) sums to one."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import MADE, AutoregressiveBits, PixelCNN
from tests.distributions.densities import all_bits
from tests.support.statistics import assert_estimate

MODELS = {
    "made": lambda: MADE((2, 3), (20,), activation="tanh", rng=0),
    "made, random order": lambda: MADE((2, 3), (20, 10), order="random", activation="tanh", rng=5),
    "made, backwards": lambda: MADE(6, (20,), order=range(5, -1, -1), activation="gelu", rng=0),
    "made without hidden layers": lambda: MADE(6, (), rng=0),
    "pixelcnn": lambda: PixelCNN((2, 3), 6, 2, kernel=3, rng=0),
    "pixelcnn of one channel": lambda: PixelCNN((3, 2, 1), 4, 1, kernel=5, rng=1),
}
D = 6


def make(name):
    """In float64, with weights large enough that pixels matter to each other."""
    model = MODELS[name]().astype("float64")
    for p in model.parameters():
        p.data = (3.0 if p.ndim > 1 else 1.0) * p.data
    return model


def every_image(model):
    return all_bits(D).reshape(-1, *model.image_shape)


@pytest.mark.parametrize("name", MODELS)
def test_the_jacobian_is_strictly_triangular_in_the_order_of_the_pixels(name, rng):
    model = make(name)
    assert sorted(model.order) == list(range(D))
    x = rng.normal(size=(1, *model.image_shape))
    slopes = sg.jacobian(model.logits)(x).reshape(D, D)[model.order][:, model.order]
    assert np.all(slopes[np.triu_indices(D)] == 0)
    below = slopes[np.tril_indices(D, -1)]
    if name.startswith("made"):
        assert np.all(below != 0)
    else:                                               # a convolution does not reach everywhere
        assert np.all(np.diagonal(slopes, -1)[:1] != 0) and (below != 0).mean() > 0.5
    if name in ("made, random order", "made, backwards"):       # so the order matters above
        assert model.order != sorted(model.order)


@pytest.mark.parametrize("name", MODELS)
def test_the_likelihood_sums_to_one_over_all_images(name):
    model = make(name)
    log_prob = model.log_prob(every_image(model)).numpy()
    assert log_prob.shape == (2 ** D,)
    assert np.exp(log_prob).sum() == pytest.approx(1, abs=1e-12)
    assert np.exp(log_prob).max() > 2 * np.exp(log_prob).min()          # not the uniform one


def test_a_pixelcnn_sums_to_one_over_all_images_of_four_pixels():
    model = PixelCNN((2, 2), 8, 2, kernel=3, rng=3).astype("float64")
    images = all_bits(4).reshape(-1, 2, 2)
    assert np.exp(model.log_prob(images).numpy()).sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_samples_have_the_likelihood_that_the_model_gives_them(name, rng):
    model, n = make(name), 20_000
    images = every_image(model)
    x = model.sample(n, rng=rng)
    assert x.shape == (n, *model.image_shape) and x.dtype == np.float64
    assert model.sample(0, rng=rng).shape == (0, *model.image_shape)
    counts = np.bincount((x.reshape(n, D) @ 2 ** np.arange(D - 1, -1, -1)).astype(int),
                         minlength=2 ** D)
    exact = np.exp(model.log_prob(images).numpy())
    error = np.sqrt(exact * (1 - exact) / n)
    common = exact > 10 / n                     # no place for a normal approximation otherwise
    assert_estimate((counts / n)[common], exact[common], standard_error=error[common])
    assert common.sum() > 10 and (counts / n)[~common].sum() < 0.05


@pytest.mark.parametrize("name", MODELS)
def test_the_conditionals_are_those_of_the_joint_distribution(name):
    """p(x_i = 1 | x_<i), by summing the joint over all that comes after."""
    model = make(name)
    images = all_bits(D)
    joint = np.exp(model.log_prob(images.reshape(-1, *model.image_shape)).numpy())
    logits = model.logits(images.reshape(-1, *model.image_shape)).numpy().reshape(-1, D)
    for place, i in enumerate(model.order):
        before = model.order[:place]
        same = (images[:, None, before] == images[None, :, before]).all(-1)
        conditional = (same & (images[:, i] == 1)) @ joint / (same @ joint)
        np.testing.assert_allclose(1 / (1 + np.exp(-logits[:, i])), conditional, rtol=1e-9)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients(name, order, rng):
    model = MODELS[name]().astype("float64")
    x = rng.normal(size=(1, *model.image_shape))
    if "made" in name:
        sg.gradcheck(model.logits, x, order=order)
    bits = (rng.random((3, *model.image_shape)) < 0.5).astype(float)
    model.loss(bits).mean().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_training_finds_a_distribution_that_is_not_independent(rng):
    """Of four bits the last is the parity of the others: 3 bits of entropy, not 4."""
    bits = (rng.random((2000, 4)) < 0.5).astype(np.float32)
    bits[:, 3] = bits[:, :3].sum(1) % 2
    model = MADE(4, (40, 40), rng=0)
    optimiser = sg.optim.Adam(model.parameters(), lr=2e-2)
    for _ in range(150):
        optimiser.zero_grad()
        loss = model.loss(bits).mean()
        loss.backward()
        optimiser.step()
    assert loss.item() == pytest.approx(3 * np.log(2), abs=0.02)
    x = model.sample(200, rng=rng)
    assert (x[:, 3] == x[:, :3].sum(1) % 2).mean() > 0.98


@pytest.mark.parametrize("name", MODELS)
def test_flat_images_will_do(name, rng):
    model = make(name)
    x = (rng.random((5, *model.image_shape)) < 0.5).astype(float)
    np.testing.assert_array_equal(model.log_prob(x.reshape(5, D)).numpy(),
                                  model.log_prob(x).numpy())
    np.testing.assert_array_equal(model(x).numpy(), model.logits(x).numpy())


def test_what_is_refused():
    with pytest.raises(ValueError, match="there is no order 'spiral'"):
        MADE(4, order="spiral", rng=0)
    with pytest.raises(ValueError, match="names each feature once"):
        MADE(4, order=[0, 1, 2], rng=0)
    with pytest.raises(ValueError, match="images of one channel"):
        PixelCNN((4, 4, 3), rng=0)
    with pytest.raises(ValueError, match="images of one channel"):
        PixelCNN(16, rng=0)
    for model in (MADE((2, 2), rng=0), PixelCNN((2, 2), rng=0)):
        with pytest.raises(ValueError, match="0 and 1 only"):
            model.log_prob(np.full((1, 2, 2), 0.5, np.float32))
        with pytest.raises(sg.ShapeError, match=r"expected  \(N, 2, 2\)"):
            model.log_prob(np.zeros((1, 3, 3), np.float32))
    for what in (lambda m: m.logits(None), lambda m: m.order):
        with pytest.raises(NotImplementedError, match="AutoregressiveBits has no"):
            what(AutoregressiveBits())
