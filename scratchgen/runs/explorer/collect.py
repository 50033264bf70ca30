"""What the page of a run shows, gathered from its folder: the decoder, and codes of test images."""
from typing import NamedTuple

import numpy as np

from ... import backend, models
from ...autodiff.tensor import no_grad
from ...distributions import Normal, kl
from ...distributions.base import raw
from ...errors import DataError
from ..folder import require_run
from ..settings import Settings
from ..train import load_split, prepare
from ..views import rows
from . import decoder

EXAMPLES = 500                  # test images drawn on the map: more would hide each other
MEANS = {"gaussian": "identity", "bernoulli": "sigmoid", "continuous-bernoulli": "tilted_mean"}


class Content(NamedTuple):
    """All that is on the page.  Z numbers a code, K classes, M of the N test images."""

    title: str
    summary: str
    shape: tuple                # (H, W, C) of an image
    classes: tuple              # the K names
    network: decoder.Network    # from a code (or a code and a label) to the parameters of pixels
    mean: str                   # of a pixel, from its parameter: "identity", "sigmoid", ...
    condition: int | None       # K, if the decoder is told the class
    codes: np.ndarray           # (M, Z): means of q(z|x), or the codes of an autoencoder
    scales: np.ndarray | None   # (M, Z): standard deviations of q(z|x); None for an autoencoder
    labels: np.ndarray          # (M,)
    images: np.ndarray          # (M, H, W, C): the images as the model saw them
    total: int                  # N
    worth: np.ndarray           # (Z,): the nats that each number costs, or its variance
    class_means: np.ndarray     # (K, Z): mean code of the N images of a class, NaN if there is none
    attributes: np.ndarray      # (K, Z): that, less the mean code of all other images

    @property
    def latent(self):
        """Z"""
        return self.codes.shape[1]


def collect(folder, data_dir=None):
    """The Content of the run in this folder, with its best weights by validation.

    Raises TypeError for a model without a code or a decoder that a page can compute, ValueError for
    one that is too large, FileNotFoundError, DataError and CheckpointError.
    """
    folder = require_run(folder)
    model = models.load(folder)
    if not isinstance(model, (models.VAE, models.Autoencoder)):
        raise TypeError(f"the {type(model).__name__} in {folder} has no code to explore\n"
                        "  expected  a run of vae, vae-conv, vaegan, ae or ae-conv")
    settings = Settings.of_run(folder)[0].replace(data_dir=data_dir)
    test = load_split(settings).test
    if test.shape[-1] not in (1, 3):
        raise DataError(f"the images of {test.name!r} cannot be shown\n"
                        f"  expected  1 or 3 channels\n  got       {test.shape[-1]}")
    condition = getattr(model, "condition", None)
    network = decoder.network(model.decoder, settings.latent + (condition or 0))
    x = prepare(test.images, settings)
    with no_grad(), backend.limit_threads(settings.threads):
        codes, scales = _codes(model, x, backend.asarray(test.labels) if condition else None)
    finite = np.isfinite(codes if scales is None else np.hstack([codes, scales])).all(axis=1)
    if not finite.all():
        raise DataError(f"{folder}: the codes of {(~finite).sum():,} of {len(codes):,} test images "
                        "are not finite, so there is no map")
    means, attributes = per_class(codes, test.labels, len(test.classes))
    return Content(
        title=f"{settings.model.upper()} on {settings.data}", summary=_summary(settings, network),
        shape=test.shape, classes=test.classes, network=network, mean=MEANS[model.likelihood],
        condition=condition, codes=codes[:EXAMPLES],
        scales=None if scales is None else scales[:EXAMPLES], labels=test.labels[:EXAMPLES],
        images=backend.to_numpy(x)[:EXAMPLES].reshape(-1, *test.shape), total=len(test),
        worth=_worth(codes, scales), class_means=means, attributes=attributes)


def _summary(settings, network):
    plural = "s" if settings.latent > 1 else ""
    beta = f", beta {settings.beta:g}" if settings.beta not in (None, 1) else ""
    pixels = f", {settings.likelihood} pixels" if settings.likelihood else ""
    return (f"{settings.latent} latent dimension{plural}{pixels}{beta}, seed {settings.seed}; the "
            f"decoder has {len(network.weights):,} weights and runs in this page")


def _codes(model, x, labels):
    """(means, standard deviations) of q(z|x), or (codes, None).   (N, Z) float32, on the host"""
    if isinstance(model, models.Autoencoder):
        return rows(model.code, x), None
    given = (x,) if labels is None else (x, labels)

    def posterior(x, y=None):
        return (model if y is None else model.given(y)).encode(x)
    means = rows(lambda *part: posterior(*part).mean, *given)
    return means, np.sqrt(rows(lambda *part: posterior(*part).variance, *given))


def _worth(codes, scales):
    """KL(q(z_j|x) || N(0, 1)), averaged over x, in nats; of an autoencoder the variance of z_j."""
    codes = codes.astype(float)
    if scales is None:
        return codes.var(axis=0)
    prior = Normal(np.zeros_like(codes), np.ones_like(codes))
    return raw(kl(Normal(codes, scales.astype(float)), prior)).mean(axis=0)


def per_class(codes, labels, classes):
    """(mean code of each class, that less the mean code of all others).   -> (K, Z), (K, Z)

    A class without an example has none: NaN.
    """
    codes = codes.astype(float)
    sums = np.zeros((classes, codes.shape[1]))
    np.add.at(sums, labels, codes)
    counts = np.bincount(labels, minlength=classes)[:, None].astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = sums / counts
        return means, means - (codes.sum(axis=0) - sums) / (len(codes) - counts)
