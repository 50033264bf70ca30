# %% [markdown]
r"""
# Change of variables

**You will**

- find the density of $f(z)$ by following a little mass through $f$, on a line and in the plane;
- hold log-determinants against the engine's own Jacobian, and densities against their integral;
- train a map that bends a Gaussian into two moons, and see it as a bent grid.

**Prerequisites** Derivatives, determinants, the Gaussian sampler of lesson 08.  **Takes** about
6 seconds on a CPU.

A generator sends noise $z$ through a function: $x = f(z)$.  You know how likely every $z$ is.  How
likely is an $x$?  The obvious answer, *as likely as the $z$ that made it*, is wrong, and the whole
lesson is the one factor that it lacks.

**Predict.**  $z \sim N(0, 1)$ and $x = e^z$.  The likeliest $z$ is 0.  Is the likeliest $x$ equal
to 1, smaller, or larger?
"""

# %%
import math

import numpy as np
from matplotlib import colormaps

import scratchgen as sg
from scratchgen import data, distributions, models, ops, optim, viz
from scratchgen.distributions import Normal, Transformed
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("Change of variables")
predict("z ~ N(0, 1) and x = exp(z).  The likeliest z is 0.  Is the likeliest x equal to 1, "
        "smaller, or larger?")

# %% [markdown]
r"""
## On a line

Probability is mass, and mass is neither made nor lost.  What lies in a short piece $dz$ at $z$ lies
after the map in a piece $dx = |f'(z)|\,dz$ at $x = f(z)$.  Density is mass over length, so

$$p_x(x)\,dx = p_z(z)\,dz \quad\Longrightarrow\quad
p_x(x) = \frac{p_z(z)}{|f'(z)|}, \qquad z = f^{-1}(x).$$

Where $f$ pulls points apart they lie less densely; where it pushes them together, more.
"""

# %%
heading("On a line")
n = 100_000 if FAST else 400_000
rng = np.random.default_rng(9)
z = rng.standard_normal(n)
x = np.exp(z)
fine = np.linspace(1e-4, 150, 1_500_001)
step = fine[1] - fine[0]


def normal(t):
    """The density of N(0, 1)."""
    return np.exp(-t ** 2 / 2) / math.sqrt(2 * math.pi)


forgotten = normal(np.log(fine))                    # as likely as the z that made it
p_x = normal(np.log(fine)) / fine                 # divided by f'(z) = exp(z) = x
claim("with the factor: the integral", p_x.sum() * step, 1, tolerance=1e-4)
claim("without it: the integral is not 1 but exp(1/2)", forgotten.sum() * step, math.exp(0.5),
      tolerance=1e-4)
for low, high in ((0.2, 0.5), (1.0, 2.0), (3.0, 6.0)):
    inside = (fine > low) & (fine <= high)
    share = ((x > low) & (x <= high)).mean()
    claim(f"share of draws from {low} to {high}", share, p_x[inside].sum() * step,
          math.sqrt(share * (1 - share) / n))
claim("the likeliest x is exp(-1), smaller than 1", fine[p_x.argmax()], math.exp(-1),
      tolerance=1e-3)

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
INK = "#22262e"
figure, (ax,) = viz.panels(size=(7.2, 5.0))
t = np.linspace(-2.6, 1.75, 400)
ax.plot(t, np.exp(t), color=INK, linewidth=1.8, label="$x = f(z) = e^z$")
edges = np.array([-1.28, -0.84, -0.52, -0.25, 0.0, 0.25, 0.52, 0.84, 1.28])    # a tenth in each
for low, high, colour in zip(edges[:-1], edges[1:], np.linspace(0.15, 0.95, 8)):
    paint = colormaps["cividis"](colour)
    piece = np.linspace(low, high, 30)
    ax.fill_between(piece, -1.25, -1.25 + 2 * normal(piece), color=paint)
    ax.fill_betweenx(np.exp(piece), -2.9, -2.9 + 1.4 * normal(piece) / np.exp(piece), color=paint)
    for edge in (low, high):
        ax.plot([edge, edge, -2.9], [-1.25, math.exp(edge), math.exp(edge)], color="#b9bfc9",
                linewidth=0.6, zorder=0)
