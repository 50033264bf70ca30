"""Anything that makes examples: models, functions, arrays, Tensors and lists."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models.diagnosis import draw
from scratchgen.models.diagnosis.sampler import finite_rows, rows, same_width
from tests.support.backends import xp_backend  # noqa: F401


def images(n, *, rng):
    return rng.random((n, 2, 3)).astype(np.float32)


class Model:
    def sample(self, n, *, rng):
        return sg.Tensor(images(n, rng=rng), requires_grad=True) * 1.0


def test_every_kind_of_sampler_gives_the_same():
    expected = images(5, rng=np.random.default_rng(3))
    for source in (images, Model(), Model().sample):
        np.testing.assert_array_equal(draw(source, 5, rng=3), expected)
        np.testing.assert_array_equal(draw(source, 5, rng=np.random.default_rng(3)), expected)
    for source in (expected, sg.Tensor(expected), expected.tolist()):
        np.testing.assert_array_equal(draw(source, 999, rng=None), expected)  # all there are


def test_no_graph_is_made():
    assert not isinstance(draw(Model(), 2, rng=0), sg.Tensor)
    graphs = []

    def sample(n, *, rng):
        graphs.append((sg.Tensor(np.ones((n, 2)), requires_grad=True) * 2).requires_grad)
        return np.ones((n, 2))
    draw(sample, 3, rng=0)
    assert graphs == [False]


def test_rows_are_flat_and_exact():
    flat = rows(images, 4, rng=0)
    assert flat.shape == (4, 6) and flat.dtype == np.float64
    assert rows([0.5, 1.5], None, rng=None).shape == (2, 1)


def test_rows_come_to_the_host(xp_backend):  # noqa: F811
    x = xp_backend.asarray([[0.25, 1.0], [2.0, 3.0]])
    for source in (x, lambda n, rng: x):
        flat = rows(source, 2, rng=0)
        assert isinstance(flat, np.ndarray)
        np.testing.assert_array_equal(flat, [[0.25, 1.0], [2.0, 3.0]])


def test_what_is_refused():
    with pytest.raises(TypeError, match="rng="):
        draw(images, 5, rng=None)
    for source in (images, Model()):                # where no number of examples can be chosen
        with pytest.raises(TypeError, match=r"(?s)examples are asked for.*got       \w+\n  hint"):
            draw(source, None, rng=None)
    with pytest.raises(sg.ShapeError, match=r"expected  \(4, ...\).*\n  got       \(5, 2\)"):
        draw(lambda n, rng: np.zeros((n + 1, 2)), 4, rng=0)
    with pytest.raises(sg.ShapeError, match="got       list"):
        draw(lambda n, rng: [1.0] * n, 4, rng=0)
    for nothing in (np.zeros((0, 3)), np.float64(3.0)):
        with pytest.raises(sg.ShapeError, match="one example at least"):
            draw(nothing, None, rng=None)
    with pytest.raises(sg.ShapeError, match="6 and 5"):
        same_width("a test", np.zeros((3, 6)), np.zeros((3, 5)))


def test_numbers_that_overflowed_are_counted():
    x = np.zeros((5, 2))
    x[1] = np.nan, np.inf
    x[3, 0] = -np.inf
    with pytest.raises(ValueError, match="a test: .*\n  got       2 of 5 with NaN"):
        finite_rows("a test", x, None, rng=None)
    assert np.isnan(rows(x, None, rng=None)[1, 0])
