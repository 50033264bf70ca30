# %% [markdown]
r"""
# The Kullback-Leibler divergence

**You will**

- pay for a wrong belief, in nats: first with letters, then with Gaussians, and get each price three
  times, by a formula, by an integral and by drawing;
- fit one Gaussian to two hills in both directions of the divergence, and see two different answers;
- check the slides: run six formulas as lecture notes print them, see each give a wrong number, and
  mend it.

**Prerequisites** Expectations, the logarithm, the density of a Gaussian; gradients as in lesson 01.
Slides 4 to 6 at the end speak of autoencoders (lesson 05).  **Takes** about 3 seconds on a CPU.

You believe that the world is $q$.  It is $p$.  What happens surprises you more than somebody who
knows: not every time, but **on average**, and by

$$\mathrm{KL}(p\,\|\,q) = \mathbb{E}_p\!\left[\log\frac{p(x)}{q(x)}\right].$$

Half of this course is this number: it is the regulariser of a VAE, the gap between $\log p(x)$ and
its lower bound (the ELBO, lesson 11), and what maximum likelihood makes small.

**Predict.**  A coin that shows heads 99 times in 100 is believed to be fair; a fair coin is
believed to show heads 99 times in 100.  Which belief costs more?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import ops, optim, viz
from scratchgen.distributions import (Bernoulli, Categorical, Normal, StandardNormal, kl,
                                      kl_monte_carlo)
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("The Kullback-Leibler divergence")
predict("A coin that shows heads 99 times in 100 is believed to be fair; a fair coin is believed "
        "to show heads 99 times in 100.  Which belief costs more?")


def logit(p):
    return math.log(p / (1 - p))


loaded, fair = Bernoulli(logit(0.99)), Bernoulli(0.0)
claim("loaded, believed fair: nats a throw", kl(loaded, fair), 0.637, tolerance=1e-3)
claim("fair, believed loaded: nats a throw", kl(fair, loaded), 1.614, tolerance=1e-3)

# %% [markdown]
r"""
The second, by far: it calls *nearly impossible* what happens every other time.  To believe too
little is cheap, to be sure of what is wrong is dear.

## Letters

The surprise at an event of probability $q$ is $-\log q$.  Measured with the natural logarithm its
unit is the **nat** (with $\log_2$, the bit).  A source sends the letters a, b, c with probabilities
$p = (1/2, 1/4, 1/4)$, and you believe that all three are equally likely:

$$\mathrm{KL}(p\,\|\,q) = \sum_x p(x) \log\frac{p(x)}{q(x)}
= \underbrace{-\sum_x p(x)\log q(x)}_{\text{your mean surprise}}
- \underbrace{\Big(-\sum_x p(x)\log p(x)\Big)}_{\text{that of one who knows: the entropy}}.$$
"""

# %%
p, q = np.array([1 / 2, 1 / 4, 1 / 4]), np.full(3, 1 / 3)
rng = np.random.default_rng(10)
n = 50_000 if FAST else 500_000

heading("Letters")
yours, entropy = -(p * np.log(q)).sum(), -(p * np.log(p)).sum()
divergence = (p * np.log(p / q)).sum()
claim("your mean surprise, nats a letter: log 3", yours, math.log(3))
claim("entropy: 1.5 bits, in nats", entropy, 1.5 * math.log(2))
claim("their difference is the divergence", yours - entropy, divergence)
claim("the library's", kl(Categorical(np.log(p)), Categorical(np.log(q))), divergence)

letters = rng.choice(3, size=n, p=p)
extra = np.log(p[letters] / q[letters])                 # what each letter that was sent cost you
claim("paid, a letter, over all that were sent", extra.mean(), divergence,
      extra.std() / math.sqrt(n))
claim("a single letter may even pay you", extra.min(), 0, relation="<")

# %% [markdown]
r"""
A single letter may pay you, but not all of them together.  The whole proof is one line, which uses
that the logarithm lies below its tangent, $\log t \le t - 1$:

$$-\mathrm{KL}(p\,\|\,q) = \sum_{p(x) > 0} p(x) \log\frac{q(x)}{p(x)}
\le \sum_{p(x) > 0} p(x) \left(\frac{q(x)}{p(x)} - 1\right)
= \sum_{p(x) > 0} q(x) - 1 \le 0,$$

