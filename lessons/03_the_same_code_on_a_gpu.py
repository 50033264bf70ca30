# %% [markdown]
r"""
# The same code on a GPU

**You will**

- write a function that runs on any array library, because it asks its data which one it is;
- build two small devices, one that counts how often it is waited for and one that works only when
  it is, and train a VAE on the first;
- measure a time that is wrong by orders of magnitude, see why, and find the waits that a training
  loop hides.

**Prerequisites** Arrays and broadcasting (lesson 02).  A GPU is *not* needed: where there is none,
the lesson says what it could not measure.  **Takes** about 2 seconds on a CPU.

NumPy computes on the CPU; CuPy has the same functions and computes on an NVIDIA GPU.  So a program
could run on either by changing one import.  Almost.  This lesson is about the "almost", which is
where the hours go.

**Predict.**  Ten products of large matrices take a GPU a while.  You note the time, call the
product ten times, note the time again.  Is the difference too long, right, or too short?
"""

# %%
import math
import time
import types

import numpy as np

import scratchgen as sg
from scratchgen import data, models, ops, optim, viz
from scratchgen.lesson import FAST, claim, exercise, heading, predict, save_figure, say, show

heading("The same code on a GPU")
predict("You note the time, multiply large matrices ten times on a GPU, note the time again.  Is "
        "the difference too long, right, or too short?")

# %% [markdown]
r"""
## Ask the data

A function that says `np.exp` is a function for NumPy.  One that asks its argument which library it
belongs to is a function for all of them.  The package calls that library `xp`, and two rules do the
rest:

- **ops follow the data**: `namespace(x)` is the library that `x` lives in;
- **only creation asks** which backend is in use: new parameters, lists of numbers, noise.
"""


# %%
def softmax(x):
    """exp(x) / sum(exp(x)) along the last axis, wherever x lives."""
    xp = sg.backend.namespace(x)
    e = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)


heading("Ask the data")
show(sg.backend.namespace)
scores = np.random.default_rng(3).standard_normal((4, 10))
claim("mine and the library's", softmax(scores), ops.softmax(scores))
for name, (usable, reason) in sg.backend.available().items():
    say(f"{name:8} {'yes' if usable else 'no '}  {reason}")
ON_GPU = sg.backend.available()["cupy"][0]

# %% [markdown]
r"""
## A second library

To see whether code really follows its data we need somewhere else for the data to be.  Here is a
device that lives on the host and behaves like CuPy in three respects: its arrays are of another
type, an index out of range **wraps around** instead of raising, and it counts how often somebody
asks for a value, because on a GPU that means to wait until it has finished.
"""


# %%
class Elsewhere(np.ndarray):
    """An array on a pretended device; `waits` counts the values that the host asked for."""

    waits, __array_priority__ = 0, 1        # the type of the result where several arrays meet

    def item(self, *index):
        Elsewhere.waits += 1
        return super().item(*index)

    def __float__(self):
        return float(self.item())

    def __bool__(self):
        return bool(self.item())


def to_device(values, dtype=None, **_):
    return np.array(values, dtype=dtype).view(Elsewhere)


def to_host(x):
    Elsewhere.waits += 1
    return np.array(x)


def made_there(create):
    return lambda *args, device=None, **options: create(*args, **options).view(Elsewhere)


kernels = types.SimpleNamespace(
    asarray=to_device, to_numpy=to_host, synchronize=lambda: None,
    from_host=lambda array, like: to_device(array, like.dtype),
    take=lambda x, indices, axis=None: np.take(x, indices, axis, mode="wrap"),
    take_along_axis=lambda x, indices, axis=-1: np.take_along_axis(x, indices % x.shape[axis],
                                                                   axis),
    **{name: made_there(getattr(np, name)) for name in
       ("arange", "empty", "eye", "full", "linspace", "ones", "zeros")})
sg.backend.register(Elsewhere, np, "elsewhere", kernels)

heading("A second library")
there = softmax(to_device(scores))
claim("softmax followed its data", type(there).__name__, "Elsewhere")
claim("to the same values", to_host(there), softmax(scores))
try:
    sg.backend.namespace(scores, there)
    refused = False
except TypeError as error:
    refused = True
    say(error)
claim("arrays of two libraries do not mix", refused)
with sg.backend.use("elsewhere"):
    claim("creation asks: a new array is made there",
          type(sg.backend.asarray([1.0, 2.0])).__name__, "Elsewhere")

