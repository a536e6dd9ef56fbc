/* SPDX-License-Identifier: MIT */
#include "train/verify.h"

#include "backend/reference.h"
#include "base/memory.h"
#include "data/series.h"
#include "train/bench.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_HORIZON 2
#define SHORT_STEPS   3     /* of the windows that are held against the reference */
#define ARTICLE_STEPS 8     /* more than its inner loop's five */
#define MOST_RECORDS  65    /* several tiles, and a share of whole blocks for each of two processors */
#define LEAST_RECORDS 13    /* a tile of the largest shape, and one more */
#define FLOP_BUDGET   1e8   /* of the reference: some 0.1 s */
#define TIGHT         0.001 /* a clip at this leaves no gradient as it is */
#define BOUND         64    /* see verify.h */

/* ---- One tensor ---------------------------------------------------------------------------------------------------- */

/* `rows` rows of `width` reals from element `first` on, a stride apart: as (rows / B, B, width) where B is not 0. */
typedef struct tensor {
    const char *name, *kernels; /* that write it */
    const rnn_buffer *device, *reference;
    size_t device_first, reference_first, rows, width, device_stride, reference_stride, B, terms;
} tensor;

/* Element i of rows without padding, as double. */
static double value_at(const unsigned char *reals, size_t real, size_t i)
{
    float narrow;
    double wide;
    if (real == sizeof narrow) {
        memcpy(&narrow, reals + i * real, real);
        return narrow;
    }
    memcpy(&wide, reals + i * real, real);
    return wide;
}

/* Both rows by rows, without what lies between them. */
static rnn_status fetch(rnn_backend *backend, const rnn_buffer *buffer, size_t first, const tensor *t, size_t stride,
                        unsigned char **out)
{
    const size_t real = rnn_real_size(backend), all = t->rows * stride - (stride - t->width);
    rnn_status status;
    unsigned char *raw = NULL;
    RNN_TRY(RNN_NEW(raw, all * real));
    RNN_TRY(backend->ops->read(backend, buffer, first * real, all * real, raw));
    for (size_t r = 1; r < t->rows; r++)
        memmove(raw + r * t->width * real, raw + r * stride * real, t->width * real);
    *out = raw;
    return RNN_OK;
fail:
    free(raw);
    return status;
}

static rnn_status fail_at(const rnn_backend *backend, const tensor *t, size_t i, double found, double expected,
                          const char *how)
{
    const size_t r = i / t->width, column = i % t->width;
    char place[96];
    if (t->B)
        snprintf(place, sizeof place, "%zu,%zu,%zu", r / t->B, r % t->B, column);
    else
        snprintf(place, sizeof place, "%zu,%zu", r, column);
    return rnn_fail(
        RNN_MISMATCH,
        "%s (driver %s) is not to be trusted: kernel %s computed %s(%s) = %.9g (%a), the reference has %.9g "
        "(%a)%s; use another device or driver, or --device reference, and please report it",
        backend->info.name, backend->info.driver, t->kernels, t->name, place, found, found, expected, expected, how);
}

static rnn_status compare(const rnn_backend *backend, const tensor *t, const unsigned char *found,
                          const unsigned char *expected, rnn_verified *verified)
{
    const size_t real = rnn_real_size(backend), count = t->rows * t->width;
    double largest = 0;
    verified->tensors++;
    if (memcmp(found, expected, count * real) == 0)
        return RNN_OK;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, fabs(value_at(expected, real, i)));
    const double epsilon = real == sizeof(float) ? FLT_EPSILON : DBL_EPSILON;
    const double bound = BOUND * log2(1 + (double)t->terms) * epsilon * largest;
    for (size_t i = 0; i < count; i++) {
        const double a = value_at(found, real, i), b = value_at(expected, real, i);
        if (memcmp(found + i * real, expected + i * real, real) == 0 || (isnan(a) && isnan(b)))
            continue;
        if (backend->info.bit_exact)
            return fail_at(backend, t, i, a, b, "");
        if (!(fabs(a - b) <= bound))
            return fail_at(backend, t, i, a, b, ", and the bound for this device is exceeded");
        verified->distance = fmax(verified->distance, fabs(a - b) / bound);
    }
    return RNN_OK;
}

