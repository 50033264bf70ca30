# %% [markdown]
r"""
# Why an autoencoder cannot generate

**You will**

- tell apart the two directions between what is observed and what is hidden, on a generator so small
  that both are exact: $g$ from codes to images, $f$ from images to codes;
- decode codes drawn at random, and measure how many of the images are digits;
- see why the loss of an autoencoder could not care less, and what is missing.

**Prerequisites** The autoencoder of lesson 05; probabilities of a few discrete things.  **Takes**
about 5 seconds on a CPU.

An autoencoder squeezes an image of 64 pixels through a code of a few numbers and gives the image
back.  Its second half, the decoder, turns *any* code into an image.  So here is a machine that
invents handwriting: draw a code at random, anywhere between the smallest and the largest ever seen,
and decode it.  It is what everybody tries first.

**Predict.**  We train autoencoders whose codes are 2, 5, 10 and 20 numbers long.  With each of them
the digits come back better than with the one before.  And the *invented* digits: do they become
better as well, stay the same, or become worse?
"""

# %%
import math

import numpy as np
from matplotlib.patches import Rectangle

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("Why an autoencoder cannot generate")
predict("Autoencoders with codes of 2, 5, 10 and 20 numbers give digits back better and better.  "
        "We decode codes drawn at random: do the invented digits become better, stay the same, or "
        "become worse?")

# %% [markdown]
r"""
## Observed and latent

Somebody means to write a three, and then a pen leaves 64 pixels on paper.  The pixels $x$ are
**observed**.  What was meant, $z$, is not: it is **latent**.  Between the two run two roads:

- $g$, from $Z$ to $X$, **generates**: given what was meant, which pixels come of it?
- $f$, from $X$ to $Z$, **recognises**: given the pixels, what was meant?

We start with a model in which both are exact.  Let $z$ be one of the ten digits, and let every
pixel be black or white independently of the others once $z$ is known:

$$z \sim p(z), \qquad p(x|z) = \prod_d \pi_{zd}^{x_d} (1 - \pi_{zd})^{1 - x_d}.$$

To fit it is to count: $p(z)$ is how often a digit occurs, $\pi_{zd}$ how often pixel $d$ is white
in it (one white and one black image are added to each, so that nothing is impossible).
"""

# %%
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)

p_z = np.bincount(train.labels) / len(train)
pi = np.array([(bits[train.labels == k].sum(axis=0) + 1) / ((train.labels == k).sum() + 2)
               for k in range(10)])


def log_joint(x):
    """log p(x, z) = log p(z) + log p(x|z) for each of the ten z.   (N, 64) -> (N, 10)"""
    return np.log(p_z) + x @ np.log(pi).T + (1 - x) @ np.log(1 - pi).T


heading("Observed and latent")
claim("p(z) adds up to", p_z.sum(), 1)
claim("log p(x, z): a row for each image, ten columns", log_joint(test_bits).shape == (297, 10))

# %% [markdown]
r"""
To generate, walk the road $g$: first $z$, then $x$.
"""

# %%
rng = np.random.default_rng(6)


def generate(n, rng):
    """z ~ p(z), then x ~ p(x|z).   -> (n,), (n, 64)"""
    z = rng.choice(10, size=n, p=p_z)
    return z, (rng.random((n, 64)) < pi[z]) * 1.0


n = 2_000 if FAST else 20_000
z, x = generate(n, rng)
claim("how often a three was meant, of all that were generated", (z == 3).mean(), p_z[3],
      math.sqrt(p_z[3] * (1 - p_z[3]) / n))

drawn = (rng.random((10, 64)) < pi) * 1.0
save_figure(viz.reconstructions(pi, drawn, columns=10, names=("$p(x_d = 1|z)$", "$x \\sim p(x|z)$"),
                                title="A generator without a network: z = 0 to 9"),
            "06_first_generator")

# %% [markdown]
r"""
They are poor digits, for pixels of one stroke are not independent, but nobody ever wrote them.  To
recognise, turn the road round.  That is Bayes' rule:

$$p(z|x) = \frac{p(x|z)\,p(z)}{p(x)}, \qquad p(x) = \sum_z p(x|z)\,p(z).$$

The denominator, the **evidence** $p(x)$, is how likely the image is at all.
"""


