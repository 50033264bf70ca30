# %% [markdown]
r"""
# A number that remembers

**You will**

- write reverse-mode differentiation in 60 lines, and hold it against the library's on random
  programs;
- see why the order of the backward pass matters, and why it says `+=`;
- make five mistakes that working programs have made, look at the wrong number each one gives, and
  name the check that catches it.

**Prerequisites** Python classes, the chain rule.  **Takes** about 3 seconds on a CPU.

A neural network is a function of a million numbers, its weights, whose value is one number, its
loss $L$.  To train it we need a million derivatives $\partial L/\partial w_i$.  One way to get a
derivative is to nudge its weight, run the network again and look at how far $L$ moved; for a
million weights that makes a million and one runs.

**Predict.**  There is a way to get all of them, exactly, from a single run and one walk back
through it.  How much work do you think that takes, counted in runs: as many as there are weights,
their logarithm, or a small number that does not depend on how many weights there are?
"""

# %%
import inspect
import itertools
import math
import operator
from unittest import mock

import numpy as np

import scratchgen as sg
from scratchgen import ops, viz
from scratchgen.autodiff import engine
from scratchgen.lesson import (FAST, claim, exercise, heading, predict, save_figure, say, show,
                               stepper)

heading("A number that remembers")
predict("All derivatives of L with respect to n numbers cost as much as how many runs of L: about "
        "n, about log n, or a fixed number?")

# %% [markdown]
r"""
## Nudging

We take the smallest example in which something interesting happens, a function of two numbers in
which one of them is used twice:

$$L = a\,b + \sin a \qquad\text{at } a = 2,\ b = 3.$$

**Predict.**  $a$ grows from 2 to 2.001.  By how much does $L$ grow?
"""

# %%
heading("Nudging")
predict("L = a b + sin a at a = 2, b = 3.  a grows from 2 to 2.001: by how much does L grow?")


def example(a, b):
    return a * b + math.sin(a)


def slope(f, *x, at=0, h=1e-5):
    """df/dx by nudging argument number `at` to both sides."""
    def moved(step):
        return f(*(v + step * (i == at) for i, v in enumerate(x)))
    return (moved(h) - moved(-h)) / (2 * h)


claim("L grows by 0.00258", example(2.001, 3) - example(2, 3), 0.00258, tolerance=1e-5)
claim("that is 2.58 for each unit of a", slope(example, 2.0, 3.0), 2.58, tolerance=0.002)

# %% [markdown]
r"""
## The chain rule is a sum over roads

Where does 2.58 come from?  Write the computation down in steps, one operation each:

$$p = a\,b, \qquad s = \sin a, \qquad L = p + s.$$

Each step has a derivative with respect to each of *its own* inputs, and these **local
derivatives** are easy, for they know nothing of the rest:

$$\frac{\partial p}{\partial a} = b, \qquad \frac{\partial p}{\partial b} = a, \qquad
\frac{\partial s}{\partial a} = \cos a, \qquad
\frac{\partial L}{\partial p} = \frac{\partial L}{\partial s} = 1.$$

A change of $a$ reaches $L$ on two roads, one through $p$ and one through $s$.  Along a road the
changes multiply; where roads meet they add:

$$\frac{dL}{da}
= \underbrace{\frac{\partial L}{\partial p}\frac{\partial p}{\partial a}}_{\text{through } p}
+ \underbrace{\frac{\partial L}{\partial s}\frac{\partial s}{\partial a}}_{\text{through } s}
= 1 \cdot b + 1 \cdot \cos a.$$
"""

# %%
a, b = 2.0, 3.0
through_p = 1 * b
through_s = 1 * math.cos(a)

heading("The chain rule is a sum over roads")
claim("dL/da = b + cos a", slope(example, a, b), through_p + through_s, tolerance=1e-8)
claim("dL/db = a", slope(example, a, b, at=1), a, tolerance=1e-8)

# %% [markdown]
r"""
## Sixty lines

To walk the roads, a number has to remember where it came from.  So ours holds a value and the
operation and the inputs that made it.  It also takes a ticket from a clock; what that is good for
we shall see when we do without.
"""

# %%
clock = itertools.count()


