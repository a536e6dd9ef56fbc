/* SPDX-License-Identifier: MIT
 * test_example.c - the example of the library's use: built by the Makefile as a user would build it, run on real data
 */
#include "runs.h"

#include <sys/wait.h>

static int run_example(const char *arguments, char *out, size_t size)
{
    char command[1024];
    snprintf(command, sizeof command, "RNN_CL_DEVICE= %s %s 2>&1", RNN_TEST_EXAMPLE, arguments);
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    out[fread(out, 1, size - 1, stream)] = '\0';
    const int status = pclose(stream);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

START_TEST(example)
{
    char out[4096], *line;
    size_t row = 309;
    ck_assert_msg(run_example(RNN_TEST_DIR "/data/sunspots.csv SUNACTIVITY 5", out, sizeof out) == RNN_OK, "%s", out);
    ck_assert_ptr_nonnull(strstr(out, "SUNACTIVITY, RMSE on the validation part: network "));
    for (line = strstr(out, "\nrow "); line; line = strstr(line + 1, "\nrow "), row++) {
        size_t found;
        double mean, lower, upper;
        ck_assert_int_eq(sscanf(line, "\nrow %zu: %lf (%lf to %lf)", &found, &mean, &lower, &upper), 4);
        ck_assert_uint_eq(found, row);
        ck_assert(lower < mean && mean < upper);
    }
    ck_assert_uint_eq(row, 314);
    ck_assert_int_eq(run_example("nowhere.csv x 5", out, sizeof out), RNN_NO_INPUT);
    ck_assert_int_eq(run_example(RNN_TEST_DIR "/data/sunspots.csv SUNACTIVITY 0", out, sizeof out), RNN_USAGE);
    ck_assert_ptr_nonnull(strstr(out, "0 steps to forecast, expected at least 1"));
}
END_TEST

TCase *forecast_example_case(void)
{
    TCase *tests = tcase_create("example");
    tcase_add_test(tests, example);
    return tests;
}
