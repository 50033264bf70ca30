"""Write the fixtures that the package is held to, from PyTorch and mpmath.

Neither is needed to run the tests. To write the fixtures again, from the root of the repository:

    pip install torch==2.13.0 mpmath==1.3.0 numpy        (CPU wheels)
    python -m tests.reference.make_reference

Deterministic: the generator is seeded, PyTorch runs on one thread in float64. On another processor
the last digits may differ; the tests leave room for that. Each file records the versions behind it.
"""
import platform
from pathlib import Path

import mpmath
import numpy as np
import torch

from tests.reference import (cases_convolution, cases_elementwise, cases_linalg, cases_network,
                             cases_shape, cases_special, torch_batch_norm, torch_distributions,
                             torch_optimisers, torch_vae)
from tests.reference.fixture import write, write_arrays

HERE = Path(__file__).parent
VERSIONS = {"torch": torch.__version__, "numpy": np.__version__, "mpmath": mpmath.__version__,
            "python": platform.python_version()}


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.use_deterministic_algorithms(True)

    families = (cases_elementwise, cases_special, cases_shape, cases_linalg, cases_network,
                cases_convolution)
    cases = [case for family in families for case in family.cases(np.random.default_rng(0))]
    write(HERE / "ops.npz", cases, versions=VERSIONS)
    densities = torch_distributions.cases(np.random.default_rng(0))
    write(HERE / "distributions.npz", list(densities), versions=VERSIONS)
    for name, trajectories in (("optimisers", torch_optimisers), ("vae", torch_vae),
                               ("batch_norm", torch_batch_norm)):
        arrays, facts = trajectories.record(np.random.default_rng(0))
        write_arrays(HERE / f"{name}.npz", arrays, **facts, versions=VERSIONS)

    for path in sorted(HERE.glob("*.npz")):
        print(f"{path.name:20} {path.stat().st_size / 1024:6.0f} KiB")
    print(f"{len(cases)} cases of {len({case.op for case in cases})} operations")


if __name__ == "__main__":
    main()
