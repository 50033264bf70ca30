"""Bijectors made of bijectors: one after the other, and the way back."""
from ...autodiff import ops
from .base import Bijector, sum_last, zeros


class Chain(Bijector):
    """y = f_n(... f_2(f_1(x))), the first one first: log-dets add up (det AB = det A det B).

        Chain(Affine(1.0, 2.0), Exp())          y = exp(1 + 2x)

    `event_rank` is the largest among them, and smaller ones are summed over the axes they lack.
    """

    def __init__(self, *bijectors):
        for f in bijectors:
            if not isinstance(f, Bijector):
                raise TypeError(f"Chain: links are bijectors, got {type(f).__name__}")
        self.bijectors = bijectors
        self.event_rank = max((f.event_rank for f in bijectors), default=0)
        self.affine = all(f.affine for f in bijectors)
        self.entrywise = all(f.entrywise for f in bijectors)

    def forward_and_log_det(self, x):
        return self._through(x, [(f.forward_and_log_det, f) for f in self.bijectors])

    def inverse_and_log_det(self, y):
        return self._through(y, [(f.inverse_and_log_det, f) for f in reversed(self.bijectors)])

    def _through(self, x, steps):
        total = None
        for step, f in steps:
            x, log_det = step(x)
            log_det = sum_last(log_det, self.event_rank - f.event_rank)
            total = log_det if total is None else ops.add(total, log_det)
        return x, zeros(x.shape, x) if total is None else total

    def __len__(self):
        return len(self.bijectors)

    def __getitem__(self, i):
        return Chain(*self.bijectors[i]) if isinstance(i, slice) else self.bijectors[i]

    def describe(self):
        return f"Chain({', '.join(type(f).__name__ for f in self.bijectors)})"


class Inverse(Bijector):
    """y = f^-1(x): forward is the inverse of `bijector`, and inverse its forward."""

    def __init__(self, bijector):
        self.bijector = bijector
        self.event_rank = bijector.event_rank
        self.affine, self.entrywise = bijector.affine, bijector.entrywise

    def forward_and_log_det(self, x):
        return self.bijector.inverse_and_log_det(x)

    def inverse_and_log_det(self, y):
        return self.bijector.forward_and_log_det(y)
