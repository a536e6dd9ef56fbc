/* SPDX-License-Identifier: MIT
 * keep.c - what a run does so that nothing is lost: checkpoints, and the way back after a divergence
 */
#include "base/memory.h"
#include "base/sha256.h"
#include "model/settings.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_SECONDS 0.1
#define FAILED_SAVES     3    /* in a row end the run */
#define ROLLBACKS        5    /* in a run */
#define RATE_FACTOR      0.25 /* exact: the rates stay what they were but for the exponent */

/* ---- Not finite ---------------------------------------------------------------------------------------------------- */

rnn_status rnn_diverged(const rnn_trainer *trainer, const char *what)
{
    return rnn_fail(RNN_DIVERGED, "training diverged: %s of epoch %zu is not finite", what, trainer->model->epochs + 1);
}

rnn_status rnn_collect(rnn_trainer *trainer)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_status status = RNN_OK;
    size_t slot;
    rnn_ill_cause cause;
    char what[64];
    const size_t slots = trainer->slots;
    if (slots == 0)
        return RNN_OK;
    trainer->slots = 0;
    RNN_TRY(rnn_workspace_health(w, &slot, &cause));
    if (slot < slots) {
        snprintf(what, sizeof what, "the %s in update %zu", cause == RNN_ILL_LOSS ? "loss" : "gradient",
                 trainer->at.now.step - slots + slot + 1);
        return rnn_diverged(trainer, what);
    }
    const size_t values = (trainer->at.records - trainer->summed) * trainer->model->network.loss_steps;
    status = rnn_workspace_losses(w, slots, values, &trainer->sums);
    trainer->summed = trainer->at.records;
fail:
    return status;
}

/* ---- Checkpoints --------------------------------------------------------------------------------------------------- */

/* What digests of either layout begin with: the shape and the names of columns. */
static void begin_digest(rnn_sha256 *hash, const rnn_series *series, size_t rows)
{
    const uint64_t shape[3] = {rows, series->columns, series->targets};
    rnn_sha256_init(hash);
    rnn_sha256_update(hash, shape, sizeof shape);
    for (size_t i = 0; i < series->columns; i++)
        rnn_sha256_text(hash, series->names[i]);
}

void rnn_series_sha256(const rnn_series *series, const size_t *rows, char hex[65])
{
    rnn_sha256 hash;
    size_t all = 0;
    for (size_t p = 0; p < series->parts; p++)
        all += rows ? rows[p] : series->ends[p] - series->starts[p];
    begin_digest(&hash, series, all);
    if (series->parts > 1 || series->known) { /* of one series alone there is no more to say */
        const uint64_t kind[2] = {series->parts, series->known};
        rnn_sha256_update(&hash, kind, sizeof kind);
    }
    for (size_t p = 0; series->ids && p < series->parts; p++)
        rnn_sha256_text(&hash, series->ids[p]);
    for (size_t p = 0; p < series->parts; p++) {
        const uint64_t count = rows ? rows[p] : series->ends[p] - series->starts[p];
        if (series->parts > 1)
            rnn_sha256_update(&hash, &count, sizeof count);
        rnn_sha256_update(&hash, series->values + series->starts[p] * series->columns,
                          count * series->columns * sizeof *series->values);
    }
    rnn_sha256_final_hex(&hash, hex);
}

void rnn_series_sha256_before(const rnn_series *series, size_t rows, char hex[65])
{
    rnn_sha256 hash;
    begin_digest(&hash, series, rows);
    if (series->parts > 1 || series->known) {
        const uint64_t kind[2] = {series->parts, series->known};
        rnn_sha256_update(&hash, kind, sizeof kind);
        rnn_sha256_update(&hash, series->starts, series->parts * sizeof *series->starts);
        rnn_sha256_update(&hash, rows < series->N ? &rows : series->ends, series->parts * sizeof *series->ends);
    }
    for (size_t p = 0; series->ids && p < series->parts; p++)
        rnn_sha256_text(&hash, series->ids[p]);
    rnn_sha256_update(&hash, series->values, rows * series->columns * sizeof *series->values);
    rnn_sha256_final_hex(&hash, hex);
}

