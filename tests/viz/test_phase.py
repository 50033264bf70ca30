"""Velocity fields: arrows of one length that point where the field does, paths on top."""
import numpy as np
import pytest

from scratchgen.viz import phase_portrait, plane_grid


def test_arrows_have_one_length_and_the_colour_of_their_speed():
    points = plane_grid((-1, 1), 5)
    velocities = np.stack([-points[:, 1], points[:, 0]], axis=1)
    ax = phase_portrait(points, velocities)
    arrows, = ax.collections
    moving = np.linalg.norm(velocities, axis=1) > 0
    assert moving.sum() == 24
    np.testing.assert_array_equal(arrows.get_offsets(), points[moving])
    drawn = np.stack([arrows.U, arrows.V], axis=1)
    np.testing.assert_allclose(np.linalg.norm(drawn, axis=1), 0.8 * 2 / 5)
    turned = drawn[:, 0] * velocities[moving, 1] - drawn[:, 1] * velocities[moving, 0]
    np.testing.assert_allclose(turned, 0, atol=1e-12)
    assert (np.sum(drawn * velocities[moving], axis=1) > 0).all()
    np.testing.assert_allclose(arrows.get_array(), np.linalg.norm(velocities[moving], axis=1))
    still, = ax.get_lines()
    np.testing.assert_array_equal(still.get_xydata(), [[0, 0]])
    assert ax.get_xlim() == pytest.approx((-1.2, 1.2)) and ax.child_axes[0].get_ylabel() == "speed"


def test_paths_on_top():
    points = plane_grid((-1, 1), 3)
    path = np.array([[0, 0], [5, 5]])
    ax = phase_portrait(points, points, paths=path, names=("out",), speed=False, title="a source")
    assert any(np.array_equal(line.get_xydata(), path) for line in ax.get_lines())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["out"]
    assert ax.get_xlim() == pytest.approx((-4 / 3, 4 / 3))
    assert not ax.child_axes and ax.get_title("left") == "a source"


@pytest.mark.parametrize("points, velocities", [(np.zeros((3, 2)), np.zeros((2, 2))),
                                                (np.zeros((3, 3)), np.zeros((3, 3)))])
def test_what_is_no_field(points, velocities):
    with pytest.raises(ValueError, match="a velocity at each point"):
        phase_portrait(points, velocities)
