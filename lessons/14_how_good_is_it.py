# %% [markdown]
r"""
# How good is it?

**You will**

- bound $\log p(x)$ of digits that a model has never seen, more and more tightly;
- split what a VAE does into rate and distortion, and see a posterior collapse in numbers;
- judge codes by known factors, scores by outliers, images by a reader that learned from them.

**Prerequisites** The VAE of lesson 12, the latent space of lesson 13.  **Takes** about 10 seconds
on a CPU.

Somebody shows you samples of a generative model.  They look good.  So do the training images, and a
program that stores them and hands them out looks best of all.  Looking at samples is no
measurement.  What is?

There is no single number.  There are several questions, each with a number of its own, and a model
may be good by one and worthless by another.

**Predict.**  Two VAEs with the same layers: one makes more faithful copies, the other has the
higher bound on $\log p(x)$ of new digits.  Can that be?
"""

# %%
import json
import math
import pathlib

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("How good is it?")
predict("Two VAEs with the same layers: one makes more faithful copies, the other has the higher "
        "bound on log p(x) of new digits.  Can that be?")

# %% [markdown]
r"""
## A row of models

The same VAE, trained with different weights $\beta$ of the divergence:

$$\mathcal L_\beta = \mathbb{E}_q[\log p(x|z)] - \beta\,\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big).$$

With $\beta = 1$ it is the ELBO, with $\beta > 1$ a looser bound on $\log p(x)$, with $\beta < 1$ no
bound at all.
"""

# %%
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)


def fit(model, loss, x, epochs, lr=1e-2):
    """Adam on the mean of loss(model, batch, noise), slower in the last third."""
    order, noise = np.random.default_rng(1).spawn(2)
    adam = optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        if epoch == 2 * epochs // 3:
            adam.lr = lr / 5
        for batch in data.batches(x, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(model, batch, noise)).backward()
            adam.step()
    return model


def vae(x=bits, beta=1, epochs=8 if FAST else 40):
    """A VAE of digits with codes of 10 numbers, trained on x with this weight."""
    model = models.vae_dense(64, 10, (128,), activation="tanh", rng=0)
    return fit(model, lambda m, batch, noise: -m.elbo(batch, beta=beta, rng=noise), x, epochs)


betas = (0.1, 1, 2, 4)
trained = {beta: vae(beta=beta) for beta in betas}
best = trained[1]


def higher(text, one, other, by=0.0):
    """Claim that one is higher than the other on the average, pair by pair."""
    difference = np.asarray(one, dtype=float) - np.asarray(other, dtype=float)
    claim(text, difference.mean(), by, difference.std(ddof=1) / math.sqrt(len(difference)),
          relation=">")


# %% [markdown]
r"""
## How likely are digits it has never seen?

The first question is that of maximum likelihood.  A VAE cannot tell $\log p(x)$, but a bound on it
that gets better the more one draws (Burda, Grosse and Salakhutdinov 2016):

$$\log p(x) \ge \mathbb{E}\left[\log\frac1k\sum_{i=1}^k w_i\right], \qquad
w_i = \frac{p(x|z_i)\,p(z_i)}{q(z_i|x)}, \quad z_i \sim q(z|x).$$

With $k = 1$ it is the ELBO.  Does it really climb to $\log p(x)$?  We ask a model that knows: the
linear VAE of lesson 11, with an encoder that is too wide on purpose.
"""

# %%
heading("How likely are digits it has never seen?")
linear = models.LinearGaussianVAE.maximum_likelihood(train.images.astype(float), 5)
linear.log_code_scale.data = linear.log_code_scale.numpy() + 0.5
grey = test.images[:80 if FAST else None].astype(float)
exact = linear.log_prob(grey).numpy()
noise = np.random.default_rng(2)
with sg.no_grad():
    for k in (1, 10, 1000):
        bound = sg.elbo.iwae_bound(linear, grey, k, rng=noise).numpy()
        say(f"linear, k = {k:4}: {bound.mean():8.3f} nats, {(exact - bound).mean():.3f} below "
            "the exact log p(x)")
        if k == 1:
            short = linear.gap(grey).numpy()
            claim("k = 1 falls short by KL(q, posterior)", (exact - bound).mean(), short.mean(),
                  (exact - bound - short).std() / math.sqrt(len(exact)))
