/* SPDX-License-Identifier: MIT */
#include "backend/group.h"
#include "base/clock.h"
#include "base/memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_AHEAD 64  /* operations in a member's queue: the more there are, the less often threads take turns */
#define LONG_WAIT  0.1 /* seconds; a run that is to stop first waits for what is queued */

/* In the order in which a step comes by: the latest goes first. */
typedef enum operation {
    GATHER,
    FORWARD,
    PROJECT,
    LOSS,
    MINIBATCH_GRAD,
    PROJECT_GRAD,
    BACKWARD,
    WEIGHT_GRAD,
    REDUCE,
    CLIP,
    ARTICLE_EPOCH,
    UPDATE,
    PACK
} operation;

/* What the group has of the device's where a member has one: one for all members where the device can have it so, or where they
 * share it; else one each. */
typedef struct shared_buffer {
    size_t bytes, copies;
    rnn_buffer *of[];
} shared_buffer;

typedef struct shared_plan {
    size_t batch, copies;
    rnn_plan *of[];
} shared_plan;

/* A member's plan: the trainer reads its head. */
typedef struct member_plan {
    rnn_plan head;
    shared_plan *shared; /* NULL: made while sizing */
} member_plan;

#define REQUEST_BUFFERS 12

/* One operation. Fields are of one size, so that bytes that are equal mean the same request. */
typedef struct request {
    size_t operation;
    shared_plan *plan;
    shared_buffer *buffer[REQUEST_BUFFERS]; /* in the order of the operation's arguments, NULL for none */
    size_t size[4];
    double real[7];
} request;

typedef struct member {
    rnn_backend head;
    rnn_group *group;
    size_t buffers, plans; /* asked for so far */
    request queue[MOST_AHEAD];
    size_t first, queued;
    size_t ahead; /* most there may be */
    bool left, asks;
    pthread_cond_t drained;
} member;

struct rnn_group {
    rnn_backend *device;
    pthread_mutex_t lock; /* of everything here, and of the device */
    member *members;
    size_t count, ready; /* ready: whose conditions exist */
    size_t idle;         /* members that have not left and have nothing in their queue */
    size_t left;
    shared_buffer **buffers;
    size_t buffer_count, buffer_room;
    shared_plan **plans;
    size_t plan_count, plan_room;
    rnn_status status; /* of the call of the device that failed */
    char message[1024];
};

static member *own(rnn_backend *head)
{
    return (member *)head;
}

static size_t index_of(const member *m)
{
    return (size_t)(m - m->group->members);
}

static shared_buffer *shared(const rnn_buffer *buffer)
{
    return (shared_buffer *)buffer;
}

/* ---- Failure ------------------------------------------------------------------------------------------------------- */

/* Notes the outcome of a call of the device. */
static void note(rnn_group *g, rnn_status status)
{
    if (status == RNN_OK || g->status != RNN_OK)
        return;
    g->status = status;
    snprintf(g->message, sizeof g->message, "%s", rnn_error_message());
    for (size_t i = 0; i < g->count; i++)
        pthread_cond_signal(&g->members[i].drained);
}

/* The group's status with its message, in the thread that asks; unlocks. */
static rnn_status leave_with_status(rnn_group *g)
{
    const rnn_status status = g->status == RNN_OK ? RNN_OK : rnn_fail(g->status, "%s", g->message);
    pthread_mutex_unlock(&g->lock);
    return status;
}

/* ---- Doing it ------------------------------------------------------------------------------------------------------ */

static rnn_status minibatch(rnn_plan *plan, rnn_buffer *const *b, const size_t *n)
{
    const rnn_minibatch m = {b[0], b[1], b[2], n[0], n[1], n[2], n[3],  b[3],
                             b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11]};
    return plan->backend->ops->minibatch_grad(plan, &m);
}

