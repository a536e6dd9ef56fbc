/* SPDX-License-Identifier: MIT
 * test_forecast_panels.c - several series: coverage of halves, whether a model knows the data again, windows with gaps
 */
#include "panels.h"

#include "data/series.h"
#include "data/steps_back.h"
#include "train/rollout.h"
#include "train/score.h"

#include <unistd.h>

/* The last rows of a series become rows of the future. */
static void shorten(rnn_series *series, size_t part, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        series->values[--series->ends[part] * series->columns] = (double)NAN;
}

/* Of several series each is halved by itself: one set of widths from all earlier halves, in units of each series' factor, held against
 * all later halves. By hand. */
START_TEST(halves_of_several_series)
{
    enum { horizon = 2 };
    rnn_series *series = panel(horizon);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_predictions *p;
    rnn_split shown;
    rnn_scoreboard *board;
    settings.horizon = horizon;
    shorten(series, 1, 23);
    rnn_model *model = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_predict_some(model, series, RNN_MODE_STEP, 0, backend, &shown, &p), RNN_OK);
    ck_assert_int_eq(rnn_score(model, series, p, shown.train, shown.val, RNN_CALIBRATION_HALVES, &board), RNN_OK);
    ck_assert_int_eq(board->calibration, RNN_CALIBRATION_HALVES);
    ck_assert_uint_eq(board->levels, 2);
    for (size_t level = 0; level < 2; level++)
        for (size_t step = 0; step < horizon; step++) {
            double residuals[100], later[100];
            size_t inside = 0, values = 0, n = 0;
            for (size_t part = 0, i = shown.train; part < 3; part++) {
                const size_t begin = i;
                while (i < shown.train + shown.val && p->parts[i] == part)
                    i++;
                for (size_t w = begin, half = (i - begin) / 2; w < i; w++) {
                    const double off = fabs(p->predicted[w * horizon + step] - p->actual[w * horizon + step]) /
                                       model->scaler.factor[rnn_scaler_index(&model->scaler, part, 0)];
                    if (w < begin + half)
                        residuals[n++] = off;
                    else if (w >= begin + half + horizon - 1) /* no row that the earlier half was compared with */
                        later[values++] = off;
                }
            }
            ck_assert_uint_le(n + values, 100);
            const double width = kth(residuals, n, board->coverage[level].level);
            for (size_t i = 0; i < values; i++)
                inside += later[i] <= width * (1 + 1e-12);
            ck_assert_uint_gt(values, 0);
            ck_assert_uint_eq(board->step_coverage[level * horizon + step].values, values);
            ck_assert_uint_eq(board->step_coverage[level * horizon + step].inside, inside);
        }
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* The panel with `past` rows more of each series, and `future` of the future. */
static rnn_series *grown(const rnn_series *from, size_t past, size_t future)
{
    const size_t parts = from->parts, rows = from->ends[0] + past + future;
    rnn_series *series = panel(past + future);
    ck_assert_uint_eq(series->N, parts * rows);
    for (size_t p = 0; p < parts; p++) {
        memcpy(series->values + series->starts[p] * 2, from->values + from->starts[p] * 2,
               (from->ends[p] - from->starts[p]) * 2 * sizeof *series->values);
        for (size_t i = 0; i < past; i++)
            series->values[(series->ends[p]++) * 2] = 3 * (double)i;
    }
    return series;
}

/* A model knows its own rows of every series: saved and loaded, with another future, and with rows behind them. Naive forecasts are those
 * of its training part then, and origins of a backtest lie behind it. A row that changed, a series less or another name: unknown. */
