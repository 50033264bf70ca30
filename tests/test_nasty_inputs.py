"""What people do to such a package, and what it promises: a list to consult, each row a test.

First the refusals: what is done, the error, and the words that its message must contain. Then the
values and gradients at kinks, poles and extremes. Layers have thorough tests of their own; here
everything goes through the public interface, as an outsider would use it. (test_nasty_events.py
goes on with what takes more than a line: graphs, writing into arrays, files, interruptions.)
"""
import numpy as np
import pytest
from numpy.linalg import LinAlgError

import scratchgen as sg
from scratchgen import ShapeError, Tensor, data, models, nn, ops, optim
from scratchgen.distributions import Bernoulli, Normal, kl, kl_monte_carlo

inf, nan = np.inf, np.nan
ones, zeros = np.ones, np.zeros


def variable(values=(1.0, 2.0, 3.0), dtype=None):
    return Tensor(np.array(values, dtype), requires_grad=True)


def layer(**settings):
    return nn.Linear(3, 2, rng=0, **settings)


def weights(*values):
    return [nn.Parameter(v) for v in values]


# ---- refusals ------------------------------------------------------------------------------------
# what is done                          how                             error, words in its message
REFUSALS = {
    "an integer asks for a gradient":   (lambda: Tensor([1, 2], requires_grad=True),
                                         TypeError, "int64", "astype"),
    "so does a boolean":                (lambda: Tensor([True], requires_grad=True),
                                         TypeError, "bool"),
    "the gradient at an integer":       (lambda: sg.grad(lambda x: x * x)(3),
                                         TypeError, "argument 0", "int64", "1.0"),
    "text":                             (lambda: Tensor(np.array(["a"])), TypeError, "<U1"),
    "text in an op":                    (lambda: ops.add(np.array(["a"]), np.array(["b"])),
                                         TypeError, "add", "<U2"),
    "objects":                          (lambda: Tensor(np.array([object()])), TypeError, "object"),
    "objects in an op":                 (lambda: ops.add(zeros(2, object), 1.0),
                                         TypeError, "add", "object"),
    "objects in a sum":                 (lambda: ops.sum(zeros(2, object)), TypeError, "numbers"),
    "objects beside a Tensor":          (lambda: variable([1.0]) * zeros(1, object),
                                         TypeError, "multiply", "object"),
    "texts as targets":                 (lambda: ops.bce_with_logits(zeros(1), np.array(["1"])),
                                         TypeError, "<U1"),
    "dates as parameters":              (lambda: Normal(zeros(1, "datetime64[s]"), 1.0),
                                         TypeError, "datetime64"),
    "complex numbers":                  (lambda: variable([1.0]) * np.array([1j]),
                                         TypeError, "complex128"),

    "labels that are floats":           (lambda: ops.softmax_cross_entropy(zeros((2, 3)), ones(2)),
                                         TypeError, "labels", "integers", "float64"),
    "a label out of range":             (lambda: ops.softmax_cross_entropy(
                                            zeros((2, 3)), np.array([0, 3])),
                                         IndexError, "labels[1] = 3", "0 ... 2", "3 classes"),
    "a negative label":                 (lambda: ops.softmax_cross_entropy(
                                            zeros((2, 3)), np.array([-1, 0])),
                                         IndexError, "labels[0] = -1", "0 ... 2"),
    "a target above 1":                 (lambda: ops.bce_with_logits(zeros(2), np.array([0, 1.5])),
                                         ValueError, "[0, 1]", "1.5"),
    "a probability below 0":            (lambda: ops.bce_with_logits(zeros(2), np.array([-.1, 1])),
                                         ValueError, "[0, 1]", "-0.1"),
    "grey pixels for a Bernoulli":      (lambda: Bernoulli(zeros(2)).log_prob(np.array([0, 0.5])),
                                         ValueError, "bits", "50.0%", "binarise"),
    "bytes as images":                  (lambda: data.binarise(np.array([0, 255])),
                                         ValueError, "[0, 1]", "255"),
    "a probability to drop of 1":       (lambda: nn.Dropout(1.0, rng=0), ValueError, "p < 1"),
    "a negative standard deviation":    (lambda: Normal(0.0, np.array([1.0, -1.0])),
                                         ValueError, "Normal", "scale", "-1"),
    "a standard deviation of 0":        (lambda: Normal(0.0, 0.0), ValueError, "scale", "> 0"),
    "two scales":                       (lambda: Normal(0.0, 1.0, log_scale=0.0),
                                         ValueError, "exactly one", "both"),
    "a matrix that is not definite":    (lambda: ops.cholesky(-np.eye(2)),
                                         LinAlgError, "not positive definite"),
    "a singular system":                (lambda: ops.solve(ones((2, 2)), ones(2)),
                                         LinAlgError, "ingular"),
    "d log |det| of a singular matrix": (lambda: sg.grad(ops.logabsdet)(ones((2, 2))),
                                         LinAlgError, "ingular"),

    "matrices that do not fit":         (lambda: variable(ones((2, 3))) @ ones((4, 5)),
                                         ShapeError, "matmul", "J is 3", "4", "(2, 3)", "(4, 5)"),
    "shapes that do not broadcast":     (lambda: variable(ones((2, 3))) + ones(4),
                                         ShapeError, "add", "axis -1", "(2, 3)", "(4,)"),
    "a batch that fits no layer":       (lambda: layer()(ones((1, 4), np.float32)),
                                         ShapeError, "Linear(3, 2)", "I is 4", "(1, 4)"),
    "... in the middle of a network":   (lambda: nn.Sequential(layer(), layer())(
                                            ones((1, 3), np.float32)),
                                         ShapeError, "layer 1", "I is 2 in x but 3 in w"),
    "(N,) against (N, 1): bce":         (lambda: ops.bce_with_logits(zeros(3), zeros((3, 1))),
                                         ShapeError, "never broadcast", "(3,)", "(3, 1)"),
    "(N,) against (N, 1): normal":      (lambda: ops.gaussian_nll(zeros(3), zeros((3, 1)), 0.0),
                                         ShapeError, "never broadcast", "(3,)", "(3, 1)"),
    "(N, 1) labels":                    (lambda: ops.softmax_cross_entropy(
                                            zeros((3, 2)), zeros((3, 1), int)),
                                         ShapeError, "labels", "(3, 1)"),
    "draws of other shapes":            (lambda: kl(Normal(zeros(2), 1.0), Normal(zeros(3), 1.0)),
                                         ShapeError, "kl", "2 in p but 3 in q"),

    "the mean of an empty batch":       (lambda: variable(zeros((0, 3))).mean(),
                                         ValueError, "mean of nothing", "(0, 3)"),
    "the mean loss of an empty batch":  (lambda: ops.mean(ops.softmax_cross_entropy(
                                            zeros((0, 3)), zeros(0, int))),
                                         ValueError, "mean of nothing", "(0,)"),
    "the maximum of nothing":           (lambda: ops.max(zeros((2, 0)), axis=1),
                                         ValueError, "max of nothing"),
    "normalising nothing":              (lambda: ops.normalise(zeros((0, 3)), axis=0),
                                         ValueError, "normalise of nothing"),
    "the spread of one value":          (lambda: ops.var(ones((1, 3)), axis=0, correction=1),
                                         ValueError, "more than 1"),
    "the bound of an empty batch":      (lambda: models.vae_dense(3, 1, (2,), rng=0).elbo(
                                            zeros((0, 3), np.float32), rng=0),
                                         ValueError, "empty", "(0, 3)"),
    "a standard error from one draw":   (lambda: kl_monte_carlo(Normal(0.0, 1.0), Normal(1.0, 1.0),
                                                                1, rng=0), ValueError, "n >= 2"),

    "backward from a vector":           (lambda: (variable() * 2).backward(),
                                         ValueError, "(3,)", "seed", "sum()"),
    "a seed of another shape":          (lambda: (variable() * 2).backward(ones(2)),
                                         ShapeError, "seed", "(3,)", "(2,)"),
    "backward on a detached graph":     (lambda: variable().detach().sum().backward(),
                                         ValueError, "requires a gradient", "no_grad"),
    "the gradient of a vector":         (lambda: sg.grad(lambda x: x * 2)(ones(3)),
                                         ShapeError, "single number", "(3,)", "jacobian"),
    "is one of many true?":             (lambda: bool(variable()), ValueError, "(3,)", "ambiguous"),
    "a Tensor as an array":             (lambda: np.asarray(variable()), TypeError, "t.numpy()"),
    "np.exp of a Tensor":               (lambda: np.exp(variable()), TypeError, "Tensor"),
    "np.sum of a Tensor":               (lambda: np.sum(variable()), TypeError, "sum"),
    "np.concatenate of Tensors":        (lambda: np.concatenate([variable(), variable()]),
                                         TypeError, "gradient"),
    "np.linalg.norm of a Tensor":       (lambda: np.linalg.norm(variable()), TypeError, "gradient"),
    "float64 into a float32 layer":     (lambda: layer()(ones((1, 3))),
                                         TypeError, "Linear(3, 2)", "float32", "float64", "astype"),
    "float64 into LayerNorm":           (lambda: nn.LayerNorm(3)(ones((1, 3))),
                                         TypeError, "LayerNorm(3)", "float32", "float64"),

    "no source of randomness":          (lambda: nn.Linear(3, 2), TypeError, "'rng'"),
    "NumPy's global random state":      (lambda: nn.Linear(3, 2, rng=np.random),
                                         TypeError, "rng", "Generator", "module"),
    "its old generator":                (lambda: Normal(0., 1.).sample(rng=np.random.RandomState()),
                                         TypeError, "rng", "RandomState"),
    "a learning rate below 0":          (lambda: optim.SGD(weights(1.0), lr=-0.1),
                                         ValueError, "lr", "-0.1"),
    "a learning rate of NaN":           (lambda: optim.Adam(weights(1.0), lr=nan),
                                         ValueError, "lr", "nan"),
    "no parameters":                    (lambda: optim.Adam([]), ValueError, "none"),
    "the same parameter twice":         (lambda: optim.Adam(weights(1.0) * 2),
                                         ValueError, "same parameter"),
    "a parameter without a list":       (lambda: optim.Adam(nn.Parameter([1.0])),
                                         TypeError, "a list of parameters", "Parameter"),
    "a model, not its parameters":      (lambda: optim.Adam(layer()),
                                         TypeError, "model.parameters()", "Linear"),
    "one beta":                         (lambda: optim.Adam(weights(1.0), betas=(0.9,)),
                                         ValueError, ""),
    "an array in a parameter's place":  (lambda: setattr(layer(), "weight", ones((3, 2))),
                                         TypeError, "Linear.weight", ".data"),
    "a parameter of another shape":     (lambda: setattr(layer().weight, "data", ones((2, 3))),
                                         ShapeError, "(3, 2)", "(2, 3)"),
    "a state of another shape":         (lambda: layer().load_state_dict(
                                            {"weight": ones((2, 3)), "bias": ones(2)}),
                                         sg.CheckpointError, "weight", "(3, 2)", "(2, 3)"),
    "a state with an unknown name":     (lambda: layer().load_state_dict(
                                            {"weight": ones((3, 2)), "beta": ones(2)}),
                                         sg.CheckpointError, "missing   bias", "unknown   beta"),
    "a backend that does not exist":    (lambda: sg.backend.use("torch"),
                                         sg.BackendError, "'torch'", "numpy, cupy"),
    "a data set that does not exist":   (lambda: data.load("minst"),
                                         ValueError, "mnist, fashion-mnist", "mnist?"),
    "a likelihood that does not exist": (lambda: models.vae_dense(3, 1, likelihood="cauchy", rng=0),
                                         ValueError, "'cauchy'", "bernoulli, gaussian"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_refused(what):
    do, error, *words = REFUSALS[what]
    with pytest.raises(error) as refusal:
        do()
    assert all(word in str(refusal.value) for word in words), str(refusal.value)


# ---- values and gradients where there is a convention --------------------------------------------
# what is done                          how, at x                       value, gradient of its sum
VALUES = {
    "log(0)":                           (ops.log, [0, 1],               [-inf, 0], [inf, 1]),
    "sqrt(0)":                          (ops.sqrt, [0, 4],              [0, 2], [inf, 0.25]),
    "|0|":                              (ops.abs, [-2, 0, 3],           [2, 0, 3], [-1, 0, 1]),
    "relu at 0":                        (ops.relu, [-1, 0, 1],          [0, 0, 1], [0, 0, 1]),
    "leaky relu at 0":                  (ops.leaky_relu, [-1, 0, 1],    [-.2, 0, 1], [.2, .2, 1]),
    "clip at its edges":                (lambda x: ops.clip(x, -1, 1), [-2, -1, 1, 2],
                                         [-1, -1, 1, 1], [0, 1, 1, 0]),
    "the length of nothing":            (ops.norm, [0, 0],              0, [0, 0]),
    "the spread of equal values":       (ops.std, [7, 7],               0, [0, 0]),
    "a channel without variance":       (lambda x: ops.normalise(x, axis=0), [7, 7],
                                         [0, 0], [0, 0]),
    "two largest":                      (ops.max, [3, 1, 3],            3, [0.5, 0, 0.5]),
    "two smallest":                     (ops.min, [1, 1, 2],            1, [0.5, 0.5, 0]),
    "equal to the bound":               (lambda x: ops.maximum(x, 1.0), [0, 1, 2],
                                         [1, 1, 2], [0, 0.5, 1]),
    "0 to the power of 0":              (lambda x: x ** 0, [0, 2],      [1, 1], [0, 0]),
    "where with a bad branch":          (lambda x: ops.where(x > 0, ops.log(x), 0.0), [0, 1],
                                         [0, 0], [nan, 1]),
    "where, the safe form":             (lambda x: ops.where(x > 0, ops.log(
                                            ops.where(x > 0, x, 1.0)), 0.0), [0, 1],
                                         [0, 0], [0, 1]),
    "softmax of nothing but -inf":      (ops.softmax, [-inf, -inf],     [nan, nan], [nan, nan]),
    "logsumexp of nothing but -inf":    (ops.logsumexp, [-inf, -inf],   -inf, [nan, nan]),
    "logsumexp with one -inf":          (ops.logsumexp, [-inf, 2],      2, [0, 1]),
    "logits of 1e30":                   (ops.softmax, [1e30, -1e30, 1e30],
                                         [0.5, 0, 0.5], [0, 0, 0]),
    "bce of certain logits":            (lambda u: ops.bce_with_logits(u, np.array([1, 0, 0, 1])),
                                         [1e30, -1e30, 1e30, -1e30], [0, 0, 1e30, 1e30],
                                         [0, 0, 1, -1]),
    "bce of infinite logits":           (lambda u: ops.bce_with_logits(u, np.array([1, 0, 0, 1])),
                                         [inf, -inf, inf, -inf], [0, 0, inf, inf], [0, 0, 1, -1]),
    "a Bernoulli that is certain":      (lambda u: Bernoulli(u).log_prob(np.array([1, 0, 0])),
                                         [inf, -inf, inf], [0, 0, -inf], [0, 0, -1]),
    "the entropy of certainty":         (lambda u: Bernoulli(u).entropy(), [inf, -inf, 1e30],
                                         [0, 0, 0], [0, 0, 0]),
    "cross-entropy of a certain class": (lambda u: ops.softmax_cross_entropy(u, np.array([0, 1])),
                                         [[1e30, 0], [1e30, 0]], [0, 1e30], [[0, 0], [1, -1]]),
    "NaN in data":                      (lambda x: x * 2, [nan, 1],     [nan, 2], [2, 2]),
    "NaN in a maximum":                 (ops.max, [nan, 1],             nan, [nan, nan]),
    "a 0-d array":                      (lambda x: x * x, 3,            9, 6),
    "broadcasting a number":            (lambda x: x * ones((2, 3), bool), 2, 2 * ones((2, 3)), 6),
    "broadcasting to an empty batch":   (lambda x: x * zeros((0, 2), bool), [1, 2],
                                         zeros((0, 2)), [0, 0]),
    "no numbers at all":                (lambda x: x + x, zeros((0, 3)),
                                         zeros((0, 3)), zeros((0, 3))),
    "the product with a 0":             (ops.prod, [0, 2, 3],           0, [6, 0, 0]),
    "the determinant of a singular":    (ops.det, [[1, 1], [1, 1]],     0, [[1, -1], [-1, 1]]),
}


POLES = {"log(0)", "sqrt(0)", "where with a bad branch", "softmax of nothing but -inf",
         "logsumexp of nothing but -inf", "NaN in a maximum"}           # nothing else may warn


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("what", VALUES)
def test_value(what, dtype):
    how, at, value, gradient = VALUES[what]
    x = variable(at, dtype)
    with np.errstate(all="ignore" if what in POLES else None):
        y = how(x)
        y.sum().backward()
    rtol = 1e-6 if dtype == "float32" else 1e-14
    assert y.dtype == dtype and y.shape == np.shape(value)
    np.testing.assert_allclose(y.data, value, rtol)
    assert x.grad.dtype == dtype and x.grad.shape == x.shape
    np.testing.assert_allclose(x.grad, gradient, rtol, atol=rtol * 1e-2)


def test_sizes_and_shapes_may_be_integers_of_numpy(rng):
    n = np.prod((2, 3))                                             # a numpy.int64
    assert variable(np.ones((2, 3))).reshape(n).shape == ops.tile(np.ones(1), n).shape == (6,)
    assert ops.tensordot(np.ones((2, 3)), np.ones((3, 2)), axes=np.int64(1)).shape == (2, 2)
    assert ops.repeat(np.ones(1), n).shape == (6,) and ops.pad(np.ones(1), n).shape == (13,)
    assert nn.Linear(n, n, rng=0).weight.shape == nn.Reshape((n, n))(np.ones((1, 36))).shape[1:]
    assert Normal(0.0, 1.0).sample(n, rng=rng).shape == (6,)
    assert models.vae_dense(n, n, (n,), rng=0).config["latent"] == 6
