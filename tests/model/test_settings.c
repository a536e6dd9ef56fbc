/* SPDX-License-Identifier: MIT
 * test_settings.c - the recipes' defaults, what goes with what, and the copy of the settings that a model file keeps
 */
#include "suites.h"

#include "base/random.h"
#include "model/needs.h"
#include "model/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE "m.safetensors"

/* ---- Defaults ------------------------------------------------------------------------------------------------------ */

/* Changing any of these changes what a plain ./rnn_cl gives. */
static const struct {
    const char *name, *standard, *article;
} defaults[] = {
    {"seq-len", "0", "50"},
    {"horizon", "1", "1"},
    {"val-fraction", "0.3333333333333333", "0.3333333333333333"},
    {"test-fraction", "0", "0"},
    {"scale", "standard", "none"},
    {"season", "0", "0"},
    {"scale-by", "id", "id"},
    {"short-ids", "error", "error"},
    {"missing", "auto", "error"},
    {"transform", "auto", "none"},
    {"cell", "elman", "elman"},
    {"hidden", "100", "100"},
    {"layers", "1", "1"},
    {"dropout", "0", "0"},
    {"activation", "sigmoid", "sigmoid"},
    {"input-weights", "shared", "per-step"},
    {"bias", "yes", "no"},
    {"train-h0", "no", "no"},
    {"init", "orthogonal", "uniform"},
    {"forget-bias", "1", "1"},
    {"recipe", "default", "article"},
    {"epochs", "25", "25"},
    {"batch", "10", "1"},
    {"shuffle", "yes", "no"},
    {"windows", "0", "0"},
    {"stateful", "no", "no"},
    {"loss", "mse", "mse"},
    {"loss-at", "last", "last"},
    {"huber-delta", "1", "1"},
    {"quantiles", "0.1,0.5,0.9", "0.1,0.5,0.9"},
    {"optimizer", "adam", "sgd"},
    {"learning-rate", "0", "0.0001"},
    {"schedule", "one-cycle", "constant"},
    {"warmup", "0", "0"},
    {"lr-step", "10", "10"},
    {"lr-gamma", "0.1", "0.1"},
    {"lr-patience", "5", "5"},
    {"momentum", "0.9", "0.9"},
    {"rho", "0.99", "0.99"},
    {"beta1", "0.8", "0.8"},
    {"beta2", "0.99", "0.99"},
    {"epsilon", "1e-08", "1e-08"},
    {"weight-decay", "0", "0"},
    {"bptt-truncate", "0", "5"},
    {"clip-value", "0", "10"},
    {"clip-norm", "0.3", "0"},
    {"patience", "0", "0"},
    {"on-divergence", "stop", "stop"},
    {"seed", "42", "42"},
    {"reduction-blocks", "0", "0"},
    {"precision", "float", "double"},
};

START_TEST(every_default)
{
    rnn_settings standard, article;
    size_t rows = 0;
    rnn_settings_init(&standard, RNN_RECIPE_DEFAULT);
    rnn_settings_init(&article, RNN_RECIPE_ARTICLE);
    for (const rnn_option *row = rnn_settings_table; row->name; row++, rows++) {
        char text[64];
        ck_assert_uint_lt(rows, sizeof defaults / sizeof *defaults);
        ck_assert_str_eq(row->name, defaults[rows].name);
        rnn_option_text(row, &standard, text, sizeof text);
        ck_assert_str_eq(text, defaults[rows].standard);
        rnn_option_text(row, &article, text, sizeof text);
        ck_assert_str_eq(text, defaults[rows].article);
    }
    ck_assert_uint_eq(rows, sizeof defaults / sizeof *defaults);
    ck_assert_int_eq(rnn_settings_check(&standard), RNN_OK);
    ck_assert_int_eq(rnn_settings_check(&article), RNN_OK);
}
END_TEST

START_TEST(rows_by_name)
{
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        ck_assert_ptr_eq(rnn_settings_row(row->name), row);
        ck_assert_ptr_nonnull(row->help);
        ck_assert_ptr_nonnull(row->group);
        ck_assert((row->kind == RNN_OPTION_FLAG) == (row->argument == NULL));
        ck_assert((row->kind == RNN_OPTION_CHOICE) == (row->choices != NULL));
    }
    ck_assert_ptr_null(rnn_settings_row("hiddem"));
    ck_assert_ptr_null(rnn_settings_row(""));
}
END_TEST

