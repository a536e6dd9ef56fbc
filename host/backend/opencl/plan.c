/* SPDX-License-Identifier: MIT */
#include "backend/opencl/plan.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMN_GROUP 64
#define CACHE_LINE   64
#define NORM_ITEM    8 /* chains of fma that a CPU's core keeps going at once */

/* Kernels that share a tile are one program: a build has one front-end run however many kernels it holds, and devices that
 * compile a kernel when it is first queued compile no more than the run needs. */
typedef enum tile_kind {
    TILE_LINE,
    TILE_STATE,
    TILE_GRAD,
    TILE_FEW,
    TILE_UPPER,
    TILE_MINIBATCH,
    TILE_ARTICLE,
    TILE_KINDS
} tile_kind;

static const char *const program_files[TILE_KINDS][8] = {
    [TILE_LINE] = {"window.cl", "output.cl", "loss.cl", "reduce.cl", "clip.cl", "update.cl", "stack.cl"},
    [TILE_STATE] = {"pack.cl", "recurrence.cl"},
    [TILE_FEW] = {"recurrence.cl"},
    [TILE_GRAD] = {"weight_grad.cl"},
    [TILE_UPPER] = {"weight_grad.cl"},
    [TILE_MINIBATCH] = {"minibatch.cl"},
    [TILE_ARTICLE] = {"article.cl"},
};

static const struct {
    const char *name;
    tile_kind tile;
} kernel_table[OCL_K_COUNT] = {
    [OCL_K_PACK] = {"pack", TILE_STATE},
    [OCL_K_GATHER] = {"gather", TILE_LINE},
    [OCL_K_HIDDEN_STATE] = {"hidden_state", TILE_STATE},
    [OCL_K_PROJECT] = {"project", TILE_LINE},
    [OCL_K_LOSS] = {"loss", TILE_LINE},
    [OCL_K_PROJECT_GRAD] = {"project_grad", TILE_LINE},
    [OCL_K_HIDDEN_STATE_GRAD] = {"hidden_state_grad", TILE_STATE},
    [OCL_K_RECURRENT_GRAD] = {"recurrent_grad", TILE_GRAD},
    [OCL_K_INPUT_GRAD] = {"input_grad", TILE_GRAD},
    [OCL_K_OUTPUT_GRAD] = {"output_grad", TILE_GRAD},
    [OCL_K_JOIN_BLOCKS] = {"join_blocks", TILE_LINE},
    [OCL_K_CLIP_VALUE] = {"clip_value", TILE_LINE},
    [OCL_K_SQUARE_SUMS] = {"square_sums", TILE_LINE},
    [OCL_K_JOIN_SQUARES] = {"join_squares", TILE_LINE},
    [OCL_K_CLIP_NORM] = {"clip_norm", TILE_LINE},
    [OCL_K_SGD] = {"sgd", TILE_LINE},
    [OCL_K_MOMENTUM] = {"momentum", TILE_LINE},
    [OCL_K_NESTEROV] = {"nesterov", TILE_LINE},
    [OCL_K_RMSPROP] = {"rmsprop", TILE_LINE},
    [OCL_K_ADAM] = {"adam", TILE_LINE},
    [OCL_K_ADAMW] = {"adamw", TILE_LINE},
    [OCL_K_ARTICLE_EPOCH] = {"article_epoch", TILE_ARTICLE},
    [OCL_K_MINIBATCH_GRAD] = {"minibatch_grad", TILE_MINIBATCH},
    [OCL_K_START] = {"start", TILE_LINE},
    [OCL_K_CARRY] = {"carry", TILE_LINE},
    [OCL_K_START_GRAD] = {"start_grad", TILE_LINE},
    [OCL_K_CLIMB] = {"climb", TILE_LINE},
    [OCL_K_INPUTS_GRAD] = {"inputs_grad", TILE_STATE},
};

const char *ocl_kernel_name(int id)
{
    return kernel_table[id % OCL_FEW].name;
}

/* -D options: the tiles', and of the network only what a tile's code depends on. All other shapes are arguments, so that
 * networks share builds. */
