"""The workloads in DeZero, by its own functions and optimiser."""
