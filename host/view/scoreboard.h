/* SPDX-License-Identifier: MIT
 * scoreboard.h - a scoreboard as people read it and as JSON
 */
#ifndef RNN_VIEW_SCOREBOARD_H
#define RNN_VIEW_SCOREBOARD_H

#include "base/status.h"

#include <jansson.h>
#include <stdio.h>

/* A line a contender, a sentence with the verdict, coverage, and where there are several steps the RMSE of at most STEP_ROWS of them.
 * part: what the windows are, "the validation part". */
void rnn_scoreboard_print(FILE *stream, const rnn_scoreboard *board, const char *part);

/* Room for the sentences below, which have no full stop. */
#define RNN_REASON 192

/* "of the 3 series, each by itself, it is ahead on 2"; false: there is one. */
bool rnn_scoreboard_apart(const rnn_scoreboard *board, char *text, size_t size);

/* Why there is no MASE; false: there is. */
bool rnn_scoreboard_no_mase(const rnn_scoreboard *board, char *text, size_t size);

/* Of the values measured those inside, from 0 to 1; not finite where no value had an interval. */
double rnn_coverage_share(const rnn_coverage *coverage);

/* Coverage was measured on fewer than RNN_FEW_VALUES values a step: its share is chance for the most part. */
#define RNN_FEW_VALUES 20
bool rnn_scoreboard_is_thin(const rnn_scoreboard *board);

/* {windows, horizon, contenders: [{name, count, rmse, mae, mase, smape, steps: [{...}]}], best, beats_best, best_exact, calibration,
 * coverage: [{level, share, values}], of quantiles quantile_coverage likewise, data_known, naive_fitted_on, apart, ahead,
 * and where MASE is null the reason, no_mase}. NULL when memory is out, with a recorded message. */
json_t *rnn_scoreboard_to_json(const rnn_scoreboard *board);

/* CSV, a row a contender and step, from 1: contender,step,count,rmse,mae,mase,smape and coverage_80, ...
 * (the network's) as far as they were measured. Cells that are no numbers are empty. *text is the
 * caller's. */
rnn_status rnn_scoreboard_csv(const rnn_scoreboard *board, char **text, size_t *size);

#endif
