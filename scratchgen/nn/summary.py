"""A module as a table: one line a module, with what it holds and how many numbers that is."""


def table(module):
    """The tree of modules, indented; parameters counted once, untrained arrays in brackets.

        Sequential(Linear, Linear)        322 parameters
          layers.0  Linear(2, 64, 'relu')  192  weight (2, 64)  bias (64,)
          layers.1  Linear(64, 2)          130  weight (64, 2)  bias (2,)
    """
    modules = module.named_modules()
    arrays = {path: [] for path, _ in modules}
    for name, parameter in module.named_parameters():
        arrays[_owner(name, arrays)].append((name, "{} {}", parameter.shape))
    for name, buffer in module.named_buffers():
        arrays[_owner(name, arrays)].append((name, "[{} {}]", buffer.shape))

    rows = []
    for path, inner in modules:
        parent = _owner(path, arrays)
        indent = "  " * sum(_is_inside(path, other) for other in arrays)
        name = path[len(parent):].lstrip(".")
        held = [form.format(_below(name, path), shape) for name, form, shape in arrays[path]]
        size = sum(p.size for p in inner.parameters())
        rows.append((f"{indent}{name}{'  ' if name else ''}{inner.describe()}", f"{size:,}", held))
    return _aligned(rows)


def _is_inside(path, module):
    return path != module and (module == "" or path.startswith(f"{module}."))


def _owner(path, modules):
    """The innermost module around this path."""
    return max((m for m in modules if _is_inside(path, m)), key=len, default="")


def _below(path, module):
    return path[len(module):].lstrip(".")


def _aligned(rows):
    left = max(len(what) for what, _, _ in rows)
    right = max(len(size) for _, size, _ in rows)
    lines = []
    for i, (what, size, held) in enumerate(rows):
        unit = " parameters" if i == 0 else ""
        line = f"{what:<{left}}  {size:>{right}}{unit}"
        lines.append("  ".join([line, *held]))
    return "\n".join(lines)
