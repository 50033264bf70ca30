# %% [markdown]
r"""
# What a pixel is likely to be: likelihoods

**You will**

- turn the squared error into nats, and read off any loss of the form "error plus weight times KL"
  which $\beta$ and which $\sigma$ it stands for;
- find the constant that is missing when grey pixels are called Bernoulli, and learn a $\sigma$ that
  a formula knows already;
- see why samples are blurred, why a scale for each pixel runs away, and how models with different
  likelihoods can be compared after all.

**Prerequisites** The VAE of lesson 12.  **Takes** about 10 seconds on a CPU.

A decoder gives one number for each pixel.  What the number *means* is our choice: the odds of a
white pixel, the middle of a bell curve, the slope of a density.  That choice is the likelihood
$p(x|z)$, half of the objective of a VAE, and the half that is usually copied from somewhere.

**Predict.**  Four VAEs with the same layers are trained on the same digits, each with another
likelihood.  Two report an ELBO below zero and two above, one of these far above the other.  Which
of the four has learned most about digits?
"""

# %%
import math

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.distributions import (Bernoulli, ContinuousBernoulli, Distribution, Independent,
                                      Normal, kl)
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("What a pixel is likely to be: likelihoods")
predict("Four VAEs, the same layers, the same digits, four likelihoods.  Two report an ELBO below "
        "zero, two above.  Which has learned most about digits?")

# %% [markdown]
r"""
## Four reports

The digits as they are: 64 pixels with one of the 17 grey levels $0, \frac1{16}, \dots, 1$; and once
more in black and white, since a Bernoulli is a distribution of bits.
"""

# %%
train, test = data.load("digits")
grey, test_grey = train.images, test.images
bits, test_bits = data.binarise(grey), data.binarise(test_grey)
D = 64
epochs = 8 if FAST else 50


def vae(likelihood, latent=10, **options):
    return models.vae_dense(D, latent, (128,), likelihood=likelihood, activation="tanh", rng=0,
                            **options)


def fit(model, x=grey, loss=None):
    """Adam on the mean of loss(batch, noise), or of -ELBO: 100 images a step, slower at the end."""
    loss = loss or (lambda batch, noise: -model.elbo(batch, rng=noise))
    order, noise = np.random.default_rng(1), np.random.default_rng(2)
    adam = optim.Adam(model.parameters(), lr=1.5e-2 if FAST else 5e-3)
    for epoch in range(epochs):
        if epoch == 2 * epochs // 3:
            adam.lr /= 5
        for batch in data.batches(x, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(batch, noise)).backward()
            adam.step()
    return model


def nats(model, x=test_grey):
    """(E_q[log p(x|z)], KL) of each image, as arrays."""
    with sg.no_grad():
        return [term.numpy() for term in model.terms(x, n=4 if FAST else 10, rng=3)]


def elbo(model, x=test_grey):
    reconstruction, divergence = nats(model, x)
    return reconstruction - divergence


def better(text, one, other, by=0.0):
    """Claim that `one` is larger than `other` by more than `by`, image by image."""
    gain = one - other
    claim(text, gain.mean(), by, gain.std() / math.sqrt(len(gain)), relation=">")


heading("Four reports")
claim("every pixel is a multiple of 1/16", grey * 16, np.round(grey * 16))
unit = fit(vae("gaussian", scale=1.0))
black_and_white = fit(vae("bernoulli"), bits)
learned = fit(vae("gaussian", scale="learned"))
continuous = fit(vae("continuous-bernoulli"))
reported = {"Gaussian, sigma = 1": elbo(unit), "Bernoulli, bits": elbo(black_and_white, test_bits),
            "Gaussian, sigma learned": elbo(learned), "continuous Bernoulli": elbo(continuous)}
for name, value in reported.items():
    say(f"{name:24} ELBO {value.mean():8.2f} nats per test digit")
for name, sign in zip(reported, "<<>>"):
    claim(f"{name}: {'below' if sign == '<' else 'above'} zero", reported[name].mean(), 0,
          relation=sign)

# %% [markdown]
r"""
Nobody can tell from this list.  The four numbers are logarithms of four different kinds of thing,
and before we can compare them we must know what each of them is.

## One pixel

A likelihood spreads one unit of belief over *everything that the pixel could be*.

| | the decoder's number is | it spreads 1 over |
|---|---|---|
| Bernoulli | a logit $u$ | two values: $P(1) = 1 / (1 + e^{-u})$ |
| Gaussian | a mean $g$ | all real numbers: $e^{-(x - g)^2 / 2\sigma^2} / \sigma\sqrt{2\pi}$ |
| continuous Bernoulli | a logit $u$ | the interval $[0, 1]$: $e^{ux} / \int_0^1 e^{ut} dt$ |

For the first this is a probability, at most 1, and its logarithm is never above zero.  For the
others it is a **density**: probability per unit of grey.  It has no upper limit, and neither has
its logarithm.  (A Gaussian also spends some of its belief on greys below 0 and above 1, which no
pixel has.)
"""

# %%
heading("One pixel")
line, step = np.linspace(-4, 5, 90_001, retstep=True)
inside = np.linspace(0, 1, 20_001)
claim("Bernoulli: the sum over 0 and 1", np.exp(Bernoulli(1.3).log_prob(np.array([0, 1]))).sum(), 1)
for sigma in (0.5, 0.1):
    density = np.exp(Normal(0.8, sigma).log_prob(line))
    claim(f"Gaussian, sigma = {sigma}: the integral", density.sum() * step, 1, tolerance=1e-8)
    say(f"  of it inside [0, 1]: {density[(line >= 0) & (line <= 1)].sum() * step:.1%}")
for u in (-3.0, 0.0, 12.0):
    density = np.exp(ContinuousBernoulli(u).log_prob(inside))
    claim(f"continuous Bernoulli, u = {u:g}: the integral", np.trapezoid(density, inside), 1,
          tolerance=1e-6)
claim("a density may be above 1", Normal(0.8, 0.1).log_prob(0.8), 0, relation=">")
claim("a probability may not", Bernoulli(12.0).log_prob(1.0), 0, relation="<")

# %% [markdown]
r"""
## The missing constant

Many VAEs on grey images use one more likelihood, which is none: the formula of the Bernoulli,
$x \log y + (1 - x)\log(1 - y)$ with $y = 1 / (1 + e^{-u})$, applied to grey $x$ ("binary
cross-entropy").  In terms of the logit it is

$$u x - \log(1 + e^u) \qquad\text{instead of}\qquad u x - A(u), \quad
A(u) = \log \int_0^1 e^{ut} dt = \log\frac{e^u - 1}{u}.$$

The difference is the logarithm of the constant $C(u)$ that makes it a density (Loaiza-Ganem and
Cunningham 2019):

$$\log C(u) = \log(1 + e^u) - A(u) \ \ge\ \log 2.$$

So each pixel is reported at least $\log 2$ nats too low, and 64 of them at least 44.36 nats.

**Predict.**  One often leaves out a constant, $\sqrt{2\pi}$ for example: the number is wrong but
the fit is the same.  Is it here?
"""

