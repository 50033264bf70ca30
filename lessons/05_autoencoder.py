# %% [markdown]
r"""
# The autoencoder

**You will**

- build a machine that returns everything it is given, and see that it has learned nothing, for it
  returns noise as well;
- derive the best copy that a straight (linear) machine can make from a few numbers, and watch
  gradient descent find it: principal component analysis;
- bend the machine, beat the best straight one, and draw a map of handwriting with two numbers for
  each digit.

**Prerequisites** lesson 04; eigenvectors of a symmetric matrix.  **Takes** about 6 seconds on a
CPU.

An **autoencoder** is two networks.  The *encoder* turns an image $x$ into a **code** $z$, the
*decoder* turns the code into an image $y$, and $y$ is to be as much like $x$ as possible.  Nobody
has to tell it what the images show, so it can learn from all the images there are.

**Predict.**  Somebody has an autoencoder that gives every digit back exactly as it was, even digits
that it has never seen.  What has it learned about digits: everything, a good deal, or perhaps
nothing?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"

heading("The autoencoder")
predict("An autoencoder gives back every digit exactly, also digits it has never seen.  What has "
        "it learned about digits: everything, a good deal, or perhaps nothing?")

# %% [markdown]
r"""
## A layer, a code, a loss

In papers a layer of the encoder is written $h = s(Wx + b)$: multiply the column $x$ by a matrix,
shift, and bend each number by a function $s$.  In a program images are *rows*, and a batch of them
is an array with a row for each, so the same thing reads $h = s(xW + b)$, with $W$ transposed.  The
last $h$ of the encoder is the code $z$.
"""

# %%
train, test = data.digits("train"), data.digits("test")
layer = nn.Linear(64, 8, activation="tanh", rng=0)
W, b = layer.weight.data.T, layer.bias.data

heading("A layer, a code, a loss")
columns = np.stack([np.tanh(W @ x + b) for x in test.images])
claim("h = s(W x + b), by columns, is the library's layer", columns, layer(test.images),
      tolerance=1e-6)

# %% [markdown]
r"""
How much is $y$ like $x$?  We add the squares of the differences up over the pixels and average over
images.  That is no arbitrary choice: it is, but for a constant, $-\log p(x|z)$ of a Gaussian with
mean $y$ and variance $\frac12$,

$$-\log N(x;\, y, \tfrac12 I) = \sum_d (x_d - y_d)^2 + \frac{64}{2}\log \pi,$$

so it is counted in nats.  (Lesson 15 asks what the variance *should* be.)  To have a number that
one can judge, we divide by the error of the dullest guess, the mean image.  This is the **share
lost**: 0 for a perfect copy, 1 for a machine that has only learned the mean.
"""

# %%
x, unseen = train.images.astype(np.float64), test.images.astype(np.float64)
mean = x.mean(axis=0)


def share_lost(images, copies):
    return ((images - copies) ** 2).sum() / ((images - mean) ** 2).sum()


rng = np.random.default_rng(5)
y = x + 0.1 * rng.normal(size=x.shape)
gaussian = np.asarray(ops.gaussian_nll(x, y, -math.log(2) / 2)).sum(axis=1)
claim("-log N(x; y, 1/2) - 32 log pi is the squared error", gaussian - 32 * math.log(math.pi),
      ((x - y) ** 2).sum(axis=1), tolerance=1e-12)
claim("and is the library's loss",
      models.Autoencoder(lambda x: x, lambda z: z + (y - x)).loss(x), ((x - y) ** 2).sum(axis=1),
      tolerance=1e-12)
claim("share lost by the mean image", share_lost(x, np.broadcast_to(mean, x.shape)), 1)
show(models.Autoencoder.loss)

# %% [markdown]
r"""
## Enough room: copying

