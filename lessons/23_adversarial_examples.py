# %% [markdown]
r"""
# Adversarial examples

**You will**

- differentiate a loss by the image instead of the weights, and with one step of one line make a
  good classifier fail;
- find out why, on a linear classifier where everything can be written down: many small changes add
  up, and noise of the same size cancels;
- choose what an image shall be mistaken for, train against it, and see through a defence that only
  looked like one.

**Prerequisites** The classifier of lesson 04; gradients (lessons 01 and 02).  **Takes** about 3
seconds on a CPU.

In a generative *adversarial* network (lesson 18) two networks are trained against each other.  The
word has an older neighbour in which nobody is trained.  A network that reads digits is given; we
may change every pixel of an image by at most $\varepsilon$, on a scale where 0 is black and 1 is
white, and want it to be misread (Szegedy et al. 2014; Goodfellow, Shlens and Szegedy 2015).

**Predict.**  The network reads 95 of 100 digits.  Every pixel is changed by 0.1, a tenth of the way
from black to white.  How many does it still read if the changes are random, and how many if they
are chosen?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, nn, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

INK, MUTED, HAIRLINE = "#22262e", "#5c6370", "#d9dce1"
BLUE, ORANGE, RED, GREY, PURPLE = viz.CLASS_COLOURS[:5]

heading("Adversarial examples")
predict("The network reads 95 of 100 digits.  Every pixel is changed by 0.1.  How many does it "
        "still read if the changes are random?  And if they are chosen?")

# %% [markdown]
r"""
## The loss, differentiated by the image

First the network of lesson 04, trained in the same way: 64 pixels, 64 hidden units, 10 logits.
"""

# %%
train, test = data.digits("train"), data.digits("test")
images, labels = test.images, test.labels


def fit(seed=0, attack=None):
    """Lesson 04's network and training; `attack` changes each batch before it is learned from."""
    net, rng = nn.mlp(64, 64, 10, rng=seed), np.random.default_rng(seed)
    adam = optim.Adam(net.parameters(), lr=0.01)
    for _ in range(12 if FAST else 30):
        for x, y in data.batches((train.images, train.labels), 100, rng=rng):
            if attack:
                x = attack(net, x, y)
            adam.zero_grad()
            ops.mean(ops.softmax_cross_entropy(net(x), y)).backward()
            adam.step()
    return net


def read(net, x):
    """The digit that the network sees in each image.   (N, 64) -> (N,)"""
    with sg.no_grad():
        return net(x).numpy().argmax(axis=1)


def share_read(net, x):
    return (read(net, x) == labels).mean()


heading("The loss, differentiated by the image")
net = fit()
claim("share of test digits that it reads: 95 of 100, or 3 off", share_read(net, images), 0.95,
      tolerance=0.03)

# %% [markdown]
r"""
In training the loss $L(x, y; w)$ is differentiated by the weights $w$, and $x$ is a constant.  To
the engine they are just two inputs.  So ask for the other derivative, $g = \partial L / \partial
x$: how would the loss change if this *pixel* were a little brighter?
"""


# %%
def gradient_by_image(net, x, y):
    """dL/dx of each image.   (N, 64), (N,) -> (N, 64)"""
    return sg.grad(lambda x: ops.sum(ops.softmax_cross_entropy(net(x), y)))(x)


show(ops.softmax_cross_entropy)
say("")
g = gradient_by_image(net, images, labels)
claim("one number a pixel", g.shape == images.shape)
precise = nn.mlp(64, 64, 10, rng=0).astype("float64")
precise.load_state_dict(net.state_dict())
three = images[:3].astype(np.float64)
claim("gradcheck, by the pixels of three digits",
      sg.gradcheck(lambda x: ops.softmax_cross_entropy(precise(x), labels[:3]), three))

# %% [markdown]
r"""
Near $x$ the loss is nearly linear: $L(x + \delta) \approx L(x) + \sum_i \delta_i g_i$.  Under the
rule $|\delta_i| \le \varepsilon$ each pixel can be chosen by itself, and the best it can do is to
go all the way in the direction of its $g_i$:

$$\delta = \varepsilon \operatorname{sign}(g), \qquad
\sum_i \delta_i g_i = \varepsilon \sum_i |g_i| = \varepsilon\, \|g\|_1.$$

This is the **fast gradient sign** step (Goodfellow et al. 2015, section 4).
"""


