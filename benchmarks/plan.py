"""What each command measures: which cases, at which sizes, by whom, in how many rounds."""
from dataclasses import dataclass

from scratchgen import backend

from .contenders import CONTENDERS
from .suites import SUITES

STEPS_ON_BOTH = ("vae", "dcgan")        # the training steps of `cpu-gpu`
ABOUT = {
    "steps": "the six training steps",
    "layers": "single layers, forward and backward",
    "overhead": "one operation on small arrays",
    "cpu-gpu": "matrix, elementwise, convolution and training steps, on a CPU and on a GPU",
    "memory": "peak memory of a training loop",
}


# Who takes no part in what, and why.
_ABSENT = {
    ("overhead", "torch-tuned"): "there is nothing to tune about a single operation",
    ("overhead", "jax"): "it compiles functions as a whole, with no engine left at run time",
    ("cpu-gpu", "autograd"): "it computes on a CPU only",
    ("cpu-gpu", "dezero"): "its operations on a GPU need a CuPy that is older than NumPy 2",
    ("cpu-gpu", "torch-tuned"): "the kernels are the same as those of torch",
}


@dataclass(frozen=True)
class Item:
    """One case at one size."""

    suite: str
    case: str
    size: int
    rounds: int


def items(command, *, repeat, sweep=True, quick=False):
    """[Item, ...]: `repeat` rounds where contenders are compared, a fifth along the curve.

    Without `sweep` the curve is left out.  `quick` takes the two smallest sizes of each case.
    """
    found = []
    for suite, name in _cases(command):
        case = SUITES[suite].CASES[name]
        sizes = sorted({case.size, *case.sweep}) if sweep else [case.size]
        if quick:
            sizes = sorted(case.sweep)[:2]
        curve = command == "cpu-gpu"            # where the curve is the result
        for size in sizes:
            full = curve or size == case.size
            found.append(Item(suite, name, size, repeat if full else fewer(repeat)))
    return found


def fewer(repeat):
    """The rounds of a point on a curve, where contenders are not compared."""
    return max(3, repeat // 5)


def _cases(command):
    if command == "cpu-gpu":
        return [("kernels", name) for name in SUITES["kernels"].CASES] + \
            [("steps", name) for name in STEPS_ON_BOTH]
    return [(command, name) for name in SUITES[command].CASES]


def seats(command, peers):
    """([(contender, device), ...], {contender: why it is missing}, [notes])"""
    names = ["scratchgen", *(["numpy"] if command == "overhead" else []), *peers]
    missing = {name: reason for name in names
               if (reason := _ABSENT.get((command, name)) or CONTENDERS[name].missing())}
    present = [name for name in names if name not in missing]
    found, notes = [(name, "cpu") for name in present], []
    if command == "cpu-gpu":
        works, reason = backend.available()["cupy"]
        if works:
            found += [(name, "gpu") for name in present]
        else:
            notes.append(f"no GPU here, so this is the CPU half, and from which size a GPU would "
                         f"win is not known: {reason}")
    return found, missing, notes


def baseline(found):
    """Whose times the others are divided by: PyTorch's, or else this package's."""
    return ("torch", "cpu") if ("torch", "cpu") in found else ("scratchgen", "cpu")
