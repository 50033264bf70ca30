# %% [markdown]
r"""
# DCGAN

**You will**

- build a generator and a discriminator of convolutions, each the other's mirror, and follow the
  shapes line by line;
- see what batch normalisation does to two batches, and what it makes of a bias, of a contrast and
  of an example's company;
- train a DCGAN on digits, switch each of its five guidelines off, and say only what ten seeds
  support; then do the same with its features.

**Prerequisites** Convolution and its transpose (lesson 16); the game (lesson 18) and how it fails
(lesson 19).  **Takes** about 15 seconds on a CPU.

Attempts to make GANs of convolutions had been unsuccessful, Radford, Metz and Chintala (2016)
report.  So they tried many architectures and wrote down what those that trained had in common.  It
fits into five lines, and few GANs since have ignored all of them:

| | guideline | what it is for |
|---|---|---|
| 1 | strides instead of pooling | to learn how an image is made smaller, and larger |
| 2 | batch normalisation in both networks | signals, and gradients, keep their size |
| 3 | no dense hidden layers | what lies together stays together, with few weights |
| 4 | ReLU in the generator, tanh at its end | pixels have bounds, and tanh soon reaches them |
| 5 | LeakyReLU in the discriminator | every unit passes a gradient back to the generator |

(Batch normalisation stands neither at the generator's output nor at the discriminator's input.)
The right column is what one is told.  It is an explanation, made afterwards; what is measured
comes below.

**Predict.**  Which of the five can be left out of a small DCGAN for digits of 8 by 8 pixels, and
without which does it fail?
"""

# %%
import functools
import json
import math
import pathlib
import textwrap

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, viz
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)
from scratchgen.models import FrechetDistance, linear_probe, memorising

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("DCGAN")
predict("Strides, batch normalisation, no dense hidden layers, ReLU and tanh, LeakyReLU: which can "
        "be left out for digits of 8 x 8 pixels, and without which does it fail?")


def dress(ax, title, xlabel="", ylabel=""):
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set_xlabel(xlabel, fontsize=9.5, color=MUTED)
    ax.set_ylabel(ylabel, fontsize=9.5, color=MUTED)
    ax.tick_params(labelsize=8.5)
    ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
    ax.spines[["top", "right"]].set_visible(False)


# %% [markdown]
r"""
## A network and its mirror

The discriminator halves the image, layer by layer, and doubles the channels.  A kernel of $K = 4$,
a stride of $S = 2$ and a padding of $P = 1$ halve exactly:

$$H_\text{out} = \Big\lfloor \frac{H + 2P - K}{S} \Big\rfloor + 1 = \Big\lfloor \frac{H}{2}
\Big\rfloor .$$

(Since the stride divides the kernel, no stamp of the transpose overlaps the next one unevenly: the
checkerboards of lesson 16.)  The generator goes the same way back, by transposed convolutions.
There are no hidden layers but these.  One product with a matrix makes the first feature maps of 32
numbers of noise, and one makes a score of the last maps.  This is all of it:
"""

# %%
heading("A network and its mirror")
LATENT, WIDTH = 32, 16
halve = {"kernel": 4, "stride": 2, "padding": 1}


def my_generator(rng):
    return nn.Sequential(
        nn.Linear(LATENT, 2 * 2 * 32, bias=False, rng=rng),
        nn.Reshape((2, 2, 32)),
        nn.BatchNorm(32, activation="relu"),
        nn.ConvTranspose2d(32, 16, **halve, bias=False, rng=rng),
        nn.BatchNorm(16, activation="relu"),
        nn.ConvTranspose2d(16, 1, **halve, activation="tanh", rng=rng))


def my_discriminator(rng):
    return nn.Sequential(
        nn.Conv2d(1, 16, **halve, activation="leaky_relu", rng=rng),
        nn.Conv2d(16, 32, **halve, bias=False, rng=rng),
        nn.BatchNorm(32, activation="leaky_relu"),
        nn.Flatten(),
        nn.Linear(2 * 2 * 32, 1, rng=rng))


def walk(net, x):
    """Print each layer and what comes out of it; the shapes after layers with weights of a map."""
    shapes = [tuple(x.shape[1:])]
    for layer in net:
        x = layer(x)
        say(f"{layer.describe():62} {tuple(x.shape)}")
        if len(x.shape) == 4 and tuple(x.shape[1:]) != shapes[-1]:
            shapes.append(tuple(x.shape[1:]))
    return shapes


rng = np.random.default_rng(20)
say("generator: 50 rows of noise")
up = walk(my_generator(0), rng.normal(size=(50, LATENT)).astype(np.float32))
say("discriminator: 50 images")
down = walk(my_discriminator(0), rng.random((50, 8, 8, 1)).astype(np.float32))
claim("the same maps, in the opposite order", up[1:] == down[::-1])

# %% [markdown]
r"""
Every layer that is followed by batch normalisation has no bias; why, we shall see.  `models.dcgan`
writes the same two networks, for images of any size, with a switch for each guideline.  Its kernels
and matrices start in $N(0, 0.02^2)$, as in the paper; and since tanh ends at -1 and 1, and pixels
at 0 and 1, its generator ends with $(y + 1) / 2$ and its discriminator begins with $2x - 1$.
"""

# %%
gan = models.dcgan((8, 8, 1), LATENT, WIDTH, rng=0)
mine = my_generator(0), my_discriminator(0)
for own, theirs in zip(mine, (gan.generator, gan.discriminator)):
    for a, b in zip(own.parameters(), theirs.parameters()):
        a.data = b.data
z, x = gan.noise(50, rng=1), rng.random((50, 8, 8, 1)).astype(np.float32)
claim("with its weights, our generator is the library's", (mine[0](z) + 1) / 2, gan.generate(z),
      tolerance=1e-6)
claim("   and so is our discriminator", mine[1](2 * x - 1), gan.discriminator(x), tolerance=1e-6)
claim("first weights: their standard deviation", float(np.std(gan.generator[0].weight.numpy())),
      0.02, tolerance=1e-3)