static rnn_status check_tensor(rnn_backend *device, rnn_backend *reference, const tensor *t, rnn_verified *verified)
{
    rnn_status status;
    unsigned char *found = NULL, *expected = NULL;
    RNN_TRY(fetch(device, t->device, t->device_first, t, t->device_stride, &found));
    RNN_TRY(fetch(reference, t->reference, t->reference_first, t, t->reference_stride, &expected));
    status = compare(device, t, found, expected, verified);
fail:
    free(expected);
    free(found);
    return status;
}

/* ---- A step -------------------------------------------------------------------------------------------------------- */

/* A tensor that lies in both workspaces alike. */
#define SAME(field, what, by, count, columns, batch, length)                                                           \
    (tensor)                                                                                                           \
    {                                                                                                                  \
        .name = (what), .kernels = (by), .device = d->field, .reference = r->field, .rows = (count),                   \
        .width = (columns), .device_stride = (columns), .reference_stride = (columns), .B = (batch), .terms = (length) \
    }

/* Rows of hidden units, which each backend pads as it likes. */
#define STATE(field, what, by, begin, count, length)                                                                \
    (tensor)                                                                                                        \
    {                                                                                                               \
        .name = (what), .kernels = (by), .device = d->field, .reference = r->field,                                 \
        .device_first = (begin)*d->plan->row, .reference_first = (begin)*r->plan->row, .rows = (count),             \
        .width = net->H, .device_stride = d->plan->row, .reference_stride = r->plan->row, .B = B, .terms = (length) \
    }

static rnn_status check_tensors(const rnn_workspace *d, const rnn_workspace *r, const tensor *tensors, size_t count,
                                rnn_verified *verified)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < count; i++)
        status = check_tensor(d->backend, r->backend, &tensors[i], verified);
    return status;
}

/* The gradients at each of a unit's sums; terms: behind one of them. */
static rnn_status check_dz(const rnn_workspace *d, const rnn_workspace *r, size_t B, size_t terms,
                           rnn_verified *verified)
{
    static const char *const names[RNN_UNIT_SUMS] = {"dz", "dz of each unit's second sum",
                                                     "dz of each unit's third sum", "dz of each unit's fourth sum"};
    const rnn_network *net = &d->plan->network;
    const size_t steps = rnn_gradient_steps(net), before = (steps - net->truncate) * B;
    rnn_status status = RNN_OK;
    for (size_t layer = net->L; status == RNN_OK && layer-- > 0;) {
        tensor sums[RNN_UNIT_SUMS];
        for (size_t s = 0; s < rnn_shape_of(net->cell)->sums; s++) {
            sums[s] = STATE(dz, names[s], "hidden_state_grad, inputs_grad or minibatch_grad",
                            layer * steps * B + before, net->truncate * B, terms);
            sums[s].device_first += s * d->plan->apart;
            sums[s].reference_first += s * r->plan->apart;
        }
        status = check_tensors(d, r, sums, rnn_shape_of(net->cell)->sums, verified);
    }
    return status;
}

