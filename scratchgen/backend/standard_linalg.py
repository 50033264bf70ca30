"""Linear algebra in array-API functions alone."""


def solve_triangular(xp, a, b, lower=True):
    """x with a x = b for triangular a: substitution, by halves.   (..., N, N), (..., N, K) -> as b

        [ L11   0  ] [x1]   [b1]         x1 = L11^-1 b1
        [ L21  L22 ] [x2] = [b2]   =>    x2 = L22^-1 (b2 - L21 x1)

    Only the triangle in question is read.  A zero on the diagonal gives infinities, as division
    does.
    """
    n = a.shape[-1]
    if n == 0:
        return b
    if n == 1:
        return b / a
    upper_half, lower_half = slice(0, n // 2), slice(n // 2, n)
    known, left = (upper_half, lower_half) if lower else (lower_half, upper_half)
    x1 = solve_triangular(xp, a[..., known, known], b[..., known, :], lower)
    b2 = b[..., left, :] - xp.matmul(a[..., left, known], x1)
    x2 = solve_triangular(xp, a[..., left, left], b2, lower)
    return xp.concat((x1, x2) if lower else (x2, x1), axis=-2)