START_TEST(several_series_are_known_again)
{
    enum { horizon = 2 };
    char path[] = "/tmp/rnn_cl_forecast_XXXXXX";
    rnn_series *series = panel(horizon), *longer = grown(series, 9, horizon), *future = grown(series, 0, horizon + 5);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    const rnn_backtest_request request = {.origins = 1000};
    const double level = 0.8;
    rnn_model *model, *loaded;
    rnn_predictions *p;
    rnn_scoreboard *boards[2];
    rnn_split split;
    size_t rows;
    settings.horizon = horizon;
    model = trained(&settings, series, backend);
    const int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    ck_assert_int_eq(rnn_model_save(model, path), RNN_OK);
    ck_assert_msg(rnn_model_load(path, &loaded) == RNN_OK, "%s", rnn_error_message());
    ck_assert(rnn_model_knows(loaded, series, &rows) && rows == 3 * 70);
    ck_assert(rnn_model_knows(loaded, future, &rows) && rows == 3 * 70);
    ck_assert(rnn_model_knows(loaded, longer, &rows) && rows == 3 * 70);
    ck_assert_int_eq(rnn_split_windows(&settings, 70, &split), RNN_OK);
    notices[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_msg(rnn_backtest(loaded, i ? longer : series, &request, backend, &p, &boards[i]) == RNN_OK, "%s",
                      rnn_error_message());
        ck_assert_uint_eq(p->count, 3 * (70 + (i ? 9 : 0) - split.train_rows - horizon + 1));
        ck_assert_uint_eq(p->rows[0], split.train_rows);
        rnn_predictions_free(p);
    }
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_ptr_null(strstr(notices, "trained on"));
    ck_assert_str_eq(boards[0]->contender[boards[0]->contenders - 1].name,
                     boards[1]->contender[boards[1]->contenders - 1].name);
    rnn_forecasts *f; /* intervals far ahead have residuals of what the model knows */
    ck_assert_int_eq(rnn_forecast(loaded, future, 2 * horizon, &level, 1, backend, &f), RNN_OK);
    ck_assert_uint_eq(f->measured[0], 2 * horizon);
    rnn_forecasts_free(f);
    series->ids[1][0] = 'x';
    ck_assert(!rnn_model_knows(loaded, series, &rows));
    longer->values[longer->starts[2] * 2] += 1e-9;
    ck_assert(!rnn_model_knows(loaded, longer, &rows) && rows == 3 * 70);
    future->parts = 2;
    ck_assert(!rnn_model_knows(loaded, future, &rows));
    future->parts = 3;
    ck_assert(rnn_model_knows(loaded, future, &rows));
    shorten(future, 0, 1);
    ck_assert(!rnn_model_knows(loaded, future, &rows));
    rnn_scoreboard_free(boards[0]);
    rnn_scoreboard_free(boards[1]);
    rnn_model_free(loaded);
    rnn_model_free(model);
    remove(path);
    rnn_backend_close(backend);
    rnn_series_free(future);
    rnn_series_free(longer);
    rnn_series_free(series);
}
END_TEST

static const struct {
    size_t horizon, lag;
    const char *settings;
} differences[] = {
    {2, 1, "transform diff"}, {5, 3, "transform season-diff season 3"}, /* forecasts that go back to forecasts, too */
};

