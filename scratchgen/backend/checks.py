"""When may an op look at the values of its arrays?"""
import threading


class _PerThread(threading.local):
    checking = False

    def __init__(self):
        self.outer = []         # what held outside of each checked() that is open


_state = _PerThread()


class checked:
    """`with checked():` values are checked on a device too (ranges, labels, positivity).

    On the host such checks always run.  On a GPU each one would wait for the device, so they run
    only where they are asked for; shapes and dtypes are checked everywhere.
    """

    def __enter__(self):
        _state.outer.append(_state.checking)
        _state.checking = True

    def __exit__(self, *exception):
        _state.checking = _state.outer.pop()


def values_are_checked(space):
    """Should an op look at the values of its arrays?  On the host; on a device if `checked()`."""
    return _state.checking or getattr(space, "on_host", False)
