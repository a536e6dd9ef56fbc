/* SPDX-License-Identifier: MIT
 * epoch.c - an epoch of the default recipe: minibatches in a drawn order, then a look at the validation part
 */
#include "base/memory.h"
#include "base/random.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>

#define PROGRESS_SECONDS 0.1

/* The training half of an epoch on its way. */
typedef struct pass {
    size_t steps; /* updates of the whole run */
    size_t slots; /* of the losses, written and not yet added to sums */
    double *sums; /* (O) */
    double started;
} pass;

/* The window of place i: where not all are trained on, one drawn from the i-th of as many equal stretches, so that an epoch
 * sees the whole series and no window twice. With as many stretches as windows each holds its own window alone. */
static uint64_t drawn_window(const rnn_trainer *trainer, size_t epoch, size_t i)
{
    const uint64_t start = rnn_span_window(&trainer->train, i), end = rnn_span_window(&trainer->train, i + 1);
    const uint64_t index = (uint64_t)epoch << 32 | i;
    if (end - start == 1)
        return start;
    return start + rnn_random_bits(trainer->model->settings.seed, RNN_RANDOM_WINDOWS, index) % (end - start);
}

static bool is_consecutive(const rnn_trainer *trainer)
{
    return !trainer->order && trainer->train.count == trainer->train.total;
}

/* Windows [first, first + count) of the epoch's draw to the device: the one thing the host sends an epoch, in pieces. */
static rnn_status send_windows(rnn_trainer *trainer, size_t epoch, size_t first, size_t count)
{
    rnn_status status;
    uint64_t *windows = NULL;
    RNN_TRY(RNN_NEW(windows, count));
    for (size_t i = 0; i < count; i++)
        windows[i] = drawn_window(trainer, epoch, trainer->order ? trainer->order[first + i] : first + i);
    status = rnn_workspace_send(&trainer->workspace, windows, count);
fail:
    free(windows);
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
    observer->progress(observer->context, epoch->epoch, epoch->epochs, (double)done / (double)trainer->train.count,
                       (double)done / (trainer->last_progress - epoch_started));
    return RNN_OK;
}

/* The minibatches of records [from, from + count), whose windows are in the list, or are those numbers. */
static rnn_status train_piece(rnn_trainer *trainer, rnn_epoch *epoch, size_t from, size_t count, pass *p)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const bool listed = !is_consecutive(trainer);
    rnn_status status = RNN_OK;
    for (size_t done = 0; done < count; done += w->batch) {
        const size_t records = count - done < w->batch ? count - done : w->batch;
        epoch->learning_rate = rnn_learning_rate(s, trainer->step++, p->steps);
        const rnn_update rule = next_update(trainer, epoch->learning_rate);
        RNN_TRY(
            rnn_workspace_step(w, listed ? w->list : NULL, listed ? done : from + done, records, p->slots++, s, &rule));
        if (p->slots == w->slots) {
            RNN_TRY(rnn_workspace_losses(w, p->slots, p->sums));
            p->slots = 0;
        }
        RNN_TRY(report_progress(trainer, epoch, from + done + records, p->started));
    }
fail:
    return status;
}

/* Adds the squared errors to sums (O). */
static rnn_status train_minibatches(rnn_trainer *trainer, rnn_epoch *epoch, double *sums)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const size_t count = trainer->train.count, room = is_consecutive(trainer) ? count : w->room / w->batch * w->batch;
    pass p = {.steps = (count + w->batch - 1) / w->batch * s->epochs, .sums = sums, .started = rnn_seconds()};
    rnn_status status = RNN_OK;
    if (trainer->order)
        rnn_random_order(s->seed, epoch->epoch, trainer->order, count);
    for (size_t from = 0; from < count; from += room) {
        const size_t records = count - from < room ? count - from : room;
        if (!is_consecutive(trainer))
            RNN_TRY(send_windows(trainer, epoch->epoch, from, records));
        RNN_TRY(train_piece(trainer, epoch, from, records, &p));
    }
    if (p.slots)
        status = rnn_workspace_losses(w, p.slots, sums);
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
    const size_t O = trainer->model->network.O, val = trainer->val.count;
    rnn_status status;
    double *sums = NULL;
    RNN_TRY(RNN_NEW(sums, 2 * O)); /* of the training windows, then of the validation windows */
    RNN_TRY(train_minibatches(trainer, epoch, sums));
    epoch->loss = mean_loss(sums, O, trainer->train.count);
    epoch->val_loss = epoch->val_rmse = NAN;
    if (val) {
        RNN_TRY(rnn_workspace_look(&trainer->workspace, &trainer->val, sums + O));
        epoch->val_loss = mean_loss(sums + O, O, val);
        epoch->val_rmse = rnn_original_rmse(trainer->model, sums + O, val);
    }
fail:
    free(sums);
    return status;
}
