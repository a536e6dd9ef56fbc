/* SPDX-License-Identifier: MIT
 * ops.c - the op table on OpenCL: which kernel, on which range, with which arguments
 *
 * A plan (plan.c) holds one network's kernels, tiles and the parameters in the kernels' own layout. What goes layer by layer
 * is in layers.c.
 */
#include "backend/opencl/plan.h"

/* ---- Forward ------------------------------------------------------------------------------------------------------- */

/* From an input's place in the row of its step to that of what is known `horizon` rows later. */
static size_t known_ahead(const rnn_network *net)
{
    return net->known ? net->horizon * net->columns - net->known : 0;
}

static rnn_status ocl_gather(rnn_plan *head, const rnn_buffer *series, const rnn_buffer *list, size_t first, size_t B,
                             rnn_buffer *x, rnn_buffer *y)
{
    ocl_plan *plan = ocl_plan_of(head);
    const rnn_network *net = &head->network;
    const size_t elements = net->T * B * net->D + (y ? head->steps * B * net->asked : 0);
    const rnn_buffer *targets = y ? y : x; /* not touched without y, but an argument must be a buffer */
    const rnn_buffer *starts = list ? list : series;
    LAUNCH(plan, OCL_K_GATHER, ocl_line(elements, LINE_GROUP), OCL_INT(net->T), OCL_INT(head->steps), OCL_INT(B),
           OCL_INT(net->D), OCL_INT(net->asked), OCL_INT(net->columns), OCL_INT(net->targets),
           OCL_ULONG(known_ahead(net)), OCL_INT(net->input_mode == RNN_MODE_WINDOW), OCL_ULONG(first),
           OCL_INT(list != NULL), OCL_INT(y != NULL), OCL_BUFFER(series), OCL_BUFFER(starts), OCL_BUFFER(x),
           OCL_BUFFER(targets));
}

static rnn_status ocl_project(rnn_plan *head, const rnn_buffer *params, const rnn_buffer *h, size_t B, rnn_buffer *yhat)
{
    const rnn_network *net = &head->network;
    const size_t records = head->steps * B;
    LAUNCH(ocl_plan_of(head), OCL_K_PROJECT, ocl_line(records * net->O, LINE_GROUP), OCL_INT(records), OCL_INT(net->H),
           OCL_INT(net->O), OCL_INT(head->row), OCL_ULONG(net->tensor[RNN_V].offset),
           OCL_ULONG(net->tensor[RNN_C].offset), OCL_INT(net->tensor[RNN_C].count > 0),
           OCL_ULONG(ocl_reached_start(ocl_plan_of(head), B)), OCL_BUFFER(params), OCL_BUFFER(h), OCL_BUFFER(yhat));
}

static rnn_status ocl_loss(rnn_plan *head, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P,
                           rnn_buffer *d_y, rnn_buffer *losses, rnn_buffer *tally, size_t slot)
{
    const ocl_range range = {{head->network.O * RNN_MAX_BLOCKS, 1, 1}, {RNN_MAX_BLOCKS, 1, 1}};
    const rnn_loss_rule *rule = &head->network.loss;
    const rnn_buffer *pairs =
        ocl_plan_of(head)->pairs ? ocl_plan_of(head)->pairs : y; /* not read by losses without pairs */
    const rnn_buffer *gradient = d_y ? d_y : losses;             /* not touched without d_y */
    const rnn_buffer *counted = tally ? tally : losses;          /* nor this without tally */
    LAUNCH(ocl_plan_of(head), OCL_K_LOSS, range, OCL_INT(head->steps), OCL_INT(B), OCL_INT(head->network.O), OCL_INT(P),
           OCL_INT(rule->kind), OCL_INT(rule->Q), OCL_INT(d_y != NULL), OCL_INT(tally != NULL), OCL_ULONG(slot),
           OCL_BUFFER(pairs), OCL_BUFFER(yhat), OCL_BUFFER(y), OCL_BUFFER(gradient), OCL_BUFFER(losses),
           OCL_BUFFER(counted), OCL_LOCAL(3 * RNN_MAX_BLOCKS * rnn_real_size(head->backend)));
}

