/* SPDX-License-Identifier: MIT
 * train.c - rnn_train: a run from series to model, whatever the recipe
 */
#include "base/memory.h"
#include "model/settings.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double rnn_original_rmse(const rnn_model *model, const rnn_sums *sums)
{
    const rnn_network *net = &model->network;
    double sum = 0, count = 0;
    for (size_t o = net->loss.point; o < sums->O; o += net->loss.Q) {
        const double factor = model->scaler.factor[o / net->loss.Q % net->targets];
        sum += sums->squares[o] * factor * factor;
        count += sums->counts[o];
    }
    return sqrt(sum / count);
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
    if (settings->recipe == RNN_RECIPE_ARTICLE && series->parts != 1)
        return rnn_fail(RNN_CONFIG, "%s: --recipe article takes one series, not %zu; drop --id", series->source,
                        series->parts);
    if (series->columns > RNN_MODEL_COLUMNS)
        return rnn_fail(RNN_CONFIG, "%s: %zu columns in use, a model takes at most %d; choose some with --features",
                        series->source, series->columns, RNN_MODEL_COLUMNS);
    return RNN_OK;
}

/* A share of few windows may be none. */
static rnn_status check_validation(const rnn_settings *settings, const rnn_split *split)
{
    if (split->val > 0 || (settings->schedule != RNN_PLATEAU && settings->patience == 0))
        return RNN_OK;
    return rnn_fail(RNN_CONFIG, "%s needs a validation part, and --val-fraction %g leaves none of %zu windows to it",
                    settings->patience ? "--patience" : "--schedule plateau", settings->val_fraction, split->total);
}

static rnn_status check_losses(const rnn_trainer *trainer, const rnn_epoch *epoch)
{
    const bool has_val = trainer->partition.split.val > 0;
    if (isfinite(epoch->loss) && (!has_val || isfinite(epoch->val_loss)))
        return RNN_OK;
    return rnn_diverged(trainer, isfinite(epoch->loss) ? "the validation loss" : "the loss");
}

/* Without a validation part nothing looks at what the last update did: the training part does. */
static rnn_status check_last_update(rnn_trainer *trainer)
{
    rnn_epoch last = {.val_loss = 0};
    rnn_status status;
    rnn_sums sums;
    RNN_TRY(rnn_sums_new(&trainer->model->network, &sums));
    RNN_TRY(rnn_workspace_look(&trainer->workspace, &trainer->train, &sums));
    last.loss = rnn_mean_loss(&trainer->model->network, &sums);
    status = check_losses(trainer, &last);
fail:
    rnn_sums_free(&sums);
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
    if (epoch->epoch == 1 || epoch->val_loss < trainer->at.best_loss) {
        trainer->at.best_loss = epoch->val_loss;
        trainer->at.best_epoch = epoch->epoch;
        trainer->at.best_rmse = epoch->val_rmse;
        return w->ops->copy(w->backend, w->params, w->best, rnn_model_bytes(trainer->model));
    }
    *enough = epoch->epoch >= trainer->at.best_epoch + patience;
    return RNN_OK;
}

/* Weights and moments as the device has them into what the next epoch begins with, if they are fit to be kept. */
static rnn_status fetch_epoch(rnn_trainer *trainer)
{
    const rnn_workspace *w = &trainer->workspace;
    rnn_model *model = trainer->model;
    const size_t bytes = rnn_model_bytes(model);
    rnn_status status;
    void *parameters = NULL, *moments = NULL;
    RNN_TRY(rnn_fetch_finite(trainer, w->params, 1, "a weight", &parameters));
    RNN_TRY(rnn_fetch_finite(trainer, w->moments, 2, "a moment of the optimizer", &moments));
    memcpy(model->parameters, parameters, bytes);
    memcpy(trainer->start_moments, moments, 2 * bytes);
fail:
    free(moments);
    free(parameters);
    return status;
}

