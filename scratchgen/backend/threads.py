"""How many threads linear algebra may use."""


def limit_threads(n):
    """Let matrix products use at most n threads from now on, or `with limit_threads(n):` for a
    while.

    The matrices of small networks gain nothing from a second thread, and on a busy machine they
    lose a great deal: the threads of a product wait for each other in a loop, and a wait for one
    that has no core is long.  n = 0 leaves things as they are (by default one thread a core).  The
    rounding of a product may depend on the number, so runs that shall agree bit for bit use the
    same one.
    """
    from threadpoolctl import threadpool_limits
    if n < 0:
        raise ValueError(f"limit_threads: a number of threads, or 0 for no limit, got {n}")
    return threadpool_limits(limits=n or None, user_api="blas")
