# %% [markdown]
r"""
# The ELBO, line by line

**You will**

- go from $\log p(x)$ to the evidence lower bound in six lines, and have beside each line its number
  and the error of that number, on a model where the truth is known;
- see exactly what the bound loses, and what would make it lose nothing;
- learn when an error bar may be believed, why nobody draws codes from the prior, and what two
  mistakes in published code do to the numbers.

**Prerequisites** Expectations and the Gaussian density; $\mathrm{KL}$ from lesson 10, which is
recalled here.  **Takes** about 6 seconds on a CPU.

A generator with a hidden code draws $z$ from the **prior** $p(z)$, then $x \sim p(x|z)$.  How
likely is a given $x$?  Nobody tells us its code, so we add up over all of them,

$$p(x) = \int p(x|z)\, p(z)\, dz = \mathbb{E}_{p(z)}[p(x|z)],$$

and a mean we can estimate: draw codes, decode each, average $p(x|z)$.  One line of NumPy.

**Predict.**  With codes of 2 numbers, how many of 1,000 draws does the average really rest on?  And
with codes of 20 numbers, how many draws does it take until it rests on a hundred of them?
"""

# %%
import math

import numpy as np
from matplotlib.patches import Ellipse

import scratchgen as sg
from scratchgen import data, elbo, models, ops, optim, viz
from scratchgen.distributions import Independent, MultivariateNormal, Normal, kl
from scratchgen.lesson import (FAST, claim, exercise, heading, predict, save_figure, say, show,
                               stepper)

heading("The ELBO, line by line")
predict("p(x) is the mean of p(x|z) over codes z drawn from the prior.  With codes of 2 numbers, "
        "how many of 1,000 draws does that mean really rest on?  With codes of 20 numbers, how "
        "many draws until it rests on a hundred?")

# %% [markdown]
r"""
## A model that can be solved

To check a derivation we need a model in which every one of its quantities is known.  The simplest
one has a linear decoder:

$$z \sim N(0, I), \qquad x|z \sim N(Wz + b,\ s^2 I).$$

Then $x$ is a sum of Gaussians, and with Bayes' rule everything is Gaussian, also the **posterior**
$p(z|x)$, which says what codes may have made $x$:

$$p(x) = N(b,\ WW^\top + s^2 I), \qquad p(z|x) = N(m, S), \quad
S^{-1} = I + W^\top W / s^2, \quad m = S\, W^\top (x - b) / s^2.$$

Ours makes three numbers from a code of two.  With a plane of codes there is also a way to
$\log p(x)$ that knows no algebra at all: add up $p(x|z)\, p(z)$ over a fine grid.
"""


# %%
def log_normal(x, mean, deviation):
    """log N(x; mean, deviation^2), summed over the last axis."""
    each = -np.log(deviation) - math.log(2 * math.pi) / 2 - ((x - mean) / deviation) ** 2 / 2
    return each.sum(axis=-1)


W = np.array([[1.2, 0.6], [0.5, 1.0], [0.2, 0.8]])
b, s = np.array([0.5, -0.3, 0.2]), 0.6
x = np.array([2.3, 1.6, 0.6])


def log_likelihood(z):
    """log p(x|z) for codes (..., 2)."""
    return log_normal(x, z @ W.T + b, s)


def log_prior(z):
    """log p(z) for codes (..., 2)."""
    return log_normal(z, 0.0, np.ones(2))


heading("A model that can be solved")
C = W @ W.T + s ** 2 * np.eye(3)
r = x - b
exact = -(r @ np.linalg.solve(C, r) + np.linalg.slogdet(2 * math.pi * C)[1]) / 2
say(f"log p(x) = {exact:.6f} nats")

plane = viz.plane_grid((-8, 8), 201)
area = (plane[1, 0] - plane[0, 0]) ** 2
claim("the same by a sum over the plane", exact,
      np.log(np.exp(log_likelihood(plane) + log_prior(plane)).sum() * area))
model = models.LinearGaussianVAE(W, b, s)
claim("and the library's", model.log_prob(x[None])[0].item(), exact)

S = np.linalg.inv(np.eye(2) + W.T @ W / s ** 2)
m = S @ W.T @ r / s ** 2
log_posterior = MultivariateNormal(m, covariance=S).log_prob(plane)
claim("Bayes' rule, at every place of the plane: log p(z|x)",
      log_likelihood(plane) + log_prior(plane) - exact, log_posterior, tolerance=1e-11)

# %% [markdown]
r"""
## Line 1: naive Monte Carlo

$$\log p(x) = \log \mathbb{E}_{p(z)}[p(x|z)] \approx \log \frac1n \sum_{i=1}^n p(x|z_i),
\qquad z_i \sim p(z).$$

A number that was drawn needs an error.  The mean $\bar w$ of any $n$ numbers $w_i$, here
$p(x|z_i)$, has the standard error $\mathrm{std}[w] / \sqrt n$; its logarithm has that, times the
slope $1 / \bar w$ of the logarithm.
"""


# %%
def log_of_mean(w):
    """log of the mean of w, and its standard error."""
    return math.log(w.mean()), w.std(ddof=1) / w.mean() / math.sqrt(len(w))


n = 5_000 if FAST else 20_000
rng = np.random.default_rng(0)
byhand = []                         # of each line its value and its standard error

heading("Line 1: naive Monte Carlo")
z = rng.standard_normal((n, 2))
byhand.append(log_of_mean(np.exp(log_likelihood(z))))
claim("log of the mean of p(x|z)", byhand[0][0], exact, byhand[0][1])

# %% [markdown]
r"""
## Line 2: with a proposal

Most draws from the prior are wasted: their $p(x|z)$ is next to nothing.  Let $q(z|x)$ be any
density that is positive wherever it matters, a guess at where codes of *this* $x$ lie.  Multiply
and divide by it, which changes nothing:

$$\int p(x|z)\, p(z)\, dz = \int q(z|x)\, \frac{p(x|z)\, p(z)}{q(z|x)}\, dz
= \mathbb{E}_{q}\!\left[\frac{p(x|z)\, p(z)}{q(z|x)}\right].$$

Ours is a Gaussian with independent numbers, and on purpose it is not a very good guess.

**Predict.**  Same number of draws: will the error be larger or smaller than that of line 1?
"""

# %%
mu, sigma = np.array([1.3, 0.6]), np.array([0.6, 0.6])


def log_proposal(z):
    """log q(z|x) for codes (..., 2)."""
    return log_normal(z, mu, sigma)


heading("Line 2: with a proposal")
predict("q is no very good guess at where the codes of x lie.  With as many draws, will the error "
        "be larger or smaller than that of line 1?")
