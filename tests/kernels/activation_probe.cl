/* SPDX-License-Identifier: MIT
 * activation_probe.cl - the elementary functions of activation.clh by themselves
 *
 *   out (3,n): exp(x), sigmoid(x), tanh(x) of x (n)
 * NDRange  n / VEC items, rounded up to the group; n is a multiple of VEC.
 */
#include "activation.clh"

kernel void probe(const ulong n, global const real *restrict x, global real *restrict out)
{
    const size_t i = get_global_id(0);
    if (i >= n / VEC)
        return;
    const vec z = LOAD(i, x);
    STORE(real_exp(z), i, out);
    STORE(real_sigmoid(z), i, out + n);
    STORE(real_tanh(z), i, out + 2 * n);
}
