"""The GPU kernels are C++ that a GPU's compiler accepts.  That takes CuPy, but no GPU."""

import pytest

import scratchgen as sg

cupy = pytest.importorskip("cupy", reason="the compiler for GPU kernels comes with CuPy")
pytest.importorskip("scratchgen.backend.cupy", exc_type=ImportError, reason="CuPy does not work")


def kernels():
    from scratchgen.backend import cupy as module
    named = [getattr(value, "kernel", value) for value in vars(module).values()]
    single = [value for value in named if isinstance(value, cupy.ElementwiseKernel)]
    return [*single, *module._BIAS_AND.values(), *module._THROUGH.values()]


def compile_for_a_gpu(source):
    """Raises with the compiler's words if the source is wrong; skips where there is no compiler."""
    from cupy_backends.cuda.libs import nvrtc
    try:
        nvrtc.getVersion()
    except (OSError, RuntimeError) as error:
        pytest.skip(f"the compiler for GPU kernels does not load: {error}")
    program = nvrtc.createProgram(source, "kernel.cu", [], [])
    try:
        nvrtc.compileProgram(program, ["--gpu-architecture=compute_80"])
    except nvrtc.NVRTCError:
        raise AssertionError(nvrtc.getProgramLog(program)) from None
    finally:
        nvrtc.destroyProgram(program)


def source_of(kernel, dtype):
    """The operation as the body of a function of references, as CuPy wraps it."""
    arguments = ", ".join(["const T& " + p.name for p in kernel.in_params]
                          + ["T& " + p.name for p in kernel.out_params])
    return (f"typedef {dtype} T;\n"
            f"__device__ void {kernel.name}({arguments}) {{ {kernel.operation}; }}")


@pytest.mark.parametrize("dtype", ["float", "double"])
@pytest.mark.parametrize("kernel", kernels(), ids=lambda kernel: kernel.name)
def test_compiles(kernel, dtype):
    compile_for_a_gpu(source_of(kernel, dtype))


def test_a_mistake_would_be_found():
    with pytest.raises(AssertionError, match="undefined"):
        compile_for_a_gpu("__device__ void f(float& y) { y = x; }")


def test_the_fake_has_the_names_of_this_cupy():
    from tests.support import fake_cupy, record_cupy
    recorded, real = fake_cupy.SURFACE, record_cupy.surface
    if recorded["version"] != real["version"]:
        pytest.skip(f"recorded from CuPy {recorded['version']}, this is {real['version']}")
    assert recorded == real


def test_the_reason_why_there_is_no_gpu_is_one_line():
    usable, reason = sg.backend.available()["cupy"]
    assert reason.startswith(f"CuPy {cupy.__version__}") and "\n" not in reason
