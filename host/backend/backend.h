/* SPDX-License-Identifier: MIT
 * backend.h - the only door to a device: operations on whole sequences
 *
 * Shape alphabet: N records, B batch, T time steps, D inputs, H hidden units, G gates, L layers, O outputs, P blocks of the sum over
 * records, n parameters. S: the linear sums of a unit and step (rnn_cell_shape). E: the steps that are asked for outputs, the last of T, and
 * t(e) = T - E + e each of them. Buffers are row-major `real` (float or double, fixed when the backend is opened).
 * Rows of h, dz and d_h are `plan->row` >= H elements apart. A row of h begins with its H elements, one of dz with the S sums' gradients,
 * H elements each, `plan->apart` apart. What else lies in a row is the backend's own: gates, an LSTM's c; of h(0) it has to be 0.
 *
 * The arithmetic of each op is fixed to the bit: one accumulator a sum, in the order written here, every multiply-add one
 * fma. A backend chooses only how many sums it works on at a time.
 */
#ifndef RNN_BACKEND_BACKEND_H
#define RNN_BACKEND_BACKEND_H

#include "backend/calls.h"
#include "backend/profile.h"
#include "base/status.h"
#include "model/network.h"

/* A block of device memory, owned by the backend that made it. `label` appears in errors and in the memory plan. */
typedef struct rnn_buffer rnn_buffer;

/* Which units of the layers below the last are left out on their way up: whose word of philox (base/random.h) is below `threshold`, word
 * k % 4 of the counter (k / 4, layer, t, b) under the update's key, for unit k at step t of record b, and `layer` counted from 0 being where
 * it goes. The others are multiplied by scale, rounded to real. All 0: none is, and nothing multiplied.
 * The seed is on the device, so that runs that differ in it alone go side by side. */
typedef struct rnn_mask {
    const rnn_buffer *seed; /* one uint64 */
    uint64_t update;
    uint32_t threshold;
    double scale;
} rnn_mask;

/* The update's key: rnn_random_bits(seed, RNN_RANDOM_DROPOUT, update). */
uint64_t rnn_mask_key(const rnn_mask *mask, uint64_t seed);

/* What a backend prepared for one network: its kernels, scratch memory and tuning. Backends put their own after it. */
typedef struct rnn_plan {
    rnn_backend *backend;
    rnn_network network;
    size_t row;    /* elements from one record's hidden state to the next */
    size_t apart;  /* elements from the gradient of a unit's one sum to that of the next, in a row of dz */
    rnn_mask mask; /* the caller's to set before forward, and to leave as it is for backward */
    size_t c;      /* elements from the beginning of a row of h to an LSTM's c */
    size_t steps;  /* E: 1, as at first, or the network's loss_steps; the caller's to set before gather */
    size_t
        block; /* elements of a gradient block, at least n: partial is the backend's own between weight_grad and reduce */
} rnn_plan;

/* A minibatch on its way to its gradient blocks: what the operations from gather to weight_grad are given. */
typedef struct rnn_minibatch {
    const rnn_buffer *series, *list, *params;
    size_t first, B, P, slot;
    rnn_buffer *x, *y, *h, *yhat, *d_y, *d_h, *dz, *losses, *tally, *partial;
} rnn_minibatch;

/* How a gradient becomes a step. The host computes what depends on the step count, in double. */
typedef struct rnn_update {
    size_t step; /* number of the update in its run: what dropout draws its masks for */
    rnn_optimizer optimizer;
    double learning_rate;
    double momentum, rho;
    double beta1, beta2, epsilon;
    double correction1, correction2; /* Adam: 1 - beta1^s and sqrt(1 - beta2^s) for step s = 1, 2, ... */
    double weight_decay;
} rnn_update;

/* The article's rule (DESIGN: the sums it calls gradients). */
typedef struct rnn_article_rule {
    double learning_rate, clip;
    size_t truncate; /* its inner loop runs min(t, truncate) times */
} rnn_article_rule;

/* What a device can do at best, as measured on it: flop/s of fma, bytes/s read plus written, seconds a launch. */
typedef struct rnn_roof {
    double flops, copy_bytes, launch_seconds;
} rnn_roof;