rnn_status rnn_compare_step(const rnn_workspace *d, size_t slot, const rnn_workspace *r, size_t reference_slot,
                            size_t B, bool updated, rnn_verified *verified)
{
    const rnn_network *net = &d->plan->network;
    const size_t T = net->T, O = net->O, n = net->parameters;
    const size_t inputs = net->L > 1 && net->H > net->D ? net->H : net->D; /* of a layer, at most */
    const size_t E = d->plan->steps, ahead = net->L * T * (net->H + inputs), back = ahead + net->L * T * net->H,
                 all = back + T * B;
    tensor losses = SAME(losses, "losses", "loss", 1, O, 0, ahead + E * B);
    losses.device_first = slot * O;
    losses.reference_first = reference_slot * O;
    tensor tally = SAME(tally, "tally", "loss", 2, O, 0, ahead + E * B);
    tally.device_first = slot * 2 * O;
    tally.reference_first = reference_slot * 2 * O;
    const tensor before[] = {
        SAME(x, "x", "gather or minibatch_grad", T * B, net->D, B, 1),
        SAME(y, "y", "gather or minibatch_grad", E * B, net->asked, 0, 1),
        STATE(h, "h", "hidden_state, climb or minibatch_grad", 0, net->L * (T + 1) * B, ahead),
        SAME(yhat, "yhat", "project or minibatch_grad", E * B, O, 0, ahead),
        losses,
        SAME(d_y, "d_y", "loss or minibatch_grad", E * B, O, 0, ahead),
        STATE(d_h, "d_h", "project_grad or minibatch_grad", 0, E * B, ahead + O),
    };
    const tensor after[] = {
        SAME(gradient, "gradient", "recurrent_grad, output_grad, minibatch_grad, join_blocks or a clip", 1, n, 0, all),
        SAME(params, "parameters", "of the optimizer", 1, n, 0, all),
        SAME(moments, "moments", "of the optimizer", 2, n, 0, all),
    };
    rnn_status status;
    verified->steps++;
    if (d->tally)
        RNN_TRY(check_tensor(d->backend, r->backend, &tally, verified));
    RNN_TRY(check_tensors(d, r, before, sizeof before / sizeof *before, verified));
    RNN_TRY(check_dz(d, r, B, back, verified));
    status = check_tensors(d, r, after, updated ? 3 : 1, verified);
fail:
    return status;
}

/* ---- The kernels of a run ------------------------------------------------------------------------------------------ */

/* Device and reference side by side on the same noise. */
typedef struct pair {
    rnn_backend *reference;
    rnn_bench_job device, witness;
} pair;

static void close_pair(pair *p)
{
    rnn_bench_close(&p->device);
    rnn_bench_close(&p->witness);
    rnn_backend_close(p->reference);
}

/* The device prepares itself for the whole batch, which decides its tiles; the reference for the records it has to follow. */
static rnn_status open_pair(const rnn_settings *settings, size_t D, size_t O, size_t records, rnn_backend *backend,
                            pair *out)
{
    rnn_settings few = *settings;
    rnn_status status;
    *out = (pair){NULL, {.B = 0}, {.B = 0}};
    few.batch = records;
    RNN_TRY(rnn_reference_open(backend->precision, &out->reference));
    RNN_TRY(rnn_bench_open(settings, D, O, backend, &out->device));
    status = rnn_bench_open(&few, D, O, out->reference, &out->witness);
fail:
    return status;
}

static rnn_status check_batch(pair *p, size_t B, rnn_verified *verified)
{
    const rnn_settings *s = &p->device.settings;
    rnn_update rule = p->device.rule;
    rnn_status status;
    rule.learning_rate = TIGHT; /* so that the parameters move */
    RNN_TRY(rnn_workspace_step(&p->witness.workspace, NULL, 0, B, 0, s, &rule));
    RNN_TRY(rnn_bench_run_by_operations(&p->device, B));
    RNN_TRY(rnn_compare_step(&p->device.workspace, 0, &p->witness.workspace, 0, B, false, verified));
    RNN_TRY(rnn_workspace_step(&p->device.workspace, NULL, 0, B, 0, s, &rule));
    status = rnn_compare_step(&p->device.workspace, 0, &p->witness.workspace, 0, B, true, verified);
fail:
    return status;
}

/* A step more on both, from where the last one ended. */
static rnn_status check_carried(pair *p, size_t B, rnn_verified *verified)
{
    const rnn_settings *s = &p->device.settings;
    rnn_update rule = p->device.rule;
    rnn_status status;
    rule.learning_rate = TIGHT;
    p->device.workspace.carries = p->witness.workspace.carries = true;
    RNN_TRY(rnn_workspace_step(&p->witness.workspace, NULL, 0, B, 0, s, &rule));
    RNN_TRY(rnn_workspace_step(&p->device.workspace, NULL, 0, B, 0, s, &rule));
    status = rnn_compare_step(&p->device.workspace, 0, &p->witness.workspace, 0, B, true, verified);
fail:
    return status;
}

