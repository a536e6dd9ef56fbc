/* SPDX-License-Identifier: MIT
 * strace.h - a command's system calls, listed; and the same command again with one of them failing, or killed before it
 *
 * strace counts a program's calls by name, so a point is a name and which of that name it is. Only the first thread is
 * watched: it is the one that saves, and what else runs (a driver's threads, gnuplot) keeps its own count.
 */
#ifndef RNN_TESTS_STRACE_H
#define RNN_TESTS_STRACE_H

#include "cli.h"

/* What a call is to the writer (base/writer.h). */
typedef enum save_role {
    SAVE_OTHER,
    SAVE_CREATE, /* the temporary file */
    SAVE_WRITE,
    SAVE_SYNC,
    SAVE_CLOSE,
    SAVE_RENAME,
    SAVE_OPEN_FOLDER,
    SAVE_SYNC_FOLDER,
    SAVE_CLOSE_FOLDER,
    SAVE_STDOUT, /* a write to standard output */
    SAVE_ROLES
} save_role;

typedef struct traced_call {
    char name[20], text[300];
    size_t nth; /* from 1: of this name */
    save_role role;
    int file; /* the number of the save it belongs to, from 0; -1: none */
} traced_call;

typedef struct traced_run {
    traced_call *calls;
    size_t count, saves;
    bool injected; /* the fault that was asked for came */
} traced_run;

/* True where strace works; else the test fails and says what is missing, or has a line printed and returns false where
 * RNN_TEST_NO_PTRACE=1 says that this is known. */
bool strace_works(const char *test);

/* Runs the command under strace, with the fault if there is one: "signal=KILL", "error=ENOSPC". `options`: more words for
 * strace. Release with strace_free. */
traced_run strace_run(const char *command, const char *options);
traced_run strace_run_with(const char *command, const char *options, const traced_call *at, const char *fault);
void strace_free(traced_run *run);

/* The roles of a save as letters: c create, w write (any number), s sync, C close, r rename; o, f and F open, sync and close the
 * folder. */
void strace_spell(const traced_run *run, size_t save, char *letters, size_t size);

#define NO_GNUPLOT "-E PATH=/nonexistent" /* an option of strace's: the command finds no other program */

TCase *saves_kept_case(void);
TCase *saves_checkpoint_case(void);

#endif
