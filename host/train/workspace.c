/* SPDX-License-Identifier: MIT */
#include "train/workspace.h"
#include "base/memory.h"

#include <stdlib.h>

/* Records looked at together: enough to fill a device, while h stays below this many elements. A function of the shape
 * alone: the sums of a validation loss depend on it. */
#define CHUNK_RECORDS  256
#define CHUNK_ELEMENTS ((size_t)1 << 24)

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t chunk_records(const rnn_network *net, size_t windows)
{
    const size_t fit = CHUNK_ELEMENTS / ((net->T + 1) * (net->H + net->D));
    const size_t chunk = smaller(smaller(CHUNK_RECORDS, fit), windows);
    return chunk ? chunk : 1;
}

/* `count` doubles rounded to the backend's real, written from the buffer's start. */
static rnn_status write_reals(rnn_workspace *w, rnn_buffer *buffer, const double *values, size_t count)
{
    rnn_status status;
    float *narrow = NULL;
    if (w->backend->precision == RNN_DOUBLE)
        return w->ops->write(w->backend, buffer, 0, count * sizeof(double), values);
    RNN_TRY(RNN_NEW(narrow, count));
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)values[i];
    status = w->ops->write(w->backend, buffer, 0, count * sizeof(float), narrow);
fail:
    free(narrow);
    return status;
}

static rnn_status upload_series(rnn_workspace *w, const rnn_scaler *scaler, const rnn_series *series)
{
    const size_t count = series->N * series->columns;
    rnn_status status;
    double *scaled = NULL;
    RNN_TRY(rnn_scaler_check(scaler, series, w->backend->precision));
    RNN_TRY(RNN_NEW(scaled, count));
    for (size_t i = 0; i < count; i++)
        scaled[i] = rnn_scaler_apply(scaler, i % series->columns, series->values[i]);
    RNN_TRY(w->ops->alloc(w->backend, count * rnn_real_size(w->backend), "series", &w->series));
    status = write_reals(w, w->series, scaled, count);
fail:
    free(scaled);
    return status;
}

static rnn_status upload_offsets(rnn_workspace *w)
{
    rnn_status status;
    uint64_t *offset = NULL;
    RNN_TRY(RNN_NEW(offset, w->windows));
    for (size_t i = 0; i < w->windows; i++)
        offset[i] = i;
    RNN_TRY(w->ops->alloc(w->backend, w->windows * sizeof *offset, "window offsets", &w->offset));
    status = w->ops->write(w->backend, w->offset, 0, w->windows * sizeof *offset, offset);
fail:
    free(offset);
    return status;
}

/* Elements of each buffer; the product of a shape that memory cannot hold is refused by alloc, not wrapped around. */
static rnn_status make(rnn_workspace *w, rnn_buffer **buffer, const char *label, size_t rows, size_t width)
{
    size_t elements, bytes;
    if (__builtin_mul_overflow(rows, width, &elements) ||
        __builtin_mul_overflow(elements, rnn_real_size(w->backend), &bytes))
        return rnn_fail(RNN_NO_MEMORY, "buffer '%s' of %zu x %zu elements is more than memory has addresses", label,
                        rows, width);
    return w->ops->alloc(w->backend, bytes, label, buffer);
}

static rnn_status make_buffers(rnn_workspace *w, const rnn_settings *training)
{
    const rnn_network *net = &w->plan->network;
    const size_t T = net->T, O = net->O, n = net->parameters, row = w->plan->row;
    const size_t B = w->batch > w->chunk ? w->batch : w->chunk;
    rnn_status status;
    RNN_TRY(make(w, &w->params, "parameters", n, 1));
    RNN_TRY(make(w, &w->x, "inputs", T * B, net->D));
    RNN_TRY(make(w, &w->y, "targets", B, O));
    RNN_TRY(make(w, &w->h, "hidden states", (T + 1) * B, row));
    RNN_TRY(make(w, &w->zeros, "initial hidden state", B, row));
    RNN_TRY(make(w, &w->yhat, "outputs", B, O));
    RNN_TRY(make(w, &w->losses, "losses", w->slots, O));
    if (!training)
        return RNN_OK;
    RNN_TRY(make(w, &w->d_y, "output gradients", w->batch, O));
    RNN_TRY(make(w, &w->d_h, "last hidden-state gradients", w->batch, row));
    RNN_TRY(make(w, &w->dz, "hidden-state gradients", T * w->batch, row));
    RNN_TRY(make(w, &w->partial, "gradient blocks", rnn_workspace_blocks(w, training, w->batch), n));
    RNN_TRY(make(w, &w->gradient, "gradient", n, 1));
    RNN_TRY(make(w, &w->moments, "moments", 2, n));
    RNN_TRY(make(w, &w->best, "best parameters", n, 1));
fail:
    return status;
}

void rnn_workspace_close(rnn_workspace *w)
{
    if (!w->ops)
        return;
    rnn_buffer *const buffers[] = {w->series,  w->offset,   w->params,  w->x,   w->y,   w->h,
                                   w->zeros,   w->yhat,     w->losses,  w->d_y, w->d_h, w->dz,
                                   w->partial, w->gradient, w->moments, w->best};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) /* NOLINT(bugprone-sizeof-expression): a count */
        w->ops->release(w->backend, buffers[i]);
    w->ops->release_plan(w->plan);
    *w = (rnn_workspace){.ops = NULL};
}

