/* SPDX-License-Identifier: MIT
 * test_split.c - windows, and their split into training, validation and test
 */
#include "data/windows.h"
#include "expect.h"

#include <math.h>

static rnn_settings settings_of(size_t seq_len, size_t horizon, double val_fraction)
{
    const rnn_settings settings = {.seq_len = seq_len, .horizon = horizon, .val_fraction = val_fraction};
    return settings;
}

/* What is there to see: N rows, the settings, and the split by hand. */
static const struct case_of_split {
    size_t N, seq_len, horizon;
    double val_fraction;
    size_t total, train, val, train_rows;
} splits[] = {
    {200, 50, 1, 1.0 / 3, 150, 100, 50, 150}, /* the article's */
    {200, 50, 1, 0.3333333333, 150, 100, 50, 150},
    {200, 50, 1, 0.0, 150, 150, 0, 200},
    {2, 1, 1, 0.0, 1, 1, 0, 2},
    {2, 1, 1, 0.2, 1, 1, 0, 2}, /* a fifth of one window is none */
    {3, 1, 1, 0.2, 2, 2, 0, 3},
    {4, 1, 1, 0.2, 3, 2, 1, 3},
    {5, 1, 1, 0.625, 4, 1, 3, 2},          /* 2.5, away from zero */
    {3, 1, 1, 0.25, 2, 1, 1, 2},           /* 0.5, away from zero */
    {309, 20, 5, 0.2, 281, 224, 57, 248},  /* 4 windows between the parts */
    {309, 20, 1, 0.25, 289, 217, 72, 237}, /* 72.25 */
    {12, 10, 2, 0.49, 1, 1, 0, 12},
    {SIZE_MAX, 1, 1, 0.5, SIZE_MAX - 1, SIZE_MAX - 1 - ((size_t)1 << 63), (size_t)1 << 63,
     SIZE_MAX - ((size_t)1 << 63)},
};

START_TEST(test_splits)
{
    const struct case_of_split *it = &splits[_i];
    const rnn_settings settings = settings_of(it->seq_len, it->horizon, it->val_fraction);
    rnn_split split;
    ck_assert_msg(rnn_split_windows(&settings, it->N, &split) == RNN_OK, "%s", rnn_error_message());
    ck_assert_uint_eq(split.total, it->total);
    ck_assert_uint_eq(split.train, it->train);
    ck_assert_uint_eq(split.val, it->val);
    ck_assert_uint_eq(split.train_rows, it->train_rows);
}
END_TEST

/* Exactly where the first training window appears, the message must agree: N rows fail and say `needed`, N = needed works. */
START_TEST(test_needed_rows_are_the_fewest)
{
    static const double fractions[] = {0.0, 0.1, 0.2, 1.0 / 3, 0.49, 0.5, 0.51, 0.6, 0.75, 0.8, 0.9, 0.95, 0.99, 0.999};
    for (size_t f = 0; f < sizeof fractions / sizeof *fractions; f++) {
        const rnn_settings settings = settings_of(3, 2, fractions[f]);
        rnn_split split;
        size_t N = 0;
        while (rnn_split_windows(&settings, N, &split) != RNN_OK) {
            ck_assert_uint_eq(split.total, 0);
            N++;
        }
        ck_assert_uint_eq(split.train, 1);
        ck_assert_uint_eq(split.train + split.val + split.test, split.total);
        for (size_t fewer = 0; fewer < N; fewer++) {
            const char *at;
            ck_assert_int_eq(rnn_split_windows(&settings, fewer, &split), RNN_CONFIG);
            at = strstr(rnn_error_message(), "at least ");
            ck_assert_ptr_nonnull(at);
            ck_assert_uint_eq(strtoull(at + 9, NULL, 10), N);
        }
    }
}
END_TEST

/* The first row a part is asked for, and the one behind its last. */
static void rows_asked_for(const rnn_windows *part, size_t seq_len, size_t horizon, size_t *first, size_t *end)
{
    *first = rnn_windows_row(part, 0) + seq_len;
    *end = rnn_windows_row(part, part->count - 1) + seq_len + horizon;
}

