/* SPDX-License-Identifier: MIT */
#include "model/settings.h"

#include "data/scale.h"
#include "data/text.h"
#include "model/needs.h"
#include "model/network.h"

#include <stdio.h>
#include <string.h>

static const char *const recipes[] = {"default", "article", NULL};
static const char *const scalings[] = {"standard", "minmax", "none", NULL};
static const char *const scale_bys[] = {"id", "all", NULL};
static const char *const short_ids[] = {"error", "drop", NULL};
static const char *const missings[] = {"error", "drop", "ffill", "interpolate", "mask", "auto", NULL};
static const char *const transforms[] = {"none", "log", "diff", "log-diff", "season-diff", "log-season-diff",
                                         "auto", NULL};
static const char *const cells[] = {"elman", "gru", "lstm", NULL};
static const char *const activations[] = {"sigmoid", "tanh", "relu", NULL};
static const char *const input_weights[] = {"shared", "per-step", NULL};
static const char *const inits[] = {"orthogonal", "xavier", "uniform", "zero", NULL};
static const char *const losses[] = {"mse", "mae", "huber", "quantile", NULL};
static const char *const loss_ats[] = {"last", "every", NULL};
static const char *const optimizers[] = {"sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", NULL};
static const char *const schedules[] = {"constant", "step", "cosine", "one-cycle", "plateau", NULL};
static const char *const divergences[] = {"stop", "retry", NULL};
static const char *const precisions[] = {"float", "double", NULL};

#define FIELD(name) offsetof(rnn_settings, name)
#define SIZE(option, argument, field, low, high, group, help)                         \
    {                                                                                 \
        option, argument, RNN_OPTION_SIZE, FIELD(field), low, high, NULL, group, help \
    }
#define REAL(option, argument, field, low, high, group, help)                         \
    {                                                                                 \
        option, argument, RNN_OPTION_REAL, FIELD(field), low, high, NULL, group, help \
    }
#define CHOICE(option, argument, field, choices, group, help)                         \
    {                                                                                 \
        option, argument, RNN_OPTION_CHOICE, FIELD(field), 0, 0, choices, group, help \
    }
#define FLAG(option, field, group, help)                                     \
    {                                                                        \
        option, NULL, RNN_OPTION_FLAG, FIELD(field), 0, 0, NULL, group, help \
    }

#define DATA       "Windows and scaling"
#define NETWORK    "Network"
#define TRAINING   "Training"
#define ARITHMETIC "Arithmetic"

