/* SPDX-License-Identifier: MIT
 * test_cli_surroundings.c - odd names, closed streams, read-only folders, no home, foreign locales: the same result, or an error
 * that says what is wrong
 */
#include "backend/harness.h"
#include "cli.h"

#include "comma_locale.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What must be the same byte for byte; the other results tell times. */
static const char *const results[] = {"model.safetensors", "predictions.csv", "plot.svg"};

static void expect_same_results(const char *folder, const char *other)
{
    for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
        char command[PATH_MAX];
        snprintf(command, sizeof command, "cd %s && cmp %s/%s %s/%s", cli_work, folder, results[i], other, results[i]);
        ck_assert_msg(system(command) == 0, "%s differs between %s and %s", results[i], folder, other);
    }
}

/* Root may write everywhere; without its capabilities it is a user like another. NULL where they cannot be given up. */
static const char *without_privileges(void)
{
    static const char setpriv[] = "setpriv --bounding-set=-all";
    if (geteuid() != 0)
        return "env";
    return system("setpriv --bounding-set=-all true 2>/dev/null") == 0 ? setpriv : NULL;
}

/* ---- Locales and homes --------------------------------------------------------------------------------------------- */

START_TEST(foreign_locale)
{
    char command[64], folder[] = "/tmp/rnn_cl.locale.XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(folder));
    comma_locale_make(folder);
    cli_train_small();
    setenv("LOCPATH", folder, 1);
    cli_environment = "LC_ALL=comma";
    cli_run("train " SMALL " --learning-rate 0.01 --out foreign --quiet");
    cli_expect_code(0);
    unsetenv("LOCPATH");
    cli_run("train " SMALL " --learning-rate 0.01 --out home --quiet");
    cli_expect_code(0);
    expect_same_results("home", "foreign");
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

/* Runs on the device under test, whose driver and kernels look for a home too. */
static void train_on_device(const char *out)
{
    rnn_device_info device;
    ck_assert_msg(harness_device(&device) == RNN_OK, "%s", rnn_error_message());
    cli_run("train --device %s --hidden 8 --seq-len 12 --epochs 3 --quiet --out %s", device.selector, out);
    cli_expect_code(0);
    rnn_test_opencl_cases++;
}

START_TEST(no_home)
{
    const char *variable = getenv("HOME");
    char *home = variable ? strdup(variable) : NULL;
    cli_own_cache();
    train_on_device("r");
    unsetenv("HOME");
    cli_environment = "XDG_CACHE_HOME=relative/cache"; /* which is as good as none */
    train_on_device("r2");
    cli_environment = "XDG_CACHE_HOME=";
    train_on_device("r3");
    if (home)
        setenv("HOME", home, 1);
    free(home);
    ck_assert(!cli_exists("relative"));
    expect_same_results("r", "r2");
    expect_same_results("r", "r3");
}
END_TEST

START_TEST(read_only_cache)
{
    const char *wrapper = without_privileges();
    if (!wrapper) {
        printf("read_only_cache: NOT RUN, root cannot give up its capabilities here\n");
        return;
    }
    cli_own_cache();
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "cache"), 0755), 0);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "cache/rnn_cl"), 0500), 0);
    cli_wrapper = wrapper;
    train_on_device("r");
    ck_assert_str_eq(cli_err, "");
    ck_assert_int_eq(rmdir(cli_in_folder(cli_work, "cache/rnn_cl")), 0); /* empty, as it was */
    train_on_device("r2");
    expect_same_results("r", "r2");
}
END_TEST

/* ---- Read-only folders --------------------------------------------------------------------------------------------- */

START_TEST(read_only_folder)
{
    static const struct {
        const char *command, *message;
    } cases[] = {
        {SMALL " --out locked", "locked: no file can be created in this folder: Permission denied; "
                                "choose a folder that you may write to"},
        {SMALL " --out locked/inner", "locked/inner: the folder cannot be created: Permission denied"},
        {"predict --model r/model.safetensors --data s.csv --device reference --out locked",
         "locked: no file can be created in this folder: Permission denied"},
    };
    const char *wrapper = without_privileges();
    if (!wrapper) {
        printf("read_only_folder: NOT RUN, root cannot give up its capabilities here\n");
        return;
    }
    cli_train_small();
    cli_write_sine("s.csv", 40);
    ck_assert_int_eq(mkdir(cli_in_folder(cli_work, "locked"), 0500), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cli_wrapper = wrapper;
        cli_run("%s", cases[i].command);
        cli_expect_failure(73, cases[i].message);
    }
    ck_assert_int_eq(rmdir(cli_in_folder(cli_work, "locked")), 0); /* empty, as it was */
}
END_TEST

/* ---- Names --------------------------------------------------------------------------------------------------------- */

static const char *const names[] = {
    "two" CLI_SPACE "words", "line\nbreak", "not\xff\xfeutf8", "-dash", "quote\"d'", "100%s%n", "~",
    "\xc3\xa4\xe2\x82\xac",
};

