"""The workloads in HIPS/autograd: NumPy with gradients.  It has no convolution."""
