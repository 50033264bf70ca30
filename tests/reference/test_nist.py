"""Statistical Reference Datasets of NIST: certified answers to nonlinear least squares.

For y_i = f(x_i; b) + noise, fitted by least squares, the standard deviation of parameter j is

    sd_j = s sqrt([(J^T J)^-1]_jj),      s^2 = RSS / (n - p),      J_ij = df(x_i; b) / db_j.

Nothing is fitted here. At the certified parameters the engine's Jacobian must give the certified
standard deviations, and a Newton step, from the engine's gradient and Hessian, must go nowhere.

Data and certified values, to 11 digits: NIST StRD, nonlinear regression, files Misra1a.dat,
DanWood.dat, Rat42.dat and MGH09.dat, https://www.itl.nist.gov/div898/strd (public domain).
"""
import math

import numpy as np
import pytest

import scratchgen as sg
from scratchgen import ops

SETS = {
    # Misra (1978): monomolecular adsorption. Volume against pressure.
    "Misra1a": {
        "model": lambda b, x: b[0] * (1 - ops.exp(-b[1] * x)),
        "x": [77.6, 114.9, 141.1, 190.8, 239.9, 289.0, 332.8, 378.4, 434.8, 477.3, 536.8, 593.1,
              689.1, 760.0],
        "y": [10.07, 14.73, 17.94, 23.93, 29.61, 35.18, 40.02, 44.82, 50.76, 55.05, 61.01, 66.40,
              75.47, 81.78],
        "b": [2.3894212918e+02, 5.5015643181e-04],
        "sd": [2.7070075241e+00, 7.2668688436e-06],
        "rss": 1.2455138894e-01,
    },
    # Daniel and Wood (1980): energy radiated by a carbon filament against its temperature.
    "DanWood": {
        "model": lambda b, x: b[0] * x ** b[1],
        "x": [1.309, 1.471, 1.490, 1.565, 1.611, 1.680],
        "y": [2.138, 3.421, 3.597, 4.340, 4.882, 5.660],
        "b": [7.6886226176e-01, 3.8604055871e+00],
        "sd": [1.8281973860e-02, 5.1726610913e-02],
        "rss": 4.3173084083e-03,
    },
    # Ratkowsky (1983): a sigmoid. Yield of pasture against time.
    "Rat42": {
        "model": lambda b, x: b[0] / (1 + ops.exp(b[1] - b[2] * x)),
        "x": [9.0, 14.0, 21.0, 28.0, 42.0, 57.0, 63.0, 70.0, 79.0],
        "y": [8.93, 10.80, 18.59, 22.33, 39.35, 56.11, 61.73, 64.62, 67.08],
        "b": [7.2462237576e+01, 2.6180768402e+00, 6.7359200066e-02],
        "sd": [1.7340283401e+00, 8.8295217536e-02, 3.4465663377e-03],
        "rss": 8.0565229338e+00,
    },
    # Kowalik and Osborne (1968): an enzyme reaction, a quotient of quadratics.
    "MGH09": {
        "model": lambda b, x: b[0] * (x ** 2 + x * b[1]) / (x ** 2 + x * b[2] + b[3]),
        "x": [4.0, 2.0, 1.0, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625],
        "y": [0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235,
              0.0246],
        "b": [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01],
        "sd": [1.1435312227e-02, 1.9633220911e-01, 8.0842031232e-02, 9.0025542308e-02],
        "rss": 3.0750560385e-04,
    },
}


@pytest.fixture(params=SETS)
def problem(request):
    return {name: value if callable(value) else np.array(value)
            for name, value in SETS[request.param].items()}


def predictions(problem):
    return lambda b: problem["model"](b, problem["x"])


def squares(problem):
    """RSS(b) = sum_i (y_i - f(x_i; b))^2"""
    return lambda b: ops.sum(ops.square(problem["y"] - predictions(problem)(b)))


def test_residual_sum_of_squares(problem):
    np.testing.assert_allclose(squares(problem)(problem["b"]), problem["rss"], rtol=1e-10)


def test_standard_deviations_from_the_jacobian(problem):
    n, p = len(problem["y"]), len(problem["b"])
    J = sg.jacobian(predictions(problem))(problem["b"])
    assert J.shape == (n, p)
    s = math.sqrt(problem["rss"] / (n - p))
    sd = s * np.sqrt(np.diag(np.linalg.inv(J.T @ J)))
    np.testing.assert_allclose(sd, problem["sd"], rtol=2e-10)


def test_a_newton_step_from_the_certified_parameters_goes_nowhere(problem):
    rss = squares(problem)
    step = np.linalg.solve(sg.hessian(rss)(problem["b"]), sg.grad(rss)(problem["b"]))
    np.testing.assert_allclose(step / problem["b"], 0, atol=1e-10)


def test_the_hessian_is_that_of_gauss_and_newton_plus_the_curvature_of_the_model(problem):
    """H = 2 J^T J - 2 sum_i r_i Hessian(f_i), each part from another transform."""
    f, b = predictions(problem), problem["b"]
    J = sg.jacobian(f)(b)
    residuals = problem["y"] - f(b)
    curvature = sg.jacobian(sg.grad(lambda c: ops.sum(residuals * f(c))))(b)
    expected = 2 * J.T @ J - 2 * curvature
    H = sg.hessian(squares(problem))(b)
    np.testing.assert_allclose(H, expected, rtol=1e-9, atol=1e-12 * np.abs(H).max())
