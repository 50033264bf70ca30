# %% [markdown]
r"""
# Learning

**You will**

- derive the loss of a classifier and its gradient from the probability of the right answers, and
  compute both without ever leaving the range of floating-point numbers;
- find out how large the first, random weights have to be, and watch signals die and explode where
  they are not;
- write SGD, Momentum, RMSProp and Adam from their formulas, hold them against the library's, and
  let each of them teach a network to read handwriting.

**Prerequisites** lessons 01 and 02; what a probability and a variance are.  **Takes** about 6
seconds on a CPU.

Somebody wrote a digit, and we have it as 64 grey levels.  A network is to say which of the ten
digits it is.  It answers with ten probabilities, and we judge it by the probability $p$ that it
gave to the right digit: its **loss** is $-\log p$, averaged over images.  (Logarithms are natural
in this course, and the unit of the loss is then called a **nat**.)

**Predict.**  A network that has not learned anything is shown its first digits.  What is its loss:
about 0.1, about 2.3, or can one not say?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, nn, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
COLOURS = dict(zip(("SGD", "Momentum", "RMSProp", "Adam"), (viz.CLASS_COLOURS[i] for i in
                                                            (0, 1, 4, 2))))

heading("Learning")
predict("Ten digits, and a network that has not learned anything.  Its loss is -log of the "
        "probability it gives to the right digit.  How large: 0.1, 2.3, or can one not say?")

# %% [markdown]
r"""
## What to minimise

Call the image $x$, its label $y$ and the network's ten outputs, the **logits**, $l_1 \dots l_K$.
Any real numbers may come out of a network.  To make probabilities of them, make them positive and
let them add up to one:

$$p_k = \frac{\exp(l_k)}{\sum_j \exp(l_j)}.$$

The best network is the one under which the labels we have seen are most probable (this is *maximum
likelihood*).  The labels of different images are independent, so their probabilities multiply; a
product of 1,500 small numbers is no pleasure, its logarithm is a sum:

$$\max \prod_n p_{y_n}(x_n) \iff \min \frac1N \sum_n L_n, \qquad
L = -\log p_y = \log\sum_j \exp(l_j) - l_y.$$

Who knows nothing gives each of ten digits the probability $1/10$, and $-\log\frac1{10} = \log 10$.
"""

# %%
train, test = data.digits("train"), data.digits("test")


def mean_loss(net, split):
    """Nats per image, averaged over a data set."""
    with sg.no_grad():
        return float(ops.mean(ops.softmax_cross_entropy(net(split.images), split.labels)).data)


heading("What to minimise")
fresh = nn.mlp(64, 64, 10, rng=0)
claim("log 10", math.log(10), 2.303, tolerance=1e-3)
claim("a network with its first, random weights", mean_loss(fresh, train), math.log(10),
      tolerance=0.05)
claim("its logits are small: standard deviation", np.std(fresh(train.images).numpy()), 0.3,
      relation="<")
claim("images to learn from", len(train), 1500)
claim("images to be judged by", len(test), 297)

# %% [markdown]
r"""
So one *can* say, as long as the first logits are small: then all $\exp(l_k)$ are nearly equal.  It
is the cheapest test there is of a training program.  If the first number that it prints is not near
$\log 10$, something is wrong before any learning has begun.

The gradient takes two lines.  Differentiate $L = \log\sum_j \exp(l_j) - l_y$ with respect to $l_k$:

$$\frac{\partial L}{\partial l_k}
= \frac{\exp(l_k)}{\sum_j \exp(l_j)} - [k = y] = p_k - [k = y].$$

What the network said, minus what it should have said.  (We write $[k = y]$ for 1 if $k = y$, and 0
if not.)  It is never larger than 1, however wrong the network is, and it is zero only where the
network is certain and right.
"""

# %%
rng = np.random.default_rng(4)
logits, labels = rng.normal(size=(5, 10)), np.array([3, 1, 4, 1, 5])
outputs = sg.Tensor(logits, requires_grad=True)
loss = ops.softmax_cross_entropy(outputs, labels)
ops.sum(loss).backward()

p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
said_minus_true = p - np.eye(10)[labels]

claim("L = -log p of the label", loss, -np.log(p[np.arange(5), labels]))
claim("dL/dl = p - [k = y]", outputs.grad, said_minus_true)
claim("the ten numbers add up to 0", outputs.grad.sum(axis=1), np.zeros(5))
claim("and none is larger than 1", abs(outputs.grad).max(), 1, relation="<=")

# %% [markdown]
r"""
## From logits, not from probabilities

The formulas are simple, so one types them in.

**Predict.**  A network is certain: its logits are 0 and 1000, and the right answer is the second.
What is the loss by the formula $-\log(\exp(l_y) / \sum_j \exp(l_j))$, in double precision?
"""

# %%
heading("From logits, not from probabilities")
predict("Logits 0 and 1000, the second is right.  What does -log(exp(l_y) / sum_j exp(l_j)) give "
        "in double precision?")


def typed_in(logits, label):
    """-log softmax, as it stands in the textbook."""
    with np.errstate(all="ignore"):
        return -np.log(np.exp(logits[label]) / np.exp(logits).sum())


certain = np.array([0.0, 1000.0])
claim("certain and right: not a number", math.isnan(typed_in(certain, 1)))
claim("certain and wrong: infinite", typed_in(certain, 0) == math.inf)
claim("the largest l with a finite exp(l), in double precision",
      math.log(np.finfo(np.float64).max), 709.78, tolerance=1e-4)
claim("and in single precision", math.log(np.finfo(np.float32).max), 88.72, tolerance=1e-4)

# %% [markdown]
r"""
$\infty / \infty$.  The remedy is an identity: for any number $m$,

