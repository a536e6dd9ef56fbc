/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.cl reads them: rows of HP outputs, zero-padded
 *
 * params (n)  ->  panels (1 + UC + H + H, HP): bias, U^T, W^T, W
 * NDRange  (group, 1 + UC + 2 H): the items of a group walk along one row.
 * Macros   REAL_BITS, HP. U, W, b: where the tensors begin in the flat block; b is not read where has_bias is 0.
 */
#include "real.clh"

/* Element j of row `row` of the panels. */
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
                 global const real *restrict params, global real *restrict panels)
{
    const int row = get_global_id(1);
    for (int j = get_local_id(0); j < HP; j += get_local_size(0))
        panels[(size_t)row * HP + j] = element(params, row, j, H, UC, U, W, b, has_bias);
}
