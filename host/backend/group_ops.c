/* SPDX-License-Identifier: MIT
 * group_ops.c - each operation of a member as a request that can wait and be compared, and back
 */
#include "backend/group_parts.h"

/* ---- Asked --------------------------------------------------------------------------------------------------------- */

static rnn_status group_gather(rnn_plan *plan, const rnn_buffer *series, const rnn_buffer *list, size_t first, size_t B,
                               rnn_buffer *x, rnn_buffer *y)
{
    return rnn_group_ask(plan, (request){.operation = GATHER,
                                         .buffer = {shared(series), shared(list), shared(x), shared(y)},
                                         .size = {first, B}});
}

static rnn_status group_start(rnn_plan *plan, const rnn_buffer *params, size_t B, rnn_buffer *h)
{
    return rnn_group_ask(plan, (request){.operation = START, .buffer = {shared(params), shared(h)}, .size = {B}});
}

static rnn_status group_carry(rnn_plan *plan, size_t B, rnn_buffer *h)
{
    return rnn_group_ask(plan, (request){.operation = CARRY, .buffer = {shared(h)}, .size = {B}});
}

static rnn_status group_forward(rnn_plan *plan, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    return rnn_group_ask(plan, (request){.operation = FORWARD, .buffer = {shared(x), shared(h)}, .size = {B}});
}

static rnn_status group_project(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *h, size_t B,
                                rnn_buffer *yhat)
{
    return rnn_group_ask(
        plan, (request){.operation = PROJECT, .buffer = {shared(params), shared(h), shared(yhat)}, .size = {B}});
}

static rnn_status group_loss(rnn_plan *plan, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P,
                             rnn_buffer *d_y, rnn_buffer *losses, rnn_buffer *tally, size_t slot)
{
    return rnn_group_ask(plan,
                         (request){.operation = LOSS,
                                   .buffer = {shared(yhat), shared(y), shared(d_y), shared(losses), shared(tally)},
                                   .size = {B, P, slot}});
}

static rnn_status group_project_grad(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                                     rnn_buffer *d_h)
{
    return rnn_group_ask(
        plan, (request){.operation = PROJECT_GRAD, .buffer = {shared(params), shared(d_y), shared(d_h)}, .size = {B}});
}

static rnn_status group_backward(rnn_plan *plan, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz)
{
    return rnn_group_ask(plan,
                         (request){.operation = BACKWARD, .buffer = {shared(h), shared(d_h), shared(dz)}, .size = {B}});
}

static rnn_status group_weight_grad(rnn_plan *plan, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                                    const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial)
{
    return rnn_group_ask(plan, (request){.operation = WEIGHT_GRAD,
                                         .buffer = {shared(x), shared(h), shared(dz), shared(d_y), shared(partial)},
                                         .size = {B, P}});
}

static rnn_status group_minibatch_grad(rnn_plan *plan, const rnn_minibatch *m)
{
    return rnn_group_ask(
        plan, (request){.operation = MINIBATCH_GRAD,
                        .buffer = {shared(m->series), shared(m->list), shared(m->params), shared(m->x), shared(m->y),
                                   shared(m->h), shared(m->yhat), shared(m->d_y), shared(m->d_h), shared(m->dz),
                                   shared(m->losses), shared(m->tally), shared(m->partial)},
                        .size = {m->first, m->B, m->P, m->slot}});
}

static rnn_status group_reduce(rnn_plan *plan, const rnn_buffer *partial, size_t P, const rnn_buffer *losses,
                               size_t slot, rnn_buffer *gradient, rnn_buffer *health)
{
    return rnn_group_ask(plan, (request){.operation = REDUCE,
                                         .buffer = {shared(partial), shared(losses), shared(gradient), shared(health)},
                                         .size = {P, slot}});
}

static rnn_status group_clip(rnn_plan *plan, double value, double norm, rnn_buffer *gradient)
{
    return rnn_group_ask(plan, (request){.operation = CLIP, .buffer = {shared(gradient)}, .real = {value, norm}});
}

static rnn_status group_update(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient,
                               const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    return rnn_group_ask(plan,
                         (request){.operation = UPDATE,
                                   .buffer = {shared(gradient), shared(health), shared(params), shared(moments)},
                                   .size = {rule->optimizer},
                                   .real = {rule->learning_rate, rule->momentum, rule->rho, rule->beta1, rule->beta2,
                                            rule->epsilon, rule->correction1, rule->correction2, rule->weight_decay}});
}

