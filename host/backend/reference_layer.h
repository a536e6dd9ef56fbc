/* SPDX-License-Identifier: MIT
 * reference_layer.h - of the reference: a layer over a sequence, forward and back, and its weight gradients (backend.h's equations)
 *
 * Part of reference.c, built with it for each number type. A record of h or dz: reference_cell.h.
 */
#ifndef RNN_BACKEND_REFERENCE_LAYER_H
#define RNN_BACKEND_REFERENCE_LAYER_H

#include "backend/backend.h"
#include "backend/reference_cell.h"
#include "base/random.h"

#if defined(RNN_REFERENCE_LIBM)
#define VARIANT(name) name##_oracle
#elif RNN_REFERENCE_BITS == 64
#define VARIANT(name) name##_double
#else
#define VARIANT(name) name##_float
#endif
/* What is cloned for processors gets a global helper of its name from some compilers: each build has names of its own. */
#define unit_sums      VARIANT(unit_sums)
#define through_rows   VARIANT(through_rows)
#define output         VARIANT(output)
#define add_outer      VARIANT(add_outer)
#define article_record VARIANT(article_record)

struct rnn_buffer {
    size_t bytes;
    char *label;
    void *data;
};

static real *data(const rnn_buffer *buffer)
{
    return buffer->data;
}

/* The reference reads the flat block itself; pack only remembers where it is. */
typedef struct reference_plan {
    rnn_plan head;
    const real *params;
    rnn_buffer *norm_sums;      /* (norm blocks) */
    rnn_buffer *state_gradient; /* (H) */
    rnn_buffer *mask;           /* (batch,H), of stacks */
    rnn_buffer *article;        /* (5,H) running sums, then h (T+1,H) */
} reference_plan;

/* The tensor inside a flat block; NULL where the network has none. */
static real *tensor(const rnn_network *network, int role, real *block)
{
    return network->tensor[role].count ? block + network->tensor[role].offset : NULL;
}

static const real *const_tensor(const rnn_network *network, int role, const real *block)
{
    return network->tensor[role].count ? block + network->tensor[role].offset : NULL;
}

/* First column of U that step t uses. */
static size_t input_column(const rnn_network *network, size_t t)
{
    return network->input_weights == RNN_INPUT_PER_STEP ? t * network->D : 0;
}

/* ---- Forward ------------------------------------------------------------------------------------------------------- */

static inline real chain(real sum, const real *a, const real *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum = real_fma(a[i], b[i], sum);
    return sum;
}

/* The tensor of a layer inside a flat block; NULL where it has none. */
static const real *layer_tensor(const rnn_network *network, size_t layer, int role, const real *block)
{
    return const_tensor(network, (int)layer * RNN_LAYER_TENSORS + role, block);
}

/* Where, in a record of h or dz, what comes from the layer below or above stands: reference_cell.h. */
static size_t link_at(const rnn_plan *plan)
{
    return plan->row - plan->network.H;
}

/* What each unit of a layer on top of another is multiplied by on its way there, (B,H) at step t. */
static void draw_mask(const rnn_plan *plan, size_t layer, size_t t, size_t B, real *mask)
{
    const rnn_mask *drop = &plan->mask;
    const uint64_t key = rnn_mask_key(drop, *(const uint64_t *)drop->seed->data);
    const size_t H = plan->network.H;
    const real scale = (real)drop->scale;
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < H; k++) {
            const uint32_t counter[4] = {(uint32_t)(k / 4), (uint32_t)layer, (uint32_t)t, (uint32_t)b};
            uint32_t words[4];
            rnn_random_words(key, counter, words);
            mask[b * H + k] = words[k % 4] < drop->threshold ? 0 : scale;
        }
}

/* to(b,k) = from(b,k) times the mask, of step t on the way between a layer and the one below; both `row` apart. */
static void pass_masked(const rnn_plan *plan, size_t layer, size_t t, size_t B, const real *from, real *to)
{
    const size_t H = plan->network.H, row = plan->row;
    real *mask = data(((const reference_plan *)plan)->mask);
    const bool masked = plan->mask.scale > 0;
    if (masked)
        draw_mask(plan, layer, t, B, mask);
    for (size_t b = 0; b < B; b++)
        for (size_t k = 0; k < H; k++)
            to[b * row + k] = masked ? from[b * row + k] * mask[b * H + k] : from[b * row + k];
}

/* Inputs of a layer at a step: D of them a record, `row` apart. */
typedef struct step_inputs {
    const real *values;
    size_t D, row;
} step_inputs;

static step_inputs inputs_of(const rnn_plan *plan, size_t layer, size_t t, size_t B, const real *x, const real *h)
{
    const size_t D = plan->network.D;
    if (layer == 0)
        return (step_inputs){x + t * B * D, D, D};
    return (step_inputs){h + t * B * plan->row + link_at(plan), plan->network.H, plan->row};
}

/* What a unit's sum s is made of, for step t: where there is none, no terms. */
typedef struct sum_parts {
    const real *bias, *U, *W; /* of unit 0 */
    size_t stride;            /* of U */
    size_t inputs, states;    /* terms */
} sum_parts;

