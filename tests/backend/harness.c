/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include "base/memory.h"
#include "base/random.h"
#include "model/settings.h"
#include "suites.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD 64 /* reals behind the end of every buffer */
#define FIRST 2  /* entries of offset before the batch's first: gather must skip them */

/* A buffer of the case: `rows` of `width` reals from place `start` of a row on, `stride` apart, then the guard. */
typedef struct harness_buffer {
    const char *name;
    rnn_buffer *buffer;
    size_t rows, width, stride, start;
} harness_buffer;

enum { SERIES, X, Y, STATE, YHAT, D_Y, LOSSES, TALLY, D_H, DZ, PARTIAL, GRADIENT, HEALTH, PARAMS, MOMENTS, BUFFERS };

struct harness {
    rnn_backend *backend;
    const rnn_backend_ops *ops;
    harness_case c;
    size_t P, slot; /* of the losses, last written */
    rnn_plan *plan;
    rnn_buffer *offset;
    rnn_buffer *seed; /* of dropout, NULL without */
    double *start;    /* (L,B,row) h(0) */
    harness_buffer buffers[BUFFERS];
};

/* ---- Buffers ------------------------------------------------------------------------------------------------------- */

static double guard_value(size_t i)
{
    return -1e30 + (double)i * 1e24;
}

static rnn_status store_at(harness *h, const harness_buffer *b, size_t first, const double *values, size_t count)
{
    const size_t real = rnn_real_size(h->backend);
    rnn_status status;
    float *narrow = NULL;
    if (real == sizeof(double))
        return h->ops->write(h->backend, b->buffer, first * real, count * real, values);
    RNN_TRY(RNN_NEW(narrow, count));
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    status = h->ops->write(h->backend, b->buffer, first * real, count * real, narrow);
fail:
    free(narrow);
    return status;
}

static rnn_status store(harness *h, const harness_buffer *b, const double *values, size_t count)
{
    return store_at(h, b, 0, values, count);
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
    *b = (harness_buffer){name, NULL, rows, width, stride, 0};
    const size_t bytes = (rows * stride + GUARD) * rnn_real_size(h->backend);
    const rnn_status status = h->ops->alloc(h->backend, bytes, name, &b->buffer);
    return status ? status : poison(h, id, value);
}

/* Reads rows [first, first + rows) of a buffer without their padding, and checks the guard band. */
static rnn_status extract(harness *h, int id, size_t first, size_t rows, double *out)
{
    const harness_buffer *b = &h->buffers[id];
    const size_t count = b->rows * b->stride;
    double *all = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(all, count + GUARD));
    RNN_TRY(load(h, b, all, count + GUARD));
    for (size_t i = 0; i < GUARD; i++)
        if (all[count + i] !=
            (rnn_real_size(h->backend) == sizeof(float) ? (double)(float)guard_value(i) : guard_value(i))) {
            status = rnn_fail(RNN_MISMATCH, "%s: element %zu behind the end of '%s' was written", h->backend->info.name,
                              i, b->name);
            goto fail;
        }
    for (size_t r = 0; r < rows; r++)
        memcpy(out + r * b->width, all + (first + r) * b->stride + b->start, b->width * sizeof(double));
fail:
    free(all);
    return status;
}

static rnn_status keep(harness *h, harness_result *result, int id, const char *name, size_t first, size_t rows)
{
    harness_tensor *tensor = &result->tensor[result->count];
    rnn_status status;
    RNN_TRY(RNN_NEW(tensor->values, rows * h->buffers[id].width));
    tensor->name = name;
    tensor->count = rows * h->buffers[id].width;
    result->count++;
    status = extract(h, id, first, rows, tensor->values);
fail:
    return status;
}

/* Of each layer, from the last on, and of a unit's sums each by itself: "dz" is the first one's. */
static rnn_status keep_dz(harness *h, harness_result *result, size_t first, size_t rows)
{
    static const char *const names[RNN_UNIT_SUMS] = {"dz", "dz, second sum", "dz, third sum", "dz, fourth sum"};
    const size_t steps = rnn_gradient_steps(&h->plan->network);
    rnn_status status = RNN_OK;
    for (size_t layer = h->plan->network.L; layer-- > 0;)
        for (size_t s = 0; status == RNN_OK && s < rnn_shape_of(h->c.cell)->sums; s++) {
            h->buffers[DZ].start = s * h->plan->apart;
            status = keep(h, result, DZ, names[s], layer * steps * h->c.B + first, rows);
        }
    return status;
}

/* ---- The case ------------------------------------------------------------------------------------------------------ */

