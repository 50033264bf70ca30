# %% [markdown]
r"""
# Arrays and broadcasting

**You will**

- find the one function that turns the sixty lines of lesson 01 from numbers to arrays;
- derive the rule of a matrix product from its indices, and train a line with a loss that looks
  right and teaches nothing;
- build a gradient checker, see why it has to work in double precision, and what it has to say at
  corners and ties.

**Prerequisites** NumPy's broadcasting; the rules and the sum over roads of lesson 01.  **Takes**
about 3 seconds on a CPU.

A layer of a network adds a bias to every row of a batch,

$$y_{nj} = x_{nj} + b_j, \qquad x\ (N, D),\quad b\ (D),\quad y\ (N, D),$$

and NumPy makes it work by *broadcasting* $b$.  On the way back the rule of `+` is "hand on
$g = \partial L/\partial y$".  But $g$ has shape $(N, D)$, and $\partial L/\partial b$ must have the
shape of $b$.

**Predict.**  With $N = 4$ rows, what is $\partial L/\partial b_j$: the sum of the four numbers
$g_{nj}$, their mean, or the last of them?
"""

# %%
import numpy as np

import scratchgen as sg
from scratchgen import ops, viz
from scratchgen.autodiff import engine
from scratchgen.autodiff.primitive import primitive
from scratchgen.backend import standard
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show, stepper)

heading("Arrays and broadcasting")
predict("y = x + b with x (4, 3) and b (3,).  Given g = dL/dy of shape (4, 3), what is dL/db: the "
        "sum, the mean or the last of the rows of g?")

# %% [markdown]
r"""
## Copying forwards is adding backwards

Broadcasting copies: $b_j$ stands in every row.  So there are $N$ roads from $b_j$ to the loss, one
through each row, and lesson 01 says what to do with roads:

$$\frac{\partial L}{\partial b_j}
= \sum_n \frac{\partial L}{\partial y_{nj}} \frac{\partial y_{nj}}{\partial b_j}
= \sum_n g_{nj}.$$

The sum, then.  We hold it against nudging, with the loss $L = \sum_{nj} g_{nj}\,y_{nj}$, which has
$\partial L/\partial y = g$ by construction.
"""

# %%
rng = np.random.default_rng(2)
x, b, g = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(4, 3))


def nudge(f, x, h=1e-5):
    """df/dx for a function of an array whose value is a number, entry by entry."""
    slopes = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        slopes[index] = (f(x + step) - f(x - step)) / (2 * h)
    return slopes


heading("Copying forwards is adding backwards")
claim("dL/db is the sum over the rows of g", nudge(lambda b: (g * (x + b)).sum(), b),
      g.sum(axis=0), tolerance=1e-8)

# %% [markdown]
r"""
There is a second way to say it.  Copying is a linear map: with the rows of $y$ written one below
the other it is a matrix $B$ of ones and zeros.  Whatever a linear map does forwards, its transpose
does backwards, and to be the transpose means

$$\langle B\,b,\ g \rangle = \langle b,\ B^\top g \rangle \qquad\text{for all } b \text{ and } g.$$

That is a test one can run without any derivative, on any shapes.
"""

# %%
B = np.tile(np.eye(3), (4, 1))
claim("B copies", (B @ b).reshape(4, 3), np.broadcast_to(b, (4, 3)))
claim("its transpose adds", B.T @ g.reshape(12), g.sum(axis=0))
claim("<B b, g> = <b, B^T g>", (B @ b) @ g.reshape(12), b @ (B.T @ g.reshape(12)))

# %%
INK, MUTED = "#22262e", "#5c6370"


