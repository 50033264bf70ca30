"""Mixture: density, posterior, moments and samples of numbers, vectors and classes."""
import numpy as np
import pytest
from scipy import special, stats

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, Categorical, Independent, Mixture,
                                      MultivariateNormal, Normal, entropy_monte_carlo, kl)
from tests.distributions.densities import integrate, ks_distance, ks_limit
from tests.support.statistics import assert_estimate

LOGITS, LOCS, SCALES = np.array([0.0, 1.0, -2.0]), np.array([-3.0, 0.5, 4.0]), \
    np.array([0.5, 1.0, 2.0])
WEIGHTS = special.softmax(LOGITS)


def numbers():
    return Mixture(logits=LOGITS, components=Normal(LOCS, SCALES))


def vectors(rng):
    lower = np.tril(rng.normal(size=(3, 2, 2)) / 3) + np.eye(2)
    return Mixture(logits=LOGITS, components=MultivariateNormal(rng.normal(size=(3, 2)) * 3,
                                                                scale_tril=lower))


def test_log_prob_is_that_of_the_sum():
    x = np.concatenate([np.linspace(-10, 10, 41), [1e3, -1e3, 1e100]])
    log_p = stats.norm(LOCS, SCALES).logpdf(x[:-1, None])
    expected = special.logsumexp(log_p + np.log(WEIGHTS), axis=-1)
    np.testing.assert_allclose(numbers().log_prob(x)[:-1], expected, rtol=1e-12)
    assert numbers().log_prob(x)[-1] < -1e198


def test_the_density_integrates_to_one_and_has_the_moments():
    p = numbers()

    def expectation(f):
        return integrate(lambda x: np.exp(p.log_prob(x)) * f(x), 0, 3)

    assert expectation(np.ones_like) == pytest.approx(1, abs=1e-12)
    assert p.mean == pytest.approx(expectation(lambda x: x), rel=1e-12)
    assert p.variance == pytest.approx(expectation(lambda x: (x - p.mean) ** 2), rel=1e-10)


def test_samples_follow_the_distribution_function(rng):
    n = 100_000
    x = numbers().sample(n, rng=rng)
    distance = ks_distance(x, lambda x: stats.norm(LOCS, SCALES).cdf(x[:, None]) @ WEIGHTS)
    assert distance < ks_limit(n)


def test_vectors_choose_one_component_for_all_their_entries(rng):
    p, n = vectors(rng), 100_000
    assert p.batch_shape == () and p.event_shape == (2,)
    x = p.sample(n, rng=rng)
    assert x.shape == (n, 2) and p.log_prob(x).shape == (n,)
    mean, variance = p.mean, p.variance
    assert_estimate(x.mean(0), mean, standard_error=np.sqrt(variance / n))
    across = np.sum(WEIGHTS[:, None, None] * p.components.covariance, axis=0) + \
        np.cov(p.components.mean.T, aweights=WEIGHTS, bias=True)
    np.testing.assert_allclose(np.diag(across), variance, rtol=1e-12)
    product = (x[:, 0] - mean[0]) * (x[:, 1] - mean[1])
    assert_estimate(product.mean(), across[0, 1], standard_error=product.std() / np.sqrt(n))
    share = np.exp(p.log_prob(x) - np.stack([
        q.logpdf(x) for q in (stats.multivariate_normal(m, c) for m, c in
                              zip(p.components.mean, p.components.covariance))]).T.max(-1))
    assert (share <= 1 + 1e-9).all()                        # an average is below the largest


def test_the_posterior_is_bayes_rule(rng):
    p = numbers()
    x, k = np.linspace(-6, 8, 9), np.arange(3)
    joint = WEIGHTS * stats.norm(LOCS, SCALES).pdf(x[:, None])
    q = p.posterior(x)
    assert isinstance(q, Categorical) and q.batch_shape == (9,)
    np.testing.assert_allclose(q.probs, joint / joint.sum(-1, keepdims=True), rtol=1e-12)
    # log p(x) = log w_k + log p_k(x) - log p(k|x), for every k
    for i in k:
        np.testing.assert_allclose(
            np.log(WEIGHTS[i]) + stats.norm(LOCS[i], SCALES[i]).logpdf(x) - q.log_prob(i),
            p.log_prob(x), rtol=1e-11)


def test_a_mixture_of_classes_and_one_of_images_of_bits(rng):
    u = rng.normal(size=(3, 5))
    p = Mixture(logits=LOGITS, components=Categorical(u))
    expected = WEIGHTS @ special.softmax(u, axis=-1)
    np.testing.assert_allclose(np.exp(p.log_prob(np.arange(5))), expected, rtol=1e-12)
    np.testing.assert_allclose(np.exp(p.log_prob([0, 1, 2, 3, 4])), expected, rtol=1e-12)
    assert p.posterior([0, 3]).probs.shape == (2, 3)
    found = np.bincount(p.sample(50_000, rng=rng), minlength=5) / 50_000
    assert_estimate(found, expected, standard_error=np.sqrt(expected * (1 - expected) / 50_000))
    pixels = Bernoulli(rng.normal(size=(3, 2, 2)))
    images = Mixture(logits=LOGITS, components=Independent(pixels, 2))
    bits = np.array(np.meshgrid(*4 * [[0, 1]])).reshape(4, -1).T.reshape(16, 2, 2)
    assert images.event_shape == (2, 2)
    assert np.exp(images.log_prob(bits)).sum() == pytest.approx(1, abs=1e-12)
    assert set(np.unique(images.sample(20, rng=rng))) == {0, 1}


