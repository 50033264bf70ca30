"""Solutions of lesson 05, the autoencoder."""
import numpy as np


def numbers_needed(images, share):
    """A code of k numbers keeps the sum of the k largest eigenvalues of the covariance, at best.

    So add them up from the largest on, and count how many it takes to reach the share.
    """
    centred = images - images.mean(axis=0)
    eigenvalues = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    kept = np.cumsum(eigenvalues) / eigenvalues.sum()
    return int(np.argmax(kept >= share)) + 1


def principal_angles(a, b):
    """The cosines are the singular values of Qa^T Qb, for orthonormal bases Qa and Qb.

    The largest singular value is the largest cosine between a direction of one space and one of the
    other, so it belongs to the smallest angle; the singular vectors are the directions.
    """
    qa, _ = np.linalg.qr(a.T)
    qb, _ = np.linalg.qr(b.T)
    cosines = np.linalg.svd(qa.T @ qb, compute_uv=False)
    return np.degrees(np.arccos(np.clip(cosines, -1, 1)))


def best_denoiser(C, spread):
    """The derivative is 2 (spread^2 M - C (I - M)), which is 0 for M = (C + spread^2 I)^-1 C.

    In the direction of an eigenvector of C it multiplies by lambda / (lambda + spread^2): nearly 1
    where the digits vary more than the noise, nearly 0 where they vary less.  That is a soft
    bottleneck, and it needs no small code.
    """
    return np.linalg.solve(C + spread ** 2 * np.eye(len(C)), C)
