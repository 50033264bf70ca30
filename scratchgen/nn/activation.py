"""The activation of a layer: in the same node as the layer where an op has that, or after it."""
from ..autodiff import ops

FUSED = ("relu", "leaky_relu", "tanh", "sigmoid")       # the ops of layers apply these themselves


def fused(layer, activation):
    """(what the layer's op applies, a function to apply after it), either of them None.

    `activation` is None, the name of an op, or a function of one Tensor; ValueError for others.
    """
    if activation is None or (isinstance(activation, str) and activation in FUSED):
        return activation, None
    function = getattr(ops, activation, None) if isinstance(activation, str) else activation
    if not callable(function):
        raise ValueError(f"{layer}: there is no activation {activation!r}\n"
                         "  expected  a function, or the name of an op such as "
                         f"{', '.join(FUSED)}")
    return None, function


def named(activation):
    """How a description of a layer ends: ", 'relu'", or nothing."""
    if activation is None or isinstance(activation, str):
        return f", {activation!r}" if activation else ""
    return f", {getattr(activation, '__name__', type(activation).__name__)}"
