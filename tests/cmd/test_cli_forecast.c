/* SPDX-License-Identifier: MIT
 * test_cli_forecast.c - the forecast and backtest commands and the parts of evaluate, as people and scripts see them
 */
#include "cli.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Real data, some seconds of training: sunspots with a horizon of 3 and a test part. */
static void train_sunspots(const char *more)
{
    cli_run(
        "--device reference --hidden 8 --seq-len 12 --epochs 5 --data %s/sunspots.csv --target SUNACTIVITY --horizon 3 "
        "--out r %s",
        cli_data, more);
    cli_expect_code(0);
}

#define MODEL "--model r/model.safetensors --device reference"

/* The number in cell `cell` of line `line`, both from 0, of CSV. */
static double cell_of(const char *csv, size_t line, size_t cell)
{
    while (line--)
        csv = strchr(csv, '\n') + 1;
    while (cell--)
        csv = strchr(csv, ',') + 1;
    return strtod(csv, NULL);
}

START_TEST(forecast_on_stdout_and_in_a_folder)
{
    train_sunspots("--quiet");
    cli_run("forecast " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,mean,lower_80,upper_80,lower_95,upper_95\n309,2009,", 61), 0);
    for (size_t line = 1; line <= 3; line++) {
        ck_assert(cell_of(cli_out, line, 0) == (double)(308 + line));
        ck_assert(cell_of(cli_out, line, 1) == (double)(2008 + line)); /* the years go on */
        ck_assert(cell_of(cli_out, line, 5) < cell_of(cli_out, line, 3));
        ck_assert(cell_of(cli_out, line, 3) < cell_of(cli_out, line, 2));
        ck_assert(cell_of(cli_out, line, 2) < cell_of(cli_out, line, 4));
        ck_assert(cell_of(cli_out, line, 4) < cell_of(cli_out, line, 6));
    }
    ck_assert_ptr_null(strchr(strstr(cli_out, "\n311,") + 1, '\n')[1] ? "a fourth row" : NULL);
    cli_run("forecast " MODEL " --data %s/sunspots.csv --steps 8 --level 0.975 --out f", cli_data);
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, "f/forecast.csv\n");
    char *text = cli_read_text(cli_in_folder(cli_work, "f/forecast.csv"));
    ck_assert_int_eq(strncmp(text, "index,time,mean,lower_97.5,upper_97.5\n", 38), 0);
    ck_assert_ptr_nonnull(strstr(text, "\n316,"));
    free(text);
    cli_environment = "LC_ALL=C";
    cli_run("forecast " MODEL " --data %s/sunspots.csv --steps 2 --level 0.5 --json --sketch", cli_data);
    ck_assert_ptr_nonnull(strstr(cli_err, "the last 62 rows, then 2 forecasts and their 50 % intervals\n"));
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout(), *rows = json_object_get(value, "forecast");
    ck_assert_uint_eq(json_array_size(rows), 2);
    ck_assert_str_eq(cli_text(json_array_get(rows, 1), "target"), "SUNACTIVITY");
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(rows, 1), "index")), 310);
    ck_assert_str_eq(cli_text(json_array_get(rows, 1), "time"), "2010");
    json_decref(value);
}
END_TEST

