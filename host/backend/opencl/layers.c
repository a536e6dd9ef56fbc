/* SPDX-License-Identifier: MIT
 * layers.c - the operations that go layer by layer: packing, the way forward and back, weight gradients and what is joined of them
 */
#include "backend/opencl/plan.h"
#include "base/random.h"

#define UNIT_GROUPS 4 /* groups a compute unit of a weight gradient, at least */

static rnn_status pack_layer(ocl_plan *plan, const ocl_layer *layer, const rnn_buffer *params)
{
    const size_t H = plan->head.network.H, sums = plan->shape->sums, recurrent = plan->shape->gates;
    const size_t vectors = plan->state.padded / plan->state.vec;
    const size_t group = vectors < plan->column_group ? vectors : plan->column_group;
    const size_t chunks = sums * ocl_ceil_div(1 + layer->UC + H, OCL_PACK_ROWS) +
                          (layer == plan->layers ? 1 : 2) * ocl_ceil_div(recurrent * H, OCL_PACK_ROWS);
    const ocl_range range = {{ocl_ceil_div(vectors, group) * group, chunks, 1}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_PACK, range, OCL_INT(H), OCL_INT(layer->UC), OCL_INT(plan->state.wide), OCL_INT(sums),
           OCL_INT(recurrent), OCL_VALUE(layer->U), OCL_VALUE(layer->W), OCL_VALUE(layer->b), OCL_ULONG(layer->forward),
           OCL_ULONG(layer->backward), OCL_ULONG(layer->backward_inputs), OCL_BUFFER(params), OCL_BUFFER(plan->forward),
           OCL_BUFFER(plan->backward));
}

rnn_status ocl_pack(rnn_plan *head, const rnn_buffer *params)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < head->network.L; i++)
        status = pack_layer(ocl_plan_of(head), &ocl_plan_of(head)->layers[i], params);
    return status;
}

/* ---- Forward ----------------------------------------------------------------------------------------------------- */

/* Fewer records than a tile has: the kernels with one record a tile take them. */
bool ocl_is_few(const ocl_plan *plan, size_t B)
{
    return plan->state.lanes == 1 && B < plan->state.rows;
}

static int few_flag(const ocl_plan *plan, size_t B)
{
    return ocl_is_few(plan, B) ? OCL_FEW : 0;
}

/* Groups of tiles of records by column blocks: all blocks in one group where the sequence is fused, else one each. */
static ocl_range tile_range(const ocl_plan *plan, size_t B)
{
    const ocl_tile *tile = ocl_is_few(plan, B) ? &plan->few : &plan->state;
    const size_t groups = ocl_state_groups(ocl_device_of(plan), tile, B, plan->fused);
    return (ocl_range){{groups * tile->lanes, plan->fused ? 1 : tile->blocks, 1}, {tile->lanes, 1, 1}};
}

/* Where layer i's h begins, and its dz(0). */
static size_t state_start(const ocl_plan *plan, size_t i, size_t B)
{
    return i * (plan->head.network.T + 1) * B * plan->head.row;
}

static size_t gradient_start(const ocl_plan *plan, size_t i, size_t B)
{
    const size_t steps = rnn_gradient_steps(&plan->head.network);
    return (i * steps + steps - plan->head.network.T) * B * plan->head.row;
}

/* Where a tensor begins in the flat block, for a kernel that leaves out one that is not there: -1. */
static cl_long start_of(const rnn_tensor *tensor)
{
    return tensor->count ? (cl_long)tensor->offset : -1;
}

static rnn_status start_layer(ocl_plan *plan, size_t i, const rnn_buffer *params, size_t B, rnn_buffer *h)
{
    const rnn_network *net = &plan->head.network;
    const ocl_range range = {{plan->column_group, B, 1}, {plan->column_group, 1, 1}};
    LAUNCH(plan, OCL_K_START, range, OCL_INT(net->H), OCL_INT(plan->head.row),
           OCL_LONG(start_of(rnn_start_tensor(net, i, false))), OCL_LONG(start_of(rnn_start_tensor(net, i, true))),
           OCL_INT(plan->head.c), OCL_ULONG(state_start(plan, i, B)), OCL_BUFFER(params), OCL_BUFFER(h));
}

rnn_status ocl_start(rnn_plan *head, const rnn_buffer *params, size_t B, rnn_buffer *h)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < head->network.L; i++)
        status = start_layer(ocl_plan_of(head), i, params, B, h);
    return status;
}

