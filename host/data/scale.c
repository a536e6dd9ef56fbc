/* SPDX-License-Identifier: MIT */
#include "data/scale.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/series.h"
#include "data/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

rnn_status rnn_scaler_init_parts(rnn_scaler *scaler, rnn_scaling kind, size_t parts, size_t columns)
{
    rnn_status status;
    size_t count;
    *scaler = (rnn_scaler){.kind = kind, .columns = columns, .parts = parts};
    if (__builtin_mul_overflow(parts, columns, &count))
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the scaling of %zu columns of %zu series", columns, parts);
    RNN_TRY(RNN_NEW(scaler->shift, count));
    RNN_TRY(RNN_NEW(scaler->factor, count));
    for (size_t i = 0; i < count; i++)
        scaler->factor[i] = 1.0;
    return RNN_OK;
fail:
    rnn_scaler_free(scaler);
    return status;
}

rnn_status rnn_scaler_init(rnn_scaler *scaler, rnn_scaling kind, size_t columns)
{
    return rnn_scaler_init_parts(scaler, kind, 1, columns);
}

/* ---- Fitting ------------------------------------------------------------------------------------------------------- */

/* The rows of a column that a scaling is fitted on: [starts[p], ends[p]) of parts [first, end). */
typedef struct fit_rows {
    const rnn_scaler *scaler;
    const rnn_series *series;
    const size_t *ends;
    size_t first, end, column;
} fit_rows;

/* What is known of these rows' values so far; missing ones do not count. */
typedef struct fit_values {
    size_t count;
    double sum, squares, min, max;
} fit_values;

static void take_value(fit_values *values, double value, double mean)
{
    values->min = values->count == 0 || value < values->min ? value : values->min;
    values->max = values->count == 0 || value > values->max ? value : values->max;
    values->sum += value;
    values->squares += (value - mean) * (value - mean);
    values->count++;
}

static fit_values go_over(const fit_rows *rows, double mean)
{
    fit_values values = {0, 0, 0, 0, 0};
    for (size_t p = rows->first; p < rows->end; p++)
        for (size_t i = rows->series->starts[p]; i < rows->ends[p]; i++) {
            const double value = rnn_scaler_see(rows->scaler, rows->series, p, i, rows->column);
            if (!isnan(value))
                take_value(&values, value, mean);
        }
    return values;
}

/* "the first 200 rows, those for training", or those of one series of several. */
static void describe_rows(const fit_rows *rows, char *text, size_t size)
{
    const rnn_series *series = rows->series;
    const size_t count = rows->ends[rows->first] - series->starts[rows->first];
    char first[64] = "the first row", of[sizeof(rnn_shown) + 16] = "";
    const bool several = rows->end - rows->first > 1, one = !several && count == 1;
    if (several)
        snprintf(first, sizeof first, "the first rows of all %zu series", series->parts);
    else if (!one)
        snprintf(first, sizeof first, "the first %zu rows", count);
    if (!several && series->parts > 1)
        snprintf(of, sizeof of, " of series \"%s\"", rnn_show_string(series->ids[rows->first]).text);
    snprintf(text, size, "%s%s, %s for training", first, of, one ? "the only one" : "those");
}

static rnn_status fail_fit(const fit_rows *rows, const fit_values *values)
{
    const rnn_series *series = rows->series;
    const char *remedy = rows->column < series->targets ? "choose another --target" : "leave it out of --features";
    const char *by = series->parts > 1 && rows->end - rows->first == 1 ? ", use --scale-by all" : "";
    const rnn_shown name = rnn_show_string(series->names[rows->column]);
    char where[sizeof(rnn_shown) + 128];
    describe_rows(rows, where, sizeof where);
    if (values->count == 0)
        return rnn_fail(RNN_BAD_DATA, "%s: column \"%s\" has no value in %s (%s%s)", series->source, name.text, where,
                        remedy, by);
    if (values->min == values->max)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: column \"%s\" is %g in %s%s, and a constant cannot be scaled (%s%s, or "
                        "use --scale none)",
                        series->source, name.text, values->min, values->count > 1 ? "each of " : "", where, remedy, by);
    return rnn_fail(RNN_BAD_DATA,
                    "%s: column \"%s\" reaches from %g to %g in %s, which is too wide or too narrow to "
                    "be scaled in double (use another unit, %s%s, or use --scale none)",
                    series->source, name.text, values->min, values->max, where, remedy, by);
}

/* Constant is told by the range: the mean of equal values need not be that value, nor their deviation zero. */
static bool find_scale(const fit_rows *rows, const fit_values *values, double *shift, double *factor)
{
    const double count = (double)values->count;
    if (values->count == 0 || values->min == values->max)
        return false;
    if (rows->scaler->kind == RNN_SCALE_STANDARD) {
        *shift = values->sum / count;
        *factor = sqrt(go_over(rows, *shift).squares / count);
    } else {
        *shift = values->min;
        *factor = values->max - values->min;
    }
    return isfinite(*shift) && isfinite(*factor) && *factor > 0.0;
}

static rnn_status fit_column(const fit_rows *rows, double *shift, double *factor)
{
    const fit_values values = go_over(rows, 0);
    return find_scale(rows, &values, shift, factor) ? RNN_OK : fail_fit(rows, &values);
}

static bool is_scaled(const rnn_scaler *scaler, const rnn_series *series, size_t column)
{
    return scaler->kind != RNN_SCALE_NONE && series->kinds[column] == RNN_COLUMN_FILE;
}

