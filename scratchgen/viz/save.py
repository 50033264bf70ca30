"""A figure as bytes: into a file, or into a page."""
import base64
import io
from pathlib import Path

from scratchgen.files import write_atomically

_COLOURS = 64                   # of a frame of a GIF, whose files grow with them


def png(figure, dpi=144):
    """The figure (or the figure of an Axes) as PNG: the same bytes whenever it is drawn anew.

    `dpi` is pixels per inch.  (Drawing the same object a second time may move it by a pixel:
    Matplotlib's layout settles.)
    """
    figure = getattr(figure, "figure", figure)
    buffer = io.BytesIO()
    # Matplotlib would sign the file with its version, and the same figure would differ next year.
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def gif(figures, *, seconds=0.2, rest=2.0, dpi=100):
    """Figures (or Axes) of one size as the frames of a GIF that starts over and over: its bytes.

    Each frame is shown for `seconds`, the last for `rest`; `figures` may be a generator, and one
    figure exists at a time.
    """
    from PIL import Image
    frames = []
    for figure in figures:
        frame = Image.open(io.BytesIO(png(figure, dpi))).convert("RGB")
        frames.append(frame.quantize(_COLOURS, dither=Image.Dither.NONE))
    sizes = {frame.size for frame in frames}
    if len(sizes) != 1:
        raise ValueError("the frames of an animation have one size\n"
                         f"  expected  one frame or more\n  got       {sorted(sizes) or 'none'}")
    buffer = io.BytesIO()
    durations = [round(1000 * seconds)] * (len(frames) - 1) + [round(1000 * rest)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations,
                   loop=0, optimize=False)
    return buffer.getvalue()


def save(figure, path, dpi=144):
    """Write the figure (or the figure of an Axes) to a .png file, whole or not at all: its path.

    A full disk or a killed process leaves the figure that was there before.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise ValueError(f"figures are saved as PNG\n"
                         f"  expected  a name that ends in .png\n"
                         f"  got       {path.name}")
    content = png(figure, dpi)
    write_atomically(path, lambda stream: stream.write(content))
    return path


def to_data_uri(figure):
    """data:image/png;base64,...  for the src of an <img>: a page that needs no other file.

    figure: a figure, an Axes, or the bytes of a PNG or GIF that was made before.
    """
    content = figure if isinstance(figure, bytes) else png(figure)
    kind = "gif" if content.startswith(b"GIF8") else "png"
    return f"data:image/{kind};base64," + base64.b64encode(content).decode("ascii")
