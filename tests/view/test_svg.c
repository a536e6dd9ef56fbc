/* SPDX-License-Identifier: MIT
 * test_svg.c - round marks, places on an axis, and curves that keep what is seen of them whatever their length
 */
#include "markup.h"
#include "suites.h"

#include "base/memory.h"
#include "view/html.h"
#include "view/svg.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rnn_svg_mark marks[RNN_SVG_MARKS];

static rnn_svg_axis around(double low, double high)
{
    return rnn_svg_around("y", (rnn_svg_extent){low, high});
}

/* The marks' texts, separated by spaces; those that narrow pages leave out in brackets. */
static const char *marks_of(const rnn_svg_axis *axis, size_t wanted)
{
    static char texts[1024];
    size_t used = 0;
    const size_t count = rnn_svg_marks(axis, wanted, marks);
    texts[0] = '\0';
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(texts + used, sizeof texts - used, marks[i].minor ? "%s(%s)" : "%s%s", i ? " " : "",
                                 marks[i].text);
    return texts;
}

/* The same without brackets; good until the next call. */
static const char *without_brackets(const char *texts)
{
    static char plain[1024];
    char *to = plain;
    for (; *texts; texts++)
        if (*texts != '(' && *texts != ')')
            *to++ = *texts;
    *to = '\0';
    return plain;
}

/* ---- Axes ---------------------------------------------------------------------------------------------------------- */

static const struct {
    double low, high;
    size_t wanted;
    bool whole;
    const char *marks;
} linear[] = {
    {0, 10, 5, false, "0 2 4 6 8 10"},
    {-1, 1, 5, false, "-1.0 -0.5 0 0.5 1.0"},
    {0.0012, 0.0048, 5, false, "0.002 0.003 0.004"},
    {314, 372, 5, false, "320 340 360"},
    {0, 3e6, 5, false, "0 1e6 2e6 3e6"},
    {1.1e6, 2.1e6, 5, false, "1.2e6 1.4e6 1.6e6 1.8e6 2.0e6"},
    {-2e-7, 3e-7, 5, false, "-2e-7 -1e-7 0 1e-7 2e-7 3e-7"},
    {1e9, 1e9 + 4, 4, false, "1.000000000e9 1.000000001e9 1.000000002e9 1.000000003e9 1.000000004e9"},
    {0, 4, 8, true, "0 1 2 3 4"}, /* no half epochs */
    {1, 25, 8, true, "5 10 15 20 25"},
    {0, 2283, 8, true, "0 500 1000 1500 2000"},
    {0, 12000000, 8, true, "0 2000000 4000000 6000000 8000000 10000000 12000000"},
};

START_TEST(round_marks)
{
    const rnn_svg_axis axis = {.low = linear[_i].low, .high = linear[_i].high, .whole = linear[_i].whole};
    ck_assert_str_eq(without_brackets(marks_of(&axis, linear[_i].wanted)), linear[_i].marks);
}
END_TEST

/* Half of many marks can be left out, and those that stay are the rounder ones. */
START_TEST(marks_for_narrow_pages)
{
    const rnn_svg_axis axis = {.low = 0, .high = 700, .whole = true}, few = {.low = 0, .high = 70, .whole = true};
    ck_assert_str_eq(marks_of(&axis, 8), "0 (100) 200 (300) 400 (500) 600 (700)");
    ck_assert_str_eq(marks_of(&few, 8), "0 10 20 30 40 50 60 70");
}
END_TEST

static const struct {
    double low, high;
    const char *marks;
} by_factors[] = {
    {1e-6, 1, "1e-6 1e-4 1e-2 1e0"},
    {0.001, 100, "0.001 0.01 0.1 1 10 100"},
    {0.5, 20, "0.5 1 2 5 10 20"},
    {1e-300, 1e300, "1e-200 1e0 1e200"},
};

START_TEST(marks_by_factors)
{
    const rnn_svg_axis axis = rnn_svg_factors("loss", (rnn_svg_extent){by_factors[_i].low, by_factors[_i].high});
    ck_assert(axis.log);
    ck_assert_str_eq(without_brackets(marks_of(&axis, 5)), by_factors[_i].marks);
}
END_TEST

