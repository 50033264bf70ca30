# %% [markdown]
r"""
# The variational autoencoder

**You will**

- write a VAE in ten lines, hold its gradients against finite differences and its numbers against
  the library's, on the same noise;
- send a gradient through a random number in two ways, and measure which of them is usable;
- train with one half of the objective at a time, see what each half is for, and make three mistakes
  that published programs have made.

**Prerequisites** Lesson 06 for what is missing in an autoencoder; $\mathrm{KL}$ (lesson 10) and the
bound (lesson 11), both of which are recalled here.  **Takes** about 10 seconds on a CPU.

An autoencoder copies, but it cannot generate: nothing says where codes should lie (lesson 06).  So
let us say it.  Codes of images shall look like draws from $p(z) = N(0, I)$.  To make this possible
the encoder no longer gives a point for each image $x$ but a small cloud,
$q(z|x) = N(\mu(x), \sigma(x)^2)$, and the objective has two halves:

$$\text{ELBO}(x) = \underbrace{\mathbb{E}_{q(z|x)}\big[\log p(x|z)\big]}_{\text{reconstruction}}
- \underbrace{\mathrm{KL}\big(q(z|x)\,\|\,p(z)\big)}_{\text{regulariser}}.$$

**Predict.**  Train with the reconstruction alone: what will the encoder do with the means $\mu$ of
different images, and what with $\sigma$?  And with the regulariser alone?
"""

# %%
import inspect
import math

import numpy as np
from matplotlib.collections import EllipseCollection

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.distributions import Normal, StandardNormal, kl, kl_monte_carlo
from scratchgen.lesson import (FAST, claim, complaint, exercise, heading, predict, save_figure,
                               say, show)

heading("The variational autoencoder")
predict("q(z|x) = N(mu(x), sigma(x)^2).  If only the reconstruction is trained, what happens to "
        "the means of different images, and to sigma?  And if only the regulariser is?")

# %% [markdown]
r"""
## The model, and what it cannot compute

An image is made in two steps: draw a code, then every pixel of a black-and-white image by itself,
with logits that the decoder $g$ computes from the code:

$$z \sim N(0, I), \qquad x \sim p(x|z) = \text{Bernoulli}(x;\ \text{logits } g(z)).$$

How likely is an image $x$ under this model?  Its code is hidden, so we have to add up over all
codes that could have made it, and in 20 dimensions nobody can:

$$p(x) = \int p(x|z)\, p(z)\, dz.$$

With *two* dimensions we can.  A grid over the plane gives $\log p(x)$ to many digits, and we
shall use it throughout to check what must otherwise be believed.
"""

# %%
train, test = data.load("digits")
bits, test_bits = data.binarise(train.images), data.binarise(test.images)
Z = 2


def new_model(latent=Z):
    return models.vae_dense(64, latent, (128,), activation="tanh", rng=0)


ticks = np.linspace(-6, 6, 101 if FAST else 151)
plane = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, Z)
log_area = 2 * math.log(ticks[1] - ticks[0])
log_prior = -np.square(plane).sum(axis=1) / 2 - math.log(2 * math.pi)


def log_joint(model, x):
    """log p(x, z) for each image and each z of the plane, in nats.   (N, 64) -> (N, grid)"""
    with sg.no_grad():
        logits = model.decoder(plane.astype(np.float32)).numpy().astype(np.float64)
    return x @ logits.T - np.logaddexp(0, logits).sum(axis=1) + log_prior


def exact_log_p(model, x):
    """log p(x) = log of the sum of p(x, z) over the plane, in nats.   (N, 64) -> (N,)"""
    return np.logaddexp.reduce(log_joint(model, x), axis=1) + log_area


model = new_model()
heading("The model, and what it cannot compute")
claim("the prior, added up over the plane", np.exp(log_prior + log_area).sum(), 1, tolerance=1e-7)
x = test_bits[:1]
say(f"untrained, log p of the first test digit is {exact_log_p(model, x)[0]:.3f} nats")

# %% [markdown]
r"""
## The bound, in three lines

Let $q(z|x)$ be any density of codes from which we can draw.  Multiply and divide by it, and move
the logarithm, which is concave, inside the mean (Jensen's inequality):

$$\log p(x) = \log \mathbb{E}_{q}\!\left[\frac{p(x, z)}{q(z|x)}\right]
\ \ge\ \mathbb{E}_{q}\!\left[\log \frac{p(x, z)}{q(z|x)}\right].$$

Take the fraction apart, with $p(x, z) = p(x|z)\,p(z)$:

$$\mathbb{E}_{q}\!\left[\log \frac{p(x|z)\,p(z)}{q(z|x)}\right]
= \mathbb{E}_{q}[\log p(x|z)] - \mathrm{KL}(q(z|x)\,\|\,p(z)).$$

And what Jensen lost is, exactly, how far $q$ is from the **posterior** $p(z|x)$, the codes that
could have made $x$:

$$\log p(x) - \text{ELBO} = \mathrm{KL}(q(z|x)\,\|\,p(z|x)) \ \ge\ 0.$$
"""

