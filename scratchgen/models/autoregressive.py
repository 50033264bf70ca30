"""Images of bits, one after the other: p(x) = prod_i p(x_i | x_<i), exactly."""
from .. import backend, nn
from ..autodiff.tensor import no_grad
from ..distributions import Bernoulli, Independent
from ..distributions.base import raw
from .latent import as_batch


class AutoregressiveBits(nn.Module):
    """log p(x) = sum_i log p(x_i | x_<i): by the chain rule of probability, in any order of pixels.

    Subclasses give `logits(x)`, (N, *image) -> (N, *image), in which the logit of a pixel depends
    on the pixels before it alone, and `order`, the pixels (counted in a flat image) in turn.  One
    pass gives all the conditionals of a given image, so log p(x) is exact and as cheap as training;
    a sample needs one pass a pixel, as each is drawn before the next can be asked for.
    """

    image_shape = config = None

    def logits(self, x):
        """log p(x_i = 1 | x_<i) / p(x_i = 0 | x_<i) for every pixel.   (N, *image) -> (N, *image)
        """
        raise NotImplementedError(f"{type(self).__name__} has no logits(x)")

    @property
    def order(self):
        """The pixels in the order in which they come, a list of D integers."""
        raise NotImplementedError(f"{type(self).__name__} has no order")

    def forward(self, x):
        return self.logits(x)

    def log_prob(self, x):
        """log p(x) in nats, of images of bits (ValueError for others).   (N, *image) -> (N,)"""
        x = as_batch("log_prob", x, self.image_shape)
        return Independent(Bernoulli(self.logits(x)), len(self.image_shape)).log_prob(x)

    def loss(self, x):
        """-log p(x), of which training minimises the mean, in nats per example."""
        return -self.log_prob(x)

    @no_grad()
    def sample(self, n, *, rng):
        """n images, drawn pixel by pixel in D passes.   -> (n, *image)"""
        rng, like = backend.rng(rng), self.parameters()[0].data
        space = backend.namespace(like)
        x = space.zeros((n, len(self.order)), dtype=like.dtype, device=like.device)
        for i in self.order if n else ():
            logits = raw(self.logits(space.reshape(x, (n, *self.image_shape))))
            x[:, i] = Bernoulli(space.reshape(logits, x.shape)[:, i]).sample(rng=rng)
        return space.reshape(x, (n, *self.image_shape))
