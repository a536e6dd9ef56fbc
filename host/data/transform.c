/* SPDX-License-Identifier: MIT
 * transform.c - values as the network sees them before they are scaled, and outputs back in original units
 */
#include "base/explog.h"
#include "data/scale.h"
#include "data/series.h"

#include <math.h>

static double logged(rnn_transform transform, double value)
{
    return transform == RNN_TRANSFORM_LOG || transform == RNN_TRANSFORM_LOG_DIFF ? rnn_log(value) : value;
}

double rnn_scaler_see(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column)
{
    const double *cell = series->values + row * series->columns + column;
    if (column >= series->targets || scaler->transform == RNN_TRANSFORM_NONE || isnan(*cell))
        return *cell;
    const double value = logged(scaler->transform, *cell);
    if (rnn_transform_lag(scaler->transform) == 0)
        return value;
    if (row == series->starts[part] || isnan(cell[-(ptrdiff_t)series->columns]))
        return (double)NAN;
    return value - logged(scaler->transform, cell[-(ptrdiff_t)series->columns]);
}

double rnn_scaler_scaled(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column)
{
    return rnn_scaler_apply(scaler, rnn_scaler_index(scaler, part, column),
                            rnn_scaler_see(scaler, series, part, row, column));
}

/* last: its value before the first of the outputs; of differences they add up from there. */
static void restore_target(const rnn_scaler *scaler, size_t part, size_t target, size_t targets, size_t horizon,
                           size_t Q, double last, double *outputs)
{
    const bool adds_up = rnn_transform_lag(scaler->transform) > 0;
    const bool is_log = rnn_scaler_is_log(scaler);
    for (size_t q = 0; q < Q; q++) {
        double sum = adds_up ? logged(scaler->transform, last) : 0;
        for (size_t step = 0; step < horizon; step++) {
            double *output = &outputs[(step * targets + target) * Q + q];
            const double seen = rnn_scaler_invert(scaler, rnn_scaler_index(scaler, part, target), *output);
            sum = adds_up ? sum + seen : seen;
            *output = is_log ? rnn_exp(sum) : sum;
        }
    }
}

void rnn_scaler_restore(const rnn_scaler *scaler, const rnn_series *series, size_t row, size_t horizon, size_t Q,
                        double *outputs)
{
    const size_t targets = series->targets, part = rnn_series_part(series, row - 1);
    for (size_t target = 0; target < targets; target++)
        restore_target(scaler, part, target, targets, horizon, Q, rnn_series_last(series, part, row, target), outputs);
}

void rnn_scaler_restore_after(const rnn_scaler *scaler, const rnn_series *series, size_t row, const double *last,
                              size_t horizon, size_t Q, double *outputs)
{
    const size_t targets = series->targets, part = rnn_series_part(series, row - 1);
    for (size_t target = 0; target < targets; target++)
        restore_target(scaler, part, target, targets, horizon, Q, last[target], outputs);
}
