/* SPDX-License-Identifier: MIT
 * bench.c - the operations of one training step, one by one and together, on noise
 *
 * Matrix products counted, a batch: forward 2 B T G H (H + D); backward as much (it carries the gradient to the step before,
 * and, as frameworks count, to the inputs; layers one by one), over the steps it flows back through; weight gradients likewise; the output projection 2 B H O, three times,
 * of each step that is asked for outputs.
 */
#include "train/bench.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/random.h"
#include "data/series.h"
#include "model/settings.h"

#include <math.h>
#include <stdlib.h>

#define MIN_RUNS    11
#define MAX_RUNS    1000
#define RUN_SECONDS 0.01

/* ---- The operations ------------------------------------------------------------------------------------------------ */

static rnn_status run_gather(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->gather(w->plan, w->series, NULL, 0, job->B, w->x, w->y);
}

static rnn_status run_forward(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->forward(w->plan, w->x, job->B, w->h);
}

static rnn_status run_output(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    rnn_status status;
    RNN_TRY(w->ops->project(w->plan, w->params, w->h, job->B, w->yhat));
    RNN_TRY(w->ops->loss(w->plan, w->yhat, w->y, job->B, job->P, w->d_y, w->losses, w->tally, 0));
    RNN_TRY(w->ops->project_grad(w->plan, w->params, w->d_y, job->B, w->d_h));
fail:
    return status;
}

static rnn_status run_backward(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->backward(w->plan, w->h, w->d_h, job->B, w->dz);
}

static rnn_status run_weight_grad(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->weight_grad(w->plan, w->x, w->h, w->dz, w->d_y, job->B, job->P, w->partial);
}

static rnn_status run_reduce(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->reduce(w->plan, w->partial, job->P, w->losses, 0, w->gradient, w->health);
}

static rnn_status run_clip(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    return w->ops->clip(w->plan, job->settings.clip_value, job->settings.clip_norm, w->gradient);
}

static rnn_status run_update(rnn_bench_job *job)
{
    rnn_workspace *w = &job->workspace;
    rnn_status status;
    RNN_TRY(w->ops->update(w->plan, &job->rule, w->gradient, w->health, w->params, w->moments));
    RNN_TRY(w->ops->pack(w->plan, w->params));
fail:
    return status;
}

rnn_status rnn_bench_run(rnn_bench_job *job)
{
    return rnn_workspace_step(&job->workspace, NULL, 0, job->B, 0, &job->settings, &job->rule);
}

rnn_status rnn_bench_run_by_operations(rnn_bench_job *job, size_t B)
{
    rnn_workspace *w = &job->workspace;
    rnn_minibatch minibatch;
    rnn_status status;
    RNN_TRY(rnn_workspace_minibatch(w, NULL, 0, B, 0, &job->settings, &minibatch));
    w->plan->mask = rnn_workspace_mask(w, &job->settings, job->rule.step);
    RNN_TRY(rnn_minibatch_by_operations(w->plan, &minibatch));
    RNN_TRY(w->ops->reduce(w->plan, w->partial, minibatch.P, w->losses, 0, w->gradient, w->health));
    status = run_clip(job);
fail:
    w->plan->mask = (rnn_mask){0};
    return status;
}

static const struct {
    const char *name;
    rnn_status (*run)(rnn_bench_job *job);
    int ahead;   /* matrix products through the sequence */
    int back;    /* ... through as much of it as the gradient flows back */
    int outputs; /* ... through the output projection */
} operations[RNN_BENCH_OPS] = {
    [RNN_BENCH_GATHER] = {"gather", run_gather, 0, 0, 0},
    [RNN_BENCH_FORWARD] = {"forward", run_forward, 1, 0, 0},
    [RNN_BENCH_OUTPUT] = {"output", run_output, 0, 0, 2},
    [RNN_BENCH_BACKWARD] = {"backward", run_backward, 0, 1, 0},
    [RNN_BENCH_WEIGHT_GRAD] = {"weight_grad", run_weight_grad, 0, 1, 1},
    [RNN_BENCH_REDUCE] = {"reduce", run_reduce, 0, 0, 0},
    [RNN_BENCH_CLIP] = {"clip", run_clip, 0, 0, 0},
    [RNN_BENCH_UPDATE] = {"update", run_update, 0, 0, 0},
    [RNN_BENCH_STEP] = {"train_step", rnn_bench_run, 1, 2, 3},
};

static double moments_of(rnn_optimizer optimizer)
{
    switch (optimizer) {
    case RNN_SGD:
        return 0;
    case RNN_MOMENTUM:
    case RNN_NESTEROV:
    case RNN_RMSPROP:
        return 1;
    case RNN_ADAM:
    case RNN_ADAMW:
        break;
    }
    return 2;
}

/* Bytes an operation cannot avoid: each tensor it reads or writes, once. */
static double least_bytes(const rnn_bench_job *job, int op)
{
    const rnn_network *net = &job->model->network;
    const double B = (double)job->B, P = (double)job->P, n = (double)net->parameters;
    const double x = (double)net->T * B * (double)net->D;
    const double h = (double)net->T * B * (double)(net->L * net->H * rnn_unit_values(net));
    const double asked = B * (double)net->loss_steps, reached = asked * (double)net->H, y = asked * (double)net->O;
    const double moments = moments_of(job->settings.optimizer), targets = asked * (double)net->asked;
    const double elements[RNN_BENCH_OPS] = {2 * (x + targets),
                                            x + n + h,
                                            reached + n + 2 * y + targets + reached,
                                            reached + n + 2 * h,
                                            x + 2 * h + y + P * n,
                                            P * n + n,
                                            2 * n,
                                            n * (3 + 2 * moments),
                                            0};
    double sum = elements[op];
    for (int i = 0; op == RNN_BENCH_STEP && i < op; i++)
        sum += elements[i];
    return sum * (double)rnn_real_size(job->workspace.backend);
}

