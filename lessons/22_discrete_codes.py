# %% [markdown]
r"""
# Discrete codes

**You will**

- see why no gradient passes a choice, and two ways to pretend that one does: straight-through, and
  a softmax with Gumbel noise;
- measure what pretending costs: the bias and the variance of five estimators, against a gradient
  that is exact because all outcomes can be counted;
- train a VAE whose code is a word of four letters, compute its $\log p(x)$ exactly, and catch a
  bound that is none.

**Prerequisites** The VAE and its two estimators of a gradient (lesson 12); $\mathrm{KL}$
(lesson 10).  **Takes** about 8 seconds on a CPU.

The codes of lesson 12 are points of a plane, and a draw moves smoothly with its mean.  Much of what
we would like a code to be is not like that: a letter, a word, the class of an object, which of
several experts to ask.  Such a code is drawn from a **categorical** distribution,

$$y = e_k \ \text{ with probability }\ P_k = \frac{\exp l_k}{\sum_j \exp l_j}, \qquad
k = 1 \dots K,$$

where $e_k$ is the vector with a 1 in place $k$ and 0 elsewhere, and $l_k$ are logits that some
network computes.

**Predict.**  A network ends in $y = e_k$ with $k = \arg\max_j l_j$, and a loss is computed from
$y$.  What is the derivative of the loss by the logits?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, nn, ops, optim, viz
from scratchgen.distributions import (Categorical, bias_and_variance, exact_gradient,
                                      gradient_draws, gradient_estimators, kl)
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("Discrete codes")
predict("A network ends in y = e_k with k = argmax of its logits.  What is the derivative of a "
        "loss of y by the logits?")

# %% [markdown]
r"""
## A choice has no slope

Move a logit a little, and the largest of them is still the largest.  So $y$ does not move, and its
derivative is 0; where it does move it jumps, and there is no derivative.  Calculus is right, and it
is of no use: a network in front of a choice learns nothing.
"""

# %%
heading("A choice has no slope")
logits = np.array([0.2, 1.1, -0.4])
payoff = np.array([3.0, -1.0, 2.0])
claim("argmax, and its derivative by finite differences", sg.gradcheck(ops.one_hot_argmax, logits))
claim("that derivative", sg.grad(lambda u: ops.sum(payoff * ops.one_hot_argmax(u)))(logits),
      np.zeros(3))

# %% [markdown]
r"""
**Straight-through** (Bengio, Léonard and Courville 2013) is a lie told to the engine.  Forwards,
the value is the choice.  Backwards, it pretends that the value was $\operatorname{softmax}(l)$,
which does have a slope.  It takes an op of its own, for no formula has such a derivative:
"""

# %%
show(ops.straight_through)
say("")
claim("forwards: the choice", ops.straight_through_argmax(logits), np.array([0.0, 1, 0]))
pretended = sg.grad(lambda u: ops.sum(payoff * ops.straight_through_argmax(u)))(logits)
claim("backwards: softmax", pretended,
      sg.grad(lambda u: ops.sum(payoff * ops.softmax(u)))(logits))
claim("gradcheck sees through it",
      complaint(sg.gradcheck, ops.straight_through_argmax, logits)[0], "GradientError")

# %% [markdown]
r"""
Elsewhere one writes `hard + soft - soft.detach()`, to the same effect; but in floating point the
two halves do not cancel, and the choice is not quite a choice.
"""

# %%
many = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
hard, soft = ops.one_hot_argmax(many), ops.softmax(many)
off = abs((hard + soft - soft) - hard).max()
claim("hard + soft - soft.detach(): off by, in float32", off, 1e-8, relation=">")
claim("ours", ops.straight_through_argmax(many), hard)

# %% [markdown]
r"""
## Gumbel noise: a draw as an argmax

So far nothing was random.  To draw $k$ with probability $P_k$ we could throw a die, but there is a
way that leaves the logits in the formula.  Set $K$ alarm clocks.  Clock $k$ rings after a time
$E_k\, e^{-l_k}$, where the $E_k$ are exponentially distributed; that is a clock that rings at rate
$e^{l_k}$.  The chance that the first to ring is clock $k$ is its share of all the ringing:

$$\Pr\big[k \text{ is first}\big] = \frac{e^{l_k}}{\sum_j e^{l_j}} = P_k.$$

The first to ring has the smallest $E_k\, e^{-l_k}$, and so the largest $-\log$ of that:

$$k = \arg\max_j\, (l_j + g_j), \qquad g_j = -\log E_j = -\log(-\log u_j), \quad
u_j \text{ uniform on } (0, 1).$$

