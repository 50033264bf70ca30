"""Mistakes found in well-known teaching code, each with the smallest test that notices it.

The layers have thorough tests of their own. These are the ones to read first: a handful of lines
that tell a right implementation from a wrong one that trains, plots and looks fine. Each of them
has been seen to fail with its mistake planted (see MUTATIONS.md).
"""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Independent, Normal, StandardNormal, kl
from scratchgen.runs.objectives import build
from scratchgen.runs.settings import Settings
from tests.support.statistics import assert_estimate

# ---- the engine ----------------------------------------------------------------------------------


def test_a_long_chain_needs_no_recursion():
    x = y = sg.Tensor(1.0, requires_grad=True)
    for _ in range(100_000):
        y = y + 1e-5
    y.backward()
    assert x.grad == 1


def test_a_second_backward_adds_exactly_the_same_gradient_again():
    x = sg.Tensor([1.0, 2.0], requires_grad=True)
    h = x * x
    loss = (h * h).sum()                    # h is used twice, and must not remember the first call
    loss.backward()
    once = x.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(once, [4, 32])
    np.testing.assert_array_equal(x.grad, 2 * once)


def test_a_vector_has_no_gradient_without_a_seed():
    x = sg.Tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(ValueError, match="seed"):
        (x * x).backward()


def test_a_broadcast_input_receives_the_sum_of_its_copies():
    b = sg.Tensor([1.0, 2.0], requires_grad=True)
    (np.ones((3, 2)) * b).sum().backward()
    np.testing.assert_array_equal(b.grad, [3, 3])


def test_a_tie_counts_once():
    x = sg.Tensor([2.0, 5.0, 5.0], requires_grad=True)
    sg.ops.max(x).backward()
    np.testing.assert_array_equal(x.grad, [0, 0.5, 0.5])


def test_a_python_number_does_not_turn_float32_into_float64():
    x = sg.Tensor(np.ones(3, np.float32), requires_grad=True)
    y = (2.0 * x + 1.0) / 3.0 - x ** 2
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


def test_a_gradient_check_sees_one_entry_in_a_thousand_off_by_a_thousandth(rng):
    one = np.eye(1, 1000, 357)[0]

    def wrong(x):                           # the value of sin, and not quite its derivative
        return sg.ops.sin(x) + 1e-3 * one * (x - sg.ops.stop_gradient(x))

    with pytest.raises(sg.GradientError):
        sg.gradcheck(wrong, rng.uniform(-1, 1, 1000))


# ---- functions and losses ------------------------------------------------------------------------

def test_sigmoid_is_the_logistic_function():
    np.testing.assert_allclose(sg.ops.sigmoid(np.array([-1.0, 0.0, math.log(3)])),
                               [1 / (1 + math.e), 0.5, 0.75], rtol=1e-15)


def test_binary_cross_entropy_is_exact_at_every_logit(rng):
    u = np.array([-1e3, -40.0, 7.6, 40.0, 1e3])
    logits = sg.Tensor(u, requires_grad=True)
    loss = sg.ops.bce_with_logits(logits, np.zeros(5))
    np.testing.assert_allclose(loss.numpy(), [0, np.exp(-40), np.log1p(np.exp(7.6)), 40, 1e3],
                               rtol=1e-12)
    loss.sum().backward()
    np.testing.assert_allclose(logits.grad, [0, np.exp(-40), 1 / (1 + np.exp(-7.6)), 1, 1],
                               rtol=1e-12)


@pytest.mark.parametrize("loss", ["bce_with_logits", "gaussian_nll", "softmax_cross_entropy"])
def test_the_gradient_of_a_loss_is_that_of_that_loss(loss, rng):
    x = rng.normal(size=(4, 3))
    if loss == "bce_with_logits":
        assert sg.gradcheck(sg.ops.bce_with_logits, x, rng.random((4, 3)))
    elif loss == "gaussian_nll":
        assert sg.gradcheck(sg.ops.gaussian_nll, x, rng.normal(size=(4, 3)), rng.normal(size=3))
    else:
        assert sg.gradcheck(lambda u: sg.ops.softmax_cross_entropy(u, np.array([0, 2, 1, 1])), x)


def test_normalise_has_the_second_derivative_of_its_variance_too(rng):
    x = rng.normal(size=(5, 3))
    assert sg.gradcheck(lambda x: sg.ops.normalise(x, axis=0, eps=1e-5), x, order=2)


def test_softmax_does_not_overflow():
    np.testing.assert_array_equal(sg.ops.softmax(np.array([1e4, 0.0])), [1, 0])


# ---- training ------------------------------------------------------------------------------------

