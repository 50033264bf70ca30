# %% [markdown]
r"""
# The generative adversarial network

**You will**

- write the game of two networks in a dozen lines, and see in games of two moves and of one number
  that the order of $\min$ and $\max$ matters;
- derive the best discriminator and what the game is then worth, and hold a trained one against
  both;
- see why the generator does not play the game as it is written, mix up which label means fake, and
  compare how much luck there is in training a VAE and a GAN.

**Prerequisites** The loss of a classifier (lesson 04); $\mathrm{KL}$ (lesson 10); the VAE
(lesson 12), for comparison.  **Takes** about 10 seconds on a CPU.

Every generative model so far was trained by its density, or by a bound on it.  A **generative
adversarial network** (Goodfellow et al. 2014) has none.  It draws noise $z$ and makes an example
$G(z)$ of it, and that is all it can do.  We cannot ask how likely the data are; we can only look at
what it makes and say whether it looks right.  So let a second network look: the **discriminator**
$D(x)$ is the probability, in its opinion, that $x$ is **real**, not generated.  One player makes,
one judges, and both learn.

**Predict.**  Suppose the generator has become perfect.  What does the best discriminator say of an
example then, and is the game over because the discriminator has won, or because it has lost?
"""

# %%
import inspect
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, optim, viz
from scratchgen.distributions import Independent, Mixture, Normal, kl
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show
from scratchgen.models import GAN, Labels, game_value, jensen_shannon, optimal_logit, saddle

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("The generative adversarial network")
predict("The generator has become perfect.  What does the best discriminator say of an example "
        "then?  Has it won, or lost?")


def line(loc, scale):
    """N(loc, scale^2), a density of vectors (1,)."""
    return Independent(Normal([loc], [scale]), 1)


def dress(ax, title, xlabel="", ylabel=""):
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set_xlabel(xlabel, fontsize=9.5, color=MUTED)
    ax.set_ylabel(ylabel, fontsize=9.5, color=MUTED)
    ax.tick_params(labelsize=8.5)
    ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
    ax.spines[["top", "right"]].set_visible(False)


# %% [markdown]
r"""
## Two players, one number

The discriminator is a classifier with the labels 1 for real and 0 for generated.  Minus its
cross-entropy, summed over both kinds, is called the **value** of the game:

$$V(D, G) = \mathbb{E}_{x \sim p_\text{data}}\big[\log D(x)\big]
+ \mathbb{E}_{z \sim p(z)}\big[\log\big(1 - D(G(z))\big)\big].$$

$D$ wants it large.  $G$ wants it small, for then its examples pass as real.  What one gains the
other loses, and the game is

$$\min_G\, \max_D\; V(D, G).$$

On many a slide it says $\max_D \min_G$.  Does it matter?  Take the smallest GAN there is.  The data
are a fair coin.  The generator may say "always heads" or "always tails".  The discriminator may be
0.9 sure that heads are real and tails are not, or the other way round.  If heads are trusted, then

$$V = \tfrac12 \log 0.9 + \tfrac12 \log 0.1 + \log(1 - D(G)), \qquad
1 - D(G) = 0.1 \text{ for heads, } 0.9 \text{ for tails.}$$

**Predict.**  Read "$\max_D \min_G$" aloud: who has to move first, and who moves when the other's
move is known?  Which of the two numbers is larger?
"""

# %%
heading("Two players, one number")
predict("A game with two moves each.  Which is larger: max over D of min over G, or min over G of "
        "max over D?")
real = (math.log(0.9) + math.log(0.1)) / 2                      # of the coin, whoever is trusted
V = real + np.log([[0.1, 0.9],                                  # heads are trusted: V of "heads",
                   [0.9, 0.1]])                                 # of "tails"; tails are trusted
max_min, min_max = saddle.pure_values(V)
show(saddle.pure_values)
say("")
say(f"{'nats':22} {'always heads':>14} {'always tails':>14}")
for name, row in zip(("heads are trusted", "tails are trusted"), V):
    say(f"{name:22} {row[0]:14.3f} {row[1]:14.3f}")
claim("max over D of min over G", max_min, real + math.log(0.1))
claim("min over G of max over D", min_max, real + math.log(0.9))
claim("who moves second does better", max_min, min_max, relation="<")

# %% [markdown]
r"""
Whoever moves second knows what the other did.  In $\max_D \min_G$ that is the generator, and it
says whatever $D$ trusts.  In $\min_G \max_D$ it is the discriminator, and it distrusts whatever $G$
says.  So always $\max_D \min_G V \le \min_G \max_D V$, and here it is strictly less: there is no
pair of moves with which both are content.

A generator that tosses a coin itself is another matter.  If both players may choose at random, both
orders give the same number (von Neumann 1928).  And that generator is the right one.
"""

# %%
mixed = saddle.mixed_values(V)
claim("with random moves: both orders", mixed[0], mixed[1])
halfway = real + (math.log(0.1) + math.log(0.9)) / 2
claim("which lies between the two", mixed[0], halfway)
coin = V.mean(axis=1)                                           # G says heads half of the time
claim("against a fair coin both moves of D are worth the same", coin, np.full(2, halfway))

# %% [markdown]
r"""
The same with densities.  The data are $N(0, 1)$ and the generator has one number, its scale $a$:
$G(z) = a z$.  Choose a discriminator and let it stand still, and draw $V$ as the generator moves: a
thin line below for each of several discriminators.

**Predict.**  Against a discriminator that stands still, which $a$ is best for the generator?
"""

# %%
predict("The data are N(0, 1), generated examples N(0, a^2), and D stands still.  Which scale a "
        "makes V smallest?")
ticks = np.linspace(0.1, 3, 30 if FAST else 59)
DATA, WIDE = line(0.0, 1.0), (-14, 14)


def best_against(model, truth):
    """The logit of the best discriminator: derived below."""
    return lambda x: optimal_logit(truth.log_prob(x), model.log_prob(x))


def value(score, a):
    return game_value(score, DATA, line(0.0, a), WIDE).value


answered = np.array([value(best_against(line(0.0, a), DATA), a) for a in ticks])
still = {b: np.array([value(best_against(line(0.0, b), DATA), a) for a in ticks])
         for b in (0.4, 0.7, 1.5, 2, 3)}