z = mu + sigma * rng.standard_normal((n, 2))
ratio = np.exp(log_likelihood(z)) * np.exp(log_prior(z)) / np.exp(log_proposal(z))
byhand.append(log_of_mean(ratio))
claim("log of the mean of p(x|z) p(z) / q(z|x)", byhand[1][0], exact, byhand[1][1])
claim("the error of line 1, in errors of line 2", byhand[0][1] / byhand[1][1], 1.5, relation=">")

# %% [markdown]
r"""
## Line 3: importance weights

Smaller, by more than a third: even a poor guess at the right place beats none.

Now a name for the fraction, and a habit.  With $p(x, z) = p(x|z)\, p(z)$ let

$$w = \frac{p(x, z)}{q(z|x)}, \qquad \log p(x) = \log \mathbb{E}_q[w].$$

The habit: never compute $w$ itself.  An image has hundreds of pixels, and a product of hundreds of
densities leaves the range of floating-point numbers.  Compute $\log w$, take the largest out of the
sum, and put it back after the logarithm.
"""

# %%
heading("Line 3: importance weights")
claim("a density of exp(-110), in single precision", np.exp(np.float32(-110)), 0)

z = mu + sigma * rng.standard_normal((n, 2))
log_w = log_likelihood(z) + log_prior(z) - log_proposal(z)
largest = log_w.max()
value, error = log_of_mean(np.exp(log_w - largest))
byhand.append((value + largest, error))
claim("log of the mean of w", byhand[2][0], exact, byhand[2][1])
library = elbo.log_mean_exp(log_w)
claim("the library's, value", library.value, byhand[2][0], tolerance=1e-12)
claim("and error", library.standard_error, byhand[2][1], tolerance=1e-12)

# %% [markdown]
r"""
## Line 4: Jensen's bound

Up to here every line was an equality.  Now move the logarithm inside the mean.  It is concave: a
chord of its graph lies below it, and so does a mean of its values (Jensen's inequality),

$$\log \mathbb{E}_q[w] \ \ge\ \mathbb{E}_q[\log w].$$

Why give something away?  Because the right side is a *mean*.  A mean over draws is right on average
whatever the number of draws, even for one, and so is its gradient; a mean over draws inside a
logarithm is neither.
"""


# %%
def mean(values):
    """The mean, and its standard error."""
    return values.mean(), values.std(ddof=1) / math.sqrt(len(values))


heading("Line 4: Jensen's bound")
byhand.append(mean(log_w))
claim("mean of log w: below log p(x)", byhand[3][0], exact, byhand[3][1], relation="<")
say(f"nats lost: {exact - byhand[3][0]:.3f}")

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK, PALE = "#22262e", "#d9dce1"
figure, (ax,) = viz.panels(size=(6.8, 4.0))
ax.axhspan(log_w.mean() - exact, 0, color=PALE, alpha=0.6, linewidth=0)
t = np.geomspace(0.005, 4, 400)
ax.plot(t, np.log(t), color=INK, linewidth=1.5, label="the logarithm")
some = np.exp(log_w[:150] - exact)
ax.plot(some, np.log(some), "o", color=ORANGE, markersize=6, alpha=0.5, markeredgewidth=0,
        label="150 draws")
ax.axhline(0, color=BLUE, linewidth=1, linestyle=(0, (4, 3)))
ax.axhline(log_w.mean() - exact, color=RED, linewidth=1, linestyle=(0, (4, 3)))
ax.plot(1, 0, "o", color=BLUE, markersize=11, label="logarithm of the mean")
ax.plot(1, log_w.mean() - exact, "o", color=RED, markersize=11, label="mean of the logarithms")
ax.annotate("", (1, log_w.mean() - exact + 0.12), (1, -0.12),
            arrowprops={"arrowstyle": "->", "color": INK, "linewidth": 1.5})
ax.text(1.07, (log_w.mean() - exact) / 2, "what Jensen loses", fontsize=10, color=INK,
        va="center")
ax.set(xlim=(-0.05, 3.6), ylim=(-4.6, 1.6), xlabel="weight $w$, in units of $p(x)$",
       ylabel="$\\log w - \\log p(x)$, nats")
ax.set_title("Jensen's inequality, drawn", loc="left", fontsize=11, color=INK)
ax.legend(frameon=False, fontsize=9, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "11_jensen")

# %% [markdown]
r"""
## Lines 5 and 6: rearranged, and a divergence in closed form

The logarithm of a product is a sum, and means of sums are sums of means:

$$\mathbb{E}_q[\log w] = \mathbb{E}_q[\log p(x|z)]
- \mathbb{E}_q\!\left[\log \frac{q(z|x)}{p(z)}\right].$$

The second mean is a Kullback-Leibler divergence, and that of two Gaussians nobody has to estimate:

$$\text{ELBO} = \mathbb{E}_q[\log p(x|z)] - \mathrm{KL}\big(q(z|x)\,\|\,p(z)\big), \qquad
\mathrm{KL} = \tfrac12 \sum_j \big(\sigma_j^2 + \mu_j^2 - 1 - 2\log\sigma_j\big).$$

**Predict.**  Part of the noise is gone now, what was random in the divergence.  Is the error of
line 6 smaller than that of line 5?
"""

# %%
heading("Lines 5 and 6: rearranged, and a divergence in closed form")
predict("Line 6 replaces a mean over draws by its exact value.  Is its error smaller than that of "
        "line 5?")
reconstruction = log_likelihood(z)
log_ratio = log_proposal(z) - log_prior(z)
byhand.append((reconstruction.mean() - log_ratio.mean(), mean(log_w)[1]))
divergence = (sigma ** 2 + mu ** 2 - 1 - 2 * np.log(sigma)).sum() / 2
byhand.append((reconstruction.mean() - divergence, mean(reconstruction)[1]))
claim("line 5 is line 4, to rounding", byhand[4][0], byhand[3][0], tolerance=1e-12)
claim("lines 5 and 6 differ by the noise of the divergence", byhand[5][0], byhand[4][0],
      mean(log_ratio)[1])
claim("the error of line 6 is the larger one!", byhand[5][1], byhand[4][1], relation=">")
claim("correlation of log p(x|z) and log(q/p)", np.corrcoef(reconstruction, log_ratio)[0, 1], 0.3,
      relation=">")

# %% [markdown]
r"""
Not what one would expect.  In line 5 the two noises are correlated and partly cancel (a code that
explains $x$ well is one that $q$ prefers to the prior), and line 6 has removed one of the two.
Which of them is better depends on $q$; the better $q$ is, the better is line 5.

## All six

`elbo.ladder` does all of this for any model.  From the same seed it must give our numbers.
"""

