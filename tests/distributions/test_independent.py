"""Independent: batch axes become the axes of one event."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen.distributions import (Bernoulli, Categorical, Distribution, Exp, Independent,
                                      Normal, Transformed)


@pytest.mark.parametrize("n", [1, 2, 3])
def test_the_last_axes_are_summed_and_no_other(n, rng):
    base = Normal(rng.normal(size=(4, 3, 2)), np.exp(rng.normal(size=(3, 1))))
    p = Independent(base, n)
    assert p.batch_shape == (4, 3, 2)[:3 - n] and p.event_shape == (4, 3, 2)[3 - n:]
    axes = tuple(range(-n, 0))
    x = p.sample(5, rng=rng)
    assert x.shape == (5, 4, 3, 2)
    np.testing.assert_allclose(p.log_prob(x), base.log_prob(x).sum(axes), rtol=1e-12)
    np.testing.assert_allclose(p.entropy(), base.entropy().sum(axes), rtol=1e-12)
    np.testing.assert_array_equal(p.mean, base.mean)
    np.testing.assert_array_equal(p.variance, base.variance)


def test_it_nests(rng):
    base = Normal(np.zeros((4, 3)), 2.0)
    x = base.sample(rng=rng)
    nested, both = Independent(Independent(base, 1), 1), Independent(base, 2)
    assert nested.event_shape == both.event_shape == (4, 3)
    np.testing.assert_allclose(nested.log_prob(x), both.log_prob(x), rtol=1e-12)


def test_one_image_against_a_batch_of_distributions(rng):
    p = Independent(Bernoulli(rng.normal(size=(5, 4))), 1)
    x = np.array([0, 1, 1, 0])
    np.testing.assert_allclose(p.log_prob(x), [Independent(Bernoulli(u), 1).log_prob(x)
                                               for u in p.base.logits])
    np.testing.assert_allclose(p.log_prob([0, 1, 1, 0]), p.log_prob(x))


def test_rsample_and_sample_are_those_of_the_base(rng):
    loc = sg.Tensor(np.zeros((2, 3)), requires_grad=True)
    p = Independent(Normal(loc, 1.0), 1)
    assert p.rsample(rng=rng).requires_grad and not p.sample(rng=rng).requires_grad
    with pytest.raises(NotImplementedError):
        Independent(Bernoulli(np.zeros(3)), 1).rsample(rng=rng)


def test_gradients(rng):
    x = rng.normal(size=(4, 3))
    sg.gradcheck(lambda m, s: Independent(Normal(m, log_scale=s), 1).log_prob(x),
                 rng.normal(size=(4, 3)), rng.normal(size=3))


@pytest.mark.parametrize("n", [0, 3, -1])
def test_the_base_must_have_the_axes(n):
    with pytest.raises(sg.ShapeError, match=rf"1 <= n <= 2\n.*n = {n}"):
        Independent(Normal(np.zeros((4, 3)), 1.0), n)


def test_a_draw_of_another_shape_is_refused(rng):
    p = Independent(Bernoulli(np.zeros((6, 28, 28))), 2)
    with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., 28, 28\)\n.*got       \(6, 784"):
        p.log_prob(np.zeros((6, 784)))
    with pytest.raises(sg.ShapeError, match="axis -3 is 5 in x but 6 in batch_shape"):
        p.log_prob(np.zeros((5, 28, 28)))


@pytest.mark.parametrize("base, x", [
    (Categorical(np.zeros((2, 3))), [1, 2]), (Bernoulli(np.zeros(2)), [1, 0]),
    (Transformed(Normal(np.zeros(2), 1.0), Exp()), [1.0, 2.0]),
    (Normal(np.zeros(2, "float32"), 1.0), [1.0, 2.0])])
def test_a_list_is_a_draw_as_the_base_reads_it(base, x):
    """Whole numbers stay classes, floats take its dtype, and it needs no mean in closed form."""
    log_p = Independent(base, 1).log_prob(x)
    assert log_p == base.log_prob(x).sum() and log_p.dtype == base.log_prob(x).dtype
    with pytest.raises(sg.ShapeError, match=r"expected  \(\.\.\., 2\)"):
        Independent(base, 1).log_prob([1, 0, 1])


def test_repr_names_the_base():
    p = Independent(Normal(np.zeros((4, 3)), 1.0), 1)
    assert repr(p) == "Independent(Normal, batch_shape=(4,), event_shape=(3,))"


def test_a_distribution_says_what_it_does_not_know(rng):
    class Secret(Distribution):
        pass

    p = Secret()
    for f in (lambda: p.sample(rng=rng), lambda: p.log_prob(0.0), p.entropy, lambda: p.mean,
              lambda: p.variance):
        with pytest.raises(NotImplementedError, match="Secret has no"):
            f()
