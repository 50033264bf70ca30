"""The workloads in DeZero, by its own layers, functions and optimiser.

Version 0.0.13 names np.int, which NumPy removed in 1.24, in a class that is not used here.  It gets
its name back so that the package can be imported.
"""
import numpy as np

if not hasattr(np, "int"):
    np.int = int
