/* SPDX-License-Identifier: MIT
 * test_random.c - published answers of both generators, and what the contract promises about streams and orders
 */
#include "suites.h"

#include "base/random.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- Philox -------------------------------------------------------------------------------------------------------- */

/* Philox4x32-10 as the paper writes it; the program uses Random123's header. */
static void philox(uint32_t counter[4], uint32_t key0, uint32_t key1)
{
    for (int round = 0; round < 10; round++) {
        const uint64_t a = (uint64_t)0xD2511F53u * counter[0], b = (uint64_t)0xCD9E8D57u * counter[2];
        const uint32_t next[4] = {(uint32_t)(b >> 32) ^ counter[1] ^ key0, (uint32_t)b,
                                  (uint32_t)(a >> 32) ^ counter[3] ^ key1, (uint32_t)a};
        memcpy(counter, next, sizeof next);
        key0 += 0x9E3779B9u;
        key1 += 0xBB67AE85u;
    }
}

/* Random123's kat_vectors: they hold the plain version above, which then holds the program's use of the header. */
START_TEST(philox_known_answers)
{
    static const uint32_t vectors[][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6,
         0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
         0x24126ea1},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint32_t counter[4];
        memcpy(counter, vectors[i], sizeof counter);
        philox(counter, vectors[i][4], vectors[i][5]);
        ck_assert_mem_eq(counter, &vectors[i][6], sizeof counter);
        rnn_random_words((uint64_t)vectors[i][5] << 32 | vectors[i][4], vectors[i], counter);
        ck_assert_mem_eq(counter, &vectors[i][6], sizeof counter);
    }
    ck_assert_uint_eq(rnn_random_bits(0, 0, 0), UINT64_C(0xe169c58d6627e8d5));
}
END_TEST

/* Seed is the key, (index, purpose, 0) the counter, low words first; no bit of any of the three is dropped. */
START_TEST(bits_are_philox_of_seed_purpose_index)
{
    static const uint64_t words[] = {0, 1, 42, UINT64_C(0x100000000), UINT64_C(0x8000000000000000), UINT64_MAX};
    static const uint32_t purposes[] = {0, RNN_RANDOM_WEIGHTS, RNN_RANDOM_ORDER, 0x80000000u, UINT32_MAX};
    for (size_t s = 0; s < sizeof words / sizeof *words; s++)
        for (size_t p = 0; p < sizeof purposes / sizeof *purposes; p++)
            for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
                uint32_t counter[4] = {(uint32_t)words[i], (uint32_t)(words[i] >> 32), purposes[p], 0};
                philox(counter, (uint32_t)words[s], (uint32_t)(words[s] >> 32));
                ck_assert_uint_eq(rnn_random_bits(words[s], purposes[p], words[i]),
                                  (uint64_t)counter[1] << 32 | counter[0]);
            }
}
END_TEST

START_TEST(purposes_keep_their_numbers)
{
    ck_assert_int_eq(RNN_RANDOM_WEIGHTS, 1);
    ck_assert_int_eq(RNN_RANDOM_ORDER, 2);
}
END_TEST

START_TEST(uniform_is_the_upper_53_bits)
{
    for (uint64_t i = 0; i < 1000; i++) {
        const double value = rnn_random_uniform(42, RNN_RANDOM_WEIGHTS, i);
        ck_assert(value >= 0 && value < 1);
        ck_assert(value * 0x1p53 == (double)(rnn_random_bits(42, RNN_RANDOM_WEIGHTS, i) >> 11));
    }
    ck_assert(rnn_random_uniform(0, 0, 0) == (double)(UINT64_C(0xe169c58d6627e8d5) >> 11) * 0x1p-53);
}
END_TEST

/* The mean of n uniforms is off by more than 5 / sqrt(12 n) in one of two million runs; this one is fixed and is not. Each
 * sixteenth of [0,1) gets n/16 of them, give or take as many standard deviations. */
START_TEST(uniform_is_spread_evenly)
{
    enum { n = 160000, bins = 16 };
    size_t count[bins] = {0};
    double sum = 0;
    for (uint64_t i = 0; i < n; i++) {
        const double value = rnn_random_uniform(1, RNN_RANDOM_WEIGHTS, i);
        sum += value;
        count[(size_t)(value * bins)]++;
    }
    ck_assert_double_lt(fabs(sum / n - 0.5), 5 / sqrt(12.0 * n));
    for (size_t bin = 0; bin < bins; bin++)
        ck_assert_double_lt(fabs((double)count[bin] - (double)n / bins), 5 * sqrt((double)n / bins));
}
END_TEST

/* ---- Orders -------------------------------------------------------------------------------------------------------- */

START_TEST(order_is_a_permutation)
{
    static const size_t counts[] = {0, 1, 2, 3, 7, 61, 100, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++)
        for (size_t epoch = 1; epoch <= 3; epoch++) {
            uint32_t order[1001];
            bool seen[1000] = {false};
            order[counts[c]] = 77;
            rnn_random_order(42, epoch, order, counts[c]);
            for (size_t i = 0; i < counts[c]; i++) {
                ck_assert_uint_lt(order[i], counts[c]);
                ck_assert(!seen[order[i]]);
                seen[order[i]] = true;
            }
            ck_assert_uint_eq(order[counts[c]], 77);
        }
}
END_TEST

