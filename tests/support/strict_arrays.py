"""array_api_strict as a backend: what is not in the array-API standard is an error.

Its arrays live on a fake device: mixing devices and quiet conversion to NumPy raise.  The version
of the standard is pinned, so that a new release of the library tests the same rules.
"""

import array_api_strict
import numpy as np

from scratchgen.backend import register

API_VERSION = "2024.12"
CPU = array_api_strict.Device("CPU_DEVICE")
FLOAT32_ONLY = array_api_strict.Device("no_float64")


class Kernels:
    """What the standard leaves to each library: moving arrays between the host and the device."""

    device = array_api_strict.Device("device1")         # where new arrays are made

    def asarray(self, data, dtype=None, device=None, copy=None):
        if isinstance(data, _Array):
            return array_api_strict.asarray(data, dtype=dtype, device=device, copy=copy)
        device = device or self.device
        data = np.asarray(data, dtype=None if dtype is None else _numpy_dtype(dtype))
        if device == FLOAT32_ONLY and data.dtype == np.float64:
            data = data.astype(np.float32)
        return array_api_strict.asarray(data, device=device, copy=True)

    def from_host(self, array, like):
        values = np.asarray(array).astype(_numpy_dtype(like.dtype))
        return array_api_strict.asarray(values, device=like.device)

    @staticmethod
    def to_numpy(x):
        return np.array(x.to_device(CPU))


def _numpy_dtype(dtype):
    return np.dtype(str(dtype).rpartition(".")[2])      # "array_api_strict.float32" -> float32


_Array = type(array_api_strict.asarray(0))
KERNELS = Kernels()
SPACE = register(_Array, array_api_strict, "strict", kernels=KERNELS)
