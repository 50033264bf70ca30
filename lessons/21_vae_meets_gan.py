# %% [markdown]
r"""
# VAE meets GAN

**You will**

- ask pixels, a classifier and a discriminator what they find alike: a digit that has moved, a digit
  that is blurred, and another digit;
- write the VAE/GAN as one table, three losses for three networks, and hold every gradient that the
  library computes against it;
- put a loss where it does not belong, twice: one mistake ruins everything, the other hardly shows
  in a curve; and lay what four models make side by side.

**Prerequisites** The VAE (lesson 12) and its likelihoods (lesson 15), convolution (lesson 16), and
the game of lesson 18.  **Takes** about 18 seconds on a CPU.

A VAE knows the code of an image, but what it draws is blurred.  A GAN draws sharply, but nobody can
tell it an image and ask for its code.  Larsen, Sønderby, Larochelle and Winther (2016) saw that the
decoder of the one and the generator of the other are the same kind of network, from a code to an
image, and made them *one* network.  That takes two ideas: a likelihood that looks elsewhere than at
pixels, and care about which loss moves which network.

**Predict.**  Move a digit by one pixel.  Which is nearer to the original, pixel by pixel: the moved
copy, or a digit of another class?
"""

# %%
import json
import math
import pathlib

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.distributions import Normal, kl
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)
from scratchgen.models.vaegan import VAEGANGame

INK, MUTED = "#22262e", "#5c6370"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("VAE meets GAN")
predict("Move a digit by one pixel.  Which is nearer to the original, pixel by pixel: the moved "
        "copy, or a digit of another class?")

# %% [markdown]
r"""
## What pixels find alike

The likelihood of a VAE with a Gaussian of standard deviation $\sigma$ for each of $D$ pixels is, as
in lesson 15,

$$\log p(x|z) = -\frac{\|x - \tilde x\|^2}{2\sigma^2} - D \log\big(\sigma\sqrt{2\pi}\big),
\qquad \tilde x = g(z).$$

Whatever else happens, two images are alike if $\|x - \tilde x\|^2$ is small.  Let us measure that
on test digits, in units of what two digits, picked at random, have on average.  Beside it stands
the same number in the **features** of a classifier: its last hidden layer, $h(x)$.
"""

# %%
train, test = data.load("digits")
images, test_images = (part.images.reshape(-1, 8, 8) for part in (train, test))


def array(x):
    """A Tensor as a NumPy array; an array as it is."""
    return x.numpy() if hasattr(x, "numpy") else x


def rows(f, x):
    """f(x) without a graph, one row of numbers an image.   -> (N, F) float64"""
    with sg.no_grad():
        return array(f(x)).reshape(len(x), -1).astype(np.float64)


def unit(f):
    """E |f(x) - f(y)|^2 of two independent test digits: twice the sum of the variances."""
    return 2 * rows(f, test_images).var(axis=0).sum()


def apart(f, x, y):
    """|f(x) - f(y)|^2 of each pair, in units of two random digits.   -> (N,)"""
    return np.square(rows(f, x) - rows(f, y)).sum(axis=1) / unit(f)


def moved(x, by):
    """Each image moved to the right by `by` = 1 or -1 pixels, zeros behind it."""
    return np.pad(x, ((0, 0), (0, 0), (1, 1)))[:, :, 1 - by:9 - by]


def pixels(x):
    return x


classifier = models.Classifier(64, 10, (128, 32), rng=9)
classifier.fit(train.images, train.labels, rng=np.random.default_rng(9), epochs=15)


def classified(x):
    """h(x), the last hidden layer of the classifier."""
    return classifier.features(x.reshape(-1, 64))


heading("What pixels find alike")
say(f"the classifier is right about {classifier.accuracy(test.images, test.labels).value:.0%} "
    "of the test digits")
shifted = moved(test_images, 1)
blurred = (moved(test_images, -1) + test_images + shifted) / 3
different = test.labels[:, None] != test.labels


def to_others(f):
    """(mean, least) distance of each test digit from those of other classes.   -> (N,), (N,)"""
    x = rows(f, test_images)
    squares = np.square(x).sum(axis=1)
    d = (squares[:, None] + squares - 2 * x @ x.T) / unit(f)
    mean = (d * different).sum(axis=1) / different.sum(axis=1)
    return mean, np.where(different, d, np.inf).min(axis=1)


found = {}
HEAD = f"{'':26}{'moved':>8}{'blurred':>10}{'another class':>16}"


def measure(name, f):
    """Put what f finds alike into `found`, and print it."""
    found[name] = {"moved": apart(f, test_images, shifted),
                   "blurred": apart(f, test_images, blurred), "another class": to_others(f)[0]}
    say(f"{name:26}" + "".join(f"{d.mean():{width}.2f}"
                               for d, width in zip(found[name].values(), (8, 10, 16))))


say(HEAD)
measure("pixels", pixels)
measure("features of a classifier", classified)
claim("pixels: moved by one, as far as another class, or farther",
      found["pixels"]["moved"].mean() / found["pixels"]["another class"].mean(), 1, relation=">")
claim("   share of digits with another class nearer than that",
      (found["pixels"]["moved"] > to_others(pixels)[1]).mean(), 0.99, relation=">")
claim("a classifier's features: less than half as far",
      found["features of a classifier"]["moved"].mean()
      / found["features of a classifier"]["another class"].mean(), 0.5, relation="<")
