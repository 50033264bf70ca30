"""Modules find what they hold, load all or nothing, and can be moved, cast and frozen."""

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn
from scratchgen.nn import Module, Parameter


class Counter(Module):
    """A parameter, two arrays it remembers, and a generator."""

    def __init__(self):
        self.scale = Parameter([1.0, 2.0])
        self.total = np.zeros(2, np.float32)
        self.seen = np.zeros((), np.int64)
        self.rng = np.random.default_rng(0)


class Everything(Module):
    """Parameters wherever attributes may keep them."""

    def __init__(self):
        self.direct = Parameter(0.0)
        self.blocks = [nn.Linear(2, 3, rng=0), (Parameter([1.0]), {"deep": Parameter([2.0])})]
        self.counter = Counter()
        self.label, self.sizes, self.nothing = "text", (1, 2), None
        self.function = np.tanh


NAMES = ["direct", "blocks.0.weight", "blocks.0.bias", "blocks.1.0", "blocks.1.1.deep",
         "counter.scale"]


# ---- finding -----------------------------------------------------------------------------------

def test_parameters_are_found_in_modules_lists_tuples_and_dicts_in_order():
    module = Everything()
    assert [name for name, _ in module.named_parameters()] == NAMES
    assert len(module.parameters()) == len(NAMES)
    assert all(p is q for p, (_, q) in zip(module.parameters(), module.named_parameters()))
    assert [name for name, _ in module.named_buffers()] == ["counter.total", "counter.seen"]
    assert [name for name, _ in module.named_generators()] == ["counter.rng"]
    assert [name for name, _ in module.named_modules()] == ["", "blocks.0", "counter"]


def test_a_shared_parameter_counts_once_and_trains_as_one():
    first = nn.Linear(3, 3, rng=0, bias=False, dtype="float64")
    second = nn.Linear(3, 3, rng=1, bias=False, dtype="float64")
    second.weight = first.weight
    model = nn.Sequential(first, second)
    assert [name for name, _ in model.named_parameters()] == ["layers.0.weight"]
    assert list(model.state_dict()) == ["layers.0.weight"]

    x = np.eye(3)
    sg.ops.sum(model(x)).backward()
    w = first.weight.data
    ones = np.ones((3, 3))
    np.testing.assert_allclose(first.weight.grad, ones @ w.T + w.T @ ones, rtol=1e-12)

    optimiser = sg.optim.SGD(model.parameters(), lr=0.5)
    before, g = w.copy(), first.weight.grad.copy()
    optimiser.step()
    np.testing.assert_allclose(second.weight.data, before - 0.5 * g, rtol=1e-12)


def test_a_module_used_twice_and_modules_that_know_each_other():
    layer = nn.Linear(2, 2, rng=0)
    model = nn.Sequential(layer, layer)
    model.owner = model
    assert len(model.parameters()) == 2
    assert sg.ops.sum(model(np.ones((1, 2), np.float32))).shape == ()
    model.astype("float64")
    assert layer.weight.dtype == np.float64


def test_a_tensor_that_asks_for_a_gradient_is_not_silently_left_untrained():
    module = Module()
    module.w = sg.Tensor([1.0], requires_grad=True)
    with pytest.raises(TypeError, match="(?s)^w is a Tensor.*nn.Parameter"):
        module.parameters()
    module.w = module.w.detach()
    assert module.parameters() == []


def test_a_parameter_is_not_replaced_by_an_array():
    layer = nn.Linear(2, 2, rng=0)
    with pytest.raises(TypeError, match=r"(?s)Linear.weight is a Parameter.*weight.data = "):
        layer.weight = np.zeros((2, 2))
    layer.weight = Parameter(np.zeros((2, 2), np.float32))
    layer.bias = None
    assert len(layer.parameters()) == 1


