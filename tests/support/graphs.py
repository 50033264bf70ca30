"""What a graph leads to."""
import scratchgen as sg


def leaves(loss):
    """The ids of all leaves that backward would compute a gradient for."""
    found, stack = set(), [loss]
    while stack:
        x = stack.pop()
        if x.op is None:
            found.add(id(x))
        stack.extend(i for i in x.inputs or () if isinstance(i, sg.Tensor) and i.requires_grad)
    return found
