#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""golden.py - figures for tests/golden/, made by programs that share no code with rnn_cl

usage: tools/golden.py [--out DIR] [elman] [gated] [stacks] [every] [training] [mt19937] [article] [npy]        (all unless named)

Needs NumPy, and PyTorch for the networks. Only whoever adds a cell or a figure runs this; the tests read what it wrote.
Reals are written so that reading them gives the same double (Python's repr: at most 17 digits); arrays are flat and
row-major; the shape alphabet is that of include/rnn_cl.h. Each JSON file starts with "made_with" (versions, command).

elman.json      one-layer networks in double, loss = mean over records and outputs of (yhat - y)^2 / 2
  cases[]       name, activation ("sigmoid" | "tanh" | "relu"), T, B, D, H, O, per_step, bias, truncate (0 = all steps),
                U (H,D), or (H,T*D) with column t*D+d where per_step; W (H,H), b (H), V (O,H), c (O), b and c only
                where bias; x (T,B,D), y (B,O), yhat (B,O), loss, d_U d_W d_b d_V d_c. h(0) = 0. Parameters, x and y
                are multiples of 1/1024, hence the same numbers in float.
  curves[]      name, case (index into cases), optimizer ("sgd" | "momentum" | "adam"), learning_rate, momentum, beta1,
                beta2, epsilon, clip_value, clip_norm (0 = none), loss (10: before each update, always the whole batch),
                clipped (updates that a clip changed), final_U final_W final_b final_V final_c after the 10th update
  Witnesses: tanh and relu are torch.nn.RNN's cell, sigmoid a step loop under autograd, held here against that cell
  through sigmoid(z) = (1 + tanh(z/2)) / 2. Per-step weights enter torch.nn.RNN as the article has them: step t's input
  at its own place of a vector that is zero elsewhere. The updates are torch.optim's. Clipping is written out, since
  torch.nn.utils.clip_grad_norm_ divides by norm + 1e-6 and we by the norm.

training.json   torch.optim's updates on gradients that are given, and torch.nn's losses, in double
  updates[]     optimizer ("sgd" | "momentum" | "nesterov" | "rmsprop" | "adam" | "adamw"), learning_rate, momentum, rho, beta1,
                beta2, epsilon, weight_decay, start (11), gradient (5 x 11), params (5 x 11): after each update
  losses[]      loss ("mse" | "mae" | "huber" | "quantile"), delta, quantiles (one, nothing said by it, but for quantile), B,
                targets, y (B,targets), yhat (B,targets * quantiles), mean, d_yhat: gradient of the mean
  Numbers that are given are multiples of 1/1024. mse is half of torch.nn.MSELoss. The quantile loss, which torch.nn lacks, is
  written by its definition, max(q (y - yhat), (q - 1) (y - yhat)), under autograd.

gated.json      likewise for GRU and LSTM: "cell" of a case is "gru" | "lstm", its U (G*H,..), W (G*H,H), b (G*H) have PyTorch's
                gates (r z n; i f g o) one behind the other, and a GRU's b_hn (H) is the last third of PyTorch's bias_hh, whose other two
                are 0 here, as all of the LSTM's
  Witnesses: torch.nn.GRU's and torch.nn.LSTM's cells, held here against their equations written out under autograd.

stacks.json     likewise for two layers of each cell: "layers" of a case is 2, and U1 W1 b1 b_hn1 belong to the second, whose inputs are the
                first's states. Witnesses: num_layers of torch.nn.RNN, GRU and LSTM, held against the equations; sigmoid has these alone.

every.json      likewise with the loss at every step that the gradient flows through: "every" of a case is true, y and yhat are (E,B,O) with
                E = truncate, or T where that is 0. Witnesses: the outputs of torch.nn.RNN, GRU and LSTM, held against the equations.

mt19937.json    doubles of numpy.random.RandomState(seed).random_sample(): index[], streams[] of seed and value[],
                one value for each index

article.json    the article's program in NumPy, statement for statement where a statement has an effect
  runs[]        seed, epochs, loss[], val_loss[] (before each epoch's updates, as it prints them), and after a full run
                rmse: window (its way of predicting: U x at every step) and step (its way of training: U[:,t] x_t),
                each on train and val
  Epochs 1 to 5 hold to the article's eight decimals. From epoch 6 on the run hovers around a clamp that amplifies the
  last bit of every sum, so those digits belong to the order of summation of the BLAS named in the file and to no other.

npy             numpy_f8.npy, numpy_f4.npy (60,2) as numpy.save writes them, and numpy.csv with the same numbers
"""
import argparse
import ctypes
import json
import math
import os
import pathlib
import sys
import textwrap

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[variable] = "1"  # before NumPy loads its BLAS: one thread, one order of summation

import numpy as np  # noqa: E402

GRID = 1024
STEPS = 10


# ---- Writing ---------------------------------------------------------------------------------------------------------

def text_of(value, indent=0, before=0):
    """JSON with short things on one line and long arrays of numbers folded, so that a diff shows what changed."""
    line = json.dumps(value, allow_nan=False)
    if indent + before + len(line) < 120:
        return line
    pad, end = " " * (indent + 2), " " * indent
    if isinstance(value, dict):
        names = [json.dumps(key) + ": " for key in value]
        body = [pad + name + text_of(item, indent + 2, len(name)) for name, item in zip(names, value.values())]
        return "{\n" + ",\n".join(body) + "\n" + end + "}"
    if isinstance(value, list) and isinstance(value[0], (dict, list)):
        return "[\n" + ",\n".join(pad + text_of(item, indent + 2) for item in value) + "\n" + end + "]"
    if isinstance(value, list):
        return "[\n" + textwrap.fill(line[1:-1], 120, initial_indent=pad, subsequent_indent=pad) + "\n" + end + "]"
    return line


def write_json(folder, name, made_with, content):
    command = {"command": f"python3 tools/golden.py {name}", "python": sys.version.split()[0], "numpy": np.__version__}
    path = folder / f"{name}.json"
    path.write_text(text_of({"made_with": {**command, **made_with}, **content}) + "\n")
    print(f"{path}: {path.stat().st_size} bytes")


# ---- elman.json ------------------------------------------------------------------------------------------------------

def draw(torch, generator, shape, bound):
    """Uniform in [-bound, bound], on the grid."""
    reals = (torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1) * bound
    return torch.round(reals * GRID) / GRID


def make_case(torch, kind, shape, per_step, bias, truncate, seed, layers=1, every=False):
    """kind: an activation of the Elman cell, or another cell."""
    T, B, D, H, O = shape
    g = torch.Generator().manual_seed(seed)
    columns = T * D if per_step else D
    rows = GATES.get(kind, 1) * H
    cell = {"cell": kind} if kind in GATES else {}
    if layers > 1:
        cell["layers"] = layers
    if every:
        cell["every"] = True
    case = {"name": f"{kind}{f' layers={layers}' if layers > 1 else ''}{' every' if every else ''} T={T} B={B} D={D} H={H} O={O}{' per-step' if per_step else ''}"
                    f"{' bias' if bias else ''} truncate={truncate}",
            **cell, "activation": "sigmoid" if kind in GATES else kind, "T": T, "B": B, "D": D, "H": H, "O": O,
            "per_step": per_step, "bias": bias, "truncate": truncate}
    params = {"U": draw(torch, g, (rows, columns), 1.0), "W": draw(torch, g, (rows, H), 1.5 / math.sqrt(H)),
              "b": draw(torch, g, (rows,), 0.5), "V": draw(torch, g, (O, H), 1.0), "c": draw(torch, g, (O,), 0.5)}
    if kind == "gru":
        params["b_hn"] = draw(torch, g, (H,), 0.5)
    if layers > 1:
        params |= {"U1": draw(torch, g, (rows, H), 1.5 / math.sqrt(H)), "W1": draw(torch, g, (rows, H), 1.5 / math.sqrt(H)),
                   "b1": draw(torch, g, (rows,), 0.5)}
        if kind == "gru":
            params["b_hn1"] = draw(torch, g, (H,), 0.5)
    if not bias:
        params = {name: value for name, value in params.items() if name[0] not in "bc"}
    asked = (truncate or T, B, O) if every else (B, O)
    return case, params, draw(torch, g, (T, B, D), 2.0), draw(torch, g, asked, 1.5)


def framework_state(torch, nonlinearity, U, W, b, x, start, truncate):
    """h(T) (B,H) by what torch.nn.RNN runs, x (T,B,columns); gradient through the last `truncate` steps (0 = all)."""
    run = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu}[nonlinearity]
    weights = [U, W, b, torch.zeros_like(b)]  # it has a second bias, of W

    def steps(some, h):
        return run(some, h, weights, has_biases=True, num_layers=1, dropout=0.0, train=True, bidirectional=False,
                   batch_first=False)[1]

    h = start.unsqueeze(0)
    cut = x.shape[0] - truncate if truncate else 0
    if cut > 0:
        h = steps(x[:cut], h).detach()
    return steps(x[cut:], h)[0]


def loop_state(torch, U, W, b, x, start, truncate):
    """The same with a sigmoid, which torch.nn.RNN does not have."""
    h = start
    for t in range(x.shape[0]):
        if truncate and t == x.shape[0] - truncate:
            h = h.detach()
        h = torch.sigmoid(x[t] @ U.T + h @ W.T + b)
    return h


def spread(torch, x):
    """(T,B,D) -> (T,B,T*D): step t's input in columns t*D.., zero elsewhere, so U's columns are per-step weights."""
    T, B, D = x.shape
    wide = torch.zeros(T, B, T * D, dtype=x.dtype)
    for t in range(T):
        wide[t, :, t * D:(t + 1) * D] = x[t]
    return wide


GATES = {"gru": 3, "lstm": 4}


def layers_of(torch, case, params):
    """U, W, b, b_hn of each layer; zeros for biases that are not there."""
    H, rows = case["H"], GATES.get(case.get("cell"), 1) * case["H"]
    zeros = {"b": torch.zeros(rows, dtype=torch.float64), "b_hn": torch.zeros(H, dtype=torch.float64)}
    return [[params.get(name + suffix, zeros.get(name)) for name in ("U", "W", "b", "b_hn")]
            for suffix in ("", "1")[:case.get("layers", 1)]]


def module_state(torch, case, params, x):
    """h(T) (B,H) of the last layer, or h of the steps that are asked (E,B,H), by what torch.nn.RNN, GRU or LSTM runs; gradient through the
    last `truncate` steps (0 = all)."""
    cell, H, layers = case.get("cell"), case["H"], layers_of(torch, case, params)
    weights = []
    for U, W, b, b_hn in layers:
        weights += [U, W, b, torch.cat([torch.zeros(2 * H, dtype=b.dtype), b_hn]) if cell == "gru" else torch.zeros_like(b)]
    h = torch.zeros(len(layers), x.shape[1], H, dtype=torch.float64)
    state = (h, h) if cell == "lstm" else h

    def steps(some, state):
        run = {"gru": torch.gru, "lstm": torch.lstm, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu}
        out = run[cell or case["activation"]](some, state, weights, has_biases=True, num_layers=len(layers), dropout=0.0,
                                              train=True, bidirectional=False, batch_first=False)
        return out[0], out[1:] if cell == "lstm" else out[1]

    cut = x.shape[0] - case["truncate"] if case["truncate"] else 0
    if cut > 0:
        state = steps(x[:cut], state)[1]
        state = tuple(part.detach() for part in state) if cell == "lstm" else state.detach()
    outputs, state = steps(x[cut:], state)
    if case.get("every"):
        return outputs
    return state[0][-1] if cell == "lstm" else state[-1]


def loop_step(torch, case, layer, x, h, c):
    """h, c after one step of one layer, by the equations as papers have them."""
    U, W, b, b_hn = layer
    cell = case.get("cell")
    i, s = (x @ U.T + b).chunk(GATES.get(cell, 1), 1), (h @ W.T).chunk(GATES.get(cell, 1), 1)
    if cell == "gru":
        r, z = torch.sigmoid(i[0] + s[0]), torch.sigmoid(i[1] + s[1])
        return (1 - z) * torch.tanh(i[2] + r * (s[2] + b_hn)) + z * h, c
    if cell == "lstm":
        c = torch.sigmoid(i[1] + s[1]) * c + torch.sigmoid(i[0] + s[0]) * torch.tanh(i[2] + s[2])
        return torch.sigmoid(i[3] + s[3]) * torch.tanh(c), c
    return {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}[case["activation"]](i[0] + s[0]), c


def equations_state(torch, case, params, x):
    """The same by the equations."""
    layers = layers_of(torch, case, params)
    zero = torch.zeros(x.shape[1], case["H"], dtype=torch.float64)
    states, tops = [(zero, zero)] * len(layers), []
    for t in range(x.shape[0]):
        if case["truncate"] and t == x.shape[0] - case["truncate"]:
            states = [(h.detach(), c.detach()) for h, c in states]
        some = x[t]
        for l, layer in enumerate(layers):
            states[l] = loop_step(torch, case, layer, some, *states[l])
            some = states[l][0]
        tops.append(some)
    return torch.stack(tops[-case["truncate"]:]) if case.get("every") else tops[-1]


def by_equations(case):
    """Whether module_state and equations_state are its witnesses."""
    return any(key in case for key in ("cell", "layers", "every"))


def predict(torch, case, params, x, sigmoid_as_tanh=False, by_loop=False):
    """yhat (B,O), or (E,B,O)"""
    U, W, V = params["U"], params["W"], params["V"]
    inputs = spread(torch, x) if case["per_step"] else x
    start = torch.zeros(case["B"], case["H"], dtype=torch.float64)
    b = params.get("b", torch.zeros(W.shape[0], dtype=torch.float64))
    if by_equations(case):
        by_loop = by_loop or ("cell" not in case and case["activation"] == "sigmoid")
        h = (equations_state if by_loop else module_state)(torch, case, params, inputs)
    elif case["activation"] != "sigmoid":
        h = framework_state(torch, case["activation"], U, W, b, inputs, start, case["truncate"])
    elif sigmoid_as_tanh:  # h = (1 + a) / 2 with a = tanh(z / 2), so z / 2 = U/2 x + W/4 a + (b + W 1 / 2) / 2
        shifted = b / 2 + W.sum(1) / 4
        h = (1 + framework_state(torch, "tanh", U / 2, W / 4, shifted, inputs, start - 1, case["truncate"])) / 2
    else:
        h = loop_state(torch, U, W, b, inputs, start, case["truncate"])
    return h @ V.T + params.get("c", torch.zeros(case["O"], dtype=torch.float64))


def loss_and_gradient(torch, case, params, x, y, **how):
    leaves = {name: value.clone().requires_grad_(True) for name, value in params.items()}
    yhat = predict(torch, case, leaves, x, **how)
    loss = ((yhat - y) ** 2 / 2).mean()
    return yhat.detach(), loss.item(), dict(zip(leaves, torch.autograd.grad(loss, list(leaves.values()))))


def module_yhat(torch, case, params, x):
    """yhat (B,O) by the modules a user of PyTorch would write."""
    inputs = spread(torch, x) if case["per_step"] else x
    cell = torch.nn.RNN(inputs.shape[2], case["H"], nonlinearity=case["activation"], bias=case["bias"],
                        dtype=torch.float64)
    output = torch.nn.Linear(case["H"], case["O"], bias=case["bias"], dtype=torch.float64)
    state = {"weight_ih_l0": params["U"], "weight_hh_l0": params["W"]}
    if case["bias"]:
        state.update(bias_ih_l0=params["b"], bias_hh_l0=torch.zeros_like(params["b"]))
        output.bias.data = params["c"]
    cell.load_state_dict(state)
    output.weight.data = params["V"]
    return output(cell(inputs)[1][0]).detach()


def says_something(case, gradient):
    """Whether no tensor of the gradient is mostly zero, as it is where units of a relu are dead."""
    for name, value in gradient.items():
        alive = (value != 0).double().mean().item()
        if case["per_step"] and name == "U" and case["truncate"]:
            alive *= case["T"] / case["truncate"]  # columns of earlier steps get nothing
        if alive < 0.5:
            return False
    return True


def check_case(torch, case, params, x, y, yhat, gradient):
    """A figure that proves nothing, or that two ways of computing disagree on, must not be written."""
    assert says_something(case, gradient), f"{case['name']}: a gradient is mostly zero"
    if by_equations(case):
        other_yhat, _, other = loss_and_gradient(torch, case, params, x, y, by_loop=True)
        assert torch.allclose(other_yhat, yhat, rtol=1e-13, atol=1e-14), f"{case['name']}: not the papers' equations"
        for name, value in gradient.items():
            assert torch.allclose(other[name], value, rtol=1e-11, atol=1e-14), f"{case['name']}: d_{name} disagrees"
    elif case["activation"] != "sigmoid":
        module = module_yhat(torch, case, params, x)
        assert torch.allclose(module, yhat, rtol=1e-14, atol=1e-15), f"{case['name']}: not what torch.nn.RNN gives"
    else:
        other_yhat, _, other = loss_and_gradient(torch, case, params, x, y, sigmoid_as_tanh=True)
        assert torch.allclose(other_yhat, yhat, rtol=1e-13, atol=1e-14), f"{case['name']}: loop and nn.RNN disagree"
        for name, value in gradient.items():
            assert torch.allclose(other[name], value, rtol=1e-12, atol=1e-15), f"{case['name']}: d_{name} disagrees"


def finish_case(torch, case, params, x, y):
    yhat, loss, gradient = loss_and_gradient(torch, case, params, x, y)
    check_case(torch, case, params, x, y, yhat, gradient)
    flat = {**params, "x": x, "y": y, "yhat": yhat, **{"d_" + name: value for name, value in gradient.items()}}
    return {**case, **{name: value.reshape(-1).tolist() for name, value in flat.items()}, "loss": loss}


def living_case(torch, *description, seed, layers=1, every=False):
    """The first of ten seeds whose gradient says something."""
    for attempt in range(seed, seed + 10):
        made = make_case(torch, *description, attempt, layers, every)
        if says_something(made[0], loss_and_gradient(torch, *made)[2]):
            return made
    raise AssertionError(f"no seed of {seed}..{seed + 9} gives {made[0]['name']} a gradient")


def clip(torch, gradients, value, norm):
    """By value, then by the norm over all parameters; True when something changed."""
    changed = False
    if value > 0:
        changed = any(bool((g.abs() > value).any()) for g in gradients)
        for g in gradients:
            g.clamp_(-value, value)
    total = math.sqrt(sum((g * g).sum().item() for g in gradients))
    if 0 < norm < total:
        changed = True
        for g in gradients:
            g.mul_(norm / total)
    return changed


def make_curve(torch, name, index, made, optimizer, learning_rate, momentum=0.0, clip_value=0.0, clip_norm=0.0):
    case, params, x, y = made
    leaves = {key: value.clone().requires_grad_(True) for key, value in params.items()}
    rule = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    if optimizer == "adam":
        torch_rule = torch.optim.Adam(leaves.values(), lr=learning_rate, betas=(rule["beta1"], rule["beta2"]),
                                      eps=rule["epsilon"])
    else:
        torch_rule = torch.optim.SGD(leaves.values(), lr=learning_rate, momentum=momentum)
    losses, clipped = [], 0
    for _ in range(STEPS):
        torch_rule.zero_grad()
        loss = ((predict(torch, case, leaves, x) - y) ** 2 / 2).mean()
        loss.backward()
        losses.append(loss.item())
        clipped += clip(torch, [leaf.grad for leaf in leaves.values()], clip_value, clip_norm)
        torch_rule.step()
    assert losses[-1] < losses[0], f"curve {name}: does not learn"
    assert (clipped > 0) == (clip_value > 0 or clip_norm > 0), f"curve {name}: the clip never acts"
    final = {"final_" + key: leaf.detach().reshape(-1).tolist() for key, leaf in leaves.items()}
    return {"name": f"{name}, {case['name']}", "case": index, "optimizer": optimizer, "learning_rate": learning_rate,
            "momentum": momentum, **rule, "clip_value": clip_value, "clip_norm": clip_norm, "clipped": clipped,
            "loss": losses, **final}


def make_cases(folder, name, kinds, shapes, variants, layers=1, every=False, norm=0.25):
    """Each kind of cell in every shape and variant, and a curve of each rule for three kinds."""
    import torch

    torch.set_num_threads(1)
    made = [living_case(torch, kind, shape, per_step, bias, truncate, seed=1000 * a + 100 * s + 10 * v, layers=layers, every=every)
            for a, kind in enumerate(kinds)
            for s, (shape, per_step) in enumerate(shapes)
            for v, (bias, truncate) in enumerate(variants)]
    rules = [("sgd", dict(optimizer="sgd", learning_rate=0.05)),
             ("momentum", dict(optimizer="momentum", learning_rate=0.02, momentum=0.9)),
             ("adam", dict(optimizer="adam", learning_rate=0.01)),
             ("momentum clipped by value",
              dict(optimizer="momentum", learning_rate=0.02, momentum=0.9, clip_value=0.05)),
             ("sgd clipped by norm", dict(optimizer="sgd", learning_rate=0.05, clip_norm=norm)),
             ("adam clipped by both", dict(optimizer="adam", learning_rate=0.01, clip_value=0.1, clip_norm=0.8 * norm))]
    per_kind = len(shapes) * len(variants)
    chosen = [kind * per_kind + (0, 5, 8)[kind] % per_kind for kind in range(min(len(kinds), 3))]  # shapes and variants differ
    curves = [make_curve(torch, rule_name, index, made[index], **rule) for index in chosen for rule_name, rule in rules]
    cases = [finish_case(torch, *one) for one in made]
    write_json(folder, name, {"torch": torch.__version__}, {"cases": cases, "curves": curves})


SHAPES = [((5, 3, 2, 4, 2), False), ((7, 5, 3, 7, 1), False), ((6, 4, 1, 8, 1), True)]
VARIANTS = [(True, 0), (True, 3), (False, 1), (False, 0)]


def make_elman(folder):
    make_cases(folder, "elman", ["sigmoid", "tanh", "relu"], SHAPES, VARIANTS)


def make_gated(folder):
    make_cases(folder, "gated", ["gru", "lstm"], SHAPES[:2], VARIANTS[:3])


def make_stacks(folder):
    make_cases(folder, "stacks", ["lstm", "gru", "tanh", "sigmoid", "relu"], SHAPES[:2], VARIANTS[:2], layers=2, norm=0.05)


def make_every(folder):
    make_cases(folder, "every", ["lstm", "gru", "tanh"], SHAPES[:2], VARIANTS[:2], every=True, norm=0.05)


# ---- training.json ---------------------------------------------------------------------------------------------------

UPDATES = 5
PARAMETERS = 11  # of an Elman network with two units, one input and one output


def make_updates(torch, optimizer, learning_rate, weight_decay, seed):
    g = torch.Generator().manual_seed(seed)
    rule = {"momentum": 0.875, "rho": 0.9375, "beta1": 0.875, "beta2": 0.984375, "epsilon": 0.0009765625}
    p = draw(torch, g, (PARAMETERS,), 1.0).requires_grad_(True)
    start = p.detach().clone()
    adam = {"lr": learning_rate, "betas": (rule["beta1"], rule["beta2"]), "eps": rule["epsilon"],
            "weight_decay": weight_decay}
    sgd = {"lr": learning_rate, "weight_decay": weight_decay}
    torch_rule = {"sgd": lambda: torch.optim.SGD([p], **sgd),
                  "momentum": lambda: torch.optim.SGD([p], momentum=rule["momentum"], **sgd),
                  "nesterov": lambda: torch.optim.SGD([p], momentum=rule["momentum"], nesterov=True, **sgd),
                  "rmsprop": lambda: torch.optim.RMSprop([p], alpha=rule["rho"], eps=rule["epsilon"], **sgd),
                  "adam": lambda: torch.optim.Adam([p], **adam),
                  "adamw": lambda: torch.optim.AdamW([p], **adam)}[optimizer]()
    gradients, params = [], []
    for _ in range(UPDATES):
        p.grad = draw(torch, g, (PARAMETERS,), 1.0)
        gradients += p.grad.tolist()
        torch_rule.step()
        params += p.detach().tolist()
    return {"name": f"{optimizer}, weight decay {weight_decay}", "optimizer": optimizer, "learning_rate": learning_rate,
            **rule, "weight_decay": weight_decay, "start": start.tolist(), "gradient": gradients, "params": params}


def make_loss(torch, kind, quantiles, seed):
    B, targets, delta, Q = 7, 2, 0.5, len(quantiles)
    g = torch.Generator().manual_seed(seed)
    yhat = draw(torch, g, (B, targets, Q), 1.0).requires_grad_(True)
    y = draw(torch, g, (B, targets, 1), 1.0)
    e = (y - yhat).detach().abs()
    assert (e > 1 / GRID).all() and (e < delta).any() and (e > delta).any(), "a kink, or a branch that is not taken"
    wide = y.expand(B, targets, Q)
    q = torch.tensor(quantiles, dtype=torch.float64)
    mean = {"mse": lambda: torch.nn.MSELoss()(yhat, wide) / 2,
            "mae": lambda: torch.nn.L1Loss()(yhat, wide),
            "huber": lambda: torch.nn.HuberLoss(delta=delta)(yhat, wide),
            "quantile": lambda: torch.maximum(q * (wide - yhat), (q - 1) * (wide - yhat)).mean()}[kind]()
    mean.backward()
    return {"name": kind, "loss": kind, "delta": delta, "quantiles": quantiles, "B": B, "targets": targets,
            "y": y.reshape(-1).tolist(), "yhat": yhat.detach().reshape(-1).tolist(), "mean": mean.item(),
            "d_yhat": yhat.grad.reshape(-1).tolist()}


def make_training(folder):
    import torch

    torch.set_num_threads(1)
    rates = {"sgd": 0.0625, "momentum": 0.03125, "nesterov": 0.03125, "rmsprop": 0.0078125, "adam": 0.03125,
             "adamw": 0.03125}
    updates = [make_updates(torch, optimizer, rate, decay, seed)
               for seed, (optimizer, rate) in enumerate(rates.items()) for decay in (0.0, 0.125)]
    losses = [make_loss(torch, kind, quantiles, seed)
              for seed, (kind, quantiles) in enumerate([("mse", [0.5]), ("mae", [0.5]), ("huber", [0.5]),
                                                        ("quantile", [0.1, 0.5, 0.9]), ("quantile", [0.25])])]
    write_json(folder, "training", {"torch": torch.__version__}, {"updates": updates, "losses": losses})


# ---- mt19937.json ----------------------------------------------------------------------------------------------------

def make_mt19937(folder):
    # the article's U (100,50), W (100,100) and V (1,100) are the first 15100
    index = [0, 1, 2, 3, 4, 1000, 15100]
    streams = []
    for seed in [42, 0, 1, 2026, 4294967295]:
        sample = np.random.RandomState(seed).random_sample(index[-1] + 1)
        streams.append({"seed": seed, "value": [float(sample[i]) for i in index]})
    write_json(folder, "mt19937", {}, {"index": index, "streams": streams})


# ---- article.json ----------------------------------------------------------------------------------------------------

ARTICLE_FIRST = ["101185.61756671", "61205.46869629", "31225.3198258", "11245.17049551", "1264.5157739"]
ARTICLE_FIRST_VAL = ["50591.0340148", "30601.34535365", "15611.65669247", "5621.96780111", "632.02563908"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def article_data():
    wave = np.array([math.sin(x) for x in np.arange(200)])
    X = np.array([wave[i:i + 50] for i in range(150)])[:, :, np.newaxis]
    Y = wave[50:200, np.newaxis]
    return X[:100], Y[:100], X[100:], Y[100:]


def article_forward(x, U, W, V, window=False):
    """Its forward pass -> output, states s(0) = 0, s(1), ...; window: U x at each t, as its final predictions do."""
    states = [np.zeros((W.shape[0], 1))]
    for t in range(x.shape[0]):
        new_input = np.zeros(x.shape)
        new_input[t] = x[t]
        mulu = np.dot(U, x if window else new_input)
        mulw = np.dot(W, states[-1])
        states.append(sigmoid(mulw + mulu))
    return np.dot(V, states[-1]), states


def article_gradient(x, y, U, W, V, truncate=5, low=-10, high=10):
    """What it calls backpropagation. Left out: dsv, ds, dadd, dmulw, dmulu, dprev_s and dx, which reach no weight."""
    mulv, states = article_forward(x, U, W, V)
    dU, dV, dW = np.zeros(U.shape), np.zeros(V.shape), np.zeros(W.shape)
    dU_t, dW_t = np.zeros(U.shape), np.zeros(W.shape)
    dmulv = mulv - y
    for t in range(x.shape[0]):
        dV_t = np.dot(dmulv, np.transpose(states[t + 1]))
        for _ in range(t - 1, max(-1, t - truncate - 1), -1):
            dW_i = np.dot(W, states[t])
            new_input = np.zeros(x.shape)
            new_input[t] = x[t]
            dU_i = np.dot(U, new_input)
            dU_t += dU_i
            dW_t += dW_i
        dV += dV_t
        dU += dU_t
        dW += dW_t
        for gradient in (dU, dV, dW):
            gradient[gradient > high] = high
            gradient[gradient < low] = low
    return dU, dW, dV


def article_loss(X, Y, U, W, V):
    loss = 0.0
    for x, y in zip(X, Y):
        loss += (y - article_forward(x, U, W, V)[0]) ** 2 / 2
    return loss.item()


def article_rmse(X, Y, U, W, V, window):
    preds = np.array([article_forward(x, U, W, V, window)[0].item() for x in X])
    return math.sqrt(np.mean((Y[:, 0] - preds) ** 2))


def article_run(seed, epochs, predictions):
    X, Y, X_val, Y_val = article_data()
    np.random.seed(seed)
    U = np.random.uniform(0, 1, (100, 50))
    W = np.random.uniform(0, 1, (100, 100))
    V = np.random.uniform(0, 1, (1, 100))
    run = {"seed": seed, "epochs": epochs, "loss": [], "val_loss": []}
    for epoch in range(epochs):
        run["loss"].append(article_loss(X, Y, U, W, V))
        run["val_loss"].append(article_loss(X_val, Y_val, U, W, V))
        print(f"seed {seed} epoch {epoch + 1}: loss {run['loss'][-1]:.8f} val_loss {run['val_loss'][-1]:.8f}")
        for x, y in zip(X, Y):
            dU, dW, dV = article_gradient(x, y, U, W, V)
            U -= 0.0001 * dU
            V -= 0.0001 * dV
            W -= 0.0001 * dW
    if predictions:
        run["rmse"] = {mode: {"train": article_rmse(X, Y, U, W, V, mode == "window"),
                              "val": article_rmse(X_val, Y_val, U, W, V, mode == "window")}
                       for mode in ("window", "step")}
    return run


def blas_name():
    """The library that sums NumPy's dot products, and the kernel it chose for this processor where it tells."""
    with open("/proc/self/maps") as maps:
        paths = {line.split()[-1] for line in maps if any(word in line for word in ("blas", "blis", "mkl"))}
    names = sorted(pathlib.Path(path).resolve().name for path in paths)
    for path in sorted(paths):
        try:
            core = ctypes.CDLL(path).openblas_get_corename
        except (OSError, AttributeError):
            continue
        core.restype = ctypes.c_char_p
        names.append("kernel " + core().decode())
        break
    return ", ".join(names)


def make_article(folder):
    runs = [article_run(42, 25, True), article_run(7, 5, False)]
    for key, printed in (("loss", ARTICLE_FIRST), ("val_loss", ARTICLE_FIRST_VAL)):
        for epoch, text in enumerate(printed):  # seed 42 is the article's run: its printed digits
            found = runs[0][key][epoch]
            assert abs(found - float(text)) < 1e-8, f"{key} of epoch {epoch + 1} is {found}, not {text}"
    note = "from epoch 6 on the digits depend on the order of summation"
    write_json(folder, "article", {"blas": blas_name(), "threads": 1}, {"note": note, "runs": runs})


# ---- NPY -------------------------------------------------------------------------------------------------------------

def make_npy(folder):
    """60 rows whose numbers are exact in float, so that one CSV is the twin of both files."""
    i = np.arange(60.0)
    table = np.stack([np.round(np.sin(i) * GRID) / GRID, i / 8 - 3], axis=1)
    np.save(folder / "numpy_f8.npy", table)
    np.save(folder / "numpy_f4.npy", table.astype("f4"))
    rows = [",".join(repr(float(value)) for value in row) for row in table]
    (folder / "numpy.csv").write_text("\n".join(["wave,ramp"] + rows) + "\n")
    print(f"{folder}: numpy_f8.npy, numpy_f4.npy, numpy.csv")


MAKERS = {"elman": make_elman, "gated": make_gated, "stacks": make_stacks, "every": make_every, "training": make_training, "mt19937": make_mt19937,
          "article": make_article, "npy": make_npy}


def main():
    parser = argparse.ArgumentParser(prog="tools/golden.py", description="Makes the figures in tests/golden/.")
    parser.add_argument("figure", nargs="*", help=f"one of {', '.join(MAKERS)}; all unless named")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "tests" / "golden",
                        help="folder to write to (default: tests/golden beside this tool)")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.figure if name not in MAKERS]
    if unknown:
        parser.error(f"no figure is called {unknown[0]!r}; there are {', '.join(MAKERS)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.figure or MAKERS:
        MAKERS[name](arguments.out)


if __name__ == "__main__":
    main()
