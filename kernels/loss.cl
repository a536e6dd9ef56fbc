/* SPDX-License-Identifier: MIT
 * loss.cl - sums of the loss over records, and its gradient at the output: output.clh
 *
 *   e = yhat(t,b,o) - y(t,b, o / Q)     d_y(t,b,o) = s / (steps B O)     losses(slot,o) = sum over steps and records of u v
 *   tally(slot,0,o) = sum of e^2, tally(slot,1,o) = number of targets that are not missing
 * The sums: block p of P takes records [B p / P, B (p+1) / P) of each step in ascending order by fma; blocks join in a binary tree,
 * neighbours first.
 * NDRange  O groups of 64 items: an output a group, a block an item; items from P on wait. sums: 3 x 64 reals of local memory.
 * Macros   REAL_BITS. with_gradient, with_tally: whether d_y and tally are written.
 */
#include "output.clh"

kernel void loss(const int steps, const int B, const int O, const int P, const int kind, const int Q, const int with_gradient,
                 const int with_tally, const ulong slot, MEMBERS(global const real *restrict, pairs),
                 MEMBERS(global const real *restrict, yhat), MEMBERS(global const real *restrict, y),
                 MEMBERS(global real *restrict, d_y), MEMBERS(global real *restrict, losses),
                 MEMBERS(global real *restrict, tally), local real *restrict sums)
{
    const size_t member = get_global_id(2);
    AT_MEMBER(pairs); AT_MEMBER(yhat); AT_MEMBER(y); AT_MEMBER(d_y); AT_MEMBER(losses); AT_MEMBER(tally);
    const loss_rule rule = {kind, Q, pairs};
    const int o = get_group_id(0);
    const int p = get_local_id(0);
    local real *const squares = sums + get_local_size(0), *const counts = squares + get_local_size(0);
    real sum = 0, square = 0, count = 0;
    for (size_t step = 0; p < P && step < (size_t)steps * B; step += B)
        for (size_t b = step + (size_t)B * p / P; b < step + (size_t)B * (p + 1) / P; b++) {
            const real target = y[b * (O / Q) + o / Q];
            const real e = yhat[b * O + o] - target;
            if (!isnan(target)) {
                sum = add_loss(rule, o, e, sum);
                square = fma(e, e, square);
                count += 1;
            }
            if (with_gradient)
                d_y[b * O + o] = error_grad(rule, o, yhat[b * O + o], target, (size_t)steps * B * O);
        }
    sums[p] = sum;
    squares[p] = square;
    counts[p] = count;
    for (int span = 1; span < P; span *= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (p % (2 * span) == 0 && p < P) {
            sums[p] += sums[p + span];
            squares[p] += squares[p + span];
            counts[p] += counts[p + span];
        }
    }
    if (p == 0)
        losses[slot * O + o] = sums[0];
    if (p == 0 && with_tally) {
        tally[2 * slot * O + o] = squares[0];
        tally[(2 * slot + 1) * O + o] = counts[0];
    }
}
