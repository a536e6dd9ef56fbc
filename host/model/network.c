/* SPDX-License-Identifier: MIT */
#include "model/network.h"

#include <math.h>
#include <stdio.h>

static const rnn_cell_shape shapes[] = {
    [RNN_ELMAN] = {"elman", 1, 1, {0}, 0},
    [RNN_GRU] = {"gru", 3, 4, {0, 1, -1, 2}, 0},
    [RNN_LSTM] = {"lstm", 4, 4, {0, 1, 2, 3}, 2},
};

const rnn_cell_shape *rnn_shape_of(rnn_cell cell)
{
    return &shapes[cell];
}

size_t rnn_unit_values(const rnn_network *network)
{
    const rnn_cell_shape *shape = rnn_shape_of(network->cell);
    return network->cell == RNN_ELMAN ? 1 : 1 + shape->sums + shape->kept;
}

static bool add_tensor(rnn_network *network, size_t index, const char *name, size_t rank, size_t rows, size_t columns)
{
    rnn_tensor *tensor = &network->tensor[index];
    *tensor = (rnn_tensor){.rows = rows, .columns = columns, .offset = network->parameters, .rank = rank};
    snprintf(tensor->name, sizeof tensor->name, "%s", name);
    return !__builtin_mul_overflow(rows, columns, &tensor->count) &&
           !__builtin_add_overflow(network->parameters, tensor->count, &network->parameters);
}

/* The quantile nearest to the median, the lower of two. */
static size_t point_forecast(const rnn_quantiles *quantiles)
{
    size_t nearest = 0;
    for (size_t q = 1; q < quantiles->count; q++)
        if (fabs(quantiles->values[q] - 0.5) < fabs(quantiles->values[nearest] - 0.5))
            nearest = q;
    return nearest;
}

static rnn_loss_rule loss_rule_of(const rnn_settings *settings)
{
    rnn_loss_rule rule = {
        .kind = settings->loss, .Q = 1, .tallied = settings->loss != RNN_MSE || settings->missing == RNN_MISSING_MASK};
    if (settings->loss == RNN_HUBER) {
        rule.pair[0][0] = settings->huber_delta;
        rule.pair[0][1] = settings->huber_delta / 2;
    }
    if (settings->loss == RNN_QUANTILE) {
        rule.Q = settings->quantiles.count;
        rule.point = point_forecast(&settings->quantiles);
        for (size_t q = 0; q < rule.Q; q++) {
            rule.pair[q][0] = settings->quantiles.values[q];
            rule.pair[q][1] = 1 - settings->quantiles.values[q];
        }
    }
    return rule;
}

/* What there is of a layer's tensor, under PyTorch's name. b_hn, which PyTorch has as the end of a bias_hh, has none there. */
static bool add_layer_tensor(rnn_network *network, size_t layer, int role, size_t rows, size_t columns)
{
    static const char *const names[RNN_LAYER_TENSORS] = {"weight_ih", "weight_hh", "bias_ih", "bias_hn"};
    char name[64];
    snprintf(name, sizeof name, "rnn.%s_l%zu", names[role], layer);
    return add_tensor(network, layer * RNN_LAYER_TENSORS + (size_t)role, name, role < RNN_B ? 2 : 1, rows, columns);
}

static bool add_layer(rnn_network *network, size_t layer, bool bias)
{
    const rnn_cell_shape *shape = rnn_shape_of(network->cell);
    const size_t H = network->H;
    const size_t steps = layer == 0 && network->input_weights == RNN_INPUT_PER_STEP ? network->T : 1;
    size_t rows;
    return !__builtin_mul_overflow(shape->gates, H, &rows) &&
           add_layer_tensor(network, layer, RNN_U, rows, steps * rnn_layer_inputs(network, layer)) &&
           add_layer_tensor(network, layer, RNN_W, rows, H) &&
           add_layer_tensor(network, layer, RNN_B, bias ? rows : 0, 1) &&
           add_layer_tensor(network, layer, RNN_B_STATE, bias && shape->sums > shape->gates ? H : 0, 1);
}

static bool add_start(rnn_network *network, size_t layer)
{
    char name[64];
    snprintf(name, sizeof name, "rnn.h0_l%zu", layer);
    if (!add_tensor(network, RNN_H0 + 2 * layer, name, 1, network->H, 1))
        return false;
    snprintf(name, sizeof name, "rnn.c0_l%zu", layer);
    return network->cell != RNN_LSTM || add_tensor(network, RNN_C0 + 2 * layer, name, 1, network->H, 1);
}

rnn_status rnn_network_init(const rnn_settings *settings, size_t columns, size_t targets, rnn_network *out)
{
    return rnn_network_init_known(settings, columns, targets, 0, out);
}

rnn_status rnn_network_init_known(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                                  rnn_network *out)
{
    const size_t T = settings->seq_len, H = settings->hidden, K = settings->bptt_truncate;
    const rnn_loss_rule loss = loss_rule_of(settings);
    const size_t D = columns + known; /* columns are few */
    size_t bytes, asked, O;
    bool fits = true;
    if (__builtin_mul_overflow(targets, settings->horizon, &asked) || __builtin_mul_overflow(asked, loss.Q, &O))
        O = SIZE_MAX; /* which the tensors refuse */
    *out = (rnn_network){
        .cell = settings->cell,
        .activation = settings->activation,
        .input_weights = settings->input_weights,
        .input_mode = RNN_MODE_STEP,
        .T = T,
        .D = D,
        .H = H,
        .L = settings->layers ? settings->layers : 1,
        .O = O,
        .loss = loss,
        .asked = asked,
        .columns = columns,
        .targets = targets,
        .known = known,
        .horizon = settings->horizon,
        .truncate = K == 0 || K > T ? T : K,
    };
    out->loss_steps = settings->loss_at == RNN_LOSS_AT_EVERY ? out->truncate : 1;
    if (settings->input_weights == RNN_INPUT_PER_STEP && known)
        return rnn_fail(RNN_CONFIG,
                        "--input-weights per-step does not go with columns known ahead (--known, --calendar)");
    for (size_t layer = 0; fits && layer < out->L; layer++)
        fits = add_layer(out, layer, settings->bias);
    fits = fits && add_tensor(out, RNN_V, "head.weight", 2, O, H) &&
           add_tensor(out, RNN_C, "head.bias", 1, settings->bias ? O : 0, 1);
    for (size_t layer = 0; fits && settings->train_h0 && layer < out->L; layer++)
        fits = add_start(out, layer);
    if (!fits || __builtin_mul_overflow(out->parameters, sizeof(double), &bytes))
        return rnn_fail(RNN_CONFIG, "--hidden %zu with %zu input columns: more parameters than memory has addresses", H,
                        columns);
    return RNN_OK;
}

rnn_network rnn_network_window_mode(const rnn_network *network)
{
    rnn_network window = *network;
    window.input_weights = RNN_INPUT_SHARED;
    window.input_mode = RNN_MODE_WINDOW;
    window.D = network->T * network->columns;
    return window;
}