reads_moved = classifier.accuracy(shifted.reshape(-1, 64), test.labels).value
claim("   though of the moved ones it reads about half", reads_moved, 0.5, tolerance=0.1)

# %% [markdown]
r"""
To pixels a digit beside itself is a stranger.  To the classifier it is a relative, because that is
what a classifier learns: to forget what makes no difference to the class.  (As far as its examples
tell.  None of them stands beside its place, and about half of those that do it takes for others.)

## Blur is the mean of what is possible

A code cannot say everything.  Suppose it says *which* digit, but not whether it stands one pixel to
the left, in the middle, or one to the right.  The decoder has one answer, $c$, for all three.  For
any $c$ and any random $x$ with mean $m$,

$$\mathbb{E}\|x - c\|^2 = \mathbb{E}\|x - m\|^2 + \|m - c\|^2,$$

so the best answer is $c = m$: the average of the three, which is none of them.  **Blur is no
accident.  It is what the squared error asks for.**
"""

# %%
heading("Blur is the mean of what is possible")
possible = np.stack([moved(test_images, -1), test_images, shifted])


def expected(c):
    """E |x - c|^2 over the three possible images, averaged over the test digits."""
    return np.square(possible - c).sum(axis=(2, 3)).mean()


c = np.random.default_rng(1).random(test_images.shape)
mean = possible.mean(axis=0)
claim("the identity, for any other image", expected(c),
      expected(mean) + np.square(mean - c).sum(axis=(1, 2)).mean(), tolerance=1e-6)
say(f"E |x - c|^2: {expected(mean):.2f} for the average, {expected(test_images):.2f} for the digit "
    "in the middle")
claim("the average beats each of the three", expected(mean),
      min(expected(x) for x in possible), relation="<")


def edges(x):
    """Total variation: sum |difference| of pixels side by side or one above the other.   -> (N,)"""
    return sum(abs(np.diff(x, axis=axis)).sum(axis=(1, 2)) for axis in (1, 2))


say(f"edges (total variation): {edges(test_images).mean():.1f} a digit, "
    f"{edges(mean).mean():.1f} an average")
claim("and has weaker edges, in every digit", bool((edges(mean) < edges(test_images)).all()))

# %% [markdown]
r"""
## A likelihood of features

The way out (Larsen et al., eqs. 6 and 7): let something else than pixels be Gaussian.  Take a layer
$f$ of a network that has learned to look at images, and put

$$p\big(f(x)\,|\,z\big) = N\big(f(x);\ f(\tilde x),\ s^2 I\big), \qquad
\log p\big(f(x)|z\big) = -\frac{\|f(x) - f(\tilde x)\|^2}{2 s^2} + \text{constant}.$$

Which network?  Not a classifier, for that takes labels.  The **discriminator** of a GAN needs none:
it learns to tell drawn digits from generated ones.  We train a small DCGAN (it is also our fourth
model), and take all of its discriminator that comes before the last step.

**Predict.**  The features of the discriminator: will they forgive a digit that it moved?  That it
is blurred?
"""

# %%
heading("A likelihood of features")
predict("The features of the discriminator: will they forgive a digit that it moved?  That it is "
        "blurred?")
epochs = 7 if FAST else 18


def play(model, after_epoch=lambda: None):
    """The turns of a game, 64 images each."""
    game, rng = model.game(lr=1e-3), np.random.default_rng(1)
    for _ in range(epochs):
        for _turn in game.play(data.batches(images, 64, rng=rng), rng=rng):
            pass
        after_epoch()
    return model


gan = play(models.dcgan((8, 8), 16, 16, rng=0)).eval()
features = gan.discriminator[:gan.discriminator.ends[-1]]
claim("numbers in f(x), for 64 pixels", rows(features, test_images[:1]).size, 128)
untrained = models.dcgan((8, 8), 16, 16, rng=0).eval().discriminator[:gan.discriminator.ends[-1]]
say(HEAD)
measure("pixels", pixels)
measure("features of a classifier", classified)
measure("features of the GAN's D", features)
for name in ("pixels", "features of a classifier"):
    stricter = found["features of the GAN's D"]["blurred"] - found[name]["blurred"]
    claim(f"blur is farther for D than for {name}", stricter.mean(), 0,
          stricter.std() / math.sqrt(len(stricter)), relation=">")
stricter = found["features of the GAN's D"]["moved"] - found["features of a classifier"]["moved"]
claim("and so is having moved, than for a classifier", stricter.mean(), 0,
      stricter.std() / math.sqrt(len(stricter)), relation=">")
stricter = found["features of the GAN's D"]["blurred"] - apart(untrained, test_images, blurred)
say(f"blurred, for the same D untrained: {apart(untrained, test_images, blurred).mean():.2f}")
claim("blur is farther for D than before its training", stricter.mean(), 0,
      stricter.std() / math.sqrt(len(stricter)), relation=">")

# %%
shown = [int(np.flatnonzero(test.labels == k)[0]) for k in range(10)]
figure, (left, right) = viz.panels(1, 2, size=(5.4, 2.9))
viz.reconstructions(test_images[shown], shifted[shown], blurred[shown], columns=7, ax=left,
                    names=("digit", "moved", "blurred"), title="A digit, moved, and blurred")
place = np.arange(3)
for k, (what, colour) in enumerate(zip(("moved", "blurred", "another class"), (BLUE, RED, GREY))):
    right.bar(place + 0.27 * (k - 1), [d[what].mean() for d in found.values()], 0.25, color=colour,
              label=what)