@pytest.mark.parametrize("change, value, dtype", [
    (lambda total: 0.5 * total + 3.0, 4.0, np.float32),         # a NumPy scalar
    (lambda total: 0.5 * total + np.float64(3), 4.0, np.float64),
    (lambda total: float(total) + 3, 5.0, np.float32),          # a Python number
])
def test_a_number_that_is_remembered_stays_so_when_it_is_replaced(change, value, dtype):
    model, other = Counter(), Counter()
    model.total = np.full((), 2, np.float32)
    model.total, model.seen = change(model.total), model.seen + 1
    other.total = np.zeros((), np.float32)
    state = model.state_dict()
    assert list(state) == list(other.state_dict())
    assert model.total.dtype == dtype and model.seen.dtype == np.int64
    other.load_state_dict(state)
    assert other.total == value and other.seen == 1


def test_an_array_is_not_replaced_by_a_tensor_which_would_not_be_saved():
    model = Counter()
    with pytest.raises(TypeError, match=r"(?s)Counter.total is an array.*hint .*x\.data"):
        model.total = 0.9 * model.total + 0.1 * model.scale
    model.total = 0.9 * model.total + 0.1 * model.scale.data
    np.testing.assert_allclose(model.state_dict()["total"], [0.1, 0.2])
    model.total = None
    assert "total" not in model.state_dict()


def test_call_is_forward_and_forward_must_be_written():
    class Double(Module):
        def forward(self, x, plus=0):
            return 2 * x + plus

    assert Double()(3, plus=1) == 7
    with pytest.raises(NotImplementedError, match="Everything has no forward"):
        Everything()(0)


# ---- state -------------------------------------------------------------------------------------

def test_state_dict_is_a_copy_on_the_host_with_parameters_and_buffers():
    module = Everything()
    state = module.state_dict()
    assert list(state) == NAMES + ["counter.total", "counter.seen"]
    assert all(type(values) is np.ndarray for values in state.values())
    state["direct"] += 1
    module.counter.total += 1
    assert module.direct.item() == 0 and (state["counter.total"] == 0).all()


def test_two_values_of_one_name_are_not_saved_as_one():
    class Keyed(Module):
        def __init__(self):
            self.inside = {"a.b": Parameter([1.0]), "a": {"b": Parameter([2.0])}}

    for call in (Keyed().state_dict, lambda: Keyed().load_state_dict({})):
        with pytest.raises(ValueError, match="'inside.a.b' twice"):
            call()


def test_load_puts_values_in_their_places():
    source, target = Everything(), Everything()
    for p in source.parameters():
        p.data += 1
    source.counter.total += 3
    source.counter.seen += 4
    places = [p.data for p in target.parameters()] + [target.counter.total]
    target.load_state_dict(source.state_dict())
    for name, values in target.state_dict().items():
        np.testing.assert_array_equal(values, source.state_dict()[name])
    for place, now in zip(places, [p.data for p in target.parameters()] + [target.counter.total]):
        assert now is place


@pytest.mark.parametrize("spoil, error, words", [
    (lambda s: s.pop("direct"), sg.CheckpointError, "missing +direct"),
    (lambda s: s.update(more=np.zeros(2)), sg.CheckpointError, "unknown +more"),
    (lambda s: s.update({"blocks.1.0": np.zeros((1, 1))}), sg.ShapeError, "blocks.1.0"),
    (lambda s: s.update({"counter.seen": np.zeros(1)}), sg.ShapeError, "counter.seen"),
    (lambda s: s.update({"blocks.1.0": "text"}), TypeError, "numbers"),
])
def test_load_is_all_or_nothing(spoil, error, words):
    module = Everything()
    before, state = module.state_dict(), {k: v + 1 for k, v in module.state_dict().items()}
    spoil(state)
    with pytest.raises(error, match=words):
        module.load_state_dict(state)
    for name, values in module.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_a_long_list_of_names_is_cut():
    model = nn.mlp(*[2] * 8, rng=0)
    with pytest.raises(sg.CheckpointError, match="and 8 more"):
        model.load_state_dict({})


# ---- modes -------------------------------------------------------------------------------------

def test_train_and_eval_reach_every_module():
    model = nn.Sequential(nn.Dropout(0.5, rng=0), nn.Sequential(nn.Dropout(0.5, rng=1)))
    assert model.training
    assert model.eval() is model
    assert not any(m.training for _, m in model.named_modules())
    model.layers[1].train()
    assert [m.training for _, m in model.named_modules()] == [False, False, True, True]
    assert model.train() is model
    assert all(m.training for _, m in model.named_modules())


