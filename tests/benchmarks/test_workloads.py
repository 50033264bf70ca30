"""The six steps: what they compute, in this package and in whatever peers are installed."""
import importlib
import math

import numpy as np
import pytest

from benchmarks import contenders, kernels, layers, rounds, workloads
from benchmarks.workloads import start

SMALL = {"chain": 3}
PEERS = [c for name, c in contenders.CONTENDERS.items() if name in contenders.PEERS]


def three_steps(contender, name):
    made = workloads.build(contender, name, SMALL.get(name, 4))
    return made and workloads.losses([made[0]() for _ in range(3)])


@pytest.mark.parametrize("name", workloads.CASES)
def test_every_workload_steps_and_all_but_the_chain_learn(name):
    losses = three_steps(contenders.CONTENDERS["scratchgen"], name)
    assert len(losses) == (6 if "gan" in name or name == "chain" else 3)
    if "gan" not in name and name != "chain":
        assert losses[2] < losses[1] < losses[0]
    if "gan" in name:
        assert losses[4] < losses[2] < losses[0]        # the discriminator's, at its start
    if name == "chain":
        assert losses[0] == losses[2] == losses[4]


def test_the_first_loss_is_that_of_the_given_weights_and_noise():
    w, x = start.parameters("vae"), start.data("vae", 4)
    eps = start.standard_normal(start.noise(), 4, 20)

    def mlp(w, x):
        return np.maximum(x @ w[0] + w[1], 0) @ w[2] + w[3]

    loc, s = np.split(mlp(w[:4], x), 2, axis=1)
    logits = mlp(w[4:], loc + np.exp(s) * eps)
    loss = np.sum(np.logaddexp(0, logits) - x * logits) \
        + 0.5 * np.sum(np.exp(2 * s) + loc**2 - 1 - 2 * s)
    first = three_steps(contenders.CONTENDERS["scratchgen"], "vae")[0]
    assert first == pytest.approx(loss / 4, rel=1e-5)


def test_the_chain_has_the_value_and_gradient_of_finite_differences():
    def last(x):
        y = x
        for _ in range(3):
            y = math.tanh(y * x + x) + x
        return y

    value, gradient = three_steps(contenders.CONTENDERS["scratchgen"], "chain")[:2]
    assert value == pytest.approx(last(0.1), rel=1e-6)
    assert gradient == pytest.approx((last(0.1 + 1e-6) - last(0.1 - 1e-6)) / 2e-6, rel=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("contender", PEERS, ids=lambda c: c.name)
def test_a_peer_computes_the_same_losses(contender):
    if contender.missing():
        pytest.skip(contender.missing())
    contender.load()
    for name in workloads.CASES:
        losses = three_steps(contender, name)
        if losses is None:
            assert contender.library == "autograd" and name in workloads.CONVOLUTIONAL
        else:
            assert rounds.agree(losses, three_steps(contenders.CONTENDERS["scratchgen"], name))


def test_a_workload_starts_from_the_same_numbers_each_time():
    for name in workloads.CASES:
        first, second = start.parameters(name), start.parameters(name)
        assert all((a == b).all() for a, b in zip(first, second))
        assert all(x.dtype == "float32" for x in first)


def test_channels_first_is_the_same_map_of_images():
    x = np.arange(2 * 3 * 4).reshape(1, 2, 3, 4)                # (N, H, W, C)
    w = np.arange(24 * 5).reshape(24, 5) % 7
    moved = start.channels_first(w.T, (2, 3)).T
    assert (x.reshape(1, -1) @ w == x.transpose(0, 3, 1, 2).reshape(1, -1) @ moved).all()


def test_what_a_library_lacks_is_not_there():
    assert workloads.exists("autograd", "vae") and not workloads.exists("autograd", "cvae")
    assert not workloads.exists("no_such_library", "vae")
    assert workloads.build(contenders.CONTENDERS["dezero"], "vae", 4, device="gpu") is None


@pytest.mark.parametrize("name", layers.CASES)
def test_every_layer_runs_forward_and_backward(name):
    call, operations = layers.build(contenders.CONTENDERS["scratchgen"], name, 2)
    assert call().shape == (2, *layers.LAYERS[name].image) and operations == 1


@pytest.mark.parametrize("name", kernels.CASES)
def test_every_kernel_runs_and_is_counted(name):
    call, _ = kernels.build(contenders.CONTENDERS["scratchgen"], name, 4)
    x, y = kernels.values(name, 4)
    found = call()
    if name == "conv":
        assert found.shape == (4, 28, 28, 64)
    else:
        expected = {"copy": x, "elementwise": x * y + x, "matrix": x @ y}[name]
        assert np.allclose(found, expected)
    assert kernels.counts(name, 8)[1] > kernels.counts(name, 4)[1]


@pytest.mark.parametrize("text, names", [
    ("", []), ("all", list(contenders.PEERS)), ("jax, torch,jax", ["jax", "torch"])])
def test_peers_are_chosen_by_name(text, names):
    assert contenders.choose(text) == names


def test_a_peer_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="no peer 'theano': choose among torch"):
        contenders.choose("torch,theano")


def test_a_tuned_contender_takes_no_part_where_there_is_nothing_to_tune():
    tuned = contenders.CONTENDERS["torch-tuned"]
    for suite in ("overhead", "kernels"):
        module = importlib.import_module(f"benchmarks.{suite}")
        assert module.build(tuned, next(iter(module.CASES)), 4) is None
