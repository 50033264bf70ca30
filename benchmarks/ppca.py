"""A linear VAE trained on the digits, beside the exact maximum of its likelihood, as a table.

    python -m benchmarks.ppca           about a minute; scikit-learn's column needs scikit-learn

All 1,797 images in float64; 3,000 steps of Adam on the ELBO in closed form, on all of them at once.
"""
import math

import numpy as np

import scratchgen as sg
from scratchgen.models import LinearGaussianVAE
from scratchgen.optim import Adam
from scratchgen.optim.schedules import CosineAnnealingLR

HEADINGS = ("Z", "exact maximum", "trained ELBO", "short by", "largest angle", "PCA.score (n - 1)")
STEPS = 3000


def train(x, latent):
    """The linear VAE with this many latent dimensions after STEPS steps."""
    model = LinearGaussianVAE.random(x.shape[1], latent, rng=0, dtype="float64")
    # The slopes shrink a thousandfold on the way, and the default 0.999 remembers too long.
    # At twice this rate the last bit of a rounding decides where it ends.
    optimiser = Adam(model.parameters(), lr=0.05, betas=(0.9, 0.99))
    schedule = CosineAnnealingLR(optimiser, T_max=STEPS)
    for _ in range(STEPS):
        optimiser.zero_grad()
        (-model.elbo(x).mean()).backward()
        optimiser.step()
        schedule.step()
    return model


def largest_angle(a, b):
    """The largest principal angle between the spaces of the columns of a and b, in degrees."""
    cosines = np.linalg.svd(np.linalg.qr(a)[0].T @ np.linalg.qr(b)[0], compute_uv=False)
    return math.degrees(math.acos(min(1.0, cosines.min())))


def score(x, latent):
    """What scikit-learn's PCA gives, or "-" without it."""
    try:
        from sklearn.decomposition import PCA
    except ImportError:
        return "-"
    return f"{PCA(latent, svd_solver='full').fit(x).score(x):.6f}"


def main():
    x = np.concatenate([sg.data.digits(part).images for part in ("train", "test")]).astype(float)
    print("Mean log p(x) of the digits, nats per example; angles in degrees")
    print("  ".join(f"{heading:>18}" for heading in HEADINGS))
    for latent in (1, 2, 5, 10, 20):
        best, model = LinearGaussianVAE.maximum_likelihood(x, latent), train(x, latent)
        exact, elbo = best.log_prob(x).mean().item(), model.elbo(x).mean().item()
        row = (str(latent), f"{exact:.6f}", f"{elbo:.6f}", f"{exact - elbo:.1e}",
               f"{largest_angle(model.W.data, best.W.data):.4f}", score(x, latent))
        print("  ".join(f"{cell:>18}" for cell in row), flush=True)


if __name__ == "__main__":
    main()
