/* SPDX-License-Identifier: MIT
 * test_train_steps.c - part of the suite `train`: a loss at every step, and training along the series
 */
#include "runs.h"

enum { STEPS = 5 };

/* Mean loss over `windows` windows, `apart` rows apart from row `first` on, and the outputs of what the model says after `steps` rows of
 * each, worked out from predictions of a model that is shown no more. */
static double loss_after(rnn_model *model, const rnn_series *series, size_t first, size_t windows, size_t apart,
                         size_t steps, rnn_backend *backend)
{
    const size_t values = model->network.asked;
    rnn_predictions *p;
    double sum = 0;
    model->settings.seq_len = model->network.T = steps;
    ck_assert_msg(rnn_predict(model, series, RNN_MODE_STEP, backend, &p) == RNN_OK, "%s", rnn_error_message());
    for (size_t w = 0; w < windows; w++) {
        const size_t i = first + w * apart;
        ck_assert_uint_eq(p->rows[i], i + steps);
        for (size_t v = 0; v < values; v++) {
            const double e = p->predicted[i * values + v] - p->actual[i * values + v];
            const double scaled = e / model->scaler.factor[v % model->network.targets];
            sum += scaled * scaled / 2;
        }
    }
    rnn_predictions_free(p);
    return sum / (double)(windows * values);
}

