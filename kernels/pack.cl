/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.cl reads them: blocks of WIDTH neighbouring outputs, zero-padded
 *
 * params (n)  ->  forward panels (HP / WIDTH, 1 + UC + H, WIDTH): of each block of columns the bias, U^T and W^T;
 *                 backward panels (HP / WIDTH, H, WIDTH): of each block W
 * so that a tile walks through memory in one direction, whatever H is, and a vector holds neighbouring OUTPUTS.
 * NDRange  (group, 1 + UC + 2 H): the items of a group walk along one row of HP outputs.
 * Macros   those of tile.clh; HP. U, W, b: where the tensors begin in the flat block; b is not read where has_bias is 0.
 */
#include "tile.clh"

/* Element j of row `row` of both panels, one below the other. */
static real element(global const real *params, const int row, const int j, const int H, const int UC, const ulong U,
                    const ulong W, const ulong b, const int has_bias)
{
    if (j >= H)
        return 0;
    if (row == 0)
        return has_bias ? params[b + j] : 0;
    if (row < 1 + UC)
        return params[U + (size_t)j * UC + (row - 1)];
    if (row < 1 + UC + H)
        return params[W + (size_t)j * H + (row - 1 - UC)];
    return params[W + (size_t)(row - 1 - UC - H) * H + j];
}

kernel void pack(const int H, const int UC, const ulong U, const ulong W, const ulong b, const int has_bias,
                 global const real *restrict params, global real *restrict forward, global real *restrict backward)
{
    const int row = get_global_id(1);
    const int forward_rows = 1 + UC + H;
    global real *panels = row < forward_rows ? forward : backward;
    const size_t rows = row < forward_rows ? forward_rows : H;
    const size_t place = row < forward_rows ? row : row - forward_rows;
    for (int j = get_local_id(0); j < HP; j += get_local_size(0))
        panels[(j / WIDTH * rows + place) * WIDTH + j % WIDTH] = element(params, row, j, H, UC, U, W, b, has_bias);
}
