"""Every thread has its own recording, its own backend, its own enclosing transforms."""
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import scratchgen as sg
from scratchgen import Tensor, ops
from tests.support import strict_arrays

X = np.array([0.3, -1.2, 2.0])


def in_another_thread(f):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(f).result()


def test_no_grad_is_per_thread():
    x = Tensor(X, requires_grad=True)
    with sg.no_grad():
        assert in_another_thread(lambda: (x * 2).requires_grad)
        assert not (x * 2).requires_grad

    def stop():
        with sg.no_grad():
            inside.set()
            leave.wait(10)
    inside, leave = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(stop)
        inside.wait(10)
        assert (x * 2).requires_grad
        leave.set()
        done.result()


def test_the_choice_of_a_backend_is_per_thread(monkeypatch):
    from scratchgen.backend import choice
    monkeypatch.setattr(choice, "_load", lambda name: {"strict": strict_arrays.SPACE}.get(
        name, sg.backend.NAMESPACES[np.ndarray]))
    with sg.backend.use("strict"):
        assert type(Tensor([1.0]).data) is not np.ndarray
        assert in_another_thread(lambda: type(Tensor([1.0]).data)) is np.ndarray
    assert type(Tensor([1.0]).data) is np.ndarray


def test_a_transform_that_ends_in_another_thread_changes_nothing_here():
    """Begun there, begun here, ended there: the inner gradient still sees the outer variable."""
    begun_there, begun_here, ended_there = threading.Event(), threading.Event(), threading.Event()

    def there(x):
        begun_there.set()
        begun_here.wait(10)
        return x * x

    def here(x):
        begun_here.set()
        ended_there.wait(10)
        return sg.grad(lambda y: x * y)(2.0)

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(sg.grad(there), 1.0)
        done.add_done_callback(lambda _: ended_there.set())
        begun_there.wait(10)
        assert sg.grad(here)(3.0) == 1.0
        assert done.result() == 2.0


def test_nested_gradients_in_eight_threads():
    """8 threads x 300 gradients of gradients, each against calculus: not one is wrong."""
    def f(x, a):
        return a * x * x * x + sg.grad(lambda y: ops.sin(x * y))(x)     # a x^3 + x cos(x^2)

    def work(seed):
        rng, wrong = np.random.default_rng(seed), 0
        for k in range(300):
            x, a = rng.uniform(0.5, 1.5, 2)
            if k % 3 == 0:
                with sg.no_grad():
                    y = sg.grad(f)(x, a)
            else:
                y = sg.grad(f)(Tensor(x, requires_grad=True), a).item()
            exact = 3 * a * x ** 2 + np.cos(x ** 2) - 2 * x ** 2 * np.sin(x ** 2)
            wrong += not abs(y - exact) < 1e-12
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [0] * 8


def test_backward_of_one_graph_in_many_threads():
    """Threads may share constants and run their own graphs over the same weights."""
    w = Tensor(X)

    def work(scale):
        x = Tensor(X * scale, requires_grad=True)
        for _ in range(100):
            x.zero_grad()
            ops.sum(ops.tanh(x * w) * x).backward()
        t = np.tanh(x.data * X)
        return np.abs(x.grad - (t + x.data * X * (1 - t * t))).max()

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(1, 9))) < 1e-14


def test_numbers_of_tensors_are_unique_across_threads():
    def make(_):
        return [Tensor(0.0).order for _ in range(500)]

    with ThreadPoolExecutor(8) as pool:
        orders = [order for chunk in pool.map(make, range(8)) for order in chunk]
    assert len(set(orders)) == len(orders)
