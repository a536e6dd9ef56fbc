/* SPDX-License-Identifier: MIT
 * test_article.c - the article's own algorithm gives the article's own numbers, and the same bits on every device
 *
 * Through the public header, as a user's program would. Epochs 1 to 5 are the article's printed digits; from epoch 6 on the
 * run hovers around a clamp, where the last bit of every sum shows, so there are bounds (what four orders of summation
 * gave) and our own digits, exactly.
 */
#include "suites.h"

#include "runs.h"
#include "view/results.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCHS 25

static const char *const printed[] = {
    "Epoch:  1 , Loss:  [[101185.61756671]] , Val Loss:  [[50591.0340148]]",
    "Epoch:  2 , Loss:  [[61205.46869629]] , Val Loss:  [[30601.34535365]]",
    "Epoch:  3 , Loss:  [[31225.3198258]] , Val Loss:  [[15611.65669247]]",
    "Epoch:  4 , Loss:  [[11245.17049551]] , Val Loss:  [[5621.96780111]]",
    "Epoch:  5 , Loss:  [[1264.5157739]] , Val Loss:  [[632.02563908]]",
};

#define OUR_WEIGHTS "fefc52ad69cdc2e3cd13ccd12726f0fdda7975300ac81340a53d83f54534b37a"

typedef struct record {
    rnn_epoch epochs[EPOCHS];
    size_t count;
} record;

static void keep(void *context, const rnn_epoch *epoch)
{
    record *kept = context;
    ck_assert_uint_lt(kept->count, EPOCHS);
    kept->epochs[kept->count++] = *epoch;
}

