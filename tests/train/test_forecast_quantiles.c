/* SPDX-License-Identifier: MIT
 * test_forecast_quantiles.c - what is forecast by a model of quantiles: its own intervals, adjusted by what its validation windows were off by
 */
#include "runs.h"

#include "base/allocations.h"
#include "base/random.h"

#include <unistd.h>

enum { N = 130, H = 3, Q = 5, STEPS = 9, MOST = 64 };

/* A wave and a trend, two targets of different sizes. */
static rnn_series *two_targets(void)
{
    static double values[2 * N];
    rnn_series *series;
    for (size_t i = 0; i < N; i++) {
        values[2 * i] = 50 + 10 * sin((double)i * 0.7) + 5 * rnn_random_uniform(4, RNN_RANDOM_NOISE, i);
        values[2 * i + 1] = 1000 + 100 * cos((double)i) + 90 * rnn_random_uniform(4, RNN_RANDOM_NOISE, N + i);
    }
    ck_assert_int_eq(rnn_series_copy(values, N, 2, 2, NULL, &series), RNN_OK);
    return series;
}

static rnn_settings five(void)
{
    rnn_settings settings = small();
    settings.precision = RNN_DOUBLE;
    settings.horizon = H;
    settings.test_fraction = 0.1;
    set_all(&settings, "loss quantile quantiles 0.1,0.3,0.5,0.7,0.9 transform none");
    return settings;
}

static rnn_forecasts *forecast(const rnn_model *model, const rnn_series *series, size_t steps, double level,
                               rnn_backend *backend)
{
    rnn_forecasts *f;
    ck_assert_msg(rnn_forecast(model, series, steps, &level, level > 0, backend, &f) == RNN_OK, "%s",
                  rnn_error_message());
    return f;
}

typedef struct bounds {
    double lo, hi;
} bounds;

/* Quantiles first and last, or second and fourth, and the point forecast, the third. */
static bounds core(const double *q, size_t pair)
{
    const double a = q[pair], b = q[Q - 1 - pair], point = q[2];
    return (bounds){fmin(point, fmin(a, b)), fmax(point, fmax(a, b))};
}

static double kth(double *residuals, size_t n, double level)
{
    const size_t k = (size_t)ceil((double)(n + 1) * level - 1e-9);
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && residuals[j - 1] > residuals[j]; j--) {
            const double swap = residuals[j];
            residuals[j] = residuals[j - 1];
            residuals[j - 1] = swap;
        }
    return n > 0 && k <= n ? residuals[k - 1] : INFINITY;
}

/* d of an output: of the validation windows' own quantiles, or, beyond the horizon, of those of forecasts from there; as far as the validation
 * part tells. */
static double distance(const rnn_model *model, const rnn_series *series, size_t output, size_t pair, double level,
                       rnn_backend *backend)
{
    const size_t step = output / 2, target = output % 2;
    double residuals[MOST];
    size_t n = 0;
    rnn_split split;
    ck_assert_int_eq(rnn_split_windows(&model->settings, N, &split), RNN_OK);
    const size_t end = N - split.test - H + 1, first = end - H + 1 - split.val;
    ck_assert_uint_le(split.val, MOST);
    for (size_t origin = first; origin < first + split.val; origin++) {
        first_rows known;
        if (origin + step >= end)
            continue;
        rnn_forecasts *then = forecast(model, take_first(series, origin, &known), step + 1, 0, backend);
        const bounds b = core(then->quantiles + output * Q, pair);
        const double actual = series->values[(origin + step) * 2 + target];
        residuals[n++] = fmax(b.lo - actual, actual - b.hi);
        rnn_forecasts_free(then);
    }
    return kth(residuals, n, level);
}

static const struct {
    double level;
    size_t pair;
} levels[] = {{0.8, 0}, {0.4, 1}, {0.9, 0}, {0.1, 1}};

