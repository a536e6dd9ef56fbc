/* SPDX-License-Identifier: MIT */
#include "backend/opencl/plan.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

#define COLUMN_GROUP 64
#define CACHE_LINE   64

/* Kernels that share a tile are one program: a build has one front-end run however many kernels it holds, and devices that
 * compile a kernel when it is first queued compile no more than the run needs. */
typedef enum tile_kind { TILE_LINE, TILE_STATE, TILE_GRAD, TILE_ARTICLE, TILE_KINDS } tile_kind;

static const char *const program_files[TILE_KINDS][7] = {
    [TILE_LINE] = {"window.cl", "output.cl", "loss.cl", "reduce.cl", "clip.cl", "update.cl"},
    [TILE_STATE] = {"pack.cl", "elman.cl"},
    [TILE_GRAD] = {"weight_grad.cl"},
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
    [OCL_K_ADAM] = {"adam", TILE_LINE},
    [OCL_K_ARTICLE_EPOCH] = {"article_epoch", TILE_ARTICLE},
};

const char *ocl_kernel_name(int id)
{
    return kernel_table[id].name;
}

/* -D options: the tile's, and of the network only what a tile's code depends on. All other shapes are arguments, so that
 * networks share builds. */
static void write_options(const ocl_plan *plan, tile_kind kind, char *text, size_t size)
{
    const ocl_tile line = {.vec = plan->line_vec, .rows = 1, .cols = 1, .lanes = 1};
    const ocl_tile *const tiles[TILE_KINDS] = {&line, &plan->state, &plan->grad, &plan->article};
    const ocl_tile *tile = tiles[kind];
    const int used = snprintf(text, size, "-DVEC=%u -DROWS=%u -DCOLS=%u -DLANES=%u -DNORM_BLOCK=%d", tile->vec,
                              tile->rows, tile->cols, tile->lanes, RNN_NORM_BLOCK);
    if (kind == TILE_GRAD)
        snprintf(text + used, size - (size_t)used, " -DTILES=%u -DTERMS=%u", tile->tiles, tile->terms);
    if (kind == TILE_STATE || kind == TILE_ARTICLE)
        snprintf(text + used, size - (size_t)used, " -DHP=%zu -DACTIVATION=%d -DPACK_ROWS=%d", tile->padded,
                 (int)plan->head.network.activation, OCL_PACK_ROWS);
}

rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out)
{
    if (!plan->kernels[id]) {
        char options[256];
        const tile_kind kind = kernel_table[id].tile;
        write_options(plan, kind, options, sizeof options);
        const rnn_status status = ocl_build_kernel((ocl_backend *)plan->head.backend, program_files[kind],
                                                   kernel_table[id].name, options, &plan->kernels[id]);
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
        if (kernel_table[id].tile == programs[kind])
            status = ocl_plan_kernel((ocl_plan *)plan, id, &kernel);
    return status;
}

void ocl_plan_release(rnn_plan *head)
{
    ocl_plan *plan = (ocl_plan *)head;
    if (!plan)
        return;
    ocl_release(head->backend, plan->scratch);
    ocl_release(head->backend, plan->squares);
    ocl_release(head->backend, plan->backward);
    ocl_release(head->backend, plan->forward);
    for (int id = 0; id < OCL_K_COUNT; id++)
        if (plan->kernels[id])
            clReleaseKernel(plan->kernels[id]);
    free(plan);
}

/* Elements from one record to the next: the state's padded columns, or the units with the inputs and the 1 that follow them
 * (elman.cl), and room for a vector that begins at the last unit; whole cache lines, and an odd number of them, since
 * records a power of two apart would share few places in a cache. */
static size_t row_elements(const ocl_plan *plan, const rnn_network *net, size_t real)
{
    const size_t vec = plan->state.vec > plan->grad.vec ? plan->state.vec : plan->grad.vec;
    const size_t line = CACHE_LINE / real > vec ? CACHE_LINE / real : vec;
    const size_t used = net->H + (net->D + 1 > vec ? net->D + 1 : vec);
    const size_t least = plan->state.padded > used ? plan->state.padded : used;
    return ((least + line - 1) / line | 1) * line;
}

/* What the article's rule is written for. */
static bool is_article_network(const rnn_network *net)
{
    return net->input_weights == RNN_INPUT_PER_STEP && net->D == 1 && net->O == 1 && net->tensor[RNN_B].count == 0;
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
    RNN_TRY(ocl_tile_for(self, RNN_TILE_GRAD, network, batch, &plan->grad));
    plan->article = ocl_article_tile(self, network->H);
    plan->head = (rnn_plan){head, *network, row_elements(plan, network, real)};
    plan->blocks = plan->state.padded / ((size_t)plan->state.vec * plan->state.cols * plan->state.lanes);
    plan->fused = ocl_fuses(self, network->H, &plan->state);
    plan->column_group = plan->head.row < COLUMN_GROUP ? plan->head.row : COLUMN_GROUP;
    if (plan->column_group > self->group_limit)
        plan->column_group = self->group_limit;
    plan->input_columns = network->tensor[RNN_U].columns;
    plan->line_vec = plan->state.vec <= n ? plan->state.vec : 1;
    RNN_TRY(ocl_alloc(head, (1 + plan->input_columns + network->H) * plan->state.padded * real,
                      "parameters packed for the way forward", &plan->forward));
    RNN_TRY(
        ocl_alloc(head, network->H * plan->state.padded * real, "parameters packed for the way back", &plan->backward));
    RNN_TRY(ocl_alloc(head, rnn_norm_blocks(n) * real, "sums of squares", &plan->squares));
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