/* What a part is asked for lies behind all that the parts before it have seen as targets; and nothing is left out needlessly. */
START_TEST(test_parts_share_no_target)
{
    size_t seen = 0;
    for (size_t N = 2; N < 60; N++)
        for (size_t seq_len = 1; seq_len < 6; seq_len++)
            for (size_t horizon = 1; horizon < 5; horizon++)
                for (int with_test = 0; with_test < 2; with_test++) {
                    rnn_settings settings = settings_of(seq_len, horizon, 0.3);
                    rnn_partition parts;
                    size_t starts[2] = {0, N};
                    const rnn_series series = {.N = N, .parts = 1, .starts = starts, .ends = starts + 1};
                    size_t first, end, before;
                    settings.test_fraction = with_test ? 0.2 : 0;
                    if (rnn_partition_make(&settings, &series, &parts) != RNN_OK)
                        continue;
                    seen++;
                    rows_asked_for(&parts.train, seq_len, horizon, &first, &before);
                    ck_assert_uint_eq(first, seq_len);
                    ck_assert_uint_eq(parts.split.train_rows, before);
                    ck_assert_uint_eq(parts.train.count, parts.split.train);
                    const rnn_windows *const later[] = {&parts.val, &parts.test};
                    for (int part = 0; part < 2; part++)
                        if (later[part]->count) {
                            rows_asked_for(later[part], seq_len, horizon, &first, &end);
                            ck_assert_uint_eq(first, before);
                            before = end;
                        }
                    ck_assert_uint_eq(before, N);
                    ck_assert_uint_eq(parts.val.count, parts.split.val);
                    ck_assert_uint_eq(parts.test.count, parts.split.test);
                    rnn_partition_free(&parts);
                }
    ck_assert_uint_gt(seen, 1000);
}
END_TEST

/* Sets of several stretches: every window at its place, and evenly spaced ones. */
START_TEST(test_windows_in_stretches)
{
    static const size_t rows[] = {3, 4, 5, 6, 20, 30, 31, 32, 33, 34, 35, 36};
    enum { COUNT = sizeof rows / sizeof *rows };
    rnn_windows windows = {.count = 0};
    ck_assert_int_eq(rnn_windows_add(&windows, 3, 4), RNN_OK);
    ck_assert_int_eq(rnn_windows_add(&windows, 10, 0), RNN_OK);
    ck_assert_int_eq(rnn_windows_add(&windows, 20, 1), RNN_OK);
    ck_assert_int_eq(rnn_windows_add(&windows, 30, 7), RNN_OK);
    ck_assert_uint_eq(windows.count, COUNT);
    ck_assert_uint_eq(windows.stretches, 3);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert_uint_eq(rnn_windows_row(&windows, i), rows[i]);
    ck_assert_uint_eq(rnn_windows_row(&windows, COUNT), 37);
    for (size_t most = 0; most <= COUNT + 1; most++) {
        const rnn_span span = rnn_span_of(&windows, most);
        ck_assert_uint_eq(span.count, most && most < COUNT ? most : COUNT);
        ck_assert(!rnn_span_is_consecutive(&span));
        for (size_t i = 0; i < span.count; i++)
            ck_assert_uint_eq(rnn_span_row(&span, i), rows[i * COUNT / span.count]);
        ck_assert_uint_eq(rnn_span_number(&span, span.count), COUNT);
    }
    rnn_windows_free(&windows);
    ck_assert_uint_eq(windows.count, 0);
    ck_assert_int_eq(rnn_windows_add(&windows, 7, 5), RNN_OK);
    const rnn_span whole = rnn_span_of(&windows, 5), half = rnn_span_of(&windows, 2);
    ck_assert(rnn_span_is_consecutive(&whole));
    ck_assert(!rnn_span_is_consecutive(&half));
    rnn_windows_free(&windows);
}
END_TEST

START_TEST(test_spans_do_not_overflow)
{
    rnn_windows windows = {.count = 0};
    ck_assert_int_eq(rnn_windows_add(&windows, 0, SIZE_MAX), RNN_OK);
    const rnn_span huge = rnn_span_of(&windows, UINT32_MAX);
    ck_assert_uint_eq(rnn_span_row(&huge, UINT32_MAX), SIZE_MAX);
    rnn_windows_free(&windows);
}
END_TEST

