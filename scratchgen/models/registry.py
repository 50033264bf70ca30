"""Models by name: what a run folder needs to bring a trained model back."""
from pathlib import Path

from .. import nn
from ..errors import CheckpointError
from .affine import AffineGenerator
from .conv import autoencoder_conv, vae_conv
from .dense import autoencoder_dense, vae_dense
from .flow import maf, real_nvp
from .gan import dcgan, gan_dense, wgan_gp_dense
from .made import MADE
from .mixture import GaussianMixture
from .pixelcnn import PixelCNN
from .vaegan import vaegan_conv

MODELS = {"ae": autoencoder_dense, "vae": vae_dense,
          "ae-conv": autoencoder_conv, "vae-conv": vae_conv,
          "affine": AffineGenerator, "gmm": GaussianMixture,
          "flow": real_nvp, "maf": maf, "made": MADE, "pixelcnn": PixelCNN,
          "gan": gan_dense, "dcgan": dcgan, "wgan-gp": wgan_gp_dense,
          "vaegan": vaegan_conv}


def build(name, config):
    """The model of this name with fresh parameters; `config` holds its constructor's arguments.

    `build(model.config["name"], model.config)` makes an untrained twin.  Raises ValueError for an
    unknown name.
    """
    if name not in MODELS:
        raise ValueError(f"there is no model {name!r}\n  expected  one of {', '.join(MODELS)}")
    arguments = {key: value for key, value in config.items() if key != "name"}
    if arguments.get("rng", 0) is None:         # it was a generator, now gone: any seed will do
        arguments["rng"] = 0
    return MODELS[name](**arguments)


def load(run):
    """A trained model in eval mode, from a run folder or from one of its checkpoints.

    Of a folder the best weights are taken (best.npz), or else the last (last.npz).  Raises
    FileNotFoundError where there is no checkpoint, and CheckpointError for one that is damaged or
    does not say what model it holds.
    """
    path = _checkpoint(Path(run))
    _, meta = nn.checkpoint.read(path)
    try:
        model = build(meta["model"]["name"], meta["model"]["config"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} does not say what model it holds\n"
                              f"  expected  a model built by name: {', '.join(MODELS)}\n"
                              f"  got       {type(error).__name__}: {error}\n"
                              "  hint      nn.load(path, module) fills your own model") from error
    nn.load(path, model)
    return model.eval()


def _checkpoint(path):
    if not path.is_dir():
        return path
    for name in ("best.npz", "last.npz"):
        if (path / name).exists():
            return path / name
    raise FileNotFoundError(f"{path} holds no checkpoint\n  expected  best.npz or last.npz")
