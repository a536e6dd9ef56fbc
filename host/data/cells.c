/* SPDX-License-Identifier: MIT
 * cells.c - missing cells, and the columns that no file has: masks and the calendar's
 */
#include "base/count.h"
#include "base/memory.h"
#include "base/trig.h"
#include "data/number.h"
#include "data/series.h"
#include "data/settle.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Missing cells ------------------------------------------------------------------------------------------------- */

/* Rows [starts[p], end): a column that is known ahead has values in the future too. */
static size_t end_of(const rnn_series *series, size_t p, size_t column)
{
    return column >= series->columns - series->known ? series->starts[p + 1] : series->ends[p];
}

static bool is_missing(const rnn_series *series, size_t row, size_t column)
{
    return isnan(series->values[row * series->columns + column]);
}

static rnn_status fail_missing(const rnn_series *series, size_t row, size_t column)
{
    const char *future = row >= series->ends[rnn_series_part(series, row)] ? " in a row of the future" : "";
    return rnn_fail(RNN_BAD_DATA,
                    "%s, column \"%s\": empty cell%s; every value in use must be a number (" RNN_MISSING_HELP ")",
                    rnn_series_place(series, row).text, rnn_show_string(series->names[column]).text, future);
}

static rnn_status fail_leading(const rnn_series *series, size_t row, size_t column, const char *policy,
                               const char *side)
{
    return rnn_fail(
        RNN_BAD_DATA,
        "%s, column \"%s\": empty cell, and its series has no value %s it for --missing %s; remove the row, or use "
        "--missing drop or mask",
        rnn_series_place(series, row).text, rnn_show_string(series->names[column]).text, side, policy);
}

/* value(i) of a gap's rows first - 1 < i < end, on the line between the values at both sides of it. */
static void draw_line(rnn_series *series, size_t first, size_t end, size_t column)
{
    const double *values = series->values + column;
    const double from = values[(first - 1) * series->columns], to = values[end * series->columns];
    const double steps = (double)(end - first + 1);
    for (size_t i = first; i < end; i++)
        series->values[i * series->columns + column] = from + (to - from) * ((double)(i - first + 1) / steps);
}

/* Rows [first, end) of a column are missing, in part p. */
static rnn_status fill_gap(rnn_series *series, size_t p, size_t first, size_t end, size_t column, rnn_missing policy)
{
    const size_t width = series->columns;
    const char *name = policy == RNN_MISSING_FFILL ? "ffill" : "interpolate";
    if (first == series->starts[p])
        return fail_leading(series, first, column, name, "before");
    if (policy == RNN_MISSING_INTERPOLATE) {
        if (end == end_of(series, p, column))
            return fail_leading(series, first, column, name, "behind");
        draw_line(series, first, end, column);
        return RNN_OK;
    }
    for (size_t i = first; i < end; i++)
        series->values[i * width + column] = series->values[(first - 1) * width + column];
    return RNN_OK;
}

static rnn_status fill_column(rnn_series *series, size_t column, rnn_missing policy, size_t *filled)
{
    rnn_status status = RNN_OK;
    *filled = 0;
    for (size_t p = 0; p < series->parts; p++) {
        const size_t stop = end_of(series, p, column);
        for (size_t i = series->starts[p]; i < stop; i++) {
            size_t end = i;
            while (end < stop && is_missing(series, end, column))
                end++;
            if (end == i)
                continue;
            RNN_TRY(fill_gap(series, p, i, end, column, policy));
            *filled += end - i;
            i = end;
        }
    }
fail:
    return status;
}

/* What is measured against values that nobody measured is announced. */
static rnn_status fill_columns(rnn_series *series, rnn_missing policy)
{
    rnn_status status = RNN_OK;
    for (size_t c = 0; c < series->columns; c++) {
        size_t filled;
        RNN_TRY(fill_column(series, c, policy, &filled));
        if (filled == 0 || c >= series->targets)
            continue;
        series->filled += filled;
        rnn_notice("%s: %s of target \"%s\" %s filled in%s; errors are measured against %s, too", series->source,
                   rnn_count(filled, "missing cell").text, rnn_show_string(series->names[c]).text,
                   filled == 1 ? "was" : "were",
                   policy == RNN_MISSING_INTERPOLATE ? " from the values at both sides of them, later ones too" : "",
                   filled == 1 ? "it" : "them");
    }
fail:
    return status;
}

