/* SPDX-License-Identifier: MIT
 * test_train_learning.c - training learns: the built-in sine, and tables people know
 */
#include "runs.h"

START_TEST(default_recipe_learns_the_sine)
{
    static run r;
    rnn_series *series = sine(200);
    rnn_backend *backend = open_fast("default_recipe_learns_the_sine", RNN_FLOAT);
    const uint64_t seeds = harness_is_full() ? 20 : 3;
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.seed = seed;
        go(&settings, series, backend, &r);
        expect_trained(&r);
        ck_assert_uint_eq(r.count, 25);
        ck_assert_msg(r.epochs[24].val_rmse <= 0.003, "seed %d: %g", (int)seed, r.epochs[24].val_rmse);
        done(&r);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Figures of an epoch hang together with each other and with what rnn_predict and rnn_measure say of the same weights. */
static void expect_consistent(const run *r, const rnn_series *series, rnn_backend *backend)
{
    const rnn_model *model = r->model;
    const rnn_epoch *last = &r->epochs[r->count - 1];
    rnn_predictions *p;
    rnn_metrics val;
    rnn_split split;
    double scaled = 0;
    size_t targets;
    ck_assert_int_eq(rnn_split_windows(&model->settings, series->N, &split), RNN_OK);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    targets = p->targets;
    rnn_measure(p, split.train, split.val, &val);
    ck_assert_uint_eq(val.count, split.val);
    ck_assert_double_le(fabs(val.rmse / last->val_rmse - 1), 1e-4);
    ck_assert(model->val_rmse == last->val_rmse);
    for (size_t i = split.train; i < split.total; i++)
        for (size_t o = 0; o < targets; o++) {
            const double error = (p->predicted[i * targets + o] - p->actual[i * targets + o]) / model->scaler.factor[o];
            scaled += error * error;
        }
    ck_assert_double_le(fabs(scaled / (2 * (double)(split.val * targets)) / last->val_loss - 1), 1e-4);
    ck_assert_str_eq(last->weights_sha256, r->sha256);
    for (size_t i = 0; i < r->count; i++) {
        ck_assert_uint_eq(r->epochs[i].epoch, i + 1);
        ck_assert_uint_eq(r->epochs[i].epochs, model->settings.epochs);
        ck_assert_double_gt(r->epochs[i].learning_rate, 0);
        ck_assert_double_gt(r->epochs[i].records_per_second, 0);
        ck_assert_double_ge(r->epochs[i].seconds, i ? r->epochs[i - 1].seconds : 0);
    }
    rnn_predictions_free(p);
}

static double persistence(const rnn_model *model, const rnn_series *series, rnn_backend *backend)
{
    rnn_predictions *p;
    rnn_metrics val;
    rnn_split split;
    ck_assert_int_eq(rnn_split_windows(&model->settings, series->N, &split), RNN_OK);
    ck_assert_int_eq(rnn_predict(model, series, RNN_MODE_STEP, backend, &p), RNN_OK);
    rnn_measure(p, split.train, split.val, &val);
    rnn_predictions_free(p);
    return val.persistence_rmse;
}

/* The first update of Adam, from zero moments, moves every weight by the learning rate, whatever its gradient: bias
 * correction, the cleared moments and the schedule's first rate all have a part in that. */
START_TEST(first_update_of_adam)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_DOUBLE);
    set_all(&settings, "epochs 1 batch 1000 clip-norm 0 epsilon 1e-30 learning-rate 0.001 schedule constant "
                       "precision double");
    go(&settings, series, backend, &r);
    expect_trained(&r);
    const size_t n = r.model->network.parameters;
    const double *after = r.model->parameters;
    double *before = malloc(n * sizeof *before);
    ck_assert_ptr_nonnull(before);
    ck_assert_int_eq(rnn_network_draw(&r.model->network, settings.init, settings.seed, settings.forget_bias, before),
                     RNN_OK);
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(fabs(fabs(after[i] - before[i]) - 0.001) < 1e-9, "parameter %zu moved by %g", i,
                      after[i] - before[i]);
    free(before);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Whatever stands behind the last row that a training window touches, scaling and weights are the same; the row itself
 * counts. */