static rnn_status carry_layer(ocl_plan *plan, size_t i, size_t B, rnn_buffer *h)
{
    const size_t row = plan->head.row, to = state_start(plan, i, B);
    const ocl_range range = {{plan->column_group, B, 1}, {plan->column_group, 1, 1}};
    LAUNCH(plan, OCL_K_CARRY, range, OCL_INT(row), OCL_ULONG(to + plan->head.network.T * B * row), OCL_ULONG(to),
           OCL_BUFFER(h));
}

rnn_status ocl_carry(rnn_plan *head, size_t B, rnn_buffer *h)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < head->network.L; i++)
        status = carry_layer(ocl_plan_of(head), i, B, h);
    return status;
}

/* Units between layer i - 1 and layer i, times the mask: `steps` from t_first on, which stand at `from` and `to`. */
static rnn_status climb(ocl_plan *plan, size_t i, size_t t_first, size_t steps, size_t B, const rnn_buffer *from,
                        size_t from_start, rnn_buffer *to, size_t to_start)
{
    static const rnn_buffer none = {.memory = NULL};
    const rnn_mask *mask = &plan->head.mask;
    const rnn_buffer *seed = mask->seed ? mask->seed : &none;
    const size_t H = plan->head.network.H, group = plan->column_group;
    const ocl_range range = {{ocl_ceil_div(ocl_ceil_div(H, 4), group) * group, B, steps}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_CLIMB, range, OCL_INT(H), OCL_INT(B), OCL_INT(plan->head.row), OCL_INT(t_first), OCL_INT(steps),
           OCL_INT(i), OCL_UINT(mask->update), OCL_UINT(mask->update >> 32), OCL_UINT(RNN_RANDOM_DROPOUT),
           OCL_UINT(mask->threshold), OCL_REAL(ocl_device_of(plan), mask->scale), OCL_INT(mask->scale > 0),
           OCL_ULONG(from_start), OCL_ULONG(to_start), OCL_BUFFER(seed), OCL_BUFFER(from), OCL_BUFFER(to));
}

static rnn_status launch_forward(ocl_plan *plan, size_t i, size_t t_first, size_t t_count, const rnn_buffer *x,
                                 size_t B, rnn_buffer *h)
{
    const rnn_network *net = &plan->head.network;
    const ocl_layer *layer = &plan->layers[i];
    const size_t start = state_start(plan, i, B);
    LAUNCH(plan, OCL_K_HIDDEN_STATE + few_flag(plan, B), tile_range(plan, B), OCL_INT(t_first), OCL_INT(t_count),
           OCL_INT(plan->state.blocks), OCL_INT(plan->state.wide), OCL_INT(B), OCL_INT(net->T), OCL_INT(layer->inputs),
           OCL_INT(net->H), OCL_INT(layer->UC), OCL_INT(layer->input_step), OCL_INT(i ? plan->head.row : net->D),
           OCL_ULONG(i ? start + plan->inputs : 0), OCL_ULONG(layer->forward), OCL_ULONG(start), OCL_BUFFER(i ? h : x),
           OCL_BUFFER(plan->forward), OCL_BUFFER(h));
}

static rnn_status forward_layer(ocl_plan *plan, size_t i, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    const size_t T = plan->head.network.T, count = plan->fused ? T : 1;
    rnn_status status = RNN_OK;
    if (i > 0)
        status = climb(plan, i, 0, T, B, h, state_start(plan, i - 1, B) + B * plan->head.row, h,
                       state_start(plan, i, B) + plan->inputs);
    for (size_t t = 0; status == RNN_OK && t < T; t += count)
        status = launch_forward(plan, i, t, count, x, B, h);
    return status;
}

rnn_status ocl_forward(rnn_plan *head, const rnn_buffer *x, size_t B, rnn_buffer *h)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < head->network.L; i++)
        status = forward_layer(ocl_plan_of(head), i, x, B, h);
    return status;
}

/* Where h of the last layer after the first step that is asked for outputs begins. */
size_t ocl_reached_start(const ocl_plan *plan, size_t B)
{
    const rnn_network *net = &plan->head.network;
    return state_start(plan, net->L - 1, B) + (net->T - plan->head.steps + 1) * B * plan->head.row;
}

/* ---- Backward ---------------------------------------------------------------------------------------------------- */

