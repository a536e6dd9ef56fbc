/* SPDX-License-Identifier: MIT
 * test_cli_series.c - several series, times, gaps and what is known ahead, from the command line
 */
#include "cli.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS "--id city --time day --known promo --calendar weekday --target sales "

/* Two shops, and, in a file of more weeks, the promotions to come. */
static void write_shops(const char *name, int days, int future)
{
    FILE *stream = fopen(cli_in_folder(cli_work, name), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "city,day,promo,sales\n");
    for (int day = 0; day < days + future; day++)
        for (int c = 0; c < 2; c++) {
            const int promo = (day * 5 + c) % 9 == 0;
            fprintf(stream, "%s,2001-%02d-%02d,%d,", c ? "oslo" : "rome", day / 28 + 1, day % 28 + 1, promo);
            if (day < days)
                fprintf(stream, "%.4f", (c ? 1000 : 1) * (4 + sin(day * 0.9) + promo));
            fprintf(stream, "\n");
        }
    fclose(stream);
}

static size_t count_lines(const char *text, const char *beginning)
{
    size_t count = 0;
    for (const char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL)
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    return count;
}

START_TEST(shops)
{
    write_shops("shops.csv", 28, 0);
    write_shops("ahead.csv", 25, 3);
    cli_run(SMALL " --horizon 2 " OPTIONS "--data shops.csv --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "56 rows: 18 training and 10 validation windows of 12 rows"));
    ck_assert_ptr_nonnull(strstr(cli_out, "% of 8 values (made of the earlier half of these windows, measured on the "
                                          "later; fewer than 20 values a step, which say little)\n"));
    char *text = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv"));
    ck_assert_int_eq(
        strncmp(text, "split,id,index,time,actual_1,predicted_1,actual_2,predicted_2\ntrain,rome,12,2001-01-13,", 87),
        0);
    ck_assert_uint_eq(count_lines(text, "train,rome,"), 9);
    ck_assert_uint_eq(count_lines(text, "train,oslo,"), 9);
    ck_assert_uint_eq(count_lines(text, "val,oslo,"), 5);
    free(text);
    cli_run("predict --model r/model.safetensors --data ahead.csv --device reference");
    cli_expect_code(0);
    ck_assert_uint_eq(count_lines(cli_out, "oslo,"), 14);
    ck_assert_ptr_nonnull(strstr(cli_out, "\nrome,25,2001-01-26,,"));
    cli_run("evaluate --model r/model.safetensors --data ahead.csv --device reference --json");
    cli_expect_code(0);
    cli_run("info r/model.safetensors");
    ck_assert_ptr_nonnull(strstr(cli_out, "promo                input, known ahead, scaled by id (2 of them)"));
}
END_TEST

/* A model knows the file that it was made from, though calendar columns go on behind its end: nothing is refitted, parts are found. */
START_TEST(its_own_file)
{
    write_shops("shops.csv", 24, 0);
    write_shops("later.csv", 28, 0);
    cli_run(SMALL " --id city --time day --calendar weekday --target sales --horizon 2 --data shops.csv --out r");
    cli_expect_code(0);
    json_t *summary = cli_json_in_file("r/summary.json"), *own = json_object_get(summary, "scoreboard");
    for (int later = 0; later < 2; later++) {
        cli_run("evaluate --model r/model.safetensors --data %s.csv --device reference --part val --json",
                later ? "later" : "shops");
        cli_expect_code(0);
        json_t *value = cli_json_on_stdout();
        ck_assert(json_equal(json_object_get(value, "scoreboard"), own));
        json_decref(value);
        cli_run("evaluate --model r/model.safetensors --data %s.csv --device reference", later ? "later" : "shops");
        cli_expect_code(0);
        ck_assert_ptr_nonnull(strstr(cli_err,
                                     "begins with the data of the model: 12 of its windows were trained on, and "
                                     "the naive forecasts are fitted on the same rows; --part val"));
    }
    json_decref(summary);
}
END_TEST

/* Backtests know the model's own shops, whose calendar goes on, and train anew as time goes on in both. */
START_TEST(a_backtest_of_shops)
{
    write_shops("shops.csv", 28, 0);
    cli_run(SMALL " --id city --time day --calendar weekday --target sales --data shops.csv --out r --quiet");
    cli_expect_code(0);
    cli_run("backtest --model r/model.safetensors --data shops.csv --device reference --steps 3 --origins 4 --refit 2");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "4 origins (in 2 of 2 series): 4 windows, "));
    ck_assert_ptr_nonnull(strstr(cli_err, "refit 2 of 2: training on the first "));
    ck_assert_ptr_nonnull(strstr(cli_err, " rows of all series together\n"));
    ck_assert_ptr_null(strstr(cli_err, "not all the rows that the model was trained on"));
    cli_run("backtest --model r/model.safetensors --data shops.csv --device reference --steps 3 --origins 4 --json "
            "--out b");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout(), *ids = json_object_get(value, "origin_ids"), *id;
    char *text = cli_read_text(cli_in_folder(cli_work, "b/forecasts.csv")), begin[64];
    size_t i;
    ck_assert_uint_eq(json_array_size(ids), 4);
    json_array_foreach(ids, i, id)
    { /* rows are counted in each series, as in the file */
        snprintf(begin, sizeof begin, "\n%s,%d,", json_string_value(id),
                 (int)json_integer_value(json_array_get(json_object_get(value, "origins"), i)));
        ck_assert_msg(strstr(text, begin) != NULL, "no %s in %s", begin + 1, text);
    }
    json_decref(value);
    free(text);
    cli_run("backtest --model r/model.safetensors --data shops.csv --device reference --steps 3 --origins 1");
    ck_assert_msg(strstr(cli_out, "1 origin (row 25 of series \"oslo\"): ") != NULL, "%s", cli_out);
    cli_run("forecast --model r/model.safetensors --data shops.csv --device reference --steps 3 --level 0.5");
    cli_expect_code(0);
    ck_assert_ptr_null(strstr(cli_err, "as wide as its own"));
    ck_assert_uint_eq(count_lines(cli_out, "oslo,"), 3);
}
END_TEST

