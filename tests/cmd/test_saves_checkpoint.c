/* SPDX-License-Identifier: MIT
 * test_saves_checkpoint.c - a run that is killed at any system call of its checkpoints goes on to the same weights, and one whose
 * checkpoints fail ends with them
 */
#include "backend/harness.h"
#include "file/checkpoint.h"
#include "strace.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN "train --device reference --hidden 8 --seq-len 12 --epochs 2 --batch 50 --quiet --out r " /* six updates */

static char unbroken[65];

static void keep_sha256(char out[65])
{
    json_t *summary = cli_json_in_file("r/summary.json");
    snprintf(out, 65, "%s", cli_text(summary, "weights_sha256"));
    json_decref(summary);
}

static void expect_unbroken(const char *what)
{
    char found[65];
    ck_assert_msg(cli_code == 0, "%s: exit code %d: %s", what, cli_code, cli_err);
    keep_sha256(found);
    ck_assert_msg(strcmp(found, unbroken) == 0, "%s: other weights", what);
    ck_assert_msg(!cli_exists("r/checkpoint.safetensors"), "%s: the checkpoint was left", what);
}

static void forget(void)
{
    static const char *const files[] = {"r/checkpoint.safetensors", "r/summary.json", "r/model.safetensors"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        remove(cli_in_folder(cli_work, files[i]));
}

/* The run with a checkpoint after each update, listed. */
static traced_run list_run(void)
{
    cli_run(RUN "--checkpoint-every 0");
    cli_expect_code(0);
    keep_sha256(unbroken);
    traced_run run = strace_run(RUN "--checkpoint-every 1", NO_GNUPLOT);
    expect_unbroken("under strace");
    return run;
}

/* The first call of the n-th checkpoint, from 1; behind the last one the first of another file. */
static size_t first_call(const traced_run *run, size_t n)
{
    size_t i = 0;
    for (; i < run->count && n > 0; i++)
        n -= run->calls[i].role == SAVE_CREATE && strstr(run->calls[i].text, "checkpoint.safetensors.tmp.");
    ck_assert_uint_eq(n, 0);
    return i - 1;
}

/* From the second checkpoint on there is always one that can be taken up: the old one or the new one. */
START_TEST(killed_at_every_call)
{
    const size_t last = harness_is_full() ? 5 : 3; /* of the checkpoints, not included */
    size_t points = 0;
    if (!strace_works("checkpoint"))
        return;
    traced_run run = list_run();
    for (size_t i = first_call(&run, 2); i < first_call(&run, last); i++, points++) {
        const traced_call *call = &run.calls[i];
        rnn_checkpoint *checkpoint;
        forget();
        traced_run killed = strace_run_with(RUN "--checkpoint-every 1", NO_GNUPLOT, call, "signal=KILL");
        cli_expect_code(128 + SIGKILL);
        ck_assert_msg(rnn_checkpoint_load(cli_in_folder(cli_work, "r/checkpoint.safetensors"), &checkpoint) == RNN_OK,
                      "%s: %s", call->text, rnn_error_message());
        rnn_checkpoint_free(checkpoint);
        cli_run("train --resume --out r --device reference --quiet");
        expect_unbroken(call->text);
        strace_free(&killed);
    }
    printf("saves: checkpoints: killed at %zu calls, each run taken up\n", points);
    strace_free(&run);
}
END_TEST

/* A checkpoint that cannot be written costs nothing but itself. */
START_TEST(failing_at_every_call)
{
    static const char *const errors[] = {"ENOSPC", "EINTR", "EIO", "EDQUOT"};
    const size_t count = harness_is_full() ? 4 : 1;
    size_t points = 0;
    if (!strace_works("checkpoint"))
        return;
    traced_run run = list_run();
    for (size_t i = first_call(&run, 2); i < first_call(&run, 3); i++)
        for (size_t e = 0; e < count && run.calls[i].file >= 0; e++, points++) {
            char fault[32], what[400];
            snprintf(fault, sizeof fault, "error=%s", errors[e]);
            snprintf(what, sizeof what, "%s at %s", errors[e], run.calls[i].text);
            forget();
            traced_run broken = strace_run_with(RUN "--checkpoint-every 1", NO_GNUPLOT, &run.calls[i], fault);
            ck_assert_msg(broken.injected, "%s: did not come", what);
            expect_unbroken(what);
            ck_assert_msg(cli_remove_temporary() == 0, "%s: a temporary file was left", what);
            strace_free(&broken);
        }
    printf("saves: checkpoints: %zu failing calls\n", points);
    strace_free(&run);
}
END_TEST

TCase *saves_checkpoint_case(void)
{
    TCase *tests = tcase_create("checkpoint");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, killed_at_every_call);
    tcase_add_test(tests, failing_at_every_call);
    return tests;
}
