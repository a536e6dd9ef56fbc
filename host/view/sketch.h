/* SPDX-License-Identifier: MIT
 * sketch.h - a picture of text for who looks at a terminal: the losses of a run in two lines, a forecast in some ten
 */
#ifndef RNN_VIEW_SKETCH_H
#define RNN_VIEW_SKETCH_H

#include "base/status.h"

#include <stdio.h>

/* Whether the environment's locale (LC_ALL, LC_CTYPE, LANG, the first that is set) is one of UTF-8: block characters, else ASCII. */
bool rnn_sketch_blocks(void);

/* A line a loss, on a logarithmic scale from the lowest to the highest of both; several epochs a column where there are many. */
void rnn_sketch_losses(FILE *stream, const rnn_epoch *history, size_t epochs, bool blocks);

/* The first target of the first series that is forecast: its last rows, the forecasts behind them, and the widest of their intervals. */
void rnn_sketch_forecast(FILE *stream, const rnn_series *series, const rnn_forecasts *forecasts, bool blocks);

#endif
