/* SPDX-License-Identifier: MIT
 * settle.c - the rows of a table as series; settle.h has the way
 */
#include "data/settle.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/series.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_TIME INT64_MIN /* of a row that was put in */

/* ---- Rows to other places ------------------------------------------------------------------------------------------ */

static rnn_status spread_values(rnn_series *series, const size_t *place, size_t N)
{
    const size_t width = series->columns;
    double *values = NULL;
    size_t count;
    rnn_status status;
    if (__builtin_mul_overflow(N, width, &count))
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: %zu rows of %zu columns", series->source, N, width);
    RNN_TRY(RNN_NEW(values, count));
    for (size_t i = 0; i < count; i++)
        values[i] = (double)NAN;
    for (size_t i = 0; i < series->N; i++)
        memcpy(values + place[i] * width, series->values + i * width, width * sizeof *values);
    free(series->values);
    series->values = values;
fail:
    return status;
}

/* Row i goes to row place[i] of N; the others are rows of NAN, without line and time. starts and ends are left as they are. */
static rnn_status spread(rnn_series *series, const size_t *place, size_t N)
{
    int64_t *times = NULL;
    uint32_t *lines = NULL;
    rnn_status status;
    if (series->times)
        RNN_TRY(RNN_NEW(times, N));
    if (series->lines)
        RNN_TRY(RNN_NEW(lines, N));
    for (size_t i = 0; times && i < N; i++)
        times[i] = NO_TIME;
    for (size_t i = 0; i < series->N; i++) {
        if (times)
            times[place[i]] = series->times[i];
        if (lines)
            lines[place[i]] = series->lines[i];
    }
    RNN_TRY(spread_values(series, place, N));
    free(series->times);
    free(series->lines);
    series->times = times;
    series->lines = lines;
    series->N = N;
    return RNN_OK;
fail:
    free(times);
    free(lines);
    return status;
}

/* ---- Series told apart --------------------------------------------------------------------------------------------- */

static bool is_sorted(const uint32_t *part, size_t N)
{
    for (size_t i = 1; i < N; i++)
        if (part[i] < part[i - 1])
            return false;
    return true;
}

/* The rows of each id together, in the order of the file. */
static rnn_status group_rows(rnn_series *series, const uint32_t *part)
{
    size_t *next = NULL, *place = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(next, series->parts));
    RNN_TRY(RNN_NEW(place, series->N));
    memcpy(next, series->starts, series->parts * sizeof *next);
    for (size_t i = 0; i < series->N; i++)
        place[i] = next[part[i]]++;
    status = spread(series, place, series->N);
fail:
    free(place);
    free(next);
    return status;
}

static rnn_status tell_apart(rnn_series *series, rnn_ids *ids, const uint32_t *part)
{
    rnn_status status;
    free(series->starts);
    free(series->ends);
    series->starts = series->ends = NULL;
    series->parts = part ? ids->count : 1;
    RNN_TRY(RNN_NEW(series->starts, series->parts + 1));
    RNN_TRY(RNN_NEW(series->ends, series->parts));
    series->starts[series->parts] = part ? 0 : series->N;
    for (size_t i = 0; part && i < series->N; i++)
        series->starts[part[i] + 1]++;
    for (size_t p = 1; part && p <= series->parts; p++)
        series->starts[p] += series->starts[p - 1];
    if (!part)
        return RNN_OK;
    series->ids = ids->texts;
    ids->texts = NULL;
    ids->count = 0;
    if (!is_sorted(part, series->N))
        status = group_rows(series, part);
fail:
    return status;
}

/* ---- Times --------------------------------------------------------------------------------------------------------- */

/* "x.csv:7: 2001-02-03 (id "a")" and the like begin here: the row, its time and the one before it. */
typedef struct time_pair {
    char before[RNN_TIME_TEXT], found[RNN_TIME_TEXT], line[64];
} time_pair;

static time_pair pair_at(const rnn_series *series, size_t row)
{
    time_pair pair = {{0}, {0}, {0}};
    rnn_time_write(&series->style, series->times[row - 1], pair.before, sizeof pair.before);
    rnn_time_write(&series->style, series->times[row], pair.found, sizeof pair.found);
    if (series->lines)
        snprintf(pair.line, sizeof pair.line, " (line %u)", series->lines[row - 1]);
    return pair;
}

