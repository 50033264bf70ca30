"""Mistakes that well-known projects have made, planted one at a time: a test must notice each.

    python -m tests.mutations              plant every mistake and print what caught it
    python -m tests.mutations --table      print tests/MUTATIONS.md

A suite that passes says little until it has been seen to fail. Each mistake is one replacement of
text in a copy of the package; it counts as caught only if its test runs and fails there, while the
same test passes on the untouched copy. An error while importing or collecting is not a catch.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PASSED, FAILED = 0, 1                       # pytest's exit codes; 2 and above: the test did not run


class Mutation(NamedTuple):
    """`right`, which occurs once in the whole package, becomes `wrong`; then `test` must fail."""

    name: str
    seen_in: str
    right: str
    wrong: str
    test: str


KNOWN = "tests/test_known_mistakes.py::test_"
OPS = "tests/reference/test_reference_ops.py::test_"
TABLE = "tests/autodiff/ops/test_table.py::test_"
BOUNDS = "tests/elbo/test_bounds.py::test_"
STEPS = "tests/reference/test_reference_optimisers.py::test_trajectory"

# Most of these train, plot and print plausible numbers.
MUTATIONS = [
    Mutation("a search through the graph that calls itself", "micrograd: fails at 2,000 operations",
             "stack.append(x)",
             "found.update({t.order: t for t in ancestors(x, since)})",
             KNOWN + "a_long_chain_needs_no_recursion"),
    Mutation("interior gradients kept from one backward to the next", "micrograd",
             "        if g is None:\n            continue\n",
             "        if g is None:\n            continue\n"
             "        if node.op is not None and node is not root:\n"
             "            g = node.grad = g if node.grad is None else node.grad + g\n",
             KNOWN + "a_second_backward_adds_exactly_the_same_gradient_again"),
    Mutation("a missing seed is taken to be ones", "DeZero",
             "if y.size != 1 or y.shape != ():",
             "if y.size == 0:",
             KNOWN + "a_vector_has_no_gradient_without_a_seed"),
    Mutation("copies made by broadcasting are averaged, not summed", "often",
             "ops.sum(g, axis=axes)",
             "ops.mean(g, axis=axes)",
             KNOWN + "a_broadcast_input_receives_the_sum_of_its_copies"),
    Mutation("every entry of a tie receives the whole gradient", "DeZero",
             "winners / sum(winners, axis=axis, keepdims=True)",
             "winners",
             KNOWN + "a_tie_counts_once"),
    Mutation("float32 times a Python number is float64", "DeZero",
             "lambda a, b: multiply(a, b)",
             "lambda a, b: multiply(a, b if hasattr(b, 'dtype') else Tensor(b))",
             KNOWN + "a_python_number_does_not_turn_float32_into_float64"),
    Mutation("relu passes the gradient at 0", "another convention than documented",
             "np.greater(x, 0).astype(x.dtype)",
             "np.greater_equal(x, 0).astype(x.dtype)",
             OPS + "gradient[relu 4 around 0]"),
    Mutation("sigmoid of 2x", "the GAN example of HIPS/autograd, said to collapse always",
             "def sigmoid(x):\n    e = np.exp(-np.abs(x))",
             "def sigmoid(x):\n    e = np.exp(-2 * np.abs(x))",
             KNOWN + "sigmoid_is_the_logistic_function"),
    Mutation("softmax without subtracting the maximum", "often",
             "y = xp.exp(x - xp.max(x, axis=axis, keepdims=True))",
             "y = xp.exp(x)",
             KNOWN + "softmax_does_not_overflow"),
    Mutation("cross-entropy of probabilities clipped at 1e-15", "DeZero: gradient 0 where it is 1",
             "    size = np.abs(logits)",
             "    logits = np.clip(logits, -34.5, 34.5)\n    size = np.abs(logits)",
             KNOWN + "binary_cross_entropy_is_exact_at_every_logit"),
    Mutation("a loss whose gradient has the other sign", "numpy-ml WGAN-GP; its test negates too",
             "lambda g, y, excess, logits, targets: g * excess",
             "lambda g, y, excess, logits, targets: -g * excess",
             KNOWN + "the_gradient_of_a_loss_is_that_of_that_loss[bce_with_logits]"),
    Mutation("the inverse deviation is a constant to the second derivative", "DeZero batchnorm",
             "keepdims=True) + eps)\nnormalise.vjp",
             "keepdims=True) + eps).detach()\nnormalise.vjp",
             KNOWN + "normalise_has_the_second_derivative_of_its_variance_too"),
    Mutation("the weight gradient of a convolution is a constant", "DeZero: TypeError instead",
             "conv2d_weight(x, g, kernel",
             "conv2d_weight(x.detach() if hasattr(x, 'detach') else x, g, kernel",
             TABLE + "second_derivative[conv2d]"),
    Mutation("a transposed convolution that forgets the rest of the stride", "often",
             "last = min(windows, (size - 1 - offset) // stride + 1)",
             "last = min(windows, size // stride)",
             TABLE + "value[conv_transpose2d]"),
    Mutation("a running variance that divides by n", "often; PyTorch divides by n - 1",
             "self.momentum * (n / (n - 1) * variance - self.running_var)",
             "self.momentum * (variance - self.running_var)",
             "tests/reference/test_reference_batch_norm.py"),
    Mutation("a gradient check that is content with 1 %", "minitorch",
             "1: (1e-7, 1e-9)",
             "1: (1e-2, 1e-2)",
             KNOWN + "a_gradient_check_sees_one_entry_in_a_thousand_off_by_a_thousandth"),
    Mutation("Cholesky's rule with the whole diagonal", "often",
             "(tril(p) + tril(p, k=-1)) / 2",
             "tril(p)",
             OPS + "gradient[cholesky 3x3]"),
    Mutation("Adam without correction for starting at zero", "often",
             "scratch = np.empty(",
             "rate, eps = lr * (1 - beta1) / (1 - beta2) ** 0.5, eps / (1 - beta2) ** 0.5\n"
             "    scratch = np.empty(",
             KNOWN + "the_first_step_of_adam_has_the_length_of_the_learning_rate"),
    Mutation("Nesterov's momentum without looking ahead", "often",
             "g + self.momentum * v if self.nesterov else v",
             "v",
             STEPS + "[nesterov]"),
    Mutation("AdamW's decay goes through the moments", "Adam with weight decay",
             "p *= 1 - self.lr * self.weight_decay\n",
             "g = decayed(g, p, self.weight_decay)\n",
             STEPS + "[adamw]"),
    Mutation("a checkpoint forgets the optimiser's moments", "DeZero",
             "_OPTIMISER + name: values for",
             "_OPTIMISER + name: 0 * values for",
             KNOWN + "saving_changes_nothing_and_keeps_the_optimiser"),
    Mutation("importing the package needs matplotlib", "DeZero",
             "from ._version import __version__\nfrom .errors",
             "import matplotlib\nfrom ._version import __version__\nfrom .errors",
             "tests/test_package.py::test_import_loads_numpy_and_nothing_heavier"),
    Mutation("the sampler reads a log deviation as a log variance", "DeZero and numpy-ml VAE",
             "ops.exp(self._log_scale)",
             "ops.exp(0.5 * self._log_scale)",
             KNOWN + "the_divergence_is_that_of_the_distribution_samples_are_drawn_from"),
    Mutation("no gradient through the sample", "often",
             "return self.loc + self.scale * noise",
             "return raw(self.loc) + raw(self.scale) * noise",
             KNOWN + "both_halves_of_the_encoder_are_trained_through_the_sample"),
    Mutation("the divergence is averaged over the code", "often",
             "return ops.sum(kl(p.base, q.base)",
             "return ops.mean(kl(p.base, q.base)",
             KNOWN + "the_bound_is_the_likelihood_where_the_posterior_is_exact"),
    Mutation("a divergence of the wrong sign", "PyTorch-VAE reports one",
             "return ops.sum(kl(p.base, q.base)",
             "return -ops.sum(kl(p.base, q.base)",
             KNOWN + "the_bound_is_reconstruction_minus_beta_divergence_in_nats"),
    Mutation("beta multiplies the reconstruction as well", "GDL2 VAE: another effective beta",
             "return reconstruction - beta * divergence",
             "return beta * (reconstruction - divergence)",
             KNOWN + "the_bound_is_reconstruction_minus_beta_divergence_in_nats"),
    Mutation("training minimises something else than it reports", "PyTorch-VAE: 0.00025 KL",
             "ops.mean(reconstruction - self.beta * kl)",
             "ops.mean(reconstruction - 0.00025 * kl)",
             KNOWN + "training_minimises_the_bound_that_it_reports"),
    Mutation("importance weights that favour the worst sample", "PyTorch-VAE iwae.py",
             "ops.logsumexp(log_weight(model, x, z, log_q), axis=0)",
             "2 * math.log(k) - ops.logsumexp(-log_weight(model, x, z, log_q), axis=0)",
             KNOWN + "importance_weights_average_to_the_likelihood"),
    Mutation("importance weights with the divergence inside", "PyTorch-VAE iwae.py",
             "model.prior.log_prob(z) - log_q",
             "-__import__('scratchgen').distributions.kl(model.encode(x), model.prior)",
             KNOWN + "with_the_exact_posterior_every_draw_gives_the_exact_likelihood"),
    Mutation("doubly reparameterised weights that are not squared", "often",
             "held + v[first:first + z.shape[0]] * (z - held)",
             "z",
             BOUNDS + "the_expected_gradient_is_the_gradient_of_the_expectation"),
    Mutation("the score stays in the doubly reparameterised gradient", "often",
             "q.log_prob(z) - (score - ops.stop_gradient(score))",
             "q.log_prob(z)",
             BOUNDS + "the_expected_gradient_is_the_gradient_of_the_expectation"),
    Mutation("the standard error of a mean taken for that of its logarithm", "often",
             "excess = n / effective_sample_size(log_weights) - 1 ",
             "excess = (n / effective_sample_size(log_weights) - 1) * ops.exp(2 * value) ",
             "tests/elbo/test_estimates.py"),
    Mutation("maximum likelihood with a covariance that divides by n - 1", "scikit-learn PCA.score",
             "eigenvalues = root * root / n",
             "eigenvalues = root * root / (n - 1)",
             "tests/models/test_linear_gaussian.py::"
             "test_maximum_likelihood_is_the_formula_of_tipping_and_bishop"),
]


def place(mutation, root=ROOT):
    """The file of the package that holds the text to spoil; LookupError unless it is there once."""
    counts = {file: file.read_text().count(mutation.right)
              for file in sorted((root / "scratchgen").rglob("*.py"))}
    if sum(counts.values()) != 1:
        raise LookupError(f"{mutation.name}: the package holds {sum(counts.values())} times, "
                          f"not once, the text {mutation.right!r}")
    return max(counts, key=counts.get)


def plant(mutation, folder):
    """Copy the package and its tests into `folder`, with the mistake, if there is one, in it."""
    for name in ("scratchgen", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "setup.cfg", folder)
    if mutation is not None:
        file = place(mutation, folder)
        file.write_text(file.read_text().replace(mutation.right, mutation.wrong))


def run(tests, folder):
    """(exit code, output) of pytest on these tests of the copy in `folder`."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def outcome(mutation):
    """(exit code, output) of the mutation's test with the mistake in place."""
    with tempfile.TemporaryDirectory() as folder:
        plant(mutation, Path(folder))
        return run([mutation.test], folder)


