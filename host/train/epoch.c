/* SPDX-License-Identifier: MIT
 * epoch.c - an epoch of the default recipe, from wherever it is: minibatches in a drawn order, then a look at the validation part
 */
#include "base/memory.h"
#include "base/random.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>

/* The window of place i: where not all are trained on, one drawn from the i-th of as many equal stretches, so that an epoch
 * sees the whole series and no window twice. With as many stretches as windows each holds its own window alone. */
static uint64_t drawn_window(const rnn_trainer *trainer, size_t epoch, size_t i)
{
    const rnn_windows *windows = trainer->train.windows;
    if (trainer->model->settings.stateful)
        return rnn_windows_row(windows, rnn_streams_window(&trainer->streams, i));
    const uint64_t start = rnn_span_number(&trainer->train, i), end = rnn_span_number(&trainer->train, i + 1);
    const uint64_t index = (uint64_t)epoch << 32 | i;
    if (end - start == 1)
        return rnn_windows_row(windows, start);
    return rnn_windows_row(windows, start + rnn_random_bits(trainer->model->settings.seed, RNN_RANDOM_WINDOWS, index) %
                                                (end - start));
}

static bool is_consecutive(const rnn_trainer *trainer)
{
    return !trainer->order && !trainer->model->settings.stateful && rnn_span_is_consecutive(&trainer->train);
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
    rnn_clock *now = &trainer->at.now;
    rnn_update rule = rnn_workspace_rule(s);
    now->step++;
    now->power1 *= s->beta1;
    now->power2 *= s->beta2;
    rule.step = now->step;
    rule.learning_rate = learning_rate;
    rule.correction1 = 1 - now->power1;
    rule.correction2 = sqrt(1 - now->power2);
    return rule;
}

static double learning_rate(const rnn_trainer *trainer, size_t step)
{
    const rnn_settings *s = &trainer->model->settings;
    const rnn_position *at = &trainer->at;
    return at->rate_factor * at->plateau_factor * rnn_learning_rate(s, step, trainer->steps * s->epochs);
}

/* An update that the reference makes too. */
static rnn_status checked_step(rnn_trainer *trainer, const rnn_buffer *list, size_t first, size_t from, size_t records,
                               const rnn_update *rule)
{
    const rnn_settings *s = &trainer->model->settings;
    const size_t epoch = trainer->model->epochs + 1, slot = trainer->slots;
    rnn_workspace *w = &trainer->workspace;
    rnn_status status;
    uint64_t *windows = NULL;
    RNN_TRY(RNN_NEW(windows, records));
    for (size_t b = 0; b < records; b++)
        windows[b] = drawn_window(trainer, epoch, trainer->order ? trainer->order[from + b] : from + b);
    RNN_TRY(rnn_witness_before(&trainer->witness, w));
    RNN_TRY(rnn_workspace_step(w, list, first, records, slot, s, rule));
    RNN_TRY(rnn_witness_after(&trainer->witness, w, windows, records, slot, s, rule));
fail:
    free(windows);
    if (status == RNN_MISMATCH)
        rnn_fail_within(
            status, "update %zu, epoch %zu (checkpoints since the last update that was checked may be wrong, too): ",
            trainer->at.now.step, epoch);
    return status;
}

/* The minibatches of records [from, from + count), whose windows are in the list, or are those numbers. */
static rnn_status train_piece(rnn_trainer *trainer, size_t from, size_t count, double began)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const bool listed = !is_consecutive(trainer);
    const size_t every = trainer->witness.reference ? trainer->safeguards->verify_every : 0;
    rnn_status status = RNN_OK;
    for (size_t done = 0; done < count; done += w->batch) {
        const size_t records = count - done < w->batch ? count - done : w->batch;
        const bool checked = every && (trainer->at.now.step + 1) % every == 0;
        if (checked) /* of an ill run there are no more updates that could be compared */
            RNN_TRY(rnn_collect(trainer));
        const rnn_update rule = next_update(trainer, learning_rate(trainer, trainer->at.now.step));
        w->carries = s->stateful && from + done > 0;
        const rnn_buffer *list = listed ? w->list : NULL;
        const size_t first = listed ? done : from + done;
        if (checked)
            RNN_TRY(checked_step(trainer, list, first, from + done, records, &rule));
        else
            RNN_TRY(rnn_workspace_step(w, list, first, records, trainer->slots, s, &rule));
        trainer->slots++;
        trainer->at.records = from + done + records;
        if (trainer->slots == w->slots)
            RNN_TRY(rnn_collect(trainer));
        RNN_TRY(rnn_keep(trainer, began));
    }
fail:
    return status;
}

/* The records of the epoch that were not trained on yet. */
static rnn_status train_minibatches(rnn_trainer *trainer, double began)
{
    const rnn_settings *s = &trainer->model->settings;
    const rnn_workspace *w = &trainer->workspace;
    const size_t count = trainer->train.count, room = is_consecutive(trainer) ? count : w->room / w->batch * w->batch;
    const size_t epoch = trainer->model->epochs + 1;
    rnn_status status = RNN_OK;
    if (trainer->order)
        rnn_random_order(s->seed, epoch, trainer->order, count);
    for (size_t from = trainer->at.records; from < count; from = trainer->at.records) {
        const size_t records = count - from < room ? count - from : room;
        if (!is_consecutive(trainer))
            RNN_TRY(send_windows(trainer, epoch, from, records));
        RNN_TRY(train_piece(trainer, from, records, began));
    }
    status = rnn_collect(trainer);
fail:
    return status;
}

rnn_status rnn_epoch_default(rnn_trainer *trainer, rnn_epoch *epoch, double began)
{
    const rnn_network *network = &trainer->model->network;
    rnn_status status;
    rnn_sums sums;
    RNN_TRY(rnn_sums_new(network, &sums));
    RNN_TRY(train_minibatches(trainer, began));
    epoch->learning_rate = learning_rate(trainer, trainer->at.now.step - 1);
    epoch->loss = rnn_mean_loss(network, &trainer->sums);
    epoch->val_loss = epoch->val_rmse = NAN;
    if (trainer->val.count) {
        if (rnn_error_is_scaled(trainer)) {
            RNN_TRY(rnn_workspace_look(&trainer->workspace, &trainer->val, &sums));
            epoch->val_rmse = rnn_original_rmse(trainer->model, &sums);
        } else {
            RNN_TRY(rnn_look_restored(trainer, &trainer->val, &sums, &epoch->val_rmse));
        }
        epoch->val_loss = rnn_mean_loss(network, &sums);
    }
fail:
    rnn_sums_free(&sums);
    return status;
}
