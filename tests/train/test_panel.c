/* SPDX-License-Identifier: MIT
 * test_panel.c - training on several series, with columns known ahead, the calendar and gaps: from windows to predictions
 */
#include "cities.h"

#include "train/predict.h"

#include <unistd.h>

/* ---- Windows ------------------------------------------------------------------------------------------------------- */

START_TEST(no_window_crosses_series)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings("test-fraction 0.1");
    rnn_partition parts;
    rnn_split alone, whole = {0, 0, 0, 0, 0};
    ck_assert_msg(rnn_partition_make(&settings, s, &parts) == RNN_OK, "%s", rnn_error_message());
    const rnn_windows *const sets[] = {&parts.train, &parts.val, &parts.test};
    for (size_t p = 0; p < s->parts; p++) {
        ck_assert_int_eq(rnn_split_windows(&settings, s->starts[p + 1] - s->starts[p], &alone), RNN_OK);
        whole.train += alone.train;
        whole.val += alone.val;
        whole.test += alone.test;
        ck_assert_uint_eq(parts.fit_ends[p], s->starts[p] + alone.train_rows);
    }
    ck_assert_uint_eq(parts.train.count, whole.train);
    ck_assert_uint_eq(parts.val.count, whole.val);
    ck_assert_uint_eq(parts.test.count, whole.test);
    for (size_t set = 0; set < 3; set++)
        for (size_t i = 0; i < sets[set]->count; i++) {
            const size_t row = rnn_windows_row(sets[set], i), part = rnn_series_part(s, row);
            ck_assert_uint_le(row + 12 + 3, s->starts[part + 1]);
            ck_assert(set > 0 ? row + 12 >= parts.fit_ends[part] : row + 12 + 3 <= parts.fit_ends[part]);
        }
    rnn_partition_free(&parts);
    rnn_series_free(s);
}
END_TEST

/* Against every window looked at by itself. */
START_TEST(windows_with_gaps_are_left_out)
{
    enum { N = 60, T = 5, K = 2 };
    static const char *const transforms[] = {"transform none", "transform diff", "transform season-diff season 4"};
    static const size_t lags[] = {0, 1, 4};
    const size_t lag = lags[_i];
    rnn_settings settings = panel_settings("seq-len 5 horizon 2 missing drop");
    set_all(&settings, transforms[_i]);
    char text[1024] = "v,w\n";
    for (size_t i = 0; i < N; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 i == 13 || i == 14 || i == 50 ? ",1\n"
                 : i == 33                     ? "1,\n"
                                               : "%zu,2\n",
                 i);
    static const char *const targets[] = {"v", NULL}, *const features[] = {"w", NULL};
    rnn_series *s = parse(text, &(rnn_read_options){.columns = {targets, features}, .missing = RNN_MISSING_DROP});
    rnn_partition parts;
    rnn_split split;
    ck_assert_msg(rnn_partition_make(&settings, s, &parts) == RNN_OK, "%s", rnn_error_message());
    ck_assert_int_eq(rnn_split_windows(&settings, N - lag, &split), RNN_OK);
    size_t train = 0, val = 0;
    for (size_t row = lag; row + T + K <= N; row++) {
        bool whole = true;
        for (size_t i = row; i < row + T + K; i++)
            whole &= !isnan(s->values[2 * i]) && !isnan(s->values[2 * (i - lag)]) && !isnan(s->values[2 * i + 1]);
        if (whole && row - lag < split.train)
            ck_assert_uint_eq(rnn_windows_row(&parts.train, train++), row);
        if (whole && row - lag >= N - lag - T - K + 1 - split.val)
            ck_assert_uint_eq(rnn_windows_row(&parts.val, val++), row);
    }
    ck_assert_uint_eq(parts.train.count, train);
    ck_assert_uint_eq(parts.val.count, val);
    ck_assert_uint_gt(split.train, train);
    rnn_partition_free(&parts);
    rnn_series_free(s);
}
END_TEST

