/* SPDX-License-Identifier: MIT */
#include "backend/group_parts.h"
#include "base/clock.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_WAIT 0.1 /* seconds; a run that is to stop first waits for what is queued */

/* ---- Failure ------------------------------------------------------------------------------------------------------- */

/* Notes the outcome of a call of the device. */
void rnn_group_note(rnn_group *g, rnn_status status)
{
    if (status == RNN_OK || g->status != RNN_OK)
        return;
    g->status = status;
    snprintf(g->message, sizeof g->message, "%s", rnn_error_message());
    for (size_t i = 0; i < g->count; i++)
        pthread_cond_signal(&g->members[i].drained);
}

/* The group's status with its message, in the thread that asks; unlocks. */
rnn_status rnn_group_unlock(rnn_group *g)
{
    const rnn_status status = g->status == RNN_OK ? RNN_OK : rnn_fail(g->status, "%s", g->message);
    pthread_mutex_unlock(&g->lock);
    return status;
}

/* ---- Doing it ------------------------------------------------------------------------------------------------------ */

/* Where member i's call goes. */
void rnn_group_choose(rnn_group *g, size_t i, size_t count)
{
    if (g->device->side_by_side)
        g->device->members = (rnn_members){g->count, i, count};
}

static rnn_buffer *own_buffer(const shared_buffer *buffer, size_t i)
{
    return buffer ? buffer->of[i % buffer->copies] : NULL;
}

/* The request for members [i, i + count). */
static rnn_status perform(rnn_group *g, const request *q, size_t i, size_t count)
{
    rnn_buffer *buffers[REQUEST_BUFFERS];
    for (size_t b = 0; b < REQUEST_BUFFERS; b++)
        buffers[b] = own_buffer(q->buffer[b], i);
    rnn_plan *plan = q->plan->of[i % q->plan->copies];
    rnn_group_choose(g, i, count);
    plan->mask = (rnn_mask){own_buffer(q->mask_seed, i), q->mask_update, (uint32_t)q->mask_threshold, q->mask_scale};
    plan->steps = q->steps;
    return rnn_group_call(plan, q, buffers);
}

static const request *next_of(const member *m)
{
    return &m->queue[m->first];
}

static bool is_alike(const member *a, const member *b)
{
    return b->asks && memcmp(next_of(a), next_of(b), sizeof(request)) == 0;
}

static void pop(member *m)
{
    m->asks = false;
    m->first = (m->first + 1) % MOST_AHEAD;
    if (--m->queued == 0) {
        m->group->idle++;
        pthread_cond_signal(&m->drained);
    }
}

/* What the members that ask have in front, neighbours that ask the same together. */
static void perform_all(rnn_group *g)
{
    const size_t most = g->device->side_by_side ? g->count : 1;
    for (size_t i = 0; i < g->count && g->status == RNN_OK; i++) {
        member *m = &g->members[i];
        size_t count = 1;
        if (!m->asks)
            continue;
        while (count < most && i + count < g->count && is_alike(m, m + count))
            count++;
        rnn_group_note(g, perform(g, next_of(m), i, count));
        for (size_t k = 0; k < count; k++)
            pop(m + k);
    }
}

/* As long as every member has something in its queue. */
static void serve(rnn_group *g)
{
    while (g->idle == 0 && g->left < g->count && g->status == RNN_OK) {
        size_t latest = 0;
        for (size_t i = 0; i < g->count; i++)
            if (!g->members[i].left && next_of(&g->members[i])->operation > latest)
                latest = next_of(&g->members[i])->operation;
        for (size_t i = 0; i < g->count; i++)
            g->members[i].asks = !g->members[i].left && next_of(&g->members[i])->operation == latest;
        perform_all(g);
    }
}

/* ---- Asking for it ------------------------------------------------------------------------------------------------ */

void rnn_group_wait(member *m)
{
    while (m->queued > 0 && m->group->status == RNN_OK)
        pthread_cond_wait(&m->drained, &m->group->lock);
}

/* Waits where the queue is full, and finds out how much of a queue is worth about LONG_WAIT. */
static void make_room(member *m)
{
    const double began = rnn_seconds();
    if (m->queued < m->ahead)
        return;
    rnn_group_wait(m);
    if (rnn_seconds() - began > LONG_WAIT)
        m->ahead = m->ahead > 1 ? m->ahead / 2 : 1;
    else if (m->ahead < MOST_AHEAD)
        m->ahead++;
}

rnn_status rnn_group_ask(rnn_plan *head, request q)
{
    member *m = own(head->backend);
    rnn_group *g = m->group;
    q.plan = ((member_plan *)head)->shared;
    q.mask_seed = shared(head->mask.seed);
    q.mask_update = head->mask.update;
    q.mask_threshold = head->mask.threshold;
    q.mask_scale = head->mask.scale;
    q.steps = head->steps;
    pthread_mutex_lock(&g->lock);
    make_room(m);
    if (g->status == RNN_OK) {
        m->queue[(m->first + m->queued) % MOST_AHEAD] = q;
        if (m->queued++ == 0)
            g->idle--;
        serve(g);
    }
    return rnn_group_unlock(g);
}

/* ---- The group ----------------------------------------------------------------------------------------------------- */

rnn_status rnn_group_open(rnn_backend *device, size_t members, rnn_group **out)
{
    rnn_status status;
    rnn_group *g = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(g, 1));
    g->device = device;
    g->count = g->idle = members;
    pthread_mutex_init(&g->lock, NULL);
    rnn_group_add_requests(&g->ops);
    rnn_group_add_memory(&g->ops);
    RNN_TRY(RNN_NEW(g->members, members));
    for (; g->ready < members; g->ready++) {
        member *m = &g->members[g->ready];
        m->head = (rnn_backend){.ops = &g->ops, .precision = device->precision, .info = device->info, .verified = true};
        m->group = g;
        m->ahead = MOST_AHEAD;
        pthread_cond_init(&m->drained, NULL);
    }
    *out = g;
    return RNN_OK;
fail:
    rnn_group_close(g);
    return status;
}

rnn_backend *rnn_group_member(rnn_group *group, size_t index)
{
    return &group->members[index].head;
}

void rnn_group_leave(rnn_backend *head)
{
    member *m = own(head);
    rnn_group *g = m->group;
    pthread_mutex_lock(&g->lock);
    if (m->queued == 0)
        g->idle--;
    m->queued = 0;
    m->left = true;
    g->left++;
    serve(g);
    pthread_mutex_unlock(&g->lock);
}

void rnn_group_close(rnn_group *g)
{
    if (!g)
        return;
    rnn_group_free_memory(g);
    for (size_t i = 0; i < g->ready; i++)
        pthread_cond_destroy(&g->members[i].drained);
    pthread_mutex_destroy(&g->lock);
    free(g->members);
    g->device->members = (rnn_members){0, 0, 0};
    free(g);
}
