# %% [markdown]
r"""
# When GANs fail

**You will**

- follow two players around a saddle, and compute by which factor each kind of step drives them away
  from it or brings them there;
- train three GANs on a ring of eight modes, count what they found, and get a verdict with evidence
  where the loss curve says that all is well;
- take apart three remedies (a gradient penalty, spectral normalisation, packing) and read off five
  seeds what may be said of them, and what may not.

**Prerequisites** The game of lesson 18; gradients of functions (lessons 01 and 02).  **Takes**
about 10 seconds on a CPU.

Every model before the GAN was trained by going down: one loss, smaller with time.  A GAN has two
losses and two players, and each moves the ground under the other.

**Predict.**  The smallest game there is: one player chooses a number $x$ and wants $xy$ small, the
other chooses $y$ and wants $xy$ large.  Both start away from the middle and take small gradient
steps, at the same time.  Where do they end?
"""

# %%
import json
import math
import pathlib
import textwrap
from itertools import combinations, product

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show
from scratchgen.models import saddle

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("When GANs fail")
predict("One player chooses x and wants xy small, the other chooses y and wants xy large.  Both "
        "take small gradient steps at the same time.  Where do they end?")

# %% [markdown]
r"""
## A saddle that nobody descends

The first player follows $-\partial(xy)/\partial x = -y$, the second $+\partial(xy)/\partial y = x$.
Together they have a velocity

$$v(x, y) = (-y,\ x),$$

and it is at right angles to where they are: nobody goes down, they turn.  The one place where both
are content is $(0, 0)$, a saddle of $xy$.  A step along the tangent of a circle ends outside the
circle, and with the rate $\eta$ it is

$$|p + \eta v|^2 = (x - \eta y)^2 + (y + \eta x)^2 = (1 + \eta^2)\, |p|^2.$$

No $\eta$ is small enough.
"""

# %%
heading("A saddle that nobody descends")
ETA, START = 0.2, np.array([1.0, 0.0])
path = saddle.trajectory(saddle.bilinear, START, 40, ETA)
claim("distance from the saddle after 40 steps", np.linalg.norm(path[-1]),
      math.sqrt(1 + ETA ** 2) ** 40)
for rate in (0.5, 0.1, 0.01):
    claim(f"eta = {rate}: one step multiplies the distance by",
          saddle.spectral_radius(saddle.bilinear, [0.0, 0.0], rate), 1, relation=">")

# %% [markdown]
r"""
In general a step is a map $p \mapsto p'$.  Close to a place where it stands still it is a matrix,
its Jacobian, and repeating it multiplies by the eigenvalues $\lambda$ of that matrix.  The largest
$|\lambda|$, the **spectral radius**, decides: below 1 players from nearby arrive, above 1 they
leave, and at 1 it takes more than a derivative to tell.  The engine knows the Jacobian of a step as
of any other function.  Four kinds of steps:
"""

# %%
for method in saddle.METHODS.values():
    show(method)
    say("")

THEORY = {
    "simultaneous": math.sqrt(1 + ETA ** 2),
    "alternating": 1.0,
    "extragradient": math.sqrt(1 - ETA ** 2 + ETA ** 4),
    "consensus": math.sqrt((1 - ETA) ** 2 + ETA ** 2),
}


def step_matrix(method):
    """dp'/dp of one step on the game xy, at the saddle.   -> (2, 2)"""
    return sg.jacobian(lambda p: saddle.step(saddle.bilinear, p, ETA, method))(np.zeros(2))


claim("the engine's Jacobian of a simultaneous step", step_matrix("simultaneous"),
      np.array([[1, -ETA], [ETA, 1]]))
claim("and of an alternating one", step_matrix("alternating"),
      np.array([[1, -ETA], [ETA, 1 - ETA ** 2]]))
for method, theory in THEORY.items():
    claim(f"{method}: largest eigenvalue, and theory",
          abs(np.linalg.eigvals(step_matrix(method))).max(), theory)

# %% [markdown]
r"""
Alternating steps, which is how GANs are trained, have the matrix
$\begin{pmatrix} 1 & -\eta \\ \eta & 1 - \eta^2 \end{pmatrix}$ with determinant 1.  Its two
eigenvalues are conjugates of each other for $\eta < 2$, so both have modulus 1: the players neither
leave nor arrive.  **Extragradient** looks one step ahead and takes the velocity from there
(Korpelevich 1976).  **Consensus** adds a pull towards where the velocity is small (Mescheder,
Nowozin and Geiger 2017), and that pull is the gradient of a gradient.

A way to arrive without better steps is to report the *average* of all places so far.

**Predict.**  Does averaging help those who leave, those who circle, or both?
"""

# %%
predict("Instead of the last place, take the average of all places so far.  Does that help "
        "simultaneous steps, alternating steps, or both?")
T = 600
averaged = {}
for method in ("simultaneous", "alternating"):
    path = saddle.trajectory(saddle.bilinear, START, T, ETA, method)
    averaged[method] = np.linalg.norm(saddle.averages(path), axis=1)
    say(f"{method:13} after {T:,} steps: distance {np.linalg.norm(path[-1]):.3g}, "
        f"of the average {averaged[method][-1]:.3g}")
claim("alternating: the last place is far away", np.linalg.norm(path[-1]), 0.9, relation=">")
claim("  the average is not", averaged["alternating"][-1], 0.02, relation="<")
claim("simultaneous: the average is lost too", averaged["simultaneous"][-1], 100, relation=">")

# %%
paths = {method: saddle.trajectory(saddle.bilinear, START, 200, ETA, method)
         for method in saddle.METHODS}
field = viz.plane_grid((-2.3, 2.3), 13)
figure, (left, right) = viz.panels(1, 2, size=(5.4, 4.6))
viz.phase_portrait(field, saddle.bilinear.velocity(field),
                   paths=np.stack([path[:41] for path in paths.values()]), names=list(paths),
                   ax=left, title="min over x, max over y, of xy: 40 steps")
for (method, path), colour in zip(paths.items(), viz.CLASS_COLOURS):
    right.plot(np.linalg.norm(path, axis=1), color=colour, label=method)
right.plot(averaged["alternating"][:201], color=ORANGE, linestyle="--",
           label="average of alternating")
