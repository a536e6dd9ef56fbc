/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include "base/memory.h"
#include "base/random.h"
#include "model/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 64 /* reals behind the end of every buffer */

/* A buffer of the case: `rows` of `width` reals, `stride` apart, then the guard. */
typedef struct harness_buffer {
    const char *name;
    rnn_buffer *buffer;
    size_t rows, width, stride;
} harness_buffer;

enum { SERIES, X, Y, STATE, YHAT, D_Y, LOSSES, D_H, DZ, PARTIAL, GRADIENT, PARAMS, MOMENTS, BUFFERS };

typedef struct harness {
    rnn_backend *backend;
    const rnn_backend_ops *ops;
    rnn_plan *plan;
    rnn_buffer *offset;
    harness_buffer buffers[BUFFERS];
    harness_result *result;
} harness;

void harness_name(const harness_case *c, char *text, size_t size)
{
    const rnn_settings s = {.activation = c->activation, .optimizer = c->optimizer};
    snprintf(text, size, "%s H=%zu T=%zu B=%zu D=%zu O=%zu %s %s truncate=%zu %s clip %g/%g",
             rnn_settings_name("activation", &s), c->H, c->T, c->B, c->D, c->O, c->per_step ? "per-step" : "shared",
             c->bias ? "bias" : "no-bias", c->truncate, rnn_settings_name("optimizer", &s), c->clip_value, c->clip_norm);
}

/* ---- Buffers ------------------------------------------------------------------------------------------------------- */

static double guard_value(size_t i)
{
    return -1e30 + (double)i * 1e24;
}

static rnn_status store(harness *h, const harness_buffer *b, const double *values, size_t count)
{
    const size_t real = rnn_real_size(h->backend);
    rnn_status status;
    float *narrow = NULL;
    if (real == sizeof(double))
        return h->ops->write(h->backend, b->buffer, 0, count * real, values);
    RNN_TRY(RNN_NEW(narrow, count));
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    status = h->ops->write(h->backend, b->buffer, 0, count * real, narrow);
fail:
    free(narrow);
    return status;
}

static rnn_status load(harness *h, const harness_buffer *b, double *values, size_t count)
{
    const size_t real = rnn_real_size(h->backend);
    rnn_status status;
    float *narrow = NULL;
    if (real == sizeof(double))
        return h->ops->read(h->backend, b->buffer, 0, count * real, values);
    RNN_TRY(RNN_NEW(narrow, count));
    RNN_TRY(h->ops->read(h->backend, b->buffer, 0, count * real, narrow));
    for (size_t i = 0; i < count; i++)
        values[i] = narrow[i];
fail:
    free(narrow);
    return status;
}

/* The whole buffer set to NaN (or zeros), the guard band to its pattern. */
static rnn_status poison(harness *h, int id, double value)
{
    const harness_buffer *b = &h->buffers[id];
    const size_t count = b->rows * b->stride;
    double *values = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(values, count + GUARD));
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    for (size_t i = 0; i < GUARD; i++)
        values[count + i] = guard_value(i);
    status = store(h, b, values, count + GUARD);
fail:
    free(values);
    return status;
}

static rnn_status make(harness *h, int id, const char *name, size_t rows, size_t width, size_t stride, double value)
{
    harness_buffer *b = &h->buffers[id];
    *b = (harness_buffer){name, NULL, rows, width, stride};
    const size_t bytes = (rows * stride + GUARD) * rnn_real_size(h->backend);
    const rnn_status status = h->ops->alloc(h->backend, bytes, name, &b->buffer);
    return status ? status : poison(h, id, value);
}

/* Reads rows [first, first + rows) of a buffer into the result under `name`, and checks the guard band. */
static rnn_status keep(harness *h, int id, const char *name, size_t first, size_t rows)
{
    const harness_buffer *b = &h->buffers[id];
    const size_t count = b->rows * b->stride;
    harness_tensor *tensor = &h->result->tensor[h->result->count];
    double *all = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(all, count + GUARD));
    RNN_TRY(load(h, b, all, count + GUARD));
    for (size_t i = 0; i < GUARD; i++)
        if (all[count + i] != (rnn_real_size(h->backend) == sizeof(float) ? (double)(float)guard_value(i) : guard_value(i))) {
            status = rnn_fail(RNN_MISMATCH, "%s: element %zu behind the end of '%s' was written", h->backend->info.name, i,
                              b->name);
            goto fail;
        }
    RNN_TRY(RNN_NEW(tensor->values, rows * b->width));
    for (size_t r = 0; r < rows; r++)
        memcpy(tensor->values + r * b->width, all + (first + r) * b->stride, b->width * sizeof(double));
    tensor->name = name;
    tensor->count = rows * b->width;
    h->result->count++;
fail:
    free(all);
    return status;
}

