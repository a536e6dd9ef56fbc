/* SPDX-License-Identifier: MIT
 * score.c - rnn_score: the scoreboard of a model's predictions, and whether its intervals keep what they promise
 */
#include "base/memory.h"
#include "score/scoreboard.h"
#include "train/predict.h"

#include <math.h>
#include <stdlib.h>

static const double levels[] = {0.8, 0.95};

/* A model of an earlier version says nothing about the rows it was trained on. */
static rnn_status fit_anew(const rnn_model *model, const rnn_series *series, rnn_baseline **out)
{
    const rnn_settings *s = &model->settings;
    const size_t targets = model->network.targets;
    const size_t share = (size_t)((double)series->N * (1 - s->val_fraction - s->test_fraction));
    const size_t rows = share ? share : 1;
    rnn_status status;
    RNN_TRY(RNN_NEW(*out, targets));
    for (size_t target = 0; target < targets; target++)
        RNN_TRY(rnn_baseline_fit(series, target, 0, rows, s->season, &(*out)[target]));
    rnn_notice(
        "the model keeps no naive forecasts, as those trained now do: they are fitted on the first %zu rows of %s",
        rows, series->source);
fail:
    return status;
}

static void cover(const rnn_intervals *intervals, const rnn_predictions *p, size_t first, size_t count,
                  const double *factor, rnn_scoreboard *board)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        rnn_coverage coverage = {levels[i], 0, 0};
        rnn_intervals_cover(intervals, p, first, count, factor, &coverage);
        if (coverage.values)
            board->coverage[board->levels++] = coverage;
    }
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
    cover(&intervals, p, first + later, count - later, factor, board);
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
        cover(&model->intervals, p, first, count, factor, board);
    board->calibration = board->levels ? calibration : RNN_CALIBRATION_NONE;
    return status;
}

rnn_status rnn_score(const rnn_model *model, const rnn_series *series, const rnn_predictions *predictions, size_t first,
                     size_t count, rnn_calibration calibration, rnn_scoreboard **out)
{
    rnn_baseline *fitted = NULL;
    rnn_scoreboard *board = NULL;
    rnn_status status;
    *out = NULL;
    if (!model->baselines)
        RNN_TRY(fit_anew(model, series, &fitted));
    const rnn_rivalry rivalry = {series, 0, model->baselines ? model->baselines : fitted, NULL};
    RNN_TRY(rnn_scoreboard_make(predictions, first, count, &rivalry, &board));
    RNN_TRY(rnn_cover(model, predictions, first, count, calibration, board));
    *out = board;
    board = NULL;
fail:
    rnn_scoreboard_free(board);
    free(fitted);
    return status;
}
