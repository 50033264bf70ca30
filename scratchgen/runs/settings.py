"""What a training run is made of: every choice that changes its numbers, in one record."""
import dataclasses
import math
from dataclasses import dataclass


# What each model is made of besides its code, and what it takes unless told otherwise.
LAYERS = {"vae": {"hidden": (256, 128)}, "ae": {"hidden": (256, 128)},
          "vae-conv": {"channels": (32, 64), "kernel": 3},
          "ae-conv": {"channels": (32, 64), "kernel": 3}}


@dataclass(frozen=True)
class Settings:
    """The choices behind one run.  Written to config.json, kept in every checkpoint.

    model       "vae" or "ae", of dense layers; "vae-conv" or "ae-conv", of convolutions
    data        the name of a data set, data_dir where its files are (None: the usual places)
    epochs      passes over the training images;  batch_size  images per step
    latent      Z, the dimensions of the code
    hidden      widths of a dense encoder's layers, mirrored after it
    channels    of the encoder's convolutions, mirrored after it;  kernel  their size
                (None, for all three: as in LAYERS)
    lr          Adam's learning rate
    seed        seeds initial weights, batches and noise
    likelihood  of the pixels: "bernoulli" (images binarised at `threshold`) or "gaussian"
    beta        multiplies the KL divergence and nothing else
    validation  the share of training images held out to choose the best weights
    device      "cpu" or "gpu"
    threads     of matrix products (see backend.limit_threads); 0: one a core
    """

    model: str = "vae"
    data: str = "digits"
    data_dir: str | None = None
    epochs: int = 150
    batch_size: int = 64
    latent: int = 10
    hidden: tuple | None = None
    channels: tuple | None = None
    kernel: int | None = None
    lr: float = 1e-3
    seed: int = 0
    likelihood: str = "bernoulli"
    threshold: float = 0.5
    beta: float = 1.0
    validation: float = 0.1
    device: str = "cpu"
    threads: int = 1

    def __post_init__(self):
        self._set_layers(LAYERS.get(self.model, LAYERS["vae"]))
        for name in ("epochs", "batch_size", "latent"):
            _require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))
        _require(self.seed >= 0, "seed", "0 or larger", self.seed)
        _require(math.isfinite(self.lr) and self.lr > 0, "lr", "a positive number", self.lr)
        _require(math.isfinite(self.beta) and self.beta >= 0, "beta", "0 or larger", self.beta)
        _require(0 < self.validation < 1, "validation", "a share between 0 and 1", self.validation)
        _require(0 < self.threshold <= 1, "threshold", "a grey level in (0, 1]", self.threshold)
        _require(self.threads >= 0, "threads", "0 or larger", self.threads)
        _require(self.device in ("cpu", "gpu"), "device", "cpu or gpu", self.device)

    def _set_layers(self, own):
        """Fill in what this model takes, refuse what only another one takes."""
        for name in ("hidden", "channels", "kernel"):
            value = getattr(self, name)
            if value is None:
                value = own.get(name)
            elif name not in own:
                raise ValueError(f"the model {self.model!r} takes no setting {name!r}\n"
                                 f"  expected  {' and '.join(own)}\n  got       {name} = {value}")
            object.__setattr__(self, name, tuple(value) if isinstance(value, list) else value)
        for name in ("hidden", "channels"):
            value = getattr(self, name)
            _require(all(n >= 1 for n in value or ()), name, "widths of at least 1", value)
        _require(self.kernel is None or self.kernel >= 3, "kernel", "at least 3", self.kernel)

    @property
    def layers(self):
        """{name: value} of the settings that only this kind of model takes."""
        return {name: getattr(self, name) for name in LAYERS[self.model]}

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
          int | None: (int, "a whole number"),
          tuple | None: (lambda t: tuple(int(n) for n in t.split(",")), "widths such as 512,256")}


def _convert(name, text, kind):
    convert, wanted = _KINDS.get(kind, (str, "text"))
    try:
        return convert(text)
    except ValueError:
        raise ValueError(f"the setting {name!r} cannot be {text!r}\n  expected  {wanted}") from None


def _require(ok, name, expected, got):
    if not ok:
        raise ValueError(
            f"the setting {name!r} is out of range\n  expected  {expected}\n  got       {got}")
