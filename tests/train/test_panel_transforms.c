/* SPDX-License-Identifier: MIT
 * test_panel_transforms.c - part of the suite `panel`: what the network sees of targets under each transform, and the way back
 */
#include "cities.h"

#include "base/explog.h"
#include "train/predict.h"

static const char *const transforms[] = {"transform none",
                                         "transform log",
                                         "transform diff",
                                         "transform log-diff",
                                         "transform season-diff season 2",
                                         "transform log-season-diff season 7",
                                         "transform season-diff season 30"};

static void restore(const rnn_scaler *scaler, const rnn_series *series, size_t row, size_t horizon, size_t Q,
                    double *outputs)
{
    double last[2];
    ck_assert_uint_le(series->targets, 2);
    rnn_look_back(series, rnn_scaler_base(scaler, row), 0, NULL, last);
    rnn_scaler_restore(scaler, series, row, last, horizon, Q, outputs);
}

/* What the network would have to say to be right, taken back: the actual values. Each step of a sum or an exponential costs a rounding
 * or two of values of that size: 16 of them are allowed. */
START_TEST(transforms_are_undone)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings(transforms[_i]);
    rnn_scaler scaler;
    double outputs[3];
    ck_assert_int_eq(rnn_scaler_fit_parts(&scaler, &settings, s, s->ends), RNN_OK);
    for (size_t p = 0; p < s->parts; p++)
        for (size_t row = s->starts[p] + (scaler.lag > 2 ? scaler.lag : 2); row + 3 <= s->ends[p]; row++) {
            for (size_t step = 0; step < 3; step++)
                outputs[step] = rnn_scaler_scaled(&scaler, s, p, row + step, 0);
            restore(&scaler, s, row, 3, 1, outputs);
            for (size_t step = 0; step < 3; step++) {
                const double actual = s->values[(row + step) * s->columns];
                ck_assert_double_le(fabs(outputs[step] - actual), 16 * 0x1p-52 * (actual + fabs(scaler.shift[p * 4])));
            }
        }
    for (size_t i = 0; i <= scaler.lag; i++)
        ck_assert(isnan(rnn_scaler_see(&scaler, s, 1, s->starts[1] + i, 0)) == (i < scaler.lag));
    rnn_scaler_free(&scaler);
    rnn_series_free(s);
}
END_TEST

static rnn_scaler with_transform(rnn_scaler scaler, const char *transform)
{
    const rnn_settings settings = panel_settings(transform);
    rnn_scaler_see_as(&scaler, &settings);
    return scaler;
}

START_TEST(what_transforms_mean)
{
    const double values[] = {2, 8, 4};
    rnn_series *s;
    rnn_scaler scaler;
    ck_assert_int_eq(rnn_series_copy(values, 3, 1, 1, NULL, &s), RNN_OK);
    ck_assert_int_eq(rnn_scaler_init(&scaler, RNN_SCALE_NONE, 1), RNN_OK);
    scaler = with_transform(scaler, "transform log season 2");
    ck_assert(rnn_scaler_see(&scaler, s, 0, 1, 0) == rnn_log(8));
    scaler = with_transform(scaler, "transform diff");
    ck_assert(!scaler.is_log && rnn_scaler_see(&scaler, s, 0, 2, 0) == -4);
    scaler = with_transform(scaler, "transform log-diff");
    ck_assert(rnn_scaler_see(&scaler, s, 0, 2, 0) == rnn_log(4) - rnn_log(8));
    double outputs[] = {1, 2};
    scaler = with_transform(scaler, "transform diff");
    restore(&scaler, s, 3, 2, 1, outputs);
    ck_assert(outputs[0] == 5 && outputs[1] == 7);
    s->values[2] = (double)NAN; /* then the last value there is */
    outputs[0] = 1;
    restore(&scaler, s, 3, 1, 1, outputs);
    ck_assert(outputs[0] == 9);
    rnn_scaler_free(&scaler);
    rnn_series_free(s);
}
END_TEST

/* Each row is to the one a season before; beyond a season a forecast is to a forecast, and where a season ago nothing is known, to the last
 * value before that. */