figure, (ax,) = viz.panels(size=(7.4, 4.0))
for b, values in still.items():
    ax.plot(ticks, values, color=GREY, linewidth=1, label="D stands still" if b == 2 else None)
    ax.plot(b, value(best_against(line(0.0, b), DATA), b), "o", color=GREY, markersize=5,
            label="where that D is the best one" if b == 2 else None)
ax.plot(ticks, answered, color=BLUE, linewidth=3, label="max over D: it has answered")
ax.plot(1, -math.log(4), "o", color=BLUE, markersize=9)
ax.annotate("$a = 1$: $-\\log 4$", (1, -math.log(4)), (0, 10), textcoords="offset points",
            ha="center", color=INK, fontsize=9.5)
dress(ax, "The value of the game, as the generator changes its scale", "scale $a$ of the generator",
      "$V$  (nats)")
ax.set(ylim=(-2.1, -0.5), xlim=(0, 3.05))
ax.legend(frameon=False, fontsize=9, loc="upper right")
save_figure(figure, "18_who_moves_second")
claim("D answers: the best scale is that of the data", ticks[answered.argmin()], 1, tolerance=1e-9)
claim("and the game is worth -log 4", answered.min(), -math.log(4))
for b in (1.5, 2, 3):
    claim(f"D stands still, the best one against {b:g}: best scale", ticks[still[b].argmin()],
          ticks[0])
for b in (0.4, 0.7):
    claim(f"and the best one against {b:g}", ticks[still[b].argmin()], ticks[-1])
claim("no D is above the best one, at any scale",
      bool((np.array(list(still.values())) <= answered + 1e-9).all()))
claim("D says 1/2 of everything: -log 4, at any scale",
      np.array([value(lambda x: np.zeros(len(x)), a) for a in ticks]),
      np.full(len(ticks), -math.log(4)), tolerance=1e-5)
claim("each of the others guarantees less", max(values.min() for values in still.values()),
      -math.log(4), relation="<")

# %% [markdown]
r"""
Against a fixed discriminator the generator does not become the data.  If its scale was too large
before, it puts everything on the one place that is trusted most, 0; if it was too small, it flees
outwards, where it hardly ever put anything, and $D$ takes all for real: each time as far as the
ticks go.  That is the $\min_G$ of $\max_D \min_G$.  And which $D$ guarantees most?  The one that
says $\tfrac12$ of everything: then $V$ is $-\log 4$ for *every* generator, and any other $D$ is
worth less than that already against $a = 1$, where $\tfrac12$ is the best answer.  So here, unlike
with the coin, both orders have the same value; but in one of them nothing tells the generator where
the data are.  A generator that is ahead of its discriminator is thought to be one cause of **mode
collapse** in real GANs, which then make only a few kinds of examples (lesson 19).  The thick line
is the upper edge of all the thin ones, and *its* lowest point is the data.

## The best discriminator

Fix $G$, and let $p_g$ be the density of its examples.  Both means are integrals over $x$:

$$V(D, G) = \int p_\text{data}(x) \log D(x) + p_g(x) \log(1 - D(x))\; dx.$$

$D$ may choose its answer at each $x$ by itself, so we may too.  With $a = p_\text{data}(x)$ and
$b = p_g(x)$, what is the largest value of $a \log y + b \log(1 - y)$?  The slope is
$a/y - b/(1 - y)$, which is 0 at one place, and the second derivative is negative:

$$y^* = \frac{a}{a + b}, \qquad
D^*(x) = \frac{p_\text{data}(x)}{p_\text{data}(x) + p_g(x)}.$$
"""

# %%
heading("The best discriminator")
for a, b in ((0.3, 0.9), (2.0, 0.5)):
    def at_one_place(y):
        return a * ops.log(y) + b * ops.log(1 - y)
    y = np.linspace(0.0005, 0.9995, 1000)
    claim(f"a = {a}, b = {b}: the best y on a grid", y[at_one_place(y).argmax()], a / (a + b),
          tolerance=1e-3)
    claim("   the slope there", sg.grad(at_one_place)(a / (a + b)), 0.0)
    claim("   curved down everywhere", float(max(sg.grad(lambda u: ops.sum(
        sg.grad(lambda v: ops.sum(at_one_place(v)))(u)))(y))), 0, relation="<")

# %% [markdown]
r"""
As a logit it is even simpler, $\log D^* - \log(1 - D^*) = \log p_\text{data} - \log p_g$: a
discriminator estimates a **ratio of densities**, without knowing either.  (It is Bayes' rule for
two classes that are equally frequent.)

And what does another $D$ lack?  At each $x$ it pays a cross-entropy where $D^*$ pays the entropy,
and the difference of these two is a KL (lesson 10) between two coins, one that shows *real* with
probability $D^*(x)$ and one with $D(x)$:

$$V(D^*, G) - V(D, G) = \int (p_\text{data} + p_g)\;
\mathrm{KL}\big(\text{Bernoulli}(D^*) \,\|\, \text{Bernoulli}(D)\big)\; dx.$$

The densities in front add up to 2, so it is twice the mean KL.
"""

# %%
show(optimal_logit)
say("")
REAL, FAKE, LINE = line(1.0, 0.7), line(-1.0, 1.3), (-9, 9)
logit = best_against(FAKE, REAL)
x = np.linspace(-5, 4, 181)[:, None]
p, q = (np.exp(density.log_prob(x)) for density in (REAL, FAKE))
claim("sigmoid of that logit is p / (p + q)", ops.sigmoid(logit(x)), p / (p + q))
judges = (("the best", logit), ("half as sure", lambda x: logit(x) / 2),
          ("twice as sure", lambda x: 2 * logit(x)), ("moved by 0.3", lambda x: logit(x - 0.3)),
          ("says 1/2 of all", lambda x: 0 * logit(x)))
say(f"{'discriminator':18} {'V, nats':>10} {'below the best by':>20}")
lacks = []
for name, score in judges:
    found = game_value(score, REAL, FAKE, LINE)
    lacks.append((found.best - found.value, 2 * found.kl))
    say(f"{name:18} {found.value:10.4f} {found.best - found.value:20.4f}")
claim("what each lacks is twice the mean KL of two coins", *np.transpose(lacks), tolerance=1e-7)

