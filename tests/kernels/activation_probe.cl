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
    vec of_sigmoid = LOAD(i, x), of_tanh = of_sigmoid;
    STORE(real_exp(of_sigmoid), i, out);
    sigmoid_each(&of_sigmoid, 1);
    STORE(of_sigmoid, i, out + n);
    tanh_each(&of_tanh, 1);
    STORE(of_tanh, i, out + 2 * n);
}