def draw_matrix(ax, values, left, top, title="", alpha=1.0, most=3.2):
    """A matrix as coloured squares of size 1 with their numbers, from (left, top)."""
    rows, columns = values.shape
    ax.imshow(values, cmap="RdBu_r", vmin=-most, vmax=most, alpha=alpha, interpolation="nearest",
              extent=(left, left + columns, top + rows, top))
    for (i, j), value in np.ndenumerate(values.round(1) + 0.0):
        ax.text(left + j + 0.5, top + i + 0.5, f"{value:.1f}".replace("-", "\N{MINUS SIGN}"),
                ha="center", va="center", fontsize=9.5, alpha=max(alpha, 0.5),
                color="white" if abs(value) > 0.6 * most else INK)
    ax.text(left + columns / 2, top - 0.3, title, ha="center", color=INK, fontsize=11)


figure, (ax,) = viz.panels(size=(8.0, 5.9))
draw_matrix(ax, x, 0, 0, "$x$   (4, 3)")
draw_matrix(ax, b[None], 4.7, 0, "$b$   (3,), copied")
draw_matrix(ax, np.tile(b, (3, 1)), 4.7, 1, alpha=0.3)
draw_matrix(ax, x + b, 9.4, 0, "$y$   (4, 3)")
draw_matrix(ax, g, 9.4, 6.2, r"$g = \partial L\,/\,\partial y$   (4, 3)")
draw_matrix(ax, g.sum(axis=0)[None], 4.7, 7.7, r"$\partial L\,/\,\partial b$   (3,)")
for place, sign in ((3.85, "+"), (8.55, "=")):
    ax.text(place, 2, sign, ha="center", va="center", fontsize=18, color=MUTED)
ax.annotate("", (7.9, 8.2), (9.2, 8.2), arrowprops=dict(arrowstyle="-|>", color=INK, lw=1.8))
ax.text(8.55, 7.9, "add rows", ha="center", fontsize=9.5, color=INK)
ax.text(0, -1.3, "Forwards, copy", fontsize=13, color=INK)
ax.text(0, 8.2, "Backwards, add", fontsize=13, color=INK, va="center")
ax.set(xlim=(-0.1, 12.5), ylim=(10.3, -1.8), aspect="equal")
ax.set_axis_off()
save_figure(figure, "02_copying_and_adding")

# %% [markdown]
r"""
## Undoing any broadcast

NumPy lines shapes up at their *last* axes and stretches in two ways: it puts axes that are missing
in front, and it repeats axes of size 1.  So we add up over both, and restore the shape.
"""


# %%
def sum_to(g, shape):
    """Undo broadcasting: add g up over the axes along which `shape` was stretched."""
    missing = g.ndim - len(shape)
    stretched = [missing + i for i, n in enumerate(shape) if n == 1]
    return g.sum(axis=(*range(missing), *stretched)).reshape(shape)


def random_shapes(rng):
    """A shape, and another one that broadcasts to it."""
    full = tuple(int(n) for n in rng.integers(1, 5, size=rng.integers(0, 5)))
    first = rng.integers(0, len(full) + 1)
    small = tuple(n if rng.random() < 0.5 else 1 for n in full[first:])
    return full, small


heading("Undoing any broadcast")
trials, apart, not_adjoint = 30 if FAST else 300, 0.0, 0.0
for _ in range(trials):
    full, small = random_shapes(rng)
    p, q = rng.normal(size=small), rng.normal(size=full)
    forwards = (np.broadcast_to(p, full) * q).sum()
    backwards = (p * sum_to(q, small)).sum()
    not_adjoint = max(not_adjoint, abs(forwards - backwards))
    apart = max(apart, abs(sum_to(q, small) - engine.sum_to(q, small)).max())
claim(f"<copy p, q> = <p, add q>, {trials} pairs of shapes", not_adjoint, 0.0, tolerance=1e-12)
claim("difference from the library's own", apart, 0.0, tolerance=1e-12)
show(standard.sum_to)
say("")
show(engine.sum_to)

