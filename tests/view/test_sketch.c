/* SPDX-License-Identifier: MIT
 * test_sketch.c - pictures of text: where each mark stands, in block characters and in ASCII
 */
#include "suites.h"
#include "view/sketch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t size;

static FILE *open_text(void)
{
    free(text);
    text = NULL;
    FILE *stream = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(stream);
    return stream;
}

START_TEST(losses)
{
    rnn_epoch history[3] = {
        {.loss = 1, .val_loss = 0.1}, {.loss = 0.1, .val_loss = NAN}, {.loss = 0.01, .val_loss = 0.01}};
    FILE *stream = open_text();
    rnn_sketch_losses(stream, history, 3, false);
    fclose(stream);
    ck_assert_str_eq(text, "  loss      #=_  1 to 0.01\n"
                           "  val_loss  = _  0.1 to 0.01\n");
    history[2].val_loss = NAN; /* no validation part */
    stream = open_text();
    rnn_sketch_losses(stream, history, 3, true);
    fclose(stream);
    ck_assert_str_eq(text, "  loss      █▅▁  1 to 0.01\n");
    for (int i = 0; i < 3; i++) /* nothing to scale by */
        history[i].loss = 0;
    stream = open_text();
    rnn_sketch_losses(stream, history, 3, false);
    fclose(stream);
    ck_assert_str_eq(text, "  loss      ___  0 to 0\n");
    stream = open_text();
    rnn_sketch_losses(stream, history, 0, false);
    fclose(stream);
    ck_assert_str_eq(text, "");
}
END_TEST

/* Every value on the row of its height; the second target is left out. */
START_TEST(forecast)
{
    const double values[] = {0, 1000, 9, 1000, 4, 1000};
    size_t end = 3;
    double mean[] = {5, 1000, 3, 1000}, lower[] = {4, 0, 1, 0}, upper[] = {6, 0, 5, 0};
    const rnn_forecasts f = {.parts = 1,
                             .rows = &end,
                             .steps = 2,
                             .targets = 2,
                             .levels = 1,
                             .mean = mean,
                             .level = {0.8},
                             .lower = lower,
                             .upper = upper};
    rnn_series *series;
    ck_assert_int_eq(rnn_series_copy(values, 3, 2, 2, NULL, &series), RNN_OK);
    FILE *stream = open_text();
    rnn_sketch_forecast(stream, series, &f, false);
    fclose(stream);
    ck_assert_str_eq(text, "          9 | *\n"
                           "            |\n"
                           "            |\n"
                           "            |   :\n"
                           "            |   o:\n"
                           "            |  *::\n"
                           "            |    o\n"
                           "            |    :\n"
                           "            |    :\n"
                           "          0 |*\n"
                           "             the last 3 rows, then 2 forecasts and their 80 % intervals\n");
    lower[0] = lower[2] = -INFINITY; /* intervals that there are none of */
    upper[0] = upper[2] = INFINITY;
    stream = open_text();
    rnn_sketch_forecast(stream, series, &f, true);
    fclose(stream);
    ck_assert_ptr_null(strstr(text, "░"));
    ck_assert_ptr_nonnull(strstr(text, "│   ○\n"));
    ck_assert_ptr_nonnull(strstr(text, "  9 │ ●\n"));
    ck_assert_ptr_nonnull(strstr(text, "then 2 forecasts\n"));
    rnn_series_free(series);
}
END_TEST

/* More than there is room for: the nearest of both. A line all along one height stands in the middle. */
START_TEST(long_and_flat)
{
    static double mean[200];
    size_t end = 500;
    const rnn_forecasts f = {.parts = 1, .rows = &end, .steps = 200, .targets = 1, .mean = mean};
    rnn_series *series;
    double *values = calloc(500, sizeof *values);
    ck_assert_ptr_nonnull(values);
    ck_assert_int_eq(rnn_series_copy(values, 500, 1, 1, NULL, &series), RNN_OK);
    FILE *stream = open_text();
    rnn_sketch_forecast(stream, series, &f, false);
    fclose(stream);
    ck_assert_ptr_nonnull(strstr(text, "|********************************oooooooooooooooooooooooooooooooo\n"));
    ck_assert_ptr_nonnull(strstr(text, "the last 32 rows, then 32 of 200 forecasts\n"));
    free(values);
    rnn_series_free(series);
}
END_TEST

static const struct {
    const char *all, *type, *lang;
    bool blocks;
} locales[] = {
    {"C.UTF-8", NULL, NULL, true}, {"en_GB.utf8", "C", "C", true}, {"C", "C.UTF-8", "C.UTF-8", false},
    {NULL, "C.UTF-8", "C", true},  {"", "", "de_DE.UTF-8", true},  {NULL, NULL, "de_DE.ISO-8859-1", false},
    {NULL, NULL, NULL, false},
};

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

START_TEST(blocks_where_the_locale_has_them)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    char *kept[3];
    for (int i = 0; i < 3; i++) {
        const char *value = getenv(names[i]);
        kept[i] = value ? strdup(value) : NULL;
    }
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        set("LC_ALL", locales[i].all);
        set("LC_CTYPE", locales[i].type);
        set("LANG", locales[i].lang);
        ck_assert_msg(rnn_sketch_blocks() == locales[i].blocks, "row %zu", i);
    }
    for (int i = 0; i < 3; i++) {
        set(names[i], kept[i]);
        free(kept[i]);
    }
}
END_TEST

Suite *sketch_suite(void)
{
    Suite *suite = suite_create("sketch");
    TCase *tests = tcase_create("sketch");
    tcase_add_test(tests, losses);
    tcase_add_test(tests, forecast);
    tcase_add_test(tests, long_and_flat);
    tcase_add_test(tests, blocks_where_the_locale_has_them);
    suite_add_tcase(suite, tests);
    return suite;
}
