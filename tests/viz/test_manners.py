"""What holds for every figure: it draws in the axes given, touches nothing else, can be saved."""
import base64
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

from scratchgen import viz

RNG = np.random.default_rng(0)
IMAGES = RNG.random((9, 4, 4), dtype=np.float32)
CODES = RNG.standard_normal((9, 2))
DRAWINGS = {
    "image_grid": (IMAGES,),
    "reconstructions": (IMAGES, IMAGES),
    "manifold": (IMAGES,),
    "loss_curves": ({"epoch": [1, 2], "train_elbo": [1, 2]},),
    "course": ({"epoch": [1, 2], "loss": [1, 2]}, {"loss": "what is lost"}),
    "histogram": (CODES,),
    "bars": ({"a": 1.0, "b": 2.0}, {"a": 0.1, "b": 0.2}),
    "intervals": ({"a": 1.0, "b": 2.0}, [0.1, 0.2]),
    "latent_map": (CODES, np.arange(9) % 3),
    "density": (np.arange(9.0), (-1, 1)),
    "heat_map": (CODES,),
    "vectors": (CODES, CODES),
    "trajectory": (CODES,),
    "phase_portrait": (CODES, CODES),
    "scatter": (CODES,),
    "deformed_grid": (CODES.reshape(3, 3, 2),),
    "ellipses": (CODES, RNG.standard_normal((9, 2, 2))),
}
HELPERS = {"CLASS_COLOURS", "gif", "panels", "plane_grid", "png", "quantile_grid", "save",
           "to_data_uri"}
every_drawing = pytest.mark.parametrize("name", DRAWINGS)


def draw(name, **options):
    for argument in DRAWINGS[name]:
        if isinstance(argument, np.ndarray):
            argument.flags.writeable = False
    return getattr(viz, name)(*DRAWINGS[name], **options)


def test_every_figure_is_held_to_its_manners():
    assert set(viz.__all__) == set(DRAWINGS) | HELPERS


@every_drawing
def test_only_the_given_axes_are_drawn_in(name):
    figure, (before, given, after) = viz.panels(1, 3)
    others = [figure.axes.copy(), before.get_children(), after.get_children()]
    nothing = len(given.get_children())
    assert draw(name, ax=given) is given
    assert [figure.axes, before.get_children(), after.get_children()] == others
    assert len(given.get_children()) > nothing
    viz.png(figure)                                            # and it can really be drawn


@every_drawing
def test_nothing_global_is_touched(name):
    from matplotlib import pyplot
    own, own_ax = pyplot.subplots()
    try:
        settings, backend = dict(matplotlib.rcParams), matplotlib.get_backend()
        ax = draw(name)
        assert ax.figure is not own
        assert pyplot.get_fignums() == [own.number] and pyplot.gca() is own_ax
        assert dict(matplotlib.rcParams) == settings and matplotlib.get_backend() == backend
    finally:
        pyplot.close(own)


@every_drawing
def test_title_axes_and_bytes(name):
    """A title where it is asked for; the same drawing, the same bytes; a real picture."""
    ax = draw(name, title="A title")
    assert ax.get_title("left") == "A title"
    content = viz.png(ax)
    assert content == viz.png(draw(name, title="A title"))
    assert content.startswith(b"\x89PNG\r\n\x1a\n") and b"Matplotlib" not in content


def test_pyplot_and_matplotlib_are_not_imported_before_their_time():
    """Matplotlib at the first figure, pyplot (which would choose a backend) never."""
    program = ("import sys; from scratchgen import viz;"
               "assert 'matplotlib' not in sys.modules;"
               "viz.png(viz.image_grid([[[0.0, 1.0]]]));"
               "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules")
    subprocess.run([sys.executable, "-c", program], check=True)


def test_save_writes_the_bytes_and_nothing_else(tmp_path):
    path = viz.save(draw("latent_map"), tmp_path / "map.png")
    content = path.read_bytes()
    assert content == viz.png(draw("latent_map").figure) and list(tmp_path.iterdir()) == [path]
    for figure in (draw("latent_map"), content):
        head, _, body = viz.to_data_uri(figure).partition(",")
        assert head == "data:image/png;base64" and base64.b64decode(body) == content


def test_a_gif_has_its_frames_in_order_and_the_last_one_rests():
    import io

    from PIL import Image
    levels = (0.0, 0.5, 1.0)
    drawn = [viz.image_grid(np.full((1, 2, 2), level, np.float32)) for level in levels]
    content = viz.gif(iter(drawn), seconds=0.1, rest=1.0)
    assert viz.to_data_uri(content).startswith("data:image/gif;base64,")
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.n_frames == 3 and gif.info["loop"] == 0
        for k, level in enumerate(levels):
            gif.seek(k)
            middle = gif.convert("L").getpixel((gif.width // 2, gif.height // 2))
            assert middle == pytest.approx(255 * level, abs=3)
            assert gif.info["duration"] == (1000 if k == 2 else 100)


@pytest.mark.parametrize("figures", [[], [(2, 2), (3, 2)]])
def test_a_gif_needs_frames_of_one_size(figures):
    with pytest.raises(ValueError, match="one size"):
        viz.gif(viz.panels(size=size)[0] for size in figures)


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
def test_a_full_disk_leaves_the_old_figure(tmp_path, monkeypatch, step):
    path = tmp_path / "map.png"
    path.write_bytes(b"old")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step, full)
    with pytest.raises(OSError, match="No space"):
        viz.save(draw("histogram"), path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_only_png(tmp_path):
    with pytest.raises(ValueError, match=r"(?s)ends in .png.*map.svg"):
        viz.save(draw("histogram"), tmp_path / "map.svg")


def test_panels_come_in_reading_order():
    figure, axes = viz.panels(2, 3, size=(2, 1))
    assert len(axes) == 6 and list(figure.get_size_inches()) == [6, 2]
    rows = [ax.get_subplotspec().rowspan.start for ax in axes]
    columns = [ax.get_subplotspec().colspan.start for ax in axes]
    assert rows == [0, 0, 0, 1, 1, 1] and columns == [0, 1, 2, 0, 1, 2]
