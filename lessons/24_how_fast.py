# %% [markdown]
r"""
# How fast?

**You will**

- split the time of an operation into a part for being called and a part for working, and say from
  which size a GPU pays;
- draw the roof of your own machine, and find out which operations can come near it and which never;
- make a benchmark lie in three ways, and then make it tell the truth.

**Prerequisites** Adam (lesson 04), the same code on a GPU (lesson 03).  No GPU is needed: where
there is none, its numbers are assumptions that you can set, and the lesson says so.  **Takes**
about 3 seconds on a CPU.

"How fast is it?" has no answer until somebody says at what size, limited by what, and measured how.
Your numbers will differ from mine, so this lesson states few of them.  What it *claims* is what can
be counted; what it measures on your machine it prints.

**Predict.**  Doubling 64 numbers in NumPy: how many times longer does it take than doubling one?
And a million numbers?
"""

# %%
import gc
import json
import math
import pathlib
import time
import tracemalloc

import numpy as np

import scratchgen as sg
from scratchgen import ops, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

try:
    import resource                                         # not on Windows
except ImportError:
    resource = None

heading("How fast?")
predict("Doubling 64 numbers in NumPy: how many times longer than doubling one?  And a million?")

# %% [markdown]
r"""
## A stopwatch

One call is too short for the clock, so a **round** is many calls and its time is divided.  The
first calls are not counted (warm-up).  Several things are timed **in turns**, one round of each and
again, so that whatever slows the machine for a while slows all of them.  What is reported is the
**median** over the rounds.  Every clock is read after `synchronize()`, which on a CPU has nothing
to do.
"""


# %%
def rounds_of(calls, rounds=5 if FAST else 9, least=1e-3, synchronize=lambda: None):
    """Seconds of one call, for each round (rows) and each of `calls` (columns), in turns."""
    repeats = []
    for call in calls:
        call()                                              # warm-up
        synchronize()
        start = time.perf_counter()
        call()
        synchronize()
        one = time.perf_counter() - start
        repeats.append(max(1, min(2000, math.ceil(least / max(one, 1e-7)))))
    seconds = np.empty((rounds, len(calls)))
    for row in seconds:
        for i, (call, n) in enumerate(zip(calls, repeats)):
            synchronize()
            start = time.perf_counter()
            for _ in range(n):
                call()
            synchronize()
            row[i] = (time.perf_counter() - start) / n
    return seconds


def doubling(n, xp=np):
    x, y = xp.ones(n, dtype=np.float32), xp.empty(n, dtype=np.float32)
    return lambda: xp.multiply(x, 2, out=y)


heading("A stopwatch")
sizes = np.array([4 ** k for k in range(11)] + [2 ** 22])
measured = np.median(rounds_of([doubling(n) for n in sizes]), axis=0)
at = dict(zip(sizes.tolist(), measured))
for n, seconds in at.items():
    say(f"{n:>9,} numbers {1e6 * seconds:12.2f} us {1e9 * seconds / n:10.2f} ns a number")
claim("64 times the work takes not even 16 times as long", at[64] / at[1], 16, relation="<")
claim("a million times the work takes far less than that", at[4 ** 10] / at[1], 4 ** 10 / 10,
      relation="<")
claim("and far more than one call", at[4 ** 10] / at[1], 10, relation=">")

# %% [markdown]
r"""
## The flat part and the line

The first lines of the table are all alike: the price of *being called*, which is Python, checks of
shapes and dtypes, and on a GPU the launch.  Then time follows the size.  Two numbers say it:

$$T(n) = a + b\,n, \qquad n_{1/2} = a / b.$$

At the **half-way size** $n_{1/2}$ half of the time is work and half is overhead.  Well below it
there is one remedy, fewer and larger calls; well above it the kernel is what counts.

The line is fitted to arrays that fit into the cache.  Beyond, $b$ is another number, and often
several times as large: look at the last column of the table.  What memory does is the section on
the roof.
"""


# %%
def fit(n, seconds):
    """a and b of T(n) = a + b n with the smallest squared *relative* errors."""
    rows = np.stack([np.ones(len(n)), n], axis=1) / seconds[:, None]
    return np.linalg.lstsq(rows, np.ones(len(n)), rcond=None)[0]


