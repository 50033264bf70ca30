"""What all optimisers refuse, skip and follow."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops, optim
from tests.optim.steps import EVERY, assert_same, gradient_step, values


# ---- construction ------------------------------------------------------------------------------

@pytest.mark.parametrize("make", EVERY)
def test_settings_out_of_range(make):
    p = nn.Parameter([1.0])
    for lr in (-1e-3, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="lr must be"):
            make([p], lr=lr)
        optimiser = make([p])
        with pytest.raises(ValueError, match="lr must be"):
            optimiser.lr = lr
    with pytest.raises(ValueError, match="weight_decay"):
        make([p], weight_decay=-1.0)
    assert make([p], lr=0.0).lr == 0


@pytest.mark.parametrize("make, settings", [
    (optim.Adam, {"betas": (0.9, 1.0)}), (optim.Adam, {"betas": (-0.1, 0.9)}),
    (optim.AdamW, {"eps": -1e-8}), (optim.RMSProp, {"alpha": 1.0}),
    (optim.RMSProp, {"eps": float("nan")}), (optim.Momentum, {"momentum": -0.5}),
])
def test_more_settings_out_of_range(make, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        make([nn.Parameter([1.0])], **settings)


@pytest.mark.parametrize("make", EVERY)
def test_parameters_that_cannot_be_optimised(make):
    p = nn.Parameter([1.0])
    with pytest.raises(ValueError, match="there are none"):
        make([])
    with pytest.raises(ValueError, match="twice"):
        make([p, nn.Parameter([2.0]), p])
    with pytest.raises(ValueError, match="result of an op: multiply"):
        make([p * 2.0])
    with pytest.raises(TypeError, match="(?s)got a ndarray.*model.parameters"):
        make([np.ones(2)])


def test_takes_any_iterable_and_any_leaf():
    w = sg.Tensor([1.0, 2.0], requires_grad=True)
    optimiser = optim.SGD((t for t in [w]), lr=0.5)
    (w * w).sum().backward()
    optimiser.step()
    np.testing.assert_array_equal(w.data, [0, 0])


def test_defaults_are_those_of_pytorch():
    p = [nn.Parameter([1.0])]
    assert optim.SGD(p).lr == 1e-3
    assert (optim.Momentum(p).lr, optim.Momentum(p).momentum) == (1e-3, 0.9)
    assert (optim.RMSProp(p).lr, optim.RMSProp(p).alpha) == (1e-2, 0.99)
    assert (optim.Adam(p).lr, optim.Adam(p).betas, optim.Adam(p).eps) == (1e-3, (0.9, 0.999), 1e-8)
    assert (optim.Adam(p).weight_decay, optim.AdamW(p).weight_decay) == (0, 1e-2)


# ---- steps -------------------------------------------------------------------------------------

@pytest.mark.parametrize("make", EVERY)
def test_a_step_without_any_gradient_warns_once_and_changes_nothing(make):
    model = nn.mlp(3, 4, 2, rng=0)
    optimiser = make(model.parameters(), weight_decay=0.1)
    gradient_step(model, optimiser)
    before, state = values(model), str(optimiser.state_dict())
    optimiser.zero_grad()
    with pytest.warns(UserWarning, match="without any gradient") as caught:
        optimiser.step()
    assert len(caught) == 1 and caught[0].filename == __file__
    assert_same(values(model), before)
    assert str(optimiser.state_dict()) == state


def test_gradients_accumulate_until_they_are_forgotten():
    model = nn.mlp(3, 2, rng=0)
    optimiser = optim.SGD(model.parameters())
    x = np.ones((5, 3), np.float32)
    ops.sum(model(x)).backward()
    once = model[0].weight.grad.copy()
    ops.sum(model(x)).backward()
    np.testing.assert_array_equal(model[0].weight.grad, 2 * once)
    optimiser.zero_grad()
    assert all(p.grad is None for p in model.parameters())


@pytest.mark.parametrize("make", EVERY)
def test_gradients_of_a_single_number_accumulate_and_are_scaled_like_others(make):
    """NumPy makes scalars of what is computed with 0-d arrays, and they cannot be written to."""
    p, q = nn.Parameter(0.5), nn.Parameter([0.5])
    optimisers = [make([x]) for x in (p, q)]
    for x in (p, q):
        for _ in range(2):
            ops.sum(x * x).backward()
        x.grad = x.grad / 2
        assert float(optim.clip_grad_norm([x], 0.25)) == 1
        np.testing.assert_allclose(x.grad, 0.25, rtol=1e-5, err_msg="clipped")
    for optimiser in optimisers:
        optimiser.step()
    assert p.item() == q.item() != 0.5


@pytest.mark.parametrize("make", EVERY)
@pytest.mark.parametrize("spoil, error", [
    (lambda g: g[:1], sg.ShapeError), (lambda g: g[..., None], sg.ShapeError),
    (lambda g: g.astype(np.float64), TypeError), (lambda g: g.tolist(), TypeError),
])
def test_a_gradient_that_does_not_fit_stops_the_step_before_it_begins(make, spoil, error):
    model = nn.mlp(3, 4, 2, rng=0)
    optimiser = make(model.parameters())
    gradient_step(model, optimiser)
    before, state = values(model), str(optimiser.state_dict())
    last = model.parameters()[-1]
    last.grad = spoil(last.grad)
    with pytest.raises(error, match="(?s)gradient.*expected.*got"):
        optimiser.step()
    assert_same(values(model), before)
    assert str(optimiser.state_dict()) == state


def test_a_gradient_that_is_a_tensor_is_read():
    p = nn.Parameter(np.ones(2))
    optimiser = optim.SGD([p], lr=0.5)
    (p * p).sum().backward(create_graph=True)
    assert isinstance(p.grad, sg.Tensor)
    optimiser.step()
    np.testing.assert_array_equal(p.data, [0, 0])


def test_float32_and_float64_side_by_side():
    single, double = nn.Parameter(np.ones(2, np.float32)), nn.Parameter(np.ones(2))
    optimiser = optim.Adam([single, double], lr=0.1)
    for _ in range(3):
        for p in (single, double):
            p.grad = np.full_like(p.data, 2)
        optimiser.step()
    assert single.dtype == np.float32 and double.dtype == np.float64
    np.testing.assert_allclose(single.data, double.data, rtol=1e-6)


def test_parameters_of_the_other_byte_order():
    """Big-endian files are read as they are: their numbers move like any others."""
    other, native = (nn.Parameter(np.ones(2, order)) for order in (">f4", "<f4"))
    optimiser = optim.Adam([other, native], lr=0.1)
    for _ in range(3):
        optimiser.zero_grad()
        ((other * native) ** 2).sum().backward()
        optimiser.step()
    np.testing.assert_array_equal(other.data, native.data)
    assert not np.any(other.data == 1)


def test_the_learning_rate_can_be_set():
    p = nn.Parameter(np.zeros(1))
    optimiser = optim.SGD([p], lr=1.0)
    p.grad = np.ones(1)
    optimiser.lr = np.float64(0.25)
    optimiser.step()
    assert p.item() == -0.25 and type(optimiser.lr) is float


# ---- where parameters live ---------------------------------------------------------------------

def test_parameters_become_views_of_one_array_with_the_same_values():
    model = nn.mlp(3, 4, 2, rng=0)
    before = values(model)
    optim.Adam(model.parameters())
    assert_same(values(model), before)
    assert len({id(p.data.base) for p in model.parameters()}) == 1
    assert all(p.data.flags.c_contiguous for p in model.parameters())


def test_small_networks_take_a_handful_of_array_operations():
    """One call of the rule a step, whatever the number of small parameters."""
    model, calls = nn.mlp(*[8] * 10, rng=0), []

    class Counting(optim.SGD):
        def update(self, xp, p, g, step):
            calls.append(p.size)
            super().update(xp, p, g, step)

    model.zero_grad()
    optimiser = Counting(model.parameters())
    ops.sum(model(np.ones((2, 8), np.float32))).backward()
    optimiser.step()
    assert calls == [9 * (64 + 8)]


def test_large_gradients_are_read_where_they_are():
    p, seen = nn.Parameter(np.zeros((400, 100))), []

    class Looking(optim.SGD):
        def update(self, xp, p, g, step):
            seen.append(g)

    optimiser = Looking([p, nn.Parameter(np.zeros(3))])
    p.grad = np.ones((400, 100))
    optimiser.step()
    assert len(seen) == 1 and np.shares_memory(seen[0], p.grad)


@pytest.mark.parametrize("make", EVERY)
def test_assigning_data_between_steps(make):
    model = nn.mlp(3, 2, rng=0)
    optimiser = make(model.parameters(), lr=0.01)
    gradient_step(model, optimiser)
    model[0].weight.data = np.zeros((3, 2))
    model[0].bias.data[:] = 0
    gradient_step(model, optimiser)
    if make is optim.SGD:
        np.testing.assert_array_equal(model[0].weight.data, 0)     # the gradient at 0 is 0


@pytest.mark.parametrize("make", EVERY)
def test_follows_a_module_that_is_cast_and_keeps_its_moments(make):
    model, reference = nn.mlp(3, 4, 2, rng=0), nn.mlp(3, 4, 2, rng=0)
    reference.astype("float64")
    mine, theirs = make(model.parameters(), lr=0.01), make(reference.parameters(), lr=0.01)
    for step in range(6):
        if step == 2:
            model.astype("float64")
        gradient_step(model, mine)
        gradient_step(reference, theirs)
    for p, q in zip(model.parameters(), reference.parameters()):
        assert p.dtype == np.float64
        np.testing.assert_allclose(p.data, q.data, rtol=2e-5, atol=2e-6)
    for name, moment in mine.state_dict()["moments"].items():
        assert moment.dtype == np.float64
        np.testing.assert_allclose(moment, theirs.state_dict()["moments"][name], rtol=1e-3,
                                   atol=1e-5)


@pytest.mark.parametrize("make", EVERY)
def test_two_optimisers_over_the_same_parameters(make):
    """They take turns: each step is that of the rule, from where the other left off."""
    model, lone = nn.mlp(3, 4, 2, rng=0, dtype="float64"), nn.mlp(3, 4, 2, rng=0, dtype="float64")
    first, second = make(model.parameters(), lr=0.01), optim.SGD(model.parameters()[1:], lr=0.02)
    alone = make(lone.parameters(), lr=0.01)
    for _ in range(4):
        gradient_step(model, first, second)
        gradient_step(lone, alone)
        for p in lone.parameters()[1:]:
            p.data = p.data - 0.02 * p.grad
    for p, q in zip(model.parameters(), lone.parameters()):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-12)


def test_loading_a_module_after_its_optimiser_was_built():
    model, other = nn.mlp(3, 2, rng=0), nn.mlp(3, 2, rng=1)
    optimiser = optim.SGD(model.parameters(), lr=0.0)
    model.load_state_dict(other.state_dict())
    gradient_step(model, optimiser)
    assert_same(values(model), values(other))
