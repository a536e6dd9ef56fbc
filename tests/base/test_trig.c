/* SPDX-License-Identifier: MIT
 * test_trig.c - sine, cosine, logarithm and exponential: near the truth, and the bits that are a promise
 */
#include "suites.h"

#include "base/explog.h"
#include "base/sha256.h"
#include "base/trig.h"

#include <math.h>

#define STEPS 20011

/* The bound is trig.h's 2^-52; long double's functions are the truth, and its 2 pi has 11 bits more than double's. */
START_TEST(near_the_truth)
{
    const long double two_pi = 6.283185307179586476925286766559L;
    double worst = 0;
    for (int i = -STEPS; i <= STEPS; i++) {
        const double x = i / 7003.0;
        const double off = (double)fabsl(sinl(two_pi * x) - rnn_sine_of_turn(x));
        const double cosine_off = (double)fabsl(cosl(two_pi * x) - rnn_cosine_of_turn(x));
        worst = fmax(worst, fmax(off, cosine_off));
    }
    ck_assert_msg(worst <= 0x1p-52, "off by %g, allowed %g", worst, 0x1p-52);
}
END_TEST

START_TEST(quarters_are_exact)
{
    for (int turn = -3; turn < 4; turn++) {
        ck_assert(rnn_sine_of_turn(turn) == 0.0 && rnn_cosine_of_turn(turn) == 1.0);
        ck_assert(rnn_sine_of_turn(turn + 0.25) == 1.0 && rnn_cosine_of_turn(turn + 0.25) == 0.0);
        ck_assert(rnn_sine_of_turn(turn + 0.5) == 0.0 && rnn_cosine_of_turn(turn + 0.5) == -1.0);
        ck_assert(rnn_sine_of_turn(turn + 0.75) == -1.0 && rnn_cosine_of_turn(turn + 0.75) == 0.0);
    }
}
END_TEST

/* explog.h's bounds: 2^-52 of the value or absolutely; 2^-51 of the value. */
START_TEST(logarithms)
{
    static const double special[] = {1,         2,         0x1.6a09e667f3bcdp-1,   0x1.6a09e667f3bccp-1,
                                     0x1p-1022, 0x1p-1074, 0x1.fffffffffffffp1023, 1 + 0x1p-52};
    double worst = 0;
    for (int i = 1; i <= STEPS; i++) {
        const double x = i <= 8 ? special[i - 1] : ldexp(1 + i / (double)STEPS, i % 61 - 30);
        const long double truth = logl(x);
        worst = fmax(worst, (double)(fabsl(truth - rnn_log(x)) / fmaxl(1, fabsl(truth))));
    }
    ck_assert_msg(worst <= 0x1p-52, "off by %g, allowed %g", worst, 0x1p-52);
    ck_assert(rnn_log(1) == 0);
}
END_TEST

START_TEST(exponentials)
{
    double worst = 0;
    for (int i = -STEPS; i <= STEPS; i++) {
        const double x = i / 30.0;
        worst = fmax(worst, (double)fabsl((expl(x) - rnn_exp(x)) / expl(x)));
    }
    ck_assert_msg(worst <= 0x1p-51, "off by %g, allowed %g", worst, 0x1p-51);
    ck_assert(rnn_exp(0) == 1 && rnn_exp(-1000) == 0 && isinf(rnn_exp(1000)) && isinf(rnn_exp(710)) &&
              isnan(rnn_exp((double)NAN)));
    ck_assert(rnn_exp(-740) > 0);
}
END_TEST

/* Calendar columns and transforms enter every result. */
START_TEST(the_bits)
{
    rnn_sha256 hash;
    char hex[65];
    rnn_sha256_init(&hash);
    for (int i = -STEPS; i <= STEPS; i++) {
        const double x = i / 7003.0;
        const double values[4] = {rnn_sine_of_turn(x), rnn_cosine_of_turn(x), rnn_exp(x), rnn_log(3 + x)};
        rnn_sha256_update(&hash, values, sizeof values);
    }
    rnn_sha256_final_hex(&hash, hex);
    ck_assert_str_eq(hex, "0aa3b36b34d2702b7a8e70d0b7609bcea39ff32bb43d709f80d9c67b90fa5464");
}
END_TEST

Suite *trig_suite(void)
{
    Suite *suite = suite_create("trig");
    TCase *tests = tcase_create("trig");
    tcase_add_test(tests, near_the_truth);
    tcase_add_test(tests, quarters_are_exact);
    tcase_add_test(tests, logarithms);
    tcase_add_test(tests, exponentials);
    tcase_add_test(tests, the_bits);
    suite_add_tcase(suite, tests);
    return suite;
}
