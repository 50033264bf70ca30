"""Drawing inputs for products, linear algebra and the fused ops of networks."""
import numpy as np

from tests.autodiff.ops.draws import axes, batch, shape, stretched


def square(rng):
    """A stack of well-conditioned square matrices."""
    m = int(rng.integers(1, 4))
    lead = batch(rng)
    while True:
        a = rng.normal(size=lead + (m, m)) + 3 * np.eye(m)
        if np.linalg.svd(a, compute_uv=False).min() > 0.5:
            return (a,), {}


def positive_definite(rng):
    (a,), _ = square(rng)
    return (a @ a.swapaxes(-1, -2) / 4 + np.eye(a.shape[-1]),), {}


def system(rng):
    """A square matrix and a right-hand side: a vector, or columns."""
    (a,), _ = square(rng)
    m = a.shape[-1]
    right = (m,) if rng.random() < 0.4 else a.shape[:-2] * int(rng.random() < 0.7) + (m, 2)
    return (a, rng.normal(size=right)), {}


def triangular_system(rng):
    inputs, _ = system(rng)
    return inputs, {"lower": bool(rng.random() < 0.5)}


def factors(rng):
    """Two matrices, vectors or stacks of matrices whose product exists."""
    i, j, k = (int(n) for n in rng.integers(0 if rng.random() < 0.1 else 1, 4, 3))
    j += rng.random() < 0.5
    lead = shape(rng, most=1, empty=False)
    a = (j,) if rng.random() < 0.3 else stretched(rng, lead) + (i, j)
    b = (j,) if rng.random() < 0.3 else stretched(rng, lead) + (j, k)
    return (rng.normal(size=a), rng.normal(size=b)), {}


def dotted(rng):
    """J as the last axis of both; or as the first, of arrays that need not have the same rank."""
    whole = shape(rng, least=1)
    lead = stretched(rng, whole[:-1])
    a, b = rng.normal(size=whole), rng.normal(size=lead + whole[-1:])
    if rng.random() < 0.5:
        return (a, b), {}
    return (np.moveaxis(a, -1, 0), np.moveaxis(b, -1, 0)), {"axis": 0}


def contracted(rng):
    """Two arrays, and how many axes, or which, to sum over."""
    shared, i, k = shape(rng, most=2), shape(rng, most=1), shape(rng, most=1)
    if rng.random() < 0.5:
        return (rng.normal(size=i + shared), rng.normal(size=shared + k)), {"axes": len(shared)}
    of_a = [len(i) + n for n in range(len(shared))]
    of_b = [n - len(shared) for n in range(len(shared))]
    return (rng.normal(size=i + shared), rng.normal(size=k + shared)), {"axes": (of_a, of_b)}


SUBSCRIPTS = """ij,jk->ik  bij,bjk->bik  i,j->ij  ij,ij->  ij->ji  ij->i  ii->i  ii->  ij,kj,kl->il
    nd,de,ne->n  ...i,i->...  ij,jk  ...ij,...jk->...ik  iij->j  i,i,i->i  ij,j  ...,...  ba
    ijj,jik->k  ...i->i...  i->  ,i->i  ij,kl->li""".split()


def summed(rng):
    """Subscripts and operands that fit them."""
    subscripts = SUBSCRIPTS[rng.integers(len(SUBSCRIPTS))]
    return operands_of(subscripts, rng), {"subscripts": subscripts}


def operands_of(subscripts, rng):
    """Operands that fit; now and then an ellipsis meets an axis of size 1."""
    size = {name: int(rng.integers(1, 4)) for name in "abdeijklnc"}
    hidden = shape(rng, most=2, empty=False)
    operands = []
    for term in subscripts.split("->")[0].split(","):
        before, dots, after = term.partition("...")
        lead = stretched(rng, hidden) if dots else ()
        sizes = [size[name] for name in before], lead, [size[name] for name in after]
        operands.append(rng.normal(size=(*sizes[0], *sizes[1], *sizes[2])))
    return tuple(operands)


def layer(rng):
    """x, w and perhaps b, and an activation whose argument is nowhere near 0."""
    activation = rng.choice([None, "relu", "leaky_relu", "tanh", "sigmoid"])
    i, o = (int(n) for n in rng.integers(1, 4, 2))
    rows = shape(rng, most=2)
    while True:
        x, w, b = rng.normal(size=rows + (i,)), rng.normal(size=(i, o)), rng.normal(size=o)
        inputs = (x, w, b) if rng.random() < 0.7 else (x, w)
        before = x @ w + (b if len(inputs) == 3 else 0)
        if np.all(np.abs(before) > 0.1):
            return inputs, {"activation": activation}


def normalised(rng):
    size = shape(rng, least=1, empty=False)
    params = {"axis": axes(rng, len(size)) or 0, "eps": rng.uniform(1e-2, 1)}
    return (rng.normal(size=size) * 2 + 1,), params


def gaussian(rng):
    size = shape(rng)
    scale = [size, size[-1:], ()][rng.integers(3)]
    return (rng.normal(size=size), rng.normal(size=size), np.array(rng.normal(size=scale))), {}


def classes(rng):
    rows, k = int(rng.integers(0, 5)), int(rng.integers(1, 4))
    return (rng.normal(size=(rows, k)) * 3, rng.integers(0, k, rows)), {}
