"""A step of a convolutional VAE on bits."""
import scratchgen as sg

from benchmarks.workloads import start

from .common import begin, data


def build(batch, device="cpu"):
    model = sg.models.vae_conv((28, 28, 1), 20, (32, 64), kernel=3, rng=0)
    begin("cvae", model, device=device)
    adam = sg.optim.Adam(model.parameters(), lr=1e-3)
    x, rng = data("cvae", batch), start.noise()

    def step():
        loss = -model.elbo(x, rng=rng).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return (loss,)

    return step
