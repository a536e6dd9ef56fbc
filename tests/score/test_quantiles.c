/* SPDX-License-Identifier: MIT
 * test_quantiles.c - intervals around a network's own quantiles against the rule of Romano, Patterson and Candes (2019), counted out
 */
#include "base/random.h"
#include "score/conformal.h"
#include "suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 2000 };

/* Uniform on [0,1). */
static double drawn(uint64_t index)
{
    return rnn_random_uniform(5, RNN_RANDOM_NOISE, index);
}

/* A noise of another size in each window, quantiles that know of it and are too narrow by half, and a point forecast that now and then
 * lies outside of them. */
typedef struct forecasts {
    double actual[MOST], point[MOST], quantiles[5 * MOST];
    size_t rows[MOST], parts[MOST];
    rnn_predictions p;
} forecasts;

static const rnn_predictions *make(forecasts *f, size_t count, const rnn_quantiles *levels, uint64_t seed)
{
    memset(f, 0, sizeof *f);
    for (size_t i = 0; i < count; i++) {
        const double size = 1 + 7 * drawn(seed + 3 * i);
        f->rows[i] = i + 1;
        f->actual[i] = 100 + size * (2 * drawn(seed + 3 * i + 1) - 1);
        const double side = drawn(seed + 3 * i + 2);
        f->point[i] = 100 + (side < 0.1 ? 0.9 * size : side > 0.9 ? -0.9 * size : 0);
        for (size_t q = 0; q < levels->count; q++)
            f->quantiles[i * levels->count + q] = 100 + size * (levels->values[q] - 0.5);
    }
    f->p = (rnn_predictions){.count = count,
                             .horizon = 1,
                             .targets = 1,
                             .rows = f->rows,
                             .parts = f->parts,
                             .predicted = f->point,
                             .actual = f->actual,
                             .Q = levels->count,
                             .quantiles = f->quantiles,
                             .levels = *levels};
    return &f->p;
}

static double see(double value, bool is_log)
{
    return is_log ? log(value) : value;
}

