"""VAE: the ELBO is what its formula says, on the same noise; shapes; what is refused."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.autodiff.engine import ancestors
from scratchgen.distributions import kl_monte_carlo
from scratchgen.models import VAE, vae_dense
from tests.models import reference_vae as reference
from tests.support.statistics import assert_estimate

N, D, Z = 6, 12, 3
KINDS = {"bernoulli": {"likelihood": "bernoulli"},
         "continuous-bernoulli": {"likelihood": "continuous-bernoulli"},
         "gaussian, learned scale": {"likelihood": "gaussian"},
         "gaussian, fixed scale": {"likelihood": "gaussian", "scale": 0.3}}


def make(kind, image_shape=D, **arguments):
    model = vae_dense(image_shape, Z, (8, 7), rng=1, **KINDS[kind] | arguments).astype("float64")
    for p in model.parameters():
        p.data = p.data + 0.3 * np.random.default_rng(p.size).normal(size=p.shape)
    return model


@pytest.fixture
def x(rng):
    return (rng.random((N, D)) < 0.4).astype(float)


# ---- the bound, line by line --------------------------------------------------------------------

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 4])
def test_the_elbo_is_its_formula_on_the_same_noise(kind, n, x):
    model = make(kind)
    loc, log_scale = reference.encode(model, x)
    noise = np.random.default_rng(5).standard_normal((n, N, Z))
    z = loc + np.exp(log_scale) * noise
    reconstruction = reference.log_likelihood(model, x, z).mean(0)
    divergence = reference.kl(loc, log_scale)
    found = model.terms(x, n, rng=np.random.default_rng(5))
    np.testing.assert_allclose(found[0].numpy(), reconstruction, rtol=1e-12)
    np.testing.assert_allclose(found[1].numpy(), divergence, rtol=1e-12)
    elbo = model.elbo(x, n, rng=np.random.default_rng(5))
    np.testing.assert_allclose(elbo.numpy(), reconstruction - divergence, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 7])
def test_log_prob_is_its_formula_on_the_same_noise(kind, n, x):
    """With one draw: log p(x|z) + log p(z) - log q(z|x), the ELBO whose divergence is sampled."""
    model = make(kind)
    loc, log_scale = reference.encode(model, x)
    z = loc + np.exp(log_scale) * np.random.default_rng(5).standard_normal((n, N, Z))
    log_weight = (reference.log_likelihood(model, x, z) + reference.log_normal(z, 0, 0).sum(-1)
                  - reference.log_normal(z, loc, log_scale).sum(-1))
    expected = np.log(np.mean(np.exp(log_weight), axis=0))
    np.testing.assert_allclose(model.log_prob(x, n, rng=np.random.default_rng(5)).numpy(), expected,
                               rtol=1e-11)


def test_memory_of_log_prob_is_bounded_and_chunks_change_nothing(x, monkeypatch):
    model = make("bernoulli")
    whole = model.log_prob(x, 50, rng=3).numpy()
    sizes, decode = [], model.decode

    def counted(z):
        sizes.append(len(z))
        return decode(z)

    model.decode = counted
    monkeypatch.setattr("scratchgen.elbo.bounds._CHUNK", 7 * N * D)
    np.testing.assert_allclose(model.log_prob(x, 50, rng=3).numpy(), whole, rtol=1e-12)
    assert max(sizes) == 7 * N and sum(sizes) == 50 * N


@pytest.mark.parametrize("beta", [0, 0.5, 1, 4.0])
def test_beta_multiplies_the_divergence_and_nothing_else(beta, x):
    model = make("bernoulli")
    reconstruction, divergence = model.terms(x, rng=5)
    np.testing.assert_array_equal(model.elbo(x, beta=beta, rng=5).numpy(),
                                  (reconstruction - beta * divergence).numpy())
    # and so in the gradient that trains it: d(-loss) = d reconstruction - beta d divergence

    def gradient(loss):
        model.zero_grad()
        loss.mean().backward()
        return [np.zeros(p.shape) if p.grad is None else p.grad for p in model.parameters()]

    elbo = gradient(model.elbo(x, beta=beta, rng=5))
    parts = gradient(model.terms(x, rng=5)[0]), gradient(model.terms(x, rng=5)[1])
    for g, r, d in zip(elbo, *parts):
        np.testing.assert_allclose(g, r - beta * d, rtol=1e-9, atol=1e-12)


def test_the_divergence_belongs_to_the_noise_that_the_encoder_adds(x, rng):
    """What is sampled has the scale that the divergence and the encoder's output speak of."""
    model, n = make("bernoulli"), 100_000
    loc, log_scale = reference.encode(model, x)
    q = model.encode(x)
    z = q.sample(n, rng=rng).numpy()
    variance = np.exp(2 * log_scale)
    assert_estimate(z.mean(0), loc, standard_error=np.sqrt(variance / n))
    assert_estimate(((z - loc) ** 2).mean(0), variance, standard_error=variance * np.sqrt(2 / n))
    one_draw = 0.5 * (variance - 1) ** 2 + variance * loc ** 2  # variance of log q(z|x) - log p(z)
    estimate = kl_monte_carlo(q, model.prior, n, rng=rng).value
    assert_estimate(estimate, model.terms(x, rng=rng)[1].numpy(),
                    standard_error=np.sqrt(one_draw.sum(-1) / n))


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_the_elbo_with_common_noise(kind, x):
    """Every parameter against differences along one random direction, in float64."""
    model = make(kind, activation="tanh")                       # no kinks to step over
    model.elbo(x, 2, rng=5).mean().backward()
    for name, p in model.named_parameters():
        direction = np.random.default_rng(9).normal(size=p.shape)
        centre, h, slope = p.data.copy(), 1e-3, 0.0
        for step, weight in ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12)):
            p.data = centre + step * h * direction
            slope += weight * model.elbo(x, 2, rng=5).mean().item() / h
        p.data = centre
        assert np.sum(p.grad * direction) == pytest.approx(slope, rel=1e-7, abs=1e-9), name


