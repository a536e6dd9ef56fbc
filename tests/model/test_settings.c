/* SPDX-License-Identifier: MIT
 * test_settings.c - the recipes' defaults, what goes with what, and the copy of the settings that a model file keeps
 */
#include "settings_cases.h"
#include "suites.h"

#include "model/needs.h"
#include "model/settings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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
    suite_add_tcase(suite, settings_json_case());
    suite_add_tcase(suite, settings_resolve_case());
    return suite;
}