START_TEST(no_factors)
{
    static const rnn_svg_extent extents[] = {{0, 100}, {-1, 100}, {5, 40}, {3, 3}, {INFINITY, -INFINITY}, {5e-324, 1}};
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++)
        ck_assert(!rnn_svg_factors("loss", extents[i]).log);
}
END_TEST

/* Whatever is seen, an axis holds it, its ends are numbers, and its marks lie on it in order, two of them at least. */
START_TEST(any_extent)
{
    static const rnn_svg_extent extents[] = {
        {0, 0},
        {5, 5},
        {-7, -7},
        {1e300, 1e300},
        {5e-324, 5e-324},
        {0, 5e-324},
        {0, DBL_MIN},
        {-DBL_MAX, DBL_MAX},
        {DBL_MAX, DBL_MAX},
        {1e9, 1e9 + 1e-7},
        {1, 1 + DBL_EPSILON},
        {-1e-300, 1e300},
        {123456.7, 123456.9},
    };
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++) {
        const rnn_svg_axis axis = around(extents[i].low, extents[i].high);
        ck_assert_msg(isfinite(axis.low) && isfinite(axis.high) && axis.low < axis.high, "extent %zu: %g to %g", i,
                      axis.low, axis.high);
        ck_assert(axis.low <= extents[i].low && extents[i].high <= axis.high);
        const size_t count = rnn_svg_marks(&axis, 5, marks);
        ck_assert_msg(count >= 2 && count < RNN_SVG_MARKS, "extent %zu has %zu marks", i, count);
        for (size_t m = 0; m < count; m++) {
            const double place = rnn_svg_place(&axis, marks[m].value);
            ck_assert_msg(place >= -1e-9 && place <= 1 + 1e-9, "extent %zu, mark %zu is at %g", i, m, place);
            ck_assert(m == 0 || marks[m - 1].value < marks[m].value);
            ck_assert_ptr_null(strstr(marks[m].text, "nan"));
            ck_assert_ptr_null(strstr(marks[m].text, "inf"));
        }
    }
    ck_assert_str_eq(marks_of(&(rnn_svg_axis){.low = around(NAN, NAN).low, .high = around(NAN, NAN).high}, 2),
                     "0 0.5 1.0");
}
END_TEST

START_TEST(places)
{
    const rnn_svg_axis plain = {.low = -DBL_MAX, .high = DBL_MAX}, log = {.low = 1e-4, .high = 1, .log = true};
    ck_assert_double_eq(rnn_svg_place(&plain, -DBL_MAX), 0);
    ck_assert_double_eq(rnn_svg_place(&plain, 0), 0.5);
    ck_assert_double_eq(rnn_svg_place(&plain, DBL_MAX), 1);
    ck_assert_double_eq_tol(rnn_svg_place(&log, 1e-3), 0.25, 1e-12);
    ck_assert(isnan(rnn_svg_place(&log, 0)));
    ck_assert(isnan(rnn_svg_place(&log, -1)));
}
END_TEST

/* ---- Dates --------------------------------------------------------------------------------------------------------- */

#define DATES 1200
static char date_text[DATES][24];
static const char *dates[DATES];

/* A row a month, or with `days` a row a day of 28-day months. */
static rnn_svg_labels months_from(const char *format, int year, bool days)
{
    for (int i = 0; i < DATES; i++) {
        const int month = days ? i / 28 : i;
        snprintf(date_text[i], sizeof date_text[i], format, year + month / 12, month % 12 + 1, days ? i % 28 + 1 : 1);
        dates[i] = date_text[i];
    }
    return (rnn_svg_labels){.count = DATES / 2, .text = dates, .more_count = DATES / 2, .more = dates + DATES / 2};
}

static const struct {
    const char *format;
    bool days;
    double first, last;
    const char *marks;
} dated[] = {
    {"%04d-%02d-%02d", false, 0, 599, "1950 1960 1970 1980 1990"},
    {"%04d%02d%02d", false, 0, 599, "1950 1960 1970 1980 1990"},
    {"%04d%02d", false, 0, 599, "1950 1960 1970 1980 1990"},
    {"%04d/%02d/%02d 12:00", false, 100, 136, "1958-07 1959-01 1959-07 1960-01 1960-07 1961-01"},
    {"%04d-%02d-%02d", false, 540, 660, "1996 1998 2000 2002 2004"}, /* across series and forecast */
    {"%04d-%02d-%02d", true, 0, 167, "1950-01 1950-02 1950-03 1950-04 1950-05 1950-06"},
    {"%04d-%02d-%02d", true, 3, 97, "1950-02 1950-03 1950-04"}, /* a month that began before has no mark */
    {"%04d-%02d-%02d", true, 3, 9, "1950-01-05 1950-01-07 1950-01-09"},
};

