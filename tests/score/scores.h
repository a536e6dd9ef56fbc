/* SPDX-License-Identifier: MIT
 * scores.h - what the tests of scores have in common
 *
 * Figures that follow from a formula are compared within 1e-9 of their size: sums of at most a few hundred terms in double, or of more
 * that are all alike.
 */
#ifndef RNN_TESTS_SCORE_SCORES_H
#define RNN_TESTS_SCORE_SCORES_H

#include "base/random.h"
#include "score/scoreboard.h"
#include "suites.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static inline rnn_series *series_of(const double *values, size_t N)
{
    double *zeros = calloc(N, sizeof *zeros); /* which may become missing cells; a copy's may not */
    rnn_series *series;
    ck_assert_ptr_nonnull(zeros);
    ck_assert_int_eq(rnn_series_copy(zeros, N, 1, 1, NULL, &series), RNN_OK);
    memcpy(series->values, values, N * sizeof *values);
    free(zeros);
    return series;
}

static inline void expect_near(double found, double expected)
{
    ck_assert_msg(fabs(found - expected) <= 1e-9 * (1 + fabs(expected)), "found %.17g, expected %.17g", found,
                  expected);
}

/* The forecasts of rows [row, row + steps) from rows [first, row) of the one column. */
static inline void forecast(const rnn_baseline *b, rnn_rival rival, const rnn_series *series, size_t first, size_t row,
                            size_t steps, double *out)
{
    double *filled;
    ck_assert_int_eq(rnn_fill_targets(series, &filled), RNN_OK);
    const rnn_column known = {filled + first, 1, row - first};
    rnn_baseline_forecast(b, rival, &known, steps, out, 1);
    free(filled);
}

/* Uniform on [-1,1). */
static inline double noise(uint64_t index)
{
    return 2 * rnn_random_uniform(7, RNN_RANDOM_NOISE, index) - 1;
}

/* A part of the score suite that lives in a file of its own. */
TCase *score_gaps_case(void);

#endif
