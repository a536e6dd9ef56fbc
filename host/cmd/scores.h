/* SPDX-License-Identifier: MIT
 * scores.h - the scoreboards at the end of a run: of the validation part, and, once all is decided, of the test part
 */
#ifndef RNN_CMD_SCORES_H
#define RNN_CMD_SCORES_H

#include "base/status.h"

#include <jansson.h>

typedef struct rnn_run_scores {
    rnn_scoreboard *val, *test; /* NULL: no such part */
} rnn_run_scores;

/* predictions: training, validation and test windows, as many of each as `shown` says; own: they are the model's, and not a mean of several. Coverage is the test part's where there is one,
 * else that of the later half of the validation part. */
rnn_status rnn_run_scores_make(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions,
                               const rnn_split *shown, bool own, rnn_run_scores *out);
void rnn_run_scores_free(rnn_run_scores *scores);

/* The boards, and which season the naive forecast takes where that was not given. */
void rnn_run_scores_print(const rnn_run_scores *scores, const rnn_model *model);

/* "scoreboard" and "test_scoreboard" of a summary, null where there is no such part. */
rnn_status rnn_run_scores_add(const rnn_run_scores *scores, json_t *summary);

#endif
