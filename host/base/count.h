/* SPDX-License-Identifier: MIT
 * count.h - a number and what it counts, as people write it: 1 window, 2 windows
 */
#ifndef RNN_BASE_COUNT_H
#define RNN_BASE_COUNT_H

#include <stddef.h>

/* Returned by value, so that rnn_count(...).text lives to the end of the call it stands in. */
typedef struct rnn_counted {
    char text[64];
} rnn_counted;

/* noun: of one, "validation window". It gets an s where the number is not 1, unless it ends in one: "series". */
rnn_counted rnn_count(size_t number, const char *noun);

#endif