/* The names stand at the enum's values: the table and the public header cannot drift apart. */
static const struct {
    const char *option, *name;
    int value;
} choices[] = {
    {"recipe", "default", RNN_RECIPE_DEFAULT},
    {"recipe", "article", RNN_RECIPE_ARTICLE},
    {"precision", "float", RNN_FLOAT},
    {"precision", "double", RNN_DOUBLE},
    {"cell", "elman", RNN_ELMAN},
    {"cell", "gru", RNN_GRU},
    {"cell", "lstm", RNN_LSTM},
    {"activation", "sigmoid", RNN_SIGMOID},
    {"activation", "tanh", RNN_TANH},
    {"activation", "relu", RNN_RELU},
    {"input-weights", "shared", RNN_INPUT_SHARED},
    {"input-weights", "per-step", RNN_INPUT_PER_STEP},
    {"init", "orthogonal", RNN_INIT_ORTHOGONAL},
    {"init", "xavier", RNN_INIT_XAVIER},
    {"init", "uniform", RNN_INIT_UNIFORM},
    {"init", "zero", RNN_INIT_ZERO},
    {"optimizer", "sgd", RNN_SGD},
    {"optimizer", "momentum", RNN_MOMENTUM},
    {"optimizer", "nesterov", RNN_NESTEROV},
    {"optimizer", "rmsprop", RNN_RMSPROP},
    {"optimizer", "adam", RNN_ADAM},
    {"optimizer", "adamw", RNN_ADAMW},
    {"schedule", "constant", RNN_CONSTANT},
    {"schedule", "step", RNN_STEP},
    {"schedule", "cosine", RNN_COSINE},
    {"schedule", "one-cycle", RNN_ONE_CYCLE},
    {"schedule", "plateau", RNN_PLATEAU},
    {"loss", "mse", RNN_MSE},
    {"loss", "mae", RNN_MAE},
    {"loss", "huber", RNN_HUBER},
    {"loss", "quantile", RNN_QUANTILE},
    {"loss-at", "last", RNN_LOSS_AT_LAST},
    {"loss-at", "every", RNN_LOSS_AT_EVERY},
    {"scale", "standard", RNN_SCALE_STANDARD},
    {"scale", "minmax", RNN_SCALE_MINMAX},
    {"scale", "none", RNN_SCALE_NONE},
    {"scale-by", "id", RNN_SCALE_BY_ID},
    {"scale-by", "all", RNN_SCALE_BY_ALL},
    {"short-ids", "error", RNN_SHORT_IDS_ERROR},
    {"short-ids", "drop", RNN_SHORT_IDS_DROP},
    {"missing", "error", RNN_MISSING_ERROR},
    {"missing", "drop", RNN_MISSING_DROP},
    {"missing", "ffill", RNN_MISSING_FFILL},
    {"missing", "interpolate", RNN_MISSING_INTERPOLATE},
    {"missing", "mask", RNN_MISSING_MASK},
    {"missing", "auto", RNN_MISSING_AUTO},
    {"transform", "none", RNN_TRANSFORM_NONE},
    {"transform", "log", RNN_TRANSFORM_LOG},
    {"transform", "diff", RNN_TRANSFORM_DIFF},
    {"transform", "log-diff", RNN_TRANSFORM_LOG_DIFF},
    {"transform", "season-diff", RNN_TRANSFORM_SEASON_DIFF},
    {"transform", "log-season-diff", RNN_TRANSFORM_LOG_SEASON_DIFF},
    {"transform", "auto", RNN_TRANSFORM_AUTO},
    {"on-divergence", "stop", RNN_DIVERGENCE_STOP},
    {"on-divergence", "retry", RNN_DIVERGENCE_RETRY},
};

START_TEST(choice_names)
{
    rnn_settings settings;
    const rnn_option *row = rnn_settings_row(choices[_i].option);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    ck_assert_int_eq(rnn_option_set(row, &settings, choices[_i].name), RNN_OK);
    ck_assert_int_eq(*(int *)rnn_option_field(row, &settings), choices[_i].value);
    ck_assert_str_eq(rnn_settings_name(choices[_i].option, &settings), choices[_i].name);
}
END_TEST

START_TEST(no_choice_is_untested)
{
    size_t count = 0;
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        for (const char *const *choice = row->choices; choice && *choice; choice++)
            count++;
    ck_assert_uint_eq(count, sizeof choices / sizeof *choices);
}
END_TEST

/* ---- What goes with what ------------------------------------------------------------------------------------------- */

static const struct {
    rnn_recipe recipe;
    const char *option, *value, *message;
} contradictions[] = {
#define FIXED(option, value, expected)                                                           \
    {                                                                                            \
        RNN_RECIPE_ARTICLE, option, value,                                                       \
            "--" option " " value " does not go with --recipe article, whose rule has " expected \
            "; drop one of the two"                                                              \
    }
    FIXED("cell", "lstm", "elman"),
    FIXED("layers", "2", "1"),
    FIXED("activation", "tanh", "sigmoid"),
    FIXED("input-weights", "shared", "per-step"),
    FIXED("init", "xavier", "uniform"),
    FIXED("batch", "10", "1"),
    FIXED("optimizer", "adam", "sgd"),
    FIXED("schedule", "one-cycle", "constant"),
    FIXED("loss", "mae", "mse"),
    FIXED("loss-at", "every", "last"),
    FIXED("warmup", "0.5", "0"),
    FIXED("weight-decay", "0.1", "0"),
    FIXED("clip-norm", "0.3", "0"),
    FIXED("patience", "3", "0"),
    FIXED("reduction-blocks", "2", "0"),
#undef FIXED
    {RNN_RECIPE_ARTICLE, "train-h0", "yes", "--train-h0 does not go with --recipe article; drop one of the two"},
    {RNN_RECIPE_ARTICLE, "stateful", "yes", "--stateful does not go with --recipe article; drop one of the two"},
    {RNN_RECIPE_DEFAULT, "stateful", "yes", "--stateful goes along the series in its order; give --no-shuffle, too"},
    {RNN_RECIPE_DEFAULT, "dropout", "0.5",
     "--dropout 0.5 is between layers, of which there is one; give --layers or drop it"},
    {RNN_RECIPE_DEFAULT, "forget-bias", "2", "--forget-bias 2 is for --cell lstm, not elman; drop one of the two"},
    {RNN_RECIPE_ARTICLE, "bias", "yes", "--bias does not go with --recipe article; drop one of the two"},
    {RNN_RECIPE_ARTICLE, "shuffle", "yes", "--shuffle does not go with --recipe article; drop one of the two"},
    {RNN_RECIPE_ARTICLE, "seed", "4294967296",
     "--seed 4294967296: --init uniform draws as NumPy's RandomState does, whose seeds end at 4294967295"},
    {RNN_RECIPE_ARTICLE, "clip-value", "0", "--recipe article clamps its sums: --clip-value must be above 0"},
    {RNN_RECIPE_DEFAULT, "reduction-blocks", "3",
     "--reduction-blocks: found 3, expected a power of two up to 64, or 0"},
    {RNN_RECIPE_DEFAULT, "reduction-blocks", "63",
     "--reduction-blocks: found 63, expected a power of two up to 64, or 0"},
};

START_TEST(contradicts)
{
    rnn_settings settings;
    rnn_settings_init(&settings, contradictions[_i].recipe);
    ck_assert_int_eq(rnn_option_set(rnn_settings_row(contradictions[_i].option), &settings, contradictions[_i].value),
                     RNN_OK);
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), contradictions[_i].message);
}
END_TEST

START_TEST(blocks_are_powers_of_two)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    for (size_t P = 0; P <= 64; P++) {
        const bool power = P == 0 || P == 1 || P == 2 || P == 4 || P == 8 || P == 16 || P == 32 || P == 64;
        settings.reduction_blocks = P;
        ck_assert_int_eq(rnn_settings_check(&settings), power ? RNN_OK : RNN_USAGE);
    }
}
END_TEST

