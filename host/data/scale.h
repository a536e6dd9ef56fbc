/* SPDX-License-Identifier: MIT
 * scale.h - columns as the network sees them, and back:  scaled = (seen - shift) / factor,  seen = scaled * factor + shift
 *
 *   standard: shift = mean, factor = sqrt(mean of (seen - mean)^2)       minmax: shift = min, factor = max - min
 *   none:     shift = 0,    factor = 1
 * seen is the value itself, of targets the transform (rnn_cl.h) of it. Masks and the calendar's columns are not scaled. Missing
 * values are left out of sums, and stay NAN. Sums run over the rows in ascending order, in double, with plain + - * / and sqrt, logarithms
 * are base/explog.h's: the same bits everywhere.
 */
#ifndef RNN_DATA_SCALE_H
#define RNN_DATA_SCALE_H

#include "base/status.h"

/* The caller's struct, to be zeroed before first use; the arrays are its own. */
typedef struct rnn_scaler {
    rnn_scaling kind;
    bool is_log; /* the transform, of targets: first the logarithm, */
    size_t lag;  /* then the difference to the row so many before; 0: none */
    size_t columns;
    size_t parts;           /* each series has its own, or 1: all have the same */
    double *shift, *factor; /* (parts, columns) */
} rnn_scaler;

/* Room for `columns` columns, as of RNN_SCALE_NONE: for readers of model files, which know shift and factor already. */
rnn_status rnn_scaler_init(rnn_scaler *scaler, rnn_scaling kind, size_t columns);
rnn_status rnn_scaler_init_parts(rnn_scaler *scaler, rnn_scaling kind, size_t parts, size_t columns);

/* How it sees targets is as the settings have it. */
void rnn_scaler_see_as(rnn_scaler *scaler, const rnn_settings *settings);

/* Looks at the first `rows` rows of the series only (1 to N): what validation windows predict must not leak into training.
 * RNN_BAD_DATA: a column that is constant over them, or whose spread is beyond double; the message names it. */
rnn_status rnn_scaler_fit(rnn_scaler *scaler, rnn_scaling kind, const rnn_series *series, size_t rows);

/* The same by the settings, over rows [starts[p], ends[p]) of each part. By id, a feature that is constant in some series is scaled
 * alike in all. RNN_BAD_DATA, too: a value that the transform cannot take. */
rnn_status rnn_scaler_fit_parts(rnn_scaler *scaler, const rnn_settings *settings, const rnn_series *series,
                                const size_t *ends);

/* A part's own scaling, over its rows before row `end`, as that of part `place` of a scaler with room for it: for a series that training did
 * not see. A column that is constant there, or has no value, is only shifted. */
void rnn_scaler_fit_part(rnn_scaler *scaler, const rnn_series *series, size_t part, size_t end, size_t place);

/* RNN_BAD_DATA where a scaled value is too large for the precision it will be used in, or the transform cannot take one; the message names
 * row and column. */
rnn_status rnn_scaler_check(const rnn_scaler *scaler, const rnn_series *series, rnn_precision precision);

/* index: of shift and factor. */
double rnn_scaler_apply(const rnn_scaler *scaler, size_t index, double seen);
double rnn_scaler_invert(const rnn_scaler *scaler, size_t index, double scaled);

static inline size_t rnn_scaler_index(const rnn_scaler *scaler, size_t part, size_t column)
{
    return (scaler->parts == 1 ? 0 : part) * scaler->columns + column;
}

/* What the network sees of a row of `part`, not scaled yet; and scaled. */
double rnn_scaler_see(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column);
double rnn_scaler_scaled(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column);

/* Outputs (horizon, targets, Q) of a window, scaled, that are about the rows from `row` on, into original units in their place. A difference
 * is added to the value `lag` rows before: that of the series, and where it is missing there the last one before it that is not; from
 * row + lag on the output's own. last (targets): the last values before row rnn_scaler_base, to which the first difference is. */
void rnn_scaler_restore(const rnn_scaler *scaler, const rnn_series *series, size_t row, const double *last,
                        size_t horizon, size_t Q, double *outputs);

static inline size_t rnn_scaler_base(const rnn_scaler *scaler, size_t row)
{
    return scaler->lag ? row + 1 - scaler->lag : row;
}

static inline bool rnn_transform_is_log(rnn_transform transform)
{
    return transform == RNN_TRANSFORM_LOG || transform == RNN_TRANSFORM_LOG_DIFF ||
           transform == RNN_TRANSFORM_LOG_SEASON_DIFF;
}

static inline bool rnn_transform_is_seasonal(rnn_transform transform)
{
    return transform == RNN_TRANSFORM_SEASON_DIFF || transform == RNN_TRANSFORM_LOG_SEASON_DIFF;
}

/* How many rows the settings' differences go back; 0: there are none. So many first rows of a series no window may show. */
static inline size_t rnn_transform_lag(const rnn_settings *settings)
{
    if (rnn_transform_is_seasonal(settings->transform))
        return settings->season;
    return settings->transform == RNN_TRANSFORM_DIFF || settings->transform == RNN_TRANSFORM_LOG_DIFF;
}

/* Frees what the struct owns and zeroes it; accepts NULL and a zeroed struct. */
void rnn_scaler_free(rnn_scaler *scaler);

#endif
