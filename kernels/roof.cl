/* SPDX-License-Identifier: MIT
 * roof.cl - what a device can do at best, to measure the other kernels by
 *
 *   multiply_add   CHAINS independent chains of fma on vectors: 2 VEC CHAINS count flops an item    one value an item, so that nothing is left out
 *   copy_line      to = from, a vector an item
 *   nothing        a launch and no work
 * Macros   VEC; CHAINS: enough to hide an fma's latency, few enough for the registers.
 */
#include "real.clh"

kernel void multiply_add(const int count, const real factor, global real *restrict out)
{
    vec chain[CHAINS];
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++)
        chain[i] = (vec)(factor * (real)(get_global_id(0) + i));
    for (int k = 0; k < count; k++)
        _Pragma("unroll") for (int i = 0; i < CHAINS; i++)
            chain[i] = fma(chain[i], (vec)(factor), (vec)(1));
    vec sum = (vec)(0);
    _Pragma("unroll") for (int i = 0; i < CHAINS; i++)
        sum += chain[i];
    real lane[VEC];
    STORE_IN(private, sum, 0, lane);
    real total = 0;
    for (int l = 0; l < VEC; l++)
        total += lane[l];
    out[get_global_id(0)] = total;
}

kernel void copy_line(global const real *restrict from, global real *restrict to)
{
    STORE(LOAD(get_global_id(0), from), get_global_id(0), to);
}

kernel void nothing(global real *out)
{
    (void)out;
}