# %% [markdown]
r"""
A copy from host to device takes long, so a library that copied behind your back would be a library
that is slow behind your back.  It is an error instead, and moving is a word that you write.

Now a whole network on both: a VAE, an autoencoder that draws random numbers on its way.  Lesson 12
explains it; here it is only something to train, and `Adam` (lesson 04) is what moves its weights
after each backward pass.  Its **noise is drawn on the host** in float64 and then moved and rounded:
a GPU has a random number generator of its own, but it draws other numbers, and then two runs could
not be compared.  Here they can.
"""

# %%
train, _ = data.load("digits")
bits = data.binarise(train.images[:256])
steps = 10 if FAST else 40


def losses_on(backend, read=lambda loss: loss.item()):
    """Train a small VAE on a backend: (the losses as `read` keeps them, waits in the steps)."""
    with sg.backend.use(backend):
        model = models.vae_dense(64, 4, (32,), rng=0)
        adam, noise, batch = optim.Adam(model.parameters(), lr=1e-2), sg.backend.rng(1), \
            sg.backend.asarray(bits)
        kept, before = [], Elsewhere.waits
        for _ in range(steps):
            adam.zero_grad()
            loss = -ops.mean(model.elbo(batch, rng=noise))
            loss.backward()
            adam.step()
            kept.append(read(loss.detach()))
        return kept, Elsewhere.waits - before


heading("The same noise, the same losses")
eps = [sg.backend.standard_normal(sg.backend.rng(3), (5,), like)
       for like in (scores, to_device(scores), scores.astype(np.float32))]
claim("noise: host and device", eps[0], to_host(eps[1]))
claim("noise: float64, and float32 rounded from it", eps[0].astype(np.float32), eps[2])
on_host, _ = losses_on("numpy")
on_device, waits_each_step = losses_on("elsewhere")
claim(f"{steps} losses of a VAE, host and device", np.array(on_device), np.array(on_host),
      tolerance=1e-4)
if ON_GPU:
    claim("and on the GPU", np.array(losses_on("cupy")[0]), np.array(on_host), tolerance=1e-3)

# %% [markdown]
r"""
## What differs

**Predict.**  `x` is float32.  What are the dtypes of `x / math.sqrt(2)` and of `x / np.sqrt(2)`?
"""


# %%
def behaviour(backend):
    """{what one may stumble over: what this library does}"""
    with sg.backend.use(backend):
        x = sg.backend.asarray([1.0, 2.0, 3.0], dtype=np.float32)
        xp = sg.backend.namespace(x)
        try:
            outside = "wraps around" if xp.take(x, sg.backend.asarray([5]), axis=0)[0] == 3 else "?"
        except IndexError:
            outside = "IndexError"
        return {"x / math.sqrt(2)": str((x / math.sqrt(2)).dtype),
                "x / np.sqrt(2)": str((x / np.sqrt(2)).dtype),
                "a sum is": "a 0-d array" if isinstance(xp.sum(x), type(x)) else "a scalar",
                "element 5 of 3": outside}


heading("What differs")
predict("x is float32.  What are the dtypes of x / math.sqrt(2) and of x / np.sqrt(2)?")
backends = ["numpy", "elsewhere"] + ["cupy"] * ON_GPU
table = {name: behaviour(name) for name in backends}
say(f"{'':20}" + "".join(f"{name:>15}" for name in backends))
for row in table["numpy"]:
    say(f"{row:20}" + "".join(f"{table[name][row]:>15}" for name in backends))
for name in backends:
    claim(f"{name}: a Python number leaves float32 alone", table[name]["x / math.sqrt(2)"],
          "float32")
    claim(f"{name}: a NumPy number does not", table[name]["x / np.sqrt(2)"], "float64")
claim("outside: NumPy raises", table["numpy"]["element 5 of 3"], "IndexError")
for name in backends[1:]:
    claim(f"outside: {name} says nothing", table[name]["element 5 of 3"], "wraps around")
    claim(f"{name}: a sum stays on the device", table[name]["a sum is"], "a 0-d array")
claim("a sum in NumPy", table["numpy"]["a sum is"], "a scalar")

# %% [markdown]
r"""
- **Promotion.**  A Python number takes the dtype of the array it meets.  `np.sqrt(2)` is a
  `np.float64`, which is a dtype of its own, and wins.  So scalars come from `math`.
- **Scalars.**  A reduction in NumPy returns a number; on a device it stays an array, since a number
  would have to be fetched.  Nothing is wrong with that until somebody writes `if loss > 3`.
- **Indices.**  To raise an error the host would have to look, and looking is waiting.  So CuPy
  does not check: a label 12 among ten classes is read as label 2.

The library keeps its own checks for the host, where they are free, and runs them on a device only
inside `backend.checked()`: for the first step, or when something is odd.  Here is that label in the
loss of a classifier, which lesson 04 derives.
"""