# %% [markdown]
r"""
A network does not know the densities; it sees draws.  We give it $p_g = N(-1, 1.3^2)$ and
$p_\text{data} = N(1, 0.7^2)$ and let it learn.  A second one is taught with **soft labels**, 0.9
for real and 0.2 for generated examples, as some recipes advise.  By the same derivation with $D$'s
cross-entropy for labels $r$ and $f$,

$$D^*(x) = \frac{r\, p_\text{data}(x) + f\, p_g(x)}{p_\text{data}(x) + p_g(x)}.$$

**Predict.**  What does the second one say where there are only generated examples?  And does it
still tell the two apart?
"""

# %%
predict("D is taught that real examples are 0.9 and generated ones 0.2.  What does it say where "
        "there are only generated examples?")


def judged(labels, turns):
    """The GAN after so many steps of the discriminator; the generator is FAKE and stays so."""
    rng = np.random.default_rng(0)
    generator = nn.Linear(1, 1, rng=rng)
    generator.weight.data[...], generator.bias.data[...] = 1.3, -1.0        # G(z) = 1.3 z - 1
    gan = GAN(generator, nn.mlp(1, 24, 24, 1, activation="tanh", rng=rng))
    game = gan.game(lr=5e-3, critic_steps=turns + 1, horizon=turns, labels=labels)
    for _ in range(turns):
        game.turn(REAL.sample(128, rng=rng).astype(np.float32), rng=rng)
    return gan


steps = 200 if FAST else 600
weight = (p + q) / (p + q).sum()                                # where examples are
figure, axes = viz.panels(1, 2, size=(5.4, 3.7))
for ax, labels, title in zip(axes, (Labels(), Labels(real=0.9, fake=0.2)),
                             ("Labels 1 and 0", "Labels 0.9 and 0.2")):
    r, f = labels.expected
    best = (r * p + f * q) / (p + q)
    gan = judged(labels, steps)
    found = gan.probability(x.astype(np.float32)).detach().numpy()
    ax.fill_between(x[:, 0], p, color=BLUE, alpha=0.25, linewidth=0, label="$p_{data}$")
    ax.fill_between(x[:, 0], q, color=ORANGE, alpha=0.3, linewidth=0, label="$p_g$")
    ax.plot(x, best, color=INK, linewidth=1.4, linestyle=(0, (4, 3)), label="$D^*$")
    ax.plot(x, found, color=RED, linewidth=2, label="$D$, trained")
    ax.set(ylim=(0, 1.03), xlim=(-5, 4))
    dress(ax, title, "$x$", "density; probability")
    claim(f"{title}: |D - D*|, on average", (weight * abs(found - best)).sum(), 0.04, relation="<")
    if labels.soft:
        hard = p / (p + q)
        claim("   and it is not the D* of hard labels", (weight * abs(found - hard)).sum(), 0.07,
              relation=">")
        claim("   where there are only generated examples it says", found[0], 0.2, tolerance=0.04)
        claim("   D* of soft labels is 0.2 + 0.7 D*", ops.sigmoid(optimal_logit(
            REAL.log_prob(x), FAKE.log_prob(x), real=r, fake=f)), 0.2 + 0.7 * hard)
    else:
        taught, found = gan, game_value(gan.score, REAL, FAKE, LINE)
        say(found)
        claim("   never above V(D*), and not much below, nats",
              0 <= found.best - found.value < 0.02)
axes[0].legend(frameon=False, fontsize=8.5, loc="upper left")
save_figure(figure, "18_the_best_discriminator")

# %% [markdown]
r"""
Where there are only generated examples it says 0.2, what it was taught.  And it still tells the two
apart: the new $D^*$ is $0.2 + 0.7$ times the old one, in the same order from place to place, with
less between the most and the least real.

At the right edge the trained ones go their own way.  Hardly an example is drawn there, and where
there are no examples nobody corrects a discriminator.

## What the game is worth

Put $D^*$ back into $V$, and compare each density with $m = (p_\text{data} + p_g)/2$:

$$\max_D V = \mathbb{E}_{p_\text{data}}\!\left[\log \frac{p_\text{data}}{2m}\right]
+ \mathbb{E}_{p_g}\!\left[\log \frac{p_g}{2m}\right]
= -\log 4 + \mathrm{KL}(p_\text{data} \,\|\, m) + \mathrm{KL}(p_g \,\|\, m).$$

The two KLs are twice the **Jensen-Shannon divergence**, which is 0 for equal densities, never
negative, and at most $\log 2$:

$$\max_D V(D, G) = -\log 4 + 2\, \mathrm{JSD}(p_\text{data}, p_g).$$

So the generator's best move is $p_g = p_\text{data}$, and the game is then worth $-\log 4$, that is
$-1.386$.  The answer to the first question: $D^*$ is $\tfrac12$ wherever there are data.  The
discriminator has lost, and has learned all there is to learn.
"""

# %%
heading("What the game is worth")
fine = np.linspace(*LINE, 20_001)[:, None]


def expected_log_ratio(density, other):
    """E_density[log density / m] with m halfway between both, by a sum over a fine grid."""
    log_p, log_q = density.log_prob(fine), other.log_prob(fine)
    return (np.exp(log_p) * (log_p - np.logaddexp(log_p, log_q) + math.log(2))).sum() \
        * (fine[1, 0] - fine[0, 0])


say(f"{'generator':16} {'V(D*), nats':>12} {'-log 4 + 2 JSD':>16}")
worth, by_jsd = {}, []
for loc, scale in ((1.0, 0.7), (1.0, 1.4), (0.5, 0.7), (-1.0, 1.3), (-4.0, 0.7)):
    model = line(loc, scale)
    worth[loc, scale] = game_value(best_against(model, REAL), REAL, model, LINE).value
    divergence = (expected_log_ratio(REAL, model) + expected_log_ratio(model, REAL)) / 2
    by_jsd.append(-math.log(4) + 2 * divergence)
    say(f"N({loc:g}, {scale:g}^2)".ljust(16) + f" {worth[loc, scale]:12.5f} {by_jsd[-1]:16.5f}")
claim("the same, for each of them", np.array(list(worth.values())), np.array(by_jsd),
      tolerance=1e-6)
