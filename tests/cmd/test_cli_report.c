/* SPDX-License-Identifier: MIT
 * test_cli_report.c - train --report: the page says what the run said, and how to make it again
 */
#include "cli.h"

#include "view/html.h"
#include "view/markup.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char *page;

static void set_up(void)
{
    cli_set_up();
    page = NULL;
}

static void tear_down(void)
{
    free(page);
    cli_tear_down();
}

/* The page of the run in r/, which is valid. */
static void read_page(void)
{
    free(page);
    page = cli_read_text(cli_in_folder(cli_work, "r/report.html"));
    const char *fault = markup_fault(page);
    ck_assert_msg(fault == NULL, "%s", fault);
}

static void has(const char *text)
{
    ck_assert_msg(strstr(page, text) != NULL, "the page lacks: %s", text);
}

static void has_number(const char *before, double value, const char *behind)
{
    char text[128];
    snprintf(text, sizeof text, "%s%s%s", before, rnn_html_real(value).text, behind);
    has(text);
}

/* The command on the page, its references replaced; in cli_run's manner of words. */
static void page_command(char *command, size_t size)
{
    static const char begin[] = "<pre><code>rnn_cl ";
    const char *from = strstr(page, begin);
    size_t used = 0;
    ck_assert_ptr_nonnull(from);
    for (from += sizeof begin - 1; *from != '<' && used < size - 1; from++)
        if (strncmp(from, "&#39;", 5) == 0)
            from += 4; /* a quote, which keeps words together */
        else if (strncmp(from, "\\\n  ", 4) == 0)
            from += 3; /* the line goes on */
        else
            command[used++] = *from;
    command[used] = '\0';
}

START_TEST(page_of_a_run)
{
    static const char *const measures[] = {"val_rmse", "persistence_rmse"};
    cli_run(SMALL " --report --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "r/report.html"));
    read_page();
    json_t *summary = cli_json_in_file("r/summary.json");
    for (size_t i = 0; i < sizeof measures / sizeof *measures; i++)
        has_number("<td class=\"n\">", json_real_value(json_object_get(summary, measures[i])), "</td>");
    has_number("its error (RMSE) is ", json_real_value(json_object_get(summary, "val_rmse")), "");
    has(cli_text(summary, "weights_sha256"));
    has(cli_text(summary, "device"));
    has("A network of 8 sigmoid units was trained on built-in sine (200 rows) to predict sin, one row ahead, from the "
        "12 "
        "rows before.");
    has("125 training and 63 validation windows. 3 of 3 epochs ran.");
    has("--hidden \xe2\x97\x8f</th><td class=\"any\">8</td><td>100</td>");
    has("--learning-rate</th><td class=\"any\">0.04</td><td>0.04</td>");
    has("weights kept: those of epoch 3");
    has("Loss per epoch");
    has("validation part");
    json_decref(summary);
}
END_TEST

/* The page's own command gives the page's own weights. */
START_TEST(the_same_run_again)
{
    char command[1024], first[65];
    cli_write_sine("our data.csv", 150);
    cli_run("--device reference --data our" CLI_SPACE
            "data.csv --target sin --hidden 6 --seq-len 9 --epochs 4 --activation tanh "
            "--no-shuffle --horizon 2 --val-fraction 0.3 --patience 3 --seed 7 --report --out r --quiet");
    cli_expect_code(0);
    read_page();
    json_t *summary = cli_json_in_file("r/summary.json");
    snprintf(first, sizeof first, "%s", cli_text(summary, "weights_sha256"));
    json_decref(summary);
    page_command(command, sizeof command);
    ck_assert_ptr_nonnull(strstr(command, "--data our data.csv "));
    ck_assert_ptr_null(strstr(command, "--learning-rate"));
    memcpy(strstr(command, "our data"), "our" CLI_SPACE "data", 8);
    cli_run("%s --json", command);
    cli_expect_code(0);
    summary = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(summary, "weights_sha256"), first);
    json_decref(summary);
}
END_TEST

