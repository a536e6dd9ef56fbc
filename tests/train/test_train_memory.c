/* SPDX-License-Identifier: MIT
 * test_train_memory.c - the memory plan is what is allocated, what does not fit is refused, --windows takes a sample
 */
#include "runs.h"

/* ---- The plan ------------------------------------------------------------------------------------------------------ */

static void expect_equal_plans(const rnn_memory *planned, const rnn_memory *allocated)
{
    ck_assert_uint_eq(planned->count, allocated->count);
    ck_assert_uint_eq(planned->total, allocated->total);
    ck_assert_uint_eq(planned->largest, allocated->largest);
    for (size_t i = 0; i < planned->count; i++) {
        ck_assert_str_eq(planned->items[i].label, allocated->items[i].label);
        ck_assert_uint_eq(planned->items[i].bytes, allocated->items[i].bytes);
    }
}

static void check_plan(rnn_backend *backend, const char *words)
{
    rnn_settings settings = small();
    rnn_series *series = waves(80);
    rnn_memory planned, allocated = {.count = 0};
    rnn_model *model;
    set_all(&settings, words);
    ck_assert_int_eq(rnn_memory_plan(&settings, series, backend, &planned), RNN_OK);
    backend->memory = &allocated;
    ck_assert_msg(rnn_train(&settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    backend->memory = NULL;
    expect_equal_plans(&planned, &allocated);
    ck_assert_uint_gt(planned.count, 15);
    rnn_model_free(model);
    rnn_series_free(series);
}

START_TEST(what_is_planned_is_allocated)
{
    static const char *const words[] = {"",
                                        "batch 7 windows 20",
                                        "hidden 61 input-weights per-step",
                                        "seq-len 30",
                                        "loss quantile",
                                        "loss huber",
                                        "cell lstm batch 7",
                                        "layers 3 dropout 0.2",
                                        "train-h0 yes",
                                        "loss-at every bptt-truncate 5 loss mae batch 30"};
    rnn_backend *reference = open_reference(RNN_FLOAT), *opencl = open_opencl("what_is_planned", RNN_FLOAT);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        check_plan(reference, words[i]);
        if (opencl)
            check_plan(opencl, words[i]);
    }
    rnn_backend_close(opencl);
    rnn_backend_close(reference);
}
END_TEST

/* A device that has just too little: the message names what fits, and that fits. */
START_TEST(what_does_not_fit_is_refused_with_what_would)
{
    static run r;
    char expected[512];
    rnn_settings settings = small();
    rnn_series *series = sine(400);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_memory smaller, larger, allocated = {.count = 0};
    settings.batch = 200;
    ck_assert_int_eq(rnn_memory_plan(&settings, series, backend, &smaller), RNN_OK);
    settings.batch = 201;
    ck_assert_int_eq(rnn_memory_plan(&settings, series, backend, &larger), RNN_OK);
    ck_assert_uint_lt(smaller.total, larger.total);
    backend->info.memory = smaller.total;
    backend->memory = &allocated;
    go(&settings, series, backend, &r);
    backend->memory = NULL;
    ck_assert_int_eq(r.status, RNN_NO_MEMORY);
    ck_assert_ptr_null(r.model);
    ck_assert_uint_eq(allocated.count, 0);
    snprintf(expected, sizeof expected,
             "the job needs %llu bytes on %s, which has %llu; its largest buffer, '%s', needs %llu, of at most %llu "
             "(--dry-run lists all); --batch 200 would fit",
             (unsigned long long)larger.total, backend->info.name, (unsigned long long)smaller.total,
             larger.items[larger.largest].label, (unsigned long long)larger.items[larger.largest].bytes,
             (unsigned long long)backend->info.largest);
    ck_assert_str_eq(rnn_error_message(), expected);
    settings.batch = 200;
    go(&settings, series, backend, &r);
    expect_trained(&r);
    done(&r);
    backend->info.memory = 0;
    backend->info.largest = 8; /* nothing can be done in that */
    go(&settings, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "; neither a smaller network nor a shorter series fits"));
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- A sample of the windows --------------------------------------------------------------------------------------- */

START_TEST(as_many_windows_as_there_are_is_all)
{
    static run all, most;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    go(&settings, series, backend, &all);
    expect_trained(&all);
    settings.windows = 45;
    go(&settings, series, backend, &most);
    expect_trained(&most);
    ck_assert_str_eq(all.sha256, most.sha256);
    ck_assert(all.epochs[2].val_loss == most.epochs[2].val_loss);
    done(&most);
    done(&all);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Predictions of a sample are those of the same windows among all. */
START_TEST(predictions_of_a_sample)
{
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *model;
    rnn_predictions *all, *some;
    rnn_split shown;
    settings.windows = 20;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &all), RNN_OK);
    ck_assert_int_eq(rnn_predict_some(model, series, RNN_MODE_STEP, 20, backend, &shown, &some), RNN_OK);
    ck_assert_uint_eq(some->count, 40);
    ck_assert_uint_eq(shown.train, 20);
    ck_assert_uint_eq(shown.val, 20);
    for (size_t i = 0; i < some->count; i++) {
        const size_t window = some->rows[i] - all->rows[0];
        ck_assert(i == 0 || some->rows[i] > some->rows[i - 1]);
        ck_assert(some->predicted[i] == all->predicted[window]);
        ck_assert(some->actual[i] == all->actual[window]);
        ck_assert(some->last[i] == all->last[window]);
    }
    rnn_predictions_free(some);
    rnn_predictions_free(all);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

TCase *train_memory_case(void)
{
    TCase *tests = tcase_create("memory");
    tcase_add_test(tests, what_is_planned_is_allocated);
    tcase_add_test(tests, what_does_not_fit_is_refused_with_what_would);
    tcase_add_test(tests, as_many_windows_as_there_are_is_all);
    tcase_add_test(tests, predictions_of_a_sample);
    return tests;
}