$$\log\sum_j \exp(l_j) = m + \log\sum_j \exp(l_j - m).$$

With $m = \max_j l_j$ the largest exponent is 0, so nothing overflows; the sum is at least 1, so its
logarithm is at least 0.  This works only if the loss gets to see the logits.  Once they have become
probabilities the damage is done, and that is why every loss of this library takes **logits**.
"""


# %%
def log_sum_exp(x):
    m = x.max(axis=-1, keepdims=True)
    return np.squeeze(m, -1) + np.log(np.exp(x - m).sum(axis=-1))


claim("log sum exp(0, 1000)", log_sum_exp(certain), 1000)
claim("certain and right", log_sum_exp(certain) - certain[1], 0)
claim("certain and wrong", log_sum_exp(certain) - certain[0], 1000)
claim("any other logits", log_sum_exp(logits) - logits[np.arange(5), labels], loss)
twice = np.stack([certain, certain])
claim("the library's", ops.softmax_cross_entropy(twice, np.array([1, 0])), np.array([0.0, 1000]))
show(ops.softmax_cross_entropy)

# %% [markdown]
r"""
## Where to begin

Weights must start somewhere.  Not at zero, and not all at the same number: units that start equal
receive equal gradients and stay equal for ever.
"""


# %%
def first_steps(net, steps=60):
    """A little training, to see what becomes of the weights."""
    rule = optim.Adam(net.parameters(), lr=0.01)
    rng = np.random.default_rng(0)
    for _ in range(steps // 15):
        for x, y in data.batches((train.images, train.labels), 100, rng=rng):
            loss = ops.mean(ops.softmax_cross_entropy(net(x), y))
            rule.zero_grad()
            loss.backward()
            rule.step()
    return net


alike = nn.mlp(64, 64, 10, rng=0)
for layer in alike:
    layer.weight.data = np.full(layer.weight.shape, 0.05)
    layer.bias.data = np.zeros(layer.bias.shape)
first_steps(alike)
weights = alike[0].weight.data

heading("Where to begin")
claim("all weights start at 0.05: they have moved by", abs(weights - 0.05).max(), 0.1,
      relation=">")
# A product may sum its last columns in another order, and Adam steps as far for rounding.
claim("and 64 hidden units are still one", abs(weights - weights[:, :1]).max(), 0.0,
      tolerance=0.01)

# %% [markdown]
r"""
So they start at random, with mean 0, and the question is how large.  A layer has inputs $x_i$,
weights $w_{io}$ and outputs $y_o = \sum_i x_i w_{io}$.  All weights are independent and have mean
zero, so the mixed terms of $y_o^2$ have mean zero too:

$$\mathbb E[y_o^2] = \sum_{i=1}^{I} \mathbb E[x_i^2]\;\mathbb E[w_{io}^2]
= I \cdot \operatorname{Var} w \cdot \mathbb E[x^2].$$

Then comes $\operatorname{relu}(y) = \max(y, 0)$.  If weights are drawn symmetrically about 0, then
so is $y$, and half of it is cut off:

$$\mathbb E[\operatorname{relu}(y)^2] = \tfrac12\, \mathbb E[y^2].$$

A layer multiplies the size of what passes through it (the root mean square) by
$\sqrt{I \operatorname{Var} w / 2}$.  If it is to keep it, then $\operatorname{Var} w = 2 / I$.
"""


# %%
def mean_and_error(values):
    return values.mean(), values.std() / math.sqrt(len(values))


draws, I, spread = 20_000, 64, 0.3
x = rng.uniform(-1, 1, size=(draws, I))                 # E[x^2] = 1/3
y = (x * rng.normal(0, spread, size=(draws, I))).sum(axis=1)

got, error = mean_and_error(y ** 2)
claim("E[y^2] = I Var w E[x^2]", got, I * spread ** 2 / 3, error)
got, error = mean_and_error(np.maximum(y, 0) ** 2)
claim("E[relu(y)^2] is half of that", got, I * spread ** 2 / 6, error)

# %% [markdown]
r"""
The gradient comes back through the same weights: $\partial L/\partial x_i = \sum_o g_o w_{io}$,
a sum over the outputs, and relu lets half of it pass.  With as many outputs as inputs the same
variance is right in both directions.

**Predict.**  Twenty layers of 100 units with relu.  The rule says a standard deviation of
$\sqrt{2/100} \approx 0.141$, and someone takes 0.05.  By what factor does the signal shrink from
the first layer to the last: about 10, about a thousand, or about a thousand million?
"""

# %%
predict("Twenty layers of 100 relu units, weights of standard deviation 0.05 where 0.141 is right. "
        "By what factor does the signal shrink: 10, a thousand, a thousand million?")


def root_mean_squares(arrays):
    return np.array([math.sqrt((a ** 2).mean()) for a in arrays])


def sizes(spread, layers=20, width=100, batch=200, seed=5):
    """How large are each layer's output, the gradient that reaches it, and that of its weights?"""
    rng = np.random.default_rng(seed)
    h = sg.Tensor(rng.normal(size=(batch, width)), requires_grad=True)
    passed, weights = [h], []
    for _ in range(layers):
        weights.append(sg.Tensor(rng.normal(0, spread, size=(width, width)), requires_grad=True))
        h = ops.relu(h @ weights[-1])
        h.retain_grad()
        passed.append(h)
    h.backward(rng.normal(size=h.shape))
    return (root_mean_squares(t.data for t in passed), root_mean_squares(t.grad for t in passed),
            root_mean_squares(w.grad for w in weights))


