/* SPDX-License-Identifier: MIT
 * windows.h - which windows of a series there are, and which of them a pass goes over
 *
 * A window is named by its first row. Windows that may be used come in stretches of neighbouring rows: one stretch where a series is
 * whole, more where it has several parts or holes. The parts of a split are such sets.
 */
#ifndef RNN_DATA_WINDOWS_H
#define RNN_DATA_WINDOWS_H

#include "base/status.h"

typedef struct rnn_stretch {
    size_t first;  /* row of its first window */
    size_t before; /* windows in the stretches before it */
} rnn_stretch;

/* Windows in ascending order. The caller's struct, to be zeroed before first use. */
typedef struct rnn_windows {
    size_t count;
    size_t stretches;
    rnn_stretch *stretch; /* (stretches) */
    size_t room;
} rnn_windows;

/* `count` more windows from row `first` on, behind those there are. None is fine. RNN_NO_MEMORY. */
rnn_status rnn_windows_add(rnn_windows *windows, size_t first, size_t count);
void rnn_windows_free(rnn_windows *windows);

/* First row of window i; i == count: the row behind the last one's first. */
size_t rnn_windows_row(const rnn_windows *windows, size_t i);

/* Evenly spaced windows of a set: number i of `count` is window floor(i * all / count), so every one where count is all of them.
 * count is at most all and at most 2^32. Borrows the set. */
typedef struct rnn_span {
    const rnn_windows *windows;
    size_t count;
} rnn_span;

/* At most `most` of them; 0: all. */
rnn_span rnn_span_of(const rnn_windows *windows, size_t most);

/* Number in the set, and first row, of window i; i == count: as of the set. */
size_t rnn_span_number(const rnn_span *span, size_t i);
size_t rnn_span_row(const rnn_span *span, size_t i);

/* Window i begins at row (first row of window 0) + i. */
bool rnn_span_is_consecutive(const rnn_span *span);

/* ---- Split --------------------------------------------------------------------------------------------------------- */

/* The windows of a series by what they are for; rnn_split has the counts. Each of several series is split by itself. Under --missing drop
 * windows that touch a missing cell are in none. */
typedef struct rnn_partition {
    rnn_windows train, val, test;
    rnn_split split;
    size_t *
        fit_ends; /* (parts) the row behind the last that a series' training windows touch: all that scaling may look at; its first
                         row where the series is left out */
    size_t left_out; /* series that are too short, under --short-ids drop */
} rnn_partition;

/* Statuses and messages as of rnn_split_series. *out is overwritten, and empty on failure. */
rnn_status rnn_partition_make(const rnn_settings *settings, const rnn_series *series, rnn_partition *out);
void rnn_partition_free(rnn_partition *partition);

/* Every window that can be predicted: those whose rows, and whose columns known ahead, are there. RNN_CONFIG: a series is too short for one. */
rnn_status rnn_windows_of(const rnn_settings *settings, const rnn_series *series, rnn_windows *out);

#endif
