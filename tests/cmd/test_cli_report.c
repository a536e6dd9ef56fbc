/* SPDX-License-Identifier: MIT
 * test_cli_report.c - train --report: the page says what the run said, and how to make it again
 */
#include "cli.h"

#include "model/model.h"
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

/* Every figure of a board of the summary is in the page's table of this part, in its row; by step too. */
static void has_board(const json_t *summary, const char *key, const char *part)
{
    static const char *const measures[] = {"rmse", "mae", "mase", "smape"};
    const json_t *board = json_object_get(summary, key), *contender, *level;
    char row[512], heading[64];
    size_t i;
    snprintf(heading, sizeof heading, "On the %s part: %d windows", part,
             (int)json_integer_value(json_object_get(board, "windows")));
    has(heading);
    json_array_foreach(json_object_get(board, "contenders"), i, contender)
    {
        int used = snprintf(row, sizeof row, ">%s</th>", cli_text(contender, "name"));
        for (size_t m = 0; m < sizeof measures / sizeof *measures; m++)
            used += snprintf(row + used, sizeof row - (size_t)used, "<td class=\"n\">%s</td>",
                             rnn_html_real(json_real_value(json_object_get(contender, measures[m]))).text);
        has(row);
    }
    json_array_foreach(json_object_get(board, "coverage"), i, level)
    {
        snprintf(row, sizeof row, "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%d</td>",
                 rnn_html_real(100 * json_real_value(json_object_get(level, "level"))).text,
                 rnn_html_real(100 * json_real_value(json_object_get(level, "share"))).text,
                 (int)json_integer_value(json_object_get(level, "values")));
        has(row);
    }
}

/* The sentence on top, beside what the summary's board says. */
static void has_verdict(const json_t *summary, const char *key, const char *part)
{
    const json_t *board = json_object_get(summary, key), *contenders = json_object_get(board, "contenders"), *contender;
    const bool beats = json_is_true(json_object_get(board, "beats_best"));
    const char *best = cli_text(board, "best");
    char text[256], apart[128] = "</p>";
    size_t i;
    if (json_integer_value(json_object_get(board, "apart")) > 1)
        snprintf(apart, sizeof apart, ", each by itself, it is ahead on %lld.</p>",
                 (long long)json_integer_value(json_object_get(board, "ahead")));
    has(apart);
    snprintf(text, sizeof text, "On the %s part its error (RMSE) is %s", part,
             rnn_html_real(json_real_value(json_object_get(json_array_get(contenders, 0), "rmse"))).text);
    has(text);
    json_array_foreach(contenders, i, contender) if (strcmp(cli_text(contender, "name"), best) == 0)
    {
        snprintf(text, sizeof text, " the best forecast without a network, %s%s (%s)%s%s", best,
                 json_is_true(json_object_get(board, "best_exact")) ? ", fits these values to rounding" : "",
                 rnn_html_real(json_real_value(json_object_get(contender, "rmse"))).text,
                 beats ? "." : ": it does not beat that.",
                 json_integer_value(json_object_get(board, "apart")) > 1
                     ? " In that large units outweigh small ones: of the "
                     : "</p>");
        has(text);
    }
}

