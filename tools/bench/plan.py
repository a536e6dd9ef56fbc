# SPDX-License-Identifier: MIT
"""plan.py - what is measured and how; the one part that tools/bench/peers and the peers share and that needs no NumPy

Shape alphabet as in include/rnn_cl.h: B records a minibatch, T steps, D inputs a step, H hidden units, O outputs.
"""
import collections
import statistics
import time

Shape = collections.namedtuple("Shape", "B T D H O")

CASES = {
    "article": Shape(B=100, T=50, D=1, H=100, O=1),
    "wide": Shape(B=256, T=50, D=64, H=1024, O=1),
    "online": Shape(B=1, T=50, D=1, H=100, O=1),
    "long": Shape(B=100, T=2000, D=1, H=100, O=1),
}
ARTICLE_EPOCH = "article-epoch"  # one epoch of the article's own algorithm: two looks at the losses, 100 updates

TOLERANCE = 1e-4  # largest relative deviation from the double oracle that still counts as the same work
MIN_RUNS = 7
MIN_SECONDS = 2.0
WARM_UP_RUNS = 2
NOT_INSTALLED = 69  # exit code of a peer whose modules are missing; the reason is its last line on standard error


def summary(seconds):
    """Median in milliseconds, and the distance of the 10 % and 90 % quantiles as a share of it."""
    tenths = statistics.quantiles(seconds, n=10, method="inclusive")
    median = statistics.median(seconds)
    return {"ms_median": 1e3 * median, "ms_spread": (tenths[8] - tenths[0]) / median, "runs": len(seconds)}


def measure(run):
    """Call run() until it is warm, then at least MIN_RUNS times and for MIN_SECONDS; run() returns when its work is done."""
    for _ in range(WARM_UP_RUNS):
        run()
    seconds = []
    while len(seconds) < MIN_RUNS or sum(seconds) < MIN_SECONDS:
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return summary(seconds)
