"""What does a network know of the classes that nobody told it?  A linear classifier asks."""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions.base import raw
from ..errors import ShapeError
from .classifier import Classifier

_PART = 500                     # examples at a time


def linear_probe(features, train, test, *, epochs=100, lr=3e-3, rng):
    """Accuracy of softmax regression on features(x): trained on one part, asked about the other.

        linear_probe(gan.eval().discriminator.features, (x, y), (x_test, y_test), rng=0)
        linear_probe(None, (x, y), (x_test, y_test), rng=0)             of the pixels themselves

    `features` is a function of a batch, (N, ...) -> (N, F), or None; it is constant, and nothing is
    learned but the F weights and the bias of each class.  `train` and `test` are pairs (examples,
    labels).  Features are centred, and divided by one number that makes their mean variance 1, both
    of the training part, so that their scale does not decide how far Adam gets in `epochs`.

    Returns an Estimate, the share of test examples whose class is named.  It judges features only
    beside others, such as those of the pixels, or of the same network before it was trained
    (Alain and Bengio 2016; Radford et al. 2016, section 5.1, with a linear SVM).
    ValueError for features that are not finite.
    """
    rows, rows_test = (_rows(features, x) for x, _ in (train, test))
    if rows.shape[1] != rows_test.shape[1]:
        raise ShapeError("linear_probe: both parts have the same features\n"
                         f"  expected  {rows.shape[1]} numbers an example, as in training\n"
                         f"  got       {rows_test.shape[1]}")
    y, y_test = (backend.to_numpy(raw(labels)) for _, labels in (train, test))
    centre = rows.mean(axis=0)
    scale = math.sqrt(((rows - centre) ** 2).mean()) or 1.0
    with backend.use("numpy"):                  # a few weights, wherever the features come from
        probe = Classifier(rows.shape[1], int(y.max()) + 1, rng=rng)
        x, x_test = (ops.astype((part - centre) / scale, "float32") for part in (rows, rows_test))
        probe.fit(x, y, epochs=epochs, lr=lr, rng=rng)
        return probe.accuracy(x_test, y_test)


@no_grad()
def _rows(features, x):
    """(N, ...) -> (N, F), on the host, in float32 or float64."""
    x = raw(x) if hasattr(x, "shape") else backend.asarray(x, "float32")
    n = x.shape[0] if x.shape else 0
    if not n:
        raise ShapeError("linear_probe: there are no examples\n  expected  (N, ...)\n"
                         f"  got       {tuple(x.shape)}")
    parts = [x[start:min(start + _PART, n), ...] for start in range(0, n, _PART)]
    made = [backend.to_numpy(raw(part if features is None else features(part))) for part in parts]
    rows = ops.concat([part.reshape(part.shape[0], -1) for part in made])
    rows = rows if rows.dtype == "float32" else ops.astype(rows, "float64")
    if not bool(backend.namespace(rows).all(backend.namespace(rows).isfinite(rows))):
        raise ValueError("linear_probe: not every feature is a finite number")
    return rows