# %%
heading("All six")
q = Independent(Normal(mu[None], sigma[None]), 1)       # one distribution, of vectors of 2 numbers
ladder = elbo.ladder(model, x[None], q, n, rng=0)
say(ladder)
for line, (value, error) in zip(ladder, byhand):
    claim(f"{line.name}: by hand and the library's", value, line.value, tolerance=1e-10)
    claim("   the error of it", error, line.standard_error, tolerance=1e-10)
claim("all five steps hold", all(line.holds for line in ladder[1:]))

ax = ladder.plot(exact=exact, title="From log p(x) to the ELBO; what is lost is grey")
ax.axvspan(ladder[3].value, exact, color=PALE, alpha=0.6, linewidth=0, zorder=0)
save_figure(ax, "11_the_ladder")

# %% [markdown]
r"""
### The way back through line 6

Training raises the bound by its gradient.  Draw $z = \mu + \sigma\varepsilon$ once, and two roads
lead from $\mu$ to the bound: one through $z$ and $p(x|z)$, which pulls the code to where it
explains $x$, and one through the divergence, which pulls it to 0:

$$\frac{\partial}{\partial\mu}\big(\log p(x|z) - \mathrm{KL}\big)
= W^\top (x - Wz - b) / s^2 - \mu .$$
"""


# %%
def backward_pass_of_line_6(mu, log_sigma, epsilon):
    """explain() of log p(x|z) - KL for one draw z, by the names that are used here."""
    z = mu + ops.exp(log_sigma) * epsilon
    reconstruction = -ops.sum(ops.gaussian_nll(x, ops.linear(z, W.T, b), math.log(s)))
    KL = ops.sum(ops.exp(2 * log_sigma) + ops.square(mu) - 1 - 2 * log_sigma) / 2
    bound = reconstruction - KL
    return sg.explain(bound)


heading("The way back through line 6")
mu_t, log_sigma_t = (sg.Tensor(value, requires_grad=True) for value in (mu, np.log(sigma)))
epsilon = np.array([0.4, -0.7])
record = backward_pass_of_line_6(mu_t, log_sigma_t, epsilon)
stepper(record)
towards_x = W.T @ (r - W @ (mu + sigma * epsilon)) / s ** 2
claim("roads from mu to the bound", len(record.why(mu_t).terms), 2)
claim("its gradient: towards x, and towards 0", record.gradient(mu_t), towards_x - mu)
claim("all agrees with finite differences", record.check())

# %% [markdown]
r"""
## What is lost

Bayes' rule says $p(x, z) = p(x)\, p(z|x)$ for **every** $z$.  Put it into the weight:

$$w = \frac{p(x, z)}{q(z|x)} = p(x)\, \frac{p(z|x)}{q(z|x)}, \qquad
\log p(x) - \mathbb{E}_q[\log w] = \mathbb{E}_q\!\left[\log\frac{q(z|x)}{p(z|x)}\right]
= \mathrm{KL}\big(q(z|x)\,\|\,p(z|x)\big).$$

So the bound loses precisely how far $q$ is from the true posterior.  Both sides have a closed form
here, and no draw is needed:

$$\mathbb{E}_q[\log p(x|z)] = \log N(x;\ W\mu + b,\ s^2 I)
- \frac{1}{2 s^2} \sum_{ij} W_{ij}^2\, \sigma_j^2 .$$

**Predict.**  If $q$ *is* the posterior, how much do the weights of different draws differ?
"""

# %%
heading("What is lost")
bound = log_likelihood(mu) - (W ** 2 @ sigma ** 2).sum() / (2 * s ** 2) - divergence
P = np.linalg.inv(S)
gap = (np.trace(P @ np.diag(sigma ** 2)) + (mu - m) @ P @ (mu - m) - 2
       + np.linalg.slogdet(S)[1] - 2 * np.log(sigma).sum()) / 2
claim("log p(x) - ELBO = KL(q, posterior), by hand", exact - bound, gap, tolerance=1e-10)
claim("the library's ELBO", model.elbo(x[None], q=q)[0].item(), bound, tolerance=1e-10)
claim("the library's gap", model.gap(x[None], q)[0].item(), gap, tolerance=1e-10)
claim("and as it was drawn", byhand[3][0], exact - gap, byhand[3][1])

predict("If q is the posterior itself, how much do the weights of different draws differ?")
root = np.linalg.cholesky(S)
z_posterior = m + rng.standard_normal((n, 2)) @ root.T
posterior = MultivariateNormal(m, scale_tril=root)
log_w_posterior = (log_likelihood(z_posterior) + log_prior(z_posterior)
                   - posterior.log_prob(z_posterior))
claim(f"each of {n:,} weights by itself is p(x)", log_w_posterior, np.full(n, exact),
      tolerance=1e-10)
claim("the error of line 5", mean(log_w_posterior)[1], 0)
claim("the error of line 6", mean(log_likelihood(z_posterior))[1], 0.005, relation=">")

# %% [markdown]
r"""
Not at all: $w = p(x)\, p(z|x) / q(z|x) = p(x)$.  With the exact posterior **every single draw gives
the exact answer**, and there is nothing left for Jensen to lose.  (Line 6 still has an error: what
would have cancelled it is no longer there.)  Remember this as a test: it will catch a bug below.
Of course, one who has the posterior needs no VAE.

How good is a proposal in between?  Count how many of its draws matter: the **effective sample
size**, $n$ if all weights are equal and 1 if one outweighs all others,

$$\text{ESS} = \frac{\big(\sum_i w_i\big)^2}{\sum_i w_i^2}, \qquad
\text{and the error of } \log \bar w \text{ is } \sqrt{\frac{1}{\text{ESS}} - \frac1n}$$

(but for a factor of $\sqrt{n / (n - 1)}$, which nobody could see).
"""

# %%
show(elbo.effective_sample_size)
z_prior, z_q = rng.standard_normal((2, n, 2))
z_q = mu + sigma * z_q
drawn = {"the prior": (z_prior, log_likelihood(z_prior)),
         "the proposal $q$": (z_q, log_likelihood(z_q) + log_prior(z_q) - log_proposal(z_q)),
         "the exact posterior": (z_posterior, log_w_posterior)}
share = {name: float(elbo.effective_sample_size(weights)) / n
         for name, (_, weights) in drawn.items()}
for name, part in share.items():
    say(f"of 1,000 draws from {name.replace('$', ''):20} {1000 * part:6.0f} count")
