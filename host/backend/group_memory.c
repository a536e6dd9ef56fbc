/* SPDX-License-Identifier: MIT
 * group_memory.c - buffers and plans of a group: the device's once for all members, or one each
 */
#include "backend/group_parts.h"
#include "base/memory.h"

#include <stdlib.h>

/* ---- Buffers ------------------------------------------------------------------------------------------------------- */

/* How many of the device's a member's buffer or plan is. */
static size_t copies(const rnn_group *g, bool one)
{
    return one || g->device->side_by_side ? 1 : g->count;
}

/* What all members' take. */
static rnn_status note_memory(member *m, const char *label, size_t bytes, bool one)
{
    const rnn_group *g = m->group;
    size_t all = bytes;
    if (!one && __builtin_mul_overflow(g->device->side_by_side ? rnn_region(bytes) : bytes, g->count, &all))
        return rnn_fail(RNN_NO_MEMORY, "buffer '%s' of %zu members is more than memory has addresses", label, g->count);
    return rnn_memory_note(&m->head, label, all);
}

/* Room for one more pointer in an array of `count`. */
static rnn_status grow(void **array, size_t count, size_t *room, const char *what)
{
    if (count < *room)
        return RNN_OK;
    void *more = realloc(*array, (2 * *room + 16) * sizeof(void *));
    if (!more)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: %s", what);
    *array = more;
    *room = 2 * *room + 16;
    return RNN_OK;
}

static void release_shared(rnn_group *g, shared_buffer *buffer)
{
    for (size_t i = 0; buffer && i < buffer->copies; i++)
        g->device->ops->release(g->device, buffer->of[i]);
    free(buffer);
}

static rnn_status new_buffer(rnn_group *g, size_t bytes, const char *label, bool sharing)
{
    const size_t n = copies(g, sharing);
    rnn_status status;
    shared_buffer *buffer = NULL;
    void *room = g->buffers;
    RNN_TRY(grow(&room, g->buffer_count, &g->buffer_room, label));
    g->buffers = room;
    if (!(buffer = rnn_calloc(1, sizeof *buffer + n * sizeof(rnn_buffer *), label)))
        return RNN_NO_MEMORY;
    buffer->bytes = bytes;
    buffer->copies = n;
    g->device->sharing = sharing;
    for (size_t i = 0; i < n; i++)
        RNN_TRY(g->device->ops->alloc(g->device, bytes, label, &buffer->of[i]));
    g->buffers[g->buffer_count++] = buffer;
    buffer = NULL;
fail:
    g->device->sharing = false;
    release_shared(g, buffer);
    return status;
}

static rnn_status group_alloc(rnn_backend *self, size_t bytes, const char *label, rnn_buffer **out)
{
    member *m = own(self);
    rnn_group *g = m->group;
    rnn_status status;
    *out = NULL;
    RNN_TRY(note_memory(m, label, bytes, self->sharing));
    if (self->sizing)
        return RNN_OK;
    pthread_mutex_lock(&g->lock);
    const size_t n = m->buffers++;
    rnn_group_choose(g, 0, g->count);
    if (n == g->buffer_count && g->status == RNN_OK)
        rnn_group_note(g, new_buffer(g, bytes, label, self->sharing));
    if (g->status == RNN_OK && g->buffers[n]->bytes != bytes)
        rnn_group_note(g, rnn_fail(RNN_INTERNAL, "buffer '%s' has %zu bytes, another member's has %zu", label, bytes,
                                   g->buffers[n]->bytes));
    if (g->status == RNN_OK)
        *out = (rnn_buffer *)g->buffers[n];
    return rnn_group_unlock(g);
fail:
    return status;
}

/* With the group. */
static void group_release(rnn_backend *self, rnn_buffer *buffer)
{
    (void)self;
    (void)buffer;
}

/* Locked, with nothing of the member's left to do, and the device's calls about the member alone. */
static rnn_status begin_own(member *m)
{
    pthread_mutex_lock(&m->group->lock);
    rnn_group_wait(m);
    rnn_group_choose(m->group, index_of(m), 1);
    return m->group->status;
}

static rnn_buffer *own_buffer(const member *m, const rnn_buffer *buffer)
{
    return shared(buffer)->of[index_of(m) % shared(buffer)->copies];
}

static rnn_status group_write(rnn_backend *self, rnn_buffer *buffer, size_t offset, size_t bytes, const void *from)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        rnn_group_note(m->group, device->ops->write(device, own_buffer(m, buffer), offset, bytes, from));
    return rnn_group_unlock(m->group);
}

static rnn_status group_read(rnn_backend *self, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        rnn_group_note(m->group, device->ops->read(device, own_buffer(m, buffer), offset, bytes, to));
    return rnn_group_unlock(m->group);
}

