/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700 /* realpath */

#include "faults.h"

#include "base/clock.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

faults_log faults_report;
double faults_seconds;

static void read_line(char *line)
{
    faults_log *log = &faults_report;
    static size_t kind;
    char word[16];
    size_t number;
    int used = 0;
    unsigned long created, released;
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%zu cl%n", &number, &used) == 1 && used > 0) {
        ck_assert_uint_eq(number, log->calls + 1);
        ck_assert_uint_le(number, FAULTS_CALLS);
        snprintf(log->call[++log->calls], sizeof log->call[0], "%s", line + used - 2);
    } else if (sscanf(line, "calls=%zu injected=%lu flipped=%lu", &number, &log->injected, &log->flipped) == 3) {
        ck_assert_uint_eq(number, log->calls);
        kind = 0;
    } else if (sscanf(line, "%15s created=%lu released=%lu", word, &created, &released) == 3) {
        ck_assert_uint_lt(kind, FAULTS_KINDS);
        snprintf(log->kind[kind], sizeof log->kind[0], "%s", word);
        log->created[kind] = created;
        log->released[kind++] = released;
        log->whole = kind == FAULTS_KINDS;
    }
}

/* The loader passes over a layer that it cannot load: without the banner nothing that follows means anything. */
static void read_report(const char *path)
{
    char line[256];
    FILE *stream = fopen(path, "r");
    faults_report = (faults_log){.calls = 0};
    ck_assert_msg(stream != NULL, "the fault layer was not loaded: no %s", path);
    ck_assert_msg(fgets(line, sizeof line, stream) && strcmp(line, "rnn_cl fault layer 1\n") == 0,
                  "the fault layer was not loaded: no banner in %s", path);
    while (fgets(line, sizeof line, stream))
        read_line(line);
    fclose(stream);
}

void faults_run(const char *fault, const char *format, ...)
{
    static char line[4096], environment[PATH_MAX + 256], layer[PATH_MAX];
    const char *report = cli_in_folder(cli_work, "report");
    va_list values;
    va_start(values, format);
    vsnprintf(line, sizeof line, format, values);
    va_end(values);
    ck_assert_msg(realpath(RNN_TEST_LAYER, layer) != NULL, RNN_TEST_LAYER " is missing; make builds it");
    snprintf(environment, sizeof environment, "RNN_FAULT=report=%s %s", report, fault);
    remove(report);
    setenv("OPENCL_LAYERS", layer, 1); /* for the command: this process has its drivers already */
    cli_environment = environment;
    const double started = rnn_seconds();
    cli_run("%s", line);
    faults_seconds = rnn_seconds() - started;
    unsetenv("OPENCL_LAYERS");
    read_report(report);
}

bool faults_is(const faults_log *log, size_t n, const char *function)
{
    const size_t length = strlen(function);
    return n > 0 && n <= log->calls && strncmp(log->call[n], function, length) == 0 &&
           (log->call[n][length] == '\0' || log->call[n][length] == ' ');
}