static rnn_status update(rnn_plan *plan, rnn_buffer *const *b, const size_t *n, const double *r)
{
    const rnn_update rule = {(rnn_optimizer)n[0], r[0], r[1], r[2], r[3], r[4], r[5], r[6]};
    return plan->backend->ops->update(plan, &rule, b[0], b[1], b[2], b[3]);
}

static rnn_status article_epoch(rnn_plan *plan, rnn_buffer *const *b, const size_t *n, const double *r)
{
    const rnn_article_rule rule = {r[0], r[1], n[0]};
    return plan->backend->ops->article_epoch(plan, &rule, b[0], n[1], b[1]);
}

/* One call of the device's: b, n and r as the member's functions below have put them. */
static rnn_status call(rnn_plan *plan, const request *q, rnn_buffer *const *b)
{
    const rnn_backend_ops *ops = plan->backend->ops;
    const size_t *n = q->size;
    const double *r = q->real;
    switch ((operation)q->operation) {
    case GATHER:
        return ops->gather(plan, b[0], b[1], n[0], n[1], b[2], b[3]);
    case FORWARD:
        return ops->forward(plan, b[0], n[0], b[1]);
    case PROJECT:
        return ops->project(plan, b[0], b[1], n[0], b[2]);
    case LOSS:
        return ops->loss(plan, b[0], b[1], n[0], n[1], b[2], b[3], n[2]);
    case MINIBATCH_GRAD:
        return minibatch(plan, b, n);
    case PROJECT_GRAD:
        return ops->project_grad(plan, b[0], b[1], n[0], b[2]);
    case BACKWARD:
        return ops->backward(plan, b[0], b[1], n[0], b[2]);
    case WEIGHT_GRAD:
        return ops->weight_grad(plan, b[0], b[1], b[2], b[3], n[0], n[1], b[4]);
    case REDUCE:
        return ops->reduce(plan, b[0], n[0], b[1], n[1], b[2], b[3]);
    case CLIP:
        return ops->clip(plan, r[0], r[1], b[0]);
    case ARTICLE_EPOCH:
        return article_epoch(plan, b, n, r);
    case UPDATE:
        return update(plan, b, n, r);
    case PACK:
        return ops->pack(plan, b[0]);
    }
    return rnn_fail(RNN_INTERNAL, "no operation %zu", q->operation);
}

/* Where member i's call goes. */
static void choose(rnn_group *g, size_t i, size_t count)
{
    if (g->device->side_by_side)
        g->device->members = (rnn_members){g->count, i, count};
}

/* The request for members [i, i + count). */
static rnn_status perform(rnn_group *g, const request *q, size_t i, size_t count)
{
    rnn_buffer *buffers[REQUEST_BUFFERS];
    for (size_t b = 0; b < REQUEST_BUFFERS; b++)
        buffers[b] = q->buffer[b] ? q->buffer[b]->of[i % q->buffer[b]->copies] : NULL;
    choose(g, i, count);
    return call(q->plan->of[i % q->plan->copies], q, buffers);
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
        note(g, perform(g, next_of(m), i, count));
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

/* ---- Operations ---------------------------------------------------------------------------------------------------- */

static void wait_until_drained(member *m)
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
    wait_until_drained(m);
    if (rnn_seconds() - began > LONG_WAIT)
        m->ahead = m->ahead > 1 ? m->ahead / 2 : 1;
    else if (m->ahead < MOST_AHEAD)
        m->ahead++;
}

static rnn_status ask(rnn_plan *head, request q)
{
    member *m = own(head->backend);
    rnn_group *g = m->group;
    q.plan = ((member_plan *)head)->shared;
    pthread_mutex_lock(&g->lock);
    make_room(m);
    if (g->status == RNN_OK) {
        m->queue[(m->first + m->queued) % MOST_AHEAD] = q;
        if (m->queued++ == 0)
            g->idle--;
        serve(g);
    }
    return leave_with_status(g);
}

