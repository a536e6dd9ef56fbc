/* SPDX-License-Identifier: MIT */
#include "backend/opencl/cache_entry.h"

#include "base/sha256.h"

#include <string.h>

rnn_entry_header rnn_entry_header_of(const char *key, const unsigned char *binary, size_t length)
{
    char sha256[65];
    rnn_entry_header header = {.format = RNN_ENTRY_FORMAT, .length = length};
    rnn_sha256_hex(binary, length, sha256);
    memcpy(header.key, key, sizeof header.key);
    memcpy(header.sha256, sha256, sizeof header.sha256);
    return header;
}

bool rnn_entry_is_sound(const unsigned char *bytes, size_t size, const char *key)
{
    if (size <= sizeof(rnn_entry_header))
        return false;
    const rnn_entry_header expected = rnn_entry_header_of(key, bytes + sizeof expected, size - sizeof expected);
    return memcmp(bytes, &expected, sizeof expected) == 0;
}
