"""The command line: exit codes, one-line refusals, interrupts, and each command once."""
import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

from scratchgen import cli, models, nn, runs
from scratchgen.runs.views import adversarial, density
from tests.data.idx_files import write_pair

FAST = ["--epochs", "2", "--set", "hidden=16", "--set", "batch_size=256", "--latent", "2"]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "run"
    argv = ["train", "vae", "--data", "digits", *FAST, "--out", str(folder), "--quiet"]
    assert cli.main(argv) == 0
    return folder


def test_train_leaves_a_complete_run_folder(run_folder):
    names = {path.name for path in run_folder.iterdir()}
    assert names >= {"config.json", "env.json", "metrics.csv", "last.npz", "best.npz",
                     "report.html",
                     "samples.png", "reconstructions.png", "latent_map.png", "loss_curves.png",
                     "manifold.png"}
    assert not [name for name in names if name.endswith(".part")]


def test_one_aligned_line_an_epoch_where_there_is_no_terminal(tmp_path, capsys):
    assert cli.main(["train", "vae", *FAST, "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if line.startswith("epoch")]
    assert len(lines) == 2 and len({len(line) for line in lines}) == 1
    assert all(word in lines[0] for word in ("elbo", "reconstruction", "kl", "nats", " s ", "eta"))
    assert "report:" in out and "binarised at 0.5" in out


@pytest.mark.parametrize("model", ["vae-conv", "ae-conv"])
def test_convolutions_train_resume_sample_and_report(model, tmp_path, capsys):
    folder = str(tmp_path / "run")
    argv = ["train", model, "--epochs", "1", "--latent", "2", "--set", "channels=3,4",
            "--set", "kernel=4", "--set", "batch_size=256", "--out", folder]
    assert cli.main(argv) == 0
    assert cli.main(["train", model, "--resume", folder, "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1" in out and "epoch 2/2" in out and "binarised at 0.5" in out
    assert cli.main(["report", folder]) == 0
    assert cli.main(["sample", folder, "--n", "4"]) == (0 if model == "vae-conv" else 2)
    assert (tmp_path / "run" / "samples-seed0.png").exists() == (model == "vae-conv")


@pytest.mark.parametrize("model, options, words", [
    ("gan", ["--data", "ring", "--set", "n=200"], ["modes", "/8", "quality", "within 3 sd"]),
    pytest.param("wgan-gp", ["--data", "digits", "--set", "hidden=8"], ["Frechet", "copies"],
                 marks=pytest.mark.slow),
    pytest.param("dcgan", ["--data", "digits", "--set", "width=2", "--set", "batch_size=300"],
                 ["nats"], marks=pytest.mark.slow),
    pytest.param("vaegan", ["--data", "digits", "--set", "channels=2,3", "--set",
                            "batch_size=300"], ["D(reconstructed)", "kl"],
                 marks=pytest.mark.slow)])
def test_games_train_resume_sample_and_report(model, options, words, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(adversarial, "_CELLS", 12)
    folder = str(tmp_path / "run")
    assert cli.main(["train", model, *options, "--epochs", "1", "--out", folder]) == 0
    assert cli.main(["train", model, "--resume", folder, "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1" in out and "epoch 2/2" in out and "best weights" not in out
    assert all(word in out for word in ["D(x)", "D(G(z))", "how the game ended", *words]), out
    assert cli.main(["report", folder]) == 0
    assert cli.main(["sample", folder, "--n", "4"]) == 0
    assert (tmp_path / "run" / "samples-seed0.png").exists()
    assert models.load(folder).config["name"] == model


@pytest.mark.parametrize("model, options, points", [
    pytest.param("affine", ["--data", "moons", "--set", "n=200"], True, marks=pytest.mark.slow),
    pytest.param("gmm", ["--data", "grid25", "--set", "n=200", "--set", "components=3"], True,
                 marks=pytest.mark.slow),
    ("flow", ["--data", "ring", "--set", "n=200", "--set", "couplings=2"], True),
    pytest.param("maf", ["--set", "layers=1", "--set", "hidden=8"], False,
                 marks=pytest.mark.slow),
    ("made", ["--set", "hidden=16"], False),
    pytest.param("pixelcnn", ["--set", "layers=1", "--set", "batch_size=500"], False,
                 marks=pytest.mark.slow)])
def test_models_with_a_density_train_resume_sample_and_report(model, options, points, tmp_path,
                                                              capsys, monkeypatch):
    monkeypatch.setattr(density, "_CELLS", 12)
    folder = str(tmp_path / "run")
    assert cli.main(["train", model, *options, "--epochs", "1", "--out", folder]) == 0
    assert cli.main(["train", model, "--resume", folder, "--epochs", "2"]) == 0
    out = capsys.readouterr().out
    assert "epoch 1/1" in out and "epoch 2/2" in out and "nats per example" in out
    assert ("points to train" in out and "KL(exact || model)" in out) == points
    assert ("images to train" in out and "summed over pixels" in out) == (not points)
    assert ("binarised at 0.5" in out) == (model in ("made", "pixelcnn"))
    assert cli.main(["report", folder]) == 0
    assert cli.main(["sample", folder, "--n", "4"]) == 0
    assert (tmp_path / "run" / "samples-seed0.png").exists()
    assert models.load(folder).config["name"] == model


def test_training_that_ends_before_its_last_epoch_says_why(tmp_path, capsys, monkeypatch):
    """EM stops where it has converged; one Gaussian has, after a step."""
    monkeypatch.setattr(density, "_CELLS", 12)
    command = ["train", "gmm", "--data", "moons", "--set", "n=200", "--set", "components=1"]
    assert cli.main([*command, "--out", str(tmp_path / "short"), "--epochs", "1"]) == 0
    assert "done after" not in capsys.readouterr().out
    assert cli.main([*command, "--out", str(tmp_path / "long"), "--epochs", "50"]) == 0
    assert re.search(r"done after \d+ epochs: one more would gain", capsys.readouterr().out)


@pytest.mark.parametrize("argv, named", [
    (["train", "gpt"], "vae, ae, vae-conv, ae-conv"), (["train"], "vae, ae"),
    (["train", "vae-conv", "--set", "hidden=16"], "channels, kernel"),
    (["train", "gmm", "--latent", "3"], "components"),
    (["train", "made", "--data", "ring"], "one of affine, gmm, flow, maf"),
    (["train", "gmm", "--set", "n=100"], "'n' is how many points"),
    (["train", "vae", "--set", "channels=16"], "hidden"),
    (["train", "gan", "--beta", "2"], "critic_steps"),
    (["train", "wgan-gp", "--set", "loss=hinge"], "penalty_weight"),
    (["train", "gan", "--set", "betas=0.5"], "betas"),
    (["train", "dcgan", "--data", "ring"], "affine, gmm, flow, maf, gan, wgan-gp"),
    (["train", "gan", "--set", "loss=mse"], "least-squares"),
    (["train", "vae", "--data", "cats"], "digits"),
    (["train", "vae", "--set", "lr"], "NAME=VALUE"), (["train", "vae", "--set", "rate=1"], "lr"),
    (["train", "vae", "--set", "lr=fast"], "a number"),
    (["train", "vae", "--epochs", "0"], "epochs"),
    (["train", "vae", "--set", "model=ae"], "model was said before"),
    (["train", "vae", "--epochs", "2", "--set", "epochs=3"], "epochs was said before"),
    (["train", "vae", "--out", ""], "--out"), (["train", "vae", "--resume", ""], "--resume"),
    (["train", "vae", *FAST, "--out", "/"], "cannot write"),
    (["train", "vae", "--resume", "nowhere"], "no run folder"),
    (["sample", "nowhere"], "no run folder"), (["report", "nowhere"], "no run folder"),
    (["train", "--resume", "nowhere", "--latent", "3"], "--latent"),
    (["data", "fetch", "cats"], "mnist")])
def test_a_wrong_choice_is_exit_2_and_one_line_that_names_the_choice(argv, named, capsys):
    assert cli.main(argv) == 2
    error = capsys.readouterr().err
    assert named in error and len(error.strip().splitlines()) == 1


@pytest.mark.parametrize("model, n, size", [("flow", 20, 1), ("maf", 20, 1), ("flow", 2, 9)])
def test_what_a_model_cannot_be_trained_with_is_exit_2(model, n, size, tmp_path, capsys):
    argv = ["train", model, "--data", "ring", "--set", f"n={n}", "--set", f"batch_size={size}"]
    assert cli.main([*argv, "--out", str(tmp_path / "run"), "--quiet"]) == 2
    error = capsys.readouterr().err
    assert "batch_size" in error and len(error.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_a_mistake_of_the_package_is_not_taken_for_a_wrong_choice(tmp_path, monkeypatch):
    def epochs(training, **options):
        raise ValueError("operands could not be broadcast")

    monkeypatch.setattr(cli.train.runs.Training, "epochs", epochs)
    with pytest.raises(ValueError, match="broadcast"):
        cli.main(["train", "vae", *FAST, "--out", str(tmp_path / "run"), "--quiet"])


@pytest.mark.parametrize("n", [10**9 + 1, 10**30])
def test_more_samples_than_anybody_needs_is_exit_2(n, run_folder, capsys):
    assert cli.main(["sample", str(run_folder), "--n", str(n)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_too_little_memory_is_exit_1_and_one_line(monkeypatch, capsys):
    def training(settings):
        raise MemoryError("Unable to allocate 46.6 TiB")

    monkeypatch.setattr(cli.train.runs, "Training", training)
    assert cli.main(["train", "vae", "--set", "hidden=99999999999"]) == 1
    error = capsys.readouterr().err
    assert "memory: Unable to allocate" in error and len(error.strip().splitlines()) == 1


@pytest.mark.kink
def test_a_scale_that_falls_to_0_is_exit_1_and_names_the_step(tmp_path, capsys):
    argv = ["train", "affine", "--data", "ring", "--set", "n=20", "--set", "lr=1e8"]
    assert cli.main([*argv, "--out", str(tmp_path / "run"), "--quiet"]) == 1
    assert "not finite at step 2: a triangular matrix" in capsys.readouterr().err


@pytest.mark.parametrize("argv, named", [
    ([], "COMMAND"), (["fly"], "train"), (["sample"], "RUN"),
    (["train", "vae", "--epochs", "many"], "'many'"), (["train", "--device", "tpu"], "cpu"),
    (["train", "vae", "--likelihood", "poisson"], "gaussian"),
    (["train", "--speed", "3"], "scratchgen train --help"),
    (["explain", "-x**2", "x=3"], "scratchgen explain --help")])
def test_what_cannot_be_read_is_exit_2_and_one_line_too(argv, named, capsys):
    assert cli.main(argv) == 2
    error = capsys.readouterr().err
    assert named in error and "--help" in error and len(error.strip().splitlines()) == 1


def test_help_and_version_are_no_errors(capsys):
    assert cli.main(["--help"]) == 0 and cli.main(["train", "--help"]) == 0
    assert "--likelihood" in capsys.readouterr().out
    assert cli.main(["--version"]) == 0


def test_a_folder_that_cannot_be_written_is_exit_2(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["train", "vae", *FAST, "--out", str(tmp_path / "file" / "run")]) == 2
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("data", [[], ["--data", "digits"], ["--set", "data=moons"]])
def test_a_folder_of_files_is_not_ignored(data, tmp_path, capsys):
    out = tmp_path / "run"
    assert cli.main(["train", "ae", *data, "--data-dir", str(tmp_path), "--out", str(out)]) == 2
    assert "mnist" in capsys.readouterr().err and not out.exists()


@pytest.mark.parametrize("command", [["train", "--resume"], ["report"], ["explore"]])
def test_a_folder_of_files_is_not_ignored_later_either(command, run_folder, tmp_path, capsys):
    assert cli.main([*command, str(run_folder), "--data-dir", str(tmp_path)]) == 2
    assert "digits, is not read from files" in capsys.readouterr().err


def test_the_data_of_a_run_may_move(tmp_path, monkeypatch, capsys):
    run, data = tmp_path / "run", tmp_path / "data"
    for pair in ("train", "t10k"):
        write_pair(data, pair, 9)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["train", "vae", *FAST, "--data", "mnist", "--data-dir", "data",
                     "--out", str(run)]) == 0
    monkeypatch.chdir(run)
    assert cli.main(["report", "."]) == 0
    moved = str(data.rename(tmp_path / "moved"))
    for command in (["report", str(run)], ["explore", str(run)], ["train", "--resume", str(run)]):
        assert cli.main(command) == 1 and "--data-dir" in capsys.readouterr().err
        assert cli.main([*command, "--data-dir", moved]) == 0
    assert cli.main(["report", str(run)]) == 0      # training has noted where the files are


def test_missing_data_is_exit_1_and_says_what_to_do(tmp_path, capsys):
    assert cli.main(["train", "vae", "--data", "mnist", "--data-dir", str(tmp_path)]) == 1
    error = capsys.readouterr().err
    assert "digits" in error and "fetch" in error


def test_no_gpu_is_exit_1_with_the_reason(capsys, monkeypatch):
    from scratchgen import backend
    if backend.available()["cupy"][0]:
        pytest.skip("there is a GPU here")
    assert cli.main(["train", "vae", "--device", "gpu"]) == 1
    assert "scratchgen[cuda" in capsys.readouterr().err


def test_sample_is_reproducible(run_folder, tmp_path, capsys):
    files = [tmp_path / f"{i}.npz" for i in range(3)]
    for file, seed in zip(files, "001"):
        argv = ["sample", str(run_folder), "--n", "5", "--seed", seed, "--out", str(file)]
        assert cli.main(argv) == 0
    a, b, c = (np.load(file)["images"] for file in files)
    np.testing.assert_array_equal(a, b)
    assert a.shape[0] == 5 and (a != c).any() and a.min() >= 0 and a.max() <= 1


def test_sample_writes_a_figure_and_refuses_other_formats(run_folder, tmp_path, capsys):
    assert cli.main(["sample", str(run_folder), "--out", str(tmp_path / "s.png")]) == 0
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert cli.main(["sample", str(run_folder), "--out", str(tmp_path / "s.jpg")]) == 2
    assert cli.main(["sample", str(run_folder), "--n", "0"]) == 2


def test_a_folder_that_is_not_there_is_named(run_folder, tmp_path, capsys):
    out = str(tmp_path / "nowhere" / "s.png")
    assert cli.main(["sample", str(run_folder), "--out", out]) == 2
    assert f"{tmp_path / 'nowhere'} is not a folder" in capsys.readouterr().err


def test_a_resumed_run_refuses_another_number_of_epochs_that_cannot_be(run_folder, capsys):
    assert cli.main(["train", "--resume", str(run_folder), "--epochs", "0"]) == 2
    assert "'epochs' is out of range" in capsys.readouterr().err


@pytest.mark.parametrize("meta", [{}, {"settings": 3}, {"settings": {"speed": 3}}])
@pytest.mark.parametrize("command", [["train", "--resume"], ["report"], ["sample"], ["explore"]])
def test_a_checkpoint_of_something_else_is_exit_1(command, meta, tmp_path, capsys):
    nn.save(tmp_path / "last.npz", nn.mlp(2, 3, rng=0), **meta)
    assert cli.main([*command, str(tmp_path)]) == 1
    assert "last.npz does not" in capsys.readouterr().err


def test_an_autoencoder_cannot_be_sampled_and_the_error_says_why(tmp_path, capsys):
    folder = str(tmp_path / "ae")
    assert cli.main(["train", "ae", *FAST, "--out", folder, "--quiet"]) == 0
    assert cli.main(["sample", folder]) == 2
    assert "no distribution to sample" in capsys.readouterr().err


def test_a_mistake_inside_a_model_is_not_called_the_users(run_folder, monkeypatch):
    def sample(self, n, rng):
        return n + "a number"

    monkeypatch.setattr(models.VAE, "sample", sample)
    with pytest.raises(TypeError, match="unsupported operand"):
        cli.main(["sample", str(run_folder)])


def test_report_again(run_folder, capsys):
    (run_folder / "report.html").unlink()
    assert cli.main(["report", str(run_folder)]) == 0
    assert (run_folder / "report.html").exists() and "elbo" in capsys.readouterr().out


def test_a_damaged_checkpoint_is_exit_1(run_folder, tmp_path, capsys):
    (tmp_path / "last.npz").write_bytes((run_folder / "last.npz").read_bytes()[:500])
    assert cli.main(["train", "--resume", str(tmp_path)]) == 1
    assert "last.npz" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_learned_and_says_how_to_go_on(tmp_path, number):
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "scratchgen", "train", "vae", "--epochs", "100000",
               "--set", "hidden=16", "--out", str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True,
                             env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    lines = []
    for line in child.stdout:
        lines.append(line)
        if line.startswith("epoch") and "     3/" in line:
            child.send_signal(number)
    assert child.wait() == 130
    child.stdout.close()
    assert "--resume" in lines[-1]
    step = int(re.search(r"after step (\d+)", lines[-1]).group(1))
    assert nn.checkpoint.read(folder / "last.npz")[1]["state"]["step"] == step > 0


def test_an_interrupted_report_says_how_to_have_it(tmp_path, capsys, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt
    monkeypatch.setattr(runs, "write_report", interrupted)
    assert cli.main(["train", "vae", *FAST, "--out", str(tmp_path / "run")]) == 130
    said = capsys.readouterr()
    assert f"scratchgen report {tmp_path / 'run'}" in said.out and said.err == ""


def command(*argv, **options):
    """The command in a process of its own, as a shell starts it."""
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path))
    environment |= options.pop("environment", {})
    return subprocess.Popen([sys.executable, "-m", "scratchgen", *argv], env=environment,
                            stderr=subprocess.PIPE, **options)


def test_a_training_that_nobody_reads_any_more_is_not_done(tmp_path):
    child = command("train", "vae", "--epochs", "100000", "--set", "hidden=16",
                    "--out", str(tmp_path / "run"), stdout=subprocess.PIPE)
    for line in child.stdout:
        if line.startswith(b"epoch"):
            break
    child.stdout.close()
    assert child.wait() == 1 and child.stderr.read() == b""
    child.stderr.close()
    assert nn.checkpoint.read(tmp_path / "run" / "last.npz")[1]["state"]["epoch"] > 0


@pytest.mark.parametrize("argv, printed", [
    (["explain", "\u03bc*\u03bc", "\u03bc=2"], rb"dL/d\u03bc = 4"),
    (["sample", "{run}", "--out", "{folder}/\u03bc.npz"], rb"\u03bc.npz")])
def test_letters_that_the_terminal_has_not_are_escaped(argv, printed, run_folder, tmp_path):
    argv = [text.format(run=run_folder, folder=tmp_path) for text in argv]
    child = command(*argv, stdout=subprocess.PIPE,
                    environment={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "1"})
    out, err = child.communicate()
    assert (child.returncode, err) == (0, b"") and printed in out


@pytest.mark.skipif(os.name != "posix", reason="closed by the shell")
def test_a_terminal_that_is_not_there_and_a_notebook_around_it(run_folder, tmp_path):
    """`2>&-`, and MPLBACKEND, by which Jupyter asks its cells for a backend of its own."""
    pages = [path for path in run_folder.iterdir() if path.name.endswith("npz")]
    for path in [*pages, run_folder / "metrics.csv"]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    child = command("train", "--resume", str(tmp_path), "--epochs", "3", stdout=subprocess.DEVNULL,
                    environment={"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
                    preexec_fn=lambda: os.close(2))
    child.stderr.close()
    assert child.wait() == 0 and (tmp_path / "report.html").exists()


def test_a_missing_library_is_exit_1_with_what_to_do(run_folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert cli.main(["report", str(run_folder)]) == 1
    assert re.search("matplotlib(.|\n)*scratchgen doctor", capsys.readouterr().err)


@pytest.mark.parametrize("argv, words", [
    (["doctor"], ["backends", "numpy", "cupy", "linear algebra", "digits"]),
    (["data", "list"], ["digits", "mnist", "bundled"]),
    (["data", "verify", "digits"], ["verified"]),
    (["lesson"], ["12", "lesson N"])])
def test_commands_that_only_tell(argv, words, capsys):
    assert cli.main(argv) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in words), out


def test_a_lesson_that_is_not_there_is_exit_2(capsys):
    assert cli.main(["lesson", "99"]) == 2
    assert "12" in capsys.readouterr().err
