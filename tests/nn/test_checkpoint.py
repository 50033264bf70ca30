"""What is saved comes back: values, optimiser, generators, meta; or nothing changes."""

import json

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops, optim


def noisy_model(seed=0, **options):
    return nn.Sequential(nn.Linear(3, 8, rng=seed, activation="tanh"), nn.Dropout(0.3, rng=seed),
                         nn.Linear(8, 2, rng=seed + 1), **options)


def train(model, optimiser, rng, steps):
    """Losses of some steps on drawn batches."""
    losses = []
    for _ in range(steps):
        x = rng.standard_normal((16, 3)).astype(np.float32)
        optimiser.zero_grad()
        loss = ops.mean(ops.square(model(x)))
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


def state_of(model, optimiser=None):
    """Everything a load may change."""
    state = {**model.state_dict(), **{n: str(g.bit_generator.state)
                                      for n, g in model.named_generators()}}
    if optimiser is not None:
        state |= {"optimiser": str(optimiser.state_dict())}
    return state


def assert_same(one, two):
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


OPTIMISERS = [
    lambda p: optim.SGD(p, lr=0.1, weight_decay=0.01),
    lambda p: optim.Momentum(p, lr=0.1, nesterov=True),
    lambda p: optim.RMSProp(p, centered=True, momentum=0.5),
    lambda p: optim.Adam(p, betas=(0.8, 0.99)),
    lambda p: optim.AdamW(p),
]


# ---- there and back ----------------------------------------------------------------------------

@pytest.mark.parametrize("stop", [0, 1, 7])
@pytest.mark.parametrize("make", OPTIMISERS)
def test_resuming_is_bit_for_bit_never_having_stopped(make, stop, tmp_path):
    model = noisy_model()
    optimiser, rng = make(model.parameters()), np.random.default_rng(5)
    train(model, optimiser, rng, stop)
    nn.save(tmp_path / "run.npz", model, optimiser, rng=rng, step=stop)
    losses = train(model, optimiser, rng, 10)

    other = noisy_model(seed=9)
    again = make(other.parameters())
    train(other, again, np.random.default_rng(1), 3)
    meta = nn.load(tmp_path / "run.npz", other, again)
    assert meta["step"] == stop
    assert train(other, again, meta["rng"], 10) == losses
    assert_same(state_of(other, again), state_of(model, optimiser))


def test_saving_changes_nothing(tmp_path):
    model = noisy_model()
    optimiser = optim.Adam(model.parameters())
    train(model, optimiser, np.random.default_rng(0), 3)
    before, arrays = state_of(model, optimiser), [p.data for p in model.parameters()]
    grads = [p.grad for p in model.parameters()]
    nn.save(tmp_path / "a.npz", model, optimiser)
    nn.save(tmp_path / "b.npz", model, optimiser)
    assert_same(state_of(model, optimiser), before)
    for p, array, grad in zip(model.parameters(), arrays, grads):
        assert p.data is array and p.grad is grad
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_settings_of_the_optimiser_come_back(tmp_path):
    model = noisy_model()
    nn.save(tmp_path / "a.npz", model, optim.Adam(model.parameters(), lr=0.5, betas=(0.1, 0.2)))
    optimiser = optim.Adam(model.parameters())
    nn.load(tmp_path / "a.npz", model, optimiser)
    assert optimiser.lr == 0.5 and optimiser.betas == (0.1, 0.2)


def test_a_model_loads_alone_from_a_checkpoint_with_an_optimiser(tmp_path):
    model, other = noisy_model(), noisy_model(seed=4)
    nn.save(tmp_path / "a.npz", model, optim.Adam(model.parameters()))
    nn.load(tmp_path / "a.npz", other)
    assert_same(state_of(other), state_of(model))


def test_meta_is_json_and_generators(tmp_path):
    meta = {"epochs": 3, "name": "é\n", "nested": {"list": [1, 2.5, None, True]}, "tuple": (1, 2),
            "nan": float("nan"), "count": np.int64(3), "loss": np.float32(0.5), "yes": np.bool(1)}
    nn.save(tmp_path / "a.npz", noisy_model(), **meta)
    back = nn.load(tmp_path / "a.npz", noisy_model())
    assert np.isnan(back.pop("nan")) and meta.pop("nan")
    assert back == meta | {"tuple": [1, 2]}


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_kind_of_generator_goes_on_where_it_was(kind, tmp_path):
    rng = np.random.Generator(getattr(np.random, kind)(3))
    rng.random(7)
    rng.integers(5, dtype=np.uint32)            # leaves half of a 64-bit number to be used next
    nn.checkpoint.write(tmp_path / "a.npz", {}, {"deep": [{"rng": rng}]})
    _, meta = nn.checkpoint.read(tmp_path / "a.npz")
    other = meta["deep"][0]["rng"]
    for draw in (lambda g: g.integers(2**31, size=999, dtype=np.uint32), lambda g: g.random(99)):
        np.testing.assert_array_equal(draw(other), draw(rng))


@pytest.mark.parametrize("array", [np.arange(6, dtype=np.int8).reshape(2, 3), np.ones((0, 3)),
                                   np.array(2.5, np.float32), np.array([True, False]),
                                   np.asfortranarray(np.arange(6.0).reshape(2, 3)),
                                   np.arange(9.0)[::-2]])
