"""What optimisers remember: a state that continues bit for bit, and no memory beyond it."""

import copy
import gc
import pickle
import tracemalloc
import warnings
import weakref

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, optim
from tests.optim.steps import EVERY, assert_same, gradient_step, values


# ---- state -------------------------------------------------------------------------------------

@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda pair: pickle.loads(
    pickle.dumps(pair))])
@pytest.mark.parametrize("make", EVERY)
def test_a_copy_moves_the_copied_parameters_and_no_others(make, duplicate):
    model = nn.mlp(3, 40, 2, rng=0)
    mine = make(model.parameters(), lr=0.01)
    model[0].bias.requires_grad = False                                     # one step behind
    gradient_step(model, mine)
    model[0].bias.requires_grad = True
    other, again = duplicate((model, mine))
    before = values(model)
    gradient_step(other, again)
    assert_same(values(model), before)
    gradient_step(model, mine)
    assert_same(values(other), values(model))
    assert again.state_dict()["steps"] == mine.state_dict()["steps"]


@pytest.mark.parametrize("make", EVERY)
def test_a_state_continues_bit_for_bit(make):
    model, other = nn.mlp(3, 40, 2, rng=0), nn.mlp(3, 40, 2, rng=0)
    mine = make(model.parameters(), lr=0.01)
    model[0].bias.requires_grad = other[0].bias.requires_grad = False       # one step behind
    gradient_step(model, mine)
    model[0].bias.requires_grad = other[0].bias.requires_grad = True
    gradient_step(model, mine)
    again = make(other.parameters(), lr=0.5)
    gradient_step(other, again)                 # with a history of its own
    other.load_state_dict(model.state_dict())
    again.load_state_dict(mine.state_dict())
    assert again.lr == 0.01 and again.state_dict()["steps"] == [2, 1, 2, 2]
    for _ in range(3):
        gradient_step(model, mine)
        gradient_step(other, again)
        assert_same(values(model), values(other))


def test_a_state_is_a_copy():
    model = nn.mlp(3, 2, rng=0)
    optimiser = optim.Adam(model.parameters())
    gradient_step(model, optimiser)
    state = optimiser.state_dict()
    kept = state["moments"]["0/m"].copy()
    gradient_step(model, optimiser)
    np.testing.assert_array_equal(state["moments"]["0/m"], kept)
    assert (optimiser.state_dict()["moments"]["0/m"] != kept).any()


@pytest.mark.parametrize("spoil, error", [
    (lambda s: s.update(rule="SGD"), sg.CheckpointError),
    (lambda s: s.pop("steps"), sg.CheckpointError),
    (lambda s: s.update(steps=[1]), sg.CheckpointError),
    (lambda s: s.update(steps=[1, -1]), sg.CheckpointError),
    (lambda s: s["settings"].update(momentum=0.9), sg.CheckpointError),
    (lambda s: s["settings"].update(lr=-1.0), ValueError),
    (lambda s: s["moments"].pop("1/v"), sg.CheckpointError),
    (lambda s: s["moments"].update({"1/v": np.zeros(3)}), sg.ShapeError),
])
def test_a_state_that_does_not_fit_changes_nothing(spoil, error):
    model = nn.mlp(3, 2, rng=0)
    optimiser = optim.Adam(model.parameters())
    gradient_step(model, optimiser)
    before, state = str(optimiser.state_dict()), optimiser.state_dict()
    state["settings"]["lr"], state["moments"]["0/m"] = 7.0, state["moments"]["0/m"] + 1
    spoil(state)
    with pytest.raises(error):
        optimiser.load_state_dict(state)
    assert str(optimiser.state_dict()) == before


def test_options_that_change_what_is_remembered_do_not_mix():
    p = nn.Parameter([1.0])
    with pytest.raises(sg.CheckpointError, match="other options"):
        optim.RMSProp([p]).load_state_dict(optim.RMSProp([p], momentum=0.9).state_dict())


# ---- memory ------------------------------------------------------------------------------------

@pytest.mark.parametrize("make", EVERY)
def test_a_training_loop_leaves_nothing_behind(make):
    """Without the garbage collector: a cycle, or a list that grows, would show."""
    model = nn.mlp(3, 64, 2, rng=0)
    optimiser = make(model.parameters())
    gc.collect()
    gc.disable()
    try:
        for _ in range(1200):           # Python's own lists of free tuples are full after that
            gradient_step(model, optimiser)
        tracemalloc.start()
        for _ in range(200):
            gradient_step(model, optimiser)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        gc.enable()
    assert held < 10_000        # the last gradients; one array kept a step would be 50,000


def test_an_optimiser_is_freed_with_its_last_name():
    model = nn.mlp(3, 2, rng=0)
    optimiser = optim.Adam(model.parameters())
    gradient_step(model, optimiser)
    gone = weakref.ref(optimiser)
    gc.disable()
    try:
        del optimiser
        assert gone() is None
    finally:
        gc.enable()


def test_no_warning_in_an_ordinary_step():
    model = nn.mlp(3, 2, rng=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gradient_step(model, optim.RMSProp(model.parameters(), centered=True))
