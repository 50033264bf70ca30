"""What readers may answer in lesson 21: other ways to be right, and near misses."""
import contextlib
import math

import numpy as np

from scratchgen import ops
from scratchgen.distributions import Normal


def half_a_turn(model, x, rng, *frozen, detach=True, late=False, minimax=False):
    """The decoder's loss, with networks frozen; backward() among them or after them."""
    with contextlib.ExitStack() as stack:
        for network in frozen:
            stack.enter_context(network.frozen())
        z = model.encode(x).rsample(rng=rng)
        copy = model.decoder(z.detach() if detach else z)
        sample = model.decoder(model.prior.sample(len(x), rng=rng))
        fool = sum(-ops.softplus(s) if minimax else ops.softplus(-s)
                   for s in (model.score(copy), model.score(sample)))
        loss = ops.mean(model.gamma * model.distance(x, copy) + fool)
        if not late:
            loss.backward()
    if late:
        loss.backward()
    return loss


def both_frozen(model, x, rng):
    return half_a_turn(model, x, rng, model.encoder, model.discriminator, detach=False)


def one_code_for_both(model, x, rng):
    z = model.encode(x).rsample(rng=rng).detach()
    with model.discriminator.frozen():
        copy = model.decoder(z)
        loss = ops.mean(model.gamma * model.distance(x, copy)
                        + 2 * ops.softplus(-model.score(copy)))
        loss.backward()
    return loss


def without_factor(f_x, f_y, s):
    return -np.square(f_x - f_y).sum(axis=1) / (2 * s * s) - math.log(s * math.sqrt(2 * math.pi))


RIGHT = {
    "best_guess": [lambda possible, weights: (weights[:, None, None] * possible).sum(axis=0)],
    "feature_log_likelihood": [lambda f_x, f_y, s: Normal(f_y, s).log_prob(f_x).sum(axis=1)],
    "decoder_backward": [both_frozen],
}

WRONG = {
    "best_guess": [lambda possible, weights: possible.mean(axis=0),
                   lambda possible, weights: possible[weights.argmax()],
                   lambda possible, weights: np.median(possible, axis=0)],
    "feature_log_likelihood": [without_factor,
                               lambda f_x, f_y, s: Normal(f_y, s * s).log_prob(f_x).sum(axis=1),
                               lambda f_x, f_y, s: Normal(f_y, s).log_prob(f_x).mean(axis=1)],
    "decoder_backward": [
        one_code_for_both,
        lambda model, x, rng: half_a_turn(model, x, rng),
        lambda model, x, rng: half_a_turn(model, x, rng, model.discriminator, detach=False),
        lambda model, x, rng: half_a_turn(model, x, rng, model.discriminator, late=True),
        lambda model, x, rng: half_a_turn(model, x, rng, model.discriminator, minimax=True)],
}
