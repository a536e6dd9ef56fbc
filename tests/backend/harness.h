/* SPDX-License-Identifier: MIT
 * harness.h - one network shape put through every op of a backend, everything it produced read back
 *
 * The first step is taken operation by operation, the others as the trainer takes them, by minibatch_grad.
 * Outputs are poisoned with NaN before the ops write them, and every buffer carries a guard band behind its end that must
 * be untouched afterwards. Rows are stripped of a backend's padding, so that results of two backends compare element by
 * element. Inputs, parameters and h(0) come from counters: the same for every backend, rounded to float.
 *
 * Bounds (tolerances are computed, never guessed): results of two arithmetics with rounding unit eps may differ by
 *     bound = HARNESS_K * log2(2 + terms) * eps,      terms = T * (D + H) * B
 * relative to the largest element of the tensor in question; of yhat, whose sums may cancel, also of y, which it is compared with; of a clipped gradient as it was before a clamp. `terms` is the number of terms behind one element of the
 * gradient, the longest sums there are; the logarithm stands for the growth of a sum's rounding error (style of benchdnn).
 * The weights of the cases are drawn so that a step contracts (spectral radius about 0.7), so no factor grows with T.
 */
#ifndef RNN_TESTS_HARNESS_H
#define RNN_TESTS_HARNESS_H

#include "backend/backend.h"
#include "backend/opencl/opencl.h"

#define HARNESS_STEPS 3
#define HARNESS_K     4.0
#define HARNESS_GAP   5

/* Near the size of the cases' errors, so that both branches are taken. */
#define HARNESS_DELTA 0.5
#define HARNESS_QUANTILES \
    {                     \
        3,                \
        {                 \
            0.1, 0.5, 0.9 \
        }                 \
    }

typedef struct harness_case {
    rnn_cell cell;
    rnn_activation activation; /* of RNN_ELMAN */
    size_t H, T, B, D;
    size_t O;       /* targets: with Q quantiles the network has Q times as many outputs */
    size_t layers;  /* 0: one */
    double dropout; /* one mask for all steps of the case */
    bool per_step, bias;
    bool train_h0;   /* h(0) is among the parameters */
    bool window;     /* per-step weights read as the article's pictures do: every step sees the whole window; O <= D */
    size_t truncate; /* 0: all steps */
    bool every;      /* a loss at every step that the gradient flows through: E of them, else 1 */
    size_t blocks;   /* P; 0: the contract's */
    size_t batch;    /* what the plan is made for; 0: B */
    rnn_loss loss;   /* huber with HARNESS_DELTA, quantile with HARNESS_QUANTILES */
    bool gaps;       /* one in HARNESS_GAP targets is missing; of columns that are no inputs: O > D */
    rnn_optimizer optimizer;
    double weight_decay;
    double clip_value, clip_norm;
} harness_case;

/* "sigmoid H=7 T=5 ..." as a line that says exactly this case. */
void harness_name(const harness_case *c, char *text, size_t size);

/* The bound above for this case. eps: FLT_EPSILON or DBL_EPSILON. */
double harness_bound(const harness_case *c, double eps);

/* ---- Devices ------------------------------------------------------------------------------------------------------- */

/* The OpenCL device under test: RNN_TEST_DEVICE ("P:D", or part of a device's or platform's name), else the first one. */
rnn_status harness_device(rnn_device_info *out);

/* Opens it. tuning may be NULL. */
rnn_status harness_open(rnn_precision precision, const rnn_tuning *tuning, rnn_backend **out);

/* RNN_TEST_FULL and RNN_TEST_TINY */
bool harness_is_full(void);
bool harness_is_tiny(void);

/* ---- A case held open: parameters in, loss and gradient out -------------------------------------------------------- */

typedef struct harness harness;

rnn_status harness_new(rnn_backend *backend, const harness_case *c, harness **out);
void harness_free(harness *h);
const rnn_network *harness_network(const harness *h);

/* Instead of the counters' data. x (T,B,D), y (E,B,O), start (L,B,H) = h(0), params (n); NULL leaves what is there. */
rnn_status harness_set(harness *h, const double *x, const double *y, const double *start, const double *params);
rnn_status harness_get_params(harness *h, double *params);

/* h(0) becomes what `from`, of the same backend, cell and H, has as h(t) after a harness_loss: all of it, an LSTM's c too. */
rnn_status harness_start_from(harness *h, harness *from, size_t t);

/* Mean of the case's loss over steps, records and outputs. yhat (E,B,O) and state (L,T+1,B,H) may be NULL. */
rnn_status harness_loss(harness *h, double *loss, double *yhat, double *state);

/* Gradient (n) of that loss, after a harness_loss, before any clipping. */
rnn_status harness_gradient(harness *h, double *gradient);

/* clip and update with the gradient just computed. */
rnn_status harness_update(harness *h, const rnn_update *rule);

/* ---- A case run through, every tensor kept ------------------------------------------------------------------------- */

typedef struct harness_tensor {
    const char *name;
    size_t count;
    double *values; /* exact copies of the device's reals */
} harness_tensor;

/* In the order in which they were computed; those of the first step, `first_step` of them, precede losses, moments and
 * parameters after HARNESS_STEPS updates. */
typedef struct harness_result {
    harness_tensor tensor[96];
    size_t count, first_step;
} harness_result;

/* Runs the case. RNN_MISMATCH: a guard band was written over (the message says whose). */
rnn_status harness_run(rnn_backend *backend, const harness_case *c, harness_result *out);
void harness_result_free(harness_result *result);
const harness_tensor *harness_find(const harness_result *result, const char *name);

/* The first difference in bits, as "tensor[index]: a against b"; false when there is none. A NaN anywhere is a difference. */
bool harness_differs(const harness_result *a, const harness_result *b, char *text, size_t size);

/* The largest |a - b| relative to the tensor's largest |a|, over the tensors of the first step (later ones hang on updates
 * that may amplify a rounding without limit, Adam's at a gradient near zero for one), and where. */
double harness_distance(const harness_result *a, const harness_result *b, char *where, size_t size);

/* Names a tensor of which so much is zero that comparing it proves little; NULL when all is well. relu's share is lower. */
const char *harness_mostly_zero(const harness_result *result, const harness_case *c);

#endif
