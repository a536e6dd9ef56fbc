/* SPDX-License-Identifier: MIT
 * watchdog.h - a device that never answers ends the program, not the user's patience
 *
 * The library makes its calls in the caller's thread and notes them (backend/calls.h); only a program may decide that it has
 * waited long enough, so the thread that looks on lives here.
 */
#ifndef RNN_CMD_WATCHDOG_H
#define RNN_CMD_WATCHDOG_H

#include "backend/calls.h"
#include "base/status.h"

/* What is safe on disk, as half a sentence: "the results are in r". Set anew whenever that changes; messages about a failed or
 * silent device end with it. Until the first time it is "nothing was written". */
void rnn_kept(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "; nothing was written" where a run ended with `status` because a call of `calls` failed, otherwise "". */
const char *rnn_what_was_kept(rnn_status status, const rnn_calls *calls);

/* Where the program's one device notes its calls. */
extern rnn_calls rnn_device_calls;

/* From here on a call of `calls` that takes longer than `seconds` ends the program: one message, _exit(RNN_NO_DEVICE). Time in
 * which the whole process stood still does not count. One at a time; 0 seconds: none is started. */
rnn_status rnn_watchdog_start(const rnn_calls *calls, size_t seconds);
void rnn_watchdog_stop(void); /* also where none was started */

#endif
