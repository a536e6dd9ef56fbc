/* SPDX-License-Identifier: MIT
 * loss.cl - sum of squared errors over records, and its gradient at the output
 *
 *   e = yhat - y     d_y(b,o) = e / (B O)     losses(slot,o) = sum over records of e^2
 * The sum: block p of P takes records [B p / P, B (p+1) / P) in ascending order by fma; blocks join in a binary tree,
 * neighbours first.
 * NDRange  O groups of 64 items: an output a group, a block an item; items from P on wait. sums: 64 reals of local memory.
 * Macros   REAL_BITS.
 */
#include "output.clh"

kernel void loss(const int B, const int O, const int P, const int with_gradient, const ulong slot,
                 MEMBERS(global const real *restrict, yhat), MEMBERS(global const real *restrict, y),
                 MEMBERS(global real *restrict, d_y), MEMBERS(global real *restrict, losses), local real *restrict sums)
{
    const size_t member = get_global_id(2);
    AT_MEMBER(yhat); AT_MEMBER(y); AT_MEMBER(d_y); AT_MEMBER(losses);
    const int o = get_group_id(0);
    const int p = get_local_id(0);
    real sum = 0;
    for (size_t b = (size_t)B * p / P; p < P && b < (size_t)B * (p + 1) / P; b++) {
        const real e = yhat[b * O + o] - y[b * O + o];
        sum = fma(e, e, sum);
        if (with_gradient)
            d_y[b * O + o] = error_grad(e, B, O);
    }
    sums[p] = sum;
    for (int span = 1; span < P; span *= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (p % (2 * span) == 0 && p < P)
            sums[p] += sums[p + span];
    }
    if (p == 0)
        losses[slot * O + o] = sums[0];
}
