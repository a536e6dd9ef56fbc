/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.clh reads them: blocks of neighbouring outputs, zero-padded
 *
 * params (n)  ->  forward panels: of each block of columns (1 + UC + H, width): the bias, U^T and W^T;
 *                 backward panels: of each block (H, width): W;  width: VEC * LANES reals for each vector of the block (tile.clh)
 * so that a tile walks through memory in one direction, whatever H is, and a vector holds neighbouring OUTPUTS.
 * NDRange  (HP / VEC vectors rounded up to the group, row chunks of the forward panels and then of the backward ones): an item
 *          takes VEC outputs through PACK_ROWS rows of their panel, so that a row of W is read along.
 * Macros   those of tile.clh; HP, PACK_ROWS. U, W, b: where the tensors begin in the flat block; b is not read where has_bias is 0.
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

kernel void pack(const int H, const int UC, const int wide, const ulong U, const ulong W, const ulong b, const int has_bias,
                 MEMBERS(global const real *restrict, params), MEMBERS(global real *restrict, forward),
                 MEMBERS(global real *restrict, backward))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(params); AT_MEMBER(forward); AT_MEMBER(backward);
    const int j = get_global_id(0) * VEC;
    const int rows = 1 + UC + H;
    const int chunks = (rows + PACK_ROWS - 1) / PACK_ROWS; /* of the forward panels */
    const bool ahead = (int)get_global_id(1) < chunks;
    const int first = ((int)get_global_id(1) - (ahead ? 0 : chunks)) * PACK_ROWS;
    const int last = min(first + PACK_ROWS, ahead ? rows : H);
    if (j >= HP)
        return;
    const int vector = j / (VEC * LANES);
    const int block = vector < wide * COLS ? vector / COLS : wide + (vector - wide * COLS) / NARROW;
    const int start = block_start(block, COLS, wide) * VEC * LANES;
    const int width = block_start(block + 1, COLS, wide) * VEC * LANES - start;
    if (ahead) {
        global real *panel = forward + (size_t)rows * start + (j - start);
        if (first == 0)
            STORE(has_bias ? outputs(params + b, j, H, 1) : (vec)(0), 0, panel);
        for (int r = max(first, 1); r < min(last, 1 + UC); r++)
            STORE(outputs(params + U + (r - 1), j, H, UC), 0, panel + (size_t)r * width);
        for (int r = max(first, 1 + UC); r < last; r++)
            STORE(outputs(params + W + (r - 1 - UC), j, H, H), 0, panel + (size_t)r * width);
    } else {
        global real *panel = backward + (size_t)H * start + (j - start);
        for (int k = first; k < last; k++)
            STORE(j + VEC <= H ? LOAD(0, params + W + (size_t)k * H + j) : outputs(params + W + (size_t)k * H, j, H, 1), 0,
                  panel + (size_t)k * width);
    }
}