right = math.sqrt(2 / 100)
spreads = {"0.05": 0.05, "0.141, the rule": right, "0.2": 0.2}
measured = {name: sizes(spread) for name, spread in spreads.items()}
for name, spread in spreads.items():
    forwards, backwards, _ = measured[name]
    claim(f"std {name}: factor per layer, forwards", (forwards[-1] / forwards[0]) ** (1 / 20),
          math.sqrt(50) * spread, tolerance=0.08)
    claim(f"std {name}: factor per layer, backwards", (backwards[0] / backwards[-1]) ** (1 / 20),
          math.sqrt(50) * spread, tolerance=0.08)
shrunk = measured["0.05"][0]
claim("the rule", right, 0.141, tolerance=1e-3)
claim("0.05: shrinks by more than a hundred million", shrunk[0] / shrunk[-1], 1e8, relation=">")
of_weights = measured["0.05"][2]
claim("0.05: gradients of weights, largest layer over smallest", max(of_weights) / min(of_weights),
      3, relation="<")
claim("   and the rule's are larger by a factor of", measured["0.141, the rule"][2][0]
      / of_weights[0], 1e8, relation=">")
claim("0.354 to the power of 20, in powers of ten", 20 * math.log10(0.354), -9, tolerance=0.01)

# %%
figure, axes = viz.panels(1, 2, size=(4.7, 3.9))
lines = zip(measured.items(), (viz.CLASS_COLOURS[i] for i in (0, 4, 2)))
for (name, found), colour in lines:
    for ax, values in zip(axes, found):
        factor = math.sqrt(50) * spreads[name]
        steps = np.arange(21) if ax is axes[0] else np.arange(20, -1, -1)
        ax.semilogy(values, "o", color=colour, markersize=5, label=name)
        ax.semilogy(factor ** steps, color=colour, linewidth=1, alpha=0.7)
