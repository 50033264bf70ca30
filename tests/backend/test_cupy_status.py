"""Why there is no GPU backend here, in a user's words: a text for each thing that may lack."""

import sys

import pytest

import scratchgen as sg
from scratchgen.errors import BackendError
from tests.support.fake_cupy import KERNELS, FakeCupy, installed


def status_of(fake):
    with installed(fake):
        return sg.backend.available()["cupy"]


def fails(error):
    def function(*args, **options):
        raise error
    return function


def test_numpy_is_always_there():
    usable, reason = sg.backend.available()["numpy"]
    assert usable and reason.startswith("NumPy ")


def test_a_working_gpu():
    assert status_of(FakeCupy()) == (True, "CuPy 14.2.0, 1 GPU")
    assert status_of(FakeCupy(devices=2)) == (True, "CuPy 14.2.0, 2 GPUs")


def test_a_working_gpu_can_be_used():
    with installed(FakeCupy()) as fake, sg.backend.use("cupy") as space:
        assert isinstance(sg.backend.asarray([1.0]), fake.ndarray)
        assert space.name == "cupy" and repr(space) == "<cupy backend>"


def test_not_installed(monkeypatch):
    with installed(FakeCupy()):
        monkeypatch.setitem(sys.modules, "cupy", None)
        assert sg.backend.available()["cupy"] == (False, "CuPy is not installed")


def test_a_module_without_a_spec_is_not_cupy(monkeypatch):
    with installed(FakeCupy()) as fake:
        monkeypatch.setattr(fake.cupy, "__spec__", None)
        assert sg.backend.available()["cupy"] == (False, "CuPy is not installed")


@pytest.mark.parametrize("error", [ImportError("libcuda.so.1 is missing"), OSError("bad wheel"),
                                   RuntimeError("two CuPy packages are installed")], ids=repr)
def test_the_import_fails(error):
    fake = FakeCupy()
    del fake.cupy.ElementwiseKernel
    fake.cupy.__getattr__ = fails(error)
    with installed(fake):
        assert sg.backend.available()["cupy"] == (
            False, f"CuPy is installed but cannot be imported ({type(error).__name__}: {error})")
        assert KERNELS not in sys.modules


def test_too_old():
    assert status_of(FakeCupy(version="13.6.0")) == (
        False, "CuPy 13.6.0 is too old, version 14 or later is needed")


def test_no_driver():
    fake = FakeCupy(driver=0)
    fake.cupy.cuda.runtime.getDeviceCount = fails(RuntimeError(
        "cudaErrorInsufficientDriver: CUDA driver version is insufficient"))
    assert status_of(fake) == (False, (
        "CuPy 14.2.0 finds no GPU: no NVIDIA driver was found "
        "(RuntimeError: cudaErrorInsufficientDriver: CUDA driver version is insufficient)"))


@pytest.mark.parametrize("driver, text", [
    (11080, "the driver supports CUDA 11.8, update it to one for CUDA 12 or later"),
    (12040, "the driver supports CUDA 12.4, install scratchgen[cuda12] for it"),
    (13010, "the driver supports CUDA 13.1, install scratchgen[cuda13] for it")])
def test_a_driver_that_does_not_fit(driver, text):
    fake = FakeCupy(driver=driver)
    fake.cupy.cuda.runtime.getDeviceCount = fails(RuntimeError("cudaErrorNoDevice: none detected"))
    assert status_of(fake) == (
        False, f"CuPy 14.2.0 finds no GPU: {text} (RuntimeError: cudaErrorNoDevice: none detected)")


def test_nobody_can_say_what_the_driver_is():
    fake = FakeCupy()
    fake.cupy.cuda.runtime.getDeviceCount = fails(RuntimeError())
    fake.cupy.cuda.runtime.driverGetVersion = fails(RuntimeError())
    assert status_of(fake) == (
        False, "CuPy 14.2.0 finds no GPU: no NVIDIA driver was found (RuntimeError)")


def test_no_visible_device():
    assert status_of(FakeCupy(devices=0)) == (
        False, "CuPy 14.2.0 sees no GPU (does CUDA_VISIBLE_DEVICES hide it?)")


def test_the_first_kernel_fails():
    fake = FakeCupy()
    fake.cupy.ones = fails(RuntimeError("libnvrtc.so.13: cannot open shared object file\nmore"))
    assert status_of(fake) == (False, (
        "there is a GPU, but CuPy 14.2.0 cannot compute on it (RuntimeError: libnvrtc.so.13: "
        "cannot open shared object file); the CUDA libraries come with scratchgen[cuda13] or, for "
        "a CUDA 12 driver, scratchgen[cuda12]"))


def test_the_first_result_is_wrong():
    fake = FakeCupy()
    fake.cupy.ones = fake.cupy.zeros
    assert status_of(fake) == (
        False, "CuPy 14.2.0 computes wrongly on this GPU: 16 came out as 0")


def test_an_unusable_gpu_cannot_be_chosen():
    with installed(FakeCupy(devices=0)):
        with pytest.raises(BackendError, match="sees no GPU .*\n  hint"):
            sg.backend.use("cupy")
    assert sg.backend.current().name == "numpy"