/* A shop too new for a window, first in the file: left out of a forecast where that was chosen, else refused by name. */
START_TEST(a_short_series_in_a_forecast)
{
    static const char command[] = "forecast --model r/model.safetensors --data new.csv --device reference --steps 2 ";
    write_shops("shops.csv", 26, 0);
    write_shops("more.csv", 26, 2);
    char *more = cli_read_text(cli_in_folder(cli_work, "more.csv"));
    FILE *stream = fopen(cli_in_folder(cli_work, "new.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "city,day,promo,sales\nbern,2001-01-01,0,1\nbern,2001-01-02,1,2\nbern,2001-01-03,1,\n%s",
            strchr(more, '\n') + 1);
    fclose(stream);
    free(more);
    cli_run(SMALL " --horizon 2 " OPTIONS "--data shops.csv --out r --short-ids drop --quiet");
    cli_expect_code(0);
    cli_run("forecast --model r/model.safetensors --data more.csv --device reference --steps 2 --level 0.5");
    cli_expect_code(0);
    char *both = strdup(cli_out);
    ck_assert_uint_eq(count_lines(both, "oslo,"), 2);
    cli_environment = "LC_ALL=C";
    cli_run("%s--level 0.5 --sketch", command);
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, both);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "new.csv: no forecast of 1 of 3 series, \"bern\" first: fewer than the 12 rows the model "
                        "looks at"));
    ck_assert_ptr_nonnull(strstr(cli_err, "the last 26 rows, then 2 forecasts"));
    free(both);
    cli_run("%s--level 0.5 --json", command);
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout(), *rows = json_object_get(value, "forecast");
    ck_assert_uint_eq(json_array_size(rows), 4);
    ck_assert_str_eq(cli_text(json_array_get(rows, 0), "id"), "rome");
    ck_assert_str_eq(cli_text(json_array_get(rows, 3), "time"), "2001-01-28");
    json_decref(value);
    cli_run("%s--out f --report", command); /* nor has it a chart on the page */
    cli_expect_code(0);
    char *page = cli_read_text(cli_in_folder(cli_work, "f/forecast.html"));
    ck_assert_ptr_nonnull(strstr(page, "rome: sales and its forecast"));
    ck_assert_ptr_nonnull(strstr(page, "oslo: sales and its forecast"));
    ck_assert_ptr_nonnull(strstr(page, "2001-01-01 to 2001-01-28"));
    ck_assert_ptr_null(strstr(page, "bern: sales"));
    free(page);
    cli_run("%s--short-ids error", command);
    cli_expect_failure(78, "new.csv, series bern: 2 rows; the model looks at windows of 12 rows, so it needs that many "
                           "at least; --short-ids drop leaves such series out");
    stream = fopen(cli_in_folder(cli_work, "new.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "city,day,promo,sales\nbern,2001-01-01,0,1\nbern,2001-01-02,1,2\n");
    fclose(stream);
    cli_run("%s", command);
    cli_expect_failure(78, "new.csv: each of the 1 series has fewer than the 12 rows the model looks at");
}
END_TEST

START_TEST(ids_at_prediction)
{
    write_shops("shops.csv", 28, 0);
    cli_run(SMALL " " OPTIONS "--data shops.csv --out r --quiet");
    cli_expect_code(0);
    cli_run("predict --model r/model.safetensors --data shops.csv --device reference --id none");
    cli_expect_failure(65, "is there twice, first in the row before");
    cli_run("predict --model r/model.safetensors --data shops.csv --device reference --id shop");
    cli_expect_failure(78, "the model's columns are not in the data: shops.csv: no column \"shop\"");
    write_shops("short.csv", 8, 0);
    cli_run("predict --model r/model.safetensors --data short.csv --device reference");
    cli_expect_failure(
        78,
        "series \"rome\" has 8 rows, which is too few; --short-ids drop leaves such series out: short.csv: 8 rows; the "
        "model looks at windows of 12 rows");
}
END_TEST

/* Gaps by choice: what is refused by default trains otherwise, and says so. */
/* One of each: nowhere is there "1 rows". */
START_TEST(one_of_each)
{
    cli_write_sine("s.csv", 4);
    cli_run("--device reference --hidden 1 --epochs 1 --seq-len 1 --val-fraction 0.4 --test-fraction 0.4 --data s.csv "
            "--target sin --out r");
    cli_expect_code(0);
    ck_assert_msg(strstr(cli_err, "4 rows: 1 training and 1 validation window of 1 row, and 1 test window for the end"),
                  "%s", cli_err);
    cli_run("evaluate --device reference --model r/model.safetensors --data s.csv --part test");
    cli_expect_code(0);
    ck_assert_msg(strstr(cli_out, ": 1 window, original units"), "%s", cli_out);
    cli_run("backtest --device reference --model r/model.safetensors --data s.csv --origins 1 --steps 1");
    ck_assert_msg(strstr(cli_out, "1 origin (row 3): 1 window, "), "%s%s", cli_out, cli_err);
}
END_TEST

/* Said, and not twice. */
static void expect_once(const char *words)
{
    const char *found = strstr(cli_err, words);
    ck_assert_msg(found && !strstr(found + 1, words), "%s", cli_err);
}

/* One short series makes no shorter windows for the others: it is refused by name. */
START_TEST(one_short_series)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "short.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "id,v\n");
    for (int i = 0; i < 165; i++)
        fprintf(stream, "%s,%g\n", i < 80 ? "a" : i < 160 ? "b" : "tiny", sin(i * 0.5));
    fclose(stream);
    cli_run("--device reference --hidden 4 --epochs 1 --data short.csv --target v --id id --out r");
    cli_expect_code(78);
    ck_assert_ptr_nonnull(strstr(cli_err, "tiny"));
    ck_assert_ptr_nonnull(strstr(cli_err, "--short-ids drop"));
    cli_run("--device reference --hidden 4 --epochs 1 --data short.csv --target v --id id --short-ids drop --out r");
    cli_expect_code(0);
    expect_once("short.csv: 1 of 3 series is left out, being too short\n");
    ck_assert_msg(!strstr(cli_err, "not among those"), "%s", cli_err);
    cli_run(
        "predict --device reference --model r/model.safetensors --data short.csv --short-ids drop"); /* its own id */
    cli_expect_code(0);
    stream = fopen(cli_in_folder(cli_work, "other.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "id,v\n");
    for (int i = 0; i < 240; i++)
        fprintf(stream, "%s,%g\n", i < 80 ? "a" : i < 160 ? "c" : "d", sin(i * 0.5));
    fclose(stream);
    static const char *const commands[] = {"predict", "evaluate", "forecast", "backtest --origins 3"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        cli_run("%s --device reference --model r/model.safetensors --data other.csv", commands[i]);
        cli_expect_code(0);
        expect_once("other.csv: 2 of 3 series, \"c\" first, are not among those that the model was trained on; ");
    }
}
END_TEST

/* Of differences nothing is asked behind a gap: where that was the only validation window there is none, and nothing diverged. */
START_TEST(differences_behind_gaps)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "tiny.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "v\n");
    for (int i = 0; i < 24; i++)
        if (i == 22)
            fprintf(stream, "\n");
        else
            fprintf(stream, "%g\n", i + sin(i * 0.7));
    fclose(stream);
    cli_run("--device reference --hidden 4 --epochs 1 --data tiny.csv --seq-len 2 --val-fraction 0.1 --transform diff "
            "--out r");
    cli_expect_code(78);
    ck_assert_ptr_nonnull(strstr(cli_err, "validation"));
}
END_TEST

/* With nothing said, gaps are masked, and the model goes on past the end of such a file: nothing is missing in a forecast. */
START_TEST(gaps_with_nothing_said)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "gaps.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "v\n");
    for (int i = 0; i < 80; i++)
        if (i % 10 == 5)
            fprintf(stream, "\n");
        else
            fprintf(stream, "%g\n", 3 + sin(i * 0.5));
    fclose(stream);
    cli_run(SMALL " --data gaps.csv --out r --report");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "gaps.csv:7, column \"v\": the first of 8 missing cells: masked"));
    cli_run("forecast --model r/model.safetensors --data gaps.csv --device reference --steps 5 --quiet");
    cli_expect_code(0);
    size_t lines = 0;
    for (const char *c = cli_out; *c; c++)
        lines += *c == '\n';
    ck_assert_uint_eq(lines, 6);
}
END_TEST

