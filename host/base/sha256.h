/* SPDX-License-Identifier: MIT
 * sha256.h - the hash that names a set of weights: equal digests mean equal bits (FIPS 180-4)
 */
#ifndef RNN_BASE_SHA256_H
#define RNN_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct rnn_sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes taken so far; its low six bits are the fill of `block` */
    unsigned char block[64];
} rnn_sha256;

/* init, any number of updates, final once. The digest does not depend on how the bytes were cut into updates. */
void rnn_sha256_init(rnn_sha256 *hash);
void rnn_sha256_update(rnn_sha256 *hash, const void *bytes, size_t size);
void rnn_sha256_final(rnn_sha256 *hash, unsigned char digest[32]);

/* update with a text and its NUL, so that no two lists of texts run together alike */
void rnn_sha256_text(rnn_sha256 *hash, const char *text);

/* A digest as 64 lower-case hexadecimal digits and a NUL, the way sha256sum prints it. */
void rnn_sha256_print(const unsigned char digest[32], char hex[65]);

/* final and print */
void rnn_sha256_final_hex(rnn_sha256 *hash, char hex[65]);

/* All of it for bytes that lie in one piece. */
void rnn_sha256_hex(const void *bytes, size_t size, char hex[65]);

#endif
