/* SPDX-License-Identifier: MIT
 * check_main.c - runs the suites, each in a process of its own, as many at once as there are processors: compilers of
 * kernels, which take most of the time, use one each. Tests of a suite share its process: an OpenCL context does not survive a fork.
 *
 *   RNN_TEST_SUITE=names  only those suites            RNN_TEST_FULL=1        the full tier (hours): all shapes, all floats
 *   RNN_TEST_DEVICE=name  P:D or part of a name:       RNN_TEST_TINY=1        shapes that an emulator finishes in minutes
 *                         the OpenCL device to test    RNN_TEST_JOBS=N        so many suites at once
 *   RNN_TEST_LIMIT=S      seconds after which a suite is stopped and has failed: 3600, in the full tier 0, which is no limit. Check's own
 *                         limits need a process for each test.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "suites.h"

#include "backend/harness.h"

#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
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
    {"runner", runner_suite, false},
};

#define SUITES (sizeof suites / sizeof *suites)

/* A number from the environment; `otherwise` where there is none. */
static double number_of(const char *name, double least, bool whole, double otherwise)
{
    const char *text = getenv(name);
    char *end;
    if (!text || !*text)
        return otherwise;
    const double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= 1e9) || (whole && value != floor(value))) {
        fprintf(stderr, "%s=%s: expected a %snumber from %g to 1e9\n", name, text, whole ? "whole " : "", least);
        exit(EXIT_FAILURE);
    }
    return value;
}

/* What RNN_TEST_SUITE names, each behind a space; without it, all. */
static void choose(bool chosen[SUITES])
{
    const char *only = getenv("RNN_TEST_SUITE");
    char *names = strdup(only ? only : "");
    if (!names) {
        perror("RNN_TEST_SUITE");
        exit(EXIT_FAILURE);
    }
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
    free(names);
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
    double began;
    bool ended, stopped; /* stopped: by us */
} job;

static outcome *outcomes; /* by suite, shared with their processes */
static job jobs[SUITES];
static double limit; /* seconds a suite may take; 0: as many as it does */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

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
    j->began = now();
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

static void stop_late(void)
{
    for (size_t i = 0; i < SUITES; i++) {
        job *j = &jobs[i];
        if (limit > 0 && j->process && !j->ended && !j->stopped && now() - j->began > limit)
            j->stopped = kill(j->process, SIGKILL) == 0;
    }
}

static void show_end(size_t index, int how)
{
    job *j = &jobs[index];
    j->ended = true;
    repeat(j->said[0], stdout);
    repeat(j->said[1], stderr);
    if (j->stopped)
        printf("%s: stopped after %g seconds (RNN_TEST_LIMIT)\n", suites[index].name, limit);
    else if (how != 0)
        printf("%s: ended by %s %d\n", suites[index].name, WIFSIGNALED(how) ? "signal" : "exit code",
               WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how));
    outcomes[index].passed = outcomes[index].passed && how == 0;
}

/* Waits for one of the suites to end, and shows what it said. */
static void finish_one(void)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    int how;
    pid_t process;
    while ((process = waitpid(-1, &how, WNOHANG)) == 0) {
        stop_late();
        nanosleep(&pause, NULL);
    }
    if (process < 0) {
        perror("waiting for a suite");
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < SUITES; i++)
        if (jobs[i].process == process)
            show_end(i, how);
}

int main(void)
{
    size_t running = 0, opencl_cases = 0;
    int run = 0;
    bool chosen[SUITES], failed = false;
    const size_t most = (size_t)number_of("RNN_TEST_JOBS", 1, true, fmax(1, (double)sysconf(_SC_NPROCESSORS_ONLN)));
    limit = number_of("RNN_TEST_LIMIT", 0, false, harness_is_full() ? 0 : 3600);
    choose(chosen);
    outcomes = mmap(NULL, sizeof(outcome) * SUITES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (outcomes == MAP_FAILED) {
        perror("mmap");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < SUITES; i++) {
        if (!chosen[i])
            continue;
        if (running == most) {
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
