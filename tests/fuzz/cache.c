/* SPDX-License-Identifier: MIT
 * cache.c - any bytes as a cache entry, and as a binary in a sound one, which one flipped bit makes unsound
 */
#include "backend/opencl/cache_entry.h"
#include "base/sha256.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 152 /* format 16, length 8, key 64, digest 64 */

static const char key[65] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void make_entry(unsigned char *entry, const unsigned char *binary, uint64_t length)
{
    char sha256[65];
    memcpy(entry, "rnn_cl clbin 1\n", 16);
    memcpy(entry + 16, &length, sizeof length);
    memcpy(entry + 24, key, 64);
    rnn_sha256_hex(binary, (size_t)length, sha256);
    memcpy(entry + 88, sha256, 64);
    memcpy(entry + HEADER_BYTES, binary, (size_t)length);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    size_t sum = 0;
    unsigned char *entry = malloc(HEADER_BYTES + size);
    if (!entry)
        return 0;
    for (size_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    fuzz_begin();
    if (rnn_entry_is_sound(bytes, size, key)) {
        make_entry(entry, bytes + HEADER_BYTES, size - HEADER_BYTES);
        fuzz_require(memcmp(entry, bytes, size) == 0, "a sound entry that we would write otherwise");
    }
    make_entry(entry, bytes, size);
    fuzz_require(rnn_entry_is_sound(entry, HEADER_BYTES + size, key) == (size > 0), "a whole entry is refused");
    sum %= 8 * (HEADER_BYTES + size);
    entry[sum / 8] ^= (unsigned char)(1U << sum % 8);
    fuzz_require(!rnn_entry_is_sound(entry, HEADER_BYTES + size, key), "a damaged entry is taken");
    fuzz_end(size);
    free(entry);
    return 0;
}