/* Changing any of these changes every model trained with shuffling. */
START_TEST(order_is_stable)
{
    static const struct {
        uint64_t seed;
        size_t epoch;
        uint32_t order[10];
    } pinned[] = {
        {42, 1, {9, 7, 3, 5, 2, 6, 8, 1, 4, 0}},
        {42, 2, {6, 9, 8, 2, 4, 7, 3, 1, 5, 0}},
        {42, 3, {4, 3, 0, 6, 2, 7, 8, 5, 9, 1}},
        {7, 1, {9, 3, 5, 4, 0, 7, 8, 1, 2, 6}},
    };
    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++) {
        uint32_t order[10];
        rnn_random_order(pinned[i].seed, pinned[i].epoch, order, 10);
        ck_assert_mem_eq(order, pinned[i].order, sizeof order);
    }
}
END_TEST

/* Each of the six orders of three in a sixth of the epochs: no place is favoured. */
START_TEST(orders_are_equally_likely)
{
    enum { epochs = 6000 };
    size_t count[9] = {0};
    for (size_t epoch = 1; epoch <= epochs; epoch++) {
        uint32_t order[3];
        rnn_random_order(3, epoch, order, 3);
        count[3 * order[0] + order[1]]++;
    }
    for (size_t i = 0; i < 9; i++)
        if (i % 4 == 0)
            ck_assert_uint_eq(count[i], 0);
        else
            ck_assert_double_lt(fabs((double)count[i] - epochs / 6.0), 5 * sqrt(epochs / 6.0));
}
END_TEST

/* ---- MT19937 ------------------------------------------------------------------------------------------------------- */

/* What everybody's numpy.random.seed(42); numpy.random.rand(3) gives. */
START_TEST(mt19937_as_numpy)
{
    static const double expected[] = {0.3745401188473625, 0.9507143064099162, 0.7319939418114051};
    rnn_mt19937 generator;
    rnn_mt19937_seed(&generator, 42);
    for (size_t i = 0; i < 3; i++)
        ck_assert(rnn_mt19937_uniform(&generator) == expected[i]);
}
END_TEST

/* golden/mt19937.json: places in the streams of NumPy's RandomState(seed).random_sample(), the last two far beyond one filling
 * of the state. */
START_TEST(mt19937_golden)
{
    json_t *golden = json_load_file(RNN_TEST_DIR "/golden/mt19937.json", 0, NULL), *stream;
    size_t i, k;
    ck_assert_ptr_nonnull(golden);
    const json_t *index = json_object_get(golden, "index"), *streams = json_object_get(golden, "streams");
    ck_assert_uint_ge(json_array_size(streams), 2);
    ck_assert_uint_ge(json_array_size(index), 2);
    json_array_foreach(streams, i, stream)
    {
        const json_t *values = json_object_get(stream, "value");
        rnn_mt19937 generator;
        json_int_t drawn = 0;
        double value = -1;
        ck_assert_uint_eq(json_array_size(values), json_array_size(index));
        rnn_mt19937_seed(&generator, (uint32_t)json_integer_value(json_object_get(stream, "seed")));
        for (k = 0; k < json_array_size(index); k++) {
            for (; drawn <= json_integer_value(json_array_get(index, k)); drawn++)
                value = rnn_mt19937_uniform(&generator);
            ck_assert_msg(value == json_number_value(json_array_get(values, k)),
                          "seed %" JSON_INTEGER_FORMAT ", draw %d", json_integer_value(json_object_get(stream, "seed")),
                          (int)drawn - 1);
        }
    }
    json_decref(golden);
}
END_TEST

/* The C++ standard: the 10000th draw of mt19937, seeded with 5489, is 4123659995. It is the lower half of uniform 5000. */
START_TEST(mt19937_draw_10000)
{
    rnn_mt19937 generator;
    double value = 0;
    rnn_mt19937_seed(&generator, 5489);
    for (int i = 0; i < 5000; i++)
        value = rnn_mt19937_uniform(&generator);
    ck_assert_uint_eq((uint64_t)(value * 0x1p53) & ((1u << 26) - 1), 4123659995u >> 6);
}
END_TEST

Suite *random_suite(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");
    tcase_add_test(tests, philox_known_answers);
    tcase_add_test(tests, bits_are_philox_of_seed_purpose_index);
    tcase_add_test(tests, purposes_keep_their_numbers);
    tcase_add_test(tests, uniform_is_the_upper_53_bits);
    tcase_add_test(tests, uniform_is_spread_evenly);
    tcase_add_test(tests, order_is_a_permutation);
    tcase_add_test(tests, order_is_stable);
    tcase_add_test(tests, orders_are_equally_likely);
    tcase_add_test(tests, mt19937_as_numpy);
    tcase_add_test(tests, mt19937_golden);
    tcase_add_test(tests, mt19937_draw_10000);
    suite_add_tcase(suite, tests);
    return suite;
}