ax.set(xlim=(-2.9, 1.8), ylim=(-1.25, 5.2), xlabel="$z$, with its density below",
       ylabel="$x$, with its density at the left")
ax.set_title("Eight pieces of equal mass go through the map", loc="left", fontsize=12, color=INK)
ax.legend(frameon=False, fontsize=10, loc="upper left", bbox_to_anchor=(0.25, 0.95))
ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "09_on_a_line")

# %% [markdown]
r"""
Each coloured piece has a tenth of the mass below and the same tenth at the left.  Above $x = 1$ the
map stretches and the pieces are tall and thin in density; below it squeezes.

## In the plane

A small rectangle with sides $dz_1, dz_2$ becomes, near enough, a parallelogram: the derivative $J$
of the map says where its sides go.  Its area is $|\det J|\,dz_1 dz_2$, so

$$p_x(x) = \frac{p_z(z)}{|\det J(z)|}, \qquad J_{ij} = \frac{\partial f_i}{\partial z_j}.$$

**Predict.**  A square with side $h$ around a point is sent through a map.  Its area, divided by
$h^2$, nears $|\det J|$ as $h$ shrinks.  Does the error shrink in proportion to $h$, or faster?

Here is a map that bends and stretches, in two steps.  Each step moves only one of the numbers, in a
way that depends on the other; so each $J$ is triangular, and its determinant is the exponential by
which that number is multiplied.
"""


# %%
def bend(z):
    """x2 = z2 exp(sin(z1) / 2) + z1^2 / 3, then x1 = z1 exp(tanh(x2) / 2) - x2 / 2.  (2,) -> (2,)
    """
    z1, z2 = z[0], z[1]
    x2 = z2 * ops.exp(ops.sin(z1) / 2) + z1 * z1 / 3
    x1 = z1 * ops.exp(ops.tanh(x2) / 2) - x2 / 2
    return ops.stack([x1, x2])


def bent(z):
    """bend() of many points.   (N, 2) -> (N, 2)"""
    x2 = z[:, 1] * np.exp(np.sin(z[:, 0]) / 2) + z[:, 0] ** 2 / 3
    return np.stack([z[:, 0] * np.exp(np.tanh(x2) / 2) - x2 / 2, x2], axis=1)


def bend_log_det(z):
    """log |det J| by hand: the sum of the two exponents.   (N, 2) -> (N,)"""
    x2 = z[:, 1] * np.exp(np.sin(z[:, 0]) / 2) + z[:, 0] ** 2 / 3
    return np.sin(z[:, 0]) / 2 + np.tanh(x2) / 2


def outline(centre, h):
    """A square with side h around a point, as 41 points on each side.   -> (164, 2)"""
    t, edge = np.linspace(-h / 2, h / 2, 41), np.full(41, h / 2)
    return centre + np.concatenate([np.stack(side, axis=1) for side in (
        (t, -edge), (edge, t), (t[::-1], edge), (-edge, t[::-1]))])


