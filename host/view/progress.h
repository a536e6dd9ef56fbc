/* SPDX-License-Identifier: MIT
 * progress.h - how far a run is: one line on a terminal, rewritten in place; nothing where nobody watches
 */
#ifndef RNN_VIEW_PROGRESS_H
#define RNN_VIEW_PROGRESS_H

#include "base/status.h"

typedef struct rnn_progress {
    bool on;        /* stderr is a terminal, and not told to be quiet */
    bool shown;     /* the line is on the screen now */
    double started; /* seconds on the monotonic clock */
    rnn_epoch last; /* the last one that ended */
} rnn_progress;

rnn_progress rnn_progress_start(bool quiet);

/* A finished epoch: its line stays on the screen. NULL: it is printed elsewhere. */
void rnn_progress_epoch(rnn_progress *progress, const rnn_epoch *epoch, const char *line);

/* Between minibatches: epoch, share of it, last losses, rate, and the time left, guessed from the work done. */
void rnn_progress_show(rnn_progress *progress, size_t epoch, size_t epochs, double fraction, double records_per_second);

/* Takes the line away: before anything else is printed, and at the end. */
void rnn_progress_clear(rnn_progress *progress);

#endif
