"""What a lesson draws: shown in a notebook, elsewhere written beside it."""
import os
import pathlib
import sys

from .. import viz
from . import telling


def save_figure(figure, name):
    """Show a figure (or the figure of an Axes) in a notebook; elsewhere write it as `name`.png.

    The folder is $SCRATCHGEN_FIGURES, or figures/ beside the lesson.  Returns the path, and None
    in a notebook or while answers are being checked, when nothing is written.
    """
    if telling.CHECKING:
        return None
    if telling.in_notebook():
        from IPython.display import Image, display
        display(Image(data=viz.png(figure), retina=True))
        return None
    folder = pathlib.Path(os.environ.get("SCRATCHGEN_FIGURES") or _beside_the_lesson())
    folder.mkdir(parents=True, exist_ok=True)
    path = viz.save(figure, folder / f"{name}.png", dpi=48 if telling.FAST else 144)
    print(f"  figure   {path}")
    return path


def _beside_the_lesson():
    script = getattr(sys.modules["__main__"], "__file__", None)
    return (pathlib.Path(script).resolve().parent if script else pathlib.Path()) / "figures"