We begin without the bend, $s(x) = x$, take the mean off the images once and for all, and leave the
biases away: $z = xW$, $y = zV$.  Let the code have 100 numbers, *more* than an image has pixels (an
*overcomplete* autoencoder).  Then there is a solution that costs no training at all.  Fill $W$,
$64 \times 100$, with random numbers, and let $V$ be its pseudo-inverse:

$$W V = I, \qquad\text{so}\qquad y = x W V = x.$$

It has never seen a digit, and it gives everything back.
"""

# %%
heading("Enough room: copying")
W = rng.normal(size=(64, 100))
V = np.linalg.pinv(W)
claim("W V = I", W @ V, np.eye(64))
claim("share lost of unseen digits", share_lost(unseen, mean + (unseen - mean) @ W @ V), 0)

# %% [markdown]
r"""
But would *learning* find anything so silly?  We let gradient descent look.  For a straight machine
the mean error needs the data only through their covariance $C$: with $R = I - WV$ the difference is
$x - y = xR$, and

$$\mathbb E\,\lVert xR \rVert^2 = \mathbb E\, \operatorname{tr}(R^\top x^\top x R)
= \operatorname{tr}(R^\top C R), \qquad C = \mathbb E[x^\top x],$$

where $x$ is a row with its mean taken off.  One step then costs the same for a thousand images or a
million.
"""

# %%
C = (x - mean).T @ (x - mean) / len(x)


def straight_error(W, V):
    """The mean squared error of z = x W, y = z V over the training images."""
    R = np.eye(64) - W @ V
    return ops.sum(R * (C @ R))


def learn_straight(code, seed, steps):
    """W (64, code) and V (code, 64) from random numbers, by Adam."""
    rng = np.random.default_rng(seed)
    W = nn.Parameter(rng.normal(0, 1 / 8, size=(64, code)))
    V = nn.Parameter(rng.normal(0, 1 / 8, size=(code, 64)))
    optimiser = optim.Adam([W, V], lr=0.01)
    schedule = optim.schedules.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        loss = straight_error(W, V)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return W.data, V.data


def copies(W, V, images):
    return mean + (images - mean) @ W @ V


W, V = rng.normal(size=(64, 8)), rng.normal(size=(8, 64))
claim("the mean squared error is tr(R^T C R)", straight_error(W, V),
      ((x - copies(W, V, x)) ** 2).sum(axis=1).mean())

wide = learn_straight(100, seed=1, steps=600)
narrow = learn_straight(8, seed=1, steps=1000)
claim("100 numbers, learned: share lost of unseen digits",
      share_lost(unseen, copies(*wide, unseen)), 0.001, relation="<")

# %% [markdown]
r"""
It gives back digits that it has never seen, almost perfectly.  Now for something that is no digit:
**noise**.  Each pixel draws its grey from that same pixel of an image chosen at random, for every
pixel anew.  So every single pixel is as bright, and as often black, as in the digits; only what
makes a digit of 64 pixels is gone.