# %%
n = 10_000 if FAST else 50_000
q = model.encode(x)
z = q.sample(n, rng=1).numpy()[:, 0]
with sg.no_grad():
    log_p_x_z = model.decode(z).log_prob(np.broadcast_to(x, (n, 64))).numpy()
    log_ratio = (log_p_x_z + model.prior.log_prob(z) - q.log_prob(z[:, None]).numpy()[:, 0])
    divergence = kl(q, model.prior).item()

heading("The bound, in three lines")
exact = exact_log_p(model, x)[0]
elbo = log_p_x_z.mean() - divergence
elbo_error = log_p_x_z.std() / math.sqrt(n)
claim("E[log p(x,z)/q(z)] = E[log p(x|z)] - KL", log_ratio.mean(), elbo,
      (log_ratio - log_p_x_z).std() / math.sqrt(n))
claim("ELBO < log p(x)", elbo, exact, elbo_error, relation="<")

log_q = q.log_prob(plane[:, None].astype(np.float32)).numpy()[:, 0]     # q and the posterior,
log_posterior = log_joint(model, x)[0] - exact                          # at each z of the plane
gap = (np.exp(log_q + log_area) * (log_q - log_posterior)).sum()
claim("log p(x) - ELBO = KL(q, posterior)", exact - elbo, gap, elbo_error)

# %% [markdown]
r"""
So to raise the ELBO by its encoder is to bring $q(z|x)$ to the true posterior, and to raise it by
its decoder is to raise (a bound on) $\log p(x)$.  One number for both.

## The encoder says where, and how surely

$q(z|x)$ needs two numbers for each of the $Z$ numbers of a code, so the encoder has $2Z$ outputs.
The first half is $\mu$.  The second is not $\sigma$: a network's output may be any number and a
standard deviation must be positive.  It is $\log \sigma$.
"""

# %%
heading("The encoder says where, and how surely")
show(models.VAE.encode)
claim("outputs of the encoder, for codes of 2 numbers", model.encoder(bits[:5]).shape == (5, 4))
claim("q(z|x) of 5 images: 5 distributions", model.encode(bits[:5]).batch_shape == (5,))
claim("log sigma = -50 is a standard deviation", Normal(0.0, log_scale=-50.0).scale > 0)
claim("sigma = -0.3 is none", complaint(Normal, 0.0, -0.3)[0], "ValueError")

# %% [markdown]
r"""
With $\log\sigma$ at hand, the regulariser has a closed form (lesson 10), a sum over the $Z$ numbers
of the code:

$$\mathrm{KL}\big(N(\mu, \sigma^2)\,\|\,N(0, 1)\big)
= \tfrac12\big(\sigma^2 + \mu^2 - 1 - 2\log\sigma\big).$$
"""

# %%
mu, log_sigma = np.array([0.7, -1.2]), np.array([-0.9, 0.2])
closed = (np.exp(2 * log_sigma) + mu ** 2 - 1 - 2 * log_sigma) / 2
claim("the library's KL", kl(Normal(mu, log_scale=log_sigma), StandardNormal(Z)), closed)
for i in range(Z):
    estimate = kl_monte_carlo(Normal(mu[i], log_scale=log_sigma[i]), StandardNormal(), n, rng=2)
    claim(f"mu = {mu[i]}, log sigma = {log_sigma[i]}: drawn", estimate.value, closed[i],
          estimate.standard_error)

# %% [markdown]
r"""
## A gradient through a random number

The reconstruction is a mean over draws from $q$, and we need its derivative by the parameters *of
the distribution that is drawn from*.  Write $f(z) = \log p(x|z)$.  There are two ways.

**The score function.**  Differentiate the density:

$$\frac{\partial}{\partial\mu} \int q(z)\, f(z)\, dz
= \int q(z)\, \frac{\partial \log q(z)}{\partial\mu}\, f(z)\, dz
= \mathbb{E}_q\!\left[f(z)\, \frac{z - \mu}{\sigma^2}\right].$$

**Reparameterisation.**  Write the draw as a function of the parameters and of noise that has none:

$$z = \mu + \sigma\,\varepsilon, \quad \varepsilon \sim N(0, 1), \qquad
\frac{\partial}{\partial\mu}\, \mathbb{E}_\varepsilon\big[f(\mu + \sigma\varepsilon)\big]
= \mathbb{E}_\varepsilon\big[f'(z)\big].$$

Both are exact on average.  The first needs only the *values* of $f$, and so it also works for
discrete codes (lesson 22); the second needs its slope.

**Predict.**  For the same precision, how many times as many draws does the score function need:
about 3, 30, or more than 1,000?
"""

# %%
heading("A gradient through a random number")
show(Normal.rsample)
say("")
predict("For the same precision of the gradient, how many times as many draws does the score "
        "function need as reparameterisation: about 3, 30, or more than 1,000?")


def cloud_of_x(net):
    """mu and sigma of q(z|x) for the first test digit."""
    q = net.encode(x.astype(np.float64))
    return q.mean.numpy()[0], np.sqrt(q.variance.numpy()[0])


def log_likelihood(net, z):
    """f(z) = log p(x|z) of the first test digit.   (n, Z) -> (n,)"""
    return net.decode(z).log_prob(np.broadcast_to(x, (z.shape[0], 64)))


