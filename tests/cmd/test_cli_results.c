/* SPDX-License-Identifier: MIT
 * test_cli_results.c - what a training command leaves, and what the commands that read models make of it
 */
#include "cli.h"

#include "base/file.h"
#include "base/sha256.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Training: what it leaves -------------------------------------------------------------------------------------- */

START_TEST(files_of_a_run)
{
    static const char *const files[] = {"model.safetensors", "history.jsonl", "predictions.csv", "summary.json"};
    cli_run(SMALL " --out deep/er/r");
    cli_expect_code(0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[64];
        snprintf(name, sizeof name, "deep/er/r/%s", files[i]);
        ck_assert_msg(cli_exists(name), "%s is missing", name);
        ck_assert_msg(strstr(cli_out, name) != NULL, "%s is not in the list of results", name);
    }
    if (!cli_exists("deep/er/r/plot.svg"))
        printf("files_of_a_run: plot.svg NOT SEEN: %s\n", cli_err); /* gnuplot is optional; the program says so */
    ck_assert(cli_exists("deep/er/r/plot.svg") || strstr(cli_err, "gnuplot"));
    ck_assert_ptr_nonnull(strstr(cli_out, "RMSE: training "));
    ck_assert_ptr_nonnull(strstr(cli_err, "device: reference"));
    ck_assert_ptr_nonnull(strstr(cli_err, "200 rows: 125 training and 63 validation windows of 12 rows"));
}
END_TEST

/* No share of an error that is 0. */
START_TEST(constant_series)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "c.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    for (int i = 0; i < 60; i++)
        fprintf(stream, "2\n");
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data c.csv --scale none --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(
        strstr(cli_out, "  last value                         0             0          -          0\n"));
    ck_assert_ptr_nonnull(
        strstr(cli_out, "the network does NOT beat the best of them, last value, which makes no error\n"));
    ck_assert_ptr_nonnull(strstr(cli_out, "  no MASE: the training part has no two neighbouring values that differ\n"));
    ck_assert_ptr_null(strstr(cli_out, "inf"));
}
END_TEST

START_TEST(default_folder)
{
    cli_run(SMALL " --quiet");
    cli_expect_code(0);
    ck_assert(cli_exists("rnn_cl.out/model.safetensors"));
    ck_assert_str_eq(cli_out, "");
    ck_assert_str_eq(cli_err, "");
}
END_TEST

/* Progress is for a terminal; a log gets whole lines only. */
START_TEST(no_progress_in_a_log)
{
    cli_run("--device reference --hidden 40 --epochs 5 --out r");
    cli_expect_code(0);
    ck_assert_ptr_null(strchr(cli_err, '\r'));
    ck_assert_ptr_null(strchr(cli_err, '\033'));
    ck_assert_ptr_null(strchr(cli_out, '\r'));
    ck_assert_ptr_null(strchr(cli_out, '\033'));
    ck_assert_ptr_null(strstr(cli_err, "records/s"));
}
END_TEST

START_TEST(summary)
{
    static const char *const keys[] = {"device",   "recipe",   "seed",    "epochs",         "loss",
                                       "val_loss", "val_rmse", "seconds", "weights_sha256", "bit_exact"};
    cli_run(SMALL " --seed 18446744073709551615 --out r --json");
    cli_expect_code(0);
    json_t *printed = cli_json_on_stdout(), *saved = cli_json_in_file("r/summary.json");
    ck_assert(json_equal(printed, saved));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ck_assert_msg(json_object_get(saved, keys[i]) != NULL, "no key '%s'", keys[i]);
    ck_assert_str_eq(cli_text(saved, "recipe"), "default");
    ck_assert_str_eq(cli_text(saved, "seed"), "18446744073709551615");
    ck_assert_int_eq(json_integer_value(json_object_get(saved, "epochs")), 3);
    ck_assert(json_is_true(json_object_get(saved, "bit_exact")));
    ck_assert_uint_eq(strlen(cli_text(saved, "weights_sha256")), 64);
    ck_assert_double_gt(json_real_value(json_object_get(saved, "val_rmse")), 0);
    const json_t *settings = json_object_get(saved, "settings");
    ck_assert_int_eq(json_integer_value(json_object_get(settings, "hidden")), 8);
    ck_assert(json_real_value(json_object_get(settings, "learning-rate")) == 0.04); /* the rate that was chosen */
    json_decref(saved);
    json_decref(printed);
}
END_TEST

