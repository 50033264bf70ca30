# %% [markdown]
r"""
# What lies between: the latent space

**You will**

- sample, interpolate and alter images by moving codes, and hold each picture against a number;
- measure that close codes decode alike, and how much more so in a VAE than in an autoencoder;
- find the holes that remain in the latent space of a VAE, and tell their two causes apart.

**Prerequisites** The VAE of lesson 12; what is unreal, lesson 06.  **Takes** about 8 seconds on a
CPU.

Take two photographs and average them, pixel by pixel: you see two ghosts.  Now average their
*codes* and decode: if the latent space is any good, you see **one** image, of something in between.
That is the best reason to want such a space.  But what is in between a 1 and an 8?

**Predict.**  We take two digits of different classes and look at the image in the middle: averaged
in pixels, in the codes of an autoencoder, and in the codes of a VAE.  How many of the three kinds
of image look like something that a hand could have written?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.distributions import Independent, Mixture, Normal
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("What lies between: the latent space")
predict("Two digits of different classes, and the image in the middle: averaged in pixels, in the "
        "codes of an autoencoder, in the codes of a VAE.  Which of them look like handwriting?")

# %% [markdown]
r"""
## Four models, and copies side by side

An autoencoder and a VAE, with codes of 2 numbers to be drawn and with codes of 10 to be useful: the
same layers and the same batches.  Only the objective differs, and that the encoder of a VAE says
how sure it is.
"""

# %%
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)
epochs = 12 if FAST else 50


def fit(model, loss):
    """Adam on the mean of loss(batch), 100 images a step, slower in the last third."""
    order, adam = np.random.default_rng(1), optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(epochs):
        if epoch == 2 * epochs // 3:
            adam.lr = 2e-3
        for batch in data.batches(bits, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(batch)).backward()
            adam.step()
    return model


def autoencoder(latent):
    model = models.autoencoder_dense(64, latent, (128,), likelihood="bernoulli",
                                     activation="tanh", rng=0)
    return fit(model, model.loss)


def vae(latent, loss=lambda reconstruction, kl: kl - reconstruction):
    model = models.vae_dense(64, latent, (128,), activation="tanh", rng=0)
    noise = np.random.default_rng(2)
    return fit(model, lambda batch: loss(*model.terms(batch, rng=noise)))


ae2, vae2, ae10, vae10 = autoencoder(2), vae(2), autoencoder(10), vae(10)
trained = {"AE, 2 numbers": ae2, "VAE, 2": vae2, "AE, 10": ae10, "VAE, 10": vae10}


def codes(model, x):
    """The code of each image, or its mean, as an array."""
    with sg.no_grad():
        return model.code(x).numpy()


def images(model, z):
    """What each code decodes to, as an array."""
    with sg.no_grad():
        return model.image(np.asarray(z, dtype=np.float32)).numpy()


def wrong_bits(model, x):
    """How many of the 64 pixels come back wrong, for each image."""
    return ((images(model, codes(model, x)) > 0.5) != x).sum(axis=1)


heading("Four models, and copies side by side")
wrong = {name: wrong_bits(m, test_bits) for name, m in trained.items()}
for name, count in wrong.items():
    say(f"{name:14} {count.mean():5.2f} of 64 pixels come back wrong in a test digit")
for few, many in (("AE, 2 numbers", "AE, 10"), ("VAE, 2", "VAE, 10")):
    gain = wrong[few] - wrong[many]
    claim(f"{few}: with 10 numbers fewer are wrong", gain.mean(), 0,
          gain.std() / math.sqrt(len(gain)), relation=">")
everything = np.concatenate([bits, test_bits])
price = wrong_bits(vae10, everything) - wrong_bits(ae10, everything)
claim("10 numbers, all digits: more are wrong in the VAE", price.mean(), 0,
      price.std() / math.sqrt(len(price)), relation=">")

shown = [int(np.flatnonzero(test.labels == k)[0]) for k in range(10)]
copies = [images(m, codes(m, test_bits[shown])) for m in trained.values()]
save_figure(viz.reconstructions(test_bits[shown], *copies, columns=10, names=("data", *trained)),
            "13_reconstructions")

# %% [markdown]
r"""
With 10 numbers the VAE copies worse than the autoencoder: it pays for every nat of code.  What does
it buy?

## Close codes decode alike

