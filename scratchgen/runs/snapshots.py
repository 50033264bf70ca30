"""What the same noise becomes while a model learns: the frames of its film."""
import numpy as np

from .. import backend, nn
from ..autodiff.tensor import no_grad
from ..distributions.base import raw
from ..errors import CheckpointError

MOST = 40                               # frames; beyond it every second one goes
_IMAGES, _POINTS = 64, 1000             # examples in a frame


class Snapshots:
    """Examples drawn with one noise, after every 1, 2, 4, ... epochs: at most MOST frames.

    epochs     when each was taken, 0 for the model before its first step
    frames     the arrays, (n, ...) each: points, or images in bytes

    Which epochs are kept depends on the last of them alone, so a run that was stopped and resumed
    ends with the same frames.  A model that is told classes draws 0 ... K - 1 in turns.
    """

    def __init__(self, seed):
        self.seed, self.epochs, self.frames = seed, [], []

    def take(self, epoch, model):
        """Add what `model` draws now, if it is the time, and drop what lies too close by then."""
        every = _spacing(epoch)
        if epoch % every:
            return
        self.frames.append(self.draw(model))
        self.epochs.append(epoch)
        self._keep(lambda e: e % every == 0)

    @no_grad()
    def draw(self, model):
        """A frame as the model is now."""
        training = model.training
        model.eval()
        x = _examples(model, self.seed)
        model.train(training)
        return x

    def film(self, epoch, model):
        """[(epoch, frame), ...], the last of them of this model, which has learned for `epoch`."""
        film = list(zip(self.epochs, self.frames))
        return film if film and film[-1][0] == epoch else [*film, (epoch, self.draw(model))]

    # ---- the file --------------------------------------------------------------------------------

    def write(self, path):
        """All frames to one file, atomically."""
        nn.checkpoint.write(path, {"epochs": np.array(self.epochs, np.int64),
                                   "frames": np.stack(self.frames)}, {"seed": self.seed})

    def read(self, path, epoch):
        """The frames of a file, up to this epoch: a killed run may have written more of them."""
        arrays = nn.checkpoint.read(path)[0]
        if set(arrays) != {"epochs", "frames"} or len(arrays["epochs"]) != len(arrays["frames"]):
            raise CheckpointError(f"{path}: these are no snapshots of a run\n"
                                  "  expected  as many epochs as frames\n"
                                  f"  got       {', '.join(arrays) or 'nothing'}")
        self.epochs, self.frames = arrays["epochs"].tolist(), list(arrays["frames"])
        self._keep(lambda e: e <= epoch)

    def _keep(self, wanted):
        kept = [(e, frame) for e, frame in zip(self.epochs, self.frames) if wanted(e)]
        self.epochs, self.frames = [e for e, _ in kept], [frame for _, frame in kept]


def as_numbers(frame):
    """A frame as points, or as images with pixels in [0, 1]."""
    return frame / np.float32(255) if frame.dtype == np.uint8 else frame


def _spacing(epoch):
    """1, 2, 4, ...: the first with which 0 ... epoch holds at most MOST frames."""
    every = 1
    while epoch // every >= MOST:
        every *= 2
    return every


def _examples(model, seed):
    rng = np.random.default_rng(seed)
    n = _POINTS if tuple(model.config["image_shape"]) == (2,) else _IMAGES
    classes = getattr(model, "condition", None)
    if classes:
        model = model.given(np.arange(n) % classes)
    x = backend.to_numpy(raw(model.sample(n, rng=rng)))
    if n == _POINTS:
        return x
    return np.round(255 * np.clip(np.nan_to_num(x), 0, 1)).astype(np.uint8)     # NaN is black
