/* SPDX-License-Identifier: MIT */
#include "train/workspace.h"
#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Records looked at together: enough to fill a device, while h stays below this many elements. A function of the shape
 * alone: the sums of a validation loss depend on it. */
#define CHUNK_RECORDS  256
#define CHUNK_ELEMENTS ((size_t)1 << 24)

#define PIECE_ELEMENTS ((size_t)1 << 17) /* of the series, scaled and sent at a time */
#define LIST_RECORDS   8192              /* sent at a time, or a minibatch */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- Sums ---------------------------------------------------------------------------------------------------------- */

rnn_status rnn_sums_new(const rnn_network *network, rnn_sums *out)
{
    const size_t O = network->O;
    *out = (rnn_sums){.O = O, .terms = rnn_calloc(3 * O, sizeof(double), "sums of losses")};
    if (!out->terms)
        return RNN_NO_MEMORY;
    out->squares = out->terms + O;
    out->counts = out->terms + 2 * O;
    return RNN_OK;
}

void rnn_sums_clear(rnn_sums *sums)
{
    memset(sums->terms, 0, 3 * sums->O * sizeof *sums->terms);
}

void rnn_sums_free(rnn_sums *sums)
{
    free(sums->terms);
    *sums = (rnn_sums){.O = 0};
}

double rnn_mean_loss(const rnn_network *network, const rnn_sums *sums)
{
    double sum = 0, count = 0;
    for (size_t o = 0; o < sums->O; o++) {
        sum += sums->terms[o];
        count += sums->counts[o];
    }
    return sum / (network->loss.kind == RNN_MSE ? 2 * count : count);
}

/* ---- Shapes and buffers -------------------------------------------------------------------------------------------- */

static size_t chunk_records(const rnn_network *net, size_t windows)
{
    const size_t fit = CHUNK_ELEMENTS / ((net->T + 1) * (net->H * rnn_unit_values(net) * net->L + net->D));
    const size_t chunk = smaller(smaller(CHUNK_RECORDS, fit), windows);
    return chunk ? chunk : 1;
}

