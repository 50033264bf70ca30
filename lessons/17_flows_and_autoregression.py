# %% [markdown]
r"""
# An exact likelihood: autoregression and flows

**You will**

- build the masks of MADE, see that its Jacobian is triangular, and add $p(x)$ up over every $x$;
- train three models of digits that know their $p(x)$ exactly, and draw what a PixelCNN cannot see;
- carry the triangle over to real numbers, where it makes a flow, and count who pays for what.

**Prerequisites** The change of variables of lesson 09; convolution, lesson 16.  **Takes** about
10 seconds on a CPU.

A VAE gives a bound on $\log p(x)$.  Is there a model of images that gives $\log p(x)$ itself?  A
table would: one number for each image of 64 black or white pixels, $2^{64}$ of them.  This lesson
is about the one idea that replaces the table: *say the pixels one after the other*.

**Predict.**  The network that we build below gives the probabilities of all 64 pixels, each from
those before it.  How many passes through it does $p(x)$ of a given image take, and how many does a
new image take?
"""

# %%
import itertools
import math
from unittest import mock

import numpy as np

import scratchgen as sg
from scratchgen import data, distributions, models, nn, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("An exact likelihood: autoregression and flows")
predict("A network gives the probability of each of 64 pixels from those before it.  How many "
        "passes through it does p(x) of an image take, and how many does a new image take?")

# %% [markdown]
r"""
## The chain rule

$$p(x) = p(x_1)\,p(x_2|x_1)\,p(x_3|x_1, x_2)\cdots = \prod_i p(x_i|x_{<i}), \qquad
\log p(x) = \sum_i \log p(x_i|x_{<i}).$$

This is no approximation and no assumption: every $p$ can be written like this, and in any order of
the pixels.  We check it on a table that is small enough to write down: the frequencies of the
$2^8$ patterns of 8 pixels in the middle of a digit.
"""

# %%
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)


def patch(images):
    """8 pixels, 2 rows of 4, in the middle.   (N, 64) -> (N, 8)"""
    return images.reshape(-1, 8, 8)[:, 3:5, 2:6].reshape(-1, 8)


heading("The chain rule")
D = 8
every = np.array(list(itertools.product([0.0, 1.0], repeat=D)))          # (256, 8), each x once
code = patch(bits).astype(int) @ (2 ** np.arange(D)[::-1])
table = (np.bincount(code, minlength=2 ** D) / len(bits)).reshape((2,) * D)
entropy = -(table[table > 0] * np.log(table[table > 0])).sum()
say(f"{(table > 0).sum()} of {2 ** D} patterns occur; entropy {entropy:.3f} nats")
claim("the order of the rows of `every`", every @ 2 ** np.arange(D)[::-1], np.arange(256.0))


def chain(table, x, order):
    """sum_i log p(x_i | those before it), each conditional a ratio of two sums over the table."""
    total, known = 0.0, [slice(None)] * D
    for i in order:
        before = table[tuple(known)].sum()
        known[i] = int(x[i])
        total += math.log(table[tuple(known)].sum() / before)
    return total


some = patch(test_bits)[[0, 100, 200]]
orders = list(range(D)), list(reversed(range(D))), [3, 0, 7, 5, 1, 6, 2, 4]
for x in some:
    for order in orders:
        claim(f"log p(x), the pixels in the order {''.join(map(str, order))}",
              chain(table, x, order), math.log(table[tuple(x.astype(int))]))
claim("numbers in all conditionals: as in the table, but one",
      sum(2 ** i for i in range(D)), table.size - 1)

# %% [markdown]
r"""
So the chain rule by itself saves nothing: the last conditional alone needs $2^{D-1}$ numbers, and
all of them as many as the table, whose last number follows from the others.  What saves is to let a
*network* compute the conditionals, with weights that they share.

## MADE: one network, masked

MADE is a *masked autoencoder for distribution estimation*.  We want one perceptron with $D$ inputs
and $D$ outputs whose output $i$, the logit of $x_i = 1$, is a function of $x_{<i}$ alone.  Give
every unit a **degree**: "I may know the first $m$ pixels".  Inputs have $1, \dots, D$, hidden units
something between, and a connection stays

$$\text{into a hidden unit if}\quad m_\text{below} \le m_\text{above}, \qquad
\text{into output } i \text{ if}\quad m_\text{below} < i.$$

Along every path from $x_j$ to output $i$ degrees never fall, and they grow at the end: so $j < i$.
All other weights are multiplied by 0.

**Predict.**  $\partial\,\mathrm{logit}_i / \partial x_j$ is a matrix of 8 × 8.  How many of its 64
entries can differ from zero, and where are they?
"""