class Number:
    """A number that remembers y = op(*inputs)."""

    def __init__(self, value, op=None, inputs=()):
        self.value, self.op, self.inputs = value, op, inputs
        self.gradient = 0.0
        self.order = next(clock)

    def __add__(a, b):
        return apply("add", a, b)

    def __sub__(a, b):
        return apply("subtract", a, b)

    def __mul__(a, b):
        return apply("multiply", a, b)


def apply(op, *inputs):
    """The Number y = op(*inputs), which knows how it was made."""
    inputs = tuple(x if isinstance(x, Number) else Number(x) for x in inputs)
    value = FORWARD[op](*(x.value for x in inputs))
    return Number(value, op, inputs)


# %% [markdown]
r"""
What the operations *are* is two tables.  The first computes $y$.  The second holds one **rule** for
each input $x$ of each operation, and a rule answers one question: given $g = dL/dy$, what is this
operation's part of $dL/dx$?  By the chain rule it is always $g\,\partial y/\partial x$.
"""

# %%
FORWARD = {
    "add":      operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "sin":      math.sin,
    "exp":      math.exp,
    "tanh":     math.tanh,
}

RULES = {       # dL/da, dL/db given g = dL/dy
    "add":      (lambda g, y, a, b: g,
                 lambda g, y, a, b: g),
    "subtract": (lambda g, y, a, b: g,
                 lambda g, y, a, b: -g),
    "multiply": (lambda g, y, a, b: g * b,
                 lambda g, y, a, b: g * a),
    "sin":      (lambda g, y, x: g * math.cos(x),),
    "exp":      (lambda g, y, x: g * y,),
    "tanh":     (lambda g, y, x: g * (1 - y * y),),
}

# %% [markdown]
r"""
The backward pass starts at $L$ with $dL/dL = 1$ and visits every number that $L$ depends on, **the
newest first**.  Nothing can be computed before its inputs, so whoever used $x$ is newer than $x$:
when the turn comes to $x$, everything it will ever receive has arrived.
"""


# %%
def ancestors(root):
    """Every number that root depends on, and root itself, newest first."""
    found, to_visit = {root.order: root}, [root]
    while to_visit:
        for x in to_visit.pop().inputs:
            if x.order not in found:
                found[x.order] = x
                to_visit.append(x)
    return [found[order] for order in sorted(found, reverse=True)]


def contributions(y, g):
    """What each input of y receives: pairs (x, g dy/dx)."""
    values = [x.value for x in y.inputs]
    for x, rule in zip(y.inputs, RULES[y.op]):
        yield x, rule(g, y.value, *values)


def backward(root, visit=ancestors):
    """Add dL/dx to x.gradient for every x that was not computed (a leaf); L is root."""
    arrived = {root.order: 1.0}
    for y in visit(root):
        g = arrived[y.order]
        if y.op is None:
            y.gradient += g
            continue
        for x, part in contributions(y, g):
            arrived[x.order] = arrived.get(x.order, 0.0) + part


# %%
def lines_of(*functions):
    return sum(len(inspect.getsource(f).splitlines()) for f in functions)


methods = [f for f in vars(Number).values() if inspect.isfunction(f)]
tables = len(FORWARD) + sum(len(rules) for rules in RULES.values())
length = lines_of(*methods, apply, ancestors, contributions, backward) + tables

a, b = Number(2.0), Number(3.0)
L = a * b + apply("sin", a)
backward(L)

heading("Sixty lines")
claim("lines of code", length, 60, relation="<=")
claim("dL/da", a.gradient, 3 + math.cos(2))
claim("dL/db", b.gradient, 2)

# %% [markdown]
r"""
### Is that what the library does?

Its `Tensor` is our `Number`, with an array for a value.  Its tables look like ours (`show` prints
the source of the installed package, so what you see here is what runs):
"""

# %%
heading("Is that what the library does?")
show(ops.multiply)
show(ops.tanh)
say("")
show(engine.ancestors)

# %% [markdown]
r"""
Looking alike is not enough.  We write random programs, thirty operations long, in which any earlier
result may be used again, run each of them on both, and compare every derivative.
"""


# %%
def random_program(rng, steps=30):
    """A list of (op, positions of its inputs): what to compute from three numbers, in order."""
    names = rng.choice(["add", "subtract", "multiply", "tanh"], size=steps)
    return [(str(op), rng.integers(0, 3 + k, size=1 if op == "tanh" else 2))
            for k, op in enumerate(names)]


