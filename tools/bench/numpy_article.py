#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""numpy_article.py - the article's own algorithm in NumPy, record by record and step by step, in double

usage: tools/bench/numpy_article.py article-epoch [--threads N] [--needed]        one JSON object on standard output

An epoch looks at the loss of 100 training and 50 validation records, then updates the weights after each training record.
The article computes terms that nothing reads (the slope of the sigmoid, what flows back through W and U); so does this file,
unless --needed leaves them out. Its check compares the losses of the first two epochs with those the article prints.
"""
import sys

import plan

try:
    import numpy as np
except ImportError:
    print("NumPy: not installed (apt-get install python3-numpy or pip install numpy)", file=sys.stderr)
    sys.exit(plan.NOT_INSTALLED)

import common

SEED, RECORDS, VAL_RECORDS, T, H = 42, 100, 50, 50, 100
LEARNING_RATE, TRUNCATE, CLIP = 1e-4, 5, 10.0
PRINTED = ((101185.61756671, 50591.0340148), (61205.46869629, 30601.34535365))  # loss, validation loss of epochs 1 and 2


def one_hot(record, t):
    """Step t's input at its own place of a vector that is zero elsewhere."""
    place = np.zeros((T, 1))
    place[t] = record[t]
    return place


def forward(U, W, V, record):
    """States before and after every step, and the last step's prediction; the article predicts at every step."""
    states = [np.zeros((H, 1))]
    for t in range(T):
        z = U @ one_hot(record, t) + W @ states[-1]
        states.append(1 / (1 + np.exp(-z)))
        prediction = V @ states[-1]
    return states, z, prediction


def loss_of(U, W, V, records, targets):
    return float(sum((target - forward(U, W, V, record)[2]) ** 2 / 2 for record, target in zip(records, targets))[0, 0])


def clamp(total):
    """As the article does it: looks first, writes only where something is too long."""
    if total.max() > CLIP:
        total[total > CLIP] = CLIP
    if total.min() < -CLIP:
        total[total < -CLIP] = -CLIP


def update(U, W, V, record, target, needed):
    """One record's forward pass, its totals and its step; U, W and V change in place."""
    states, z, prediction = forward(U, W, V, record)
    error = prediction - target
    d_U, d_W, d_V = np.zeros_like(U), np.zeros_like(W), np.zeros_like(V)
    sum_U, sum_W = np.zeros_like(U), np.zeros_like(W)
    for t in range(T):
        if not needed:
            from_error = V.T @ error
            back = W.T @ (z * (1 - z) * from_error)
        for _ in range(min(t, TRUNCATE)):
            if not needed:
                flow = z * (1 - z) * (from_error + back)
                back, _ = W.T @ flow, U.T @ flow
            sum_U += U @ one_hot(record, t)
            sum_W += W @ states[t]
        d_V += error @ states[t + 1].T
        d_U += sum_U
        d_W += sum_W
        for total in (d_U, d_V, d_W):
            clamp(total)
    for weights, total in ((U, d_U), (V, d_V), (W, d_W)):
        weights -= LEARNING_RATE * total


def main():
    parser = common.argument_parser("measure one epoch of the article's algorithm", [plan.ARTICLE_EPOCH])
    parser.add_argument("--needed", action="store_true", help="leave out the terms that nothing reads")
    arguments = parser.parse_args()

    wave = np.sin(np.arange(200.0))
    records = np.array([wave[i:i + T, np.newaxis] for i in range(RECORDS + VAL_RECORDS)])
    targets = wave[T:]
    train, val = slice(0, RECORDS), slice(RECORDS, None)
    uniform = np.random.RandomState(SEED).uniform
    U, W, V = uniform(0, 1, (H, T)), uniform(0, 1, (H, H)), uniform(0, 1, (1, H))
    losses = []

    def epoch():
        losses.append([loss_of(U, W, V, records[part], targets[part]) for part in (train, val)])
        for record, target in zip(records[train], targets[train]):
            update(U, W, V, record, target, arguments.needed)

    times = plan.measure(epoch)
    peer = "NumPy, needed terms" if arguments.needed else "NumPy, the article"
    check = {"losses": common.relative(losses[:len(PRINTED)], PRINTED)}
    common.print_result(peer, np.__version__, arguments.threads, arguments.case, "float64", times, check)


if __name__ == "__main__":
    main()
