/* SPDX-License-Identifier: MIT
 * csv.c - any bytes as a text table: read as its own look suggests, or in a format that the bytes' sum chooses
 */
#include "data/csv.h"
#include "fuzz.h"

#include <math.h>

/* Times ascend in each series, and its future lies behind its past. */
static bool is_settled(const rnn_series *series)
{
    bool settled = series->starts[0] == 0 && series->starts[series->parts] == series->N;
    for (size_t p = 0; p < series->parts; p++) {
        settled &= series->starts[p] < series->starts[p + 1] && series->ends[p] >= series->starts[p] &&
                   series->ends[p] <= series->starts[p + 1];
        for (size_t i = series->starts[p] + 1; series->times && i < series->starts[p + 1]; i++)
            settled &= series->times[i] > series->times[i - 1];
    }
    return settled;
}

/* With times, series and gaps as the bytes' sum has it. */
static void settle(const unsigned char *bytes, size_t size, const rnn_table_format *format, unsigned sum)
{
    const char *const target[] = {"3", NULL}, *const all[] = {"all", NULL}, *const known[] = {"4", NULL};
    const rnn_read_options options = {.format = *format,
                                      .columns = {target, sum & 1 ? all : NULL},
                                      .known = sum & 2 ? known : NULL,
                                      .time = sum & 4 ? "1" : NULL,
                                      .id = sum & 8 ? "2" : NULL,
                                      .missing = (rnn_missing)(sum / 16 % 5),
                                      .calendar = sum & 256 ? RNN_CALENDAR_MONTH | RNN_CALENDAR_HOUR : 0};
    rnn_series *series;
    char label[64];
    const rnn_status status = rnn_csv_parse_with("t.csv", bytes, size, &options, &series);
    fuzz_expect_told(status, "t.csv");
    fuzz_require((status == RNN_OK) == (series != NULL), "a series beside a failure, or none");
    fuzz_require(!series || is_settled(series), "a series out of order");
    for (size_t p = 0; series && p < series->parts; p++)
        rnn_series_label(series, p, series->starts[p + 1] + 3, label, sizeof label);
    rnn_series_free(series);
}

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
    settle(bytes, size, &format, sum / 2);
    fuzz_end(size);
    return 0;
}
