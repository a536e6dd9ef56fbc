/* SPDX-License-Identifier: MIT
 * conformal.h - intervals from what the forecasts of held-out windows were off by (split conformal prediction)
 *
 * Of an output with n residuals |forecast - actual| the interval of level L is forecast -+ the k-th smallest of them, k = ceil((n + 1) L):
 * where residuals to come are like those (exchangeable) it holds the actual value with probability L at least (Vovk et al., 2005; Lei et
 * al., 2018). k > n: no finite width is honest. Residuals of neighbouring windows of one series are not independent, and a
 * series may change: the promise is then approximate, which is why coverage is measured.
 */
#ifndef RNN_SCORE_CONFORMAL_H
#define RNN_SCORE_CONFORMAL_H

#include "data/scale.h"

#define RNN_RESIDUALS_KEPT 512 /* of an output; where there are more, evenly spaced ranks of them: widths round up */

/* Residuals of each output, step * targets + target, in units of the target's scaling factor in its series. Zeroed: none. */
typedef struct rnn_intervals {
    size_t outputs, kept;
    double *
        residuals; /* (outputs, 1 + kept): n; then of m = min(n, kept) the ceil(j n / m)-th smallest, j = 1..m; then zeros */
} rnn_intervals;

/* Windows [first, first + count) of predictions. */
typedef struct rnn_range {
    size_t first, count;
} rnn_range;

/* From the windows of all `count` ranges, as far as they have actual values; scaler: of the series they are of. *out is overwritten. */
rnn_status rnn_intervals_fit(const rnn_predictions *predictions, const rnn_range *ranges, size_t count,
                             const rnn_scaler *scaler, rnn_intervals *out);
void rnn_intervals_free(rnn_intervals *intervals);

/* Half the interval's width, in units of the factor; INFINITY: too few residuals for the level. */
double rnn_intervals_width(const rnn_intervals *intervals, size_t output, double level);

/* The edge of an interval, `distance` (in units before the factor) from a forecast in original units: of logarithms a share of it. */
double rnn_intervals_bound(const rnn_scaler *scaler, double forecast, double distance);

/* The fewest residuals that give a level in (0,1) a finite width. */
size_t rnn_intervals_needed(double level);

/* Adds to steps[step].values the actual values of the windows of all ranges that have a finite interval of that level, and to .inside
 * those inside it: steps (horizon). */
void rnn_intervals_cover(const rnn_intervals *intervals, const rnn_predictions *predictions, const rnn_range *ranges,
                         size_t count, const rnn_scaler *scaler, double level, rnn_coverage *steps);

#endif