def test_batch_norm_takes_its_hyperparameters_by_name():
    with pytest.raises(TypeError):
        sg.nn.BatchNorm(3, 0.8)             # is it the momentum, or eps?


def test_the_first_step_of_adam_has_the_length_of_the_learning_rate():
    w = sg.nn.Parameter(np.array([1.0, 1.0]))
    w.grad = np.array([1e-3, -1e3])
    sg.optim.Adam([w], lr=0.1).step()
    np.testing.assert_allclose(w.numpy(), [0.9, 1.1], rtol=1e-5)


def test_saving_changes_nothing_and_keeps_the_optimiser(tmp_path, rng):
    def step(layer, optimiser):
        optimiser.zero_grad()
        sg.ops.square(layer(np.ones((1, 3), np.float32))).sum().backward()
        optimiser.step()

    layer = sg.nn.Linear(3, 2, rng=0)
    optimiser = sg.optim.Adam(layer.parameters())
    step(layer, optimiser)
    before = {name: values.copy() for name, values in layer.state_dict().items()}
    sg.nn.save(tmp_path / "layer.npz", layer, optimiser)
    for name, values in layer.state_dict().items():
        np.testing.assert_array_equal(values, before[name])

    other = sg.nn.Linear(3, 2, rng=1)
    resumed = sg.optim.Adam(other.parameters())
    sg.nn.load(tmp_path / "layer.npz", other, resumed)
    step(layer, optimiser)
    step(other, resumed)
    for name, values in layer.state_dict().items():
        np.testing.assert_array_equal(values, other.state_dict()[name])


# ---- a variational autoencoder whose likelihood is known -----------------------------------------

SCALE = 0.5


@pytest.fixture
def linear_vae(rng):
    """x = W z + b + noise with orthogonal columns of W, and the exact posterior for q(z|x)."""
    w = np.linalg.qr(rng.normal(size=(4, 2)))[0] * [2.0, 0.7]               # (D, Z)
    b = rng.normal(size=4)
    precision = 1 + (w * w).sum(0) / SCALE ** 2                             # of z given x, (Z,)
    encoder, decoder = sg.nn.Linear(4, 4, rng=0), sg.nn.Linear(2, 4, rng=0)
    vae = sg.models.VAE(encoder, decoder, likelihood="gaussian", latent=2, scale=SCALE)
    vae = vae.astype("float64")
    loc = w / SCALE ** 2 / precision
    encoder.weight.data = np.concatenate([loc, np.zeros((4, 2))], axis=1)
    encoder.bias.data = np.concatenate([-b @ loc, -0.5 * np.log(precision)])
    decoder.weight.data, decoder.bias.data = w.T, b
    x = rng.normal(size=(6, 4)) * 2
    covariance = w @ w.T + SCALE ** 2 * np.eye(4)
    exact = -0.5 * (np.sum((x - b) @ np.linalg.inv(covariance) * (x - b), axis=1)
                    + np.linalg.slogdet(2 * np.pi * covariance)[1])
    return vae, x, exact


def test_with_the_exact_posterior_every_draw_gives_the_exact_likelihood(linear_vae):
    vae, x, exact = linear_vae
    for n in (1, 7):
        np.testing.assert_allclose(vae.log_prob(x, n, rng=0), exact, rtol=1e-10)


def test_the_bound_is_the_likelihood_where_the_posterior_is_exact(linear_vae):
    vae, x, exact = linear_vae
    n = 20_000
    reconstruction, divergence = vae.terms(x, n, rng=0)
    q = vae.encode(x)
    residual = q.variance.numpy() * (vae.decoder.weight.numpy() ** 2).sum(1) / SCALE ** 2
    linear = (x - vae.decode(q.mean).mean.numpy()) @ vae.decoder.weight.numpy().T / SCALE ** 2
    # of one draw's log p(x|z), a quadratic in z: known exactly
    variance = (residual ** 2 / 2 + linear ** 2 * q.variance.numpy()).sum(1)
    assert_estimate((reconstruction - divergence).numpy(), exact,
                    standard_error=np.sqrt(variance / n))


def loosened(vae, x):
    """The same model with a posterior that is shifted and too wide, and the exact one."""
    exact = vae.encode(x)
    exact = Normal(exact.mean.numpy(), np.sqrt(exact.variance.numpy()))
    vae.encoder.bias.data = vae.encoder.bias.numpy() + [0.3, -0.3, 0.4, 0.4]
    wrong = vae.encode(x)
    return Normal(wrong.mean.numpy(), np.sqrt(wrong.variance.numpy())), exact


