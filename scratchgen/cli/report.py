"""scratchgen report RUN: write the figures and the page of a run again."""
from .. import runs
from .usage import frames_bar, run_of_files


def add_to(commands):
    p = commands.add_parser("report", help="write the figures and report.html of a run again")
    p.add_argument("folder", metavar="RUN", help="a run folder")
    p.add_argument("--data-dir", help="folder with the data files, if they have moved")
    p.set_defaults(run=run)


def run(arguments):
    numbers, page = runs.write_report(run_of_files(arguments.folder, arguments.data_dir),
                                      frames_bar(), arguments.data_dir)
    for text in numbers:
        print(text)
    print(f"report: {page}")