def gradients_by_mu(net, draws):
    """(score function, the same with f centred, reparameterised), draw by draw: each (draws, Z)."""
    mu, sigma = cloud_of_x(net)
    epsilon = np.random.default_rng(3).standard_normal((draws, len(mu)))
    rows = sg.Tensor(np.tile(mu, (draws, 1)), requires_grad=True)       # one mu for each draw
    f = log_likelihood(net, rows + sigma * epsilon)
    ops.sum(f).backward()
    values, slope = f.detach().numpy()[:, None], epsilon / sigma        # (z - mu) / sigma^2
    return values * slope, (values - values.mean()) * slope, rows.grad


net, draws = new_model().astype("float64"), 10_000 if FAST else 40_000
score, centred, pathwise = gradients_by_mu(net, draws)

mu0, sigma0 = cloud_of_x(net)
nodes, weights = np.polynomial.hermite_e.hermegauss(40)         # a mean over a Gaussian, as a sum
pairs = np.stack(np.meshgrid(nodes, nodes), axis=-1).reshape(-1, Z)
mass = np.outer(weights, weights).ravel() / (2 * math.pi)
with sg.no_grad():
    values = log_likelihood(net, mu0 + sigma0 * pairs).numpy()
exact_gradient = (mass * values * pairs[:, 0]).sum() / sigma0[0]

for name, drawn in (("score function", score), ("reparameterised", pathwise)):
    claim(f"{name}: right on average", drawn[:, 0].mean(), exact_gradient,
          drawn[:, 0].std() / math.sqrt(draws))
claim("variance of one draw: how many times as large", score.var() / pathwise.var(), 1_000,
      relation=">")

# %% [markdown]
r"""
The score function's error is so large that one can hardly tell whether it is right.  Most of that
is unfair.  It multiplies noise by $f$, and $f$ is about $-45$ whatever $z$ is.  As
$\mathbb{E}_q[(z - \mu)/\sigma^2] = 0$, any constant may be subtracted from $f$, and its mean is a
good one: this is called a **baseline**.

**Predict.**  With it, and with codes of 2, 10 and 50 numbers: how many times as many draws?
"""

# %%
claim("f, on average, is about -45", values @ mass, -45, tolerance=0.05)
claim("score function with baseline: right on average", centred[:, 0].mean(), exact_gradient,
      centred[:, 0].std() / math.sqrt(draws))
predict("Now a constant is subtracted from f.  How many times as many draws, with codes of 2, 10 "
        "and 50 numbers?")
for latent, at_least in ((2, 2), (10, 20), (50, 200)):
    _, c, p = gradients_by_mu(new_model(latent).astype("float64"), 2_000 if FAST else 10_000)
    claim(f"codes of {latent} numbers: times as many", c.var(axis=0).mean() / p.var(axis=0).mean(),
          at_least, relation=">")

# %% [markdown]
r"""
The score function tells each of the $Z$ numbers how good the *whole* draw was, so each hears the
noise of all others.  A slope tells each number its own share.
"""

# %%
BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK = "#22262e"
figure, (ax,) = viz.panels(size=(7.4, 4.0))
counts = np.arange(1, 1001)
shown = np.unique(np.logspace(0, 3, 100).round().astype(int))
for drawn, colour, name in ((score, RED, "score function"),
                            (centred, ORANGE, "score function with baseline"),
                            (pathwise, BLUE, "reparameterised")):
    for run in range(10):
        means = drawn[run * 1000:(run + 1) * 1000, 0].cumsum() / counts
        ax.plot(shown, abs(means - exact_gradient)[shown - 1], color=colour, linewidth=0.8,
                alpha=0.45)
    ax.plot(shown, drawn[:, 0].std() / np.sqrt(shown), color=colour, linewidth=3, label=name)
ax.set(xscale="log", yscale="log", ylim=(1e-3, 200), xlim=(1, 1000), xlabel="draws",
       ylabel=r"error of $\partial\, E[\log p(x|z)]\, /\, \partial \mu_1$  (nats)")
ax.set_title("The same derivative, estimated ten times in each way; thick: the standard error",
             loc="left", fontsize=11, color=INK)
ax.grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=9, loc="lower left")
save_figure(figure, "12_gradient_through_noise")

# %% [markdown]
r"""
That is why a VAE is trained in this way, and why **one** draw is enough: one for each image at each
step, fresh each time.  The next step draws again, and a mean over a hundred images and a thousand
steps is a mean over many draws.
"""

# %%
first, second = (model.encode(bits[:2]).rsample(rng=rng).numpy() for rng in (4, 5))
same = model.encode(np.repeat(bits[:1], 2, axis=0)).rsample(rng=4).numpy()
claim("another step, another draw", bool((first != second).all()))
claim("the same image twice in a batch: two draws", bool((same[0] != same[1]).all()))

repeats = 100 if FAST else 1000
noise = np.random.default_rng(6)
with sg.no_grad():
    one_draw = np.array([model.elbo(x, rng=noise).item() for _ in range(repeats)])
claim("ELBO of one draw is right on average", one_draw.mean(), elbo,
      math.hypot(one_draw.std() / math.sqrt(repeats), elbo_error))

