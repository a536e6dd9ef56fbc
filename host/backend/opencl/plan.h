/* SPDX-License-Identifier: MIT
 * plan.h - one network on one device: tiles, kernels built when first used, parameters in the kernels' layout
 */
#ifndef RNN_OPENCL_PLAN_H
#define RNN_OPENCL_PLAN_H

#include "backend/opencl/internal.h"

enum {
    OCL_K_PACK,
    OCL_K_GATHER,
    OCL_K_HIDDEN_STATE,
    OCL_K_PROJECT,
    OCL_K_LOSS,
    OCL_K_PROJECT_GRAD,
    OCL_K_HIDDEN_STATE_GRAD,
    OCL_K_RECURRENT_GRAD,
    OCL_K_INPUT_GRAD,
    OCL_K_OUTPUT_GRAD,
    OCL_K_JOIN_BLOCKS,
    OCL_K_CLIP_VALUE,
    OCL_K_SQUARE_SUMS,
    OCL_K_JOIN_SQUARES,
    OCL_K_CLIP_NORM,
    OCL_K_SGD,
    OCL_K_MOMENTUM,
    OCL_K_NESTEROV,
    OCL_K_RMSPROP,
    OCL_K_ADAM,
    OCL_K_ADAMW,
    OCL_K_ARTICLE_EPOCH,
    OCL_K_MINIBATCH_GRAD,
    OCL_K_START,
    OCL_K_CARRY,
    OCL_K_START_GRAD,
    OCL_K_CLIMB,
    OCL_K_INPUTS_GRAD,
    OCL_K_COUNT
};

/* Added to a kernel's id: the same with the tile of `few` records; of the layers on top of another. */
#define OCL_FEW     64
#define OCL_UPPER   (2 * OCL_FEW)
#define OCL_KERNELS (OCL_UPPER + OCL_K_COUNT)

/* Rows of a panel that one item of pack.cl fills. */
#define OCL_PACK_ROWS 16

/* Where a layer's part of what layers share begins, in elements. */
typedef struct ocl_layer {
    size_t inputs;            /* D, or H */
    size_t UC, input_step;    /* columns of U; from one step's to the next: 0 where steps share them */
    size_t forward, backward; /* in the panels */
    size_t backward_inputs;   /* in those of the way back, where its inputs are another layer's units */
    size_t product;           /* in a gradient block */
    const ocl_tile *grad;
    /* of each sum of a unit: where its rows begin in the flat block; -1: it has none. A kernel takes them as a long4 */
    cl_long U[RNN_UNIT_SUMS], W[RNN_UNIT_SUMS], b[RNN_UNIT_SUMS];
} ocl_layer;

typedef struct ocl_plan {
    rnn_plan head;
    cl_kernel kernels[OCL_KERNELS];
    ocl_tile state, grad, article;
    ocl_tile upper_grad; /* of layers on top of another */
    ocl_tile few;        /* state with one record a tile */
    bool fused;          /* whole sequences a launch */
    bool whole;          /* minibatch.cl is written for this network and these tiles */
    bool prefetches;     /* kernels ask for memory ahead: on CPUs */
    unsigned norm_item;  /* blocks of squares an item sums up */
    size_t column_group; /* items that share a row of an elementwise kernel over (.., row) */
    const rnn_cell_shape *shape;
    ocl_layer layers[RNN_MAX_LAYERS];
    /* where in a record of h and of dz: the sums, what is carried back; in stacks, what comes from the layer below and above */
    size_t gates, carry, inputs, given;
    size_t rest;          /* where, in a gradient block, the sums that are not a product's begin: see weight_grad.cl */
    size_t rest_inputs;   /* how many of them are U's */
    rnn_buffer *forward;  /* panels of b, U^T, W^T: see pack.cl */
    rnn_buffer *backward; /* panels of W */
    rnn_buffer *squares;  /* (norm blocks) */
    rnn_buffer *pairs;    /* (Q,2) of losses that have them; else NULL */
    rnn_buffer *scratch;  /* of the article's rule, for networks it can train; else NULL */
} ocl_plan;

/* Rows that one sum's product takes in a gradient block: H in whole tiles. */
static inline size_t ocl_sum_rows(const ocl_layer *layer, const rnn_network *network)
{
    return ocl_ceil_div(network->H, layer->grad->rows) * layer->grad->rows;
}

rnn_status ocl_plan_new(rnn_backend *head, const rnn_network *network, size_t batch, rnn_plan **out);
void ocl_plan_release(rnn_plan *head);

/* The kernel, built now if this is its first use. */
rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out);
const char *ocl_kernel_name(int id);

static inline ocl_plan *ocl_plan_of(rnn_plan *head)
{
    return (ocl_plan *)head;
}

static inline ocl_backend *ocl_device_of(const ocl_plan *plan)
{
    return (ocl_backend *)plan->head.backend;
}

/* Builds the kernel if need be and queues it: LAUNCH(plan, OCL_K_PACK, range, OCL_BUFFER(params), ...) */
#define LAUNCH(plan, id, range, ...)                                                                \
    do {                                                                                            \
        cl_kernel kernel_;                                                                          \
        const rnn_status status_ = ocl_plan_kernel((plan), (id), &kernel_);                         \
        if (status_ != RNN_OK)                                                                      \
            return status_;                                                                         \
        return OCL_LAUNCH(ocl_device_of(plan), kernel_, ocl_kernel_name(id), (range), __VA_ARGS__); \
    } while (0)

#define LINE_GROUP 64 /* items a group of the elementwise kernels */

/* ---- layers.c ------------------------------------------------------------------------------------------------------ */

/* Operations of backend.h. */
rnn_status ocl_pack(rnn_plan *head, const rnn_buffer *params);
rnn_status ocl_start(rnn_plan *head, const rnn_buffer *params, size_t B, rnn_buffer *h);
rnn_status ocl_carry(rnn_plan *head, size_t B, rnn_buffer *h);
rnn_status ocl_forward(rnn_plan *head, const rnn_buffer *x, size_t B, rnn_buffer *h);
rnn_status ocl_backward(rnn_plan *head, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz);
rnn_status ocl_weight_grad(rnn_plan *head, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                           const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial);
rnn_status ocl_reduce(rnn_plan *head, const rnn_buffer *partial, size_t P, const rnn_buffer *losses, size_t slot,
                      rnn_buffer *gradient, rnn_buffer *health);

/* What minibatch.cl and the output share with them; each is explained where it is made. */
bool ocl_is_few(const ocl_plan *plan, size_t B);
size_t ocl_reached_start(const ocl_plan *plan, size_t B);
size_t ocl_chunk_terms(const ocl_plan *plan, const ocl_tile *tile, size_t B, size_t P);
cl_uint ocl_stateless_sums(const ocl_plan *plan);
size_t ocl_input_block(const ocl_plan *plan, const ocl_tile *tile);

#endif
