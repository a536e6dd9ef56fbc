/* SPDX-License-Identifier: MIT
 * faults.h - commands run with the layer (layer.c) between them and their device
 *
 *   faults_run("call=12 code=-5 mode=once", "predict --model m --data d");
 *   ck_assert_uint_eq(faults_report.injected, 1);
 */
#ifndef RNN_TESTS_FAULTS_FAULTS_H
#define RNN_TESTS_FAULTS_FAULTS_H

#include "cmd/cli.h"

#define FAULTS_CALLS 8192
#define FAULTS_KINDS 6

/* What the layer wrote about the last command. */
typedef struct faults_log {
    size_t calls;
    char call[FAULTS_CALLS + 1][64]; /* from 1: "clCreateBuffer buffer 3, 4096 bytes" */
    bool whole;                      /* with the totals below: the program ended by itself */
    unsigned long injected, flipped;
    char kind[FAULTS_KINDS][16];
    unsigned long created[FAULTS_KINDS], released[FAULTS_KINDS];
} faults_log;

extern faults_log faults_report;
extern double faults_seconds; /* that the command took */

/* cli_run with a fault: words of RNN_FAULT as layer.c lists them, or "". Fails where the layer was not loaded. */
void faults_run(const char *fault, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Whether call n of the report is of this function. */
bool faults_is(const faults_log *log, size_t n, const char *function);

#endif
