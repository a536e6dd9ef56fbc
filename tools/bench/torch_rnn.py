#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""torch_rnn.py - the cases in PyTorch: nn.RNN, nn.Linear on its last state, autograd, clip_grad_norm_, Adam

usage: tools/bench/torch_rnn.py CASE [--threads N]        one JSON object on standard output

nn.RNN has two biases that are added to each other; the second stays zero and is not trained, since it is one parameter more
than the others train. Adam is the fused one where this version has it for CPUs.
"""
import sys

import plan

try:
    import numpy  # noqa: F401
    import torch
except ImportError:
    print("PyTorch: not installed (apt-get install python3-torch or pip install torch numpy)", file=sys.stderr)
    sys.exit(plan.NOT_INSTALLED)

import common


def adam(trained):
    settings = {"lr": common.LEARNING_RATE, "betas": (common.BETA1, common.BETA2), "eps": common.EPSILON}
    try:
        return torch.optim.Adam(trained, fused=True, **settings)
    except (TypeError, RuntimeError):  # before 2.4: no such argument, or for CUDA only
        return torch.optim.Adam(trained, **settings)


def build(parameters, x, y, threads):
    torch.set_num_threads(threads)
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    hidden, inputs = parameters["U"].shape
    rnn = torch.nn.RNN(inputs, hidden, nonlinearity="tanh")
    linear = torch.nn.Linear(hidden, parameters["V"].shape[0])
    trained = {"U": rnn.weight_ih_l0, "W": rnn.weight_hh_l0, "b": rnn.bias_ih_l0, "V": linear.weight, "c": linear.bias}
    with torch.no_grad():
        rnn.bias_hh_l0.zero_().requires_grad_(False)
        for name, tensor in trained.items():
            tensor.copy_(torch.from_numpy(parameters[name]))
    optimizer = adam(list(trained.values()))

    def gradient():
        optimizer.zero_grad(set_to_none=True)
        states, _ = rnn(x)
        loss = torch.nn.functional.mse_loss(linear(states[-1]), y) / 2
        loss.backward()
        return loss.detach(), {name: tensor.grad for name, tensor in trained.items()}

    def step():
        gradient()
        torch.nn.utils.clip_grad_norm_(trained.values(), common.CLIP_NORM)
        optimizer.step()

    return gradient, step


if __name__ == "__main__":
    common.main("PyTorch", torch.__version__, build)