ess = share["the proposal $q$"] * n
claim("ESS and the error of the log of the mean",
      elbo.log_mean_exp(drawn["the proposal $q$"][1]).standard_error,
      math.sqrt(1 / ess - 1 / n), tolerance=1e-5)
claim("the prior: less than a quarter counts", share["the prior"], 0.25, relation="<")
claim("q: more than twice as many", share["the proposal $q$"], 2 * share["the prior"],
      relation=">")
claim("the posterior: all of them", share["the exact posterior"], 1, tolerance=1e-8)


def outline(ax, mean, covariance, colour, style="-", label=None):
    """The ellipse of two standard deviations of a Gaussian."""
    values, axes = np.linalg.eigh(covariance)
    ax.add_patch(Ellipse(mean, *(4 * np.sqrt(values)), fill=False, linewidth=2, linestyle=style,
                         angle=math.degrees(math.atan2(axes[1, 0], axes[0, 0])),
                         edgecolor=colour, label=label))


figure, axes = viz.panels(1, 3, size=(3.9, 4.2))
for ax, (name, (codes, weights)) in zip(axes, drawn.items()):
    sizes = np.exp(weights[:400] - weights.max())
    outline(ax, (0, 0), np.eye(2), "#94a4a2", "--", "prior")
    outline(ax, m, S, RED, "-", "posterior")
    if "q" in name:
        outline(ax, mu, np.diag(sigma ** 2), BLUE, "-", "$q$")
    ax.scatter(*codes[:400].T, s=2, color="#94a4a2", linewidths=0)
    ax.scatter(*codes[:400].T, s=6_000 * sizes / sizes.sum(), color=ORANGE, alpha=0.55,
               linewidths=0.3, edgecolors=INK)
    ax.set(xlim=(-3, 3.4), ylim=(-3, 3.4), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    ax.set_title(f"From {name}:\n{100 * share[name]:.0f} of 100 draws count", loc="left",
                 fontsize=11, color=INK)
    ax.legend(frameon=False, fontsize=8.5, loc="lower left")
    ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "11_where_the_draws_fall")

# %% [markdown]
r"""
Four hundred draws, each as large as its weight; ellipses are two standard deviations.  Of the prior
most is wasted.  From $q$ the largest weights stand where $q$ is small and the posterior is not, at
the upper left end of it: what was seldom proposed has to count for many.

## When may an error bar be believed?

**First, the logarithm of a mean is too low.**  Expand it, with
$\bar w = \mathbb{E}[w](1 + \delta)$:

$$\mathbb{E}[\log \bar w] - \log \mathbb{E}[w] \approx \mathbb{E}[\delta] - \tfrac12
\mathbb{E}[\delta^2] = -\tfrac12\, \text{error}^2 .$$

At an ESS of 100 the error is 0.1 nats and the bias 0.005, which nobody sees.  At an ESS of 2
neither number means anything.

**Second, the error may not exist.**  Let $q$ have the right centre, and in each direction $c$ times
the posterior's variance.  In units of the posterior's deviation,

$$\mathbb{E}_q[w^2] = p(x)^2 \int \frac{p(z|x)^2}{q(z|x)}\, dz, \qquad
\frac{p(z|x)^2}{q(z|x)} \propto \exp\!\left(-\Big(2 - \frac1c\Big) \frac{z^2}{2}\right),$$

and this integral is finite only if $c > 1/2$; then
$\mathbb{E}_q[w^2] / p(x)^2 = c / \sqrt{2c - 1}$ for each direction.  To *estimate* a variance we
need the variance of $w^2$, so $\mathbb{E}_q[w^4]$, and in the same way $c > 3/4$.

**Predict.**  Two proposals for our $x$: one with 4 times the posterior's variance, one with a
quarter of it.  Which has the higher ELBO?  And whose error bar may be believed?
"""


# %%
def scaled(c, runs, draws, rng):
    """log(w / p(x)) of draws from N(m, c S): log c - (c - 1) (e_1^2 + e_2^2) / 2.

    Half the squared length of two standard normal numbers is an exponential number.
    """
    return math.log(c) - (c - 1) * rng.standard_exponential((runs, draws))


heading("When may an error bar be believed?")
claim("an ESS of 100, of very many draws: the error", math.sqrt(1 / 100), 0.1)
claim("   and the bias", 0.1 ** 2 / 2, 0.005)
runs = 25_000 if FAST else 40_000
estimate = elbo.log_mean_exp(scaled(4, runs, 100, np.random.default_rng(1)).T)
claim("the bias is half the squared error", estimate.value.mean(),
      -np.square(estimate.standard_error).mean() / 2, estimate.value.std() / math.sqrt(runs))
claim("and it is no noise", estimate.value.mean(), 0, estimate.value.std() / math.sqrt(runs),
      relation="<")

predict("Two proposals with the right centre: one has 4 times the posterior's variance, one a "
        "quarter of it.  Which has the higher ELBO?  And whose error bar may be believed?")
runs, draws = 500 if FAST else 2_000, 500
within, lost, estimates = {}, {}, {}
for c in (4, 1.5, 0.6, 0.25):
    estimates[c] = elbo.log_mean_exp(scaled(c, runs, draws, np.random.default_rng(2)).T)
    lost[c] = model.gap(x[None], MultivariateNormal(m[None], scale_tril=math.sqrt(c) * root))[0]
    lost[c] = lost[c].item()
    within[c] = (abs(estimates[c].value) < 2 * estimates[c].standard_error).mean()
    say(f"c = {c:5}  ELBO below log p(x) by {lost[c]:.3f}    log p(x) within two errors in "
        f"{within[c]:.1%} of {runs:,} runs")
    if c > 0.75:
        claim("   as it should be for a Gaussian", within[c], math.erf(math.sqrt(2)),
              math.sqrt(0.045 * 0.955 / runs))
claim("c = 1.5: E[w^2] / p(x)^2",
      np.exp(2 * scaled(1.5, 1, 200_000, np.random.default_rng(3))).mean(),
      (1.5 / math.sqrt(2 * 1.5 - 1)) ** 2, tolerance=0.01)
claim("the ELBO prefers the narrow one", lost[0.25], lost[4], relation="<")
claim("but in more than a quarter of its runs the bar misses", within[0.25], 0.75, relation="<")

# %% [markdown]
r"""
The ELBO asks that $q$ have no mass where the posterior has none, and forgives what $q$ leaves out.
The weights ask the opposite: what $q$ leaves out comes up seldom, with an enormous weight, and
until it does nothing on the screen says that it is missing.
"""

