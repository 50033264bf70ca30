"""Mistakes that well-known projects have made, planted one at a time: a test must notice each.

    python -m tests.mutations              plant every mistake and print what caught it
    python -m tests.mutations WORDS        those whose name contains these words
    python -m tests.mutations --table      print tests/MUTATIONS.md

A suite that passes says little until it has been seen to fail. Each mistake is one replacement of
text in a copy of the package; it counts as caught only if its test runs and fails there, while the
same test passes on the untouched copy. An error while importing or collecting is not a catch.

    catalogue       defects of published programs, and what became of each of them here
    engine training bound densities games  the mistakes, by the part of the package they are made in
    runner          plant one, run its test
    page            tests/MUTATIONS.md
"""
from . import bound, densities, engine, games, training

MUTATIONS = [*engine.MUTATIONS, *training.MUTATIONS, *bound.MUTATIONS, *densities.MUTATIONS,
             *games.MUTATIONS]