# %% [markdown]
r"""
The first of the two does the sum, on the arrays of whichever library `xp` is (lesson 03).  The
second makes an operation of it, which has a rule of its own: adding forwards is copying backwards.

The engine calls it, and nobody else has to.  So no rule, of whichever operation, ever has to think
about broadcasting: `+` hands on $g$, `*` hands on $g$ times the other factor, and the engine
adds up.  (Forgetting the sum for one particular operation is thereby not possible.)

## The most expensive broadcast

Broadcasting is obliging, and sometimes it obliges when it should object.  A network's predictions
have shape $(N,)$; the targets were read from a file with one column, so they have shape $(N, 1)$.
We fit a line to points that lie, but for some noise, on $t = 2x + 1$, by gradient descent on the
mean squared error.

**Predict.**  What happens: an error, the right line, or another one?  If another, which?
"""

# %%
heading("The most expensive broadcast")
predict("Predictions (N,), targets (N, 1), loss = mean((predictions - targets)^2), and data on the "
        "line 2 x + 1.  Which line will gradient descent find?")
N = 50
inputs = np.linspace(-1, 1, N)
targets = 2 * inputs + 1 + 0.2 * rng.normal(size=N)


def fit_line(targets, steps=80, rate=0.5):
    """Slope, intercept and final loss of a line fitted by gradient descent."""
    w, c = sg.Tensor(0.0, requires_grad=True), sg.Tensor(0.0, requires_grad=True)
    for _ in range(steps):
        for parameter in (w, c):
            parameter.zero_grad()
        loss = ops.mean(ops.square(w * inputs + c - targets))
        loss.backward()
        w.data -= rate * w.grad
        c.data -= rate * c.grad
    return w.item(), c.item(), loss.item()


slope, intercept, loss = fit_line(targets)
flat, level, wrong_loss = fit_line(targets[:, None])

best = np.polyfit(inputs, targets, 1)
claim("shapes equal: slope of the least-squares line", slope, best[0])
claim("shapes equal: intercept", intercept, best[1])
claim("the slope is nearly the true one", slope, 2, tolerance=0.1)
claim("(N,) against (N, 1): slope", flat, 0.0)
claim("(N,) against (N, 1): intercept, the mean of all targets", level, targets.mean())

# %% [markdown]
r"""
No error, and a flat line.  $(N,) - (N, 1)$ is a matrix $(N, N)$ of *every* prediction minus *every*
target, and the best answer to all targets at once is their mean, whatever the input.  The loss did
fall while training, and then stopped at the variance of the targets: "the model does not learn", in
the words of many a question on the web.  What was meant is the diagonal.
"""

# %%
everything = (slope * inputs + intercept) - targets[:, None]
claim("numbers in the loss, where 50 were meant", everything.size, 2500)
claim("the loss falls, as far as the variance of the targets", wrong_loss, targets.var())

figure, (lines, pairs) = viz.panels(1, 2, size=(4.7, 4.0))
lines.scatter(inputs, targets, s=18, color=viz.CLASS_COLOURS[3], label="data")
for (w, c), colour, name in (((slope, intercept), viz.CLASS_COLOURS[0], "(N,) against (N,)"),
                             ((flat, level), viz.CLASS_COLOURS[2], "(N,) against (N, 1)")):
    lines.plot(inputs, w * inputs + c, color=colour, linewidth=2.4, label=name)
lines.set(xlabel="$x$", ylabel="$t$", xticks=(-1, -0.5, 0, 0.5, 1))
lines.set_title("The line that is found", loc="left", fontsize=11, color=INK)
lines.legend(frameon=False, fontsize=9)
picture = pairs.imshow(everything, cmap="RdBu_r", vmin=-3.5, vmax=3.5)
pairs.plot([-0.5, N - 0.5], [-0.5, N - 0.5], color=INK, linewidth=1.6)
pairs.text(N - 3, N - 9, "meant", ha="right", color=INK, fontsize=10, rotation=-45)
pairs.set(xlabel="number of the prediction", ylabel="number of the target")
pairs.set_title("What was averaged: 50 x 50 errors", loc="left", fontsize=11, color=INK)
figure.colorbar(picture, ax=pairs, shrink=0.8, label="prediction minus target")
save_figure(figure, "02_the_most_expensive_broadcast")

