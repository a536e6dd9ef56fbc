/* SPDX-License-Identifier: MIT
 * season.h - the season of a column: after how many rows it is most like itself
 *
 * A missing value adds nothing. In double, with + - * / only, rows ascending: the same season everywhere.
 */
#ifndef RNN_DATA_SEASON_H
#define RNN_DATA_SEASON_H

#include <stddef.h>

#define RNN_SEASON_MOST 400
#define RNN_LATEST_ROWS 10000 /* that seasons, and whatever takes time by the row, are looked for in */

/* Rows of one column, n at least 1: value i is values[i * stride]. NAN: missing. Borrows the values. */
typedef struct rnn_column {
    const double *values;
    size_t stride, n;
} rnn_column;

static inline double rnn_column_at(const rnn_column *y, size_t i)
{
    return y->values[i * y->stride];
}

/* Of the values there are; 0 of none. */
double rnn_column_mean(const rnn_column *y);

/* The latest RNN_LATEST_ROWS of them, up to the last one with a value. */
rnn_column rnn_column_latest(const rnn_column *y);

/* Of the latest rows, n of them: the lag from 2 to below n / 3, at most RNN_SEASON_MOST, whose autocorrelation (of what a straight line leaves) is
 * the highest of those that are local maxima, at least 0.3, and at least 0.3 above the lowest before them, and 4 % above those
 * of shorter lags that are such; 1 where there is none. */
size_t rnn_column_season(const rnn_column *y);

#endif
