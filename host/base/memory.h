/* SPDX-License-Identifier: MIT
 * memory.h - allocation that is zeroed, checked for overflow and says what it was for
 */
#ifndef RNN_BASE_MEMORY_H
#define RNN_BASE_MEMORY_H

#include "base/status.h"

/* calloc with a recorded message naming `what` on failure (NULL then). count 0 gives a valid pointer. */
void *rnn_calloc(size_t count, size_t size, const char *what);

/* Copy of a string; NULL with a recorded message when memory is out. */
char *rnn_strdup(const char *text);

/* RNN_TRY(RNN_NEW(series->values, N)) */
#define RNN_NEW(pointer, count) \
    (((pointer) = rnn_calloc((count), sizeof *(pointer), #pointer)) ? RNN_OK : RNN_NO_MEMORY)

/* RNN_TRY(RNN_COPY_TEXT(series->source, path)) */
#define RNN_COPY_TEXT(pointer, text) (((pointer) = rnn_strdup(text)) ? RNN_OK : RNN_NO_MEMORY)

#endif