right.set_xticks(place, ["pixels", "classifier", "discriminator"])
right.set(ylabel="1 is two random digits", ylim=(0, 1.45))
right.set_title("Squared distance from the digit, by who looks", loc="left", fontsize=11, color=INK)
right.legend(frameon=False, fontsize=8.5, ncols=3, loc="upper center")
right.spines[["top", "right"]].set_visible(False)
save_figure(figure, "21_moved_and_blurred")

# %% [markdown]
r"""
Features keep what their task needs, and forgive the rest.  Nothing in a discriminator's task says
that a place does not matter; and one pixel of eight is a long way (on photographs of 64 pixels,
seen through three strides, it is a short one).  But a blurred image is what a bad generator draws
and no hand does, so the discriminator has got an eye for it, which it did not have untrained.  That
is what we need: a likeness that minds blur.

Here is the library's.  What is left out is a constant, and with it goes something else: this is a
density of *features*, and many images have the same.  There is no $\log p(x)$ any more.
"""

# %%
show(models.VAEGAN.distance)
show(models.VAEGAN.between)


def start():
    """Encoder, decoder, discriminator: the same first weights for all models below."""
    return models.vaegan_conv((8, 8), 16, (16, 32), rng=0)


FORM = {"latent": 16, "image_shape": (8, 8)}
blocks = start()
dis_l = models.FeatureVAE(blocks.encoder, blocks.decoder, features, scale=0.5, **FORM)
with sg.no_grad():
    x, y = test_images[:20], test_images[20:40]
    f_x, f_y = dis_l.features(x), dis_l.features(y)
    log_p = Normal(f_y, scale=0.5).log_prob(f_x).numpy().reshape(20, -1)
    distance = dis_l.distance(x, y).numpy()
claim("log N(f(x); f(y), s^2 I), by its formula",
      -distance - log_p.shape[1] * math.log(0.5 * math.sqrt(2 * math.pi)), log_p.sum(axis=1),
      tolerance=1e-5)
kind, words = complaint(dis_l.log_prob, x, 10, rng=0)
claim("and log p(x)", kind, "TypeError")
say(words)

# %% [markdown]
r"""
Training a VAE with it, on the features of a discriminator that stays as it is, gives the first of
the two new models: **VAE_Dis_l** (Larsen et al., section 4).

## Three losses, three networks

The second, **VAE/GAN**, trains the discriminator along with the rest.  Now there are three
networks, encoder, decoder and discriminator $D$, and these losses, with $z_q \sim q(z|x)$ the code
of an image and $z_p \sim N(0, I)$ one from the prior:

$$\begin{aligned}
L_\text{prior} &= \mathrm{KL}\big(q(z|x)\,\|\,p(z)\big), \qquad
L_\text{feature} = \mathbb{E}_q\,\frac{\|f(x) - f(g(z_q))\|^2}{2 s^2}, \\
L_\text{game} &= -\log D(x) - \log\big(1 - D(g(z_p))\big) - \log\big(1 - D(g(z_q))\big).
\end{aligned}$$

$D$ makes $L_\text{game}$ small, the decoder wants it large.  (As in lesson 18 it is given
$L_\text{fool} = -\log D(g(z_p)) - \log D(g(z_q))$ to make small instead, whose slope does not
vanish when $D$ wins.)  Note that $D$ sees reconstructions too, not only samples.

**Predict.**  Add up all the losses and call `backward()` once.  Which of the losses send a gradient
into the encoder?  Which into the discriminator?
"""

# %%
BLOCKS = "encoder", "decoder", "discriminator"
LOSSES = "prior", "feature", "game", "fool"


def losses(model, x, rng):
    """The four losses, averaged over a batch, in one graph."""
    q = model.encode(x)
    copy = model.decoder(q.rsample(rng=rng))
    sample = model.decoder(model.prior.sample(len(x), rng=rng))
    real, of_copy, of_sample = (model.score(y) for y in (x, copy, sample))
    return {"prior": ops.mean(kl(q, model.prior)),
            "feature": ops.mean(model.distance(x, copy)),
            "game": ops.mean(ops.softplus(-real) + ops.softplus(of_copy) + ops.softplus(of_sample)),
            "fool": ops.mean(ops.softplus(-of_copy) + ops.softplus(-of_sample))}


def gradient(network):
    """All gradients of a network in one row; zeros where nothing came."""
    return np.concatenate([np.zeros(p.size) if p.grad is None else np.ravel(p.grad)
                           for p in network.parameters()])


def gradients(model, x, rng):
    """{(loss, network): the gradient of one by the other}, all twelve."""
    every, sent = losses(model, x, rng), {}
    for name, loss in every.items():
        model.zero_grad()
        loss.backward()
        sent |= {(name, block): gradient(getattr(model, block)) for block in BLOCKS}
    model.zero_grad()
    return sent


heading("Three losses, three networks")
predict("Add up all the losses and call backward() once.  Which of them send a gradient into the "
        "encoder?  Which into the discriminator?")
say("log D = -softplus(-s) and log(1 - D) = -softplus(s), s the logit of D")
model = start().astype("float64")
batch = images[:64].astype(np.float64)
sent = gradients(model, batch, np.random.default_rng(2))
norms = {pair: np.linalg.norm(g) for pair, g in sent.items()}
say(f"{'norm of the gradient':22}" + "".join(f"{name:>10}" for name in LOSSES))
for block in BLOCKS:
    say(f"{block:22}" + "".join(f"{norms[name, block]:10.3f}" for name in LOSSES))
