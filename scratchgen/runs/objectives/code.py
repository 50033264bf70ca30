"""Models with a code: a bound on log p(x), or what a reconstruction loses."""
from ...autodiff import ops
from .base import Objective, value


class VAEObjective(Objective):
    """Maximise E_q[log p(x|z)] - beta KL(q(z|x) || p(z)), in nats per example.

    Kingma and Welling 2014, eq. 3; beta: Higgins et al. 2017; all of it given the class of x, where
    settings.condition says so: Sohn et al. 2015.
    """

    columns, score = ("elbo", "reconstruction", "kl"), "elbo"

    def config(self):
        classes = len(self.data.classes) if self.settings.condition else None
        return super().config() | {"condition": classes}

    def __call__(self, model, x, rng):
        if self.settings.condition:
            x, y = x
            model = model.given(y)
        reconstruction, kl = model.terms(x, rng=rng)
        loss = -ops.mean(reconstruction - self.settings.beta * kl)
        r, k = ops.sum(value(reconstruction)), ops.sum(value(kl))
        return loss, (r - k, r, k)

    def line(self, row):
        """An epoch in one line: the training images, and the bound on the validation images."""
        return (f"elbo {row['train_elbo']:8.3f} = reconstruction {row['train_reconstruction']:8.3f}"
                f" - kl {row['train_kl']:6.3f}  validation elbo {row['validation_elbo']:8.3f}")


class AutoencoderObjective(Objective):
    """Minimise the loss of reconstructing x, per example, summed over pixels.

    Its column is the negated loss, so that larger is better as in the bound: the log-likelihood,
    in nats; but for "gaussian" the negated squared error, which is no log-likelihood before a
    variance is chosen, and so has no unit of nats.
    """

    columns, score = ("reconstruction",), "reconstruction"

    def __init__(self, settings, data):
        super().__init__(settings, data)
        self.unit = "negated squared error" if settings.likelihood == "gaussian" else "nats"

    def __call__(self, model, x, rng):
        losses = model.loss(x)
        return ops.mean(losses), (-ops.sum(value(losses)),)

    def line(self, row):
        """An epoch in one line: the training images and the validation images."""
        return (f"reconstruction {row['train_reconstruction']:8.3f}"
                f"  validation {row['validation_reconstruction']:8.3f}")