def run(program, numbers, apply):
    numbers = list(numbers)
    for op, positions in program:
        numbers.append(apply(op, *(numbers[i] for i in positions)))
    return apply("tanh", numbers[-1])


rng = np.random.default_rng(1)
programs, differences, reused = 20 if FAST else 200, [], 0
for _ in range(programs):
    program, x = random_program(rng), rng.normal(size=3)
    mine = [Number(v) for v in x.tolist()]
    theirs = [sg.Tensor(v, requires_grad=True) for v in x.tolist()]
    L = run(program, mine, apply)
    backward(L)
    run(program, theirs, lambda op, *inputs: getattr(ops, op)(*inputs)).backward()
    for p, q in zip(mine, theirs):
        differences.append(abs(p.gradient - (0.0 if q.grad is None else float(q.grad))))
    reused += len({x.order for y in ancestors(L) for x in y.inputs}) < sum(
        len(y.inputs) for y in ancestors(L))

claim(f"largest difference in {programs} random programs", np.max(differences), 0.0,
      tolerance=1e-12)
claim("programs in which some number is used twice", reused, programs / 2, relation=">=")

# %% [markdown]
r"""
## The price

Every arrow of the computation is walked once, backwards, and a rule is about as much work as the
operation it belongs to.  An operation has at most two inputs, so all derivatives together cost at
most about **two more runs**, be there ten inputs or a thousand: the answer to the first prediction
is a small number that does not depend on how many weights there are.  To see it, we let every rule
count itself while `backward` runs.  (Counted in arithmetic
operations, this is the *cheap gradient principle*: never more than five times the function,
Griewank 1989.)
"""


# %%
def chain_of_products(n):
    """L = x1 x2 + x2 x3 + ... from n numbers."""
    x = [Number(1.0 + 0.1 * i) for i in range(n)]
    terms = [p * q for p, q in zip(x, x[1:])]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def rules_applied(root):
    """How many rules backward applies: while it runs, each of them counts itself."""
    applied = []

    def counting(rule):
        def count_and_apply(*args):
            applied.append(rule)
            return rule(*args)
        return count_and_apply

    counted = {op: [counting(rule) for rule in rules] for op, rules in RULES.items()}
    with mock.patch.dict(RULES, counted):
        backward(root)
    return len(applied)


heading("The price")
say(f"{'inputs':>8} {'operations':>12} {'rules, backward':>17} {'operations, nudging':>21}")
for n in (10, 100, 1000):
    L = chain_of_products(n)
    operations, rules = sum(y.op is not None for y in ancestors(L)), rules_applied(L)
    say(f"{n:>8,} {operations:>12,} {rules:>17,} {(n + 1) * operations:>21,}")
    claim(f"rules for {n} inputs, against operations of a run", rules / operations, 2,
          relation="<=")

# %% [markdown]
r"""
**Predict.**  Start with $x_0 = 1$ and double 30 times: $x_1 = x_0 + x_0$, $x_2 = x_1 + x_1$ and so
on, to $L = x_{30}$.  How many roads lead from $x_0$ to $L$?  How many rules will `backward` apply?
"""

# %%
predict("x is replaced by x + x, 30 times over.  How many roads lead from the first x to the last? "
        "How many rules does the backward pass apply?")


def roads(root, leaf):
    """In how many ways one can walk from root to leaf, counted the way gradients are."""
    count = {root.order: 1}
    for y in ancestors(root):
        for x in y.inputs:
            count[x.order] = count.get(x.order, 0) + count[y.order]
    return count[leaf.order]


x = first = Number(1.0)
for _ in range(30):
    x = x + x
applied = rules_applied(x)
claim("roads", roads(x, first), 1_073_741_824)
claim("the derivative, one for each road", first.gradient, 2 ** 30)
claim("rules that were applied", applied, 60)

# %% [markdown]
r"""
A thousand million roads, sixty rules.  The sum over roads is what a derivative *is*; adding up at
every crossing, before going on, is how it is *computed*.  That is all there is to reverse mode:
factor the sum.

Here is our first example again with everything written in: values go to the right, derivatives come
back.
"""

