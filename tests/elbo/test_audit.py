"""Each of the usual mistakes is named when it is made, and right code is left alone."""
import inspect
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops
from scratchgen.distributions import kl as exact_kl
from scratchgen.elbo import audit
from scratchgen.elbo.auditing import objective
from scratchgen.models import LinearGaussianVAE, vae_dense
from tests.elbo import homemade as mine
from tests.elbo.homemade import BITS, D, GREY, Z, everything, log_prior, sample
from tests.elbo.mistakes import MISTAKES, REACHED, loss_of

NUMBERS = {"draws that are new each time", "log_q integrates to 1", "kl is never negative",
           "standard deviation of the draws, by log_q", "kl, by draws from the sampler",
           "log importance weights", "effective beta of the loss"}


# ---- silence -------------------------------------------------------------------------------------

@pytest.mark.parametrize("x, likelihood", [(BITS, mine.bernoulli), (GREY, mine.gaussian),
                                           (BITS, mine.gaussian),
                                           (GREY, mine.continuous_bernoulli)],
                         ids=lambda value: getattr(value, "__name__", ""))
def test_right_code_is_left_alone(x, likelihood):
    found = audit(x, **everything(likelihood), rng=0)
    assert found.ok and {finding.verdict for finding in found} == {"ok"}, found
    assert NUMBERS <= {finding.name for finding in found}


def test_no_false_alarm_in_ten_seeds():
    """Some 100 comparisons of estimates at a rate of 1e-9 each."""
    for seed in range(10):
        found = audit(BITS, **everything(), n=1000, rng=seed)
        assert found.ok, f"seed {seed}\n{found}"


def of_model(model):
    return {"sample": lambda x, rng: model.encode(x).sample(rng=rng),
            "log_q": lambda z, x: model.encode(x).log_prob(z),
            "log_prior": model.prior.log_prob,
            "log_likelihood": lambda x, z: model.decode(z).log_prob(x),
            "kl": lambda x: exact_kl(model.encode(x), model.prior),
            "bound": lambda x, k, rng: sg.elbo.iwae_bound(model, x, k, rng=rng)}


@pytest.mark.parametrize("likelihood, draws", [("bernoulli", 1), ("gaussian", 3),
                                               ("continuous-bernoulli", 1)])
def test_the_library_is_left_alone(likelihood, draws):
    digits = sg.data.load("digits").train.images[:40]
    x = sg.data.binarise(digits) if likelihood == "bernoulli" else digits
    vae = vae_dense(64, 2, (16,), likelihood=likelihood, rng=0)
    found = audit(x, **of_model(vae), loss=lambda x, rng: -ops.mean(vae.elbo(x, n=draws, rng=rng)),
                  validation_loss=lambda x, rng: -ops.mean(vae.elbo(x, rng=rng)), rng=0)
    assert found.ok, found


def test_a_posterior_with_a_full_covariance_is_left_alone(rng):
    model = LinearGaussianVAE(rng.standard_normal((4, 2)), rng.standard_normal(4), 0.9)
    handed = of_model(model) | {"sample": lambda x, rng: model.posterior(x).sample(rng=rng),
                                "log_q": lambda z, x: model.posterior(x).log_prob(z)}
    handed["kl"] = lambda x: exact_kl(model.posterior(x), model.prior)
    handed.pop("bound")
    x = model.sample(20, rng=1).numpy()
    found = audit(x, **handed, log_weight=lambda x, z: model.log_prob(x), rng=0)
    assert found.ok and found["log_q integrates to 1"].verdict == "open", found


def test_a_loss_with_another_beta_on_purpose():
    found = audit(BITS, **everything(loss=loss_of(lambda r, k: r.sum() / len(r)
                                                  + 4 * k.sum() / len(k)), validation_loss=None),
                  beta=4, rng=0)
    assert found.ok and found["effective beta of the loss"].got == pytest.approx(4, rel=1e-6)


def test_noise_of_its_own_does_not_bend_the_effective_beta():
    """A loss that does not use the noise it is given is held against expectations."""
    own = np.random.default_rng(9)
    handed = everything(loss=lambda x, rng: mine.loss(x, own), validation_loss=None)
    found = audit(BITS, **handed, rng=0)
    assert found.ok, found
    beta = found["effective beta of the loss"]
    assert 1e-4 < beta.standard_error < 0.2 and abs(beta.got - 1) < 5 * beta.standard_error


def test_with_noise_of_its_own_a_mistake_is_named_too():
    own = np.random.default_rng(9)
    spoiled = loss_of(lambda r, k: r.mean() + k.sum() / len(r))
    found = audit(BITS, **everything(loss=lambda x, rng: spoiled(x, own), validation_loss=None),
                  rng=0)
    beta = found["effective beta of the loss"]
    assert beta.verdict == "MISTAKE" and abs(beta.got - D) < 6 * beta.standard_error
    assert "the reconstruction is averaged over the 12 numbers of an example" in beta.hint


