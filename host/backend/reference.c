/* SPDX-License-Identifier: MIT
 * reference.c - every op of backend.h as the loops of its equation, in the order the contract states
 *
 * Built as float, as double, and as the double oracle (see reference_real.h). It shares the contract's layout constants with
 * the other backends and none of their arithmetic.
 */
#include "backend/reference.h"
#include "backend/reference_layer.h"
#include "backend/reference_real.h"
#include "base/memory.h"

#include <stdlib.h>

/* ---- Buffers ------------------------------------------------------------------------------------------------------- */

static void reference_release(rnn_backend *self, rnn_buffer *buffer)
{
    (void)self;
    if (!buffer)
        return;
    free(buffer->data);
    free(buffer->label);
    free(buffer);
}

static rnn_status reference_alloc(rnn_backend *self, size_t bytes, const char *label, rnn_buffer **out)
{
    rnn_status status;
    rnn_buffer *buffer = NULL;
    *out = NULL;
    RNN_TRY(rnn_memory_note(self, label, bytes));
    if (self->sizing)
        return RNN_OK;
    RNN_TRY(RNN_NEW(buffer, 1));
    RNN_TRY(RNN_COPY_TEXT(buffer->label, label));
    if (!(buffer->data = rnn_calloc(bytes, 1, label))) {
        status = RNN_NO_MEMORY;
        goto fail;
    }
    buffer->bytes = bytes;
    *out = buffer;
    return RNN_OK;
fail:
    reference_release(self, buffer);
    return status;
}

static rnn_status check_range(const rnn_buffer *buffer, size_t offset, size_t bytes, const char *what)
{
    if (offset > buffer->bytes || bytes > buffer->bytes - offset)
        return rnn_fail(RNN_INTERNAL, "reference: %s of %zu bytes at %zu, buffer '%s' has %zu", what, bytes, offset,
                        buffer->label, buffer->bytes);
    return RNN_OK;
}

static rnn_status reference_write(rnn_backend *self, rnn_buffer *buffer, size_t offset, size_t bytes, const void *from)
{
    (void)self;
    const rnn_status status = check_range(buffer, offset, bytes, "write");
    if (status == RNN_OK)
        memcpy((char *)buffer->data + offset, from, bytes);
    return status;
}

static rnn_status reference_read(rnn_backend *self, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to)
{
    (void)self;
    const rnn_status status = check_range(buffer, offset, bytes, "read");
    if (status == RNN_OK)
        memcpy(to, (const char *)buffer->data + offset, bytes);
    return status;
}

static rnn_status reference_copy(rnn_backend *self, const rnn_buffer *from, rnn_buffer *to, size_t bytes)
{
    const rnn_status status = check_range(from, 0, bytes, "copy");
    return status ? status : reference_write(self, to, 0, bytes, from->data);
}

static rnn_status reference_sync(rnn_backend *self)
{
    (void)self;
    return RNN_OK;
}

static rnn_status reference_measure_roof(rnn_backend *self, rnn_roof *out)
{
    (void)self;
    *out = (rnn_roof){0, 0, 0};
    return rnn_fail(RNN_CONFIG,
                    "the reference is plain C, written to be read and not to be fast; bench measures OpenCL "
                    "devices: try --device auto");
}

/* ---- Plan ---------------------------------------------------------------------------------------------------------- */

static void reference_release_plan(rnn_plan *head)
{
    reference_plan *plan = (reference_plan *)head;
    if (!plan)
        return;
    reference_release(head->backend, plan->norm_sums);
    reference_release(head->backend, plan->state_gradient);
    reference_release(head->backend, plan->mask);
    reference_release(head->backend, plan->article);
    free(plan);
}

