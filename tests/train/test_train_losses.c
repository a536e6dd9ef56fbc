/* SPDX-License-Identifier: MIT
 * test_train_losses.c - every loss: it learns, the history tells what the predictions tell, quantiles are quantiles, and what is
 * missing does not count
 */
#include "runs.h"

#include "base/random.h"

static const char *const losses[] = {"loss mse", "loss mae", "loss huber huber-delta 0.2", "loss quantile",
                                     "loss quantile quantiles 0.3,0.95"};
enum { LOSSES = sizeof losses / sizeof *losses };

/* The point forecast comes near the sine, whose standard deviation is 0.7, whatever is made small. */
START_TEST(learns_with_each)
{
    static run r;
    rnn_series *series = sine(200);
    rnn_backend *backend = open_fast("learns_with_each", RNN_FLOAT);
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    set_all(&settings, losses[_i]);
    settings.hidden = 32;
    go(&settings, series, backend, &r);
    expect_trained(&r);
    ck_assert_msg(r.epochs[24].loss < 0.2 * r.epochs[0].loss, "%s: loss %g after %g", losses[_i], r.epochs[24].loss,
                  r.epochs[0].loss);
    ck_assert_msg(r.epochs[24].val_rmse < 0.07, "%s: %g", losses[_i], r.epochs[24].val_rmse);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* By the definitions, of an error in scaled units. */
static double term(const rnn_settings *s, size_t q, double e)
{
    const double level = s->quantiles.values[q], delta = s->huber_delta;
    switch (s->loss) {
    case RNN_MSE:
        return e * e / 2;
    case RNN_MAE:
        return fabs(e);
    case RNN_HUBER:
        return fabs(e) <= delta ? e * e / 2 : delta * (fabs(e) - delta / 2);
    case RNN_QUANTILE:
        break;
    }
    return fmax(-level * e, (1 - level) * e);
}

/* Which output is the point forecast, as the public header says it. */
static size_t point_of(const rnn_settings *s)
{
    return s->loss != RNN_QUANTILE || s->quantiles.count == 2 ? 0 : 1;
}

/* Loss and RMSE of the last epoch's validation, worked out again from the model's predictions, target by target. */
START_TEST(history_and_predictions_agree)
{
    static run r;
    rnn_series *series = waves(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    rnn_settings s = small();
    rnn_predictions *p;
    rnn_split split;
    rnn_metrics val;
    double sum = 0;
    set_all(&s, losses[_i]);
    s.precision = RNN_DOUBLE;
    go(&s, series, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_split_windows(&s, series->N, &split), RNN_OK);
    ck_assert_int_eq(rnn_predict(r.model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    const size_t Q = s.loss == RNN_QUANTILE ? s.quantiles.count : 1;
    ck_assert_uint_eq(p->targets, 2);
    ck_assert_uint_eq(p->Q, s.loss == RNN_QUANTILE ? Q : 0);
    ck_assert((p->quantiles != NULL) == (p->Q > 0));
    ck_assert_uint_eq(rnn_model_targets(r.model), 2);
    ck_assert_uint_eq(r.model->network.tensor[RNN_V].rows, 2 * Q);
    for (size_t i = split.train; i < split.total; i++)
        for (size_t o = 0; o < 2; o++)
            for (size_t q = 0; q < Q; q++) {
                const double *outputs = p->quantiles ? p->quantiles + (i * 2 + o) * Q : p->predicted + i * 2 + o;
                sum += term(&s, q, (outputs[q] - p->actual[i * 2 + o]) / r.model->scaler.factor[o]);
                ck_assert(q != point_of(&s) || outputs[q] == p->predicted[i * 2 + o]);
            }
    rnn_measure(p, split.train, split.val, &val);
    const rnn_epoch *last = &r.epochs[r.count - 1];
    ck_assert_msg(fabs(val.rmse / last->val_rmse - 1) <= 1e-10, "%s: RMSE %g, history %g", losses[_i], val.rmse,
                  last->val_rmse);
    sum /= (double)(split.val * 2 * Q);
    ck_assert_msg(fabs(sum / last->val_loss - 1) <= 1e-10, "%s: loss %g, history %g", losses[_i], sum, last->val_loss);
    rnn_predictions_free(p);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Nothing foretells noise that is uniform on [0, 1): its quantiles are their own levels, and the share of values below a forecast
 * is its level. */
START_TEST(quantiles_of_noise)
{
    static run r;
    static const double levels[] = {0.1, 0.5, 0.9};
    double noise[600];
    rnn_backend *backend = open_fast("quantiles_of_noise", RNN_FLOAT);
    rnn_settings s = small();
    rnn_series *series;
    rnn_predictions *p;
    for (size_t i = 0; i < 600; i++)
        noise[i] = rnn_random_uniform(7, RNN_RANDOM_NOISE, i);
    ck_assert_int_eq(rnn_series_copy(noise, 600, 1, 1, NULL, &series), RNN_OK);
    set_all(&s, "loss quantile quantiles 0.1,0.5,0.9 hidden 4 seq-len 3 epochs 40 batch 20 learning-rate 0.02");
    go(&s, series, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_predict(r.model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    for (size_t q = 0; q < 3; q++) {
        size_t below = 0, count = p->count - 1;
        double mean = 0;
        for (size_t i = 0; i < count; i++) {
            below += p->actual[i] < p->quantiles[i * 3 + q];
            mean += p->quantiles[i * 3 + q] / (double)count;
        }
        ck_assert_msg(fabs((double)below / (double)count - levels[q]) <= 0.08,
                      "%g of the noise is below its quantile %g", (double)below / (double)count, levels[q]);
        ck_assert_msg(fabs(mean - levels[q]) <= 0.1, "quantile %g is %g", levels[q], mean);
    }
    rnn_predictions_free(p);
    done(&r);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* ---- Missing targets ----------------------------------------------------------------------------------------------- */

static void look(rnn_workspace *w, size_t windows, rnn_sums *sums)
{
    rnn_windows first = {.count = 0};
    ck_assert_int_eq(rnn_windows_add(&first, 0, windows), RNN_OK);
    const rnn_span span = rnn_span_of(&first, 0);
    ck_assert_int_eq(rnn_sums_new(&w->plan->network, sums), RNN_OK);
    ck_assert_int_eq(rnn_workspace_look(w, &span, sums), RNN_OK);
    rnn_windows_free(&first);
}

/* The last two rows are no window's input here, and asked for by the last two windows. What is missing there: an output's sums are
 * those of the windows whose value is there, and are divided by their number. */
static void check_missing(rnn_backend *backend, const rnn_settings *settings)
{
    enum { N = 80, HORIZON = 5, WINDOWS = N - 12 - HORIZON + 1 };
    rnn_settings s = *settings;
    rnn_series *series = sine(N);
    rnn_sums fewer[3], left; /* of all windows, without the last, without the last two */
    rnn_model *model;
    rnn_workspace w;
    s.horizon = HORIZON;
    s.reduction_blocks = 1; /* of a sum over fewer records the blocks would be others */
    ck_assert_int_eq(rnn_model_new(&s, 1, 1, (const char *const *)series->names, "", N, &model), RNN_OK);
    ck_assert_int_eq(rnn_scaler_init(&model->scaler, RNN_SCALE_NONE, 1), RNN_OK);
    ck_assert_int_eq(rnn_model_draw(model), RNN_OK);
    ck_assert_int_eq(rnn_workspace_open(&w, backend, &model->network, &model->scaler, series, WINDOWS, &s), RNN_OK);
    ck_assert_int_eq(rnn_workspace_set(&w, model->parameters), RNN_OK);
    ck_assert_ptr_nonnull(w.tally);
    for (size_t k = 0; k < 3; k++)
        look(&w, WINDOWS - k, &fewer[k]);
    const double missing[2] = {NAN, NAN};
    ck_assert_int_eq(w.ops->write(backend, w.series, (N - 2) * sizeof(double), sizeof missing, missing), RNN_OK);
    look(&w, WINDOWS, &left);
    for (size_t o = 0; o < left.O; o++) {
        const size_t step = o / model->network.loss.Q, gone = step + 3 > HORIZON ? step + 3 - HORIZON : 0;
        ck_assert(left.counts[o] == (double)(WINDOWS - gone) && fewer[gone].counts[o] == left.counts[o]);
        ck_assert(fabs(left.terms[o] / fewer[gone].terms[o] - 1) <= 1e-14);
        ck_assert(fabs(left.squares[o] / fewer[gone].squares[o] - 1) <= 1e-14);
        ck_assert(gone == 0 || fabs(left.terms[o] / fewer[0].terms[o] - 1) > 1e-6);
        fewer[0].terms[o] = fewer[gone].terms[o];
        fewer[0].squares[o] = fewer[gone].squares[o];
        fewer[0].counts[o] = fewer[gone].counts[o];
    }
    ck_assert(fabs(rnn_mean_loss(&model->network, &left) / rnn_mean_loss(&model->network, &fewer[0]) - 1) <= 1e-14);
    ck_assert(fabs(rnn_original_rmse(model, &left) / rnn_original_rmse(model, &fewer[0]) - 1) <= 1e-14);
    rnn_sums_free(&left);
    for (size_t k = 0; k < 3; k++)
        rnn_sums_free(&fewer[k]);
    rnn_workspace_close(&w);
    rnn_model_free(model);
    rnn_series_free(series);
}

START_TEST(missing_targets_do_not_count)
{
    rnn_backend *const backends[] = {open_reference(RNN_DOUBLE), open_opencl("missing_targets", RNN_DOUBLE)};
    rnn_settings s = small();
    set_all(&s, losses[_i]);
    s.precision = RNN_DOUBLE;
    for (size_t i = 0; i < 2; i++) {
        if (backends[i])
            check_missing(backends[i], &s);
        rnn_backend_close(backends[i]);
    }
}
END_TEST

TCase *train_losses_case(void)
{
    TCase *tests = tcase_create("losses");
    tcase_add_loop_test(tests, learns_with_each, 0, LOSSES);
    tcase_add_loop_test(tests, history_and_predictions_agree, 0, LOSSES);
    tcase_add_test(tests, quantiles_of_noise);
    tcase_add_loop_test(tests, missing_targets_do_not_count, 1,
                        LOSSES); /* mse has a tally where its caller wants one */
    return tests;
}
