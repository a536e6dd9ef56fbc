/* SPDX-License-Identifier: MIT */
#include "score/conformal.h"

#include "base/explog.h"
#include "base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_ELEMENTS ((size_t)1 << 22) /* of residuals kept in all */
#define RANK_SLACK    1e-9              /* (n + 1) L is a whole number, but for its rounding */

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *row_of(const rnn_intervals *intervals, size_t output)
{
    return intervals->residuals + output * (1 + intervals->kept);
}

/* The factor of what window i is asked for. */
static double factor_of(const rnn_scaler *scaler, const rnn_predictions *p, size_t i, size_t output)
{
    return scaler->factor[rnn_scaler_index(scaler, p->parts[i], output % p->targets)];
}

/* Where residuals are measured: in logarithms under a transform that takes them, in the units of the factor. */
static double scale_of(const rnn_scaler *scaler, double value)
{
    return scaler->is_log ? rnn_log(value) : value;
}

size_t rnn_quantile_pairs(const rnn_quantiles *of)
{
    return of->count / 2;
}

double rnn_quantile_share(const rnn_quantiles *of, size_t pair)
{
    return of->values[of->count - 1 - pair] - of->values[pair];
}

size_t rnn_quantile_pair(const rnn_quantiles *of, double level)
{
    size_t best = 0;
    for (size_t pair = 1; pair < rnn_quantile_pairs(of); pair++)
        if (fabs(rnn_quantile_share(of, pair) - level) < fabs(rnn_quantile_share(of, best) - level))
            best = pair;
    return best;
}

/* What residuals are measured from: lo and hi. */
static rnn_bounds core_of(const rnn_quantiles *of, size_t pair, double point, const double *quantiles)
{
    if (rnn_quantile_pairs(of) == 0)
        return (rnn_bounds){point, point};
    const double a = quantiles[pair], b = quantiles[of->count - 1 - pair];
    return (rnn_bounds){fmin(point, fmin(a, b)), fmax(point, fmax(a, b))};
}

static const double *quantiles_of(const rnn_predictions *p, size_t at)
{
    return p->quantiles ? p->quantiles + at * p->Q : NULL;
}

static double residual(const rnn_predictions *p, size_t at, size_t pair, const rnn_scaler *scaler)
{
    const rnn_bounds core = core_of(&p->levels, pair, p->predicted[at], quantiles_of(p, at));
    const double actual = scale_of(scaler, p->actual[at]);
    return fmax(scale_of(scaler, core.lower) - actual, actual - scale_of(scaler, core.upper));
}

static double edge(const rnn_scaler *scaler, double forecast, double distance)
{
    return scaler->is_log ? forecast * rnn_exp(distance) : forecast + distance;
}

rnn_bounds rnn_intervals_around(const rnn_quantiles *of, const rnn_scaler *scaler, double level, double point,
                                const double *quantiles, double distance)
{
    const rnn_bounds core = core_of(of, rnn_quantile_pair(of, level), point, quantiles);
    return (rnn_bounds){fmin(point, edge(scaler, core.lower, -distance)),
                        fmax(point, edge(scaler, core.upper, distance))};
}

/* One output's residuals around a pair into all (windows); how many. */
static size_t collect(const rnn_predictions *p, const rnn_range *ranges, size_t count, size_t output, size_t pair,
                      const rnn_scaler *scaler, double *all)
{
    const size_t O = p->horizon * p->targets;
    size_t n = 0;
    for (const rnn_range *r = ranges; r < ranges + count; r++)
        for (size_t i = r->first; i < r->first + r->count; i++)
            if (!isnan(p->actual[i * O + output]))
                all[n++] = residual(p, i * O + output, pair, scaler) / factor_of(scaler, p, i, output);
    qsort(all, n, sizeof *all, ascending);
    return n;
}

size_t rnn_intervals_sets(const rnn_quantiles *of)
{
    const size_t pairs = rnn_quantile_pairs(of);
    return pairs ? pairs : 1;
}

