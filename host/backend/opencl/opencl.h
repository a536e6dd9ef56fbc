/* SPDX-License-Identifier: MIT
 * opencl.h - the OpenCL backend as the rest of the program sees it
 */
#ifndef RNN_OPENCL_OPENCL_H
#define RNN_OPENCL_OPENCL_H

#include "backend/backend.h"

/* Shapes of the register tiles. They change how fast a result comes, never a bit of it. 0: chosen by device and shape.
 * vec 1|2|4|8|16; rows, cols, lanes >= 1 with rows * cols vectors fitting the registers; lanes at most the device's group size. */
typedef struct rnn_tuning {
    unsigned vec;                  /* outputs a vector */
    unsigned rows, cols, lanes;    /* hidden-state tiles: records, vectors a work-item, work-items */
    unsigned grad_rows, grad_cols; /* weight-gradient tiles */
    unsigned grad_tiles;           /* tiles of rows staged together */
    unsigned grad_terms;           /* terms of their sums staged together */
    size_t fused_bytes;            /* largest H x H that one launch walks through whole sequences */
    size_t near_bytes; /* most of h and dz that a work-item takes from windows to gradient blocks in one launch */
} rnn_tuning;

/* All OpenCL devices in the order of their selectors "P:D". *out is freed with free(); no platform at all gives count 0. */
rnn_status rnn_opencl_list(rnn_device_info **out, size_t *count);

/* Opens the device whose info.selector is `selector`. tuning and options may be NULL. RNN_NO_DEVICE: gone, or without double
 * when asked. */
rnn_status rnn_opencl_open(const char *selector, rnn_precision precision, const rnn_tuning *tuning,
                           const rnn_backend_options *options, rnn_backend **out);

/* What became of the programs a backend needed: taken from the cache; there, but damaged, foreign or not to the driver's
 * liking, and so built from source; written to the cache. */
typedef struct rnn_cache_counts {
    unsigned loaded, refused, stored;
} rnn_cache_counts;

/* Of an OpenCL backend. */
rnn_cache_counts rnn_opencl_cache_counts(const rnn_backend *backend);

/* rnn_backend_keep_kernels, of any backend. */
void rnn_opencl_keep_kernels(rnn_backend *backend);

#endif
