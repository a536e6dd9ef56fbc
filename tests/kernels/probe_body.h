/* SPDX-License-Identifier: MIT
 * probe_body.h - probe.h for one precision, included by probe_float.c and probe_double.c
 *
 * They define `exact`, a type with digits to spare; EXACT(f), its functions; PROBE(f), names that are theirs alone; and of
 * `real` DIGITS of the mantissa, the LOWEST normal exponent and 2^HIGHEST beyond the largest number.
 */
#include "backend/reference_real.h"

RNN_HOT static void PROBE(reference)(const void *x, void *out, size_t n)
{
    const real *from = x;
    real *to = out;
    for (size_t i = 0; i < n; i++) {
        to[i] = real_exp(from[i]);
        to[n + i] = real_sigmoid(from[i]);
        to[2 * n + i] = real_tanh(from[i]);
    }
}

static exact exact_value(int function, exact x)
{
    switch (function) {
    case PROBE_EXP:
        return EXACT(exp)(x);
    case PROBE_SIGMOID:
        return x < 0 ? EXACT(exp)(x) / (1 + EXACT(exp)(x)) : 1 / (1 + EXACT(exp)(-x));
    default:
        return EXACT(tanh)(x);
    }
}

static double distance_of(real got, exact y)
{
    const exact highest = EXACT(ldexp)(1, HIGHEST);
    int e = 0;
    if (isnan(got) || isnan(y))
        return isnan(got) && isnan(y) ? 0 : (double)INFINITY;
    const exact found = isinf(got) ? EXACT(copysign)(highest, (exact)got) : (exact)got;
    y = EXACT(fabs)(y) > highest ? EXACT(copysign)(highest, y) : y;
    EXACT(frexp)(y, &e); /* 2^(e-1) <= |y| < 2^e; 0 for 0 */
    e = y == 0 || e - 1 < LOWEST ? LOWEST : e - 1;
    return (double)EXACT(ldexp)(EXACT(fabs)(found - y), DIGITS - 1 - e);
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