static rnn_status run_epoch(rnn_trainer *trainer, bool *enough)
{
    rnn_model *model = trainer->model;
    const rnn_settings *s = &model->settings;
    const bool article = s->recipe == RNN_RECIPE_ARTICLE;
    const double began = rnn_seconds();
    rnn_epoch epoch = {.epoch = model->epochs + 1, .epochs = s->epochs};
    rnn_status status;
    model->val_rmse = NAN; /* from the first update on: a run may be stopped before the epoch's end */
    RNN_TRY(article ? rnn_epoch_article(trainer, &epoch) : rnn_epoch_default(trainer, &epoch, began));
    RNN_TRY(check_losses(trainer, &epoch));
    if (epoch.epoch == s->epochs && trainer->partition.split.val == 0 && !article)
        RNN_TRY(check_last_update(trainer));
    RNN_TRY(fetch_epoch(trainer));
    if (epoch.epoch == 1 && !article)
        RNN_TRY(rnn_tell_vanishing(trainer));
    RNN_TRY(watch_validation(trainer, &epoch, enough));
    if (s->schedule == RNN_PLATEAU)
        rnn_watch_plateau(s, epoch.val_loss, &trainer->at);
    rnn_model_sha256(model, epoch.weights_sha256);
    const double now = rnn_seconds();
    epoch.seconds = now - trainer->started;
    epoch.records_per_second = (double)trainer->train.count / (now - began);
    epoch.rollbacks = trainer->at.rollbacks;
    RNN_TRY(rnn_model_add_epoch(model, &epoch));
    model->val_rmse = article ? NAN : epoch.val_rmse; /* the article measures before it trains */
    if (trainer->observer->epoch)
        trainer->observer->epoch(trainer->observer->context, &epoch);
    rnn_mark_start(trainer);
    if (article && epoch.epoch < s->epochs)
        status = rnn_keep(trainer, began);
fail:
    return status;
}

static rnn_status run_epochs(rnn_trainer *trainer)
{
    rnn_status status = RNN_OK;
    bool enough = false;
    while (trainer->model->epochs < trainer->model->settings.epochs && !enough) {
        status = run_epoch(trainer, &enough);
        if (status == RNN_DIVERGED)
            status = rnn_roll_back(trainer);
        RNN_TRY(status);
    }
fail:
    return status;
}

/* The parameters a run ends with: as they are, or under --patience the best epoch's, where that was not the last. Those of
 * an epoch that was stopped were never validated: under --patience they are not kept. After a divergence the model has those of
 * the last epoch that ended. */
static rnn_status fetch_parameters(rnn_trainer *trainer, rnn_status ended)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_model *model = trainer->model;
    const rnn_position *at = &trainer->at;
    if (ended == RNN_DIVERGED && model->epochs)
        model->val_rmse = model->history[model->epochs - 1].val_rmse;
    if (at->best_epoch == 0 || (at->best_epoch == model->epochs && ended != RNN_STOPPED))
        return ended == RNN_DIVERGED ? RNN_OK : rnn_workspace_get(w, model->parameters);
    rnn_notice("kept the weights of epoch %zu, whose validation loss was the lowest", at->best_epoch);
    model->val_rmse = at->best_rmse;
    return w->ops->read(w->backend, w->best, 0, rnn_model_bytes(model), model->parameters);
}

/* Every kernel of the run once, so that compiling is over before the clock starts and a kernel that cannot be built is known
 * before hours are spent. What it leaves behind is overwritten: parameters are set afterwards, moments are zeroed here. */
static rnn_status rehearse(rnn_trainer *trainer)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const rnn_article_rule rule = {s->learning_rate, s->clip_value, trainer->model->network.truncate};
    const rnn_update update = rnn_workspace_rule(s);
    const size_t most = trainer->val.count < w->chunk ? trainer->val.count : w->chunk, seen = most ? most : 1;
    rnn_windows first = {.count = 0};
    rnn_status status;
    rnn_sums sums;
    RNN_TRY(rnn_windows_add(&first, 0, seen));
    const rnn_span looked = rnn_span_of(&first, 0);
    RNN_TRY(rnn_sums_new(&trainer->model->network, &sums));
    RNN_TRY(rnn_workspace_set(w, trainer->model->parameters));
    RNN_TRY(rnn_workspace_look(w, &looked, &sums));
    if (s->recipe == RNN_RECIPE_ARTICLE) {
        RNN_TRY(w->ops->article_epoch(w->plan, &rule, w->series, 0, w->params));
    } else {
        /* a minibatch of each size there is: which kernels take it hangs on its size */
        const size_t rest = trainer->train.count % w->batch;
        RNN_TRY(rnn_workspace_step(w, NULL, 0, w->batch, 0, s, &update));
        w->carries = s->stateful;
        if (rest || s->stateful)
            RNN_TRY(rnn_workspace_step(w, NULL, 0, rest ? rest : w->batch, 0, s, &update));
        RNN_TRY(rnn_workspace_clear_moments(w));
        RNN_TRY(rnn_workspace_heal(w));
    }
    status = w->ops->sync(w->backend);
