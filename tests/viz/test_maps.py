"""Points, deformed grids and ellipses: the right lines in the right places."""
import numpy as np
import pytest

from scratchgen.viz import deformed_grid, density, ellipses, plane_grid, scatter


def lines(ax):
    return [line.get_xydata() for line in ax.lines]


def test_points_are_where_they_are(rng):
    x = rng.normal(size=(20, 2))
    ax = scatter(x, limits=(-2, 3))
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), x)
    assert ax.get_xlim() == ax.get_ylim() == (-2, 3) and ax.get_aspect() == 1


def test_a_grid_is_drawn_along_rows_and_columns():
    nodes = plane_grid((0, 1), 7).reshape(7, 7, 2) ** 2
    ax = deformed_grid(nodes, every=3)
    drawn = lines(ax)
    assert len(drawn) == 6
    for found, k in zip(drawn[:3], (0, 3, 6)):
        np.testing.assert_array_equal(found, nodes[k])
    for found, k in zip(drawn[3:], (0, 3, 6)):
        np.testing.assert_array_equal(found, nodes[:, k])
    assert len({line.get_color() for line in ax.lines}) == 2
    assert len(deformed_grid(nodes, points=[[0.0, 0.0]]).collections) == 1


def test_an_ellipse_has_one_mahalanobis_distance():
    means = np.array([[1.0, 2.0], [0.0, 0.0]])
    roots = np.array([[[2.0, 0.0], [1.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]]])
    drawn = lines(ellipses(means, roots, radius=1.5, points=means))
    for mean, root, line, centre in zip(means, roots, drawn[::2], drawn[1::2]):
        z = np.linalg.solve(root, (line - mean).T)
        np.testing.assert_allclose(np.linalg.norm(z, axis=0), 1.5)
        np.testing.assert_array_equal(centre, mean[None])


def test_densities_side_by_side_can_share_their_colours():
    ax = density(np.arange(9.0), (-1, 1), highest=20)
    assert ax.images[0].get_clim() == (0, 20)
    assert density(np.arange(9.0), (-1, 1)).images[0].get_clim() == (0, 8)


def test_what_cannot_be_drawn():
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        scatter(np.zeros((3, 3)))
    with pytest.raises(ValueError, match=r"\(R, C, 2\)"):
        deformed_grid(np.zeros((1, 5, 2)))
    with pytest.raises(ValueError, match=r"\(K, 2, 2\)"):
        ellipses(np.zeros((2, 2)), np.zeros((3, 2, 2)))
