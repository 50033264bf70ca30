"""The latent explorer: a page in which a trained decoder runs, to drag a point and see the image.

    decoder     a decoder as a list of layers and one row of weights
    collect     codes of the test images, class means and the decoder, from a run folder
    page        all of it as one HTML file: template.html, explorer.css and four scripts
"""
from ...files import write_text
from .collect import collect
from .page import render


def explore(run, data_dir=None):
    """The Explorer of the run in this folder; `data_dir` says where its data files are by now.

    Raises TypeError for a model that has no code, or whose decoder a page cannot compute;
    ValueError for a decoder that is too large; FileNotFoundError where there is no run.
    """
    return Explorer(collect(run, data_dir))


class Explorer:
    """A latent space with its decoder, as a page that needs nothing but itself.

    `content` is what is on it (see `collect.Content`).
    """

    def __init__(self, content):
        self.content = content

    def to_html(self, path=None):
        """The page as text, or written to `path`, which is returned."""
        text = render(self.content)
        if path is None:
            return text
        write_text(path, text)
        return path

    def __repr__(self):
        return f"Explorer({self.content.title}: {self.content.summary})"
