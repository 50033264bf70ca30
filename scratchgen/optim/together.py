"""Several optimisers with one state: what a checkpoint of a game between players needs."""
from ..errors import CheckpointError


class Together:
    """Optimisers by name, each moving parameters of its own at its own times.

        players = Together(discriminator=Adam(d.parameters()), generator=Adam(g.parameters()))
        players["generator"].step()

    `zero_grad` forgets all gradients; a step is each optimiser's own.  `state_dict` holds all of
    them, and `nn.save` and `nn.load` take it in the place of an optimiser.
    """

    def __init__(self, **optimisers):
        self.optimisers = optimisers

    def __getitem__(self, name):
        return self.optimisers[name]

    def items(self):
        """(name, optimiser) of each."""
        return self.optimisers.items()

    def zero_grad(self):
        """Forget all gradients of all players."""
        for optimiser in self.optimisers.values():
            optimiser.zero_grad()

    def state_dict(self):
        """{"players": {name: its state without moments}, "moments": {"name/0/m": array, ...}}"""
        states = {name: optimiser.state_dict() for name, optimiser in self.items()}
        moments = {f"{name}/{key}": values for name, state in states.items()
                   for key, values in state.pop("moments").items()}
        return {"players": states, "moments": moments}

    def load_state_dict(self, state):
        """Continue from `state_dict()`; all or nothing.  CheckpointError for that of others."""
        if set(state.get("players", {})) != set(self.optimisers):
            raise CheckpointError("this is the state of other optimisers\n"
                                  f"  expected  {', '.join(self.optimisers)}\n"
                                  f"  got       {', '.join(state.get('players', {})) or 'one'}")
        before = {name: optimiser.state_dict() for name, optimiser in self.items()}
        try:
            for name, optimiser in self.items():
                own = {key.removeprefix(f"{name}/"): values
                       for key, values in state["moments"].items() if key.startswith(f"{name}/")}
                optimiser.load_state_dict(state["players"][name] | {"moments": own})
        except BaseException:
            for name, optimiser in self.items():
                optimiser.load_state_dict(before[name])
            raise