The noise $g$ is **Gumbel** distributed (Gumbel 1954).  The randomness now stands outside, as in
$\mu + \sigma\varepsilon$.
"""

# %%
heading("Gumbel noise: a draw as an argmax")
n = 20_000 if FAST else 100_000
P = np.exp(logits) / np.exp(logits).sum()
u = np.random.default_rng(1).random((n, 3))
first = (logits - np.log(-np.log(u))).argmax(axis=1)
for k in range(3):
    claim(f"share of draws of class {k + 1}, and P", (first == k).mean(), P[k],
          math.sqrt(P[k] * (1 - P[k]) / n))

# %% [markdown]
r"""
What is left is an argmax, and it is replaced by a softmax with a **temperature** $\tau$
(Jang, Gu and Poole 2017; Maddison, Mnih and Teh 2017):

$$y = \operatorname{softmax}\!\left(\frac{l + g}{\tau}\right).$$

This is a random *point* of the triangle whose corners are the classes.  When $\tau \to 0$ it goes
to the corner that the argmax would choose.

**Predict.**  When $\tau$ is small, $y$ is nearly a true draw.  Is anything wrong with making it
very small?
"""

# %%
show(ops.gumbel_softmax)
predict("softmax((l + g) / tau) is nearly a true draw if tau is small.  Is anything wrong with "
        "making it very small?")
TRIANGLE = np.array([[-1, 0], [1, 0], [0, math.sqrt(3)]]) / 2       # where the corners are drawn
shown = np.broadcast_to(logits, (1500, 3))
true = ops.gumbel_softmax(shown, 1.0, hard=True, rng=2).argmax(axis=1)
nearest = []
figure, axes = viz.panels(1, 4, size=(2.9, 3.0))
for ax, temperature in zip(axes, (5.0, 1.0, 0.4, 0.05)):
    y = ops.gumbel_softmax(shown, temperature, rng=2)
    chosen = (y == y.max(axis=1, keepdims=True)).argmax(axis=1)
    points = y @ TRIANGLE
    ax.fill(*TRIANGLE.T, facecolor="none", edgecolor=MUTED, linewidth=1)
    ax.scatter(*points.T, s=5, linewidths=0, alpha=0.6,
               c=[(BLUE, ORANGE, RED)[k] for k in chosen])
    for k, (corner, away) in enumerate(zip(TRIANGLE, ((-0.06, -0.1), (0.06, -0.1), (0, 0.06)))):
        ax.text(*(corner + away), f"$e_{k + 1}$", ha="center", color=INK)
    ax.set_title(f"temperature {temperature:g}", loc="left", fontsize=11, color=INK)
    ax.set(aspect="equal", xlim=(-0.68, 0.68), ylim=(-0.2, 1.05))
    ax.axis("off")
    near = (y.max(axis=1) > 0.99).mean()
    say(f"temperature {temperature:<5g} share of draws within 0.01 of a corner: {near:.3f}")
    nearest.append(chosen)
claim("at each temperature each point is nearest to the corner of its own draw",
      bool((np.array(nearest) == true).all()))
save_figure(figure, "22_simplex")

# %% [markdown]
r"""
1,500 draws with the same noise at each temperature, coloured by the class that the argmax chooses:
hot, all draws are nearly the middle; cold, all are nearly corners.

## Bias and variance, measured

We want $\partial\, \mathbb{E}[f(y)] / \partial l$.  Counting all outcomes gives it exactly:

$$\frac{\partial}{\partial l_j} \sum_k P_k\, f(e_k) = P_j\,\big(f(e_j) - \mathbb{E}[f]\big).$$

(Nobody needs an estimate then.  But a code of thirty letters has $K^{30}$ outcomes, and there one
draw must do.)  Five ways to make one draw do, each a number whose derivative is the estimate:
"""

# %%
heading("Bias and variance, measured")
for name, estimator in gradient_estimators.ESTIMATORS.items():
    say(f"{name}:")
    show(estimator)

# %% [markdown]
r"""
Take the smallest example there is (Tucker et al. 2017): a coin $b$ that is 1 with probability $P$
and 0 otherwise, and $f = (b - t)^2$ with $t = 0.45$.  With two classes, $y = (b, 1 - b)$ and
$P = 1/(1 + e^{-d})$, $d = l_1 - l_2$.  The exact gradient is