/* ---- Backward ------------------------------------------------------------------------------------------------------ */

static rnn_status ocl_project_grad(rnn_plan *head, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                                   rnn_buffer *d_h)
{
    const ocl_range range = {{ocl_plan_of(head)->column_group, head->steps * B, 1},
                             {ocl_plan_of(head)->column_group, 1, 1}};
    LAUNCH(ocl_plan_of(head), OCL_K_PROJECT_GRAD, range, OCL_INT(head->network.H), OCL_INT(head->network.O),
           OCL_INT(head->row), OCL_ULONG(head->network.tensor[RNN_V].offset), OCL_BUFFER(params), OCL_BUFFER(d_y),
           OCL_BUFFER(d_h));
}

/* ---- A minibatch at once ------------------------------------------------------------------------------------------- */

static rnn_status minibatch_grad(ocl_plan *plan, const rnn_minibatch *m, size_t groups)
{
    const rnn_network *net = &plan->head.network;
    const ocl_tile *state = &plan->state, *grad = &plan->grad;
    const rnn_buffer *list =
        m->list ? m->list : m->series; /* not read without a list, but an argument must be a buffer */
    const rnn_buffer *pairs = plan->pairs ? plan->pairs : m->series;
    LAUNCH(plan, OCL_K_MINIBATCH_GRAD, ocl_line(groups, 1), OCL_INT(m->B), OCL_INT(m->P), OCL_INT(net->T),
           OCL_INT(net->T - net->truncate), OCL_INT(net->D), OCL_INT(net->H), OCL_INT(net->O), OCL_INT(net->loss.kind),
           OCL_INT(net->loss.Q), OCL_INT(net->columns), OCL_INT(net->targets), OCL_ULONG(known_ahead(net)),
           OCL_ULONG(m->first), OCL_INT(m->list != NULL), OCL_INT(state->blocks), OCL_INT(state->wide),
           OCL_ULONG(net->tensor[RNN_V].offset), OCL_ULONG(net->tensor[RNN_C].offset),
           OCL_INT(net->tensor[RNN_C].count > 0), OCL_INT(ocl_chunk_terms(plan, grad, m->B, m->P)),
           OCL_INT(grad->blocks), OCL_INT(grad->wide), OCL_INT(grad->padded),
           OCL_INT(ocl_sum_rows(&plan->layers[0], net)), OCL_UINT(ocl_stateless_sums(plan)),
           OCL_INT(ocl_input_block(plan, grad)), OCL_ULONG(plan->head.block), OCL_ULONG(plan->rest), OCL_BUFFER(pairs),
           OCL_BUFFER(m->series), OCL_BUFFER(list), OCL_BUFFER(m->params), OCL_BUFFER(plan->forward),
           OCL_BUFFER(plan->backward), OCL_BUFFER(m->x), OCL_BUFFER(m->y), OCL_BUFFER(m->h), OCL_BUFFER(m->yhat),
           OCL_BUFFER(m->d_y), OCL_BUFFER(m->d_h), OCL_BUFFER(m->dz), OCL_BUFFER(m->partial));
}

/* In one launch where a group's share of h and dz stays near, else an operation at a time. */
static rnn_status ocl_minibatch_grad(rnn_plan *head, const rnn_minibatch *m)
{
    ocl_plan *plan = ocl_plan_of(head);
    const rnn_network *net = &head->network;
    const size_t record = (net->T * (head->row + net->D) + net->truncate * head->row) * rnn_real_size(head->backend);
    const size_t groups = plan->whole && head->steps == 1 && !ocl_is_few(plan, m->B)
                              ? ocl_near_groups(ocl_device_of(plan), &plan->state, m->B, m->P, record)
                              : 0;
    rnn_status status;
    if (groups == 0)
        return rnn_minibatch_by_operations(head, m);
    RNN_TRY(minibatch_grad(plan, m, groups));
    status = head->backend->ops->loss(head, m->yhat, m->y, m->B, m->P, NULL, m->losses, m->tally, m->slot);
fail:
    return status;
}

