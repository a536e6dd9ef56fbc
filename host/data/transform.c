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

/* last: the target's last value before the base of the first output; each further step looks one row on. */
static void restore_target(const rnn_scaler *scaler, const rnn_series *series, size_t row, size_t target,
                           size_t horizon, size_t Q, double last, double *outputs)
{
    const size_t stride = series->targets * Q, base = rnn_scaler_base(scaler, row), lag = scaler->lag;
    const size_t index = rnn_scaler_index(scaler, rnn_series_part(series, row - 1), target);
    for (size_t step = 0; step < horizon; step++) {
        if (step > 0 && step < lag)
            last = rnn_series_last(series, base + step, target, base + step - 1, last);
        const double known = step < lag ? logged(scaler, last) : 0;
        for (size_t q = target * Q; q < (target + 1) * Q; q++) {
            double *output = &outputs[step * stride + q];
            const double seen = rnn_scaler_invert(scaler, index, *output);
            *output = lag == 0 ? seen : (step < lag ? known : outputs[(step - lag) * stride + q]) + seen;
        }
    }
    for (size_t step = 0; scaler->is_log && step < horizon; step++)
        for (size_t q = target * Q; q < (target + 1) * Q; q++)
            outputs[step * stride + q] = rnn_exp(outputs[step * stride + q]);
}

void rnn_scaler_restore(const rnn_scaler *scaler, const rnn_series *series, size_t row, const double *last,
                        size_t horizon, size_t Q, double *outputs)
{
    for (size_t target = 0; target < series->targets; target++)
        restore_target(scaler, series, row, target, horizon, Q, last[target], outputs);
}
