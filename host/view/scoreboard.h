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

/* {windows, horizon, contenders: [{name, count, rmse, mae, mase, smape, steps: [{...}]}], best, beats_best, calibration,
 * coverage: [{level, share, values}], quantile_coverage, of quantiles: likewise}. NULL when memory is out, with a recorded message. */
json_t *rnn_scoreboard_to_json(const rnn_scoreboard *board);

/* CSV, a row a contender and step, from 1: contender,step,count,rmse,mae,mase,smape and coverage_80, ...
 * (the network's) as far as they were measured. Cells that are no numbers are empty. *text is the
 * caller's. */
rnn_status rnn_scoreboard_csv(const rnn_scoreboard *board, char **text, size_t *size);

#endif
