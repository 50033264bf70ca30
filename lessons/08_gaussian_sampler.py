# %% [markdown]
r"""
# A generator that can be checked: the Gaussian sampler

**You will**

- turn independent noise into any Gaussian by $x = \mu + Lz$, and factor a covariance by hand;
- hold a sampler against mean, covariance and the distances of its draws, each with its error;
- learn $L$ from data by gradients until $LL^\top$ is the covariance of the data, to six digits.

**Prerequisites** Matrices, covariance, the gradient descent of lesson 04.  **Takes** about 4
seconds on a CPU.

A generator is a function that turns noise into data.  Networks come later; here is the simplest one
that deserves the name.  The noise is $z \sim N(0, I)$, the function is affine, and *everything*
about it is known: its density, its inverse, what the best parameters are.  So it is the place to
learn how a sampler is checked.

**Predict.**  You need draws with covariance $\Sigma$.  How many matrices $A$ are there for which
$x = Az$ has it: none for some $\Sigma$, exactly one, or many?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.distributions import MultivariateNormal
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)

heading("A generator that can be checked: the Gaussian sampler")
predict("How many matrices A are there for which x = A z, with z ~ N(0, I), has covariance Sigma: "
        "none for some Sigma, exactly one, or many?")

# %% [markdown]
r"""
## Stretch, shear, move

Let $x = \mu + Az$.  The mean is $\mathbb{E}[x] = \mu + A\,\mathbb{E}[z] = \mu$, and

$$\mathrm{Cov}[x] = \mathbb{E}\big[(Az)(Az)^\top\big] = A\,\mathbb{E}[zz^\top]\,A^\top = AA^\top.$$

So all we need is a square root of $\Sigma$ in this sense.  How do we see that a sampler obeys?
By averages of draws, and each average has a standard error.  For the mean it is
$\sqrt{\Sigma_{ii}/n}$, for an entry of the covariance of Gaussian draws
$\sqrt{(\Sigma_{ii}\Sigma_{jj} + \Sigma_{ij}^2)/n}$.
"""

# %%
mu = np.array([1.0, -0.5])
sigma = np.array([[2.0, 1.2], [1.2, 1.0]])
A = np.array([[2 ** 0.5, 0.0], [1.2 / 2 ** 0.5, (1.0 - 1.2 ** 2 / 2) ** 0.5]])
n = 100_000 if FAST else 400_000
rng = np.random.default_rng(8)


def check_moments(name, x, mu, sigma):
    """Claim that draws x (n, D) have this mean and this covariance, entry by entry."""
    for i in range(len(mu)):
        claim(f"{name}: mean of x_{i + 1}", x[:, i].mean(), mu[i], math.sqrt(sigma[i, i] / len(x)))
        for j in range(i + 1):
            got = ((x[:, i] - mu[i]) * (x[:, j] - mu[j])).mean()
            error = math.sqrt((sigma[i, i] * sigma[j, j] + sigma[i, j] ** 2) / len(x))
            claim(f"{name}: covariance of x_{i + 1} and x_{j + 1}", got, sigma[i, j], error)


heading("Stretch, shear, move")
claim("A A^T = Sigma", A @ A.T, sigma)
z = rng.standard_normal((n, 2))
x = mu + z @ A.T                            # a row is a draw, so A acts from the right
check_moments("x = mu + A z", x, mu, sigma)

# %% [markdown]
r"""
## Cholesky

That $A$ was lower triangular.  Write $\Sigma = LL^\top$ with such an $L$, multiply out, and read it
row by row: every entry contains one number that is not yet known.

$$\Sigma_{ij} = \sum_{k \le j} L_{ik} L_{jk} \quad\Longrightarrow\quad
L_{ij} = \frac{1}{L_{jj}}\Big(\Sigma_{ij} - \sum_{k < j} L_{ik}L_{jk}\Big), \qquad
L_{jj} = \sqrt{\Sigma_{jj} - \sum_{k < j} L_{jk}^2}.$$

