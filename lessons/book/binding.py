"""A lesson becomes a page: how to run it, links, and every exercise's solution, folded away."""
import ast
import re

import jupytext
from nbformat.v4 import new_markdown_cell

HOW_TO_RUN = """:::{{admonition}} Run it, change it, answer it
:class: tip how-to-run

```text
{commands}
```
:::

"""

SOLUTION = """<details><summary>Solution</summary>

```python
{source}
```

</details>"""


def bind(lesson, course):
    """The text of a lesson's page, a script in percent format like the lesson itself.

    `course` is {number: Lesson} of every lesson that will have a page, so that the text can link
    to them.
    """
    notebook = jupytext.reads(lesson.path.read_text(encoding="utf-8"), fmt="py:percent")
    solutions = lesson.solutions.read_text(encoding="utf-8")
    pages = {number: other.path.stem for number, other in course.items() if other is not lesson}
    bound = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = linked(cell.source, pages)
            bound.append(cell)
            continue
        cell.source = without_what_a_terminal_needs(cell.source)
        describe_figures(cell)
        bound += [cell] if cell.source else []
        bound += [new_markdown_cell(SOLUTION.format(source=source_of(name, solutions)))
                  for name in exercises(cell.source)]
    notebook.cells = bound
    notebook.metadata["jupytext"]["cell_metadata_filter"] = "mystnb"     # written, not dropped
    notebook.cells[0].source = opened(notebook.cells[0].source, lesson)
    return jupytext.writes(notebook, fmt="py:percent")


def opened(text, lesson):
    """The first cell with the lesson's number in its title, and how to run it below what it needs.

    That is the paragraph that says what the lesson **Takes**.
    """
    text = re.sub(r"^# ", f"# {lesson.number:02}  ", text, count=1, flags=re.M)
    takes = re.search(r"\*\*Takes\*\*.*?(?:\n\n|\Z)", text, re.S)
    run = f"scratchgen lesson {lesson.number}"
    commands = {
        run: "run this lesson in a terminal",
        f"{run} --notebook": f"write {lesson.path.stem}.ipynb; open it with jupyter lab",
        f"{run} --check": "check your answers to its exercises",
        f"python -m pytest -m lesson{lesson.number:02}": "test what it teaches"}
    how = HOW_TO_RUN.format(commands="\n".join(f"{a:30}  {b}" for a, b in commands.items()))
    return text[:takes.end()] + how + text[takes.end():]


def linked(text, pages):
    """Text in which "lesson 08" is a link to its page, outside of code and of other links."""
    def link(found):
        words, page = " ".join(found[0].split()), pages.get(int(found["number"]))
        return f"{{doc}}`{words} </{page}>`" if page else words
    parts = re.split(r"(```.*?```|`[^`]*`|\$[^$]*\$|\[[^\]]*\]\([^)]*\))", text, flags=re.S)
    parts[::2] = [re.sub(r"\b[Ll]essons?[ \n](?P<number>\d\d)\b", link, part)
                  for part in parts[::2]]
    return "".join(parts)


def describe_figures(cell):
    """Give the figures of a code cell their name as a description, for who cannot see them."""
    names = [node.args[1].value[3:] for node in ast.walk(ast.parse(cell.source))
             if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "save_figure"
             and isinstance(node.args[1], ast.Constant)]
    if names:
        text = "figure: " + ", ".join(name.replace("_", " ") for name in names)
        cell.metadata["mystnb"] = {"image": {"alt": text}}


def without_what_a_terminal_needs(source):
    """A cell without its calls of heading() and predict(), which a page has in its text, and the
    empty lines that it says: around what is shown a page has room.
    """
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        call = ast.unparse(node) if isinstance(node, ast.Expr) else ""
        if call.startswith(("heading(", "predict(")) or call == "say('')":
            del lines[node.lineno - 1:node.end_lineno]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n")


def exercises(source):
    """The names of the functions under an @exercise(...) in a cell."""
    return [node.name for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) and any(
                isinstance(d, ast.Call) and getattr(d.func, "id", "") == "exercise"
                for d in node.decorator_list)]


def source_of(name, module):
    """The source of one function of a module's text."""
    for node in ast.parse(module).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return ast.get_source_segment(module, node)
    raise ValueError(f"no solution of {name}")