rnn_status rnn_intervals_fit(const rnn_predictions *p, const rnn_range *ranges, size_t count, const rnn_scaler *scaler,
                             rnn_intervals *out)
{
    const size_t outputs = p->horizon * p->targets, sets = rnn_intervals_sets(&p->levels);
    const size_t room = MOST_ELEMENTS / sets / outputs;
    size_t windows = 0;
    rnn_status status;
    double *all = NULL;
    for (size_t r = 0; r < count; r++)
        windows += ranges[r].count;
    const size_t kept = windows < RNN_RESIDUALS_KEPT ? windows : RNN_RESIDUALS_KEPT;
    *out = (rnn_intervals){.outputs = outputs, .kept = kept < room ? kept : room ? room : 1, .quantiles = p->levels};
    RNN_TRY(RNN_NEW(all, windows));
    RNN_TRY(RNN_NEW(out->residuals, sets * outputs * (1 + out->kept)));
    for (size_t o = 0; o < sets * outputs; o++) {
        double *row = row_of(out, o);
        const size_t n = collect(p, ranges, count, o % outputs, o / outputs, scaler, all);
        const size_t m = n < out->kept ? n : out->kept;
        row[0] = (double)n;
        for (size_t j = 1; j <= m; j++)
            row[j] = all[(j * n + m - 1) / m - 1];
    }
    free(all);
    return RNN_OK;
fail:
    free(all);
    rnn_intervals_free(out);
    return status;
}

void rnn_intervals_free(rnn_intervals *intervals)
{
    free(intervals->residuals);
    *intervals = (rnn_intervals){.outputs = 0};
}

/* k of n residuals; above n where they are too few. */
static size_t rank_of(size_t n, double level)
{
    return (size_t)ceil((double)(n + 1) * level - RANK_SLACK);
}

double rnn_intervals_width(const rnn_intervals *intervals, size_t output, double level)
{
    const double *row =
        row_of(intervals, rnn_quantile_pair(&intervals->quantiles, level) * intervals->outputs + output);
    const size_t n = (size_t)row[0], m = n < intervals->kept ? n : intervals->kept;
    const size_t rank = rank_of(n, level);
    if (rank > n)
        return INFINITY;
    return row[1 + (rank ? rank - 1 : 0) * m / n]; /* the first that is kept of this rank or above */
}

size_t rnn_intervals_needed(double level)
{
    size_t n = (size_t)(level / (1 - level)); /* where (n + 1) L = n, but for rounding */
    n -= n > 0;
    while (rank_of(n, level) > n)
        n++;
    return n;
}

static bool holds(const rnn_intervals *intervals, const rnn_predictions *p, size_t at, const rnn_scaler *scaler,
                  double level, double distance)
{
    const rnn_bounds bounds =
        rnn_intervals_around(&intervals->quantiles, scaler, level, p->predicted[at], quantiles_of(p, at), distance);
    return p->actual[at] >= bounds.lower && p->actual[at] <= bounds.upper;
}

void rnn_intervals_cover(const rnn_intervals *intervals, const rnn_predictions *p, const rnn_range *ranges,
                         size_t count, const rnn_scaler *scaler, double level, rnn_coverage *steps)
{
    const size_t O = intervals->outputs;
    for (size_t o = 0; o < O; o++) {
        const double width = rnn_intervals_width(intervals, o, level);
        rnn_coverage *step = &steps[o / p->targets];
        step->level = level;
        if (!isfinite(width))
            continue;
        for (const rnn_range *r = ranges; r < ranges + count; r++)
            for (size_t i = r->first; i < r->first + r->count; i++)
                if (!isnan(p->actual[i * O + o])) {
                    step->values++;
                    step->inside += holds(intervals, p, i * O + o, scaler, level, width * factor_of(scaler, p, i, o));
                }
    }
}

size_t rnn_quantiles_cover(const rnn_predictions *p, size_t first, size_t count,
                           rnn_coverage pairs[RNN_MOST_QUANTILES / 2])
{
    const size_t O = p->horizon * p->targets;
    for (size_t pair = 0; pair < rnn_quantile_pairs(&p->levels); pair++) {
        pairs[pair] = (rnn_coverage){.level = rnn_quantile_share(&p->levels, pair)};
        for (size_t at = first * O; at < (first + count) * O; at++) {
            const rnn_bounds core = core_of(&p->levels, pair, p->predicted[at], quantiles_of(p, at));
            pairs[pair].values += !isnan(p->actual[at]);
            pairs[pair].inside += p->actual[at] >= core.lower && p->actual[at] <= core.upper;
        }
    }
    return rnn_quantile_pairs(&p->levels);
}