const rnn_option rnn_settings_table[] = {
    SIZE("seq-len", "T", seq_len, 0, 1e6, DATA,
         "rows of the past that the network looks at, a window; 0: a quarter of the rows, at most 50"),
    SIZE("horizon", "K", horizon, 1, 1e6, DATA, "rows ahead that are predicted, all at once"),
    REAL("val-fraction", "F", val_fraction, 0, 0.99, DATA,
         "share of the windows, the latest, that training does not learn from and is judged by"),
    REAL("test-fraction", "F", test_fraction, 0, 0.99, DATA,
         "share of the windows, later still, that are looked at once, when training is over"),
    CHOICE("scale", "KIND", scaling, scalings, DATA,
           "how values are brought to one size, measured on the training part alone"),
    SIZE("season", "N", season, 0, 1e6, DATA,
         "rows of a season, for naive forecasts and seasonal differences; 1: there is none, 0: found in the data"),
    CHOICE("scale-by", "WHAT", scale_by, scale_bys, DATA, "scale each series of --id by itself, or all of them alike"),
    CHOICE("short-ids", "HOW", short_ids, short_ids, DATA, "series of --id with too few rows are an error, or dropped"),
    CHOICE("missing", "HOW", missing, missings, DATA,
           "cells and rows without a value. error: stop; drop: leave out windows that touch one; ffill, interpolate: "
           "fill it in; mask: a further input tells the network; auto: mask, where one is missing"),
    CHOICE("transform", "NAME", transform, transforms, DATA,
           "learn logarithms or differences of the targets; results are in their own units all the same; auto: diff or "
           "season-diff, where that leaves less"),
    CHOICE("cell", "NAME", cell, cells, NETWORK, "kind of recurrent cell"),
    SIZE("hidden", "H", hidden, 1, 65536, NETWORK, "hidden units"),
    SIZE("layers", "L", layers, 1, RNN_MAX_LAYERS, NETWORK, "layers, each on top of the one before"),
    REAL("dropout", "F", dropout, 0, 0.99, NETWORK,
         "share of units left out at random between layers while training; takes two layers or more"),
    CHOICE("activation", "NAME", activation, activations, NETWORK, "function of the hidden state"),
    CHOICE("input-weights", "KIND", input_weights, input_weights, NETWORK,
           "the same input weights at every step of a window, or others at each"),
    FLAG("bias", bias, NETWORK, "biases of hidden state and output"),
    FLAG("train-h0", train_h0, NETWORK, "learn the state that windows begin with, which is 0 otherwise"),
    CHOICE("init", "NAME", init, inits, NETWORK, "how the first weights are drawn"),
    REAL("forget-bias", "F", forget_bias, -100, 100, NETWORK, "what the biases of forget gates begin with"),
    CHOICE("recipe", "NAME", recipe, recipes, TRAINING,
           "training with true gradients, or by the article's own rules (README.md tells)"),
    SIZE("epochs", "N", epochs, 1, 1e9, TRAINING, "passes over the training windows"),
    SIZE("batch", "B", batch, 1, 1e6, TRAINING, "windows that an update is made of"),
    FLAG("shuffle", shuffle, TRAINING, "new order of the training windows each epoch"),
    SIZE("windows", "N", windows, 0, 1e9, TRAINING,
         "for long series: learn from N windows an epoch, and judge by N others; 0: all"),
    FLAG("stateful", stateful, TRAINING,
         "go along the series, each window from the state in which the one before ended; takes --no-shuffle"),
    CHOICE("loss", "NAME", loss, losses, TRAINING, "error that training makes small"),
    CHOICE("loss-at", "STEP", loss_at, loss_ats, TRAINING,
           "which errors count: of what is predicted after a window's last row, or after every one of its rows"),
    REAL("huber-delta", "D", huber_delta, 1e-9, 1e9, TRAINING,
         "error, in scaled units, from which on the loss grows evenly"),
    {"quantiles", "LIST", RNN_OPTION_LEVELS, FIELD(quantiles), 0, 1, NULL, TRAINING,
     "shares of the values that shall lie below, an output each"},
    CHOICE("optimizer", "NAME", optimizer, optimizers, TRAINING, "rule of an update"),
    REAL("learning-rate", "R", learning_rate, 0, 1e6, TRAINING,
         "size of the updates, the schedule's highest; 0: 0.04 for sigmoid, 0.003 for tanh and relu, 0.01 for gru and "
         "lstm"),
    CHOICE("schedule", "NAME", schedule, schedules, TRAINING, "how the learning rate changes from epoch to epoch"),
    REAL("warmup", "N", warmup, 0, 1e9, TRAINING,
         "epochs, or part of one, in which the learning rate grows to its full size; one-cycle has a warm-up of its "
         "own"),
    SIZE("lr-step", "N", lr_step, 1, 1e9, TRAINING, "epochs from one reduction of the learning rate to the next"),
    REAL("lr-gamma", "F", lr_gamma, 1e-9, 1, TRAINING, "factor of a reduction"),
    SIZE("lr-patience", "N", lr_patience, 1, 1e9, TRAINING,
         "epochs without a better validation loss before a reduction"),
    REAL("momentum", "M", momentum, 0, 1, TRAINING, "share of the last update that the next one keeps"),
    REAL("rho", "F", rho, 0, 0.999999999, TRAINING, "share that the mean of squared gradients keeps at an update"),
    REAL("beta1", "F", beta1, 0, 0.999999999, TRAINING, "share that the mean of gradients keeps at an update"),
    REAL("beta2", "F", beta2, 0, 0.999999999, TRAINING, "share that the mean of squared gradients keeps at an update"),
    REAL("epsilon", "E", epsilon, 1e-30, 1, TRAINING,
         "added where an update is divided by that mean's root, so that it never is by 0"),
    REAL("weight-decay", "W", weight_decay, 0, 1e3, TRAINING,
         "pull of all weights towards 0; adamw: apart from the gradient; 0: none"),
    SIZE("bptt-truncate", "K", bptt_truncate, 0, 1e6, TRAINING,
         "steps that the gradient goes back; 0: to the first of the window"),
    REAL("clip-value", "C", clip_value, 0, 1e30, TRAINING,
         "largest value in a gradient, which is cut off there; 0: any"),
    REAL("clip-norm", "C", clip_norm, 0, 1e30, TRAINING,
         "then the largest length of the gradient, which is made shorter; 0: any"),
    SIZE("patience", "N", patience, 0, 1e9, TRAINING,
         "stop N epochs after the best validation loss, and keep the weights of that epoch; 0: never"),
    CHOICE("on-divergence", "WHAT", on_divergence, divergences, TRAINING,
           "when training breaks off because a number is not finite: stop, or repeat the epoch at a quarter of the "
           "learning rate"),
    {"seed", "N", RNN_OPTION_SEED, FIELD(seed), 0, 0, NULL, TRAINING,
     "of all that is drawn: first weights, order of windows, dropout"},
    SIZE("reduction-blocks", "P", reduction_blocks, 0, 64, ARITHMETIC,
         "blocks in which sums over windows are made, a power of two: other numbers, other last digits; 0: by shape"),
    CHOICE("precision", "NAME", precision, precisions, ARITHMETIC, "numbers of 32 bits, or of 64"),
    {NULL, NULL, RNN_OPTION_FLAG, 0, 0, 0, NULL, NULL, NULL},
};

