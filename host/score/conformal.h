/* SPDX-License-Identifier: MIT
 * conformal.h - intervals from what the forecasts of held-out windows were off by (split conformal prediction)
 *
 * Of an output with n residuals |forecast - actual| the interval of level L is forecast -+ the k-th smallest of them, k = ceil((n + 1) L):
 * where residuals to come are like those (exchangeable) it holds the actual value with probability L at least (Vovk et al., 2005; Lei et
 * al., 2018). k > n: no finite width is honest. Residuals of neighbouring windows of one series are not independent, and a
 * series may change: the promise is then approximate, which is why coverage is measured.
 *
 * Of a model of quantiles the intervals are the network's own, adjusted (conformalized quantile regression: Romano, Patterson and Candes,
 * 2019). With lo and hi its forecasts of a pair of quantiles, the residual is max(lo - actual, actual - hi), which is negative inside, and the
 * interval [lo - d, hi + d] with d the k-th smallest residual, k as above. That holds at any level L, whatever lo and hi are; of the pairs first
 * and last, second and last but one, ..., the one serves whose levels are nearest to L apart. As outputs may cross, lo and hi are the least and the
 * greatest of the pair and the point forecast; where d < 0 an edge goes no further in than the point forecast. Both keep the promise: the first is
 * one more choice of lo and hi, the second makes intervals wider.
 */
#ifndef RNN_SCORE_CONFORMAL_H
#define RNN_SCORE_CONFORMAL_H

#include "data/scale.h"

#define RNN_RESIDUALS_KEPT 512 /* of an output; where there are more, evenly spaced ranks of them: widths round up */

/* Residuals of each output, step * targets + target, in units of the target's scaling factor in its series. Zeroed: none. */
typedef struct rnn_intervals {
    size_t outputs, kept;
    rnn_quantiles quantiles; /* around whose pairs they are; fewer than 2: around the point forecast */
    double *
        residuals; /* (max(pairs,1), outputs, 1 + kept): n; then of m = min(n, kept) the ceil(j n / m)-th smallest, j = 1..m; then zeros */
} rnn_intervals;

/* Windows [first, first + count) of predictions. */
typedef struct rnn_range {
    size_t first, count;
} rnn_range;

/* From the windows of all `count` ranges, as far as they have actual values; scaler: of the series they are of. *out is overwritten. */
rnn_status rnn_intervals_fit(const rnn_predictions *predictions, const rnn_range *ranges, size_t count,
                             const rnn_scaler *scaler, rnn_intervals *out);
void rnn_intervals_free(rnn_intervals *intervals);

/* How far the interval reaches beyond the point forecast, or beyond the pair of quantiles, in units of the factor; INFINITY: too few residuals for
 * the level. */
double rnn_intervals_width(const rnn_intervals *intervals, size_t output, double level);

typedef struct rnn_bounds {
    double lower, upper;
} rnn_bounds;

/* The interval `distance` (in units before the factor) beyond a forecast in original units, of logarithms a share of it. quantiles
 * (of->count): of the same value; not looked at where they are fewer than 2. */
rnn_bounds rnn_intervals_around(const rnn_quantiles *of, const rnn_scaler *scaler, double level, double point,
                                const double *quantiles, double distance);

/* Pairs of quantiles, and the one that serves a level. */
size_t rnn_quantile_pairs(const rnn_quantiles *of);
size_t rnn_intervals_sets(const rnn_quantiles *of); /* of residuals: one a pair, or one */
size_t rnn_quantile_pair(const rnn_quantiles *of, double level);

/* What lies between each pair of the predictions' quantiles, as they are, in original units; how many pairs. */
size_t rnn_quantiles_cover(const rnn_predictions *predictions, size_t first, size_t count,
                           rnn_coverage pairs[RNN_MOST_QUANTILES / 2]);

/* The share that the levels of a pair enclose. */
double rnn_quantile_share(const rnn_quantiles *of, size_t pair);

/* The fewest residuals that give a level in (0,1) a finite width. */
size_t rnn_intervals_needed(double level);

/* Adds to steps[step].values the actual values of the windows of all ranges that have a finite interval of that level, and to .inside
 * those inside it: steps (horizon). */
void rnn_intervals_cover(const rnn_intervals *intervals, const rnn_predictions *predictions, const rnn_range *ranges,
                         size_t count, const rnn_scaler *scaler, double level, rnn_coverage *steps);

#endif
