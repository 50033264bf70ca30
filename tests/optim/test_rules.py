"""Every optimiser is its formula, whatever the sizes and whichever parameters have gradients."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import optim
from scratchgen.optim import flat
from tests.optim import textbook
from tests.support.backends import backend

SHAPES = st.lists(st.sampled_from([(), (1,), (3,), (2, 5), (4, 4), (0,), (7, 1, 2), (40,)]),
                  min_size=1, max_size=6)
OPTIONS = [
    ("SGD", {}), ("SGD", {"lr": 0.1, "weight_decay": 0.2}),
    ("Momentum", {}), ("Momentum", {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("RMSProp", {}), ("RMSProp", {"alpha": 0.5, "centered": True, "eps": 1e-3}),
    ("RMSProp", {"momentum": 0.7, "weight_decay": 0.1}), ("RMSProp", {"momentum": 0.7,
                                                                      "centered": True}),
    ("Adam", {}), ("Adam", {"betas": (0.5, 0.9), "eps": 1e-4, "weight_decay": 0.1}),
    ("AdamW", {}), ("AdamW", {"lr": 0.1, "weight_decay": 0.3}),
]


def follow(rule, options, values, gradients):
    parameters = [sg.nn.Parameter(v) for v in values]
    optimiser = getattr(optim, rule)(parameters, **options)
    path = []
    for step in gradients:
        for p, g in zip(parameters, step):
            p.grad = None if g is None else g.copy()
        optimiser.step()
        path.append([p.data.copy() for p in parameters])
    return path


@pytest.mark.parametrize("rule, options", OPTIONS)
@settings(max_examples=25)
@given(shapes=SHAPES, seed=st.integers(0, 99), data=st.data(),
       block=st.sampled_from([2, 5, 64]), small=st.sampled_from([0, 3, 64]))
def test_is_its_formula(rule, options, shapes, seed, data, block, small):
    """Small blocks and thresholds, so that a few numbers meet every boundary of the flat buffer."""
    rng, steps = np.random.default_rng(seed), 4
    present = [data.draw(st.lists(st.booleans(), min_size=len(shapes), max_size=len(shapes)))
               for _ in range(steps)]
    present = [pattern if any(pattern) else [True] * len(shapes) for pattern in present]
    values = [rng.standard_normal(s) for s in shapes]
    gradients = [[rng.standard_normal(s) if there else None for s, there in zip(shapes, pattern)]
                 for pattern in present]
    before = flat.BLOCK, flat.SMALL
    flat.BLOCK, flat.SMALL = block, small
    try:
        path = follow(rule, options, values, gradients)
    finally:
        flat.BLOCK, flat.SMALL = before
    for mine, theirs in zip(path, textbook.run(rule, values, gradients, **options)):
        for p, q in zip(mine, theirs):
            np.testing.assert_allclose(p, q, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("rule", textbook.RULES)
def test_large_parameters_at_the_real_block_size(rule, rng):
    shapes = [(flat.SMALL,), (flat.SMALL + 1,), (2 * flat.BLOCK + 3,), (5,), (300, 500)]
    values = [rng.standard_normal(s) for s in shapes]
    gradients = [[rng.standard_normal(s) for s in shapes] for _ in range(2)]
    gradients[1][4] = np.asfortranarray(gradients[1][4])        # not contiguous
    gradients[1][2] = np.repeat(gradients[1][2], 2)[::2]        # strided
    mine, theirs = follow(rule, {}, values, gradients), textbook.run(rule, values, gradients)
    for p, q in zip(mine[-1], theirs[-1]):
        np.testing.assert_allclose(p, q, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("name, rounds", [("numpy", 3), ("fakecupy", 1)])
def test_blocks_are_for_the_host(name, rounds, monkeypatch):
    """On a GPU each round of operations is a launch, and no cache is to be spared."""
    monkeypatch.setattr(flat, "BLOCK", 4)
    seen = []
    monkeypatch.setattr(optim.SGD, "update", lambda self, xp, p, g, step: seen.append(p.shape))
    with backend(name) as here:
        p = sg.nn.Parameter(here.asarray(np.zeros(10, np.float32)))
        p.grad = here.asarray(np.ones(10, np.float32))
        optim.SGD([p]).step()
    assert len(seen) == rounds and sum(n for n, in seen) == 10


@pytest.mark.parametrize("rule", textbook.RULES)
def test_float32_stays_float32_and_gradients_are_not_written_to(rule, rng):
    p = sg.nn.Parameter(rng.standard_normal((3, 4)).astype(np.float32))
    optimiser = getattr(optim, rule)([p], weight_decay=0.1)
    p.grad = rng.standard_normal((3, 4)).astype(np.float32)
    kept = p.grad.copy()
    p.grad.flags.writeable = False
    optimiser.step()
    assert p.dtype == np.float32
    assert all(a.dtype == np.float32 for a in optimiser.state_dict()["moments"].values())
    np.testing.assert_array_equal(p.grad, kept)


def test_the_first_step_of_adam_has_length_lr():
    p = sg.nn.Parameter(np.zeros(3))
    optimiser = optim.Adam([p], lr=0.01)
    p.grad = np.array([1e-3, -5.0, 1e6])
    optimiser.step()
    np.testing.assert_allclose(p.data, [-0.01, 0.01, -0.01], rtol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_steady_gradient_has_no_negative_variance(dtype, rng):
    """s - a^2 falls to 0 then, and rounding takes it below for some: their root was NaN."""
    gradient = rng.normal(size=1000).astype(dtype)
    path = follow("RMSProp", {"alpha": 0.5, "centered": True}, [np.zeros(1000, dtype)],
                  [[gradient]] * 60)
    assert np.isfinite(path[-1][0]).all()


def test_weight_decay_shrinks_all_weights_alike_in_adamw_only():
    """Two weights of value 1, one with gradients a thousand times larger but alternating."""
    def after(make):
        p = sg.nn.Parameter(np.ones(2))
        optimiser = make([p], lr=1e-3, weight_decay=0.1)
        for t in range(400):
            p.grad = np.array([1.0, 1000.0]) * (-1) ** t
            optimiser.step()
        return p.data
    np.testing.assert_allclose(*after(optim.AdamW), rtol=1e-3)
    slow, fast = after(optim.Adam)
    assert slow < fast - 0.01


@pytest.mark.parametrize("rule", textbook.RULES)
def test_on_every_backend(rule, xp_backend, rng):
    values = [rng.standard_normal(s).astype(np.float32) for s in ((3, 4), (4,), ())]
    gradients = [[rng.standard_normal(v.shape).astype(np.float32) for v in values]
                 for _ in range(3)]
    parameters = [sg.nn.Parameter(xp_backend.asarray(v)) for v in values]
    optimiser = getattr(optim, rule)(parameters, lr=0.01)
    for step in gradients:
        for p, g in zip(parameters, step):
            p.grad = xp_backend.asarray(g)
        optimiser.step()
    for p, q in zip(parameters, textbook.run(rule, values, gradients, lr=0.01)[-1]):
        np.testing.assert_allclose(xp_backend.to_numpy(p), q, rtol=1e-4, atol=1e-6)