void rnn_settings_init(rnn_settings *settings, rnn_recipe recipe)
{
    *settings = (rnn_settings){
        .recipe = RNN_RECIPE_DEFAULT,
        .missing = RNN_MISSING_AUTO,
        .transform = RNN_TRANSFORM_AUTO,
        .horizon = 1,
        .val_fraction = 1.0 / 3,
        .scaling = RNN_SCALE_STANDARD,
        .cell = RNN_ELMAN,
        .hidden = 100,
        .layers = 1,
        .activation = RNN_SIGMOID,
        .input_weights = RNN_INPUT_SHARED,
        .bias = true,
        .init = RNN_INIT_ORTHOGONAL,
        .forget_bias = 1,
        .epochs = 25,
        .batch = 10,
        .shuffle = true,
        .loss = RNN_MSE,
        .huber_delta = 1,
        .quantiles = {3, {0.1, 0.5, 0.9}},
        .optimizer = RNN_ADAM,
        .learning_rate = 0, /* by activation */
        .schedule = RNN_ONE_CYCLE,
        .lr_step = 10,
        .lr_gamma = 0.1,
        .lr_patience = 5,
        .momentum = 0.9,
        .rho = 0.99,
        .beta1 = 0.8,
        .beta2 = 0.99,
        .epsilon = 1e-8,
        .clip_norm = 0.3,
        .seed = 42,
        .precision = RNN_FLOAT,
    };
    if (recipe == RNN_RECIPE_ARTICLE) {
        settings->recipe = RNN_RECIPE_ARTICLE;
        settings->seq_len = 50;
        settings->missing = RNN_MISSING_ERROR;
        settings->transform = RNN_TRANSFORM_NONE;
        settings->scaling = RNN_SCALE_NONE;
        settings->input_weights = RNN_INPUT_PER_STEP;
        settings->bias = false;
        settings->init = RNN_INIT_UNIFORM;
        settings->batch = 1;
        settings->shuffle = false;
        settings->optimizer = RNN_SGD;
        settings->learning_rate = 1e-4;
        settings->schedule = RNN_CONSTANT;
        settings->bptt_truncate = 5;
        settings->clip_value = 10;
        settings->clip_norm = 0;
        settings->precision = RNN_DOUBLE;
    }
}

