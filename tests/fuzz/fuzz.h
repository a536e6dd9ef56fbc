/* SPDX-License-Identifier: MIT
 * fuzz.h - what the fuzz targets share: one file a parser, each the function that libFuzzer calls with every input
 */
#ifndef RNN_TESTS_FUZZ_H
#define RNN_TESTS_FUZZ_H

#include "base/status.h"

/* libFuzzer's entry. A target has no state: the same bytes do the same, whatever came before. */
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/* Before and after the parser: silence for notices, and an abort where more memory was in use at a time than twice `size`
 * and 16 MiB, the promise of every parser about a file it refuses and of most about one it takes. */
void fuzz_begin(void);
void fuzz_end(size_t size);

/* A status that a parser of `source` may end with, and a message that says where; else an abort. */
void fuzz_expect_told(rnn_status status, const char *source);

/* Aborts, so that the fuzzer keeps the input, unless what must hold does. */
void fuzz_require(bool holds, const char *what);

#endif
