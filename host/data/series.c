/* SPDX-License-Identifier: MIT
 * series.c - a series in memory and where it can come from: a file, the article's sine wave, a program's own values
 */
#include "data/series.h"

#include "base/file.h"
#include "base/memory.h"
#include "data/csv.h"
#include "data/npy.h"
#include "data/number.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 4 GiB, or on a 32-bit machine what it can address at most. */
#define FILE_CAP ((size_t)(SIZE_MAX > UINT32_MAX ? UINT64_C(4) << 30 : UINT32_MAX / 2))

rnn_status rnn_series_new(const char *source, size_t N, size_t columns, size_t targets, rnn_series **out)
{
    rnn_status status;
    rnn_series *series = NULL;
    size_t count;

    *out = NULL;
    RNN_TRY(RNN_NEW(series, 1));
    series->N = N;
    series->columns = columns;
    series->targets = targets;
    RNN_TRY(RNN_COPY_TEXT(series->source, source));
    if (__builtin_mul_overflow(N, columns, &count) || count > SIZE_MAX / sizeof *series->values)
        RNN_TRY(rnn_fail(RNN_NO_MEMORY, "%s: out of memory: %zu rows of %zu columns", source, N, columns));
    RNN_TRY(RNN_NEW(series->names, columns));
    RNN_TRY(RNN_NEW(series->kinds, columns));
    RNN_TRY(RNN_NEW(series->starts, 2));
    RNN_TRY(RNN_NEW(series->ends, 1));
    RNN_TRY(RNN_NEW(series->values, count));
    series->parts = 1;
    series->starts[1] = series->ends[0] = N;
    *out = series;
    return RNN_OK;
fail:
    rnn_series_free(series);
    return status;
}

static rnn_status copy_parts(const rnn_series *from, rnn_series *to)
{
    rnn_status status;
    free(to->starts);
    free(to->ends);
    to->ends = NULL;
    RNN_TRY(RNN_NEW(to->starts, from->parts + 1));
    RNN_TRY(RNN_NEW(to->ends, from->parts));
    to->parts = from->parts;
    memcpy(to->starts, from->starts, (from->parts + 1) * sizeof *to->starts);
    memcpy(to->ends, from->ends, from->parts * sizeof *to->ends);
    if (from->ids)
        RNN_TRY(RNN_NEW(to->ids, from->parts));
    for (size_t p = 0; from->ids && p < from->parts; p++)
        RNN_TRY(RNN_COPY_TEXT(to->ids[p], from->ids[p]));
fail:
    return status;
}

rnn_status rnn_series_duplicate(const rnn_series *series, rnn_series **out)
{
    rnn_status status;
    rnn_series *copy = NULL;
    *out = NULL;
    RNN_TRY(rnn_series_new(series->source, series->N, series->columns, series->targets, &copy));
    copy->known = series->known;
    copy->style = series->style;
    copy->step = series->step;
    copy->filled = series->filled;
    memcpy(copy->values, series->values, series->N * series->columns * sizeof *copy->values);
    memcpy(copy->kinds, series->kinds, series->columns * sizeof *copy->kinds);
    for (size_t i = 0; i < series->columns; i++)
        RNN_TRY(RNN_COPY_TEXT(copy->names[i], series->names[i]));
    RNN_TRY(copy_parts(series, copy));
    if (series->times) {
        RNN_TRY(RNN_NEW(copy->times, series->N));
        memcpy(copy->times, series->times, series->N * sizeof *copy->times);
    }
    if (series->time_name)
        RNN_TRY(RNN_COPY_TEXT(copy->time_name, series->time_name));
    if (series->id_name)
        RNN_TRY(RNN_COPY_TEXT(copy->id_name, series->id_name));
    *out = copy;
    copy = NULL;
fail:
    rnn_series_free(copy);
    return status;
}

void rnn_series_free(rnn_series *series)
{
    if (!series)
        return;
    free(series->values);
    for (size_t i = 0; series->names && i < series->columns; i++)
        free(series->names[i]);
    for (size_t i = 0; series->ids && i < series->parts; i++)
        free(series->ids[i]);
    free(series->names);
    free(series->ids);
    free(series->kinds);
    free(series->starts);
    free(series->ends);
    free(series->times);
    free(series->lines);
    free(series->time_name);
    free(series->id_name);
    free(series->source);
    free(series);
}