/* Intervals of a model of logarithms are shares of the forecast: never below 0, and of a series' own size. */
START_TEST(intervals_of_logarithms)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "sizes.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "id,v\n");
    for (int i = 0; i < 160; i++)
        fprintf(stream, "%s,%.9g\n", i < 80 ? "small" : "large", (i < 80 ? 10 : 1e6) * exp(0.3 * sin(i * 0.7)));
    fclose(stream);
    cli_run(SMALL " --data sizes.csv --target v --id id --transform log --out r --quiet");
    cli_expect_code(0);
    cli_run("forecast --model r/model.safetensors --data sizes.csv --device reference --steps 1 --level 0.8 --quiet "
            "--json");
    cli_expect_code(0);
    cli_run("forecast --model r/model.safetensors --data sizes.csv --device reference --steps 1 --level 0.8 --quiet");
    cli_expect_code(0);
    char *rest = NULL, *line = NULL;
    ck_assert_ptr_nonnull(strtok_r(cli_out, "\n", &rest)); /* the heading */
    for (size_t part = 0; part < 2; part++) {
        double mean, lower, upper;
        ck_assert_ptr_nonnull(line = strtok_r(NULL, "\n", &rest));
        ck_assert_msg(sscanf(line, "%*[a-z],%*d,%lf,%lf,%lf", &mean, &lower, &upper) == 3, "%s", line);
        ck_assert_msg(lower > mean / 3 && lower < mean && upper > mean && upper < 3 * mean, "%s", line);
    }
}
END_TEST

