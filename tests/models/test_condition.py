"""p(x|y): a conditional VAE with its label fixed is a plain VAE, whose biases the label moved."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.elbo import iwae_bound, ladder
from scratchgen.models import VAE, vae_conv, vae_dense
from tests.support import fake_cupy
from tests.support.backends import backend, xp_backend  # noqa: F401

N, D, Z, K = 6, 12, 3, 4
Y = np.array([2, 0, 3, 3, 1, 0])
CONV = {"image_shape": (4, 3), "latent": Z, "channels": (3,)}


def make(image_shape=D, **arguments):
    return vae_dense(image_shape, Z, (8, 7), condition=K, rng=1, **arguments).astype("float64")


def folded(model, label):
    """The plain VAE: the one-hot label's row of a first weight is one more bias."""
    plain = vae_dense(D, Z, (8, 7), rng=2).astype("float64")
    for network, size in (("encoder", D), ("decoder", Z)):
        first, *rest = [p.data for p in getattr(model, network).parameters()]
        weight, bias, *others = getattr(plain, network).parameters()
        weight.data, bias.data = first[:size], rest[0] + first[size + label]
        for p, values in zip(others, rest[1:], strict=True):
            p.data = values
    return plain


@pytest.fixture
def x(rng):
    return (rng.random((N, D)) < 0.4).astype(float)


RESULTS = {
    "terms": lambda m, x: sg.ops.stack(m.terms(x, 3, rng=5), axis=1),
    "elbo": lambda m, x: m.elbo(x, beta=2, rng=5),
    "log_prob": lambda m, x: m.log_prob(x, 7, rng=5),
    "doubly reparameterised": lambda m, x: iwae_bound(m, x, 4, rng=5,
                                                      gradient="doubly-reparameterised"),
    "code": lambda m, x: m.code(x),
    "reconstruction": lambda m, x: m(x),
    "sample": lambda m, x: m.sample(N, rng=5),
    "draws": lambda m, x: m.sample(N, rng=5, draw=True),
}


@pytest.mark.parametrize("name", RESULTS)
def test_each_example_is_treated_as_by_the_plain_vae_of_its_label(name, x):
    """On the same noise, whether its label is given for all examples or beside other labels."""
    model, result = make(), RESULTS[name]
    together = result(model.given(Y), x).numpy()
    for label in range(K):
        expected = result(folded(model, label), x).numpy()
        np.testing.assert_allclose(result(model.given(label), x).numpy(), expected, rtol=1e-11)
        np.testing.assert_allclose(together[Y == label], expected[Y == label], rtol=1e-11)


def test_labels_make_a_difference(x):
    found = [make().given(label).elbo(x, rng=5).numpy() for label in range(K)]
    assert np.abs(np.diff(found, axis=0)).min() > 1e-4


def test_looking_and_the_ladder_need_no_more(x):
    model, plain = make(), folded(make(), 1)
    view = model.given(1)
    for look in (lambda m: m.interpolate(x, x[::-1], 3), lambda m: m.interpolate(x[0], x[1], 4),
                 lambda m: m.alter(x, x[:2], 0.5), lambda m: m.attribute_vector(x[:2], x[2:])):
        np.testing.assert_allclose(look(view).numpy(), look(plain).numpy(), rtol=1e-11)
    lines = ladder(view, x, view.encode(x), 200, rng=3)
    expected = ladder(plain, x, plain.encode(x), 200, rng=3)
    np.testing.assert_allclose([line.value for line in lines], [line.value for line in expected],
                               rtol=1e-11)
    between = model.given(Y).interpolate(x, x[::-1], 3).numpy()
    np.testing.assert_allclose(between[:, 4], view.interpolate(x, x[::-1], 3).numpy()[:, 4])


def test_codes_come_in_rounds_of_the_labels(rng):
    model, z = make(), rng.normal(size=(2 * N, Z))
    images = model.given(Y).image(z).numpy()
    for i, label in enumerate([*Y, *Y]):
        np.testing.assert_allclose(images[i], model.given(label).image(z[i:i + 1]).numpy()[0])
    assert model.given([0, 1]).sample(6, rng=rng).shape == (6, D)


def test_a_label_that_is_not_there_learns_nothing(x):
    model = make()
    (-model.given(np.minimum(Y, 1)).elbo(x, rng=0)).mean().backward()
    for network, size in ((model.encoder, D), (model.decoder, Z)):
        gradient = network.parameters()[0].grad
        assert np.all(gradient[size:size + 2].any(axis=1)) and not gradient[size + 2:].any()


def test_the_view_shares_what_is_learned(x):
    model = make(likelihood="gaussian")
    view = model.given(Y)
    assert [id(p) for p in view.parameters()] == [id(p) for p in model.parameters()]
    assert view.log_scale is model.log_scale and view.prior.event_shape == (Z,)
    assert model.condition == K and view.condition is None and view.config is None


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1), (2, 3, 2)])
def test_shapes_and_dtype(shape, x):
    x = x.reshape(N, *shape).astype(np.float32)
    for model in (vae_dense(shape, Z, (8,), condition=K, rng=0),
                  vae_conv(shape, Z, (3, 2), condition=K, rng=0)):
        view = model.given(Y)
        assert view.elbo(x, rng=0).shape == (N,) and view.elbo(x, rng=0).dtype == np.float32
        assert view(x).shape == view.sample(N, rng=0).shape == x.shape
        one = model.given(int(Y[2])).elbo(x, rng=0).numpy()[2]
        np.testing.assert_allclose(view.elbo(x, rng=0).numpy()[2], one, rtol=1e-5)
        assert abs(model.given(0).elbo(x, rng=0).numpy()[2] - one) > 1e-4