START_TEST(plateau_needs_validation)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.schedule = RNN_PLATEAU;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.val_fraction = 0;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), "--schedule plateau needs a validation part: --val-fraction above 0");
}
END_TEST

/* Every schedule takes a warm-up but the one that has one. */
START_TEST(one_cycle_warms_up_by_itself)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.warmup = 1.5;
    for (int schedule = RNN_CONSTANT; schedule <= RNN_PLATEAU; schedule++) {
        settings.schedule = (rnn_schedule)schedule;
        ck_assert_int_eq(rnn_settings_check(&settings), schedule == RNN_ONE_CYCLE ? RNN_USAGE : RNN_OK);
    }
    ck_assert_str_eq(rnn_error_message(), "--warmup 1.5 does not go with --schedule one-cycle, which has a warm-up of "
                                          "its own; choose another --schedule");
}
END_TEST

START_TEST(patience_needs_validation)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.patience = 4;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.val_fraction = 0;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), "--patience 4 needs a validation part: --val-fraction above 0");
}
END_TEST

/* What the article's recipe leaves open. */
START_TEST(article_takes_other_sizes)
{
    static const char *const open[][2] = {{"seq-len", "20"},     {"hidden", "7"},           {"epochs", "3"},
                                          {"val-fraction", "0"}, {"scale", "minmax"},       {"seed", "4294967295"},
                                          {"season", "4"},       {"learning-rate", "0.01"}, {"bptt-truncate", "0"},
                                          {"clip-value", "1"},   {"precision", "float"}};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
        ck_assert_int_eq(rnn_option_set(rnn_settings_row(open[i][0]), &settings, open[i][1]), RNN_OK);
        ck_assert_msg(rnn_settings_check(&settings) == RNN_OK, "%s: %s", open[i][0], rnn_error_message());
    }
}
END_TEST

/* What only one cell has, with each of the others; and a forget gate without biases. */
START_TEST(cells_have_their_own_settings)
{
    static const char *const rows[][4] = {
        {"gru", "activation", "tanh", "--activation tanh is for --cell elman, not gru; drop one of the two"},
        {"lstm", "activation", "relu", "--activation relu is for --cell elman, not lstm; drop one of the two"},
        {"gru", "forget-bias", "0", "--forget-bias 0 is for --cell lstm, not gru; drop one of the two"},
        {"lstm", "forget-bias", "0", NULL},
        {"elman", "activation", "relu", NULL},
    };
    rnn_settings settings;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        ck_assert_int_eq(rnn_option_set(rnn_settings_row("cell"), &settings, rows[i][0]), RNN_OK);
        ck_assert_int_eq(rnn_option_set(rnn_settings_row(rows[i][1]), &settings, rows[i][2]), RNN_OK);
        ck_assert_int_eq(rnn_settings_check(&settings), rows[i][3] ? RNN_USAGE : RNN_OK);
        if (rows[i][3])
            ck_assert_str_eq(rnn_error_message(), rows[i][3]);
    }
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.cell = RNN_LSTM;
    settings.bias = false;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.forget_bias = 2;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), "--forget-bias 2 needs biases; drop --no-bias");
}
END_TEST

/* Every need of every row: unmet with the value in `without`, met with all others of that option; asked for, and not. */
static const struct {
    const char *option, *value, *other, *without, *with;
} needs[] = {
    {"scale-by", "all", "scale", "none", "minmax"},
    {"activation", "tanh", "cell", "gru", "elman"},
    {"activation", "sigmoid", "cell", "lstm", "elman"},
    {"forget-bias", "2", "cell", "gru", "lstm"},
    {"dropout", "0.5", "layers", "1", "2"},
    {"huber-delta", "1", "loss", "mae", "huber"},
    {"quantiles", "0.1,0.5,0.9", "loss", "huber", "quantile"},
    {"warmup", "2", "schedule", "one-cycle", "cosine"},
    {"lr-step", "10", "schedule", "plateau", "step"},
    {"lr-gamma", "0.1", "schedule", "cosine", "step"},
    {"lr-gamma", "0.1", "schedule", "constant", "plateau"},
    {"lr-patience", "5", "schedule", "step", "plateau"},
    {"momentum", "0.9", "optimizer", "sgd", "momentum"},
    {"momentum", "0.5", "optimizer", "rmsprop", "nesterov"},
    {"rho", "0.5", "optimizer", "momentum", "rmsprop"},
    {"beta1", "0", "optimizer", "rmsprop", "adam"},
    {"beta2", "0", "optimizer", "nesterov", "adamw"},
    {"epsilon", "1e-08", "optimizer", "sgd", "rmsprop"},
    {"epsilon", "1e-08", "optimizer", "momentum", "adam"},
    {"epsilon", "1e-08", "optimizer", "nesterov", "adamw"},
    {"patience", "3", "val-fraction", "0", "0.25"},
};

static void set(rnn_settings *settings, const char *option, const char *value)
{
    ck_assert_int_eq(rnn_option_set(rnn_settings_row(option), settings, value), RNN_OK);
}

START_TEST(what_does_nothing_is_refused)
{
    const rnn_option *row = rnn_settings_row(needs[_i].option);
    const uint64_t asked = rnn_settings_bit(row);
    rnn_settings settings, usual;
    char start[64];
    rnn_settings_init(&usual, RNN_RECIPE_DEFAULT);
    settings = usual;
    set(&settings, needs[_i].option, needs[_i].value);
    set(&settings, needs[_i].other, needs[_i].without);
    snprintf(start, sizeof start, "--%s %s ", needs[_i].option, needs[_i].value);
    ck_assert_int_eq(rnn_needs_check(&settings, 0), RNN_OK);
    ck_assert_int_eq(rnn_needs_check(&settings, asked), RNN_USAGE);
    ck_assert_msg(strncmp(rnn_error_message(), start, strlen(start)) == 0, "%s", rnn_error_message());
    ck_assert_msg(strstr(rnn_error_message(), needs[_i].other) != NULL, "%s", rnn_error_message());
    ck_assert(!(rnn_needs_met(&settings) & asked));
    rnn_settings_drop_idle(&settings);
    ck_assert(rnn_option_is_same(row, &settings, &usual));
    set(&settings, needs[_i].option, needs[_i].value);
    set(&settings, needs[_i].other, needs[_i].with);
    ck_assert_int_eq(rnn_needs_check(&settings, asked), RNN_OK);
    ck_assert(rnn_needs_met(&settings) & asked);
    rnn_settings_drop_idle(&settings);
    char text[RNN_OPTION_ROOM];
    rnn_option_text(row, &settings, text, sizeof text);
    ck_assert_str_eq(text, needs[_i].value);
}
END_TEST

