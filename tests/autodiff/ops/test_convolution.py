"""Convolution: one trilinear form over any geometry, as loops have it; pooling at ties and NaN."""
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scratchgen as sg
from scratchgen import ops
from scratchgen.backend import numpy_convolution
from tests.autodiff.ops import naive_convolution as naive

PAIRS = {"kernel": (1, 4), "stride": (1, 4), "padding": (0, 3), "dilation": (1, 3)}


@st.composite
def geometries(draw, most=4, room=5):
    """Image sizes, a kernel and {stride, padding, dilation} for which a window fits."""
    kernel, *form = (draw(st.tuples(*[st.integers(low, min(high, most))] * 2))
                     for low, high in PAIRS.values())
    sizes = tuple(max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, room))
                  for k, p, d in zip(kernel, form[1], form[2]))
    return sizes, kernel, dict(zip(("stride", "padding", "dilation"), form))


CHANNELS = st.sampled_from([1, 2, 3, 7, 8, 11])        # NumPy takes another road from 8 on
each_geometry = given(geometry=geometries(), n=st.integers(1, 3), c=CHANNELS, o=CHANNELS,
                      seed=st.integers(0, 999))


# ---- the trilinear form ------------------------------------------------------------------------

@settings(max_examples=200)
@each_geometry
def test_three_ops_are_one_trilinear_form(geometry, n, c, o, seed):
    """<conv2d(x, w), u> = <x, conv_transpose2d(u, w)> = <w, conv2d_weight(x, u)>."""
    sizes, kernel, form = geometry
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=(n, *sizes, c)), rng.normal(size=(*kernel, c, o))
    y = ops.conv2d(x, w, **form)
    u = rng.normal(size=y.shape)
    back = ops.conv_transpose2d(u, w, output_size=sizes, **form)
    weight = ops.conv2d_weight(x, u, kernel, **form)
    assert back.shape == x.shape and weight.shape == w.shape
    scale = np.sqrt(np.sum(y * y) * np.sum(u * u)) + 1
    np.testing.assert_allclose([np.sum(x * back), np.sum(w * weight)], [np.sum(y * u)] * 2,
                               rtol=0, atol=1e-13 * scale)


@settings(max_examples=60)
@each_geometry
def test_is_what_a_loop_makes_of_it(geometry, n, c, o, seed):
    sizes, kernel, form = geometry
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(size=(n, *sizes, c)), rng.normal(size=(*kernel, c, o)), rng.normal(size=o)
    y = ops.conv2d(x, w, b, **form)
    np.testing.assert_allclose(y, naive.conv2d(x, w, b, **form), rtol=1e-12, atol=1e-12)
    u, b = rng.normal(size=y.shape), rng.normal(size=c)
    np.testing.assert_allclose(ops.conv_transpose2d(u, w, b, output_size=sizes, **form),
                               naive.conv_transpose2d(u, w, b, output_size=sizes, **form),
                               rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ops.conv2d_weight(x, u, kernel, **form),
                               naive.conv2d_weight(x, u, kernel, **form), rtol=1e-12, atol=1e-11)


@settings(max_examples=12)
@given(geometry=geometries(most=2, room=2), seed=st.integers(0, 999))
def test_gradients_of_both_orders(geometry, seed):
    sizes, kernel, form = geometry
    rng = np.random.default_rng(seed)
    x, w, b = rng.normal(size=(1, *sizes, 2)), rng.normal(size=(*kernel, 2, 1)), rng.normal(size=1)
    u = rng.normal(size=ops.conv2d(x, w, **form).shape)
    for f, inputs in ((lambda x, w, b: ops.conv2d(x, w, b, **form), (x, w, b)),
                      (lambda u, w, b: ops.conv_transpose2d(u, w, b, output_size=sizes, **form),
                       (u, w, rng.normal(size=2))),
                      (lambda x, u: ops.conv2d_weight(x, u, kernel, **form), (x, u))):
        assert sg.gradcheck(f, *inputs) and sg.gradcheck(f, *inputs, order=2)