$$\frac{\partial\, \mathbb{E}[f]}{\partial d} = P(1 - P)\,\big((1 - t)^2 - t^2\big)
= P(1 - P)\,(1 - 2t).$$
"""

# %%
T, d = 0.45, 0.4
coin = np.array([d, 0.0])
P1 = 1 / (1 + math.exp(-d))


def f(y):
    """(b - t)^2 for rows y = (b, 1 - b).   (n, 2) -> (n,)"""
    return ops.square(y[:, 0] - T)


exact = exact_gradient(coin, f)
claim("the exact gradient", exact[0], P1 * (1 - P1) * (1 - 2 * T))


def measure(name, temperature=1.0, seed=3):
    """(bias, its standard error, variance of one draw) of d E[f] / d l_1."""
    draws = gradient_draws(coin, f, n, name, temperature=temperature, rng=seed)
    return [part[0] for part in bias_and_variance(draws, exact)]


say(f"the gradient is {exact[0]:.5f}")
say(f"{'one draw by':26} {'bias':>10} {'+-':>9} {'standard deviation':>20}")
measured = {}
for name in gradient_estimators.ESTIMATORS:
    measured[name] = measure(name)
    bias, error, variance = measured[name]
    say(f"{name:26} {bias:10.5f} {error:9.5f} {math.sqrt(variance):20.5f}")

for name in ("score-function", "score-function-centred"):
    bias, error, _ = measured[name]
    claim(f"{name}: bias", bias, 0, error)

# %% [markdown]
r"""
The score function is right on average, as lesson 12 derived, for discrete draws too.  The others
are not.  For straight-through we can say by how much.  It multiplies $f'(y)$ at the corner that was
drawn with the slope of $P$, and on average

$$\mathbb{E}\big[2\,(b - t)\,P(1 - P)\big] = 2\,(P - t)\,P(1 - P), \qquad
\text{where } (1 - 2t)\,P(1 - P) \text{ was right.}$$

It takes the difference between the two corners from the slopes *at* them, and that is right only if
$f$ is a straight line (or, for a parabola, if $P = 1/2$).
"""

# %%
bias, error, _ = measured["straight-through"]
claim("straight-through: bias", bias, (2 * (P1 - T) - (1 - 2 * T)) * P1 * (1 - P1), error)
claim("that is more than the gradient itself", bias / exact[0], 1.5, relation=">")
line = gradient_draws(coin, lambda y: 0.7 * y[:, 0], 10, "straight-through", rng=4)
claim("for a straight line: exact, without any variance", line[:, 0],
      np.full(10, 0.7 * P1 * (1 - P1)))

# %% [markdown]
r"""
Now the temperature.  The relaxed coin is $b = 1/(1 + e^{-(d + v)/\tau})$, where $v = g_1 - g_2$ is
logistic noise, one number; so the averages are integrals over a line, and we need not draw.
"""

# %%
u = (np.arange(400_000) + 0.5) / 400_000
v = np.log(u / (1 - u))


def exactly(temperature, hard):
    """(bias, variance) of (straight-through) Gumbel-softmax, by quadrature."""
    b = 1 / (1 + np.exp(-np.clip((d + v) / temperature, -500, 500)))
    estimate = 2 * ((d + v > 0 if hard else b) - T) * b * (1 - b) / temperature
    return estimate.mean() - exact[0], estimate.var()


for name, hard in (("gumbel-softmax", False), ("straight-through-gumbel", True)):
    for temperature in (3.0, 1.0, 0.1):
        bias, error, _ = measure(name, temperature)
        claim(f"{name} at {temperature:g}: bias", bias, exactly(temperature, hard)[0], error)
    warm, cold = (exactly(t, hard) for t in (0.02, 0.01))
    claim(f"{name}: half the temperature, half the bias", warm[0] / cold[0], 2, tolerance=0.02)
    claim(f"{name}: and twice the variance", cold[1] / warm[1], 2, tolerance=0.04)

# %%
temperatures = np.logspace(-2, 0.7, 6 if FAST else 55)
figure, axes = viz.panels(1, 2, size=(5.2, 3.7))
spots = np.logspace(-1.7, 0.5, 3 if FAST else 8)
for name, hard, colour in (("gumbel-softmax", False, BLUE), ("straight-through-gumbel", True, RED)):
    curve = np.array([exactly(t, hard) for t in temperatures])
    dots = np.array([measure(name, t, seed=5) for t in spots])
    axes[0].plot(temperatures, curve[:, 0] / exact[0], color=colour, linewidth=2, label=name)
    axes[0].errorbar(spots, dots[:, 0] / exact[0], yerr=2 * dots[:, 1] / exact[0], fmt="o",
                     markersize=4, color=colour)
    axes[1].plot(temperatures, np.sqrt(curve[:, 1]) / exact[0], color=colour, linewidth=2)
    axes[1].plot(spots, np.sqrt(dots[:, 2]) / exact[0], "o", markersize=4, color=colour)
for name, colour, style in (("straight-through", ORANGE, "-"), ("score-function", GREY, "--"),
                            ("score-function-centred", PURPLE, ":")):
    bias, _, variance = measured[name]
    axes[0].axhline(0 if "score" in name else bias / exact[0], color=colour, linestyle=style,
                    linewidth=2, label=name)
    axes[1].axhline(math.sqrt(variance) / exact[0], color=colour, linestyle=style, linewidth=2)
for ax, title in zip(axes, ("Bias", "Standard deviation of one draw")):
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set(xscale="log", xlabel=r"temperature $\tau$", ylabel="in units of the exact gradient")
    ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
    ax.spines[["top", "right"]].set_visible(False)
axes[1].set_yscale("log")
axes[0].legend(frameon=False, fontsize=8.5, loc="upper left", bbox_to_anchor=(0, 0.94))
save_figure(figure, "22_bias_and_variance")

# %% [markdown]
r"""
Lines are exact, dots are measured, with two standard errors.  That is the answer about small
temperatures: the bias falls like $\tau$ and the variance rises like $1/\tau$.  The softmax is steep
in ever fewer draws, ever more steeply.  (The bias of this $f$ happens to cross zero on the way.
Do not count on it.)

