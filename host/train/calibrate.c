/* SPDX-License-Identifier: MIT
 * calibrate.c - what a model knows about its own forecasts: what it has to beat, and by how much it was off on its validation part
 */
#include "base/memory.h"
#include "data/series.h"
#include "train/predict.h"
#include "train/score.h"
#include "train/trainer.h"

#include <stdlib.h>
#include <string.h>

#define MOST_WINDOWS 16384 /* of the validation part, evenly spaced: more would cost memory and move no width */

rnn_status rnn_fit_baselines(rnn_trainer *trainer)
{
    rnn_model *model = trainer->model;
    const rnn_series *series = trainer->series;
    const size_t targets = model->network.targets;
    rnn_status status;
    rnn_baseline *all = NULL;
    RNN_TRY(RNN_NEW(all, series->parts * targets));
    RNN_TRY(rnn_baselines_fit(series, trainer->partition.fit_ends, model->settings.season, all));
    if (series->parts == 1) { /* those of many series are found again where they are asked for */
        model->baselines = all;
        return RNN_OK;
    }
fail:
    free(all);
    return status;
}

rnn_status rnn_calibrate(rnn_trainer *trainer)
{
    rnn_model *model = trainer->model;
    rnn_status status;
    rnn_predictions *p = NULL;
    rnn_series_sha256(trainer->series, trainer->series->N, model->data_sha256);
    if (trainer->val.count == 0 || model->settings.recipe == RNN_RECIPE_ARTICLE)
        return RNN_OK;
    const rnn_span val =
        trainer->val.count > MOST_WINDOWS ? rnn_span_of(&trainer->partition.val, MOST_WINDOWS) : trainer->val;
    RNN_TRY(rnn_predict_with(model, &trainer->scaler, &trainer->workspace, trainer->series, &val, 1, &p));
    status = rnn_intervals_fit(p, 0, p->count, &trainer->scaler, &model->intervals);
fail:
    rnn_predictions_free(p);
    return status;
}

bool rnn_model_knows(const rnn_model *model, const rnn_series *series, size_t *rows)
{
    rnn_head head;
    char sha256[65];
    *rows = model->data_sha256[0] ? model->rows : 0;
    if (!model->data_sha256[0] || series->N < model->rows || series->columns != model->network.columns)
        return false;
    rnn_series_head(series, model->rows, &head);
    if (series->N > model->rows && series->parts > 1) /* the same with a future, or more of it, at the ends */
        rnn_series_past_sha256(series, sha256);
    else
        rnn_series_sha256(&head.series, head.series.N, sha256);
    return strcmp(sha256, model->data_sha256) == 0;
}

bool rnn_model_naive(const rnn_model *model, size_t target, size_t *season, size_t *order)
{
    if (!model->baselines || target >= model->network.targets)
        return false;
    *season = model->baselines[target].season;
    *order = model->baselines[target].order;
    return true;
}