static rnn_status reference_plan_new(rnn_backend *self, const rnn_network *network, size_t batch, rnn_plan **out)
{
    rnn_status status;
    reference_plan *plan = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(plan, 1));
    plan->head = (rnn_plan){.backend = self,
                            .network = *network,
                            .block = network->parameters,
                            .apart = network->H,
                            .c = LSTM_C * network->H,
                            .steps = 1};
    plan->head.row = network->H * (rnn_unit_values(network) + (network->L > 1));
    RNN_TRY(reference_alloc(self, rnn_norm_blocks(network->parameters) * sizeof(real), "sums of squares",
                            &plan->norm_sums));
    RNN_TRY(reference_alloc(self, network->H * sizeof(real), "gradient at a state", &plan->state_gradient));
    if (network->L > 1)
        RNN_TRY(reference_alloc(self, batch * network->H * sizeof(real), "mask of a step", &plan->mask));
    RNN_TRY(reference_alloc(self, (5 + network->T + 1) * network->H * sizeof(real), "the article's running sums",
                            &plan->article));
    *out = &plan->head;
    return RNN_OK;
fail:
    reference_release_plan(plan ? &plan->head : NULL);
    return status;
}

static rnn_status reference_pack(rnn_plan *head, const rnn_buffer *params)
{
    ((reference_plan *)head)->params = data(params);
    return RNN_OK;
}

/* ---- Forward ------------------------------------------------------------------------------------------------------- */

/* Where input i of a step lies, counted from the row that the step shows. */
static size_t place_of_input(const rnn_network *net, size_t i)
{
    return net->known && i >= net->columns ? net->horizon * net->columns + i - net->known : i;
}

static rnn_status reference_gather(rnn_plan *plan, const rnn_buffer *series, const rnn_buffer *list, size_t first,
                                   size_t B, rnn_buffer *x, rnn_buffer *y)
{
    const rnn_network *net = &plan->network;
    const uint64_t *starts = list ? (const uint64_t *)list->data + first : NULL;
    const size_t step = net->input_mode == RNN_MODE_WINDOW ? 0 : 1;
    for (size_t t = 0; t < net->T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; i < net->D; i++) {
                const size_t row = (starts ? starts[b] : first + b) + t * step;
                const real value = data(series)[row * net->columns + place_of_input(net, i)];
                data(x)[(t * B + b) * net->D + i] = isnan(value) ? 0 : value;
            }
    for (size_t e = 0; y && e < plan->steps; e++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; i < net->asked; i++) {
                const size_t behind = net->T - plan->steps + e + 1; /* the row after the step's */
                const size_t row = (starts ? starts[b] : first + b) + behind + i / net->targets;
                data(y)[(e * B + b) * net->asked + i] = data(series)[row * net->columns + i % net->targets];
            }
    return RNN_OK;
}

static rnn_status reference_start(rnn_plan *plan, const rnn_buffer *params, size_t B, rnn_buffer *h)
{
    const rnn_network *net = &plan->network;
    const size_t step = B * plan->row;
    for (size_t layer = 0; layer < net->L; layer++) {
        const rnn_tensor *h0 = rnn_start_tensor(net, layer, false), *c0 = rnn_start_tensor(net, layer, true);
        real *start = data(h) + layer * (net->T + 1) * step;
        memset(start, 0, step * sizeof(real));
        for (size_t b = 0; b < B; b++) {
            memcpy(start + b * plan->row, data(params) + h0->offset, h0->count * sizeof(real));
            memcpy(start + b * plan->row + plan->c, data(params) + c0->offset, c0->count * sizeof(real));
        }
    }
    return RNN_OK;
}

static rnn_status reference_carry(rnn_plan *plan, size_t B, rnn_buffer *h)
{
    const size_t T = plan->network.T, step = B * plan->row;
    for (size_t layer = 0; layer < plan->network.L; layer++) {
        real *start = data(h) + layer * (T + 1) * step;
        memcpy(start, start + T * step, step * sizeof(real));
    }
    return RNN_OK;
}

static rnn_status reference_forward(rnn_plan *plan, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    for (size_t layer = 0; layer < plan->network.L; layer++)
        forward_layer(plan, layer, data(x), B, data(h) + layer * (plan->network.T + 1) * B * plan->row);
    return RNN_OK;
}

