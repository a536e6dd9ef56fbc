/* SPDX-License-Identifier: MIT
 * work.c - how much work a launch is: what the equations ask for, whatever tiles and padding the kernels add
 *
 * A launch knows its kernel but not what it is part of; so under profiling the op table's functions stand behind ones that
 * note the operation first.
 */
#include "backend/opencl/watch.h"

/* ---- Work of a launch ---------------------------------------------------------------------------------------------- */

/* Elements of the operation's tensors. */
typedef struct sizes {
    double B, D, H, O, P, K, n;
    double G, left,
        back_left; /* gates; values a unit and step leaves for the way back beside h, and on the way back beside dh */
    double x, y, h, last;    /* (T,B,D), (E,B,O), (T,B,H), (B,H) */
    double reached;          /* (E,B,H) */
    double targets;          /* (E,B,O / Q) */
    double U, W, b, V, c;    /* parameters; the gradients too */
    double forward, back;    /* steps a launch of hidden_state and of hidden_state_grad takes */
    double shared;           /* columns of U that recurrent_grad works on: D, or 0 where U has its own for every step */
    double norm_blocks, row; /* row: columns of U one launch of hidden_state reads */
} sizes;

static sizes sizes_of(const ocl_operation *operation)
{
    const rnn_network *net = &operation->plan->head.network;
    const rnn_cell_shape *shape = operation->plan->shape;
    const bool fused = operation->plan->fused, shared = net->input_weights == RNN_INPUT_SHARED;
    sizes s = {.B = (double)operation->B,
               .D = ((double)net->D + ((double)net->L - 1) * (double)net->H) / (double)net->L,
               .H = (double)net->H,
               .O = (double)net->O,
               .P = (double)operation->P,
               .K = (double)net->truncate,
               .n = (double)net->parameters,
               .G = (double)shape->gates,
               .left = (double)(rnn_unit_values(net) - 1),
               .back_left = shape->sums > 1 ? (double)shape->sums : 0,
               .U = (double)net->tensor[RNN_U].count,
               .W = (double)net->tensor[RNN_W].count,
               .b = (double)(net->tensor[RNN_B].count + net->tensor[RNN_B_STATE].count),
               .V = (double)net->tensor[RNN_V].count,
               .c = (double)net->tensor[RNN_C].count,
               .norm_blocks = (double)rnn_norm_blocks(net->parameters)};
    s.x = (double)net->T * s.B * (double)net->D;
    s.h = (double)net->T * s.B * s.H;
    const double records = (double)operation->plan->head.steps * s.B; /* that are asked for outputs */
    s.y = records * s.O;
    s.targets = records * (double)net->asked;
    s.reached = records * s.H;
    s.last = s.B * s.H;
    s.forward = fused ? (double)net->T : 1;
    s.back = fused ? s.K : 1;
    s.shared = shared ? s.D : 0;
    s.row = fused ? (double)operation->plan->layers[0].UC : s.D; /* of stacks, near enough */
    return s;
}