# %%
logits, labels = to_device(np.zeros((2, 10)) + np.arange(10)), to_device([3, 12])
silent = ops.softmax_cross_entropy(logits, labels)
claim("label 12 is silently label 2", to_host(silent),
      ops.softmax_cross_entropy(np.array(logits), np.array([3, 2])))
try:
    with sg.backend.checked():
        ops.softmax_cross_entropy(logits, labels)
    caught = False
except IndexError as error:
    caught = True
    say(error)
claim("checked() looks", caught)

# %% [markdown]
r"""
## A device that works behind your back

A call on a GPU does not compute.  It puts an order into a queue and returns, and the GPU takes the
orders from the queue in its own time.  Here is such a device, lazier than a real one: it does not
begin before somebody waits.
"""


# %%
class Queue:
    """A device: orders are placed at once, and carried out at synchronize()."""

    def __init__(self):
        self.orders, self.done, self.waits = [], 0, 0

    def launch(self, function, *operands):
        result = Promise(self)
        self.orders.append((result, function, operands))
        return result

    def synchronize(self):
        self.waits += 1
        for result, function, operands in self.orders:
            result.value = function(*(getattr(x, "value", x) for x in operands))
        self.done += len(self.orders)
        self.orders.clear()


class Promise:
    """An array that may not have been computed yet."""

    def __init__(self, device, value=None):
        self.device, self.value = device, value

    def __matmul__(self, other):
        return self.device.launch(np.matmul, self, other)

    def sum(self):
        return self.device.launch(np.sum, self)

    def __float__(self):                                    # a value is wanted, so wait
        self.device.synchronize()
        return float(self.value)

    def __array__(self, *_, **__):
        raise TypeError("implicit conversion to NumPy would wait and copy: say so")


def stopwatch(calls, synchronize=lambda: None):
    """Seconds for `calls` products, as the clock shows them."""
    start = time.perf_counter()
    for _ in range(calls):
        matrix @ matrix
    synchronize()
    return time.perf_counter() - start


heading("A device that works behind your back")
device, size = Queue(), 128 if FAST else 400
matrix = Promise(device, np.random.default_rng(0).standard_normal((size, size)).astype(np.float32))
wrong = stopwatch(10)
claim("products that were finished when the clock was read", device.done, 0)
device.synchronize()
right = stopwatch(10, device.synchronize)
claim("after synchronize()", device.done, 20)
say(f"10 products of {size} x {size}: {1e6 * wrong:,.0f} us without waiting, "
    f"{1e6 * right:,.0f} us with: {right / wrong:,.0f} times")
try:
    np.asarray(matrix)
    converted = True
except TypeError as error:
    converted = False
    say(error)
claim("and NumPy does not get at it by accident", not converted)

# %% [markdown]
r"""
So the answer to the first question is **too short**, and by how much depends on nothing that you
wanted to know.  What was measured is the time to write ten orders.  It is the most common mistake
in benchmarks of GPUs, and the numbers look wonderful.  `sg.backend.synchronize()` before *every*
look at the clock, also the first: otherwise the work of the line before is counted.

## What a wait costs

Waiting is not only for clocks.  Let the host need $l$ to place an order and the device $w$ to carry
it out.  If nobody waits, both work at the same time; if the host looks at a value after each order,
they take turns:

$$T_{\text{free}} = l + (n - 1)\max(l, w) + w, \qquad T_{\text{waits}} = n\,(l + w).$$
"""


# %%
def schedule(n, launch, work, wait_each):
    """(start, end) of each order on the host, and of its work on the device."""
    host, on_device, now, free = [], [], 0.0, 0.0
    for _ in range(n):
        host.append((now, now + launch))
        now += launch
        on_device.append((max(now, free), max(now, free) + work))
        free = on_device[-1][1]
        now = max(now, free) if wait_each else now
    return host, on_device


heading("What a wait costs")
n, launch, work = 8, 10.0, 12.0                             # microseconds
free, waits = (schedule(n, launch, work, wait_each)[1][-1][1] for wait_each in (False, True))
claim("nobody waits", free, launch + (n - 1) * max(launch, work) + work)
claim("wait after each order", waits, n * (launch + work))

