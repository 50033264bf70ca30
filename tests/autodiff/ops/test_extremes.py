"""Where floating point is hardest: large, small, far from 0.  NumPy's warnings are errors here."""
import math
from fractions import Fraction

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops

HUGE = np.array([-1e30, -1e3, -745.0, -40.0, -1e-300, 0.0, 1e-300, 40.0, 745.0, 1e3, 1e30])


def value_and_slope(op, x):
    x = sg.Tensor(x, requires_grad=True)
    y = op(x)
    y.sum().backward()
    return y.data, x.grad


@pytest.mark.parametrize("op", [ops.sigmoid, ops.log_sigmoid, ops.softplus, ops.tanh, ops.elu,
                                ops.silu, ops.erf, ops.relu, ops.leaky_relu, ops.atan, ops.abs],
                         ids=lambda op: op.__name__)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_are_finite_everywhere(op, dtype):
    squares = op in (ops.erf, ops.atan)             # x^2 has to be a number
    x = np.clip(HUGE, -1e15, 1e15) if squares else HUGE
    value, slope = value_and_slope(op, x.astype(dtype))
    assert np.isfinite(value).all() and np.isfinite(slope).all()


def test_sigmoid_keeps_small_probabilities():
    x = np.array([-700.0, -40.0])
    np.testing.assert_allclose(ops.sigmoid(x), np.exp(x), 1e-15)
    value, slope = value_and_slope(ops.sigmoid, np.array([-700.0]))
    np.testing.assert_allclose(slope, np.exp([-700.0]), 1e-15)


def test_log_sigmoid_and_softplus_keep_small_values():
    value, slope = value_and_slope(ops.log_sigmoid, np.array([700.0, 40.0, -1e3]))
    np.testing.assert_allclose(value, [-math.exp(-700), -math.exp(-40), -1e3], 1e-15)
    np.testing.assert_allclose(slope, [math.exp(-700), math.exp(-40), 1], 1e-15)
    value, slope = value_and_slope(ops.softplus, np.array([-700.0, -40.0, 1e3]))
    np.testing.assert_allclose(value, [math.exp(-700), math.exp(-40), 1e3], 1e-15)


def test_expm1_and_log1p_keep_every_digit_near_zero():
    x = np.array([1e-300, 1e-20, -1e-9])
    np.testing.assert_allclose(ops.expm1(x), x, 1e-9)
    np.testing.assert_allclose(ops.log1p(x), x, 1e-9)
    _, slope = value_and_slope(ops.expm1, np.array([-40.0]))
    np.testing.assert_allclose(slope, math.exp(-40), 1e-15)


@pytest.mark.parametrize("size", [1e3, 1e30, 1e300])
def test_logits_of_any_size(size):
    """A certain class has probability 1, two equal ones 1/2; nothing overflows."""
    x = sg.Tensor(np.array([size, -size, size]), requires_grad=True)
    np.testing.assert_allclose(ops.logsumexp(x).data, size + math.log(2), 1e-15)
    ops.logsumexp(x).backward()
    np.testing.assert_array_equal(x.grad, [0.5, 0, 0.5])
    x.zero_grad()
    np.testing.assert_array_equal(ops.softmax(x).data, [0.5, 0, 0.5])
    y = ops.log_softmax(x)
    np.testing.assert_allclose(y.data, [-math.log(2), -2 * size - math.log(2), -math.log(2)])
    y.sum().backward()
    np.testing.assert_allclose(x.grad, 1 - 3 * np.array([0.5, 0, 0.5]))


def test_logsumexp_in_float32_does_not_overflow():
    value, slope = value_and_slope(ops.logsumexp, np.array([1e4, 1e4, -1e4], np.float32))
    assert value.dtype == np.float32 and value == np.float32(1e4 + math.log(2))
    np.testing.assert_array_equal(slope, [0.5, 0.5, 0])


