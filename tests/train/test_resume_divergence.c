/* SPDX-License-Identifier: MIT
 * test_resume_divergence.c - numbers that are not finite: what is kept, where the way back leads, and that a cut changes neither
 */
#include "sittings.h"

#define WILD "activation relu optimizer sgd schedule constant clip-norm 0 batch 7 epochs 4 "

static void keep_first(const char *text, void *context)
{
    char *kept = context;
    if (!kept[0])
        snprintf(kept, 256, "%s", text);
}

/* The last epoch's rate by its history: what rollbacks and, of plateau, epochs without a better loss have left of 20. */
static double rate_left(const rnn_settings *settings, const rnn_epoch *history, size_t epochs)
{
    rnn_position at = {.plateau_loss = NAN, .plateau_factor = 1};
    for (size_t e = 0; settings->schedule == RNN_PLATEAU && e + 1 < epochs; e++)
        rnn_watch_plateau(settings, history[e].val_loss, &at);
    ck_assert((at.plateau_factor < 1) == (settings->schedule == RNN_PLATEAU));
    return 20 * pow(0.25, (double)history[epochs - 1].rollbacks) * at.plateau_factor;
}

/* Back to the start of the epoch at a quarter of the rate, until it holds: the same on every device, and when it is cut. */
START_TEST(retry)
{
    static const char *const schedules[] = {"schedule constant",
                                            "schedule plateau lr-patience 1 lr-gamma 0.5 epochs 12"};
    static run whole, r;
    char first[256] = "";
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *reference = open_reference(RNN_FLOAT), *device = open_opencl("retry", RNN_FLOAT);
    set_all(&settings, WILD "learning-rate 20 on-divergence retry");
    set_all(&settings, schedules[_i]);
    rnn_set_notice_handler(keep_first, first);
    const size_t asks = count_asks(&settings, series, reference, &whole);
    ck_assert_msg(whole.status == RNN_OK, "%s", rnn_error_message());
    ck_assert_msg(strncmp(first, "training diverged: ", 19) == 0 &&
                      strstr(first, "back to the start of the epoch, at 0.25 of the learning rate"),
                  "%s", first);
    size_t epochs, stopped = 0;
    const rnn_epoch *history = rnn_model_history(whole.model, &epochs), *last = &history[epochs - 1];
    ck_assert_uint_eq(epochs, settings.epochs);
    ck_assert_uint_ge(last->rollbacks, 1);
    ck_assert(last->learning_rate == rate_left(&settings, history, epochs));
    for (size_t cut = 1; cut <= asks; cut += harness_is_full() ? 1 : 5) {
        rnn_checkpoint *checkpoint = NULL;
        sit(&settings, series, device ? device : reference, NULL, cut, &r);
        if (r.status == RNN_STOPPED) { /* else what was met is known before the run can be stopped, and it went on */
            done(&r);
            checkpoint = load();
            sit(&settings, series, reference, checkpoint, 0, &r);
            stopped++;
        }
        expect_same_run(&r, &whole, "retry", cut);
        done(&r);
        rnn_checkpoint_free(checkpoint);
    }
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_uint_ge(stopped, asks / 10);
    done(&whole);
    rnn_backend_close(device);
    rnn_backend_close(reference);
    rnn_series_free(series);
}
END_TEST

/* The checkpoint as if it had been made when its epoch began. */
static void wind_back(rnn_checkpoint *c)
{
    const size_t bytes = rnn_model_bytes(c->model);
    memcpy(c->model->parameters, c->start, bytes);
    memcpy(c->moments, c->start_moments, 2 * bytes);
    memset(c->sums, 0, c->model->network.O * sizeof *c->sums);
    free(c->start);
    free(c->start_moments);
    c->start = c->start_moments = NULL;
    c->at.now = c->at.start;
    c->at.records = 0;
}

