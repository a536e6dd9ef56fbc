/* SPDX-License-Identifier: MIT */
#include "base/trig.h"

#include <math.h>
#include <stddef.h>

#define TWO_PI 0x1.921fb54442d18p+2

/* (-1)^i / (2 i + 1)! and (-1)^i / (2 i)!, highest first; each quotient is rounded once, by the compiler. */
static const double sine_terms[] = {
    1.0 / 355687428096000.0, -1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0,
    1.0 / 362880.0,          -1.0 / 5040.0,          1.0 / 120.0,        -1.0 / 6.0};
static const double cosine_terms[] = {1.0 / 20922789888000.0, -1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0,
                                      1.0 / 40320.0,          -1.0 / 720.0,         1.0 / 24.0,        -0.5};

/* 1 + square * polynomial(square) */
static double one_and(const double *terms, size_t count, double square)
{
    double sum = terms[0];
    for (size_t i = 1; i < count; i++)
        sum = fma(sum, square, terms[i]);
    return fma(sum, square, 1.0);
}

/* sin of x turns and `quarter` quarters. */
static double wave(double x, int quarter)
{
    const double quarters = floor(x * 4 + 0.5), whole = floor(quarters / 4);
    const double angle = (x - quarters / 4) * TWO_PI, square = angle * angle;
    const int q = ((int)(quarters - whole * 4) + quarter) % 4;
    const double value = q % 2 ? one_and(cosine_terms, sizeof cosine_terms / sizeof *cosine_terms, square)
                               : angle * one_and(sine_terms, sizeof sine_terms / sizeof *sine_terms, square);
    return q < 2 ? value : 0.0 - value;
}

double rnn_sine_of_turn(double x)
{
    return wave(x, 0);
}

double rnn_cosine_of_turn(double x)
{
    return wave(x, 1);
}
