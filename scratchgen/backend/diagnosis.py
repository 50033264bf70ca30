"""Can this CuPy compute on a GPU here?  If not, what is missing, and which package brings it?"""

OLDEST = 14         # the first major version of CuPy that promotes dtypes as NumPy 2 does


def status(cupy):
    """(usable, reason): new enough, a driver, a device, one tiny real computation; never raises.

    `import cupy` succeeds without a GPU and even the first allocation may, hence the computation.
    """
    version = f"CuPy {cupy.__version__}"
    if int(cupy.__version__.split(".")[0]) < OLDEST:
        return False, f"{version} is too old, version {OLDEST} or later is needed"
    try:
        devices = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        return False, f"{version} finds no GPU: {_about_the_driver(cupy)} ({_first_line(error)})"
    if devices == 0:
        return False, f"{version} sees no GPU (does CUDA_VISIBLE_DEVICES hide it?)"
    try:
        ones = cupy.ones((2, 2), dtype=cupy.float32)
        total = float(((ones + 1) @ ones).sum())        # compiles a kernel and calls cuBLAS
    except Exception as error:
        return False, (f"there is a GPU, but {version} cannot compute on it "
                       f"({_first_line(error)}); the CUDA libraries come with scratchgen[cuda13] "
                       "or, for a CUDA 12 driver, scratchgen[cuda12]")
    if total != 16:
        return False, f"{version} computes wrongly on this GPU: 16 came out as {total:g}"
    return True, f"{version}, {devices} GPU{'s' * (devices > 1)}"


def _about_the_driver(cupy):
    try:
        number = cupy.cuda.runtime.driverGetVersion()
    except Exception:
        number = 0
    if not number:
        return "no NVIDIA driver was found"
    major, minor = number // 1000, number % 1000 // 10
    if major < 12:
        return f"the driver supports CUDA {major}.{minor}, update it to one for CUDA 12 or later"
    extra = "cuda13" if major >= 13 else "cuda12"
    return f"the driver supports CUDA {major}.{minor}, install scratchgen[{extra}] for it"


def _first_line(error):
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
