"""How did the game of a GAN end?  A verdict, and the evidence for it."""
import math
from statistics import median
from typing import NamedTuple

from .modes import Coverage
from .series import crossings, deviation, grows, moves, quarters, swings

ENOUGH = 20                 # turns or epochs, below which nothing is said about motion
LOST = 0.99                 # D(x) above it and D(G(z)) below 1 - it: D is certain
APART = 0.25                # of D(x) and D(G(z)), at most, where the game has converged
DRIFT = 0.05                # of a median from the third quarter to the last, where it is steady
ON_A_MODE = 0.8             # of the samples, where the game has converged
_OUTPUTS = ("real", "fake_before", "fake_after")
_LOSSES = ("discriminator_loss", "generator_loss")
_GRADIENTS = ("discriminator_gradient", "generator_gradient")
_NAMES = {"real": "D(x)", "fake_before": "D(G(z))", "fake_after": "D(G(z)) after D's step",
          "discriminator_loss": "the discriminator's loss",
          "generator_loss": "the generator's loss",
          "discriminator_gradient": "the discriminator's gradient",
          "generator_gradient": "the generator's gradient"}


class Diagnosis(NamedTuple):
    """ "converged", "collapsed", "oscillating", "diverged" or "undecided", and why."""

    verdict: str
    evidence: tuple             # sentences

    def __str__(self):
        return "\n".join([self.verdict, *(f"  - {sentence}" for sentence in self.evidence)])


class _Snapshot(NamedTuple):
    modes: int
    quality: float = None       # None where nobody measured it
    kl: float = None
    counts: tuple = ()


def diagnose(history, coverage=None, *, modes=None):
    """How did the game end?  From what each turn measured, and from the modes that were found.

        turns = list(gan.game().play(batches, rng=rng))
        print(diagnose(turns, coverage(gan, ring.centres, ring.scale, rng=0)))

    `history` holds a row a turn (or an average over several): a `Turn`, or a dict of which any of
    these may be missing, or None, in any row

        real, fake_before, fake_after                   means of D(x) and D(G(z)), or of scores
        discriminator_loss, generator_loss              in nats, or in units of the score
        discriminator_gradient, generator_gradient      norms
        modes, quality, kl                              of a snapshot, as `coverage` measures them

    `coverage` is a Coverage of the trained generator, or a list of them over time; `modes` is how
    many modes the data have, where no Coverage says so.  The first rule that applies decides
    ("the end" is the last quarter of the turns, or of the snapshots):

        diverged        a number is not finite, or no sample of a snapshot is (its kl is NaN); or
                        the discriminator's loss or a gradient is 100 times its size in the first
                        quarter, and twice that in the third
        oscillating     half of the samples are on a mode, but not always on the same: the
                        snapshots of the second half have at most half as many modes at a time as
                        altogether
        collapsed       in all snapshots of the end a mode is missing, and half of the samples are
                        on one; or in all of them KL > log 2: the samples gather near fewer than
                        half of the modes
        oscillating     D(x) or D(G(z)) swing (see `swings`); where they are missing, or scores,
                        which have no zero, the discriminator's loss does
        diverged        D is certain at the end, D(x) > 0.99 and D(G(z)) < 0.01, and no snapshot
                        has half of its samples on a mode: the players have lost each other
        converged       every mode is covered and 80 % of the samples are on one, the same series
                        neither drift nor move (see `moves`), and D(x) and D(G(z)) are at most 0.25
                        apart if probabilities
        undecided       otherwise; so too without a count of modes, since a discriminator that is
                        weak, or a generator that has collapsed, also plays a quiet game

    Thresholds are conventions, not theorems: the evidence has the numbers.   -> Diagnosis
    """
    table = [row.numbers() if hasattr(row, "numbers") else row for row in history]
    columns = {name: [float(row[name]) for row in table if row.get(name) is not None]
               for name in _NAMES}
    snapshots, total = _snapshots(table, coverage, modes)
    for evidence in (_not_finite(table), _no_samples(snapshots), _growing(columns)):
        if evidence:
            return Diagnosis("diverged", evidence)
    evidence = _at_the_end(columns) + _modes_at_the_end(snapshots, total)
    for verdict, found in (("oscillating", _hopping(snapshots)),
                           ("collapsed", _collapsed(snapshots, total)),
                           ("oscillating", _swinging(columns)),
                           ("diverged", _certain(columns, snapshots))):
        if found:
            return Diagnosis(verdict, found + evidence)
    open_ = _open_questions(columns, snapshots, total)
    if open_:
        return Diagnosis("undecided", open_ + evidence)
    return Diagnosis("converged", ("all modes are covered, and the game is steady",) + evidence)


# ---- the rules, each a tuple of sentences, empty where it does not apply -------------------------

def _not_finite(table):
    return tuple(f"{_NAMES[name]} is {float(row[name])} in row {i + 1} of {len(table)}"
                 for name in _NAMES for i, row in enumerate(table)
                 if row.get(name) is not None and not math.isfinite(float(row[name])))[:3]


def _no_samples(snapshots):
    return tuple(f"no sample of snapshot {i + 1} of {len(snapshots)} is made of finite numbers"
                 for i, s in enumerate(snapshots) if s.kl is not None and math.isnan(s.kl))[:3]


def _growing(columns):
    found = [(name, quarters(columns[name])) for name in (_LOSSES[0], *_GRADIENTS)
             if len(columns[name]) >= ENOUGH and grows(columns[name])]
    return tuple(f"{_NAMES[name]} has grown from {median(map(abs, parts[0])):.3g} in the first "
                 f"quarter to {median(map(abs, parts[3])):.3g} in the last, and grows on"
                 for name, parts in found)