def test_arrays_of_every_kind(array, tmp_path):
    nn.checkpoint.write(tmp_path / "a.npz", {"deep/name.with.dots": array}, {})
    (name, back), = nn.checkpoint.read(tmp_path / "a.npz")[0].items()
    assert name == "deep/name.with.dots" and back.dtype == array.dtype and back.flags.writeable
    np.testing.assert_array_equal(back, array, strict=True)


def test_buffers_are_saved(tmp_path):
    model, other = nn.Linear(2, 2, rng=0), nn.Linear(2, 2, rng=0)
    model.running, other.running = np.arange(3.0), np.zeros(3)
    nn.save(tmp_path / "a.npz", model)
    nn.load(tmp_path / "a.npz", other)
    np.testing.assert_array_equal(other.running, [0, 1, 2])


def test_numpy_reads_it_too(tmp_path):
    model = nn.Linear(2, 2, rng=0)
    nn.save(tmp_path / "a.npz", model, note="hello")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["weight"], model.weight.data)
        assert json.loads(archive["about.json"].tobytes())["meta"]["note"] == "hello"


# ---- refusals ----------------------------------------------------------------------------------

def refused(path, model, optimiser=None, match=None):
    before = state_of(model, optimiser)
    with pytest.raises(sg.CheckpointError, match=match):
        nn.load(path, model, optimiser)
    assert_same(state_of(model, optimiser), before)


def test_another_model_is_refused_and_unchanged(tmp_path):
    path, model = tmp_path / "a.npz", noisy_model()
    nn.save(path, model, optim.Adam(model.parameters()))
    refused(path, nn.mlp(3, 8, 2, rng=0), match="generators")
    refused(path, nn.Sequential(nn.Linear(3, 8, rng=0), nn.Dropout(0.3, rng=0),
                                nn.Linear(8, 3, rng=0)), match="a.npz.*layers.2.weight")
    refused(path, nn.Sequential(nn.Linear(3, 8, rng=0), nn.Dropout(0.3, rng=0),
                                nn.Linear(8, 2, rng=0, bias=False)), match="layers.2.bias")
    model.layers[1].rng = np.random.Generator(np.random.MT19937(0))
    refused(path, model, match="MT19937")


def test_another_optimiser_is_refused_and_nothing_is_loaded(tmp_path):
    path, model, other = tmp_path / "a.npz", noisy_model(), noisy_model(seed=3)
    nn.save(path, model, optim.Adam(model.parameters()))
    refused(path, other, optim.SGD(other.parameters()), match="Adam, not of SGD")
    refused(path, other, optim.Adam(other.parameters()[:2]), match="number of parameters")
    refused(path, other, optim.Adam(other.parameters()[::-1]), match="shape")
    nn.save(path, model)
    refused(path, other, optim.Adam(other.parameters()), match="no optimiser state")


def test_a_missing_file_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError):
        nn.load(tmp_path / "none.npz", noisy_model())


def test_what_cannot_be_kept_is_refused_before_the_old_file_is_touched(tmp_path):
    path = tmp_path / "a.npz"
    nn.save(path, noisy_model(), step=1)
    content = path.read_bytes()
    with pytest.raises(TypeError, match="set"):
        nn.save(path, noisy_model(), bad={1, 2})
    with pytest.raises(TypeError, match="numbers, and x has dtype"):
        nn.checkpoint.write(path, {"x": np.array([1 + 2j])}, {})
    with pytest.raises(TypeError):
        nn.checkpoint.write(path, {"x": np.array(["text"])}, {})
    for name in ("_state", "about.json"):
        with pytest.raises(TypeError, match="taken"):
            nn.save(path, noisy_model(), **{name: 1}) if name == "_state" else \
                nn.checkpoint.write(path, {name: np.ones(1)}, {})
    assert path.read_bytes() == content and list(tmp_path.iterdir()) == [path]


# ---- backends ----------------------------------------------------------------------------------

def test_a_checkpoint_of_one_backend_loads_on_another(xp_backend, tmp_path):
    def both():
        model = nn.mlp(3, 4, 2, rng=0)
        return model, optim.Adam(model.parameters())

    def step(model, optimiser, asarray):
        x = np.linspace(-1, 1, 15).reshape(5, 3).astype(np.float32)
        optimiser.zero_grad()
        ops.sum(ops.square(model(asarray(x)))).backward()
        optimiser.step()

    model, optimiser = both()
    step(model, optimiser, xp_backend.asarray)
    nn.save(tmp_path / "there.npz", model, optimiser)
    with sg.backend.use("numpy"):
        host, host_optimiser = both()
    nn.load(tmp_path / "there.npz", host, host_optimiser)
    assert type(host.layers[0].weight.data) is np.ndarray
    step(host, host_optimiser, np.asarray)
    nn.save(tmp_path / "here.npz", host, host_optimiser)

    step(model, optimiser, xp_backend.asarray)
    again, again_optimiser = both()
    nn.load(tmp_path / "here.npz", again, again_optimiser)
    assert sg.backend.namespace(again.layers[0].weight.data) is xp_backend.space
    for p, q in zip(again.parameters(), model.parameters()):
        np.testing.assert_allclose(xp_backend.to_numpy(p), xp_backend.to_numpy(q), rtol=1e-5,
                                   atol=1e-7)
