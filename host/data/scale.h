/* SPDX-License-Identifier: MIT
 * scale.h - columns brought to a common size, and back:  scaled = (value - shift) / factor,  value = scaled * factor + shift
 *
 *   standard: shift = mean, factor = sqrt(mean of (value - mean)^2)       minmax: shift = min, factor = max - min
 *   none:     shift = 0,    factor = 1
 * Sums run over the rows in ascending order, in double, with plain + - * / and sqrt: the same bits everywhere.
 */
#ifndef RNN_DATA_SCALE_H
#define RNN_DATA_SCALE_H

#include "base/status.h"

/* The caller's struct, to be zeroed before first use; the arrays are its own. */
typedef struct rnn_scaler {
    rnn_scaling kind;
    size_t columns;
    double *shift, *factor; /* (columns) */
} rnn_scaler;

/* Room for `columns` columns, as of RNN_SCALE_NONE: for readers of model files, which know shift and factor already. */
rnn_status rnn_scaler_init(rnn_scaler *scaler, rnn_scaling kind, size_t columns);

/* Looks at the first `rows` rows of the series only (1 to N): what validation windows predict must not leak into training.
 * RNN_BAD_DATA: a column that is constant over them, or whose spread is beyond double; the message names it. */
rnn_status rnn_scaler_fit(rnn_scaler *scaler, rnn_scaling kind, const rnn_series *series, size_t rows);

/* RNN_BAD_DATA where a scaled value is too large for the precision it will be used in; the message names row and column. */
rnn_status rnn_scaler_check(const rnn_scaler *scaler, const rnn_series *series, rnn_precision precision);

double rnn_scaler_apply(const rnn_scaler *scaler, size_t column, double value);
double rnn_scaler_invert(const rnn_scaler *scaler, size_t column, double scaled);

/* Frees what the struct owns and zeroes it; accepts NULL and a zeroed struct. */
void rnn_scaler_free(rnn_scaler *scaler);

#endif