with equality only if $q = p$.  Two conventions come with it.  A letter that is never sent costs
nothing, $0 \log 0 = 0$.  A letter that *is* sent and that you thought impossible costs everything:
the divergence is infinite.
"""

# %%
draws = 2_000
many_p = rng.dirichlet(np.ones(4), size=draws)
many_q = rng.dirichlet(np.ones(4), size=draws)
costs = (many_p * np.log(many_p / many_q)).sum(axis=1)
t = np.linspace(0.01, 5, 500)
claim("log t <= t - 1, at 500 places", bool((np.log(t) <= t - 1).all()))
claim(f"{draws:,} random pairs: the smallest divergence", costs.min(), 0, relation=">")
claim("the divergence of p from itself", kl(Categorical(np.log(p)), Categorical(np.log(p))), 0)

never = Bernoulli(-np.inf)
claim("what never happens costs nothing: KL(never, fair)", kl(never, fair), math.log(2))
claim("what was thought impossible: KL(fair, never)", float(kl(fair, never)), math.inf)

# %% [markdown]
r"""
## Two Gaussians, line by line

For densities the sum is an integral.  Let $p = N(\mu_p, \sigma_p^2)$ and $q = N(\mu_q,
\sigma_q^2)$, here $N(1, 0.5^2)$ and $N(0, 1)$.  The logarithm of a Gaussian density is

$$\log q(x) = -\log\sigma_q - \tfrac12\log 2\pi - \frac{(x - \mu_q)^2}{2\sigma_q^2},$$

so all we need are two expectations under $p$, and
$\mathbb{E}_p[(x - \mu_q)^2] = \sigma_p^2 + (\mu_p - \mu_q)^2$:

$$\mathbb{E}_p[\log p] = -\log\sigma_p - \tfrac12\log 2\pi - \tfrac12, \qquad
\mathbb{E}_p[\log q] = -\log\sigma_q - \tfrac12\log 2\pi
- \frac{\sigma_p^2 + (\mu_p - \mu_q)^2}{2\sigma_q^2}.$$

Subtract, and $2\pi$ cancels:

$$\mathrm{KL}(p\,\|\,q) = \log\frac{\sigma_q}{\sigma_p}
+ \frac{\sigma_p^2 + (\mu_p - \mu_q)^2}{2\sigma_q^2} - \frac12.$$

Beside each line, the same by adding up over a fine grid, which knows no algebra.
"""

# %%
mu_p, sigma_p, mu_q, sigma_q = 1.0, 0.5, 0.0, 1.0
P, Q = Normal(mu_p, sigma_p), Normal(mu_q, sigma_q)

x = np.linspace(-15, 15, 6001)
dx = x[1] - x[0]
log_p, log_q = P.log_prob(x), Q.log_prob(x)


def mean_under_p(values):
    """E_p[values], as a sum over the grid."""
    return (np.exp(log_p) * values).sum() * dx


heading("Two Gaussians, line by line")
claim("E_p[(x - mu_q)^2]", mean_under_p((x - mu_q) ** 2), sigma_p ** 2 + (mu_p - mu_q) ** 2)
half_log = math.log(2 * math.pi) / 2
claim("E_p[log p]", mean_under_p(log_p), -math.log(sigma_p) - half_log - 0.5)
claim("E_p[log q]", mean_under_p(log_q), -math.log(sigma_q) - half_log
      - (sigma_p ** 2 + (mu_p - mu_q) ** 2) / (2 * sigma_q ** 2))
closed = (math.log(sigma_q / sigma_p) + (sigma_p ** 2 + (mu_p - mu_q) ** 2) / (2 * sigma_q ** 2)
          - 0.5)
claim("KL, nats", mean_under_p(log_p - log_q), closed)
claim("the library's", kl(P, Q), closed)

# %% [markdown]
r"""
## By drawing

When nobody can do the integral we draw $x_i \sim p$ and average.  Such a number is worth nothing
without its **standard error**, the standard deviation of one term over $\sqrt n$:

$$\mathrm{KL} \approx \frac1n \sum_i \log\frac{p(x_i)}{q(x_i)}, \qquad
\text{standard error} = \frac{1}{\sqrt n}\,\mathrm{std}\!\left[\log\frac{p(x)}{q(x)}\right].$$

