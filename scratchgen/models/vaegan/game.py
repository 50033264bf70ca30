"""The turns of a VAE/GAN: discriminator, encoder, decoder, each moved by its own loss alone."""
from dataclasses import dataclass

from ... import backend, optim
from ...autodiff import ops
from ...autodiff.tensor import no_grad
from ...distributions import kl
from ...distributions.base import raw
from ..gan.turns import Seen, Turns
from ..latent import as_batch


@dataclass(frozen=True)
class VAEGANTurn(Seen):
    """What one turn looked like: 0-d arrays, means over the batch, read by `numbers()`.

    discriminator_loss      before the discriminator's step
    kl, distance            of the encoder, before its step: KL(q || p), |f(x) - f(x~)|^2 / (2 s^2)
    decoder_loss            before the decoder's step
    real, fake, reconstructed   D(x), D(decoder(z_p)) and D(decoder(z_q)), as the turn began
    *_gradient              norms of the gradients that each moved along
    """

    discriminator_loss: object
    real: object
    fake: object
    reconstructed: object
    discriminator_gradient: object
    kl: object
    distance: object
    encoder_gradient: object
    decoder_loss: object
    decoder_gradient: object


class VAEGANGame(Turns):
    """A step of the discriminator, then one of the encoder and one of the decoder.

    lr, betas       Adam's, for all three; `optimisers` other ones: optim.Together(encoder=...,
                    decoder=..., discriminator=...)
    horizon         how many turns there will be, if the rates are to fall: see `Turns`

    While one network moves the others are frozen, so no loss reaches a network that it is not for,
    and no gradient is computed that nobody uses.
    """

    players = "discriminator", "encoder", "decoder"

    def __init__(self, model, *, lr=1e-3, betas=(0.5, 0.999), optimisers=None,
                 horizon=None):
        self.model = model
        super().__init__(optimisers or optim.Together(**{
            name: optim.Adam(getattr(model, name).parameters(), lr=lr, betas=betas)
            for name in self.players}), horizon)

    def turn(self, x, *, rng, inspect=None):
        """One step of each network on x: a VAEGANTurn.

        `inspect(loss)` is called before each network's gradients are computed, and may raise: that
        network has not moved then.
        """
        model, rng = self.model, backend.rng(rng)
        x = raw(as_batch("turn", x, model.image_shape))
        self._set_rates()
        q = model.encode(x)
        z = q.rsample(rng=rng)
        # The discriminator takes these two as data, the decoder with the graphs that lead to it.
        reconstructed = model.decoder(z.detach())
        sampled = model.decoder(model.prior.sample(x.shape[0], rng=rng))
        seen = self._discriminator_step(x, reconstructed.data, sampled.data, inspect)
        with model.discriminator.frozen():
            target = model.features(x)
            seen |= self._encoder_step(target, q, z, inspect)
            seen |= self._decoder_step(target, reconstructed, sampled, inspect)
        return VAEGANTurn(**seen)

    def _discriminator_step(self, x, reconstructed, sampled, inspect):
        """-log D(x) - log(1 - D(sampled)) - log(1 - D(reconstructed))"""
        model = self.model
        scores = {"real": model.score(x), "fake": model.score(sampled),
                  "reconstructed": model.score(reconstructed)}
        loss = ops.mean(model.loss.discriminator(scores["real"], scores["fake"])
                        + ops.softplus(scores["reconstructed"]))
        norm = self._step("discriminator", loss, inspect)
        return {"discriminator_loss": loss.data, "discriminator_gradient": norm,
                **{name: _verdict(score) for name, score in scores.items()}}

    def _encoder_step(self, target, q, z, inspect):
        """KL(q(z|x) || p(z)) + |f(x) - f(decoder(z))|^2 / (2 scale^2)"""
        model = self.model
        with model.decoder.frozen():
            divergence = ops.mean(kl(q, model.prior))
            distance = ops.mean(model.between(target, model.features(model.decoder(z))))
            norm = self._step("encoder", divergence + distance, inspect)
        return {"kl": divergence.data, "distance": distance.data, "encoder_gradient": norm}

    def _decoder_step(self, target, reconstructed, sampled, inspect):
        """gamma |f(x) - f(reconstructed)|^2 / (2 scale^2) + a generator's loss of both images"""
        model = self.model
        found = model.features(reconstructed)
        loss = ops.mean(model.gamma * model.between(target, found)
                        + model.loss.generator(model.judged(found))
                        + model.loss.generator(model.score(sampled)))
        norm = self._step("decoder", loss, inspect)
        return {"decoder_loss": loss.data, "decoder_gradient": norm}


@no_grad()
def _verdict(score):
    return raw(ops.mean(ops.sigmoid(score)))