What stands under the root is the part of the variance of $x_j$ that $x_1, \dots, x_{j-1}$ do not
account for.  If it is not positive, $\Sigma$ is no covariance of $D$ honest dimensions.
"""


# %%
def cholesky(s):
    """The lower triangular L with L L^T = s and a positive diagonal."""
    tril = np.zeros_like(s)
    for i in range(len(s)):
        for j in range(i):
            tril[i, j] = (s[i, j] - tril[i, :j] @ tril[j, :j]) / tril[j, j]
        tril[i, i] = math.sqrt(s[i, i] - tril[i, :i] @ tril[i, :i])
    return tril


heading("Cholesky")
B = rng.standard_normal((6, 6))
claim("mine and the library's, 6 x 6", cholesky(B @ B.T), ops.cholesky(B @ B.T), tolerance=1e-9)
claim("it is the A from above", cholesky(sigma), A)
claim("its rule: gradcheck, second order", sg.gradcheck(
    lambda s: ops.cholesky((s + s.mT) / 2), sigma, order=2))

# %% [markdown]
r"""
Your prediction: **many**.  Let $Q$ be any rotation or reflection, $QQ^\top = I$.  Then
$(LQ)(LQ)^\top = LQQ^\top L^\top = \Sigma$.  Noise that is rotated first is still the same noise, so
the draws cannot tell.  Cholesky picks the one square root that is triangular with a positive
diagonal; of these there is exactly one.
"""

# %%
angle = 0.9
Q = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
values, vectors = np.linalg.eigh(sigma)
roots = {"Cholesky, $L$": A, "rotated first, $LQ$": A @ Q,
         "symmetric root, $\\Sigma^{1/2}$": (vectors * np.sqrt(values)) @ vectors.T}
for name, root in roots.items():
    claim(f"{name.split(',')[0]}: root times its transpose", root @ root.T, sigma)
claim("and they are different matrices", abs(roots["Cholesky, $L$"] - A @ Q).max(), 0.1,
      relation=">")

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK = "#22262e"
turn = np.linspace(0, 2 * np.pi, 200)
circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
ticks = np.linspace(-2, 2, 9)
figure, axes = viz.panels(1, 4, size=(3.4, 3.4))
few = z[:400]
for ax, (name, root) in zip(axes, {"noise, $z$": np.eye(2), **roots}.items()):
    for t in ticks:                                             # the grid of z, and where it goes
        for line in (np.stack([np.full(50, t), np.linspace(-2, 2, 50)], axis=1),
                     np.stack([np.linspace(-2, 2, 50), np.full(50, t)], axis=1)):
            ax.plot(*(line @ root.T).T, color="#d9dce1", linewidth=0.8)
    colours = np.arctan2(few[:, 1], few[:, 0])
    ax.scatter(*(few @ root.T).T, s=7, c=colours, cmap="twilight")
    for radius in (1, 2):
        ax.plot(*(radius * circle @ root.T).T, color=RED, linewidth=1.6)
    ax.set_title(name, loc="left", fontsize=11, color=INK)
    ax.set(xlim=(-4.4, 4.4), ylim=(-4.4, 4.4), aspect="equal", xlabel="$x_1$")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(xlabel="$z_1$", ylabel="$z_2$")
axes[1].set_ylabel("$x_2$")
save_figure(figure, "08_roots")

# %% [markdown]
r"""
The same cloud, the same ellipses; but the grid and the colours (the direction of the noise) lie
differently in each.  *Which* noise made an image is not something that the data can say.

## The density

$x$ has a density because $z$ has one and the map can be inverted, $z = L^{-1}(x - \mu)$.  The map
stretches areas by $|\det L|$, so the density is divided by it (lesson 09):

$$\log p(x) = \log N(z; 0, I) - \log|\det L|, \qquad \log|\det L| = \sum_i \log L_{ii}.$$
"""

# %%
heading("The density")
generator = models.AffineGenerator.from_covariance(sigma, mu)
show(models.AffineGenerator.log_prob)
some = x[:5]
z_of_x = np.linalg.solve(A, (some - mu).T).T
by_hand = (-np.square(z_of_x).sum(axis=1) / 2 - math.log(2 * math.pi)
           - np.log(np.diag(A)).sum())
with sg.no_grad():
    claim("by hand, and the library's", by_hand, generator.log_prob(some))
    claim("MultivariateNormal says so too", by_hand,
          MultivariateNormal(mu, covariance=sigma).log_prob(some))
    plane = viz.plane_grid((-9, 9), 401)
    area = (18 / 400) ** 2
    claim("it integrates to one", np.exp(generator.log_prob(plane).numpy()).sum() * area, 1,
          tolerance=1e-6)
    claim("all roots of Sigma give this density: |det| is the same",
          np.abs([np.linalg.det(root) for root in roots.values()]), np.full(3, np.diag(A).prod()))

# %% [markdown]
r"""
## Distances

