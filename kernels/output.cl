/* SPDX-License-Identifier: MIT
 * output.cl - the output projection of the last hidden state, and its gradient
 *
 *   yhat(b,o) = c(o) + sum_k V(o,k) h(T,b,k)          d_h(b,k) = sum_o d_y(b,o) V(o,k)
 * Shapes   h, d_h (B,HP)   yhat, d_y (B,O)   V (O,H), c (O) in the flat block
 * NDRange  project: one item an output, B*O rounded up. project_grad: (HP, B), an element each; padding is set to 0.
 * Macros   REAL_BITS; H, HP, O; OFFSET_V, OFFSET_C; HAS_BIAS 0|1.
 */
#include "real.clh"

kernel void project(const int B, const ulong h_start, global const real *restrict params,
                    global const real *restrict h, global real *restrict yhat)
{
    const size_t output = get_global_id(0);
    if (output >= (size_t)B * O)
        return;
    global const real *V = params + OFFSET_V + output % O * H;
    global const real *state = h + h_start + output / O * HP;
    real sum = HAS_BIAS ? params[OFFSET_C + output % O] : 0;
    for (int k = 0; k < H; k++)
        sum = fma(V[k], state[k], sum);
    yhat[output] = sum;
}

kernel void project_grad(global const real *restrict params, global const real *restrict d_y,
                         global real *restrict d_h)
{
    const size_t k = get_global_id(0);
    const size_t b = get_global_id(1);
    real sum = 0;
    if (k < H)
        for (int o = 0; o < O; o++)
            sum = fma(d_y[b * O + o], params[OFFSET_V + (size_t)o * H + k], sum);
    d_h[b * HP + k] = sum;
}
