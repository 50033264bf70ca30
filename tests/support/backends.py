"""The backends on which every op and every layer has to work.

    def test_tanh(xp_backend):
        x = xp_backend.asarray([0.0, 1.0])
        assert_close(xp_backend.to_numpy(ops.tanh(x)), np.tanh([0.0, 1.0]))

A test that takes `xp_backend` runs once for each of `NAMES`:

    numpy               the reference
    numpy-readonly      inputs refuse to be written to: no op may change what it is given
    strict              array_api_strict on a fake device: nothing outside the standard works
    strict-no-float64   the same on a device without float64
    fakecupy            exactly CuPy's names and keywords over NumPy; counts waits for the device
    cupy                the real one, where there is a GPU (marked gpu)

While the test runs, the backend is also the one in use (`sg.backend.use`), so that layers create
their parameters there.
"""

import contextlib

import numpy as np
import pytest

import scratchgen as sg
from tests.support import fake_cupy, strict_arrays

NAMES = ("numpy", "numpy-readonly", "strict", "strict-no-float64", "fakecupy", "cupy")
PARAMS = [pytest.param(name, marks=pytest.mark.gpu) if name == "cupy" else name for name in NAMES]


class Backend:
    """One backend in use: arrays in, arrays out, and which dtypes it has."""

    def __init__(self, name, space):
        self.name, self.space = name, space
        self.dtypes = ("float32",) if name == "strict-no-float64" else ("float32", "float64")
        self.dtype = self.dtypes[-1]            # of the numbers when nobody says otherwise

    def asarray(self, values, dtype=None):
        """A fresh array here; float64 becomes float32 where there is no float64."""
        host = np.array(values, dtype=dtype)
        if host.dtype == np.float64:
            host = host.astype(self.dtype)
        if self.name == "numpy-readonly":
            host.flags.writeable = False
        return host if self.name.startswith("numpy") else self.space.asarray(host)

    def to_numpy(self, x):
        """The values of an array or a Tensor on the host."""
        x = x.data if isinstance(x, sg.Tensor) else x
        assert sg.backend.is_array(x) and sg.backend.namespace(x) is self.space, \
            f"a {type(x).__name__} came out of the {self.name} backend"
        return sg.backend.to_numpy(x)

    def __repr__(self):
        return self.name


@contextlib.contextmanager
def backend(name):
    """The Backend called `name`, installed and in use until the block ends."""
    with contextlib.ExitStack() as stack:
        if name == "fakecupy":
            stack.enter_context(fake_cupy.installed())
        if name.startswith("strict"):
            stack.enter_context(_strict("no_float64" if name.endswith("float64") else "device1"))
        registered = {"numpy-readonly": "numpy", "strict-no-float64": "strict", "fakecupy": "cupy"}
        space = stack.enter_context(sg.backend.use(registered.get(name, name)))
        yield Backend(name, space)


@contextlib.contextmanager
def _strict(device):
    api, kernels = strict_arrays.array_api_strict, strict_arrays.KERNELS
    before, kernels.device = kernels.device, api.Device(device)
    try:
        with api.ArrayAPIStrictFlags(api_version=strict_arrays.API_VERSION):
            yield
    finally:
        kernels.device = before


@pytest.fixture(params=PARAMS)
def xp_backend(request):
    """Every backend in turn, installed and in use."""
    with backend(request.param) as installed:
        yield installed