**Predict.**  How many times as many draws does one more digit take?
"""

# %%
heading("By drawing")
predict("How many times as many draws does one more correct digit take?")
for draws in (100, 10_000):
    estimate = kl_monte_carlo(P, Q, draws, rng=1)
    claim(f"{draws:,} draws", estimate.value, closed, estimate.standard_error)
show(kl_monte_carlo)
wide, narrow = (kl_monte_carlo(P, Q, draws, rng=2).standard_error for draws in (1_000, 100_000))
claim("a hundred times the draws: the error shrinks by", wide / narrow, 10, tolerance=0.1)

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK = "#22262e"
runs, length = 12, 10_000
terms = P.sample((runs, length), rng=3)
terms = P.log_prob(terms) - Q.log_prob(terms)
count = np.arange(1, length + 1)
running = terms.cumsum(axis=1) / count
spread = math.sqrt(mean_under_p((log_p - log_q) ** 2) - closed ** 2)

figure, (left, right) = viz.panels(1, 2, size=(5.4, 3.6))
viz.histogram(terms, bins=80, ax=left, title="What single draws say",
              xlabel=r"$\log\, p(x) / q(x)$, nats")
left.axvline(closed, color=RED, linewidth=2, label="their mean, the divergence")
left.axvline(0, color=INK, linewidth=0.8)
left.set_xlim(-4, 2)
left.legend(frameon=False, fontsize=9, loc="upper left")
for path in running:
    right.plot(count, path, color=BLUE, linewidth=0.8, alpha=0.6)
for side in (-2, 2):
    right.plot(count, closed + side * spread / np.sqrt(count), color=ORANGE, linewidth=2,
               label="two standard errors" if side > 0 else None)
right.axhline(closed, color=RED, linewidth=2, label="closed form")
right.set(xscale="log", xlim=(10, length), ylim=(closed - 0.6, closed + 0.6), xlabel="draws",
          ylabel="KL(p, q), nats")
right.set_title("Twelve runs of the mean", loc="left", fontsize=11, color=INK)
right.spines[["top", "right"]].set_visible(False)
right.legend(frameon=False, fontsize=9)
save_figure(figure, "10_by_drawing")
outside = (abs(running[:, -1] - closed) > 6.1 * spread / math.sqrt(length)).sum()
claim("runs that end more than 6.1 standard errors away", outside, 0)

# %% [markdown]
r"""
## It is not a distance

Now let $p$ have two hills, and let $q$ be one Gaussian.  It cannot fit.  Which compromise is best?
That depends on the direction.

- $\mathrm{KL}(p\,\|\,q)$, the **forward** one, is a mean over $p$: wherever $p$ has mass, $q$ must
  have some.  It is what maximum likelihood minimises, because $p$ is where the data come from.
- $\mathrm{KL}(q\,\|\,p)$, the **reverse** one, is a mean over $q$: wherever $q$ has mass, $p$ must
  have some.  It is what raising the ELBO makes small, because $q$ is where codes are drawn.

The first can be solved by hand.  $\mathbb{E}_p[\log q]$ contains $p$ only through its mean and its
variance, and is largest where $q$ has the same two: **moment matching**.

