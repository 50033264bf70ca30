"""What a training run is made of: every choice that changes its numbers, in one record."""
import dataclasses
import math
from dataclasses import dataclass


_STEPS = {"epochs": 150, "batch_size": 64, "lr": 1e-3}
_CODE = _STEPS | {"latent": 10, "likelihood": "bernoulli", "threshold": 0.5}
_DENSE, _CONV = {"hidden": (256, 128)}, {"channels": (32, 64), "kernel": 3}

# The settings that depend on the model: those that it takes, and its defaults.
OWN = {
    "vae":      _CODE | _DENSE | {"beta": 1.0, "condition": False},
    "ae":       _CODE | _DENSE,
    "vae-conv": _CODE | _CONV | {"beta": 1.0, "condition": False},
    "ae-conv":  _CODE | _CONV,
    "affine":   {"epochs": 150, "batch_size": 250, "lr": 1e-2},
    "gmm":      {"epochs": 300, "components": 10, "covariance": "full", "prior": 1.0},
    "flow":     {"epochs": 60, "batch_size": 250, "lr": 2e-3, "couplings": 8, "hidden": (64, 64)},
    "maf":      {"epochs": 60, "batch_size": 250, "lr": 1e-3, "layers": 5, "hidden": (64, 64)},
    "made":     _STEPS | {"threshold": 0.5, "hidden": (500,)},
    "pixelcnn": _STEPS | {"threshold": 0.5, "layers": 3, "kernel": 5},
}


@dataclass(frozen=True)
class Settings:
    """The choices behind one run.  Written to config.json, kept in every checkpoint.

    model       one of OWN
    data        the name of a data set, data_dir where its files are (None: the usual places)
    n           how many points to train on, of a density of the plane (None: 20,000)
    seed        seeds initial weights, batches and noise
    validation  the share of training examples held out to choose the best weights
    device      "cpu" or "gpu"
    threads     of matrix products (see backend.limit_threads); 0: one a core

    What follows depends on the model: a setting that it does not take stays None, one that is not
    given is as in OWN.

    epochs      passes over the training examples;  batch_size  examples per step
    lr          Adam's learning rate
    latent      Z, the dimensions of the code
    hidden      widths of a dense network's layers (of an encoder; its decoder mirrors them)
    channels    of the encoder's convolutions, mirrored after it;  kernel  their size
    couplings   of a flow;  layers  of a masked autoregressive flow or of a PixelCNN
    components  of a mixture;  covariance  "full", "diagonal" or "spherical";  prior  its weight
    likelihood  of the pixels: "bernoulli" (images binarised at `threshold`),
                "continuous-bernoulli" or "gaussian"
    beta        multiplies the KL divergence and nothing else
    condition   is the model told the class y of an image, to be one of p(x given y)?
    """

    model: str = "vae"
    data: str = "digits"
    data_dir: str | None = None
    n: int | None = None
    seed: int = 0
    validation: float = 0.1
    device: str = "cpu"
    threads: int = 1
    epochs: int | None = None
    batch_size: int | None = None
    lr: float | None = None
    latent: int | None = None
    hidden: tuple | None = None
    channels: tuple | None = None
    kernel: int | None = None
    couplings: int | None = None
    layers: int | None = None
    components: int | None = None
    covariance: str | None = None
    prior: float | None = None
    likelihood: str | None = None
    threshold: float | None = None
    beta: float | None = None
    condition: bool | None = None

    def __post_init__(self):
        self._set_own(OWN.get(self.model, OWN["vae"]))
        for name, (right, expected) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not right(value):
                raise ValueError(f"the setting {name!r} is out of range\n"
                                 f"  expected  {expected}\n  got       {value}")

    def _set_own(self, own):
        """Fill in what this model takes, refuse what only another one takes."""
        for name in dict.fromkeys(name for other in OWN.values() for name in other):
            value = getattr(self, name)
            if value is None:
                value = own.get(name)
            elif name not in own:
                raise ValueError(f"the model {self.model!r} takes no setting {name!r}\n"
                                 f"  expected  {', '.join(own)}\n  got       {name} = {value}")
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)

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
          bool | None: ({"true": True, "false": False}.__getitem__, "true or false"),
          tuple | None: (lambda t: tuple(int(n) for n in t.split(",")), "widths such as 512,256")}


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
                                       "components")},
    "n": _at_least(2), "kernel": _at_least(3), "hidden": _WIDTHS, "channels": _WIDTHS,
    "seed": _at_least(0), "threads": _at_least(0),
    "lr": (lambda value: math.isfinite(value) and value > 0, "a positive number"),
    "beta": (lambda value: math.isfinite(value) and value >= 0, "0 or larger"),
    "prior": (lambda value: math.isfinite(value) and value >= 0, "0 or larger"),
    "validation": (lambda value: 0 < value < 1, "a share between 0 and 1"),
    "threshold": (lambda value: 0 < value <= 1, "a grey level in (0, 1]"),
    "device": (lambda value: value in ("cpu", "gpu"), "cpu or gpu"),
}
