"""WGAN-GP (Gulrajani et al. 2017): a critic whose slope is kept near 1."""
from .gan import GAN
from .penalty import GradientPenalty, require_scores_alone


class WGANGP(GAN):
    """min_G max_f  E[f(x)] - E[f(G(z))] - lambda E[(|grad f(u)| - 1)^2],  u between x and G(z).

    The Wasserstein-1 distance is the first difference, for the best f with slope at most 1
    (Kantorovich and Rubinstein).  The best f has slope 1 on the line from an example to the one
    that the best transport takes it to (proposition 1); the penalty asks for slope 1 on lines
    between pairs drawn at random, which is more than that.  Training it differentiates a gradient.

    `penalty` is lambda.  A critic with batch normalisation is refused, with a ValueError: its score
    of one example depends on all others, so the gradient that is penalised would not be the slope
    of a function of x (section 4).  Layer normalisation may stand in its place.

    `game()` has the paper's settings: lambda 10, five steps of the critic for one of the generator,
    Adam with lr 1e-4 and betas (0, 0.9).
    """

    def __init__(self, generator, discriminator, prior="normal", *, penalty=10.0, latent=None,
                 condition=None):
        super().__init__(generator, discriminator, "wasserstein", prior, latent=latent,
                         condition=condition)
        require_scores_alone("WGANGP", discriminator)
        self.penalty = GradientPenalty(penalty).weight

    def game(self, *, lr=1e-4, betas=(0.0, 0.9), critic_steps=5, **settings):
        """The paper's game; see `Game` for what else may be set."""
        settings = {"penalty": GradientPenalty(self.penalty)} | settings
        return super().game(lr=lr, betas=betas, critic_steps=critic_steps, **settings)