# %%
heading("The missing constant")
show(ContinuousBernoulli.log_prob)
say("")
predict("One often leaves out a constant, sqrt(2 pi) for example: the number changes but the fit "
        "does not.  Does the fit change if C(u) is left out?")
u = np.linspace(-30, 30, 6_001)
log_c = np.logaddexp(0, u) - ContinuousBernoulli(u).log_normaliser
claim("log C(u) at u = 0", log_c[3_000], math.log(2))
claim("and it is nowhere less", log_c.min(), math.log(2))
claim("64 pixels: nats missing, at least", D * log_c.min(), 44.36, tolerance=1e-4)
for logit in (1.0, 4.0):
    integral = np.trapezoid(np.exp(-ops.bce_with_logits(np.full_like(inside, logit), inside)),
                            inside)
    claim(f"exp of the formula for u = {logit:g}: its integral is 1 / C(u)", integral,
          math.exp(-np.interp(logit, u, log_c)), tolerance=1e-6)

# %% [markdown]
r"""
The fit changes, because $C$ is no constant: it depends on what the decoder says.  Let the pixels
have the mean $m$.  The derivative of $u m - \log(1 + e^u)$ is zero where $1 / (1 + e^{-u}) = m$;
that of $um - A(u)$ where $A'(u) = m$, and $A'$, the mean of the density, is another function, for
$u > 0$ a smaller one:
"""

# %%
of_density = 10.0
m = float(ContinuousBernoulli(of_density).mean)
of_formula = math.log(m / (1 - m))
say(f"pixels of mean {m:.3f}: logit {of_formula:.3f} by the formula, {of_density:g} by the density")
claim("what the formula neglects: the slope of log C", sg.grad(
    lambda u: ops.softplus(u) - ContinuousBernoulli(u).log_normaliser)(of_density),
    1 / (1 + math.exp(-of_density)) - m)
rising = u[u > 0]
claim("u > 0: the formula stops at a smaller logit",
      bool((1 / (1 + np.exp(-rising)) > ContinuousBernoulli(rising).mean).all()))
high, low = (logit * m - float(ContinuousBernoulli(logit).log_normaliser)
             for logit in (of_density, of_formula))
claim("nats that this costs, each pixel", high - low, 0.618, tolerance=1e-3)

# %%
BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
figure, (left, centre, right) = viz.panels(1, 3, size=(4.2, 3.4))
viz.style.dressed(left, None, "Bernoulli: two probabilities", "bit $x$", "probability", grid="y")
for logit, offset, colour in ((-1.5, -0.13, BLUE), (2.2, 0.13, RED)):
    left.bar(np.array([0, 1]) + offset, np.exp(Bernoulli(logit).log_prob(np.array([0, 1]))), 0.24,
             color=colour, label=f"$u = {logit}$")
left.set(xticks=[0, 1], ylim=(0, 1.05))
viz.style.dressed(centre, None, "Gaussian: a density on the whole line", "grey $x$",
                  "density, per unit of grey", grid="y")
for mean, sigma, colour in ((0.9, 0.5, BLUE), (0.9, 0.2, ORANGE), (0.9, 0.1, RED)):
    centre.plot(line[::100], np.exp(Normal(mean, sigma).log_prob(line[::100])), color=colour,
                linewidth=2, label=f"$g = {mean}$, $\\sigma = {sigma}$")
centre.axvspan(0, 1, color="#eef0f3", zorder=0)
centre.set(xlim=(-0.6, 1.6), ylim=(0, None))
viz.style.dressed(right, None, "Continuous Bernoulli; dashed: without $C$", "grey $x$",
                  "density, per unit of grey", grid="y")
for logit, colour in ((0.0, BLUE), (-1.5, ORANGE), (4.0, RED)):
    some = inside[::200]
    logits = np.full_like(some, logit)
    right.plot(some, np.exp(ContinuousBernoulli(logits).log_prob(some)), color=colour,
               linewidth=2, label=f"$u = {logit:g}$")
    right.plot(some, np.exp(-ops.bce_with_logits(logits, some)), "--", color=colour,
               linewidth=1.4)
right.set(xlim=(-0.02, 1.02), ylim=(0, None))
for ax, place in ((left, "upper left"), (centre, "upper left"), (right, "upper center")):
    viz.style.legend(ax, loc=place)
save_figure(figure, "15_one_pixel")

# %% [markdown]
r"""
Every solid curve has the area 1 below it.  The dashed ones have not: for $u = 0$ the formula says
$\frac12$ everywhere, an area of one half.

The formula always settles for something *too timid*.  How much is that for a VAE?  We train with
the formula, the same layers and batches, and then put the constant back: logits are logits, so its
decoder is a decoder of continuous Bernoullis, and both models give densities on $[0, 1]$.
"""

# %%
formula = vae("continuous-bernoulli")


def cross_entropy_loss(batch, noise):
    """What is minimised when grey pixels are called Bernoulli."""
    q = formula.encode(batch)
    logits = formula.decoder(q.rsample(rng=noise))
    return ops.sum(ops.bce_with_logits(logits, batch), axis=1) + kl(q, formula.prior)


fit(formula, loss=cross_entropy_loss)
with sg.no_grad():
    as_reported = -cross_entropy_loss(test_grey, np.random.default_rng(3)).numpy()
with_constant = elbo(formula)
say(f"trained by the formula: it reports {as_reported.mean():.2f} nats; with the constant "
    f"{with_constant.mean():.2f}")
better("the constant was worth more than 64 log 2", with_constant, as_reported, 44.36)
say(f"trained by the density:                          {elbo(continuous).mean():.2f}")
better("and training with it is worth, nats more than", elbo(continuous), with_constant, 20)
try:
    vae("bernoulli").elbo(test_grey, rng=0)
    complaint = "none"
except ValueError as error:
    complaint = str(error)
claim("the library refuses grey pixels for a Bernoulli", "Bernoulli" in complaint)

# %% [markdown]
r"""
## Squared error is a Gaussian

$D$ pixels, independent, $x_i \sim N(g_i, \sigma^2)$ with one $\sigma$ for all:

$$-\log p(x|z) = \sum_{i=1}^D \frac{(x_i - g_i)^2}{2\sigma^2} + D \log \sigma + \frac D2
\log 2\pi.$$

Take the usual loss, an average over pixels plus a weight times the divergence, and multiply it by
$D / 2\sigma^2$:

$$\frac{D}{2\sigma^2}\left[\frac1D \sum_i (x_i - g_i)^2 + \lambda\,\mathrm{KL}\right]
= -\log p(x|z) + \underbrace{\frac{\lambda D}{2\sigma^2}}_{\beta}\,\mathrm{KL} - \text{constant}.$$

A factor in front of a loss moves no optimum, so **the loss with weight $\lambda$ is the negative
ELBO with $\beta = \lambda D / 2\sigma^2$**, in value and in every gradient.
"""

# %%
heading("Squared error is a Gaussian")
x = grey[:100].astype(np.float64)


def loss_as_written(model, weight):
    """(1/D) sum (x - g)^2 + weight KL, a mean over images."""
    q = model.encode(x)
    g = model.image(q.rsample(rng=4))
    return ops.mean(ops.mean(ops.square(x - g), axis=1) + weight * kl(q, model.prior))


