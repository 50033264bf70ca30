# %% [markdown]
r"""
# What is a density, and who has one?

**You will**

- judge densities by what they say of examples they have not seen, in nats;
- derive expectation maximisation, write it in ten lines, and watch that it never goes down;
- ask nine models for a density, for samples, for a bound, and note what each can really give.

**Prerequisites** What is observed and what is latent (lesson 06); covariance matrices and the
density of a Gaussian.  **Takes** about 6 seconds on a CPU.

Somewhere there is a function $p_\text{data}(x)$: high where examples are likely, zero where there
are none, and its integral is one.  Nobody can write it down for images.  We have examples, and we
want a function $p(x)$ that is close to it.  Everything in this course is a way to get one, or to do
without.

To see how well it works we use examples whose density *is* known: two moons.

**Predict.**  A mixture of 50 Gaussians is fitted to 500 examples of the moons, and so is one of 10.
Which gives the examples a higher density?  And which gives new examples a higher one?
"""

# %%
import inspect
import itertools
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, viz
from scratchgen.distributions import Normal
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("What is a density, and who has one?")
predict("A mixture of 50 Gaussians is fitted to 500 examples of two moons, and so is one of 10.  "
        "Which gives the examples a higher density, which gives new ones a higher density?")

# %% [markdown]
r"""
## How to judge a density

Take new examples $x \sim p_\text{data}$ and average $\log p(x)$.  No density can beat the true one,
because the difference is a Kullback-Leibler divergence, which is never negative (lesson 10):

$$\mathbb{E}_{p_\text{data}}[\log p(x)] = \underbrace{\mathbb{E}_{p_\text{data}}[\log
p_\text{data}(x)]}_{\text{the best there is}} - \mathrm{KL}(p_\text{data}\,\|\,p).$$

So we report **nats per new example**, and higher is better.  A mean over $n$ draws is off by
chance, by about its **standard error**: the standard deviation of one term over $\sqrt n$.  Where a
claim compares such a mean with something, it prints the standard error and allows for six of them,
so that chance alone does not make it fail.
"""

# %%
moons = data.Moons()
examples = moons.sample(500, rng=np.random.default_rng(7)).astype(np.float64)
new = moons.sample(4_000 if FAST else 10_000, rng=np.random.default_rng(8))
limits = (-1.9875, 3.0125)                      # no point of the grid on the edge of a half-ring
plane, area = viz.plane_grid(limits, 201), (5 / 200) ** 2

heading("How to judge a density")
claim("the moons' density integrates to one", np.exp(moons.log_prob(plane)).sum() * area, 1,
      tolerance=2e-3)
exact = moons.log_prob(new)
say(f"the best there is: {exact.mean():.3f} nats per new example, standard error "
    f"{exact.std() / math.sqrt(len(new)):.3f}")

# %% [markdown]
r"""
## Counting

The oldest estimate is the histogram: cut the plane into $k \times k$ cells, count, and divide by
the area of a cell so that the integral is one.  (One imaginary example is spread over all cells,
or an empty cell would make a new example in it impossible.)
"""


# %%
def histogram_log_prob(k, x):
    """log of the histogram with k x k cells on the square of `limits`.   (N, 2) -> (N,)"""
    low, high = limits
    edges = np.linspace(low, high, k + 1)
    counts = np.histogram2d(*examples.T, bins=(edges, edges))[0] + 1 / k ** 2
    density = counts / counts.sum() / ((high - low) / k) ** 2
    cell = np.clip(((x - low) / (high - low) * k).astype(int), 0, k - 1)
    return np.log(density[cell[:, 0], cell[:, 1]])


heading("Counting")
cells = (1, 4, 10, 20, 60, 200)
seen = {k: histogram_log_prob(k, examples).mean() for k in cells}
unseen = {k: histogram_log_prob(k, new).mean() for k in cells}
for k in cells:
    say(f"{k:3} x {k:3} cells: {seen[k]:7.3f} nats on the examples, {unseen[k]:7.3f} on new ones")
for fewer, more in itertools.pairwise(cells):
    claim(f"on the examples {more} is better than {fewer}", seen[more], seen[fewer], relation=">")
