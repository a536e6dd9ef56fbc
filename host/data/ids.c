/* SPDX-License-Identifier: MIT */
#include "data/ids.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64

/* FNV-1a, 64 bits */
static uint64_t hash_of(const char *text)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return hash;
}

/* The slot that has the text, or the free one where it belongs. */
static uint32_t *slot_of(const rnn_ids *ids, const char *text)
{
    size_t at = (size_t)hash_of(text) & (ids->slot_count - 1);
    while (ids->slots[at] && strcmp(ids->texts[ids->slots[at] - 1], text) != 0)
        at = (at + 1) & (ids->slot_count - 1);
    return &ids->slots[at];
}

static rnn_status make_room(rnn_ids *ids)
{
    rnn_status status = RNN_OK;
    if (ids->count == ids->room) {
        const size_t room = ids->room ? 2 * ids->room : FIRST_SLOTS / 2;
        char **texts = realloc(ids->texts, room * sizeof *texts);
        if (!texts)
            return rnn_fail(RNN_NO_MEMORY, "out of memory: the names of %zu series", ids->count);
        ids->texts = texts;
        ids->room = room;
    }
    if (2 * (ids->count + 1) > ids->slot_count) {
        ids->slot_count = ids->slot_count ? 2 * ids->slot_count : FIRST_SLOTS;
        free(ids->slots);
        status = RNN_NEW(ids->slots, ids->slot_count);
        for (size_t i = 0; status == RNN_OK && i < ids->count; i++)
            *slot_of(ids, ids->texts[i]) = (uint32_t)i + 1;
    }
    return status;
}

rnn_status rnn_ids_take(rnn_ids *ids, char *text, uint32_t *number)
{
    rnn_status status;
    RNN_TRY(make_room(ids));
    uint32_t *slot = slot_of(ids, text);
    if (*slot) {
        free(text);
    } else {
        if (ids->count == RNN_MAX_IDS)
            RNN_TRY(rnn_fail(RNN_BAD_DATA, "more than %d series in one file", RNN_MAX_IDS));
        ids->texts[ids->count++] = text;
        *slot = (uint32_t)ids->count;
    }
    *number = *slot - 1;
    return RNN_OK;
fail:
    free(text);
    return status;
}

void rnn_ids_free(rnn_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++)
        free(ids->texts[i]);
    free(ids->texts);
    free(ids->slots);
    *ids = (rnn_ids){NULL, 0, 0, NULL, 0};
}
