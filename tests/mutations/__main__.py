"""python -m tests.mutations [--table | WORDS]"""
import sys

from . import MUTATIONS
from .page import page
from .runner import FAILED, PASSED, copied, outcome, outcome_without


def main():
    if sys.argv[1:] == ["--table"]:
        print(page(), end="")
        return 0
    words, missed = " ".join(sys.argv[1:]), 0
    with copied() as folder:
        code, output = outcome_without(folder)
        if code != PASSED:
            print(output, "\nthe named tests do not pass on the untouched package", sep="")
            return 1
        for mutation in MUTATIONS:
            if words in mutation.name:
                caught = outcome(mutation, folder)[0] == FAILED
                missed += not caught
                print(f"{'caught' if caught else 'MISSED':8}{mutation.name}", flush=True)
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