# %% [markdown]
r"""
## Ten lines

Here is all of it.  `linear` is $x w + b$, `bce_with_logits` is $-\log$ of a Bernoulli.  The noise
is an argument, so that one can hold the function against others.
"""


# %%
def my_elbo(x, epsilon, w1, b1, w2, b2, w3, b3, w4, b4):
    """E_q[log p(x|z)] - KL(q(z|x), p(z)) with one draw for each image.   -> (N,)"""
    h = ops.linear(ops.linear(x, w1, b1, activation="tanh"), w2, b2)
    mu, log_sigma = h[:, :Z], h[:, Z:]
    z = mu + ops.exp(log_sigma) * epsilon
    logits = ops.linear(ops.linear(z, w3, b3, activation="tanh"), w4, b4)
    reconstruction = -ops.sum(ops.bce_with_logits(logits, x), axis=1)
    regulariser = ops.sum(ops.exp(2 * log_sigma) + mu * mu - 1 - 2 * log_sigma, axis=1) / 2
    return reconstruction - regulariser


heading("Ten lines")
claim("lines", len(inspect.getsource(my_elbo).splitlines()), 10, relation="<=")

# %% [markdown]
r"""
Are its gradients right?  `gradcheck` compares every one of them with finite differences, first and
second order, in double precision, on a network small enough for that.
"""

# %%
draw = np.random.default_rng(7)
sizes = ((9, 4), (4,), (4, 2 * Z), (2 * Z,), (Z, 4), (4,), (4, 9), (9,))
small = [0.5 * draw.standard_normal(size) for size in sizes]
images, noise = (draw.random((3, 9)) < 0.5) * 1.0, draw.standard_normal((3, Z))
claim("gradcheck, every weight", sg.gradcheck(lambda *w: my_elbo(images, noise, *w), *small))
claim("and the gradients of the gradients",
      sg.gradcheck(lambda *w: my_elbo(images, noise, *w), *small, order=2))

# %% [markdown]
r"""
Is it what the library's `VAE` computes?  On the same weights, the same images and the same noise, a
seed's first normal numbers:
"""

# %%
reference = new_model().astype("float64")
weights = list(reference.parameters())
images, noise = bits[:100].astype(np.float64), np.random.default_rng(8).standard_normal((100, Z))

claim("ELBO of 100 images, mine and the library's", my_elbo(images, noise, *weights),
      reference.elbo(images, rng=8), tolerance=1e-12)
gradients = []
for elbo_of_each in (my_elbo(images, noise, *weights), reference.elbo(images, rng=8)):
    reference.zero_grad()
    ops.mean(elbo_of_each).backward()
    gradients.append([w.grad.copy() for w in weights])
apart = max(abs(a - b).max() for a, b in zip(*gradients))
claim("largest difference among all gradients", apart, 0.0, tolerance=1e-12)
claim("and they are no zeros", min(abs(g).max() for g in gradients[0]), 0, relation=">")

# %% [markdown]
r"""
## Each half by itself

Now we train three models from the same weights, on the same batches in the same order: one with the
whole objective, one with the reconstruction alone, one with the regulariser alone.  Your prediction
from the beginning is about to be tested.

To see whether codes of different images can still be told apart, we measure how much their clouds
**overlap**, as $\int\! \sqrt{q_i(z)\, q_j(z)}\, dz$ (the Bhattacharyya coefficient): 1 if they
are the same, 0 if they do not touch.  For Gaussians, and for each number of the code,

$$\int\! \sqrt{q_i\, q_j}\, dz = \sqrt{\frac{2\sigma_i\sigma_j}{\sigma_i^2 + \sigma_j^2}}\
\exp\!\left(-\frac{(\mu_i - \mu_j)^2}{4\,(\sigma_i^2 + \sigma_j^2)}\right).$$
"""


# %%
def overlap(mu_i, sigma_i, mu_j, sigma_j):
    """The integral of sqrt(q_i q_j), the product over the last axis.   (..., Z) -> (...)"""
    total = sigma_i ** 2 + sigma_j ** 2
    each = np.sqrt(2 * sigma_i * sigma_j / total) * np.exp(-(mu_i - mu_j) ** 2 / (4 * total))
    return each.prod(axis=-1)


heading("Each half by itself")
line = np.linspace(-12, 12, 4001)
q_i, q_j = (np.exp(Normal(m, s).log_prob(line)) for m, s in ((0.3, 0.7), (-0.8, 1.5)))
claim("overlap of N(0.3, 0.7^2) and N(-0.8, 1.5^2), on a line",
      overlap(*np.array([[0.3], [0.7], [-0.8], [1.5]])),
      np.sqrt(q_i * q_j).sum() * (line[1] - line[0]), tolerance=1e-6)


def clouds(model, x=test_bits):
    """mu and sigma of q(z|x), as arrays."""
    with sg.no_grad():
        q = model.encode(x)
        return q.mean.numpy(), np.sqrt(q.variance.numpy())


def measure(model):
    """What the clouds of the test digits are like: (spread of means, median sigma, overlap)."""
    mu, sigma = clouds(model)
    every_pair = overlap(mu[:, None], sigma[:, None], mu, sigma)
    return mu.std(), np.median(sigma), every_pair[np.triu_indices(len(mu), 1)].mean()


