"""SpectralNorm: sigma against the SVD, what it bounds and what it does not, its u in training."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops

LAYERS = {"linear": (lambda **more: nn.Linear(5, 4, rng=0, **more), (6, 5)),
          "wide linear": (lambda **more: nn.Linear(2, 7, rng=0, **more), (3, 2)),
          "conv": (lambda **more: nn.Conv2d(2, 4, 3, stride=2, padding=1, rng=0, **more),
                   (2, 5, 4, 2)),
          "conv to one": (lambda **more: nn.Conv2d(2, 1, 2, rng=0, **more), (2, 3, 3, 2))}
EXAMPLES = pytest.mark.parametrize("make, shape", LAYERS.values(), ids=LAYERS)


def matrix(layer):
    return layer.weight.data.reshape(-1, layer.weight.shape[-1])


def converged(layer):
    """float64, after as many steps as it takes."""
    layer = nn.SpectralNorm(layer.astype("float64"), rng=1)
    shape = {2: (1, layer.layer.weight.shape[0]), 4: (1, 5, 5, layer.layer.weight.shape[-2])}
    x = np.zeros(shape[layer.layer.weight.ndim])
    for _ in range(1000):
        layer(x)
    return layer


@EXAMPLES
def test_sigma_is_the_largest_singular_value(make, shape):
    layer = converged(make())
    largest = np.linalg.norm(matrix(layer.layer), 2)
    assert layer.sigma().item() == pytest.approx(largest, rel=1e-12)

    u, v = np.linalg.svd(matrix(layer.layer))[::2]
    layer.sigma().backward()
    np.testing.assert_allclose(layer.layer.weight.grad.reshape(len(u), -1),
                               np.outer(u[:, 0], v[0]), atol=1e-9)


@EXAMPLES
def test_the_layer_is_as_before_but_for_its_weights(make, shape, rng):
    plain, layer = make(activation="tanh", dtype="float64"), converged(make(activation="tanh"))
    plain.weight.data = layer.layer.weight.data / np.linalg.norm(matrix(layer.layer), 2)
    plain.bias.data = layer.layer.bias.data
    x = rng.normal(size=shape)
    np.testing.assert_allclose(layer(x).data, plain(x).data, rtol=1e-12, atol=1e-14)
    assert isinstance(layer.layer.weight, nn.Parameter) and len(layer.parameters()) == 2


@EXAMPLES
def test_gradients_pass_through_sigma(make, shape, rng):
    """For a fixed u, sigma = |W u|, whose derivative does not need that of v."""
    layer = nn.SpectralNorm(make(activation="tanh", dtype="float64"), rng=1).eval()

    def f(x, weight, bias):
        vars(layer.layer).update(weight=weight, bias=bias)
        return layer(x)
    x, *parameters = rng.normal(size=shape), *(p.data.copy() for p in layer.parameters())
    assert sg.gradcheck(f, x, *parameters)
    constants = [sg.Tensor(values) for values in parameters]
    assert sg.gradcheck(lambda x: f(x, *constants), x, order=2)


def test_the_factor_of_the_weights_does_not_matter(rng):
    """What is divided by its norm has no gradient along itself: <W, dL/dW> = 0."""
    layer = converged(nn.Linear(5, 4, rng=0))
    (ops.tanh(layer(rng.normal(size=(6, 5)))) ** 2).sum().backward()
    w, g = layer.layer.weight.data, layer.layer.weight.grad
    assert np.abs((w * g).sum()) < 1e-12 < 1e-2 < np.abs(w * g).sum()


def test_a_linear_layer_has_lipschitz_constant_one(rng):
    layer = converged(nn.Linear(5, 4, rng=0))
    x, y = rng.normal(size=(2, 200, 5))
    ratio = np.linalg.norm(layer(x).data - layer(y).data, axis=1) / np.linalg.norm(x - y, axis=1)
    assert 0.5 < ratio.max() <= 1
    slopes = sg.jacobian(layer)(x[0])
    assert np.linalg.norm(slopes, 2) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("kernel", [2, 3, 5])
def test_a_convolution_may_still_stretch_by_more(kernel):
    """Equal weights 1/K add up to K over a patch of equal pixels, with a reshaped norm of 1."""
    layer = nn.Conv2d(1, 1, kernel, bias=False, rng=0)
    layer.weight.data = np.ones(layer.weight.shape)
    layer, size = converged(layer), 12
    weight = layer(np.ones((1, kernel, kernel, 1))).item()              # the sum of the kernel
    assert weight == pytest.approx(kernel)
    slopes = sg.jacobian(layer)(np.zeros((1, size, size, 1)))
    operator = slopes.reshape(-1, size * size)
    assert 1.5 < np.linalg.norm(operator, 2) <= kernel * (1 + 1e-12)    # sqrt(Kh Kw) is the bound


@pytest.mark.parametrize("stride, padding", [(1, 0), (1, 1), (2, 1)])
def test_a_convolution_stretches_by_at_most_the_root_of_its_patch(stride, padding, rng):
    norms = []
    for seed in range(6):
        layer = converged(nn.Conv2d(2, 3, 3, stride=stride, padding=padding, bias=False, rng=seed))
        slopes = sg.jacobian(layer)(np.zeros((1, 5, 5, 2)))
        norms.append(np.linalg.norm(slopes.reshape(-1, 50), 2))
    assert max(norms) <= 3 and (stride == 2 or max(norms) > 1)


# ---- the u that is remembered --------------------------------------------------------------------

def test_one_step_a_use_in_training_and_none_in_use(rng):
    layer = nn.SpectralNorm(nn.Linear(5, 4, rng=0, dtype="float64"), rng=1)
    x, w, u = rng.normal(size=(3, 5)), layer.layer.weight.data, layer.u
    layer(x)
    v = w @ u / np.linalg.norm(w @ u)
    expected = w.T @ v / np.linalg.norm(w.T @ v)
    np.testing.assert_allclose(layer.u, expected, rtol=1e-12)
    assert (layer.u != u).any()

    layer.eval()
    first, kept = layer(x).data, layer.u
    np.testing.assert_array_equal(layer(x).data, first)
    assert layer.u is kept
    np.testing.assert_allclose(first - layer.layer.bias.data, x @ w / layer.sigma().item(),
                               rtol=1e-12)


def test_a_graph_does_not_see_the_steps_after_it(rng):
    """A discriminator is used on real and on made images before the one backward."""
    layer = nn.SpectralNorm(nn.Linear(5, 4, rng=0), rng=1)
    x, grads = rng.random((3, 5), np.float32), []
    start = layer.state_dict()
    for uses_after in (0, 1):
        layer.load_state_dict(start)
        layer.zero_grad()
        y = ops.tanh(layer(x)).sum()
        for _ in range(uses_after):
            layer(x)
        y.backward()
        grads.append(layer.layer.weight.grad)
    np.testing.assert_array_equal(*grads)


def test_u_keeps_up_with_weights_that_are_trained(rng):
    layer = nn.SpectralNorm(nn.Linear(8, 8, rng=0), rng=1)
    optimiser = sg.optim.Adam(layer.parameters(), lr=1e-2)
    x, target = rng.random((2, 32, 8), np.float32)
    for _ in range(200):
        optimiser.zero_grad()
        ops.square(layer(x) - target).sum(axis=1).mean().backward()
        optimiser.step()
    assert layer.sigma().item() == pytest.approx(np.linalg.norm(layer.layer.weight.data, 2),
                                                 rel=1e-2)


def test_a_checkpoint_holds_u_and_training_goes_on_as_if_never_stopped(tmp_path, rng):
    make = lambda seed: nn.Sequential(nn.SpectralNorm(                          # noqa: E731
        nn.Conv2d(1, 4, 3, rng=seed), rng=seed), nn.Flatten())
    model, x = make(0), rng.random((2, 4, 4, 1), np.float32)
    model(x)
    nn.save(tmp_path / "model.npz", model)
    other = make(1)
    nn.load(tmp_path / "model.npz", other)
    assert "layers.0.u" in other.state_dict()
    for _ in range(2):
        np.testing.assert_array_equal(model(x).data, other(x).data)
    np.testing.assert_array_equal(model[0].u, other[0].u)
    assert model.astype("float64")[0].u.dtype == np.float64


def test_frozen_weights_have_no_gradient_and_let_it_pass(rng):
    layer = nn.SpectralNorm(nn.Linear(5, 4, rng=0), rng=1)
    x = sg.Tensor(rng.random((3, 5), np.float32), requires_grad=True)
    with layer.frozen():
        layer(x).sum().backward()
    assert x.grad.all() and all(p.grad is None for p in layer.parameters())


def test_what_has_no_such_norm():
    for layer in (nn.BatchNorm(3), nn.ConvTranspose2d(1, 1, 2, rng=0),
                  nn.MaskedLinear([[1.0]], rng=0)):
        with pytest.raises(TypeError, match=rf"a Linear or a Conv2d\n.*{type(layer).__name__}"):
            nn.SpectralNorm(layer, rng=0)
    layer = nn.Linear(2, 3, rng=0)
    layer.weight.data = np.zeros((2, 3))
    with pytest.raises(ValueError, match=r"Linear\(2, 3\) are all zero"):
        nn.SpectralNorm(layer, rng=0)
    layer = nn.SpectralNorm(nn.Linear(2, 3, rng=0), rng=0)
    for name, factor in (("layer.weight", 0.0), ("layer.weight", 1e-30), ("u", 0.0)):
        state = layer.state_dict()
        layer.load_state_dict(state | {name: factor * state[name]})
        for use in (lambda: layer(np.ones((1, 2), np.float32)), layer.sigma):
            with pytest.raises(ValueError, match=r"sigma is 0.*\n.*Linear\(2, 3\)"):
                use()
        layer.load_state_dict(state)
    assert nn.SpectralNorm(nn.Linear(2, 3, rng=0), rng=0).describe() == "SpectralNorm(Linear(2, 3))"


@EXAMPLES
def test_on_every_backend(make, shape, xp_backend, rng):
    x = rng.random(shape, np.float32)
    with sg.backend.use("numpy"):
        reference = nn.SpectralNorm(make(), rng=1)
        expected = [reference(x).data, reference(x).data, reference.eval()(x).data]
    layer = nn.SpectralNorm(make(), rng=1)
    found = [layer(xp_backend.asarray(x)), layer(xp_backend.asarray(x)),
             layer.eval()(xp_backend.asarray(x))]
    for y, z in zip(found, expected):
        np.testing.assert_allclose(xp_backend.to_numpy(y), z, rtol=1e-4, atol=1e-5)
    found[0].sum().backward()
    assert xp_backend.to_numpy(layer.layer.weight.grad).any()