static rnn_status check_order(const rnn_series *series, size_t row)
{
    const time_pair pair = pair_at(series, row);
    if (series->times[row] > series->times[row - 1])
        return RNN_OK;
    if (series->times[row] == series->times[row - 1])
        return rnn_fail(
            RNN_BAD_DATA,
            "%s: %s is there twice, first in the row before%s; remove one of them%s; --time none takes rows as "
            "they come",
            rnn_series_place(series, row).text, pair.found, pair.line,
            series->ids ? "" : ", or name the column that tells several series apart with --id");
    return rnn_fail(
        RNN_BAD_DATA,
        "%s: %s comes after %s%s; rows must be in ascending order of time: sort the file%s; --time none takes "
        "rows as they come",
        rnn_series_place(series, row).text, pair.found, pair.before, pair.line,
        series->ids ? "" : ", or name the column that tells several series apart with --id");
}

/* Rows missing before this one; what is off the step is refused. */
static rnn_status measure_gap(const rnn_series *series, size_t row, bool allowed, size_t *missing)
{
    const size_t steps = rnn_step_between(&series->step, series->times[row - 1], series->times[row]);
    char step[64];
    const time_pair pair = pair_at(series, row);
    *missing = steps ? steps - 1 : 0;
    if (steps == 1 || (steps > 1 && allowed))
        return RNN_OK;
    rnn_step_write(&series->step, step, sizeof step);
    if (steps == 0)
        return rnn_fail(
            RNN_BAD_DATA,
            "%s: from %s%s to %s is no whole number of steps, the step being %s; correct the times, or take rows "
            "as they come with --time none",
            rnn_series_place(series, row).text, pair.before, pair.line, pair.found, step);
    return rnn_fail(
        RNN_BAD_DATA,
        "%s: between %s%s and %s %zu %s missing, the step being %s; --missing drop, ffill, interpolate or mask "
        "takes them as rows of missing cells, --time none takes rows as they come",
        rnn_series_place(series, row).text, pair.before, pair.line, pair.found, steps - 1,
        steps == 2 ? "row is" : "rows are", step);
}

/* place (N): where each row goes once there is room for the missing ones; starts are moved along. */
static rnn_status find_gaps(rnn_series *series, bool allowed, size_t *place, size_t *added)
{
    rnn_status status = RNN_OK;
    *added = 0;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t first = series->starts[p], end = series->starts[p + 1];
        for (size_t i = first; i < end; i++) {
            size_t missing = 0;
            if (i > first)
                RNN_TRY(measure_gap(series, i, allowed, &missing));
            if (missing > series->N - *added)
                return rnn_fail(
                    RNN_BAD_DATA,
                    "%s: up to here %zu rows and more would have to be filled in, and the file has only %zu; "
                    "correct the times, or take rows as they come with --time none",
                    rnn_series_place(series, i).text, *added + missing, series->N);
            *added += missing;
            place[i] = i + *added;
        }
    }
fail:
    return status;
}

static void date_added_rows(rnn_series *series, size_t first, size_t end)
{
    for (size_t i = first + 1; i < end; i++)
        if (series->times[i] == NO_TIME)
            series->times[i] = rnn_step_after(&series->step, series->times[i - 1], 1);
}

/* Where the first of the rows is that were put in; 0: not in a text. */
static unsigned line_before_gap(const rnn_series *series)
{
    size_t row = 1; /* a series begins with a row of the file */
    while (series->lines && row < series->N && series->lines[row])
        row++;
    return series->lines && row < series->N ? series->lines[row - 1] : 0;
}

static void tell_gaps(const rnn_series *series, size_t added)
{
    char where[64] = "";
    const unsigned line = line_before_gap(series);
    if (line)
        snprintf(where, sizeof where, ", %sbehind line %u", added == 1 ? "" : "the first ", line);
    rnn_notice("%s: the times leave out %s%s, taken as %s of missing cells", series->source,
               rnn_count(added, "row").text, where, added == 1 ? "one" : "rows");
}

