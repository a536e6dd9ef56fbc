/* SPDX-License-Identifier: MIT
 * train.c - rnn_train: a run from series to model, whatever the recipe
 */
#include "base/memory.h"
#include "model/settings.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

double rnn_original_rmse(const rnn_model *model, const double *sums, size_t records)
{
    const size_t O = model->network.O;
    double sum = 0;
    for (size_t o = 0; o < O; o++)
        sum += sums[o] * model->scaler.factor[o] * model->scaler.factor[o];
    return sqrt(sum / (double)(records * O));
}

static rnn_status check_job(const rnn_settings *settings, const rnn_series *series, const rnn_backend *backend)
{
    const rnn_status status = rnn_settings_check(settings);
    if (status)
        return status;
    if (settings->precision != backend->precision)
        return rnn_fail(RNN_CONFIG, "the device is opened for %s, the settings say %s",
                        backend->precision == RNN_DOUBLE ? "double" : "float",
                        settings->precision == RNN_DOUBLE ? "double" : "float");
    if (settings->recipe == RNN_RECIPE_ARTICLE && series->columns != 1)
        return rnn_fail(RNN_CONFIG,
                        "%s: --recipe article takes one column, not %zu; drop --features and further targets",
                        series->source, series->columns);
    if (series->columns > RNN_MODEL_COLUMNS)
        return rnn_fail(RNN_CONFIG, "%s: %zu columns in use, a model takes at most %d; choose some with --features",
                        series->source, series->columns, RNN_MODEL_COLUMNS);
    return RNN_OK;
}

static rnn_status check_finite(const rnn_epoch *epoch, size_t val)
{
    if (isfinite(epoch->loss) && (val == 0 || isfinite(epoch->val_loss)))
        return RNN_OK;
    return rnn_fail(RNN_BAD_DATA,
                    "training diverged: the loss of epoch %zu is not finite; try a smaller --learning-rate, or "
                    "--clip-norm 1",
                    epoch->epoch);
}

/* Without a validation part nothing looks at what the last update did: the training part does. */
static rnn_status check_last_update(rnn_trainer *trainer)
{
    const size_t O = trainer->model->network.O;
    rnn_epoch last = {.epoch = trainer->model->epochs};
    rnn_status status;
    double *sums = NULL;
    RNN_TRY(RNN_NEW(sums, O));
    RNN_TRY(rnn_workspace_look(&trainer->workspace, &trainer->train, sums));
    for (size_t o = 0; o < O; o++)
        last.loss += sums[o];
    status = check_finite(&last, 0);
fail:
    free(sums);
    return status;
}

/* Keeps the best weights so far aside; true when patience is over. */
static rnn_status watch_validation(rnn_trainer *trainer, const rnn_epoch *epoch, bool *enough)
{
    rnn_workspace *w = &trainer->workspace;
    const size_t patience = trainer->model->settings.patience;
    *enough = false;
    if (patience == 0)
        return RNN_OK;
    if (epoch->epoch == 1 || epoch->val_loss < trainer->best_loss) {
        trainer->best_loss = epoch->val_loss;
        trainer->best_epoch = epoch->epoch;
        trainer->best_rmse = epoch->val_rmse;
        return w->ops->copy(w->backend, w->params, w->best, rnn_model_bytes(trainer->model));
    }
    *enough = epoch->epoch >= trainer->best_epoch + patience;
    return RNN_OK;
}

static rnn_status run_epochs(rnn_trainer *trainer)
{
    rnn_model *model = trainer->model;
    const rnn_settings *s = &model->settings;
    const bool article = s->recipe == RNN_RECIPE_ARTICLE;
    rnn_status status = RNN_OK;
    bool enough = false;
    for (size_t e = 1; e <= s->epochs && !enough; e++) {
        const double started = rnn_seconds();
        rnn_epoch epoch = {.epoch = e, .epochs = s->epochs};
        model->val_rmse = NAN; /* from the first update on: a run may be stopped before the epoch's end */
        RNN_TRY(article ? rnn_epoch_article(trainer, &epoch) : rnn_epoch_default(trainer, &epoch));
        RNN_TRY(check_finite(&epoch, trainer->split.val));
        if (e == 1 && !article)
            RNN_TRY(rnn_tell_vanishing(trainer));
        RNN_TRY(rnn_workspace_get(&trainer->workspace, model->parameters));
        RNN_TRY(watch_validation(trainer, &epoch, &enough));
        rnn_model_sha256(model, epoch.weights_sha256);
        const double now = rnn_seconds();
        epoch.seconds = now - trainer->started;
        epoch.records_per_second = (double)trainer->train.count / (now - started);
        model->epochs = e;
        model->val_rmse = article ? NAN : epoch.val_rmse; /* the article measures before it trains */
        if (trainer->observer->epoch)
            trainer->observer->epoch(trainer->observer->context, &epoch);
    }
    if (trainer->split.val == 0 && !article)
        status = check_last_update(trainer);
fail:
    return status;
}

/* The parameters a run ends with: as they are, or under --patience the best epoch's, where that was not the last. Those of
 * an epoch that was stopped were never validated: under --patience they are not kept. */
