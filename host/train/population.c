/* SPDX-License-Identifier: MIT
 * population.c - several runs of one series: those of one shape side by side, a thread each in front of one group
 */
#include "backend/group.h"
#include "base/memory.h"
#include "model/settings.h"
#include "train/trainer.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Members of one shape. */
typedef struct runs {
    size_t of[RNN_POPULATION_MOST]; /* which */
    size_t count;
} runs;

/* A member's thread. */
typedef struct sitting {
    rnn_member *member;
    const rnn_series *series;
    rnn_backend *backend; /* the group's member */
    pthread_t thread;
    bool runs;
} sitting;

/* Settings of training that losses depend on by definition. */
bool rnn_is_sweepable(const char *name)
{
    static const char *const fixed[] = {"recipe", "windows", "loss", "huber-delta", "quantiles", NULL};
    const rnn_option *row = rnn_settings_row(name);
    return row && (strcmp(row->group, "Network") == 0 || strcmp(row->group, "Training") == 0) &&
           !rnn_is_listed(name, fixed);
}

/* ---- Shapes -------------------------------------------------------------------------------------------------------- */

/* Buffers, plans and the series on the device are the same; only what stands here may differ. */
static bool is_one_shape(const rnn_settings *a, const rnn_settings *b)
{
    static const char *const apart[] = {"init",          "forget-bias", "epochs",    "shuffle",      "optimizer",
                                        "learning-rate", "schedule",    "momentum",  "beta1",        "beta2",
                                        "epsilon",       "clip-value",  "clip-norm", "warmup",       "lr-step",
                                        "lr-gamma",      "lr-patience", "rho",       "weight-decay", "patience",
                                        "on-divergence", "seed",        NULL};
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        if (!rnn_is_listed(row->name, apart) && !rnn_option_is_same(row, a, b))
            return false;
    return true;
}

/* The shape of the first member that is not `taken`, whose members then are; false where all are. */
static bool next_shape(const rnn_member *members, size_t count, bool *taken, runs *out)
{
    out->count = 0;
    for (size_t i = 0; i < count; i++)
        if (!taken[i] && (out->count == 0 || is_one_shape(&members[out->of[0]].settings, &members[i].settings))) {
            taken[i] = true;
            out->of[out->count++] = i;
        }
    return out->count > 0;
}

static rnn_member *nth(rnn_member *members, const runs *shape, size_t i)
{
    return &members[shape->of[i]];
}

static rnn_status fail_member(rnn_status status, size_t index, size_t count)
{
    return rnn_fail_within(status, "member %zu of %zu: ", index + 1, count);
}

static rnn_status check_members(const rnn_member *members, size_t count)
{
    if (count == 0 || count > RNN_POPULATION_MOST)
        return rnn_fail(RNN_USAGE, "a population of %zu members; it may have 1 to %d", count, RNN_POPULATION_MOST);
    for (size_t i = 0; i < count; i++) {
        const rnn_status status = rnn_settings_check(&members[i].settings);
        if (status)
            return fail_member(status, i, count);
        for (const rnn_option *row = rnn_settings_table; row->name; row++)
            if (!rnn_is_sweepable(row->name) && !rnn_option_is_same(row, &members[0].settings, &members[i].settings))
                return rnn_fail(RNN_CONFIG, "member %zu of %zu: --%s may not differ between members", i + 1, count,
                                row->name);
    }
    return RNN_OK;
}

/* ---- Memory -------------------------------------------------------------------------------------------------------- */

/* What so many members of these settings take; check: RNN_NO_MEMORY where that does not fit. */
static rnn_status size_shape(const rnn_settings *settings, size_t count, const rnn_series *series, rnn_backend *backend,
                             bool check, rnn_memory *out)
{
    rnn_group *group = NULL;
    rnn_status status;
    if (count > 1) {
        RNN_TRY(rnn_group_open(backend, count, &group));
        backend = rnn_group_member(group, 0);
    }
    RNN_TRY(rnn_memory_plan(settings, series, backend, out));
    status = check ? rnn_memory_check(out, settings, series, backend) : RNN_OK;
fail:
    rnn_group_close(group);
    return status;
}