for shape in ((28, 28, 1), (9, 13, 3)):
    other = models.dcgan(shape, LATENT, WIDTH, rng=0)
    maps = [tuple(h.shape[1:]) for h in other.discriminator.activations(other.sample(2, rng=0))]
    claim(f"{shape}: {' - '.join(map(str, maps))}, and back", other.sample(2, rng=0).shape[1:]
          == shape)

# %% [markdown]
r"""
## What batch normalisation does to two batches

For each channel, subtract the mean over the batch and over all places, and divide by the standard
deviation; then a weight and a bias of its own for each channel:

$$\mathrm{BN}(h) = w\, \frac{h - m}{\sqrt{v + \varepsilon}} + b, \qquad m = \text{mean of } h,
\quad v = \text{mean of } (h - m)^2 .$$

Add a number $c$ to all of $h$: then $m$ grows by $c$ as well, and $\mathrm{BN}(h + c) =
\mathrm{BN}(h)$.

**Predict.**  What, then, is the gradient of the loss by a bias that stands right before a batch
normalisation?  And what if $h$ is multiplied by 2?
"""

# %%
heading("What batch normalisation does to two batches")
predict("What is the gradient of a bias right before batch normalisation?  And what changes if "
        "all that comes in is multiplied by 2?")
net = nn.Sequential(nn.Conv2d(1, 16, **halve, activation="leaky_relu", rng=1),
                    nn.Conv2d(16, 32, **halve, rng=2),                  # with a bias, for once
                    nn.BatchNorm(32, activation="leaky_relu"),
                    nn.Flatten(), nn.Linear(128, 1, rng=3)).astype("float64")
x64 = x.astype(np.float64)
ops.mean(ops.softplus(-net(x64))).backward()
largest = {name: abs(p.grad).max() for name, p in net.named_parameters()}
for name, size in largest.items():
    say(f"{name:18} largest gradient {size:.2e}")
claim("the bias before batch normalisation: gradient, relative to the first one's",
      largest["layers.1.bias"] / largest["layers.0.bias"], 0, tolerance=1e-12)
w = net[1].weight
along = (w.numpy() * w.grad).sum() / np.linalg.norm(w.numpy()) / np.linalg.norm(w.grad)
claim("the weights before it: cosine of them and their gradient", abs(along), 1e-3, relation="<")

# %% [markdown]
r"""
Zero, but for rounding: such a bias does nothing and learns nothing, so there is none.  (The bias
that does something is $b$, behind.)  Doubling does nothing either, but for the tiny $\varepsilon$;
so the gradient is at right angles to the weights.  It turns them, and lengthens them only as any
step along a tangent ends outside the circle (lesson 19).  How small they start makes no difference
to what comes out, only to how far a step turns them.

Now remember that in the game, real and generated images come in two batches, **each with its own
mean and variance**.  The brightness and the contrast that all of a batch have in common are lost.
That is a reason to have none at the discriminator's input.  (The paper's is what they saw: with
batch normalisation everywhere samples oscillated, and training was not stable.)
"""

# %%
split = data.load("digits", flat=False)
train, test = split.train, split.test
digits = train.images[:50]
pale = 0.25 + 0.5 * digits
with_bn = nn.Sequential(nn.BatchNorm(1), *my_discriminator(0))
without = my_discriminator(0)


def apart(net):
    """How far the scores of digits and of pale digits differ, in standard deviations."""
    a, b = net(digits).numpy(), net(pale).numpy()
    return float(abs(a - b).max() / a.std())


claim("digits, and digits of half the contrast: scores apart, as it is", apart(without), 0.1,
      relation=">")
claim("   with batch normalisation at the input: it cannot tell", apart(with_bn), 1e-2,
      relation="<")
seen = [nn.BatchNorm(1)(images) for images in (digits, pale)]
claim("   for it sees the same pixels", *seen, tolerance=1e-3)

# %% [markdown]
r"""
A generator could make all its images too pale, and nobody would say so.  At the generator's output
it would be the other way round: before tanh, each batch would have the same mean and the same
variance of its pixels, whatever the noise.

A price is paid everywhere else: an example's score depends on its **company**.  After `eval()` it
does not; then the running means and variances of training take the place of the batch's.
"""

# %%
noise = rng.random((49, 8, 8, 1)).astype(np.float32)
one = digits[:1]
companies = [np.concatenate([one, others]) for others in (digits[1:], noise)]
scores = [gan.score(batch).numpy()[0] for batch in companies]
gan.eval()
settled = [gan.score(batch).numpy()[0] for batch in companies]
say(f"score of one digit: among digits {scores[0]:+.4f}, among noise {scores[1]:+.4f}")
claim("the same digit, in other company: another score", abs(scores[0] - scores[1]), 1e-4,
      relation=">")
claim("   after eval(): the same", settled[0], settled[1], tolerance=1e-6)

# %% [markdown]
r"""
## The game, played on digits

How good are its images?  We take the view of a classifier that has learned these digits: the mean
and the covariance of its last hidden layer, for generated images and for the training images, and
the **Fréchet distance** of the two Gaussians,

$$d^2 = |m_1 - m_2|^2 + \operatorname{tr}\big(C_1 + C_2 - 2 (C_1 C_2)^{1/2}\big).$$

(It is not the FID of the papers, whose features come from a network that has seen photographs.)
Two finite samples of the *same* distribution differ too, the more the fewer they are.  So each
distance comes with what chance alone would make of it on average, and digits by other writers stand
beside it.
"""

# %%
heading("The game, played on digits")
distance = FrechetDistance.fit(train.images, train.labels, rng=0)
of_test = distance(test.images, rng=0)


def tell(when, d):
    """A distance in one line."""
    say(f"{when:12} d^2 = {d.distance:7.2f}, {d.examples[0]:,} images against {d.examples[1]:,}; "
        f"by chance about {d.by_chance:.1f}")


tell("test digits", of_test)


def of_few(balanced):
    """d^2 of 297 training digits against all others, 20 times.   -> (20,)"""
    far, rng = [], np.random.default_rng(0)
    for _ in range(20):
        order = rng.permutation(len(train.labels))
        if balanced:                            # the first of each class, the second of each, ...
            turn = np.empty(len(order))
            for k in range(10):
                of_class = order[train.labels[order] == k]
                turn[of_class] = np.arange(len(of_class))
            order = order[turn[order].argsort(kind="stable")]
        few, others = train.images[order[:297]], train.images[order[297:]]
        far.append(float(FrechetDistance(distance.features, others)(few, rng=0)))
    return np.array(far)