# %% [markdown]
r"""
Addition must broadcast; a *loss* need not.  The losses of this library refuse, in words:
"""

# %%
kind, words = complaint(ops.gaussian_nll, targets[:, None], slope * inputs + intercept, 0.0)
claim("the library's Gaussian loss", kind, "ShapeError")
say(words)

# %% [markdown]
r"""
## The matrix product

$Y = A\,B$ has $y_{ij} = \sum_k a_{ik} b_{kj}$.  Which outputs does $a_{ik}$ reach?  All of row $i$:
there is a road through each $y_{ij}$, with local derivative $b_{kj}$.  Sum over roads:

$$\frac{\partial L}{\partial a_{ik}} = \sum_j g_{ij}\, b_{kj} = (g\, B^\top)_{ik}, \qquad
\frac{\partial L}{\partial b_{kj}} = \sum_i a_{ik}\, g_{ij} = (A^\top g)_{kj}.$$

A product forwards is two products backwards: training costs about three times as much as
prediction, and this is why.
"""

# %%
heading("The matrix product")
A, B, g = rng.normal(size=(2, 3)), rng.normal(size=(3, 4)), rng.normal(size=(2, 4))
claim("dL/dA = g B^T, by nudging", nudge(lambda A: (g * (A @ B)).sum(), A), g @ B.T,
      tolerance=1e-8)
claim("dL/dB = A^T g, by nudging", nudge(lambda B: (g * (A @ B)).sum(), B), A.T @ g,
      tolerance=1e-8)
_, pullback = sg.vjp(ops.matmul, A, B)
claim("the library's dL/dA", pullback(g)[0], g @ B.T)
claim("the library's dL/dB", pullback(g)[1], A.T @ g)
show(ops.matmul)

# %% [markdown]
r"""
### A trick, and its limit

Nobody remembers where the transpose goes.  Of the eight products that can be made of $g$ and $B$,
with and without transposes and in both orders, how many have the shape of $A$?  If the three sizes
are different, just one, and so it must be the rule.
"""


# %%
def products(p, q):
    """p q, p^T q, ... and q p, q^T p, ...: every product of the two that exists."""
    for left, right in ((p, q), (q, p)):
        for first in (left, left.T):
            for second in (right, right.T):
                if first.shape[1] == second.shape[0]:
                    yield first @ second


found = [y for y in products(g, B) if y.shape == A.shape]
claim("products of g and B with the shape of A", len(found), 1)
claim("and that one is right", found[0], g @ B.T)

A, B, g = (rng.normal(size=(3, 3)) for _ in range(3))
found = [y for y in products(g, B) if y.shape == A.shape]
claim("if all are square: products with the shape of A", len(found), 8)
claim("of which are right", sum(np.allclose(y, g @ B.T) for y in found), 1)

# %% [markdown]
r"""
Shapes are a hint and no proof.  A transposed weight in a square layer is the bug that shapes do not
see, and what sees it is a gradient check.  Give that check three different sizes nevertheless.

## The sixty lines, with arrays

Here is the engine of lesson 01 again, with two other operations.  The value is an array, and one
line of `backward` is new: the one that undoes broadcasting.  `mean` is broadcasting the other way
round: it adds forwards, so it copies backwards.
"""


# %%
class Array:
    """An array that remembers y = op(*inputs)."""

    made = 0

    def __init__(self, value, op=None, inputs=()):
        self.value, self.op, self.inputs = np.asarray(value), op, inputs
        self.gradient = 0.0
        self.order = Array.made = Array.made + 1


def apply(op, *inputs):
    return Array(FORWARD[op](*(x.value for x in inputs)), op, inputs)


FORWARD = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "tanh": np.tanh,
           "matmul": np.matmul, "mean": np.mean}