def test_a_conditional_vae_of_ones_own_networks(x):
    """Any functions of (x, y) and (z, y) will do."""
    W = np.arange(K * D, dtype=float).reshape(K, D)
    model = VAE(lambda x, y: np.zeros((len(x), 2 * Z)), lambda z, y: sg.ops.matmul(y, W), latent=Z,
                likelihood="gaussian", scale=1.0, condition=K)
    np.testing.assert_array_equal(model.given(Y).sample(N, rng=0), W[Y])
    np.testing.assert_array_equal(model.given(2).sample(2, rng=0), W[[2, 2]])


# ---- backends -----------------------------------------------------------------------------------

def trained(model, x, y):
    optimiser, rng = sg.optim.Adam(model.parameters(), lr=1e-2), np.random.default_rng(1)
    for _ in range(3):
        optimiser.zero_grad()
        loss = -model.given(y).elbo(x, rng=rng)
        loss.mean().backward()
        optimiser.step()
    view = model.given(y)
    return [loss, view.log_prob(x, 5, rng=rng), view.sample(2 * N, rng=rng), view(x),
            model.given(1).sample(2, rng=rng)]


@pytest.mark.parametrize("maker", [lambda: vae_dense((4, 3), Z, (8,), condition=K, rng=0),
                                   lambda: vae_conv(**CONV, condition=K, rng=0)])
def test_every_backend_gives_the_numbers_of_numpy(maker, x, xp_backend):  # noqa: F811
    x = x.reshape(N, 4, 3).astype(np.float32)
    with sg.backend.use("numpy"):
        expected = [t.numpy() for t in trained(maker(), x, Y)]
    for labels in (Y, Y.tolist(), xp_backend.asarray(Y)):           # from the host, and from here
        for found, value in zip(trained(maker(), xp_backend.asarray(x), labels), expected):
            np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-4, atol=1e-5)
            assert found.dtype == xp_backend.asarray(x).dtype


def test_a_training_step_never_waits_and_labels_are_looked_at_where_asked_for(x):
    with backend("fakecupy") as here:
        model, x = vae_dense(D, Z, (8,), condition=K, rng=0), here.asarray(x.astype(np.float32))
        trained(model, x, here.asarray(Y))
        before = fake_cupy.SHARED.syncs
        model.given(here.asarray(Y)).elbo(x, rng=0).mean().backward()
        assert fake_cupy.SHARED.syncs == before
        model.given(here.asarray(Y + 1))
        with sg.backend.checked(), pytest.raises(IndexError, match="names no class"):
            model.given(here.asarray(Y + 1))


# ---- what is refused ----------------------------------------------------------------------------

def test_labels_that_are_missing(x):
    model, match = make(), r"no labels y are given\n  expected  model.given\(y\), y in 0 ... 3"
    for use in (lambda: model.elbo(x, rng=0), lambda: model.log_prob(x, 2, rng=0),
                lambda: model.sample(2, rng=0), lambda: model.encode(x), lambda: model(x),
                lambda: model.decode(np.zeros((2, Z))), lambda: iwae_bound(model, x, 2, rng=0)):
        with pytest.raises(ValueError, match=match):
            use()


@pytest.mark.parametrize("y, error, match", [
    (K, IndexError, r"0 \.\.\. 3, for 4 classes\n  got       4 \.\.\. 4"),
    (-1, IndexError, "names no class"), ([0, 7], IndexError, r"0 \.\.\. 7"),
    (1.0, TypeError, "integers"), ([True, False], TypeError, "integers"),
    (np.eye(K, dtype=int), sg.ShapeError, r"\(\) or \(N,\)\n  got       \(4, 4\)"),
    (np.zeros(0, int), sg.ShapeError, "one for each")])
def test_labels_that_are_none(y, error, match):
    with pytest.raises(error, match=match):
        make().given(y)


@pytest.mark.parametrize("labels", [1, 3, 5, 7, 12])
def test_as_many_labels_as_images(labels, x):
    view = make().given([0] * labels)
    with pytest.raises(sg.ShapeError, match=f"for {labels} labels\n  got       6"):
        view.elbo(x, rng=0)
    if N % labels:
        with pytest.raises(sg.ShapeError, match=f"codes in rounds of {labels} labels"):
            view.sample(N, rng=0)


def test_a_vae_without_labels_is_given_none():
    with pytest.raises(ValueError, match=r"knows no labels\n  expected  VAE\(..., condition=K\)"):
        vae_dense(D, Z, rng=0).given(1)


@pytest.mark.parametrize("condition", [0, -1, 2.5, "ten"])
def test_a_number_of_classes(condition):
    for maker in (lambda: vae_dense(D, Z, condition=condition, rng=0),
                  lambda: vae_conv(**CONV, condition=condition, rng=0),
                  lambda: VAE(None, None, latent=Z, condition=condition)):
        with pytest.raises(ValueError, match="positive integer"):
            maker()