at_random, balanced = of_few(False), of_few(True)
say(f"297 training digits against the other 1,203: {at_random.mean():.2f} if drawn at random, "
    f"{balanced.mean():.2f} with equally many of each class")
claim("test digits: of each class", set(np.bincount(test.labels)) == {29, 30})
claim("d^2 of digits at random, what chance was said to make of it", at_random.mean(),
      of_test.by_chance, at_random.std(ddof=1) / math.sqrt(20))
claim("equally many of each class: nearer", balanced.mean(), at_random.mean(),
      math.hypot(balanced.std(ddof=1), at_random.std(ddof=1)) / math.sqrt(20), relation="<")

# %% [markdown]
r"""
Are test digits nearer than chance allows?  They were not drawn by chance: there are 29 or 30 of
each class.  Much of what makes two samples differ in a classifier's eyes is how many there are of
each; draw them class by class, and training digits come about as near to one another.

Now the game.
"""

# %%
EPOCHS, RATE = (7, 1e-3) if FAST else (30, 2e-4)
SHOWN = (0, 1, 2, 3, 5, 7) if FAST else (0, 2, 5, 10, 20, 30)
SEED = 12                                           # the committed runs, below, have 0 to 9
fixed = gan.noise(14, rng=99)                       # the noise of all snapshots


def usual_turn(game, x, rng):
    """D(x), D(G(z)) before and after the discriminator's step."""
    turn = game.turn(x, rng=rng)
    return float(turn.real), float(turn.fake_before), float(turn.fake_after)


def play(gan, epochs, rate, turn=usual_turn, every=1):
    """Train.  Returns D(x), D(G(z)) of each epoch (epochs, 3), {epoch: d^2}, {epoch: images}."""
    game, rng = gan.game(lr=rate), np.random.default_rng(SEED)
    opinions, distances, images = [], {}, {}
    for epoch in range(epochs + 1):
        gan.train()
        if epoch:
            opinions.append(np.mean([turn(game, x, rng) for x in data.batches(
                train.images, 50, rng=rng)], axis=0))
        gan.eval()
        if epoch % every == 0:
            distances[epoch] = distance(gan, n=2000, rng=SEED)
        if epoch in SHOWN:
            images[epoch] = gan.image(fixed)
    return np.array(opinions), distances, images


def strip(images, title):
    """A row of snapshots for each epoch, always of the same noise."""
    ax = viz.image_grid(np.concatenate(list(images.values())), columns=len(fixed), title=title)
    ax.set_yticks(range(len(images)), [f"epoch {epoch}" for epoch in images])
    return ax


base = models.dcgan((8, 8, 1), LATENT, WIDTH, rng=SEED)
first_features = models.dcgan((8, 8, 1), LATENT, WIDTH, rng=SEED).eval().discriminator.features
opinions, distances, images = play(base, EPOCHS, RATE, every=1 if FAST else 2)
tell("epoch 0", distances[0])
tell(f"epoch {EPOCHS}", distances[EPOCHS])
save_figure(strip(images, "All five guidelines: the same 14 rows of noise, as training goes on"),
            "20_snapshots")
fell = float(distances[0]) / float(distances[EPOCHS])
say(f"the distance fell by a factor of {fell:.0f}")
claim("by a factor of more than", fell, 2 if FAST else 20, relation=">")
claim("not all the way: by chance it would be", float(distances[EPOCHS]),
      distances[EPOCHS].by_chance, relation=">")
claim("   and digits by other writers, though fewer, are nearer", float(distances[EPOCHS]),
      float(of_test), relation=">")
best = opinions[:, 0].argmax()
claim("D(x): at its height the discriminator is nearly sure", opinions[best, 0], 0.8, relation=">")
claim("   and in the end less so", opinions[-1, 0], opinions[best, 0] - 0.02, relation="<")
claim("   as D(G(z)) has come up", opinions[-1, 1], opinions[best, 1] + 0.02, relation=">")

# %% [markdown]
r"""
First the discriminator wins: it is sure of nearly every image.  Then the generator catches up, and
the two opinions move towards each other.  They do not meet at 1/2; it can still tell.

## One guideline less

Now the same again, with the same noise, the same batches and the same rate, and **without batch
normalisation**.

**Predict.**  Will it learn as well, more slowly, or not?
"""

# %%
heading("One guideline less")
predict("The same game without batch normalisation.  Will it learn as well, more slowly, or not?")
bare = models.dcgan((8, 8, 1), LATENT, WIDTH, batchnorm=False, rng=SEED)
bare_opinions, bare_distances, bare_images = play(bare, EPOCHS, RATE, every=1 if FAST else 2)
tell(f"epoch {EPOCHS}", bare_distances[EPOCHS])
save_figure(strip(bare_images, "Without batch normalisation: the same noise, the same epochs"),
            "20_no_batchnorm")
figure, (left, right) = viz.panels(1, 2, size=(5.2, 3.7))
for name, seen, far, colour in (("all five", opinions, distances, BLUE),
                                ("no batchnorm", bare_opinions, bare_distances, RED)):
    epochs = np.arange(1, EPOCHS + 1)
    left.plot(epochs, seen[:, 0], color=colour, linewidth=2, label=f"D(x), {name}")
    left.plot(epochs, seen[:, 1], color=colour, linewidth=2, linestyle="--",
              label=f"D(G(z)), {name}")
    right.semilogy(list(far), [float(d) for d in far.values()], color=colour, linewidth=2,
                   label=name)
left.axhline(0.5, color=MUTED, linewidth=0.8)
left.set_ylim(0, 1)
right.axhline(float(of_test), color=INK, linewidth=1, linestyle="--",
              label=f"{len(test.images)} digits by other writers")
right.axhline(distances[0].by_chance, color=GREY, linewidth=1.5, linestyle=":",
              label="what chance makes of 2,000")
