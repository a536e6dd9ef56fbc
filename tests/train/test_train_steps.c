/* SPDX-License-Identifier: MIT
 * test_train_steps.c - part of the suite `train`: a loss at every step, from settings to history
 */
#include "runs.h"

enum { STEPS = 5 };

/* Mean loss over the training windows and the outputs of what the model says after `steps` rows of each, worked out from predictions of
 * a model that is shown no more. */
static double loss_after(rnn_model *model, const rnn_series *series, size_t windows, size_t steps, rnn_backend *backend)
{
    const size_t values = model->network.asked;
    rnn_predictions *p;
    double sum = 0;
    model->settings.seq_len = model->network.T = steps;
    ck_assert_msg(rnn_predict(model, series, RNN_MODE_STEP, backend, &p) == RNN_OK, "%s", rnn_error_message());
    for (size_t i = 0; i < windows; i++) {
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
    const double last = loss_after(r.model, series, split.train, STEPS, backend);
    for (size_t steps = STEPS - counted[_i] + 1; steps <= STEPS; steps++)
        sum += loss_after(r.model, series, split.train, steps, backend) / (double)counted[_i];
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

TCase *train_steps_case(void)
{
    TCase *tests = tcase_create("steps");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, history_is_the_mean_over_the_steps, 0, 5);
    tcase_add_test(tests, learns_with_a_loss_at_every_step);
    return tests;
}
