/* SPDX-License-Identifier: MIT
 * test_settings_resolve.c - part of the suite `settings`: what is left to the data is chosen by its training rows
 */
#include "settings_cases.h"

#include "base/random.h"
#include "model/settings.h"

#include <math.h>
#include <stdlib.h>

static rnn_settings resolved_for(const rnn_series *series)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    rnn_settings_resolve(&settings, series);
    return settings;
}

static rnn_series *made_of(size_t N, double (*value)(size_t))
{
    double values[400];
    rnn_series *series;
    for (size_t i = 0; i < N; i++)
        values[i] = value(i);
    ck_assert_int_eq(rnn_series_copy(values, N, 1, 1, NULL, &series), RNN_OK);
    return series;
}

static double wave(size_t i)
{
    return sin((double)i);
}
static double slope_and_wave(size_t i)
{
    return 0.1 * (double)i + sin((double)i / 4);
}
static double slope(size_t i)
{
    return 3 * (double)i;
}
static double step_and_noise(size_t i) /* its differences vary as much as itself */
{
    return (i > 90 ? 1.5 : 0) + (rnn_random_uniform(5, RNN_RANDOM_NOISE, i) < 0.5 ? 1 : -1);
}
static double step_and_turns(size_t i) /* the same, but for a season of two rows */
{
    return (i > 90 ? 1.5 : 0) + (i % 2 ? 1 : -1);
}
static double slow_wave(size_t i) /* its halves are alike, and from row to row it hardly moves */
{
    return sin((double)i / 8) + rnn_random_uniform(6, RNN_RANDOM_NOISE, i) / 2;
}
static double quicker_wave(size_t i)
{
    return sin((double)i) + rnn_random_uniform(6, RNN_RANDOM_NOISE, i) / 2;
}
static double steep_at_the_end(size_t i) /* which training does not see: 100 windows, whose rows end with number 149 */
{
    return sin((double)i) + (i >= 150 ? (double)i : 0);
}
static double steep_at_last(size_t i) /* which training does see */
{
    return sin((double)i / 4) / 4 + (i >= 80 ? (double)i - 80 : 0);
}

/* A month's own height, of values that are not too regular, and from row to row something of its own. */
static double monthly(size_t i)
{
    static const double months[] = {0, 1, 5, 2, 7, 9, 8, 8, 3, 4, 1, 6};
    return months[i % 12] + rnn_random_uniform(3, RNN_RANDOM_NOISE, i);
}
static double monthly_and_slope(size_t i)
{
    return monthly(i) + 0.1 * (double)i;
}
static double monthly_and_slow(size_t i) /* which comes and goes, but not from one row to the next */
{
    return monthly(i) + 3 * sin((double)i / 15);
}
static double monthly_and_wild(size_t i) /* which seasonal differences would make wilder */
{
    return monthly(i) + 13 * rnn_random_uniform(4, RNN_RANDOM_NOISE, i);
}
static double monthly_late(size_t i) /* training ends before that */
{
    return i < 150 ? slope_and_wave(i) : 100 * monthly_and_slope(i);
}

START_TEST(series_decide)
{
    static const struct {
        double (*value)(size_t);
        size_t N, seq_len;
        rnn_transform transform;
        size_t season;
    } cases[] = {
        {monthly, 200, 50, RNN_TRANSFORM_NONE, 0}, /* the network learns what stays the same */
        {monthly_and_slope, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 12},
        {monthly_and_slow, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 12},
        {monthly_and_wild, 200, 50, RNN_TRANSFORM_NONE, 0},
        {monthly_and_slope, 40, 10, RNN_TRANSFORM_NONE, 0}, /* not three seasons to learn from */
        {monthly_late, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {wave, 200, 50, RNN_TRANSFORM_NONE, 0},
        {wave, 199, 49, RNN_TRANSFORM_NONE, 0},
        {wave, 3, 1, RNN_TRANSFORM_NONE, 0},
        {wave, 400, 50, RNN_TRANSFORM_NONE, 0},
        {slope_and_wave, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {slope, 200, 50, RNN_TRANSFORM_NONE, 0},
        {step_and_noise, 200, 50, RNN_TRANSFORM_NONE, 0},
        {step_and_turns, 200, 50, RNN_TRANSFORM_SEASON_DIFF, 2},
        {slow_wave, 200, 50, RNN_TRANSFORM_DIFF, 0},
        {quicker_wave, 200, 50, RNN_TRANSFORM_NONE, 0},
        {steep_at_the_end, 200, 50, RNN_TRANSFORM_NONE, 0},
        {steep_at_last, 200, 50, RNN_TRANSFORM_DIFF, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_series *series = made_of(cases[i].N, cases[i].value);
        const rnn_settings settings = resolved_for(series);
        ck_assert_msg(settings.seq_len == cases[i].seq_len, "case %zu: %zu rows", i, settings.seq_len);
        ck_assert_msg(settings.transform == cases[i].transform, "case %zu: transform %d", i, (int)settings.transform);
        ck_assert_msg(settings.season == cases[i].season, "case %zu: season %zu", i, settings.season);
        ck_assert_int_eq(settings.missing, RNN_MISSING_ERROR);
        rnn_series_free(series);
    }
}
END_TEST

/* Asked for by name, the season is still the data's, and a given one is kept; other transforms leave it to the naive forecasts. */
START_TEST(seasons_are_found)
{
    rnn_series *series = made_of(200, monthly_and_slope);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.transform = RNN_TRANSFORM_LOG_SEASON_DIFF;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 12);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_LOG_SEASON_DIFF);
    settings.season = 24;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 24);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.season = 24; /* of which the season found is a part */
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 24);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_SEASON_DIFF);
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.season = 1; /* there is none */
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 1);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_DIFF);
    settings.transform = RNN_TRANSFORM_SEASON_DIFF;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(),
                     "--season 1, which is none, does not go with --transform season-diff; drop one of the two");
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.transform = RNN_TRANSFORM_DIFF;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.season, 0);
    rnn_series_free(series);
}
END_TEST

