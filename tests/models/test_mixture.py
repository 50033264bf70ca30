"""GaussianMixture: EM never goes down, repeats scikit-learn's, and survives what has no maximum."""
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen.models.mixture import GaussianMixture
from tests.reference import fixture
from tests.support.statistics import assert_estimate

ARRAYS, FACTS = fixture.read_arrays(Path(fixture.__file__).with_name("mixture.npz"))


def gaussians(rng, n=400):
    """Two overlapping, slanted Gaussians in the plane."""
    which = rng.random(n) < 0.3
    noise = rng.normal(size=(n, 2)) @ np.array([[1.0, 1.2], [0.0, 0.5]])
    return np.where(which[:, None], [2.0, 1.0], [-1.0, 0.0]) + noise


def covariances(mixture):
    return mixture.scale_tril @ mixture.scale_tril.mT


# ---- expectation maximisation --------------------------------------------------------------------

def data_sets(kind, rng, n, d):
    x = rng.normal(size=(n, d))
    x[: n // 2] += 3 * rng.normal(size=d)
    return {"clusters": lambda: x,
            "few distinct examples": lambda: np.round(x),
            "each many times": lambda: np.repeat(x[: n // 5], 5, axis=0),
            "coordinates of different sizes": lambda: x * 10.0 ** rng.integers(-6, 7, size=d),
            "far from the origin": lambda: x + 1e7,
            "a coordinate that never varies": lambda: np.column_stack([np.full(n, 0.1), x]),
            "a coordinate twice": lambda: np.column_stack([x, x[:, 0]]),
            "heavy tails": lambda: rng.standard_t(1, size=(n, d))}[kind]()


KINDS = ("clusters", "few distinct examples", "each many times", "coordinates of different sizes",
         "far from the origin", "a coordinate that never varies", "a coordinate twice",
         "heavy tails")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(seed=st.integers(0, 10 ** 6), n=st.integers(20, 120), d=st.integers(1, 4),
       k=st.integers(1, 4), covariance=st.sampled_from(("full", "diagonal", "spherical")),
       prior=st.sampled_from((0.1, 1.0, 5.0)))
def test_the_objective_never_falls(kind, seed, n, d, k, covariance, prior):
    rng = np.random.default_rng(seed)
    mixture = GaussianMixture(k, covariance=covariance, prior=prior)
    x = mixture.start(data_sets(kind, rng, n, d), rng=rng)
    history = np.array([mixture.step(x) for _ in range(25)])
    assert np.isfinite(history).all()
    assert (np.diff(history) >= -1e-10 * np.maximum(1, np.abs(history[1:]))).all()


@pytest.mark.parametrize("seed", range(5))
def test_nor_does_the_plain_likelihood_without_a_prior(seed):
    rng = np.random.default_rng(seed)
    x = gaussians(rng)
    mixture = GaussianMixture(3, prior=0)
    x = mixture.start(x, rng=rng)
    likelihood = []
    for _ in range(60):
        exact = mixture.log_prob(x).mean()
        likelihood.append(mixture.step(x))
        assert likelihood[-1] == pytest.approx(exact, rel=1e-12)
    assert np.diff(likelihood).min() >= -1e-10 * abs(likelihood[0])
    assert likelihood[-1] > likelihood[0] + 0.01


@pytest.mark.parametrize("covariance", FACTS["kinds"])
def test_the_same_iterations_as_scikit_learn(covariance):
    x, means = (ARRAYS[f"{covariance} {name}"] for name in ("x", "means"))
    mixture = GaussianMixture(len(means), covariance=covariance, prior=0, dimensions=x.shape[1])
    mixture.means, done = means, 0
    for n in FACTS["iterations"]:
        for _ in range(n - done):
            mixture.step(x)
        done = n
        found = {"weights": np.exp(mixture.log_weights), "means": mixture.means,
                 "covariances": covariances(mixture), "log_prob": mixture.log_prob(x),
                 "share": mixture.responsibilities(x)[:20]}
        for name, value in found.items():
            np.testing.assert_allclose(value, ARRAYS[f"{covariance} {n} {name}"], rtol=1e-9,
                                       atol=1e-11, err_msg=f"{name} after {n}")


@pytest.mark.parametrize("covariance", ["full", "diagonal", "spherical"])
def test_at_the_end_no_parameter_wants_to_move(covariance, rng):
    """The gradient of the objective, by the engine: the prior's formula and the M step agree."""
    x = gaussians(rng, 60)
    mixture = GaussianMixture(2, covariance=covariance, prior=3.0).fit(x, rng=rng, tolerance=0)
    floor, a = mixture.floor, mixture.prior

    def objective(logits, means, variances):
        tril = {"full": lambda: variances, "diagonal": lambda: _rows_to_diagonals(variances),
                "spherical": lambda: _rows_to_diagonals(variances * np.ones((2, 2)))}[covariance]()
        p = sg.distributions.Mixture(
            logits=logits, components=sg.distributions.MultivariateNormal(means, scale_tril=tril))
        inverse = sg.ops.solve_triangular(tril, np.eye(2))
        prior = (sg.ops.log_softmax(logits, axis=-1)
                 - sg.ops.sum(sg.ops.log(sg.ops.diagonal(tril)), axis=-1)
                 - sg.ops.sum(sg.ops.square(inverse) * floor, axis=(1, 2)) / 2)
        return (sg.ops.sum(p.log_prob(x)) + a * sg.ops.sum(prior)) / len(x)

    roots = {"full": mixture.scale_tril,
             "diagonal": np.diagonal(mixture.scale_tril, axis1=1, axis2=2).copy(),
             "spherical": mixture.scale_tril[:, :1, 0].copy()}[covariance]
    given_ = (mixture.log_weights, mixture.means, roots)
    assert float(objective(*given_)) == pytest.approx(mixture.step(x), rel=1e-12)
    for g in sg.grad(objective, argnums=(0, 1, 2))(*given_):
        np.testing.assert_allclose(np.tril(g) if g.ndim == 3 else g, 0, atol=1e-6)


def _rows_to_diagonals(rows):
    return sg.ops.expand_dims(rows, axis=-1) * np.eye(2)


def test_well_separated_clusters_are_found(rng):
    ring = sg.data.ring(modes=5, scale=0.05)
    x = ring.sample(2000, rng=rng)
    mixture = GaussianMixture(5).fit(x, rng=rng)
    distance = np.linalg.norm(mixture.means[:, None] - ring.centres, axis=-1)
    assert sorted(distance.argmin(axis=1)) == list(range(5))
    counts = np.bincount(mixture.predict(x), minlength=5)
    assert_estimate(mixture.means[np.argsort(distance.argmin(axis=1))], ring.centres,
                    standard_error=0.05 / np.sqrt(counts.min()))
    assert_estimate(covariances(mixture)[:, [0, 1], [0, 1]], 0.0025,
                    standard_error=0.0025 * np.sqrt(2 / counts.min()))
    held_out = ring.sample(2000, rng=rng)
    gap = ring.log_prob(held_out) - mixture.log_prob(held_out)
    assert abs(gap.mean()) < 0.02                       # nats: 29 parameters, 2,000 examples


def test_k_means_plus_plus_draws_far_from_what_it_has(rng):
    """Three tight, distant clusters of very different sizes: each gets a mean."""
    sizes = (500, 20, 20)
    x = np.concatenate([at + 0.01 * rng.normal(size=(n, 2)) for at, n in
                        zip(([0, 0], [9, 0], [0, 9]), sizes)])
    for seed in range(20):
        mixture = GaussianMixture(3)
        mixture.start(x, rng=np.random.default_rng(seed))
        counts = 540 * np.exp(mixture.log_weights) * (1 + 3 / 540) - 1
        np.testing.assert_allclose(sorted(counts), sorted(sizes), rtol=1e-9)


def test_changing_the_units_of_a_coordinate_changes_nothing(rng):
    x, units = gaussians(rng), np.array([1e-3, 1e5])
    a = GaussianMixture(3).fit(x, rng=np.random.default_rng(1))
    b = GaussianMixture(3).fit(x * units, rng=np.random.default_rng(1))
    np.testing.assert_allclose(b.means, a.means * units, rtol=1e-7)
    np.testing.assert_allclose(b.log_prob(x * units) + np.log(units).sum(), a.log_prob(x),
                               rtol=1e-7)


# ---- the density ---------------------------------------------------------------------------------

@pytest.fixture
def fitted(rng):
    return GaussianMixture(3).fit(gaussians(rng), rng=rng, steps=20)


def test_the_density_is_that_of_a_mixture_distribution(fitted, rng):
    x = 3 * rng.normal(size=(50, 2))
    p = sg.distributions.Mixture(
        logits=fitted.log_weights, components=sg.distributions.MultivariateNormal(
            fitted.means, scale_tril=fitted.scale_tril))
    np.testing.assert_allclose(fitted.log_prob(x), p.log_prob(x), rtol=1e-12)
    share = fitted.responsibilities(x)
    np.testing.assert_allclose(share, np.exp(p.posterior(x).log_prob(np.arange(3)[:, None])).T,
                               rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(share.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(fitted.predict(x), share.argmax(axis=1))


def test_samples_have_the_mean_and_covariance_of_the_mixture(fitted, rng):
    n = 20000
    x = fitted.sample(n, rng=rng)
    weights = np.exp(fitted.log_weights)
    mean = weights @ fitted.means
    offset = fitted.means - mean
    covariance = np.einsum("k,kij->ij", weights,
                           covariances(fitted) + offset[:, :, None] * offset[:, None])
    assert_estimate(x.mean(axis=0), mean, standard_error=np.sqrt(np.diag(covariance) / n))
    products = (x - mean)[:, :, None] * (x - mean)[:, None]
    assert_estimate(products.mean(axis=0), covariance,
                    standard_error=products.std(axis=0) / np.sqrt(n))
    value = fitted.log_prob(x)                          # agrees with the density, too: entropy
    grid = sg.viz.plane_grid((-9, 9), 400)
    log_p = fitted.log_prob(grid)
    cell = (18 / 399) ** 2
    assert (np.exp(log_p) * cell).sum() == pytest.approx(1, abs=1e-6)
    assert_estimate(value.mean(), (np.exp(log_p) * log_p * cell).sum(),
                    standard_error=value.std() / np.sqrt(n))


def test_gradients_flow_to_x(fitted):
    assert sg.gradcheck(fitted.log_prob, np.array([[0.3, -0.2], [1.0, 2.0]]))


def test_samples_are_reproducible_and_may_be_none(fitted):
    a, b = (fitted.sample(5, rng=np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    assert fitted.sample(0, rng=np.random.default_rng(3)).shape == (0, 2)


# ---- what has no maximum, and what is refused ----------------------------------------------------

def test_components_that_close_in_on_one_point_are_held_by_the_prior(rng):
    x = np.concatenate([np.zeros((10, 2)), gaussians(rng, 50)])
    mixture = GaussianMixture(3).fit(x, rng=rng)
    assert np.isfinite(mixture.log_prob(x)).all()
    variances = np.diagonal(covariances(mixture), axis1=1, axis2=2)
    assert (variances >= mixture.floor / (len(x) + 1)).all()
    with pytest.raises(ValueError, match="not positive definite(.|\n)*prior > 0"):
        for seed in range(20):                          # one of these starts ends on the zeros
            GaussianMixture(3, prior=0).fit(x, rng=np.random.default_rng(seed))


def test_more_components_than_different_examples(rng):
    x = np.repeat([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]], 4, axis=0)
    mixture = GaussianMixture(5).fit(x, rng=rng)
    assert np.isfinite(mixture.log_prob(x)).all() and np.isfinite(mixture.history).all()
    assert len({tuple(np.round(m, 6)) for m in mixture.means[np.unique(mixture.predict(x))]}) == 3
    with pytest.raises(ValueError, match="no example|not positive definite"):
        GaussianMixture(5, prior=0).fit(x, rng=rng)


def test_examples_that_are_all_the_same(rng):
    mixture = GaussianMixture(2).fit(np.full((5, 3), 7.0), rng=rng)
    np.testing.assert_allclose(mixture.sample(10, rng=rng), 7, atol=0.1)


@pytest.mark.parametrize("x, message", [
    (np.zeros((2, 2)), "at least 3 examples\n  got       2"),
    (np.array([[0.0], [np.nan], [1.0], [np.inf]]), "2 of 4 examples"),
    (np.zeros(5), r"\(N, D\)"), (np.zeros((5, 0)), r"\(N, D\)")])
def test_examples_that_cannot_be_learned_from(x, message, rng):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(3).fit(x, rng=rng)


@pytest.mark.parametrize("arguments, message", [
    (dict(k=0), "positive integer"), (dict(k=2.0), "positive integer"),
    (dict(k=2, covariance="round"), "full, diagonal, spherical"),
    (dict(k=2, prior=-1), "counts examples"), (dict(k=2, prior=float("nan")), "counts examples")])
def test_arguments_out_of_range(arguments, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixture(**arguments)


def test_before_fit_there_is_nothing_to_ask():
    for ask in (lambda m: m.log_prob([[0.0]]), lambda m: m.sample(2, rng=0)):
        with pytest.raises(ValueError, match="not fitted yet"):
            ask(GaussianMixture(2))


def test_of_given_dimensions_it_is_a_standard_normal():
    x = np.random.default_rng(0).normal(size=(5, 3))
    exact = -0.5 * (x ** 2).sum(axis=1) - 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(GaussianMixture(4, dimensions=3).log_prob(x), exact, rtol=1e-12)
    with pytest.raises(sg.ShapeError, match=r"\(N, 3\)"):
        GaussianMixture(4, dimensions=3).log_prob(x[:, :2])


# ---- other backends ------------------------------------------------------------------------------

def test_every_backend_fits_the_same_mixture(xp_backend):
    dtype = xp_backend.dtype
    x = gaussians(np.random.default_rng(0), 100)

    def everything(x):
        mixture = GaussianMixture(3, dtype=dtype).fit(x, rng=1, steps=10, tolerance=-1)
        return mixture, [mixture.means, mixture.scale_tril, mixture.log_weights,
                         mixture.log_prob(x), mixture.responsibilities(x), mixture.sample(4, rng=2),
                         mixture.predict(x)]
    with sg.backend.use("numpy"):
        expected, values = everything(x)
    found, arrays = everything(xp_backend.asarray(x))
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for array, value in zip(arrays, values):
        np.testing.assert_allclose(xp_backend.to_numpy(array), value, rtol=tolerance,
                                   atol=tolerance)
    assert all(str(a.dtype).endswith(dtype) for a in arrays[:-1])
    np.testing.assert_allclose(found.history, expected.history, rtol=tolerance)
