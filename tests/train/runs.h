/* SPDX-License-Identifier: MIT
 * runs.h - a training run and all it told, and the devices and series the tests of the train floor run on
 */
#ifndef RNN_TESTS_TRAIN_RUNS_H
#define RNN_TESTS_TRAIN_RUNS_H

#include "suites.h"

#include "backend/harness.h"
#include "model/model.h"
#include "model/settings.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_EPOCHS 100

/* What a run told its observer, and what it left. */
typedef struct run {
    rnn_epoch epochs[MOST_EPOCHS];
    size_t count;
    size_t stop_at, asked; /* 0: never */
    rnn_model *model;
    rnn_status status;
    char sha256[65];
} run;

static inline void on_epoch(void *context, const rnn_epoch *epoch)
{
    run *r = context;
    ck_assert_uint_lt(r->count, MOST_EPOCHS);
    r->epochs[r->count++] = *epoch;
}

static inline bool on_stop(void *context)
{
    run *r = context;
    return ++r->asked == r->stop_at;
}

static inline void go(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend, run *r)
{
    const rnn_observer observer = {.context = r, .epoch = on_epoch, .stop = on_stop};
    static rnn_model unset;
    r->count = r->asked = 0;
    r->model = &unset;
    r->sha256[0] = '\0';
    r->status = rnn_train(settings, series, backend, &observer, &r->model);
    if (r->model)
        rnn_model_sha256(r->model, r->sha256);
}

static inline void expect_trained(const run *r)
{
    ck_assert_msg(r->status == RNN_OK, "status %d: %s", (int)r->status, rnn_error_message());
    ck_assert_ptr_nonnull(r->model);
}

static inline void done(run *r)
{
    rnn_model_free(r->model);
    r->model = NULL;
}

/* ---- Devices and series -------------------------------------------------------------------------------------------- */

static inline rnn_backend *open_reference(rnn_precision precision)
{
    rnn_backend *backend;
    ck_assert_int_eq(rnn_backend_open("reference", precision, &backend), RNN_OK);
    return backend;
}

/* NULL, with a line that says so, where there is none that could give the reference's bits. */
static inline rnn_backend *open_opencl(const char *test, rnn_precision precision)
{
    rnn_backend *backend;
    const rnn_status status = harness_open(precision, NULL, &backend);
    if (status == RNN_NO_DEVICE) {
        printf("%s: NOT RUN on OpenCL: %s\n", test, rnn_error_message());
        return NULL;
    }
    ck_assert_msg(status == RNN_OK, "%s", rnn_error_message());
    if (!rnn_backend_info(backend)->bit_exact) {
        printf("%s: NOT RUN on %s, which is tolerance only\n", test, rnn_backend_info(backend)->name);
        rnn_backend_close(backend);
        return NULL;
    }
    rnn_test_opencl_cases++;
    return backend;
}

/* The fastest there is: for tests about learning, whose bits other tests hold together. An emulator is not it. */
static inline rnn_backend *open_fast(const char *test, rnn_precision precision)
{
    rnn_backend *backend = harness_is_tiny() ? NULL : open_opencl(test, precision);
    return backend ? backend : open_reference(precision);
}

/* The first rows of one series, borrowed. */
typedef struct first_rows {
    rnn_series series;
    size_t starts[2], ends[1];
} first_rows;

static inline rnn_series *take_first(const rnn_series *series, size_t rows, first_rows *out)
{
    ck_assert(series->parts == 1 && rows <= series->N);
    *out = (first_rows){.series = *series, .starts = {0, rows}, .ends = {rows}};
    out->series.N = rows;
    out->series.starts = out->starts;
    out->series.ends = out->ends;
    return &out->series;
}

static inline rnn_series *sine(size_t N)
{
    rnn_series *series;
    ck_assert_int_eq(rnn_series_sine(N, &series), RNN_OK);
    return series;
}

/* Two targets and a feature, of different sizes: an exchange of columns would show. */
static inline rnn_series *waves(size_t N)
{
    rnn_series *series;
    double *values = malloc(3 * N * sizeof *values);
    ck_assert_ptr_nonnull(values);
    for (size_t i = 0; i < N; i++) {
        values[3 * i] = 10 + sin((double)i);
        values[3 * i + 1] = 300 * cos((double)i / 3);
        values[3 * i + 2] = (double)(i % 7);
    }
    ck_assert_int_eq(rnn_series_copy(values, N, 3, 2, NULL, &series), RNN_OK);
    free(values);
    return series;
}

static inline rnn_series *read_table(const char *name, const char *const *targets, const char *const *features)
{
    char path[512];
    rnn_series *series;
    const rnn_columns columns = {targets, features};
    snprintf(path, sizeof path, RNN_TEST_DIR "/data/%s", name);
    ck_assert_msg(rnn_series_read(path, NULL, &columns, &series) == RNN_OK, "%s", rnn_error_message());
    return series;
}

/* Small and quick: 45 training and 23 validation windows of sine(80). */
static inline rnn_settings small(void)
{
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.hidden = 16;
    settings.seq_len = 12;
    settings.epochs = 3;
    return settings;
}

/* "optimizer sgd clip-norm 0": names and values. */
static inline void set_all(rnn_settings *settings, const char *words)
{
    char copy[256], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *name = strtok_r(copy, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        const rnn_option *row = rnn_settings_row(name);
        ck_assert_msg(row != NULL, "no setting '%s'", name);
        ck_assert_msg(rnn_option_set(row, settings, strtok_r(NULL, " ", &rest)) == RNN_OK, "%s", rnn_error_message());
    }
}

/* And of the forecast suite. */
TCase *forecast_panels_case(void);
TCase *forecast_example_case(void);
TCase *forecast_known_case(void);
TCase *forecast_quantiles_case(void);
TCase *forecast_refit_case(void);
TCase *forecast_short_case(void);

/* The parts of the train suite that live in files of their own. */
TCase *train_learning_case(void);
TCase *train_schedules_case(void);
TCase *train_losses_case(void);
TCase *train_stopping_case(void);
TCase *train_refused_case(void);
TCase *train_predictions_case(void);
TCase *train_memory_case(void);
TCase *train_verify_case(void);
TCase *train_cells_case(void);
TCase *train_steps_case(void);

#endif
