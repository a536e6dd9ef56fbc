/* SPDX-License-Identifier: MIT
 * stack.cl - what lies between layers: the state below as input, the gradient from above, both with dropout's mask; and before the first
 * step: the state that a layer starts from, and its gradient
 *
 *   climb       to(t,b,k) = from(t,b,k) * mask(t,b,k)      mask = word < threshold ? 0 : scale
 *               upward: from h(t+1) of the layer below to the inputs of step t; downward: in place
 *   word        of philox, number k % 4 of those at (k / 4, layer, t, b) under the update's key: the first two at (update, purpose, 0) under the seed
 *   start       h(0,b,k) = h0(k), or 0, and at c_at + k c0(k); all else that a row keeps 0
 *   carry       h(0,b,..) = h(T,b,..)
 *   start_grad  d(k) = sum over the records of a block of e(b,k), carry(b,k), or their sum; 0 where the gradient does not reach
 * Shapes   records of `row` reals, `step` reals a step; the first H of them from from_start, to_start on
 * NDRange  climb: (ceil(H / 4) rounded up to the group, B, steps a member): an item takes four units. start, carry: (group, B): a group walks along a row.
 *          start_grad: (H rounded up to the group, P).
 * Macros   REAL_BITS. h0, c0: where they begin in the flat block, -1: 0. block, to: see weight_grad.cl.
 */
#include "real.clh"

#include "philox.clh"

kernel void climb(const int H, const int B, const int row, const int t_first, const int steps, const int layer, const uint update_low,
                  const uint update_high, const uint purpose, const uint threshold, const real scale, const int masked,
                  const ulong from_start, const ulong to_start, MEMBERS(global const ulong *, seed), MEMBERS(global const real *, from),
                  MEMBERS(global real *, to))
{
    const size_t member = get_global_id(2) / steps;
    AT_MEMBER(from); AT_MEMBER(to);
    const int step = get_global_id(2) % steps;
    const int first = get_global_id(0) * 4, b = get_global_id(1), t = t_first + step;
    const size_t record = ((size_t)step * B + b) * row;
    if (first >= H)
        return;
    uint words[4] = {0, 0, 0, 0};
    if (masked) {
        AT_MEMBER(seed);
        const uint4 key = philox((uint4)(update_low, update_high, purpose, 0), (uint2)(seed[0], seed[0] >> 32));
        const uint4 drawn = philox((uint4)(first / 4, layer, t, b), key.xy);
        words[0] = drawn.x, words[1] = drawn.y, words[2] = drawn.z, words[3] = drawn.w;
    }
    for (int k = first; k < min(first + 4, H); k++) {
        const real value = from[from_start + record + k];
        to[to_start + record + k] = !masked ? value : value * (words[k - first] < threshold ? (real)0 : scale);
    }
}

kernel void start(const int H, const int row, const long h0, const long c0, const int c_at, const ulong h_start,
                  MEMBERS(global const real *restrict, params), MEMBERS(global real *restrict, h))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(params); AT_MEMBER(h);
    global real *to = h + h_start + get_global_id(1) * (size_t)row;
    for (int k = get_local_id(0); k < row; k += get_local_size(0))
        to[k] = h0 >= 0 && k < H ? params[h0 + k] : c0 >= 0 && k >= c_at && k < c_at + H ? params[c0 + (k - c_at)] : 0;
}

kernel void carry(const int row, const ulong from_start, const ulong to_start, MEMBERS(global real *, h))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(h);
    const size_t record = get_global_id(1) * (size_t)row;
    for (int k = get_local_id(0); k < row; k += get_local_size(0))
        h[to_start + record + k] = h[from_start + record + k];
}

kernel void start_grad(const int B, const int P, const int H, const int row, const int reaches, const int with_e,
                       const int with_carry, const ulong e_start, const ulong carry_start, const ulong block, const ulong to,
                       MEMBERS(global const real *restrict, dz), MEMBERS(global real *restrict, partial))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(dz); AT_MEMBER(partial);
    const int k = get_global_id(0), p = get_global_id(1);
    real sum = 0;
    if (k >= H)
        return;
    for (size_t b = (size_t)B * p / P; reaches && b < (size_t)B * (p + 1) / P; b++) {
        const real carry = with_carry ? dz[carry_start + b * row + k] : 0;
        sum = fma(with_e ? (with_carry ? dz[e_start + b * row + k] + carry : dz[e_start + b * row + k]) : carry, (real)1, sum);
    }
    partial[p * block + to + k] = sum;
}