START_TEST(round_dates)
{
    const rnn_svg_labels labels = months_from(dated[_i].format, 1950, dated[_i].days);
    const rnn_svg_axis axis = rnn_svg_rows(NULL, dated[_i].first, dated[_i].last, &labels);
    ck_assert_str_eq(without_brackets(marks_of(&axis, 8)), dated[_i].marks);
}
END_TEST

START_TEST(quarters)
{
    char text[40][8];
    const char *each[40];
    for (int i = 0; i < 40; i++) {
        snprintf(text[i], sizeof text[i], "%dQ%d", 2001 + i / 4, 1 + i % 4);
        each[i] = text[i];
    }
    const rnn_svg_labels labels = {.count = 40, .text = each};
    const rnn_svg_axis axis = rnn_svg_rows(NULL, 1, 39, &labels);
    ck_assert_str_eq(without_brackets(marks_of(&axis, 8)), "2002 2004 2006 2008 2010");
    ck_assert(marks[0].value == 4);
}
END_TEST

/* Labels that are none, or turn back, are shown as they are, a few of them. */
START_TEST(labels_without_dates)
{
    rnn_svg_labels labels = months_from("week %04d-%02d-%02d", 1, false);
    rnn_svg_axis axis = rnn_svg_rows(NULL, 0, DATES - 1, &labels);
    ck_assert_uint_le(rnn_svg_marks(&axis, 8, marks), 8);
    ck_assert_str_eq(marks[0].text, "week 0001-0");
    labels = months_from("%04d-%02d-%02d", 1950, false);
    dates[700] = "\xff<b>";
    ck_assert_uint_le(rnn_svg_marks(&axis, 8, marks), 8);
    dates[700] = "1950-01-01";
    ck_assert_uint_le(rnn_svg_marks(&axis, 8, marks), RNN_SVG_MARKS);
}
END_TEST

/* ---- Curves -------------------------------------------------------------------------------------------------------- */

static char *drawn;
static size_t drawn_size;

static void tear_down(void)
{
    free(drawn);
    drawn = NULL;
}

/* The line of these values in a panel 100 high, its path alone. */
static const char *path_of(const double *values, size_t count, const size_t *rows, rnn_svg_axis y)
{
    free(drawn);
    FILE *stream = open_memstream(&drawn, &drawn_size);
    const double last = rows ? (double)rows[count - 1] : (double)count - 1;
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = "c",
                                 .title = "t",
                                 .description = "d",
                                 .x = rnn_svg_rows(NULL, 0, last, NULL),
                                 .y = y,
                                 .height = 100};
    rnn_svg_line(&chart, "actual", &(rnn_svg_points){.count = count, .rows = rows, .values = values, .stride = 1});
    fclose(stream);
    char *path = strstr(drawn, "d=\"");
    ck_assert_ptr_nonnull(path);
    *strchr(path + 3, '"') = '\0';
    return path + 3;
}

static size_t count_of(const char *text, char character)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == character;
    return count;
}

START_TEST(short_curves)
{
    const rnn_svg_axis y = {.low = 0, .high = 10};
    static const double values[] = {0, 10, 5, NAN, 5, INFINITY, 10, 0};
    static const size_t rows[] = {0, 30, 40};
    ck_assert_str_eq(path_of(values, 3, NULL, y), "M0.0 100.0 320.0 0.0 640.0 50.0");
    ck_assert_str_eq(path_of(values, 3, rows, y), "M0.0 100.0 480.0 0.0 640.0 50.0");
    ck_assert_str_eq(path_of(values, 1, NULL, y), "M320.0 100.0h0");
    ck_assert_str_eq(path_of(values + 3, 1, NULL, y), "");
    ck_assert_str_eq(path_of(values, 8, NULL, y), "M0.0 100.0 91.4 0.0 182.9 50.0M365.7 50.0h0M548.6 0.0 640.0 100.0");
}
END_TEST

