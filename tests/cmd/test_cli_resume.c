/* SPDX-License-Identifier: MIT
 * test_cli_resume.c - runs that are stopped, killed and taken up again from the command line; devices that lie
 */
#include "cli.h"

#include "backend/harness.h"
#include "kernels/kernel_folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Some 300 epochs of 13 updates: a second or two of the reference's time. */
#define LONG "--device reference --hidden 12 --seq-len 12 --epochs 300 "

static char unbroken[65]; /* weights_sha256 of LONG */

static void keep_sha256(const char *summary, char out[65])
{
    json_t *json = cli_json_in_file(summary);
    snprintf(out, 65, "%s", cli_text(json, "weights_sha256"));
    json_decref(json);
}

static void run_unbroken(void)
{
    cli_run(LONG "--quiet --out whole");
    cli_expect_code(0);
    ck_assert(!cli_exists("whole/checkpoint.safetensors"));
    keep_sha256("whole/summary.json", unbroken);
}

static void expect_unbroken(const char *folder)
{
    char name[64], found[65];
    snprintf(name, sizeof name, "%s/summary.json", folder);
    keep_sha256(name, found);
    ck_assert_str_eq(found, unbroken);
    snprintf(name, sizeof name, "%s/checkpoint.safetensors", folder);
    ck_assert(!cli_exists(name));
}

static void wait_for(const char *name)
{
    const time_t started = time(NULL);
    while (!cli_exists(name) && time(NULL) - started <= SECONDS)
        cli_wait_a_moment();
}

static size_t count_lines(const char *name)
{
    char *text = cli_read_text(cli_in_folder(cli_work, name));
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    free(text);
    return lines;
}

/* ---- Stopped and taken up ------------------------------------------------------------------------------------------ */

START_TEST(stopped_and_resumed)
{
    run_unbroken();
    const pid_t child = cli_start(LONG "--out r --checkpoint-every 5");
    wait_for("r/checkpoint.safetensors");
    kill(child, SIGTERM);
    cli_finish(child);
    cli_expect_code(75);
    ck_assert_msg(strstr(cli_err, "to go on: rnn_cl train --resume --out r\n"), "%s", cli_err);
    ck_assert(cli_exists("r/checkpoint.safetensors"));
    cli_run("--resume --out r --quiet --device reference");
    cli_expect_code(0);
    expect_unbroken("r");
    ck_assert_uint_eq(count_lines("r/history.jsonl"), 300);
}
END_TEST

/* On another device: the same bits. */
START_TEST(resumed_elsewhere)
{
    rnn_backend *device;
    if (harness_open(RNN_FLOAT, NULL, &device) != RNN_OK) {
        printf("resumed_elsewhere: NOT RUN: %s\n", rnn_error_message());
        return;
    }
    run_unbroken();
    const pid_t child = cli_start(LONG "--out r --checkpoint-every 5");
    wait_for("r/checkpoint.safetensors");
    kill(child, SIGINT);
    cli_finish(child);
    cli_expect_code(75);
    cli_run("--resume --out r --device %s --quiet", rnn_backend_info(device)->selector);
    cli_expect_code(0);
    expect_unbroken("r");
    rnn_test_opencl_cases++;
    rnn_backend_close(device);
}
END_TEST

/* Also where a driver's compiler has had handlers of its own. aside: where the unfinished run that is there goes when this one has
 * begun; NULL: there is none. */
static void save_when_asked(const char *selector, const char *aside)
{
    const pid_t child =
        cli_start("--device %s --hidden 12 --seq-len 12 --epochs 100000 --checkpoint-every 0 --out r", selector);
    wait_for(aside ? aside : "r");
    for (int i = 0; i < 2000 && !cli_exists("r/checkpoint.safetensors"); i++) {
        kill(child, SIGUSR1); /* again and again: building kernels takes its time */
        for (int k = 0; k < 10; k++)
            cli_wait_a_moment();
    }
    ck_assert(cli_exists("r/checkpoint.safetensors"));
    kill(child, SIGTERM);
    cli_finish(child);
    cli_expect_code(75);
    ck_assert_msg(strstr(cli_err, "checkpoint: r/checkpoint.safetensors\n"), "%s", cli_err);
    ck_assert_msg(!aside || strstr(cli_err, aside), "%s", cli_err);
}

