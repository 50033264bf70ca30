"""Solutions of lesson 01, a number that remembers."""
import math


def divide_rules(g, y, a, b):
    """y = a / b, so dy/da = 1 / b and dy/db = -a / b^2 = -y / b.

    The output is at hand, so the second rule costs one multiplication and one division more than
    nothing: there is no need to square b.
    """
    return g / b, -g * y / b


def softplus_rule(g, y):
    """dy/dx = exp(x) / (1 + exp(x)), and exp(y) = 1 + exp(x), so dy/dx = 1 - exp(-y).

    For small y that is a difference of two numbers near 1; -expm1(-y) is the same without the loss
    of digits.  A rule that needs only the output lets the engine forget the input.
    """
    return g * -math.expm1(-y)


def roads_and_rules(n):
    """Each round offers three ways to go on, so there are 3^n roads.

    x + x + x is two additions of two inputs each, so each round applies four rules: 4 n in all.
    At n = 40 that is 160 rules for twelve million million million roads.
    """
    return 3 ** n, 4 * n
