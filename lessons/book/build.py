"""python lessons/book/build.py [FOLDER]: run every lesson and bind them into a book of HTML pages.

FOLDER is build/book.  Afterwards it holds source/ (what Sphinx reads), html/ (the book, which needs
nothing else) and cache/ (what the lessons said, kept for as long as neither they nor the package
change).  SCRATCHGEN_FAST=1 binds the lessons' fast mode.
"""
import hashlib
import os
import pathlib
import shutil
import sys
import time

from jupyter_cache import get_cache
from sphinx.cmd.build import main as sphinx

import scratchgen
from binding import bind
from course_map import page as map_page
from scratchgen.cli.course import lessons
from scratchgen.lesson import FAST

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
IN_FAST_MODE = """
:::{note}
This copy was built in fast mode: less data and fewer steps, so that its figures are coarser.  The
claims are the same.
:::
"""


def pages(course):
    """{file name: bytes} of everything that Sphinx is to read."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in HERE.glob("*.md")}
    texts["index.md"] += IN_FAST_MODE if FAST else ""
    texts["map.md"] = map_page(course)
    texts |= {lesson.path.name: bind(lesson, course) for lesson in course.values()}
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    return files | {path.name: path.read_bytes() for path in HERE.glob("*.png")}


def lay_out(files, folder):
    """Write what changed, and remove what is no longer part of the book."""
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in {path.name for path in folder.iterdir() if path.is_file()} - set(files):
        (folder / left_over).unlink()
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def fingerprint():
    """What a lesson's output depends on besides the lesson: the package, measurements, the mode."""
    package = pathlib.Path(scratchgen.__file__).parent
    files = [*package.rglob("*.py"), *(ROOT / "benchmarks" / "results").glob("*.json")]
    digest = hashlib.sha256(str(FAST).encode())
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def own_settings(folder):
    """Let the kernels start without what the person who builds has in ~/.ipython, and in plain
    text.
    """
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text(
        "c.IPKernelApp.log_level = 'ERROR'\nc.InteractiveShell.colors = 'nocolor'\n")
    os.environ["IPYTHONDIR"] = str(folder)


def main(folder=ROOT / "build" / "book"):
    """Build the book in a folder and return Sphinx's exit code."""
    folder, started = pathlib.Path(folder).resolve(), time.perf_counter()
    source, html = folder / "source", folder / "html"
    lay_out(pages(lessons()), source)
    shutil.rmtree(html, ignore_errors=True)     # so that no page of a lesson that was is left over
    cache = folder / "cache" / fingerprint()
    get_cache(cache).list_cache_records()       # made here, before several processes want to
    own_settings(folder / "ipython")
    print("seconds that each lesson ran:", flush=True)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    failed = sphinx([
        "-W", "-q", "-j", str(cores), "-c", str(HERE), "-d", str(folder / "doctrees"),
        "-D", f"nb_execution_cache_path={cache}",
        str(source), str(html)])
    if failed:
        print("the book has mistakes: see above", file=sys.stderr)
    else:
        print(f"{len(list(html.glob('*.html')))} pages in {time.perf_counter() - started:.0f} s.  "
              f"Open {html / 'index.html'}")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
