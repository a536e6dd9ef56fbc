/* SPDX-License-Identifier: MIT
 * test_cli.c - the program as people and scripts meet it: its words, its input, its devices, and its exit codes
 */
#include "cli.h"

#include "model/settings.h"
#include "rnn_cl.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Words --------------------------------------------------------------------------------------------------------- */

START_TEST(version)
{
    static const char *const ways[] = {"--version", "-V", "train --version", "predict --version"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        cli_run("%s", ways[i]);
        cli_expect_code(0);
        ck_assert_str_eq(cli_out, "rnn_cl " RNN_CL_VERSION "\n");
        ck_assert_str_eq(cli_err, "");
    }
}
END_TEST

static const struct {
    const char *command;
    const char *has[6], *lacks;
} helps[] = {
    {"--help", {"[train]", "--data FILE", "--hidden H", "(100)", "--seq-len T", "Exit codes"}, "--model"},
    {"-h", {"--clip-norm", "--bptt-truncate", "--activation", "relu", "(rnn_cl.out)"}, "--model"},
    {"train --help", {"--no-bias", "--patience", "RNN_CL_DEVICE", "--recipe"}, "--model"},
    {"predict --help", {"Options of predict", "--model FILE", "--out DIR"}, "--hidden"},
    {"evaluate --help", {"Options of evaluate", "--model FILE", "--json", "--part NAME"}, "--out"},
    {"forecast --help",
     {"Options of forecast", "--model FILE", "--steps N", "(0.8,0.95)", "--out DIR", "(the model's)"},
     "--hidden"},
    {"backtest --help", {"Options of backtest", "--origins K", "(20)", "--refit WHEN", "(never)"}, "--level"},
    {"info --help", {"Options of info", "MODEL", "--json"}, "--data FILE"},
    {"devices --help", {"Options of devices", "--json"}, "--data FILE"},
    {"bench --help", {"Options of bench", "--cases NAMES", "--inputs D", "--batch B", "--json"}, "--data FILE"},
    {"tune --help", {"Options of tune", "--cases NAMES", "--seconds N", "(30)", "--batch B"}, "--tuning"},
};

START_TEST(help)
{
    cli_run("%s", helps[_i].command);
    cli_expect_code(0);
    ck_assert_str_eq(cli_err, "");
    for (size_t i = 0; i < 6 && helps[_i].has[i]; i++)
        ck_assert_msg(strstr(cli_out, helps[_i].has[i]) != NULL, "'%s' is not in the help", helps[_i].has[i]);
    ck_assert_msg(strstr(cli_out, helps[_i].lacks) == NULL, "'%s' is in the help", helps[_i].lacks);
    ck_assert_ptr_nonnull(strstr(cli_out, "78  model, data and options do not fit each other"));
}
END_TEST

/* For eyes on a terminal: lines that fit, no sentence cut off, each option of the command there once, and what it needs beside it. */
START_TEST(help_reads_well)
{
    static const char *const commands[] = {"train", "forecast", "backtest", "evaluate", "predict", "bench"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        cli_run("%s --help", commands[i]);
        cli_expect_code(0);
        for (const char *line = strchr(cli_out, '\n') + 1, *end; (end = strchr(line, '\n')); line = end + 1)
            if (strncmp(line, "  rnn_cl", 8) != 0 && strncmp(line, "Environment", 11) != 0)
                ck_assert_msg(end - line <= 80, "%s: %.*s", commands[i], (int)(end - line), line);
    }
    cli_run("--help");
    for (char *space = cli_out, *from = cli_out;; from++) { /* as if nothing had been broken into lines */
        const bool blank = *from == ' ' || *from == '\n';
        if (!blank || (space > cli_out && space[-1] != ' '))
            *space++ = blank ? ' ' : *from;
        if (!*from)
            break;
    }
    ck_assert_ptr_nonnull(strstr(cli_out, " --momentum M share of the last update that the next one keeps; only with "
                                          "--optimizer momentum or nesterov (0.9) --rho F "));
    ck_assert_ptr_nonnull(strstr(cli_out, "; one of sigmoid, tanh, relu; only with --cell elman (sigmoid) "));
    ck_assert_ptr_nonnull(strstr(cli_out, " --no-bias no biases of hidden state and output --train-h0 "));
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char name[96];
        snprintf(name, sizeof name, " --%s %s ", row->name, row->argument);
        ck_assert_msg(!row->argument || strstr(cli_out, name), "%s", row->name);
    }
}
END_TEST

