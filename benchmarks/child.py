"""The process of one contender: it answers requests on its standard input, one JSON object a line.

    python -m benchmarks.child NAME THREADS

    (started)                                   {"ready": "2.13.0", "cores": 1}
    {"make": [suite, case, size, device]}       {"made": [loss, ...]} or {"lacks": reason}
    {"run": k}                                  {"seconds": mean of k calls}
    {"memory": [case, size, steps]}             {"peak": bytes, "baseline": bytes}

It ends when its input does, so it does not outlive the process that started it.
"""
import importlib
import json
import os
import sys
import time

from . import memory
from .contenders import CONTENDERS, pin, synchroniser
from .suites import SUITES


class Child:
    """A contender and the one case that it has ready."""

    def __init__(self, name, threads):
        self.contender = CONTENDERS[name]
        self.cores = pin(threads)
        importlib.import_module(self.contender.library)
        if self.contender.library == "torch":
            importlib.import_module("torch").set_num_threads(threads)
        if self.contender.tuned:
            memory.warm_malloc()
        self.call, self.calls, self.finish = None, 1, None

    def make(self, suite, case, size, device):
        self.call = None                            # free what the last case held
        self.finish = synchroniser(self.contender, device)
        made = SUITES[suite].build(self.contender, case, size, device)
        if made is None:
            return {"lacks": f"{self.contender.name} has no {case}"}
        self.call, self.calls = made
        first = [self.call() for _ in range(3)]
        self.finish(first)
        return {"made": SUITES[suite].losses(first)}

    def run(self, k):
        call, finish, result = self.call, self.finish, None
        finish(result)
        began = time.perf_counter()
        for _ in range(k):
            result = call()
        finish(result)
        return {"seconds": (time.perf_counter() - began) / (k * self.calls)}

    def memory(self, case, size, steps):
        return memory.of_training(self.contender, case, size, steps)


def main(name, threads):
    # What a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    child = Child(name, int(threads))
    print(json.dumps({"ready": child.contender.version(), "cores": child.cores}), file=answers)
    for line in sys.stdin:
        (request, arguments), = json.loads(line).items()
        arguments = arguments if isinstance(arguments, list) else [arguments]
        print(json.dumps(getattr(child, request)(*arguments)), file=answers)


if __name__ == "__main__":
    main(*sys.argv[1:])
