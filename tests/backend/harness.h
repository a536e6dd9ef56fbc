/* SPDX-License-Identifier: MIT
 * harness.h - one network shape put through every op of a backend, everything it produced read back
 *
 * Outputs are poisoned with NaN before each op writes them, and every buffer carries a guard band behind its end that must
 * be untouched afterwards. Rows are stripped of a backend's padding, so that results of two backends compare element by
 * element. Inputs and parameters come from counters: the same for every backend, rounded to its precision.
 */
#ifndef RNN_TESTS_HARNESS_H
#define RNN_TESTS_HARNESS_H

#include "backend/backend.h"

#define HARNESS_STEPS 3

typedef struct harness_case {
    rnn_activation activation;
    size_t H, T, B, D, O;
    bool per_step, bias;
    size_t truncate; /* 0: all steps */
    rnn_optimizer optimizer;
    double clip_value, clip_norm;
} harness_case;

typedef struct harness_tensor {
    const char *name;
    size_t count;
    double *values; /* exact copies of the device's reals */
} harness_tensor;

/* In the order in which they were computed. Losses and parameters of HARNESS_STEPS updates come last. */
typedef struct harness_result {
    harness_tensor tensor[32];
    size_t count;
} harness_result;

/* "sigmoid H=7 T=5 ..." as a line that says exactly this case. */
void harness_name(const harness_case *c, char *text, size_t size);

/* Runs the case. RNN_MISMATCH: a guard band was written over (the message says whose). */
rnn_status harness_run(rnn_backend *backend, const harness_case *c, harness_result *out);
void harness_free(harness_result *result);

/* The first difference in bits, as "tensor[index]: a against b"; false when there is none. A NaN anywhere is a difference. */
bool harness_differs(const harness_result *a, const harness_result *b, char *text, size_t size);

/* The largest |a - b| / (|a| + scale of the tensor) over all tensors, and where. */
double harness_distance(const harness_result *a, const harness_result *b, char *where, size_t size);

#endif
