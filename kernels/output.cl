/* SPDX-License-Identifier: MIT
 * output.cl - the output projection of the last hidden state, and its gradient
 *
 *   yhat(b,o) = c(o) + sum_k V(o,k) h(T,b,k)          d_h(b,k) = sum_o d_y(b,o) V(o,k)
 * Shapes   h, d_h (B,row)   yhat, d_y (B,O)   V (O,H), c (O) in the flat block
 * NDRange  project: one item an output, B*O rounded up. project_grad: (group, B): the items of a group walk
 *          along one record of `row` reals; padding is set to 0.
 * Macros   REAL_BITS. V_start, c_start: where the tensors begin in the flat block; c is not read where has_bias is 0.
 */
#include "real.clh"

kernel void project(const int B, const int H, const int O, const int row, const ulong V_start, const ulong c_start, const int has_bias,
                    const ulong h_start, global const real *restrict params, global const real *restrict h, global real *restrict yhat)
{
    const size_t output = get_global_id(0);
    if (output >= (size_t)B * O)
        return;
    global const real *V = params + V_start + output % O * H;
    global const real *state = h + h_start + output / O * row;
    real sum = has_bias ? params[c_start + output % O] : 0;
    for (int k = 0; k < H; k++)
        sum = fma(V[k], state[k], sum);
    yhat[output] = sum;
}

kernel void project_grad(const int H, const int O, const int row, const ulong V_start, global const real *restrict params, global const real *restrict d_y, global real *restrict d_h)
{
    const size_t b = get_global_id(1);
    for (size_t k = get_local_id(0); k < (size_t)row; k += get_local_size(0)) {
        real sum = 0;
        for (int o = 0; k < (size_t)H && o < O; o++)
            sum = fma(d_y[b * O + o], params[V_start + (size_t)o * H + k], sum);
        d_h[b * row + k] = sum;
    }
}
