"""Autoencoder: its loss is its formula, its gradient that of the formula, and what it refuses."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import Autoencoder, autoencoder_dense
from tests.models import reference_vae as reference

N, D, Z = 6, 12, 3


def make(likelihood="gaussian", image_shape=D, **arguments):
    return autoencoder_dense(image_shape, Z, (8,), likelihood=likelihood, rng=1,
                             **arguments).astype("float64")


def test_the_gaussian_loss_is_the_squared_error_of_each_image(rng):
    model, x = make(), rng.random((N, D))
    y = reference.mlp(model.decoder, reference.mlp(model.encoder, x))
    np.testing.assert_allclose(model.loss(x).numpy(), ((x - y) ** 2).sum(-1), rtol=1e-12)
    np.testing.assert_allclose(model(x).numpy(), y, rtol=1e-12)


def test_the_bernoulli_loss_is_the_cross_entropy_of_each_image(rng):
    model, x = make("bernoulli"), (rng.random((N, D)) < 0.4) * 1.0
    p = 1 / (1 + np.exp(-reference.mlp(model.decoder, reference.mlp(model.encoder, x))))
    expected = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum(-1)
    np.testing.assert_allclose(model.loss(x).numpy(), expected, rtol=1e-12)
    np.testing.assert_allclose(model(x).numpy(), p, rtol=1e-12)


def test_the_loss_of_grey_levels_is_minus_the_log_of_a_density(rng):
    model, x = make("continuous-bernoulli"), rng.random((N, D))
    u = reference.mlp(model.decoder, reference.mlp(model.encoder, x))
    expected = (np.log(np.expm1(u) / u) - u * x).sum(-1)
    np.testing.assert_allclose(model.loss(x).numpy(), expected, rtol=1e-9)
    np.testing.assert_allclose(model(x).numpy(), 1 / (1 - np.exp(-u)) - 1 / u, rtol=1e-9)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli", "continuous-bernoulli"])
def test_the_gradient_of_the_loss(likelihood, rng):
    model, x = make(likelihood, activation="tanh"), (rng.random((N, D)) < 0.4) * 1.0
    model.loss(x).sum().backward()
    for name, p in model.named_parameters():
        direction, centre, h = rng.normal(size=p.shape), p.data.copy(), 1e-3
        slope = 0.0
        for step, weight in ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12)):
            p.data = centre + step * h * direction
            slope += weight * model.loss(x).sum().item() / h
        p.data = centre
        assert np.sum(p.grad * direction) == pytest.approx(slope, rel=1e-7, abs=1e-9), name


@pytest.mark.parametrize("image_shape", [D, (4, 3), (2, 3, 2)])
def test_shapes(image_shape, rng):
    model = make(image_shape=image_shape)
    image = (image_shape,) if isinstance(image_shape, int) else image_shape
    x = rng.random((N, *image))
    assert model.encode(x).shape == model.code(x).shape == (N, Z)
    z = np.zeros((4, Z))
    assert model.decode(z).shape == model.image(z).shape == (4, *image)
    assert model.loss(x).shape == (N,)
    np.testing.assert_array_equal(model.loss(x.reshape(N, D)).numpy(), model.loss(x).numpy())


def test_a_decoder_of_another_shape_is_no_broadcast(rng):
    model = Autoencoder(lambda x: x, lambda z: sg.ops.sum(z, axis=1, keepdims=True))
    with pytest.raises(sg.ShapeError, match="Autoencoder.loss"):
        model.loss(rng.random((N, D)))


def test_what_is_refused(rng):
    with pytest.raises(ValueError, match="'poisson'\n  expected  one of gaussian, bernoulli, cont"):
        make("poisson")
    with pytest.raises(ValueError, match="0 and 1 only"):
        make("bernoulli").loss(rng.random((N, D)))
    for f in (make().loss, make().encode):
        with pytest.raises(sg.ShapeError, match=r"x\[None\]"):
            f(rng.random(D))
        with pytest.raises(ValueError, match="the batch is empty"):
            f(np.zeros((0, D)))
