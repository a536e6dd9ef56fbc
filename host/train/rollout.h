/* SPDX-License-Identifier: MIT
 * rollout.h - forecasts further than a model's horizon: what it says becomes what it looks at
 */
#ifndef RNN_TRAIN_ROLLOUT_H
#define RNN_TRAIN_ROLLOUT_H

#include "train/predict.h"

/* Forecasts of rows [origin, origin + steps) from the window of rows before it, for every origin, in the series of the row before it:
 * out (count,steps,targets) in original units, and where it is not NULL quantiles (count,steps,targets,Q), as of rnn_predictions. All origins advance together, `horizon` rows with each forward pass over a batch of
 * them; an origin's forecasts are the same bits in whatever company. Series that the model
 * does not know are announced, and scaled by their rows before each origin. Columns known ahead have the values of the series' own rows behind the origin, those
 * of the calendar go on behind its end. RNN_CONFIG: too few rows before an origin, or of what is known ahead behind it; more steps than the horizon, of a
 * model with features whose rows to come nobody knows. RNN_DIVERGED: a forecast is not finite. */
rnn_status rnn_roll_out(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                        size_t count, size_t steps, rnn_backend *backend, double *out, double *quantiles);

/* Whether the rows that `steps` >= 1 of them need are there behind an origin (of columns known ahead that the calendar does not tell, in whole
 * horizons), and no cell in them is missing that has no mask. */
bool rnn_roll_known(const rnn_model *model, const rnn_series *series, size_t origin, size_t steps);

/* Most steps past the end of every series, for all that is known: SIZE_MAX, the horizon where a feature ends with the past, or what the rows
 * of the future allow. */
size_t rnn_roll_most(const rnn_model *model, const rnn_series *series);

/* The network as far as predictions of so many steps go. */
rnn_network rnn_roll_shape(const rnn_model *model, size_t steps);

/* The same as predictions whose horizon is `steps`; actual values of rows from the part's end on, as of
 * rnn_predictions_look_up, are left out (NAN). */
rnn_status rnn_predict_far(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                           size_t count, size_t steps, const size_t *ends, rnn_backend *backend, rnn_predictions **out);

#endif