rnn_status rnn_fetch_finite(const rnn_trainer *trainer, const rnn_buffer *buffer, size_t rows, const char *what,
                            void **out)
{
    const rnn_workspace *w = &trainer->workspace;
    const size_t bytes = rows * rnn_model_bytes(trainer->model), count = rows * trainer->model->network.parameters;
    const bool is_double = trainer->model->settings.precision == RNN_DOUBLE;
    rnn_status status;
    if (!(*out = rnn_calloc(1, bytes, what)))
        return RNN_NO_MEMORY;
    RNN_TRY(w->ops->read(w->backend, buffer, 0, bytes, *out));
    for (size_t i = 0; i < count; i++)
        if (!(is_double ? isfinite(((const double *)*out)[i]) : isfinite(((const float *)*out)[i])))
            return rnn_diverged(trainer, what);
fail:
    return status;
}

/* Half-way through an epoch its beginning is kept too: a divergence leads back there. */
static rnn_status save(rnn_trainer *trainer)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_model now = *trainer->model;
    const bool begun = trainer->at.records > 0;
    rnn_checkpoint c = {.model = &now,
                        .start = begun ? trainer->model->parameters : NULL,
                        .start_moments = begun ? trainer->start_moments : NULL,
                        .sums = trainer->sums.terms,
                        .note = (char *)trainer->safeguards->note};
    rnn_status status;
    now.parameters = NULL;
    RNN_TRY(rnn_collect(trainer));
    RNN_TRY(rnn_fetch_finite(trainer, w->params, 1, "a weight", &now.parameters));
    RNN_TRY(rnn_fetch_finite(trainer, w->moments, 2, "a moment of the optimizer", &c.moments));
    if (trainer->at.best_epoch)
        RNN_TRY(rnn_fetch_finite(trainer, w->best, 1, "a weight of the best epoch", &c.best));
    if (trainer->model->settings.stateful && begun) {
        const size_t rows = rnn_state_rows(&trainer->model->network, w->batch);
        if (!(c.state = rnn_calloc(rows * trainer->model->network.H, rnn_real_size(w->backend), "the state")))
            status = RNN_NO_MEMORY;
        else
            status = rnn_workspace_read_state(w, trainer->model->network.T, w->batch, c.state);
        RNN_TRY(status);
    }
    if (trainer->model->network.loss.tallied && begun)
        c.counts = trainer->sums.counts;
    if (!trainer->data_sha256[0])
        rnn_series_sha256(trainer->series, NULL, trainer->data_sha256);
    memcpy(c.data_sha256, trainer->data_sha256, sizeof c.data_sha256);
    c.at = trainer->at;
    c.at.seconds = rnn_seconds() - trainer->started;
    status = rnn_checkpoint_save(&c, trainer->safeguards->checkpoint);
fail:
    free(c.state);
    free(c.best);
    free(c.moments);
    free(now.parameters);
    return status;
}

/* A disk that is full for a while costs checkpoints, not the run. */
static rnn_status save_or_warn(rnn_trainer *trainer)
{
    const rnn_observer *observer = trainer->observer;
    const rnn_status status = save(trainer);
    trainer->last_save = rnn_seconds();
    if (status == RNN_OK) {
        trainer->failed_saves = 0;
        if (observer->saved)
            observer->saved(observer->context, trainer->safeguards->checkpoint);
        return RNN_OK;
    }
    if (status != RNN_IO && status != RNN_CANNOT_CREATE)
        return status;
    if (++trainer->failed_saves == FAILED_SAVES)
        return rnn_fail_within(RNN_IO, "%d checkpoints in a row could not be written: ", FAILED_SAVES);
    rnn_notice("no checkpoint: %s; training goes on, and tries again when the next is due", rnn_error_message());
    return RNN_OK;
}

static rnn_status fail_other(const char *what, const char *found, const char *expected)
{
    return rnn_fail(RNN_CONFIG, "the run cannot go on with other %s: found %s, the checkpoint has %s", what, found,
                    expected);
}

