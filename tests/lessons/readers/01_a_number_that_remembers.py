"""What readers may answer in lesson 01: other ways to be right, and near misses."""
import math

RIGHT = {
    "divide_rules": [lambda g, y, a, b: (g / b, -g * a / b ** 2),
                     lambda g, y, a, b: [g / b, -y * g / b]],
    "softplus_rule": [lambda g, y: g * (1 - math.exp(-y)),
                      lambda g, y: g * (math.exp(y) - 1) / math.exp(y)],
    "roads_and_rules": [lambda n: (math.prod([3] * n), 2 * (n + n))],
}

WRONG = {
    "divide_rules": [lambda g, y, a, b: (1 / b, -a / b ** 2),           # g forgotten
                     lambda g, y, a, b: (g / b, g * a / b ** 2),        # the sign
                     lambda g, y, a, b: (-g * y / b, g / b)],           # the order
    "softplus_rule": [lambda g, y: g / (1 + math.exp(-y)),              # sigmoid of y, not of x
                      lambda g, y: g * math.exp(-y),
                      lambda g, y: 1 - math.exp(-y)],
    "roads_and_rules": [lambda n: (3 ** n, 3 * n),                      # one rule for each x
                        lambda n: (3 ** n, 2 * n),                      # one for each addition
                        lambda n: (4 ** n, 4 * n),
                        lambda n: (4 * n, 3 ** n)],
}
