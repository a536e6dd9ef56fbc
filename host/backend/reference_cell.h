/* SPDX-License-Identifier: MIT
 * reference_cell.h - of the reference: what each cell makes of its sums, and of the gradient at its state (backend.h's equations)
 *
 * Part of reference.c, built with it for each number type. A record of h: the units, then, but for Elman, whose one sum stands where
 * h is to be, the sums (S,H), in place of which the gates come, and what else is kept (kept,H). A record of dz: the sums' gradients (S,H),
 * then what is carried on (H). In stacks each record ends with another (H): the inputs from the layer below, the gradient from the one above.
 */
#ifndef RNN_BACKEND_REFERENCE_CELL_H
#define RNN_BACKEND_REFERENCE_CELL_H

#include "backend/reference_real.h"
#include "model/network.h"

static inline real activate(rnn_activation activation, real z)
{
    switch (activation) {
    case RNN_TANH:
        return real_tanh(z);
    case RNN_RELU:
        return real_relu(z);
    case RNN_SIGMOID:
        break;
    }
    return real_sigmoid(z);
}

static inline real sigmoid_slope(real h)
{
    return h * (1 - h);
}

static inline real tanh_slope(real h)
{
    return real_fma(-h, h, 1);
}

static inline real slope(rnn_activation activation, real h)
{
    switch (activation) {
    case RNN_TANH:
        return tanh_slope(h);
    case RNN_RELU:
        return h > 0 ? 1 : 0;
    case RNN_SIGMOID:
        break;
    }
    return sigmoid_slope(h);
}

/* One record: `after` has the sums, `before` the state of the step before. */
typedef void cell_step(const rnn_network *net, const real *before, real *after);

/* One record: e (H) is the gradient at the state of `after`; next: dz of the step after, NULL for the last one. */
typedef void cell_grad(const rnn_network *net, const real *e, const real *before, const real *after, const real *next,
                       real *dz);

static void elman_step(const rnn_network *net, const real *before, real *after)
{
    (void)before;
    for (size_t j = 0; j < net->H; j++)
        after[j] = activate(net->activation, after[j]);
}

static void elman_grad(const rnn_network *net, const real *e, const real *before, const real *after, const real *next,
                       real *dz)
{
    (void)before;
    (void)next;
    for (size_t j = 0; j < net->H; j++)
        dz[j] = e[j] * slope(net->activation, after[j]);
}

static void gru_step(const rnn_network *net, const real *before, real *after)
{
    const size_t H = net->H;
    real *r = after + H, *z = r + H, *q = z + H, *n = q + H;
    for (size_t j = 0; j < H; j++) {
        r[j] = real_sigmoid(r[j]);
        z[j] = real_sigmoid(z[j]);
        n[j] = real_tanh(real_fma(r[j], q[j], n[j]));
        after[j] = real_fma(z[j], before[j] - n[j], n[j]);
    }
}

static void gru_grad(const rnn_network *net, const real *e, const real *before, const real *after, const real *next,
                     real *dz)
{
    const size_t H = net->H;
    const real *r = after + H, *z = r + H, *q = z + H, *n = q + H;
    for (size_t j = 0; j < H; j++) {
        const real whole = e[j] + (next ? next[4 * H + j] : 0);
        const real dn = whole * (1 - z[j]) * tanh_slope(n[j]);
        dz[j] = dn * q[j] * sigmoid_slope(r[j]);
        dz[H + j] = whole * (before[j] - n[j]) * sigmoid_slope(z[j]);
        dz[2 * H + j] = dn * r[j];
        dz[3 * H + j] = dn;
        dz[4 * H + j] = whole * z[j];
    }
}

enum { LSTM_C = 5 }; /* c's place in a record, in units */

static void lstm_step(const rnn_network *net, const real *before, real *after)
{
    const size_t H = net->H;
    real *i = after + H, *f = i + H, *g = f + H, *o = g + H, *c = o + H, *m = c + H;
    for (size_t j = 0; j < H; j++) {
        i[j] = real_sigmoid(i[j]);
        f[j] = real_sigmoid(f[j]);
        g[j] = real_tanh(g[j]);
        o[j] = real_sigmoid(o[j]);
        c[j] = real_fma(f[j], before[LSTM_C * H + j], i[j] * g[j]);
        m[j] = real_tanh(c[j]);
        after[j] = o[j] * m[j];
    }
}

static void lstm_grad(const rnn_network *net, const real *e, const real *before, const real *after, const real *next,
                      real *dz)
{
    const size_t H = net->H;
    const real *i = after + H, *f = i + H, *g = f + H, *o = g + H, *m = after + 6 * H;
    for (size_t j = 0; j < H; j++) {
        const real whole = e[j], dc = real_fma(whole * o[j], tanh_slope(m[j]), next ? next[4 * H + j] : 0);
        dz[j] = dc * g[j] * sigmoid_slope(i[j]);
        dz[H + j] = dc * before[LSTM_C * H + j] * sigmoid_slope(f[j]);
        dz[2 * H + j] = dc * i[j] * tanh_slope(g[j]);
        dz[3 * H + j] = whole * m[j] * sigmoid_slope(o[j]);
        dz[4 * H + j] = dc * f[j];
    }
}

static const struct {
    cell_step *step;
    cell_grad *grad;
} cell_functions[] = {
    [RNN_ELMAN] = {elman_step, elman_grad},
    [RNN_GRU] = {gru_step, gru_grad},
    [RNN_LSTM] = {lstm_step, lstm_grad},
};

#endif