/* A line of JSON an epoch; the last agrees with the summary. */
START_TEST(history)
{
    static const char *const keys[] = {"epoch",         "loss",    "val_loss",      "val_rmse",
                                       "learning_rate", "seconds", "weights_sha256"};
    cli_train_small();
    char *text = cli_read_text(cli_in_folder(cli_work, "r/history.jsonl")), *rest = NULL;
    json_t *summary_value = cli_json_in_file("r/summary.json");
    json_int_t lines = 0;
    ck_assert_int_eq(text[strlen(text) - 1], '\n');
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        json_t *epoch = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
        ck_assert_msg(json_is_object(epoch), "not JSON: %s", line);
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            ck_assert_msg(json_object_get(epoch, keys[i]) != NULL, "no key '%s'", keys[i]);
        ck_assert_int_eq(json_integer_value(json_object_get(epoch, "epoch")), ++lines);
        if (lines == 3) {
            ck_assert(json_equal(json_object_get(epoch, "loss"), json_object_get(summary_value, "loss")));
            ck_assert(json_equal(json_object_get(epoch, "val_loss"), json_object_get(summary_value, "val_loss")));
            ck_assert_str_eq(cli_text(epoch, "weights_sha256"), cli_text(summary_value, "weights_sha256"));
        }
        json_decref(epoch);
    }
    ck_assert_int_eq(lines, 3);
    json_decref(summary_value);
    free(text);
}
END_TEST

/* Header, parts in time order, actual values to the last bit. */
START_TEST(predictions_of_a_run)
{
    cli_train_small();
    char *text = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv")), *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    size_t row = 12;
    ck_assert_str_eq(line, "split,index,actual,predicted");
    while ((line = strtok_r(NULL, "\n", &rest))) {
        char part[8];
        size_t index;
        double actual, predicted;
        ck_assert_int_eq(sscanf(line, "%7[a-z],%zu,%lf,%lf", part, &index, &actual, &predicted), 4);
        ck_assert_uint_eq(index, row);
        ck_assert_str_eq(part, row < 12 + 125 ? "train" : "val");
        ck_assert(actual == sin((double)row));
        ck_assert(isfinite(predicted));
        row++;
    }
    ck_assert_uint_eq(row, 200);
    free(text);
}
END_TEST

/* Behind a target's point forecast its quantiles, under their levels; in the model's settings they are numbers. */
START_TEST(quantiles_of_a_run)
{
    cli_run(SMALL " --loss quantile --quantiles 0.05,0.5,0.95 --out r --quiet --data %s/elnino.csv --target JAN,JUL",
            cli_data);
    cli_expect_code(0);
    char *text = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv")), *rest = NULL;
    char *line = strtok_r(text, "\n", &rest);
    ck_assert_str_eq(line,
                     "split,index,time,actual_JAN,predicted_JAN,q0.05_JAN,q0.5_JAN,q0.95_JAN,actual_JUL,predicted_JUL,"
                     "q0.05_JUL,q0.5_JUL,q0.95_JUL");
    size_t rows = 0;
    for (; (line = strtok_r(NULL, "\n", &rest)); rows++) {
        double v[10];
        size_t index;
        ck_assert_int_eq(sscanf(line, "%*[a-z],%zu,%*d,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf,%lf", &index, v, v + 1,
                                v + 2, v + 3, v + 4, v + 5, v + 6, v + 7, v + 8, v + 9),
                         11);
        ck_assert(v[1] == v[3] && v[6] == v[8]);
    }
    ck_assert_uint_gt(rows, 20);
    free(text);
    cli_run("info --json r/model.safetensors");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout(), *levels = json_object_get(json_object_get(value, "settings"), "quantiles");
    ck_assert_uint_eq(json_array_size(levels), 3);
    ck_assert(json_real_value(json_array_get(levels, 0)) == 0.05);
    ck_assert_int_eq(json_integer_value(json_object_get(value, "targets")), 2);
    json_decref(value);
    cli_run("info r/model.safetensors");
    ck_assert_ptr_nonnull(strstr(cli_out, "0.05,0.5,0.95"));
    cli_run("predict --model r/model.safetensors --data %s/elnino.csv --device reference", cli_data);
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "index,time,actual_JAN,predicted_JAN,q0.05_JAN,"));
}
END_TEST

