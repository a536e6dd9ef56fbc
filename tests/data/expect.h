/* SPDX-License-Identifier: MIT
 * expect.h - what the tests of the data floor have in common
 */
#ifndef RNN_TESTS_DATA_EXPECT_H
#define RNN_TESTS_DATA_EXPECT_H

#include "suites.h"

#include "base/status.h"
#include "data/csv.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS(...)     ((const char *const[]){__VA_ARGS__, NULL})
#define TABLE_FILE(name) RNN_TEST_DIR "/data/" name
#define BAD_NPY(name)    RNN_TEST_DIR "/malformed/npy/" name

/* Exactly `size` bytes on the heap, so that a parser that reads one too far is seen by AddressSanitizer and valgrind. */
static inline unsigned char *exact_copy(const void *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy)
        ck_abort_msg("out of memory");
    memcpy(copy, bytes, size);
    return copy;
}

/* A value the callee must overwrite. */
static inline rnn_series *unset_series(void)
{
    static rnn_series none;
    return &none;
}

static inline rnn_status parse_csv(const char *text, size_t size, const rnn_table_format *format,
                                   const char *const *targets, const char *const *features, rnn_series **series)
{
    unsigned char *copy = exact_copy(text, size);
    const rnn_columns wanted = {.targets = targets, .features = features};
    *series = unset_series();
    const rnn_status status = rnn_csv_parse("t.csv", copy, size, format, &wanted, series);
    free(copy);
    return status;
}

/* The half of the csv suite that lives in test_csv_refused.c. */
TCase *csv_refused_case(void);

/* The call failed with this status and this message, and left nothing. */
static inline void expect_failure(rnn_status found, const rnn_series *series, rnn_status status, const char *message)
{
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_int_eq(found, status);
    ck_assert_ptr_null(series);
}

static inline void expect_values(const rnn_series *series, size_t N, size_t columns, const double *values)
{
    ck_assert_uint_eq(series->N, N);
    ck_assert_uint_eq(series->columns, columns);
    for (size_t i = 0; i < N * columns; i++)
        if (memcmp(&series->values[i], &values[i], sizeof *values) != 0)
            ck_abort_msg("value %zu is %a, expected %a", i, series->values[i], values[i]);
}

#endif
