/* SPDX-License-Identifier: MIT
 * check_main.c - runs the suites, each in a process of its own, as many at once as there are processors: compilers of
 * kernels, which take most of the time, use one each. Tests of a suite share its process: an OpenCL context does not survive a fork.
 *
 *   RNN_TEST_SUITE=names  only those suites            RNN_TEST_FULL=1        the full tier (hours): all shapes, all floats
 *   RNN_TEST_DEVICE=name  P:D or part of a name:       RNN_TEST_TINY=1        shapes that an emulator finishes in minutes
 *                         the OpenCL device to test    RNN_TEST_JOBS=N        so many suites at once
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "suites.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
    {"tiles", tiles_suite, true},
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

/* What RNN_TEST_SUITE names, each behind a space; without it, all. */
static void choose(bool chosen[SUITES])
{
    const char *only = getenv("RNN_TEST_SUITE");
    char names[1024];
    snprintf(names, sizeof names, "%s", only ? only : "");
    for (size_t i = 0; i < SUITES; i++)
        chosen[i] = strspn(names, " ") == strlen(names);
    for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest));) {
        size_t i = 0;
        while (i < SUITES && strcmp(name, suites[i].name) != 0)
            i++;
        if (i == SUITES) {
            fprintf(stderr, "RNN_TEST_SUITE=%s: no such suite; there are", name);
            for (i = 0; i < SUITES; i++)
                fprintf(stderr, " %s", suites[i].name);
            fprintf(stderr, "\n");
            exit(EXIT_FAILURE);
        }
        chosen[i] = true;
    }
}

/* What a suite's process leaves. */
typedef struct outcome {
    int run; /* tests; 0 where CK_RUN_CASE left none */
    size_t opencl_cases;
    bool passed; /* to the end: a process that died has not */
} outcome;

/* One suite: its process, and the files that hold what it writes to its two outputs until it has ended. */
typedef struct job {
    pid_t process;
    FILE *said[2];
} job;

static outcome *outcomes; /* by suite, shared with their processes */
static job jobs[SUITES];

static void run_suite(size_t index)
{
    SRunner *runner = srunner_create(suites[index].make());
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    outcome *out = &outcomes[index];
    out->run = srunner_ntests_run(runner);
    out->opencl_cases = rnn_test_opencl_cases;
    out->passed = srunner_ntests_failed(runner) == 0;
    srunner_free(runner);
    if (out->run > 0 && suites[index].opencl && out->opencl_cases == 0) {
        fprintf(stderr, "%s: no case ran on an OpenCL device: nothing is proven about the kernels\n",
                suites[index].name);
        out->passed = false;
    }
}

static void start(size_t index)
{
    job *j = &jobs[index];
    j->said[0] = tmpfile();
    j->said[1] = tmpfile();
    fflush(NULL);
    j->process = j->said[0] && j->said[1] ? fork() : -1;
    if (j->process == 0) {
        dup2(fileno(j->said[0]), STDOUT_FILENO);
        dup2(fileno(j->said[1]), STDERR_FILENO);
        run_suite(index);
        exit(EXIT_SUCCESS);
    }
    if (j->process < 0) {
        perror(suites[index].name);
        exit(EXIT_FAILURE);
    }
}

static void repeat(FILE *said, FILE *to)
{
    char text[4096];
    size_t size;
    rewind(said);
    while ((size = fread(text, 1, sizeof text, said)) > 0)
        fwrite(text, 1, size, to);
    fflush(to);
    fclose(said);
}

/* Waits for one of the suites to end, and shows what it said. */
static void finish_one(void)
{
    int how;
    const pid_t process = wait(&how);
    for (size_t i = 0; i < SUITES; i++)
        if (process > 0 && jobs[i].process == process) {
            repeat(jobs[i].said[0], stdout);
            repeat(jobs[i].said[1], stderr);
            if (how != 0)
                printf("%s: ended by %s %d\n", suites[i].name, WIFSIGNALED(how) ? "signal" : "exit code",
                       WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
            outcomes[i].passed = outcomes[i].passed && how == 0;
        }
}

static size_t most_at_once(void)
{
    const char *wanted = getenv("RNN_TEST_JOBS");
    const long count = wanted && *wanted ? strtol(wanted, NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);
    return count > 1 ? (size_t)count : 1;
}

int main(void)
{
    size_t running = 0, opencl_cases = 0;
    int run = 0;
    bool chosen[SUITES], failed = false;
    choose(chosen);
    outcomes = mmap(NULL, sizeof(outcome) * SUITES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcomes == MAP_FAILED) {
        perror("mmap");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < SUITES; i++) {
        if (!chosen[i])
            continue;
        if (running == most_at_once()) {
            finish_one();
            running--;
        }
        start(i);
        running++;
    }
    for (; running > 0; running--)
        finish_one();
    for (size_t i = 0; i < SUITES; i++) {
        run += outcomes[i].run;
        opencl_cases += outcomes[i].opencl_cases;
    }
    printf("OpenCL cases: %zu\n", opencl_cases);
    for (size_t i = 0; i < SUITES; i++)
        if (jobs[i].process && !outcomes[i].passed) {
            printf("%s %s", failed ? "" : "FAILED:", suites[i].name);
            failed = true;
        }
    if (failed)
        printf("\n");
    return run == 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