const rnn_option *rnn_settings_row(const char *name)
{
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

const char *rnn_settings_name(const char *option, const rnn_settings *settings)
{
    const rnn_option *row = rnn_settings_row(option);
    return rnn_option_choice(row, *(const int *)((const char *)settings + row->offset));
}

/* What the article's algorithm consists of: with any of these changed it would be another algorithm. */
static rnn_status check_article(const rnn_settings *settings)
{
    static const char *const fixed[] = {
        "horizon",      "test-fraction", "layers",           "train-h0",      "forget-bias",
        "cell",         "activation",    "input-weights",    "bias",          "init",
        "batch",        "shuffle",       "windows",          "loss",          "loss-at",
        "stateful",     "optimizer",     "schedule",         "warmup",        "clip-norm",
        "weight-decay", "patience",      "reduction-blocks", "on-divergence", "missing",
        "transform"};
    rnn_settings article;
    rnn_settings_init(&article, RNN_RECIPE_ARTICLE);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const rnn_option *row = rnn_settings_row(fixed[i]);
        char found[RNN_OPTION_ROOM], expected[RNN_OPTION_ROOM];
        rnn_option_text(row, settings, found, sizeof found);
        rnn_option_text(row, &article, expected, sizeof expected);
        if (strcmp(found, expected) == 0)
            continue;
        if (row->kind == RNN_OPTION_FLAG) /* such rows are all off in the article */
            return rnn_fail(RNN_USAGE, "--%s does not go with --recipe article; drop one of the two", fixed[i]);
        return rnn_fail(RNN_USAGE, "--%s %s does not go with --recipe article, whose rule has %s; drop one of the two",
                        fixed[i], found, expected);
    }
    if (settings->clip_value <= 0)
        return rnn_fail(RNN_USAGE, "--recipe article clamps its sums: --clip-value must be above 0");
    return RNN_OK;
}

rnn_status rnn_settings_check(const rnn_settings *settings)
{
    const size_t P = settings->reduction_blocks;
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char text[RNN_OPTION_ROOM];
        rnn_settings copy = *settings;
        rnn_option_text(row, settings, text, sizeof text);
        const rnn_status status = rnn_option_set(row, &copy, text); /* a C program may have put anything into a field */
        if (status)
            return status;
    }
    if (P & (P - 1))
        return rnn_fail(RNN_USAGE, "--reduction-blocks: found %zu, expected a power of two up to 64, or 0", P);
    if (settings->init == RNN_INIT_UNIFORM && settings->seed > UINT32_MAX)
        return rnn_fail(RNN_USAGE,
                        "--seed %llu: --init uniform draws as NumPy's RandomState does, whose seeds end at %u",
                        (unsigned long long)settings->seed, UINT32_MAX);
    const rnn_status status = rnn_needs_check(settings, rnn_needs_changed(settings));
    if (status)
        return status;
    if (settings->stateful && settings->shuffle)
        return rnn_fail(RNN_USAGE, "--stateful goes along the series in its order; give --no-shuffle, too");
    if (settings->stateful && settings->windows)
        return rnn_fail(RNN_USAGE,
                        "--windows %zu does not go with --stateful, which goes along the whole series; drop one "
                        "of the two",
                        settings->windows);
    if (settings->stateful && settings->train_h0)
        return rnn_fail(RNN_USAGE, "--train-h0 does not go with --stateful, where next to no minibatch begins with it; "
                                   "drop one of the two");
    if (rnn_transform_is_seasonal(settings->transform) && settings->season == 1)
        return rnn_fail(RNN_USAGE, "--season 1, which is none, does not go with --transform %s; drop one of the two",
                        transforms[settings->transform]);
    const size_t lag = rnn_transform_lag(settings);
    if (settings->loss == RNN_QUANTILE && lag > 0 && settings->horizon > lag)
        return rnn_fail(
            RNN_USAGE,
            "--loss quantile with --horizon %zu does not go with differences (--transform): quantiles of steps "
            "do not add up; try --transform none or log",
            settings->horizon);
    if (settings->schedule == RNN_PLATEAU && settings->val_fraction == 0)
        return rnn_fail(RNN_USAGE, "--schedule plateau needs a validation part: --val-fraction above 0");
    return settings->recipe == RNN_RECIPE_ARTICLE ? check_article(settings) : RNN_OK;
}

static json_t *levels_to_json(const rnn_quantiles *levels)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < levels->count; i++)
        if (json_array_append_new(array, json_real(levels->values[i])) != 0) {
            json_decref(array);
            array = NULL;
        }
    return array;
}