heading("The flat part and the line")
claim("a fit of exact times finds a and b", fit(sizes, 3e-7 + 2e-10 * sizes) * 1e10,
      np.array([3000.0, 2.0]), tolerance=1e-6)
cached = sizes <= 65_536
cpu = fit(sizes[cached], measured[cached])
say(f"this CPU: a = {1e6 * cpu[0]:.2f} us, b = {1e9 * cpu[1]:.3f} ns, half-way at "
    f"{cpu[0] / cpu[1]:,.0f} numbers")

# %% [markdown]
r"""
## From which size does a GPU win?

A GPU has a larger $a$ and a much smaller $b$.  The lines cross where

$$a_c + b_c\,n = a_g + b_g\,n \quad\Longrightarrow\quad n^\star = \frac{a_g - a_c}{b_c - b_g}.$$

If CuPy finds a GPU here, both of its numbers are measured.  If not, the next cell **assumes** them.
They are not results; set them to what you believe of the GPU that you consider buying.
"""

# %%
ASSUMED = {"a_gpu": 8e-6,                   # seconds for a launch from Python
           "times_faster": 30.0,            # how many times smaller than the CPU's b
           "move": 8 / 10e9}                # seconds a number, to the GPU and back, at 10 GB/s

heading("From which size does a GPU win?")
if sg.backend.available()["cupy"][0]:
    with sg.backend.use("cupy") as xp:
        on_gpu = np.median(rounds_of([doubling(int(n), xp) for n in sizes],
                                     synchronize=sg.backend.synchronize), axis=0)
    gpu, origin = fit(sizes, on_gpu), "measured"
else:
    gpu, origin = np.array([ASSUMED["a_gpu"], cpu[1] / ASSUMED["times_faster"]]), "ASSUMED"
    say(f"no GPU was measured here: {sg.backend.available()['cupy'][1]}")
say(f"a GPU, {origin}: a = {1e6 * gpu[0]:.2f} us, b = {1e9 * gpu[1]:.4f} ns")
if gpu[0] > cpu[0] and gpu[1] < cpu[1]:
    crossing = (gpu[0] - cpu[0]) / (cpu[1] - gpu[1])
    claim("at the crossing both take as long", (cpu[0] + cpu[1] * crossing) * 1e6,
          (gpu[0] + gpu[1] * crossing) * 1e6)
    say(f"it wins from {crossing:,.0f} numbers on")
    move = ASSUMED["move"]
    say(f"moving a number there and back: {1e9 * move:.2f} ns (assumed).  Computed here it takes "
        f"{1e9 * cpu[1]:.2f} ns")
    say("so a GPU that is sent every array and sends it back "
        + ("never wins" if gpu[1] + move >= cpu[1] else "wins later") + " here")
else:
    crossing = None
    say("one of the two is better at every size")

BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
_, (ax,) = viz.panels(size=(6.6, 4.2))
line = np.geomspace(1, sizes[-1], 200)
bottom = 1e6 * min(measured.min(), cpu[0]) / 3
ax.fill_between(line, bottom, 1e6 * np.full(200, cpu[0]), color=ORANGE, alpha=0.25, linewidth=0,
                label="CPU: being called")
ax.fill_between(line, 1e6 * np.full(200, cpu[0]), 1e6 * (cpu[0] + cpu[1] * line), color=BLUE,
                alpha=0.2, linewidth=0, label="CPU: work")
ax.loglog(sizes, 1e6 * measured, "o", color=BLUE, label="CPU, measured")
ax.loglog(line, 1e6 * (cpu[0] + cpu[1] * line), color=BLUE, linewidth=1.2,
          label="$a + b\\,n$, fitted up to 65,536")
ax.loglog(line, 1e6 * (gpu[0] + gpu[1] * line), color=ORANGE, linestyle="--",
          label=f"a GPU, {origin}")
ax.axvline(cpu[0] / cpu[1], color="#94a4a2", linestyle=":", label="CPU, half-way size")
if crossing:
    ax.axvline(crossing, color=RED, linestyle=":", label="crossing")
