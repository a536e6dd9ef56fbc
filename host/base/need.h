/* SPDX-License-Identifier: MIT
 * need.h - a row of a table of needs: an option that does something only where another one has certain values
 *
 * Such an option, given where it would do nothing, is refused with a message that names both; the help says the same of it.
 */
#ifndef RNN_BASE_NEED_H
#define RNN_BASE_NEED_H

#include "base/option.h"

typedef struct rnn_need {
    const char *option; /* does something only where ... */
    const char *other;  /* ... this one */
    const char
        *values; /* has one of these, a space between two; of a list, at least one. NULL: is a number above `above`, or
                           a text that is neither absent nor "none" */
    double above;
    const char *also;  /* or where this one is on, too; NULL: there is none */
    const char *words; /* the message behind "--option value "; NULL: made of `values` */
    bool changed; /* rnn_settings_check, which does not know what was given, refuses it where it is not the default */
} rnn_need;

/* An option and the struct that its field is in. */
typedef struct rnn_found_option {
    const rnn_option *row;
    const void *record;
} rnn_found_option;

/* Whether the value of need->other is one that the need asks for. */
bool rnn_need_met(const rnn_need *need, rnn_found_option other);

/* RNN_USAGE: "--momentum 0.8 is for --optimizer momentum or nesterov, not adam; drop one of the two". */
rnn_status rnn_need_fail(const rnn_need *need, rnn_found_option option, rnn_found_option other);

/* "--optimizer momentum or nesterov", of a need with values. */
void rnn_need_text(const rnn_need *need, char *text, size_t size);

#endif
