/* SPDX-License-Identifier: MIT */
#include "train/tune.h"

#include "backend/reference.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "train/bench.h"
#include "train/verify.h"

#include <math.h>
#include <stdlib.h>

#define SMALL_STEPS 3 /* of the batch that is held against the reference */
#define SMALL_BATCH \
    32 /* records a compute unit, and one more in all: several tiles, and a share of whole blocks for each unit */
#define TIME_SECONDS 0.1
#define HOPELESS     1.5 /* times the best: one run of a candidate that slow is enough */
#define DUEL_ROUNDS  3
#define WORTH_IT     0.99 /* of the model's time; less of a gain is noise */

typedef struct search {
    const rnn_tune_task *task;
    rnn_settings small;
    rnn_backend *reference;
    rnn_bench_job expected; /* the small batch on it */
    double deadline;
    rnn_tune_result *result;
} search;

const char *rnn_tune_cause_text(rnn_tune_cause cause)
{
    static const char *const texts[RNN_TUNE_CAUSES] = {
        [RNN_NOT_BUILT] = "did not build", [RNN_REFUSED] = "refused by the device", [RNN_WRONG_BITS] = "wrong bits"};
    return texts[cause];
}

/* ---- The reference's bits ------------------------------------------------------------------------------------------ */

static rnn_status compute_expected(search *s)
{
    rnn_status status;
    RNN_TRY(rnn_reference_open(s->task->backend->precision, &s->reference));
    RNN_TRY(rnn_bench_open(&s->small, s->task->D, 1, s->reference, &s->expected));
    status = rnn_bench_run(&s->expected);
fail:
    return status;
}

/* ---- One candidate ------------------------------------------------------------------------------------------------- */

/* What is in the workspace after a minibatch against the reference's. */
static rnn_status compare(const search *s, const rnn_bench_job *job)
{
    rnn_verified verified = {.steps = 0};
    return rnn_compare_step(&job->workspace, 0, &s->expected.workspace, 0, job->B, false, &verified);
}

/* The tiles that the backend now has, on the small batch, both ways that they are used. *cause: what failed, if the status is
 * not RNN_OK. */
static rnn_status verify(const search *s, rnn_tune_cause *cause)
{
    rnn_status status;
    rnn_bench_job job;
    *cause = RNN_REFUSED;
    RNN_TRY(rnn_bench_open(&s->small, s->task->D, 1, s->task->backend, &job));
    *cause = RNN_NOT_BUILT;
    RNN_TRY(rnn_opencl_build(job.workspace.plan, s->task->kind));
    *cause = RNN_REFUSED;
    RNN_TRY(rnn_bench_run(&job));
    *cause = RNN_WRONG_BITS;
    RNN_TRY(compare(s, &job));
    *cause = RNN_REFUSED;
    RNN_TRY(rnn_bench_run_by_operations(&job, job.B));
    *cause = RNN_WRONG_BITS;
    RNN_TRY(compare(s, &job));
fail:
    rnn_bench_close(&job);
    return status;
}

/* The whole training step: what a tile is worth hangs on what else is in the same launch. */
static rnn_status time_tiles(const search *s, double limit, double *seconds)
{
    rnn_status status;
    rnn_bench_job job;
    rnn_bench_op timed;
    RNN_TRY(rnn_bench_open(s->task->settings, s->task->D, 1, s->task->backend, &job));
    RNN_TRY(rnn_bench_run(&job));
    RNN_TRY(rnn_bench_time(&job, RNN_BENCH_STEP, TIME_SECONDS, limit, &timed));
    *seconds = timed.seconds;
fail:
    rnn_bench_close(&job);
    return status;
}

/* Builds, verifies, times. A failure is the candidate's, and counted; its message stays recorded. */
static rnn_status try_tuning(search *s, const rnn_tuning *tuning, double limit, double *seconds)
{
    char text[256];
    rnn_tune_cause cause;
    rnn_opencl_retune(s->task->backend, s->task->kind, tuning);
    s->result->tried++;
    rnn_status status = verify(s, &cause);
    if (status == RNN_OK) {
        cause = RNN_REFUSED;
        status = time_tiles(s, limit, seconds);
    }
    if (status)
        s->result->failed[cause]++;
    if (status && cause == RNN_WRONG_BITS)
        rnn_notice("tune: kernel=%s H=%zu: %s has wrong bits and is not used; please report it",
                   rnn_tile_kind_name(s->task->kind), s->task->settings->hidden,
                   rnn_tuning_text(s->task->kind, tuning, text, sizeof text));
    return status;
}

/* ---- The search ---------------------------------------------------------------------------------------------------- */

/* The tile that `wanted`, or without it a tuning line, makes on this device; false where that is not legal. */
static bool resolve(const search *s, const rnn_network *network, const rnn_tuning *wanted, rnn_tuning *out)
{
    rnn_opencl_retune(s->task->backend, s->task->kind, wanted);
    return rnn_opencl_tile(s->task->backend, s->task->kind, network, s->task->settings->batch, out) == RNN_OK;
}