# %%
def fast_gradient_sign(net, x, y, epsilon):
    """x + epsilon sign(dL/dx), kept between black and white."""
    return np.clip(x + np.float32(epsilon) * np.sign(gradient_by_image(net, x, y)), 0, 1)


def losses(net, x):
    with sg.no_grad():
        return ops.softmax_cross_entropy(net(x), labels[:len(x)]).numpy()


g3 = gradient_by_image(precise, three, labels[:3])
small = 1e-6
rise = (losses(precise, three + small * np.sign(g3)) - losses(precise, three)) / small
claim("for a small step the loss rises by epsilon ||g||_1", rise, abs(g3).sum(axis=1),
      tolerance=1e-4)
rng = np.random.default_rng(1)
others = [(losses(precise, three + small * rng.choice([-1.0, 1.0], three.shape))
           - losses(precise, three)) / small for _ in range(100)]
claim("none of 100 random patterns of the same size does better",
      bool((np.array(others) < rise).all()))

# %% [markdown]
r"""
Small steps prove the formula.  Now one large one.
"""

# %%
EPSILON = 0.1
fooling = fast_gradient_sign(net, images, labels, EPSILON)
noise = EPSILON * np.random.default_rng(2).choice([-1.0, 1.0], images.shape)
noisy = np.clip(images + noise, 0, 1).astype(np.float32)
claim("no pixel has moved by more than epsilon", abs(fooling - images).max(), EPSILON + 1e-6,
      relation="<=")
say(f"of {len(labels)} test digits the network reads, unchanged: {share_read(net, images):.3f}")
say(f"  with random changes of {EPSILON}: {share_read(net, noisy):.3f}")
say(f"  with chosen changes of {EPSILON}: {share_read(net, fooling):.3f}")
claim("random changes: it still reads, of all", share_read(net, noisy), 0.88, relation=">")
claim("chosen changes: it reads less than two thirds", share_read(net, fooling), 2 / 3,
      relation="<")

# %%
right = read(net, images) == labels
lost = np.nonzero(right & (read(net, fooling) != labels))[0]
shown = lost[np.unique(labels[lost], return_index=True)[1]][:10]         # one of each digit
rows = np.concatenate([images[shown], 0.5 + 4 * (fooling - images)[shown], fooling[shown],
                       noisy[shown]])
ax = viz.image_grid(rows, columns=len(shown),
                    title="What is added is at most a tenth of the way from black to white")
ax.set_yticks(range(4), ["digit", "added (4 times)", "sum: misread", "random instead"])
seen, seen_noisy = read(net, fooling)[shown], read(net, noisy)[shown]
ax.set_xticks(range(len(shown)), [f"{a} \u2192 {b}" for a, b in zip(labels[shown], seen)])
ax.set_xlabel("what it is \u2192 what the network reads", color=MUTED)
save_figure(ax, "23_misread")
claim("the same digits with random changes: most are read", (seen_noisy == labels[shown]).mean(),
      0.5, relation=">")

# %% [markdown]
r"""
## Why: many small changes add up

The first guess was that networks are too crooked.  The opposite is true: they are too *straight*
(Goodfellow et al. 2015, section 3).  Take a linear score $w^\top x$ of $D$ pixels.  Then nothing is
approximate:

$$w^\top (x + \varepsilon \operatorname{sign} w) = w^\top x + \varepsilon\, \|w\|_1.$$

If the weights have the mean size $m$, that is $\varepsilon\, m\, D$: it grows with the number of
pixels, while no pixel changes by more than $\varepsilon$.  Random signs add up like a random walk,
to $\varepsilon \|w\|_2$, which grows like $\sqrt D$.

**Predict.**  For weights drawn from a Gaussian: by what factor is the chosen change larger than the
random one, with 64 pixels and with 65,536?
"""