# %%
INK, MUTED = "#22262e", "#7d8590"
BLUE, ORANGE, RED, _, PURPLE = viz.CLASS_COLOURS[:5]


def draw_box(ax, x, y, name, value, gradient):
    ax.text(x, y, " " * 17 + "\n\n", fontsize=12, ha="center", va="center", bbox=dict(
        boxstyle="round,pad=0.55,rounding_size=0.4", facecolor="#f3f5f8", edgecolor="#c3c8d0"))
    ax.text(x, y + 0.16, name, ha="center", va="center", fontsize=13, color=INK)
    ax.text(x, y - 0.16, f"{value:.2f}", ha="center", va="center", fontsize=12, color=INK)
    ax.text(x, y - 0.52, f"dL/d{name[1]} = {gradient:.2f}", ha="center", va="center",
            fontsize=10.5, color=PURPLE, fontweight="bold")


def draw_arrow(ax, start, end, text, colour):
    (x0, y0), (x1, y1) = start, end
    ax.annotate("", (x1 - 0.78, y1), (x0 + 0.78, y0), arrowprops=dict(
        arrowstyle="-|>,head_length=0.7,head_width=0.3", color=colour, linewidth=2.6,
        shrinkA=0, shrinkB=0))
    ax.text((x0 + x1) / 2, (y0 + y1) / 2, text, color=colour, ha="center", va="center",
            fontsize=11, bbox=dict(boxstyle="round,pad=0.2", facecolor="white", edgecolor="none"))


def draw_graph(ax):
    """L = a b + sin a: values in the boxes, local derivatives on the arrows, gradients below."""
    at = {"a": (0, 1.75), "b": (0, 0.0), "p": (3.3, 0.35), "s": (3.3, 2.2), "L": (6.6, 1.3)}
    cos, sin = math.cos(2), math.sin(2)
    draw_arrow(ax, at["a"], at["s"], f"$\\cos\\, a$ = \N{MINUS SIGN}{-cos:.2f}", BLUE)
    draw_arrow(ax, at["s"], at["L"], "1", BLUE)
    draw_arrow(ax, at["a"], at["p"], "$b$ = 3", RED)
    draw_arrow(ax, at["p"], at["L"], "1", RED)
    draw_arrow(ax, at["b"], at["p"], "$a$ = 2", MUTED)
    draw_box(ax, *at["a"], "$a$", 2, 3 + cos)
    draw_box(ax, *at["b"], "$b$", 3, 2)
    draw_box(ax, *at["p"], "$p = a\\, b$", 6, 1)
    draw_box(ax, *at["s"], "$s = \\sin\\, a$", sin, 1)
    draw_box(ax, *at["L"], "$L = p + s$", 6 + sin, 1)
    ax.set(xlim=(-1.0, 7.6), ylim=(-0.75, 2.75))
    ax.set_axis_off()
    ax.set_title("Two roads from a to L:  3 + cos 2 = 2.58 = dL/da", loc="left", fontsize=13,
                 color=INK)


figure, (ax,) = viz.panels(size=(8.2, 4.2))
draw_graph(ax)
save_figure(figure, "01_two_roads")

# %% [markdown]
r"""
## The order matters

What if `backward` visited the numbers in another order, say those nearest to $L$ first, as a
breadth-first search does?  Let

$$q = a^2, \qquad L = q \sin q.$$

There is a short road from $L$ to $q$ and a longer one, through $\sin q$.

**Predict.**  Nearest first, $q$ is visited before $\sin q$.  Will $dL/da$ come out right, and if
not, what will be missing?
"""

# %%
heading("The order matters")
predict("q = a a and L = q sin q.  If the number nearest to L is visited first, what is missing in "
        "dL/da?")


def nearest_first(root):
    """Every number that root depends on, in the order of a breadth-first search."""
    found = [root]
    for y in found:
        found += [x for x in dict.fromkeys(y.inputs) if x not in found]
    return found


def gradient_of_q_sin_q(value, visit):
    a = Number(value)
    q = a * a
    backward(q * apply("sin", q), visit)
    return a.gradient


q = 1.5 ** 2
right = gradient_of_q_sin_q(1.5, ancestors)
wrong = gradient_of_q_sin_q(1.5, nearest_first)