# %%
heading("MADE: one network, masked")
predict("dlogit_i/dx_j is a matrix of 8 x 8.  How many of its 64 entries can differ from zero, and "
        "where are they?")
width = 30


def masks(order):
    """Two masks, (D, width) and (width, D), for the pixels in this order."""
    degree = np.empty(D, int)
    degree[order] = np.arange(1, D + 1)
    hidden = 1 + np.arange(width) * (D - 1) // width           # 1 ... D - 1, spread evenly
    return (degree[:, None] <= hidden).astype(float), (hidden[:, None] < degree).astype(float)


def logits_by_hand(model, x, order):
    """relu(x (W1 * M1) + b1) (W2 * M2) + b2"""
    (w1, b1), (w2, b2) = ((layer.weight.numpy(), layer.bias.numpy())
                          for layer in model.network.layers)
    m1, m2 = masks(order)
    return np.maximum(x @ (w1 * m1) + b1, 0) @ (w2 * m2) + b2


show(nn.MaskedLinear.forward)
triangles = {}
for name, order in zip(("first to last", "last to first", "mixed"), orders):
    made = models.MADE(D, (width,), order=order, rng=0).astype("float64")
    for k, (layer, mask) in enumerate(zip(made.network.layers, masks(order))):
        claim(f"{name}: mask {k + 1} is the library's", layer.mask, mask)
    claim("   its logits", made.logits(every).numpy(), logits_by_hand(made, every, order))
    at = np.random.default_rng(17).random((20, D))
    jacobian = np.mean([abs(sg.jacobian(lambda x: made.logits(x[None])[0])(x)) for x in at], axis=0)
    triangles[name] = jacobian
    in_order = jacobian[np.ix_(order, order)]
    claim("   Jacobian: entries on and above the diagonal, largest", np.triu(in_order).max(), 0)
    claim("   Jacobian: entries below it, smallest", in_order[np.tril_indices(D, -1)].min(), 0,
          relation=">")
    claim("   Jacobian: entries that are not 0, of 64", (jacobian > 0).sum(), D * (D - 1) / 2)
    claim("   p(x), added up over all 256 x", np.exp(made.log_prob(every).numpy()).sum(), 1,
          tolerance=1e-12)

figure, axes = viz.panels(1, 3, size=(4.0, 3.3))
for ax, (name, jacobian) in zip(axes, triangles.items()):
    viz.heat_map(np.where(jacobian == 0, np.nan, jacobian), ax=ax, xlabel="pixel $j$ of the input",
                 ylabel="logit $i$" if ax is axes[0] else "",
                 title=f"Pixels {name}" + " (white: exactly 0)" * (ax is axes[0]),
                 label=r"mean $|\partial\,\mathrm{logit}_i / \partial x_j|$"
                 if ax is axes[-1] else "")
    ax.set_aspect("equal")
save_figure(figure, "17_triangles")

# %% [markdown]
r"""
The sum is 1 for *random* weights.  Nothing was normalised by hand: each factor is a Bernoulli, and
the triangle does the rest.  That is what "exact" means, and no bound, no sampling and no sum over
all images is needed to train it: the loss is $-\log p(x)$.

## Trained on digits

To have something to compare with, the model that knows only how often each pixel is white: 64
independent frequencies.
"""


# %%
def fit(model, loss, x, epochs, rate=1e-2):
    """Adam on the mean of loss(batch), 100 images a step, with a rate that falls to zero."""
    order, adam = np.random.default_rng(1), optim.Adam(model.parameters(), lr=rate)
    for epoch in range(epochs):
        adam.lr = rate * (1 - epoch / epochs)
        for batch in data.batches(x, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(batch)).backward()
            adam.step()
    return model.eval()