static const struct {
    const char *command, *message;
} wrong[] = {
    {"trian",
     "no command 'trian'; there is train, forecast, predict, evaluate, backtest, info, devices, selftest, bench, tune"},
    {"--epoch 3", "train has no option --epoch; did you mean --epochs?"},
    {"train --hiden=3", "train has no option --hiden; did you mean --hidden?"},
    {"--no-biass", "train has no option --no-biass; rnn_cl train --help lists them"},
    {"--zzzzzzzz", "train has no option --zzzzzzzz; rnn_cl train --help lists them"},
    {"bench --cases article,wid",
     "--cases article,wid: no case 'wid'; there is article, online, wide, long, many, custom"},
    {"tune --cases odd", "--cases odd: no case 'odd'; there is article, online, wide, long, many, custom"},
    {"tune --tuning f", "tune has no option --tuning; rnn_cl tune --help lists them"},
    {"tune --seconds 0", "--seconds: found '0', expected a whole number from 1 to 1000000"},
    {"predict --epochs 3", "predict has no option --epochs; rnn_cl predict --help lists them"},
    {"info --modle m", "info has no option --modle; rnn_cl info --help lists them"},
    {"--no-epochs", "train has no option --no-epochs; did you mean --epochs?"},
    {"--no-bias=yes", "train has no option --no-bias; did you mean --bias?"},
    {"--", "train takes no argument '--'; options begin with --"},
    {"--hidden", "--hidden: no value given; --hidden H: hidden units"},
    {"--hidden 0", "--hidden: found '0', expected a whole number from 1 to 65536"},
    {"--hidden=ten", "--hidden: found 'ten', expected a whole number from 1 to 65536"},
    {"--learning-rate -1", "--learning-rate: found '-1', expected a number from 0 to 1000000"},
    {"--val-fraction 1", "--val-fraction: found '1', expected a number from 0 to 0.99"},
    {"--precision half", "--precision: found 'half', expected one of float, double"},
    {"--recipe artikel", "--recipe: found 'artikel', expected one of default, article"},
    {"--bias=maybe", "--bias: found 'maybe', expected no value; --bias or --no-bias"},
    {"--out=", "--out: found '', expected a text that is not empty"},
    {"--seed 18446744073709551616",
     "--seed: found '18446744073709551616', expected a whole number from 0 to 18446744073709551615"},
    {"train extra", "train takes no argument 'extra'; options begin with --"},
    {"-x", "train takes no argument '-x'; options begin with --"},
    {"info a b", "info takes no argument 'b'; options begin with --"},
    {"info", "info: which model file? rnn_cl info MODEL"},
    {"predict", "predict: --model FILE is missing"},
    {"forecast", "forecast: --model FILE is missing"},
    {"backtest --model m", "backtest: --data FILE is missing"},
    {"backtest --origins 0", "--origins: found '0', expected a whole number from 1 to 1000000"},
    {"evaluate --model m", "evaluate: --data FILE is missing"},
    {"--target x", "--target and --features name columns of a file; --data FILE is missing"},
    {"--recipe article --optimizer adam",
     "--optimizer adam does not go with --recipe article, whose rule has sgd; drop one of the two"},
    {"--optimizer adam --recipe=article",
     "--optimizer adam does not go with --recipe article, whose rule has sgd; drop one of the two"},
    {"--reduction-blocks 3", "--reduction-blocks: found 3, expected a power of two up to 64, or 0"},
    {"--recipe article --windows 5",
     "--windows 5 does not go with --recipe article, whose rule has 0; drop one of the two"},
    {"--patience 3 --val-fraction 0", "--patience 3 needs a validation part: --val-fraction above 0"},
    {"--schedule plateau --val-fraction 0", "--schedule plateau needs a validation part: --val-fraction above 0"},
    {"--warmup 2", "--warmup 2 does not go with --schedule one-cycle, which has a warm-up of its own; choose another "
                   "--schedule"},
    {"--warmup -1", "--warmup: found '-1', expected a number from 0 to 1000000000"},
    {"--schedule linear", "--schedule: found 'linear', expected one of constant, step, cosine, one-cycle, plateau"},
    {"--optimizer lion", "--optimizer: found 'lion', expected one of sgd, momentum, nesterov, rmsprop, adam, adamw"},
    {"--loss mape", "--loss: found 'mape', expected one of mse, mae, huber, quantile"},
    {"--huber-delta 0", "--huber-delta: found '0', expected a number from 1e-09 to 1000000000"},
    {"--quantiles 0.5,0.1",
     "--quantiles: found '0.5,0.1', expected 1 to 9 ascending numbers between 0 and 1, as 0.1,0.5,0.9"},
    {"--quantiles 5%", "--quantiles: found '5%', expected 1 to 9 ascending numbers between 0 and 1, as 0.1,0.5,0.9"},
    {"--quantiles", "--quantiles: no value given; --quantiles LIST: shares of the values that shall lie "
                    "below, an output each"},
    {"--weight-decay -0.1", "--weight-decay: found '-0.1', expected a number from 0 to 1000"},
    {"--rho 1", "--rho: found '1', expected a number from 0 to 0.999999999"},
    {"--lr-step 0", "--lr-step: found '0', expected a whole number from 1 to 1000000000"},
    {"--lr-gamma 0", "--lr-gamma: found '0', expected a number from 1e-09 to 1"},
    {"--lr-gamma 1.5", "--lr-gamma: found '1.5', expected a number from 1e-09 to 1"},
    {"--lr-patience 0", "--lr-patience: found '0', expected a whole number from 1 to 1000000000"},
    {"--momentum 0.9", "--momentum 0.9 is for --optimizer momentum or nesterov, not adam; drop one of the two"},
    {"--recipe article --quantiles 0.5", "--quantiles 0.5 is for --loss quantile, not mse; drop one of the two"},
    {"--scale-by all", "--scale-by all is about several series in one file: name the column that tells them apart with "
                       "--id, or drop it"},
    {"--short-ids drop --id none", "--short-ids drop is about several series in one file: name the column that tells "
                                   "them apart with --id, or drop it"},
    {"--keep best", "--keep best is for several networks: --population K, or --sweep"},
    {"--delimiter auto", "--delimiter auto is about a file, and there is none: name it with --data, or drop it"},
    {"--header no", "--header no is about a file, and there is none: name it with --data, or drop it"},
    {"--decimal comma", "--decimal comma is about a file, and there is none: name it with --data, or drop it"},
    {"--missing drop", "--missing drop is about a file, and there is none: name it with --data, or drop it"},
    {"bench --epochs 3", "bench has no option --epochs; rnn_cl bench --help lists them"},
    {"bench --batch 3", "--batch 3 is of the case custom alone: add custom to --cases, or drop it"},
    {"tune --cases wide --inputs 3", "--inputs 3 is of the case custom alone: add custom to --cases, or drop it"},
    {"tune --cases article --hidden 3", "--hidden 3 is of the case custom alone: add custom to --cases, or drop it"},
    {"tune --seq-len 3", "--seq-len 3 is of the case custom alone: add custom to --cases, or drop it"},
    {"tune --beta1 0.5 --optimizer sgd", "--beta1 0.5 is for --optimizer adam or adamw, not sgd; drop one of the two"},
    {"--recipe article --loss huber",
     "--loss huber does not go with --recipe article, whose rule has mse; drop one of the two"},
};

