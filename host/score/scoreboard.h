/* SPDX-License-Identifier: MIT
 * scoreboard.h - the network's errors beside those of the naive forecasts, step by step (rnn_scoreboard in rnn_cl.h)
 *
 * Sums are in double, of each step over windows ascending, then targets ascending; those of all steps are the steps' sums, ascending.
 */
#ifndef RNN_SCORE_SCOREBOARD_H
#define RNN_SCORE_SCOREBOARD_H

#include "score/baseline.h"

/* Whose naive forecasts a window's prediction stands beside: its series', in set[i] of window i of the predictions, or in the first for
 * all where set is NULL. They know the rows of their series to the window's end. The scale of MASE is the first set's. */
typedef struct rnn_rivalry {
    const rnn_series *series;
    const rnn_baseline *baselines; /* (sets, parts, targets) */
    const size_t *set;
} rnn_rivalry;

/* Errors of windows [first, first + count), without coverage. RNN_CONFIG: no actual value among them. */
rnn_status rnn_scoreboard_make(const rnn_predictions *predictions, size_t first, size_t count,
                               const rnn_rivalry *rivalry, rnn_scoreboard **out);

#endif