def nats(model, x):
    """-log p(x) of each image."""
    with sg.no_grad():
        return model.loss(x).numpy().astype(float)


def compare(text, worse, better, relation=">"):
    """Claim that on the same images one costs more than the other, by the error of the pairs."""
    gap = worse - better
    claim(text, gap.mean(), 0, gap.std() / math.sqrt(len(gap)), relation=relation)


def cost(name, values, unit="nats an image"):
    say(f"{name:31} {values.mean():7.3f} {unit}, standard error "
        f"{values.std() / math.sqrt(len(values)):.3f}")


heading("Trained on digits")
frequency = (bits.sum(axis=0) + 1) / (len(bits) + 2)
independent = -(test_bits * np.log(frequency) + (1 - test_bits) * np.log(1 - frequency)).sum(axis=1)
made = models.MADE(64, (500,), rng=0)
fit(made, made.loss, bits, 8 if FAST else 40)
made_nats = nats(made, test_bits)
cost("test digits, independent pixels", independent)
cost("test digits, MADE", made_nats)
compare("nats that MADE saves on the same images", independent, made_nats)
show(models.autoregressive.AutoregressiveBits.sample)
with mock.patch.object(made, "logits", wraps=made.logits) as logits:
    made.log_prob(test_bits)
    claim("passes for p(x) of all test digits", logits.call_count, 1)
    logits.reset_mock()
    made_samples = made.sample(24, rng=2)
    claim("passes for new digits", logits.call_count, 64)

# %% [markdown]
r"""
There is the answer to your prediction, and the price of the method: reading is parallel, writing
is not.  (Does it write what it says?  On 8 pixels one can count.)
"""

# %%
small = models.MADE(D, (width,), rng=0)
fit(small, small.loss, patch(bits), 6 if FAST else 30)
n = 20_000
drawn = small.sample(n, rng=3).astype(int) @ (2 ** np.arange(D)[::-1])
exact = np.exp(-nats(small, every.astype(np.float32)))
for k in np.argsort(exact)[:-4:-1]:
    claim(f"share of draws that are {k:08b}, and its p(x)", (drawn == k).mean(), exact[k],
          math.sqrt(exact[k] * (1 - exact[k]) / n))
claim("the trained model, added up over all x", exact.sum(), 1, tolerance=1e-5)
claim("training patches cost no less than their entropy",
      nats(small, patch(bits)).mean(), entropy, relation=">=")

# %% [markdown]
r"""
## PixelCNN: the same by masking a kernel

A perceptron has a weight for each pair of pixels, too many for large images.  A convolution uses
the same few everywhere.  Row by row, the pixels before mine are those above, and those to my left;
so we erase the rest of the kernel.  The first layer must not see the pixel itself (**mask A**), the
layers above it may (**mask B**): what they see at my place was computed without me.
"""

# %%
heading("PixelCNN: the same by masking a kernel")
before = np.arange(25) < 12                                     # 12 of 25 come before the middle
mask_a = before.reshape(5, 5).astype(float)
mask_b = mask_a.copy()
mask_b[2, 2] = 1
say("\n".join(f"{'mask A':>10} {a.astype(int)}   {'mask B':>10} {b.astype(int)}"
              for a, b in zip(mask_a, mask_b)))
for kind, mask in (("A", mask_a), ("B", mask_b)):
    layer = nn.MaskedConv2d(kind, 1, 1, 5, rng=0).astype("float64")
    claim(f"the library's mask {kind}", layer.mask[:, :, 0, 0], mask)
    dot = np.zeros((1, 7, 7, 1))
    dot[0, 3, 3, 0] = 1                     # one white pixel: who hears of it?
    heard = layer(dot).numpy()[0, :, :, 0] - float(layer.bias.numpy()[0])
    claim("   who hears of a pixel: the mask, turned round", (heard != 0).astype(float),
          np.pad(mask, 1)[::-1, ::-1])
tiny = np.array(list(itertools.product([0.0, 1.0], repeat=4))).reshape(16, 2, 2)
for seed in range(3):
    model = models.PixelCNN((2, 2), 8, 2, kernel=3, rng=seed).astype("float64")
    claim("p(x), added up over all images of 2 x 2", np.exp(model.log_prob(tiny).numpy()).sum(), 1,
          tolerance=1e-12)