static rnn_status fetch_parameters(rnn_trainer *trainer, bool stopped)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_model *model = trainer->model;
    if (trainer->best_epoch == 0 || (trainer->best_epoch == model->epochs && !stopped))
        return rnn_workspace_get(w, model->parameters);
    rnn_notice("kept the weights of epoch %zu, whose validation loss was the lowest", trainer->best_epoch);
    model->val_rmse = trainer->best_rmse;
    return w->ops->read(w->backend, w->best, 0, rnn_model_bytes(model), model->parameters);
}

/* Every kernel of the run once, so that compiling is over before the clock starts and a kernel that cannot be built is known
 * before hours are spent. What it leaves behind is overwritten: parameters are set afterwards, moments are zeroed here. */
static rnn_status rehearse(rnn_trainer *trainer)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const rnn_article_rule rule = {s->learning_rate, s->clip_value, trainer->model->network.truncate};
    const rnn_update update = {.optimizer = s->optimizer, .correction1 = 1, .correction2 = 1, .epsilon = 1};
    const size_t most = trainer->val.count < w->chunk ? trainer->val.count : w->chunk, seen = most ? most : 1;
    const rnn_span looked = {0, seen, seen};
    rnn_status status;
    double *sums = NULL;
    RNN_TRY(RNN_NEW(sums, trainer->model->network.O));
    RNN_TRY(rnn_workspace_set(w, trainer->model->parameters));
    RNN_TRY(rnn_workspace_look(w, &looked, sums));
    if (s->recipe == RNN_RECIPE_ARTICLE) {
        RNN_TRY(w->ops->article_epoch(w->plan, &rule, w->series, 0, w->params));
    } else {
        /* a minibatch of each size there is: which kernels take it hangs on its size */
        const size_t rest = trainer->train.count % w->batch;
        RNN_TRY(rnn_workspace_step(w, NULL, 0, w->batch, 0, s, &update));
        if (rest)
            RNN_TRY(rnn_workspace_step(w, NULL, 0, rest, 0, s, &update));
        RNN_TRY(rnn_workspace_clear_moments(w));
    }
    status = w->ops->sync(w->backend);
fail:
    free(sums);
    return status;
}

static void note_origin(rnn_model *model, const rnn_trainer *trainer)
{
    const rnn_device_info *info = &trainer->workspace.backend->info;
    const size_t B = model->settings.batch < trainer->train.count ? model->settings.batch : trainer->train.count;
    snprintf(model->device, sizeof model->device, "%s", info->name);
    snprintf(model->driver, sizeof model->driver, "%s", info->driver);
    model->bit_exact = info->bit_exact;
    model->reduction_blocks = rnn_workspace_blocks(&trainer->workspace, &model->settings, B);
}

/* Which windows an epoch trains on and looks at. */
static rnn_status choose_windows(rnn_trainer *trainer, const rnn_settings *settings)
{
    const rnn_split *split = &trainer->split;
    trainer->train = rnn_span_of(0, split->train, settings->windows);
    trainer->val = rnn_span_of(split->train, split->val, settings->windows);
    if (!settings->shuffle)
        return RNN_OK;
    if (trainer->train.count > UINT32_MAX)
        return rnn_fail(RNN_CONFIG, "%zu training windows are more than can be shuffled; give a number with --windows",
                        trainer->train.count);
    return RNN_NEW(trainer->order, trainer->train.count);
}

rnn_status rnn_train(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                     const rnn_observer *observer, rnn_model **out)
{
    static const rnn_observer nobody;
    rnn_settings resolved = *settings;
    rnn_memory memory;
    rnn_trainer trainer = {.observer = observer ? observer : &nobody, .power1 = 1, .power2 = 1};
    rnn_status status;
    *out = NULL;
    RNN_TRY(check_job(settings, series, backend));
    RNN_TRY(rnn_split_windows(settings, series->N, &trainer.split));
    RNN_TRY(rnn_memory_plan(settings, series, backend, &memory));
    RNN_TRY(rnn_memory_check(&memory, settings, series, backend));
    RNN_TRY(choose_windows(&trainer, settings));
    rnn_settings_resolve(&resolved);
    RNN_TRY(rnn_model_new(&resolved, series->columns, series->targets, (const char *const *)series->names,
                          series->source, series->N, &trainer.model));
    RNN_TRY(rnn_scaler_fit(&trainer.model->scaler, settings->scaling, series, trainer.split.train_rows));
    RNN_TRY(rnn_model_draw(trainer.model));
    RNN_TRY(rnn_workspace_open(&trainer.workspace, backend, &trainer.model->network, &trainer.model->scaler, series,
                               rnn_pass_windows(&trainer.split, settings), settings));
    RNN_TRY(rehearse(&trainer));
    RNN_TRY(rnn_workspace_set(&trainer.workspace, trainer.model->parameters));
    note_origin(trainer.model, &trainer);
    trainer.started = rnn_seconds();
    status = run_epochs(&trainer);
    if (status == RNN_OK || status == RNN_STOPPED) {
        const rnn_status fetched = fetch_parameters(&trainer, status == RNN_STOPPED);
        status = fetched ? fetched : status;
    }
    if (status == RNN_OK || status == RNN_STOPPED) {
        *out = trainer.model;
        trainer.model = NULL;
    }
fail:
    free(trainer.order);
    rnn_workspace_close(&trainer.workspace);
    rnn_model_free(trainer.model);
    return status;
}
