"""A step of a dense VAE on bits."""
import scratchgen as sg

from benchmarks.workloads import start

from .common import begin, data


def build(batch, device="cpu"):
    model = sg.models.vae_dense(784, 20, (400,), rng=0)
    begin("vae", model, device=device)
    adam = sg.optim.Adam(model.parameters(), lr=1e-3)
    x, rng = data("vae", batch), start.noise()

    def step():
        loss = -model.elbo(x, rng=rng).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        return (loss,)

    return step
