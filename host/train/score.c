/* SPDX-License-Identifier: MIT
 * score.c - rnn_score: the scoreboard of a model's predictions, and whether its intervals keep what they promise
 */
#include "train/score.h"

#include "base/memory.h"
#include "data/windows.h"
#include "score/scoreboard.h"
#include "train/rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double levels[] = {0.8, 0.95};

rnn_status rnn_baselines_fit(const rnn_series *series, const size_t *ends, size_t season, rnn_baseline *out)
{
    rnn_status status = RNN_OK;
    for (size_t p = 0; p < series->parts; p++)
        for (size_t target = 0; target < series->targets; target++) {
            rnn_baseline *b = &out[p * series->targets + target];
            *b = (rnn_baseline){.season = 1};
            if (ends[p] > series->starts[p])
                RNN_TRY(rnn_baseline_fit(series, target, series->starts[p], ends[p] - series->starts[p], season, b));
        }
fail:
    return status;
}

/* A model of an earlier version says nothing about the rows it was trained on, one of several series keeps no naive forecasts. */
static rnn_status fit_anew(const rnn_model *model, const rnn_series *series, rnn_baseline *out)
{
    const rnn_settings *s = &model->settings;
    rnn_status status;
    size_t *ends = NULL;
    RNN_TRY(RNN_NEW(ends, series->parts));
    for (size_t p = 0; p < series->parts; p++) {
        const size_t past = series->ends[p] - series->starts[p];
        const size_t share = (size_t)((double)past * (1 - s->val_fraction - s->test_fraction));
        ends[p] = series->starts[p] + (share ? share : past > 0);
    }
    RNN_TRY(rnn_baselines_fit(series, ends, s->season, out));
    if (series->parts == 1)
        rnn_notice("the model keeps no naive forecasts, as those trained now do: they are fitted on the first %zu rows "
                   "of %s",
                   ends[0], series->source);
    else
        rnn_notice("%s: naive forecasts are fitted on the first %.3g of each series", series->source,
                   1 - s->val_fraction - s->test_fraction);
fail:
    free(ends);
    return status;
}

rnn_status rnn_baselines_of(const rnn_model *model, const rnn_series *series, rnn_baseline *out)
{
    rnn_partition partition = {.train = {0}};
    rnn_status status;
    size_t rows;
    if (model->baselines && series->parts == 1) {
        memcpy(out, model->baselines, model->network.targets * sizeof *out);
        return RNN_OK;
    }
    if (!rnn_model_knows(model, series, &rows) || (rows < series->N && series->parts == 1))
        return fit_anew(model, series, out);
    RNN_TRY(rnn_partition_make(&model->settings, series, &partition));
    status = rnn_baselines_fit(series, partition.fit_ends, model->settings.season, out);
fail:
    rnn_partition_free(&partition);
    return status;
}

/* Levels of which not a single value has an interval are left out. */
static rnn_status cover(const rnn_intervals *intervals, const rnn_predictions *p, size_t first, size_t count,
                        const rnn_scaler *scaler, rnn_scoreboard *board)
{
    const size_t most = sizeof levels / sizeof *levels;
    const rnn_status status = RNN_NEW(board->step_coverage, most * p->horizon);
    for (size_t i = 0; i < most && status == RNN_OK; i++) {
        rnn_coverage *steps = board->step_coverage + board->levels * p->horizon, all = {levels[i], 0, 0};
        rnn_intervals_cover(intervals, p, first, count, scaler, levels[i], steps);
        for (size_t step = 0; step < p->horizon; step++) {
            all.inside += steps[step].inside;
            all.values += steps[step].values;
        }
        if (all.values)
            board->coverage[board->levels++] = all;
    }
    return status;
}