static void write_options(const ocl_plan *plan, tile_kind kind, char *text, size_t size)
{
    const ocl_tile *state = kind == TILE_ARTICLE ? &plan->article : kind == TILE_FEW ? &plan->few : &plan->state;
    const ocl_tile *grad = kind == TILE_UPPER ? &plan->upper_grad : &plan->grad;
    const bool is_grad = kind == TILE_GRAD || kind == TILE_UPPER;
    int used = snprintf(text, size, "-DVEC=%u", kind == TILE_LINE || is_grad ? grad->vec : state->vec);
    if (kind == TILE_LINE)
        used += snprintf(text + used, size - (size_t)used, " -DNORM_BLOCK=%d -DNORM_ITEM=%u", RNN_NORM_BLOCK,
                         plan->norm_item);
    if (kind != TILE_LINE && !is_grad)
        used += snprintf(text + used, size - (size_t)used, " -DROWS=%u -DCOLS=%u -DHP=%zu -DACTIVATION=%d", state->rows,
                         state->cols, state->padded, (int)plan->head.network.activation);
    if (kind == TILE_STATE || kind == TILE_FEW || kind == TILE_MINIBATCH)
        used += snprintf(text + used, size - (size_t)used, " -DCELL=%d -DROW=%zu -DGATES=%zu -DCARRY=%zu",
                         (int)plan->head.network.cell, plan->head.row, plan->gates, plan->carry);
    if (kind == TILE_STATE)
        used += snprintf(text + used, size - (size_t)used, " -DPACK_ROWS=%d", OCL_PACK_ROWS);
    if (kind == TILE_STATE || kind == TILE_FEW)
        used += snprintf(text + used, size - (size_t)used, " -DSTACK=%d", plan->head.network.L > 1);
    if (is_grad || kind == TILE_MINIBATCH)
        used += snprintf(text + used, size - (size_t)used, " -DGRAD_ROWS=%u -DGRAD_COLS=%u -DTILES=%u -DTERMS=%u",
                         grad->rows, grad->cols, grad->tiles, grad->terms);
    if (kind == TILE_STATE || kind == TILE_FEW || is_grad)
        used += snprintf(text + used, size - (size_t)used, " -DPREFETCHES=%d", plan->prefetches);
    if (kind != TILE_LINE)
        snprintf(text + used, size - (size_t)used, " -DLANES=%u", is_grad ? grad->lanes : state->lanes);
}

rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out)
{
    if (!plan->kernels[id]) {
        char options[512];
        const tile_kind kind = id >= OCL_UPPER ? TILE_UPPER : id >= OCL_FEW ? TILE_FEW : kernel_table[id].tile;
        write_options(plan, kind, options, sizeof options);
        const rnn_status status = ocl_build_kernel((ocl_backend *)plan->head.backend, program_files[kind],
                                                   ocl_kernel_name(id), options, &plan->kernels[id]);
        if (status)
            return status;
    }
    *out = plan->kernels[id];
    return RNN_OK;
}

rnn_status rnn_opencl_build(rnn_plan *plan, rnn_tile_kind kind)
{
    static const tile_kind programs[RNN_TILE_KINDS] = {[RNN_TILE_STATE] = TILE_STATE, [RNN_TILE_GRAD] = TILE_GRAD};
    rnn_status status = RNN_OK;
    cl_kernel kernel;
    for (int id = 0; id < OCL_K_COUNT && status == RNN_OK; id++)
        if ((kernel_table[id].tile == programs[kind] && (id != OCL_K_INPUTS_GRAD || plan->network.L > 1)) ||
            (kernel_table[id].tile == TILE_MINIBATCH && ((ocl_plan *)plan)->whole))
            status = ocl_plan_kernel((ocl_plan *)plan, id, &kernel);
    return status;
}