/* Windows of one pass share what they look back over: in gaps, behind them and where a series ends, each is what it is alone. */
START_TEST(windows_with_gaps)
{
    const size_t horizon = differences[_i].horizon, lag = differences[_i].lag;
    rnn_series *series = panel(horizon);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_predictions *p;
    size_t known = 0;
    settings.horizon = horizon;
    settings.missing = RNN_MISSING_MASK;
    set_all(&settings, differences[_i].settings);
    for (size_t part = 0; part < 3; part++)
        for (size_t i = part == 1 ? 0 : 8; i < 68; i++) /* the second begins with a gap of more than a window */
            if (i % 13 < 4 + part || (part == 1 && i < 14))
                series->values[2 * (series->starts[part] + i)] = NAN;
    rnn_model *model = trained(&settings, series, backend);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    ck_assert_uint_eq(p->count, 3 * (70 - 12 + 1 - lag));
    for (size_t i = 0; i < p->count; i++) {
        rnn_predictions *one;
        const double last = rnn_series_last(series, p->rows[i], 0, series->starts[p->parts[i]], (double)NAN);
        ck_assert(p->last[i] == last || (isnan(last) && isnan(p->last[i])));
        if (isnan(p->predicted[i * horizon])) /* nothing is known before it */
            continue;
        known++;
        ck_assert_int_eq(rnn_predict_far(model, series, RNN_MODE_STEP, &p->rows[i], 1, horizon, NULL, backend, &one),
                         RNN_OK);
        ck_assert_mem_eq(p->predicted + i * horizon, one->predicted, horizon * sizeof(double));
        rnn_predictions_free(one);
    }
    ck_assert_uint_gt(known, 100);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* A gap in one of two targets, over whose length every window could look back: rows looked at when errors are measured in training, and
 * when windows are predicted, are a few for each target, window and step, and now and then (a chunk of windows) the gap. */
START_TEST(steps_over_a_long_gap)
{
    enum { N = 6000, FROM = 1000, TO = 5000, horizon = 3 };
    static double values[2 * N];
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    rnn_series *series;
    rnn_predictions *p;
    for (size_t i = 0; i < 2 * N; i++)
        values[i] = 10 + sin((double)i) + (double)(i % 7);
    ck_assert_int_eq(rnn_series_copy(values, N, 2, 2, NULL, &series), RNN_OK);
    for (size_t i = FROM; i < TO; i++)
        series->values[2 * i] = (double)NAN;
    settings.horizon = horizon;
    settings.missing = RNN_MISSING_MASK;
    settings.hidden = 2;
    settings.epochs = 1;
    settings.batch = 64;
    settings.val_fraction = 0.6;
    set_all(&settings, differences[_i].settings);
    const size_t before = steps_back();
    rnn_model *model = trained(&settings, series, backend);
    const size_t between = steps_back();
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    const size_t training = between - before, predicting = steps_back() - between, most = (size_t)40 * N;
    ck_assert(training > N / 2 && predicting > N);
    ck_assert_msg(training < most && predicting < most, "%zu and %zu rows looked at, expected fewer than %zu", training,
                  predicting, most);
    rnn_predictions_free(p);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of `parts` series, `past` rows of v and p, and `future` more of p. */
static rnn_series *whole_numbers(size_t parts, size_t past, size_t future)
{
    enum { MOST = 25, PARTS = 2 };
    static const char *const names[] = {"v", "p"};
    const char *ids[PARTS * MOST];
    double values[PARTS * MOST * 2];
    rnn_series *series;
    size_t N = 0;
    ck_assert(parts <= PARTS && past + future <= MOST);
    for (size_t k = 0; k < parts; k++)
        for (size_t i = 0; i < past + future; i++, N++) {
            ids[N] = k ? "b" : "a";
            values[2 * N] = i < past ? (double)(i * i % 7 + k) : (double)NAN;
            values[2 * N + 1] = i < past ? (double)(i % 3) : (double)(i - past + 5);
        }
    const rnn_table table = {.values = values,
                             .N = N,
                             .columns = 2,
                             .targets = 1,
                             .known = 1,
                             .names = names,
                             .ids = parts > 1 ? ids : NULL};
    const rnn_read_options options = {.missing = RNN_MISSING_ERROR};
    ck_assert_msg(rnn_series_make(&table, &options, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

/* Digests that the program at 915a6e9 left in models of tables with these numbers. */
static const struct {
    size_t parts, future;
    const char *sha256;
} earlier[] = {
    {1, 0, "39a693d48526272ae0825931cc22c5df2853f1709f1af7dc9aeb79bceb8871a1"},
    {1, 2, "73b00a5b79c05717c2f4cd906bdcde3839471d421eb9226f7abc35a659968398"},
    {2, 2, "ba574b15e735cdf67ee5b91654ac49f84df617277bc72d5a24c28944e7082288"},
};

/* Models of earlier versions know their data by a digest of the whole table: with rows behind it, where it is of one series without a future. */
START_TEST(known_to_earlier_versions)
{
    enum { past = 20 };
    const size_t parts = earlier[_i].parts, future = earlier[_i].future;
    const bool grows = parts == 1 && future == 0;
    rnn_series *series = whole_numbers(parts, past, future), *longer = whole_numbers(parts, past + 3, future), own;
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings settings = small();
    size_t rows, *ends;
    settings.seq_len = 2;
    rnn_model *model = trained(&settings, series, backend);
    model->own_parts = 0;
    ck_assert(!rnn_model_knows(model, series, &rows)); /* the digest is of the other layout */
    memcpy(model->data_sha256, earlier[_i].sha256, sizeof model->data_sha256);
    ck_assert(rnn_model_knows(model, series, &rows));
    ck_assert_uint_eq(rows, parts * (past + future));
    ck_assert(rnn_model_knows(model, longer, &rows) == grows);
    ck_assert_int_eq(rnn_model_own(model, grows ? longer : series, &own, &ends), RNN_OK);
    for (size_t p = 0; p < parts; p++)
        ck_assert_uint_eq(ends[p], p * (past + future) + past);
    free(ends);
    series->values[2] += 1;
    ck_assert(!rnn_model_knows(model, series, &rows));
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(longer);
    rnn_series_free(series);
}
END_TEST

TCase *forecast_panels_case(void)
{
    TCase *tests = tcase_create("panels");
    tcase_add_test(tests, halves_of_several_series);
    tcase_add_test(tests, several_series_are_known_again);
    tcase_add_loop_test(tests, known_to_earlier_versions, 0, sizeof earlier / sizeof *earlier);
    tcase_add_loop_test(tests, windows_with_gaps, 0, sizeof differences / sizeof *differences);
    tcase_add_loop_test(tests, steps_over_a_long_gap, 0, sizeof differences / sizeof *differences);
    return tests;
}