Mean and covariance do not see everything: a uniform cloud can have the same.  A finer check: undo
the map.  If the sampler is right, $z = L^{-1}(x - \mu)$ is $N(0, I)$ again and $\|z\|^2$, the
squared **Mahalanobis distance**, is a sum of $D$ squared normals.  Its distribution is called
$\chi^2_D$ (chi-square), and for $D = 2$ it is an exponential:

$$P\big(\|z\| \le r\big) = 1 - e^{-r^2/2}.$$

To check all radii at once, cut the plane into twenty rings that are equally probable and count the
draws in each.  The squared differences from the expected count, divided by that count and added up,
make about 19 if the sampler is right.

**Predict.**  In one dimension 68 % of the draws lie within one standard deviation.  How many lie in
the ellipse of radius 1 in two dimensions?
"""

# %%
heading("Distances")
predict("In one dimension 68 % of the draws lie within one standard deviation.  How many lie "
        "within the ellipse of radius 1 in two dimensions?")
drawn = generator.sample(n, rng=1).numpy()
with sg.no_grad():
    squared = np.square(generator.inverse(drawn).numpy()).sum(axis=1)
for r in (1, 2, 3):
    inside = 1 - math.exp(-r ** 2 / 2)
    claim(f"share within radius {r}", (squared <= r ** 2).mean(), inside,
          math.sqrt(inside * (1 - inside) / n))
claim("a share of 0.39, not 0.68", 1 - math.exp(-1 / 2), 0.39, tolerance=0.005)

edges = -2 * np.log(1 - np.arange(20) / 20)                 # twenty cells of equal probability
counts = np.histogram(squared, [*edges, np.inf])[0]
chi_square = np.square(counts - n / 20).sum() / (n / 20)
claim("chi-square over 20 cells, expected 19", chi_square, 19, math.sqrt(2 * 19))

box = mu + rng.uniform(-math.sqrt(3), math.sqrt(3), (n, 2)) @ A.T       # variance 1, not normal
check_moments("a uniform cloud", box, mu, sigma)
with sg.no_grad():
    of_box = np.square(generator.inverse(box).numpy()).sum(axis=1)
chi_square = np.square(np.histogram(of_box, [*edges, np.inf])[0] - n / 20).sum() / (n / 20)
claim("the distances catch it: chi-square", chi_square, 19, math.sqrt(2 * 19), relation=">")

figure, (left, right) = viz.panels(1, 2, size=(5.2, 4.4))
with sg.no_grad():
    picture = viz.plane_grid((-4.5, 4.5), 200)
    viz.density(np.exp(generator.log_prob(picture).numpy()), (-4.5, 4.5), ax=left,
                samples=drawn[:300], title="The density, draws, and radius 1, 2, 3")
for r in (1, 2, 3):
    left.plot(*(mu + r * circle @ A.T).T, color=RED, linewidth=1.5)
line = np.linspace(0, 14, 200)
viz.histogram({"Gaussian": squared, "uniform cloud": of_box}, bins=np.linspace(0, 14, 57), ax=right,
              curve=(line, np.exp(-line / 2) / 2, r"$\chi^2_2$"),
              title="Squared Mahalanobis distances", xlabel=r"$\|L^{-1}(x - \mu)\|^2$")
save_figure(figure, "08_distances")

# %% [markdown]
r"""
## Learned by gradients

Now suppose that nobody tells us $\mu$ and $\Sigma$; all we have is $N$ examples.  We climb the
likelihood,

$$\max_{\mu, L}\ \frac1N\sum_n \Big[\log N\big(L^{-1}(x_n - \mu); 0, I\big) - \log|\det L|\Big],$$

