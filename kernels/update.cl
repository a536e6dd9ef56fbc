/* SPDX-License-Identifier: MIT
 * update.cl - the optimisers, VEC parameters an item; the order of operations is part of the arithmetic contract
 *
 *   sgd        p = p - rate g
 *   momentum   m = mu m + g                                           p = p - rate m
 *   nesterov   m = mu m + g                                           p = p - rate (mu m + g)
 *   rmsprop    v = rho v + (1 - rho) g^2                              p = p - rate g / (sqrt(v) + epsilon)
 *   adam       m = b1 m + (1 - b1) g    v = b2 v + (1 - b2) g^2       p = p - step m / (sqrt(v) / correction2 + epsilon)
 *   adamw      p = p - shrink p, then as adam
 * with step = rate / (1 - b1^s) and correction2 = sqrt(1 - b2^s) from the host (Kingma and Ba, 2015; adamw: Loshchilov and Hutter,
 * 2019, with shrink = rate decay). Of all but adamw g is the gradient plus decay p. Formulas and moments are those of torch.optim.
 * Nothing changes where health is not 0: a gradient was not finite. Without weight decay none is computed, not even with 0.
 * Shapes   p, gradient (n)   moments (2,n): m, v
 * NDRange  ceil(n / VEC) items, rounded up to the group.
 * Macros   REAL_BITS, VEC.
 */
#include "real.clh"

/* VEC elements from `start` on, fewer at the end of n: what is not there is read as 0 and not written. */
static vec load_some(global const real *from, const size_t start, const size_t n)
{
    if (start + VEC <= n)
        return LOAD(0, from + start);
    real lane[VEC];
    for (size_t l = 0; l < VEC; l++)
        lane[l] = start + l < n ? from[start + l] : 0;
    return LOAD(0, lane);
}

static void store_some(const vec value, global real *to, const size_t start, const size_t n)
{
    if (start + VEC <= n) {
        STORE(value, 0, to + start);
        return;
    }
    real lane[VEC];
    STORE_IN(private, value, 0, lane);
    for (size_t l = 0; l < VEC && start + l < n; l++)
        to[start + l] = lane[l];
}

/* The gradient of the loss plus decay / 2 |p|^2. */
static vec decayed(const vec g, const vec p, const real decay)
{
    return decay != 0 ? fma((vec)(decay), p, g) : g;
}

kernel void sgd(const ulong n, const real rate, const real decay, MEMBERS(global const uint *restrict, health),
                MEMBERS(global const real *restrict, gradient), MEMBERS(global real *restrict, params))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n);
    store_some(fma((vec)(-rate), decayed(load_some(gradient, i, n), p, decay), p), params, i, n);
}

kernel void momentum(const ulong n, const real rate, const real mu, const real decay,
                     MEMBERS(global const uint *restrict, health), MEMBERS(global const real *restrict, gradient),
                     MEMBERS(global real *restrict, params), MEMBERS(global real *restrict, moments))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params); AT_MEMBER(moments);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n);
    const vec m = fma((vec)(mu), load_some(moments, i, n), decayed(load_some(gradient, i, n), p, decay));
    store_some(m, moments, i, n);
    store_some(fma((vec)(-rate), m, p), params, i, n);
}

kernel void nesterov(const ulong n, const real rate, const real mu, const real decay,
                     MEMBERS(global const uint *restrict, health), MEMBERS(global const real *restrict, gradient),
                     MEMBERS(global real *restrict, params), MEMBERS(global real *restrict, moments))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params); AT_MEMBER(moments);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n), g = decayed(load_some(gradient, i, n), p, decay);
    const vec m = fma((vec)(mu), load_some(moments, i, n), g);
    store_some(m, moments, i, n);
    store_some(fma((vec)(-rate), fma((vec)(mu), m, g), p), params, i, n);
}

kernel void rmsprop(const ulong n, const real rate, const real rho, const real rest, const real epsilon, const real decay,
                    MEMBERS(global const uint *restrict, health), MEMBERS(global const real *restrict, gradient),
                    MEMBERS(global real *restrict, params), MEMBERS(global real *restrict, moments))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params); AT_MEMBER(moments);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n), g = decayed(load_some(gradient, i, n), p, decay);
    const vec v = fma((vec)(rho), load_some(moments + n, i, n), rest * g * g);
    store_some(v, moments + n, i, n);
    store_some(fma((vec)(-rate), g / (sqrt(v) + epsilon), p), params, i, n);
}

/* Moments and step of Adam, from g and what has become of p so far. */
static void adam_step(const vec g, const vec p, const size_t i, const ulong n, const real step, const real beta1, const real rest1,
                      const real beta2, const real rest2, const real correction2, const real epsilon, global real *params,
                      global real *moments)
{
    const vec m = fma((vec)(beta1), load_some(moments, i, n), rest1 * g);
    const vec v = fma((vec)(beta2), load_some(moments + n, i, n), rest2 * g * g);
    store_some(m, moments, i, n);
    store_some(v, moments + n, i, n);
    store_some(fma((vec)(-step), m / (sqrt(v) / correction2 + epsilon), p), params, i, n);
}

kernel void adam(const ulong n, const real step, const real beta1, const real rest1, const real beta2, const real rest2,
                 const real correction2, const real epsilon, const real decay, MEMBERS(global const uint *restrict, health),
                 MEMBERS(global const real *restrict, gradient), MEMBERS(global real *restrict, params),
                 MEMBERS(global real *restrict, moments))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params); AT_MEMBER(moments);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n);
    adam_step(decayed(load_some(gradient, i, n), p, decay), p, i, n, step, beta1, rest1, beta2, rest2, correction2, epsilon, params,
              moments);
}

kernel void adamw(const ulong n, const real step, const real beta1, const real rest1, const real beta2, const real rest2,
                  const real correction2, const real epsilon, const real shrink, MEMBERS(global const uint *restrict, health),
                  MEMBERS(global const real *restrict, gradient), MEMBERS(global real *restrict, params),
                  MEMBERS(global real *restrict, moments))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(health); AT_MEMBER(gradient); AT_MEMBER(params); AT_MEMBER(moments);
    if (*health)
        return;
    const size_t i = get_global_id(0) * VEC;
    const vec p = load_some(params, i, n);
    adam_step(load_some(gradient, i, n), shrink != 0 ? fma((vec)(-shrink), p, p) : p, i, n, step, beta1, rest1, beta2, rest2,
              correction2, epsilon, params, moments);
}
