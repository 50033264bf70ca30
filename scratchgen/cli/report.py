"""scratchgen report RUN: write the figures and the page of a run again."""
from .. import runs
from .usage import existing_run, frames_bar


def add_to(commands):
    p = commands.add_parser("report", help="write the figures and report.html of a run again")
    p.add_argument("folder", metavar="RUN", help="a run folder")
    p.set_defaults(run=run)


def run(arguments):
    numbers, page = runs.write_report(existing_run(arguments.folder), frames_bar())
    for text in numbers:
        print(text)
    print(f"report: {page}")
