# %% [markdown]
r"""
# Convolution

**You will**

- write a convolution as a loop, and find that it, its transpose and its weight gradient are the
  three derivatives of one sum;
- count the pixels that a stride never looks at, predict where a decoder draws checkerboards, and
  measure what moves when an image moves;
- give a convolutional and a dense VAE equally many parameters, and find out when which is better.

**Prerequisites** The rule of the matrix product (lesson 02); the VAE (lesson 12) for the end.
**Takes** about 10 seconds on a CPU.

To a dense layer an image is a list of numbers.  Shuffle the pixels, in every image in the same way,
so that nobody could tell a triangle from a square, and a dense network learns just as well as
before.  What lies next to what it has to find out by itself.  A convolution is told two things
beforehand: *what belongs together lies together*, and *what is worth looking for in one place is
worth looking for in every place*.

**Predict.**  We train two VAEs with equally many parameters, one of convolutions and one of dense
layers.  Which is better on the digits of 8 by 8 pixels, if both may train equally long?  Which on
images of 28 by 28?  And what does shuffling the pixels do to each?
"""

# %%
import json
import math
import pathlib
import time

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.autodiff.primitive import primitive
from scratchgen.backend import standard_convolution
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)

heading("Convolution")
predict("Two VAEs with equally many parameters, one of convolutions, one of dense layers.  Which "
        "is better on digits of 8 x 8 pixels, if both train equally long?  Which on 28 x 28?  "
        "What does shuffling the pixels, in all images in the same way, do to each?")

# %% [markdown]
r"""
## A sum over a window

A **kernel** $w$ of $K \times K$ numbers stands on the image, every number is multiplied by the
pixel under it, and the sum is one pixel of the result.  Then the kernel moves on by the **stride**
$S$.  Around the image one may lay $P$ rows of zeros, the **padding**.  With $C$ channels in and $O$
channels out,

$$y_{nijo} = \sum_{k, m, c} x_{n,\ iS + k - P,\ jS + m - P,\ c}\ w_{kmco}.$$

As a program, that is a loop over the places of the window and a loop over the places in it.
"""

# %%
rng = np.random.default_rng(16)


def convolve(x, w, stride=1, padding=0):
    """The sum above, as it stands.   (N, H, W, C), (K, K, C, O) -> (N, Oh, Ow, O)"""
    x = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    rows, columns = ((size - len(w)) // stride + 1 for size in x.shape[1:3])
    y = np.zeros((len(x), rows, columns, w.shape[-1]))
    for i, j in np.ndindex(rows, columns):
        for k, m in np.ndindex(w.shape[:2]):
            y[:, i, j] += x[:, i * stride + k, j * stride + m] @ w[k, m]
    return y


heading("A sum over a window")
for size, kernel, stride, padding in ((8, 3, 1, 0), (9, 4, 2, 1), (11, 5, 3, 2)):
    x, w = rng.normal(size=(2, size, size, 3)), rng.normal(size=(kernel, kernel, 3, 4))
    claim(f"{size} x {size}, K = {kernel}, S = {stride}, P = {padding}: loops and library",
          convolve(x, w, stride, padding), ops.conv2d(x, w, stride=stride, padding=padding))

# %% [markdown]
r"""
A convolution is linear in the image, so it *is* a dense layer: there is a matrix that does it.  Its
columns are what becomes of images with a single 1.
"""


# %%
def as_matrix(w, size, stride=1):
    """The M with M x = conv2d(x, w), for images of one channel.   (K, K) -> (Oh Ow, H W)"""
    single = np.eye(size ** 2).reshape(-1, size, size, 1)
    return ops.conv2d(single, w[..., None, None], stride=stride).reshape(size ** 2, -1).T


nine = np.arange(1.0, 10.0).reshape(3, 3)
M = as_matrix(nine, 8)
x = rng.normal(size=(1, 8, 8, 1))
claim("8 x 8 pixels to 6 x 6: numbers in the matrix", M.size, 2304)
claim("   of which are not zero", np.count_nonzero(M), 324)
claim("   of which are different", len(np.unique(M[M != 0])), 9)
claim("M x = conv2d(x, w)", (M @ x.ravel()).reshape(1, 6, 6, 1),
      ops.conv2d(x, nine[..., None, None]))
u = rng.normal(size=(1, 6, 6, 1))
claim("M^T u = conv_transpose2d(u, w)", (M.T @ u.ravel()).reshape(1, 8, 8, 1),
      ops.conv_transpose2d(u, nine[..., None, None]))

INK = "#22262e"
BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
figure, axes = viz.panels(1, 3, size=(3.9, 3.3))
strided = as_matrix(nine, 8, stride=2)
of_image, of_result = "pixel of the image", "pixel of the result"
for ax, matrix, title, xlabel, ylabel in (
        (axes[0], M, "$M$: 64 pixels to 6 x 6", of_image, of_result),
        (axes[1], strided, "stride 2: 64 pixels to 3 x 3", of_image, of_result),
        (axes[2], strided.T, "its transpose: 3 x 3 to 64 pixels", of_result, of_image)):
    ax.imshow(np.where(matrix == 0, np.nan, matrix), cmap="turbo", aspect="auto",
              interpolation="nearest")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title, loc="left", fontsize=11, color=INK)
save_figure(figure, "16_nine_numbers")

# %% [markdown]
r"""
Most of the matrix is zero (*local*), and the rest is the same nine numbers in every row (*shared*).
Its transpose leads back from few pixels to many, and decoders use it for that: it is called
**transposed convolution**.  In the picture at the right some rows are empty.  Remember them.

## One sum, three derivatives

How does a loss change with the image, and with the kernel?  Multiply the result by any weights $u$
and add up.  This makes one number of three arrays:

$$T(x, w, u) = \sum_{nijo} u_{nijo} \sum_{kmc} x_{n,\ iS+k-P,\ jS+m-P,\ c}\ w_{kmco}.$$

Each product has one factor of each, so $T$ is linear in $x$, linear in $w$ and linear in $u$: it is
**trilinear**.  Fix two of them, and what multiplies the third is its derivative:

$$\frac{\partial T}{\partial u} = \text{the convolution of } x \text{ with } w, \qquad
\frac{\partial T}{\partial x} = \text{its transpose, on } u, \qquad
\frac{\partial T}{\partial w} = \text{the gradient of the weights.}$$

A linear function is its derivative times its argument.  So, read in three ways, it is one number:

$$T = \Big\langle u, \frac{\partial T}{\partial u}\Big\rangle
= \Big\langle x, \frac{\partial T}{\partial x}\Big\rangle
= \Big\langle w, \frac{\partial T}{\partial w}\Big\rangle.$$
"""