for ax, title in zip(axes, ("Forwards: the signal", "Backwards: the gradient")):
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set(xlabel="layer", xticks=range(0, 21, 5), ylim=(1e-10, 1e5))
    ax.grid(color=HAIRLINE, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("root mean square, relative to the start")
axes[1].legend(title="standard deviation of the weights", frameon=False, fontsize=9,
               title_fontsize=9, loc="lower right")
save_figure(figure, "04_signals")

# %% [markdown]
r"""
The dots are measured, the lines are $(\sqrt{50}\,\sigma_w)^{\text{layers}}$, with $\sigma_w$ the
standard deviation of the weights.  Not quite a factor of 3 in the weights is a factor of a thousand
million after twenty layers.

That goes for the weights of *every* layer.  The gradient of $w_{io}$ is what enters times what
comes back, $x_i\,g_o$, added up over the images.  What the signal has not lost yet the gradient has
lost already, so all twenty layers learn equally little.  A larger learning rate does not repair
that, because it is too large for a bias of the last layer, whose gradient is $g_o$ alone.

This is He's rule in the library:
"""

# %%
show(nn.init.he_normal)
drawn = nn.init.he_normal((100, 100), rng=0)
claim("the library's he_normal for 100 inputs", drawn.std(), right, tolerance=0.005)
own = nn.Linear(100, 100, rng=0).weight.numpy()
claim("what nn.Linear takes by itself", own.std(), 1 / math.sqrt(3 * 100), tolerance=0.001)

# %% [markdown]
r"""
A layer made by `nn.Linear` follows PyTorch instead: uniform between $\pm 1/\sqrt I$, which is a
variance of $1/(3I)$, a sixth of the rule's.  In the two layers below that does no harm, and small
first logits are welcome.  For 100 inputs it is nearly the 0.05 of the figure: whoever builds twenty
layers draws with `he_normal`.

## Four ways down

The gradient says which way is up.  How far to go down is another matter, and every rule below is an
answer to the shortcoming of the one before.  We write $p$ for all parameters and $g$ for the
gradient, $\eta$ for the learning rate.

**SGD** takes a step against the gradient (of a random batch of images, hence *stochastic gradient
descent*):

$$p \leftarrow p - \eta\, g.$$

Its shortcoming shows in a valley, $f(p) = \frac12(p_1^2 + \kappa\, p_2^2)$, where $g = (p_1,
\kappa p_2)$ and each step multiplies the coordinates by fixed factors:

$$p_1 \leftarrow (1 - \eta)\, p_1, \qquad p_2 \leftarrow (1 - \eta\kappa)\, p_2.$$

**Predict.**  $\kappa = 50$.  What happens at $\eta = 0.041$?
"""

# %%
heading("Four ways down")
predict("f = (p1^2 + 50 p2^2) / 2, and SGD at rate 0.041: does it arrive slowly, arrive quickly, "
        "or not at all?")
VALLEY = np.diag([1.0, 50.0])
START = np.array([-9.0, 1.5])


def descend(rule, steps, curvature=VALLEY, start=START):
    """The path of an optimiser in f(p) = p^T curvature p / 2."""
    p = sg.Tensor(start, requires_grad=True)
    optimiser, path = rule([p]), [start]
    for _ in range(steps):
        p.grad = curvature @ p.data
        optimiser.step()
        path.append(p.data.copy())
    return np.array(path)


t = np.arange(101)
path = descend(lambda p: optim.SGD(p, lr=0.03), 100)
claim("rate 0.03: p1 = (1 - 0.03)^t", path[:, 0], START[0] * (1 - 0.03) ** t)
claim("rate 0.03: p2 = (1 - 1.5)^t", path[:, 1], START[1] * (1 - 1.5) ** t)
path = descend(lambda p: optim.SGD(p, lr=0.04), 100)
claim("rate 0.04: p2 = 1.5, -1.5, 1.5 ... for ever", path[:, 1], START[1] * (-1.0) ** t)
path = descend(lambda p: optim.SGD(p, lr=0.041), 100)
claim("rate 0.041: p2 = (1 - 2.05)^t grows", abs(path[-1, 1]), 1.5 * 1.05 ** 100)

# %% [markdown]
r"""
Above $\eta = 2/\kappa = 0.04$ it flies out of the valley, however gentle the valley is along its
floor.  The steepest direction dictates the rate, and the flattest one has to creep.

**Momentum** remembers.  Along the floor, gradients agree from step to step and add up; across it
they alternate and cancel:

$$v \leftarrow \mu\, v + g, \qquad p \leftarrow p - \eta\, v.$$

If $g$ stays the same, $v$ becomes $g(1 + \mu + \mu^2 + \dots) = g/(1 - \mu)$: at $\mu = 0.9$ ten
times the gradient.

**RMSProp** gives every parameter a rate of its own, and takes it from how large its gradients have
lately been:

$$s \leftarrow \alpha\, s + (1 - \alpha)\, g^2, \qquad
p \leftarrow p - \eta\, \frac{g}{\sqrt s + \varepsilon}.$$

**Adam** does both: the mean of the gradient over the root of its mean square.  One flaw of such
running means has to be mended.  They start at 0, so at first they are too small.  After $t$ steps
of a constant $g$,

$$m = (1 - \beta_1)\,(1 + \beta_1 + \dots + \beta_1^{t-1})\, g = (1 - \beta_1^t)\, g,$$

so dividing by $1 - \beta_1^t$ gives back $g$, from the first step on:

$$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2,$$

$$p \leftarrow p - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon}.$$

Here are the four as functions.
"""


# %%
def sgd(p, g, t, *, lr):
    p -= lr * g


def momentum(p, g, t, v, *, lr, mu=0.9):
    v[:] = mu * v + g
    p -= lr * v


def rmsprop(p, g, t, s, *, lr, alpha=0.99, eps=1e-8):
    s[:] = alpha * s + (1 - alpha) * g ** 2
    p -= lr * g / (np.sqrt(s) + eps)


def adam(p, g, t, m, v, *, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m[:] = beta1 * m + (1 - beta1) * g
    v[:] = beta2 * v + (1 - beta2) * g ** 2
    p -= lr * (m / (1 - beta1 ** t)) / (np.sqrt(v / (1 - beta2 ** t)) + eps)


# %% [markdown]
r"""
Are they the library's?  We feed both with the same 200 random gradients, whose sizes differ from
number to number by a factor of up to a million.
"""

# %%
FORMULAS = {optim.SGD: (sgd, 0), optim.Momentum: (momentum, 1), optim.RMSProp: (rmsprop, 1),
            optim.Adam: (adam, 2)}
gradients = rng.normal(size=(200, 30)) * 10.0 ** rng.uniform(-3, 3, size=30)
for library, (formula, memories) in FORMULAS.items():
    mine, theirs = np.zeros(30), sg.Tensor(np.zeros(30), requires_grad=True)
    memory = [np.zeros(30) for _ in range(memories)]
    optimiser = library([theirs], lr=0.01)
    for t, g in enumerate(gradients, start=1):
        formula(mine, g, t, *memory, lr=0.01)
        theirs.grad = g.copy()
        optimiser.step()
    claim(f"{library.__name__}: 200 steps, mine and the library's", mine, theirs, tolerance=1e-12)
show(optim.Momentum)

# %% [markdown]
r"""
And do they do what was said of them?
"""

# %%
p, v = np.zeros(1), np.zeros(1)
for t in range(1, 201):
    momentum(p, np.ones(1), t, v, lr=0.01)
claim("Momentum on a steady slope: v is 10 times the gradient", v[0], 10, tolerance=1e-8)

steep_and_flat = np.array([1e4, 1.0, -1e-4])
p, m, v = np.zeros(3), np.zeros(3), np.zeros(3)
adam(p, steep_and_flat, 1, m, v, lr=0.01)
claim("Adam's first step: the rate, in every direction", p, np.array([-0.01, -0.01, 0.01]),
      tolerance=1e-4)
p, s = np.zeros(3), np.zeros(3)
rmsprop(p, steep_and_flat, 1, s, lr=0.01)
claim("RMSProp's, without a correction: 10 times as far", p[0], -0.1, tolerance=1e-4)

# %% [markdown]
r"""
Now the valley, and the same valley turned by 45 degrees.

**Predict.**  Which of the four rules notice that it was turned?
"""

# %%
predict("The valley is turned by 45 degrees, start and all.  Which of SGD, Momentum, RMSProp and "
        "Adam take another path through it?")
turn = np.array([[1, -1], [1, 1]]) / math.sqrt(2)
turned = turn @ VALLEY @ turn.T
ROOT = math.sqrt(50)
DOWN = {"SGD": lambda p: optim.SGD(p, lr=2 / 51),
        "Momentum": lambda p: optim.Momentum(p, lr=4 / (1 + ROOT) ** 2,
                                             momentum=((ROOT - 1) / (ROOT + 1)) ** 2),
        "RMSProp": lambda p: optim.RMSProp(p, lr=0.3, alpha=0.9),
        "Adam": lambda p: optim.Adam(p, lr=0.3)}


def steps_until(path, curvature, height=0.01):
    """After how many steps f stays below this height, or None."""
    f = 0.5 * np.einsum("ti,ij,tj->t", path, curvature, path)
    above = int(np.nonzero(f >= height)[0].max()) + 1
    return above if above < len(path) - 20 else None


straight = {name: descend(rule, 400) for name, rule in DOWN.items()}
skew = {name: descend(rule, 400, turned, turn @ START) for name, rule in DOWN.items()}
arrived = {name: (steps_until(straight[name], VALLEY), steps_until(skew[name], turned))
           for name in DOWN}
apart = {name: abs(skew[name] @ turn - straight[name]).max() for name in DOWN}

say(f"steps until f stays below 0.01   {'straight':>9} {'turned':>9}")
for name, counts in arrived.items():
    shown = ["does not" if n is None else str(n) for n in counts]
    say(f"  {name:30} {shown[0]:>9} {shown[1]:>9}")
claim("SGD and Momentum: the same path, turned", max(apart["SGD"], apart["Momentum"]), 0.0)
claim("RMSProp and Adam: another path", min(apart["RMSProp"], apart["Adam"]), 1, relation=">")
claim("Momentum is ahead of SGD by more than 3 to 1", arrived["SGD"][0] / arrived["Momentum"][0],
      3, relation=">")
claim("and of Adam, here", arrived["Momentum"][0] < arrived["Adam"][0] < arrived["Adam"][1])
claim("RMSProp at a fixed rate never settles", arrived["RMSProp"] == (None, None))

# %%
figure, axes = viz.panels(2, 4, size=(2.75, 2.8))
a, b = np.meshgrid(np.linspace(-11, 7, 150), np.linspace(-11, 7, 150))
points = np.stack([a, b], axis=-1)
for row, paths, curvature in ((axes[:4], straight, VALLEY), (axes[4:], skew, turned)):
    height = np.sqrt(0.5 * np.einsum("abi,ij,abj->ab", points, curvature, points))
    for ax, (name, path) in zip(row, paths.items()):
        ax.contourf(a, b, height, levels=[0, 1, 2, 4, 6, 9, 12, 16, 20, 25, 30, 40, 60],
                    cmap="Greys", vmin=0, vmax=60)
        ax.plot(*path.T, "o-", color=COLOURS[name], linewidth=1.3, markersize=2.2)
        ax.plot(*path[0], "o", color="white", markeredgecolor=INK, markersize=7)
        ax.plot(0, 0, "*", color="white", markeredgecolor=INK, markersize=11)
        n = arrived[name][paths is skew]
        ax.set_title(f"{name}: {'does not settle' if n is None else f'{n} steps'}", loc="left",
                     fontsize=11, color=INK)
        ax.set(xlim=(-11, 2.5), aspect="equal", xticks=(), yticks=(),
               ylim=(-6.75, 6.75) if paths is straight else (-10.5, 3))
    row[0].set_ylabel("$p_2$", color=MUTED)
for ax in axes[4:]:
    ax.set_xlabel("$p_1$", color=MUTED)
save_figure(figure, "04_four_ways_down")

# %% [markdown]
r"""
Adding gradients up commutes with turning.  Dividing each coordinate by its own size does not:
RMSProp and Adam see the axes, and they do well as far as the axes mean something.  In this valley
Momentum, with the best rates known to theory, beats them both.  So what is Adam good for?

## Reading digits

The network: 64 pixels, 64 hidden units with relu, 10 logits.  The loop below is all there is to
training; every program in this course has it somewhere.  It takes the images in random order, 100
at a time, and once through all of them is an **epoch**.  `zero_grad` is there because leaves *add*
gradients up (the `+=` of lesson 01): without it each step would use all gradients since the first.
"""


# %%
def learn(rule, lr, epochs, total=False, seed=0):
    """Train a fresh network; the losses after each epoch, and the network."""
    net = nn.mlp(64, 64, 10, rng=seed)
    optimiser = rule(net.parameters(), lr=lr)
    rng = np.random.default_rng(seed)
    curve = [(mean_loss(net, train), mean_loss(net, test))]
    for _ in range(epochs):
        for x, y in data.batches((train.images, train.labels), 100, rng=rng):
            losses = ops.softmax_cross_entropy(net(x), y)
            loss = ops.sum(losses) if total else ops.mean(losses)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        curve.append((mean_loss(net, train), mean_loss(net, test)))
    return np.array(curve), net


def probabilities(net, split):
    with sg.no_grad():
        return np.asarray(ops.softmax(net(split.images)).data)


def share_right(net, split):
    return (probabilities(net, split).argmax(axis=1) == split.labels).mean()


RULES = {"SGD": (optim.SGD, 0.3), "Momentum": (optim.Momentum, 0.1),
         "RMSProp": (optim.RMSProp, 0.01), "Adam": (optim.Adam, 0.01)}
EPOCHS = 12 if FAST else 30
learned = {name: learn(rule, lr, EPOCHS) for name, (rule, lr) in RULES.items()}

heading("Reading digits")
say(f"{'after ' + str(EPOCHS) + ' epochs':18} {'rate':>6} {'loss seen':>10} {'loss unseen':>12} "
    f"{'read, of 297':>13}")
for name, (curve, net) in learned.items():
    seen, unseen = curve[-1]
    read = round(share_right(net, test) * len(test))
    say(f"{name:18} {RULES[name][1]:>6g} {seen:>10.3f} {unseen:>12.3f} {read:>13}")
for name, (curve, net) in learned.items():
    claim(f"{name} begins at log 10", curve[0, 0], math.log(10), tolerance=0.05)
    claim(f"{name}: share of unseen digits that are read", share_right(net, test), 0.9,
          relation=">")

read = [share_right(net, test) for _, net in learned.values()]
claim("the best and the worst of the four: not more apart than", max(read) - min(read), 0.06,
      relation="<")
adams, reader = learned["Adam"]
claim("Adam: 95 of 100 unseen digits, give or take 2", share_right(reader, test), 0.95,
      tolerance=0.02)
claim("what was seen is read more surely: loss seen, unseen", adams[-1, 0], adams[-1, 1] / 2,
      relation="<")

# %% [markdown]
r"""
Before one is proud of a network one asks what the dullest method does.  Here it is: of all images
seen, find the nearest one, and say what that one was.
"""

# %%
distance = ((test.images[:, None] - train.images[None]) ** 2).sum(axis=-1)
nearest = (train.labels[distance.argmin(axis=1)] == test.labels).mean()
claim("the nearest image seen: share that is read", nearest, 291 / 297)
claim("that is better than the network", nearest > share_right(reader, test))

# %% [markdown]
r"""
With the same thirteen writers in both parts of the data, it is hard to beat memory: 291 of 297.
(It needs all of the images to answer a single question, and at 64 pixels distances still mean
something.)

### The rate, and what it is a rate of

**Predict.**  Someone adds the losses of the 100 images of a batch up instead of averaging them.
Every gradient is 100 times as large.  Which of the four rules need another learning rate?
"""

# %%
predict("The loss is the sum over a batch of 100 instead of the mean.  Which of SGD, Momentum, "
        "RMSProp and Adam need another learning rate?")
say("loss on unseen digits after 3 epochs at the same rate")
say(f"{'':12} {'mean':>8} {'sum':>8}")
moved = {}
for name, (rule, lr) in RULES.items():
    with np.errstate(all="ignore"):
        moved[name] = [learn(rule, lr, 3, total)[0][-1, 1] for total in (False, True)]
    say(f"  {name:10} {moved[name][0]:8.3f} {moved[name][1]:8.3f}")


def knows_nothing(loss):
    return not loss < math.log(10) - 0.1


for name in ("RMSProp", "Adam"):
    claim(f"{name} hardly notices", moved[name][1], moved[name][0], tolerance=0.05)
claim("SGD and Momentum know nothing afterwards",
      all(knows_nothing(moved[name][1]) for name in ("SGD", "Momentum")))
summed = learn(optim.SGD, 0.003, 3, total=True)[0][-1, 1]
claim("SGD of a sum at rate 0.003 is SGD of a mean at 0.3", summed, moved["SGD"][0],
      tolerance=1e-3)

# %%
rates = 10.0 ** np.arange(-4, 1.1, 2 if FAST else 0.5)
sweep_epochs = 2 if FAST else 10


def sweep(name, total):
    """Loss on unseen digits against the rate; NaN where it is worse than knowing nothing."""
    with np.errstate(all="ignore"):
        ends = [learn(RULES[name][0], float(lr), sweep_epochs, total)[0][-1, 1] for lr in rates]
    return np.array([end if end < 2.4 else np.nan for end in ends])


swept = {(name, total): sweep(name, total) for name, total in (
    ("SGD", False), ("SGD", True), ("Momentum", False), ("RMSProp", False), ("Adam", False),
    ("Adam", True))}

figure, (curves, windows) = viz.panels(1, 2, size=(5.6, 4.0))
for name, (curve, _) in learned.items():
    curves.semilogy(curve[:, 0], color=COLOURS[name], linewidth=2, label=f"{name}, seen")
    curves.semilogy(curve[:, 1], color=COLOURS[name], linewidth=1.6, linestyle=(0, (1, 1.2)))
curves.axhline(math.log(10), color=MUTED, linewidth=0.9)
curves.text(EPOCHS, math.log(10) * 1.06, "log 10: knows nothing", color=MUTED, fontsize=9,
            ha="right")
curves.set(xlabel="epoch", ylabel="loss, nats per image", ylim=(None, 3.4))
curves.set_title("Learning curves (dotted: unseen digits)", loc="left", fontsize=11, color=INK)
for (name, total), losses in swept.items():
    windows.loglog(rates, losses, marker="o", markersize=4, linewidth=1.8, color=COLOURS[name],
                   linestyle=(0, (3, 1.5)) if total else "-",
                   label=f"{name}, loss summed" if total else name)
windows.set(xlabel="learning rate", ylabel=f"loss on unseen digits after {sweep_epochs} epochs",
            xlim=(rates[0] / 1.4, rates[-1] * 1.4))
windows.set_title("Which rates work", loc="left", fontsize=11, color=INK)
for ax in (curves, windows):
    ax.grid(color=HAIRLINE, linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
windows.set_ylim(0.06, 3)
windows.set_yticks((0.1, 0.2, 0.5, 1, 2), ("0.1", "0.2", "0.5", "1", "2"))
windows.minorticks_off()
windows.legend(frameon=False, fontsize=8.5, loc="lower left", ncols=2)
save_figure(figure, "04_learning_curves_and_rates")

# %% [markdown]
r"""
SGD and Momentum need another rate, RMSProp and Adam do not.  That is what Adam is good for.  Each
at a good rate, the rules are a few digits in a hundred apart.  But Adam's rate is *a length*, how
far each weight moves in a step, whatever the units of the loss.  A rate of SGD is a length per
gradient.  It has to be found again whenever the loss is summed instead of averaged, and then for
every size of the batch.  In the figure, summing moves the curve of SGD (dashed) two powers of ten
to the left, and leaves Adam's where it was.

What does the network get wrong?
"""

# %%
answers = probabilities(reader, test)
guess = answers.argmax(axis=1)
wrong = np.nonzero(guess != test.labels)[0]
wrong = wrong[np.argsort(answers[wrong, guess[wrong]])[::-1]]
surest = answers[wrong[0]].max()
claim("the surest of its mistakes has a probability of", surest, 0.8, relation=">")

figure, axes = viz.panels(2, 5, size=(1.5, 1.75))
for ax in axes:
    ax.set_axis_off()
for ax, n in zip(axes, wrong):
    viz.image_grid(test.images[n:n + 1], ax=ax)
    ax.set_title(f"a {test.labels[n]}, read as {guess[n]}\n{100 * answers[n, guess[n]]:.0f} % sure",
                 fontsize=9.5, color=INK, loc="center")
save_figure(figure, "04_mistakes")

# %% [markdown]
r"""
Some of these would cost you a second look as well.  That the network is often *sure* of them is
another matter: it was trained until it was sure of everything it saw.

## Break it: a clipped probability

A well-known teaching library computes the loss of a yes-or-no question from the probability
$p = \operatorname{sigmoid}(l)$ like this, so that the logarithm never sees a zero:

$$p \leftarrow \operatorname{clip}(p,\ 10^{-15},\ 0.999), \qquad
L = -t \log p - (1 - t) \log(1 - p).$$

The loss is always finite.  Nothing ever crashes.

**Predict.**  The network says $p = 0.9995$, and the truth is $t = 0$.  What is
$\partial L / \partial l$?
"""

# %%
heading("Break it: a clipped probability")
predict("p = 0.9995, the truth is 0, and the loss clips p at 0.999.  What is dL/dl, and what "
        "should it be?")


def clipped(logit, t):
    p = ops.clip(ops.sigmoid(logit), 1e-15, 0.999)
    return -(t * ops.log(p) + (1.0 - t) * ops.log(1.0 - p))


surely = np.array([math.log(0.9995 / 0.0005)])
never = np.zeros(1)

claim("clipped: dL/dl", sg.grad(lambda x: ops.sum(clipped(x, never)))(surely)[0], 0)
claim("from the logit: dL/dl = p - t",
      sg.grad(lambda x: ops.sum(ops.bce_with_logits(x, never)))(surely)[0], 0.9995)

# %% [markdown]
r"""
Exactly zero.  From the answers that are most wrong nothing is learned.  Does it matter?  We ask for
even or odd, and make a second mistake that everybody makes once: the pixels run from 0 to 255.  The
logits are then large from the start.  The check that catches it costs three lines: count the images
that are read wrong and have no gradient.  We try several starts, each with both losses.
"""


# %%
def odd_or_even(loss_of, seed, epochs=8):
    """Train on pixels from 0 to 255: (share wrong, share wrong without a gradient, mean loss)."""
    x, t = train.images * np.float32(255), (train.labels % 2).astype(np.float32)
    net = nn.mlp(64, 64, 1, rng=seed)
    rule, rng = optim.Adam(net.parameters(), lr=0.003), np.random.default_rng(seed)
    for _ in range(epochs):
        for a, b in data.batches((x, t), 100, rng=rng):
            loss = ops.mean(loss_of(ops.reshape(net(a), (-1,)), b))
            rule.zero_grad()
            loss.backward()
            rule.step()
    logits = sg.Tensor(ops.reshape(net(x), (-1,)).data, requires_grad=True)
    losses = loss_of(logits, t)
    ops.sum(losses).backward()
    mistaken = (logits.data > 0) != (t > 0.5)
    silent = mistaken & (logits.grad == 0)
    return mistaken.mean(), silent.mean(), losses.data.mean()


STARTS = range(2) if FAST else range(6)
by_clipped = np.array([odd_or_even(clipped, seed) for seed in STARTS])
by_logits = np.array([odd_or_even(ops.bce_with_logits, seed) for seed in STARTS])

say(f"{'':8} {'clipped':>26} {'from logits':>26}")
say(f"{'start':8} {'wrong':>12} {'of it silent':>13} {'wrong':>12} {'of it silent':>13}")
for seed, (bad, silent, _), (good, unheard, _) in zip(STARTS, by_clipped, by_logits):
    say(f"{seed:<8} {bad:12.1%} {silent:13.1%} {good:12.1%} {unheard:13.1%}")

evens = (train.labels % 2 == 0).mean()
dead = abs(by_clipped[:, 1] - evens) < 1e-6
claim("clipped: starts after which all even digits are lost", dead.sum(), 2, relation=">=")
claim("  their loss: the share of even digits times -log 0.001",
      by_clipped[dead, 2].mean(), -evens * math.log(0.001), tolerance=1e-3)
claim("  in nats", by_clipped[dead, 2].mean(), 3.43, tolerance=2e-3)
claim("clipped: wrong and without a gradient, all starts", by_clipped[:, 1].mean(), 0.1,
      relation=">")
claim("from logits: wrong and without a gradient, in any start", by_logits[:, 1].max(), 0)
claim("from logits: the share wrong is at most", by_logits[:, 0].max(), 0.1, relation="<")

# %% [markdown]
r"""
Under the clipped loss some starts die: the network says "odd" to everything, is certain of it, and
has no gradient left to learn from, at a finite loss of 3.43 nats.  The others get away with a few
images lost for good.  From logits the very same networks, from the very same starts, get over it.
A mistake that comes and goes with the random seed is the worst kind.  The loss says at most that
something is wrong (who knows nothing has $\log 2$), and in a start that lives not even that; the
gradient of one wrong answer says what.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 4 --check`.
"""

# %%
heading("Exercises")


def check_logistic(loss):
    x = np.array([-1000.0, -40.0, -1.0, 0.0, 2.0, 40.0, 1000.0])
    for t in (0.0, 0.3, 1.0):
        with np.errstate(all="raise", under="ignore"):
            got = loss(x, np.full(7, t))
        claim(f"t = {t}", got, ops.bce_with_logits(x, np.full(7, t)), tolerance=1e-15)
    with np.errstate(all="raise", under="ignore"):
        tiny = [loss(x, np.ones(7))[5], loss(x, np.zeros(7))[1]]
    claim("the loss at l = 40, t = 1, over exp(-40)", tiny[0] / math.exp(-40), 1)
    claim("the loss at l = -40, t = 0, over exp(-40)", tiny[1] / math.exp(-40), 1)


@exercise("-t log sigmoid(l) - (1 - t) log(1 - sigmoid(l)) for arrays of logits l and targets t, "
          "in NumPy: no overflow for any l, and all digits where the loss is tiny.",
          check=check_logistic,
          hint="it is log(1 + exp(l)) - t l; what if l is large?  np.log1p keeps small digits, "
               "and they stay if what is large has cancelled before they are added")
def logistic_loss(logit, t):
    return None


# %%
def check_spread(spread):
    for inputs, slope in ((100, 0.0), (64, 0.2), (10, 1.0)):
        y = np.random.default_rng(7).normal(size=200_000) * spread(inputs, slope) * inputs ** 0.5
        got, error = mean_and_error(np.where(y > 0, y, slope * y) ** 2)
        claim("the size is kept", got, 1, error)


@exercise("leaky_relu(y) is y above 0 and slope y below.  Return the standard deviation of the "
          "weights of a layer with that many inputs, so that signals keep their size.",
          check=check_spread,
          hint="which part of E[y^2] is left, if the half below 0 is multiplied by slope^2?")
def leaky_spread(inputs, slope):
    return None


# %%
def check_adamw(step):
    draw = np.random.default_rng(8).normal
    start = draw(size=6)
    theirs = sg.Tensor(start, requires_grad=True)
    optimiser = optim.AdamW([theirs], lr=0.1, weight_decay=0.3)
    p, m, v = start.copy(), np.zeros(6), np.zeros(6)
    for t in range(1, 21):
        g = draw(size=6)
        theirs.grad = g.copy()
        optimiser.step()
        p, m, v = step(p, g, t, m, v, 0.1, 0.3)
        claim(f"step {t}", p, theirs, tolerance=1e-12)


@exercise("AdamW lets each weight shrink by itself: first p <- (1 - lr decay) p, then Adam's step "
          "with betas 0.9 and 0.999, eps 1e-8.  Return p, m and v after step t = 1, 2, ...",
          check=check_adamw, hint="the decay is not divided by the root of v: it is no gradient")
def adamw(p, g, t, m, v, lr, decay):
    return None


# %%
def check_blind(blind):
    draw = np.random.default_rng(9)
    for counts in ((70, 20, 10), (5, 5), (1, 2, 3, 4)):
        labels = draw.permutation(np.repeat(np.arange(len(counts)), counts))
        share = np.array(counts) / sum(counts)
        logits = np.broadcast_to(blind(labels, len(counts)), (len(labels), len(counts)))
        got = float(np.asarray(ops.softmax_cross_entropy(logits, labels)).mean())
        claim("the loss is the entropy of the labels", got, -(share * np.log(share)).sum())


@exercise("A network that may not look at the image: return the K logits that give the smallest "
          "mean loss for these labels (integers 0 to K - 1, each occurring).", check=check_blind,
          hint="the gradient p_k - [k = y], averaged over all labels, must be 0")
def blind_logits(labels, K):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Overfitting** and its remedies: the network reads what it has seen better than what it has not.
  Weight decay (the exercise above), dropout (`nn.Dropout`), and more data.
- **Schedules.**  A rate that falls towards the end settles deeper: `optim.schedules`.
- **Normalisation.**  Instead of starting with signals of the right size one can force them to it,
  layer by layer: `nn.LayerNorm`, and lesson 20.
- **Being fooled.**  The gradient of the loss by the *image* says which small change of it makes
  this network fail: lesson 23.
- Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*
  (2010), section 4.2: the variance argument, forwards and backwards.
- He, Zhang, Ren and Sun, *Delving deep into rectifiers* (2015), section 2.2: the factor of two.
- Kingma and Ba, *Adam: a method for stochastic optimization* (2015), sections 2 and 3.
- Sutskever, Martens, Dahl and Hinton, *On the importance of initialization and momentum in deep
  learning* (2013), for both halves of this lesson at once.
- Wilson et al., *The marginal value of adaptive gradient methods in machine learning* (2017), for
  the other side.
"""
