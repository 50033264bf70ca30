"""The suites: what can be timed, and how each contender does it.

A suite is a module or a package with

    CASES                                       {name: Case}
    build(contender, name, size, device)        (call, operations per call), or None if the
                                                contender lacks it
    losses(results)                             numbers on which contenders must agree, or []
"""
from . import control, kernels, layers, overhead, workloads

SUITES = {"steps": workloads, "layers": layers, "overhead": overhead, "kernels": kernels,
          "control": control}
