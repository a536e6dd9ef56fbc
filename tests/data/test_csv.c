/* SPDX-License-Identifier: MIT
 * test_csv.c - text tables: what is read, and the caps; test_csv_refused.c has the rest
 */
#include "expect.h"

#include "comma_locale.h"

#include "data/csv.h"

#include <float.h>
#include <stdio.h>

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
        parse_csv(table->text, strlen(table->text), &table->format, COLUMNS("a"), COLUMNS("b"), &series);
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
    const rnn_status status = parse_csv(text, strlen(text), format, targets, features, &series);
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
    ck_assert_int_eq(parse_csv(text, strlen(text), NULL, COLUMNS("he said \"go\""),
                               COLUMNS("2", "two\nlines", "\xC3\xA9t\xC3\xA9", "all"), &series),
                     RNN_OK);
    expect_values(series, 1, 5, (const double[]){1, 2, 3, 4, 6});
    ck_assert_str_eq(series->names[1], "2"); /* an empty name gives way to the position */
    ck_assert_str_eq(series->names[2], "two\nlines");
    ck_assert_str_eq(series->names[4], "all");
    rnn_series_free(series);

    text = "x,y,x,z,x\n1,2,3,4,5\n"; /* so does one that another column has too */
    ck_assert_int_eq(parse_csv(text, strlen(text), NULL, COLUMNS("5"), COLUMNS("z", "1"), &series), RNN_OK);
    expect_values(series, 1, 3, (const double[]){5, 4, 1});
    ck_assert_str_eq(series->names[0], "5");
    ck_assert_str_eq(series->names[1], "z");
    ck_assert_str_eq(series->names[2], "1");
    rnn_series_free(series);

    ck_assert_int_eq(parse_csv("1,2\n", 4, NULL, COLUMNS("2"), NULL, &series), RNN_OK);
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

/* Numbers read in a process with a decimal comma: every reader of text has been broken by one. */
START_TEST(test_locale_with_decimal_comma)
{
    const double expected[] = {0.5, 1250000, 1.5};
    if (!comma_locale_enter("test_locale_with_decimal_comma"))
        return;
    expect_table("v\n0.5\n12.5e5\n1.5\n", NULL, NULL, NULL, 3, 1, expected);
    expect_table("v\n0,5\n12,5e5\n1,5\n", &(rnn_table_format){.decimal = ','}, NULL, NULL, 3, 1, expected);
    comma_locale_leave();
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
        parse_csv(text, (size_t)(to - text), &(rnn_table_format){.header = RNN_HEADER_NO}, COLUMNS("2"), NULL, &series);
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
    ck_assert_int_eq(parse_csv(text, (size_t)(to - text), NULL, COLUMNS("2"), COLUMNS("all"), &series), RNN_OK);
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
    memcpy(text + length, after, strlen(after) + 1);
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
        parse_csv(text, strlen(text), &(rnn_table_format){.delimiter = ','}, COLUMNS("1"), NULL, &series);
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
    ck_assert_int_eq(parse_csv(text, 2 * cap - 1, NULL, COLUMNS("100000"), COLUMNS("all"), &series), RNN_OK);
    ck_assert_uint_eq(series->columns, cap);
    ck_assert_uint_eq(series->N, 1);
    rnn_series_free(series);
    const rnn_status status = parse_csv(text, 2 * cap + 1, NULL, COLUMNS("1"), NULL, &series);
    free(text);
    expect_failure(status, series, RNN_BAD_DATA,
                   "t.csv: more than 100000 columns, the cap for a table; remove what is not needed");
}
END_TEST

Suite *csv_suite(void)
{
    Suite *suite = suite_create("csv");
    TCase *reads = tcase_create("reads"), *caps = tcase_create("caps");
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
    suite_add_tcase(suite, reads);
    suite_add_tcase(suite, caps);
    suite_add_tcase(suite, csv_refused_case());
    return suite;
}
