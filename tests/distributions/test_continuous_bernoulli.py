"""ContinuousBernoulli: exact for every logit, near 0 and far from it; samples; what it refuses.

The distribution is scipy's truncated exponential, mirrored for positive logits.  That is not exact
near logit 0, so what is held against there are moments and series in rational numbers.
"""
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import scratchgen as sg
from scratchgen.distributions import Bernoulli, ContinuousBernoulli
from tests.distributions.densities import ks_distance, ks_limit

LOGITS = st.floats(-1e3, 1e3) | st.floats(-3, 3) | st.floats(-1e-6, 1e-6)
SHARES = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 1e-9, 1 - 1e-9])
EXACT = [-1e3, -40.0, -3.0, -1.0, -0.999, -0.02, -1e-8, 0.0, 1e-12, 1e-4, 0.02, 0.5, 1.0, 7.0, 1e3]


def rational_moments(u):
    """(A, mean, variance) of the density exp(u x - A), by the power series in rational numbers.

    int_0^1 x^k exp(u x) dx = sum_n u^n / n! / (n + k + 1), of which 3 |u| + 60 terms are enough.
    """
    u, terms = Fraction(u), range(int(3 * abs(u)) + 60)
    weights, w = [], Fraction(1)
    for n in terms:
        weights.append(w)
        w = w * u / (n + 1)
    mass, first, second = (sum(w / (n + k + 1) for n, w in zip(terms, weights)) for k in range(3))
    mean = first / mass
    log_mass = math.log(mass) if abs(mass - 1) > 0.1 else math.log1p(mass - 1)
    return log_mass, float(mean), float(second / mass - mean ** 2)


@pytest.mark.parametrize("u", [u for u in EXACT if abs(u) < 50])
def test_the_constant_and_the_moments_in_rational_numbers(u):
    log_mass, mean, variance = rational_moments(u)
    p = ContinuousBernoulli(u)
    np.testing.assert_allclose(p.log_normaliser, log_mass, rtol=1e-13)
    np.testing.assert_allclose(p.mean, mean, rtol=1e-14)
    np.testing.assert_allclose(p.variance, variance, rtol=1e-14)
    np.testing.assert_allclose(p.entropy(), log_mass - u * mean, rtol=1e-12, atol=2e-14)