START_TEST(wrong_usage)
{
    cli_run("%s", wrong[_i].command);
    cli_expect_exactly(64, wrong[_i].message);
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* ---- Input --------------------------------------------------------------------------------------------------------- */

START_TEST(absent_files)
{
    cli_run(SMALL " --data nowhere.csv");
    cli_expect_failure(66, "nowhere.csv");
    cli_run("info nowhere.safetensors");
    cli_expect_failure(66, "nowhere.safetensors");
    cli_run("predict --model nowhere.safetensors --data %s/sunspots.csv", cli_data);
    cli_expect_failure(66, "nowhere.safetensors");
    cli_train_small();
    cli_run("evaluate --model r/model.safetensors --data nowhere.csv --device reference");
    cli_expect_failure(66, "nowhere.csv");
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

START_TEST(gap_in_the_data)
{
    char message[PATH_MAX];
    cli_run(SMALL " --data %s/co2_gap.csv --target co2 --missing error", cli_data);
    snprintf(message, sizeof message, "%.*s/co2_gap.csv:8, column 2 (co2): empty cell", PATH_MAX - 64, cli_data);
    cli_expect_failure(65, message);
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

START_TEST(columns)
{
    cli_run(SMALL " --data %s/elnino.csv", cli_data);
    cli_expect_failure(64, "choose with --target");
    cli_run(SMALL " --data %s/elnino.csv --target JAN,FOO", cli_data);
    cli_expect_failure(64, "no column \"FOO\"; there are 13: \"YEAR\", \"JAN\"");
    cli_run(SMALL " --data %s/elnino.csv --target JAN,,FEB", cli_data);
    cli_expect_exactly(64, "--target JAN,,FEB: an empty name in the list");
    cli_run(SMALL " --data %s/elnino.csv --target JAN,FEB --recipe article", cli_data);
    cli_expect_code(78);
    ck_assert_ptr_nonnull(strstr(cli_err, "--recipe article takes one column, not 2"));
}
END_TEST

START_TEST(too_few_rows)
{
    cli_run(SMALL " --seq-len 500");
    cli_expect_exactly(78,
                       "--seq-len 500, --horizon 1 and --val-fraction 0.333333 need at least 501 rows, there are 200; "
                       "try --seq-len 199 or less");
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* Semicolons and decimal commas, as a spreadsheet writes them; columns by position. */
START_TEST(table_formats)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "t.csv"), "w");
    ck_assert_ptr_nonnull(stream);
    for (int i = 0; i < 60; i++)
        fprintf(stream, "%d;%d,%d\n", i, i % 7, i % 10);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL
            " --data t.csv --delimiter semicolon --decimal comma --header no --target 2 --features 1 --out r --json");
    cli_expect_code(0);
    json_t *summary = cli_json_on_stdout();
    ck_assert_int_eq(json_integer_value(json_object_get(summary, "rows")), 60);
    json_decref(summary);
    char *csv = cli_read_text(cli_in_folder(cli_work, "r/predictions.csv"));
    ck_assert_ptr_nonnull(strstr(csv, "\ntrain,12,5.2,"));
    free(csv);
}
END_TEST