/* No need is left untested, and each names options that there are. */
START_TEST(every_need_is_tested)
{
    for (const rnn_need *need = rnn_settings_needs; need->option; need++) {
        size_t found = 0;
        ck_assert_ptr_nonnull(rnn_settings_row(need->option));
        ck_assert_ptr_nonnull(rnn_settings_row(need->other));
        for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
            found += strcmp(needs[i].option, need->option) == 0;
        ck_assert_msg(found > 0, "%s", need->option);
    }
}
END_TEST

/* That nothing is wanted may be said anywhere. */
START_TEST(off_is_off_anywhere)
{
    static const char *const off[] = {"dropout", "warmup", "patience"};
    for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.val_fraction = 0;
        set(&settings, off[i], "0");
        ck_assert_int_eq(rnn_needs_check(&settings, rnn_settings_bit(rnn_settings_row(off[i]))), RNN_OK);
    }
}
END_TEST

/* 0 means: by cell and activation. A rate that was given stays. */
START_TEST(learning_rate_by_activation)
{
    static const double rates[] = {[RNN_SIGMOID] = 0.04, [RNN_TANH] = 0.003, [RNN_RELU] = 0.003};
    for (int activation = RNN_SIGMOID; activation <= RNN_RELU; activation++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.activation = (rnn_activation)activation;
        rnn_settings_resolve(&settings, NULL);
        ck_assert(settings.learning_rate == rates[activation]);
        settings.learning_rate = 0.125;
        rnn_settings_resolve(&settings, NULL);
        ck_assert(settings.learning_rate == 0.125);
    }
    for (int cell = RNN_GRU; cell <= RNN_LSTM; cell++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.cell = (rnn_cell)cell;
        rnn_settings_resolve(&settings, NULL);
        ck_assert(settings.learning_rate == 0.01);
    }
}
END_TEST

static void zero_hidden(rnn_settings *s)
{
    s->hidden = 0;
}
static void zero_epochs(rnn_settings *s)
{
    s->epochs = 0;
}
static void rate_nan(rnn_settings *s)
{
    s->learning_rate = NAN;
}
static void rate_negative(rnn_settings *s)
{
    s->learning_rate = -0.25;
}
static void whole_for_validation(rnn_settings *s)
{
    s->val_fraction = 1;
}
static void epsilon_zero(rnn_settings *s)
{
    s->epsilon = 0;
}
static void optimizer_unknown(rnn_settings *s)
{
    s->optimizer = (rnn_optimizer)9;
}
static void no_quantiles(rnn_settings *s)
{
    s->quantiles.count = 0;
}
static void quantiles_descend(rnn_settings *s)
{
    s->quantiles.values[2] = 0.25;
}
static void delta_zero(rnn_settings *s)
{
    s->huber_delta = 0;
}
static void batch_huge(rnn_settings *s)
{
    s->batch = SIZE_MAX;
}

#define LEVELS "expected 1 to 9 ascending numbers between 0 and 1, as 0.1,0.5,0.9"

/* A C program may put anything into the struct: the table's ranges hold there too. */
static const struct {
    void (*spoil)(rnn_settings *);
    const char *message;
} fields[] = {
    {zero_hidden, "--hidden: found '0', expected a whole number from 1 to 65536"},
    {zero_epochs, "--epochs: found '0', expected a whole number from 1 to 1000000000"},
    {rate_nan, "--learning-rate: found 'nan', expected a number from 0 to 1000000"},
    {rate_negative, "--learning-rate: found '-0.25', expected a number from 0 to 1000000"},
    {whole_for_validation, "--val-fraction: found '1', expected a number from 0 to 0.99"},
    {epsilon_zero, "--epsilon: found '0', expected a number from 1e-30 to 1"},
    {optimizer_unknown, "--optimizer: found '?', expected one of sgd, momentum, nesterov, rmsprop, adam, adamw"},
    {no_quantiles, "--quantiles: found '', " LEVELS},
    {quantiles_descend, "--quantiles: found '0.1,0.5,0.25', " LEVELS},
    {delta_zero, "--huber-delta: found '0', expected a number from 1e-09 to 1000000000"},
    {batch_huge, "--batch: found '18446744073709551615', expected a whole number from 1 to 1000000"},
};

START_TEST(field_out_of_range)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    fields[_i].spoil(&settings);
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), fields[_i].message);
}
END_TEST

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

/* Every row away from both recipes' defaults, hard values among them. */
static const char *const changed[][2] = {
    {"seq-len", "37"},
    {"horizon", "4"},
    {"val-fraction", "0.30000000000000004"},
    {"test-fraction", "0.1"},
    {"scale", "minmax"},
    {"season", "12"},
    {"scale-by", "all"},
    {"short-ids", "drop"},
    {"missing", "ffill"},
    {"transform", "log"},
    {"cell", "elman"},
    {"hidden", "61"},
    {"layers", "3"},
    {"dropout", "0.25"},
    {"activation", "relu"},
    {"input-weights", "per-step"},
    {"bias", "no"},
    {"train-h0", "yes"},
    {"init", "xavier"},
    {"forget-bias", "1"},
    {"recipe", "default"},
    {"epochs", "1000000000"},
    {"batch", "93"},
    {"shuffle", "no"},
    {"windows", "1000"},
    {"stateful", "no"},
    {"loss", "quantile"},
    {"loss-at", "every"},
    {"huber-delta", "0.75"},
    {"quantiles", "1e-300,0.015625,0.1,0.30000000000000004,0.5,0.6,0.7000000000000001,0.9,0.9999999999999999"},
    {"optimizer", "rmsprop"},
    {"learning-rate", "0.1"},
    {"schedule", "cosine"},
    {"warmup", "0.25"},
    {"lr-step", "3"},
    {"lr-gamma", "0.5"},
    {"lr-patience", "2"},
    {"momentum", "1"},
    {"rho", "0"},
    {"beta1", "0"},
    {"beta2", "0.999999999"},
    {"epsilon", "1e-30"},
    {"weight-decay", "0.01"},
    {"bptt-truncate", "3"},
    {"clip-value", "1e+30"},
    {"clip-norm", "2.5"},
    {"patience", "17"},
    {"on-divergence", "retry"},
    {"seed", "18446744073709551615"},
    {"reduction-blocks", "64"},
    {"precision", "double"},
};

