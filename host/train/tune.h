/* SPDX-License-Identifier: MIT
 * tune.h - a search for the fastest tile of one kernel at one shape, among those that give the reference's bits
 */
#ifndef RNN_TRAIN_TUNE_H
#define RNN_TRAIN_TUNE_H

#include "backend/opencl/opencl.h"

typedef struct rnn_tune_task {
    const rnn_settings *settings; /* T, H, B and all else of the network */
    size_t D;
    rnn_backend *backend; /* an OpenCL device that is bit-exact */
    rnn_tile_kind kind;
    double seconds;        /* no candidate is begun later; the model's choice is always tried */
    bool (*stopped)(void); /* asked before each candidate: true ends the search with what there is */
} rnn_tune_task;

/* Why a candidate was no good. */
typedef enum rnn_tune_cause { RNN_NOT_BUILT, RNN_REFUSED, RNN_WRONG_BITS, RNN_TUNE_CAUSES } rnn_tune_cause;
const char *rnn_tune_cause_text(rnn_tune_cause cause);

typedef struct rnn_tune_result {
    rnn_tuning model, best; /* tune.c's choice, and the fastest: the same where nothing was faster */
    double model_seconds, best_seconds;
    size_t tried; /* the model's choice among them */
    size_t failed[RNN_TUNE_CAUSES];
} rnn_tune_result;

/* RNN_CONFIG: the backend has no tiles, or is tolerance only, and why. */
rnn_status rnn_tunable(const rnn_backend *backend);

/* Candidates are legal combinations of the values in tuning.h's table and the model's own, those first that differ least from it,
 * those alike in that in an order drawn once and for all. Each is built, held against the reference on a small batch, and
 * only then timed, as part of a whole training step. What fails is counted, wrong bits are announced.
 * RNN_MISMATCH: the model's own choice has wrong bits. */
rnn_status rnn_tune(const rnn_tune_task *task, rnn_tune_result *out);

#endif
