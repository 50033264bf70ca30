"""New images from a trained run."""
import pathlib

import numpy as np

from .. import backend, models, viz
from ..files import write_atomically
from .folder import require_run


def sample(folder, n, seed):
    """n new images from the model of this run folder, (n, ...), on the host, the same each time.

    Raises TypeError for a model that has no distribution over images to draw from.
    """
    model = models.load(require_run(folder))
    if not hasattr(model, "sample"):
        raise TypeError(f"{folder} holds a {type(model).__name__}: it has no distribution to "
                        "sample from (lesson 06 shows why)")
    return backend.to_numpy(model.sample(n, rng=np.random.default_rng(seed)).data)


def save_images(images, path, title):
    """Write images to a .png sheet or, exactly, to a .npz file under the key "images": its path."""
    path = pathlib.Path(path)
    if path.suffix == ".npz":
        write_atomically(path, lambda stream: np.savez(stream, images=images))
    elif path.suffix == ".png":
        viz.save(viz.image_grid(images, title=title), path)
    else:
        raise ValueError(f"images are written as .png or .npz, got {path.name!r}")
    return path