rnn_status rnn_check_resume(const rnn_settings *settings, const rnn_checkpoint *checkpoint)
{
    rnn_settings found = *settings;
    rnn_settings_resolve_as(&found, &checkpoint->model->settings);
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char a[RNN_OPTION_ROOM], b[RNN_OPTION_ROOM], what[64];
        rnn_option_text(row, &found, a, sizeof a);
        rnn_option_text(row, &checkpoint->model->settings, b, sizeof b);
        snprintf(what, sizeof what, "settings, --%s", row->name);
        if (strcmp(a, b) != 0 && strcmp(row->name, "on-divergence") != 0)
            return fail_other(what, a, b);
    }
    return RNN_OK;
}

static rnn_status compare_columns(const rnn_model *found, const rnn_model *expected)
{
    const rnn_network *a = &found->network, *b = &expected->network;
    char counts[2][64];
    snprintf(counts[0], sizeof counts[0], "%zu, %zu of them targets", a->columns, a->targets);
    snprintf(counts[1], sizeof counts[1], "%zu, %zu of them targets", b->columns, b->targets);
    if (strcmp(counts[0], counts[1]) != 0)
        return fail_other("columns", counts[0], counts[1]);
    for (size_t i = 0; i < a->columns; i++)
        if (strcmp(found->columns[i], expected->columns[i]) != 0)
            return fail_other("columns", found->columns[i], expected->columns[i]);
    return RNN_OK;
}

static rnn_status compare_data(rnn_trainer *trainer, const char *expected)
{
    char before[65];
    rnn_series_sha256(trainer->series, NULL, trainer->data_sha256);
    rnn_series_sha256_before(trainer->series, trainer->series->N, before);
    if (strcmp(trainer->data_sha256, expected) != 0 && strcmp(before, expected) != 0)
        return fail_other("data (SHA-256)", trainer->data_sha256, expected);
    return RNN_OK;
}

/* The numbers of a position are functions of each other; a file in which they are not was made by no run. */
static rnn_status check_position(const rnn_trainer *trainer, const rnn_position *at)
{
    const size_t B = trainer->workspace.batch, epochs = trainer->model->epochs;
    const bool article = trainer->model->settings.recipe == RNN_RECIPE_ARTICLE;
    const size_t most = article ? 0 : trainer->train.count; /* the article's epoch is one update */
    if (at->records > most || (at->records % B != 0 && at->records != most) ||
        at->start.step != epochs * trainer->steps || at->now.step != at->start.step + (at->records + B - 1) / B)
        return rnn_fail(
            RNN_BAD_DATA,
            "the checkpoint is at update %zu, record %zu of epoch %zu, where no run of these settings comes by",
            at->now.step, at->records, epochs + 1);
    return RNN_OK;
}

rnn_status rnn_take_up(rnn_trainer *trainer, const rnn_checkpoint *from)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_model *model = trainer->model;
    const size_t bytes = rnn_model_bytes(model);
    rnn_status status;
    RNN_TRY(compare_columns(model, from->model));
    RNN_TRY(compare_data(trainer, from->data_sha256));
    for (size_t e = 0; e < from->model->epochs; e++)
        RNN_TRY(rnn_model_add_epoch(model, &from->model->history[e]));
    model->val_rmse = from->model->val_rmse;
    RNN_TRY(check_position(trainer, &from->at));
    trainer->at = from->at;
    memcpy(trainer->sums.terms, from->sums, model->network.O * sizeof *from->sums);
    for (size_t o = 0; o < model->network.O; o++)
        trainer->sums.counts[o] =
            from->counts ? from->counts[o] : (double)(from->at.records * model->network.loss_steps);
    trainer->summed = from->at.records;
    memcpy(model->parameters, from->start ? from->start : from->model->parameters, bytes);
    memcpy(trainer->start_moments, from->start ? from->start_moments : from->moments, 2 * bytes);
    RNN_TRY(w->ops->write(w->backend, w->moments, 0, 2 * bytes, from->moments));
    if (from->best)
        RNN_TRY(w->ops->write(w->backend, w->best, 0, bytes, from->best));
    if (from->state)
        RNN_TRY(rnn_workspace_write_state(w, model->network.T, w->batch, from->state));
    status = rnn_workspace_set(w, from->model->parameters);
