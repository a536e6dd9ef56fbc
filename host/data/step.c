/* SPDX-License-Identifier: MIT
 * step.c - the regular step of a series' times: found, gone, and put into words
 */
#include "data/time.h"

#include <stdio.h>

/* ---- Units --------------------------------------------------------------------------------------------------------- */

static int64_t month_of(int64_t time)
{
    const rnn_civil civil = rnn_civil_of(time);
    return civil.year * 12 + civil.month - 1;
}

/* Mondays to Fridays since 1970, for a time on one of these. */
static int64_t workday_of(int64_t time)
{
    const int weekday = rnn_weekday(time);
    const int64_t monday = time - (int64_t)weekday * RNN_DAY_SECONDS, first = 4 * (int64_t)RNN_DAY_SECONDS;
    const int64_t since = monday - first, week = 7 * (int64_t)RNN_DAY_SECONDS;
    return (since / week - (since % week < 0)) * 5 + weekday;
}

/* What the unit counts, from an origin of its own. */
static int64_t units_of(int unit, int64_t time)
{
    return unit == RNN_STEP_MONTHS ? month_of(time) : unit == RNN_STEP_WORKDAYS ? workday_of(time) : time;
}

static int anchored_day(const rnn_civil *civil, int day)
{
    const int last = rnn_days_in_month(civil->year, civil->month);
    return day < last ? day : last;
}

/* ---- Finding ------------------------------------------------------------------------------------------------------- */

typedef struct step_rows {
    const int64_t *times;
    const size_t *starts;
    size_t parts;
} step_rows;

/* The difference of more than half of the neighbours (Boyer and Moore's vote, then a count), else the smallest; 0: no neighbours. */
static int64_t usual_difference(const step_rows *rows, int unit, bool *always)
{
    int64_t candidate = 0, smallest = INT64_MAX;
    size_t votes = 0, having = 0, all = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t part = 0; part < rows->parts; part++)
            for (size_t i = rows->starts[part] + 1; i < rows->starts[part + 1]; i++) {
                const int64_t difference = units_of(unit, rows->times[i]) - units_of(unit, rows->times[i - 1]);
                if (pass == 1) {
                    having += difference == candidate;
                    continue;
                }
                all++;
                smallest = difference < smallest ? difference : smallest;
                if (votes == 0)
                    candidate = difference;
                votes += difference == candidate ? 1 : (size_t)-1;
            }
    *always = having == all;
    return all == 0 ? 0 : having > all / 2 ? candidate : smallest;
}

/* All rows on the same day of their months, and at the same time of day. */
static bool stand_on_a_day(const step_rows *rows, int *day)
{
    const size_t N = rows->starts[rows->parts];
    const int second = rnn_civil_of(rows->times[0]).second;
    *day = 0;
    for (size_t i = 0; i < N; i++) {
        const rnn_civil civil = rnn_civil_of(rows->times[i]);
        *day = civil.day > *day ? civil.day : *day;
        if (civil.second != second)
            return false;
    }
    for (size_t i = 0; i < N; i++) {
        const rnn_civil civil = rnn_civil_of(rows->times[i]);
        if (civil.day != anchored_day(&civil, *day))
            return false;
    }
    return true;
}

/* Never on a Saturday or Sunday, and from a Friday on to the Monday: without one there is nothing to explain. */
static bool are_workdays(const step_rows *rows)
{
    const size_t N = rows->starts[rows->parts];
    bool bridged = false;
    for (size_t i = 0; i < N; i++) {
        if (rnn_weekday(rows->times[i]) > 4 || (rows->times[i] - rows->times[0]) % RNN_DAY_SECONDS != 0)
            return false;
        bridged |=
            i > 0 && rnn_weekday(rows->times[i]) == 0 && rows->times[i] - rows->times[i - 1] == 3 * RNN_DAY_SECONDS;
    }
    return bridged;
}

rnn_step rnn_step_find(const int64_t *times, const size_t *starts, size_t parts)
{
    const step_rows rows = {times, starts, parts};
    bool always;
    int day;
    const int64_t seconds = usual_difference(&rows, RNN_STEP_SECONDS, &always);
    if (seconds == 0)
        return (rnn_step){RNN_STEP_NONE, 0, 0};
    if (stand_on_a_day(&rows, &day)) {
        const int64_t months = usual_difference(&rows, RNN_STEP_MONTHS, &always);
        if (months > 0)
            return (rnn_step){RNN_STEP_MONTHS, months, day};
    }
    if (!always && seconds == RNN_DAY_SECONDS && are_workdays(&rows))
        return (rnn_step){RNN_STEP_WORKDAYS, 1, 0};
    return (rnn_step){RNN_STEP_SECONDS, seconds, 0};
}

/* ---- Going --------------------------------------------------------------------------------------------------------- */

size_t rnn_step_between(const rnn_step *step, int64_t from, int64_t to)
{
    const int64_t units = units_of(step->unit, to) - units_of(step->unit, from);
    return step->count > 0 && units > 0 && units % step->count == 0 ? (size_t)(units / step->count) : 0;
}

int64_t rnn_step_after(const rnn_step *step, int64_t from, size_t count)
{
    const int64_t units = (int64_t)count * step->count;
    if (step->unit == RNN_STEP_WORKDAYS) {
        const int64_t days = rnn_weekday(from) + units;
        return from + (days / 5 * 7 + days % 5 - rnn_weekday(from)) * RNN_DAY_SECONDS;
    }
    if (step->unit != RNN_STEP_MONTHS)
        return from + units;
    const int64_t month = month_of(from) + units;
    rnn_civil civil = {.year = month / 12, .month = (int)(month % 12) + 1, .second = rnn_civil_of(from).second};
    civil.day = anchored_day(&civil, step->day);
    return rnn_civil_time(&civil);
}

void rnn_step_write(const rnn_step *step, char *text, size_t size)
{
    static const struct {
        int unit;
        int64_t count;
        const char *name;
    } units[] = {{RNN_STEP_MONTHS, 12, "year"},         {RNN_STEP_MONTHS, 3, "quarter"},
                 {RNN_STEP_MONTHS, 1, "month"},         {RNN_STEP_WORKDAYS, 1, "working day"},
                 {RNN_STEP_SECONDS, 7 * 86400, "week"}, {RNN_STEP_SECONDS, RNN_DAY_SECONDS, "day"},
                 {RNN_STEP_SECONDS, 3600, "hour"},      {RNN_STEP_SECONDS, 60, "minute"},
                 {RNN_STEP_SECONDS, 1, "second"}};
    snprintf(text, size, "unknown");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == (int)step->unit && step->count % units[i].count == 0) {
            const long long count = step->count / units[i].count;
            snprintf(text, size, "%lld %s%s", count, units[i].name, count == 1 ? "" : "s");
            return;
        }
}
