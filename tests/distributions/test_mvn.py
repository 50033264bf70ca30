"""MultivariateNormal: density, samples, both ways to give the matrix, and what it refuses."""
import numpy as np
import pytest
from scipy import stats

import scratchgen as sg
from scratchgen import ops
from scratchgen.distributions import Independent, MultivariateNormal, Normal, entropy_monte_carlo
from tests.distributions.densities import ks_distance, ks_limit
from tests.support.statistics import assert_estimate


def covariances(rng, shape, d, spread=1.0):
    """Positive definite matrices whose eigenvalues reach from 10^-spread to 10^spread."""
    q, _ = np.linalg.qr(rng.normal(size=(*shape, d, d)))
    eigenvalues = 10.0 ** rng.uniform(-spread, spread, (*shape, 1, d))
    a = q * eigenvalues @ q.swapaxes(-1, -2)
    return (a + a.swapaxes(-1, -2)) / 2


@pytest.mark.parametrize("d", [1, 2, 7, 30])
@pytest.mark.parametrize("spread", [0.5, 3.0])
def test_log_prob_and_entropy_are_those_of_scipy(d, spread, rng):
    loc, a = rng.normal(size=d), covariances(rng, (), d, spread)
    q = stats.multivariate_normal(loc, a)
    x = np.concatenate([q.rvs(5, random_state=rng).reshape(5, d), 100 * rng.normal(size=(5, d))])
    for p in (MultivariateNormal(loc, covariance=a),
              MultivariateNormal(loc, scale_tril=np.linalg.cholesky(a))):
        np.testing.assert_allclose(p.log_prob(x), q.logpdf(x), rtol=1e-9)
        np.testing.assert_allclose(p.entropy(), q.entropy(), rtol=1e-12)
        np.testing.assert_allclose(p.covariance, a, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(p.variance, np.diag(a), rtol=1e-12)
        np.testing.assert_array_equal(p.mean, loc)


def test_scales_that_are_hardly_floats():
    """log p at loc is -sum log L_ii - D log(2 pi) / 2, also where det Sigma is no float."""
    p = MultivariateNormal(np.zeros(3), scale_tril=np.diag([1e-200, 1e-150, 1e-100]))
    expected = 450 * np.log(10) - 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(p.log_prob(np.zeros(3)), expected, rtol=1e-14)


def test_the_density_integrates_to_one_in_the_plane():
    p = MultivariateNormal([0.5, -1.0], covariance=[[1.0, 0.8], [0.8, 2.0]])
    axis = np.linspace(-15, 15, 601)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    assert np.exp(p.log_prob(grid)).sum() * 0.05 ** 2 == pytest.approx(1, abs=1e-12)


def test_a_diagonal_matrix_gives_independent_normals(rng):
    loc, scale, x = rng.normal(size=(4, 3)), np.exp(rng.normal(size=3)), rng.normal(size=(5, 4, 3))
    p = MultivariateNormal(loc, scale_tril=np.diag(scale))
    q = Independent(Normal(loc, scale), 1)
    np.testing.assert_allclose(p.log_prob(x), q.log_prob(x), rtol=1e-12)
    np.testing.assert_allclose(p.entropy(), q.entropy(), rtol=1e-12)
    np.testing.assert_array_equal(p.sample(6, rng=1), q.sample(6, rng=1))


def test_samples_have_the_mean_the_covariance_and_the_distances(rng):
    n, d = 50_000, 3
    loc, a = rng.normal(size=(2, d)), covariances(rng, (2,), d)
    p = MultivariateNormal(loc, covariance=a)
    x = p.sample(n, rng=rng)
    assert x.shape == (n, 2, d)
    r = x - loc
    variances = np.einsum("bii->bi", a)
    assert_estimate(x.mean(0), loc, standard_error=np.sqrt(variances / n))
    # the variance of r_i r_j is S_ii S_jj + S_ij^2 (Isserlis)
    error = np.sqrt((variances[:, :, None] * variances[:, None, :] + a ** 2) / n)
    assert_estimate(np.einsum("nbi,nbj->bij", r, r) / n, a, standard_error=error)
    for i in range(2):
        distances = np.einsum("ni,ij,nj->n", r[:, i], np.linalg.inv(a[i]), r[:, i])
        assert ks_distance(distances, stats.chi2(d).cdf) < ks_limit(n)


def test_entropy_by_monte_carlo(rng):
    p, n = MultivariateNormal(np.zeros(5), covariance=covariances(rng, (), 5)), 50_000
    estimate = entropy_monte_carlo(p, n, rng=rng)
    # -log p(x) is half a chi-square of 5 degrees of freedom, whose variance is 10
    assert_estimate(estimate.value, p.entropy(), standard_error=np.sqrt(10 / 4 / n))


@pytest.mark.parametrize("loc_shape, matrix_shape, batch", [
    ((3,), (3, 3), ()), ((4, 3), (3, 3), (4,)), ((3,), (4, 3, 3), (4,)),
    ((5, 1, 3), (4, 3, 3), (5, 4)), ((4, 3), (5, 1, 3, 3), (5, 4)), ((4, 3), (4, 3, 3), (4,))])
def test_batches_broadcast(loc_shape, matrix_shape, batch, rng):
    loc, a = rng.normal(size=loc_shape), covariances(rng, matrix_shape[:-2], 3)
    p = MultivariateNormal(loc, covariance=a)
    assert p.batch_shape == batch and p.event_shape == (3,)
    x = p.sample((2, 6), rng=rng)
    assert x.shape == (2, 6, *batch, 3)
    found = p.log_prob(x)
    whole_loc, whole_a = np.broadcast_to(loc, (*batch, 3)), np.broadcast_to(a, (*batch, 3, 3))
    for i in np.ndindex(*batch):
        q = stats.multivariate_normal(whole_loc[i], whole_a[i])
        np.testing.assert_allclose(found[(..., *i)], q.logpdf(x[(..., *i, slice(None))]), rtol=1e-9)
    assert p.entropy().shape == batch and p.variance.shape == p.mean.shape == (*batch, 3)
    assert p.log_prob(np.zeros(3)).shape == batch


def test_no_draws_and_no_dimensions_to_spare(rng):
    p = MultivariateNormal(np.zeros(2), scale_tril=np.eye(2))
    assert p.sample((0, 3), rng=rng).shape == (0, 3, 2)
    assert p.log_prob(np.zeros((0, 3, 2))).shape == (0, 3)
    none = MultivariateNormal(np.zeros((0, 2)), covariance=np.zeros((0, 2, 2)))
    assert none.log_prob(np.zeros(2)).shape == none.batch_shape == (0,)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes_and_kinds(dtype, rng):
    p = MultivariateNormal(np.zeros(2, dtype), covariance=np.eye(2, dtype=dtype))
    for v in (p.sample(3, rng=rng), p.log_prob(np.zeros(2, dtype)), p.entropy(), p.variance):
        assert v.dtype == dtype and not isinstance(v, sg.Tensor)
    tensors = MultivariateNormal(sg.Tensor(np.zeros(2, dtype)), scale_tril=np.eye(2, dtype=dtype))
    for v in (tensors.sample(3, rng=rng), tensors.log_prob(np.zeros(2, dtype)), tensors.entropy()):
        assert isinstance(v, sg.Tensor)


def test_gradients(rng):
    x, loc = rng.normal(size=(5, 2, 3)), rng.normal(size=3)
    a = covariances(rng, (2,), 3, 0.5)
    lower = np.linalg.cholesky(a)

    def by_covariance(m, a):
        return MultivariateNormal(m, covariance=(a + a.mT) / 2)

    def by_triangle(m, a):
        return MultivariateNormal(m, scale_tril=ops.tril(a))

    for make, matrix in ((by_covariance, a), (by_triangle, lower)):
        for order in (1, 2):
            sg.gradcheck(lambda x, m, a: make(m, a).log_prob(x), x, loc, matrix, order=order)
        sg.gradcheck(lambda m, a: make(m, a).entropy() + make(m, a).variance[..., 0], loc, matrix)
        sg.gradcheck(lambda m, a: make(m, a).rsample(3, rng=1), loc, matrix)


def test_the_reparameterised_gradient_is_that_of_the_expectation(rng):
    """d/dL E|x|^2 = 2 L for loc 0; one draw gives 2 x eps^T, whose variance is known."""
    n, lower = 50_000, np.array([[0.5, 0.0], [-0.3, 0.8]])
    tril = sg.Tensor(lower, requires_grad=True)
    p = MultivariateNormal(np.zeros(2), scale_tril=tril)
    (ops.sum(ops.square(p.rsample(n, rng=rng))) / n).backward()
    # Var(2 x_i eps_j) = 4 (S_ii + L_ij^2), as x and eps are jointly normal
    variance = 4 * (np.sum(lower ** 2, axis=1, keepdims=True) + lower ** 2)
    below = np.tril_indices(2)
    assert_estimate(tril.grad[below], (2 * lower)[below],
                    standard_error=np.sqrt(variance / n)[below])
    # and by the score function, in the direction of a common factor of L: d/dt E|t x|^2 = 2 tr S
    factor = sg.Tensor(np.ones((n, 1, 1)), requires_grad=True)
    p = MultivariateNormal(np.zeros(2), scale_tril=factor * lower)
    x = p.sample(rng=rng)
    (p.log_prob(x) * np.sum(x.numpy() ** 2, axis=-1)).sum().backward()
    exact = 2 * np.sum(lower ** 2)
    # one draw gives |x|^2 (|eps|^2 - 2): its second moment by Gauss-Hermite, in the eigenbasis of S
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    a, b = np.meshgrid(nodes ** 2, nodes ** 2)
    s = np.linalg.eigvalsh(lower @ lower.T)
    second = weights @ ((s[0] * a + s[1] * b) * (a + b - 2)) ** 2 @ weights / (2 * np.pi)
    assert_estimate(factor.grad.mean(), exact, standard_error=np.sqrt((second - exact ** 2) / n))


# ---- what is refused -----------------------------------------------------------------------------

def test_exactly_one_matrix():
    with pytest.raises(ValueError, match="exactly one of scale_tril and covariance\n.*neither"):
        MultivariateNormal(np.zeros(2))
    with pytest.raises(ValueError, match="exactly one of scale_tril and covariance\n.*both"):
        MultivariateNormal(np.zeros(2), scale_tril=np.eye(2), covariance=np.eye(2))


@pytest.mark.parametrize("arguments, wrong", [
    ({"covariance": [[1.0, 2.0], [2.0, 1.0]]}, "must be positive definite\n.*\n.*singular"),
    ({"covariance": [[1.0, 1.0], [1.0, 1.0]]}, "covariance must be positive definite"),
    ({"covariance": [[1.0, 0.0], [0.5, 1.0]]}, "covariance must be symmetric\n.*up to 0.5 apart"),
    ({"scale_tril": [[1.0, 0.5], [0.5, 1.0]]}, "scale_tril must be lower tri.*\n.*\n.*covariance="),
    ({"scale_tril": [[1.0, 0.0], [0.5, 0.0]]}, "scale_tril's diagonal must be positive"),
    ({"scale_tril": [[-1.0, 0.0], [0.5, 1.0]]}, "scale_tril's diagonal must be positive")])
def test_a_matrix_of_another_kind_is_refused_by_name(arguments, wrong):
    with pytest.raises(ValueError, match=wrong):
        MultivariateNormal(np.zeros(2), **arguments)


@pytest.mark.parametrize("loc, matrix", [(np.zeros(3), np.eye(2)), (0.0, np.eye(2)),
                                         (np.zeros(2), np.ones(2)), (np.zeros(2), np.ones((2, 3)))])
def test_shapes_that_do_not_fit(loc, matrix):
    for name in ("covariance", "scale_tril"):
        with pytest.raises(sg.ShapeError, match=rf"\(\.\.\., D\) and {name} \(\.\.\., D, D\)"):
            MultivariateNormal(loc, **{name: matrix})


def test_draws_of_another_length_are_refused():
    p = MultivariateNormal(np.zeros((4, 2)), covariance=np.eye(2))
    with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., 2\)\n.*got       \(4, 3\)"):
        p.log_prob(np.zeros((4, 3)))
    with pytest.raises(sg.ShapeError, match="axis -1 is 5 in x but 4 in batch_shape"):
        p.log_prob(np.zeros((5, 2)))
