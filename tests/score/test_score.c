/* SPDX-License-Identifier: MIT
 * test_score.c - naive forecasts, intervals and the scoreboard against their formulas
 */
#include "score/conformal.h"
#include "score/scores.h"

/* ---- Naive forecasts ----------------------------------------------------------------------------------------------- */

START_TEST(simple_forecasts)
{
    const double values[] = {1, 5, 3, 2, 6, 5, 4, 9};
    rnn_series *series = series_of(values, 8);
    rnn_baseline b;
    double out[5];
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 6, 3, &b), RNN_OK); /* rows 6 and 7 are not for training */
    ck_assert_uint_eq(b.season, 3);
    expect_near(b.scale, (1 + 1 + 2) / 3.0); /* |2 - 1|, |6 - 5|, |5 - 3| */
    expect_near(b.slope, (5 - 1) / 5.0);
    forecast(&b, RNN_RIVAL_LAST, series, 0, 7, 5, out);
    for (int i = 0; i < 5; i++)
        ck_assert(out[i] == 4);
    forecast(&b, RNN_RIVAL_SEASONAL, series, 0, 7, 5, out);
    ck_assert(out[0] == 6 && out[1] == 5 && out[2] == 4 && out[3] == 6 && out[4] == 5);
    forecast(&b, RNN_RIVAL_SEASONAL, series, 5, 7, 3, out); /* two rows known: no season back */
    ck_assert(out[0] == 4 && out[1] == 5 && out[2] == 4);
    forecast(&b, RNN_RIVAL_DRIFT, series, 0, 7, 2, out);
    expect_near(out[0], 4.8);
    expect_near(out[1], 5.6);
    rnn_series_free(series);
}
END_TEST

/* y(t) = 3 + 0.5 y(t-1) - 0.6 y(t-2), without noise: found again, and continued. */
START_TEST(autoregression_is_found)
{
    double y[60] = {2, 7};
    double out[8];
    rnn_baseline b;
    for (int t = 2; t < 60; t++)
        y[t] = 3 + 0.5 * y[t - 1] - 0.6 * y[t - 2];
    rnn_series *series = series_of(y, 60);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 30, 1, &b), RNN_OK);
    ck_assert_uint_eq(b.order, 2);
    expect_near(b.lag[0], 0.5);
    expect_near(b.lag[1], -0.6);
    expect_near(b.mean * (1 - b.lag[0] - b.lag[1]) + b.intercept, 3);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, 20, 8, out);
    for (int i = 0; i < 8; i++)
        expect_near(out[i], y[20 + i]);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 19, 20, 1, out); /* the row before counts as the mean */
    expect_near(out[0], b.mean + b.intercept + b.lag[0] * (y[19] - b.mean));
    rnn_series_free(series);
}
END_TEST

/* Least squares: the residuals of the rows it was fitted on are at right angles to every lag. */
START_TEST(autoregression_is_least_squares)
{
    enum { N = 200, P = RNN_AR_MOST };
    double y[N] = {0};
    rnn_baseline b;
    for (int t = 3; t < N; t++)
        y[t] = 1.1 * y[t - 1] - 0.5 * y[t - 3] + noise((uint64_t)t);
    rnn_series *series = series_of(y, N);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, N, 1, &b), RNN_OK);
    ck_assert_uint_ge(b.order, 3);
    ck_assert_uint_le(b.order, 8);
    for (size_t lag = 0; lag <= b.order; lag++) {
        double sum = 0;
        for (size_t t = P; t < N; t++) {
            double one;
            forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, t, 1, &one);
            sum += (y[t] - one) * (lag ? y[t - lag] - b.mean : 1);
        }
        expect_near(sum, 0);
    }
    rnn_series_free(series);
}
END_TEST