nothing = {pair for pair, norm in norms.items() if norm == 0}
claim("no path: the KL knows neither decoder nor discriminator",
      nothing == {("prior", "decoder"), ("prior", "discriminator")})

# %% [markdown]
r"""
Calculus spares us two of the twelve.  All others would flow, and half of them must not.  Why?

- $L_\text{feature}$ **must not reach the discriminator.**  The features would become alike by
  becoming *the same for all images*: distance 0, and nothing learned.
- $L_\text{game}$ and $L_\text{fool}$ **must not reach the encoder.**  It would be paid for codes
  whose images please $D$, whatever $x$ was.  (The paper reports better results without.)
- Of these two, $D$ gets the first alone and the decoder the second alone: they are opponents.
- The decoder gets likeness and game, with a weight $\gamma$ for the likeness to $x$ against
  looking real.

So the algorithm *is* a table of weights (algorithm 1 of the paper): each network goes down its row
of gradients, and each zero that calculus does not give has to be cut by hand.
"""

# %%
gamma = model.gamma
ROUTES = {"encoder": {"prior": 1, "feature": 1},
          "decoder": {"feature": gamma, "fool": 1},
          "discriminator": {"game": 1}}

cut = np.array([[0 if name in ROUTES[block] else 1 if (name, block) in nothing else 2
                 for name in LOSSES] for block in BLOCKS])
claim("of ten gradients that would flow, to be cut by hand", int((cut == 2).sum()), 5)
figure, (ax,) = viz.panels(size=(6.4, 3.0))
ax.imshow(np.array([[0.25, 0.56, 0.85, 0.45], [0.6, 0.6, 0.6, 0.15], [0.74, 0.12, 0, 0.22]])[cut],
          aspect="auto")
for (i, j), kind in np.ndenumerate(cut):
    block, name = BLOCKS[i], LOSSES[j]
    norm = f"{norms[name, block]:.2g}"
    words = (f"{ROUTES[block].get(name, 0):g} x gradient\n(norm {norm})", "no path",
             f"cut\n(norm {norm})")[kind]
    ax.text(j, i, words, ha="center", va="center", fontsize=9, color=INK)
ax.set_xticks(range(4), ["$L_\\mathrm{%s}$" % name for name in LOSSES])
ax.set_yticks(range(3), BLOCKS)
ax.set_xticks(np.arange(3) + 0.5, minor=True)
ax.set_yticks(np.arange(2) + 0.5, minor=True)
ax.grid(which="minor", color="white", linewidth=4)
ax.tick_params(which="both", length=0)
ax.spines[:].set_visible(False)
ax.set_title("Which loss moves which network", loc="left", fontsize=11, color=INK)
save_figure(figure, "21_routes")

# %% [markdown]
r"""
Does the library do what the table says?  A turn of its game with a learning rate of 0 leaves every
weight where it is, and every gradient where we can read it.  We compare it, network by network,
with the weighted sums of the gradients above, which came from a graph without any cut.
"""


# %%
def by_table(sent, routes):
    """{network: its gradient}: the weighted sums of a table."""
    return {block: sum(weight * sent[name, block] for name, weight in weights.items())
            for block, weights in routes.items()}


rng = np.random.default_rng(2)
model.game(lr=0.0).turn(batch, rng=rng)
wanted = by_table(sent, ROUTES)
for block in BLOCKS:
    claim(f"the library's {block} moves along its row", gradient(getattr(model, block)),
          wanted[block], tolerance=1e-9)

# %% [markdown]
r"""
How does it cut?  A network that is **frozen** lets gradients pass *through* it, and gets none for
its own weights; and what the discriminator sees, it sees as plain data.
"""

# %%
show(VAEGANGame._encoder_step)


def leaves(loss):
    """All tensors that backward() would leave a gradient in, by their ids."""
    found, stack, seen = set(), [loss], set()
    while stack:
        x = stack.pop()
        if x.op is None:
            found.add(id(x))
        new = [i for i in x.inputs or () if isinstance(i, sg.Tensor) and i.requires_grad
               and id(i) not in seen]
        seen.update(map(id, new))
        stack.extend(new)
    return found


def own(network):
    return {id(p) for p in network.parameters()}


asked = []
model.game().turn(batch, rng=3, inspect=lambda loss: asked.append(leaves(loss)))
for block, reached in zip(("discriminator", "encoder", "decoder"), asked):
    claim(f"the loss of the {block} ends in its own weights, all of them and no others",
          reached == own(getattr(model, block)))
every = losses(model, batch, np.random.default_rng(2))
claim("without any cut L_feature ends in weights of all three",
      all(leaves(every["feature"]) & own(getattr(model, block)) for block in BLOCKS))
claim("   of the discriminator, in all but the last layer's",
      leaves(every["feature"]) & own(model.discriminator) == own(model.features))

# %% [markdown]
r"""
## Four models, side by side

All four see the same digits equally often.  The three with an encoder start from the same weights;
the plain VAE learns its $\sigma$ by itself.  Note down what you expect before you look.

**Predict.**  Which of the three makes the most faithful copies, pixel by pixel?  Which the sharpest
ones?
"""

