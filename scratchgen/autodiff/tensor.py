"""Tensor: an array that remembers y = op(*inputs, **params).  The tensor *is* the graph node.

There is no tape and no graph object.  A tensor that came out of an op holds the op and the op's
inputs; following `inputs` backwards visits everything it depends on.  Tensors are numbered as they
are made, and nothing can be computed before its inputs: creation order is a topological order.
"""
import functools
import inspect
import threading
from itertools import count

from .. import backend

_clock, _new = count(), object.__new__


class _PerThread(threading.local):
    recording = True

    def __init__(self):
        self.outer = []         # what held outside of each no_grad() that is open


thread = _PerThread()


class no_grad:
    """Inside, ops remember nothing: `with no_grad():` or `@no_grad()`.  Per thread."""

    def __enter__(self):
        thread.outer.append(thread.recording)
        thread.recording = False

    def __exit__(self, *exception):
        thread.recording = thread.outer.pop()

    def __call__(self, f):
        if inspect.isgeneratorfunction(f):
            raise TypeError(f"no_grad: {f.__name__} yields, so its body does not run when called\n"
                            "  hint      `with no_grad():` around its computations")

        @functools.wraps(f)
        def without_graph(*args, **kwargs):
            with no_grad():
                return f(*args, **kwargs)
        return without_graph


class Tensor:
    """An array that remembers y = op(*inputs).

    `data` (numbers, nested lists, or an array of any registered backend) is copied; numbers and
    lists of floats become float64 on the backend in use.  With `requires_grad=True` it is a leaf:
    `backward` accumulates dL/dself in `.grad`, an array of the same shape and dtype.

    `.data` is the raw array.  Ops remember the arrays they are given and do not copy them: what is
    written into one between forward and backward, backward sees.

    Tensors of integers or booleans carry values but no gradient: asking for one raises TypeError.
    Comparisons are elementwise and give arrays; two tensors are the same node only if `a is b`.
    """

    __slots__ = ("data", "grad", "requires_grad", "op", "inputs", "arrays", "params", "saved",
                 "order", "name", "_retains", "__weakref__")
    __array_ufunc__ = None  # array * tensor is Tensor.__rmul__, np.exp(tensor) a TypeError

    def __init__(self, data, requires_grad=False):
        if isinstance(data, Tensor):
            data = data.data
        array = backend.namespace(data).asarray(data, copy=True) if backend.is_array(data) \
            else backend.asarray(data)
        space = backend.namespace(array)
        if not space.isdtype(array.dtype, ("bool", "integral", "real floating")):
            raise TypeError(f"a Tensor holds floats, integers or booleans, got dtype {array.dtype}")
        _become(self, array)
        if requires_grad:
            require_floating(array)
            self.requires_grad = True

    # ---- what it is ------------------------------------------------------------------------------

    @property
    def shape(self):
        return self.data.shape

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def size(self):
        return self.data.size

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a 0-d Tensor")
        return self.shape[0]

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d Tensor")
        return (self[i] for i in range(self.shape[0]))

    def __bool__(self):
        if self.size != 1:
            raise ValueError(f"the truth of a Tensor of shape {self.shape} is ambiguous\n"
                             "  hint      compare values: bool((t.data > 0).all())")
        return bool(self.data)

    def __float__(self):
        return float(self.item())

    def __format__(self, spec):
        """f"{loss:.3f}" formats the number; without a specification it is str(loss)."""
        return format(self.item(), spec) if spec else str(self)

    def __repr__(self):
        text = repr(backend.to_numpy(self.data)).replace("array(", "Tensor(", 1)
        if self.op is not None:
            return f"{text[:-1]}, op={self.op.name})"
        return f"{text[:-1]}, requires_grad=True)" if self.requires_grad else text

    # ---- leaving the graph -----------------------------------------------------------------------

    def item(self):
        """The value of a tensor with one element, as a Python number.

        A running total of losses adds up items: total += loss would keep every graph alive.
        """
        if self.size != 1:
            raise ValueError(f"item() needs exactly one element, got shape {self.shape}")
        return backend.to_numpy(self.data).item()

    def numpy(self):
        """The values as a NumPy array on the host: a copy; changing it changes nothing here."""
        return backend.to_numpy(self.data).copy()

    def detach(self):
        """A tensor with the same array that remembers nothing: a constant to every gradient."""
        return wrap(self.data)

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise TypeError("a Tensor that requires a gradient is not turned into an array\n"
                            "  hint      t.numpy() gives the values, t.detach() cuts the graph, "
                            "ops.stack joins Tensors")
        host = backend.to_numpy(self.data)
        return host.astype(dtype or host.dtype, copy=bool(copy))

    def __reduce__(self):
        """A copy is a node of its own: two of the same number would be one to the graph."""
        if self.op is not None:
            raise TypeError(f"only leaves are copied, and this Tensor is the result of an op: "
                            f"{self.op.name}, shape {self.shape}\n"
                            "  hint      copy t.detach(), its values")
        return Tensor, (self.data, self.requires_grad)

    # ---- gradients -------------------------------------------------------------------------------

    def retain_grad(self):
        """Keep `.grad` on this interior node too (leaves always keep theirs)."""
        self._retains = True

    def zero_grad(self):
        """Forget the gradient: `.grad` is None until the next backward."""
        self.grad = None


def require_floating(array):
    """Raise TypeError unless the array holds floating-point numbers, as every gradient does."""
    if not backend.is_floating(array):
        raise TypeError(f"a gradient needs floating-point numbers, got dtype {array.dtype}\n"
                        "  hint      x.astype(\"float32\"), or Tensor([1.0, 2.0]), not [1, 2]")


def _become(tensor, array):
    tensor.data = array
    tensor.grad = tensor.op = tensor.params = tensor.saved = None
    tensor.requires_grad = tensor._retains = False
    tensor.inputs = tensor.arrays = ()
    tensor.order = next(_clock)


def wrap(array):
    """A constant Tensor around an array, without a copy."""
    tensor = _new(Tensor)
    _become(tensor, array)
    return tensor


def node(array, op, inputs, arrays, params, saved=None):
    """The Tensor y = op(*inputs, **params), which remembers how it was made.

    `arrays` are the inputs as the kernel saw them: what the rules of a first derivative get.
    """
    tensor = _new(Tensor)
    tensor.data = array
    tensor.grad = None
    tensor.requires_grad = True
    tensor._retains = False
    tensor.op = op
    tensor.inputs = inputs
    tensor.arrays = arrays
    tensor.params = params
    tensor.saved = saved
    tensor.order = next(_clock)
    return tensor