claim("k = 1000 falls short by less than 0.02 nats", (exact - bound).mean(), 0.02, relation="<")

# %% [markdown]
r"""
Now the models that do not know.  (`log_prob(x, k)` is this bound.)

**Predict.**  Which of the four $\beta$ gives the highest bound on *new* digits?
"""

# %%
predict("Which of the betas 0.1, 1, 2 and 4 gives the highest bound on new digits?")
draws = (1, 10, 100) if FAST else (1, 10, 100, 1000)
bounds = {beta: [model.log_prob(test_bits, k, rng=noise).numpy() for k in draws]
          for beta, model in trained.items()}
for beta, values in bounds.items():
    say(f"beta {beta:4}: " + "   ".join(f"k = {k}: {b.mean():7.2f}"
                                        for k, b in zip(draws, values)))
with sg.no_grad():
    elbo = best.elbo(test_bits, n=20, rng=noise).numpy()
for k, upper in zip(draws[1:], bounds[1][1:]):
    higher(f"beta = 1: the bound with k = {k} is above the ELBO", upper, elbo)
for beta in (0.1, 2, 4):
    higher(f"the bound with beta = 1 is above that with {beta}", bounds[1][-1], bounds[beta][-1])
higher("beta = 0.1: it still climbs with the last draws", bounds[0.1][-1], bounds[0.1][-2])

# %% [markdown]
r"""
A bound that still climbs is no estimate of $\log p(x)$ yet: with $\beta = 0.1$ the encoder is so
sure of itself that its draws miss places that matter, and $\log p(x)$ lies higher, nobody knows how
much.

These are nats of *bits*.  Nats of grey levels are something else: a probability is at most 1, a
density has no limit.  So the library refuses to compare them.
"""

# %%
of_grey = models.vae_dense(64, 10, (128,), likelihood="gaussian", rng=0)
try:
    models.compare({"bits": best, "grey levels": of_grey}, test_bits, rng=0)
    refused = "compared"
except ValueError as error:
    refused = "refused"
    say(error)
claim("a Bernoulli and a Gaussian VAE", refused, "refused")

# %% [markdown]
r"""
## Rate and distortion

The ELBO is a difference, and one number hides two.  Think of sending an image by its code: the
**rate** is what the code costs, the **distortion** what is left unsaid and must be sent after it
(Alemi et al. 2018), both in nats per image:

$$R = \mathbb{E}\,\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big), \qquad
D = -\mathbb{E}\,\mathbb{E}_q[\log p(x|z)], \qquad \mathrm{ELBO} = -(R + D).$$

Models of the same ELBO lie on a line of slope $-1$.  Which point of it you get is another matter,
and $\beta$ chooses.
"""

# %%
heading("Rate and distortion")
show(models.rate_distortion)
seen = bits[:500] if FAST else bits
points = {beta: models.rate_distortion(model, seen, rng=noise, draws=2 if FAST else 5)
          for beta, model in trained.items()}
for beta, point in points.items():
    say(f"beta {beta:4}: {point}")
for a, b in zip(betas, betas[1:]):
    one, other = points[a], points[b]
    claim(f"beta {a} to {b}: the rate falls", one.rate.value, other.rate.value,
          math.hypot(one.rate.standard_error, other.rate.standard_error), relation=">")
    claim(f"beta {a} to {b}: the distortion grows", other.distortion.value, one.distortion.value,
          math.hypot(one.distortion.standard_error, other.distortion.standard_error), relation=">")
claim("the answer to the first question: better copies",
      points[0.1].distortion.value, points[1].distortion.value, relation="<")
claim("   and a lower bound on log p(x) of new digits", bounds[0.1][-1].mean(),
      bounds[1][-1].mean(), relation="<")

INK = "#22262e"
figure, (left, right) = viz.panels(1, 2, size=(5.2, 3.8))
rates = np.array([p.rate.value for p in points.values()])
distortions = np.array([p.distortion.value for p in points.values()])
reach = 1.1 * max(rates.max(), distortions.max())
axis = np.linspace(0, reach, 50)
levels = left.contourf(axis, axis, -(axis + axis[:, None]), 12, cmap="cividis", alpha=0.7)
viz.style.colour_bar(left, levels, "ELBO, nats per digit")
left.plot(rates, distortions, color=INK, linewidth=1)
for beta, colour in zip(betas, viz.CLASS_COLOURS):
    left.scatter(points[beta].rate.value, points[beta].distortion.value, s=70, color=colour,
                 edgecolor="white", zorder=3, label=rf"$\beta$ = {beta}")
    right.plot(draws, [b.mean() for b in bounds[beta]], color=colour, marker="o",
               label=rf"$\beta$ = {beta}")