static void set_changed(rnn_settings *settings)
{
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++)
        ck_assert_int_eq(rnn_option_set(rnn_settings_row(changed[i][0]), settings, changed[i][1]), RNN_OK);
}

static json_t *through_text(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    ck_assert_ptr_nonnull(object);
    return object;
}

static void expect_same(const rnn_settings *a, const rnn_settings *b)
{
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char expected[RNN_OPTION_ROOM], found[RNN_OPTION_ROOM];
        rnn_option_text(row, a, expected, sizeof expected);
        rnn_option_text(row, b, found, sizeof found);
        ck_assert_msg(strcmp(expected, found) == 0, "%s: %s came back as %s", row->name, expected, found);
    }
}

START_TEST(json_round_trip)
{
    rnn_settings settings, back;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    set_changed(&settings);
    json_t *object = through_text(rnn_settings_to_json(&settings));
    ck_assert_uint_eq(json_object_size(object), sizeof changed / sizeof *changed);
    ck_assert_int_eq(rnn_settings_from_json(object, WHERE, &back), RNN_OK);
    expect_same(&settings, &back);
    for (size_t i = 0; i < sizeof changed / sizeof *changed; i++) {
        char text[RNN_OPTION_ROOM];
        rnn_option_text(rnn_settings_row(changed[i][0]), &back, text, sizeof text);
        ck_assert_str_eq(text, changed[i][1]);
    }
    json_decref(object);
}
END_TEST

/* As a model keeps what settings may leave open. */
static void decide(rnn_settings *settings)
{
    settings->seq_len = 50;
    settings->missing = RNN_MISSING_ERROR;
    settings->transform = RNN_TRANSFORM_NONE;
}

START_TEST(json_round_trip_of_recipes)
{
    for (int recipe = RNN_RECIPE_DEFAULT; recipe <= RNN_RECIPE_ARTICLE; recipe++) {
        rnn_settings settings, back;
        rnn_settings_init(&settings, (rnn_recipe)recipe);
        decide(&settings);
        json_t *object = through_text(rnn_settings_to_json(&settings));
        ck_assert_int_eq(rnn_settings_from_json(object, WHERE, &back), RNN_OK);
        expect_same(&settings, &back);
        json_decref(object);
    }
}
END_TEST

/* Types as a reader in another language would expect them. */
START_TEST(json_types)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    json_t *object = rnn_settings_to_json(&settings);
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        const json_t *value = json_object_get(object, row->name);
        switch (row->kind) {
        case RNN_OPTION_SIZE:
            ck_assert_msg(json_is_integer(value), "%s", row->name);
            break;
        case RNN_OPTION_REAL:
            ck_assert_msg(json_is_real(value), "%s", row->name);
            break;
        case RNN_OPTION_LEVELS:
            ck_assert_msg(json_is_array(value) && json_is_real(json_array_get(value, 2)), "%s", row->name);
            break;
        case RNN_OPTION_FLAG:
            ck_assert_msg(json_is_boolean(value), "%s", row->name);
            break;
        default:
            ck_assert_msg(json_is_string(value), "%s", row->name);
        }
    }
    json_decref(object);
}
END_TEST

static void expect_refused(json_t *object, const char *message)
{
    rnn_settings settings;
    ck_assert_int_eq(rnn_settings_from_json(object, WHERE, &settings), RNN_BAD_DATA);
    ck_assert_str_eq(rnn_error_message(), message);
}

/* Rows that models had not from the beginning: before them one was trained as the defaults have it. */
static const char *const newer[] = {
    "test-fraction", "windows",     "on-divergence", "loss",         "huber-delta", "quantiles", "warmup",  "lr-step",
    "lr-gamma",      "lr-patience", "rho",           "weight-decay", "scale-by",    "short-ids", "missing", "transform",
    "forget-bias",   "layers",      "dropout",       "train-h0",     "season",      "loss-at",   "stateful"};

static bool is_newer(const rnn_option *row)
{
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        if (strcmp(row->name, newer[i]) == 0)
            return true;
    return false;
}

START_TEST(a_model_from_before_a_row_has_its_default)
{
    rnn_settings settings, standard;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    decide(&settings);
    json_t *object = rnn_settings_to_json(&settings);
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++)
        ck_assert_int_eq(json_object_del(object, newer[i]), 0);
    set_changed(&settings);
    ck_assert_int_eq(rnn_settings_from_json(object, WHERE, &settings), RNN_OK);
    rnn_settings_init(&standard, RNN_RECIPE_DEFAULT);
    decide(&standard);
    expect_same(&standard, &settings);
    json_decref(object);
}
END_TEST

START_TEST(every_row_must_be_there)
{
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        rnn_settings settings;
        char message[128];
        if (is_newer(row))
            continue;
        snprintf(message, sizeof message, WHERE ": setting '%s' is missing or of a wrong type", row->name);
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        json_t *object = rnn_settings_to_json(&settings);
        json_object_set_new(object, row->name, json_null());
        expect_refused(object, message);
        json_object_set_new(object, row->name, json_array());
        expect_refused(object, message);
        json_object_del(object, row->name);
        expect_refused(object, message);
        json_decref(object);
    }
}
END_TEST

