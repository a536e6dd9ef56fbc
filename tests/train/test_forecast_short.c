/* SPDX-License-Identifier: MIT
 * test_forecast_short.c - scores and backtests of several series, one of which is short, begins late or is new to the model
 */
#include "panels.h"

#include "data/series.h"
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

/* The rows of all series before a moment. */
static rnn_series *before(const rnn_series *series, int64_t moment)
{
    size_t cuts[PARTS];
    rnn_series *out;
    for (size_t p = 0; p < series->parts; p++)
        for (cuts[p] = series->starts[p]; cuts[p] < series->ends[p] && series->times[cuts[p]] < moment;)
            cuts[p]++;
    ck_assert_int_eq(rnn_series_before(series, cuts, &out), RNN_OK);
    return out;
}

/* Each forecast of a backtest is to the bit what the model says of the rows before it. */
static void expect_forecasts(const rnn_model *model, const rnn_series *series, const rnn_predictions *p,
                             rnn_backend *backend)
{
    for (size_t i = 0; i < p->count; i++) {
        rnn_series *past = before(series, series->times[p->rows[i]]);
        rnn_forecasts *f;
        size_t place = 0;
        notices[0] = '\0'; /* the same each time */
        ck_assert_int_eq(rnn_forecast(model, past, p->horizon, NULL, 0, backend, &f), RNN_OK);
        while (rnn_series_part(past, f->rows[place] - 1) != p->parts[i])
            place++;
        ck_assert_mem_eq(f->mean + place * p->horizon, p->predicted + i * p->horizon, p->horizon * sizeof *f->mean);
        rnn_forecasts_free(f);
        rnn_series_free(past);
    }
}