left.set(xlim=(0, reach), ylim=(0, reach), xlabel="rate, nats per digit",
         ylabel="distortion, nats per digit")
left.set_title("Bands of equal ELBO", loc="left", fontsize=11, color=INK)
right.set(xscale="log", xlabel="draws $k$", ylabel=r"bound on $\log p(x)$, nats per new digit")
right.set_title("The importance-weighted bound", loc="left", fontsize=11, color=INK)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
    ax.legend(frameon=False, fontsize=9)
save_figure(figure, "14_rate_and_distortion")

# %% [markdown]
r"""
So yes: with $\beta = 0.1$ copies are the best and the bound is lower, as such a model pays more for
its codes than they are worth.

## What is the rate spent on?

Three instruments look into it.

- **KL per unit**: the divergence is a sum over the numbers of the code; each has its share.
- **Active units**: a number is in use if its mean moves with the image,
  $\mathrm{Var}_x(\mathbb{E}_q[z_j|x]) > 0.01$.
- **Information**: the rate is what the code tells about the image, plus the mismatch of lesson 13.
  The information about which of $N$ images it was is never more than $\log N$: an estimate near
  that only says that there were too few images.
"""

# %%
heading("What is the rate spent on?")
show(models.information)
claim("a unit is active above", models.instruments.ACTIVE, 0.01)
found = {beta: models.examine(model, seen, rng=noise) for beta, model in trained.items()}
for beta, examination in found.items():
    say(f"beta = {beta}")
    say(examination)
for beta, (point, units, information, _) in found.items():
    claim(f"beta {beta}: units add up to the rate", sum(units.kl), point.rate.value,
          tolerance=1e-5)
    claim("   information is at most log N", information.nats.value, information.limit,
          relation="<")
    claim("   mismatch is a divergence, never negative", information.mismatch.value, 0,
          information.mismatch.standard_error, relation=">=")
claim("beta = 0.1: near log N, too few images to tell", found[0.1].information.nats.value,
      0.8 * math.log(len(seen)), relation=">")
claim("beta = 4: no unit is worth a tenth of a nat", max(found[4].units.kl), 0.1,
      relation="<")
claim("beta = 1: the best unit is worth several of those", max(found[1].units.kl), 0.5,
      relation=">")

# %% [markdown]
r"""
## Collapse

A popular way to write the loss takes the *mean* over the 64 pixels and the *sum* over the code.
Nothing in it looks wrong.  In the units of the ELBO it is

$$\tfrac1{64}\,(-\log p(x|z)) + \mathrm{KL} \;\propto\; -\log p(x|z) + 64\,\mathrm{KL}.$$

**Predict.**  What will the encoder do with $\beta = 64$?
"""

# %%
heading("Collapse")
predict("The loss is the mean over 64 pixels plus the KL, summed.  What will the encoder do?")


def mean_over_pixels(model, batch, noise):
    """The mistake: a mean over pixels plus a sum over the code."""
    reconstruction, kl = model.terms(batch, rng=noise)
    return kl - reconstruction / 64


silent = fit(models.vae_dense(64, 10, (128,), activation="tanh", rng=0), mean_over_pixels, bits,
             8 if FAST else 40, lr=2e-3)
verdict = models.collapse(silent, seen, rng=3)
say(verdict)
claim("the verdict", verdict.verdict, "collapsed")
claim("its rate", models.rate_distortion(silent, seen, rng=3).rate.value, 0.1, relation="<")
claim("what it makes of any image: the same, as far as one sees",
      np.ptp(silent(test_bits).numpy(), axis=0).max(), 0.1, relation="<")
claim("   and that is the mean image", silent(test_bits[:1]).numpy()[0], bits.mean(axis=0),
      tolerance=0.1)
claim("the one trained as it should be", found[1].collapse.verdict != "collapsed")

