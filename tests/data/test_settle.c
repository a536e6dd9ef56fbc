/* SPDX-License-Identifier: MIT
 * test_settle.c - from rows to series: times, gaps, several series, missing cells, the future, the calendar's columns
 */
#include "expect.h"

#include "base/allocations.h"
#include "base/trig.h"
#include "data/ids.h"
#include "data/series.h"
#include "data/settle.h"

#include <math.h>
#include <stdio.h>

#define NONE (double)NAN

static char notices[2048];

static void note(const char *text, void *context)
{
    (void)context;
    strncat(notices, text, sizeof notices - strlen(notices) - 1);
    strncat(notices, "\n", sizeof notices - strlen(notices) - 1);
}

static void set_up(void)
{
    notices[0] = '\0';
    rnn_set_notice_handler(note, NULL);
}

static void tear_down(void)
{
    rnn_set_notice_handler(NULL, NULL);
}

static rnn_status parse(const char *text, rnn_read_options options, rnn_series **series)
{
    static const char *const v[] = {"v", NULL};
    unsigned char *copy = exact_copy(text, strlen(text));
    if (!options.columns.targets)
        options.columns.targets = v;
    *series = unset_series();
    const rnn_status status = rnn_csv_parse_with("t.csv", copy, strlen(text), &options, series);
    free(copy);
    return status;
}

/* Not a number equals not a number here. */
static void expect(const rnn_series *series, size_t N, size_t columns, const double *values)
{
    ck_assert_uint_eq(series->N, N);
    ck_assert_uint_eq(series->columns, columns);
    for (size_t i = 0; i < N * columns; i++)
        if (!(series->values[i] == values[i] || (isnan(series->values[i]) && isnan(values[i]))))
            ck_abort_msg("row %zu, column %zu is %g, expected %g", i / columns, i % columns, series->values[i],
                         values[i]);
}

