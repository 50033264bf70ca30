"""What class is an example of?  Softmax regression, and how often any such answer is right."""
import math

from .. import backend, data, nn, optim
from ..autodiff import ops
from ..autodiff.tensor import no_grad
from ..distributions import Categorical, Estimate
from ..distributions.base import raw
from ..errors import ShapeError
from .condition import as_labels
from .configuration import configuration
from .latent import as_batch


class LabelModel(nn.Module):
    """A model of labels: `posterior(x)` is p(y|x), a Categorical of batch_shape (N,)."""

    def posterior(self, x):
        """p(y|x).   (N, *image) -> a Categorical of batch_shape (N,)"""
        raise NotImplementedError(f"{type(self).__name__} has no posterior(x)")

    @no_grad()
    def predict(self, x, *args, **arguments):
        """The most probable class of each example; arguments as for `posterior`.   -> (N,) integers
        """
        logits = raw(self.posterior(x, *args, **arguments).logits)
        return backend.namespace(logits).argmax(logits, axis=1)

    def accuracy(self, x, y, *args, **arguments):
        """The share of examples whose class is predicted, as an Estimate.   (N, ...), (N,)

        Of N independent examples each is right or wrong: the standard error is sqrt(a (1 - a) / N).
        """
        predicted = self.predict(x, *args, **arguments)
        y = raw(y)
        y = y if backend.is_array(y) else backend.asarray(y)
        if tuple(y.shape) != tuple(predicted.shape):
            raise ShapeError("accuracy: examples and labels do not pair up\n"
                             f"  expected  {predicted.shape[0]} labels\n"
                             f"  got       shape {tuple(y.shape)}")
        right = backend.to_numpy(predicted) == backend.to_numpy(y)
        share = float(right.mean())
        return Estimate(share, math.sqrt(share * (1 - share) / len(right)))


class Classifier(LabelModel):
    """p(y|x) = softmax(f(x))_y:  softmax regression for a linear f, or a perceptron.

        Classifier(64, 10, (128,), rng=0).fit(images, labels, rng=rng)

    `image_shape` is the shape of one image, or an int for vectors; `classes` is K; `hidden` are the
    widths of hidden layers, none by default; `activation` is the name of an op.  `rng` is an int or
    a `numpy.random.Generator`; the same int gives identical models.
    """

    def __init__(self, image_shape, classes, hidden=(), *, activation="relu", rng):
        self.config = configuration("classifier", {"image_shape": image_shape, "hidden": hidden},
                                    {"classes": classes}, activation=activation, rng=rng)
        self.image_shape, self.classes = tuple(self.config["image_shape"]), self.config["classes"]
        self.network = nn.mlp(math.prod(self.image_shape), *self.config["hidden"], self.classes,
                              activation=activation, rng=rng)

    def logits(self, x):
        """f(x), log p(y|x) but for its normaliser.   (N, *image) -> (N, K)"""
        return self.network(self._flat("logits", x))

    forward = logits

    def features(self, x):
        """The last hidden layer h, of which f(x) = h W + b.   (N, *image) -> (N, H)

        What the classifier knows of an image before it decides.  Without a hidden layer it is x.
        """
        return self.network[:-1](self._flat("features", x))

    def posterior(self, x):
        return Categorical(self.logits(x))

    def loss(self, x, y):
        """-log p(y|x), the cross-entropy, in nats.   (N, *image), (N,) -> (N,)"""
        logits = self.logits(x)
        return ops.softmax_cross_entropy(logits, as_labels("loss", y, self.classes, logits))

    def fit(self, x, y, *, rng, epochs=50, batch_size=64, lr=1e-3):
        """Adam on the mean of -log p(y|x), in epochs of shuffled batches: the classifier."""
        rng, optimiser = backend.rng(rng), optim.Adam(self.parameters(), lr=lr)
        for _ in range(epochs):
            for images, labels in data.batches((x, y), batch_size, rng=rng):
                optimiser.zero_grad()
                self.loss(images, labels).mean().backward()
                optimiser.step()
        return self

    def _flat(self, what, x):
        x = as_batch(what, x, self.image_shape)
        return ops.reshape(x, (x.shape[0], math.prod(self.image_shape)))
