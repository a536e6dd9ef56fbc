/* SPDX-License-Identifier: MIT
 * cases.h - the named shapes that bench measures and tune tunes, and --cases
 */
#ifndef RNN_CMD_CASES_H
#define RNN_CMD_CASES_H

#include "cmd/options.h"

typedef struct rnn_case {
    const char *name;
    size_t B, T, H, D;
} rnn_case;

#define RNN_CASES 6 /* the last is "custom" */

/* What --cases asks for, in the table's order: chosen[0 .. *count). Without it all but "custom", which takes its shape from
 * --batch, --seq-len, --hidden and --inputs. */
rnn_status rnn_choose_cases(const rnn_arguments *arguments, rnn_case chosen[RNN_CASES], size_t *count);

/* The command line's settings with the shape of a case. */
rnn_settings rnn_case_settings(const rnn_arguments *arguments, const rnn_case *shape);

#endif