/* What is known ahead of a window is part of it: of every window by itself, in the past and at the end, where rows of the future are. */
START_TEST(gaps_in_what_is_known_ahead)
{
    enum { N = 40, FUTURE = 6, T = 5, K = 3 };
    static const char *const targets[] = {"v", NULL}, *const known[] = {"w", NULL};
    const rnn_settings settings = panel_settings("seq-len 5 horizon 3 missing drop");
    char text[1024] = "v,w\n";
    for (size_t i = 0; i < N + FUTURE; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s,%s\n", i < N && i != 20 ? "1" : "",
                 i == 12 || i == N + FUTURE - 1 ? "" : "2");
    rnn_series *s =
        parse(text, &(rnn_read_options){.columns = {targets, NULL}, .known = known, .missing = RNN_MISSING_DROP});
    rnn_windows all = {0};
    ck_assert_uint_eq(s->ends[0], N);
    ck_assert_msg(rnn_windows_of(&settings, s, &all) == RNN_OK, "%s", rnn_error_message());
    size_t found = 0;
    for (size_t row = 0; row + T <= N; row++) {
        bool whole = true;
        for (size_t i = row; i < row + T + K; i++)
            whole &= !isnan(s->values[2 * i + 1]) && (i >= row + T || !isnan(s->values[2 * i]));
        if (whole)
            ck_assert_uint_eq(rnn_windows_row(&all, found++), row);
    }
    ck_assert_uint_eq(all.count, found);
    ck_assert_uint_eq(rnn_windows_row(&all, found - 1), N - T); /* nothing is missing in the three rows behind it */
    rnn_windows_free(&all);
    rnn_series_free(s);
}
END_TEST

static const struct {
    const char *settings, *message;
} short_series[] = {
    {"seq-len 60",
     "t.csv: series \"a \"quoted\", one\" has 60 rows, which is too few; --short-ids drop leaves such series out: "
     "--seq-len "
     "60, --horizon 3 and --val-fraction 0.333333 need at least 63 rows, there are 60; try --seq-len 57 or less"},
    {"seq-len 79 short-ids drop",
     "t.csv: each of the 3 series is too short for --seq-len 79 and --horizon 3; try smaller ones"},
};

START_TEST(short_series_are_named)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings(short_series[_i].settings);
    rnn_partition parts;
    const rnn_status status = rnn_partition_make(&settings, s, &parts);
    ck_assert_int_eq(status, RNN_CONFIG);
    ck_assert_str_eq(rnn_error_message(), short_series[_i].message);
    ck_assert_ptr_null(parts.fit_ends);
    rnn_series_free(s);
}
END_TEST

