"""The step of a GAN: the discriminator learns, then the generator through it."""
import numpy as np
from dezero import Variable

from benchmarks.workloads import start

from .common import Network, adam, bce, images


def gan_step(name, values, generate, discriminate, first, batch, latent, **settings):
    """One step of each on one batch of fakes; the parameters from `first` on discriminate."""
    generator, discriminator = Network(values[:first]), Network(values[first:])
    adam_g, adam_d = adam(generator, **settings), adam(discriminator, **settings)
    x, rng = images(name, batch), start.noise()
    ones = Variable(np.ones((batch, 1), np.float32))
    zeros = Variable(np.zeros((batch, 1), np.float32))

    def step():
        fake = generate(generator.p, Variable(start.standard_normal(rng, batch, latent)))
        loss_d = (bce(discriminate(discriminator.p, x), ones)
                  + bce(discriminate(discriminator.p, Variable(fake.data)), zeros))
        discriminator.cleargrads()
        loss_d.backward()
        adam_d.update()

        loss_g = bce(discriminate(discriminator.p, fake), ones)
        generator.cleargrads()
        loss_g.backward()
        adam_g.update()
        return loss_d.data, loss_g.data

    return step