START_TEST(adjusted_by_hand)
{
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_series *series = two_targets();
    const rnn_settings settings = five();
    const double level = levels[_i].level;
    rnn_model *model;
    ck_assert_msg(rnn_train(&settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    rnn_forecasts *f = forecast(model, series, STEPS, level, backend);
    ck_assert_uint_eq(f->Q, Q);
    ck_assert_uint_eq(f->measured[0], STEPS);
    ck_assert(!f->unadjusted[0]);
    for (size_t output = 0; output < 2 * STEPS; output++) {
        const bounds b = core(f->quantiles + output * Q, levels[_i].pair);
        const double d = distance(model, series, output, levels[_i].pair, level, backend);
        ck_assert(f->mean[output] == f->quantiles[output * Q + 2]);
        ck_assert_double_le(fabs(f->lower[output] - fmin(f->mean[output], b.lo - d)), 1e-9);
        ck_assert_double_le(fabs(f->upper[output] - fmax(f->mean[output], b.hi + d)), 1e-9);
    }
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* The quantiles of a forecast are those of a prediction; a backtest has them too; a file keeps what adjusts them. */
START_TEST(the_same_everywhere)
{
    char path[] = "/tmp/rnn_cl_quantiles_XXXXXX";
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_series *series = two_targets();
    const rnn_settings settings = five();
    const rnn_backtest_request request = {.origins = 30, .steps = STEPS};
    rnn_model *model, *loaded;
    rnn_predictions *p, *q;
    rnn_scoreboard *board;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    rnn_forecasts *f = forecast(model, series, STEPS, 0.8, backend);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    ck_assert_mem_eq(f->quantiles, p->quantiles + (p->count - 1) * H * 2 * Q, sizeof(double) * H * 2 * Q);
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &q, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(q->Q, Q);
    for (size_t i = 0, at = 0; i < q->count; i++) {
        while (p->rows[at] != q->rows[i])
            at++;
        ck_assert_mem_eq(q->quantiles + i * STEPS * 2 * Q, p->quantiles + at * H * 2 * Q, sizeof(double) * H * 2 * Q);
    }
    ck_assert_uint_eq(board->pairs, 2);
    ck_assert_uint_eq(board->quantile_coverage[1].values, q->count * STEPS * 2);
    ck_assert(board->quantile_coverage[0].inside >= board->quantile_coverage[1].inside);
    close(mkstemp(path));
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    rnn_status status = RNN_NO_MEMORY;
    for (size_t failing = 1; status != RNN_OK; failing++) { /* each allocation is refused, with those behind it */
        allocations_watch(failing);
        status = rnn_model_load(path, &loaded);
        rnn_model_free(loaded);
        const allocations seen = allocations_stop();
        ck_assert_msg(seen.left == 0, "allocation %zu: %ld blocks are left", failing, seen.left);
    }
    ck_assert_msg(rnn_model_load(path, &loaded) == RNN_OK, "%s", rnn_error_message());
    rnn_forecasts *g = forecast(loaded, series, STEPS, 0.8, backend);
    ck_assert_mem_eq(f->lower, g->lower, sizeof(double) * STEPS * 2);
    ck_assert_mem_eq(f->upper, g->upper, sizeof(double) * STEPS * 2);
    remove(path);
    rnn_forecasts_free(g);
    rnn_model_free(loaded);
    rnn_scoreboard_free(board);
    rnn_predictions_free(q);
    rnn_predictions_free(p);
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* Without a validation part the quantiles stand as they are, at the levels they enclose, and there is nothing at others. */
START_TEST(nothing_to_adjust_by)
{
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_series *series = two_targets();
    rnn_settings settings = five();
    rnn_model *model;
    settings.val_fraction = 0;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    rnn_forecasts *f = forecast(model, series, STEPS, 0.4, backend), *g = forecast(model, series, STEPS, 0.5, backend);
    ck_assert(f->unadjusted[0] && !g->unadjusted[0]);
    ck_assert(f->measured[0] == 0 && g->measured[0] == 0);
    for (size_t output = 0; output < 2 * STEPS; output++) {
        const bounds b = core(f->quantiles + output * Q, 1);
        ck_assert(f->lower[output] == b.lo && f->upper[output] == b.hi);
        ck_assert(isinf(g->lower[output]) && isinf(g->upper[output]));
    }
    rnn_forecasts_free(g);
    rnn_forecasts_free(f);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* A file of an earlier version has residuals around the point forecast, and intervals stay what they were. */
START_TEST(an_earlier_version)
{
    char path[] = "/tmp/rnn_cl_quantiles_XXXXXX";
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_series *series = two_targets();
    const rnn_settings settings = five();
    rnn_model *model, *loaded;
    rnn_predictions *p;
    rnn_split shown;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    ck_assert_int_eq(rnn_predict_some(model, series, RNN_MODE_STEP, 0, backend, &shown, &p), RNN_OK);
    p->levels.count = 0;
    rnn_intervals_free(&model->intervals);
    ck_assert_int_eq(rnn_intervals_fit(p, &(rnn_range){shown.train, shown.val}, 1, &model->scaler, &model->intervals),
                     RNN_OK);
    close(mkstemp(path));
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_msg(rnn_model_load(path, &loaded) == RNN_OK, "%s", rnn_error_message());
    remove(path);
    rnn_forecasts *f = forecast(loaded, series, H, 0.8, backend);
    for (size_t output = 0; output < 2 * H; output++) {
        const double d = rnn_intervals_width(&model->intervals, output, 0.8) * model->scaler.factor[output % 2];
        ck_assert_double_le(fabs(f->mean[output] - f->lower[output] - d), 1e-9);
        ck_assert_double_le(fabs(f->upper[output] - f->mean[output] - d), 1e-9);
    }
    rnn_forecasts_free(f);
    f = forecast(loaded, series, STEPS, 0.8, backend); /* the same beyond the horizon */
    ck_assert_uint_eq(f->measured[0], STEPS);
    for (size_t output = 0; output < 2 * STEPS; output++)
        ck_assert_double_le(fabs(f->upper[output] + f->lower[output] - 2 * f->mean[output]), 1e-9);
    rnn_forecasts_free(f);
    rnn_predictions_free(p);
    rnn_model_free(loaded);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* Residuals around quantiles may be below 0; they ascend all the same, of every pair, or the file is damaged. */
START_TEST(out_of_order)
{
    char path[] = "/tmp/rnn_cl_quantiles_XXXXXX", expected[256];
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_series *series = two_targets();
    const rnn_settings settings = five();
    rnn_model *model, *loaded;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    ck_assert(model->intervals.residuals[1] < 0);
    const size_t last = 2 * H * 2 - 1, width = 1 + model->intervals.kept; /* of the second pair's rows */
    model->intervals.residuals[last * width + 1] = 1e9;
    close(mkstemp(path));
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_int_eq(rnn_model_load(path, &loaded), RNN_BAD_DATA);
    snprintf(expected, sizeof expected, "%s: tensor forecast.quantile_residuals: row %zu is not of ascending residuals",
             path, last);
    ck_assert_str_eq(rnn_error_message(), expected);
    remove(path);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

TCase *forecast_quantiles_case(void)
{
    TCase *tests = tcase_create("quantiles");
    tcase_add_loop_test(tests, adjusted_by_hand, 0, sizeof levels / sizeof *levels);
    tcase_add_test(tests, the_same_everywhere);
    tcase_add_test(tests, nothing_to_adjust_by);
    tcase_add_test(tests, an_earlier_version);
    tcase_add_test(tests, out_of_order);
    return tests;
}
