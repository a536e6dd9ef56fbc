/* SPDX-License-Identifier: MIT */
#include "base/explog.h"

#include <math.h>
#include <stddef.h>

#define LN2_HIGH 0x1.62e42feep-1 /* 29 bits: times any exponent it is exact */
#define LN2_LOW  0x1.a39ef35793c76p-33

double rnn_log(double x)
{
    int k;
    double m = frexp(x, &k); /* in [1/2, 1) */
    if (m < 0x1.6a09e667f3bcdp-1) {
        m *= 2;
        k--;
    }
    const double s = (m - 1) / (m + 1), square = s * s;
    double sum = 1.0 / 25;
    for (int power = 23; power >= 3; power -= 2)
        sum = fma(sum, square, 1.0 / power);
    const double log_m = fma(2 * s * square, sum, 2 * s);
    return fma(k, LN2_HIGH, fma(k, LN2_LOW, log_m));
}

double rnn_exp(double x)
{
    static const double terms[] = {1.0 / 87178291200.0,
                                   1.0 / 6227020800.0,
                                   1.0 / 479001600.0,
                                   1.0 / 39916800.0,
                                   1.0 / 3628800.0,
                                   1.0 / 362880.0,
                                   1.0 / 40320.0,
                                   1.0 / 5040.0,
                                   1.0 / 720.0,
                                   1.0 / 120.0,
                                   1.0 / 24.0,
                                   1.0 / 6.0,
                                   0.5,
                                   1.0,
                                   1.0};
    if (!(x > -800.0))
        return x < 0 ? 0.0 : x; /* a NaN stays one */
    if (x > 800.0)
        return (double)INFINITY;
    const double n = floor(x * 0x1.71547652b82fep0 + 0.5);
    const double r = fma(-n, LN2_LOW, fma(-n, LN2_HIGH, x));
    double sum = terms[0];
    for (size_t i = 1; i < sizeof terms / sizeof *terms; i++)
        sum = fma(sum, r, terms[i]);
    return ldexp(sum, (int)n);
}
