/* SPDX-License-Identifier: MIT
 * test_report_size.c - a page stays below 1 MiB and is made in linear time, whatever is on it
 */
#include "markup.h"
#include "suites.h"

#include "view/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_PAGE ((size_t)1 << 20)

/* Noise, which no thinning can make shorter, in every chart there is. */
typedef struct noise {
    size_t count;
    double *values, *more;
    size_t *rows;
    rnn_report_band bands[2];
    rnn_report_forecast forecast;
    rnn_report_rows all;
    rnn_report_target targets[RNN_REPORT_TARGETS];
    rnn_report_data data;
} noise;

static void fill_values(noise *n)
{
    uint32_t draw = 1;
    n->values = calloc(n->count, sizeof *n->values);
    n->more = calloc(n->count, sizeof *n->more);
    n->rows = calloc(n->count, sizeof *n->rows);
    ck_assert(n->values && n->more && n->rows);
    for (size_t i = 0; i < n->count; i++) {
        draw = draw * 1664525 + 1013904223;
        n->values[i] = (double)draw;
        draw = draw * 1664525 + 1013904223;
        n->more[i] = (double)draw - 2e9;
        n->rows[i] = i;
    }
}

static noise *make_noise(size_t count)
{
    noise *n = calloc(1, sizeof *n);
    ck_assert_ptr_nonnull(n);
    n->count = count;
    fill_values(n);
    for (size_t b = 0; b < 2; b++)
        n->bands[b] = (rnn_report_band){0.9, 0.9, n->more, n->values, 1};
    n->forecast = (rnn_report_forecast){count / 8, n->more, n->bands, 2};
    n->all = (rnn_report_rows){.N = count, .val_first = count / 2, .test_first = count};
    for (size_t t = 0; t < RNN_REPORT_TARGETS; t++)
        n->targets[t] = (rnn_report_target){.name = "noise",
                                            .series = &n->all,
                                            .values = n->values,
                                            .stride = 1,
                                            .count = count,
                                            .rows = n->rows,
                                            .actual = n->values,
                                            .predicted = n->more,
                                            .prediction_stride = 1,
                                            .forecast = &n->forecast};
    n->data = (rnn_report_data){.title = "noise",
                                .targets = n->targets,
                                .target_count = RNN_REPORT_TARGETS,
                                .part = "validation",
                                .steps = 1,
                                .epochs = count,
                                .loss = n->values,
                                .val_loss = n->more,
                                .kept = count / 2};
    return n;
}

static void free_noise(noise *n)
{
    free(n->values);
    free(n->more);
    free(n->rows);
    free(n);
}

#define WIDE  10000
#define STEPS 20000
#define NAMES (1 + RNN_RIVALS)

START_TEST(size_is_bounded)
{
    static rnn_report_column columns[WIDE];
    static rnn_errors errors[STEPS];
    static rnn_coverage coverage[2 * STEPS];
    static rnn_scoreboard scores;
    const rnn_report_board boards[] = {{"test", &scores}, {"validation", &scores}};
    static char name[3000], *text;
    size_t size;
    noise *n = make_noise(1000000);
    memset(name, '<', sizeof name - 1);
    for (size_t i = 0; i < WIDE; i++)
        columns[i] = (rnn_report_column){name, name, 1.0 / 3, 1e300 / 3};
    for (size_t i = 0; i < STEPS; i++)
        errors[i] = (rnn_errors){1, n->values[i], 1, 1, 1};
    scores = (rnn_scoreboard){.horizon = STEPS, .contenders = NAMES, .levels = 2, .step_coverage = coverage};
    for (size_t i = 0; i < NAMES; i++) {
        memset(scores.contender[i].name, '<', sizeof scores.contender[i].name - 1);
        scores.contender[i].steps = errors;
    }
    for (size_t t = 0; t < RNN_REPORT_TARGETS; t++) {
        n->targets[t].name = n->targets[t].unit = name;
    }
    n->data.boards = boards;
    n->data.board_count = 2;
    n->data.steps = STEPS;
    n->data.columns = columns;
    n->data.column_count = WIDE;
    ck_assert_msg(rnn_report_html(&n->data, &text, &size) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_lt(size, MOST_PAGE);
    const char *fault = markup_fault(text);
    ck_assert_msg(fault == NULL, "%s", fault);
    ck_assert_ptr_nonnull(strstr(text, "The first 24 of 20000 steps"));
    ck_assert_ptr_nonnull(strstr(text, "The first 40 of 10000 columns"));
    free(text);
    free_noise(n);
}
END_TEST

static double seconds_of(size_t count)
{
    noise *n = make_noise(count);
    double best = INFINITY;
    for (int i = 0; i < 3; i++) {
        char *text;
        size_t size;
        const clock_t before = clock();
        ck_assert_int_eq(rnn_report_html(&n->data, &text, &size), RNN_OK);
        best = fmin(best, (double)(clock() - before) / CLOCKS_PER_SEC);
        free(text);
    }
    free_noise(n);
    return best;
}

/* Sixteen times the points take sixteen times the time, give or take what disturbs it; work that grows with the square takes 256. */
START_TEST(time_is_linear)
{
    const double few = seconds_of(100000), many = seconds_of(1600000);
    ck_assert_msg(many < 40 * few, "%g s for 1.6 million points, %g s for 100,000", many, few);
}
END_TEST

void add_report_size_tests(Suite *report)
{
    TCase *tests = tcase_create("report_size");
    tcase_add_test(tests, size_is_bounded);
    tcase_add_test(tests, time_is_linear);
    suite_add_tcase(report, tests);
}
