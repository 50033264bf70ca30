"""A fixture is a list of cases in one small .npz: a table in JSON, and all numbers in one vector.

A case says: this operation, on these inputs, with these parameters, gives this output; and the
gradient of <c, output> with respect to each input is this array, where c is
`direction(output.shape)`: every entry of the Jacobian takes part, and a transposed or shuffled
gradient cannot pass.

The vector is laid out case by case (inputs, output, gradients), so that the table needs shapes and
no offsets. Nothing is pickled: the table is stored as the bytes of its JSON.
"""
import json
import math
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Case:
    """op(*inputs, **params) = output, gradients[i] = d <direction, output> / d inputs[i]."""

    op: str
    inputs: list
    output: np.ndarray
    gradients: list
    params: dict = field(default_factory=dict)
    marks: list = field(default_factory=list)
    name: str = ""


def direction(shape):
    """c_k = cos(1 + k^2) for the k-th entry: fixed, without pattern, never zero."""
    k = np.arange(math.prod(shape), dtype=np.float64)
    return np.cos(1 + k * k).reshape(shape)


def write(path, cases, **facts):
    """Save the cases, with facts about how they were made (versions), as `path`."""
    table, numbers = [], [np.zeros(0)]
    for case in cases:
        arrays = [*case.inputs, case.output, *case.gradients]
        table.append({
            "name": case.name, "op": case.op, "params": case.params, "marks": case.marks,
            "arrays": [None if a is None else [str(a.dtype), list(a.shape)] for a in arrays],
        })
        numbers += [np.asarray(a, np.float64).reshape(-1) for a in arrays if a is not None]
    write_arrays(path, {"numbers": np.concatenate(numbers)}, cases=table, **facts)


def read(path):
    """The cases of a file that `write` made."""
    arrays, facts = read_arrays(path)
    numbers, start, cases = arrays["numbers"], 0, []
    for row in facts["cases"]:
        found = []
        for entry in row["arrays"]:
            if entry is None:
                found.append(None)
                continue
            dtype, shape = entry
            stop = start + math.prod(shape)
            found.append(numbers[start:stop].astype(dtype).reshape(shape))
            start = stop
        n = len(found) // 2                             # n inputs, one output, n gradients
        cases.append(Case(row["op"], found[:n], found[n], found[n + 1:],
                          row["params"], row["marks"], row["name"]))
    return cases


def write_arrays(path, arrays, **facts):
    """Save named arrays and, beside them, a dictionary of facts."""
    text = json.dumps(facts, separators=(",", ":")).encode()
    np.savez_compressed(path, facts=np.frombuffer(text, np.uint8), **arrays)


def read_arrays(path):
    """(arrays by name, facts) of a file that `write_arrays` made."""
    with np.load(path, allow_pickle=False) as members:
        arrays = {name: members[name] for name in members.files}
    return arrays, json.loads(bytes(arrays.pop("facts")))
