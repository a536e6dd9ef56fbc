/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.clh reads them: blocks of neighbouring outputs, zero-padded
 *
 * params (n)  ->  forward panels: of each block of columns (1 + UC + H, width): the bias, U^T and W^T;
 *                 backward panels: of each block (H, width): W;  width: VEC * LANES reals for each vector of the block (tile.clh)
 * so that a tile walks through memory in one direction, whatever H is, and a vector holds neighbouring OUTPUTS.
 * NDRange  (HP rounded up to the group, row chunks of the forward panels and then of the backward ones): an item takes
 *          output j through PACK_ROWS rows of its panel, so that a row of W is read along.
 * Macros   those of tile.clh; HP, PACK_ROWS. U, W, b: where the tensors begin in the flat block; b is not read where has_bias is 0.
 */
#include "tile.clh"

#define NARROW (COLS > 1 ? COLS - 1 : 1)

kernel void pack(const int H, const int UC, const int wide, const ulong U, const ulong W, const ulong b, const int has_bias,
                 global const real *restrict params, global real *restrict forward, global real *restrict backward)
{
    const int j = get_global_id(0);
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
            panel[0] = j < H && has_bias ? params[b + j] : 0;
        for (int r = max(first, 1); r < min(last, 1 + UC); r++)
            panel[(size_t)r * width] = j < H ? params[U + (size_t)j * UC + (r - 1)] : 0;
        for (int r = max(first, 1 + UC); r < last; r++)
            panel[(size_t)r * width] = j < H ? params[W + (size_t)j * H + (r - 1 - UC)] : 0;
    } else {
        global real *panel = backward + (size_t)H * start + (j - start);
        for (int k = first; k < last; k++)
            panel[(size_t)k * width] = j < H ? params[W + (size_t)k * H + j] : 0;
    }
}
