/* SPDX-License-Identifier: MIT
 * time.c - the calendar, and the ways to write a time; days are counted as Howard Hinnant's "chrono-compatible low-level date
 * algorithms" do, with March as the first month of a year so that the leap day is its last
 */
#include "data/time.h"

#include <stdio.h>
#include <string.h>

/* ---- The calendar -------------------------------------------------------------------------------------------------- */

static int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t days_of(int64_t year, int month, int day)
{
    const int64_t y = year - (month <= 2), era = floor_divide(y, 400);
    const int64_t of_era = y - era * 400, of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

rnn_civil rnn_civil_of(int64_t time)
{
    const int64_t days = floor_divide(time, RNN_DAY_SECONDS), z = days + 719468, era = floor_divide(z, 146097);
    const int64_t of_era = z - era * 146097;
    const int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
    const int shifted = (int)((5 * of_year + 2) / 153), month = shifted + (shifted < 10 ? 3 : -9);
    return (rnn_civil){.year = y + era * 400 + (month <= 2),
                       .month = month,
                       .day = (int)(of_year - (153 * shifted + 2) / 5) + 1,
                       .second = (int)(time - days * RNN_DAY_SECONDS)};
}

int64_t rnn_civil_time(const rnn_civil *civil)
{
    return days_of(civil->year, civil->month, civil->day) * RNN_DAY_SECONDS + civil->second;
}

int rnn_days_in_month(int64_t year, int month)
{
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 ? 28 + leap : 30 + ((month + (month > 7)) & 1);
}

int rnn_weekday(int64_t time)
{
    const int64_t days = floor_divide(time, RNN_DAY_SECONDS) + 3; /* 1970 began with a Thursday */
    return (int)(days - floor_divide(days, 7) * 7);
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

typedef struct time_text {
    const unsigned char *at, *end;
} time_text;

static size_t digits_ahead(const time_text *text)
{
    size_t count = 0;
    while (text->at + count < text->end && text->at[count] >= '0' && text->at[count] <= '9')
        count++;
    return count;
}

/* Exactly `count` digits, whether more follow or not. */
static bool take_digits(time_text *text, size_t count, int *value)
{
    if (digits_ahead(text) < count)
        return false;
    for (*value = 0; count > 0; count--)
        *value = *value * 10 + (*text->at++ - '0');
    return true;
}

static bool take(time_text *text, char mark)
{
    if (text->at == text->end || *text->at != (unsigned char)mark)
        return false;
    text->at++;
    return true;
}

/* Seconds of a day: hh:mm[:ss[.000]]; fractions other than zero have no place in a step of whole seconds. */
static bool take_clock(time_text *text, rnn_time_style *style, int *second)
{
    int hours, minutes, seconds = 0;
    if (!take_digits(text, 2, &hours) || !take(text, ':') || !take_digits(text, 2, &minutes))
        return false;
    style->seconds = take(text, ':');
    if (style->seconds && !take_digits(text, 2, &seconds))
        return false;
    if (style->seconds && take(text, '.')) {
        size_t zeros = 0;
        while (take(text, '0'))
            zeros++;
        if (zeros == 0)
            return false;
    }
    *second = (hours * 60 + minutes) * 60 + seconds;
    return hours < 24 && minutes < 60 && seconds < 60;
}

static bool take_zone(time_text *text, rnn_time_style *style)
{
    int hours, minutes = 0;
    if (take(text, 'Z')) {
        style->zone = 'Z';
        return true;
    }
    const bool west = take(text, '-');
    if (!west && !take(text, '+'))
        return true;
    if (!take_digits(text, 2, &hours))
        return false;
    const bool marked = take(text, ':');
    if ((marked || digits_ahead(text)) && !take_digits(text, 2, &minutes))
        return false;
    style->zone = '+';
    style->offset = (hours * 60 + minutes) * (west ? -1 : 1);
    return hours < 24 && minutes < 60;
}

/* Digits alone, of which there are so many: YYYY, YYYYMM, YYYYMMDD, told apart by their number. */
static void take_compact(time_text *text, size_t digits, rnn_time_style *style, rnn_civil *civil)
{
    style->kind = digits == 4 ? RNN_TIME_YEAR : digits == 6 ? RNN_TIME_COMPACT_MONTH : RNN_TIME_COMPACT_DAY;
    if (digits >= 6)
        take_digits(text, 2, &civil->month);
    if (digits == 8)
        take_digits(text, 2, &civil->day);
}

/* What may follow a year's four digits. */
static bool take_rest(time_text *text, rnn_time_style *style, rnn_civil *civil)
{
    int quarter;
    if (take(text, 'Q') || take(text, 'q')) {
        style->kind = RNN_TIME_QUARTER;
        if (!take_digits(text, 1, &quarter) || quarter < 1 || quarter > 4)
            return false;
        civil->month = 3 * quarter - 2;
        return true;
    }
    style->mark = text->at < text->end ? (char)*text->at : '\0';
    if ((!take(text, '-') && !take(text, '/')) || !take_digits(text, 2, &civil->month))
        return false;
    style->kind = RNN_TIME_MONTH;
    if (text->at == text->end)
        return style->mark == '-';
    style->kind = RNN_TIME_DAY;
    if (!take(text, style->mark) || !take_digits(text, 2, &civil->day))
        return false;
    if (text->at == text->end)
        return true;
    style->kind = RNN_TIME_CLOCK;
    style->between = (char)*text->at;
    return (take(text, 'T') || take(text, ' ')) && take_clock(text, style, &civil->second) && take_zone(text, style);
}

bool rnn_time_read(const unsigned char *text, size_t size, rnn_time_style *style, int64_t *time)
{
    time_text rest = {text, text + size};
    rnn_civil civil = {.month = 1, .day = 1};
    int year = 0;
    while (rest.at < rest.end && (*rest.at == ' ' || *rest.at == '\t'))
        rest.at++;
    while (rest.at < rest.end && (rest.end[-1] == ' ' || rest.end[-1] == '\t'))
        rest.end--;
    *style = (rnn_time_style){RNN_TIME_NONE, '\0', '\0', false, '\0', 0};
    const size_t digits = digits_ahead(&rest);
    const bool compact = rest.at + digits == rest.end && (digits == 4 || digits == 6 || digits == 8);
    if (!compact && digits != 4)
        return false;
    take_digits(&rest, 4, &year);
    civil.year = year;
    if (compact)
        take_compact(&rest, digits, style, &civil);
    else if (!take_rest(&rest, style, &civil))
        return false;
    if (rest.at != rest.end || civil.year < 1 || civil.month < 1 || civil.month > 12 || civil.day < 1 ||
        civil.day > rnn_days_in_month(civil.year, civil.month))
        return false;
    *time = rnn_civil_time(&civil) - (int64_t)style->offset * 60;
    return true;
}

bool rnn_time_looks_like_number(const rnn_time_style *style)
{
    return style->kind == RNN_TIME_YEAR || style->kind == RNN_TIME_COMPACT_MONTH;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

static void write_clock(const rnn_time_style *style, const rnn_civil *c, char *text, size_t size)
{
    char seconds[8] = "", zone[16] = "";
    const int offset = style->offset < 0 ? -style->offset : style->offset;
    if (style->seconds || c->second % 60)
        snprintf(seconds, sizeof seconds, ":%02d", c->second % 60);
    if (style->zone == 'Z')
        snprintf(zone, sizeof zone, "Z");
    else if (style->zone)
        snprintf(zone, sizeof zone, "%c%02d:%02d", style->offset < 0 ? '-' : '+', offset / 60, offset % 60);
    snprintf(text, size, "%04lld%c%02d%c%02d%c%02d:%02d%s%s", (long long)c->year, style->mark, c->month, style->mark,
             c->day, style->between, c->second / 3600, c->second / 60 % 60, seconds, zone);
}

void rnn_time_write(const rnn_time_style *style, int64_t time, char *text, size_t size)
{
    const rnn_civil c = rnn_civil_of(time + (int64_t)style->offset * 60);
    const long long year = c.year;
    switch (style->kind) {
    case RNN_TIME_YEAR:
        snprintf(text, size, "%04lld", year);
        return;
    case RNN_TIME_QUARTER:
        snprintf(text, size, "%04lldQ%d", year, (c.month + 2) / 3);
        return;
    case RNN_TIME_MONTH:
        snprintf(text, size, "%04lld%c%02d", year, style->mark, c.month);
        return;
    case RNN_TIME_COMPACT_MONTH:
        snprintf(text, size, "%04lld%02d", year, c.month);
        return;
    case RNN_TIME_DAY:
        snprintf(text, size, "%04lld%c%02d%c%02d", year, style->mark, c.month, style->mark, c.day);
        return;
    case RNN_TIME_COMPACT_DAY:
        snprintf(text, size, "%04lld%02d%02d", year, c.month, c.day);
        return;
    case RNN_TIME_CLOCK:
    case RNN_TIME_NONE:
        break;
    }
    write_clock(style, &c, text, size);
}