# %%
heading("Why: many small changes add up")
predict("A score w.x with Gaussian weights: by what factor does the chosen change beat the random "
        "one, with 64 pixels and with 65,536?")
rng = np.random.default_rng(4)
say(f"{'pixels':>8} {'chosen':>10} {'random':>10} {'factor':>8}      at epsilon = 0.1")
moves = {}
for pixels in (64, 1024, 65_536):
    w, x = rng.normal(size=pixels), rng.random(pixels)
    chosen, random = w @ (x + 0.1 * np.sign(w)) - w @ x, 0.1 * math.sqrt(w @ w)
    walks = np.array([0.1 * w @ rng.choice([-1.0, 1.0], pixels) for _ in range(200)])
    moves[pixels] = w, chosen, random, walks
    say(f"{pixels:8,} {chosen:10.1f} {random:10.1f} {chosen / random:8.1f}")
for pixels, (w, chosen, random, walks) in moves.items():
    claim(f"{pixels:,} pixels: chosen, epsilon ||w||_1", chosen, 0.1 * abs(w).sum())
    claim("   random signs, squared, over (epsilon ||w||_2)^2", (walks ** 2).mean() / random ** 2,
          1, math.sqrt(2 / len(walks)))
    claim("   the factor, over sqrt(2 D / pi)", chosen / random / math.sqrt(2 * pixels / math.pi),
          1, math.sqrt((math.pi / 2 - 1.5) / pixels))               # by the delta method

# %% [markdown]
r"""
By about 6 and by about 200.  A photograph has more pixels than that.

Does this explain a real linear classifier?  Softmax regression has a score for each digit.  Whether
it says $a$ or $b$ is decided by the difference of two scores, $w = w_a - w_b$; the least
$\varepsilon$ that turns one into the other is the lead of $a$ divided by $\|w\|_1$, and not a bit
less (as long as no pixel leaves the range from 0 to 1; here we let it).
"""

# %%
linear = models.Classifier(64, 10, rng=0).fit(train.images, train.labels, rng=4,
                                              epochs=10 if FAST else 30, lr=0.01)
W = linear.network[0].weight.numpy().astype(np.float64)                 # (64, 10)
bias = linear.network[0].bias.numpy().astype(np.float64)
scores = images.astype(np.float64) @ W + bias
winner = scores.argmax(axis=1)
lead = scores[np.arange(len(labels)), winner][:, None] - scores         # over each other digit
apart = abs(W[:, winner].T[:, :, None] - W[None]).sum(axis=1)           # ||w_a - w_b||_1
with np.errstate(invalid="ignore"):
    least = np.where(np.arange(10) == winner[:, None], np.inf, lead / apart)
epsilon, rival = least.min(axis=1), least.argmin(axis=1)
direction = np.sign(W[:, rival] - W[:, winner]).T
claim("a step shorter by a thousandth changes no answer",
      bool((((images + 0.999 * epsilon[:, None] * direction) @ W + bias).argmax(axis=1)
            == winner).all()))
claim("a step longer by a thousandth changes every answer",
      bool((((images + 1.001 * epsilon[:, None] * direction) @ W + bias).argmax(axis=1)
            == rival).all()))
say(f"half of the test digits need no more than epsilon = {np.median(epsilon):.3f}")
claim("half of the digits: less than", np.median(epsilon), 0.15, relation="<")

# %% [markdown]
r"""
And the network?  It has a layer of relu, so it is made of flat pieces.  Walk from a digit along
$\operatorname{sign}(g)$ and look at its ten logits.
"""