/* Through a small buffer: host and device never hold more than the series itself. */
rnn_status rnn_workspace_reload(rnn_workspace *w, const rnn_scaler *scaler, const rnn_series *series)
{
    const size_t count = series->N * series->columns, real = rnn_real_size(w->backend);
    size_t part = 0;
    rnn_status status;
    union {
        float narrow[PIECE_ELEMENTS];
        double wide[PIECE_ELEMENTS];
    } *piece = NULL;
    RNN_TRY(rnn_scaler_check(scaler, series, w->backend->precision));
    RNN_TRY(RNN_NEW(piece, 1));
    for (size_t first = 0; first < count; first += PIECE_ELEMENTS) {
        const size_t n = smaller(PIECE_ELEMENTS, count - first);
        for (size_t i = 0; i < n; i++) {
            const size_t row = (first + i) / series->columns;
            while (row >= series->starts[part + 1])
                part++;
            const double scaled = rnn_scaler_scaled(scaler, series, part, row, (first + i) % series->columns);
            if (real == sizeof(double))
                piece->wide[i] = scaled;
            else
                piece->narrow[i] = (float)scaled;
        }
        RNN_TRY(w->ops->write(w->backend, w->series, first * real, n * real, piece));
    }
fail:
    free(piece);
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

static rnn_status make_buffers(rnn_workspace *w, size_t N, const rnn_settings *training)
{
    const rnn_network *net = &w->plan->network;
    const size_t T = net->T, O = net->O, n = net->parameters, row = w->plan->row;
    const size_t B = larger(w->batch, w->chunk), asked = larger(net->loss_steps * w->batch, w->chunk); /* outputs */
    rnn_status status;
    w->backend->sharing = true;
    status = make(w, &w->series, "series", N, net->columns);
    w->backend->sharing = false;
    RNN_TRY(status);
    RNN_TRY(w->ops->alloc(w->backend, w->room * sizeof(uint64_t), "window list", &w->list));
    RNN_TRY(make(w, &w->params, "parameters", n, 1));
    RNN_TRY(make(w, &w->x, "inputs", T * B, net->D));
    RNN_TRY(make(w, &w->y, "targets", asked, net->asked));
    RNN_TRY(make(w, &w->h, "hidden states", net->L * (T + 1) * B, row));
    RNN_TRY(make(w, &w->yhat, "outputs", asked, O));
    RNN_TRY(make(w, &w->losses, "losses", w->slots, O));
    if (!training)
        return RNN_OK;
    if (net->loss.tallied)
        RNN_TRY(make(w, &w->tally, "squared errors and targets", w->slots, 2 * O));
    RNN_TRY(make(w, &w->d_y, "output gradients", net->loss_steps * w->batch, O));
    RNN_TRY(make(w, &w->d_h, "hidden-state gradients of outputs", net->loss_steps * w->batch, row));
    RNN_TRY(make(w, &w->dz, "hidden-state gradients", net->L * rnn_gradient_steps(net) * w->batch, row));
    RNN_TRY(make(w, &w->partial, "gradient blocks", rnn_workspace_blocks(w, training, w->batch), w->plan->block));
    RNN_TRY(make(w, &w->gradient, "gradient", n, 1));
    RNN_TRY(make(w, &w->moments, "moments", 2, n));
    RNN_TRY(make(w, &w->best, "best parameters", n, 1));
    if (training->dropout > 0)
        RNN_TRY(w->ops->alloc(w->backend, sizeof training->seed, "seed of dropout", &w->seed));
    RNN_TRY(w->ops->alloc(w->backend, sizeof(uint32_t), "health", &w->health));
fail:
    return status;
}

static size_t look_slots(const rnn_workspace *w, size_t count)
{
    return count / w->chunk + (count % w->chunk != 0);
}

void rnn_workspace_close(rnn_workspace *w)
{
    if (!w->ops)
        return;
    rnn_buffer *const buffers[] = {w->series,   w->list,    w->params, w->x,      w->y,     w->h,
                                   w->yhat,     w->losses,  w->d_y,    w->d_h,    w->dz,    w->partial,
                                   w->gradient, w->moments, w->best,   w->health, w->tally, w->seed};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++) /* NOLINT(bugprone-sizeof-expression): a count */
        w->ops->release(w->backend, buffers[i]);
    w->ops->release_plan(w->plan);
    *w = (rnn_workspace){.ops = NULL};
}

/* Everything but the series' values: on a backend that is sizing, what there would be. */
static rnn_status prepare(rnn_workspace *w, rnn_backend *backend, const rnn_network *network, size_t N, size_t windows,
                          const rnn_settings *training)
{
    rnn_status status;
    *w = (rnn_workspace){.backend = backend, .ops = backend->ops};
    w->batch = training ? smaller(training->batch, windows) : 0;
    w->chunk = chunk_records(network, windows);
    w->room = smaller(w->batch && w->batch < LIST_RECORDS ? LIST_RECORDS / w->batch * w->batch : w->batch, windows);
    w->room = larger(w->room, w->chunk);
    w->slots = larger(w->batch ? windows / w->batch + 1 : 0, look_slots(w, windows) + 1);
    w->slots = smaller(w->slots, RNN_LOSS_SLOTS);
    /* the article's recipe goes over its records one by one in a kernel of its own, and looks at many */
    const bool by_minibatch = training && training->recipe == RNN_RECIPE_DEFAULT;
    RNN_TRY(w->ops->plan(backend, network, by_minibatch ? w->batch : w->chunk, &w->plan));
    status = make_buffers(w, N, training);
fail:
    return status;
}

rnn_status rnn_workspace_open(rnn_workspace *out, rnn_backend *backend, const rnn_network *network,
                              const rnn_scaler *scaler, const rnn_series *series, size_t windows,
                              const rnn_settings *training)
{
    rnn_status status;
    RNN_TRY(prepare(out, backend, network, series->N, windows, training));
    RNN_TRY(rnn_workspace_reload(out, scaler, series));
    if (out->seed)
        RNN_TRY(out->ops->write(backend, out->seed, 0, sizeof training->seed, &training->seed));
    return RNN_OK;
fail:
    rnn_workspace_close(out);
    return status;
}

