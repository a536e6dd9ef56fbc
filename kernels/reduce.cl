/* SPDX-License-Identifier: MIT
 * reduce.cl - the sum over blocks of records: P partial gradients joined by the balanced binary tree, neighbours first
 *
 *   partial  ->  sum (n). Of each block partial has (see weight_grad.cl), from product_start on, for each sum of a unit `rows` rows of
 *   `pitch` reals that hold d_W(j,:), d_U(j,:), d_b(j), j < H, and, from `rest` on, what belongs to [0, rest_U) and then to [V, n) of the flat block.
 * NDRange  units * H * pitch / VEC items, then as many as the rest has vectors; rounded up to the group. A launch a layer: without
 *          the rest (n = V, rest_U = 0) but in one.
 *   health  becomes the largest of itself, ill_gradient where a sum is not finite, and ill_loss where one of the O losses in the slot is not.
 * Macros   VEC. P is a power of two, at most 64. U, W, b: where, in the flat block, the rows of each sum begin; -1 where it has none.
 */
#include "real.clh"

/* Where element (j, column) of one sum's product lies in the flat block; -1: nowhere. */
static long place(const int j, const int column, const int H, const int D, const long U, const long W, const long b)
{
    if (column < H)
        return W < 0 ? -1 : W + (long)j * H + column;
    if (column < H + D)
        return U < 0 ? -1 : U + (long)j * D + (column - H);
    return column > H + D || b < 0 ? -1 : b + j;
}

static vec joined(const int P, const ulong block, global const real *element)
{
    vec pending[7]; /* pending[level]: a finished subtree of 2^level blocks that waits for its right neighbour */
    int level = 0;
    for (int p = 0; p < P; p++) {
        vec value = LOAD(0, element + p * block);
        for (level = 0; p >> level & 1; level++)
            value = pending[level] + value;
        pending[level] = value;
    }
    return pending[level];
}

kernel void join_blocks(const int P, const int units, const int H, const int D, const int pitch, const int rows,
                        const ulong product_start, const ulong block, const ulong rest, const ulong rest_U, const ulong n,
                        const long4 U, const long4 W, const long4 b, const ulong V, const int O, const ulong slot,
                        const uint ill_gradient, const uint ill_loss, MEMBERS(global const real *restrict, partial),
                        MEMBERS(global const real *restrict, losses), MEMBERS(global real *restrict, sum),
                        MEMBERS(volatile global uint *restrict, health))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(partial); AT_MEMBER(losses); AT_MEMBER(sum); AT_MEMBER(health);
    const long starts_U[] = {U.x, U.y, U.z, U.w}, starts_W[] = {W.x, W.y, W.z, W.w}, starts_b[] = {b.x, b.y, b.z, b.w};
    const size_t line = pitch / VEC, product = (size_t)units * H * line;
    const size_t i = get_global_id(0);
    real lane[VEC];
    for (int o = 0; i == 0 && o < O; o++)
        if (!isfinite(losses[slot * O + o]))
            atomic_max(health, ill_loss);
    if (i < product) {
        const int unit = i / line / H, j = i / line % H, column = i % line * VEC;
        const long to_U = starts_U[unit], to_W = starts_W[unit], to_b = starts_b[unit];
        if (to_W < 0 && column + VEC <= H)
            return;
        const vec value = joined(P, block, partial + product_start + ((size_t)unit * rows + j) * pitch + column);
        if (column + VEC <= H) {
            STORE(value, 0, sum + to_W + (size_t)j * H + column);
            if (!ALL_FINITE(value))
                atomic_max(health, ill_gradient);
            return;
        }
        STORE_IN(private, value, 0, lane);
        for (int l = 0; l < VEC; l++) {
            const long to = place(j, column + l, H, D, to_U, to_W, to_b);
            if (to < 0)
                continue;
            sum[to] = lane[l];
            if (!isfinite(lane[l]))
                atomic_max(health, ill_gradient);
        }
    } else {
        const size_t first = (i - product) * VEC, count = rest_U + (n - V);
        if (first >= count)
            return;
        STORE_IN(private, joined(P, block, partial + rest + first), 0, lane);
        for (size_t l = first; l < min(first + VEC, count); l++) {
            sum[l < rest_U ? l : V + (l - rest_U)] = lane[l - first];
            if (!isfinite(lane[l - first]))
                atomic_max(health, ill_gradient);
        }
    }
}