**Predict.**  What share of the noise does the machine with 100 numbers lose?  And one with 8
numbers, that loses a third of the digits?
"""

# %%
predict("Noise: each pixel takes its grey from another digit chosen at random.  What share of it "
        "is lost by a code of 100 numbers, and by one of 8 that loses a third of the digits?")
rows = rng.integers(len(x), size=(500 if FAST else 2000, 64))
noise = x[rows, np.arange(64)]

say(f"{'share lost':24} {'digits, seen':>13} {'digits, unseen':>15} {'noise':>8}")
lost = {}
for name, machine in (("100 numbers", wide), ("8 numbers", narrow)):
    lost[name] = [share_lost(images, copies(*machine, images)) for images in (x, unseen, noise)]
    say(f"  {name:22} {lost[name][0]:13.4f} {lost[name][1]:15.4f} {lost[name][2]:8.4f}")
claim("100 numbers: share lost of noise", lost["100 numbers"][2], 0.005, relation="<")
claim("8 numbers: a third of the unseen digits", lost["8 numbers"][1], 1 / 3, tolerance=0.02)
claim("8 numbers: more than three quarters of the noise", lost["8 numbers"][2], 0.75,
      relation=">")

varied = x.std(axis=0) > 0.1
M = (wide[0] @ wide[1])[varied][:, varied]
claim("pixels whose grey varies by 0.1 or more", varied.sum(), 47)
claim("100 numbers: W V is the identity on them, within", abs(M - np.eye(47)).max(), 0.05,
      relation="<")

# %%
figure, axes = viz.panels(1, 2, size=(5.6, 2.3))
for ax, images, title in zip(axes, (unseen[10:18], noise[:8]), ("Digits", "Noise")):
    viz.reconstructions(images, copies(*wide, images), copies(*narrow, images), columns=8, ax=ax,
                        names=("given", "100 numbers", "8 numbers"), title=title)
save_figure(figure, "05_copying")

# %% [markdown]
r"""
That answers the first question.  What can give *everything* back has learned nothing about digits:
it has learned the identity.  The machine with 8 numbers is the worse copier, and it is the one that
knows something about digits, for what is unlike them does not get through.  To learn, an
autoencoder must be unable to copy everything, so that it has to choose.

What becomes of noise can even be said in advance.  The pixels of noise are independent, with the
variances of the digits: its covariance is $C$ with zeros off the diagonal, and so its mean error is
$\operatorname{tr}(R^\top \operatorname{diag}(C)\, R)$.
"""

# %%
errors = ((noise - copies(*narrow, noise)) ** 2).sum(axis=1)
R = np.eye(64) - narrow[0] @ narrow[1]
claim("8 numbers: mean error on noise is tr(R^T diag(C) R)", errors.mean(),
      np.trace(R.T @ np.diag(np.diag(C)) @ R), errors.std() / math.sqrt(len(errors)))

# %% [markdown]
r"""
## The best a straight machine can do

What should it choose?  Let the code be $k$ numbers, and let first the decoder be given: its
rows span a space of $k$ dimensions, with an orthonormal basis in the columns of $U$,
$64 \times k$.  The best copy in that space is the foot of the perpendicular, $y = x\,UU^\top$.
Pythagoras says what is lost:

$$\mathbb E\,\lVert x - xUU^\top \rVert^2
= \mathbb E\,\lVert x \rVert^2 - \mathbb E\,\lVert xU \rVert^2
= \operatorname{tr} C - \sum_{i=1}^k u_i^\top C\, u_i.$$

So keep as much variance $u^\top C u$ as possible.  The largest is that of the eigenvector of $C$
with the largest eigenvalue $\lambda_1$; the next one perpendicular to it has $\lambda_2$, and so
on.  What is lost at best is the sum of the eigenvalues that are left over:

$$\min_{W, V}\ \mathbb E\,\lVert x - xWV \rVert^2 = \sum_{i > k} \lambda_i.$$

The eigenvectors are the **principal components**, and this is the theorem of Eckart and Young.
"""

# %%
eigenvalues, eigenvectors = (a[..., ::-1] for a in np.linalg.eigh(C))
best = eigenvectors[:, :8]
some = np.linalg.qr(rng.normal(size=(64, 8)))[0]

heading("The best a straight machine can do")
claim("Pythagoras, in 8 random directions", straight_error(some, some.T),
      np.trace(C) - sum(u @ C @ u for u in some.T))
claim("8 random directions lose more than", straight_error(some, some.T),
      2 * straight_error(best, best.T), relation=">")
claim("the first 8 eigenvectors lose", straight_error(best, best.T), eigenvalues[8:].sum())
claim("that is of all the variance a share of", eigenvalues[8:].sum() / eigenvalues.sum(), 0.326,
      tolerance=1e-3)

# %% [markdown]
r"""
Gradient descent knows nothing of eigenvectors.  Where did it get to?  Two spaces are compared by
their **principal angles**: the smallest angle between a direction in one and a direction in the
other, then the smallest one perpendicular to these, and so on.  With orthonormal bases $Q$ and $U$
their cosines are the singular values of $Q^\top U$.  If all angles are 0, the spaces are the same.

