"""What happens around the numbers, and what the package promises: the second half of the list.

Graphs and gradients, writing into arrays, dtypes and memory layout, other libraries, threads, then
data, checkpoints and training. (test_nasty_inputs.py is the first half: refusals and conventions.)
"""
import gzip
import os
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import Tensor, cli, data, nn, ops, optim, runs
from tests.data.idx_files import idx_bytes
from tests.support.backends import backend


def variable(values=(1.0, 2.0, 3.0), dtype=None):
    return Tensor(np.array(values, dtype), requires_grad=True)


# ---- graphs --------------------------------------------------------------------------------------

def test_backward_twice_accumulates_in_leaves_and_not_on_the_way():
    x = variable()
    h = x * x
    h.retain_grad()
    loss = (h * h).sum()
    for k in (1, 2):
        loss.backward()
        np.testing.assert_array_equal(x.grad, k * np.array([4, 32, 108]))
        np.testing.assert_array_equal(h.grad, [2, 8, 18])
    x.zero_grad()
    assert x.grad is None


def test_a_running_total_of_100_000_losses_is_a_graph_and_documented():
    x, total = variable(2.0), 0.0
    for _ in range(100_000):
        total = total + x
    total.backward()
    assert x.grad == 100_000
    assert "running total" in Tensor.item.__doc__


def test_nested_gradients_in_eight_threads_while_this_one_records_nothing():
    def work(k):
        assert (variable() * k).requires_grad
        second = sg.grad(sg.grad(lambda x: k * x ** 3))
        return [float(second(float(i))) for i in range(300)]

    with sg.no_grad(), ThreadPoolExecutor(8) as pool:
        for k, found in enumerate(pool.map(work, range(8))):
            assert found == [6 * k * i for i in range(300)]
        assert not (variable() * 2).requires_grad


# ---- writing into arrays -------------------------------------------------------------------------

def test_a_tensor_does_not_notice_that_its_source_changes():
    source = np.array([1.0, 2.0])
    x, p = variable(source), nn.Parameter(source)
    t = Tensor(source, requires_grad=True)
    source[:] = 9
    assert all((copy.data == [1, 2]).all() for copy in (x, p, t))


def test_values_that_are_given_out_are_copies():
    x = variable()
    x.numpy()[:] = 0
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [2, 4, 6])


def test_two_gradients_never_share_memory():
    a, b = variable(), variable()
    (a + b).sum().backward()
    a.grad *= 10
    np.testing.assert_array_equal(b.grad, [1, 1, 1])


def test_a_pullback_keeps_the_point_it_was_made_at():
    x = np.array([1.0, 2.0])
    _, pullback = sg.vjp(lambda x: x * x, x)
    x[:] = 0
    np.testing.assert_array_equal(pullback(np.ones(2))[0], [2, 4])


def test_writing_between_forward_and_backward_is_documented_on_data():
    x, factor = variable(), np.array([1.0, 1.0, 1.0])
    y = (x * factor).sum()
    factor[:] = 5
    y.backward()
    np.testing.assert_array_equal(x.grad, [5, 5, 5])
    assert "between forward and backward" in Tensor.__doc__


# ---- dtypes, layout, other libraries -------------------------------------------------------------

def test_dtypes_promote_as_in_numpy_and_numbers_do_not_count():
    single, double = np.ones(3, np.float32), np.ones(3)
    x = variable(single)
    assert (2.0 * x + 1).dtype == np.float32
    for y in (single * x, x / single, x ** 2.0, single @ x, np.float32(2) * x):
        assert isinstance(y, Tensor) and y.requires_grad and y.dtype == np.float32
    y = double * x
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_a_comparison_is_an_array():
    x = variable()
    for found in (x == np.array([1.0, 0.0, 3.0]), np.array([1.0, 0.0, 3.0]) == x):
        assert type(found) is np.ndarray and found.tolist() == [True, False, True]
    assert (2.0 < x).tolist() == [False, False, True] and len({x, x, variable()}) == 2


