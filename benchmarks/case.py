"""A case: one thing that is timed, over a range of sizes."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`size` is the one at which contenders are compared, `sweep` those of the curve."""

    about: str
    unit: str                   # of the sizes: "batch", "elements", ...
    size: int
    sweep: tuple
