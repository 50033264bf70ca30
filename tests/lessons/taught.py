"""Which tests hold the part of the library that a lesson teaches: `pytest -m lesson08` runs them.

Beside them it runs the lesson itself, its solutions, and what every lesson must have.  Tests marked
slow are left out, so that a lesson's tests take seconds.
"""
import pytest

TAUGHT = {
    1: ("autodiff/test_engine.py", "autodiff/explain"),
    2: ("autodiff/test_gradcheck.py", "autodiff/test_tensor.py", "autodiff/ops/test_kinks.py"),
    3: ("backend/test_choice.py", "backend/test_cupy_status.py", "backend/test_no_hidden_waits.py"),
    4: ("nn/test_dense.py", "nn/test_init.py", "optim/test_rules.py",
        "autodiff/ops/test_losses.py"),
    5: ("models/test_autoencoder.py", "models/test_ppca.py"),
    6: ("models/test_latent.py",),
    7: ("models/test_mixture.py", "distributions/test_mixture.py"),
    8: ("models/test_affine.py", "distributions/test_mvn.py"),
    9: ("distributions/bijectors", "distributions/test_transformed.py"),
    10: ("distributions/test_divergence.py", "distributions/test_closed_forms.py",
         "distributions/test_monte_carlo.py"),
    11: ("elbo/test_ladder.py", "elbo/test_estimates.py", "models/test_linear_gaussian.py"),
    12: ("models/test_vae.py", "distributions/test_gradient_estimators.py", "elbo/test_audit.py"),
    13: ("models/test_latent.py",),
    14: ("elbo/test_bounds.py", "models/test_instruments.py", "models/test_outliers.py",
         "models/test_disentanglement.py"),
    15: ("distributions/test_normal.py", "distributions/test_bernoulli.py",
         "distributions/test_continuous_bernoulli.py", "models/test_dequantise.py"),
    16: ("autodiff/ops/test_convolution.py", "nn/test_convolution.py", "models/test_conv.py"),
    17: ("models/test_flow.py", "models/test_made.py", "nn/test_masked.py"),
    18: ("models/gan",),
    19: ("models/gan", "models/diagnosis", "models/test_saddle.py", "nn/test_spectral.py"),
    20: ("models/gan", "nn/test_batch_norm.py"),
    21: ("models/vaegan", "models/gan", "benchmarks/test_vae_gan.py"),
    22: ("autodiff/ops/test_discrete.py", "distributions/test_discrete_gradients.py"),
    23: ("models/test_classifier.py",),
    24: ("benchmarks/test_statistics.py", "benchmarks/test_rounds.py"),
}


def mark(items, root):
    """Put lessonNN on each test, not marked slow, of a file or folder of TAUGHT."""
    lessons = {}
    for number, places in TAUGHT.items():
        for place in places:
            lessons.setdefault(root / "tests" / place, []).append(number)
    for item in items:
        if item.get_closest_marker("slow") is None:
            for place in (item.path, item.path.parent):
                for number in lessons.get(place, ()):
                    item.add_marker(getattr(pytest.mark, f"lesson{number:02}"))
