/* SPDX-License-Identifier: MIT
 * update.cl - the optimisers, an item a parameter; the order of operations is part of the arithmetic contract
 *
 *   sgd        p = p - rate g
 *   momentum   m = mu m + g                                           p = p - rate m
 *   adam       m = b1 m + (1 - b1) g    v = b2 v + (1 - b2) g^2       p = p - step m / (sqrt(v) / correction2 + epsilon)
 * with step = rate / (1 - b1^s) and correction2 = sqrt(1 - b2^s) from the host (Kingma and Ba, 2015).
 * Shapes   p, g (n)   moments (2,n): m, v
 * Macros   REAL_BITS.
 */
#include "real.clh"

kernel void sgd(const ulong n, const real rate, global const real *restrict gradient, global real *restrict params)
{
    const size_t i = get_global_id(0);
    if (i < n)
        params[i] = fma(-rate, gradient[i], params[i]);
}

kernel void momentum(const ulong n, const real rate, const real mu, global const real *restrict gradient,
                     global real *restrict params, global real *restrict moments)
{
    const size_t i = get_global_id(0);
    if (i >= n)
        return;
    const real m = fma(mu, moments[i], gradient[i]);
    moments[i] = m;
    params[i] = fma(-rate, m, params[i]);
}

kernel void adam(const ulong n, const real step, const real beta1, const real rest1, const real beta2, const real rest2,
                 const real correction2, const real epsilon, global const real *restrict gradient,
                 global real *restrict params, global real *restrict moments)
{
    const size_t i = get_global_id(0);
    if (i >= n)
        return;
    const real g = gradient[i];
    const real m = fma(beta1, moments[i], rest1 * g);
    const real v = fma(beta2, moments[n + i], rest2 * g * g);
    moments[i] = m;
    moments[n + i] = v;
    params[i] = fma(-step, m / (sqrt(v) / correction2 + epsilon), params[i]);
}