figure, (left, right_ax) = viz.panels(1, 2, size=(5.8, 3.6))
BLUE, ORANGE, RED = viz.CLASS_COLOURS[:3]
for top, wait_each in ((3.2, False), (1, True)):
    for row, (lane, colour) in enumerate(zip(schedule(n, launch, work, wait_each),
                                             (ORANGE, BLUE))):
        left.broken_barh([(a, b - a) for a, b in lane], (top - 0.9 * row, 0.7), color=colour,
                         edgecolor="white")
left.axvline(n * launch, color=RED, linestyle="--", linewidth=1)
left.text(n * launch + 2, 4.15, "clock read without waiting", color=RED, fontsize=8)
left.set(yticks=[3.55, 2.65, 1.35, 0.45], ylim=(-0.1, 4.6), xlabel="microseconds",
         yticklabels=["host", "device", "host, waiting\nfor each", "device"])
left.set_title(f"{n} orders, {launch:g} us to place and {work:g} us to do", loc="left", fontsize=11)
calls = (1, 2, 5, 10, 20)
for label, colour, wait in (("without waiting", RED, lambda: None),
                            ("after synchronize()", BLUE, device.synchronize)):
    shown = []
    for count in calls:
        shown.append(1e3 * min(stopwatch(count, wait) for _ in range(3)))
        device.synchronize()
    right_ax.loglog(calls, shown, "o-", color=colour, label=label)
right_ax.set(xlabel="products", ylabel="milliseconds on the clock")
right_ax.set_title("The same work, measured in two ways", loc="left", fontsize=11)
right_ax.legend(frameon=False)
for ax in (left, right_ax):
    ax.spines[["top", "right"]].set_visible(False)
save_figure(figure, "03_behind_your_back")

# %% [markdown]
r"""
**Predict.**  A training loop keeps `loss.item()` in a list, to draw a curve later.  How often does
the host wait in a run?  How often must it?
"""

# %%
heading("Waits that nobody wrote")
predict("A training loop keeps loss.item() in a list, to draw a curve later.  How often does the "
        "host wait?  How often must it?")
claim("loss.item() in each step: waits", waits_each_step, steps)
kept, waits_in_steps = losses_on("elsewhere", read=lambda loss: loss)
claim("the loss kept as an array: waits in all steps together", waits_in_steps, 0)
before = Elsewhere.waits
curve = sg.backend.to_numpy(ops.stack(kept).data)
claim("the whole curve, fetched at the end: waits", Elsewhere.waits - before, 1)
claim("and it is the same curve", curve, np.array(on_device), tolerance=1e-6)

# %% [markdown]
r"""
The host waits once a step, and must wait once in all.  A step of the library (forward, backward,
Adam) waits for nothing; all the waits were ours.
`float(loss)`, `print(loss)`, `if loss > best`, `.item()` and `np.asarray` are waits in disguise.
Keep what you want to know on the device, and fetch it once in a while.

On a real GPU, if there is one:
"""

# %%
heading("On a GPU")
if ON_GPU:
    with sg.backend.use("cupy"):
        big = sg.backend.asarray(np.random.default_rng(0).standard_normal((4096, 4096)), np.float32)
        big @ big                                           # the first call loads and compiles
        shown = []
        for wait in (lambda: None, sg.backend.synchronize):
            sg.backend.synchronize()
            start = time.perf_counter()
            for _ in range(10):
                big @ big
            wait()
            shown.append(1e3 * (time.perf_counter() - start))
        sg.backend.synchronize()
    say(f"10 products of 4096 x 4096: {shown[0]:.3f} ms without waiting, {shown[1]:.1f} ms with")
else:
    say(f"Not measured here, because there is none ({sg.backend.available()['cupy'][1]}):")
    say("the time of a real product with and without waiting, and the VAE's losses on CuPy.")
    say("All that was claimed above was claimed of NumPy and of the two devices of this file.")

# %% [markdown]
r"""
## Break it: one NumPy number

Weights are drawn in float32 and scaled by $\sqrt{2/n}$.  Whoever writes this root with `np.sqrt`
gets no error, no warning and no wrong digit.

**Predict.**  What is the dtype at the end of a network of three layers, if only the *first* layer
is scaled so?
"""