static const struct {
    const char *name, *json, *message;
} spoiled[] = {
    {"hidden", "\"many\"", WHERE ": setting --hidden: found 'many', expected a whole number from 1 to 65536"},
    {"hidden", "1.5", WHERE ": setting --hidden: found '1.5', expected a whole number from 1 to 65536"},
    {"hidden", "-3", WHERE ": setting --hidden: found '-3', expected a whole number from 1 to 65536"},
    {"hidden", "true", WHERE ": setting --hidden: found 'yes', expected a whole number from 1 to 65536"},
    {"bias", "1", WHERE ": setting --bias: found '1', expected no value; --bias or --no-bias"},
    {"cell", "\"ran\"", WHERE ": setting --cell: found 'ran', expected one of elman, gru, lstm"},
    {"forget-bias", "2.5", WHERE ": --forget-bias 2.5 is for --cell lstm, not elman; drop one of the two"},
    {"activation", "0", WHERE ": setting --activation: found '0', expected one of sigmoid, tanh, relu"},
    {"learning-rate", "\"fast\"", WHERE ": setting --learning-rate: found 'fast', expected a number from 0 to 1000000"},
    {"quantiles", "[]", WHERE ": setting --quantiles: found '', " LEVELS},
    {"quantiles", "[0.5, 0.25]", WHERE ": setting --quantiles: found '0.5,0.25', " LEVELS},
    {"quantiles", "[0.5, \"high\"]", WHERE ": setting 'quantiles' is missing or of a wrong type"},
    {"quantiles", "[0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.99]",
     WHERE ": setting 'quantiles' is missing or of a wrong type"},
    {"quantiles", "{}", WHERE ": setting 'quantiles' is missing or of a wrong type"},
    {"hidden", "[1]", WHERE ": setting 'hidden' is missing or of a wrong type"},
    {"warmup", "1",
     WHERE
     ": --warmup 1 does not go with --schedule one-cycle, which has a warm-up of its own; choose another --schedule"},
    {"reduction-blocks", "5", WHERE ": --reduction-blocks: found 5, expected a power of two up to 64, or 0"},
    {"recipe", "\"article\"",
     WHERE ": --input-weights shared does not go with --recipe article, whose rule has per-step; drop one of the two"},
};

START_TEST(wrong_values)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    json_t *object = rnn_settings_to_json(&settings);
    json_t *value = json_loads(spoiled[_i].json, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(value);
    json_object_set_new(object, spoiled[_i].name, value);
    expect_refused(object, spoiled[_i].message);
    json_decref(object);
}
END_TEST

START_TEST(whole_numbers_are_reals_too)
{
    rnn_settings settings, back;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    decide(&settings);
    json_t *object = rnn_settings_to_json(&settings);
    json_object_set_new(object, "clip-norm", json_integer(2));
    ck_assert_int_eq(rnn_settings_from_json(object, WHERE, &back), RNN_OK);
    ck_assert(back.clip_norm == 2);
    json_decref(object);
}
END_TEST

/* A model whose settings were left open was made by nobody. */
START_TEST(open_settings_are_no_models)
{
    static const char *const open[][2] = {
        {"seq-len", NULL}, {"missing", "auto"}, {"transform", "auto"}, {"transform", "season-diff"}};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        decide(&settings);
        json_t *object = rnn_settings_to_json(&settings);
        json_object_set_new(object, open[i][0], open[i][1] ? json_string(open[i][1]) : json_integer(0));
        expect_refused(object, WHERE ": settings seq-len, missing, transform and its season as a model keeps them were "
                                     "chosen, not left open");
        json_decref(object);
    }
}
END_TEST

/* ---- What the data decides ----------------------------------------------------------------------------------------- */

static rnn_settings resolved_for(const rnn_series *series)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    rnn_settings_resolve(&settings, series);
    return settings;
}

static rnn_series *made_of(size_t N, double (*value)(size_t))
{
    double values[400];
    rnn_series *series;
    for (size_t i = 0; i < N; i++)
        values[i] = value(i);
    ck_assert_int_eq(rnn_series_copy(values, N, 1, 1, NULL, &series), RNN_OK);
    return series;
}

static double wave(size_t i)
{
    return sin((double)i);
}
static double slope_and_wave(size_t i)
{
    return 0.1 * (double)i + sin((double)i / 4);
}
static double slope(size_t i)
{
    return 3 * (double)i;
}
static double step_and_noise(size_t i) /* its differences vary as much as itself */
{
    return (i > 90 ? 1.5 : 0) + (rnn_random_uniform(5, RNN_RANDOM_NOISE, i) < 0.5 ? 1 : -1);
}
static double step_and_turns(size_t i) /* the same, but for a season of two rows */
{
    return (i > 90 ? 1.5 : 0) + (i % 2 ? 1 : -1);
}
static double slow_wave(size_t i) /* its halves are alike, and from row to row it hardly moves */
{
    return sin((double)i / 8) + rnn_random_uniform(6, RNN_RANDOM_NOISE, i) / 2;
}
static double quicker_wave(size_t i)
{
    return sin((double)i) + rnn_random_uniform(6, RNN_RANDOM_NOISE, i) / 2;
}
static double steep_at_the_end(size_t i) /* which training does not see: 100 windows, whose rows end with number 149 */
{
    return sin((double)i) + (i >= 150 ? (double)i : 0);
}
static double steep_at_last(size_t i) /* which training does see */
{
    return sin((double)i / 4) / 4 + (i >= 80 ? (double)i - 80 : 0);
}

/* A month's own height, of values that are not too regular, and from row to row something of its own. */
static double monthly(size_t i)
{
    static const double months[] = {0, 1, 5, 2, 7, 9, 8, 8, 3, 4, 1, 6};
    return months[i % 12] + rnn_random_uniform(3, RNN_RANDOM_NOISE, i);
}
static double monthly_and_slope(size_t i)
{
    return monthly(i) + 0.1 * (double)i;
}
static double monthly_and_slow(size_t i) /* which comes and goes, but not from one row to the next */
{
    return monthly(i) + 3 * sin((double)i / 15);
}
static double monthly_and_wild(size_t i) /* which seasonal differences would make wilder */
{
    return monthly(i) + 13 * rnn_random_uniform(4, RNN_RANDOM_NOISE, i);
}
static double monthly_late(size_t i) /* training ends before that */
{
    return i < 150 ? slope_and_wave(i) : 100 * monthly_and_slope(i);
}

