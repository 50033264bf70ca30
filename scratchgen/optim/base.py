"""What all optimisers share: parameters, checks, state.  The rule itself is in `update`."""
import math
import warnings

from .. import backend
from ..autodiff.tensor import Tensor
from ..errors import CheckpointError, ShapeError
from .flat import Flat, kind


class Optimiser:
    """Moves parameters against their gradients, by a rule that a subclass writes in `update`.

    `params` is a list (or any iterable) of Parameters or of leaf Tensors that require a gradient.
    ValueError if there are none, if one is there twice, or for a setting outside its range.

    The parameters move into one array (see `flat`): each `.data` becomes a view of it.  A module
    may be moved, cast or loaded afterwards, and two optimisers may share parameters: at its next
    step each takes them back, with its moments.
    """

    settings = ("lr",)          # the names of the numbers in the rule, kept in state_dict()
    moments = ()                # the names of what is remembered for each parameter, zero at first

    def __init__(self, params, **settings):
        self.parameters = _checked(params)
        for name, value in settings.items():
            setattr(self, name, require_range(name, value))
        self.steps = 0
        self._lay_out()

    def update(self, xp, p, g, *moments, step):
        """Change p and the moments in place, given the gradient g: 1-D, many parameters at once.

        `step` counts from 1, for each parameter the steps in which it had a gradient.  g is not
        written to.
        """
        raise NotImplementedError

    @property
    def lr(self):
        """The learning rate; may be set at any time."""
        return self._lr

    @lr.setter
    def lr(self, value):
        self._lr = float(require_range("lr", value))     # NumPy's float64 would widen arrays

    def zero_grad(self):
        """Forget all gradients; otherwise backward adds to those of the last step."""
        for p in self.parameters:
            p.grad = None

    def step(self):
        """Apply one update to every parameter that has a gradient; the others stay as they are.

        Raises TypeError or ShapeError if a gradient does not fit its parameter, before anything has
        changed.  Warns if there is no gradient at all.
        """
        self._take_back()
        work = [(flat, flat.gradients()) for flat in self._flats]
        if all(g is None for _, gradients in work for g in gradients):
            warnings.warn("step() without any gradient changed nothing: no loss.backward()?",
                          stacklevel=2)
            return
        self.steps += 1
        for flat, gradients in work:
            flat.count_missed(gradients)
            for values, g, moments, missed in flat.blocks(gradients):
                self.update(flat.xp, values, g, *moments, step=self.steps - missed)

    # ---- the state -------------------------------------------------------------------------------

    def state_dict(self):
        """The rule, its settings, and each parameter's steps and moments (NumPy arrays, copies).

        {"rule": "Adam", "settings": {"lr": ...}, "steps": [n, ...], "moments": {"0/m": array, ...}}
        with parameters numbered in the order in which they were given.
        """
        steps, moments = [0] * len(self.parameters), {}
        for number, missed, views in self._by_parameter():
            steps[number] = self.steps - missed
            for name, view in zip(self.moments, views):
                moments[f"{number}/{name}"] = backend.to_numpy(view).copy()
        settings = {name: getattr(self, name) for name in self.settings}
        return {"rule": type(self).__name__, "settings": settings, "steps": steps,
                "moments": moments}

    def load_state_dict(self, state):
        """Continue from `state_dict()`, settings included; all or nothing.

        CheckpointError if it is the state of another rule or of other parameters, ShapeError for
        other shapes.
        """
        self._take_back()
        self._check_state(state)
        for name, value in state["settings"].items():           # JSON keeps a tuple as a list
            setattr(self, name, tuple(value) if isinstance(value, list) else value)
        self.steps = max(state["steps"], default=0)
        for number, _, views in self._by_parameter():
            for name, view in zip(self.moments, views):
                values = state["moments"][f"{number}/{name}"]
                view[...] = backend.from_host(backend.to_numpy(values), like=view)
        numbers = self._numbers()
        for flat in self._flats:
            taken = [state["steps"][numbers[id(leaf)]] for leaf in flat.leaves]
            flat.set_missed([self.steps - steps for steps in taken])

    def _check_state(self, state):
        mine, own = self.state_dict(), type(self).__name__
        for part in ("rule", "settings", "steps", "moments"):
            if part not in state:
                raise CheckpointError(f"this is not the state of an optimiser: {part!r} is missing")
        if state["rule"] != own:
            raise CheckpointError(f"this is the state of {state['rule']}, not of {own}")
        if len(state["steps"]) != len(mine["steps"]):
            raise CheckpointError("this is the state of another number of parameters\n"
                                  f"  expected  {len(mine['steps'])}\n"
                                  f"  got       {len(state['steps'])}")
        if any(set(state[part]) != set(mine[part]) for part in ("moments", "settings")):
            raise CheckpointError(f"this is the state of {own} with other options")
        if not all(isinstance(n, int) and n >= 0 for n in state["steps"]):
            raise CheckpointError("the steps of an optimiser are counted from 0")
        for name, value in state["settings"].items():
            require_range(name, value)
        for name, values in mine["moments"].items():
            if state["moments"][name].shape != values.shape:
                raise ShapeError(f"{name} has another shape\n  expected  {values.shape}\n"
                                 f"  got       {state['moments'][name].shape}")

    def __getstate__(self):
        """What copies and pickles are made of: a copy lays its own parameters out anew."""
        own = {name: value for name, value in vars(self).items() if name != "_flats"}
        return own, self.state_dict()

    def __setstate__(self, made):
        own, state = made
        vars(self).update(own)
        self._lay_out()
        self.load_state_dict(state)

    # ---- where the parameters live ---------------------------------------------------------------

    def _lay_out(self):
        """One flat buffer for each dtype and device among the parameters."""
        groups = {}
        for p in self.parameters:
            groups.setdefault(kind(p.data), []).append(p)
        self._flats = [Flat(leaves, len(self.moments)) for leaves in groups.values()]

    def _take_back(self):
        """Bring moved parameters back into the buffers; build new ones if their kind changed."""
        if not all([flat.gather() for flat in self._flats]):
            state = self.state_dict()
            self._lay_out()
            self.load_state_dict(state)

    def _numbers(self):
        return {id(p): number for number, p in enumerate(self.parameters)}

    def _by_parameter(self):
        """(number, missed steps, views of the moments) of each parameter."""
        numbers = self._numbers()
        for flat in self._flats:
            views = zip(*(flat.views(moment) for moment in flat.moments)) if flat.moments else \
                [()] * len(flat.leaves)
            for leaf, missed, own in zip(flat.leaves, flat.missed, views):
                yield numbers[id(leaf)], missed, own