static rnn_status group_article_epoch(rnn_plan *plan, const rnn_article_rule *rule, const rnn_buffer *series,
                                      size_t count, rnn_buffer *params)
{
    return rnn_group_ask(plan, (request){.operation = ARTICLE_EPOCH,
                                         .buffer = {shared(series), shared(params)},
                                         .size = {rule->truncate, count},
                                         .real = {rule->learning_rate, rule->clip}});
}

static rnn_status group_pack(rnn_plan *plan, const rnn_buffer *params)
{
    return rnn_group_ask(plan, (request){.operation = PACK, .buffer = {shared(params)}});
}

/* ---- Called -------------------------------------------------------------------------------------------------------- */

static rnn_status minibatch(rnn_plan *plan, rnn_buffer *const *b, const size_t *n)
{
    const rnn_minibatch m = {.series = b[0],
                             .list = b[1],
                             .params = b[2],
                             .first = n[0],
                             .B = n[1],
                             .P = n[2],
                             .slot = n[3],
                             .x = b[3],
                             .y = b[4],
                             .h = b[5],
                             .yhat = b[6],
                             .d_y = b[7],
                             .d_h = b[8],
                             .dz = b[9],
                             .losses = b[10],
                             .tally = b[11],
                             .partial = b[12]};
    return plan->backend->ops->minibatch_grad(plan, &m);
}

static rnn_status update(rnn_plan *plan, rnn_buffer *const *b, const size_t *n, const double *r)
{
    const rnn_update rule = {.optimizer = (rnn_optimizer)n[0],
                             .learning_rate = r[0],
                             .momentum = r[1],
                             .rho = r[2],
                             .beta1 = r[3],
                             .beta2 = r[4],
                             .epsilon = r[5],
                             .correction1 = r[6],
                             .correction2 = r[7],
                             .weight_decay = r[8]};
    return plan->backend->ops->update(plan, &rule, b[0], b[1], b[2], b[3]);
}

static rnn_status article_epoch(rnn_plan *plan, rnn_buffer *const *b, const size_t *n, const double *r)
{
    const rnn_article_rule rule = {r[0], r[1], n[0]};
    return plan->backend->ops->article_epoch(plan, &rule, b[0], n[1], b[1]);
}

/* b, n and r as the functions above have put them. */
rnn_status rnn_group_call(rnn_plan *plan, const request *q, rnn_buffer *const *b)
{
    const rnn_backend_ops *ops = plan->backend->ops;
    const size_t *n = q->size;
    const double *r = q->real;
    switch ((operation)q->operation) {
    case GATHER:
        return ops->gather(plan, b[0], b[1], n[0], n[1], b[2], b[3]);
    case START:
        return ops->start(plan, b[0], n[0], b[1]);
    case CARRY:
        return ops->carry(plan, n[0], b[0]);
    case FORWARD:
        return ops->forward(plan, b[0], n[0], b[1]);
    case PROJECT:
        return ops->project(plan, b[0], b[1], n[0], b[2]);
    case LOSS:
        return ops->loss(plan, b[0], b[1], n[0], n[1], b[2], b[3], b[4], n[2]);
    case MINIBATCH_GRAD:
        return minibatch(plan, b, n);
    case PROJECT_GRAD:
        return ops->project_grad(plan, b[0], b[1], n[0], b[2]);
    case BACKWARD:
        return ops->backward(plan, b[0], b[1], n[0], b[2]);
    case WEIGHT_GRAD:
        return ops->weight_grad(plan, b[0], b[1], b[2], b[3], n[0], n[1], b[4]);
    case REDUCE:
        return ops->reduce(plan, b[0], n[0], b[1], n[1], b[2], b[3]);
    case CLIP:
        return ops->clip(plan, r[0], r[1], b[0]);
    case ARTICLE_EPOCH:
        return article_epoch(plan, b, n, r);
    case UPDATE:
        return update(plan, b, n, r);
    case PACK:
        return ops->pack(plan, b[0]);
    }
    return rnn_fail(RNN_INTERNAL, "no operation %zu", q->operation);
}

void rnn_group_add_requests(rnn_backend_ops *ops)
{
    ops->pack = group_pack;
    ops->gather = group_gather;
    ops->start = group_start;
    ops->carry = group_carry;
    ops->forward = group_forward;
    ops->project = group_project;
    ops->loss = group_loss;
    ops->project_grad = group_project_grad;
    ops->backward = group_backward;
    ops->weight_grad = group_weight_grad;
    ops->minibatch_grad = group_minibatch_grad;
    ops->reduce = group_reduce;
    ops->clip = group_clip;
    ops->update = group_update;
    ops->article_epoch = group_article_epoch;
}
