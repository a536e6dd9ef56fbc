/* SPDX-License-Identifier: MIT
 * backtest.c - rnn_backtest: the forecasts of the past, held against what then came
 */
#include "base/memory.h"
#include "data/series.h"
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

/* The first row of each part that may be an origin: low (parts). */
static rnn_status find_lows(const backtest *b, size_t *low)
{
    const rnn_series *series = b->series;
    rnn_partition partition = {.train = {0}};
    rnn_head own;
    size_t rows;
    rnn_status status = RNN_OK;
    for (size_t p = 0; p < series->parts; p++)
        low[p] = series->starts[p] + (b->request->refit_every ? (series->ends[p] - series->starts[p]) / 2 : 0);
    if (rnn_model_knows(b->model, series, &rows)) {
        rnn_series_head(series, rows, &own);
        RNN_TRY(rnn_partition_make(&b->model->settings, &own.series, &partition));
        memcpy(low, partition.fit_ends, series->parts * sizeof *low);
    } else if (!b->request->refit_every) {
        rnn_notice("%s: these are not, row by row, what the model was trained on: where rows of its training are among "
                   "them, its errors flatter it",
                   series->source);
    }
fail:
    rnn_partition_free(&partition);
    return status;
}

/* Rows behind a window that have all steps behind them: rows (windows), how many. */
static rnn_status list_origins(const backtest *b, size_t steps, size_t **rows, size_t *count)
{
    const rnn_series *series = b->series;
    const size_t reach = rnn_roll_reach(b->model, series, steps);
    rnn_windows windows = {.count = 0};
    size_t *low = NULL;
    rnn_status status;
    *count = 0;
    RNN_TRY(RNN_NEW(low, series->parts));
    RNN_TRY(find_lows(b, low));
    RNN_TRY(rnn_windows_of(&b->model->settings, series, &windows));
    RNN_TRY(RNN_NEW(*rows, windows.count));
    for (size_t i = 0; i < windows.count; i++) {
        const size_t row = rnn_windows_row(&windows, i) + b->model->network.T, part = rnn_series_part(series, row - 1);
        if (row >= low[part] && row <= series->ends[part] && series->ends[part] - row >= steps &&
            series->starts[part + 1] - row >= reach)
            (*rows)[(*count)++] = row;
    }
    if (*count == 0)
        status =
            rnn_fail(RNN_CONFIG,
                     "%s: %zu rows, of which those that the model was trained on, or that make its first window, are "
                     "no ground for a backtest, leave none with %zu rows behind it; try fewer --steps, a model "
                     "with a larger --val-fraction, or more data",
                     series->source, series->N, steps);
fail:
    free(low);
    rnn_windows_free(&windows);
    return status;
}

/* Evenly spaced from the first to the last of them. */
static rnn_status choose_origins(backtest *b)
{
    const rnn_backtest_request *request = b->request;
    const rnn_network far = rnn_roll_shape(b->model, request->steps ? request->steps : b->model->network.horizon);
    size_t room, *rows = NULL;
    rnn_status status;
    RNN_TRY(list_origins(b, far.horizon, &rows, &room));
    const size_t count = request->origins < room ? request->origins : room;
    if (count < request->origins)
        rnn_notice("%s: %zu origins instead of %zu, as many as there are rows for", b->series->source, count,
                   request->origins);
    RNN_TRY(rnn_predictions_new(&far, count, &b->p));
    for (size_t i = 0; i < count; i++)
        b->p->rows[i] = rows[count > 1 ? i * (room - 1) / (count - 1) : room - 1];
    b->each = request->refit_every ? request->refit_every : count;
    b->groups = request->refit_every ? (count - 1) / request->refit_every + 1 : 1;
    RNN_TRY(RNN_NEW(b->baselines, b->groups * b->series->parts * far.targets));
    RNN_TRY(RNN_NEW(b->set, count));
fail:
    free(rows);
    return status;
}

/* A new model of the rows before the group's first origin. */
static rnn_status refit(const backtest *b, size_t group, rnn_model **out)
{
    const rnn_backtest_request *request = b->request;
    rnn_settings settings = b->model->settings;
    const size_t rows = b->p->rows[group * b->each];
    rnn_head before;
    rnn_series_head(b->series, rows, &before);
    settings.test_fraction = 0;
    if (settings.patience == 0)
        settings.val_fraction = 0;
    if (request->refit)
        request->refit(request->context, group + 1, b->groups, rows);
    const rnn_status status = rnn_train(&settings, &before.series, b->backend, request->observer, out);
    if (status) {
        rnn_model_free(*out);
        *out = NULL;
        return rnn_fail_within(status, "training anew on the first %zu rows: ", rows);
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
    RNN_TRY(rnn_baselines_of(model, b->series, b->baselines + group * b->series->parts * targets));
    for (size_t i = first; i < first + count; i++)
        b->set[i] = group;
    status = rnn_roll_out(model, b->series, mode, b->p->rows + first, count, b->p->horizon, b->backend,
                          b->p->predicted + first * b->p->horizon * targets,
                          b->p->quantiles ? b->p->quantiles + first * b->p->horizon * targets * b->p->Q : NULL);
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
    if (request->refit_every && series->parts > 1)
        RNN_TRY(rnn_fail(RNN_CONFIG,
                         "%s: a backtest trains anew for one series alone, and here are %zu; use --refit never",
                         series->source, series->parts));
    RNN_TRY(choose_origins(&b));
    for (size_t group = 0; group < b.groups; group++)
        RNN_TRY(run_group(&b, group));
    rnn_predictions_look_up(series, NULL, b.p);
    const rnn_rivalry rivalry = {series, b.baselines, b.set};
    RNN_TRY(rnn_scoreboard_make(b.p, 0, b.p->count, &rivalry, board));
    RNN_TRY(rnn_cover(model, series, b.p, 0, b.p->count, RNN_CALIBRATION_HALVES, *board));
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