def _hopping(snapshots):
    end = [s.counts for s in snapshots[len(snapshots) // 2:] if s.counts and _good(s)]
    if len(end) < 4:
        return ()
    at_a_time = max(sum(count > 0 for count in counts) for counts in end)
    altogether = sum(any(count) for count in zip(*end))
    if not 2 * at_a_time <= altogether:
        return ()
    return (f"the last {len(end)} snapshots cover {altogether} modes altogether, at most "
            f"{at_a_time} at a time: the generator hops",)


def _collapsed(snapshots, total):
    end = _end(snapshots)
    if not end or total is None:
        return ()
    most, quality = max(s.modes for s in end), _quality(end)
    if most < total and quality is not None and quality >= 0.5:
        return (f"at the end {total - most} of {total} modes are never covered",)
    kl = min((s.kl for s in end if s.kl is not None), default=0.0)
    if kl > math.log(2):
        return (f"at the end the samples gather as at {total * math.exp(-kl):.1f} of {total} modes "
                f"(KL to equal shares {kl:.2f} nats)",)
    return ()


def _swinging(columns):
    found = []
    for name in _watched(columns):
        values = columns[name]
        if len(values) >= ENOUGH and swings(values, _scale(columns, name)):
            end = values[len(values) // 2:]
            found.append(f"{_NAMES[name]} swings: in the second half it crosses its mean "
                         f"{crossings(end)} times, with a deviation of {deviation(end):.2g}")
    return tuple(found)


def _certain(columns, snapshots):
    if not _probabilities(columns) or min(map(len, map(columns.get, _OUTPUTS[:2]))) < ENOUGH:
        return ()
    real, fake = (median(quarters(columns[name])[3]) for name in ("real", "fake_before"))
    lost = not any(map(_good, _end(snapshots)))
    if not (real > LOST and fake < 1 - LOST and lost):
        return ()
    return ("the discriminator is certain of everything: the players have lost each other",)


def _open_questions(columns, snapshots, total):
    """What stands between this game and "converged"."""
    found, end = [], _end(snapshots)
    length = max(map(len, columns.values()))
    if length < ENOUGH:
        found.append(f"a history of {length} is too short to see where the game goes")
    if not end or total is None:
        found.append("the modes were not counted, and a quiet game alone proves nothing")
    else:
        if min(s.modes for s in end) < total:
            found.append(f"a snapshot at the end has {min(s.modes for s in end)} of {total} modes")
        quality = _quality(end)
        if quality is None:
            found.append("nobody measured which share of the samples is on a mode")
        elif quality < ON_A_MODE:
            found.append(f"only {100 * quality:.0f} % of the samples at the end are on a mode")
    for name in _watched(columns):
        if len(columns[name]) >= ENOUGH:
            third, last = (median(part) for part in quarters(columns[name])[2:])
            if abs(last - third) > DRIFT * _scale(columns, name):
                found.append(f"{_NAMES[name]} still moves, from {third:.2f} to {last:.2f}")
            elif moves(columns[name], _scale(columns, name)):
                end = quarters(columns[name])[3]
                found.append(f"{_NAMES[name]} still moves, between {min(end):.2f} and "
                             f"{max(end):.2f} at the end")
    if _probabilities(columns):
        real, fake = (median(quarters(columns[name])[3]) for name in ("real", "fake_before"))
        if abs(real - fake) > APART:
            found.append(f"the discriminator still tells them apart, {real:.2f} and {fake:.2f}")
    return tuple(found)


# ---- what the numbers are ------------------------------------------------------------------------

def _at_the_end(columns):
    """Medians of the last quarter, in one sentence."""
    names = (*_OUTPUTS[:2], *_LOSSES) if _probabilities(columns) else _LOSSES
    found = [f"{_NAMES[name]} {median(quarters(columns[name])[3]):.3g}"
             for name in names if len(columns[name]) >= 4]
    return ("medians at the end: " + ", ".join(found),) if found else ()


def _modes_at_the_end(snapshots, total):
    end = _end(snapshots)
    if not end:
        return ()
    counted = ", ".join(str(s.modes) for s in end[-6:])
    of = "" if total is None else f" of {total}"
    quality = _quality(end)
    return (f"modes at the end: {counted}{of}"
            + ("" if quality is None else f", with {100 * quality:.1f} % of the samples"),)


def _snapshots(table, coverage, modes):
    """(snapshots in order, how many modes there are or None)."""
    rows = [_Snapshot(int(row["modes"]),
                      *(None if row.get(name) is None else float(row[name])
                        for name in ("quality", "kl")))
            for row in table if row.get("modes") is not None]
    given = [coverage] if isinstance(coverage, Coverage) else list(coverage or ())
    rows += [_Snapshot(c.modes, c.quality.value, c.kl, c.counts) for c in given]
    return rows, given[-1].total if given else modes


def _end(snapshots):
    """The last quarter of the snapshots, one at least."""
    return snapshots[-max(1, len(snapshots) // 4):]


def _good(snapshot):
    """Is half of its samples on a mode?"""
    return snapshot.quality is not None and snapshot.quality >= 0.5


def _quality(snapshots):
    """The median share of samples on a mode, None where nobody measured it."""
    return median([s.quality for s in snapshots if s.quality is not None] or [None])


def _probabilities(columns):
    """Are there D(x) and D(G(z)), and are they probabilities and not scores?"""
    return (bool(columns["real"] and columns["fake_before"])
            and all(0 <= v <= 1 for name in _OUTPUTS for v in columns[name]))


def _watched(columns):
    """The series that say whether the game is quiet."""
    return _OUTPUTS if _probabilities(columns) else _LOSSES[:1]


def _scale(columns, name):
    """1 for a probability; for a loss how far the series ever reached."""
    if name in _OUTPUTS:
        return 1.0
    return max(columns[name]) - min(columns[name])