# %%
def log_evidence(x):
    """log p(x) = log sum_z p(x, z), in nats.   (N, 64) -> (N,)"""
    return np.logaddexp.reduce(log_joint(x), axis=1)


def posterior(x):
    """p(z|x) = p(x, z) / p(x).   (N, 64) -> (N, 10)"""
    return np.exp(log_joint(x) - log_evidence(x)[:, None])


recognised = posterior(test_bits)
claim("p(z|x) adds up to 1 over z, for every x", recognised.sum(axis=1), np.ones(297))
claim("test digits recognised", (recognised.argmax(axis=1) == test.labels).mean(), 0.8,
      relation=">")

# %% [markdown]
r"""
Now walk both roads, one after the other.  Generate many images, recognise each of them, and average
the answers.  In a model whose two directions belong together this gives back the $p(z)$ from which
we started:

$$\mathbb{E}_{x \sim p(x)}\big[p(z|x)\big] = \sum_x p(x)\,\frac{p(x, z)}{p(x)} = p(z).$$
"""

# %%
answers = posterior(x)
for k in (1, 3, 8):
    claim(f"p(z = {k}), and what recognition says on average", answers[:, k].mean(), p_z[k],
          answers[:, k].std() / math.sqrt(n))

# %% [markdown]
r"""
Keep this line in mind: **what recognition finds in the data must be what generation starts from.**
It is the line that an autoencoder breaks.

## The autoencoder has two roads and no beginning

An autoencoder learns both roads from images alone: the encoder is an $f$, the decoder a $g$, and
nobody tells it what was meant.  Here is all that it is trained for.
"""

# %%
heading("The autoencoder has two roads and no beginning")
show(models.Autoencoder.loss)

X, held_out = train.images, test.images
epochs = 15 if FAST else 40
latents = (2, 20) if FAST else (2, 5, 10, 20)


def fit(model, loss, seed):
    """Adam on the mean of loss(batch), batches of 100."""
    rng, adam = np.random.default_rng(seed), optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for batch in data.batches(X, 100, rng=rng):
            adam.zero_grad()
            ops.mean(loss(batch)).backward()
            adam.step()
    return model


def autoencoder(latent):
    model = models.autoencoder_dense(64, latent, (128,), rng=0)
    return fit(model, model.loss, seed=1)


def codes(model, x):
    """f(x), as an array."""
    with sg.no_grad():
        return model.code(x).numpy()


def decoded(model, z):
    """g(z), as an array."""
    with sg.no_grad():
        return model.image(z.astype(np.float32)).numpy()


autoencoders = {latent: autoencoder(latent) for latent in latents}
error = {latent: np.square(decoded(m, codes(m, held_out)) - held_out).sum(axis=1).mean()
         for latent, m in autoencoders.items()}
say("")
for latent in latents:
    say(f"codes of {latent:2} numbers: squared error of a test digit {error[latent]:.2f}")
claim("longer codes copy better, each than the one before",
      all(error[long] < error[short] for short, long in zip(latents, latents[1:])))
claim("   20 against 2 numbers", error[20], 0.6 * error[2], relation="<")

# %% [markdown]
r"""
There is an $f$ and a $g$, but where is $p(z)$?  Not in the loss.  So we have to make one up.  The
obvious one is uniform on the **box** between the smallest and the largest code that was seen, in
each of the numbers.

## What is a digit?

To measure whether an invented image is real we need a rule, and it must not come from the
autoencoder.  Ours is simple: look for the nearest digit that anybody ever wrote, among the 1,500
training images.  Real digits that the model has not seen, the test digits, have such a neighbour,
mostly; we call an image **unreal** if its nearest neighbour is farther away than that of 19 in 20
test digits.
"""


# %%
def distances(a, b):
    """|a_i - b_j|.   (N, D), (M, D) -> (N, M)"""
    squared = np.square(a).sum(axis=1)[:, None] + np.square(b).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squared, 0))