/* h of the last layer after the first step that is asked for outputs. */
static const real *reached_state(const rnn_plan *plan, size_t B, const rnn_buffer *h)
{
    const rnn_network *net = &plan->network;
    return data(h) + ((net->L - 1) * (net->T + 1) + net->T - plan->steps + 1) * B * plan->row;
}

/* count: records of all steps, one step's behind the other's. */
RNN_HOT static void output(const rnn_network *net, const real *params, const real *reached, size_t row, size_t count,
                           real *yhat)
{
    const real *V = const_tensor(net, RNN_V, params), *c = const_tensor(net, RNN_C, params);
    for (size_t b = 0; b < count; b++)
        for (size_t o = 0; o < net->O; o++)
            yhat[b * net->O + o] = chain(c ? c[o] : 0, V + o * net->H, reached + b * row, net->H);
}

static rnn_status reference_project(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *h, size_t B,
                                    rnn_buffer *yhat)
{
    output(&plan->network, data(params), reached_state(plan, B, h), plan->row, plan->steps * B, data(yhat));
    return RNN_OK;
}

/* ---- Sums ---------------------------------------------------------------------------------------------------------- */

/* The balanced binary tree over P = 2^k values `stride` apart, written as its definition. */
static real tree(const real *values, size_t stride, size_t P)
{
    if (P == 1)
        return *values;
    return tree(values, stride, P / 2) + tree(values + P / 2 * stride, stride, P / 2);
}

/* What an error adds to the loss, as factors, and the slope there. */
typedef struct loss_term {
    real u, v, slope;
} loss_term;

static loss_term term_of(const rnn_loss_rule *rule, size_t o, real e)
{
    const real a = (real)rule->pair[o % rule->Q][0], b = (real)rule->pair[o % rule->Q][1], size = real_abs(e);
    switch (rule->kind) {
    case RNN_MAE:
        return (loss_term){1, size, e > 0 ? 1 : e < 0 ? -1 : e};
    case RNN_HUBER:
        if (size > a)
            return (loss_term){a, size - b, e > 0 ? a : -a};
        return (loss_term){e / 2, e, e};
    case RNN_QUANTILE:
        return (loss_term){e < 0 ? a : b, size, e > 0 ? b : e < 0 ? -a : e};
    case RNN_MSE:
        break;
    }
    return (loss_term){e, e, e};
}

/* The terms of output o at one step over records [first, last), added to sums (3) of the loss, the squared errors and the targets
 * there are. whole: values that the loss is the mean of. */
static void add_terms(const rnn_network *net, size_t o, const real *yhat, const real *y, size_t first, size_t last,
                      size_t whole, real *d_y, real sums[3])
{
    const size_t O = net->O;
    for (size_t b = first; b < last; b++) {
        const real target = y[b * net->asked + o / net->loss.Q], e = yhat[b * O + o] - target;
        const loss_term term = term_of(&net->loss, o, e);
        if (d_y)
            d_y[b * O + o] = isnan(target) ? 0 : term.slope / (real)whole;
        if (isnan(target))
            continue;
        sums[0] = real_fma(term.u, term.v, sums[0]);
        sums[1] = real_fma(e, e, sums[1]);
        sums[2] += 1;
    }
}

static rnn_status reference_loss(rnn_plan *plan, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P,
                                 rnn_buffer *d_y, rnn_buffer *losses, rnn_buffer *tally, size_t slot)
{
    const size_t O = plan->network.O, E = plan->steps;
    for (size_t o = 0; o < O; o++) {
        real sums[RNN_MAX_BLOCKS][3] = {{0}};
        for (size_t p = 0; p < P; p++)
            for (size_t e = 0; e < E; e++)
                add_terms(&plan->network, o, data(yhat) + e * B * O, data(y) + e * B * plan->network.asked,
                          rnn_block_start(B, P, p), rnn_block_start(B, P, p + 1), E * B * O,
                          d_y ? data(d_y) + e * B * O : NULL, sums[p]);
        data(losses)[slot * O + o] = tree(&sums[0][0], 3, P);
        for (size_t i = 0; tally && i < 2; i++)
            data(tally)[(2 * slot + i) * O + o] = tree(&sums[0][1 + i], 3, P);
    }
    return RNN_OK;
}