claim("newest first", right, (math.sin(q) + q * math.cos(q)) * 3)
claim("nearest first: the road through sin q is lost", wrong, math.sin(q) * 3)
claim("nudging agrees with", slope(lambda a: a * a * math.sin(a * a), 1.5), right, tolerance=1e-8)
claim("even the sign is wrong", (right < 0) and (wrong > 0))

# %% [markdown]
r"""
The ticket from the clock makes the right order free of charge: sort by it.  For every arrow of
every program, the input's ticket is the smaller one.
"""

# %%
nodes = ancestors(chain_of_products(50))
claim("every input is older than what was made of it",
      all(x.order < y.order for y in nodes for x in y.inputs))

# %% [markdown]
r"""
## Break it: five mistakes

Each of these has been in programs that people used and learned from, and each runs without
complaint (but one).  Look at the number before you read on.

### 1. `=` where `+=` belongs

The last road wins and the others are forgotten.
"""


# %%
def backward_without_sum(root):
    arrived = {root.order: 1.0}
    for y in ancestors(root):
        if y.op is None:
            y.gradient = arrived[y.order]
        else:
            arrived.update((x.order, part) for x, part in contributions(y, arrived[y.order]))


a, b = Number(2.0), Number(3.0)
backward_without_sum(a * b + apply("sin", a))

heading("Break it: five mistakes")
claim("1. = for +=: dL/da is the road through p alone", a.gradient, 3)
claim("   off by the other road", slope(example, 2.0, 3.0) - a.gradient, math.cos(2),
      tolerance=1e-8)

# %% [markdown]
r"""
### 2. Recursion

The order of the backward pass is often found by a function that calls itself for each input.
Python gives up at a depth of about a thousand, and a training loop that adds up its losses gets
there soon.  micrograd, the finest hundred lines on this subject, does it in this way.  (This is the
mistake that complains.)
"""


# %%
def inputs_first(x, found):
    """The order by recursion, as it is usually taught."""
    if x not in found:
        for parent in x.inputs:
            inputs_first(parent, found)
        found[x] = True
    return found


def outcome(f, *args):
    try:
        f(*args)
        return "done"
    except RecursionError as error:
        return type(error).__name__


first = x = Number(0.0)
for _ in range(10_000):
    x = x + 1.0
backward(x)
claim("2. recursion, 10,000 additions", outcome(inputs_first, x, {}), "RecursionError")
claim("   a loop, 10,000 additions", first.gradient, 1)

t = first = sg.Tensor(0.0, requires_grad=True)
additions = 10_000 if FAST else 100_000
for _ in range(additions):
    t = t + 1.0
t.backward()
claim(f"   the library, {additions:,} additions", first.grad, 1)

# %% [markdown]
r"""
### 3. Stale gradients

If interior numbers keep what they received, a second `backward` starts from the leftovers of the
first.  Two calls should give exactly twice the gradient (that is how one accumulates over batches).
In this one `.gradient` of an interior number is never cleared, and $L = (a b)\,c$ gives three times
as much.
"""


# %%
def backward_with_leftovers(root):
    root.gradient = 1.0
    for y in ancestors(root):
        if y.op is not None:
            for x, part in contributions(y, y.gradient):
                x.gradient += part


a, b, c = Number(2.0), Number(3.0), Number(4.0)
L = a * b * c
backward_with_leftovers(L)
claim("3. leftovers, first call: dL/da = b c", a.gradient, 12)
backward_with_leftovers(L)
claim("   leftovers, second call", a.gradient, 36)

a, b, c = Number(2.0), Number(3.0), Number(4.0)
L = a * b * c
backward(L)
backward(L)
claim("   ours, second call", a.gradient, 24)

# %% [markdown]
r"""
### 4. A constant that remembers

A running average $m = 0.9\,m_{\text{old}} + 0.1\,w$ is meant to be a constant target in
$L = (w - m)^2$, so that $dL/dw = 2\,(w - m)$.  But $m$ was computed from $w$, and it remembers.
The gradient comes out ten percent too small, for ever, and **no finite difference will tell you**:
it is the right gradient of what you wrote, which is not what you meant.  To forget, make a new
number from the value; the library's word for that is `detach`.
"""

# %%
w = Number(2.0)
m = apply("multiply", 0.1, w) + 0.9 * 1.0
error = w - m
backward(error * error)
claim("4. the target remembers", w.gradient, 1.62)

