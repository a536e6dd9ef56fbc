/* SPDX-License-Identifier: MIT
 * clip.cl - gradient clipping by value, and by the global norm
 *
 *   clip_value    g = min(max(g, -bound), bound)                                                one item an element
 *   square_sums   sums(q) = sum of g^2 over NORM_BLOCK neighbours, ascending by fma             one item NORM_ITEM blocks, since
 *                 the terms of one wait for each other; `blocks` is a power of two
 *   join_squares  sums(0) = the blocks joined by the binary tree, neighbours first              one group
 *   clip_norm     g *= limit / norm where norm = sqrt(sums(0)) > limit                          one item an element
 * Macros   REAL_BITS; NORM_BLOCK, NORM_ITEM. A NaN passes both clips, so that it is noticed and not turned into a number.
 */
#include "real.clh"

kernel void clip_value(const ulong n, const real bound, MEMBERS(global real *restrict, gradient))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(gradient);
    const size_t i = get_global_id(0);
    if (i >= n)
        return;
    const real g = gradient[i];
    gradient[i] = g < -bound ? -bound : g > bound ? bound : g;
}

kernel void square_sums(const ulong n, const ulong blocks, MEMBERS(global const real *restrict, gradient),
                        MEMBERS(global real *restrict, sums))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(gradient); AT_MEMBER(sums);
    const size_t first = get_global_id(0) * NORM_ITEM;
    real sum[NORM_ITEM];
    _Pragma("unroll") for (int c = 0; c < NORM_ITEM; c++)
        sum[c] = 0;
    for (size_t i = 0; i < NORM_BLOCK; i++)
        _Pragma("unroll") for (int c = 0; c < NORM_ITEM; c++) {
            const size_t at = (first + c) * NORM_BLOCK + i;
            const real g = gradient[min(at, (size_t)n - 1)];
            sum[c] = at < n ? fma(g, g, sum[c]) : sum[c];
        }
    for (int c = 0; c < NORM_ITEM && first + c < blocks; c++)
        sums[first + c] = sum[c];
}

kernel void join_squares(const ulong blocks, MEMBERS(global real *, sums))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(sums);
    for (size_t span = 1; span < blocks; span *= 2) {
        for (size_t q = get_local_id(0) * 2 * span; q < blocks; q += get_local_size(0) * 2 * span)
            sums[q] += sums[q + span];
        barrier(CLK_GLOBAL_MEM_FENCE);
    }
}

kernel void clip_norm(const ulong n, const real limit, MEMBERS(global const real *restrict, sums),
                      MEMBERS(global real *restrict, gradient))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(sums); AT_MEMBER(gradient);
    const size_t i = get_global_id(0);
    const real norm = sqrt(sums[0]);
    if (i < n && norm > limit)
        gradient[i] *= limit / norm;
}