def gradients(model, value):
    model.zero_grad()
    value.backward()
    return np.concatenate([w.grad.ravel() for w in model.parameters()])


for weight, sigma in ((1.0, 1.0), (0.01, 0.3), (0.00025, 2.0)):
    model = vae("gaussian", scale=sigma).astype("float64")
    beta, factor = weight * D / (2 * sigma ** 2), D / (2 * sigma ** 2)
    constant = D * math.log(sigma) + D / 2 * math.log(2 * math.pi)
    written, negative_elbo = loss_as_written(model, weight), -ops.mean(
        model.elbo(x, beta=beta, rng=4))
    claim(f"lambda = {weight}, sigma = {sigma}: beta = {beta:.6g}", negative_elbo.item() - constant,
          factor * written.item(), tolerance=1e-12)
    claim("    and all gradients", gradients(model, negative_elbo),
          factor * gradients(model, written), tolerance=1e-12)

# %% [markdown]
r"""
The loss alone does not tell $\beta$, because it does not tell $\sigma$: *a squared error has no
unit until somebody says how large an error is usual*.  But it can be read backwards.  If $\beta$
shall be 1, an honest ELBO, then the loss believes in

$$\sigma = \sqrt{\lambda D / 2}.$$

**Predict.**  Pixels lie between 0 and 1.  Which $\sigma$ does the plainest loss of all believe in,
the mean squared error over 64 pixels plus KL?
"""

# %%
predict("Pixels lie between 0 and 1.  Which sigma makes the mean squared error over 64 pixels plus "
        "the KL an honest ELBO?")
beliefs = (("mean over 64 pixels + KL", 1.0, 64, 5.66), ("sum over pixels + KL", 1 / 64, 64, 0.71),
           ("half the sum + KL", 2 / 64, 64, 1.0),
           ("mean over 64 x 64 x 3 pixels + 0.00025 KL", 0.00025, 12_288, 1.24))
for name, weight, pixels, sigma in beliefs:
    claim(f"{name}: sigma", math.sqrt(weight * pixels / 2), sigma, tolerance=5e-3)
claim("but the spread of all grey pixels is only", grey.std(), 0.38, tolerance=0.01)

# %% [markdown]
r"""
All of these believe in errors larger than the whole spread of the data, 0.38.  To such a model any
digit is a good copy of any other, and its code need not say anything.

## The best scale is the error itself

So which $\sigma$?  Maximise the Gaussian log-likelihood over it, with MSE the mean squared error
over all pixels and images:

$$\frac{\partial}{\partial \log\sigma}\left[-\frac{D\,\mathrm{MSE}}{2\sigma^2} - D \log\sigma\right]
= D\left(\frac{\mathrm{MSE}}{\sigma^2} - 1\right) = 0 \quad\Longrightarrow\quad
\sigma = \sqrt{\mathrm{MSE}}.$$

Put it back, and the squared error has turned into its *logarithm*:

$$\log p(x|z) = -\frac D2\left(\log (2\pi\,\mathrm{MSE}) + 1\right).$$
"""

# %%
heading("The best scale is the error itself")
with sg.no_grad():
    g = learned.image(learned.encode(grey).rsample(rng=5)).numpy().astype(np.float64)
mse = np.square(grey - g).mean()


def mean_log_likelihood(log_sigma):
    return ops.mean(ops.sum(Normal(g, log_scale=log_sigma).log_prob(grey), axis=1))


best = math.log(mse) / 2
claim("the slope at sigma = sqrt(MSE)", sg.grad(mean_log_likelihood)(best), 0)
claim("the value there", mean_log_likelihood(best),
      -D / 2 * (math.log(2 * math.pi * mse) + 1), tolerance=1e-7)
claim("it is a maximum", sg.hessian(mean_log_likelihood)(best), -2 * D, tolerance=1e-7)
say(f"sigma that the VAE learned: {math.exp(learned.log_scale.item()):.4f}, its root mean squared "
    f"error: {math.sqrt(mse):.4f}")
claim("learned sigma / root mean squared error", math.exp(learned.log_scale.item())
      / math.sqrt(mse), 1, tolerance=0.3 if FAST else 0.1)

# %% [markdown]
r"""
This is the $\sigma$-VAE (Rybkin, Daniilidis and Levine 2021): one more parameter, or none at all if
the formula is put in at each step, and no $\lambda$ to search for.  As the copies get better,
$\sigma$ shrinks, and the weight of the divergence, $\lambda = 2\sigma^2 / D$, with it.

Now against fixed scales.  All of these are densities of the same pixels, so their nats *can* be
compared.

**Predict.**  Among $\sigma = 1, 0.3, 0.05$ and the learned one: who says most in the code, who uses
no code at all, and who has the best ELBO?
"""

# %%
predict("sigma = 1, 0.3, 0.05, or learned: who says most in the code, who does not use it at "
        "all, who has the best ELBO?")
fixed = {sigma: unit if sigma == 1 else fit(vae("gaussian", scale=sigma))
         for sigma in (1.0, 0.3, 0.05)}


def error_of(model, x=test_grey):
    """The root mean squared error of the copies of each image's mean code."""
    with sg.no_grad():
        return np.sqrt(np.square(model(x).numpy() - x).mean(axis=1))


say(f"{'sigma':>18} {'ELBO':>9} {'KL':>8} {'error of a copy':>17}")
for sigma, model in (*fixed.items(), ("learned", learned)):
    name = f"learned, {math.exp(learned.log_scale.item()):.3f}" if model is learned else str(sigma)
    say(f"{name:>18} {elbo(model).mean():9.2f} {nats(model)[1].mean():8.3f} "
        f"{error_of(model).mean():17.4f}")
for (large, a), (small, b) in zip(fixed.items(), list(fixed.items())[1:]):
    better(f"sigma = {small} says more in its code than {large}", nats(b)[1], nats(a)[1])
claim("sigma = 1: the code says nothing; nats", nats(unit)[1].mean(), 0, tolerance=0.05)
better("and its copies are worse than those of 0.3", error_of(unit), error_of(fixed[0.3]))
for sigma, model in fixed.items():
    better(f"the learned sigma has a better ELBO than {sigma}", elbo(learned), elbo(model))

# %%
shown = [int(np.flatnonzero(test.labels == k)[0]) for k in range(10)]
ladder = [unit, fixed[0.3], learned, fixed[0.05]]
names = ("digit", "1", "0.3", "learned", "0.05")
figure, (left, right) = viz.panels(1, 2, size=(5.6, 3.3))
with sg.no_grad():
    viz.reconstructions(test_grey[shown], *(m(test_grey[shown]).numpy() for m in ladder),
                        columns=10, names=names, ax=left, title="Copies, by what $\\sigma$ is")
    new = [m.sample(10, rng=9).numpy() for m in ladder]
    viz.reconstructions(test_grey[shown], *new, columns=10, names=[""] * 5, ax=right,
                        title="New: $z \\sim N(0, I)$, the mean of $p(x|z)$")
save_figure(figure, "15_sigma")