**Predict.**  Are all eight of them 0?  And are the eight rows of the learned decoder the eight
eigenvectors?
"""

# %%
predict("Do the 8 rows of the learned decoder span the space of the first 8 eigenvectors?  Are "
        "they those eigenvectors?")


def degrees(rows, U):
    """The principal angles between the space of these rows and that of the columns of U."""
    Q, _ = np.linalg.qr(rows.T)
    return np.degrees(np.arccos(np.minimum(np.linalg.svd(Q.T @ U, compute_uv=False), 1)))


excess = straight_error(*narrow) - eigenvalues[8:].sum()
claim("error learned, less the smallest possible", excess, 1e-5, relation="<")
claim("and it is not smaller, but for rounding", excess, -1e-10, relation=">")
claim("largest principal angle, in degrees", degrees(narrow[1], best).max(), 0.5, relation="<")
claim("of the random space", degrees(some.T, best).max(), 45, relation=">")

again = learn_straight(8, seed=2, steps=1000)
claim("another start: largest angle, in degrees", degrees(again[1], best).max(), 0.5,
      relation="<")
towards = abs(narrow[1] @ best) / np.linalg.norm(narrow[1], axis=1, keepdims=True)
nearest = np.degrees(np.arccos(np.minimum(towards.max(axis=1), 1)))
claim("from a row of it to the nearest eigenvector, in degrees", nearest.mean(), 20,
      relation=">")

# %% [markdown]
r"""
The same space, and other axes in it.  The reason is one line: for every invertible $A$, $k \times
k$,

$$W V = (W A)\,(A^{-1} V),$$

so the codes $zA$ do just as well as the codes $z$, and nothing in the loss prefers either.  *A
single number of a code means nothing by itself*; only the space of codes does.  (Lesson 06 finds
the same of machines that are not straight, and lesson 14 measures it.)
"""

# %%
first, second = (x - mean) @ narrow[0], (x - mean) @ again[0]
A = np.linalg.lstsq(first, second, rcond=None)[0]
claim("codes of the two runs: z' = z A, share not explained",
      ((second - first @ A) ** 2).sum() / (second ** 2).sum(), 1e-4, relation="<")
claim("A is invertible: its smallest singular value", np.linalg.svd(A)[1].min(), 0.1,
      relation=">")

figure, axes = viz.panels(3, 1, size=(7.2, 1.25))
for ax, rows, title in zip(axes, (best.T, narrow[1], again[1]), (
        "The first eight principal components", "Rows of the learned decoder",
        "Rows of the decoder learned from another start")):
    rows = rows / abs(rows).max(axis=1, keepdims=True)
    viz.image_grid(rows, columns=8, limits=(-1, 1), title=title, ax=ax)
save_figure(figure, "05_same_space_other_axes")

# %% [markdown]
r"""
## Bends

Would more layers help?  Without the bend, no: a product of matrices is a matrix, and what passes
through 2 numbers has at most rank 2, however many layers there are.
"""

# %%
heading("Bends")
layers = [rng.normal(size=shape) for shape in ((64, 128), (128, 2), (2, 128), (128, 64))]
claim("rank of four straight layers, 64 - 128 - 2 - 128 - 64",
      np.linalg.matrix_rank(np.linalg.multi_dot(layers)), 2)

# %% [markdown]
r"""
So put the bend in, $s(x) = \max(x, 0)$ after the layers of 128.  Straight machines can lay a plane
through the cloud of images; this one can lay a bent sheet.