def nearest(images):
    """The distance from each image to the nearest digit that somebody wrote."""
    return distances(images, X).min(axis=1)


limit = np.quantile(nearest(held_out), 0.95)


def unreal(images):
    """The share of images farther from every training digit than 19 of 20 test digits are."""
    return (nearest(images) > limit).mean()


heading("What is a digit?")
claim("training digits", len(X), 1_500)
claim("real digits that are called unreal", unreal(held_out), 0.05, tolerance=0.001)
noise = rng.random((500, 64), dtype=np.float32)
claim("noise that is called unreal", unreal(noise), 1)
shuffled = rng.permuted(held_out, axis=1)
claim("digits with their pixels shuffled, called unreal", unreal(shuffled), 0.99, relation=">")
for latent, m in autoencoders.items():
    claim(f"copies from {latent} numbers that are called unreal",
          unreal(decoded(m, codes(m, held_out))), 0.1, relation="<=")

# %% [markdown]
r"""
So the rule lets copies pass, blurred as they are, and lets no noise pass.

## Codes drawn at random

**Predict**, if you have not yet: what share of the invented images will be unreal with codes of
2 numbers, and with codes of 20?
"""

# %%
heading("Codes drawn at random")
predict("What share of the invented images is unreal, if codes have 2 numbers?  If they have 20?")


def in_the_box(z, n, rng):
    """n codes, uniform between the smallest and the largest of z, number by number."""
    return rng.uniform(z.min(axis=0), z.max(axis=0), size=(n, z.shape[1]))


invented, share = {}, {}
for latent, m in autoencoders.items():
    invented[latent] = decoded(m, in_the_box(codes(m, X), 2_000, rng))
    share[latent] = unreal(invented[latent])
    say(f"codes of {latent:2} numbers: {share[latent]:4.0%} of the invented images are unreal")
claim("2 numbers: more unreal images than real digits have", share[2], 0.05, relation=">")
claim("20 numbers: nearly everything is unreal", share[20], 0.95, relation=">")
claim("longer codes invent worse, each than the one before",
      all(share[long] > share[short] for short, long in zip(latents, latents[1:])))

# %%
INK = "#22262e"
chosen = [latents[0], latents[-1]]
figure, axes = viz.panels(2, 2, size=(4.8, 1.65))
for row, latent in enumerate(chosen):
    m = autoencoders[latent]
    viz.reconstructions(held_out[:8], decoded(m, codes(m, held_out[:8])), columns=8,
                        names=("written", "copied"), ax=axes[2 * row],
                        title=f"Codes of {latent} numbers: copies")
    viz.image_grid(invented[latent][:16], columns=8, ax=axes[2 * row + 1],
                   title=f"Codes of {latent} numbers, drawn at random: {share[latent]:.0%} unreal")
save_figure(figure, "06_copied_and_invented")

# %% [markdown]
r"""
The better the autoencoder copies, the worse it invents.  To see why, look at the map.

## On the map

Codes of two numbers can be drawn.  On the left each point is the code of a training digit, the
frame is the box, and the crosses are codes drawn in it: red ones decode to something unreal.  On
the right is what the decoder makes of every place in the box, and unreal images have a red frame.
"""

# %%
RED = viz.CLASS_COLOURS[2]
m = autoencoders[2]
z = codes(m, X)
low, high = z.min(axis=0), z.max(axis=0)
crosses = in_the_box(z, 60, np.random.default_rng(66))
crosses_far = nearest(decoded(m, crosses)) > limit

across = 12
down = round(across * (high[1] - low[1]) / (high[0] - low[0]))
lattice = np.stack(np.meshgrid(np.linspace(low[0], high[0], across),
                               np.linspace(high[1], low[1], down)), axis=-1).reshape(-1, 2)
places = decoded(m, lattice)


