/* SPDX-License-Identifier: MIT
 * predict.h - parts of rnn_predict that other forecasts are made of, too
 */
#ifndef RNN_TRAIN_PREDICT_H
#define RNN_TRAIN_PREDICT_H

#include "train/workspace.h"

/* RNN_CONFIG: the series' columns are not the model's, or it has fewer rows than a window. */
rnn_status rnn_check_series(const rnn_model *model, const rnn_series *series);

/* The network as `mode` reads a window. RNN_CONFIG: it cannot, or the backend has another precision than the model. */
rnn_status rnn_choose_mode(const rnn_model *model, rnn_input_mode mode, const rnn_backend *backend, rnn_network *net);

/* What a forward pass of B records left in yhat, in original units: predicted (B,O). Waits. */
rnn_status rnn_read_outputs(const rnn_model *model, rnn_workspace *workspace, size_t B, double *predicted);

/* Room for predictions of `count` windows, of the network's horizon and targets; and, once their rows are known, the actual values of rows
 * before `end` and the last ones of the windows. */
rnn_status rnn_predictions_new(const rnn_network *network, size_t count, rnn_predictions **out);
void rnn_predictions_look_up(const rnn_series *series, size_t end, rnn_predictions *predictions);

/* The windows of all spans, one behind the other, through a workspace in which the series is resident. */
rnn_status rnn_predict_with(const rnn_model *model, rnn_workspace *workspace, const rnn_series *series,
                            const rnn_span *spans, size_t parts, rnn_predictions **out);

#endif
