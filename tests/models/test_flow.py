"""Flows: exact densities of points and of small images, whatever the weights are."""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import data, nn
from scratchgen.distributions import ActNorm, Coupling
from scratchgen.models import Flow, maf, quantise, real_nvp
from tests.support.statistics import assert_estimate

MODELS = {
    "real_nvp": lambda shape=2, **arguments: real_nvp(shape, 4, (16,), activation="tanh", rng=3,
                                                      **arguments),
    "maf": lambda shape=2, **arguments: maf(shape, 3, (16,), activation="tanh", rng=3, **arguments),
}


def shaken(model, rng, scale=0.3):
    """In float64 and eval mode, every parameter moved from where it starts."""
    for p in model.astype("float64").parameters():
        p.data = p.data + scale * rng.normal(size=p.shape)
    return model.eval()


@pytest.fixture(params=MODELS)
def make(request):
    return MODELS[request.param]


def test_the_density_integrates_to_one_and_is_that_of_the_samples(make, rng):
    model, n = shaken(make(), rng), 100_000
    x = model.sample(n, rng=rng).numpy()
    low, high = np.array(np.quantile(x, [1e-4, 1 - 1e-4], axis=0))
    low, high = low - 1.0 * (high - low), high + 1.0 * (high - low)
    side, blocks = 800, 20
    ticks = [low[i] + (np.arange(side) + 0.5) / side * (high - low)[i] for i in range(2)]
    points = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    with sg.no_grad():
        density = np.exp(model.log_prob(points).numpy()).reshape(side, side)
    cell = np.prod(high - low) / side ** 2
    exact = density.reshape(blocks, side // blocks, blocks, -1).sum((1, 3)) * cell
    assert exact.sum() == pytest.approx(1, abs=2e-3)
    edges = [np.linspace(low[i], high[i], blocks + 1) for i in range(2)]
    share = np.histogram2d(*x.T, bins=edges)[0] / n
    common = exact > 1e-3
    error = np.sqrt(exact * (1 - exact) / n)
    assert_estimate(share[common], exact[common], standard_error=error[common])
    assert common.sum() > 10


def test_the_density_is_that_of_the_code_times_the_jacobian_of_the_engine(make, rng):
    model = shaken(make(5), rng)
    x = rng.normal(size=(3, 5))
    with sg.no_grad():
        z, log_prob = model.code(x).numpy(), model.log_prob(x).numpy()
    jacobians = np.stack([sg.jacobian(model.bijector.inverse)(row) for row in x])
    expected = -0.5 * (z ** 2).sum(1) - 2.5 * math.log(2 * math.pi) \
        + np.linalg.slogdet(jacobians)[1]
    np.testing.assert_allclose(log_prob, expected, rtol=1e-10)
    np.testing.assert_allclose(model(x).numpy(), x, rtol=1e-8, atol=1e-8)       # nothing is lost
    np.testing.assert_allclose(model.image(z).numpy(), x, rtol=1e-8, atol=1e-8)


def test_it_starts_as_the_gaussian_of_the_first_batch_entry_by_entry(make, rng):
    model = make(3)
    x = (rng.normal(size=(400, 3)) * [0.1, 1, 20] + [5, 0, -7]).astype(np.float32)
    expected = -0.5 * ((x - x.mean(0)) / x.std(0)) ** 2 - np.log(x.std(0) * math.sqrt(2 * math.pi))
    np.testing.assert_allclose(model.loss(x, rng=rng).numpy(), -expected.sum(1), rtol=1e-3,
                               atol=1e-3)


def test_each_number_is_changed_by_every_second_coupling(rng):
    model = real_nvp((3, 4), 2, (4,), rng=0)
    masks = [f.mask.reshape(3, 4) for f in model.bijector.bijectors if isinstance(f, Coupling)]
    np.testing.assert_array_equal(masks[0], np.indices((3, 4)).sum(0) % 2)
    np.testing.assert_array_equal(masks[1], 1 - masks[0])
    kinds = [type(f) for f in model.bijector.bijectors]
    assert kinds == [Coupling, ActNorm] * 2


def test_gradients(make, rng):
    model, x = shaken(make(3), rng), rng.normal(size=(2, 3))
    for order in (1, 2):
        sg.gradcheck(model.log_prob, x, order=order)
    model.loss(x, rng=rng).mean().backward()
    assert all(p.grad is not None and np.abs(p.grad).max() > 0 for p in model.parameters())


def test_training_bends_it_towards_the_data():
    """A banana, which no Gaussian fits: the nats of its own density are nearly reached."""
    rng = np.random.default_rng(2)
    z = rng.normal(size=(3000, 2))
    x = np.stack([z[:, 0], 0.3 * z[:, 1] + z[:, 0] ** 2], axis=1).astype(np.float32)
    entropy = math.log(2 * math.pi * math.e) + math.log(0.3)        # the map has log-det log 0.3
    model = real_nvp(2, 4, (32,), rng=0)
    optimiser = sg.optim.Adam(model.parameters(), lr=1e-2)
    before = model.loss(x, rng=rng).mean().item()
    for _ in range(3):
        for batch in data.batches(x, 200, rng=rng):
            optimiser.zero_grad()
            model.loss(batch, rng=rng).mean().backward()
            optimiser.step()
    with sg.no_grad():
        assert model.loss(x, rng=rng).mean().item() < entropy + 0.15 < before


# ---- images --------------------------------------------------------------------------------------

def test_digits_cost_bits_and_training_saves_them(make):
    images = data.digits(flat=False).images[:400]
    model, rng = make((8, 8, 1), levels=17), np.random.default_rng(0)
    optimiser = sg.optim.Adam(model.parameters(), lr=3e-3)
    bits = []
    for _ in range(8):
        optimiser.zero_grad()
        loss = model.loss(images, rng=rng)
        bits.append(model.bits_per_dimension(images, rng=rng).mean().item())
        assert loss.mean().item() / (64 * math.log(2)) == pytest.approx(bits[-1], rel=1e-2)
        loss.mean().backward()
        optimiser.step()
    assert bits[-1] < bits[0] < math.log2(17)           # that is what uniform noise costs
    x = model.sample(4, rng=rng)
    assert x.shape == (4, 8, 8, 1)
    np.testing.assert_array_equal(quantise(x, 17), x)


def test_the_loss_of_images_is_the_density_of_their_noisy_version_and_a_bound(rng):
    """log P(x) by integration over the cells of two pixels of three levels."""
    model = shaken(real_nvp(2, 2, (8,), levels=3, activation="tanh", rng=1), rng)
    side = 100
    ticks = (np.arange(3 * side) + 0.5) / (3 * side)
    points = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    with sg.no_grad():
        log_p = model.log_prob(points).numpy().reshape(3, side, 3, side)
        exact = np.log(np.exp(log_p).mean((1, 3)) / 9)
        bound = log_p.mean((1, 3)) - math.log(9)
        assert np.all(bound < exact) and np.exp(exact).sum() < 1       # some lies beyond [0, 1]^2
        n = 4000
        for i, j in np.ndindex(3, 3):
            x = np.tile([[i / 2, j / 2]], (n, 1))
            drawn = -model.loss(x, rng=rng).numpy()
            error = drawn.std() / math.sqrt(n)
            assert_estimate(drawn.mean(), bound[i, j], examples=9,
                            standard_error=math.hypot(error, 1e-4))
        np.testing.assert_allclose(model.image(model.code(x)), x)
        middle = (3 * np.round(2 * x) + 1.5) / 9
        np.testing.assert_allclose(model.code(x).numpy(), model.bijector.inverse(middle).numpy(),
                                   rtol=1e-6)


def test_bits_are_those_of_discrete_images(rng):
    with pytest.raises(ValueError, match="a density has none\n.*levels=17"):
        real_nvp(2, rng=0).bits_per_dimension(np.zeros((3, 2), np.float32), rng=rng)
    for levels in (0, 1):
        with pytest.raises(ValueError, match="two grey levels at least\n.*levels >= 2"):
            real_nvp(2, levels=levels, rng=0)
    with pytest.raises(ValueError, match="not 17 grey levels"):
        real_nvp(2, levels=17, rng=0).loss(np.full((3, 2), 0.03, np.float32), rng=rng)


def test_one_number_is_too_few():
    for make in (real_nvp, maf):
        with pytest.raises(ValueError, match="2 numbers at least"):
            make(1, rng=0)


def test_a_flow_of_your_own_bijector(rng):
    model = Flow(ActNorm(4), (2, 2))
    x = rng.normal(size=(50, 2, 2)).astype(np.float32)
    model.loss(x, rng=rng)
    assert model.sample(3, rng=rng).shape == (3, 2, 2) and model.config is None
    assert model.interpolate(x[0], x[1], 3).shape == (3, 2, 2)
    assert model.distribution.event_shape == (4,)


def test_the_first_batch_is_remembered_in_a_checkpoint(make, rng, tmp_path):
    model, x = make(), 3 + rng.normal(size=(50, 2)).astype(np.float32)
    model.loss(x, rng=rng)
    nn.save(tmp_path / "f.npz", model)
    twin = make()
    nn.load(tmp_path / "f.npz", twin)
    np.testing.assert_array_equal(twin.loss(2 * x, rng=rng).numpy(),
                                  model.loss(2 * x, rng=rng).numpy())
