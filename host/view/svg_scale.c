/* SPDX-License-Identifier: MIT
 * svg_scale.c - from values to places on an axis, and the marks that are round numbers or round dates
 */
#include "view/html.h"
#include "view/svg.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define ROOM     0.05   /* of the extent, left free above and below */
#define SMALLEST 1e-300 /* distance of an axis's ends, whose parts must not vanish */
#define FEW      36     /* letters that a phone has room for in a line, those between marks included */
#define DECADE   10     /* largest by smallest from which on factors are shown */

/* ---- Axes ---------------------------------------------------------------------------------------------------------- */

void rnn_svg_extend(rnn_svg_extent *extent, const double *values, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i++) {
        const double value = values[i * stride];
        if (isfinite(value) && value < extent->low)
            extent->low = value;
        if (isfinite(value) && value > extent->high)
            extent->high = value;
    }
}

static double within_doubles(double value)
{
    return value > DBL_MAX ? DBL_MAX : value < -DBL_MAX ? -DBL_MAX : value;
}

rnn_svg_axis rnn_svg_around(const char *name, rnn_svg_extent extent)
{
    rnn_svg_axis axis = {.name = name, .low = 0, .high = 1};
    if (!(extent.low <= extent.high))
        return axis;
    const double size = fmax(fabs(extent.low), fabs(extent.high));
    double room = ROOM * extent.high - ROOM * extent.low; /* the difference itself may be beyond double */
    if (!(room > size * 1e-13))                           /* a constant, up to the digits that marks could tell apart */
        room = size > 0 ? size * 0.1 : 1;
    room = fmax(room, SMALLEST);
    axis.low = within_doubles(extent.low - room);
    axis.high = within_doubles(extent.high + room);
    return axis;
}

rnn_svg_axis rnn_svg_factors(const char *name, rnn_svg_extent extent)
{
    rnn_svg_axis axis = {.name = name, .log = true, .low = extent.low / 1.3, .high = within_doubles(extent.high * 1.3)};
    if (extent.low <= extent.high && axis.low >= DBL_MIN && extent.high / extent.low >= DECADE)
        return axis;
    return rnn_svg_around(name, extent);
}

rnn_svg_axis rnn_svg_rows(const char *name, double first, double last, const rnn_svg_labels *labels)
{
    const bool one = !(first < last);
    return (rnn_svg_axis){
        .name = name, .low = one ? first - 1 : first, .high = one ? first + 1 : last, .whole = true, .labels = labels};
}

double rnn_svg_place(const rnn_svg_axis *axis, double value)
{
    if (axis->log)
        return value > 0 ? (log10(value) - log10(axis->low)) / (log10(axis->high) - log10(axis->low)) : NAN;
    return (value / 2 - axis->low / 2) / (axis->high / 2 - axis->low / 2); /* the whole span may be beyond double */
}

/* ---- Round numbers ------------------------------------------------------------------------------------------------- */

double rnn_svg_step(double low, double high, size_t wanted)
{
    const double least = fmax(high / (double)wanted - low / (double)wanted, DBL_MIN);
    const double half = floor(log10(least) / 2), power = floor(log10(least)) - half;
    const double unit = pow(10, half) * pow(10, power), share = least / unit;
    return unit * (share <= 1.0000001 ? 1 : share <= 2.0000001 ? 2 : share <= 5.0000001 ? 5 : 10);
}

static void put_number(rnn_svg_mark *mark, double value, double largest, double step, bool minor)
{
    mark->value = value;
    mark->minor = minor;
    memcpy(mark->text, rnn_html_mark(value, largest, step).text, sizeof mark->text);
}

static size_t linear_marks(const rnn_svg_axis *axis, size_t wanted, rnn_svg_mark *marks)
{
    double step = rnn_svg_step(axis->low, axis->high, wanted);
    if (axis->whole && step < 1)
        step = 1;
    const double largest = fmax(fabs(axis->low), fabs(axis->high));
    const double begin = ceil(axis->low / step - 1e-9);
    size_t count = 0;
    for (size_t i = 0; count < RNN_SVG_MARKS; i++) {
        const double value = (begin + (double)i) * step;
        if (!(value <= axis->high + step * 1e-9) || !isfinite(value))
            break;
        /* whole numbers are written out: they are counted, not measured */
        put_number(&marks[count++], value, axis->whole && largest < 1e9 ? 1 : largest, step,
                   fmod(begin + (double)i, 2) != 0);
    }
    return count;
}

/* Powers of ten; of less than three of them, their double and fivefold too. */
static size_t log_marks(const rnn_svg_axis *axis, size_t wanted, rnn_svg_mark *marks)
{
    const double decades = log10(axis->high) - log10(axis->low);
    const int stride = (int)fmax(rnn_svg_step(0, decades, wanted + 1), 1);
    const int from = (int)floor(log10(axis->low) / stride) * stride, to = (int)floor(log10(axis->high));
    const bool plain = from >= -4 && to < 6; /* all marks are written alike */
    size_t count = 0;
    for (int power = from; power <= to; power += stride) {
        static const double factors[] = {1, 2, 5};
        for (size_t f = 0; f < (decades < 3 ? 3 : 1) && count < RNN_SVG_MARKS; f++) {
            const int half = power / 2; /* 10^-308 and below in one go would be imprecise */
            const double value = factors[f] * pow(10, half) * pow(10, power - half);
            if (value < axis->low || value > axis->high)
                continue;
            if (plain)
                snprintf(marks[count].text, sizeof marks->text, "%.*f", power < 0 ? -power : 0, value);
            else
                snprintf(marks[count].text, sizeof marks->text, "%.0fe%d", factors[f], power);
            marks[count].minor = f > 0;
            marks[count++].value = value;
        }
    }
    return count;
}