## Where a wrong gradient leads

**Predict.**  $\mathbb{E}[(b - 0.45)^2]$ is $0.45^2 = 0.2025$ if the coin always gives 0, and
$0.55^2 = 0.3025$ if it always gives 1.  We descend from $P = 0.6$ by the average straight-through
gradient.  Where does $P$ end?
"""

# %%
heading("Where a wrong gradient leads")
predict("E[(b - 0.45)^2] is 0.2025 for a coin that always gives 0.  We descend from P = 0.6 with "
        "straight-through.  Where does P end?")
claim("always 0", (0 - T) ** 2, 0.2025)
claim("always 1", 0.55 ** 2, 0.3025)


def descend(name, temperature=1.0, steps=100 if FAST else 300, rate=4.0, seed=6):
    """P, step by step, following 500 draws a step."""
    rng, logits, path = np.random.default_rng(seed), coin.copy(), []
    for _ in range(steps):
        path.append(1 / (1 + math.exp(logits[1] - logits[0])))
        draws = gradient_draws(logits, f, 500, name, temperature=temperature, rng=rng)
        logits = logits - rate * draws.mean(axis=0)
    return np.array(path)


paths = {name: descend(name) for name in ("score-function-centred", "straight-through",
                                          "gumbel-softmax", "straight-through-gumbel")}
paths["gumbel-softmax, cold"] = descend("gumbel-softmax", 0.1)
for name, path in paths.items():
    say(f"{name:26} P in the end: {path[-1]:.3f}")
claim("the unbiased one finds the best coin: P", paths["score-function-centred"][-1], 0.05,
      relation="<")
claim("straight-through ends at P = t", paths["straight-through"][-1], T, tolerance=0.03)

# %% [markdown]
r"""
Its average gradient is $2(P - t)P(1 - P)$, which is zero at $P = t$.  It has solved another
problem: the best *number* between 0 and 1, not the best coin.
"""

# %%
figure, (ax,) = viz.panels(size=(7.4, 3.9))
for (name, path), colour in zip(paths.items(), (PURPLE, ORANGE, BLUE, RED, "#92dadd")):
    ax.plot(path, color=colour, linewidth=2, label=name)
ax.axhline(T, color=INK, linewidth=1, linestyle=(0, (4, 3)), label="P = t = 0.45")
ax.set(xlabel="step", ylabel="P, the probability of 1", ylim=(0, 0.85))
ax.set_title("The best coin never gives 1; not every estimator finds it", loc="left", fontsize=11,
             color=INK)
ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=9, ncols=3, loc="upper right")
save_figure(figure, "22_where_it_leads")

# %% [markdown]
r"""
## A VAE that writes words

Now digits.  A code is a word of $M = 4$ letters from an alphabet of $K = 8$, all words equally
likely beforehand; the encoder gives each letter its logits, the decoder reads the word.

$$p(z) = K^{-M}, \qquad q(z|x) = \prod_{m=1}^{M} P_{m, z_m}(x), \qquad
\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big) = \sum_{m=1}^{M} \big(\log K - H[P_m(x)]\big).$$