**Predict.**  And the second?  Where will the mean of $q$ be, and how wide will $q$ be?
"""

# %%
heading("It is not a distance")
predict("p has two hills and q is one Gaussian.  Where will the q be that minimises KL(q, p), the "
        "reverse direction: between the hills, or somewhere else?  And how wide?")
weights, means, deviations = np.array([0.6, 0.4]), np.array([-2.0, 2.0]), np.array([0.5, 0.6])
log_hills = np.logaddexp.reduce(
    [math.log(w) + Normal(m, s).log_prob(x) for w, m, s in zip(weights, means, deviations)], axis=0)
hills = np.exp(log_hills)


def forward(m, log_s):
    """KL(p, q) for q = N(m, exp(log_s)^2), by a sum over the grid."""
    return ops.sum(hills * (log_hills - Normal(m, log_scale=log_s).log_prob(x))) * dx


def reverse(m, log_s):
    """KL(q, p)."""
    log_q = Normal(m, log_scale=log_s).log_prob(x)
    return ops.sum(ops.exp(log_q) * (log_q - log_hills)) * dx


def minimise(divergence, m, log_s):
    """(m, s, divergence) where Adam ends when it starts from there."""
    m, log_s = sg.nn.Parameter(np.array(m)), sg.nn.Parameter(np.array(log_s))
    adam = optim.Adam([m, log_s], lr=0.05)
    for step in range(500):
        if step == 300:
            adam.lr = 0.005
        adam.zero_grad()
        loss = divergence(m, log_s)
        loss.backward()
        adam.step()
    return m.item(), math.exp(log_s.item()), loss.item()


p_mean = (weights * means).sum()
p_deviation = math.sqrt((weights * (deviations ** 2 + means ** 2)).sum() - p_mean ** 2)
m, s, fitted = minimise(forward, 0.5, 0.0)
claim("forward: mean of q = mean of p", m, p_mean, tolerance=1e-3)
claim("forward: deviation of q = deviation of p", s, p_deviation, tolerance=1e-3)

modes = [minimise(reverse, start, -0.5) for start in (-2.0, 2.0)]
for (mode, width, value), w, m0, s0 in zip(modes, weights, means, deviations):
    claim(f"reverse, started at the hill {m0}: its mean", mode, m0, tolerance=0.02)
    claim("   its deviation", width, s0, tolerance=0.02)
    claim("   its divergence: log of 1 / the hill's weight", value, -math.log(w), tolerance=0.01)

best = min(modes, key=lambda fit: fit[2])
claim("judged forward, the forward fit is better", fitted,
      forward(best[0], math.log(best[1])), relation="<")
claim("judged in reverse, the reverse fit is better", best[2], reverse(m, math.log(s)),
      relation="<")

# %% [markdown]
r"""
Forward covers both hills and the empty valley between them; reverse picks *one* hill, which one
depends on where it starts, and pretends that the other does not exist.  For the price of
$\log(1 / 0.6)$ it may.  This difference will come back: samples of a model trained by likelihood
are blurred between modes, samples of a model trained in reverse miss modes.
"""

# %%
grid_m, grid_s = np.linspace(-3.5, 3.5, 57), np.linspace(-1.2, 1.2, 41)
with sg.no_grad():
    landscapes = [np.array([[divergence(a, b) for a in grid_m] for b in grid_s], dtype=float)
                  for divergence in (forward, reverse)]

figure, (left, middle, right) = viz.panels(1, 3, size=(4.6, 3.8))
left.fill_between(x, hills, color="#d9dce1", label="p")
left.plot(x, np.exp(Normal(m, s).log_prob(x)), color=BLUE, linewidth=2.2, label="q, forward")
for (mode, width, _), style in zip(modes, ("-", "--")):
    left.plot(x, np.exp(Normal(mode, width).log_prob(x)), style, color=RED, linewidth=2.2,
              label="q, reverse" + (" (from the right)" if style == "--" else ""))
left.set(xlim=(-5, 5), ylim=(0, 1.0), xlabel="x", ylabel="density")
left.set_title("One Gaussian for two hills", loc="left", fontsize=11, color=INK)
left.legend(frameon=False, fontsize=8.5)
left.spines[["top", "right"]].set_visible(False)
for ax, values, name, optima in ((middle, landscapes[0], "KL(p, q), forward", [(m, s)]),
                                 (right, landscapes[1], "KL(q, p), reverse",
                                  [fit[:2] for fit in modes])):
    levels = values.min() + np.geomspace(0.05, 0.4 * np.ptp(values), 13)
    filled = ax.contourf(grid_m, grid_s, values, levels=levels, cmap="cividis", extend="both")
    for a, b in optima:
        ax.plot(a, math.log(b), "o", markersize=9, markerfacecolor="white", markeredgecolor=RED,
                markeredgewidth=2)
    ax.set(xlabel="mean of q", ylabel=r"$\log$ deviation of q")
    ax.set_title(name + ", nats", loc="left", fontsize=11, color=INK)
    figure.colorbar(filled, ax=ax, format="%.2g")
save_figure(figure, "10_two_directions")

# %% [markdown]
r"""
## The regulariser of a VAE

With $q = N(0, 1)$ the closed form is what lesson 12 adds to every loss, a sum over the numbers of
the code:

$$\mathrm{KL}\big(N(\mu, \sigma^2)\,\|\,N(0, 1)\big) = \tfrac12\big(\sigma^2 + \mu^2 - 1
- \log\sigma^2\big).$$