/* Nothing to be learnt from noise, a constant, a line of few rows. */
START_TEST(autoregression_of_little)
{
    double flat[40], few[3] = {1, 2, 4}, out;
    rnn_baseline b;
    for (int t = 0; t < 40; t++)
        flat[t] = 7.25;
    rnn_series *series = series_of(flat, 40);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 40, 0, &b), RNN_OK);
    ck_assert_uint_eq(b.order, 0);
    ck_assert_uint_eq(b.season, 1);
    ck_assert(b.scale == 0);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, 40, 1, &out);
    ck_assert(out == 7.25);
    rnn_series_free(series);
    series = series_of(few, 3);
    for (size_t rows = 1; rows <= 3; rows++) {
        ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, rows, 0, &b), RNN_OK);
        ck_assert_uint_eq(b.order, 0);
        ck_assert(isfinite(b.mean) && isfinite(b.slope) && isfinite(b.scale));
    }
    rnn_series_free(series);
}
END_TEST

/* Values near the end of double: squares would overflow. */
START_TEST(huge_values)
{
    double y[60], out;
    rnn_baseline b;
    for (int t = 0; t < 60; t++)
        y[t] = 1e200 * noise((uint64_t)t);
    rnn_series *series = series_of(y, 60);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 60, 1, &b), RNN_OK);
    forecast(&b, RNN_RIVAL_AUTOREGRESSION, series, 0, 60, 1, &out);
    ck_assert(isfinite(out) && isfinite(b.scale));
    rnn_series_free(series);
}
END_TEST

/* The rows behind the training part are nobody's business. */
START_TEST(baselines_do_not_look_ahead)
{
    double y[120];
    rnn_baseline before, after;
    for (int t = 0; t < 120; t++)
        y[t] = sin(t * 0.7) + noise((uint64_t)t);
    rnn_series *series = series_of(y, 120);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 80, 0, &before), RNN_OK);
    for (int t = 80; t < 120; t++)
        series->values[t] = 1e6 * noise((uint64_t)t + 1000);
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 80, 0, &after), RNN_OK);
    ck_assert_mem_eq(&before, &after, sizeof before);
    rnn_series_free(series);
}
END_TEST

static size_t season_of(const double *y, size_t N)
{
    rnn_series *series = series_of(y, N);
    rnn_baseline b;
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, N, 0, &b), RNN_OK);
    rnn_series_free(series);
    return b.season;
}

START_TEST(seasons)
{
    enum { N = 240 };
    static const double month[12] = {0, 1, 3, 4, 5, 9, 8, 6, 2, 1, -2, -3};
    double trend[N], week[N], steps[N], white[N], walk[N] = {0}, slow[N];
    for (int t = 0; t < N; t++) {
        trend[t] = 300 + 0.4 * t + month[t % 12] + noise((uint64_t)t);
        week[t] = (t % 7 == 0 ? 8 : 0) + noise((uint64_t)t + 1000);
        steps[t] = 2.0 * t;
        white[t] = noise((uint64_t)t + 2000);
        walk[t] = (t ? walk[t - 1] : 0) + noise((uint64_t)t + 3000);
        slow[t] = month[t % 12] + 2.5 * sin(6.283185307179586 * t / 48);
    }
    ck_assert_uint_eq(season_of(trend, N), 12);
    ck_assert_uint_eq(season_of(week, N), 7);
    ck_assert_uint_eq(season_of(steps, N), 1);
    ck_assert_uint_eq(season_of(white, N), 1);
    ck_assert_uint_eq(season_of(walk, N), 1);
    ck_assert_uint_eq(season_of(slow, N), 12); /* four years look alike a little more, and are no season */
}
END_TEST

START_TEST(season_too_long)
{
    const double y[] = {1, 2, 1, 2, 1};
    rnn_series *series = series_of(y, 5);
    rnn_baseline b;
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 4, 4, &b), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "--season 4: the training part has 4 rows; try a season that is shorter, or 1");
    ck_assert_int_eq(rnn_baseline_fit(series, 0, 0, 4, 3, &b), RNN_OK);
    rnn_series_free(series);
}
END_TEST

/* ---- Intervals ----------------------------------------------------------------------------------------------------- */

/* Predictions of 0 for one target, whose residuals are these. */
static rnn_predictions off_by(double *actual, double *zeros, size_t *rows, size_t count)
{
    static size_t parts[5000]; /* one series */
    ck_assert_uint_le(count, 5000);
    for (size_t i = 0; i < count; i++)
        rows[i] = i + 1;
    return (rnn_predictions){
        .count = count, .horizon = 1, .targets = 1, .parts = parts, .rows = rows, .predicted = zeros, .actual = actual};
}