right.set(yscale="log", xlabel="step", ylabel="distance from the saddle", ylim=(1e-3, 1e2))
right.set_title(f"Who arrives, with steps of {ETA}", loc="left", fontsize=11, color=INK)
right.legend(frameon=False, fontsize=8.5, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.13))
right.spines[["top", "right"]].set_visible(False)
save_figure(figure, "19_saddle")

# %% [markdown]
r"""
### A GAN with two weights

Is a GAN like that?  The smallest one is the **Dirac-GAN** (Mescheder, Geiger and Nowozin 2018): all
data are at 0, the generator puts everything at $\theta$, and the discriminator's score is
$s(x) = \psi x$.  With $D = 1/(1 + e^{-s})$ the generator of the game as it is written minimises
$\log(1 - D(\theta))$ and the discriminator $-\log(1 - D(\theta))$, so with $\sigma$ for the sigmoid

$$v(\theta, \psi) = \big(\psi\,\sigma(\psi\theta),\ -\theta\,\sigma(\psi\theta)\big).$$

At $(0, 0)$ the Jacobian of $v$ is $\tfrac12 \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}$: the
turn once more.  So simultaneous steps multiply by $\sqrt{1 + \eta^2/4}$.

What would help is friction for $\psi$.  The penalty **R1** adds $\frac{\gamma}{2} |\nabla s|^2$ at
the data to the discriminator's loss.  Here the slope $\nabla s$ is $\psi$, and the matrix becomes
$\begin{pmatrix} 0 & 1/2 \\ -1/2 & -\gamma \end{pmatrix}$, whose eigenvalues have a negative real
part:

$$|1 + \eta\lambda| = \sqrt{1 - \eta\gamma + \eta^2/4} \quad \text{for } \gamma < 1.$$

WGAN-GP's penalty asks for another slope: it is $\frac{\gamma}{2} (|\nabla s| - 1)^2$ (the paper
writes $\lambda$ for $\gamma / 2$), and the slope in equilibrium is 0.  Its loss is another one,
too: $-s$ for real examples and $s$ for generated ones, without a sigmoid, and the generator makes
$-s$ small.  (A discriminator whose score is no logit is called a **critic**.)  So that we do not
blame the loss for what the penalty does, we look at this loss with R1 as well.
"""

# %%
RATE, GAMMA, STEPS = 0.1, 0.3, 500
DIRAC = {"minimax, no penalty": saddle.dirac_gan("minimax"),
         f"minimax, R1 of {GAMMA}": saddle.dirac_gan("minimax", "r1", GAMMA),
         "Wasserstein, slope 1": saddle.dirac_gan("wasserstein", "one-centred", GAMMA)}
friction = saddle.dirac_gan("wasserstein", "r1", GAMMA)
theta, psi = 0.7, -0.4
sigmoid = 1 / (1 + math.exp(-psi * theta))
claim("the velocity, at one place", DIRAC["minimax, no penalty"].velocity(np.array([theta, psi])),
      np.array([psi * sigmoid, -theta * sigmoid]))
claim("no penalty: spectral radius",
      saddle.spectral_radius(DIRAC["minimax, no penalty"], [0.0, 0.0], RATE),
      math.sqrt(1 + RATE ** 2 / 4))
claim("R1: spectral radius", saddle.spectral_radius(DIRAC[f"minimax, R1 of {GAMMA}"], [0.0, 0.0],
                                                    RATE),
      math.sqrt(1 - RATE * GAMMA + RATE ** 2 / 4))
claim("Wasserstein with R1: spectral radius", saddle.spectral_radius(friction, [0.0, 0.0], RATE),
      math.sqrt(1 - RATE * GAMMA + RATE ** 2))
field = viz.plane_grid((-2.3, 2.3), 12)
figure, axes = viz.panels(1, 3, size=(4.0, 3.8))
ends = {}
for (name, game), ax in zip(DIRAC.items(), axes):
    path = saddle.trajectory(game, [0.6, 0.6], STEPS, RATE)
    ends[name] = np.linalg.norm(path[-100:], axis=1)
    viz.phase_portrait(field, game.velocity(field), paths=path, speed=False, title=name, ax=ax,
                       xlabel=r"generator $\theta$", ylabel=r"discriminator $\psi$")
    say(f"{name:22} last 100 steps: {ends[name].min():.3g} to {ends[name].max():.3g} from (0, 0)")
save_figure(figure, "19_dirac")
start = math.hypot(0.6, 0.6)
claim("no penalty: further away than at the start", ends["minimax, no penalty"].min(), start,
      relation=">")
claim("R1: there", ends[f"minimax, R1 of {GAMMA}"].max(), 0.01, relation="<")
last = saddle.trajectory(friction, [0.6, 0.6], STEPS, RATE)[-1]
claim("Wasserstein with R1: there at last", np.linalg.norm(last), 0.01, relation="<")
around = np.linalg.norm(saddle.trajectory(
    DIRAC["Wasserstein, slope 1"], [[0.01, 0.0], [4.0, 0.0]], 4 * STEPS, RATE)[-100:], axis=2)
for name, distance in zip(("0.01", "4"), around.T):
    claim(f"the penalty of WGAN-GP, from a distance of {name}: nearest", distance.min(), 1.83,
          tolerance=0.01)
    claim("   and farthest", distance.max(), 1.99, tolerance=0.01)

# %% [markdown]
r"""
The first path winds outwards, the second comes to rest, and so does the Wasserstein loss with R1.
The third ends in a circle and stays there: between 1.83 and 1.99 from the middle, whether it began
at a distance of 0.01 or of 4.  All that with two weights, where nothing can be blamed on
the networks.

## Collapse, counted

Now 64-wide networks, and data that leave no room for opinions: PacGAN's **ring**, eight Gaussians
of standard deviation 0.01 on a circle of radius 1.  Draw 2,500 samples.  A sample is *of high
quality* within 3 standard deviations of a centre, a mode is *covered* by one such sample (Lin et
al. 2018, section 4.1).  A perfect generator does not reach 100 %: in the plane, a share of
$1 - e^{-9/2}$, 98.9 %, of a Gaussian is within 3 standard deviations.
"""

# %%
heading("Collapse, counted")
ring = data.ring()
claim("standard deviation", ring.scale, 0.01)
exact = models.coverage(ring, ring.centres, ring.scale, n=2500, rng=0)
say(f"exact sampler: {exact}")
claim("the share of high quality", exact.quality.value, 1 - math.exp(-9 / 2),
      exact.quality.standard_error)
claim("in %, rounded", round(100 * (1 - math.exp(-9 / 2)), 1), 98.9)