fail:
    rnn_windows_free(&first);
    rnn_sums_free(&sums);
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
    trainer->train = rnn_span_of(&trainer->partition.train, settings->windows);
    trainer->val = rnn_span_of(&trainer->partition.val, settings->windows);
    if (settings->stateful) {
        const rnn_windows *all = &trainer->partition.train;
        const rnn_status status = rnn_streams_cut(settings, trainer->series, all, &trainer->streams);
        trainer->train = rnn_span_of(all, trainer->streams.B * trainer->streams.chunks);
        return status;
    }
    if (!settings->shuffle)
        return RNN_OK;
    if (trainer->train.count > UINT32_MAX)
        return rnn_fail(RNN_CONFIG, "%zu training windows are more than can be shuffled; give a number with --windows",
                        trainer->train.count);
    return RNN_NEW(trainer->order, trainer->train.count);
}

/* Room for what the run keeps beside the model. */
static rnn_status make_room(rnn_trainer *trainer)
{
    rnn_status status;
    RNN_TRY(rnn_sums_new(&trainer->model->network, &trainer->sums));
    trainer->start_moments = rnn_calloc(2, rnn_model_bytes(trainer->model), "the moments that an epoch began with");
    status = trainer->start_moments ? RNN_OK : RNN_NO_MEMORY;
fail:
    return status;
}

/* From the beginning, or from a checkpoint. */
static rnn_status begin(rnn_trainer *trainer)
{
    const size_t count = trainer->train.count, batch = trainer->workspace.batch;
    const rnn_checkpoint *resume = trainer->safeguards->resume;
    const rnn_clock zero = {0, 1, 1};
    rnn_status status = RNN_OK;
    trainer->steps = trainer->model->settings.recipe == RNN_RECIPE_ARTICLE ? 1 : count / batch + (count % batch != 0);
    trainer->at =
        (rnn_position){.now = zero, .start = zero, .rate_factor = 1, .plateau_loss = NAN, .plateau_factor = 1};
    if (resume)
        RNN_TRY(rnn_take_up(trainer, resume));
    else
        RNN_TRY(rnn_workspace_set(&trainer->workspace, trainer->model->parameters));
    trainer->last_save = rnn_seconds();
    trainer->started = rnn_seconds() - trainer->at.seconds;
fail:
    return status;
}

static bool is_reference(const rnn_backend *backend)
{
    return strcmp(backend->info.selector, "reference") == 0;
}

static rnn_status verify_kernels(const rnn_trainer *trainer, rnn_backend *backend)
{
    const rnn_model *model = trainer->model;
    rnn_settings s = model->settings;
    rnn_verified verified = {.steps = 0};
    s.batch = s.batch < trainer->train.count ? s.batch : trainer->train.count;
    return rnn_verify_kernels(&s, model->network.D, model->network.targets, trainer->train.count % s.batch, backend,
                              &verified);
}

/* The article's rule goes through all records in one launch: it is checked before the run. */
static rnn_status open_witness(rnn_trainer *trainer)
{
    const rnn_model *model = trainer->model;
    rnn_backend *backend = trainer->workspace.backend;
    if (trainer->safeguards->verify_every == 0 || model->settings.recipe == RNN_RECIPE_ARTICLE || is_reference(backend))
        return RNN_OK;
    return rnn_witness_open(model, &trainer->scaler, trainer->series, backend, &trainer->witness);
}

static void close_trainer(rnn_trainer *trainer)
{
    rnn_partition_free(&trainer->partition);
    free(trainer->order);
    rnn_sums_free(&trainer->sums);
    free(trainer->start_moments);
    rnn_witness_close(&trainer->witness);
    rnn_workspace_close(&trainer->workspace);
    rnn_model_free(trainer->model);
    rnn_scaler_free(&trainer->scaler);
}