START_TEST(forecast_of_several_targets)
{
    cli_run(SMALL " --data %s/elnino.csv --target JAN,JUL --out r --quiet", cli_data);
    cli_expect_code(0);
    cli_run("forecast " MODEL " --data %s/elnino.csv --steps 4 --level 0.8", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(
        strncmp(cli_out, "index,time,mean_JAN,lower_80_JAN,upper_80_JAN,mean_JUL,lower_80_JUL,upper_80_JUL\n61,2011,",
                89),
        0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\n64,"));
}
END_TEST

/* Months of made up passengers. */
static void write_months(const char *name, size_t rows)
{
    FILE *stream = fopen(cli_in_folder(cli_work, name), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "month,passengers\n");
    for (size_t i = 0; i < rows; i++)
        fprintf(stream, "%zu-%02zu,%.3f\n", 1949 + i / 12, i % 12 + 1,
                100 + (double)i + 20 * sin((double)(i % 12) / 1.9) + (double)(i * 7 % 5));
    fclose(stream);
}

/* A model of one step and the months: 24 steps are one step 24 times, each written into the file behind the last. */
START_TEST(forecast_by_the_calendar)
{
    char *far, *line, *rest = NULL;
    write_months("m.csv", 60);
    cli_run(SMALL " --data m.csv --target passengers --calendar auto --out r --quiet");
    cli_expect_code(0);
    cli_run("forecast " MODEL " --data m.csv --steps 24 --level 0.5");
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,mean,lower_50,upper_50\n60,1954-01,", 45), 0);
    far = strdup(strchr(cli_out, '\n') + 1);
    ck_assert_ptr_nonnull(far);
    for (line = strtok_r(far, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *comma = strchr(strchr(strchr(line, ',') + 1, ',') + 1, ',');
        *comma = '\0';
        cli_run("forecast " MODEL " --data m.csv --quiet");
        cli_expect_code(0);
        ck_assert_int_eq(strncmp(strchr(cli_out, '\n') + 1, line, strlen(line)), 0);
        FILE *stream = fopen(cli_in_folder(cli_work, "m.csv"), "a");
        ck_assert_ptr_nonnull(stream);
        fprintf(stream, "%s\n", strchr(line, ',') + 1);
        fclose(stream);
    }
    free(far);
    cli_run("backtest " MODEL " --data m.csv --steps 12 --origins 5 --json");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout();
    ck_assert_int_eq(json_integer_value(json_object_get(value, "steps")), 12);
    json_decref(value);
}
END_TEST

static const struct {
    const char *train, *options;
    int code;
    const char *message;
} refused[] = {
    {"", "--level 1", 64, "--level: found '1', expected a number from 1e-06 to 0.999999"},
    {"", "--level 0.5,80", 64, "--level: found '80', expected a number from 1e-06 to 0.999999"},
    {"", "--level ,", 64, "--level ,: no level, expected as 0.8,0.95"},
    {"", "--level .1,.2,.3,.4,.5,.6,.7,.8,.9", 64, "--level .1,.2,.3,.4,.5,.6,.7,.8,.9: more than 8 levels"},
    {"", "--level 0.99", 78,
     "r/model.safetensors: intervals of 99 % take 99 validation windows at least, and the model had 98: train with a "
     "larger --val-fraction, or ask for a lower --level"},
    {"--val-fraction 0", "--level 0.9", 78,
     "r/model.safetensors: the model keeps no residuals to make intervals of: it is of an earlier version, of --recipe "
     "article, a checkpoint, or was trained with --val-fraction 0; train it again for intervals"},
    {"--features YEAR", "--steps 4", 78,
     "4 steps are more than the model's horizon, 3, and beyond it the model needs to know its features (\"YEAR\"), "
     "which "
     "it does not predict; ask for 3 steps, or train with --horizon 4, or with these columns as targets too"},
};

START_TEST(forecasts_refused)
{
    train_sunspots(refused[_i].train);
    cli_run("forecast " MODEL " --quiet --data %s/sunspots.csv %s", cli_data, refused[_i].options);
    cli_expect_exactly(refused[_i].code, refused[_i].message);
}
END_TEST

/* A model of quantiles: its own intervals, what they hold, and, with nothing to adjust them by, as they are. */
START_TEST(forecast_of_quantiles)
{
    train_sunspots("--loss quantile --quantiles 0.1,0.5,0.9 --transform none");
    ck_assert_ptr_nonnull(strstr(cli_out, "\n  the network's own quantiles of 80 % hold "));
    json_t *summary = cli_json_in_file("r/summary.json");
    json_t *held = json_object_get(json_object_get(summary, "scoreboard"), "quantile_coverage");
    ck_assert_uint_eq(json_array_size(held), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(held, 0), "values")), 98 * 3);
    json_decref(summary);
    cli_run("info r/model.safetensors");
    ck_assert_ptr_nonnull(strstr(cli_out, "from 98 validation windows, around the network's quantiles\n"));
    cli_run("forecast " MODEL " --data %s/sunspots.csv --steps 5 --level 0.8", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,mean,lower_80,upper_80\n", 34), 0);
    bool skewed = false;
    for (size_t line = 1; line <= 5; line++) {
        const double lower = cell_of(cli_out, line, 3), mean = cell_of(cli_out, line, 2);
        const double upper = cell_of(cli_out, line, 4);
        ck_assert(lower <= mean && mean <= upper && lower < upper);
        skewed = skewed || fabs(upper + lower - 2 * mean) > 1e-6 * upper;
    }
    ck_assert(skewed);
    cli_run("backtest " MODEL " --data %s/sunspots.csv --origins 30 --out b", cli_data);
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\n  the network's own quantiles of 80 % hold "));
    char *text = cli_read_text(cli_in_folder(cli_work, "b/forecasts.csv"));
    ck_assert_ptr_nonnull(strstr(text, "actual_1,predicted_1,q0.1_1,q0.5_1,q0.9_1,"));
    free(text);
    train_sunspots("--loss quantile --transform none --val-fraction 0");
    cli_run("forecast " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,mean,lower_80,upper_80\n", 34), 0);
    ck_assert_ptr_nonnull(strstr(cli_err, "intervals of 80 % are the network's own quantiles as they are: there are no "
                                          "residuals of validation windows to adjust them by"));
    ck_assert_ptr_null(strstr(cli_err, "as wide as its own"));
}
END_TEST

/* What was not asked for by name is left out, and told. */
START_TEST(forecast_without_intervals)
{
    train_sunspots("--val-fraction 0 --sketch");
    ck_assert_ptr_nonnull(strstr(cli_err, "\n  loss  "));
    ck_assert_ptr_null(strstr(cli_out, "network"));
    cli_run("forecast " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,mean\n309,2009,", 25), 0);
    ck_assert_ptr_nonnull(strstr(cli_err, "the model keeps no residuals to make intervals of"));
    cli_write_sine("s.csv", 40); /* the article's recipe keeps none either */
    cli_run(SMALL " --recipe article --out r --quiet");
    cli_expect_code(0);
    cli_run("forecast " MODEL " --data s.csv --steps 3");
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,mean\n40,", 14), 0);
}
END_TEST

START_TEST(other_columns)
{
    cli_train_small();
    cli_run("forecast " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_failure(78, "the model's columns are not in the data: ");
    cli_run("backtest " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_failure(78, "the model's columns are not in the data: ");
    cli_write_sine("s.csv", 11);
    cli_run("forecast " MODEL " --data s.csv");
    cli_expect_exactly(78, "s.csv: 11 rows; the model looks at windows of 12 rows, so it needs that many at least");
}
END_TEST

/* ---- Parts --------------------------------------------------------------------------------------------------------- */

/* The run's own board of the validation part is what evaluate says of it; the test part is shown once, at the run's end. */
START_TEST(parts_of_the_training_data)
{
    train_sunspots("--test-fraction 0.1");
    ck_assert_ptr_nonnull(strstr(cli_out, "\nthe validation part: 98 windows"));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nthe test part: 30 windows"));
    ck_assert_ptr_nonnull(strstr(cli_out, "  on the test part the network "));
    ck_assert_ptr_nonnull(strstr(cli_out, "(made of the validation part)\n")); /* of 30 windows: not few */
    json_t *summary = cli_json_in_file("r/summary.json");
    for (int part = 0; part < 2; part++) {
        cli_run("evaluate " MODEL " --data %s/sunspots.csv --part %s --json", cli_data, part ? "test" : "val");
        cli_expect_code(0);
        json_t *value = cli_json_on_stdout(), *board = json_object_get(value, "scoreboard");
        json_t *own = json_object_get(summary, part ? "test_scoreboard" : "scoreboard");
        ck_assert_str_eq(cli_text(value, "part"), part ? "the test part" : "the validation part");
        ck_assert(json_equal(json_object_get(board, "contenders"), json_object_get(own, "contenders")));
        ck_assert_uint_eq(json_array_size(json_object_get(board, "contenders")), 5);
        json_decref(value);
    }
    json_decref(summary);
    cli_run("evaluate " MODEL " --data %s/sunspots.csv", cli_data);
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "on the same rows; --part val or test leaves them out"));
}
END_TEST

/* Data that was changed, or is quite another: evaluate and backtest say the same of it, to people and to scripts. */
START_TEST(unknown_data)
{
    static const char *const commands[] = {"evaluate", "backtest --origins 5", "backtest --origins 4 --refit 2"};
    cli_train_small();
    cli_write_sine("s.csv", 230);
    char *text = cli_read_text(cli_in_folder(cli_work, "s.csv"));
    FILE *stream = fopen(cli_in_folder(cli_work, "revised.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    char *line = strchr(strstr(text, "\n") + 1, '\n'); /* behind the first row, which is a little more now */
    fprintf(stream, "index,sin\n0,0.001%s", line);
    fclose(stream);
    free(text);
    for (size_t i = 0; i < 3; i++)
        for (int revised = 0; revised < 2; revised++) {
            const bool flattered = revised && i < 2; /* new models have not seen what they forecast */
            cli_run("%s " MODEL " --data %s.csv --json", commands[i], revised ? "revised" : "s");
            cli_expect_code(0);
            const char *told =
                strstr(cli_err, "revised.csv: these are not all the rows that the model was trained on, as they were: "
                                "where rows of its training are among them, its errors flatter it; the "
                                "naive forecasts are fitted on the training rows of the model's own data\n");
            ck_assert_int_eq(told != NULL, flattered);
            json_t *value = cli_json_on_stdout(), *board = json_object_get(value, "scoreboard");
            ck_assert_int_eq(json_is_true(json_object_get(board, "data_known")), !revised);
            ck_assert_str_eq(cli_text(board, "naive_fitted_on"), "training rows of the model");
            json_decref(value);
        }
}
END_TEST

/* Naive forecasts of many series are fitted again: on rows of the data that is there. */
START_TEST(unknown_data_of_several_series)
{
    FILE *stream[2] = {fopen(cli_in_folder(cli_work, "a.csv"), "w"), fopen(cli_in_folder(cli_work, "b.csv"), "w")};
    ck_assert(stream[0] && stream[1]);
    for (size_t k = 0; k < 2; k++) {
        fprintf(stream[k], "id,v\n");
        for (int i = 0; i < 120; i++)
            fprintf(stream[k], "%s,%.9g\n", i % 2 ? "x" : k ? "z" : "y", sin(i * 0.3));
        fclose(stream[k]);
    }
    cli_run(SMALL " --data a.csv --target v --id id --out r --quiet");
    cli_expect_code(0);
    for (int backtest = 0; backtest < 2; backtest++) {
        cli_run("%s " MODEL " --data b.csv --json", backtest ? "backtest --origins 9" : "evaluate");
        cli_expect_code(0);
        ck_assert_ptr_nonnull(strstr(cli_err, "its errors flatter it; the naive forecasts are fitted on the first "
                                              "0.667 of each series here\n"));
        json_t *value = cli_json_on_stdout(), *board = json_object_get(value, "scoreboard");
        ck_assert(json_is_false(json_object_get(board, "data_known")));
        ck_assert_str_eq(cli_text(board, "naive_fitted_on"), "first rows of this data");
        json_decref(value);
    }
}
END_TEST

START_TEST(parts_refused)
{
    train_sunspots("");
    cli_run("evaluate --quiet " MODEL " --data %s/sunspots.csv --part test", cli_data);
    cli_expect_exactly(78, "--part test: the model was trained without that part (--test-fraction 0)");
    cli_run("evaluate --quiet " MODEL " --data %s/sunspots.csv --part middle", cli_data);
    cli_expect_exactly(64, "--part: found 'middle', expected one of all, train, val, test");
    cli_train_small();
    cli_write_sine("s.csv", 100); /* half of what the model was made from */
    cli_run("evaluate --quiet " MODEL " --data s.csv --part val");
    cli_expect_exactly(78,
                       "s.csv: --part is about the data the model was trained on, and this is other data, or the model "
                       "is of an earlier version and does not say; leave --part out");
    cli_write_sine("s.csv", 230); /* the same, and more behind it */
    cli_run("evaluate " MODEL " --data s.csv --part val");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "s.csv, the validation part: 63 windows"));
}
END_TEST

/* ---- Backtests ----------------------------------------------------------------------------------------------------- */

START_TEST(backtest_files)
{
    train_sunspots("--quiet");
    cli_run("backtest " MODEL " --data %s/sunspots.csv --origins 30 --steps 4 --out b", cli_data);
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "30 origins (rows "));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nb/backtest.csv\nb/forecasts.csv\n"));
    char *text = cli_read_text(cli_in_folder(cli_work, "b/backtest.csv"));
    ck_assert_int_eq(strncmp(text, "contender,step,count,rmse,mae,mase,smape,coverage_80\nnetwork,1,30,", 66), 0);
    ck_assert_ptr_nonnull(strstr(text, "\nlast value,4,30,"));
    free(text);
    text = cli_read_text(cli_in_folder(cli_work, "b/forecasts.csv"));
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_uint_eq(lines, 31);
    free(text);
    cli_run("backtest " MODEL " --data %s/sunspots.csv --origins 4 --refit 2 --json", cli_data);
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "refit 2 of 2: training on the first "));
    json_t *value = cli_json_on_stdout();
    ck_assert_uint_eq(json_array_size(json_object_get(value, "origins")), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(value, "steps")), 3);
    json_decref(value);
    cli_run("backtest --quiet " MODEL " --data %s/sunspots.csv --refit often", cli_data);
    cli_expect_exactly(64, "--refit: found 'often', expected never, or N: a new model before every N-th origin");
    cli_run("backtest --quiet " MODEL " --data %s/sunspots.csv --steps 200", cli_data);
    cli_expect_failure(78, "leave none with 200 rows behind it; try fewer --steps");
}
END_TEST

