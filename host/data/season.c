/* SPDX-License-Identifier: MIT */
#include "data/season.h"

#include <math.h>

#define SEASON_LEAST 0.3  /* of the autocorrelation, and of its height above what lies before */
#define SEASON_GAIN  1.04 /* by how much a longer one's has to exceed a shorter one's */

double rnn_column_mean(const rnn_column *y)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(rnn_column_at(y, i))) {
            sum += rnn_column_at(y, i);
            count++;
        }
    return count > 0 ? sum / count : 0;
}

rnn_column rnn_column_latest(const rnn_column *y)
{
    size_t n = y->n;
    while (n > 1 && isnan(rnn_column_at(y, n - 1)))
        n--;
    const size_t skipped = n > RNN_LATEST_ROWS ? n - RNN_LATEST_ROWS : 0;
    return (rnn_column){y->values + skipped * y->stride, y->stride, n - skipped};
}

/* What a straight line through the values there are (least squares) leaves of them, and 0, which adds nothing to a product, in the place
 * of others. */
static void remove_line(const rnn_column *y, double *rest)
{
    const double mean = rnn_column_mean(y);
    double rows = 0, count = 0, together = 0, squares = 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(rnn_column_at(y, i))) {
            rows += (double)i;
            count++;
        }
    const double middle = count > 0 ? rows / count : 0;
    for (size_t i = 0; i < y->n; i++)
        if (!isnan(rnn_column_at(y, i))) {
            together += ((double)i - middle) * (rnn_column_at(y, i) - mean);
            squares += ((double)i - middle) * ((double)i - middle);
        }
    const double slope = squares > 0 ? together / squares : 0;
    for (size_t i = 0; i < y->n; i++)
        rest[i] = isnan(rnn_column_at(y, i)) ? 0 : rnn_column_at(y, i) - mean - slope * ((double)i - middle);
}

/* sum over i of rest(i) rest(i - lag) */
static double products(const double *rest, size_t n, size_t lag)
{
    double sum = 0;
    for (size_t i = lag; i < n; i++)
        sum += rest[i] * rest[i - lag];
    return sum;
}

static size_t find_season(const double *rest, size_t n)
{
    const size_t most = n / 3 < RNN_SEASON_MOST ? n / 3 : RNN_SEASON_MOST;
    const double squares = products(rest, n, 0);
    double before = 1, here = squares > 0 ? products(rest, n, 1) / squares : 0, lowest = here, best = 0;
    size_t season = 1;
    for (size_t lag = 2; squares > 0 && lag <= most; lag++) {
        const double next = products(rest, n, lag) / squares;
        if (lag > 2 && here > before && here >= next && here >= SEASON_LEAST && here - lowest >= SEASON_LEAST &&
            here > SEASON_GAIN * best) {
            best = here;
            season = lag - 1;
        }
        before = here;
        here = next;
        lowest = before < lowest ? before : lowest;
    }
    return season;
}

size_t rnn_column_season(const rnn_column *y)
{
    double rest[RNN_LATEST_ROWS]; /* 80 kB: nothing that could fail, so that settings can be chosen by it */
    const rnn_column latest = rnn_column_latest(y);
    remove_line(&latest, rest);
    return find_season(rest, latest.n);
}
