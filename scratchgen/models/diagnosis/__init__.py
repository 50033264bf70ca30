"""What is wrong with a generator, in numbers.

Each instrument takes any sampler: an object with `.sample(n, rng=rng)`, a function `f(n, rng=rng)`,
or an array of examples.

    sampler         draw: how every instrument gets at its examples
    quadrature      integrals over an interval of the line
    optimal         the best D for known densities, how far D is from it, the value of the game
    modes           coverage: modes found, share of high quality, PacGAN's metric
    two_sample      maximum mean discrepancy, with a permutation test
    memorising      are samples closer to training examples than held-out examples are?
    frechet         FrechetDistance, in the features of a classifier of the same data
    series          does a series of numbers settle, grow, or swing?
    verdict         diagnose: converged, collapsed, oscillating, diverged or undecided, and why
"""
from .frechet import Frechet, FrechetDistance, frechet_distance, frechet_gaussians
from .memorising import Memorising, memorising
from .modes import Coverage, coverage
from .optimal import (FromOptimal, Value, from_optimal, game_value, jensen_shannon,
                      optimal_logit)
from .sampler import draw
from .two_sample import TwoSample, two_sample
from .verdict import Diagnosis, diagnose

__all__ = ["Coverage", "Diagnosis", "Frechet", "FrechetDistance", "FromOptimal", "Memorising",
           "TwoSample", "Value", "coverage", "diagnose", "draw", "frechet_distance",
           "frechet_gaussians", "from_optimal", "game_value", "jensen_shannon", "memorising",
           "optimal_logit", "two_sample"]
