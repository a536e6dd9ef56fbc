/* SPDX-License-Identifier: MIT
 * test_score_gaps.c - naive forecasts of series with gaps: what they are fitted on, what they look at, and in what time
 */
#define _DEFAULT_SOURCE /* setitimer */
#include "score/scores.h"

#include <sys/time.h>

/* Fitted on the values there are, by hand; where a forecast begins a missing cell is as the one before it. */
START_TEST(missing_cells)
{
    const double holes[] = {NAN, NAN, 3, 5, NAN, NAN, 4, 2, 6, NAN, 7, 1};
    rnn_series *series = series_of(holes, 12);
    rnn_baseline b;
    double out[3];
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 12, 2, &b), RNN_OK);
    expect_near(b.scale, (2 + 1) / 2.0); /* |6 - 4|, |7 - 6|: of no other pair there are both */
    expect_near(b.slope, (1 - 3) / 9.0); /* from row 2 to row 11 */
    expect_near(b.mean, 4);
    ck_assert_uint_eq(b.order, 1); /* of (3,5), (4,2), (2,6) and (7,1): y = 7.5 - x */
    expect_near(b.lag[0], -1);
    expect_near(b.intercept, -0.5); /* 7.5 = 4 + 4 - 0.5 */
    forecast(&b, RNN_RIVAL_LAST, series, 0, 6, 1, out);
    ck_assert(out[0] == 5);
    forecast(&b, RNN_RIVAL_SEASONAL, series, 0, 10, 3, out);
    ck_assert(out[0] == 6 && out[1] == 6 && out[2] == 6);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, 6, 1, out);
    expect_near(out[0], 7.5 - 5);
    forecast(&b, RNN_RIVAL_LAST, series, 0, 2, 1, out); /* nothing before it: the rows behind are not known */
    ck_assert(out[0] == b.mean);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, 2, 1, out);
    expect_near(out[0], b.mean + b.intercept);
    for (int i = 0; i < 12; i++)
        series->values[i] = NAN;
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 12, 0, &b), RNN_OK);
    ck_assert(b.mean == 0 && b.scale == 0 && b.slope == 0 && b.order == 0 && b.season == 1);
    rnn_series_free(series);
}
END_TEST

/* Every tenth value is missing: as many lags as the runs between them have, and the equation is found. A season is found, too. */
START_TEST(scattered_gaps)
{
    enum { N = 400 };
    double y[N];
    rnn_baseline b;
    for (int t = 0; t < N; t++)
        y[t] = t % 10 == 5 ? NAN : 5 + 2 * sin(0.7 * t);
    rnn_series *series = series_of(y, N);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, N, 0, &b), RNN_OK);
    ck_assert_uint_eq(b.season, 9); /* 2 pi / 0.7 is 8.98 */
    ck_assert_uint_eq(b.order, 2);
    ck_assert_double_le(fabs(b.lag[0] - 2 * cos(0.7)), 1e-6);
    ck_assert_double_le(fabs(b.lag[1] + 1), 1e-6);
    rnn_series_free(series);
}
END_TEST

/* Three million rows without a value. Who looked back from each would take 4.5e12 steps, an hour and more; going through them once takes less
 * than a second of the processor, of which a minute is allowed. Beyond it the suite ends by SIGPROF. */
START_TEST(a_gap_without_end)
{
    enum { N = 3000000 };
    const struct itimerval minute = {.it_value = {.tv_sec = 60}}, none = {.it_value = {.tv_sec = 0}};
    double *y = malloc(N * sizeof *y), *filled;
    ck_assert_ptr_nonnull(y);
    for (int t = 0; t < N; t++)
        y[t] = t ? (double)NAN : 5;
    rnn_series *series = series_of(y, N);
    ck_assert_int_eq(setitimer(ITIMER_PROF, &minute, NULL), 0);
    ck_assert_int_eq(rnn_fill_targets(series, &filled), RNN_OK);
    ck_assert_int_eq(setitimer(ITIMER_PROF, &none, NULL), 0);
    ck_assert(filled[0] == 5 && filled[N - 1] == 5);
    free(filled);
    rnn_series_free(series);
    free(y);
}
END_TEST