by gradients through a triangular solve.  For a Gaussian the answer is known, so we shall see
whether gradients find it: $\mu$ is the mean of the examples and $LL^\top$ their covariance *with
$1/N$*, not $1/(N-1)$.  Only the diagonal of $L$ must be positive, so its logarithm is what is
learned.
"""

# %%
heading("Learned by gradients")
examples = mu + rng.standard_normal((2_000, 2)) @ A.T
mean, covariance = examples.mean(axis=0), np.cov(examples.T, bias=True)

learned = models.AffineGenerator(2, dtype="float64")
adam = optim.Adam(learned.parameters(), lr=0.05)
snapshots = []
steps = 400
for step in range(steps):
    adam.lr = 0.05 * (1 - step / steps) ** 2
    adam.zero_grad()
    loss = -ops.mean(learned.log_prob(examples))
    loss.backward()
    if step in (0, 10, 25, 60, steps - 1):
        snapshots.append((step, learned.loc.numpy().copy(),
                          learned.scale_tril.detach().numpy().copy()))
    adam.step()

claim("mean", learned.loc, mean, tolerance=1e-6)
claim("L L^T is the covariance of the examples", learned.covariance.detach(), covariance,
      tolerance=1e-6)
claim("L is its Cholesky factor", learned.scale_tril.detach(), cholesky(covariance),
      tolerance=1e-6)
for i in range(2):
    for j in range(i + 1):
        error = math.sqrt((sigma[i, i] * sigma[j, j] + sigma[i, j] ** 2) / len(examples))
        claim(f"and the true Sigma_{i + 1}{j + 1}, within its sampling error",
              learned.covariance[i, j].item(), sigma[i, j], error)
best = models.AffineGenerator.from_data(examples)
claim("nats per example, learned and in closed form", loss.item(),
      -best.log_prob(examples).mean().item(), tolerance=1e-9)

_, (ax,) = viz.panels(size=(5.6, 5.0))
ax.scatter(*examples.T, s=3, color="#c3c8d0", linewidths=0)
for shade, (step, loc, tril) in zip(np.linspace(0.25, 1, len(snapshots)), snapshots):
    ax.plot(*(loc + 2 * circle @ tril.T).T, color=BLUE, alpha=shade, linewidth=2,
            label=f"step {step}")
ax.plot(*(mean + 2 * circle @ cholesky(covariance).T).T, color=RED, linewidth=1.4,
        linestyle="--", label="closed form")
ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$")
ax.set_title("The ellipse of radius 2 while it is learned", loc="left", fontsize=11, color=INK)
ax.legend(frameon=False, fontsize=9)
ax.spines[["top", "right"]].set_visible(False)
save_figure(ax, "08_learned")

# %% [markdown]
r"""
## A Gaussian of digits

The same generator, with $D = 64$.  **Predict.**  The mean and all 2,080 variances and covariances
of the digits will be right.  Will the draws be digits?
"""

# %%
heading("A Gaussian of digits")
predict("A Gaussian with the mean and all 2,080 variances and covariances of the digits' pixels.  "
        "Will its draws look like digits?")
train, _ = data.load("digits")
grey = train.images.astype(np.float64)
claim("variances and covariances of 64 pixels", 64 * 65 / 2, 2_080)
kind, words = complaint(models.AffineGenerator.from_data, grey)
claim("a density of the digits as they are", kind, "ValueError")
say(words)
claim("pixels that are black in every digit", (grey.max(axis=0) == 0).sum(), 3)

# %% [markdown]
r"""
Three pixels, the first among them, are black in every digit: a variance of zero, and the density
would be infinite.  Grey values come in steps of 1/16, so each stands for a small interval; noise
within it is honest and makes every pixel vary.
"""

# %%
dithered = grey + rng.uniform(0, 1 / 16, grey.shape)
digits = models.AffineGenerator.from_data(dithered)
new = digits.sample(60, rng=2).numpy()
with sg.no_grad():
    squared = np.square(digits.inverse(dithered).numpy()).sum(axis=1)
claim("mean squared distance of the data: D, exactly", squared.mean(), 64, tolerance=1e-8)
claim("its spread, in units of a Gaussian's, sqrt(2 D)", squared.std() / math.sqrt(2 * 64), 1.4,
      relation=">")
figure, (left, right) = viz.panels(1, 2, size=(4.8, 3.2))
viz.image_grid(grey[:60], columns=10, ax=left, title="Written by people")
viz.image_grid(new, columns=10, ax=right, title="Drawn from a Gaussian with their moments")
save_figure(figure, "08_digits")

# %% [markdown]
r"""
Strokes, but no digits.  A Gaussian knows which pairs of pixels go together, and a digit is more
than pairs.  That is what the networks of the coming lessons are for.

## Break it: the covariance taken for its root