def draw_map(ax):
    """Codes, their box, and draws from it."""
    viz.latent_map(z, train.labels, ax=ax, title="Codes of digits, and codes drawn at random")
    ax.add_patch(Rectangle(low, *(high - low), fill=False, edgecolor=INK, linewidth=1.2))
    for far, colour in ((False, INK), (True, RED)):
        ax.plot(*crosses[crosses_far == far].T, "X", markersize=9, markerfacecolor="white",
                markeredgecolor=colour, markeredgewidth=1.5)
    margin = 0.04 * (high - low)
    ax.set_aspect("equal", adjustable="box")
    ax.set(xlim=(low[0] - margin[0], high[0] + margin[0]),
           ylim=(low[1] - margin[1], high[1] + margin[1]))


def draw_places(ax):
    """What each place of the box decodes to."""
    viz.image_grid(places, columns=across, ax=ax, title="What each place of the box decodes to")
    for k in np.flatnonzero(nearest(places) > limit):
        row, column = divmod(int(k), across)
        ax.add_patch(Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor=RED,
                               linewidth=1.6))


figure, (left, right) = viz.panels(1, 2, size=(5.2, 6.8))
draw_map(left)
draw_places(right)
save_figure(figure, "06_map")

heading("On the map")
say("how much of the box has a digit nearby (as near as codes are to each other, 19 times in 20)")
near = {}
for latent, m in autoencoders.items():
    z = codes(m, X)
    gap = np.quantile(np.sort(distances(z, z), axis=1)[:, 1], 0.95)
    near[latent] = (distances(in_the_box(z, 2_000, rng), z).min(axis=1) < gap).mean()
    say(f"codes of {latent:2} numbers: {near[latent]:4.0%}")
claim("2 numbers: part of the box is empty", near[2], 0.9, relation="<")
claim("20 numbers: the box is empty", near[20], 0.01, relation="<")

# %% [markdown]
r"""
Two things go wrong.

**There are holes.**  Codes lie in arms and islands, and the corners of the box are nobody's.  The
decoder was trained at $z_n = f(x_n)$ and nowhere else; in between it does what networks do,
something smooth, and that is half one digit and half another; outside it does as it likes.  With
more numbers the box grows empty at a frightful rate: if the codes filled a ball, its share of the
box around it would be as follows.
"""


# %%
def ball_in_box(d):
    """The share of the cube [-1, 1]^d that lies in the ball of radius 1."""
    return math.pi ** (d / 2) / math.gamma(d / 2 + 1) / 2 ** d


claim("share of a square in its circle", ball_in_box(2), math.pi / 4)
claim("the same with 10 numbers", ball_in_box(10), 0.0025, tolerance=1e-5)
claim("the same with 20 numbers", ball_in_box(20), 2.5e-8, tolerance=1e-9)

# %% [markdown]
r"""
**And the map itself is an accident.**  This is worth a derivation.

## The loss does not see the codes

Take any invertible map $h$ of the plane, and send codes through it: the encoder $h \circ f$, the
decoder $g \circ h^{-1}$.  The loss of the pair is

$$\mathbb{E}\,\big\|x - (g \circ h^{-1})\big((h \circ f)(x)\big)\big\|^2
= \mathbb{E}\,\big\|x - g\big(h^{-1}(h(f(x)))\big)\big\|^2
= \mathbb{E}\,\big\|x - g(f(x))\big\|^2.$$

It is the same, for every $h$: rotated, sheared, turned inside out.  So the loss cannot prefer one
map of codes to another.  (Train with other first weights, `rng=1`, and the map is another one; it
may even happen to fill its box.)  And *whatever* we decide about where to draw $z$, there is an
autoencoder that copies exactly as well and for which it is wrong.  We take a shear,
$h(z_1, z_2) = (z_1,\ z_2 + 3 z_1)$.

**Predict.**  The sheared autoencoder copies every digit just as before.  We draw in *its* box,
between *its* smallest and largest codes.  How many of the images are unreal?
"""

# %%
heading("The loss does not see the codes")
predict("Codes go through a shear, and back before they are decoded, so every copy is as it was.  "
        "Drawn in the box of the sheared codes: more unreal images, or as many as before?")
plain = autoencoders[2]
h = np.array([[1, 3], [0, 1]], dtype=np.float32)
back = np.array([[1, -3], [0, 1]], dtype=np.float32)
sheared = models.Autoencoder(lambda x: plain.encoder(x) @ h, lambda z: plain.decoder(z @ back))

