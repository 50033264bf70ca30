"""What readers may answer in lesson 05: other ways to be right, and near misses."""
import numpy as np


def variances(images, centre=True):
    """The eigenvalues of N times the covariance, largest first."""
    x = images - centre * images.mean(axis=0)
    return np.linalg.eigvalsh(x.T @ x)[::-1]


def numbers_needed(images, share, values=variances, offset=1):
    kept = np.cumsum(values(images)) / values(images).sum()
    return int(np.argmax(kept >= share)) + offset


def principal_angles(a, b, unit=np.degrees, order=1, basis=lambda x: np.linalg.qr(x)[0]):
    cosines = np.linalg.svd(basis(a.T).T @ basis(b.T), compute_uv=False)
    return unit(np.arccos(np.clip(cosines, -1, 1)))[::order]


def only_normed(x):
    return x / np.linalg.norm(x, axis=0)


I64 = np.eye(64)

RIGHT = {
    "numbers_needed": [
        lambda images, share: np.searchsorted(
            np.cumsum(variances(images)) / variances(images).sum(), share) + 1],
    "principal_angles": [
        lambda a, b: principal_angles(a, b, basis=lambda x: np.linalg.svd(x)[0][:, :2])],
    "best_denoiser": [lambda C, spread: C @ np.linalg.inv(C + spread ** 2 * I64),
                      lambda C, spread: I64 - spread ** 2 * np.linalg.inv(C + spread ** 2 * I64)],
}

WRONG = {
    "numbers_needed": [
        lambda images, share: numbers_needed(images, share, offset=0),
        lambda images, share: numbers_needed(images, share, lambda x: variances(x, centre=False)),
        lambda images, share: numbers_needed(images, share, lambda x: variances(x)[::-1]),
        lambda images, share: numbers_needed(images, share, lambda x: abs(variances(x)) ** 0.5)],
    "principal_angles": [lambda a, b: principal_angles(a, b, unit=np.asarray),
                         lambda a, b: principal_angles(a, b, order=-1),
                         lambda a, b: principal_angles(a, b, basis=only_normed)],
    "best_denoiser": [lambda C, spread: I64,
                      lambda C, spread: np.linalg.inv(C + spread * I64) @ C,
                      lambda C, spread: I64 / (1 + spread ** 2)],
}
