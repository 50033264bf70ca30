"""One mistake, and the tests that it must not get past."""
from typing import NamedTuple


class Mutation(NamedTuple):
    """`right`, which occurs once in the whole package, becomes `wrong`; then `test` must fail.

    `row` is the number of the defect in the catalogue, None for one that no named program has.
    """

    name: str
    row: int | None
    seen_in: str
    right: str
    wrong: str
    test: str


KNOWN = "tests/test_known_mistakes.py::test_"
OPS = "tests/reference/test_reference_ops.py::test_"
TABLE = "tests/autodiff/ops/test_table.py::test_"
STEPS = "tests/reference/test_reference_optimisers.py::test_trajectory"
BOUNDS = "tests/elbo/test_bounds.py::test_"
BIJECTORS = "tests/distributions/bijectors/test_bijectors.py::test_"
GANS = "tests/models/gan/test_"
GAME = GANS + "game.py::test_"
PENALTY = GANS + "penalty.py::test_"
VAEGAN = "tests/models/vaegan/test_vaegan.py::test_"
