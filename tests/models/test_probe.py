"""linear_probe: what can be read off features by a line, and nothing that cannot."""
import numpy as np
import pytest

import scratchgen as sg
from scratchgen import nn, ops
from scratchgen.models import dcgan, linear_probe


def rings(n, rng):
    """Points of two circles around the origin, (n, 2, 1), and which: no line tells them apart."""
    y, angle = np.arange(n) % 2, rng.uniform(0, 2 * np.pi, n)
    points = (1 + y)[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points[..., None].astype(np.float32), y


def radius(x):
    return ops.sum(ops.square(x), axis=1)


def test_it_finds_what_a_line_can_tell_apart_and_nothing_else(rng):
    train, test = rings(400, rng), rings(400, rng)
    plain, better = linear_probe(None, train, test, rng=0), linear_probe(radius, train, test, rng=0)
    assert abs(plain.value - 0.5) < 5 * plain.standard_error
    assert better.value > 0.99 and better.standard_error < 0.01


def test_the_test_part_is_the_one_that_counts(rng):
    """Labels at random can be learned by heart, from enough features, and are not known then."""
    x = rng.random((60, 200), np.float32)
    y = rng.integers(2, size=60)
    assert linear_probe(None, (x, y), (x, y), rng=0).value == 1
    other = rng.random((400, 200), np.float32), rng.integers(2, size=400)
    found = linear_probe(None, (x, y), other, rng=0)
    assert abs(found.value - 0.5) < 5 * found.standard_error


@pytest.mark.parametrize("factor, offset", [(1e-3, 0), (1, 5), (1e3, -700)])
def test_scale_and_offset_of_the_features_do_not_matter(factor, offset, rng):
    train, test = rings(200, rng), rings(200, rng)
    found = linear_probe(lambda x: factor * radius(x) + offset, train, test, rng=0)
    assert found.value == linear_probe(radius, train, test, rng=0).value > 0.99


def test_features_are_constant_and_come_in_parts(rng):
    gan, x = dcgan((6, 5), 2, 2, rng=0).eval(), rng.random((1203, 6, 5), np.float32)
    seen, before = [], gan.state_dict()

    def features(part):
        seen.append(part.shape[0])
        return gan.discriminator.features(part)
    y = rng.integers(3, size=1203)
    linear_probe(features, (x, y), (x[:7], y[:7]), epochs=1, rng=0)
    assert seen == [500, 500, 203, 7]
    assert all(np.array_equal(a, before[name]) for name, a in gan.state_dict().items())
    assert all(p.grad is None for p in gan.parameters())


def test_features_that_say_nothing(rng):
    train = rng.random((90, 4), np.float32), np.repeat([0, 1, 1], 30)
    assert linear_probe(lambda x: 0 * x, train, train, rng=0).value == pytest.approx(2 / 3)


def test_numbers_of_any_kind(rng):
    """Pixels in bytes, features in half precision beyond its squares, and a double network."""
    x, y = rng.integers(0, 9, (60, 4), np.uint8), np.arange(60) % 2
    x[:, 0] = 250 * y
    found = [linear_probe(None, (part, y), (part, y), rng=0).value
             for part in (x, x.astype(np.float16), x.astype(float), x.astype(np.float32).tolist())]
    assert found == [1.0] * 4


def test_what_is_refused(rng):
    x, y = rng.random((20, 4), np.float32), np.arange(20) % 2
    for train, test, message in ((x[:0], x, "no examples"), (x, x[:, :2], "4 numbers an example"),
                                 (x * np.nan, x, "finite"), (x, x * np.inf, "finite")):
        with pytest.raises(ValueError, match=message):
            linear_probe(None, (train, y[:len(train)]), (test, y), rng=0)


def test_on_every_backend(xp_backend, rng):
    train, test = rings(60, rng), rings(40, rng)
    with sg.backend.use("numpy"):
        expected = linear_probe(nn.Linear(2, 5, activation="square", rng=0).eval(), *(
            (x[..., 0], y) for x, y in (train, test)), epochs=5, rng=0)
    here = [(xp_backend.asarray(x[..., 0]), xp_backend.asarray(y)) for x, y in (train, test)]
    found = linear_probe(nn.Linear(2, 5, activation="square", rng=0), *here, epochs=5, rng=0)
    assert found.value == expected.value