Lesson 12 shows programs that take a variance for a standard deviation.  In many dimensions the same
mistake is $x = \mu + \Sigma z$.  The draws have the right mean and lean the right way.

**Predict.**  What is their covariance?  And which of our checks sees it?
"""

# %%
heading("Break it: the covariance taken for its root")
predict("x = mu + Sigma z.  What is the covariance of these draws, and which check sees it?")
wrong = mu + z @ sigma.T
check_moments("it is Sigma Sigma^T; x", wrong, mu, sigma @ sigma.T)
error = math.sqrt(2 / n) * sigma[0, 0]
claim("the covariance sees it", abs(np.var(wrong[:, 0]) - sigma[0, 0]), 0, error, relation=">")
with sg.no_grad():
    distances = np.square(generator.inverse(wrong).numpy()).sum(axis=1)
claim("so do the distances: mean, for a right sampler 2", distances.mean(), 2,
      distances.std() / math.sqrt(n), relation=">")
claim("the mean does not", wrong.mean(axis=0), mu, tolerance=0.03)

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 8 --check`.
"""

# %%
heading("Exercises")


def check_small(answer):
    for a, b, c in ((2.0, 1.2, 1.0), (1.0, 0.0, 4.0), (9.0, -3.0, 1.5)):
        claim(f"[[{a}, {b}], [{b}, {c}]]", answer(a, b, c), cholesky(np.array([[a, b], [b, c]])))


@exercise("Return the Cholesky factor of [[a, b], [b, c]] as a (2, 2) array, without a loop.",
          check=check_small, hint="the first column is (a, b) over the square root of a")
def cholesky_2x2(a, b, c):
    return None


# %%
def check_conditional(answer):
    grid = np.linspace(-25, 25, 8001)
    for mu, sigma, x1 in ((np.array([1.0, -0.5]), np.array([[2.0, 1.2], [1.2, 1.0]]), 3.0),
                          (np.array([0.3, 2.0]), np.array([[0.5, -0.9], [-0.9, 4.0]]), -1.0)):
        p = np.exp(MultivariateNormal(mu, covariance=sigma).log_prob(
            np.stack([np.full(grid.shape, x1), grid], axis=1)))
        p /= p.sum()
        mean, variance = answer(mu, sigma, x1)
        claim(f"x1 = {x1}: mean of x2", mean, (p * grid).sum(), tolerance=1e-6)
        claim("   variance of x2", variance, (p * grid ** 2).sum() - (p * grid).sum() ** 2,
              tolerance=1e-6)


@exercise("x = mu + L z in two dimensions, and x1 is observed.  Return the mean and the variance "
          "of x2 given x1.", check=check_conditional,
          hint="x1 alone determines z1, because L is triangular; z2 is still N(0, 1)")
def second_given_first(mu, sigma, x1):
    return None


# %%
def check_entropy(answer):
    for d in (1, 2, 5):
        b = np.random.default_rng(d).standard_normal((d, d))
        s = b @ b.T + np.eye(d)
        claim(f"D = {d}", answer(s), MultivariateNormal(np.zeros(d), covariance=s).entropy())
    claim("no overflow with D = 500", answer(1e-4 * np.eye(500)),
          500 / 2 * math.log(2 * math.pi * math.e * 1e-4))


@exercise("Return the entropy -E[log p(x)] of N(mu, sigma) in nats, for sigma (D, D); D may be "
          "500, where det(sigma) is no floating-point number.", check=check_entropy,
          hint="E |z|^2 = D, and log |det L| is a sum of logarithms")
def gaussian_entropy(sigma):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Where the noise comes from.**  Normal numbers are made from uniform ones; Box and Muller, *A
  Note on the Generation of Random Normal Deviates* (1958), do it with the circle of the section on
  distances.
- **Maps that are not affine**, and why the factor is $|\det J|$: lesson 09.
- **Several Gaussians**, which can do what one cannot: lesson 07.
- **Large $D$.**  Cholesky takes $D^3/3$ additions and multiplications; models of images do with
  less by not letting every pixel look at every other.
- Murphy, *Machine Learning: A Probabilistic Perspective* (2012), section 4.1, for the maximum
  likelihood of a Gaussian.
- Golub and Van Loan, *Matrix Computations* (2013), section 4.2, for Cholesky and its rounding.
"""