**Predict.**  With *two* numbers for each digit the best plane loses 73 % of unseen digits.  What
will the bent sheet lose?
"""

# %%
predict("Two numbers for each digit: the best plane loses 73 % of unseen digits.  And the bent "
        "sheet?")
EPOCHS = 25 if FAST else 60


def learn_bent(code):
    """64 - 128 - code - 128 - 64, with relu."""
    model = models.autoencoder_dense(64, code, (128,), rng=1)
    optimiser = optim.Adam(model.parameters(), lr=0.005 if FAST else 0.003)
    schedule = optim.schedules.CosineAnnealingLR(optimiser, EPOCHS)
    rng = np.random.default_rng(0)
    for _ in range(EPOCHS):
        for batch in data.batches(train.images, 100, rng=rng):
            loss = ops.mean(model.loss(batch))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    return model


@sg.no_grad()
def bent_copies(model, images):
    return np.asarray(model(images.astype(np.float32)).data)


@sg.no_grad()
def bent_codes(model, images):
    return np.asarray(model.encode(images.astype(np.float32)).data)


def pca_copies(k, images):
    U = eigenvectors[:, :k]
    return mean + (images - mean) @ U @ U.T


def read_by_neighbour(codes, unseen_codes):
    """The share of unseen digits whose nearest code among those seen has the same label."""
    distance = ((unseen_codes[:, None] - codes[None]) ** 2).sum(axis=-1)
    return (train.labels[distance.argmin(axis=1)] == test.labels).mean()


SIZES = (2, 8, 32) if FAST else (1, 2, 4, 8, 16, 32)
bent = {k: learn_bent(k) for k in SIZES}
straight_lost = {k: share_lost(unseen, pca_copies(k, unseen)) for k in SIZES}
bent_lost = {k: share_lost(unseen, bent_copies(bent[k], unseen)) for k in SIZES}

say(f"{'share lost, unseen digits':28} {'straight (PCA)':>15} {'bent':>8}")
for k in SIZES:
    say(f"  code of {k:<18} {straight_lost[k]:15.3f} {bent_lost[k]:8.3f}")
claim("2 numbers, the best plane", straight_lost[2], 0.73, tolerance=0.005)
claim("2 numbers, bent", bent_lost[2], 0.6, relation="<")
claim("8 numbers: bent is better as well", bent_lost[8], 0.9 * straight_lost[8], relation="<")
claim("32 numbers: bent over straight", bent_lost[32] / straight_lost[32], 1, relation=">")

codes, unseen_codes = bent_codes(bent[2], x), bent_codes(bent[2], unseen)
plane = (x - mean) @ eigenvectors[:, :2]
in_plane = read_by_neighbour(plane, (unseen - mean) @ eigenvectors[:, :2])
on_sheet = read_by_neighbour(codes, unseen_codes)
claim("digits read from 2 numbers, plane: share", in_plane, 0.55, tolerance=0.02)
claim("digits read from 2 numbers, bent sheet: more by", on_sheet - in_plane, 0.04, relation=">")

# %% [markdown]
r"""
Less than 60 %, from the same two numbers.  A bend pays where the code is small.  With 32 numbers
the straight machine is the better one, and it was there at once: given so much room there is little
left to gain, and the bent one would have to train for long to find it.