fail:
    return status;
}

/* ---- The way back -------------------------------------------------------------------------------------------------- */

void rnn_mark_start(rnn_trainer *trainer)
{
    trainer->at.records = 0;
    trainer->at.start = trainer->at.now;
    rnn_sums_clear(&trainer->sums);
    trainer->summed = 0;
}

/* Why the run ends here, in front of what to try. */
static rnn_status give_up(const rnn_trainer *trainer)
{
    const bool retried = trainer->model->settings.on_divergence == RNN_DIVERGENCE_RETRY;
    char tries[64] = "";
    if (retried)
        snprintf(tries, sizeof tries, " after %d returns to the start of an epoch", ROLLBACKS);
    return rnn_fail(RNN_DIVERGED, "%s%s; %stry a smaller --learning-rate, --clip-norm 1%s", rnn_error_message(), tries,
                    trainer->model->epochs ? "the weights of the epoch before are kept; " : "",
                    retried ? "" : ", or --on-divergence retry");
}

rnn_status rnn_roll_back(rnn_trainer *trainer)
{
    rnn_workspace *w = &trainer->workspace;
    rnn_position *at = &trainer->at;
    rnn_status status;
    if (trainer->model->settings.on_divergence == RNN_DIVERGENCE_STOP || at->rollbacks == ROLLBACKS)
        return give_up(trainer);
    at->rollbacks++;
    at->rate_factor *= RATE_FACTOR;
    rnn_notice("%s: back to the start of the epoch, at %g of the learning rate", rnn_error_message(), at->rate_factor);
    at->now = at->start;
    trainer->slots = 0;
    RNN_TRY(w->ops->write(w->backend, w->moments, 0, 2 * rnn_model_bytes(trainer->model), trainer->start_moments));
    RNN_TRY(rnn_workspace_set(w, trainer->model->parameters));
    RNN_TRY(rnn_workspace_heal(w));
    rnn_mark_start(trainer);
fail:
    return status;
}

/* ---- Between two updates ------------------------------------------------------------------------------------------- */

static rnn_status stop(rnn_trainer *trainer)
{
    const size_t ended = trainer->model->epochs;
    rnn_status status = RNN_OK;
    if (trainer->safeguards->checkpoint) {
        status = save(trainer);
        if (status == RNN_OK && trainer->observer->saved)
            trainer->observer->saved(trainer->observer->context, trainer->safeguards->checkpoint);
    } else {
        status = rnn_collect(trainer);
    }
    if (status)
        return status;
    if (trainer->at.records == 0)
        return rnn_fail(RNN_STOPPED, "stopped after epoch %zu", ended);
    return rnn_fail(RNN_STOPPED, "stopped in epoch %zu", ended + 1);
}

static void tell_progress(rnn_trainer *trainer, double now, double began)
{
    const rnn_observer *observer = trainer->observer;
    const size_t epochs = trainer->model->settings.epochs, records = trainer->at.records;
    if (!observer->progress || now - trainer->last_progress < PROGRESS_SECONDS)
        return;
    trainer->last_progress = now;
    observer->progress(observer->context, trainer->model->epochs + 1, epochs,
                       (double)records / (double)trainer->train.count, (double)records / (now - began));
}

static bool is_save_due(const rnn_trainer *trainer, double now)
{
    const rnn_safeguards *guards = trainer->safeguards;
    const rnn_observer *observer = trainer->observer;
    const bool asked = observer->save && observer->save(observer->context);
    return asked || (guards->every_steps && trainer->at.now.step % guards->every_steps == 0) ||
           (guards->every_seconds > 0 && now - trainer->last_save >= guards->every_seconds);
}

rnn_status rnn_keep(rnn_trainer *trainer, double began)
{
    const rnn_observer *observer = trainer->observer;
    const double now = rnn_seconds();
    if (observer->stop && observer->stop(observer->context))
        return stop(trainer);
    tell_progress(trainer, now, began);
    return trainer->safeguards->checkpoint && is_save_due(trainer, now) ? save_or_warn(trainer) : RNN_OK;
}