# %% [markdown]
r"""
The encoder says the same of every image, as saying anything costs 64 times what it is worth.
(Look back at $\beta = 4$: several units pass as active, and together they tell next to nothing.
Ask more than one instrument.)  The other cause is a decoder that needs no code, such as one that
sees the pixels before the one it draws (lesson 17): then the rate is 0 and the *likelihood may be
excellent*.  The ELBO cannot tell a useful code from none; rate, information and the verdict can.

## Known factors

Sprites are drawn from five factors: shape, scale, rotation, x and y.  Does one number of the code
hold one factor?  For each factor, the **mutual information gap** is how much more the number that
knows it best knows than the second best, as a share of the factor's entropy $H$ (Chen et al.
2018).  Here $I$ is the mutual information, how many nats number $z_j$ tells about factor $v_k$, and
$j^*$ is the number that tells most:

$$\mathrm{MIG} = \frac1K\sum_k \frac{I(z_{j^*}; v_k) - \max_{j \ne j^*} I(z_j; v_k)}{H(v_k)}.$$

A code that is the factors has 1, a code without them 0.  And a code that is the factors, turned by
45 degrees?
"""

# %%
heading("Known factors")
images, factors = data.sprites(600 if FAST else 2000, rng=np.random.default_rng(4))
sprites = data.binarise(images.reshape(len(images), -1))
turned = factors[:, 3:] @ np.array([[1, 1], [-1, 1]]) / math.sqrt(2)
noise_codes = np.random.default_rng(5).standard_normal((len(factors), 4))
say(f"the factors   {models.mutual_information_gap(factors, factors)}")
say(f"noise         {models.mutual_information_gap(noise_codes, factors)}")
say(f"x, y, turned  {models.mutual_information_gap(turned, factors[:, 3:])}")
claim("the factors themselves", models.mutual_information_gap(factors, factors).mig, 0.9,
      relation=">")
claim("noise", models.mutual_information_gap(noise_codes, factors).mig, 0.05, relation="<")
claim("turned: everything is there, but not in one number",
      models.mutual_information_gap(turned, factors[:, 3:]).mig, 0.1, relation="<")

# %% [markdown]
r"""
Nothing in the ELBO forbids the turn: $N(0, I)$ looks the same from every side.  The hope of
$\beta > 1$ is that it does.  A small run, here and now:
"""

# %%
for beta in (1, 4):
    model = fit(models.vae_dense(256, 8, (128,), rng=0),
                lambda m, batch, noise: -m.elbo(batch, beta=beta, rng=noise), sprites,
                3 if FAST else 25, lr=3e-3)
    with sg.no_grad():
        codes = model.encode(sprites).sample(rng=noise).numpy()
    say(f"beta {beta}: {models.mutual_information_gap(codes, factors)}")

# %% [markdown]
r"""
One seed shows nothing.  The committed experiment (`benchmarks/disentanglement.py`) has five seeds
for each $\beta$, 5,000 sprites to train on and 3,000 others to measure with.

**Predict.**  Does the gap grow with $\beta$ without end?
"""

# %%
predict("Does the mutual information gap grow with beta without end?")
committed = pathlib.Path(sg.__file__).parents[1] / "benchmarks/results/disentanglement.json"
runs = json.loads(committed.read_text(encoding="utf-8"))
claim("sprites to train on", runs["settings"]["train"], 5000)
claim("others to measure with", runs["settings"]["test"], 3000)
runs = runs["results"]
gaps = {beta: np.array([run["mig"] for run in seeds]) for beta, seeds in runs.items()}
for beta, gap in gaps.items():
    say(f"beta {beta}: MIG {gap.mean():.3f} +- {gap.std(ddof=1) / math.sqrt(len(gap)):.3f}, seeds "
        + " ".join(f"{g:.2f}" for g in gap))
claim("seeds", len(gaps["1"]), 5)
claim("beta = 4 is better than 1, on the average", gaps["4"].mean(), 2 * gaps["1"].mean(),
      relation=">")
claim("its worst seed is no better than the best of beta = 1", gaps["4"].min(), gaps["1"].max(),
      relation="<")
claim("beta = 8 is too much", gaps["8"].mean(), gaps["4"].mean(), relation="<")
claim("   shape and scale no longer fit into the code",
      max(run["gaps"][factor] for run in runs["8"] for factor in ("shape", "scale")), 0.01,
      relation="<")