# %%
figure, axes = viz.panels(1, 2, size=(5.2, 3.9))
for ax, c, name in zip(axes, (4, 0.25), ("four times", "a quarter of")):
    at, error = estimates[c].value[:100], 2 * estimates[c].standard_error[:100]
    order = np.argsort(at)
    good = abs(at) < error
    for right, colour, label in ((True, BLUE, "reaches it"), (False, RED, "does not")):
        chosen = order[good[order] == right]
        ax.errorbar(at[chosen], np.flatnonzero(good[order] == right), xerr=error[chosen], fmt="o",
                    markersize=2.5, color=colour, elinewidth=1,
                    label=f"{label}: {len(chosen)} of 100")
    ax.axvline(0, color=INK, linewidth=1)
    ax.set(xlim=(-0.95, 0.95), ylim=(-2, 101), yticks=[],
           ylabel="runs, sorted", xlabel="nats above the exact $\\log p(x)$")
    ax.set_title(f"$q$ with {name} the variance", loc="left", fontsize=11, color=INK)
    ax.legend(frameon=False, fontsize=9, loc="lower right", title="two standard errors",
              title_fontsize=9, alignment="left")
    ax.spines[["top", "right", "left"]].set_visible(False)
save_figure(figure, "11_error_bars")

# %% [markdown]
r"""
This is why the ladder passes no verdict where it should not.  Give it the narrow proposal:
"""

# %%
narrow = elbo.ladder(model, x[None], MultivariateNormal(m[None], scale_tril=root / 2), n, rng=0)
say(narrow)
claim("no verdict on the means of its weights", [line.holds for line in narrow[1:4]] == [None] * 3)

# %% [markdown]
r"""
## Naive Monte Carlo fails as the code grows

Take $W = I$ and $s = 1/2$, so that each number of $x$ has its own number of $z$, and let every
number of $x$ be one standard deviation, $\sqrt{1.25}$, from its mean, as is typical.  Then
$p(x|z)$ is a product, expectations of products of independent numbers are products of expectations,
and the share of draws that count is a *power*:

$$\frac{\text{ESS}}{n} \to \frac{\mathbb{E}[w]^2}{\mathbb{E}[w^2]} = \rho^Z, \qquad
\rho = \frac{N(x_1;\ 0,\ 1.25)^2\, \sqrt{4\pi s^2}}{N(x_1;\ 0,\ 1.125)}$$

(the square of $N(x; z, s^2)$ is $N(x; z, s^2/2)$ over $\sqrt{4\pi s^2}$, and $z$ adds 1 to its
variance).  For a proposal with $c$ times the posterior's variance,
$\rho = \sqrt{2c - 1} / c$ by the formula above.
"""


# %%
def weights_of_prior(latent, draws, rng):
    """log p(x|z) for z from the prior, with W = I, s = 1/2."""
    return log_normal(math.sqrt(1.25), rng.standard_normal((draws, latent)), np.full(latent, 0.5))


def weights_of_proposal(c):
    """The same for log w of draws from the posterior, widened by c."""
    def weights(latent, draws, rng):
        e = rng.standard_normal((draws, latent))
        return latent * (math.log(c) / 2 + log_p_each) - (c - 1) / 2 * np.square(e).sum(axis=1)
    return weights


def normal(value, variance):
    return math.exp(-value ** 2 / (2 * variance)) / math.sqrt(2 * math.pi * variance)


heading("Naive Monte Carlo fails as the code grows")
x1 = math.sqrt(1.25)
log_p_each = math.log(normal(x1, 1.25))
sources = {"the prior": (normal(x1, 1.25) ** 2 * math.sqrt(math.pi) / normal(x1, 1.125),
                         weights_of_prior),
           "$q$, four times the variance": (math.sqrt(7) / 4, weights_of_proposal(4)),
           "$q$, 1.5 times the variance": (math.sqrt(2) / 1.5, weights_of_proposal(1.5)),
           "the posterior": (1.0, weights_of_proposal(1))}
sizes, rng = (1, 2, 4, 8, 16, 32), np.random.default_rng(5)
counted, found = {}, {}
say(f"{'with codes of so many numbers':47} "
    + "  ".join(f"{latent:8}" for latent in sizes))
for name, (rho, weights) in sources.items():
    drawn = [weights(latent, n, rng) for latent in sizes]
    counted[name] = np.array([float(elbo.effective_sample_size(w)) for w in drawn])
    found[name] = elbo.log_mean_exp(drawn[-1])
    say(f"of {n:,} draws from {name.replace('$', ''):27} count  "
        + "  ".join(f"{count:8,.0f}" for count in counted[name]))
    claim("   share that counts, over rho^Z, for Z = 1, 2, 4",
          counted[name][:3] / n / rho ** np.array(sizes[:3]), np.ones(3), tolerance=0.15)
rho = sources["the prior"][0]
claim("the prior, 2 numbers: of 1,000 draws count", 1000 * rho ** 2, 148, tolerance=0.01)
claim("20 numbers: draws until 100 count, in billions", 100 / rho ** 20 / 1e9, 10, relation=">")
naive = found["the prior"]
claim("32 numbers: fewer than 20 count", counted["the prior"][-1], 20, relation="<")
claim("log p(x) is too low, by nats", 32 * log_p_each - naive.value, 10, relation=">")
say(f"and the error bar says, nats: {naive.standard_error:.2g}")
claim("   so many error bars too low", (32 * log_p_each - naive.value) / naive.standard_error, 10,
      relation=">")

figure, (ax,) = viz.panels(size=(7.4, 4.2))
steps = np.linspace(1, 32, 100)
for (name, (rho, _)), colour in zip(sources.items(), (RED, ORANGE, BLUE, "#717581")):
    ax.plot(steps, np.maximum(n * rho ** steps, 1e-9), color=colour, linewidth=2, label=name)
    ax.plot(sizes, counted[name], "o", color=colour, markersize=7)
ax.axhspan(1e-3, 1, color=PALE, alpha=0.6, linewidth=0)
ax.text(18.5, 0.002, "less than one draw counts;\nwhat was drawn cannot know\nthat, and shows one",
        fontsize=9, color=INK)
ax.set(yscale="log", ylim=(1e-3, 3 * n), xlabel="numbers in a code, Z",
       ylabel=f"how many of {n:,} draws count")
ax.set_title(r"Effective sample size: measured (dots) and $n \rho^Z$ (lines)", loc="left",
             fontsize=11, color=INK)
ax.legend(frameon=False, fontsize=9, title="draws from", title_fontsize=9, alignment="left",
          loc="upper left", bbox_to_anchor=(1.0, 1.0))
ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "11_effective_sample_size")

