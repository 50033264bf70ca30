"""scratchgen explain "(y - (w*x + b))**2" w=2 x=3 b=-1 y=4: a backward pass without a program."""
import pathlib
import warnings
from itertools import chain, count

import scratchgen

from .expression import FUNCTIONS, evaluate, variables
from .usage import UsageError


def add_to(commands):
    p = commands.add_parser(
        "explain", help="the backward pass of a formula, step by step",
        description="The gradient of a formula with respect to each of its variables: one row for "
        "each application of the chain rule, and a page to step through them.  A formula is made "
        "of numbers, names, lists, + - * / ** @ and functions: " + " ".join(FUNCTIONS) + ".")
    p.add_argument("formula", metavar="FORMULA", help='such as "(y - (w*x + b))**2"; one that '
                   'begins with a minus goes in brackets: "(-x**2)"')
    p.add_argument("values", metavar="NAME=VALUE", nargs="*",
                   help="a number or a list of numbers for each variable: w=2 'x=[1, 2, 3]'")
    p.add_argument("--why", metavar="NAME", action="append", default=[],
                   help="the gradient of this variable as a sum over paths")
    p.add_argument("--check", action="store_true", help="hold all of it against finite differences")
    p.add_argument("--html", metavar="FILE",
                   help="write a page to step through the backward pass in a browser")
    p.set_defaults(run=run)


def run(arguments):
    values = variables(arguments.values)
    for name in arguments.why:
        if name not in values:
            raise UsageError(f"--why {name}: there is no such variable; there are "
                             f"{', '.join(values) or 'none'}")
    with warnings.catch_warnings():             # where something is inf or nan, the table shows it
        warnings.simplefilter("ignore", RuntimeWarning)
        _explain(arguments, evaluate(arguments.formula, values), values)


def _explain(arguments, loss, values):
    if loss.op is not None:
        names = chain(("L", "loss"), map("loss_{}".format, count(2)))
        loss.name = next(name for name in names if name not in values)
    e = scratchgen.explain(loss)
    print(e)
    for name in arguments.why:
        print(f"\n{e.why(values[name])}")
    if arguments.check:
        e.check()
        agree = f"All {len(e)} steps and every gradient agree" if len(e) > 1 else \
            "Every gradient agrees"
        print(f"\n{agree} with finite differences.")
    if arguments.html:
        print(f"\npage: {e.to_html(pathlib.Path(arguments.html))}")
