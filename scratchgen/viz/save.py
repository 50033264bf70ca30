"""A figure as bytes: into a file, or into a page."""
import base64
import io
from pathlib import Path

from scratchgen.files import write_atomically


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

    figure: a figure, an Axes, or the bytes of a PNG that was saved before.
    """
    content = figure if isinstance(figure, bytes) else png(figure)
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")
