"""The Frechet distance: closed forms, its bias, and what it sees of digits."""
import numpy as np
import pytest
import scipy.linalg

import scratchgen as sg
from scratchgen import data
from scratchgen.models import Classifier
from scratchgen.models.diagnosis import FrechetDistance, frechet_distance, frechet_gaussians
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate


def covariance(rng, size, rank=None):
    factor = rng.standard_normal((rank or size, size))
    return factor.T @ factor / size


# ---- two Gaussians -------------------------------------------------------------------------------

@pytest.mark.parametrize("m, s, k, t", [(0, 1, 0, 1), (1, 2, -2, 0.5), (0, 3, 0.1, 0),
                                        (2, 0, 5, 0)])
def test_on_a_line(m, s, k, t):
    """(m - k)^2 + (s - t)^2, also where one of them is a point."""
    found = frechet_gaussians([m], [[s ** 2]], [k], [[t ** 2]])
    assert found == pytest.approx((m - k) ** 2 + (s - t) ** 2, abs=1e-12)


def test_against_the_square_root_of_a_product(rng):
    """tr (C_1 C_2)^(1/2) with a root of the product itself, which is not symmetric."""
    for size in (2, 5, 20):
        a, b = covariance(rng, size), covariance(rng, size)
        m, k = rng.standard_normal((2, size))
        root = scipy.linalg.sqrtm(a @ b)
        exact = ((m - k) ** 2).sum() + np.trace(a + b - 2 * root.real)
        assert frechet_gaussians(m, a, k, b) == pytest.approx(exact, rel=1e-9)
        assert frechet_gaussians(k, b, m, a) == pytest.approx(exact, rel=1e-9)


def test_it_is_the_cost_of_the_best_map(rng):
    """y = m + T (x - k) with T = C^-1/2 (C^1/2 B C^1/2)^1/2 C^-1/2 takes N(k, C) to N(m, B)."""
    c, b = covariance(rng, 4), covariance(rng, 4)
    root = scipy.linalg.sqrtm(c)
    there = np.linalg.inv(root) @ scipy.linalg.sqrtm(root @ b @ root) @ np.linalg.inv(root)
    np.testing.assert_allclose(there @ c @ there.T, b, atol=1e-9)
    moved = there - np.eye(4)
    cost = np.trace(moved @ c @ moved.T)
    assert frechet_gaussians(np.zeros(4), b, np.zeros(4), c) == pytest.approx(cost, rel=1e-9)
    any_other = np.linalg.cholesky(b) @ np.linalg.inv(np.linalg.cholesky(c)) - np.eye(4)
    assert cost < np.trace(any_other @ c @ any_other.T)


def test_singular_covariances(rng):
    """Of rank 3 in 10 dimensions: equal ones are at distance 0, not 1e-8."""
    a = covariance(rng, 10, 3)
    assert 0 <= frechet_gaussians(np.zeros(10), a, np.zeros(10), a) < 1e-13
    # On axes that do not meet nothing can be matched: tr A + tr B.
    b, c = np.diag([4.0, 0.0, 0.0]), np.diag([0.0, 9.0, 1.0])
    assert frechet_gaussians(np.zeros(3), b, np.zeros(3), c) == pytest.approx(14)


def test_shapes_of_gaussians():
    with pytest.raises(sg.ShapeError, match=r"\(2,\), \(2, 2\), \(2,\), \(3, 3\)"):
        frechet_gaussians(np.zeros(2), np.eye(2), np.zeros(2), np.eye(3))


@pytest.mark.parametrize("matrix", [-np.eye(2), [[1.0, 2.0], [0.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]],
                                    np.full((2, 2), np.nan), np.diag([1.0, np.inf])])
def test_what_is_no_covariance(matrix):
    for given in ((np.eye(2), matrix), (matrix, np.eye(2))):
        with pytest.raises(ValueError, match="this is no covariance"):
            frechet_gaussians(np.zeros(2), given[0], np.zeros(2), given[1])


# ---- two sets of examples ------------------------------------------------------------------------

def test_sets_have_the_distance_of_their_moments(rng):
    a, b = rng.standard_normal((30, 4)), 1 + 2 * rng.standard_normal((50, 4))
    found = frechet_distance(a, b)
    assert found.distance == pytest.approx(frechet_gaussians(
        a.mean(0), np.cov(a.T), b.mean(0), np.cov(b.T)), rel=1e-10)
    assert found.of_means == pytest.approx(((a.mean(0) - b.mean(0)) ** 2).sum())
    assert float(found) == found.distance == found.of_means + found.of_covariances
    assert found.examples == (30, 50) and "30 examples against 50" in str(found)


def test_equal_sets_are_at_distance_zero(rng):
    x = rng.standard_normal((40, 6))
    x[:, 5] = x[:, 4]                               # a feature twice, and one that never varies
    x[:, 0] = 3.0
    for same in (x, x[::-1], rng.permutation(x)):
        found = frechet_distance(x, same)
        assert 0 <= found.distance < 1e-13 and np.isfinite(found.by_chance)
    assert 0 <= frechet_distance(x[:3], x[:3]).distance < 1e-13     # fewer examples than features


