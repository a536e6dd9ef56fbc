/* SPDX-License-Identifier: MIT
 * panels.h - what the tests of forecasts and of scores have in common: models, several series, intervals by hand, notices
 */
#ifndef RNN_TESTS_TRAIN_PANELS_H
#define RNN_TESTS_TRAIN_PANELS_H

#include "runs.h"

#include "base/random.h"

static inline rnn_model *trained(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend)
{
    rnn_model *model;
    ck_assert_msg(rnn_train(settings, series, backend, NULL, &model) == RNN_OK, "%s", rnn_error_message());
    return model;
}

/* Three series of 70 rows and of different sizes, with a column that is known ahead; `future` rows more of that. */
static inline rnn_series *panel(size_t future)
{
    enum { parts = 3, past = 70 };
    static const char *const ids[] = {"a", "b", "c"};
    const size_t rows = past + future;
    rnn_series *series;
    double *values = calloc(parts * rows * 2, sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < parts * rows; i++) {
        const size_t size = i / rows + 1;
        values[2 * i] = (double)size * (10 + sin((double)i) + rnn_random_uniform(3, RNN_RANDOM_NOISE, i));
        values[2 * i + 1] = (double)(i % 5);
    }
    ck_assert_int_eq(rnn_series_copy(values, parts * rows, 2, 1, NULL, &series), RNN_OK);
    free(values);
    free(series->starts);
    free(series->ends);
    series->known = 1;
    series->parts = parts;
    series->starts = calloc(parts + 1, sizeof *series->starts);
    series->ends = calloc(parts, sizeof *series->ends);
    series->ids = calloc(parts, sizeof *series->ids);
    ck_assert(series->starts && series->ends && series->ids);
    for (size_t p = 0; p < parts; p++) {
        series->starts[p + 1] = (p + 1) * rows;
        series->ends[p] = p * rows + past;
        series->ids[p] = strdup(ids[p]);
        for (size_t i = series->ends[p]; i < series->starts[p + 1]; i++)
            series->values[2 * i] = NAN;
    }
    return series;
}

/* k-th smallest, k = ceil((n + 1) L). */
static inline double kth(double *residuals, size_t n, double level)
{
    const size_t k = (size_t)ceil((double)(n + 1) * level - 1e-9);
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && residuals[j - 1] > residuals[j]; j--) {
            const double swap = residuals[j];
            residuals[j] = residuals[j - 1];
            residuals[j - 1] = swap;
        }
    return n > 0 && k >= 1 && k <= n ? residuals[k - 1] : INFINITY;
}

static char notices[1024]; /* a line each */

static inline void keep_notice(const char *text, void *context)
{
    const size_t used = strlen(notices);
    (void)context;
    snprintf(notices + used, sizeof notices - used, "%s\n", text);
}

#endif
