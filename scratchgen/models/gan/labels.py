"""Which number means real, and how sure of it the discriminator is told to be."""
from dataclasses import dataclass

from ... import backend
from ...distributions.base import raw


@dataclass(frozen=True)
class Labels:
    """Targets of the discriminator's cross-entropy, each in [0, 1]; 1 is real.

        Labels()                    1 for real examples, 0 for generated ones
        Labels(real=0.9)            one-sided smoothing (Salimans et al. 2016, section 3.4)
        Labels(noise=0.1)           real ones uniform on [0.9, 1], generated ones on [0, 0.1]
        Labels(flip=0.05)           one in twenty gets the other kind's label

    Noise only leads inwards, so a label never leaves [0, 1]: no probability attains a target above
    1, and the logit would go to infinity after it.

    With soft labels another discriminator is the best one:

        D*(x) = (a p_data(x) + b p_g(x)) / (p_data(x) + p_g(x)),    (a, b) = `expected`

    Raises ValueError for settings with which a label could leave [0, 1].
    """

    real: float = 1.0
    fake: float = 0.0
    noise: float = 0.0
    flip: float = 0.0

    def __post_init__(self):
        for name in ("real", "fake", "noise", "flip"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"Labels: {name} is out of range\n  expected  a number in [0, 1]\n"
                                 f"  got       {getattr(self, name)!r}")
        if self.real - self.noise < 0 or self.fake + self.noise > 1:
            raise ValueError("Labels: noise would lead out of [0, 1]\n"
                             f"  expected  at most {min(self.real, 1 - self.fake):g}\n"
                             f"  got       {self.noise!r}")

    @property
    def soft(self):
        """Are these other labels than 1 and 0?"""
        return self != Labels()

    @property
    def expected(self):
        """(a, b): the mean labels of real and of generated examples."""
        a, b = self.real - self.noise / 2, self.fake + self.noise / 2
        return a + self.flip * (b - a), b + self.flip * (a - b)

    def targets(self, like, *, rng):
        """Labels for as many real and generated examples as there are scores in `like`: two (N,).
        """
        array, rng = raw(like), backend.rng(rng)
        space = backend.namespace(array)
        real, fake = space.full_like(array, self.real), space.full_like(array, self.fake)
        if self.noise:
            real = real - self.noise * backend.uniform(rng, array.shape, array)
            fake = fake + self.noise * backend.uniform(rng, array.shape, array)
        if self.flip:
            first, second = (backend.uniform(rng, array.shape, array) < self.flip for _ in "12")
            real, fake = space.where(first, fake, real), space.where(second, real, fake)
        return real, fake