/* First row of a column's first missing cell; N: none is. */
static size_t first_missing(const rnn_series *series, size_t column)
{
    for (size_t p = 0; p < series->parts; p++)
        for (size_t i = series->starts[p]; i < end_of(series, p, column); i++)
            if (is_missing(series, i, column))
                return i;
    return series->N;
}

static rnn_status refuse_missing(const rnn_series *series)
{
    size_t row = series->N, column = 0;
    for (size_t c = 0; c < series->columns; c++) {
        const size_t found = first_missing(series, c);
        if (found < row) {
            row = found;
            column = c;
        }
    }
    return row < series->N ? fail_missing(series, row, column) : RNN_OK;
}

static size_t count_missing(const rnn_series *series, size_t column)
{
    size_t count = 0;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t i = series->starts[p]; i < end_of(series, p, column); i++)
            count += is_missing(series, i, column);
    return count;
}

/* A choice that was left to the data is announced, with the place of the first gap. */
static void announce_masks(const rnn_series *series)
{
    for (size_t c = 0; c < series->columns; c++) {
        const size_t count = count_missing(series, c);
        if (count)
            rnn_notice("%s, column \"%s\": %s%s: masked (--missing has other ways)",
                       rnn_series_place(series, first_missing(series, c)).text, rnn_show_string(series->names[c]).text,
                       count > 1 ? "the first of " : "", rnn_count(count, "missing cell").text);
    }
}

/* ---- Further columns ----------------------------------------------------------------------------------------------- */

typedef struct added_column {
    rnn_column_kind kind;
    size_t of; /* column of the file, or of which it is the mask */
    unsigned feature;
    bool cosine;
} added_column;

static const struct {
    unsigned bit;
    const char *name;
} features[] = {{RNN_CALENDAR_MINUTE, "minute"}, {RNN_CALENDAR_HOUR, "hour"},   {RNN_CALENDAR_WEEKDAY, "weekday"},
                {RNN_CALENDAR_DAY, "day"},       {RNN_CALENDAR_MONTH, "month"}, {RNN_CALENDAR_YEARDAY, "yearday"},
                {RNN_CALENDAR_AUTO, "auto"}};
#define FEATURES (sizeof features / sizeof *features)

rnn_status rnn_calendar_set(const char *const *names, unsigned *out)
{
    char list[128] = "";
    *out = 0;
    for (; *names; names++) {
        size_t i = 0;
        while (i < FEATURES && strcmp(features[i].name, *names) != 0)
            i++;
        if (i < FEATURES) {
            *out |= features[i].bit;
            continue;
        }
        for (i = 0; i < FEATURES; i++)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", features[i].name);
        return rnn_fail(RNN_USAGE, "the calendar has no \"%s\"; there is %s", rnn_show_string(*names).text, list);
    }
    return RNN_OK;
}

static const char *const waves[] = {" sine", " cosine"};

/* The place in the feature's period, 0 <= place < 1. */
static double place_of(unsigned feature, int64_t time)
{
    const rnn_civil civil = rnn_civil_of(time);
    const rnn_civil new_year = {civil.year, 1, 1, 0}, next = {civil.year + 1, 1, 1, 0};
    const int64_t start = rnn_civil_time(&new_year), day = RNN_DAY_SECONDS;
    const int64_t days = (time - civil.second - start) / day, year = (rnn_civil_time(&next) - start) / day;
    switch (feature) {
    case RNN_CALENDAR_MINUTE:
        return civil.second % 3600 / 3600.0;
    case RNN_CALENDAR_HOUR:
        return civil.second / (double)RNN_DAY_SECONDS;
    case RNN_CALENDAR_WEEKDAY:
        return rnn_weekday(time) / 7.0;
    case RNN_CALENDAR_DAY:
        return (civil.day - 1) / (double)rnn_days_in_month(civil.year, civil.month);
    case RNN_CALENDAR_MONTH:
        return (civil.month - 1) / 12.0;
    default:
        return (double)days / (double)year;
    }
}

