"""How Sphinx makes pages of the lessons; build.py fills the source folder and calls it.

Nothing here may fetch anything: the book is opened from disk with no network at all.
"""
import importlib.util
import os
import pathlib
import shutil

from myst_nb.sphinx_ import NbMetadataCollector

import scratchgen

os.environ.pop("MPLBACKEND", None)      # the kernels inherit it, and Agg drops every figure

project = "scratchgen"
html_title = "scratchgen, the lessons"
copyright = "the scratchgen maintainers"
release = scratchgen.__version__
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]

# A lesson is a script in percent format, and running it is part of making its page.
nb_custom_formats = {".py": ["jupytext.reads", {"fmt": "py:percent"}]}
nb_execution_mode = "cache"
# A claim that fails is a warning with its traceback, and -W makes that an error: raised at once it
# would be lost with the process that read the page.
nb_execution_raise_on_error = False
nb_execution_show_tb = True
nb_execution_timeout = 300
nb_merge_streams = True
nb_ipywidgets_js = {}                   # by default a script from a content network

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_theme_options = {"navigation_with_keys": False}    # the arrow keys belong to the stepper
html_copy_source = False
html_use_index = False
html_show_sphinx = False
html_show_search_summary = False        # it fetches pages, which a page opened from disk may not
pygments_style, pygments_dark_style = "default", "github-dark"

# MathJax 3.2.2 with its fonts drawn as SVG: one file.  The package it comes in is not used as an
# extension, because it would copy all of MathJax.
mathjax_path = "tex-svg.js"
mathjax3_config = {"svg": {"fontCache": "local"}, "options": {"enableMenu": False}}


def copy_mathjax(app, exception):
    """Put tex-svg.js beside the other scripts of the pages."""
    if exception is None:
        package = pathlib.Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent
        shutil.copy(package / "static" / "mathjax" / mathjax_path, app.outdir / "_static")


def say_how_long(app, doctree):
    """One line for each lesson: the seconds that it ran."""
    run = NbMetadataCollector.get_exec_data(app.env, app.env.docname)
    if run and run["runtime"] is not None:
        print(f"{run['runtime']:6.1f} s  {app.env.docname}", flush=True)


def setup(app):
    """Connect both to the build."""
    app.connect("doctree-read", say_how_long)
    app.connect("build-finished", copy_mathjax)
