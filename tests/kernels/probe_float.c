/* SPDX-License-Identifier: MIT
 * probe_float.c - probe.h in float
 */
#define RNN_REFERENCE_BITS 32
#include "kernels/probe.h"

#include "backend/reference_real.h"

#if defined(__x86_64__) && defined(__ELF__) && !defined(__FMA__) && !defined(__SANITIZE_ADDRESS__)
#define HOT __attribute__((target_clones("fma", "default")))
#else
#define HOT
#endif

HOT static void reference(const void *x, void *out, size_t n)
{
    const real *from = x;
    real *to = out;
    for (size_t i = 0; i < n; i++) {
        to[i] = real_exp(from[i]);
        to[n + i] = real_sigmoid(from[i]);
        to[2 * n + i] = real_tanh(from[i]);
    }
}

typedef double exact;

static exact exact_value(int function, exact x)
{
    switch (function) {
    case PROBE_EXP:
        return exp(x);
    case PROBE_SIGMOID:
        return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
    default:
        return tanh(x);
    }
}

static double distance_of(real got, exact y)
{
    const exact highest = ldexp(1, 128);
    int e = 0;
    if (isnan(got) || isnan(y))
        return isnan(got) && isnan(y) ? 0 : (double)INFINITY;
    const exact found = isinf(got) ? copysign(highest, (exact)got) : (exact)got;
    y = fabs(y) > highest ? copysign(highest, y) : y;
    frexp(y, &e); /* 2^(e-1) <= |y| < 2^e; 0 for 0 */
    e = y == 0 || e - 1 < -126 ? -126 : e - 1;
    return (double)ldexp(fabs(found - y), 24 - 1 - e);
}

static void distance(const void *x, const void *out, size_t n, double largest[PROBE_FUNCTIONS],
                     double where[PROBE_FUNCTIONS])
{
    const real *from = x, *got = out;
    for (int f = 0; f < PROBE_FUNCTIONS; f++)
        for (size_t i = 0; i < n; i++) {
            const double d = distance_of(got[(size_t)f * n + i], exact_value(f, (exact)from[i]));
            if (d > largest[f]) {
                largest[f] = d;
                where[f] = (double)from[i];
            }
        }
}

static size_t difference(const void *a, const void *b, size_t n)
{
    const real *left = a, *right = b;
    if (memcmp(a, b, 3 * n * sizeof *left) == 0)
        return 3 * n;
    size_t i = 0;
    while (i < 3 * n && (memcmp(&left[i], &right[i], sizeof *left) == 0 || (isnan(left[i]) && isnan(right[i]))))
        i++;
    return i;
}

const probe_precision probe_float = {"float", sizeof(real), reference, distance, difference};