Nobody has told either of them which digit is which.  Here is where they put them.
"""

# %%
figure, axes = viz.panels(1, 2, size=(5.9, 4.9))
viz.latent_map(plane, train.labels, ax=axes[0],
               title=f"Plane: {100 * straight_lost[2]:.0f} % lost")
viz.latent_map(codes, train.labels, ax=axes[1],
               title=f"Bent sheet: {100 * bent_lost[2]:.0f} % lost")
axes[0].get_legend().remove()
save_figure(figure, "05_two_maps")

# %%
figure, axes = viz.panels(1, 2, size=(5.4, 3.7))
sizes = np.arange(1, 65)
axes[0].semilogy(sizes, [max(share_lost(unseen, pca_copies(k, unseen)), 1e-4) for k in sizes],
                 color=viz.CLASS_COLOURS[0], linewidth=2, label="straight: PCA")
axes[0].semilogy(SIZES, list(bent_lost.values()), "o-", color=viz.CLASS_COLOURS[2], linewidth=2,
                 label="bent: 64 - 128 - k - 128 - 64")
axes[0].set(xlabel="numbers in the code, $k$", ylabel="share lost of unseen digits",
            xscale="log", xlim=(0.9, 70), ylim=(0.005, 1.1))
axes[0].set_xticks((1, 2, 4, 8, 16, 32, 64), (1, 2, 4, 8, 16, 32, 64))
axes[0].minorticks_off()
axes[0].grid(color=HAIRLINE, linewidth=0.6)
axes[0].spines[["top", "right"]].set_visible(False)
axes[0].set_title("What a code of $k$ numbers loses", loc="left", fontsize=11, color=INK)
axes[0].legend(frameon=False, fontsize=9, loc="lower left")
ten = unseen[[np.argmax(test.labels == digit) for digit in range(10)]]
viz.reconstructions(ten, pca_copies(2, ten), bent_copies(bent[2], ten), pca_copies(8, ten),
                    bent_copies(bent[8], ten), columns=10, ax=axes[1], title="One of each digit",
                    names=("given", "2, straight", "2, bent", "8, straight", "8, bent"))
save_figure(figure, "05_straight_and_bent")

# %% [markdown]
r"""
## Break it: a perfect copy that costs 13.7 nats

Pixels lie between 0 and 1, and so do probabilities.  So countless autoencoders, in tutorials and
out of them, let the decoder end in a sigmoid and use the *cross-entropy* for a loss, grey pixels or
not:

$$L = -\sum_d \bigl(x_d \log y_d + (1 - x_d) \log(1 - y_d)\bigr).$$

**Predict.**  The copy is perfect, $y = x$.  What is the loss?
"""

# %%
heading("Break it: a perfect copy that costs 13.7 nats")
predict("The cross-entropy of grey pixels, and a perfect copy, y = x.  What is the loss: 0 nats, "
        "or more?")


def cross_entropy(x, y):
    """-sum x log y + (1 - x) log(1 - y) for each image; 0 log 0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(x > 0, x * np.log(y), 0) + np.where(x < 1, (1 - x) * np.log(1 - y), 0)
    return -terms.sum(axis=1)


perfect = cross_entropy(x, x).mean()
claim("nats lost by a perfect copy of grey digits", perfect, 13.66, tolerance=1e-3)
black_and_white = data.binarise(x).astype(np.float64)
claim("by a perfect copy of black and white ones",
      cross_entropy(black_and_white, black_and_white).mean(), 0)

# %% [markdown]
r"""
A perfect machine, and a loss of 13.7 nats: "it stopped learning, and I do not know why" is what one
reads of it.  Worse, the number means nothing.  A loss in nats is $-\log$ of a probability, and the
probabilities of all that can be must add up to 1.  For a pixel that is 0 or 1, they do: $y + (1 -
y) = 1$.  For a grey one they do not:

$$\int_0^1 y^x (1 - y)^{1 - x}\, dx = \frac{2y - 1}{\log y - \log(1 - y)} < 1.$$
"""

# %%
grey = np.linspace(0, 1, 100_001)
for y in (0.6, 0.9):
    claim(f"y = {y}: the 'density' adds up to",
          np.trapezoid(y ** grey * (1 - y) ** (1 - grey), grey),
          (2 * y - 1) / math.log(y / (1 - y)), tolerance=1e-8)
claim("y = 0.9: that is", (2 * 0.9 - 1) / math.log(9), 0.364, tolerance=1e-3)

# %% [markdown]
r"""
What catches it is a check of the data, not of the loss.  The cross-entropy is $-\log$ of a
**Bernoulli** distribution: it draws a one with probability $y$ and a zero otherwise, and never a
grey.  The library's refuses grey pixels, and says what to do.
"""

# %%
model = models.autoencoder_dense(64, 8, (128,), likelihood="bernoulli", rng=1)
try:
    model.loss(train.images)
    words = "no complaint"