turns = [run["gaps"]["rotation"] for seeds in runs.values() for run in seeds]
claim("rotation is never held by one number", max(turns), 0.02, relation="<")

figure, (left, right) = viz.panels(1, 2, size=(5.2, 3.6))
for (beta, gap), colour in zip(gaps.items(), viz.CLASS_COLOURS):
    left.scatter([beta] * len(gap), gap, color=colour, s=36, zorder=3)
left.plot(list(gaps), [gap.mean() for gap in gaps.values()], color=INK, linewidth=1)
left.set(xlabel=r"$\beta$", ylabel="mutual information gap", ylim=(0, None))
left.set_title("Five seeds, and their mean", loc="left", fontsize=11, color=INK)
names = list(runs["1"][0]["gaps"])
shares = np.array([[np.mean([run["gaps"][factor] for run in seeds]) for seeds in runs.values()]
                   for factor in names])
viz.heat_map(shares, rows=names, columns=list(runs), ax=right, title="The gap of each factor",
             xlabel=r"$\beta$", ylabel="factor", label="share of the factor's entropy")
left.spines[["top", "right"]].set_visible(False)
save_figure(figure, "14_disentanglement")

# %% [markdown]
r"""
## Outliers

A model with a likelihood should notice what does not belong.  The score is $-\log p(x)$, and the
**AUROC** is the chance that an outlier has a higher score than a digit: 1 is perfect, 1/2 is a
coin.

**Predict.**  Four kinds of outlier: coin tosses for pixels; digits with their pixels shuffled; the
digit 1, for a model that never saw one; and *copies*, test digits as the model itself reconstructs
them.  Which will be found?
"""

# %%
heading("Outliers")
predict("Outliers: coin tosses, shuffled digits, the digit 1 for a model that never saw one, and "
        "the model's own copies of test digits.  Which are found by -log p(x)?")
rng = np.random.default_rng(6)
score_draws = 20 if FAST else 100
scored = {"test digits": models.outlier_scores(best, test_bits, draws=score_draws, rng=rng)}
kinds = {"coin tosses": (rng.random(test_bits.shape) < 0.5).astype(np.float32),
         "shuffled": rng.permuted(test_bits, axis=1),
         "copies": (best(test_bits).numpy() > 0.5).astype(np.float32)}
for name, x in kinds.items():
    scored[name] = models.outlier_scores(best, x, draws=score_draws, rng=rng)
    area = models.auroc(scored["test digits"], scored[name])
    say(f"{name:12} AUROC {area.value:.3f} +- {area.standard_error:.3f}")
    if name == "copies":
        claim("copies: found less often than by a coin", area.value, 0.5, area.standard_error,
              relation="<")
    else:
        claim(f"{name}: found", area.value, 0.99, relation=">")

without = vae(bits[train.labels != 1])
ones = np.concatenate([bits[train.labels == 1], test_bits[test.labels == 1]])
area = models.auroc(*(models.outlier_scores(without, x, draws=score_draws, rng=rng)
                      for x in (test_bits[test.labels != 1], ones)))
say(f"unseen ones  AUROC {area.value:.3f} +- {area.standard_error:.3f}")

figure, (left, right) = viz.panels(1, 2, size=(5.2, 3.6))
edges = np.geomspace(5, 500, 60)
for (name, values), colour in zip(scored.items(), viz.CLASS_COLOURS):
    left.hist(values, edges, weights=np.full(len(values), 1 / len(values)), histtype="stepfilled",
              alpha=0.5, color=colour, label=name)
left.set(xscale="log", xlabel=r"$-\log p(x)$, nats", ylabel="share of the images")
left.set_title("Scores: copies are likelier than digits", loc="left", fontsize=11, color=INK)
left.legend(frameon=False, fontsize=9)
left.spines[["top", "right"]].set_visible(False)
committed = committed.with_name("outliers.json")
report = json.loads(committed.read_text(encoding="utf-8"))["results"]
for offset, (kind, colour) in enumerate(zip(("vae", "made"), viz.CLASS_COLOURS)):
    areas = np.array([report[k][kind]["unseen class"] for k in sorted(report)])
    right.errorbar(np.arange(10) + 0.2 * offset - 0.1, areas[:, 0], yerr=areas[:, 1], fmt="o",
                   color=colour, capsize=2, label=kind.upper())
