/* SPDX-License-Identifier: MIT
 * text.h - text from outside as it may stand in a message
 */
#ifndef RNN_DATA_TEXT_H
#define RNN_DATA_TEXT_H

#include "base/status.h"

#define RNN_SHOWN_CHARACTERS 40

/* Returned by value, so that rnn_show(...).text lives to the end of the rnn_fail(...) it stands in. */
typedef struct rnn_shown {
    char text[RNN_SHOWN_CHARACTERS * 4 + sizeof "..."];
} rnn_shown;

/* At most RNN_SHOWN_CHARACTERS characters, then "..."; always valid UTF-8, control characters and stray bytes as \xNN, so
 * that a hostile file can neither garble the terminal nor flood it. */
rnn_shown rnn_show(const void *text, size_t size);

/* The same of a string. */
rnn_shown rnn_show_string(const char *text);

/* The same in full: as many whole characters as `to` has room for; and all of them, the caller's to free. */
void rnn_show_into(char *to, size_t size, const char *text);
rnn_status rnn_show_whole(const char *text, char **out);

/* Bytes of the UTF-8 character at the beginning of `size` > 0 bytes, 0 where there is none: overlong forms, surrogates and
 * what lies above U+10FFFF are none. */
size_t rnn_utf8_length(const void *character, size_t size);

bool rnn_is_utf8(const void *text, size_t size);

/* Whether `part`, not empty, occurs in `text`; ASCII letters of either case are alike. */
bool rnn_text_has(const char *text, const char *part);

#endif
