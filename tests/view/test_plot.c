/* SPDX-License-Identifier: MIT
 * test_plot.c - a picture that is whole and says what it shows; without a gnuplot that works, a notice and no file
 *
 * gnuplot itself must be installed for the first half. The second half puts stand-ins of it first on PATH.
 */
#include "suites.h"

#include "base/file.h"
#include "view/plot.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define N 40

static char folder[] = "/tmp/rnn_cl.plot.XXXXXX";
static char path[PATH_MAX], program[PATH_MAX], old_path[PATH_MAX], notice[8192];
static double actual[N], predicted[N], loss[5] = {100, 10, 1, 0.1, 0.01}, val_loss[5] = {200, 20, 2, 0.2, 0.02};
static rnn_plot_data data;

static void keep_notice(const char *text, void *context)
{
    (void)context;
    snprintf(notice, sizeof notice, "%s", text);
}

static void set_up(void)
{
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/plot.svg", folder);
    snprintf(program, sizeof program, "%s/gnuplot", folder);
    snprintf(old_path, sizeof old_path, "%s", getenv("PATH"));
    notice[0] = '\0';
    rnn_set_notice_handler(keep_notice, NULL);
    for (size_t i = 0; i < N; i++) {
        actual[i] = sin((double)i);
        predicted[i] = actual[i] + 0.25;
    }
    data = (rnn_plot_data){.title = "a model",
                           .subtitle = "how it was trained",
                           .O = 1,
                           .target = "sin",
                           .train = {50, 30, actual, predicted},
                           .val = {80, 10, actual + 30, predicted + 30},
                           .epochs = 5,
                           .loss = loss,
                           .val_loss = val_loss};
}

static void tear_down(void)
{
    rnn_set_notice_handler(NULL, NULL);
    setenv("PATH", old_path, 1);
    unlink(path);
    unlink(program);
    ck_assert_msg(rmdir(folder) == 0, "a test left a file in %s", folder);
}