/* A feature that does not change in some series tells them apart, or says nothing of each: only all together have a scale for it. */
static bool is_constant_in_some(fit_rows rows)
{
    for (size_t p = 0; p < rows.series->parts; p++) {
        if (rows.ends[p] == rows.series->starts[p])
            continue;
        rows.first = p;
        rows.end = p + 1;
        const fit_values values = go_over(&rows, 0);
        if (values.count == 0 || values.min == values.max)
            return true;
    }
    return false;
}

static rnn_status fit_by_part(rnn_scaler *scaler, const rnn_series *series, const size_t *ends, size_t column)
{
    fit_rows rows = {scaler, series, ends, 0, series->parts, column};
    const bool alike = scaler->parts > 1 && column >= series->targets && is_constant_in_some(rows);
    rnn_status status = RNN_OK;
    for (size_t p = 0; status == RNN_OK && p < scaler->parts; p++) {
        const size_t i = rnn_scaler_index(scaler, p, column);
        if (scaler->parts > 1 && ends[p] == series->starts[p])
            continue; /* left out */
        rows.first = alike || scaler->parts == 1 ? 0 : p;
        rows.end = alike || scaler->parts == 1 ? series->parts : p + 1;
        status = fit_column(&rows, &scaler->shift[i], &scaler->factor[i]);
    }
    return status;
}

/* A logarithm needs values above 0. */
static rnn_status check_transform(const rnn_scaler *scaler, const rnn_series *series)
{
    if (!scaler->is_log)
        return RNN_OK;
    for (size_t row = 0; row < series->N; row++)
        for (size_t o = 0; o < series->targets; o++)
            if (series->values[row * series->columns + o] <= 0)
                return rnn_fail(
                    RNN_BAD_DATA,
                    "%s, column \"%s\": %g has no logarithm; use --transform diff or none, or add a constant to the "
                    "column so that all values are above 0",
                    rnn_series_place(series, row).text, rnn_show_string(series->names[o]).text,
                    series->values[row * series->columns + o]);
    return RNN_OK;
}

rnn_status rnn_scaler_fit_parts(rnn_scaler *scaler, const rnn_settings *settings, const rnn_series *series,
                                const size_t *ends)
{
    const size_t parts = settings->scale_by == RNN_SCALE_BY_ID ? series->parts : 1;
    rnn_status status = rnn_scaler_init_parts(scaler, settings->scaling, parts, series->columns);
    if (status)
        return status;
    rnn_scaler_see_as(scaler, settings);
    RNN_TRY(check_transform(scaler, series));
    for (size_t c = 0; c < series->columns; c++)
        if (is_scaled(scaler, series, c))
            RNN_TRY(fit_by_part(scaler, series, ends, c));
    return RNN_OK;
fail:
    rnn_scaler_free(scaler);
    return status;
}

rnn_status rnn_scaler_fit(rnn_scaler *scaler, rnn_scaling kind, const rnn_series *series, size_t rows)
{
    const rnn_settings settings = {.scaling = kind, .scale_by = RNN_SCALE_BY_ALL};
    if (rows < 1 || rows > series->N)
        return rnn_fail(RNN_INTERNAL, "%s: scaling over %zu rows of %zu", series->source, rows, series->N);
    return rnn_scaler_fit_parts(scaler, &settings, series, &rows);
}

void rnn_scaler_fit_part(rnn_scaler *scaler, const rnn_series *series, size_t part, size_t end, size_t place)
{
    rnn_series alone = *series;
    fit_rows rows = {scaler, &alone, &end, 0, 1, 0};
    alone.parts = 1;
    alone.starts = series->starts + part;
    alone.ends = &end;
    for (size_t c = 0; c < series->columns; c++) {
        const size_t i = rnn_scaler_index(scaler, place, c);
        rows.column = c;
        if (!is_scaled(scaler, series, c))
            continue;
        const fit_values values = go_over(&rows, 0);
        if (find_scale(&rows, &values, &scaler->shift[i], &scaler->factor[i]))
            continue;
        scaler->shift[i] = isfinite(values.min) ? values.min : 0;
        scaler->factor[i] = 1;
    }
}

/* ---- Use ----------------------------------------------------------------------------------------------------------- */

rnn_status rnn_scaler_check(const rnn_scaler *scaler, const rnn_series *series, rnn_precision precision)
{
    const double most = precision == RNN_DOUBLE ? DBL_MAX : (double)FLT_MAX;
    const rnn_status status = check_transform(scaler, series);
    if (status)
        return status;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t i = series->starts[p] * series->columns; i < series->starts[p + 1] * series->columns; i++) {
            const size_t row = i / series->columns, column = i % series->columns;
            const double scaled = rnn_scaler_scaled(scaler, series, p, row, column);
            if (!(fabs(scaled) <= most) && !isnan(scaled))
                return rnn_fail(
                    RNN_BAD_DATA,
                    "%s: column \"%s\" is %g in row %zu, which the model sees as %g, beyond what %s holds; use "
                    "another unit, --scale standard or --precision double",
                    series->source, rnn_show_string(series->names[column]).text, series->values[i], row + 1, scaled,
                    precision == RNN_DOUBLE ? "double" : "float");
        }
    return RNN_OK;
}

double rnn_scaler_apply(const rnn_scaler *scaler, size_t index, double seen)
{
    return (seen - scaler->shift[index]) / scaler->factor[index];
}

double rnn_scaler_invert(const rnn_scaler *scaler, size_t index, double scaled)
{
    return scaled * scaler->factor[index] + scaler->shift[index];
}

void rnn_scaler_free(rnn_scaler *scaler)
{
    if (!scaler)
        return;
    free(scaler->factor);
    free(scaler->shift);
    *scaler = (rnn_scaler){0};
}
