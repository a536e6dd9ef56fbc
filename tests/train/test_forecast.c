/* SPDX-License-Identifier: MIT
 * test_forecast.c - forecasts past the end, one at a time and many together, their intervals, and backtests
 */
#include "panels.h"

#include <unistd.h>

static rnn_forecasts *forecast(const rnn_model *model, const rnn_series *series, size_t steps, double level,
                               rnn_backend *backend)
{
    rnn_forecasts *f;
    ck_assert_msg(rnn_forecast(model, series, steps, &level, level > 0, backend, &f) == RNN_OK, "%s",
                  rnn_error_message());
    return f;
}

/* The first rows, valid for the next few calls. */
static rnn_series head(const rnn_series *series, size_t rows)
{
    static first_rows heads[4];
    static size_t next;
    return *take_first(series, rows, &heads[next++ % 4]);
}

/* The two targets of waves() without its feature. */
static rnn_series *two_waves(size_t N)
{
    rnn_series *three = waves(N), *two;
    double *values = malloc(2 * N * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < 2 * N; i++)
        values[i] = three->values[i / 2 * 3 + i % 2];
    ck_assert_int_eq(rnn_series_copy(values, N, 2, 2, NULL, &two), RNN_OK);
    free(values);
    rnn_series_free(three);
    return two;
}

/* A wave with noise: residuals that differ from window to window. */
static rnn_series *noisy(size_t N)
{
    rnn_series *series = sine(N);
    for (size_t i = 0; i < N; i++)
        series->values[i] += rnn_random_uniform(3, RNN_RANDOM_NOISE, i) - 0.5;
    return series;
}

/* ---- Forecasts ----------------------------------------------------------------------------------------------------- */

