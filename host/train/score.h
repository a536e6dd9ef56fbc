/* SPDX-License-Identifier: MIT
 * score.h - parts of rnn_score that a backtest is made of, too
 */
#ifndef RNN_TRAIN_SCORE_H
#define RNN_TRAIN_SCORE_H

#include "model/model.h"

/* The naive forecasts (targets) that the model keeps, or, of a model of an earlier version, those of the series' first rows, which is
 * announced. */
rnn_status rnn_baselines_of(const rnn_model *model, const rnn_series *series, rnn_baseline *out);

/* Coverage into a scoreboard that has none, as rnn_score does it. */
rnn_status rnn_cover(const rnn_model *model, const rnn_predictions *predictions, size_t first, size_t count,
                     rnn_calibration calibration, rnn_scoreboard *board);

#endif