# %% [markdown]
r"""
$\sigma = 1$ is half the squared error plus KL, a textbook VAE.  It collapsed, and not because its
decoder is "too powerful".  $\sigma = 0.05$ pays for more code than its copies are worth.  The ELBO
finds the one in between by itself.

## A scale for each pixel runs away

If one learned scale is good, are 64 not better?  A pixel at the border, nearly always black, would
get a small one, and a pixel in the middle a large one.

**Predict.**  Some corner pixels have the same value in all 1,500 training digits.  What will their
$\sigma$ be, and what will they add to the ELBO?
"""

# %%
heading("A scale for each pixel runs away")
predict("Some corner pixels have the same value in all 1,500 training digits.  What will their "
        "sigma become, and what will they add to the ELBO?")
claim("training digits", len(grey), 1_500)
spread = grey.std(axis=0)
constant = spread == 0
claim("pixels that never vary", constant.sum(), 3)


def pixel_log_likelihood(i, sigma):
    """Mean log N(x_i; mean, sigma^2) over the training digits, for one pixel and each sigma."""
    values = grey[:, i].astype(np.float64)
    return Normal(values.mean(), np.array(sigma)[:, None]).log_prob(values).mean(axis=1)


corner, middle = int(np.flatnonzero(constant)[0]), int(np.argmax(spread))
for sigma in (1e-2, 1e-4, 1e-8):
    tenth = pixel_log_likelihood(corner, [sigma, sigma / 10])
    claim(f"from sigma = {sigma:g} to a tenth of it: a gain of log 10", tenth[1] - tenth[0],
          math.log(10))
sigmas = spread[middle] * np.array([0.9, 1, 1.1])
values = pixel_log_likelihood(middle, sigmas)
claim("a pixel that varies has its best sigma: its own spread", int(values.argmax()), 1)
claim("one level of ink there, at sigma = 0.001, costs: nats", (1 / 16) ** 2 / (2 * 0.001 ** 2),
      1_953, tolerance=1e-3)

# %% [markdown]
r"""
A pixel that never varies has no best $\sigma$: every tenth is worth another $\log 10$ nats, without
end.  The maximum likelihood "solution" is a model that knows one thing about the world, that the
corner is black, and is infinitely proud of it.  (The first digit with a speck of ink there, one
level, costs it 1,953 nats at $\sigma = 0.001$.)  In training this does not happen at once, since
$\log\sigma$ moves by small steps.  Which makes it worse: it looks like progress.
"""


# %%
def log_densities(model, x=test_grey):
    """log p(x_i|z) for each image and pixel, z drawn from q(z|x).   (N, 64)"""
    with sg.no_grad():
        g = model.image(model.encode(x).rsample(rng=6))
        return Normal(g, log_scale=model.log_scale).log_prob(x).numpy()


each = vae("gaussian", scale="learned")
each.log_scale = sg.nn.Parameter(np.full(D, math.log(0.5), dtype=np.float32))
fit(each)
gain = (log_densities(each) - log_densities(learned)).mean(axis=0)
quiet = spread < 0.06
say(f"ELBO with one scale {elbo(learned).mean():.2f}, with one for each pixel "
    f"{elbo(each).mean():.2f}")
better("a better ELBO, it seems", elbo(each), elbo(learned))
claim("pixels that hardly ever vary", quiet.sum(), 15)
say(f"the 15 gained {gain[quiet].sum():.2f} nats, the other 49 gained {gain[~quiet].sum():.2f}")
claim("the 15 gained more than the others together", gain[quiet].sum(), gain[~quiet].sum(),
      relation=">")

figure, (left, right) = viz.panels(1, 2, size=(5.4, 3.7))
viz.style.dressed(left, None, "Mean log density of one pixel, mean known", "$\\sigma$ of the pixel",
                  "nats per digit", grid="both")
sigmas = np.geomspace(1e-4, 1, 200)
rare = int(np.argsort(spread)[9])
three = ((corner, "never varies", RED), (rare, f"hardly varies, spread {spread[rare]:.3f}", ORANGE),
         (middle, f"varies, spread {spread[middle]:.2f}", BLUE))
for i, name, colour in three:
    left.plot(sigmas, pixel_log_likelihood(i, sigmas), color=colour, linewidth=2.2, label=name)
left.set(xscale="log", ylim=(-6, 9))
left.minorticks_off()
viz.style.legend(left, loc="upper right")
limit = abs(gain).max()
picture = right.imshow(gain.reshape(8, 8), cmap="RdBu_r", vmin=-limit, vmax=limit)
viz.style.dressed(right, None, "Nats gained by a scale for each pixel", frame=False)
right.set(xticks=[], yticks=[])
viz.style.colour_bar(right, picture, "nats per test digit")
save_figure(figure, "15_runs_away")

# %% [markdown]
r"""
Most of the gain was earned at 15 pixels that are black in almost every digit, and nothing bounds
it.  What is wrong is not the model but the question.  *The digits have no density*: they have 17
values, and a density on a line may put a spike of any height on each.

## What can be compared

A density has a unit, and its logarithm moves with it.  Count grey from 0 to 16 instead of 0 to 1:
the same model of the same digits, every spread 16 times as wide, every density a 16th.

**Predict.**  The VAE with the learned $\sigma$ reports more than zero nats.  And in the other unit?
"""

# %%
heading("What can be compared")
predict("Grey is counted from 0 to 16 instead of from 0 to 1.  What happens to the nats of the "
        "same Gaussian model?")
s = math.exp(learned.log_scale.item())
in_units = [Normal(c * g, c * s).log_prob(c * grey.astype(np.float64)).sum(axis=1).mean()
            for c in (1, 16)]
claim("nats lost: 64 log 16", in_units[0] - in_units[1], D * math.log(16))
claim("which is", D * math.log(16), 177.4, tolerance=1e-3)
say(f"reported: {reported['Gaussian, sigma learned'].mean():.2f} nats, or "
    f"{reported['Gaussian, sigma learned'].mean() - D * math.log(16):.2f}")

# %% [markdown]
r"""
What has no unit is a **probability**.  So we give each grey level $\frac{l}{16}$ the cell of all
numbers that would be rounded to it, and ask each density for the probability of the cells:

$$P(l\,|\,z) = \int_{(l - 1/2) / 16}^{(l + 1/2) / 16} p(x|z)\, dx,$$

the lowest cell reaching down to everything below, the highest up to everything above: 17
probabilities with sum 1, for any density.  For a Gaussian they are differences of $\Phi$,
the cumulative distribution of $N(0, 1)$; for a
continuous Bernoulli a cell that begins at $a$ with width $w$ has

$$\frac{\int_a^{a+w} e^{ut} dt}{\int_0^1 e^{ut} dt} = w\, e^{ua + A(uw) - A(u)}.$$

The bound carries over: $\mathbb{E}_q[\log P(x|z)] - \mathrm{KL}$ is an ELBO on $\log P(x)$, the
logarithm of the probability of a *digital* image.  It cannot be above zero.
"""

# %%
cuts = (np.arange(16) + 0.5) / 16               # between the levels


