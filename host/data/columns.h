/* SPDX-License-Identifier: MIT
 * columns.h - which columns of a table are used, and in which order
 */
#ifndef RNN_DATA_COLUMNS_H
#define RNN_DATA_COLUMNS_H

#include "base/status.h"

#define RNN_MAX_COLUMNS 100000 /* of a table, used or not */
#define RNN_NOT_IN_USE  SIZE_MAX

typedef struct rnn_selection {
    size_t width;   /* columns of the table */
    size_t count;   /* columns in use: the targets first, those known ahead last */
    size_t targets; /* of those */
    size_t known;   /* of those */
    size_t *column; /* (count) column of the table, from 0 */
    size_t *place;  /* (width) the inverse, or RNN_NOT_IN_USE */
    size_t time;    /* column of the times, or RNN_NOT_IN_USE */
    size_t id;      /* column that tells series apart, or RNN_NOT_IN_USE */
} rnn_selection;

/* Finds the columns that the options want in a table of `width` columns. names (width) are its header, NULL where it has none. A wanted
 * name is looked up in the header first, then taken as a position from 1. time_like (width): which columns look like
 * times, NULL: none; the first of them that the options do not ask for as anything else ("all" does not) is taken as them, where they leave that open.
 * RNN_USAGE: unknown, ambiguous or doubled names, or no target where there is a choice; the message lists the columns.
 * RNN_BAD_DATA: more than RNN_MAX_COLUMNS. The selection is the caller's struct, emptied by rnn_selection_clear. */
rnn_status rnn_selection_find(const char *source, const rnn_read_options *options, char *const *names, size_t width,
                              const bool *time_like, rnn_selection *out);
void rnn_selection_clear(rnn_selection *selection);

/* RNN_OK, or RNN_BAD_DATA for a table wider than RNN_MAX_COLUMNS. For readers that want to stop early. */
rnn_status rnn_check_width(const char *source, size_t width);

#endif
