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

/* The targets' last values in the rows of row - 1's part before `row`, NAN where there are none: last (targets). Who asks about rows in
 * ascending order says which one was before, and what was before that: since, before (targets, may be last); then the time of a long gap does not
 * grow with its square. since 0: there was none. */
void rnn_look_back(const rnn_series *series, size_t row, size_t since, const double *before, double *last);

/* What a forward pass of B windows of the series left in yhat, the rows[b] being asked for first, in original units: the point forecasts
 * (B,asked), and where quantiles is not NULL all outputs (B,O). Waits. */
rnn_status rnn_read_outputs(const rnn_scaler *scaler, const rnn_series *series, rnn_workspace *workspace,
                            const size_t *rows, size_t B, double *predicted, double *quantiles);

/* Room for predictions of `count` windows, as the network makes them; and, once their rows are known, their parts, the last values of the
 * windows, and the actual values of rows before the part's end: ends (parts), NULL: where the part ends. */
rnn_status rnn_predictions_new(const rnn_network *network, size_t count, rnn_predictions **out);
void rnn_predictions_look_up(const rnn_series *series, const size_t *ends, rnn_predictions *predictions);

/* The windows of all spans, one behind the other, through a workspace in which the series is resident, scaled by scaler. */
rnn_status rnn_predict_with(const rnn_model *model, const rnn_scaler *scaler, rnn_workspace *workspace,
                            const rnn_series *series, const rnn_span *spans, size_t parts, rnn_predictions **out);

#endif