START_TEST(gaps)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "gaps.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "spring,v\n");
    for (int week = 0; week < 40; week++)
        if (week % 10 == 5)
            fprintf(stream, "%d,\n", 1700 + week);
        else if (week != 20)
            fprintf(stream, "%d,%g\n", 1700 + week, sin(week * 0.5));
    fclose(stream);
    cli_run(SMALL " --data gaps.csv --target v --time spring --out r --missing error");
    cli_expect_failure(65, "gaps.csv:7, column 2 (v): empty cell; every value in use must be a number (--missing says "
                           "what becomes of gaps)");
    cli_run(SMALL " --data gaps.csv --target v --time spring --out r --missing interpolate");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "gaps.csv: the times leave out 1 row, behind line 21, taken as one of missing cells\n"));
    ck_assert_ptr_nonnull(strstr(
        cli_err, "gaps.csv: 5 missing cells of target \"v\" were filled in from the values at both sides of them"));
    cli_run(SMALL " --data gaps.csv --target v --time spring --out r --missing drop --seq-len 3 --transform none");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "40 rows: 10 training and 7 validation windows of 3 rows"));
    /* a model reads as it was trained, or as it is told */
    cli_run("evaluate --model r/model.safetensors --data gaps.csv --device reference --time spring --quiet");
    cli_expect_code(0);
    cli_run("evaluate --model r/model.safetensors --data gaps.csv --device reference --time spring --quiet --missing "
            "error");
    cli_expect_failure(65, "gaps.csv:7, column 2 (v): empty cell");
}
END_TEST

