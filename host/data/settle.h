/* SPDX-License-Identifier: MIT
 * settle.h - from the rows of a table, in its order, to series: told apart, in time order, without what must not be missing
 *
 * settle.c  the rows: by series, checked against their times, missing ones filled in, the future told from the past
 * cells.c   the cells: missing ones by the policy, columns of masks and of the calendar
 */
#ifndef RNN_DATA_SETTLE_H
#define RNN_DATA_SETTLE_H

#include "data/ids.h"

#define RNN_MASK_SUFFIX " missing" /* behind a column's name: its mask's */

/* Everything between reading and use. part (N) numbers each row's id in ids, or is NULL; the ids become the series' own. Statuses as of
 * rnn_series_read_with. */
rnn_status rnn_series_settle(rnn_series *series, rnn_ids *ids, const uint32_t *part, const rnn_read_options *options);

/* Missing cells of the past by the policy; those of known columns of the future too. */
rnn_status rnn_series_settle_cells(rnn_series *series, const rnn_read_options *options);

/* Fills the calendar's columns in rows [first, end); and in rows of these times, values (rows, columns) of columns as the series' own. */
void rnn_series_fill_calendar(rnn_series *series, size_t first, size_t end);
void rnn_calendar_fill(const rnn_series *series, const int64_t *times, size_t rows, double *values);

/* The calendar features among the columns: bits of RNN_CALENDAR_... */
unsigned rnn_series_calendar(const char *const *names, const rnn_column_kind *kinds, size_t columns);

#endif