# %% [markdown]
r"""
Three runs, from the same seed, on the same batches of 256:

- **naive**: the game as it is written (*minimax*), Adam as it comes ($\beta_1 = 0.9$), and in a
  hurry: a rate of 0.01, and 500 turns (with more it wanders on, or the discriminator wins for
  good);
- **non-saturating**: the loss of lesson 18, $\beta_1 = 0.5$, a smaller rate;
- **recommended**: the same with R1, and both rates going to 0 over the second half, so that the
  players come to rest.

**Predict.**  The naive run: what will its loss curve look like, and what its samples?
"""

# %%
predict("The naive run: what will its loss curve look like, and what its samples?")
LOOKS, SEED = 20, 0
TURNS, LR = (600, 5e-3) if FAST else (1600, 3e-3)
RUNS = {
    "naive": ("minimax", 500, {"lr": 0.01, "betas": (0.9, 0.999)}),
    "non-saturating": ("non-saturating", TURNS, {"lr": LR, "betas": (0.5, 0.999)}),
    "recommended": ("non-saturating", TURNS, {"lr": LR, "betas": (0.5, 0.999), "horizon": TURNS,
                                              "penalty": models.R1(0.1)}),
}
gans, turns, looks, drawn = {}, {}, {}, {}
for name, (loss, length, settings) in RUNS.items():
    gan = gans[name] = models.gan_dense(2, 2, (64, 64), loss=loss, rng=SEED)
    turns[name], looks[name], drawn[name] = [], [], []
    rng = np.random.default_rng(SEED)
    batches = (ring.sample(256, rng=rng) for _ in range(length))
    for t, turn in enumerate(gan.game(**settings).play(batches, rng=rng), start=1):
        turns[name].append(turn)
        if t % (length // LOOKS) == 0:
            x = gan.sample(2500, rng=SEED)
            looks[name].append(models.coverage(x, ring.centres, ring.scale, rng=None))
            drawn[name].append(x[:400])


def turn_of(name, look):
    """After how many turns the generator was looked at."""
    return RUNS[name][1] // LOOKS * (look + 1)


shown = (3, 6, 9, 12, 16, 19)
figure, axes = viz.panels(3, len(shown), size=(1.75, 1.85))
for row, name in enumerate(RUNS):
    for column, look in enumerate(shown):
        ax = axes[row * len(shown) + column]
        ax.scatter(*ring.centres.T, s=60, facecolor="none", edgecolor=GREY, linewidth=0.8)
        ax.scatter(*drawn[name][look].T, s=3, color=(RED, ORANGE, BLUE)[row], alpha=0.5,
                   linewidths=0)
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal", xticks=[], yticks=[])
        ax.set_title(f"turn {turn_of(name, look):,}: {looks[name][look].modes} of 8", fontsize=8.5,
                     color=MUTED, pad=3)
        ax.spines[:].set_color(HAIRLINE)
    axes[row * len(shown)].set_ylabel(name, fontsize=10, color=INK)
figure.suptitle("400 samples of each GAN while it trains.  Circles: the modes, and how many of "
                "them are covered", fontsize=11, color=INK, x=0.01, ha="left")
save_figure(figure, "19_strip")

# %% [markdown]
r"""
The naive generator gathers its samples in one part of the plane, and at the next look in another.
That is what the game invites: against a discriminator that stands still, the best answer of a
generator is to put *everything* where $D$ is largest.  The discriminator then learns that this
place is fake, and all move on.  (Max-min in the place of min-max: lesson 18.)

And its loss?
"""

# %%
verdicts = {}
for name in RUNS:
    verdicts[name] = models.diagnose(turns[name], looks[name])
    last = looks[name][-1]
    say(f"{name}, last look: {last.modes} of 8 modes, {100 * last.quality.value:.1f} % of high "
        f"quality, KL to equal shares {last.kl:.2f} nats")
    say(f"  verdict: {verdicts[name].verdict}")
    for sentence in verdicts[name].evidence:
        say(textwrap.fill(sentence, 96, initial_indent="    - ", subsequent_indent="      "))
say(f"exact sampler: {exact.modes} of 8 modes, {100 * exact.quality.value:.1f} % of high quality")

middle = {name: np.median([turn.discriminator_loss for turn in turns[name][len(turns[name]) // 2:]])
          for name in RUNS}
claim("naive: the discriminator's loss in the second half, and log 4", middle["naive"],
      math.log(4), tolerance=0.2)
claim("  recommended: the same", middle["recommended"], math.log(4), tolerance=0.2)
claim("  which is what the solution of the game has", 2 * math.log(2), math.log(4))
end = {name: looks[name][-LOOKS // 4:] for name in RUNS}
covered = {name: np.median([look.modes for look in end[name]]) for name in RUNS}
claim("naive: modes covered at the end", covered["naive"], 2, relation="<=")
claim("  and by the non-saturating run", covered["naive"],
      covered["non-saturating"], relation="<")
claim("  the samples gather: KL to equal shares, nats",
      np.median([look.kl for look in end["naive"]]), 0.3, relation=">")
claim(f"  the verdict is {verdicts['naive'].verdict}, and not converged",
      verdicts["naive"].verdict != "converged")
claim("recommended: modes covered at the end", covered["recommended"], 8)
claim("  KL to equal shares, nats", looks["recommended"][-1].kl, 0.05, relation="<")
claim("  it gains on non-saturating, in quality",
      looks["recommended"][-1].quality.value - looks["non-saturating"][-1].quality.value, 0,
      math.hypot(looks["recommended"][-1].quality.standard_error,
                 looks["non-saturating"][-1].quality.standard_error), relation=">")
claim("  and is far from perfect: below 98.9 %", looks["recommended"][-1].quality.value, 0.989,
      exact.quality.standard_error, relation="<")

# %%
figure, axes = viz.panels(1, 3, size=(3.9, 3.2))
for name, colour in zip(RUNS, (RED, ORANGE, BLUE)):
    losses = np.array([turn.discriminator_loss for turn in turns[name]])
    at = [turn_of(name, look) for look in range(LOOKS)]
    axes[0].plot(at, losses.reshape(LOOKS, -1).mean(axis=1), color=colour, label=name)
    axes[1].plot(at, [look.modes for look in looks[name]], color=colour)
    axes[2].plot(at, [100 * look.quality.value for look in looks[name]], color=colour)
for ax, level, title, label in (
        (axes[0], math.log(4), "The loss sees nothing", "discriminator's loss, nats"),
        (axes[1], 8, "Modes covered", "modes of 8"),
        (axes[2], 100 * (1 - math.exp(-9 / 2)), "High quality", "% of the samples")):
    ax.axhline(level, color=INK, linewidth=1, linestyle=":", zorder=0)
    ax.set(xlabel="turn", ylabel=label)
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].legend(frameon=False, fontsize=8.5)
axes[1].set_ylim(0, 8.5)
axes[0].text(1.01, math.log(4), "log 4", fontsize=8.5, color=MUTED, va="center",
             transform=axes[0].get_yaxis_transform())
axes[2].text(0, 95, "exact sampler, 98.9 %", fontsize=8.5, color=MUTED, va="top")
save_figure(figure, "19_counted")

# %% [markdown]
r"""
The loss of the naive run comes near $\log 4$, the very value that the solution of the game has, and
so does that of the recommended one: nobody could tell by it which of the two covers all modes, and
which next to none.  Only counting shows what happened.  The recommended run covers all modes, but
the verdict *converged* asks for 80 % of high quality in the last looks together, and that takes
more turns (below: 82 % after 20,000).  (If a verdict is another one where you are: while two
players turn, rounding errors grow, and what the last turns look like depends on your processor.)

This is one seed of one set of settings, so it shows that such a thing *can* happen.  What a method
is good for is another question: below.

## A penalty on a slope

What R1 and WGAN-GP add to the discriminator's loss contains a derivative by the *example*:

$$R = \big(\|\nabla_x f(x)\| - 1\big)^2.$$

Training differentiates it by the *weights*: a gradient of a gradient.  Take a critic with one
weight, $f(x) = a \tanh(wx)$, and write $t = \tanh(wx)$.  Its slope is $s = a w (1 - t^2)$, and

$$\frac{\partial R}{\partial w} = 2\,(|s| - 1) \operatorname{sign}(s)\;
\frac{\partial s}{\partial w}, \qquad
\frac{\partial s}{\partial w} = a\,(1 - t^2)\,(1 - 2 w x t).$$
"""

# %%
heading("A penalty on a slope")
a, w, x = 0.8, 0.7, 1.3
t = math.tanh(w * x)
s = a * w * (1 - t ** 2)


def slope_at_x(w):
    """d f / d x of f = a tanh(w x): the engine's gradient, and again a function of w."""
    return sg.grad(lambda x: a * ops.tanh(w * x))(x)


claim("slope: by hand, by the engine", slope_at_x(w), s)
claim("dR/dw: a gradient of a gradient, and by hand",
      sg.grad(lambda w: ops.square(ops.abs(slope_at_x(w)) - 1))(w),
      2 * (s - 1) * a * (1 - t ** 2) * (1 - 2 * w * x * t))

# %% [markdown]
r"""
An engine can do that if its gradients are made of the same operations as everything else, and so
can be differentiated themselves.  For networks:
"""

# %%
show(models.gradient_penalty)
say("")
rng = np.random.default_rng(0)
real, fake = rng.normal(size=(5, 2)), rng.normal(size=(5, 2))
critic = nn.mlp(2, 8, 1, activation="tanh", rng=1).astype("float64")


def score(x):
    return critic(x)[:, 0]


def loss(penalty):
    """What a Wasserstein critic makes small: E[f(fake)] - E[f(real)], and the penalty."""
    return ops.mean(score(fake) - score(real)) + ops.mean(penalty(score, real, fake))


def by_engine(penalty):
    """The gradient of that loss by each weight of the critic, in one row."""
    critic.zero_grad()
    loss(penalty).backward()
    return np.concatenate([np.zeros(p.data.size) if p.grad is None else p.grad.ravel()
                           for p in critic.parameters()])


def by_differences(penalty, h=1e-5):
    """The same by moving each weight a little to and fro."""
    found = []
    for p in critic.parameters():
        before = p.data.copy()
        for i in range(before.size):
            ends = []
            for sign in (1, -1):
                p.data = before + sign * h * (np.arange(before.size) == i).reshape(before.shape)
                ends.append(loss(penalty).item())
            found.append((ends[0] - ends[1]) / (2 * h))
        p.data = before
    return np.array(found)


def right(f, x, y):
    return models.gradient_penalty(f, x, y, rng=2)


claim("the loss with a penalty, by all weights: engine, differences", by_engine(right),
      by_differences(right), tolerance=1e-8)

# %% [markdown]
r"""
## Break it: a penalty without effect, and two with the wrong one

### 1. A slope that is only a number

The penalty is computed in a helper that works on plain arrays, or the slope is detached on the way.
The value is right, it is printed, it is added to the loss.

**Predict.**  Would you see it in the log?
"""

# %%
heading("Break it: a penalty without effect, and two with the wrong one")
predict("The slope is computed as a plain array, so the penalty's value is right and no gradient "
        "flows through it.  Would you see it in the log?")


def between(x, y):
    """The points between real and generated examples that gradient_penalty draws with rng=2."""
    t = np.random.default_rng(2).random((len(x), 1))
    return x + t * (y - x)


def slopes(f, u):
    return sg.grad(lambda u: ops.sum(f(u)))(u)


def constant(f, x, y):
    """(|slope| - 1)^2 from arrays: a number that has forgotten where it came from."""
    return (np.linalg.norm(slopes(f, between(x, y)), axis=1) - 1) ** 2


def none(f, x, y):
    return np.zeros(len(x))


claim("1. its value: right for every example", constant(score, real, fake),
      right(score, real, fake).numpy())
claim("   the weights move as if there were no penalty", by_engine(constant), by_engine(none))
claim("   differences say otherwise, by up to",
      abs(by_differences(constant) - by_engine(constant)).max(), 0.01, relation=">")
claim("   and agree with the right one", by_differences(constant), by_engine(right),
      tolerance=1e-8)

# %% [markdown]
r"""
In the log there is a penalty, and the run is, weight for weight, the run without one.  A gradient
held against finite differences shows it at once.

### 2. One norm a number, 3. one norm for all

The norm must be one of each *example*.  Published code has taken it along the wrong axis: of each
number by itself, $(|\partial f/\partial x_i| - 1)^2$, or of the whole batch at once.  Their
gradients pass the check above, for they are the right gradients of the wrong penalty.  Here the
check is a critic whose slope is known: $f(x) = w^\top x$ with $\|w\| = 1$ must cost nothing.
"""


# %%
def each_number(f, x, y):
    return ops.mean(ops.square(ops.abs(slopes(f, sg.Tensor(between(x, y)))) - 1), axis=1)


def whole_batch(f, x, y):
    return ops.square(ops.norm(slopes(f, sg.Tensor(between(x, y)))) - 1) * np.ones(len(x))


for name, penalty in (("each number", each_number), ("whole batch", whole_batch)):
    claim(f"{name}: gradient and differences agree", by_engine(penalty),
          by_differences(penalty), tolerance=1e-8)

rng = np.random.default_rng(3)
pixels = rng.normal(size=(2, 16, 64))
direction = rng.choice([-1.0, 1.0], 64) / 8             # of length 1


def known(scale):
    """A critic of 64 pixels whose slope is `scale` everywhere."""
    return lambda x: ops.matmul(x, scale * direction)


PENALTIES = {"right": right, "each number": each_number, "whole batch": whole_batch}
say(f"{'a critic of slope':20}" + "".join(f"{name:>14}" for name in PENALTIES))
costs = {}
for scale in (0.25, 1.0, 8.0):
    costs[scale] = [float(np.mean(penalty(known(scale), *pixels).numpy()))
                    for penalty in PENALTIES.values()]
    say(f"{scale:<20g}" + "".join(f"{cost:14.3f}" for cost in costs[scale]))
claim("slope 1 costs nothing", costs[1][0], 0)
claim("2. each number: it costs", costs[1][1], (1 / 8 - 1) ** 2)
claim("   and slope 8 is free", costs[8][1], 0)
claim("3. whole batch: slope 1 costs", costs[1][2], 9)
claim("   and slope 1/4 is free", costs[0.25][2], 0)

# %% [markdown]
r"""
The second is content with a slope of $\sqrt{64} = 8$ for 64 pixels, the third with $1/\sqrt{16}$
for a batch of 16, and both with another one as soon as the image or the batch has another size.

## Spectral normalisation: what is bounded

Another way to keep a discriminator from growing steep is to divide each weight matrix by its
largest singular value $\sigma(W) = \max_h |Wh|/|h|$ (Miyato et al. 2018).  Then no layer can make a
difference longer, nor can LeakyReLU, so for the score $|s(x) - s(x')| \le |x - x'|$: it is
**1-Lipschitz**.  The library keeps a vector $u$ that follows the largest singular direction while
the weights move:
"""

# %%
heading("Spectral normalisation: what is bounded")
show(nn.SpectralNorm.forward)
say("")
show(nn.SpectralNorm._power_step)
say("")
layer = nn.SpectralNorm(nn.Linear(20, 30, bias=False, rng=1), rng=2).astype("float64")
h = np.random.default_rng(4).normal(size=(300, 20))
for _ in range(300):
    layer(h)                                # each use in training moves u by one step
u_, singular, v_ = np.linalg.svd(layer.layer.weight.data)
claim("sigma by power iteration, and by svd", layer.sigma().item(), singular[0], tolerance=1e-8)
ratios = np.linalg.norm(layer(h).numpy(), axis=1) / np.linalg.norm(h, axis=1)
claim("300 random inputs: none becomes longer", ratios.max(), 1, relation="<")
claim("the worst input keeps its length", np.linalg.norm(layer(u_[:, :1].T).numpy()), 1,
      tolerance=1e-8)

bounded = models.gan_dense(2, 2, (64, 64), spectral=True, rng=5).discriminator
plane = viz.plane_grid((-2, 2), 40).astype(np.float32)
for _ in range(200):
    bounded(plane[:2])


def steepest(f):
    return float(np.linalg.norm(sg.grad(lambda x: ops.sum(f(x)))(plane), axis=1).max())


claim("a discriminator of three such layers: steepest slope", steepest(bounded), 1, relation="<")
steep = {name: steepest(gan.score) for name, gan in gans.items()}
for name, slope in steep.items():
    say(f"steepest slope of the score of the run {name!r}: {slope:.1f}")
claim("and R1 holds its slope, too: below that of the run without", steep["recommended"],
      steep["non-saturating"], relation="<")

# %% [markdown]
r"""
**Predict.**  A convolution is a linear map, too, and its kernel is divided by its $\sigma$ in the
same way.  Can it make an image longer?
"""

# %%
predict("A convolution's kernel, as a matrix, is divided by its largest singular value.  Can the "
        "convolution still make an image longer?")
conv = nn.SpectralNorm(nn.Conv2d(1, 1, 3, padding=1, bias=False, rng=0),
                       rng=0).astype("float64")
conv.layer.weight.data = np.ones((3, 3, 1, 1))              # the sum of each patch
image = np.ones((1, 8, 8, 1))
conv(image)
claim("kernel of nine ones: sigma of it as a 9 x 1 matrix", conv.sigma().item(), 3)
operator = sg.jacobian(conv)(image).reshape(64, 64)
norm = np.linalg.svd(operator)[1][0]
claim("the convolution, divided by that: its own largest singular value", norm,
      (1 + 2 * math.cos(math.pi / 9)) ** 2 / 3)
claim("an image of ones becomes longer",
      np.linalg.norm(conv(image).numpy()) / np.linalg.norm(image), 2.5, relation=">")
claim("the most that a 3 x 3 kernel could do", norm, math.sqrt(9), relation="<")

# %% [markdown]
r"""
It can.  $\sigma$ bounds what the kernel makes of one *patch*, and each pixel is part of nine
patches.  (To add to each pixel of a row of 8 its two neighbours is a matrix with the largest
eigenvalue $1 + 2\cos(\pi/9)$; the same along the columns, and we divided by 3.)  A convolutional
discriminator with spectral normalisation is kept in check, but it need not be 1-Lipschitz.

## Packing: show it two at a time

A collapsed generator's samples look real, each of them.  It is the second look that gives it away:
two in a row are the same.  **Packing** gives the discriminator $m$ examples at once (Lin et al.
2018).  How much more can it see?  By how much more often can a judge say *real* of what is real
than of what is generated?  At most by the **total variation**

$$\mathrm{TV}(p, q) = \tfrac12 \sum_x |p(x) - q(x)|,$$

and with packs the sum runs over all $m$-tuples, with $p(x_1) \cdots p(x_m)$.  Take ten outcomes,
equally likely in the data, and two generators (the paper's example, in ten steps):

- **collapsed**: two of the ten never come, the other eight are equally likely;
- **uneven**: all ten come, five with probability 0.06 and five with 0.14.

**Predict.**  One at a time, which of the two is easier to tell from the data?  And two at a time?
"""

# %%
heading("Packing: show it two at a time")
predict("Ten equal outcomes.  Generator A never shows two of them; B shows five with probability "
        "0.06 and five with 0.14.  Which is easier to tell from the data, one at a time?  Two?")
show(models.Packed.forward)
say("")
target = np.full(10, 0.1)
collapsed = np.repeat([0.0, 0.125], [2, 8])
uneven = np.repeat([0.06, 0.14], 5)


def total_variation(p, q, m):
    """Of packs of m, by counting all tuples."""
    pairs = product(zip(p.tolist(), q.tolist()), repeat=m)
    return sum(abs(math.prod(a for a, _ in pack) - math.prod(b for _, b in pack))
               for pack in pairs) / 2


M = 4
seen = {name: [total_variation(target, q, m) for m in range(1, M + 1)]
        for name, q in (("collapsed", collapsed), ("uneven", uneven))}
say(f"{'examples at once':18}" + "".join(f"{m:>8}" for m in range(1, M + 1)))
for name, values in seen.items():
    say(f"{name:18}" + "".join(f"{value:8.3f}" for value in values))
claim("one at a time: both differ from the data by", seen["collapsed"][0], seen["uneven"][0])
claim("  which is", seen["uneven"][0], 0.2)
claim("two at a time: collapsed", seen["collapsed"][1], 0.36)
claim("two at a time: uneven", seen["uneven"][1], 0.24)
for m, value in enumerate(seen["collapsed"], start=1):
    claim(f"collapsed, {m} at once: 1 - 0.8^m", value, 1 - 0.8 ** m)

figure, axes = viz.panels(1, 2, size=(4.8, 3.2))
axes[0].bar(np.arange(10) - 0.2, collapsed, 0.4, color=RED, label="collapsed")
axes[0].bar(np.arange(10) + 0.2, uneven, 0.4, color=BLUE, label="uneven")
axes[0].axhline(0.1, color=INK, linewidth=1, linestyle=":", label="data")
axes[0].set(xlabel="outcome", ylabel="probability", ylim=(0, 0.2), xticks=range(10))
axes[0].set_title("Two generators, equally far from the data", loc="left", fontsize=11, color=INK)
for (name, values), colour in zip(seen.items(), (RED, BLUE)):
    axes[1].plot(range(1, M + 1), values, "o-", color=colour, label=name)
axes[1].set(xlabel="examples at once", ylabel="total variation", ylim=(0, 0.7),
            xticks=range(1, M + 1))
axes[1].set_title("Packs see collapse first", loc="left", fontsize=11, color=INK)
for ax in axes:
    ax.legend(frameon=False, fontsize=8.5)
    ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "19_packing")

# %% [markdown]
r"""
One at a time they are equally bad.  In packs, the collapsed one is worse, so a generator that is
made to confuse such a discriminator has more to gain from leaving collapse behind.

## Five seeds

One seed supports no claim about a method: train once more from another seed, and the order may be
another.  The committed experiment (`benchmarks/modes.py`) trains seven methods for 20,000 turns on
the ring and on a grid of 25 modes, from five seeds each, all recorded.

When may we say that one method beats another?  Suppose the method made no difference.  Then which
five of the ten seeds are called A is arbitrary, and each of the 252 ways to deal them in two groups
is as likely as the one we saw.  So count the ways in which the means differ by as much.  That is
the **permutation test** (Fisher 1935), exact, and without any bell curve.

**Predict.**  If all five seeds of A beat all five of B: how small can that share be?
"""

# %%
heading("Five seeds")
predict("Ten seeds, five of each method, and all of A beat all of B.  In which share of the ways "
        "to deal ten seeds in two groups of five are the means as far apart?")


def permutation_p(a, b):
    """The share of ways to deal the numbers in which the means are as far apart as here."""
    both, n = np.concatenate([a, b]), len(a)
    first = np.array([both[list(chosen)].sum() for chosen in combinations(range(len(both)), n)])
    gaps = abs(first / n - (both.sum() - first) / (len(both) - n))
    return (gaps >= abs(np.mean(a) - np.mean(b)) - 1e-9).mean()


claim("ways to deal", math.comb(10, 5), 252)
claim("all of A beat all of B", permutation_p(np.arange(5.0) + 5, np.arange(5.0)), 2 / 252)

# %%
committed = pathlib.Path(sg.__file__).parents[1] / "benchmarks/results/modes.json"
report = json.loads(committed.read_text(encoding="utf-8")) if committed.exists() else None
repeated = committed.with_name("modes-again.json")          # with other kernels
again = json.loads(repeated.read_text(encoding="utf-8"))["results"]["ring"] if repeated.exists() \
    else None
if report is None:
    say("The results are not here (benchmarks/results/modes.json): `python -m benchmarks.modes` "
        "makes them\nin an hour, in a checkout of the repository.")


def column(results, key):
    """{method: the numbers of its seeds}."""
    return {name: np.array([seed[key] for seed in seeds], dtype=float)
            for name, seeds in results.items()}


def with_error(values):
    return f"{values.mean():5.1f} +- {values.std(ddof=1) / math.sqrt(len(values)):4.1f}"


for target, results in report["results"].items() if report else ():
    modes = column(results, "modes")
    quality = {name: 100 * values for name, values in column(results, "quality").items()}
    usual = "non-saturating"
    say(f"{target:17} {'modes':>13} {'p':>7}  {'high quality, %':>15} {'p':>7}    "
        f"p: against {usual}")
    for name in results:
        chance = [f"{permutation_p(values[name], values[usual]):7.3f}"
                  if name not in (usual, "exact sampler") else " " * 7
                  for values in (modes, quality)]
        say(f"  {name:15} {with_error(modes[name])} {chance[0]}    {with_error(quality[name])} "
            f"{chance[1]}".rstrip())
    for name, said in report["paper"][target].items():
        say(f"  paper, {name}: {said} (another network, 400,000 turns: not comparable)")
    say("")

# %%
if report:
    figure, axes = viz.panels(2, 2, size=(4.8, 3.0))
    for row, (target, results) in enumerate(report["results"].items()):
        for ax, key, scale, label in zip(axes[2 * row:], ("modes", "quality"), (1, 100),
                                         ("modes covered", "samples of high quality, %")):
            methods = [name for name in results if name != "exact sampler"]
            for place, name in enumerate(methods):
                values = scale * np.array([seed[key] for seed in results[name]])
                ax.hlines(place, values.min(), values.max(), color=HAIRLINE, linewidth=5)
                ax.scatter(values, place + np.linspace(-0.22, 0.22, len(values)), s=18,
                           color=BLUE, linewidths=0, alpha=0.8, zorder=3)
                ax.plot(values.mean(), place, "|", color=INK, markersize=14, zorder=4)
            perfect = scale * np.mean([seed[key] for seed in results["exact sampler"]])
            ax.axvline(perfect, color=INK, linewidth=1, linestyle=":")
            ax.set(yticks=range(len(methods)), xlabel=label,
                   xlim=(-0.03 * perfect, 1.06 * perfect))
            ax.set_yticklabels(methods if key == "modes" else [])
            ax.invert_yaxis()
            ax.set_title(f"{target}: {len(values)} seeds, their mean, and an exact sampler"
                         if key == "modes" else "", loc="left", fontsize=11, color=INK)
            ax.spines[["top", "right"]].set_visible(False)
    save_figure(figure, "19_five_seeds")

# %% [markdown]
r"""
What do they say?  On the ring:

- **Coming to rest** shows in every seed.  R1 with rates that go to 0 puts 82 % of its samples on
  the modes, and each of its seeds beats each seed of each other method.
- **Modes**: R1 and packing cover all eight from every seed, non-saturating training misses two from
  one seed of five.  Its mean is lower, 7.6, and $p = 1$: in *every* way to deal the ten seeds that
  one falls into one of the groups.  Five seeds do not support that either method covers more.
- **The naive loss alone is not what failed above.**  With $\beta_1 = 0.5$, a tenth of the rate and
  forty times the turns, the same minimax game covers 7.4 modes on the average.  A run is its
  settings, too.
- **Packing seems to have a price**: 27 % of high quality, where non-saturating training has 45 %;
  each seed is below each.  So it is with WGAN-GP, whose generator moves in one turn of five.
- **Nobody is done**: an exact sampler has 98.9 %.

On the grid there are more modes to miss, and there **packing** shows what it is for: 23.6 of the 25
modes on the average, where non-saturating training alone covers 18.2, with $p < 0.05$.  **R1** and
**spectral normalisation** cover 24.6 and 24.8, more in each of their seeds than training without
them in any; but on the ring one of the five seeds of spectral normalisation covers no mode at all.
And coming to rest, which shows in every seed on the ring, does not show on the grid: 48 % of high
quality against 43 %, and $p > 0.5$.  What helps on one data set need not help on the next.

And we have looked at 24 comparisons.  If no method made a difference, about one of them might still
have $p < 0.05$; so trust those at 2/252, where every seed agrees, more than those that just pass.
And even of those, 24 times 2/252, one may turn up in one lesson of five.  That can be looked into.
While two players turn, rounding errors grow, so the same seeds are other games where numbers are
added in another order, as they were after a change of the library's kernels.  Five of the methods
were measured once more on the ring.  **Coming to rest** shows again: 83 %, and each of its seeds
beats all others.  **The price of packing** does not: 41 % against 53 %, and $p > 0.3$.  **WGAN-GP**
is behind again, 26 %, but no longer in each seed, and $p = 0.06$.  This time the seeds of
non-saturating training lie between 26 % and 78 %.  They had lain between 40 % and 51 %, by luck so
near to one another that five others, all below, looked like a law.

The paper's figures stand beside ours to show that they are of the same kind, not to be compared:
the network is another one, and was trained twenty times as long.
"""

# %%
if report:
    claim("turns of each run", report["settings"]["turns"], 20_000)
    claim("seeds", len(report["settings"]["seeds"]), 5)
    on_ring = report["results"]["ring"]
    modes, quality = column(on_ring, "modes"), column(on_ring, "quality")
    rest, others = "R1, rates to 0", [name for name in report["methods"] if "to 0" not in name]
    claim("comparisons: six methods, two measures, two data sets",
          len([name for name in report["methods"] if name != "non-saturating"]) * 2 * 2, 24)
    claim("coming to rest: quality", quality[rest].mean(), 0.82, tolerance=0.005)
    claim("  its worst seed beats the best one of all others", quality[rest].min(),
          max(quality[name].max() for name in others), relation=">")
    claim("R1 and packing: all modes, in the worst seed",
          min(modes["R1"].min(), modes["packing of 2"].min()), 8)
    claim("non-saturating: modes", modes["non-saturating"].mean(), 7.6)
    claim("  in the seeds", np.sort(modes["non-saturating"]), np.array([6.0, 8, 8, 8, 8]))
    claim("  p, against R1", permutation_p(modes["non-saturating"], modes["R1"]), 1)
    claim("minimax: modes", modes["minimax"].mean(), 7.4)
    claim("a tenth of the naive rate", report["settings"]["lr"], RUNS["naive"][2]["lr"] / 10)
    claim("forty times the turns", report["settings"]["turns"] / RUNS["naive"][1], 40)
    for name in ("packing of 2", "WGAN-GP"):
        claim(f"{name}: quality", quality[name].mean(), 0.27, tolerance=0.005)
        claim("  its best seed is below the worst one of non-saturating", quality[name].max(),
              quality["non-saturating"].min(), relation="<")
    claim("  whose mean is", quality["non-saturating"].mean(), 0.45, tolerance=0.005)
    claim("  WGAN-GP: five turns for one step of the generator",
          "critic_steps 5" in report["methods"]["WGAN-GP"])
    on_grid, grid_quality = (column(report["results"]["grid25"], key)
                             for key in ("modes", "quality"))
    claim("grid: modes, with packing", on_grid["packing of 2"].mean(), 23.6)
    claim("grid: modes, non-saturating", on_grid["non-saturating"].mean(), 18.2)
    claim("  p", permutation_p(on_grid["packing of 2"], on_grid["non-saturating"]), 0.05,
          relation="<")
    claim("grid: modes, with spectral normalisation", on_grid["spectral norm"].mean(), 24.8)
    claim("grid: modes, with R1", on_grid["R1"].mean(), 24.6)
    for name in ("spectral norm", "R1"):
        claim(f"  {name}: its worst seed, the best one without", on_grid[name].min(),
              on_grid["non-saturating"].max(), relation=">")
        claim("  p", permutation_p(on_grid[name], on_grid["non-saturating"]), 2 / 252)
    claim("ring: spectral normalisation, modes in the worst seed", modes["spectral norm"].min(), 0)
    claim("grid: coming to rest, quality", grid_quality[rest].mean(), 0.48, tolerance=0.005)
    claim("  R1 without", grid_quality["R1"].mean(), 0.43, tolerance=0.005)
    claim("  p", permutation_p(grid_quality[rest], grid_quality["R1"]), 0.5, relation=">")
    claim("24 comparisons, one as rare as 2/252: one lesson in", 252 / (2 * 24), 5, tolerance=0.1)
    claim("nobody is done", max(values.mean() for name, values in quality.items()
                                if name != "exact sampler"), 0.989, relation="<")
    claim("chance: comparisons of 24 with p < 0.05, at most about", 24 * 0.05, 1.2)
    claim("the paper's runs were longer", 400_000 / 20_000, 20)

if report and again:
    say("")
    say("the ring, measured again, high quality, %:")
    second = column(again, "quality")
    for name, values in second.items():
        say(f"  {name:15} {with_error(100 * values)}   from {100 * values.min():.0f} to "
            f"{100 * values.max():.0f}")
    usual, packed = second["non-saturating"], second["packing of 2"]
    claim("methods, and an exact sampler", len(second), 6)
    claim("coming to rest", second[rest].mean(), 0.83, tolerance=0.005)
    claim("  its worst seed, and the best one of all others", second[rest].min(),
          max(second[name].max() for name in others if name in second), relation=">")
    claim("packing", packed.mean(), 0.41, tolerance=0.005)
    claim("  non-saturating", usual.mean(), 0.53, tolerance=0.005)
    claim("  p", permutation_p(packed, usual), 0.3, relation=">")
    claim("WGAN-GP", second["WGAN-GP"].mean(), 0.26, tolerance=0.005)
    claim("  its best seed is not below the worst one of non-saturating", second["WGAN-GP"].max(),
          usual.min(), relation=">")
    claim("  p", permutation_p(second["WGAN-GP"], usual), 0.06, tolerance=0.005)
    claim("  non-saturating, the worst seed", usual.min(), 0.26, tolerance=0.005)
    claim("    and the best one", usual.max(), 0.78, tolerance=0.005)
    claim("  the first time: the worst seed", quality["non-saturating"].min(), 0.40,
          tolerance=0.005)
    claim("    and the best one", quality["non-saturating"].max(), 0.51, tolerance=0.005)

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 19 --check`.
"""

# %%
heading("Exercises")


def check_rate(answer):
    for weight in (0.1, 0.5, 1.0, 3.0):
        rate = answer(weight)
        for factor, relation in ((0.999, "<"), (1.001, ">")):
            radius = saddle.spectral_radius(saddle.bilinear, [0.0, 0.0], factor * rate,
                                            "consensus", weight=weight)
            claim(f"weight {weight}: {factor} of that rate, spectral radius", radius, 1,
                  relation=relation)


@exercise("Consensus steps on the game xy multiply distances by sqrt((1 - eta c)^2 + eta^2), c the "
          "weight.  Up to which rate eta do they arrive?  Return it for a weight c > 0.",
          check=check_rate,
          hint="set (1 - eta c)^2 + eta^2 = 1 and divide by eta")
def largest_rate(c):
    return None


# %%
def check_count(answer):
    grid = data.grid25()
    rng = np.random.default_rng(6)
    some = grid.centres[:7] + grid.scale * rng.normal(size=(40, 7, 2))
    for name, x, target in (("an exact sampler", ring.sample(2500, rng=rng), ring),
                            ("noise", rng.normal(size=(2500, 2)), ring),
                            ("7 modes of 25", some.reshape(-1, 2), grid),
                            ("one point", np.repeat(ring.centres[:1], 50, axis=0), ring)):
        modes, quality = answer(x, target.centres, target.scale)
        exact = models.coverage(x, target.centres, target.scale, rng=None)
        claim(f"{name}: modes", modes, exact.modes)
        claim(f"{name}: quality", quality, exact.quality.value)


@exercise("Count modes yourself: for samples x (n, 2), centres (K, 2) and the standard deviation "
          "sd of the modes return (modes covered, share of high quality).", check=check_count,
          hint="distances (n, K) by x[:, None] - centres; a sample belongs to the nearest centre, "
               "and counts if that is within 3 sd")
def count_modes(x, centres, sd):
    return None


# %%
def check_penalty(answer):
    rng = np.random.default_rng(7)
    for _ in range(3):
        w, x = rng.normal(size=(2, 4))

        def penalty(w):
            slope = sg.grad(lambda x: 0.5 * ops.sum(w * ops.square(x)))(x)
            return ops.square(ops.norm(slope) - 1)
        claim("gradient of the penalty, by the engine", np.asarray(answer(w, x)),
              sg.grad(penalty)(w))


@exercise("A critic f(x) = sum_i w_i x_i^2 / 2 of one example x (D,) with weights w (D,).  Return "
          "the gradient of (|grad_x f| - 1)^2 by w, by hand: (D,).", check=check_penalty,
          hint="grad_x f has the entries w_i x_i; let n be its norm, then dn/dw_i = w_i x_i^2 / n")
def penalty_gradient(w, x):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Why R1 makes a GAN converge nearby**, with networks and data of any kind, and why penalties of
  slope 1 do not: Mescheder, Geiger and Nowozin, *Which Training Methods for GANs do actually
  Converge?* (2018), sections 3 and 4.
- **Wasserstein distance**, from which the slope of 1 comes: Arjovsky, Chintala and Bottou (2017);
  Gulrajani et al., *Improved Training of Wasserstein GANs* (2017), section 4.
- **Two rates**, a faster discriminator, and **averaged weights** of the generator: Heusel et al.
  (2017); Yazıcı et al. (2019).
- **How much packing gains** in general: Lin et al., *PacGAN* (2018).  Other ways to look at several
  examples: Salimans et al., *Improved Techniques for Training GANs* (2016), section 3.2.
- **A bound for the operator of a convolution**, not of its kernel: Sedghi, Gupta and Long (2019).
- **Games**: Balduzzi et al., *The Mechanics of n-Player Differentiable Games* (2018); Gidel et al.
  (2019) on extragradient and averaging for GANs.
"""
