"""Closed forms of KL(p || q) in one family: quadrature, enumeration, Monte Carlo, and their laws.

Those of Normal and Bernoulli are in test_divergence.
"""
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special

import scratchgen as sg
from scratchgen.distributions import (Categorical, ContinuousBernoulli, Independent, Laplace,
                                      MultivariateNormal, Normal, StandardNormal, Uniform, kl,
                                      kl_monte_carlo)
from tests.support.statistics import assert_estimate

LOCS = st.floats(-50, 50)
SCALES = st.floats(-2, 2).map(lambda e: 10.0 ** e)
LAPLACES = st.builds(Laplace, LOCS, SCALES)
UNIFORMS = st.builds(lambda low, width: Uniform(low, low + width), LOCS, SCALES)
LOGITS = st.floats(-1e3, 1e3) | st.floats(-5, 5)
GREY = st.builds(ContinuousBernoulli, LOGITS)
CLASSES = st.lists(st.floats(-1e3, 1e3) | st.floats(-5, 5), min_size=4, max_size=4)
N = 50_000


def vectors(rng, batch=(), d=3):
    lower = np.tril(rng.normal(size=(*batch, d, d)), -1) / 2 + np.eye(d) * np.exp(
        rng.normal(size=(*batch, d, 1)))
    return MultivariateNormal(rng.normal(size=(*batch, d)), scale_tril=lower)


# ---- against independent numbers -----------------------------------------------------------------