It is zero at $\mu = 0$, $\sigma = 1$, grows like $\mu^2 / 2$ away from it, like $-\log\sigma$ as
the cloud shrinks to a point, and so forbids a code to be exact: that would cost infinitely much.
"""

# %%
heading("The regulariser of a VAE")
say("KL(N(mu, sigma^2), N(0, 1)) in nats")
say("  mu \\ sigma " + "".join(f"{s:9g}" for s in (0.01, 0.1, 0.5, 1, 2)))
for a in (0.0, 1.0, 3.0):
    say(f"  {a:8g}   " + "".join(f"{float(kl(Normal(a, b), StandardNormal())):9.3f}"
                                 for b in (0.01, 0.1, 0.5, 1.0, 2.0)))
claim("nothing said, nothing paid", kl(Normal(0.0, 1.0), StandardNormal()), 0)
claim("a tenth of the width costs about log 10 more",
      kl(Normal(0.0, 0.001), StandardNormal()) - kl(Normal(0.0, 0.01), StandardNormal()),
      math.log(10), tolerance=1e-4)

# %% [markdown]
r"""
## Break it: check the slides

Six formulas, each as it can be found printed in lecture notes.  None is a matter of taste: each is
run, gives a number, and the number is wrong.

### Slide 1: $\;\mathrm{KL} = -\tfrac12 \sum (\sigma + \mu^2 - 1 - \log\sigma)$

Two mistakes in one line.  **Predict** which one a look at $\mu = 1$, $\sigma = 0.5$ gives away, and
which one only drawing does.
"""

# %%
heading("Break it: check the slides")
predict("Printed: KL = -1/2 (sigma + mu^2 - 1 - log sigma).  Which mistake does a look at the "
        "value for mu = 1, sigma = 0.5 give away, and which one only drawing?")


def slide_1(mu, sigma):
    return -(sigma + mu ** 2 - 1 - ops.log(sigma)) / 2


mu, sigma = 1.0, 0.5
claim("1. as printed, a divergence below zero", slide_1(mu, sigma), 0, relation="<")
claim("   and gradient descent on it drives mu away from 0", sg.grad(slide_1)(mu, sigma), 0,
      relation="<")
drawn = kl_monte_carlo(Normal(mu, sigma), StandardNormal(), n, rng=4)
claim("   with the sign mended it is still not what is drawn",
      abs(-slide_1(mu, sigma) - drawn.value), 0, drawn.standard_error, relation=">")
claim("   it is right for a *variance* of 0.5", -slide_1(mu, sigma),
      kl(Normal(mu, math.sqrt(0.5)), StandardNormal()))
claim("   mended: 1/2 (sigma^2 + mu^2 - 1 - log sigma^2)", drawn.value,
      (sigma ** 2 + mu ** 2 - 1 - math.log(sigma ** 2)) / 2, drawn.standard_error)

# %% [markdown]
r"""
### Slide 2: $\;p(z|x) = p(x|z)\,p(x)\,/\,p(z)$

This should be Bayes' rule for the **posterior** $p(z|x)$, what we believe of $z$ once $x$ is known.
The **evidence** $p(x)$ has changed places with the **prior** $p(z)$.  A posterior adds up to one
over $z$; and it is what is left of $z$ when we draw pairs and keep those with our $x$.
"""

# %%
p_z, p_x_given_z = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.4, 0.8])
p_x = (p_x_given_z * p_z).sum()
printed, mended = p_x_given_z * p_x / p_z, p_x_given_z * p_z / p_x
claim("2. as printed, the probabilities add up to more than", printed.sum(), 1.5, relation=">")
z = rng.choice(3, size=n, p=p_z)
kept = z[rng.random(n) < p_x_given_z[z]]
for k in range(3):
    claim(f"   mended: p(z = {k} | x), and its share of what was kept", (kept == k).mean(),
          mended[k], math.sqrt(mended[k] * (1 - mended[k]) / len(kept)))

# %% [markdown]
r"""
### Slide 3: "if $p(x|z)$ is Gaussian, then $-\log p(x|z)$ is the mean squared error"

With $D$ pixels and standard deviation $s$ it is

$$-\log p(x|z) = \frac{D}{2s^2}\,\mathrm{MSE} + \frac D2\log(2\pi s^2).$$

