"""scratchgen explore RUN: a page in which the trained decoder runs."""
import pathlib

from .. import runs
from ..errors import CheckpointError, DataError
from .usage import UsageError, refuse, run_of_files


def add_to(commands):
    p = commands.add_parser(
        "explore", help="write a page to move through the latent space of a run")
    p.add_argument("folder", metavar="RUN", help="a run folder of a VAE or an autoencoder")
    p.add_argument("--data-dir", help="folder with the data files, if they have moved")
    p.add_argument("--out", help="an .html file; default RUN/explore.html")
    p.set_defaults(run=run)


def run(arguments):
    folder = run_of_files(arguments.folder, arguments.data_dir)
    out = pathlib.Path(arguments.out or folder / "explore.html")
    if out.suffix != ".html":
        raise UsageError(f"--out takes an .html file, got {str(out)!r}")
    if not out.parent.is_dir():
        raise UsageError(f"{out.parent} is not a folder that is there")
    try:
        explorer = runs.explorer.explore(folder, arguments.data_dir)
    except (CheckpointError, DataError):
        raise                                   # there it is a ValueError too, but what failed
    except (TypeError, ValueError) as error:
        raise refuse(error) from None
    print(f"explorer: {explorer.to_html(out)}")
