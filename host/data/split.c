/* SPDX-License-Identifier: MIT
 * split.c - the chronological split of a series' windows into training and validation (rnn_split_windows in rnn_cl.h)
 *
 * Window w shows rows w .. w+T-1 and is asked for row w+T-1+horizon, so `span` = T + horizon rows make one window, and
 * N rows make N - span + 1. The latest round(total * val_fraction) of them, halves away from zero, are for validation.
 */
#include "base/status.h"

#include <math.h>

static size_t validation_windows(size_t total, double val_fraction)
{
    return (size_t)round((double)total * val_fraction); /* < 2^64, since val_fraction < 1 */
}

/* The fewest windows that leave one for training: that many times (1 - val_fraction) must be more than a half. */
static size_t fewest_windows(double val_fraction)
{
    size_t total = (size_t)(0.5 / (1.0 - val_fraction)); /* at most 2^52 */
    while (total <= validation_windows(total, val_fraction))
        total++;
    return total;
}

static rnn_status check_settings(const rnn_settings *settings)
{
    if (settings->seq_len < 1)
        return rnn_fail(RNN_CONFIG, "--seq-len is 0, expected at least 1 row");
    if (settings->horizon < 1)
        return rnn_fail(RNN_CONFIG, "--horizon is 0, expected at least 1 row");
    if (!(settings->val_fraction >= 0.0 && settings->val_fraction < 1.0))
        return rnn_fail(RNN_CONFIG, "--val-fraction is %g, expected at least 0 and less than 1",
                        settings->val_fraction);
    return RNN_OK;
}

static rnn_status fail_too_few(const rnn_settings *settings, size_t N)
{
    const size_t windows = fewest_windows(settings->val_fraction);
    size_t others, needed; /* others: rows needed beside the T of the first window */
    if (__builtin_add_overflow(windows - 1, settings->horizon, &others) ||
        __builtin_add_overflow(others, settings->seq_len, &needed))
        return rnn_fail(
            RNN_CONFIG,
            "--seq-len %zu and --horizon %zu need more rows than can be counted, there are %zu; try smaller "
            "ones",
            settings->seq_len, settings->horizon, N);
    if (others < N)
        return rnn_fail(RNN_CONFIG,
                        "--seq-len %zu, --horizon %zu and --val-fraction %g need at least %zu rows, there are %zu; try "
                        "--seq-len %zu or less",
                        settings->seq_len, settings->horizon, settings->val_fraction, needed, N, N - others);
    return rnn_fail(RNN_CONFIG,
                    "--seq-len %zu, --horizon %zu and --val-fraction %g need at least %zu rows, there are %zu; try a "
                    "smaller --horizon or --val-fraction, or more data",
                    settings->seq_len, settings->horizon, settings->val_fraction, needed, N);
}

rnn_status rnn_split_windows(const rnn_settings *settings, size_t N, rnn_split *out)
{
    *out = (rnn_split){0};
    const rnn_status status = check_settings(settings);
    if (status != RNN_OK)
        return status;

    size_t span;
    if (__builtin_add_overflow(settings->seq_len, settings->horizon, &span) || N < span)
        return fail_too_few(settings, N);
    const size_t total = N - span + 1;
    const size_t val = validation_windows(total, settings->val_fraction);
    if (val >= total)
        return fail_too_few(settings, N);
    *out = (rnn_split){.total = total, .val = val, .train = total - val, .train_rows = total - val + span - 1};
    return RNN_OK;
}
