#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""jax_rnn.py - the cases in JAX: one jitted function with lax.scan, value_and_grad, clip and Adam written out

usage: tools/bench/jax_rnn.py CASE [--threads N]        one JSON object on standard output

U x_t is one product for all steps before the scan, as JAX's users write it. Compilation is not measured. XLA sizes its thread
pool by the processors it may use; so --threads is only told, and tools/bench/peers sees to it.
"""
import os
import sys
from functools import partial

import plan

os.environ["JAX_PLATFORMS"] = "cpu"  # before JAX is imported
try:
    import jax
    import jax.numpy as jnp
except ImportError:
    print("JAX: not installed (pip install jax)", file=sys.stderr)
    sys.exit(plan.NOT_INSTALLED)

import common


def loss_of(p, x, y):
    def cell(h, from_input):
        return jnp.tanh(from_input + h @ p["W"].T), None

    last, _ = jax.lax.scan(cell, jnp.zeros((x.shape[1], p["W"].shape[0])), x @ p["U"].T + p["b"])
    return jnp.mean((last @ p["V"].T + p["c"] - y) ** 2) / 2


gradient_of = jax.jit(jax.value_and_grad(loss_of))


@partial(jax.jit, donate_argnums=(0, 1, 2))
def update(p, m, v, count, x, y):
    _, d = jax.value_and_grad(loss_of)(p, x, y)
    norm = jnp.sqrt(sum(jnp.sum(g ** 2) for g in d.values()))
    scale = jnp.minimum(1, common.CLIP_NORM / norm)
    d = {name: scale * g for name, g in d.items()}
    m = {name: common.BETA1 * m[name] + (1 - common.BETA1) * g for name, g in d.items()}
    v = {name: common.BETA2 * v[name] + (1 - common.BETA2) * g ** 2 for name, g in d.items()}
    rate, root = common.LEARNING_RATE / (1 - common.BETA1 ** count), jnp.sqrt(1 - common.BETA2 ** count)
    p = {name: p[name] - rate * m[name] / (jnp.sqrt(v[name]) / root + common.EPSILON) for name in p}
    return p, m, v


def build(parameters, x, y, threads):
    del threads
    x, y = jnp.asarray(x), jnp.asarray(y)

    def zeros():
        return {name: jnp.zeros_like(value) for name, value in parameters.items()}

    state = [{name: jnp.array(value) for name, value in parameters.items()}, zeros(), zeros()]
    count = 0.0

    def gradient():
        return jax.block_until_ready(gradient_of(state[0], x, y))

    def step():
        nonlocal count
        count += 1
        state[:] = jax.block_until_ready(update(*state, count, x, y))

    return gradient, step


if __name__ == "__main__":
    common.main("JAX", jax.__version__, build)