The factor is not cosmetic: it is the weight of the reconstruction against the divergence (lesson
15).
"""

# %%
D, s = 64, 0.3
image, reconstruction = rng.random(D), rng.random(D)
mse = np.square(image - reconstruction).mean()
nll = -Normal(reconstruction, s).log_prob(image).sum()
claim("3. as printed, wrong by a factor of more than", nll / mse, 100, relation=">")
claim("   mended, with factor and constant", nll,
      D / (2 * s ** 2) * mse + D / 2 * math.log(2 * math.pi * s ** 2))

# %% [markdown]
r"""
### Slide 4: one $\phi$ too many

$$\max_\phi\ \mathbb{E}_{q_\phi(z|x)}[\log p_\phi(x|z)] - \mathrm{KL}(q_\phi(z|x)\,\|\,p(z)).$$

This is the objective of a VAE, the bound of lesson 11: an encoder $q(z|x)$ with parameters $\phi$
and a decoder $p(x|z)$ that should have its own, $\theta$.  Here it carries the encoder's.  Read
literally, both are one vector.  Take the smallest VAE there is, with everything known:
$z \sim N(0, 1)$, $x \sim N(az, s^2)$ with data made by $a = 2$, $s = 0.5$, and an encoder
$q(z|x) = N(bx, t^2)$.  As printed, $b = a$ and $t = s$.
"""

# %%
variance = 2 ** 2 + 0.5 ** 2                    # of the data, and E[(x - a z)^2] follows from it


def mean_elbo(a, log_s, b, log_t):
    """The ELBO, averaged over x ~ N(0, variance) in closed form, in nats."""
    error = (1 - a * b) ** 2 * variance + a ** 2 * ops.exp(2 * log_t)
    reconstruction = -log_s - half_log - error / (2 * ops.exp(2 * log_s))
    return reconstruction - (ops.exp(2 * log_t) + b ** 2 * variance - 1 - 2 * log_t) / 2


def best_elbo(names, elbo):
    weights = [sg.nn.Parameter(np.array(0.5)) for _ in names]
    adam = optim.Adam(weights, lr=0.02)
    for step in range(600 if FAST else 1500):
        adam.zero_grad()
        (-elbo(*weights)).backward()
        adam.step()
    return elbo(*weights).item()


entropy_of_x = math.log(2 * math.pi * math.e * variance) / 2
apart = best_elbo("a s b t".split(), mean_elbo)
as_printed = best_elbo("a s".split(), lambda a, log_s: mean_elbo(a, log_s, a, log_s))
claim("4. theta and phi apart: E[ELBO] = E[log p(x)]", apart, -entropy_of_x, tolerance=1e-3)
claim("   as printed, one vector for both: nats lost", apart - as_printed, 0.2, relation=">")

# %% [markdown]
r"""
### Slide 5: "we minimise $R + \lambda\,\mathrm{KL}$: $\;\arg\min_{\mu,\sigma}\, R + \mathrm{KL}$"

Somewhere on the way to the last line $\lambda$ was dropped.  For one pixel, $x = 2$ and $R =
\mathbb{E}_q[(x - z)^2] / 2 = \big((x - \mu)^2 + \sigma^2\big) / 2$, setting the derivatives to zero
gives $\mu = x / (1 + \lambda)$ and $\sigma^2 = \lambda / (1 + \lambda)$: another $\lambda$, another
answer.
"""


# %%
def gradient_at(mu, sigma, weight):
    """d/d(mu, sigma) of R + weight * KL: zero where it is least."""
    def loss(m, s):
        return ((2 - m) ** 2 + s ** 2) / 2 + weight * kl(Normal(m, s), StandardNormal())
    return np.array(sg.grad(loss, argnums=(0, 1))(mu, sigma))


weight = 0.1
claim("5. as printed, mu = 1: gradient of what is minimised",
      np.linalg.norm(gradient_at(1.0, math.sqrt(0.5), weight)), 0.5, relation=">")
claim("   mended, with lambda: gradient",
      gradient_at(2 / 1.1, math.sqrt(weight / 1.1), weight), np.zeros(2))

# %% [markdown]
r"""
### Slide 6: "without the KL, a VAE is exactly an autoencoder"

