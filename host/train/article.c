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
    double sum = 0, val_sum = 0;
    rnn_status status;
    RNN_TRY(rnn_workspace_look(w, &trainer->train, &sum));
    RNN_TRY(rnn_workspace_look(w, &trainer->val, &val_sum));
    RNN_TRY(w->ops->article_epoch(w->plan, &rule, w->series, train, w->params));
    RNN_TRY(w->ops->pack(w->plan, w->params));
    epoch->loss = sum / 2;
    epoch->val_loss = val ? val_sum / 2 : NAN;
    epoch->val_rmse = val ? rnn_original_rmse(trainer->model, &val_sum, val) : NAN;
    epoch->learning_rate = s->learning_rate;
    trainer->at.now.step++;
fail:
    return status;
}
