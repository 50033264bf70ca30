"""What a training run is made of: every choice that changes its numbers, in one record."""
import dataclasses
import math
import os
from dataclasses import dataclass

from ..data.points import DENSITIES
from ..errors import CheckpointError
from ..models.gan.gan import PRIORS
from ..nn import checkpoint
from .folder import weights

PENALTIES = ("none", "gradient", "r1")

_HELD_OUT = {"validation": 0.1}
_STEPS = _HELD_OUT | {"epochs": 150, "batch_size": 64, "lr": 1e-3}
_CODE = _STEPS | {"latent": 10, "likelihood": "bernoulli", "threshold": 0.5}
_DENSE, _CONV = {"hidden": (256, 128)}, {"channels": (32, 64), "kernel": 3}
_GAME = {"epochs": 200, "batch_size": 50, "lr": 1e-3, "betas": (0.5, 0.999), "decay": True,
         "latent": 32}
_GAN = _GAME | {"prior": "normal", "critic_steps": 1, "penalty_weight": 10.0}
_LOSS = {"loss": "non-saturating", "penalty": "r1", "real_label": 1.0, "label_noise": 0.0,
         "label_flip": 0.0}
_PLAYERS = {"hidden": (128, 128), "activation": "leaky_relu", "condition": False}

# The settings that depend on the model: those that it takes, and its defaults.
OWN = {
    "vae":      _CODE | _DENSE | {"beta": 1.0, "condition": False},
    "ae":       _CODE | _DENSE,
    "vae-conv": _CODE | _CONV | {"beta": 1.0, "condition": False},
    "ae-conv":  _CODE | _CONV,
    "affine":   _HELD_OUT | {"epochs": 150, "batch_size": 250, "lr": 1e-2},
    "gmm":      _HELD_OUT | {"epochs": 300, "components": 10, "covariance": "full", "prior": 1.0},
    "flow":     _HELD_OUT | {"epochs": 60, "batch_size": 250, "lr": 2e-3, "couplings": 8,
                             "hidden": (64, 64)},
    "maf":      _HELD_OUT | {"epochs": 60, "batch_size": 250, "lr": 1e-3, "layers": 5,
                             "hidden": (64, 64)},
    "made":     _STEPS | {"threshold": 0.5, "hidden": (500,)},
    "pixelcnn": _STEPS | {"threshold": 0.5, "layers": 3, "kernel": 5},
    "gan":      _GAN | _LOSS | _PLAYERS | {"pack": 1},
    "dcgan":    _GAN | _LOSS | {"lr": 2e-4, "penalty": "none", "width": 16, "kernel": 4,
                                "batchnorm": True, "spectral": False},
    "wgan-gp":  _GAN | _PLAYERS | {"betas": (0.0, 0.9), "critic_steps": 5},
    "vaegan":   _GAME | _CONV | {"epochs": 60, "loss": "non-saturating", "gamma": 0.1,
                                 "scale": None},
}

# Other defaults for points of the plane: small networks, many steps.
_PLANE = {"epochs": 100, "batch_size": 250, "lr": 2e-3, "latent": 2, "hidden": (64, 64, 64),
          "penalty_weight": 0.1}
OF_POINTS = {"gan": _PLANE, "wgan-gp": _PLANE}