START_TEST(page_of_a_run)
{
    cli_run(SMALL " --report --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "r/report.html"));
    read_page();
    json_t *summary = cli_json_in_file("r/summary.json");
    has_board(summary, "scoreboard", "validation");
    has_verdict(summary, "scoreboard", "validation");
    has_number("its error (RMSE) is ", json_real_value(json_object_get(summary, "val_rmse")), "");
    has(cli_text(summary, "weights_sha256"));
    has(cli_text(summary, "device"));
    has("A network of 8 sigmoid units was trained on built-in sine (200 rows) to predict sin, one row ahead, from the "
        "12 rows before.");
    has("125 training and 63 validation windows. 3 of 3 epochs ran.");
    has("--hidden \xe2\x97\x8f</th><td class=\"any\">8</td><td>100</td>");
    has("--learning-rate</th><td class=\"any\">0.04</td><td>0.04</td>");
    has("weights kept: those of epoch 3");
    has("Loss per epoch");
    has("validation part");
    json_decref(summary);
}
END_TEST

/* What the page says comes next is what the model's forecast says, at its dates; with intervals as wide as each other's. */
START_TEST(the_forecast)
{
    const json_t *step, *level;
    size_t i;
    char *from = NULL;
    cli_run(SMALL " --data %s/sunspots.csv --target SUNACTIVITY --horizon 3 --report --out r --quiet", cli_data);
    cli_expect_code(0);
    read_page();
    has("SUNACTIVITY and its forecast");
    has("1700 to 2019");
    cli_run("forecast --device reference --model r/model.safetensors --data %s/sunspots.csv --steps 11 --json",
            cli_data);
    cli_expect_code(0);
    json_t *forecast = cli_json_on_stdout();
    from = strstr(page, "<section id=\"forecast\">");
    ck_assert_ptr_nonnull(from);
    json_array_foreach(json_object_get(forecast, "forecast"), i, step)
    {
        char text[64];
        snprintf(text, sizeof text, "<th scope=\"row\" class=\"o\">%s</th><td class=\"n\">", cli_text(step, "time"));
        from = strstr(from, text);
        ck_assert_msg(from != NULL, "%s", text);
        from += strlen(text);
        ck_assert_double_eq_tol(strtod(from, &from), json_real_value(json_object_get(step, "mean")), 0.051);
        size_t l;
        json_array_foreach(json_object_get(step, "intervals"), l, level)
        {
            from = strstr(from, "<td class=\"n\">") + strlen("<td class=\"n\">");
            ck_assert_double_eq_tol(strtod(from, &from), json_real_value(json_object_get(level, "lower")), 0.051);
            from += strlen("\xc2\xa0to ");
            ck_assert_double_eq_tol(strtod(from, &from), json_real_value(json_object_get(level, "upper")), 0.051);
        }
        ck_assert_uint_eq(l, 2);
    }
    ck_assert_uint_eq(i, 11);
    json_decref(forecast);
}
END_TEST

/* The page of a forecast has its rows, those of forecast.csv beside it, with the intervals that were asked for; of several series too. */
START_TEST(a_forecast_alone)
{
    const json_t *step;
    size_t i;
    cli_run(SMALL " --data %s/sunspots.csv --target SUNACTIVITY --horizon 3 --out r --quiet", cli_data);
    cli_expect_code(0);
    cli_run("forecast --device reference --model r/model.safetensors --data %s/sunspots.csv --steps 7 --level 0.7 "
            "--out f --report",
            cli_data);
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, "f/forecast.csv\nf/forecast.html\n");
    page = cli_read_text(cli_in_folder(cli_work, "f/forecast.html"));
    ck_assert_msg(markup_fault(page) == NULL, "%s", markup_fault(page));
    has("<title>SUNACTIVITY, the next 7 rows</title>");
    has("from 2009 on.");
    has("SUNACTIVITY and its forecast");
    has("1700 to 2015");
    has("<th scope=\"col\" class=\"n\">70 % interval</th>");
    has("in forecast.csv beside this page");
    ck_assert_ptr_null(strstr(page, "<section id=\"scores\">"));
    ck_assert_ptr_null(strstr(page, "validation part</text>"));
    cli_run("forecast --device reference --model r/model.safetensors --data %s/sunspots.csv --steps 7 --json",
            cli_data);
    cli_expect_code(0);
    json_t *forecast = cli_json_on_stdout();
    char *from = strstr(page, "<section id=\"forecast\">");
    ck_assert_ptr_nonnull(from);
    json_array_foreach(json_object_get(forecast, "forecast"), i, step)
    {
        char text[64];
        snprintf(text, sizeof text, "<th scope=\"row\" class=\"o\">%s</th><td class=\"n\">", cli_text(step, "time"));
        from = strstr(from, text);
        ck_assert_msg(from != NULL, "%s", text);
        from += strlen(text);
        ck_assert_double_eq_tol(strtod(from, &from), json_real_value(json_object_get(step, "mean")), 0.051);
    }
    ck_assert_uint_eq(i, 7);
    json_decref(forecast);
    cli_run("forecast --device reference --model r/model.safetensors --data %s/sunspots.csv --out f", cli_data);
    cli_expect_code(0);
    ck_assert(!cli_exists("f/forecast.html")); /* it was of another forecast */
    cli_run("forecast --device reference --model r/model.safetensors --data %s/sunspots.csv --report", cli_data);
    cli_expect_exactly(64, "forecast --report writes forecast.html into a folder; --out DIR names it");
}
END_TEST

/* The page's own command gives the page's own weights, and the page. */
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
    ck_assert_ptr_null(strstr(command, "--transform")); /* as the data has it */
    memcpy(strstr(command, "our data"), "our" CLI_SPACE "data", 8);
    cli_run("%s --json", command);
    cli_expect_code(0);
    summary = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(summary, "weights_sha256"), first);
    json_decref(summary);
    ck_assert(cli_exists("r/report.html")); /* again, and not removed as an earlier run's */
}
END_TEST