/* "month sine": feature and wave of a calendar column's name. */
static unsigned feature_of(const char *name, bool *cosine)
{
    for (size_t i = 0; i < FEATURES; i++)
        for (int wave = 0; wave < 2; wave++) {
            const size_t length = strlen(features[i].name);
            *cosine = wave == 1;
            if (strncmp(name, features[i].name, length) == 0 && strcmp(name + length, waves[wave]) == 0)
                return features[i].bit;
        }
    return 0;
}

unsigned rnn_series_calendar(const char *const *names, const rnn_column_kind *kinds, size_t columns)
{
    unsigned set = 0;
    bool cosine;
    for (size_t c = 0; c < columns; c++)
        if (kinds[c] == RNN_COLUMN_CALENDAR)
            set |= feature_of(names[c], &cosine);
    return set;
}

void rnn_calendar_fill(const rnn_series *series, const int64_t *times, size_t rows, double *values)
{
    for (size_t c = 0; c < series->columns; c++) {
        bool cosine = false;
        const unsigned feature = series->kinds[c] == RNN_COLUMN_CALENDAR ? feature_of(series->names[c], &cosine) : 0;
        for (size_t i = 0; feature && i < rows; i++) {
            const double place = place_of(feature, times[i] + (int64_t)series->style.offset * 60);
            values[i * series->columns + c] = cosine ? rnn_cosine_of_turn(place) : rnn_sine_of_turn(place);
        }
    }
}

void rnn_series_fill_calendar(rnn_series *series, size_t first, size_t end)
{
    if (series->times)
        rnn_calendar_fill(series, series->times + first, end - first, series->values + first * series->columns);
}

