"""What all models with a code can do: interpolate, alter, compare."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import LatentModel, autoencoder_dense, vae_dense

SHAPE, Z = (4, 3), 2


@pytest.fixture(params=[autoencoder_dense, vae_dense])
def model(request):
    return request.param(SHAPE, Z, (8,), likelihood="gaussian", rng=0).astype("float64")


@pytest.fixture
def x(rng):
    return rng.random((5, *SHAPE))


def test_a_model_called_reconstructs(model, x):
    np.testing.assert_array_equal(model(x).numpy(), model.image(model.code(x)).numpy())
    assert model(x).requires_grad


def test_alpha_0_is_the_reconstruction_and_1_the_mean_code(model, x, rng):
    targets = rng.random((3, *SHAPE))
    np.testing.assert_array_equal(model.alter(x, targets, 0.0).numpy(), model(x).numpy())
    mean_code = model.code(targets).numpy().mean(0)
    altered = model.alter(x, targets, 1.0).numpy()
    np.testing.assert_allclose(altered, np.broadcast_to(model.image(mean_code[None]).numpy(),
                                                        altered.shape), rtol=1e-12)


def test_alpha_may_be_a_number_of_numpy(rng):
    model = autoencoder_dense(6, 2, (5,), rng=0)         # float32, as models are
    x = rng.random((3, 6), dtype=np.float32)
    for alpha in np.linspace(0, 1, 2):
        assert model.alter(x, x, alpha).dtype == np.float32


@pytest.mark.parametrize("alpha", [-0.5, 0.3, 2.0])
def test_alter_moves_the_code_towards_the_mean_code(alpha, model, x, rng):
    targets = rng.random((3, *SHAPE))
    z = model.code(x).numpy()
    expected = model.image(z + alpha * (model.code(targets).numpy().mean(0) - z)).numpy()
    np.testing.assert_allclose(model.alter(x, targets, alpha).numpy(), expected, rtol=1e-10)


def test_interpolation_starts_at_one_image_and_ends_at_the_other(model, x):
    path = model.interpolate(x[0], x[1], 5).numpy()
    assert path.shape == (5, *SHAPE)
    np.testing.assert_allclose(path[[0, -1]], model(x[:2]).numpy(), rtol=1e-12)
    middle = model.code(x[:2]).numpy().mean(0, keepdims=True)
    np.testing.assert_allclose(path[2], model.image(middle).numpy()[0], rtol=1e-10)


def test_interpolation_of_batches_goes_image_by_image(model, x):
    paths = model.interpolate(x[:2], x[2:4], 4).numpy()
    assert paths.shape == (4, 2, *SHAPE)
    for i in range(2):
        alone = model.interpolate(x[i], x[2 + i], 4).numpy()
        np.testing.assert_allclose(paths[:, i], alone, rtol=1e-12)


def test_an_attribute_vector_is_a_difference_of_mean_codes(model, x):
    v = model.attribute_vector(x[:2], x[2:]).numpy()
    z = model.code(x).numpy()
    np.testing.assert_allclose(v, z[:2].mean(0) - z[2:].mean(0), rtol=1e-10)
    np.testing.assert_allclose(model.attribute_vector(x[2:], x[:2]).numpy(), -v)
    np.testing.assert_array_equal(model.attribute_vector(x, x).numpy(), np.zeros(Z))


def test_looking_records_no_graph(model, x):
    for result in (model.alter(x, x, 0.5), model.interpolate(x[0], x[1], 3),
                   model.attribute_vector(x[:2], x[2:])):
        assert isinstance(result, sg.Tensor) and not result.requires_grad


def test_what_is_refused(model, x):
    with pytest.raises(ValueError, match="two steps at least, got 1"):
        model.interpolate(x[0], x[1], 1)
    with pytest.raises(sg.ShapeError, match="2 images in b\n  got       3"):
        model.interpolate(x[:2], x[2:5], 3)
    with pytest.raises(sg.ShapeError, match=r"not a batch of images(.|\n)*x\[None\]"):
        model.alter(x[0], x, 0.5)
    with pytest.raises(ValueError, match="the batch is empty"):
        model.attribute_vector(x, x[:0])


def test_a_model_must_say_how_it_codes():
    with pytest.raises(NotImplementedError, match="LatentModel has no code"):
        LatentModel()(np.zeros((1, 2)))
    with pytest.raises(NotImplementedError, match="LatentModel has no image"):
        LatentModel().image(np.zeros((1, 2)))
