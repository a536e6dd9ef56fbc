/* SPDX-License-Identifier: MIT
 * backtest.c - rnn_backtest: the forecasts of the past, held against what then came
 */
#include "base/count.h"
#include "base/memory.h"
#include "data/scale.h"
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
    rnn_baseline *baselines; /* (groups,parts,targets) */
    size_t *set;             /* (origins) the group */
    size_t *order;           /* (origins) their numbers as they follow in time */
    size_t *cuts;            /* (parts) the rows that are to come at a group's first origin begin there */
    size_t *firsts;          /* (parts) the first origin in each series, from a group on */
    rnn_naive_fit fit;
} backtest;

static void close_backtest(backtest *b)
{
    free(b->firsts);
    free(b->cuts);
    free(b->order);
    free(b->set);
    free(b->baselines);
    rnn_predictions_free(b->p);
}

/* The first row of each part that may be an origin: low (parts). */
static rnn_status find_lows(const backtest *b, size_t *low)
{
    const rnn_series *series = b->series;
    rnn_partition partition = {.train = {0}};
    rnn_series own;
    size_t *ends = NULL;
    rnn_status status;
    for (size_t p = 0; p < series->parts; p++)
        low[p] = series->starts[p] + (b->request->refit_every ? (series->ends[p] - series->starts[p]) / 2 : 0);
    RNN_TRY(rnn_model_own(b->model, series, &own, &ends));
    if (ends) {
        RNN_TRY(rnn_partition_make(&b->model->settings, &own, &partition));
        memcpy(low, partition.fit_ends, series->parts * sizeof *low);
    }
fail:
    rnn_partition_free(&partition);
    free(ends);
    return status;
}

/* Rows behind a window that have all steps behind them: rows (windows), how many. */
static rnn_status list_origins(const backtest *b, size_t steps, size_t **rows, size_t *count)
{
    const rnn_series *series = b->series;
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
            rnn_roll_known(b->model, series, row, steps))
            (*rows)[(*count)++] = row;
    }
    if (*count == 0)
        status = rnn_fail(RNN_CONFIG,
                          "%s: %s, of which those that the model was trained on, or that make its first window, are "
                          "no ground for a backtest, leave none with %s behind it; try fewer --steps, a model "
                          "with a larger --val-fraction, or more data",
                          series->source, rnn_count(series->N, "row").text, rnn_count(steps, "row").text);
fail:
    free(low);
    rnn_windows_free(&windows);
    return status;
}

/* ---- Before and after ---------------------------------------------------------------------------------------------- */

/* When a row is: its time, or without times its number in its series, as if all began together. */
static int64_t moment_of(const rnn_series *series, size_t part, size_t row)
{
    return series->times ? series->times[row] : (int64_t)(row - series->starts[part]);
}

typedef struct dated {
    int64_t moment;
    size_t origin;
} dated;

static int by_moment(const void *a, const void *b)
{
    const dated *x = a, *y = b;
    if (x->moment != y->moment)
        return x->moment < y->moment ? -1 : 1;
    return (x->origin > y->origin) - (x->origin < y->origin);
}

/* Origins stand series by series; new models are trained as time goes on for all of them. */
static rnn_status order_origins(backtest *b)
{
    rnn_status status;
    dated *list = NULL;
    RNN_TRY(RNN_NEW(b->order, b->p->count));
    RNN_TRY(RNN_NEW(list, b->p->count));
    for (size_t i = 0; i < b->p->count; i++) {
        const size_t row = b->p->rows[i];
        list[i] = (dated){moment_of(b->series, rnn_series_part(b->series, row - 1), row), i};
    }
    qsort(list, b->p->count, sizeof *list, by_moment);
    for (size_t i = 0; i < b->p->count; i++)
        b->order[i] = list[i].origin;
fail:
    free(list);
    return status;
}

/* The past of each series at the moment of an origin. */
static void cut_at(const backtest *b, size_t origin)
{
    const rnn_series *series = b->series;
    const size_t row = b->p->rows[origin];
    const int64_t moment = moment_of(series, rnn_series_part(series, row - 1), row);
    for (size_t p = 0; p < series->parts; p++) {
        size_t cut = series->starts[p];
        while (cut < series->ends[p] && moment_of(series, p, cut) < moment)
            cut++;
        b->cuts[p] = cut;
    }
}

/* The first origin in each series of those from number `first` on, which follow in time; where there is none, its first row. */
static void find_firsts(const backtest *b, size_t first)
{
    memcpy(b->firsts, b->series->starts, b->series->parts * sizeof *b->firsts);
    for (size_t i = b->p->count; i-- > first;) {
        const size_t row = b->p->rows[b->order[i]];
        b->firsts[rnn_series_part(b->series, row - 1)] = row;
    }
}

/* ---- Origins ------------------------------------------------------------------------------------------------------- */

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
        rnn_notice("%s: %s instead of %zu, as many as there are rows for", b->series->source,
                   rnn_count(count, "origin").text, request->origins);
    RNN_TRY(rnn_predictions_new(&far, count, &b->p));
    for (size_t i = 0; i < count; i++)
        b->p->rows[i] = rows[count > 1 ? i * (room - 1) / (count - 1) : room - 1];
    b->each = request->refit_every ? request->refit_every : count;
    b->groups = request->refit_every ? (count - 1) / request->refit_every + 1 : 1;
    RNN_TRY(RNN_NEW(b->baselines, b->groups * b->series->parts * far.targets));
    RNN_TRY(RNN_NEW(b->set, count));
    RNN_TRY(RNN_NEW(b->cuts, b->series->parts));
    RNN_TRY(RNN_NEW(b->firsts, b->series->parts));
    status = order_origins(b);
