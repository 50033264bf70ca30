"""KL divergences: closed forms against Monte Carlo, enumeration and quadrature, and their laws."""
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, Estimate, Independent, Normal, StandardNormal, kl,
                                      kl_monte_carlo)
from tests.distributions.densities import all_bits, integrate
from tests.support.statistics import assert_estimate

LOCS = st.floats(-5, 5)
SCALES = st.floats(-1, 1).map(lambda e: 10.0 ** e)
NORMALS = st.builds(Normal, LOCS, SCALES)
EXTREME = st.builds(Normal, st.floats(-1e3, 1e3), SCALES.map(lambda s: s ** 4))
LOGITS = st.floats(-1000, 1000) | st.floats(-5, 5)


def steps(size, most):
    """Multiples of `size` up to +-most: two of them are equal, or differ by more than rounding.

    A Monte Carlo estimate is right to its standard error and to the rounding of its terms; between
    distributions that differ by 1e-15 only the second would be tested.
    """
    n = round(most / size)
    return st.integers(-n, n).map(lambda k: k * size)


MODERATE_STEPS = st.builds(Normal, steps(0.01, 5), steps(0.01, 1).map(lambda e: 10.0 ** e))
EXTREME_STEPS = st.builds(Normal, steps(1.0, 1000), steps(0.01, 4).map(lambda e: 10.0 ** e))
N, EXAMPLES = 100_000, 30


def estimator_variance(p, q):
    """The variance of log p(x) - log q(x) under x ~ p, for two Normals."""
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio - 1) ** 2 + ratio * ((p.loc - q.loc) / q.scale) ** 2


# ---- the closed forms against independent numbers -----------------------------------------------

@given(MODERATE_STEPS, MODERATE_STEPS)
@settings(max_examples=EXAMPLES)
def test_normal_pairs_against_monte_carlo(p, q):
    estimate = kl_monte_carlo(p, q, N, rng=0)
    exact_error = np.sqrt(estimator_variance(p, q) / N)
    assert_estimate(estimate.value, kl(p, q), EXAMPLES, standard_error=exact_error)


@given(EXTREME_STEPS, EXTREME_STEPS)
@settings(max_examples=EXAMPLES)
def test_normal_pairs_far_apart_against_monte_carlo(p, q):
    estimate = kl_monte_carlo(p, q, N, rng=0)
    exact_error = np.sqrt(estimator_variance(p, q) / N)
    assert_estimate(estimate.value, kl(p, q), EXAMPLES, standard_error=exact_error)