claim("least where the generator is the data", min(worth, key=worth.get) == (1.0, 0.7))
claim("there: -log 4", worth[1.0, 0.7], -1.386, tolerance=3.6e-4)
claim("far away: nearly 0, as 2 log 2 = log 4", worth[-4.0, 0.7], 0, tolerance=0.01)

# %% [markdown]
r"""
## The game, played

Nobody can find $\max_D$ before every move of $G$.  In practice both take one gradient step in turn
(Goodfellow et al., algorithm 1).  With the two labels as arguments, here is all of it:
"""


# %%
def play(generator, discriminator, batches, adams, real=1.0, aim=1.0):
    """One turn for each (x, z): D learns that x is `real` and G(z) is not; G wants to be `aim`."""
    cross_entropy = ops.bce_with_logits             # (logit, target): -log D, or -log(1 - D)
    for x, z in batches:
        ones, y = np.ones((len(x), 1), x.dtype), generator(z)
        loss = ops.mean(cross_entropy(discriminator(x), real * ones)
                        + cross_entropy(discriminator(y.detach()), (1 - real) * ones))
        take_step(adams[0], loss)
        take_step(adams[1], ops.mean(cross_entropy(discriminator(y), aim * ones)))
        yield loss.item()


def take_step(adam, loss):
    adam.zero_grad()
    loss.backward()
    adam.step()


heading("The game, played")
claim("lines of the game", len(inspect.getsource(play).splitlines()), 10, relation="<=")

# %% [markdown]
r"""
Two details.  $D$ sees `y.detach()`: examples, not the network that made them, so its step leaves
$G$ alone.  And $G$ does not make $\log(1 - D)$ small but $-\log D$, the cross-entropy with the
label *real*: why, is the next section.  Is it what the library's `Game` does?  The same weights,
the same examples, the same noise:
"""


# %%
def networks(seed):
    rng = np.random.default_rng(seed)
    return (nn.mlp(1, 24, 24, 1, activation="tanh", rng=rng),
            nn.mlp(1, 24, 24, 1, activation="tanh", rng=rng))


def adams_of(generator, discriminator, lr):
    return [optim.Adam(net.parameters(), lr=lr, betas=(0.5, 0.999))
            for net in (discriminator, generator)]


mine, theirs = networks(1), GAN(*networks(1))
examples = [REAL.sample(64, rng=seed).astype(np.float32) for seed in range(10)]
noise = np.random.default_rng(2)
z_batches = [theirs.noise(64, rng=noise) for _ in examples]
before = [w.numpy().copy() for w in mine[0].parameters()]
for _ in play(*mine, zip(examples, z_batches), adams_of(*mine, 1e-3)):
    pass
for _ in theirs.game(lr=1e-3).play(examples, rng=2):
    pass


def apart(net, other):
    """The largest difference among all weights."""
    return max(abs(a.numpy() - b.numpy()).max()
               for a, b in zip(net.parameters(), other.parameters()))


claim("after 10 turns: generators, mine and the library's", apart(mine[0], theirs.generator), 0.0,
      tolerance=1e-5)
claim("and discriminators", apart(mine[1], theirs.discriminator), 0.0, tolerance=1e-5)
claim("and every weight of the generator has moved",
      min(abs(w.numpy() - b).max() for w, b in zip(mine[0].parameters(), before)), 1e-4,
      relation=">")

# %% [markdown]
r"""
Now a real one: the data have two humps, the noise is uniform on $(-1, 1)$, and both networks have
two hidden layers.  (Over the second half of the turns both learning rates go to 0, so that the
players come to rest: lesson 19.)  On a line we can compute the density of $G(z)$ as exactly as we
like, by sending a fine grid of $z$ through $G$; so we can watch $p_g$, $D$, and the $D^*$ of the
moment.
"""

# %%
HUMPS = Mixture(logits=np.log([0.6, 0.4]),
                components=Independent(Normal([[-1.5], [1.5]], [[0.5], [0.4]]), 1))
edges = np.linspace(-4, 4, 81)
middles = (edges[:-1] + edges[1:])[:, None] / 2
data_mass = np.exp(HUMPS.log_prob(middles)) * (edges[1] - edges[0])
grid_z = np.linspace(-1, 1, 4001)[:, None].astype(np.float32)


def mass(gan):
    """The probability of G(z) in each interval between two edges.   (80,)"""
    return np.histogram(gan.image(grid_z)[:, 0], edges)[0] / len(grid_z)


def divergence_of(a, b):
    """JSD of two vectors of probabilities, in nats."""
    def to_middle(p):
        return (p[p > 0] * np.log(2 * p[p > 0] / (a + b)[p > 0])).sum()
    return (to_middle(a) + to_middle(b)) / 2