RULES = {
    "add":      (lambda g, y, a, b: g,
                 lambda g, y, a, b: g),
    "subtract": (lambda g, y, a, b: g,
                 lambda g, y, a, b: -g),
    "multiply": (lambda g, y, a, b: g * b,
                 lambda g, y, a, b: g * a),
    "tanh":     (lambda g, y, x: g * (1 - y * y),),
    "matmul":   (lambda g, y, a, b: g @ b.T,
                 lambda g, y, a, b: a.T @ g),
    "mean":     (lambda g, y, x: np.broadcast_to(g / x.size, x.shape),),
}


def ancestors(root):
    found, to_visit = {root.order: root}, [root]
    while to_visit:
        for x in to_visit.pop().inputs:
            if x.order not in found:
                found[x.order] = x
                to_visit.append(x)
    return [found[order] for order in sorted(found, reverse=True)]


def backward(root):
    arrived = {root.order: np.array(1.0)}
    for y in ancestors(root):
        g = arrived[y.order]
        if y.op is None:
            y.gradient = y.gradient + g
            continue
        values = [x.value for x in y.inputs]
        for x, rule in zip(y.inputs, RULES[y.op]):
            part = sum_to(rule(g, y.value, *values), x.value.shape)         # this line is new
            arrived[x.order] = arrived.get(x.order, 0.0) + part


# %% [markdown]
r"""
A network of two layers, mean squared error: `(N, 2) -> (N, 5) -> (N, 1)`.  Every gradient is equal
to the library's.
"""

# %%
shapes = {"w1": (2, 5), "b1": (5,), "w2": (5, 1), "b2": (1,)}
start = {name: rng.normal(size=shape) for name, shape in shapes.items()}
x, t = rng.normal(size=(8, 2)), rng.normal(size=(8, 1))

p = {name: Array(value) for name, value in start.items()}
hidden = apply("tanh", apply("add", apply("matmul", Array(x), p["w1"]), p["b1"]))
output = apply("add", apply("matmul", hidden, p["w2"]), p["b2"])
error = apply("subtract", output, Array(t))
mine = apply("mean", apply("multiply", error, error))
backward(mine)

w1, b1, w2, b2 = (sg.Tensor(value, requires_grad=True) for value in start.values())
loss = ops.mean(ops.square(ops.tanh(x @ w1 + b1) @ w2 + b2 - t))
loss.backward()

heading("The sixty lines, with arrays")
claim("the loss", mine.value, loss)
for name, tensor in zip(p, (w1, b1, w2, b2)):
    claim(f"dL/d{name} {shapes[name]}", p[name].gradient, tensor.grad, tolerance=1e-12)
say("")
stepper(sg.explain(loss))

# %% [markdown]
r"""
Among the steps of `explain`, look for those that say over which axes was summed: they are the two
biases.

## How small a step?

Until now we have trusted nudging.  How far can it be trusted?  Its formula

$$\frac{f(x+h) - f(x-h)}{2h} = f'(x) + \frac{h^2}{6} f'''(x) + \dots$$

is off by about $h^2$, so a smaller $h$ is better.  But a computer knows $f$ only up to a relative
error, the rounding of its numbers; we call it $\varepsilon$.  The difference of two nearly equal
numbers, divided by $2h$, is then off by about $\varepsilon/h$, so a smaller $h$ is worse.

**Predict.**  In single precision $\varepsilon \approx 6 \cdot 10^{-8}$.  How many digits of a
derivative can one get from it at best: about seven, about five, or about two?
"""

# %%
heading("How small a step?")
predict("float32 keeps about seven digits.  How many digits of a derivative can nudging give in "
        "float32, with the best of all steps: about seven, five or two?")


def f(x):
    return np.exp(np.sin(3 * x))


def exact(x):
    return 3 * np.cos(3 * x) * f(x)


def central(x, h):
    """Two points: off by h^2."""
    return (f(x + h) - f(x - h)) / (2 * h)