epochs = 6 if FAST else 35


def fit(model, loss, watch=lambda model: ()):
    """Adam on loss(batch, noise): 100 images a step.  Returns what `watch` saw, epoch by epoch."""
    order, noise = np.random.default_rng(9), np.random.default_rng(10)
    adam, history = optim.Adam(model.parameters(), lr=1e-2), [watch(model)]
    for _ in range(epochs):
        for batch in data.batches(bits, 100, rng=order):
            adam.zero_grad()
            ops.mean(loss(batch, noise)).backward()
            adam.step()
        history.append(watch(model))
    return np.array(history).T


def fit_vae(model, objective, watch=lambda model: ()):
    """Maximise objective(reconstruction, kl), with one fresh draw for each image at each step."""
    return fit(model, lambda batch, noise: -objective(*model.terms(batch, rng=noise)), watch)


objectives = {"both halves": lambda reconstruction, kl: reconstruction - kl,
              "reconstruction alone": lambda reconstruction, kl: reconstruction,
              "regulariser alone": lambda reconstruction, kl: -kl}
trained = {name: new_model() for name in objectives}
history = {name: fit_vae(trained[name], objective, watch=measure)
           for name, objective in objectives.items()}
say(f"{'':22} {'spread of means':>16} {'median sigma':>14} {'overlap':>10}")
for name, (spread, sigma, shared) in history.items():
    say(f"{name:22} {spread[-1]:16.3f} {sigma[-1]:14.4f} {shared[-1]:10.5f}")

both, copying, regular = trained.values()
final = {name: h[:, -1] for name, h in history.items()}
spread, sigma, shared = (dict(zip(final, column)) for column in zip(*final.values()))

# %% [markdown]
r"""
**Reconstruction alone.**  A decoder would rather not guess, so the means move apart and the clouds
shrink until hardly any two of them touch.
"""

# %%
name = "reconstruction alone"
claim("the means move apart, from where they were", spread[name], 3 * history[name][0][0],
      relation=">")
claim("in units of sigma: farther than with both halves", spread[name] / sigma[name],
      20 * spread["both halves"] / sigma["both halves"], relation=">")
claim("the clouds shrink", sigma[name], sigma["both halves"] / 5, relation="<")
claim("and are smaller than they were at first", sigma[name], history[name][1][0] / 5, relation="<")
claim("the overlap falls", shared[name], shared["both halves"] / 10, relation="<")

# %% [markdown]
r"""
A cloud that is small enough is a point, and what is left is an autoencoder.  We train a real one,
with the same layers and the same steps, and compare how well they copy.
"""

# %%
plain = models.autoencoder_dense(64, Z, (128,), likelihood="bernoulli", activation="tanh", rng=0)
fit(plain, lambda batch, noise: plain.loss(batch))

with sg.no_grad():
    copied = {name: m.terms(test_bits, rng=11)[0].numpy().mean() for name, m in trained.items()}
    copied["autoencoder"] = -plain.loss(test_bits).numpy().mean()
for name, value in copied.items():
    say(f"{name:22} log p(x|z) = {value:7.3f} nats per test digit")
claim("about as well as the autoencoder, in nats", copied["reconstruction alone"],
      copied["autoencoder"] - 2.5, relation=">")
claim("with both halves it copies worse", copied["both halves"], copied["reconstruction alone"],
      relation="<")

# %% [markdown]
r"""
"Exactly an autoencoder", one reads.  Not exactly: only as $\sigma \to 0$.  We decode a draw, and we
decode the mean, and compare.
"""


# %%
def cost_of_the_noise(model):
    """E[log p(x|mu) - log p(x|z)] on the test digits, in nats, and its standard error."""
    with sg.no_grad():
        at_mean = model.decode(model.encode(test_bits).mean).log_prob(test_bits)
        difference = (at_mean - model.terms(test_bits, n=20, rng=11)[0]).numpy()
    return difference.mean(), difference.std() / math.sqrt(len(difference))


noisy, error = cost_of_the_noise(both)
claim("both halves: the noise costs, nats per digit", noisy, 0.3, error, relation=">")
nearly_none, _ = cost_of_the_noise(copying)
claim("reconstruction alone: it costs next to nothing", abs(nearly_none), noisy / 10, relation="<")

# %% [markdown]
r"""
**Regulariser alone.**  It is smallest, and zero, where $q(z|x) = N(0, 1)$ for every $x$: all means
0, all standard deviations 1.  The code says nothing of the image, and the decoder is not even
asked: no gradient reaches it.
"""

# %%
name = "regulariser alone"
mu, sigmas = clouds(regular)
claim("means", mu.mean(axis=0), np.zeros(Z), tolerance=0.03)
claim("their spread", spread[name], 0, tolerance=0.05)
claim("standard deviations", sigma[name], 1, tolerance=0.02)
claim("overlap", shared[name], 1, tolerance=0.01)
asked = [w for w in regular.decoder.parameters() if w.grad is not None and w.grad.any()]
claim("parameters of the decoder that have a gradient", len(asked), 0)