claim("h and back is nothing", h @ back, np.eye(2))
claim("loss of every test digit, plain and sheared", sheared.loss(held_out), plain.loss(held_out),
      tolerance=1e-4)
sheared_share = unreal(decoded(sheared, in_the_box(codes(sheared, X), 2_000, rng)))
claim("unreal images from the sheared box", sheared_share, share[2] + 0.2, relation=">")

# %% [markdown]
r"""
Which loss would see it?  One that says where codes ought to lie.

## Break it: Bayes' rule with the evidence in the wrong place

Lecture notes have printed the rule with prior and evidence exchanged:

$$p(z|x) \overset{?}{=} \frac{p(x|z)\,p(x)}{p(z)}.$$

**Predict.**  We build the classifier of the first section on it.  How many test digits will it
get right?
"""

# %%
heading("Break it: Bayes' rule with the evidence in the wrong place")
predict("p(z|x) = p(x|z) p(x) / p(z), which is wrong.  Take the likeliest z: how many test digits "
        "will be recognised?")


def log_wrong_posterior(x):
    """log [p(x|z) p(x) / p(z)]: this is the mistake."""
    return (log_joint(x) - np.log(p_z)) + log_evidence(x)[:, None] - np.log(p_z)


wrong = log_wrong_posterior(test_bits)
right_answers = (recognised.argmax(axis=1) == test.labels).mean()
claim("recognised with the wrong rule, against the right one",
      (wrong.argmax(axis=1) == test.labels).mean(), right_answers)
claim("but over z it adds up to, for the average image",
      np.exp(wrong).sum(axis=1).mean(), 1e-6, relation="<")
answers = np.exp(log_wrong_posterior(x))
claim("and recognising what was generated does not give p(z = 3)",
      answers[:, 3].mean(), 0.01 * p_z[3], relation="<")

# %% [markdown]
r"""
As many as before!  All digits are about equally frequent, so dividing by $p(z)$ hardly moves the
largest, and $p(x)$ is the same for all $z$.  *Accuracy does not check a probability.*  Two checks
do: it must add up to 1, and on the model's own images it must average to the prior.

## What is missing

A generator needs three things: a $p(z)$, a $g$, and codes of real images that lie as $p(z)$ says.
There are two ways to get them.

**Afterwards:** take the codes as they lie and fit a $p(z)$ to them, a Gaussian with their mean and
covariance for a start.  **Beforehand:** fix $p(z) = N(0, I)$ and train $f$ so that codes obey, with
a term in the loss that sees them.  That is the **variational autoencoder**, the VAE, of lesson 12.
Here are both, with the same hidden layers, the same number of steps, and the same rule for what is
real.
"""

# %%
heading("What is missing")
latent = latents[-2] if len(latents) > 2 else latents[-1]
m = autoencoders[latent]
z = codes(m, X)
afterwards = decoded(m, rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), size=2_000))

vae = models.vae_dense(64, latent, (128,), likelihood="gaussian", rng=0)
noise = np.random.default_rng(3)
fit(vae, lambda batch: -vae.elbo(batch, rng=noise), seed=1)
beforehand = vae.sample(2_000, rng=4).numpy()

results = {"uniform in the box": invented[latent], "a Gaussian, fitted afterwards": afterwards,
           "N(0, I), fixed beforehand (a VAE)": beforehand}
for name, images in results.items():
    say(f"{name:34} {unreal(images):4.0%} unreal")
claim("a fitted Gaussian helps", unreal(afterwards), share[latent] - 0.02, relation="<")
claim("p(z) fixed beforehand helps most", unreal(beforehand), 0.4 * share[latent], relation="<")

figure, axes = viz.panels(3, 1, size=(7.4, 1.75))
for ax, (name, images) in zip(axes, results.items()):
    viz.image_grid(images[:24], columns=12, ax=ax,
                   title=f"Codes of {latent} numbers, {name}: {unreal(images):.0%} unreal")
save_figure(figure, "06_what_is_missing")

# %% [markdown]
r"""
A Gaussian does not fit islands.  Something finer could be fitted to the codes, and that is done
in practice; but the cheaper way is to ask for the right codes from the start.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 6 --check`.
"""

