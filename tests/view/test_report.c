/* SPDX-License-Identifier: MIT
 * test_report.c - the page holds what it is given, and is valid whatever that is
 */
#include "base/allocations.h"
#include "comma_locale.h"
#include "markup.h"
#include "suites.h"

#include "base/memory.h"
#include "view/report.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS      300
#define FIRST     200 /* row of the first prediction */
#define STEPS     6
#define MOST_PAGE ((size_t)1 << 20)

static double values[ROWS][2], actual[ROWS - FIRST][2], predicted[ROWS - FIRST][2], loss[40], val_loss[40];
static double point[1 + STEPS], lower[2][1 + STEPS], upper[2][1 + STEPS];
static size_t rows[ROWS - FIRST];
static rnn_errors errors[2][STEPS];
static rnn_coverage step_coverage[2 * STEPS];
static rnn_report_band bands[2];
static rnn_report_forecast forecast;
static rnn_scoreboard scores;
static rnn_report_board boards[2];
static rnn_report_rows rows_of_all;
static rnn_report_target targets[2];
static rnn_report_option options[3];
static rnn_report_column columns[2];
static rnn_report_fact facts[2];
static rnn_report_data data;
static char *page;
static size_t page_size;

static void fill_series(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        values[i][0] = sin((double)i / 5);
        values[i][1] = 1000 + (double)i;
    }
    for (size_t i = 0; i < ROWS - FIRST; i++) {
        rows[i] = FIRST + i;
        for (size_t t = 0; t < 2; t++) {
            actual[i][t] = values[FIRST + i][t];
            predicted[i][t] = actual[i][t] + 0.01 * (double)(i % 7);
        }
    }
    for (size_t e = 0; e < 40; e++) {
        loss[e] = pow(10, -(double)e / 10);
        val_loss[e] = 2 * loss[e];
    }
}

static void fill_forecast(void)
{
    for (size_t i = 0; i <= STEPS; i++) {
        point[i] = 0.1 * (double)i;
        for (size_t b = 0; b < 2; b++) {
            lower[b][i] = point[i] - 0.1 * (double)(b + 1);
            upper[b][i] = point[i] + 0.1 * (double)(b + 1);
        }
    }
    bands[0] = (rnn_report_band){0.95, 0.9321, lower[1], upper[1], 3};
    bands[1] = (rnn_report_band){0.8, NAN, lower[0], upper[0], 0};
    forecast = (rnn_report_forecast){STEPS, point, bands, 2};
}

static void fill_scores(void)
{
    for (size_t i = 0; i < STEPS; i++)
        for (size_t b = 0; b < 2; b++) {
            errors[b][i] = (rnn_errors){9, 1.25 + (double)b, 1 + (double)b, 0.5, NAN};
            step_coverage[b * STEPS + i] = (rnn_coverage){b ? 0.95 : 0.8, 3 + i, 10};
        }
    scores = (rnn_scoreboard){.windows = 63,
                              .horizon = STEPS,
                              .contender = {{"network", {54, 1.2345, 0.9876, 0.75, NAN}, errors[0]},
                                            {"last value", {54, 2.3456, 2.1, 1.5, NAN}, errors[1]}},
                              .contenders = 2,
                              .best = 1,
                              .calibration = RNN_CALIBRATION_HALVES,
                              .levels = 2,
                              .coverage = {{0.8, 33, 60}, {0.95, 57, 60}},
                              .step_coverage = step_coverage};
    boards[0] = (rnn_report_board){"test", &scores};
    boards[1] = (rnn_report_board){"validation", &scores};
}

