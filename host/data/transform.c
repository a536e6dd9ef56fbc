/* SPDX-License-Identifier: MIT
 * transform.c - values as the network sees them before they are scaled, and outputs back in original units
 */
#include "base/explog.h"
#include "data/scale.h"
#include "data/series.h"

#include <math.h>

void rnn_scaler_see_as(rnn_scaler *scaler, const rnn_settings *settings)
{
    scaler->is_log = rnn_transform_is_log(settings->transform);
    scaler->lag = rnn_transform_lag(settings);
}

static double logged(const rnn_scaler *scaler, double value)
{
    return scaler->is_log ? rnn_log(value) : value;
}

double rnn_scaler_see(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column)
{
    const double *cell = series->values + row * series->columns + column;
    if (column >= series->targets || isnan(*cell))
        return *cell;
    const double value = logged(scaler, *cell);
    if (scaler->lag == 0)
        return value;
    if (row - series->starts[part] < scaler->lag)
        return (double)NAN;
    const double before = cell[-(ptrdiff_t)(scaler->lag * series->columns)];
    return isnan(before) ? before : value - logged(scaler, before);
}

double rnn_scaler_scaled(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t column)
{
    return rnn_scaler_apply(scaler, rnn_scaler_index(scaler, part, column),
                            rnn_scaler_see(scaler, series, part, row, column));
}

/* What the difference of the row `step` behind the known ones is to, logged where the network sees logarithms. last: the target's last
 * value, which those to the row before go back to; sums: of the steps before. */
static double summand(const rnn_scaler *scaler, const rnn_series *series, size_t part, size_t row, size_t step,
                      size_t target, double last, const double *sums, size_t stride)
{
    if (step >= scaler->lag)
        return sums[(step - scaler->lag) * stride];
    return logged(scaler,
                  scaler->lag == 1 ? last : rnn_series_last(series, part, row + step + 1 - scaler->lag, target));
}

/* last: the target's last value before the first of the outputs. */
static void restore_target(const rnn_scaler *scaler, const rnn_series *series, size_t row, size_t target,
                           size_t horizon, size_t Q, double last, double *outputs)
{
    const size_t stride = series->targets * Q, part = rnn_series_part(series, row - 1);
    for (size_t q = target * Q; q < (target + 1) * Q; q++) {
        for (size_t step = 0; step < horizon; step++) {
            double *output = &outputs[step * stride + q];
            const double seen = rnn_scaler_invert(scaler, rnn_scaler_index(scaler, part, target), *output);
            *output = scaler->lag == 0
                          ? seen
                          : summand(scaler, series, part, row, step, target, last, outputs + q, stride) + seen;
        }
        for (size_t step = 0; scaler->is_log && step < horizon; step++)
            outputs[step * stride + q] = rnn_exp(outputs[step * stride + q]);
    }
}

void rnn_scaler_restore(const rnn_scaler *scaler, const rnn_series *series, size_t row, size_t horizon, size_t Q,
                        double *outputs)
{
    const size_t part = rnn_series_part(series, row - 1);
    for (size_t target = 0; target < series->targets; target++)
        restore_target(scaler, series, row, target, horizon, Q, rnn_series_last(series, part, row, target), outputs);
}

void rnn_scaler_restore_after(const rnn_scaler *scaler, const rnn_series *series, size_t row, const double *last,
                              size_t horizon, size_t Q, double *outputs)
{
    for (size_t target = 0; target < series->targets; target++)
        restore_target(scaler, series, row, target, horizon, Q, last[target], outputs);
}
