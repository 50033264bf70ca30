"""Products, and what one does with a square matrix, alone and in batches. From PyTorch."""
import numpy as np
import torch

from tests.reference.torch_cases import case

MATMUL_SHAPES = [
    ((3, 4), (4, 2)), ((4,), (4,)), ((4,), (4, 2)), ((3, 4), (4,)), ((1, 1), (1, 1)),
    ((5, 3, 4), (5, 4, 2)), ((5, 3, 4), (4, 2)), ((3, 4), (5, 4, 2)), ((2, 1, 3, 4), (5, 4, 2)),
    ((5, 3, 4), (4,)), ((4,), (5, 4, 2)), ((0, 3), (3, 2)), ((3, 0), (0, 2)), ((0, 3, 4), (4, 2)),
]
EINSUM = [
    ("ij,jk->ik", (3, 4), (4, 2)), ("bij,bjk->bik", (5, 3, 4), (5, 4, 2)), ("i,j->ij", (3,), (4,)),
    ("ij,ij->", (3, 4), (3, 4)), ("ij->ji", (3, 4)), ("ij->i", (3, 4)), ("ii->i", (3, 3)),
    ("ii->", (3, 3)), ("ij,kj,kl->il", (2, 3), (4, 3), (4, 2)),
    ("nd,de,ne->n", (5, 3), (3, 4), (5, 4)), ("...i,i->...", (2, 3, 4), (4,)),
]


def products(rng):
    def draw(*shapes):
        return [rng.normal(size=shape) for shape in shapes]
    for a, b in MATMUL_SHAPES:
        yield case("matmul", torch.matmul, *draw(a, b))
    yield case("tensordot", lambda a, b: torch.tensordot(a, b, 2), *draw((2, 3, 4), (3, 4, 5)))
    yield case("tensordot", lambda a, b: torch.tensordot(a, b, 1), *draw((2, 3), (3, 4)),
               params={"axes": 1})
    yield case("tensordot", lambda a, b: torch.tensordot(a, b, 0), *draw((2,), (3,)),
               params={"axes": 0})
    axes = [[0, 2], [1, 0]]
    yield case("tensordot", lambda a, b: torch.tensordot(a, b, axes), *draw((2, 3, 4), (4, 2, 5)),
               params={"axes": axes})
    yield case("vecdot", lambda a, b: torch.linalg.vecdot(a, b), *draw((3, 4), (3, 4)))
    yield case("vecdot", lambda a, b: torch.linalg.vecdot(a, b), *draw((2, 3, 4), (4,)))
    yield case("vecdot", lambda a, b: torch.linalg.vecdot(a, b, dim=-2), *draw((3, 4), (3, 4)),
               params={"axis": -2})
    for subscripts, *shapes in EINSUM:
        yield case("einsum", lambda *x: torch.einsum(subscripts, *x), *draw(*shapes),
                   params={"subscripts": subscripts})


def square(rng):
    def well_conditioned(*shape):
        return rng.normal(size=shape) + 3 * np.eye(shape[-1])

    def positive_definite(*shape):
        a = rng.normal(size=shape)
        return a @ a.swapaxes(-1, -2) + 2 * np.eye(shape[-1])

    for shape in ((3, 3), (1, 1), (2, 4, 4)):
        a = well_conditioned(*shape)
        yield case("inv", torch.linalg.inv, a)
        yield case("det", torch.linalg.det, a)
        yield case("logabsdet", lambda a: torch.linalg.slogdet(a).logabsdet, a)
        yield case("logabsdet", lambda a: torch.linalg.slogdet(a).logabsdet, a[..., ::-1, :].copy(),
                   note="of the rows reversed")
        # a is symmetric: only the symmetric part of its gradient is defined
        yield case("cholesky", torch.linalg.cholesky, positive_definite(*shape),
                   marks=["symmetric"])
        rows = shape[-1]
        for right in (shape[:-1] + (2,), (rows,)):
            b = rng.normal(size=right)
            yield case("solve", solve, a, b)
        b = rng.normal(size=shape[:-1] + (2,))
        for lower in (True, False):
            triangle = np.tril(a) if lower else np.triu(a)
            yield case("solve_triangular",
                       lambda a, b: torch.linalg.solve_triangular(a, b, upper=not lower), triangle,
                       b, params={"lower": lower})
    full = well_conditioned(3, 3)          # the entries beyond the triangle play no part
    yield case("solve_triangular",
               lambda a, b: torch.linalg.solve_triangular(a.tril(), b, upper=False), full,
               rng.normal(size=(3, 2)), params={"lower": True}, note="of a full matrix")
    x = rng.normal(size=(2, 3, 4))
    for offset in (0, 1, -2):
        yield case("diagonal", lambda x: x.diagonal(offset, -2, -1), x, params={"offset": offset})
        yield case("trace", lambda x: x.diagonal(offset, -2, -1).sum(-1), x,
                   params={"offset": offset})
    yield case("diagonal", lambda x: x.diagonal(), x[0])
    yield case("trace", torch.trace, x[0])


def solve(a, b):
    """A one-dimensional b is one vector, as in the array API (torch guesses from both shapes)."""
    if b.ndim == 1:
        return torch.linalg.solve(a, b.unsqueeze(-1).expand(a.shape[:-1] + (1,))).squeeze(-1)
    return torch.linalg.solve(a, b)


def cases(rng):
    yield from products(rng)
    yield from square(rng)
