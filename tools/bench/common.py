# SPDX-License-Identifier: MIT
"""common.py - the problem every framework gets, the oracle in double that checks it, and the main function of a peer

The network, its loss and its update, for one minibatch x (T,B,D), y (B,O):

  h_0 = 0,  h_t = tanh(U x_t + W h_{t-1} + b),  yhat = V h_T + c,  loss = mean over records and outputs of (yhat - y)^2 / 2
  g = exact gradient, scaled down to the norm CLIP_NORM where it is longer;  Adam with the constants below

A peer's file defines build(parameters, x, y, threads), which returns two functions that return when their work is done:
gradient() -> loss, {name: array}  and  step() (gradient, clip and Adam on the peer's own copy of the parameters).
"""
import argparse
import json
import os

import numpy as np

import plan

SEED = 20
CLIP_NORM = 0.1
LEARNING_RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def problem(shape):
    """Parameters, x and y in float32: NumPy's MT19937 stream of SEED, drawn in the order written here.

    W is orthogonal (a cyclic shift and two reflections) and U and b are small, so that the gradient neither vanishes nor
    explodes over thousands of steps: numbers below float's normal range would be measured as slow arithmetic.
    """
    uniform = np.random.RandomState(SEED).uniform
    parameters = {
        "U": 0.02 * uniform(-1, 1, (shape.H, shape.D)),
        "b": 0.01 * uniform(-1, 1, shape.H),
        "V": uniform(-1, 1, (shape.O, shape.H)) / np.sqrt(shape.H),
        "c": 0.01 * uniform(-1, 1, shape.O),
    }
    rotation = np.roll(np.eye(shape.H), 1, axis=0)
    for mirror in uniform(-1, 1, (2, shape.H)):
        rotation -= np.outer(mirror, mirror @ rotation) * (2 / (mirror @ mirror))
    parameters["W"] = rotation
    x = uniform(-1, 1, (shape.T, shape.B, shape.D))
    y = uniform(-1, 1, (shape.B, shape.O))
    return {name: p.astype(np.float32) for name, p in parameters.items()}, x.astype(np.float32), y.astype(np.float32)


def oracle_gradient(p, x, y):
    """Loss and gradient in the precision of p: back-propagation through time as the equations have it."""
    steps, batch, _ = x.shape
    h = np.zeros((steps + 1, batch, p["W"].shape[0]))
    for t in range(steps):
        h[t + 1] = np.tanh(x[t] @ p["U"].T + h[t] @ p["W"].T + p["b"])
    error = h[steps] @ p["V"].T + p["c"] - y
    d_yhat = error / error.size
    d = {name: np.zeros_like(value) for name, value in p.items()}
    d["V"], d["c"] = d_yhat.T @ h[steps], d_yhat.sum(axis=0)
    d_h = d_yhat @ p["V"]
    for t in reversed(range(steps)):
        d_z = d_h * (1 - h[t + 1] ** 2)
        d["U"] += d_z.T @ x[t]
        d["W"] += d_z.T @ h[t]
        d["b"] += d_z.sum(axis=0)
        d_h = d_z @ p["W"]
    return (error ** 2).mean() / 2, d


def oracle_first_step(p, d):
    """Parameters after the first clipped Adam update from zero moments."""
    norm = np.sqrt(sum((value ** 2).sum() for value in d.values()))
    scale = min(1, CLIP_NORM / norm)
    corrected = {name: scale * value for name, value in d.items()}  # m / (1 - beta1) and, squared, v / (1 - beta2)
    return {name: p[name] - LEARNING_RATE * g / (np.abs(g) + EPSILON) for name, g in corrected.items()}


def relative(value, expected):
    return float(np.linalg.norm(np.subtract(value, expected)) / np.linalg.norm(expected))


def deviations(parameters, x, y, loss, gradient, loss_after_step):
    """How far a peer is from the oracle: relative, the gradient's for the worst of its tensors."""
    p = {name: value.astype(np.float64) for name, value in parameters.items()}
    x, y = x.astype(np.float64), y.astype(np.float64)
    expected_loss, expected = oracle_gradient(p, x, y)
    expected_after, _ = oracle_gradient(oracle_first_step(p, expected), x, y)
    return {
        "loss": relative(loss, expected_loss),
        "gradient": max(relative(gradient[name], expected[name]) for name in expected),
        "loss_after_step": relative(loss_after_step, expected_after),
    }


def loaded_blas():
    """Which BLAS libraries this process has loaded, as far as the system tells (Linux)."""
    try:
        paths = {line.split()[-1] for line in open("/proc/self/maps") if "/" in line}
    except OSError:
        return []
    names = {os.path.basename(path) for path in paths}
    return sorted(name for name in names if "blas" in name or "mkl" in name or "blis" in name)


def print_result(peer, version, threads, case, precision, times, check):
    """The one JSON object that tools/bench/peers reads."""
    check = {**check, "passed": bool(max(check.values()) <= plan.TOLERANCE)}
    print(json.dumps({"peer": peer, "version": version, "threads": threads, "case": case, "precision": precision, **times,
                      "gradient_check": check, "blas": loaded_blas()}))


def argument_parser(description, cases):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("case", choices=list(cases))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser


def main(peer, version, build):
    """Check one case, measure it, print the result."""
    arguments = argument_parser(f"measure one case with {peer}", plan.CASES).parse_args()
    parameters, x, y = problem(plan.CASES[arguments.case])
    gradient, step = build(parameters, x, y, arguments.threads)

    loss, d = gradient()
    loss, d = float(loss), {name: np.array(value) for name, value in d.items()}
    step()
    loss_after_step = float(gradient()[0])

    alone, whole = plan.measure(gradient), plan.measure(step)
    times = {**whole, "gradient_ms_median": alone["ms_median"], "gradient_ms_spread": alone["ms_spread"]}
    check = deviations(parameters, x, y, loss, d, loss_after_step)
    print_result(peer, version, arguments.threads, arguments.case, "float32", times, check)