Without the divergence the objective is $\mathbb{E}_q\|x - g(z)\|^2$ with $z = \mu +
\sigma\varepsilon$, and for a decoder $g(z) = wz$ that is $\|x - w\mu\|^2 + \sigma^2\|w\|^2$: an
autoencoder *plus noise on its code*.  Only as $\sigma \to 0$ it becomes one.
"""

# %%
w, image, mu = rng.normal(size=8), rng.normal(size=8), 0.4
autoencoder = np.square(image - w * mu).sum()


def without_divergence(sigma):
    """(mean, standard error) of |x - g(z)|^2 over draws of z."""
    z = Normal(mu, sigma).sample((20_000, 1), rng=5)
    errors = np.square(image - w * z).sum(axis=1)
    return errors.mean(), errors.std() / math.sqrt(len(errors))


mean, error = without_divergence(0.5)
claim("6. as printed: the loss at sigma = 0.5 is above the AE's", mean, autoencoder, error,
      relation=">")
claim("   mended: |x - w mu|^2 + sigma^2 |w|^2", mean, autoencoder + 0.25 * (w ** 2).sum(), error)
claim("   sigma = 1e-6: an autoencoder", without_divergence(1e-6)[0], autoencoder, tolerance=1e-6)

# %% [markdown]
r"""
All six read well.  What caught them was never a second reading: a divergence below zero, a
posterior that does not add up, a Monte Carlo mean with its standard error, a gradient that is not
zero.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 10 --check`.
"""

# %%
heading("Exercises")


def check_discrete(answer):
    rng = np.random.default_rng(6)
    p, q = rng.dirichlet(np.ones(5), size=2)
    with np.errstate(all="raise"):                      # what would be a warning is an error
        claim("two vectors", answer(p, q), (p * np.log(p / q)).sum())
        p, q = np.array([0.0, 0.0, 1.0]), np.array([0.5, 0.0, 0.5])
        claim("what is never sent costs nothing", answer(p, q), math.log(2))
        claim("impossible and yet sent", answer(q, p), math.inf)


@exercise("Return KL(p, q) in nats for two vectors of probabilities, with 0 log 0 = 0, and "
          "infinity if p has mass where q has none; no warnings.", check=check_discrete,
          hint="keep only the entries with p > 0, and look whether q is 0 at one of them")
def kl_of_letters(p, q):
    return None


# %%
def check_gaussians(answer):
    for a, b, c, d in ((0.0, 1.0, 0.0, 1.0), (1.0, 0.5, -2.0, 3.0), (-4.0, 2.0, 0.3, 0.7)):
        claim(f"N({a}, {b}^2) and N({c}, {d}^2)", answer(a, b, c, d),
              float(kl(Normal(a, b), Normal(c, d))))


@exercise("Return KL(N(mu_p, sigma_p^2), N(mu_q, sigma_q^2)) in nats, for numbers.",
          check=check_gaussians, hint="the last display of 'Two Gaussians, line by line'; which of "
          "the two sigmas divides?")
def kl_of_gaussians(mu_p, sigma_p, mu_q, sigma_q):
    return None


# %%
def check_terms(answer):
    draws = P.sample(200_000, rng=7)
    terms = answer(np.asarray(P.log_prob(draws)), np.asarray(Q.log_prob(draws)))
    claim("a term for each draw", np.shape(terms) == draws.shape)
    claim("no term is negative, but for rounding", bool((terms > -1e-12).all()))
    claim("right on average", terms.mean(), closed, terms.std() / math.sqrt(len(terms)))


@exercise("A single draw of log p(x)/q(x) can be negative, the divergence cannot.  From log p(x) "
          "and log q(x) at draws x ~ p, (n,), return n terms that are never negative and still "
          "have the divergence as their mean.", check=check_terms,
          hint="E_p[q(x)/p(x)] = 1, so r - 1 with r = q/p may be added to each term at no cost; "
               "and log t <= t - 1")
def terms_that_are_never_negative(log_p, log_q):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Vectors.** For Gaussians with full covariances the closed form needs a determinant and a trace;
  `kl` of two `MultivariateNormal` knows it.
- **Other divergences.**  The Jensen-Shannon divergence is symmetric and never above $\log 2$; it is
  what a discriminator measures (lesson 18).
- **The bound.**  What $\mathrm{KL}(q(z|x)\,\|\,p(z|x))$ has to do with $\log p(x)$: lesson 11.
- Kullback and Leibler, *On Information and Sufficiency* (1951), section 2.
- MacKay, *Information Theory, Inference, and Learning Algorithms* (2003), section 2.6 and chapter
  33.
- Minka, *Divergence Measures and Message Passing* (2005), section 2, for the two directions.
- Kingma and Welling, *Auto-Encoding Variational Bayes* (2014), appendix B.
"""