START_TEST(saves_when_asked)
{
    rnn_backend *device;
    save_when_asked("reference", NULL);
    if (harness_open(RNN_FLOAT, NULL, &device) != RNN_OK) {
        printf("saves_when_asked: NOT RUN on a device: %s\n", rnn_error_message());
        return;
    }
    save_when_asked(rnn_backend_info(device)->selector, "r/checkpoint.old.safetensors");
    save_when_asked(rnn_backend_info(device)->selector, "r/checkpoint.old2.safetensors");
    rnn_test_opencl_cases++;
    rnn_backend_close(device);
}
END_TEST

/* nohup has the program begin with SIGHUP ignored: it stays so. */
START_TEST(ignored_hangups_stay_ignored)
{
    run_unbroken();
    signal(SIGHUP, SIG_IGN);
    const pid_t child = cli_start(LONG "--out r --checkpoint-every 5");
    signal(SIGHUP, SIG_DFL);
    wait_for("r/checkpoint.safetensors");
    kill(child, SIGHUP);
    cli_finish(child);
    cli_expect_code(0);
    expect_unbroken("r");
}
END_TEST

/* Killed outright, again and again, at no particular moment: what is lost is time. */
START_TEST(killed_and_resumed)
{
    const int kills = harness_is_full() ? 50 : 4;
    int done = 0;
    unsigned long draw = 12345;
    run_unbroken();
    cli_code = 137;
    pid_t child = cli_start(LONG "--out r --checkpoint-every 1");
    while (done < kills) {
        wait_for("r/checkpoint.safetensors");
        draw = draw * 1103515245UL + 12345UL;
        nanosleep(&(struct timespec){0, (long)(draw >> 8 & 0x7ffffff)}, NULL); /* up to 0.13 s */
        kill(child, SIGKILL);
        cli_finish(child);
        if (cli_code == 0) { /* it was faster: another run to be killed */
            expect_unbroken("r");
            child = cli_start(LONG "--out r --checkpoint-every 1");
            continue;
        }
        cli_expect_code(128 + SIGKILL);
        done++;
        child = cli_start("--resume --out r --device reference --checkpoint-every 1");
    }
    cli_finish(child);
    cli_expect_code(0);
    expect_unbroken("r");
    printf("resume: %d kills at random moments\n", done);
}
END_TEST

START_TEST(a_second_signal_ends_at_once)
{
    /* states so large that the first update takes far longer than this test waits */
    const pid_t child = cli_start("--device reference --hidden 3000 --seq-len 150 --out r --verify off");
    wait_for("r");
    for (int i = 0; i < 10; i++)
        cli_wait_a_moment();
    kill(child, SIGTERM);
    kill(child, SIGTERM); /* sent twice, as to a process and its group: one wish */
    for (int i = 0; i < 80; i++)
        cli_wait_a_moment();
    kill(child, SIGINT);
    cli_finish(child);
    cli_expect_code(128 + SIGINT);
}
END_TEST

/* ---- Not taken up -------------------------------------------------------------------------------------------------- */

static void stop_a_run(const char *options)
{
    const pid_t child = cli_start("%s --checkpoint-every 5", options);
    wait_for("r/checkpoint.safetensors");
    kill(child, SIGTERM);
    cli_finish(child);
    cli_expect_code(75);
}

START_TEST(nothing_to_resume)
{
    cli_run("--resume --out nowhere");
    cli_expect_exactly(66, "nowhere: there is no such folder, and no run to resume");
    ck_assert(!cli_exists("nowhere"));
    cli_train_small();
    cli_run("--resume --out r");
    cli_expect_exactly(66, "r/checkpoint.safetensors: there is no unfinished run to resume; the one there is finished");
}
END_TEST