/* What only the data can tell to be out of place; without those options the same is fine. */
START_TEST(options_the_data_has_no_use_for)
{
    char message[PATH_MAX];
    cli_run(SMALL " --data %s/ramp_f4.npy --target 1 --decimal comma", cli_data);
    snprintf(message, sizeof message, "--decimal is about text, and %.*s/ramp_f4.npy is not; drop it", PATH_MAX - 64,
             cli_data);
    cli_expect_exactly(64, message);
    cli_run(SMALL " --seq-len 3 --data %s/ramp_f4.npy --target 1 --quiet --out r", cli_data);
    cli_expect_code(0);
    cli_write_sine("s.csv", 40);
    cli_train_small();
    cli_run("predict --model r/model.safetensors --device reference --data s.csv --short-ids drop");
    cli_expect_exactly(64, "--short-ids is about several series in one file, and s.csv has one; drop it");
    cli_run("predict --model r/model.safetensors --device reference --data s.csv --delimiter comma");
    cli_expect_code(0);
}
END_TEST

/* Outside UTF-8 a path is any bytes: the model's note of it shows them, and nothing is refused. */
START_TEST(path_that_is_not_utf8)
{
    cli_write_sine("bad\xff.csv", 80);
    cli_run(SMALL " --data bad\xff.csv --target sin --out r --quiet");
    cli_expect_code(0);
    cli_run("info --json r/model.safetensors");
    cli_expect_code(0);
    json_t *model = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(model, "data"), "bad\\xff.csv");
    json_decref(model);
    cli_run("predict --model r/model.safetensors --device reference --data bad\xff.csv");
    cli_expect_code(0);
}
END_TEST

