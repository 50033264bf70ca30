"""The course: which lessons there are, and what each says of itself in its first cell."""
import pathlib
import re
from dataclasses import dataclass

import scratchgen

_SOURCE = ("the lessons are part of the source, not of the installed package:\n"
           "  pip download scratchgen --no-binary scratchgen --no-deps, unpack it, "
           "then pip install -e . there")


@dataclass(frozen=True)
class Lesson:
    """lessons/NN_slug.py: its number, title, seconds on a CPU, and the lessons it builds on."""

    path: pathlib.Path
    number: int
    title: str
    seconds: int | None
    builds_on: tuple[int, ...]

    @property
    def solutions(self):
        """The file with the worked solution of each exercise."""
        return self.path.parent / "solutions" / self.path.name

    @classmethod
    def read(cls, path):
        """What the lesson's first cell says, in the words that every lesson uses for it."""
        text = path.read_text(encoding="utf-8")
        title = re.search(r"^(?:# )?# (?!%)(.+)$", text, re.M)
        first = " ".join(text.partition("\n# %%\n")[0].split())
        seconds = re.search(r"\*\*Takes\*\* about (\d+) seconds", first)
        needs = re.search(r"\*\*Prerequisites\*\*(.*?)\*\*Takes\*\*", first)
        return cls(path, int(path.name[:2]), title[1].strip() if title else path.stem,
                   int(seconds[1]) if seconds else None,
                   _numbers(needs[1]) if needs else ())


def _numbers(text):
    """(10, 11) of "KL (lesson 10) and the bound (lesson 11)", or of "lessons 10 and 11"."""
    lists = re.findall(r"lessons? (\d\d(?:(?:,| and|, and) \d\d)*)", text, re.I)
    return tuple(sorted({int(n) for numbers in lists for n in re.findall(r"\d\d", numbers)}))


def folder():
    """Where the lessons are: beside the package in a clone or an editable install."""
    found = pathlib.Path(scratchgen.__file__).parents[1] / "lessons"
    if not found.is_dir():
        raise FileNotFoundError(_SOURCE)
    return found


def lessons():
    """{number: Lesson} of every lesson that is here, in the order of the course."""
    found = map(Lesson.read, sorted(folder().glob("[0-9][0-9]_*.py")))
    return {lesson.number: lesson for lesson in found}
