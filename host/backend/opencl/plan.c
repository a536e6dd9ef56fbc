/* SPDX-License-Identifier: MIT */
#include "backend/opencl/plan.h"
#include "base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* Where the macros VEC, ROWS, COLS, LANES and HP of a kernel come from. */
typedef enum tile_kind { TILE_LINE, TILE_STATE, TILE_GRAD, TILE_ARTICLE } tile_kind;

static const struct {
    const char *file, *name;
    tile_kind tile;
} kernel_table[OCL_K_COUNT] = {
    [OCL_K_PACK] = {"pack.cl", "pack", TILE_STATE},
    [OCL_K_GATHER] = {"window.cl", "gather", TILE_LINE},
    [OCL_K_HIDDEN_STATE] = {"elman.cl", "hidden_state", TILE_STATE},
    [OCL_K_PROJECT] = {"output.cl", "project", TILE_STATE},
    [OCL_K_LOSS] = {"loss.cl", "loss", TILE_LINE},
    [OCL_K_PROJECT_GRAD] = {"output.cl", "project_grad", TILE_STATE},
    [OCL_K_HIDDEN_STATE_GRAD] = {"elman.cl", "hidden_state_grad", TILE_STATE},
    [OCL_K_OUTER_SUM] = {"weight_grad.cl", "outer_sum", TILE_GRAD},
    [OCL_K_JOIN_BLOCKS] = {"reduce.cl", "join_blocks", TILE_LINE},
    [OCL_K_CLIP_VALUE] = {"clip.cl", "clip_value", TILE_LINE},
    [OCL_K_SQUARE_SUMS] = {"clip.cl", "square_sums", TILE_LINE},
    [OCL_K_JOIN_SQUARES] = {"clip.cl", "join_squares", TILE_LINE},
    [OCL_K_CLIP_NORM] = {"clip.cl", "clip_norm", TILE_LINE},
    [OCL_K_SGD] = {"update.cl", "sgd", TILE_LINE},
    [OCL_K_MOMENTUM] = {"update.cl", "momentum", TILE_LINE},
    [OCL_K_ADAM] = {"update.cl", "adam", TILE_LINE},
    [OCL_K_ARTICLE_EPOCH] = {"article.cl", "article_epoch", TILE_ARTICLE},
};

const char *ocl_kernel_name(int id)
{
    return kernel_table[id].name;
}

/* -D options: the network's shape, then the tile's. */
static void write_options(const ocl_plan *plan, tile_kind kind, char *text, size_t size)
{
    const rnn_network *net = &plan->head.network;
    const rnn_tensor *tensor = net->tensor;
    const ocl_tile line = {plan->line_vec, 1, 1, 1, plan->head.row};
    const ocl_tile *tile = kind == TILE_STATE     ? &plan->state
                           : kind == TILE_GRAD    ? &plan->grad
                           : kind == TILE_ARTICLE ? &plan->article
                                                  : &line;
    int used =
        snprintf(text, size, "-DVEC=%u -DROWS=%u -DCOLS=%u -DLANES=%u", tile->vec, tile->rows, tile->cols, tile->lanes);
    if (kind == TILE_GRAD) /* its shapes are arguments: one build serves every network */
        return;
    used +=
        snprintf(text + used, size - (size_t)used,
                 " -DHP=%zu -DH=%zu -DD=%zu -DO=%zu -DUC=%zu -DINPUT_STEP=%zu -DCOLUMNS=%zu -DTARGET=%zu"
                 " -DWINDOW_MODE=%d -DACTIVATION=%d -DHAS_BIAS=%d -DNORM_BLOCK=%d",
                 tile->padded, net->H, net->D, net->O, plan->input_columns,
                 net->input_weights == RNN_INPUT_PER_STEP ? net->D : (size_t)0, net->columns, net->T - 1 + net->horizon,
                 net->input_mode == RNN_MODE_WINDOW, (int)net->activation, tensor[RNN_B].count > 0, RNN_NORM_BLOCK);
    used += snprintf(
        text + used, size - (size_t)used, " -DOFFSET_U=%zu -DOFFSET_W=%zu -DOFFSET_B=%zu -DOFFSET_V=%zu -DOFFSET_C=%zu",
        tensor[RNN_U].offset, tensor[RNN_W].offset, tensor[RNN_B].offset, tensor[RNN_V].offset, tensor[RNN_C].offset);
    if (kind == TILE_ARTICLE)
        snprintf(text + used, size - (size_t)used, " -DT=%zu", net->T);
}

rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out)
{
    if (!plan->kernels[id]) {
        char options[1024];
        write_options(plan, kernel_table[id].tile, options, sizeof options);
        const rnn_status status = ocl_build_kernel((ocl_backend *)plan->head.backend, kernel_table[id].file,
                                                   kernel_table[id].name, options, &plan->kernels[id]);
        if (status)
            return status;
    }
    *out = plan->kernels[id];
    return RNN_OK;
}

void ocl_plan_release(rnn_plan *head)
{
    ocl_plan *plan = (ocl_plan *)head;
    if (!plan)
        return;
    ocl_release(head->backend, plan->scratch);
    ocl_release(head->backend, plan->squares);
    ocl_release(head->backend, plan->ones);
    ocl_release(head->backend, plan->panels);
    for (int id = 0; id < OCL_K_COUNT; id++)
        if (plan->kernels[id])
            clReleaseKernel(plan->kernels[id]);
    free(plan);
}

static rnn_status make_ones(ocl_plan *plan, size_t real)
{
    const double doubles[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const float floats[16] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const rnn_status status = ocl_alloc(plan->head.backend, 16 * real, "a vector of ones", &plan->ones);
    if (status)
        return status;
    return ocl_write(plan->head.backend, plan->ones, 0, 16 * real,
                     real == sizeof(double) ? (const void *)doubles : (const void *)floats);
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
    plan->state = ocl_state_tile(self, network->H, batch);
    plan->grad = ocl_grad_tile(self, network->H);
    plan->article = ocl_article_tile(self, network->H);
    plan->head = (rnn_plan){head, *network, plan->state.padded};
    plan->blocks = plan->state.padded / ((size_t)plan->state.vec * plan->state.cols * plan->state.lanes);
    plan->fused = ocl_fuses(self, network->H, &plan->state);
    plan->input_columns = network->tensor[RNN_U].columns;
    plan->line_vec = plan->state.vec <= n ? plan->state.vec : 1;
    RNN_TRY(ocl_alloc(head, (1 + plan->input_columns + 2 * network->H) * plan->head.row * real, "packed parameters",
                      &plan->panels));
    RNN_TRY(make_ones(plan, real));
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