dress(left, "What the discriminator thinks", "epoch", "mean D of a batch")
dress(right, "Fréchet distance to the training digits", "epoch", "$d^2$")
left.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
right.legend(fontsize=8, frameon=False, ncols=2, loc="upper center", bbox_to_anchor=(0.5, -0.2))
save_figure(figure, "20_course")
claim("without it, how many times as far", float(bare_distances[EPOCHS])
      / float(distances[EPOCHS]), 1.5 if FAST else 10, relation=">")


def variety(images):
    """The standard deviation of a pixel from image to image, the mean over pixels."""
    return float(np.std(images, axis=0).mean())


varied = {"digits": train.images, "all five": base.sample(1000, rng=7),
          "no batchnorm": bare.sample(1000, rng=7)}
for name, pictures in varied.items():
    say(f"{name:14} standard deviation of a pixel from image to image {variety(pictures):.3f}")
claim("all five: as varied as digits, nearly", variety(varied["all five"])
      / variety(train.images), 0.6, relation=">")
claim("no batchnorm: less varied by far", variety(varied["no batchnorm"])
      / variety(train.images), 0.5, relation="<")

# %% [markdown]
r"""
Whatever the noise, it makes variations of one image: the mode collapse of lesson 19, and the
discriminator's opinion goes up and down as that image changes.

That looks decided.  But it is **one seed**.  Another draw of the first weights might have done
better, and on a guideline whose effect is less drastic one run says nothing at all.

## Each guideline, ten times

The file `benchmarks/guidelines.py` trained the network above, and nine variants with one thing
changed (in one of them two), from ten seeds each, at the paper's rate of 0.0002 for 40 epochs.
What learned next to nothing was trained once more, at five times that rate.  We read what it found.
"""

# %%
heading("Each guideline, ten times")
committed = pathlib.Path(sg.__file__).parents[1] / "benchmarks/results/guidelines.json"
report = json.loads(committed.read_text(encoding="utf-8"))
SLOW, QUICK = map(str, (report["settings"]["lr"], report["again"]["lr"]))
ALL = "all five guidelines"
claim("the rate", float(SLOW), 0.0002)
claim("epochs", report["settings"]["epochs"], 40)
found = {rate: {name: np.array([row["frechet"] for row in rows]) for name, rows in table.items()}
         for rate, table in report["results"].items()}
claim("seeds of each", {len(seeds) for table in found.values() for seeds in table.values()} == {10})


def mean_error(values):
    """The mean and its standard error."""
    return values.mean(), values.std(ddof=1) / math.sqrt(len(values))


def errors_apart(values, others):
    """How many standard errors the means of two groups of seeds are apart."""
    (a, error_a), (b, error_b) = mean_error(values), mean_error(others)
    return (a - b) / math.hypot(error_a, error_b)


def above(values, others):
    """In how many pairs of a seed here and a seed there the one here is larger."""
    return int((values[:, None] > others).sum())


say(f"measured on {report['date']}; d^2, ten seeds; 100 pairs of seeds")
say(f"{'':34} {'rate':>7} {'mean':>8} {'+-':>6} {'errors apart':>13} {'worse in':>9}")
for rate, table in found.items():
    for name, seeds in table.items():
        mean, error = mean_error(seeds)
        compared = (f"{errors_apart(seeds, table[ALL]):13.1f} {above(seeds, table[ALL]):9}"
                    if name != ALL else "")
        say(f"{name:34} {rate:>7} {mean:8.1f} {error:6.1f} {compared}".rstrip())

# %%
names = list(found[SLOW])[::-1]
figure, (ax,) = viz.panels(size=(8.6, 5.0))
for rate, colour, shift, label in ((SLOW, BLUE, 0.0, "rate 0.0002"),
                                   (QUICK, ORANGE, -0.3, "rate 0.001")):
    for name, seeds in found[rate].items():
        row = names.index(name) + shift
        mean, error = mean_error(seeds)
        ax.scatter(seeds, [row] * len(seeds), s=22, color=colour, alpha=0.75, linewidths=0,
                   label=label if name == ALL else None)
        ax.errorbar(mean, row, xerr=error, fmt="|", markersize=11, color=INK, capsize=3,
                    elinewidth=1.2, label="mean and its standard error"
                    if (name, rate) == (ALL, SLOW) else None)
ax.axvline(report["test_digits"]["frechet"], color=INK, linestyle="--", linewidth=1,
           label="digits by other writers")
ax.set_xscale("log")
ax.set_yticks(range(len(names)), names)
dress(ax, "The guidelines and nine variants: a dot for each of ten seeds",
      "Fréchet distance to the training digits, $d^2$ (smaller is better)")
ax.legend(fontsize=8, frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.4, -0.12))
save_figure(figure, "20_guidelines")

# %% [markdown]
r"""
**What the numbers support.**  Without batch normalisation, with either kind of first weights, and
with a dense hidden layer in each network, the distance is around two hundred instead of 2.9.
"""

# %%
base_seeds = found[SLOW][ALL]
claim("all five guidelines: mean", base_seeds.mean(), 2.9, tolerance=0.015)
for name in ("no batchnorm", "no batchnorm, other first weights", "dense hidden layers"):
    mean, error = mean_error(found[SLOW][name])
    claim(f"{name}: farther", mean, base_seeds.mean(),
          math.hypot(error, mean_error(base_seeds)[1]), relation=">")
    claim("   mean, 180 to 240", 180 < mean < 240)

# %% [markdown]
r"""
Is it slow, or is it stuck?  At five times the rate, with larger first weights
(`weight_scale=None`), eight of ten seeds come to between 20 and 50 without batch normalisation, and
none gets where it was with it.  With dense layers eight seeds fail as before, and **two arrive**,
at 11 and 13.  So they do not make it impossible; had one of those been the only seed, we should
have thought them no worse than spectral norm.
"""

# %%
quick = found[QUICK]
larger = quick["no batchnorm, other first weights"]
claim("no batchnorm, larger first weights: seeds in 20 to 50",
      int(((20 < larger) & (larger < 50)).sum()), 8)
claim("   still farther than with it, every pair", above(larger, quick[ALL]), 100)
first, second, *others = sorted(quick["dense hidden layers"])
claim("dense layers, the best of ten seeds", first, 11, tolerance=0.04)
claim("   the second", second, 13, tolerance=0.03)
claim("   the farthest with spectral norm", found[SLOW]["spectral norm"].max(), second,
      relation=">")
