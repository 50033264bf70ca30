"""Solutions of lesson 21, VAE meets GAN."""
import math

import numpy as np

from scratchgen import ops


def best_guess(possible, weights):
    """The mean, each possible image weighed by its probability.

    E|x - c|^2 = E|x - m|^2 + |m - c|^2, and only the second part depends on c: it is 0 for c = m.
    """
    return np.tensordot(weights, possible, axes=1)


def feature_log_likelihood(f_x, f_y, s):
    """A Gaussian of standard deviation s for each of the F features, and they are independent.

    So logs add up: -|f(x) - f(y)|^2 / (2 s^2), and F times -log(s sqrt(2 pi)).
    """
    squares = np.square(f_x - f_y).sum(axis=1)
    return -squares / (2 * s ** 2) - f_x.shape[1] * math.log(s * math.sqrt(2 * math.pi))


def decoder_backward(model, x, rng):
    """Detach the code, freeze the discriminator, and only one way down is left.

    Both the forward and the backward pass stand inside the block: afterwards its weights require a
    gradient again, and backward() would give them one.
    """
    z = model.encode(x).rsample(rng=rng).detach()
    with model.discriminator.frozen():
        copy = model.decoder(z)
        sample = model.decoder(model.prior.sample(len(x), rng=rng))
        loss = ops.mean(model.gamma * model.distance(x, copy)
                        + ops.softplus(-model.score(copy)) + ops.softplus(-model.score(sample)))
        loss.backward()
    return loss