/* What anybody can compute: the hash of the parameters' bytes, which come first behind the header. */
START_TEST(weights_sha256_is_of_the_file)
{
    unsigned char *bytes;
    size_t size;
    uint64_t header = 0;
    char hex[65];
    cli_train_small();
    ck_assert_int_eq(rnn_read_file(cli_in_folder(cli_work, "r/model.safetensors"), 1 << 24, &bytes, &size), RNN_OK);
    for (int i = 7; i >= 0; i--)
        header = header << 8 | bytes[i];
    const size_t parameters = (8 + 64 + 8 + 8 + 1) * sizeof(float);
    ck_assert_uint_lt(8 + header + parameters, size);
    rnn_sha256_hex(bytes + 8 + header, parameters, hex);
    free(bytes);
    json_t *value = cli_json_in_file("r/summary.json");
    ck_assert_str_eq(cli_text(value, "weights_sha256"), hex);
    json_decref(value);
    cli_run("info --json r/model.safetensors");
    cli_expect_code(0);
    value = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(value, "weights_sha256"), hex);
    json_decref(value);
}
END_TEST

/* The same command twice: the same model file, byte for byte, and the same predictions. */
START_TEST(runs_repeat)
{
    static const char *const files[] = {"model.safetensors", "predictions.csv"};
    cli_run(SMALL " --out a --quiet");
    cli_expect_code(0);
    cli_run(SMALL " --out b --quiet");
    cli_expect_code(0);
    for (size_t i = 0; i < 2; i++) {
        unsigned char *one, *other;
        size_t size, other_size;
        ck_assert_int_eq(rnn_read_file(cli_in_folder(cli_in_folder(cli_work, "a"), files[i]), 1 << 24, &one, &size),
                         RNN_OK);
        ck_assert_int_eq(
            rnn_read_file(cli_in_folder(cli_in_folder(cli_work, "b"), files[i]), 1 << 24, &other, &other_size), RNN_OK);
        ck_assert_uint_eq(size, other_size);
        ck_assert_mem_eq(one, other, size);
        free(other);
        free(one);
    }
}
END_TEST

/* The article's lines are its result and go to stdout, both modes of prediction behind them. */
START_TEST(article_lines)
{
    cli_run(SMALL " --recipe article --out r");
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "Epoch:  1 , Loss:  [[", 21), 0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\nEpoch:  3 , Loss:  [["));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nRMSE in the article's prediction mode: training "));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nRMSE step by step, as it was trained: training "));
    cli_run(SMALL " --recipe article --out r --json");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(value, "recipe"), "article");
    ck_assert_ptr_nonnull(json_object_get(value, "val_rmse_step_mode"));
    json_decref(value);
}
END_TEST

START_TEST(divergence)
{
    cli_run(SMALL " --activation relu --optimizer sgd --schedule constant --learning-rate 1000 --clip-norm 0 --out r");
    cli_expect_code(76);
    ck_assert_ptr_nonnull(strstr(cli_err, "rnn_cl: training diverged: the loss in update 2 of epoch 1 is not finite"));
    ck_assert_str_eq(cli_out, "");
    ck_assert(!cli_exists("r/model.safetensors"));
}
END_TEST

/* ---- Models -------------------------------------------------------------------------------------------------------- */

START_TEST(info)
{
    cli_train_small();
    cli_run("info r/model.safetensors");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "rnn.weight_hh_l0     (8, 8)"));
    ck_assert_ptr_nonnull(strstr(cli_out, "weights_sha256"));
    ck_assert_ptr_nonnull(strstr(cli_out, "built-in sine, 200 rows"));
    ck_assert_ptr_nonnull(strstr(cli_out, "learning-rate        0.04\n"));
    cli_run("info r/model.safetensors --json");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout();
    ck_assert_int_eq(json_integer_value(json_object_get(value, "parameters")), 8 + 64 + 8 + 8 + 1);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(value, "columns"), 0)), "sin");
    ck_assert_str_eq(cli_text(value, "data"), "built-in sine");
    json_decref(value);
}
END_TEST

