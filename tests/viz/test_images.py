"""Pictures of pictures: each image at its place, unchanged."""
from statistics import NormalDist

import numpy as np
import pytest

from scratchgen.viz import image_grid, manifold, png, quantile_grid, reconstructions
from scratchgen.viz.images import SEAM


def seen(ax, column, row):
    """The colours at the middle of image (row, column), read off the figure as a viewer would."""
    picture, = ax.images
    sheet = np.asarray(picture.get_array())
    left, right, bottom, top = picture.get_extent()
    x = (column - left) / (right - left) * sheet.shape[1]
    y = (row - top) / (bottom - top) * sheet.shape[0]
    return sheet[int(y), int(x)]


def constant(values, height=4, width=4):
    return np.broadcast_to(np.asarray(values, np.float32)[:, None, None],
                           (len(values), height, width))


@pytest.mark.parametrize("height, width", [(4, 4), (8, 8), (28, 28), (5, 9), (1, 1)])
def test_images_are_in_reading_order(height, width):
    grey = np.arange(7) / 10
    ax = image_grid(constant(grey, height, width), columns=3)
    for k in range(7):
        np.testing.assert_allclose(seen(ax, k % 3, k // 3), grey[k], atol=1e-6)
    np.testing.assert_array_equal(seen(ax, 0.5, 0), SEAM)  # between two images
    for k in (7, 8):                                      # the rest of the last row is paper
        assert (seen(ax, k % 3, k // 3) == 1).all()


def test_every_layout_is_the_same_picture(rng):
    images = rng.random((5, 6, 6), dtype=np.float32)
    sheets = [np.asarray(image_grid(array, **options).images[0].get_array()) for array, options in (
        (images, {}), (images[..., None], {}), (images.reshape(5, 36), {}),
        (images.reshape(5, 36), {"shape": (6, 6)}), (images.reshape(5, 36), {"shape": (6, 6, 1)}),
        (images[..., None].repeat(3, axis=-1), {}), (2 * images - 1, {"limits": (-1, 1)}))]
    for sheet in sheets[1:]:
        np.testing.assert_allclose(sheet, sheets[0], atol=1e-6)


def test_pixels_are_neither_stretched_nor_smoothed():
    """A checkerboard of 3 x 5 pixels comes out as blocks of one size, black or white."""
    board = np.indices((3, 5)).sum(axis=0) % 2
    ax = image_grid(board[None].astype(np.float32))
    sheet = np.asarray(ax.images[0].get_array())[..., 0]
    zoom = sheet.shape[0] // 3
    np.testing.assert_array_equal(sheet, board.repeat(zoom, axis=0).repeat(zoom, axis=1))
    assert ax.images[0].get_interpolation() == "nearest"


def test_colour_range_and_not_a_number():
    ax = image_grid(constant([-1, 2, np.nan]), columns=3)
    assert (seen(ax, 0, 0) == 0).all() and (seen(ax, 1, 0) == 1).all()
    red, green, blue = seen(ax, 2, 0)
    assert red > green > blue


def test_images_that_are_wide_and_low_leave_room_for_words():
    """Else Matplotlib gives the layout up, with a warning, and cuts the title off."""
    ax = image_grid(constant([0, 1], 1, 20), columns=2, title="Each row one z, epoch by epoch")
    ax.set_xticks([0, 1])
    ax.set_xlabel("epoch")
    png(ax)
    right, top = ax.title.get_window_extent().max
    assert top <= ax.figure.bbox.ymax and right <= ax.figure.bbox.xmax


@pytest.mark.parametrize("images, options", [
    (np.zeros((3, 7)), {}), (np.zeros((3, 8)), {"shape": (3, 3)}), (np.zeros((3, 4, 4, 2)), {}),
    (np.zeros(3), {}), (np.zeros((0, 4, 4)), {}), (np.zeros((2, 2, 4, 4, 1)), {})])
def test_what_is_no_image(images, options):
    with pytest.raises(ValueError, match="(?s)not images.*expected.*got"):
        image_grid(images, **options)


def test_reconstructions_lie_under_their_images():
    grey = np.linspace(0, 1, 5)
    ax = reconstructions(constant(grey), constant(grey / 2), constant(grey / 4), columns=3,
                         names=("data", "half", "quarter"))
    for column in range(3):
        for row, share in enumerate((1, 1 / 2, 1 / 4)):
            np.testing.assert_allclose(seen(ax, column, row), grey[column] * share, atol=1e-6)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["data", "half", "quarter"]
    np.testing.assert_array_equal(ax.get_yticks(), [0, 1, 2])


@pytest.mark.parametrize("others, names", [([constant([0])], ("a", "b")),
                                           ([], ("a", "b")), ([constant([0, 1])], ("a",))])
def test_every_row_needs_a_name_and_as_many_images(others, names):
    with pytest.raises(ValueError, match="every row needs a name"):
        reconstructions(constant([0, 1]), *others, names=names)


def test_codes_of_the_manifold_have_equal_prior_mass():
    z = quantile_grid(5)
    assert z.shape == (25, 2) and z.dtype == np.float32
    mass = [[NormalDist().cdf(float(x)) for x in code] for code in z]
    rank = np.round(np.array(mass) * 5 - 0.5, 5)
    expected = [(column, 4 - row) for row in range(5) for column in range(5)]
    np.testing.assert_allclose(rank, expected, atol=1e-5)


def test_each_decoded_code_is_drawn_at_its_place():
    """Decode z to the grey value 0.5 + 0.1 z1 + 0.2 z2: the picture is that plane, z2 upwards."""
    n = 5
    codes = quantile_grid(n)
    ax = manifold(constant(0.5 + codes @ np.float32([0.1, 0.2])))
    z = [NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)]
    for right in range(n):
        for up in range(n):
            np.testing.assert_allclose(seen(ax, right, n - 1 - up),
                                       0.5 + 0.1 * z[right] + 0.2 * z[up], atol=1e-6)
    for ticks, labels in ((ax.get_xticks(), ax.get_xticklabels()),
                          (n - 1 - ax.get_yticks(), ax.get_yticklabels())):
        texts = [label.get_text().replace("\N{MINUS SIGN}", "-") for label in labels]
        assert texts == [f"{z[int(tick)]:.1f}" for tick in ticks]


def test_a_manifold_is_square():
    with pytest.raises(ValueError, match="n \\* n images"):
        manifold(constant([0, 1, 0]))