# %% [markdown]
r"""
So the answer to the first question, for this model: with two numbers 148 of 1,000 draws count, and
with twenty it takes more than ten *billion* until a hundred do.  A proposal dies too, but the
better it is the more slowly, and this is what an encoder is for.  Beware of the lower right corner:
where nothing counts, the dots still show a draw or two, and the error bar of a number that is wrong
by more than ten nats says 1 at most.  It can never say more: one draw always seems to count, and at
an ESS of 1 the formula above is $\sqrt{1 - 1/n}$.

## The ladder of a trained VAE

Now a model that nobody can solve: a VAE on 8 x 8 digits, black and white.  It has codes of two
numbers, so the grid over the plane still gives $\log p(x)$, and also the posterior.
"""

# %%
heading("The ladder of a trained VAE")
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)
vae = models.vae_dense(64, 2, (128,), activation="tanh", rng=0)
order, noise = np.random.default_rng(6), np.random.default_rng(7)
adam = optim.Adam(vae.parameters(), lr=1e-2)
for _ in range(15):
    for batch in data.batches(bits, 100, rng=order):
        adam.zero_grad()
        (-ops.mean(vae.elbo(batch, rng=noise))).backward()
        adam.step()

images = test_bits[:30]
plane = viz.plane_grid((-5.5, 5.5), 131 if FAST else 241)
log_area = 2 * math.log(plane[1, 0] - plane[0, 0])
q = vae.encode(images)
with sg.no_grad():
    logits = vae.decoder(plane.astype(np.float32)).numpy().astype(np.float64)
    log_q = q.log_prob(plane[:, None].astype(np.float32)).numpy().T         # (images, grid)
log_joint = images @ logits.T - np.logaddexp(0, logits).sum(axis=1) + log_prior(plane)
exact_vae = np.logaddexp.reduce(log_joint, axis=1) + log_area
mass = np.exp(log_q + log_area)
claim("q of each image, added up over the plane", mass.sum(axis=1), np.ones(len(images)),
      tolerance=2e-3)
gap_vae = (mass * (log_q - log_joint)).sum(axis=1) + exact_vae

draws = 500 if FAST else 4_000
rows = elbo.ladder(vae, images, q, draws, rng=8)
say(rows)
for line in rows[:3]:
    claim(f"{line.name}: nats away from the grid's log p(x)", abs(line.value - exact_vae.mean()),
          0.2, relation="<")
for line in rows[3:]:
    claim(f"{line.name}: log p(x) - KL(q, posterior)", line.value, (exact_vae - gap_vae).mean(),
          line.standard_error)
claim("the last two steps hold", rows[4].holds and rows[5].holds)
say(f"log p(x) {exact_vae.mean():.4f}, lost by the bound {gap_vae.mean():.4f} nats")
ax = rows.plot(exact=exact_vae.mean(), title=f"The same for a VAE and {len(images)} digits")
ax.axvspan(rows[3].value, exact_vae.mean(), color=PALE, alpha=0.6, linewidth=0, zorder=0)
save_figure(ax, "11_the_ladder_of_a_vae")

# %% [markdown]
r"""
Nobody gave the encoder the posterior.  It was trained to raise the bound, and there is no other way
to raise it, for a given decoder, than to come closer to the posterior.

**Predict.**  Is it narrower or wider than the posterior?  And if we draw from a cloud 1.5 times as
wide as the encoder's, what happens to the ELBO, and what to the estimates of $\log p(x)$?
"""

# %%
predict("Is the encoder's q narrower or wider than the posterior?  And if we draw from a cloud 1.5 "
        "times as wide, what happens to the ELBO, and what to the estimates of log p(x)?")
weight = np.exp(log_joint - exact_vae[:, None] + log_area)                  # the posterior, and
centre = weight @ plane                                                     # its two moments
covariance = np.einsum("ng,gi,gj->nij", weight, plane, plane, optimize=True) \
    - centre[:, :, None] * centre[:, None, :]
q_covariance = q.variance.numpy()[:, :, None] * np.eye(2)
ratios = np.linalg.eigvals(np.linalg.solve(covariance, q_covariance)).real.min(axis=1)
say(f"q's share of the posterior's variance, in its narrowest direction: median "
    f"{np.median(ratios):.2f}, smallest {ratios.min():.2g}")
claim("narrower than the posterior: share of the digits", (ratios < 1).mean(), 0.5, relation=">")
claim("less than 3/4 of its variance", (ratios < 3 / 4).mean(), 0.25, relation=">")

wide = Independent(Normal(q.mean, log_scale=math.log(1.5) + ops.log(q.variance) / 2), 1)
wider = elbo.ladder(vae, images, wide, draws, rng=8)
say(wider)
claim("the ELBO falls", wider[5].value, rows[5].value,
      math.hypot(wider[5].standard_error, rows[5].standard_error), relation="<")
for line in wider[1:3]:
    claim(f"{line.name}: log p(x) by the grid", line.value, exact_vae.mean(), line.standard_error)
claim("the digit with fewest draws that count: now more",
      wider.proposal_ess.min() / rows.proposal_ess.min(), 1.5, relation=">")

# %% [markdown]
r"""
As we have seen, the ELBO prefers what is too narrow.  For most digits the encoder's $q$ is narrower
than the posterior in some direction, and so a few draws with large weights decide about
$\log p(x)$.  A wider cloud has a worse bound and better weights.

## More than one draw: a bound that closes

Jensen's bound uses one draw at a time.  Use $k$, and average them *before* taking the logarithm
(Burda, Grosse and Salakhutdinov 2016):

$$L_k = \mathbb{E}\left[\log \frac1k \sum_{i=1}^k w_i\right], \qquad
\text{ELBO} = L_1 \le L_2 \le \dots \le \log p(x).$$

Why does it grow?  The mean of $k$ numbers is the mean of all means of $k - 1$ of them.  Take the
logarithm, and use Jensen once more.  How fast?  We know already: what is missing is the bias of a
logarithm of a mean, half the squared error, $\mathrm{Var}[w] / (2 k\, p(x)^2)$.

**Predict.**  How many draws does it take to bring what the ELBO loses down to a tenth?
"""

# %%
heading("More than one draw: a bound that closes")
predict("How many draws does it take to bring what the ELBO loses down to a tenth?")
encoder = model.encode(x[None])                         # the library's encoder has its own q
for k in (1, 8):
    z = encoder.sample(k, rng=9).numpy()
    log_w = log_likelihood(z) + log_prior(z) - encoder.log_prob(z).numpy()
    claim(f"k = {k}: the library's bound, on the same noise",
          elbo.iwae_bound(model, x[None], k, rng=9)[0].item(),
          float(np.logaddexp.reduce(log_w.ravel())) - math.log(k), tolerance=1e-12)

