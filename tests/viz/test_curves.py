"""Learning curves, histograms and bars show the numbers that they are given."""
import numpy as np
import pytest

from scratchgen.viz import bars, course, histogram, loss_curves

METRICS = {"epoch": [1, 2, 3], "train_elbo": [-9.0, -7, -6], "test_elbo": [-9.5, np.nan, -7],
           "train_negative_kl": [1, 2, 3], "seconds": [1, 1, 1]}


def texts(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_loss_curves_pair_train_and_test():
    ax = loss_curves(METRICS)
    assert texts(ax) == ["elbo, train", "elbo, test", "negative kl, train"]
    for line, key in zip(ax.get_lines(), ("train_elbo", "test_elbo", "train_negative_kl")):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
        np.testing.assert_array_equal(line.get_ydata(), METRICS[key])
    train, test, other = ax.get_lines()
    assert train.get_color() == test.get_color() != other.get_color()
    assert train.get_linestyle() == "-" != test.get_linestyle()
    assert ax.get_xlabel() == "epoch" and ax.get_ylabel() == "nats per example"
    assert ax.get_title("left")


def test_chosen_quantities_and_a_single_epoch():
    ax = loss_curves({"step": [1], "train_kl": [2], "train_elbo": [3]}, x="step", names=["kl"])
    line, = ax.get_lines()
    assert texts(ax) == ["kl, train"] and line.get_marker() == "o" and ax.get_xlabel() == "step"


@pytest.mark.parametrize("columns", [{}, {"epoch": [1]}, {"train_elbo": [1]},
                                     {"epoch": [1], "seconds": [2]}])
def test_nothing_to_draw(columns):
    with pytest.raises(ValueError, match="(?s)nothing to draw.*'epoch'.*train_"):
        loss_curves(columns)


def test_histograms_share_bins_and_have_area_one(rng):
    a, b = rng.standard_normal(1000), 3 + rng.standard_normal((10, 10))
    ax = histogram({"a": a, "b": b},
                   curve=([-1, 0, 1], [0.2, 0.4, 0.2], "p"), xlabel="z, nats")
    outlines = [patch.get_data() for patch in ax.patches if not patch.get_fill()]
    assert len(outlines) == 2
    np.testing.assert_array_equal(outlines[0].edges, outlines[1].edges)
    assert tuple(outlines[0].edges[[0, -1]]) == (a.min(), b.max())
    for data in outlines:
        assert (data.values * np.diff(data.edges)).sum() == pytest.approx(1)
    assert texts(ax) == ["a", "b", "p"]
    assert ax.get_xlabel() == "z, nats" and ax.get_ylabel() == "density" and ax.get_ylim()[0] == 0
    assert histogram(rng.standard_normal(10)).get_legend() is None


def test_bars_with_errors():
    ax = bars({"ELBO": -20, "IWAE": -19}, {"ELBO": 0.5, "IWAE": 0.25}, xlabel="nats per example")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["ELBO", "IWAE"]
    assert [bar.get_width() for bar in ax.patches] == [-20, -19]
    spans = [tuple(segment[:, 0]) for segment in ax.collections[0].get_segments()]
    assert spans == [(-20.5, -19.5), (-19.25, -18.75)]
    assert "nats per example" in ax.get_xlabel() and "one standard error" in ax.get_xlabel()
    assert ax.yaxis_inverted()                                        # the first name on top
    assert "standard error" not in bars({"a": 1}).get_xlabel()


def test_the_course_of_a_quantity_and_the_level_to_hold_it_against():
    columns = {"epoch": [1, 2, 3], "real": [0.7, 0.6, 0.5], "fake": [0.2, 0.3, 0.4]}
    ax = course(columns, {"real": "D(x)", "fake": "D(G(z))"}, level=(0.5, "undecided"))
    level, real, fake = ax.get_lines()
    assert set(level.get_ydata()) == {0.5}
    np.testing.assert_array_equal(real.get_xydata(), [[1, 0.7], [2, 0.6], [3, 0.5]])
    np.testing.assert_array_equal(fake.get_ydata(), columns["fake"])
    assert texts(ax) == ["undecided", "D(x)", "D(G(z))"] and ax.get_xlabel() == "epoch"


def test_a_logarithmic_course_is_labelled_in_plain_numbers():
    ax = course({"epoch": [1, 2], "norm": [0.02, 40.0]}, {"norm": "norm"}, logarithmic=True)
    ax.figure.canvas.draw()
    labels = {text.get_text() for text in ax.get_yticklabels()}
    assert ax.get_yscale() == "log" and {"0.03", "0.1", "1", "30"} <= labels


@pytest.mark.parametrize("names", [{}, {"loss": "loss"}])
def test_a_course_of_nothing_is_refused(names):
    with pytest.raises(ValueError, match="nothing to draw"):
        course({"epoch": [1]}, names)
