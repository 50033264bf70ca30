"""NumPy dressed as CuPy: the GPU backend on a machine without a GPU.

    with fake_cupy.installed() as fake:             # `import cupy` now gives the fake
        before = fake.syncs
        ...
        assert fake.syncs == before                 # nothing waited for the device

It is less forgiving than NumPy.  Functions, keywords and methods are limited to those recorded from
the real CuPy (record_cupy.py); host arrays among device arrays raise TypeError; reductions give 0-d
arrays; nothing warns.  Two habits of a GPU that go wrong quietly are kept as well: an index out of
range wraps around, and a Cholesky factor that does not exist is NaN.  Each transfer to the host
that would wait for the device is counted.
"""

import contextlib
import functools
import importlib
import importlib.machinery
import json
import operator
import pathlib
import sys
import types

import numpy as np

import scratchgen.backend
from tests.support import c_kernels

SURFACE = json.loads(pathlib.Path(__file__).with_name("cupy_surface.json").read_text())
KERNELS = "scratchgen.backend.cupy"
_FROM_HOST = {"array", "asarray", "asnumpy"}        # functions that take host arrays
_WAITING = {"nonzero", "unique", "argwhere", "flatnonzero"}     # the shape depends on the values


class Array:
    """What all fake device arrays share; each fake has a subclass, called cupy.ndarray."""

    __slots__ = ("_host",)
    __hash__ = None
    __array_ufunc__ = None
    fake = None

    dtype = property(lambda self: self._host.dtype)
    shape = property(lambda self: self._host.shape)
    ndim = property(lambda self: self._host.ndim)
    size = property(lambda self: self._host.size)
    device = property(lambda self: self.fake.device)
    base = property(lambda self: self.fake.wrap(self._host.base))

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. "
                        "Please use `.get()` to construct a NumPy array explicitly.")

    def __getattr__(self, name):
        if name not in SURFACE["ndarray"] or name.startswith("__"):
            raise AttributeError(f"'cupy.ndarray' object has no attribute {name!r}")
        value = getattr(self._host, name)
        return self.fake.function(name, value) if callable(value) else self.fake.wrap(value)

    def __len__(self):
        return len(self._host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index):
        return self.fake.wrap(self._host[self.fake.index(index, self.shape)])

    def __setitem__(self, index, value):
        self._host[self.fake.index(index, self.shape)] = self.fake.unwrap(value)

    def get(self):
        self.fake.syncs += 1
        return self._host.copy()


def _to_host(name):
    """A method that brings a value to the host, and so waits for the device."""
    def method(self):
        self.fake.syncs += 1
        return getattr(self._host, name)()
    return method


def _operator(name):
    def method(self, *other):
        if other and not isinstance(other[0], (Array, np.ndarray, np.generic, int, float)):
            return NotImplemented
        with np.errstate(all="ignore"):
            return self.fake.wrap(getattr(self._host, name)(*map(self.fake.unwrap, other)))
    return method


def _in_place(name):
    function = getattr(operator, name)

    def method(self, other):
        with np.errstate(all="ignore"):
            self._host = function(self._host, self.fake.unwrap(other))
        return self
    return method


for _name in ("item", "tolist", "__bool__", "__float__", "__int__", "__index__"):
    setattr(Array, _name, _to_host(_name))
for _name in "lt le gt ge eq ne neg pos abs invert".split():
    setattr(Array, f"__{_name}__", _operator(f"__{_name}__"))
for _name in "add sub mul truediv floordiv mod pow matmul and or xor".split():
    setattr(Array, f"__{_name}__", _operator(f"__{_name}__"))
    setattr(Array, f"__r{_name}__", _operator(f"__r{_name}__"))
    setattr(Array, f"__i{_name}__", _in_place(f"i{_name}"))