/* ---- Round dates --------------------------------------------------------------------------------------------------- */

static const char *label_of(const rnn_svg_labels *labels, size_t row)
{
    if (row < labels->count)
        return labels->text[row];
    row -= labels->count;
    return row < labels->more_count && labels->more ? labels->more[row] : NULL;
}

static int digits(const char *text, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* Months since the year 0 of "1958", "1958Q2", "1958-03...", "1958/03...", "195803" and "19580329"; -1: it is no date that begins with its
 * year. */
static long month_of(const char *text)
{
    const int year = text ? digits(text, 4) : -1;
    if (year < 0)
        return -1;
    if (text[4] == '\0')
        return year * 12L;
    if (text[4] == 'Q')
        return digits(text + 5, 1) >= 1 && text[5] <= '4' && text[6] == '\0' ? year * 12L + 3L * (text[5] - '1') : -1;
    const bool compact = (digits(text + 4, 2) >= 0 && text[6] == '\0') || (digits(text + 4, 4) >= 0 && text[8] == '\0');
    if (!compact && text[4] != '-' && text[4] != '/')
        return -1;
    const int month = digits(text + (compact ? 4 : 5), 2);
    return month >= 1 && month <= 12 ? year * 12L + month - 1 : -1;
}

/* Whether the date is its month's first, as far as it says. */
static bool begins_month(const char *text)
{
    const size_t length = strlen(text);
    const char *day = length == 8 ? text + 6 : length > 8 ? text + 8 : "01";
    return day[0] == '0' && day[1] == '1';
}

/* The first row of every `step` months. More than there is room for, or a label that is no date: none. */
static size_t month_marks(const rnn_svg_axis *axis, long step, rnn_svg_mark *marks)
{
    const size_t first = (size_t)axis->low, last = (size_t)axis->high;
    long before = month_of(label_of(axis->labels, first));
    size_t count = 0;
    for (size_t row = first; row <= last && before >= 0; row++) {
        const long month = month_of(label_of(axis->labels, row));
        if (month < 0)
            return 0;
        const bool begins = row == first ? month % step == 0 && begins_month(label_of(axis->labels, row))
                                         : month / step != before / step;
        before = month;
        if (!begins)
            continue;
        if (count == RNN_SVG_MARKS)
            return 0;
        marks[count].value = (double)row;
        marks[count].minor = month / step % 2 != 0;
        const long round = month / step * step;
        if (step % 12 == 0)
            snprintf(marks[count++].text, sizeof marks->text, "%ld", round / 12);
        else
            snprintf(marks[count++].text, sizeof marks->text, "%ld-%02ld", round / 12, round % 12 + 1);
    }
    return count;
}

static long month_step(const rnn_svg_axis *axis, size_t wanted)
{
    static const long months[] = {1, 2, 3, 6, 12};
    const long begin = month_of(label_of(axis->labels, (size_t)axis->low));
    const long end = month_of(label_of(axis->labels, (size_t)axis->high));
    if (begin < 0 || end - begin < 2)
        return 0;
    for (size_t i = 0; i < sizeof months / sizeof *months; i++)
        if ((end - begin) / months[i] <= (long)wanted)
            return months[i];
    return 12 * (long)fmax(rnn_svg_step((double)begin / 12, (double)end / 12, wanted), 1);
}

/* Labels that are no dates, or of a few days: at round rows, few of them, and so much as has room on a phone. Of a date with a time the
 * year is left out. */
static size_t label_marks(const rnn_svg_axis *axis, rnn_svg_mark *marks)
{
    const size_t count = linear_marks(axis, 3, marks);
    for (size_t i = 0; i < count; i++) {
        const char *label = marks[i].value >= 0 ? label_of(axis->labels, (size_t)marks[i].value) : NULL;
        const bool time = label && month_of(label) >= 0 && strlen(label) > 10;
        snprintf(marks[i].text, sizeof marks->text, "%.11s", time ? label + 5 : label ? label : "");
        marks[i].minor = i % 2 != 0;
    }
    return count;
}

static size_t date_marks(const rnn_svg_axis *axis, size_t wanted, rnn_svg_mark *marks)
{
    const long step = month_step(axis, wanted);
    const size_t count = step > 0 ? month_marks(axis, step, marks) : 0;
    return count > 0 ? count : label_marks(axis, marks);
}

size_t rnn_svg_marks(const rnn_svg_axis *axis, size_t wanted, rnn_svg_mark marks[RNN_SVG_MARKS])
{
    if (axis->log)
        return log_marks(axis, wanted, marks);
    const bool dates = axis->labels && axis->low >= 0;
    const size_t count = dates ? date_marks(axis, wanted, marks) : linear_marks(axis, wanted, marks);
    size_t letters = 0;
    for (size_t i = 0; i < count; i++)
        letters += strlen(marks[i].text) + 2;
    for (size_t i = 0; i < count && letters <= FEW; i++)
        marks[i].minor = false;
    return count;
}