def test_a_training_step_has_no_wasted_gradient(x):
    """Few nodes, and none asks for the gradient of the data."""
    loss = -make("bernoulli").elbo(x, rng=0).mean()
    nodes = [node for node in ancestors(loss) if node.op is not None]
    assert len(nodes) <= 23
    assert not any(isinstance(i, sg.Tensor) and i.shape == x.shape and not i.requires_grad
                   for node in nodes for i in node.inputs)


# ---- shapes and samples -------------------------------------------------------------------------

@pytest.mark.parametrize("image_shape", [D, (D,), (4, 3), (2, 3, 2), (4, 3, 1)])
@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind, image_shape, x, rng):
    model = make(kind, image_shape)
    image = (image_shape,) if isinstance(image_shape, int) else image_shape
    batch = x.reshape(N, *image)
    q = model.encode(batch)
    assert q.batch_shape == (N,) and q.event_shape == (Z,)
    p = model.decode(q.sample(rng=rng))
    assert p.batch_shape == (N,) and p.event_shape == image
    assert model.prior.batch_shape == () and model.prior.event_shape == (Z,)
    for value in (model.elbo(batch, rng=rng), model.elbo(batch, 3, 2, rng=rng),
                  *model.terms(batch, rng=rng), model.log_prob(batch, 2, rng=rng)):
        assert value.shape == (N,) and value.dtype == np.float64
    assert model.sample(5, rng=rng).shape == (5, *image)
    assert model.sample(5, rng=rng, draw=True).shape == (5, *image)
    assert model(batch).shape == (N, *image)


def test_flat_images_are_the_same_images(x):
    model = make("bernoulli", (4, 3, 1))
    spatial = x.reshape(N, 4, 3, 1)
    assert np.array_equal(model.elbo(x, rng=1).numpy(), model.elbo(spatial, rng=1).numpy())
    assert np.array_equal(model.log_prob(x, 3, rng=1).numpy(),
                          model.log_prob(spatial, 3, rng=1).numpy())
    assert np.array_equal(model.code(x).numpy(), model.code(spatial).numpy())