@pytest.mark.parametrize("draws", ["normal", "uniform", "mixture"])
def test_the_bias_is_what_it_is_said_to_be(draws, rng):
    """The mean of 1,000 distances between sets drawn alike; the next order is 1/n of it."""
    scales, n, m = np.array([2.0, 1.0, 0.3, 0.1]), 400, 250

    def sample(n):
        x = {"normal": rng.standard_normal, "uniform": lambda shape: rng.random(shape) - 0.5,
             "mixture": lambda shape: rng.integers(2, size=(shape[0], 1))
             + 0.1 * rng.standard_normal(shape)}[draws]((n, 4))
        return scales * x
    found = [frechet_distance(sample(n), sample(m)) for _ in range(1000)]
    distances = np.array([f.distance for f in found])
    by_chance = np.mean([f.by_chance for f in found])
    error = distances.std(ddof=1) / 1000 ** 0.5
    assert_estimate(distances.mean(), by_chance, standard_error=error)
    assert error < 0.06 * by_chance                 # or the comparison would say nothing
    if draws == "normal":                           # H + H (H + 1) / 4 for equal scales
        x = rng.standard_normal((200_000, 4))
        assert frechet_distance(x[:2], x).by_chance == pytest.approx(9 * (1 / 2 + 5e-6), rel=0.02)


def test_what_sets_are_refused(rng):
    x = rng.standard_normal((5, 3))
    with pytest.raises(ValueError, match="2 or more"):
        frechet_distance(x[:1], x)
    with pytest.raises(sg.ShapeError, match="3 and 2"):
        frechet_distance(x, x[:, :2])
    with pytest.raises(ValueError, match="1 of 5 with NaN"):
        frechet_distance(x, np.where(np.arange(5)[:, None] == 2, np.nan, x))


# ---- digits --------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def digits():
    train, test = data.load("digits")
    return train, test, FrechetDistance.fit(train.images, train.labels, rng=0, epochs=15)


def test_digits_are_closer_to_digits_than_anything_else(digits):
    train, test, distance = digits
    rng, n = np.random.default_rng(0), len(test)
    real = distance(test.images, rng=None)
    others = {"half-noise": distance(lambda n, rng: test.images[:n] + 0.2 * rng.random((n, 64)),
                                     n=n, rng=0),
              "one class missing": distance(train.images[train.labels != 3][:n], rng=0),
              "one class alone": distance(train.images[train.labels == 3], rng=0),
              "pixels of different digits": distance(rng.permuted(train.images, axis=0)[:n], rng=0),
              "noise": distance(rng.random((n, 64)), rng=0)}
    assert all(found.distance > 1.5 * real.distance for found in others.values())
    assert others["one class alone"].distance > 50 * real.distance
    assert others["noise"].distance > 50 * real.distance
    assert real.distance < 3 * real.by_chance
    assert distance(train.images, rng=0).distance == pytest.approx(0, abs=1e-9)


def test_fitting_repeats_itself_and_takes_another_reference(digits):
    train, test, _ = digits
    one, two = (FrechetDistance.fit(train.images[:200], train.labels[:200], rng=4, epochs=1,
                                    hidden=(8,), reference=test.images) for _ in range(2))
    assert one.reference.shape == (len(test), 8)
    assert one(train.images, rng=0) == two(train.images, rng=1)
    assert one(test.images, rng=0).distance == pytest.approx(0, abs=1e-9)


def test_features_may_be_any_function(rng):
    x, y = rng.random((30, 2, 2)), rng.random((20, 2, 2))
    distance = FrechetDistance(lambda images: images.reshape(-1, 4)[:, :2], x)
    assert distance(y, rng=0) == frechet_distance(y.reshape(-1, 4)[:, :2], x.reshape(-1, 4)[:, :2])


def test_every_example_has_its_features(rng):
    with pytest.raises(sg.ShapeError, match=r"\(30, H\)"):
        FrechetDistance(lambda images: images[:3], rng.random((30, 4)))


def test_examples_and_labels_may_be_lists(rng):
    x = rng.random((12, 4)).astype(np.float32)
    expected = FrechetDistance.fit(x, np.arange(12) % 3, rng=0, epochs=1, hidden=(3,)).reference
    for images in (x, x.astype(np.float64), x.tolist()):
        found = FrechetDistance.fit(images, [0, 1, 2] * 4, rng=0, epochs=1, hidden=(3,))
        np.testing.assert_array_equal(found.reference, expected)


def test_a_reference_is_made_of_numbers(rng):
    x = rng.random((12, 4)).astype(np.float32)
    x[3, 0] = np.nan
    with pytest.raises(ValueError, match="reference: not every.*\n.* 1 of 12 with NaN"):
        FrechetDistance(lambda images: images, x)
    with pytest.raises(ValueError, match="reference: not every.*\n.* 12 of 12 with NaN"):
        FrechetDistance.fit(x, [0, 1, 2] * 4, rng=0, epochs=1, hidden=(3,))


def test_parts_change_nothing(monkeypatch, digits):
    _, test, distance = digits
    whole = distance(test.images, rng=None)
    monkeypatch.setattr("scratchgen.models.diagnosis.frechet._PART", 7)
    assert distance(test.images, rng=None).distance == pytest.approx(whole.distance, rel=1e-5)


def test_on_every_backend(xp_backend):  # noqa: F811
    rng = np.random.default_rng(0)
    x, y = rng.random((40, 2, 2)).astype(np.float32), rng.random((30, 2, 2)).astype(np.float32)
    with sg.backend.use("numpy"):
        expected = FrechetDistance(Classifier((2, 2), 3, (6, 5), rng=0), x)(y, rng=0)
    distance = FrechetDistance(Classifier((2, 2), 3, (6, 5), rng=0), xp_backend.asarray(x))
    for source in (xp_backend.asarray(y), y):           # also examples from another device
        np.testing.assert_allclose(distance(source, rng=0)[:4], expected[:4], rtol=1e-4, atol=1e-9)
    labels, options = np.arange(40) % 3, {"rng": 0, "epochs": 1, "hidden": (4,)}
    fitted = FrechetDistance.fit(xp_backend.asarray(x), xp_backend.asarray(labels), **options)
    expected = FrechetDistance.fit(x, labels, **options)(y, rng=0)
    assert fitted(xp_backend.asarray(y), rng=0) == expected
