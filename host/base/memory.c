/* SPDX-License-Identifier: MIT */
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

void *rnn_calloc(size_t count, size_t size, const char *what)
{
    void *memory = calloc(count ? count : 1, size); /* calloc itself refuses count * size beyond SIZE_MAX */
    if (!memory)
        rnn_fail(RNN_NO_MEMORY, "out of memory: %s needs %zu x %zu bytes", what, count, size);
    return memory;
}

char *rnn_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = rnn_calloc(size, 1, "a text");
    return copy ? memcpy(copy, text, size) : NULL;
}
