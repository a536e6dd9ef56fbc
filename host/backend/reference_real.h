/* SPDX-License-Identifier: MIT
 * reference_real.h - the reference's number type and its elementary functions
 *
 * RNN_REFERENCE_BITS 32 or 64 chooses `real`. RNN_REFERENCE_LIBM builds the accuracy oracle: libm's exp and tanh instead of
 * ours. The algorithms are those told in kernels/activation.clh, written here again from that text, one number at a time.
 */
#ifndef RNN_BACKEND_REFERENCE_REAL_H
#define RNN_BACKEND_REFERENCE_REAL_H

#include "rnn_cl.h"

#include <math.h>
#include <string.h>

/* Lets the compiler use the processor's fma where it has one, chosen when the program starts; a processor without it computes
 * the same bits through the C library, slowly. */
#if defined(__x86_64__) && defined(__ELF__) && !defined(__FMA__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define RNN_HOT __attribute__((target_clones("fma", "default")))
#else
#define RNN_HOT
#endif

#if RNN_REFERENCE_BITS == 64
typedef double real;
typedef uint64_t bits;
#define REAL(x)          x
#define real_fma         fma
#define real_sqrt        sqrt
#define real_abs         fabs
#define real_copysign    copysign
#define REAL_MANTISSA    52
#define REAL_BIAS        1023
#define REAL_ROUNDER     0x1.8p52
#define REAL_LN2_HIGH    0x1.62e42feep-1
#define REAL_LN2_LOW     0x1.a39ef35793c76p-33
#define REAL_EXP_LOWEST  (-746.0)
#define REAL_EXP_HIGHEST 710.0
#else
typedef float real;
typedef uint32_t bits;
#define REAL(x)          x##f
#define real_fma         fmaf
#define real_sqrt        sqrtf
#define real_abs         fabsf
#define real_copysign    copysignf
#define REAL_MANTISSA    23
#define REAL_BIAS        127
#define REAL_ROUNDER     0x1.8p23f
#define REAL_LN2_HIGH    0x1.63p-1f
#define REAL_LN2_LOW     (-0x1.bd0106p-13f)
#define REAL_EXP_LOWEST  (-104.0f)
#define REAL_EXP_HIGHEST 89.0f
#endif

#ifdef RNN_REFERENCE_LIBM

static inline real real_exp(real x)
{
    return exp(x);
}

static inline real real_sigmoid(real x)
{
    return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
}

static inline real real_tanh(real x)
{
    return tanh(x);
}

#else

/* The exponent arithmetic is done on unsigned bits, where a NaN's wrap-around is defined. */
static inline real real_from_bits(bits pattern)
{
    real x;
    memcpy(&x, &pattern, sizeof x);
    return x;
}

static inline bits real_to_bits(real x)
{
    bits pattern;
    memcpy(&pattern, &x, sizeof pattern);
    return pattern;
}

/* 2^n for n in the normal range */
static inline real real_two_to(int n)
{
    return real_from_bits((bits)(unsigned)(n + REAL_BIAS) << REAL_MANTISSA);
}

/* q(r) of e^r = 1 + r + r^2 q(r), |r| <= ln 2 / 2, highest power first */
#if RNN_REFERENCE_BITS == 64
static const real exp_polynomial[] = {0x1.1f9560653753ap-29,
                                      0x1.af5ecb1d3a89ep-26,
                                      0x1.27e4c5a2e2e4ap-22,
                                      0x1.71ddf84d389e3p-19,
                                      0x1.a01a01b0b6020p-16,
                                      0x1.a01a01afe775fp-13,
                                      0x1.6c16c16c14454p-10,
                                      0x1.111111110f6a9p-7,
                                      0x1.555555555555ap-5,
                                      0x1.5555555555559p-3,
                                      0.5};
#else
static const real exp_polynomial[] = {0x1.6d991ep-10f, 0x1.12280cp-7f, 0x1.555486p-5f, 0x1.5554bp-3f, 0.5f};
#endif

/* x = n ln 2 + r: returns e^r - 1 and n. A NaN comes back as a NaN, with some n in range. */
static inline real real_exp_parts(real x, int *n)
{
    const real shifted = real_fma(x, REAL(0x1.71547652b82fep0), REAL_ROUNDER);
    const real whole = shifted - REAL_ROUNDER;
    const bits low = real_to_bits(shifted) - real_to_bits(REAL_ROUNDER);
    const real first = real_fma(whole, -REAL_LN2_HIGH, x);
    const real r = real_fma(whole, -REAL_LN2_LOW, first);
    real q = exp_polynomial[0];
    for (size_t i = 1; i < sizeof exp_polynomial / sizeof *exp_polynomial; i++)
        q = real_fma(q, r, exp_polynomial[i]);
    *n = isnan(x) ? 0 : (int)(int32_t)(uint32_t)low;
#if RNN_REFERENCE_BITS == 64
    return r + real_fma(r * r, q, real_fma(whole, -REAL_LN2_LOW, first - r)); /* and what r lost in rounding */
#else
    return real_fma(r * r, q, r);
#endif
}

static inline real real_exp(real x)
{
    int n;
    if (x < REAL_EXP_LOWEST)
        x = REAL_EXP_LOWEST;
    if (x > REAL_EXP_HIGHEST)
        x = REAL_EXP_HIGHEST;
    const real p = real_exp_parts(x, &n);
    const int half = n >> 1;
    return real_fma(real_two_to(half), p, real_two_to(half)) * real_two_to(n - half);
}

static inline real real_sigmoid(real x)
{
    int n;
    real z = -x;
    if (z < -40)
        z = -40;
    if (z > -REAL_EXP_LOWEST)
        z = -REAL_EXP_LOWEST;
    const real p = real_exp_parts(z, &n);
    const real a = real_two_to(n < 0 ? n : 0);
    const int m = n > 0 ? -n : 0;
    const int half = m >> 1;
    const real b1 = real_two_to(half), b2 = real_two_to(m - half);
    const real t = real_fma(a, p, a * (b1 * b2));
    return b1 / (1 + t) * b2;
}

static inline real real_tanh(real x)
{
    int n;
    real z = -2 * real_abs(x);
    if (z < -40)
        z = -40;
    const real p = real_exp_parts(z, &n);
    const real s = real_two_to(n);
    const real below = real_fma(s, p, s + 1);
    if (n <= -3) {
        const real e = real_fma(s, p, s);
        return real_copysign(1 - (e + e) / below, x);
    }
    return real_copysign(-(real_fma(s, p, s - 1) / below), x);
}

#endif

static inline real real_relu(real x)
{
    return x < 0 ? 0 : x;
}

#endif