/* ---- Timing -------------------------------------------------------------------------------------------------------- */

static rnn_status time_run(rnn_bench_job *job, int op, size_t repeats, double *seconds)
{
    const rnn_backend_ops *ops = job->workspace.ops;
    rnn_status status;
    RNN_TRY(ops->sync(job->workspace.backend));
    const double started = rnn_seconds();
    for (size_t i = 0; i < repeats; i++)
        RNN_TRY(operations[op].run(job));
    RNN_TRY(ops->sync(job->workspace.backend));
    *seconds = (rnn_seconds() - started) / (double)repeats;
fail:
    return status;
}

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

rnn_status rnn_bench_time(rnn_bench_job *job, int op, double least_seconds, double limit, rnn_bench_op *out)
{
    double times[MAX_RUNS], seconds;
    const size_t before = job->workspace.backend->launches;
    rnn_status status;
    *out = (rnn_bench_op){.name = operations[op].name};
    RNN_TRY(time_run(job, op, 1, &seconds)); /* builds, warms up */
    out->launches = job->workspace.backend->launches - before;
    RNN_TRY(time_run(job, op, 1, &seconds));
    out->seconds = seconds;
    out->repeats = seconds < RUN_SECONDS ? (size_t)(RUN_SECONDS / seconds) + 1 : 1;
    out->runs = seconds > limit;
    if (seconds > limit)
        goto fail;
    for (double spent = 0; out->runs < MIN_RUNS || (spent < least_seconds && out->runs < MAX_RUNS); out->runs++) {
        RNN_TRY(time_run(job, op, out->repeats, &times[out->runs]));
        spent += times[out->runs] * (double)out->repeats;
    }
    qsort(times, out->runs, sizeof *times, compare_doubles);
    out->seconds = times[out->runs / 2];
    out->spread = (times[out->runs * 9 / 10] - times[out->runs / 10]) / out->seconds;
    const rnn_network *net = &job->model->network;
    const double B = (double)job->B, H = (double)net->H, G = (double)rnn_shape_of(net->cell)->gates;
    const double inputs = (double)net->D + ((double)net->L - 1) * H; /* of all layers */
    out->flops = (operations[op].ahead * (double)net->T + operations[op].back * (double)net->truncate) * 2 * B * G * H *
                     ((double)net->L * H + inputs) +
                 operations[op].outputs * 2 * B * (double)net->loss_steps * H * (double)net->O;
    out->bytes = least_bytes(job, op);
fail:
    return status;
}

/* ---- A job on noise ------------------------------------------------------------------------------------------------ */

/* N rows uniform on [-1, 1). */
static rnn_status make_noise(size_t N, size_t D, size_t O, rnn_series **out)
{
    rnn_status status;
    double *values = NULL;
    RNN_TRY(RNN_NEW(values, N * D));
    for (size_t i = 0; i < N * D; i++)
        values[i] = 2 * rnn_random_uniform(0, RNN_RANDOM_NOISE, i) - 1;
    status = rnn_series_copy(values, N, D, O, NULL, out);
fail:
    free(values);
    return status;
}

rnn_status rnn_bench_open(const rnn_settings *settings, size_t D, size_t O, rnn_backend *backend, rnn_bench_job *job)
{
    const rnn_settings *s = &job->settings;
    rnn_status status;
    rnn_series *series = NULL;
    *job = (rnn_bench_job){.settings = *settings};
    rnn_settings_resolve(&job->settings, NULL);
    RNN_TRY(make_noise(s->seq_len + s->horizon + s->batch - 1, D, O, &series));
    RNN_TRY(rnn_model_new(s, D, O, (const char *const *)series->names, series->source, series->N, &job->model));
    RNN_TRY(rnn_scaler_init(&job->model->scaler, RNN_SCALE_NONE, D));
    RNN_TRY(rnn_model_draw(job->model));
    RNN_TRY(
        rnn_workspace_open(&job->workspace, backend, &job->model->network, &job->model->scaler, series, s->batch, s));
    RNN_TRY(rnn_workspace_set(&job->workspace, job->model->parameters));
    job->B = s->batch;
    job->P = rnn_workspace_blocks(&job->workspace, s, job->B);
    job->rule = rnn_workspace_rule(s); /* at rate 0 the weights stay, and with them what is computed */
fail:
    rnn_series_free(series);
    if (status)
        rnn_bench_close(job);
    return status;
}

void rnn_bench_close(rnn_bench_job *job)
{
    rnn_workspace_close(&job->workspace);
    rnn_model_free(job->model);
    *job = (rnn_bench_job){.B = 0};
}

rnn_status rnn_bench_step(const rnn_settings *settings, size_t D, size_t O, rnn_backend *backend, double seconds,
                          rnn_bench_op ops[RNN_BENCH_OPS])
{
    rnn_bench_job job;
    rnn_status status;
    RNN_TRY(rnn_bench_open(settings, D, O, backend, &job));
    RNN_TRY(rnn_bench_run(&job));
    for (int op = 0; op < RNN_BENCH_OPS; op++)
        RNN_TRY(rnn_bench_time(&job, op, seconds, INFINITY, &ops[op]));
fail:
    rnn_bench_close(&job);
    return status;
}
