"""Problems whose answers are published or exact: values, gradients and Hessians, and two optima.

The test functions, their starting points and minima are those of More, Garbow and Hillstrom (1981,
"Testing unconstrained optimization software") and of Himmelblau (1972). All numbers in the table
are exact: they follow from the formulas with small integers and halves, by hand.
"""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.data.digits import BUNDLED


def rosenbrock(x):
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def beale(x):
    return sum((c - x[0] * (1 - x[1] ** k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625)))


def wood(x):
    return (100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
            + 90 * (x[3] - x[2] ** 2) ** 2 + (1 - x[2]) ** 2
            + 10 * (x[1] + x[3] - 2) ** 2 + (x[1] - x[3]) ** 2 / 10)


def powell_singular(x):
    return ((x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2
            + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4)


# function, point, value, gradient, Hessian
ANSWERS = {
    "Rosenbrock, minimum": (rosenbrock, [1, 1], 0, [0, 0], [[802, -400], [-400, 200]]),
    "Rosenbrock, start": (rosenbrock, [-1.2, 1], 24.2, [-215.6, -88], [[1330, 480], [480, 200]]),
    "Himmelblau, minimum": (himmelblau, [3, 2], 0, [0, 0], [[74, 20], [20, 34]]),
    "Himmelblau, start": (himmelblau, [1, 1], 106, [-46, -38], [[-26, 8], [8, -10]]),
    "Beale, minimum": (beale, [3, 0.5], 0, [0, 0], [[3.15625, -11.4375], [-11.4375, 46.125]]),
    "Beale, start": (beale, [1, 1], 14.203125, [0, 27.75], [[0, 27.75], [27.75, 68.5]]),
    "Wood, minimum": (wood, [1, 1, 1, 1], 0, [0, 0, 0, 0],
                      [[802, -400, 0, 0], [-400, 220.2, 0, 19.8],
                       [0, 0, 722, -360], [0, 19.8, -360, 200.2]]),
    "Wood, start": (wood, [-3, -1, -3, -1], 19192, [-12008, -2080, -10808, -1880],
                    [[11202, 1200, 0, 0], [1200, 220.2, 0, 19.8],
                     [0, 0, 10082, 1080], [0, 19.8, 1080, 200.2]]),
    "Powell, minimum": (powell_singular, [0, 0, 0, 0], 0, [0, 0, 0, 0],
                        [[2, 20, 0, 0], [20, 200, 0, 0], [0, 0, 10, -10], [0, 0, -10, 10]]),
    "Powell, start": (powell_singular, [3, -1, 0, 1], 215, [306, -144, -2, -310],
                      [[482, 20, 0, -480], [20, 212, -24, 0],
                       [0, -24, 58, -10], [-480, 0, -10, 490]]),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_classic_test_functions(name):
    f, point, value, gradient, hessian = ANSWERS[name]
    x = np.array(point, dtype=float)
    y, g = sg.value_and_grad(f)(x)
    scale = np.abs(hessian).max()                       # of what cancels at a minimum
    np.testing.assert_allclose(y, value, rtol=1e-14)
    np.testing.assert_allclose(g, gradient, rtol=1e-14, atol=1e-15 * scale)
    H = sg.hessian(f)(x)
    np.testing.assert_allclose(H, hessian, rtol=1e-14, atol=1e-15 * scale)
    v = np.arange(1.0, len(x) + 1)
    np.testing.assert_allclose(sg.hvp(f, x, v), np.array(hessian) @ v, rtol=1e-14,
                               atol=1e-13 * scale)


# ---- two optima on the bundled digits ------------------------------------------------------------

def digits_in_published_order():
    """All 1,797 images, (N, 64) in [0, 1], and labels: the order of the file, before any split."""
    with np.load(BUNDLED, allow_pickle=False) as file:
        return file["images"].reshape(-1, 64) / 16.0, file["labels"].astype(int)


def conjugate_gradient(product, b, rounds):
    """x with A x = b for a positive definite A that is only seen as v -> A v."""
    x, r = np.zeros_like(b), b
    p, square = r, np.sum(r * r)
    for _ in range(rounds):
        Ap = product(p)
        step = square / np.sum(p * Ap)
        x, r = x + step * p, r - step * Ap
        before, square = square, np.sum(r * r)
        if square < 1e-12 * np.sum(b * b):
            break
        p = r + square / before * p
    return x


def test_logistic_regression_reaches_the_published_optimum():
    """sum cross-entropy + |W|^2 / 2 on the first 500 digits: 142.32528958478 (scikit-learn 1.9.1).

    Newton's method with Hessian-vector products. The objective is 1-strongly convex, so it lies at
    most |gradient|^2 / 2 above its only minimum: the answer carries its own proof.
    """
    images, labels = digits_in_published_order()
    x, y = images[:500], labels[:500]

    def objective(w):
        return ops.sum(ops.softmax_cross_entropy(x @ w, y)) + ops.sum(w * w) / 2

    w = np.zeros((64, 10))
    for _ in range(12):
        value, gradient = sg.value_and_grad(objective)(w)
        if np.sum(gradient ** 2) / 2 < 1e-12:
            break
        w = w - conjugate_gradient(lambda v: sg.hvp(objective, w, v), gradient, rounds=200)
    assert np.sum(gradient ** 2) / 2 < 1e-12
    assert value == pytest.approx(142.32528958478193, rel=1e-12)


# E[log p(x)] in nats at the maximum of the likelihood of probabilistic PCA, by number of latents.
# (PCA.score of scikit-learn divides covariances by n - 1, and comes out 5e-6 lower.)
PPCA = {1: -3.748463628069885, 2: 0.005706724951537012, 10: 17.451947021877814}


class Replay(np.random.Generator):
    """A generator whose next normal numbers are given."""

    def __init__(self, noise):
        super().__init__(np.random.PCG64(0))
        self.noise = noise

    def standard_normal(self, size):
        return np.broadcast_to(self.noise, size)


@pytest.mark.parametrize("latent", PPCA)
def test_a_linear_vae_at_its_optimum_is_probabilistic_pca(latent):
    """Its ELBO is log p(x), and every gradient is 0 (Lucas et al. 2019, "Don't blame the ELBO").

    W = U (L - s^2)^1/2 with s^2 the mean of the eigenvalues left out (Tipping and Bishop 1999,
    eq. 7 and 8). The decoder is linear, so log p(x|z) is quadratic in z, and its mean over
    z = mu +- sqrt(Z) sigma e_i, 2 Z points, is the exact expectation under q.
    """
    x, _ = digits_in_published_order()
    mean = x.mean(axis=0)
    eigenvalues, U = np.linalg.eigh(np.cov(x.T, bias=True))
    left_out = eigenvalues[:-latent].mean()
    W = (U[:, -latent:] * np.sqrt(eigenvalues[-latent:] - left_out)).T              # (Z, D)
    precision = 1 + np.sum(W * W, axis=1) / left_out                                # of q(z|x)

    encoder, decoder = sg.nn.Linear(64, 2 * latent, rng=0), sg.nn.Linear(latent, 64, rng=0)
    vae = sg.models.VAE(encoder, decoder, likelihood="gaussian", latent=latent).astype("float64")
    code = W.T / left_out / precision
    encoder.weight.data = np.concatenate([code, np.zeros((64, latent))], axis=1)
    encoder.bias.data = np.concatenate([-mean @ code, -0.5 * np.log(precision)])
    decoder.weight.data, decoder.bias.data = W, mean
    vae.log_scale.data = 0.5 * math.log(left_out)

    points = math.sqrt(latent) * np.concatenate([np.eye(latent), -np.eye(latent)])
    elbo = vae.elbo(x, n=2 * latent, rng=Replay(points[:, None, :])).mean()
    assert elbo.item() == pytest.approx(PPCA[latent], abs=1e-10)
    assert vae.log_prob(x, 1, rng=0).mean().item() == pytest.approx(PPCA[latent], abs=1e-10)
    elbo.backward()
    for name, p in vae.named_parameters():
        np.testing.assert_allclose(p.grad, 0, atol=1e-10, err_msg=name)
