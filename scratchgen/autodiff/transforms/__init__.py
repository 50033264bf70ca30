"""Derivatives of functions: exact ones from the engine, finite differences to hold them against."""
from .reverse import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]