@dataclass(frozen=True)
class Settings:
    """The choices behind one run.  Written to config.json, kept in every checkpoint.

    model       one of OWN
    data        the name of a data set, data_dir where its files are (None: the usual places),
                kept as an absolute path: a run is reported on and resumed from anywhere
    n           how many points to train on, of a density of the plane (None: 20,000)
    seed        seeds initial weights, batches and noise
    device      "cpu" or "gpu"
    threads     of matrix products (see backend.limit_threads); 0: one a core

    What follows depends on the model: a setting that it does not take stays None, one that is not
    given is as in OWN, or for points of the plane as in OF_POINTS.

    epochs      passes over the training examples;  batch_size  examples per step
    validation  the share of training examples held out to choose the best weights
    lr          Adam's learning rate
    latent      Z, the dimensions of the code, or of the noise of a GAN
    hidden      widths of a dense network's layers (of an encoder; its decoder mirrors them)
    channels    of the encoder's convolutions, mirrored after it;  kernel  their size
    couplings   of a flow;  layers  of a masked autoregressive flow or of a PixelCNN
    components  of a mixture;  covariance  "full", "diagonal" or "spherical"
    prior       its weight;  of the noise of a GAN: "normal" or "uniform"
    likelihood  of the pixels: "bernoulli" (images binarised at `threshold`),
                "continuous-bernoulli" or "gaussian"
    beta        multiplies the KL divergence and nothing else
    condition   is the model told the class y of an image, to be one of p(x given y)?

    Of the game between two networks:

    betas       of Adam, for all;  decay  does the learning rate fall to 0, towards the last
                epoch?  (More epochs then begin with a larger one.)
    critic_steps   steps of the discriminator for one of the generator
    loss        "non-saturating", "minimax", "least-squares", "hinge" or "wasserstein"
    pack        examples that are judged together
    activation  of dense networks;  width  of a DCGAN's first layer;  batchnorm, spectral  its
                normalisation by batches, or of its discriminator by spectral norms
    gamma, scale   of a VAE/GAN: the weight of likeness against looking real, and its unit
                (None: sqrt(H W) / 40)
    penalty     "none", "gradient" or "r1", of the discriminator's slope;  penalty_weight  of it
    real_label, label_noise, label_flip     targets other than 1 and 0: see models.gan.Labels
    """

    model: str = "vae"
    data: str = "digits"
    data_dir: str | None = None
    n: int | None = None
    seed: int = 0
    device: str = "cpu"
    threads: int = 1
    epochs: int | None = None
    batch_size: int | None = None
    validation: float | None = None
    lr: float | None = None
    latent: int | None = None
    hidden: tuple | None = None
    channels: tuple | None = None
    kernel: int | None = None
    couplings: int | None = None
    layers: int | None = None
    components: int | None = None
    covariance: str | None = None
    prior: float | str | None = None
    likelihood: str | None = None
    threshold: float | None = None
    beta: float | None = None
    condition: bool | None = None
    betas: tuple[float, float] | None = None
    decay: bool | None = None
    critic_steps: int | None = None
    loss: str | None = None
    pack: int | None = None
    activation: str | None = None
    width: int | None = None
    batchnorm: bool | None = None
    spectral: bool | None = None
    gamma: float | None = None
    scale: float | None = None
    penalty: str | None = None
    penalty_weight: float | None = None
    real_label: float | None = None
    label_noise: float | None = None
    label_flip: float | None = None

    def __post_init__(self):
        if self.data_dir:
            absolute = os.path.abspath(os.path.expanduser(self.data_dir))
            object.__setattr__(self, "data_dir", absolute)
        own = OWN.get(self.model, OWN["vae"])
        self._set_own(own | OF_POINTS.get(self.model, {}) if self.data in DENSITIES else own)
        for name, (right, expected) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not right(value):
                raise ValueError(f"the setting {name!r} is out of range\n"
                                 f"  expected  {expected}\n  got       {value}")
        if self.n is not None and self.data not in DENSITIES:
            raise ValueError("the setting 'n' is how many points are drawn of a density\n"
                             f"  expected  data = {' or '.join(DENSITIES)}\n"
                             f"  got       data = {self.data}")

    def _set_own(self, own):
        """Fill in what this model takes, refuse what only another one takes."""
        for name in dict.fromkeys(name for other in OWN.values() for name in other):
            value = getattr(self, name)
            if value is None:
                value = own.get(name)
            elif name not in own:
                raise ValueError(f"the model {self.model!r} takes no setting {name!r}\n"
                                 f"  expected  {', '.join(own)}\n  got       {name} = {value}")
            elif isinstance(value, str) != isinstance(own[name], str):
                raise ValueError(f"the setting {name!r} of {self.model!r} is of another kind\n"
                                 f"  expected  such as {own[name]}\n  got       {value}")
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)

    def replace(self, **given):
        """The same settings, but for those given that are not None."""
        given = {name: value for name, value in given.items() if value is not None}
        return dataclasses.replace(self, **given)

    @property
    def own(self):
        """{name: value} of the settings that depend on the model, those that it takes."""
        return {name: getattr(self, name) for name in OWN[self.model]}

    @property
    def bits(self):
        """Are images binarised at `threshold`?"""
        return self.threshold is not None and self.likelihood in (None, "bernoulli")

    def to_dict(self):
        return {name: list(value) if isinstance(value, tuple) else value
                for name, value in dataclasses.asdict(self).items()}

    @classmethod
    def of(cls, meta, path):
        """Those in the meta of a checkpoint; CheckpointError if it is not that of a run."""
        try:
            return cls(**meta["settings"])
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path} does not hold the settings of a run\n"
                                  f"  got       {type(error).__name__}: {error}\n"
                                  "  hint      nn.load(path, module) fills your own model"
                                  ) from error

    @classmethod
    def of_run(cls, folder):
        """Those of the weights to look at in a run folder, and the path of these."""
        path = weights(folder)
        return cls.of(checkpoint.read(path)[1], path), path

    @classmethod
    def parse(cls, assignments):
        """{"lr": "0.01", "hidden": "512,256"} as typed values; a ValueError names the choice."""
        fields = {field.name: field.type for field in dataclasses.fields(cls)}
        values = {}
        for name, text in assignments.items():
            if name not in fields:
                raise ValueError(
                    f"there is no setting {name!r}\n  expected  one of {', '.join(fields)}")
            values[name] = _convert(name, text, fields[name])
        return values


