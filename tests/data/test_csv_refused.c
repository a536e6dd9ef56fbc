/* SPDX-License-Identifier: MIT
 * test_csv_refused.c - text tables that are refused, each in its own words, and bytes that are no table at all
 */
#include "expect.h"

#include "data/csv.h"

#include <math.h>
#include <stdio.h>

/* ---- What is refused ------------------------------------------------------------------------------------------------- */

#define TEXT(literal) .text = (literal), .size = sizeof(literal) - 1
#define GAP           "empty cell; every value in use must be a number (--missing says what becomes of gaps)"
#define NOT_FINITE    " is no finite number; every value in use must be one (--missing says what becomes of gaps)"
#define INFINITE      " is no finite number; every value in use must be one (make it a gap and use --missing)"
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
    {TEXT("x,v\r\n\"a\r\nb\rc\nd\",z\r\n"), "t.csv:5, column 2 (v): \"z\"" NO_NUMBER}, /* lines inside quotes count */
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
    {TEXT("v\n1\n-Inf\n"), "t.csv:3, column 1 (v): \"-Inf\"" INFINITE},
    {TEXT("v\n+INFINITY\n"), "t.csv:2, column 1 (v): \"+INFINITY\"" INFINITE},
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
    {TEXT("v,2,v,3,y\n1,2,3,4,5\n"),
     "t.csv:1, column 3: the name \"v\" is not its own, and another column is called \"3\"; give each column its name",
     {.header = RNN_HEADER_YES},
     RNN_BAD_DATA,
     {"y"},
     {"all"}},
    {TEXT("v,v\n1,2\n"), "t.csv: columns 1 and 2 are both called \"v\"; choose by position instead", {0}, RNN_USAGE},
    {TEXT("x,v\n1,2\n"),
     "t.csv: column 2 (v) is asked for twice, the second time as \"2\"; name each column once in --target and "
     "--features together (targets are inputs already)",
     {0},
     RNN_USAGE,
     {"v"},
     {"x", "2"}},
    {TEXT("1,2\n"),
     "t.csv: column 1 is asked for twice, the second time as \"1\"; name each column once in --target "
     "and "
     "--features together (targets are inputs already)",
     {0},
     RNN_USAGE,
     {"1", "1"}},
    {TEXT("x,all\n1,2\n"),
     "t.csv: column 2 (all) is asked for twice, the second time as \"all\"; name each column once in --target and "
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
        parse_csv(it->text, it->size, &it->format, it->targets[0] ? it->targets : COLUMNS("v"), it->features, &series);
    expect_failure(status, series, it->status ? it->status : RNN_BAD_DATA, it->message);
}
END_TEST

/* Names go into model files as JSON, which is UTF-8: what is none of it must stop here. */
static const struct name {
    const char *text;
    bool valid;
} names[] = {
    {"\x7F", true},          {"\xC2\x80", true},          {"\xDF\xBF", true},
    {"\xE0\xA0\x80", true},  {"\xED\x9F\xBF", true},      {"\xEE\x80\x80", true},
    {"\xEF\xBF\xBF", true},  {"\xF0\x90\x80\x80", true},  {"\xF4\x8F\xBF\xBF", true},
    {"\x80", false},         {"\xC1\xBF", false},         {"\xC2", false},
    {"\xC2z", false},        {"\xE0\x9F\xBF", false},     {"\xED\xA0\x80", false},
    {"\xE1\x80", false},     {"\xF0\x8F\xBF\xBF", false}, {"\xF4\x90\x80\x80", false},
    {"\xF1\x80\x80", false}, {"\xF5\x80\x80\x80", false}, {"\xFF", false},
};

START_TEST(test_names_must_be_utf8)
{
    char text[32];
    rnn_series *series;
    snprintf(text, sizeof text, "a%s\n1\n", names[_i].text);
    const rnn_status status = parse_csv(text, strlen(text), NULL, COLUMNS("1"), NULL, &series);
    ck_assert_int_eq(status, names[_i].valid ? RNN_OK : RNN_BAD_DATA);
    ck_assert(names[_i].valid || strstr(rnn_error_message(), "is not UTF-8; save the file as UTF-8"));
    rnn_series_free(series);
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

static void drop_notice(const char *text, void *context)
{
    (void)text;
    (void)context;
}

/* Whatever the bytes: a series of finite numbers, or one of the documented statuses and nothing left. */
static void expect_sane(const char *text, size_t size)
{
    rnn_series *series;
    const rnn_status status = parse_csv(text, size, NULL, COLUMNS("2"), COLUMNS("all"), &series);
    if (status == RNN_OK) {
        bool finite = series->N >= 1;
        for (size_t i = 0; i < series->N * series->columns; i++)
            finite &= isfinite(series->values[i]) != 0;
        rnn_series_free(series);
        if (!finite)
            ck_abort_msg("a series of no or of infinite values from \"%.*s\"", (int)size, text);
    } else if ((status != RNN_BAD_DATA && status != RNN_USAGE) || strncmp(rnn_error_message(), "t.csv", 5) != 0 ||
               series) {
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
    rnn_set_notice_handler(drop_notice, NULL);
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

TCase *csv_refused_case(void)
{
    TCase *refuses = tcase_create("refuses");
    tcase_add_loop_test(refuses, test_refused, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_loop_test(refuses, test_names_must_be_utf8, 0, (int)(sizeof names / sizeof *names));
    tcase_add_test(refuses, test_no_target_chosen);
    tcase_add_test(refuses, test_every_prefix);
    tcase_add_test(refuses, test_random_damage);
    return refuses;
}
