/* SPDX-License-Identifier: MIT
 * test_train_schedules.c - the learning rate of every update, under every schedule
 */
#include "runs.h"

/* Ten epochs of seven updates. */
enum { EPOCHS = 10, EPOCH_STEPS = 7, STEPS = EPOCHS * EPOCH_STEPS };

static rnn_settings scheduled(const char *words)
{
    rnn_settings settings = small();
    settings.epochs = EPOCHS;
    settings.learning_rate = 0.5;
    set_all(&settings, words);
    return settings;
}

/* To 1e-12 of what libm has, ends and middle included; exact where the cosine is. Down all the way. */
START_TEST(cosine_is_the_cosine)
{
    static const size_t wholes[] = {1, 2, 3, 7, 64, 1000, 99991, 1000003};
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++) {
        const size_t whole = wholes[i], stride = whole / 5000 + 1;
        double before = 1;
        for (size_t part = 0; part <= whole; part += stride) {
            const double expected = (1 + cos(acos(-1) * (double)part / (double)whole)) / 2;
            const double found = rnn_half_cosine(part, whole);
            ck_assert_msg(fabs(found - expected) <= 1e-12, "cosine of %zu / %zu: %.17g, libm %.17g", part, whole, found,
                          expected);
            ck_assert_msg(part == 0 || found < before, "cosine of %zu / %zu does not fall", part, whole);
            before = found;
        }
        ck_assert(rnn_half_cosine(0, whole) == 1);
        ck_assert(rnn_half_cosine(whole, whole) == 0);
    }
    /* near the end it is small, and not what is left of a difference: relative to itself */
    const double near_end = rnn_half_cosine(999999, 1000000), s = sin(acos(-1) / 2e6);
    ck_assert(fabs(near_end / (s * s) - 1) <= 1e-14);
    /* its bits are those of every machine */
    ck_assert(rnn_half_cosine(1, 3) == 0x1.8p-1);
    ck_assert(rnn_half_cosine(2, 7) == 0x1.9f9d07145f6e9p-1);
    ck_assert(rnn_half_cosine(3, 10) == 0x1.96791823aad2fp-1);
}
END_TEST

START_TEST(cosine_schedule)
{
    const rnn_settings plain = scheduled("schedule cosine"), warm = scheduled("schedule cosine warmup 1.5");
    ck_assert(rnn_learning_rate(&plain, 0, STEPS) == 0.5);
    ck_assert(fabs(rnn_learning_rate(&plain, STEPS / 2, STEPS) - 0.25) <= 1e-15);
    for (size_t step = 0; step < STEPS; step++) {
        const double expected =
            step < 10 ? 0.5 * (double)(step + 1) / 11 : 0.5 * rnn_half_cosine(step - 10, STEPS - 10);
        ck_assert(fabs(rnn_learning_rate(&warm, step, STEPS) - expected) <= 1e-16); /* 1.5 epochs are 10.5 updates */
    }
}
END_TEST

START_TEST(step_schedule)
{
    const rnn_settings s = scheduled("schedule step lr-step 3 lr-gamma 0.5 warmup 1");
    for (size_t step = 0; step < STEPS; step++) {
        const size_t epoch = step / EPOCH_STEPS;
        const double rate = 0.5 / (double)(1U << epoch / 3);
        ck_assert(rnn_learning_rate(&s, step, STEPS) ==
                  (step < EPOCH_STEPS ? rate * ((double)(step + 1) / (EPOCH_STEPS + 1)) : rate));
    }
}
END_TEST

START_TEST(warm_up)
{
    const rnn_settings none = scheduled("schedule constant"), some = scheduled("schedule constant warmup 0.5"),
                       whole = scheduled("schedule plateau warmup 1000");
    ck_assert(rnn_learning_rate(&none, 0, STEPS) == 0.5);
    for (size_t step = 0; step < STEPS; step++) { /* half an epoch: three updates */
        ck_assert(rnn_learning_rate(&some, step, STEPS) == (step < 3 ? 0.5 * ((double)(step + 1) / 4) : 0.5));
        ck_assert(rnn_learning_rate(&whole, step, STEPS) == 0.5 * ((double)(step + 1) / (STEPS + 1)));
    }
}
END_TEST

/* The state by itself: after two epochs that are no better than the best, again and again. */
START_TEST(plateau_counts_epochs_without_a_better_loss)
{
    static const struct {
        double loss, factor;
    } epochs[] = {{5, 1},    {4, 1},    {4, 1},    {4.5, 0.25}, {4.1, 0.25}, {3.9, 0.25},
                  {6, 0.25}, {3, 0.25}, {7, 0.25}, {3, 0.0625}, {3, 0.0625}, {8, 0.015625}};
    const rnn_settings s = scheduled("schedule plateau lr-patience 2 lr-gamma 0.25");
    rnn_position at = {.plateau_loss = NAN, .plateau_factor = 1};
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        rnn_watch_plateau(&s, epochs[i].loss, &at);
        ck_assert_msg(at.plateau_factor == epochs[i].factor, "epoch %zu: factor %g", i + 1, at.plateau_factor);
    }
}
END_TEST

/* A run's rates follow its validation losses, as its history tells both. */
START_TEST(plateau_schedule)
{
    static run r;
    const rnn_settings s = scheduled("schedule plateau lr-patience 1 lr-gamma 0.5 epochs 20 batch 45");
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_position at = {.plateau_loss = NAN, .plateau_factor = 1};
    go(&s, series, backend, &r);
    expect_trained(&r);
    for (size_t i = 0; i < r.count; i++) {
        ck_assert(r.epochs[i].learning_rate == 0.5 * at.plateau_factor);
        rnn_watch_plateau(&s, r.epochs[i].val_loss, &at);
    }
    ck_assert(at.plateau_factor < 0.5 && at.plateau_factor > 1e-4);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Of 68 windows this share rounds to none. */
START_TEST(plateau_without_validation_windows)
{
    static run r;
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings s = scheduled("schedule plateau val-fraction 0.001");
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_CONFIG);
    ck_assert_ptr_null(r.model);
    ck_assert_str_eq(rnn_error_message(), "--schedule plateau needs a validation part, and --val-fraction 0.001 leaves "
                                          "none of 68 windows to it");
    s = scheduled("patience 2 val-fraction 0.001");
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_CONFIG);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "--patience needs a validation part, and "));
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

TCase *train_schedules_case(void)
{
    TCase *tests = tcase_create("schedules");
    tcase_add_test(tests, cosine_is_the_cosine);
    tcase_add_test(tests, cosine_schedule);
    tcase_add_test(tests, step_schedule);
    tcase_add_test(tests, warm_up);
    tcase_add_test(tests, plateau_counts_epochs_without_a_better_loss);
    tcase_add_test(tests, plateau_schedule);
    tcase_add_test(tests, plateau_without_validation_windows);
    return tests;
}
