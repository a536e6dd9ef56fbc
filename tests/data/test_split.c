/* SPDX-License-Identifier: MIT
 * test_split.c - windows and their split into training and validation
 */
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
    {5, 1, 1, 0.625, 4, 1, 3, 2}, /* 2.5, away from zero */
    {3, 1, 1, 0.25, 2, 1, 1, 2},  /* 0.5, away from zero */
    {309, 20, 5, 0.2, 285, 228, 57, 252},
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
        ck_assert_uint_eq(split.train + split.val, split.total);
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

/* Train rows end with the last training target, so validation targets are never among them. */
START_TEST(test_validation_targets_lie_after_the_training_rows)
{
    for (size_t N = 2; N < 40; N++)
        for (size_t seq_len = 1; seq_len < 6; seq_len++)
            for (size_t horizon = 1; horizon < 4; horizon++) {
                const rnn_settings settings = settings_of(seq_len, horizon, 0.3);
                rnn_split split;
                if (rnn_split_windows(&settings, N, &split) != RNN_OK)
                    continue;
                const size_t last_train_target = split.train - 1 + seq_len - 1 + horizon;
                const size_t last_target = split.total - 1 + seq_len - 1 + horizon;
                ck_assert_uint_eq(split.train_rows, last_train_target + 1);
                ck_assert_uint_eq(last_target, N - 1);
            }
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

START_TEST(test_splits_refused)
{
    const struct bad_split *it = &bad_splits[_i];
    const rnn_settings settings = settings_of(it->seq_len, it->horizon, it->val_fraction);
    rnn_split split = {1, 2, 3, 4};
    const rnn_status status = rnn_split_windows(&settings, it->N, &split);
    ck_assert_str_eq(rnn_error_message(), it->message);
    ck_assert_int_eq(status, RNN_CONFIG);
    ck_assert_uint_eq(split.total + split.train + split.val + split.train_rows, 0);
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
    tcase_add_test(tests, test_validation_targets_lie_after_the_training_rows);
    tcase_add_loop_test(tests, test_splits_refused, 0, (int)(sizeof bad_splits / sizeof *bad_splits));
    tcase_add_test(tests, test_fraction_next_to_one);
    suite_add_tcase(suite, tests);
    return suite;
}
