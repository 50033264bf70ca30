"""Softmax regression: its loss, its gradient, its maximum, and how accuracy is counted."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.models import Classifier

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
Y = np.random.default_rng(1).integers(0, 3, size=40)


def test_the_loss_is_minus_the_log_of_the_posterior():
    model = Classifier((2, 2), 3, (5,), rng=0)
    posterior = model.posterior(X.reshape(40, 2, 2))
    assert posterior.batch_shape == (40,) and posterior.probs.shape == (40, 3)
    np.testing.assert_allclose(model.loss(X, Y).numpy(), -posterior.log_prob(Y).numpy(), rtol=1e-5)
    np.testing.assert_array_equal(model.predict(X), posterior.probs.numpy().argmax(axis=1))


def test_features_are_what_the_last_layer_decides_on():
    model = Classifier((2, 2), 3, (6, 5), rng=0)
    features, last = model.features(X.reshape(40, 2, 2)), model.network[-1]
    assert features.shape == (40, 5) and float(features.numpy().min()) == 0         # relu
    np.testing.assert_allclose((features @ last.weight + last.bias).numpy(),
                               model.logits(X).numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(sg.Tensor(Classifier(4, 3, rng=0).features(X)).numpy(), X)


def test_at_the_maximum_the_posterior_has_the_means_of_the_labels():
    """The gradient of softmax regression is sum_n x_n (p_n - one_hot(y_n)): 0 at the end."""
    x = X[:, :2].astype(np.float64)
    model = Classifier(2, 3, rng=0).astype("float64").fit(x, Y, rng=0, epochs=600, batch_size=40,
                                                          lr=0.05)
    residual = model.posterior(x).probs.numpy() - np.eye(3)[Y]
    np.testing.assert_allclose(np.column_stack([x, np.ones(40)]).T @ residual / 40, 0, atol=1e-5)


def test_accuracy_is_a_share_with_the_error_of_one():
    model = Classifier(4, 3, rng=0)
    wrong = model.predict(X).copy()
    wrong[:10] = (wrong[:10] + 1) % 3
    accuracy = model.accuracy(X, wrong)
    assert accuracy.value == 0.75
    assert accuracy.standard_error == pytest.approx((0.75 * 0.25 / 40) ** 0.5)
    assert model.accuracy(X, model.predict(X).tolist()).value == 1


def test_fitting_repeats_itself_and_keeps_float32():
    models = [Classifier(4, 3, (6,), rng=2).fit(X, Y, rng=5, epochs=2) for _ in range(2)]
    for a, b in zip(*(model.parameters() for model in models)):
        assert a.dtype == np.float32 and np.array_equal(a.data, b.data)


def test_what_is_refused():
    model = Classifier(4, 3, rng=0)
    with pytest.raises(sg.ShapeError, match="not a batch"):
        model.posterior(X[0])
    with pytest.raises(IndexError, match="names no class"):
        model.loss(X, np.full(40, 3))
    with pytest.raises(TypeError, match="integers"):
        model.loss(X, np.zeros(40))
    with pytest.raises(sg.ShapeError, match="40 labels"):
        model.accuracy(X, Y[:10])
    with pytest.raises(ValueError, match="positive integers"):
        Classifier(4, 0, rng=0)
    with pytest.raises(TypeError, match="rng"):
        model.fit(X, Y)