($H$ is the entropy.)  There are only $8^4$, or 4,096, words.  So we can decode every one of
them and know $\log p(x)$ exactly, and the ELBO too, whatever it was trained by.
"""

# %%
train, test = data.load("digits")
bits, test_bits = (data.binarise(part.images).reshape(-1, 64) for part in (train, test))
M, K = 4, 8
words = np.stack(np.meshgrid(*[np.arange(K)] * M, indexing="ij"), axis=-1).reshape(-1, M)
every_word = np.eye(K, dtype=np.float32)[words]                         # (4096, M, K)


class WordVAE(nn.Module):
    """Images of 64 bits; codes (M, K), one row for each letter."""

    def __init__(self):
        self.encoder, self.decoder = nn.mlp(64, 128, M * K, rng=0), nn.mlp(M * K, 128, 64, rng=1)

    def letters(self, x):
        """q(z|x): a Categorical of M letters for each image.   (N, 64) -> batch_shape (N, M)"""
        return Categorical(ops.reshape(self.encoder(x), (-1, M, K)))

    def log_likelihood(self, z, x):
        """log p(x|z), in nats.   (N, M, K), (N, 64) -> (N,)"""
        logits = self.decoder(ops.reshape(z, (-1, M * K)))
        return -ops.sum(ops.bce_with_logits(logits, x), axis=1)


def divergence(q):
    """KL to words that are all equally likely, in nats.   -> (N,)"""
    return ops.sum(math.log(K) - q.entropy(), axis=1)


def by_enumeration(model, x):
    """(log p(x), ELBO, KL(q, posterior)) in nats, each (N,): sums over all words."""
    with sg.no_grad():
        logits = model.decoder(every_word.reshape(-1, M * K)).numpy().astype(np.float64)
        u = model.letters(x).logits.numpy().astype(np.float64)
    log_letters = u - np.logaddexp.reduce(u, axis=2, keepdims=True)
    log_joint = x @ logits.T - np.logaddexp(0, logits).sum(axis=1) - M * math.log(K)
    log_q = sum(log_letters[:, m][:, words[:, m]] for m in range(M))
    log_p = np.logaddexp.reduce(log_joint, axis=1)
    q = np.exp(log_q)
    gap = (q * (log_q - (log_joint - log_p[:, None]))).sum(axis=1)
    return log_p, (q * (log_joint - log_q)).sum(axis=1), gap


heading("A VAE that writes words")
claim("words, 8^4", len(words), 4096)
model = WordVAE()
log_p, elbo, gap = by_enumeration(model, test_bits[:20])
claim("untrained: log p(x) - ELBO = KL(q, posterior)", log_p - elbo, gap, tolerance=1e-9)
q = model.letters(test_bits[:20])
claim("the divergence of the formula, and the library's", divergence(q),
      ops.sum(kl(q, Categorical(np.zeros((M, K), np.float32))), axis=1), tolerance=1e-5)

# %% [markdown]
r"""
Training differs from lesson 12 in one line: how $z$ is drawn.  We train the same network from the
same weights five times.

**Predict.**  By exact $\log p(x)$ on test digits, and after equally many steps: which is best, the
unbiased score function or a biased one?
"""

# %%
predict("The same network, the same steps: which gives the highest exact log p(x) on test digits, "
        "the unbiased score function, or a biased estimator?")
DRAWS = {
    "straight-through Gumbel": lambda u, rng: ops.gumbel_softmax(u, 0.5, hard=True, rng=rng),
    "straight-through": lambda u, rng: ops.straight_through(
        ops.gumbel_softmax(ops.stop_gradient(u), hard=True, rng=rng), ops.softmax(u)),
    "score function": lambda u, rng: ops.gumbel_softmax(ops.stop_gradient(u), hard=True, rng=rng),
    "soft codes, tau = 1": lambda u, rng: ops.gumbel_softmax(u, 1.0, rng=rng),
    "soft codes, tau = 0.5": lambda u, rng: ops.gumbel_softmax(u, 0.5, rng=rng),
}
if FAST:
    del DRAWS["soft codes, tau = 0.5"]              # nothing is claimed of it


def loss(model, x, how, rng):
    """What is minimised: -ELBO of each image, estimated from one draw.   -> (N,)"""
    q = model.letters(x)
    z = DRAWS[how](q.logits, rng)
    reconstruction = model.log_likelihood(z, x)
    cost = divergence(q) - reconstruction
    if how == "score function":
        value = ops.stop_gradient(reconstruction)
        better = (value - ops.mean(value)) * len(x) / (len(x) - 1)      # than the others' mean
        cost = cost - better * ops.sum(z * q.log_probs, axis=(1, 2))
    return cost


epochs = 14 if FAST else 40
trained, lengths = {}, {}
for how in DRAWS:
    model, order, noise = WordVAE(), np.random.default_rng(7), np.random.default_rng(8)
    adam = optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(epochs):
        for x in data.batches(bits, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(model, x, how, noise)).backward()
            adam.step()
    trained[how] = model

say(f"nats per test digit        {'log p(x)':>10} {'ELBO':>10} {'KL(q, posterior)':>18}")
results = {}
for how, model in trained.items():
    results[how] = by_enumeration(model, test_bits)
    say(f"{how:26} {results[how][0].mean():10.3f} {results[how][1].mean():10.3f} "
        f"{results[how][2].mean():18.3f}")
best, noisy = results["straight-through Gumbel"], results["score function"]
gain = best[0] - noisy[0]
claim("straight-through Gumbel gains on the score function", gain.mean(), 0.5,
      gain.std() / math.sqrt(len(gain)), relation=">")
more = results["soft codes, tau = 1"][0] - best[0]
claim("and soft codes on it", more.mean(), 0, relation=">")
claim("   but their KL(q, posterior) is the largest",
      max(results, key=lambda how: results[how][2].mean()), "soft codes, tau = 1")

# %% [markdown]
r"""
Biased and useful beats unbiased and noisy, here, with this many steps.  (The same estimator that
could not find the best coin.) Soft codes come out higher still in $\log p(x)$, though their decoder
never saw a word.  At $\tau = 1$ the last column tells the price: what the encoder believes is
farther from the posterior than any other's.