START_TEST(series_decide)
{
    static const struct {
        double (*value)(size_t);
        size_t N, seq_len;
        rnn_transform transform;
        size_t season;
    } cases[] = {
        {monthly, 200, 50, RNN_TRANSFORM_NONE, 0}, /* the network learns what stays the same */
        {monthly_and_slope, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 12},
        {monthly_and_slow, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 12},
        {monthly_and_wild, 200, 50, RNN_TRANSFORM_NONE, 0},
        {monthly_and_slope, 40, 10, RNN_TRANSFORM_NONE, 0}, /* not three seasons to learn from */
        {monthly_late, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {wave, 200, 50, RNN_TRANSFORM_NONE, 0},
        {wave, 199, 49, RNN_TRANSFORM_NONE, 0},
        {wave, 3, 1, RNN_TRANSFORM_NONE, 0},
        {wave, 400, 50, RNN_TRANSFORM_NONE, 0},
        {slope_and_wave, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {slope, 200, 50, RNN_TRANSFORM_NONE, 0},
        {step_and_noise, 200, 50, RNN_TRANSFORM_NONE, 0},
        {step_and_turns, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 2},
        {slow_wave, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {quicker_wave, 200, 50, RNN_TRANSFORM_NONE, 0},
        {steep_at_the_end, 200, 50, RNN_TRANSFORM_NONE, 0},
        {steep_at_last, 200, 50, RNN_TRANSFORM_DIFF, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_series *series = made_of(cases[i].N, cases[i].value);
        const rnn_settings settings = resolved_for(series);
        ck_assert_msg(settings.seq_len == cases[i].seq_len, "case %zu: %zu rows", i, settings.seq_len);
        ck_assert_msg(settings.transform == cases[i].transform, "case %zu: transform %d", i, (int)settings.transform);
        ck_assert_msg(settings.season == cases[i].season, "case %zu: season %zu", i, settings.season);
        ck_assert_int_eq(settings.missing, RNN_MISSING_ERROR);
        rnn_series_free(series);
    }
}
END_TEST

/* Asked for by name, the season is still the data's, and a given one is kept; other transforms leave it to the naive forecasts. */
START_TEST(seasons_are_found)
{
    rnn_series *series = made_of(200, monthly_and_slope);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.transform = RNN_TRANSFORM_LOG_SEASON_DIFF;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 12);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_LOG_SEASON_DIFF);
    settings.season = 24;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 24);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.season = 24; /* of which the season found is a part */
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 24);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_SEASON_DIFF);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.season = 1; /* there is none */
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 1);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_DIFF);
    settings.transform = RNN_TRANSFORM_SEASON_DIFF;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(),
                     "--season 1, which is none, does not go with --transform season-diff; drop one of the two");
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.transform = RNN_TRANSFORM_DIFF;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 0);
    rnn_series_free(series);
}
END_TEST

/* The season that most of several targets have; seasonal differences where most of them are seasonal at that one. */
START_TEST(most_targets_decide)
{
    static const struct {
        double (*value[3])(size_t);
        rnn_transform transform;
        size_t season;
    } cases[] = {
        {{monthly_and_slope, slope, monthly_and_slow}, RNN_TRANSFORM_SEASON_DIFF, 12},
        {{monthly_and_slow, step_and_noise, slope}, RNN_TRANSFORM_NONE, 0},
        {{slope_and_wave, slope_and_wave, monthly_and_slope}, RNN_TRANSFORM_DIFF, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double values[200 * 3];
        rnn_series *series;
        for (size_t i = 0; i < 200 * 3; i++)
            values[i] = cases[k].value[i % 3](i / 3);
        ck_assert_int_eq(rnn_series_copy(values, 200, 3, 3, NULL, &series), RNN_OK);
        const rnn_settings settings = resolved_for(series);
        ck_assert_msg(settings.transform == cases[k].transform, "case %zu: transform %d", k, (int)settings.transform);
        ck_assert_uint_eq(settings.season, cases[k].season);
        rnn_series_free(series);
    }
}
END_TEST

/* Where the first season leaves too few rows for the windows that are asked for, nothing is taken from them. */
START_TEST(windows_go_before_seasons)
{
    for (size_t seq_len = 120; seq_len <= 190; seq_len++) {
        rnn_series *series = made_of(200, monthly_and_slope);
        rnn_settings settings;
        rnn_split split;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.seq_len = seq_len;
        rnn_settings_resolve(&settings, series);
        const bool room = rnn_split_windows(&settings, 200 - 12, &split) == RNN_OK;
        ck_assert_int_eq(settings.transform, room ? RNN_TRANSFORM_SEASON_DIFF : RNN_TRANSFORM_DIFF);
        ck_assert_int_eq(rnn_split_series(&settings, series, &split), RNN_OK);
        rnn_series_free(series);
    }
}
END_TEST

/* Not one value beyond the training rows has a say, whatever the horizon leaves out between the parts. */
START_TEST(what_comes_later_decides_nothing)
{
    static const size_t horizons[] = {1, 24};
    for (size_t h = 0; h < 2; h++)
        for (int transform = 0; transform < 2; transform++) {
            rnn_series *series = made_of(150, transform ? slope_and_wave : wave);
            rnn_settings settings, other;
            rnn_split split;
            rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
            settings.seq_len = 5;
            settings.horizon = horizons[h];
            other = settings;
            ck_assert_int_eq(rnn_split_windows(&settings, 150, &split), RNN_OK);
            rnn_settings_resolve(&settings, series);
            for (size_t i = split.train_rows; i < 150; i++)
                series->values[i] = transform ? -1 : 1000.0 * (double)i;
            rnn_settings_resolve(&other, series);
            ck_assert_int_eq(settings.transform, other.transform);
            ck_assert_int_eq(settings.transform, transform ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_NONE);
            rnn_series_free(series);
        }
}
END_TEST

/* ... neither on seasons nor on how long they are. */
START_TEST(what_comes_later_is_no_season)
{
    double (*const values[])(size_t) = {monthly_and_slope, monthly_late};
    for (size_t k = 0; k < 2; k++) {
        rnn_series *series = made_of(200, values[k]);
        const rnn_settings settings = resolved_for(series);
        rnn_split split;
        ck_assert_int_eq(rnn_split_windows(&settings, 200, &split), RNN_OK);
        for (size_t i = split.train_rows; i < 200; i++)
            series->values[i] = 1e6 * sin((double)(i * i));
        const rnn_settings other = resolved_for(series);
        ck_assert_int_eq(settings.transform, other.transform);
        ck_assert_uint_eq(settings.season, other.season);
        rnn_series_free(series);
    }
}
END_TEST

/* Quantiles of differences do not add up over a horizon: not chosen, and not taken. */
START_TEST(quantiles_take_no_differences)
{
    rnn_series *series = made_of(200, slope_and_wave);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.loss = RNN_QUANTILE;
    settings.horizon = 2;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    rnn_settings_resolve(&settings, series);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_NONE);
    settings.transform = RNN_TRANSFORM_DIFF;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(),
                     "--loss quantile with --horizon 2 does not go with differences (--transform): "
                     "quantiles of steps do not add up; try --transform none or log");
    settings.horizon = 1;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.transform = RNN_TRANSFORM_SEASON_DIFF; /* of which nothing adds up before the season is over */
    settings.season = 12;
    settings.horizon = 12;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.horizon = 13;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    rnn_series_free(series);
    series = made_of(200, monthly_and_slope);
    for (settings.horizon = 12; settings.horizon <= 13; settings.horizon++) {
        rnn_settings other = settings;
        other.transform = RNN_TRANSFORM_AUTO;
        rnn_settings_resolve(&other, series);
        ck_assert_int_eq(other.transform, settings.horizon == 12 ? RNN_TRANSFORM_SEASON_DIFF : RNN_TRANSFORM_NONE);
    }
    rnn_series_free(series);
}
END_TEST