rnn_status rnn_population_plan(const rnn_member *members, size_t count, const rnn_series *series, rnn_backend *backend,
                               rnn_memory *out)
{
    bool taken[RNN_POPULATION_MOST] = {false};
    runs shape;
    rnn_status status;
    *out = (rnn_memory){.count = 0};
    RNN_TRY(check_members(members, count));
    while (next_shape(members, count, taken, &shape)) {
        rnn_memory memory;
        RNN_TRY(size_shape(&members[shape.of[0]].settings, shape.count, series, backend, false, &memory));
        if (memory.total > out->total)
            *out = memory;
    }
fail:
    return status;
}

static rnn_status check_shape(const rnn_settings *settings, size_t count, const rnn_series *series,
                              rnn_backend *backend)
{
    char message[1024];
    size_t fitting = 0, failing = count;
    rnn_memory memory;
    const rnn_status status = size_shape(settings, count, series, backend, true, &memory);
    if (status != RNN_NO_MEMORY || count == 1)
        return status;
    snprintf(message, sizeof message, "%s", rnn_error_message());
    while (failing - fitting > 1) {
        const size_t middle = fitting + (failing - fitting) / 2;
        if (size_shape(settings, middle, series, backend, true, &memory) == RNN_OK)
            fitting = middle;
        else
            failing = middle;
    }
    if (fitting == 0)
        return rnn_fail(status, "%zu members side by side, of which not even one fits: %s", count, message);
    return rnn_fail(status, "%zu members side by side, of which %zu would fit: %s", count, fitting, message);
}

rnn_status rnn_population_check(const rnn_member *members, size_t count, const rnn_series *series, rnn_backend *backend)
{
    bool taken[RNN_POPULATION_MOST] = {false};
    runs shape;
    rnn_status status;
    RNN_TRY(check_members(members, count));
    while (next_shape(members, count, taken, &shape))
        RNN_TRY(check_shape(&members[shape.of[0]].settings, shape.count, series, backend));
fail:
    return status;
}

/* ---- Running ------------------------------------------------------------------------------------------------------- */

/* As the calling thread's last failure has it. */
static void end_member(rnn_member *member, rnn_status status)
{
    member->status = status;
    member->message[0] = '\0';
    if (status)
        snprintf(member->message, sizeof member->message, "%s", rnn_error_message());
}

static void *sit(void *argument)
{
    sitting *s = argument;
    rnn_member *member = s->member;
    end_member(member, rnn_train_with(&member->settings, s->series, s->backend, member->observer, member->safeguards,
                                      &member->model));
    rnn_group_leave(s->backend);
    return NULL;
}

/* Signals are the calling thread's. A member without a thread leaves the group. */
static void start(sitting *s)
{
    sigset_t all, before;
    s->member->begun = true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const int error = pthread_create(&s->thread, NULL, sit, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    s->runs = error == 0;
    if (s->runs)
        return;
    end_member(s->member, rnn_fail(RNN_NO_MEMORY, "a thread cannot be started: %s", strerror(error)));
    rnn_group_leave(s->backend);
}

/* Every kernel that the shape's members use, once: what differs between them is no kernel's business. */
static rnn_status verify_shape(rnn_member *members, const runs *shape, const rnn_series *series, rnn_backend *backend)
{
    rnn_partition partition = {.train = {0}};
    rnn_verified verified = {.steps = 0};
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < shape->count; i++) {
        rnn_settings s = nth(members, shape, i)->settings;
        const bool wanted = nth(members, shape, i)->safeguards && nth(members, shape, i)->safeguards->verify;
        const bool seen = i > 0 && s.optimizer == nth(members, shape, 0)->settings.optimizer;
        if (!wanted || seen || strcmp(backend->info.selector, "reference") == 0)
            continue;
        rnn_settings_resolve(&s, series);
        RNN_TRY(rnn_partition_make(&s, series, &partition));
        const size_t windows = rnn_span_of(&partition.train, s.windows).count;
        rnn_partition_free(&partition);
        s.batch = s.batch < windows ? s.batch : windows;
        RNN_TRY(rnn_verify_kernels(&s, series->columns + series->known, series->targets, windows % s.batch, backend,
                                   &verified));
    }
fail:
    return status;
}