/* ---- Step ---------------------------------------------------------------------------------------------------------- */

static rnn_status clip_value(ocl_plan *plan, double value, rnn_buffer *gradient)
{
    const size_t n = plan->head.network.parameters;
    LAUNCH(plan, OCL_K_CLIP_VALUE, ocl_line(n, LINE_GROUP), OCL_ULONG(n), OCL_REAL(ocl_device_of(plan), value),
           OCL_BUFFER(gradient));
}

static rnn_status square_sums(ocl_plan *plan, const rnn_buffer *gradient)
{
    const size_t n = plan->head.network.parameters, blocks = rnn_norm_blocks(n);
    LAUNCH(plan, OCL_K_SQUARE_SUMS, ocl_line(ocl_ceil_div(blocks, plan->norm_item), 1), OCL_ULONG(n), OCL_ULONG(blocks),
           OCL_BUFFER(gradient), OCL_BUFFER(plan->squares));
}

static rnn_status join_squares(ocl_plan *plan)
{
    const size_t blocks = rnn_norm_blocks(plan->head.network.parameters);
    const size_t group = blocks < ocl_device_of(plan)->group_limit ? blocks : ocl_device_of(plan)->group_limit;
    const ocl_range range = {{group, 1, 1}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_JOIN_SQUARES, range, OCL_ULONG(blocks), OCL_BUFFER(plan->squares));
}

static rnn_status clip_norm(ocl_plan *plan, double limit, rnn_buffer *gradient)
{
    const size_t n = plan->head.network.parameters;
    LAUNCH(plan, OCL_K_CLIP_NORM, ocl_line(n, LINE_GROUP), OCL_ULONG(n), OCL_REAL(ocl_device_of(plan), limit),
           OCL_BUFFER(plan->squares), OCL_BUFFER(gradient));
}

static rnn_status ocl_clip(rnn_plan *head, double value, double norm, rnn_buffer *gradient)
{
    ocl_plan *plan = ocl_plan_of(head);
    rnn_status status = RNN_OK;
    if (value > 0)
        status = clip_value(plan, value, gradient);
    if (norm <= 0 || status != RNN_OK)
        return status;
    RNN_TRY(square_sums(plan, gradient));
    RNN_TRY(join_squares(plan));
    RNN_TRY(clip_norm(plan, norm, gradient));
fail:
    return status;
}

static rnn_status update_adam(ocl_plan *plan, int kernel, const rnn_update *rule, double decay, ocl_range range,
                              const rnn_buffer *gradient, const rnn_buffer *health, rnn_buffer *params,
                              rnn_buffer *moments)
{
    const ocl_backend *self = ocl_device_of(plan);
    LAUNCH(plan, kernel, range, OCL_ULONG(plan->head.network.parameters),
           OCL_REAL(self, rule->learning_rate / rule->correction1), OCL_REAL(self, rule->beta1),
           OCL_REAL(self, 1 - rule->beta1), OCL_REAL(self, rule->beta2), OCL_REAL(self, 1 - rule->beta2),
           OCL_REAL(self, rule->correction2), OCL_REAL(self, rule->epsilon), OCL_REAL(self, decay), OCL_BUFFER(health),
           OCL_BUFFER(gradient), OCL_BUFFER(params), OCL_BUFFER(moments));
}