# %%
def network(x, root, rng):
    """Three layers; the first is scaled by `root(2 / n)`, the others by math.sqrt(2 / n)."""
    xp = sg.backend.namespace(x)
    for layer in range(3):
        n = x.shape[-1]
        weights = sg.backend.standard_normal(rng, (n, n), like=x)
        x = xp.maximum(x @ (weights * (math.sqrt if layer else root)(2 / n)), xp.zeros_like(x))
    return x


heading("Break it: one NumPy number")
predict("Only the first of three layers is scaled with np.sqrt.  What is the dtype at the end?")
images = train.images.astype(np.float32)
good = network(images, math.sqrt, sg.backend.rng(0))
bad = network(images, np.sqrt, sg.backend.rng(0))
claim("math.sqrt", str(good.dtype), "float32")
claim("np.sqrt, once", str(bad.dtype), "float64")
claim("the same numbers: no test of values sees it", bad, good.astype(np.float64), tolerance=1e-5)
claim("twice the bytes, in every layer behind it", bad.nbytes / good.nbytes, 2)
claim("a test of the dtype sees it", bad.dtype != images.dtype)

# %% [markdown]
r"""
It spreads: whatever meets float64 becomes float64.  A CPU then moves twice the bytes in every op.
On many GPUs it is far worse, because they have only few units for float64.  In the tests of this
package every op must return the dtype that it was given, on a device that *has no* float64.

## Exercises

Fill in the functions below in this file and run `scratchgen lesson 3 --check`.
"""

# %%
heading("Exercises")


def check_standardise(answer):
    spread = np.array([2, 1, 0.01, 0.003])                  # where it is small, 1e-5 matters
    x = (np.random.default_rng(1).normal(1.5, 1, (50, 4)) * spread).astype(np.float32)
    want = ((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)).astype(np.float32)
    for name, values in (("NumPy", x), ("elsewhere", to_device(x))):
        before = Elsewhere.waits
        got = answer(values)
        claim(f"{name}: stays where it was", type(got).__name__, type(values).__name__)
        claim(f"{name}: stays float32", str(got.dtype), "float32")
        claim(f"{name}: waits", Elsewhere.waits - before, 0)
        claim(f"{name}: values", np.array(got), want, tolerance=1e-5)


@exercise("Return (x - mean) / sqrt(var + 1e-5), with mean and variance along axis 0, for x (N, D) "
          "of any library, in the dtype of x, without a wait.", check=check_standardise,
          hint="xp = sg.backend.namespace(x); is there a NumPy number in your formula?")
def standardise(x):
    return None


# %%
def check_timing(answer):
    for launch, work in ((1.0, 50.0), (3.0, 2.0)):
        state = {"now": 0.0, "until": 700.0}                # something is still being worked on

        def call():
            state["now"] += launch
            state["until"] = max(state["until"], state["now"]) + work

        def synchronize():
            state["now"] = max(state["now"], state["until"])
        got = answer(call, 20, synchronize, lambda: state["now"])
        claim(f"launch {launch}, work {work}: time of one call", got,
              schedule(20, launch, work, False)[1][-1][1] / 20)


@exercise("Return the time of one call, averaged over n calls in a row.  `synchronize()` waits for "
          "the device, which may still be busy with something else; `clock()` is the time.",
          check=check_timing, hint="how often must you synchronise: once, or twice?")
def time_of_one_call(call, n, synchronize, clock):
    return None


# %%
def check_mean_loss(answer):
    for n in (1, 25):
        rng, queue = np.random.default_rng(n), Queue()
        values = rng.standard_normal((n, 3))
        rows = iter(values)
        got = answer(lambda: Promise(queue, next(rows)).sum(), n, queue)
        claim(f"{n} steps: the mean loss", got, values.sum(axis=1).mean())
        claim(f"{n} steps: waits", queue.waits, 1)


@exercise("step() does a training step and returns its loss, a Promise on `device`.  Return the "
          "mean of the losses of n steps, a float, with a single wait.", check=check_mean_loss,
          hint="keep the promises; after device.synchronize() each has its .value")
def mean_loss(step, n, device):
    return None


# %% [markdown]
r"""
## What was left out, and where to read on

- **How long** things take, from which size a GPU wins, and what to fuse: lesson 24.
- **Streams and events**: several queues on one device, and clocks that the device reads itself.
- **Other devices.**  `sg.backend.register` takes any library that keeps to the array API standard:
  https://data-apis.org/array-api, which is also where `xp` comes from.
- CuPy's own list of differences from NumPy: https://docs.cupy.dev, section "Differences between
  CuPy and NumPy".
- NumPy Enhancement Proposal 50, on promotion: https://numpy.org/neps.
"""