claim("   the other eight: the nearest of them", min(others), 250, relation=">")

# %% [markdown]
r"""
**What five seeds can say.**  The other variants all draw digits, better or worse ones, and here
luck matters.  We need not trust seeds to be normally distributed.  If a change made no difference,
all orders of the numbers would be equally likely; and of five and five numbers there are 252
orders, of which only one has all five of the variant above all five of the others.  (We ask whether
a variant is *worse*, since that is what a guideline says.  For *worse or better* chance has two
ways, and all that follows is half as rare.)  Take the first five seeds alone: with pooling, with a
sigmoid at the end, with tanh in the discriminator and with spectral norm in place of its batch
normalisation they are worse in all 25 pairs, and chance does that once in 252 times.

But we have looked at nine variants.  That one of nine which change nothing is that bad has a chance
of at most 9 times 1/252, however the nine hang together (and they do: all are held against the same
five numbers).  So it would turn up in as many as one of 28 lessons like this one.  Of tanh in the
generator, worse in 20 pairs of 25, nothing can be said at all: chance does that once in 13 times.

**What ten seeds can say.**  Of ten and ten numbers there are 184,756 orders.  The same four are
worse in at least 98 pairs of 100; the unluckiest of nine variants that change nothing would be so
in at most one of 5,100 lessons.  And tanh in the generator is worse in 80 pairs: once in 86 times
by itself, up to once in ten for the unluckiest of nine.  It is the same share of pairs as before,
seen with twice as many seeds, and still not beyond doubt.

(One thing is to be checked.  A variant has the same ten seeds as the whole, so it saw the same
batches and the same noise.  If two numbers of one seed were alike for that, not all orders would be
equally likely.  Their correlations, one for each variant, show nothing of the kind.)
"""


# %%
@functools.cache
def orders(a, b):
    """How many orders of a and b numbers have 0, 1, ..., a b pairs in which the one of a is above.

    The largest number is one of a, above all b; or one of b, above all a.
    """
    counts = np.zeros(a * b + 1, dtype=int)
    if a == 0 or b == 0:
        return counts + 1
    counts[b:] += orders(a - 1, b)
    counts[:a * b - a + 1] += orders(a, b - 1)
    return counts


def once_in(pairs, n):
    """By chance, n and n numbers have so many pairs, or more, once in this many times."""
    return orders(n, n).sum() / orders(n, n)[pairs:].sum()


claim("orders of five and five", math.comb(10, 5), 252)
claim("   summed over the numbers of pairs", orders(5, 5).sum(), 252)
claim("orders of ten and ten", math.comb(20, 10), 184_756)
claim("   summed over the numbers of pairs", orders(10, 10).sum(), 184_756)
WORSE = ("pooling instead of strides", "sigmoid at the end", "tanh in the discriminator",
         "spectral norm")
for name in WORSE:
    claim(f"{name}: of the first 25 pairs",
          above(found[SLOW][name][:5], base_seeds[:5]), 25)
    claim("   of all 100 pairs, at least", above(found[SLOW][name], base_seeds), 98,
          relation=">=")
claim("25 of 25, by chance once in", once_in(25, 5), 252)
claim("   among nine variants, at most once in", once_in(25, 5) / 9, 28)
claim("98 of 100, among nine variants: at most once in", once_in(98, 10) / 9, 5100, tolerance=0.01)
tanh = found[SLOW]["tanh in the generator"]
claim("tanh in the generator: of the first 25 pairs", above(tanh[:5], base_seeds[:5]), 20)
claim("   by chance once in", once_in(20, 5), 13, tolerance=0.03)
claim("tanh in the generator: of all 100 pairs", above(tanh, base_seeds), 80)
claim("   by chance once in", once_in(80, 10), 86, tolerance=0.005)
claim("   among nine variants, at most once in", once_in(80, 10) / 9, 10, tolerance=0.05)
alike = np.array([np.corrcoef(seeds, base_seeds)[0, 1]
                  for name, seeds in found[SLOW].items() if name != ALL])
say("correlations with the whole, seed by seed: " + ", ".join(f"{r:+.2f}" for r in alike))
claim("their mean", alike.mean(), 0.1, relation="<")

# %% [markdown]
r"""
**What they do not support.**  That LeakyReLU is better than ReLU in the discriminator: the
difference is not one standard error large.  Nor do they say that this guideline is of no use: here
are two layers, 1,500 digits of 8 by 8 pixels and 40 epochs; in a deep network a unit that passes no
gradient back may matter more.  Nor that spectral norm is: at another rate it may be the better
one.  And they do not say *why*: no column of the table tests the reasons given at the top.
"""

# %%
claim("ReLU in the discriminator: standard errors apart",
      abs(errors_apart(found[SLOW]["ReLU in the discriminator"], base_seeds)), 1, relation="<")
claim("digits to train on", len(train.images), 1500)

# %% [markdown]
r"""
## Its features

To tell real images from generated ones, the discriminator has to know what images look like.  The
paper's second idea: then its layers should be good **features**, learned without a single label.
Take the activations of all its convolutions, pool each to at most 4 by 4, put them into one row,
and teach a *linear* classifier with 10 labelled digits of each class.
"""

# %%
heading("Its features")
show(type(base.discriminator).features)

# %% [markdown]
r"""
**Predict.**  Which names more of the test digits: a linear classifier of the trained features, of
the pixels, or of the features of a discriminator that was *never trained*?
"""

# %%
predict("A linear classifier with 10 labels a class: is it better with the features of the trained "
        "discriminator, with the pixels, or with the features of one that was never trained?")


def few_labels(features, choices=2 if FAST else 3):
    """The share of test digits named, the mean over choices of 10 labelled digits a class."""
    rng, shares = np.random.default_rng(SEED), []
    for _ in range(choices):
        chosen = np.concatenate([rng.choice(np.flatnonzero(train.labels == k), 10, replace=False)
                                 for k in range(10)])
        part = train.images[chosen], train.labels[chosen]
        shares.append(linear_probe(features, part, (test.images, test.labels), rng=SEED).value)
    return float(np.mean(shares))


