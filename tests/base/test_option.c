/* SPDX-License-Identifier: MIT
 * test_option.c - each kind of option takes what it says, refuses the rest in words, and prints what it would read back
 */
#include "comma_locale.h"
#include "suites.h"

#include "base/count.h"
#include "base/option.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct sample {
    size_t size;
    uint64_t seed;
    double real;
    int choice;
    bool flag;
    const char *text;
    rnn_quantiles levels;
} sample;

static const char *const colours[] = {"red", "light-green", "blue", NULL};

static const rnn_option size_option = {"count", "N", RNN_OPTION_SIZE, offsetof(sample, size), 1, 65536, NULL, "", ""};
static const rnn_option seed_option = {"seed", "N", RNN_OPTION_SEED, offsetof(sample, seed), 0, 0, NULL, "", ""};
static const rnn_option real_option = {"rate", "R", RNN_OPTION_REAL, offsetof(sample, real), -0.5, 1e6, NULL, "", ""};
static const rnn_option choice_option = {"colour", "C", RNN_OPTION_CHOICE, offsetof(sample, choice), 0, 0, colours,
                                         "",       ""};
static const rnn_option flag_option = {"bias", NULL, RNN_OPTION_FLAG, offsetof(sample, flag), 0, 0, NULL, "", ""};
static const rnn_option text_option = {"out", "DIR", RNN_OPTION_TEXT, offsetof(sample, text), 0, 0, NULL, "", ""};

static const rnn_option levels_option = {"levels", "LIST", RNN_OPTION_LEVELS, offsetof(sample, levels), 0, 2, NULL,
                                         "",       ""};

/* Read, then printed: the number's shortest form where it has several. */
static const struct {
    const rnn_option *option;
    const char *text, *printed;
} taken[] = {
    {&size_option, "1", "1"},
    {&size_option, "65536", "65536"},
    {&size_option, "007", "7"},
    {&seed_option, "0", "0"},
    {&seed_option, "18446744073709551615", "18446744073709551615"},
    {&real_option, "-0.5", "-0.5"},
    {&real_option, "1e6", "1e+06"},
    {&real_option, "1e-4", "0.0001"},
    {&real_option, "0.1", "0.1"},
    {&real_option, ".25", "0.25"},
    {&real_option, "0.30000000000000004", "0.30000000000000004"},
    {&real_option, "4.9406564584124654e-324", "4.94066e-324"},
    {&choice_option, "red", "red"},
    {&choice_option, "light-green", "light-green"},
    {&choice_option, "blue", "blue"},
    {&flag_option, "yes", "yes"},
    {&flag_option, "no", "no"},
    {&text_option, "a b", "a b"},
    {&levels_option, "1", "1"},
    {&levels_option, "0.1,.5,19e-1", "0.1,0.5,1.9"},
    {&levels_option, "0.1,0.10000000000000002", "0.1,0.10000000000000002"},
    {&levels_option, "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9", "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9"},
};

START_TEST(takes)
{
    sample record = {0, 1, 2, 3, true, "before", {1, {0.25}}};
    char text[RNN_OPTION_ROOM];
    ck_assert_int_eq(rnn_option_set(taken[_i].option, &record, taken[_i].text), RNN_OK);
    rnn_option_text(taken[_i].option, &record, text, sizeof text);
    ck_assert_str_eq(text, taken[_i].printed);
}
END_TEST

#define WHOLE  "a whole number from 1 to 65536"
#define SEED   "a whole number from 0 to 18446744073709551615"
#define REAL   "a number from -0.5 to 1000000"
#define COLOUR "one of red, light-green, blue"
#define LEVELS "1 to 9 ascending numbers between 0 and 2, as 0.1,0.5,0.9"

