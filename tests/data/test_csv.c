/* SPDX-License-Identifier: MIT
 * test_csv.c - text tables: what is read, what is refused, and in which words
 */
#include "expect.h"

#include "data/csv.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

static rnn_status parse(const char *text, size_t size, const rnn_table_format *format, const char *const *targets,
                        const char *const *features, rnn_series **series)
{
    unsigned char *copy = exact_copy(text, size);
    const rnn_columns wanted = {.targets = targets, .features = features};
    *series = unset_series();
    const rnn_status status = rnn_csv_parse("t.csv", copy, size, format, &wanted, series);
    free(copy);
    return status;
}

/* ---- What is read ---------------------------------------------------------------------------------------------------- */

/* Tables that all say the same: columns a and b, rows (1, 2) and (3, 4.5). */
static const struct alike {
    const char *text;
    rnn_table_format format;
} alike[] = {
    {"a,b\n1,2\n3,4.5\n", {0}},
    {"a,b\n1,2\n3,4.5", {0}},
    {"a,b\r\n1,2\r\n3,4.5\r\n", {0}},
    {"a,b\r1,2\r3,4.5\r", {0}},
    {"a,b\r\n1,2\n3,4.5\r", {0}},
    {"\xEF\xBB\xBF"
     "a,b\n1,2\n3,4.5\n",
     {0}},
    {"\xEF\xBB\xBF\"a\",b\n1,2\n3,4.5\n", {0}},
    {"a;b\n1;2\n3;4.5\n", {0}},
    {"a\tb\n1\t2\n3\t4.5\n", {0}},
    {"a;b\n1;2\n3;4,5\n", {.decimal = ','}},
    {"a\tb\n1\t2\n3\t4,5\n", {.decimal = ','}},
    {"a;b\n1;2\n3;4.5\n", {.decimal = '.'}},
    {"a,b\n1,2\n3,4.5\n", {.delimiter = ',', .header = RNN_HEADER_YES}},
    {"\"a\",\"b\"\n\"1\",\"2\"\n\"3\",\"4.5\"\n", {0}},
    {"\"a\";\"b\"\n\"1\";\"2\"\n\"3\";\"4,5\"\n", {.decimal = ','}},
    {" a , b\n 1 ,2\n3, 4.5 \n", {0}},
    {"a,b\n+1,2.\n3.0,45e-1\n", {0}},
    {"a,b\n1e0,.2E+1\n0003,4.5000\n", {0}},
    {"\n  \n\r\na,b\n1,2\n3,4.5\n\n\r\n   \n", {0}},
    {"a,b\n1,2\n3,4.5\n    ", {0}},
};

START_TEST(test_ways_to_write_one_table)
{
    static const double expected[] = {1, 2, 3, 4.5};
    const struct alike *table = &alike[_i];
    rnn_series *series;
    const rnn_status status =
        parse(table->text, strlen(table->text), &table->format, COLUMNS("a"), COLUMNS("b"), &series);
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
    expect_values(series, 2, 2, expected);
    ck_assert_uint_eq(series->targets, 1);
    ck_assert_str_eq(series->source, "t.csv");
    ck_assert_str_eq(series->names[0], "a");
    ck_assert_str_eq(series->names[1], "b");
    rnn_series_free(series);
}
END_TEST

static void expect_table(const char *text, const rnn_table_format *format, const char *const *targets,
                         const char *const *features, size_t N, size_t columns, const double *values)
{
    rnn_series *series;
    const rnn_status status = parse(text, strlen(text), format, targets, features, &series);
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
    expect_values(series, N, columns, values);
    rnn_series_free(series);
}

