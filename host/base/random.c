/* SPDX-License-Identifier: MIT */
#include "base/random.h"

#include <Random123/philox.h>
#include <string.h>

void rnn_random_words(uint64_t key, const uint32_t counter[4], uint32_t words[4])
{
    const philox4x32_ctr_t from = {{counter[0], counter[1], counter[2], counter[3]}};
    const philox4x32_key_t halves = {{(uint32_t)key, (uint32_t)(key >> 32)}};
    const philox4x32_ctr_t bits = philox4x32(from, halves);
    memcpy(words, bits.v, sizeof bits.v);
}

uint64_t rnn_random_bits(uint64_t seed, uint32_t purpose, uint64_t index)
{
    const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), purpose, 0};
    uint32_t words[4];
    rnn_random_words(seed, counter, words);
    return (uint64_t)words[1] << 32 | words[0];
}

double rnn_random_uniform(uint64_t seed, uint32_t purpose, uint64_t index)
{
    return (double)(rnn_random_bits(seed, purpose, index) >> 11) * 0x1p-53;
}

void rnn_random_order(uint64_t seed, size_t epoch, uint32_t *order, size_t count)
{
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    for (size_t i = count; i-- > 1;) {
        /* the bias of a remainder is below 2^-32 for any count this program can hold */
        const uint64_t j = rnn_random_bits(seed, RNN_RANDOM_ORDER, (uint64_t)epoch << 32 | i) % (i + 1);
        const uint32_t kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

#define MT_COUNT 624
#define MT_SHIFT 397

void rnn_mt19937_seed(rnn_mt19937 *generator, uint32_t seed)
{
    generator->state[0] = seed;
    for (uint32_t i = 1; i < MT_COUNT; i++) {
        const uint32_t previous = generator->state[i - 1];
        generator->state[i] = 1812433253u * (previous ^ (previous >> 30)) + i;
    }
    generator->next = MT_COUNT;
}

static uint32_t mt_draw(rnn_mt19937 *generator)
{
    uint32_t *state = generator->state;
    if (generator->next == MT_COUNT) {
        for (size_t i = 0; i < MT_COUNT; i++) {
            const uint32_t mixed = (state[i] & 0x80000000u) | (state[(i + 1) % MT_COUNT] & 0x7fffffffu);
            state[i] = state[(i + MT_SHIFT) % MT_COUNT] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908b0dfu : 0);
        }
        generator->next = 0;
    }
    uint32_t y = state[generator->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680u;
    y ^= (y << 15) & 0xefc60000u;
    return y ^ (y >> 18);
}

double rnn_mt19937_uniform(rnn_mt19937 *generator)
{
    const uint32_t high = mt_draw(generator) >> 5;
    const uint32_t low = mt_draw(generator) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}