/* Runs of one shape side by side on one device (group.h). Where `all` is not 0 a buffer has a region for each of so many members, and
 * operations are for the `count` of them from `first` on; reads, writes and copies for `first` alone. */
typedef struct rnn_members {
    size_t all, first, count;
} rnn_members;

/* Calls are queued in order and may return before the work is done; `read` and `sync` wait. Each returns RNN_OK or a status
 * whose message names op, shapes and device. Ops on a plan do not allocate. B is at most the plan's batch. */
typedef struct rnn_backend_ops {
    void (*close)(rnn_backend *self);

    /* Buffers are zero-filled and noted in `memory`; while `sizing`, noted only: *out is then NULL. release accepts NULL. read waits for everything queued before it. */
    rnn_status (*alloc)(rnn_backend *self, size_t bytes, const char *label, rnn_buffer **out);
    void (*release)(rnn_backend *self, rnn_buffer *buffer);
    rnn_status (*write)(rnn_backend *self, rnn_buffer *buffer, size_t offset, size_t bytes, const void *from);
    rnn_status (*read)(rnn_backend *self, const rnn_buffer *buffer, size_t offset, size_t bytes, void *to);
    rnn_status (*copy)(rnn_backend *self, const rnn_buffer *from, rnn_buffer *to, size_t bytes);
    rnn_status (*sync)(rnn_backend *self);

    /* Measures the device for about a second. RNN_CONFIG from a backend that has no device to measure. */
    rnn_status (*measure_roof)(rnn_backend *self, rnn_roof *out);

    /* Prepares `network`, foremost for batches of `batch` records. The plan is the caller's to release (NULL is fine). */
    rnn_status (*plan)(rnn_backend *self, const rnn_network *network, size_t batch, rnn_plan **out);
    void (*release_plan)(rnn_plan *plan);

    /* Tells the plan that params (n) changed: a backend may keep them in a layout of its own for forward and backward. */
    rnn_status (*pack)(rnn_plan *plan, const rnn_buffer *params);

    /* Windows from the resident series (N,columns): start(b) = list(first + b), a list of first rows (uint64), or, where
     * list is NULL, first + b itself.
     *   x(t,b,i) = series flat[(start(b) + t) * columns + i], or [start(b) * columns + i] in window mode (every t alike); but,
     *              for i >= columns of a network with known columns, series(start(b) + t + horizon, i - known): what is known of
     *              the row that far ahead. A NaN of the series, which is a missing value, becomes 0.
     *   y(e,b,i) = series(start(b) + t(e) + 1 + i / targets, i % targets) of each of the `asked` values, left out where y is NULL (rows
     *   may lie past the end). */
    rnn_status (*gather)(rnn_plan *plan, const rnn_buffer *series, const rnn_buffer *list, size_t first, size_t B,
                         rnn_buffer *x, rnn_buffer *y);

    /* h(0) of every layer: h0 of params, or 0, for B records; and c(0): c0. */
    rnn_status (*start)(rnn_plan *plan, const rnn_buffer *params, size_t B, rnn_buffer *h);

    /* h(0) of every layer becomes h(T), and c(0) c(T): what forward made of the minibatch before, of as many records. */
    rnn_status (*carry)(rnn_plan *plan, size_t B, rnn_buffer *h);

    /* x (T,B,D) -> h (L,T+1,B,row), a layer behind the other; h(0) is read, h(1..T) written. The inputs of a layer after the first
     * are the units of the one before, x(t) = h(t+1) of that, times the mask. In each layer each sum z starts at its b (or 0);
     * fma over d ascending of U x, if it has a U; fma over k ascending of W h(t-1), if it has a W. From a unit's sums, with h
     * and c of step t-1:
     *   elman  z: h = activation(z)
     *   gru    r, z, q, n, where q has W and b_hn alone, n no W:
     *          r = sigmoid(r); z = sigmoid(z); n = tanh(fma(r, q, n)); h = fma(z, h(t-1) - n, n)
     *   lstm   i, f, g, o: i, f, o = sigmoid; g = tanh; c = fma(f, c(t-1), i * g); m = tanh(c); h = o * m */
    rnn_status (*forward)(rnn_plan *plan, const rnn_buffer *x, size_t B, rnn_buffer *h);

    /* yhat(e,b,o) = c(o), then fma over k ascending of V(o,k) h(t(e)+1,b,k), h of the last layer */
    rnn_status (*project)(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *h, size_t B, rnn_buffer *yhat);

    /* e = yhat(.,b,o) - y(.,b, o / Q); d_y(.,b,o) = s / (E B O); losses(slot,o) = sum over steps and records of u v: inside each of P
     * blocks, steps ascending, then records, by fma(u, v, sum) from 0, blocks by the binary tree. By the network's loss, with its pair (a, b) of the output:
     *   mse        u = e                      v = e          s = e           (the loss is half of that: the host's affair)
     *   mae        u = 1                      v = |e|        s = 1 where e > 0, -1 where e < 0, else e
     *   huber      u = a where |e| > a,       v = |e| - b    s = a where e > a, -a where e < -a          (Huber, 1964)
     *              else e / 2                 v = e          s = e
     *   quantile   u = a where e < 0, else b  v = |e|        s = b where e > 0, -a where e < 0, else e   (Koenker, Bassett, 1978)
     * A target that is NaN is missing: it adds to no sum, and its d_y is 0. tally (slots,2,O): sums over both, likewise, of
     * e^2 by fma, and of 1. d_y and tally may be NULL. */
    rnn_status (*loss)(rnn_plan *plan, const rnn_buffer *yhat, const rnn_buffer *y, size_t B, size_t P, rnn_buffer *d_y,
                       rnn_buffer *losses, rnn_buffer *tally, size_t slot);

    /* d_h(e,b,k) = fma over o ascending of d_y(e,b,o) V(o,k) from 0: the gradient at h(t(e)+1) that its own outputs give */
    rnn_status (*project_grad)(rnn_plan *plan, const rnn_buffer *params, const rnn_buffer *d_y, size_t B,
                               rnn_buffer *d_h);

    /* dz (L,T,B,row), or, where h0 is trained, (L,T+1,B,row) with dz(0) in the second place. dz(t) is the gradient at the sums of
     * step t+1, e(t) that at h(t+1), for the last `truncate` steps; what is earlier is not written. From the last layer down, and in each
     * from e(T-1) = d_h(T-1) down:
     *   e(t,b,k) = fma over the sums that have a W, and j ascending within each, of dz(t+1,b,j) W(j,k) from d_h(t,b,k)
     * where d_h is, of the last layer, the argument at the steps t(e) and 0 elsewhere, and of the one before at every step
     *   d_h(t,b,k) = (fma over the sums that have a U, in its rows' order, and j ascending within each, of dz(t,b,j) U(j,k) from 0)
     *                times the mask.
     * From e, with what forward made of step t+1, h and c of the step before it, and what step t+2 carried on (0 at T-1):
     *   elman  dz = e * slope(h); slope: h (1 - h); fma(-h, h, 1); h > 0
     *   gru    e = e + carry; dn = (e * (1 - z)) * fma(-n, n, 1); dr = (dn * q) * (r * (1 - r)); dq = dn * r;
     *          dz = (e * (h(t) - n)) * (z * (1 - z)); carry = e * z
     *   lstm   dc = fma(e * o, fma(-m, m, 1), carry); di = (dc * g) * (i * (1 - i)); df = (dc * c(t)) * (f * (1 - f));
     *          dg = (dc * i) * fma(-g, g, 1); do = (e * m) * (o * (1 - o)); carry = dc * f
     * Where h0 is trained and the truncation reaches it, e(-1,b,k), from 0, stands in the place before dz(0). */
    rnn_status (*backward)(rnn_plan *plan, const rnn_buffer *h, const rnn_buffer *d_h, size_t B, rnn_buffer *dz);

    /* partial (P,block): each block's sums over its records, t ascending over the last `truncate` steps, then record ascending, by
     * fma from 0: of each layer and sum d_U of dz(t) x(t), d_W of dz(t) h(t), d_b of dz(t) * 1, with x and h as `forward` last saw
     * them. Over e, then records: d_V of d_y(e) h(t(e)+1), d_c of d_y(e) * 1. Over records alone: d_h0 of e(-1) * 1, for a GRU of (e(-1) + carry(0)) * 1, and d_c0 of
     * carry(0) * 1. d_U columns of steps beyond the truncation are 0, and so are d_h0 and d_c0 where it does not reach them. */
    rnn_status (*weight_grad)(rnn_plan *plan, const rnn_buffer *x, const rnn_buffer *h, const rnn_buffer *dz,
                              const rnn_buffer *d_y, size_t B, size_t P, rnn_buffer *partial);

    /* gather, forward, project, loss, project_grad, backward, weight_grad of one minibatch, to the bit, in as few launches as
     * the backend can do it in. rnn_minibatch_by_operations is how a backend without a way of its own does it. */
    rnn_status (*minibatch_grad)(rnn_plan *plan, const rnn_minibatch *minibatch);

    /* gradient (n) = the P rows of partial joined by the balanced binary tree: neighbours first, lower index on the left.
     * health, one uint32, becomes max(health, rnn_ill(slot, cause)) where an element of the gradient or a loss of the slot
     * is not finite. */
    rnn_status (*reduce)(rnn_plan *plan, const rnn_buffer *partial, size_t P, const rnn_buffer *losses, size_t slot,
                         rnn_buffer *gradient, rnn_buffer *health);

    /* g = min(max(g, -value), value); then, if norm = sqrt(sum g^2) > limit, g = g * (limit / norm). 0 leaves a part out.
     * The sum: RNN_NORM_BLOCK elements ascending by fma, blocks by the tree over their count rounded up to a power of two. */
    rnn_status (*clip)(rnn_plan *plan, double value, double norm, rnn_buffer *gradient);

    /* params (n), moments (2,n): m, v, which stay as they are where health is not 0. lr, mu, ... rounded to real first.
     *   sgd       p = fma(-lr, g, p)
     *   momentum  m = fma(mu, m, g);  p = fma(-lr, m, p)                                              (Polyak, 1964)
     *   nesterov  m = fma(mu, m, g);  p = fma(-lr, fma(mu, m, g), p)                            (Sutskever et al., 2013)
     *   rmsprop   v = fma(rho, v, ((1 - rho) g) g);  p = fma(-lr, g / (sqrt(v) + epsilon), p)   (Tieleman and Hinton, 2012)
     *   adam      m = fma(b1, m, (1 - b1) g);  v = fma(b2, v, ((1 - b2) g) g)
     *             p = fma(-(lr / correction1), m / (sqrt(v) / correction2 + epsilon), p)          (Kingma and Ba, 2015)
     *   adamw     p = fma(-(lr decay), p, p), then as adam                             (Loshchilov and Hutter, 2019)
     * with 1 - rho, 1 - b1, 1 - b2, lr / correction1 and lr decay computed in double, then rounded. Of all but adamw, g is the
     * gradient, clipped or not, and decay times the parameter: fma(decay, p, gradient). Where decay is 0 none of that is
     * computed. All parameters decay alike, biases too, as in torch.optim, whose forms these are. */
    rnn_status (*update)(rnn_plan *plan, const rnn_update *rule, const rnn_buffer *gradient, const rnn_buffer *health,
                         rnn_buffer *params, rnn_buffer *moments);

    /* One pass of the article's rule over records 0..count-1 of the series, in order, updating params after each.
     * Per record, with h(0) = 0, D = O = 1 and every running sum 0:
     *   for t: a = fma over k ascending of W h(t) from 0; u = U[:,t] x(t); h(t+1) = activation(a + u); m = min(t, truncate);
     *          sw = fma(m, a, sw); su = fma(m, u, su); dw = clamp(dw + sw); du = clamp(du + su)
     *   e = (fma over k ascending of V h(T) from 0) - y;  for t: dv = clamp(fma(e, h(t+1), dv))
     *   W(j,k) = fma(-lr, dw(j), W(j,k)) for all k; U(j,t) = fma(-lr, du(j), U(j,t)) for all t; V = fma(-lr, dv, V).
     * One column of dW and dU stands for all, since the article adds the same number to each. */
    rnn_status (*article_epoch)(rnn_plan *plan, const rnn_article_rule *rule, const rnn_buffer *series, size_t count,
                                rnn_buffer *params);
} rnn_backend_ops;