def test_parameters_and_results_are_float32_by_default(x, rng):
    for arguments in KINDS.values():
        model = vae_dense(D, Z, rng=0, **arguments)
        batch = x.astype(np.float32)
        results = [*model.parameters(), model.elbo(batch, rng=rng), model.sample(2, rng=rng),
                   model.log_prob(batch, 2, rng=rng), model.prior.sample(rng=rng)]
        assert {r.dtype for r in results} == {np.dtype(np.float32)}


def test_samples_are_means_of_decoded_prior_draws_or_draws_of_the_model():
    model = make("bernoulli")
    z = np.random.default_rng(4).standard_normal((5, Z))
    means = 1 / (1 + np.exp(-reference.mlp(model.decoder, z)))
    np.testing.assert_allclose(model.sample(5, rng=4).numpy(), means, rtol=1e-12)
    assert set(np.unique(model.sample(50, rng=4, draw=True).numpy())) == {0, 1}


def test_samples_of_grey_levels_are_their_means_which_are_not_the_sigmoids(rng):
    model = make("continuous-bernoulli")
    logits = reference.mlp(model.decoder, np.random.default_rng(4).standard_normal((5, Z)))
    exact = 1 / (1 - np.exp(-logits)) - 1 / logits
    np.testing.assert_allclose(model.sample(5, rng=4).numpy(), exact, rtol=1e-9)
    assert np.abs(exact - 1 / (1 + np.exp(-logits))).max() > 0.05
    drawn = model.sample(50, rng=4, draw=True).numpy()
    assert 0 < drawn.min() < drawn.max() < 1


def test_drawn_samples_have_the_mean_of_the_means(rng):
    model, n = make("gaussian, fixed scale"), 100_000
    means, draws = model.sample(n, rng=4).numpy(), model.sample(n, rng=4, draw=True).numpy()
    assert_estimate((draws - means).mean(0), np.zeros(D), standard_error=0.3 / np.sqrt(n))
    assert_estimate(((draws - means) ** 2).mean(), 0.09, standard_error=0.09 * np.sqrt(2 / (n * D)))


def test_looking_records_no_graph(x, rng):
    model = make("bernoulli")
    assert model.elbo(x, rng=rng).requires_grad
    assert not model.log_prob(x, 2, rng=rng).requires_grad
    assert not model.sample(2, rng=rng).requires_grad


