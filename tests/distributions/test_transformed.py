"""Transformed: densities that integrate to one and are those of the samples; moments; gradients."""
import math

import numpy as np
import pytest
from statistics import NormalDist

import scratchgen as sg
from scratchgen import nn
from scratchgen.distributions import (Bernoulli, Independent, Normal, StandardNormal, Transformed,
                                      bijectors, kl_monte_carlo)
from tests.distributions.bijectors.cases import actnorm, autoregressive, coupling, triangle, values
from tests.distributions.densities import integrate, ks_distance, ks_limit
from tests.support.statistics import assert_estimate

NORMAL = Normal(0.3, 0.7)
# The bijector, and the inverse of its map as one would write it by hand.
LINE = {
    "Affine": (bijectors.Affine(1.0, -2.0), lambda y: (1.0 - y) / 2),
    "Exp": (bijectors.Exp(), np.log),
    "Sigmoid": (bijectors.Sigmoid(), lambda y: np.log(y / (1 - y))),
    "Tanh": (bijectors.Tanh(), np.arctanh),
    "Softplus": (bijectors.Softplus(), lambda y: np.log(np.expm1(y))),
    "Chain": (bijectors.Chain(bijectors.Exp(), bijectors.Affine(-1.0, 3.0)),
              lambda y: np.log((y + 1) / 3)),
    "Inverse": (bijectors.Inverse(bijectors.Softplus()), lambda y: np.log1p(np.exp(y))),
}


@pytest.mark.parametrize("name", LINE)
def test_on_the_line_the_density_integrates_to_one_and_is_that_of_the_samples(name, rng):
    f, by_hand = LINE[name]
    base = NORMAL if name != "Inverse" else Transformed(NORMAL, bijectors.Exp())
    p, n = Transformed(base, f), 100_000
    y = p.sample(n, rng=rng)
    # The substitution y = f(t) makes a grid that is fine where the density is.
    grid = np.linspace(0.3 - 9 * 0.7, 0.3 + 9 * 0.7, 20_001)
    grid = np.sort(f(grid if name != "Inverse" else np.exp(grid)))
    assert np.trapezoid(np.exp(p.log_prob(grid)), grid) == pytest.approx(1, abs=1e-5)
    exact = np.vectorize(NormalDist(0.3, 0.7).cdf)

    def cdf(y):
        x = by_hand(y) if name != "Inverse" else np.log(by_hand(y))
        return exact(x) if name != "Affine" else 1 - exact(x)           # its scale is negative

    assert ks_distance(y, cdf) < ks_limit(n)


def test_the_log_normal_density_is_the_one_of_the_textbook():
    p, y = Transformed(Normal(0.3, 0.7), bijectors.Exp()), np.array([1e-3, 0.5, 2.0, 40.0])
    expected = -(np.log(y) - 0.3) ** 2 / (2 * 0.49) - np.log(y * 0.7 * math.sqrt(2 * math.pi))
    np.testing.assert_allclose(p.log_prob(y), expected, rtol=1e-13)
    assert p.log_prob(1.0) == pytest.approx(-0.3 ** 2 / 0.98 - math.log(0.7 * math.sqrt(2 * np.pi)))
    assert (p.log_prob(np.array([0.0, -1.0])) == -np.inf).all()


# ---- the plane -----------------------------------------------------------------------------------

PLANE = {
    "Affine": lambda rng: bijectors.Affine([0.2, -0.1], [0.5, -1.5]),
    "Permute": lambda rng: bijectors.Permute([1, 0]),
    "TriangularAffine": lambda rng: bijectors.TriangularAffine([0.2, -0.3], triangle(rng, 2)),
    "ActNorm": lambda rng: actnorm(rng, 2),
    "Coupling": lambda rng: wild(coupling(rng, 2)),
    "MaskedAutoregressive": lambda rng: wild(autoregressive(rng, 2)),
    "Tanh": lambda rng: bijectors.Chain(bijectors.Affine(0.0, 0.5), bijectors.Tanh()),
    "Chain": lambda rng: bijectors.Chain(
        bijectors.TriangularAffine([0.0, 0.5], triangle(rng, 2)), wild(coupling(rng, 2)),
        bijectors.Permute([1, 0]), bijectors.Affine(2.0, 0.5), bijectors.Softplus(),
        bijectors.Inverse(actnorm(rng, 2))),
}
BLOCKS, SIDE = 12, 60                   # blocks of 60 x 60 points each


def wild(f):
    """With weights that bend, so that the density is nothing like a Gaussian."""
    for p in f.parameters():
        p.data = 1.5 * p.data
    return f