START_TEST(odd_names)
{
    const char *name = names[_i], *here = name[0] == '-' ? "./" : "";
    char table[64];
    snprintf(table, sizeof table, "%s.csv", name);
    for (char *at = table; *at; at++)
        *at = *at == CLI_SPACE[0] ? ' ' : *at;
    cli_write_sine(table, 80);
    cli_run(SMALL " --data %s.csv --target sin --out %s --quiet", name, name);
    cli_expect_code(0);
    cli_run("info --json %s%s/model.safetensors", here, name);
    cli_expect_code(0);
    json_decref(cli_json_on_stdout());
    cli_run("predict --model %s/model.safetensors --data %s.csv --device reference --out %s --quiet", name, name, name);
    cli_expect_code(0);
    cli_run("evaluate --model %s/model.safetensors --data %s.csv --device reference --json", name, name);
    cli_expect_code(0);
    json_decref(cli_json_on_stdout());
}
END_TEST

/* A path of `length` bytes, of folders with short names. */
static const char *long_path(size_t length)
{
    static char path[2 * PATH_MAX];
    for (size_t i = 0; i < length; i++)
        path[i] = i % 100 == 99 && i + 1 < length ? '/' : 'x';
    path[length] = '\0';
    return path;
}

START_TEST(long_names)
{
    char command[PATH_MAX];
    cli_run(SMALL " --out %s --quiet", long_path(3800));
    cli_expect_code(0);
    cli_run("info --json %s/model.safetensors", long_path(3800));
    cli_expect_code(0);
    snprintf(command, sizeof command, "cd %s && rm -r xxx*", cli_work);
    ck_assert_int_eq(system(command), 0);

    const size_t lengths[] = {3980, 4090, 4095, 4096, 5000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        cli_run(SMALL " --out %s", long_path(lengths[i]));
        cli_expect_failure(73, "the folder cannot be created: its path has ");
    }
    cli_run(SMALL " --data %s", long_path(5000));
    cli_expect_failure(66, "File name too long");
    cli_run("info %s", long_path(5000));
    cli_expect_failure(66, "File name too long");
    ck_assert(!cli_exists("rnn_cl.out"));
}
END_TEST

/* ---- Closed streams ------------------------------------------------------------------------------------------------ */

/* A file opened in a closed stream's place would get what is printed there. */
START_TEST(closed_streams)
{
    cli_train_small();
    cli_write_sine("s.csv", 40);
    for (unsigned closed = 1; closed < 8; closed++) {
        cli_closed = closed;
        cli_run("train " SMALL " --out r2");
        cli_expect_code(closed & 2 ? 74 : 0); /* what was to be printed is nowhere; what was to be kept is */
        expect_same_results("r", "r2");
        cli_closed = closed;
        cli_run("train " SMALL " --out r3 --quiet");
        cli_expect_code(0);
        expect_same_results("r", "r3");
        cli_closed = closed;
        cli_run("predict --model r/model.safetensors --data s.csv --device reference");
        cli_expect_code(closed & 2 ? 74 : 0);
        cli_closed = closed;
        cli_run("predict --model r/absent --data s.csv --device reference");
        cli_expect_code(66);
    }
}
END_TEST

/* While it waits for its data, whatever it or the driver opens later finds the three numbers taken. */
START_TEST(closed_streams_stay_taken)
{
    if (access("/proc/self/fd", X_OK) != 0) {
        printf("closed_streams_stay_taken: NOT RUN, there is no /proc here\n");
        return;
    }
    ck_assert_int_eq(mkfifo(cli_in_folder(cli_work, "pipe"), 0600), 0);
    cli_closed = 7;
    const pid_t child = cli_start(SMALL " --data pipe --out r");
    int taken = 0;
    for (int attempt = 0; attempt < 400 && taken < 3; attempt++) {
        cli_wait_a_moment();
        taken = 0;
        for (int stream = 0; stream < 3; stream++) {
            char link[64], target[16] = "";
            snprintf(link, sizeof link, "/proc/%ld/fd/%d", (long)child, stream);
            taken += readlink(link, target, sizeof target - 1) > 0 && strcmp(target, "/dev/null") == 0;
        }
    }
    kill(child, SIGKILL);
    cli_finish(child);
    ck_assert_int_eq(taken, 3);
}
END_TEST

TCase *cli_surroundings_case(void)
{
    TCase *tests = tcase_create("surroundings");
    tcase_add_checked_fixture(tests, cli_set_up, cli_tear_down);
    tcase_add_test(tests, foreign_locale);
    tcase_add_test(tests, no_home);
    tcase_add_test(tests, read_only_cache);
    tcase_add_test(tests, read_only_folder);
    tcase_add_loop_test(tests, odd_names, 0, sizeof names / sizeof *names);
    tcase_add_test(tests, long_names);
    tcase_add_test(tests, closed_streams);
    tcase_add_test(tests, closed_streams_stay_taken);
    return tests;
}
