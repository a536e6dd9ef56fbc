/* SPDX-License-Identifier: MIT */
#include "data/scale.h"

#include "base/memory.h"
#include "data/text.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

rnn_status rnn_scaler_init(rnn_scaler *scaler, rnn_scaling kind, size_t columns)
{
    rnn_status status;
    *scaler = (rnn_scaler){.kind = kind, .columns = columns};
    RNN_TRY(RNN_NEW(scaler->shift, columns));
    RNN_TRY(RNN_NEW(scaler->factor, columns));
    for (size_t i = 0; i < columns; i++)
        scaler->factor[i] = 1.0;
    return RNN_OK;
fail:
    rnn_scaler_free(scaler);
    return status;
}

/* value(i) = values[i * stride] */
static void fit_standard(const double *values, size_t stride, size_t rows, double *shift, double *factor)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < rows; i++)
        sum += values[i * stride];
    const double mean = sum / (double)rows;
    for (size_t i = 0; i < rows; i++) {
        const double distance = values[i * stride] - mean;
        squares += distance * distance;
    }
    *shift = mean;
    *factor = sqrt(squares / (double)rows);
}

static void find_range(const double *values, size_t stride, size_t rows, double *min, double *max)
{
    *min = *max = values[0];
    for (size_t i = 1; i < rows; i++) {
        const double value = values[i * stride];
        *min = value < *min ? value : *min;
        *max = value > *max ? value : *max;
    }
}

/* Constant is told by the range: the mean of equal values need not be that value, nor their deviation zero. */
static rnn_status fit_column(const rnn_series *series, size_t column, size_t rows, rnn_scaler *scaler)
{
    const double *values = series->values + column;
    const char *remedy = column < series->targets ? "choose another --target" : "leave it out of --features";
    const rnn_shown name = rnn_show_string(series->names[column]);
    double *shift = &scaler->shift[column], *factor = &scaler->factor[column];
    double min, max;

    find_range(values, series->columns, rows, &min, &max);
    if (min == max)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: column \"%s\" is %g in each of the first %zu rows, those for training, and a constant "
                        "cannot be scaled (%s, or use --scale none)",
                        series->source, name.text, min, rows, remedy);
    if (scaler->kind == RNN_SCALE_STANDARD) {
        fit_standard(values, series->columns, rows, shift, factor);
    } else {
        *shift = min;
        *factor = max - min;
    }
    if (!(isfinite(*shift) && isfinite(*factor) && *factor > 0.0))
        return rnn_fail(RNN_BAD_DATA,
                        "%s: column \"%s\" reaches from %g to %g in the first %zu rows, those for training, which is "
                        "too wide or too narrow to be scaled in double (use another unit, %s, or use --scale none)",
                        series->source, name.text, min, max, rows, remedy);
    return RNN_OK;
}

rnn_status rnn_scaler_fit(rnn_scaler *scaler, rnn_scaling kind, const rnn_series *series, size_t rows)
{
    if (rows < 1 || rows > series->N)
        return rnn_fail(RNN_INTERNAL, "%s: scaling over %zu rows of %zu", series->source, rows, series->N);
    rnn_status status = rnn_scaler_init(scaler, kind, series->columns);
    if (status != RNN_OK)
        return status;
    for (size_t i = 0; kind != RNN_SCALE_NONE && i < series->columns; i++)
        RNN_TRY(fit_column(series, i, rows, scaler));
    return RNN_OK;
fail:
    rnn_scaler_free(scaler);
    return status;
}

rnn_status rnn_scaler_check(const rnn_scaler *scaler, const rnn_series *series, rnn_precision precision)
{
    const double most = precision == RNN_DOUBLE ? DBL_MAX : (double)FLT_MAX;
    for (size_t i = 0; i < series->N * series->columns; i++) {
        const size_t row = i / series->columns, column = i % series->columns;
        const double scaled = rnn_scaler_apply(scaler, column, series->values[i]);
        if (!(fabs(scaled) <= most))
            return rnn_fail(RNN_BAD_DATA,
                            "%s: column \"%s\" is %g in row %zu, which the model sees as %g, beyond what %s holds; use "
                            "another unit, --scale standard or --precision double",
                            series->source, rnn_show_string(series->names[column]).text, series->values[i], row + 1,
                            scaled, precision == RNN_DOUBLE ? "double" : "float");
    }
    return RNN_OK;
}

double rnn_scaler_apply(const rnn_scaler *scaler, size_t column, double value)
{
    return (value - scaler->shift[column]) / scaler->factor[column];
}

double rnn_scaler_invert(const rnn_scaler *scaler, size_t column, double scaled)
{
    return scaled * scaler->factor[column] + scaler->shift[column];
}

void rnn_scaler_free(rnn_scaler *scaler)
{
    if (!scaler)
        return;
    free(scaler->factor);
    free(scaler->shift);
    *scaler = (rnn_scaler){0};
}