/* A million points: at most two a column, the single spikes among them, and the first and last column. */
START_TEST(thinned)
{
    enum { MANY = 1000000 };
    double *values = calloc(MANY, sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < MANY; i++)
        values[i] = 5 + sin((double)i);
    values[123456] = 10;
    values[123457] = 0;
    values[876543] = 9;
    const char *path = path_of(values, MANY, NULL, (rnn_svg_axis){.low = 0, .high = 10});
    ck_assert_uint_le(count_of(path, ' '), 4 * (RNN_SVG_COLUMNS + 1)); /* two numbers a point */
    ck_assert_uint_gt(count_of(path, ' '), 4 * (RNN_SVG_COLUMNS - 2));
    ck_assert_ptr_nonnull(strstr(path, " 79 0.0 79 100.0 "));
    ck_assert_ptr_nonnull(strstr(path, " 560 10.0 "));
    ck_assert_uint_eq(count_of(path, 'M'), 1);
    for (size_t i = 500000; i < 510000; i++)
        values[i] = NAN; /* wider than a column */
    ck_assert_uint_eq(count_of(path_of(values, MANY, NULL, (rnn_svg_axis){.low = 0, .high = 10}), 'M'), 2);
    free(values);
}
END_TEST

/* The band of a long forecast holds every edge of it; where one is missing it is broken. */
START_TEST(bands)
{
    enum { LONG = 50000 };
    static double lower[LONG], upper[LONG];
    for (size_t i = 0; i < LONG; i++) {
        lower[i] = 4;
        upper[i] = 6;
    }
    upper[22222] = 10;
    lower[33333] = 0;
    lower[10] = NAN;
    FILE *stream = open_memstream(&drawn, &drawn_size);
    const rnn_svg_chart chart = {
        .stream = stream, .x = rnn_svg_rows(NULL, 0, LONG - 1, NULL), .y = {.low = 0, .high = 10}, .height = 100};
    rnn_svg_band(&chart, "band", 0, lower, upper, LONG);
    rnn_svg_band(&chart, "few", 0, lower + 9, upper + 9, 3);
    fclose(stream);
    ck_assert_uint_lt(drawn_size, 30000);
    ck_assert_ptr_nonnull(strstr(drawn, " 284 0.0 "));
    ck_assert_ptr_nonnull(strstr(drawn, " 426 100.0 "));
    ck_assert_uint_eq(count_of(drawn, 'Z'), 3);
}
END_TEST

START_TEST(clouds)
{
    enum { MANY = 200000 };
    static double x[MANY], y[MANY];
    for (size_t i = 0; i < MANY; i++) {
        x[i] = fmod((double)i * 0.754877666, 1);
        y[i] = fmod((double)i * 0.569840291, 1);
    }
    x[5] = NAN;
    x[6] = 7; /* beyond the axis */
    FILE *stream = open_memstream(&drawn, &drawn_size);
    const rnn_svg_chart chart = {.stream = stream, .x = {.low = 0, .high = 1}, .y = {.low = 0, .high = 1}};
    rnn_svg_cloud(&chart, "cloud", x, y, MANY, 1);
    fclose(stream);
    ck_assert_uint_lt(drawn_size, 100000);
    ck_assert_uint_gt(count_of(drawn, 'M'), 8000);
}
END_TEST

/* ---- Texts --------------------------------------------------------------------------------------------------------- */

static const struct {
    double value;
    const char *text;
} reals[] = {
    {18.2749, "18.27"},          {0, "0"},         {-0.5, "-0.5"},         {9999.4, "9999"},     {12345.6, "12346"},
    {1234567, "1234567"},        {1.5e9, "1.5e9"}, {3.2e-7, "3.2e-7"},     {0.00012, "0.00012"}, {NAN, "\xe2\x80\x93"},
    {-INFINITY, "\xe2\x80\x93"}, {1e300, "1e300"}, {-2.5e-10, "-2.5e-10"},
};

START_TEST(real_texts)
{
    ck_assert_str_eq(rnn_html_real(reals[_i].value).text, reals[_i].text);
}
END_TEST

