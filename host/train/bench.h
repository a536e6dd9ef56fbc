/* SPDX-License-Identifier: MIT
 * bench.h - how long the operations of a training step take on a device
 */
#ifndef RNN_TRAIN_BENCH_H
#define RNN_TRAIN_BENCH_H

#include "train/workspace.h"

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

/* The operations in the order of a step; the last one is the whole step. */
enum {
    RNN_BENCH_GATHER,
    RNN_BENCH_FORWARD,
    RNN_BENCH_OUTPUT,
    RNN_BENCH_BACKWARD,
    RNN_BENCH_WEIGHT_GRAD,
    RNN_BENCH_REDUCE,
    RNN_BENCH_CLIP,
    RNN_BENCH_UPDATE,
    RNN_BENCH_STEP,
    RNN_BENCH_OPS
};

/* A network on noise, ready for minibatches of settings->batch records. */
typedef struct rnn_bench_job {
    rnn_settings settings;
    rnn_model *model;
    rnn_workspace workspace;
    size_t B, P;
    rnn_update rule;
} rnn_bench_job;

/* D columns, the first O of which are predicted. Nothing is computed yet. *job is overwritten, and empty on failure. */
rnn_status rnn_bench_open(const rnn_settings *settings, size_t D, size_t O, rnn_backend *backend, rnn_bench_job *job);
void rnn_bench_close(rnn_bench_job *job);

/* One whole step: every buffer then holds what it will hold. The weights stay as they are. */
rnn_status rnn_bench_run(rnn_bench_job *job);

/* The gradient of the first B records, an operation at a time: predictions take these kernels, and steps whose states stay near
 * no processor. */
rnn_status rnn_bench_run_by_operations(rnn_bench_job *job, size_t B);

/* Times one operation, for `seconds` at least. One run that takes longer than `limit` says enough: it is then the only one. */
rnn_status rnn_bench_time(rnn_bench_job *job, int op, double seconds, double limit, rnn_bench_op *out);

/* Times each operation of a step. */
rnn_status rnn_bench_step(const rnn_settings *settings, size_t D, size_t O, rnn_backend *backend, double seconds,
                          rnn_bench_op ops[RNN_BENCH_OPS]);

#endif
