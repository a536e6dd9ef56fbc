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

/* Where each part begins in a series of their rows before cuts; how many rows there are. */
static size_t place_parts(const rnn_series *series, const size_t *cuts, size_t *starts)
{
    size_t N = 0;
    for (size_t p = 0; p < series->parts; p++) {
        if (starts)
            starts[p] = N;
        N += cuts[p] - series->starts[p];
    }
    return N;
}

static rnn_status make_parts(const rnn_series *series, const size_t *cuts, rnn_series *out)
{
    rnn_status status;
    free(out->starts);
    free(out->ends);
    out->ends = NULL;
    RNN_TRY(RNN_NEW(out->starts, series->parts + 1));
    RNN_TRY(RNN_NEW(out->ends, series->parts));
    if (series->ids)
        RNN_TRY(RNN_NEW(out->ids, series->parts));
    out->parts = series->parts;
    out->starts[out->parts] = place_parts(series, cuts, out->starts);
    memcpy(out->ends, out->starts + 1, out->parts * sizeof *out->ends);
    for (size_t p = 0; series->ids && p < series->parts; p++)
        RNN_TRY(RNN_COPY_TEXT(out->ids[p], series->ids[p]));
fail:
    return status;
}

rnn_status rnn_series_before(const rnn_series *series, const size_t *cuts, rnn_series **out)
{
    const size_t width = series->columns;
    const int64_t *times = series->times;
    rnn_status status;
    rnn_series *s = NULL;
    *out = NULL;
    RNN_TRY(rnn_series_new(series->source, place_parts(series, cuts, NULL), width, series->targets, &s));
    s->known = series->known;
    s->style = series->style;
    s->step = series->step;
    memcpy(s->kinds, series->kinds, width * sizeof *s->kinds);
    for (size_t i = 0; i < width; i++)
        RNN_TRY(RNN_COPY_TEXT(s->names[i], series->names[i]));
    RNN_TRY(make_parts(series, cuts, s));
    if (times)
        RNN_TRY(RNN_NEW(s->times, s->N));
    for (size_t p = 0; p < s->parts; p++) {
        const size_t from = series->starts[p], to = s->starts[p], rows = cuts[p] - from;
        memcpy(s->values + to * width, series->values + from * width, rows * width * sizeof *s->values);
        if (times)
            memcpy(s->times + to, times + from, rows * sizeof *times);
    }
    if (series->time_name)
        RNN_TRY(RNN_COPY_TEXT(s->time_name, series->time_name));
    if (series->id_name)
        RNN_TRY(RNN_COPY_TEXT(s->id_name, series->id_name));
    *out = s;
    s = NULL;
fail:
    rnn_series_free(s);
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

double rnn_series_last(const rnn_series *series, size_t row, size_t target, size_t since, double before)
{
    while (row > since) {
        const double value = series->values[--row * series->columns + target];
        if (!isnan(value))
            return value;
    }
    return before;
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