START_TEST(test_columns_are_found_by_name_then_by_position)
{
    const double ba[] = {2, 1, 5, 4}, all[] = {3, 1, 2, 6, 4, 5}, two[] = {1, 4}, one[] = {2, 5};
    const char *text = "a,2,c\n1,2,3\n4,5,6\n"; /* a column called "2" */
    const rnn_table_format header = {.header = RNN_HEADER_YES};
    expect_table(text, &header, COLUMNS("2"), COLUMNS("1"), 2, 2, ba);
    expect_table(text, &header, COLUMNS("c"), COLUMNS("all"), 2, 3, all);
    expect_table(text, &header, COLUMNS("c", "a"), COLUMNS("2"), 2, 3, all);
    expect_table(text, &header, COLUMNS("a"), NULL, 2, 1, two);
    expect_table("3,2,1\n10,20,30\n40,50,60\n", &header, COLUMNS("3"), NULL, 2, 1, (const double[]){10, 40});
    expect_table("x,x,y\n1,2,3\n4,5,6\n", NULL, COLUMNS("y"), COLUMNS("all"), 2, 3, all);
    expect_table("x,x,y\n1,2,3\n4,5,6\n", NULL, COLUMNS("2"), NULL, 2, 1, one);
    expect_table("1\n4\n", NULL, NULL, NULL, 2, 1, two);
    expect_table("1\n4\n", NULL, NULL, COLUMNS("all"), 2, 1, two);
    expect_table("\"a, in m\"\n1\n4\n", NULL, NULL, NULL, 2, 1, two);
}
END_TEST

START_TEST(test_names)
{
    rnn_series *series;
    const char *text = "\"he said \"\"go\"\"\", ,\"two\nlines\",\xC3\xA9t\xC3\xA9,\xE9,all\n1,2,3,4,x,6\n";
    ck_assert_int_eq(parse(text, strlen(text), NULL, COLUMNS("he said \"go\""),
                           COLUMNS("2", "two\nlines", "\xC3\xA9t\xC3\xA9", "all"), &series),
                     RNN_OK);
    expect_values(series, 1, 5, (const double[]){1, 2, 3, 4, 6});
    ck_assert_str_eq(series->names[1], "2"); /* an empty name gives way to the position */
    ck_assert_str_eq(series->names[2], "two\nlines");
    ck_assert_str_eq(series->names[4], "all");
    rnn_series_free(series);

    ck_assert_int_eq(parse("1,2\n", 4, NULL, COLUMNS("2"), NULL, &series), RNN_OK);
    ck_assert_str_eq(series->names[0], "2");
    rnn_series_free(series);
}
END_TEST

START_TEST(test_columns_not_in_use_may_be_anything)
{
    const double expected[] = {1, 2, 3};
    expect_table("day,note,v\n2001-01-01,,1\n,\"a, \"\"b\"\"\nc\",2\nnan,5\" pipe,3\n", NULL, COLUMNS("v"), NULL, 3, 1,
                 expected);
}
END_TEST

static char notice[512];

static void keep_notice(const char *text, void *context)
{
    (void)context;
    snprintf(notice, sizeof notice, "%s", text);
}

START_TEST(test_header_guess)
{
    const double both[] = {1, 2}, second[] = {2};
    rnn_set_notice_handler(keep_notice, NULL);
    expect_table("1,a\n2,b\n", &(rnn_table_format){.header = RNN_HEADER_NO}, COLUMNS("1"), NULL, 2, 1, both);
    expect_table("1\n2\n", &(rnn_table_format){.header = RNN_HEADER_YES}, NULL, NULL, 1, 1, second);
    expect_table("x,y\n2,3\n", NULL, COLUMNS("x"), NULL, 1, 1, second);
    expect_table("1,\n2,\n", NULL, COLUMNS("1"), NULL, 2, 1, both);     /* an empty cell is no sign of a header */
    expect_table("1,nan\n2,3\n", NULL, COLUMNS("1"), NULL, 2, 1, both); /* nor is a missing value */
    ck_assert_str_eq(notice, "");
    expect_table("1,a\n2,b\n", NULL, COLUMNS("1"), NULL, 1, 1, second);
    ck_assert_str_eq(notice, "t.csv:1: taken as the header since \"a\" is no number, although others are; if it is "
                             "data, say --header no");
    rnn_set_notice_handler(NULL, NULL);
}
END_TEST

START_TEST(test_delimiter_guess)
{
    const double one[] = {1}, half[] = {1.5};
    expect_table("\"a;b;c\",d\n1,2\n", NULL, COLUMNS("1"), NULL, 1, 1, one); /* those inside quotes do not count */
    expect_table("\"a\"\";;\",d\n1,2\n", NULL, COLUMNS("1"), NULL, 1, 1, one);
    expect_table("a;b,c;d\n1;x,y;2\n", NULL, COLUMNS("a"), NULL, 1, 1, one); /* most of them */
    expect_table("a,b;c\n1,2;3\n", NULL, COLUMNS("1"), NULL, 1, 1, one);     /* a tie: the comma */
    expect_table("5\" pipe,a;b\nx,1;2\n", &(rnn_table_format){.delimiter = ';'}, COLUMNS("b"), NULL, 1, 1,
                 (const double[]){2});
    expect_table("5\" pipe,a,b;\nx,1,2;\n", NULL, COLUMNS("a"), NULL, 1, 1, one); /* a quote within text is text */
    expect_table("1,5\n", &(rnn_table_format){.decimal = ','}, NULL, NULL, 1, 1, half);
    expect_table("1,5;2\n", &(rnn_table_format){.decimal = ',', .delimiter = ';'}, COLUMNS("1"), NULL, 1, 1, half);
}
END_TEST