static rnn_status group_copy(rnn_backend *self, const rnn_buffer *from, rnn_buffer *to, size_t bytes)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        rnn_group_note(m->group, device->ops->copy(device, own_buffer(m, from), own_buffer(m, to), bytes));
    return rnn_group_unlock(m->group);
}

static rnn_status group_sync(rnn_backend *self)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        rnn_group_note(m->group, device->ops->sync(device));
    return rnn_group_unlock(m->group);
}

static rnn_status group_measure_roof(rnn_backend *self, rnn_roof *out)
{
    *out = (rnn_roof){0, 0, 0};
    return rnn_fail(RNN_CONFIG, "%s is shared by a group of runs: what it can do at best is measured by one alone",
                    self->info.name);
}

/* ---- Plans --------------------------------------------------------------------------------------------------------- */

static void release_shared_plan(rnn_group *g, shared_plan *plan)
{
    for (size_t i = 0; plan && i < plan->copies; i++)
        g->device->ops->release_plan(plan->of[i]);
    free(plan);
}

static rnn_status new_plan(rnn_group *g, const rnn_network *network, size_t batch)
{
    const size_t n = copies(g, false);
    rnn_status status;
    shared_plan *plan = NULL;
    void *room = g->plans;
    RNN_TRY(grow(&room, g->plan_count, &g->plan_room, "a plan"));
    g->plans = room;
    if (!(plan = rnn_calloc(1, sizeof *plan + n * sizeof(rnn_plan *), "a plan")))
        return RNN_NO_MEMORY;
    plan->batch = batch;
    plan->copies = n;
    for (size_t i = 0; i < n; i++)
        RNN_TRY(g->device->ops->plan(g->device, network, batch, &plan->of[i]));
    g->plans[g->plan_count++] = plan;
    plan = NULL;
fail:
    release_shared_plan(g, plan);
    return status;
}

/* The device's plan as far as its sizes go; what it takes is noted for every member. */
static rnn_status size_plan(member *m, const rnn_network *network, size_t batch, rnn_plan *out)
{
    rnn_backend *device = m->group->device;
    rnn_memory taken = {.count = 0}, *const noted = device->memory;
    rnn_plan *plan = NULL;
    rnn_status status;
    device->memory = &taken;
    device->sizing = true;
    RNN_TRY(device->ops->plan(device, network, batch, &plan));
    *out = *plan;
    for (size_t i = 0; i < taken.count; i++) /* a device with members has noted all of them */
        RNN_TRY(note_memory(m, taken.items[i].label, taken.items[i].bytes, device->side_by_side));
fail:
    device->sizing = false;
    device->memory = noted;
    device->ops->release_plan(plan);
    return status;
}

static rnn_status group_plan(rnn_backend *self, const rnn_network *network, size_t batch, rnn_plan **out)
{
    member *m = own(self);
    rnn_group *g = m->group;
    member_plan *plan = NULL;
    rnn_status status = RNN_OK;
    *out = NULL;
    if (RNN_NEW(plan, 1) != RNN_OK)
        return RNN_NO_MEMORY;
    pthread_mutex_lock(&g->lock);
    rnn_group_choose(g, 0, g->count);
    if (self->sizing) {
        status = size_plan(m, network, batch, &plan->head);
    } else {
        const size_t n = m->plans++;
        if (n == g->plan_count && g->status == RNN_OK)
            rnn_group_note(g, new_plan(g, network, batch));
        if (g->status == RNN_OK) {
            plan->shared = g->plans[n];
            plan->head = *plan->shared->of[0];
        }
    }
    const rnn_status failed = rnn_group_unlock(g);
    status = status ? status : failed;
    plan->head.backend = self;
    if (status == RNN_OK)
        *out = &plan->head;
    else
        free(plan);
    return status;
}

static void group_release_plan(rnn_plan *plan)
{
    free(plan);
}

static void group_close_member(rnn_backend *self)
{
    (void)self; /* the group's */
}

void rnn_group_add_memory(rnn_backend_ops *ops)
{
    ops->close = group_close_member;
    ops->alloc = group_alloc;
    ops->release = group_release;
    ops->write = group_write;
    ops->read = group_read;
    ops->copy = group_copy;
    ops->sync = group_sync;
    ops->measure_roof = group_measure_roof;
    ops->plan = group_plan;
    ops->release_plan = group_release_plan;
}

void rnn_group_free_memory(rnn_group *g)
{
    for (size_t i = 0; i < g->buffer_count; i++)
        release_shared(g, g->buffers[i]);
    for (size_t i = 0; i < g->plan_count; i++)
        release_shared_plan(g, g->plans[i]);
    free(g->buffers);
    free(g->plans);
}