static rnn_status article_epoch(rnn_bench_job *job, size_t records)
{
    rnn_workspace *w = &job->workspace;
    const rnn_settings *s = &job->settings;
    const rnn_article_rule rule = {s->learning_rate, s->clip_value, w->plan->network.truncate};
    rnn_windows windows = {.count = 0};
    rnn_sums sums;
    rnn_status status;
    RNN_TRY(rnn_windows_add(&windows, 0, records));
    const rnn_span span = rnn_span_of(&windows, 0);
    RNN_TRY(rnn_sums_new(&w->plan->network, &sums));
    RNN_TRY(rnn_workspace_look(w, &span, &sums));
    RNN_TRY(w->ops->article_epoch(w->plan, &rule, w->series, records, w->params));
fail:
    rnn_windows_free(&windows);
    rnn_sums_free(&sums);
    return status;
}

static rnn_status check_article(pair *p, rnn_verified *verified)
{
    const rnn_workspace *d = &p->device.workspace, *r = &p->witness.workspace;
    const rnn_network *net = &d->plan->network;
    const size_t B = p->witness.B, T = net->T, ahead = T * (net->H + net->D), all = 2 * B * ahead;
    rnn_status status;
    RNN_TRY(article_epoch(&p->device, B));
    RNN_TRY(article_epoch(&p->witness, B));
    const tensor tensors[] = {
        STATE(h, "h", "hidden_state", 0, (T + 1) * B, ahead),
        SAME(yhat, "yhat", "project", B, 1, 0, ahead),
        SAME(losses, "losses", "loss", 1, 1, 0, ahead + B),
        SAME(params, "parameters", "article_epoch", 1, net->parameters, 0, all),
    };
    verified->steps++;
    for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
        RNN_TRY(check_tensor(d->backend, r->backend, &tensors[i], verified));
fail:
    return status;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As many records as the budget has room for. */
static size_t short_batch(const rnn_settings *s, size_t D)
{
    const double record = 6.0 * (double)s->seq_len * (double)s->hidden * (double)(s->hidden + D);
    const size_t fit = (size_t)fmin(FLOP_BUDGET / record, MOST_RECORDS);
    return smaller(s->batch, fit > LEAST_RECORDS ? fit : LEAST_RECORDS);
}

rnn_status rnn_verify_kernels(const rnn_settings *settings, size_t D, size_t targets, size_t rest, rnn_backend *backend,
                              rnn_verified *verified)
{
    const bool article = settings->recipe == RNN_RECIPE_ARTICLE;
    rnn_settings s = *settings;
    rnn_status status;
    pair p;
    s.seq_len = smaller(s.seq_len, article ? ARTICLE_STEPS : SHORT_STEPS);
    s.horizon = smaller(s.horizon, SHORT_HORIZON);
    s.init = RNN_INIT_XAVIER;                                           /* orthogonal weights take H^3 */
    s.clip_value = s.clip_value > 0 && !article ? TIGHT : s.clip_value; /* so that every clip has something to do */
    s.clip_norm = s.clip_norm > 0 ? TIGHT : 0;
    const size_t B = short_batch(&s, D);
    RNN_TRY(open_pair(&s, D, targets, B, backend, &p));
    if (article) {
        status = check_article(&p, verified);
        goto fail;
    }
    RNN_TRY(check_batch(&p, B, verified));
    if (s.stateful)
        RNN_TRY(check_carried(&p, B, verified));
    else if (rest)
        status = check_batch(&p, smaller(rest, B), verified); /* smaller than a tile, it has kernels of its own */
fail:
    close_pair(&p);
    return status;
}

/* ---- Single updates of a run --------------------------------------------------------------------------------------- */

/* The rows that `count` windows from these rows need, one window's behind the other's, already scaled. */
static rnn_status cut_out(const rnn_witness *witness, const rnn_network *net, const uint64_t *windows, size_t count,
                          rnn_series **out)
{
    const rnn_series *series = witness->series;
    const size_t span = net->T + net->horizon, width = series->columns;
    rnn_status status;
    RNN_TRY(rnn_series_new(series->source, count * span, width, series->targets, out));
    for (size_t c = 0; c < width; c++)
        RNN_TRY(RNN_COPY_TEXT((*out)->names[c], series->names[c]));
    for (size_t b = 0; b < count; b++) {
        const size_t part = rnn_series_part(series, windows[b]);
        for (size_t i = 0; i < span * width; i++)
            (*out)->values[b * span * width + i] =
                rnn_scaler_scaled(witness->scaler, series, part, windows[b] + i / width, i % width);
    }
    return RNN_OK;
fail:
    rnn_series_free(*out);
    *out = NULL;
    return status;
}

rnn_status rnn_witness_open(const rnn_model *model, const rnn_scaler *scaler, const rnn_series *series,
                            const rnn_backend *backend, rnn_witness *out)
{
    const size_t bytes = rnn_model_bytes(model);
    const size_t B = model->settings.batch < series->N ? model->settings.batch : series->N;
    rnn_settings settings = model->settings;
    rnn_status status;
    rnn_series *first = NULL;
    uint64_t *windows = NULL;
    *out = (rnn_witness){.scaler = scaler, .series = series};
    settings.batch = B;
    RNN_TRY(RNN_NEW(windows, B)); /* B times window 0: the shape is what counts */
    RNN_TRY(rnn_scaler_init(&out->as_is, RNN_SCALE_NONE, series->columns));
    RNN_TRY(cut_out(out, &model->network, windows, B, &first));
    RNN_TRY(rnn_reference_open(backend->precision, &out->reference));
    RNN_TRY(rnn_workspace_open(&out->workspace, out->reference, &model->network, &out->as_is, first, B, &settings));
    RNN_TRY(RNN_NEW(out->parameters, bytes));
    status = RNN_NEW(out->moments, 2 * bytes);
fail:
    free(windows);
    rnn_series_free(first);
    if (status)
        rnn_witness_close(out);
    return status;
}

void rnn_witness_close(rnn_witness *w)
{
    free(w->moments);
    free(w->parameters);
    rnn_scaler_free(&w->as_is);
    rnn_workspace_close(&w->workspace);
    rnn_backend_close(w->reference);
    *w = (rnn_witness){.reference = NULL};
}

rnn_status rnn_witness_before(rnn_witness *witness, const rnn_workspace *device)
{
    const size_t bytes = device->plan->network.parameters * rnn_real_size(device->backend);
    rnn_status status;
    RNN_TRY(device->ops->read(device->backend, device->params, 0, bytes, witness->parameters));
    RNN_TRY(device->ops->read(device->backend, device->moments, 0, 2 * bytes, witness->moments));
fail:
    return status;
}

rnn_status rnn_witness_after(rnn_witness *witness, const rnn_workspace *device, const uint64_t *windows, size_t records,
                             size_t slot, const rnn_settings *settings, const rnn_update *rule)
{
    rnn_workspace *w = &witness->workspace;
    const rnn_network *net = &w->plan->network;
    const size_t bytes = net->parameters * rnn_real_size(w->backend);
    rnn_status status;
    rnn_series *rows = NULL;
    uint64_t *list = NULL;
    RNN_TRY(RNN_NEW(list, records));
    for (size_t b = 0; b < records; b++)
        list[b] = b * (net->T + net->horizon);
    RNN_TRY(cut_out(witness, net, windows, records, &rows));
    RNN_TRY(rnn_workspace_reload(w, &witness->as_is, rows));
    RNN_TRY(rnn_workspace_send(w, list, records));
    RNN_TRY(rnn_workspace_set(w, witness->parameters));
    RNN_TRY(w->ops->write(w->backend, w->moments, 0, 2 * bytes, witness->moments));
    RNN_TRY(rnn_workspace_heal(w));
    if (device->carries)
        RNN_TRY(rnn_workspace_take_state(w, device, records));
    w->carries = device->carries;
    RNN_TRY(rnn_workspace_step(w, w->list, 0, records, 0, settings, rule));
    status = rnn_compare_step(device, slot, w, 0, records, true, &witness->verified);
fail:
    free(list);
    rnn_series_free(rows);
    return status;
}