best = max(unseen, key=unseen.get)
claim("on new ones neither the coarsest nor the finest is best", best not in (1, 200))
claim("and none reaches the best there is", unseen[best], exact.mean() - 0.1, relation="<")

digits = [{image.tobytes() for image in data.binarise(part.images)} for part in data.load("digits")]
claim("two cells a pixel: new digits in a cell seen before",
      len(digits[1] & digits[0]) / len(digits[1]), 0.1, relation="<")

# %% [markdown]
r"""
Two lessons for all that follows.  **What is good on the examples proves nothing.**  And in many
dimensions nobody can count: with only two cells for each of the 64 pixels of a digit, black and
white, nearly every new digit falls into a cell in which no example was.  A density needs
*parameters* that are shared by all places.

## One Gaussian

The fewest parameters: a mean and a covariance.  The likelihood of the examples is highest where

$$0 = \frac{\partial}{\partial\mu} \sum_n \log N(x_n; \mu, \Sigma)
= \Sigma^{-1} \sum_n (x_n - \mu) \quad\Longrightarrow\quad \mu = \frac1N \sum_n x_n,$$

and in the same way $\Sigma = \frac1N \sum_n (x_n - \mu)(x_n - \mu)^\top$.
"""

# %%
heading("One Gaussian")
gaussian = models.AffineGenerator.from_data(examples)
claim("mean of the examples", gaussian.loc, examples.mean(axis=0))
claim("their covariance, with 1/N", gaussian.covariance.detach(), np.cov(examples.T, bias=True))
ops.mean(gaussian.log_prob(examples)).backward()
steepest = max(abs(w.grad).max() for w in gaussian.parameters())
claim("there the gradient of the likelihood is zero", steepest, 0)
with sg.no_grad():
    of_gaussian = gaussian.log_prob(new).numpy()
claim("one Gaussian for two moons: nats lost", (exact - of_gaussian).mean(), 0.5,
      (exact - of_gaussian).std() / math.sqrt(len(new)), relation=">")

# %% [markdown]
r"""
## Several: a mixture

$$p(x) = \sum_k w_k\, N(x; m_k, S_k), \qquad w_k \ge 0, \quad \sum_k w_k = 1.$$

To draw from it, draw a **category** $k \sim w$ and then a point of **its Gaussian**.  That is a
latent variable model, the smallest there is: $k$ is latent, $x$ observed, and $p(x)$ is the sum
over all categories that could have made $x$.
"""

# %%
heading("Several: a mixture")
mixture = models.GaussianMixture(3).fit(examples, rng=0)
show(models.GaussianMixture.sample)
weights = np.exp(mixture.log_weights)
n = 20_000 if FAST else 100_000
rng = np.random.default_rng(9)
category = rng.choice(3, size=n, p=weights)
drawn = mixture.means[category] + np.einsum("nij,nj->ni", mixture.scale_tril[category],
                                            rng.standard_normal((n, 2)))
claim("the weights add up to", weights.sum(), 1)
wide, wide_area = viz.plane_grid((-7, 8), 501), (15 / 500) ** 2     # a component may reach far out
claim("the density integrates to", np.exp(mixture.log_prob(wide)).sum() * wide_area, 1,
      tolerance=1e-6)
for i in (0, 1):
    claim(f"mean of x_{i + 1}: drawn, and sum of w_k m_k", drawn[:, i].mean(),
          weights @ mixture.means[:, i], drawn[:, i].std() / math.sqrt(n))
right_half = wide[:, 0] > 0.515                 # halfway between two columns of the grid
share = (drawn[:, 0] > 0.515).mean()
claim("share right of 0.515: drawn, and from the density", share,
      np.exp(mixture.log_prob(wide[right_half])).sum() * wide_area,
      math.sqrt(share * (1 - share) / n))