/* ---- Devices ------------------------------------------------------------------------------------------------------- */

static bool there_is_a_gpu(void)
{
    rnn_device_info *devices;
    size_t count;
    bool found = false;
    ck_assert_int_eq(rnn_device_list(&devices, &count), RNN_OK);
    for (size_t i = 0; i < count; i++)
        found |= strcmp(devices[i].type, "gpu") == 0;
    free(devices);
    return found;
}

START_TEST(absent_device)
{
    cli_run("--device nosuch --epochs 1");
    cli_expect_failure(69, "no device fits --device nosuch; there is:\n");
    ck_assert_ptr_nonnull(strstr(cli_err, "\n  --device reference"));
    if (there_is_a_gpu()) {
        printf("absent_device: --device gpu NOT RUN, there is a GPU\n");
        return;
    }
    cli_run("--device gpu");
    cli_expect_failure(69, "no device fits --device gpu; there is:\n");
    ck_assert_ptr_nonnull(strstr(cli_err, "\n  --device reference"));
}
END_TEST

/* A run that could not begin leaves nothing, not even its folder. */
START_TEST(absent_device_leaves_nothing)
{
    cli_run("--device nosuch --out fresh/folder");
    cli_expect_code(69);
    ck_assert(!cli_exists("fresh"));
}
END_TEST

START_TEST(device_of_the_environment)
{
    cli_environment = "RNN_CL_DEVICE=nosuch";
    cli_run("--hidden 8 --epochs 1");
    cli_expect_failure(69, "--device nosuch");
    cli_environment = "RNN_CL_DEVICE=nosuch"; /* the command line is stronger */
    cli_run(SMALL " --out r");
    cli_expect_code(0);
    cli_environment = "RNN_CL_DEVICE=reference";
    cli_run("--hidden 8 --seq-len 12 --epochs 1 --out r --json");
    cli_expect_code(0);
    json_t *summary = cli_json_on_stdout();
    ck_assert_int_eq(strncmp(cli_text(summary, "device"), "reference", 9), 0);
    json_decref(summary);
    cli_environment = "RNN_CL_DEVICE=nosuch";
    cli_write_sine("s.csv", 40);
    cli_run("predict --model r/model.safetensors --data s.csv");
    cli_expect_failure(69, "--device nosuch");
}
END_TEST

/* auto says what it chose; without any OpenCL device that is the reference. */
START_TEST(auto_without_opencl)
{
    cli_environment = "OCL_ICD_VENDORS=/nonexistent";
    cli_run("--hidden 8 --seq-len 12 --epochs 1 --out r");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "rnn_cl: no OpenCL device found, using the reference; "));
    ck_assert_ptr_nonnull(strstr(cli_err, "device: reference "));
    cli_environment = "OCL_ICD_VENDORS=/nonexistent";
    cli_run("--hidden 8 --seq-len 12 --epochs 1 --out r --quiet");
    cli_expect_code(0);
    ck_assert_str_eq(cli_err, "");
}
END_TEST