live = {"untrained": few_labels(first_features),
        "trained": few_labels(base.discriminator.features), "pixels": few_labels(None)}
probes = {"untrained": np.array([row["probe_before"] for row in report["results"][SLOW][ALL]]),
          "trained": np.array([row["probe"] for row in report["results"][SLOW][ALL]]),
          "pixels": np.array([row["probe"] for row in report["pixels"]])}
say(f"{'share of test digits named':28} {'here':>8} {'ten seeds':>12}")
for name, shares in probes.items():
    mean, error = mean_error(shares)
    say(f"{name:28} {live[name]:8.1%} {mean:12.1%} +- {error:.1%}")
claim("pixels, %", 100 * probes["pixels"].mean(), 87.5, tolerance=0.0006)
claim("untrained, %", 100 * probes["untrained"].mean(), 88.0, tolerance=0.0006)
claim("trained, %", 100 * probes["trained"].mean(), 86.0, tolerance=0.0006)
loss, error = mean_error(probes["untrained"] - probes["trained"])
claim("lost by training, from the same weights and labels, points", 100 * loss, 2.0,
      tolerance=0.025)
claim("   standard error", 100 * error, 0.35, tolerance=0.005)
claim("trained features are worse than untrained ones in every seed",
      bool((probes["trained"] < probes["untrained"]).all()))
claim("   behind the pixels, points", 100 * (probes["pixels"] - probes["trained"]).mean(), 1.4,
      tolerance=0.035)
claim("   and untrained ones before them", probes["untrained"].mean(), probes["pixels"].mean(),
      relation=">")
claim("   and worse than pixels, seeds of ten",
      int((probes["trained"] < probes["pixels"]).sum()), 9)
everything = [np.mean([row[name] for row in report["results"][SLOW][ALL]])
              for name in ("probe_all", "probe_all_before")]
claim("with the labels of all 1,500: trained and untrained, less than a point apart",
      abs(100 * (everything[0] - everything[1])), 1, relation="<")

figure, (ax,) = viz.panels(size=(6.2, 3.4))
for seed in range(10):
    ax.plot(range(3), [100 * shares[seed] for shares in probes.values()], "o-", color=BLUE,
            linewidth=0.8, markersize=5, alpha=0.6, label="a seed" if seed == 0 else None)
for place, shares in enumerate(probes.values()):
    mean, error = mean_error(100 * shares)
    ax.errorbar(place + 0.12, mean, yerr=error, fmt="_", markersize=12, color=INK, capsize=3,
                label="mean and its standard error" if place == 0 else None)
ax.plot(range(3), [100 * live[name] for name in probes], "s", color=ORANGE, markersize=6,
        label="the one trained here")
ax.set_xticks(range(3), ["features, untrained", "features, trained", "pixels"])
ax.set_xlim(-0.4, 2.4)
dress(ax, "Ten labels a class, and a linear classifier", "", "test digits named, %")
ax.legend(fontsize=8, frameon=False)
save_figure(figure, "20_features")

# %% [markdown]
r"""
Training did **not** improve the features.  They name 86.0 % of the test digits, those of an
untrained discriminator 88.0 %, the pixels 87.5 %.  The loss of 2.0 points, with a standard error of
0.35, is found in each of the ten seeds.

This does not contradict the paper.  Its discriminator had seen more than a million photographs,
and its features were put to use on other photographs, in which pixels are of little use to a
linear classifier.  Digits of 8 by 8 pixels are nearly separated as they are.  But remember the
first row: a claim about learned features needs **the same network, untrained**, beside it.  With
the pixels alone for comparison, one would say that convolutions lose 1.4 points on these digits.
They lose nothing; training did.

## Does it replay the training set?

A sampler that keeps the training images in a drawer has a splendid Fréchet distance.  Held-out
digits are the yardstick: are samples nearer to their nearest training digit than those are?
"""

# %%
heading("Does it replay the training set?")
found_here = memorising(base, train.images, test.images, n=1000, rng=SEED)
drawer = train.images[np.random.default_rng(SEED).choice(1500, 1000)]
say(textwrap.fill(str(found_here), 96))
claim("the DCGAN", found_here.verdict, "not memorised")
claim("   median distance to the nearest: samples, and held-out digits", *found_here.distances,
      relation=">")
claim("the drawer", memorising(drawer, train.images, test.images, rng=SEED).verdict, "memorised")
claim("   which the Frechet distance likes best", float(distance(drawer, rng=SEED)),
      float(distances[EPOCHS]), relation="<")

# %% [markdown]
r"""
The samples are even farther from the training digits than held-out ones are.  So these are not
copies; and they are not quite digits either.

There is another sign, the paper's own (its section 6.1): walk from one noise vector to another, in
small steps.  A drawer has sharp transitions.  Which way to walk?  The noise has 32 numbers and so
a length near $\sqrt{32}$; the middle of a *straight* line between two of them is $\sqrt{2}$ times
shorter, where the generator has hardly ever been.  So we walk along an arc.
"""


# %%
def arc(a, b, n):
    """n points from a to b, along the great circle if they have equal lengths.   -> (n, Z)"""
    angle = math.acos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    t = np.linspace(0, 1, n)[:, None]
    return ((np.sin((1 - t) * angle) * a + np.sin(t * angle) * b)
            / math.sin(angle)).astype(np.float32)


pairs = gan.noise(2000, rng=3).reshape(1000, 2, LATENT)
usual = np.linalg.norm(pairs, axis=2).mean()
middle = np.linalg.norm(pairs.mean(axis=1), axis=1).mean()
claim("length of the noise, and of the middle of a straight line", usual / middle, math.sqrt(2),
      tolerance=0.02)
corners = base.noise(8, rng=12)
ends = list(zip(corners[:4], corners[4:]))
steps = []
for a, b in ends:
    path = base.image(arc(a, b, 200)).reshape(200, -1)
    nearest = ((path[:, None] - train.images.reshape(1, 1500, -1)) ** 2).sum(axis=2).argmin(axis=1)
    replay = train.images.reshape(1500, -1)[nearest]
    steps.append([np.linalg.norm(np.diff(route, axis=0), axis=1) for route in (path, replay)])