counts = 2 ** np.arange(10)


def lost_by(log_w, log_p):
    """(nats below log p, their standard error) for each k, from weights (draws, N) cut into k's."""
    found = []
    for k in counts:
        parts = log_w.reshape(-1, k, log_w.shape[1])
        values = (log_p - np.logaddexp.reduce(parts, axis=1) + math.log(k)).mean(axis=1)
        found.append((values.mean(), values.std() / math.sqrt(len(values))))
    return found


rng = np.random.default_rng(10)
z = mu + sigma * rng.standard_normal((2 ** (17 if FAST else 18), 2))
log_w = log_likelihood(z) + log_prior(z) - log_proposal(z)
lowest, halves = 0.0, log_w
for k in counts[1:]:
    value = np.logaddexp.reduce(log_w.reshape(-1, k), axis=1) - math.log(k)
    rise = value - halves.reshape(-1, 2).mean(axis=1)
    lowest, halves = min(lowest, rise.min()), value
    claim(f"L_{k} - L_{k // 2}, on the same draws", rise.mean(), 0,
          rise.std() / math.sqrt(len(rise)), relation=">")
claim("no group of draws is below the mean of its two halves", lowest, 0, tolerance=1e-12)

below = lost_by(log_w[:, None], exact)
squared = (np.exp(2 * (log_w - exact)).mean() - 1) / 2
claim("lost by one draw: KL(q, posterior)", below[0][0], gap, below[0][1])
claim("lost by 32: Var[w] / (2 k p(x)^2)", below[5][0], squared / 32, below[5][1])
claim("lost by 4: more than a tenth of that by one", below[2][0], gap / 10, below[2][1],
      relation=">")
claim("lost by 16: less than a tenth", below[4][0], gap / 10, below[4][1], relation="<")

with sg.no_grad():
    z = q.sample(1_024 if FAST else 8_192, rng=11)
    log_w = elbo.log_likelihood(vae, images, z) + vae.prior.log_prob(z) - q.log_prob(z)
below_vae = lost_by(log_w.numpy().astype(np.float64), exact_vae)
claim("the VAE, k = 1: KL(q, posterior)", below_vae[0][0], gap_vae.mean(), below_vae[0][1])
claim("k = 4: share still lost, VAE > linear model", below_vae[2][0] / gap_vae.mean(),
      below[2][0] / gap, below_vae[2][1] / gap_vae.mean(), relation=">")

figure, (ax,) = viz.panels(size=(7.0, 4.0))
ax.plot(counts, squared / counts, color="#94a4a2", alpha=0.5, linewidth=7,
        label=r"$\mathrm{Var}[w]\, /\, (2 k\, p(x)^2)$, linear model")
for points, colour, name in ((below, BLUE, "the linear model and our $q$"),
                             (below_vae, RED, f"the VAE, {len(images)} digits")):
    at, error = np.array(points).T
    seen = at > 2 * error                               # what is left of it is not lost in noise
    ax.errorbar(counts[seen], at[seen], yerr=error[seen], fmt="o-", markersize=6, color=colour,
                capsize=3, linewidth=1.2, label=name)
ax.set(xscale="log", yscale="log", xlabel="draws inside the logarithm, k",
       ylabel="nats below $\\log p(x)$")
ax.grid(which="both", color=PALE, linewidth=0.8, alpha=0.7)
ax.set_title("What the bound loses, and how more draws close it", loc="left", fontsize=11,
             color=INK)
ax.legend(frameon=False, fontsize=9)
ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "11_more_draws")

# %% [markdown]
r"""
In the linear model the loss falls like $1 / k$ almost from the start: 4 draws are too few to bring
it down to a tenth, and 16 more than enough.  The VAE's falls more slowly: weights of a $q$ that is
too narrow have a large variance, or an infinite one.

## Break it: weights upside down, and a divergence inside

A well-known collection of VAEs trains this bound as follows.  For each draw it computes a *loss*,
$\ell_i = -\log p(x|z_i) + \mathrm{KL}(q\,\|\,p)$, with the divergence in closed form; then it
weighs the losses by $\text{softmax}(\ell)$ and adds them up.  Both halves of this are mistakes.

1. The draw with the **largest loss** gets the largest weight: the weights are upside down.
2. $\log p(x|z_i) - \mathrm{KL}$ is not $\log w_i$.  The divergence is a mean over *all* $z$, the
   weight needs $\log q(z_i) - \log p(z_i)$ at *this* one.

**Predict.**  What does the first do to the bound as $k$ grows?  And the second, where $q$ is the
exact posterior?
"""

# %%
heading("Break it: weights upside down, and a divergence inside")
predict("If the draw with the largest loss gets the largest weight, what happens to the bound as k "
        "grows?  And if log p(x|z) - KL stands for log w, what happens where q is the exact "
        "posterior?")


def right(log_like, log_ratio, divergence):
    """log (1/k) sum_i w_i, for each run.   (runs, k) -> (runs,)"""
    log_w = log_like - log_ratio
    return np.logaddexp.reduce(log_w, axis=1) - math.log(log_w.shape[1])


def upside_down(log_like, log_ratio, divergence):
    """sum_i v_i log w_i, with weights v = softmax(-log w): the first mistake."""
    log_w = log_like - log_ratio
    weight = np.exp(-log_w - np.logaddexp.reduce(-log_w, axis=1, keepdims=True))
    return (weight * log_w).sum(axis=1)


def divergence_inside(log_like, log_ratio, divergence):
    """KL(q, p) where log q(z_i) - log p(z_i) belongs: the second."""
    return right(log_like, divergence, divergence)


def as_published(log_like, log_ratio, divergence):
    """Both."""
    return upside_down(log_like, divergence, divergence)


def from_q(k, seed):
    """log p(x|z), log q(z)/p(z) and KL(q, p) of (runs, k) draws from our q."""
    rng = np.random.default_rng(seed)
    z = mu + sigma * rng.standard_normal((2_000 if FAST else 20_000, k, 2))
    return log_likelihood(z), log_proposal(z) - log_prior(z), divergence


def from_posterior(k, seed):
    """The same from the exact posterior."""
    rng = np.random.default_rng(seed)
    z = m + rng.standard_normal((2_000 if FAST else 20_000, k, 2)) @ root.T
    divergence = (np.trace(S) + m @ m - 2 - np.linalg.slogdet(S)[1]) / 2
    return log_likelihood(z), posterior.log_prob(z) - log_prior(z), divergence


table = {}
say(f"{'nats above log p(x)':22} {'k = 1':>9} {'k = 4':>9} {'k = 32':>9}   exact posterior, "
    "k = 32 (spread)")