static void try_candidate(search *s, const rnn_tuning *tuning)
{
    double seconds;
    rnn_tune_result *result = s->result;
    if (try_tuning(s, tuning, HOPELESS * result->best_seconds, &seconds) == RNN_OK && seconds < result->best_seconds) {
        result->best = *tuning;
        result->best_seconds = seconds;
    }
}

static bool goes_on(const search *s)
{
    return rnn_seconds() < s->deadline && !s->task->stopped();
}

/* On CPUs, whose own vector has several reals, a work-item is a thread, and lanes would take turns on it. */
static bool is_sensible(const search *s, const rnn_tuning *tuning)
{
    return tuning->lanes == 1 || rnn_opencl_vector(s->task->backend) == 1;
}

static rnn_status try_combinations(search *s, const rnn_network *network)
{
    const rnn_tile_kind kind = s->task->kind;
    const size_t count = rnn_tuning_combinations(kind);
    rnn_status status;
    uint32_t *order = NULL;
    RNN_TRY(RNN_NEW(order, count));
    rnn_random_order(0, 0, order, count);
    for (size_t distance = 1; rnn_tuning_nth(kind, distance - 1); distance++)
        for (size_t i = 0; i < count && goes_on(s); i++) {
            rnn_tuning tuning, resolved;
            if (rnn_tuning_combination(kind, &s->result->model, order[i], &tuning) &&
                rnn_tuning_distance(kind, &tuning, &s->result->model) == distance && is_sensible(s, &tuning) &&
                resolve(s, network, &tuning, &resolved))
                try_candidate(s, &tuning);
        }
fail:
    free(order);
    return status;
}

/* The times of a search lie minutes apart. What was fastest has to be so again, in turns with the model's choice. */
static rnn_status settle(search *s)
{
    rnn_tune_result *result = s->result;
    const rnn_tuning *const sides[2] = {&result->model, &result->best};
    double least[2] = {INFINITY, INFINITY}, seconds;
    rnn_status status = RNN_OK;
    if (rnn_tuning_distance(s->task->kind, &result->model, &result->best) == 0)
        return RNN_OK;
    for (int i = 0; i < 2 * DUEL_ROUNDS; i++) {
        rnn_opencl_retune(s->task->backend, s->task->kind, sides[i % 2]);
        RNN_TRY(time_tiles(s, INFINITY, &seconds));
        least[i % 2] = fmin(least[i % 2], seconds);
    }
    result->model_seconds = least[0];
    result->best_seconds = least[1];
    if (least[1] > WORTH_IT * least[0]) {
        result->best = result->model;
        result->best_seconds = least[0];
    }
fail:
    return status;
}

static rnn_status run_search(search *s)
{
    const rnn_tune_task *task = s->task;
    rnn_tune_result *result = s->result;
    rnn_network network;
    rnn_tuning now;
    rnn_status status;
    RNN_TRY(rnn_network_init(task->settings, task->D, 1, &network));
    RNN_TRY(compute_expected(s));
    rnn_opencl_retune(task->backend, task->kind, &(rnn_tuning){0});
    RNN_TRY(rnn_opencl_tile(task->backend, task->kind, &network, task->settings->batch, &result->model));
    status = try_tuning(s, &result->model, INFINITY, &result->model_seconds);
    if (status)
        RNN_TRY(rnn_fail_within(status, "kernel=%s H=%zu: the tile that runs use without any line cannot be tuned: ",
                                rnn_tile_kind_name(task->kind), task->settings->hidden));
    result->best = result->model;
    result->best_seconds = result->model_seconds;
    if (resolve(s, &network, NULL, &now) && rnn_tuning_distance(task->kind, &now, &result->model) > 0)
        try_candidate(s, &now); /* what a line says now */
    RNN_TRY(try_combinations(s, &network));
    RNN_TRY(settle(s));
fail:
    rnn_opencl_retune(task->backend, task->kind, NULL);
    return status;
}

rnn_status rnn_tunable(const rnn_backend *backend)
{
    const rnn_device_info *info = &backend->info;
    if (!rnn_opencl_owns(backend))
        return rnn_fail(RNN_CONFIG,
                        "%s has no tiles to tune; name an OpenCL device: --device P:D, where rnn_cl devices "
                        "lists what there is",
                        info->name);
    if (!info->bit_exact)
        return rnn_fail(RNN_CONFIG, "%s is tolerance only (%s): no tile's bits can be told right from wrong",
                        info->name, info->why);
    return RNN_OK;
}

rnn_status rnn_tune(const rnn_tune_task *task, rnn_tune_result *out)
{
    search s = {.task = task, .small = *task->settings, .deadline = rnn_seconds() + task->seconds, .result = out};
    *out = (rnn_tune_result){.tried = 0};
    s.small.seq_len = SMALL_STEPS;
    s.small.batch = SMALL_BATCH * (task->backend->info.compute_units < 8 ? task->backend->info.compute_units : 8) + 1;
    const rnn_status status = run_search(&s);
    rnn_bench_close(&s.expected);
    rnn_backend_close(s.reference);
    return status;
}
