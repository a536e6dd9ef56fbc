/* SPDX-License-Identifier: MIT */
#include "backend/backend.h"
#include "base/random.h"
#include "base/status.h"

#include <stdio.h>

rnn_status rnn_memory_note(rnn_backend *backend, const char *label, size_t bytes)
{
    rnn_memory *memory = backend->memory;
    if (!memory)
        return RNN_OK;
    if (memory->count == RNN_MEMORY_ITEMS)
        return rnn_fail(RNN_INTERNAL, "more than %d buffers: no room to note '%s'", RNN_MEMORY_ITEMS, label);
    rnn_memory_item *item = &memory->items[memory->count];
    snprintf(item->label, sizeof item->label, "%s", label);
    item->bytes = bytes;
    if (__builtin_add_overflow(memory->total, item->bytes, &memory->total))
        memory->total = UINT64_MAX; /* more than any device has, and said so */
    if (item->bytes > memory->items[memory->largest].bytes)
        memory->largest = memory->count;
    memory->count++;
    return RNN_OK;
}

rnn_status rnn_minibatch_by_operations(rnn_plan *plan, const rnn_minibatch *m)
{
    const rnn_backend_ops *ops = plan->backend->ops;
    rnn_status status;
    RNN_TRY(ops->gather(plan, m->series, m->list, m->first, m->B, m->x, m->y));
    RNN_TRY(ops->forward(plan, m->x, m->B, m->h));
    RNN_TRY(ops->project(plan, m->params, m->h, m->B, m->yhat));
    RNN_TRY(ops->loss(plan, m->yhat, m->y, m->B, m->P, m->d_y, m->losses, m->tally, m->slot));
    RNN_TRY(ops->project_grad(plan, m->params, m->d_y, m->B, m->d_h));
    RNN_TRY(ops->backward(plan, m->h, m->d_h, m->B, m->dz));
    RNN_TRY(ops->weight_grad(plan, m->x, m->h, m->dz, m->d_y, m->B, m->P, m->partial));
fail:
    return status;
}

size_t rnn_reduction_blocks(size_t B, size_t parameters)
{
    size_t P = 1;
    while (2 * P <= B / 4 && 2 * P <= RNN_MAX_BLOCKS && 2 * P * parameters <= (size_t)1 << 22)
        P *= 2;
    return P;
}

uint64_t rnn_mask_key(const rnn_mask *mask, uint64_t seed)
{
    return rnn_random_bits(seed, RNN_RANDOM_DROPOUT, mask->update);
}

size_t rnn_norm_blocks(size_t parameters)
{
    size_t blocks = 1;
    while (blocks * RNN_NORM_BLOCK < parameters)
        blocks *= 2;
    return blocks;
}
