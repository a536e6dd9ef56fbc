/* SPDX-License-Identifier: MIT
 * epoch.c - an epoch of the default recipe: minibatches in a drawn order, then a look at the validation part
 */
#include "base/memory.h"
#include "base/random.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>

#define PROGRESS_SECONDS 0.1

/* The training windows' order for this epoch, to the device: the one thing the host sends an epoch. */
static rnn_status draw_order(rnn_trainer *trainer, size_t epoch)
{
    rnn_workspace *w = &trainer->workspace;
    const size_t count = trainer->split.train;
    rnn_status status;
    uint64_t *order = NULL;
    if (!trainer->model->settings.shuffle)
        return RNN_OK;
    RNN_TRY(RNN_NEW(order, count));
    rnn_random_order(trainer->model->settings.seed, epoch, order, count);
    status = w->ops->write(w->backend, w->offset, 0, count * sizeof *order, order);
fail:
    free(order);
    return status;
}

/* What the rule needs for the next update. */
static rnn_update next_update(rnn_trainer *trainer, double learning_rate)
{
    const rnn_settings *s = &trainer->model->settings;
    trainer->power1 *= s->beta1;
    trainer->power2 *= s->beta2;
    return (rnn_update){.optimizer = s->optimizer,
                        .learning_rate = learning_rate,
                        .momentum = s->momentum,
                        .beta1 = s->beta1,
                        .beta2 = s->beta2,
                        .epsilon = s->epsilon,
                        .correction1 = 1 - trainer->power1,
                        .correction2 = sqrt(1 - trainer->power2)};
}

/* Tells the observer how far the epoch is, seldom; waits for the device then, so that it is told the truth. */
static rnn_status report_progress(rnn_trainer *trainer, const rnn_epoch *epoch, size_t done, double epoch_started)
{
    const rnn_observer *observer = trainer->observer;
    if (observer->stop && observer->stop(observer->context))
        return rnn_fail(RNN_STOPPED, "stopped in epoch %zu", epoch->epoch);
    if (!observer->progress || rnn_seconds() - trainer->last_progress < PROGRESS_SECONDS)
        return RNN_OK;
    const rnn_status status = trainer->workspace.ops->sync(trainer->workspace.backend);
    if (status)
        return status;
    trainer->last_progress = rnn_seconds();
    observer->progress(observer->context, epoch->epoch, epoch->epochs, (double)done / (double)trainer->split.train,
                       (double)done / (trainer->last_progress - epoch_started));
    return RNN_OK;
}

static rnn_status train_minibatches(rnn_trainer *trainer, rnn_epoch *epoch, size_t *slots)
{
    const rnn_settings *s = &trainer->model->settings;
    const size_t count = trainer->split.train, B = trainer->workspace.batch, steps = (count + B - 1) / B * s->epochs;
    const double started = rnn_seconds();
    rnn_status status = RNN_OK;
    for (size_t first = 0; first < count; first += B, (*slots)++) {
        const size_t records = count - first < B ? count - first : B;
        epoch->learning_rate = rnn_learning_rate(s, trainer->step++, steps);
        const rnn_update rule = next_update(trainer, epoch->learning_rate);
        RNN_TRY(rnn_workspace_step(&trainer->workspace, first, records, *slots, s, &rule));
        RNN_TRY(report_progress(trainer, epoch, first + records, started));
    }
fail:
    return status;
}

static double mean_loss(const double *sums, size_t O, size_t records)
{
    double sum = 0;
    for (size_t o = 0; o < O; o++)
        sum += sums[o];
    return sum / (2 * (double)(records * O));
}

rnn_status rnn_epoch_default(rnn_trainer *trainer, rnn_epoch *epoch)
{
    rnn_workspace *w = &trainer->workspace;
    const size_t O = trainer->model->network.O, train = trainer->split.train, val = trainer->split.val;
    size_t slots = 0, looked = 0;
    rnn_status status;
    double *sums = NULL;
    RNN_TRY(RNN_NEW(sums, O));
    RNN_TRY(draw_order(trainer, epoch->epoch));
    RNN_TRY(train_minibatches(trainer, epoch, &slots));
    RNN_TRY(rnn_workspace_look(w, train, val, slots, &looked));
    RNN_TRY(rnn_workspace_losses(w, 0, slots, sums));
    epoch->loss = mean_loss(sums, O, train);
    epoch->val_loss = epoch->val_rmse = NAN;
    if (val) {
        RNN_TRY(rnn_workspace_losses(w, slots, looked, sums));
        epoch->val_loss = mean_loss(sums, O, val);
        epoch->val_rmse = rnn_original_rmse(trainer->model, sums, val);
    }
fail:
    free(sums);
    return status;
}
