"""Six lines from log p(x) to the ELBO, on a model where every one of them is known exactly."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import Independent, MultivariateNormal, Normal
from scratchgen.elbo import Line, ladder
from scratchgen.elbo.trust import narrowest
from scratchgen.models import LinearGaussianVAE, vae_dense
from tests.support.backends import xp_backend  # noqa: F401
from tests.support.statistics import assert_estimate

D, Z, N, DRAWS = 4, 2, 3, 20_000
NAMES = ["naive Monte Carlo", "with a proposal", "importance weights", "Jensen's bound",
         "rearranged", "ELBO"]


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    return LinearGaussianVAE(rng.standard_normal((D, Z)), rng.standard_normal(D), 0.9)


@pytest.fixture(scope="module")
def x(model):
    return model.sample(N, rng=1).numpy()


def moved(model, x, share=1.5, shift=0.3):
    """The posterior, shifted, with this share of its variance in every direction."""
    posterior = model.posterior(x)
    return MultivariateNormal(posterior.mean.numpy() + shift,
                              scale_tril=np.sqrt(share) * posterior.scale_tril.numpy())


@pytest.fixture(scope="module")
def lines(model, x):
    return ladder(model, x, moved(model, x), DRAWS, rng=0)


# ---- what the lines say --------------------------------------------------------------------------

def test_six_lines(lines):
    assert [line.name for line in lines] == NAMES
    assert [line.relation for line in lines] == ["", "=", "=", ">=", "=", "="]
    assert [line.holds for line in lines] == [None, True, True, True, True, True]
    assert not any(line.note for line in lines)
    name, formula, value, standard_error, relation, holds = lines[5]
    assert formula == "E_q[log p(x|z)] - KL(q(z|x) || p(z))" and type(holds) is bool
    assert isinstance(lines[0], Line) and type(value) is type(standard_error) is float


def test_each_line_estimates_what_it_says(lines, model, x):
    """log p(x) by the first three, up to the bias of half a squared error; the ELBO by the rest."""
    log_p = model.log_prob(x).numpy().mean()
    elbo = model.elbo(x, q=moved(model, x)).numpy().mean()
    assert elbo < log_p - 0.1
    for line in lines[:3]:
        bias = N * line.standard_error ** 2 / 2
        assert bias < line.standard_error / 5
        assert_estimate(line.value + bias, log_p, standard_error=line.standard_error)
    for line in lines[3:]:
        assert_estimate(line, elbo)


def test_the_standard_errors_are_the_spread_over_many_ladders(model, x):
    """The spread of 200 ladders is known to 5 %, so 30 % are 6 standard errors."""
    q, repetitions = moved(model, x), 200
    found = [ladder(model, x, q, 1000, rng=seed) for seed in range(repetitions)]
    for i in range(6):
        values, errors = (np.array([getattr(run[i], name) for run in found])
                          for name in ("value", "standard_error"))
        assert values.std() == pytest.approx(np.sqrt(np.mean(errors ** 2)), rel=0.3), NAMES[i]
    assert all(line.holds for run in found for line in run[1:] if not line.note)


def test_the_last_three_lines_share_the_draws_of_the_third(lines):
    assert lines[4].value == pytest.approx(lines[3].value, abs=1e-12)
    assert lines[4].standard_error == lines[3].standard_error
    assert lines[1].value != lines[2].value


def test_the_exact_posterior_leaves_no_step(model, x):
    found = ladder(model, x, model.posterior(x), 1000, rng=0)
    exact = model.log_prob(x).numpy().mean()
    for line in found[1:5]:
        assert line.value == pytest.approx(exact, abs=1e-10)
        assert line.standard_error < 1e-8
    assert found[3].holds and found[4].holds and found[5].holds
    np.testing.assert_allclose(found.proposal_ess, 1000)


def test_the_same_seed_gives_the_same_lines(model, x):
    q = moved(model, x)
    assert ladder(model, x, q, 100, rng=3) == ladder(model, x, q, 100, rng=3)
    assert ladder(model, x, q, 100, rng=3) != ladder(model, x, q, 100, rng=4)


# ---- what it catches -----------------------------------------------------------------------------

class WrongSampler(Independent):
    """Reads a standard deviation as a variance when it samples, not when it is asked for log q."""

    def sample(self, shape=(), *, rng):
        return Normal(self.base.loc, sg.ops.sqrt(self.base.scale)).sample(shape, rng=rng)


def diagonal(model, x, kind=Independent, stretch=1.3):
    q = model.encode(x)
    return kind(Normal(q.mean.numpy(), stretch * np.sqrt(q.variance.numpy())), 1)


def verdicts(found):
    return [line.holds for line in found]


def test_a_sampler_that_does_not_belong_to_its_density():
    model = LinearGaussianVAE(np.array([[0.5], [0.3]]), np.zeros(2), 1.0)
    x = model.sample(N, rng=1).numpy()
    assert all(verdicts(ladder(model, x, diagonal(model, x), DRAWS, rng=0))[1:])
    found = verdicts(ladder(model, x, diagonal(model, x, WrongSampler), DRAWS, rng=0))
    assert found == [None, False, True, True, True, False]


def test_a_divergence_with_the_wrong_sign(model, x, monkeypatch):
    exact = sg.elbo.derivation.kl
    monkeypatch.setattr("scratchgen.elbo.derivation.kl", lambda q, p: -exact(q, p))
    assert verdicts(ladder(model, x, moved(model, x), DRAWS, rng=0))[4:] == [True, False]


def test_a_divergence_averaged_over_the_code(model, x, monkeypatch):
    exact = sg.elbo.derivation.kl
    monkeypatch.setattr("scratchgen.elbo.derivation.kl", lambda q, p: exact(q, p) / Z)
    assert verdicts(ladder(model, x, moved(model, x), DRAWS, rng=0))[4:] == [True, False]


def test_a_prior_that_is_another(model, x):
    """The weights see log p(z), naive Monte Carlo its samples."""
    class Other:
        posterior, decode = model.posterior, model.decode

        class prior(type(model.prior)):
            def sample(self, shape=(), *, rng):
                return 0.7 * super().sample(shape, rng=rng)

    Other.prior = Other.prior(model.prior.base, 1)
    assert verdicts(ladder(Other, x, moved(model, x), DRAWS, rng=0))[1:3] == [False, True]


# ---- where no verdict is passed ------------------------------------------------------------------

def test_too_few_draws_count(model, x):
    found = ladder(model, x, moved(model, x), 150, rng=0)
    assert found.naive_ess.min() < 100
    assert verdicts(found)[1] is None
    assert "of 150 draws from the prior only" in found[0].note == found[1].note
    assert verdicts(found)[4:] == [True, None] and "450 draws are too few" in found[5].note
    dots = [line for line in found.plot().get_lines() if line.get_marker() == "o"]
    assert found[5].value in dots[0].get_xdata() and found[0].value in dots[1].get_xdata()
    found = ladder(model, x, moved(model, x, shift=3.0), DRAWS, rng=0)
    assert found.proposal_ess.min() < 100
    assert verdicts(found) == [None, None, None, None, True, True]
    assert "draws from q only" in found[2].note and "wanted 100" in found[3].note


@pytest.mark.parametrize("share, says", [(0.45, "up to 0.5 the weights have an infinite variance"),
                                         (0.55, "up to 0.75 the error cannot be estimated"),
                                         (0.74, "up to 0.75 the error cannot be estimated"),
                                         (0.76, None)])
def test_a_proposal_that_is_too_narrow(share, says, model, x):
    """Nothing of it is seen in the effective sample size."""
    found = ladder(model, x, moved(model, x, share, shift=0.0), DRAWS, rng=0)
    assert found.proposal_ess.min() > 1000
    if says is None:
        assert all(verdicts(found)[1:])
    else:
        assert verdicts(found) == [None, None, None, None, True, True]
        assert says in found[2].note and f"{share:.2g} of the posterior's" in found[2].note


def test_narrow_in_one_direction_only():
    """The variance of every coordinate is that of the posterior, and along (1, 1) it is not."""
    S = np.array([[1.0, 0.6], [0.6, 1.0]])
    posterior = MultivariateNormal(np.zeros((3, 2)), covariance=S)
    q = Independent(Normal(np.zeros((3, 2)), np.ones((3, 2))), 1)
    assert narrowest(q, posterior) == pytest.approx(1 / 1.6)
    assert narrowest(MultivariateNormal(np.zeros(2), covariance=2 * S), posterior) \
        == pytest.approx(2)


def test_where_moments_of_the_weights_end():
    """E_q[w^m] over a growing range of z, for one dimension: it settles above (m - 1) / m only."""
    def moment(m, share, width):
        z = np.linspace(-width, width, 20_001)
        log_p, log_q = (-0.5 * z ** 2 / v - 0.5 * np.log(2 * np.pi * v) for v in (1, share))
        return np.trapezoid(np.exp(m * log_p - (m - 1) * log_q), z)

    for m, limit in ((2, 0.5), (4, 0.75)):
        assert moment(m, limit + 0.05, 40) == pytest.approx(moment(m, limit + 0.05, 20), rel=1e-6)
        assert moment(m, limit - 0.05, 40) > 1e10 * moment(m, limit - 0.05, 10)


# ---- other models, other places ------------------------------------------------------------------

def test_a_vae_of_bits(rng):
    model = vae_dense((4, 3), Z, (8,), rng=0)
    x = (rng.random((N, 12)) < 0.4).astype(np.float32)                  # flat images
    found = ladder(model, x, model.encode(x), 5000, rng=1)
    assert verdicts(found) == [None, True, True, True, True, True]
    with sg.no_grad():
        elbo = model.elbo(x, 5000, rng=2).numpy().astype(float).mean()
    assert_estimate(elbo, found[5].value, standard_error=np.sqrt(2) * found[5].standard_error)
    assert not any(p.grad is not None for p in model.parameters())


def test_memory_is_bounded_and_chunks_change_nothing(model, x, monkeypatch):
    whole, sizes, decode = ladder(model, x, moved(model, x), 50, rng=3), [], model.decode

    def counted(z):
        sizes.append(len(z))
        return decode(z)

    monkeypatch.setattr("scratchgen.elbo.bounds._CHUNK", 7 * N * D)
    monkeypatch.setattr(model, "decode", counted)
    for part, line in zip(ladder(model, x, moved(model, x), 50, rng=3), whole):
        assert part.value == pytest.approx(line.value, rel=1e-12)
    assert max(sizes) == 7 * N and sum(sizes) == 3 * 50 * N


def test_on_every_backend(xp_backend):  # noqa: F811
    x = np.random.default_rng(0).standard_normal((2, 5)).astype(np.float32)

    def lines(x):
        model = LinearGaussianVAE.random(5, 2, rng=0)
        return ladder(model, x, model.encode(x), 200, rng=1)

    with sg.backend.use("numpy"):
        expected = lines(x)
    for found, line in zip(lines(xp_backend.asarray(x)), expected):
        assert found.value == pytest.approx(line.value, rel=1e-4)
        assert found.standard_error == pytest.approx(line.standard_error, rel=1e-3)
        assert (found.holds, found.note[:20]) == (line.holds, line.note[:20])


# ---- how it looks --------------------------------------------------------------------------------

def test_printed_as_a_table(lines, model, x):
    text = str(lines).splitlines()
    assert text[0] == ("From log p(x) to the ELBO: 3 examples, 20,000 draws each, "
                       "nats per example")
    for row, line in zip(text[2:8], lines):
        assert line.name in row and line.formula in row and f"{line.value:.4f}" in row
    assert len({row.index("+-") for row in text[2:8]}) == 1             # aligned
    assert text[2].endswith(f"+- {lines[0].standard_error:.2g}") and text[7].endswith("holds")
    doubtful = str(ladder(model, x, moved(model, x, 0.45), 2000, rng=0))
    assert "open (1)" in doubtful and "the weights have an infinite variance" in " ".join(
        doubtful.split())
    assert max(map(len, doubtful.splitlines())) <= 100


def test_drawn_as_a_figure(lines, model, x):
    exact = model.log_prob(x).numpy().mean()
    ax = lines.plot(exact=exact)
    assert [t.get_text().partition("\n")[0] for t in ax.get_yticklabels()] == NAMES
    dots = [line for line in ax.get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(dots[0].get_xdata(), [line.value for line in lines])
    assert ax.get_xlabel().startswith("nats per example")
    assert ax.get_legend().get_texts()[0].get_text() == "exact log p(x)"
    assert ladder(model, x, moved(model, x), 150, rng=0).plot().get_legend() is not None


# ---- what is refused -----------------------------------------------------------------------------

def test_what_is_refused(model, x):
    with pytest.raises(sg.ShapeError, match=r"one distribution of codes for each example(.|\n)*3,"):
        ladder(model, x, model.prior, 10, rng=0)
    with pytest.raises(sg.ShapeError, match="for each example"):
        ladder(model, x[:2], moved(model, x), 10, rng=0)
    with pytest.raises(ValueError, match="needs two draws"):
        ladder(model, x, moved(model, x), 1, rng=0)
    with pytest.raises(TypeError, match="rng"):
        ladder(model, x, moved(model, x), 10)
