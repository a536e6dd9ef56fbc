/* SPDX-License-Identifier: MIT
 * forecast.h - forecasts as CSV and JSON
 */
#ifndef RNN_VIEW_FORECAST_H
#define RNN_VIEW_FORECAST_H

#include "base/status.h"

#include <jansson.h>

/* CSV, a row a step: index,mean,lower_80,upper_80,...; index: the row, counted from 0. Behind each word stands the column's name where
 * there are several targets. Cells without an interval are empty. *text is the caller's. */
rnn_status rnn_forecasts_csv(const rnn_forecasts *forecasts, const rnn_model *model, char **text, size_t *size);

/* [{index, target, mean, intervals: [{level, lower, upper}]}], targets innermost. NULL when memory is out, with a recorded message. */
json_t *rnn_forecasts_to_json(const rnn_forecasts *forecasts, const rnn_model *model);

#endif
