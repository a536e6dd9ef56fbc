/* SPDX-License-Identifier: MIT */
#include "model/network.h"

#include <math.h>

static const char *const tensor_names[RNN_TENSORS] = {"rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0",
                                                      "head.weight", "head.bias"};

static bool add_tensor(rnn_network *network, int role, size_t rows, size_t columns)
{
    rnn_tensor *tensor = &network->tensor[role];
    *tensor = (rnn_tensor){tensor_names[role], rows, columns, network->parameters, 0};
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

rnn_status rnn_network_init(const rnn_settings *settings, size_t columns, size_t targets, rnn_network *out)
{
    return rnn_network_init_known(settings, columns, targets, 0, out);
}

rnn_status rnn_network_init_known(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                                  rnn_network *out)
{
    const size_t T = settings->seq_len, H = settings->hidden, K = settings->bptt_truncate;
    const bool per_step = settings->input_weights == RNN_INPUT_PER_STEP;
    const rnn_loss_rule loss = loss_rule_of(settings);
    const size_t D = columns + known; /* columns are few */
    size_t bytes, asked, O;
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
        .O = O,
        .loss = loss,
        .asked = asked,
        .columns = columns,
        .targets = targets,
        .known = known,
        .horizon = settings->horizon,
        .truncate = K == 0 || K > T ? T : K,
    };
    if (per_step && known)
        return rnn_fail(RNN_CONFIG,
                        "--input-weights per-step does not go with columns known ahead (--known, --calendar)");
    if (!add_tensor(out, RNN_U, H, per_step ? T * D : D) || !add_tensor(out, RNN_W, H, H) ||
        !add_tensor(out, RNN_B, settings->bias ? H : 0, 1) || !add_tensor(out, RNN_V, O, H) ||
        !add_tensor(out, RNN_C, settings->bias ? O : 0, 1) ||
        __builtin_mul_overflow(out->parameters, sizeof(double), &bytes))
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
