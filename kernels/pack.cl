/* SPDX-License-Identifier: MIT
 * pack.cl - a layer's parameters as recurrence.clh reads them: blocks of neighbouring outputs, zero-padded
 *
 * params (n)  ->  forward panels: of each block of columns, for each sum of a unit, (1 + UC + H, width): the bias, U^T and W^T;
 *                 backward panels: of each block (recurrent H, width): W, the sums that have one behind each other; and, where its inputs
 *                 are another layer's units, U likewise;
 *                 width: VEC * LANES reals for each vector of the block (tile.clh)
 * so that a tile walks through memory in one direction, whatever H is, and a vector holds neighbouring OUTPUTS.
 * NDRange  (HP / VEC vectors rounded up to the group, row chunks of each sum's forward panels, then of W's backward ones, then of U's): an item
 *          takes VEC outputs through PACK_ROWS rows of their panel, so that a row of W is read along.
 * Macros   those of tile.clh; HP, PACK_ROWS. sums, recurrent: of a unit. U, W, b: where each sum's rows begin in the flat block; -1: it has none.
 */
#include "tile.clh"

#define NARROW (COLS > 1 ? COLS - 1 : 1)

/* from(j), from(j + 1), ... `step` apart; 0 from H on. */
static vec outputs(global const real *from, const int j, const int H, const size_t step)
{
    real lane[VEC];
    _Pragma("unroll") for (int l = 0; l < VEC; l++)
        lane[l] = j + l < H ? from[(j + l) * step] : 0;
    return LOAD(0, lane);
}

kernel void pack(const int H, const int UC, const int wide, const int sums, const int recurrent, const long4 U, const long4 W,
                 const long4 b, const ulong forward_start, const ulong backward_start, const ulong inputs_start,
                 MEMBERS(global const real *restrict, params), MEMBERS(global real *restrict, forward),
                 MEMBERS(global real *restrict, backward))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(params); AT_MEMBER(forward); AT_MEMBER(backward);
    const long starts_U[] = {U.x, U.y, U.z, U.w}, starts_W[] = {W.x, W.y, W.z, W.w}, starts_b[] = {b.x, b.y, b.z, b.w};
    const int j = get_global_id(0) * VEC;
    const int rows = 1 + UC + H;
    const int chunks = (rows + PACK_ROWS - 1) / PACK_ROWS; /* of one sum's forward panels */
    const bool ahead = (int)get_global_id(1) < sums * chunks;
    const int behind = (int)get_global_id(1) - sums * chunks, back_chunks = (recurrent * H + PACK_ROWS - 1) / PACK_ROWS;
    const int first = (ahead ? (int)get_global_id(1) % chunks : behind % back_chunks) * PACK_ROWS;
    const int last = min(first + PACK_ROWS, ahead ? rows : recurrent * H);
    if (j >= HP)
        return;
    const int vector = j / (VEC * LANES);
    const int block = vector < wide * COLS ? vector / COLS : wide + (vector - wide * COLS) / NARROW;
    const int start = block_start(block, COLS, wide) * VEC * LANES;
    const int width = block_start(block + 1, COLS, wide) * VEC * LANES - start;
    if (ahead) {
        const int sum = get_global_id(1) / chunks;
        const long to_U = starts_U[sum], to_W = starts_W[sum], to_b = starts_b[sum];
        global real *panel = forward + forward_start + (size_t)rows * (sums * start + sum * width) + (j - start);
        if (first == 0)
            STORE(to_b < 0 ? (vec)(0) : outputs(params + to_b, j, H, 1), 0, panel);
        for (int r = max(first, 1); to_U >= 0 && r < min(last, 1 + UC); r++)
            STORE(outputs(params + to_U + (r - 1), j, H, UC), 0, panel + (size_t)r * width);
        for (int r = max(first, 1 + UC); to_W >= 0 && r < last; r++)
            STORE(outputs(params + to_W + (r - 1 - UC), j, H, H), 0, panel + (size_t)r * width);
    } else {
        const bool of_U = behind >= back_chunks;
        global real *panel = backward + (of_U ? inputs_start : backward_start) + (size_t)recurrent * H * start + (j - start);
        global const real *from = params + (of_U ? U.x : W.x);
        for (int k = first; k < last; k++)
            STORE(j + VEC <= H ? LOAD(0, from + (size_t)k * H + j) : outputs(from + (size_t)k * H, j, H, 1), 0,
                  panel + (size_t)k * width);
    }
}
