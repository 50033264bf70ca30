"""What one step minimises, and the numbers worth writing down, for each kind of model.

    base            Objective
    code            of models with a code
    density         of models with an exact density
    adversarial     of two networks that play against each other
"""
from ... import models
from .adversarial import DCGANObjective, GANObjective, VAEGANObjective, WGANGPObjective
from .base import Objective
from .code import AutoencoderObjective, VAEObjective
from .density import AffineObjective, BitsObjective, EMObjective, FlowObjective

__all__ = ["OBJECTIVES", "Objective", "build"]

OBJECTIVES = {"vae": VAEObjective, "ae": AutoencoderObjective,
              "vae-conv": VAEObjective, "ae-conv": AutoencoderObjective,
              "affine": AffineObjective, "gmm": EMObjective, "flow": FlowObjective,
              "maf": FlowObjective, "made": BitsObjective, "pixelcnn": BitsObjective,
              "gan": GANObjective, "dcgan": DCGANObjective, "wgan-gp": WGANGPObjective,
              "vaegan": VAEGANObjective}


def build(settings, data):
    """(model, objective) for these settings and examples like those of `data`."""
    if settings.model not in OBJECTIVES:
        raise ValueError(f"there is no model {settings.model!r} to train\n"
                         f"  expected  one of {', '.join(OBJECTIVES)}")
    kind = OBJECTIVES[settings.model]
    if data.noun not in kind.takes:
        fitting = [name for name, other in OBJECTIVES.items() if data.noun in other.takes]
        raise ValueError(f"the model {settings.model!r} is one of {' and '.join(kind.takes)}, "
                         f"and {settings.data!r} holds {data.noun}\n"
                         f"  expected  one of {', '.join(fitting)}, or other data")
    objective = kind(settings, data)
    return models.build(settings.model, objective.config()), objective
