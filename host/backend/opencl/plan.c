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
    TILE_MINIBATCH,
    TILE_ARTICLE,
    TILE_KINDS
} tile_kind;

static const char *const program_files[TILE_KINDS][7] = {
    [TILE_LINE] = {"window.cl", "output.cl", "loss.cl", "reduce.cl", "clip.cl", "update.cl"},
    [TILE_STATE] = {"pack.cl", "elman.cl"},
    [TILE_FEW] = {"elman.cl"},
    [TILE_GRAD] = {"weight_grad.cl"},
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
    const ocl_tile *grad = &plan->grad;
    int used = snprintf(text, size, "-DVEC=%u", kind == TILE_LINE || kind == TILE_GRAD ? grad->vec : state->vec);
    if (kind == TILE_LINE)
        used += snprintf(text + used, size - (size_t)used, " -DNORM_BLOCK=%d -DNORM_ITEM=%u", RNN_NORM_BLOCK,
                         plan->norm_item);
    if (kind != TILE_LINE && kind != TILE_GRAD)
        used += snprintf(text + used, size - (size_t)used, " -DROWS=%u -DCOLS=%u -DHP=%zu -DACTIVATION=%d", state->rows,
                         state->cols, state->padded, (int)plan->head.network.activation);
    if (kind == TILE_STATE || kind == TILE_FEW || kind == TILE_MINIBATCH)
        used += snprintf(text + used, size - (size_t)used, " -DROW=%zu", plan->head.row);
    if (kind == TILE_STATE)
        used += snprintf(text + used, size - (size_t)used, " -DPACK_ROWS=%d", OCL_PACK_ROWS);
    if (kind == TILE_GRAD || kind == TILE_MINIBATCH)
        used += snprintf(text + used, size - (size_t)used, " -DGRAD_ROWS=%u -DGRAD_COLS=%u -DTILES=%u -DTERMS=%u",
                         grad->rows, grad->cols, grad->tiles, grad->terms);
    if (kind == TILE_STATE || kind == TILE_FEW || kind == TILE_GRAD)
        used += snprintf(text + used, size - (size_t)used, " -DPREFETCHES=%d", plan->prefetches);
    if (kind != TILE_LINE)
        snprintf(text + used, size - (size_t)used, " -DLANES=%u", kind == TILE_GRAD ? grad->lanes : state->lanes);
}

rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out)
{
    if (!plan->kernels[id]) {
        char options[256];
        const tile_kind kind = id >= OCL_FEW ? TILE_FEW : kernel_table[id].tile;
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
        if (kernel_table[id].tile == programs[kind] ||
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

/* Elements from one record to the next: the state's padded columns; the units with the inputs and the 1 that follow them
 * (elman.clh), in as many columns as weight_grad.clh stages, and all that it stages of dz; in whole cache lines, and an odd number
 * of them, since records a power of two apart would share few places in a cache. */
static size_t row_elements(const ocl_plan *plan, const rnn_network *net, size_t real)
{
    const ocl_tile *grad = &plan->grad;
    const size_t vec = plan->state.vec > grad->vec ? plan->state.vec : grad->vec;
    const size_t line = CACHE_LINE / real > vec ? CACHE_LINE / real : vec;
    const size_t group = (size_t)grad->tiles * grad->rows, groups = ocl_ceil_div(net->H, group);
    const size_t needs[] = {plan->state.padded, net->H + net->D + 1, grad->padded,
                            (groups - 1) * group + ocl_ceil_div(group, grad->vec) * grad->vec};
    size_t least = 0;
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        least = needs[i] > least ? needs[i] : least;
    return (ocl_ceil_div(least, line) | 1) * line;
}

/* Of a gradient block: the product's sums in whole tiles, then what is not part of the product, in whole vectors. */
static void lay_out_block(ocl_plan *plan, const rnn_network *net)
{
    const size_t vec = plan->grad.vec;
    plan->rest = ocl_ceil_div(net->H, plan->grad.rows) * plan->grad.rows * plan->grad.padded;
    plan->rest_inputs = net->input_weights == RNN_INPUT_PER_STEP ? net->tensor[RNN_U].count : 0;
    const size_t rest = plan->rest_inputs + net->tensor[RNN_V].count + net->tensor[RNN_C].count;
    plan->head.block = plan->rest + ocl_ceil_div(rest, vec) * vec;
}

/* What the article's rule is written for. */
static bool is_article_network(const rnn_network *net)
{
    return net->input_weights == RNN_INPUT_PER_STEP && net->D == 1 && net->O == 1 && net->tensor[RNN_B].count == 0;
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
    rnn_status status;
    ocl_plan *plan = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(plan, 1));
    RNN_TRY(ocl_tile_for(self, RNN_TILE_STATE, network, batch, &plan->state));
    plan->few = plan->state;
    plan->few.rows = 1;
    RNN_TRY(ocl_tile_for(self, RNN_TILE_GRAD, network, batch, &plan->grad));
    plan->article = ocl_article_tile(self, network->H);
    plan->head = (rnn_plan){head, *network, row_elements(plan, network, real), 0};
    lay_out_block(plan, network);
    plan->prefetches = self->native_vector > 1;
    plan->fused = ocl_fuses(self, network->H, &plan->state);
    plan->whole = plan->fused && plan->state.lanes == 1 && plan->grad.lanes == 1 && plan->state.vec == plan->grad.vec &&
                  network->input_weights == RNN_INPUT_SHARED && network->input_mode == RNN_MODE_STEP;
    plan->column_group = plan->head.row < COLUMN_GROUP ? plan->head.row : COLUMN_GROUP;
    if (plan->column_group > self->group_limit)
        plan->column_group = self->group_limit;
    plan->input_columns = network->tensor[RNN_U].columns;
    plan->norm_item = plan->grad.vec > 1 ? NORM_ITEM : 1;
    RNN_TRY(ocl_alloc(head, (1 + plan->input_columns + network->H) * plan->state.padded * real,
                      "parameters packed for the way forward", &plan->forward));
    RNN_TRY(
        ocl_alloc(head, network->H * plan->state.padded * real, "parameters packed for the way back", &plan->backward));
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