@pytest.mark.parametrize("logit", [1e3, 1e30, np.inf])
def test_bce_of_certain_logits(logit):
    """Right and certain costs nothing, wrong and certain all of it; the slope is sigmoid - t."""
    logits = sg.Tensor([logit, -logit, logit, -logit], requires_grad=True)
    loss = ops.bce_with_logits(logits, np.array([1.0, 0.0, 0.0, 1.0]))
    np.testing.assert_array_equal(loss.data, [0, 0, logit, logit])
    loss.sum().backward()
    np.testing.assert_array_equal(logits.grad, [0, 0, 1, -1])


def test_bce_keeps_small_losses():
    loss = ops.bce_with_logits(np.array([40.0, -700.0]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(loss, np.exp([-40.0, -700.0]), 1e-15)


def test_kl_near_the_prior_keeps_its_digits():
    """KL(N(0, exp(s)^2) || N(0, 1)) = s^2 + 2/3 s^3 + ..., what (exp(2s) - 1)/2 - s leaves over."""
    s = 1e-5
    value = ops.kl_standard_normal(np.zeros(1), np.full(1, s))
    np.testing.assert_allclose(value, s * s + 2 * s ** 3 / 3, rtol=1e-9)
    log_scale = sg.Tensor([1e-12], requires_grad=True)
    ops.kl_standard_normal(np.zeros(1), log_scale).sum().backward()
    np.testing.assert_allclose(log_scale.grad, 2e-12, rtol=1e-11)


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
def test_variance_and_normalise_far_from_zero(offset):
    """Against exact rational arithmetic on the very same floats."""
    x = offset + np.random.default_rng(0).normal(size=(50, 2))
    exact = [[Fraction(v) for v in column] for column in x.T]
    means = [sum(column) / 50 for column in exact]
    var = [sum((v - m) ** 2 for v in column) / 50 for column, m in zip(exact, means)]
    np.testing.assert_allclose(ops.var(x, axis=0), [float(v) for v in var], 1e-12)
    np.testing.assert_allclose(ops.std(x, axis=0), [math.sqrt(v) for v in var], 1e-12)
    expected = [[float(v - m) / math.sqrt(s + Fraction(1, 100)) for v in column]
                for column, m, s in zip(exact, means, var)]
    y = ops.normalise(x, axis=0, eps=0.01)
    np.testing.assert_allclose(y.T, expected, 1e-10, 1e-12)
    t = sg.Tensor(x, requires_grad=True)
    t.var(axis=0).sum().backward()
    slope = [[float(v - m) / 25 for v in column] for column, m in zip(exact, means)]
    np.testing.assert_allclose(t.grad.T, slope, 1e-10, 1e-12)


def test_second_derivative_of_normalise_does_not_take_its_scale_for_constant():
    """y of two numbers is (-c, c) with c = d / sqrt(d^2 + eps), d half their distance: by hand."""
    def f(d):
        return ops.normalise(ops.stack([-d, d]), axis=0, eps=1.0)[1]
    first, second = sg.grad(f), sg.grad(sg.grad(f))
    d = 0.7
    np.testing.assert_allclose(first(d), (d * d + 1) ** -1.5, 1e-14)
    np.testing.assert_allclose(second(d), -3 * d * (d * d + 1) ** -2.5, 1e-13)


def test_gaussian_nll_of_a_sharp_and_of_a_flat_normal():
    x = sg.Tensor([1e-6, 1e6], requires_grad=True)
    y = ops.gaussian_nll(x, np.zeros(2), np.array([-15.0, 300.0]))
    half_log_tau = math.log(2 * math.pi) / 2
    np.testing.assert_allclose(y.data, [(1e-6 * math.exp(15)) ** 2 / 2 - 15 + half_log_tau,
                                        300 + half_log_tau], 1e-14)


def test_ordinary_inputs_raise_no_warning_in_float32():
    """Values that a network meets: |x| up to 100, in single precision."""
    x = np.linspace(-100, 100, 401, dtype=np.float32)
    for op in (ops.sigmoid, ops.softplus, ops.log_sigmoid, ops.tanh, ops.silu, ops.gelu, ops.elu,
               ops.erf, ops.softmax, ops.log_softmax, ops.logsumexp):
        value, slope = value_and_slope(op, x)
        assert value.dtype == slope.dtype == np.float32
        assert np.isfinite(value).all() and np.isfinite(slope).all()