Why?  Hold the gradients of one step of this VAE against the exact one: the reconstruction term
$\mathbb{E}_q[\log p(x|z)]$ of a digit by the 32 logits of its code, with all 4,096 words counted.
We do that for several digits, with the weights that all began with and with trained ones.
"""

# %%
every = every_word.astype(np.float64)
flat = words + K * np.arange(M)                                     # places among the 32 logits


def against_exact(model, x, draws, seed=9):
    """{how: (bias, noise)} of one draw, in lengths of the exact gradient, for one digit x (1, 64).

    A mean of so many draws is off by noise / sqrt(draws) if there is no bias at all.
    """
    u = model.letters(x).logits.numpy()[0]
    per_word = model.log_likelihood(every, np.repeat(x, len(every), axis=0)).detach().numpy()
    many, copies = np.tile(u, (draws, 1, 1)), np.repeat(x, draws, axis=0)

    def by_counting(u):
        log_q = ops.reshape(ops.log_softmax(u, axis=-1), (M * K,))
        each = ops.sum(ops.reshape(ops.take(log_q, flat.ravel()), (-1, M)), axis=1)
        return ops.sum(ops.exp(each) * per_word)

    def by_draws(u, how):
        z = DRAWS[how](u, np.random.default_rng(seed))
        value = model.log_likelihood(z, copies)
        if how != "score function":
            return ops.sum(value)
        better = ops.stop_gradient(value - ops.mean(value)) * draws / (draws - 1)
        return ops.sum(better * ops.sum(z * ops.log_softmax(u, axis=-1), axis=(1, 2)))

    exact = sg.grad(by_counting)(u).ravel()
    length, found = np.linalg.norm(exact), {}
    for how in DRAWS:
        estimates = sg.grad(lambda u: by_draws(u, how))(many).reshape(draws, -1)
        found[how] = (np.linalg.norm(estimates.mean(axis=0) - exact) / length,
                      math.sqrt(estimates.var(axis=0).sum()) / length)
    return found


draws, digits = (1000, 3) if FAST else (2000, 8)
weights = {"first": WordVAE(), "trained": trained["straight-through Gumbel"]}
bias, noise = {}, {}
for when, model in weights.items():
    model64 = WordVAE().astype("float64")
    model64.load_state_dict(model.state_dict())
    found = [against_exact(model64, x[None].astype(np.float64), draws) for x in test_bits[:digits]]
    for how in DRAWS:                                               # root mean squares over digits
        bias[how, when], noise[how, when] = np.sqrt(np.square([each[how] for each in found])
                                                    .mean(axis=0))
chance = {key: value / math.sqrt(draws) for key, value in noise.items()}

say(f"{f'{digits} digits; in lengths of':26}{'the first weights':>26}{'trained weights':>26}")
say(f"{'the gradient, one draw by':26}" + f"{'bias':>8}{'chance':>9}{'noise':>9}" * 2)
for how in DRAWS:
    say(f"{how:26}" + "".join(f"{bias[how, when]:8.2f}{chance[how, when]:9.2f}"
                              f"{noise[how, when]:9.2f}" for when in weights))
score, gumbel = "score function", "straight-through Gumbel"
for when in weights:
    claim(f"{when}: the score function has no bias but chance",
          bias[score, when] / chance[score, when], 1.5, relation="<")
    claim("   but the most noise", max(DRAWS, key=lambda how: noise[how, when]), score)
for how in (gumbel, "straight-through", "soft codes, tau = 1"):
    claim(f"trained: the bias of {how} is real", bias[how, "trained"] / chance[how, "trained"],
          1.5, relation=">")
    claim("   and larger than at first", bias[how, "trained"], bias[how, "first"], relation=">")
claim("straight-through Gumbel: its bias, at first, in lengths", bias[gumbel, "first"], 0.25,
      relation="<")
claim("   how many times as noisy the score function is", noise[score, "first"]
      / noise[gumbel, "first"], 2, relation=">")

# %% [markdown]
r"""
*Chance* is how far the mean of all draws would be off without any bias; the score function is off
by that, the others by more.  A step that is off by a fraction of its length still goes down.  Noise
of several lengths has to average out, and twice the noise takes four times the draws: at first, the
score function needs more than four times as many as straight-through Gumbel, whose bias does no
harm yet.  Later all biases are larger.  To the very best model the unbiased one might lead, if
there were time.