/* --quiet is the same promise in every command that takes it. */
START_TEST(quiet_everywhere)
{
    cli_train_small();
    cli_write_sine("s.csv", 40);
    cli_environment = "OCL_ICD_VENDORS=/nonexistent";
    cli_run("predict --quiet --model r/model.safetensors --data s.csv");
    cli_expect_code(0);
    ck_assert_str_eq(cli_err, "");
    cli_environment = "OCL_ICD_VENDORS=/nonexistent";
    cli_run("evaluate --quiet --model r/model.safetensors --data s.csv");
    cli_expect_code(0);
    ck_assert_str_eq(cli_err, "");
}
END_TEST

/* A plan and nothing else: no folder, no file; its buffers add up. */
START_TEST(dry_run)
{
    json_int_t sum = 0, largest = 0;
    cli_run(SMALL " --dry-run --quiet");
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_out, "  hidden states  "));
    ck_assert_ptr_nonnull(strstr(cli_out, "\nthe job fits\n"));
    cli_run(SMALL " --dry-run --json");
    cli_expect_code(0);
    json_t *plan = cli_json_on_stdout();
    const json_t *buffers = json_object_get(plan, "buffers");
    for (size_t i = 0; i < json_array_size(buffers); i++) {
        const json_int_t bytes = json_integer_value(json_object_get(json_array_get(buffers, i), "bytes"));
        sum += bytes;
        largest = bytes > largest ? bytes : largest;
    }
    ck_assert_int_eq(sum, json_integer_value(json_object_get(plan, "total")));
    ck_assert_int_eq(largest, json_integer_value(json_object_get(plan, "largest")));
    ck_assert(json_is_true(json_object_get(plan, "fits")));
    json_decref(plan);
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* PoCL with 1 GiB, 256 MiB a buffer; other drivers do not read the variable. */
START_TEST(what_does_not_fit)
{
    cli_environment = "POCL_MEMORY_LIMIT=1";
    cli_run("--device pocl --hidden 20000 --dry-run --quiet");
    if (cli_code != 71) {
        printf("what_does_not_fit: NOT RUN, no PoCL to limit (%d)\n", cli_code);
        return;
    }
    ck_assert_ptr_nonnull(strstr(cli_out, "\nthe job does NOT fit\n"));
    ck_assert_ptr_nonnull(strstr(cli_err, "rnn_cl: the job needs "));
    ck_assert_ptr_nonnull(strstr(cli_err,
                                 "which has 1073741824; its largest buffer, 'moments', needs 3200480008, of at "
                                 "most 268435456 (--dry-run lists all); no smaller --batch fits, --hidden "));
    cli_environment = "POCL_MEMORY_LIMIT=1";
    cli_run("--device pocl --hidden 20000 --quiet --out r");
    cli_expect_code(71);
    ck_assert(!cli_exists("r/model.safetensors"));
}
END_TEST

START_TEST(devices)
{
    rnn_device_info *known;
    size_t count;
    ck_assert_int_eq(rnn_device_list(&known, &count), RNN_OK);
    cli_run("devices");
    cli_expect_code(0);
    for (size_t i = 0; i < count; i++)
        ck_assert_ptr_nonnull(strstr(cli_out, known[i].name));
    cli_run("devices --json");
    cli_expect_code(0);
    json_t *list = cli_json_on_stdout();
    ck_assert_uint_eq(json_array_size(list), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *device = json_array_get(list, i);
        ck_assert_str_eq(cli_text(device, "selector"), known[i].selector);
        ck_assert_str_eq(cli_text(device, "name"), known[i].name);
        ck_assert_str_eq(cli_text(device, "type"), known[i].type);
        ck_assert(json_is_true(json_object_get(device, "fp64")) == known[i].fp64);
        ck_assert(json_is_true(json_object_get(device, "bit_exact")) == known[i].bit_exact);
    }
    ck_assert_str_eq(cli_text(json_array_get(list, count - 1), "selector"), "reference");
    json_decref(list);
    free(known);
}
END_TEST

