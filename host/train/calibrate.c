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
    RNN_TRY(rnn_baselines_fit(series, trainer->partition.fit_ends, model->settings.season, true, all));
    if (series->parts == 1) { /* those of many series are found again where they are asked for */
        model->baselines = all;
        return RNN_OK;
    }
fail:
    free(all);
    return status;
}

/* The rows that rnn_model_knows looks for again. */
static rnn_status keep_origin(const rnn_series *series, rnn_model *model)
{
    const rnn_status status = RNN_NEW(model->own_rows, series->parts);
    if (status)
        return status;
    model->own_parts = series->parts;
    for (size_t p = 0; p < series->parts; p++)
        model->own_rows[p] = series->ends[p] - series->starts[p];
    rnn_series_sha256(series, NULL, model->data_sha256);
    return RNN_OK;
}

rnn_status rnn_calibrate(rnn_trainer *trainer)
{
    rnn_model *model = trainer->model;
    rnn_status status;
    rnn_predictions *p = NULL;
    RNN_TRY(keep_origin(trainer->series, model));
    if (trainer->val.count == 0 || model->settings.recipe == RNN_RECIPE_ARTICLE)
        return RNN_OK;
    const rnn_span val =
        trainer->val.count > MOST_WINDOWS ? rnn_span_of(&trainer->partition.val, MOST_WINDOWS) : trainer->val;
    RNN_TRY(rnn_predict_with(model, &trainer->scaler, &trainer->workspace, trainer->series, &val, 1, &p));
    const rnn_range all = {0, p->count};
    status = rnn_intervals_fit(p, &all, 1, &trainer->scaler, &model->intervals);
fail:
    rnn_predictions_free(p);
    return status;
}

/* Of a model that does not say it, as those of earlier versions: all that it was made from. */
static size_t own_rows(const rnn_model *model, const rnn_series *series, size_t part)
{
    const size_t there = series->ends[part] - series->starts[part];
    if (model->own_parts)
        return model->own_rows[part];
    return there < model->rows ? there : model->rows;
}

/* By the digest of earlier versions, which was of the whole table: more rows may follow one series alone. */
static bool knows_whole(const rnn_model *model, const rnn_series *series)
{
    char sha256[65];
    if (series->N < model->rows || (series->N > model->rows && series->parts > 1))
        return false;
    rnn_series_sha256_before(series, model->rows, sha256);
    return strcmp(sha256, model->data_sha256) == 0;
}

bool rnn_model_knows(const rnn_model *model, const rnn_series *series, size_t *rows)
{
    char sha256[65];
    *rows = model->data_sha256[0] && !model->own_parts ? model->rows : 0;
    for (size_t p = 0; model->data_sha256[0] && p < model->own_parts; p++)
        *rows += model->own_rows[p];
    if (*rows == 0 || series->columns != model->network.columns || series->known != model->network.known)
        return false;
    if (!model->own_parts)
        return knows_whole(model, series);
    if (series->parts != model->own_parts)
        return false;
    for (size_t p = 0; p < series->parts; p++)
        if (series->ends[p] - series->starts[p] < model->own_rows[p])
            return false;
    rnn_series_sha256(series, model->own_rows, sha256);
    return strcmp(sha256, model->data_sha256) == 0;
}

rnn_status rnn_model_own(const rnn_model *model, const rnn_series *series, rnn_series *own, size_t **ends)
{
    size_t rows;
    rnn_status status;
    *own = *series;
    *ends = NULL;
    if (!rnn_model_knows(model, series, &rows))
        return RNN_OK;
    RNN_TRY(RNN_NEW(*ends, series->parts));
    for (size_t p = 0; p < series->parts; p++)
        (*ends)[p] = series->starts[p] + own_rows(model, series, p);
    own->ends = *ends;
fail:
    return status;
}

bool rnn_model_naive(const rnn_model *model, size_t target, size_t *season, size_t *order)
{
    if (!model->baselines || target >= model->network.targets)
        return false;
    *season = model->baselines[target].season;
    *order = model->baselines[target].order;
    return true;
}
