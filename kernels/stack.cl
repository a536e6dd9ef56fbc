/* SPDX-License-Identifier: MIT
 * stack.cl - what lies between layers: the state below as input, the gradient from above, both with dropout's mask
 *
 *   climb       to(t,b,k) = from(t,b,k) * mask(t,b,k)      mask = word < threshold ? 0 : scale
 *               upward: from h(t+1) of the layer below to the inputs of step t; downward: in place
 *   word        of philox, number k % 4 of those at (k / 4, layer, t, b) under the update's key
 *   start       h(0) of every layer: 0, with all else that a row keeps
 * Shapes   records of `row` reals, `step` reals a step; the first H of them from from_start, to_start on
 * NDRange  climb: (ceil(H / 4) rounded up to the group, B, steps): an item takes four units. start: (group, B, L): a group walks along a row.
 * Macros   REAL_BITS.
 */
#include "real.clh"

#include "philox.clh"

kernel void climb(const int H, const int B, const int row, const int t_first, const int layer, const uint key_low, const uint key_high,
                  const uint threshold, const real scale, const int masked, const ulong from_start, const ulong to_start,
                  global const real *from, global real *to)
{
    const int first = get_global_id(0) * 4, b = get_global_id(1), t = t_first + (int)get_global_id(2);
    const size_t record = ((size_t)get_global_id(2) * B + b) * row;
    if (first >= H)
        return;
    uint words[4] = {0, 0, 0, 0};
    if (masked) {
        const uint4 drawn = philox((uint4)(first / 4, layer, t, b), (uint2)(key_low, key_high));
        words[0] = drawn.x, words[1] = drawn.y, words[2] = drawn.z, words[3] = drawn.w;
    }
    for (int k = first; k < min(first + 4, H); k++) {
        const real value = from[from_start + record + k];
        to[to_start + record + k] = !masked ? value : value * (words[k - first] < threshold ? (real)0 : scale);
    }
}

kernel void start(const int row, const ulong layer_step, global real *restrict h)
{
    global real *to = h + get_global_id(2) * layer_step + get_global_id(1) * (size_t)row;
    for (int k = get_local_id(0); k < row; k += get_local_size(0))
        to[k] = 0;
}