/* A season that is given is the one that is used; one that the training part cannot hold is refused before anything is trained. */
START_TEST(seasons)
{
    train_sunspots("--season 11");
    ck_assert_ptr_nonnull(strstr(cli_out, "  seasonal naive (11)  "));
    ck_assert_ptr_null(strstr(cli_out, "autocorrelation"));
    train_sunspots("");
    ck_assert_ptr_nonnull(
        strstr(cli_out, "  season, by the autocorrelation of the training part: SUNACTIVITY 11 rows (--season"));
    cli_run("info r/model.safetensors");
    ck_assert_ptr_nonnull(strstr(cli_out, "\n  intervals            from 98 validation windows\n"));
    ck_assert_ptr_nonnull(strstr(cli_out, "\n  naive, SUNACTIVITY   season 11, AR("));
    train_sunspots("--season 1");
    ck_assert_ptr_null(strstr(cli_out, "seasonal naive"));
    cli_run(SMALL " --season 150");
    cli_expect_code(78);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "--season 150: the training part has 137 rows; try a season that is shorter, or 1"));
    ck_assert(!cli_exists("rnn_cl.out/model.safetensors"));
}
END_TEST

TCase *cli_forecast_case(void)
{
    TCase *tests = tcase_create("forecast");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, forecast_on_stdout_and_in_a_folder);
    tcase_add_test(tests, forecast_of_several_targets);
    tcase_add_test(tests, forecast_by_the_calendar);
    tcase_add_loop_test(tests, forecasts_refused, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, forecast_of_quantiles);
    tcase_add_test(tests, forecast_without_intervals);
    tcase_add_test(tests, other_columns);
    tcase_add_test(tests, parts_of_the_training_data);
    tcase_add_test(tests, unknown_data);
    tcase_add_test(tests, unknown_data_of_several_series);
    tcase_add_test(tests, parts_refused);
    tcase_add_test(tests, backtest_files);
    tcase_add_test(tests, seasons);
    return tests;
}