static void note_health(const real *values, size_t count, uint32_t ill, rnn_buffer *health)
{
    uint32_t *const worst = health->data;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i]) && ill > *worst)
            *worst = ill;
}

static rnn_status reference_reduce(rnn_plan *plan, const rnn_buffer *partial, size_t P, const rnn_buffer *losses,
                                   size_t slot, rnn_buffer *gradient, rnn_buffer *health)
{
    const size_t n = plan->network.parameters, O = plan->network.O;
    for (size_t i = 0; i < n; i++)
        data(gradient)[i] = tree(data(partial) + i, n, P);
    note_health(data(gradient), n, rnn_ill(slot, RNN_ILL_GRADIENT), health);
    note_health(data(losses) + slot * O, O, rnn_ill(slot, RNN_ILL_LOSS), health);
    return RNN_OK;
}

/* ---- Backward ------------------------------------------------------------------------------------------------------ */

static rnn_status reference_project_grad(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                                         rnn_buffer *d_h)
{
    const rnn_network *net = &plan->network;
    const real *V = const_tensor(net, RNN_V, data(params));
    for (size_t b = 0; b < plan->steps * B; b++)
        for (size_t k = 0; k < net->H; k++) {
            real sum = 0;
            for (size_t o = 0; o < net->O; o++)
                sum = real_fma(data(d_y)[b * net->O + o], V[o * net->H + k], sum);
            data(d_h)[b * plan->row + k] = sum;
        }
    return RNN_OK;
}

static rnn_status reference_backward(rnn_plan *plan, const rnn_buffer *h, const rnn_buffer *d_h, size_t B,
                                     rnn_buffer *dz)
{
    const size_t T = plan->network.T, step = B * plan->row;
    for (size_t layer = plan->network.L; layer-- > 0;)
        backward_layer(plan, layer, data(h) + layer * (T + 1) * step, data(d_h), B, gradient_of(plan, layer, B, dz));
    return RNN_OK;
}

static rnn_status reference_weight_grad(rnn_plan *plan, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                                        const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial)
{
    const rnn_network *net = &plan->network;
    const size_t T = net->T, n = net->parameters, step = B * plan->row;
    memset(partial->data, 0, P * n * sizeof(real));
    for (size_t p = 0; p < P; p++) {
        real *block = data(partial) + p * n, *dc = tensor(net, RNN_C, block);
        const size_t first = rnn_block_start(B, P, p), last = rnn_block_start(B, P, p + 1);
        for (size_t layer = 0; layer < net->L; layer++)
            for (size_t t = T - net->truncate; t < T; t++)
                add_step(plan, layer, t, data(x), data(h) + layer * (T + 1) * step, gradient_of(plan, layer, B, dz), B,
                         first, last, block);
        for (size_t layer = 0; rnn_gradient_steps(net) > T && net->truncate == T && layer < net->L; layer++)
            add_starts(plan, layer, gradient_of(plan, layer, B, dz), B, first, last, block);
        for (size_t e = 0; e < plan->steps; e++) {
            const records error = {data(d_y) + e * B * net->O, net->O, net->O};
            const records reached = {reached_state(plan, B, h) + e * step, net->H, plan->row};
            add_outer(tensor(net, RNN_V, block), net->H, error, reached, first, last);
            if (dc)
                add_outer(dc, 1, error, ones, first, last);
        }
    }
    return RNN_OK;
}

/* ---- Step ---------------------------------------------------------------------------------------------------------- */

