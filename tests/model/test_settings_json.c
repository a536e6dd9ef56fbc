/* SPDX-License-Identifier: MIT
 * test_settings_json.c - part of the suite `settings`: settings as model files have them, read and refused
 */
#include "settings_cases.h"

#include "model/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHERE "m.safetensors"

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

TCase *settings_json_case(void)
{
    TCase *json = tcase_create("json");
    tcase_add_test(json, json_round_trip);
    tcase_add_test(json, json_round_trip_of_recipes);
    tcase_add_test(json, json_types);
    tcase_add_test(json, a_model_from_before_a_row_has_its_default);
    tcase_add_test(json, every_row_must_be_there);
    tcase_add_loop_test(json, wrong_values, 0, sizeof spoiled / sizeof *spoiled);
    tcase_add_test(json, whole_numbers_are_reals_too);
    tcase_add_test(json, open_settings_are_no_models);
    return json;
}