w = Number(2.0)
m = apply("multiply", 0.1, w) + 0.9 * 1.0
error = w - Number(m.value)
backward(error * error)
claim("   detached: dL/dw = 2 (w - m)", w.gradient, 1.80)

# %% [markdown]
r"""
### 5. Overwriting what is still needed

The rule of $w \cdot w$ asks for $w$ when the backward pass gets there.  If a training step has
moved $w$ in the meantime, the rule sees the new value.  At $w = 3$ the derivative is 6.
"""

# %%
w = Number(3.0)
L = w * w
w.value = 5.0
backward(L)
claim("5. overwritten before backward", w.gradient, 10)
claim("   nudging says", slope(lambda w: w * w, 3.0), 6, tolerance=1e-8)

values = np.array([3.0])
w = sg.Tensor(values, requires_grad=True)
L = (w * w).sum()
values[0] = 5.0
L.backward()
claim("   the library works on its own copy", w.grad[0], 6)

# %% [markdown]
r"""
So your own arrays may change, for the library never looks at them again.  Its parameters may not:
a step that is taken between the loss and its `backward` gives the same wrong number here too.
First the backward pass, then the step.
"""

# %%
w = sg.Tensor([3.0], requires_grad=True)
L = (w * w).sum()
w.data += 2.0
L.backward()
claim("   a step before backward, in the library too", w.grad[0], 10)

# %% [markdown]
r"""
What would have caught them?  Nudging catches 1 and 5, and a wrong order too; in lesson 02 it
becomes `gradcheck`.  A chain of a hundred thousand additions catches 2, and calling `backward`
twice catches 3: both are tests of this library.  For 4 one has to *look at the roads*.

## Looking at the roads

`explain` runs the backward pass of any loss once and keeps every application of a rule, one line
each.  A terminal gets a table.  A notebook and the book get a page: walk back through the
computation with the arrow keys, or click a number.  `.why(x)` lists the roads to $x$, and
`.check()` holds all of it against finite differences.
"""

# %%
a = sg.Tensor(2.0, requires_grad=True)
b = sg.Tensor(3.0, requires_grad=True)
p, s = a * b, ops.sin(a)
L = p + s
record = sg.explain(L)

heading("Looking at the roads")
stepper(record)
say("")
say(record.why(a))
claim("rules applied", len(record.records), 5)
claim("two roads to a", len(record.why(a).terms), 2)
claim("all agrees with finite differences", record.check())

# %% [markdown]
r"""
Mistake 4 is plain to see in this way: there are two roads to $w$ where there should be one.
"""

# %%
w = sg.Tensor(2.0, requires_grad=True)
m = 0.1 * w + 0.9
L = ops.square(w - m)
say("")
say(sg.explain(L).why(w))
claim("the target remembers: roads to w", len(sg.explain(L).why(w).terms), 2)
L = ops.square(w - m.detach())
claim("the target is detached: roads to w", len(sg.explain(L).why(w).terms), 1)
claim("   and dL/dw", sg.explain(L).gradient(w), 1.80)

# %% [markdown]
r"""
## What gradients are for

To walk downhill.  Himmelblau's function has four valleys, all equally deep:

$$f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2.$$

From each point of a grid we take small steps against the gradient that our sixty lines compute.
"""


# %%
def himmelblau(x, y):
    u, v = x * x + y - 11.0, x + y * y - 7.0
    return u * u + v * v


def descend(x, y, steps, rate=0.004):
    """The path of gradient descent from (x, y)."""
    path = [(x, y)]
    for _ in range(steps):
        p, q = Number(x), Number(y)
        backward(himmelblau(p, q))
        x, y = x - rate * p.gradient, y - rate * q.gradient
        path.append((x, y))
    return path


side, steps = (5, 120) if FAST else (12, 250)
grid = np.linspace(-5.0, 5.0, side)
paths = np.array([descend(x, y, steps) for x in grid.tolist() for y in grid.tolist()])
ends = paths[:, -1]
valleys = np.array([[3.0, 2.0], [-2.805118, 3.131313], [-3.779310, -3.283186],
                    [3.584428, -1.848127]])
reached = np.linalg.norm(ends[:, None] - valleys, axis=-1).argmin(axis=1)