static sum_parts parts_of(const rnn_network *net, size_t layer, const real *params, size_t s, size_t t)
{
    const rnn_cell_shape *shape = rnn_shape_of(net->cell);
    const int input = shape->input[s];
    const size_t H = net->H, stride = rnn_layer_tensor(net, layer, RNN_U)->columns;
    const real *b = layer_tensor(net, layer, RNN_B, params), *W = layer_tensor(net, layer, RNN_W, params);
    sum_parts parts = {.W = W, .stride = stride, .states = s < shape->gates ? H : 0};
    if (s < shape->gates)
        parts.W += s * H * H;
    if (input < 0) {
        parts.bias = layer_tensor(net, layer, RNN_B_STATE, params);
        return parts;
    }
    parts.bias = b ? b + (size_t)input * H : NULL;
    parts.inputs = rnn_layer_inputs(net, layer);
    parts.U = layer_tensor(net, layer, RNN_U, params) + (size_t)input * H * stride;
    if (layer == 0)
        parts.U += input_column(net, t);
    return parts;
}

/* One of a unit's sums of step t for B records, into records `row` apart from `to` on. */
RNN_HOT static void unit_sums(const sum_parts *parts, step_inputs x, const real *h, size_t H, size_t row, size_t B,
                              real *to)
{
    for (size_t b = 0; b < B; b++)
        for (size_t j = 0; j < H; j++) {
            real z = parts->bias ? parts->bias[j] : 0;
            if (parts->inputs)
                z = chain(z, parts->U + j * parts->stride, x.values + b * x.row, parts->inputs);
            to[b * row + j] = chain(z, parts->W + j * H, h + b * row, parts->states);
        }
}

static void forward_layer(const rnn_plan *plan, size_t layer, const real *x, size_t B, real *h)
{
    const rnn_network *net = &plan->network;
    const rnn_cell_shape *shape = rnn_shape_of(net->cell);
    const size_t H = net->H, row = plan->row, first = net->cell == RNN_ELMAN ? 0 : H; /* of the sums in a record */
    for (size_t t = 0; t < net->T; t++) {
        real *before = h + t * B * row, *after = before + B * row;
        if (layer > 0) /* the layer below has T + 1 steps before this one */
            pass_masked(plan, layer, t, B, after - (net->T + 1) * B * row, before + link_at(plan));
        const step_inputs inputs = inputs_of(plan, layer, t, B, x, h);
        for (size_t s = 0; s < shape->sums; s++) {
            const sum_parts parts = parts_of(net, layer, ((const reference_plan *)plan)->params, s, t);
            unit_sums(&parts, inputs, before, H, row, B, after + first + s * H);
        }
        for (size_t b = 0; b < B; b++)
            cell_functions[net->cell].step(net, before + b * row, after + b * row);
    }
}

/* ---- Backward ------------------------------------------------------------------------------------------------------ */

/* The gradients `sums` at a unit's sums, each (H), through G H rows of a matrix: gradient(k) = sum(k), then by fma over its rows j. */
RNN_HOT static void through_rows(const rnn_network *net, const real *matrix, size_t columns, const real *const *sums,
                                 const real *start, real *gradient)
{
    const size_t H = net->H;
    for (size_t k = 0; k < columns; k++) {
        real sum = start ? start[k] : 0;
        for (size_t gate = 0; gate < rnn_shape_of(net->cell)->gates; gate++)
            for (size_t j = 0; j < H; j++)
                sum = real_fma(sums[gate][j], matrix[(gate * H + j) * columns + k], sum);
        gradient[k] = sum;
    }
}

/* The gradient at a layer's inputs of one record, which are the units of another layer. */
static void through_U(const rnn_network *net, const real *U, const real *dz, real *gradient)
{
    const rnn_cell_shape *shape = rnn_shape_of(net->cell);
    const real *sums[RNN_UNIT_SUMS] = {dz, dz, dz, dz}; /* by gate; a cell has at most so many */
    for (size_t s = 0; s < shape->sums; s++)
        if (shape->input[s] >= 0)
            sums[shape->input[s]] = dz + s * net->H;
    through_rows(net, U, net->H, sums, NULL, gradient);
}

/* The gradient at the state that record `next` of dz goes back to, from `start` on. */
static void through_W(const rnn_network *net, const real *W, const real *next, const real *start, real *gradient)
{
    const real *sums[RNN_UNIT_SUMS];
    for (size_t s = 0; s < RNN_UNIT_SUMS; s++)
        sums[s] = next + s * net->H;
    through_rows(net, W, net->H, sums, start, gradient);
}

