"""Bijectors and chains of them: there and back, and log-dets that are those of the Jacobian."""
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import nn
from scratchgen.distributions import bijectors
from tests.distributions.bijectors.cases import ALL, BOUNDED, D, REAL, values

# The bounded ones come first: behind a long chain they round to 1, from where no way leads back.
CHAINS = st.tuples(st.sampled_from([None, *sorted(BOUNDED)]),
                   st.lists(st.sampled_from(sorted(REAL)), min_size=1, max_size=4),
                   st.integers(0, 2**32))


def jacobians(f, x):
    """df/dx at each row of x, by the engine.   (N, D) -> (N, D, D)"""
    return np.stack([sg.jacobian(lambda v: f.forward(v))(row) for row in x])


def check(f, x):
    """What a bijector promises, at the rows of x; gives the log-dets of these rows."""
    y, log_det = values(*f.forward_and_log_det(x))
    back, inverse_log_det = values(*f.inverse_and_log_det(y))
    assert y.shape == back.shape == x.shape
    assert log_det.shape == inverse_log_det.shape == x.shape[:x.ndim - f.event_rank]
    np.testing.assert_allclose(back, x, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(inverse_log_det, -log_det, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(values(f(x), f.inverse(y)), [y, back])
    rows = log_det if f.event_rank else log_det.sum(-1)
    expected = np.linalg.slogdet(jacobians(f, x))[1]
    np.testing.assert_allclose(rows, expected, rtol=1e-9, atol=1e-9)
    return rows


@pytest.mark.parametrize("name", ALL)
def test_there_and_back_with_the_log_det_of_the_jacobian(name, rng):
    log_det = check(ALL[name](rng), rng.normal(size=(4, D)))
    assert np.all(log_det == 0) if name == "Permute" else np.all(np.abs(log_det) > 1e-3)


@given(CHAINS)
def test_chains(chain):
    first, names, seed = chain
    rng = np.random.default_rng(seed)
    links = [ALL[name](rng) for name in ([first] if first else []) + names]
    f = bijectors.Chain(*links)
    assert f.event_rank == max(link.event_rank for link in links)
    x = rng.normal(size=(2, D))
    y, total = x, 0.0
    for link in links:
        y, log_det = values(*link.forward_and_log_det(y))
        total = total + (log_det if link.event_rank else log_det.sum(-1))
    np.testing.assert_allclose(check(f, x), total, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(values(f(x))[0], y, rtol=1e-12)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("order", [1, 2])
def test_gradients_of_both_directions(name, order, rng):
    f = ALL[name](rng)
    x = rng.normal(size=(2, D))
    y, = values(f(x))
    sg.gradcheck(lambda x: tuple(map(as_tensor, f.forward_and_log_det(x))), x, order=order)
    sg.gradcheck(lambda y: tuple(map(as_tensor, f.inverse_and_log_det(y))), y, order=order)


def as_tensor(x):
    return x if isinstance(x, sg.Tensor) else sg.Tensor(x)


@pytest.mark.parametrize("order", [1, 2])
def test_gradients_by_the_parameters(order, rng):
    x, shift, scale = rng.normal(size=(2, D)), rng.normal(size=D), rng.uniform(0.5, 2, D)
    matrix = np.tril(rng.normal(size=(D, D))) + 2 * np.eye(D)
    for direction in ("forward_and_log_det", "inverse_and_log_det"):
        for f in (lambda m, s: bijectors.Affine(m, s), lambda m, s: bijectors.Affine(m, -s),
                  lambda m, s: bijectors.Affine(m, log_scale=s)):
            sg.gradcheck(lambda m, s: getattr(f(m, s), direction)(x), shift, scale, order=order)
        sg.gradcheck(lambda m, t: getattr(bijectors.TriangularAffine(m, t), direction)(x), shift,
                     matrix, order=order)


@pytest.mark.parametrize("name", ["ActNorm", "Coupling", "MaskedAutoregressive", "Inverse",
                                  "Chain"])
def test_parameters_are_found_trained_and_saved(name, rng, tmp_path):
    f, x = REAL[name](rng), rng.normal(size=(5, D))
    for direction in (f.forward_and_log_det, f.inverse_and_log_det):
        y, log_det = direction(x)
        f.zero_grad()
        ((y * y).sum() + log_det.sum()).backward()
        assert f.parameters()
        assert all(p.grad is not None and np.abs(p.grad).max() > 0 for p in f.parameters())
    nn.save(tmp_path / "f.npz", f)
    twin = REAL[name](np.random.default_rng(99))
    assert not np.array_equal(values(twin(x))[0], values(f(x))[0])
    nn.load(tmp_path / "f.npz", twin)
    np.testing.assert_array_equal(values(twin(x))[0], values(f(x))[0])


@pytest.mark.parametrize("name", ALL)
def test_float32_stays_float32(name, rng):
    f, x = ALL[name](rng).astype("float32"), rng.normal(size=(2, D)).astype(np.float32)
    y, log_det = f.forward_and_log_det(x)
    results = [y, log_det, *f.inverse_and_log_det(y)]
    assert [result.dtype for result in results] == [np.float32] * 4


@pytest.mark.parametrize("name", ALL)
def test_arrays_give_arrays_unless_there_are_parameters_and_tensors_give_tensors(name, rng):
    f, x = ALL[name](rng), rng.uniform(0.1, 0.9, size=(2, D))
    kind = sg.Tensor if f.parameters() else np.ndarray
    for direction in (f.forward_and_log_det, f.inverse_and_log_det):
        assert [type(result) for result in direction(x)] == [kind, kind]
        assert [type(result) for result in direction(sg.Tensor(x))] == [sg.Tensor, sg.Tensor]


@pytest.mark.parametrize("name", ALL)
def test_any_leading_axes(name, rng):
    f, x = ALL[name](rng), rng.normal(size=(2, 3, D))
    y, log_det = values(*f.forward_and_log_det(x))
    for i in np.ndindex(2, 3):
        one, log_det_of_one = values(*f.forward_and_log_det(x[i]))
        np.testing.assert_allclose(y[i], one, rtol=1e-12)
        np.testing.assert_allclose(log_det[i], log_det_of_one, rtol=1e-12)
    np.testing.assert_allclose(values(f.inverse(y))[0], x, rtol=1e-9)