# %%
heading("Four models, side by side")
predict("VAE, VAE_Dis_l, VAE/GAN: which of the three makes the most faithful copies, pixel by "
        "pixel?  Which the sharpest ones?")


def climb(model):
    """Adam on the model's bound, 64 images each."""
    adam, rng = optim.Adam(model.parameters(), lr=1e-3), np.random.default_rng(1)
    for _ in range(epochs):
        for x in data.batches(images, 64, rng=rng):
            adam.zero_grad()
            (-ops.mean(model.elbo(x, rng=rng))).backward()
            adam.step()
    return model


def state(model):
    """Of test digits, by mean codes: {what the last section will look at}."""
    with sg.no_grad():
        copies = model(test_images)
        return {"spread of features": unit(model.features),
                "L_feature": model.distance(test_images, copies).numpy().mean(),
                "KL": ops.mean(kl(model.encode(test_images), model.prior)).item()}


before = {name: value.copy() for name, value in dis_l.features.state_dict().items()}
blocks, vaegan = start(), start()
vae = climb(models.VAE(blocks.encoder, blocks.decoder, likelihood="gaussian", **FORM))
climb(dis_l)
course = [state(vaegan)]
play(vaegan, lambda: course.append(state(vaegan)))
claim("the features of VAE_Dis_l are what they were, to the last bit",
      all(bool((value == before[name]).all())
          for name, value in dis_l.features.state_dict().items()))

trained = {"VAE": vae, "VAE_Dis_l": dis_l, "VAE/GAN": vaegan}
copies, samples, nats = {}, {}, {}
with sg.no_grad():
    for name, model in trained.items():
        copies[name], nats[name] = model(test_images).numpy(), model.terms(test_images, rng=4)[1]
    for name, model in (trained | {"GAN": gan}).items():
        samples[name] = array(model.sample(1_500, rng=4))

names = list(trained)
ax = viz.reconstructions(test_images[shown], *(copies[name][shown] for name in names), columns=10,
                         names=("digit", *names), title="Test digits, and what three models make "
                         "of them")
save_figure(ax, "21_reconstructions")
figure, axes = viz.panels(1, 4, size=(2.9, 3.3))
for ax, (name, x) in zip(axes, samples.items()):
    viz.image_grid(x[:49], columns=7, ax=ax, title=f"{name}: samples")
save_figure(figure, "21_samples")

# %% [markdown]
r"""
Now in numbers.  The squared error is that of pixels; beside it the distance in the features of the
classifier, which none of the models has ever seen.  *Edges* is the total variation in units of the
digits': 1 is as sharp as a digit, and less is blurred.  The KL is what a code costs.
"""

# %%
say(f"{'':12}{'squared error':>15}{'classifier':>13}{'KL, nats':>11}{'edges of copies':>18}"
    f"{'of samples':>13}")
error, of_copies, of_samples = {}, {}, {}
for name, x in samples.items():
    of_samples[name] = edges(x) / edges(images).mean()
    line = " " * 57
    if name in copies:
        error[name] = np.square(copies[name] - test_images).sum(axis=(1, 2))
        of_copies[name] = edges(copies[name]) / edges(test_images).mean()
        line = (f"{error[name].mean():15.2f}"
                f"{apart(classified, copies[name], test_images).mean():13.3f}"
                f"{nats[name].numpy().mean():11.1f}{of_copies[name].mean():18.3f}")
    say(f"{name:12}{line}{of_samples[name].mean():13.3f}")


def claim_mean(text, difference, relation):
    """Claim the sign of a mean, against its standard error over images."""
    claim(text, difference.mean(), 0, difference.std() / math.sqrt(len(difference)),
          relation=relation)


claim_mean("VAE: a smaller squared error than VAE/GAN", error["VAE"] - error["VAE/GAN"], "<")
claim_mean("VAE: its copies have weaker edges than the digits", of_copies["VAE"] - 1, "<")
claim_mean("VAE/GAN: stronger ones than those of the VAE",
           of_copies["VAE/GAN"] - of_copies["VAE"], ">")
claim("   nearly those of a digit", of_copies["VAE/GAN"].mean(), 1, tolerance=0.25)
claim("the samples: edges of the VAE/GAN, against the VAE", of_samples["VAE/GAN"].mean(),
      of_samples["VAE"].mean(), math.hypot(of_samples["VAE/GAN"].std(), of_samples["VAE"].std())
      / math.sqrt(1_500), relation=">")
darkest = {name: np.sort(x.reshape(-1, 64))[:, :16].mean(axis=1) for name, x in samples.items()}
say("the 16 darkest pixels of a sample: " + ", ".join(
    f"{name} {value.mean():.3f}" for name, value in darkest.items()))
claim_mean("VAE_Dis_l: copies with stronger edges than those of the VAE, too",
           of_copies["VAE_Dis_l"] - of_copies["VAE"], ">")
claim_mean("   though they are farther off", error["VAE_Dis_l"] - error["VAE"], ">")
for name in ("VAE", "VAE/GAN", "GAN"):
    claim_mean(f"grey where there should be black: VAE_Dis_l more than {name}",
               darkest["VAE_Dis_l"] - darkest[name], ">")