rnn_status rnn_workspace_open(rnn_workspace *out, rnn_backend *backend, const rnn_network *network,
                              const rnn_scaler *scaler, const rnn_series *series, size_t windows,
                              const rnn_settings *training)
{
    rnn_status status;
    *out = (rnn_workspace){.backend = backend, .ops = backend->ops, .windows = windows};
    rnn_workspace *w = out;
    w->batch = training ? smaller(training->batch, windows) : 0;
    w->chunk = chunk_records(network, windows);
    /* the minibatches of an epoch, then a look at every window, in two parts */
    w->slots = (w->batch ? windows / w->batch + 1 : 0) + rnn_workspace_look_slots(w, windows) + 1;
    RNN_TRY(w->ops->plan(backend, network, w->batch > w->chunk ? w->batch : w->chunk, &w->plan));
    RNN_TRY(upload_series(w, scaler, series));
    RNN_TRY(upload_offsets(w));
    RNN_TRY(make_buffers(w, training));
    return RNN_OK;
fail:
    rnn_workspace_close(out);
    return status;
}

rnn_status rnn_workspace_set(rnn_workspace *w, const void *parameters)
{
    const size_t bytes = w->plan->network.parameters * rnn_real_size(w->backend);
    const rnn_status status = w->ops->write(w->backend, w->params, 0, bytes, parameters);
    return status ? status : w->ops->pack(w->plan, w->params);
}

rnn_status rnn_workspace_get(rnn_workspace *w, void *parameters)
{
    return w->ops->read(w->backend, w->params, 0, w->plan->network.parameters * rnn_real_size(w->backend), parameters);
}

rnn_status rnn_workspace_clear_moments(rnn_workspace *w)
{
    const size_t real = rnn_real_size(w->backend), count = 2 * w->plan->network.parameters;
    void *zeros = rnn_calloc(count, real, "moments");
    if (!zeros)
        return RNN_NO_MEMORY;
    const rnn_status status = w->ops->write(w->backend, w->moments, 0, count * real, zeros);
    free(zeros);
    return status;
}

size_t rnn_workspace_blocks(const rnn_workspace *w, const rnn_settings *settings, size_t B)
{
    return settings->reduction_blocks ? settings->reduction_blocks
                                      : rnn_reduction_blocks(B, w->plan->network.parameters);
}

size_t rnn_workspace_look_slots(const rnn_workspace *w, size_t count)
{
    return (count + w->chunk - 1) / w->chunk;
}

rnn_status rnn_workspace_forward(rnn_workspace *w, size_t first, size_t B, bool with_targets)
{
    rnn_status status;
    if (w->zeroed != B) {
        RNN_TRY(w->ops->copy(w->backend, w->zeros, w->h, B * w->plan->row * rnn_real_size(w->backend)));
        w->zeroed = B;
    }
    RNN_TRY(w->ops->gather(w->plan, w->series, w->offset, first, B, w->x, with_targets ? w->y : NULL));
    RNN_TRY(w->ops->forward(w->plan, w->x, B, w->h));
    RNN_TRY(w->ops->project(w->plan, w->params, w->h, B, w->yhat));
fail:
    return status;
}

rnn_status rnn_workspace_look(rnn_workspace *w, size_t first, size_t count, size_t slot, size_t *slots_used)
{
    const size_t n = w->plan->network.parameters;
    rnn_status status = RNN_OK;
    *slots_used = rnn_workspace_look_slots(w, count);
    for (size_t done = 0; done < count; done += w->chunk, slot++) {
        const size_t B = smaller(w->chunk, count - done);
        RNN_TRY(rnn_workspace_forward(w, first + done, B, true));
        RNN_TRY(w->ops->loss(w->plan, w->yhat, w->y, B, rnn_reduction_blocks(B, n), NULL, w->losses, slot));
    }
fail:
    return status;
}

rnn_status rnn_workspace_step(rnn_workspace *w, size_t first, size_t B, size_t slot, const rnn_settings *settings,
                              const rnn_update *rule)
{
    const rnn_backend_ops *ops = w->ops;
    rnn_plan *plan = w->plan;
    const size_t P = rnn_workspace_blocks(w, settings, B);
    rnn_status status;
    RNN_TRY(rnn_workspace_forward(w, first, B, true));
    RNN_TRY(ops->loss(plan, w->yhat, w->y, B, P, w->d_y, w->losses, slot));
    RNN_TRY(ops->project_grad(plan, w->params, w->d_y, B, w->d_h));
    RNN_TRY(ops->backward(plan, w->h, w->d_h, B, w->dz));
    RNN_TRY(ops->weight_grad(plan, w->x, w->h, w->dz, w->d_y, B, P, w->partial));
    RNN_TRY(ops->reduce(plan, w->partial, P, w->gradient));
    RNN_TRY(ops->clip(plan, settings->clip_value, settings->clip_norm, w->gradient));
    RNN_TRY(ops->update(plan, rule, w->gradient, w->params, w->moments));
    RNN_TRY(ops->pack(plan, w->params));
fail:
    return status;
}

rnn_status rnn_workspace_losses(rnn_workspace *w, size_t first, size_t count, double *sums)
{
    const size_t O = w->plan->network.O, real = rnn_real_size(w->backend);
    rnn_status status;
    void *raw = NULL;
    for (size_t o = 0; o < O; o++)
        sums[o] = 0;
    if (!(raw = rnn_calloc(count * O, real, "losses")))
        return RNN_NO_MEMORY;
    RNN_TRY(w->ops->read(w->backend, w->losses, first * O * real, count * O * real, raw));
    for (size_t i = 0; i < count * O; i++)
        sums[i % O] += real == sizeof(double) ? ((double *)raw)[i] : (double)((float *)raw)[i];
fail:
    free(raw);
    return status;
}