static rnn_status fill_gaps(rnn_series *series, bool allowed)
{
    const size_t N = series->N;
    size_t *place = NULL, added;
    rnn_status status;
    RNN_TRY(RNN_NEW(place, N));
    RNN_TRY(find_gaps(series, allowed, place, &added));
    if (added == 0)
        goto fail;
    RNN_TRY(spread(series, place, N + added));
    for (size_t p = 0; p < series->parts; p++)
        series->starts[p] = place[series->starts[p]];
    series->starts[series->parts] = N + added;
    for (size_t p = 0; p < series->parts; p++)
        date_added_rows(series, series->starts[p], series->starts[p + 1]);
    tell_gaps(series, added);
fail:
    free(place);
    return status;
}

static rnn_status settle_times(rnn_series *series, const rnn_read_options *options)
{
    rnn_status status = RNN_OK;
    char step[64], first[RNN_TIME_TEXT];
    if (!series->times)
        return RNN_OK;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t i = series->starts[p] + 1; i < series->starts[p + 1]; i++)
            RNN_TRY(check_order(series, i));
    series->step = rnn_step_find(series->times, series->starts, series->parts);
    if (series->step.unit != RNN_STEP_NONE)
        RNN_TRY(fill_gaps(series, options->missing != RNN_MISSING_ERROR));
    if (!options->time && series->lines) { /* found in a text */
        rnn_step_write(&series->step, step, sizeof step);
        rnn_time_write(&series->style, series->times[0], first, sizeof first);
        rnn_notice(
            "%s: column \"%s\" is taken as times, from %s on in steps of %s; --time none takes rows as they come",
            series->source, rnn_show_string(series->time_name).text, first, step);
    }
fail:
    return status;
}

/* ---- Past and future ----------------------------------------------------------------------------------------------- */

static bool has_target(const rnn_series *series, size_t row)
{
    for (size_t o = 0; o < series->targets; o++)
        if (!isnan(series->values[row * series->columns + o]))
            return true;
    return false;
}

/* The rows behind the last one with a target: what the features would say there nobody may know. */
static void find_future(rnn_series *series, size_t p)
{
    const size_t past = series->columns - series->known;
    size_t end = series->starts[p + 1];
    if (series->known)
        while (end > series->starts[p] && !has_target(series, end - 1))
            end--;
    series->ends[p] = end;
    for (size_t i = end; i < series->starts[p + 1]; i++)
        for (size_t c = 0; c < past; c++)
            series->values[i * series->columns + c] = (double)NAN;
}

rnn_status rnn_series_settle(rnn_series *series, rnn_ids *ids, const uint32_t *part, const rnn_read_options *options)
{
    rnn_status status;
    RNN_TRY(tell_apart(series, ids, part));
    RNN_TRY(settle_times(series, options));
    for (size_t p = 0; p < series->parts; p++)
        find_future(series, p);
    status = rnn_series_settle_cells(series, options);
fail:
    return status;
}

rnn_status rnn_series_extend(rnn_series *series, size_t rows)
{
    const size_t N = series->N;
    size_t *place = NULL, added;
    rnn_status status;
    for (size_t c = series->columns - series->known; c < series->columns; c++)
        if (series->kinds[c] != RNN_COLUMN_CALENDAR)
            return rnn_fail(
                RNN_CONFIG,
                "%s: column \"%s\" is known ahead, and its values after the last row have to be in the file, in "
                "rows that leave the targets empty",
                series->source, rnn_show_string(series->names[c]).text);
    if (__builtin_mul_overflow(rows, series->parts, &added) || __builtin_add_overflow(added, N, &added))
        return rnn_fail(RNN_NO_MEMORY, "%s: %zu more rows are more than can be counted", series->source, rows);
    RNN_TRY(RNN_NEW(place, N));
    for (size_t p = 0; p < series->parts; p++)
        for (size_t i = series->starts[p]; i < series->starts[p + 1]; i++)
            place[i] = i + p * rows;
    RNN_TRY(spread(series, place, added));
    for (size_t p = 0; p < series->parts; p++) {
        const size_t end = series->starts[p + 1] + p * rows;
        series->starts[p] += p * rows;
        series->ends[p] += p * rows;
        for (size_t i = 0; series->times && i < rows; i++)
            series->times[end + i] = rnn_step_after(&series->step, series->times[end - 1], i + 1);
        rnn_series_fill_calendar(series, end, end + rows);
    }
    series->starts[series->parts] = added;
fail:
    free(place);
    return status;
}
