"""Generative adversarial networks (Goodfellow et al. 2014): a sampler, and who judges it."""
import copy
from numbers import Integral

from ... import backend, nn
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions import Independent, StandardNormal, Uniform
from ...distributions.base import raw
from ...errors import ShapeError
from ..condition import Given, as_labels, one_hot
from .game import Game
from .losses import find

PRIORS = ("normal", "uniform")


class GAN(nn.Module):
    """min_G max_D  E[log D(x)] + E[log(1 - D(G(z)))],    x ~ p_data,  z ~ p(z).

    generator       (N, Z) -> (N, ...), examples
    discriminator   (N, ...) -> (N,) or (N, 1), one score an example.  For the losses of
                    cross-entropy it is a logit: D(x) = sigmoid(score) is the probability that x is
                    real.  The label 1 means real; a network that was taught that 1 means
                    generated comes with label_of_real=0, and its scores are negated
    loss            "minimax", "non-saturating" (the same discriminator; the generator makes
                    -log D(G(z)) small), "wasserstein", "least-squares" or "hinge"
    prior           z ~ N(0, I), or uniform on [-1, 1]^Z
    latent          Z; None: the size of the first layer of the generator

    There is no density and no bound: `sample` is what it learns.  `game()` is its training.

    With `condition` = K examples have labels y in 0 ... K - 1 that both networks are told (Mirza
    and Osindero 2014): generator(z, y) and discriminator(x, y) take them as rows (N, K) of zeros
    with a one, and everything but `game` and `noise` is asked of `given(y)`.
    """

    condition = config = None

    def __init__(self, generator, discriminator, loss="non-saturating", prior="normal", *,
                 latent=None, label_of_real=1, condition=None):
        if prior not in PRIORS:
            raise ValueError(f"GAN: there is no prior {prior!r}\n"
                             f"  expected  one of {', '.join(PRIORS)}")
        if label_of_real not in (0, 1):
            raise ValueError("GAN: label_of_real says which output of the discriminator is real\n"
                             f"  expected  1 or 0\n  got       {label_of_real!r}")
        self.generator, self.discriminator = generator, discriminator
        self.loss, self.prior_name, self.label_of_real = find(loss), prior, label_of_real
        if condition is not None:
            if not isinstance(condition, Integral) or condition < 1:
                raise ValueError("GAN: condition is the number of classes\n"
                                 f"  expected  a positive integer\n  got       {condition!r}")
            self.condition = condition
        self.latent = _inputs(generator, condition) if latent is None else latent
        if not isinstance(self.latent, Integral) or self.latent < 1:
            raise ValueError("GAN: latent is how many numbers the generator takes as noise\n"
                             f"  expected  a positive integer\n  got       {self.latent!r}")

    def given(self, y):
        """The GAN of p(x|y) for labels y: one for all examples, or (N,), one for each.

        It shares the parameters of this model.  Raises TypeError unless y holds integers,
        IndexError for one outside 0 ... K - 1 (on the host), ShapeError where y and the examples do
        not pair up.
        """
        if self.condition is None:
            raise ValueError("given(y): this GAN knows no labels\n"
                             "  expected  GAN(..., condition=K), for K classes")
        like = next(iter(self.parameters()), None)
        y = one_hot(as_labels("given(y)", y, self.condition, like), self.condition, like)
        view = copy.copy(self)
        view.generator, view.discriminator = Given(self.generator, y), Given(self.discriminator, y)
        view.condition = view.config = None
        return view

    # ---- the generator ---------------------------------------------------------------------------

    @property
    def prior(self):
        """p(z), a distribution of vectors (Z,)."""
        like = next(iter(self.parameters()), None)
        if self.prior_name == "normal":
            return Independent(StandardNormal(self.latent, like=like), 1)
        zero = StandardNormal((), like=like).mean
        space = backend.namespace(raw(zero))
        ends = space.zeros((self.latent,), dtype=zero.dtype, device=zero.device)
        return Independent(Uniform(ends - 1, ends + 1), 1)

    def noise(self, n, *, rng):
        """z_1 ... z_n ~ p(z).   -> (n, Z)"""
        return self.prior.sample(n, rng=rng)

    def generate(self, z):
        """G(z), with its graph if it is a generator in training.   (N, Z) -> (N, ...)"""
        self._require_given("generate")
        z = self._as_numbers(z)
        if len(z.shape) != 2 or z.shape[1] != self.latent:
            raise ShapeError("generate: this is no batch of noise\n"
                             f"  expected  (N, {self.latent})\n  got       {tuple(z.shape)}")
        return self.generator(z)

    forward = generate

    @no_grad()
    def image(self, z):
        """G(z) as an array, without a graph.   (N, Z) -> (N, ...)"""
        return raw(self.generate(z))

    def sample(self, n, *, rng):
        """x = G(z), z ~ p(z), n times, without a graph.   -> (n, ...)"""
        return self.image(self.noise(n, rng=rng))

    # ---- the discriminator -----------------------------------------------------------------------

    def score(self, x):
        """The discriminator's score, larger for what looks real.   (N, ...) -> (N,)"""
        self._require_given("score")
        s = self.discriminator(self._as_numbers(x))
        if len(s.shape) == 2 and s.shape[1] == 1:
            s = ops.reshape(s, (s.shape[0],))
        if len(s.shape) != 1:
            raise ShapeError("GAN: the discriminator must give one score an example\n"
                             f"  expected  (N,) or (N, 1)\n  got       {tuple(s.shape)}")
        return s if self.label_of_real == 1 else -s

    def probability(self, x):
        """D(x) = sigmoid(score), the probability that x is real.   (N, ...) -> (N,)"""
        return ops.sigmoid(self.score(x))

    # ---- the game --------------------------------------------------------------------------------

    def discriminator_loss(self, x, z):
        """What the discriminator makes small, for pairs of a real example and noise.   -> (N,)

        -log D(x) - log(1 - D(G(z))) in nats, for the losses of cross-entropy.  No gradient reaches
        the generator.
        """
        return self.loss.discriminator(self.score(x), self.score(self.image(z)))

    def generator_loss(self, z):
        """What the generator makes small, for each noise.   (N, Z) -> (N,)

        Within `gan.discriminator.frozen()` no gradient is computed for the weights of the other.
        """
        return self.loss.generator(self.score(self.generate(z)))

    def game(self, **settings):
        """The two optimisers and whose turn it is: see `Game`."""
        return Game(self, **settings)

    def _as_numbers(self, x):
        """Lists as an array like the parameters; whatever has a shape stays as it is."""
        if hasattr(x, "shape"):
            return x
        like = next(iter(self.parameters()), None)
        if like is None:
            return backend.asarray(x, "float32")
        return backend.from_host(backend.to_numpy(x), raw(like))

    def _require_given(self, what):
        if self.condition is not None:
            raise ValueError(f"{what}: this GAN is one of p(x|y), and no labels y are given\n"
                             f"  expected  model.given(y), y in 0 ... {self.condition - 1}")


def _inputs(generator, condition):
    """The rows of the generator's first matrix: Z, and one for each class."""
    for p in generator.parameters() if isinstance(generator, nn.Module) else ():
        if len(p.shape) == 2:
            return p.shape[0] - (condition or 0)
    raise ValueError("GAN: the generator does not show the size of its noise\n"
                     "  expected  latent=Z, or a generator that begins with nn.Linear(Z, ...)")