/* What printf wrote with enough digits must come back to the bit; the hard ones are from the literature on strtod. */
START_TEST(test_numbers_are_the_nearest_doubles)
{
    const double expected[] = {0.1,
                               -0.0,
                               DBL_MAX,
                               DBL_MIN,
                               4.9406564584124654e-324,
                               2.2250738585072011e-308,
                               9007199254740993.0,
                               123456789012345678.0,
                               0.0,
                               1e23};
    expect_table("0.1\n-0\n1.7976931348623157e308\n2.2250738585072014E-308\n4.9406564584124654e-324\n"
                 "2.2250738585072011e-308\n9007199254740993\n123456789012345678\n1e-99999999999999999999\n1e23\n",
                 NULL, NULL, NULL, 10, 1, expected);
}
END_TEST

/* Random doubles through a process with a decimal comma: every reader of text has been broken by one. */
START_TEST(test_locale_with_decimal_comma)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8",  "de_DE",      "fr_FR.UTF-8",
                                          "fr_FR.utf8",  "nl_NL.UTF-8", "ru_RU.UTF-8"};
    const double expected[] = {0.5, 1250000, 1.5};
    const char *chosen = NULL;
    for (size_t i = 0; !chosen && i < sizeof locales / sizeof *locales; i++)
        chosen = setlocale(LC_ALL, locales[i]);
    if (!chosen || strcmp(localeconv()->decimal_point, ",") != 0) {
        printf("test_csv.c: skipped: no locale with a decimal comma is installed (de_DE.UTF-8 or the like)\n");
    } else {
        expect_table("v\n0.5\n12.5e5\n1.5\n", NULL, NULL, NULL, 3, 1, expected);
        expect_table("v\n0,5\n12,5e5\n1,5\n", &(rnn_table_format){.decimal = ','}, NULL, NULL, 3, 1, expected);
    }
    setlocale(LC_ALL, "C");
}
END_TEST

/* Cells of lengths around powers of two, where a reader with a buffer would have its seams: an unused text (every other
 * one quoted and with a quote in it) and a number with that many digits. */
START_TEST(test_long_cells)
{
    static const size_t lengths[] = {1, 63, 64, 65, 255, 256, 4095, 4096, 4097, 62464, 65535, 65536, 65537, 262144};
    const double expected[] = {0, 1, 2, 3};
    const size_t length = lengths[_i], rows = sizeof expected / sizeof *expected;
    char *text = malloc(rows * (2 * length + 16)), *to = text;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i < rows; i++) {
        to += sprintf(to, "%s", i % 2 ? "\"\"\"" : "");
        memset(to, 'x', length);
        to += length;
        to += sprintf(to, "%s,%zu.", i % 2 ? "\"" : "", i);
        memset(to, '0', length);
        to += length;
        *to++ = '\n';
    }
    rnn_series *series;
    const rnn_status status =
        parse(text, (size_t)(to - text), &(rnn_table_format){.header = RNN_HEADER_NO}, COLUMNS("2"), NULL, &series);
    free(text);
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
    expect_values(series, rows, 1, expected);
    rnn_series_free(series);
}
END_TEST
#define LONG_CELLS 14

START_TEST(test_many_rows)
{
    enum { ROWS = 10000 };
    char *text = malloc(ROWS * 16), *to = text;
    rnn_series *series;
    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < ROWS; i++)
        to += sprintf(to, "%d,%d\n", i, -i);
    ck_assert_int_eq(parse(text, (size_t)(to - text), NULL, COLUMNS("2"), COLUMNS("all"), &series), RNN_OK);
    free(text);
    ck_assert_uint_eq(series->N, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        if (series->values[2 * i] != -(double)i || series->values[2 * i + 1] != (double)i)
            ck_abort_msg("row %zu is %g, %g", i, series->values[2 * i], series->values[2 * i + 1]);
    rnn_series_free(series);
}
END_TEST

