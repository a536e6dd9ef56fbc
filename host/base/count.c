/* SPDX-License-Identifier: MIT */
#include "base/count.h"

#include <stdio.h>
#include <string.h>

rnn_counted rnn_count(size_t number, const char *noun)
{
    const size_t length = strlen(noun);
    const char *plural = number == 1 || (length && noun[length - 1] == 's') ? "" : "s";
    rnn_counted counted;
    snprintf(counted.text, sizeof counted.text, "%zu %s%s", number, noun, plural);
    return counted;
}
