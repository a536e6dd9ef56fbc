/* SPDX-License-Identifier: MIT
 * ids.h - the series that a file tells apart, numbered in the order of their first rows
 */
#ifndef RNN_DATA_IDS_H
#define RNN_DATA_IDS_H

#include "base/status.h"

#define RNN_MAX_IDS 1000000

/* The caller's struct, to be zeroed before first use. */
typedef struct rnn_ids {
    char **texts; /* (count) */
    size_t count, room;
    uint32_t *slots; /* open addressing: number + 1, or 0 */
    size_t slot_count;
} rnn_ids;

/* The number of `text`, which becomes the table's own where it is new and is freed where it is not, and on failure. RNN_NO_MEMORY, or
 * RNN_BAD_DATA beyond RNN_MAX_IDS. */
rnn_status rnn_ids_take(rnn_ids *ids, char *text, uint32_t *number);
void rnn_ids_free(rnn_ids *ids);

#endif
