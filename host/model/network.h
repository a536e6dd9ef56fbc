/* SPDX-License-Identifier: MIT
 * network.h - the shape of a network and the table of its parameters over one flat block
 */
#ifndef RNN_MODEL_NETWORK_H
#define RNN_MODEL_NETWORK_H

#include "base/status.h"

#define RNN_MAX_LAYERS 8
#define RNN_UNIT_SUMS  4 /* most of any cell */

/* What a cell is made of, as far as shapes go. A unit computes `sums` linear sums a step, from which its gates make h; sum s has row
 * gate * H + unit of U (and b) with gate = input[s], and of W with gate = s: the first `gates` sums have a W, -1 of input: no U.
 * `kept`: further values a unit keeps of each step for the way back. The arithmetic: backend.h. */
typedef struct rnn_cell_shape {
    const char *name;
    size_t gates; /* G: rows a unit has in W; in U and b too */
    size_t sums;
    int input[RNN_UNIT_SUMS];
    size_t kept;
} rnn_cell_shape;

const rnn_cell_shape *rnn_shape_of(rnn_cell cell);

/* The parameters by role, in the order in which they lie in the flat block and in a model file: those of the first layer, of the
 * others, of the output; then of each layer the state that it starts from, and an LSTM's c, where these are trained. */
enum { RNN_U, RNN_W, RNN_B, RNN_B_STATE, RNN_LAYER_TENSORS };
enum { RNN_V = RNN_MAX_LAYERS * RNN_LAYER_TENSORS, RNN_C, RNN_H0, RNN_C0, RNN_TENSORS = RNN_H0 + 2 * RNN_MAX_LAYERS };

/* One tensor: (rows, columns) at `offset` elements into the block. count = rows * columns is 0 where it does not exist. */
typedef struct rnn_tensor {
    char name[32]; /* PyTorch's, as model files use it */
    size_t rows, columns, offset, count;
    size_t rank; /* 1: (rows) in files */
} rnn_tensor;

/* The loss of an output, see backend.h's `loss`. pair (Q,2): level and 1 - level of each quantile; of huber, delta and
 * delta / 2; of the others nothing. */
typedef struct rnn_loss_rule {
    rnn_loss kind;
    size_t Q;     /* outputs a target; 1 but for quantiles */
    size_t point; /* which of them is the point forecast */
    double pair[RNN_MOST_QUANTILES][2];
    bool tallied; /* losses alone do not tell squared errors and the number of targets: passes take a tally */
} rnn_loss_rule;

typedef struct rnn_network {
    rnn_cell cell;
    rnn_activation activation;
    rnn_input_weights input_weights;
    rnn_input_mode input_mode; /* window: D is T * columns and every step sees all of the window */
    size_t T, D, H, L, O;
    size_t columns; /* of the series: inputs, the targets first */
    size_t targets; /* columns predicted */
    size_t known;   /* of the columns, the last, those known ahead: a step sees them once more, `horizon` rows later */
    size_t horizon; /* rows predicted at once */
    size_t asked;   /* values a window is asked for: horizon * targets, in the order step * targets + target */
    rnn_loss_rule loss; /* O = asked * loss.Q: output o is number o % Q of value o / Q */
    size_t truncate;    /* steps the gradient flows back: 1..T */
    size_t loss_steps;  /* E of training: 1, or, with a loss at every step, truncate */
    rnn_tensor tensor[RNN_TENSORS];
    size_t parameters; /* n: length of the flat block */
} rnn_network;

/* What a unit leaves of a step for the way back: h, and, but for Elman, its gates and what else is kept. */
size_t rnn_unit_values(const rnn_network *network);

/* A tensor of a layer, by its role. */
static inline const rnn_tensor *rnn_layer_tensor(const rnn_network *network, size_t layer, int role)
{
    return &network->tensor[layer * RNN_LAYER_TENSORS + (size_t)role];
}

/* The state a layer starts from; c: of an LSTM. count 0: it is 0 and not trained. */
static inline const rnn_tensor *rnn_start_tensor(const rnn_network *network, size_t layer, bool c)
{
    return &network->tensor[RNN_H0 + 2 * layer + c];
}

/* Steps of a layer's dz: T, and before them, where the state that it starts from is trained, the gradient at that. */
static inline size_t rnn_gradient_steps(const rnn_network *network)
{
    return network->T + (network->tensor[RNN_H0].count > 0);
}

/* Inputs of a layer: D, or, of those that stand on another, H. */
static inline size_t rnn_layer_inputs(const rnn_network *network, size_t layer)
{
    return layer == 0 ? network->D : network->H;
}

/* The network of `settings` on a series with `columns` columns of which the first `targets` are predicted. The table, with the gates of
 * rows in the order of PyTorch (GRU: r, z, n; LSTM: i, f, g, o):
 *   of each layer  U (G*H, D), or (G*H, T*D) with the columns of step t at t*D where input weights are per step;  W (G*H,H);
 *                  b (G*H);  GRU: b_hn (H), the bias inside the product with r;      then V (O,H);  c (O);
 *   where the start is trained, of each layer  h0 (H);  LSTM: c0 (H).
 * RNN_CONFIG when the block would not fit an address space. */
rnn_status rnn_network_init(const rnn_settings *settings, size_t columns, size_t targets, rnn_network *out);

/* The same where the last `known` columns are known ahead: D = columns + known. RNN_CONFIG, too: they do not go with input weights per
 * step. */
rnn_status rnn_network_init_known(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                                  rnn_network *out);

/* The article's network as its final pictures run it: the same parameter block read as shared input weights (H, T*D) of a
 * network whose every input is the whole window. Needs per-step input weights. */
rnn_network rnn_network_window_mode(const rnn_network *network);

/* Fills the flat block (n), in double: the caller rounds to its precision. RNN_NO_MEMORY.
 *   orthogonal  W orthogonal, each gate's (H,H) by itself; U (4 times wider for Elman's sigmoid) and V as under xavier; c 0; b 0, for
 *               Elman's sigmoid -sum_k W(j,k) / 2
 *   xavier      U, W, V uniform on +-sqrt(6 / (fan_in + fan_out)), each gate by itself; biases 0
 *   uniform     U, W, V uniform on [0,1) from MT19937 in that order, row-major, as the article draws them, biases 0
 *   zero        all 0
 * Then the LSTM's forget gates have forget_bias added to their b. h0 and c0 are 0. */
rnn_status rnn_network_draw(const rnn_network *network, rnn_init init, uint64_t seed, double forget_bias,
                            double *parameters);

#endif