@pytest.mark.parametrize("logits_shape, components_shape, batch", [
    ((3,), (3,), ()), ((3,), (4, 3), (4,)), ((4, 3), (3,), (4,)), ((1, 3), (4, 3), (4,)),
    ((5, 4, 3), (4, 3), (5, 4)), ((4, 3), (5, 4, 3), (5, 4))])
def test_batches_broadcast_and_draws_are_independent(logits_shape, components_shape, batch, rng):
    u, loc = rng.normal(size=logits_shape), 10 * rng.normal(size=components_shape)
    p, n = Mixture(logits=u, components=Normal(loc, 1.0)), 5_000
    assert p.batch_shape == batch
    x = p.sample(n, rng=rng)
    assert x.shape == (n, *batch) and p.log_prob(x).shape == (n, *batch)
    weights = special.softmax(u, axis=-1)
    mean = (weights * loc).sum(-1)
    np.testing.assert_allclose(p.mean, np.broadcast_to(mean, batch), rtol=1e-12)
    variance = (weights * (1 + (loc - mean[..., None]) ** 2)).sum(-1)
    np.testing.assert_allclose(p.variance, np.broadcast_to(variance, batch), rtol=1e-12)
    assert_estimate(x.mean(0), p.mean, standard_error=np.sqrt(p.variance / n))
    if batch:
        z = ((x - p.mean) / np.sqrt(p.variance)).reshape(n, -1)
        assert_estimate((z[:, 0] * z[:, -1]).mean(), 0.0, standard_error=1 / np.sqrt(n))


def test_one_component_is_that_component(rng):
    p, q = Mixture(logits=[7.0], components=Normal([1.0], 2.0)), Normal(1.0, 2.0)
    np.testing.assert_allclose(p.log_prob([0.0, 3.0]), q.log_prob([0.0, 3.0]), rtol=1e-14)
    assert p.mean == 1 and p.variance == 4


def test_gradients(rng):
    x, lower = rng.normal(size=(5, 2)), np.eye(2) + np.tril(rng.normal(size=(3, 2, 2))) / 3

    def make(u, m, a):
        return Mixture(logits=u, components=MultivariateNormal(m, scale_tril=sg.ops.tril(a)))

    locs = rng.normal(size=(3, 2))
    for order in (1, 2):
        sg.gradcheck(lambda x, u, m, a: make(u, m, a).log_prob(x), x, LOGITS, locs, lower,
                     order=order)
    sg.gradcheck(lambda u, m, a: make(u, m, a).variance + make(u, m, a).mean, LOGITS, locs, lower)


def test_the_score_function_gives_the_gradient_of_the_mean(rng):
    n = 50_000
    u = sg.Tensor(np.tile(LOGITS, (n, 1)), requires_grad=True)
    p = Mixture(logits=u, components=Normal(np.tile(LOCS, (n, 1)), SCALES))
    x = p.sample(rng=rng)
    assert isinstance(x, sg.Tensor) and not x.requires_grad
    (x * p.log_prob(x)).sum().backward()
    exact = WEIGHTS * (LOCS - WEIGHTS @ LOCS)
    # one draw gives x (p(k|x) - w_k): its second moment by quadrature
    one = numbers()
    second = [integrate(lambda x: np.exp(one.log_prob(x)) * (
        x * (one.posterior(x).probs[..., k] - WEIGHTS[k])) ** 2, 0, 3) for k in range(3)]
    assert_estimate(u.grad.mean(0), exact, standard_error=np.sqrt((second - exact ** 2) / n))


# ---- what is refused -----------------------------------------------------------------------------

def test_no_entropy_in_closed_form_but_by_monte_carlo(rng):
    p, n = numbers(), 50_000
    with pytest.raises(NotImplementedError, match="entropy of a Mixture(.|\n)*entropy_monte_carlo"):
        p.entropy()
    exact = integrate(lambda x: -np.exp(p.log_prob(x)) * p.log_prob(x), 0, 3)
    second = integrate(lambda x: np.exp(p.log_prob(x)) * p.log_prob(x) ** 2, 0, 3)
    assert_estimate(entropy_monte_carlo(p, n, rng=rng).value, exact,
                    standard_error=np.sqrt((second - exact ** 2) / n))


def test_no_divergence_in_closed_form():
    with pytest.raises(NotImplementedError, match=r"Mixture \|\| Normal(.|\n)*kl_monte_carlo"):
        kl(numbers(), Normal(0.0, 1.0))


def test_no_reparameterised_sample(rng):
    with pytest.raises(NotImplementedError, match="Mixture sample jumps(.|\n)*components.rsample"):
        numbers().rsample(rng=rng)


def test_shapes_that_do_not_fit():
    for logits, components in ((np.zeros(2), Normal(np.zeros(3), 1.0)), (0.0, Normal(0.0, 1.0))):
        with pytest.raises(sg.ShapeError, match="count the components differently"):
            Mixture(logits=logits, components=components)
    with pytest.raises(sg.ShapeError, match="would stretch a batch axis"):
        Mixture(logits=np.zeros((4, 3)), components=Normal(np.zeros((1, 3)), 1.0))


def test_components_are_one_distribution_and_no_list():
    with pytest.raises(TypeError, match=r"(?s)one distribution.*got       list"):
        Mixture(logits=np.zeros(2), components=[Normal(0.0, 1.0), Normal(1.0, 1.0)])
