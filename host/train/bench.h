/* SPDX-License-Identifier: MIT
 * bench.h - how long the operations of a training step take on a device
 */
#ifndef RNN_TRAIN_BENCH_H
#define RNN_TRAIN_BENCH_H

#include "backend/backend.h"

/* One operation of a minibatch, timed again and again in a queue that never runs dry. */
typedef struct rnn_bench_op {
    const char *name;
    double seconds; /* the median of all runs */
    double spread;  /* (90th percentile - 10th) / median */
    size_t runs;    /* timings, each of `repeats` operations */
    size_t repeats;
    double flops;    /* of the matrix products of the unpadded model, an operation; 0 where there are none */
    double bytes;    /* read and written at least once, an operation */
    size_t launches; /* kernels an operation */
} rnn_bench_op;

#define RNN_BENCH_OPS 9

/* Times each operation of training on minibatches of settings->batch records of D columns, the first O of which are predicted;
 * the last one is the whole step. seconds: how long each operation is timed, at least. */
rnn_status rnn_bench_step(const rnn_settings *settings, size_t D, size_t O, rnn_backend *backend, double seconds,
                          rnn_bench_op ops[RNN_BENCH_OPS]);

#endif