/* Of several networks it is the one on the page that the command makes, by itself. */
START_TEST(the_kept_member_again)
{
    char command[1024];
    cli_run(SMALL " --sweep optimizer=adam,momentum --momentum 0.8 --population 2 --report --out r --quiet");
    cli_expect_code(0);
    read_page();
    json_t *population = cli_json_in_file("r/summary.json");
    page_command(command, sizeof command);
    cli_run("%s --json", command);
    cli_expect_code(0);
    json_t *alone = cli_json_on_stdout();
    ck_assert_ptr_null(json_object_get(alone, "population"));
    ck_assert_str_eq(cli_text(alone, "weights_sha256"), cli_text(population, "weights_sha256"));
    json_decref(alone);
    json_decref(population);
}
END_TEST

START_TEST(several_targets_and_steps)
{
    cli_run(SMALL " --data %s/elnino.csv --target JAN,FEB,MAR,APR --horizon 4 --test-fraction 0.1 --report --out r",
            cli_data);
    cli_expect_code(0);
    read_page();
    has("JAN and its forecast");
    has("MAR: actual and predicted, test");
    has("Charts show the first 3 of 4 targets. Without charts: APR.");
    has("Error by step ahead, test");
    has("Error by step ahead, validation");
    has("one to 4 rows ahead");
    json_t *summary = cli_json_in_file("r/summary.json");
    has_board(summary, "scoreboard", "validation");
    has_board(summary, "test_scoreboard", "test");
    has_verdict(summary, "test_scoreboard", "test");
    json_decref(summary);
}
END_TEST

/* The first forecast in the table of this series. */
static double first_forecast(const char *series)
{
    char caption[64];
    snprintf(caption, sizeof caption, "<caption>%s</caption>", series);
    const char *at = strstr(page, caption);
    ck_assert_ptr_nonnull(at);
    return strtod(strstr(at, "<td class=\"n\">") + strlen("<td class=\"n\">"), NULL);
}

/* The n-th day of a year, from 0, up to April. */
static int month_of(int n)
{
    return n < 31 ? 1 : n < 59 ? 2 : n < 90 ? 3 : 4;
}

static int day_of(int n)
{
    static const int before[] = {0, 0, 31, 59, 90};
    return n - before[month_of(n)] + 1;
}

/* Four series of days, of which the last is shorter: three have charts, the board is of all. */
START_TEST(several_series)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "shops.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fputs("date,shop,sales\n", stream);
    for (int shop = 0; shop < 4; shop++)
        for (int day = 0; day < (shop == 3 ? 60 : 88); day++)
            fprintf(stream, "2023-%02d-%02d,%s,%.3f\n", month_of(day), day_of(day),
                    (const char *const[]){"Lima", "Oslo", "Quito & Co", "Rome"}[shop],
                    100 * shop + 10 * sin(day * 0.9));
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL
            " --data shops.csv --id shop --target sales --calendar month --horizon 9 --cell gru --report --out r");
    cli_expect_code(0);
    read_page();
    has("A network of 8 GRU units was trained on shops.csv (4 series, ");
    has("Charts show the first 3 of 4 series. Without charts: Rome.");
    has("Lima: sales and its forecast");
    ck_assert_double_eq_tol(first_forecast("Lima: sales"), 0, 30);
    ck_assert_double_eq_tol(first_forecast("Oslo: sales"), 100, 30);
    ck_assert_double_eq_tol(first_forecast("Quito &amp; Co: sales"), 200, 30);
    has("Quito &amp; Co: sales: actual and predicted, validation");
    has("<th scope=\"row\" class=\"o\">2023-04-06</th>"); /* the calendar is known for as long as one likes */
    json_t *summary = cli_json_in_file("r/summary.json");
    has_board(summary, "scoreboard", "validation");
    has_verdict(summary, "scoreboard", "validation");
    json_decref(summary);
}
END_TEST

static size_t count_of(const char *text)
{
    size_t count = 0;
    for (const char *at = page; (at = strstr(at, text)); at += strlen(text))
        count++;
    return count;
}

/* The page has a row of every column of the series with its scaling, and no more: the network has more inputs than that, as it sees what
 * is known ahead once more. */