static const struct bad_split {
    size_t N, seq_len, horizon;
    double val_fraction;
    const char *message;
} bad_splits[] = {
    {30, 50, 1, 0.2,
     "--seq-len 50, --horizon 1 and --val-fraction 0.2 need at least 51 rows, there are 30; try --seq-len 29 or less"},
    {50, 50, 1, 0.2,
     "--seq-len 50, --horizon 1 and --val-fraction 0.2 need at least 51 rows, there are 50; try --seq-len 49 or less"},
    {51, 50, 1, 0.5,
     "--seq-len 50, --horizon 1 and --val-fraction 0.5 need at least 52 rows, there are 51; try --seq-len 49 or less"},
    {10, 4, 10, 0,
     "--seq-len 4, --horizon 10 and --val-fraction 0 need at least 14 rows, there are 10; try a smaller --horizon or "
     "--val-fraction, or more data"},
    {0, 1, 1, 0,
     "--seq-len 1, --horizon 1 and --val-fraction 0 need at least 2 rows, there are 0; try a smaller --horizon or "
     "--val-fraction, or more data"},
    {10, 1, 1, 0.99,
     "--seq-len 1, --horizon 1 and --val-fraction 0.99 need at least 52 rows, there are 10; try a smaller --horizon or "
     "--val-fraction, or more data"},
    {10, SIZE_MAX, 1, 0,
     "--seq-len 18446744073709551615 and --horizon 1 need more rows than can be counted, there are 10; try smaller "
     "ones"},
    {10, 1, SIZE_MAX, 0,
     "--seq-len 1 and --horizon 18446744073709551615 need more rows than can be counted, there are 10; try smaller "
     "ones"},
    {10, SIZE_MAX, SIZE_MAX, 0,
     "--seq-len 18446744073709551615 and --horizon 18446744073709551615 need more rows than can be counted, there are "
     "10; "
     "try smaller ones"},
    {10, SIZE_MAX - 1, 1, 0,
     "--seq-len 18446744073709551614, --horizon 1 and --val-fraction 0 need at least 18446744073709551615 rows, there "
     "are "
     "10; try --seq-len 9 or less"},
    {10, 0, 1, 0, "--seq-len is 0, expected at least 1 row"},
    {10, 1, 0, 0, "--horizon is 0, expected at least 1 row"},
    {10, 1, 1, 1, "--val-fraction is 1, expected at least 0 and less than 1"},
    {10, 1, 1, -0.1, "--val-fraction is -0.1, expected at least 0 and less than 1"},
    {10, 1, 1, (double)NAN, "--val-fraction is nan, expected at least 0 and less than 1"},
};

START_TEST(test_fractions_refused)
{
    rnn_settings settings = settings_of(1, 1, 0.5);
    rnn_split split;
    settings.test_fraction = 0.5;
    ck_assert_int_eq(rnn_split_windows(&settings, 100, &split), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "--val-fraction 0.5 and --test-fraction 0.5 leave nothing for training: expected "
                     "less than 1 together");
    settings.test_fraction = -1;
    ck_assert_int_eq(rnn_split_windows(&settings, 100, &split), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(), "--test-fraction is -1, expected at least 0 and less than 1");
    settings.test_fraction = 0.25;
    settings.horizon = 3;
    ck_assert_int_eq(rnn_split_windows(&settings, 10, &split), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "--seq-len 1, --horizon 3, --test-fraction 0.25 and --val-fraction 0.5 need at least "
                     "23 rows, there are 10; try a smaller --horizon or --val-fraction, or more data");
    ck_assert_int_eq(rnn_split_windows(&settings, 23, &split), RNN_OK);
    ck_assert_uint_eq(split.train, 1);
}
END_TEST

START_TEST(test_splits_refused)
{
    const struct bad_split *it = &bad_splits[_i];
    const rnn_settings settings = settings_of(it->seq_len, it->horizon, it->val_fraction);
    rnn_split split = {1, 2, 3, 4, 5};
    const rnn_status status = rnn_split_windows(&settings, it->N, &split);
    ck_assert_str_eq(rnn_error_message(), it->message);
    ck_assert_int_eq(status, RNN_CONFIG);
    ck_assert_uint_eq(split.total + split.train + split.val + split.test + split.train_rows, 0);
}
END_TEST

/* The largest fraction below 1 asks for some 2^52 windows; finding that out must neither hang nor overflow. */
START_TEST(test_fraction_next_to_one)
{
    const rnn_settings settings = settings_of(1, 1, nextafter(1.0, 0.0));
    rnn_split split;
    ck_assert_int_eq(rnn_split_windows(&settings, 1000, &split), RNN_CONFIG);
    ck_assert_int_eq(rnn_split_windows(&settings, SIZE_MAX, &split), RNN_OK);
    ck_assert_uint_ge(split.train, 1);
}
END_TEST

Suite *split_suite(void)
{
    Suite *suite = suite_create("split");
    TCase *tests = tcase_create("split");
    tcase_add_loop_test(tests, test_splits, 0, (int)(sizeof splits / sizeof *splits));
    tcase_add_test(tests, test_needed_rows_are_the_fewest);
    tcase_add_test(tests, test_parts_share_no_target);
    tcase_add_test(tests, test_windows_in_stretches);
    tcase_add_test(tests, test_spans_do_not_overflow);
    tcase_add_loop_test(tests, test_splits_refused, 0, (int)(sizeof bad_splits / sizeof *bad_splits));
    tcase_add_test(tests, test_fractions_refused);
    tcase_add_test(tests, test_fraction_next_to_one);
    suite_add_tcase(suite, tests);
    return suite;
}
