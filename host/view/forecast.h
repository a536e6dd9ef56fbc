/* SPDX-License-Identifier: MIT
 * forecast.h - forecasts as CSV and JSON
 */
#ifndef RNN_VIEW_FORECAST_H
#define RNN_VIEW_FORECAST_H

#include "base/status.h"

#include <jansson.h>

/* CSV, a row a step: [id,]index,[time,]mean,lower_80,upper_80,... as far as the series has ids and times; index: the row in its
 * series, counted from 0. Behind each word stands the column's name where
 * there are several targets. Cells without an interval are empty. *text is the caller's. */
rnn_status rnn_forecasts_csv(const rnn_forecasts *forecasts, const rnn_model *model, const rnn_series *series,
                             char **text, size_t *size);

/* [{id, index, time, target, mean, intervals: [{level, lower, upper}]}], series outermost, targets innermost; id and time only where there are such. NULL when memory is out, with a recorded message. */
json_t *rnn_forecasts_to_json(const rnn_forecasts *forecasts, const rnn_model *model, const rnn_series *series);

#endif