static rnn_status sit_together(rnn_member *members, const runs *shape, const rnn_series *series, rnn_backend *backend)
{
    rnn_group *group = NULL;
    sitting *sittings = NULL;
    rnn_status status;
    RNN_TRY(verify_shape(members, shape, series, backend));
    RNN_TRY(rnn_group_open(backend, shape->count, &group));
    RNN_TRY(RNN_NEW(sittings, shape->count));
    for (size_t i = 0; i < shape->count; i++) {
        sittings[i] =
            (sitting){.member = nth(members, shape, i), .series = series, .backend = rnn_group_member(group, i)};
        start(&sittings[i]);
    }
    for (size_t i = 0; i < shape->count; i++)
        if (sittings[i].runs)
            pthread_join(sittings[i].thread, NULL);
fail:
    free(sittings);
    rnn_group_close(group);
    return status;
}

/* One member alone is a run like any other. */
static void run_shape(rnn_member *members, const runs *shape, const rnn_series *series, rnn_backend *backend)
{
    rnn_member *first = nth(members, shape, 0);
    rnn_status status;
    if (shape->count == 1) {
        first->begun = true;
        end_member(first, rnn_train_with(&first->settings, series, backend, first->observer, first->safeguards,
                                         &first->model));
        return;
    }
    status = sit_together(members, shape, series, backend);
    for (size_t i = 0; status && i < shape->count; i++)
        end_member(nth(members, shape, i), status);
}

/* ---- The population ------------------------------------------------------------------------------------------------ */

static int weight(const rnn_member *member)
{
    if (!member->begun || member->status == RNN_OK)
        return 0;
    return member->status == RNN_DIVERGED ? 1 : member->status == RNN_STOPPED ? 3 : 2;
}

/* The first of those that weigh the most; where that is a divergence, it is what they all came to or it is left to the members. */
static rnn_status sum_up(const rnn_member *members, size_t count)
{
    size_t worst = 0, diverged = 0;
    for (size_t i = 0; i < count; i++) {
        diverged += members[i].status == RNN_DIVERGED;
        if (weight(&members[i]) > weight(&members[worst]))
            worst = i;
    }
    if (members[worst].status == RNN_OK || (members[worst].status == RNN_DIVERGED && diverged < count))
        return RNN_OK;
    rnn_fail(members[worst].status, "%s", members[worst].message);
    return fail_member(members[worst].status, worst, count);
}

rnn_status rnn_train_population(rnn_member *members, size_t count, const rnn_series *series, rnn_backend *backend)
{
    bool taken[RNN_POPULATION_MOST] = {false}, stopped = false;
    runs shape;
    rnn_status status;
    for (size_t i = 0; i < count; i++) {
        members[i].begun = false;
        members[i].model = NULL;
        members[i].status = RNN_STOPPED;
        snprintf(members[i].message, sizeof members[i].message, "not begun");
    }
    RNN_TRY(rnn_population_check(members, count, series, backend));
    while (!stopped && next_shape(members, count, taken, &shape)) {
        run_shape(members, &shape, series, backend);
        for (size_t i = 0; i < shape.count; i++)
            stopped = stopped || nth(members, &shape, i)->status == RNN_STOPPED;
    }
    status = sum_up(members, count);
fail:
    return status;
}