right.axhline(0.5, color=INK, linewidth=0.8)
right.set(xlabel="the digit never seen", ylabel="AUROC", xticks=range(10), ylim=(0.4, 1.02))
right.set_title("Each class held out in turn (1/2 is a coin)", loc="left", fontsize=11, color=INK)
right.legend(frameon=False, fontsize=9, loc="lower right")
right.spines[["top", "right"]].set_visible(False)
save_figure(figure, "14_outliers")
vae_areas = {k: found["vae"]["unseen class"][0] for k, found in report.items()}
say("AUROC by a VAE, of "
    + "  ".join(f"{k}: {area:.2f}" for k, area in vae_areas.items()))
claim("the class that passes for the others", min(vae_areas, key=vae_areas.get), "1")
claim("   hardly better than a coin", vae_areas["1"], 0.7, relation="<")
claim("the class that is found best, on the right", max(vae_areas.values()), 0.9, relation=">")

# %% [markdown]
r"""
(On the right MADE, the model of lesson 17 that knows $p(x)$ exactly, stands beside the VAE.)  Noise
is found, always.  A one is a short stroke, such as every other digit is made of: it is
*simple*, so a model that never saw a one finds it nearly as likely as what it knows.  And the
model's own copies, smoother than any hand, are likelier than real digits: the score prefers the
forgeries.  A high likelihood says "typical strokes, no surprises", not "one of us" (Nalisnick et
al. 2019).

## A reader that has never seen a real digit

The last judge looks at samples, but does not get tired.  Train a classifier on *generated* digits
alone, one small VAE for each class, and let it read real ones.  If samples are wrong, or all alike,
it will not learn to read.
"""

# %%
heading("A reader that has never seen a real digit")
per_class = 60 if FAST else 150
generated, labels = [], np.repeat(np.arange(10), per_class)
for k in range(10):
    writer = models.vae_dense(64, 5, (64,), activation="tanh", rng=k)
    fit(writer, lambda m, batch, noise: -m.elbo(batch, rng=noise), bits[train.labels == k],
        20 if FAST else 80)
    generated.append(writer.sample(per_class, rng=k, draw=True).numpy())
generated = np.concatenate(generated)


def accuracy(x, y):
    """The share of real test digits that are read right after learning from (x, y)."""
    reader, order = nn.mlp(64, 64, 10, rng=0), np.random.default_rng(7)
    adam = optim.Adam(reader.parameters(), lr=5e-3)
    for _ in range(8 if FAST else 30):
        for images, classes in data.batches((x, y), 50, rng=order):
            adam.zero_grad()
            ops.mean(ops.softmax_cross_entropy(reader(images), classes)).backward()
            adam.step()
    return (reader(test_bits).numpy().argmax(axis=1) == test.labels).mean()


forged, real = accuracy(generated, labels), accuracy(bits, train.labels)
one_each = np.repeat(generated[::per_class], per_class, axis=0)
say(f"learned from real digits {real:.1%}, from generated ones {forged:.1%}, from one generated "
    f"digit of each class {accuracy(one_each, labels):.1%}")
claim("reads real digits, having seen generated ones only", forged, 0.75, relation=">")
claim("and nearly as well as one that learned from real ones", forged, real - 0.15, relation=">")
claim("a generator collapsed to one sample teaches little", accuracy(one_each, labels),
      forged - 0.2, relation="<")
viz_axes = viz.image_grid(np.stack([generated[i::per_class] for i in range(6)]).reshape(-1, 8, 8),
                          columns=10, title="All that the reader has seen is like these: six of "
                                            f"{per_class} a class")
save_figure(viz_axes, "14_generated")

# %% [markdown]
r"""
## Break it: weights upside down

The mistake of lesson 11 again, now on a trained VAE: a well-known collection turns the importance
weights around, and the *worst* draw counts most.  Written as a bound it is

$$-\log\frac1k\sum_i \frac1{w_i} \qquad\text{instead of}\qquad \log\frac1k\sum_i w_i.$$

With $k = 1$ both are the same number, so a test with one draw passes.

**Predict.**  What does the wrong one do as $k$ grows?
"""

# %%
heading("Break it: weights upside down")
predict("The weights are turned upside down: 1 / w instead of w.  What does the number do as k "
        "grows?")


