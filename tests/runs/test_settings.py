"""Settings: typed from text, refused with the choice named."""
import json

import pytest

from scratchgen import runs


def test_text_becomes_typed_values():
    parsed = runs.Settings.parse({"lr": "0.01", "hidden": "64,32", "epochs": "3",
                                  "likelihood": "gaussian"})
    assert parsed == {"lr": 0.01, "hidden": (64, 32), "epochs": 3, "likelihood": "gaussian"}


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
    ("validation", 0.0), ("validation", 1.0), ("threshold", 0.0),
    ("device", "tpu"), ("hidden", (0,))])
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        runs.Settings(**{name: value})


@pytest.mark.parametrize("model, layers", [
    ("vae", {"hidden": (256, 128)}), ("ae", {"hidden": (256, 128)}),
    ("vae-conv", {"channels": (32, 64), "kernel": 3}),
    ("ae-conv", {"channels": (32, 64), "kernel": 3})])
def test_each_model_has_its_own_layers_and_refuses_those_of_others(model, layers):
    assert runs.Settings(model=model).layers == layers
    for name, value in {"hidden": (5,), "channels": (5, 6), "kernel": 4}.items():
        if name in layers:
            settings = runs.Settings(model=model, **{name: value})
            assert settings.layers == layers | {name: value}
            assert runs.Settings(**json.loads(json.dumps(settings.to_dict()))) == settings
        else:
            with pytest.raises(ValueError, match=f"'{model}' takes no setting '{name}'"):
                runs.Settings(model=model, **{name: value})


@pytest.mark.parametrize("name, value", [("channels", (8, 0)), ("kernel", 2)])
def test_layers_of_convolutions_out_of_range(name, value):
    with pytest.raises(ValueError, match=f"{name!r} is out of range"):
        runs.Settings(model="vae-conv", **{name: value})