def test_every_remainder_of_the_stride():
    """(H + 2P - D(K - 1) - 1) mod S = 0 ... S - 1: cells no window reaches have no gradient."""
    for stride in (1, 2, 3, 4):
        for rest in range(stride):
            size = 2 * stride + 3 + rest                        # three windows of 3 cells, and rest
            x = sg.Tensor(np.ones((1, size, size, 1)), requires_grad=True)
            y = ops.conv2d(x, np.ones((3, 3, 1, 1)), stride=stride)
            assert y.shape == (1, 3, 3, 1)
            y.sum().backward()
            reached = [any(0 <= k - i * stride < 3 for i in range(3)) for k in range(size)]
            np.testing.assert_array_equal(x.grad[0, :, :, 0] > 0, np.outer(reached, reached))
            for extra in range(stride):
                back = ops.conv_transpose2d(y.detach(), np.ones((3, 3, 1, 1)), stride=stride,
                                            output_padding=extra)
                assert back.shape[1] == 2 * stride + 3 + extra


def test_third_derivatives():
    """T is linear in each argument: d3 T / dx dw du is the same number by every road."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 4, 5, 2)), rng.normal(size=(2, 3, 2, 1))
    u, dx, dw = rng.normal(size=(1, 2, 3, 1)), rng.normal(size=x.shape), rng.normal(size=w.shape)
    form = {"stride": (2, 1)}

    def along_x(w, u):
        return sg.grad(lambda x: ops.sum(u * ops.conv2d(x, w, **form)))(sg.Tensor(x))

    def along_x_and_w(u):
        return sg.grad(lambda w: ops.sum(dx * along_x(w, u)))(sg.Tensor(w))

    third = sg.grad(lambda u: ops.sum(dw * along_x_and_w(u)))(u)
    np.testing.assert_allclose(third, ops.conv2d(dx, dw, **form), rtol=1e-12)


# ---- the road that NumPy takes -----------------------------------------------------------------

@pytest.mark.parametrize("c", [1, 8])
@pytest.mark.parametrize("block", [1, 500, 3000])
def test_any_size_of_a_block(block, c, monkeypatch):
    """One row of windows at a time, one image, several: whole numbers, so exactly the same."""
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-4, 5, shape).astype(float) for shape in ((5, 7, 6, c), (3, 2, c, 2)))
    form = {"stride": (2, 1), "padding": (1, 0)}
    u = rng.integers(-4, 5, ops.conv2d(x, w, **form).shape).astype(float)
    calls = (lambda: ops.conv2d(x, w, np.ones(2), **form),
             lambda: ops.conv_transpose2d(u, w, np.ones(c), output_size=(7, 6), **form),
             lambda: ops.conv2d_weight(x, u, (3, 2), **form))
    expected = [call() for call in calls]
    monkeypatch.setattr(numpy_convolution, "BLOCK", block)
    for call, y in zip(calls, expected):
        np.testing.assert_array_equal(call(), y)


def test_threads_share_no_workspace():
    rng = np.random.default_rng(0)
    images = [rng.normal(size=(4, 12, 12, 8)) for _ in range(4)]
    w, wrong = rng.normal(size=(3, 3, 8, 8)), []
    expected = [ops.conv2d(x, w) for x in images]

    def work(x, y):
        wrong.extend(1 for _ in range(100) if not np.array_equal(ops.conv2d(x, w), y))

    threads = [threading.Thread(target=work, args=pair) for pair in zip(images, expected)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# ---- arguments ---------------------------------------------------------------------------------

def test_numbers_and_pairs_by_position_and_by_name():
    rng = np.random.default_rng(0)
    x, w, b = rng.normal(size=(2, 7, 6, 3)), rng.normal(size=(3, 3, 3, 2)), rng.normal(size=2)
    expected = ops.conv2d(x, w, b, stride=(2, 2), padding=(1, 1), dilation=(1, 1))
    for y in (ops.conv2d(x, w, b, 2, 1), ops.conv2d(x, w, b=b, stride=[2, 2], padding=np.int64(1)),
              ops.conv2d(x, w, None, 2, 1) + b):
        np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-13)
    assert ops.conv_transpose2d(x, np.ones((2, 2, 1, 3)), None, 2, 1, 1).shape == (2, 13, 11, 1)


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32"),
                                    ("uint8", "float32"), ("int64", "int64")])
def test_dtypes_promote_as_in_a_product(dtypes):
    x, w = np.ones((1, 3, 3, 1), dtypes[0]), np.ones((2, 2, 1, 1), dtypes[1])
    y = ops.conv2d(x, w)
    assert y.dtype == np.result_type(x, w) and (y == 4).all()
    assert ops.conv_transpose2d(y, w).dtype == y.dtype


def test_no_images_and_no_gradient_for_a_batch_that_is_data():
    w = sg.Tensor(np.ones((2, 2, 1, 3)), requires_grad=True)
    y = ops.conv2d(np.ones((0, 4, 4, 1)), w, np.zeros(3))
    assert y.shape == (0, 3, 3, 3)
    y.sum().backward()
    np.testing.assert_array_equal(w.grad, np.zeros(w.shape))
    assert ops.max_pool2d(np.ones((0, 4, 4, 1)), 2).shape == (0, 2, 2, 1)
    assert ops.avg_pool2d(np.ones((0, 4, 4, 1)), 2).shape == (0, 2, 2, 1)


def test_no_channels():
    x, w = (sg.Tensor(np.ones(shape), requires_grad=True) for shape in ((2, 4, 4, 0), (2, 2, 0, 3)))
    y = ops.conv2d(x, w, np.arange(3.0))
    np.testing.assert_array_equal(y.data, np.broadcast_to(np.arange(3.0), (2, 3, 3, 3)))
    y.sum().backward()
    assert x.grad.shape == x.shape and w.grad.shape == w.shape
    assert ops.conv_transpose2d(np.ones((2, 3, 3, 3)), w.data).shape == x.shape
    for pool in (ops.max_pool2d, ops.avg_pool2d):
        assert pool(x, 2).shape == (2, 2, 2, 0)


x, w = np.ones((1, 4, 5, 2)), np.ones((3, 3, 2, 6))
WRONG = {
    "large kernel":     (lambda: ops.conv2d(x, np.ones((5, 3, 2, 1))),
                         r"larger than the image\n.*\(5, 3\).*\n.*\(4, 5\)"),
    "large dilation":   (lambda: ops.conv2d(x, w, dilation=3, padding=1),
                         r"\(7, 7\) or more.*\n.*\(6, 7\)"),
    "weight gradient":  (lambda: ops.conv2d_weight(x, x, 3), r"expected +\(2, 3\)\n.*\(4, 5\)"),
    "kernel of none":   (lambda: ops.conv2d_weight(x, x, 0), "kernel is an integer"),
    "output padding":   (lambda: ops.conv_transpose2d(x, np.ones((3, 3, 1, 2)), stride=2,
                                                      output_padding=2),
                         r"less than the stride \(2, 2\)\)\n.*\(11, 13\)"),
    "padded, stride 1": (lambda: ops.conv_transpose2d(x, np.ones((3, 3, 1, 2)), output_padding=1),
                         "output_padding less than the stride"),
    "output size":      (lambda: ops.conv_transpose2d(x, np.ones((3, 3, 1, 2)), stride=2,
                                                      output_size=(8, 12)),
                         r"4 x 5 windows\n.*9 ... 10 rows and 11 ... 12 columns.*\n.*\(8, 12\)"),
    "both":             (lambda: ops.conv_transpose2d(x, np.ones((3, 3, 1, 2)), stride=2,
                                                      output_padding=1, output_size=(9, 11)),
                         r"twice\n.*\(9, 11\) and \(1, 1\)"),
    "nothing left":     (lambda: ops.conv_transpose2d(x, np.ones((1, 1, 1, 2)), padding=2),
                         r"nothing is left of the image\n.*\n.*\(0, 1\)"),
    "stride 0":         (lambda: ops.conv2d(x, w, stride=0), "1 or more\n.*0"),
    "negative padding": (lambda: ops.conv2d(x, w, padding=(0, -1)), r"padding is.*\n.*0 or more"),
    "three strides":    (lambda: ops.conv2d(x, w, stride=(1, 1, 1)), "stride is an integer, or a"),
    "half a stride":    (lambda: ops.conv2d(x, w, stride=1.5), r"got +1.5"),
    "large pool":       (lambda: ops.max_pool2d(x, 5), "max_pool2d: the kernel is larger"),
    "pool of nothing":  (lambda: ops.max_pool2d(x[:, :0], 2, padding=1), r"no pixel .* \(0, 5\)"),
    "mean of nothing":  (lambda: ops.avg_pool2d(x[:, :, :0], 2, padding=1), r"no pixel .*\(4, 0\)"),
    "padded pool":      (lambda: ops.avg_pool2d(x, 3, padding=(1, 2)), r"most \(1, 1\)\n.*\(1, 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_sizes_that_cannot_be(name):
    call, message = WRONG[name]
    with pytest.raises(ValueError, match=message):
        call()


SHAPES = {
    "channels":     (lambda: ops.conv2d(x, np.ones((3, 3, 3, 6))), "conv2d: C is 2 in x but 3"),
    "bias":         (lambda: ops.conv2d(x, w, np.ones(2)), "O is 6 in w but 2 in b"),
    "bias of one":  (lambda: ops.conv2d(x, w, np.ones(1)), "O is 6 in w but 1 in b"),
    "one image":    (lambda: ops.conv2d(x[0], w), r"x needs 4 axes \(N, H, W, C\), got shape"),
    "transposed":   (lambda: ops.conv_transpose2d(x, w), "I is 2 in x but 6 in w"),
    "weight":       (lambda: ops.conv2d_weight(x, np.ones((2, 2, 3, 1)), 3), "N is 1 in x but 2"),
    "pool":         (lambda: ops.max_pool2d(x[0], 2), "max_pool2d: x needs 4 axes"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_that_do_not_fit(name):
    call, message = SHAPES[name]
    with pytest.raises(sg.ShapeError, match=message):
        call()


# ---- pooling -----------------------------------------------------------------------------------

def test_a_tie_goes_to_the_first_maximum():
    x = sg.Tensor(np.array([[0.0, 3, 3], [3, 3, 1], [0, 2, 2]])[None, :, :, None],
                  requires_grad=True)
    ops.max_pool2d(x, 2, stride=1).sum().backward()
    np.testing.assert_array_equal(x.grad[0, :, :, 0], [[0, 2, 0], [1, 1, 0], [0, 0, 0]])


def test_padding_never_wins():
    x = sg.Tensor(np.full((1, 3, 3, 1), -np.inf), requires_grad=True)
    y = ops.max_pool2d(x, 2, padding=1)
    assert (y.data == -np.inf).all()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad[0, :, :, 0], [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


def test_a_maximum_with_nan_is_nan():
    x = np.arange(16.0).reshape(1, 4, 4, 1)
    x[0, 0, 0, 0] = x[0, 3, 1, 0] = x[0, 1, 2, 0] = np.nan
    np.testing.assert_array_equal(ops.max_pool2d(x, 2)[0, :, :, 0], [[np.nan] * 2, [np.nan, 15]])


def test_channels_do_not_mix():
    x = np.zeros((1, 2, 2, 2))
    x[..., 1] = np.nan
    for pool in (ops.max_pool2d, ops.avg_pool2d):
        np.testing.assert_array_equal(pool(x, 2), [[[[0, np.nan]]]])


def test_padding_counts_in_an_average():
    np.testing.assert_array_equal(ops.avg_pool2d(np.ones((1, 2, 2, 1)), 2, padding=1)[0, :, :, 0],
                                  np.full((2, 2), 0.25))


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64"])
def test_the_average_of_integers_is_a_float(dtype, xp_backend):
    """Of bytes, whose sum is no byte, and of a mask, whose sum is no bit."""
    image = np.array([[0, 1], [255, 254]]).astype(dtype)
    x = xp_backend.asarray(image[None, :, :, None], dtype)
    for y in (ops.avg_pool2d(x, 2), ops.avg_pool2d(sg.Tensor(x), 2)):
        found = xp_backend.to_numpy(y)
        assert found.dtype == xp_backend.dtype and found == image.mean()
    assert isinstance(y, sg.Tensor)


@settings(max_examples=40)
@given(k=st.tuples(*[st.integers(1, 3)] * 2), stride=st.tuples(*[st.integers(1, 3)] * 2),
       seed=st.integers(0, 999))
def test_pools_are_what_a_loop_makes_of_them(k, stride, seed):
    rng = np.random.default_rng(seed)
    padding = tuple(int(rng.integers(0, n // 2 + 1)) for n in k)
    x = rng.normal(size=(2, *rng.integers(3, 8, 2), 3))
    for name in ("max_pool2d", "avg_pool2d"):
        for step in (stride, None):
            np.testing.assert_allclose(getattr(ops, name)(x, k, step, padding),
                                       getattr(naive, name)(x, k, step, padding),
                                       rtol=1e-13, atol=1e-15)
