/* SPDX-License-Identifier: MIT
 * test_train_predict.c - predictions: which row each is about, that it depends on its window alone, and how errors are summed
 */
#include "runs.h"

static rnn_model *trained(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend)
{
    rnn_model *model;
    ck_assert_msg(rnn_train(settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    return model;
}

/* A window whose second row lies past the end counts with its first. */
START_TEST(measures_over_the_horizon)
{
    double predicted[] = {1, 2, 3, 4};
    double actual[] = {2, 4, 3, NAN};
    double last[] = {2, 7};
    const rnn_predictions p = {
        .count = 2, .horizon = 2, .targets = 1, .predicted = predicted, .actual = actual, .last = last};
    rnn_metrics m;
    rnn_measure(&p, 0, 2, &m);
    ck_assert_uint_eq(m.count, 2);
    ck_assert(m.rmse == sqrt((1.0 + 4 + 0) / 3));
    ck_assert(m.mae == 3.0 / 3);
    ck_assert(m.persistence_mae == (0 + 2 + 4.0) / 3);
}
END_TEST

START_TEST(prediction_rows)
{
    static const size_t horizons[] = {1, 3};
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    for (size_t k = 0; k < 2; k++) {
        rnn_settings settings = small();
        rnn_predictions *p;
        settings.horizon = horizons[k];
        rnn_model *model = trained(&settings, series, backend);
        ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
        ck_assert_uint_eq(p->count, 80 - 12 + 1);
        ck_assert_uint_eq(p->targets, 2);
        ck_assert_uint_eq(p->horizon, horizons[k]);
        for (size_t i = 0; i < p->count; i++) {
            ck_assert_uint_eq(p->rows[i], 12 + i);
            for (size_t o = 0; o < 2 * p->horizon; o++) {
                const size_t row = p->rows[i] + o / 2, at = i * 2 * p->horizon + o;
                ck_assert(isfinite(p->predicted[at]));
                ck_assert(p->last[i * 2 + o % 2] == series->values[(i + 11) * 3 + o % 2]);
                if (row < 80)
                    ck_assert(p->actual[at] == series->values[row * 3 + o % 2]);
                else
                    ck_assert(isnan(p->actual[at]));
            }
        }
        ck_assert(isnan(p->actual[(p->count - 1) * 2 * p->horizon]));
        ck_assert(!isnan(p->actual[(p->count - horizons[k]) * 2 * p->horizon - 1]));
        rnn_predictions_free(p);
        rnn_model_free(model);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* A window's prediction is that window's affair: the same bits whatever stands before, behind and beside it. */
START_TEST(predictions_stand_alone)
{
    enum { whole = 700, cut = 290, T = 12 };
    rnn_series *series = sine(whole), *part;
    rnn_backend *backend = open_fast("predictions_stand_alone", RNN_FLOAT);
    const rnn_settings settings = small();
    rnn_model *model = trained(&settings, series, backend);
    rnn_predictions *all, *some;
    ck_assert_int_eq(rnn_series_copy(series->values + cut, whole - cut, 1, 1, NULL, &part), RNN_OK);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &all), RNN_OK);
    ck_assert_int_eq(rnn_predict(model, part, RNN_MODE_STEP, backend, &some), RNN_OK);
    ck_assert_uint_eq(all->count, whole - T + 1);
    ck_assert_uint_eq(some->count, whole - cut - T + 1);
    ck_assert_mem_eq(all->predicted + cut, some->predicted, some->count * sizeof(double));
    rnn_predictions_free(some);
    rnn_predictions_free(all);
    rnn_series_free(part);
    ck_assert_int_eq(rnn_series_copy(series->values + 5, T, 1, 1, NULL, &part), RNN_OK); /* exactly one window */
    ck_assert_int_eq(rnn_predict(model, part, RNN_MODE_STEP, backend, &some), RNN_OK);
    ck_assert_uint_eq(some->count, 1);
    ck_assert(isnan(some->actual[0]));
    rnn_predictions_free(some);
    rnn_series_free(part);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(predictions_refused)
{
    static rnn_predictions unset;
    rnn_predictions *p = &unset;
    rnn_series *one = sine(80), *few = sine(11), *three = waves(80);
    rnn_backend *single = open_reference(RNN_FLOAT), *twice = open_reference(RNN_DOUBLE);
    const rnn_settings settings = small();
    rnn_model *model = trained(&settings, one, single);
    ck_assert_int_eq(rnn_predict(model, few, RNN_MODE_STEP, single, &p), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "built-in sine: 11 rows; the model looks at windows of 12 rows, so it needs that "
                     "many at least");
    ck_assert_ptr_null(p);
    p = &unset;
    ck_assert_int_eq(rnn_predict(model, three, RNN_MODE_STEP, single, &p), RNN_CONFIG);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "3 columns of which 2 are targets; the model has 1 and 1"));
    ck_assert_ptr_null(p);
    p = &unset;
    ck_assert_int_eq(rnn_predict(model, one, RNN_MODE_WINDOW, single, &p), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(), "window mode is for models with --input-weights per-step");
    ck_assert_ptr_null(p);
    p = &unset;
    ck_assert_int_eq(rnn_predict(model, one, RNN_MODE_STEP, twice, &p), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(), "the model is in another precision than the device was opened for");
    ck_assert_ptr_null(p);
    rnn_predictions_free(NULL);
    rnn_model_free(model);
    rnn_backend_close(twice);
    rnn_backend_close(single);
    rnn_series_free(three);
    rnn_series_free(few);
    rnn_series_free(one);
}
END_TEST

START_TEST(measures)
{
    double predicted[] = {1, 10, 2, 20, 3, 30, 4, 40};
    double actual[] = {1, 13, 6, 20, 0, 30, NAN, NAN};
    double last[] = {1, 13, 5, 20, 0, 34, 9, 9};
    const rnn_predictions p = {
        .count = 4, .horizon = 1, .targets = 2, .predicted = predicted, .actual = actual, .last = last};
    rnn_metrics m;
    rnn_measure(&p, 0, 4, &m);
    ck_assert_uint_eq(m.count, 3);
    ck_assert(m.rmse == sqrt((9.0 + 16 + 9) / 6));
    ck_assert(m.mae == (3.0 + 4 + 3) / 6);
    ck_assert(m.persistence_rmse == sqrt((1.0 + 16) / 6));
    ck_assert(m.persistence_mae == (1.0 + 4) / 6);
    rnn_measure(&p, 1, 1, &m);
    ck_assert_uint_eq(m.count, 1);
    ck_assert(m.rmse == sqrt(16.0 / 2));
    rnn_measure(&p, 2, 100, &m);
    ck_assert_uint_eq(m.count, 1);
    ck_assert(m.mae == 1.5);
    rnn_measure(&p, 3, 1, &m);
    ck_assert_uint_eq(m.count, 0);
    rnn_measure(&p, 0, 0, &m);
    ck_assert_uint_eq(m.count, 0);
}
END_TEST

TCase *train_predictions_case(void)
{
    TCase *tests = tcase_create("predictions");
    tcase_add_test(tests, prediction_rows);
    tcase_add_test(tests, predictions_stand_alone);
    tcase_add_test(tests, predictions_refused);
    tcase_add_test(tests, measures);
    tcase_add_test(tests, measures_over_the_horizon);
    return tests;
}