@given(LAPLACES, LAPLACES)
def test_laplace_pairs_by_their_textbook_form(p, q):
    d = abs(p.loc - q.loc)
    exact = np.log(q.scale / p.scale) + (p.scale * np.exp(-d / p.scale) + d) / q.scale - 1
    np.testing.assert_allclose(kl(p, q), exact, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("p, q", [(Laplace(0.3, 0.5), Laplace(0.0, 1.0)),
                                  (Laplace(5.0, 2.0), Laplace(0.0, 1.0)),
                                  (ContinuousBernoulli(3.0), ContinuousBernoulli(-1.0)),
                                  (ContinuousBernoulli(0.0), ContinuousBernoulli(1.5)),
                                  (ContinuousBernoulli(900.0), ContinuousBernoulli(20.0)),
                                  (ContinuousBernoulli(0.2), ContinuousBernoulli(0.5)),
                                  (Uniform(0.2, 0.9), Uniform(0.0, 3.0)),
                                  (Categorical([0.0, 1.0, -2.0]), Categorical([1.0, 1.0, 0.0]))])
def test_pairs_against_monte_carlo(p, q, rng):
    assert_estimate(kl_monte_carlo(p, q, N, rng=rng), kl(p, q))


def test_vectors_against_monte_carlo(rng):
    p, q = vectors(rng, (4,)), vectors(rng, (3, 1))
    assert_estimate(kl_monte_carlo(p, q, N, rng=rng), kl(p, q))


@given(st.integers(0, 2 ** 31))
def test_vectors_by_their_textbook_form(seed):
    rng = np.random.default_rng(seed)
    p, q = vectors(rng), vectors(rng)
    inverse, d = np.linalg.inv(q.covariance), q.loc - p.loc
    logdets = np.linalg.slogdet(q.covariance)[1] - np.linalg.slogdet(p.covariance)[1]
    exact = 0.5 * (np.trace(inverse @ p.covariance) + d @ inverse @ d - 3 + logdets)
    np.testing.assert_allclose(kl(p, q), exact, rtol=1e-8)


@given(CLASSES, CLASSES)
def test_classes_by_enumeration(u, v):
    log_p, log_q = special.log_softmax(u), special.log_softmax(v)
    exact = np.sum(np.exp(log_p) * (log_p - log_q))
    np.testing.assert_allclose(kl(Categorical(u), Categorical(v)), exact, rtol=1e-11, atol=1e-12)


@given(LOGITS, LOGITS)
def test_grey_levels_by_cross_entropy(u, v):
    """-E_p[log q(x)] = A(v) - v mean, which exceeds the entropy of p by the divergence."""
    p, q = ContinuousBernoulli(u), ContinuousBernoulli(v)
    np.testing.assert_allclose(p.entropy() + kl(p, q), q.log_normaliser - v * p.mean,
                               rtol=1e-11, atol=1e-11)


@given(UNIFORMS, UNIFORMS)
def test_uniform_pairs(p, q):
    inside = q.low <= p.low and p.high <= q.high
    exact = np.log((q.high - q.low) / (p.high - p.low)) if inside else np.inf
    np.testing.assert_allclose(kl(p, q), exact, rtol=1e-12)


# ---- infinite, and only where it has to be -------------------------------------------------------

@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scales_whose_ratio_is_no_float(dtype):
    exponent = 25 if dtype == "float32" else 200
    small, large = np.array(10.0 ** -exponent, dtype), np.array(10.0 ** exponent, dtype)
    log_ratio = 2 * exponent * np.log(10)
    zero = np.array(0, dtype)
    np.testing.assert_allclose(kl(Uniform(zero, small), Uniform(zero, large)), log_ratio, rtol=1e-6)
    for loc in (0.0, 1.0, 10.0):
        np.testing.assert_allclose(kl(Laplace(loc + zero, small), Laplace(zero, large)),
                                   log_ratio - 1, rtol=1e-6)


@given(st.floats(2, 12), st.floats(0.01, 100))
@example(3.0, 0.5)
@example(6.0, 0.51)
def test_two_grey_levels_far_to_either_side_are_exponential_distributions(exponent, ratio):
    """KL = r - 1 - log r for the ratio r of their rates, also where 1 - mean has no digits left."""
    for dtype, rtol in (("float64", 1e-12), ("float32", 1e-4)):
        u = np.array(10.0 ** exponent, dtype)
        v = u * np.array(ratio, dtype)
        if v < 100:
            continue
        r = float(v) / float(u)
        for sign in (1, -1):
            p, q = ContinuousBernoulli(sign * u), ContinuousBernoulli(sign * v)
            np.testing.assert_allclose(kl(p, q), r - 1 - np.log(r), rtol=rtol, atol=rtol * 1e-2)


def test_classes_that_are_impossible():
    inf = np.inf
    half, three = Categorical([0.0, 0.0, -inf]), Categorical([0.0, 0.0, 0.0])
    assert kl(half, three) == pytest.approx(np.log(1.5), rel=1e-14)
    assert kl(three, half) == inf and kl(half, half) == 0
    one = Categorical([-inf, 0.0, -inf])
    assert kl(one, half) == pytest.approx(np.log(2)) and kl(half, one) == inf
    assert kl(Categorical([0.0, -1e30, 0.0]), Categorical([0.0, 5.0, 1e30])) == 5e29


def test_gradients_where_classes_are_impossible():
    u = sg.Tensor([0.0, 0.0, -np.inf], requires_grad=True)
    v = sg.Tensor([0.0, 1.0, 2.0], requires_grad=True)
    kl(Categorical(u), Categorical(v)).backward()
    np.testing.assert_allclose(v.grad, special.softmax(v.data) - [0.5, 0.5, 0], rtol=1e-12)
    assert np.isfinite(u.grad).all() and u.grad[2] == 0


# ---- laws: never negative, 0 for equals, digits where p and q nearly agree -----------------------

@given(st.one_of(st.tuples(LAPLACES, LAPLACES), st.tuples(GREY, GREY), st.tuples(
    CLASSES.map(Categorical), CLASSES.map(Categorical))))
def test_a_divergence_is_never_negative_and_0_for_equals(pair):
    p, q = pair
    assert kl(p, q) >= 0
    assert kl(p, p) == 0 and kl(q, q) == 0


def test_vectors_are_at_no_distance_from_themselves(rng):
    p = vectors(rng, (5,), 4)
    np.testing.assert_allclose(kl(p, p), np.zeros(5), atol=1e-14)


@given(st.floats(-20, 20), st.floats(-8, -4).map(lambda e: 10.0 ** e))
def test_digits_are_kept_where_p_and_q_nearly_agree(u, d):
    """KL = I d^2 / 2 + O(d^3), with Fisher's information I."""
    for make, information in (
            (ContinuousBernoulli, ContinuousBernoulli(u).variance),
            (lambda u: Laplace(0.0, np.exp(u)), 1.0),
            (lambda u: MultivariateNormal([0.0], scale_tril=[[np.exp(u)]]), 2.0),
            (lambda u: Categorical([0.0, u]), Categorical([0.0, u]).variance)):
        np.testing.assert_allclose(kl(make(u), make(u + d)), information * d * d / 2, rtol=2e-4,
                                   err_msg=str(make))


@settings(max_examples=30)
@given(st.integers(0, 2 ** 31))
def test_an_affine_map_of_both_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    p, q = vectors(rng), vectors(rng)
    a, b = rng.normal(size=(3, 3)) + 2 * np.eye(3), rng.normal(size=3)
    moved = [MultivariateNormal(a @ r.loc + b, covariance=a @ r.covariance @ a.T) for r in (p, q)]
    np.testing.assert_allclose(kl(*moved), kl(p, q), rtol=1e-6)


def test_a_diagonal_normal_is_a_multivariate_normal(rng):
    loc, scale = rng.normal(size=(2, 4, 3)), np.exp(rng.normal(size=(2, 4, 3)))
    diagonal = [Independent(Normal(m, s), 1) for m, s in zip(loc, scale)]
    full = [MultivariateNormal(m, scale_tril=s[..., None] * np.eye(3)) for m, s in zip(loc, scale)]
    exact = kl(*diagonal)
    for p, q in ((full[0], full[1]), (full[0], diagonal[1]), (diagonal[0], full[1])):
        np.testing.assert_allclose(kl(p, q), exact, rtol=1e-12)
    standard = Independent(StandardNormal(3, like=loc), 1)
    np.testing.assert_allclose(kl(full[0], standard), kl(diagonal[0], standard), rtol=1e-12)


# ---- shapes, dtypes, gradients, refusals ---------------------------------------------------------

@pytest.mark.parametrize("p_shape, q_shape",
                         [((3,), ()), ((), (3,)), ((2, 1), (3,)), ((3,), (2, 3))])
def test_batches_broadcast(p_shape, q_shape, rng):
    shape = np.broadcast_shapes(p_shape, q_shape)
    for make in (lambda s: Laplace(rng.normal(size=s), 1.0), lambda s: vectors(rng, s),
                 lambda s: Uniform(rng.normal(size=s), 9.0),
                 lambda s: Categorical(np.zeros((*s, 4))),
                 lambda s: ContinuousBernoulli(rng.normal(size=s))):
        assert kl(make(p_shape), make(q_shape)).shape == shape


def test_gradients(rng):
    m, n, s, t = rng.normal(size=(4, 2, 3))
    u, v = [0.0, 2.0, 2.0, 300.0, 0.001], [0.5, 2.1, -4.0, 290.0, 0.0]
    a, b = rng.normal(size=(2, 3, 3)) / 3 + np.eye(3)
    for order in (1, 2):
        sg.gradcheck(lambda m, n, s, t: kl(Laplace(m, sg.ops.exp(s)), Laplace(n, sg.ops.exp(t))),
                     m, n, s, t, order=order)
        sg.gradcheck(lambda u, v: kl(ContinuousBernoulli(u), ContinuousBernoulli(v)),
                     np.array(u), np.array(v), order=order)
        sg.gradcheck(lambda u, v: kl(Categorical(u), Categorical(v)), m, n, order=order)
        sg.gradcheck(lambda m, n, a, b: kl(
            MultivariateNormal(m, scale_tril=sg.ops.tril(a)),
            MultivariateNormal(n, scale_tril=sg.ops.tril(b))), m, n, a, b, order=order)
    sg.gradcheck(lambda a, b: kl(Uniform(a, a + 1), Uniform(-9.0, b)), m, n + 9)


def test_float32_stays_float32(rng):
    x = np.zeros((2, 3), np.float32)
    eye = np.eye(3, dtype=np.float32)
    for p in (Laplace(x, 1.0), Uniform(x, 1.0), Categorical(x), ContinuousBernoulli(x),
              MultivariateNormal(x, scale_tril=eye)):
        assert kl(p, p).dtype == np.float32


def test_different_numbers_of_classes():
    with pytest.raises(sg.ShapeError, match="2 classes, as in p\n.*got       3 in q"):
        kl(Categorical([0.0, 1.0]), Categorical([0.0, 1.0, 2.0]))