def polygon_area(corners):
    """The shoelace formula.   (K, 2) -> the enclosed area"""
    a, b = corners, np.roll(corners, -1, axis=0)
    return abs((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / 2


heading("In the plane")
point = np.array([0.8, -0.6])
jacobian = sg.jacobian(bend)(point)
det = abs(np.linalg.det(jacobian))
claim("log |det J|: the engine's Jacobian, and by hand", math.log(det),
      bend_log_det(point[None])[0])
claim("the map as the engine sees it, and as NumPy does", bend(point), bent(point[None])[0])
predict("A square with side h around a point is sent through the map and its area is measured.  "
        "Divided by h^2 it nears |det J| as h shrinks.  Does the error shrink in proportion to h, "
        "or faster?")
errors = []
for h in (0.4, 0.2, 0.1):
    errors.append(polygon_area(bent(outline(point, h))) / h ** 2 - det)
    say(f"side {h}: area / h^2 = {errors[-1] + det:.6f}, |det J| = {det:.6f}")
for big, small in zip(errors, errors[1:]):
    claim("half the side, a quarter of the error", big / small, 4, tolerance=0.05)

# %% [markdown]
r"""
Faster: half the side leaves a quarter of the error, because what the area gains on one side of the
point it loses, to first order, on the other.

Now the density of $x$, everywhere.  To integrate it over the plane of $x$ we need the inverse,
which this map has, step by step, backwards; solve each line for what it moved.
"""


# %%
def unbend(x):
    """The z that bend() sends to x.   (N, 2) -> (N, 2)"""
    z1 = (x[:, 0] + x[:, 1] / 2) * np.exp(-np.tanh(x[:, 1]) / 2)
    z2 = (x[:, 1] - z1 ** 2 / 3) * np.exp(-np.sin(z1) / 2)
    return np.stack([z1, z2], axis=1)


def bent_log_prob(x):
    """log p_x(x) = log p_z(z) - log |det J(z)|.   (N, 2) -> (N,)"""
    z = unbend(x)
    return -np.square(z).sum(axis=1) / 2 - math.log(2 * math.pi) - bend_log_det(z)


z = rng.standard_normal((n, 2))
x = bent(z)
claim("there and back again", unbend(x[:1000]), z[:1000], tolerance=1e-9)

cells = 600 if FAST else 1200
width = 30 / cells
grid, area = viz.plane_grid((-12 + width / 2, 18 - width / 2), cells), width ** 2   # their middles
density = np.exp(bent_log_prob(grid))
claim("the density integrates to one", density.sum() * area, 1, tolerance=1e-5)
claim("without the factor it does not", abs(
    (density * np.exp(bend_log_det(unbend(grid)))).sum() * area - 1), 0.05, relation=">")
for name, where in (("left of 0", lambda p: p[:, 0] < 0), ("above 1", lambda p: p[:, 1] > 1),
                    ("in the unit square", lambda p: ((p > 0) & (p < 1)).all(axis=1))):
    share = where(x).mean()
    claim(f"share of draws {name}", share, density[where(grid)].sum() * area,
          math.sqrt(share * (1 - share) / n))


def draw_grid(ax, send, reach=2.5, lines=21):
    """Where the lines of a square grid go: close together where the map squeezes."""
    ticks, along = np.linspace(-reach, reach, lines), np.linspace(-reach, reach, 120)
    for t in ticks:
        for line in (np.stack([np.full(120, t), along], axis=1),
                     np.stack([along, np.full(120, t)], axis=1)):
            ax.plot(*send(line).T, color=BLUE, linewidth=0.7, alpha=0.8)


figure, (left, middle, right) = viz.panels(1, 3, size=(4.6, 4.2))
square = outline(np.array([0.75, -0.5]), 0.5)                       # four squares of the grid
draw_grid(left, lambda line: line)
left.plot(*square.T, color=RED, linewidth=2)
left.set(xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
left.set_title("A grid of squares", loc="left", fontsize=11, color=INK)
draw_grid(middle, bent)
middle.plot(*bent(square).T, color=RED, linewidth=2)
middle.set(xlim=(-5, 5), ylim=(-4, 6), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
middle.set_title("What the map makes of it", loc="left", fontsize=11, color=INK)
shown = viz.plane_grid((-5, 5), 250) + np.array([0.0, 1.0])
viz.density(np.exp(bent_log_prob(shown)), (-5, 5), ax=right, title="The density of $x$")
right.images[0].set_extent((-5, 5, -4, 6))
right.set(xlim=(-5, 5), ylim=(-4, 6))
save_figure(figure, "09_bent_grid")

# %% [markdown]
r"""
## Maps that know their determinant

A determinant of a $D \times D$ matrix costs about $D^3/3$ multiplications, and we would need one
for each image.  The way out is to use maps whose Jacobian is *triangular*: the determinant is then
the product of the diagonal.  The library calls an invertible map that knows its log-determinant a
**bijector**.  Two facts make them into a box of bricks:

$$\log|\det J_{g \circ f}| = \log|\det J_f| + \log|\det J_g|, \qquad
\log|\det J_{f^{-1}}| = -\log|\det J_f|,$$

each Jacobian at the point that its map is given.  The brick that learns is the **coupling**, one
step of the map above with a network in it: some of the numbers stay as they are, and from them a
network computes how to stretch and how to shift the others.

We believe none of it.  The engine can differentiate each map, and here is what its own Jacobian
says.
"""

# %%
heading("Maps that know their determinant")
D = 4
draw = np.random.default_rng(10)
tril = np.tril(draw.normal(size=(D, D)), -1) + np.diag(draw.uniform(0.5, 2, D))
coupling = distributions.Coupling([1, 0, 1, 0], sg.nn.mlp(D, 16, 2 * D, rng=1)).astype("float64")
bricks = {
    "Affine": distributions.Affine(0.3, -1.7),
    "Exp": distributions.Exp(),
    "Sigmoid": distributions.Sigmoid(),
    "Softplus": distributions.Softplus(),
    "Permute": distributions.Permute([2, 0, 3, 1]),
    "TriangularAffine": distributions.TriangularAffine(draw.normal(size=D), tril),
    "Coupling": coupling,
}
bricks["Chain of three"] = distributions.Chain(coupling, bricks["Permute"],
                                               bricks["TriangularAffine"])
show(distributions.Coupling.forward_and_log_det)
for name, f in bricks.items():
    z = draw.normal(size=D)
    y, log_det = f.forward_and_log_det(z)
    back, log_det_back = f.inverse_and_log_det(y)
    total = ops.sum(log_det) if f.event_rank == 0 else log_det
    of_engine = ops.logabsdet(sg.jacobian(f.forward)(z))
    claim(f"{name}: its log-det, and by the engine", float(total), float(of_engine),
          tolerance=1e-8)
    claim("   comes back", back, z, tolerance=1e-8)
    claim("   with the opposite log-det", -log_det_back, log_det, tolerance=1e-8)

# %% [markdown]
r"""
With a base distribution and a bijector a density costs one line.
"""

# %%
show(Transformed.log_prob)
log_normal = Transformed(Normal(0.0, 1.0), distributions.Exp())
claim("the density of the first section", np.exp(log_normal.log_prob(fine[:100_000])),
      p_x[:100_000])

# %% [markdown]
r"""
## Learned: from a Gaussian to two moons

If the bricks have parameters, they can be learned by maximum likelihood, as in lesson 08: climb the
mean of $\log p_x$ over examples.  Ours are six couplings, which stretch one of the two numbers and
then the other, in turns.

**Predict.**  Between the two moons there is next to nothing, and a bijector is continuous.  Can it
tear the one blob of the Gaussian into two?
"""

# %%
heading("Learned: from a Gaussian to two moons")
predict("Between the two moons there is next to nothing.  Can a continuous map tear the one blob "
        "of the Gaussian in two?")
moons = data.Moons()
examples = moons.sample(4_000, rng=np.random.default_rng(11))
new = moons.sample(4_000, rng=np.random.default_rng(12))
flow = models.real_nvp(2, 6, (32, 32), rng=0)
adam = optim.Adam(flow.parameters(), lr=5e-3)
steps, order = 120 if FAST else 1_200, np.random.default_rng(13)
flow.loss(examples, rng=order)                          # the first call sets the flow's units
for step in range(steps):
    adam.lr = 5e-3 * (1 - step / steps)
    batch = examples[order.integers(len(examples), size=256)]
    adam.zero_grad()
    ops.mean(flow.loss(batch, rng=order)).backward()
    adam.step()

flow.eval()
with sg.no_grad():
    learned = flow.log_prob(new).numpy()
    gaussian = models.AffineGenerator.from_data(examples).log_prob(new).numpy()
exact = moons.log_prob(new)
say(f"nats per new example: one Gaussian {gaussian.mean():.3f}, flow {learned.mean():.3f}, the "
    f"true density {exact.mean():.3f}")
for name, better, worse in (("the flow beats one Gaussian", learned, gaussian),
                            ("and does not beat the truth", exact, learned)):
    gap = better - worse
    claim(name, gap.mean(), 0, gap.std() / math.sqrt(len(gap)), relation=">")
plane, cell = viz.plane_grid((-3, 4), 351), (7 / 350) ** 2
with sg.no_grad():
    density = np.exp(flow.log_prob(plane.astype(np.float32)).numpy())
claim("it still integrates to one", density.sum() * cell, 1, tolerance=1e-3)

with sg.no_grad():
    drawn = flow.sample(4_000, rng=19).numpy()
    start, end = flow.code(np.array([[0.0, 1.0], [1.0, -0.5]], dtype=np.float32)).numpy()
    way = flow.image(start + np.linspace(0, 1, 1_001, dtype=np.float32)[:, None] * (end - start))
    on_the_way, true = flow.log_prob(way).numpy(), moons.log_prob(way.numpy())
emptiest = true.argmin()                                # of a straight line of z, sent to x
claim("on the way from moon to moon: the true log density", true[emptiest], -6, relation="<")
claim("   that of the flow, at the same place", on_the_way[emptiest], -3, relation=">")
lonely, of_examples = (moons.log_prob(points) < -6 for points in (drawn, new))
claim("share drawn where log p_data < -6, and of examples", lonely.mean(), of_examples.mean(),
      math.sqrt((lonely.var() + of_examples.var()) / len(new)), relation=">")

# %%
figure, (left, middle, right) = viz.panels(1, 3, size=(4.6, 3.7))


def send(z):
    with sg.no_grad():
        return flow.image(z.astype(np.float32)).numpy()


draw_grid(left, send, reach=2.5, lines=31)
left.set(xlim=(-1.8, 2.8), ylim=(-1.5, 2.0), xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
left.set_title("A square grid of $z$, after the map", loc="left", fontsize=11, color=INK)
noise = np.random.default_rng(14).standard_normal((3_000, 2))
middle.scatter(*send(noise).T, s=4, c=np.arctan2(noise[:, 1], noise[:, 0]), cmap="twilight",
               linewidths=0)
middle.set(xlim=(-1.8, 2.8), ylim=(-1.5, 2.0), xlabel="$x_1$", aspect="equal")
middle.set_title("Noise, coloured by its direction, after it", loc="left", fontsize=11, color=INK)
with sg.no_grad():
    picture = viz.plane_grid((-1.8, 2.8), 220)
    viz.density(np.exp(flow.log_prob(picture.astype(np.float32)).numpy()), (-1.8, 2.8), ax=right,
                title="The learned density")
right.set(ylim=(-1.5, 2.0))
save_figure(figure, "09_learned")

# %% [markdown]
r"""
It cannot: the image of one piece is one piece.  A bridge remains between the moons, pulled out like
chewing gum.  It is thin, so that few draws fall on it; but the density *on* it is not small, where
the true one is.  That is the price of an exact density by one continuous map.

## Break it: a log-determinant with the wrong sign

In a well-known library a flow's log-determinant had the wrong sign.  Its tests checked that the
log-determinants of forward and inverse add up to zero.  They did.

**Predict.**  Both directions have the sign wrong.  Which of these see it: there and back again,
log-dets add up to zero, the loss goes down, the Jacobian, the integral?
"""


# %%
class WrongSign(distributions.Affine):
    """y = shift + scale x, and both log-dets negated."""

    def forward_and_log_det(self, x):
        y, log_det = super().forward_and_log_det(x)
        return y, -log_det

    def inverse_and_log_det(self, y):
        x, log_det = super().inverse_and_log_det(y)
        return x, -log_det


heading("Break it: a log-determinant with the wrong sign")
predict("Forward and inverse log-det both have the wrong sign.  Which checks see it?")
wrong = WrongSign(0.5, 3.0)
z = np.array([0.7])
y, log_det = wrong.forward_and_log_det(z)
back, log_det_back = wrong.inverse_and_log_det(y)
claim("there and back again: content", back, z)
claim("log-dets add up to zero: content", float((log_det + log_det_back).sum()), 0)
claim("the engine's Jacobian: off by twice log 3", float(
    ops.logabsdet(sg.jacobian(wrong.forward)(z)) - log_det.sum()), 2 * math.log(3))
line = np.linspace(-40, 40, 8001)
claim("the integral: 9 instead of 1", np.exp(
    Transformed(Normal(0.0, 1.0), wrong).log_prob(line)).sum() * 0.01, 9, tolerance=1e-6)


def fitted_scale(bijector, steps=300):
    """Maximum likelihood of log_scale on examples of N(0, 2^2), and the loss while it falls."""
    sample = 2 * np.random.default_rng(15).standard_normal(500)
    log_scale = sg.nn.Parameter(np.array(0.0))
    adam, losses = optim.Adam([log_scale], lr=0.02), []
    for _ in range(steps):
        adam.zero_grad()
        p = Transformed(Normal(0.0, 1.0), bijector(0.0, log_scale=log_scale))
        loss = -ops.mean(p.log_prob(sample))
        loss.backward()
        losses.append(loss.item())
        adam.step()
    return math.exp(log_scale.item()), losses, sample.std()


scale, losses, spread = fitted_scale(distributions.Affine)
claim("right sign: the scale that is learned", scale, spread, tolerance=0.02)
scale, losses, spread = fitted_scale(WrongSign)
claim("wrong sign: the loss falls, every step", max(np.diff(losses)), 0, relation="<")
claim("and the scale runs away", scale, 10 * spread, relation=">")

# %% [markdown]
r"""
There and back again, the sum of the log-dets and the falling loss were content; the Jacobian and
the integral were not.  The loss fell and fell because the wrong objective has no bottom.  A loss
that falls proves nothing; an integral that is not one proves a mistake.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 9 --check`.
"""

# %%
heading("Exercises")


def check_square(answer):
    t = np.linspace(1e-9, 9, 2_000_001) ** 2                    # a grid that is fine near 0
    log_p = np.asarray(answer(t))
    claim("it integrates to one", (np.exp((log_p[1:] + log_p[:-1]) / 2) * np.diff(t)).sum(), 1,
          tolerance=1e-2)
    squares = np.random.default_rng(16).standard_normal(200_000) ** 2
    inside = (squares > 1) & (squares < 2)
    piece = np.linspace(1, 2, 10_001)
    claim("share of draws from 1 to 2", inside.mean(), np.exp(answer(piece)).mean(),
          math.sqrt(0.16 * 0.84 / 200_000))


@exercise("z ~ N(0, 1) and x = z^2, which is not one-to-one.  Return log p(x) for x > 0, (N,).",
          check=check_square, hint="two values of z give each x; their masses add up")
def log_prob_of_square(x):
    return None


# %%
def check_polar(answer):
    points = np.random.default_rng(17).uniform(0.2, 3.0, (20, 2))

    def to_plane(p):
        return ops.stack([p[0] * ops.cos(p[1]), p[0] * ops.sin(p[1])])

    want = [float(ops.logabsdet(sg.jacobian(to_plane)(p))) for p in points]
    claim("log |det J| at twenty points", answer(points), np.array(want))


@exercise("x = (r cos a, r sin a).  Return log |det J| at points (r, a), (N, 2).",
          check=check_polar, hint="write down the four derivatives; cos^2 + sin^2 = 1")
def log_det_of_polar(points):
    return None


# %%
def check_bits(answer):
    for pixels, levels, nll in ((64, 17, 40.0), (784, 256, -1500.0)):
        discrete = nll + pixels * math.log(levels)
        claim(f"{pixels} pixels, {levels} levels", answer(nll, pixels, levels),
              models.bits_per_dimension(discrete, pixels))
    claim("a flat density over the cells: log2 of the levels",
          answer(0.0, 10, 16), 4.0)


@exercise("A flow's density is that of pixels in [0, 1), each of which stands for one of L levels "
          "spread evenly over [0, 1).  From the negative log-likelihood of a whole image, in "
          "nats, return the bits per pixel of the image of levels.", check=check_bits,
          hint="a cell has volume (1/L)^D, so P = p / L^D: that is a change of variables too")
def bits_per_pixel(nll, pixels, levels):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Images**: dequantisation, deeper couplings, autoregressive maps: lesson 17.
- **Maps into more dimensions** than they come from, such as a VAE's decoder, have no such density:
  the image of a plane in space has no volume.  Hence the bound of lesson 11, and the game of
  lesson 18, which needs no density.
- **Continuous time**: the trace of $J$ instead of its determinant, Chen et al., *Neural Ordinary
  Differential Equations* (2018), section 4.
- Dinh, Sohl-Dickstein and Bengio, *Density Estimation using Real NVP* (2017), section 3.
- Papamakarios et al., *Normalizing Flows for Probabilistic Modeling and Inference* (2021),
  section 2.
"""
