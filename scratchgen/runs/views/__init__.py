"""What a report shows of each kind of model.

    base            View, and what a number of a report is
    code            of models with a code
    conditional     of those that are told the class of an image
    density         of models with an exact density
    adversarial     of two networks that play against each other
"""
from .adversarial import GANOfPointsView, GANView, VAEGANView
from .base import Number, View, number, rows
from .code import AutoencoderView, VAEView
from .conditional import ConditionalVAEView
from .density import DensityView, MapView, MixtureOfImagesView, MixtureView

__all__ = ["Number", "VIEWS", "View", "number", "rows", "view_of"]

VIEWS = {("vae", "images"): VAEView, ("vae-conv", "images"): VAEView,
         ("ae", "images"): AutoencoderView, ("ae-conv", "images"): AutoencoderView,
         ("made", "images"): DensityView, ("pixelcnn", "images"): DensityView,
         ("flow", "images"): DensityView, ("maf", "images"): DensityView,
         ("affine", "images"): DensityView, ("gmm", "images"): MixtureOfImagesView,
         ("flow", "points"): MapView, ("maf", "points"): MapView, ("affine", "points"): MapView,
         ("gmm", "points"): MixtureView,
         ("gan", "images"): GANView, ("gan", "points"): GANOfPointsView,
         ("wgan-gp", "images"): GANView, ("wgan-gp", "points"): GANOfPointsView,
         ("dcgan", "images"): GANView, ("vaegan", "images"): VAEGANView}


def view_of(settings, data):
    """The kind of View for a model of these settings, on examples like those of `data`."""
    kind = VIEWS[settings.model, data.noun]
    return ConditionalVAEView if settings.condition and kind is VAEView else kind
