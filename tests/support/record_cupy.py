"""Write cupy_surface.json: the names and keywords of the CuPy that is installed (no GPU needed).

    python tests/support/record_cupy.py
"""

import inspect
import json
import pathlib

import cupy


def parameters(function):
    """The names of the parameters; None where any keyword goes or nobody can tell."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
        return None
    return list(signature.parameters)


def public(namespace):
    return {name: getattr(namespace, name) for name in sorted(dir(namespace)) if name[0] != "_"}


def is_function(value):
    return callable(value) and not inspect.isclass(value) and not isinstance(value, cupy.ufunc)


surface = {
    "version": cupy.__version__,
    "functions": {n: parameters(f) for n, f in public(cupy).items() if is_function(f)},
    "ufuncs": [n for n, f in public(cupy).items() if isinstance(f, cupy.ufunc)],
    "others": [n for n, v in public(cupy).items()
               if inspect.isclass(v) or isinstance(v, (float, type(None)))],
    "linalg": {n: parameters(f) for n, f in public(cupy.linalg).items() if is_function(f)},
    "ndarray": [n for n in dir(cupy.ndarray) if not n.startswith("_") or n.endswith("__")],
    "Generator": list(public(cupy.random.Generator)),
}

if __name__ == "__main__":
    path = pathlib.Path(__file__).with_name("cupy_surface.json")
    lines = [f'"{key}": {json.dumps(value)}' for key, value in surface.items()]
    path.write_text("{" + ",\n".join(lines) + "}\n")