def _checked(params):
    """The parameters as a list; ValueError or TypeError unless they can be optimised together."""
    params = as_list("an optimiser", params)
    if not params:
        raise ValueError("an optimiser needs parameters, and there are none\n"
                         "  hint      does the module keep its layers as attributes?")
    for p in params:
        if not isinstance(p, Tensor):
            raise TypeError(f"an optimiser takes Parameters or Tensors, got a {type(p).__name__}\n"
                            "  hint      optim.Adam(model.parameters())")
        if p.op is not None:
            raise ValueError("an optimiser moves leaves, and this Tensor is the result of an op: "
                             f"{p.op.name}, shape {p.shape}")
    if len({id(p) for p in params}) < len(params):
        raise ValueError("the same parameter is there twice, so it would be moved twice")
    return params


def as_list(who, params):
    """The parameters as a list; TypeError for a module, or for one Tensor, whose rows are none."""
    if isinstance(params, Tensor) or not hasattr(params, "__iter__"):
        raise TypeError(f"{who} takes a list of parameters, got a {type(params).__name__}\n"
                        "  hint      model.parameters(), or [p] for a single one")
    return list(params)


def require_range(name, value):
    """The setting, if it is a switch or lies in its range; ValueError otherwise, NaN included."""
    below = 1 if name in ("betas", "alpha") else math.inf
    for number in value if isinstance(value, (tuple, list)) else (value,):
        if not isinstance(number, bool) and not 0 <= number < below:
            bound = "at least 0 and below 1" if below == 1 else "a finite number, not negative"
            raise ValueError(f"{name} must be {bound}, got {value!r}")
    return value
