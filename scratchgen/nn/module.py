"""Module: whatever holds parameters.  They are found by looking at its attributes.

    class Layer(Module):
        def __init__(self, i, o, *, rng):
            self.weight = Parameter(init.fan_in_uniform((i, o), rng=rng))
        def forward(self, x):
            return ops.matmul(x, self.weight)

No registration and no `super().__init__()`: attributes that are Parameters, Modules, or lists,
tuples and dicts of them are walked, in the order in which they were made.
"""
from contextlib import contextmanager

from .. import backend
from ..autodiff import ops
from ..autodiff.tensor import Tensor
from ..errors import CheckpointError, ShapeError
from . import summary
from .parameter import Parameter, cast, like


class Module:
    """A function with parameters: `module(x)` is `module.forward(x)`.

    Its state is made of three kinds of attribute, each named by its path, such as
    "layers.0.weight":

    Parameters   what training changes: `parameters()`
    arrays       what is remembered but not trained (running statistics): buffers.  A number is a
                 setting, and not saved; np.zeros(()) is saved, also when numbers replace it
    generators   a `numpy.random.Generator` that `forward` draws from (Dropout)

    What is reached twice, such as a weight that two layers share, counts once, by its first name.
    """

    training = True             # class attribute: the default until train() or eval() is called

    def __call__(self, *args, **kwargs):
        return self.forward(*args, **kwargs)

    def forward(self, x):
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x)")

    def __setattr__(self, name, value):
        held = vars(self).get(name)
        if isinstance(held, Parameter) and not isinstance(value, (Parameter, type(None))):
            raise TypeError(f"{type(self).__name__}.{name} is a Parameter; this would put a "
                            f"{type(value).__name__} in its place\n"
                            f"  hint      to change its values: module.{name}.data = ...")
        if _is_buffer(held):
            if isinstance(value, Tensor) and not isinstance(value, Parameter):
                raise TypeError(f"{type(self).__name__}.{name} is an array that is saved; a Tensor "
                                "in its place would not be, and might hold its graph\n"
                                "  hint      remember the values: x.data instead of x")
            if held.shape == () and _is_number(value):
                value = ops.add(backend.namespace(held).zeros_like(held), value)
        super().__setattr__(name, value)

    # ---- what it holds ---------------------------------------------------------------------------

    def named_parameters(self):
        """[(name, Parameter), ...] in the order of the attributes."""
        return [(name, x) for name, x in _leaves(self) if isinstance(x, Parameter)]

    def parameters(self):
        """[Parameter, ...], each once."""
        return [x for _, x in self.named_parameters()]

    def named_buffers(self):
        """[(name, array), ...]: remembered, saved and moved with the module, not trained."""
        return [(name, x) for name, x in _leaves(self) if _is_buffer(x)]

    def named_generators(self):
        """[(name, numpy.random.Generator), ...]: where the module's own noise comes from."""
        return [(name, x) for name, x in _leaves(self) if _is_generator(x)]

    def named_modules(self):
        """[(name, Module), ...]: this module (named "") and all inside it, outermost first."""
        return [(name, x) for name, x in _walk(self) if isinstance(x, Module)]

    # ---- the state -------------------------------------------------------------------------------

    def state_dict(self):
        """{name: values} of all parameters and buffers, as NumPy arrays on the host: copies.

        ValueError if keys of dicts give two of them one name, like "a.b" beside "a": {"b": ...}.
        """
        return {name: backend.to_numpy(array).copy() for name, array in self._arrays().items()}

    def load_state_dict(self, state):
        """Copy the values into their places, in the module's own dtype and on its own device.

        All or nothing: raises CheckpointError if a name is missing or unknown, or if a shape
        differs (this one is a ShapeError too), and then nothing has changed.
        """
        own = self._arrays()
        missing = [name for name in own if name not in state]
        unknown = [name for name in state if name not in own]
        if missing or unknown:
            raise CheckpointError("these values are not those of this module"
                                  + _listing("missing", missing) + _listing("unknown", unknown))
        values = {name: _fitting(name, state[name], array) for name, array in own.items()}
        for name, array in own.items():
            array[...] = values[name]

    def _arrays(self):
        found = {}
        for name, x in _leaves(self):
            if isinstance(x, Parameter) or _is_buffer(x):
                if name in found:
                    raise ValueError(f"two values of {type(self).__name__} have the same name\n"
                                     f"  got       {name!r} twice\n"
                                     "  hint      the keys of a dict are parts of names")
                found[name] = x.data if isinstance(x, Parameter) else x
        return found

    # ---- modes -----------------------------------------------------------------------------------

    def train(self, mode=True):
        """Behave as in training from now on (Dropout drops); returns self."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self):
        """Behave as in use: deterministic, with remembered statistics; returns self."""
        return self.train(False)

    @contextmanager
    def frozen(self):
        """`with module.frozen():` its parameters are constants; afterwards each is what it was.

        The generator's step of a GAN runs through a frozen discriminator: gradients pass through
        it and none is computed for its weights.  Keep forward and backward inside the block.
        """
        parameters = self.parameters()
        before = [p.requires_grad for p in parameters]
        for p in parameters:
            p.requires_grad = False
        try:
            yield self
        finally:
            for p, required in zip(parameters, before):
                p.requires_grad = required

    def zero_grad(self):
        """Forget all gradients: `.grad` is None until the next backward."""
        for p in self.parameters():
            p.grad = None

    # ---- moving ----------------------------------------------------------------------------------

    def astype(self, dtype):
        """Make all floats "float32" or "float64"; forgets gradients; returns self.

        TypeError for a dtype that is not one of floats: weights would be rounded to whole numbers.
        """
        def floats(x):
            y = cast(x, dtype) if backend.is_floating(x) else x
            if backend.is_floating(x) and not backend.is_floating(y):
                raise TypeError("astype: parameters are floats\n"
                                f"  expected  \"float32\" or \"float64\"\n  got       {y.dtype}")
            return y
        return self._replace(floats)

    def to(self, name):
        """Move everything to a backend, "numpy" or "cupy"; forgets gradients; returns self."""
        with backend.use(name):
            return self._replace(backend.asarray)

    def _replace(self, change):
        for p in self.parameters():
            p._place(change(p.data))
            p.grad = None
        _replace_buffers(self, change, {})
        return self

    # ---- looks -----------------------------------------------------------------------------------

    def describe(self):
        """What this module is called in errors and tables, settings included: Linear(64, 2)."""
        return type(self).__name__

    def __repr__(self):
        return summary.table(self)


# ---- walking attributes --------------------------------------------------------------------------

def _walk(root):
    """(path, value) for all that modules, lists, tuples and dicts lead to, each object once."""
    seen, stack = set(), [("", root)]
    while stack:
        path, value = stack.pop()
        if type(value) is Parameter:            # most of what there is
            inside = ()
        elif value is None or isinstance(value, (bool, int, float, str)):
            continue
        elif isinstance(value, Module):
            inside = vars(value)
        elif isinstance(value, dict):
            inside = value
        elif isinstance(value, (list, tuple)):
            inside = dict(enumerate(value))
        elif isinstance(value, Parameter) or _is_generator(value) or _is_buffer(value):
            inside = ()
        elif isinstance(value, Tensor) and value.requires_grad and value.op is None:
            raise TypeError(f"{path} is a Tensor that requires a gradient, but no Parameter: "
                            "it would not be trained\n"
                            "  hint      nn.Parameter(...), or x.detach() for a constant")
        else:
            continue
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield path, value
        if inside:
            prefix = f"{path}." if path else ""
            stack.extend([(f"{prefix}{key}", inside[key]) for key in reversed(inside)])


def _leaves(root):
    return [(path, value) for path, value in _walk(root)
            if not isinstance(value, (Module, dict, list, tuple))]


def _is_buffer(value):
    return backend.is_array(value) and hasattr(value, "__setitem__")     # NumPy scalars have none


def _is_number(value):
    """A Python number, or the NumPy scalar that arithmetic with 0-d arrays gives."""
    return isinstance(value, (int, float)) or backend.is_array(value) and not _is_buffer(value)


def _is_generator(value):
    return hasattr(value, "bit_generator")


def _replace_buffers(value, change, done):
    """The value with every buffer inside it replaced by change(buffer), each once.

    `done` maps the id of what was seen to (it, what took its place): held, it keeps its id.
    """
    if id(value) in done:
        return done[id(value)][1]
    done[id(value)] = value, value
    if _is_buffer(value):
        done[id(value)] = value, change(value)
    elif type(value) is tuple:
        done[id(value)] = value, tuple([_replace_buffers(x, change, done) for x in value])
    elif isinstance(value, list):
        value[:] = [_replace_buffers(x, change, done) for x in value]
    elif isinstance(value, (Module, dict)):
        items = vars(value) if isinstance(value, Module) else value
        items.update({key: _replace_buffers(x, change, done) for key, x in items.items()})
    return done[id(value)][1]


# ---- loading -------------------------------------------------------------------------------------

class _OtherShape(CheckpointError, ShapeError):
    """State that has the names of this module and not its shapes."""


def _fitting(name, values, array):
    """The values as an array like `array`, whose shape they must have."""
    values = values.data if isinstance(values, Tensor) else values
    values = values if backend.is_array(values) else backend.asarray(values)
    if values.shape != array.shape:
        raise _OtherShape(f"{name} has another shape in this module\n"
                          f"  expected  {array.shape}\n  got       {values.shape}")
    return like(values, array)


def _listing(word, names):
    if not names:
        return ""
    more = f" and {len(names) - 6} more" if len(names) > 6 else ""
    return f"\n  {word:<9} {', '.join(map(str, names[:6]))}{more}"