def central_4(x, h):
    """Four points, weighted so that the term with h^2 cancels: off by h^4."""
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def typical_error(formula, h, dtype):
    """The median relative error over points where the derivative is not small."""
    x = np.linspace(-0.4, 0.4, 201).astype(dtype)
    true = exact(x.astype(np.float64))
    return np.median(abs(formula(x, dtype(h)).astype(np.float64) - true) / abs(true))


steps = np.logspace(-14, -0.5, 60 if FAST else 240)
errors = {(formula.__name__, dtype.__name__): [typical_error(formula, h, dtype) for h in steps]
          for dtype in (np.float32, np.float64) for formula in (central, central_4)}
best = {key: np.nanmin(values) for key, values in errors.items()}

claim("float32, two points: five digits", best["central", "float32"], 1e-5, relation="<")
claim("   and not six", best["central", "float32"], 1e-6, relation=">")
claim("float32, four points: not much more", best["central_4", "float32"], 5e-7, relation=">")
claim("float64, two points, the best step", best["central", "float64"], 5e-11, relation="<")
claim("float64, four points, the best step", best["central_4", "float64"], 5e-13, relation="<")
claim("smaller is not better: two points, h = 1e-13",
      typical_error(central, 1e-13, np.float64), 1000 * best["central", "float64"], relation=">")

# %%
figure, (ax,) = viz.panels(size=(6.8, 4.3))
for (formula, dtype), values in errors.items():
    colour = viz.CLASS_COLOURS[2 if dtype == "float32" else 0]
    shown = steps > (2e-8 if dtype == "float32" else 0)
    ax.loglog(steps[shown], np.array(values)[shown], color=colour, linewidth=2,
              linestyle="-" if formula == "central_4" else (0, (3, 1.5)),
              label=f"{dtype}, {'four' if formula == 'central_4' else 'two'} points")
ax.axhline(1e-7, color=INK, linewidth=0.9)
ax.text(2e-8, 1.6e-7, "what gradcheck allows", fontsize=9.5, color=INK)
ax.text(3e-11, 3e-10, r"rounding, $\varepsilon / h$", fontsize=10, color=MUTED, rotation=-31)
ax.text(6e-6, 8e-9, "$h^2$", fontsize=10, color=MUTED)
ax.text(4.5e-3, 1.5e-10, "$h^4$", fontsize=10, color=MUTED)
ax.set(xlabel="step $h$", ylabel="relative error of the derivative", ylim=(1e-14, 2))
ax.grid(color="#d9dce1", linewidth=0.6)
ax.spines[["top", "right"]].set_visible(False)
ax.set_title("A step can be too large and too small", loc="left", fontsize=12, color=INK)
ax.legend(frameon=False, fontsize=9, loc="lower left")
save_figure(figure, "02_how_small_a_step")

# %% [markdown]
r"""
Five digits, then, and with four points perhaps a sixth.  In single precision a right gradient and
one that is wrong in the seventh digit look the same, whatever the step.  That is why `sg.gradcheck`
takes float64 and nothing else, uses the formula with four points, and can afford to ask for
agreement to $10^{-7}$.

## Break it: a check that checks too little

A widely used teaching engine checks *one entry, drawn at random, to one part in a hundred*.
We give such a check two rules that are wrong: a cube whose slope is $3.01\,x^2$, and a square
whose rule has the wrong sign at one entry of a thousand.
"""


# %%
@primitive("(...)->(...)", formula="y = x^3")
def cube(xp, x):
    return x * x * x


cube.vjp = (lambda g, y, x: g * (3.01 * x * x),)


@primitive("(N)->(N)", formula="y = x^2")
def square(xp, x):
    return x * x


one_wrong = np.ones(1000)
one_wrong[617] = -1
square.vjp = (lambda g, y, x: g * (2 * x * one_wrong),)