static rnn_status reference_clip(rnn_plan *head, double value, double norm, rnn_buffer *gradient)
{
    const size_t n = head->network.parameters, blocks = rnn_norm_blocks(n);
    real *g = data(gradient), *sums = data(((reference_plan *)head)->norm_sums);
    const real bound = (real)value, limit = (real)norm;
    for (size_t i = 0; value > 0 && i < n; i++)
        g[i] = g[i] < -bound ? -bound : g[i] > bound ? bound : g[i];
    if (norm <= 0)
        return RNN_OK;
    for (size_t p = 0; p < blocks; p++) {
        sums[p] = 0;
        for (size_t i = p * RNN_NORM_BLOCK; i < n && i < (p + 1) * RNN_NORM_BLOCK; i++)
            sums[p] = real_fma(g[i], g[i], sums[p]);
    }
    const real length = real_sqrt(tree(sums, 1, blocks));
    const real scale = limit / length;
    for (size_t i = 0; length > limit && i < n; i++)
        g[i] *= scale;
    return RNN_OK;
}

static rnn_status reference_update(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient,
                                   const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    const size_t n = plan->network.parameters;
    const real *gradients = data(gradient);
    real *p = data(params), *m = data(moments), *v = m + n;
    const real rate = (real)rule->learning_rate, momentum = (real)rule->momentum;
    const real rho = (real)rule->rho, rest = (real)(1 - rule->rho);
    const real beta1 = (real)rule->beta1, rest1 = (real)(1 - rule->beta1);
    const real beta2 = (real)rule->beta2, rest2 = (real)(1 - rule->beta2);
    const real step = (real)(rule->learning_rate / rule->correction1);
    const real correction2 = (real)rule->correction2, epsilon = (real)rule->epsilon;
    const real shrink = (real)(rule->learning_rate * rule->weight_decay), decay = (real)rule->weight_decay;
    if (*(const uint32_t *)health->data)
        return RNN_OK;
    for (size_t i = 0; i < n; i++) {
        const bool decays = decay != 0 && rule->optimizer != RNN_ADAMW;
        const real g = decays ? real_fma(decay, p[i], gradients[i]) : gradients[i];
        switch (rule->optimizer) {
        case RNN_SGD:
            p[i] = real_fma(-rate, g, p[i]);
            break;
        case RNN_MOMENTUM:
            m[i] = real_fma(momentum, m[i], g);
            p[i] = real_fma(-rate, m[i], p[i]);
            break;
        case RNN_NESTEROV:
            m[i] = real_fma(momentum, m[i], g);
            p[i] = real_fma(-rate, real_fma(momentum, m[i], g), p[i]);
            break;
        case RNN_RMSPROP:
            v[i] = real_fma(rho, v[i], rest * g * g);
            p[i] = real_fma(-rate, g / (real_sqrt(v[i]) + epsilon), p[i]);
            break;
        case RNN_ADAMW:
            if (shrink != 0)
                p[i] = real_fma(-shrink, p[i], p[i]);
            /* fall through */
        case RNN_ADAM:
            m[i] = real_fma(beta1, m[i], rest1 * g);
            v[i] = real_fma(beta2, v[i], rest2 * g * g);
            p[i] = real_fma(-step, m[i] / (real_sqrt(v[i]) / correction2 + epsilon), p[i]);
            break;
        }
    }
    return RNN_OK;
}

/* ---- The article's rule -------------------------------------------------------------------------------------------- */

static inline real clamp(real x, real bound)
{
    return x < -bound ? -bound : x > bound ? bound : x;
}

typedef struct article_sums {
    real *sw, *su, *dw, *du, *dv; /* (H) each: running sums of W and U, and the three clamped totals */
    real *h;                      /* (T+1,H) */
} article_sums;

