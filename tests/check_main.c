/* SPDX-License-Identifier: MIT
 * check_main.c - runs the suites, in one process: an OpenCL context does not survive a fork
 *
 *   RNN_TEST_SUITE=name   only that suite              RNN_TEST_FULL=1        the full tier (hours): all shapes, all floats
 *   RNN_TEST_DEVICE=name  P:D or part of a name:       RNN_TEST_TINY=1        shapes that an emulator finishes in minutes
 *                         the OpenCL device to test
 */
#include "suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t rnn_test_opencl_cases;

static const struct {
    const char *name;
    Suite *(*make)(void);
    bool opencl; /* has to run cases on an OpenCL device */
} suites[] = {
    {"sha256", sha256_suite, false},
    {"json", json_suite, false},
    {"random", random_suite, false},
    {"option", option_suite, false},
    {"trig", trig_suite, false},
    {"csv", csv_suite, false},
    {"npy", npy_suite, false},
    {"series", series_suite, false},
    {"time", time_suite, false},
    {"settle", settle_suite, false},
    {"scale", scale_suite, false},
    {"split", split_suite, false},
    {"score", score_suite, false},
    {"settings", settings_suite, false},
    {"network", network_suite, false},
    {"writer", writer_suite, false},
    {"safetensors", safetensors_suite, false},
    {"model_file", model_file_suite, false},
    {"plot", plot_suite, false},
    {"sketch", sketch_suite, false},
    {"svg", svg_suite, false},
    {"report", report_suite, false},
    {"activation", activation_suite, true},
    {"gradient", gradient_suite, true},
    {"golden", golden_suite, true},
    {"device", device_suite, false},
    {"cache", cache_suite, true},
    {"equal", equal_suite, true},
    {"tuning", tuning_suite, true},
    {"profile", profile_suite, true},
    {"watchdog", watchdog_suite, false},
    {"faults", faults_suite, true},
    {"article", article_suite, false},
    {"train", train_suite, false},
    {"forecast", forecast_suite, true},
    {"panel", panel_suite, true},
    {"resume", resume_suite, false},
    {"population", population_suite, false},
    {"cli", cli_suite, false},
    {"malformed", malformed_suite, false},
    {"saves", saves_suite, false},
};

#define SUITES (sizeof suites / sizeof *suites)

static int fail_no_suite(const char *name)
{
    fprintf(stderr, "RNN_TEST_SUITE=%s: no such suite; there are", name);
    for (size_t i = 0; i < SUITES; i++)
        fprintf(stderr, " %s", suites[i].name);
    fprintf(stderr, "\n");
    return EXIT_FAILURE;
}

/* How many tests were run, 0 where CK_RUN_CASE left none; *failed: some failed, or none of them reached the device. */
static int run_suite(size_t index, bool *failed)
{
    const size_t before = rnn_test_opencl_cases;
    SRunner *runner = srunner_create(suites[index].make());
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    const int run = srunner_ntests_run(runner);
    *failed = srunner_ntests_failed(runner) > 0;
    srunner_free(runner);
    if (run > 0 && suites[index].opencl && rnn_test_opencl_cases == before) {
        fprintf(stderr, "%s: no case ran on an OpenCL device: nothing is proven about the kernels\n",
                suites[index].name);
        *failed = true;
    }
    return run;
}

int main(void)
{
    const char *only = getenv("RNN_TEST_SUITE");
    size_t chosen = 0;
    int run = 0;
    char failures[512] = "";
    for (size_t i = 0; i < SUITES; i++) {
        bool failed;
        if (only && *only && strcmp(only, suites[i].name) != 0)
            continue;
        chosen++;
        run += run_suite(i, &failed);
        if (failed)
            snprintf(failures + strlen(failures), sizeof failures - strlen(failures), " %s", suites[i].name);
    }
    if (chosen == 0)
        return fail_no_suite(only);
    printf("OpenCL cases: %zu\n", rnn_test_opencl_cases);
    if (failures[0])
        printf("FAILED:%s\n", failures);
    return run == 0 || failures[0] ? EXIT_FAILURE : EXIT_SUCCESS;
}