# %% [markdown]
r"""
## Expectation maximisation

The logarithm of a sum has no maximum in closed form.  But choose any weights $r_{nk}$ with $\sum_k
r_{nk} = 1$ and use Jensen's inequality: the logarithm of a mean is never below the mean of the
logarithms.

$$\log p(x_n) = \log \sum_k r_{nk} \frac{w_k N(x_n; m_k, S_k)}{r_{nk}}
\ \ge\ \sum_k r_{nk} \log\frac{w_k N(x_n; m_k, S_k)}{r_{nk}}.$$

- **E**: with $r_{nk} = p(k|x_n) = w_k N(x_n; m_k, S_k) / p(x_n)$ the fraction is $p(x_n)$ for every
  $k$, so the two sides are *equal*.
- **M**: with $r$ fixed, the right side, added up over the examples, is for each $k$ the log of the
  likelihood of *one* Gaussian, in which example $n$ counts $r_{nk}$ times, and
  $\sum_n r_{nk} \log w_k$ beside it.  It is largest where, with $N_k = \sum_n r_{nk}$,

$$w_k = \frac{N_k}{N}, \qquad m_k = \frac{1}{N_k} \sum_n r_{nk}\, x_n, \qquad
S_k = \frac{1}{N_k} \sum_n r_{nk}\, (x_n - m_k)(x_n - m_k)^\top.$$

The right side starts at $\log p$ and goes up, and the new $\log p$ is not below it.  So no
iteration can lower the likelihood.  (Keep the inequality in mind: lesson 11 does the same with an
integral for the sum, and a network for $r$.)
"""


# %%
def em_step(x, w, m, s):
    """One iteration: new weights (K,), means (K, D), covariances (K, D, D), and the old log p."""
    log_joint = np.stack([np.log(w[k]) + log_normal(x, m[k], s[k]) for k in range(len(w))], axis=1)
    log_p = np.logaddexp.reduce(log_joint, axis=1)
    r = np.exp(log_joint - log_p[:, None])
    counts = r.sum(axis=0)
    means = r.T @ x / counts[:, None]
    covariances = np.stack([(r[:, k, None] * (x - means[k])).T @ (x - means[k]) / counts[k]
                            for k in range(len(w))])
    return counts / len(x), means, covariances, log_p.mean()


def log_normal(x, mean, covariance):
    """log N(x; mean, covariance).   (N, D) -> (N,)"""
    white = np.linalg.solve(np.linalg.cholesky(covariance), (x - mean).T)
    return (-np.square(white).sum(axis=0) - np.linalg.slogdet(covariance)[1]
            - len(mean) * math.log(2 * math.pi)) / 2


heading("Expectation maximisation")
library = models.GaussianMixture(5, prior=0.0)              # the likelihood, and nothing beside it
x = library.start(examples, rng=0)
mine = [np.exp(library.log_weights), library.means, library.scale_tril
        @ np.swapaxes(library.scale_tril, 1, 2)]
climb = []
for _ in range(60):
    *mine, value = em_step(x, *mine)
    climb.append((value, library.step(x)))
climb = np.array(climb)
claim("sixty iterations, mine and the library's", climb[:, 0], climb[:, 1], tolerance=1e-9)
claim("means", mine[1], library.means, tolerance=1e-7)
claim("the smallest gain of an iteration, nats", np.diff(climb[:, 0]).min(), -1e-12, relation=">=")

bound = models.GaussianMixture(5).fit(examples, rng=0)
r = bound.responsibilities(examples)
log_joint = np.stack([bound.log_weights[k] + log_normal(
    examples, bound.means[k], bound.scale_tril[k] @ bound.scale_tril[k].T) for k in range(5)],
    axis=1)
tight = (r * (log_joint - np.log(r))).sum(axis=1)
claim("E: with p(k|x) the bound is log p(x)", tight, bound.log_prob(examples))
other = np.random.default_rng(10).dirichlet(np.ones(5), size=len(examples))
below = bound.log_prob(examples) - (other * (log_joint - np.log(other))).sum(axis=1)
claim("with r drawn at random it is below, at each example", below.min(), 0, relation=">")

# %% [markdown]
r"""
It climbs to *a* top, not to *the* top: which one depends on the start.
"""

# %%
starts = [models.GaussianMixture(5, prior=0.0).fit(examples, rng=seed)
          for seed in range(4 if FAST else 12)]
ends = [m.history[-1] for m in starts]
claim("different starts, different tops: nats between them", max(ends) - min(ends), 0.01,
      relation=">")
claim("it never goes down, whatever the start", min(np.diff(m.history).min() for m in starts),
      -1e-10, relation=">=")

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK = "#22262e"
turn = np.linspace(0, 2 * np.pi, 100)
circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)