/* max(lo - y, y - hi) of window i around quantiles a and b. */
static double off_by(const forecasts *f, size_t i, size_t a, size_t b, bool is_log)
{
    const double *q = f->quantiles + i * f->p.Q;
    const double lo = fmin(f->point[i], fmin(q[a], q[b])), hi = fmax(f->point[i], fmax(q[a], q[b]));
    const double actual = see(f->actual[i], is_log);
    return fmax(see(lo, is_log) - actual, actual - see(hi, is_log));
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct {
    double level;
    size_t a, b; /* of 0.05, 0.25, 0.5, 0.75, 0.95 */
} served[] = {{0.9, 0, 4}, {0.95, 0, 4}, {0.5, 1, 3}, {0.2, 1, 3}, {0.6, 1, 3}, {0.75, 0, 4}};

/* The k-th smallest residual, below 0 where the quantiles are too wide, and the edges it gives; in logarithms too, to the rounding of those. */
START_TEST(by_hand)
{
    enum { n = 200 };
    static forecasts f;
    static const rnn_quantiles five = {5, {0.05, 0.25, 0.5, 0.75, 0.95}};
    const bool is_log = _i == 1;
    double factor = 4, shift = 0, residuals[n];
    const rnn_scaler scaler = {.is_log = is_log, .columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    rnn_intervals intervals;
    const rnn_predictions *p = make(&f, n, &five, 0);
    ck_assert_int_eq(rnn_intervals_fit(p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
    for (size_t l = 0; l < sizeof served / sizeof *served; l++) {
        const size_t a = served[l].a, b = served[l].b;
        size_t inside = 0;
        ck_assert_uint_eq(rnn_quantile_pair(&five, served[l].level), a);
        for (size_t i = 0; i < n; i++)
            residuals[i] = off_by(&f, i, a, b, is_log);
        qsort(residuals, n, sizeof *residuals, ascending);
        const double d = residuals[(size_t)ceil((n + 1) * served[l].level - 1e-9) - 1];
        ck_assert_double_le(fabs(rnn_intervals_width(&intervals, 0, served[l].level) * factor - d), 1e-12);
        for (size_t i = 0; i < n; i++) {
            const double *q = f.quantiles + i * 5;
            const double lo = fmin(f.point[i], q[a]), hi = fmax(f.point[i], q[b]);
            const double lower = is_log ? lo * exp(-d) : lo - d, upper = is_log ? hi * exp(d) : hi + d;
            const rnn_bounds found = rnn_intervals_around(&five, &scaler, served[l].level, f.point[i], q, d);
            ck_assert_double_le(fabs(found.lower - fmin(lower, f.point[i])), 1e-11);
            ck_assert_double_le(fabs(found.upper - fmax(upper, f.point[i])), 1e-11);
            inside += f.actual[i] >= found.lower && f.actual[i] <= found.upper;
        }
        rnn_coverage coverage = {0, 0, 0};
        rnn_intervals_cover(&intervals, p, &(rnn_range){0, n}, 1, &scaler, served[l].level, &coverage);
        ck_assert_uint_eq(coverage.values, n);
        ck_assert_double_le(fabs((double)coverage.inside - (double)inside),
                            1); /* the k-th itself, but for a rounding */
        ck_assert_uint_ge(inside + 1, (size_t)ceil(n * served[l].level));
    }
    ck_assert(rnn_intervals_width(&intervals, 0, 0.2) < 0);
    rnn_intervals_free(&intervals);
}
END_TEST

/* 80 % of 0.1 to 0.9 that are too narrow: they hold half of that as they are, and what they promise once adjusted: 1000 draws of 49 windows and
 * seven more, of which the interval holds 0.8 in the mean. What a draw holds has the variance 0.16 / 7 of seven windows and that of Beta(40, 10),
 * 0.0031, of the rank: five standard deviations of the mean are 0.026. */
START_TEST(coverage)
{
    enum { n = 49, more = 7, draws = 1000 };
    static forecasts f;
    static const rnn_quantiles three = {3, {0.1, 0.5, 0.9}};
    double factor = 1, shift = 0;
    const rnn_scaler scaler = {.columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    rnn_coverage adjusted = {0, 0, 0}, own[RNN_MOST_QUANTILES / 2];
    size_t inside = 0, values = 0;
    for (uint64_t draw = 0; draw < draws; draw++) {
        rnn_intervals intervals;
        const rnn_predictions *p = make(&f, n + more, &three, draw * 1000);
        ck_assert_int_eq(rnn_intervals_fit(p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
        rnn_intervals_cover(&intervals, p, &(rnn_range){n, more}, 1, &scaler, 0.8, &adjusted);
        ck_assert_uint_eq(rnn_quantiles_cover(p, n, more, own), 1);
        ck_assert_double_le(fabs(own[0].level - 0.8), 1e-12);
        inside += own[0].inside;
        values += own[0].values;
        rnn_intervals_free(&intervals);
    }
    ck_assert_uint_eq(values, draws * more);
    ck_assert_uint_eq(adjusted.values, draws * more);
    ck_assert_double_le((double)inside / (double)values, 0.6);
    ck_assert_double_le(fabs((double)adjusted.inside / (draws * more) - 0.8), 0.026);
}
END_TEST

/* A single quantile has no pair: the interval is around it, as of any point forecast. */
START_TEST(one_quantile)
{
    enum { n = 9 };
    static forecasts f;
    static const rnn_quantiles one = {1, {0.5}};
    double factor = 1, shift = 0;
    const rnn_scaler scaler = {.columns = 1, .parts = 1, .shift = &shift, .factor = &factor};
    rnn_intervals intervals;
    rnn_coverage none[RNN_MOST_QUANTILES / 2];
    const rnn_predictions *p = make(&f, n, &one, 7);
    double most = 0;
    ck_assert_int_eq(rnn_intervals_fit(p, &(rnn_range){0, n}, 1, &scaler, &intervals), RNN_OK);
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(f.actual[i] - f.point[i]));
    ck_assert(rnn_intervals_width(&intervals, 0, 0.9) == most);
    ck_assert_uint_eq(rnn_quantiles_cover(p, 0, n, none), 0);
    rnn_intervals_free(&intervals);
}
END_TEST

TCase *score_quantiles_case(void)
{
    TCase *tests = tcase_create("quantiles");
    tcase_add_loop_test(tests, by_hand, 0, 2);
    tcase_add_test(tests, coverage);
    tcase_add_test(tests, one_quantile);
    return tests;
}