# %%
heading("One sum, three derivatives")
form = {"stride": 2, "padding": 1}
x, w = rng.normal(size=(2, 6, 6, 1)), rng.normal(size=(3, 3, 1, 2))
u = rng.normal(size=(2, 3, 3, 2))


def T(x, w, u):
    """sum u conv(x, w), by loops."""
    return (u * convolve(x, w, **form)).sum()


dT_du = ops.conv2d(x, w, **form)
dT_dx = ops.conv_transpose2d(u, w, output_size=(6, 6), **form)
dT_dw = ops.conv2d_weight(x, u, kernel=3, **form)
say(f"T by loops: {T(x, w, u):.12f}")
claim("<u, conv2d(x, w)>", (u * dT_du).sum(), T(x, w, u))
claim("<x, conv_transpose2d(u, w)>", (x * dT_dx).sum(), T(x, w, u))
claim("<w, conv2d_weight(x, u)>", (w * dT_dw).sum(), T(x, w, u))

# %% [markdown]
r"""
Three equal numbers do not prove three arrays.  Let us nudge every entry; and as $T$ is linear in
it, the step need not be small.  We take 1.
"""


# %%
def nudge(f, x):
    """f(x + e) - f(x) for each entry of x: for a linear f that is the derivative, exactly."""
    slopes = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = 1
        slopes[index] = f(x + step) - f(x)
    return slopes


claim("dT/du, every entry", nudge(lambda u: T(x, w, u), u), dT_du)
claim("dT/dx, every entry", nudge(lambda x: T(x, w, u), x), dT_dx)
claim("dT/dw, every entry", nudge(lambda w: T(x, w, u), w), dT_dw)

# %% [markdown]
r"""
These are all the derivatives that there are.  To differentiate $\langle g, \text{conv2d}(x, w)
\rangle$ is to differentiate $T(x, w, g)$; so the rules of each of the three operations are the
other two, and a derivative of a derivative is one of the three again.  Nothing else is in the
library (`g` is what lesson 02 called $\partial L/\partial y$, `form` are stride and padding, and
`D`, the dilation explained below, is 1 as long as nothing is said):
"""

# %%
show(ops.conv2d)
say("")
x1, u1 = x[:1, :4, :4], u[:1, :2, :2]
for name, op, arrays in (
        ("conv2d", lambda x, w: ops.conv2d(x, w, **form), (x1, w)),
        ("conv_transpose2d", lambda u, w: ops.conv_transpose2d(u, w, **form), (u1, w)),
        ("conv2d_weight", lambda x, u: ops.conv2d_weight(x, u, kernel=3, **form), (x1, u1))):
    claim(f"{name}: gradients, and gradients of gradients", sg.gradcheck(op, *arrays, order=2))

# %% [markdown]
r"""
## One matrix product

Loops in Python are slow, and the matrix $M$ is nearly all zeros.  What is fast on every computer is
a product of two dense matrices, and the sum over $k, m, c$ asks for one: lay the $K K C$ numbers
under each window into a row, one window below the other ("im2col"), and the kernel into columns.
"""


# %%
def patches(x, kernel, stride=1):
    """The numbers under each window as a row.   (N, H, W, C) -> (N Oh Ow, K K C)"""
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    return windows.reshape(-1, kernel * kernel * x.shape[-1])


def seconds(f, *args):
    """How long it takes: the shortest of three times."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        f(*args)
        times.append(time.perf_counter() - start)
    return min(times)


heading("One matrix product")
x, w = rng.normal(size=(8, 20, 20, 8)), rng.normal(size=(3, 3, 8, 16))
rows = patches(x, 3)
claim("rows of pixels times columns of weights", rows @ w.reshape(-1, 16),
      convolve(x, w).reshape(-1, 16))
claim("price: numbers in the rows, for each in the image", rows.size / x.size, 9 * (18 / 20) ** 2)
say(f"here, loops take {1000 * seconds(convolve, x, w):.1f} ms, "
    f"the library {1000 * seconds(ops.conv2d, x, w):.1f} ms")
show(standard_convolution.conv2d)

# %% [markdown]
r"""
The other two of the three are products with the same rows: for $\partial T/\partial w$ the
transposed rows times $u$; for $\partial T/\partial x$ it is $u$ times the transposed kernel, and
then every row is *added* to where it was copied from.  (Copying forwards is adding backwards, as in
lesson 02.)

Making the rows is copying, and copying is fast if what is copied lies together in memory.  With the
channels last, (N, H, W, C), one row of a window is a run of $K C$ numbers; with the channels first
it is $C$ runs of $K$ numbers.  That is why images are channels-last here.
"""


# %%
def numbers_in_a_run(window):
    """How many numbers of an array lie one after the other in memory before there is a gap."""
    places = np.sort([sum(i * s for i, s in zip(index, window.strides)) // window.itemsize
                      for index in np.ndindex(window.shape)])
    gaps = np.flatnonzero(np.diff(places) > 1)
    return gaps[0] + 1 if len(gaps) else len(places)


last, first = np.zeros((28, 28, 32)), np.zeros((32, 28, 28))
claim("channels last: numbers in a run", numbers_in_a_run(last[5:8, 5:8]), 3 * 32)
claim("channels first: numbers in a run", numbers_in_a_run(first[:, 5:8, 5:8]), 3)

# %% [markdown]
r"""
## Pixels that nobody looks at

How many windows fit?  The first begins at $-P$, and a window that begins at $iS - P$ ends at
$iS - P + K - 1$, which must not be beyond the last padded pixel, $H + P - 1$:

$$H_\text{out} = \Big\lfloor \frac{H + 2P - K}{S} \Big\rfloor + 1.$$

