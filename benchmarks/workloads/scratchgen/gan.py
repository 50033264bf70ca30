"""The step of a GAN: the discriminator learns, then the generator through it."""
import scratchgen as sg
from scratchgen import backend, ops

from benchmarks.workloads import start

from .common import begin, data, normal


def gan_step(name, generator, discriminator, batch, device, latent, **settings):
    """One step of each, on one batch of fakes: the step of PyTorch's DCGAN example."""
    begin(name, generator, discriminator, device=device)
    adam_g = sg.optim.Adam(generator.parameters(), **settings)
    adam_d = sg.optim.Adam(discriminator.parameters(), **settings)
    x, rng = data(name, batch), start.noise()
    ones = backend.asarray([[1.0]] * batch, "float32")
    zeros = backend.asarray([[0.0]] * batch, "float32")

    def step():
        fake = generator(normal(rng, batch, latent, like=x))
        loss_d = (ops.bce_with_logits(discriminator(x), ones).mean()
                  + ops.bce_with_logits(discriminator(fake.detach()), zeros).mean())
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        with discriminator.frozen():
            loss_g = ops.bce_with_logits(discriminator(fake), ones).mean()
            adam_g.zero_grad()
            loss_g.backward()
        adam_g.step()
        return loss_d, loss_g

    return step
