"""Numbers as text: one number, a few of them, or what can be said about many."""
import math

from ... import backend

LISTED = 16                     # entries of an array that may stand on one line
ENTRIES = 36                    # of larger arrays `values` gives a description instead
COLUMNS = 8


def number(array):
    """The only entry of an array with any number of axes, or a number, as a float."""
    if backend.is_array(array):
        array = backend.to_numpy(array).reshape(-1)[0]
    return float(array)


def summary(array, few=3):
    """A number, a few of them, or the norm of more: "0.5", "[1 2 3]", "|1.7|"."""
    host = backend.to_numpy(array)
    if host.size == 1:
        return f"{host.reshape(-1)[0].item():.4g}"
    if host.size <= few:
        return f"[{' '.join(map(_brief, host.reshape(-1).tolist()))}]"
    return f"|{norm(host):.3g}|"


def _brief(v):
    """Two digits, and all of those before the point: "0.25", "196", "-1024", but "1.2e+04"."""
    return f"{v:.0f}" if 99.5 <= abs(v) < 9999.5 else f"{v:.2g}"


def entries(array, columns):
    """All entries of an array of at most 16 if they fit into so many columns, "[[1 2] [3 4]]", else
    its summary.
    """
    host = backend.to_numpy(array)
    if 1 < host.size <= LISTED and len(text := _nested(host.tolist())) <= columns:
        return text
    return summary(host)


def _nested(part):
    return f"[{' '.join(map(_nested, part))}]" if isinstance(part, list) else f"{part:.4g}"


def norm(host):
    """The Euclidean norm, without overflow on the way."""
    largest = float(abs(host).max(initial=0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    return largest * float(((host.astype("float64") / largest) ** 2).sum()) ** 0.5


def values(array):
    """All entries of a small array, in rows; of a larger one its range, mean and norm."""
    host = backend.to_numpy(array)
    if host.size == 1:
        return f"{host.reshape(-1)[0].item():.6g}"
    wide = host.shape[-1] if host.ndim else 1
    if not 0 < host.size <= ENTRIES or wide > COLUMNS:
        return _described(host)
    rows = [[f"{v:.4g}" for v in row] for row in host.reshape(-1, wide).tolist()]
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(map(str.rjust, row, widths)) for row in rows)


def _described(host):
    if host.size == 0:
        return "no entries"
    finite = host[abs(host) < math.inf]
    lost = host.size - finite.size
    lines = [f"{host.size} entries" + (f", {lost} of them not finite" if lost else "")]
    if finite.size:
        mean = float(finite.mean(dtype="float64"))
        lines += [f"from {finite.min().item():.4g} to {finite.max().item():.4g}",
                  f"mean {mean:.4g}, norm {norm(finite):.4g}"]
    first = " ".join(f"{v:.3g}" for v in host.reshape(-1)[:4].tolist())
    return "\n".join([*lines, f"{first} ..."])


def shape(array):
    """Its shape as in the formulas of the package: "(8,16)"."""
    return "(" + ",".join(map(str, array.shape)) + ")"
