/* SPDX-License-Identifier: MIT
 * report.h - from a finished run to the data of its page (view/report.h)
 */
#ifndef RNN_CMD_REPORT_H
#define RNN_CMD_REPORT_H

#include "cmd/options.h"

/* All borrowed. predictions: of the split's windows in order, `shown` of each part. */
typedef struct rnn_run {
    const rnn_arguments *arguments;
    const rnn_settings *settings; /* with the rate that was chosen */
    const rnn_series *series;
    const rnn_model *model;
    const rnn_device_info *device;
    const rnn_predictions *predictions;
    const rnn_split *shown, *split;
} rnn_run;

/* Writes the page. The part that is measured is validation, or training where there is none. */
rnn_status rnn_run_report(const rnn_run *run, const char *path);

#endif
