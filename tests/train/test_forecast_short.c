/* SPDX-License-Identifier: MIT
 * test_forecast_short.c - scores and backtests of several series, one of which is short, begins late or is new to the model
 */
#include "panels.h"

#include "data/scale.h"
#include "train/score.h"

enum { PARTS = 3, MOST = 120, WEEK = 7, DAY = 86400 };

/* A week's shape on a level that drifts, of each series its own. */
static double value_of(size_t part, size_t row)
{
    static const double shape[WEEK] = {0, 1, 3, 2, 5, 9, 7};
    return (double)(20 * (part + 1)) + 0.05 * (double)row + shape[row % WEEK] +
           rnn_random_uniform(9, RNN_RANDOM_NOISE, part * 1000 + row);
}

/* Days of series a and b, and of c, which begins on day `begin`. */
static rnn_series *days_of(size_t days, size_t rows_of_c, size_t begin)
{
    const size_t rows[] = {days, days, rows_of_c}, begins[] = {0, 0, begin};
    static const char *const ids[] = {"a", "b", "c"};
    const rnn_read_options options = {0};
    static double values[PARTS * MOST];
    static int64_t times[PARTS * MOST];
    static const char *names[PARTS * MOST];
    rnn_series *series;
    size_t N = 0;
    for (size_t p = 0; p < PARTS; p++)
        for (size_t i = 0; i < rows[p]; i++) {
            values[N] = value_of(p, i);
            times[N] = (int64_t)(begins[p] + i) * DAY;
            names[N++] = ids[p];
        }
    const rnn_table table = {.values = values, .N = N, .columns = 1, .targets = 1, .ids = names, .times = times};
    ck_assert_msg(rnn_series_make(&table, &options, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

static rnn_settings with_a_season(rnn_transform transform, size_t seq_len)
{
    rnn_settings settings = small();
    settings.hidden = 4;
    settings.epochs = 1;
    settings.seq_len = seq_len;
    settings.season = WEEK;
    settings.transform = transform;
    settings.short_ids = RNN_SHORT_IDS_DROP;
    return settings;
}

static const rnn_contender *contender_of(const rnn_scoreboard *board, const char *name)
{
    size_t c = 0;
    while (c < board->contenders && strcmp(board->contender[c].name, name) != 0)
        c++;
    ck_assert_msg(c < board->contenders, "no contender %s", name);
    return &board->contender[c];
}

/* The season a model keeps does not fit every series it is scored on: one without a window is not asked and not seen, one with a window
 * has no season. */
static const struct {
    rnn_transform transform;
    size_t seq_len, rows;
    const char *name;
} shorts[] = {{RNN_TRANSFORM_SEASON_DIFF, 5, 8, "seasonal naive (7)"},
              {RNN_TRANSFORM_NONE, 5, 4, "seasonal naive (7)"},
              {RNN_TRANSFORM_NONE, 5, 9, "seasonal naive"}}; /* 9 (1 - 1/3) = 6 rows to fit it on */

START_TEST(a_season_that_does_not_fit)
{
    rnn_series *series = days_of(MOST, MOST, 0), *other = days_of(MOST, shorts[_i].rows, 0);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_settings settings = with_a_season(shorts[_i].transform, shorts[_i].seq_len);
    rnn_model *model = trained(&settings, series, backend);
    rnn_predictions *p;
    rnn_scoreboard *board;
    ck_assert_int_eq(rnn_predict(model, other, RNN_MODE_STEP, backend, &p), RNN_OK);
    ck_assert_msg(rnn_score(model, other, p, 0, p->count, RNN_CALIBRATION_HALVES, &board) == RNN_OK, "%s",
                  rnn_error_message());
    ck_assert(isfinite(contender_of(board, shorts[_i].name)->all.mase));
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(other);
    rnn_series_free(series);
}
END_TEST

/* New models, too, are beside naive forecasts of series they left out, whatever the season. */
START_TEST(refits_whatever_the_season)
{
    rnn_series *series = days_of(MOST, MOST, 0), *other = days_of(MOST, 20, 85);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_backtest_request request = {.origins = 16, .refit_every = 1};
    for (int i = 0; i < 2; i++) {
        const rnn_settings settings = with_a_season(i ? RNN_TRANSFORM_NONE : RNN_TRANSFORM_SEASON_DIFF, 4);
        rnn_model *model = trained(&settings, series, backend);
        rnn_predictions *p;
        rnn_scoreboard *board;
        ck_assert_msg(rnn_backtest(model, other, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
        rnn_scoreboard_free(board);
        rnn_predictions_free(p);
        rnn_model_free(model);
    }
    rnn_backend_close(backend);
    rnn_series_free(other);
    rnn_series_free(series);
}
END_TEST

/* Who asks for it is told of which series it is not one. */
START_TEST(a_season_asked_for)
{
    rnn_series *series = days_of(MOST, 9, 0);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_settings settings = with_a_season(RNN_TRANSFORM_NONE, 4);
    rnn_model *model;
    ck_assert_int_eq(rnn_train(&settings, series, backend, NULL, &model), RNN_CONFIG);
    ck_assert_ptr_nonnull(
        strstr(rnn_error_message(), "series \"c\": --season 7: the training part has 7 rows; try a season"));
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

TCase *forecast_short_case(void)
{
    TCase *tests = tcase_create("short");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, a_season_that_does_not_fit, 0, sizeof shorts / sizeof *shorts);
    tcase_add_test(tests, refits_whatever_the_season);
    tcase_add_test(tests, a_season_asked_for);
    return tests;
}
