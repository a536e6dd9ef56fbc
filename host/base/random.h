/* SPDX-License-Identifier: MIT
 * random.h - random numbers that do not depend on who asks first, and the article's generator
 *
 * Counter-based: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11; Random123's header).
 * A value is a pure function of (seed, purpose, index). Only integer arithmetic and exact conversions, so the same
 * everywhere. MT19937 serves the article's recipe alone, as NumPy's legacy RandomState draws it.
 */
#ifndef RNN_BASE_RANDOM_H
#define RNN_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Purposes keep streams of one seed apart. Values are part of the contract: never renumber, only append. */
enum {
    RNN_RANDOM_WEIGHTS = 1, /* index: parameter's place in the flat block (x 4 for orthogonal draws) */
    RNN_RANDOM_ORDER = 2,   /* index: epoch * 2^32 + position */
    RNN_RANDOM_NOISE = 3,   /* index: element of a series to measure speed on */
    RNN_RANDOM_WINDOWS = 4, /* index: epoch * 2^32 + place among the windows drawn */
    RNN_RANDOM_DROPOUT = 5  /* index: update, whose masks are drawn with these bits for a key */
};

/* 64 random bits. */
uint64_t rnn_random_bits(uint64_t seed, uint32_t purpose, uint64_t index);

/* The generator itself: four words for a counter of four, under a key. */
void rnn_random_words(uint64_t key, const uint32_t counter[4], uint32_t words[4]);

/* Uniform on [0, 1), 53 bits. */
double rnn_random_uniform(uint64_t seed, uint32_t purpose, uint64_t index);

/* The order of `count` records, at most 2^32, in `epoch` (Fisher-Yates from the last place down): order (count) is overwritten. */
void rnn_random_order(uint64_t seed, size_t epoch, uint32_t *order, size_t count);

/* MT19937: Matsumoto and Nishimura, ACM TOMACS 8 (1998). */
typedef struct rnn_mt19937 {
    uint32_t state[624];
    size_t next;
} rnn_mt19937;

/* init_genrand(seed), as RandomState(seed) for 0 <= seed < 2^32 */
void rnn_mt19937_seed(rnn_mt19937 *generator, uint32_t seed);

/* Uniform on [0, 1) with 53 bits from two draws, as random_sample() */
double rnn_mt19937_uniform(rnn_mt19937 *generator);

#endif
