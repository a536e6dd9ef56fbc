/* SPDX-License-Identifier: MIT
 * score.c - rnn_score: the scoreboard of a model's predictions, and whether its intervals keep what they promise
 */
#include "train/score.h"
#include "base/memory.h"
#include "score/scoreboard.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double levels[] = {0.8, 0.95};

/* A model of an earlier version says nothing about the rows it was trained on. */
static rnn_status fit_anew(const rnn_model *model, const rnn_series *series, rnn_baseline *out)
{
    const rnn_settings *s = &model->settings;
    const size_t share = (size_t)((double)series->N * (1 - s->val_fraction - s->test_fraction));
    const size_t rows = share ? share : 1;
    rnn_status status = RNN_OK;
    for (size_t target = 0; target < model->network.targets; target++)
        RNN_TRY(rnn_baseline_fit(series, target, 0, rows, s->season, &out[target]));
    rnn_notice(
        "the model keeps no naive forecasts, as those trained now do: they are fitted on the first %zu rows of %s",
        rows, series->source);
fail:
    return status;
}

rnn_status rnn_baselines_of(const rnn_model *model, const rnn_series *series, rnn_baseline *out)
{
    if (!model->baselines)
        return fit_anew(model, series, out);
    memcpy(out, model->baselines, model->network.targets * sizeof *out);
    return RNN_OK;
}

/* Levels of which not a single value has an interval are left out. */
static rnn_status cover(const rnn_intervals *intervals, const rnn_predictions *p, size_t first, size_t count,
                        const double *factor, rnn_scoreboard *board)
{
    const size_t most = sizeof levels / sizeof *levels;
    const rnn_status status = RNN_NEW(board->step_coverage, most * p->horizon);
    for (size_t i = 0; i < most && status == RNN_OK; i++) {
        rnn_coverage *steps = board->step_coverage + board->levels * p->horizon, all = {levels[i], 0, 0};
        rnn_intervals_cover(intervals, p, first, count, factor, levels[i], steps);
        for (size_t step = 0; step < p->horizon; step++) {
            all.inside += steps[step].inside;
            all.values += steps[step].values;
        }
        if (all.values)
            board->coverage[board->levels++] = all;
    }
    return status;
}

/* The later half begins where no row is predicted that the earlier half was compared with. */
static rnn_status cover_halves(const rnn_predictions *p, size_t first, size_t count, const double *factor,
                               rnn_scoreboard *board)
{
    const size_t half = count / 2;
    size_t later = half;
    rnn_intervals intervals = {.outputs = 0};
    rnn_status status = RNN_OK;
    while (half > 0 && later < count && p->rows[first + later] < p->rows[first + half - 1] + p->horizon)
        later++;
    if (half == 0 || later == count)
        return RNN_OK;
    RNN_TRY(rnn_intervals_fit(p, first, half, factor, &intervals));
    status = cover(&intervals, p, first + later, count - later, factor, board);
fail:
    rnn_intervals_free(&intervals);
    return status;
}

rnn_status rnn_cover(const rnn_model *model, const rnn_predictions *p, size_t first, size_t count,
                     rnn_calibration calibration, rnn_scoreboard *board)
{
    const double *factor = model->scaler.factor;
    rnn_status status = RNN_OK;
    if (calibration == RNN_CALIBRATION_HALVES)
        status = cover_halves(p, first, count, factor, board);
    else if (calibration == RNN_CALIBRATION_MODEL && model->intervals.outputs)
        status = cover(&model->intervals, p, first, count, factor, board);
    board->calibration = board->levels ? calibration : RNN_CALIBRATION_NONE;
    return status;
}

rnn_status rnn_score(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard **out)
{
    rnn_baseline *baselines = NULL;
    rnn_scoreboard *board = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(RNN_NEW(baselines, model->network.targets));
    RNN_TRY(rnn_baselines_of(model, series, baselines));
    const rnn_rivalry rivalry = {series, 0, baselines, NULL};
    RNN_TRY(rnn_scoreboard_make(predictions, first, count, &rivalry, &board));
    RNN_TRY(rnn_cover(model, predictions, first, count, calibration, board));
    *out = board;
    board = NULL;
fail:
    rnn_scoreboard_free(board);
    free(baselines);
    return status;
}