def test_a_vae_of_ones_own_networks(x, rng):
    """Any functions will do, with or without parameters."""
    layer = sg.nn.Linear(D, 2 * Z, rng=0).astype("float64")
    model = VAE(layer, lambda z: sg.ops.tile(z, (1, D // Z)), latent=Z)
    assert model.elbo(x, rng=rng).shape == (N,)
    assert model.parameters() == [layer.weight, layer.bias]
    frozen = VAE(lambda x: sg.Tensor(np.zeros((len(x), 2 * Z))), lambda z: sg.ops.tile(z, (1, 4)),
                 latent=Z)
    assert frozen.parameters() == []
    assert frozen.sample(3, rng=rng).shape == (3, D)
    assert np.array_equal(frozen.terms(x, rng=rng)[1].numpy(), np.zeros(N))


def test_the_learned_scale_is_one_parameter_and_learns(x):
    model = make("gaussian, learned scale")
    assert model.log_scale.shape == () and "log_scale" in model.state_dict()
    fresh = vae_dense(D, Z, likelihood="gaussian", rng=0)
    assert np.exp(fresh.log_scale.item()) == pytest.approx(0.5)
    model.elbo(x, rng=0).mean().backward()
    assert model.log_scale.grad != 0


# ---- what is refused ----------------------------------------------------------------------------

METHODS = {"encode": lambda m, x: m.encode(x),
           "elbo": lambda m, x: m.elbo(x, rng=0),
           "terms": lambda m, x: m.terms(x, rng=0),
           "log_prob": lambda m, x: m.log_prob(x, 2, rng=0)}


@pytest.mark.parametrize("method", METHODS)
def test_a_single_image_is_no_batch(method, x):
    with pytest.raises(sg.ShapeError, match=r"\(N, 4, 3\)\n  got       \(4, 3\)\n.*x\[None\]"):
        METHODS[method](make("bernoulli", (4, 3)), x[0].reshape(4, 3))
    with pytest.raises(sg.ShapeError, match=r"\(N, 4, 3\)\n  got       \(12,\)"):
        METHODS[method](make("bernoulli", (4, 3)), x[0])
    with pytest.raises(sg.ShapeError, match=r"\(N, 4, 3\)\n  got       \(6, 3, 4\)"):
        METHODS[method](make("bernoulli", (4, 3)), x.reshape(N, 3, 4))


@pytest.mark.parametrize("method", METHODS)
def test_an_empty_batch_is_refused(method, x):
    with pytest.raises(ValueError, match="the batch is empty"):
        METHODS[method](make("bernoulli"), x[:0])


def test_grey_pixels_need_another_likelihood(x):
    grey = np.where(x == 1, 0.7, 0)
    with pytest.raises(ValueError, match="0 and 1 only(.|\n)*binarise(.|\n)*continuous-"):
        make("bernoulli").elbo(grey, rng=0)
    with pytest.raises(ValueError, match="0 and 1 only"):
        make("bernoulli").log_prob(grey, 3, rng=0)
    for kind in ("gaussian, fixed scale", "continuous-bernoulli"):
        assert np.isfinite(make(kind).elbo(grey, rng=0).numpy()).all()
    with pytest.raises(ValueError, match=r"in \[0, 1\](.|\n)*divide pixels"):
        make("continuous-bernoulli").elbo(255 * grey, rng=0)


def test_a_likelihood_that_does_not_exist_lists_those_that_do():
    with pytest.raises(ValueError, match="'poisson'\n  expected  one of bernoulli, .*gaussian"):
        vae_dense(D, Z, likelihood="poisson", rng=0)


@pytest.mark.parametrize("scale", [0, -1.0, np.nan, np.inf, "fixed"])
def test_a_scale_that_is_none(scale):
    with pytest.raises(ValueError, match="a positive number, or \"learned\""):
        vae_dense(D, Z, likelihood="gaussian", scale=scale, rng=0)
    with pytest.raises(ValueError, match="a bernoulli likelihood has no scale"):
        vae_dense(D, Z, scale=1.0, rng=0)


def test_networks_of_the_wrong_width(x, rng):
    with pytest.raises(sg.ShapeError, match=r"2 Z numbers(.|\n)*\(N, 8\), with.*4\n.*\(6, 6"):
        VAE(sg.nn.Linear(D, 6, rng=0).astype("float64"), None, latent=4).encode(x)
    with pytest.raises(sg.ShapeError, match=r"\(N, 3\)\n  got       \(2, 4\)"):
        make("bernoulli").decode(np.zeros((2, 4)))
    narrow = VAE(lambda x: np.zeros((len(x), 6)), lambda z: sg.ops.tile(z, (1, 3)), latent=Z)
    with pytest.raises(sg.ShapeError, match=r"\(\.\.\., 9\)\n  got       \(6, 12\)"):
        narrow.elbo(x, rng=rng)


@pytest.mark.parametrize("encoder", [
    lambda x: (x[:, :Z], x[:, Z:2 * Z]),
    lambda x: sg.distributions.Normal(x[:, :Z], 1.0),
])
def test_an_encoder_gives_one_array(x, encoder):
    with pytest.raises(TypeError, match=r"(?s)expected  \(N, 6\), with latent = 3\n.*own encode"):
        VAE(encoder, None, latent=Z).encode(x)


def test_randomness_is_asked_for(x):
    model = make("bernoulli")
    for f in (lambda: model.elbo(x), lambda: model.terms(x), lambda: model.log_prob(x, 2),
              lambda: model.sample(2), lambda: vae_dense(D, Z)):
        with pytest.raises(TypeError, match="rng"):
            f()
    with pytest.raises(ValueError, match="one draw at least, got 0"):
        model.log_prob(x, 0, rng=0)