/* ---- The case ------------------------------------------------------------------------------------------------------ */

/* Uniform on [-bound, bound), rounded to float so that both precisions start from the same numbers. */
static rnn_status fill(harness *h, int id, double bound, uint32_t purpose)
{
    const harness_buffer *b = &h->buffers[id];
    const size_t count = b->rows * b->stride;
    double *values = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(values, count));
    for (size_t i = 0; i < count; i++)
        values[i] = (double)(float)(bound * (2 * rnn_random_uniform(7, purpose, i) - 1));
    status = store(h, b, values, count);
fail:
    free(values);
    return status;
}

static rnn_status make_network(const harness_case *c, rnn_network *network)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.activation = c->activation;
    settings.hidden = c->H;
    settings.seq_len = c->T;
    settings.input_weights = c->per_step ? RNN_INPUT_PER_STEP : RNN_INPUT_SHARED;
    settings.bias = c->bias;
    settings.bptt_truncate = c->truncate;
    return rnn_network_init(&settings, c->D, c->O, network);
}

static rnn_status setup(harness *h, const harness_case *c, size_t P)
{
    rnn_network net;
    rnn_status status;
    uint64_t offsets[256];
    RNN_TRY(make_network(c, &net));
    RNN_TRY(h->ops->plan(h->backend, &net, c->B, &h->plan));
    const size_t row = h->plan->row, n = net.parameters, N = c->B + c->T + net.horizon;
    RNN_TRY(make(h, SERIES, "series", N, c->D, c->D, 0));
    RNN_TRY(make(h, X, "x", c->T * c->B, c->D, c->D, NAN));
    RNN_TRY(make(h, Y, "y", c->B, c->O, c->O, NAN));
    RNN_TRY(make(h, STATE, "h", (c->T + 1) * c->B, c->H, row, 0));
    RNN_TRY(make(h, YHAT, "yhat", c->B, c->O, c->O, NAN));
    RNN_TRY(make(h, D_Y, "d_y", c->B, c->O, c->O, NAN));
    RNN_TRY(make(h, LOSSES, "losses", HARNESS_STEPS + 1, c->O, c->O, NAN));
    RNN_TRY(make(h, D_H, "d_h", c->B, c->H, row, NAN));
    RNN_TRY(make(h, DZ, "dz", c->T * c->B, c->H, row, NAN));
    RNN_TRY(make(h, PARTIAL, "partial", P, n, n, NAN));
    RNN_TRY(make(h, GRADIENT, "gradient", 1, n, n, NAN));
    RNN_TRY(make(h, PARAMS, "params", 1, n, n, 0));
    RNN_TRY(make(h, MOMENTS, "moments", 2, n, n, 0));
    RNN_TRY(fill(h, SERIES, 1, 101));
    RNN_TRY(fill(h, PARAMS, 1.2 / sqrt((double)c->H), 102));
    RNN_TRY(h->ops->alloc(h->backend, sizeof offsets, "offsets", &h->offset));
    for (size_t b = 0; b < c->B; b++)
        offsets[b] = (b * 7 + 3) % c->B; /* not in order: the gather must follow them */
    status = h->ops->write(h->backend, h->offset, 0, c->B * sizeof *offsets, offsets);
fail:
    return status;
}

/* h(1..T) poisoned, h(0) zero */
static rnn_status reset_state(harness *h, const harness_case *c)
{
    rnn_status status;
    harness_buffer *b = &h->buffers[STATE];
    const size_t zeros = c->B * b->stride;
    double *start = NULL;
    RNN_TRY(poison(h, STATE, NAN));
    RNN_TRY(RNN_NEW(start, zeros));
    status = store(h, b, start, zeros);
fail:
    free(start);
    return status;
}

