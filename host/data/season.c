/* SPDX-License-Identifier: MIT */
#include "data/season.h"

#include <math.h>

#define SEASON_LEAST 0.3  /* of the autocorrelation, and of its height above what lies before */
#define SEASON_GAIN  1.04 /* by how much a longer one's has to exceed a shorter one's */

double rnn_column_at(const rnn_column *y, size_t i)
{
    size_t k = i;
    while (k > 0 && isnan(y->values[k * y->stride]))
        k--;
    while (k + 1 < y->n && isnan(y->values[k * y->stride]))
        k++;
    return isnan(y->values[k * y->stride]) ? 0 : y->values[k * y->stride];
}

double rnn_column_mean(const rnn_column *y)
{
    double sum = 0;
    for (size_t i = 0; i < y->n; i++)
        sum += rnn_column_at(y, i);
    return sum / (double)y->n;
}

rnn_column rnn_column_latest(const rnn_column *y)
{
    const size_t skipped = y->n > RNN_LATEST_ROWS ? y->n - RNN_LATEST_ROWS : 0;
    return (rnn_column){y->values + skipped * y->stride, y->stride, y->n - skipped};
}

/* What a straight line through the column (least squares) leaves. */
static void remove_line(const rnn_column *y, double *rest)
{
    const double middle = (double)(y->n - 1) / 2, mean = rnn_column_mean(y);
    double together = 0, squares = 0;
    for (size_t i = 0; i < y->n; i++) {
        together += ((double)i - middle) * (rnn_column_at(y, i) - mean);
        squares += ((double)i - middle) * ((double)i - middle);
    }
    const double slope = squares > 0 ? together / squares : 0;
    for (size_t i = 0; i < y->n; i++)
        rest[i] = rnn_column_at(y, i) - mean - slope * ((double)i - middle);
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
