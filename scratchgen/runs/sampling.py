"""New examples from a trained run."""
import pathlib

import numpy as np

from .. import backend, models, nn, viz
from ..distributions.base import raw
from ..files import write_atomically
from .folder import require_run, weights


class NothingToSample(TypeError):
    """The model has no distribution over examples to draw from."""


def sample(folder, n, seed):
    """n new examples from the model of this run folder, on the host, the same each time.

    (n, H, W, C) of images, (n, 2) of points, also where the model is one of vectors.
    If it is one of images given their class, example i has class i mod K.
    Raises NothingToSample, a TypeError, for a model that has no distribution to draw from.
    """
    model = models.load(require_run(folder))
    _, meta = nn.checkpoint.read(weights(folder))
    if not hasattr(model, "sample"):
        raise NothingToSample(f"the {type(model).__name__} in {folder} has no distribution to "
                              "sample from (lesson 06 shows why)")
    if getattr(model, "condition", None):
        model = model.given(np.arange(n) % model.condition)
    samples = backend.to_numpy(raw(model.sample(n, rng=np.random.default_rng(seed))))
    return samples.reshape(n, *meta.get("shape", samples.shape[1:]))


def save_samples(samples, path, title):
    """Write images or points of the plane to a .png figure, or exactly to a .npz file: its path.

    In the .npz file they are under the key "images" or "points".
    """
    path = pathlib.Path(path)
    points = samples.shape[1:] == (2,)
    if path.suffix == ".npz":
        named = {"points" if points else "images": samples}
        write_atomically(path, lambda stream: np.savez(stream, **named))
    elif path.suffix == ".png":
        viz.save((viz.scatter if points else viz.image_grid)(samples, title=title), path)
    else:
        raise ValueError(f"samples are written as .png or .npz, got {path.name!r}")
    return path
