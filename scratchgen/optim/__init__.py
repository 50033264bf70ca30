"""Optimisers, from one line to Adam, sorted by complexity; schedules; gradient clipping."""
from . import schedules
from .adam import Adam, AdamW
from .base import Optimiser
from .clip import clip_grad_norm, grad_norm
from .rmsprop import RMSProp
from .sgd import SGD, Momentum
from .together import Together

__all__ = ["Optimiser", "SGD", "Momentum", "RMSProp", "Adam", "AdamW", "Together",
           "clip_grad_norm", "grad_norm", "schedules"]