# %% [markdown]
r"""
Each wins by its own measure.  The squared error is what the VAE was trained for, and it has the
smallest.  The VAE/GAN was trained to look drawn, and its edges are nearly those of a digit, though
its pixels are farther off.  And VAE_Dis_l?  By the number, its copies have edges enough; look at
them: it is **noise**, which has edges too.  A number is to be read beside the pictures.  Among its
samples are grey ones that nobody would take for digits.  Its discriminator is frozen, it has never
seen what this decoder draws, and so it cannot object.

The standard errors above are over images, for *one* run of each model.  Another seed gives another
discriminator, and a few epochs are early days for a game; so whether one model is *better* takes
more than a lesson.  The file `benchmarks/vae_gan.py` has trained all four from five seeds, for
longer, and measured the same, and the Fréchet distance of samples to the digits in the features of
the classifier besides (lesson 14 says why one number is not enough; small is good).  We read what
it found.
"""

# %%
committed = pathlib.Path(sg.__file__).parents[1] / "benchmarks/results/vae-gan.json"
report = json.loads(committed.read_text(encoding="utf-8"))
say(f"{report['settings']['epochs']} epochs, means of {report['settings']['seeds']} seeds +- "
    "standard error:")
COLUMNS = {"squared_error": "squared error", "feature_distance": "classifier",
           "edges": "edges of copies", "sample_edges": "of samples", "frechet": "Frechet"}
say(f"{'':10}" + "".join(f"{title:>19}" for title in COLUMNS.values()))
runs = {name: {what: np.array([row[what] for row in result if what in row]) for what in COLUMNS}
        for name, result in report["results"].items()}
for name, columns in runs.items():
    cells = [f"{v.mean():.3f} +- {v.std(ddof=1) / math.sqrt(len(v)):.3f}" if len(v) else ""
             for v in columns.values()]
    say(f"{name:10}" + "".join(f"{cell:>19}" for cell in cells))


def claim_every(text, what, low, high):
    """Claim that one model has the smaller number in each of the seeds, and clearly on average."""
    difference = runs[high][what] - runs[low][what]
    claim(f"{text}: in every seed", bool((difference > 0).all()))
    claim("   on average, in standard errors", difference.mean() / difference.std(ddof=1)
          * math.sqrt(len(difference)), 5, relation=">")


for other in ("VAE/GAN", "VAE_Dis_l"):
    claim_every(f"copies: VAE before {other}, in pixels", "squared_error", "VAE", other)
    claim_every("and in the classifier's features", "feature_distance", "VAE", other)
claim_every("edges of samples: VAE below VAE/GAN", "sample_edges", "VAE", "VAE/GAN")
claim_every("Frechet: GAN before VAE/GAN", "frechet", "GAN", "VAE/GAN")
claim_every("Frechet: VAE/GAN before VAE", "frechet", "VAE/GAN", "VAE")
claim_every("Frechet: VAE before VAE_Dis_l", "frechet", "VAE", "VAE_Dis_l")
claim("seeds", len(runs["GAN"]["frechet"]), 5)

