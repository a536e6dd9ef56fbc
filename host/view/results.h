/* SPDX-License-Identifier: MIT
 * results.h - the files a run leaves and the lines it prints
 */
#ifndef RNN_VIEW_RESULTS_H
#define RNN_VIEW_RESULTS_H

#include "base/status.h"

#include <jansson.h>
#include <stdio.h>

/* A line of JSON an epoch: epoch, loss, val_loss, val_rmse, learning_rate, seconds, rollbacks, weights_sha256. Written whole. */
rnn_status rnn_history_save(const rnn_epoch *history, size_t epochs, const char *path);

/* CSV of predictions, a row a window in time order: [split,][id,]index,[time,]actual,predicted. index: the row of the first prediction in its
 * series, whose id stands before it where there are several; time: as the data's file writes it, where it has times.
 * Behind the two words stand the column's name where there are several targets, and the step, from 1, where there are several. split:
 * the chronological parts, or NULL for no such column. actual is empty for a row past the end of the series. *text is the
 * caller's. */
rnn_status rnn_predictions_csv(const rnn_predictions *predictions, const rnn_model *model, const rnn_series *series,
                               const rnn_split *split, char **text, size_t *size);

/* A text as a cell, quoted where it has to be. */
void rnn_csv_cell(FILE *stream, const char *text);

/* A comma and a heading: the word, then the column's name, unless NULL, and the step, unless 0; quoted where it has to be. */
void rnn_csv_heading(FILE *stream, const char *word, const char *name, size_t step);

/* A comma and a number; nothing behind the comma where it is none. */
void rnn_csv_number(FILE *stream, double value);

/* Bytes to a file through the atomic writer. */
rnn_status rnn_save_text(const char *path, const char *text, size_t size);

/* A JSON value to a file or to a stream, indented, numbers in full precision, with a final newline. */
rnn_status rnn_save_json(const char *path, const json_t *value);
rnn_status rnn_print_json(FILE *stream, const json_t *value);

/* One epoch as a line: the article's own format for its recipe, a table row otherwise. No newline. */
void rnn_epoch_line(const rnn_epoch *epoch, rnn_recipe recipe, char *text, size_t size);

#endif
