/* SPDX-License-Identifier: MIT
 * baseline.h - naive forecasts, fitted on the training part alone: what a network has to beat
 *
 * Each target column y(0), y(1), ... of each series is treated for itself. They are fitted on the values there are; where a forecast
 * begins, a missing cell counts as the value before it. In double, with + - * / and sqrt only, rows ascending: the same bits
 * everywhere, in time that grows with the rows. Forecast of the row h = 1, 2, ... steps behind the last known one, y(t):
 *
 *   last value          y(t); the mean where there is none yet
 *   seasonal naive (m)  y(t + h - m c), c the smallest whole number that makes it a known row; without one, y(t)
 *   drift               y(t) + h (y(l) - y(f)) / (l - f), f and l the first and the last training row with a value
 *   AR(p)               mean + intercept + sum over k = 1..p of a(k) (y(t + h - k) - mean), earlier steps' forecasts in the place
 *                       of rows that are not known yet, the mean in that of rows before the series
 *
 * AR is fitted by least squares, all orders on the same rows: those of the latest RNN_LATEST_ROWS training rows, up to the last with a
 * value, that have a value and P before it without a gap; P is the largest up to RNN_AR_MOST for which there are 3 P + 1 of these (of n
 * rows without gaps (n - 1) / 4 at most). Its order minimises Akaike's final prediction error (1969), RSS(p) / r * (r + p + 1) / (r - p - 1) for r rows:
 * the form of AIC that needs no logarithm. Orders whose last lag is a combination of the others (to 1e-10) are left out.
 */
#ifndef RNN_SCORE_BASELINE_H
#define RNN_SCORE_BASELINE_H

#include "base/status.h"
#include "data/season.h"

#define RNN_AR_MOST 30

/* Of one target. Plain numbers, which a model file keeps. */
typedef struct rnn_baseline {
    size_t season; /* 1: none */
    double
        scale; /* of MASE: mean |y(t) - y(t - season)| over the training rows that have both values (Hyndman and Koehler, 2006); 0: there
                      is none, or it never changes */
    double slope; /* of drift */
    size_t order; /* p */
    double mean, intercept;
    double lag[RNN_AR_MOST]; /* a(1) ... a(p), then zeros */
} rnn_baseline;

/* Of rows [first, first + rows) of one target, rows at least 1. season 0: the one that rnn_column_season finds in them, 1 where there
 * is none. RNN_CONFIG: a season that is not shorter than the rows. */
rnn_status rnn_baseline_fit(const rnn_series *series, size_t target, size_t first, size_t rows, size_t season,
                            rnn_baseline *out);

/* All rows of the targets (N,targets), a missing cell being as the one before it in its series; NAN where that has none yet. What forecasts
 * of every row are made from. *out is the caller's to free. */
rnn_status rnn_fill_targets(const rnn_series *series, double **out);

/* The forecasts of the rows behind what is known, filled: out[i * stride] for step i + 1. Looks at the last max(p, m) rows and no others. */
void rnn_baseline_forecast(const rnn_baseline *baseline, rnn_rival rival, const rnn_column *known, size_t steps,
                           double *out, size_t stride);

#endif