static bool is_listed(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

/* A model's masks are there whatever becomes of the gaps. */
static bool has_masks(const rnn_read_options *options)
{
    if (options->masks)
        return options->masks[0] != NULL;
    return options->missing == RNN_MISSING_MASK || options->missing == RNN_MISSING_AUTO;
}

/* Columns [first, end) of the file, then the masks of those that have one. */
static size_t plan_columns(const rnn_series *series, const rnn_read_options *options, size_t first, size_t end,
                           added_column *plan)
{
    size_t count = 0;
    for (size_t c = first; c < end; c++)
        plan[count++] = (added_column){RNN_COLUMN_FILE, c, 0, false};
    for (size_t c = first; c < end && has_masks(options); c++)
        if (options->masks ? is_listed(options->masks, series->names[c]) : first_missing(series, c) < series->N)
            plan[count++] = (added_column){RNN_COLUMN_MASK, c, 0, false};
    return count;
}

static rnn_status name_column(const rnn_series *series, const added_column *column, char **name)
{
    const char *first = "", *second = RNN_MASK_SUFFIX;
    for (size_t i = 0; i < FEATURES && column->kind == RNN_COLUMN_CALENDAR; i++)
        if (features[i].bit == column->feature) {
            first = features[i].name;
            second = waves[column->cosine];
        }
    if (column->kind == RNN_COLUMN_MASK)
        first = series->names[column->of];
    const size_t size = strlen(first) + strlen(second) + 1;
    if (!(*name = rnn_calloc(size, 1, "a column's name")))
        return RNN_NO_MEMORY;
    snprintf(*name, size, "%s%s", first, second);
    return RNN_OK;
}

/* The series' rows with these columns; those of the file keep their names, whose owner changes. */
static rnn_status rebuild(rnn_series *series, const added_column *plan, size_t count)
{
    const size_t N = series->N, width = series->columns;
    double *values = NULL;
    char **names = NULL;
    rnn_column_kind *kinds = NULL;
    size_t made = 0;
    rnn_status status;
    RNN_TRY(RNN_NEW(values, N * count));
    RNN_TRY(RNN_NEW(kinds, count));
    RNN_TRY(RNN_NEW(names, count));
    for (; made < count; made++)
        if (plan[made].kind != RNN_COLUMN_FILE)
            RNN_TRY(name_column(series, &plan[made], &names[made]));
    for (size_t c = 0; c < count; c++) {
        kinds[c] = plan[c].kind;
        if (plan[c].kind == RNN_COLUMN_FILE)
            names[c] = series->names[plan[c].of];
        for (size_t i = 0; plan[c].kind != RNN_COLUMN_CALENDAR && i < N; i++) {
            const double value = series->values[i * width + plan[c].of];
            values[i * count + c] = plan[c].kind == RNN_COLUMN_FILE ? value : isnan(value) ? 1.0 : 0.0;
        }
    }
    free(series->values);
    free(series->names);
    free(series->kinds);
    series->values = values;
    series->names = names;
    series->kinds = kinds;
    series->columns = count;
    return RNN_OK;
fail:
    for (size_t c = 0; names && c < made; c++)
        free(names[c]);
    free(names);
    free(kinds);
    free(values);
    return status;
}

/* What a calendar can say about rows of this step. */
static unsigned chosen_calendar(const rnn_step *step)
{
    const int64_t day = RNN_DAY_SECONDS, count = step->count;
    if (step->unit == RNN_STEP_MONTHS)
        return count % 12 == 0 ? 0 : RNN_CALENDAR_MONTH;
    if (step->unit == RNN_STEP_SECONDS && count < 3600)
        return RNN_CALENDAR_MINUTE | RNN_CALENDAR_HOUR | RNN_CALENDAR_WEEKDAY;
    if (step->unit == RNN_STEP_SECONDS && count < day)
        return RNN_CALENDAR_HOUR | RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY;
    if (step->unit == RNN_STEP_SECONDS && count % (7 * day) == 0)
        return RNN_CALENDAR_YEARDAY;
    return RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY;
}

static rnn_status choose_calendar(const rnn_series *series, unsigned *set)
{
    if (*set && !series->times)
        return rnn_fail(RNN_USAGE, "%s: --calendar needs a column of times; name it with --time", series->source);
    if (!(*set & RNN_CALENDAR_AUTO))
        return RNN_OK;
    *set = (*set & ~(unsigned)RNN_CALENDAR_AUTO) | chosen_calendar(&series->step);
    if (*set == 0)
        return rnn_fail(RNN_USAGE,
                        "%s: the calendar says nothing about rows that are years apart; drop --calendar auto",
                        series->source);
    return RNN_OK;
}

static rnn_status add_columns(rnn_series *series, const rnn_read_options *options)
{
    const size_t width = series->columns, past = width - series->known;
    added_column *plan = NULL;
    size_t count, ahead;
    rnn_status status;
    unsigned calendar = options->calendar;
    if (!calendar && !has_masks(options))
        return RNN_OK;
    RNN_TRY(choose_calendar(series, &calendar));
    RNN_TRY(RNN_NEW(plan, 2 * width + 2 * FEATURES));
    count = plan_columns(series, options, 0, past, plan);
    ahead = plan_columns(series, options, past, width, plan + count);
    for (size_t i = 0; i < FEATURES; i++)
        for (int wave = 0; wave < 2 && calendar & features[i].bit; wave++)
            plan[count + ahead++] = (added_column){RNN_COLUMN_CALENDAR, 0, features[i].bit, wave == 1};
    if (count + ahead == width)
        goto fail; /* nothing to add, which is no failure */
    RNN_TRY(rebuild(series, plan, count + ahead));
    series->known = ahead;
    rnn_series_fill_calendar(series, 0, series->N);
fail:
    free(plan);
    return status;
}

rnn_status rnn_series_settle_cells(rnn_series *series, const rnn_read_options *options)
{
    const rnn_missing policy = options->missing;
    rnn_status status = RNN_OK;
    if (policy == RNN_MISSING_ERROR && series->known) /* else the reader has done so */
        RNN_TRY(refuse_missing(series));
    if (policy == RNN_MISSING_FFILL || policy == RNN_MISSING_INTERPOLATE)
        RNN_TRY(fill_columns(series, policy));
    if (policy == RNN_MISSING_AUTO && !options->masks)
        announce_masks(series);
    status = add_columns(series, options);
fail:
    return status;
}
