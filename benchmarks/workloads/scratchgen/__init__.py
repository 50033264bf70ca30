"""The workloads in scratchgen, through its public layers, ops and optimisers."""