# %%
heading("Exercises")


def check_bayes(answer):
    log_prior = np.log(np.array([0.5, 0.3, 0.2]))
    moderate = np.log(np.array([[0.1, 0.2, 0.4], [0.9, 0.9, 0.9]]))
    joint = np.exp(log_prior + moderate)
    claim("small numbers", answer(log_prior, moderate), joint / joint.sum(axis=1, keepdims=True))
    far_below = answer(log_prior, moderate - 5000)
    claim("the same, 5000 nats further down", far_below, answer(log_prior, moderate),
          tolerance=1e-8)


@exercise("Bayes' rule from logarithms: log p(z), (K,), and log p(x|z), (N, K), which may be "
          "-5000.  Return p(z|x), (N, K).", check=check_bayes,
          hint="exp(-5000) is 0 and 0 / 0 is NaN: subtract log p(x) before you take exp")
def bayes(log_prior, log_likelihood):
    return None


# %%
def check_fitted(answer):
    draw, n = np.random.default_rng(8), 20_000
    z = draw.normal(size=(500, 3)) @ np.array([[2.0, 1.0, 0.0], [0.0, 0.5, 0.3], [0.0, 0.0, 0.1]])
    z += np.array([1.0, -2.0, 3.0])
    new = answer(z, n, rng=draw)
    claim("n draws", np.shape(new) == (n, 3))
    variance = z.var(axis=0, ddof=1)
    for i in range(3):
        claim("mean", new[:, i].mean(), z[:, i].mean(), math.sqrt(variance[i] / n))
        claim("variance", new[:, i].var(), variance[i], variance[i] * math.sqrt(2 / n))
    got, want = np.corrcoef(new.T), np.corrcoef(z.T)
    claim("correlations", got, want, tolerance=0.05)
    claim("new codes, not the old ones", distances(new[:50], z).min() > 0)


@exercise("Draw n codes from the Gaussian with the mean and the covariance of the codes z, (N, Z).",
          check=check_fitted, hint="mean + noise @ L.T, with L = np.linalg.cholesky(covariance)")
def draw_like(z, n, *, rng):
    return None


# %%
def check_whiten(answer):
    model = autoencoders[2]
    z = codes(model, X).astype(np.float64)
    whitened = answer(model, z)
    new = codes(whitened, X).astype(np.float64)
    claim("codes have mean 0", new.mean(axis=0), np.zeros(2), tolerance=1e-3)
    claim("and covariance I", np.cov(new.T), np.eye(2), tolerance=1e-3)
    claim("copies are as before", whitened.loss(held_out), model.loss(held_out), tolerance=1e-3)


@exercise("The loss does not see the codes, so choose them.  Return an Autoencoder that copies as "
          "`model` does, but whose codes of the training digits have mean 0 and covariance I; z "
          "are their codes under `model`.", check=check_whiten,
          hint="z = mean + L e, with L L^T the covariance.  As rows: e = (f(x) - mean) L^-T on the "
               "way in, g(mean + e L^T) on the way out.  Keep the arrays float32")
def whiten(model, z):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Is whitening enough?**  After the last exercise codes have the mean and the covariance of
  $N(0, I)$.  They are still islands: two moments do not make a distribution.
- **Our rule is a rule.**  An average of two digits can lie near a third one, and copying the
  training set would score best of all.  Lesson 14 measures with log-likelihoods and with
  classifiers.
- **Fitting $p(z)$ afterwards** with something finer than a Gaussian: Ghosh, Sajjadi, Vergari, Black
  and Schölkopf, *From Variational to Deterministic Autoencoders* (2020), section 4.
- **Probabilities of both directions**, without networks: Bishop, *Pattern Recognition and Machine
  Learning* (2006), sections 1.5.4 and 8.1.2.
- **Generating without recognising.**  Fix $p(z)$, leave $f$ away, and let a second network judge
  what $g$ makes: the generative adversarial network of lesson 18.
- **Fixing $p(z)$ beforehand:** lesson 12, after the distances between distributions (10) and the
  bound that makes them trainable (11).
"""