def test_one_draw_is_below_the_likelihood_by_the_divergence_of_the_posterior(linear_vae):
    vae, x, exact = linear_vae
    q, posterior = loosened(vae, x)
    n = 20_000
    one_draw = vae.log_prob(np.tile(x, (n, 1)), 1, rng=0).numpy().reshape(n, -1).mean(0)
    ratio = q.variance / posterior.variance
    far = (q.mean - posterior.mean) ** 2 / posterior.variance
    variance = ((ratio - 1) ** 2 / 2 + ratio * far).sum(1)
    assert_estimate(one_draw, exact - kl(q, posterior).sum(1), standard_error=np.sqrt(variance / n))


def test_importance_weights_average_to_the_likelihood(linear_vae):
    """Weights upside down, or not weights at all, pass every test with one draw."""
    vae, x, exact = linear_vae
    q, posterior = loosened(vae, x)
    n = 20_000
    average = np.exp(vae.log_prob(x, n, rng=0).numpy() - exact)     # of p(x, z) / q(z | x) / p(x)
    # E[weight^2] is a Gaussian integral for each axis, finite as q is the wider one
    a = 1 / posterior.variance - 0.5 / q.variance
    far = (q.mean - posterior.mean) ** 2
    square = np.sqrt(q.variance / (2 * a)) / posterior.variance \
        * np.exp(far / (4 * q.variance ** 2 * a) + far / (2 * q.variance))
    assert_estimate(average, np.ones(6), standard_error=np.sqrt((square.prod(1) - 1) / n))


def test_the_divergence_is_that_of_the_distribution_samples_are_drawn_from():
    """Reading a variance as a standard deviation leaves both halves plausible alone."""
    n, log_scale = 200_000, np.array([-1.0, 0.3, 0.8])
    q, p = Independent(Normal(np.array([1.0, 0.0, -2.0]), log_scale=log_scale), 1), \
        Independent(StandardNormal(3, like=log_scale), 1)
    z = q.sample(n, rng=0)
    ratio = np.exp(2 * log_scale)
    variance = np.sum((ratio - 1) ** 2 / 2 + q.mean ** 2 * ratio)
    # log q is written out, so that nothing of the package judges its own samples
    log_q = np.sum(-0.5 * ((z - q.mean) / np.exp(log_scale)) ** 2 - log_scale, axis=1)
    log_p = np.sum(-0.5 * z ** 2, axis=1)
    assert_estimate((log_q - log_p).mean(), kl(q, p), standard_error=math.sqrt(variance / n))


def test_the_bound_is_reconstruction_minus_beta_divergence_in_nats(rng):
    vae = sg.models.vae_dense(12, 2, (5,), rng=0)
    x = (rng.random((3, 12)) < 0.5).astype(np.float32)
    reconstruction, divergence = (t.numpy() for t in vae.terms(x, rng=1))
    assert (divergence >= 0).all()
    for beta in (1, 4):
        np.testing.assert_allclose(vae.elbo(x, beta=beta, rng=1).numpy(),
                                   reconstruction - beta * divergence, rtol=1e-6)
    z = vae.encode(x).rsample(rng=1)
    logits = vae.decoder(z).numpy().astype(np.float64)
    log_likelihood = x * logits - np.logaddexp(0, logits)
    np.testing.assert_allclose(reconstruction, log_likelihood.sum(1), rtol=1e-5)


def test_training_minimises_the_bound_that_it_reports(rng):
    digits = sg.data.load("digits").train
    x = sg.data.binarise(digits.images[:3])
    vae, objective = build(Settings(latent=2, hidden=(5,)), digits)
    loss, columns = objective(vae, x, np.random.default_rng(1))
    elbo, reconstruction, divergence = (float(total) / len(x) for total in columns)
    assert elbo == pytest.approx(vae.elbo(x, rng=1).mean().item(), rel=1e-6)
    assert elbo == pytest.approx(reconstruction - divergence, rel=1e-6)
    assert loss.item() == pytest.approx(-elbo, rel=1e-6)


def test_training_weighs_the_divergence_by_beta():
    digits = sg.data.load("digits").train
    x = sg.data.binarise(digits.images[:3])
    vae, objective = build(Settings(latent=2, hidden=(5,), beta=4.0), digits)
    loss, (_, reconstruction, divergence) = objective(vae, x, np.random.default_rng(1))
    assert loss.item() == pytest.approx((4 * float(divergence) - float(reconstruction)) / 3,
                                        rel=1e-6)


def test_both_halves_of_the_encoder_are_trained_through_the_sample(rng):
    vae = sg.models.vae_dense(12, 2, (5,), rng=0)
    x = (rng.random((8, 12)) < 0.5).astype(np.float32)
    reconstruction, _ = vae.terms(x, rng=1)
    reconstruction.mean().backward()                # without the divergence: only z carries it
    for name, p in vae.named_parameters():
        assert p.grad is not None and np.abs(p.grad).max() > 0, name
