/* SPDX-License-Identifier: MIT
 * output.cl - the output projection, and its gradient: output.clh
 *
 * Shapes   h, d_h (B,row)   yhat, d_y (B,O)   V (O,H), c (O) in the flat block. Where several steps are asked, B: their records together
 * NDRange  project: one item an output, B*O rounded up. project_grad: (group, B): the items of a group walk
 *          along one record of `row` reals; padding is set to 0.
 * Macros   REAL_BITS. V_start, c_start: where the tensors begin in the flat block; c is not read where has_bias is 0.
 */
#include "output.clh"

kernel void project(const int B, const int H, const int O, const int row, const ulong V_start, const ulong c_start,
                    const int has_bias, const ulong h_start, MEMBERS(global const real *restrict, params),
                    MEMBERS(global const real *restrict, h), MEMBERS(global real *restrict, yhat))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(params); AT_MEMBER(h); AT_MEMBER(yhat);
    const size_t output = get_global_id(0);
    if (output >= (size_t)B * O)
        return;
    yhat[output] = project_record(H, has_bias ? params[c_start + output % O] : 0, params + V_start + output % O * H,
                                  h + h_start + output / O * row);
}

kernel void project_grad(const int H, const int O, const int row, const ulong V_start,
                         MEMBERS(global const real *restrict, params), MEMBERS(global const real *restrict, d_y),
                         MEMBERS(global real *restrict, d_h))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(params); AT_MEMBER(d_y); AT_MEMBER(d_h);
    const size_t b = get_global_id(1);
    for (size_t k = get_local_id(0); k < (size_t)row; k += get_local_size(0))
        d_h[b * row + k] = project_grad_element(H, O, k, params + V_start, d_y + b * O);
}
