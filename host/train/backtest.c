/* SPDX-License-Identifier: MIT
 * backtest.c - rnn_backtest: the forecasts of the past, held against what then came
 */
#include "base/memory.h"
#include "score/scoreboard.h"
#include "train/rollout.h"
#include "train/score.h"

#include <stdlib.h>
#include <string.h>

typedef struct backtest {
    const rnn_model *model;
    const rnn_series *series;
    const rnn_backtest_request *request;
    rnn_backend *backend;
    rnn_predictions *p;
    size_t groups, each;     /* origins that one model serves, the last group's may be fewer */
    rnn_baseline *baselines; /* (groups,targets) */
    size_t *set;             /* (origins) the group */
} backtest;

static void close_backtest(backtest *b)
{
    free(b->set);
    free(b->baselines);
    rnn_predictions_free(b->p);
}

/* The first row that may be an origin. */
static rnn_status first_origin(const backtest *b, size_t *out)
{
    const size_t T = b->model->network.T;
    rnn_split split;
    size_t rows;
    rnn_status status = RNN_OK;
    *out = b->request->refit_every && b->series->N / 2 > T ? b->series->N / 2 : T;
    if (rnn_model_knows(b->model, b->series, &rows)) {
        RNN_TRY(rnn_split_windows(&b->model->settings, rows, &split));
        *out = split.train_rows;
    } else if (rows == 0 && !b->request->refit_every) {
        rnn_notice(
            "the model does not say what it was trained on: where that is among these rows, its errors flatter it");
    }
fail:
    return status;
}

/* Evenly spaced from the first to the last row that has all steps behind it. */
static rnn_status choose_origins(backtest *b)
{
    const rnn_backtest_request *request = b->request;
    const rnn_network far = {.horizon = request->steps ? request->steps : b->model->network.horizon,
                             .targets = b->model->network.targets};
    size_t first, room, count;
    rnn_status status;
    RNN_TRY(first_origin(b, &first));
    if (first > b->series->N || b->series->N - first < far.horizon)
        return rnn_fail(
            RNN_CONFIG,
            "%s: %zu rows, of which the first %zu are no ground for a backtest (the model was trained on them, "
            "or they make its first window), leave none with %zu rows behind it; try fewer --steps, a model "
            "with a larger --val-fraction, or more data",
            b->series->source, b->series->N, first, far.horizon);
    room = b->series->N - first - far.horizon + 1;
    count = request->origins < room ? request->origins : room;
    if (count < request->origins)
        rnn_notice("%s: %zu origins instead of %zu, as many as there are rows for", b->series->source, count,
                   request->origins);
    RNN_TRY(rnn_predictions_new(&far, count, &b->p));
    for (size_t i = 0; i < count; i++)
        b->p->rows[i] = first + (count > 1 ? i * (room - 1) / (count - 1) : room - 1);
    b->each = request->refit_every ? request->refit_every : count;
    b->groups = request->refit_every ? (count - 1) / request->refit_every + 1 : 1;
    RNN_TRY(RNN_NEW(b->baselines, b->groups * far.targets));
    RNN_TRY(RNN_NEW(b->set, count));
fail:
    return status;
}

/* A new model of the rows before the group's first origin. */
static rnn_status refit(const backtest *b, size_t group, rnn_model **out)
{
    const rnn_backtest_request *request = b->request;
    rnn_settings settings = b->model->settings;
    rnn_series before = *b->series;
    before.N = b->p->rows[group * b->each];
    settings.test_fraction = 0;
    if (settings.patience == 0)
        settings.val_fraction = 0;
    if (request->refit)
        request->refit(request->context, group + 1, b->groups, before.N);
    const rnn_status status = rnn_train(&settings, &before, b->backend, request->observer, out);
    if (status) {
        rnn_model_free(*out);
        *out = NULL;
        return rnn_fail_within(status, "training anew on the first %zu rows: ", before.N);
    }
    return RNN_OK;
}

static rnn_status run_group(backtest *b, size_t group)
{
    const size_t first = group * b->each, left = b->p->count - first, targets = b->p->targets;
    const size_t count = left < b->each ? left : b->each;
    const rnn_input_mode mode = b->model->settings.recipe == RNN_RECIPE_ARTICLE ? RNN_MODE_WINDOW : RNN_MODE_STEP;
    rnn_model *fresh = NULL;
    rnn_status status = RNN_OK;
    if (b->request->refit_every)
        RNN_TRY(refit(b, group, &fresh));
    const rnn_model *model = fresh ? fresh : b->model;
    RNN_TRY(rnn_baselines_of(model, b->series, b->baselines + group * targets));
    for (size_t i = first; i < first + count; i++)
        b->set[i] = group;
    status = rnn_roll_out(model, b->series, mode, b->p->rows + first, count, b->p->horizon, b->backend,
                          b->p->predicted + first * b->p->horizon * targets);
fail:
    rnn_model_free(fresh);
    return status;
}

rnn_status rnn_backtest(const rnn_model *model, const rnn_series *series, const rnn_backtest_request *request,
                        rnn_backend *backend, rnn_predictions **predictions, rnn_scoreboard **board)
{
    backtest b = {.model = model, .series = series, .request = request, .backend = backend};
    rnn_status status;
    *predictions = NULL;
    *board = NULL;
    if (request->origins < 1)
        return rnn_fail(RNN_USAGE, "a backtest from 0 origins, expected at least 1");
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(choose_origins(&b));
    for (size_t group = 0; group < b.groups; group++)
        RNN_TRY(run_group(&b, group));
    rnn_predictions_look_up(series, series->N, b.p);
    const rnn_rivalry rivalry = {series, 0, b.baselines, b.set};
    RNN_TRY(rnn_scoreboard_make(b.p, 0, b.p->count, &rivalry, board));
    RNN_TRY(rnn_cover(model, b.p, 0, b.p->count, RNN_CALIBRATION_HALVES, *board));
    *predictions = b.p;
    b.p = NULL;
    close_backtest(&b);
    return RNN_OK;
fail:
    rnn_scoreboard_free(*board);
    *board = NULL;
    close_backtest(&b);
    return status;
}
