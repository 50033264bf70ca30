"""What one step minimises, and the numbers worth writing down, for each kind of model."""
from .. import models
from ..autodiff import ops


class VAEObjective:
    """Maximise E_q[log p(x|z)] - beta KL(q(z|x) || p(z)), in nats per example.

    Kingma and Welling 2014, eq. 3; beta: Higgins et al. 2017.
    """

    columns = ("elbo", "reconstruction", "kl")
    score = "elbo"              # the validation number that the best weights maximise
    unit = "nats"               # of every column, per example, summed over pixels

    def __init__(self, settings):
        self.beta = settings.beta

    def __call__(self, model, x, rng):
        """(loss, the columns summed over the batch)"""
        reconstruction, kl = model.terms(x, rng=rng)
        loss = -ops.mean(reconstruction - self.beta * kl)
        r, k = ops.sum(_value(reconstruction)), ops.sum(_value(kl))
        return loss, (r - k, r, k)

    def line(self, row):
        """An epoch in one line: the training images, and the bound on the validation images."""
        return (f"elbo {row['train_elbo']:8.3f} = reconstruction {row['train_reconstruction']:8.3f}"
                f" - kl {row['train_kl']:6.3f}  validation elbo {row['validation_elbo']:8.3f}")


class AutoencoderObjective:
    """Minimise the loss of reconstructing x, per example, summed over pixels.

    Its column is the negated loss, so that larger is better as in the bound: for "bernoulli" the
    log-likelihood, in nats; for "gaussian" the negated squared error, which is no log-likelihood
    before a variance is chosen, and so has no unit of nats.
    """

    columns = ("reconstruction",)
    score = "reconstruction"

    def __init__(self, settings):
        self.unit = "nats" if settings.likelihood == "bernoulli" else "negated squared error"

    def __call__(self, model, x, rng):
        losses = model.loss(x)
        return ops.mean(losses), (-ops.sum(_value(losses)),)

    def line(self, row):
        """An epoch in one line: the training images and the validation images."""
        return (f"reconstruction {row['train_reconstruction']:8.3f}"
                f"  validation {row['validation_reconstruction']:8.3f}")


def _value(x):
    return x.detach().data if hasattr(x, "detach") else x


OBJECTIVES = {"vae": VAEObjective, "ae": AutoencoderObjective,
              "vae-conv": VAEObjective, "ae-conv": AutoencoderObjective}


def build(settings, shape):
    """(model, objective) for these settings and images of this shape (H, W, C)."""
    if settings.model not in OBJECTIVES:
        raise ValueError(f"there is no model {settings.model!r} to train\n"
                         f"  expected  one of {', '.join(OBJECTIVES)}")
    config = {"image_shape": list(shape), "latent": settings.latent, **settings.layers,
              "likelihood": settings.likelihood, "rng": settings.seed}
    return models.build(settings.model, config), OBJECTIVES[settings.model](settings)