except ValueError as error:
    words = str(error)
claim("grey pixels are refused", "no complaint" not in words)
say(words)
claim("black and white ones are not", model.loss(data.binarise(train.images)).shape == (1500,))

# %% [markdown]
r"""
## Exercises

Fill in the functions below in this file and run `scratchgen lesson 5 --check`.
"""

# %%
heading("Exercises")


def check_enough(enough):
    for share in (0.3, 0.5, 0.9, 0.99):
        k = enough(x, share)
        for code, wanted in ((k, True), (k - 1, False)):
            kept = 1 - share_lost(x, pca_copies(code, x))
            claim(f"{code} numbers keep {share} of the variance", kept >= share, wanted)


@exercise("How many numbers must a straight code have, at the least, to keep this share of the "
          "variance of the images (N, D)?  Return k.", check=check_enough,
          hint="np.linalg.eigvalsh gives the eigenvalues, smallest first; np.cumsum")
def numbers_needed(images, share):
    return None


# %%
def check_angles(angles):
    flat = np.eye(4)[:2]
    for tilt in (10.0, 30.0, 90.0):
        a = math.radians(tilt)
        tilted = np.array([[1, 0, 0, 0], [0, math.cos(a), math.sin(a), 0]])
        mixed = np.array([[2, 1], [5, 3]]) @ tilted
        claim(f"a plane turned by {tilt}", np.asarray(angles(flat, mixed)), np.array([0, tilt]),
              tolerance=1e-5)


@exercise("The rows of a (k, D) span a space, and so do those of b (k, D), in any basis.  Return "
          "the k principal angles between the two in degrees, the smallest first.",
          check=check_angles, hint="np.linalg.qr of the transpose makes a basis orthonormal; then "
          "singular values; rounding may leave a cosine a little above 1")
def principal_angles(a, b):
    return None


# %%
def check_denoiser(denoiser):
    for spread in (0.1, 0.5):
        M = np.asarray(denoiser(C, spread))
        slope = sg.grad(lambda M: _denoising_error(M, spread))(M)
        claim("no small change of M helps", slope, np.zeros((64, 64)))
        claim("better than copying", _denoising_error(M, spread),
              _denoising_error(np.eye(64), spread), relation="<")


def _denoising_error(M, spread):
    """E |x - (x + e) M|^2 for e ~ N(0, spread^2 I)."""
    R = np.eye(64) - M
    return ops.sum(R * (C @ R)) + spread ** 2 * ops.sum(M * M)


@exercise("Another cure for copying: the machine sees x + e, e ~ N(0, spread^2 I), and must return "
          "x.  Return the best M (64, 64) for y = (x + e) M, given the covariance C of x.",
          check=check_denoiser, hint="E |x - (x + e) M|^2 = tr(R^T C R) + spread^2 tr(M^T M) with "
          "R = I - M; set its derivative with respect to M to 0")
def best_denoiser(C, spread):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Other cures for copying.**  Noise on the input (the last exercise: what is drowned by the noise
  is given up, direction by direction, and no bottleneck is needed), or codes of which most numbers
  must be 0.
- **What lies between the codes.**  The map of the bent sheet has empty places.  Decode a code from
  there and see: lesson 06.
- **Which loss.**  Squared error is one Gaussian among others: lesson 15.
- Bourlard and Kamp, *Auto-association by multilayer perceptrons and singular value decomposition*
  (1988): the straight machine is PCA.
- Baldi and Hornik, *Neural networks and principal component analysis: learning from examples
  without local minima* (1989): why nothing but saddle points is on the way there.
- Hinton and Salakhutdinov, *Reducing the dimensionality of data with neural networks* (2006): the
  bent one, with the maps that made it famous.
- Vincent, Larochelle, Lajoie, Bengio and Manzagol, *Stacked denoising autoencoders* (2010),
  section 2: why copying is not learning.
- Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapter 14.
"""
