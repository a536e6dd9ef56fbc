/* SPDX-License-Identifier: MIT
 * trainer.h - a training run in progress: what its recipes share
 */
#ifndef RNN_TRAIN_TRAINER_H
#define RNN_TRAIN_TRAINER_H

#include "base/clock.h"
#include "train/workspace.h"

typedef struct rnn_trainer {
    const rnn_observer *observer; /* never NULL; members may be */
    rnn_workspace workspace;
    rnn_model *model;
    rnn_split split;
    rnn_span train, val;   /* how many windows an epoch trains on and looks at; spaced where they are not all */
    uint32_t *order;       /* (train.count) the places of the epoch's windows; NULL when they stay in order */
    double started;        /* seconds on the monotonic clock */
    double last_progress;  /* when the observer last heard */
    size_t step;           /* updates made */
    double power1, power2; /* beta1^step, beta2^step, by repeated multiplication: every machine does that alike */
    double best_loss;      /* lowest validation loss so far, and its epoch */
    size_t best_epoch;
    double best_rmse;
} rnn_trainer;

/* One epoch of each recipe: fills loss, val_loss, val_rmse and learning_rate. RNN_STOPPED when the observer says so. */
rnn_status rnn_epoch_default(rnn_trainer *trainer, rnn_epoch *epoch);
rnn_status rnn_epoch_article(rnn_trainer *trainer, rnn_epoch *epoch);

/* After the first epoch of the default recipe, on a CPU: a notice where the gradient vanishes long before the sequence ends. */
rnn_status rnn_tell_vanishing(rnn_trainer *trainer);

/* The most windows that a pass of the job goes over. */
size_t rnn_pass_windows(const rnn_split *split, const rnn_settings *settings);

/* Root mean square error in original units of `records` records with these sums of squares (O) in scaled units. */
double rnn_original_rmse(const rnn_model *model, const double *sums, size_t records);

/* Learning rate of update `step` (from 0) of `steps`. With w = max(1, steps / 20):
 *   constant    rate
 *   one-cycle   rate (step + 1) / (w + 1) while step < w, then rate (steps - step) / (steps - w) */
double rnn_learning_rate(const rnn_settings *settings, size_t step, size_t steps);

#endif
