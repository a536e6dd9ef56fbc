/* SPDX-License-Identifier: MIT
 * report.h - from a finished run to the data of its page (view/report.h)
 */
#ifndef RNN_CMD_REPORT_H
#define RNN_CMD_REPORT_H

#include "cmd/options.h"
#include "cmd/scores.h"
#include "view/report.h"

#include <stdio.h>

/* All borrowed. predictions: of the split's windows in order, `shown` of each part. scores: of these. backend: what the forecast is made on;
 * NULL: the page has none. */
typedef struct rnn_run {
    const rnn_arguments *arguments;
    const rnn_settings *settings; /* with the rate that was chosen */
    const rnn_series *series;
    const rnn_model *model;
    const rnn_device_info *device;
    const rnn_predictions *predictions;
    const rnn_split *shown, *split;
    const rnn_run_scores *scores;
    rnn_backend *backend;
} rnn_run;

#define RNN_RUN_OPTIONS 128 /* most rows of both option tables */
#define RNN_RUN_VALUE   64  /* characters of a value that is no text */

/* What a run was told, row by row, and the command that tells it again: what differs from the defaults, and the seed. Texts are the
 * arguments' own; the command is the caller's to free, also after a failure. */
typedef struct rnn_run_options {
    size_t count;
    rnn_report_option option[RNN_RUN_OPTIONS];
    char value[RNN_RUN_OPTIONS][RNN_RUN_VALUE], usual[RNN_RUN_OPTIONS][RNN_RUN_VALUE];
    char *command;
} rnn_run_options;

/* settings: the arguments', with what was chosen since. The struct must stay where it is: its rows point into it. */
rnn_status rnn_list_options(const rnn_arguments *arguments, const rnn_settings *settings, const rnn_series *series,
                            rnn_run_options *out);

/* "sigmoid", "LSTM": what the hidden units are, for titles. */
const char *rnn_unit_name(const rnn_settings *settings);

/* The losses of the model's epochs, as arrays; NaN where there is no validation part. Both are the caller's. */
rnn_status rnn_run_losses(const rnn_model *model, double **loss, double **val_loss);

/* Text of whatever length; the caller's. */
rnn_status rnn_report_text(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the page. */
rnn_status rnn_run_report(const rnn_run *run, const char *path);

/* Writes the page of forecasts: of the run arguments, settings, series, model and device count. */
rnn_status rnn_forecast_report(const rnn_run *run, const rnn_forecasts *forecasts, const char *path);

#endif