START_TEST(columns_known_ahead)
{
    enum { days = 84, future = 2, columns = 5, known = 3 };
    static const char *const roles[columns] = {"target and input", "input", "input, known ahead", "input, known ahead",
                                               "input, known ahead"};
    FILE *stream = fopen(cli_in_folder(cli_work, "shop.csv"), "w");
    char path[4096], row[512];
    rnn_model *model;
    ck_assert_ptr_nonnull(stream);
    fputs("date,sales,rain,promo\n", stream);
    for (int day = 0; day < days + future; day++)
        if (day < days)
            fprintf(stream, "2023-%02d-%02d,%.3f,%d,%d\n", month_of(day), day_of(day), 10 * sin(day * 0.9), day % 3,
                    day % 5 == 0);
        else
            fprintf(stream, "2023-%02d-%02d,,,%d\n", month_of(day), day_of(day), day % 5 == 0);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL
            " --data shop.csv --target sales --features rain --known promo --calendar weekday --horizon 2 --report "
            "--out r");
    cli_expect_code(0);
    read_page();
    snprintf(path, sizeof path, "%s", cli_in_folder(cli_work, "r/model.safetensors"));
    ck_assert_msg(rnn_model_load(path, &model) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(model->network.columns, columns);
    ck_assert_uint_eq(model->network.known, known);
    ck_assert_uint_eq(rnn_model_inputs(model), columns + known);
    for (size_t i = 0; i < columns; i++) {
        snprintf(
            row, sizeof row,
            "<th scope=\"row\" class=\"any\">%s</th><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td></tr>",
            rnn_model_column(model, i), roles[i], rnn_html_real(model->scaler.shift[i]).text,
            rnn_html_real(model->scaler.factor[i]).text);
        has(row);
    }
    ck_assert_uint_eq(count_of("<td>input</td>"), 1);
    ck_assert_uint_eq(count_of("<td>input, known ahead</td>"), known);
    ck_assert_uint_eq(count_of("<td>target and input</td>"), 1);
    has("; 8 inputs a step, 8 hidden units, 2 outputs");
    has("<th scope=\"row\" class=\"o\">2023-03-27</th>"); /* two days ahead, behind the 84 with sales */
    rnn_model_free(model);
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
    cli_run(SMALL " --out r"); /* the page of the run before is of another model by now */
    cli_expect_code(0);
    ck_assert_ptr_null(strstr(cli_out, "report.html"));
    ck_assert(!cli_exists("r/report.html"));
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
    json_t *summary = cli_json_in_file("r/summary.json");
    has_number("On the training part its error (RMSE) is ", json_real_value(json_object_get(summary, "train_rmse")),
               "; there is no part that it did not see");
    has("There are no intervals");
    ck_assert_ptr_null(strstr(page, "<section id=\"scores\">"));
    json_decref(summary);
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
        fprintf(stream, "%d\n", 10000 * i + (i * 7919) % 100);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data ramp.csv --transform none --report --out r");
    cli_expect_code(0);
    read_page();
    json_t *summary = cli_json_in_file("r/summary.json");
    ck_assert(json_is_false(json_object_get(json_object_get(summary, "scoreboard"), "beats_best")));
    has_verdict(summary, "scoreboard", "validation");
    has(": it does not beat that.");
    json_decref(summary);
}
END_TEST

/* Nothing can be said of what comes next where what is known ahead ends with the data: the page says why. */
START_TEST(no_forecast)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "promo.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fputs("sales,promo\n", stream);
    for (int i = 0; i < 90; i++)
        fprintf(stream, "%g,%d\n", sin(i), i % 3);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data promo.csv --target sales --known promo --report --out r");
    cli_expect_code(0);
    read_page();
    has("There is no forecast: ");
    has("add rows of the future");
    has("sales, the whole series");
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
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, page_of_a_run);
    tcase_add_test(tests, the_forecast);
    tcase_add_test(tests, a_forecast_alone);
    tcase_add_test(tests, the_same_run_again);
    tcase_add_test(tests, the_kept_member_again);
    tcase_add_test(tests, several_targets_and_steps);
    tcase_add_test(tests, several_series);
    tcase_add_test(tests, columns_known_ahead);
    tcase_add_test(tests, only_when_asked);
    tcase_add_test(tests, other_recipes_and_parts);
    tcase_add_test(tests, worse_than_the_naive_forecast);
    tcase_add_test(tests, no_forecast);
    tcase_add_test(tests, hostile_names);
    tcase_add_test(tests, a_folder_in_its_place);
    return tests;
}