/* The season that most of several targets have; seasonal differences where most of them are seasonal at that one. */
START_TEST(most_targets_decide)
{
    static const struct {
        double (*value[3])(size_t);
        rnn_transform transform;
        size_t season;
    } cases[] = {
        {{monthly_and_slope, slope, monthly_and_slow}, RNN_TRANSFORM_SEASON_DIFF, 12},
        {{monthly_and_slow, step_and_noise, slope}, RNN_TRANSFORM_NONE, 0},
        {{slope_and_wave, slope_and_wave, monthly_and_slope}, RNN_TRANSFORM_DIFF, 0},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        double values[200 * 3];
        rnn_series *series;
        for (size_t i = 0; i < 200 * 3; i++)
            values[i] = cases[k].value[i % 3](i / 3);
        ck_assert_int_eq(rnn_series_copy(values, 200, 3, 3, NULL, &series), RNN_OK);
        const rnn_settings settings = resolved_for(series);
        ck_assert_msg(settings.transform == cases[k].transform, "case %zu: transform %d", k, (int)settings.transform);
        ck_assert_uint_eq(settings.season, cases[k].season);
        rnn_series_free(series);
    }
}
END_TEST

/* Where the first season leaves too few rows for the windows that are asked for, nothing is taken from them. */
START_TEST(windows_go_before_seasons)
{
    for (size_t seq_len = 120; seq_len <= 190; seq_len++) {
        rnn_series *series = made_of(200, monthly_and_slope);
        rnn_settings settings;
        rnn_split split;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.seq_len = seq_len;
        rnn_settings_resolve(&settings, series);
        const bool room = rnn_split_windows(&settings, 200 - 12, &split) == RNN_OK;
        ck_assert_int_eq(settings.transform, room ? RNN_TRANSFORM_SEASON_DIFF : RNN_TRANSFORM_DIFF);
        ck_assert_int_eq(rnn_split_series(&settings, series, &split), RNN_OK);
        rnn_series_free(series);
    }
}
END_TEST

/* Not one value beyond the training rows has a say, whatever the horizon leaves out between the parts. */
START_TEST(what_comes_later_decides_nothing)
{
    static const size_t horizons[] = {1, 24};
    for (size_t h = 0; h < 2; h++)
        for (int transform = 0; transform < 2; transform++) {
            rnn_series *series = made_of(150, transform ? slope_and_wave : wave);
            rnn_settings settings, other;
            rnn_split split;
            rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
            settings.seq_len = 5;
            settings.horizon = horizons[h];
            other = settings;
            ck_assert_int_eq(rnn_split_windows(&settings, 150, &split), RNN_OK);
            rnn_settings_resolve(&settings, series);
            for (size_t i = split.train_rows; i < 150; i++)
                series->values[i] = transform ? -1 : 1000.0 * (double)i;
            rnn_settings_resolve(&other, series);
            ck_assert_int_eq(settings.transform, other.transform);
            ck_assert_int_eq(settings.transform, transform ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_NONE);
            rnn_series_free(series);
        }
}
END_TEST

