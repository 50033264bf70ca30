"""Log-densities, entropies and divergences against PyTorch, and at the extremes against mpmath."""
from pathlib import Path

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Bernoulli, Normal, kl
from tests.reference.fixture import direction, read

CASES = read(Path(__file__).with_name("distributions.npz"))
CALLS = {
    "normal.log_prob": lambda x, loc, scale: Normal(loc, scale).log_prob(x),
    "normal.entropy": lambda loc, scale: Normal(loc, scale).entropy(),
    "normal.kl": lambda loc, scale, m, s: kl(Normal(loc, scale), Normal(m, s)),
    "bernoulli.log_prob": lambda x, logits: Bernoulli(logits).log_prob(x),
    "bernoulli.entropy": lambda logits: Bernoulli(logits).entropy(),
    "bernoulli.kl": lambda p, q: kl(Bernoulli(p), Bernoulli(q)),
}
# A divergence of almost equal distributions, or of almost certain bits, is a difference of numbers
# near 1: it is right to 1e-15 of those.  Everything else is right to 1e-12 of its value.
ABSOLUTE = {"normal.kl": 1e-15, "bernoulli.kl": 1e-15, "bernoulli.entropy": 1e-15}
DIFFERENTIABLE = [case for case in CASES if any(g is not None for g in case.gradients)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_value(case):
    value = CALLS[case.op](*case.inputs)
    assert value.shape == case.output.shape
    np.testing.assert_allclose(value, case.output, 1e-12, ABSOLUTE.get(case.op, 1e-300))


@pytest.mark.parametrize("case", DIFFERENTIABLE, ids=lambda case: case.name)
def test_gradient(case):
    inputs = [x if g is None else sg.Tensor(x, requires_grad=True)
              for x, g in zip(case.inputs, case.gradients)]
    output = CALLS[case.op](*inputs)
    output.backward(direction(output.shape))
    for x, expected in zip(inputs, case.gradients):
        if expected is not None:
            # the entropy of a normal has nothing to do with its location
            found = np.zeros(x.shape) if x.grad is None else x.grad
            np.testing.assert_allclose(found, expected, 1e-11, 1e-13)


@pytest.mark.parametrize("case", [c for c in DIFFERENTIABLE if c.op == "normal.log_prob"],
                         ids=lambda case: case.name)
def test_log_scale_is_another_name_for_the_scale(case):
    x, loc, scale = case.inputs
    found = Normal(loc, log_scale=np.log(scale)).log_prob(x)
    np.testing.assert_allclose(found, case.output, 1e-12, 1e-15)