START_TEST(another_run_is_refused)
{
    cli_write_sine("s.csv", 200);
    stop_a_run("--data s.csv --target sin " LONG "--out r");
    cli_run("--resume --out r --device reference --hidden 13");
    cli_expect_code(78);
    ck_assert_msg(strstr(cli_err, "other settings, --hidden: found 13, the checkpoint has 12"), "%s", cli_err);
    cli_write_sine("t.csv", 201);
    cli_run("--resume --out r --device reference --data t.csv");
    cli_expect_code(78);
    ck_assert_msg(strstr(cli_err, "rnn_cl: the run cannot go on with other data"), "%s", cli_err);
    ck_assert_int_eq(rename(cli_in_folder(cli_work, "s.csv"), cli_in_folder(cli_work, "moved.csv")), 0);
    cli_run("--resume --out r --device reference");
    cli_expect_code(66);
    cli_run("--resume --out r --device reference --data moved.csv --hidden 12 --quiet");
    cli_expect_code(0);
    run_unbroken();
    expect_unbroken("r"); /* the same numbers, from a file */
}
END_TEST

START_TEST(a_new_run_keeps_the_old_one)
{
    stop_a_run(LONG "--out r");
    cli_run(SMALL " --out r");
    cli_expect_code(0);
    ck_assert_msg(strstr(cli_err, "the unfinished run that was there is now r/checkpoint.old.safetensors"), "%s",
                  cli_err);
    ck_assert_int_eq(rename(cli_in_folder(cli_work, "r/checkpoint.old.safetensors"),
                            cli_in_folder(cli_work, "r/checkpoint.safetensors")),
                     0);
    cli_run("--resume --out r --device reference --quiet");
    cli_expect_code(0);
    run_unbroken();
    expect_unbroken("r");
}
END_TEST

START_TEST(one_run_a_folder)
{
    const pid_t child = cli_start(LONG "--out r --checkpoint-every 5 --epochs 100000");
    wait_for("r/checkpoint.safetensors");
    kill(child, SIGSTOP);
    cli_run(SMALL " --out r");
    cli_expect_code(73);
    ck_assert_msg(strstr(cli_err, "r: another rnn_cl is training there; choose another folder with --out"), "%s",
                  cli_err);
    kill(child, SIGKILL);
    kill(child, SIGCONT);
    cli_finish(child);
    cli_run(SMALL " --out r --quiet"); /* the lock went with its holder */
    cli_expect_code(0);
}
END_TEST

static const struct {
    const char *options, *message;
} wrong[] = {
    {"--checkpoint-every often", "--checkpoint-every: found 'often', expected a number of updates up to 1000000000, or "
                                 "one with s, m or h behind it for a "
                                 "time"},
    {"--checkpoint-every 5x", "--checkpoint-every: found '5x', expected a number of updates up to 1000000000, or one "
                              "with s, m or h behind it for a time"},
    {"--checkpoint-every -5", "--checkpoint-every: found '-5', expected a number of updates up to 1000000000, or one "
                              "with s, m or h behind it for a time"},
    {"--verify 0", "--verify: found '0', expected off, start, or the number of updates of which one is checked"},
    {"--verify often",
     "--verify: found 'often', expected off, start, or the number of updates of which one is checked"},
};

START_TEST(wrong_words)
{
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cli_run("%s", wrong[i].options);
        cli_expect_exactly(64, wrong[i].message);
    }
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* ---- Devices that lie ---------------------------------------------------------------------------------------------- */

/* Each a kernel that computes one thing wrong, and the words that name it. */
static const struct {
    const char *file, *from, *to, *words;
} lies[] = {
    {"output.clh", "real sum = start;", "real sum = start + 1;", "kernel project or minibatch_grad computed yhat("},
    {"update.cl", "rest1 * g", "rest1 * g * 2", "kernel of the optimizer computed parameters("},
    {"output.clh", "return fma(e, e, sum);", "return fma(e, -e, sum);", "kernel loss computed losses("},
};

