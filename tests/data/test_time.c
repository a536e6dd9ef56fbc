/* SPDX-License-Identifier: MIT
 * test_time.c - times as tables write them, the calendar under them, and the step from row to row
 */
#include "suites.h"

#include "data/time.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool read(const char *text, rnn_time_style *style, int64_t *time)
{
    const size_t size = strlen(text);
    unsigned char *copy = malloc(size ? size : 1); /* exactly as long, for the sanitizers */
    memcpy(copy, text, size);
    const bool is_time = rnn_time_read(copy, size, style, time);
    free(copy);
    return is_time;
}

/* ---- Reading and writing ------------------------------------------------------------------------------------------- */

/* Seconds as `date -u -d TEXT +%s` gives them; `written`: NULL where it is the text again. */
static const struct {
    const char *text;
    int kind;
    int64_t time;
    const char *written;
} times[] = {
    {"1970-01-01", RNN_TIME_DAY, 0, NULL},
    {"2000-02-29", RNN_TIME_DAY, 951782400, NULL},
    {"1900-03-01", RNN_TIME_DAY, -2203891200, NULL},
    {"1700", RNN_TIME_YEAR, -8520336000, NULL},
    {"9999-12-31", RNN_TIME_DAY, 253402214400, NULL},
    {"0001-01-01", RNN_TIME_DAY, -62135596800, NULL},
    {"2001/02/03", RNN_TIME_DAY, 981158400, NULL},
    {"20010203", RNN_TIME_COMPACT_DAY, 981158400, NULL},
    {"2001-02", RNN_TIME_MONTH, 980985600, NULL},
    {"200102", RNN_TIME_COMPACT_MONTH, 980985600, NULL},
    {"2001Q2", RNN_TIME_QUARTER, 986083200, NULL},
    {"2001q4", RNN_TIME_QUARTER, 1001894400, "2001Q4"},
    {" 2001-02-03\t", RNN_TIME_DAY, 981158400, "2001-02-03"},
    {"2001-02-03T04:05", RNN_TIME_CLOCK, 981173100, NULL},
    {"2001-02-03 04:05:06", RNN_TIME_CLOCK, 981173106, NULL},
    {"2001-02-03 04:05:06.000", RNN_TIME_CLOCK, 981173106, "2001-02-03 04:05:06"},
    {"2001/02/03 23:59:59", RNN_TIME_CLOCK, 981244799, NULL},
    {"2001-02-03T04:05:06Z", RNN_TIME_CLOCK, 981173106, NULL},
    {"2001-02-03T04:05:06+01:00", RNN_TIME_CLOCK, 981169506, NULL},
    {"2001-02-03T04:05-0930", RNN_TIME_CLOCK, 981207300, "2001-02-03T04:05-09:30"},
    {"2001-02-03 04:05+02", RNN_TIME_CLOCK, 981165900, "2001-02-03 04:05+02:00"},
};

START_TEST(read_and_written)
{
    rnn_time_style style;
    int64_t time = 0;
    char text[RNN_TIME_TEXT];
    ck_assert_msg(read(times[_i].text, &style, &time), "%s is no time", times[_i].text);
    ck_assert_int_eq(time, times[_i].time);
    ck_assert_int_eq((int)style.kind, times[_i].kind);
    rnn_time_write(&style, time, text, sizeof text);
    ck_assert_str_eq(text, times[_i].written ? times[_i].written : times[_i].text);
}
END_TEST

static const char *const none[] = {"",
                                   "   ",
                                   "1",
                                   "12.5",
                                   "abcd",
                                   "0000",
                                   "19580",
                                   "1958032",
                                   "195803290",
                                   "2001-13",
                                   "2001-00-01",
                                   "2001-02-29",
                                   "1900-02-29",
                                   "2001-02-00",
                                   "20010230",
                                   "200113",
                                   "2001/02",
                                   "2001-02/03",
                                   "2001-2-3",
                                   "2001Q0",
                                   "2001Q5",
                                   "2001Q",
                                   "2001Q11",
                                   "2001-02-03X04:05",
                                   "2001-02-03T",
                                   "2001-02-03T4:05",
                                   "2001-02-03T24:00",
                                   "2001-02-03T23:60",
                                   "2001-02-03T23:59:60",
                                   "2001-02-03T23:59:5",
                                   "2001-02-03T23:59:59.",
                                   "2001-02-03T23:59:59.5",
                                   "2001-02-03T23:59+",
                                   "2001-02-03T23:59+1",
                                   "2001-02-03T23:59+24:00",
                                   "2001-02-03T23:59+01:60",
                                   "2001-02-03T23:59+01:",
                                   "2001-02-03T23:59Zz",
                                   "03.02.2001",
                                   "02/03/2001"};

