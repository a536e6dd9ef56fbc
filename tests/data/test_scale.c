/* SPDX-License-Identifier: MIT
 * test_scale.c - scaling: the stated formula to the bit, training rows only, and columns that cannot be scaled
 */
#include "expect.h"

#include "data/scale.h"

#include <math.h>

static rnn_series *make_series(const double *values, size_t N, size_t columns, const char *const *names)
{
    rnn_series *series;
    ck_assert_int_eq(rnn_series_copy(values, N, columns, 1, names, &series), RNN_OK);
    return series;
}

START_TEST(test_standard)
{
    /* mean 5, squares 9+1+1+1+0+0+4+16 = 32 over 8 rows: the textbook's standard deviation of 2; rows 9 and 10 not seen */
    const double values[] = {2, 4, 4, 4, 5, 5, 7, 9, 1000, -1000};
    rnn_series *series = make_series(values, 10, 1, NULL);
    rnn_scaler scaler = {0};
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_STANDARD, series, 8), RNN_OK);
    ck_assert_uint_eq(scaler.columns, 1);
    ck_assert_int_eq(scaler.kind, RNN_SCALE_STANDARD);
    ck_assert(scaler.shift[0] == 5.0);
    ck_assert(scaler.factor[0] == 2.0);
    ck_assert(rnn_scaler_apply(&scaler, 0, 9) == 2.0);
    ck_assert(rnn_scaler_apply(&scaler, 0, 1000) == 497.5);
    ck_assert(rnn_scaler_invert(&scaler, 0, -1.5) == 2.0);
    rnn_scaler_free(&scaler);
    rnn_series_free(series);
}
END_TEST

START_TEST(test_minmax)
{
    const double values[] = {3, -1, 7, 5, 5, 0, 100, 100};
    rnn_series *series = make_series(values, 4, 2, NULL);
    rnn_scaler scaler = {0};
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_MINMAX, series, 3), RNN_OK);
    ck_assert_uint_eq(scaler.columns, 2);
    ck_assert(scaler.shift[0] == 3 && scaler.factor[0] == 4);
    ck_assert(scaler.shift[1] == -1 && scaler.factor[1] == 6);
    ck_assert(rnn_scaler_apply(&scaler, 0, 3) == 0.0);
    ck_assert(rnn_scaler_apply(&scaler, 0, 7) == 1.0);
    ck_assert(rnn_scaler_apply(&scaler, 1, 2) == 0.5);
    ck_assert(rnn_scaler_invert(&scaler, 1, 0.5) == 2.0);
    rnn_scaler_free(&scaler);
    rnn_series_free(series);
}
END_TEST

START_TEST(test_none_changes_nothing)
{
    const double values[] = {5, 5, 5};
    rnn_series *series = make_series(values, 3, 1, NULL);
    rnn_scaler scaler = {0};
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_NONE, series, 3), RNN_OK);
    ck_assert(rnn_scaler_apply(&scaler, 0, 0.1) == 0.1);
    ck_assert(rnn_scaler_invert(&scaler, 0, 0.1) == 0.1);
    rnn_scaler_free(&scaler);
    rnn_series_free(series);
}
END_TEST

/* The formula of scale.h written again for one column; its bits are a promise, and any other order gives others. */
START_TEST(test_bits_on_a_real_series)
{
    const rnn_columns wanted = {.targets = COLUMNS("SUNACTIVITY"), .features = COLUMNS("YEAR")};
    const size_t rows = 200;
    rnn_series *series;
    rnn_scaler scaler = {0};
    double sum = 0, squares = 0, backwards = 0;
    ck_assert_int_eq(rnn_series_read(TABLE_FILE("sunspots.csv"), NULL, &wanted, &series), RNN_OK);
    for (size_t i = 0; i < rows; i++)
        sum = sum + series->values[2 * i];
    for (size_t i = 0; i < rows; i++)
        squares = squares + (series->values[2 * i] - sum / 200) * (series->values[2 * i] - sum / 200);
    for (size_t i = rows; i-- > 0;)
        backwards = backwards + (series->values[2 * i] - sum / 200) * (series->values[2 * i] - sum / 200);
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_STANDARD, series, rows), RNN_OK);
    ck_assert(scaler.shift[0] == sum / 200);
    ck_assert(scaler.factor[0] == sqrt(squares / 200));
    ck_assert_double_eq_tol(scaler.shift[1], 1799.5, 1e-9);
    ck_assert(squares != backwards); /* else this test could not tell */
    rnn_scaler_free(&scaler);
    rnn_series_free(series);
}
END_TEST