/* Steps t_last and t_count - 1 before it, of which the last may be number -1: the gradient at h(0). */
static rnn_status launch_backward(ocl_plan *plan, size_t i, size_t t_last, size_t t_count, const rnn_buffer *h,
                                  const rnn_buffer *d_h, size_t B, rnn_buffer *dz)
{
    const rnn_network *net = &plan->head.network;
    const ocl_layer *layer = &plan->layers[i];
    const bool above = i + 1 < net->L; /* from the layer above, which left it in dz */
    const bool every = above || plan->head.steps > 1;
    const size_t start = gradient_start(plan, i, B), first = above ? 0 : net->T - plan->head.steps;
    LAUNCH(plan, OCL_K_HIDDEN_STATE_GRAD + few_flag(plan, B), tile_range(plan, B), OCL_INT(t_last), OCL_INT(t_count),
           OCL_INT(plan->state.blocks), OCL_INT(plan->state.wide), OCL_INT(B), OCL_INT(net->T), OCL_INT(layer->inputs),
           OCL_INT(net->H), OCL_INT(layer->UC), OCL_INT(every), OCL_INT(first),
           OCL_ULONG(above ? start + plan->given : 0), OCL_ULONG(every ? B * plan->head.row : 0),
           OCL_INT(plan->head.row), OCL_ULONG(layer->backward), OCL_ULONG(state_start(plan, i, B)), OCL_ULONG(start),
           OCL_BUFFER(plan->backward), OCL_BUFFER(h), OCL_BUFFER(above ? dz : d_h), OCL_BUFFER(dz));
}

/* The gradient at the inputs of layer i, to where the layer below finds it. */
static rnn_status inputs_grad(ocl_plan *plan, size_t i, size_t B, rnn_buffer *dz)
{
    const rnn_network *net = &plan->head.network;
    const size_t records = net->truncate * B, before = (net->T - net->truncate) * B * plan->head.row;
    LAUNCH(plan, OCL_K_INPUTS_GRAD + few_flag(plan, records), tile_range(plan, records), OCL_INT(plan->state.blocks),
           OCL_INT(plan->state.wide), OCL_INT(records), OCL_INT(net->H), OCL_ULONG(plan->layers[i].backward_inputs),
           OCL_ULONG(gradient_start(plan, i, B) + before),
           OCL_ULONG(gradient_start(plan, i - 1, B) + before + plan->given), OCL_BUFFER(plan->backward), OCL_BUFFER(dz),
           OCL_BUFFER(dz));
}

static rnn_status backward_layer(ocl_plan *plan, size_t i, const rnn_buffer *h, const rnn_buffer *d_h, size_t B,
                                 rnn_buffer *dz)
{
    const size_t T = plan->head.network.T, K = plan->head.network.truncate;
    const size_t steps = K + (K == T && rnn_gradient_steps(&plan->head.network) > T), count = plan->fused ? steps : 1;
    rnn_status status = RNN_OK;
    for (size_t done = 0; status == RNN_OK && done < steps; done += count)
        status = launch_backward(plan, i, T - 1 - done, count, h, d_h, B, dz);
    if (i == 0 || status)
        return status;
    const size_t to = gradient_start(plan, i - 1, B) + (T - K) * B * plan->head.row + plan->given;
    RNN_TRY(inputs_grad(plan, i, B, dz));
    if (plan->head.mask.scale > 0)
        RNN_TRY(climb(plan, i, T - K, K, B, dz, to, dz, to));
fail:
    return status;
}

rnn_status ocl_backward(rnn_plan *head, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz)
{
    rnn_status status = RNN_OK;
    for (size_t i = head->network.L; status == RNN_OK && i-- > 0;)
        status = backward_layer(ocl_plan_of(head), i, h, d_h, B, dz);
    return status;
}

/* ---- Weight gradients -------------------------------------------------------------------------------------------- */

/* Terms staged at a time, of the `terms` of a block: chunks of one length. */
size_t ocl_chunk_terms(const ocl_plan *plan, const ocl_tile *tile, size_t B, size_t P)
{
    const size_t terms = plan->head.network.truncate * ocl_ceil_div(B, P);
    return ocl_ceil_div(terms, ocl_ceil_div(terms, tile->terms));
}

/* A bit for each sum of a unit that has no W: in the product with h and x it needs x's columns alone. */
cl_uint ocl_stateless_sums(const ocl_plan *plan)
{
    return (1U << plan->shape->sums) - (1U << plan->shape->gates);
}