# %% [markdown]
r"""
**Predict.**  One pixel of an image of 15 × 15.  A layer of mask A looks 2 pixels far, as above, and
each layer of mask B on top of it 1 pixel farther.  Does the logit see *all* pixels before it, once
there are enough layers?
"""

# %%
predict("The logit of one pixel in 15 x 15: does it see all pixels before it, once there are "
        "enough layers?")
row, column = 9, 7
noise = np.random.default_rng(4).standard_normal((6, 15, 15))


def seen(layers):
    """Mean |dlogit / dpixel| at one place, over some images of noise.   -> (15, 15)"""
    model = models.PixelCNN((15, 15), 8, layers, rng=5).astype("float64")
    gradient = sg.grad(lambda x: ops.sum(model.logits(x)[:, row, column]))(noise)
    return abs(np.asarray(gradient)).mean(axis=0)


r, c = np.mgrid[:15, :15]
earlier = (r < row) | ((r == row) & (c < column))
hidden_corner = (r < row) & (c - column > 2 + (row - 1 - r))    # mask A: 2 to the right, then 1
depths = (1, 3, 8)
figure, axes = viz.panels(1, 3, size=(3.9, 4.1))
for ax, layers in zip(axes, depths):
    reach = seen(layers) > 0
    say(f"layers: {layers}; {reach.sum()} of {earlier.sum()} earlier pixels are seen")
    claim("   none that comes later, nor itself", (reach & ~earlier).sum(), 0)
    claim("   none of the corner at the right", (reach & hidden_corner).sum(), 0)
    picture = np.select([reach, hidden_corner, earlier], [0.8, np.nan, 0.45], 0.1)[None]
    picture[0, row, column] = 1
    viz.image_grid(picture, ax=ax, title=f"{layers} layer{'s' * (layers > 1)} of mask B")
    ax.set_xlabel(f"sees {reach.sum()} of {earlier.sum()} earlier pixels", fontsize=9.5)
figure.suptitle("What the white pixel sees: light grey.  Earlier, but too far: dark grey; in the "
                "blind spot: orange.  Later: black", fontsize=11, x=0.02, ha="left")
claim("with 8 layers: earlier pixels wrongly guessed", (
    reach != (earlier & ~hidden_corner)).sum(), 0)
save_figure(figure, "17_blind_spot")

# %% [markdown]
r"""
No.  To go right a path must also go up, a row for each further column: a wedge remains on the right
that *no* number of layers reaches, the **blind spot**.  The sum is still 1, for a model that
ignores some of $x_{<i}$ is still a model.  It is only a poorer one, and no test of correctness will
tell you.  (The cure is two stacks of convolutions, one for the rows above and one for the own row.)
"""

# %%
squares, test_squares = bits.reshape(-1, 8, 8), test_bits.reshape(-1, 8, 8)
pixelcnn = models.PixelCNN((8, 8), *((16, 1) if FAST else (24, 3)), kernel=7, rng=0)
fit(pixelcnn, pixelcnn.loss, squares, 6 if FAST else 10, rate=2e-2)
pixelcnn_nats = nats(pixelcnn, test_squares)
cost("test digits, PixelCNN", pixelcnn_nats)
compare("nats that PixelCNN saves on independent pixels", independent, pixelcnn_nats)
compare("MADE is better still, on these digits", pixelcnn_nats, made_nats)
size = [sum(math.prod(p.shape) for p in m.parameters()) for m in (pixelcnn, made)]
claim(f"with {size[1]:,} parameters; PixelCNN has a third at most", 3 * size[0], size[1],
      relation="<")
pixelcnn_samples = pixelcnn.sample(24, rng=6)

