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
    OCL_K_COUNT
};

/* Added to a kernel's id: the same with the tile of `few` records. */
#define OCL_FEW     64
#define OCL_KERNELS (OCL_FEW + OCL_K_COUNT)

/* Rows of a panel that one item of pack.cl fills. */
#define OCL_PACK_ROWS 16

typedef struct ocl_plan {
    rnn_plan head;
    cl_kernel kernels[OCL_KERNELS];
    ocl_tile state, grad, article;
    ocl_tile few;         /* state with one record a tile */
    bool fused;           /* whole sequences a launch */
    bool whole;           /* minibatch.cl is written for this network and these tiles */
    bool prefetches;      /* kernels ask for memory ahead: on CPUs */
    size_t column_group;  /* items that share a row of an elementwise kernel over (.., row) */
    size_t input_columns; /* UC: columns of U */
    unsigned norm_item;   /* blocks of squares an item sums up */
    size_t rest;         /* where, in a gradient block, the sums that are not the product's begin: see weight_grad.cl */
    size_t rest_inputs;  /* how many of them are U's */
    rnn_buffer *forward; /* panels of b, U^T, W^T: see pack.cl */
    rnn_buffer *backward; /* panels of W */
    rnn_buffer *squares;  /* (norm blocks) */
    rnn_buffer *pairs;    /* (Q,2) of losses that have them; else NULL */
    rnn_buffer *scratch;  /* of the article's rule, for networks it can train; else NULL */
} ocl_plan;

rnn_status ocl_plan_new(rnn_backend *head, const rnn_network *network, size_t batch, rnn_plan **out);
void ocl_plan_release(rnn_plan *head);

/* The kernel, built now if this is its first use. */
rnn_status ocl_plan_kernel(ocl_plan *plan, int id, cl_kernel *out);
const char *ocl_kernel_name(int id);

#endif
