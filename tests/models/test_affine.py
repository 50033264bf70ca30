"""AffineGenerator: x = mu + L z from a covariance, from data, and learned by gradients."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models.affine import AffineGenerator
from tests.support.statistics import assert_estimate

SIGMA = np.array([[2.0, -0.6, 0.3], [-0.6, 1.0, 0.2], [0.3, 0.2, 0.5]])
MU = np.array([1.0, -2.0, 0.5])


def learned(x, steps=1200):
    """Maximum likelihood by the gradient of log p: all examples at once, a falling rate."""
    model = AffineGenerator(x.shape[1], dtype="float64")
    adam = sg.optim.Adam(model.parameters(), lr=0.05)
    schedule = sg.optim.schedules.CosineAnnealingLR(adam, T_max=steps)
    for _ in range(steps):
        adam.zero_grad()
        (-model.log_prob(x).mean()).backward()
        adam.step()
        schedule.step()
    return model


def test_learning_ends_at_the_covariance_of_the_sample_and_near_the_true_one(rng):
    n = 4000
    x = rng.multivariate_normal(MU, SIGMA, size=n)
    model = learned(x)
    sample = np.cov(x.T, bias=True)
    np.testing.assert_allclose(model.covariance.numpy(), sample, rtol=0, atol=1e-6)
    np.testing.assert_allclose(model.loc.numpy(), x.mean(axis=0), rtol=0, atol=1e-6)
    # Var[S_ij] = (Sigma_ij^2 + Sigma_ii Sigma_jj) / n for Gaussian data (Anderson 2003, sec. 3.4)
    error = np.sqrt((SIGMA ** 2 + np.outer(np.diag(SIGMA), np.diag(SIGMA))) / n)
    assert_estimate(model.covariance.numpy(), SIGMA, standard_error=error)
    exact = AffineGenerator.from_data(x)
    np.testing.assert_allclose(model.log_prob(x).numpy(), exact.log_prob(x).numpy(), atol=1e-5)
    np.testing.assert_allclose(np.triu(model.below.numpy()), 0)     # never read, never moved


def test_from_a_covariance_the_factor_is_cholesky(rng):
    model = AffineGenerator.from_covariance(SIGMA, MU)
    np.testing.assert_allclose(model.scale_tril.numpy(), np.linalg.cholesky(SIGMA), rtol=1e-12)
    np.testing.assert_allclose(model.covariance.numpy(), SIGMA, rtol=1e-12)
    z = rng.normal(size=(10, 3))
    np.testing.assert_allclose(model(z).numpy(), MU + z @ np.linalg.cholesky(SIGMA).T, rtol=1e-12)
    np.testing.assert_allclose(model.inverse(model(z)).numpy(), z, rtol=1e-10, atol=1e-12)
    zero = AffineGenerator.from_covariance(SIGMA)
    np.testing.assert_array_equal(zero.loc.numpy(), 0)


def test_from_data_nothing_is_more_likely(rng):
    x = rng.normal(size=(30, 2)) @ np.array([[1.0, 0.5], [0.0, 0.2]])
    model = AffineGenerator.from_data(x)
    np.testing.assert_allclose(model.covariance.numpy(), np.cov(x.T, bias=True), rtol=1e-12)
    (-model.log_prob(x).mean()).backward()
    for parameter in model.parameters():
        np.testing.assert_allclose(parameter.grad, 0, atol=1e-12)


def test_the_density_is_the_change_of_variables(rng):
    model = AffineGenerator.from_covariance(SIGMA, MU)
    x = rng.normal(size=(20, 3))
    exact = sg.distributions.MultivariateNormal(MU, covariance=SIGMA).log_prob(x)
    np.testing.assert_allclose(model.log_prob(x).numpy(), exact, rtol=1e-12)
    jacobian = sg.jacobian(lambda z: model(z[None])[0])(rng.normal(size=3))
    np.testing.assert_allclose(np.linalg.slogdet(jacobian)[1],
                               model.log_diagonal.numpy().sum(), rtol=1e-12)
    assert abs(model.log_diagonal.numpy().sum()) > 0.1
    plane = AffineGenerator.from_covariance(SIGMA[:2, :2])
    total = np.exp(plane.log_prob(sg.viz.plane_grid((-10, 10), 300)).numpy()).sum()
    assert total * (20 / 299) ** 2 == pytest.approx(1, abs=1e-9)


def test_the_sampler_has_the_mean_the_covariance_and_the_distances_of_its_gaussian(rng):
    n, model = 20000, AffineGenerator.from_covariance(SIGMA, MU)
    x = model.sample(n, rng=rng).numpy()
    variances = np.diag(SIGMA)
    assert_estimate(x.mean(axis=0), MU, standard_error=np.sqrt(variances / n))
    error = np.sqrt((SIGMA ** 2 + np.outer(variances, variances)) / n)
    assert_estimate((x - MU).T @ (x - MU) / n, SIGMA, standard_error=error)
    # (x - mu)^T Sigma^-1 (x - mu) is chi-square with 3 degrees of freedom: mean 3, variance 6,
    # and each of twenty equally probable intervals holds its twentieth.
    distances = np.einsum("ni,ij,nj->n", x - MU, np.linalg.inv(SIGMA), x - MU)
    assert_estimate(distances.mean(), 3, standard_error=np.sqrt(6 / n))
    shares = np.histogram(chi_square_3(distances), bins=20, range=(0, 1))[0] / n
    assert_estimate(shares, 1 / 20, standard_error=np.sqrt(0.05 * 0.95 / n))
    np.testing.assert_allclose((model.inverse(x).numpy() ** 2).sum(axis=1), distances, rtol=1e-9)


def chi_square_3(x):
    """P(chi-square(3) <= x) = erf(sqrt(x / 2)) - sqrt(2 x / pi) exp(-x / 2)"""
    return sg.ops.erf(np.sqrt(x / 2)) - np.sqrt(2 * x / np.pi) * np.exp(-x / 2)


def test_gradients(rng):
    model = AffineGenerator.from_covariance(SIGMA, MU)
    x = rng.normal(size=(4, 3))

    def log_prob(loc, log_diagonal, below):
        twin = AffineGenerator(3, dtype="float64")
        del twin.loc, twin.log_diagonal, twin.below
        twin.__dict__.update(loc=loc, log_diagonal=log_diagonal, below=below)
        return twin.log_prob(x)
    assert sg.gradcheck(log_prob, *(sg.Tensor(p.data, requires_grad=True)
                                    for p in model.parameters()), order=2)


# ---- what has no density -------------------------------------------------------------------------

@pytest.mark.parametrize("covariance, got", [
    ([[1.0, 2.0], [2.0, 1.0]], "coordinate 1: pivot -3 of its variance 1"),
    ([[1.0, 1.0], [1.0, 1.0]], "coordinate 1: pivot 0 of its variance 1"),
    ([[1.0, 0.0], [0.0, 0.0]], "coordinate 1: pivot 0 of its variance 0"),
    ([[-2.0]], "coordinate 0: pivot -2 of its variance -2")])
def test_a_matrix_that_is_not_positive_definite_names_the_coordinate(covariance, got):
    with pytest.raises(ValueError, match=f"not positive definite(.|\n)*{got}"):
        AffineGenerator.from_covariance(covariance)


def test_a_pivot_that_is_rounding_alone_counts_as_zero(rng):
    x = rng.normal(size=(100, 3))
    x[:, 2] = 0.1 * x[:, 0] - 0.7 * x[:, 1]
    with pytest.raises(ValueError, match="coordinate 2"):
        AffineGenerator.from_data(x)
    with pytest.raises(ValueError, match="not positive definite"):
        AffineGenerator.from_data(rng.normal(size=(3, 3)))          # N <= D: always in a plane


@pytest.mark.parametrize("a, b", [(2, 1), (3, 2), (7, 3), (9, 11)])
def test_a_pivot_that_lapack_finds_positive_by_rounding_is_still_none(a, b):
    v = np.array([a, b]) / np.sqrt(7)
    singular = np.array([[a * a / 7, a * b / 7], [a * b / 7, b * b / 7]])
    np.testing.assert_allclose(singular, np.outer(v, v))
    assert np.linalg.cholesky(singular)[1, 1] > 0
    with pytest.raises(ValueError, match="coordinate 1"):
        AffineGenerator.from_covariance(singular)


def test_nearly_dependent_is_not_dependent():
    s = 1 - 1e-12
    model = AffineGenerator.from_covariance([[1.0, s], [s, 1.0]])
    np.testing.assert_allclose(model.covariance.numpy(), [[1.0, s], [s, 1.0]], rtol=1e-15)


@pytest.mark.parametrize("covariance, kind, message", [
    ([[1.0, 0.5], [0.0, 1.0]], ValueError, "symmetric"),
    ([[1.0, np.nan], [np.nan, 1.0]], ValueError, "symmetric"),
    ([[1.0, 0.0]], sg.ShapeError, r"\(D, D\)"), (3.0, sg.ShapeError, r"\(D, D\)"),
    (np.zeros((0, 0)), sg.ShapeError, r"\(D, D\)")])
def test_what_is_no_covariance(covariance, kind, message):
    with pytest.raises(kind, match=message):
        AffineGenerator.from_covariance(covariance)


def test_shapes_and_sizes_are_checked():
    with pytest.raises(ValueError, match="positive integer"):
        AffineGenerator(0)
    for ask in (AffineGenerator(2), AffineGenerator(2).log_prob, AffineGenerator(2).inverse):
        with pytest.raises(sg.ShapeError, match=r"\(N, 2\)"):
            ask(np.zeros((3, 3)))
    with pytest.raises(sg.ShapeError, match=r"\(N, D\)"):
        AffineGenerator.from_data(np.zeros(3))


def test_float32_stays_float32_and_lists_are_read(rng):
    model = AffineGenerator(2)
    assert model.sample(3, rng=rng).dtype == np.float32
    assert model.log_prob(np.zeros((3, 2))).dtype == np.float32
    assert model.config == {"name": "affine", "dimensions": 2, "dtype": "float32"}
    assert AffineGenerator.from_data([[0, 1], [1, 0], [1, 1]]).config["dtype"] == "float64"


def test_every_backend_has_the_same_numbers(xp_backend):
    def everything(sigma, mu):
        model = AffineGenerator.from_covariance(sigma, mu)
        x = model.sample(5, rng=1)
        loss = -sg.ops.mean(model.log_prob(x))
        loss.backward()
        return [x, model.inverse(x), model.covariance, loss, model.below.grad]
    with sg.backend.use("numpy"):
        expected = everything(SIGMA, MU)
    found = everything(xp_backend.asarray(SIGMA), xp_backend.asarray(MU))
    tolerance = 1e-10 if xp_backend.dtype == "float64" else 1e-4
    for array, value in zip(found, expected):
        np.testing.assert_allclose(xp_backend.to_numpy(array), np.asarray(getattr(value, "data",
                                   value)), rtol=tolerance, atol=tolerance)