What does a word mean?  Nobody told the letters what to stand for.  In the first picture two letters
of the word change, those that say most about the image; the other two stay.
"""

# %%
model = trained["straight-through Gumbel"]


def spell(x):
    """The most probable word of each image: as N strings of letters A to H, and as (N, M)."""
    with sg.no_grad():
        chosen = model.letters(x).logits.numpy().argmax(axis=2)
    return ["".join("ABCDEFGH"[k] for k in row) for row in chosen], chosen


def decoded(places):
    """The mean of p(x|z) for words, given as numbers of letters.   (N, M) -> (N, 64)"""
    with sg.no_grad():
        z = np.eye(K, dtype=np.float32)[places].reshape(-1, M * K)
        return ops.sigmoid(model.decoder(z)).numpy()


spelled, chosen = spell(test_bits)
with sg.no_grad():
    said = (math.log(K) - model.letters(test_bits).entropy().numpy()).mean(axis=0)
say("KL of each letter, nats per digit: " + ", ".join(f"{part:.2f}" for part in said))
across, down = sorted(np.argsort(said)[-2:])                # the two letters that say most
table = np.tile(chosen[0], (K * K, 1))
table[:, down], table[:, across] = np.repeat(np.arange(K), K), np.tile(np.arange(K), K)
figure, axes = viz.panels(1, 2, size=(4.6, 4.5))
pattern = "".join("?" if m in (across, down) else spelled[0][m] for m in range(M))
viz.image_grid(decoded(table), columns=K, ax=axes[0], title=f"All words {pattern}")
axes[0].set_xticks(range(K), "ABCDEFGH")
axes[0].set_yticks(range(K), "ABCDEFGH")
axes[0].set(xlabel=f"letter {across + 1}", ylabel=f"letter {down + 1}")
random_words = np.random.default_rng(10).integers(0, K, (K * K, M))
viz.image_grid(decoded(random_words), columns=K, ax=axes[1],
               title="Words made of letters drawn at random")
save_figure(figure, "22_words")
ax = viz.reconstructions(test_bits[:12], decoded(chosen[:12]), names=("digit", "its word, decoded"),
                         title="Twelve test digits, and the words that the encoder writes for them")
ax.set_xticks(range(12), spelled[:12], fontsize=8)
save_figure(ax, "22_spelled")
say(f"{len(set(spelled))} different words for {len(test_bits)} test digits")
claim("rate: KL, nats per digit, less than half of a whole word",
      ops.mean(divergence(model.letters(test_bits))).item(), M * math.log(K) / 2, relation="<")
claim("a whole word, in nats", M * math.log(K), 8.318, tolerance=6e-5)

# %% [markdown]
r"""
## Break it: a bound that is none

### 1. Soft codes in the objective

Two of the models were trained with soft codes: the decoder never saw a word, but points inside
triangles.  Many programs do so, and print the objective as their "ELBO".

**Predict.**  Is it below the exact $\log p(x)$ of the model that writes words?
"""

# %%
heading("Break it: a bound that is none")
predict("The objective with soft codes, log p(x|soft z) - KL, on test digits: is it below the "
        "exact log p(x)?")


def reported(model, draw, repeats=20):
    """log p(x|z) - KL with codes from this draw, averaged over repeats.   -> (N,)"""
    noise = np.random.default_rng(11)
    with sg.no_grad():
        q = model.letters(test_bits)
        each = [model.log_likelihood(draw(q.logits, noise), test_bits) - divergence(q)
                for _ in range(repeats)]
    return np.mean([value.numpy() for value in each], axis=0)


how = "soft codes, tau = 1"
log_p, elbo, _ = results[how]
soft = reported(trained[how], DRAWS[how])
words_drawn = reported(trained[how], DRAWS["score function"])
say(f"exact log p(x) {log_p.mean():.3f}, reported {soft.mean():.3f}, exact ELBO {elbo.mean():.3f}")
above = soft - log_p
claim("1. the reported bound lies above log p(x), by nats", above.mean(), 0,
      above.std() / math.sqrt(len(above)), relation=">")
claim("   with words, drawn: the exact ELBO", (words_drawn - elbo).mean(), 0,
      (words_drawn - elbo).std() / math.sqrt(len(elbo)))
claim("   which is a bound", bool((elbo <= log_p).all()))

# %% [markdown]
r"""
It is a bound of another model, one whose codes are points of triangles, and even for that one the
KL is the wrong one: it belongs to the letters.  What catches it is to evaluate with real draws,
as the model will be used; the exact sum over words agrees.

### 2. The most probable word instead of a draw

