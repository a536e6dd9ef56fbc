/* SPDX-License-Identifier: MIT
 * npy.c - NumPy's magic, then any bytes
 */
#include "data/npy.h"
#include "fuzz.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    static const char magic[] = "\x93NUMPY";
    const char *const first[] = {"1", NULL}, *const all[] = {"all", NULL};
    const rnn_columns wanted = {.targets = first, .features = all};
    rnn_series *series;
    bool finite = true;
    if (size < sizeof magic - 1)
        return 0;
    unsigned char *copy = malloc(size); /* of exactly that size */
    if (!copy)
        return 0;
    memcpy(copy, bytes, size);
    memcpy(copy, magic, sizeof magic - 1);
    fuzz_begin();
    const rnn_status status = rnn_npy_parse("a.npy", copy, size, &wanted, &series);
    fuzz_expect_told(status, "a.npy: ");
    fuzz_require((status == RNN_OK) == (series != NULL), "a series beside a failure, or none");
    for (size_t i = 0; series && i < series->N * series->columns; i++)
        finite &= isfinite(series->values[i]) != 0;
    fuzz_require(finite, "a value that is not finite");
    rnn_series_free(series);
    fuzz_end(size);
    free(copy);
    return 0;
}
