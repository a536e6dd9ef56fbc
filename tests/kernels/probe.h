/* SPDX-License-Identifier: MIT
 * probe.h - exp, sigmoid and tanh as the reference computes them, and how far they are from the exact value
 *
 * The distance of `got` from the exact value y is |got - y| / ulp(y), where for 2^e <= |y| < 2^(e+1)
 *     ulp(y) = 2^(max(e, e_min) - p + 1),     p = 24, e_min = -126 for float;  p = 53, e_min = -1022 for double:
 * the gap between the numbers around y, which below the normal range is the smallest subnormal. An infinity counts as
 * 2^(e_max+1), and so does any y beyond that. NaN for NaN is 0; NaN for a number, or a number for NaN, is infinitely far.
 * y comes from libm: in double for float, in long double for double.
 */
#ifndef RNN_TESTS_PROBE_H
#define RNN_TESTS_PROBE_H

#include <stddef.h>
#include <stdint.h>

enum { PROBE_EXP, PROBE_SIGMOID, PROBE_TANH, PROBE_FUNCTIONS };

/* One precision. x (n) and out (3,n) are arrays of its reals. */
typedef struct probe_precision {
    const char *name;
    size_t size; /* of a real */
    /* out = the reference's three functions of x */
    void (*reference)(const void *x, void *out, size_t n);
    /* largest[f] = max(largest[f], distance of out's element from the exact value); where[f]: the x of it */
    void (*distance)(const void *x, const void *out, size_t n, double largest[PROBE_FUNCTIONS],
                     double where[PROBE_FUNCTIONS]);
    /* first element where a and b (3,n) differ in bits, both being NaN excepted; 3 n where there is none */
    size_t (*difference)(const void *a, const void *b, size_t n);
} probe_precision;

extern const probe_precision probe_float, probe_double;

#endif