START_TEST(no_times)
{
    rnn_time_style style;
    int64_t time;
    ck_assert_msg(!read(none[_i], &style, &time), "%s is taken as a time", none[_i]);
}
END_TEST

/* Every day of 800 years against the C library's calendar. */
START_TEST(the_calendar)
{
    for (int64_t day = -146097; day < 146097; day++) {
        const time_t seconds = (time_t)(day * RNN_DAY_SECONDS + 4711);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        const rnn_civil c = rnn_civil_of((int64_t)seconds);
        const bool same =
            c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday && c.second == 4711;
        if (!same || rnn_civil_time(&c) != (int64_t)seconds || rnn_weekday((int64_t)seconds) != (tm.tm_wday + 6) % 7)
            ck_abort_msg("day %lld is another one", (long long)day);
    }
}
END_TEST

/* ---- Steps --------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *rows[8];
    const char *step;
    const char *after; /* the row behind the last */
} steps[] = {
    {{"1700", "1701", "1702", "1703", "1704"}, "1 year", "1705"},
    {{"2000-02", "2000-03", "2000-04"}, "1 month", "2000-05"},
    {{"1999Q3", "1999Q4", "2000Q1"}, "1 quarter", "2000Q2"},
    {{"2000-01-31", "2000-02-29", "2000-03-31", "2000-04-30"}, "1 month", "2000-05-31"},
    {{"2001-01-30", "2001-02-28", "2001-03-30"}, "1 month", "2001-04-30"},
    {{"2000-02-29", "2001-02-28"}, "1 year", "2002-02-28"},
    {{"19580329", "19580405", "19580412"}, "1 week", "19580419"},
    {{"2001-01-01", "2001-01-02", "2001-01-03"}, "1 day", "2001-01-04"},
    /* one day is missing: the step is what most neighbours have */
    {{"2001-01-01", "2001-01-02", "2001-01-04", "2001-01-05", "2001-01-06"}, "1 day", "2001-01-07"},
    {{"2001-02-01", "2001-02-02", "2001-02-05", "2001-02-06", "2001-02-09"}, "1 working day", "2001-02-12"},
    {{"2001-01-01 00:00", "2001-01-01 00:15", "2001-01-01 00:30"}, "15 minutes", "2001-01-01 00:45"},
    {{"2001-01-01 00:00:00", "2001-01-01 12:00:00"}, "12 hours", "2001-01-02 00:00:00"},
    {{"2001-01-01 00:00:00", "2001-01-01 00:01:30"}, "90 seconds", "2001-01-01 00:03:00"},
    {{"1999", "2003"}, "4 years", "2007"},
    {{"1999"}, "unknown", NULL},
};

START_TEST(found_and_gone)
{
    int64_t rows[8] = {0};
    size_t starts[2] = {0, 0};
    rnn_time_style style;
    char text[64];
    for (; starts[1] < 8 && steps[_i].rows[starts[1]]; starts[1]++)
        ck_assert(read(steps[_i].rows[starts[1]], &style, &rows[starts[1]]));
    ck_assert_uint_gt(starts[1], 0);
    const rnn_step step = rnn_step_find(rows, starts, 1);
    rnn_step_write(&step, text, sizeof text);
    ck_assert_str_eq(text, steps[_i].step);
    if (!steps[_i].after)
        return;
    rnn_time_write(&style, rnn_step_after(&step, rows[starts[1] - 1], 1), text, sizeof text);
    ck_assert_str_eq(text, steps[_i].after);
    for (size_t count = 1; count < 500; count++)
        ck_assert_uint_eq(rnn_step_between(&step, rows[0], rnn_step_after(&step, rows[0], count)), count);
}
END_TEST

START_TEST(off_the_step)
{
    const rnn_step day = {RNN_STEP_SECONDS, RNN_DAY_SECONDS, 0}, none_at_all = {RNN_STEP_NONE, 0, 0};
    ck_assert_uint_eq(rnn_step_between(&day, 0, RNN_DAY_SECONDS + 1), 0);
    ck_assert_uint_eq(rnn_step_between(&day, RNN_DAY_SECONDS, 0), 0);
    ck_assert_uint_eq(rnn_step_between(&none_at_all, 0, 5), 0);
}
END_TEST

Suite *time_suite(void)
{
    Suite *suite = suite_create("time");
    TCase *tests = tcase_create("times"), *step = tcase_create("steps");
    tcase_add_loop_test(tests, read_and_written, 0, (int)(sizeof times / sizeof *times));
    tcase_add_loop_test(tests, no_times, 0, (int)(sizeof none / sizeof *none));
    tcase_add_test(tests, the_calendar);
    tcase_add_loop_test(step, found_and_gone, 0, (int)(sizeof steps / sizeof *steps));
    tcase_add_test(step, off_the_step);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, step);
    return suite;
}
