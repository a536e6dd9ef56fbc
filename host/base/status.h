/* SPDX-License-Identifier: MIT
 * status.h - the one error path: a function that fails says why, once, where it knows, and returns the status upward
 */
#ifndef RNN_BASE_STATUS_H
#define RNN_BASE_STATUS_H

#include "rnn_cl.h"

/* Records the message of this thread's current failure and returns `status`, for `return rnn_fail(...)`.
 * Write: what failed, where (file:line:column, tensor, kernel, device), what was found, what was expected, what to try. */
rnn_status rnn_fail(rnn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts words in front of the recorded message: the caller knows what the callee was part of. Returns `status`. */
rnn_status rnn_fail_within(rnn_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#ifdef __clang_analyzer__ /* it sees one file at a time: show it that a failure never returns RNN_OK */
#define rnn_fail(status, ...)        (rnn_fail((status), __VA_ARGS__), (status))
#define rnn_fail_within(status, ...) (rnn_fail_within((status), __VA_ARGS__), (status))
#endif

/* For functions with a local `rnn_status status` and one `fail:` label that releases in reverse order. */
#define RNN_TRY(call)                    \
    do {                                 \
        if ((status = (call)) != RNN_OK) \
            goto fail;                   \
    } while (0)

/* Says something that is no error: a choice that was made, an optional program that is missing. One line, no newline. */
void rnn_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