"We do not need noise, we take the argmax."  Then $q(z|x)$ is a single word, its entropy is 0, and
its KL is $M \log K$, all of 8.318 nats.  The program still subtracts $\sum_m (\log K - H)$.
"""

# %%
model = trained["straight-through Gumbel"]
log_p, elbo, _ = best
certain = reported(model, lambda u, rng: ops.one_hot_argmax(u), repeats=1)
q = model.letters(test_bits)
entropy = ops.sum(q.entropy(), axis=1).numpy()
mended = certain - entropy
surplus = certain - elbo
claim("2. what it reports is more than the ELBO, by nats", surplus.mean(), 0,
      surplus.std() / math.sqrt(len(surplus)), relation=">")
claim("   above log p(x): share of test digits", (certain > log_p).mean(), 0.02, relation=">")
claim("   with the right KL: below log p(x) for every digit", bool((mended <= log_p).all()))

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 22 --check`.
"""

# %%
heading("Exercises")


def check_race(answer):
    u = np.random.default_rng(12).random((50_000, 3))
    logits = np.array([1.0, -0.5, 0.3])
    claim("equal logits: the largest u wins", np.asarray(answer(np.zeros(3), u[:100])),
          u[:100].argmax(axis=1))
    drawn = np.asarray(answer(logits, u))
    claim("integers 0, 1, 2", sorted(set(drawn.tolist())) == [0, 1, 2])
    P = np.exp(logits) / np.exp(logits).sum()
    for k in range(3):
        claim(f"share of class {k}", (drawn == k).mean(), P[k], math.sqrt(P[k] * (1 - P[k]) / 5e4))
    again = np.asarray(answer(logits + np.array([0.0, 50, 0]), u))
    claim("a logit that is 50 larger wins every time", bool((again == 1).all()))


@exercise("Draw classes from uniform numbers u (n, K) and logits (K,): return the n integers "
          "argmax of logits plus Gumbel noise.", check=check_race,
          hint="g = -log(-log u), one for each class and draw; argmax over the last axis")
def gumbel_max(logits, u):
    return None


# %%
def check_binarise(answer):
    u = np.array([-2.0, 0.0, 0.5, 3.0])
    x = sg.Tensor(u, requires_grad=True)
    y = answer(x)
    claim("values: 1 where the logit is positive", y, np.array([0.0, 0, 1, 1]))
    y.backward(np.array([1.0, 2, 3, 4]))
    p = 1 / (1 + np.exp(-u))
    claim("gradient: of the sigmoid", x.grad, np.array([1.0, 2, 3, 4]) * p * (1 - p))


@exercise("A code of bits: for a Tensor of logits u, of any shape, return 1 where u > 0 and 0 "
          "elsewhere, with the gradient of sigmoid(u).", check=check_binarise,
          hint="ops.straight_through(hard, soft) takes a boolean array for hard; u > 0 is one")
def straight_through_bits(u):
    return None


# %%
def check_expected(answer):
    for d, a in ((0.4, np.array([1.0, 3.0])), (-1.0, np.array([0.3, 0.7])),
                 (0.0, np.array([2.0, -1.0]))):
        logits = np.array([d, 0.0])

        def g(y):
            return ops.sum(a * ops.square(y), axis=1)

        draws = gradient_draws(logits, g, 20_000, "straight-through", rng=13)
        p = 1 / (1 + math.exp(-d))
        claim("mean of straight-through, by d", answer(p, 2 * a), draws[:, 0].mean(),
              draws[:, 0].std() / math.sqrt(20_000))
    claim("a fair coin, as steep at both sides", answer(0.5, np.array([5.0, 5.0])), 0.0)


@exercise("The average of straight-through, for any f of a coin y = (b, 1 - b).  You get P, the "
          "probability of y = (1, 0), and s = (s0, s1): s0 = df/dy_1 at (1, 0) and s1 = df/dy_2 at "
          "(0, 1); the other slopes are 0.  Return the mean estimate of dE[f]/dl_1.",
          check=check_expected,
          hint="an estimate is slope times softmax's derivative: dy_1/dl_1 = P (1 - P) and "
               "dy_2/dl_1 = -P (1 - P); then average over the two outcomes")
def mean_straight_through(P, s):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Vector quantisation**: the code is the nearest of $K$ learned vectors, and the gradient is
  copied past the choice, straight through: van den Oord, Vinyals and Kavukcuoglu, *Neural Discrete
  Representation Learning* (2017), section 3.
- **Unbiased and less noisy**: subtract a relaxed estimate from the score function and add its
  gradient back (Tucker et al., *REBAR*, 2017; its coin is ours), or draw several words and use each
  as the others' baseline (Kool, van Hoof and Welling 2019).
- **The density of a soft draw**, with which soft codes have a bound of their own: the library's
  `RelaxedCategorical`; Maddison, Mnih and Teh, *The Concrete Distribution* (2017), section 3.2.
- **Annealing**: start hot and cool down while training: Jang, Gu and Poole, *Categorical
  Reparameterization with Gumbel-Softmax* (2017), section 2.1.
- Bengio, Léonard and Courville, *Estimating or Propagating Gradients Through Stochastic Neurons*
  (2013), for straight-through.
"""