static const struct {
    const char *text, *html;
    size_t limit;
} texts[] = {
    {"plain", "plain", 0},
    {"<script>alert(\"1\")</script>", "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;", 0},
    {"it's & more", "it&#39;s &amp; more", 0},
    {"\xff\xc3", "\\xff\\xc3", 0},
    {"a\x01\x7f\n\tb", "a\\x01\\x7f\n\\x09b", 0},
    {"\xc2\x85", "\\xc2\\x85", 0},                                     /* a C1 control */
    {"\xef\xbf\xbe\xef\xb7\x90", "\\xef\\xbf\\xbe\\xef\\xb7\\x90", 0}, /* non-characters */
    {"\xf0\x9f\xbf\xbf\xf0\x9f\x98\x80", "\\xf0\\x9f\\xbf\\xbf\xf0\x9f\x98\x80", 0},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", 0}, /* a surrogate */
    {"Gr\xc3\xb6\xc3\x9f\x65", "Gr\xc3\xb6\xe2\x80\xa6", 3},
    {"&&&&", "&amp;&amp;\xe2\x80\xa6", 2},
    {"abc", "abc", 3},
    {NULL, "", 0},
};

START_TEST(html_texts)
{
    FILE *stream = open_memstream(&drawn, &drawn_size);
    rnn_html_text(stream, texts[_i].text, texts[_i].limit);
    fclose(stream);
    ck_assert_str_eq(drawn, texts[_i].html);
}
END_TEST

/* The checker itself: it would be of no use if it took everything. */
static const char *const faulty[] = {
    "<p></p>",
    "<!DOCTYPE html><p>",
    "<!DOCTYPE html><p></div>",
    "<!DOCTYPE html></p>",
    "<!DOCTYPE html><p>a & b</p>",
    "<!DOCTYPE html><p>a > b</p>",
    "<!DOCTYPE html><p>\xff</p>",
    "<!DOCTYPE html><p>\x01</p>",
    "<!DOCTYPE html><p><div></div></p>",
    "<!DOCTYPE html><p id=a></p>",
    "<!DOCTYPE html><p id=\"a\" id=\"b\"></p>",
    "<!DOCTYPE html><p id=\"a\"></p><p id=\"a\"></p>",
    "<!DOCTYPE html><p class=\"a<b\"></p>",
    "<!DOCTYPE html><p/>",
    "<!DOCTYPE html><svg><path d=\"M1 nan\"/></svg>",
    "<!DOCTYPE html><svg aria-labelledby=\"x\"></svg>",
};

START_TEST(the_checker_finds_faults)
{
    ck_assert_ptr_null(markup_fault(
        "<!DOCTYPE html>\n<p id=\"x\">a &amp; b</p><svg aria-labelledby=\"x\"><path d=\"M1 2h0\"/></svg>"));
    ck_assert_msg(markup_fault(faulty[_i]) != NULL, "taken: %s", faulty[_i]);
}
END_TEST

Suite *svg_suite(void)
{
    Suite *suite = suite_create("svg");
    TCase *tests = tcase_create("svg");
    tcase_add_checked_fixture(tests, NULL, tear_down);
    tcase_add_loop_test(tests, round_marks, 0, sizeof linear / sizeof *linear);
    tcase_add_test(tests, marks_for_narrow_pages);
    tcase_add_loop_test(tests, marks_by_factors, 0, sizeof by_factors / sizeof *by_factors);
    tcase_add_test(tests, no_factors);
    tcase_add_test(tests, any_extent);
    tcase_add_test(tests, places);
    tcase_add_loop_test(tests, round_dates, 0, sizeof dated / sizeof *dated);
    tcase_add_test(tests, quarters);
    tcase_add_test(tests, labels_without_dates);
    tcase_add_test(tests, short_curves);
    tcase_add_test(tests, thinned);
    tcase_add_test(tests, bands);
    tcase_add_test(tests, clouds);
    tcase_add_loop_test(tests, real_texts, 0, sizeof reals / sizeof *reals);
    tcase_add_loop_test(tests, html_texts, 0, sizeof texts / sizeof *texts);
    tcase_add_loop_test(tests, the_checker_finds_faults, 0, sizeof faulty / sizeof *faulty);
    suite_add_tcase(suite, tests);
    return suite;
}