static rnn_model *train(rnn_backend *backend, const rnn_series *series, uint64_t seed, size_t epochs, record *kept)
{
    const rnn_observer observer = {.context = kept, .epoch = keep};
    rnn_settings settings;
    rnn_model *model;
    rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
    settings.seed = seed;
    settings.epochs = epochs;
    kept->count = 0;
    ck_assert_msg(rnn_train(&settings, series, backend, &observer, &model) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(kept->count, epochs);
    return model;
}

static void expect_printed(const record *kept)
{
    char line[256];
    for (size_t i = 0; i < kept->count && i < sizeof printed / sizeof *printed; i++) {
        rnn_epoch_line(&kept->epochs[i], RNN_RECIPE_ARTICLE, line, sizeof line);
        ck_assert_str_eq(line, printed[i]);
    }
}

static void expect_rmse(const rnn_model *model, const rnn_series *series, rnn_backend *backend, rnn_input_mode mode,
                        double low, double high, const char *ours)
{
    rnn_predictions *predictions;
    rnn_metrics metrics;
    rnn_split split;
    char text[32];
    ck_assert_int_eq(rnn_split_windows(rnn_model_settings(model), series->N, &split), RNN_OK);
    ck_assert_uint_eq(split.train, 100);
    ck_assert_uint_eq(split.val, 50);
    ck_assert_int_eq(rnn_predict(model, series, mode, backend, &predictions), RNN_OK);
    rnn_measure(predictions, split.train, split.val, &metrics);
    rnn_predictions_free(predictions);
    ck_assert_uint_eq(metrics.count, 50);
    ck_assert_double_ge(metrics.rmse, low);
    ck_assert_double_le(metrics.rmse, high);
    snprintf(text, sizeof text, "%.12f", metrics.rmse);
    ck_assert_str_eq(text, ours);
}

/* The whole run of seed 42. */
static void expect_article(rnn_backend *backend)
{
    static record kept;
    rnn_series *series = sine(200);
    rnn_model *model = train(backend, series, 42, EPOCHS, &kept);
    char sha256[65];
    expect_printed(&kept);
    for (size_t i = 6; i < EPOCHS; i++) {
        ck_assert_double_ge(kept.epochs[i].loss, 16.5);
        ck_assert_double_le(kept.epochs[i].loss, 17.6);
        ck_assert_double_ge(kept.epochs[i].val_loss, 8.2);
        ck_assert_double_le(kept.epochs[i].val_loss, 8.8);
    }
    rnn_model_sha256(model, sha256);
    ck_assert_str_eq(sha256, OUR_WEIGHTS);
    ck_assert_str_eq(kept.epochs[EPOCHS - 1].weights_sha256, OUR_WEIGHTS);
    expect_rmse(model, series, backend, RNN_MODE_WINDOW, 0.12, 0.14, "0.136998748695");
    expect_rmse(model, series, backend, RNN_MODE_STEP, 0.55, 0.61, "0.575448181104");
    rnn_model_free(model);
    rnn_series_free(series);
}

/* golden/article.json: another program's run of the same algorithm, for further seeds, to the digits that do not hang on
 * the order of summation. */
static void expect_golden(rnn_backend *backend)
{
    static record kept;
    json_t *golden = json_load_file(RNN_TEST_DIR "/golden/article.json", 0, NULL), *golden_run;
    rnn_series *series = sine(200);
    size_t i, seeds = 0;
    ck_assert_ptr_nonnull(golden);
    json_array_foreach(json_object_get(golden, "runs"), i, golden_run)
    {
        const json_t *loss = json_object_get(golden_run, "loss"), *val_loss = json_object_get(golden_run, "val_loss");
        const uint64_t seed = (uint64_t)json_integer_value(json_object_get(golden_run, "seed"));
        const size_t epochs = json_array_size(loss) < 5 ? json_array_size(loss) : 5;
        ck_assert_uint_gt(epochs, 0);
        rnn_model_free(train(backend, series, seed, epochs, &kept));
        for (size_t e = 0; e < epochs; e++) {
            char found[64], expected[64];
            snprintf(found, sizeof found, "%.8f / %.8f", kept.epochs[e].loss, kept.epochs[e].val_loss);
            snprintf(expected, sizeof expected, "%.8f / %.8f", json_real_value(json_array_get(loss, e)),
                     json_real_value(json_array_get(val_loss, e)));
            ck_assert_str_eq(found, expected);
        }
        seeds += seed != 42;
    }
    ck_assert_uint_ge(seeds, 1);
    rnn_series_free(series);
    json_decref(golden);
}

/* ---- Devices ------------------------------------------------------------------------------------------------------- */

START_TEST(reference_gives_the_articles_numbers)
{
    rnn_backend *backend;
    ck_assert_int_eq(rnn_backend_open("reference", RNN_DOUBLE, &backend), RNN_OK);
    expect_article(backend);
    rnn_backend_close(backend);
}
END_TEST

/* An emulator would take hours for 25 epochs: there, the first. */
START_TEST(opencl_gives_the_articles_numbers)
{
    rnn_backend *backend = open_opencl("opencl_gives_the_articles_numbers", RNN_DOUBLE);
    if (backend && harness_is_tiny()) {
        record kept;
        rnn_series *series = sine(200);
        rnn_model_free(train(backend, series, 42, 1, &kept));
        expect_printed(&kept);
        rnn_series_free(series);
    } else if (backend) {
        expect_article(backend);
    }
    rnn_backend_close(backend);
}
END_TEST

START_TEST(reference_gives_the_golden_numbers)
{
    rnn_backend *backend;
    ck_assert_int_eq(rnn_backend_open("reference", RNN_DOUBLE, &backend), RNN_OK);
    expect_golden(backend);
    rnn_backend_close(backend);
}
END_TEST

START_TEST(opencl_gives_the_golden_numbers)
{
    rnn_backend *backend = harness_is_tiny() ? NULL : open_opencl("opencl_gives_the_golden_numbers", RNN_DOUBLE);
    if (harness_is_tiny())
        printf("opencl_gives_the_golden_numbers: NOT RUN, RNN_TEST_TINY is set\n");
    if (backend)
        expect_golden(backend);
    rnn_backend_close(backend);
}
END_TEST

/* ---- The line ------------------------------------------------------------------------------------------------------ */

/* The figures as NumPy prints an array of one element. */
/* As in the default recipe: 0 steps would make every running sum 0. */
START_TEST(truncate_0_means_all)
{
    static const char *const settings_of_runs[] = {"bptt-truncate 0", "bptt-truncate 12", "bptt-truncate 5"};
    static run runs[3];
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    for (size_t i = 0; i < 3; i++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
        set_all(&settings, "hidden 8 seq-len 12 epochs 2 clip-value 1e9 learning-rate 1e-9");
        set_all(&settings, settings_of_runs[i]);
        go(&settings, series, backend, &runs[i]);
        expect_trained(&runs[i]);
    }
    ck_assert_str_eq(runs[0].sha256, runs[1].sha256);
    ck_assert_str_ne(runs[0].sha256, runs[2].sha256);
    for (size_t i = 0; i < 3; i++)
        done(&runs[i]);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(epoch_lines)
{
    static const struct {
        double loss, val_loss;
        const char *line;
    } lines[] = {
        {101185.61756670638, 50591.03401479625,
         "Epoch:  7 , Loss:  [[101185.61756671]] , Val Loss:  [[50591.0340148]]"},
        {2, 0.5, "Epoch:  7 , Loss:  [[2.]] , Val Loss:  [[0.5]]"},
        {100, 1e-9, "Epoch:  7 , Loss:  [[100.]] , Val Loss:  [[0.]]"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char text[256];
        const rnn_epoch epoch = {.epoch = 7, .epochs = 25, .loss = lines[i].loss, .val_loss = lines[i].val_loss};
        rnn_epoch_line(&epoch, RNN_RECIPE_ARTICLE, text, sizeof text);
        ck_assert_str_eq(text, lines[i].line);
    }
}
END_TEST

Suite *article_suite(void)
{
    Suite *suite = suite_create("article");
    TCase *tests = tcase_create("article");
    tcase_add_test(tests, reference_gives_the_articles_numbers);
    tcase_add_test(tests, opencl_gives_the_articles_numbers);
    tcase_add_test(tests, reference_gives_the_golden_numbers);
    tcase_add_test(tests, opencl_gives_the_golden_numbers);
    tcase_add_test(tests, truncate_0_means_all);
    tcase_add_test(tests, epoch_lines);
    suite_add_tcase(suite, tests);
    return suite;
}