# %%
steps = np.linspace(-0.3, 0.3, 121)
digit = shown[len(shown) // 2]
walk = images[digit] + steps[:, None] * np.sign(g[digit])
with sg.no_grad():
    along = net(walk.astype(np.float32)).numpy()
    every = np.stack([net((images + np.float32(s) * np.sign(g)).astype(np.float32)).numpy()
                      for s in steps[::12]])                    # (11, N, 10)
fit_line = np.polynomial.polynomial.polyfit(steps[::12], every.reshape(11, -1), 1)
line = fit_line[0] + steps[::12, None] * fit_line[1]
explained = 1 - ((every.reshape(11, -1) - line) ** 2).sum() / (
    (every.reshape(11, -1) - every.reshape(11, -1).mean(axis=0)) ** 2).sum()
claim("share of the logits' movement that straight lines explain", explained, 0.85, relation=">")

figure, (ax,) = viz.panels(size=(7.0, 3.9))
for k in range(10):
    ax.plot(steps, along[:, k], color=viz.CLASS_COLOURS[k], label=str(k),
            linewidth=3 if k in (labels[digit], read(net, fooling)[digit]) else 1.2)
ax.axvline(0, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
ax.set_title(f"Ten logits on a walk from a {labels[digit]} along sign(g); thick: the digit, "
             "and what it is read as", loc="left", fontsize=11, color=INK)
ax.set(xlabel=r"$\varepsilon$", ylabel="logit")
ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(title="digit", frameon=False, fontsize=8.5, loc="center left", bbox_to_anchor=(1, 0.5))
save_figure(figure, "23_straight")

# %% [markdown]
r"""
## A mistake of our choice

To have a digit read as a *given* other one, $t$, go *down* in the loss of that label:
$\delta = -\varepsilon \operatorname{sign}(\partial L(x, t)/\partial x)$.  One long step is often
not enough, as the pieces are flat only for a while; ten short ones with the same total are better
(Kurakin, Goodfellow and Bengio 2017).
"""


# %%
def towards(net, x, target, epsilon, steps):
    """The target's loss made smaller in steps of epsilon / steps, within epsilon of x."""
    moved, short = x, np.float32(epsilon / steps)
    for _ in range(steps):
        moved = moved - short * np.sign(gradient_by_image(net, moved, target))
        moved = np.clip(np.clip(moved, x - np.float32(epsilon), x + np.float32(epsilon)), 0, 1)
    return moved


heading("A mistake of our choice")
target = (labels + 1 + np.arange(len(labels)) % 9) % 10                 # any but the right one
claim("no digit has its own label as a target", bool((target != labels).all()))
hit = {n: (read(net, towards(net, images, target, 0.2, n)) == target).mean() for n in (1, 10)}
say(f"read as intended, within 0.2: one step {hit[1]:.3f}, ten steps {hit[10]:.3f}")
claim("ten steps hit more targets than one", hit[10], hit[1], relation=">")
claim("and most of them", hit[10], 0.6, relation=">")

one_each = np.array([np.nonzero(right & (labels == k))[0][0] for k in range(10)])
square = np.repeat(images[one_each], 10, axis=0)
wished = np.tile(np.arange(10), 10)
made = towards(net, square, wished, 0.2, 10)
obeyed = (read(net, made) == wished).reshape(10, 10)
ax = viz.image_grid(made, columns=10, title="Each digit on its way to each other, 0.2 a pixel; "
                    "\u00d7: not obeyed")
for row, column in zip(*np.nonzero(~obeyed)):
    ax.text(column, row, "\u00d7", color="#e76300", ha="center", va="center", fontsize=16)
ax.set_xticks(range(10))
ax.set_yticks(range(10))
ax.set(xlabel="what it is to be read as", ylabel="what it is")
save_figure(ax, "23_of_our_choice")
claim("of all hundred, the network reads as told", obeyed.mean(), 0.6, relation=">")

# %% [markdown]
r"""
## Other networks, and training against it

**Predict.**  A second network has the same layers, but other first weights.  The changes are made
for the first one.  Does the second misread them too?
"""

# %%
heading("Other networks, and training against it")
predict("Changes made for one network are shown to another, trained from other weights.  Does it "
        "misread them too?")
second = fit(seed=5)
for_the_first = fast_gradient_sign(net, images, labels, 0.15)
say(f"changes of 0.15 made for the first network: the first reads "
    f"{share_read(net, for_the_first):.3f}, the second {share_read(second, for_the_first):.3f}")
claim("the second reads far fewer than with random changes", share_read(second, for_the_first),
      share_read(second, np.clip(images + 1.5 * noise, 0, 1).astype(np.float32)) - 0.2,
      relation="<")

# %% [markdown]
r"""
It does: both have learned much the same direction, because the data suggest it.  So who does not
know the network can train one of his own.

What helps is to train on such images, made anew at every step for the network as it then is:
$\min_w \max_{|\delta_i| \le \varepsilon} L(x + \delta, y; w)$, another game of two players.
"""

# %%
hardened = fit(attack=lambda net, x, y: fast_gradient_sign(net, x, y, EPSILON))
sizes = np.linspace(0, 0.3, 7 if FAST else 13)
signs = np.random.default_rng(6).choice([-1.0, 1.0], images.shape)
curves = {
    "random changes": [share_read(net, np.clip(images + e * signs, 0, 1).astype(np.float32))
                       for e in sizes],
    "chosen, one step": [share_read(net, fast_gradient_sign(net, images, labels, e))
                         for e in sizes],
    "chosen, network trained against it": [
        share_read(hardened, fast_gradient_sign(hardened, images, labels, e)) for e in sizes],
}
claim("trained against it: reads unchanged digits as well", share_read(hardened, images), 0.9,
      relation=">")
claim("and chosen changes of 0.1 far better than before",
      share_read(hardened, fast_gradient_sign(hardened, images, labels, EPSILON)),
      share_read(net, fooling) + 0.2, relation=">")

figure, (ax,) = viz.panels(size=(7.0, 3.9))
for (name, curve), colour in zip(curves.items(), (GREY, RED, BLUE)):
    ax.plot(sizes, curve, "o-", color=colour, linewidth=2, markersize=4, label=name)
ax.axhline(0.1, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
ax.text(0.3, 0.115, "guessing", ha="right", fontsize=9, color=MUTED)
ax.set_title("How many digits are read when every pixel may change by epsilon", loc="left",
             fontsize=11, color=INK)
ax.set(xlabel=r"$\varepsilon$, where 0 is black and 1 is white", ylabel="share of test digits read",
       ylim=(0, 1.02))
ax.grid(color=HAIRLINE, linewidth=0.6, alpha=0.7)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=9, loc="upper right", bbox_to_anchor=(1, 0.73))
save_figure(figure, "23_how_many")

# %% [markdown]
r"""
## Break it: a defence that hides the gradient

Multiply the logits of the trained network by 1,000.  The largest logit stays the largest, so every
digit is read as before.

**Predict.**  We attack this network with one step of 0.1.  How many does it read now?
"""

# %%
heading("Break it: a defence that hides the gradient")
predict("All logits are multiplied by 1,000, so every digit is read as before.  How many does the "
        "network read after one step of 0.1 against it?")


def defended(x):
    return 1000 * net(x)


same = bool((read(defended, images) == read(net, images)).all())
claim("every digit is read as before", same)
survived = share_read(defended, fast_gradient_sign(defended, images, labels, EPSILON))
say(f"attacked: the network reads {share_read(net, fooling):.3f}, the defended one {survived:.3f}")
claim("it seems to be safe: it reads", survived, share_read(net, fooling) + 0.2, relation=">")

# %% [markdown]
r"""
A wonderful defence; "defensive distillation" (Papernot et al. 2016), which was reported to stop
nearly every attack, came down to it.  Look at the gradient.  For a digit that is read rightly $p_y$
is now 1 to the last bit, and $\partial L/\partial l = p - [k = y]$ is exactly 0.  The sign of 0 is
0: nothing was added.
"""

# %%
g_defended = gradient_by_image(defended, images, labels)
silent = (g_defended == 0).all(axis=1)
claim("digits whose gradient is exactly zero, of all", silent.mean(), 0.5, relation=">")
claim("those were not changed at all", bool(
    (fast_gradient_sign(defended, images, labels, EPSILON)[silent] == images[silent]).all()))


# %% [markdown]
r"""
The network is no safer, it only tells us less.  An attack that does not go through the softmax,
against the **lead** of the right logit over the best wrong one, is not stopped by a factor
(Carlini and Wagner 2017):
"""


# %%
def by_lead(net, x, y, epsilon):
    """One sign step against l_y - max of the other logits."""
    wrong = np.eye(10, dtype=np.float32)[y] * np.float32(1e9)

    def lead(x):
        logits = net(x)
        own = ops.take_along_axis(logits, y[:, None], axis=1)[:, 0]
        return ops.sum(own - ops.max(logits - wrong, axis=1))
    return np.clip(x - np.float32(epsilon) * np.sign(sg.grad(lead)(x)), 0, 1)


broken = share_read(defended, by_lead(defended, images, labels, EPSILON))
say(f"attacked by the lead of its logits it reads {broken:.3f}")
claim("the defence is gone: it reads less than two thirds", broken, 2 / 3, relation="<")
claim("as many as the network without the factor, or 1 of 100 more or less", broken,
      share_read(net, by_lead(net, images, labels, EPSILON)), tolerance=0.01)

# %% [markdown]
r"""
Whenever an attack fails, ask whether there was a gradient (Athalye, Carlini and Wagner 2018 found
that seven of nine published defences relied on hiding it).

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 23 --check`.
"""

# %%
heading("Exercises")


def check_step(answer):
    x = np.array([[0.0, 0.5, 0.95], [1.0, 0.2, 0.3]])
    gradient = np.array([[-2.0, 0.0, 1e-9], [3.0, -0.1, 5.0]])
    claim("values", answer(x, gradient, 0.1), np.array([[0.0, 0.5, 1.0], [1.0, 0.1, 0.4]]))


@exercise("Images x (N, D) between 0 and 1, and dL/dx: return the fast gradient sign step of size "
          "epsilon, kept between 0 and 1.", check=check_step,
          hint="np.sign gives -1, 0 or 1; np.clip keeps within")
def sign_step(x, gradient, epsilon):
    return None


# %%
def check_euclid(answer):
    rng = np.random.default_rng(7)
    for _ in range(5):
        w, length = rng.normal(size=30), rng.random() + 0.1
        delta = answer(w, length)
        claim("its length", np.linalg.norm(delta), length)
        claim("w . delta", w @ delta, length * np.linalg.norm(w))
        others = rng.normal(size=(1000, 30))
        others *= length / np.linalg.norm(others, axis=1, keepdims=True)
        claim("none of 1,000 others is better", bool((others @ w < w @ delta).all()))


@exercise("Another rule: the sum of the squared changes may be at most length^2.  Return the "
          "change delta of that length that raises the linear score w . x most.",
          check=check_euclid,
          hint="the cosine between delta and w has to be 1")
def steepest(w, length):
    return None


# %%
def check_least(answer):
    for i in range(5):
        w = W[:, winner[i]] - W[:, rival[i]]
        claim("the least epsilon of softmax regression", answer(lead[i, rival[i]], w), epsilon[i])
    claim("twice the lead, twice the change", answer(2.0, np.array([1.0, -3.0])), 0.5)


@exercise("A linear classifier says a and not b because w . x + c = lead > 0, w = w_a - w_b.  "
          "Return the smallest epsilon with which changes of at most epsilon a pixel can make "
          "lead 0.", check=check_least,
          hint="by how much can changes of at most 1 a pixel lower w . x?")
def least_epsilon(lead, w):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Guarantees.**  Training against an attack helps against that attack.  That *no* change within
  $\varepsilon$ works can be proved for some networks, at a price: Cohen, Rosenfeld and Kolter,
  *Certified Adversarial Robustness via Randomized Smoothing* (2019), section 3.
- **Stronger attacks**, with many steps and random starts, and training against those: Madry,
  Makelov, Schmidt, Tsipras and Vladu, *Towards Deep Learning Models Resistant to Adversarial
  Attacks* (2018), section 2.
- **Is it a flaw of networks or of data?**  Ilyas et al., *Adversarial Examples Are Not Bugs, They
  Are Features* (2019), section 3.
- Goodfellow, Shlens and Szegedy, *Explaining and Harnessing Adversarial Examples* (2015),
  sections 3 to 5.
- Szegedy et al., *Intriguing Properties of Neural Networks* (2014), section 4.
- Carlini and Wagner, *Towards Evaluating the Robustness of Neural Networks* (2017), section 5.
"""
