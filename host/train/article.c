/* SPDX-License-Identifier: MIT
 * article.c - an epoch of the article's recipe, in its order: both losses first, then its rule over the training records
 *
 * Its losses are sums over records of (y - yhat)^2 / 2, measured before the epoch's training. What the rule adds up and
 * calls gradients is told in backend.h.
 */
#include "train/trainer.h"

#include <math.h>

rnn_status rnn_epoch_article(rnn_trainer *trainer, rnn_epoch *epoch)
{
    const rnn_settings *s = &trainer->model->settings;
    rnn_workspace *w = &trainer->workspace;
    const size_t train = trainer->partition.split.train, val = trainer->partition.split.val;
    const rnn_article_rule rule = {s->learning_rate, s->clip_value, trainer->model->network.truncate};
    rnn_sums sums = {.O = 0}, val_sums = {.O = 0};
    rnn_status status;
    RNN_TRY(rnn_sums_new(&trainer->model->network, &sums));
    RNN_TRY(rnn_sums_new(&trainer->model->network, &val_sums));
    RNN_TRY(rnn_workspace_look(w, &trainer->train, &sums));
    RNN_TRY(rnn_workspace_look(w, &trainer->val, &val_sums));
    RNN_TRY(w->ops->article_epoch(w->plan, &rule, w->series, train, w->params));
    RNN_TRY(w->ops->pack(w->plan, w->params));
    epoch->loss = *sums.terms / 2;
    epoch->val_loss = val ? *val_sums.terms / 2 : NAN;
    epoch->val_rmse = val ? rnn_original_rmse(trainer->model, &val_sums) : NAN;
    epoch->learning_rate = s->learning_rate;
    trainer->at.now.step++;
fail:
    rnn_sums_free(&val_sums);
    rnn_sums_free(&sums);
    return status;
}