/* Windows of the list, in its order, as far as intervals look at them. */
static rnn_status pick_windows(const rnn_model *model, const rnn_predictions *p, const size_t *list, size_t count,
                               rnn_predictions **out)
{
    const rnn_network shape = rnn_roll_shape(model, p->horizon);
    const size_t values = p->horizon * p->targets;
    const rnn_status status = rnn_predictions_new(&shape, count, out);
    for (size_t i = 0; i < count && status == RNN_OK; i++) {
        const size_t from = list[i] * values, to = i * values;
        (*out)->rows[i] = p->rows[list[i]];
        (*out)->parts[i] = p->parts[list[i]];
        memcpy((*out)->predicted + to, p->predicted + from, values * sizeof *p->predicted);
        memcpy((*out)->actual + to, p->actual + from, values * sizeof *p->actual);
        if (p->Q)
            memcpy((*out)->quantiles + to * p->Q, p->quantiles + from * p->Q, values * p->Q * sizeof *p->quantiles);
    }
    return status;
}

/* The earlier half of each series' windows into list, and behind those of all series the later halves, which begin where no row is predicted that
 * the earlier half was compared with. How many of each: counts. */
static void halve(const rnn_predictions *p, size_t first, size_t count, size_t *list, size_t counts[2])
{
    counts[0] = counts[1] = 0;
    for (int late = 0; late < 2; late++)
        for (size_t begin = first, end = first; begin < first + count; begin = end) {
            while (end < first + count && p->parts[end] == p->parts[begin])
                end++;
            const size_t half = begin + (end - begin) / 2;
            for (size_t i = late ? half : begin; i < (late ? end : half); i++)
                if (!late || (half > begin && p->rows[i] >= p->rows[half - 1] + p->horizon)) {
                    list[counts[0] + counts[1]] = i;
                    counts[late]++;
                }
        }
}

static rnn_status cover_halves(const rnn_model *model, const rnn_predictions *p, size_t first, size_t count,
                               const rnn_scaler *scaler, rnn_scoreboard *board)
{
    size_t counts[2], *list = NULL;
    rnn_predictions *picked = NULL;
    rnn_intervals intervals = {.outputs = 0};
    rnn_status status;
    RNN_TRY(RNN_NEW(list, count));
    halve(p, first, count, list, counts);
    if (counts[0] == 0 || counts[1] == 0)
        goto fail; /* nothing to measure, which is no failure */
    RNN_TRY(pick_windows(model, p, list, counts[0] + counts[1], &picked));
    RNN_TRY(rnn_intervals_fit(picked, 0, counts[0], scaler, &intervals));
    status = cover(&intervals, picked, counts[0], counts[1], scaler, board);
fail:
    rnn_intervals_free(&intervals);
    rnn_predictions_free(picked);
    free(list);
    return status;
}

rnn_status rnn_cover(const rnn_model *model, const rnn_series *series, const rnn_predictions *p, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard *board)
{
    rnn_scaler scaler = {0};
    rnn_status status = RNN_OK;
    board->pairs = rnn_quantiles_cover(p, first, count, board->quantile_coverage);
    if (calibration == RNN_CALIBRATION_NONE)
        return RNN_OK;
    RNN_TRY(rnn_model_scaling(model, series, &scaler));
    if (calibration == RNN_CALIBRATION_HALVES)
        status = cover_halves(model, p, first, count, &scaler, board);
    else if (model->intervals.outputs)
        status = cover(&model->intervals, p, first, count, &scaler, board);
    board->calibration = board->levels ? calibration : RNN_CALIBRATION_NONE;
fail:
    rnn_scaler_free(&scaler);
    return status;
}

rnn_status rnn_score(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard **out)
{
    rnn_baseline *baselines = NULL;
    rnn_scoreboard *board = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(RNN_NEW(baselines, series->parts * model->network.targets));
    RNN_TRY(rnn_baselines_of(model, series, baselines));
    const rnn_rivalry rivalry = {series, baselines, NULL};
    RNN_TRY(rnn_scoreboard_make(predictions, first, count, &rivalry, &board));
    RNN_TRY(rnn_cover(model, series, predictions, first, count, calibration, board));
    *out = board;
    board = NULL;
fail:
    rnn_scoreboard_free(board);
    free(baselines);
    return status;
}
