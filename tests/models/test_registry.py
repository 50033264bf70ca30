"""Models by name: built from their configuration, and brought back from a run folder."""
import json

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import models, nn

MAKERS = {
    "vae": lambda rng: models.vae_dense((4, 3), 2, (8, 7), likelihood="gaussian", scale=0.2,
                                        rng=rng),
    "vae of bits": lambda rng: models.vae_dense(12, 2, (8,), activation="tanh", rng=rng),
    "vae, learned scale": lambda rng: models.vae_dense(12, 2, (), likelihood="gaussian", rng=rng),
    "conditional vae": lambda rng: models.vae_dense((4, 3), 2, (8,), condition=5, rng=rng),
    "conditional vae-conv": lambda rng: models.vae_conv((4, 3), 2, (3,), condition=5, rng=rng),
    "ae": lambda rng: models.autoencoder_dense((4, 3, 1), 2, (8,), likelihood="bernoulli", rng=rng),
    "vae-conv": lambda rng: models.vae_conv((5, 3, 2), 2, (4, 6), likelihood="gaussian", rng=rng),
    "ae-conv": lambda rng: models.autoencoder_conv((4, 3), 2, (3,), kernel=4, rng=rng),
    "flow of points": lambda rng: models.real_nvp(2, 3, (5, 4), activation="tanh", rng=rng),
    "flow of images": lambda rng: models.real_nvp((4, 3, 1), 2, (5,), levels=17, rng=rng),
    "maf": lambda rng: models.maf((4, 3), 2, (5,), levels=17, rng=rng),
    "made": lambda rng: models.MADE((4, 3), (8, 7), order="random", activation="tanh", rng=rng),
    "made of rows": lambda rng: models.MADE(4, (), order=[3, 0, 2, 1], rng=rng),
    "pixelcnn": lambda rng: models.PixelCNN((4, 3), 5, 2, kernel=3, rng=rng),
    "affine": lambda rng: models.AffineGenerator(3),
    "gmm": lambda rng: models.GaussianMixture(2, covariance="diagonal", prior=0.5, dimensions=3),
    "gan": lambda rng: models.gan_dense((4, 3), 2, (8,), loss="hinge", prior="uniform", rng=rng),
    "packed gan": lambda rng: models.gan_dense(2, 3, (8, 7), pack=2, output="tanh", rng=rng),
    "conditional gan": lambda rng: models.gan_dense((4, 3), 2, (8,), condition=5, rng=rng),
    "dcgan": lambda rng: models.dcgan((5, 4), 2, 3, dense=4, prior="uniform", rng=rng),
    "wgan-gp": lambda rng: models.wgan_gp_dense(2, 3, (8,), penalty=5.0, rng=rng),
}


def about(model):
    return {"model": {"name": model.config["name"], "config": model.config}}


def same_parameters(a, b):
    a, b = a.state_dict(), b.state_dict()
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("name", MAKERS)
def test_a_configuration_is_json_and_builds_a_twin(name):
    model = MAKERS[name](5)
    config = json.loads(json.dumps(model.config))
    assert config == model.config
    twin = models.build(config["name"], config)
    assert type(twin) is type(model) and twin.config == model.config
    assert same_parameters(twin, model)                 # the same seed: even the same weights


def test_a_generator_leaves_no_seed_behind():
    model = MAKERS["vae"](np.random.default_rng(3))
    assert model.config["rng"] is None
    twin = models.build("vae", model.config)
    assert [p.shape for p in twin.parameters()] == [p.shape for p in model.parameters()]


def test_encoder_and_decoder_draw_different_weights():
    model = models.vae_dense(6, 6, (), rng=0)           # 6 to 12 and 6 to 6, in the same range
    encoder, decoder = model.encoder.parameters()[0].data, model.decoder.parameters()[0].data
    assert not np.isin(decoder, encoder).any()


def test_the_decoder_mirrors_the_encoder():
    model = models.vae_dense((4, 3), 2, (8, 7), rng=0)
    shapes = {name: [p.shape for p in network.parameters() if p.ndim == 2]
              for name, network in (("encoder", model.encoder), ("decoder", model.decoder))}
    assert shapes == {"encoder": [(12, 8), (8, 7), (7, 4)], "decoder": [(2, 7), (7, 8), (8, 12)]}


@pytest.mark.parametrize("name", MAKERS)
def test_a_model_comes_back_from_its_checkpoint(name, tmp_path):
    model = MAKERS[name](5)
    for p in model.parameters():
        p.data = p.data + 1
    for _, array in model.named_buffers():
        array += 1
    nn.save(tmp_path / "last.npz", model, **about(model))
    for place in (tmp_path, str(tmp_path), tmp_path / "last.npz"):
        found = models.load(place)
        assert same_parameters(found, model) and found.config == model.config
        assert not found.training


def test_the_best_weights_come_first(tmp_path):
    best, last = MAKERS["vae"](1), MAKERS["vae"](2)
    nn.save(tmp_path / "last.npz", last, **about(last))
    assert same_parameters(models.load(tmp_path), last)
    nn.save(tmp_path / "best.npz", best, **about(best))
    assert same_parameters(models.load(tmp_path), best)
    assert same_parameters(models.load(tmp_path / "last.npz"), last)


def test_an_unknown_name_lists_the_choices():
    with pytest.raises(ValueError, match="no model 'diffusion'\n  expected  one of ae, vae"):
        models.build("diffusion", {})


def test_a_folder_without_a_checkpoint(tmp_path):
    with pytest.raises(FileNotFoundError, match="best.npz or last.npz"):
        models.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        models.load(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("meta", [{}, {"model": "vae"}, {"model": {"name": "gan", "config": {}}},
                                  {"model": {"name": "vae", "config": {"colour": "red"}}}])
def test_a_checkpoint_that_does_not_say_what_it_holds(meta, tmp_path):
    nn.save(tmp_path / "last.npz", MAKERS["vae"](0), **meta)
    with pytest.raises(sg.CheckpointError, match="does not say what model it holds"):
        models.load(tmp_path)


def test_a_checkpoint_of_other_weights(tmp_path):
    nn.save(tmp_path / "last.npz", MAKERS["ae"](0), **about(MAKERS["vae"](0)))
    with pytest.raises(sg.CheckpointError):
        models.load(tmp_path)


@pytest.mark.parametrize("arguments", [(0, 2), ((4, 0), 2), ((), 2), ((4.0, 3), 2), (12, 0),
                                       (12, 2.5), (12, 2, (0,))])
def test_sizes_are_positive_integers(arguments):
    for make in (models.vae_dense, models.autoencoder_dense):
        with pytest.raises(ValueError, match="positive integers"):
            make(*arguments, rng=0)