def cells_of_gaussian(g, sigma):
    """log P of each of the 17 levels.   (..., D) -> (..., D, 17)"""
    t = (cuts - g[..., None]) / np.expand_dims(sigma, -1)
    tail = np.vectorize(math.erfc)(abs(t) / math.sqrt(2)) / 2       # Phi(-|t|)
    none, all_ = np.zeros((*g.shape, 1)), np.ones((*g.shape, 1))
    below = np.concatenate([none, np.where(t < 0, tail, 1 - tail), all_], axis=-1)
    above = np.concatenate([all_, np.where(t < 0, 1 - tail, tail), none], axis=-1)
    # a small difference is taken between small numbers: next to 1 it would be rounded to 0
    return np.log(np.where(below[..., 1:] < 0.5, np.diff(below), -np.diff(above)))


def cells_of_continuous_bernoulli(u):
    """log P of each of the 17 levels.   (..., D) -> (..., D, 17)"""
    edges, u = np.concatenate([[0], cuts, [1]]), u[..., None]
    width = np.diff(edges)
    return np.log(width) + u * edges[:-1] + ContinuousBernoulli(u * width).log_normaliser \
        - ContinuousBernoulli(u).log_normaliser


def of_levels_and_bits(model, cells):
    """ELBOs on log P of the test digits' 17 levels, and of their bits.   -> (N,), (N,)"""
    with sg.no_grad():
        q = model.encode(test_grey)
        y = model.decoder(q.sample(rng=7)).numpy().astype(np.float64)
        divergence = kl(q, model.prior).numpy()
    log_p = cells(y)
    of_level = np.take_along_axis(log_p, level[..., None], axis=-1)[..., 0]
    white = np.logaddexp.reduce(log_p[..., 8:], axis=-1)
    black = np.logaddexp.reduce(log_p[..., :8], axis=-1)
    of_bit = np.where(test_bits == 1, white, black)
    return of_level.sum(axis=1) - divergence, of_bit.sum(axis=1) - divergence


def sigma_of(model):
    return np.exp(np.float64(getattr(model.log_scale, "data", model.log_scale)))


level = np.round(test_grey * 16).astype(int)
claim("a bit is 1 from level 8 on", (level >= 8) * 1.0, test_bits.astype(float))
some = np.random.default_rng(8).normal(size=(5, 1))
for name, cells in (("Gaussian", cells_of_gaussian(some, 0.3)),
                    ("continuous Bernoulli", cells_of_continuous_bernoulli(9 * some))):
    claim(f"{name}: the 17 probabilities add up to 1", np.exp(cells).sum(axis=-1),
          np.ones((5, 1)))

compared = {}
for name, model in (("Gaussian, sigma = 1", unit), ("Gaussian, sigma learned", learned),
                    ("Gaussian, one for each pixel", each)):
    compared[name] = elbo(model), *of_levels_and_bits(
        model, lambda g, sigma=sigma_of(model): cells_of_gaussian(g, sigma))
for name, model in (("continuous Bernoulli", continuous), ("trained by the formula", formula)):
    compared[name] = elbo(model), *of_levels_and_bits(model, cells_of_continuous_bernoulli)

# %% [markdown]
r"""
As a yardstick, a model without a code, which a child could write: for each pixel by itself, how
often each level occurs in the training digits.

And bits?  One can always go from fine to coarse: the probability of a bit is the sum of the
probabilities of its levels.  Never the other way: a model of bits says nothing of grey.  (While it
bounds $\log P(\text{bits})$ the encoder may look at the grey digit, as *any* $q$ gives a bound.)

**Predict.**  Which of the VAEs beat the yardstick, in nats per image of 17 levels?
"""

# %%
predict("The yardstick: how often each of the 17 levels occurs, for each pixel by itself, no "
        "code.  Which of the VAEs beat it?")
counts = (np.round(grey * 16)[..., None] == np.arange(17)).sum(axis=0) + 1 / 17
log_share = np.log(counts / counts.sum(axis=1, keepdims=True))
often = (bits.sum(axis=0) + 1) / (len(bits) + 2)
unknown = np.full(len(test_grey), np.nan)
compared["yardstick: no code"] = (
    unknown, log_share[np.arange(D), level].sum(axis=1),
    np.where(test_bits == 1, np.log(often), np.log1p(-often)).sum(axis=1))
of_bits = elbo(black_and_white, test_bits)
compared["Bernoulli, bits"] = of_bits, unknown, of_bits


def row(name):
    shown = ["-" if np.isnan(v).any() else f"{v.mean():.2f}" for v in compared[name]]
    say(f"{name:30} {shown[0]:>12} {shown[1]:>14} {shown[2]:>10}")


say(f"{'nats per test digit':30} {'as reported':>12} {'of 17 levels':>14} {'of bits':>10}")
for name in compared:
    row(name)
yardstick = compared["yardstick: no code"][1]
for name in ("Gaussian, sigma = 1", "Gaussian, sigma learned", "continuous Bernoulli",
             "trained by the formula"):
    claim(f"{name}: below the yardstick", compared[name][1].mean(), yardstick.mean(), relation="<")
better("of bits, the VAE trained on bits is the best of all", compared["Bernoulli, bits"][2],
       np.max([values[2].mean() for name, values in compared.items() if name != "Bernoulli, bits"]))
claim("   its report was the second lowest",
      sorted(reported, key=lambda name: reported[name].mean())[1], "Bernoulli, bits")
claim("probability of black for g = 0, sigma = 0.126",
      math.exp(cells_of_gaussian(np.zeros(1), 0.126)[0, 0]), 0.598, tolerance=1e-3)
claim("and for a logit of -147", math.exp(cells_of_continuous_bernoulli(np.array([-147.0]))[0, 0]),
      0.99, tolerance=1e-3)
extreme = ContinuousBernoulli(np.array([-1e3, -1e4])).log_prob(np.zeros(2))
claim("its log density at 0: a tenfold logit is worth log 10", extreme[1] - extreme[0],
      math.log(10))
as_density, as_probability = (
    (compared["Gaussian, one for each pixel"][i] - compared["Gaussian, sigma learned"][i]).mean()
    for i in (0, 1))
claim("a scale for each pixel: share of its gain that was real", as_probability / as_density, 0.75,
      relation="<")

# %% [markdown]
r"""
The order of the reports was an order of units.  Judged by bits, which all of them can be, the model
with the second lowest report knows most about digits (but it was trained for nothing else).  Judged
by levels, none with one scale or no scale beats the child.  They cannot say "certainly black": a
bell of width 0.126 around $g = 0$ gives level 0 a probability of 0.598, half a nat lost at each of
dozens of black pixels.  A continuous Bernoulli can, but 0.99 takes it a logit of $-147$.

(Its log density has no bound either: at a pixel that is always 0 it grows like $\log |u|$.  So the
nats of two continuous Bernoullis may be compared after equal training, and with nothing else.)

## Train what is compared

Then why not maximise $\log P(x|z)$ itself?  $\Phi$ is awkward, so take a logistic bell instead,
whose cumulative distribution is the sigmoid $S$ (Salimans and others 2017): with $a$ and $b$ the
ends of the cell, in units of the scale,

$$P = S(b) - S(a) = S(b)\, S(-a)\, (1 - e^{a - b}),$$

with $a = -\infty$ for the lowest level, $P = S(b)$, and $b = \infty$ for the highest, $P = S(-a)$.
Here is a likelihood of our own.  It says how to score and how to draw, and the library's VAE does
the rest.

**Predict.**  It gets a scale for each of the 64 pixels.  Will they run away?
"""