def test_terms_that_are_estimates_do_not_flatten_the_slope(rng):
    """Least squares would find half of it: the estimates have as much noise as spread."""
    r, k = rng.normal(size=(2, 4000))
    once, again = ([r + rng.normal(size=4000), k] for _ in range(2))
    fit = objective._regress(3 * r + 6 * k + 7, once, again)
    assert abs(fit.a - 3) < 6 * fit.a_error < 1 and abs(fit.b - 6) < 6 * fit.b_error < 1
    assert abs(fit.beta - 2) < 6 * fit.error < 0.5


def test_the_error_of_a_divergence_that_is_estimated_counts_wherever_an_example_is_drawn(rng):
    """z^2 of 200 worlds, whose terms rise together: it is 1 on average, with an error of 0.1."""
    z, batches, examples = [], 240, 40
    for _ in range(200):
        k = rng.normal(size=examples)
        error = 0.01 * np.exp(k)
        chosen = rng.integers(examples, size=(batches, 8))
        sway = (chosen[:, :, None] == np.arange(examples)).mean(axis=1) * error
        r = (3 * k + 0.5 * rng.normal(size=examples))[chosen].mean(axis=1)
        once, again = ((k + error * rng.normal(size=examples))[chosen].mean(axis=1)
                       for _ in range(2))
        y = r + k[chosen].mean(axis=1)
        fit = objective._regress(y, [r, once], [r, again], sway)
        z.append((fit.beta - 1) / fit.error)
    assert 0.5 < np.mean(np.square(z)) < 1.5 and np.max(np.abs(z)) < sg.elbo.critical_value()


def test_a_sigmoid_of_2x_in_the_loss_alone_is_not_taken_for_right():
    """It is a decoder, and the one handed in is another: no factors make one loss of the other."""
    def likelihood(x, z):
        return mine.bernoulli(x, 2 * z)

    handed = everything(loss=lambda x, rng: mine.loss(x, rng, likelihood), validation_loss=None)
    beta = audit(BITS, **handed, rng=0)["effective beta of the loss"]
    assert beta.verdict == "open" and "another log p(x|z) than log_likelihood" in beta.hint
    assert audit(BITS, **everything(likelihood), rng=0).ok


@pytest.mark.parametrize("x", [BITS[:2], np.repeat(BITS[:1], 30, axis=0)], ids=["two", "equal"])
def test_examples_that_are_too_few_or_too_equal_leave_it_open(x):
    found = audit(x, **everything(), rng=0)
    assert found.ok and found["effective beta of the loss"].verdict in ("open", "ok"), found


def test_a_collapsed_code_leaves_the_weight_of_the_divergence_open():
    def prior(x, rng):
        return rng.standard_normal((len(x), Z))

    found = audit(BITS, sample=prior, log_q=lambda z, x: log_prior(z), kl=lambda x: 0 * x[:, 0],
                  log_likelihood=mine.bernoulli, rng=0,
                  loss=lambda x, rng: -mine.bernoulli(x, prior(x, rng)).mean())
    assert found.ok and found["effective beta of the loss"].verdict == "open", found


def test_what_is_not_given_is_not_checked():
    assert [finding.name for finding in audit(BITS, sample=sample, rng=0)] \
        == ["draws that are new each time"]


# ---- mistakes ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_and_nothing_else_is_blamed(name):
    x, spoiled, check, says = MISTAKES[name]
    found = audit(x, **everything(**spoiled), rng=0)
    named = [finding for finding in found.mistakes if finding.name.startswith(check)]
    assert len(named) == 1 and says in named[0].hint, found
    assert not found.ok
    may = tuple(prefix for given in spoiled for prefix in REACHED[given]) + (check,)
    assert all(finding.name.startswith(may) for finding in found.mistakes), found


@pytest.mark.parametrize("name, check", [
    ("log_q", "log_q integrates to 1"), ("log_likelihood", "log_likelihood integrates to 1"),
    ("kl", "kl is never negative"), ("log_weight", "log importance weights"),
    ("bound", "importance-weighted bound, k = 5"), ("loss", "effective beta of the loss"),
    ("validation_loss", "validation loss, by the training loss")])
def test_what_is_no_number_is_a_mistake(name, check):
    right = everything()[name]
    with np.errstate(invalid="ignore"):
        found = audit(BITS, **everything(**{name: lambda *given: right(*given) * np.nan}), rng=0)
    assert found[check].verdict == "MISTAKE", found