size_t rnn_series_part(const rnn_series *series, size_t row)
{
    size_t low = 0, high = series->parts; /* starts[low] <= row < starts[high], or row is behind all */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (series->starts[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double rnn_series_last_since(const rnn_series *series, size_t row, size_t target, size_t since, double before)
{
    while (row > since) {
        const double value = series->values[--row * series->columns + target];
        if (!isnan(value))
            return value;
    }
    return before;
}

double rnn_series_last(const rnn_series *series, size_t part, size_t row, size_t target)
{
    return rnn_series_last_since(series, row, target, series->starts[part], (double)NAN);
}

void rnn_series_head(const rnn_series *series, size_t rows, rnn_head *out)
{
    *out = (rnn_head){.series = *series, .starts = {0, rows}, .ends = {rows}};
    if (rows == series->N)
        return;
    out->series.N = rows;
    out->series.starts = out->starts;
    out->series.ends = out->ends;
}

rnn_place rnn_series_place(const rnn_series *series, size_t row)
{
    const size_t part = rnn_series_part(series, row);
    rnn_place place;
    int used;
    size_t read = row; /* a row that was filled in is behind the last one that the file has */
    while (series->lines && !series->lines[read] && read > 0)
        read--;
    if (series->lines && series->lines[read])
        used = snprintf(place.text, sizeof place.text, read < row ? "%.200s: behind line %u" : "%.200s:%u",
                        series->source, series->lines[read]);
    else
        used =
            snprintf(place.text, sizeof place.text, "%.200s: row %zu", series->source, row - series->starts[part] + 1);
    if (series->ids)
        snprintf(place.text + used, sizeof place.text - (size_t)used, " (%s)", rnn_show_string(series->ids[part]).text);
    return place;
}

void rnn_series_label(const rnn_series *series, size_t part, size_t row, char *text, size_t size)
{
    const size_t first = series->starts[part], end = series->starts[part + 1];
    if (!series->times || (row >= end && series->step.unit == RNN_STEP_NONE)) {
        snprintf(text, size, "%zu", row - first);
        return;
    }
    rnn_time_write(&series->style,
                   row < end ? series->times[row]
                             : rnn_step_after(&series->step, series->times[end - 1], row - end + 1),
                   text, size);
}

rnn_status rnn_series_name_by_position(rnn_series *series, size_t index, size_t position)
{
    char name[3 * sizeof position + 1];
    snprintf(name, sizeof name, "%zu", position);
    return RNN_COPY_TEXT(series->names[index], name);
}

/* NPY in a regular file is read in pieces; *out stays NULL, with RNN_OK, where it is something else. */
static rnn_status read_npy_file(const char *path, const rnn_read_options *options, rnn_series **out)
{
    unsigned char magic[8];
    rnn_input *input = NULL;
    size_t size, got = 0;
    rnn_status status;
    RNN_TRY(rnn_input_open(path, &input, &size));
    if (input)
        RNN_TRY(rnn_input_read(input, magic, sizeof magic, &got));
    if (rnn_npy_has_magic(magic, got))
        status = rnn_npy_read(path, input, size, options, out);
fail:
    rnn_input_close(input);
    return status;
}

rnn_status rnn_series_read_with(const char *path, const rnn_read_options *options, rnn_series **out)
{
    unsigned char *bytes;
    size_t size;
    *out = NULL;
    rnn_status status = read_npy_file(path, options, out);
    if (status != RNN_OK || *out)
        return status;
    status = rnn_read_file(path, FILE_CAP, &bytes, &size);
    if (status != RNN_OK)
        return status;
    status = rnn_npy_has_magic(bytes, size) ? rnn_npy_parse_with(path, bytes, size, options, out)
                                            : rnn_csv_parse_with(path, bytes, size, options, out);
    free(bytes);
    return status;
}

rnn_status rnn_series_read(const char *path, const rnn_table_format *format, const rnn_columns *columns,
                           rnn_series **out)
{
    rnn_read_options options = {.time = "none"};
    if (format)
        options.format = *format;
    if (columns)
        options.columns = *columns;
    return rnn_series_read_with(path, &options, out);
}

rnn_status rnn_series_sine(size_t N, rnn_series **out)
{
    rnn_status status;
    rnn_series *series = NULL;

    *out = NULL;
    if (N == 0)
        return rnn_fail(RNN_USAGE, "built-in sine: 0 rows asked for, expected at least 1");
    RNN_TRY(rnn_series_new("built-in sine", N, 1, 1, &series));
    RNN_TRY(RNN_COPY_TEXT(series->names[0], "sin"));
    for (size_t i = 0; i < N; i++)
        series->values[i] = sin((double)i);
    *out = series;
    return RNN_OK;
fail:
    rnn_series_free(series);
    return status;
}