# %% [markdown]
r"""
MADE knows *where* each pixel is, and these digits are all in the middle; a convolution has to find
that out from the border.  But MADE's weights grow with the square of the number of pixels, and on
photographs nobody can pay for them.

**WaveNet and recurrent networks** are the same sentence with another network in it.  WaveNet
predicts each sample of a sound from those before it: convolutions along time that look back only,
with dilations that double from layer to layer, so that what is seen doubles too (exercise 2).  A
recurrent network reads $x_1, x_2, \dots$ in turn and keeps a state $h_i = f(h_{i-1}, x_i)$ of
fixed size: by construction the state before $x_i$ knows $x_{<i}$ and nothing else, without any
mask, but $\log p(x)$ takes $D$ steps too.  A transformer masks its attention by the triangle of our
figure; a language model is $\prod_i p(x_i|x_{<i})$ over words.

## From bits to real numbers

Let $x$ be real and let a masked network say for each $x_i$ a shift and a scale, from $x_{<i}$:

$$x_i = t_i(x_{<i}) + e^{s_i(x_{<i})}\,z_i, \qquad z_i \sim N(0, 1).$$

Read it as a distribution: $p(x_i|x_{<i})$ is a Gaussian, and this is MADE for real numbers.  Read
it as a map $z \to x$: its Jacobian is triangular, so this is a **flow** with
$\log|\det| = \sum_i s_i$.  Both readings give the same $\log p(x)$.
"""

# %%
heading("From bits to real numbers")
network = nn.MaskedMLP(D, (width,), outputs=2, activation="tanh", rng=7).astype("float64")
flow = distributions.MaskedAutoregressive(network)
x = np.random.default_rng(8).standard_normal((5, D))
show(distributions.MaskedAutoregressive.inverse_and_log_det)
z, log_det = flow.inverse_and_log_det(x)
jacobian = sg.jacobian(flow.inverse)(x[0])
claim("Jacobian of x -> z: entries above the diagonal", abs(np.triu(jacobian, 1)).max(), 0)
claim("   its log-determinant is the sum of -s", float(log_det[0]),
      float(np.linalg.slogdet(jacobian)[1]))


def scale_and_shift(x):
    """s and t (N, D), each from the numbers before it; the library keeps |s| below 3."""
    with sg.no_grad():
        h = network(x).numpy()
    return 3 * np.tanh(h[:, 0] / 3), h[:, 1]


s, t = scale_and_shift(x)
gaussians = -np.square((x - t) / np.exp(s)) / 2 - s - math.log(2 * math.pi) / 2
base = distributions.Independent(distributions.StandardNormal(D, like=x), 1)
claim("read as D Gaussians, read as a flow: the same log p(x)", gaussians.sum(axis=1),
      distributions.Transformed(base, flow).log_prob(x))


def passes(network, run):
    """How often `run` asks this network."""
    with mock.patch.object(network, "forward", wraps=network.forward) as forward:
        run()
    return forward.call_count