Take the code of a test digit, move it in a random direction by a tenth of what codes vary (their
standard deviation over the training digits), and decode again.

**Predict.**  Whose images change more, those of the autoencoder or those of the VAE, and how many
times as much?
"""


# %%
def change(model, step=0.1):
    """Squared change of the image when its code is moved by `step` deviations.   -> (N,)"""
    z = codes(model, test_bits)
    direction = np.random.default_rng(3).standard_normal((10, *z.shape))
    direction *= math.sqrt(z.shape[1]) / np.linalg.norm(direction, axis=-1, keepdims=True)
    moved = z + step * codes(model, bits).std(axis=0) * direction
    squares = np.square(images(model, moved.reshape(-1, z.shape[1])).reshape(10, *test_bits.shape)
                        - images(model, z)).sum(axis=-1)
    return squares.mean(axis=0)


heading("Close codes decode alike")
predict("Codes are moved by a tenth of their standard deviation.  Which images change more, those "
        "of the autoencoder or those of the VAE, and how many times as much?")
for latent, a, v in ((2, ae2, vae2), (10, ae10, vae10)):
    moved_a, moved_v = change(a), change(v)
    say(f"codes of {latent:2} numbers: squared change {moved_a.mean():.3f} in the AE, "
        f"{moved_v.mean():.3f} in the VAE")
    claim("   times as much in the autoencoder", moved_a.mean() / moved_v.mean(), 1.5,
          relation=">")

# %% [markdown]
r"""
The reason stands in the objective.  A VAE never decodes the mean $\mu(x)$ while it trains, but a
fresh $z = \mu(x) + \sigma(x)\varepsilon$ each time, and all of them must give $x$.  *Close codes
decode alike because they were trained to.*  To an autoencoder a code is a point, and what happens
beside it nobody ever asked.

## What is a digit?

To judge images that nobody drew we need rules that come from no model.  Two simple ones, for an
image of bits and its distance, the number of pixels that differ, to the 1,500 training digits:

- **unreal**: its nearest training digit is farther away than that of 99 in 100 test digits;
- **ambiguous**: among its ten nearest training digits no class has seven.
"""


# %%
def distances(x):
    """In how many pixels each image differs from each training digit.   (N, 64) -> (N, 1500)"""
    x = (x > 0.5).astype(np.float32)
    return x.sum(axis=1)[:, None] + bits.sum(axis=1) - 2 * x @ bits.T


limit = np.quantile(distances(test_bits).min(axis=1), 0.99)


def unreal(x):
    return distances(x).min(axis=1) > limit


def ambiguous(x):
    nearest = train.labels[np.argpartition(distances(x), 10, axis=1)[:, :10]]
    return (nearest[..., None] == np.arange(10)).sum(axis=1).max(axis=1) < 7


rng = np.random.default_rng(4)
heading("What is a digit?")
claim("training digits", len(bits), 1_500)
claim("test digits called unreal: at most", unreal(test_bits).mean(), 0.02, relation="<")
claim("random bits called unreal", unreal(rng.random((500, 64))).mean(), 1)
say(f"test digits called ambiguous: {ambiguous(test_bits).mean():.0%}")

# %% [markdown]
r"""
## Sampling

From lesson 06: an autoencoder has no $p(z)$, and codes of 10 numbers drawn from a Gaussian with the
mean and the covariance of its codes are the best simple guess.  A VAE has one: $N(0, I)$.
"""

# %%
heading("Sampling")
z = codes(ae10, bits)
n = 6_000
from_ae = images(ae10, rng.multivariate_normal(z.mean(axis=0), np.cov(z.T), size=n))
from_vae = vae10.sample(n, rng=5).numpy()
share = [unreal(x).mean() for x in (from_ae, from_vae)]
say(f"unreal: {share[0]:.1%} from the AE and a Gaussian fitted to its codes, {share[1]:.1%} from "
    "the VAE")
claim("the VAE's samples are more often real", share[1], share[0],
      math.sqrt(sum(s * (1 - s) / n for s in share)), relation="<")

# %% [markdown]
r"""
## Interpolation

