"""Convolutional models: shapes mirrored for any image, every parameter trained, what is refused."""
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import models, nn
from scratchgen.models import autoencoder_conv, vae_conv

MAKERS = [vae_conv, autoencoder_conv]
Z, N = 3, 2


@st.composite
def geometries(draw):
    """(image_shape, channels, kernel); an even kernel needs images that can be halved so often."""
    depth, kernel = draw(st.integers(1, 4)), draw(st.sampled_from([3, 3, 3, 4, 5, 6]))
    least = 1 if kernel % 2 else 2 ** depth
    size = st.integers(least, 20)
    shape = draw(size), draw(size)
    shape += draw(st.sampled_from([(), (1,), (2,), (3,)]))
    return shape, tuple(draw(st.integers(1, 4)) for _ in range(depth)), kernel


@pytest.mark.parametrize("make", MAKERS)
@settings(deadline=None, max_examples=60)
@given(geometry=geometries())
def test_images_of_any_shape_come_back_in_it(make, geometry):
    shape, channels, kernel = geometry
    model = make(shape, Z, channels, kernel=kernel, likelihood="gaussian", rng=0)
    x = np.random.default_rng(0).random((N, *shape), dtype=np.float32)
    assert model.code(x).shape == (N, Z)
    y = model(x)
    assert y.shape == x.shape and y.dtype == np.float32
    np.testing.assert_array_equal(model(x.reshape(N, -1)).data, y.data)

    down = _passed_through(model.encoder, nn.Conv2d, x)
    up = _passed_through(model.decoder, nn.ConvTranspose2d, np.zeros((N, Z), np.float32))
    assert down[0] == (N, *shape, 1)[:4] and down == up[::-1] and len(down) == len(channels) + 1


def _passed_through(network, kind, x):
    """The shape before and after each convolution of a network."""
    shapes = []
    for layer in network:
        y = layer(x)
        if isinstance(layer, kind):
            assert not shapes or shapes[-1] == x.shape
            shapes += [y.shape] if shapes else [x.shape, y.shape]
        x = y
    return shapes


@pytest.mark.parametrize("make", MAKERS)
@settings(deadline=None, max_examples=40)
@given(geometry=geometries())
def test_every_parameter_receives_a_gradient(make, geometry):
    shape, channels, kernel = geometry
    model = make(shape, Z, channels, kernel=kernel, likelihood="gaussian", activation="tanh", rng=0)
    x = np.random.default_rng(0).random((N, *shape), dtype=np.float32)
    loss = model.loss(x) if make is autoencoder_conv else -model.elbo(x, rng=1)
    loss.mean().backward()
    for name, p in model.named_parameters():
        assert p.grad is not None and p.grad.any() and np.isfinite(p.grad).all(), name
        if name.endswith("bias"):
            assert p.grad.all(), name


@pytest.mark.parametrize("make", MAKERS)
@settings(deadline=None, max_examples=20)
@given(geometry=geometries(), likelihood=st.sampled_from(["bernoulli", "gaussian"]))
def test_a_configuration_is_json_and_builds_a_twin(make, geometry, likelihood):
    shape, channels, kernel = geometry
    model = make(np.array(shape), np.int64(Z), channels, kernel=kernel, likelihood=likelihood,
                 activation="elu", rng=3)
    config = json.loads(json.dumps(model.config))
    twin = models.build(config["name"], config)
    assert type(twin) is type(model) and twin.config == model.config == config
    ours, others = model.state_dict(), twin.state_dict()
    assert ours.keys() == others.keys()
    assert all(np.array_equal(ours[name], others[name]) for name in ours)


def test_the_layers_of_the_usual_example():
    """conv 3x3 stride 2 padding 1 to 32, and to 64, 20 dimensions, the same transposed."""
    model = vae_conv((28, 28, 1), 20, (32, 64), rng=0)
    kinds = [[layer.describe() for layer in network if isinstance(layer, nn.Module)]
             for network in (model.encoder, model.decoder)]
    assert kinds[0] == ["Conv2d(1, 32, 3, stride=2, padding=1, 'relu')",
                        "Conv2d(32, 64, 3, stride=2, padding=1, 'relu')", "Flatten",
                        "Linear(3136, 40)"]
    assert kinds[1] == ["Linear(20, 3136, 'relu')", "Reshape((7, 7, 64))",
                        "ConvTranspose2d(64, 32, 3, stride=2, padding=1, output_padding=1, 'relu')",
                        "ConvTranspose2d(32, 1, 3, stride=2, padding=1, output_padding=1)"]


@pytest.mark.parametrize("kernel", [3, 4, 5, 6, 7])
@pytest.mark.parametrize("size", range(4, 9))
def test_every_pixel_is_seen_and_made(kernel, size):
    """No row at the end is left out of the windows, and none is made of the bias alone."""
    model = autoencoder_conv((size, size, 1), 2, (2, 3), kernel=kernel, activation="tanh", rng=0)
    x = sg.Tensor(np.zeros((1, size, size, 1), np.float32), requires_grad=True)
    model.encode(x).sum().backward()
    assert x.grad.all()
    y = model.decode(np.ones((1, 2), np.float32)).data - model.decoder[-1].bias.data
    assert y.all()


def test_the_activation_is_used():
    x = np.ones((1, 4, 4, 1), np.float32)
    codes = {name: model.code(x).data for name in ("relu", "tanh", "silu")
             for model in [autoencoder_conv((4, 4, 1), 2, activation=name, rng=0)]}
    assert (codes["relu"] != codes["tanh"]).any() and (codes["silu"] != codes["tanh"]).any()


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("arguments, named", [
    (((4, 4, 0), 2), "positive integers"), ((64, 2), r"\(H, W, C\)"), (((), 2), "positive"),
    (((2, 4, 4, 1), 2), r"\(H, W, C\)"), (((4, 4), 0), "positive"), (((4, 4), [2, 2]), "positive"),
    (((4, 4), 2, ()), "one layer or more"), (((4, 4), 2, (8, 0)), "positive"),
    (((4, 4.0), 2), "positive")])
def test_sizes_that_make_no_model(make, arguments, named):
    with pytest.raises(ValueError, match=named):
        make(*arguments, rng=0)


@pytest.mark.parametrize("make", MAKERS)
def test_what_else_is_refused(make, rng):
    with pytest.raises(ValueError, match="kernel 3 or more"):
        make((4, 4), 2, kernel=2, rng=0)
    with pytest.raises(ValueError, match="layer 3: the kernel is larger than the image"):
        make((4, 4), 2, (1, 1, 1), kernel=4, rng=0)
    with pytest.raises(ValueError, match="no activation 'rleu'"):
        make((4, 4), 2, activation="rleu", rng=0)
    with pytest.raises(ValueError, match="no likelihood 'poisson'"):
        make((4, 4), 2, likelihood="poisson", rng=0)
    with pytest.raises(sg.ShapeError, match=r"expected  \(N, 4, 5, 1\)"):
        make((4, 5, 1), 2, rng=0).code(rng.random((2, 5, 4, 1), dtype=np.float32))
