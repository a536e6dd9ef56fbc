/* SPDX-License-Identifier: MIT
 * split.c - the chronological split of a series' windows into training, validation and test (rnn_split_windows in rnn_cl.h)
 *
 * Window w shows rows w .. w+T-1 and is asked for rows w+T .. w+T-1+horizon, so `span` = T + horizon rows make one window, and
 * N rows make N - span + 1. The latest round(total * test_fraction) of them, halves away from zero, are for the test, the latest
 * round(total * val_fraction) before those for validation. Of the windows before either part horizon - 1 belong to none: what
 * they are asked for is among what the part's first window is asked for.
 */
#include "base/count.h"
#include "data/windows.h"

#include <math.h>
#include <stdio.h>

static size_t share(size_t total, double fraction)
{
    return (size_t)round((double)total * fraction); /* < 2^64, since fraction < 1 */
}

/* Windows of `total` that are for validation or test, or between the parts; SIZE_MAX: more than there are. */
static size_t other_windows(const rnn_settings *settings, size_t total)
{
    const size_t val = share(total, settings->val_fraction), test = share(total, settings->test_fraction);
    size_t gaps, others;
    if (__builtin_mul_overflow(settings->horizon - 1, (val > 0) + (test > 0), &gaps) ||
        __builtin_add_overflow(val, test, &others) || __builtin_add_overflow(others, gaps, &others))
        return SIZE_MAX;
    return others;
}

/* The fewest windows that leave one for training. */
static size_t fewest_windows(const rnn_settings *settings)
{
    size_t total = (size_t)(0.5 / (1.0 - settings->val_fraction - settings->test_fraction)); /* at most 2^52 */
    for (size_t others; total <= (others = other_windows(settings, total));)
        total = others + 1;
    return total;
}

static rnn_status check_settings(const rnn_settings *settings)
{
    const double val = settings->val_fraction, test = settings->test_fraction;
    if (settings->seq_len < 1)
        return rnn_fail(RNN_CONFIG, "--seq-len is 0, expected at least 1 row");
    if (settings->horizon < 1)
        return rnn_fail(RNN_CONFIG, "--horizon is 0, expected at least 1 row");
    if (!(val >= 0.0 && val < 1.0))
        return rnn_fail(RNN_CONFIG, "--val-fraction is %g, expected at least 0 and less than 1", val);
    if (!(test >= 0.0 && test < 1.0))
        return rnn_fail(RNN_CONFIG, "--test-fraction is %g, expected at least 0 and less than 1", test);
    if (!(val + test < 1.0))
        return rnn_fail(RNN_CONFIG,
                        "--val-fraction %g and --test-fraction %g leave nothing for training: expected less "
                        "than 1 together",
                        val, test);
    return RNN_OK;
}

static rnn_status fail_too_few(const rnn_settings *settings, size_t N)
{
    char test[48] = "", what[160];
    size_t others, needed; /* others: rows needed beside the T of the first window */
    if (settings->horizon > SIZE_MAX / 4 ||
        __builtin_add_overflow(fewest_windows(settings) - 1, settings->horizon, &others) ||
        __builtin_add_overflow(others, settings->seq_len, &needed))
        return rnn_fail(
            RNN_CONFIG,
            "--seq-len %zu and --horizon %zu need more rows than can be counted, there are %zu; try smaller "
            "ones",
            settings->seq_len, settings->horizon, N);
    if (settings->test_fraction > 0)
        snprintf(test, sizeof test, ", --test-fraction %g", settings->test_fraction);
    snprintf(what, sizeof what, "--seq-len %zu, --horizon %zu%s and --val-fraction %g need at least", settings->seq_len,
             settings->horizon, test, settings->val_fraction);
    if (others < N)
        return rnn_fail(RNN_CONFIG, "%s %s, there are %zu; try --seq-len %zu or less", what,
                        rnn_count(needed, "row").text, N, N - others);
    return rnn_fail(RNN_CONFIG, "%s %s, there are %zu; try a smaller --horizon or --val-fraction, or more data", what,
                    rnn_count(needed, "row").text, N);
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
    const size_t total = N - span + 1, others = other_windows(settings, total);
    if (total <= others)
        return fail_too_few(settings, N);
    *out = (rnn_split){.train = total - others,
                       .val = share(total, settings->val_fraction),
                       .test = share(total, settings->test_fraction),
                       .train_rows = total - others + span - 1};
    out->total = out->train + out->val + out->test;
    return RNN_OK;
}
