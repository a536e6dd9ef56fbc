/* SPDX-License-Identifier: MIT */
#include "data/windows.h"

#include "base/memory.h"

#include <stdlib.h>

rnn_status rnn_windows_add(rnn_windows *windows, size_t first, size_t count)
{
    if (count == 0)
        return RNN_OK;
    if (windows->stretches == windows->room) {
        const size_t room = windows->room ? 2 * windows->room : 1;
        rnn_stretch *more = realloc(windows->stretch, room * sizeof *more);
        if (!more)
            return rnn_fail(RNN_NO_MEMORY, "out of memory: %zu stretches of windows", room);
        windows->stretch = more;
        windows->room = room;
    }
    windows->stretch[windows->stretches++] = (rnn_stretch){first, windows->count};
    windows->count += count;
    return RNN_OK;
}

void rnn_windows_free(rnn_windows *windows)
{
    free(windows->stretch);
    *windows = (rnn_windows){.count = 0};
}

size_t rnn_windows_row(const rnn_windows *windows, size_t i)
{
    size_t low = 0, high = windows->stretches; /* the stretch of window i is in [low, high) */
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (windows->stretch[middle].before <= i)
            low = middle;
        else
            high = middle;
    }
    return windows->stretches ? windows->stretch[low].first + (i - windows->stretch[low].before) : 0;
}

rnn_span rnn_span_of(const rnn_windows *windows, size_t most)
{
    return (rnn_span){windows, most && most < windows->count ? most : windows->count};
}

size_t rnn_span_number(const rnn_span *span, size_t i)
{
    /* i * all / count, without the overflow: the second product is below count^2 */
    const size_t all = span->windows->count;
    return i * (all / span->count) + (size_t)((uint64_t)i * (all % span->count) / span->count);
}

size_t rnn_span_row(const rnn_span *span, size_t i)
{
    return rnn_windows_row(span->windows, rnn_span_number(span, i));
}

bool rnn_span_is_consecutive(const rnn_span *span)
{
    return span->windows->stretches <= 1 && span->count == span->windows->count;
}