ax.set(xlabel="numbers", ylabel="microseconds", xlim=(1, sizes[-1]), ylim=(bottom, None))
ax.set_title("Doubling n numbers", loc="left", fontsize=11)
ax.legend(frameon=False, fontsize=9)
ax.spines[["top", "right"]].set_visible(False)
save_figure(ax, "24_time_against_size")

# %% [markdown]
r"""
## The roof

Now the work itself.  It consists of operations and of bytes that must come from memory and go back.
A machine does at most $P$ operations and moves at most $B$ bytes a second, and it can do both at
the same time, so

$$T \ge \max\Big(\frac{\text{operations}}{P}, \frac{\text{bytes}}{B}\Big), \qquad
\text{rate} \le \min(P,\ I\,B), \qquad I = \frac{\text{operations}}{\text{bytes}}.$$

Only $I$, the **intensity**, belongs to the operation, and it can be counted with a pencil.  Both
ceilings are measured here, by a large copy and by a product of matrices: not what a data sheet
promises.  A ceiling is what is possible, so for these two the *best* round counts.

**Predict.**  Order by operations a byte: $xy + x$, a step of Adam, a convolution, a product of
matrices.
"""


# %%
side, elements, batch = (256, 2 ** 20, 2) if FAST else (768, 2 ** 22, 8)
rng = np.random.default_rng(24)
pixels = batch * 28 * 28
#        operations, bytes that cannot be avoided, float32
COUNTS = {"copy": (0, 8 * elements),                                     # read x, write y
          "x y + x": (2 * elements, 12 * elements),                      # read 2, write 1
          "Adam": (10 * elements, 28 * elements),                        # read p g m v, write p m v
          "conv 3x3": (2 * 9 * 32 * 64 * pixels, 4 * ((32 + 64) * pixels + 9 * 32 * 64)),
          "matrices": (2 * side ** 3, 12 * side ** 2)}


def one_of_each():
    """The operations of COUNTS as calls."""
    x, y, z = (rng.random(elements, np.float32) for _ in range(3))
    p, g, m, v = (rng.random(elements, np.float32) for _ in range(4))
    a, b, c = (rng.random((side, side), np.float32) for _ in range(3))
    images, kernel = rng.random((batch, 28, 28, 32), np.float32), \
        rng.random((3, 3, 32, 64), np.float32)
    xp = sg.backend.namespace(p)

    def fused():
        np.multiply(x, y, out=z)
        np.add(z, x, out=z)
    return {"copy": lambda: np.copyto(y, x), "x y + x": fused,
            "Adam": lambda: xp.adam_step(p, g, m, v, lr=1e-9, beta1=0.9, beta2=0.999, eps=1e-8,
                                         step=10),
            "conv 3x3": lambda: ops.conv2d(images, kernel, padding=1),
            "matrices": lambda: np.matmul(a, b, out=c)}


heading("The roof")
predict("Order by operations a byte: x y + x, a step of Adam, a convolution, a product of matrices "
        f"of {side} x {side}.")
intensity = {name: operations / size for name, (operations, size) in COUNTS.items()}
counted = sum(2 * 32 * 64 for _ in np.ndindex(batch, 28, 28, 3, 3))
claim("the convolution, counted in a loop", COUNTS["conv 3x3"][0], counted)
claim("a product of matrices: n / 6 operations a byte", intensity["matrices"], side / 6)
claim("x y + x: one operation for six bytes", intensity["x y + x"], 1 / 6)
claim("Adam does more with a byte than x y + x", intensity["Adam"], intensity["x y + x"],
      relation=">")
claim("a convolution far more than Adam", intensity["conv 3x3"], 50 * intensity["Adam"],
      relation=">")
calls = one_of_each()
all_rounds = rounds_of(list(calls.values()))
seconds, best = (dict(zip(calls, f(all_rounds, axis=0))) for f in (np.median, np.min))
bandwidth = COUNTS["copy"][1] / best["copy"]
peak = COUNTS["matrices"][0] / best["matrices"]
say(f"measured here, one thread: {1e-9 * bandwidth:.1f} GB/s copied, {1e-9 * peak:.1f} billion "
    f"operations/s; the roof bends at {peak / bandwidth:.1f} operations a byte")