_KINDS = {int: (int, "a whole number"), float: (float, "a number"),
          int | None: (int, "a whole number"), float | None: (float, "a number"),
          bool | None: (lambda t: {"true": True, "false": False}[t.lower()], "true or false"),
          tuple | None: (lambda t: tuple(int(n) for n in t.split(",")), "widths such as 512,256"),
          tuple[float, float] | None: (lambda t: tuple(float(n) for n in t.split(",")),
                                       "two numbers such as 0.5,0.999"),
          float | str | None: (lambda t: _number_or_text(t), "a number or a name")}


def _number_or_text(text):
    try:
        return float(text)
    except ValueError:
        return text


def _convert(name, text, kind):
    convert, wanted = _KINDS.get(kind, (str, "text"))
    try:
        return convert(text)
    except (ValueError, KeyError):
        raise ValueError(f"the setting {name!r} cannot be {text!r}\n  expected  {wanted}") from None


def _at_least(low):
    return lambda value: value >= low, f"at least {low}"


_WIDTHS = (lambda value: all(n >= 1 for n in value), "widths of at least 1")
_RANGES = {
    **{name: _at_least(1) for name in ("epochs", "batch_size", "latent", "couplings", "layers",
                                       "components", "critic_steps", "pack", "width")},
    "n": _at_least(2), "kernel": _at_least(3), "hidden": _WIDTHS, "channels": _WIDTHS,
    "seed": _at_least(0), "threads": (lambda value: 0 <= value <= 4096, "0 to 4096"),
    "lr": (lambda value: math.isfinite(value) and value > 0, "a positive number"),
    "beta": (lambda value: math.isfinite(value) and value >= 0, "0 or larger"),
    "prior": (lambda value: value in PRIORS or not isinstance(value, str) and math.isfinite(value)
              and value >= 0, f"0 or larger for a mixture, {' or '.join(PRIORS)} for a GAN"),
    "betas": (lambda value: len(value) == 2 and all(0 <= b < 1 for b in value),
              "two numbers in [0, 1)"),
    "penalty": (lambda value: value in PENALTIES, f"one of {', '.join(PENALTIES)}"),
    **{name: (lambda value: math.isfinite(value) and value >= 0, "0 or larger")
       for name in ("penalty_weight", "gamma")},
    "scale": (lambda value: math.isfinite(value) and value > 0, "a positive number"),
    **{name: (lambda value: 0 <= value <= 1, "a number in [0, 1]")
       for name in ("real_label", "label_noise", "label_flip")},
    "validation": (lambda value: 0 < value < 1, "a share between 0 and 1"),
    "threshold": (lambda value: 0 < value <= 1, "a grey level in (0, 1]"),
    "device": (lambda value: value in ("cpu", "gpu"), "cpu or gpu"),
}