static json_t *value_to_json(const rnn_option *row, const rnn_settings *settings)
{
    const void *field = (const char *)settings + row->offset;
    char text[RNN_OPTION_ROOM];
    switch (row->kind) {
    case RNN_OPTION_SIZE:
        return json_integer((json_int_t) * (const size_t *)field);
    case RNN_OPTION_REAL:
        return json_real(*(const double *)field);
    case RNN_OPTION_FLAG:
        return json_boolean(*(const bool *)field);
    case RNN_OPTION_LEVELS:
        return levels_to_json(field);
    case RNN_OPTION_SEED: /* as text: a JSON integer ends at 2^63 - 1 */
    case RNN_OPTION_CHOICE:
    case RNN_OPTION_TEXT:
        rnn_option_text(row, settings, text, sizeof text);
        return json_string(text);
    }
    return NULL;
}

json_t *rnn_settings_to_json(const rnn_settings *settings)
{
    json_t *object = json_object();
    for (const rnn_option *row = rnn_settings_table; object && row->name; row++)
        if (json_object_set_new(object, row->name, value_to_json(row, settings)) != 0) {
            json_decref(object);
            object = NULL;
        }
    if (!object)
        rnn_fail(RNN_NO_MEMORY, "out of memory: the settings as JSON");
    return object;
}

/* Rows that models of earlier versions lack: they were trained as the default has it. */
static bool is_newer(const rnn_option *row)
{
    static const char *const newer[] = {"test-fraction", "windows",      "on-divergence", "loss",      "huber-delta",
                                        "quantiles",     "warmup",       "lr-step",       "lr-gamma",  "lr-patience",
                                        "rho",           "weight-decay", "scale-by",      "short-ids", "missing",
                                        "transform",     "forget-bias",  "layers",        "dropout",   "train-h0",
                                        "season",        "loss-at",      "stateful"};
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (strcmp(row->name, newer[i]) == 0)
            return true;
    return false;
}

/* false: not so many numbers as a row may have. */
static bool levels_text(const json_t *array, char *text, size_t size)
{
    const size_t count = json_array_size(array);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_array_get(array, i);
        const size_t used = strlen(text);
        char one[32];
        if (!json_is_number(value) || count > RNN_MOST_QUANTILES)
            return false;
        rnn_real_text(json_number_value(value), one, sizeof one);
        snprintf(text + used, size - used, "%s%s", i ? "," : "", one);
    }
    return true;
}

/* The value as rnn_option_set would read it; false for a type that no row has. */
static bool value_text(const rnn_option *row, const json_t *value, char *text, size_t size)
{
    if (json_is_string(value)) /* as it may stand in a message; what a row takes is not changed by that */
        snprintf(text, size, "%.63s", rnn_show_string(json_string_value(value)).text);
    else if (json_is_integer(value))
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        rnn_real_text(json_real_value(value), text, size);
    else if (json_is_boolean(value))
        snprintf(text, size, "%s", json_is_true(value) ? "yes" : "no");
    else
        return json_is_array(value) && row->kind == RNN_OPTION_LEVELS && levels_text(value, text, size);
    return true;
}

rnn_status rnn_settings_values_from_json(const json_t *object, const char *where, rnn_settings *out)
{
    rnn_settings_init(out, RNN_RECIPE_DEFAULT);
    out->missing = RNN_MISSING_ERROR; /* of models from before these rows */
    out->transform = RNN_TRANSFORM_NONE;
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        const json_t *value = json_object_get(object, row->name);
        char text[RNN_OPTION_ROOM];
        if (!value && is_newer(row))
            continue;
        if (!value_text(row, value, text, sizeof text))
            return rnn_fail(RNN_BAD_DATA, "%s: setting '%s' is missing or of a wrong type", where, row->name);
        if (rnn_option_set(row, out, text) != RNN_OK)
            return rnn_fail_within(RNN_BAD_DATA, "%s: setting ", where);
    }
    return RNN_OK;
}

rnn_status rnn_settings_from_json(const json_t *object, const char *where, rnn_settings *out)
{
    const rnn_status status = rnn_settings_values_from_json(object, where, out);
    if (status)
        return status;
    if (rnn_settings_check(out) != RNN_OK)
        return rnn_fail_within(RNN_BAD_DATA, "%s: ", where);
    const bool no_season = rnn_transform_is_seasonal(out->transform) && out->season == 0;
    if (out->seq_len == 0 || no_season || out->missing == RNN_MISSING_AUTO || out->transform == RNN_TRANSFORM_AUTO)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: settings seq-len, missing, transform and its season as a model keeps them were chosen, "
                        "not left open",
                        where);
    return RNN_OK;
}
