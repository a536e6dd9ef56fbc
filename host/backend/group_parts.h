/* SPDX-License-Identifier: MIT
 * group_parts.h - what the files of a group share
 *
 *   group.c    members' queues, and what is taken from them together
 *   group_ops.c    each operation as a request, and a request as the device's operation
 *   group_memory.c    buffers and plans, and what is a member's own: reads, writes, copies
 */
#ifndef RNN_BACKEND_GROUP_PARTS_H
#define RNN_BACKEND_GROUP_PARTS_H

#include "backend/group.h"

#include <pthread.h>

#define MOST_AHEAD 64 /* operations in a member's queue: the more there are, the less often threads take turns */

/* In the order in which a step comes by: the latest goes first. */
typedef enum operation {
    GATHER,
    START,
    CARRY,
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

#define REQUEST_BUFFERS 13

/* One operation. Fields are of one size, so that bytes that are equal mean the same request. */
typedef struct request {
    size_t operation;
    shared_plan *plan;
    shared_buffer *buffer[REQUEST_BUFFERS]; /* in the order of the operation's arguments, NULL for none */
    shared_buffer *mask_seed;               /* the plan's mask */
    uint64_t mask_update;
    size_t mask_threshold, steps, size[4]; /* steps: the plan's */
    double mask_scale;
    double real[9];
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
    rnn_backend_ops ops;  /* of a member */
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

static inline member *own(rnn_backend *head)
{
    return (member *)head;
}

static inline size_t index_of(const member *m)
{
    return (size_t)(m - m->group->members);
}

static inline shared_buffer *shared(const rnn_buffer *buffer)
{
    return (shared_buffer *)buffer;
}

/* ---- group.c ------------------------------------------------------------------------------------------------------ */

/* Puts the request into the queue of the plan's member. */
rnn_status rnn_group_ask(rnn_plan *head, request q);

/* Notes the outcome of a call of the device. Locked. */
void rnn_group_note(rnn_group *group, rnn_status status);

/* The group's status with its message, in the thread that asks; unlocks. */
rnn_status rnn_group_unlock(rnn_group *group);

/* The device's calls are about `count` members from this one on. Locked. */
void rnn_group_choose(rnn_group *group, size_t index, size_t count);

/* Until there is nothing left to do of the member's, or the group failed. Locked. */
void rnn_group_wait(member *member);

/* ---- group_ops.c -------------------------------------------------------------------------------------------------- */

/* The operations of a step, of a member. */
void rnn_group_add_requests(rnn_backend_ops *ops);

/* The request as a call of the device's, with its buffers. */
rnn_status rnn_group_call(rnn_plan *plan, const request *q, rnn_buffer *const *b);

/* ---- group_memory.c ----------------------------------------------------------------------------------------------- */

/* All else that a backend does, of a member. */
void rnn_group_add_memory(rnn_backend_ops *ops);

void rnn_group_free_memory(rnn_group *group);

#endif