/* On the data it was trained on, predict says what the run's own predictions said, and one row more: the next. */
/* What a file calls its columns moves no cursor. */
START_TEST(info_of_hostile_names)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "e.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "\033[31mred\n");
    for (int i = 0; i < 60; i++)
        fprintf(stream, "%d\n", i % 7);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data e.csv --val-fraction 0 --out r --quiet");
    cli_expect_code(0);
    cli_run("info r/model.safetensors");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "  \\x1b[31mred "));
    ck_assert_ptr_null(strchr(cli_out, '\033'));
    ck_assert_ptr_nonnull(strstr(cli_out, "validation RMSE      none\n"));
    stream = fopen(cli_in_folder(cli_work, "bad.safetensors"), "w");
    ck_assert_ptr_nonnull(stream);
    const char *header = "{\"__metadata__\":{\"format\":\"\\u001b[31m\\u009b\"}}";
    fputc((int)strlen(header), stream);
    fwrite("\0\0\0\0\0\0", 1, 7, stream); /* the length has eight bytes */
    fputs(header, stream);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run("info bad.safetensors");
    cli_expect_failure(65, "(metadata \"format\" is \\x1b[31m\\xc2\\x9b)");
}
END_TEST

START_TEST(predict)
{
    cli_train_small();
    cli_write_sine("s.csv", 200);
    cli_run("predict --model r/model.safetensors --data s.csv --device reference");
    cli_expect_code(0);
    char *trained = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv")), *rest = NULL, *other = NULL;
    char *expected, *found = strtok_r(cli_out, "\n", &other);
    strtok_r(trained, "\n", &rest); /* its header */
    ck_assert_str_eq(found, "index,actual,predicted");
    size_t rows = 0;
    while ((expected = strtok_r(NULL, "\n", &rest))) {
        found = strtok_r(NULL, "\n", &other);
        ck_assert_str_eq(found, strchr(expected, ',') + 1);
        rows++;
    }
    ck_assert_uint_eq(rows, 188);
    found = strtok_r(NULL, "\n", &other);
    ck_assert_int_eq(strncmp(found, "200,,", 5), 0);
    ck_assert_ptr_null(strtok_r(NULL, "\n", &other));
    free(trained);
    cli_run("predict --model r/model.safetensors --data s.csv --device reference --out p");
    cli_expect_code(0);
    ck_assert_str_eq(cli_out, "p/predictions.csv\n");
    ck_assert(cli_exists("p/predictions.csv"));
}
END_TEST

START_TEST(predict_several_columns)
{
    cli_run(SMALL " --data %s/elnino.csv --target JAN,JUL --features all --out r --quiet", cli_data);
    cli_expect_code(0);
    cli_run("predict --model r/model.safetensors --data %s/elnino.csv --device reference", cli_data);
    cli_expect_code(0);
    ck_assert_int_eq(strncmp(cli_out, "index,time,actual_JAN,predicted_JAN,actual_JUL,predicted_JUL\n12,1962,", 69), 0);
    char *text = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv"));
    ck_assert_int_eq(
        strncmp(text, "split,index,time,actual_JAN,predicted_JAN,actual_JUL,predicted_JUL\ntrain,12,1962,", 81), 0);
    free(text);
}
END_TEST

/* Chosen by position since the name is not its own: found again in the same file. */
START_TEST(predict_a_column_without_a_name_of_its_own)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "d.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    fprintf(stream, "x,x,y\n");
    for (int i = 0; i < 60; i++)
        fprintf(stream, "%d,%d,%d\n", i % 5, i % 7, i % 10);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --data d.csv --target 2 --features y --out r --quiet");
    cli_expect_code(0);
    cli_run("predict --model r/model.safetensors --data d.csv --device reference");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "\n12,5,")); /* 12 % 7 */
    cli_run("evaluate --model r/model.safetensors --data d.csv --device reference");
    cli_expect_code(0);
}
END_TEST