static rnn_status group_gather(rnn_plan *plan, const rnn_buffer *series, const rnn_buffer *list, size_t first, size_t B,
                               rnn_buffer *x, rnn_buffer *y)
{
    return ask(plan, (request){.operation = GATHER,
                               .buffer = {shared(series), shared(list), shared(x), shared(y)},
                               .size = {first, B}});
}

static rnn_status group_forward(rnn_plan *plan, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    return ask(plan, (request){.operation = FORWARD, .buffer = {shared(x), shared(h)}, .size = {B}});
}

static rnn_status group_project(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *h, size_t B,
                                rnn_buffer *yhat)
{
    return ask(plan, (request){.operation = PROJECT, .buffer = {shared(params), shared(h), shared(yhat)}, .size = {B}});
}

static rnn_status group_loss(rnn_plan *plan, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P,
                             rnn_buffer *d_y, rnn_buffer *losses, size_t slot)
{
    return ask(plan, (request){.operation = LOSS,
                               .buffer = {shared(yhat), shared(y), shared(d_y), shared(losses)},
                               .size = {B, P, slot}});
}

static rnn_status group_project_grad(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                                     rnn_buffer *d_h)
{
    return ask(plan,
               (request){.operation = PROJECT_GRAD, .buffer = {shared(params), shared(d_y), shared(d_h)}, .size = {B}});
}

static rnn_status group_backward(rnn_plan *plan, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz)
{
    return ask(plan, (request){.operation = BACKWARD, .buffer = {shared(h), shared(d_h), shared(dz)}, .size = {B}});
}

static rnn_status group_weight_grad(rnn_plan *plan, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                                    const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial)
{
    return ask(plan, (request){.operation = WEIGHT_GRAD,
                               .buffer = {shared(x), shared(h), shared(dz), shared(d_y), shared(partial)},
                               .size = {B, P}});
}

static rnn_status group_minibatch_grad(rnn_plan *plan, const rnn_minibatch *m)
{
    return ask(plan, (request){.operation = MINIBATCH_GRAD,
                               .buffer = {shared(m->series), shared(m->list), shared(m->params), shared(m->x),
                                          shared(m->y), shared(m->h), shared(m->yhat), shared(m->d_y), shared(m->d_h),
                                          shared(m->dz), shared(m->losses), shared(m->partial)},
                               .size = {m->first, m->B, m->P, m->slot}});
}

static rnn_status group_reduce(rnn_plan *plan, const rnn_buffer *partial, size_t P, const rnn_buffer *losses,
                               size_t slot, rnn_buffer *gradient, rnn_buffer *health)
{
    return ask(plan, (request){.operation = REDUCE,
                               .buffer = {shared(partial), shared(losses), shared(gradient), shared(health)},
                               .size = {P, slot}});
}

static rnn_status group_clip(rnn_plan *plan, double value, double norm, rnn_buffer *gradient)
{
    return ask(plan, (request){.operation = CLIP, .buffer = {shared(gradient)}, .real = {value, norm}});
}

static rnn_status group_update(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient,
                               const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    return ask(plan, (request){.operation = UPDATE,
                               .buffer = {shared(gradient), shared(health), shared(params), shared(moments)},
                               .size = {rule->optimizer},
                               .real = {rule->learning_rate, rule->momentum, rule->beta1, rule->beta2, rule->epsilon,
                                        rule->correction1, rule->correction2}});
}

static rnn_status group_article_epoch(rnn_plan *plan, const rnn_article_rule *rule, const rnn_buffer *series,
                                      size_t count, rnn_buffer *params)
{
    return ask(plan, (request){.operation = ARTICLE_EPOCH,
                               .buffer = {shared(series), shared(params)},
                               .size = {rule->truncate, count},
                               .real = {rule->learning_rate, rule->clip}});
}

