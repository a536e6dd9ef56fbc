/* SPDX-License-Identifier: MIT
 * calibrate.c - what a model knows about its own forecasts: what it has to beat, and by how much it was off on its validation part
 */
#include "base/memory.h"
#include "train/predict.h"
#include "train/trainer.h"

#include <string.h>

#define MOST_WINDOWS 16384 /* of the validation part, evenly spaced: more would cost memory and move no width */

rnn_status rnn_fit_baselines(rnn_trainer *trainer)
{
    rnn_model *model = trainer->model;
    rnn_status status;
    RNN_TRY(RNN_NEW(model->baselines, model->network.targets));
    for (size_t target = 0; target < model->network.targets; target++)
        RNN_TRY(rnn_baseline_fit(trainer->series, target, 0, trainer->partition.split.train_rows,
                                 model->settings.season, &model->baselines[target]));
fail:
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
    RNN_TRY(rnn_predict_with(model, &trainer->workspace, trainer->series, &val, 1, &p));
    status = rnn_intervals_fit(p, 0, p->count, model->scaler.factor, &model->intervals);
fail:
    rnn_predictions_free(p);
    return status;
}

bool rnn_model_knows(const rnn_model *model, const rnn_series *series, size_t *rows)
{
    char sha256[65];
    *rows = model->data_sha256[0] ? model->rows : 0;
    if (!model->data_sha256[0] || series->N < model->rows || series->columns != model->network.columns)
        return false;
    rnn_series_sha256(series, model->rows, sha256);
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