def test_of_two_explanations_that_cannot_be_told_apart_both_are_named():
    """The mean of log w is that of log p(x|z) - KL."""
    found = audit(BITS, **everything(bound=lambda x, k, rng: mine.bound(
        x, k, rng, lambda w: w.mean(axis=0))), rng=0)
    hint = found["importance-weighted bound, k = 5"].hint
    assert hint.startswith("k draws are averaged after the logarithm: this is the bound with k = 1;"
                           " or: k draws") and hint.endswith("inside the weights")


def test_the_numbers_of_a_published_program():
    """Its sampler reads a log variance as a log deviation: the divergence is another."""
    mu, h = np.array([0.3, -0.5]), np.array([-1.4, -2.0])
    x = np.zeros((2, 4))
    found = audit(x, sample=lambda x, rng: mu + np.exp(h) * rng.standard_normal((len(x), 2)),
                  kl=lambda x: np.full(len(x), 0.5 * (np.exp(h) + mu ** 2 - 1 - h).sum()),
                  n=20_000, rng=0)
    finding = found["kl, by draws from the sampler"]
    s = np.exp(2 * h)
    real = 0.5 * (s + mu ** 2 - 1 - 2 * h).sum()
    error = math.sqrt((mu ** 2 * s + (s - 1) ** 2 / 2).sum() / 20_000)
    assert finding.verdict == "MISTAKE" and abs(finding.expected - real) < 6 * error
    assert finding.standard_error == pytest.approx(error, rel=0.05)
    assert finding.got == pytest.approx(0.5 * (np.exp(h) + mu ** 2 - 1 - h).sum())


@pytest.mark.parametrize("beta", [0.1, 1.0, 7.0])
def test_the_effective_beta_of_a_gaussian_averaged_over_pixels(beta):
    """(1/d) |x - g|^2 + lambda KL is beta = lambda d / (2 sigma^2)."""
    sigma = 0.5
    weight = beta * 2 * sigma ** 2 / D
    handed = everything(mine.gaussian, validation_loss=None, loss=lambda x, rng: (
        mine.squared_error(x, sample(x, rng)).mean() + weight * mine.kl(x).mean()))
    found = audit(GREY, **handed, beta=beta, rng=0)
    assert found.ok, found
    assert found["effective beta of the loss"].got == pytest.approx(beta, rel=1e-8)


# ---- how it is used ------------------------------------------------------------------------------

def test_printed_as_a_table():
    found = audit(BITS, **everything(kl=lambda x: -mine.kl(x)), rng=0)
    lines = str(found).splitlines()
    assert lines[0] == f"Audit: 2 of {len(found)} checks found a mistake"
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("  MISTAKE") for line in lines) == 2
    numbers = [line for line in lines if line.startswith(("  ok", "  MISTAKE"))]
    column = {line.index("kl, by draws") for line in numbers if "kl, by draws" in line}
    assert column == {line.index("log_q integ") for line in numbers if "log_q integ" in line}
    assert str(audit(BITS, **everything(), rng=0)).startswith("Audit: no mistake found in 14")
    exact, estimated = found["kl is never negative"], found["kl, by draws from the sampler"]
    assert exact.standard_error == 0 < estimated.standard_error
    for finding in exact, estimated:
        (line,) = (line for line in numbers if finding.name in line)
        assert line.endswith(f"+- {finding.standard_error:.2g}") == (finding is estimated)
    name, verdict, expected, got, standard_error, hint = found.mistakes[0]
    assert (name, verdict, expected, hint[:12]) == ("kl is never negative", "MISTAKE", 0.0,
                                                    "a divergence")


def test_the_same_seed_gives_the_same_findings():
    a, b = (audit(BITS, **everything(), rng=3) for _ in range(2))
    assert list(a) == list(b)


def test_results_may_be_tensors_and_single_precision():
    def tensor(f):
        return lambda *arguments: sg.Tensor(np.asarray(f(*arguments), np.float32))

    handed = {name: f if name == "sample" else tensor(f) for name, f in everything().items()}
    assert audit(BITS, **handed, rng=0).ok


def test_every_part_is_explained():
    for name in list(inspect.signature(audit).parameters)[1:]:
        assert name in audit.__doc__


@pytest.mark.parametrize("spoiled, message", [
    ({"kl": lambda x: mine.kl(x).mean()}, "kl gives one number for each row"),
    ({"log_q": lambda z, x: np.ones((len(z), Z))}, "log_q gives one number for each row"),
    ({"sample": lambda x, rng: np.ones((3, 2))}, "one code for each row"),
    ({"loss": lambda x, rng: np.ones(5)}, "one number, for a batch"),
    ({"log_likelihood": None}, "expected  log_likelihood as well"),
    ({"n": 999}, "too few draws"),
])
def test_what_is_refused(spoiled, message):
    with pytest.raises(ValueError, match=message):
        audit(BITS, **everything(**spoiled), rng=0)
    with pytest.raises(TypeError, match="must be a function"):
        audit(BITS, sample=np.ones((40, 3)), rng=0)