# %%
def draw_clouds(ax, model, title):
    """One ellipse for each of 150 test digits: one sigma around the mean; dashed: the prior."""
    mu, sigma = (part[:150] for part in clouds(model))
    colours = [viz.CLASS_COLOURS[k] for k in test.labels[:150]]
    ax.add_collection(EllipseCollection(
        2 * sigma[:, 0], 2 * sigma[:, 1], 0 * sigma[:, 0], units="xy", offsets=mu,
        transOffset=ax.transData, facecolors=[c + "38" for c in colours], edgecolors=colours,
        linewidths=0.8))
    ax.scatter(*mu.T, s=9, c=colours, linewidths=0)
    angle = np.linspace(0, 2 * np.pi, 200)
    ax.plot(2 * np.cos(angle), 2 * np.sin(angle), color=INK, linewidth=1, linestyle=(0, (4, 3)))
    reach = 1.04 * max(2, abs(np.concatenate([mu + sigma, mu - sigma])).max())
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$z_1$",
           ylabel="$z_2$")
    ax.set_title(title, loc="left", fontsize=12, color=INK)
    ax.tick_params(labelsize=8.5)
    ax.spines[["top", "right"]].set_visible(False)


figure, axes = viz.panels(2, 3, size=(4.2, 3.2))
axes[0].get_gridspec().set_height_ratios((2.2, 1))
for column, (name, m) in enumerate(trained.items()):
    draw_clouds(axes[column], m, name.capitalize())
    viz.image_grid(m.sample(36, rng=12).numpy(), columns=9, ax=axes[3 + column],
                   title="drawn from it: $z \\sim N(0, I)$, decoded")
save_figure(figure, "12_three_objectives")

figure, axes = viz.panels(1, 3, size=(3.9, 3.3))
for ax, row, title in zip(axes, range(3), ("spread of the means", "median $\\sigma$",
                                           "overlap of two clouds")):
    for (name, h), colour in zip(history.items(), (BLUE, RED, "#717581")):
        ax.plot(h[row], color=colour, linewidth=2, label=name)
    ax.set(yscale="log", xlabel="epoch")
    ax.set_ylim(bottom=max(ax.get_ylim()[0], 1e-6))
    ax.set_title(title, loc="left", fontsize=11, color=INK)
    ax.grid(color="#d9dce1", linewidth=0.6, alpha=0.7)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].legend(frameon=False, fontsize=8.5)
save_figure(figure, "12_while_training")

# %% [markdown]
r"""
In the first picture each ellipse is $q(z|x)$ of one test digit, one $\sigma$ around its mean,
coloured by what the digit is; the dashed circle is twice the standard deviation of the prior.  Only
with both halves do the clouds fill the prior *and* differ.

## Is the bound a bound?

The plane gives the exact $\log p(x)$ of our trained model.  The ELBO must be below it; the
importance-weighted bound with $k$ draws must lie between, and come closer as $k$ grows.
"""

# %%
heading("Is the bound a bound?")
exact = exact_log_p(both, test_bits)
with sg.no_grad():
    bounds = {"ELBO": both.elbo(test_bits, n=20, rng=13).numpy()}
for k in (10, 100):
    bounds[f"bound with {k} draws"] = np.mean(
        [both.log_prob(test_bits, k, rng=14 + r).numpy() for r in range(1 if FAST else 5)], axis=0)
bounds["log p(x)"] = exact
for name, value in bounds.items():
    say(f"{name:22} {value.mean():9.3f} nats per test digit")
for (lower, a), (upper, b) in zip(bounds.items(), list(bounds.items())[1:]):
    paired = b - a
    claim(f"{lower} <= {upper}", a.mean(), b.mean(), paired.std() / math.sqrt(len(paired)),
          relation="<=")
claim("the ELBO is strictly below", (exact - bounds["ELBO"]).mean(), 0,
      (exact - bounds["ELBO"]).std() / math.sqrt(len(exact)), relation=">")
claim("a hundred draws: nats below log p(x), on average",
      abs((exact - bounds["bound with 100 draws"]).mean()), 0.3, relation="<")

pixels = (bits.sum(axis=0) + 1) / (len(bits) + 2)
by_itself = test_bits @ np.log(pixels) + (1 - test_bits) @ np.log(1 - pixels)
claim("nats gained on pixels that know nothing of each other", (exact - by_itself).mean(), 1,
      (exact - by_itself).std() / math.sqrt(len(exact)), relation=">")

with sg.no_grad():
    without = copying.elbo(test_bits, n=20, rng=13).numpy()
say(f"trained on reconstruction alone: log p(x) {exact_log_p(copying, test_bits).mean():.3f}, "
    f"ELBO {without.mean():.3f}")
lost = bounds["ELBO"] - without
claim("and its bound is lower, by nats", lost.mean(), 5, lost.std() / math.sqrt(len(lost)),
      relation=">")

# %% [markdown]
r"""
And here is the generator at work: every place of the plane, decoded, with equal steps in
probability along both axes.
"""

# %%
with sg.no_grad():
    manifold = both.image(viz.quantile_grid(13)).numpy()