def test_frozen_parameters_are_constants_and_pass_gradients_on():
    first, second = nn.Linear(2, 2, rng=0), nn.Linear(2, 1, rng=1)
    second.bias.requires_grad = False
    with second.frozen() as same:
        assert same is second
        sg.ops.sum(second(first(np.ones((3, 2), np.float32)))).backward()
    assert first.weight.grad is not None and second.weight.grad is None
    assert second.weight.requires_grad and not second.bias.requires_grad


def test_frozen_nests_and_survives_errors():
    layer = nn.Linear(2, 2, rng=0)
    with pytest.raises(ZeroDivisionError):
        with layer.frozen():
            with layer.frozen():
                pass
            assert not layer.weight.requires_grad
            raise ZeroDivisionError
    assert layer.weight.requires_grad


def test_zero_grad():
    layer = nn.Linear(2, 2, rng=0)
    sg.ops.sum(layer(np.ones((1, 2), np.float32))).backward()
    layer.zero_grad()
    assert layer.weight.grad is None and layer.bias.grad is None


# ---- moving ------------------------------------------------------------------------------------

def test_astype_casts_floats_and_forgets_gradients():
    module = Everything()
    module.tuple = (np.ones(2, np.float32), "text")
    module.twice = [module.counter.total]
    module.direct.grad = np.ones((), np.float32)
    assert module.astype("float64") is module
    assert {p.dtype.name for p in module.parameters()} == {"float64"}
    assert module.counter.total.dtype == np.float64 and module.counter.seen.dtype == np.int64
    assert module.tuple[0].dtype == np.float64 and module.tuple[1] == "text"
    assert module.twice[0] is module.counter.total
    assert module.direct.grad is None
    assert module.astype(np.float32).direct.dtype == np.float32


@pytest.mark.parametrize("dtype", ["int32", np.int64, "bool"])
def test_parameters_are_not_rounded_to_whole_numbers(dtype):
    model = nn.mlp(2, 3, rng=0)
    before = model.state_dict()
    with pytest.raises(TypeError, match="parameters are floats(.|\n)*got       (int|bool)"):
        model.astype(dtype)
    for name, values in model.state_dict().items():
        np.testing.assert_array_equal(values, before[name])


def test_to_numpy_is_possible_everywhere():
    module = Everything()
    assert module.to("numpy") is module
    with pytest.raises(sg.BackendError, match="torch"):
        module.to("torch")


def test_to_another_backend_and_back():
    from tests.support.backends import backend
    with backend("fakecupy") as device:
        with sg.backend.use("numpy"):
            module = Everything()
        values = module.state_dict()
        module.to("cupy")
        assert sg.backend.namespace(module.direct.data) is device.space
        assert sg.backend.namespace(module.counter.total) is device.space
        for name, array in module.state_dict().items():
            np.testing.assert_array_equal(array, values[name])
        module.to("numpy")
        assert type(module.direct.data) is np.ndarray


# ---- looks -------------------------------------------------------------------------------------

def test_repr_is_a_tree_with_shapes_and_counts():
    module = nn.Sequential(nn.mlp(2, 64, 2, rng=0), nn.Dropout(0.5, rng=0), sg.ops.relu)
    assert repr(module) == """\
Sequential(Sequential, Dropout, relu)   322 parameters
  layers.0  Sequential(Linear, Linear)  322
    layers.0  Linear(2, 64, 'relu')     192  weight (2, 64)  bias (64,)
    layers.1  Linear(64, 2)             130  weight (64, 2)  bias (2,)
  layers.1  Dropout(0.5)                  0"""
    assert repr(nn.Linear(2, 3, rng=0)) == "Linear(2, 3)  9 parameters  weight (2, 3)  bias (3,)"
    assert repr(Counter()) == "Counter  2 parameters  scale (2,)  [total (2,)]  [seen ()]"


def test_repr_counts_a_shared_parameter_once():
    layer = nn.Linear(10, 100, rng=0)
    assert "1,100 parameters" in repr(nn.Sequential(layer, layer))