heading("What gradients are for")
claim("height where the highest path ends", himmelblau(*ends.T).max(), 0, tolerance=1e-3)
claim("valleys that were found", len(set(reached.tolist())), 4)

figure, (ax,) = viz.panels(size=(7.0, 5.8))
x, y = np.meshgrid(np.linspace(-5.6, 5.6, 300), np.linspace(-5.6, 5.6, 300))
height = np.log10(1 + himmelblau(x, y))
terrain = ax.contourf(x, y, height, levels=30, cmap="Greys", vmin=0, vmax=5)
ax.contour(x, y, height, levels=15, colors="white", linewidths=0.5)
for path, valley in zip(paths, reached):
    colour = (BLUE, ORANGE, RED, PURPLE)[valley]
    ax.plot(*path.T, color=colour, linewidth=1.2)
    ax.plot(*path[0], "o", color=colour, markersize=3)
ax.plot(*valleys.T, "o", color="white", markeredgecolor=INK, markersize=9, markeredgewidth=1.6)
ax.set(xlim=(-5.6, 5.6), ylim=(-5.6, 5.6), xlabel="$x$", ylabel="$y$", aspect="equal")
ax.set_title("Downhill from a grid of points, coloured by the valley that is found", loc="left",
             fontsize=11, color=INK)
figure.colorbar(terrain, ax=ax, shrink=0.8, ticks=range(4), label="$\\log_{10}(1 + f(x, y))$")
save_figure(figure, "01_downhill")

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 1 --check`.
"""

# %%
heading("Exercises")


def check_divide(rules):
    for a, b in ((1.0, 2.0), (-3.0, 0.7), (0.0, -1.5)):
        ga, gb = rules(2.5, a / b, a, b)
        claim("dL/da of a / b", ga, 2.5 * slope(lambda a, b: a / b, a, b), tolerance=1e-7)
        claim("dL/db of a / b", gb, 2.5 * slope(lambda a, b: a / b, a, b, at=1), tolerance=1e-7)


@exercise("Our Number cannot divide.  Write both rules of y = a / b: return the pair dL/da, dL/db.",
          check=check_divide, hint="dy/db = -a / b^2, and a / b is at hand: it is y")
def divide_rules(g, y, a, b):
    return None


# %%
def check_softplus(rule):
    for x in (-3.0, 0.0, 0.4, 2.0):
        y = math.log1p(math.exp(x))
        claim("softplus", rule(1.5, y), 1.5 * slope(lambda x: math.log1p(math.exp(x)), x),
              tolerance=1e-7)


@exercise("The rule of y = log(1 + exp(x)), from y alone: x was not kept, to save memory.",
          check=check_softplus, hint="exp(y) = 1 + exp(x), and dy/dx = exp(x) / (1 + exp(x))")
def softplus_rule(g, y):
    return None


# %%
def check_roads(count):
    for n in (1, 2, 5, 40):
        x = first = Number(1.0)
        for _ in range(n):
            x = x + x + x
        paths, rules = count(n)
        claim("roads", paths, roads(x, first))
        claim("rules", rules, rules_applied(x))


@exercise("x is replaced by x + x + x, n times.  Return the number of roads and of rules applied.",
          check=check_roads, hint="x + x + x is two operations with two inputs each")
def roads_and_rules(n):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Arrays.**  A number for each pixel would be a million Python objects.  Lesson 02 puts an array
  in the place of the value; the sixty lines stay, and one function is added.
- **Second derivatives.**  The library's rules can be fed with Tensors instead of numbers; then
  the gradient remembers how *it* was made, and can be differentiated again: `sg.grad(sg.grad(f))`.
  The gradient penalty of lesson 19 needs that.
- **Forward mode** walks the roads in the other direction, one input at a time.  It is the cheaper
  one where there are few inputs and many outputs; here there is one output, always.
- Baydin, Pearlmutter, Radul and Siskind, *Automatic differentiation in machine learning: a survey*
  (JMLR 18, 2018), section 3, for both modes side by side.
- Griewank and Walther, *Evaluating Derivatives* (2008), chapters 3 and 4, for the proof that all
  derivatives cost at most a fixed multiple of the function.
- Karpathy, *micrograd* (2020), for the same idea on one screen.
"""