# %%
class Levels(Distribution):
    """P(l / 16) = S((l/16 + 1/32 - loc) / scale) - S((l/16 - 1/32 - loc) / scale), l = 0 ... 16."""

    def __init__(self, loc, log_scale):
        self.loc, self.log_scale, self.batch_shape = loc, log_scale, loc.shape

    def log_prob(self, x):
        inverse = ops.exp(-self.log_scale)
        a, b = (x - 1 / 32 - self.loc) * inverse, (x + 1 / 32 - self.loc) * inverse
        low, high = ops.log_sigmoid(b), ops.log_sigmoid(-a)
        between = low + high + ops.log(-ops.expm1(-inverse / 16))
        return ops.where(x < 1 / 32, low, ops.where(x > 1 - 1 / 32, high, between))

    @property
    def mean(self):
        return sum(x * ops.exp(self.log_prob(np.full(self.batch_shape, x, dtype=np.float32)))
                   for x in np.arange(17, dtype=np.float32) / 16)

    def sample(self, shape=(), *, rng):
        noise = np.random.default_rng(rng).logistic(size=(*shape, *self.batch_shape))
        with sg.no_grad():
            draw = np.asarray(self.loc + ops.exp(self.log_scale) * noise)
        return np.clip(np.round(16 * draw), 0, 16) / 16


class LevelVAE(models.VAE):
    """A VAE with this likelihood; all the rest is the library's."""

    def decode(self, z):
        return Independent(Levels(self.decoder(z), self.log_scale), 1)


def cells_of_levels(g, log_scale):
    """log P of each of the 17 levels.   (..., D) -> (..., D, 17)"""
    p = Levels(g, log_scale)
    return np.stack([p.log_prob(np.full(g.shape, x)) for x in np.arange(17) / 16], axis=-1)


heading("Train what is compared")
predict("The likelihood of cells gets a scale for each of the 64 pixels.  Will they run away?")
claim("the 17 probabilities have the sum 1",
      np.exp(cells_of_levels(np.array([-3.0, 0.4, 0.99, 2.0]), -2.5)).sum(axis=-1), np.ones(4))
levels = vae("gaussian", scale="learned")
levels = LevelVAE(levels.encoder, levels.decoder, likelihood="gaussian", latent=10)
levels.log_scale = sg.nn.Parameter(np.full(D, math.log(0.2), dtype=np.float32))
fit(levels)

name = "of cells, a scale for each pixel"
compared[name] = elbo(levels), *of_levels_and_bits(
    levels, lambda g: cells_of_levels(g, np.log(sigma_of(levels))))
row(name)
better("it beats the yardstick, by nats", compared[name][1], yardstick, 2)
say(f"scales between {sigma_of(levels).min():.3f} and {sigma_of(levels).max():.3f}")
claim("no scale ran away: the smallest", sigma_of(levels).min(), 0.01, relation=">")
with sg.no_grad():
    p = levels.decode(levels.code(test_grey)).base
    highest = p.log_prob(test_grey).numpy().max()
claim("log P of a pixel: at most 0", highest, 0, relation="<=")
say(f"bits per pixel: {-compared[name][1].mean() / D / math.log(2):.3f}; "
    f"17 equal levels: {math.log2(17):.3f}")

# %%
figure, (left, right) = viz.panels(1, 2, size=(5.4, 3.7))
viz.style.dressed(left, None, "Cells: 17 probabilities, from one bell", "grey level",
                  "probability", grid="y")
for mean, offset, colour in ((-0.15, -0.3, BLUE), (0.5, 0.0, ORANGE), (0.95, 0.3, RED)):
    p = Levels(np.full(17, mean), math.log(0.06))
    left.bar(np.arange(17) + offset, np.exp(p.log_prob(np.arange(17) / 16)), 0.3, color=colour,
             label=f"bell at ${mean}$, scale $0.06$")
left.set(ylim=(0, 1.05), xticks=range(0, 17, 4))
viz.style.legend(left, loc="upper center")
viz.style.dressed(right, None, "Mean log probability of one pixel, mean known",
                  "scale of the pixel", "nats per digit", grid="both")
scales = np.geomspace(1e-4, 1, 60 if FAST else 120)
for i, name, colour in three:
    values = grey[:, i].astype(np.float64)
    p = Levels(np.full((1, len(values)), values.mean()), np.log(scales)[:, None])
    right.plot(scales, p.log_prob(values).mean(axis=1), color=colour, linewidth=2.2, label=name)
right.axhline(0, color="#22262e", linewidth=1, linestyle=(0, (4, 3)))
right.set(xscale="log", ylim=(-6, 9))
right.minorticks_off()
viz.style.legend(right, loc="upper right")
save_figure(figure, "15_cells")
claim("a pixel that never varies gains nothing below some scale", Levels(
    np.zeros(1), math.log(1e-3)).log_prob(np.zeros(1))[0], 0, tolerance=1e-9)

side_by_side = {"Bernoulli, bits": black_and_white, "Gaussian, $\\sigma = 1$": unit,
                "Gaussian, learned": learned, "by the formula": formula,
                "cont. Bernoulli": continuous, "of cells": levels}
with sg.no_grad():
    copies = [m(test_bits[shown] if m is black_and_white else test_grey[shown])
              for m in side_by_side.values()]
    means = [m.sample(10, rng=9) for m in side_by_side.values()]
    draws = [m.sample(10, rng=9, draw=True) for m in side_by_side.values()]
figure, axes = viz.panels(1, 3, size=(4.4, 3.3))
for ax, rows, title in zip(axes, (copies, means, draws), (
        "Copies: the mean of $p(x|z)$", "New $z$: the mean of $p(x|z)$",
        "The same $z$, drawn: $x \\sim p(x|z)$")):
    names = ["digit", *side_by_side] if ax is axes[0] else [""] * 7
    viz.reconstructions(test_grey[shown], *map(np.asarray, rows), columns=10, names=names, ax=ax,
                        title=title)
save_figure(figure, "15_side_by_side")

with sg.no_grad():
    z = continuous.prior.sample(300 if FAST else 1_000, rng=10)
    corners = continuous.image(z).numpy()[:, quiet].mean(axis=1)
    known = continuous.code(grey).numpy()
distance = np.sqrt(np.square(z[:, None] - known).sum(axis=2)).min(axis=1)
light = corners > 0.5
say(f"continuous Bernoulli: {light.mean():.0%} of its new images have light corners")
claim("their codes are farther from all codes of digits", distance[light].mean(),
      distance[~light].mean(), math.hypot(distance[light].std() / math.sqrt(light.sum()),
                                          distance[~light].std() / math.sqrt((~light).sum())),
      relation=">")