static rnn_status ocl_update(rnn_plan *head, const rnn_update *rule, const rnn_buffer *gradient,
                             const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    ocl_plan *plan = ocl_plan_of(head);
    const ocl_backend *self = ocl_device_of(plan);
    const size_t n = head->network.parameters;
    const ocl_range range = ocl_line(ocl_ceil_div(n, plan->grad.vec), LINE_GROUP);
    switch (rule->optimizer) {
    case RNN_SGD:
        LAUNCH(plan, OCL_K_SGD, range, OCL_ULONG(n), OCL_REAL(self, rule->learning_rate),
               OCL_REAL(self, rule->weight_decay), OCL_BUFFER(health), OCL_BUFFER(gradient), OCL_BUFFER(params));
    case RNN_MOMENTUM:
    case RNN_NESTEROV:
        LAUNCH(plan, rule->optimizer == RNN_MOMENTUM ? OCL_K_MOMENTUM : OCL_K_NESTEROV, range, OCL_ULONG(n),
               OCL_REAL(self, rule->learning_rate), OCL_REAL(self, rule->momentum), OCL_REAL(self, rule->weight_decay),
               OCL_BUFFER(health), OCL_BUFFER(gradient), OCL_BUFFER(params), OCL_BUFFER(moments));
    case RNN_RMSPROP:
        LAUNCH(plan, OCL_K_RMSPROP, range, OCL_ULONG(n), OCL_REAL(self, rule->learning_rate), OCL_REAL(self, rule->rho),
               OCL_REAL(self, 1 - rule->rho), OCL_REAL(self, rule->epsilon), OCL_REAL(self, rule->weight_decay),
               OCL_BUFFER(health), OCL_BUFFER(gradient), OCL_BUFFER(params), OCL_BUFFER(moments));
    case RNN_ADAM:
        return update_adam(plan, OCL_K_ADAM, rule, rule->weight_decay, range, gradient, health, params, moments);
    case RNN_ADAMW:
        return update_adam(plan, OCL_K_ADAMW, rule, rule->learning_rate * rule->weight_decay, range, gradient, health,
                           params, moments);
    }
    return rnn_fail(RNN_INTERNAL, "no kernel for optimizer %d", (int)rule->optimizer);
}

static rnn_status ocl_article_epoch(rnn_plan *head, const rnn_article_rule *rule, const rnn_buffer *series,
                                    size_t count, rnn_buffer *params)
{
    ocl_plan *plan = ocl_plan_of(head);
    const size_t lanes = plan->article.lanes;
    const ocl_range range = {{lanes, 1, 1}, {lanes, 1, 1}};
    if (!plan->scratch)
        return rnn_fail(RNN_INTERNAL,
                        "the article's rule is for one input, one output, per-step weights and no biases");
    const rnn_network *net = &head->network;
    LAUNCH(plan, OCL_K_ARTICLE_EPOCH, range, OCL_INT(net->T), OCL_INT(net->H), OCL_ULONG(net->tensor[RNN_U].offset),
           OCL_ULONG(net->tensor[RNN_W].offset), OCL_ULONG(net->tensor[RNN_V].offset), OCL_ULONG(net->T),
           OCL_ULONG(count), OCL_INT(rule->truncate), OCL_REAL(ocl_device_of(plan), rule->learning_rate),
           OCL_REAL(ocl_device_of(plan), rule->clip), OCL_BUFFER(series), OCL_BUFFER(params),
           OCL_BUFFER(plan->scratch));
}

const rnn_backend_ops ocl_ops = {
    .close = ocl_close,
    .alloc = ocl_alloc,
    .release = ocl_release,
    .write = ocl_write,
    .read = ocl_read,
    .copy = ocl_copy,
    .sync = ocl_sync,
    .measure_roof = ocl_measure_roof,
    .plan = ocl_plan_new,
    .release_plan = ocl_plan_release,
    .pack = ocl_pack,
    .gather = ocl_gather,
    .start = ocl_start,
    .carry = ocl_carry,
    .forward = ocl_forward,
    .project = ocl_project,
    .loss = ocl_loss,
    .project_grad = ocl_project_grad,
    .backward = ocl_backward,
    .weight_grad = ocl_weight_grad,
    .minibatch_grad = ocl_minibatch_grad,
    .reduce = ocl_reduce,
    .clip = ocl_clip,
    .update = ocl_update,
    .article_epoch = ocl_article_epoch,
};