/* ---- Caps ------------------------------------------------------------------------------------------------------------ */

/* `before`, then 'x' up to `length` bytes, then `after`. */
static char *padded(const char *before, size_t length, const char *after)
{
    char *text = malloc(length + strlen(after) + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, 'x', length);
    memcpy(text, before, strlen(before));
    strcpy(text + length, after);
    return text;
}

START_TEST(test_row_at_the_cap)
{
    const rnn_table_format plain = {.delimiter = ',', .header = RNN_HEADER_NO};
    const double one[] = {1};
    char *text = padded("1,", RNN_CSV_MAX_LINE, "\n");
    expect_table(text, &plain, COLUMNS("1"), NULL, 1, 1, one);
    free(text);
    text = padded("1,\"", RNN_CSV_MAX_LINE - 1, "\"");
    expect_table(text, &plain, COLUMNS("1"), NULL, 1, 1, one);
    free(text);
}
END_TEST

START_TEST(test_row_beyond_the_cap)
{
    static const struct {
        const char *before;
        size_t length;
        const char *after, *message;
    } rows[] = {
        {"1,", RNN_CSV_MAX_LINE + 1, "\n",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; is this a table of text?"},
        {"1,", 3 * RNN_CSV_MAX_LINE, "",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; is this a table of text?"},
        {"1,\"", RNN_CSV_MAX_LINE, "\"\n",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; is this a table of text?"},
        {"1,\"", RNN_CSV_MAX_LINE, "\",2\n",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; is this a table of text?"},
        {"1,\"\n", RNN_CSV_MAX_LINE + 1, "\"\n",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; the quote opened on line 3 may lack its end"},
        {"1,\"\n", 2 * RNN_CSV_MAX_LINE, "\n1,2\n",
         "t.csv:3: row longer than 1048576 bytes, the cap for a row; the quote opened on line 3 may lack its end"},
    };
    char before[16];
    rnn_series *series;
    snprintf(before, sizeof before, "1,2\n1,2\n%s", rows[_i].before);
    char *text = padded(before, 8 + rows[_i].length, rows[_i].after);
    const rnn_status status =
        parse(text, strlen(text), &(rnn_table_format){.delimiter = ','}, COLUMNS("1"), NULL, &series);
    free(text);
    expect_failure(status, series, RNN_BAD_DATA, rows[_i].message);
}
END_TEST
#define LONG_ROWS 6

START_TEST(test_columns_at_and_beyond_the_cap)
{
    const size_t cap = 100000;
    char *text = malloc(2 * cap + 2);
    rnn_series *series;
    ck_assert_ptr_nonnull(text);
    for (size_t i = 0; i <= cap; i++)
        memcpy(text + 2 * i, "1,", 2);
    ck_assert_int_eq(parse(text, 2 * cap - 1, NULL, COLUMNS("100000"), COLUMNS("all"), &series), RNN_OK);
    ck_assert_uint_eq(series->columns, cap);
    ck_assert_uint_eq(series->N, 1);
    rnn_series_free(series);
    const rnn_status status = parse(text, 2 * cap + 1, NULL, COLUMNS("1"), NULL, &series);
    free(text);
    expect_failure(status, series, RNN_BAD_DATA,
                   "t.csv: more than 100000 columns, the cap for a table; remove what is not needed");
}
END_TEST

/* ---- What is refused ------------------------------------------------------------------------------------------------- */

#define TEXT(literal) .text = literal, .size = sizeof literal - 1
#define GAP           "empty cell; every value in use must be a number (fill or drop the gap first)"
#define NOT_FINITE    " is no finite number; every value in use must be one (fill or drop the gap first)"
#define THOUSANDS     " is not a number; if it has thousands separators, remove them: they are not read"
#define NO_NUMBER                                                                                                 \
    " is not a number; expected one such as 12.5 or 1e-3 (a column of text can only be left out of --target and " \
    "--features)"
#define RAGGED "; complete the row (a text that contains the delimiter must be quoted)"

/* Read with the target "v" unless another is given; the status is RNN_BAD_DATA unless another is given. */
static const struct bad {
    const char *text;
    size_t size;
    const char *message;
    rnn_table_format format;
    rnn_status status;
    const char *targets[3], *features[3];
} bad[] = {
    /* the file as a whole */
    {TEXT(""), "t.csv: empty, expected a table of numbers"},
    {TEXT("\xEF\xBB\xBF"), "t.csv: empty, expected a table of numbers"},
    {TEXT("\n\r\n   \n"), "t.csv: empty, expected a table of numbers"},
    {TEXT("x,v\n"), "t.csv: a header and no rows, expected at least one row of numbers"},
    {TEXT("x,v\n\n\n"), "t.csv: a header and no rows, expected at least one row of numbers"},
    {TEXT("\xFF\xFEv\0\n\0"), "t.csv: begins with a UTF-16 byte order mark, expected UTF-8; save it as UTF-8"},
    {TEXT("\xFE\xFF\0v\0\n"), "t.csv: begins with a UTF-16 byte order mark, expected UTF-8; save it as UTF-8"},
    {TEXT("v\0\n\0"),
     "t.csv: NUL byte at offset 1, so this is binary data or UTF-16; expected CSV text in UTF-8, or NPY"},
    {TEXT("v\n1\n\0"),
     "t.csv: NUL byte at offset 4, so this is binary data or UTF-16; expected CSV text in UTF-8, or NPY"},
    {TEXT("PK\x03\x04\x14\0"),
     "t.csv: is a zip archive (a spreadsheet or NPZ), expected CSV text or NPY; save the table as CSV"},
    /* the way it is to be read */
    {TEXT("v\n1\n"), "t.csv: delimiter \"|\", expected a comma, a semicolon or a tab", {.delimiter = '|'}, RNN_USAGE},
    {TEXT("v\n1\n"), "t.csv: decimal mark \"\\x07\", expected a point or a comma", {.decimal = 7}, RNN_USAGE},
    {TEXT("v\n1\n"),
     "t.csv: the comma cannot be both delimiter and decimal mark",
     {.decimal = ',', .delimiter = ','},
     RNN_USAGE},
    /* quotes */
    {TEXT("x,v\n1,\"2\n3,4\n"), "t.csv:2: a quote opened here has no end; close it or remove it"},
    {TEXT("\""), "t.csv:1: a quote opened here has no end; close it or remove it"},
    {TEXT("x,v\n\"a\n\nb\",\"2"), "t.csv:4: a quote opened here has no end; close it or remove it"},
    {TEXT("x,v\n1,\"2\"\""), "t.csv:2: a quote opened here has no end; close it or remove it"},
    {TEXT("x,v\n1,\"2\"3\n"),
     "t.csv:2: text after the closing quote of \"2\"; expected a delimiter or the line's end (a "
     "quote inside quotes is written twice)"},
    {TEXT("x,v\n\"a\nb\" ,1\n"), "t.csv:3: text after the closing quote of \"a\\x0ab\"; expected a delimiter or the "
                                 "line's end (a quote inside quotes is written twice)"},
    /* ragged rows and gaps */
    {TEXT("x,v\n1\n"), "t.csv:2: 1 cell, expected 2 as in line 1" RAGGED},
    {TEXT("\n\nx,v\n1,2\n1,2,3\n"), "t.csv:5: 3 cells, expected 2 as in line 3" RAGGED},
    {TEXT("x,v\n1,2\n3,4,\n"), "t.csv:3: 3 cells, expected 2 as in line 1" RAGGED},
    {TEXT("x,v,\n1,2\n"), "t.csv:2: 2 cells, expected 3 as in line 1" RAGGED},
    {TEXT("x,v\n1,2\n\n3,4\n"), "t.csv:3: blank line between rows, expected 2 cells as in line 1; remove it"},
    {TEXT("x,v\r1,2\r\r3,4\r"), "t.csv:3: blank line between rows, expected 2 cells as in line 1; remove it"},
    {TEXT("x,v\n1,2\n\"\"\n"), "t.csv:3: 1 cell, expected 2 as in line 1" RAGGED},
    {TEXT("x;v\n1,2\n"), "t.csv:2: 1 cell, expected 2 as in line 1" RAGGED},
    {TEXT("x,v\nbad,also bad,1\n"), "t.csv:2: 3 cells, expected 2 as in line 1" RAGGED},
    {TEXT("v\n1\n\n2\n"), "t.csv:3, column 1 (v): " GAP},
    {TEXT("v\r\n1\r\n  \r\n2\r\n"), "t.csv:3, column 1 (v): " GAP},
    {TEXT("1\n\n2\n"), "t.csv:2, column 1: " GAP, {0}, 0, {"1"}},
    {TEXT("x,v\n1,2\n3,\n"), "t.csv:3, column 2 (v): " GAP},
    {TEXT("x,v\n1,\"\"\n"), "t.csv:2, column 2 (v): " GAP},
    {TEXT("x\tv\n1\t\n"), "t.csv:2, column 2 (v): " GAP},
    {TEXT("1,2\n\"\n\n\", \n"), "t.csv:4, column 2: " GAP, {0}, 0, {"2"}},
    {TEXT("v,w\n1,x\n,\n"), "t.csv:2, column 2 (w): \"x\"" NO_NUMBER, {0}, 0, {"v"}, {"all"}},
    /* no numbers */
    {TEXT("v\nnan\n"), "t.csv:2, column 1 (v): \"nan\"" NOT_FINITE},
    {TEXT("v\n1\n-Inf\n"), "t.csv:3, column 1 (v): \"-Inf\"" NOT_FINITE},
    {TEXT("v\n+INFINITY\n"), "t.csv:2, column 1 (v): \"+INFINITY\"" NOT_FINITE},
    {TEXT("v\nN/A\n"), "t.csv:2, column 1 (v): \"N/A\"" NOT_FINITE},
    {TEXT("v\n-\n"), "t.csv:2, column 1 (v): \"-\"" NOT_FINITE},
    {TEXT("v\n.\n"), "t.csv:2, column 1 (v): \".\"" NOT_FINITE},
    {TEXT("nan\n1\n"), "t.csv:1, column 1: \"nan\"" NOT_FINITE, {0}, 0, {"1"}},
    {TEXT("v\nnan(1)\n"), "t.csv:2, column 1 (v): \"nan(1)\"" NO_NUMBER},
    {TEXT("v\n1e999\n"),
     "t.csv:2, column 1 (v): \"1e999\" is beyond the largest double, about 1.8e308; use a larger unit"},
    {TEXT("v\n-1.7976931348623159e308\n"), "t.csv:2, column 1 (v): \"-1.7976931348623159e308\" is beyond the largest "
                                           "double, about 1.8e308; use a larger unit"},
    {TEXT("v\n0x1p3\n"), "t.csv:2, column 1 (v): \"0x1p3\" is hexadecimal; write it as a decimal number"},
    {TEXT("v\n-0X\n"), "t.csv:2, column 1 (v): \"-0X\" is hexadecimal; write it as a decimal number"},
    {TEXT("v\n12abc\n"), "t.csv:2, column 1 (v): \"12abc\"" NO_NUMBER},
    {TEXT("v\n1 x\n"), "t.csv:2, column 1 (v): \"1 x\"" NO_NUMBER},
    {TEXT("v\n1e\n"), "t.csv:2, column 1 (v): \"1e\"" NO_NUMBER},
    {TEXT("v\n1e+\n"), "t.csv:2, column 1 (v): \"1e+\"" NO_NUMBER},
    {TEXT("v\ne5\n"), "t.csv:2, column 1 (v): \"e5\"" NO_NUMBER},
    {TEXT("v\n1e5.5\n"), "t.csv:2, column 1 (v): \"1e5.5\"" NO_NUMBER},
    {TEXT("v\n--1\n"), "t.csv:2, column 1 (v): \"--1\"" NO_NUMBER},
    {TEXT("v\n5%\n"), "t.csv:2, column 1 (v): \"5%\"" NO_NUMBER},
    {TEXT("v\n1,\n"), "t.csv:2, column 1 (v): \"1,\"" NO_NUMBER},
    {TEXT("v\n1\v\n"), "t.csv:2, column 1 (v): \"1\\x0b\"" NO_NUMBER},
    {TEXT("v\n\"\"\"1\"\"\"\n"), "t.csv:2, column 1 (v): \"\"\"1\"\"\"" NO_NUMBER},
    {TEXT("v\n2001-02-03\n"), "t.csv:2, column 1 (v): \"2001-02-03\"" NO_NUMBER},
    {TEXT("v\n1.2.3\n"), "t.csv:2, column 1 (v): \"1.2.3\"" THOUSANDS},
    {TEXT("x,v\n1,\"1,234.5\"\n"), "t.csv:2, column 2 (v): \"1,234.5\"" THOUSANDS},
    {TEXT("v\n1,234,567\n"), "t.csv:2, column 1 (v): \"1,234,567\"" THOUSANDS},
    {TEXT("v\n-1 234\n"), "t.csv:2, column 1 (v): \"-1 234\"" THOUSANDS},
    {TEXT("v\n1'234\n"), "t.csv:2, column 1 (v): \"1'234\"" THOUSANDS},
    {TEXT("v\n1.234,5\n"), "t.csv:2, column 1 (v): \"1.234,5\"" THOUSANDS, {.decimal = ','}},
    {TEXT("x;v\n1;3,14\n"), "t.csv:2, column 2 (v): \"3,14\" is not a number with a decimal point; if the comma is the "
                            "decimal mark, try --decimal comma; if it separates thousands, remove it"},
    {TEXT("x;v\n1;3.14\n"),
     "t.csv:2, column 2 (v): \"3.14\" is not a number with a decimal comma; if the point is the decimal mark, leave "
     "out "
     "--decimal comma; if it separates thousands, remove it",
     {.decimal = ','}},
    {TEXT("v\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n"),
     "t.csv:2, column 1 (v): \"abcdefghijklmnopqrstuvwxyzabcdefghijklmn...\"" NO_NUMBER},
    {TEXT("v\nabcdefghijklmnopqrstuvwxyzabcdefghijklmn\n"),
     "t.csv:2, column 1 (v): \"abcdefghijklmnopqrstuvwxyzabcdefghijklmn\"" NO_NUMBER},
    {TEXT("v\n\x1b[2J\xC3\xA9\xE9\xC2\x9B\xED\xA0\x80\x7F\n"),
     "t.csv:2, column 1 (v): \"\\x1b[2J\xC3\xA9\\xe9\\xc2\\x9b\\xed\\xa0\\x80\\x7f\"" NO_NUMBER},
    /* columns */
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"w\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {"w"}},
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"3\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {"3"}},
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"0\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {"0"}},
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {""}},
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"-1\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {"-1"}},
    {TEXT("x,v\n1,2\n"), "t.csv: no column \"V\"; there are 2: \"x\", \"v\"", {0}, RNN_USAGE, {"v"}, {"V"}},
    {TEXT("1,2\n"), "t.csv: no column \"v\"; there are 2: 1 to 2 (they have no names)", {0}, RNN_USAGE},
    {TEXT("1\n"), "t.csv: no column \"v\"; there is 1: 1 (the only one)", {0}, RNN_USAGE},
    {TEXT("v\n1\n"),
     "t.csv: no column \"18446744073709551617\"; there is 1: \"v\"",
     {0},
     RNN_USAGE,
     {"18446744073709551617"}},
    {TEXT("a,b,c,d,e,f,g,h,i,j,k,l,m,n\n"),
     "t.csv: no column \"v\"; there are 14: \"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", "
     "\"k\", "
     "\"l\" and 2 more",
     {0},
     RNN_USAGE},
    {TEXT("v,v\n1,2\n"), "t.csv: columns 1 and 2 are both called \"v\"; choose by position instead", {0}, RNN_USAGE},
    {TEXT("x,v\n1,2\n"),
     "t.csv: column 2 (\"v\") is asked for twice, the second time as \"2\"; name each column once in --target and "
     "--features together (targets are inputs already)",
     {0},
     RNN_USAGE,
     {"v"},
     {"x", "2"}},
    {TEXT("1,2\n"),
     "t.csv: column 1 (\"no name\") is asked for twice, the second time as \"1\"; name each column once in --target "
     "and "
     "--features together (targets are inputs already)",
     {0},
     RNN_USAGE,
     {"1", "1"}},
    {TEXT("x,all\n1,2\n"),
     "t.csv: column 2 (\"all\") is asked for twice, the second time as \"all\"; name each column once in --target and "
     "--features together (targets are inputs already)",
     {0},
     RNN_USAGE,
     {"all"},
     {"x", "all"}},
    {TEXT("x,temp\xE9rature\n1,2\n"),
     "t.csv:1, column 2: the name \"temp\\xe9rature\" is not UTF-8; save the file as UTF-8",
     {0},
     0,
     {"2"}},
    {TEXT("x,caf\xC3\n1,2\n"),
     "t.csv:1, column 2: the name \"caf\\xc3\" is not UTF-8; save the file as UTF-8",
     {0},
     0,
     {"2"}},
};

START_TEST(test_refused)
{
    const struct bad *it = &bad[_i];
    rnn_series *series;
    const rnn_status status =
        parse(it->text, it->size, &it->format, it->targets[0] ? it->targets : COLUMNS("v"), it->features, &series);
    expect_failure(status, series, it->status ? it->status : RNN_BAD_DATA, it->message);
}
END_TEST

START_TEST(test_no_target_chosen)
{
    rnn_series *series;
    unsigned char *copy = exact_copy("x,v\n1,2\n", 8);
    const rnn_status status = rnn_csv_parse("t.csv", copy, 8, NULL, NULL, &series);
    free(copy);
    expect_failure(status, series, RNN_USAGE, "t.csv: 2 columns and no target; choose with --target: \"x\", \"v\"");
}
END_TEST

/* ---- Anything at all ------------------------------------------------------------------------------------------------- */

/* Whatever the bytes: a series of finite numbers, or one of the documented statuses and nothing left. */
static void expect_sane(const char *text, size_t size)
{
    rnn_series *series;
    const rnn_status status = parse(text, size, NULL, COLUMNS("2"), COLUMNS("all"), &series);
    if (status == RNN_OK) {
        bool finite = series->N >= 1;
        for (size_t i = 0; i < series->N * series->columns; i++)
            finite &= isfinite(series->values[i]) != 0;
        rnn_series_free(series);
        if (!finite)
            ck_abort_msg("a series of no or of infinite values from \"%.*s\"", (int)size, text);
    } else if ((status != RNN_BAD_DATA && status != RNN_USAGE) || strncmp(rnn_error_message(), "t.csv", 5) || series) {
        ck_abort_msg("status %d, \"%s\" for \"%.*s\"", status, rnn_error_message(), (int)size, text);
    }
}

static const char seed_table[] = "\xEF\xBB\xBF\"a \"\"x\"\"\",b;\t\r\n1,-2.5e3\r\n\"3\",4\r5.,\"+.6\"\n\n";

START_TEST(test_every_prefix)
{
    for (size_t size = 0; size < sizeof seed_table; size++)
        expect_sane(seed_table, size);
}
END_TEST

START_TEST(test_random_damage)
{
    static const char bytes[] = "\",;\t\r\n .-+eE019xnai\xEF\xFF";
    uint32_t state = 12345;
    rnn_set_notice_handler(keep_notice, NULL);
    for (int round = 0; round < 5000; round++) {
        char text[sizeof seed_table];
        memcpy(text, seed_table, sizeof text);
        for (int i = 0; i < 1 + round % 4; i++) {
            state = state * 1664525u + 1013904223u; /* Numerical Recipes' generator: the same rounds everywhere */
            text[(state >> 8) % (sizeof text - 1)] = bytes[(state >> 20) % sizeof bytes];
        }
        expect_sane(text, sizeof text - 1);
    }
    rnn_set_notice_handler(NULL, NULL);
}
END_TEST

Suite *csv_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *reads = tcase_create("reads"), *caps = tcase_create("caps"), *refuses = tcase_create("refuses");
    tcase_add_loop_test(reads, test_ways_to_write_one_table, 0, (int)(sizeof alike / sizeof *alike));
    tcase_add_test(reads, test_columns_are_found_by_name_then_by_position);
    tcase_add_test(reads, test_names);
    tcase_add_test(reads, test_columns_not_in_use_may_be_anything);
    tcase_add_test(reads, test_header_guess);
    tcase_add_test(reads, test_delimiter_guess);
    tcase_add_test(reads, test_numbers_are_the_nearest_doubles);
    tcase_add_test(reads, test_locale_with_decimal_comma);
    tcase_add_loop_test(reads, test_long_cells, 0, LONG_CELLS);
    tcase_add_test(reads, test_many_rows);
    tcase_add_test(caps, test_row_at_the_cap);
    tcase_add_loop_test(caps, test_row_beyond_the_cap, 0, LONG_ROWS);
    tcase_add_test(caps, test_columns_at_and_beyond_the_cap);
    tcase_add_loop_test(refuses, test_refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(refuses, test_no_target_chosen);
    tcase_add_test(refuses, test_every_prefix);
    tcase_add_test(refuses, test_random_damage);
    tcase_set_timeout(refuses, 60);
    tcase_set_timeout(caps, 60);
    suite_add_tcase(suite, reads);
    suite_add_tcase(suite, caps);
    suite_add_tcase(suite, refuses);
    return suite;
}
