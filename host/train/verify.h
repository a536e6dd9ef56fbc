/* SPDX-License-Identifier: MIT
 * verify.h - a device's work held against the reference's, tensor by tensor, in the order in which a step computes them
 */
#ifndef RNN_TRAIN_VERIFY_H
#define RNN_TRAIN_VERIFY_H

#include "train/workspace.h"

/* What has been held against the reference so far. */
typedef struct rnn_verified {
    size_t steps, tensors;
    double distance; /* the largest, in units of the bound, from a device that is tolerance only */
} rnn_verified;

/* What two workspaces hold of a step over the same B records, their losses in these slots: from x to the gradient, and where it
 * was `updated` the parameters and moments too. Equal to the bit, NaN being equal to NaN; from a device that is tolerance only
 * within 64 log2(1 + terms) epsilon of the tensor's largest value, where `terms` is the length of the longest sum behind it.
 * RNN_MISMATCH: the first tensor that differs, its kernel, the place, both values. */
rnn_status rnn_compare_step(const rnn_workspace *device, size_t slot, const rnn_workspace *reference,
                            size_t reference_slot, size_t B, bool updated, rnn_verified *verified);

/* Every kernel that a training run of these settings uses, on noise, with windows and batches short enough for the reference
 * to follow in a fraction of a second. D columns, `targets` of them predicted; rest: records of an epoch's last minibatch where it is
 * smaller than the others, else 0. */
rnn_status rnn_verify_kernels(const rnn_settings *settings, size_t D, size_t targets, size_t rest, rnn_backend *backend,
                              rnn_verified *verified);

/* A second workspace, the reference's, that follows single updates of a run. */
typedef struct rnn_witness {
    rnn_backend *reference;
    rnn_workspace workspace;
    const rnn_scaler *scaler;
    rnn_scaler as_is;         /* of rows that are scaled already */
    const rnn_series *series; /* the run's */
    rnn_verified verified;
    unsigned char *parameters, *moments; /* (n), (2,n) before the update */
} rnn_witness;

/* model: the run's. *out is overwritten, and empty on failure. */
rnn_status rnn_witness_open(const rnn_model *model, const rnn_scaler *scaler, const rnn_series *series,
                            const rnn_backend *backend, rnn_witness *out);
void rnn_witness_close(rnn_witness *witness);

/* Before the update: takes down what it begins with. */
rnn_status rnn_witness_before(rnn_witness *witness, const rnn_workspace *device);

/* After it: does the same on `records` windows from these rows, with its losses in `slot`, and compares. */
rnn_status rnn_witness_after(rnn_witness *witness, const rnn_workspace *device, const uint64_t *windows, size_t records,
                             size_t slot, const rnn_settings *settings, const rnn_update *rule);

#endif