START_TEST(several_targets_and_steps)
{
    cli_run(SMALL " --data %s/elnino.csv --target JAN,FEB,MAR,APR --horizon 4 --test-fraction 0.1 --report --out r",
            cli_data);
    cli_expect_code(0);
    read_page();
    has("JAN, the whole series");
    has("MAR: actual and predicted, validation");
    has("Charts show the first 3 of 4 targets. Without charts: APR.");
    has("All targets: error by step ahead, validation");
    has("test part");
    has("one to 4 rows ahead");
    json_t *summary = cli_json_in_file("r/summary.json");
    has_number("<td class=\"n\">", json_real_value(json_object_get(summary, "val_rmse")), "</td>");
    json_decref(summary);
}
END_TEST

/* No page that nobody asked for, and none that says anything on the terminal when told to be quiet. */
START_TEST(only_when_asked)
{
    cli_run(SMALL " --out r");
    cli_expect_code(0);
    ck_assert(!cli_exists("r/report.html"));
    ck_assert_ptr_null(strstr(cli_out, "report.html"));
    cli_run(SMALL " --report --quiet --out r");
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, "");
    ck_assert_str_eq(cli_err, "");
    read_page();
    cli_run(SMALL " --out r"); /* the page of the run before is still there, and is not this run's */
    cli_expect_code(0);
    ck_assert_ptr_null(strstr(cli_out, "report.html"));
}
END_TEST

START_TEST(other_recipes_and_parts)
{
    cli_run("--device reference --recipe article --epochs 2 --report --out r");
    cli_expect_code(0);
    read_page();
    has("--recipe \xe2\x97\x8f</th><td class=\"any\">article</td><td>default</td>");
    cli_run(SMALL " --val-fraction 0 --report --out r");
    cli_expect_code(0);
    read_page();
    has("On the training part its error (RMSE) is ");
    cli_run(SMALL " --windows 20 --report --out r");
    cli_expect_code(0);
    read_page();
    has("Predictions are of a sample of windows, evenly spaced.");
}
END_TEST

/* A ramp that leaves the range it was trained on is beyond a sigmoid, and the page says so. */
START_TEST(worse_than_the_naive_forecast)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "ramp.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    for (int i = 0; i < 100; i++)
        fprintf(stream, "%d\n", 10000 * i);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data ramp.csv --report --out r");
    cli_expect_code(0);
    read_page();
    has(" times that of repeating the last value (10000): it does not beat the naive forecast.");
}
END_TEST

START_TEST(hostile_names)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "<b>&'\xff.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fputs("<script>alert(1)</script>,\"a\"\"b\"\n", stream);
    for (int i = 0; i < 60; i++)
        fprintf(stream, "%g,%d\n", sin(i), i % 7);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data <b>&'\xff.csv --target 1,2 --report --out r");
    cli_expect_code(0);
    read_page();
    ck_assert_ptr_null(strstr(page, "<script"));
    has("&lt;script&gt;alert(1)&lt;/script&gt;");
    has("--data &#39;&lt;b&gt;&amp;&#39;\\&#39;&#39;\\xff.csv&#39;");
    has("a&quot;b");
}
END_TEST

/* The page cannot be written: said by name, and the model is there. */
START_TEST(a_folder_in_its_place)
{
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "r"), 0777), 0);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "r/report.html"), 0777), 0);
    cli_run(SMALL " --report --out r --quiet");
    cli_expect_code(RNN_CANNOT_CREATE);
    ck_assert_ptr_nonnull(strstr(cli_err, "r/report.html: cannot be written: it is a folder"));
    ck_assert(cli_exists("r/model.safetensors"));
    ck_assert(cli_exists("r/summary.json"));
}
END_TEST

TCase *cli_report_case(void)
{
    TCase *tests = tcase_create("report");
    tcase_set_timeout(tests, 2 * SECONDS);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, page_of_a_run);
    tcase_add_test(tests, the_same_run_again);
    tcase_add_test(tests, several_targets_and_steps);
    tcase_add_test(tests, only_when_asked);
    tcase_add_test(tests, other_recipes_and_parts);
    tcase_add_test(tests, worse_than_the_naive_forecast);
    tcase_add_test(tests, hostile_names);
    tcase_add_test(tests, a_folder_in_its_place);
    return tests;
}