$$z_t = (1 - t)\,\mu(x_1) + t\,\mu(x_2), \qquad t \in [0, 1], \qquad \text{and decode every } z_t.$$
"""

# %%
heading("Interpolation")
show(models.VAE.interpolate)
a, b = test_bits[shown[1]], test_bits[shown[8]]
with sg.no_grad():
    path = vae10.interpolate(a[None], b[None], 9).numpy()[:, 0]
ends = codes(vae10, np.stack([a, b]))
claim("the ends are the two reconstructions", path[[0, -1]], images(vae10, ends), tolerance=1e-5)
claim("the middle is the image of the mean code", path[4], images(vae10, [ends.mean(axis=0)])[0],
      tolerance=1e-5)

# %% [markdown]
r"""
Now your first prediction.  For 120 pairs of test digits of different classes we draw the image in
the middle, bit by bit, with the probabilities that each kind of averaging gives.
"""

# %%
one, other = rng.permutation(296).reshape(2, 148)
differ = test.labels[one] != test.labels[other]
one, other = one[differ][:120], other[differ][:120]
claim("pairs", len(one), 120)
middle = {"pixels": (test_bits[one] + test_bits[other]) / 2}
for name, m in (("codes of the AE, 10", ae10), ("codes of the VAE, 10", vae10)):
    z = codes(m, test_bits)
    middle[name] = images(m, (z[one] + z[other]) / 2)
drawn_unreal = {name: np.mean([unreal(rng.random(p.shape) < p) for _ in range(20)])
                for name, p in middle.items()}
rounded_unreal = {name: unreal(p).mean() for name, p in middle.items()}
for name, s in drawn_unreal.items():
    say(f"in the middle of {name:21} {s:4.0%} of the images are unreal; "
        f"{rounded_unreal[name]:4.0%} of the same, rounded")
for name in list(middle)[1:]:
    claim(f"{name}: at most half as many as in pixels", drawn_unreal[name],
          drawn_unreal["pixels"] / 2, relation="<")
claim("rounded, those of the VAE: at most half as many as drawn",
      rounded_unreal["codes of the VAE, 10"], drawn_unreal["codes of the VAE, 10"] / 2,
      relation="<")

steps = 9
rows = []
for k, l in ((1, 8), (0, 6), (3, 5)):
    pair = np.stack([test_bits[shown[k]], test_bits[shown[l]]])
    t = np.linspace(0, 1, steps)[:, None]
    rows.append((1 - t) * pair[0] + t * pair[1])
    for m in (ae10, vae10):
        with sg.no_grad():
            rows.append(m.interpolate(pair[:1], pair[1:], steps).numpy()[:, 0])
figure, axes = viz.panels(3, 1, size=(6.2, 2.15))
for i, ax in enumerate(axes):
    viz.reconstructions(*rows[3 * i:3 * i + 3], columns=steps, names=("pixels", "AE", "VAE"), ax=ax,
                        title="From one digit to another, in pixels and in codes" if not i else "")
save_figure(figure, "13_interpolation")

# %% [markdown]
r"""
A pixel average is two ghosts.  Both averages of codes are *one* image, two of the three: to have
few numbers is already enough for that.  (Drawn bit by bit, the VAE's may be unreal more often than
the autoencoder's: it leaves more pixels open.  Rounded to the likelier colour, hardly any is.)  But
an image can be sharp and still be no digit in particular; we come back to this.

In many dimensions a straight line has a flaw of its own.  Draws of $N(0, I)$ lie near a sphere of
radius $\sqrt Z$, because $\mathbb{E}\|z\|^2 = Z$.  The middle of two independent draws has
covariance $I / 2$, so the line dives below the sphere, to where codes are rare: about one in nine
with $Z = 10$, one in three hundred with $Z = 40$.
"""

# %%
for Z, rare in ((10, 0.1088), (40, 0.00345)):
    say(f"Z = {Z}")
    pairs = rng.standard_normal((2, 50_000, Z))
    squared = np.square(pairs[0]).sum(axis=1)
    claim("E |z|^2 of a draw is Z", squared.mean(), Z, math.sqrt(2 * Z / 50_000))
    claim("E |z|^2 in the middle of two draws: Z / 2",
          np.square(pairs.mean(axis=0)).sum(axis=1).mean(), Z / 2, math.sqrt(Z / 2 / 50_000))
    short = (squared < Z / 2).mean()
    claim("share of draws that are as short as that", short, rare,
          math.sqrt(rare * (1 - rare) / 50_000))

# %% [markdown]
r"""
## Altering an attribute

An attribute that a digit has *more or less*: how far it leans.  From the pixels, as a slope (the
covariance of column and row over the variance of the row),

$$\text{lean}(x) = \frac{\sum_d x_d\,(c_d - \bar c)(r_d - \bar r)}{\sum_d x_d\,(r_d - \bar r)^2}.$$

The library can move codes in two ways: towards the mean code of some targets (`alter`), or along
the difference of two mean codes, of images that have the attribute and of images that have not
(`attribute_vector`).  Whatever both groups share cancels in a difference.
"""

# %%
row, column = (axis.ravel() for axis in np.mgrid[:8, :8])


def lean(x):
    """The slope of an image: positive if the top leans to the left.   (N, 64) -> (N,)"""
    share = x / x.sum(axis=1, keepdims=True)
    r, c = row - (share @ row)[:, None], column - (share @ column)[:, None]
    return (share * r * c).sum(axis=1) / (share * r * r).sum(axis=1)


heading("Altering an attribute")
show(models.VAE.alter)
lower, upper = np.quantile(lean(bits), (0.25, 0.75))
most, least = bits[lean(bits) >= upper], bits[lean(bits) <= lower]
with sg.no_grad():
    direction = vae10.attribute_vector(most, least).numpy()
z = codes(vae10, test_bits)
leans = {a: lean(images(vae10, z + a * direction)) for a in (-1, -0.5, 0, 0.5, 1)}
for a, value in leans.items():
    say(f"mu(x) + {a:4} attribute vectors: lean {value.mean():6.3f}, "
        f"{unreal(images(vae10, z + a * direction)).mean():.0%} unreal")
for (a, left), (b, right) in zip(leans.items(), list(leans.items())[1:]):
    claim(f"from {a} to {b}: it leans more", (right - left).mean(), 0,
          (right - left).std() / math.sqrt(len(left)), relation=">")

with sg.no_grad():
    zeros = bits[train.labels == 0]
    reached = vae10.alter(test_bits[:50], zeros, 1.0).numpy()
    stayed = vae10.alter(test_bits[:50], zeros, 0.0).numpy()
claim("alter, alpha = 0: the reconstruction", stayed, images(vae10, z[:50]), tolerance=1e-5)
claim("alter, alpha = 1: whatever it was, the mean zero", np.ptp(reached, axis=0).max(), 0,
      tolerance=1e-5)

figure, (left, right) = viz.panels(1, 2, size=(5.4, 3.6))
alphas = np.linspace(-1.2, 1.2, 9)
some = shown[1], shown[0], shown[4], shown[7], shown[9]
strip = np.concatenate([images(vae10, z[i] + alphas[:, None] * direction) for i in some])
viz.image_grid(strip, columns=len(alphas), ax=left, title="Along the attribute vector of lean")
left.set_xlabel("from $-1.2$ to $+1.2$ attribute vectors")
with sg.no_grad():
    strip = np.concatenate([vae10.alter(test_bits[[i]], zeros, a).numpy()
                            for i in some for a in np.linspace(0, 1, 9)])
viz.image_grid(strip, columns=9, ax=right, title="Towards the mean code of the zeros")
right.set_xlabel(r"from $\alpha = 0$ to $\alpha = 1$")
save_figure(figure, "13_altered")

# %% [markdown]
r"""
Nobody told the model about leaning.  The same recipe finds smiles and glasses in models of faces.

## The holes that remain, and their first cause

Where do codes really lie?  Draw an image, then its code: the mixture of all clouds, the
**aggregated posterior**

$$q(z) = \frac1N \sum_n q(z|x_n).$$

The decoder has been trained on draws from $q(z)$; we sample from $p(z) = N(0, I)$.  If they were
the same, we would only decode what it has learned to decode.  How different are they?  The
regulariser splits in two (Hoffman
and Johnson 2016):

$$\frac1N\sum_n \mathrm{KL}\big(q(z|x_n)\,\|\,p(z)\big)
= \underbrace{\mathbb{E}\left[\log\frac{q(z|x)}{q(z)}\right]}_{\text{information about } x}
+ \underbrace{\mathrm{KL}\big(q(z)\,\|\,p(z)\big)}_{\text{mismatch}}.$$

It forbids both alike, and only the second is what we want forbidden.  So it is made small, but it
does not vanish.
"""


# %%
def clouds(model):
    """(mu, sigma) of q(z|x) for each training digit."""
    with sg.no_grad():
        q = model.encode(bits)
        return q.mean.numpy().astype(float), np.sqrt(q.variance.numpy()).astype(float)


def cloud_densities(model, z):
    """log q(z|x_n) of each cloud at each z.   (M, Z) -> (M, N)"""
    mu, sigma = clouds(model)
    quadratic = (z ** 2) @ (sigma ** -2).T - 2 * z @ (mu / sigma ** 2).T \
        + np.square(mu / sigma).sum(axis=1)
    return -quadratic / 2 - np.log(sigma).sum(axis=1) - z.shape[1] / 2 * math.log(2 * math.pi)


def log_normal(z):
    """log p(z) of the prior."""
    return -np.square(z).sum(axis=1) / 2 - z.shape[1] / 2 * math.log(2 * math.pi)


def log_aggregated(model, z):
    """log q(z).   (M, Z) -> (M,)"""
    return ops.logsumexp(cloud_densities(model, z), axis=1) - math.log(len(bits))


heading("The holes that remain, and their first cause")
mu, sigma = clouds(vae10)
aggregated = Mixture(logits=np.zeros(len(bits)), components=Independent(Normal(mu, sigma), 1))
claim("log q(z): a mixture of all clouds, in equal parts", log_aggregated(vae10, mu[:5]),
      aggregated.log_prob(mu[:5]))
own = np.repeat(np.arange(len(bits)), 1 if FAST else 2)
z = mu[own] + sigma[own] * rng.standard_normal((len(own), 10))
information = -np.log(sigma[own]).sum(axis=1) - 5 * math.log(2 * math.pi) \
    - np.square((z - mu[own]) / sigma[own]).sum(axis=1) / 2 - log_aggregated(vae10, z)
mismatch = log_aggregated(vae10, z) - log_normal(z)
regulariser = (sigma ** 2 + mu ** 2 - 1 - 2 * np.log(sigma)).sum(axis=1) / 2
say(f"regulariser {regulariser.mean():.2f} = information {information.mean():.2f} + mismatch "
    f"{mismatch.mean():.2f} nats")
claim("they add up", (information + mismatch).mean(), regulariser.mean(),
      (information + mismatch - regulariser[own]).std() / math.sqrt(len(own)))
claim("the mismatch is not zero", mismatch.mean(), 0, mismatch.std() / math.sqrt(len(own)),
      relation=">")
claim("information is at most log N", information.mean(), math.log(len(bits)), relation="<")

# %% [markdown]
r"""
So there are places where the prior has mass and no cloud is.  Call a draw from the prior **empty**
if $q(z)$ is less than $1/e$ of $p(z)$ there.

**Predict.**  Are images decoded from empty places more often unreal, and how many times as often?
"""

# %%
predict("Codes from the prior that fall where no cloud is: are their images more often unreal than "
        "others, and how many times as often?")
z = rng.standard_normal((4_500 if FAST else 6_000, 10))
decoded = images(vae10, z)
empty = log_aggregated(vae10, z) - log_normal(z) < -1
is_unreal = unreal(decoded)
say(f"empty: {empty.mean():.0%} of the prior; unreal there {is_unreal[empty].mean():.1%}, "
    f"elsewhere {is_unreal[~empty].mean():.1%}")


def more_often(text, event, where):
    """Claim that `event` is more frequent `where` than elsewhere, by its standard error."""
    p, q = event[where].mean(), event[~where].mean()
    error = math.sqrt(p * (1 - p) / where.sum() + q * (1 - q) / (~where).sum())
    claim(text, p, q, error, relation=">")


more_often("first cause: unreal more often where no cloud is", is_unreal, empty)

# %% [markdown]
r"""
## The second cause

Suppose $q(z) = p(z)$ exactly.  Still the space of codes is connected, the decoder is continuous,
and the digits are ten islands.  On the way from the ones to the eights there must be a place where
the image is neither.  No training mends that: **a continuous map cannot send a connected space
onto several islands and never into the water between.**

At any $z$ the clouds tell how likely each class is, $q(k|z) \propto \sum_{n: k_n = k} q(z|x_n)$.
Call a place a **border** if no class has 7 in 10.
"""

# %%
heading("The second cause")


def border(model, z):
    """True where no class has 7 in 10 of q(z)."""
    log_q = cloud_densities(model, z)
    q = np.exp(log_q - log_q.max(axis=1, keepdims=True))
    of_class = q @ (train.labels[:, None] == np.arange(10))
    return (of_class / of_class.sum(axis=1, keepdims=True)).max(axis=1) < 0.7


at_border, is_ambiguous = border(vae10, z), ambiguous(decoded)
say(f"border: {at_border.mean():.0%} of the prior; ambiguous there "
    f"{is_ambiguous[at_border].mean():.0%}, elsewhere {is_ambiguous[~at_border].mean():.0%}")
more_often("second cause: ambiguous more often at borders", is_ambiguous, at_border)
inhabited = ~empty
more_often("   also among places that are not empty", is_ambiguous[inhabited],
           at_border[inhabited])

# %% [markdown]
r"""
With two numbers one can look at it.  On the left every code of a training digit; on the right the
same square of the plane, decoded: dark where the decoded image is ambiguous.  The borders of the
map on the left are the dark rivers on the right.
"""

# %%
reach = 3.0
grid = viz.plane_grid((-reach, reach), 40 if FAST else 120)
figure, (left, right) = viz.panels(1, 2, size=(5.4, 5.2))
viz.latent_map(codes(vae2, bits), train.labels, ax=left, title="Codes of the training digits")
left.set_aspect("equal", adjustable="box")
left.set(xlim=(-reach, reach), ylim=(-reach, reach))
side = math.isqrt(len(grid))
votes = train.labels[np.argsort(distances(images(vae2, grid)), axis=1)[:, :10]]
majority = (votes[..., None] == np.arange(10)).sum(axis=1).max(axis=1).reshape(side, side)
picture = right.imshow(majority / 10, origin="lower", extent=(-reach, reach, -reach, reach),
                       cmap="cividis", vmin=0.3, vmax=1)
viz.style.colour_bar(right, picture, "share of the largest class among ten neighbours")
viz.style.dressed(right, None, "What each place decodes to: one digit, or several?", "$z_1$",
                  "$z_2$")
save_figure(figure, "13_holes")
rivers, borders = ambiguous(images(vae2, grid)), border(vae2, grid)
claim("codes of 2 numbers: twice as often ambiguous at borders", rivers[borders].mean(),
      2 * rivers[~borders].mean(), relation=">")

# %% [markdown]
r"""
## Break it: a weight of 0.00025

A well-known collection of VAEs minimises the *mean* squared error over pixels plus 0.00025 times
the KL in training (and with a weight of 1 in validation: two different objectives).  We do the same
with our 64 bits and minus their log-likelihood.  Its mean over pixels is the sum, divided by 64, so
64 times this loss is minus the ELBO, but for the weight of the KL, which is

$$\beta = 64 \cdot 0.00025 = 0.016.$$

**Predict.**  The reconstructions will be better than ever.  And the samples?
"""

# %%
heading("Break it: a weight of 0.00025")
predict("The loss is the mean over 64 pixels plus 0.00025 KL.  What will reconstructions be like, "
        "and what will samples?")


def mean_over_pixels(reconstruction, kl):
    """The mistake: a mean over pixels plus 0.00025 times a sum over the code."""
    return -reconstruction / 64 + 0.00025 * kl


with sg.no_grad():
    claim("64 times the loss: -ELBO with beta = 0.016",
          64 * mean_over_pixels(*vae10.terms(test_bits, rng=7)),
          -vae10.elbo(test_bits, beta=0.016, rng=7), tolerance=1e-5)
broken = vae(10, mean_over_pixels)
gain = wrong["VAE, 10"] - wrong_bits(broken, test_bits)
claim("copies are better: fewer wrong pixels", gain.mean(), 0, gain.std() / math.sqrt(len(gain)),
      relation=">")
broken_share = unreal(broken.sample(n, rng=5).numpy()).mean()
say(f"unreal samples: {broken_share:.0%}, against {share[1]:.1%} with beta = 1")
claim("samples are unreal, five times as often at least", broken_share, 5 * share[1],
      relation=">")
z = rng.standard_normal((2_000, 10))
claim("the check that sees it: the prior is empty",
      (log_aggregated(broken, z) - log_normal(z) < -1).mean(), 0.9, relation=">")
with sg.no_grad():
    lost = vae10.elbo(test_bits, n=10, rng=6).numpy() - broken.elbo(test_bits, n=10, rng=6).numpy()
claim("and the ELBO, in nats, is lower", lost.mean(), 1, lost.std() / math.sqrt(len(lost)),
      relation=">")

# %% [markdown]
r"""
It is an autoencoder that is called a VAE.  A loss with a unit would have said so: in nats per
image, summed over pixels, the KL weighs 1.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 13 --check`.
"""

# %%
heading("Exercises")


def check_slerp(answer):
    draws = np.random.default_rng(7).standard_normal((2, 10))
    a, b = (v / np.linalg.norm(v) * math.sqrt(10) for v in draws)
    for t in (0.0, 0.25, 0.5, 1.0):
        z = np.asarray(answer(a, b, t), dtype=float)
        claim(f"t = {t}: its length", np.linalg.norm(z), math.sqrt(10))
    claim("it begins at a", answer(a, b, 0.0), a)
    claim("it ends at b", answer(a, b, 1.0), b)
    angle = math.acos(a @ b / 10)
    claim("a quarter of the way, a quarter of the angle", a @ answer(a, b, 0.25) / 10,
          math.cos(angle / 4))


@exercise("The straight line between two codes dives below the sphere.  Return the point a "
          "fraction t of the way from a to b along the great circle, for codes (Z,) equally far "
          "from 0.",
          check=check_slerp, hint="with the angle w between them, sin((1 - t) w) / sin w of a and "
          "sin(t w) / sin w of b")
def along_the_sphere(a, b, t):
    return None


# %%
def check_aggregated(answer):
    mu, sigma = clouds(vae2)
    points = viz.plane_grid((-8, 8), 161)
    log_q = np.asarray(answer(points, mu[:200], sigma[:200]))
    claim("it integrates to 1", np.exp(log_q).sum() * 0.1 ** 2, 1, tolerance=1e-3)
    draws = mu[:5] + sigma[:5]
    each = np.exp(-np.square((draws[:, None] - mu[:200]) / sigma[:200]).sum(axis=2) / 2) \
        / (2 * math.pi * sigma[:200].prod(axis=1))
    claim("near some of the clouds", answer(draws, mu[:200], sigma[:200]),
          np.log(each.mean(axis=1)))
    far = answer(np.full((1, 2), 500.0), mu[:200], sigma[:200])
    claim("finite far away, where every density underflows", bool(np.isfinite(far).all()))


@exercise("Return log q(z), the log of the aggregated posterior, at points z (M, Z), from the "
          "means and deviations (N, Z) of the clouds q(z|x_n).", check=check_aggregated,
          hint="add up densities by np.logaddexp.reduce of their logarithms; do not forget 1/N and "
               "the log of 2 pi")
def log_of_aggregated(z, mu, sigma):
    return None


# %%
def check_transfer(answer):
    f, g = (lambda x: codes(vae10, x)), (lambda z: images(vae10, z))
    got = answer(f, g, test_bits[:40], most, least, 0.7)
    want = images(vae10, codes(vae10, test_bits[:40]) + 0.7 * direction)
    claim("images", got, want, tolerance=1e-4)


@exercise("Alter an attribute yourself.  f gives the codes of images, g the images of codes; "
          "return the images x, moved by alpha times the attribute vector of `with_` against "
          "`without`.",
          check=check_transfer, hint="the attribute vector is a difference of two mean codes")
def alter_attribute(f, g, x, with_, without, alpha):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Making $p(z)$ fit $q(z)$** instead of the other way round: learned priors, flows (lesson 17)
  and mixtures fitted to the codes (lesson 07) close the first kind of hole.
- **Numbers for how good it is**, $\log p(x)$, rate and distortion, active units: lesson 14.
- **The path that is short in images** and not in codes: geodesics of the decoder's metric
  $J^\top J$, Arvanitidis, Hansen and Hauberg, *Latent Space Oddity* (2018), section 3.
- Kingma and Welling, *Auto-Encoding Variational Bayes* (2014), appendix A.
- Hoffman and Johnson, *ELBO surgery* (2016), for the split of the regulariser.
- White, *Sampling Generative Networks* (2016), for interpolation on the sphere (section 2) and
  attribute vectors (section 3).
"""
