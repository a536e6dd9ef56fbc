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
    {"csv", csv_suite, false},
    {"npy", npy_suite, false},
    {"series", series_suite, false},
    {"scale", scale_suite, false},
    {"split", split_suite, false},
    {"settings", settings_suite, false},
    {"network", network_suite, false},
    {"writer", writer_suite, false},
    {"safetensors", safetensors_suite, false},
    {"model_file", model_file_suite, false},
    {"plot", plot_suite, false},
    {"activation", activation_suite, true},
    {"gradient", gradient_suite, true},
    {"golden", golden_suite, true},
    {"device", device_suite, false},
    {"cache", cache_suite, true},
    {"equal", equal_suite, true},
    {"profile", profile_suite, true},
    {"article", article_suite, false},
    {"train", train_suite, false},
    {"cli", cli_suite, false},
};

int main(void)
{
    const char *only = getenv("RNN_TEST_SUITE");
    SRunner *runner = srunner_create(NULL);
    bool opencl = false;
    size_t chosen = 0;
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        if (only && *only && strcmp(only, suites[i].name) != 0)
            continue;
        srunner_add_suite(runner, suites[i].make());
        opencl |= suites[i].opencl;
        chosen++;
    }
    if (chosen == 0) {
        fprintf(stderr, "RNN_TEST_SUITE=%s: no such suite; there are", only);
        for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
            fprintf(stderr, " %s", suites[i].name);
        fprintf(stderr, "\n");
        srunner_free(runner);
        return EXIT_FAILURE;
    }
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    bool failed = srunner_ntests_failed(runner) > 0 || srunner_ntests_run(runner) == 0;
    srunner_free(runner);
    printf("OpenCL cases: %zu\n", rnn_test_opencl_cases);
    if (opencl && rnn_test_opencl_cases == 0) {
        fprintf(stderr, "no case ran on an OpenCL device: nothing is proven about the kernels\n");
        failed = true;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