@given(st.floats(40, 1e6))
def test_far_from_zero_it_is_an_exponential_distribution(size):
    """exp(-40) is no digit of a double: density, mean and variance are those without an end."""
    q = stats.expon(scale=1 / size)
    p, mirrored = ContinuousBernoulli(-size), ContinuousBernoulli(size)
    for x in (0.0, 0.3 / size, 0.5, 1.0):
        np.testing.assert_allclose(p.log_prob(x), q.logpdf(x), rtol=1e-14, atol=1e-14)
        np.testing.assert_allclose(mirrored.log_prob(1 - x), q.logpdf(1 - (1 - x)), rtol=1e-12,
                                   atol=1e-12)
    np.testing.assert_allclose([p.mean, p.variance], [q.mean(), q.var()], rtol=1e-13)
    np.testing.assert_allclose([mirrored.mean, mirrored.variance], [1 - q.mean(), q.var()],
                               rtol=1e-13)
    np.testing.assert_allclose(p.entropy(), q.entropy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("size", [1e4, 1e7, 1e10, 1e17])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_entropy_knows_no_side_even_where_the_mean_is_rounded_to_1(size, dtype):
    logits = np.array([-size, size], dtype)
    np.testing.assert_allclose(ContinuousBernoulli(logits).entropy(), 1 - np.log(size), rtol=1e-6)


@given(st.floats(0.5, 700), st.floats(0, 0.999))
def test_log_prob_is_that_of_scipys_truncated_exponential(size, x):
    q = stats.truncexpon(size, scale=1 / size)
    np.testing.assert_allclose(ContinuousBernoulli(-size).log_prob(x), q.logpdf(x), rtol=1e-12,
                               atol=1e-12)
    np.testing.assert_allclose(ContinuousBernoulli(size).log_prob(1 - x), q.logpdf(1 - (1 - x)),
                               rtol=1e-12, atol=1e-12)


@given(LOGITS)
def test_the_density_integrates_to_one(u):
    """By Gauss and Legendre on pieces that grow like the density falls."""
    edges = np.concatenate([[0.0], np.geomspace(min(1.0, 1 / (1 + abs(u))), 1.0, 40)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    left, width = edges[:-1, None], np.diff(edges)[:, None]
    x, w = left + width * (1 + nodes) / 2, width * weights / 2
    x = np.clip(x if u < 0 else 1 - x, 0, 1)
    assert np.sum(w * np.exp(ContinuousBernoulli(u).log_prob(x))) == pytest.approx(1, abs=1e-11)


@given(LOGITS)
def test_renaming_black_and_white_mirrors_everything(u):
    p, q = ContinuousBernoulli(u), ContinuousBernoulli(-u)
    np.testing.assert_allclose(p.log_prob([0, 0.25, 1]), q.log_prob([1, 0.75, 0]), rtol=1e-13,
                               atol=1e-14)
    np.testing.assert_allclose(p.mean, 1 - q.mean, rtol=1e-12)
    np.testing.assert_allclose(p.variance, q.variance, rtol=1e-12)
    np.testing.assert_allclose(p.entropy(), q.entropy(), rtol=1e-11, atol=1e-12)
    assert p.entropy() <= 1e-12                         # that of the uniform distribution is 0


def test_what_a_bernoulli_lacks_on_grey_pixels_is_the_constant():
    """C = 2 artanh(1 - 2 p) / (1 - 2 p) >= 2, Loaiza-Ganem and Cunningham (2019), equation 9."""
    u, x = np.linspace(-6, 6, 13), 0.3
    p = Bernoulli(u).mean
    p[6] = 0.4                                              # the formula has no value at 1/2
    u[6] = np.log(0.4 / 0.6)
    constant = 2 * np.arctanh(1 - 2 * p) / (1 - 2 * p)
    without = x * np.log(p) + (1 - x) * np.log(1 - p)
    np.testing.assert_allclose(ContinuousBernoulli(u).log_prob(x) - without, np.log(constant),
                               rtol=1e-12)


# ---- samples -------------------------------------------------------------------------------------

def distribution_function(u):
    """P(X <= x) = (exp(u x) - 1) / (exp(u) - 1)"""
    if u == 0:
        return lambda x: x
    if u < 0:
        return lambda x: np.expm1(u * x) / np.expm1(u)
    return lambda x: 1 - np.expm1(-u * (1 - x)) / np.expm1(-u)


@pytest.mark.parametrize("u", [-1e3, -3.0, -0.021, -0.019, 0.0, 1e-5, 0.019, 0.021, 5.0, 1e3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_samples_follow_the_distribution_function(u, dtype, rng):
    n = 20_000
    x = ContinuousBernoulli(np.array(u, dtype)).sample(n, rng=rng)
    assert x.dtype == dtype and x.min() >= 0 and x.max() <= 1
    assert ks_distance(x.astype(float), distribution_function(u)) < ks_limit(n)


@pytest.mark.parametrize("edge", [0.0, 1 - 2.0 ** -53])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_noise_leaves_the_interval(edge, dtype):
    class Edge(np.random.Generator):
        def random(self, size=None, dtype=np.float64, out=None):
            return np.full(size, edge)

    u = sg.Tensor(np.array([-1e3, -1.0, 0.0, 0.01, 1.0, 1e3], dtype), requires_grad=True)
    x = ContinuousBernoulli(u).rsample(rng=Edge(np.random.PCG64(0)))
    x.sum().backward()
    assert (x.data >= 0).all() and (x.data <= 1).all() and np.isfinite(u.grad).all()


@given(st.floats(0.001, 0.999), st.floats(-0.05, 0.05) | st.sampled_from([0.0199, -0.0199]))
def test_near_logit_0_a_sample_is_exact_too(v, u):
    class Fixed(np.random.Generator):
        def random(self, size=None, dtype=np.float64, out=None):
            return np.full(size, v)

    exact = np.log1p(v * np.expm1(u)) / u if u else v
    found = ContinuousBernoulli(u).sample(rng=Fixed(np.random.PCG64(0)))
    np.testing.assert_allclose(found, exact, rtol=1e-14)


@given(st.floats(0.001, 0.999), st.floats(-0.05, 0.05) | st.floats(-50, 50))
def test_a_sample_moves_as_the_distribution_function_says(v, u):
    """P(X <= x; u) = v for every u, so dx/du = -(dP/du) / p(x)."""
    class Fixed(np.random.Generator):
        def random(self, size=None, dtype=np.float64, out=None):
            return np.full(size, v)

    logits = sg.Tensor(u, requires_grad=True)
    x = ContinuousBernoulli(logits).rsample(rng=Fixed(np.random.PCG64(0)))
    x.backward()
    x = x.item()
    assert distribution_function(u)(x) == pytest.approx(v, rel=1e-9)
    # dP/du = int_0^x (t - mean) p(t) dt, by Gauss and Legendre
    nodes, weights = np.polynomial.legendre.leggauss(60)
    p = ContinuousBernoulli(u)
    t = x * (1 + nodes) / 2
    change = np.sum(x * weights / 2 * (t - p.mean) * np.exp(p.log_prob(t)))
    assert logits.grad == pytest.approx(-change / np.exp(p.log_prob(x)), rel=1e-7, abs=1e-10)


# ---- gradients, shapes, refusals -----------------------------------------------------------------

@pytest.mark.parametrize("u", EXACT)
def test_gradients(u):
    u, x = np.array([u, u]), np.array([0.2, 0.7])
    for order in (1, 2):
        sg.gradcheck(lambda u, x: ContinuousBernoulli(u).log_prob(x), u, x, order=order)
        sg.gradcheck(lambda u: ContinuousBernoulli(u).mean, u, order=order)
        sg.gradcheck(lambda u: ContinuousBernoulli(u).variance, u, order=order)
        sg.gradcheck(lambda u: ContinuousBernoulli(u).entropy(), u, order=order)
        sg.gradcheck(lambda u: ContinuousBernoulli(u).log_normaliser, u, order=order)
    sg.gradcheck(lambda u: ContinuousBernoulli(u).rsample(3, rng=2), u)


@given(LOGITS, SHARES)
def test_the_gradient_of_log_prob_is_exact(u, x):
    logits = sg.Tensor(u, requires_grad=True)
    p = ContinuousBernoulli(logits)
    p.log_prob(x).backward()
    assert logits.grad == pytest.approx(x - p.mean.item(), rel=1e-12, abs=1e-15)


def test_shapes_dtypes_and_kinds(rng):
    p = ContinuousBernoulli(np.zeros((4, 5), np.float32))
    assert p.batch_shape == (4, 5) and p.event_shape == ()
    assert p.sample((2, 3), rng=rng).shape == (2, 3, 4, 5)
    assert p.log_prob(np.zeros((2, 3, 1, 5))).shape == (2, 3, 4, 5)
    for value in (p.mean, p.variance, p.entropy(), p.log_prob(0.5), p.sample(rng=rng),
                  p.log_prob(1)):
        assert value.shape == (4, 5) and value.dtype == np.float32
    tensors = ContinuousBernoulli(sg.Tensor(np.zeros(3), requires_grad=True))
    assert tensors.rsample(rng=rng).requires_grad and not tensors.sample(rng=rng).requires_grad
    assert all(isinstance(v, sg.Tensor) for v in (tensors.mean, tensors.log_prob(0.5)))


@pytest.mark.parametrize("x", [[0.5, 1.1], [-0.1, 0.5], [255, 0]])
def test_grey_levels_lie_between_0_and_1(x):
    with pytest.raises(ValueError, match=r"x is a grey level\n.*in \[0, 1\](.|\n)*by 255"):
        ContinuousBernoulli([0.0, 0.0]).log_prob(x)


def test_a_nan_passes_through():
    assert np.isnan(ContinuousBernoulli([0.0, np.nan]).log_prob([0.5, 0.5])).tolist() == [False,
                                                                                          True]
    assert np.isnan(ContinuousBernoulli(2.0).log_prob(np.nan))