/* The k-th smallest of n residuals, k = ceil((n + 1) L), counted out for every n and level. */
START_TEST(conformal_ranks)
{
    enum { most = 120 };
    static const double levels[] = {0.5, 0.8, 0.9, 0.95, 0.99};
    static const size_t hundredths[] = {50, 80, 90, 95, 99};
    double actual[most], zeros[most] = {0};
    size_t rows[most];
    double factor = 2, shift = 0;
    const rnn_scaler scaler = {.columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    for (size_t n = 1; n <= most; n++) {
        rnn_intervals intervals;
        for (size_t i = 0; i < n; i++)
            actual[i] =
                (double)((i * 37) % n + 1) * (i % 2 ? -10 : 10); /* 37 and n may share a factor: a tie is fine */
        const rnn_predictions p = off_by(actual, zeros, rows, n);
        ck_assert_int_eq(rnn_intervals_fit(&p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
        for (size_t l = 0; l < 5; l++) {
            const size_t k = ((n + 1) * hundredths[l] + 99) / 100;
            const double width = rnn_intervals_width(&intervals, 0, levels[l]);
            size_t below = 0, at = 0;
            ck_assert_int_eq(isinf(width) != 0, k > n);
            ck_assert_int_eq(n<rnn_intervals_needed(levels[l]), k> n);
            for (size_t i = 0; i < n && k <= n; i++) {
                below += fabs(actual[i]) < width * factor;
                at += fabs(actual[i]) == width * factor;
            }
            ck_assert(k > n || (below < k && below + at >= k));
        }
        rnn_intervals_free(&intervals);
    }
}
END_TEST

/* Of many residuals some ranks are kept: the width is never below the rule's, and above it by one kept rank at most. */
START_TEST(kept_ranks_round_up)
{
    enum { n = 5000 };
    static double actual[n], zeros[n];
    static size_t rows[n];
    double factor = 1, shift = 0;
    const rnn_scaler scaler = {.columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    rnn_intervals intervals;
    for (size_t i = 0; i < n; i++)
        actual[i] = (double)(i + 1);
    const rnn_predictions p = off_by(actual, zeros, rows, n);
    ck_assert_int_eq(rnn_intervals_fit(&p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
    ck_assert_uint_eq(intervals.kept, RNN_RESIDUALS_KEPT);
    for (int percent = 1; percent < 100; percent++) {
        const int rank = (5001 * percent + 99) / 100;
        const double k = rank, width = rnn_intervals_width(&intervals, 0, percent / 100.0);
        ck_assert_msg(width >= k && width < k + 10, "%d %%: %g for %g", percent, width, k);
    }
    ck_assert(rnn_intervals_width(&intervals, 0, 0.9998) == 5000);
    ck_assert(isinf(rnn_intervals_width(&intervals, 0, 0.9999)));
    rnn_intervals_free(&intervals);
}
END_TEST

/* Over exchangeable residuals the intervals hold what they promise: 2000 draws of 49 residuals and one more, of which the 95 % interval
 * holds 0.96 in the mean; five standard deviations are 0.022. */
START_TEST(coverage_of_exchangeable_residuals)
{
    enum { n = 49, draws = 2000 };
    double actual[n + 1], zeros[n + 1] = {0};
    size_t rows[n + 1];
    double factor = 1, shift = 0;
    const rnn_scaler scaler = {.columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    rnn_coverage coverage = {0.95, 0, 0};
    for (uint64_t draw = 0; draw < draws; draw++) {
        rnn_intervals intervals;
        for (size_t i = 0; i <= n; i++)
            actual[i] = noise(draw * (n + 1) + i);
        const rnn_predictions p = off_by(actual, zeros, rows, n + 1);
        ck_assert_int_eq(rnn_intervals_fit(&p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
        rnn_intervals_cover(&intervals, &p, &(rnn_range){n, 1}, 1, &scaler, 0.95, &coverage);
        rnn_intervals_free(&intervals);
    }
    ck_assert_uint_eq(coverage.values, draws);
    ck_assert_double_le(fabs((double)coverage.inside / draws - 0.96), 0.022);
}
END_TEST

/* ---- Scoreboard ---------------------------------------------------------------------------------------------------- */

/* Two windows of two steps and two targets, by hand. A value that is not there counts nowhere. */
START_TEST(scoreboard_by_hand)
{
    const double values[] = {0, 10, 1, 10, 2, 20, 4, 10};
    double predicted[] = {3, 12, 4, 8, 5, -12, 0, 0};
    double actual[] = {2, 20, 4, 10, 4, 10, NAN, 0};
    size_t rows[] = {2, 3}, parts[] = {0, 0};
    const rnn_predictions p = {
        .count = 2, .horizon = 2, .targets = 2, .parts = parts, .rows = rows, .predicted = predicted, .actual = actual};
    const rnn_baseline baselines[] = {{.season = 1, .scale = 0.5, .slope = 1}, {.season = 1, .scale = 4}};
    rnn_series *series;
    rnn_scoreboard *board;
    ck_assert_int_eq(rnn_series_copy(values, 4, 2, 2, NULL, &series), RNN_OK);
    const rnn_rivalry rivalry = {series, baselines, NULL};
    ck_assert_int_eq(rnn_scoreboard_make(&p, 0, 2, &rivalry, &board), RNN_OK);
    ck_assert_uint_eq(board->windows, 2);
    ck_assert_uint_eq(board->contenders, 4); /* no season, no seasonal naive */
    ck_assert_str_eq(board->contender[0].name, "network");
    ck_assert_str_eq(board->contender[1].name, "last value");
    ck_assert_str_eq(board->contender[2].name, "drift");
    ck_assert_str_eq(board->contender[3].name, "AR(0)");
    const rnn_errors *one = &board->contender[0].steps[0], *two = &board->contender[0].steps[1];
    ck_assert_uint_eq(one->count, 4);
    expect_near(one->rmse, sqrt((1 + 64 + 1 + 484) / 4.0));
    expect_near(one->mae, (1 + 8 + 1 + 22) / 4.0);
    expect_near(one->mase, (1 / 0.5 + 8 / 4.0 + 1 / 0.5 + 22 / 4.0) / 4);
    expect_near(one->smape, 50 * (1 / 5.0 + 8 / 32.0 + 1 / 9.0 + 22 / 22.0));
    ck_assert_uint_eq(two->count, 3);
    expect_near(two->rmse, sqrt(4 / 3.0));
    expect_near(two->smape, 200 * (2 / 18.0) / 3); /* 0 / 0 is 0 */
    expect_near(board->contender[0].all.rmse, sqrt((550 + 4) / 7.0));
    expect_near(board->contender[1].steps[0].mae, (1 + 10 + 2 + 10) / 4.0);
    expect_near(board->contender[2].steps[1].mae, (1 + 0 + 20) / 3.0); /* 1 + 2 for 4, 10 for 10, 20 for 0 */
    ck_assert_uint_eq(board->best, 2);
    ck_assert(!board->exact);
    ck_assert(board->targets == 2 && board->scales == 2 && board->unscaled == 0);
    ck_assert_uint_eq(board->apart, 2); /* squares 2 against drift's 2, and 552 against 600 of all */
    ck_assert_uint_eq(board->ahead, 1);
    rnn_scoreboard_free(board);
    actual[0] = actual[1] = actual[2] = actual[3] = NAN;
    ck_assert_int_eq(rnn_scoreboard_make(&p, 0, 1, &rivalry, &board), RNN_CONFIG);
    ck_assert_ptr_null(board);
    rnn_series_free(series);
}
END_TEST

/* Rivals are called what those are that are asked, of whatever set; a part that no window is in says nothing. */
START_TEST(rivals_are_those_asked)
{
    static const struct {
        size_t season[2], order[2];
        const char *seasonal, *ar;
    } cases[] = {{{7, 7}, {3, 3}, "seasonal naive (7)", "AR(3)"},
                 {{7, 7}, {3, 4}, "seasonal naive (7)", "AR"},
                 {{1, 7}, {3, 3}, "seasonal naive", "AR(3)"},
                 {{7, 12}, {0, 0}, "seasonal naive", "AR(0)"},
                 {{1, 1}, {2, 2}, NULL, "AR(2)"}};
    double values[] = {1, 2, 4, 8}, predicted[] = {3, 5}, actual[] = {4, 8};
    size_t rows[] = {2, 3}, parts[] = {0, 0}, set[] = {0, 1}, starts[] = {0, 4, 4}, ends[] = {4, 4};
    const rnn_predictions p = {
        .count = 2, .horizon = 1, .targets = 1, .parts = parts, .rows = rows, .predicted = predicted, .actual = actual};
    rnn_series *series = series_of(values, 4), two = *series;
    two.parts = 2; /* the second without a row */
    two.starts = starts;
    two.ends = ends;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const rnn_baseline one = {.season = cases[i].season[0], .order = cases[i].order[0], .scale = 1};
        const rnn_baseline other = {.season = cases[i].season[1], .order = cases[i].order[1], .scale = 1};
        const rnn_baseline nobody = {.season = 30, .order = 30}, baselines[] = {one, nobody, other, nobody};
        const rnn_rivalry rivalry = {&two, baselines, set};
        rnn_scoreboard *board;
        ck_assert_int_eq(rnn_scoreboard_make(&p, 0, 2, &rivalry, &board), RNN_OK);
        ck_assert_uint_eq(board->contenders, cases[i].seasonal ? 5 : 4);
        if (cases[i].seasonal)
            ck_assert_str_eq(board->contender[2].name, cases[i].seasonal);
        ck_assert_str_eq(board->contender[board->contenders - 1].name, cases[i].ar);
        rnn_scoreboard_free(board);
    }
    rnn_series_free(series);
}
END_TEST

/* The best forecast is off by rounding: of a file of six decimals, or of large values in double; twice that is more. */
START_TEST(rounding_is_no_error)
{
    static const struct {
        double base, range, off;
        bool exact;
    } cases[] = {{0, 2, 1.9e-6, true},   {0, 2, 4e-6, false}, {1e9, 0.5, 6e-7, true}, {1e9, 0.5, 1.5e-5, false},
                 {1e9, 0, 1.7e-6, true}, {0, 0, 0, true},     {0, 0, 1e-100, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[2] = {cases[i].base + cases[i].range, cases[i].base}, predicted[] = {9, 9};
        double actual[] = {values[0] + cases[i].off, values[1] + cases[i].off}; /* off from the value before */
        size_t rows[] = {1, 2}, parts[] = {0, 0};
        const rnn_predictions p = {.count = 2,
                                   .horizon = 1,
                                   .targets = 1,
                                   .parts = parts,
                                   .rows = rows,
                                   .predicted = predicted,
                                   .actual = actual};
        const rnn_baseline flat = {.season = 12, .slope = 1, .mean = -9};
        rnn_series *series = series_of(values, 2);
        rnn_scoreboard *board;
        const rnn_rivalry rivalry = {series, &flat, NULL};
        ck_assert_int_eq(rnn_scoreboard_make(&p, 0, 2, &rivalry, &board), RNN_OK);
        ck_assert_msg(board->exact == cases[i].exact, "case %zu", i);
        ck_assert(board->scales == 1 && board->unscaled == 1 && board->unscaled_season == 12);
        ck_assert(!isfinite(board->contender[0].all.mase));
        rnn_scoreboard_free(board);
        rnn_series_free(series);
    }
}
END_TEST

Suite *score_suite(void)
{
    Suite *suite = suite_create("score");
    TCase *tests = tcase_create("score");
    tcase_add_test(tests, simple_forecasts);
    tcase_add_test(tests, autoregression_is_found);
    tcase_add_test(tests, autoregression_is_least_squares);
    tcase_add_test(tests, autoregression_of_little);
    tcase_add_test(tests, huge_values);
    tcase_add_test(tests, baselines_do_not_look_ahead);
    tcase_add_test(tests, seasons);
    tcase_add_test(tests, season_too_long);
    tcase_add_test(tests, conformal_ranks);
    tcase_add_test(tests, kept_ranks_round_up);
    tcase_add_test(tests, coverage_of_exchangeable_residuals);
    tcase_add_test(tests, scoreboard_by_hand);
    tcase_add_test(tests, rivals_are_those_asked);
    tcase_add_test(tests, rounding_is_no_error);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, score_gaps_case());
    suite_add_tcase(suite, score_quantiles_case());
    return suite;
}
