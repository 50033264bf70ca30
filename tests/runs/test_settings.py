"""Settings: typed from text, refused with the choice named."""
import pytest

from scratchgen import runs


def test_text_becomes_typed_values():
    parsed = runs.Settings.parse({"lr": "0.01", "hidden": "64,32", "epochs": "3", "likelihood": "gaussian"})
    assert parsed == {"lr": 0.01, "hidden": (64, 32), "epochs": 3, "likelihood": "gaussian"}


@pytest.mark.parametrize("given, named", [
    ({"learning_rate": "1"}, "lr"), ({"lr": "fast"}, "a number"), ({"epochs": "1.5"}, "whole number"),
    ({"hidden": "a,b"}, "widths")])
def test_a_malformed_setting_is_refused(given, named):
    with pytest.raises(ValueError, match=named):
        runs.Settings.parse(given)


@pytest.mark.parametrize("name, value", [
    ("epochs", 0), ("batch_size", -1), ("latent", 0), ("seed", -1), ("lr", 0.0), ("lr", float("nan")),
    ("beta", -1.0), ("beta", float("inf")), ("validation", 0.0), ("validation", 1.0), ("threshold", 0.0),
    ("device", "tpu"), ("hidden", (0,))])
def test_a_value_out_of_range_is_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        runs.Settings(**{name: value})
