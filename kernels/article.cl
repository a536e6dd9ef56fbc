/* SPDX-License-Identifier: MIT
 * article.cl - one epoch of the article's training rule: record after record, each starting from the weights the last one left
 *
 * Per record, h(0) = 0 and all running sums 0 (the article calls them gradients; they are not the gradient of its loss):
 *   for t = 0..T-1   a = W h(t);  u = U[:,t] x(t);  h(t+1) = activation(a + u);  m = min(t, truncate)
 *                    sw += m a;  su += m u;  dw = clamp(dw + sw);  du = clamp(du + su)
 *   e = V h(T) - y;  for t: dv = clamp(dv + e h(t+1))
 *   W(j,k) -= rate dw(j);  U(j,t) -= rate du(j);  V(k) -= rate dv(k)
 * The article adds the same number to every column of dW and of dU, so a column of each stands for all.
 *
 * Shapes   series (N), params: the flat block. scratch: W^T (H,HP), U^T (T,HP), V (HP), h (T+1,HP), sums sw su dw du (4,HP).
 * NDRange  one group of LANES items: records depend on each other, so the parallelism is that of the columns.
 * Macros   tile.clh's with ROWS 1, COLS vectors at a time; HP, ACTIVATION. target is T - 1 + horizon; U, W, V are where the
 *          tensors begin in the flat block.
 */
#include "activation.clh"
#include "tile.clh"

#define LINE(i) ((size_t)(i) * HP) /* where line i of a panel begins; H * HP may be more than an int holds */
#define WT scratch /* every function here has T, H and scratch */
#define UT (WT + LINE(H))
#define VT (UT + LINE(T))
#define STATES (VT + HP)
#define SUMS (STATES + LINE(T + 1))
#define VECTORS (HP / VEC)

#if LANES > 1
#define SYNC() barrier(CLK_GLOBAL_MEM_FENCE)
#else
#define SYNC()
#endif
#define EACH_VECTOR for (int v = get_local_id(0); v < VECTORS; v += LANES)
#define EACH_ELEMENT(i, count) for (int i = get_local_id(0); i < (count); i += LANES)

static inline vec clamp_to(const vec x, const real bound)
{
    return x < (vec)(-bound) ? (vec)(-bound) : x > (vec)(bound) ? (vec)(bound) : x;
}

static void load_panels(const int T, const int H, const ulong U, const ulong W, const ulong V,
                        global const real *params, global real *scratch)
{
    for (int k = 0; k < H; k++)
        EACH_ELEMENT(j, HP)
            WT[LINE(k) + j] = j < H ? params[W + (size_t)j * H + k] : 0;
    for (int t = 0; t < T; t++)
        EACH_ELEMENT(j, HP)
            UT[LINE(t) + j] = j < H ? params[U + (size_t)j * T + t] : 0;
    EACH_ELEMENT(j, HP) {
        VT[j] = j < H ? params[V + j] : 0;
        STATES[j] = 0;
    }
}

static void store_panels(const int T, const int H, const ulong U, const ulong W, const ulong V,
                         global const real *scratch, global real *params)
{
    EACH_ELEMENT(j, H) {
        for (int k = 0; k < H; k++)
            params[W + (size_t)j * H + k] = WT[LINE(k) + j];
        for (int t = 0; t < T; t++)
            params[U + (size_t)j * T + t] = UT[LINE(t) + j];
        params[V + j] = VT[j];
    }
}

/* Step t: the hidden state, and what the rule adds up while the network runs forward. */
static void article_step(const int T, const int H, const int t, const int truncate, const real x, const real bound, global real *scratch)
{
    global const real *before = STATES + LINE(t);
    global real *after = STATES + LINE(t + 1);
    const vec weight = (vec)((real)min(t, truncate));
    for (int block = 0; block < VECTORS; block += COLS * LANES) {
        const int column = block + get_local_id(0);
        vec z[COLS];
        EACH (j, COLS) z[j] = (vec)(0);
        for (int k = 0; k < H; k++)
            EACH (j, COLS) z[j] = fma((vec)(before[k]), LOAD(column + j * LANES, WT + LINE(k)), z[j]);
        EACH (j, COLS) STORE(z[j], column + j * LANES, after);
    }
    EACH_VECTOR {
        const vec a = LOAD(v, after);
        const vec u = LOAD(v, UT + LINE(t)) * x;
        const vec sw = fma(weight, a, LOAD(v, SUMS));
        const vec su = fma(weight, u, LOAD(v, SUMS + HP));
        vec z = a + u;
        activate_each(&z, 1);
        STORE(z, v, after);
        STORE(sw, v, SUMS);
        STORE(su, v, SUMS + HP);
        STORE(clamp_to(LOAD(v, SUMS + 2 * HP) + sw, bound), v, SUMS + 2 * HP);
        STORE(clamp_to(LOAD(v, SUMS + 3 * HP) + su, bound), v, SUMS + 3 * HP);
    }
}

static void article_update(const int T, const int H, const real e, const real rate, const real bound, global real *scratch)
{
    EACH_VECTOR {
        vec dv = (vec)(0);
        for (int t = 0; t < T; t++)
            dv = clamp_to(fma((vec)(e), LOAD(v, STATES + LINE(t + 1)), dv), bound);
        const vec dw = LOAD(v, SUMS + 2 * HP);
        const vec du = LOAD(v, SUMS + 3 * HP);
        STORE(fma((vec)(-rate), dv, LOAD(v, VT)), v, VT);
        for (int k = 0; k < H; k++)
            STORE(fma((vec)(-rate), dw, LOAD(v, WT + LINE(k))), v, WT + LINE(k));
        for (int t = 0; t < T; t++)
            STORE(fma((vec)(-rate), du, LOAD(v, UT + LINE(t))), v, UT + LINE(t));
    }
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void article_epoch(const int T, const int H, const ulong U, const ulong W, const ulong V, const ulong target,
                          const ulong count, const int truncate, const real rate, const real bound,
                          MEMBERS(global const real *restrict, series), MEMBERS(global real *restrict, params),
                          MEMBERS(global real *, scratch))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(series); AT_MEMBER(params); AT_MEMBER(scratch);
    load_panels(T, H, U, W, V, params, scratch);
    for (size_t record = 0; record < count; record++) {
        EACH_VECTOR
            for (int sum = 0; sum < 4; sum++)
                STORE((vec)(0), v, SUMS + sum * HP);
        for (int t = 0; t < T; t++) {
            SYNC();
            article_step(T, H, t, truncate, series[record + t], bound, scratch);
        }
        SYNC();
        real yhat = 0; /* every item for itself: cheaper than telling the others */
        for (int k = 0; k < H; k++)
            yhat = fma(VT[k], STATES[LINE(T) + k], yhat);
        SYNC(); /* before the first item updates V */
        article_update(T, H, yhat - series[record + target], rate, bound, scratch);
    }
    SYNC();
    store_panels(T, H, U, W, V, scratch, params);
}
