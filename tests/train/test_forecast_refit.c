/* SPDX-License-Identifier: MIT
 * test_forecast_refit.c - backtests of several series whose models are trained anew as time goes on
 */
#include "runs.h"

#include "base/random.h"
#include "data/series.h"

enum { PARTS = 3, MOST = 90, H = 2, ORIGINS = 14, EVERY = 4, DAY = 86400 };

static const char *const ids[] = {"a", "b", "c"};
static const size_t begins[] = {0, 13, 5}, rows_of[] = {80, 60, 70}; /* days, where there are days */

static double value_of(size_t part, size_t row)
{
    return (double)(part + 1) * (20 + 0.1 * (double)row + 5 * sin((double)row * 0.9) +
                                 rnn_random_uniform(6, RNN_RANDOM_NOISE, part * 1000 + row));
}

/* The day of a row, or where there are none its number. */
static int64_t moment_of(size_t part, size_t row, bool dated)
{
    return (int64_t)(row + (dated ? begins[part] : 0));
}

/* What there is before a moment, the series one behind the other. */
static rnn_series *before(int64_t moment, bool dated)
{
    static double values[PARTS * MOST];
    static int64_t times[PARTS * MOST];
    static const char *names[PARTS * MOST];
    const rnn_read_options options = {.calendar = dated ? RNN_CALENDAR_WEEKDAY : 0};
    rnn_series *series;
    size_t N = 0;
    for (size_t p = 0; p < PARTS; p++)
        for (size_t i = 0; i < rows_of[p] && moment_of(p, i, dated) < moment; i++) {
            values[N] = value_of(p, i);
            times[N] = moment_of(p, i, dated) * DAY;
            names[N++] = ids[p];
        }
    const rnn_table table = {
        .values = values, .N = N, .columns = 1, .targets = 1, .ids = names, .times = dated ? times : NULL};
    ck_assert_msg(rnn_series_make(&table, &options, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

typedef struct told {
    size_t calls, rows[ORIGINS];
} told;

static void on_refit(void *context, size_t number, size_t count, size_t rows)
{
    told *t = context;
    ck_assert_uint_eq(number, t->calls + 1);
    ck_assert_uint_eq(count, (ORIGINS - 1) / EVERY + 1);
    t->rows[t->calls++] = rows;
}

/* Origins by their moments, then as they stand. */
static void sort_origins(const rnn_predictions *p, const rnn_series *series, bool dated, size_t *order)
{
    for (size_t i = 0; i < ORIGINS; i++) {
        size_t j = i;
        const int64_t own = moment_of(p->parts[i], p->rows[i] - series->starts[p->parts[i]], dated);
        while (j > 0 && moment_of(p->parts[order[j - 1]],
                                  p->rows[order[j - 1]] - series->starts[p->parts[order[j - 1]]], dated) > own) {
            order[j] = order[j - 1];
            j--;
        }
        order[j] = i;
    }
}

static double drift_error(size_t part, size_t row, size_t train_rows, size_t step)
{
    const double slope = (value_of(part, train_rows - 1) - value_of(part, 0)) / (double)(train_rows - 1);
    return value_of(part, row - 1) + (double)(step + 1) * slope - value_of(part, row + step);
}

static const rnn_contender *drift_of(const rnn_scoreboard *board)
{
    size_t c = 0;
    while (strcmp(board->contender[c].name, "drift") != 0)
        c++;
    return &board->contender[c];
}

/* Each model by hand, of what there was before the first of its origins in any of the series; each forecast of what there was before its own. */
START_TEST(by_hand)
{
    const bool dated = _i == 1;
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_series *series = before(INT64_MAX, dated);
    rnn_settings settings = small();
    told t = {0, {0}};
    rnn_model *model, *fresh = NULL;
    rnn_predictions *p;
    rnn_scoreboard *board;
    size_t order[ORIGINS], cut[PARTS] = {0};
    double squares = 0;
    settings.horizon = H;
    settings.epochs = 2;
    ck_assert_msg(rnn_train(&settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    const rnn_backtest_request request = {.origins = ORIGINS, .refit_every = EVERY, .context = &t, .refit = on_refit};
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(p->count, ORIGINS);
    ck_assert(p->parts[0] == 0 && p->parts[ORIGINS - 1] == PARTS - 1);
    sort_origins(p, series, dated, order);
    settings = *rnn_model_settings(model); /* with what was chosen by the data */
    settings.val_fraction = 0;
    for (size_t i = 0; i < ORIGINS; i++) {
        const size_t origin = order[i], part = p->parts[origin], row = p->rows[origin] - series->starts[part];
        rnn_series *known = before(moment_of(part, row, dated), dated);
        rnn_forecasts *f;
        if (i % EVERY == 0) {
            rnn_model_free(fresh);
            ck_assert_uint_eq(t.rows[i / EVERY], known->N);
            ck_assert_int_eq(rnn_train(&settings, known, backend, NULL, &fresh), RNN_OK);
            for (size_t q = 0; q < PARTS; q++)
                cut[q] = known->ends[q] - known->starts[q];
        }
        ck_assert_int_eq(rnn_forecast(fresh, known, H, NULL, 0, backend, &f), RNN_OK);
        ck_assert_uint_eq(known->ends[part] - known->starts[part], row);
        ck_assert_mem_eq(f->mean + part * H, p->predicted + origin * H, H * sizeof(double));
        for (size_t step = 0; step < H; step++)
            squares += pow(drift_error(part, row, cut[part], step), 2);
        rnn_forecasts_free(f);
        rnn_series_free(known);
    }
    ck_assert_uint_eq(t.calls, (ORIGINS - 1) / EVERY + 1);
    ck_assert_double_le(fabs(drift_of(board)->all.rmse - sqrt(squares / (ORIGINS * H))), 1e-9);
    rnn_model_free(fresh);
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* A series that had hardly begun then: refused by its name, or left out and scaled by what had come of it. */
START_TEST(a_series_that_came_late)
{
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_series *series = before(INT64_MAX, true);
    rnn_settings settings = small();
    rnn_model *model;
    rnn_predictions *p, *again;
    rnn_scoreboard *board;
    const rnn_backtest_request request = {.origins = 9, .refit_every = 9};
    size_t late = 0;
    for (size_t i = series->starts[1]; i < series->starts[2]; i++)
        series->times[i] += 60 * DAY;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_OK);
    model->data_sha256[0] = '\0'; /* other data, whose later half is forecast */
    ck_assert_int_eq(rnn_backtest(model, series, &request, backend, &p, &board), RNN_CONFIG);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "training anew on the first "));
    ck_assert_ptr_nonnull(strstr(rnn_error_message(),
                                 "series \"b\" has 0 rows, which is too few; --short-ids drop leaves such series out"));
    model->settings.short_ids = RNN_SHORT_IDS_DROP;
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    rnn_scoreboard_free(board);
    while (p->parts[late] != 1)
        late++;
    for (size_t i = p->rows[late]; i < series->ends[1]; i++) /* what came later is nothing to a forecast */
        series->values[i * series->columns] += 50;
    ck_assert_int_eq(rnn_backtest(model, series, &request, backend, &again, &board), RNN_OK);
    ck_assert_uint_eq(again->rows[late], p->rows[late]);
    ck_assert(again->predicted[late] == p->predicted[late]);
    ck_assert(again->predicted[late + 1] != p->predicted[late + 1]);
    rnn_scoreboard_free(board);
    rnn_predictions_free(again);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

TCase *forecast_refit_case(void)
{
    TCase *tests = tcase_create("refit");
    tcase_add_loop_test(tests, by_hand, 0, 2);
    tcase_add_test(tests, a_series_that_came_late);
    return tests;
}
