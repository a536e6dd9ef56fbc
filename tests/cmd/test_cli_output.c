/* SPDX-License-Identifier: MIT
 * test_cli_output.c - places that take no output, and signals: nothing half-written is left, and what is done is kept
 */
#include "cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- Places that take no output ------------------------------------------------------------------------------------ */

START_TEST(folder_that_cannot_be)
{
    FILE *stream = fopen(cli_in_folder(cli_work, "file"), "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert_int_eq(fclose(stream), 0);
    cli_run(SMALL " --out file/r"); /* below a file: nobody can create that, root neither */
    cli_expect_failure(73,
                       "file: the folder cannot be created: a file of that name is in the way; choose another folder");
    ck_assert_int_eq(symlink("nowhere/at/all", cli_in_folder(cli_work, "link")), 0);
    cli_run(SMALL " --out link");
    cli_expect_exactly(73, "link: the folder cannot be created: a link to nothing of that name is in the way; choose "
                           "another folder");
    cli_run(SMALL " --out /proc/x"); /* a folder that says of a new name that it is not there */
    cli_expect_exactly(73,
                       "/proc/x: the folder cannot be created: nothing can be created there; choose another folder");
    cli_run(SMALL " --out file");
    cli_expect_failure(73, "file");
    cli_train_small();
    cli_write_sine("s.csv", 40);
    cli_run("predict --model r/model.safetensors --data s.csv --device reference --out file");
    cli_expect_failure(73, "file");
    struct stat status;
    ck_assert_int_eq(stat(cli_in_folder(cli_work, "file"), &status), 0);
    ck_assert_int_eq(status.st_size, 0);
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* A folder in the place of a result: the run says so and leaves no half-written file beside it. */
START_TEST(result_that_cannot_be)
{
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "r"), 0755), 0);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "r/summary.json"), 0755), 0);
    cli_run(SMALL " --out r");
    cli_expect_code(73);
    ck_assert_ptr_nonnull(strstr(cli_err, "summary.json"));
    ck_assert(cli_exists("r/model.safetensors")); /* what cannot be made again cheaply was saved first */
}
END_TEST

START_TEST(full_disk_on_stdout)
{
    static const char *const commands[] = {"--help",
                                           "--version",
                                           "devices",
                                           "devices --json",
                                           "info r/model.safetensors",
                                           "info --json r/model.safetensors",
                                           "predict --model r/model.safetensors --data s.csv --device reference",
                                           "evaluate --model r/model.safetensors --data s.csv --device reference",
                                           SMALL " --out q",
                                           SMALL " --out q --json"};
    if (access("/dev/full", W_OK) != 0) {
        printf("full_disk_on_stdout: NOT RUN, there is no /dev/full here\n");
        return;
    }
    cli_train_small();
    cli_write_sine("s.csv", 40);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        cli_stdout_to = "/dev/full";
        cli_run("%s", commands[i]);
        ck_assert_msg(cli_code == 74, "%s: exit code %d", commands[i], cli_code);
        ck_assert_ptr_nonnull(strstr(cli_err, "rnn_cl: writing to standard output failed\n"));
    }
    ck_assert(cli_exists("q/model.safetensors"));
}
END_TEST

/* ---- Signals ------------------------------------------------------------------------------------------------------- */

/* The reference at this size does an epoch in about ten milliseconds; the run would take hours. */
#define ENDLESS "--device reference --hidden 16 --seq-len 12 --epochs 1000000"

static void wait_for(const char *name)
{
    const time_t started = time(NULL);
    while (!cli_exists(name) && time(NULL) - started <= SECONDS)
        cli_wait_a_moment();
}

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};

START_TEST(a_signal_stops_and_saves)
{
    char message[64];
    const pid_t child = cli_start(ENDLESS " --out r --json");
    wait_for("r");
    for (int i = 0; i < 100; i++) /* half a second: dozens of epochs */
        cli_wait_a_moment();
    kill(child, signals[_i]);
    cli_finish(child);
    cli_expect_code(75);
    json_t *printed = cli_json_on_stdout(), *saved = cli_json_in_file("r/summary.json");
    ck_assert(json_equal(printed, saved));
    const json_int_t epochs = json_integer_value(json_object_get(saved, "epochs"));
    ck_assert_int_ge(epochs, 1);
    ck_assert_int_lt(epochs, 1000000);
    snprintf(message, sizeof message, "rnn_cl: stopped by signal %d after %lld epochs; ", signals[_i],
             (long long)epochs);
    ck_assert_msg(strstr(cli_err, message) != NULL, "%s", cli_err);
    char *text = cli_read_text(cli_in_folder(cli_work, "r/history.jsonl"));
    json_int_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    ck_assert_int_eq(lines, epochs);
    free(text);
    ck_assert(cli_exists("r/predictions.csv"));
    cli_run("info --json r/model.safetensors");
    cli_expect_code(0);
    json_t *model = cli_json_on_stdout();
    ck_assert_str_eq(cli_text(model, "weights_sha256"), cli_text(saved, "weights_sha256"));
    ck_assert_int_eq(json_integer_value(json_object_get(model, "epochs")), epochs);
    json_decref(model);
    json_decref(saved);
    json_decref(printed);
}
END_TEST

/* While it waits for its data a command just ends. */
START_TEST(a_signal_while_waiting_for_data)
{
    ck_assert_int_eq(mkfifo(cli_in_folder(cli_work, "pipe"), 0600), 0);
    const pid_t child = cli_start(SMALL " --data pipe --out r");
    for (int i = 0; i < 20; i++)
        cli_wait_a_moment();
    kill(child, SIGTERM);
    cli_finish(child);
    cli_expect_code(128 + SIGTERM);
    ck_assert(!cli_exists("r"));
}
END_TEST

/* Before the first epoch ended there is nothing to save. */
START_TEST(a_signal_before_the_first_epoch)
{
    const pid_t child = cli_start("--device reference --hidden 600 --out r");
    wait_for("r");
    for (int i = 0; i < 20; i++)
        cli_wait_a_moment();
    kill(child, SIGTERM);
    cli_finish(child);
    cli_expect_code(75);
    ck_assert_ptr_nonnull(
        strstr(cli_err, "rnn_cl: stopped by signal 15 after 0 epochs; to go on: rnn_cl train --resume --out r\n"));
    ck_assert_str_eq(cli_out, "");
    ck_assert(!cli_exists("r/model.safetensors"));
}
END_TEST

TCase *cli_output_case(void)
{
    TCase *tests = tcase_create("output");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, folder_that_cannot_be);
    tcase_add_test(tests, result_that_cannot_be);
    tcase_add_test(tests, full_disk_on_stdout);
    tcase_add_loop_test(tests, a_signal_stops_and_saves, 0, sizeof signals / sizeof *signals);
    tcase_add_test(tests, a_signal_while_waiting_for_data);
    tcase_add_test(tests, a_signal_before_the_first_epoch);
    return tests;
}