/* 100000 rows, most of them in two gaps, and a window at each of them. */
START_TEST(long_gaps)
{
    enum { N = 100000 };
    double *y = malloc(N * sizeof *y), *zeros = calloc(N, sizeof *zeros);
    size_t *rows = malloc(N * sizeof *rows), *parts = calloc(N, sizeof *parts), count = 0;
    double sum = 0, changes = 0, squares = 0, values = 0, last = 0;
    rnn_baseline b;
    rnn_scoreboard *board;
    ck_assert(y && zeros && rows && parts);
    for (int t = 0; t < N; t++)
        y[t] = (t >= 20000 && t < 80000) || (t >= 93000 && t < 97000) ? NAN : 5 + 2 * sin(0.7 * t);
    rnn_series *series = series_of(y, N);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, N, 1, &b), RNN_OK);
    for (int t = 1; t < N; t++) {
        rows[count++] = (size_t)t;
        if (!isnan(y[t]) && !isnan(y[t - 1])) {
            sum += fabs(y[t] - y[t - 1]);
            changes++;
        }
        last = isnan(y[t - 1]) ? last : y[t - 1];
        squares += isnan(y[t]) ? 0 : (last - y[t]) * (last - y[t]);
        values += !isnan(y[t]);
    }
    expect_near(b.scale, sum / changes);
    expect_near(b.slope, (y[N - 1] - y[0]) / (N - 1));
    ck_assert_uint_eq(b.order, 2);
    ck_assert_double_le(fabs(b.lag[0] - 2 * cos(0.7)), 1e-6);
    ck_assert_double_le(fabs(b.lag[1] + 1), 1e-6);
    const rnn_predictions p = {.count = count,
                               .horizon = 1,
                               .targets = 1,
                               .parts = parts,
                               .rows = rows,
                               .predicted = zeros,
                               .actual = series->values + 1};
    const rnn_rivalry rivalry = {series, &b, NULL};
    ck_assert_int_eq(rnn_scoreboard_make(&p, 0, count, &rivalry, &board), RNN_OK);
    ck_assert_uint_eq(board->windows, (size_t)values);
    expect_near(board->contender[1].all.rmse, sqrt(squares / values));
    rnn_scoreboard_free(board);
    rnn_series_free(series);
    free(parts);
    free(rows);
    free(zeros);
    free(y);
}
END_TEST

/* However long the past: whatever lies before the last max(p, m) rows is not looked at. */
START_TEST(forecasts_look_no_further)
{
    enum { rows = 60, steps = 20 };
    double y[rows], out[2][steps];
    const rnn_column known = {y, 1, rows};
    const rnn_baseline b = {.season = 7, .slope = 0.5, .order = 3, .mean = 1, .lag = {0.5, -0.25, 0.125}};
    for (int rival = 0; rival < RNN_RIVALS; rival++) {
        const size_t reach = rival == RNN_RIVAL_SEASONAL ? 7 : rival == RNN_RIVAL_AUTOREGRESSION ? 3 : 1;
        for (size_t i = 0; i < rows; i++)
            y[i] = noise(i);
        rnn_baseline_forecast(&b, (rnn_rival)rival, &known, steps, out[0], 1);
        for (size_t i = 0; i < rows - reach; i++)
            y[i] = i % 2 ? NAN : INFINITY;
        rnn_baseline_forecast(&b, (rnn_rival)rival, &known, steps, out[1], 1);
        ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
        y[rows - reach] += 1;
        rnn_baseline_forecast(&b, (rnn_rival)rival, &known, steps, out[1], 1);
        ck_assert(memcmp(out[0], out[1], sizeof out[0]) != 0);
    }
}
END_TEST

TCase *score_gaps_case(void)
{
    TCase *tests = tcase_create("gaps");
    tcase_add_test(tests, missing_cells);
    tcase_add_test(tests, scattered_gaps);
    tcase_add_test(tests, a_gap_without_end);
    tcase_add_test(tests, long_gaps);
    tcase_add_test(tests, forecasts_look_no_further);
    return tests;
}