static void set_up(void)
{
    fill_series();
    fill_forecast();
    fill_scores();
    rows_of_all = (rnn_report_rows){.N = ROWS, .val_first = FIRST, .test_first = 280};
    for (size_t t = 0; t < 2; t++)
        targets[t] = (rnn_report_target){.name = t ? "second" : "first",
                                         .unit = t ? "ppm" : NULL,
                                         .series = &rows_of_all,
                                         .values = values[0] + t,
                                         .stride = 2,
                                         .count = ROWS - FIRST,
                                         .rows = rows,
                                         .actual = actual[0] + t,
                                         .predicted = predicted[0] + t,
                                         .prediction_stride = 2,
                                         .forecast = t ? NULL : &forecast};
    options[0] = (rnn_report_option){"Network", "hidden", "32", "100", true};
    options[1] = (rnn_report_option){"Network", "cell", "elman", "elman", false};
    options[2] = (rnn_report_option){"Training", "seed", "42", NULL, false};
    columns[0] = (rnn_report_column){"first", "target", 0.5, 0.25};
    columns[1] = (rnn_report_column){"second", "target", 1150, 86.6};
    facts[0] = (rnn_report_fact){"device", "a device", false};
    facts[1] = (rnn_report_fact){"weights, SHA-256", "56aea827", true};
    data = (rnn_report_data){.title = "a run",
                             .headline = "It was trained, and it is better.",
                             .notes = {"A note."},
                             .targets = targets,
                             .target_count = 2,
                             .part = "validation",
                             .steps = STEPS,
                             .boards = boards,
                             .board_count = 2,
                             .forecast_note = "What comes next.",
                             .epochs = 40,
                             .loss = loss,
                             .val_loss = val_loss,
                             .loss_name = "loss",
                             .kept = 37,
                             .options = options,
                             .option_count = 3,
                             .columns = columns,
                             .column_count = 2,
                             .scaling = "mean and deviation",
                             .facts = facts,
                             .fact_count = 2,
                             .command = "rnn_cl train --seed 42"};
}

static void tear_down(void)
{
    free(page);
    page = NULL;
}

