/* SPDX-License-Identifier: MIT
 * test_runner.c - what check_main.c does with a suite that takes too long, and with an environment it cannot follow
 */
#include "suites.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* This program once more, in the environment that the words add: what it says, up to a screen of it, and its exit code. */
static int run(const char *environment, char said[4096])
{
    char program[1024], command[8192];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    ck_assert_int_gt((int)length, 0);
    program[length] = '\0';
    const int used = snprintf(command, sizeof command, "unset CK_RUN_CASE CK_RUN_SUITE; RNN_TEST_FULL= %s '%s' 2>&1",
                              environment, program);
    ck_assert(used > 0 && (size_t)used < sizeof command);
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    said[fread(said, 1, 4095, stream)] = '\0';
    const int how = pclose(stream);
    ck_assert(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static const struct {
    const char *environment, *says;
} refused[] = {
    {"RNN_TEST_JOBS=two", "RNN_TEST_JOBS=two: expected a whole number from 1 to 1e9\n"},
    {"RNN_TEST_JOBS=2x", "RNN_TEST_JOBS=2x: expected a whole number from 1 to 1e9\n"},
    {"RNN_TEST_JOBS=0", "RNN_TEST_JOBS=0: expected a whole number from 1 to 1e9\n"},
    {"RNN_TEST_JOBS=1.5", "RNN_TEST_JOBS=1.5: expected a whole number from 1 to 1e9\n"},
    {"RNN_TEST_LIMIT=-1", "RNN_TEST_LIMIT=-1: expected a number from 0 to 1e9\n"},
    {"RNN_TEST_LIMIT=soon", "RNN_TEST_LIMIT=soon: expected a number from 0 to 1e9\n"},
};

START_TEST(environment)
{
    char said[4096], words[256];
    snprintf(words, sizeof words, "%s RNN_TEST_SUITE=sha256", refused[_i].environment);
    ck_assert_int_eq(run(words, said), EXIT_FAILURE);
    ck_assert_str_eq(said, refused[_i].says);
}
END_TEST

/* The last name counts as the first does. */
START_TEST(a_long_list)
{
    char said[4096], names[7 * 300 + 1], words[4096];
    for (size_t i = 0; i < 300; i++)
        memcpy(names + 7 * i, "sha256 ", 8);
    snprintf(words, sizeof words, "RNN_TEST_SUITE='%snonsense'", names);
    ck_assert_int_eq(run(words, said), EXIT_FAILURE);
    ck_assert_ptr_nonnull(strstr(said, ": no such suite; there are sha256 json "));
}
END_TEST

START_TEST(a_suite_that_takes_too_long)
{
    char said[4096];
    ck_assert_int_eq(run("RNN_TEST_LIMIT=0.05 RNN_TEST_SUITE=train", said), EXIT_FAILURE);
    ck_assert_ptr_nonnull(strstr(said, "train: stopped after 0.05 seconds (RNN_TEST_LIMIT)\n"));
    ck_assert_ptr_nonnull(strstr(said, "FAILED: train\n"));
    ck_assert_int_eq(run("RNN_TEST_LIMIT=1000 RNN_TEST_SUITE=sha256", said), EXIT_SUCCESS);
}
END_TEST

Suite *runner_suite(void)
{
    Suite *suite = suite_create("runner");
    TCase *tests = tcase_create("runner");
    tcase_add_loop_test(tests, environment, 0, sizeof refused / sizeof *refused);
    tcase_add_test(tests, a_long_list);
    tcase_add_test(tests, a_suite_that_takes_too_long);
    suite_add_tcase(suite, tests);
    return suite;
}