RNN_HOT static void article_record(const rnn_network *net, const rnn_article_rule *rule, const article_sums *s,
                                   const real *x, real y, real *params)
{
    const size_t T = net->T, H = net->H;
    const real rate = (real)rule->learning_rate, bound = (real)rule->clip;
    real *U = tensor(net, RNN_U, params), *W = tensor(net, RNN_W, params), *V = tensor(net, RNN_V, params);
    for (size_t t = 0; t < T; t++) {
        const real weight = (real)(t < rule->truncate ? t : rule->truncate);
        for (size_t j = 0; j < H; j++) {
            const real a = chain(0, W + j * H, s->h + t * H, H);
            const real u = U[j * T + t] * x[t];
            s->h[(t + 1) * H + j] = activate(net->activation, a + u);
            s->sw[j] = real_fma(weight, a, s->sw[j]);
            s->su[j] = real_fma(weight, u, s->su[j]);
            s->dw[j] = clamp(s->dw[j] + s->sw[j], bound);
            s->du[j] = clamp(s->du[j] + s->su[j], bound);
        }
    }
    const real e = chain(0, V, s->h + T * H, H) - y;
    for (size_t t = 0; t < T; t++)
        for (size_t k = 0; k < H; k++)
            s->dv[k] = clamp(real_fma(e, s->h[(t + 1) * H + k], s->dv[k]), bound);
    for (size_t j = 0; j < H; j++) {
        for (size_t k = 0; k < H; k++)
            W[j * H + k] = real_fma(-rate, s->dw[j], W[j * H + k]);
        for (size_t t = 0; t < T; t++)
            U[j * T + t] = real_fma(-rate, s->du[j], U[j * T + t]);
        V[j] = real_fma(-rate, s->dv[j], V[j]);
    }
}

static rnn_status reference_article_epoch(rnn_plan *head, const rnn_article_rule *rule, const rnn_buffer *series,
                                          size_t count, rnn_buffer *params)
{
    const rnn_network *net = &head->network;
    const size_t H = net->H;
    real *scratch = data(((reference_plan *)head)->article);
    const article_sums sums = {scratch,         scratch + H,     scratch + 2 * H,
                               scratch + 3 * H, scratch + 4 * H, scratch + 5 * H};
    for (size_t i = 0; i < count; i++) {
        memset(scratch, 0, 6 * H * sizeof(real)); /* the five sums and h(0) */
        article_record(net, rule, &sums, data(series) + i, data(series)[i + net->T], data(params));
    }
    return RNN_OK;
}

/* ---- Opening ------------------------------------------------------------------------------------------------------- */

static void reference_close(rnn_backend *self)
{
    free(self);
}

static const rnn_backend_ops reference_ops = {
    .close = reference_close,
    .alloc = reference_alloc,
    .release = reference_release,
    .write = reference_write,
    .read = reference_read,
    .copy = reference_copy,
    .sync = reference_sync,
    .measure_roof = reference_measure_roof,
    .plan = reference_plan_new,
    .release_plan = reference_release_plan,
    .pack = reference_pack,
    .gather = reference_gather,
    .start = reference_start,
    .carry = reference_carry,
    .forward = reference_forward,
    .project = reference_project,
    .loss = reference_loss,
    .project_grad = reference_project_grad,
    .backward = reference_backward,
    .weight_grad = reference_weight_grad,
    .minibatch_grad = rnn_minibatch_by_operations,
    .reduce = reference_reduce,
    .clip = reference_clip,
    .update = reference_update,
    .article_epoch = reference_article_epoch,
};

rnn_status VARIANT(rnn_reference_open)(rnn_backend **out)
{
    rnn_backend *self = NULL;
    *out = NULL;
    if (RNN_NEW(self, 1) != RNN_OK)
        return RNN_NO_MEMORY;
    *self = (rnn_backend){.ops = &reference_ops,
                          .precision = RNN_REFERENCE_BITS == 64 ? RNN_DOUBLE : RNN_FLOAT,
                          .info = rnn_reference_info()};
    *out = self;
    return RNN_OK;
}