START_TEST(what_seasons_mean)
{
    const double values[] = {2, 8, 4, 16, 5};
    rnn_series *s;
    rnn_scaler scaler;
    ck_assert_int_eq(rnn_series_copy(values, 5, 1, 1, NULL, &s), RNN_OK);
    ck_assert_int_eq(rnn_scaler_init(&scaler, RNN_SCALE_NONE, 1), RNN_OK);
    scaler = with_transform(scaler, "transform season-diff season 3");
    ck_assert(isnan(rnn_scaler_see(&scaler, s, 0, 2, 0)));
    ck_assert(rnn_scaler_see(&scaler, s, 0, 3, 0) == 14 && rnn_scaler_see(&scaler, s, 0, 4, 0) == -3);
    double outputs[] = {1, 2, 3, 10, 20, 30, 100};
    restore(&scaler, s, 5, 7, 1, outputs);
    ck_assert(outputs[0] == 5 && outputs[1] == 18 && outputs[2] == 8);
    ck_assert(outputs[3] == 15 && outputs[4] == 38 && outputs[5] == 38 && outputs[6] == 115);
    scaler = with_transform(scaler, "transform log-season-diff season 3");
    ck_assert(rnn_scaler_see(&scaler, s, 0, 4, 0) == rnn_log(5) - rnn_log(8));
    double logs[] = {1, 2, 3, 10};
    restore(&scaler, s, 5, 4, 1, logs);
    ck_assert(logs[0] == rnn_exp(rnn_log(4) + 1) && logs[3] == rnn_exp(rnn_log(4) + 1 + 10));
    scaler = with_transform(scaler, "transform season-diff season 3");
    s->values[3] = (double)NAN;
    ck_assert(isnan(rnn_scaler_see(&scaler, s, 0, 3, 0)));
    double filled[] = {1, 2, 3};
    restore(&scaler, s, 5, 3, 1, filled);
    ck_assert(filled[0] == 5 && filled[1] == 6 && filled[2] == 8);
    rnn_scaler_free(&scaler);
    rnn_series_free(s);
}
END_TEST

/* Quantiles of two targets: each output has its own season ago. */
START_TEST(seasons_of_several_outputs)
{
    const double values[] = {1, 10, 2, 20, 3, 30};
    rnn_series *s;
    rnn_scaler scaler;
    ck_assert_int_eq(rnn_series_copy(values, 3, 2, 2, NULL, &s), RNN_OK);
    ck_assert_int_eq(rnn_scaler_init(&scaler, RNN_SCALE_NONE, 2), RNN_OK);
    scaler = with_transform(scaler, "transform season-diff season 2");
    double outputs[] = {0.25, 0.5, 0.25, 0.5, 0, 1, 0, 2, 1, 2, 3, 4};
    const double expected[] = {2.25, 2.5, 20.25, 20.5, 3, 4, 30, 32, 3.25, 4.5, 23.25, 24.5};
    restore(&scaler, s, 3, 3, 2, outputs);
    for (size_t i = 0; i < 12; i++)
        ck_assert_msg(outputs[i] == expected[i], "output %zu: %g", i, outputs[i]);
    rnn_scaler_free(&scaler);
    rnn_series_free(s);
}
END_TEST

static const struct {
    const char *settings, *message;
} no_season[] = {
    {"transform season-diff season 0 seq-len 1 horizon 1", "t.csv: seasonal differences (--transform) need a season, "
                                                           "and the autocorrelation of the training rows shows none; "
                                                           "give --season N, or choose --transform diff or auto"},
    {"transform log-season-diff season 20 seq-len 12 horizon 1",
     "seasonal differences take the first 20 rows, a season (try a smaller --season, or --transform diff); behind "
     "them: "
     "--seq-len 12, --horizon 1 and --val-fraction 0.333333 need at least 13 rows, there are 10; try --seq-len 9 or "
     "less"},
    {"transform season-diff season 5 seq-len 12 horizon 6 loss quantile",
     "t.csv: --loss quantile with --horizon 6 does not go with differences to a season of 5 rows before (--transform): "
     "quantiles of steps do not add up; try --horizon 5 or --transform none"},
};

START_TEST(seasons_that_do_not_go)
{
    rnn_settings settings = panel_settings("");
    rnn_partition parts;
    rnn_series *s;
    char text[1024] = "v\n";
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d\n", i * i);
    s = parse(text, &(rnn_read_options){.missing = RNN_MISSING_ERROR});
    set_all(&settings, no_season[_i].settings);
    rnn_settings_resolve(&settings, s);
    ck_assert_int_eq(rnn_partition_make(&settings, s, &parts), RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(), no_season[_i].message);
    rnn_series_free(s);
}
END_TEST

START_TEST(no_logarithm)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings("transform log");
    rnn_backend *reference = open_reference(RNN_FLOAT);
    static run r;
    s->values[5 * s->columns] = 0;
    go(&settings, s, reference, &r);
    ck_assert_int_eq(r.status, RNN_BAD_DATA);
    ck_assert_str_eq(rnn_error_message(),
                     "t.csv:12 (rome), column \"sales\": 0 has no logarithm; use --transform diff or none, or add a "
                     "constant to the column so that all values are above 0");
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

TCase *panel_transforms_case(void)
{
    TCase *tests = tcase_create("transforms");
    tcase_add_loop_test(tests, transforms_are_undone, 0, COUNT(transforms));
    tcase_add_test(tests, what_transforms_mean);
    tcase_add_test(tests, what_seasons_mean);
    tcase_add_test(tests, seasons_of_several_outputs);
    tcase_add_loop_test(tests, seasons_that_do_not_go, 0, COUNT(no_season));
    tcase_add_test(tests, no_logarithm);
    return tests;
}