rate = {name: COUNTS[name][0] / seconds[name] for name in calls}
for name in list(calls)[1:]:
    roof = min(peak, intensity[name] * bandwidth)
    say(f"{name:10} {intensity[name]:8.2f} operations/byte {1e-9 * rate[name]:8.2f} billion/s, "
        f"{100 * rate[name] / roof:4.0f} % of its roof")
claim("the product does more operations a second than x y + x", rate["matrices"],
      2 * rate["x y + x"], relation=">")

_, (ax,) = viz.panels(size=(6.6, 4.2))
line = np.geomspace(0.05, 400, 400)
roof = 1e-9 * np.minimum(peak, line * bandwidth)
left, bottom = line < peak / bandwidth, roof[0] / 10
ax.fill_between(line[left], bottom, roof[left], color=ORANGE, alpha=0.2, linewidth=0,
                label="memory decides")
ax.fill_between(line[~left], bottom, roof[~left], color=BLUE, alpha=0.2, linewidth=0,
                label="arithmetic decides")
ax.loglog(line, roof, color="#22262e", linewidth=1.6)
for name, colour in zip(list(calls)[1:], (ORANGE, RED, BLUE, viz.CLASS_COLOURS[4])):
    ax.loglog(intensity[name], 1e-9 * rate[name], "o", markersize=9, color=colour, label=name)
ax.axvline(peak / bandwidth, color="#94a4a2", linestyle=":")
ax.set(xlabel="operations a byte", ylabel="billion operations a second", xlim=(0.05, 400),
       ylim=(bottom, None))
ax.set_title("The roof of this machine, one thread, float32", loc="left", fontsize=11)
ax.legend(frameon=False, fontsize=9, loc="lower right")
ax.spines[["top", "right"]].set_visible(False)
save_figure(ax, "24_roofline")

# %% [markdown]
r"""
Left of the bend memory decides.  No cleverness with additions makes $xy + x$ faster; only moving
fewer bytes does.  A point *above* the slope computed in a cache, which is faster than memory; above
the flat part, the ceiling was disturbed while it was measured, so run it again.  One far below does
more than it must: $xy + x$ in NumPy is two passes, which move some bytes twice.

## Fewer passes, fewer calls, no new memory

The textbook's Adam, one parameter at a time, against the library's, which keeps all of them in one
array, works in place and goes through it in blocks that fit into the cache.  Before timing we
count: operations on arrays, and bytes taken for intermediate results.
"""


# %%
class Counted(np.ndarray):
    """An array that counts the operations on it."""

    operations = 0

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        Counted.operations += 1
        plain = [x.view(np.ndarray) if isinstance(x, Counted) else x for x in inputs]
        if out is not None:
            options["out"] = tuple(x.view(np.ndarray) if isinstance(x, Counted) else x for x in out)
        result = getattr(ufunc, method)(*plain, **options)
        return out[0] if out is not None else np.asarray(result).view(Counted)


