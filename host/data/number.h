/* SPDX-License-Identifier: MIT
 * number.h - decimal numbers in text, read the same in every locale and refused with a reason
 *
 *   number = [+-] ( digits [mark [digits]] | mark digits ) [ (e|E) [+-] digits ]      mark: '.' or ','
 * Blanks and tabs around it are no part of it. The nearest double is meant; what lies beyond double's range is refused,
 * and so is everything else that C's strtod takes (hexadecimal, nan, inf): in a table these are damage, not data.
 */
#ifndef RNN_DATA_NUMBER_H
#define RNN_DATA_NUMBER_H

#include "base/status.h"

#define RNN_MISSING_HELP  "--missing says what becomes of gaps"
#define RNN_INFINITE_HELP "make it a gap and use --missing"

/* What a text looks like, for the guess whether a line is a header and for the reason of a refusal. */
typedef enum rnn_number_look {
    RNN_LOOKS_NUMBER,
    RNN_LOOKS_EMPTY,
    RNN_LOOKS_MISSING, /* nan, NA, null, "-" and other ways to write that there is no value */
    RNN_LOOKS_INFINITE,
    RNN_LOOKS_HEX,       /* 0x... */
    RNN_LOOKS_SEPARATED, /* digits with separators between: 1,234.5 or, where the mark is '.', 3,14 */
    RNN_LOOKS_TEXT
} rnn_number_look;

rnn_number_look rnn_number_look_at(const unsigned char *text, size_t size, char mark);

/* Empty, or a word for it. */
bool rnn_number_is_missing(const unsigned char *text, size_t size, char mark);

/* Holds what reading many numbers needs. `longest`: bytes of the longest text that will be given. */
typedef struct rnn_number_reader rnn_number_reader;
rnn_status rnn_number_reader_open(size_t longest, char mark, rnn_number_reader **out);
void rnn_number_reader_free(rnn_number_reader *reader);

/* RNN_BAD_DATA: the message says what was found and what was expected; the caller puts the place in front of it. */
rnn_status rnn_number_read(rnn_number_reader *reader, const unsigned char *text, size_t size, double *value);

#endif
