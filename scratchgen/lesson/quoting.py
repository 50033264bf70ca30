"""What a lesson quotes: the library's own source, and the backward pass of a loss."""
import inspect
import re
import sys
import textwrap

from .telling import in_notebook, say


def show(thing):
    """Print the library's own source of a function, a class, or an op with its rules.

    A notebook shows it as code, in the colours of code.
    """
    if in_notebook():
        from IPython.display import Markdown, display
        display(Markdown(f"```python\n{source(thing)}\n```"))
        return
    say("\n".join(f"  | {line}".rstrip() for line in source(thing).splitlines()))


def source(thing):
    """The source text of a function, a class, or an op.

    An op is its row of the table, or its forward and its rules, with the private functions that
    the rules call.
    """
    if not hasattr(thing, "signature"):
        return textwrap.dedent(inspect.getsource(thing)).rstrip()
    module = sys.modules[thing.__module__]
    text, name = inspect.getsource(module), re.escape(thing.name)
    row = re.compile(rf"^{name} += elementwise\(.*?(?=^\S|\Z)", re.M | re.S)
    forward = re.compile(rf"^@primitive\((?:(?!^def ).)*?^def {name}\(.*?(?=^\S|\Z)", re.M | re.S)
    rules = re.compile(rf"^(?:\w+\.\w+ = )*{name}\.\w+ = .*?(?=^[^\s)]|\Z)", re.M | re.S)
    found = [m.group().rstrip() for m in (row.search(text) or forward.search(text),) if m]
    below = "\n".join(m.group().rstrip() for m in rules.finditer(text))
    called = dict.fromkeys(re.findall(r"\b_[a-z]\w*", "\n".join([*found, below])))
    helpers = [inspect.getsource(getattr(module, helper)).rstrip() for helper in called
               if inspect.isfunction(getattr(module, helper, None))]
    if not found:
        raise ValueError(f"the source of {thing.name} is not in {thing.__module__}")
    return "\n\n".join(part for part in (*found, below, *helpers) if part)


def stepper(explanation):
    """The backward pass of `explain(loss)`, step by step: a page to click in a notebook.

    A terminal prints its table.
    """
    if in_notebook():
        from IPython.display import display
        display(explanation)
        return
    say(explanation)