class _Device:
    id = 0

    def synchronize(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        pass


class FakeCupy:
    """The modules `cupy` and `cupyx` of one fake, and how often somebody waited for its device."""

    def __init__(self, version=SURFACE["version"], devices=1, driver=13000):
        self.syncs, self.device, self.linalg_errors = 0, _Device(), "ignore"
        self.ndarray = type("ndarray", (Array,), {"fake": self, "__module__": "cupy"})
        self.cupy, self.cupyx = _module("cupy"), _module("cupyx")
        self.modules = {"cupy": self.cupy, "cupyx": self.cupyx}
        self._fill(version, devices, driver)

    def _fill(self, version, devices, driver):
        cupy = self.cupy
        for name in SURFACE["others"]:
            if hasattr(np, name):
                setattr(cupy, name, getattr(np, name))
        for name, keywords in SURFACE["functions"].items():
            if hasattr(np, name):
                setattr(cupy, name, self.function(name, getattr(np, name), keywords))
        for name in SURFACE["ufuncs"]:
            if hasattr(np, name):
                ufunc = self.function(name, getattr(np, name), ["out", "dtype", "casting"])
                setattr(cupy, name, ufunc)
        cupy.add.at = lambda y, index, x: np.add.at(
            y._host, self.index(index, y.shape), self.unwrap(x))
        cupy.__version__, cupy.ndarray = version, self.ndarray
        cupy.asarray, cupy.asnumpy = self.asarray, self.asnumpy
        cupy.take, cupy.take_along_axis = self.take, self.take_along_axis
        cupy.ElementwiseKernel = functools.partial(c_kernels.ElementwiseKernel, self)
        cupy.linalg = types.SimpleNamespace(**{
            name: self._linalg(name, keywords) for name, keywords in SURFACE["linalg"].items()
            if hasattr(np.linalg, name)}, LinAlgError=np.linalg.LinAlgError)
        cupy.random = types.SimpleNamespace(default_rng=functools.partial(_Generator, self))
        cupy.lib = types.SimpleNamespace(stride_tricks=types.SimpleNamespace(
            as_strided=self.function("as_strided", np.lib.stride_tricks.as_strided, [])))
        cupy.get_default_memory_pool = lambda: types.SimpleNamespace(total_bytes=lambda: 512)
        cupy.cuda = types.SimpleNamespace(Device=lambda: self.device, runtime=types.SimpleNamespace(
            getDeviceCount=lambda: devices, driverGetVersion=lambda: driver))
        self.cupyx.errstate = self.errstate

    # ---- across the border between host and device ----

    def wrap(self, x):
        if isinstance(x, (np.ndarray, np.generic)):
            array = self.ndarray.__new__(self.ndarray)
            array._host = np.asarray(x)
            return array
        if isinstance(x, tuple):                # NumPy's named tuples too: CuPy's are plain
            return tuple(map(self.wrap, x))
        return list(map(self.wrap, x)) if isinstance(x, list) else x

    def unwrap(self, x):
        if isinstance(x, Array):
            return x._host
        if isinstance(x, np.ndarray):
            raise TypeError(f"Unsupported type {type(x)}")
        return type(x)(map(self.unwrap, x)) if isinstance(x, (tuple, list)) else x

    def function(self, name, f, keywords=None):
        """f on device arrays, with no other keywords than these."""
        @functools.wraps(f, assigned=("__name__", "__doc__"))
        def on_device(*args, **options):
            unknown = set(options) - set(options if keywords is None else keywords)
            if unknown:
                raise TypeError(f"{name}() got an unexpected keyword argument {unknown.pop()!r}")
            self.syncs += name in _WAITING
            unwrap = (lambda x: x._host if isinstance(x, Array) else x) \
                if name in _FROM_HOST else self.unwrap
            with np.errstate(all="ignore"):
                result = f(*map(unwrap, args), **{k: unwrap(v) for k, v in options.items()})
            out = options.get("out")
            return self.wrap(result) if out is None else out
        return on_device

    def index(self, index, shape):
        """The index for NumPy.  A mask makes the host wait; integers out of range wrap around."""
        parts, used = index if isinstance(index, tuple) else (index,), 0
        parts = [part._host if isinstance(part, Array) else part for part in parts]
        arrays = [part for part in parts if isinstance(part, np.ndarray)]
        self.syncs += sum(part.dtype == bool for part in arrays)
        ellipsis = next((k for k, part in enumerate(parts) if part is Ellipsis), len(parts))
        axes = [0 if part is None or part is Ellipsis else
                part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1
                for part in parts]
        for k, part in enumerate(parts):
            axis = used if k < ellipsis else len(shape) - sum(axes[k:])
            if isinstance(part, np.ndarray) and part.dtype != bool:
                parts[k] = part % max(shape[axis], 1)
            used += axes[k]
        return tuple(parts) if isinstance(index, tuple) else parts[0]

    # ---- functions that differ from NumPy's ----

    def asarray(self, a, dtype=None, order=None, *, copy=None, blocking=False):
        if isinstance(a, Array):
            return self.wrap(np.array(a._host, dtype=dtype, copy=copy))
        return self.wrap(np.array(a, dtype=dtype))

    def asnumpy(self, a):
        return a.get() if isinstance(a, Array) else np.asarray(a)

    def take(self, a, indices, axis=None, out=None):
        return self.wrap(np.take(self.unwrap(a), self.unwrap(indices), axis=axis, mode="wrap"))

    def take_along_axis(self, a, indices, axis):
        a, indices = self.unwrap(a), self.unwrap(indices)
        return self.wrap(np.take_along_axis(a, indices % max(a.shape[axis], 1), axis))

    def _linalg(self, name, keywords):
        def function(*args, **options):
            if name == "solve" and args[0].shape[:-1] != args[1].shape[:-1] != ():
                raise ValueError("a must have (..., M, M) shape and b must have (..., M, K)")
            try:
                return getattr(np.linalg, name)(*args, **options)
            except np.linalg.LinAlgError:
                if self.linalg_errors == "raise":
                    raise
                return np.full_like(args[-1], np.nan)
        return self.function(name, function, keywords)

    @contextlib.contextmanager
    def errstate(self, linalg):
        before, self.linalg_errors = self.linalg_errors, linalg
        try:
            yield
        finally:
            self.linalg_errors = before


class _Generator:
    """cupy.random.Generator: the numbers arrive on the device."""

    def __init__(self, fake, seed=None):
        self._fake, self._host = fake, np.random.default_rng(seed)

    def __getattr__(self, name):
        if name not in SURFACE["Generator"]:
            raise AttributeError(f"'Generator' object has no attribute {name!r}")
        return lambda *args: self._fake.wrap(np.asarray(getattr(self._host, name)(*args)))


def _module(name):
    module = types.ModuleType(name)
    module.__spec__ = importlib.machinery.ModuleSpec(name, None)
    return module


SHARED = FakeCupy()         # one for all tests that want a working GPU


@contextlib.contextmanager
def installed(fake=SHARED):
    """`import cupy` and the backend "cupy" mean this fake until the block ends."""
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules)
              if name.partition(".")[0] in ("cupy", "cupyx") or name == KERNELS}
    sys.modules.update(fake.modules)
    attribute = vars(scratchgen.backend).pop("cupy", None)
    try:
        if KERNELS in sys.modules:          # imported in an earlier block: the package knows it too
            scratchgen.backend.cupy = sys.modules[KERNELS]
        yield fake
    finally:
        for name in ("cupy", "cupyx", KERNELS):
            if name in sys.modules:
                fake.modules[name] = sys.modules.pop(name)
        sys.modules.update(hidden)
        vars(scratchgen.backend).pop("cupy", None)
        if attribute is not None:
            scratchgen.backend.cupy = attribute
