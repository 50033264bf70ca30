"""Write mixture.npz: the first iterations of scikit-learn's EM, which ours must repeat.

scikit-learn is not needed to run the tests. To write the file again, from the root of the
repository:

    pip install scikit-learn==1.9.1
    python -m tests.reference.make_mixture

One case for each kind of covariance that both have. `reg_covar` is 0, so both maximise the plain
likelihood; weights, means and covariances to begin with are given, so both begin in one place.
"""
import warnings
from pathlib import Path

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from tests.reference.fixture import write_arrays

ITERATIONS = (1, 2, 10, 60)
KINDS = {"full": "full", "diagonal": "diag", "spherical": "spherical"}


def main():
    rng = np.random.default_rng(0)
    arrays = {}
    for dimensions, kind in enumerate(KINDS, start=2):
        x, start = example(rng, dimensions, 3)
        arrays |= {f"{kind} {name}": value for name, value in {"x": x, **start}.items()}
        for n in ITERATIONS:
            found = fit(KINDS[kind], x, start, n)
            arrays |= {f"{kind} {n} {name}": value for name, value in found.items()}
    facts = {"iterations": ITERATIONS, "kinds": list(KINDS),
             "versions": {"sklearn": sklearn.__version__, "numpy": np.__version__}}
    path = Path(__file__).with_name("mixture.npz")
    write_arrays(path, arrays, **facts)
    print(f"{path.name}: {path.stat().st_size / 1024:.0f} KiB")


def example(rng, dimensions, k):
    """Overlapping Gaussians, and three means, not theirs, to begin with."""
    means = 2 * rng.standard_normal((k, dimensions))
    shapes = rng.standard_normal((k, dimensions, dimensions))
    which = rng.integers(k, size=200)
    noise = rng.standard_normal((200, dimensions))
    x = means[which] + np.einsum("nij,nj->ni", shapes[which], noise)
    return x, {"means": x[rng.choice(200, size=k, replace=False)], "weights": np.full(k, 1 / k)}


def fit(kind, x, start, iterations):
    """Parameters after that many iterations from unit covariances; log-likelihood per example."""
    k, d = start["means"].shape
    identity = {"full": np.stack([np.eye(d)] * k), "diag": np.ones((k, d)),
                "spherical": np.ones(k)}[kind]
    model = GaussianMixture(k, covariance_type=kind, reg_covar=0, tol=0, max_iter=iterations,
                            weights_init=start["weights"], means_init=start["means"],
                            precisions_init=identity)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(x)
    covariances = {"full": lambda c: c, "diag": lambda c: np.stack([np.diag(row) for row in c]),
                   "spherical": lambda c: c[:, None, None] * np.eye(d)}[kind](model.covariances_)
    return {"weights": model.weights_, "means": model.means_, "covariances": covariances,
            "log_prob": model.score_samples(x), "share": model.predict_proba(x)[:20]}


if __name__ == "__main__":
    main()
