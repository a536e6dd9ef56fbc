/* SPDX-License-Identifier: MIT
 * network.h - the shape of a network and the table of its parameters over one flat block
 */
#ifndef RNN_MODEL_NETWORK_H
#define RNN_MODEL_NETWORK_H

#include "base/status.h"

/* The parameters by role, in the order in which they lie in the flat block and in a model file. */
enum { RNN_U, RNN_W, RNN_B, RNN_V, RNN_C, RNN_TENSORS };

/* One tensor: (rows, columns) at `offset` elements into the block. count = rows * columns is 0 where it does not exist. */
typedef struct rnn_tensor {
    const char *name; /* PyTorch's, as model files use it */
    size_t rows, columns, offset, count;
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
    size_t T, D, H, O;
    size_t columns; /* of the series: inputs, the targets first */
    size_t targets; /* columns predicted */
    size_t known;   /* of the columns, the last, those known ahead: a step sees them once more, `horizon` rows later */
    size_t horizon; /* rows predicted at once */
    size_t asked;   /* values a window is asked for: horizon * targets, in the order step * targets + target */
    rnn_loss_rule loss; /* O = asked * loss.Q: output o is number o % Q of value o / Q */
    size_t truncate;    /* steps the gradient flows back: 1..T */
    rnn_tensor tensor[RNN_TENSORS];
    size_t parameters; /* n: length of the flat block */
} rnn_network;

/* The network of `settings` on a series with `columns` columns of which the first `targets` are predicted. The table:
 *   U (H, D), or (H, T*D) with the columns of step t at t*D where input weights are per step;  W (H,H);  b (H);  V (O,H);  c (O).
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
 *   orthogonal  W orthogonal; U (4 times wider for sigmoid) and V as under xavier; c 0; b 0, for sigmoid -sum_k W(j,k) / 2
 *   xavier      U, W, V uniform on +-sqrt(6 / (fan_in + fan_out)), biases 0
 *   uniform     U, W, V uniform on [0,1) from MT19937 in that order, row-major, as the article draws them, biases 0 */
rnn_status rnn_network_draw(const rnn_network *network, rnn_init init, uint64_t seed, double *parameters);

#endif