/* Backends put their own fields after this head. */
struct rnn_backend {
    const rnn_backend_ops *ops;
    rnn_precision precision;
    rnn_device_info info;
    size_t launches; /* kernels queued so far; 0 for a backend without kernels */

    bool side_by_side; /* can have members; where it cannot a group has it do them one after the other */
    rnn_members members;
    bool verified; /* its kernels were held against the reference: a run need not do it again */
    bool sharing;  /* what is allocated has one region, the same for all members */

    rnn_memory *memory; /* where alloc notes what it is asked for, a plan's own buffers included; NULL: nowhere */
    bool sizing;        /* nothing is allocated: a plan and its buffers are gone through to learn what they take */
    const rnn_profile *profile; /* complete after a sync; NULL where none was asked for */
    rnn_calls *calls;           /* the options' or its own; NULL for a backend that calls no driver */
};

/* What may be different about a device; all zero, or NULL, is the usual. */
typedef struct rnn_backend_options {
    bool no_cache;           /* look for no built kernels and tuning lines in the cache folder, and keep none there */
    const char *tuning;      /* a file of tuning lines (opencl/tuning.h) that go before all others, or NULL */
    rnn_profiling profiling; /* a driver that refuses to time says so in a notice and leaves `profile` NULL */
    rnn_calls *calls; /* where every call into the driver is noted, from looking for devices on; outlives the backend */
} rnn_backend_options;