def log_weights(model, x, k, rng):
    """log w_i of k draws for each example.   -> (k, N)"""
    with sg.no_grad():
        q = model.encode(x)
        z = q.sample(k, rng=rng)
        return np.stack([(model.decode(z[i]).log_prob(x) + model.prior.log_prob(z[i])
                          - q.log_prob(z[i])).numpy() for i in range(k)])


def upside_down(log_w):
    """The mistake: -log mean 1/w."""
    return math.log(len(log_w)) - np.logaddexp.reduce(-log_w, axis=0)


one, many = (log_weights(best, test_bits, k, np.random.default_rng(8)) for k in (1, 50))
claim("k = 1: the same number", upside_down(one), one[0], tolerance=1e-6)
wrong, right = upside_down(many), np.logaddexp.reduce(many, axis=0) - math.log(50)
say(f"k = 1: {one.mean():.2f}   k = 50: right {right.mean():.2f}, upside down {wrong.mean():.2f}")
higher("the right one rises", right, many[0])
higher("the wrong one falls: the check that sees it", many[0], wrong)

# %% [markdown]
r"""
On the average, more draws must never make a bound worse.  On the linear model, where $\log p(x)$ is
known, one looks at the number itself.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 14 --check`.
"""

# %%
heading("Exercises")


def check_bound(answer):
    log_w = np.random.default_rng(9).standard_normal((40, 6)) * 2
    claim("the log of a mean", answer(log_w), np.log(np.exp(log_w).mean(axis=0)))
    claim("also where weights underflow", answer(log_w - 1e4),
          np.log(np.exp(log_w).mean(axis=0)) - 1e4)


@exercise("Return the importance-weighted bound of each example from log weights (k, N).",
          check=check_bound, hint="take the largest out of the sum before you exponentiate, or let "
          "np.logaddexp.reduce do it; and do not forget 1/k")
def importance_bound(log_w):
    return None


# %%
def check_area(answer):
    a, b = np.round(np.random.default_rng(10).standard_normal((2, 60)), 1)
    claim("ties count half", answer(a, b), models.auroc(a, b).value)
    claim("a score that says nothing", answer(np.zeros(4), np.zeros(5)), 0.5)
    claim("perfect", answer(np.arange(3.0), np.arange(3.0) + 3), 1.0)


@exercise("Return the AUROC of the scores of digits and of outliers: the share of pairs in which "
          "the outlier is higher, where equal scores count half.", check=check_area,
          hint="inside[:, None] < outside compares all pairs at once")
def area_under_the_curve(inside, outside):
    return None


# %%
def check_effective(answer):
    claim("mean over pixels, sum over the code", answer(64, 1.0, 10, False), 64)
    claim("mean over pixels, mean over the code", answer(64, 1.0, 10, True), 6.4)
    claim("500 times the mean over 1024 pixels", answer(1024, 500.0, 200, False), 1024 / 500)


@exercise("A loss is `weight` times the mean over `pixels` pixels of -log p(x|z), plus the KL, "
          "summed over the `latent` numbers of the code, or averaged over them if `mean_kl`.  "
          "Return the beta of the ELBO, in nats, that it has the gradient of but for a factor.",
          check=check_effective, hint="multiply the loss by what turns its first term into a sum "
          "with weight 1, and look at the second")
def effective_beta(pixels, weight, latent, mean_kl):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Distances between samples and data** without a likelihood, such as FID and precision and
  recall: they need features of a network trained on something, and inherit what it cannot see.
  Lessons 20 and 21 use one.
- **Memory.**  A model that repeats its training images does well by its samples; $\log p(x)$ of
  *new* images is what notices.
- **A better bound on $\log p(x)$** by annealed importance sampling: Wu, Burda, Salakhutdinov and
  Grosse (2017), section 3.
- Alemi, Poole, Fischer, Dillon, Saurous and Murphy, *Fixing a Broken ELBO* (2018), figure 1.
- Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders* (2016), appendix C for active
  units.
- Chen, Li, Grosse and Duvenaud, *Isolating Sources of Disentanglement* (2018), section 4; and
  Locatello et al. (2019), who show that no unsupervised method finds the factors without luck.
- Theis, van den Oord and Bethge, *A note on the evaluation of generative models* (2016).
- Nalisnick et al., *Do Deep Generative Models Know What They Don't Know?* (2019).
"""
