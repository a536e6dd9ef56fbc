/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.cl reads them: blocks of WIDTH neighbouring outputs, zero-padded
 *
 * params (n)  ->  forward panels (HP / WIDTH, 1 + UC + H, WIDTH): of each block of columns the bias, U^T and W^T;
 *                 backward panels (HP / WIDTH, H, WIDTH): of each block W
 * so that a tile walks through memory in one direction, whatever H is, and a vector holds neighbouring OUTPUTS.
 * NDRange  (HP rounded up to the group, row chunks of the forward panels and then of the backward ones): an item takes
 *          output j through PACK_ROWS rows of its panel, so that a row of W is read along.
 * Macros   those of tile.clh; HP, PACK_ROWS. U, W, b: where the tensors begin in the flat block; b is not read where has_bias is 0.
 */
#include "tile.clh"

kernel void pack(const int H, const int UC, const ulong U, const ulong W, const ulong b, const int has_bias,
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
    if (ahead) {
        global real *panel = forward + (size_t)(j / WIDTH) * rows * WIDTH + j % WIDTH;
        if (first == 0)
            panel[0] = j < H && has_bias ? params[b + j] : 0;
        for (int r = max(first, 1); r < min(last, 1 + UC); r++)
            panel[(size_t)r * WIDTH] = j < H ? params[U + (size_t)j * UC + (r - 1)] : 0;
        for (int r = max(first, 1 + UC); r < last; r++)
            panel[(size_t)r * WIDTH] = j < H ? params[W + (size_t)j * H + (r - 1 - UC)] : 0;
    } else {
        global real *panel = backward + (size_t)(j / WIDTH) * H * WIDTH + j % WIDTH;
        for (int k = first; k < last; k++)
            panel[(size_t)k * WIDTH] = j < H ? params[W + (size_t)k * H + j] : 0;
    }
}