(A kernel with gaps, of **dilation** $D$, is $D(K - 1) + 1$ long, so that takes the place of $K$.)
If the division leaves a remainder, windows stop before the end of the image.

**Predict.**  A kernel of 3 by 3 goes over a digit of 8 by 8 pixels with stride 2 and no padding.
How many of its 64 pixels are in no window?
"""


# %%
def looked_at(size, kernel, stride, padding=0):
    """In how many windows each pixel is: the gradient of the sum of all, if each weight is 1."""
    w = np.ones((kernel, kernel, 1, 1))

    def total(x):
        return ops.sum(ops.conv2d(x, w, stride=stride, padding=padding))

    return sg.grad(total)(np.zeros((1, size, size, 1)))[0, :, :, 0]


heading("Pixels that nobody looks at")
predict("A kernel of 3 x 3 goes over a digit of 8 x 8 pixels with stride 2, without padding.  How "
        "many of its 64 pixels are in no window?")
geometries = [(h, k, s, p, d) for h in range(7, 12) for k in (1, 2, 3) for s in (1, 2, 3)
              for p in (0, 1) for d in (1, 2)]
found = [ops.conv2d(np.zeros((1, h, h, 1)), np.zeros((k, k, 1, 1)), stride=s, padding=p,
                    dilation=d).shape[1] for h, k, s, p, d in geometries]
claim(f"the formula, on {len(geometries)} geometries",
      found == [(h + 2 * p - d * (k - 1) - 1) // s + 1 for h, k, s, p, d in geometries])
claim("K = 3, S = 2, P = 0: the remainder", (8 - 3) % 2, 1)
claim("   pixels in no window: the last row, the last column", (looked_at(8, 3, 2) == 0).sum(), 15)
claim("   empty columns of the matrix in the picture", (strided == 0).all(axis=0).sum(), 15)
claim("   S = 3: the remainder", (8 - 3) % 3, 2)
claim("   pixels in no window", (looked_at(8, 3, 3) == 0).sum(), 28)
claim("K = 3, S = 2, P = 1: the remainder is 1 again", (8 + 2 - 3) % 2, 1)
claim("   but it is the padding that is left over", (looked_at(8, 3, 2, padding=1) == 0).sum(), 0)
claim("K = 2, S = 3: nothing remains", (8 - 2) % 3, 0)
claim("   but the windows have gaps", (looked_at(8, 2, 3) == 0).sum(), 28)

# %% [markdown]
r"""
Nothing warns: the network just does not know that part of the image.  (They are the empty rows in
the picture above.)  The networks that we train below have kernels of 3, stride 2 and padding 1, and
look at everything.

The same remainder is a riddle on the way back.  Images of 7 by 7 and of 8 by 8 pixels both have 3
by 3 windows; so which of them does a transposed convolution lead back to?  It has to be told, with
`output_padding` (how many rows and columns more than the fewest) or `output_size`.
"""

# %%
w = rng.normal(size=(3, 3, 1, 1))
for size in (7, 8):
    y = ops.conv2d(np.zeros((1, size, size, 1)), w, stride=2)
    claim(f"{size} x {size} pixels: windows", y.shape == (1, 3, 3, 1))
claim("back, if nothing is said", ops.conv_transpose2d(y, w, stride=2).shape == (1, 7, 7, 1))
claim("back, output_padding = 1",
      ops.conv_transpose2d(y, w, stride=2, output_padding=1).shape == (1, 8, 8, 1))
claim("back, output_size = (8, 8)",
      ops.conv_transpose2d(y, w, stride=2, output_size=(8, 8)).shape == (1, 8, 8, 1))
kind, words = complaint(ops.conv_transpose2d, y, w, stride=2, output_size=(9, 9))
claim("back to 9 x 9", kind, "ValueError")
say(words)

# %% [markdown]
r"""
The library's convolutional VAE takes the remainders down on the way in, and returns them on the
way out, so that it gives back any size it was given.
"""

# %%
for size in ((8, 8), (9, 14), (13, 7)):
    vae = models.vae_conv(size, 2, (4, 8), rng=0)
    z = np.zeros((1, 2), dtype=np.float32)
    claim(f"images of {size[0]} x {size[1]}, decoded", vae.image(z).shape == (1, *size))

# %% [markdown]
r"""
## Checkerboards

Now turn the convolution round.  A transposed convolution *stamps* a copy of the kernel for every
number of its input, $S$ pixels farther each time, and adds up where stamps overlap.  A pixel that
was in $c$ windows on the way in is under $c$ stamps on the way out.  So we have the map of overlaps
already.  With random weights of variance 1, the variance of a pixel is the number of its stamps.
"""

# %%
heading("Checkerboards")
draws = 2_000 if FAST else 20_000
kernels = rng.normal(size=(3, 3, draws, 1))                     # as many output channels
stamped = ops.conv_transpose2d(np.ones((1, 4, 4, 1)), kernels, stride=2)[0]
counts = looked_at(9, 3, 2)
for place in ((3, 3), (3, 4), (4, 4)):
    claim(f"stamps on pixel {place}, and its variance", stamped[place].var(), counts[place],
          counts[place] * math.sqrt(2 / draws))

# %% [markdown]
r"""
One, two and four stamps: next to each other, in a checkerboard.  When is the overlap even?  In the
middle of a large image, away from the edges:
"""


# %%
def is_even(kernel, stride):
    """Whether all pixels away from the edges are under the same number of stamps."""
    middle = looked_at(kernel + 12 * stride, kernel, stride)[kernel:-kernel, kernel:-kernel]
    return len(np.unique(middle)) == 1


pairs = [(kernel, stride) for stride in (1, 2, 3, 4) for kernel in range(stride, 9)]
claim(f"even exactly if S divides K: {len(pairs)} pairs of K and S",
      [is_even(*pair) for pair in pairs] == [k % s == 0 for k, s in pairs])

# %% [markdown]
r"""
So the first cure is a kernel that the stride divides, 4 for a stride of 2.  It removes the
*systematic* pattern.  But pixels next to each other are still made with different weights, so every
single network can have a pattern of its own; it takes training to remove that.  (Training can do
it for any $K$, for what counts is not the number of stamps but the sum of their weights: stamps of
1, 2, 1 with stride 2 turn ones into 1 + 1, 2, 1 + 1, 2, a constant.)  The second cure gives
neighbours the same weights: enlarge the image by repeating pixels, then convolve with stride 1.