/* Uniform on [-bound, bound), rounded to float so that both precisions start from the same numbers. */
static double counter_value(double bound, uint32_t purpose, size_t i)
{
    return (double)(float)(bound * (2 * rnn_random_uniform(7, purpose, i) - 1));
}

static rnn_status fill(harness *h, int id, double bound, uint32_t purpose)
{
    const harness_buffer *b = &h->buffers[id];
    const size_t count = b->rows * b->stride;
    double *values = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(values, count));
    for (size_t i = 0; i < count; i++)
        values[i] = counter_value(bound, purpose, i);
    status = store(h, b, values, count);
fail:
    free(values);
    return status;
}

static rnn_status make_network(const harness_case *c, rnn_network *network)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.cell = c->cell;
    settings.activation = c->activation;
    settings.hidden = c->H;
    settings.layers = c->layers ? c->layers : 1;
    settings.seq_len = c->T;
    settings.input_weights = c->per_step ? RNN_INPUT_PER_STEP : RNN_INPUT_SHARED;
    settings.bias = c->bias;
    settings.train_h0 = c->train_h0;
    settings.bptt_truncate = c->truncate;
    settings.loss_at = c->every ? RNN_LOSS_AT_EVERY : RNN_LOSS_AT_LAST;
    settings.loss = c->loss;
    settings.huber_delta = HARNESS_DELTA;
    settings.quantiles = (rnn_quantiles)HARNESS_QUANTILES;
    const rnn_status status = rnn_network_init(&settings, c->D, c->O, network);
    network->columns = c->D > c->O ? c->D : c->O; /* targets that are no inputs: O may exceed D here */
    if (c->window)
        *network = rnn_network_window_mode(network);
    return status;
}

static rnn_status make_buffers(harness *h)
{
    const harness_case *c = &h->c;
    const rnn_network *net = &h->plan->network;
    const size_t row = h->plan->row, n = net->parameters, O = net->O, N = c->B + c->T + net->horizon, P = h->P;
    const size_t asked = net->loss_steps * c->B;
    rnn_status status;
    RNN_TRY(make(h, SERIES, "series", N, net->columns, net->columns, 0));
    RNN_TRY(make(h, X, "x", c->T * c->B, net->D, net->D, NAN));
    RNN_TRY(make(h, Y, "y", asked, c->O, c->O, NAN));
    RNN_TRY(make(h, STATE, "h", net->L * (c->T + 1) * c->B, c->H, row, 0));
    RNN_TRY(make(h, YHAT, "yhat", asked, O, O, NAN));
    RNN_TRY(make(h, D_Y, "d_y", asked, O, O, NAN));
    RNN_TRY(make(h, LOSSES, "losses", HARNESS_STEPS, O, O, NAN));
    RNN_TRY(make(h, TALLY, "tally", 2 * HARNESS_STEPS, O, O, NAN));
    RNN_TRY(make(h, D_H, "d_h", net->loss_steps * c->B, c->H, row, NAN));
    RNN_TRY(make(h, DZ, "dz", net->L * rnn_gradient_steps(net) * c->B, c->H, row, NAN));
    RNN_TRY(make(h, PARTIAL, "partial", P, h->plan->block, h->plan->block, NAN));
    RNN_TRY(make(h, GRADIENT, "gradient", 1, n, n, NAN));
    RNN_TRY(make(h, HEALTH, "health", 1, 1, 1, 0));
    RNN_TRY(make(h, PARAMS, "params", 1, n, n, 0));
    status = make(h, MOMENTS, "moments", 2, n, n, 0);
fail:
    return status;
}

/* The tally of a pass, where the case has one: the contract gives none to a loss that tells all by itself. */
static rnn_buffer *tally_of(harness *h)
{
    return h->c.gaps || h->plan->network.loss.tallied ? h->buffers[TALLY].buffer : NULL;
}

/* Values of the series from counters; targets that are missing are no inputs. */
static rnn_status fill_series(harness *h)
{
    const harness_buffer *b = &h->buffers[SERIES];
    const size_t count = b->rows * b->width;
    double *values = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(values, count));
    for (size_t i = 0; i < count; i++) {
        const bool missing = h->c.gaps && i % b->width >= h->c.D && i / b->width % HARNESS_GAP == 0;
        values[i] = missing ? NAN : counter_value(1, 101, i);
    }
    status = store(h, b, values, count);
fail:
    free(values);
    return status;
}

/* Fills x and y from the counters' series, through the backend's own gather. */
static rnn_status gather(harness *h)
{
    return h->ops->gather(h->plan, h->buffers[SERIES].buffer, h->offset, FIRST, h->c.B, h->buffers[X].buffer,
                          h->buffers[Y].buffer);
}