def outcome_without():
    """(exit code, output) of all the named tests on an untouched copy."""
    with tempfile.TemporaryDirectory() as folder:
        plant(None, Path(folder))
        return run(sorted({mutation.test for mutation in MUTATIONS}), folder)


def table():
    """The list as a page."""
    rows = [f"| {i} | {m.name} | {m.seen_in} | `{place(m).relative_to(ROOT)}` | `{m.test}` |"
            for i, m in enumerate(MUTATIONS, 1)]
    return "\n".join([
        "# Planted mistakes", "",
        "Each of these is planted in a copy of the package by `python -m tests.mutations`, and by",
        "the slow tests; the named test must pass without it and fail with it. This page is",
        "printed by `python -m tests.mutations --table`.", "",
        "| # | mistake | seen in | planted in | caught by |", "|---|---|---|---|---|", *rows, ""])


def main():
    if sys.argv[1:] == ["--table"]:
        print(table(), end="")
        return 0
    code, output = outcome_without()
    if code != PASSED:
        print(output, "\nthe named tests do not pass on the untouched package", sep="")
        return 1
    missed = 0
    for mutation in MUTATIONS:
        caught = outcome(mutation)[0] == FAILED
        missed += not caught
        print(f"{'caught' if caught else 'MISSED':8}{mutation.name}", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