static void expect_unfit(const double *values, size_t rows, rnn_scaling kind, const char *message)
{
    rnn_series *series = make_series(values, rows, 2, COLUMNS("y", "x"));
    rnn_scaler scaler = {0};
    const rnn_status status = rnn_scaler_fit(&scaler, kind, series, rows);
    ck_assert_str_eq(rnn_error_message(), message);
    ck_assert_int_eq(status, RNN_BAD_DATA);
    ck_assert_ptr_null(scaler.shift);
    ck_assert_ptr_null(scaler.factor);
    rnn_series_free(series);
}

START_TEST(test_constant_columns)
{
    expect_unfit((const double[]){1, 7, 2, 7}, 2, RNN_SCALE_STANDARD,
                 "values in memory: column \"x\" is 7 in each of the first 2 rows, those for training, and a constant "
                 "cannot be scaled (leave it out of --features, or use --scale none)");
    expect_unfit((const double[]){7, 1, 7, 2}, 2, RNN_SCALE_MINMAX,
                 "values in memory: column \"y\" is 7 in each of the first 2 rows, those for training, and a constant "
                 "cannot be scaled (choose another --target, or use --scale none)");
    expect_unfit((const double[]){7, 1}, 1, RNN_SCALE_STANDARD,
                 "values in memory: column \"y\" is 7 in the first row, the only one for training, and a constant "
                 "cannot be scaled (choose another --target, or use --scale none)");
    /* The rounded mean of these is not 0.1, so their standard deviation is not 0. */
    expect_unfit(
        (const double[]){1, 0.1, 2, 0.1, 3, 0.1, 4, 0.1, 5, 0.1, 6, 0.1}, 6, RNN_SCALE_STANDARD,
        "values in memory: column \"x\" is 0.1 in each of the first 6 rows, those for training, and a constant "
        "cannot be scaled (leave it out of --features, or use --scale none)");
}
END_TEST

START_TEST(test_spread_beyond_double)
{
    expect_unfit(
        (const double[]){1, 1e308, 2, -1e308}, 2, RNN_SCALE_MINMAX,
        "values in memory: column \"x\" reaches from -1e+308 to 1e+308 in the first 2 rows, those for training, "
        "which is too wide or too narrow to be scaled in double (use another unit, leave it out of --features, "
        "or use --scale none)");
    expect_unfit(
        (const double[]){1, 1e308, 2, 1.5e308}, 2, RNN_SCALE_STANDARD,
        "values in memory: column \"x\" reaches from 1e+308 to 1.5e+308 in the first 2 rows, those for training, "
        "which is too wide or too narrow to be scaled in double (use another unit, leave it out of --features, "
        "or use --scale none)");
    expect_unfit(
        (const double[]){1, 1e-200, 2, 3e-200}, 2, RNN_SCALE_STANDARD,
        "values in memory: column \"x\" reaches from 1e-200 to 3e-200 in the first 2 rows, those for training, "
        "which is too wide or too narrow to be scaled in double (use another unit, leave it out of --features, "
        "or use --scale none)");
}
END_TEST

START_TEST(test_rows_out_of_range)
{
    const double values[] = {1, 2};
    rnn_series *series = make_series(values, 2, 1, NULL);
    rnn_scaler scaler = {0};
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_STANDARD, series, 0), RNN_INTERNAL);
    ck_assert_int_eq(rnn_scaler_fit(&scaler, RNN_SCALE_STANDARD, series, 3), RNN_INTERNAL);
    ck_assert_str_eq(rnn_error_message(), "values in memory: scaling over 3 rows of 2");
    rnn_series_free(series);
}
END_TEST

START_TEST(test_init_and_free)
{
    rnn_scaler scaler;
    ck_assert_int_eq(rnn_scaler_init(&scaler, RNN_SCALE_MINMAX, 3), RNN_OK);
    ck_assert_int_eq(scaler.kind, RNN_SCALE_MINMAX);
    for (size_t i = 0; i < 3; i++)
        ck_assert(rnn_scaler_apply(&scaler, i, 0.3) == 0.3);
    rnn_scaler_free(&scaler);
    ck_assert_ptr_null(scaler.shift);
    rnn_scaler_free(&scaler);
    rnn_scaler_free(NULL);
}
END_TEST

Suite *scale_suite(void)
{
    Suite *suite = suite_create("scale");
    TCase *tests = tcase_create("scale");
    tcase_add_test(tests, test_standard);
    tcase_add_test(tests, test_minmax);
    tcase_add_test(tests, test_none_changes_nothing);
    tcase_add_test(tests, test_bits_on_a_real_series);
    tcase_add_test(tests, test_constant_columns);
    tcase_add_test(tests, test_spread_beyond_double);
    tcase_add_test(tests, test_rows_out_of_range);
    tcase_add_test(tests, test_init_and_free);
    suite_add_tcase(suite, tests);
    return suite;
}