@pytest.mark.parametrize("name", PLANE)
def test_in_the_plane_the_density_integrates_to_one_and_is_that_of_the_samples(name):
    rng = np.random.default_rng(1)
    p = Transformed(Independent(Normal(np.zeros(2), [1.0, 0.6]), 1), PLANE[name](rng))
    n = 100_000
    y, = values(p.sample(n, rng=rng))
    low, high = y.min(0) - 0.5 * y.std(0), y.max(0) + 0.5 * y.std(0)
    axes = [low[i] + (np.arange(BLOCKS * SIDE) + 0.5) / (BLOCKS * SIDE) * (high - low)[i]
            for i in range(2)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    density = np.exp(values(p.log_prob(points))[0])
    cell = np.prod(high - low) / (BLOCKS * SIDE) ** 2
    exact = density.reshape(BLOCKS, SIDE, BLOCKS, SIDE).sum((1, 3)) * cell
    assert exact.sum() == pytest.approx(1, abs=2e-3)            # the edge of a support cuts cells
    edges = [np.linspace(low[i], high[i], BLOCKS + 1) for i in range(2)]
    share = np.histogram2d(*y.T, bins=edges)[0] / n
    common = exact > 1e-3
    error = np.sqrt(exact * (1 - exact) / n) + 1e-4             # the midpoint rule, at those cells
    assert_estimate(share[common], exact[common], standard_error=error[common])


# ---- moments -------------------------------------------------------------------------------------

MOMENTS = {
    "Affine": bijectors.Affine([1.0, -2.0], [3.0, -0.1]),
    "Permute": bijectors.Permute([1, 0]),
    "Chain": bijectors.Chain(bijectors.Affine(1e6, 2.0), bijectors.Permute([1, 0]),
                             bijectors.Inverse(bijectors.Affine(3.0, [4.0, 5.0]))),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_moments_and_entropy_of_affine_maps_are_those_of_a_gaussian(name, rng):
    """A fitted line through two points of each axis gives its slope and its offset."""
    f, scale = MOMENTS[name], np.array([0.5, 2.0])
    p = Transformed(Independent(Normal([0.1, 0.2], scale), 1), f)
    matrix = np.stack([f(e) - f(np.zeros(2)) for e in np.eye(2)], axis=1)
    np.testing.assert_allclose(p.mean, f(np.array([0.1, 0.2])))
    np.testing.assert_allclose(p.variance, (matrix ** 2) @ scale ** 2, rtol=1e-8)
    covariance = matrix @ np.diag(scale ** 2) @ matrix.T
    expected = 0.5 * np.linalg.slogdet(2 * np.pi * math.e * covariance)[1]
    np.testing.assert_allclose(p.entropy(), expected, rtol=1e-8)


def test_a_triangular_map_has_a_mean_and_an_entropy_but_mixes_entries(rng):
    matrix = triangle(rng, 2)
    p = Transformed(Independent(Normal(np.ones(2), 1.0), 1),
                    bijectors.TriangularAffine(2.0, matrix))
    np.testing.assert_allclose(p.mean, 2 + matrix.sum(1))
    expected = 0.5 * np.linalg.slogdet(2 * np.pi * math.e * matrix @ matrix.T)[1]
    assert p.entropy() == pytest.approx(expected)
    with pytest.raises(NotImplementedError, match="no variance in closed form\n.*Monte Carlo"):
        p.variance


def test_what_has_no_closed_form_says_so_and_offers_monte_carlo():
    p = Transformed(Normal(0.0, 1.0), bijectors.Exp())
    for what in (lambda: p.mean, lambda: p.variance, p.entropy):
        with pytest.raises(NotImplementedError, match="Normal by Exp.*\n.*by Monte Carlo"):
            what()


def test_divergence_does_not_change_with_the_variable(rng):
    """KL(p || q) is the same for f(p) and f(q): Jacobians cancel, so each draw gives the same."""
    p, q, f = Normal(0.0, 1.0), Normal(0.5, 2.0), bijectors.Softplus()
    here = kl_monte_carlo(p, q, 1000, rng=3)
    there = kl_monte_carlo(Transformed(p, f), Transformed(q, f), 1000, rng=3)
    np.testing.assert_allclose(there.value, here.value, rtol=1e-9)


# ---- shapes, gradients, errors -------------------------------------------------------------------

@pytest.mark.parametrize("shape", [(), 3, (2, 0)])
def test_shapes(shape, rng):
    lead = (shape,) if isinstance(shape, int) else shape
    base = Independent(Normal(np.zeros((5, 2)), 1.0), 1)
    for f in (bijectors.Tanh(), bijectors.TriangularAffine(0.0, np.eye(2))):
        p = Transformed(base, f)
        assert p.batch_shape == (5,) and p.event_shape == (2,)
        y = p.sample(shape, rng=rng)
        assert y.shape == lead + (5, 2) and p.log_prob(y).shape == lead + (5,)


@pytest.mark.parametrize("order", [1, 2])
def test_gradients_by_the_parameters_of_the_base_and_of_the_bijector(order, rng):
    y, m, s = rng.uniform(0.1, 2, size=(3, 2)), rng.normal(size=2), rng.normal(size=2) / 2

    def p(m, s, shift):
        chain = bijectors.Chain(bijectors.Affine(shift, log_scale=s), bijectors.Exp())
        return Transformed(Independent(Normal(m, log_scale=s), 1), chain)

    sg.gradcheck(lambda m, s, shift, y: p(m, s, shift).log_prob(y), m, s, m + 1, y, order=order)
    sg.gradcheck(lambda m, s, shift: p(m, s, shift).rsample(3, rng=7), m, s, m + 1, order=order)


def test_no_gradient_passes_through_sample(rng):
    p = Transformed(Normal(sg.Tensor(0.0, requires_grad=True), 1.0), bijectors.Exp())
    assert p.rsample(3, rng=rng).requires_grad and not p.sample(3, rng=rng).requires_grad
    assert np.array_equal(p.sample(3, rng=1).numpy(), p.rsample(3, rng=1).numpy())


def test_a_base_that_can_only_sample_is_enough_to_sample(rng):
    p = Transformed(Bernoulli(np.zeros(4)), bijectors.Affine(-1.0, 2.0))
    assert set(p.sample(50, rng=rng).ravel()) == {-1.0, 1.0}


def test_a_bijector_of_vectors_needs_events_that_are_vectors():
    with pytest.raises(sg.ShapeError, match="base with 1 event axes or more\n.*\n.*Independent"):
        Transformed(Normal(np.zeros(2), 1.0), bijectors.Permute([1, 0]))
    with pytest.raises(TypeError, match="a distribution and a bijector"):
        Transformed(Normal(0.0, 1.0), np.exp)


def test_values_and_gradients_on_every_backend(xp_backend, rng):
    y = rng.uniform(0.1, 0.9, size=(4, 3)).astype(np.float32)

    def everything(y):
        chain = bijectors.Chain(
            bijectors.Coupling([1, 0, 1], nn.mlp(3, 5, 6, rng=0)), bijectors.ActNorm(3),
            bijectors.MaskedAutoregressive(nn.MaskedMLP(3, (5,), outputs=2, rng=1)),
            bijectors.Permute([2, 0, 1]), bijectors.Affine(0.1, log_scale=0.3),
            bijectors.Softplus(), bijectors.Inverse(bijectors.Exp()), bijectors.Sigmoid(),
            bijectors.Inverse(bijectors.Tanh()))
        p = Transformed(Independent(StandardNormal(3, like=y), 1), chain)
        log_prob = p.log_prob(y)
        log_prob.sum().backward()
        gradients = [leaf.grad for leaf in chain.parameters()]
        return [log_prob, p.sample(2, rng=5), *gradients]

    with sg.backend.use("numpy"):
        expected = values(*everything(y))
    for found, value in zip(everything(xp_backend.asarray(y)), expected):
        assert found.dtype == xp_backend.asarray(y).dtype
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=2e-3, atol=2e-4)


def test_a_triangle_and_constants_on_every_backend(xp_backend, rng):
    x = rng.normal(size=(4, 3)).astype(np.float32)
    matrix, shift = triangle(rng).astype(np.float32), np.arange(3, dtype=np.float32)

    def everything(move):
        for f in (bijectors.TriangularAffine(move(shift), move(matrix)),
                  bijectors.Affine(move(shift), move(shift + 1))):
            yield from (*f.forward_and_log_det(move(x)), *f.inverse_and_log_det(move(x)))

    for found, value in zip(everything(xp_backend.asarray), everything(np.asarray)):
        np.testing.assert_allclose(xp_backend.to_numpy(found), value, rtol=1e-4, atol=1e-5)


def test_integrals_see_a_factor_that_is_missing():
    """A density without its Jacobian does not integrate to one: that is what is seen above."""
    p = Transformed(NORMAL, bijectors.Affine(1.0, -2.0))
    wrong = integrate(lambda y: np.exp(NORMAL.log_prob((1.0 - y) / 2)), 0.4, 1.4)
    right = integrate(lambda y: np.exp(p.log_prob(y)), 0.4, 1.4)
    assert wrong == pytest.approx(2) and right == pytest.approx(1)
