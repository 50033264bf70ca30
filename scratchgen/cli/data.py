"""scratchgen data list | fetch | verify: nothing is downloaded unless it is asked for."""
from .. import data
from .usage import wrong_choices


def add_to(commands):
    p = commands.add_parser("data", help="list, fetch or verify data sets")
    actions = p.add_subparsers(metavar="ACTION", required=True)
    for name, run, text in (("list", _list, "every data set and whether it is here"),
                            ("fetch", _fetch, "download one, checksummed"),
                            ("verify", _verify, "hold the files against their checksums")):
        action = actions.add_parser(name, help=text)
        if name != "list":
            action.add_argument("name", metavar="DATA")
        action.add_argument("--data-dir", help="folder of the data files")
        action.set_defaults(run=run)


def _list(arguments):
    entries = data.listing(arguments.data_dir)
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        print(f"{entry.name:{width}}  {entry.title}  [{entry.licence}]")
        print(f"{'':{width}}  {entry.status}")


def _fetch(arguments):
    with wrong_choices():
        for path in data.fetch(arguments.name, arguments.data_dir, progress=True):
            print(path)


def _verify(arguments):
    with wrong_choices():
        checks = data.verify(arguments.name, arguments.data_dir)
    for check in checks:
        print(f"{check.status:9}  {check.file}  {check.detail}")
    return 0 if all(check.status in ("verified", "readable") for check in checks) else 1
