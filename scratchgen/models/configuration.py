"""The arguments of a constructor as JSON can hold them: what a checkpoint needs to build a twin."""
from ..autodiff.shapes import as_shape


def configuration(name, shapes, numbers, *, rng, **others):
    """The name and all arguments, from which `build` makes the same model again, as one dict.

    `shapes` maps names of arguments to sequences of positive integers (an integer is one of
    length 1), `numbers` to positive integers, NumPy's or Python's; here they become Python's.
    ValueError for anything else, and for an empty `image_shape`.  A generator leaves no seed
    behind: its "rng" is None.
    """
    given = shapes | numbers
    try:
        found = {key: list(as_shape(value)) for key, value in given.items()}
        for key in numbers:
            (found[key],) = found[key]
    except (TypeError, ValueError):
        found = {}
    sizes = [n for value in found.values() for n in as_shape(value)]
    if not sizes or min(sizes) < 1 or not found["image_shape"]:
        got = ", ".join(f"{key} {value}" for key, value in given.items())
        raise ValueError(f"{', '.join(given)} are positive integers\n  got       {got}")
    return {"name": name, **found, **others, "rng": rng if isinstance(rng, int) else None}