# %% [markdown]
r"""
The picture of cells has the same three pixels and the same axes as the one of run-away densities.
Once all of a bell is inside its cell, to make it narrower gains nothing.  That is what prevents the
run-away: *not* a clip or a smallest $\sigma$ found by trying, but saying how finely the data was
measured.  Whoever must keep densities has two other honest ways: one $\sigma$ for all pixels, or
noise as wide as a cell added to the data, $x + U(-\frac1{32}, \frac1{32})$, which no density can
turn into a spike ("uniform dequantisation", lesson 17).

Side by side: $\sigma = 1$ has no digits at all, the formula hardly any; a draw from a Gaussian is
snow; a draw from cells has black where digits are black.  Where the background of a continuous
Bernoulli turns light, a code fell far from those of all digits (a hole, lesson 13): its logits are
large everywhere, and there nobody has told them their sign.

## Why samples are blurred

Suppose that one code $z$ could have come from two digits $x_1$ and $x_2$.  Which image should the
decoder give?  All three formulas have the same answer: the derivative of $\log p(x|z)$ by the
decoder's number is $(x - \mathbb{E}[x|z])$ times a positive factor, so it adds up to zero if the
*mean* of $p(x|z)$ is the *mean of all that could have made $z$*.  And a mean of images is blurred.
"""

# %%
heading("Why samples are blurred")
for name, family, number, seen in (
        ("Bernoulli", Bernoulli, math.log(3.0), np.array([1, 1, 1, 0.0])),
        ("Gaussian", lambda g: Normal(g, 0.2), 0.4, np.array([0.1, 0.1, 0.5, 0.9])),
        ("continuous Bernoulli", ContinuousBernoulli, 0.0, np.array([0.1, 0.2, 0.8, 0.9]))):
    slope = sg.grad(lambda u: ops.sum(family(ops.broadcast_to(u, seen.shape)).log_prob(seen)))
    claim(f"{name}: its mean there", float(family(number).mean), seen.mean())
    claim("    and the slope", slope(number), 0)

# %% [markdown]
r"""
For a trained VAE we can write down what could have made $z$: each training digit, with a weight
proportional to $q(z|x_n)$.  The best decoder that there can be for this encoder gives the mean of
that **mixture**, $\sum_n w_n x_n$.  We take codes of 2 numbers, where clouds overlap, and decode
codes of test digits.

How sharp is an image?  We add up the squares of all differences between neighbours, its **gradient
energy** $E$.  What a mean does to it is a theorem of Pythagoras:

$$\underbrace{\sum_n w_n E(x_n)}_{\text{digits}} = \underbrace{E\Big(\sum_n w_n
x_n\Big)}_{\text{their mean}} + \underbrace{\sum_n w_n E\Big(x_n - \sum_m w_m
x_m\Big)}_{\text{what the code does not say}}.$$

**Predict.**  $p(x|z)$ is more than its mean: one can *draw* $x \sim p(x|z)$.  Will a draw be as
sharp as a digit?
"""


# %%
def energy(x):
    """The sum of squared differences between neighbouring pixels.   (..., 64) -> (...)"""
    x = np.asarray(x, dtype=np.float64).reshape(*x.shape[:-1], 8, 8)
    return np.square(np.diff(x, axis=-1)).sum(axis=(-1, -2)) \
        + np.square(np.diff(x, axis=-2)).sum(axis=(-1, -2))


predict("One can draw x ~ p(x|z) instead of taking its mean.  Will a draw be as sharp as a digit?")
two = fit(vae("gaussian", latent=2))
with sg.no_grad():
    z = two.encode(test_grey).sample(rng=10).numpy()
    log_q = two.encode(grey).log_prob(z[:, None]).numpy().astype(np.float64)
    decoded = two.image(z).numpy().astype(np.float64)
w = np.exp(log_q - log_q.max(axis=1, keepdims=True))
w /= w.sum(axis=1, keepdims=True)
mixture = w @ grey.astype(np.float64)
rng = np.random.default_rng(11)
candidate = grey[[rng.choice(len(grey), p=weights) for weights in w]].astype(np.float64)


def apart(a, b):
    return np.square(a - b).sum(axis=1)


better("a decoded image is nearer to the mean than to a digit",
       apart(decoded, candidate), apart(decoded, mixture), 1)
lost = (w * energy(grey)).sum(axis=1) - energy(mixture)
claim("Pythagoras, for the first code", lost[0], w[0] @ energy(grey - mixture[0]))
say(f"gradient energy: digits {energy(test_grey).mean():.2f}, mixtures "
    f"{energy(mixture).mean():.2f}, decoded {energy(decoded).mean():.2f}")
claim("decoded images have, of the energy of digits, less than",
      energy(decoded).mean() / energy(test_grey).mean(), 0.65, relation="<")

sigma = float(sigma_of(two))
drawn = decoded + sigma * rng.standard_normal((20, *decoded.shape))
with_noise = energy(drawn).mean(axis=0) - energy(decoded)
pairs = 2 * 8 * 7
claim("draws: 112 pairs of neighbours gain 2 sigma^2 each", with_noise.mean(),
      pairs * 2 * sigma ** 2, with_noise.std() / math.sqrt(len(with_noise)))
claim("pairs of neighbours", pairs, 112)
claim("a draw has at least the energy of a digit", energy(drawn).mean(), energy(test_grey).mean(),
      relation=">=")


def togetherness(difference):
    """Correlation of neighbouring pixels of what is left over: 1 strokes, 0 noise.   (N,)"""
    r = difference.reshape(-1, 8, 8)
    products = (r[:, 1:] * r[:, :-1]).sum(axis=(1, 2)) + (r[:, :, 1:] * r[:, :, :-1]).sum(
        axis=(1, 2))
    return products / (pairs * np.square(r).mean())


left_over, noise = togetherness(test_grey - decoded), togetherness(drawn[0] - decoded)
claim("correlation of neighbours in what a draw adds", noise.mean(), 0,
      noise.std() / math.sqrt(len(noise)))
better("and in what the decoder left out", left_over, np.zeros(len(left_over)), 0.2)

# %%
order = np.argsort(-w, axis=1)
ambiguous = {}                                  # one code for each trio of classes
for i in np.argsort(w.max(axis=1)):
    ambiguous.setdefault(frozenset(train.labels[order[i, :3]].tolist()), int(i))
ambiguous = sorted(ambiguous.values(), key=lambda i: len(set(train.labels[order[i, :3]])))[-9:]
figure, (ax,) = viz.panels(size=(7.2, 3.9))
viz.reconstructions(*(grey[order[ambiguous, k]] for k in range(3)), mixture[ambiguous],
                    decoded[ambiguous], drawn[0][ambiguous], columns=9, ax=ax,
                    names=("a source of $z$", "another", "a third", "weighted mean", "decoded",
                           "a draw"),
                    title="A code in each column: what might have made it, and what it makes")
save_figure(figure, "15_blur")