static const struct {
    const rnn_option *option;
    const char *text, *expected;
} refused[] = {
    {&size_option, "0", WHOLE},
    {&size_option, "65537", WHOLE},
    {&size_option, "-1", WHOLE},
    {&size_option, "+1", WHOLE},
    {&size_option, " 1", WHOLE},
    {&size_option, "1 ", WHOLE},
    {&size_option, "1.5", WHOLE},
    {&size_option, "1e3", WHOLE},
    {&size_option, "0x10", WHOLE},
    {&size_option, "", WHOLE},
    {&size_option, "18446744073709551617", WHOLE}, /* 2^64 + 1: must not wrap around to 1 */
    {&seed_option, "18446744073709551616", SEED},
    {&seed_option, "-1", SEED},
    {&seed_option, "", SEED},
    {&seed_option, "1,000", SEED},
    {&real_option, "-0.500001", REAL},
    {&real_option, "1000000.1", REAL},
    {&real_option, "nan", REAL},
    {&real_option, "inf", REAL},
    {&real_option, "-inf", REAL},
    {&real_option, "1e999", REAL},
    {&real_option, "1,5", REAL},
    {&real_option, "0.1x", REAL},
    {&real_option, "", REAL},
    {&choice_option, "Red", COLOUR},
    {&choice_option, "light", COLOUR},
    {&choice_option, "", COLOUR},
    {&choice_option, "0", COLOUR},
    {&flag_option, "true", "no value; --bias or --no-bias"},
    {&flag_option, "", "no value; --bias or --no-bias"},
    {&text_option, "", "a text that is not empty"},
    {&levels_option, "", LEVELS},
    {&levels_option, "0", LEVELS},
    {&levels_option, "2", LEVELS},
    {&levels_option, "-0.5", LEVELS},
    {&levels_option, "0.5,0.5", LEVELS},
    {&levels_option, "0.9,0.1", LEVELS},
    {&levels_option, "0.1,", LEVELS},
    {&levels_option, ",0.1", LEVELS},
    {&levels_option, "0.1,,0.2", LEVELS},
    {&levels_option, "0.1;0.2", LEVELS},
    {&levels_option, "0.1, 0.2", LEVELS},
    {&levels_option, "nan", LEVELS},
    {&levels_option, "0.1,median", LEVELS},
    {&levels_option, "0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9,0.99", LEVELS},
    {&levels_option, "0.1000000000000000000000000000000000000000000000000000000000000000000000001", LEVELS},
};

START_TEST(refuses)
{
    const sample before = {7, 8, 9, 1, true, "before", {1, {0.25}}};
    sample record = before;
    char message[256];
    const rnn_option *option = refused[_i].option;
    ck_assert_int_eq(rnn_option_set(option, &record, refused[_i].text), RNN_USAGE);
    snprintf(message, sizeof message, "--%s: found '%s', expected %s", option->name, refused[_i].text,
             refused[_i].expected);
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_uint_eq(record.size, before.size);
    ck_assert(record.real == before.real);
    ck_assert_int_eq(record.choice, before.choice);
    ck_assert(record.flag == before.flag);
    ck_assert_ptr_eq(record.text, before.text);
    ck_assert_uint_eq(record.levels.count, 1);
    ck_assert(record.levels.values[0] == 0.25);
}
END_TEST

START_TEST(sets_its_field_only)
{
    sample record = {0};
    ck_assert_int_eq(rnn_option_set(&size_option, &record, "3"), RNN_OK);
    ck_assert_int_eq(rnn_option_set(&seed_option, &record, "4"), RNN_OK);
    ck_assert_int_eq(rnn_option_set(&real_option, &record, "0.5"), RNN_OK);
    ck_assert_int_eq(rnn_option_set(&choice_option, &record, "blue"), RNN_OK);
    ck_assert_int_eq(rnn_option_set(&flag_option, &record, "yes"), RNN_OK);
    ck_assert_int_eq(rnn_option_set(&text_option, &record, "word"), RNN_OK);
    ck_assert_uint_eq(record.size, 3);
    ck_assert_uint_eq(record.seed, 4);
    ck_assert(record.real == 0.5);
    ck_assert_int_eq(record.choice, 2);
    ck_assert(record.flag);
    ck_assert_str_eq(record.text, "word");
    ck_assert_ptr_eq(rnn_option_field(&real_option, &record), &record.real);
}
END_TEST

static void expect_round_trip(double value)
{
    static const rnn_option any = {"any", "R", RNN_OPTION_REAL, offsetof(sample, real), -DBL_MAX, DBL_MAX, NULL,
                                   "",    ""};
    sample record = {.real = value};
    char text[64];
    rnn_option_text(&any, &record, text, sizeof text);
    record.real = 77;
    ck_assert_int_eq(rnn_option_set(&any, &record, text), RNN_OK);
    if (memcmp(&record.real, &value, sizeof value) != 0)
        ck_abort_msg("%a is printed as %s, which reads back as %a", value, text, record.real);
}