/* Every operation of the shape asked for, with figures that can be: nothing is faster than the device's own limit. */
START_TEST(bench)
{
    static const char *const operations[] = {"gather", "forward", "output", "backward",  "weight_grad",
                                             "reduce", "clip",    "update", "train_step"};
    const size_t count = sizeof operations / sizeof *operations;
    cli_run("bench --cases custom --batch 9 --seq-len 5 --hidden 33 --inputs 2 --activation tanh --json");
    cli_expect_code(0);
    rnn_test_opencl_cases++;
    json_t *report = cli_json_on_stdout();
    ck_assert_double_gt(json_number_value(json_object_get(report, "peak_gflops")), 0);
    ck_assert_double_gt(json_number_value(json_object_get(report, "copy_gbs")), 0);
    ck_assert_double_gt(json_number_value(json_object_get(report, "launch_us")), 0);
    const json_t *cases = json_object_get(report, "cases");
    ck_assert_uint_eq(json_array_size(cases), count);
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(cases, i);
        const bool counted = json_number_value(json_object_get(row, "gflops")) > 0;
        ck_assert_str_eq(cli_text(row, "name"), "custom");
        ck_assert_str_eq(cli_text(row, "op"), operations[i]);
        ck_assert_double_gt(json_number_value(json_object_get(row, "ms")), 0);
        ck_assert_int_gt(json_integer_value(json_object_get(row, "launches")), 0);
        ck_assert_double_lt(json_number_value(json_object_get(row, "fraction")), 1.2);
        ck_assert(counted == (strcmp(operations[i], "gather") != 0 && strcmp(operations[i], "reduce") != 0 &&
                              strcmp(operations[i], "clip") != 0 && strcmp(operations[i], "update") != 0));
    }
    /* 3 x 2 B T H (H + D), and three times the projection */
    const json_t *step = json_array_get(cases, count - 1);
    ck_assert_double_eq_tol(json_number_value(json_object_get(step, "gflops")) *
                                json_number_value(json_object_get(step, "ms")) * 1e6,
                            3 * 2.0 * 9 * 5 * 33 * (33 + 2) + 3 * 2.0 * 9 * 33, 1);
    json_decref(report);
    cli_run("bench --device reference");
    cli_expect_failure(78, "bench measures OpenCL devices");
}
END_TEST

Suite *cli_suite(void)
{
    Suite *suite = suite_create("cli");
    TCase *tests = tcase_create("words");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, version);
    tcase_add_test(tests, help_reads_well);
    tcase_add_loop_test(tests, help, 0, sizeof helps / sizeof *helps);
    tcase_add_loop_test(tests, wrong_usage, 0, sizeof wrong / sizeof *wrong);
    suite_add_tcase(suite, tests);
    tests = tcase_create("input");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, absent_files);
    tcase_add_test(tests, gap_in_the_data);
    tcase_add_test(tests, columns);
    tcase_add_test(tests, too_few_rows);
    tcase_add_test(tests, table_formats);
    tcase_add_test(tests, options_the_data_has_no_use_for);
    tcase_add_test(tests, path_that_is_not_utf8);
    suite_add_tcase(suite, tests);
    tests = tcase_create("device");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, absent_device);
    tcase_add_test(tests, absent_device_leaves_nothing);
    tcase_add_test(tests, device_of_the_environment);
    tcase_add_test(tests, auto_without_opencl);
    tcase_add_test(tests, quiet_everywhere);
    tcase_add_test(tests, devices);
    tcase_add_test(tests, bench);
    tcase_add_test(tests, dry_run);
    tcase_add_test(tests, what_does_not_fit);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, cli_results_case());
    suite_add_tcase(suite, cli_report_case());
    suite_add_tcase(suite, cli_models_case());
    suite_add_tcase(suite, cli_output_case());
    suite_add_tcase(suite, cli_profile_case());
    suite_add_tcase(suite, cli_tune_case());
    suite_add_tcase(suite, cli_resume_case());
    suite_add_tcase(suite, cli_population_case());
    suite_add_tcase(suite, cli_bits_case());
    suite_add_tcase(suite, cli_surroundings_case());
    suite_add_tcase(suite, cli_forecast_case());
    suite_add_tcase(suite, cli_series_case());
    return suite;
}