/* ... neither on seasons nor on how long they are. */
START_TEST(what_comes_later_is_no_season)
{
    double (*const values[])(size_t) = {monthly_and_slope, monthly_late};
    for (size_t k = 0; k < 2; k++) {
        rnn_series *series = made_of(200, values[k]);
        const rnn_settings settings = resolved_for(series);
        rnn_split split;
        ck_assert_int_eq(rnn_split_windows(&settings, 200, &split), RNN_OK);
        for (size_t i = split.train_rows; i < 200; i++)
            series->values[i] = 1e6 * sin((double)(i * i));
        const rnn_settings other = resolved_for(series);
        ck_assert_int_eq(settings.transform, other.transform);
        ck_assert_uint_eq(settings.season, other.season);
        rnn_series_free(series);
    }
}
END_TEST

/* Quantiles of differences do not add up over a horizon: not chosen, and not taken. */
START_TEST(quantiles_take_no_differences)
{
    rnn_series *series = made_of(200, slope_and_wave);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.loss = RNN_QUANTILE;
    settings.horizon = 2;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    rnn_settings_resolve(&settings, series);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_NONE);
    settings.transform = RNN_TRANSFORM_DIFF;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(),
                     "--loss quantile with --horizon 2 does not go with differences (--transform): "
                     "quantiles of steps do not add up; try --transform none or log");
    settings.horizon = 1;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.transform = RNN_TRANSFORM_SEASON_DIFF; /* of which nothing adds up before the season is over */
    settings.season = 12;
    settings.horizon = 12;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_OK);
    settings.horizon = 13;
    ck_assert_int_eq(rnn_settings_check(&settings), RNN_USAGE);
    rnn_series_free(series);
    series = made_of(200, monthly_and_slope);
    for (settings.horizon = 12; settings.horizon <= 13; settings.horizon++) {
        rnn_settings other = settings;
        other.transform = RNN_TRANSFORM_AUTO;
        rnn_settings_resolve(&other, series);
        ck_assert_int_eq(other.transform, settings.horizon == 12 ? RNN_TRANSFORM_SEASON_DIFF : RNN_TRANSFORM_NONE);
    }
    rnn_series_free(series);
}
END_TEST

/* Seasonal differences would double the windows that touch a gap. */
START_TEST(dropped_windows_are_not_doubled)
{
    rnn_series *series = made_of(200, monthly_and_slope);
    for (int gap = 0; gap < 2; gap++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.missing = RNN_MISSING_DROP;
        rnn_settings_resolve(&settings, series);
        ck_assert_int_eq(settings.transform, gap ? RNN_TRANSFORM_DIFF : RNN_TRANSFORM_SEASON_DIFF);
        series->values[30] = NAN;
    }
    ck_assert_int_eq(resolved_for(series).transform, RNN_TRANSFORM_SEASON_DIFF); /* a mask leaves them */
    rnn_series_free(series);
}
END_TEST

START_TEST(gaps_decide)
{
    rnn_series *series = made_of(200, wave);
    series->values[30] = NAN;
    ck_assert_int_eq(resolved_for(series).missing, RNN_MISSING_MASK);
    rnn_series_free(series);
}
END_TEST

/* What was chosen by the user, or without a series, stays. */
START_TEST(what_is_given_is_not_decided)
{
    rnn_series *series = made_of(200, slope_and_wave);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.seq_len = 7;
    settings.transform = RNN_TRANSFORM_LOG;
    settings.missing = RNN_MISSING_DROP;
    rnn_settings_resolve(&settings, series);
    ck_assert_uint_eq(settings.seq_len, 7);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_LOG);
    ck_assert_int_eq(settings.missing, RNN_MISSING_DROP);
    settings = resolved_for(NULL);
    ck_assert_uint_eq(settings.seq_len, 50);
    ck_assert_int_eq(settings.transform, RNN_TRANSFORM_NONE);
    ck_assert_int_eq(settings.missing, RNN_MISSING_ERROR);
    rnn_series_free(series);
}
END_TEST

TCase *settings_resolve_case(void)
{
    TCase *decided = tcase_create("decided by the data");
    tcase_add_test(decided, series_decide);
    tcase_add_test(decided, what_comes_later_decides_nothing);
    tcase_add_test(decided, seasons_are_found);
    tcase_add_test(decided, most_targets_decide);
    tcase_add_test(decided, windows_go_before_seasons);
    tcase_add_test(decided, what_comes_later_is_no_season);
    tcase_add_test(decided, quantiles_take_no_differences);
    tcase_add_test(decided, dropped_windows_are_not_doubled);
    tcase_add_test(decided, gaps_decide);
    tcase_add_test(decided, what_is_given_is_not_decided);
    return decided;
}
