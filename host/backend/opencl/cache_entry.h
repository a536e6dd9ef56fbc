/* SPDX-License-Identifier: MIT
 * cache_entry.h - what a kept program looks like in its file: a header, then what the driver calls the program's binary
 *
 * The key is the SHA-256 of all that the binary depends on. Nothing in a file is trusted: it is an entry of a key if its
 * header is what would be written for its binary, to the byte.
 */
#ifndef RNN_OPENCL_CACHE_ENTRY_H
#define RNN_OPENCL_CACHE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RNN_ENTRY_FORMAT "rnn_cl clbin 1\n" /* another layout or meaning of entries: another number */

/* In the machine's own byte order: an entry from a machine of another is as foreign as its binary. */
typedef struct rnn_entry_header {
    char format[16];
    uint64_t length; /* bytes of the binary behind the header */
    char key[64];
    char sha256[64]; /* of the binary */
} rnn_entry_header;

/* key: 64 characters. */
rnn_entry_header rnn_entry_header_of(const char *key, const unsigned char *binary, size_t length);

/* Whether the bytes of a file are an entry of this key, whole. What the driver makes of its binary is another matter. */
bool rnn_entry_is_sound(const unsigned char *bytes, size_t size, const char *key);

#endif