/* bytes counts elements here. Layers: a launch has the mean over them. Of K steps back the first has no product: a launch of its own has the mean. */
static ocl_work work_of(int id, const ocl_operation *operation, const sizes *s)
{
    const rnn_network *net = &operation->plan->head.network;
    switch (id) {
    case OCL_K_PACK:
        return (ocl_work){0, 2 * (s->b + s->U + s->W) + s->W};
    case OCL_K_GATHER:
        return (ocl_work){0, 2 * (s->x + (operation->whole ? s->targets : 0))};
    case OCL_K_HIDDEN_STATE:
        return (ocl_work){2 * s->forward * s->last * s->G * (s->D + s->H), s->forward * s->B * (s->D + s->H) + s->last +
                                                                               s->forward * s->last * s->left + s->b +
                                                                               s->G * s->H * s->row + s->W};
    case OCL_K_PROJECT:
        return (ocl_work){2 * s->reached * s->O, s->reached + s->V + s->c + s->y};
    case OCL_K_LOSS:
        return (ocl_work){0, (operation->whole ? 2 : 1) * s->y + s->targets + s->O * (operation->tally ? 3 : 1)};
    case OCL_K_PROJECT_GRAD:
        return (ocl_work){2 * s->reached * s->O, s->y + s->V + s->reached};
    case OCL_K_HIDDEN_STATE_GRAD:
        return (ocl_work){2 * s->back * s->last * s->G * s->H * (s->K - 1) / s->K,
                          s->back * s->last * (2 + s->left + s->back_left) + s->last + (s->K > 1 ? s->W : 0)};
    case OCL_K_RECURRENT_GRAD:
        return (ocl_work){2 * s->K * s->last * s->G * (s->H + s->shared),
                          s->K * s->B * ((1 + s->G) * s->H + s->shared) +
                              s->P * (s->W + s->G * s->H * s->shared + s->b)};
    case OCL_K_INPUT_GRAD:
        return (ocl_work){2 * s->K * s->last * s->D, s->K * s->B * (s->H + s->D) + s->P * s->U / s->G};
    case OCL_K_OUTPUT_GRAD:
        return (ocl_work){2 * s->reached * s->O, s->y + s->reached + s->P * (s->V + s->c)};
    case OCL_K_JOIN_BLOCKS:
        return (ocl_work){0, (s->P + 1) * s->n / (double)net->L};
    case OCL_K_CLIP_VALUE:
        return (ocl_work){0, 2 * s->n};
    case OCL_K_SQUARE_SUMS:
        return (ocl_work){0, s->n + s->norm_blocks};
    case OCL_K_JOIN_SQUARES:
        return (ocl_work){0, s->norm_blocks + 1};
    case OCL_K_SGD:
        return (ocl_work){0, 3 * s->n};
    case OCL_K_MOMENTUM:
    case OCL_K_NESTEROV:
    case OCL_K_RMSPROP:
        return (ocl_work){0, 5 * s->n};
    case OCL_K_ADAM:
    case OCL_K_ADAMW:
        return (ocl_work){0, 7 * s->n};
    case OCL_K_MINIBATCH_GRAD:
        return (ocl_work){
            2 * s->last *
                (s->G * ((double)net->T * (s->D + s->H) + s->K * (s->H + s->shared) + (s->K - 1) * s->H) + 3 * s->O),
            s->x + s->y + s->targets + s->n + s->h * (1 + s->left) + s->K * s->last * (1 + s->back_left) + s->P * s->n};
    case OCL_K_START:
        return (ocl_work){0, s->last};
    case OCL_K_CARRY:
        return (ocl_work){0, 2 * s->last};
    case OCL_K_START_GRAD:
        return (ocl_work){0, s->last + s->P * s->H};
    case OCL_K_CLIMB:
        return (ocl_work){0, 2 * s->h};
    case OCL_K_INPUTS_GRAD:
        return (ocl_work){2 * s->K * s->last * s->G * s->H, s->K * s->last * (s->G + 1) + s->G * s->H * s->H};
    case OCL_K_ARTICLE_EPOCH:
        return (ocl_work){2 * (double)operation->count * s->H * ((double)net->T * s->H + 1),
                          (double)(operation->count + net->T + net->horizon - 1) + 2 * s->n};
    default: /* clip_norm: it depends on the gradient whether it is touched */
        return (ocl_work){0, 0};
    }
}

ocl_work ocl_kernel_work(int id, const ocl_operation *operation)
{
    const sizes s = sizes_of(operation);
    ocl_work work = work_of(id, operation, &s);
    const rnn_backend *backend = operation->plan->head.backend;
    const double members = backend->members.all ? (double)backend->members.count : 1;
    work.flops *= members;
    work.bytes *= members * (double)rnn_real_size(backend);
    return work;
}

/* ---- The op table, noting what it is asked for --------------------------------------------------------------------- */

static void note(rnn_plan *plan, ocl_operation operation)
{
    operation.plan = (const ocl_plan *)plan;
    ((ocl_backend *)plan->backend)->profile->operation = operation;
}

static rnn_status note_pack(rnn_plan *plan, const rnn_buffer *params)
{
    note(plan, (ocl_operation){.B = 0});
    return ocl_ops.pack(plan, params);
}

static rnn_status note_gather(rnn_plan *plan, const rnn_buffer *series, const rnn_buffer *offset, size_t first,
                              size_t B, rnn_buffer *x, rnn_buffer *y)
{
    note(plan, (ocl_operation){.B = B, .whole = y != NULL});
    return ocl_ops.gather(plan, series, offset, first, B, x, y);
}