/* rnn_backend_open with options. RNN_CONFIG: profiling or tuning of the reference, which
 * has no device to time and no tiles. RNN_BAD_DATA, RNN_NO_INPUT: the tuning file's. */
rnn_status rnn_backend_open_with(const char *selector, rnn_precision precision, const rnn_backend_options *options,
                                 rnn_backend **out);

static inline size_t rnn_real_size(const rnn_backend *backend)
{
    return backend->precision == RNN_DOUBLE ? sizeof(double) : sizeof(float);
}

/* Bytes from one member's region of a buffer to the next. */
static inline size_t rnn_region(size_t bytes)
{
    return (bytes + 127) / 128 * 128;
}

/* The operations of minibatch_grad one after the other. */
rnn_status rnn_minibatch_by_operations(rnn_plan *plan, const rnn_minibatch *minibatch);

/* Notes a buffer in backend->memory, where there is one. For alloc. */
rnn_status rnn_memory_note(rnn_backend *backend, const char *label, size_t bytes);

/* ---- Layout constants of the contract, shared by all backends (never their arithmetic) ----------------------------- */

#define RNN_LOSS_SLOTS 65536 /* most slots of losses */

/* What health becomes: more for an earlier slot, and for a loss rather than for the gradient that it spoils. */
typedef enum rnn_ill_cause { RNN_ILL_GRADIENT, RNN_ILL_LOSS } rnn_ill_cause;

static inline uint32_t rnn_ill(size_t slot, rnn_ill_cause cause)
{
    return 2 * (uint32_t)(RNN_LOSS_SLOTS - slot) + cause;
}

#define RNN_MAX_BLOCKS 64
#define RNN_NORM_BLOCK 256

/* P = f(B, n): the largest power of two that is at most B / 4, at most 64, and keeps P n at most 2^22; at least 1. */
size_t rnn_reduction_blocks(size_t B, size_t parameters);

/* Records of block p of P: [rnn_block_start(B, P, p), rnn_block_start(B, P, p + 1)). */
static inline size_t rnn_block_start(size_t B, size_t P, size_t p)
{
    return B * p / P;
}

/* Blocks of the sum of squares over n parameters, a power of two. */
size_t rnn_norm_blocks(size_t parameters);

#endif