fail:
    free(rows);
    return status;
}

/* ---- Groups of origins --------------------------------------------------------------------------------------------- */

/* A new model of the rows before the group's first origin. */
static rnn_status refit(const backtest *b, size_t group, const rnn_series *before, rnn_model **out)
{
    const rnn_backtest_request *request = b->request;
    rnn_settings settings = b->model->settings;
    settings.test_fraction = 0;
    if (settings.patience == 0)
        settings.val_fraction = 0;
    if (!rnn_transform_is_seasonal(settings.transform))
        settings.season = 0; /* of the model's own naive forecasts, which nobody asks: no reason to refuse few rows */
    if (request->refit)
        request->refit(request->context, group + 1, b->groups, before->N);
    const rnn_status status = rnn_train(&settings, before, b->backend, request->observer, out);
    if (status) {
        rnn_model_free(*out);
        *out = NULL;
        return rnn_fail_within(status, "training anew on the first %s: ", rnn_count(before->N, "row").text);
    }
    return RNN_OK;
}

/* Naive forecasts of the rows that a new model's training windows touch; of a series that it leaves out, of those before its first origin. */
static rnn_status fit_baselines(const backtest *b, const rnn_settings *settings, const rnn_series *before,
                                rnn_baseline *out)
{
    rnn_partition partition = {.train = {0}};
    rnn_status status;
    RNN_TRY(rnn_partition_make(settings, before, &partition));
    for (size_t p = 0; p < before->parts; p++)
        if (partition.fit_ends[p] > before->starts[p])
            b->firsts[p] = b->series->starts[p] + partition.fit_ends[p] - before->starts[p];
    status = rnn_baselines_fit(b->series, b->firsts, b->model->settings.season, false, out);
fail:
    rnn_partition_free(&partition);
    return status;
}

/* The forecasts of the group's origins, which follow in time, to their places. */
static rnn_status forecast_group(const backtest *b, const rnn_model *model, const size_t *origins, size_t count)
{
    const rnn_input_mode mode = model->settings.recipe == RNN_RECIPE_ARTICLE ? RNN_MODE_WINDOW : RNN_MODE_STEP;
    const size_t values = b->p->horizon * b->p->targets, Q = b->p->Q;
    double *predicted = NULL, *quantiles = NULL;
    size_t *rows = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(rows, count));
    RNN_TRY(RNN_NEW(predicted, count * values));
    if (Q)
        RNN_TRY(RNN_NEW(quantiles, count * values * Q));
    for (size_t i = 0; i < count; i++)
        rows[i] = b->p->rows[origins[i]];
    RNN_TRY(rnn_roll_out(model, b->series, mode, rows, count, b->p->horizon, b->backend, predicted, quantiles));
    for (size_t i = 0; i < count; i++) {
        memcpy(b->p->predicted + origins[i] * values, predicted + i * values, values * sizeof *predicted);
        if (Q)
            memcpy(b->p->quantiles + origins[i] * values * Q, quantiles + i * values * Q,
                   values * Q * sizeof *quantiles);
    }
fail:
    free(rows);
    free(quantiles);
    free(predicted);
    return status;
}

static rnn_status run_group(backtest *b, size_t group)
{
    const size_t first = group * b->each, left = b->p->count - first, count = left < b->each ? left : b->each;
    rnn_baseline *baselines = b->baselines + group * b->series->parts * b->p->targets;
    rnn_series *before = NULL;
    rnn_model *fresh = NULL;
    rnn_status status;
    find_firsts(b, first);
    if (b->request->refit_every) {
        cut_at(b, b->order[first]);
        RNN_TRY(rnn_series_before(b->series, b->cuts, &before));
        RNN_TRY(refit(b, group, before, &fresh));
        RNN_TRY(fit_baselines(b, &fresh->settings, before, baselines));
    } else {
        RNN_TRY(rnn_baselines_of(b->model, b->series, b->firsts, baselines, &b->fit));
    }
    for (size_t i = first; i < first + count; i++)
        b->set[b->order[i]] = group;
    status = forecast_group(b, fresh ? fresh : b->model, b->order + first, count);
fail:
    rnn_series_free(before);
    rnn_model_free(fresh);
    return status;
}

rnn_status rnn_backtest(const rnn_model *model, const rnn_series *series, const rnn_backtest_request *request,
                        rnn_backend *backend, rnn_predictions **predictions, rnn_scoreboard **board)
{
    backtest b = {.model = model, .series = series, .request = request, .backend = backend};
    rnn_series known = *series; /* as far as it is known at the first origin in each part */
    size_t rows;
    rnn_status status;
    *predictions = NULL;
    *board = NULL;
    if (request->origins < 1)
        return rnn_fail(RNN_USAGE, "a backtest from 0 origins, expected at least 1");
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(choose_origins(&b));
    b.fit.known = rnn_model_knows(model, series, &rows);
    for (size_t group = 0; group < b.groups; group++)
        RNN_TRY(run_group(&b, group));
    rnn_predictions_look_up(series, NULL, b.p);
    const rnn_rivalry rivalry = {series, b.baselines, b.set};
    RNN_TRY(rnn_scoreboard_make(b.p, 0, b.p->count, &rivalry, board));
    (*board)->naive = b.fit;
    find_firsts(&b, 0);
    known.ends = b.firsts;
    RNN_TRY(rnn_cover(model, &known, b.p, 0, b.p->count, RNN_CALIBRATION_HALVES, *board));
    if (!request->refit_every) /* new models have not seen what they forecast, whatever the data */
        rnn_tell_unknown(model, series, &b.fit);
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