/* d_h: of the last layer; those of the others stand in dz. */
static void backward_layer(const rnn_plan *plan, size_t layer, const real *h, const real *d_h, size_t B, real *dz)
{
    const rnn_network *net = &plan->network;
    const size_t T = net->T, row = plan->row, step = B * row;
    const real *const params = ((const reference_plan *)plan)->params;
    const real *W = layer_tensor(net, layer, RNN_W, params), *U = layer_tensor(net, layer, RNN_U, params);
    real *const e = data(((const reference_plan *)plan)->state_gradient);
    for (size_t t = T; t-- > T - net->truncate;) {
        const bool last = t == T - 1;
        for (size_t b = 0; b < B; b++) {
            const real *before = h + t * step + b * row;
            real *here = dz + t * step + b * row;
            const real *own = t + plan->steps >= T ? d_h + ((t + plan->steps - T) * B + b) * row : NULL;
            const real *given = layer + 1 < net->L ? here + link_at(plan) : own;
            if (!last)
                through_W(net, W, here + step, given, e);
            cell_functions[net->cell].grad(net, last ? given : e, before, before + step, last ? NULL : here + step,
                                           here);
        }
        if (layer == 0)
            continue;
        real *below = dz + t * step - rnn_gradient_steps(net) * step + link_at(plan);
        for (size_t b = 0; b < B; b++)
            through_U(net, U, dz + t * step + b * row, below + b * row);
        pass_masked(plan, layer, t, B, below, below);
    }
    for (size_t b = 0; rnn_gradient_steps(net) > T && net->truncate == T && b < B; b++)
        through_W(net, W, dz + b * row, NULL, dz - step + b * row);
}

/* dz(0) of a layer. */
static real *gradient_of(const rnn_plan *plan, size_t layer, size_t B, const rnn_buffer *dz)
{
    const size_t steps = rnn_gradient_steps(&plan->network);
    return data(dz) + (layer * steps + steps - plan->network.T) * B * plan->row;
}

/* ---- Weight gradients ---------------------------------------------------------------------------------------------- */

/* A step's rows of B records. */
typedef struct records {
    const real *values; /* of the first; NULL stands for a single column of ones */
    size_t columns, row;
} records;

/* sums(r,c) += left(b,r) right(b,c) over records [first, last) */
RNN_HOT static void add_outer(real *sums, size_t stride, records left, records right, size_t first, size_t last)
{
    for (size_t r = 0; r < left.columns; r++)
        for (size_t c = 0; c < right.columns; c++) {
            real sum = sums[r * stride + c];
            for (size_t b = first; b < last; b++)
                sum = real_fma(left.values[b * left.row + r], right.values ? right.values[b * right.row + c] : 1, sum);
            sums[r * stride + c] = sum;
        }
}

static const records ones = {NULL, 1, 0};

/* What step t adds to a layer's gradients of one block of records. h, dz: of the layer. */
static void add_step(const rnn_plan *plan, size_t layer, size_t t, const real *x, const real *h, const real *dz,
                     size_t B, size_t first, size_t last, real *block)
{
    const rnn_network *net = &plan->network;
    const rnn_cell_shape *shape = rnn_shape_of(net->cell);
    const size_t H = net->H, row = plan->row, stride = rnn_layer_tensor(net, layer, RNN_U)->columns;
    const step_inputs inputs = inputs_of(plan, layer, t, B, x, h);
    const records state = {h + t * B * row, H, row}, input = {inputs.values, inputs.D, inputs.row};
    const int roles = (int)layer * RNN_LAYER_TENSORS;
    real *dU = tensor(net, roles + RNN_U, block), *dW = tensor(net, roles + RNN_W, block);
    real *db = tensor(net, roles + RNN_B, block), *db_state = tensor(net, roles + RNN_B_STATE, block);
    for (size_t s = 0; s < shape->sums; s++) {
        const records sum = {dz + t * B * row + s * H, H, row};
        const size_t gate = shape->input[s] < 0 ? 0 : (size_t)shape->input[s];
        real *bias = shape->input[s] < 0 ? db_state : db ? db + gate * H : NULL;
        if (shape->input[s] >= 0)
            add_outer(dU + gate * H * stride + (layer ? 0 : input_column(net, t)), stride, sum, input, first, last);
        if (s < shape->gates)
            add_outer(dW + s * H * H, H, sum, state, first, last);
        if (bias)
            add_outer(bias, 1, sum, ones, first, last);
    }
}

/* d_h0 and d_c0 of one block of records. dz: of the layer's first step. */
static void add_starts(const rnn_plan *plan, size_t layer, const real *dz, size_t B, size_t first, size_t last,
                       real *block)
{
    const rnn_network *net = &plan->network;
    const size_t H = net->H, row = plan->row;
    const real *e = dz - B * row, *carry = dz + rnn_shape_of(net->cell)->sums * H;
    real *dh = block + rnn_start_tensor(net, layer, false)->offset,
         *dc = block + rnn_start_tensor(net, layer, true)->offset;
    for (size_t k = 0; k < H; k++)
        for (size_t b = first; b < last; b++) {
            const real whole = net->cell == RNN_GRU ? e[b * row + k] + carry[b * row + k] : e[b * row + k];
            dh[k] = real_fma(whole, 1, dh[k]);
            if (net->cell == RNN_LSTM)
                dc[k] = real_fma(carry[b * row + k], 1, dc[k]);
        }
}

#endif
