/* SPDX-License-Identifier: MIT */
#include "steps_back.h"

#include "data/series.h"

#include <math.h>
#include <stdatomic.h>

double __real_rnn_series_last(const rnn_series *series, size_t row, size_t target, size_t since, double before);
double __wrap_rnn_series_last(const rnn_series *series, size_t row, size_t target, size_t since, double before);

static atomic_size_t steps; /* members of populations are threads */

size_t steps_back(void)
{
    return steps;
}

/* The steps of a loop that ends with the first value it meets. */
double __wrap_rnn_series_last(const rnn_series *series, size_t row, size_t target, size_t since, double before)
{
    size_t at = row;
    while (at > since && isnan(series->values[(at - 1) * series->columns + target]))
        at--;
    steps += row - at + (at > since);
    return __real_rnn_series_last(series, row, target, since, before);
}