static rnn_status group_pack(rnn_plan *plan, const rnn_buffer *params)
{
    return ask(plan, (request){.operation = PACK, .buffer = {shared(params)}});
}

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
    choose(g, 0, g->count);
    if (n == g->buffer_count && g->status == RNN_OK)
        note(g, new_buffer(g, bytes, label, self->sharing));
    if (g->status == RNN_OK && g->buffers[n]->bytes != bytes)
        note(g, rnn_fail(RNN_INTERNAL, "buffer '%s' has %zu bytes, another member's has %zu", label, bytes,
                         g->buffers[n]->bytes));
    if (g->status == RNN_OK)
        *out = (rnn_buffer *)g->buffers[n];
    return leave_with_status(g);
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
    wait_until_drained(m);
    choose(m->group, index_of(m), 1);
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
        note(m->group, device->ops->write(device, own_buffer(m, buffer), offset, bytes, from));
    return leave_with_status(m->group);
}

static rnn_status group_read(rnn_backend *self, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        note(m->group, device->ops->read(device, own_buffer(m, buffer), offset, bytes, to));
    return leave_with_status(m->group);
}

static rnn_status group_copy(rnn_backend *self, const rnn_buffer *from, rnn_buffer *to, size_t bytes)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        note(m->group, device->ops->copy(device, own_buffer(m, from), own_buffer(m, to), bytes));
    return leave_with_status(m->group);
}

static rnn_status group_sync(rnn_backend *self)
{
    member *m = own(self);
    rnn_backend *device = m->group->device;
    if (begin_own(m) == RNN_OK)
        note(m->group, device->ops->sync(device));
    return leave_with_status(m->group);
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
    choose(g, 0, g->count);
    if (self->sizing) {
        status = size_plan(m, network, batch, &plan->head);
    } else {
        const size_t n = m->plans++;
        if (n == g->plan_count && g->status == RNN_OK)
            note(g, new_plan(g, network, batch));
        if (g->status == RNN_OK) {
            plan->shared = g->plans[n];
            plan->head = *plan->shared->of[0];
        }
    }
    const rnn_status failed = leave_with_status(g);
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

/* ---- The group ----------------------------------------------------------------------------------------------------- */

static void group_close_member(rnn_backend *self)
{
    (void)self; /* the group's */
}

static const rnn_backend_ops group_ops = {
    .close = group_close_member,
    .alloc = group_alloc,
    .release = group_release,
    .write = group_write,
    .read = group_read,
    .copy = group_copy,
    .sync = group_sync,
    .measure_roof = group_measure_roof,
    .plan = group_plan,
    .release_plan = group_release_plan,
    .pack = group_pack,
    .gather = group_gather,
    .forward = group_forward,
    .project = group_project,
    .loss = group_loss,
    .project_grad = group_project_grad,
    .backward = group_backward,
    .weight_grad = group_weight_grad,
    .minibatch_grad = group_minibatch_grad,
    .reduce = group_reduce,
    .clip = group_clip,
    .update = group_update,
    .article_epoch = group_article_epoch,
};

rnn_status rnn_group_open(rnn_backend *device, size_t members, rnn_group **out)
{
    rnn_status status;
    rnn_group *g = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(g, 1));
    g->device = device;
    g->count = g->idle = members;
    pthread_mutex_init(&g->lock, NULL);
    RNN_TRY(RNN_NEW(g->members, members));
    for (; g->ready < members; g->ready++) {
        member *m = &g->members[g->ready];
        m->head =
            (rnn_backend){.ops = &group_ops, .precision = device->precision, .info = device->info, .verified = true};
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
    for (size_t i = 0; i < g->buffer_count; i++)
        release_shared(g, g->buffers[i]);
    for (size_t i = 0; i < g->plan_count; i++)
        release_shared_plan(g, g->plans[i]);
    for (size_t i = 0; i < g->ready; i++)
        pthread_cond_destroy(&g->members[i].drained);
    pthread_mutex_destroy(&g->lock);
    free(g->buffers);
    free(g->plans);
    free(g->members);
    g->device->members = (rnn_members){0, 0, 0};
    free(g);
}
