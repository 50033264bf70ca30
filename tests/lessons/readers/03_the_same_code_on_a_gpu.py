"""What readers may answer in lesson 03: other ways to be right, and near misses."""
import numpy as np

from scratchgen import backend


def standardise(scale):
    """(x - mean) / scale(xp, variance)"""
    def answer(x):
        xp = backend.namespace(x)
        return (x - xp.mean(x, axis=0)) / scale(xp, xp.var(x, axis=0))
    return answer


def on_the_host(x):
    x = np.asarray(x)
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def one_mean(x):
    xp = backend.namespace(x)
    return (x - xp.mean(x)) / xp.sqrt(xp.var(x, axis=0) + 1e-5)


def timed(before, each, after, warm_up=False):
    """The time of a call, synchronised where it is said."""
    def answer(call, n, synchronize, clock):
        if warm_up:
            call()
        if before:
            synchronize()
        start = clock()
        for _ in range(n):
            call()
            if each:
                synchronize()
        if after:
            synchronize()
        return (clock() - start) / n
    return answer


def mean_loss(read):
    """read(losses), all synchronised at once."""
    def answer(step, n, device):
        losses = [step() for _ in range(n)]
        device.synchronize()
        return read(losses)
    return answer


def the_first_waits(step, n, device):
    losses = [step() for _ in range(n)]
    return (float(losses[0]) + sum(loss.value for loss in losses[1:])) / n


def each_waits(step, n, device):
    return sum(float(step()) for _ in range(n)) / n


RIGHT = {
    "standardise": [standardise(lambda xp, v: xp.sqrt(v + 1e-5)),
                    standardise(lambda xp, v: (v + 1e-5) ** 0.5)],
    "time_of_one_call": [timed(True, False, True), timed(True, False, True, warm_up=True)],
    "mean_loss": [mean_loss(lambda losses: np.mean([loss.value for loss in losses])),
                  the_first_waits],
}

WRONG = {
    "standardise": [standardise(lambda xp, v: xp.sqrt(v)),
                    standardise(lambda xp, v: xp.sqrt(v) + 1e-5),
                    standardise(lambda xp, v: v + 1e-5),
                    standardise(lambda xp, v: xp.sqrt(v * 50 / 49 + 1e-5)),
                    standardise(lambda xp, v: xp.sqrt(v + np.float64(1e-5))),
                    on_the_host, one_mean],
    "time_of_one_call": [timed(False, False, True), timed(True, False, False),
                         timed(True, True, True)],
    "mean_loss": [each_waits, mean_loss(lambda losses: losses[-1].value),
                  mean_loss(lambda losses: sum(float(loss) for loss in losses) / len(losses))],
}