START_TEST(short_series_are_left_out)
{
    rnn_series *s = panel(false);
    rnn_settings settings = panel_settings("seq-len 58 short-ids drop");
    rnn_backend *reference = open_reference(RNN_FLOAT);
    static run r;
    rnn_predictions *p;
    rnn_split shown;
    go(&settings, s, reference, &r);
    expect_trained(&r);
    ck_assert_uint_eq(r.model->scaler.parts, 2);
    ck_assert_str_eq(r.model->ids[1], "oslo");
    ck_assert_int_eq(rnn_predict_some(r.model, s, RNN_MODE_STEP, 0, reference, &shown, &p), RNN_OK);
    for (size_t i = 0; i < p->count; i++)
        ck_assert_uint_lt(p->parts[i], 2);
    rnn_predictions_free(p);
    done(&r);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* ---- What the network sees ----------------------------------------------------------------------------------------- */

/* backend.h's formula, on both backends, with a gap among the rows. */
static void expect_gathered(rnn_backend *backend, const rnn_series *s, const rnn_network *net)
{
    enum { B = 4 };
    static const uint64_t rows[B] = {7, 0, 31, 3};
    rnn_scaler as_is = {0};
    rnn_settings settings = panel_settings("batch 4");
    rnn_workspace w;
    const size_t T = net->T, D = net->D;
    float *x = malloc(T * B * D * sizeof *x), *y = malloc(B * net->O * sizeof *y);
    ck_assert_int_eq(rnn_scaler_init(&as_is, RNN_SCALE_NONE, s->columns), RNN_OK);
    ck_assert_int_eq(rnn_workspace_open(&w, backend, net, &as_is, s, B, &settings), RNN_OK);
    ck_assert_int_eq(rnn_workspace_send(&w, rows, B), RNN_OK);
    ck_assert_int_eq(w.ops->gather(w.plan, w.series, w.list, 0, B, w.x, w.y), RNN_OK);
    ck_assert_int_eq(w.ops->read(backend, w.x, 0, T * B * D * sizeof *x, x), RNN_OK);
    ck_assert_int_eq(w.ops->read(backend, w.y, 0, B * net->O * sizeof *y, y), RNN_OK);
    size_t gaps = 0;
    for (size_t t = 0; t < T; t++)
        for (size_t b = 0; b < B; b++)
            for (size_t i = 0; i < D; i++) {
                const size_t row = rows[b] + t + (i < s->columns ? 0 : net->horizon);
                const size_t column = i < s->columns ? i : i - s->known;
                const float value = (float)s->values[row * s->columns + column];
                gaps += isnan(value) != 0;
                ck_assert(x[(t * B + b) * D + i] == (isnan(value) ? 0 : value));
            }
    ck_assert_uint_gt(gaps, 0);
    for (size_t b = 0; b < B; b++)
        for (size_t o = 0; o < net->O; o++) {
            const float value = (float)s->values[(rows[b] + T + o) * s->columns];
            ck_assert(y[b * net->O + o] == value || (isnan(y[b * net->O + o]) && isnan(value)));
        }
    rnn_workspace_close(&w);
    rnn_scaler_free(&as_is);
    free(y);
    free(x);
}

START_TEST(known_columns_are_seen_ahead)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings("");
    rnn_backend *reference = open_reference(RNN_FLOAT),
                *opencl = open_opencl("known_columns_are_seen_ahead", RNN_FLOAT);
    rnn_network net;
    ck_assert_int_eq(rnn_network_init_known(&settings, s->columns, s->targets, s->known, &net), RNN_OK);
    ck_assert_uint_eq(s->columns, 4);
    ck_assert_uint_eq(net.D, 7);
    s->values[10 * s->columns] = (double)NAN;
    s->values[16 * s->columns + 1] = (double)NAN;
    expect_gathered(reference, s, &net);
    if (opencl)
        expect_gathered(opencl, s, &net);
    rnn_backend_close(opencl);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* Its own mean and deviation, of the rows that its training windows touch; what is 0 or 1 is as it is. */
START_TEST(each_series_has_its_scale)
{
    rnn_series *s = panel(false);
    const rnn_settings settings = panel_settings("");
    rnn_backend *reference = open_reference(RNN_FLOAT);
    static run r;
    rnn_partition parts;
    go(&settings, s, reference, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_partition_make(&settings, s, &parts), RNN_OK);
    ck_assert_uint_eq(r.model->scaler.parts, 3);
    for (size_t p = 0; p < 3; p++) {
        double sum = 0, squares = 0;
        const double rows = (double)(parts.fit_ends[p] - s->starts[p]);
        for (size_t i = s->starts[p]; i < parts.fit_ends[p]; i++)
            sum += s->values[i * s->columns];
        for (size_t i = s->starts[p]; i < parts.fit_ends[p]; i++)
            squares += (s->values[i * s->columns] - sum / rows) * (s->values[i * s->columns] - sum / rows);
        ck_assert(r.model->scaler.shift[p * 4] == sum / rows);
        ck_assert(r.model->scaler.factor[p * 4] == sqrt(squares / rows));
        ck_assert(r.model->scaler.shift[p * 4 + 2] == 0 && r.model->scaler.factor[p * 4 + 3] == 1);
    }
    rnn_partition_free(&parts);
    done(&r);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* A feature that never changes inside a series tells them apart: it has one scale for all. A target may not be constant. */
START_TEST(constant_columns)
{
    static const char *const targets[] = {"v", NULL}, *const features[] = {"w", NULL};
    char text[4096] = "id,v,w\n";
    for (int i = 0; i < 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "a,%d,3\nb,%d,5\n", i % 7, i % 5);
    const rnn_read_options options = {.columns = {targets, features}, .id = "id"};
    rnn_series *s = parse(text, &options);
    rnn_settings settings = panel_settings("");
    rnn_scaler scaler;
    ck_assert_msg(rnn_scaler_fit_parts(&scaler, &settings, s, s->ends) == RNN_OK, "%s", rnn_error_message());
    ck_assert(scaler.shift[1] == 4 && scaler.shift[3] == 4 && scaler.factor[1] == 1 && scaler.factor[3] == 1);
    rnn_scaler_free(&scaler);
    for (size_t i = s->starts[1]; i < s->starts[2]; i++)
        s->values[2 * i] = 6;
    ck_assert_int_eq(rnn_scaler_fit_parts(&scaler, &settings, s, s->ends), RNN_BAD_DATA);
    ck_assert_str_eq(rnn_error_message(),
                     "t.csv: column \"v\" is 6 in each of the first 40 rows of series \"b\", those for training, "
                     "and a constant cannot be scaled (choose another --target, use --scale-by all, or use "
                     "--scale none)");
    settings.scale_by = RNN_SCALE_BY_ALL;
    ck_assert_int_eq(rnn_scaler_fit_parts(&scaler, &settings, s, s->ends), RNN_OK);
    ck_assert_uint_eq(scaler.parts, 1);
    rnn_scaler_free(&scaler);
    rnn_series_free(s);
}
END_TEST

/* ---- Whole runs ---------------------------------------------------------------------------------------------------- */

/* Masks: missing inputs are 0 beside a 1 that says so, missing targets are no terms. */
static rnn_series *masked(void)
{
    static const char *const targets[] = {"v", NULL}, *const features[] = {"w", NULL};
    char text[4096] = "v,w\n";
    for (int i = 0; i < 80; i++)
        if (i % 9 == 4 || (i > 30 && i < 36))
            snprintf(text + strlen(text), sizeof text - strlen(text), ",%.4f\n", cos(i * 0.7));
        else
            snprintf(text + strlen(text), sizeof text - strlen(text), "%.4f,%.4f\n", 5 + sin(i * 0.7), cos(i * 0.7));
    return parse(text, &(rnn_read_options){.columns = {targets, features}, .missing = RNN_MISSING_MASK});
}

static const char *const masked_runs[] = {"missing mask horizon 2",
                                          "missing mask loss huber",
                                          "missing mask transform diff",
                                          "missing mask loss quantile quantiles 0.1,0.5,0.9",
                                          "missing mask batch 7 shuffle no",
                                          "missing mask cell gru layers 2",
                                          "missing mask transform season-diff season 9"};

START_TEST(missing_targets_leave_the_loss)
{
    static run a, b;
    rnn_series *s = masked();
    rnn_backend *reference = open_reference(RNN_FLOAT),
                *opencl = open_opencl("missing_targets_leave_the_loss", RNN_FLOAT);
    const rnn_settings settings = panel_settings(masked_runs[_i]);
    rnn_partition parts;
    rnn_predictions *p;
    rnn_metrics metrics;
    rnn_split shown;
    ck_assert_uint_eq(s->columns, 3);
    ck_assert_str_eq(s->names[2], "v missing");
    ck_assert_int_eq(rnn_partition_make(&settings, s, &parts), RNN_OK);
    for (size_t i = 0; i < parts.train.count; i++) {
        bool any = false;
        for (size_t step = 0; step < settings.horizon; step++)
            any |= !isnan(s->values[(rnn_windows_row(&parts.train, i) + 12 + step) * 3]);
        ck_assert(any);
    }
    go(&settings, s, reference, &a);
    expect_trained(&a);
    ck_assert(a.model->scaler.shift[2] == 0 && a.model->scaler.factor[2] == 1);
    ck_assert_int_eq(rnn_predict_some(a.model, s, RNN_MODE_STEP, 0, reference, &shown, &p), RNN_OK);
    rnn_measure(p, shown.train, shown.val, &metrics);
    ck_assert_double_le(fabs(a.epochs[1].val_rmse - metrics.rmse), 1e-6 * metrics.rmse);
    if (opencl) {
        go(&settings, s, opencl, &b);
        expect_trained(&b);
        ck_assert_str_eq(a.sha256, b.sha256);
        ck_assert(a.epochs[1].val_loss == b.epochs[1].val_loss);
        done(&b);
    }
    rnn_predictions_free(p);
    rnn_partition_free(&parts);
    done(&a);
    rnn_backend_close(opencl);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

static const char *const runs[] = {"",
                                   "transform diff",
                                   "transform log-diff batch 7",
                                   "transform log scale-by all",
                                   "scale minmax shuffle no",
                                   "windows 20",
                                   "horizon 1 clip-norm 0",
                                   "transform log loss quantile quantiles 0.2,0.5",
                                   "cell gru",
                                   "cell lstm layers 2 transform diff",
                                   "transform season-diff season 9",
                                   "transform log-season-diff season 20 scale-by all cell gru"};

START_TEST(the_same_bits_on_every_device)
{
    static run a, b;
    rnn_series *s = panel(false);
    rnn_backend *reference = open_reference(RNN_FLOAT), *opencl = open_opencl("panel", RNN_FLOAT);
    const rnn_settings settings = panel_settings(runs[_i]);
    if (opencl) {
        go(&settings, s, reference, &a);
        expect_trained(&a);
        go(&settings, s, opencl, &b);
        expect_trained(&b);
        ck_assert_str_eq(a.sha256, b.sha256);
        ck_assert(a.epochs[1].val_rmse == b.epochs[1].val_rmse);
        done(&b);
        done(&a);
    }
    rnn_backend_close(opencl);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* The error an epoch tells is that of the predictions, in original units; they come from sums in another order. */
START_TEST(errors_are_in_original_units)
{
    static run r;
    rnn_series *s = panel(false);
    rnn_backend *backend = open_fast("errors_are_in_original_units", RNN_FLOAT);
    const rnn_settings settings = panel_settings(runs[_i]);
    rnn_predictions *p;
    rnn_metrics metrics;
    rnn_split shown;
    go(&settings, s, backend, &r);
    expect_trained(&r);
    ck_assert_int_eq(rnn_predict_some(r.model, s, RNN_MODE_STEP, settings.windows, backend, &shown, &p), RNN_OK);
    rnn_measure(p, shown.train, shown.val, &metrics);
    ck_assert_double_le(fabs(r.epochs[1].val_rmse - metrics.rmse), 1e-6 * metrics.rmse);
    rnn_predictions_free(p);
    done(&r);
    rnn_backend_close(backend);
    rnn_series_free(s);
}
END_TEST

/* The reference follows every update of the device, over windows of any series. */
START_TEST(updates_are_checked)
{
    rnn_series *s = panel(false);
    rnn_backend *opencl = open_opencl("updates_are_checked", RNN_FLOAT);
    const rnn_settings settings = panel_settings("transform diff");
    const rnn_safeguards guards = {.verify = true, .verify_every = 1};
    rnn_model *model = NULL;
    if (opencl)
        ck_assert_msg(rnn_train_with(&settings, s, opencl, NULL, &guards, &model) == RNN_OK, "%s", rnn_error_message());
    rnn_model_free(model);
    rnn_backend_close(opencl);
    rnn_series_free(s);
}
END_TEST

static char notice[1024];

static void note(const char *text, void *context)
{
    (void)context;
    snprintf(notice, sizeof notice, "%s", text);
}

static const char *write_file(const char *text)
{
    static char path[64];
    snprintf(path, sizeof path, "/tmp/rnn_cl_panel.XXXXXX");
    const int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    return path;
}

static const char *const again_runs[] = {"transform log", "transform log-season-diff"};

/* Through the model's file, and from the data's: the same predictions; the future's promotions and months let the last windows look further. */
START_TEST(read_again_as_the_model_was)
{
    static run r;
    rnn_series *s = panel(false), *same, *longer;
    rnn_backend *reference = open_reference(RNN_FLOAT);
    const rnn_settings settings = panel_settings(again_runs[_i]);
    const size_t lag = _i == 0 ? 0 : 9;
    rnn_predictions *p, *q, *ahead;
    rnn_model *again;
    char label[64];
    go(&settings, s, reference, &r);
    expect_trained(&r);
    char *text = panel_text(false);
    ck_assert_uint_eq(r.model->settings.season, lag); /* sin(0.7 week) */
    const char *path = write_file("");
    ck_assert_int_eq(rnn_model_save(r.model, path), RNN_OK);
    ck_assert_msg(rnn_model_load(path, &again) == RNN_OK, "%s", rnn_error_message());
    unlink(path);
    path = write_file(text);
    ck_assert_msg(rnn_model_read(again, path, NULL, &same) == RNN_OK, "%s", rnn_error_message());
    unlink(path);
    free(text);
    ck_assert_int_eq(rnn_predict(r.model, s, RNN_MODE_STEP, reference, &p), RNN_OK);
    ck_assert_int_eq(rnn_predict(again, same, RNN_MODE_STEP, reference, &q), RNN_OK);
    ck_assert_uint_eq(p->count, 66 + 66 + 46 - 3 * lag);
    ck_assert_uint_eq(q->count, p->count);
    ck_assert_mem_eq(p->predicted, q->predicted, p->count * 3 * sizeof *p->predicted);

    text = panel_text(true);
    path = write_file(text);
    ck_assert_msg(rnn_model_read(again, path, NULL, &longer) == RNN_OK, "%s", rnn_error_message());
    unlink(path);
    free(text);
    ck_assert_uint_eq(longer->ends[0], 80);
    ck_assert_uint_eq(longer->starts[1], 84);
    ck_assert_int_eq(rnn_predict(again, longer, RNN_MODE_STEP, reference, &ahead), RNN_OK);
    ck_assert_uint_eq(ahead->count, 69 + 69 + 49 - 3 * lag); /* the last window ends with the last sales */
    ck_assert_uint_eq(ahead->rows[68 - lag], 80);
    ck_assert(isnan(ahead->actual[(68 - lag) * 3]));
    ck_assert(ahead->last[68 - lag] == s->values[79 * s->columns]);
    rnn_series_label(longer, 0, ahead->rows[68 - lag], label, sizeof label);
    ck_assert_str_eq(label, "1996-09");
    rnn_predictions_free(ahead);
    rnn_predictions_free(q);
    rnn_predictions_free(p);
    rnn_series_free(longer);
    rnn_series_free(same);
    rnn_model_free(again);
    done(&r);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* The same rows under another name have the scale that they would have had alone. */
START_TEST(a_stranger_is_scaled_by_itself)
{
    static run r;
    rnn_series *s = panel(false);
    rnn_backend *reference = open_reference(RNN_FLOAT);
    const rnn_settings settings = panel_settings("");
    rnn_scaler scaler, own;
    rnn_set_notice_handler(note, NULL);
    go(&settings, s, reference, &r);
    expect_trained(&r);
    s->ids[1][0] = 'x';
    ck_assert_int_eq(rnn_model_scaling(r.model, s, &scaler), RNN_OK);
    ck_assert_str_eq(
        notice,
        "t.csv: 1 of 3 series, \"xslo\" first, is not among those that the model was trained on; each is scaled by "
        "its own rows");
    ck_assert_int_eq(rnn_scaler_fit_parts(&own, &settings, s, s->ends), RNN_OK);
    ck_assert(scaler.shift[4] == own.shift[4] && scaler.factor[4] == own.factor[4]);
    ck_assert(scaler.shift[0] == r.model->scaler.shift[0] && scaler.shift[0] != own.shift[0]);
    rnn_scaler_free(&own);
    rnn_scaler_free(&scaler);
    rnn_set_notice_handler(NULL, NULL);
    done(&r);
    rnn_backend_close(reference);
    rnn_series_free(s);
}
END_TEST

/* What is known ahead of a row decides it: a network that sees it does far better than one that does not. */
START_TEST(known_columns_help)
{
    static const char *const targets[] = {"v", NULL}, *const known[] = {"k", NULL};
    static run seen, blind;
    char text[8192] = "v,k\n";
    int k = 1;
    for (int i = 0; i < 300; i++) {
        k = (k * 16807) % 2147; /* no window tells the next */
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d\n", k % 2 ? 3 : -3, k % 2);
    }
    rnn_series *with = parse(text, &(rnn_read_options){.columns = {targets, NULL}, .known = known});
    rnn_series *without = parse(text, &(rnn_read_options){.columns = {targets, known}});
    rnn_backend *backend = open_fast("known_columns_help", RNN_FLOAT);
    const rnn_settings settings = panel_settings("horizon 1 epochs 20 activation tanh");
    go(&settings, with, backend, &seen);
    expect_trained(&seen);
    go(&settings, without, backend, &blind);
    expect_trained(&blind);
    ck_assert_msg(seen.epochs[19].val_rmse < 0.1 * blind.epochs[19].val_rmse, "%g against %g", seen.epochs[19].val_rmse,
                  blind.epochs[19].val_rmse);
    done(&blind);
    done(&seen);
    rnn_backend_close(backend);
    rnn_series_free(without);
    rnn_series_free(with);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof *(array))

Suite *panel_suite(void)
{
    Suite *suite = suite_create("panel");
    TCase *tests = tcase_create("panel");
    tcase_add_test(tests, no_window_crosses_series);
    tcase_add_loop_test(tests, windows_with_gaps_are_left_out, 0, 3);
    tcase_add_test(tests, gaps_in_what_is_known_ahead);
    tcase_add_loop_test(tests, short_series_are_named, 0, COUNT(short_series));
    tcase_add_test(tests, short_series_are_left_out);
    tcase_add_test(tests, known_columns_are_seen_ahead);
    tcase_add_test(tests, each_series_has_its_scale);
    tcase_add_test(tests, constant_columns);
    tcase_add_loop_test(tests, missing_targets_leave_the_loss, 0, COUNT(masked_runs));
    tcase_add_loop_test(tests, the_same_bits_on_every_device, 0, COUNT(runs));
    tcase_add_loop_test(tests, errors_are_in_original_units, 0, COUNT(runs));
    tcase_add_test(tests, updates_are_checked);
    tcase_add_loop_test(tests, read_again_as_the_model_was, 0, COUNT(again_runs));
    tcase_add_test(tests, a_stranger_is_scaled_by_itself);
    tcase_add_test(tests, known_columns_help);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, panel_transforms_case());
    return suite;
}