def draw_components(ax, m, title):
    """The examples, and the ellipse of radius 2 of each component."""
    ax.scatter(*examples.T, s=4, color="#b9bfc9", linewidths=0)
    for k in range(m.k):
        ellipse = m.means[k] + 2 * circle @ m.scale_tril[k].T
        ax.plot(*ellipse.T, color=viz.CLASS_COLOURS[k % 10], linewidth=1.8)
    ax.set(xlim=(-1.7, 2.7), ylim=(-1.2, 1.7), aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.spines[["top", "right"]].set_visible(False)


order = np.argsort(ends)
figure, (left, middle, right) = viz.panels(1, 3, size=(4.6, 3.5))
for m in starts:
    left.plot(np.maximum(max(ends) + 2e-4 - np.array(m.history), 1e-4), color=BLUE, alpha=0.7)
left.set(yscale="log", xlabel="iteration", ylabel="nats per example below the best top")
left.set_title("EM from several starts", loc="left", fontsize=11, color=INK)
left.spines[["top", "right"]].set_visible(False)
draw_components(middle, starts[order[0]], "The lowest top")
draw_components(right, starts[order[-1]], "The highest top")
save_figure(figure, "07_em")

# %% [markdown]
r"""
## How many?

Now your prediction.  A mixture of 10 is also one of 50, with 40 weights of zero: with more
components the *examples* can only be fitted better.  With fifty there is no highest top at all: a
component that closes in on a single example sends the likelihood to infinity.  So `prior=0.1` adds
to each component a tenth of an imaginary example of small variance, which stops that.
"""

# %%
heading("How many?")
fits = {k: models.GaussianMixture(k, prior=0.1).fit(examples, rng=0, tolerance=1e-4)
        for k in (1, 2, 5, 10, 20, 50)}
inside = {k: m.log_prob(examples).mean() for k, m in fits.items()}
outside = {k: m.log_prob(new) for k, m in fits.items()}
say("  k   examples   new     (nats per example)")
for k in fits:
    say(f"{k:3}   {inside[k]:7.3f} {outside[k].mean():7.3f}")
claim("on the examples 50 is better than 10", inside[50], inside[10], relation=">")
lost = outside[10] - outside[50]
claim("on new ones it is worse", lost.mean(), 0, lost.std() / math.sqrt(len(lost)), relation=">")
gap = exact - outside[10]
claim("nothing beats the true density", gap.mean(), 0, gap.std() / math.sqrt(len(gap)),
      relation=">")
better = outside[10].mean() - unseen[best]
claim("10 Gaussians beat the best histogram, by nats", better, 0.1, relation=">")

shown = {"1 Gaussian": fits[1].log_prob(plane), "10 Gaussians": fits[10].log_prob(plane),
         "50 Gaussians": fits[50].log_prob(plane), "the true density": moons.log_prob(plane)}
figure, axes = viz.panels(2, 2, size=(4.9, 3.3))
for ax, (name, log_density) in zip(axes, shown.items()):
    viz.density(np.exp(log_density), limits, ax=ax, title=name,
                samples=examples if name == "1 Gaussian" else None)
    ax.set(xlim=(-1.7, 2.7), ylim=(-1.2, 1.7))
save_figure(figure, "07_how_many")

# %% [markdown]
r"""
On the examples 50 components win, on new ones 10.  With 50 there are ten examples to a component,
and much of what it learns from ten is their accident.

## Who has a density?

A **generator** gives samples.  A **density** gives a number for every $x$.  A model may have one,
both, neither, or a **bound** only: a number of which one can prove that it is not above
$\log p(x)$.  Let us not take their word for it.  We ask small untrained models, sum what they claim
to be a probability over *all* 16 images of four bits, or integrate it over the plane, and try to
draw.  Most of them have a lesson of their own (VAE: 12; flows, MADE and PixelCNN: 17); here it only
matters what one can ask them for.
"""

# %%
heading("Who has a density?")
predict("VAE, autoencoder, mixture, flow, MADE, PixelCNN, a network fed with noise: which of "
        "give log p(x) exactly, which a bound, which neither?")
bits = np.array(list(itertools.product((0.0, 1.0), repeat=4)), dtype=np.float32)
coarse = viz.plane_grid((-9, 9), 181)


class NoiseNetwork:
    """x = network(z) with z ~ N(0, I), and nothing else."""

    def __init__(self):
        self.network = sg.nn.mlp(2, 16, 2, rng=0)

    def sample(self, n, *, rng):
        z = np.random.default_rng(rng).standard_normal((n, 2)).astype(np.float32)
        with sg.no_grad():
            return self.network(z)


def total(log_p, discrete):
    """exp(log p), added up over all images of four bits, or integrated over the plane."""
    x = bits if discrete else coarse.astype(np.float32)
    with sg.no_grad():
        values = ops.exp(log_p(x))
    values = values.numpy() if isinstance(values, sg.Tensor) else values
    return values.sum() * (1 if discrete else 0.1 ** 2)


def has_density(model):
    """Can log p(x) be had from x alone, without draws?"""
    log_prob = getattr(model, "log_prob", None)
    return log_prob is not None and "rng" not in inspect.signature(log_prob).parameters


def draws_samples(model):
    """Does it give two new examples when it is asked?"""
    return hasattr(model, "sample") and len(model.sample(2, rng=0)) == 2


candidates = {
    "Gaussian (affine)": (models.AffineGenerator(2), False),
    "Gaussian mixture": (models.GaussianMixture(3, dimensions=2), False),
    "real NVP": (models.real_nvp(2, 2, (8,), rng=0), False),
    "masked autoregressive flow": (models.maf(2, 2, (8,), rng=0), False),
    "MADE": (models.MADE(4, (8,), rng=0), True),
    "PixelCNN": (models.PixelCNN((2, 2), 4, 1, rng=0), True),
    "VAE": (models.vae_dense(4, 2, (8,), rng=0), True),
    "autoencoder": (models.autoencoder_dense(4, 2, (8,), rng=0), True),
    "network fed with noise": (NoiseNetwork(), False),
}
has = {}
for name, (model, discrete) in candidates.items():
    density, bound = has_density(model), hasattr(model, "elbo")
    has[name] = (density, draws_samples(model), bound)
    if density:
        model.log_prob(bits if discrete else examples.astype(np.float32))   # sets a flow's scales
        claim(f"{name}: adds up to one", total(model.log_prob, discrete), 1, tolerance=1e-4)
    if bound:               # of many draws: exp of a noisy bound is no bound (lesson 11)
        below = total(lambda x: model.elbo(x, n=1_000, rng=0), discrete)
        claim(f"{name}: exp(bound) adds up to less than one", below, 1, relation="<")

yes = {True: "yes", False: "-"}
say(f"{'':28} {'density':>8} {'samples':>8} {'bound':>8}")
for name, row in has.items():
    say(f"{name:28} " + " ".join(f"{yes[cell]:>8}" for cell in row))
for name in list(has)[:6]:
    claim(f"{name}: a density and samples", has[name] == (True, True, False))
claim("VAE: samples and a bound", has["VAE"] == (False, True, True))
claim("autoencoder: none of them", has["autoencoder"] == (False, False, False))
claim("network fed with noise: samples only", has["network fed with noise"] == (False, True, False))

# %% [markdown]
r"""
The last line is the generator of a GAN (lesson 18).  The VAE's `log_prob` needs a number of draws
and `rng=`: it is an estimate, not a density that one can look up.

## Break it: $\pi = 3.1413$

A book's notebook types $\pi$ by hand and gets a digit wrong.  The densities look right, training
runs, and nothing fails.

**Predict.**  Two models whose densities are both written in this way are compared.  Does the
comparison come out differently?  And what sees the mistake?
"""

# %%
heading("Break it: pi = 3.1413")
predict("Gaussian densities are written with pi = 3.1413.  Does a comparison of two of them come "
        "out differently?  And which check sees the mistake?")


def log_normal_typed(x, m, s):
    return -((x - m) / s) ** 2 / 2 - math.log(s) - math.log(2 * 3.1413) / 2


line = np.linspace(-12, 12, 2401)
wrong = np.exp(log_normal_typed(line, 0.3, 1.2)).sum() * 0.01
right = np.exp(Normal(0.3, 1.2).log_prob(line)).sum() * 0.01
claim("the right density integrates to one", right, 1, tolerance=1e-6)
claim("the typed one does not: off by more than", abs(wrong - 1), 1e-5, relation=">")
claim("in log p it is invisible: nats", abs(
    log_normal_typed(line, 0.3, 1.2) - Normal(0.3, 1.2).log_prob(line)).max(), 1e-4, relation="<")
claim("which of two models is better, and by how much: typed, right",
      log_normal_typed(line, 0.3, 1.2) - log_normal_typed(line, -1.0, 2.0),
      Normal(0.3, 1.2).log_prob(line) - Normal(-1.0, 2.0).log_prob(line))

# %% [markdown]
r"""
A constant cancels in every such comparison; an integral sees it, if it is held to enough digits.
Here it does no harm; the same
slip in a factor that *depends* on a parameter moves the maximum.  So each density of the library is
summed or integrated in its tests.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 7 --check`.
"""

# %%
heading("Exercises")


def check_responsibilities(answer):
    near = answer(np.log([0.5, 0.3, 0.2]), log_joint[:, :3] - np.log([0.5, 0.3, 0.2]))
    want = np.exp(log_joint[:, :3])
    claim("p(k|x)", near, want / want.sum(axis=1, keepdims=True))
    far = answer(np.log([0.5, 0.5]), np.array([[-2000.0, -2001.0]]))
    claim("far away, where every density underflows", far,
          np.array([[math.e, 1.0]]) / (math.e + 1))


@exercise("Return p(k|x), (N, K), from log w, (K,), and log N(x; m_k, S_k), (N, K).  The densities "
          "may be too small for floating-point numbers.", check=check_responsibilities,
          hint="subtract log p(x), which np.logaddexp.reduce gives, before you take exp")
def responsibilities(log_weights, log_densities):
    return None


# %%
def check_mixture_variance(answer):
    rng = np.random.default_rng(3)
    w, m, s = rng.dirichlet(np.ones(4)), rng.normal(size=4), rng.random(4) + 0.5
    grid = np.linspace(-15, 15, 30_001)
    p = (w * np.exp(Normal(m, s).log_prob(grid[:, None]))).sum(axis=1) * 0.001
    mean = (p * grid).sum()
    claim("variance", answer(w, m, s), (p * (grid - mean) ** 2).sum(), tolerance=1e-6)
    claim("one component", answer(np.ones(1), np.array([5.0]), np.array([2.0])), 4.0)


@exercise("Return the variance of a mixture of Gaussians in one dimension, from weights, means and "
          "standard deviations, each (K,).", check=check_mixture_variance,
          hint="E[x^2] is the weighted mean of s^2 + m^2")
def mixture_variance(w, m, s):
    return None


# %%
def check_kernel(answer):
    grid = viz.plane_grid((-5, 6), 221)
    log_p = answer(examples[:100], 0.3, grid)
    claim("it integrates to one", np.exp(log_p).sum() * (11 / 220) ** 2, 1, tolerance=1e-3)
    one = answer(np.zeros((1, 2)), 2.0, np.array([[0.0, 0.0], [2.0, 0.0]]))
    claim("a single example: a Gaussian", one, log_normal(np.array([[0.0, 0.0], [2.0, 0.0]]),
                                                          np.zeros(2), 4 * np.eye(2)))


@exercise("A kernel density estimate is a mixture with one Gaussian of standard deviation h at "
          "each example, all of equal weight.  Return its log density at x (M, 2), from examples "
          "(N, 2).",
          check=check_kernel, hint="log_normal for each pair, then np.logaddexp.reduce and - log N")
def kernel_log_prob(examples, h, x):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **The prior** that keeps a component from closing in on one example: what EM then maximises is
  said in `GaussianMixture`.
- **Densities from maps** of noise: lessons 08, 09 and 17.  **Bounds**: 11 and 12.  **Samples
  only**: 18.
- Dempster, Laird and Rubin, *Maximum Likelihood from Incomplete Data via the EM Algorithm* (1977).
- Bishop, *Pattern Recognition and Machine Learning* (2006), sections 2.5, 9.2, 9.3 and 9.4.
- Theis, van den Oord and Bethge, *A note on the evaluation of generative models* (2016), section 3:
  a good density, samples that look good, and samples that are good for something are three
  different things.
"""
