"""Two losses, each with the leaves that it depends on."""
import pytest

from scratchgen import ops
from tests.autodiff.explain.graphs import X, leaf


@pytest.fixture
def parabola():
    """(w x + b - 4)^2 + w^2 at w = 2, x = 3, b = -1, with dL/dw = 10."""
    w, x, b = leaf(2.0), leaf(3.0), leaf(-1.0)
    return w, x, b, (w * x + b - 4.0) ** 2 + w ** 2


@pytest.fixture
def network(rng):
    """A mean squared error with a broadcast bias, a reused hidden layer, and a constant target."""
    w, b = leaf(rng.normal(size=(3, 4))), leaf(rng.normal(size=4))
    v, target = leaf(rng.normal(size=(4, 1))), rng.normal(size=(2, 1))
    h = ops.tanh(X @ w + b)
    loss = ops.mean(ops.square(h @ v + ops.sum(h, axis=1, keepdims=True) - target))
    return loss, w, b, v