We measure, on untrained decoders, which share of an image's variance is explained by the place of a
pixel within its cell of 4 by 4 pixels, and for comparison on sprites, images of simple shapes.
"""


# %%
def enlarge(x, kernel, channels):
    """Twice as many rows and columns by a transposed convolution with random weights."""
    w = rng.normal(size=(kernel, kernel, channels, x.shape[-1]))
    return ops.conv_transpose2d(x, w, stride=2, padding=(kernel - 1) // 2,
                                output_padding=kernel % 2)


def repeat_and_convolve(x, kernel, channels):
    """Twice as many rows and columns by repeating them, then a convolution."""
    w = rng.normal(size=(kernel, kernel, x.shape[-1], channels))
    return ops.conv2d(x.repeat(2, axis=1).repeat(2, axis=2), w, padding=kernel // 2)


def decode(layer, kernel):
    """What random decoders of two layers make of smooth codes, 8 x 8 x 16.   -> (N, 32, 32)"""
    place, images = np.linspace(-1, 1, 8), []
    for _ in range(5 if FAST else 20):
        a, b, c, d = rng.uniform(0, 2, size=(4, 16))
        smooth = np.cos(a * place[:, None, None] + b) * np.cos(c * place[:, None] + d)
        y = layer(np.maximum(layer(smooth[None], kernel, 16), 0), kernel, 20)
        images.extend(y[0].transpose(2, 0, 1))
    return np.array(images)


def checkerboard(images, cell=4):
    """The share of the variance of pixels between the places in a cell, away from the edges."""
    inner = images[:, cell:-cell, cell:-cell]
    across = inner.shape[1] // cell
    cells = inner.reshape(len(inner), across, cell, across, cell).mean(axis=(1, 3))
    return (cells.var(axis=(1, 2)) / inner.var(axis=(1, 2))).mean()


constant = ops.conv_transpose2d(np.ones((1, 1, 6, 1)), np.array([1.0, 2, 1])[None, :, None, None],
                                stride=2)[0, 0, 1:-1, 0]
claim("a constant, stamped with 1, 2, 1", constant, np.full(11, 2.0))
untrained = {"transposed, K = 3": decode(enlarge, 3), "transposed, K = 4": decode(enlarge, 4),
             "repeated, then K = 3": decode(repeat_and_convolve, 3),
             "sprites": data.sprites(100, rng=rng, size=32)[0][..., 0]}
share = {name: checkerboard(images) for name, images in untrained.items()}
for name, value in share.items():
    say(f"{name:22} {value:4.0%} of the variance is checkerboard")
for name in ("transposed, K = 3", "transposed, K = 4"):
    claim(name, share[name], 0.3, relation=">")
for name in ("repeated, then K = 3", "sprites"):
    claim(name, share[name], 0.1, relation="<")

# %%
w3 = np.ones((3, 3, 1, 1))
twice = ops.conv_transpose2d(ops.conv_transpose2d(np.ones((1, 4, 4, 1)), w3, stride=2), w3,
                             stride=2)[0, :, :, 0]
figure, axes = viz.panels(2, 3, size=(3.3, 3.3))
for ax, stamps, title in ((axes[0], looked_at(9, 3, 2), "stamps: K = 3, S = 2"),
                          (axes[1], looked_at(10, 4, 2), "stamps: K = 4, S = 2"),
                          (axes[2], twice, "stamps: K = 3, S = 2, twice")):
    ax.imshow(stamps, cmap="cividis", vmin=0, interpolation="nearest")
    if len(stamps) <= 10:
        for (i, j), n in np.ndenumerate(stamps):
            ax.text(j, i, f"{n:.0f}", ha="center", va="center", fontsize=9,
                    color=INK if n > 2 else "white")
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set_axis_off()
for ax, (name, images) in zip(axes[3:], untrained.items()):
    ax.imshow(images[0], cmap="gray", interpolation="nearest")
    ax.set_title(f"untrained: {name}", loc="left", fontsize=11, color=INK)
    ax.set_axis_off()
save_figure(figure, "16_checkerboards")

# %% [markdown]
r"""
Before training, then, even stamps alone do not help: they treat all pixels alike on average over
networks, and no network is an average.  They only spare the training the work of undoing what the
counts prefer.  Repeating pixels helps from the first step on.  What training makes of it we shall
see below.

## What moves when the image moves

Since every window is treated alike, moving the image moves the result: away from the edges, a
convolution is **equivariant** to translations.  A stride changes that.

**Predict.**  A digit moves by one pixel, then by two.  A convolution with stride 1 gives a result
that moves by one, then by two.  And with stride 2?
"""

# %%
heading("What moves when the image moves")
predict("A digit moves by one pixel, then by two.  With stride 1 the result moves by one, then by "
        "two.  And with stride 2?")
train, test = data.load("digits")
digit = np.pad(test.spatial[:1].astype(np.float64), ((0, 0), (12, 12), (12, 12), (0, 0)))
w1, w2 = rng.normal(size=(3, 3, 1, 8)), rng.normal(size=(3, 3, 8, 8))


def network(x, stride):
    """Two layers of 3 x 3; the second has the stride."""
    h = ops.relu(ops.conv2d(x, w1, padding=1))
    return ops.relu(ops.conv2d(h, w2, stride=stride, padding=1))


def apart(moved, stride):
    """How far network(moved image) is from the network(image), moved as well as can be."""
    still = network(digit, stride)
    shifted = network(np.roll(digit, moved, axis=2), stride)
    return min(np.linalg.norm(shifted - np.roll(still, by, axis=2)) / np.linalg.norm(still)
               for by in range(moved + 1))


moves = range(9)
difference = {stride: [apart(moved, stride) for moved in moves] for stride in (1, 2, 4)}
claim("stride 1, moved by 1: relative difference", difference[1][1], 0)
claim("stride 2, moved by 2", difference[2][2], 0)
claim("stride 2, moved by 1", difference[2][1], 0.2, relation=">")
claim("stride 4, moved by 4", difference[4][4], 0)
claim("stride 4, moved by 2", difference[4][2], 0.2, relation=">")

# %% [markdown]
r"""
With stride $S$ the result moves only if the image moves by a multiple of $S$; in between, other
pixels fall under the middle of the windows and the result is another one.  Two layers of stride 2
make a stride of 4.

