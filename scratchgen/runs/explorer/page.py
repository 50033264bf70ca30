"""The page: one file with everything in it, which asks nothing of any network.

What varies is one JSON document in the page, arrays in it as base64 of little-endian numbers.
"""
import base64
import html
import json
import pathlib
import re

import numpy as np

from ...viz.style import CLASS_COLOURS

_HERE = pathlib.Path(__file__).parent
_ELLIPSES = ("each an ellipse of one standard deviation of q(z|x) around its mean; the dotted "
             "rings are 1, 2 and 3 standard deviations of the prior N(0, I).")
_BARS = "each as long as two standard deviations of q(z|x), around its mean."
_POINTS = "each the point that is its code: an autoencoder has no distribution of codes."
_NATS = ("each with its share of KL(q(z|x) || p(z)), the mean over the test images in nats: at 0 "
         "nats it says nothing.")
_VARIANCES = "each with its variance over the test images."
_SCRIPTS = ("decoder.js", "images.js", "map.js", "tiles.js", "explorer.js")


def render(content):
    """The Content as the text of an HTML page."""
    template, style = (_read(name) for name in ("template.html", "explorer.css"))
    random = content.scales is not None
    parts = {"TITLE": html.escape(content.title), "SUMMARY": html.escape(content.summary),
             "MARKS": _POINTS if not random else _BARS if content.latent == 1 else _ELLIPSES,
             "WORTH": _NATS if random else _VARIANCES,
             "STYLE": style, "SCRIPTS": "\n".join(_read(name) for name in _SCRIPTS),
             "DATA": _data(content)}
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], template)


def _read(name):
    return (_HERE / name).read_text(encoding="utf-8")


def _data(content):
    """The JSON document, with nothing in it that could end the script element."""
    network = content.network
    document = {
        "shape": content.shape, "classes": content.classes, "latent": content.latent,
        "colours": [CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in range(len(content.classes))],
        "layers": network.layers, "mean": content.mean, "condition": content.condition,
        "total": content.total, "labels": content.labels.tolist(),
        "order": np.argsort(-content.worth, kind="stable").tolist(),
        "worth": [float(f"{value:.6g}") for value in content.worth],
        "weights": _floats(network.weights), "codes": _floats(content.codes),
        "scales": None if content.scales is None else _floats(content.scales),
        "classMeans": _floats(content.class_means), "attributes": _floats(content.attributes),
        "images": _bytes(np.rint(255 * np.clip(content.images, 0, 1)).astype(np.uint8))}
    text = json.dumps(document, separators=(",", ":"), allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _floats(array):
    return _bytes(np.ascontiguousarray(array, dtype="<f4"))


def _bytes(array):
    return base64.b64encode(array.tobytes()).decode("ascii")