void ocl_plan_release(rnn_plan *head)
{
    ocl_plan *plan = (ocl_plan *)head;
    if (!plan)
        return;
    ocl_release(head->backend, plan->pairs);
    ocl_release(head->backend, plan->scratch);
    ocl_release(head->backend, plan->squares);
    ocl_release(head->backend, plan->backward);
    ocl_release(head->backend, plan->forward);
    for (int id = 0; id < OCL_KERNELS; id++)
        if (plan->kernels[id])
            OCL_CALL(head->backend->calls, clReleaseKernel(plan->kernels[id]));
    free(plan);
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* What weight_grad.clh stages of a record of dz from one sum on, with such a tile. */
static size_t staged_columns(const ocl_tile *grad, size_t H)
{
    const size_t group = (size_t)grad->tiles * grad->rows, groups = ocl_ceil_div(H, group);
    return (groups - 1) * group + ocl_ceil_div(group, grad->vec) * grad->vec;
}

/* Of a record of h: the state's padded columns; the units with the inputs and the 1 that follow them (recurrence.clh), in as many
 * columns as weight_grad.clh stages; then what gates leave, and in stacks the inputs. Of one of dz: the sums, of the last as many columns as
 * are staged; what is carried back, and in stacks what comes from above. A row has room for either, in whole cache lines, and an odd
 * number of them, since records a power of two apart would share few places in a cache. */
static void lay_out_row(ocl_plan *plan, const rnn_network *net, size_t real)
{
    const ocl_tile *grad = &plan->grad, *upper = &plan->upper_grad;
    const bool gated = plan->shape->sums > 1, stack = net->L > 1;
    const size_t vec = larger(plan->state.vec, grad->vec), line = larger(CACHE_LINE / real, vec);
    const size_t padded = plan->state.padded, sums = plan->shape->sums, kept = plan->shape->kept;
    size_t units = larger(larger(padded, net->H + net->D + 1), grad->padded);
    size_t left = staged_columns(grad, net->H);
    if (stack) {
        units = larger(larger(units, 2 * net->H + 1), upper->padded);
        left = larger(left, staged_columns(upper, net->H));
    }
    plan->gates = gated ? ocl_ceil_div(units, line) * line : 0;
    plan->inputs = gated ? plan->gates + (sums + kept) * padded : ocl_ceil_div(units, line) * line;
    plan->carry = gated ? sums * padded : 0;
    plan->given = gated ? plan->carry + padded : padded;
    const size_t state = stack ? plan->inputs + padded : gated ? plan->inputs : units;
    const size_t gradient = stack ? plan->given + padded : gated ? plan->given : 0;
    plan->head.row = (ocl_ceil_div(larger(larger(state, gradient), (sums - 1) * padded + left), line) | 1) * line;
    plan->head.apart = padded;
    plan->head.c = plan->gates + sums * padded;
}

/* The offsets of a sum's rows of one tensor; -1: none. */
static cl_long rows_at(const rnn_tensor *tensor, int gate, size_t H)
{
    return tensor->count && gate >= 0 ? (cl_long)(tensor->offset + (size_t)gate * H * tensor->columns) : -1;
}

static void lay_out_layer(ocl_plan *plan, const rnn_network *net, size_t index)
{
    const rnn_cell_shape *shape = plan->shape;
    const rnn_tensor *U = rnn_layer_tensor(net, index, RNN_U), *b = rnn_layer_tensor(net, index, RNN_B);
    const rnn_tensor *b_state = rnn_layer_tensor(net, index, RNN_B_STATE);
    ocl_layer *layer = &plan->layers[index];
    const bool per_step = index == 0 && net->input_weights == RNN_INPUT_PER_STEP;
    *layer = (ocl_layer){.inputs = rnn_layer_inputs(net, index), .UC = U->columns};
    layer->grad = index == 0 ? &plan->grad : &plan->upper_grad;
    layer->input_step = per_step ? net->D : 0;
    for (size_t s = 0; s < RNN_UNIT_SUMS; s++) {
        const int input = s < shape->sums ? shape->input[s] : -1;
        layer->U[s] = rows_at(U, input, net->H);
        layer->W[s] = rows_at(rnn_layer_tensor(net, index, RNN_W), s < shape->gates ? (int)s : -1, net->H);
        layer->b[s] = s < shape->sums && input < 0 ? rows_at(b_state, 0, net->H) : rows_at(b, input, net->H);
    }
}

/* Panels and gradient blocks, a layer behind the other. Of a block: each layer's product in whole tiles, then what is part of no
 * product, in whole vectors. */
static void lay_out_layers(ocl_plan *plan, const rnn_network *net, size_t *forward, size_t *backward)
{
    const size_t vec = plan->grad.vec, padded = plan->state.padded;
    *forward = *backward = plan->rest = 0;
    for (size_t i = 0; i < net->L; i++) {
        ocl_layer *layer = &plan->layers[i];
        lay_out_layer(plan, net, i);
        layer->forward = *forward;
        layer->backward = *backward;
        layer->product = plan->rest;
        *forward += plan->shape->sums * (1 + layer->UC + net->H) * padded;
        *backward += plan->shape->gates * net->H * padded;
        layer->backward_inputs = *backward;
        *backward += i > 0 ? plan->shape->gates * net->H * padded : 0;
        plan->rest += plan->shape->sums * ocl_sum_rows(layer, net) * layer->grad->padded;
    }
    plan->rest_inputs = net->input_weights == RNN_INPUT_PER_STEP ? net->tensor[RNN_U].count : 0;
    const size_t rest = plan->rest_inputs + net->parameters - net->tensor[RNN_V].offset;
    plan->head.block = plan->rest + ocl_ceil_div(rest, vec) * vec;
}

/* What the article's rule is written for. */
static bool is_article_network(const rnn_network *net)
{
    return net->cell == RNN_ELMAN && net->input_weights == RNN_INPUT_PER_STEP && net->D == 1 && net->O == 1 &&
           net->tensor[RNN_B].count == 0;
}

/* The numbers of the loss to the device, where it has any. */
static rnn_status send_pairs(ocl_plan *plan)
{
    const rnn_loss_rule *rule = &plan->head.network.loss;
    rnn_backend *head = plan->head.backend;
    const size_t real = rnn_real_size(head), count = 2 * rule->Q;
    float narrow[2 * RNN_MOST_QUANTILES];
    if (rule->kind != RNN_HUBER && rule->kind != RNN_QUANTILE)
        return RNN_OK;
    for (size_t i = 0; i < count; i++)
        narrow[i] = (float)rule->pair[i / 2][i % 2];
    head->sharing = true; /* by all members */
    const rnn_status status = ocl_alloc(head, count * real, "numbers of the loss", &plan->pairs);
    head->sharing = false;
    if (status || head->sizing)
        return status;
    return ocl_write(head, plan->pairs, 0, count * real, real == sizeof *narrow ? (const void *)narrow : rule->pair);
}

rnn_status ocl_plan_new(rnn_backend *head, const rnn_network *network, size_t batch, rnn_plan **out)
{
    ocl_backend *self = (ocl_backend *)head;
    const size_t real = rnn_real_size(head), n = network->parameters;
    size_t forward, backward;     /* elements of the panels */
    rnn_network upper = *network; /* as a layer on top of another is */
    rnn_status status;
    ocl_plan *plan = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(plan, 1));
    RNN_TRY(ocl_tile_for(self, RNN_TILE_STATE, network, batch, &plan->state));
    plan->few = plan->state;
    plan->few.rows = 1;
    RNN_TRY(ocl_tile_for(self, RNN_TILE_GRAD, network, batch, &plan->grad));
    upper.D = network->H;
    RNN_TRY(ocl_tile_for(self, RNN_TILE_GRAD, &upper, batch, &plan->upper_grad));
    if (plan->upper_grad.vec !=
        plan->grad.vec) /* reduce.cl has one width; a line may be legal for one of the two alone */
        plan->upper_grad = ocl_grad_tile(self, &(rnn_tuning){.vec = plan->grad.vec}, upper.H, 2 * upper.H + 1);
    plan->article = ocl_article_tile(self, network->H);
    plan->head = (rnn_plan){.backend = head, .network = *network, .steps = 1};
    plan->shape = rnn_shape_of(network->cell);
    lay_out_row(plan, network, real);
    lay_out_layers(plan, network, &forward, &backward);
    plan->prefetches = self->native_vector > 1;
    plan->fused = ocl_fuses(self, network, &plan->state);
    plan->whole = plan->fused && plan->state.lanes == 1 && plan->grad.lanes == 1 && plan->state.vec == plan->grad.vec &&
                  network->input_weights == RNN_INPUT_SHARED && network->input_mode == RNN_MODE_STEP &&
                  network->L == 1 && rnn_gradient_steps(network) == network->T;
    plan->column_group = plan->head.row < COLUMN_GROUP ? plan->head.row : COLUMN_GROUP;
    if (plan->column_group > self->group_limit)
        plan->column_group = self->group_limit;
    plan->norm_item = plan->grad.vec > 1 ? NORM_ITEM : 1;
    RNN_TRY(ocl_alloc(head, forward * real, "parameters packed for the way forward", &plan->forward));
    RNN_TRY(ocl_alloc(head, backward * real, "parameters packed for the way back", &plan->backward));
    RNN_TRY(ocl_alloc(head, rnn_norm_blocks(n) * real, "sums of squares", &plan->squares));
    RNN_TRY(send_pairs(plan));
    if (is_article_network(network)) {
        const size_t rows = network->H + network->T + 1 + (network->T + 1) + 4;
        RNN_TRY(ocl_alloc(head, rows * plan->article.padded * real, "the article's running sums", &plan->scratch));
    }
    *out = &plan->head;
    return RNN_OK;
fail:
    ocl_plan_release(plan ? &plan->head : NULL);
    return status;
}