/* Every power of two with both neighbours, thirds, and ten thousand patterns of bits. */
START_TEST(reals_read_back_the_same)
{
    for (int power = -1074; power <= 1023; power++) {
        const double value = ldexp(1, power);
        expect_round_trip(value);
        expect_round_trip(-nextafter(value, 0));
        expect_round_trip(nextafter(value, 2 * value));
        expect_round_trip(value / 3);
    }
    uint64_t bits = 1;
    for (int i = 0; i < 10000; i++) {
        double value;
        bits = bits * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(&value, &bits, sizeof value);
        if (isfinite(value))
            expect_round_trip(value);
    }
    expect_round_trip(0.0);
    expect_round_trip(-0.0);
    expect_round_trip(DBL_MAX);
}
END_TEST

/* A C program may have chosen its user's locale before it calls us. */
START_TEST(decimal_comma_around_us)
{
    sample record = {.real = 0};
    char text[64];
    if (!comma_locale_enter("decimal_comma_around_us"))
        return;
    const rnn_status status = rnn_option_set(&real_option, &record, "0.25");
    rnn_option_text(&real_option, &record, text, sizeof text);
    rnn_fail(RNN_USAGE, "%g", 1.5);
    ck_assert_str_eq(rnn_error_message(), "1.5");
    const rnn_status comma = rnn_option_set(&real_option, &record, "0,5");
    comma_locale_leave();
    ck_assert_int_eq(status, RNN_OK);
    ck_assert(record.real == 0.25);
    ck_assert_str_eq(text, "0.25");
    ck_assert_int_eq(comma, RNN_USAGE);
    ck_assert_str_eq(rnn_error_message(), "--rate: found '0,5', expected a number from -0.5 to 1000000");
}
END_TEST

START_TEST(reals_take_no_digit_too_many)
{
    const sample record = {.real = 0.04};
    char text[64];
    rnn_option_text(&real_option, &record, text, sizeof text);
    ck_assert_str_eq(text, "0.04");
}
END_TEST

START_TEST(choices_outside_the_list)
{
    const sample record = {.choice = 3};
    char text[64];
    ck_assert_str_eq(rnn_option_choice(&choice_option, 0), "red");
    ck_assert_str_eq(rnn_option_choice(&choice_option, 2), "blue");
    ck_assert_str_eq(rnn_option_choice(&choice_option, 3), "?");
    ck_assert_str_eq(rnn_option_choice(&choice_option, -1), "?");
    rnn_option_text(&choice_option, &record, text, sizeof text);
    ck_assert_str_eq(text, "?");
}
END_TEST

START_TEST(absent_text_is_empty)
{
    const sample record = {.text = NULL};
    char text[64] = "before";
    rnn_option_text(&text_option, &record, text, sizeof text);
    ck_assert_str_eq(text, "");
}
END_TEST

/* Of one there is one; of none there are several, and series are always. */
START_TEST(counts_as_people_write_them)
{
    ck_assert_str_eq(rnn_count(0, "row").text, "0 rows");
    ck_assert_str_eq(rnn_count(1, "row").text, "1 row");
    ck_assert_str_eq(rnn_count(2, "validation window").text, "2 validation windows");
    ck_assert_str_eq(rnn_count(1, "series").text, "1 series");
    ck_assert_str_eq(rnn_count(11, "series").text, "11 series");
    ck_assert_str_eq(rnn_count(SIZE_MAX, "validation window").text, "18446744073709551615 validation windows");
}
END_TEST

Suite *option_suite(void)
{
    Suite *suite = suite_create("option");
    TCase *tests = tcase_create("option");
    tcase_add_loop_test(tests, takes, 0, sizeof taken / sizeof *taken);
    tcase_add_loop_test(tests, refuses, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, sets_its_field_only);
    tcase_add_test(tests, reals_read_back_the_same);
    tcase_add_test(tests, decimal_comma_around_us);
    tcase_add_test(tests, reals_take_no_digit_too_many);
    tcase_add_test(tests, choices_outside_the_list);
    tcase_add_test(tests, absent_text_is_empty);
    tcase_add_test(tests, counts_as_people_write_them);
    suite_add_tcase(suite, tests);
    return suite;
}