## How far one number sees

One number of the result depends on $K \times K$ pixels; through two layers, on more: its
**receptive field**.  A layer adds $K - 1$ steps, each as long as all strides before it multiply to:

$$r = 1 + \sum_l (K_l - 1) \prod_{i < l} S_i.$$

We ask the gradient which pixels matter to the number in the middle.
"""


# %%
def influence(layers, size=17, networks=5 if FAST else 40):
    """|d middle / d pixel|, averaged over random networks of (K, S) layers.   -> (size, size)"""
    draw = np.random.default_rng(1)
    total = np.zeros((size, size))
    for _ in range(networks):
        channels = [1] + [4] * len(layers)
        weights = [draw.normal(size=(kernel, kernel, c, o)) / kernel
                   for (kernel, _), c, o in zip(layers, channels, channels[1:])]

        def middle(x):
            for w, (kernel, stride) in zip(weights, layers):
                x = ops.leaky_relu(ops.conv2d(x, w, stride=stride, padding=kernel // 2))
            return ops.sum(x[:, x.shape[1] // 2, x.shape[2] // 2])

        total += abs(sg.grad(middle)(draw.normal(size=(1, size, size, 1)))[0, :, :, 0])
    return total / networks


def field(layers):
    """How many rows have an influence on the number in the middle."""
    return np.count_nonzero(influence(layers, networks=1).any(axis=1))


heading("How far one number sees")
nets = {"one layer": [(3, 1)], "four layers": [(3, 1)] * 4, "three, stride 2": [(3, 2)] * 3}
for (name, layers), rows in zip(nets.items(), (3, 9, 15)):
    claim(f"{name}: rows", field(layers), rows)
    claim("   by the formula", rows,
          1 + sum((kernel - 1) * math.prod(stride for _, stride in layers[:number])
                  for number, (kernel, _) in enumerate(layers)))

# %%
figure, axes = viz.panels(1, 4, size=(3.1, 3.1))
for stride, colour in zip(difference, (BLUE, RED, ORANGE)):
    axes[0].plot(moves, difference[stride], "o-", color=colour, label=f"stride {stride}",
                 linewidth=2, markersize=5)
axes[0].set(xlabel="pixels by which the image moved", ylabel="relative difference",
            xticks=(0, 2, 4, 6, 8))
axes[0].set_title("What does not move along", loc="left", fontsize=11, color=INK)
axes[0].set_ylim(-0.05, 1.45)
axes[0].legend(frameon=False, fontsize=8.5, loc="upper center", ncols=3, columnspacing=1)
axes[0].grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
axes[0].spines[["top", "right"]].set_visible(False)
for ax, (name, layers) in zip(axes[1:], nets.items()):
    ax.imshow(np.sqrt(influence(layers)), cmap="cividis", interpolation="nearest")
    ax.set_title(f"{name}: sees {field(layers)} x {field(layers)}", loc="left", fontsize=11,
                 color=INK)
    ax.set_axis_off()
save_figure(figure, "16_moving_and_seeing")

# %% [markdown]
r"""
Not all that is seen counts alike.  Through four layers many more roads lead to the middle than to
the edges.  And at the right there is a pattern we know: the gradient of a convolution *is* a
transposed convolution, so with a stride, neighbouring pixels have unequal influence.

## Convolutional against dense

Is a convolution better, then?  Than what?  Let us give a dense VAE with one hidden layer of $U$
units as many parameters as a convolutional one has.  With $D$ pixels and $Z$ numbers of code it has

$$\underbrace{(D + 1)U + (U + 1)\,2Z}_{\text{encoder}} + \underbrace{(Z + 1)U + (U + 1)D}_{
\text{decoder}} = (2D + 3Z + 2)\,U + D + 2Z.$$
"""


# %%
def parameters(model):
    """How many numbers are trained."""
    return sum(p.size for p in model.parameters())


def pair_of_models(size, latent, channels):
    """A convolutional and a dense VAE with, nearly, as many parameters."""
    conv, pixels = models.vae_conv((size, size, 1), latent, channels, rng=0), size ** 2
    hidden = round((parameters(conv) - pixels - 2 * latent) / (2 * pixels + 3 * latent + 2))
    return conv, models.vae_dense((size, size, 1), latent, (hidden,), rng=0)


def fit(model, images, epochs):
    """Adam on -ELBO, 50 images a step.  Returns the seconds."""
    order, noise = np.random.default_rng(1), np.random.default_rng(2)
    adam, start = optim.Adam(model.parameters(), lr=3e-3), time.perf_counter()
    for _ in range(epochs):
        for x in data.batches(images, 50, rng=order):
            adam.zero_grad()
            (-ops.mean(model.elbo(x, rng=noise))).backward()
            adam.step()
    return time.perf_counter() - start


def bound(model, images):
    """ELBO of each image, in nats.   -> (N,)"""
    with sg.no_grad():
        return model.elbo(images, n=5, rng=3).numpy()


def claim_higher(text, a, b):
    """Claim that the bounds a are higher than b, image by image, on average."""
    claim(text, (a - b).mean(), 0, (a - b).std() / math.sqrt(len(a)), relation=">")


heading("Convolutional against dense")
bits, test_bits = (data.binarise(part.spatial) for part in (train, test))
bits, epochs = (bits[:750], 5) if FAST else (bits, 15)
conv, dense = pair_of_models(8, 10, (16, 32))
longer = pair_of_models(8, 10, (16, 32))[1]
claim("parameters, convolutional and dense", parameters(conv), parameters(dense), tolerance=0.01)

bounds = {}
for name, model, n in (("convolutional", conv, epochs), ("dense", dense, epochs),
                       ("dense, longer", longer, 3 * epochs)):
    took = fit(model, bits, n)
    bounds[name] = bound(model, test_bits)
    say(f"{name:14} {parameters(model):,} parameters, {n:2} epochs in {took:4.1f} s: "
        f"{bounds[name].mean():.2f} nats per test digit")
claim("as many epochs: nats between them",
      abs((bounds["convolutional"] - bounds["dense"]).mean()), 3, relation="<")
claim_higher("three epochs of the dense one for one: higher",
             bounds["dense, longer"], bounds["convolutional"])

# %% [markdown]
r"""
On digits of 8 by 8 the convolutions do not pay.  With as many epochs the two are about as good, but
an epoch of the dense network takes a fraction of the time (look at the seconds), so it can have
several for one of the other, and then it is ahead.  A weight of a convolution is used in many
places, which costs time; and in an image of 8 by 8 there are not many places to learn from.

