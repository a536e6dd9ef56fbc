/* SPDX-License-Identifier: MIT
 * sittings.h - runs that are cut, kept in a checkpoint and taken up again: what the tests about them share
 */
#ifndef RNN_TESTS_TRAIN_SITTINGS_H
#define RNN_TESTS_TRAIN_SITTINGS_H

#include "runs.h"

#include "file/checkpoint.h"

#include <unistd.h>

/* The checkpoint of the test that runs. */
static char path[64];

static inline void set_up(void)
{
    snprintf(path, sizeof path, "/tmp/rnn_cl_resume.%ld", (long)getpid());
}

static inline void tear_down(void)
{
    unlink(path);
}

static inline void ignore(const char *text, void *context)
{
    (void)text;
    (void)context;
}

/* One sitting: from `resume`, NULL for the beginning, until the observer is asked for the stop_at-th time; 0: to the end. */
static inline void sit(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                       const rnn_checkpoint *resume, size_t stop_at, run *r)
{
    const rnn_observer observer = {.context = r, .epoch = on_epoch, .stop = on_stop};
    const rnn_safeguards guards = {.checkpoint = path, .resume = resume, .note = "a note"};
    r->count = r->asked = 0;
    r->stop_at = stop_at;
    r->sha256[0] = '\0';
    r->status = rnn_train_with(settings, series, backend, &observer, &guards, &r->model);
    if (r->model)
        rnn_model_sha256(r->model, r->sha256);
}

static inline rnn_checkpoint *load(void)
{
    rnn_checkpoint *checkpoint;
    ck_assert_msg(rnn_checkpoint_load(path, &checkpoint) == RNN_OK, "%s", rnn_error_message());
    ck_assert_str_eq(rnn_checkpoint_note(checkpoint), "a note");
    return checkpoint;
}

static inline void expect_same_number(double found, double expected, const char *what, size_t epoch)
{
    ck_assert_msg(memcmp(&found, &expected, sizeof found) == 0 || (isnan(found) && isnan(expected)),
                  "%s of epoch %zu is %a, expected %a", what, epoch, found, expected);
}

/* Weights and history to the bit; times apart. */
static inline void expect_same_run(const run *found, const run *expected, const char *what, size_t cut)
{
    size_t count, expected_count;
    ck_assert_msg(found->status == expected->status, "%s, cut at %zu: status %d: %s", what, cut, (int)found->status,
                  rnn_error_message());
    ck_assert_msg(strcmp(found->sha256, expected->sha256) == 0, "%s, cut at %zu: other weights", what, cut);
    const rnn_epoch *a = rnn_model_history(found->model, &count);
    const rnn_epoch *b = rnn_model_history(expected->model, &expected_count);
    ck_assert_uint_eq(count, expected_count);
    for (size_t e = 0; e < count; e++) {
        ck_assert_uint_eq(a[e].epoch, e + 1);
        ck_assert_uint_eq(a[e].epochs, b[e].epochs);
        ck_assert_uint_eq(a[e].rollbacks, b[e].rollbacks);
        expect_same_number(a[e].loss, b[e].loss, "loss", e + 1);
        expect_same_number(a[e].val_loss, b[e].val_loss, "val_loss", e + 1);
        expect_same_number(a[e].val_rmse, b[e].val_rmse, "val_rmse", e + 1);
        expect_same_number(a[e].learning_rate, b[e].learning_rate, "learning_rate", e + 1);
        ck_assert_str_eq(a[e].weights_sha256, b[e].weights_sha256);
    }
    expect_same_number(found->model->val_rmse, expected->model->val_rmse, "val_rmse of the model", count);
}

/* Asks of a run: an update each, or an epoch each where the recipe is the article's; the last is past every chance to stop. */
static inline size_t count_asks(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                                run *whole)
{
    sit(settings, series, backend, NULL, 0, whole);
    return whole->asked;
}

/* The part of the resume suite that lives in a file of its own. */
TCase *resume_divergence_case(void);

#endif
