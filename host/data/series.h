/* SPDX-License-Identifier: MIT
 * series.h - what the readers need to make an rnn_series; its public side is in rnn_cl.h
 */
#ifndef RNN_DATA_SERIES_H
#define RNN_DATA_SERIES_H

#include "base/status.h"

/* A series of zeros, one part without times, with its names still NULL, for a reader to fill before anybody else sees it. */
rnn_status rnn_series_new(const char *source, size_t N, size_t columns, size_t targets, rnn_series **out);

/* A copy of the rows of each part before cuts[p], which is starts[p] at least and its end at most; all of them of the past. Lines, which only
 * messages about its file need, are left out. */
rnn_status rnn_series_before(const rnn_series *series, const size_t *cuts, rnn_series **out);

/* Sets the name of column `index` to its position in the table, from 1: for tables without names. */
rnn_status rnn_series_name_by_position(rnn_series *series, size_t index, size_t position);

/* "data.csv:7", or "data.csv, row 7 (from 1)" where lines are not known, and the id's name where there are several series. */
typedef struct rnn_place {
    char text[512];
} rnn_place;
rnn_place rnn_series_place(const rnn_series *series, size_t row);

/* The part a row is in. */
size_t rnn_series_part(const rnn_series *series, size_t row);

/* The last value of a target in the rows [since, row), `before` where there is none. */
double rnn_series_last(const rnn_series *series, size_t row, size_t target, size_t since, double before);

#endif
