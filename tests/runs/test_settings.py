"""Settings: typed from text, refused with the choice named."""
import json

import pytest

from scratchgen import models, runs


def test_text_becomes_typed_values():
    parsed = runs.Settings.parse({"lr": "0.01", "hidden": "64,32", "epochs": "3",
                                  "likelihood": "gaussian", "decay": "false",
                                  "condition": "True"})
    assert parsed == {"lr": 0.01, "hidden": (64, 32), "epochs": 3, "likelihood": "gaussian",
                      "decay": False, "condition": True}


@pytest.mark.parametrize("given, named", [
    ({"learning_rate": "1"}, "lr"), ({"lr": "fast"}, "a number"),
    ({"epochs": "1.5"}, "whole number"), ({"hidden": "a,b"}, "widths"),
    ({"channels": "a"}, "widths"), ({"kernel": "3.5"}, "whole number")])
def test_a_malformed_setting_is_refused(given, named):
    with pytest.raises(ValueError, match=named):
        runs.Settings.parse(given)


@pytest.mark.parametrize("name, value", [
    ("epochs", 0), ("batch_size", -1), ("latent", 0), ("seed", -1), ("lr", 0.0),
    ("lr", float("nan")), ("beta", -1.0), ("beta", float("inf")), ("threads", -1),
    ("threads", 10**20), ("validation", 0.0), ("validation", 1.0), ("threshold", 0.0),
    ("device", "tpu"), ("hidden", (0,)), ("n", 1)])
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        runs.Settings(**{name: value})


OTHERS = {"hidden": (5,), "channels": (5, 6), "kernel": 4, "latent": 3, "beta": 2.0, "lr": 0.5,
          "couplings": 3, "layers": 2, "components": 4, "covariance": "diagonal", "prior": 0.0,
          "likelihood": "gaussian", "threshold": 0.25, "batch_size": 7,
          "condition": True, "validation": 0.5, "betas": (0.1, 0.2), "decay": False,
          "critic_steps": 3, "loss": "minimax", "pack": 5, "activation": "relu", "width": 7,
          "batchnorm": False, "spectral": True, "gamma": 2.0, "scale": 3.0, "penalty": "gradient",
          "penalty_weight": 4.0, "real_label": 0.75, "label_noise": 0.25, "label_flip": 0.125}


def test_every_model_has_an_objective_and_a_view():
    from scratchgen.runs import settings, views
    assert set(settings.OWN) == set(runs.OBJECTIVES) == set(models.MODELS)
    assert set(views.VIEWS) == {(name, noun) for name, objective in runs.OBJECTIVES.items()
                                for noun in objective.takes}


def test_points_of_the_plane_have_defaults_of_their_own():
    images, points = runs.Settings(model="gan"), runs.Settings(model="gan", data="ring")
    assert (images.latent, points.latent) == (32, 2)
    assert points.hidden == (64, 64, 64) and points.penalty_weight == 0.1
    assert runs.Settings(model="gan", data="ring", hidden=(5,), latent=7).own.items() >= {
        "hidden": (5,), "latent": 7}.items()
    assert runs.Settings(model="maf", data="ring").own == runs.Settings(model="maf").own


def test_a_prior_is_a_number_or_a_name():
    assert runs.Settings.parse({"prior": "0.5"}) == {"prior": 0.5}
    assert runs.Settings.parse({"prior": "uniform", "betas": "0.5,0.9"}) == {
        "prior": "uniform", "betas": (0.5, 0.9)}
    with pytest.raises(ValueError, match="another kind"):
        runs.Settings(model="gmm", prior="normal")


@pytest.mark.parametrize("model, likelihood, bits", [
    ("vae", "bernoulli", True), ("vae", "gaussian", False), ("made", None, True),
    ("flow", None, False), ("gmm", None, False)])
def test_which_images_are_binarised(model, likelihood, bits):
    assert runs.Settings(model=model, likelihood=likelihood).bits == bits


@pytest.mark.parametrize("model, layers", [
    ("vae", {"hidden": (256, 128)}), ("ae", {"hidden": (256, 128)}),
    ("vae-conv", {"channels": (32, 64), "kernel": 3}),
    ("ae-conv", {"channels": (32, 64), "kernel": 3}),
    ("affine", {"lr": 1e-2}), ("gmm", {"components": 10, "covariance": "full", "prior": 1.0}),
    ("flow", {"couplings": 8, "hidden": (64, 64)}), ("maf", {"layers": 5, "hidden": (64, 64)}),
    ("made", {"threshold": 0.5, "hidden": (500,)}), ("pixelcnn", {"layers": 3, "kernel": 5}),
    ("gan", {"loss": "non-saturating", "prior": "normal", "pack": 1}), ("dcgan", {"width": 16}),
    ("wgan-gp", {"critic_steps": 5, "penalty_weight": 10.0}), ("vaegan", {"gamma": 0.1})])
def test_each_model_has_its_own_settings_and_refuses_those_of_others(model, layers):
    own = runs.Settings(model=model).own
    assert own.items() >= layers.items()
    for name, value in OTHERS.items():
        value = "uniform" if name == "prior" and isinstance(own.get(name), str) else value
        if name in own:
            settings = runs.Settings(model=model, **{name: value})
            assert settings.own == own | {name: value}
            assert runs.Settings(**json.loads(json.dumps(settings.to_dict()))) == settings
        else:
            with pytest.raises(ValueError, match=f"'{model}' takes no setting '{name}'"):
                runs.Settings(model=model, **{name: value})


@pytest.mark.parametrize("model, name, value", [
    ("vae-conv", "channels", (8, 0)), ("vae-conv", "kernel", 2), ("gmm", "components", 0),
    ("gmm", "prior", -1.0), ("flow", "couplings", 0), ("maf", "layers", 0)])
def test_layers_out_of_range(model, name, value):
    with pytest.raises(ValueError, match=f"{name!r} is out of range"):
        runs.Settings(model=model, **{name: value})