def weak_check(op, x, rng):
    """One random entry, central differences, one part in a hundred."""
    x = sg.Tensor(x, requires_grad=True)
    ops.sum(op(x)).backward()
    step = np.zeros(x.shape)
    step[rng.integers(x.size)] = 1e-4
    numeric = (op(x.data + step).sum() - op(x.data - step).sum()) / 2e-4
    analytic = x.grad[step != 0].item()
    return abs(analytic - numeric) <= 0.01 * abs(numeric)


heading("Break it: a check that checks too little")
x = rng.uniform(0.5, 1.5, size=1000)
claim("one random entry lets the cube pass", weak_check(cube, x, rng))
claim("one random entry lets the square pass", weak_check(square, x, rng))
kind, words = complaint(sg.gradcheck, cube, x[:4])
claim("gradcheck on the cube", kind, "GradientError")
say(words)
kind, words = complaint(sg.gradcheck, square, x)
claim("gradcheck on the square", kind, "GradientError")
claim("and it names the entry", "617" in words)
say(words)
claim("gradcheck on the library's own", sg.gradcheck(ops.square, x[:30], order=2))

# %% [markdown]
r"""
A wrong gradient seldom stops a training run.  The loss falls anyway, a little slower and to a worse
place, and nobody ever learns why.  That is why a strict check is worth its seconds.

## Corners and ties

Some functions have no derivative somewhere, and a program has to return a number all the same.

**Predict.**  $L = \max(a, b)$ at $a = b = 1$.  What should $\partial L/\partial a$ and
$\partial L/\partial b$ be: 1 and 1, 1 and 0, or $\tfrac12$ and $\tfrac12$?
"""

# %%
heading("Corners and ties")
predict("L = max(a, b) at a = b = 1: are dL/da and dL/db 1 and 1, 1 and 0, or a half each?")

a, b = sg.Tensor(1.0, requires_grad=True), sg.Tensor(1.0, requires_grad=True)
ops.maximum(a, b).backward()

claim("dL/da at the tie", a.grad, 0.5)
claim("dL/db at the tie", b.grad, 0.5)
both = (max(1.001, 1.001) - max(1.0, 1.0)) / 0.001
claim("if both move by 0.001, L moves by 0.001", both, 1)
claim("a half each says so too", float(a.grad + b.grad), both)

# %% [markdown]
r"""
Move both, and $L$ moves as much as they do; so the two derivatives must add up to 1.  Giving the
whole gradient to *each* winner, which is what comes of comparing `x == x.max()` and multiplying,
counts it twice: a mistake of more than one teaching engine.  1 and 0 would do, but would depend
on the order of the arguments; a half each does not.
"""

# %%
x = np.array([2.0, 5.0, 5.0, 5.0])
double_counted = (x == x.max()) * 1.0
claim("counting every winner in full: they add up to", double_counted.sum(), 3)
claim("the library shares: they add up to", sg.grad(ops.max)(x).sum(), 1)
claim("a third for each of the three", sg.grad(ops.max)(x), np.array([0, 1, 1, 1]) / 3)

# %% [markdown]
r"""
At a corner any slope between the one from the left and the one from the right is defensible, and
what matters is that it is written down.  Ours are those of PyTorch.  `gradcheck` cannot agree with
any choice there, but it can tell a corner from a mistake:
"""

# %%
corners = {"abs'(0)": (ops.abs, 0.0), "relu'(0)": (ops.relu, 0.0),
           "leaky_relu'(0)": (ops.leaky_relu, 0.2), "norm'(0)": (ops.norm, 0.0)}
for name, (op, convention) in corners.items():
    claim(name, sg.grad(op)(0.0), convention)
claim("clip to [0, 1] at its edge", sg.grad(lambda x: ops.clip(x, 0.0, 1.0))(1.0), 1)