/* The page, which is valid and small in any case. */
static const char *make(void)
{
    free(page);
    ck_assert_msg(rnn_report_html(&data, &page, &page_size) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(strlen(page), page_size);
    ck_assert_uint_lt(page_size, MOST_PAGE);
    const char *fault = markup_fault(page);
    ck_assert_msg(fault == NULL, "%s", fault);
    return page;
}

static void has(const char *text)
{
    ck_assert_msg(strstr(page, text) != NULL, "the page lacks: %s", text);
}

static void lacks(const char *text)
{
    ck_assert_msg(strstr(page, text) == NULL, "the page has: %s", text);
}

/* ---- What it holds ------------------------------------------------------------------------------------------------- */

static const char *const sections[] = {"series", "forecast", "predictions", "training", "residuals", "steps",
                                       "scores", "options",  "columns",     "facts",    "again"};
#define SECTIONS (sizeof sections / sizeof *sections)

START_TEST(sections_in_order)
{
    const char *at = make();
    char id[64];
    for (size_t i = 0; i < SECTIONS; i++) {
        snprintf(id, sizeof id, "<section id=\"%s\">", sections[i]);
        ck_assert_msg((at = strstr(at, id)) != NULL, "section %s is missing or out of order", sections[i]);
    }
}
END_TEST

START_TEST(all_it_was_given)
{
    static const char *const texts[] = {
        "<title>a run</title>",
        "<p class=\"lead\">It was trained, and it is better.</p>",
        "<p>A note.</p>",
        "first and its forecast",
        "second, the whole series",
        "second (ppm)",
        "95 % interval (held 93.2 % where it was measured, up to 3 rows ahead)",
        "80 % interval<",
        "weights kept: those of epoch 37",
        "Loss per epoch (logarithmic)",
        "<p>What comes next.</p>",
        "row</th><th scope=\"col\" class=\"n\">forecast</th><th scope=\"col\" class=\"n\">80 % interval</th>",
        "<th scope=\"row\" class=\"n\">301</th><td class=\"n\">0.200</td><td class=\"n\">0.100\xc2\xa0to 0.300</td>",
        "<td class=\"n\">0.100\xc2\xa0to 0.300</td><td class=\"n\">0\xc2\xa0to 0.400</td></tr>",
        "On the test part: 63 windows",
        "On the validation part: 63 windows",
        "<td class=\"n\">1.234</td><td class=\"n\">0.9876</td><td class=\"n\">0.75</td></tr>",
        "<td class=\"n\">2.346</td>",
        "<td class=\"n\">80</td><td class=\"n\">55</td><td class=\"n\">60</td>",
        "made of the earlier half of these windows here, and measured on the later",
        "RMSE by step",
        "<th scope=\"row\" class=\"n\">6</th><td class=\"n\">1.25</td><td class=\"n\">2.25</td>",
        "MAE by step",
        "<th scope=\"row\" class=\"n\">6</th><td class=\"n\">1</td><td class=\"n\">2</td>",
        "MASE by step",
        "Share of values held, in %, by step",
        "<th scope=\"row\" class=\"n\">6</th><td class=\"n\">80</td><td class=\"n\">80</td>",
        "all targets and series count alike",
        "1 of 3 differ from the default",
        "--hidden \xe2\x97\x8f</th><td class=\"any\">32</td><td>100</td>",
        "mean and deviation",
        "<td class=\"n\">1150</td><td class=\"n\">86.6</td>",
        "<code>56aea827</code>",
        "<code>rnn_cl train --seed 42</code>",
    };
    make();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        has(texts[i]);
    lacks("sMAPE"); /* nobody knows it */
}
END_TEST

/* Nothing is fetched, and nothing is run. */
START_TEST(self_contained)
{
    static const char *const foreign[] = {"<script", "http:", "https:", "src=", "href=", "url(", "@import", "<link"};
    make();
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        lacks(foreign[i]);
    has("default-src 'none'");
    has("prefers-color-scheme:dark");
    has("@media print");
    has("width=device-width");
}
END_TEST

START_TEST(only_what_there_is)
{
    data = (rnn_report_data){.title = "nothing"};
    make();
    lacks("<section");
    lacks("<figure");
    set_up();
    data.epochs = 0;
    data.option_count = data.column_count = data.fact_count = data.board_count = 0;
    data.command = data.forecast_note = NULL;
    for (size_t t = 0; t < 2; t++)
        targets[t].count = 0;
    targets[0].forecast = NULL;
    make();
    has("<section id=\"series\">");
    for (size_t i = 1; i < SECTIONS; i++) {
        char id[64];
        snprintf(id, sizeof id, "<section id=\"%s\">", sections[i]);
        lacks(id);
    }
    lacks("forecast");
}
END_TEST

START_TEST(no_validation)
{
    rows_of_all.val_first = rows_of_all.test_first = ROWS;
    for (size_t e = 0; e < data.epochs; e++)
        val_loss[e] = NAN;
    data.kept = 0;
    data.part = "training";
    data.board_count = 0;
    make();
    lacks("validation part</li>");
    lacks("test part");
    lacks("weights kept");
    lacks("</svg>validation</li>");
}
END_TEST

START_TEST(more_targets_than_charts)
{
    static rnn_report_target many[60];
    static char names[60][16];
    for (size_t t = 0; t < 60; t++) {
        snprintf(names[t], sizeof names[t], "column%zu", t);
        many[t] = targets[1];
        many[t].name = names[t];
    }
    data.targets = many;
    data.target_count = 60;
    make();
    has("Charts show the first 3 of 60 targets. Without charts: column3, column4, ");
    has("column42 and 17 more.");
    has("column2, the whole series");
    lacks("column3, the whole series");
}
END_TEST

/* Series of their own lengths and dates, which the forecast's go on from, on axes and in the table. */
START_TEST(several_series)
{
    static char dates[24 + STEPS][16];
    static const char *labels[24 + STEPS];
    for (int i = 0; i < 24 + STEPS; i++) {
        snprintf(dates[i], sizeof dates[i], "%d-%02d", 2001 + i / 12, i % 12 + 1);
        labels[i] = dates[i];
    }
    const rnn_report_rows own = {
        .N = 24, .labels = labels, .forecast_labels = labels + 24, .val_first = 20, .test_first = 24};
    targets[0].series = &own;
    targets[0].count = 0;
    data.targets_are = "series";
    make();
    has("2001-01 to 2003-06");
    has("time</th><th scope=\"col\" class=\"n\">forecast</th>");
    has("<th scope=\"row\" class=\"o\">2003-06</th><td class=\"n\">0.600</td>");
    lacks("<th scope=\"row\" class=\"o\">2003-07</th>");
    has("row of the series, from 0");
    lacks("The end of first"); /* which is short enough to be seen */
}
END_TEST

/* The forecast's curve and areas begin at the series' last value. */
START_TEST(joined_to_the_end)
{
    targets[0].forecast = &forecast;
    values[ROWS - 1][0] = 0;
    make();
    const char *area = strstr(page, "<path class=\"band b0\" d=\"M");
    ck_assert_ptr_nonnull(area);
    const char *line = strstr(area, "<path class=\"line predicted\" d=\"M");
    ck_assert_ptr_nonnull(line);
    const double last = 640.0 * (ROWS - 1) / (ROWS + STEPS - 1);
    ck_assert_double_eq_tol(strtod(strstr(area, "d=\"M") + 4, NULL), last, 0.06);
    ck_assert_double_eq_tol(strtod(strstr(line, "d=\"M") + 4, NULL), last, 0.06);
}
END_TEST

START_TEST(no_forecast)
{
    targets[0].forecast = NULL;
    data.forecast_note = "There is no forecast: for this.";
    make();
    has("<section id=\"forecast\"><h2>Forecast</h2>\n<p>There is no forecast: for this.</p>");
    has("first, the whole series");
}
END_TEST

/* What is not measured, or on too little, says why. */
START_TEST(reasons_beside_the_scores)
{
    static const char few[] = "These are fewer than 20 values a step, which say little.";
    static const struct {
        size_t targets, scales;
        const char *sentence;
    } unscaled[] = {{1, 1, "No MASE: the training part has no two values 12 rows apart that differ."},
                    {1, 2, "No MASE: the training part of 1 of 2 series has no two"},
                    {2, 2, "No MASE: the training part of 1 of 2 targets has no two"},
                    {2, 6, "No MASE: the training part of 1 of 6 targets of all series has no two"}};
    for (size_t i = 0; i < sizeof unscaled / sizeof *unscaled; i++) {
        set_up();
        scores.targets = unscaled[i].targets;
        scores.scales = unscaled[i].scales;
        scores.unscaled = 1;
        scores.unscaled_season = 12;
        make();
        has(unscaled[i].sentence);
    }
    has(few);
    set_up();
    scores.coverage[0].values = scores.coverage[1].values = 20 * STEPS;
    make();
    lacks("No MASE");
    lacks(few);
}
END_TEST

/* One step: its errors are the scoreboard's, and a chart of one point would say nothing. */
START_TEST(one_step)
{
    data.steps = scores.horizon = 1;
    make();
    lacks("Error by step");
    lacks("RMSE by step");
    has("<section id=\"scores\">");
}
END_TEST

/* A sample of windows is no curve. */
START_TEST(rows_apart)
{
    for (size_t i = 0; i < ROWS - FIRST; i++)
        rows[i] = 2 * i;
    data.epochs = 0;
    make();
    has("<path class=\"dots predicted\"");
    lacks("<path class=\"line predicted\" d=\"M0.0");
}
END_TEST

/* ---- Whatever it is given ------------------------------------------------------------------------------------------ */

START_TEST(texts_are_only_texts)
{
    static const char *evils[ROWS];
    static const char evil[] = "</title><script>alert(\"x\")</script>&amp;'\xff\xfe\x01\xef\xbf\xbe</style>";
    data.title = data.headline = data.notes[0] = data.part = data.loss_name = data.scaling = data.command = evil;
    data.forecast_note = boards[0].part = evil;
    for (size_t i = 0; i < ROWS; i++)
        evils[i] = evil;
    rows_of_all.labels = rows_of_all.forecast_labels = evils;
    for (size_t t = 0; t < 2; t++) {
        targets[t].name = targets[t].unit = evil;
        memcpy(scores.contender[t].name, evil, sizeof scores.contender[t].name - 1);
        columns[t].name = columns[t].role = evil;
        facts[t].name = facts[t].value = evil;
    }
    for (size_t i = 0; i < 3; i++)
        options[i] = (rnn_report_option){evil, evil, evil, evil, true};
    make();
    lacks("<script");
    has("&lt;/title&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;amp;&#39;\\xff\\xfe\\x01\\xef\\xbf\\xbe");
}
END_TEST

static const struct {
    double value, other;
    size_t count;
} awkward[] = {
    {3, 3, ROWS},
    {0, 0, ROWS},
    {NAN, NAN, ROWS},
    {INFINITY, -INFINITY, ROWS},
    {1e300, -1e300, ROWS},
    {DBL_MAX, -DBL_MAX, ROWS},
    {5e-324, 0, ROWS},
    {1e-300, 1e300, ROWS},
    {1, 2, 1},
    {NAN, 1, 1},
    {NAN, 1, 2},
    {DBL_MAX, DBL_MAX, 1},
};

/* Series, predictions, forecasts and losses of two values in turn, all the same, none finite, huge, or a single one. */
START_TEST(awkward_values)
{
    const double value = awkward[_i].value, other = awkward[_i].other;
    rows_of_all.N = rows_of_all.test_first = awkward[_i].count;
    rows_of_all.val_first = rows_of_all.N / 2;
    data.epochs = awkward[_i].count < 40 ? awkward[_i].count : 40;
    for (size_t i = 0; i < ROWS; i++)
        values[i][0] = values[i][1] = i % 2 ? other : value;
    for (size_t i = 0; i < ROWS - FIRST; i++) {
        actual[i][0] = actual[i][1] = i % 2 ? other : value;
        predicted[i][0] = predicted[i][1] = i % 3 ? other : value;
        rows[i] = i;
    }
    for (size_t i = 0; i < STEPS; i++)
        point[i + 1] = lower[0][i + 1] = upper[0][i + 1] = lower[1][i] = upper[1][i] = errors[0][i].rmse =
            i % 2 ? other : value;
    for (size_t e = 0; e < 40; e++)
        loss[e] = val_loss[e] = e % 2 ? other : value;
    scores.contender[0].all.rmse = value;
    for (size_t t = 0; t < 2; t++)
        targets[t].count = awkward[_i].count < ROWS - FIRST ? awkward[_i].count : ROWS - FIRST;
    make();
    ck_assert_ptr_null(strstr(strstr(page, "<body>"), "nan"));
    lacks("=\"inf");
}
END_TEST

START_TEST(decimal_comma)
{
    make();
    char *before = page;
    page = NULL;
    if (comma_locale_enter("decimal_comma")) {
        make();
        comma_locale_leave();
        ck_assert_str_eq(page, before);
    }
    free(before);
}
END_TEST

/* ---- Failures ------------------------------------------------------------------------------------------------------ */

START_TEST(out_of_memory)
{
    size_t failing = 0;
    rnn_status status;
    do {
        char *text = NULL;
        allocations_watch(++failing);
        status = rnn_report_html(&data, &text, &page_size);
        const allocations seen = allocations_stop();
        ck_assert(status == RNN_OK || (status == RNN_NO_MEMORY && !text));
        ck_assert_int_le(seen.left, 0); /* the page's own memory is the C library's, and not counted when it comes */
        free(text);
    } while (status != RNN_OK);
    ck_assert_uint_gt(failing, 1);
}
END_TEST

START_TEST(no_folder)
{
    ck_assert_int_eq(rnn_report_save(&data, "/absent/report.html"), RNN_CANNOT_CREATE);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, sections_in_order);
    tcase_add_test(tests, all_it_was_given);
    tcase_add_test(tests, self_contained);
    tcase_add_test(tests, only_what_there_is);
    tcase_add_test(tests, no_validation);
    tcase_add_test(tests, more_targets_than_charts);
    tcase_add_test(tests, several_series);
    tcase_add_test(tests, joined_to_the_end);
    tcase_add_test(tests, no_forecast);
    tcase_add_test(tests, reasons_beside_the_scores);
    tcase_add_test(tests, one_step);
    tcase_add_test(tests, rows_apart);
    tcase_add_test(tests, texts_are_only_texts);
    tcase_add_loop_test(tests, awkward_values, 0, sizeof awkward / sizeof *awkward);
    tcase_add_test(tests, decimal_comma);
    tcase_add_test(tests, out_of_memory);
    tcase_add_test(tests, no_folder);
    suite_add_tcase(suite, tests);
    add_report_size_tests(suite);
    return suite;
}