for program in (right, upside_down, divergence_inside, as_published):
    values = [program(*from_q(k, 12 + k)) - exact for k in (1, 4, 32)]
    best = program(*from_posterior(32, 13)) - exact
    table[program] = values, best
    say(f"{program.__name__:22} " + " ".join(f"{v.mean():9.4f}" for v in values)
        + f"   {best.mean():9.4f} ({best.std():.1g})")


def apart(a, b):
    """The standard error of the difference of two means of independent draws."""
    return math.sqrt(a.var() / len(a) + b.var() / len(b))


for program, (values, _) in table.items():
    claim(f"k = 1, {program.__name__}: the ELBO", values[0].mean(), -gap,
          values[0].std() / math.sqrt(len(values[0])))
one, _, many = table[right][0]
claim("right: it grows with k", many.mean(), one.mean(), apart(one, many), relation=">")
claim("right: the exact posterior gives log p(x), each time", table[right][1],
      np.zeros(len(one)), tolerance=1e-9)
one, _, many = table[upside_down][0]
claim("1. upside down: it falls with k", many.mean(), one.mean(), apart(one, many), relation="<")
claim("   (and with the exact posterior one sees nothing)", table[upside_down][1],
      np.zeros(len(one)), tolerance=1e-9)
best = table[divergence_inside][1]
claim("2. divergence inside: the bound is above log p(x)!", best.mean(), 0,
      best.std() / math.sqrt(len(best)), relation=">")
claim("   nats that come from nowhere", best.mean(), 0.2, relation=">")
best = table[as_published][1]
claim("both: far below, even with the exact posterior", best.mean(), -0.5, relation="<")
claim("   and the spread that gives it away", best.std(), 0.05, relation=">")

# %% [markdown]
r"""
Each mistake passes one of two tests and fails the other, so one needs both: **the bound must grow
with $k$**, and **with the exact posterior every draw must give $\log p(x)$**, to rounding.  At
$k = 1$, which is where people look, there is nothing to see: all four are the ELBO on average.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 11 --check`.
"""

# %%
heading("Exercises")


def check_enumeration(answer):
    rng = np.random.default_rng(14)
    log_joint = rng.normal(size=(6, 5)) - 3
    log_q = rng.normal(size=(6, 5))
    log_q -= np.logaddexp.reduce(log_q, axis=1, keepdims=True)
    log_p = np.logaddexp.reduce(log_joint, axis=1)
    posterior = log_joint - log_p[:, None]
    claim("with the posterior it is log p(x)", answer(log_joint, posterior), log_p)
    gap = (np.exp(log_q) * (log_q - posterior)).sum(axis=1)
    claim("with another q it is lower by KL(q, posterior)", answer(log_joint, log_q), log_p - gap)
    certain = np.where(np.arange(5) == 2, 0.0, -np.inf) + np.zeros((6, 1))
    claim("a q that is certain", answer(log_joint, certain), log_joint[:, 2])


@exercise("Codes that are one of K letters need no draws at all.  Return the ELBO of each example, "
          "(N,), by adding up over the letters, from log p(x, z) and log q(z|x), both (N, K).  "
          "A letter may have q = 0, log q = -inf.", check=check_enumeration,
          hint="E_q[log p(x,z) - log q]; where q = 0 the term is 0, as 0 log 0 = 0, and must not "
               "be computed as 0 times infinity")
def elbo_by_enumeration(log_joint, log_q):
    return None


# %%
def check_draws(answer):
    for weights, error in (([0.0] * 50, 0.01), ([1.0, 2.0, 0.0, -1.0], 0.1)):
        for shift in (0.0, -2_000.0):
            log_w = np.array(weights) + shift
            w = np.exp(np.array(weights))
            claim(f"draws for an error of {error}, log w around {shift:,.0f}",
                  answer(log_w, error), w.var() / w.mean() ** 2 / error ** 2)


@exercise("You have drawn a few weights, and want log p(x) with a given standard error.  Return "
          "how many draws that takes (not rounded; 0 if all weights are equal), from log w (n,): "
          "the variance of w over its squared mean, both over those n, and over the squared error.",
          check=check_draws,
          hint="weights of exp(-2000) are 0 in floating point: take the largest log w away first, "
               "as a common factor changes nothing")
def draws_needed(log_w, error):
    return None


# %%
def check_diagonal(answer):
    rng = np.random.default_rng(15)
    for size in (1, 2, 5):
        root = rng.normal(size=(size, size))
        precision = root @ root.T + np.eye(size)
        full = MultivariateNormal(np.zeros(size), covariance=np.linalg.inv(precision))
        variances = np.asarray(answer(precision), dtype=float)

        def lost(v):
            return float(kl(MultivariateNormal(np.zeros(size), covariance=np.diag(v)), full))

        claim("one for each number of a code", variances.shape == (size,))
        for j in range(size):
            for factor in (0.97, 1.03):
                v = variances * np.where(np.arange(size) == j, factor, 1)
                claim(f"number {j + 1} of {size}, times {factor}: loses more", lost(v),
                      lost(variances), relation=">")
    claim("the library's encoder", np.asarray(answer(P), dtype=float),
          model.encode(x[None]).variance[0].numpy())


@exercise("The posterior's numbers are correlated, q's are not.  Which q = N(m, diag(v)) has the "
          "highest ELBO?  Return its variances v, (Z,), from the posterior's precision matrix "
          "P = S^-1, (Z, Z).", check=check_diagonal,
          hint="KL(q, posterior) = 1/2 (sum_j P_jj v_j - sum_j log v_j) + constant; set the "
               "derivative by v_j to 0.  Not the posterior's own variances S_jj!")
def best_variances(P):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Training by this bound**: encoder and decoder, the reparameterised gradient, and what each half
  of the ELBO is for: lesson 12.
- **The gradient of the bound with $k$ draws.**  For the encoder the obvious one drowns in noise as
  $k$ grows; `elbo.iwae_bound(..., gradient="doubly-reparameterised")` does not.  Rainforth et al.,
  *Tighter Variational Bounds are Not Necessarily Better* (2018), section 3; Tucker et al., *Doubly
  Reparameterized Gradient Estimators* (2019).
- **Instruments built of these lines**, rate, distortion and posterior collapse: lesson 14.
- Kingma and Welling, *Auto-Encoding Variational Bayes* (2014), section 2.2.
- Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders* (2016), section 3 and
  appendix A.
- Owen, *Monte Carlo Theory, Methods and Examples* (2013), chapter 9, on what can go wrong with
  importance weights.
- Lucas et al., *Don't Blame the ELBO!* (2019), on the linear Gaussian VAE.
"""
