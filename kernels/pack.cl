/* SPDX-License-Identifier: MIT
 * pack.cl - the parameters as elman.cl reads them: rows of HP outputs, zero-padded
 *
 * params (n)  ->  panels (1 + UC + H + H, HP): bias, U^T, W^T, W
 * NDRange  (HP, 1 + UC + 2 H), an element each.
 * Macros   REAL_BITS; H, HP, UC; OFFSET_U, OFFSET_W, OFFSET_B of the flat block; HAS_BIAS 0|1.
 */
#include "real.clh"

kernel void pack(global const real *restrict params, global real *restrict panels)
{
    const int j = get_global_id(0);
    const int row = get_global_id(1);
    real value = 0;
    if (j < H) {
        if (row == 0)
            value = HAS_BIAS ? params[OFFSET_B + j] : 0;
        else if (row < 1 + UC)
            value = params[OFFSET_U + (size_t)j * UC + (row - 1)];
        else if (row < 1 + UC + H)
            value = params[OFFSET_W + (size_t)j * H + (row - 1 - UC)];
        else
            value = params[OFFSET_W + (size_t)(row - 1 - UC - H) * H + j];
    }
    panels[(size_t)row * HP + j] = value;
}
