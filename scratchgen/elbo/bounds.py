"""Importance weights of a model with a hidden code, and the bounds on log p(x) made of them.

A model is anything with

    prior           p(z), a distribution of codes (Z,)
    decode(z)       p(x|z) for codes (N, Z), with batch_shape (N,)
    encode(x)       q(z|x) for examples (N, *image), with batch_shape (N,)
"""
import math

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import no_grad

_CHUNK = 2 ** 22            # pixels decoded at a time: without a graph, memory does not grow with k

GRADIENTS = ("reparameterised", "doubly-reparameterised")


def log_likelihood(model, x, z):
    """log p(x|z) for several codes an example, in nats.   (N, *image), (k, N, Z) -> (k, N)"""
    k, n = z.shape[:2]
    p = model.decode(ops.reshape(z, (k * n, *z.shape[2:])))
    if len(x.shape) == 2 and x.shape[1:] == (math.prod(p.event_shape),):
        x = ops.reshape(x, (n, *p.event_shape))                             # flat images
    copies = ops.reshape(ops.broadcast_to(x, (k, *x.shape)), (k * n, *x.shape[1:]))
    return ops.reshape(p.log_prob(copies), (k, n))


def log_weight(model, x, z, log_q):
    """log w = log p(x|z) + log p(z) - log q(z|x), in nats.   -> (k, N)"""
    return log_likelihood(model, x, z) + model.prior.log_prob(z) - log_q


def iwae_bound(model, x, k, *, rng, gradient="reparameterised"):
    """log (1/k) sum_i w_i,  w_i = p(x|z_i) p(z_i) / q(z_i|x),  z_i ~ q(z|x), in nats.   -> (N,)

    The importance-weighted bound of Burda, Grosse and Salakhutdinov (2016, eq. 8).  With k = 1 it
    is the ELBO whose divergence is sampled; its expectation rises with k, and tends to log p(x).
    With a graph the memory grows with k, without one (`no_grad`) it does not.

    `gradient` is the estimator of the gradient of that expectation, and changes no value:

        "reparameterised"           dL/dz_i = v_i dlog w_i/dz_i, with v_i = w_i / sum_j w_j, and the
                                    score of q.  For the encoder it drowns in noise as k grows: its
                                    signal-to-noise ratio falls like 1/sqrt(k) (Rainforth et al.
                                    2018)
        "doubly-reparameterised"    v_i^2 dlog w_i/dz_i, without the score: as unbiased, and better
                                    the larger k is (Tucker et al. 2019, eq. 8).  It decodes twice.
                                    With k = 1: "sticking the landing" (Roeder et al. 2017)

    The gradient for the decoder is the same.
    """
    if k < 1:
        raise ValueError(f"an importance-weighted bound needs one draw at least, got {k}")
    if gradient not in GRADIENTS:
        raise ValueError(f"iwae_bound: there is no gradient {gradient!r}\n"
                         f"  expected  one of {', '.join(GRADIENTS)}")
    x, q = as_examples(x), model.encode(x)
    draws = reparameterised(q, k, chunk_of(x), rng)
    if gradient == "doubly-reparameterised":
        draws = _doubly(model, x, q, list(draws))
    parts = [ops.logsumexp(log_weight(model, x, z, log_q), axis=0) for z, log_q in draws]
    return ops.logsumexp(ops.stack(parts), axis=0) - math.log(k)


def reparameterised(q, k, chunk, rng):
    """k draws z ~ q and their log q(z), as ((m, N, Z), (m, N)) with at most `chunk` rows each."""
    rng = backend.rng(rng)
    for start in range(0, k, chunk):
        z = q.rsample(min(chunk, k - start), rng=rng)
        yield z, q.log_prob(z)


def _doubly(model, x, q, draws):
    """The same draws, through which v_i^2 dlog w_i/dz_i will flow instead of v_i dlog w_i/dz_i.

    The bound itself sends v_i dlog w_i/dz_i to z_i, so one more factor v_i on the way from z_i to
    the encoder makes it a square.  The score is the part of the gradient of log q(z) that remains
    when z is held: a term of value 0 that takes it away.
    """
    with no_grad():
        log_w = ops.concat([log_weight(model, x, z, log_q) for z, log_q in draws])
        v = ops.expand_dims(ops.softmax(log_w, axis=0), -1)                     # (k, N, 1)
    first = 0
    for z, _ in draws:
        held = ops.stop_gradient(z)
        score = q.log_prob(held)
        z = held + v[first:first + z.shape[0]] * (z - held)
        yield z, q.log_prob(z) - (score - ops.stop_gradient(score))
        first += z.shape[0]


def as_examples(x):
    """x as an array or a Tensor; lists become float32."""
    return x if hasattr(x, "shape") else backend.asarray(x, "float32")


def chunk_of(x):
    """How many codes an example are decoded at a time."""
    return max(1, _CHUNK // max(1, math.prod(x.shape)))
