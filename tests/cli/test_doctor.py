"""scratchgen doctor: what it advises about the linear algebra, for processors of every kind."""
import pytest

from scratchgen import cli
from scratchgen.cli.doctor import advice

AVX512 = {"avx", "avx2", "fma", "avx512f", "avx512dq", "avx512bw", "avx512vl"}


@pytest.mark.parametrize("architecture, flags, environment, words", [
    ("Haswell", AVX512, {"OPENBLAS_CORETYPE": "Haswell"}, ["SkylakeX", "unset OPENBLAS_CORETYPE"]),
    ("Haswell", AVX512, {}, ["export OPENBLAS_CORETYPE=SkylakeX"]),
    ("Nehalem", {"avx", "avx2", "fma"}, {}, ["export OPENBLAS_CORETYPE=Haswell"]),
    ("Prescott", {"avx"}, {}, ["CORETYPE=Sandybridge"]),
    (None, AVX512, {"OPENBLAS_CORETYPE": "haswell"}, ["unset OPENBLAS_CORETYPE"]),
    ("SkylakeX", AVX512, {"OPENBLAS_L2_SIZE": "512"}, ["OPENBLAS_L2_SIZE", "unset it"])])
def test_a_faster_kind_of_kernels_is_named_with_what_to_set(architecture, flags, environment,
                                                            words):
    text, = advice(architecture, flags, environment)
    assert all(word in text for word in words), text


@pytest.mark.parametrize("architecture, flags, environment", [
    ("SkylakeX", AVX512, {}), ("Cooperlake", AVX512, {"OPENBLAS_CORETYPE": "Cooperlake"}),
    ("Zen", {"avx", "avx2", "fma"}, {}), ("neoversen1", {"asimd"}, {}), (None, set(), {}),
    ("Haswell", {"avx", "avx2", "fma", "avx512f"}, {})])        # not all that SkylakeX needs
def test_no_advice_where_nothing_is_faster_or_nothing_is_known(architecture, flags, environment):
    assert not list(advice(architecture, flags, environment))


def test_doctor_tells_library_threads_and_kernels(capsys):
    assert cli.main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "linear algebra" in out and "library" in out and "cores" in out
