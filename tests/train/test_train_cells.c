/* SPDX-License-Identifier: MIT
 * test_train_cells.c - part of the suite `train`: gated cells, stacks and dropout, from settings to a model that predicts
 */
#include "runs.h"

#include "base/random.h"

static const char *const kinds[] = {
    "cell gru",
    "cell lstm",
    "layers 2 dropout 0.2",
    "cell gru layers 2 dropout 0.3 batch 7",
    "cell lstm layers 3 train-h0 yes bptt-truncate 12",
    "loss-at every batch 7",
    "stateful yes shuffle no loss-at every seq-len 4 batch 5",
    "stateful yes shuffle no cell lstm layers 2 seq-len 3 batch 4",
    "loss-at every cell gru layers 2 dropout 0.2 bptt-truncate 4 loss quantile",
};

START_TEST(device_trains_what_the_reference_does)
{
    static run a, b;
    rnn_backend *reference = open_reference(RNN_FLOAT);
    rnn_backend *device = open_opencl("device_trains_what_the_reference_does", RNN_FLOAT);
    rnn_series *series = waves(80);
    rnn_settings settings = small();
    set_all(&settings, kinds[_i]);
    if (device) {
        go(&settings, series, reference, &a);
        expect_trained(&a);
        go(&settings, series, device, &b);
        expect_trained(&b);
        ck_assert_msg(strcmp(a.sha256, b.sha256) == 0, "%s: weights %s, the reference's %s", kinds[_i], b.sha256,
                      a.sha256);
        ck_assert_uint_eq(a.count, b.count);
        for (size_t e = 0; e < a.count; e++)
            ck_assert(a.epochs[e].loss == b.epochs[e].loss && a.epochs[e].val_loss == b.epochs[e].val_loss);
        done(&b);
        done(&a);
    }
    rnn_series_free(series);
    rnn_backend_close(device);
    rnn_backend_close(reference);
}
END_TEST

/* The default recipe's promise, kept by each cell: 0.003 on the sine wave. */
START_TEST(gated_cells_learn)
{
    static run r;
    rnn_backend *backend = open_fast("gated_cells_learn", RNN_FLOAT);
    rnn_series *series = sine(200);
    for (int cell = RNN_GRU; cell <= RNN_LSTM && !harness_is_tiny(); cell++)
        for (uint64_t seed = 1; seed <= (harness_is_full() ? 20 : 2); seed++) {
            rnn_settings settings;
            rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
            settings.cell = (rnn_cell)cell;
            settings.seed = seed;
            go(&settings, series, backend, &r);
            expect_trained(&r);
            ck_assert_msg(r.model->val_rmse <= 0.003, "cell %d, seed %d: RMSE %g", cell, (int)seed, r.model->val_rmse);
            done(&r);
        }
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* No unit is left out where nothing is trained: the error that an epoch ends with is that of the predictions. */
START_TEST(who_predicts_sees_all_units)
{
    static run r;
    rnn_backend *backend = open_fast("who_predicts_sees_all_units", RNN_FLOAT);
    rnn_series *series = sine(80);
    rnn_settings settings = small();
    rnn_predictions *predictions;
    rnn_metrics metrics;
    set_all(&settings, "layers 2 dropout 0.5");
    go(&settings, series, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_predict(r.model, series, RNN_MODE_STEP, backend, &predictions), RNN_OK);
    rnn_measure(predictions, 45, 23, &metrics);
    ck_assert_uint_eq(metrics.count, 23);
    ck_assert_double_eq_tol(metrics.rmse, r.epochs[r.count - 1].val_rmse, 1e-5 * metrics.rmse);
    rnn_predictions_free(predictions);
    done(&r);
    rnn_series_free(series);
    rnn_backend_close(backend);
}
END_TEST

/* A mask is another for every update and seed, keeps the mean, and leaves out the share that it is asked for: of n units with variance
 * F (1 - F) n, within five standard deviations. */
START_TEST(masks)
{
    enum { UNITS = 40000 };
    rnn_settings settings = small();
    set_all(&settings, "layers 2 dropout 0.3");
    const rnn_workspace none = {.seed = NULL};
    const rnn_mask mask = rnn_workspace_mask(&none, &settings, 1), later = rnn_workspace_mask(&none, &settings, 2);
    const uint64_t first = rnn_mask_key(&mask, settings.seed), next = rnn_mask_key(&later, settings.seed);
    size_t dropped = 0, alike = 0;
    ck_assert(first != next && first != rnn_mask_key(&mask, settings.seed + 1));
    ck_assert_double_eq_tol(mask.scale * 0.7, 1, 1e-15);
    for (uint32_t k = 0; k < UNITS; k++) {
        const uint32_t counter[4] = {k / 4, 1, 0, 0};
        uint32_t words[4], others[4];
        rnn_random_words(first, counter, words);
        rnn_random_words(next, counter, others);
        dropped += words[k % 4] < mask.threshold;
        alike += (words[k % 4] < mask.threshold) == (others[k % 4] < later.threshold);
    }
    ck_assert_double_le(fabs((double)dropped - 0.3 * UNITS), 5 * sqrt(0.3 * 0.7 * UNITS));
    ck_assert_double_le(fabs((double)alike - 0.58 * UNITS), 5 * sqrt(0.58 * 0.42 * UNITS)); /* 0.3^2 + 0.7^2 */
    settings.dropout = 0;
    ck_assert(rnn_workspace_mask(&none, &settings, 1).scale == 0);
}
END_TEST

TCase *train_cells_case(void)
{
    TCase *tests = tcase_create("cells");
    tcase_add_loop_test(tests, device_trains_what_the_reference_does, 0, (int)(sizeof kinds / sizeof *kinds));
    tcase_add_test(tests, gated_cells_learn);
    tcase_add_test(tests, who_predicts_sees_all_units);
    tcase_add_test(tests, masks);
    return tests;
}