/* A series that the model does not know is scaled by what came before each origin, whatever comes later; alone as among others. */
START_TEST(a_stranger_in_a_backtest)
{
    rnn_series *series = days_of(MOST, MOST, 0);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_backtest_request request = {.origins = 60, .steps = 4};
    rnn_settings settings = with_a_season(_i ? RNN_TRANSFORM_LOG_DIFF : RNN_TRANSFORM_NONE, 5);
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    rnn_predictions *p;
    rnn_scoreboard *board;
    series->ids[2][0] = 'z';
    for (size_t i = 0; i < 2; i++) {
        const size_t parts = i ? 1 : PARTS; /* the stranger alone, and all of them */
        rnn_series some = *series;
        some.parts = parts;
        some.starts += PARTS - parts;
        some.ends += PARTS - parts;
        some.ids += PARTS - parts;
        notices[0] = '\0';
        rnn_set_notice_handler(keep_notice, NULL);
        ck_assert_msg(rnn_backtest(model, &some, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
        ck_assert_ptr_nonnull(strstr(notices, "\"z\" first, is not among those that the model was trained on"));
        ck_assert_uint_eq(p->parts[p->count - 1], parts - 1);
        expect_forecasts(model, &some, p, backend);
        rnn_set_notice_handler(NULL, NULL);
        rnn_scoreboard_free(board);
        rnn_predictions_free(p);
    }
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Mean |y(t) - y(t - 7)| of a series' first rows. */
static double scale_of(size_t part, size_t rows)
{
    double sum = 0;
    for (size_t i = WEEK; i < rows; i++)
        sum += fabs(value_of(part, i) - value_of(part, i - WEEK));
    return sum / (double)(rows - WEEK);
}

/* A series of which there was no row yet when the model was trained anew: scaled by what came of it before each origin; its naive
 * forecasts, and the scale of MASE, are of what came before the first. */
START_TEST(a_series_that_was_not_there_yet)
{
    enum { begin = 70, T = 9 };
    rnn_series *series = days_of(MOST, 40, begin);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_backtest_request request = {.origins = 40, .refit_every = 40};
    rnn_settings settings = with_a_season(RNN_TRANSFORM_NONE, T);
    rnn_model *model = trained(&settings, series, backend);
    rnn_predictions *p;
    rnn_scoreboard *board;
    double scaled = 0, last = 0;
    size_t first = 2 * MOST + 40, late = 0;
    model->data_sha256[0] = '\0'; /* other data, whose later half is forecast */
    notices[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    ck_assert_ptr_nonnull(strstr(notices, "\"c\" first, is not among those that the model was trained on"));
    settings.val_fraction = 0;
    ck_assert_int_eq(p->rows[0], MOST / 2); /* of the first two series, before the third begins */
    rnn_series *past = before(series, series->times[MOST / 2]);
    ck_assert_uint_eq(past->ends[2] - past->starts[2], 0);
    rnn_model *fresh = trained(&settings, past, backend);
    expect_forecasts(fresh, series, p, backend);
    rnn_set_notice_handler(NULL, NULL);
    for (size_t i = p->count; i-- > 0;)
        if (p->parts[i] == 2) {
            first = p->rows[i];
            late++;
        }
    ck_assert_uint_gt(late, 4);
    for (size_t i = 0; i < p->count; i++) {
        const size_t part = p->parts[i], rows = part == 2 ? first - series->starts[2] : MOST / 2;
        scaled += fabs(p->predicted[i] - p->actual[i]) / scale_of(part, rows) / (double)p->count;
        last += fabs(series->values[p->rows[i] - 1] - p->actual[i]) / scale_of(part, rows) / (double)p->count;
    }
    ck_assert_double_le(fabs(board->contender[0].all.mase - scaled), 1e-9 * scaled);
    ck_assert_double_le(fabs(board->contender[1].all.mase - last), 1e-9 * last);
    ck_assert_str_eq(board->contender[2].name, "seasonal naive (7)");
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(fresh);
    rnn_series_free(past);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* New models say of themselves nothing about what the first one knows: that is as it is without them, and no notice is due. */
START_TEST(data_known_under_refits)
{
    rnn_series *series = days_of(MOST, MOST, 0);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = with_a_season(RNN_TRANSFORM_NONE, 5);
    rnn_model *model = trained(&settings, series, backend);
    notices[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    for (int known = 1; known >= 0; known--) {
        const rnn_backtest_request request = {.origins = 3, .refit_every = 2};
        rnn_predictions *p;
        rnn_scoreboard *board;
        series->values[0] += known ? 0 : 1;
        ck_assert_int_eq(rnn_backtest(model, series, &request, backend, &p, &board), RNN_OK);
        ck_assert_int_eq(board->naive.known, known);
        ck_assert(!board->naive.refitted);
        rnn_scoreboard_free(board);
        rnn_predictions_free(p);
    }
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_str_eq(notices, "");
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of the model's own data a series that training left out may have origins all the same: its naive forecasts are of what came before them. */
START_TEST(a_series_left_out_of_training)
{
    rnn_series *series = days_of(MOST, 12, 0);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    const rnn_backtest_request request = {.origins = 100};
    rnn_settings settings = with_a_season(RNN_TRANSFORM_NONE, 9);
    settings.val_fraction = 0.3;
    settings.horizon = 2;
    rnn_model *model = trained(&settings, series, backend);
    rnn_predictions *p;
    rnn_scoreboard *board;
    size_t late = 0, rows;
    double last = 0;
    ck_assert(rnn_model_knows(model, series, &rows));
    ck_assert(!rnn_model_scales(model, series, 2));
    ck_assert_msg(rnn_backtest(model, series, &request, backend, &p, &board) == RNN_OK, "%s", rnn_error_message());
    while (p->parts[late] != 2)
        late++;
    ck_assert(isfinite(board->contender[0].all.mase));
    rnn_scoreboard_free(board);
    rnn_baseline baselines[PARTS];
    rnn_naive_fit fit;
    size_t firsts[] = {0, MOST, p->rows[late]};
    ck_assert_int_eq(rnn_baselines_of(model, series, firsts, baselines, &fit), RNN_OK);
    for (size_t i = series->starts[2]; i < p->rows[late]; i++)
        last += series->values[i] / (double)(p->rows[late] - series->starts[2]);
    ck_assert_double_le(fabs(baselines[2].mean - last), 1e-9);
    rnn_predictions_free(p);
    rnn_model_free(model);
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
    tcase_add_loop_test(tests, a_stranger_in_a_backtest, 0, 2);
    tcase_add_test(tests, a_series_that_was_not_there_yet);
    tcase_add_test(tests, data_known_under_refits);
    tcase_add_test(tests, a_series_left_out_of_training);
    return tests;
}
