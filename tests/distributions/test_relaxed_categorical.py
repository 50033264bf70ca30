"""RelaxedCategorical: its density against that of its sampler, a softmax of logits and noise."""
import numpy as np
import pytest
from scipy import integrate, special, stats

import scratchgen as sg
from scratchgen import ops
from scratchgen.distributions import RelaxedCategorical
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

LOGITS = np.array([0.5, -0.3, 1.0])


def triangle(n, far):
    """Points (a, (1 - a) b, (1 - a) (1 - b)) with weights; a and b are sigmoids of even steps."""
    t, w = np.polynomial.legendre.leggauss(n)
    s, rest = special.expit(far * t), special.expit(-far * t)
    (a, b), (not_a, not_b) = (np.meshgrid(part, part, indexing="ij") for part in (s, rest))
    w = w * far * s * rest
    return np.stack([a, not_a * b, not_a * not_b], axis=-1), np.outer(w, w) * not_a


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_density_integrates_to_one_and_the_classes_keep_their_probabilities(temperature):
    """With three classes; where the largest entry changes the integrand jumps, so less exactly."""
    x, area = triangle(200, far=20 / temperature)
    density = np.exp(RelaxedCategorical(LOGITS, temperature).log_prob(x))
    assert np.sum(area * density) == pytest.approx(1, abs=1e-6)
    largest = [np.sum(area * density * (x.argmax(-1) == k)) for k in range(3)]
    np.testing.assert_allclose(largest, special.softmax(LOGITS), atol=0.02)


@pytest.mark.parametrize("temperature", [0.1, 0.7, 3.0])
def test_two_classes_are_a_logistic_through_a_sigmoid(temperature):
    """x_1 = sigmoid(v / t) with v logistic about l_1 - l_2, so p = p(v) dv/dx."""
    p = RelaxedCategorical([0.8, -0.4], temperature)
    x = np.array([1e-6, 0.02, 0.3, 0.5, 0.77, 0.999])
    exact = stats.logistic.logpdf(temperature * special.logit(x), loc=1.2) \
        + np.log(temperature / (x * (1 - x)))
    np.testing.assert_allclose(p.log_prob(np.stack([x, 1 - x], axis=-1)), exact, rtol=1e-9)


def test_draws_follow_the_density(rng):
    n, p = 100_000, RelaxedCategorical([0.8, -0.4], 0.7)
    x = p.sample(n, rng=rng)
    for end in (0.2, 0.5, 0.9):
        exact = integrate.quad(lambda a: np.exp(p.log_prob([a, 1 - a])), 0, end)[0]
        assert_estimate((x[:, 0] < end).mean(), exact,
                        standard_error=np.sqrt(exact * (1 - exact) / n))


def test_both_estimators_of_a_gradient_agree(rng):
    """d/dl E[f(x)] by reparameterisation and by the score function, and E[score] = 0."""
    n = 100_000
    rows = sg.Tensor(np.tile(LOGITS, (n, 1)), requires_grad=True)
    p = RelaxedCategorical(rows, 0.8)
    ops.sum(ops.square(p.rsample(rng=rng)[:, 0])).backward()
    pathwise = rows.grad
    rows.zero_grad()
    x = p.sample(rng=rng)
    p.log_prob(x).sum().backward()
    score = rows.grad
    by_score = score * ops.square(x[:, :1]).numpy()
    assert_estimate(score.mean(0), np.zeros(3), standard_error=score.std(0) / np.sqrt(n))
    error = np.hypot(pathwise.std(0), by_score.std(0)) / np.sqrt(n)
    assert_estimate(pathwise.mean(0), by_score.mean(0), standard_error=error)


def test_gradients_and_shapes(rng):
    logits, x = rng.normal(size=(2, 4)), rng.dirichlet(np.ones(4), (3, 2))
    for order in (1, 2):
        sg.gradcheck(lambda u: RelaxedCategorical(u, 0.6).log_prob(x), logits, order=order)
        sg.gradcheck(lambda u: RelaxedCategorical(u, 0.6).rsample(2, rng=1), logits, order=order)
        sg.gradcheck(lambda y: RelaxedCategorical(logits, 0.6).log_prob(ops.softmax(y)),
                     np.log(x), order=order)
    p = RelaxedCategorical(logits, 0.6)
    assert p.batch_shape == (2,) and p.event_shape == (4,)
    assert p.sample((5, 3), rng=rng).shape == (5, 3, 2, 4) and p.log_prob(x).shape == (3, 2)


def test_every_backend(xp_backend):  # noqa: F811
    p = RelaxedCategorical(xp_backend.asarray(LOGITS), 0.9)
    x = p.sample(4, rng=3)
    host = RelaxedCategorical(LOGITS, 0.9)
    np.testing.assert_allclose(xp_backend.to_numpy(x), host.sample(4, rng=3), rtol=1e-5)
    np.testing.assert_allclose(xp_backend.to_numpy(p.log_prob(x)),
                               host.log_prob(host.sample(4, rng=3)), rtol=1e-4)


def test_float32_is_kept():
    p = RelaxedCategorical(LOGITS.astype(np.float32), 0.5)
    assert p.sample(rng=0).dtype == p.log_prob(p.sample(rng=0)).dtype == np.float32


@pytest.mark.parametrize("x", [[0.0, 0.4, 0.6], [0.5, 0.4, 0.4], [1.2, -0.1, -0.1]])
def test_points_without_a_density(x):
    with pytest.raises(ValueError, match="not inside the simplex\n.*add up to 1"):
        RelaxedCategorical(LOGITS, 0.5).log_prob(x)


def test_what_is_refused():
    for temperature in (0, -1.0, np.inf, np.nan):
        with pytest.raises(ValueError, match="a positive number"):
            RelaxedCategorical(LOGITS, temperature)
    for logits in (0.0, np.zeros((4, 0))):
        with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., K\)"):
            RelaxedCategorical(logits, 1.0)
    with pytest.raises(sg.ShapeError, match="shape of one draw"):
        RelaxedCategorical(LOGITS, 1.0).log_prob([0.5, 0.5])