/* Seed and update with bits in both their words. */
static rnn_status set_mask(harness *h)
{
    const uint64_t seed = UINT64_C(0x123456789abcdef0);
    const double dropout = h->c.dropout;
    rnn_status status = RNN_OK;
    if (dropout == 0)
        return RNN_OK;
    RNN_TRY(h->ops->alloc(h->backend, sizeof seed, "seed of dropout", &h->seed));
    RNN_TRY(h->ops->write(h->backend, h->seed, 0, sizeof seed, &seed));
    h->plan->mask = (rnn_mask){h->seed, ((uint64_t)3 << 32) + 7, (uint32_t)(dropout * 0x1p32), 1 / (1 - dropout)};
fail:
    return status;
}

rnn_status harness_new(rnn_backend *backend, const harness_case *c, harness **out)
{
    rnn_network net;
    uint64_t offsets[256] = {0};
    rnn_status status;
    harness *h = NULL;
    *out = NULL;
    if (FIRST + c->B > sizeof offsets / sizeof *offsets)
        return rnn_fail(RNN_INTERNAL, "harness: B=%zu, at most %zu", c->B, sizeof offsets / sizeof *offsets - FIRST);
    RNN_TRY(RNN_NEW(h, 1));
    h->backend = backend;
    h->ops = backend->ops;
    h->c = *c;
    RNN_TRY(make_network(c, &net));
    h->P = c->blocks ? c->blocks : rnn_reduction_blocks(c->B, net.parameters);
    RNN_TRY(h->ops->plan(h->backend, &net, c->batch ? c->batch : c->B, &h->plan));
    h->plan->steps = net.loss_steps;
    RNN_TRY(make_buffers(h));
    RNN_TRY(set_mask(h));
    RNN_TRY(RNN_NEW(h->start, net.L * c->B * h->plan->row));
    for (size_t b = 0; b < net.L * c->B; b++)
        for (size_t k = 0; k < c->H; k++)
            h->start[b * h->plan->row + k] = counter_value(0.5, 103, b * c->H + k);
    RNN_TRY(fill_series(h));
    RNN_TRY(fill(h, PARAMS, 1.2 / sqrt((double)c->H), 102));
    RNN_TRY(h->ops->alloc(h->backend, sizeof offsets, "offsets", &h->offset));
    for (size_t b = 0; b < c->B; b++)
        offsets[FIRST + b] = (b * 7 + 3) % c->B; /* not in order: the gather must follow them */
    RNN_TRY(h->ops->write(h->backend, h->offset, 0, sizeof offsets, offsets));
    RNN_TRY(gather(h));
    *out = h;
    return RNN_OK;
fail:
    harness_free(h);
    return status;
}

void harness_free(harness *h)
{
    if (!h)
        return;
    for (int id = 0; id < BUFFERS; id++)
        h->ops->release(h->backend, h->buffers[id].buffer);
    h->ops->release(h->backend, h->offset);
    h->ops->release(h->backend, h->seed);
    h->ops->release_plan(h->plan);
    free(h->start);
    free(h);
}

const rnn_network *harness_network(const harness *h)
{
    return &h->plan->network;
}

rnn_status harness_set(harness *h, const double *x, const double *y, const double *start, const double *params)
{
    const rnn_network *net = &h->plan->network;
    rnn_status status = RNN_OK;
    if (x)
        RNN_TRY(store(h, &h->buffers[X], x, net->T * h->c.B * net->D));
    if (y)
        RNN_TRY(store(h, &h->buffers[Y], y, net->loss_steps * h->c.B * net->targets));
    if (params)
        RNN_TRY(store(h, &h->buffers[PARAMS], params, net->parameters));
    for (size_t b = 0; start && b < net->L * h->c.B; b++)
        memcpy(h->start + b * h->plan->row, start + b * net->H, net->H * sizeof *start);
fail:
    return status;
}

rnn_status harness_get_params(harness *h, double *params)
{
    return extract(h, PARAMS, 0, 1, params);
}

rnn_status harness_start_from(harness *h, harness *from, size_t t)
{
    const size_t step = h->c.B * h->plan->row, L = h->plan->network.L, layer_step = (from->c.T + 1) * step;
    double *all = NULL;
    rnn_status status;
    if (h->plan->row != from->plan->row)
        return rnn_fail(RNN_INTERNAL, "harness: rows of %zu and %zu", h->plan->row, from->plan->row);
    RNN_TRY(RNN_NEW(all, L * layer_step));
    RNN_TRY(load(from, &from->buffers[STATE], all, L * layer_step));
    for (size_t layer = 0; layer < L; layer++)
        memcpy(h->start + layer * step, all + layer * layer_step + t * step, step * sizeof *all);
fail:
    free(all);
    return status;
}