ax = viz.image_grid(manifold, columns=13, title="What each place of the latent plane decodes to")
ax.set(xlabel="$z_1$, in steps of equal probability", ylabel="$z_2$")
save_figure(ax, "12_manifold")

# %% [markdown]
r"""
## Break it: three mistakes

### 1. The standard deviation that was a variance

Two well-known repositories let the encoder predict $\log\sigma^2$.  The regulariser reads it as
that.  The sampler computes $z = \mu + \exp(\log\sigma^2)\,\varepsilon$, and so takes $\sigma^2$ for
a standard deviation.  Training runs, the loss falls.

**Predict.**  Which check can see it: gradcheck, a falling loss, or something else?
"""

# %%
heading("Break it: three mistakes")
predict("The sampler uses exp(log variance) as a standard deviation; the KL is right for the "
        "variance.  Will gradcheck see it?")
mu, log_variance = sg.Tensor(np.array([0.3, -0.5])), sg.Tensor(np.array([-1.4, -2.0]))
noise = np.random.default_rng(15).standard_normal((n, Z))


def wrong_sample(mu, log_variance, epsilon):
    return mu + ops.exp(log_variance) * epsilon


claim("1. gradcheck is content",
      sg.gradcheck(lambda m, v: wrong_sample(m, v, noise[:3]), mu, log_variance))
drawn = wrong_sample(mu, log_variance, noise).numpy()
believed = (ops.exp(log_variance) + mu * mu - 1 - log_variance).sum().item() / 2
say(f"   KL that the loss reports: {believed:.3f} nats")
real = kl_monte_carlo(Normal(mu, scale=ops.exp(log_variance)), StandardNormal(Z), n, rng=16)
say(f"   KL of what is drawn:      {real.value.sum():.3f} nats")
claim("   they differ, by many standard errors", real.value.sum(), believed,
      np.linalg.norm(real.standard_error), relation=">")
claim("   variance of the draws: exp(-2.8), not exp(-1.4)", drawn[:, 0].var(), math.exp(-2.8),
      math.exp(-2.8) * math.sqrt(2 / n))
right = kl_monte_carlo(Normal(mu, log_scale=log_variance / 2), StandardNormal(Z), n, rng=16)
claim("   mended: drawn and closed form", right.value.sum(), believed,
      np.linalg.norm(right.standard_error))

# %% [markdown]
r"""
The gradient is the right gradient of the wrong program.  What sees it is the Monte Carlo KL *of the
layer's own sampler* against the closed form.  That is why the library's networks return a
distribution, which samples and scores with one and the same $\sigma$, and not two bare numbers.

### 2. A mean where a sum belongs

Many programs average the reconstruction over pixels (it is the default of most losses) and add the
KL as it is.  Averaging over 64 pixels divides one half of the objective by 64, which is the same as
a $\beta$ of 64 in front of the other.

**Predict.**  What will the code say of the image?
"""

# %%
predict("The reconstruction is averaged over 64 pixels, the KL is not.  What will q(z|x) look like "
        "after training?")
averaged = new_model()
fit_vae(averaged, lambda reconstruction, kl: reconstruction / 64 - kl)
with sg.no_grad():
    reconstruction, divergence = (t.numpy().mean() for t in averaged.terms(test_bits, rng=17))
claim("2. KL, nats: the code says nothing", divergence, 0, tolerance=0.02)
claim("   log p(x|z), as good as no code at all", reconstruction, by_itself.mean(), tolerance=0.02)
with sg.no_grad():
    value = ops.mean(reference.elbo(images, beta=64, rng=18)).item()
    r, k = (t.numpy().mean() for t in reference.terms(images, rng=18))
claim("   beta = 64 is the same objective, times 64", value, 64 * (r / 64 - k), tolerance=1e-10)

# %% [markdown]
r"""
This is the *regulariser alone*, nearly, by accident: its name is posterior collapse, though nothing
is wrong with the model.  The library's objectives are sums over pixels, in nats, and `beta`
multiplies the KL and nothing else.

### 3. Noise that is not fresh

Draw $\varepsilon$ once for each image, before training, "to make it faster".  Two hundred images
suffice to see it.
"""

# %%
few = bits[:200]


def fit_with_noise(model, fresh, epochs):
    """Train on few images, with new noise at each step or with the same again and again."""
    order, source = np.random.default_rng(19), np.random.default_rng(20)
    kept = source.standard_normal((len(few), Z)).astype(np.float32)
    weights = list(model.parameters())
    adam = optim.Adam(weights, lr=1e-2)
    for _ in range(epochs):
        for batch, noise in data.batches((few, kept), 100, rng=order):
            if fresh:
                noise = source.standard_normal(noise.shape).astype(np.float32)
            adam.zero_grad()
            (-ops.mean(my_elbo(batch, noise, *weights))).backward()
            adam.step()
    with sg.no_grad():
        return (my_elbo(few, kept, *weights) - model.elbo(few, n=20, rng=21)).numpy()


for fresh in (False, True):
    surplus = fit_with_noise(new_model(), fresh, 70 if FAST else 300)
    error = surplus.std() / math.sqrt(len(surplus))
    if fresh:
        claim("   fresh noise: reported ELBO is the ELBO", surplus.mean(), 0, error)
    else:
        claim("3. kept noise: reported ELBO is too high, nats", surplus.mean(), 0, error,
              relation=">")