@given(MODERATE_STEPS)
@settings(max_examples=EXAMPLES)
def test_the_standard_normal_against_monte_carlo_and_against_the_pair_of_normals(p):
    q, general = StandardNormal(like=np.zeros(1)), Normal(0.0, 1.0)
    np.testing.assert_allclose(kl(p, q), kl(p, general), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(kl(q, p), kl(general, p), rtol=1e-12, atol=1e-14)
    exact_error = np.sqrt(estimator_variance(p, general) / N)
    assert_estimate(kl_monte_carlo(p, q, N, rng=0).value, kl(p, q), EXAMPLES,
                    standard_error=exact_error)


@given(NORMALS, NORMALS)
def test_cross_entropy_is_entropy_plus_divergence(p, q):
    cross = integrate(lambda x: -np.exp(p.log_prob(x)) * q.log_prob(x), p.loc, p.scale)
    np.testing.assert_allclose(p.entropy() + kl(p, q), cross, rtol=1e-10, atol=1e-10)


@given(LOGITS, LOGITS)
def test_bernoulli_pairs_by_enumeration(u, v):
    p, q, x = Bernoulli(u), Bernoulli(v), np.array([0.0, 1.0])
    log_p, log_q = p.log_prob(x), q.log_prob(x)
    np.testing.assert_allclose(kl(p, q), np.sum(np.exp(log_p) * (log_p - log_q)),
                               rtol=1e-12, atol=1e-12)


def test_vectors_of_bits_by_enumeration(rng):
    p, q = (Independent(Bernoulli(rng.normal(size=7) * 2), 1) for _ in range(2))
    x = all_bits(7)
    exact = np.sum(np.exp(p.log_prob(x)) * (p.log_prob(x) - q.log_prob(x)))
    np.testing.assert_allclose(kl(p, q), exact, rtol=1e-12)


@given(steps(0.01, 4), steps(0.01, 4))
@settings(max_examples=EXAMPLES)
def test_bernoulli_pairs_against_monte_carlo(u, v):
    p, q, x = Bernoulli(u), Bernoulli(v), np.array([0.0, 1.0])
    weight, ratio = np.exp(p.log_prob(x)), p.log_prob(x) - q.log_prob(x)
    variance = weight @ (ratio - weight @ ratio) ** 2
    assert_estimate(kl_monte_carlo(p, q, N, rng=0).value, kl(p, q), EXAMPLES,
                    standard_error=np.sqrt(variance / N))


def test_where_the_variance_is_zero_the_estimate_is_exact(rng):
    for p in (Normal(rng.normal(size=3), [0.1, 1.0, 9.0]), Bernoulli(rng.normal(size=3))):
        assert np.array_equal(kl(p, p), np.zeros(3))
        value, error = kl_monte_carlo(p, p, 1000, rng=rng)
        assert np.array_equal(value, np.zeros(3)) and np.array_equal(error, np.zeros(3))


# ---- laws ---------------------------------------------------------------------------------------

@given(EXTREME, EXTREME)
def test_a_normal_divergence_is_never_negative(p, q):
    assert kl(p, q) >= 0


@given(st.floats(-3, 3), st.floats(-18, -1), st.sampled_from(["float32", "float64"]))
def test_not_even_by_rounding(loc, exponent, dtype):
    p = Normal(np.array(loc, dtype), 1.5)
    q = Normal(p.loc, p.scale * np.array(1 + 10 ** exponent, dtype))
    assert kl(p, q) >= 0
    near = Normal(np.zeros((), dtype), log_scale=np.array(10 ** exponent, dtype))
    assert kl(near, StandardNormal(like=np.zeros((), dtype))) >= 0


@given(LOGITS, LOGITS | st.floats(-1e-6, 1e-6))
def test_a_bernoulli_divergence_is_never_negative(u, difference):
    assert kl(Bernoulli(u), Bernoulli(u + difference)) >= 0


@pytest.mark.parametrize("dtype, digits", [("float32", 3e-3), ("float64", 1e-6)])
def test_nor_by_rounding_and_half_of_the_digits_are_left(dtype, digits, rng):
    """P (1 - P) d^2 / 2 (1 + (1 - 2 P) d / 3) for a small d, whatever is left of it in these."""
    u = rng.uniform(-8, 8, 20_000).astype(dtype)
    v = (u * (1 + 1e-4 * rng.standard_normal(20_000))).astype(dtype)
    found = kl(Bernoulli(u), Bernoulli(v))
    assert found.dtype == dtype and found.min() >= 0
    P, d = 1 / (1 + np.exp(-u.astype(float))), v.astype(float) - u.astype(float)
    clear = abs(d) > 1e-4
    leading = P * (1 - P) * d * d / 2 * (1 + (1 - 2 * P) * d / 3)
    np.testing.assert_allclose(found[clear], leading[clear], rtol=digits)


def test_digits_are_kept_where_two_bernoullis_nearly_agree():
    d = 1e-6                                     # KL = p (1 - p) d^2 / 2 + O(d^3)
    for u in (-40.0, -3.0, 0.0, 3.0, 40.0):
        p = Bernoulli(u)
        np.testing.assert_allclose(kl(p, Bernoulli(u + d)), p.variance * d * d / 2, rtol=1e-5)


@given(NORMALS, NORMALS, LOCS, SCALES)
def test_moving_and_stretching_both_changes_nothing(p, q, shift, factor):
    moved = [Normal(factor * r.loc + shift, factor * r.scale) for r in (p, q)]
    np.testing.assert_allclose(kl(*moved), kl(p, q), rtol=1e-9, atol=1e-9)


@given(LOGITS, LOGITS)
def test_renaming_the_outcomes_changes_nothing(u, v):
    np.testing.assert_allclose(kl(Bernoulli(u), Bernoulli(v)), kl(Bernoulli(-u), Bernoulli(-v)),
                               rtol=1e-12, atol=1e-14)


def test_certain_bits_are_0_or_infinitely_many_nats_apart():
    inf = np.inf
    u = sg.Tensor([inf, -inf, inf, -inf, 3.0, 3.0, inf, -inf, 1e30, -1e30], requires_grad=True)
    v = sg.Tensor([inf, -inf, -inf, inf, inf, -inf, 5.0, 5.0, 5.0, 5.0], requires_grad=True)
    divergence = kl(Bernoulli(u), Bernoulli(v))
    certain, wrong = np.log1p(np.exp(-5)), np.log1p(np.exp(5))
    np.testing.assert_allclose(divergence.data, [0, 0, inf, inf, inf, inf, certain, wrong, certain,
                                                 wrong], rtol=1e-14)
    divergence.sum().backward()
    slopes = [-1 / (1 + np.exp(5)), 1 / (1 + np.exp(-5))]
    np.testing.assert_allclose(v.grad, [0] * 6 + slopes * 2, rtol=1e-14)
    np.testing.assert_array_equal(u.grad, np.zeros(10))


def test_it_is_not_symmetric():
    p, q = Normal(0.0, 1.0), Normal(1.0, 3.0)
    assert kl(p, q) == pytest.approx(np.log(3) + 2 / 18 - 0.5)
    assert kl(q, p) == pytest.approx(-np.log(3) + 10 / 2 - 0.5)


def test_divergences_of_independent_numbers_add_up(rng):
    p, q = (Normal(rng.normal(size=(4, 3, 2)), np.exp(rng.normal(size=2))) for _ in range(2))
    for n in (1, 2, 3):
        np.testing.assert_allclose(kl(Independent(p, n), Independent(q, n)),
                                   kl(p, q).sum(tuple(range(-n, 0))), rtol=1e-12)


# ---- shapes, dtypes, gradients ------------------------------------------------------------------

@pytest.mark.parametrize("p_shape, q_shape",
                         [((3,), ()), ((), (3,)), ((2, 1), (3,)), ((3,), (2, 3))])
def test_batches_broadcast(p_shape, q_shape, rng):
    for make in (lambda shape: Normal(rng.normal(size=shape), 2.0),
                 lambda shape: Bernoulli(rng.normal(size=shape))):
        p, q = make(p_shape), make(q_shape)
        shape = np.broadcast_shapes(p_shape, q_shape)
        value, error = kl_monte_carlo(p, q, 500, rng=rng)
        assert kl(p, q).shape == value.shape == error.shape == shape
    standard = StandardNormal(q_shape, like=np.zeros(1))
    assert kl(Normal(np.zeros(p_shape), 1.0), standard).shape == shape


def test_a_batch_that_only_q_has_is_estimated_entry_by_entry(rng):
    p, q = Normal(np.zeros(2), 1.0), Normal(np.array([[0.0], [1.0], [2.0]]), [1.0, 2.0])
    assert_estimate(kl_monte_carlo(p, q, N, rng=rng), kl(p, q))


def test_float32_stays_float32(rng):
    loc = np.zeros((2, 3), np.float32)
    p = Normal(loc, 1.5)
    assert kl(p, p).dtype == kl(p, StandardNormal(3)).dtype == np.float32
    assert kl(Bernoulli(loc), Bernoulli(loc + 1)).dtype == np.float32
    assert kl_monte_carlo(p, p, 10, rng=rng).value.dtype == np.float64


def test_gradients(rng):
    loc, other, s, t = rng.normal(size=(4, 2, 3))
    for order in (1, 2):
        sg.gradcheck(lambda a, b, c, d: kl(Normal(a, log_scale=b), Normal(c, log_scale=d)),
                     loc, s, other, t, order=order)
        sg.gradcheck(lambda a, b: kl(Normal(a, b), StandardNormal(3, like=loc)), loc, np.exp(s),
                     order=order)
        sg.gradcheck(lambda u, v: kl(Bernoulli(u), Bernoulli(v)), loc * 3, other * 3, order=order)
        sg.gradcheck(lambda u, v: kl(Bernoulli(u), Bernoulli(v)), np.array([-20.0, 20.0]),
                     np.array([20.0, -20.0]), order=order)


# ---- Monte Carlo --------------------------------------------------------------------------------

def test_memory_does_not_grow_with_the_number_of_draws(rng, monkeypatch):
    """Chunks of a few draws give what one chunk gives."""
    p, q = Normal(rng.normal(size=3), 0.7), Normal(np.zeros(3), 1.0)
    whole = kl_monte_carlo(p, q, 1000, rng=5)
    monkeypatch.setattr("scratchgen.distributions.monte_carlo._CHUNK", 21)
    chunked = kl_monte_carlo(p, q, 1000, rng=5)
    np.testing.assert_allclose(chunked.value, whole.value, rtol=1e-12)
    np.testing.assert_allclose(chunked.standard_error, whole.standard_error, rtol=1e-12)


def test_the_estimate_is_a_mean_and_its_standard_error(rng):
    p, q = Normal(0.5, 0.7), Normal(0.0, 1.0)
    value, error = estimate = kl_monte_carlo(p, q, 1000, rng=5)
    x = p.sample(1000, rng=np.random.default_rng(5))
    ratio = p.log_prob(x) - q.log_prob(x)
    assert isinstance(estimate, Estimate)
    assert value == pytest.approx(ratio.mean(), rel=1e-12)
    assert error == pytest.approx(ratio.std(ddof=1) / np.sqrt(1000), rel=1e-12)


def test_no_graph_is_recorded(rng):
    p = Normal(sg.Tensor(np.zeros(2), requires_grad=True), 1.0)
    assert isinstance(kl_monte_carlo(p, p, 10, rng=rng).value, np.ndarray)


def test_a_standard_error_needs_two_draws(rng):
    with pytest.raises(ValueError, match="n >= 2"):
        kl_monte_carlo(Normal(0.0, 1.0), Normal(0.0, 1.0), 1, rng=rng)


# ---- what is refused ----------------------------------------------------------------------------

def test_an_unknown_pair_offers_monte_carlo():
    with pytest.raises(NotImplementedError, match=r"Normal \|\| Bernoulli(.|\n)*kl_monte_carlo"):
        kl(Normal(0.0, 1.0), Bernoulli(0.0))


def test_draws_of_different_shapes_are_refused():
    p = Normal(np.zeros((4, 3)), 1.0)
    with pytest.raises(sg.ShapeError, match=r"event_shape \(3,\)"):
        kl(Independent(p, 1), p)
    with pytest.raises(sg.ShapeError, match="n = 2, as in p\n.*n = 1 in q"):
        kl(Independent(p, 2), Independent(Independent(p, 1), 1))
    with pytest.raises(sg.ShapeError, match="axis -1 is 2 in p but 3 in q"):
        kl(Normal(np.zeros(2), 1.0), Normal(np.zeros(3), 1.0))


def test_a_pair_can_be_added():
    class Point(Normal):
        pass

    @sg.distributions.exact_kl(Point, Bernoulli)
    def _(p, q):
        return p.loc

    assert kl(Point(2.0, 1.0), Bernoulli(0.0)) == 2
