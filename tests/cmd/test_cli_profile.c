/* SPDX-License-Identifier: MIT
 * test_cli_profile.c - --profile and --trace: results stay the same, and what cannot be had is said before the work
 */
#include "backend/harness.h"
#include "cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *selector(void)
{
    static rnn_device_info info;
    ck_assert_msg(harness_device(&info) == RNN_OK, "%s", rnn_error_message());
    return info.selector;
}

static void expect_trace(const char *name)
{
    json_t *trace = cli_json_in_file(name);
    ck_assert_uint_gt(json_array_size(json_object_get(trace, "traceEvents")), 3);
    json_decref(trace);
}

START_TEST(results_are_the_same_with_and_without)
{
    static const char *const ways[] = {"", "--profile --trace train.json"};
    char sha256[2][65];
    for (int i = 0; i < 2; i++) {
        cli_run("train --device %s --hidden 8 --seq-len 12 --epochs 3 --out r%d --quiet --json %s", selector(), i,
                ways[i]);
        cli_expect_code(0);
        json_t *summary = cli_json_on_stdout();
        snprintf(sha256[i], sizeof sha256[i], "%s", cli_text(summary, "weights_sha256"));
        json_decref(summary);
        ck_assert_int_eq(strstr(cli_err, "hidden_state ") != NULL, i);
    }
    ck_assert_str_eq(sha256[0], sha256[1]);
    expect_trace("train.json");
}
END_TEST

START_TEST(predictions_and_errors_can_be_timed)
{
    cli_train_small();
    cli_write_sine("s.csv", 40);
    cli_run("predict --model r/model.safetensors --data s.csv --device %s --profile", selector());
    cli_expect_code(0);
    ck_assert_ptr_nonnull(strstr(cli_err, "\n  hidden_state "));
    ck_assert_int_eq(strncmp(cli_out, "index,", 6), 0);
    ck_assert_ptr_null(strstr(cli_out, "hidden_state"));
    cli_run("evaluate --model r/model.safetensors --data s.csv --device %s --trace e.json --json", selector());
    cli_expect_code(0);
    ck_assert_ptr_null(strstr(cli_err, "hidden_state"));
    json_decref(cli_json_on_stdout());
    expect_trace("e.json");
}
END_TEST

START_TEST(what_cannot_be_had_is_said_first)
{
    cli_run(SMALL " --profile");
    cli_expect_failure(78, "the reference has no kernels to time; profiling needs an OpenCL device: --device P:D");
    cli_run("--device %s --trace absent/t.json", selector());
    cli_expect_failure(73, "--trace: absent/t.json: cannot be created");
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "folder"), 0755), 0);
    cli_run("--device %s --trace folder", selector());
    cli_expect_failure(73, "--trace: folder: cannot be written: it is a folder");
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

TCase *cli_profile_case(void)
{
    TCase *tests = tcase_create("profile");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, results_are_the_same_with_and_without);
    tcase_add_test(tests, predictions_and_errors_can_be_timed);
    tcase_add_test(tests, what_cannot_be_had_is_said_first);
    return tests;
}