Now the images are larger, 16 by 16, and made of simple shapes.  One network sees them as they are.
The other sees them with their pixels shuffled, all in the same way.
"""

# %%
sprites = data.binarise(data.sprites(900 if FAST else 1_800, rng=rng)[0])
shuffle = rng.permutation(256)


def shuffled(images):
    """Each image's pixels in the order of `shuffle`.   (N, 16, 16, 1) -> the same"""
    return images.reshape(-1, 256)[:, shuffle].reshape(images.shape)


seen, new = sprites[:-300], sprites[-300:]
epochs = 6 if FAST else 15
as_they_are, _ = pair_of_models(16, 6, (8, 16, 32))
in_disorder, _ = pair_of_models(16, 6, (8, 16, 32))
fit(as_they_are, seen, epochs)
fit(in_disorder, shuffled(seen), epochs)
ordered, disordered = bound(as_they_are, new), bound(in_disorder, shuffled(new))
say(f"convolutional VAE, sprites as they are:     {ordered.mean():.2f} nats")
say(f"convolutional VAE, sprites in disorder:     {disordered.mean():.2f} nats")
claim_higher("convolutions on images in order: higher", ordered, disordered)

# %% [markdown]
r"""
It loses many nats.  And the dense VAE?  Nothing at all.  Shuffle its first and its last weights as
the pixels are, and it is the same network; then each step of training is the same too.
"""

# %%
plain, other = (pair_of_models(16, 6, (8, 16, 32))[1].astype("float64") for _ in range(2))
first, *_, last, bias = other.parameters()
first.data, last.data, bias.data = first.data[shuffle], last.data[:, shuffle], bias.data[shuffle]
fit(plain, seen.astype(np.float64), epochs)
fit(other, shuffled(seen).astype(np.float64), epochs)
in_order, out_of_order = (bound(plain, new.astype(np.float64)),
                          bound(other, shuffled(new).astype(np.float64)))
say(f"dense VAE, sprites as they are:             {in_order.mean():.2f} nats")
say(f"dense VAE, sprites in disorder:             {out_of_order.mean():.2f} nats")
claim("the dense one, on each of the new sprites", in_order, out_of_order, tolerance=1e-6)

# %% [markdown]
r"""
And the checkerboards?  The decoder of this network has kernels of 3 and strides of 2, the uneven
case.  Here is what it draws, before training and after.
"""

# %%
z = rng.standard_normal((300, 6)).astype(np.float32)
with sg.no_grad():
    before, after = (checkerboard(m.image(z).numpy()[..., 0], cell=2)
                     for m in (pair_of_models(16, 6, (8, 16, 32))[0], as_they_are))
claim("checkerboard in what it draws, before training", before, 0.3, relation=">")
part, name = (3, "third") if FAST else (30, "thirtieth")
claim(f"after training: less than a {name} of that", after, before / part, relation="<")

# %% [markdown]
r"""
Next to nothing is left of them.  The bound of a VAE is a sum over pixels, and so each pixel that is
too light costs something.  Where the loss is the opinion of another network, as in a GAN (lessons
18 and 20), nobody looks at single pixels, and there they have been seen to stay.
"""

# %%
back = np.argsort(shuffle)
with sg.no_grad():
    copies, disordered_copies = (m.image(m.code(x[:12])).numpy() for m, x in (
        (as_they_are, new), (in_disorder, shuffled(new))))
ax = viz.reconstructions(
    new[:12], shuffled(new[:12]), copies,
    disordered_copies.reshape(-1, 256)[:, back].reshape(copies.shape), columns=12,
    names=("sprites", "shuffled", "learned from sprites", "learned from shuffled,\nback in order"),
    title="What a convolutional VAE makes of sprites, and of the same in disorder")
save_figure(ax, "16_in_disorder")

# %% [markdown]
r"""
What a convolution knows beforehand is worth many nats, where it is true, and a hindrance where it
is not.  How does the balance change with the size of the image?  That takes longer than a lesson.
The file `benchmarks/conv_against_dense.py` has done it, on three kinds of images, with three seeds,
both models at equal parameters, each stopped at its best validation bound.  We read what it found.
"""

# %%
committed = pathlib.Path(sg.__file__).parents[1] / "benchmarks/results/conv-against-dense.json"
report = json.loads(committed.read_text(encoding="utf-8"))
say(f"measured on {report['date']}; test ELBO in nats, means over "
    f"{report['settings']['seeds']} seeds; + where the convolutions are better")
say(f"{'':16}{'conv':>9}{'dense':>9}{'difference':>20}")
gained = {}
for name, result in report["results"].items():
    for equal in ("equal_epochs", "equal_time"):
        v = result[equal]
        error = v["standard_error"]
        gained[name, equal] = v["difference"], error
        amount = f"{v['epochs']} epochs" if "epochs" in v else f"{v['seconds']:g} s"
        say(f"{name:8}{amount:>10}{np.mean(v['conv']):9.2f}{np.mean(v['dense']):9.2f}"
            f"{v['difference']:+13.2f} +- {error:.2f}")
    sizes = [about["parameters"] for about in result["models"].values()]
    claim(f"{name}: parameters, conv and dense", sizes[0], sizes[1], tolerance=0.01)


def claim_gain(text, name, equal):
    """Claim that the convolutions reach a higher bound there."""
    value, error = gained[name, equal]
    claim(text, value, 0, error, relation=">")


