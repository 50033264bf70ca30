"""What a user relies on before any mathematics: names, signatures, data, a light import."""

import ast
import configparser
import fnmatch
import importlib
import importlib.metadata
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import scratchgen as sg

ROOT = Path(__file__).parent.parent
PACKAGE = Path(sg.__file__).parent

PUBLIC = {
    "scratchgen": """
        Tensor no_grad grad value_and_grad vjp jvp jacobian hessian hvp gradcheck explain
        ops nn optim distributions models data viz backend errors
        ShapeError DataError CheckpointError BackendError GradientError __version__""",
    "scratchgen.errors": "ShapeError DataError CheckpointError BackendError GradientError",
    "scratchgen.backend": """
        use namespace asarray to_numpy rng available synchronize checked register""",
    "scratchgen.ops": """
        add subtract multiply divide pow negative reciprocal
        exp log log2 log1p expm1 sqrt square abs sign sin cos tan asin acos atan
        sinh cosh tanh atanh maximum minimum clip where astype
        sum mean var std max min prod cumulative_sum logsumexp norm
        reshape permute_dims matrix_transpose broadcast_to expand_dims squeeze
        concat stack flip roll tile repeat pad tril triu take take_along_axis
        matmul tensordot vecdot einsum
        cholesky solve solve_triangular inv det logabsdet diagonal trace
        relu leaky_relu elu silu gelu sigmoid log_sigmoid softplus softmax log_softmax erf
        linear normalise bce_with_logits gaussian_nll softmax_cross_entropy
        conv2d conv_transpose2d max_pool2d avg_pool2d stop_gradient straight_through
        one_hot_argmax straight_through_argmax gumbel_softmax""",
    "scratchgen.nn": """
        Module Parameter Linear Conv2d ConvTranspose2d BatchNorm LayerNorm Dropout Flatten Reshape
        Sequential SpectralNorm mlp save load""",
    "scratchgen.optim": "SGD Momentum RMSProp Adam AdamW clip_grad_norm schedules",
    "scratchgen.distributions": """
        Normal MultivariateNormal Bernoulli ContinuousBernoulli Categorical Laplace Uniform Mixture
        Independent kl kl_monte_carlo entropy_monte_carlo expectation""",
    "scratchgen.elbo": "ladder Line iwae_bound effective_sample_size critical_value",
    "scratchgen.models": """
        Autoencoder ClassConditional Classifier LinearGaussianVAE VAE autoencoder_dense vae_dense
        load GAN Game Labels Packed WGANGP GradientPenalty R1 gan_dense wgan_gp_dense dcgan
        gradient_penalty FeatureVAE VAEGAN vaegan_conv linear_probe saddle
        coverage two_sample FrechetDistance frechet_distance frechet_gaussians memorising diagnose
        optimal_logit from_optimal game_value jensen_shannon""",
}

METHODS = {
    "nn.Module": """
        parameters named_parameters state_dict load_state_dict train eval frozen astype to""",
    "optim.Adam": "zero_grad step state_dict",
    "distributions.Normal": "sample rsample log_prob entropy mean variance",
    "distributions.Bernoulli": "sample log_prob entropy mean variance",
    "distributions.Independent": "sample rsample log_prob entropy mean variance",
    "distributions.MultivariateNormal": """
        sample rsample log_prob entropy mean variance covariance""",
    "distributions.ContinuousBernoulli": "sample rsample log_prob entropy mean variance",
    "distributions.Categorical": "sample log_prob entropy mean variance probs log_probs",
    "distributions.Laplace": "sample rsample log_prob entropy mean variance",
    "distributions.Uniform": "sample rsample log_prob entropy mean variance",
    "distributions.Mixture": "sample log_prob mean variance posterior",
    "models.Autoencoder": "encode decode",
    "models.LinearGaussianVAE": """
        log_prob posterior gap elbo terms encode decode sample random maximum_likelihood""",
    "models.VAE": """
        encode decode elbo terms log_prob sample interpolate alter attribute_vector given""",
    "models.Classifier": "fit posterior predict accuracy loss",
    "models.GAN": """
        noise generate image sample score probability discriminator_loss generator_loss game
        given prior""",
    "models.Game": "turn play",
    "models.FrechetDistance": "fit",
    "models.ClassConditional": "fit posterior predict accuracy log_joint log_prob sample",
}

TENSOR = """data grad shape ndim dtype size requires_grad mT item numpy detach astype backward
    zero_grad retain_grad sum mean reshape"""


def module(path):
    """scratchgen.ops is an attribute of the package whose code lives in a deeper module."""
    return importlib.import_module(path) if path == "scratchgen" else getattr(sg, path[11:])


def names(table):
    return [(where, name) for where, row in table.items() for name in row.split()]


