/* SPDX-License-Identifier: MIT
 * csv.c - any bytes as a text table: read as its own look suggests, or in a format that the bytes' sum chooses
 */
#include "data/csv.h"
#include "fuzz.h"

#include <math.h>

static void parse(const unsigned char *bytes, size_t size, const rnn_table_format *format, unsigned every_column)
{
    const char *const first[] = {"1", NULL}, *const all[] = {"all", NULL};
    const rnn_columns wanted = {.targets = first, .features = every_column ? all : NULL};
    rnn_series *series;
    bool finite = true;
    const rnn_status status = rnn_csv_parse("t.csv", bytes, size, format, &wanted, &series);
    fuzz_expect_told(status, "t.csv");
    fuzz_require((status == RNN_OK) == (series != NULL), "a series beside a failure, or none");
    for (size_t i = 0; series && i < series->N * series->columns; i++)
        finite &= isfinite(series->values[i]) != 0;
    fuzz_require(finite, "a value that is not finite");
    rnn_series_free(series);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static const char delimiters[] = {0, ',', ';', '\t'};
    unsigned sum = 0;
    for (size_t i = 0; i < size; i++)
        sum += bytes[i];
    const rnn_table_format format = {delimiters[sum & 3], (sum >> 2) % 3, sum & 16 ? ',' : '.'};
    fuzz_begin();
    parse(bytes, size, sum & 32 ? NULL : &format, sum & 64);
    fuzz_end(size);
    return 0;
}