/* A run that diverges after it was taken up half-way through an epoch goes back to that epoch's beginning, moments included. */
START_TEST(back_beyond_the_cut)
{
    static run expected, r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    set_all(&settings, "batch 7 epochs 4 on-divergence retry");
    rnn_set_notice_handler(ignore, NULL);
    sit(&settings, series, backend, NULL, 10, &r);
    ck_assert_int_eq(r.status, RNN_STOPPED);
    done(&r);
    rnn_checkpoint *checkpoint = load(), *beginning = load();
    wind_back(beginning);
    beginning->at.rollbacks = 1;
    beginning->at.rate_factor = 0.25;
    sit(&settings, series, backend, beginning, 0, &expected);
    ck_assert_int_eq(expected.status, RNN_OK);
    ((float *)checkpoint->model->parameters)[0] = NAN;
    sit(&settings, series, backend, checkpoint, 0, &r);
    expect_same_run(&r, &expected, "back beyond the cut", 10);
    rnn_set_notice_handler(NULL, NULL);
    done(&expected);
    done(&r);
    rnn_checkpoint_free(beginning);
    rnn_checkpoint_free(checkpoint);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* One column of these values, unscaled: what no optimiser is made for. */
static rnn_series *column(double (*value)(size_t row))
{
    double values[200];
    rnn_series *series;
    for (size_t i = 0; i < 200; i++)
        values[i] = value(i);
    ck_assert_int_eq(rnn_series_copy(values, 200, 1, 1, NULL, &series), RNN_OK);
    return series;
}

static double huge(size_t row)
{
    return 1e16 * (1 + 0.3 * sin(0.1 * (double)row));
}

static double large(size_t row)
{
    return 1e13 * (1 + 0.3 * sin(0.1 * (double)row));
}

static double with_a_spike(size_t row)
{
    return row == 40 ? 1e25 : sin(0.1 * (double)row);
}

/* The last update of a run without validation is looked at before its weights are kept: the epoch before is what stays, and what
 * a retry begins from. */
START_TEST(the_last_update_went_astray)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = column(huge);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    set_all(&settings, "scale none seq-len 10 val-fraction 0 batch 1000 optimizer sgd schedule constant clip-norm 0 "
                       "activation tanh hidden 8 epochs 2 learning-rate 2 transform none");
    go(&settings, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_DIVERGED);
    ck_assert_uint_eq(r.count, 1);
    ck_assert_str_eq(r.sha256, r.epochs[0].weights_sha256);
    done(&r);
    rnn_set_notice_handler(ignore, NULL);
    set_all(&settings, "epochs 1 learning-rate 16 on-divergence retry");
    go(&settings, series, backend, &r);
    rnn_set_notice_handler(NULL, NULL);
    expect_trained(&r);
    ck_assert_uint_ge(r.epochs[0].rollbacks, 1);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Whether somebody looks, to save, has no say in what happens. */
START_TEST(saving_changes_nothing)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = column(large);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_model *model;
    set_all(&settings, "scale none seq-len 10 activation relu clip-norm 0 learning-rate 0.001 hidden 64 epochs 3");
    go(&settings, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_DIVERGED);
    ck_assert_msg(strstr(rnn_error_message(), "a moment of the optimizer of epoch 1"), "%s", rnn_error_message());
    const rnn_safeguards guards = {.checkpoint = path, .every_steps = 1};
    ck_assert_int_eq(rnn_train_with(&settings, series, backend, NULL, &guards, &model), RNN_DIVERGED);
    done(&r);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Updates of an ill run are not made, which is no fault of the device. */
START_TEST(a_divergence_is_no_mismatch)
{
    rnn_settings settings = small();
    rnn_series *series = column(with_a_spike);
    rnn_backend *device = open_opencl("a_divergence_is_no_mismatch", RNN_FLOAT);
    const rnn_safeguards guards = {.verify = true, .verify_every = 1};
    rnn_model *model;
    set_all(&settings, "scale none seq-len 10 hidden 8 epochs 2 shuffle no");
    if (device) {
        ck_assert_msg(rnn_train_with(&settings, series, device, NULL, &guards, &model) == RNN_DIVERGED, "%s",
                      rnn_error_message());
        ck_assert_msg(strstr(rnn_error_message(), "the loss in update 4 of epoch 1"), "%s", rnn_error_message());
    }
    rnn_backend_close(device);
    rnn_series_free(series);
}
END_TEST

START_TEST(retry_in_vain)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    set_all(&settings, WILD "learning-rate 1000000 on-divergence retry");
    rnn_set_notice_handler(ignore, NULL);
    go(&settings, series, backend, &r);
    rnn_set_notice_handler(NULL, NULL);
    ck_assert_int_eq(r.status, RNN_DIVERGED);
    ck_assert_ptr_null(r.model);
    ck_assert_msg(
        strstr(rnn_error_message(), "after 5 returns to the start of an epoch; try a smaller --learning-rate"), "%s",
        rnn_error_message());
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* The weights of the epoch before are what a run that diverges leaves; a checkpoint never has others than finite ones. */
START_TEST(last_good_weights)
{
    static run whole, r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backends[] = {open_reference(RNN_FLOAT), open_opencl("last_good_weights", RNN_FLOAT)};
    set_all(&settings, WILD "epochs 2 learning-rate 0.001");
    for (int i = 0; i < 2 && backends[i]; i++) {
        go(&settings, series, backends[i], &whole);
        expect_trained(&whole);
        /* the same first epoch; then a value that no rate can stand */
        sit(&settings, series, backends[i], NULL, 8, &r);
        done(&r);
        rnn_checkpoint *checkpoint = load();
        ((float *)checkpoint->moments)[0] = 0;
        ((float *)checkpoint->model->parameters)[0] = 3e38f;
        sit(&settings, series, backends[i], checkpoint, 0, &r);
        ck_assert_int_eq(r.status, RNN_DIVERGED);
        ck_assert_ptr_nonnull(r.model);
        ck_assert_str_eq(r.sha256, whole.epochs[0].weights_sha256);
        ck_assert(r.model->val_rmse == whole.epochs[0].val_rmse);
        ck_assert_msg(strstr(rnn_error_message(), "of epoch 2 is not finite; the weights of the epoch before are kept"),
                      "%s", rnn_error_message());
        rnn_checkpoint_free(checkpoint);
        checkpoint = load(); /* what was there before stayed */
        rnn_checkpoint_free(checkpoint);
        done(&r);
        done(&whole);
        rnn_backend_close(backends[i]);
    }
    rnn_series_free(series);
}
END_TEST

TCase *resume_divergence_case(void)
{
    TCase *tests = tcase_create("divergence");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, retry, 0, 2);
    tcase_add_test(tests, back_beyond_the_cut);
    tcase_add_test(tests, the_last_update_went_astray);
    tcase_add_test(tests, saving_changes_nothing);
    tcase_add_test(tests, a_divergence_is_no_mismatch);
    tcase_add_test(tests, retry_in_vain);
    tcase_add_test(tests, last_good_weights);
    return tests;
}