inverse = distributions.Inverse(flow)
mask = [1.0, 0.0] * (D // 2)
half = nn.mlp(D, width, 2 * D, rng=9).astype("float64")
coupling = distributions.Coupling(mask, half, dtype="float64")
for name, net, f, wanted in (("autoregressive", network, flow, (1, D + 1)),
                             ("its inverse", network, inverse, (D + 1, 1)),
                             ("coupling", half, coupling, (1, 1))):
    p = distributions.Transformed(base, f)
    claim(f"{name}: passes for a density", passes(net, lambda: p.log_prob(x)), wanted[0])
    claim(f"{name}: passes for samples", passes(net, lambda: f(x)), wanted[1])

# %% [markdown]
r"""
($D$ passes to find the numbers one after the other, and one for the log-determinant.)  Whoever
trains by maximum likelihood takes the first; whoever must be fast at writing, its inverse.
A **coupling**, the last, is the triangle with two steps only: one half of the numbers is kept, and
says how the other half is scaled and shifted.  It is fast both ways, and weak alone: so many are
stacked, with halves that take turns.  That is RealNVP.
"""

# %%
jacobian = sg.jacobian(coupling.forward)(x[0])
kept_first = np.argsort(-np.array(mask), kind="stable")
block = np.asarray(jacobian)[np.ix_(kept_first, kept_first)]
claim("coupling, kept numbers first: at the top left I", block[:4, :4], np.eye(4))
claim("   nothing above the diagonal", abs(np.triu(block, 1)).max(), 0)
claim("   at the bottom right only scales", block[4:, 4:], np.diag(np.diag(block[4:, 4:])))

# %% [markdown]
r"""
## Grey digits, and what a density has to do with them

Grey digits have 17 levels: points, not an interval.  A density on points can be as high as it
likes.

**Predict.**  17 Gaussians of width $w$, one on each level, all with the same weight.  What happens
to the nats of a pixel when $w$ is divided by ten?
"""

# %%
heading("Grey digits, and what a density has to do with them")
predict("17 Gaussians of width w, one on each grey level.  What happens to the nats of a pixel "
        "when w is divided by ten?")
pixels, levels = test.images.reshape(-1)[:2000].astype(float), np.arange(17) / 16
costs = []
for w in (1e-2, 1e-3, 1e-4):
    log_terms = -np.square((pixels[:, None] - levels) / w) / 2 - math.log(w)
    log_p = np.logaddexp.reduce(log_terms, axis=1) - math.log(17 * math.sqrt(2 * math.pi))
    costs.append(-log_p.mean())
    say(f"w = {w:.0e}: {costs[-1]:8.3f} nats a pixel")
for wide, narrow in zip(costs, costs[1:]):
    claim("ten times as narrow: log 10 nats less, without end", wide - narrow, math.log(10),
          tolerance=1e-6)

# %% [markdown]
r"""
Such a density has learned nothing about digits, and beats every honest one.

So we **dequantise**: $y = (16\,x + u)/17$ with $u \sim U[0, 1)$ puts level $l$ anywhere in its cell
of width $1/17$.  Call the mass that the density has in the cell $P(x)$.  This is a distribution of
grey images, and by Jensen's inequality

$$-\log P(x) = -\log \int_{[0,1)^D} \frac{p(y_u)}{17^D}\,du \;\le\;
\underbrace{-\mathbb{E}_u[\log p(y_u)]}_{\mathrm{NLL}} + D \log 17,
\qquad \text{bits per pixel} \le \frac{\mathrm{NLL}/D + \log 17}{\log 2}.$$

It is an *upper* bound on the bits, and tight only if the density is flat in every cell.  For one
pixel with $p(y) = 2y$ everything can be computed: the gap of the darkest level is $1 - \log 2$.
"""

# %%
draws = np.random.default_rng(10)
for level in (0, 1, 16):
    mass = ((level + 1) ** 2 - level ** 2) / 17 ** 2
    y = models.dequantise(np.full(20_000, level / 16), 17, rng=draws)
    claim(f"level {level}: every y is in its cell", bool((np.floor(17 * y) == level).all()))
    bound = math.log(17) - np.log(2 * y)
    error = bound.std() / math.sqrt(len(y))
    say(f"level {level:2}: -log P = {-math.log(mass):.4f}, bound {bound.mean():.4f} nats")
    claim("   the bound is above", bound.mean(), -math.log(mass), error,
          relation=">" if level < 16 else ">=")
    if level == 0:
        claim("   by 1 - log 2", bound.mean() + math.log(mass), 1 - math.log(2), error)

# %%
grey, test_grey = train.images.reshape(-1, 8, 8), test.images.reshape(-1, 8, 8)
nvp = models.real_nvp((8, 8), 4, (64,) if FAST else (128,), levels=17, rng=0)
noise = np.random.default_rng(11)
nvp.loss(grey, rng=noise)                               # ActNorm takes its scales from these
fit(nvp, lambda batch: nvp.loss(batch, rng=noise), grey, 3 if FAST else 20, rate=5e-3)

counts = (np.round(train.images[..., None] * 16) == np.arange(17)).sum(axis=0) + 1.0
shares = counts / counts.sum(axis=1, keepdims=True)
level = np.round(test.images * 16).astype(int)
independent_bits = -np.log2(shares[np.arange(64), level]).mean(axis=1)
bounds = np.array([nvp.bits_per_dimension(test_grey, rng=noise).numpy().astype(float)
                   for _ in range(16)])                 # (16, N), each with other u
cost("test digits, a table per pixel", independent_bits, "bits a pixel")
cost("test digits, RealNVP, at most", bounds[0], "bits a pixel")
claim("17 levels, nothing known: bits", math.log2(17), independent_bits.mean(), relation=">")
compare("bits a pixel that RealNVP saves", independent_bits, bounds[0])
unit = 64 * math.log(2)                                 # nats an image in a bit a pixel
averaged = -(np.logaddexp.reduce(-bounds * unit, axis=0) - math.log(16)) / unit
cost("   averaging p(y) over 16 u", averaged, "bits a pixel, at most")
compare("so it was a bound: with 16 u it is lower", bounds.mean(axis=0), averaged)
with sg.no_grad():
    y = models.dequantise(test_grey[:50].reshape(50, 64), 17, rng=noise)
    back = nvp.bijector(nvp.bijector.inverse(y)).numpy()
claim("nothing is lost: image, code, image", back, y, tolerance=1e-3)

figure, axes = viz.panels(2, 3, size=(4.4, 2.1))
table_samples = np.random.default_rng(12).random((24, 64)) < frequency
sheets = {"Data: test digits in black and white": test_bits[:24],
          "MADE": made_samples, "PixelCNN": pixelcnn_samples,
          "Data: test digits in 17 greys": test.images[:24],
          "RealNVP": nvp.sample(24, rng=13), "Independent pixels": table_samples}
for ax, (name, sheet) in zip(axes, sheets.items()):
    viz.image_grid(np.asarray(sheet).reshape(-1, 8, 8), columns=8, ax=ax, title=name)
save_figure(figure, "17_samples")

# %% [markdown]
r"""
Look at the samples: a good likelihood is not yet a good picture.  Both models that go pixel by
pixel draw strokes that are right at every place and sometimes no digit as a whole; nobody told
them to plan.  Codes of few numbers, as those of a VAE, are a plan.

## Break it: an assertion that can never fail

A well-known implementation of MADE checks its masks by a line like this one, where `m` is the
product of the masks and must have nothing on or above the diagonal:

    assert np.triu(m).all() == 0

We write `<=` instead of `<` in the last mask: now each pixel sees *itself*.

**Predict.**  Will the assertion see it?  And what will the test nats be, better or worse?
"""

# %%
heading("Break it: an assertion that can never fail")
predict("Each pixel sees itself.  Does assert np.triu(m).all() == 0 see it?  And do the test nats "
        "get better or worse?")


def their_check(m):
    return np.triu(m).all() == 0


def leaky(size, width):
    """A MADE in whose last mask stands <= instead of <."""
    model = models.MADE(size, (width,), rng=0)
    degree = 1 + np.arange(width) * (size - 1) // width
    model.network.layers[-1].mask[...] = degree[:, None] <= np.arange(1, size + 1)
    return model


m1, m2 = masks(range(D))
broken = leaky(D, width)
right, wrong = (m1 @ m2).T, (m1 @ broken.network.layers[-1].mask).T     # [i, j]: may i see j?
for name, m in (("the right masks", right), ("the wrong masks", wrong),
                ("no masks at all", np.ones((D, D)))):
    claim(f"their assertion passes: {name}", bool(their_check(m)))
claim("what was meant, not np.triu(m).any(): right", not np.triu(right).any())
claim("what was meant: wrong", bool(np.triu(wrong).any()))

fit(broken, broken.loss, patch(bits), 6 if FAST else 30)
large = leaky(64, 500)
fit(large, large.loss, bits, 8 if FAST else 40)
cost("test digits, each sees itself", nats(large, test_bits))
compare("too good to be true: nats less than MADE's", made_nats, nats(large, test_bits))
claim("first check that sees it: fewer nats than the entropy", nats(broken, patch(bits)).mean(),
      entropy, relation="<")
claim("second: p(x), added up over all x, is not 1 but", np.exp(
    -nats(broken, every.astype(np.float32))).sum(), 2, relation=">")
jacobian = sg.jacobian(lambda x: broken.logits(x[None])[0])(at[0].astype(np.float32))
claim("third: the diagonal of the Jacobian, largest", abs(np.diag(jacobian)).max(), 0.1,
      relation=">")

# %% [markdown]
r"""
`np.triu` fills the lower half with zeros, so `.all()` is False for *every* matrix, and False equals
0.  An assertion that has never failed has never been tested: break the code once, and watch it.
The Jacobian and the sum are better checks for a second reason.  They ask the network, not the
masks, and would also see a mask that is right and never applied.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 17 --check`.
"""

# %%
heading("Exercises")


def check_completion(answer):
    model = models.MADE(3, (20,), rng=14).astype("float64")
    for p in model.parameters():
        p.data *= 3.0                                       # conditionals far from one half

    def probabilities(x):
        with sg.no_grad():
            return ops.sigmoid(model.logits(x)).numpy()

    whole = np.array(list(itertools.product([0.0, 1.0], repeat=3)))
    p_x = np.exp(model.log_prob(whole).numpy())
    for known in ([1.0], [0.0, 1.0]):
        x = answer(probabilities, np.array(known), 3, 20_000, np.random.default_rng(15))
        claim("a whole x in each row, zeros and ones", x.shape == (20_000, 3)
              and bool(((x == 0) | (x == 1)).all()))
        claim("what was known is kept", bool((x[:, :len(known)] == known).all()))
        fits = (whole[:, :len(known)] == known).all(axis=1)
        for row, share in zip(whole[fits], p_x[fits] / p_x[fits].sum()):
            drawn = (x == row).all(axis=1).mean()
            claim(f"share of {row.astype(int)}, given {known}", drawn, share, math.sqrt(
                share * (1 - share) / 20_000))


@exercise("Complete images.  probabilities(x) gives p(x_i = 1 | x_<i) for each pixel of x (N, D).  "
          "Return n draws (n, D) of x, given that its first pixels are `known`, (K,).",
          check=check_completion, hint="start with zeros behind the known pixels; draw x[:, K], "
          "ask again, draw x[:, K + 1]")
def complete(probabilities, known, d, n, rng):
    return None


# %%
def check_receptive_field(answer):
    for dilations in ((1,), (1, 1, 1), (1, 2, 4, 8), (1, 2, 4, 1, 2, 4)):
        for kernel in (2, 3):
            def last(sound):
                h = ops.reshape(sound, (1, 1, -1, 1))
                for d in dilations:                         # zeros at the left: it looks back only
                    h = ops.pad(h, ((0, 0), (0, 0), ((kernel - 1) * d, 0), (0, 0)))
                    h = ops.conv2d(h, np.ones((1, kernel, 1, 1)), dilation=(1, d))
                return h[0, 0, -1, 0]
            heard = np.count_nonzero(np.asarray(sg.grad(last)(np.zeros(50))))
            claim(f"kernel {kernel}, dilations {dilations}", answer(kernel, dilations), heard)


@exercise("WaveNet: convolutions along time that look back, each with this kernel width, with "
          "these dilations.  Return how many samples of the input the last output depends on.",
          check=check_receptive_field, hint="each layer looks (kernel - 1) dilation samples "
          "farther back than the one below")
def receptive_field(kernel, dilations):
    return None


# %%
def check_flow_density(answer):
    points = np.random.default_rng(16).standard_normal((50, D))
    claim("log p(x) of the library", answer(scale_and_shift, points),
          distributions.Transformed(base, flow).log_prob(points))


@exercise("An autoregressive flow with z ~ N(0, I).  scale_and_shift(x) gives s and t (N, D), each "
          "from the numbers before it.  Return log p(x), (N,).", check=check_flow_density,
          hint="z = (x - t) exp(-s), and log |det dz/dx| = - sum of s")
def log_prob_of_flow(scale_and_shift, x):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Without a blind spot**, with colours and with classes: van den Oord et al., *Conditional Image
  Generation with PixelCNN Decoders* (2016), section 2; *Pixel Recurrent Neural Networks* (2016).
- **Which order?**  Any is exact, not all are equally easy to learn; an average over several orders
  is Germain, Gregor, Murray and Larochelle, *MADE* (2015), section 4.
- **Flows that are good at photographs**: learned mixing of channels and several scales, Kingma and
  Dhariwal, *Glow* (2018); learned dequantisation, Ho et al., *Flow++* (2019), section 3.
- Dinh, Sohl-Dickstein and Bengio, *Density estimation using Real NVP* (2017), section 3.
- Papamakarios, Pavlakou and Murray, *Masked Autoregressive Flow* (2017), section 3, for the two
  directions; Theis, van den Oord and Bethge, *A note on the evaluation of generative models*
  (2016), section 3, for dequantisation and for good likelihoods with bad samples.
- Van den Oord et al., *WaveNet* (2016), section 2.
"""
