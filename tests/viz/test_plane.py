"""Maps, densities, matrices and paths: the right points, the right colours, the right way up."""
import numpy as np
import pytest
from matplotlib.colors import same_color

from scratchgen.viz import (CLASS_COLOURS, density, heat_map, latent_map, plane_grid, trajectory,
                            vectors)


def drawn(ax):
    return [np.asarray(points.get_offsets()) for points in ax.collections]


def test_a_plane_is_drawn_as_it_is(rng):
    codes, labels = rng.standard_normal((30, 2)), np.arange(30) % 3
    ax = latent_map(codes, labels, classes=("cat", "dog", "eel"))
    for k, points in enumerate(drawn(ax)):
        np.testing.assert_array_equal(points, codes[labels == k])
        assert same_color(ax.collections[k].get_facecolor()[0][:3], CLASS_COLOURS[k])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["cat", "dog", "eel"]
    for text, k in zip(ax.texts, range(3)):
        np.testing.assert_allclose(text.get_position(), np.median(codes[labels == k], axis=0))
    assert ax.get_title("left") == "The latent plane" and ax.get_xlabel() == "$z_1$"


def test_more_dimensions_are_projected_on_their_principal_axes(rng):
    codes = rng.standard_normal((400, 5)) * [1, 5, 0.1, 3, 0.5] + 7
    ax = latent_map(codes)
    points, = drawn(ax)
    variances, axes = np.linalg.eigh(np.cov(codes.T))
    # Nearly the second and the fourth coordinate, so these are the parts that count positive.
    first, second = axes[:, -1] * np.sign(axes[1, -1]), axes[:, -2] * np.sign(axes[3, -2])
    expected = (codes - codes.mean(0)) @ np.stack([first, second], axis=1)
    np.testing.assert_allclose(points, expected, rtol=1e-9)
    share = round(100 * variances[-2:].sum() / variances.sum())
    assert ax.get_title("left") == (f"Two first principal axes of 5 dimensions, {share} % of the "
                                    f"variance")
    # Mirrored data has mirrored axes, and the largest part is still the positive one.
    np.testing.assert_allclose(drawn(latent_map(-codes))[0], -points, rtol=1e-9)
    assert ax.get_legend() is None


def test_one_dimension_is_drawn_against_the_class():
    ax = latent_map([[0.5], [1.5], [2.5]], [1, 0, 1])
    np.testing.assert_array_equal(drawn(ax)[1], [[0.5, 1], [2.5, 1]])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["0", "1"]


def test_collapsed_and_broken_codes():
    assert "0 % of the variance" in latent_map(np.ones((9, 4))).get_title("left")
    codes = np.array([[0, 1], [np.nan, 1], [2, np.inf], [3, 3]])
    ax = latent_map(codes, [0, 0, 1, 1])
    assert "2 codes are not finite" in ax.get_title("left")
    np.testing.assert_array_equal(drawn(ax), [[[0, 1]], [[3, 3]]])
    with pytest.raises(ValueError, match="none of the 2 codes"):
        latent_map([[np.nan, 0], [0, np.inf]])
    for codes, labels in (([1, 2], None), (np.zeros((0, 2)), None), (np.zeros((3, 2)), [0, 1])):
        with pytest.raises(ValueError, match="a map needs codes"):
            latent_map(codes, labels)


def test_ten_classes_have_ten_colours_for_every_kind_of_sight():
    """Distance in CIELAB after Machado, Oliveira and Fernandes (2009), severity 1."""
    sights = np.array([
        [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
        [[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.052]],
        [[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.011820, .042940, .968881]],
        [[1.255528, -.076749, -.178779], [-.078411, .930809, .147602], [.004733, .691367, .3039]]])
    to_xyz = np.array([[.4124564, .3575761, .1804375], [.2126729, .7151522, .0721750],
                       [.0193339, .1191920, .9503041]])
    colours = np.array([[int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)] for c in CLASS_COLOURS])
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    assert len(linear) == 10
    for sight in sights:
        xyz = np.clip(linear @ sight.T, 0, 1) @ to_xyz.T / [0.95047, 1, 1.08883]
        f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
        lab = f @ np.array([[0, 500, 0], [116, -500, 200], [0, 0, -200]])   # less (16, 0, 0)
        apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + 999 * np.eye(10)
        assert apart.min() > 17


def test_a_density_is_the_right_way_up():
    limits, n = (-1, 3), 5
    points = plane_grid(limits, n)
    assert points.shape == (25, 2)
    ax = density(points[:, 0] + 10 * points[:, 1] + 11, limits, samples=[[0, 1]])
    picture, = ax.images
    assert picture.get_extent() == [-1.5, 3.5, -1.5, 3.5] and picture.origin == "lower"
    values = np.asarray(picture.get_array())
    assert values[0, 4] == 3 - 10 + 11 and values[4, 0] == -1 + 30 + 11     # (x1, x2) at [i2, i1]
    assert picture.get_clim()[0] == 0
    np.testing.assert_array_equal(drawn(ax)[0], [[0, 1]])
    assert ax.child_axes[0].get_ylabel() == "probability density"
    with pytest.raises(ValueError, match=r"n \* n values"):
        density(np.zeros(7), limits)


def test_a_matrix_is_coloured_about_zero_if_it_has_both_signs():
    both, = heat_map([[-1, 2]]).images
    assert both.get_clim() == (-2, 2) and both.get_cmap().name == "RdBu_r"
    positive, = heat_map([[1, 2]]).images
    assert positive.get_clim() == (0, 2) and positive.get_cmap().name == "cividis"
    ax = heat_map([[1, 2], [3, 4]], rows=("a", "b"), columns=("c", "d"), label="nats")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["c", "d"]
    assert ax.child_axes[0].get_ylabel() == "nats"
    for matrix in ([1, 2], np.zeros((0, 2))):
        with pytest.raises(ValueError, match="a heat map shows a matrix"):
            heat_map(matrix)


def test_vectors_point_where_they_should():
    quiver, = vectors([[0, 1], [2, 3]], [[1, 0], [0, -2]]).collections
    np.testing.assert_array_equal(quiver.get_offsets(), [[0, 1], [2, 3]])
    np.testing.assert_array_equal(np.stack([quiver.U, quiver.V], 1), [[1, 0], [0, -2]])
    assert quiver.angles == "xy"


def test_paths_run_from_the_open_to_the_full_circle():
    paths = np.array([[[0, 0], [1, 1], [2, 0]], [[5, 5], [6, 6], [7, 7]]])
    ax = trajectory(paths, names=("one", "two"))
    lines = ax.get_lines()
    for k, path in enumerate(paths):
        whole, first, last = lines[3 * k:3 * k + 3]
        np.testing.assert_array_equal(whole.get_xydata(), path)
        np.testing.assert_array_equal(first.get_xydata(), path[:1])
        np.testing.assert_array_equal(last.get_xydata(), path[-1:])
        assert same_color(first.get_markerfacecolor(), "white")
        assert same_color(last.get_markerfacecolor(), CLASS_COLOURS[k])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]
    assert len(trajectory(paths[0]).get_lines()) == 3
    with pytest.raises(ValueError, match="a path is a sequence"):
        trajectory(np.zeros((4, 3)))
