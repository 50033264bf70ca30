"""Defects of well-known teaching code, found by reading it and mostly by running it.

Rows that nothing is planted for say how else they are kept out, or when they can be planted.
"""
ROWS = {
    1: ("DeZero and numpy-ml VAE", "samples with a deviation of exp(log variance), while the "
        "divergence reads a variance: .363 nats in closed form, .961 of what is drawn", ""),
    2: ("numpy-ml WGAN-GP", "the generator never receives a gradient", ""),
    3: ("numpy-ml WGAN-GP", "a loss whose gradient has another sign; its test negates the value "
        "too", ""),
    4: ("PyTorch-VAE IWAE", "weights that favour the worst draw, with the analytic divergence "
        "inside, not detached", ""),
    5: ("PyTorch-VAE", "a negative divergence is reported; 0.00025 of it in training, 1 in "
        "validation", ""),
    6: ("GDL2 VAE", "\"beta = 500\" multiplies an average of the reconstruction: an effective beta "
        "of about 2", ""),
    7: ("GDL2 DCGAN", "noisy labels leave [0, 1]", ""),
    8: ("HIPS/autograd GAN", "sigmoid(2x), in an example that says it always collapses", ""),
    9: ("DeZero", "no second derivative through the weights of a convolution", ""),
    10: ("DeZero batch normalisation", "the inverse deviation is taken for a constant: the second "
         "derivative is 53 % off", ""),
    11: ("DeZero", "cross-entropy of clipped probabilities: gradient 0, and NaN from logits of 40",
         ""),
    12: ("DeZero engine", "a seed of ones for a vector, ties that count double, float64 out of "
         "float32", ""),
    13: ("DeZero on CuPy", "calls that CuPy no longer has", ""),
    14: ("DeZero", "importing it needs matplotlib", ""),
    15: ("DeZero", "saving loses the optimiser's state, and moves the model", ""),
    16: ("altosaar MADE", "a test of the masks that can never fail", ""),
    17: ("normflows", "tests only that both log-dets cancel, so a wrong sign of both passed", ""),
    18: ("udlbook", "pi typed as 3.1413", ""),
    19: ("PyTorch-GAN, 49 times", "BatchNorm(c, 0.8) sets eps where momentum was meant", ""),
    20: ("micrograd", "recursion at 2,000 operations; a second backward adds stale gradients", ""),
    21: ("PyTorch-VAE", "20 files of tests without an assertion", "this suite"),
    22: ("numpy-ml", "cannot be imported on a Python it promises",
         "the versions promised, in continuous integration"),
    23: ("ML-From-Scratch", "the data is no longer where the program looks for it",
         "data that is bundled"),
    24: ("a course's GAN notebook", "the training call is commented out",
         "lessons run in continuous integration"),
    25: ("minitorch", "a gradient check of one entry, with a tolerance of 1e-2", ""),
    26: ("lecture notes", "the divergence with the wrong sign and sigma for sigma^2, Bayes' rule "
         "with its parts misplaced, a lambda dropped, \"is MSE\" without variance and constant",
         ""),
}