/* What says how the data is read is kept with an unfinished run. */
START_TEST(resumed_as_it_was_read)
{
    char whole[65];
    write_shops("shops.csv", 28, 0);
    cli_run("--device reference --hidden 8 --seq-len 12 --epochs 40 " OPTIONS "--data shops.csv --out a --quiet");
    cli_expect_code(0);
    json_t *summary = cli_json_in_file("a/summary.json");
    snprintf(whole, sizeof whole, "%s", cli_text(summary, "weights_sha256"));
    json_decref(summary);
    const pid_t child = cli_start("--device reference --hidden 8 --seq-len 12 --epochs 40 " OPTIONS
                                  "--data shops.csv --out b --quiet --checkpoint-every 1");
    while (!cli_exists("b/checkpoint.safetensors") && !cli_exists("b/summary.json"))
        cli_wait_a_moment();
    kill(child, SIGTERM);
    cli_finish(child);
    if (cli_code == 0) /* it was faster */
        return;
    cli_expect_code(75);
    cli_run("--resume --out b --device reference --quiet");
    cli_expect_code(0);
    summary = cli_json_in_file("b/summary.json");
    ck_assert_str_eq(cli_text(summary, "weights_sha256"), whole);
    json_decref(summary);
}
END_TEST

/* Times that are no input, behind the values: found again in the model's data, where they are, and held to be right. */
START_TEST(times_behind_the_values)
{
    static const char *const names[] = {"good.csv", "twice.csv", "bare.csv"};
    for (int kind = 0; kind < 3; kind++) {
        FILE *stream = fopen(cli_in_folder(cli_work, names[kind]), "w");
        ck_assert_ptr_nonnull(stream);
        fprintf(stream, kind == 2 ? "v\n" : "v,when\n");
        for (int i = 0; i < 40; i++)
            fprintf(stream, kind == 2 ? "%d\n" : "%d,%04d-%02d-01\n", i % 7, 2001 + i / 12,
                    1 + i % 12 - (kind == 1 && i == 20));
        ck_assert_int_eq(fclose(stream), 0);
    }
    cli_run(SMALL " --data good.csv --target v --transform none --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "good.csv: column \"when\" is taken as times, from 2001-01-01 on"));
    cli_run("forecast --model r/model.safetensors --data good.csv --device reference --steps 1 --level 0.5 --quiet");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\n40,2004-05-01,"));
    cli_run("forecast --model r/model.safetensors --data twice.csv --device reference --steps 1");
    cli_expect_failure(65, "twice.csv:22: 2002-08-01 is there twice");
    cli_run("forecast --model r/model.safetensors --data good.csv --device reference --missing mask");
    cli_expect_failure(78, "--missing mask: the model has no input that tells it where a value is missing");
    cli_run("forecast --model r/model.safetensors --data bare.csv --device reference --steps 1 --level 0.5 --quiet");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\n40,"));
    ck_assert_ptr_null(strstr(cli_out, "time"));
}
END_TEST

START_TEST(wrong_words)
{
    cli_run(SMALL " --id city");
    cli_expect_failure(64, "--known, --calendar, --time and --id name columns of a file; --data FILE is missing");
    write_shops("shops.csv", 28, 0);
    cli_run(SMALL " --data shops.csv --target sales --time day --id city --calendar moon");
    cli_expect_failure(
        64, "--calendar: the calendar has no \"moon\"; there is minute, hour, weekday, day, month, yearday, auto");
    cli_run(SMALL " --data shops.csv --target sales --time none --calendar month");
    cli_expect_failure(64, "--calendar needs a column of times; name it with --time");
    cli_run(SMALL " --data shops.csv --target sales --calendar month");
    cli_expect_failure(65, "name the column that tells several series apart with --id");
    cli_run(SMALL " --data shops.csv --target sales --id city --recipe article");
    cli_expect_code(78);
    ck_assert_ptr_nonnull(strstr(cli_err, "shops.csv: --recipe article takes one series, not 2; drop --id"));
    cli_run(SMALL " --data shops.csv --target sales --id city --known promo --input-weights per-step");
    cli_expect_code(78);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "--input-weights per-step does not go with columns known ahead (--known, --calendar)"));
}
END_TEST

TCase *cli_series_case(void)
{
    TCase *tests = tcase_create("series");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, shops);
    tcase_add_test(tests, its_own_file);
    tcase_add_test(tests, a_backtest_of_shops);
    tcase_add_test(tests, a_short_series_in_a_forecast);
    tcase_add_test(tests, ids_at_prediction);
    tcase_add_test(tests, one_of_each);
    tcase_add_test(tests, one_short_series);
    tcase_add_test(tests, differences_behind_gaps);
    tcase_add_test(tests, gaps_with_nothing_said);
    tcase_add_test(tests, intervals_of_logarithms);
    tcase_add_test(tests, gaps);
    tcase_add_test(tests, resumed_as_it_was_read);
    tcase_add_test(tests, times_behind_the_values);
    tcase_add_test(tests, wrong_words);
    return tests;
}