def textbook(p, g, m, v, step, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    """Kingma and Ba, algorithm 1, line by line."""
    m[:] = beta1 * m + (1 - beta1) * g
    v[:] = beta2 * v + (1 - beta2) * g ** 2
    m_hat = m / (1 - beta1 ** step)
    v_hat = v / (1 - beta2 ** step)
    p[:] = p - lr * m_hat / (np.sqrt(v_hat) + eps)


def library(p, g, m, v, step):
    sg.backend.namespace(p).adam_step(p, g, m, v, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8,
                                      step=step)


def state(tensors, size):
    """[(p, g, m, v)] of so many tensors, all zero but the gradients."""
    return [[np.zeros(size, np.float32), np.full(size, 0.01, np.float32),
             np.zeros(size, np.float32), np.zeros(size, np.float32)] for _ in range(tensors)]


def peak_bytes(call):
    """The most bytes that were taken while it ran."""
    gc.collect()
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


heading("Fewer passes, fewer calls, no new memory")
(one,), (other,) = state(1, 1000), state(1, 1000)
for step in (1, 2, 3):
    textbook(*one, step)
    library(*other, step)
claim("the same parameters after three steps", other[0], one[0], tolerance=1e-6)
claim("its m is a sum of gradients, the paper's an average", 0.1 * other[2], one[2],
      tolerance=1e-6)

tensors, size = 20, 500
many, (flat,) = state(tensors, size), state(1, tensors * size)
number = {}
for name, groups, update in (("textbook", many, textbook), ("library", [flat], library)):
    Counted.operations = 0
    for group in groups:
        update(*(x.copy().view(Counted) for x in group), 1)
    number[name] = Counted.operations
    say(f"{name:10} {number[name]:4} operations on arrays for {tensors} parameters")
claim("the library's: as many as the roof was told", number["library"],
      COUNTS["Adam"][0] / elements)
claim("the textbook needs at least twenty times as many", number["textbook"],
      20 * number["library"], relation=">=")
(large,) = state(1, 2 ** 19)
array = large[0].nbytes
taken = {name: peak_bytes(lambda: update(*large, 1)) for name, update in
         (("textbook", textbook), ("library", library))}
say(f"a parameter of {array:,} bytes; taken besides: textbook {taken['textbook']:,}, "
    f"library {taken['library']:,}")
claim("the textbook takes more than two arrays of this size", taken["textbook"], 2 * array,
      relation=">")
claim("the library less than one half", taken["library"], array / 2, relation="<")
show(sg.backend.namespace(large[0]).adam_step)

pair = rounds_of([lambda: [textbook(*group, 9) for group in many], lambda: library(*flat, 9)])
ratios = pair[:, 0] / pair[:, 1]
say(f"{tensors} parameters of {size}: the textbook takes {np.median(ratios):.1f} times as long "
    f"(rounds from {ratios.min():.1f} to {ratios.max():.1f})")
pair = rounds_of([lambda: textbook(*large, 9), lambda: library(*large, 9)])
ratios = pair[:, 0] / pair[:, 1]
say(f"one parameter of {len(large[0]):,}: {np.median(ratios):.1f} times "
    f"(rounds from {ratios.min():.1f} to {ratios.max():.1f})")

# %% [markdown]
r"""
With small parameters the calls are saved, with large ones the passes and the memory.  New memory is
dear because the system hands it out page by page, empties each page, and does so when the page is
first *touched*: a page fault.  Large arrays are given back at once and asked for again.
"""


# %%
def faults(call):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    call()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


heading("Pages")
if resource:
    x = np.ones(2 ** 23, np.float32)
    y = np.ones_like(x)
    say(f"8 million numbers doubled into new memory: {faults(lambda: x * 2):,} page faults, "
        f"into an array that is there: {faults(lambda: np.multiply(x, 2, out=y)):,}")
else:
    say("this system does not count page faults for us")

# %% [markdown]
r"""
## Reading a benchmark

B takes 1.1 times as long as A.  A machine is never quiet: now and then another program takes its
core, and after a while the processor gets warm and slows down.  A lesson cannot order a slow
machine, so the next times are **simulated**; that way we know the truth.

**Predict.**  200 rounds of A, then 200 of B, and the ratio of the two means.  Which ratio?
"""


# %%
def simulated(cost, when, rng):
    """Seconds at the moments `when` in [0, 1): rare interruptions, and 1.5 times from 0.5 on."""
    noise = 1 + 0.01 * np.abs(rng.standard_normal(len(when)))
    noise = noise + np.where(rng.random(len(when)) < 0.05, rng.exponential(8, len(when)), 0)
    return cost * noise * np.where(when < 0.5, 1.0, 1.5)


heading("Reading a benchmark")
predict("200 rounds of A, then 200 of B, which takes 1.1 times as long; the ratio of the two "
        "means, on a machine that becomes 1.5 times slower in between?")
noise, rounds = np.random.default_rng(2), 200
moments = np.linspace(0, 1, 2 * rounds, endpoint=False)
first, second, even, odd = moments[:rounds], moments[rounds:], moments[::2], moments[1::2]
A1, B1 = simulated(1.0, first, noise), simulated(1.1, second, noise)
A2, B2 = simulated(1.0, even, noise), simulated(1.1, odd, noise)
control = simulated(1.0, moments[::4], noise)
answers = {"one after the other, means": B1.mean() / A1.mean(),
           "one after the other, medians": np.median(B1) / np.median(A1),
           "in turns, means": B2.mean() / A2.mean(),
           "in turns, median of the ratios": np.median(B2 / A2)}
for name, answer in answers.items():
    say(f"{name:32} {answer:.3f}")
claim("in turns, median of the ratios", answers["in turns, median of the ratios"], 1.1,
      tolerance=0.01)
claim("medians do not help against drift", answers["one after the other, medians"], 1.1 * 1.5,
      tolerance=0.01)
often = []
for _ in range(100):
    A, B = simulated(1.0, even, noise), simulated(1.1, odd, noise)
    often.append((B.mean() / A.mean(), np.median(B / A)))
of_means, of_medians = np.std(often, axis=0)
say(f"again, 100 times, in turns: means spread by {of_means:.3f}, the median by {of_medians:.4f}")
claim("turns do not help a mean against interruptions", of_means, 10 * of_medians, relation=">")
drift = np.median(control[50:]) / np.median(control[:50])
claim("the control sees the drift", drift, 1.5, tolerance=0.01)

# %% [markdown]
r"""
A **control** is something that you know not to change, timed between the others.  If *it* changed,
the machine did, and the comparison is off.  So, of any benchmark, ask: which size, how many
threads, warm or cold, waited for the device, medians of how many rounds, in turns or not, and what
did the control do?  A bar without these is an opinion.

The package's own benchmark keeps to this list (`scratchgen bench`), and where its results are part
of this copy, here they are.  A case is one step of training of one model: a dense VAE, a GAN and a
RealNVP (`nvp`) of points in a plane, a convolutional VAE, a DCGAN; `chain` is a thousand operations
on a single number, one after the other.  Below 1 is faster than PyTorch.  Look at the control
first: how far apart are its quartiles?
"""

# %%
heading("Results that were kept")
kept = pathlib.Path(sg.__file__).parents[1] / "benchmarks" / "results" / "steps.json"
if kept.exists():
    document = json.loads(kept.read_text(encoding="utf-8"))
    say(f"{document['date'][:10]}, {document['machine']['processor']}, {document['line']}")
    for control in document["control"]:
        apart = (control["upper"] - control["lower"]) / control["median"]
        say(f"control, threads: {control['threads']}; its quartiles are {apart:.0%} apart")
    say(f"times as long as {' on '.join(document['method']['baseline'])}, medians of the rounds:")
    lines = {}
    for row in document["rows"]:
        if row["status"] == "measured" and row["headline"] and "ratio" in row:
            place = lines.setdefault((row["case"], row["threads"]), [])
            place.append(f"{row['contender']} {row['ratio']['median']:.3g}")
    for (case, threads), ratios in lines.items():
        say(f"{case:8} {threads} thread{'s' * (threads > 1)}: " + ", ".join(ratios))
else:
    say("none here; make some: scratchgen bench steps --peers all")

# %% [markdown]
r"""
## Break it: the mean, with the first call

A kernel for a GPU is compiled when it is called for the first time; JAX compiles whole functions; a
data set is read; caches are cold.  Whoever times ten calls and divides by ten has measured that.
The next class prepares itself at its first call, as they do.

**Predict.**  Preparing takes 1,000 products, a call takes one.  What does the mean of ten calls
say?
"""


# %%
class PreparedOnce:
    """A product of matrices that costs `price` products more when it is called first."""

    def __init__(self, price):
        self.products, self.price, self.ready = 0, price, False
        self.matrix = np.ones((32, 32), np.float32)

    def __call__(self):
        for _ in range(1 if self.ready else 1 + self.price):
            self.matrix @ self.matrix
            self.products += 1
        self.ready = True


def each_call(call, n):
    """Seconds of n calls, one by one."""
    clock = [time.perf_counter()]
    for _ in range(n):
        call()
        clock.append(time.perf_counter())
    return np.diff(clock)


heading("Break it: the mean, with the first call")
predict("Preparing takes 1,000 products, a call takes one.  What does the mean of ten calls say?")
kernel = PreparedOnce(1_000)
times = each_call(kernel, 10)
before = kernel.products
claim("products in a call, by this mean", before / 10, 101)
kernel()
claim("products in a call, in truth", kernel.products - before, 1)
usual = np.median(times[1:])
say(f"mean of ten calls {1e6 * times.mean():.1f} us, median of the nine others "
    f"{1e6 * usual:.1f} us: {times.mean() / usual:.0f} times as long")
claim("the check that catches it: the first against the others", times[0] / usual, 10,
      relation=">")

# %% [markdown]
r"""
No number of rounds repairs a mean that contains the first call; it only fades.  The opposite
mistake, a time that is far too *short* because nobody waited for the device, is the subject of
lesson 03.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 24 --check`.
"""

# %%
heading("Exercises")


def check_crossover(answer):
    claim("launch 10 us, twenty times faster", answer((1e-6, 2e-9), (1e-5, 1e-10), 0.0),
          9e-6 / 1.9e-9, tolerance=1e-6)
    claim("moved there and back, 1 ns a number", answer((1e-6, 2e-9), (1e-5, 1e-10), 1e-9),
          9e-6 / 0.9e-9, tolerance=1e-6)
    claim("moving takes longer than computing here", answer((1e-6, 2e-9), (1e-5, 1e-10), 3e-9),
          math.inf)
    claim("better at once", answer((1e-5, 2e-9), (1e-6, 1e-10), 0.0) == 0, True)


@exercise("cpu = (a, b) and gpu = (a, b) are the two numbers of each, move the seconds that one "
          "number takes to the GPU and back.  Return the size from which the GPU wins: 0 if always "
          "(a and b both smaller), math.inf if never.", check=check_crossover,
          hint="moving adds to the gpu's b; then look which of the two differences has which sign")
def crossover(cpu, gpu, move):
    return None


# %%
def check_bound(answer):
    claim("a product of 1024 x 1024", answer(2 * 1024 ** 3, 12 * 1024 ** 2, 1e11, 1e10),
          2 * 1024 ** 3 / 1e11)
    claim("a sum of two arrays", answer(1e6, 12e6, 1e11, 1e10), 12e6 / 1e10)


@exercise("Return the least seconds that so many operations and bytes can take on a machine of "
          "`peak` operations and `bandwidth` bytes a second.", check=check_bound,
          hint="both go on at the same time; the later one decides")
def least_seconds(operations, size, peak, bandwidth):
    return None


# %%
def check_comparison(answer):
    for seed in (3, 4, 114):        # in 114 interruptions move one of the medians across the drift
        source = np.random.default_rng(seed)
        a, b = simulated(1.0, even, source), simulated(1.3, odd, source)
        claim("how many times as long b takes", answer(a, b), 1.3, tolerance=0.01)
        loud = np.concatenate([[1e6], a]), np.concatenate([[2.0], b])
        claim("and the first round was a warm-up", answer(*loud), 1.3, tolerance=0.01)


@exercise("a and b are the seconds of rounds that were taken in turns.  Return how many times as "
          "long b takes, so that neither drift nor interruptions nor a cold start matter.",
          check=check_comparison, hint="compare within a round first, then over the rounds")
def times_as_long(a, b):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **Profilers** say where in a program the time goes; this lesson began with the operation in hand.
  `python -m cProfile` for Python, Nsight Systems for a GPU.
- **More than one thread**, and what two programs do to each other on one processor.
- Hockney, *The Science of Computer Benchmarking* (1996), for $n_{1/2}$.
- Williams, Waterman and Patterson, *Roofline: An Insightful Visual Performance Model for Multicore
  Architectures* (2009).
- Hoefler and Belli, *Scientific Benchmarking of Parallel Computing Systems* (2015): twelve rules
  for telling the truth about times.
"""
