"""A generator of every class, and Bayes' rule: what makes examples can also tell them apart."""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Categorical
from ..distributions.base import as_value, raw
from ..errors import ShapeError
from .classifier import LabelModel
from .condition import as_labels


class ClassConditional(LabelModel):
    """p(x, y) = p(y) p(x|y), from one density for each class.

        p(x)   = sum_k p(k) p(x|k)                  `log_prob`, a mixture whose components are known
        p(y|x) = p(x|y) p(y) / p(x)                 `posterior`, by Bayes' rule: a classifier

    `densities` are K models or distributions with `log_prob(x)`, (N, ...) -> (N,), and, to draw
    examples, `sample(n, rng=)`.  A conditional VAE is one of each class at once:

        ClassConditional([vae.given(k) for k in range(10)], counts).posterior(x, 100, rng=0)

    What follows x goes to every log_prob: here 100 draws an image, the same for each class as rng
    is an integer; log p(x|y) is then replaced by its importance-weighted bound.  `counts` are
    the examples of each class, or anything proportional to p(y); equal if None.
    """

    def __init__(self, densities, counts=None):
        self.densities = list(densities)
        counts = [1.0] * len(self.densities) if counts is None \
            else [float(n) for n in backend.to_numpy(raw(counts))]
        if len(counts) != len(self.densities) or not counts:
            raise ShapeError("ClassConditional: each class has a density and a count\n"
                             f"  expected  {len(self.densities)} counts\n"
                             f"  got       {len(counts)}")
        if not all(0 < n < math.inf for n in counts):
            raise ValueError("ClassConditional: counts are proportional to p(y)\n"
                             "  expected  positive numbers\n"
                             f"  got       {', '.join(f'{n:g}' for n in counts)}")
        self.log_prior = [math.log(n / sum(counts)) for n in counts]

    @classmethod
    def fit(cls, make, x, y, classes):
        """One density for each class, `make(examples of that class)`, and p(y) by counting.

            ClassConditional.fit(lambda x: GaussianMixture(3).fit(x, rng=rng), x, y, 10)

        x (N, ...) and y (N,), integers in 0 ... K - 1.  ValueError for a class without an example.
        """
        labels = as_labels("ClassConditional.fit", y, classes, x)
        if tuple(labels.shape) != tuple(x.shape[:1]):
            raise ShapeError("ClassConditional.fit: examples and labels do not pair up\n"
                             f"  expected  {x.shape[0]} labels\n"
                             f"  got       shape {tuple(labels.shape)}")
        labels = backend.to_numpy(labels).tolist()
        members = [[i for i, label in enumerate(labels) if label == k] for k in range(classes)]
        counts = [len(rows) for rows in members]
        if not all(counts):
            raise ValueError("ClassConditional.fit: each class needs an example\n"
                             f"  expected  labels 0 ... {classes - 1}, all of them\n"
                             f"  got       {', '.join(map(str, sorted(set(labels))))}")
        return cls([make(ops.take(x, rows, axis=0)) for rows in members], counts)

    def log_joint(self, x, *args, **arguments):
        """log p(y) + log p(x|y) for every y, in nats.   (N, ...) -> (N, K)"""
        log_p = ops.stack([density.log_prob(x, *args, **arguments) for density in self.densities],
                          axis=1)
        return log_p + as_value(self.log_prior, raw(log_p))

    def log_prob(self, x, *args, **arguments):
        """log p(x) = log sum_k p(k) p(x|k), in nats.   (N, ...) -> (N,)"""
        return ops.logsumexp(self.log_joint(x, *args, **arguments), axis=1)

    forward = log_prob

    def posterior(self, x, *args, **arguments):
        return Categorical(self.log_joint(x, *args, **arguments))

    @no_grad()
    def sample(self, n, *, rng):
        """n examples and their labels, y ~ p(y) and x ~ p(x|y), sorted by y.   -> (n, ...), (n,)"""
        rng = backend.rng(rng)
        counts = rng.multinomial(n, [math.exp(value) for value in self.log_prior]).tolist()
        drawn = [raw(density.sample(m, rng=rng))
                 for density, m in zip(self.densities, counts) if m or not n]
        labels = [k for k, m in enumerate(counts) for _ in range(m)]
        return ops.concat(drawn), backend.namespace(drawn[0]).asarray(
            backend.to_numpy(labels), device=drawn[0].device)