/* ---- Ops ----------------------------------------------------------------------------------------------------------- */

/* h(1..T) poisoned, h(0) as given, or as the parameters have it */
static rnn_status reset_state(harness *h)
{
    const size_t step = h->c.B * h->plan->row;
    rnn_status status = poison(h, STATE, NAN);
    if (h->c.train_h0 && status == RNN_OK)
        return h->ops->start(h->plan, h->buffers[PARAMS].buffer, h->c.B, h->buffers[STATE].buffer);
    for (size_t layer = 0; status == RNN_OK && layer < h->plan->network.L; layer++)
        status = store_at(h, &h->buffers[STATE], layer * (h->c.T + 1) * step, h->start + layer * step, step);
    return status;
}

static rnn_status run_forward(harness *h, size_t slot)
{
    const harness_buffer *b = h->buffers;
    const size_t B = h->c.B;
    rnn_status status;
    RNN_TRY(reset_state(h));
    RNN_TRY(h->ops->pack(h->plan, b[PARAMS].buffer));
    RNN_TRY(h->ops->forward(h->plan, b[X].buffer, B, b[STATE].buffer));
    RNN_TRY(h->ops->project(h->plan, b[PARAMS].buffer, b[STATE].buffer, B, b[YHAT].buffer));
    h->slot = slot;
    RNN_TRY(h->ops->loss(h->plan, b[YHAT].buffer, b[Y].buffer, B, h->P, b[D_Y].buffer, b[LOSSES].buffer, tally_of(h),
                         slot));
    rnn_test_opencl_cases += strcmp(h->backend->info.selector, "reference") != 0;
fail:
    return status;
}

/* All that is computed here is finite: health has to stay 0, which the update shows. */
static rnn_status reduce(harness *h)
{
    const harness_buffer *b = h->buffers;
    return h->ops->reduce(h->plan, b[PARTIAL].buffer, h->P, b[LOSSES].buffer, h->slot, b[GRADIENT].buffer,
                          b[HEALTH].buffer);
}

static rnn_status run_backward(harness *h)
{
    const harness_buffer *b = h->buffers;
    const size_t B = h->c.B;
    rnn_status status;
    RNN_TRY(h->ops->project_grad(h->plan, b[PARAMS].buffer, b[D_Y].buffer, B, b[D_H].buffer));
    RNN_TRY(h->ops->backward(h->plan, b[STATE].buffer, b[D_H].buffer, B, b[DZ].buffer));
    RNN_TRY(h->ops->weight_grad(h->plan, b[X].buffer, b[STATE].buffer, b[DZ].buffer, b[D_Y].buffer, B, h->P,
                                b[PARTIAL].buffer));
    status = reduce(h);
fail:
    return status;
}

static rnn_status run_clip(harness *h)
{
    return h->ops->clip(h->plan, h->c.clip_value, h->c.clip_norm, h->buffers[GRADIENT].buffer);
}

static rnn_status run_update(harness *h, const rnn_update *rule)
{
    const harness_buffer *b = h->buffers;
    return h->ops->update(h->plan, rule, b[GRADIENT].buffer, b[HEALTH].buffer, b[PARAMS].buffer, b[MOMENTS].buffer);
}

rnn_status harness_loss(harness *h, double *loss, double *yhat, double *state)
{
    const size_t O = h->plan->network.O, asked = h->plan->network.loss_steps * h->c.B;
    double sums[16];
    rnn_status status;
    if (O > sizeof sums / sizeof *sums)
        return rnn_fail(RNN_INTERNAL, "harness: O=%zu, at most 16", O);
    RNN_TRY(run_forward(h, 0));
    RNN_TRY(extract(h, LOSSES, 0, 1, sums));
    *loss = 0;
    for (size_t o = 0; o < O; o++)
        *loss += sums[o] / ((h->c.loss == RNN_MSE ? 2 : 1) * (double)(asked * O));
    if (yhat)
        RNN_TRY(extract(h, YHAT, 0, asked, yhat));
    if (state)
        RNN_TRY(extract(h, STATE, 0, h->plan->network.L * (h->c.T + 1) * h->c.B, state));
fail:
    return status;
}

rnn_status harness_gradient(harness *h, double *gradient)
{
    const rnn_status status = run_backward(h);
    return status ? status : extract(h, GRADIENT, 0, 1, gradient);
}

rnn_status harness_update(harness *h, const rnn_update *rule)
{
    const rnn_status status = run_clip(h);
    return status ? status : run_update(h, rule);
}