START_TEST(within_the_horizon)
{
    rnn_series *series = waves(90); /* with a feature: it is known where the window ends */
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_predictions *p;
    settings.horizon = 5;
    rnn_model *model = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    for (size_t steps = 1; steps <= 5; steps++) {
        rnn_forecasts *f = forecast(model, series, steps, 0, backend);
        ck_assert_uint_eq(f->rows[0], 90);
        ck_assert_uint_eq(f->steps, steps);
        ck_assert_uint_eq(f->targets, 2);
        ck_assert_mem_eq(f->mean, p->predicted + (p->count - 1) * 10, steps * 2 * sizeof(double));
        rnn_forecasts_free(f);
    }
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* What comes out goes back in: by hand, a block at a time, through rnn_predict. */
START_TEST(beyond_the_horizon)
{
    static const size_t horizons[] = {1, 4, 15}; /* 15: longer than a window */
    enum { N = 80, steps = 37 };
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_series *series = two_waves(N), *longer = two_waves(N + 60);
    for (size_t k = 0; k < 3; k++) {
        const size_t horizon = horizons[k];
        rnn_settings settings = small();
        settings.horizon = horizon;
        rnn_model *model = trained(&settings, series, backend);
        rnn_forecasts *f = forecast(model, series, steps, 0, backend);
        for (size_t done = 0; done < steps; done += horizon) {
            rnn_series known = head(longer, N + done);
            rnn_predictions *p;
            ck_assert_int_eq(rnn_predict(model, &known, RNN_MODE_STEP, backend, &p), RNN_OK);
            memcpy(longer->values + (N + done) * 2, p->predicted + (p->count - 1) * horizon * 2,
                   horizon * 2 * sizeof(double));
            rnn_predictions_free(p);
        }
        ck_assert_mem_eq(f->mean, longer->values + (size_t)N * 2, steps * 2 * sizeof(double));
        rnn_forecasts_free(f);
        rnn_model_free(model);
    }
    rnn_series_free(longer);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* The same through every transform: differences add up from what was forecast before. */
START_TEST(beyond_the_horizon_transformed)
{
    enum { N = 80, steps = 11, horizon = 4 };
    rnn_backend *backend = open_reference(RNN_FLOAT);
    for (int transform = RNN_TRANSFORM_NONE; transform < RNN_TRANSFORM_AUTO; transform++) {
        rnn_series *series = noisy(N), *longer = noisy(N + 20);
        rnn_settings settings = small();
        settings.horizon = horizon;
        settings.transform = (rnn_transform)transform;
        settings.season = 6; /* some forecasts are to values that are known, others to forecasts */
        for (size_t i = 0; i < N; i++)
            series->values[i] = longer->values[i] += 5;
        rnn_model *model = trained(&settings, series, backend);
        rnn_forecasts *f = forecast(model, series, steps, 0.5, backend);
        for (size_t done = 0; done < steps; done += horizon) {
            rnn_series known = head(longer, N + done);
            rnn_predictions *p;
            ck_assert_int_eq(rnn_predict(model, &known, RNN_MODE_STEP, backend, &p), RNN_OK);
            memcpy(longer->values + N + done, p->predicted + (p->count - 1) * horizon, horizon * sizeof(double));
            rnn_predictions_free(p);
        }
        ck_assert_mem_eq(f->mean, longer->values + N, steps * sizeof(double));
        ck_assert(isfinite(f->lower[steps - 1]) && f->lower[steps - 1] < f->mean[steps - 1]);
        rnn_forecasts_free(f);
        rnn_model_free(model);
        rnn_series_free(longer);
        rnn_series_free(series);
    }
    rnn_backend_close(backend);
}
END_TEST

/* One model, several series: the forecast of each is that of its last window, its intervals are of its own size, and a batch of origins
 * in all of them is each alone. */
START_TEST(several_series)
{
    enum { horizon = 3 };
    rnn_series *series = panel(horizon), *short_of_future = panel(horizon - 1);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    const rnn_backtest_request request = {.origins = 20};
    rnn_predictions *p, *q;
    rnn_scoreboard *board;
    rnn_forecasts *f;
    size_t rows;
    settings.horizon = horizon;
    rnn_model *model = trained(&settings, series, backend);
    ck_assert(rnn_model_knows(model, series, &rows) && rows == 3 * 70);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    f = forecast(model, series, horizon, 0.8, backend);
    ck_assert_uint_eq(f->parts, 3);
    for (size_t part = 0; part < 3; part++) {
        size_t last = p->count;
        ck_assert_uint_eq(f->rows[part], series->ends[part]);
        while (last > 0 && p->rows[last - 1] != series->ends[part])
            last--;
        ck_assert_uint_gt(last, 0);
        ck_assert_mem_eq(f->mean + part * horizon, p->predicted + (last - 1) * horizon, horizon * sizeof(double));
        const double width = f->upper[part * horizon] - f->mean[part * horizon];
        const double share = width / model->scaler.factor[rnn_scaler_index(&model->scaler, part, 0)];
        const double first = (f->upper[0] - f->mean[0]) / model->scaler.factor[0];
        ck_assert_double_le(fabs(share - first), 1e-12);
    }
    rnn_forecasts_free(f);
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &q, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(q->count, 20);
    ck_assert(q->parts[0] == 0 && q->parts[19] == 2);
    for (size_t i = 0; i < 20; i++) {
        size_t same = 0;
        while (p->rows[same] != q->rows[i])
            same++;
        ck_assert_mem_eq(q->predicted + i * horizon, p->predicted + same * horizon, horizon * sizeof(double));
    }
    ck_assert_uint_eq(board->windows, 20);
    rnn_scoreboard_free(board);
    rnn_predictions_free(q);
    ck_assert_int_eq(rnn_forecast(model, short_of_future, 1, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(
        rnn_error_message(),
        "values in memory, series a: the model has to know \"2\" 3 rows ahead, and 2 are there; add rows of the "
        "future to the data in which the targets are empty and that column is not");
    series->values[2 * (series->ends[1] - 2)] = NAN; /* which --missing drop lets be */
    ck_assert_int_eq(rnn_forecast(model, series, 1, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(
        rnn_error_message(),
        "values in memory: row 69 (b): column \"1\" is missing in the window before the forecast; fill it with "
        "--missing ffill, or train with --missing mask");
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(short_of_future);
    rnn_series_free(series);
}
END_TEST

static void expect_width(const rnn_forecasts *f, size_t step, double expected)
{
    const double below = f->mean[step] - f->lower[step], above = f->upper[step] - f->mean[step];
    if (isinf(expected)) {
        ck_assert(isinf(below) && isinf(above));
        return;
    }
    ck_assert_msg(fabs(below - expected) <= 1e-10 && fabs(above - expected) <= 1e-10,
                  "step %zu: %g and %g, expected %g", step, below, above, expected);
}

/* Of the validation windows: residuals of the run's own predictions, each target's its own. With a test part behind, which is left
 * alone. */
START_TEST(intervals_by_hand)
{
    rnn_series *series = two_waves(120);
    for (size_t i = 0; i < 240; i++)
        series->values[i] *= 1 + 0.1 * rnn_random_uniform(3, RNN_RANDOM_NOISE, i);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings settings = small();
    rnn_predictions *p;
    rnn_split shown;
    double residuals[64] = {0};
    settings.precision = RNN_DOUBLE;
    settings.horizon = 3;
    settings.test_fraction = 0.2;
    rnn_model *model = trained(&settings, series, backend);
    rnn_forecasts *f = forecast(model, series, 3, 0.9, backend);
    ck_assert_int_eq(rnn_predict_some(model, series, RNN_MODE_STEP, 0, backend, &shown, &p), RNN_OK);
    ck_assert_uint_le(shown.val, 64);
    ck_assert_uint_eq(f->residuals, shown.val);
    ck_assert_uint_eq(f->measured[0], 3);
    for (size_t output = 0; output < 6; output++) {
        for (size_t i = 0; i < shown.val; i++) {
            const size_t at = (shown.train + i) * 6 + output;
            residuals[i] = fabs(p->predicted[at] - p->actual[at]);
        }
        expect_width(f, output, kth(residuals, shown.val, 0.9));
    }
    rnn_forecasts_free(f);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Beyond the horizon: of forecasts as far ahead from the validation windows, while the validation part has rows to compare with;
 * then the last width. */
START_TEST(intervals_far_ahead)
{
    enum { N = 120, steps = 40 };
    rnn_series *series = noisy(N);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings settings = small();
    rnn_split split;
    double residuals[64] = {0}, width = 0;
    settings.precision = RNN_DOUBLE;
    settings.horizon = 2;
    settings.test_fraction = 0.1;
    rnn_model *model = trained(&settings, series, backend);
    rnn_forecasts *f = forecast(model, series, steps, 0.8, backend);
    ck_assert_int_eq(rnn_split_windows(&settings, N, &split), RNN_OK);
    const size_t end = N - 1 - split.test; /* the first row that a test window is asked for */
    size_t measured = 2;
    for (size_t step = 2; step < steps; step++) {
        size_t n = 0;
        for (size_t i = 0; i < split.val; i++) {
            const size_t origin = end - 2 + 1 - split.val + i;
            if (origin + step >= end)
                continue;
            const rnn_series known = head(series, origin);
            rnn_forecasts *then = forecast(model, &known, step + 1, 0, backend);
            residuals[n++] = fabs(then->mean[step] - series->values[origin + step]);
            rnn_forecasts_free(then);
        }
        const double own = kth(residuals, n, 0.8);
        if (isfinite(own)) {
            width = own;
            measured = step + 1;
        }
        expect_width(f, step, width);
    }
    ck_assert_uint_eq(f->measured[0], measured);
    ck_assert_uint_lt(measured, steps);
    rnn_forecasts_free(f);
    series->values[0] += 1; /* other data: nothing is known of how far it is off far ahead */
    f = forecast(model, series, 5, 0.8, backend);
    ck_assert_uint_eq(f->measured[0], 2);
    expect_width(f, 4, f->upper[1] - f->mean[1]);
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of several levels, in any order, each holds the lower ones: what it is alone, and where that ends earlier no less than they are. */
START_TEST(higher_levels_are_wider)
{
    enum { steps = 40, count = 3 };
    static const double levels[count] = {0.8, 0.95, 0.5};
    rnn_series *series = noisy(120);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    rnn_forecasts *together, *alone[count];
    size_t mended = 0;
    ck_assert_int_eq(rnn_forecast(model, series, steps, levels, count, backend, &together), RNN_OK);
    for (size_t i = 0; i < count; i++)
        alone[i] = forecast(model, series, steps, levels[i], backend);
    for (size_t i = 0; i < count; i++)
        for (size_t step = 0; step < steps; step++) {
            double lower = alone[i]->lower[step], upper = alone[i]->upper[step];
            for (size_t j = 0; j < count; j++)
                if (levels[j] < levels[i]) {
                    mended += alone[j]->lower[step] < alone[i]->lower[step];
                    lower = fmin(lower, alone[j]->lower[step]);
                    upper = fmax(upper, alone[j]->upper[step]);
                }
            ck_assert(together->lower[i * steps + step] == lower && together->upper[i * steps + step] == upper);
        }
    ck_assert_uint_gt(mended, 0);
    for (size_t i = 0; i < count; i++)
        rnn_forecasts_free(alone[i]);
    rnn_forecasts_free(together);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* n validation windows give a level that needs n, and none that needs n + 1. */
START_TEST(too_few_windows)
{
    rnn_series *series = noisy(69); /* 57 windows, 19 of them for validation */
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_settings settings = small();
    rnn_model *model = trained(&settings, series, backend);
    rnn_forecasts *f = forecast(model, series, 1, 0.95, backend);
    ck_assert_uint_eq(f->residuals, 19);
    ck_assert_uint_eq(rnn_interval_windows(0.95), 19);
    ck_assert(isfinite(f->lower[0]) && isfinite(f->upper[0]));
    rnn_forecasts_free(f);
    f = forecast(model, series, 1, 0.951, backend);
    ck_assert_uint_eq(rnn_interval_windows(0.951), 20);
    ck_assert_uint_eq(f->measured[0], 0);
    expect_width(f, 0, INFINITY);
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of a long validation part evenly spaced windows serve, and of their residuals evenly spaced ranks. */
START_TEST(many_windows)
{
    rnn_series *series = noisy(50000);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    set_all(&settings, "hidden 2 seq-len 2 epochs 1 batch 1000");
    rnn_model *model = trained(&settings, series, backend);
    rnn_forecasts *f = forecast(model, series, 1, 0.9, backend);
    ck_assert_uint_eq(f->residuals, 16384); /* of 16666 */
    ck_assert_uint_eq(model->intervals.kept, RNN_RESIDUALS_KEPT);
    ck_assert(isfinite(f->lower[0]));
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(kept_in_the_file)
{
    char path[] = "/tmp/rnn_cl_forecast_XXXXXX";
    rnn_series *series = noisy(120);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_model *loaded;
    size_t rows, season, order, other_season, other_order;
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_msg(rnn_model_load(path, &loaded) == RNN_OK, "%s", rnn_error_message());
    rnn_forecasts *a = forecast(model, series, 7, 0.8, backend), *b = forecast(loaded, series, 7, 0.8, backend);
    ck_assert_mem_eq(a->lower, b->lower, 7 * sizeof(double));
    ck_assert_mem_eq(a->upper, b->upper, 7 * sizeof(double));
    ck_assert_mem_eq(model->baselines, loaded->baselines, sizeof *model->baselines);
    ck_assert(rnn_model_knows(loaded, series, &rows));
    ck_assert_uint_eq(rows, 120);
    ck_assert(rnn_model_naive(model, 0, &season, &order) && rnn_model_naive(loaded, 0, &other_season, &other_order));
    ck_assert(season == other_season && order == other_order);
    ck_assert(!rnn_model_naive(loaded, 1, &season, &order));
    rnn_forecasts_free(b);
    rnn_forecasts_free(a);
    rnn_model_free(loaded);
    remove(path);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

static const struct {
    size_t steps;
    double level;
    const char *message;
} refused[] = {
    {0, 0.8, "0 steps to forecast, expected at least 1"},
    {1, 0, "level 0 of an interval, expected above 0 and below 1, as 0.8"},
    {1, 1, "level 1 of an interval, expected above 0 and below 1, as 0.8"},
    {1, 95, "level 95 of an interval, expected above 0 and below 1, as 0.8"},
    {1, NAN, "level nan of an interval, expected above 0 and below 1, as 0.8"},
};

START_TEST(forecasts_refused)
{
    static rnn_forecasts unset;
    rnn_forecasts *f = &unset;
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        ck_assert_int_eq(rnn_forecast(model, series, refused[i].steps, &refused[i].level, 1, backend, &f), RNN_USAGE);
        ck_assert_str_eq(rnn_error_message(), refused[i].message);
        ck_assert_ptr_null(f);
    }
    ck_assert_int_eq(rnn_forecast(model, series, 3, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "3 steps are more than the model's horizon, 2, and beyond it the model needs to know its features "
                     "(\"3\"), which it does not predict; ask for 2 steps, or train with --horizon 3, or with these "
                     "columns as targets too");
    const rnn_series few = head(series, 11);
    ck_assert_int_eq(rnn_forecast(model, &few, 1, NULL, 0, backend, &f), RNN_CONFIG);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "11 rows; the model looks at windows of 12 rows"));
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Backtests ----------------------------------------------------------------------------------------------------- */

/* More origins than a batch holds, on the device and on the reference: each the bits of a forecast of its own. */
START_TEST(a_batch_of_origins_is_each_alone)
{
    enum { N = 900, origins = 270, steps = 7 };
    rnn_series *series = noisy(N);
    rnn_backend *reference = open_reference(RNN_FLOAT), *device = open_opencl("a_batch_of_origins", RNN_FLOAT);
    rnn_settings settings = small();
    settings.horizon = 3;
    settings.epochs = 1;
    rnn_model *model = trained(&settings, series, reference);
    const rnn_backtest_request request = {.origins = origins, .steps = steps};
    rnn_predictions *p = NULL, *q = NULL;
    rnn_scoreboard *board;
    ck_assert_msg(rnn_backtest(model, series, &request, reference, &p, &board) == RNN_OK, "%s", rnn_error_message());
    rnn_scoreboard_free(board);
    ck_assert_uint_eq(p->count, origins);
    for (size_t i = 0; i < origins; i += i < 5 || i > 250 ? 1 : 61) {
        const rnn_series known = head(series, p->rows[i]);
        rnn_forecasts *f = forecast(model, &known, steps, 0, device ? device : reference);
        ck_assert_mem_eq(f->mean, p->predicted + i * steps, steps * sizeof(double));
        rnn_forecasts_free(f);
    }
    if (device) {
        ck_assert_int_eq(rnn_backtest(model, series, &request, device, &q, &board), RNN_OK);
        ck_assert_mem_eq(p->predicted, q->predicted, origins * steps * sizeof(double));
        rnn_scoreboard_free(board);
    }
    rnn_predictions_free(q);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(device);
    rnn_backend_close(reference);
    rnn_series_free(series);
}
END_TEST

START_TEST(origins)
{
    rnn_series *series = noisy(120);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_split split;
    rnn_predictions *p;
    rnn_scoreboard *board;
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_split_windows(&settings, 120, &split), RNN_OK);
    const size_t first = split.train_rows, room = 120 - first - 4 + 1;
    const rnn_backtest_request some = {.origins = 6, .steps = 4}, many = {.origins = 1000, .steps = 4};
    ck_assert_int_eq(rnn_backtest(model, series, &some, backend, &p, &board), RNN_OK);
    ck_assert_uint_eq(p->count, 6);
    ck_assert_uint_eq(p->horizon, 4);
    for (size_t i = 0; i < 6; i++)
        ck_assert_uint_eq(p->rows[i], first + i * (room - 1) / 5);
    ck_assert(!isnan(p->actual[6 * 4 - 1]));
    ck_assert_uint_eq(board->windows, 6);
    ck_assert_uint_eq(board->horizon, 4);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    notices[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    ck_assert_int_eq(rnn_backtest(model, series, &many, backend, &p, &board), RNN_OK);
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_str_eq(notices, "built-in sine: 34 origins instead of 1000, as many as there are rows for\n");
    ck_assert_uint_eq(p->count, room); /* every row behind the training rows */
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    series->values[5] += 1; /* other data: all rows with a window before them */
    ck_assert_int_eq(rnn_backtest(model, series, &some, backend, &p, &board), RNN_OK);
    ck_assert_uint_eq(p->rows[0], 12);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    const rnn_backtest_request far = {.origins = 1, .steps = 109}, none = {.origins = 0};
    ck_assert_int_eq(rnn_backtest(model, series, &far, backend, &p, &board), RNN_CONFIG);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "leave none with 109 rows behind it; try fewer --steps"));
    ck_assert(!p && !board);
    ck_assert_int_eq(rnn_backtest(model, series, &none, backend, &p, &board), RNN_USAGE);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

typedef struct told {
    size_t calls, count, rows[8];
} told;

static void on_refit(void *context, size_t number, size_t count, size_t rows)
{
    told *t = context;
    ck_assert_uint_eq(number, t->calls + 1);
    t->count = count;
    t->rows[t->calls++] = rows;
}

/* A model of all rows before the origin serves it and those up to the next: by hand. */
START_TEST(refit)
{
    enum { N = 120 };
    rnn_series *series = noisy(N);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    told t = {0};
    rnn_predictions *p;
    rnn_scoreboard *board;
    settings.horizon = 2;
    settings.test_fraction = 0.1;
    rnn_model *model = trained(&settings, series, backend);
    const rnn_backtest_request request = {.origins = 5, .refit_every = 2, .context = &t, .refit = on_refit};
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(t.calls, 3);
    ck_assert_uint_eq(t.count, 3);
    settings.val_fraction = settings.test_fraction = 0;
    for (size_t i = 0; i < 5; i++) {
        const rnn_series before = head(series, p->rows[i / 2 * 2]), known = head(series, p->rows[i]);
        ck_assert_uint_eq(t.rows[i / 2], before.N);
        rnn_model *fresh = trained(&settings, &before, backend);
        rnn_forecasts *f = forecast(fresh, &known, 2, 0, backend);
        ck_assert_mem_eq(f->mean, p->predicted + i * 2, 2 * sizeof(double));
        rnn_forecasts_free(f);
        rnn_model_free(fresh);
    }
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* ---- Scores -------------------------------------------------------------------------------------------------------- */

/* What the validation part holds changes none of what the network is held against: baselines of the model file are the same. */
START_TEST(baselines_know_the_training_part_alone)
{
    rnn_series *series = noisy(120);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_settings settings = small();
    rnn_split split;
    rnn_model *before = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_split_windows(&settings, 120, &split), RNN_OK);
    for (size_t i = split.train_rows; i < 120; i++)
        series->values[i] = (double)(i % 13);
    rnn_model *after = trained(&settings, series, backend);
    ck_assert_mem_eq(before->baselines, after->baselines, sizeof *before->baselines);
    series->values[split.train_rows - 1] += 1;
    rnn_model *other = trained(&settings, series, backend);
    ck_assert(memcmp(before->baselines, other->baselines, sizeof *before->baselines) != 0);
    rnn_model_free(other);
    rnn_model_free(after);
    rnn_model_free(before);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* The network's row of the board is rnn_measure's, and coverage of the later half counts no window whose rows the earlier half saw. */
START_TEST(scores_of_a_run)
{
    rnn_series *series = noisy(150);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_predictions *p;
    rnn_split shown;
    rnn_scoreboard *board;
    rnn_metrics m;
    settings.horizon = 4;
    rnn_model *model = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_predict_some(model, series, RNN_MODE_STEP, 0, backend, &shown, &p), RNN_OK);
    ck_assert_int_eq(rnn_score(model, series, p, shown.train, shown.val, RNN_CALIBRATION_HALVES, &board), RNN_OK);
    rnn_measure(p, shown.train, shown.val, &m);
    ck_assert_double_le(fabs(board->contender[0].all.rmse - m.rmse), 1e-12);
    ck_assert_double_le(fabs(board->contender[1].all.rmse - m.persistence_rmse), 1e-12);
    ck_assert_int_eq(board->calibration, RNN_CALIBRATION_HALVES);
    ck_assert_uint_eq(board->coverage[0].values, 4 * (shown.val - shown.val / 2 - 3));
    rnn_scoreboard_free(board);
    ck_assert_int_eq(rnn_score(model, series, p, shown.train, shown.val, RNN_CALIBRATION_MODEL, &board), RNN_OK);
    ck_assert_uint_eq(board->coverage[0].values, 4 * shown.val);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* It says neither what it was trained on nor what it was held against; both are told. */
START_TEST(a_model_of_an_earlier_version)
{
    rnn_series *series = noisy(150);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_settings settings = small();
    const rnn_backtest_request request = {.origins = 3};
    rnn_predictions *p;
    rnn_scoreboard *board;
    size_t rows = 1;
    rnn_model *model = trained(&settings, series, backend);
    free(model->baselines);
    model->baselines = NULL;
    rnn_intervals_free(&model->intervals);
    model->data_sha256[0] = '\0';
    ck_assert(!rnn_model_knows(model, series, &rows) && rows == 0);
    notices[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    ck_assert_int_eq(rnn_backtest(model, series, &request, backend, &p, &board), RNN_OK);
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_str_eq(notices,
                     "built-in sine: the model, of an earlier version, does not say what it was trained on: where rows "
                     "of its training are among them, its errors flatter it; the naive forecasts are fitted on the "
                     "first 100 of these rows\n");
    ck_assert(!board->naive.known && board->naive.refitted);
    ck_assert_uint_eq(p->rows[0], 12);
    rnn_forecasts *f = forecast(model, series, 3, 0.8, backend);
    ck_assert_uint_eq(f->residuals, 0);
    ck_assert_uint_eq(f->measured[0], 0);
    expect_width(f, 2, INFINITY);
    rnn_forecasts_free(f);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

Suite *forecast_suite(void)
{
    Suite *suite = suite_create("forecast");
    TCase *tests = tcase_create("forecast");
    tcase_add_test(tests, within_the_horizon);
    tcase_add_test(tests, beyond_the_horizon);
    tcase_add_test(tests, beyond_the_horizon_transformed);
    tcase_add_test(tests, several_series);
    tcase_add_test(tests, intervals_by_hand);
    tcase_add_test(tests, intervals_far_ahead);
    tcase_add_test(tests, higher_levels_are_wider);
    tcase_add_test(tests, too_few_windows);
    tcase_add_test(tests, many_windows);
    tcase_add_test(tests, kept_in_the_file);
    tcase_add_test(tests, forecasts_refused);
    tcase_add_test(tests, a_batch_of_origins_is_each_alone);
    tcase_add_test(tests, origins);
    tcase_add_test(tests, refit);
    tcase_add_test(tests, baselines_know_the_training_part_alone);
    tcase_add_test(tests, scores_of_a_run);
    tcase_add_test(tests, a_model_of_an_earlier_version);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, forecast_panels_case());
    suite_add_tcase(suite, forecast_known_case());
    suite_add_tcase(suite, forecast_quantiles_case());
    suite_add_tcase(suite, forecast_refit_case());
    suite_add_tcase(suite, forecast_short_case());
    suite_add_tcase(suite, forecast_example_case());
    return suite;
}