/* The column block of a product that h's columns end in. */
size_t ocl_input_block(const ocl_plan *plan, const ocl_tile *tile)
{
    const size_t vector = plan->head.network.H / ((size_t)tile->vec * tile->lanes), wide = tile->wide * tile->cols;
    if (vector < wide || tile->cols == 1)
        return vector / tile->cols;
    return tile->wide + (vector - wide) / (tile->cols - 1);
}

static rnn_status recurrent_grad(ocl_plan *plan, size_t i, const rnn_buffer *h, const rnn_buffer *dz, size_t B,
                                 size_t P, rnn_buffer *partial)
{
    const rnn_network *net = &plan->head.network;
    const ocl_layer *layer = &plan->layers[i];
    const ocl_tile *tile = layer->grad;
    const size_t row_groups = ocl_ceil_div(net->H, (size_t)tile->tiles * tile->rows), sums = plan->shape->sums;
    const rnn_members *members = &ocl_device_of(plan)->head.members;
    /* all column blocks share what a group has staged of the rows, unless that leaves processors without a group */
    const size_t wanted = ocl_ceil_div(UNIT_GROUPS * ocl_device_of(plan)->head.info.compute_units,
                                       P * sums * row_groups * (members->all ? members->count : 1));
    const size_t column_groups = wanted < tile->blocks ? wanted : tile->blocks;
    const ocl_range range = {{column_groups * tile->lanes, sums * row_groups, P}, {tile->lanes, 1, 1}};
    LAUNCH(plan, OCL_K_RECURRENT_GRAD + (i ? OCL_UPPER : 0), range, OCL_INT(B), OCL_INT(P), OCL_INT(net->T),
           OCL_INT(net->T - net->truncate), OCL_INT(ocl_chunk_terms(plan, tile, B, P)), OCL_INT(tile->blocks),
           OCL_INT(tile->wide), OCL_INT(net->H), OCL_INT(plan->head.row), OCL_INT(tile->padded),
           OCL_INT(plan->head.apart), OCL_INT(row_groups), OCL_INT(ocl_sum_rows(layer, net)),
           OCL_UINT(ocl_stateless_sums(plan)), OCL_INT(ocl_input_block(plan, tile)), OCL_ULONG(state_start(plan, i, B)),
           OCL_ULONG(gradient_start(plan, i, B)), OCL_ULONG(layer->product), OCL_ULONG(plan->head.block),
           OCL_BUFFER(dz), OCL_BUFFER(h), OCL_BUFFER(partial));
}

/* Of the first layer, for one of a unit's sums. */
static rnn_status input_grad(ocl_plan *plan, size_t sum, const rnn_buffer *x, const rnn_buffer *dz, size_t B, size_t P,
                             rnn_buffer *partial)
{
    const rnn_network *net = &plan->head.network;
    const size_t group = plan->column_group, to = (size_t)plan->layers[0].U[sum];
    const ocl_range range = {{ocl_ceil_div(net->H, group) * group, net->T * net->D, P}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_INPUT_GRAD, range, OCL_INT(B), OCL_INT(P), OCL_INT(net->H), OCL_INT(net->D), OCL_INT(net->T),
           OCL_INT(net->T - net->truncate), OCL_INT(plan->head.row),
           OCL_ULONG(gradient_start(plan, 0, B) + sum * plan->head.apart), OCL_BUFFER(dz), OCL_BUFFER(x),
           OCL_ULONG(plan->head.block), OCL_ULONG(plan->rest + to), OCL_BUFFER(partial));
}

static rnn_status output_grad(ocl_plan *plan, const rnn_buffer *h, const rnn_buffer *d_y, size_t B, size_t P,
                              rnn_buffer *partial)
{
    const rnn_network *net = &plan->head.network;
    const size_t group = plan->column_group;
    const ocl_range range = {{ocl_ceil_div(net->H + 1, group) * group, net->O, P}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_OUTPUT_GRAD, range, OCL_INT(plan->head.steps), OCL_INT(B), OCL_INT(P), OCL_INT(net->H),
           OCL_INT(net->O), OCL_INT(plan->head.row), OCL_ULONG(ocl_reached_start(plan, B)),
           OCL_INT(net->tensor[RNN_C].count > 0), OCL_BUFFER(d_y), OCL_BUFFER(h), OCL_ULONG(plan->head.block),
           OCL_ULONG(plan->rest + plan->rest_inputs), OCL_BUFFER(partial));
}