/* A run whose rate is next to nothing keeps its first weights, so that its history can be worked out again step by step. */
START_TEST(history_is_the_mean_over_the_steps)
{
    static const char *const words[] = {"", "bptt-truncate 3", "loss-at last", "cell lstm layers 2", "missing mask"};
    static const size_t counted[] = {STEPS, 3, 1, STEPS, STEPS};
    static run r;
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings s = small();
    rnn_split split;
    double sum = 0;
    set_all(&s, "loss-at every optimizer sgd learning-rate 1e-30 epochs 1 horizon 2 transform none precision double");
    set_all(&s, words[_i]);
    s.seq_len = STEPS;
    go(&s, series, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_split_windows(&s, series->N, &split), RNN_OK);
    const double last = loss_after(r.model, series, 0, split.train, 1, STEPS, backend);
    for (size_t steps = STEPS - counted[_i] + 1; steps <= STEPS; steps++)
        sum += loss_after(r.model, series, 0, split.train, 1, steps, backend) / (double)counted[_i];
    ck_assert_msg(fabs(sum / r.epochs[0].loss - 1) <= 1e-10, "%s: loss %.17g, history %.17g", words[_i], sum,
                  r.epochs[0].loss);
    ck_assert((fabs(last / sum - 1) > 1e-3) == (counted[_i] > 1)); /* or nothing was proved */
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* What a window is asked for at its end is still what validation looks at, and what becomes good. */
START_TEST(learns_with_a_loss_at_every_step)
{
    static run r;
    rnn_series *series = sine(200);
    rnn_backend *backend = open_fast("learns_with_a_loss_at_every_step", RNN_FLOAT);
    rnn_settings settings;
    rnn_predictions *p;
    rnn_split split;
    rnn_metrics val;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    set_all(&settings, "loss-at every hidden 32 cell gru");
    go(&settings, series, backend, &r);
    expect_trained(&r);
    ck_assert_msg(r.epochs[24].loss < 0.2 * r.epochs[0].loss, "loss %g after %g", r.epochs[24].loss, r.epochs[0].loss);
    ck_assert_msg(r.model->val_rmse < 0.07, "%g", r.model->val_rmse);
    ck_assert_int_eq(rnn_split_windows(&r.model->settings, series->N, &split), RNN_OK);
    ck_assert_int_eq(rnn_predict(r.model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    rnn_measure(p, split.train, split.val, &val);
    ck_assert_double_eq_tol(val.rmse, r.model->val_rmse, 1e-5 * val.rmse);
    rnn_predictions_free(p);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* The streams as one long forward each: what the model says at a step of a chunk is what it says of all the stream's rows up to there. */
START_TEST(streams_are_followed_from_their_beginning)
{
    enum { STREAMS = 3 };
    static const char *const words[] = {"cell elman", "cell gru layers 2", "cell lstm", "cell lstm loss-at last",
                                        "bptt-truncate 2"};
    static const size_t counted[] = {STEPS, STEPS, STEPS, 1, 2};
    static run r;
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings s = small();
    rnn_split split;
    double sum = 0, alone = 0;
    set_all(&s, "stateful yes shuffle no loss-at every optimizer sgd learning-rate 1e-30 epochs 1 transform none");
    set_all(&s, words[_i]);
    s.precision = RNN_DOUBLE;
    s.seq_len = STEPS;
    s.batch = STREAMS;
    go(&s, series, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_split_windows(&s, series->N, &split), RNN_OK);
    const size_t chunks = ((split.train - 1) / STEPS + 1) / STREAMS, length = chunks * STEPS;
    const size_t first = split.train - 1 - (STREAMS * chunks - 1) * STEPS;
    ck_assert_uint_ge(chunks, 3);
    for (size_t steps = 1; steps <= length; steps++) {
        const size_t in_chunk = (steps - 1) % STEPS + 1;
        if (in_chunk <= STEPS - counted[_i])
            continue;
        const double weight = 1 / (double)(chunks * counted[_i]);
        sum += weight * loss_after(r.model, series, first, STREAMS, length, steps, backend);
        alone += weight * loss_after(r.model, series, first + steps - in_chunk, STREAMS, length, in_chunk, backend);
    }
    ck_assert_msg(fabs(sum / r.epochs[0].loss - 1) <= 1e-10, "%s: loss %.17g, history %.17g", words[_i], sum,
                  r.epochs[0].loss);
    ck_assert(fabs(alone / sum - 1) > 1e-7); /* or the state told nothing */
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Every update is checked, those that go on from another's state too. */
START_TEST(checked_updates_begin_where_the_device_did)
{
    rnn_backend *device = open_opencl("checked_updates_begin_where_the_device_did", RNN_FLOAT);
    rnn_series *series = sine(80);
    rnn_settings s = small();
    const rnn_safeguards guards = {.verify_every = 1};
    rnn_model *model;
    set_all(&s, "stateful yes shuffle no loss-at every cell lstm layers 2 seq-len 4 batch 3 epochs 2");
    if (device) {
        ck_assert_msg(rnn_train_with(&s, series, device, NULL, &guards, &model) == RNN_OK, "%s", rnn_error_message());
        rnn_model_free(model);
    }
    rnn_series_free(series);
    rnn_backend_close(device);
}
END_TEST

START_TEST(streams_that_cannot_be_cut)
{
    static run r;
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_settings s = small();
    set_all(&s, "stateful yes shuffle no batch 5"); /* 45 windows: chunks of 12 rows begin at 0, 12, 24 and 36 */
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_CONFIG);
    ck_assert_str_eq(
        rnn_error_message(),
        "built-in sine: --stateful cuts the training part into --batch 5 streams of chunks of --seq-len 12 "
        "rows, and there are 4 such chunks; make one of the two smaller");
    series->values[30] = NAN;
    s.missing = RNN_MISSING_DROP;
    s.seq_len = 4;
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(),
                     "built-in sine: --stateful goes along one series without holes, and training has 2 stretches; "
                     "choose another --missing, or drop --stateful or --id");
    set_all(&s, "windows 5");
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_USAGE);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "--windows 5 does not go with --stateful"));
    set_all(&s, "windows 0 train-h0 yes");
    go(&s, series, backend, &r);
    ck_assert_int_eq(r.status, RNN_USAGE);
    ck_assert_ptr_nonnull(strstr(rnn_error_message(), "--train-h0 does not go with --stateful"));
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

TCase *train_steps_case(void)
{
    TCase *tests = tcase_create("steps");
    tcase_add_loop_test(tests, history_is_the_mean_over_the_steps, 0, 5);
    tcase_add_test(tests, learns_with_a_loss_at_every_step);
    tcase_add_loop_test(tests, streams_are_followed_from_their_beginning, 0, 5);
    tcase_add_test(tests, checked_updates_begin_where_the_device_did);
    tcase_add_test(tests, streams_that_cannot_be_cut);
    return tests;
}