# %% [markdown]
r"""
A draw has the energy of a digit, or more, and is no sharper for it: noise that knows nothing of
its neighbours, laid over a blurred image.  What the decoder left out is *strokes*, and a likelihood
whose pixels are independent given $z$ cannot draw strokes that $z$ does not name.  So blur is not
the fault of the square in the squared error.  It is there where the code says too little, and where
pixels may not speak to each other.  More code helps, and so do autoregressive decoders (lesson 17)
or a judge of whole images (lessons 18 and 21).

## Break it: BETA = 500

A well-known book trains a VAE with a constant `BETA = 500`.  The line is

    loss = BETA * mean(binary_crossentropy(image, reconstruction)) + kl

**Predict.**  Its images have 32 x 32 pixels.  Which $\beta$ multiplies the KL in the units of the
ELBO: 500, or 1/500, or about 2?
"""

# %%
heading("Break it: BETA = 500")
predict("loss = 500 * mean over 32 x 32 pixels of the cross-entropy + KL.  Which beta is this in "
        "nats: 500, 1/500 or about 2?")


def loss_of_the_book(nll, divergence, weight=500):
    """nll (N, D) in nats for each pixel, divergence (N,)."""
    return ops.mean(weight * ops.mean(nll, axis=1) + divergence)


def effective_beta(loss, pixels):
    """What a nat of KL costs, in units of what a nat of log p(x|z) costs: from the gradients."""
    nll, divergence = np.ones((3, pixels)), np.ones(3)
    by_nll, by_kl = sg.grad(loss, argnums=(0, 1))(nll, divergence)
    price, = np.unique(by_nll)              # the same for all pixels, else there is no such number
    return by_kl[0] / price


for pixels, beta in ((32 * 32, 2.048), (D, 0.128)):
    claim(f"{pixels} pixels: the beta of the ELBO", effective_beta(loss_of_the_book, pixels), beta)
claim("BETA = 1000, to regularise more: beta", effective_beta(
    lambda nll, divergence: loss_of_the_book(nll, divergence, 1000), 32 * 32), 1.024)
claim("the library's: sums over pixels", effective_beta(
    lambda nll, divergence: ops.mean(ops.sum(nll, axis=1) + divergence), D), 1)

# %% [markdown]
r"""
Not 500 but 2.048; and it multiplies the other half, so that *raising* BETA regularises *less*; and
it depends on the size of the images: the same line is a $\beta$ of 0.128 on our digits.  (The
images are grey besides, so the cross-entropy is no $-\log p$ at all.)  We train with it.
"""

# %%
broken = vae("bernoulli")


def book(batch, noise):
    q = broken.encode(batch)
    logits = broken.decoder(q.rsample(rng=noise))
    return 500 * ops.mean(ops.bce_with_logits(logits, batch), axis=1) + kl(q, broken.prior)


fit(broken, bits, loss=book)
terms = {"BETA = 500": nats(broken, test_bits), "beta = 1": nats(black_and_white, test_bits)}
say(f"{'':12} {'log p(x|z)':>11} {'KL':>8} {'ELBO':>9}   nats per test digit")
for name, (r, k) in terms.items():
    say(f"{name:12} {r.mean():11.2f} {k.mean():8.2f} {(r - k).mean():9.2f}")
better("it regularises less: KL", terms["BETA = 500"][1], terms["beta = 1"][1], 3)
better("and the ELBO is worse", of_bits, elbo(broken, test_bits), 1)

# %% [markdown]
r"""
No plot of the loss shows it.  What does is a unit: one nat of $\log p(x|z)$ and one nat of KL must
have the same price, and the gradients of the loss say what the price is.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 15 --check`.
"""

# %%
heading("Exercises")


def check_belief(answer):
    for weight, pixels in ((0.00025, 12_288), (1.0, 64), (0.02, 784)):
        sigma = answer(weight, pixels)
        noise = np.random.default_rng(12)
        image, copy, divergence = noise.random(pixels), noise.random(pixels), noise.random()
        negative_elbo = divergence - Normal(copy, float(sigma)).log_prob(image).sum()
        constant = pixels * (math.log(sigma) + math.log(2 * math.pi) / 2)
        written = np.square(image - copy).mean() + weight * divergence
        claim(f"weight {weight}, {pixels} pixels: -ELBO is a multiple of the loss",
              negative_elbo - constant, written * pixels / (2 * sigma ** 2))


@exercise("Somebody minimises the squared error, averaged over all pixels, plus `weight` times the "
          "KL, and says that it is the negative ELBO, with beta = 1.  Return the sigma for which "
          "that is true.", check=check_belief,
          hint="beta = weight * pixels / (2 sigma^2); solve beta = 1 for sigma")
def sigma_believed(weight, pixels):
    return None


# %%
def check_best(answer):
    errors = test_grey - decoded + 0.1                  # copies that are too dark, all of them
    value = answer(errors)
    grid = np.geomspace(0.05, 1, 400)
    on_grid = [Normal(0.0, s).log_prob(errors).sum(axis=1).mean() for s in grid]
    claim("no sigma of a grid is better", value, max(on_grid), relation=">=")
    claim("but one comes close: nats better than that", value - max(on_grid), 0, tolerance=1e-3)
    claim("errors ten times as large: 64 log 10 nats less", answer(10 * errors),
          value - D * math.log(10))


@exercise("Given the errors x - g of all pixels, (N, D), return the mean log p(x|z) of an image, "
          "in nats, under a Gaussian with the best common sigma, without searching for it.",
          check=check_best, hint="sigma^2 is the mean square of all errors; then D/2 times what?")
def best_log_likelihood(errors):
    return None


# %%
def check_logit(answer):
    for mean in (0.02, 0.3, 0.5, 0.97):
        u = float(answer(mean))
        claim(f"mean {mean}: the density with this logit", ContinuousBernoulli(u).mean, mean,
              tolerance=1e-8)


@exercise("For a Bernoulli, the logit of a mean m is log(m / (1 - m)).  For the continuous one "
          "there is no formula: return the logit u with A'(u) = m, for 0.01 < m < 0.99.",
          check=check_logit, hint="ContinuousBernoulli(u).mean rises with u: halve an interval, "
          "from -200 to 200, sixty times; or Newton, with .variance for the slope")
def logit_of_mean(m):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Heavier tails.**  A Laplace likelihood is the absolute error; its best location is the median of
  what could have made $z$, not the mean, which is sharper and no less a compromise.
- **Mixtures of logistics** for each pixel, colours that depend on each other: Salimans, Karpathy,
  Chen and Kingma, *PixelCNN++* (2017), section 2.1, and the decoders of lesson 17.
- **Other distances.**  An error measured in the features of a network is what lesson 21 does.
- Loaiza-Ganem and Cunningham, *The continuous Bernoulli: fixing a pervasive error in variational
  autoencoders* (2019).
- Rybkin, Daniilidis and Levine, *Simple and Effective VAE Training with Calibrated Decoders*
  (2021).
- Theis, van den Oord and Bethge, *A note on the evaluation of generative models* (2016),
  section 3.1, for densities of digital images.
- Mattei and Frellsen, *Leveraging the Exact Likelihood of Deep Latent Variable Models* (2018), for
  likelihoods without a bound.
- Lucas, Tucker, Grosse and Norouzi, *Don't Blame the ELBO!* (2019), for $\sigma$ and collapse.
"""
