/* SPDX-License-Identifier: MIT */
#include "model/needs.h"

#include "model/settings.h"

#include <string.h>

#define OF(option, other, values)                   \
    {                                               \
        option, other, values, 0, NULL, NULL, false \
    }

const rnn_need rnn_settings_needs[] = {
    OF("scale-by", "scale", "standard minmax"),
    {"activation", "cell", "elman", 0, NULL, NULL, true},
    {"forget-bias", "cell", "lstm", 0, NULL, NULL, true},
    {"forget-bias", "bias", "yes", 0, NULL, "needs biases; drop --no-bias", true},
    {"dropout", "layers", NULL, 1, NULL, "is between layers, of which there is one; give --layers or drop it", true},
    OF("huber-delta", "loss", "huber"),
    OF("quantiles", "loss", "quantile"),
    {"warmup", "schedule", "constant step cosine plateau", 0, NULL,
     "does not go with --schedule one-cycle, which has a warm-up of its own; choose another --schedule", true},
    OF("lr-step", "schedule", "step"),
    OF("lr-gamma", "schedule", "step plateau"),
    OF("lr-patience", "schedule", "plateau"),
    OF("momentum", "optimizer", "momentum nesterov"),
    OF("rho", "optimizer", "rmsprop"),
    OF("beta1", "optimizer", "adam adamw"),
    OF("beta2", "optimizer", "adam adamw"),
    OF("epsilon", "optimizer", "rmsprop adam adamw"),
    {"patience", "val-fraction", NULL, 0, NULL, "needs a validation part: --val-fraction above 0", true},
    {NULL, NULL, NULL, 0, NULL, NULL, false},
};

uint64_t rnn_settings_bit(const rnn_option *row)
{
    return UINT64_C(1) << (row - rnn_settings_table);
}

/* As the default is, and that is off. */
static bool is_off(const rnn_option *row, const rnn_settings *settings)
{
    rnn_settings usual;
    char text[RNN_OPTION_ROOM];
    rnn_settings_init(&usual, settings->recipe);
    rnn_option_text(row, &usual, text, sizeof text);
    return rnn_option_is_same(row, settings, &usual) && strcmp(text, "0") == 0;
}

static bool is_met(const rnn_need *need, const rnn_settings *settings)
{
    return rnn_need_met(need, (rnn_found_option){rnn_settings_row(need->other), settings});
}

rnn_status rnn_needs_check(const rnn_settings *settings, uint64_t asked)
{
    for (const rnn_need *need = rnn_settings_needs; need->option; need++) {
        const rnn_found_option option = {rnn_settings_row(need->option), settings};
        if (asked & rnn_settings_bit(option.row) && !is_met(need, settings) && !is_off(option.row, settings))
            return rnn_need_fail(need, option, (rnn_found_option){rnn_settings_row(need->other), settings});
    }
    return RNN_OK;
}

uint64_t rnn_needs_changed(const rnn_settings *settings)
{
    uint64_t rows = 0;
    rnn_settings usual;
    rnn_settings_init(&usual, RNN_RECIPE_DEFAULT);
    for (const rnn_need *need = rnn_settings_needs; need->option; need++) {
        const rnn_option *row = rnn_settings_row(need->option);
        if (need->changed && !rnn_option_is_same(row, settings, &usual))
            rows |= rnn_settings_bit(row);
    }
    return rows;
}

uint64_t rnn_needs_met(const rnn_settings *settings)
{
    uint64_t idle = 0;
    for (const rnn_need *need = rnn_settings_needs; need->option; need++)
        if (!is_met(need, settings))
            idle |= rnn_settings_bit(rnn_settings_row(need->option));
    return ~idle;
}

void rnn_settings_drop_idle(rnn_settings *settings)
{
    const uint64_t met = rnn_needs_met(settings);
    rnn_settings usual;
    char text[RNN_OPTION_ROOM];
    rnn_settings_init(&usual, settings->recipe);
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        if (met & rnn_settings_bit(row))
            continue;
        rnn_option_text(row, &usual, text, sizeof text);
        rnn_option_set(row, settings, text); /* which reads back what it wrote */
    }
}