/* ---- A case run through -------------------------------------------------------------------------------------------- */

/* What a step has computed up to the gradient. Gradient blocks are laid out as the backend likes; their guard is looked at. */
static rnn_status keep_step(harness *h, harness_result *result)
{
    const size_t T = h->c.T, B = h->c.B, K = h->plan->network.truncate, asked = h->plan->network.loss_steps * B;
    rnn_status status;
    RNN_TRY(keep(h, result, X, "x", 0, T * B));
    RNN_TRY(keep(h, result, Y, "y", 0, asked));
    RNN_TRY(keep(h, result, STATE, "h", 0, h->plan->network.L * (T + 1) * B));
    RNN_TRY(keep(h, result, YHAT, "yhat", 0, asked));
    RNN_TRY(keep(h, result, D_Y, "d_y", 0, asked));
    RNN_TRY(keep(h, result, D_H, "d_h", 0, asked));
    RNN_TRY(keep_dz(h, result, (rnn_gradient_steps(&h->plan->network) - K) * B, K * B));
    RNN_TRY(extract(h, PARTIAL, 0, 0, NULL));
    status = keep(h, result, GRADIENT, "gradient", 0, 1);
fail:
    return status;
}

/* From windows to gradient in the backend's own way, with nothing left of what the operations one by one have stored. */
static rnn_status run_minibatch(harness *h, size_t slot)
{
    static const int outputs[] = {X, Y, YHAT, D_Y, D_H, DZ, PARTIAL, GRADIENT};
    const harness_buffer *b = h->buffers;
    const rnn_minibatch minibatch = {
        b[SERIES].buffer, h->offset,   b[PARAMS].buffer, FIRST,          h->c.B,        h->P,          slot,
        b[X].buffer,      b[Y].buffer, b[STATE].buffer,  b[YHAT].buffer, b[D_Y].buffer, b[D_H].buffer, b[DZ].buffer,
        b[LOSSES].buffer, tally_of(h), b[PARTIAL].buffer};
    rnn_status status;
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++)
        RNN_TRY(poison(h, outputs[i], NAN));
    RNN_TRY(reset_state(h));
    RNN_TRY(h->ops->pack(h->plan, b[PARAMS].buffer));
    h->slot = slot;
    RNN_TRY(h->ops->minibatch_grad(h->plan, &minibatch));
    status = reduce(h);
fail:
    return status;
}

static rnn_status run_step(harness *h, size_t step, harness_result *result)
{
    /* Adam moves every parameter that far, at first, and RMSprop ten times */
    const double rate = h->c.optimizer >= RNN_ADAM ? 0.005 : h->c.optimizer == RNN_RMSPROP ? 0.0005 : 0.05;
    const rnn_update rule = {.optimizer = h->c.optimizer,
                             .learning_rate = rate,
                             .momentum = 0.9,
                             .rho = 0.99,
                             .beta1 = 0.9,
                             .beta2 = 0.99,
                             .epsilon = 1e-8,
                             .correction1 = 1 - pow(0.9, (double)step + 1),
                             .correction2 = sqrt(1 - pow(0.99, (double)step + 1)),
                             .weight_decay = h->c.weight_decay};
    rnn_status status;
    if (step == 0) {
        RNN_TRY(run_forward(h, step));
        RNN_TRY(run_backward(h));
    } else {
        RNN_TRY(run_minibatch(h, step));
    }
    if (step < 2)
        RNN_TRY(keep_step(h, result));
    RNN_TRY(run_clip(h));
    if (step == 0) {
        RNN_TRY(keep(h, result, GRADIENT, "clipped gradient", 0, 1));
        result->first_step = result->count;
    }
    status = run_update(h, &rule);
fail:
    return status;
}

rnn_status harness_run(rnn_backend *backend, const harness_case *c, harness_result *out)
{
    rnn_status status;
    harness *h = NULL;
    *out = (harness_result){.count = 0};
    RNN_TRY(harness_new(backend, c, &h));
    for (size_t step = 0; step < HARNESS_STEPS; step++)
        RNN_TRY(run_step(h, step, out));
    if (tally_of(h))
        RNN_TRY(keep(h, out, TALLY, "tally", 0, 2 * HARNESS_STEPS));
    RNN_TRY(keep(h, out, LOSSES, "losses", 0, HARNESS_STEPS));
    RNN_TRY(keep(h, out, MOMENTS, "moments", 0, 2));
    status = keep(h, out, PARAMS, "parameters", 0, 1);
fail:
    harness_free(h);
    if (status)
        harness_result_free(out);
    return status;
}