/* The picture as text; the caller frees it. */
static char *drawn(void)
{
    unsigned char *bytes;
    size_t size;
    ck_assert_msg(rnn_plot(&data, path) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(notice[0] == '\0', "%s", notice);
    ck_assert_msg(rnn_read_file(path, 1 << 24, &bytes, &size) == RNN_OK, "%s", rnn_error_message());
    char *text = calloc(size + 1, 1);
    memcpy(text, bytes, size);
    free(bytes);
    return text;
}

static void has(const char *svg, const char *text)
{
    ck_assert_msg(strstr(svg, text) != NULL, "the picture lacks: %s", text);
}

static void lacks(const char *svg, const char *text)
{
    ck_assert_msg(strstr(svg, text) == NULL, "the picture has: %s", text);
}

START_TEST(three_panels)
{
    char *svg = drawn();
    has(svg, "<svg");
    has(svg, "</svg>");
    has(svg, "a model");
    has(svg, "how it was trained");
    has(svg, "Training part, RMSE 0.25<");
    has(svg, "Validation part, RMSE 0.25<");
    has(svg, ">actual<");
    has(svg, ">predicted<");
    has(svg, ">training<");
    has(svg, ">validation<");
    has(svg, ">sin<");
    free(svg);
}
END_TEST

START_TEST(only_what_there_is)
{
    data.train.count = 0;
    data.subtitle = NULL;
    data.val_loss = NULL;
    actual[35] = NAN; /* a row past the end of the series */
    char *svg = drawn();
    lacks(svg, "Training part");
    lacks(svg, ">validation<");
    has(svg, "Validation part, RMSE 0.25<");
    free(svg);

    data.epochs = 0;
    svg = drawn();
    lacks(svg, "Loss");
    free(svg);

    data.val.count = 0;
    ck_assert_int_eq(rnn_plot(&data, path), RNN_INTERNAL);
}
END_TEST

START_TEST(first_of_several_targets)
{
    data.O = 2;
    data.train.count = 15;
    data.val = (rnn_plot_part){65, 5, actual + 30, predicted + 30};
    for (size_t i = 1; i < N; i += 2)
        predicted[i] = 1000; /* of the other target */
    char *svg = drawn();
    has(svg, "Training part, first of 2 outputs, RMSE 0.25<");
    free(svg);
}
END_TEST

/* One row and one epoch, a constant series, losses that no logarithm takes, and more rows than there are pixels. */
START_TEST(awkward_sizes)
{
    static double many[100000];
    data.train.count = data.val.count = data.epochs = 1;
    free(drawn());

    data.epochs = 5;
    loss[2] = 0;
    val_loss[1] = NAN;
    free(drawn());

    data.train = (rnn_plot_part){0, sizeof many / sizeof *many, many, many};
    data.epochs = sizeof many / sizeof *many;
    data.loss = data.val_loss = many;
    many[54321] = 7; /* must not be lost with the rows that are */
    char *svg = drawn();
    ck_assert_uint_lt(strlen(svg), 1 << 19);
    has(svg, "> 7<");
    free(svg);
}
END_TEST

/* Names come from people's files. They must neither run, nor end the string, nor be marked up, nor break the XML. */
START_TEST(names_are_only_names)
{
    data.title = "'; system(\"touch PWNED\"); set title '";
    data.subtitle = "`touch PWNED` a_b^2 {/Symbol x} \\n <b>&amp; \xff\x01\n Gr\xc3\xb6\xc3\x9f\x65";
    data.target = "it's \"T_{out}\" @x $y";
    char *svg = drawn();
    has(svg, "\xe2\x80\x99; system(\"touch PWNED\"); set title \xe2\x80\x99"); /* typographic quotes */
    has(svg, "`touch PWNED` a_b^2 {/Symbol x} \\n &lt;b");
    has(svg, "&amp;amp; ?   Gr\xc3\xb6\xc3\x9f\x65");
    has(svg, "it\xe2\x80\x99s \"T_{out}\" @x $y");
    ck_assert_int_ne(access("PWNED", F_OK), 0);
    free(svg);
}
END_TEST

static void no_picture(const char *why)
{
    ck_assert_msg(rnn_plot(&data, path) == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(strstr(notice, why) && strstr(notice, path), "the notice is: %s", notice);
    ck_assert_msg(strchr(notice, '\n') == NULL, "the notice is more than a line: %s", notice);
}

START_TEST(no_gnuplot)
{
    static const char *const paths[] = {"", "/absent"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        setenv("PATH", paths[i], 1);
        no_picture("gnuplot not found; install gnuplot");
        ck_assert_int_ne(access(path, F_OK), 0);
    }
}
END_TEST

START_TEST(an_earlier_picture_stays)
{
    free(drawn());
    setenv("PATH", "", 1);
    no_picture("the one there is of an earlier run");
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

static const struct {
    const char *script, *why;
} stand_ins[] = {
    {"cat >/dev/null; echo; echo 'unknown terminal svg' >&2; exit 3",
     "gnuplot failed (exit code 3): unknown terminal svg"},
    {"exit 1", "gnuplot failed (exit code 1)"}, /* without reading its script */
    {"kill -9 $$", "gnuplot failed (signal 9)"},
    {"cat >/dev/null; echo '<svg><g>'", "no whole picture"},
    {"exit 0", "no whole picture"},
    {"i=0; while [ $i -lt 3000 ]; do echo 'a long complaint of many words' >&2; i=$((i+1)); done; exit 1",
     "a long complaint of many words a long complaint"},
};

START_TEST(gnuplot_that_fails)
{
    static double many[3000];
    data.train = (rnn_plot_part){0, sizeof many / sizeof *many, many, many}; /* more script than a pipe holds */
    FILE *file = fopen(program, "w");
    char search[PATH_MAX * 2];
    fprintf(file, "#!/bin/sh\n%s\n", stand_ins[_i].script);
    fclose(file);
    chmod(program, 0755);
    snprintf(search, sizeof search, "%s:%s", folder, old_path);
    setenv("PATH", search, 1);
    no_picture(stand_ins[_i].why);
    ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(no_folder)
{
    ck_assert_int_eq(rnn_plot(&data, "/absent/plot.svg"), RNN_CANNOT_CREATE);
}
END_TEST

Suite *plot_suite(void)
{
    Suite *suite = suite_create("plot");
    TCase *tests = tcase_create("plot");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, three_panels);
    tcase_add_test(tests, only_what_there_is);
    tcase_add_test(tests, first_of_several_targets);
    tcase_add_test(tests, awkward_sizes);
    tcase_add_test(tests, names_are_only_names);
    tcase_add_test(tests, no_gnuplot);
    tcase_add_test(tests, an_earlier_picture_stays);
    tcase_add_loop_test(tests, gnuplot_that_fails, 0, sizeof stand_ins / sizeof *stand_ins);
    tcase_add_test(tests, no_folder);
    suite_add_tcase(suite, tests);
    return suite;
}