/* Seasonal differences would double the windows that touch a gap. */
START_TEST(dropped_windows_are_not_doubled)
{
    rnn_series *series = made_of(200, monthly_and_slope);
    for (int gap = 0; gap < 2; gap++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.missing = RNN_MISSING_DROP;
        rnn_settings_resolve(&settings, series);
        ck_assert_int_eq(settings.transform, gap ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_SEASON_DIFF);
        series->values[30] = NAN;
    }
    ck_assert_int_eq(resolved_for(series).transform, RNN_TRANSFORM_SEASON_DIFF); /* a mask leaves them */
    rnn_series_free(series);
}
END_TEST

START_TEST(gaps_decide)
{
    rnn_series *series = made_of(200, wave);
    series->values[30] = NAN;
    ck_assert_int_eq(resolved_for(series).missing, RNN_MISSING_MASK);
    rnn_series_free(series);
}
END_TEST

/* What was chosen by the user, or without a series, stays. */
START_TEST(what_is_given_is_not_decided)
{
    rnn_series *series = made_of(200, slope_and_wave);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.seq_len = 7;
    settings.transform = RNN_TRANSFORM_LOG;
    settings.missing = RNN_MISSING_DROP;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.seq_len, 7);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_LOG);
    ck_assert_int_eq(settings.missing, RNN_MISSING_DROP);
    settings = resolved_for(NULL);
    ck_assert_uint_eq(settings.seq_len, 50);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_NONE);
    ck_assert_int_eq(settings.missing, RNN_MISSING_ERROR);
    rnn_series_free(series);
}
END_TEST

Suite *settings_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *table = tcase_create("table");
    tcase_add_test(table, every_default);
    tcase_add_test(table, rows_by_name);
    tcase_add_loop_test(table, choice_names, 0, sizeof choices / sizeof *choices);
    tcase_add_test(table, no_choice_is_untested);
    suite_add_tcase(suite, table);
    TCase *check = tcase_create("check");
    tcase_add_loop_test(check, contradicts, 0, sizeof contradictions / sizeof *contradictions);
    tcase_add_test(check, blocks_are_powers_of_two);
    tcase_add_test(check, patience_needs_validation);
    tcase_add_test(check, plateau_needs_validation);
    tcase_add_test(check, one_cycle_warms_up_by_itself);
    tcase_add_test(check, article_takes_other_sizes);
    tcase_add_test(check, cells_have_their_own_settings);
    tcase_add_loop_test(check, what_does_nothing_is_refused, 0, sizeof needs / sizeof *needs);
    tcase_add_test(check, every_need_is_tested);
    tcase_add_test(check, off_is_off_anywhere);
    tcase_add_test(check, learning_rate_by_activation);
    tcase_add_loop_test(check, field_out_of_range, 0, sizeof fields / sizeof *fields);
    suite_add_tcase(suite, check);
    TCase *json = tcase_create("json");
    tcase_add_test(json, json_round_trip);
    tcase_add_test(json, json_round_trip_of_recipes);
    tcase_add_test(json, json_types);
    tcase_add_test(json, a_model_from_before_a_row_has_its_default);
    tcase_add_test(json, every_row_must_be_there);
    tcase_add_loop_test(json, wrong_values, 0, sizeof spoiled / sizeof *spoiled);
    tcase_add_test(json, whole_numbers_are_reals_too);
    tcase_add_test(json, open_settings_are_no_models);
    suite_add_tcase(suite, json);
    TCase *decided = tcase_create("decided by the data");
    tcase_add_test(decided, series_decide);
    tcase_add_test(decided, what_comes_later_decides_nothing);
    tcase_add_test(decided, seasons_are_found);
    tcase_add_test(decided, most_targets_decide);
    tcase_add_test(decided, windows_go_before_seasons);
    tcase_add_test(decided, what_comes_later_is_no_season);
    tcase_add_test(decided, quantiles_take_no_differences);
    tcase_add_test(decided, dropped_windows_are_not_doubled);
    tcase_add_test(decided, gaps_decide);
    tcase_add_test(decided, what_is_given_is_not_decided);
    suite_add_tcase(suite, decided);
    return suite;
}