LAYOUTS = {"negative strides": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
           "Fortran order": np.asfortranarray, "every second": lambda a: np.repeat(a, 2, 1)[:, ::2],
           "stretched": lambda a: np.broadcast_to(a[:1], a.shape)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_memory_layout_and_read_only_arrays_make_no_difference(layout, rng):
    x = LAYOUTS[layout](rng.normal(size=(4, 6)))
    x.flags.writeable = False
    f = sg.value_and_grad(lambda x: ops.sum(ops.softmax(ops.tanh(x) @ x.mT) * ops.exp(x[:, :4])))
    (y, g), (y0, g0) = f(x), f(np.ascontiguousarray(x))
    np.testing.assert_allclose(y, y0, rtol=1e-14)
    np.testing.assert_allclose(g, g0, rtol=1e-13)


def test_a_variance_far_from_zero(rng):
    x = rng.normal(size=1000)
    far = 1e8 + x
    np.testing.assert_allclose(ops.var(far), ops.var(far - 1e8), rtol=1e-9)


def test_an_array_of_the_cpu_meets_one_of_the_gpu():
    with backend("fakecupy") as gpu, pytest.raises(TypeError, match="numpy and cupy"):
        Tensor(np.ones(2)) + Tensor(gpu.asarray([1.0, 2.0]))


def test_without_cupy_the_cpu_works_and_the_error_says_what_to_do(monkeypatch):
    import importlib.util
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n: None if n == "cupy" else find(n))
    with pytest.raises(sg.BackendError) as refusal:
        sg.backend.use("cupy")
    for word in ("CuPy is not installed", "pip install 'scratchgen[cuda", "numpy"):
        assert word in str(refusal.value)
    assert sg.backend.available()["cupy"] == (False, "CuPy is not installed")
    assert Tensor([1.0]).data.dtype == np.float64


# ---- optimisers ----------------------------------------------------------------------------------

def test_a_step_without_gradients_warns_once_and_moves_nothing():
    p = nn.Parameter([1.0, 2.0])
    optimiser = optim.Adam([p], weight_decay=0.1)
    with pytest.warns(UserWarning, match="loss.backward") as caught:
        optimiser.step()
    assert len(caught) == 1
    np.testing.assert_array_equal(p.data, [1, 2])


def test_a_forgotten_zero_grad_accumulates_and_is_documented():
    p = nn.Parameter([1.0])
    for _ in range(2):
        (p * 3.0).sum().backward()
    assert p.grad == 6 and "adds to those" in optim.Adam.zero_grad.__doc__


def test_a_step_is_applied_whole_or_not_at_all():
    p, q = nn.Parameter([1.0]), nn.Parameter([2.0])
    optimiser = optim.SGD([p, q], lr=0.1)
    p.grad, q.grad = np.ones(1, np.float32), np.ones(2, np.float32)
    with pytest.raises(sg.ShapeError):
        optimiser.step()
    assert p.data == 1 and q.data == 2


# ---- data ----------------------------------------------------------------------------------------

def test_missing_data_say_where_which_how_and_what_else(tmp_path):
    with pytest.raises(FileNotFoundError) as refusal:
        data.load("mnist", tmp_path)
    for word in (str(tmp_path), "sha256 440fcabf", "scratchgen data fetch mnist", "--data digits"):
        assert word in str(refusal.value)


IDX = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))
DAMAGED = {"truncated": ("a", IDX[:-1]), "too long": ("a", IDX + b"0"), "empty": ("a", b""),
           "little-endian": ("a", IDX[3::-1] + IDX[4:]), "HTML": ("a", b"<!doctype html><html>"),
           "HTML for gzip": ("a.gz", b"<!doctype html><html>"),
           "gzip, truncated": ("a.gz", gzip.compress(IDX)[:-9]),
           "a header of 2^96 bytes": ("a", IDX[:4] + b"\xff" * 12 + IDX[16:]),
           "the same, in gzip": ("a.gz", gzip.compress(IDX[:4] + b"\xff" * 12 + IDX[16:]))}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_data_file_is_one_error_with_its_name(what, tmp_path):
    name, content = DAMAGED[what]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(sg.DataError, match=f"{name} is not a readable IDX file\n  expected "):
        data.read_idx(tmp_path / name)