figure, axes = viz.panels(1, 3, size=(3.6, 2.9))
for ax, what, title, xlabel in (
        (axes[0], "squared_error", "Copies: how far off", "squared error of pixels"),
        (axes[1], "sample_edges", "Samples: how sharp", "edges, 1 is a digit's"),
        (axes[2], "frechet", "Samples: how like digits", "Frechet distance")):
    for i, (name, colour) in enumerate(zip(runs, (BLUE, ORANGE, RED, PURPLE))):
        v = runs[name][what]
        ax.scatter(v, np.full(len(v), i), s=34, color=colour, alpha=0.75, linewidths=0)
    ax.set_yticks(range(4), list(runs) if ax is axes[0] else [""] * 4)
    ax.set(xlabel=xlabel, ylim=(3.5, -0.5))
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.grid(axis="x", color="#d9dce1", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_xlim(0, None)
axes[2].set_xscale("log")
axes[2].set_xticks((2, 5, 10, 20, 40), ("2", "5", "10", "20", "40"))
axes[2].minorticks_off()
save_figure(figure, "21_five_seeds")

# %% [markdown]
r"""
A dot is a seed.  (Of two models that are equally good, the first would be ahead in five of five
seeds by chance once in 32 times.  Above are eight such sentences, so by that alone chance might
make one of them in as many as one of four lessons; but each difference is also more than five
standard errors.)  So, on these digits:

- **Copies**: the plain VAE is best, by pixels *and* by the features of a classifier that no model
  was trained for.  With 16 numbers for 64 pixels there is little to be vague about, and so little
  to blur.
- **Samples**: the GAN is best, the VAE/GAN next; it is sharper than the VAE, and closer to digits.
- **VAE_Dis_l is no half-way house.**  To have the features without the game makes copies worse than
  the VAE's, and the worst samples of all.

On photographs of faces the paper's copies by VAE/GAN are the more convincing ones: there, what is
left to guess is hair and background, and a blurred guess is seen at once.  What a model is good at
depends on what a code has to leave out.

## Altering a digit

The VAE/GAN has an encoder, so all that lesson 13 did with codes can be done here: interpolate,
alter an attribute, move towards a class.  (After so few epochs, the zero in which it ends is one to
the classifier more than to the eye.)
"""

# %%
heading("Altering a digit")
zeros, others = images[train.labels == 0], test_images[test.labels != 0]
alphas = np.linspace(0, 1, 7)
with sg.no_grad():
    altered = [vaegan.alter(others, zeros, alpha).numpy() for alpha in alphas]
    of_zero = [np.exp(classifier.posterior(x.reshape(-1, 64)).log_probs.numpy()[:, 0])
               for x in altered]
    as_copies = vaegan(others).numpy()
say("probability of a zero, in the eyes of the classifier, for digits that are none:")
say("   " + "  ".join(f"{alpha:.2f}: {p.mean():.2f}" for alpha, p in zip(alphas, of_zero)))
claim("alpha = 0 is the copy", altered[0], as_copies, tolerance=1e-5)
claim_mean("two thirds of the way: more like a zero than the copy", of_zero[4] - of_zero[0], ">")
claim("alpha = 1 is the same zero for all", np.ptp(altered[-1], axis=0).max(), 0, tolerance=1e-5)
some = [int(np.flatnonzero(test.labels[test.labels != 0] == k)[0]) for k in (1, 4, 6, 8)]
ax = viz.image_grid(np.concatenate([[x[i] for x in altered] for i in some]), columns=7,
                    title="From 1, 4, 6 and 8 towards the mean code of the zeros")
save_figure(ax, "21_altered")

# %% [markdown]
r"""
## Break it: a loss where it does not belong

Here is the same training with the table in the open: three backward passes, and each network takes
from its own.  (The library moves one network after the other, here all three move at once.)
"""

# %%
heading("Break it: a loss where it does not belong")
few = 2 if FAST else 3


def train_by(routes):
    """A VAE/GAN trained by a table, for a few epochs: its state before, and after each."""
    model, rng = start(), np.random.default_rng(1)
    optimisers, course = model.game(lr=1e-3).optimisers, [state(model)]
    for _ in range(few):
        for x in data.batches(images, 64, rng=rng):
            every, moves = losses(model, x, rng), {}
            for block, weights in routes.items():
                model.zero_grad()
                sum(weight * every[name] for name, weight in weights.items()).backward()
                moves[block] = [p.grad for p in getattr(model, block).parameters()]
            for block, found in moves.items():
                for p, g in zip(getattr(model, block).parameters(), found):
                    p.grad = g
                optimisers[block].step()
        course.append(state(model))
    return course


# %% [markdown]
r"""
### 1. Everybody minimises the feature distance

"The distance of features is a loss, so all parameters should make it small": nobody is frozen, and
the discriminator goes down $L_\text{game} + L_\text{feature}$.

**Predict.**  What does the curve of $L_\text{feature}$ look like now?
"""

# %%
predict("The discriminator makes L_feature small too.  What does the curve of L_feature look like?")
MISTAKES = {
    "discriminator: + feature": ROUTES | {"discriminator": {"game": 1, "feature": 1}},
    "encoder: + fool": ROUTES | {"encoder": {"prior": 1, "feature": 1, "fool": 1}}}
courses = {}
for name, routes in ({"by the table": ROUTES} | MISTAKES).items():
    courses[name] = train_by(routes)
say(f"{f'after {few} epochs':25}" + "".join(f"{what:>20}" for what in course[0]))
for name, path in courses.items():
    say(f"{name:25}" + "".join(f"{value:20.4f}" for value in path[-1].values()))

right, wrong, subtle = (path[-1] for path in courses.values())
changed = {what: value / right[what] for what, value in wrong.items()}
claim("1. the spread of the features, of what it should be", changed["spread of features"], 0.02,
      relation="<")
claim("   L_feature, of what it should be", changed["L_feature"], 0.02, relation="<")
claim("   KL: what a code says, of what it should", changed["KL"], 0.2, relation="<")

# %% [markdown]
r"""
The curve looks wonderful, and means nothing: images are at no distance because the discriminator
sees none of them.  Nothing holds a copy to its image any more, so codes stop saying anything, and
save the KL.  Two things catch it.  One is a look at the **spread** of the features over the data,
beside every distance of features: it is the unit that the distance is in.  The other comes before
any training: the gradients, held against the table.

### 2. The encoder wants to look real, too

**Predict.**  And if the encoder also minimises $L_\text{fool}$?  Look at the second mistake in the
table above.  Would you have noticed?
"""

# %%
predict("The encoder minimises L_fool as well.  Look at the second mistake in the table above: "
        "would you have noticed?")
for what in ("spread of features", "KL"):
    claim(f"2. {what}: off by, of what it should be", abs(subtle[what] / right[what] - 1), 0.1,
          relation="<")

figure, axes = viz.panels(1, 3, size=(3.7, 2.9))
titles = "spread of the features", "$L_\\mathrm{feature}$", "KL of the codes, nats"
for ax, what, title in zip(axes, course[0], titles):
    for (name, path), colour, style in zip(courses.items(), (BLUE, RED, ORANGE), ("-", "-", "--")):
        ax.plot([at[what] for at in path], style, color=colour, linewidth=2, label=name,
                marker="o", markersize=4)
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.set(xlabel="epoch", yscale="log" if ax is not axes[2] else "linear",
           xticks=range(few + 1))
    ax.grid(color="#d9dce1", linewidth=0.6)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].legend(frameon=False, fontsize=8.5)
save_figure(figure, "21_wrong_routes")

# %% [markdown]
r"""
Hardly.  Its curves are much like the right ones.  The gradients tell, before anything is trained
and afterwards, though the wrong gradient points in nearly the same direction: in float64 a right
one is off by rounding alone, so that even a few thousandths of its length stand out.
"""

