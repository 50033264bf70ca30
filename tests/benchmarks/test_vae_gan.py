"""Four models on digits: what is measured of each, and what stands in the committed results."""
import json

import numpy as np

from benchmarks import vae_gan
from scratchgen import Tensor, data

OF_SAMPLES, OF_COPIES = {"frechet", "sample_edges"}, {"squared_error", "feature_distance", "edges"}


class Fixed:
    """A "model" whose samples and copies are given."""

    encoder = None

    def __init__(self, samples, copies):
        self.samples, self.copies = samples, copies

    def eval(self):
        return self

    def sample(self, n, rng):
        return self.samples[:n]

    def __call__(self, x):
        return Tensor(self.copies)


def test_the_units_are_those_of_digits():
    """Perfect copies score 0, other digits in their place 1; blur has weaker edges."""
    train, test = data.load("digits")
    judge = vae_gan.Judge(train, test)
    assert judge(Fixed(train.images, test.images), 0) == {
        "frechet": 0, "sample_edges": 1, "squared_error": 0, "feature_distance": 0, "edges": 1}
    turned = np.random.default_rng(0).permutation(test.images)
    other_writers = np.resize(test.images, train.images.shape)
    others = judge(Fixed(other_writers, turned), 0)
    assert abs(others["feature_distance"] - 1) < 0.15 and others["edges"] == 1
    assert abs(others["squared_error"] / (2 * test.images.var(axis=0).sum()) - 1) < 0.15
    assert others["frechet"] > 0.1
    mean = np.broadcast_to(test.images.mean(axis=0), test.images.shape)
    assert judge(Fixed(train.images, mean), 0)["edges"] < 0.6


def test_all_three_start_alike():
    states = [vae_gan.start(seed)[0].state_dict() for seed in (3, 3, 4)]
    first = next(iter(states[0]))
    assert all(np.array_equal(states[0][name], states[1][name]) for name in states[0])
    assert not np.array_equal(states[0][first], states[2][first])


def test_the_command(tmp_path, capsys):
    results = tmp_path / "new" / "vae-gan.json"
    vae_gan.main(["--seeds", "1", "--epochs", "1", "--results", str(results)])
    report = json.loads(results.read_text(encoding="utf-8"))
    assert tuple(report["results"]) == vae_gan.NAMES
    for name, (row,) in report["results"].items():
        assert set(row) == OF_SAMPLES | (set() if name == "GAN" else OF_COPIES)
    assert "seed 0" in capsys.readouterr().out


def test_the_committed_results_are_of_all_seeds_and_of_these_settings():
    report = json.loads(vae_gan.RESULTS.read_text(encoding="utf-8"))
    assert report["settings"] == vae_gan.SETTINGS | {"seeds": 5}
    assert all(len(rows) == 5 for rows in report["results"].values())


def committed():
    return json.loads(vae_gan.RESULTS.read_text(encoding="utf-8"))


def test_the_readme_quotes_the_committed_results():
    readme = (vae_gan.RESULTS.parents[1] / "README.md").read_text(encoding="utf-8")
    decimals = {"squared_error": (2, 2), "feature_distance": (3, 3), "edges": (3, 3),
                "sample_edges": (3, 3), "frechet": (1, 1)}
    for name, rows in committed()["results"].items():
        cells = []
        for what, (of_mean, of_error) in decimals.items():
            values = [row[what] for row in rows if what in row]
            cells.append(f"{np.mean(values):.{of_mean}f} ± "
                         f"{np.std(values, ddof=1) / len(values)**0.5:.{of_error}f}"
                         if values else "")
        line = next(line for line in readme.splitlines() if line.startswith(f"| {name} |"))
        assert [cell.strip() for cell in line.split("|")[2:-1]] == cells
    assert f"(test digits: {committed()['frechet_of_test_digits']:.1f})" in readme


def test_what_all_seeds_agree_on():
    """The sentences below the README's table."""
    for vae, dis_l, vaegan, gan in zip(*committed()["results"].values(), strict=True):
        for what in ("squared_error", "feature_distance"):
            assert vae[what] < min(dis_l[what], vaegan[what])
        assert gan["frechet"] < vaegan["frechet"] < vae["frechet"] < dis_l["frechet"]
        assert all(vaegan[what] > vae[what] for what in ("edges", "sample_edges"))