steps = np.array(steps)                             # (4 walks, ours and the drawer's, 199)
ours, drawers = steps.max(axis=2).mean(axis=0) / steps.sum(axis=2).mean(axis=0)
say(f"largest of 199 steps, as a share of the way: {100 * ours:.1f} %; for the nearest training "
    f"digits {100 * drawers:.1f} %")
claim("the drawer leaps: its largest step, in ours", drawers / ours, 3, relation=">")
frames = np.concatenate([base.image(arc(a, b, 14)) for a, b in ends])
save_figure(viz.image_grid(frames, columns=14, title="Four walks, each from one noise vector to "
                           "another along an arc"), "20_walk")

# %% [markdown]
r"""
## Break it

### 1. A batch normalisation that is none

In one library the second argument of batch normalisation is $\varepsilon$; in another one speaks
of a `momentum` of 0.8.  A popular collection of GANs writes `BatchNorm(c, 0.8)`, in 49 places, and
means the momentum.  Here it is an error; so we have to say it by name.

**Predict.**  What does $\varepsilon = 0.8$ do?
"""

# %%
heading("Break it")
predict("BatchNorm(c, 0.8) was meant to set the momentum and sets eps, which is 1e-5 otherwise.  "
        "What does that do?")


def spreads(gan):
    """The standard deviation right after each batch normalisation of the generator."""
    h, seen = gan.noise(500, rng=4), []
    for layer in gan.train().generator:
        if isinstance(layer, nn.BatchNorm):
            seen.append(float(np.std(nn.BatchNorm(h.shape[-1], eps=layer.eps)(h).numpy())))
        h = layer(h)
    return seen


def mistaken():
    """A DCGAN whose batch normalisations have eps = 0.8."""
    gan = models.dcgan((8, 8, 1), LATENT, WIDTH, rng=SEED)
    for net in (gan.generator, gan.discriminator):
        for layer in net:
            if isinstance(layer, nn.BatchNorm):
                layer.eps = 0.8
    return gan


claim("BatchNorm(16, 0.8)", complaint(nn.BatchNorm, 16, 0.8)[0], "TypeError")
right, wrong = spreads(models.dcgan((8, 8, 1), LATENT, WIDTH, rng=SEED)), spreads(mistaken())
say("standard deviation after each batch normalisation of the generator: "
    + ", ".join(f"{s:.3f}" for s in right) + "; with eps = 0.8: "
    + ", ".join(f"{s:.3f}" for s in wrong))
for s in right:
    claim("as it should be", s, 1, tolerance=0.1)
variance = LATENT * 0.02 ** 2
claim("the first one, with eps = 0.8", wrong[0], math.sqrt(variance / (variance + 0.8)),
      tolerance=0.02)
claim("   the second", wrong[1], 0.02, relation="<")

# %% [markdown]
r"""
First weights of 0.02 make small numbers: 32 products with a variance of 0.0128 together.  Divided
by $\sqrt{0.0128 + 0.8}$ instead of $\sqrt{0.0128}$, they are hardly touched, and after the second
layer next to nothing is left.  It is nearly a network without batch normalisation, and gets little
further than one:
"""

# %%
claim("the variance of 32 products with the noise", variance, 0.0128)
short = 4                                           # epochs, at five times the rate
if FAST:                                            # that is what was trained above
    reference_opinions, reference_distances = opinions[:short], distances
    none_distances = bare_distances
else:
    (reference_opinions, reference_distances, _), (_, none_distances, _) = (
        play(models.dcgan((8, 8, 1), LATENT, WIDTH, batchnorm=batchnorm, rng=SEED), short, 1e-3,
             every=short) for batchnorm in (True, False))
_, mistaken_distances, _ = play(mistaken(), short, 1e-3, every=short)
say(f"after {short} epochs at rate 0.001: d^2 = {float(reference_distances[short]):.0f}, with "
    f"eps = 0.8: {float(mistaken_distances[short]):.0f}, without batch normalisation: "
    f"{float(none_distances[short]):.0f}")
claim("how many times as far", float(mistaken_distances[short])
      / float(reference_distances[short]), 1.3, relation=">")
claim("   of the distance without batch normalisation", float(mistaken_distances[short])
      / float(none_distances[short]), 0.25, relation=">")

# %% [markdown]
r"""
No error, no warning, only bad images.  What catches it is one line: *the standard deviation behind
a normalisation is 1*.  What prevents it is that both numbers can be given by name only.

### 2. Real and generated in one batch

One forward pass instead of two is faster: put 50 real and 50 generated images into one batch, and
give them their labels.  With dense layers and convolutions alone it would be the same thing.

**Predict.**  What will the discriminator say of the generated images: in that batch, and a moment
later, when the generator shows them to it alone?
"""


# %%
def mixed_turn(game, x, rng):
    """As `usual_turn`, but the discriminator learns from both kinds in one batch.

    D(x) and D(G(z)) in that batch, D(G(z)) alone after the step; and alone before it.
    """
    gan, n = game.gan, len(x)
    y = gan.generate(gan.noise(n, rng=rng))
    before = gan.probability(y).numpy().mean()
    score = gan.score(np.concatenate([x, y.data]))
    losses = gan.loss.discriminator(score[:n], score[n:])
    game.optimisers["discriminator"].zero_grad()
    ops.mean(losses).backward()
    game.optimisers["discriminator"].step()
    with gan.discriminator.frozen():
        alone = gan.score(y)
        game.optimisers["generator"].zero_grad()
        ops.mean(gan.loss.generator(alone)).backward()
        game.optimisers["generator"].step()
    D = ops.sigmoid(score).numpy()
    return D[:n].mean(), D[n:].mean(), ops.sigmoid(alone).numpy().mean(), before


predict("The discriminator learns from batches of 50 real and 50 generated images.  What does it "
        "say of the generated ones: in that batch, and when it is shown them alone?")