static rnn_series *read_table(const char *text, rnn_read_options options)
{
    rnn_series *series;
    ck_assert_msg(parse(text, options, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

static void expect_label(const rnn_series *series, size_t part, size_t row, const char *expected)
{
    char text[64];
    rnn_series_label(series, part, row, text, sizeof text);
    ck_assert_str_eq(text, expected);
}

/* ---- Refused ------------------------------------------------------------------------------------------------------- */

#define ORDER  "; rows must be in ascending order of time: sort the file"
#define AS_IS  "; --time none takes rows as they come"
#define ID_TOO ", or name the column that tells several series apart with --id"
#define HELPS                                                                                                      \
    "; --missing drop, ffill, interpolate or mask takes them as rows of missing cells, --time none takes rows as " \
    "they come"

static const struct {
    const char *text;
    rnn_read_options options;
    const char *message;
    rnn_status status;
} refused[] = {
    {"date,v\n2001-01-01,1\n2001-01-02,2\n2001-01-02,3\n",
     {.time = NULL},
     "t.csv:4: 2001-01-02 is there twice, first in the row before (line 3); remove one of them" ID_TOO AS_IS,
     RNN_BAD_DATA},
    {"date,v\n2001-01-02,1\n2001-01-01,2\n",
     {.time = "date"},
     "t.csv:3: 2001-01-01 comes after 2001-01-02 (line 2)" ORDER ID_TOO AS_IS,
     RNN_BAD_DATA},
    {"date,v\n2001-01-01,1\n2001-01-02,2\n2001-01-05,3\n2001-01-06,4\n",
     {.time = NULL},
     "t.csv:4: between 2001-01-02 (line 3) and 2001-01-05 2 rows are missing, the step being 1 day" HELPS,
     RNN_BAD_DATA},
    {"date,v\n2001-01-01,1\n2001-02-01,2\n2001-04-01,3\n2001-05-01,4\n",
     {.time = NULL},
     "t.csv:4: between 2001-02-01 (line 3) and 2001-04-01 1 row is missing, the step being 1 month" HELPS,
     RNN_BAD_DATA},
    {"date,v\n2001-01-01 00:00,1\n2001-01-01 01:00,2\n2001-01-01 02:30,3\n2001-01-01 03:30,3\n",
     {.missing = RNN_MISSING_DROP},
     "t.csv:4: from 2001-01-01 01:00 (line 3) to 2001-01-01 02:30 is no whole number of steps, the step being 1 hour; "
     "correct the times, or take rows as they come with --time none",
     RNN_BAD_DATA},
    {"date,v\n2001-01-01,1\n2001-01-02,2\n2031-01-01,3\n",
     {.missing = RNN_MISSING_DROP},
     "t.csv:4: up to here 10955 rows and more would have to be filled in, and the file has only 3; correct the times, "
     "or "
     "take rows as they come with --time none",
     RNN_BAD_DATA},
    {"date,v\n2001-01-01,1\nsoon,2\n",
     {.time = "date"},
     "t.csv:3, column 1 (date): \"soon\" is no time written as the rows before it, or as 2001-02-03, 2001-02-03 04:05, "
     "20010203, 2001-02, 2001Q2 or 2001; --time none takes rows as they come",
     RNN_BAD_DATA},
    {"id,date,v\na,2001-01-01,1\nb,2001-01-01,2\na,2001-01-01,3\n",
     {.time = "date", .id = "id"},
     "t.csv:4 (a): 2001-01-01 is there twice, first in the row before (line 2); remove one of them" AS_IS,
     RNN_BAD_DATA},
    {"id,v\na,1\n ,2\n",
     {.id = "id"},
     "t.csv:3, column 1 (id): empty cell; --id must name a series in every row",
     RNN_BAD_DATA},
    {"id,v\na,1\n\xff,2\n",
     {.id = "id"},
     "t.csv:3, column 1 (id): \"\\xff\" is not UTF-8; save the file as UTF-8",
     RNN_BAD_DATA},
    {"id,v\na,1\n",
     {.id = "v"},
     "t.csv: column \"v\" is --id, and cannot be --target, --features or --known as well",
     RNN_USAGE},
    {"id,v\na,1\n",
     {.id = "id", .time = "id"},
     "t.csv: column \"id\" is asked for as --time and as --id; it can only be one of them",
     RNN_USAGE},
    {"id,v\na,1\n", {.id = "city"}, "t.csv: no column \"city\"; there are 2: \"id\", \"v\"", RNN_USAGE},
    {"id,v\na,1\n", {.time = "when"}, "t.csv: no column \"when\"; there are 2: \"id\", \"v\"", RNN_USAGE},
    {"v\n1\n",
     {.calendar = RNN_CALENDAR_MONTH},
     "t.csv: --calendar needs a column of times; name it with --time",
     RNN_USAGE},
    {"v,w\n1,\n2,1\n",
     {.columns = {.features = COLUMNS("w")}, .missing = RNN_MISSING_FFILL},
     "t.csv:2, column \"w\": empty cell, and its series has no value before it for --missing ffill; remove the row, or "
     "use "
     "--missing drop or mask",
     RNN_BAD_DATA},
    {"v,w\n1,1\n2,NA\n",
     {.columns = {.features = COLUMNS("w")}, .missing = RNN_MISSING_INTERPOLATE},
     "t.csv:3, column \"w\": empty cell, and its series has no value behind it for --missing interpolate; remove the "
     "row, or "
     "use --missing drop or mask",
     RNN_BAD_DATA},
    /* a gap of one series is not filled from another's rows */
    {"id,v\na,1\nb,\nb,2\n",
     {.id = "id", .missing = RNN_MISSING_FFILL},
     "t.csv:3 (b), column \"v\": empty cell, and its series has no value before it for --missing ffill; remove the "
     "row, or use "
     "--missing drop or mask",
     RNN_BAD_DATA},
    {"v,k\n1,1\n,2\n3,3\n,4\n",
     {.known = COLUMNS("k")},
     "t.csv:3, column \"v\": empty cell; every value in use must be a number (--missing says what becomes of gaps)",
     RNN_BAD_DATA},
    {"v,k\n1,1\n3,3\n,4\n,\n",
     {.known = COLUMNS("k")},
     "t.csv:5, column \"k\": empty cell in a row of the future; every value in use must be a number (--missing says "
     "what "
     "becomes of gaps)",
     RNN_BAD_DATA},
    {"v,w\n1,2\n",
     {.known = COLUMNS("v")},
     "t.csv: column 1 (v) is asked for twice, the second time as \"v\"; name each column once in --target and "
     "--features together (targets are inputs already)",
     RNN_USAGE},
    {"v,w\n1,inf\n",
     {.columns = {.features = COLUMNS("w")}, .missing = RNN_MISSING_MASK},
     "t.csv:2, column 2 (w): \"inf\" is no finite number; every value in use must be one (make it a gap and use "
     "--missing)",
     RNN_BAD_DATA},
};

START_TEST(refused_in_these_words)
{
    rnn_series *series;
    const rnn_status status = parse(refused[_i].text, refused[_i].options, &series);
    expect_failure(status, series, refused[_i].status, refused[_i].message);
}
END_TEST

/* ---- Times --------------------------------------------------------------------------------------------------------- */

START_TEST(times_are_recognised)
{
    rnn_series *s = read_table("ds,v\n2001-11,1\n2001-12,2\n2002-01,3\n", (rnn_read_options){.time = NULL});
    expect(s, 3, 1, (const double[]){1, 2, 3});
    ck_assert_str_eq(s->time_name, "ds");
    ck_assert_str_eq(notices,
                     "t.csv: column \"ds\" is taken as times, from 2001-11 on in steps of 1 month; --time none takes "
                     "rows as they come\n");
    expect_label(s, 0, 2, "2002-01");
    expect_label(s, 0, 3, "2002-02");
    expect_label(s, 0, 14, "2003-01");
    rnn_series_free(s);
}
END_TEST

/* What a table begins with, and whether a column of it is taken as times. */
static const struct {
    const char *text;
    rnn_read_options options;
    bool times;
} first_columns[] = {
    {"YEAR,v\n1700,5\n1701,6\n", {.time = NULL}, true},
    {"x,v\n1700,5\n1701,6\n", {.time = NULL}, false}, /* years only where the name says so */
    {"x,v\n1700,5\n1701,6\n", {.time = "x"}, true},
    {"x,v\n17000101,5\n17000102,6\n", {.time = NULL}, true},
    {"month,v\n170001,5\n170002,6\n", {.time = NULL}, true},
    {"YEAR,v\n1700,5\n1701,6\n", {.time = "none"}, false},
    {"YEAR,v\n1700,5\n1701,6\n", {.columns = {.features = COLUMNS("YEAR")}}, false},
    {"YEAR,v\n1700,5\n1701,6\n", {.columns = {.features = COLUMNS("all")}}, true},
    {"YEAR,v\n1700,5\n1701,6\n", {.known = COLUMNS("YEAR")}, false},
    {"YEAR,v\n1700,5\n1701,6\n", {.columns = {.targets = COLUMNS("YEAR")}}, false},
    {"date,v\n2001-01-01,5\nlater,6\n", {.time = NULL}, false},
    {"date,v\n2001-01-01,5\n2001-02,6\n", {.time = NULL}, false},
    {"2001-01-01,5\n2001-01-02,6\n", {.columns = {.targets = COLUMNS("2")}}, true}, /* and no header */
    {"city,date,v\na,2001-01-01,5\na,2001-01-02,6\n", {.id = "city"}, true},
    {",date,v\n0,2001-01-01,5\n1,2001-01-02,6\n", {.columns = {.targets = COLUMNS("v")}}, true},
    {"v,date\n5,2001-01-01\n6,2001-01-02\n", {.columns = {.targets = COLUMNS("v")}}, true},
    {"v,date\n5,2001-01-01\n6,later\n", {.columns = {.targets = COLUMNS("v")}}, false},
    {"v,date\n5,20010101\n6,20010102\n", {.columns = {.targets = COLUMNS("v")}}, false}, /* may count anything */
};

START_TEST(first_column)
{
    rnn_series *s = read_table(first_columns[_i].text, first_columns[_i].options);
    ck_assert_uint_eq(s->N, 2);
    ck_assert_msg((s->times != NULL) == first_columns[_i].times, "%s", first_columns[_i].text);
    ck_assert_msg((strstr(notices, "is taken as times") != NULL) ==
                      (first_columns[_i].times && !first_columns[_i].options.time),
                  "%s", notices);
    rnn_series_free(s);
}
END_TEST

START_TEST(rows_without_times_are_counted)
{
    rnn_series *s = read_table("v\n5\n6\n", (rnn_read_options){.time = NULL});
    expect_label(s, 0, 1, "1");
    expect_label(s, 0, 7, "7");
    ck_assert_str_eq(notices, "");
    rnn_series_free(s);
}
END_TEST

START_TEST(missing_rows_are_filled_in)
{
    const char *text = "date,v\n2001-01-31,1\n2001-02-28,2\n2001-05-31,5\n2001-06-30,6\n2001-07-31,7\n";
    rnn_series *s = read_table(text, (rnn_read_options){.missing = RNN_MISSING_INTERPOLATE});
    expect(s, 7, 1, (const double[]){1, 2, 3, 4, 5, 6, 7});
    expect_label(s, 0, 2, "2001-03-31");
    expect_label(s, 0, 3, "2001-04-30");
    ck_assert_uint_eq(s->filled, 2);
    ck_assert_ptr_nonnull(strstr(
        notices, "t.csv: the times leave out 2 rows, the first behind line 3, taken as rows of missing cells\n"));
    ck_assert_ptr_nonnull(
        strstr(notices, "t.csv: 2 missing cells of target \"v\" were filled in from the values at both sides of "
                        "them, later ones too; errors are measured against them, too\n"));
    ck_assert_str_eq(rnn_series_place(s, 1).text, "t.csv:3");
    ck_assert_str_eq(rnn_series_place(s, 2).text, "t.csv: behind line 3");
    rnn_series_free(s);
}
END_TEST

/* ---- Missing cells ------------------------------------------------------------------------------------------------- */

#define GAPS "v,w\n1,10\n,20\nNA,30\n4,?\n5,50\n"

START_TEST(missing_cells)
{
    static const double dropped[] = {1, 10, NONE, 20, NONE, 30, 4, NONE, 5, 50};
    static const double forward[] = {1, 10, 1, 20, 1, 30, 4, 30, 5, 50}, line[] = {1, 10, 2, 20, 3, 30, 4, 40, 5, 50};
    static const double masked[] = {1, 10, 0, 0, NONE, 20, 1, 0, NONE, 30, 1, 0, 4, NONE, 0, 1, 5, 50, 0, 0};
    static const struct {
        rnn_missing policy;
        size_t columns;
        const double *values;
    } cases[] = {{RNN_MISSING_DROP, 2, dropped},
                 {RNN_MISSING_FFILL, 2, forward},
                 {RNN_MISSING_INTERPOLATE, 2, line},
                 {RNN_MISSING_MASK, 4, masked}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rnn_series *s =
            read_table(GAPS, (rnn_read_options){.columns = {.features = COLUMNS("w")}, .missing = cases[i].policy});
        expect(s, 5, cases[i].columns, cases[i].values);
        ck_assert_uint_eq(s->known, 0);
        rnn_series_free(s);
    }
}
END_TEST

START_TEST(masks_as_a_model_has_them)
{
    rnn_series *s = read_table(
        "v,w\n1,10\n,20\n",
        (rnn_read_options){.columns = {.features = COLUMNS("w")}, .missing = RNN_MISSING_MASK, .masks = COLUMNS("w")});
    expect(s, 2, 3, (const double[]){1, 10, 0, NONE, 20, 0});
    ck_assert_str_eq(s->names[2], "w missing");
    ck_assert_int_eq(s->kinds[2], RNN_COLUMN_MASK);
    rnn_series_free(s);
}
END_TEST

/* ---- Several series ------------------------------------------------------------------------------------------------ */

START_TEST(series_told_apart)
{
    const char *text =
        "city,date,v\nb,2001-01-01,1\na,2001-01-02,10\nb,2001-01-02,2\na,2001-01-03,20\nb,2001-01-03,3\n";
    rnn_series *s = read_table(text, (rnn_read_options){.id = "city", .time = "date"});
    expect(s, 5, 1, (const double[]){1, 2, 3, 10, 20});
    ck_assert_uint_eq(s->parts, 2);
    ck_assert_uint_eq(s->starts[1], 3);
    ck_assert_uint_eq(s->starts[2], 5);
    ck_assert_uint_eq(s->ends[0], 3);
    ck_assert_uint_eq(s->ends[1], 5);
    ck_assert_str_eq(s->ids[0], "b");
    ck_assert_str_eq(s->ids[1], "a");
    ck_assert_str_eq(s->id_name, "city");
    ck_assert_uint_eq(s->lines[2], 6);
    expect_label(s, 0, 3, "2001-01-04");
    expect_label(s, 1, 3, "2001-01-02");
    expect_label(s, 1, 5, "2001-01-04");
    for (size_t row = 0; row < 6; row++)
        ck_assert_uint_eq(rnn_series_part(s, row), row < 3 ? 0 : 1);
    rnn_series_free(s);
}
END_TEST

/* More than the table of ids begins with, quoted, in blocks, and back again. */
START_TEST(many_series)
{
    enum { IDS = 1000 };
    char *text = malloc(64 * IDS), *to = text + sprintf(text, "id,v\n");
    for (int i = 0; i < 3 * IDS; i++)
        to += sprintf(to, "\"n%d\",%d\n", i % IDS, i);
    rnn_series *s = read_table(text, (rnn_read_options){.id = "id"});
    ck_assert_uint_eq(s->parts, IDS);
    for (int p = 0; p < IDS; p++) {
        char name[16];
        sprintf(name, "n%d", p);
        ck_assert_str_eq(s->ids[p], name);
        ck_assert_uint_eq(s->starts[p], 3 * (size_t)p);
        for (int i = 0; i < 3; i++)
            ck_assert(s->values[3 * p + i] == p + i * IDS);
    }
    rnn_series_free(s);
    free(text);
}
END_TEST

/* ---- Known ahead --------------------------------------------------------------------------------------------------- */

START_TEST(known_columns_and_the_future)
{
    const char *text = "k,v,w\n1,10,5\n2,20,6\n3,,\n4,,9\n";
    rnn_series *s =
        read_table(text, (rnn_read_options){.columns = {.features = COLUMNS("all")}, .known = COLUMNS("k")});
    expect(s, 4, 3, (const double[]){10, 5, 1, 20, 6, 2, NONE, NONE, 3, NONE, NONE, 4});
    ck_assert_uint_eq(s->known, 1);
    ck_assert_uint_eq(s->ends[0], 2);
    ck_assert_str_eq(s->names[2], "k");
    ck_assert_int_eq(rnn_series_extend(s, 1), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "t.csv: column \"k\" is known ahead, and its values after the last row have to be in "
                     "the file, in rows that leave the targets empty");
    rnn_series_free(s);
}
END_TEST

START_TEST(the_calendar)
{
    const char *text = "date,v\n2001-02-03 06:15,1\n2001-02-03 06:30,2\n";
    const unsigned all = RNN_CALENDAR_MINUTE | RNN_CALENDAR_HOUR | RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_DAY |
                         RNN_CALENDAR_MONTH | RNN_CALENDAR_YEARDAY;
    static const char *const names[] = {"minute sine",  "minute cosine",  "hour sine",    "hour cosine",
                                        "weekday sine", "weekday cosine", "day sine",     "day cosine",
                                        "month sine",   "month cosine",   "yearday sine", "yearday cosine"};
    /* a quarter past six on a Saturday, the third of 28 days, the 34th of 365 */
    const double places[] = {0.25, 22500 / 86400.0, 5 / 7.0, 2 / 28.0, 1 / 12.0, 33 / 365.0};
    rnn_series *s = read_table(text, (rnn_read_options){.calendar = all});
    ck_assert_uint_eq(s->columns, 13);
    ck_assert_uint_eq(s->known, 12);
    for (size_t i = 0; i < 12; i++) {
        ck_assert_str_eq(s->names[1 + i], names[i]);
        ck_assert_int_eq(s->kinds[1 + i], RNN_COLUMN_CALENDAR);
        ck_assert(s->values[1 + i] == (i % 2 ? rnn_cosine_of_turn(places[i / 2]) : rnn_sine_of_turn(places[i / 2])));
    }
    ck_assert_int_eq(rnn_series_extend(s, 3), RNN_OK);
    ck_assert_uint_eq(s->N, 5);
    ck_assert_uint_eq(s->ends[0], 2);
    expect_label(s, 0, 2, "2001-02-03 06:45");
    expect_label(s, 0, 4, "2001-02-03 07:15");
    ck_assert(isnan(s->values[2 * 13]));
    ck_assert(s->values[2 * 13 + 1] == rnn_sine_of_turn(0.75));
    rnn_series_free(s);
}
END_TEST

START_TEST(several_series_are_extended)
{
    rnn_series *s = read_table("id,date,v\na,2001-01,1\nb,2001-05,2\na,2001-02,3\nb,2001-06,4\n",
                               (rnn_read_options){.id = "id", .time = "date", .calendar = RNN_CALENDAR_MONTH});
    ck_assert_int_eq(rnn_series_extend(s, 2), RNN_OK);
    ck_assert_uint_eq(s->N, 8);
    ck_assert_uint_eq(s->starts[1], 4);
    ck_assert_uint_eq(s->ends[0], 2);
    ck_assert_uint_eq(s->ends[1], 6);
    expect_label(s, 0, 3, "2001-04");
    expect_label(s, 1, 7, "2001-08");
    ck_assert(s->values[3 * 5] == 4 && s->values[3 * 7 + 1] == rnn_sine_of_turn(7 / 12.0));
    rnn_series_free(s);
}
END_TEST

/* A copy is all of it up to the cuts, and what becomes of it is nothing to the first. */
START_TEST(copies_of_the_past)
{
    rnn_series *copy;
    rnn_series *s = read_table("id,date,v\na,2001-01,1\nb,2001-05,2\na,2001-02,3\nb,2001-06,4\n",
                               (rnn_read_options){.id = "id", .time = "date", .calendar = RNN_CALENDAR_MONTH});
    const size_t some[] = {1, 2};
    ck_assert_int_eq(rnn_series_before(s, some, &copy), RNN_OK);
    ck_assert_uint_eq(copy->N, 1);
    ck_assert(copy->starts[1] == 1 && copy->starts[2] == 1 && copy->ends[0] == 1 && copy->ends[1] == 1);
    ck_assert_int_eq(copy->times[0], s->times[0]);
    rnn_series_free(copy);
    ck_assert_int_eq(rnn_series_before(s, s->ends, &copy), RNN_OK);
    ck_assert_int_eq(rnn_series_extend(copy, 2), RNN_OK);
    ck_assert_uint_eq(s->N, 4);
    ck_assert_uint_eq(s->starts[1], 2);
    ck_assert_uint_eq(s->ends[1], 4);
    ck_assert_uint_eq(copy->N, 8);
    ck_assert_uint_eq(copy->known, 2);
    ck_assert_uint_eq(copy->targets, 1);
    ck_assert_uint_eq(copy->ends[1], 6);
    ck_assert_str_eq(copy->ids[1], "b");
    ck_assert_str_eq(copy->names[2], "month cosine");
    ck_assert_str_eq(copy->id_name, "id");
    ck_assert_str_eq(copy->time_name, "date");
    ck_assert_str_eq(copy->source, s->source);
    rnn_series_free(s);
    expect_label(copy, 1, 7, "2001-08");
    ck_assert(copy->values[0] == 1 && copy->values[4 * 3] == 2 && copy->values[5 * 3] == 4);
    rnn_series_free(copy);
}
END_TEST

/* By the step; and what a model's masks are filled with where the gaps are filled, too. */
static const struct {
    const char *text;
    unsigned set;
} steps[] = {
    {"t,v\n2001-01-01 00:00,1\n2001-01-01 00:15,2\n", RNN_CALENDAR_MINUTE | RNN_CALENDAR_HOUR | RNN_CALENDAR_WEEKDAY},
    {"t,v\n2001-01-01 00:00,1\n2001-01-01 01:00,2\n", RNN_CALENDAR_HOUR | RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY},
    {"t,v\n2001-01-01,1\n2001-01-02,2\n", RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY},
    {"t,v\n2001-01-05,1\n2001-01-08,2\n2001-01-09,2\n", RNN_CALENDAR_WEEKDAY | RNN_CALENDAR_YEARDAY},
    {"t,v\n2001-01-01,1\n2001-01-08,2\n", RNN_CALENDAR_YEARDAY},
    {"t,v\n2001Q1,1\n2001Q2,2\n", RNN_CALENDAR_MONTH}};

START_TEST(calendar_by_step)
{
    rnn_series *s = read_table(steps[_i].text, (rnn_read_options){.calendar = RNN_CALENDAR_AUTO});
    ck_assert_uint_eq(rnn_series_calendar((const char *const *)s->names, s->kinds, s->columns), steps[_i].set);
    rnn_series_free(s);
    const rnn_status status = parse("year,v\n2001,1\n2002,2\n", (rnn_read_options){.calendar = RNN_CALENDAR_AUTO}, &s);
    expect_failure(status, s, RNN_USAGE,
                   "t.csv: the calendar says nothing about rows that are years apart; drop --calendar auto");
}
END_TEST

START_TEST(masks_of_filled_gaps)
{
    rnn_series *s =
        read_table("v\n1\n\"\"\n3\n", (rnn_read_options){.missing = RNN_MISSING_FFILL, .masks = COLUMNS("v")});
    expect(s, 3, 2, (const double[]){1, 0, 1, 0, 3, 0});
    rnn_series_free(s);
}
END_TEST

START_TEST(calendar_by_name)
{
    unsigned set = 7;
    ck_assert_int_eq(rnn_calendar_set(COLUMNS("month", "hour"), &set), RNN_OK);
    ck_assert_uint_eq(set, RNN_CALENDAR_MONTH | RNN_CALENDAR_HOUR);
    ck_assert_int_eq(rnn_calendar_set(COLUMNS("month", "moon"), &set), RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(),
                     "the calendar has no \"moon\"; there is minute, hour, weekday, day, month, yearday, auto");
}
END_TEST

/* ---- In memory ----------------------------------------------------------------------------------------------------- */

START_TEST(a_table_in_memory)
{
    const double values[] = {1, 10, 2, 30, NONE, 20, 3, 50, 4, 60};
    const int64_t times[] = {0, 0, 86400, 86400, 3 * 86400};
    const char *const ids[] = {"x", "y", "x", "y", "x"};
    const rnn_table table = {.values = values,
                             .N = 5,
                             .columns = 2,
                             .targets = 1,
                             .known = 1,
                             .names = COLUMNS("v", "k"),
                             .ids = ids,
                             .times = times};
    const rnn_read_options options = {.missing = RNN_MISSING_INTERPOLATE, .calendar = RNN_CALENDAR_WEEKDAY};
    rnn_series *s;
    ck_assert_msg(rnn_series_make(&table, &options, &s) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(s->N, 6); /* a day of x is filled in */
    ck_assert_uint_eq(s->columns, 4);
    ck_assert_uint_eq(s->starts[1], 4);
    ck_assert(s->values[1 * 4] == 2 && s->values[2 * 4] == 3 && s->values[5 * 4] == 3);
    ck_assert(s->values[2 * 4 + 1] == 40);
    expect_label(s, 0, 3, "1970-01-04");
    ck_assert_str_eq(rnn_series_place(s, 5).text, "values in memory: row 2 (y)");
    rnn_series_free(s);
}
END_TEST

START_TEST(more_series_than_there_may_be)
{
    enum { SIZE = 8 };
    char(*names)[SIZE] = calloc(RNN_MAX_IDS + 1, sizeof *names);
    const char **ids = calloc(RNN_MAX_IDS + 1, sizeof *ids);
    double *values = calloc(RNN_MAX_IDS + 1, sizeof *values);
    rnn_series *s;
    ck_assert(names && ids && values);
    for (size_t i = 0; i <= RNN_MAX_IDS; i++) {
        snprintf(names[i], sizeof names[i], "%zu", i);
        ids[i] = names[i];
    }
    const rnn_table table = {.values = values, .N = RNN_MAX_IDS + 1, .columns = 1, .targets = 1, .ids = ids};
    ck_assert_int_eq(rnn_series_make(&table, NULL, &s), RNN_BAD_DATA);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "more than 1000000 series"));
    free(values);
    free(ids);
    free(names);
}
END_TEST

/* ---- Without memory ------------------------------------------------------------------------------------------------ */

static rnn_status of_a_table(void)
{
    const double values[] = {1, 10, 2, 30, NONE, 20, 3, 50, 4, 60};
    const int64_t times[] = {0, 0, 86400, 86400, 3 * 86400};
    const char *const ids[] = {"x", "y", "x", "y", "x"};
    const rnn_table table = {values, 5, 2, 1, 1, COLUMNS("v", "k"), ids, times};
    const rnn_read_options options = {.missing = RNN_MISSING_MASK, .calendar = RNN_CALENDAR_WEEKDAY};
    rnn_series *s;
    const rnn_status status = rnn_series_make(&table, &options, &s);
    rnn_series_free(s);
    return status;
}

/* The file's series with times, ids, gaps and a calendar, then with a future, then without its last rows. */
static rnn_status of_a_text(void)
{
    static const char text[] =
        "day,id,v\n2001-01-01,x,1\n2001-01-02,x,2\n2001-01-04,x,2\n2001-01-01,y,3\n2001-01-02,y,\n2001-01-04,y,5\n";
    const rnn_read_options options = {.columns = {.targets = COLUMNS("v")},
                                      .id = "id",
                                      .missing = RNN_MISSING_MASK,
                                      .calendar = RNN_CALENDAR_WEEKDAY};
    rnn_series *s, *before = NULL;
    rnn_status status = rnn_csv_parse_with("t.csv", (const unsigned char *)text, sizeof text - 1, &options, &s);
    if (status == RNN_OK)
        status = rnn_series_extend(s, 2);
    if (status == RNN_OK)
        status = rnn_series_before(s, (const size_t[]){3, 9}, &before);
    rnn_series_free(before);
    rnn_series_free(s);
    return status;
}

/* Every allocation fails in turn, with all that follow it, until there are no more. */
START_TEST(without_memory)
{
    rnn_status (*const make)(void) = _i ? of_a_text : of_a_table;
    rnn_status status = RNN_NO_MEMORY;
    size_t failing = 0;
    while (status != RNN_OK) {
        allocations_watch(++failing);
        status = make();
        const allocations seen = allocations_stop();
        ck_assert_msg(status == RNN_OK || status == RNN_NO_MEMORY, "allocation %zu: status %d, %s", failing,
                      (int)status, rnn_error_message());
        ck_assert_msg(seen.left == 0, "allocation %zu: %ld blocks are left", failing, seen.left);
    }
    ck_assert_uint_gt(failing, 20);
}
END_TEST

/* ---- Real tables --------------------------------------------------------------------------------------------------- */

START_TEST(the_co2_record)
{
    const rnn_read_options options = {.columns = {.targets = COLUMNS("co2")}, .missing = RNN_MISSING_FFILL};
    rnn_series *s;
    ck_assert_msg(rnn_series_read_with(TABLE_FILE("co2_gap.csv"), &options, &s) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(s->N, 31);
    ck_assert_uint_eq(s->filled, 14);
    ck_assert_int_eq(s->step.count, 7 * 86400);
    expect_label(s, 0, 31, "19581101");
    rnn_series_free(s);
}
END_TEST

Suite *settle_suite(void)
{
    Suite *suite = suite_create("settle");
    TCase *tests = tcase_create("settle");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, refused_in_these_words, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_loop_test(tests, without_memory, 0, 2);
    tcase_add_test(tests, more_series_than_there_may_be);
    tcase_add_test(tests, times_are_recognised);
    tcase_add_loop_test(tests, first_column, 0, (int)(sizeof first_columns / sizeof *first_columns));
    tcase_add_test(tests, rows_without_times_are_counted);
    tcase_add_test(tests, missing_rows_are_filled_in);
    tcase_add_test(tests, missing_cells);
    tcase_add_test(tests, masks_as_a_model_has_them);
    tcase_add_test(tests, series_told_apart);
    tcase_add_test(tests, many_series);
    tcase_add_test(tests, known_columns_and_the_future);
    tcase_add_test(tests, the_calendar);
    tcase_add_test(tests, several_series_are_extended);
    tcase_add_test(tests, copies_of_the_past);
    tcase_add_loop_test(tests, calendar_by_step, 0, (int)(sizeof steps / sizeof *steps));
    tcase_add_test(tests, masks_of_filled_gaps);
    tcase_add_test(tests, calendar_by_name);
    tcase_add_test(tests, a_table_in_memory);
    tcase_add_test(tests, the_co2_record);
    suite_add_tcase(suite, tests);
    return suite;
}