# %%
model, furtive = start().astype("float64"), []
for when, weights in (("untrained", model.state_dict()), ("trained", vaegan.state_dict())):
    model.load_state_dict(weights)
    sent = gradients(model, batch, np.random.default_rng(2))
    wanted = by_table(sent, ROUTES)
    for name, routes in MISTAKES.items():
        for block, g in by_table(sent, routes).items():
            off = np.linalg.norm(g - wanted[block]) / np.linalg.norm(wanted[block])
            guilty = block == name.partition(":")[0]
            if guilty:
                furtive.append(off)
                cosine = g @ wanted[block] / np.linalg.norm(g) / np.linalg.norm(wanted[block])
                say(f"{when}, {name}: off by {off:.2%} of its length, cosine {cosine:.6f}")
            where = "off" if guilty else "on"
            claim(f"   the {block} is {where} its row", bool(off > 1e-9) == guilty)
claim("the least that gave one away, of its length", min(furtive), 5e-3, relation="<")

# %% [markdown]
r"""
That is why this lesson checks the routes and not the results.  A test that compares with one graph
of everything costs four backward passes, once.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 21 --check`.
"""

# %%
heading("Exercises")


def check_best(answer):
    draw = np.random.default_rng(5)
    possible = draw.random((7, 4, 4))
    weights = draw.dirichlet(np.ones(7))
    best = np.asarray(answer(possible, weights))
    claim("an image", best.shape == (4, 4))

    def cost(c):
        return (weights * np.square(possible - c).sum(axis=(1, 2))).sum()

    near = [cost(best + 0.01 * draw.normal(size=(4, 4))) for _ in range(100)]
    claim("the best of all near it", cost(best), min(near), relation="<")
    claim("and of all the possible ones", cost(best), min(map(cost, possible)), relation="<")
    claim("one possible image: no blur", answer(possible[:1], np.ones(1)), possible[0])


@exercise("An image x is one of `possible` (K, H, W), with probabilities `weights` (K,).  Return "
          "the image c that makes the mean squared error E |x - c|^2 smallest.", check=check_best,
          hint="it is none of them: see the identity above")
def best_guess(possible, weights):
    return None


# %%
def check_bound(answer):
    draw = np.random.default_rng(6)
    f_x, f_y = draw.normal(size=(2, 5, 30))
    for s in (0.2, 1.0, 3.0):
        want = Normal(f_y, scale=s).log_prob(f_x).sum(axis=1)
        claim(f"s = {s}", answer(f_x, f_y, s), want)


@exercise("log p(f(x)|z) with its constant, in nats: the features of N images and of their copies "
          "are the rows of f_x and f_y (N, F), s is the standard deviation.  Return (N,).",
          check=check_bound, hint="the constant is -F log(s sqrt(2 pi))")
def feature_log_likelihood(f_x, f_y, s):
    return None


# %%
def check_routed(answer):
    model, x = start(), images[:16]
    sent = gradients(model, x, np.random.default_rng(7))
    every = losses(model, x, np.random.default_rng(7))
    loss = answer(model, x, np.random.default_rng(7))
    claim("gamma L_feature + L_fool", loss.item(),
          (model.gamma * every["feature"] + every["fool"]).item(), tolerance=1e-5)
    claim("the decoder's gradient is its row of the table", gradient(model.decoder),
          by_table(sent, ROUTES)["decoder"], tolerance=1e-5)
    for block in ("encoder", "discriminator"):
        claim(f"none for the {block}",
              all(p.grad is None for p in getattr(model, block).parameters()))
    claim("everything requires a gradient again", all(p.requires_grad for p in model.parameters()))


@exercise("The decoder's half of a turn: call backward() on gamma L_feature + L_fool of the batch "
          "x, so that the decoder's weights get gradients and no others do, and return that loss, "
          "a Tensor.  Draw the code of x first, then one code for each image from the prior.",
          check=check_routed,
          hint="z.detach() cuts the encoder off; inside `with model.discriminator.frozen():` "
               "gradients pass through the discriminator and it keeps none")
def decoder_backward(model, x, rng):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Faces.**  The paper trains on photographs of 64 by 64 pixels, where one can see what is gained,
  alters attributes such as glasses and hair (section 4.1), and measures how well the attributes of
  an image can be read from a sample that was conditioned on them: Larsen, Sønderby, Larochelle and
  Winther, *Autoencoding beyond pixels using a learned similarity metric* (2016).
- **A fixed network's features** as a likeness, those of a classifier of photographs: Dosovitskiy
  and Brox, *Generating Images with Perceptual Similarity Metrics based on Deep Networks* (2016);
  Johnson, Alahi and Fei-Fei, *Perceptual Losses* (2016).  How well such features agree with people:
  Zhang et al., *The Unreasonable Effectiveness of Deep Features as a Perceptual Metric* (2018).
- **A game for the codes** instead of the images: the KL is replaced by a discriminator that tells
  $q(z)$ from $p(z)$, Makhzani et al., *Adversarial Autoencoders* (2016); or one that looks at pairs
  of image and code, Donahue, Krähenbühl and Darrell, *Adversarial Feature Learning* (2017), and
  Dumoulin et al., *Adversarially Learned Inference* (2017).
- **Both at once, today**: the codes that large image generators work in come from an autoencoder
  with a loss of features, a game and a KL: Rombach et al., *High-Resolution Image Synthesis with
  Latent Diffusion Models* (2022), section 3.1; or with discrete codes in place of the KL: Esser,
  Rombach and Ommer, *Taming Transformers* (2021), section 3.1.
"""