/* d_h0 of a layer, or d_c0. */
static rnn_status start_grad(ocl_plan *plan, size_t i, bool c, const rnn_buffer *dz, size_t B, size_t P,
                             rnn_buffer *partial)
{
    const rnn_network *net = &plan->head.network;
    const size_t group = plan->column_group, row = plan->head.row, first = gradient_start(plan, i, B);
    const size_t to = rnn_start_tensor(net, i, c)->offset - net->tensor[RNN_V].offset;
    const ocl_range range = {{ocl_ceil_div(net->H, group) * group, P, 1}, {group, 1, 1}};
    LAUNCH(plan, OCL_K_START_GRAD, range, OCL_INT(B), OCL_INT(P), OCL_INT(net->H), OCL_INT(row),
           OCL_INT(net->truncate == net->T), OCL_INT(!c), OCL_INT(c || net->cell == RNN_GRU),
           OCL_ULONG(first - B * row), OCL_ULONG(first + plan->carry), OCL_ULONG(plan->head.block),
           OCL_ULONG(plan->rest + plan->rest_inputs + to), OCL_BUFFER(dz), OCL_BUFFER(partial));
}

rnn_status ocl_weight_grad(rnn_plan *head, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                           const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial)
{
    ocl_plan *plan = ocl_plan_of(head);
    rnn_status status;
    for (size_t i = 0; i < head->network.L; i++)
        RNN_TRY(recurrent_grad(plan, i, h, dz, B, P, partial));
    for (size_t s = 0; head->network.input_weights == RNN_INPUT_PER_STEP && s < plan->shape->sums; s++)
        if (plan->shape->input[s] >= 0)
            RNN_TRY(input_grad(plan, s, x, dz, B, P, partial));
    for (size_t i = 0; i < 2 * head->network.L; i++)
        if (rnn_start_tensor(&head->network, i / 2, i % 2)->count)
            RNN_TRY(start_grad(plan, i / 2, i % 2, dz, B, P, partial));
    RNN_TRY(output_grad(plan, h, d_y, B, P, partial));
fail:
    return status;
}

/* One layer's part of the gradient, and `rest`: all that is part of no product. */
static rnn_status join_layer(ocl_plan *plan, const ocl_layer *layer, bool rest, const rnn_buffer *partial, size_t P,
                             const rnn_buffer *losses, size_t slot, rnn_buffer *gradient, rnn_buffer *health)
{
    static const cl_long nowhere[RNN_UNIT_SUMS] = {-1, -1, -1, -1};
    const rnn_network *net = &plan->head.network;
    const ocl_tile *tile = layer->grad;
    const size_t sums = plan->shape->sums, V = net->tensor[RNN_V].offset, vec = plan->grad.vec;
    const size_t items = sums * net->H * tile->padded / vec + (rest ? (plan->head.block - plan->rest) / vec : 0);
    const cl_long(*U)[RNN_UNIT_SUMS] = layer->input_step ? &nowhere : &layer->U;
    LAUNCH(plan, OCL_K_JOIN_BLOCKS, ocl_line(items, LINE_GROUP), OCL_INT(P), OCL_INT(sums), OCL_INT(net->H),
           OCL_INT(layer->inputs), OCL_INT(tile->padded), OCL_INT(ocl_sum_rows(layer, net)), OCL_ULONG(layer->product),
           OCL_ULONG(plan->head.block), OCL_ULONG(plan->rest), OCL_ULONG(rest ? plan->rest_inputs : 0),
           OCL_ULONG(rest ? net->parameters : V), OCL_VALUE(*U), OCL_VALUE(layer->W), OCL_VALUE(layer->b), OCL_ULONG(V),
           OCL_INT(net->O), OCL_ULONG(slot), OCL_UINT(rnn_ill(slot, RNN_ILL_GRADIENT)),
           OCL_UINT(rnn_ill(slot, RNN_ILL_LOSS)), OCL_BUFFER(partial), OCL_BUFFER(losses), OCL_BUFFER(gradient),
           OCL_BUFFER(health));
}

rnn_status ocl_reduce(rnn_plan *head, const rnn_buffer *partial, size_t P, const rnn_buffer *losses, size_t slot,
                      rnn_buffer *gradient, rnn_buffer *health)
{
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < head->network.L; i++)
        status = join_layer(ocl_plan_of(head), &ocl_plan_of(head)->layers[i], i == 0, partial, P, losses, slot,
                            gradient, health);
    return status;
}