START_TEST(evaluate)
{
    cli_train_small();
    cli_write_sine("s.csv", 200);
    cli_run("evaluate --model r/model.safetensors --data s.csv --device reference");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "s.csv, all windows: 188 windows"));
    ck_assert_ptr_nonnull(strstr(cli_out, "\n  last value  "));
    ck_assert_ptr_nonnull(strstr(cli_out, "does NOT beat the best of them, AR(2), which fits these values to rounding "
                                          "(RMSE "));
    ck_assert_ptr_null(strstr(cli_out, "no MASE"));
    cli_run("evaluate --model r/model.safetensors --data s.csv --device reference --json");
    cli_expect_code(0);
    json_t *value = cli_json_on_stdout();
    ck_assert_int_eq(json_integer_value(json_object_get(value, "count")), 188);
    double squares = 0;
    for (int i = 12; i < 200; i++)
        squares += pow(sin(i) - sin(i - 1), 2);
    ck_assert_double_le(fabs(json_real_value(json_object_get(value, "persistence_rmse")) - sqrt(squares / 188)), 1e-12);
    ck_assert_double_gt(json_real_value(json_object_get(value, "rmse")), 0);
    json_decref(value);
}
END_TEST

START_TEST(damaged_models)
{
    unsigned char *bytes;
    size_t size;
    cli_run("info %s/other_version.safetensors", cli_malformed);
    cli_expect_failure(65, "model format version 2");
    cli_run("predict --model %s/not_ours.safetensors --data %s/sunspots.csv --device reference", cli_malformed,
            cli_data);
    cli_expect_failure(65, "not a model of rnn_cl");
    cli_train_small();
    ck_assert_int_eq(rnn_read_file(cli_in_folder(cli_work, "r/model.safetensors"), 1 << 24, &bytes, &size), RNN_OK);
    for (size_t part = 0; part < 8; part++) {
        FILE *stream = fopen(cli_in_folder(cli_work, "cut.safetensors"), "wb");
        ck_assert_ptr_nonnull(stream);
        fwrite(bytes, 1, size * part / 8, stream);
        ck_assert_int_eq(fclose(stream), 0);
        cli_run("info cut.safetensors");
        cli_expect_failure(65, "cut.safetensors");
        cli_run("predict --model cut.safetensors --data %s/sunspots.csv --device reference", cli_data);
        cli_expect_failure(65, "cut.safetensors");
    }
    free(bytes);
}
END_TEST

START_TEST(model_and_data_do_not_fit)
{
    cli_train_small();
    cli_run("predict --model r/model.safetensors --data %s/sunspots.csv --device reference", cli_data);
    cli_expect_failure(78, "the model's columns are not in the data: ");
    ck_assert_ptr_nonnull(strstr(cli_err, "no column \"sin\"; there are 2: \"YEAR\", \"SUNACTIVITY\""));
    cli_write_sine("s.csv", 11);
    cli_run("evaluate --model r/model.safetensors --data s.csv --device reference");
    cli_expect_exactly(78, "s.csv: 11 rows; the model looks at windows of 12 rows, so it needs that many at least");
    cli_write_sine("s.csv", 12); /* a window, but not the row it predicts */
    cli_run("evaluate --model r/model.safetensors --data s.csv --device reference");
    cli_expect_failure(78, "s.csv: none of 1 windows has a row behind it to compare with");
    cli_run("predict --model r/model.safetensors --data s.csv --device reference");
    cli_expect_code(0);
}
END_TEST

TCase *cli_results_case(void)
{
    TCase *tests = tcase_create("results");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, files_of_a_run);
    tcase_add_test(tests, constant_series);
    tcase_add_test(tests, default_folder);
    tcase_add_test(tests, no_progress_in_a_log);
    tcase_add_test(tests, summary);
    tcase_add_test(tests, history);
    tcase_add_test(tests, predictions_of_a_run);
    tcase_add_test(tests, quantiles_of_a_run);
    tcase_add_test(tests, weights_sha256_is_of_the_file);
    tcase_add_test(tests, runs_repeat);
    tcase_add_test(tests, article_lines);
    tcase_add_test(tests, divergence);
    return tests;
}

TCase *cli_models_case(void)
{
    TCase *tests = tcase_create("models");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, info);
    tcase_add_test(tests, info_of_hostile_names);
    tcase_add_test(tests, predict);
    tcase_add_test(tests, predict_several_columns);
    tcase_add_test(tests, predict_a_column_without_a_name_of_its_own);
    tcase_add_test(tests, evaluate);
    tcase_add_test(tests, damaged_models);
    tcase_add_test(tests, model_and_data_do_not_fit);
    return tests;
}
