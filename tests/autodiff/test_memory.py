"""Graphs come and go without the garbage collector: no cycles, no tape, no leaks."""
import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, ops


@pytest.fixture
def no_collector():
    """What is freed is freed by reference counting alone."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def weights(rng):
    shapes = ((8, 16), (16,), (16, 1))
    return [Tensor(rng.normal(size=shape), requires_grad=True) for shape in shapes]


def training_step(parameters, x):
    w1, b1, w2 = parameters
    h = ops.linear(x, w1, b1, activation="tanh")
    loss = ops.mean(ops.square(h @ w2)) + ops.sum(ops.normalise(h, -1, 1e-5) ** 2)
    loss.backward()
    for p in parameters:
        p.data[...] -= 0.01 * p.grad
        p.zero_grad()
    return loss


def test_memory_is_flat_over_a_thousand_training_steps(no_collector, rng):
    """One lost tensor a step would be 100 bytes of itself and more of its array."""
    parameters, x = weights(rng), rng.normal(size=(32, 8))
    tracemalloc.start()
    try:
        for _ in range(20):
            training_step(parameters, x)
        gc.collect()                            # empties the free lists of the interpreter
        before, tensors = tracemalloc.get_traced_memory()[0], live_tensors()
        for _ in range(1000):
            training_step(parameters, x)
        assert live_tensors() == tensors
        assert gc.collect() == 0                # nothing waited for the collector
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 50_000, f"{grown} bytes more after 1,000 steps"


def test_a_graph_is_freed_with_its_root(no_collector, rng):
    parameters, x = weights(rng), rng.normal(size=(32, 8))
    loss = training_step(parameters, x)
    interior = []
    stack = [loss]
    while stack:
        t = stack.pop()
        if t.op is not None:
            interior.append(weakref.ref(t))
            stack += [i for i in t.inputs if isinstance(i, Tensor)]
    del t, stack
    assert len(interior) > 5 and all(ref() is not None for ref in interior)
    del loss
    assert all(ref() is None for ref in interior)
    assert all(p.op is None for p in parameters)


DERIVATIVES = {
    "backward": lambda x: ops.sum(ops.tanh(x) * x).backward(),
    "grad": lambda x: sg.grad(lambda x: ops.sum(ops.tanh(x) * x))(x),
    "grad of an array": lambda x: sg.grad(lambda x: ops.sum(ops.tanh(x) * x))(x.data),
    "hessian": lambda x: sg.hessian(lambda x: ops.sum(x * x * x))(x),
    "jvp": lambda x: sg.jvp(ops.tanh, x, x.data),
    "hvp": lambda x: sg.hvp(lambda x: ops.sum(x * x * x), x, x.data),
    "second backward": lambda x: ops.sum(sg.grad(lambda x: ops.sum(x * x * x))(x)).backward(),
    "an error": lambda x: pytest.raises(sg.ShapeError, ops.add, x, np.ones(5)),
    "explain": lambda x: str(sg.explain(ops.sum(ops.tanh(x) * x))),
}


@pytest.mark.parametrize("what", DERIVATIVES)
def test_no_reference_cycles(no_collector, what):
    x = Tensor(np.ones(3), requires_grad=True)
    run = DERIVATIVES[what]
    run(x)                                      # first uses fill caches
    x.zero_grad()
    gc.collect()
    before = live_tensors()
    run(x)
    x.zero_grad()
    assert live_tensors() == before
    assert gc.collect() == 0 or what == "an error"      # pytest.raises keeps a cycle of its own


def live_tensors():
    return sum(isinstance(thing, Tensor) for thing in gc.get_objects())


def test_a_long_graph_is_freed_without_recursion():
    x = Tensor(1.0, requires_grad=True)
    y = x
    for _ in range(200_000):
        y = y + 1.0
    del y


def test_no_grad_builds_no_graph():
    x = Tensor(np.ones(3), requires_grad=True)
    with sg.no_grad():
        y = ops.tanh(x * 2)
    assert y.op is None and y.inputs == () and not y.requires_grad
    z = ops.tanh(Tensor(np.ones(3)) * 2)
    assert z.op is None and z.inputs == ()


def test_a_pullback_keeps_the_graph_only_while_it_lives(no_collector):
    seen = []

    def f(x):
        h = ops.exp(x)
        seen.append(weakref.ref(h))
        return h * 2
    _, pullback = sg.vjp(f, np.ones(3))
    assert seen[0]() is not None
    pullback(np.ones(3))
    pullback(np.ones(3))
    del pullback
    assert seen[0]() is None
