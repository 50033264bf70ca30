"""The importance-weighted bound: its expectation by quadrature, and two estimators of its slope."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.elbo import iwae_bound
from scratchgen.models import LinearGaussianVAE, vae_dense
from tests.elbo.toy import Replay, Toy, grid, log_evidence, log_weight, posterior
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

LOC, SCALE = posterior()[0] + 0.3, 1.2 * posterior()[1]
ESTIMATORS = ("reparameterised", "doubly-reparameterised")
both = pytest.mark.parametrize("gradient", ESTIMATORS)


def expected_bound(k, loc=LOC, scale=SCALE, order=100, gradient="reparameterised"):
    """E[bound], a sum over a grid of noise that the real function is fed with."""
    noise, mass = grid(k, order)
    model = Toy(loc, np.log(scale), mass.size)
    bound = iwae_bound(model, model.x, k, rng=Replay(noise), gradient=gradient)
    return mass @ bound.numpy()


def gradients(model, k, rng, gradient):
    """d bound / d (loc, log scale) for each copy by itself, and d bound / d W for all.  (2, N)"""
    iwae_bound(model, model.x, k, rng=rng, gradient=gradient).sum().backward()
    return np.concatenate([model.loc.grad, model.log_scale.grad], axis=1).T


def drawn(k, gradient, copies=20_000, seed=0):
    return gradients(Toy(LOC, np.log(SCALE), copies), k, np.random.default_rng(seed), gradient)


def on_the_grid(k, gradient, order=100):
    """(gradients for each point of the grid, (2, points); the points' weights)"""
    noise, mass = grid(k, order)
    return gradients(Toy(LOC, np.log(SCALE), mass.size), k, Replay(noise), gradient), mass


# ---- values --------------------------------------------------------------------------------------

@both
def test_with_one_draw_it_is_the_elbo_of_a_sampled_divergence_on_the_same_noise(gradient):
    model = vae_dense(12, 3, (8,), rng=0).astype("float64")
    x = (np.random.default_rng(1).random((6, 12)) < 0.4) * 1.0
    q = model.encode(x)
    z = q.rsample(rng=np.random.default_rng(5))
    elbo = model.decode(z).log_prob(x) - (q.log_prob(z) - model.prior.log_prob(z))
    bound = iwae_bound(model, x, 1, rng=np.random.default_rng(5), gradient=gradient)
    np.testing.assert_allclose(bound.numpy(), elbo.numpy(), rtol=1e-13)


def test_expectation_with_one_draw_is_log_p_minus_the_divergence_from_the_posterior():
    m, s = posterior()
    divergence = np.log(s / SCALE) + (SCALE ** 2 + (LOC - m) ** 2) / (2 * s ** 2) - 0.5
    assert expected_bound(1) == pytest.approx(log_evidence() - divergence, abs=1e-10)


def test_expectation_with_two_draws_against_another_quadrature():
    """The trapezoidal rule in plain NumPy, which for what dies away at both ends is exact too."""
    e = np.linspace(-10, 10, 801)
    density = np.exp(-0.5 * e ** 2) * (e[1] - e[0]) / np.sqrt(2 * np.pi)
    log_w = log_weight(LOC + SCALE * e, LOC, SCALE)
    exact = density @ (np.logaddexp(log_w[:, None], log_w) - np.log(2)) @ density
    assert expected_bound(2) == pytest.approx(exact, abs=1e-8)


def test_expectation_grows_with_the_number_of_draws_towards_log_p():
    one, two, three = (expected_bound(k, order=order) for k, order in ((1, 100), (2, 60), (3, 30)))
    assert one + 1e-3 < two < two + 1e-3 < three < log_evidence() - 1e-3
    assert log_evidence() - three < (log_evidence() - one) / 2


@both
def test_the_choice_of_a_gradient_changes_no_value(gradient):
    model = Toy(LOC, np.log(SCALE), 50)
    plain = iwae_bound(model, model.x, 7, rng=3).numpy()
    np.testing.assert_array_equal(
        iwae_bound(model, model.x, 7, rng=3, gradient=gradient).numpy(), plain)


# ---- slopes --------------------------------------------------------------------------------------

@both
@pytest.mark.parametrize("k", [1, 2])
def test_the_expected_gradient_is_the_gradient_of_the_expectation(k, gradient):
    """Both estimators over the grid of noise, against differences of the expected bound."""
    found, mass = on_the_grid(k, gradient)
    h = 1e-4

    def slope(move):
        far, near = (expected_bound(k, *move(t)) - expected_bound(k, *move(-t)) for t in (2 * h, h))
        return (8 * near - far) / (12 * h)

    assert found[0] @ mass == pytest.approx(slope(lambda t: (LOC + t, SCALE)), abs=1e-8)
    assert found[1] @ mass == pytest.approx(slope(lambda t: (LOC, SCALE * np.exp(t))), abs=1e-8)


@pytest.mark.parametrize("k", [1, 2])
def test_doubly_reparameterised_has_the_smaller_variance(k):
    variances = []
    for gradient in ESTIMATORS:
        found, mass = on_the_grid(k, gradient)
        variances.append(found ** 2 @ mass - (found @ mass) ** 2)
    assert np.all(variances[1] < variances[0] / 2)


@both
@pytest.mark.parametrize("k", [2, 8])
def test_both_estimate_one_gradient(k, gradient):
    """Drawn, not on a grid, against the other estimator with other noise; for k = 2 exactly."""
    found = drawn(k, gradient)
    if k == 2:
        points, mass = on_the_grid(k, gradient)
        exact, variance = points @ mass, points ** 2 @ mass - (points @ mass) ** 2
        assert_estimate(found.mean(1), exact, standard_error=np.sqrt(variance / found.shape[1]))
    other = drawn(k, ESTIMATORS[1 - ESTIMATORS.index(gradient)], seed=1)
    error = np.sqrt((found.var(1) + other.var(1)) / found.shape[1])
    assert_estimate(found.mean(1) - other.mean(1), np.zeros(2), standard_error=error)


def test_signal_to_noise_falls_with_k_for_the_one_and_rises_for_the_other():
    """Rainforth et al. (2018), for the slope by the mean of q: like 1/sqrt(k), and like sqrt(k).

    From 4 draws to 64 that is a factor of 4.  The true slope falls like 1/k, so the noise of the
    one falls like 1/sqrt(k), by 4, and of the other like k^-3/2, by 64.
    """
    signal, noise = {}, {}
    for gradient in ESTIMATORS:
        few, many = (drawn(k, gradient, 10_000)[0] for k in (4, 64))
        noise[gradient] = few.std() / many.std()
        signal[gradient] = many.mean() / few.mean() * noise[gradient]
    assert signal["reparameterised"] < 0.6 and 3 < noise["reparameterised"] < 6
    assert signal["doubly-reparameterised"] > 3 and noise["doubly-reparameterised"] > 40


def test_at_the_posterior_one_draw_has_no_noise_left():
    """Sticking the landing: log w is constant in z there, so its slope is 0, draw by draw."""
    m, s = posterior()
    rough, smooth = (gradients(Toy(m, np.log(s), 100), 1, np.random.default_rng(0), gradient)
                     for gradient in ESTIMATORS)
    np.testing.assert_allclose(smooth, 0, atol=1e-12)
    assert rough.std() > 0.5


def test_the_decoder_hears_the_same_from_both():
    heard = []
    for gradient in ESTIMATORS:
        model = Toy(LOC, np.log(SCALE), 30)
        gradients(model, 5, np.random.default_rng(2), gradient)
        heard.append(model.weight.grad)
    np.testing.assert_allclose(heard[1], heard[0], rtol=1e-12)


# ---- memory, backends, refusals ------------------------------------------------------------------

@both
def test_chunks_change_neither_value_nor_gradient(gradient, monkeypatch):
    def everything():
        model = Toy(LOC, np.log(SCALE), 10)
        bound = iwae_bound(model, model.x, 11, rng=3, gradient=gradient)
        bound.sum().backward()
        return bound.numpy(), model.loc.grad, model.log_scale.grad, model.weight.grad

    whole = everything()
    monkeypatch.setattr("scratchgen.elbo.bounds._CHUNK", 4 * 30)
    for part, value in zip(everything(), whole):
        np.testing.assert_allclose(part, value, rtol=1e-12)


@both
def test_values_and_gradients_on_every_backend(gradient, xp_backend):  # noqa: F811
    x = np.random.default_rng(0).standard_normal((5, 6)).astype(np.float32)

    def everything(x):
        model = LinearGaussianVAE.random(6, 2, rng=0)
        bound = iwae_bound(model, x, 4, rng=1, gradient=gradient)
        bound.mean().backward()
        return [bound, *(p.grad for p in model.parameters())]

    with sg.backend.use("numpy"):
        expected = everything(x)
    for found, value in zip(everything(xp_backend.asarray(x)), expected):
        value = value.numpy() if isinstance(value, sg.Tensor) else value
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-4, atol=1e-5)


def test_images_may_be_flat():
    model = vae_dense((4, 3), 2, (8,), rng=0)
    x = (np.random.default_rng(1).random((6, 4, 3)) < 0.4).astype(np.float32)
    np.testing.assert_array_equal(iwae_bound(model, x, 3, rng=0).numpy(),
                                  iwae_bound(model, x.reshape(6, 12), 3, rng=0).numpy())


def test_what_is_refused():
    model = Toy(LOC, np.log(SCALE))
    with pytest.raises(ValueError, match="one draw at least, got 0"):
        iwae_bound(model, model.x, 0, rng=0)
    with pytest.raises(ValueError, match="'dreg'\n  expected  one of reparameterised, doubly"):
        iwae_bound(model, model.x, 2, rng=0, gradient="dreg")
    with pytest.raises(TypeError, match="rng"):
        iwae_bound(model, model.x, 2)