@pytest.mark.parametrize("where, name", names(PUBLIC))
def test_public_name(where, name):
    assert hasattr(module(where), name)


@pytest.mark.parametrize("where, name", names(METHODS))
def test_public_method(where, name):
    layer, cls = where.split(".")
    assert hasattr(getattr(getattr(sg, layer), cls), name)


@pytest.mark.parametrize("name", TENSOR.split())
def test_tensor_attribute(name):
    assert hasattr(sg.Tensor([[1.0]]), name)


@pytest.mark.parametrize("where, name", [row for row in names(PUBLIC) if row[1] != "__version__"])
def test_every_public_name_explains_itself(where, name):
    assert (getattr(module(where), name).__doc__ or "").strip()


def test_submodules_are_importable_from_the_package():
    from scratchgen import ops
    assert ops is sg.ops


def test_errors_are_the_same_classes_on_the_package():
    kinds = {"ShapeError": ValueError, "DataError": ValueError, "CheckpointError": ValueError,
             "BackendError": RuntimeError, "GradientError": AssertionError}
    for name, kind in kinds.items():
        assert getattr(sg, name) is getattr(sg.errors, name)
        assert issubclass(getattr(sg, name), kind)


def callables(layer):
    """Every public function, class and public method of a layer, with its name."""
    public = getattr(sg, layer)
    for name in public.__all__:
        thing = getattr(public, name)
        if inspect.isclass(thing):
            yield from ((f"{name}.{n}", m) for n, m in vars(thing).items()
                        if inspect.isfunction(m) and (n == "__init__" or not n.startswith("_")))
        elif inspect.isfunction(thing):
            yield name, thing


@pytest.mark.parametrize("layer", ["nn", "distributions", "elbo", "models", "data"])
def test_randomness_is_asked_for_by_name_and_never_by_default(layer):
    random = {name: inspect.signature(thing).parameters["rng"] for name, thing in callables(layer)
              if "rng" in inspect.signature(thing).parameters}
    assert random
    for name, rng in random.items():
        assert rng.kind is inspect.Parameter.KEYWORD_ONLY, name
        assert rng.default is inspect.Parameter.empty, name


def test_import_loads_numpy_and_nothing_heavier():
    heavy = ["matplotlib", "tqdm", "threadpoolctl", "cupy", "pooch", "scipy", "PIL",
             "urllib.request"]
    code = f"import sys, scratchgen; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT,
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def test_the_stub_of_tensor_says_what_tensor_has():
    """The same names, and for methods the same parameters after self."""
    tree = ast.parse((PACKAGE / "autodiff" / "tensor.pyi").read_text("utf-8"))
    stub = next(node for node in tree.body if getattr(node, "name", "") == "Tensor")
    fields = {node.target.id for node in stub.body if isinstance(node, ast.AnnAssign)}
    functions = {node.name: [arg.arg for arg in node.args.args[1:]] for node in stub.body
                 if isinstance(node, ast.FunctionDef)}
    internal = {"__doc__", "__module__", "__slots__", "__weakref__", "_retains",
                "__reduce__", "__slotnames__"}          # what pickle and copy use, or leave behind
    assert fields | set(functions) == set(vars(sg.Tensor)) - internal
    for name, parameters in functions.items():
        if inspect.isfunction(getattr(sg.Tensor, name)) and not name.startswith("__"):
            there = inspect.signature(getattr(sg.Tensor, name)).parameters.values()
            assert parameters == [p.name for p in there if p.kind is not p.VAR_POSITIONAL][1:], name


def test_version_is_the_same_everywhere():
    assert re.fullmatch(r"\d+\.\d+\.\d+", sg.__version__)
    assert importlib.metadata.version("scratchgen") == sg.__version__
    assert f"version: {sg.__version__}" in (ROOT / "CITATION.cff").read_text("utf-8")
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert newest[1] == sg.__version__


def test_data_and_type_marker_are_there():
    assert (PACKAGE / "py.typed").is_file()
    assert (PACKAGE / "data" / "digits.npz").is_file()
    assert any("digits" in file.name.lower() for file in (PACKAGE / "data").glob("*LICENSE*"))


def test_everything_in_the_package_is_packaged():
    """A file that no pattern of setup.cfg names would be missing from the wheel, and only there."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    patterns = ["py.typed", "*.py"]
    patterns += [p.strip() for p in config["options.package_data"]["*"].split(",")]
    files = [f for f in PACKAGE.rglob("*") if f.is_file() and f.parent.name != "__pycache__"]
    assert len(files) > 10
    for file in files:
        assert any(fnmatch.fnmatch(file.name, pattern) for pattern in patterns), file
        assert (file.parent / "__init__.py").is_file(), f"{file.parent} is no package"
