"""Parameter: a leaf of the graph that training moves about."""
from .. import backend
from ..autodiff.tensor import Tensor
from ..errors import ShapeError


class Parameter(Tensor):
    """A Tensor that requires a gradient and that a Module finds among its attributes.

    `data` is copied.  An array keeps its dtype, numbers and lists become float32; `dtype`
    overrides both.

    `.data` is the parameter's own array.  Assigning to it copies the values into its place, in its
    own dtype and on its own device, and raises ShapeError unless the shape is the same: a
    parameter never changes shape, and an optimiser that keeps all parameters side by side in one
    array stays in touch.  A graph recorded before such a change and run backward after it sees
    the new values: call `loss.backward()` before moving the parameters that the loss came from.
    """

    __slots__ = ()

    def __init__(self, data, dtype=None):
        values = data.data if isinstance(data, Tensor) else data
        if not backend.is_array(values):
            values = backend.asarray(values, dtype or "float32")
        elif dtype is not None:
            values = cast(values, dtype)
        self._place(Tensor(values).data)        # a place of its own, where Tensor puts the values
        super().__init__(self.data, requires_grad=True)

    # Reading stays a slot, the fastest attribute there is; only writing is ours.
    data = property(Tensor.data.__get__, doc="The values; assigning copies into their place.")

    @data.setter
    def data(self, values):
        values = values.data if isinstance(values, Tensor) else values
        shape = values.shape if backend.is_array(values) else backend.asarray(values).shape
        if shape != self.shape:
            raise ShapeError("a parameter keeps its shape\n"
                             f"  expected  {self.shape}\n  got       {shape}")
        self.data[...] = like(values, self.data)

    def _place(self, array):
        """Live in this array from now on: how optimisers and `Module.to` move a parameter."""
        Tensor.data.__set__(self, array)

    def __reduce__(self):
        return _rebuild, (self.data, self.requires_grad)        # a copy is a node of its own

    def __repr__(self):
        text = super().__repr__().replace("Tensor(", "Parameter(", 1)
        return text.replace(", requires_grad=True", "")


def _rebuild(data, requires_grad):
    parameter = Parameter(data)
    parameter.requires_grad = requires_grad
    return parameter


def place(leaf, array):
    """Let a leaf (a Parameter or any Tensor) live in this array, which holds its values."""
    Tensor.data.__set__(leaf, array)


def cast(array, dtype):
    """The array in another dtype, named by a string ("float64") or by the library's own object."""
    xp = backend.namespace(array)
    return xp.astype(array, getattr(xp, dtype) if isinstance(dtype, str) else dtype)


def like(values, array):
    """The values as an array of the library, dtype and device of `array`."""
    if backend.is_array(values) and backend.namespace(values) is backend.namespace(array):
        return values if values.dtype == array.dtype else cast(values, array.dtype)
    return backend.from_host(backend.to_numpy(values), like=array)
