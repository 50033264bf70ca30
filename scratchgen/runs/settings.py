"""What a training run is made of: every choice that changes its numbers, in one record."""
import dataclasses
import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The choices behind one run.  Written to config.json, kept in every checkpoint.

    model       "vae" or "ae"
    data        the name of a data set, data_dir where its files are (None: the usual places)
    epochs      passes over the training images;  batch_size  images per step
    latent      Z, the dimensions of the code;  hidden  widths of the encoder's layers, mirrored after it
    lr          Adam's learning rate
    seed        seeds initial weights, batches and noise
    likelihood  of the pixels: "bernoulli" (images binarised at `threshold`) or "gaussian"
    beta        multiplies the KL divergence and nothing else
    validation  the share of training images held out to choose the best weights
    device      "cpu" or "gpu"
    """

    model: str = "vae"
    data: str = "digits"
    data_dir: str | None = None
    epochs: int = 150
    batch_size: int = 64
    latent: int = 10
    hidden: tuple = (256, 128)
    lr: float = 1e-3
    seed: int = 0
    likelihood: str = "bernoulli"
    threshold: float = 0.5
    beta: float = 1.0
    validation: float = 0.1
    device: str = "cpu"

    def __post_init__(self):
        object.__setattr__(self, "hidden", tuple(int(width) for width in self.hidden))
        for name in ("epochs", "batch_size", "latent"):
            _require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))
        _require(self.seed >= 0, "seed", "0 or larger", self.seed)
        _require(all(width >= 1 for width in self.hidden), "hidden", "widths of at least 1", self.hidden)
        _require(math.isfinite(self.lr) and self.lr > 0, "lr", "a positive number", self.lr)
        _require(math.isfinite(self.beta) and self.beta >= 0, "beta", "0 or larger", self.beta)
        _require(0 < self.validation < 1, "validation", "a share between 0 and 1", self.validation)
        _require(0 < self.threshold <= 1, "threshold", "a grey level in (0, 1]", self.threshold)
        _require(self.device in ("cpu", "gpu"), "device", "cpu or gpu", self.device)

    def to_dict(self):
        return dataclasses.asdict(self) | {"hidden": list(self.hidden)}

    @classmethod
    def parse(cls, assignments):
        """{"lr": "0.01", "hidden": "512,256"} as typed values; ValueError names what there is to choose."""
        fields = {field.name: field.type for field in dataclasses.fields(cls)}
        values = {}
        for name, text in assignments.items():
            if name not in fields:
                raise ValueError(f"there is no setting {name!r}\n  expected  one of {', '.join(fields)}")
            values[name] = _convert(name, text, fields[name])
        return values


def _convert(name, text, kind):
    convert = {int: int, float: float, tuple: lambda t: tuple(int(w) for w in t.split(","))}.get(kind, str)
    try:
        return convert(text)
    except ValueError:
        wanted = {int: "a whole number", float: "a number", tuple: "widths such as 512,256"}[kind]
        raise ValueError(f"the setting {name!r} cannot be {text!r}\n  expected  {wanted}") from None


def _require(ok, name, expected, got):
    if not ok:
        raise ValueError(f"the setting {name!r} is out of range\n  expected  {expected}\n  got       {got}")