START_TEST(validation_does_not_leak)
{
    static run whole, other;
    const rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    rnn_split split;
    double sum = 0;
    ck_assert_int_eq(rnn_split_windows(&settings, 80, &split), RNN_OK);
    ck_assert_uint_eq(split.train_rows, 45 + 12);
    go(&settings, series, backend, &whole);
    expect_trained(&whole);
    for (size_t i = 0; i < split.train_rows; i++)
        sum += series->values[i];
    ck_assert_double_le(fabs(whole.model->scaler.shift[0] - sum / (double)split.train_rows), 1e-15);
    for (size_t i = split.train_rows; i < 80; i++)
        series->values[i] = 1000 + (double)i;
    go(&settings, series, backend, &other);
    expect_trained(&other);
    ck_assert_str_eq(whole.sha256, other.sha256);
    ck_assert(whole.epochs[2].loss == other.epochs[2].loss);
    ck_assert(whole.epochs[2].val_loss != other.epochs[2].val_loss);
    done(&other);
    series->values[split.train_rows - 1] += 0.5;
    go(&settings, series, backend, &other);
    expect_trained(&other);
    ck_assert_str_ne(whole.sha256, other.sha256);
    done(&other);
    done(&whole);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* 309 yearly sunspot numbers. */
START_TEST(sunspots)
{
    static run r;
    rnn_series *series = read_table("sunspots.csv", (const char *const[]){"SUNACTIVITY", NULL}, NULL);
    rnn_backend *backend = open_fast("sunspots", RNN_FLOAT);
    for (uint64_t seed = 1; seed <= 3; seed++) {
        rnn_settings settings;
        rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
        settings.seq_len = 24;
        settings.hidden = 32;
        settings.seed = seed;
        go(&settings, series, backend, &r);
        expect_trained(&r);
        expect_consistent(&r, series, backend);
        const double naive = persistence(r.model, series, backend);
        ck_assert_msg(r.model->val_rmse <= 0.65 * naive, "seed %d: %g, repeating the last value %g", (int)seed,
                      r.model->val_rmse, naive);
        done(&r);
    }
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

/* Sea surface temperatures, a column a month: two months predicted from all twelve and the year. */
START_TEST(elnino)
{
    static run r;
    rnn_series *series =
        read_table("elnino.csv", (const char *const[]){"JAN", "JUL", NULL}, (const char *const[]){"all", NULL});
    rnn_backend *backend = open_fast("elnino", RNN_FLOAT);
    rnn_settings settings = small();
    settings.seq_len = 6;
    settings.epochs = 20;
    go(&settings, series, backend, &r);
    expect_trained(&r);
    ck_assert_uint_eq(rnn_model_inputs(r.model), 13);
    ck_assert_uint_eq(rnn_model_targets(r.model), 2);
    ck_assert_str_eq(rnn_model_column(r.model, 0), "JAN");
    ck_assert_str_eq(rnn_model_column(r.model, 1), "JUL");
    ck_assert_str_eq(rnn_model_column(r.model, 2), "YEAR");
    ck_assert_double_lt(r.epochs[19].loss, 0.5 * r.epochs[0].loss);
    ck_assert_double_lt(r.model->val_rmse, persistence(r.model, series, backend));
    expect_consistent(&r, series, backend);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

START_TEST(no_validation_part)
{
    static run r;
    rnn_settings settings = small();
    rnn_series *series = sine(80);
    rnn_backend *backend = open_reference(RNN_FLOAT);
    settings.val_fraction = 0;
    go(&settings, series, backend, &r);
    expect_trained(&r);
    for (size_t i = 0; i < r.count; i++) {
        ck_assert(isfinite(r.epochs[i].loss));
        ck_assert(isnan(r.epochs[i].val_loss));
        ck_assert(isnan(r.epochs[i].val_rmse));
    }
    ck_assert(isnan(r.model->val_rmse));
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(series);
}
END_TEST

TCase *train_learning_case(void)
{
    TCase *tests = tcase_create("learning");
    tcase_add_test(tests, default_recipe_learns_the_sine);
    tcase_add_test(tests, first_update_of_adam);
    tcase_add_test(tests, validation_does_not_leak);
    tcase_add_test(tests, sunspots);
    tcase_add_test(tests, elnino);
    tcase_add_test(tests, no_validation_part);
    return tests;
}