def test_nan_in_a_data_file_is_counted(tmp_path):
    (tmp_path / "a").write_bytes(idx_bytes(np.array([1, np.nan], np.float32)))
    with pytest.warns(UserWarning, match="1 of 2 numbers are NaN"):
        assert np.isnan(data.read_idx(tmp_path / "a")[1])


# ---- checkpoints ---------------------------------------------------------------------------------

class Bomb:
    """Unpickling it would be running somebody else's code."""

    def __reduce__(self):
        return os.mkdir, ("exploded",)


def damaged(tmp_path):
    """(what, path) of checkpoints that must be refused by a Linear(2, 2)."""
    good = tmp_path / "good"
    nn.save(good, nn.Linear(2, 2, rng=1))
    content = good.read_bytes()
    middle = content.index(b"NUMPY") + 140                          # within the first array
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]
    for what, content in (("cut", content[:-40]), ("flipped", flipped), ("empty", b""),
                          ("text", b"not a checkpoint")):
        (tmp_path / what).write_bytes(content)
    np.savez(tmp_path / "foreign", weight=np.ones((2, 2)), bias=np.ones(2))
    np.savez(tmp_path / "pickled", weight=np.array([Bomb()], object), bias=np.ones(2))
    nn.save(tmp_path / "shape", nn.Linear(2, 3, rng=1))
    nn.save(tmp_path / "name", nn.Sequential(nn.Linear(2, 2, rng=1)))
    names = ("cut", "flipped", "empty", "text", "foreign.npz", "pickled.npz", "shape", "name")
    return [tmp_path / name for name in names]


def test_a_wrong_checkpoint_is_one_error_and_changes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layer = nn.Linear(2, 2, rng=0)
    before = layer.state_dict()
    for path in damaged(tmp_path):
        with pytest.raises(sg.CheckpointError, match=path.name):
            nn.load(path, layer)
        for name, values in layer.state_dict().items():
            np.testing.assert_array_equal(values, before[name], err_msg=path.name)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("moment", ["fsync", "replace"])
@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_an_interrupted_save_leaves_the_old_checkpoint(moment, error, tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    nn.save(path, nn.Linear(2, 2, rng=0), step=1)

    def interrupt(*_):
        raise error

    monkeypatch.setattr(os, moment, interrupt)
    with pytest.raises(type(error)):
        nn.save(path, nn.Linear(2, 2, rng=1), step=2)
    monkeypatch.undo()
    assert nn.load(path, nn.Linear(2, 2, rng=2)) == {"step": 1}
    assert os.listdir(tmp_path) == ["a.npz"]
    with pytest.raises(FileNotFoundError, match="nowhere"):
        nn.save(tmp_path / "nowhere" / "a.npz", nn.Linear(2, 2, rng=0))


# ---- training and the command line ---------------------------------------------------------------

@pytest.mark.parametrize("number, words", [
    (np.nan, "the batch itself contains NaN"), (1e30, "the first op that made it is kl_standard")])
def test_training_stops_at_what_is_not_finite_with_the_step_and_the_op(number, words, tmp_path):
    training = runs.Training(runs.Settings(hidden=(4,), latent=2, likelihood="gaussian"), tmp_path)
    training.train_images[:] = number
    with pytest.raises(runs.NonFiniteLoss, match=f"at step 1: .*{words}"), warnings.catch_warnings(
            action="ignore"), np.errstate(all="ignore"):
        next(training.epochs())


@pytest.mark.parametrize("command, named", [
    ("train gpt", "vae, ae"), ("train vae --data cats", "digits"), ("fly", "train"),
    ("train vae --likelihood cauchy", "gaussian"), ("train vae --set lr", "NAME=VALUE"),
    ("train vae --set speed=1", "lr"), ("train vae --set lr=nan", "positive"),
    ("train vae --epochs many", "many"), ("train vae --seed -1", "seed"), ("lesson 99", "12"),
    ("train vae --out FILE/run", "cannot write"), ("data fetch cats", "mnist")])
def test_a_wrong_command_is_exit_2_and_one_line(command, named, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").write_text("in the way")
    assert cli.main(command.split()) == 2
    error = capsys.readouterr().err
    assert named in error and len(error.strip().splitlines()) == 1
    assert os.listdir(tmp_path) == ["FILE"]