/* What ended the run is nothing about the weights: it was told to, a checkpoint cannot be written, or they went astray after an
 * epoch whose weights are kept. */
static bool leaves_model(const rnn_trainer *trainer, rnn_status ended)
{
    const bool unkept = ended == RNN_IO || ended == RNN_CANNOT_CREATE;
    return ended == RNN_OK || ended == RNN_STOPPED || ((unkept || ended == RNN_DIVERGED) && trainer->model->epochs);
}

/* The weights are there whatever becomes of the intervals, and what ended the run is told first. */
static rnn_status finish(rnn_trainer *trainer, rnn_status ended)
{
    char ending[1024];
    snprintf(ending, sizeof ending, "%s", ended ? rnn_error_message() : "");
    const rnn_status status = rnn_calibrate(trainer);
    if (ended == RNN_OK)
        return status ? rnn_fail_within(status, "the model is trained, but has no intervals: ") : RNN_OK;
    if (status)
        rnn_notice("the model has no intervals: %s", rnn_error_message());
    return rnn_fail(ended, "%s", ending);
}

rnn_status rnn_train_with(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                          const rnn_observer *observer, const rnn_safeguards *safeguards, rnn_model **out)
{
    static const rnn_observer nobody;
    static const rnn_safeguards none;
    rnn_settings resolved = *settings;
    rnn_memory memory;
    rnn_trainer trainer = {
        .observer = observer ? observer : &nobody, .safeguards = safeguards ? safeguards : &none, .series = series};
    rnn_status status;
    *out = NULL;
    if (trainer.safeguards->resume)
        RNN_TRY(rnn_check_resume(settings, trainer.safeguards->resume));
    RNN_TRY(check_job(settings, series, backend));
    rnn_settings_resolve(&resolved, series);
    RNN_TRY(rnn_partition_make(&resolved, series, &trainer.partition));
    if (trainer.partition.left_out)
        rnn_notice("%s: %zu of %zu series %s left out, being too short", series->source, trainer.partition.left_out,
                   series->parts, trainer.partition.left_out == 1 ? "is" : "are");
    RNN_TRY(check_validation(&resolved, &trainer.partition.split));
    RNN_TRY(rnn_memory_plan(&resolved, series, backend, &memory));
    RNN_TRY(rnn_memory_check(&memory, &resolved, series, backend));
    RNN_TRY(choose_windows(&trainer, &resolved));
    RNN_TRY(rnn_model_new_for(&resolved, series, &trainer.model));
    RNN_TRY(rnn_scaler_fit_parts(&trainer.scaler, &resolved, series, trainer.partition.fit_ends));
    RNN_TRY(rnn_model_keep_scaling(trainer.model, &trainer.scaler, series, trainer.partition.fit_ends));
    RNN_TRY(rnn_fit_baselines(&trainer));
    if (!trainer.safeguards->resume)
        RNN_TRY(rnn_model_draw(trainer.model));
    RNN_TRY(make_room(&trainer));
    if (trainer.safeguards->verify && !backend->verified && !is_reference(backend))
        RNN_TRY(verify_kernels(&trainer, backend));
    RNN_TRY(rnn_workspace_open(&trainer.workspace, backend, &trainer.model->network, &trainer.scaler, series,
                               rnn_pass_windows(&trainer.partition.split, &resolved), &resolved));
    RNN_TRY(rehearse(&trainer));
    RNN_TRY(open_witness(&trainer));
    RNN_TRY(begin(&trainer));
    note_origin(trainer.model, &trainer);
    const rnn_status ended = run_epochs(&trainer);
    status = ended;
    if (leaves_model(&trainer, ended)) {
        RNN_TRY(fetch_parameters(&trainer, ended));
        status = finish(&trainer, ended);
        *out = trainer.model;
        trainer.model = NULL;
    }
fail:
    close_trainer(&trainer);
    return status;
}

rnn_status rnn_train(const rnn_settings *settings, const rnn_series *series, rnn_backend *backend,
                     const rnn_observer *observer, rnn_model **out)
{
    return rnn_train_with(settings, series, backend, observer, NULL, out);
}
