"""The workloads in JAX: each whole step is one function, compiled once by jit."""