rnn_status rnn_workspace_size(rnn_backend *backend, const rnn_network *network, size_t N, size_t windows,
                              const rnn_settings *training, rnn_memory *out)
{
    rnn_workspace w;
    rnn_memory *const noted = backend->memory;
    *out = (rnn_memory){.count = 0};
    backend->memory = out;
    backend->sizing = true;
    const rnn_status status = prepare(&w, backend, network, N, windows, training);
    rnn_workspace_close(&w);
    backend->sizing = false;
    backend->memory = noted;
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

rnn_status rnn_workspace_send(rnn_workspace *w, const uint64_t *windows, size_t count)
{
    return w->ops->write(w->backend, w->list, 0, count * sizeof *windows, windows);
}

/* h(0), which, where it is 0, stays so while B is the same. */
static rnn_status set_start(rnn_workspace *w, size_t B)
{
    if (w->zeroed == B && w->plan->network.tensor[RNN_H0].count == 0)
        return RNN_OK;
    w->zeroed = B;
    return w->ops->start(w->plan, w->params, B, w->h);
}

rnn_status rnn_workspace_forward(rnn_workspace *w, const rnn_buffer *list, size_t first, size_t B, bool with_targets)
{
    rnn_status status;
    w->plan->steps = 1;
    RNN_TRY(set_start(w, B));
    RNN_TRY(w->ops->gather(w->plan, w->series, list, first, B, w->x, with_targets ? w->y : NULL));
    RNN_TRY(w->ops->forward(w->plan, w->x, B, w->h));
    RNN_TRY(w->ops->project(w->plan, w->params, w->h, B, w->yhat));
fail:
    return status;
}

rnn_status rnn_workspace_forward_span(rnn_workspace *w, const rnn_span *span, size_t first, size_t B, bool with_targets)
{
    uint64_t windows[CHUNK_RECORDS];
    if (rnn_span_is_consecutive(span))
        return rnn_workspace_forward(w, NULL, rnn_span_row(span, first), B, with_targets);
    for (size_t i = 0; i < B; i++)
        windows[i] = rnn_span_row(span, first + i);
    const rnn_status status = rnn_workspace_send(w, windows, B);
    return status ? status : rnn_workspace_forward(w, w->list, 0, B, with_targets);
}

rnn_status rnn_workspace_look(rnn_workspace *w, const rnn_span *span, rnn_sums *sums)
{
    return rnn_workspace_look_each(w, span, sums, NULL, NULL);
}

rnn_status rnn_workspace_look_each(rnn_workspace *w, const rnn_span *span, rnn_sums *sums,
                                   rnn_status (*each)(void *context, size_t first, size_t B), void *context)
{
    const size_t n = w->plan->network.parameters;
    rnn_status status = RNN_OK;
    size_t slot = 0, records = 0;
    for (size_t done = 0; done < span->count; done += w->chunk) {
        const size_t B = smaller(w->chunk, span->count - done);
        RNN_TRY(rnn_workspace_forward_span(w, span, done, B, true));
        RNN_TRY(w->ops->loss(w->plan, w->yhat, w->y, B, rnn_reduction_blocks(B, n), NULL, w->losses, w->tally, slot++));
        if (each)
            RNN_TRY(each(context, done, B));
        records += B;
        if (slot == w->slots) {
            RNN_TRY(rnn_workspace_losses(w, slot, records, sums));
            slot = records = 0;
        }
    }
    if (slot)
        status = rnn_workspace_losses(w, slot, records, sums);
fail:
    return status;
}

rnn_status rnn_workspace_minibatch(rnn_workspace *w, const rnn_buffer *list, size_t first, size_t B, size_t slot,
                                   const rnn_settings *settings, rnn_minibatch *out)
{
    *out = (rnn_minibatch){w->series, list,  w->params, first,    B,         rnn_workspace_blocks(w, settings, B),
                           slot,      w->x,  w->y,      w->h,     w->yhat,   w->d_y,
                           w->d_h,    w->dz, w->losses, w->tally, w->partial};
    w->plan->steps = w->plan->network.loss_steps;
    if (!w->carries)
        return set_start(w, B);
    w->zeroed = 0;
    return w->ops->carry(w->plan, B, w->h);
}

/* P 2^32 and 1 / (1 - P), the one rounded down, the other to nearest: both exact arithmetic. */
rnn_mask rnn_workspace_mask(const rnn_workspace *w, const rnn_settings *settings, size_t step)
{
    if (settings->dropout == 0)
        return (rnn_mask){0};
    return (rnn_mask){w->seed, step, (uint32_t)(settings->dropout * 0x1p32), 1 / (1 - settings->dropout)};
}

rnn_update rnn_workspace_rule(const rnn_settings *settings)
{
    return (rnn_update){.optimizer = settings->optimizer,
                        .momentum = settings->momentum,
                        .rho = settings->rho,
                        .beta1 = settings->beta1,
                        .beta2 = settings->beta2,
                        .epsilon = settings->epsilon,
                        .correction1 = 1 - settings->beta1,
                        .correction2 = sqrt(1 - settings->beta2),
                        .weight_decay = settings->weight_decay};
}

rnn_status rnn_workspace_step(rnn_workspace *w, const rnn_buffer *list, size_t first, size_t B, size_t slot,
                              const rnn_settings *settings, const rnn_update *rule)
{
    const rnn_backend_ops *ops = w->ops;
    rnn_plan *plan = w->plan;
    rnn_minibatch minibatch;
    rnn_status status;
    RNN_TRY(rnn_workspace_minibatch(w, list, first, B, slot, settings, &minibatch));
    plan->mask = rnn_workspace_mask(w, settings, rule->step);
    RNN_TRY(ops->minibatch_grad(plan, &minibatch));
    RNN_TRY(ops->reduce(plan, w->partial, minibatch.P, w->losses, slot, w->gradient, w->health));
    RNN_TRY(ops->clip(plan, settings->clip_value, settings->clip_norm, w->gradient));
    RNN_TRY(ops->update(plan, rule, w->gradient, w->health, w->params, w->moments));
    RNN_TRY(ops->pack(plan, w->params));
fail:
    plan->mask = (rnn_mask){0}; /* who looks or predicts sees all units */
    return status;
}

rnn_status rnn_workspace_health(rnn_workspace *w, size_t *slot, rnn_ill_cause *cause)
{
    uint32_t health = 0;
    const rnn_status status = w->ops->read(w->backend, w->health, 0, sizeof health, &health);
    *slot = health ? RNN_LOSS_SLOTS - health / 2 : SIZE_MAX;
    *cause = health % 2 ? RNN_ILL_LOSS : RNN_ILL_GRADIENT;
    return status;
}

rnn_status rnn_workspace_heal(rnn_workspace *w)
{
    const uint32_t health = 0;
    return w->ops->write(w->backend, w->health, 0, sizeof health, &health);
}

/* Rows of `width` reals of a buffer, added to sums (width), ascending. */
static rnn_status add_rows(rnn_workspace *w, const rnn_buffer *buffer, size_t rows, size_t width, double *sums)
{
    const size_t real = rnn_real_size(w->backend);
    rnn_status status;
    void *raw = NULL;
    if (!(raw = rnn_calloc(rows * width, real, "losses")))
        return RNN_NO_MEMORY;
    RNN_TRY(w->ops->read(w->backend, buffer, 0, rows * width * real, raw));
    for (size_t i = 0; i < rows * width; i++)
        sums[i % width] += real == sizeof(double) ? ((double *)raw)[i] : (double)((float *)raw)[i];
fail:
    free(raw);
    return status;
}

rnn_status rnn_workspace_losses(rnn_workspace *w, size_t count, size_t values, rnn_sums *sums)
{
    const rnn_status status = add_rows(w, w->losses, count, sums->O, sums->terms);
    if (status || w->tally) /* squares and counts lie behind each other, here as there */
        return status ? status : add_rows(w, w->tally, count, 2 * sums->O, sums->squares);
    for (size_t o = 0; o < sums->O; o++) {
        sums->squares[o] = sums->terms[o];
        sums->counts[o] += (double)values;
    }
    return RNN_OK;
}