static rnn_status run_step(harness *h, const harness_case *c, size_t P, size_t step)
{
    const rnn_backend_ops *ops = h->ops;
    const harness_buffer *b = h->buffers;
    const rnn_update rule = {.optimizer = c->optimizer,
                             .learning_rate = 0.05,
                             .momentum = 0.9,
                             .beta1 = 0.9,
                             .beta2 = 0.99,
                             .epsilon = 1e-8,
                             .correction1 = 1 - pow(0.9, (double)step + 1),
                             .correction2 = sqrt(1 - pow(0.99, (double)step + 1))};
    const size_t K = h->plan->network.truncate;
    const bool first = step == 0;
    rnn_status status;
    RNN_TRY(reset_state(h, c));
    RNN_TRY(ops->pack(h->plan, b[PARAMS].buffer));
    RNN_TRY(ops->gather(h->plan, b[SERIES].buffer, h->offset, 0, c->B, b[X].buffer, b[Y].buffer));
    RNN_TRY(ops->forward(h->plan, b[X].buffer, c->B, b[STATE].buffer));
    RNN_TRY(ops->project(h->plan, b[PARAMS].buffer, b[STATE].buffer, c->B, b[YHAT].buffer));
    RNN_TRY(ops->loss(h->plan, b[YHAT].buffer, b[Y].buffer, c->B, P, b[D_Y].buffer, b[LOSSES].buffer, step));
    RNN_TRY(ops->project_grad(h->plan, b[PARAMS].buffer, b[D_Y].buffer, c->B, b[D_H].buffer));
    RNN_TRY(ops->backward(h->plan, b[STATE].buffer, b[D_H].buffer, c->B, b[DZ].buffer));
    RNN_TRY(ops->weight_grad(h->plan, b[X].buffer, b[STATE].buffer, b[DZ].buffer, b[D_Y].buffer, c->B, P,
                             b[PARTIAL].buffer));
    RNN_TRY(ops->reduce(h->plan, b[PARTIAL].buffer, P, b[GRADIENT].buffer));
    if (first) {
        RNN_TRY(keep(h, X, "x", 0, c->T * c->B));
        RNN_TRY(keep(h, Y, "y", 0, c->B));
        RNN_TRY(keep(h, STATE, "h", 0, (c->T + 1) * c->B));
        RNN_TRY(keep(h, YHAT, "yhat", 0, c->B));
        RNN_TRY(keep(h, D_Y, "d_y", 0, c->B));
        RNN_TRY(keep(h, D_H, "d_h", 0, c->B));
        RNN_TRY(keep(h, DZ, "dz", (c->T - K) * c->B, K * c->B));
        RNN_TRY(keep(h, PARTIAL, "partial", 0, P));
        RNN_TRY(keep(h, GRADIENT, "gradient", 0, 1));
    }
    RNN_TRY(ops->clip(h->plan, c->clip_value, c->clip_norm, b[GRADIENT].buffer));
    if (first)
        RNN_TRY(keep(h, GRADIENT, "clipped gradient", 0, 1));
    status = ops->update(h->plan, &rule, b[GRADIENT].buffer, b[PARAMS].buffer, b[MOMENTS].buffer);
fail:
    return status;
}

rnn_status harness_run(rnn_backend *backend, const harness_case *c, harness_result *out)
{
    harness h = {.backend = backend, .ops = backend->ops, .result = out};
    rnn_status status;
    *out = (harness_result){.count = 0};
    rnn_network net;
    RNN_TRY(make_network(c, &net));
    const size_t P = rnn_reduction_blocks(c->B, net.parameters);
    RNN_TRY(setup(&h, c, P));
    for (size_t step = 0; step < HARNESS_STEPS; step++)
        RNN_TRY(run_step(&h, c, P, step));
    RNN_TRY(keep(&h, LOSSES, "losses", 0, HARNESS_STEPS));
    RNN_TRY(keep(&h, MOMENTS, "moments", 0, 2));
    RNN_TRY(keep(&h, PARAMS, "parameters", 0, 1));
fail:
    for (int id = 0; id < BUFFERS; id++)
        h.ops->release(backend, h.buffers[id].buffer);
    h.ops->release(backend, h.offset);
    h.ops->release_plan(h.plan);
    if (status)
        harness_free(out);
    return status;
}

void harness_free(harness_result *result)
{
    for (size_t i = 0; i < result->count; i++)
        free(result->tensor[i].values);
    *result = (harness_result){.count = 0};
}

/* ---- Comparing ----------------------------------------------------------------------------------------------------- */

bool harness_differs(const harness_result *a, const harness_result *b, char *text, size_t size)
{
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->tensor[i].count; k++) {
            const double left = a->tensor[i].values[k], right = b->tensor[i].values[k];
            if (memcmp(&left, &right, sizeof left) != 0 || isnan(left)) {
                snprintf(text, size, "%s[%zu]: %a against %a", a->tensor[i].name, k, left, right);
                return true;
            }
        }
    return a->count == 0;
}

double harness_distance(const harness_result *a, const harness_result *b, char *where, size_t size)
{
    double worst = 0;
    for (size_t i = 0; i < a->count; i++) {
        double scale = 0;
        for (size_t k = 0; k < a->tensor[i].count; k++)
            scale = fmax(scale, fabs(a->tensor[i].values[k]));
        for (size_t k = 0; k < a->tensor[i].count; k++) {
            const double gap = fabs(a->tensor[i].values[k] - b->tensor[i].values[k]) / (scale > 0 ? scale : 1);
            if (!(gap <= worst)) {
                worst = gap;
                snprintf(where, size, "%s[%zu]: %.9g against %.9g", a->tensor[i].name, k, a->tensor[i].values[k],
                         b->tensor[i].values[k]);
            }
        }
    }
    return worst;
}
