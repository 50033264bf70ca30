"""The workloads in PyTorch, eager; `tuned=True` gives it what its users can give it too."""
