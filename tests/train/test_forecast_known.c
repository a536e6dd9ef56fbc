/* SPDX-License-Identifier: MIT
 * test_forecast_known.c - forecasts beyond the horizon of models that look at what is known ahead: the calendar, columns of the file
 */
#include "runs.h"

#include "base/random.h"
#include "data/series.h"

enum { N = 80, STEPS = 37, ROOM = N + STEPS + 20, DAY = 86400 };

/* A wave with noise, days without a value, and a price that is known `future` rows beyond its end. */
typedef struct daily {
    bool price, masks;
    size_t rows, future;
    double told[ROOM]; /* of rows [N, rows) */
} daily;

static double value_of(const daily *d, size_t row)
{
    if (row >= N)
        return row < d->rows ? d->told[row] : (double)NAN;
    if (d->masks && row % 17 == 3)
        return (double)NAN;
    return 10 + sin((double)row * 0.9) + rnn_random_uniform(3, RNN_RANDOM_NOISE, row);
}

static rnn_series *make(const daily *d)
{
    static const char *const names[] = {"sales", "price"}, *const masked[] = {"sales", NULL}, *const none[] = {NULL};
    const size_t columns = d->price ? 2 : 1, rows = d->rows + (d->price ? d->future : 0);
    const rnn_read_options options = {.missing = d->masks ? RNN_MISSING_MASK : RNN_MISSING_ERROR,
                                      .calendar = RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY,
                                      .masks = d->masks ? masked : none};
    rnn_series *series;
    double values[2 * ROOM];
    int64_t times[ROOM];
    ck_assert_uint_le(rows, ROOM);
    for (size_t i = 0; i < rows; i++) {
        values[i * columns] = value_of(d, i);
        if (d->price)
            values[i * 2 + 1] = (double)(i * i % 11);
        times[i] = (int64_t)i * DAY;
    }
    const rnn_table table = {.values = values,
                             .N = rows,
                             .columns = columns,
                             .targets = 1,
                             .known = d->price,
                             .names = names,
                             .times = times};
    ck_assert_msg(rnn_series_make(&table, &options, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

static void expect_forecast(const rnn_model *model, const rnn_series *series, size_t steps, rnn_backend *backend,
                            double *out)
{
    rnn_forecasts *f;
    ck_assert_msg(rnn_forecast(model, series, steps, NULL, 0, backend, &f) == RNN_OK, "%s", rnn_error_message());
    memcpy(out, f->mean, steps * sizeof *out);
    rnn_forecasts_free(f);
}

static const struct {
    bool price, masks;
    size_t horizon;
    const char *settings;
} kinds[] = {
    {false, false, 1, ""},
    {false, false, 4, "cell gru transform diff"},
    {false, true, 15, "missing mask"}, /* longer than a window */
    {true, false, 1, "transform log-diff"},
    {true, true, 4, "missing mask cell lstm"},
    {true, false, 15, ""},
};

/* What is forecast is written into the table, and the next block forecast from there: the same bits, on the device too. */
START_TEST(by_hand)
{
    rnn_backend *reference = open_reference(RNN_FLOAT), *device = open_opencl("by_hand", RNN_FLOAT);
    const size_t horizon = kinds[_i].horizon, blocks = (STEPS - 1) / horizon + 1;
    daily d = {kinds[_i].price, kinds[_i].masks, N, blocks * horizon, {0}};
    rnn_settings settings = small();
    rnn_model *model;
    double far[STEPS], other[STEPS];
    settings.horizon = horizon;
    settings.epochs = 2;
    set_all(&settings, kinds[_i].settings);
    rnn_series *series = make(&d);
    ck_assert_msg(rnn_train(&settings, series, reference, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    expect_forecast(model, series, STEPS, reference, far);
    if (device) {
        expect_forecast(model, series, STEPS, device, other);
        ck_assert_mem_eq(far, other, sizeof far);
    }
    for (size_t b = 0; b < blocks; b++) {
        rnn_series *longer = make(&d);
        expect_forecast(model, longer, horizon, reference, d.told + d.rows);
        rnn_series_free(longer);
        d.rows += horizon;
        d.future -= horizon;
    }
    ck_assert_mem_eq(far, d.told + N, sizeof far);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(device);
    rnn_backend_close(reference);
}
END_TEST

/* Of a price that is known for 9 days more, a model that forecasts 4 has 8; backtests stay where the price is known. */
START_TEST(as_far_as_it_is_known)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const daily d = {true, false, N, 9, {0}};
    const rnn_backtest_request request = {.origins = 1000, .steps = 6};
    rnn_settings settings = small();
    rnn_model *model;
    rnn_forecasts *f;
    rnn_predictions *p;
    rnn_scoreboard *board;
    double far[8];
    settings.horizon = 4;
    rnn_series *series = make(&d);
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    expect_forecast(model, series, 8, backend, far);
    ck_assert_int_eq(rnn_forecast(model, series, 9, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(
        rnn_error_message(),
        "values in memory: the model has to know \"price\" 12 rows ahead, and 9 are there; add rows of the "
        "future to the data in which the targets are empty and that column is not, or ask for 8 steps");
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(p->rows[p->count - 1], N - 6);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    series->N = series->starts[1] = N; /* without the future 6 steps back are not enough: 8 rows are looked at */
    ck_assert_int_eq(rnn_backtest(model, series, &request, backend, &p, &board), RNN_OK);
    ck_assert_uint_eq(p->rows[p->count - 1], N - 8);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* Residuals of forecasts as far ahead from the validation part, as without the columns: what was known then may have been learned since. */
START_TEST(intervals)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const double level = 0.8;
    for (int price = 0; price < 2; price++) {
        const daily then = {price == 1, false, N, 0, {0}}, now = {price == 1, false, N, 12, {0}};
        const rnn_settings settings = small();
        rnn_model *model;
        rnn_forecasts *f;
        rnn_series *own = make(&then), *series = make(&now);
        ck_assert_int_eq(rnn_train(&settings, own, backend, NULL, &model), RNN_OK);
        ck_assert_msg(rnn_forecast(model, series, 12, &level, 1, backend, &f) == RNN_OK, "%s", rnn_error_message());
        ck_assert_uint_eq(f->measured[0], 12);
        ck_assert(f->upper[11] - f->mean[11] != f->upper[0] - f->mean[0]);
        rnn_forecasts_free(f);
        rnn_model_free(model);
        rnn_series_free(series);
        rnn_series_free(own);
    }
    rnn_backend_close(backend);
}
END_TEST

/* A value of the future that is missing is no 0. */
START_TEST(unknown_ahead)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const daily d = {true, false, N, 9, {0}};
    const rnn_settings settings = small();
    rnn_model *model;
    rnn_forecasts *f;
    double far[2];
    rnn_series *series = make(&d);
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    series->values[(N + 2) * series->columns + 1] = (double)NAN;
    expect_forecast(model, series, 2, backend, far);
    ck_assert_int_eq(rnn_forecast(model, series, 3, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "values in memory: row 83: column \"price\" is missing in the window before the forecast, or in "
                     "what has to be known ahead; fill it with --missing ffill, or train with --missing mask");
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* Origins from which the price ahead has a gap are none, under the rule that leaves out windows with one. */
START_TEST(origins_that_know)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const daily d = {true, false, N, 0, {0}};
    const rnn_backtest_request request = {.origins = 1000, .steps = 3};
    rnn_settings settings = small();
    rnn_model *model;
    rnn_predictions *p;
    rnn_scoreboard *board;
    settings.missing = RNN_MISSING_DROP;
    rnn_series *series = make(&d);
    const size_t gap = N - 8;
    series->values[gap * series->columns + 1] = (double)NAN;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(p->rows[p->count - 1], gap - 3);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* A price that was missing once, long ago, is no reason to refuse what lies ahead: intervals are measured from origins that know. */
START_TEST(intervals_over_a_gap)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const daily d = {true, false, N, 8, {0}};
    const double level = 0.8;
    rnn_settings settings = small();
    rnn_model *model;
    rnn_forecasts *f;
    settings.missing = RNN_MISSING_DROP;
    settings.val_fraction = 0.5;
    settings.horizon = 4;
    rnn_series *series = make(&d);
    series->values[(N - 14) * series->columns + 1] = (double)NAN;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    ck_assert_msg(rnn_forecast(model, series, 8, &level, 1, backend, &f) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(f->measured[0], 8);
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* Days that follow no step have no calendar to come. */
START_TEST(no_step)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const daily d = {false, false, N, 0, {0}};
    const rnn_settings settings = small();
    rnn_model *model;
    rnn_forecasts *f;
    rnn_series *series = make(&d);
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    series->step.unit = RNN_STEP_NONE;
    ck_assert_int_eq(rnn_forecast(model, series, 1, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(
        rnn_error_message(),
        "values in memory: the times have no regular step, so that the calendar of the rows to come is not "
        "known; train without --calendar");
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

TCase *forecast_known_case(void)
{
    TCase *tests = tcase_create("known");
    tcase_add_loop_test(tests, by_hand, 0, sizeof kinds / sizeof *kinds);
    tcase_add_test(tests, as_far_as_it_is_known);
    tcase_add_test(tests, intervals);
    tcase_add_test(tests, unknown_ahead);
    tcase_add_test(tests, origins_that_know);
    tcase_add_test(tests, intervals_over_a_gap);
    tcase_add_test(tests, no_step);
    return tests;
}