static rnn_status note_start(rnn_plan *plan, const rnn_buffer *params, size_t B, rnn_buffer *h)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.start(plan, params, B, h);
}

static rnn_status note_carry(rnn_plan *plan, size_t B, rnn_buffer *h)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.carry(plan, B, h);
}

static rnn_status note_forward(rnn_plan *plan, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.forward(plan, x, B, h);
}

static rnn_status note_project(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *h, size_t B,
                               rnn_buffer *yhat)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.project(plan, params, h, B, yhat);
}

static rnn_status note_loss(rnn_plan *plan, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P,
                            rnn_buffer *d_y, rnn_buffer *losses, rnn_buffer *tally, size_t slot)
{
    note(plan, (ocl_operation){.B = B, .P = P, .whole = d_y != NULL, .tally = tally != NULL});
    return ocl_ops.loss(plan, yhat, y, B, P, d_y, losses, tally, slot);
}

static rnn_status note_project_grad(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                                    rnn_buffer *d_h)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.project_grad(plan, params, d_y, B, d_h);
}

static rnn_status note_backward(rnn_plan *plan, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz)
{
    note(plan, (ocl_operation){.B = B});
    return ocl_ops.backward(plan, h, d_h, B, dz);
}

static rnn_status note_weight_grad(rnn_plan *plan, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                                   const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial)
{
    note(plan, (ocl_operation){.B = B, .P = P});
    return ocl_ops.weight_grad(plan, x, h, dz, d_y, B, P, partial);
}

static rnn_status note_minibatch_grad(rnn_plan *plan, const rnn_minibatch *minibatch)
{
    note(plan, (ocl_operation){.B = minibatch->B, .P = minibatch->P, .whole = true});
    return ocl_ops.minibatch_grad(plan, minibatch);
}

static rnn_status note_reduce(rnn_plan *plan, const rnn_buffer *partial, size_t P, const rnn_buffer *losses,
                              size_t slot, rnn_buffer *gradient, rnn_buffer *health)
{
    note(plan, (ocl_operation){.P = P});
    return ocl_ops.reduce(plan, partial, P, losses, slot, gradient, health);
}

static rnn_status note_clip(rnn_plan *plan, double value, double norm, rnn_buffer *gradient)
{
    note(plan, (ocl_operation){.B = 0});
    return ocl_ops.clip(plan, value, norm, gradient);
}

static rnn_status note_update(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient,
                              const rnn_buffer *health, rnn_buffer *params, rnn_buffer *moments)
{
    note(plan, (ocl_operation){.B = 0});
    return ocl_ops.update(plan, rule, gradient, health, params, moments);
}

static rnn_status note_article_epoch(rnn_plan *plan, const rnn_article_rule *rule, const rnn_buffer *series,
                                     size_t count, rnn_buffer *params)
{
    note(plan, (ocl_operation){.count = count});
    return ocl_ops.article_epoch(plan, rule, series, count, params);
}

/* What the roof's kernels and buffers do is no part of the run. */
static rnn_status unseen_roof(rnn_backend *head, rnn_roof *out)
{
    ocl_profile *profile = ((ocl_backend *)head)->profile;
    profile->paused = true;
    const rnn_status status = ocl_ops.measure_roof(head, out);
    profile->paused = false;
    return status;
}

const rnn_backend_ops ocl_profiled_ops = {
    .close = ocl_close,
    .alloc = ocl_alloc,
    .release = ocl_release,
    .write = ocl_write,
    .read = ocl_read,
    .copy = ocl_copy,
    .sync = ocl_sync,
    .measure_roof = unseen_roof,
    .plan = ocl_plan_new,
    .release_plan = ocl_plan_release,
    .pack = note_pack,
    .gather = note_gather,
    .start = note_start,
    .carry = note_carry,
    .forward = note_forward,
    .project = note_project,
    .loss = note_loss,
    .project_grad = note_project_grad,
    .backward = note_backward,
    .weight_grad = note_weight_grad,
    .minibatch_grad = note_minibatch_grad,
    .reduce = note_reduce,
    .clip = note_clip,
    .update = note_update,
    .article_epoch = note_article_epoch,
};
