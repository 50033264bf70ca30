"""What the benchmarks do on a GPU: on a fake CuPy everywhere, on a real one where there is one."""
import numpy as np
import pytest

import scratchgen as sg
from benchmarks import contenders, kernels, layers, workloads
from tests.support import fake_cupy
from tests.support.backends import backend

SCRATCHGEN = contenders.CONTENDERS["scratchgen"]
DEVICES = ["fakecupy", pytest.param("cupy", marks=pytest.mark.gpu)]


@pytest.fixture(params=DEVICES)
def gpu(request):
    with backend(request.param) as installed:
        yield installed


def host(build, suite_arguments):
    with backend("numpy"):
        return build(*suite_arguments, "cpu")[0]


@pytest.mark.parametrize("name", workloads.CASES)
def test_a_step_on_the_gpu_has_the_losses_of_the_host(gpu, name):
    size = 3 if name == "chain" else 4
    on_host = host(workloads.build, (SCRATCHGEN, name, size))
    with backend("numpy"):
        expected = workloads.losses([on_host() for _ in range(2)])
    step = workloads.build(SCRATCHGEN, name, size, "gpu")[0]
    results = [step() for _ in range(2)]
    assert all(gpu.to_numpy(loss).shape == () for loss in results[0])
    assert workloads.losses(results) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("name", workloads.CASES)
def test_a_step_never_waits_for_the_device(name):
    with backend("fakecupy"):
        step = workloads.build(SCRATCHGEN, name, 4, "gpu")[0]
        before = fake_cupy.SHARED.syncs
        step()
        assert fake_cupy.SHARED.syncs == before


@pytest.mark.parametrize("name", layers.CASES)
def test_a_layer_runs_on_the_gpu(gpu, name):
    call = layers.build(SCRATCHGEN, name, 2, "gpu")[0]
    assert gpu.to_numpy(call()).shape == (2, *layers.LAYERS[name].image)


@pytest.mark.parametrize("name", kernels.CASES)
def test_a_kernel_on_the_gpu_computes_what_it_does_on_the_host(gpu, name):
    expected = host(kernels.build, (SCRATCHGEN, name, 4))()
    found = kernels.build(SCRATCHGEN, name, 4, "gpu")[0]()
    assert np.allclose(gpu.to_numpy(found), expected, rtol=1e-4)


def test_the_backend_in_use_is_given_back():
    assert sg.backend.current() is sg.backend.namespace(np.zeros(1))
