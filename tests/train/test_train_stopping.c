/* SPDX-License-Identifier: MIT
 * test_train_stopping.c - how a run ends early, whom it tells, and what it refuses to begin
 */
#include "runs.h"

/* ---- Stopping ------------------------------------------------------------------------------------------------------ */

static void ignore(const char *text, void *context)
{
    (void)text;
    (void)context;
}

/* Stops `patience` epochs after the best one, or at the last; either way the weights kept are the best epoch's. */
START_TEST(patience_keeps_the_best)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = read_table("sunspots.csv", (const char *const[]){"SUNACTIVITY", NULL}, NULL);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    size_t stopped_early = 0, not_the_last = 0;
    rnn_set_notice_handler(ignore, NULL);
    set_all(&settings, "schedule constant learning-rate 0.03 epochs 12");
    for (settings.patience = 1; settings.patience <= 11; settings.patience += 2) {
        size_t best = 0;
        go(&settings, series, backend, &r);
        expect_trained(&r);
        for (size_t i = 1; i < r.count; i++)
            if (r.epochs[i].val_loss < r.epochs[best].val_loss)
                best = i;
        ck_assert_str_eq(r.sha256, r.epochs[best].weights_sha256);
        ck_assert(r.model->val_rmse == r.epochs[best].val_rmse);
        ck_assert_uint_eq(r.model->epochs, r.count);
        ck_assert(r.count == 12 || r.count == best + 1 + settings.patience);
        ck_assert_uint_le(r.count, best + 1 + settings.patience);
        stopped_early += r.count < 12;
        not_the_last += best + 1 < r.count;
        done(&r);
    }
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_uint_gt(stopped_early, 0);
    ck_assert_uint_gt(not_the_last, stopped_early); /* both ends were seen */
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* The weights as they are after the minibatch at which the observer said stop: those of a run up to there. */
START_TEST(observer_stops)
{
    static run r, whole;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    settings.schedule = RNN_CONSTANT;
    go(&settings, series, backend, &whole);
    expect_trained(&whole);
    ck_assert_uint_eq(whole.asked, 15); /* after each of 5 minibatches, 3 epochs */
    r.stop_at = 10;                     /* the last minibatch of epoch 2 */
    go(&settings, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_STOPPED);
    ck_assert_str_eq(rnn_error_message(), "stopped in epoch 2");
    ck_assert_ptr_nonnull(r.model);
    ck_assert_uint_eq(r.count, 1);
    ck_assert_uint_eq(r.model->epochs, 1);
    ck_assert_str_eq(r.sha256, whole.epochs[1].weights_sha256);
    ck_assert(isnan(r.model->val_rmse)); /* nobody validated these */
    done(&r);
    done(&whole);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Under patience a stop keeps the best epoch that ended, the last one too; before the first has ended, what there is. */
START_TEST(observer_stops_under_patience)
{
    static run r, whole;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_set_notice_handler(ignore, NULL);
    settings.schedule = RNN_CONSTANT;
    go(&settings, series, backend, &whole);
    expect_trained(&whole);
    ck_assert_double_lt(whole.epochs[1].val_loss, whole.epochs[0].val_loss);
    settings.patience = 3;
    for (size_t minibatch = 1; minibatch <= 15; minibatch++) {
        const size_t ended = (minibatch - 1) / 5;
        size_t best = 0;
        r.stop_at = minibatch;
        go(&settings, series, backend, &r);
        ck_assert_int_eq(r.status, RNN_STOPPED);
        ck_assert_uint_eq(r.model->epochs, ended);
        for (size_t i = 1; i < ended; i++)
            if (whole.epochs[i].val_loss < whole.epochs[best].val_loss)
                best = i;
        if (ended == 0) {
            ck_assert(isnan(r.model->val_rmse));
        } else {
            ck_assert_str_eq(r.sha256, whole.epochs[best].weights_sha256);
            ck_assert(r.model->val_rmse == whole.epochs[best].val_rmse);
        }
        done(&r);
    }
    rnn_set_notice_handler(NULL, NULL);
    done(&whole);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(observer_stops_the_article)
{
    static run r;
    rnn_settings settings;
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
    set_all(&settings, "hidden 16 seq-len 12 epochs 3");
    r.stop_at = 2;
    go(&settings, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_STOPPED);
    ck_assert_str_eq(rnn_error_message(), "stopped after epoch 2");
    ck_assert_ptr_nonnull(r.model);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(an_observer_is_optional)
{
    static run r;
    const rnn_observer silent = {.context = NULL};
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *none, *empty;
    char sha256[65];
    go(&settings, series, backend, &r);
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &none), RNN_OK);
    ck_assert_int_eq(rnn_train(&settings, series, backend, &silent, &empty), RNN_OK);
    rnn_model_sha256(none, sha256);
    ck_assert_str_eq(sha256, r.sha256);
    rnn_model_sha256(empty, sha256);
    ck_assert_str_eq(sha256, r.sha256);
    rnn_model_free(empty);
    rnn_model_free(none);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

typedef struct heard {
    size_t count, epoch;
    double fraction;
} heard;

static void on_progress(void *context, size_t epoch, size_t epochs, double fraction, double records_per_second)
{
    heard *h = context;
    ck_assert_uint_eq(epochs, 40);
    ck_assert(epoch > h->epoch || (epoch == h->epoch && fraction > h->fraction));
    ck_assert(fraction > 0 && fraction <= 1);
    ck_assert_double_gt(records_per_second, 0);
    *h = (heard){h->count + 1, epoch, fraction};
}

START_TEST(progress_moves_forward_and_seldom)
{
    heard h = {0, 0, 0};
    const rnn_observer observer = {.context = &h, .progress = on_progress};
    rnn_settings settings = small();
    rnn_series *series = sine(200);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *model;
    settings.epochs = 40;
    const double started = rnn_seconds();
    ck_assert_int_eq(rnn_train(&settings, series, backend, &observer, &model), RNN_OK);
    ck_assert_uint_ge(h.count, 1);
    ck_assert_double_le((double)h.count, 1 + 10 * (rnn_seconds() - started));
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Refused ------------------------------------------------------------------------------------------------------- */

static void expect_failure(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                           rnn_status status, const char *message)
{
    static run r;
    go(settings, series, backend, &r);
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_int_eq(r.status, status);
    ck_assert_ptr_null(r.model);
}

/* relu without clipping at a rate far too large: states grow by a factor a step until they are infinite. */
START_TEST(divergence)
{
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    set_all(&settings, "activation relu optimizer sgd schedule constant learning-rate 1000 clip-norm 0 epochs 5");
    for (int precision = RNN_FLOAT; precision <= RNN_DOUBLE; precision++) {
        rnn_backend *backend = open_reference((rnn_precision)precision);
        settings.precision = (rnn_precision)precision;
        expect_failure(&settings, series, backend, RNN_DIVERGED,
                       precision == RNN_FLOAT
                           ? "training diverged: the loss in update 2 of epoch 1 is not finite; try a smaller "
                             "--learning-rate, --clip-norm 1, or --on-divergence retry"
                           : "training diverged: the loss in update 3 of epoch 1 is not finite; try a smaller "
                             "--learning-rate, --clip-norm 1, or --on-divergence retry");
        rnn_backend_close(backend);
    }
    rnn_series_free(series);
}
END_TEST

/* In float 1e302 would be infinite, and the loss would be blamed on the learning rate. */
START_TEST(values_beyond_the_precision)
{
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *single = open_reference(RNN_FLOAT);
    series->values[70] = 1e302;
    settings.scaling = RNN_SCALE_NONE;
    expect_failure(
        &settings, series, single, RNN_BAD_DATA,
        "built-in sine: column \"sin\" is 1e+302 in row 71, which the model sees as 1e+302, beyond what float "
        "holds; use another unit, --scale standard or --precision double");
    rnn_backend_close(single);
    rnn_series_free(series);
}
END_TEST

START_TEST(what_does_not_fit)
{
    rnn_settings settings = small();
    rnn_series *one = sine(80), *few = sine(40), *three = waves(80);
    rnn_backend *single = open_reference(RNN_FLOAT), *twice = open_reference(RNN_DOUBLE);
    settings.seq_len = 50;
    expect_failure(&settings, few, single, RNN_CONFIG,
                   "--seq-len 50, --horizon 1 and --val-fraction 0.333333 need at least 51 rows, there are 40; try "
                   "--seq-len 39 or less");
    settings = small();
    expect_failure(&settings, one, twice, RNN_CONFIG, "the device is opened for double, the settings say float");
    settings.precision = RNN_DOUBLE;
    expect_failure(&settings, one, single, RNN_CONFIG, "the device is opened for float, the settings say double");
    settings = small();
    settings.patience = 2;
    settings.val_fraction = 0;
    expect_failure(&settings, one, single, RNN_USAGE, "--patience 2 needs a validation part: --val-fraction above 0");
    rnn_settings_init(&settings, RNN_RECIPE_ARTICLE);
    expect_failure(&settings, three, twice, RNN_CONFIG,
                   "values in memory: --recipe article takes one column, not 3; drop --features and further targets");
    rnn_backend_close(twice);
    rnn_backend_close(single);
    rnn_series_free(three);
    rnn_series_free(few);
    rnn_series_free(one);
}
END_TEST

TCase *train_stopping_case(void)
{
    TCase *tests = tcase_create("stopping");
    tcase_add_test(tests, patience_keeps_the_best);
    tcase_add_test(tests, observer_stops);
    tcase_add_test(tests, observer_stops_under_patience);
    tcase_add_test(tests, observer_stops_the_article);
    tcase_add_test(tests, an_observer_is_optional);
    tcase_add_test(tests, progress_moves_forward_and_seldom);
    return tests;
}

TCase *train_refused_case(void)
{
    TCase *tests = tcase_create("refused");
    tcase_add_test(tests, divergence);
    tcase_add_test(tests, values_beyond_the_precision);
    tcase_add_test(tests, what_does_not_fit);
    return tests;
}
