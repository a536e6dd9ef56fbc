/* SPDX-License-Identifier: MIT
 * score.h - parts of rnn_score that a backtest is made of, too
 */
#ifndef RNN_TRAIN_SCORE_H
#define RNN_TRAIN_SCORE_H

#include "model/model.h"

/* Naive forecasts (parts,targets) of rows [starts[p], ends[p]) of each part; none of a part where that is nothing. A season that is not
 * shorter than these rows is none there; where the caller insists on it that is RNN_CONFIG, and the message names file and series. */
rnn_status rnn_baselines_fit(const rnn_series *series, const size_t *ends, size_t season, bool insist,
                             rnn_baseline *out);

/* *own: the series, borrowed, up to the rows that the model was made from, where it knows it. *ends (parts): where each of those rows
 * end, the caller's to free; NULL: it does not know the series. */
rnn_status rnn_model_own(const rnn_model *model, const rnn_series *series, rnn_series *own, size_t **ends);

/* The naive forecasts (parts,targets) of the model's training part: as the model keeps them, or fitted again where the series is the
 * model's own; otherwise of each part's first rows. *fit says which it was. firsts (parts), or NULL: of a part of the model's own data
 * that training left out, they are of the rows before this one. */
rnn_status rnn_baselines_of(const rnn_model *model, const rnn_series *series, const size_t *firsts, rnn_baseline *out,
                            rnn_naive_fit *fit);

/* A notice of data that the model does not know, and on what the naive forecasts for it are fitted. */
void rnn_tell_unknown(const rnn_model *model, const rnn_series *series, const rnn_naive_fit *fit);

/* Coverage into a scoreboard that has none, as rnn_score does it. */
rnn_status rnn_cover(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard *board);

#endif