for equal in ("equal_epochs", "equal_time"):
    claim(f"digits, {equal.replace('_', ' ')}: less than a nat between them",
          abs(gained["digits", equal][0]), 1, relation="<")
claim_gain("sprites, equal epochs: convolutions gain", "sprites", "equal_epochs")
claim_gain("MNIST, equal epochs: convolutions gain", "mnist", "equal_epochs")
claim_gain("MNIST, equal time: convolutions gain", "mnist", "equal_time")
claim("   more there than on sprites", gained["mnist", "equal_time"][0],
      gained["sprites", "equal_time"][0] + 1, relation=">")

mnist = report["results"]["mnist"]["curves"]
clock = mnist["conv"][0]["seconds"][1:]             # from the second epoch of the slower one on


def at(model, seconds):
    """The early-stopped bound after so many seconds, averaged over seeds."""
    return np.mean([curve["test"][np.searchsorted(curve["seconds"], seconds, side="right") - 1]
                    for curve in mnist[model]])


claim("MNIST, two epochs of the convolutions: the dense one", at("dense", clock[0]),
      at("conv", clock[0]), relation=">")
overtaken = next(t for t in clock if at("conv", t) > at("dense", t))
say(f"it is overtaken after {overtaken:.0f} seconds of training")
claim("   its last improvement is earlier, in seconds",
      max(curve["seconds"][-1] for curve in mnist["dense"]),
      min(curve["seconds"][-1] for curve in mnist["conv"]), relation="<")

figure, axes = viz.panels(1, 2, size=(5.2, 3.4))
for model, colour in (("conv", BLUE), ("dense", RED)):
    for curve in mnist[model]:
        axes[0].step(curve["seconds"], curve["test"], where="post", color=colour, linewidth=1.6,
                     alpha=0.8)
    axes[0].plot([], [], color=colour, label=model, linewidth=2)
axes[0].set(xlabel="seconds of training", ylabel="ELBO of test images, nats", xscale="log",
            ylim=(-140, -84))
axes[0].set_title("MNIST, equal parameters, a line for each seed", loc="left", fontsize=11,
                  color=INK)
axes[0].legend(frameon=False, fontsize=9, loc="lower right")
names = list(report["results"])
for offset, equal, colour in ((-0.18, "equal_epochs", ORANGE), (0.18, "equal_time", BLUE)):
    values, errors = zip(*(gained[name, equal] for name in names))
    axes[1].bar(np.arange(3) + offset, values, 0.34, yerr=errors, color=colour,
                label=equal.replace("_", " "))
axes[1].axhline(0, color=INK, linewidth=0.8)
axes[1].set(xticks=range(3), xlabel="", ylabel="nats gained by convolutions")
axes[1].set_xticklabels([f"{n}, {report['results'][n]['image'][0]} x "
                         f"{report['results'][n]['image'][1]}" for n in names])
axes[1].set_title("Convolutional minus dense", loc="left", fontsize=11, color=INK)
axes[1].legend(frameon=False, fontsize=9, loc="upper left")
for ax in axes:
    ax.grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "16_conv_against_dense")

# %% [markdown]
r"""
So it depends on the size of the image.  The larger it is, the more a convolution gains from using
its weights in many places, and the more a dense layer spends on weights of its own for each of
them.  On 8 by 8 pixels there is next to no difference, on 28 by 28 a large one.  (The three sets
differ in more than their size, so this is what to expect of it and no proof.)  Each line ends where
its validation bound was best: on MNIST the dense network had begun to overfit, the other had not.
Mind the left end of the curves, though: whoever has little time is better off with the dense
network, even on MNIST.

## Break it: two mistakes

### 1. The kernel that was not flipped

A mathematician's convolution flips the kernel, $\sum_k x_{i-k} w_k$; what networks do, and what we
have done here, is called correlation.  For learned weights that makes no difference, but the two
belong together: with stride 1 the transpose of a correlation is a convolution.  So "the gradient of
a convolution is a convolution" is often programmed as a call of the same function, on the padded
gradient, with the channels exchanged, and the flip is forgotten.

**Predict.**  The shapes are right.  Will a test with a kernel of ones see it?  With a blur, 1 2 1?
"""

# %%
heading("Break it: two mistakes")
predict("The gradient of a convolution by its image, written as a convolution whose kernel is not "
        "flipped: the shapes are right.  Will a test with a kernel of ones see it?  With 1 2 1?")
signal, taps = rng.normal(size=20), np.array([1.0, 2.0, 4.0])
claim("NumPy's convolution is ours with the kernel flipped", np.convolve(signal, taps, "valid"),
      ops.conv2d(signal.reshape(1, 1, 20, 1), taps[::-1].reshape(1, 3, 1, 1)).ravel())


