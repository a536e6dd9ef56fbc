/* SPDX-License-Identifier: MIT
 * table.c - series of values that a program already has
 */
#include "base/memory.h"
#include "data/number.h"
#include "data/series.h"
#include "data/settle.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE "values in memory"

static rnn_status check_table(const rnn_table *table, bool may_miss)
{
    const size_t N = table->N, columns = table->columns;
    if (N == 0 || columns == 0)
        return rnn_fail(RNN_USAGE, SOURCE ": %zu rows of %zu columns, expected at least 1 of 1", N, columns);
    if (table->targets == 0 || table->targets > columns)
        return rnn_fail(RNN_USAGE, SOURCE ": %zu targets, expected 1 to %zu, the number of columns", table->targets,
                        columns);
    if (table->known > columns - table->targets)
        return rnn_fail(RNN_USAGE, SOURCE ": %zu columns known ahead, expected at most %zu, those that are no targets",
                        table->known, columns - table->targets);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < columns; j++) {
            const double value = table->values[i * columns + j];
            if (!isfinite(value) && !(may_miss && isnan(value)))
                return rnn_fail(RNN_BAD_DATA, SOURCE ": row %zu, column %zu: %f; every value must be a finite number",
                                i + 1, j + 1, value);
        }
    return RNN_OK;
}

static rnn_status copy_names(rnn_series *series, const char *const *names)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < series->columns; i++) {
        if (!names)
            status = rnn_series_name_by_position(series, i, i + 1);
        else if (!rnn_is_utf8(names[i], strlen(names[i])))
            status = rnn_fail(RNN_BAD_DATA, SOURCE ": the name of column %zu, \"%s\", is not UTF-8", i + 1,
                              rnn_show_string(names[i]).text);
        else
            status = RNN_COPY_TEXT(series->names[i], names[i]);
    }
    return status;
}

/* The number of each row's id, and their names. */
static rnn_status number_ids(const rnn_table *table, rnn_ids *ids, uint32_t **part)
{
    rnn_status status = RNN_OK;
    if (!table->ids)
        return RNN_OK;
    RNN_TRY(RNN_NEW(*part, table->N));
    for (size_t i = 0; i < table->N; i++) {
        char *text;
        if (!rnn_is_utf8(table->ids[i], strlen(table->ids[i])))
            return rnn_fail(RNN_BAD_DATA, SOURCE ": row %zu: the id \"%s\" is not UTF-8", i + 1,
                            rnn_show_string(table->ids[i]).text);
        RNN_TRY(RNN_COPY_TEXT(text, table->ids[i]));
        RNN_TRY(rnn_ids_take(ids, text, &(*part)[i]));
    }
fail:
    return status;
}

/* Days where all of them begin at midnight, else to the minute, or to the second. */
static rnn_status copy_times(rnn_series *series, const int64_t *times)
{
    rnn_status status = RNN_OK;
    if (!times)
        return RNN_OK;
    RNN_TRY(RNN_NEW(series->times, series->N));
    memcpy(series->times, times, series->N * sizeof *times);
    RNN_TRY(RNN_COPY_TEXT(series->time_name, "time"));
    series->style.kind = RNN_TIME_DAY;
    series->style.mark = '-';
    series->style.between = ' ';
    for (size_t i = 0; i < series->N; i++)
        if (times[i] % RNN_DAY_SECONDS != 0)
            series->style.kind = RNN_TIME_CLOCK;
fail:
    return status;
}

rnn_status rnn_series_make(const rnn_table *table, const rnn_read_options *options, rnn_series **out)
{
    static const rnn_read_options plain;
    const rnn_read_options how = options ? *options : plain;
    rnn_status status;
    rnn_series *series = NULL;
    rnn_ids ids = {NULL, 0, 0, NULL, 0};
    uint32_t *part = NULL;

    *out = NULL;
    RNN_TRY(check_table(table, how.missing != RNN_MISSING_ERROR || table->known > 0));
    RNN_TRY(rnn_series_new(SOURCE, table->N, table->columns, table->targets, &series));
    series->known = table->known;
    RNN_TRY(copy_names(series, table->names));
    RNN_TRY(copy_times(series, table->times));
    memcpy(series->values, table->values, table->N * table->columns * sizeof *table->values);
    RNN_TRY(number_ids(table, &ids, &part));
    if (part)
        RNN_TRY(RNN_COPY_TEXT(series->id_name, "id"));
    RNN_TRY(rnn_series_settle(series, &ids, part, &how));
    *out = series;
    series = NULL;
fail:
    free(part);
    rnn_ids_free(&ids);
    rnn_series_free(series);
    return status;
}

rnn_status rnn_series_copy(const double *values, size_t N, size_t columns, size_t targets, const char *const *names,
                           rnn_series **out)
{
    const rnn_table table = {.values = values, .N = N, .columns = columns, .targets = targets, .names = names};
    return rnn_series_make(&table, NULL, out);
}
