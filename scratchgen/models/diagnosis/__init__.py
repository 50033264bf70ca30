"""What is wrong with a generator, in numbers.

Each instrument takes any sampler: an object with `.sample(n, rng=rng)`, a function `f(n, rng=rng)`,
or an array of examples.

    sampler         draw: how every instrument gets at its examples
    frechet         FrechetDistance, in the features of a classifier of the same data
"""
from .frechet import Frechet, FrechetDistance, frechet_distance, frechet_gaussians
from .sampler import draw

__all__ = ["Frechet", "FrechetDistance", "draw", "frechet_distance", "frechet_gaussians"]