START_TEST(a_device_that_lies)
{
    rnn_backend *device;
    if (harness_open(RNN_FLOAT, NULL, &device) != RNN_OK) {
        printf("a_device_that_lies: NOT RUN: %s\n", rnn_error_message());
        return;
    }
    cli_own_cache();
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char variable[256];
        kernel_folder_make();
        snprintf(variable, sizeof variable, "RNN_KERNEL_DIR=%s", getenv("RNN_KERNEL_DIR"));
        cli_environment = variable;
        kernel_folder_copy_kernels();
        kernel_folder_edit(lies[i].file, lies[i].from, lies[i].to);
        cli_run("--hidden 8 --seq-len 12 --epochs 1 --out r --device %s", rnn_backend_info(device)->selector);
        cli_expect_code(70);
        ck_assert_msg(strstr(cli_err, lies[i].words) && strstr(cli_err, "is not to be trusted"), "%s", cli_err);
        ck_assert(!cli_exists("r/model.safetensors"));
        if (i == 0) {
            cli_environment = variable;
            cli_run("selftest --device %s", rnn_backend_info(device)->selector);
            cli_expect_code(70);
            cli_environment = variable;
            cli_run("tune --cases custom --hidden 8 --seq-len 12 --batch 4 --seconds 1 --device %s",
                    rnn_backend_info(device)->selector);
            cli_expect_code(70); /* no tile is timed whose bits are wrong */
            cli_environment = variable;
            cli_run("--hidden 8 --seq-len 12 --epochs 1 --out q --quiet --verify off --device %s",
                    rnn_backend_info(device)->selector);
            cli_expect_code(0);
        }
        kernel_folder_remove();
        rnn_test_opencl_cases++;
    }
    rnn_backend_close(device);
}
END_TEST

START_TEST(every_update_verified)
{
    rnn_backend *device;
    char first[65], second[65];
    if (harness_open(RNN_FLOAT, NULL, &device) != RNN_OK) {
        printf("every_update_verified: NOT RUN: %s\n", rnn_error_message());
        return;
    }
    cli_run("--hidden 8 --seq-len 12 --epochs 2 --windows 37 --out r --quiet --verify off --device %s",
            rnn_backend_info(device)->selector);
    cli_expect_code(0);
    keep_sha256("r/summary.json", first);
    cli_run("--hidden 8 --seq-len 12 --epochs 2 --windows 37 --out r --quiet --verify 1 --device %s",
            rnn_backend_info(device)->selector);
    cli_expect_code(0);
    keep_sha256("r/summary.json", second);
    ck_assert_str_eq(first, second);
    rnn_test_opencl_cases++;
    rnn_backend_close(device);
}
END_TEST

START_TEST(selftest_of_the_reference)
{
    cli_run("selftest --device reference");
    cli_expect_failure(78, "the reference is what devices are held against");
}
END_TEST

TCase *cli_resume_case(void)
{
    TCase *tests = tcase_create("resume");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, stopped_and_resumed);
    tcase_add_test(tests, resumed_elsewhere);
    tcase_add_test(tests, saves_when_asked);
    tcase_add_test(tests, ignored_hangups_stay_ignored);
    tcase_add_test(tests, killed_and_resumed);
    tcase_add_test(tests, a_second_signal_ends_at_once);
    tcase_add_test(tests, nothing_to_resume);
    tcase_add_test(tests, another_run_is_refused);
    tcase_add_test(tests, a_new_run_keeps_the_old_one);
    tcase_add_test(tests, one_run_a_folder);
    tcase_add_test(tests, wrong_words);
    tcase_add_test(tests, a_device_that_lies);
    tcase_add_test(tests, every_update_verified);
    tcase_add_test(tests, selftest_of_the_reference);
    return tests;
}
