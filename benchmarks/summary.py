"""What is read off the rows: geometric means, the size from which a GPU wins, the roofline."""
from . import statistics
from .kernels import counts
from .results import ordered, select


def geometric_means(document, threads, without=()):
    """{(contender, device): geometric mean of its ratios} at the sizes of comparison.

    Of those that were measured in every case that the baseline was, so that all are means over the
    same cases.  Of steps and layers; other commands sweep sizes, of which there is no mean.
    """
    if document["command"] not in ("steps", "layers"):
        return {}
    rows = select(document, threads=threads, headline=True)
    rows = [row for row in rows if "ratio" in row and row["case"] not in without]
    base = tuple(document["method"]["baseline"])
    cases = {row["case"] for row in rows if (row["contender"], row["device"]) == base}
    means = {}
    for seat in ordered((row["contender"], row["device"]) for row in rows):
        own = [row for row in rows if (row["contender"], row["device"]) == seat]
        if {row["case"] for row in own} == cases:
            means[seat] = statistics.geometric_mean(row["ratio"]["median"] for row in own)
    return means


def swept(document):
    """The number of threads at which sizes were swept: curves and ceilings are of it alone."""
    return document["method"]["threads"][0]


def crossing(document, case, contender):
    """(the size from which the GPU wins or None, sizes) of a contender; None without both halves.
    """
    halves = [{row["size"]: row["median"] for row in select(
        document, case=case, contender=contender, device=device, threads=swept(document))}
        for device in ("cpu", "gpu")]
    sizes = sorted(set(halves[0]) & set(halves[1]))
    if not sizes:
        return None
    return statistics.crossover(sizes, *([half[size] for size in sizes] for half in halves)), sizes


def crossovers(document):
    """A sentence for each case; before them, of how much of a CPU they speak."""
    if any(row["device"] == "gpu" for row in document["rows"]):
        threads = swept(document)
        yield f"the GPU against {threads} thread{'s' * (threads > 1)} of the CPU:"
    for contender in ordered(row["contender"] for row in document["rows"]):
        for case in ordered(row["case"] for row in document["rows"]):
            found = crossing(document, case, contender)
            if found is None:
                continue
            size, sizes = found
            if size is None:
                yield f"{contender}, {case}: the CPU wins up to {sizes[-1]:,}, the largest measured"
            elif size == sizes[0]:
                yield f"{contender}, {case}: the GPU wins from {size:,}, the smallest measured"
            else:
                before = sizes[sizes.index(size) - 1]
                yield (f"{contender}, {case}: the GPU wins from {size:,} on (at {before:,} it "
                       "did not)")


def ceilings(document, device):
    """(bytes a second, operations a second) that were reached on a device: what bounds the rest.

    The rate of the largest copy, which no cache holds, and of the fastest matrix product, by
    whichever contender.  None if one of them was not measured.
    """
    kernels = {"suite": "kernels", "device": device, "threads": swept(document)}
    copies, products = (select(document, case=case, **kernels) for case in ("copy", "matrix"))
    if not copies or not products:
        return None
    largest = max(row["size"] for row in copies)
    bandwidth = max(counts("copy", row["size"])[1] / row["median"]
                    for row in copies if row["size"] == largest)
    peak = max(counts("matrix", row["size"])[0] / row["median"] for row in products)
    return bandwidth, peak


def roof(document):
    """The ceilings in words; small sizes do not reach them."""
    if document["method"]["quick"]:
        return
    for device in ordered(row["device"] for row in document["rows"]):
        found = ceilings(document, device)
        if found:
            threads = f", {swept(document)} thread{'s' * (swept(document) > 1)}"
            yield (f"{device}{threads * (device == 'cpu')}: copies reach {found[0] / 1e9:.1f} GB/s,"
                   f" matrix products {found[1] / 1e9:.0f} GFLOP/s")