mixed = models.dcgan((8, 8, 1), LATENT, WIDTH, rng=SEED)
mixed_opinions, mixed_distances, _ = play(mixed, short, 1e-3, mixed_turn, every=short)
say(f"{'last epoch':28} {'D(x)':>6} {'D(G(z))':>8} {'after':>7} {'d^2':>6}")
for name, seen, far in (("two batches", reference_opinions, reference_distances),
                        ("one batch", mixed_opinions, mixed_distances)):
    say(f"{name:28} {seen[-1, 0]:6.2f} {seen[-1, 1]:8.2f} {seen[-1, 2]:7.2f} "
        f"{float(far[short]):6.0f}")
claim("two batches: a step of the discriminator lowers D(G(z)), as it should",
      reference_opinions[-1, 2], reference_opinions[-1, 1], relation="<")
claim("one batch: D(G(z)) while it learns", mixed_opinions[-1, 1], 0.1, relation="<")
claim("   and of the same images, alone, after the step", mixed_opinions[-1, 2], 0.2, relation=">")
claim("   though the step lowered it: alone, before", mixed_opinions[-1, 3], mixed_opinions[-1, 2],
      relation=">")
claim("   how many times as far", float(mixed_distances[short])
      / float(reference_distances[short]), 1.2, relation=">")

x, y = train.images[:50], mixed.sample(50, rng=6)


def score_of_real(y):
    return ops.sum(mixed.train().score(ops.concat([x, y]))[:50])


claim("why: the scores of *real* images depend on the generated ones beside them",
      float(abs(sg.grad(score_of_real)(y)).max()), 0.01, relation=">")

# %% [markdown]
r"""
In a mixed batch the mean lies between the two kinds, and the discriminator learns on which side of
it they are: easy.  Alone, the generated images have another mean, their own, and the same
discriminator does not know what to say.  It was trained on one function and is used as another; the
slope that the generator climbs is not that of the function that learned.  What catches it are two
numbers that every `Turn` reports: $D(G(z))$ as the discriminator learns and after its step.  The
step is meant to lower it, and here the second is many times the first: not because of the step,
but because the company has changed.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 20 --check`.
"""

# %%
heading("Exercises")


def check_sides(answer):
    for side, depth in ((8, 2), (28, 2), (28, 3), (9, 2), (13, 3), (64, 4)):
        net = models.dcgan((side, side, 1), 4, 2, depth=depth, rng=0)
        maps = net.discriminator.activations(np.zeros((2, side, side, 1), np.float32))
        claim(f"side {side}, {depth} layers", np.asarray(answer(side, depth)),
              np.array([side, *(h.shape[1] for h in maps)]))


@exercise("The discriminator has `depth` convolutions of kernel 4, stride 2 and padding 1.  Return "
          "the list of depth + 1 sides: of the image, and of the maps after each of them.",
          check=check_sides, hint="the formula of the first section, once for each layer")
def sides(side, depth):
    return None


# %%
def check_batch_norm(answer):
    rng = np.random.default_rng(7)
    for shape, eps in (((20, 3, 3, 4), 1e-5), ((50, 6), 1e-5), ((20, 3, 3, 4), 0.8)):
        h = 3 * rng.normal(size=shape) + 2
        layer = nn.BatchNorm(shape[-1], eps=eps, dtype="float64")
        y, mean, variance = answer(h, eps)
        claim("normalised", np.asarray(y), layer(h).numpy())
        claim("running mean", np.asarray(mean), np.asarray(layer.running_mean))
        claim("running variance", np.asarray(variance), np.asarray(layer.running_var))


@exercise("Batch normalisation of h (..., C), in training, at its first step: w = 1, b = 0, "
          "running_mean = 0, running_var = 1, momentum = 0.1.  Return (y, the new running_mean, "
          "the new running_var).", check=check_batch_norm,
          hint="moments over all axes but the last; the running ones move a tenth of the way, "
               "towards the mean and towards the variance that divides by n - 1")
def batch_norm(h, eps):
    return None


# %%
def check_order(answer):
    rng = np.random.default_rng(8)
    claim("all five above", answer(np.arange(5.0) + 5, np.arange(5.0)), 1 / math.comb(10, 5))
    claim("all five below", answer(np.arange(5.0) - 5, np.arange(5.0)), 1.0)
    claim("two and two, in turns", answer(np.array([2.0, 4.0]), np.array([1.0, 3.0])), 2 / 6)
    claim("tanh in the generator, first five seeds", answer(tanh[:5], base_seeds[:5]),
          1 / once_in(20, 5))
    chances = [answer(rng.normal(size=4), rng.normal(size=4)) for _ in range(300)]
    claim("where nothing is different: at most 1/10 is as rare as it says",
          float(np.mean(np.array(chances) <= 0.1)), 0.1, math.sqrt(0.09 / 300), relation="<=")


@exercise("Two groups of seeds, a and b, all numbers different.  If the groups were alike, every "
          "choice of len(a) of the numbers would be as likely to be a.  Return the share of "
          "choices that are above the rest in at least as many pairs as a is above b.",
          check=check_order,
          hint="itertools.combinations(range(10), 5) goes through the choices; count pairs as "
               "`above` does")
def chance_of_order(a, b):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Larger images**: `scratchgen train dcgan --data mnist` has 28 by 28 pixels; the paper has 64 by
  64, with four layers: Radford, Metz and Chintala, *Unsupervised Representation Learning with Deep
  Convolutional GANs* (2016), section 3 for the guidelines, 5 for features, 6 for walks and for sums
  of noise vectors.
- **Why batch normalisation helps at all** is disputed: Ioffe and Szegedy (2015) say that the
  distributions of layers stay put; Santurkar et al., *How Does Batch Normalization Help
  Optimization?* (2018), that the loss is smoother.  Our table does not decide it.
- **Its company as information**: a discriminator that is *meant* to compare the images of a batch
  notices when they are all alike: minibatch discrimination (Salimans et al. 2016, section 3.2), or
  packing (lesson 19).
- **A fixed batch** of noise for the statistics, so that an image does not depend on its company:
  virtual batch normalisation (there, section 3.5).
- **Comparing GANs with many seeds and budgets**: Lucic et al., *Are GANs Created Equal?* (2018):
  with enough search most kinds reach similar distances.
- Labels other than 1 and 0 are in lesson 18, a bound on the critic's slope in lesson 19.
"""