kind, words = complaint(sg.gradcheck, ops.relu, np.array([-0.3, 0.0, 0.8]))
claim("gradcheck on relu at 0 calls it a kink", "kink" in words)
say(words)

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 2 --check`.
"""

# %%
heading("Exercises")


def check_bilinear(rule):
    draw = np.random.default_rng(5).normal
    x, w, z, g = draw(size=(6, 2)), draw(size=(2, 3)), draw(size=(6, 3)), draw(size=6)
    claim("dL/dw", rule(g, x, w, z),
          nudge(lambda w: (g * np.einsum("ni,ij,nj->n", x, w, z)).sum(), w), tolerance=1e-7)


@exercise("y_n = sum_ij x_ni w_ij z_nj, with x (N, I), w (I, J), z (N, J).  Return dL/dw, (I, J), "
          "given g = dL/dy, (N,).", check=check_bilinear,
          hint="w_ij reaches every y_n, with local derivative x_ni z_nj; np.einsum, or a product")
def bilinear_rule(g, x, w, z):
    return None


# %%
def check_mean(rule):
    draw = np.random.default_rng(6).normal
    for axis, shape in ((0, (4, 3)), (1, (4, 3)), (1, (2, 5, 3))):
        x = draw(size=shape)
        y, pullback = sg.vjp(lambda x: ops.mean(x, axis=axis), x)
        g = draw(size=y.shape)
        claim(f"mean over axis {axis}", rule(g, x, axis), pullback(g)[0])


@exercise("The rule of y = x.mean(axis): g has lost that axis.  Return dL/dx in the shape of x.",
          check=check_mean, hint="np.expand_dims puts the axis back; then divide and broadcast")
def mean_rule(g, x, axis):
    return None


# %%
def check_complex_step(derivative):
    for x in (-0.3, 0.1, 0.4):
        claim(f"f'({x}), to the last digits", derivative(f, x), exact(x), tolerance=2e-15)
        claim("another function", derivative(lambda x: x ** 5, 1 + x), 5 * (1 + x) ** 4,
              tolerance=2e-15)


@exercise("f takes complex numbers too, and f(x + ih) = f(x) + i h f'(x) - h^2 f''(x) / 2 - ...  "
          "Return f'(x) to the last digit, with no difference of nearly equal numbers.",
          check=check_complex_step, hint="the imaginary part; h = 1e-100 is not too small")
def complex_step(f, x):
    return None


# %%
def check_safe_log(safe_log):
    x = sg.Tensor([0.0, 0.5, 2.0, -1.0], requires_grad=True)
    y = safe_log(x)
    claim("values", y, np.array([0.0, np.log(0.5), np.log(2.0), 0.0]))
    ops.sum(y).backward()
    claim("gradients", x.grad, np.array([0.0, 2.0, 0.5, 0.0]))


@exercise("where(x > 0, log(x), 0) has the right value at x = 0 and the gradient NaN, for the rule "
          "multiplies 0 by the infinite slope of the branch that was not taken.  Write it with "
          "gradient 0 there.", check=check_safe_log,
          hint="two wheres: ops.where makes the argument of the logarithm harmless first")
def safe_log(x):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Precision as part of an array.**  A float32 network stays float32 through every operation here;
  in NumPy `x / np.sqrt(3)` would quietly turn it into float64.  Lesson 03 has more of these.
- **Products of stacks of matrices, convolutions.**  Both are sums over shared indices, so both have
  rules like those of the matrix product: lesson 16.
- **Functions made of jumps.**  Rounding, or the place of the largest number, has derivative 0
  wherever it has one, so no gradient gets through: lesson 22.
- **Second derivatives.**  `gradcheck(..., order=2)` checks the gradient of the gradient, where a
  rule that treats a saved number as a constant is found out.
- Giles, *Collected matrix derivative results for forward and reverse mode algorithmic
  differentiation* (2008), sections 2 and 3: inverses, determinants, eigenvalues.
- Press, Teukolsky, Vetterling and Flannery, *Numerical Recipes* (2007), section 5.7, on the choice
  of $h$.
- Squire and Trapp, *Using complex variables to estimate derivatives of real functions* (SIAM
  Review 40, 1998): three pages.
"""