turns = 400 if FAST else 1200
looks = [0, 20, turns // 10, turns // 4, turns]
rng = np.random.default_rng(1)
gan = GAN(nn.mlp(1, 32, 32, 1, activation="leaky_relu", rng=rng),
          nn.mlp(1, 32, 32, 1, activation="leaky_relu", rng=rng), prior="uniform")
rng = np.random.default_rng(3)
game = gan.game(lr=1e-2, generator_lr=2e-3, horizon=turns)
seen, record = {}, []
for turn in range(turns + 1):
    if turn in looks:
        seen[turn] = (mass(gan), gan.probability(middles.astype(np.float32)).detach().numpy(),
                      gan.image(grid_z[200:-200:200])[:, 0])
    if turn < turns:
        record.append(game.turn(HUMPS.sample(128, rng=rng).astype(np.float32), rng=rng).numbers())

figure, axes = viz.panels(2, len(looks), size=(2.7, 1.9))
axes[0].get_gridspec().set_height_ratios((2.2, 1))
say(f"{'turns':>6} {'JSD, nats':>10} {'mean of D on data':>18}")
for column, (turn, (model_mass, D, images)) in enumerate(seen.items()):
    top, below = axes[column], axes[len(looks) + column]
    top.fill_between(middles[:, 0], data_mass / 0.1, color=BLUE, alpha=0.25, linewidth=0,
                     label="$p_{data}$" if column == 0 else None)
    top.step(middles[:, 0], np.minimum(model_mass / 0.1, 3), color=ORANGE, where="mid",
             linewidth=1.6)
    with np.errstate(invalid="ignore"):
        best = np.where(data_mass + model_mass > 1e-4, data_mass / (data_mass + model_mass), np.nan)
    top.plot(middles, best, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    top.plot(middles, D, color=RED, linewidth=1.8)
    top.set(ylim=(0, 1.15), xlim=(-3.6, 3.6))
    dress(top, f"after {turn:,} turns")
    for start, end in zip(3.4 * grid_z[200:-200:200, 0], images):
        below.plot([start, end], [0, 1], color=MUTED, linewidth=0.7)
    below.set(xlim=(-3.6, 3.6), ylim=(0, 1))
    below.set_xticks([-3.4, 0, 3.4], ["-1", "0", "1"])          # of z; those of x are above
    below.set_yticks([0, 1], ["$z$", "$x$"])
    below.spines[["top", "right"]].set_visible(False)
    below.tick_params(labelsize=8.5)
    say(f"{turn:6,} {divergence_of(data_mass, model_mass):10.4f} {(data_mass * D).sum():18.3f}")
for colour, style, name in ((ORANGE, "-", "$p_g$"), (RED, "-", "$D$, trained"),
                            (INK, "--", "$D^*$ of the moment")):
    axes[0].plot([], [], style, color=colour, linewidth=2, label=name)
figure.legend(frameon=False, fontsize=9, loc="outside lower center", ncols=4)
axes[0].set_ylabel("density; probability", fontsize=9.5, color=MUTED)
save_figure(figure, "18_the_game_played")

first, last = (divergence_of(data_mass, seen[turn][0]) for turn in (0, turns))
end = {name: np.mean([row[name] for row in record[-100:]])
       for name in ("discriminator_loss", "real", "fake_before")}
claim("JSD at first, nats", first, 0.3, relation=">")
claim("JSD at last", last, first / 5, relation="<")
claim("D(x) on data, over the last 100 turns", end["real"], 0.5, tolerance=0.07)
claim("D(G(z))", end["fake_before"], 0.5, tolerance=0.07)
claim("the loss of D: log 4 at the end of the game", end["discriminator_loss"], math.log(4),
      tolerance=0.06)
claim("and before the first step", record[0]["discriminator_loss"], math.log(4), tolerance=0.06)

# %% [markdown]
r"""
The lower row shows where each $z$ goes.  The generator tears the interval of noise in the middle,
as well as a continuous function can, and lays one part on each hump.  Note what the numbers do
*not* say: $D$'s loss near $\log 4$ may mean that the generator is perfect, or that the
discriminator is blind.  Before the first step it says about $\tfrac12$ of everything, and has that
loss too.

## Saturating or not

The game says that $G$ makes $\mathbb{E}[\log(1 - D(G(z)))]$ small (the **minimax** loss).  We made
$\mathbb{E}[-\log D(G(z))]$ small instead (the **non-saturating** one).  With the logit $s$,
$D = \sigma(s)$, both go down as $s$ grows:

$$\log(1 - D) = -\log(1 + e^{s}), \quad \text{slope } -\sigma(s); \qquad
-\log D = \log(1 + e^{-s}), \quad \text{slope } -\sigma(-s).$$

**Predict.**  Early on the discriminator is sure of itself: $s = -10$ for what is generated.  How
large are the two slopes?
"""

# %%
heading("Saturating or not")
predict("The discriminator is sure: s = -10.  How large is the slope of log(1 - D) by s, and how "
        "large that of -log D?")
losses = {name: models.gan.LOSSES[name].generator for name in ("minimax", "non-saturating")}
slopes = {name: sg.grad(lambda s, f=f: ops.sum(f(s)))(np.array([-10.0, 10.0]))
          for name, f in losses.items()}
claim("log(1 - D) at s = -10: its slope", float(-slopes["minimax"][0]), 4.54e-5, tolerance=1e-7)
claim("-log D there", float(-slopes["non-saturating"][0]), 0.99995, tolerance=1e-5)
claim("how many times as steep: e^10, which is",
      float(slopes["non-saturating"][0] / slopes["minimax"][0]), math.exp(10), tolerance=1e-6)

# %% [markdown]
r"""
For each example both point in the *same* direction, with another length.  The minimax loss
listens to examples that already pass as real, the other one to those that do not.

What do the two go down along, when $D$ is the best one?  Differentiate at $D^*$, held still, by a
parameter of $G$ (the second: Arjovsky and Bottou 2017, theorem 2.5):

$$\mathbb{E}_{p_g}[\log(1 - D^*)] \ \to\ \nabla\, 2\,\mathrm{JSD}(p_\text{data}, p_g), \qquad
\mathbb{E}_{p_g}[-\log D^*] \ \to\ \nabla \big[\mathrm{KL}(p_g\,\|\,p_\text{data})
- 2\,\mathrm{JSD}(p_\text{data}, p_g)\big].$$

The first is what the first figure shows: the thick line has the slope of the thin one that touches
it, for where $D$ is the best one, its own change adds nothing.  The second follows, for
$-\log D^* = \log\frac{1 - D^*}{D^*} - \log(1 - D^*)$, and $(1 - D^*)/D^* = p_g/p_\text{data}$.

A JSD cannot be larger than $\log 2$, so far away it is flat, and there its slope is useless.  The
KL of two Gaussians of one width grows with the square of the distance.  We check both slopes with
data $N(0, 1)$ and a generator $G(z) = z + \mu$, for which $D^*$ has the logit $\mu^2/2 - \mu x$.
"""

# %%
nodes, weights = np.polynomial.hermite_e.hermegauss(120)        # means over a Gaussian, as sums
weights = weights / weights.sum()


def felt(name, mu):
    """The slope by mu of the generator's loss, against the best D, which stands still."""
    return sg.grad(lambda u: ops.sum(weights * losses[name](mu * mu / 2 - mu * (u + nodes))))(mu)


def jsd(mu):
    return jensen_shannon(DATA, line(mu, 1.0), WIDE)


def divergence_kl(mu):
    return kl(line(mu, 1.0), DATA).item()


h = 1e-3
for mu in (0.5, 2.0, 5.0):
    slope = (jsd(mu + h) - jsd(mu - h)) / (2 * h)
    slope_kl = (divergence_kl(mu + h) - divergence_kl(mu - h)) / (2 * h)
    say(f"mu = {mu:g}: minimax {felt('minimax', mu):.5f}, non-saturating "
        f"{felt('non-saturating', mu):.5f}")
    claim("minimax: the slope of 2 JSD", felt("minimax", mu), 2 * slope, tolerance=1e-4)
    claim("non-saturating: that of KL - 2 JSD", felt("non-saturating", mu), slope_kl - 2 * slope,
          tolerance=1e-4)

# %% [markdown]
r"""
Now the first steps of a generator that is far away, at $\mu = 6$, against the best discriminator,
which we put in place before every step.  Plain gradient descent first, and then Adam, which divides
each step by the size of recent gradients, and so hides the trouble as long as anything is left.
"""


# %%
class Shift(nn.Module):
    """G(z) = z + mu"""

    def __init__(self, mu):
        self.mu = nn.Parameter(np.array([mu]))

    def forward(self, z):
        return z + self.mu


def approach(loss, rule, turns=60):
    """Where the generator is, turn by turn."""
    judge = nn.Linear(1, 1, rng=0).astype("float64")
    gan = GAN(Shift(6.0), judge, loss, latent=1)
    optimiser, rng, path = rule(gan.generator.parameters()), np.random.default_rng(4), []
    for _ in range(turns):
        mu = gan.generator.mu.item()
        path.append(mu)
        judge.weight.data[...], judge.bias.data[...] = -mu, mu * mu / 2         # D* of now
        with judge.frozen():
            take_step(optimiser, ops.mean(gan.generator_loss(rng.standard_normal((256, 1)))))
    return np.array(path)


rules = {"gradient descent": lambda parameters: optim.SGD(parameters, lr=0.1),
         "Adam": lambda parameters: optim.Adam(parameters, lr=0.1)}
paths = {(name, rule): approach(name, rules[rule]) for rule in rules for name in losses}
figure, axes = viz.panels(1, 3, size=(4.0, 3.5))
colours = {"minimax": RED, "non-saturating": BLUE}
s, away = np.linspace(-10, 6, 161), np.linspace(0, 6, 31)
for name, f in losses.items():
    axes[0].plot(s, f(s), color=colours[name], linewidth=2, label=name)
    axes[1].plot(away, [felt(name, float(mu)) for mu in away], color=colours[name], linewidth=2)
    axes[2].plot(paths[name, "gradient descent"], color=colours[name], linewidth=2,
                 label="gradient descent" if name == "minimax" else None)
    axes[2].plot(paths[name, "Adam"], color=colours[name], linewidth=1.2, linestyle=(0, (4, 3)),
                 label="Adam" if name == "minimax" else None)
dress(axes[0], "What the generator pays", "logit $s$ of $D(G(z))$", "loss  (nats)")
dress(axes[1], "The slope that it feels, against $D^*$", "$\\mu$, the distance from the data",
      "slope by $\\mu$  (nats)")
dress(axes[2], "First steps from far away", "turn", "$\\mu$")
axes[0].legend(frameon=False, fontsize=8.5)
axes[2].legend(frameon=False, fontsize=8.5, loc="upper right", bbox_to_anchor=(1, 0.92))
save_figure(figure, "18_saturating_or_not")

moved = {key: 6 - path[10] for key, path in paths.items()}
for (name, rule), path in paths.items():
    say(f"{rule:18} {name:16} mu = {path[10]:.3f} after 10 steps, {path[-1]:.3f} at the end")
claim("minimax, 10 steps of descent: hardly moved", abs(moved["minimax", "gradient descent"]), 0.1,
      relation="<")
claim("non-saturating: half of the way at least", moved["non-saturating", "gradient descent"], 3,
      relation=">")
claim("minimax with Adam: it moves after all", moved["minimax", "Adam"],
      5 * abs(moved["minimax", "gradient descent"]), relation=">")

# %% [markdown]
r"""
The price: the non-saturating game is no game of one number any more.  What $G$ makes small is not
what $D$ makes large.  Its resting point is the same.

## How much luck is in it?

A VAE makes one number small.  Two GANs that began with other weights play another game each.  We
train both kinds from several seeds: the same sizes of layers, the same optimiser, the same number
of steps on the same kind of batches, on two moons in the plane.  And we measure both in the same
way, by the **maximum mean discrepancy** between samples and data with a Gaussian kernel.  It needs
no density, and between two distributions it is 0 if and only if they are the same (Gretton et al.
2012).

**Predict.**  Look at the spread of the results over seeds.  By which factor is it larger for the
GAN: about 1, 2, or more than 3?
"""

# %%
heading("How much luck is in it?")
predict("VAEs and GANs, each from its own seed, measured in the same way.  How many times as large "
        "is the standard deviation of the GANs' results: about 1, 2, or over 3?")
MOONS = data.Moons()
held_out = MOONS.sample(300, rng=np.random.default_rng(5))
seeds, steps, every = (4, 100, 25) if FAST else (5, 500, 50)


def discrepancy(samples):
    """MMD^2 to the data; it is unbiased, so it may be a little below 0."""
    return models.diagnosis.two_sample(samples, held_out, bandwidth=0.5, permutations=1,
                                       rng=0).mmd2


def trained_vae(seed):
    model = models.vae_dense(2, 2, (32, 32), likelihood="gaussian", rng=seed)
    adam = optim.Adam(model.parameters(), lr=2e-3, betas=(0.5, 0.999))
    return (model, lambda x, rng: take_step(adam, -ops.mean(model.elbo(x, rng=rng))),
            lambda: model.sample(300, rng=6, draw=True))


def trained_gan(seed):
    model = models.gan_dense(2, 2, (32, 32), rng=seed)
    game = model.game(lr=2e-3)
    return model, lambda x, rng: game.turn(x, rng=rng), lambda: model.sample(300, rng=6)


results, pictures = {}, {}
for kind, begin in (("VAE", trained_vae), ("GAN", trained_gan)):
    for seed in range(seeds):
        model, learn, sample = begin(seed)
        rng, curve = np.random.default_rng(seed), []
        for step in range(1, steps + 1):
            learn(MOONS.sample(64, rng=rng).astype(np.float32), rng)
            if step % every == 0:
                curve.append(discrepancy(sample()))
        results[kind, seed], pictures[kind, seed] = curve, np.asarray(sample())

last = {kind: np.array([results[kind, seed][-1] for seed in range(seeds)])
        for kind in ("VAE", "GAN")}
spread = {kind: values.std(ddof=1) for kind, values in last.items()}
for kind, values in last.items():
    say(f"{kind}: MMD^2 by seed " + ", ".join(f"{v:.4f}" for v in values)
        + f"; mean {values.mean():.4f}, standard deviation {spread[kind]:.4f}")
claim("spread of the GANs over that of the VAEs", spread["GAN"] / spread["VAE"], 3, relation=">")
claim("the worst GAN, in distances of the worst VAE", last["GAN"].max() / last["VAE"].max(), 2,
      relation=">")

# %%
figure, axes = viz.panels(1, 4, size=(3.2, 3.3))
colours = {"VAE": BLUE, "GAN": RED}
for (kind, seed), curve in results.items():
    shown = np.maximum(curve, 1e-4)
    axes[0].plot(np.arange(1, len(curve) + 1) * every, shown, color=colours[kind], linewidth=1.3,
                 label=kind if seed == 0 else None)
    axes[1].plot((kind == "GAN") + 0.08 * (seed - (seeds - 1) / 2), shown[-1], "o",
                 color=colours[kind], markersize=7)
for ax in axes[:2]:
    ax.set_yscale("log")
dress(axes[0], "While training, one line a seed", "steps", "MMD$^2$ to the data")
dress(axes[1], "At the end, one dot a seed")
axes[1].set(ylim=axes[0].get_ylim(), xlim=(-0.6, 1.6))
axes[1].set_xticks([0, 1], ["VAE", "GAN"])
axes[0].legend(frameon=False, fontsize=8.5)
for ax, seed, name in ((axes[2], last["GAN"].argmin(), "nearest"),
                       (axes[3], last["GAN"].argmax(), "farthest")):
    ax.scatter(*held_out.T, s=8, color=GREY, alpha=0.5, linewidths=0)
    ax.scatter(*pictures["GAN", seed].T, s=8, color=RED, linewidths=0)
    dress(ax, f"Samples of the {name} GAN", "$x_1$", "$x_2$")
    ax.set(xlim=(-2, 3), ylim=(-1.7, 2.2), aspect="equal")
save_figure(figure, "18_seeds")

# %% [markdown]
r"""
Some of that is because these GANs are farther from the data on average, and what is far can vary
more; and other settings or a penalty (lesson 19) may steady the game.  But it is what one gets from
the game as it is written, and two things follow.  One run of a GAN says little: name the seeds and
show them all.  And the lines of the GANs go up and down, and no loss says when to stop.

## Break it: which label means fake?

One author writes $D(x)$ for the probability that $x$ is *real*.  Another writes it for the
probability that $x$ is *fake*, and has $D$ make $-\log(1 - D(x)) - \log D(G(z))$ small.  Both are
right, each for itself.  There is a set of slides with the discriminator's loss from the one and the
generator's from the other:

- $D$ learns that generated examples are 1 and real ones 0;
- $G$ makes $-\log D(G(z))$ small: it wants to be 1.

**Predict.**  What becomes of the generator?  And what do the two losses look like?
"""

# %%
heading("Break it: which label means fake?")
predict("D learns that generated examples are 1; G makes -log D(G(z)) small.  What becomes of the "
        "generator, and what do the losses look like?")
turns = 150 if FAST else 300


def affine_players():
    """G(z) = 1.3 z - 1 at first, and a D with a hidden layer."""
    rng = np.random.default_rng(7)
    generator = nn.Linear(1, 1, rng=rng)
    generator.weight.data[...], generator.bias.data[...] = 1.3, -1.0
    return generator, nn.mlp(1, 24, 1, activation="tanh", rng=rng)


def played(real, aim, players, turns=turns):
    """(mean of G(z) turn by turn, losses of D) of a game against REAL = N(1, 0.7^2)."""
    rng = np.random.default_rng(8)
    batches = ((REAL.sample(128, rng=rng).astype(np.float32),
                rng.standard_normal((128, 1)).astype(np.float32)) for _ in range(turns))
    game = play(*players, batches, adams_of(*players, 2e-2), real, aim)
    return np.array([(players[0].bias.item(), loss) for loss in game]).T


right, wrong = affine_players(), affine_players()
means, losses_right = played(1.0, 1.0, right)
means_wrong, losses_wrong = played(0.0, 1.0, wrong)
say(f"{'':10} {'mean of G(z)':>14} {'loss of D':>12}")
say(f"{'right':10} {means[-1]:14.3f} {losses_right[-1]:12.4f}")
say(f"{'mixed up':10} {means_wrong[-1]:14.3f} {losses_wrong[-1]:12.4f}")
claim("right: the mean of G(z), which should be 1", means[-50:].mean(), 1, tolerance=0.35)
claim("mixed up: it runs away from the data", means_wrong[-1], means_wrong[0] - 0.5, relation="<")
claim("while the loss of D goes to 0, as one wishes", losses_wrong[-1], 0.1, relation="<")
z = np.random.default_rng(11).standard_normal((500, 1)).astype(np.float32)
claim("and that of G", ops.mean(GAN(*wrong).generator_loss(z)).item(), 0.1, relation="<")
claim("right: the loss of G", ops.mean(GAN(*right).generator_loss(z)).item(), 0.5, relation=">")

# %% [markdown]
r"""
What the generator pays is now one of the two terms of the discriminator's loss, so both fall, and
the two players help each other: the generator makes what is obviously fake, and is praised for it.
Who is used to losses that fall sees nothing wrong.  (Who knows the game may: in the right one the
two cannot be small together, for $-\log(1 - y) - \log y$ is never below $\log 4$.)  What catches it
is a question that has one answer as long as the generator is not perfect: *is $D$ larger on data
than on samples?*  Or, where the densities are known: is $D$ near $D^*$, or is $1 - D$?
"""

# %%
figure, axes = viz.panels(1, 2, size=(5.4, 3.2))
for values, losses_seen, colour, name in ((means, losses_right, BLUE, "right"),
                                          (means_wrong, losses_wrong, RED, "mixed up")):
    axes[0].plot(losses_seen, color=colour, linewidth=1.6, label=name)
    axes[1].plot(values, color=colour, linewidth=2, label=name)
axes[1].axhline(1, color=INK, linewidth=1, linestyle=(0, (4, 3)))
dress(axes[0], "The loss of D: which of the two looks better?", "turn", "loss  (nats)")
dress(axes[1], "The mean of $G(z)$; dashed: that of the data", "turn", "mean")
axes[0].legend(frameon=False, fontsize=9)
save_figure(figure, "18_which_label_means_fake")


def larger_on_data(gan):
    """Is the mean score of data above that of samples?"""
    x, y = REAL.sample(500, rng=9).astype(np.float32), gan.sample(500, rng=10)
    return bool(ops.mean(gan.score(x)).item() > ops.mean(gan.score(y)).item())


claim("mixed up: is D larger on data?", larger_on_data(GAN(*wrong)), False)
early = affine_players()
played(1.0, 1.0, early, 20)
claim("right, early in the game", larger_on_data(GAN(*early)), True)
misread = GAN(taught.generator, taught.discriminator, label_of_real=0)
backwards = game_value(misread.score, REAL, FAKE, LINE)
claim("a good D, read the other way round: |(1 - D) - D*|", backwards.probability, 0.5,
      relation=">")
claim("   and V, far below that of a D that says 1/2", backwards.value, -2 * math.log(4),
      relation="<")

# %% [markdown]
r"""
The mend is to choose one meaning and to say it: $D(x) \to 1 - D(x)$, which for the logit is a
change of sign.  A discriminator that was taught that 1 means fake is handed to the library with
`label_of_real=0`.  And with *both* labels exchanged the game is the same game: we change the signs
of the last layer of $D$, and the generator takes the same steps.
"""

# %%
mended = GAN(*wrong, label_of_real=0)
claim("said as it is: D is larger on data", larger_on_data(mended), True)
claim("probabilities: 1 - D", mended.probability(x.astype(np.float32)),
      1 - GAN(*wrong).probability(x.astype(np.float32)).detach().numpy(), tolerance=1e-6)
exchanged = affine_players()
for w in exchanged[1][-1].parameters():
    w.data[...] = -w.data
again, _ = played(0.0, 0.0, exchanged, 20)
claim("both labels exchanged: the generator goes the same way", again, means[:20], tolerance=1e-4)

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 18 --check`.
"""

# %%
heading("Exercises")


def check_best(answer):
    p, q = np.array([0.2, 0.7, 0.0, 1.5]), np.array([0.6, 0.7, 0.4, 0.0])
    for real, fake in ((1.0, 0.0), (0.9, 0.2), (0.3, 0.3)):
        y = np.linspace(0.001, 0.999, 999)[:, None]
        gain = p * (real * np.log(y) + (1 - real) * np.log(1 - y)) \
            + q * (fake * np.log(y) + (1 - fake) * np.log(1 - y))
        claim(f"the best D for labels {real:g} and {fake:g}", np.asarray(answer(p, q, real, fake)),
              y[gain.argmax(axis=0), 0], tolerance=1.1e-3)


@exercise("The best discriminator for soft labels: arrays p and q of the two densities at some "
          "places, and the labels of real and of generated examples.  Return D* at these places.",
          check=check_best,
          hint="at one place the labels 1 weigh p real + q fake, out of p + q altogether")
def best_discriminator(p, q, real, fake):
    return None


# %%
def check_loss(answer):
    s = np.array([-3.0, 0.0, 2.5])
    claim("-log D", np.asarray(answer(s)), -np.log(1 / (1 + np.exp(-s))))
    with np.errstate(all="ignore"):
        claim("a logit of -1000, and of 1000", np.asarray(answer(np.array([-1e3, 1e3]))),
              np.array([1e3, 0.0]))
        claim("a logit of -40: 40 and a little", np.asarray(answer(np.array([-40.0]))),
              np.array([40.0]))


@exercise("What the generator pays, -log D(G(z)), from logits s (an array), right for logits of "
          "-1,000 and 1,000 too.", check=check_loss,
          hint="-log sigmoid(s) = log(1 + exp(-s)); np.logaddexp(a, b) is log(exp(a) + exp(b))")
def generator_pays(s):
    return None


# %%
def check_missing(answer):
    for K, k in ((8, 8), (8, 4), (10, 1), (25, 5)):
        p, q = np.full(K, 1 / K), np.where(np.arange(K) < k, 1 / k, 0.0)
        best = best_value(p, q)
        claim(f"{k} of {K} modes", float(answer(K, k)), best, tolerance=1e-9)


def best_value(p, q):
    """The largest V, place by place, for probabilities p of the data and q of the generator."""
    D = p / (p + q)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (p * np.log(D)).sum() + np.where(q > 0, q * np.log(1 - D), 0).sum()


@exercise("The data have K equally likely modes, and the generator makes k of them, equally often, "
          "and nothing else.  Return the value of the game against the best D, in nats.",
          check=check_missing,
          hint="on a mode that is made, p = 1/K and q = 1/k; on the others D* = 1, and log D* = 0")
def value_of_missing_modes(K, k):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **When it fails**, why gradient steps on a game may go in circles, and what holds them: lesson 19.
- **Images**: lesson 20 builds a GAN of convolutions.  **An encoder** and a GAN's idea of what is
  alike: lesson 21.
- **Other distances than the JSD**, which need another last layer or a penalty: least squares,
  Wasserstein, hinge, all in `models.gan.LOSSES`; Nowozin, Cseke and Tomioka, *f-GAN* (2016).
- **One-sided labels**: with a label above 0 for generated examples $D^*$ also rewards what the
  generator does already; Salimans et al., *Improved Techniques for Training GANs* (2016),
  section 3.4.
- **Games in general**: where both players have a continuum of moves $\min\max$ may exceed
  $\max\min$ for lack of convexity, and then there is no pair of moves with which both are content;
  Farnia and Ozdaglar, *Do GANs Always Have Nash Equilibria?* (2020).
- Goodfellow et al., *Generative Adversarial Nets* (2014), sections 3 and 4.
"""