def wrong_transpose(u, w):
    """dT/dx for stride 1 with the mistake: w should be w[::-1, ::-1]."""
    edge = len(w) - 1
    padded = np.pad(u, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    return ops.conv2d(padded, w.swapaxes(2, 3))


x, w = rng.normal(size=(1, 8, 8, 2)), rng.normal(size=(3, 3, 2, 4))
u = rng.normal(size=(1, 6, 6, 4))
blur = np.outer((1, 2, 1), (1, 2, 1))[:, :, None, None] * rng.normal(size=(2, 4))
claim("1. the shape is right", wrong_transpose(u, w).shape == x.shape)
for name, kernel in (("ones", np.ones((3, 3, 2, 4))), ("1 2 1", blur)):
    claim(f"   a kernel of {name} sees nothing", wrong_transpose(u, kernel),
          ops.conv_transpose2d(u, kernel))
image_side, result_side = (x * wrong_transpose(u, w)).sum(), (u * ops.conv2d(x, w)).sum()
say(f"   <x, wrong(u, w)> = {image_side:.3f}, <u, conv2d(x, w)> = {result_side:.3f}")
claim("   one product of random arrays sees it", abs(image_side - result_side), 1, relation=">")
claim("   flipped: the same number twice", (x * wrong_transpose(u, w[::-1, ::-1])).sum(),
      result_side)
even_x, even_u = (a + a[:, ::-1, ::-1] for a in (x, u))     # each and its half turn
claim("   symmetric image and result: the mistake passes",
      (even_x * wrong_transpose(even_u, w)).sum(), (even_u * ops.conv2d(even_x, w)).sum())

# %% [markdown]
r"""
Every symmetric kernel lets it pass, and so does any kernel where $x$ and $u$ are both symmetric.
Random arrays and two scalar products are the whole test: the **adjoint test**.

### 2. The gradient without a gradient

In a well-known engine the gradient of the weights has no rule of its own, and asking for a second
derivative ends with a `TypeError`.  That is the lucky case.  If an engine keeps the rows of the
forward pass and takes them for constants, or detaches what it computes from them, nothing is
reported at all.
"""


# %%
@primitive("(N,H,W,C),(Kh,Kw,C,O)->(N,Oh,Ow,O)")
def careless_conv2d(xp, x, w):
    """conv2d, with a mistake in its rules."""
    return ops.conv2d(x, w)


careless_conv2d.vjp = (
    lambda g, y, x, w: ops.conv_transpose2d(g, w),
    lambda g, y, x, w: ops.stop_gradient(ops.conv2d_weight(x, g, kernel=w.shape[:2])))

x, w = rng.normal(size=(1, 4, 4, 1)), rng.normal(size=(2, 2, 1, 2))
claim("2. first order: gradcheck is content", sg.gradcheck(careless_conv2d, x, w))
kind, words = complaint(sg.gradcheck, careless_conv2d, x, w, order=2)
claim("   second order", kind, "GradientError")
say(words)


def curvature(conv):
    """v^T H v for the loss sum tanh(conv(x, w)) as a function of the weights."""
    v = np.ones_like(w)
    return (v * sg.hvp(lambda w: ops.sum(ops.tanh(conv(x, w))), w, v)).sum()


step = 1e-4


def by_steps(conv):
    """The same from three values of the loss."""
    low, middle, high = (np.tanh(conv(x, w + h)).sum() for h in (-step, 0, step))
    return (high - 2 * middle + low) / step ** 2


claim("   curvature: the library, and three values of the loss", curvature(ops.conv2d),
      by_steps(ops.conv2d), tolerance=1e-5)
claim("   the careless one says that there is none", curvature(careless_conv2d), 0)


def penalty(conv):
    """The gradient by w of |d loss / dx|^2."""
    def steepness(w):
        return ops.sum(ops.square(sg.grad(lambda x: ops.sum(ops.tanh(conv(x, w))))(x)))

    return sg.grad(steepness)(w)


claim("   a gradient penalty, careless and not", penalty(careless_conv2d), penalty(ops.conv2d))

# %% [markdown]
r"""
Where does it hurt?  Wherever the gradient *of the weights* is differentiated again: curvature,
second-order optimisers, anything that is learned through a step of training.  A gradient penalty
(lesson 19) differentiates the gradient *of the image*, takes another of the rules, and is right:
one use that works proves nothing about the others.  `gradcheck` of second order tries them all.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 16 --check`.
"""

# %%
heading("Exercises")


def check_unseen(answer):
    for size in range(6, 15):
        for kernel, stride, padding in ((3, 2, 0), (3, 2, 1), (5, 4, 1), (4, 4, 0), (5, 3, 2)):
            rows = ~looked_at(size, kernel, stride, padding).any(axis=1)
            claim(f"{size} rows, K = {kernel}, S = {stride}, P = {padding}",
                  answer(size, kernel, stride, padding), rows.sum())


@exercise("How many rows of an image of H rows are in no window?  Return that number for any H, K, "
          "S, P with S <= K and P < K.", check=check_unseen,
          hint="the remainder of (H + 2P - K) / S is what is left over; padding is used up first")
def unseen_rows(size, kernel, stride, padding):
    return None


# %%
def check_field(answer):
    for layers in ([(3, 1)], [(3, 1), (3, 1)], [(5, 2), (3, 1)], [(3, 2), (3, 2), (3, 1)],
                   [(1, 1), (5, 1), (3, 2)]):
        claim(f"(K, S) = {layers}", answer(layers), field(layers))


@exercise("The receptive field of a network, without the formula: begin with one number of the "
          "result and go back, layer by layer.  `layers` is a list of (K, S).", check=check_field,
          hint="r windows in a row, each K long and S apart, cover (r - 1) S + K numbers")
def receptive_field(layers):
    return None


# %%
def check_transpose(answer):
    draw = np.random.default_rng(4)
    for size, kernel, stride in ((4, 3, 1), (3, 3, 2), (3, 4, 2), (2, 2, 3), (3, 5, 3)):
        u = draw.normal(size=(2, size, size + 1, 3))
        w = draw.normal(size=(kernel, kernel, 2, 3))
        claim(f"K = {kernel}, S = {stride}", answer(u, w, stride),
              ops.conv_transpose2d(u, w, stride=stride))


@exercise("A transposed convolution is an ordinary one, of stride 1, on an image with S - 1 zeros "
          "between its pixels.  Return conv_transpose2d(u, w, stride=stride), for arrays u "
          "(N, H, W, O) and w (K, K, C, O), with no operation of the library but conv2d.",
          check=check_transpose,
          hint="zeros between, then K - 1 zeros around; the kernel flipped, its channels exchanged")
def transpose_by_convolution(u, w, stride):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Fast convolutions.**  The product of rows and columns is one way; transforms (FFT, Winograd)
  save multiplications.  What is fast, and by how much, is lesson 24.
- **Batch normalisation**, without which deep convolutional generators hardly train, comes with the
  DCGAN, lesson 20; a convolution whose kernel may not see the future, with lesson 17.
- **Strides that respect shifts.**  Blur before each stride, and the zigzag of the figure shrinks:
  Zhang, *Making Convolutional Networks Shift-Invariant Again* (2019).
- Dumoulin and Visin, *A guide to convolution arithmetic for deep learning* (2016), chapters 2 and
  4: every size and remainder, drawn.
- Odena, Dumoulin and Olah, *Deconvolution and Checkerboard Artifacts* (2016), with pictures of what
  remains after training.
- Luo, Li, Urtasun and Zemel, *Understanding the Effective Receptive Field in Deep Convolutional
  Neural Networks* (2016), sections 2 and 3.
"""