# %% [markdown]
r"""
The network learns the noise by heart: it knows which $\varepsilon$ goes with which image and uses
it as a second code.  The loss on the screen looks better than it is.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 12 --check`.
"""

# %%
heading("Exercises")


def check_kl(answer):
    rng = np.random.default_rng(22)
    mu, log_variance = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    want = kl(Normal(mu, log_scale=log_variance / 2), StandardNormal((4, 3))).sum(axis=1)
    claim("values", answer(mu, log_variance), want)
    claim("never negative", bool((answer(mu, log_variance) >= 0).all()))
    claim("zero where q is the prior", answer(np.zeros((2, 3)), np.zeros((2, 3))), np.zeros(2))


@exercise("Lecture notes print the regulariser as -1/2 sum(sigma + mu^2 - 1 - log sigma), which is "
          "wrong in its sign and in its sigmas.  Return KL(N(mu, sigma^2), N(0, I)) from mu and "
          "log sigma^2, both (N, Z), in nats per example.", check=check_kl,
          hint="try mu = 0 and sigma = 1, then a small sigma: a divergence cannot be negative")
def kl_from_log_variance(mu, log_variance):
    return None


# %%
def check_logistic(answer):
    rng, n = np.random.default_rng(23), 200_000
    loc, scale = sg.Tensor(0.7, requires_grad=True), sg.Tensor(1.3, requires_grad=True)
    u = rng.random(n)
    z = answer(loc, scale, u)
    claim("the draws are a Tensor", isinstance(z, sg.Tensor))
    variance = 1.3 ** 2 * math.pi ** 2 / 3
    values = z.detach().numpy()
    claim("mean", values.mean(), 0.7, math.sqrt(variance / n))
    claim("variance", values.var(), variance, variance * math.sqrt(3.2 / n))
    claim("share below 2", (values < 2).mean(), 0.5 + 0.5 * math.tanh(0.5), math.sqrt(0.2 / n))
    ops.mean(ops.square(z)).backward()
    claim("a gradient reaches both", loc.grad is not None and scale.grad is not None)
    claim("d E[z^2] / d loc", loc.grad, 2 * 0.7, math.sqrt(4 * variance / n))
    claim("d E[z^2] / d scale", scale.grad, 2 * variance / 1.3, 30 / math.sqrt(n))


@exercise("Reparameterise another distribution.  P(z < t) = 1 / (1 + exp(-(t - loc) / scale)) is "
          "the logistic distribution.  Return draws z from uniform numbers u in (0, 1), (n,), so "
          "that gradients reach the Tensors loc and scale.", check=check_logistic,
          hint="set u = P(z < t) and solve for t: every distribution with an inverse of that can "
               "be drawn in this way")
def logistic_draw(loc, scale, u):
    return None


# %%
def check_beta(answer):
    for weight, pixels, sigma in ((0.00025, 12_288, 1.0), (1.0, 64, 0.5), (500.0, 784, 2.0)):
        rng = np.random.default_rng(24)
        x, y, divergence = rng.random(pixels), rng.random(pixels), rng.random()
        loss = np.square(x - y).mean() + weight * divergence
        beta = answer(weight, pixels, sigma)
        negative_elbo = -Normal(y, sigma).log_prob(x).sum() + beta * divergence
        constant = pixels * (math.log(sigma) + math.log(2 * math.pi) / 2)
        claim("-ELBO is a multiple of the loss, plus a constant", negative_elbo - constant,
              loss * pixels / (2 * sigma ** 2), tolerance=1e-9)


@exercise("A published program minimises the squared error, averaged over D pixels, plus 0.00025 "
          "KL.  Which beta is that?  The pixels' likelihood is Gaussian with standard deviation "
          "sigma; return beta for any weight of the KL.", check=check_beta,
          hint="-log p(x|z) = sum (x - y)^2 / (2 sigma^2) + constant: by what must the average be "
               "multiplied to become this sum?")
def effective_beta(weight, pixels, sigma):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **What the latent space is good for**: between two digits, towards an attribute, and the holes
  that remain: lesson 13.
- **How good is it?**  $\log p(x)$ in more than two dimensions, rate and distortion, and collapse
  that is *not* an accident of averaging: lesson 14.
- **Grey pixels.**  We made the digits black and white because a Bernoulli is a distribution of
  bits.  Gaussian and continuous likelihoods are lesson 15.
- **Discrete codes** have no reparameterisation: what takes its place, and how the score function
  does there, is lesson 22.
- Kingma and Welling, *Auto-Encoding Variational Bayes* (2014), sections 2.3 and 2.4, and appendix B
  for the KL.
- Rezende, Mohamed and Wierstra, *Stochastic Backpropagation and Approximate Inference in Deep
  Generative Models* (2014), sections 3 and 4.
- Burda, Grosse and Salakhutdinov, *Importance Weighted Autoencoders* (2016), section 3.
- Mohamed, Rosca, Figurnov and Mnih, *Monte Carlo Gradient Estimation in Machine Learning* (2020),
  sections 4 and 5, for score function and reparameterisation side by side.
"""
