"""The instruments, held against the linear Gaussian VAE, where all that they estimate is known."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import data, optim
from scratchgen.distributions import MultivariateNormal, Normal, kl
from scratchgen.models import (LinearGaussianVAE, collapse, examine, exchange, information,
                               instruments, rate_distortion, units, vae_conv, vae_dense)
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

D, Z = 5, 2
SCALE = 0.8


def linear(columns=(1.2, 0.7)):
    """A model whose W has orthogonal columns of these lengths: its q(z|x) is the posterior."""
    W = np.linalg.qr(np.random.default_rng(3).standard_normal((D, len(columns))))[0] * columns
    return LinearGaussianVAE(W, np.arange(D, dtype=float), SCALE)


def marginal(model):
    return model.W.data @ model.W.data.T + SCALE ** 2 * np.eye(D)


def code(model, loc, deviation):
    """The same model with an encoder of our own: q(z|x) = N(V (x - b), deviation^2)."""
    model.V.data, model.log_code_scale.data = loc, np.log(deviation)
    return model


# ---- rate and distortion -------------------------------------------------------------------------

def test_rate_and_distortion_are_the_terms_of_the_bound(rng):
    model = linear()
    x = model.sample(1200, rng=rng)
    reconstruction, divergence = (t.numpy() for t in model.terms(x))
    point = rate_distortion(model, x, rng=rng, draws=3)
    assert point.rate.value == pytest.approx(divergence.mean(), rel=1e-12)
    assert point.rate.standard_error == pytest.approx(divergence.std(ddof=1) / math.sqrt(1200))
    assert_estimate(point.distortion, -reconstruction.mean())
    assert_estimate(point.elbo, model.elbo(x).numpy().mean())
    assert point.elbo.value == pytest.approx(-point.rate.value - point.distortion.value)


def test_more_draws_make_the_distortion_more_certain(rng):
    model = code(linear(), np.zeros((Z, D)), [3.0, 3.0])            # noise is all there is to it
    x = model.sample(400, rng=rng)
    one, many = (rate_distortion(model, x, rng=rng, draws=n).distortion for n in (1, 25))
    assert many.standard_error < one.standard_error / 2
    exact = -model.terms(x)[0].numpy().mean()
    assert_estimate(one, exact)
    assert_estimate(many, exact)


# ---- units ---------------------------------------------------------------------------------------

def test_units_add_up_to_the_rate_and_vary_as_their_covariance_says(rng):
    model = linear()
    x = model.sample(700, rng=rng)
    found, V = units(model, x), model.V.data
    assert sum(found.kl) == pytest.approx(model.terms(x)[1].numpy().mean(), rel=1e-12)
    covariance = V @ np.cov(x.numpy().T, bias=True) @ V.T
    np.testing.assert_allclose(found.variance, np.diag(covariance), rtol=1e-10)
    q = model.encode(x).base
    np.testing.assert_allclose(found.kl, kl(q, Normal(0.0, 1.0)).numpy().mean(axis=0), rtol=1e-10)


@pytest.mark.parametrize("variance, active", [(0.0099, 0), (0.0101, 1)])
def test_a_unit_is_active_above_one_hundredth(variance, active):
    model = LinearGaussianVAE(np.eye(2)[:, :1], np.zeros(2), 1.0)
    model = code(model, [[math.sqrt(variance), 0.0]], [1.0])
    assert units(model, np.array([[1.0, 0], [-1, 0]])).active == active


# ---- information ---------------------------------------------------------------------------------

def test_information_about_two_examples_by_quadrature():
    """q(z) is half of each of two Normals: E[log q(z|x) / q(z)] is an integral over a line."""
    model = code(LinearGaussianVAE(np.eye(2)[:, :1], np.zeros(2), 1.0), [[1.0, 0.0]], [0.7])
    x = np.array([[-0.5, 0.0], [0.9, 0.0]])
    z = np.linspace(-9, 9, 20001)[:, None]
    each = np.exp(-0.5 * ((z - x[:, 0]) / 0.7) ** 2) / (0.7 * math.sqrt(2 * math.pi))
    mixed = each.mean(axis=1, keepdims=True)
    per_example = (each * np.log(each / mixed)).sum(axis=0) * (z[1, 0] - z[0, 0])
    prior = np.exp(-0.5 * z[:, 0] ** 2) / math.sqrt(2 * math.pi)
    mismatch = (mixed[:, 0] * np.log(mixed[:, 0] / prior)).sum() * (z[1, 0] - z[0, 0])

    copies = np.tile(x, (4000, 1))                  # 8,000 draws; q(z) is the same mixture
    found = information(model, copies, rng=0)
    assert_estimate(found.nats, per_example.mean())
    assert_estimate(found.mismatch, mismatch)


def test_information_is_that_of_the_channel(rng):
    """q(z|x) = p(z|x) and x ~ p(x), so I(x; z) = 1/2 log det(I + W^T W / s^2) and q(z) = p(z)."""
    model = linear()
    found = information(model, model.sample(3000, rng=rng), rng=rng)
    exact = 0.5 * np.log(1 + np.square([1.2, 0.7]) / SCALE ** 2).sum()
    assert_estimate(found.nats, exact)
    assert_estimate(found.mismatch, 0.0)
    assert found.nats.standard_error < 0.02


def test_the_mismatch_of_another_encoder(rng):
    model = code(linear(), 0.9 * rng.standard_normal((Z, D)) / math.sqrt(D), [0.6, 0.9])
    V, noise = model.V.data, np.diag([0.36, 0.81])
    aggregated = MultivariateNormal(np.zeros(Z), covariance=V @ marginal(model) @ V.T + noise)
    prior = MultivariateNormal(np.zeros(Z), covariance=np.eye(Z))
    exact = 0.5 * (np.linalg.slogdet(aggregated.covariance)[1] - np.linalg.slogdet(noise)[1])
    found = information(model, model.sample(3000, rng=rng), rng=rng)
    assert_estimate(found.nats, exact)
    # x varies too: the mean of log q(z) / p(z) has the larger error of the rate in it.
    assert_estimate(found.mismatch, float(kl(aggregated, prior)))


def test_codes_apart_tell_log_n_and_equal_codes_nothing(rng):
    model = linear()
    x = model.sample(50, rng=rng).numpy()
    apart = information(code(model, 1e4 * model.V.data, [1e-3, 1e-3]), x, rng=rng, draws=2)
    assert apart.nats == (pytest.approx(math.log(50)), pytest.approx(0, abs=1e-12))
    assert apart.limit == math.log(50)
    alike = information(model, np.tile(x[:1], (50, 1)), rng=rng)
    assert alike.nats == (pytest.approx(0, abs=1e-9), pytest.approx(0, abs=1e-9))
    assert alike.mismatch.value == pytest.approx(units(model, np.tile(x[:1], (50, 1))).kl[0]
                                                 + units(model, np.tile(x[:1], (50, 1))).kl[1])


# ---- worth, and the verdict ----------------------------------------------------------------------

def test_what_a_code_is_worth_to_the_decoder(rng):
    """E log p(x|z) - E log p(x|z') = E[(x - b)^T W V (x - b)] / s^2 = tr(W V C) / s^2."""
    model = linear()
    exact = np.trace(model.W.data @ model.V.data @ marginal(model)) / SCALE ** 2
    assert_estimate(exchange(model, model.sample(4000, rng=rng), rng=rng), exact)


def test_the_error_of_the_worth_counts_each_code_twice(rng):
    """Without that it is 5/6 of the spread over sets of examples, which 1000 of them tell to 2 %.
    """
    model = linear((4.0, 3.0))
    found = [exchange(model, model.sample(100, rng=rng), rng=rng) for _ in range(1000)]
    errors = np.array([worth.standard_error for worth in found])
    spread = np.std([worth.value for worth in found])
    assert np.sqrt(np.mean(errors ** 2)) == pytest.approx(spread, rel=6 / np.sqrt(2000))


def test_nobody_keeps_their_own_code():
    """Codes far apart and a decoder that copies them: every single exchange is paid for."""
    model = LinearGaussianVAE(np.eye(2)[:, :1], np.zeros(2), 1e-3)
    x = np.stack([np.arange(9.0), np.zeros(9)], axis=1)
    for seed in range(20):
        assert exchange(model, x, rng=seed).value >= 0.9 / (2 * 1e-6)


def test_verdicts(rng):
    x = linear().sample(600, rng=rng)
    healthy, partly = collapse(linear(), x, rng=rng), collapse(linear((1.2, 0.0)), x, rng=rng)
    assert healthy.verdict == "healthy" and healthy.evidence.startswith("2 of 2 units active; ")
    assert partly.verdict == "partly collapsed" and partly.evidence.startswith("1 of 2 units")
    assert str(partly) == f"partly collapsed: {partly.evidence}"


def test_a_model_that_gives_nan_is_not_said_to_be_in_use(rng):
    model, x = linear(), linear().sample(40, rng=rng)
    model.b.data = np.full(D, np.nan)
    assert collapse(model, x, rng=rng).verdict == "no number"


def test_four_ways_to_collapse(rng):
    model = linear()
    x = model.sample(600, rng=rng)
    at_the_prior = collapse(linear((0.0, 0.0)), x, rng=rng)
    assert at_the_prior.verdict == "collapsed" and "0 of 2 units" in at_the_prior.evidence
    # The rate is high and nothing is said with it: everybody's code is the same, and not the prior.
    dear = code(linear(), np.zeros((Z, D)), [1e-3, 1e-3])
    assert rate_distortion(dear, x, rng=rng).rate.value > 10
    assert collapse(dear, x, rng=rng).verdict == "collapsed"
    # The encoder speaks, the decoder does not listen.
    V = linear().V.data
    deaf = code(linear((0.0, 0.0)), V, [0.1, 0.1])
    found = collapse(deaf, x, rng=rng)
    assert information(deaf, x, rng=rng).nats.value > 1 and units(deaf, x).active == 2
    assert found.verdict == "collapsed" and found.worth == (0, 0)
    # It speaks in a whisper: active, but 0.02 nats a unit.
    whisper = code(linear(), V / np.sqrt(np.diag(V @ marginal(linear()) @ V.T))[:, None] * 0.2,
                   [1.0, 1.0])
    assert units(whisper, x).active == 2
    assert collapse(whisper, x, rng=rng).verdict == "collapsed"


def test_a_heavy_divergence_collapses_a_trained_model():
    bits = data.binarise(data.load("digits").train.images)
    verdicts = {}
    for beta in (1, 100):
        model, noise = vae_dense(64, 4, (32,), rng=0), np.random.default_rng(1)
        adam = optim.Adam(model.parameters(), lr=1e-2)
        for x in [x for _ in range(8) for x in data.batches(bits, 100, rng=noise)]:
            adam.zero_grad()
            (-model.elbo(x, beta=beta, rng=noise)).mean().backward()
            adam.step()
        verdicts[beta] = collapse(model, bits, rng=2).verdict
    assert verdicts[1] in ("healthy", "partly collapsed") and verdicts[100] == "collapsed"


# ---- any model, any size, any device -------------------------------------------------------------

def test_parts_change_nothing(monkeypatch, rng):
    model = linear()
    x = model.sample(50, rng=rng)
    whole = examine(model, x, rng=0)
    monkeypatch.setattr(instruments, "_PART", 7)
    for found, expected in zip(examine(model, x, rng=0), whole):
        for a, b in zip(found, expected):
            assert a == b if isinstance(a, (str, int)) else np.allclose(a, b, rtol=1e-10)


def test_examine_is_all_of_them_and_prints_a_line_for_each(rng):
    model = linear()
    x = model.sample(64, rng=rng)
    found = examine(model, x, rng=0)
    assert found.units == units(model, x)
    assert found.information == information(model, x, rng=0)
    lines = str(found).splitlines()
    assert len(lines) == 4 and "at most log N = 4.16 for the N = 64 examples" in lines[2]
    assert lines[0].startswith("rate ") and lines[1].startswith("2 of 2 units are active")


@pytest.mark.parametrize("build", [lambda: vae_dense((4, 4, 1), 2, (8,), rng=0),
                                   lambda: vae_conv((4, 4, 1), 2, (3,), rng=0)])
def test_values_on_every_backend(build, xp_backend):  # noqa: F811
    x = (np.random.default_rng(0).random((6, 4, 4, 1)) < 0.4).astype(np.float32)
    with sg.backend.use("numpy"):
        expected = examine(build(), x, rng=0, draws=2)
    found = examine(build(), xp_backend.asarray(x), rng=0, draws=2)
    for a, b in zip((*found.rate_distortion, *found.units, *found.information[:2],
                     found.collapse.worth),
                    (*expected.rate_distortion, *expected.units, *expected.information[:2],
                     expected.collapse.worth)):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    assert found.collapse.verdict == expected.collapse.verdict


def test_flat_images_and_lists():
    model = vae_dense((2, 2, 1), 2, (4,), rng=0)
    x = [[0.0, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]]
    assert examine(model, x, rng=0) == examine(
        model, np.array(x, dtype=np.float32).reshape(3, 2, 2, 1), rng=0)


def test_one_example_has_no_standard_error():
    for instrument in (rate_distortion, information, exchange, collapse):
        with pytest.raises(ValueError, match="two of them"):
            instrument(linear(), np.zeros((1, D)), rng=0)
