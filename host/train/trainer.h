/* SPDX-License-Identifier: MIT
 * trainer.h - a training run in progress: what its recipes share
 */
#ifndef RNN_TRAIN_TRAINER_H
#define RNN_TRAIN_TRAINER_H

#include "base/clock.h"
#include "file/checkpoint.h"
#include "train/verify.h"

/* Of --stateful, see streams.c. */
typedef struct rnn_streams {
    size_t B, T, chunks, first;
} rnn_streams;

typedef struct rnn_trainer {
    const rnn_observer *observer;     /* never NULL; members may be */
    const rnn_safeguards *safeguards; /* never NULL */
    const rnn_series *series;
    rnn_workspace workspace;
    rnn_scaler scaler; /* of the series' parts; the model keeps it by id */
    rnn_model *model;  /* with the weights of the last epoch that ended, and the history */
    rnn_partition partition;
    rnn_span train, val; /* windows an epoch trains on and looks at; spaced where they are not all */
    rnn_streams streams; /* of stateful training */
    size_t steps;        /* updates an epoch: minibatches; the article's epoch is one */
    uint32_t *order;     /* (train.count) the places of the epoch's windows; NULL when they stay in order */
    rnn_position at;
    rnn_sums sums;        /* of the first `summed` records of the epoch */
    size_t summed, slots; /* slots: of the losses, written and not yet added to sums */
    void *start_moments;  /* (2,n) that the epoch began with; the parameters are in the model */
    double started;       /* seconds on the monotonic clock, less those of earlier sittings */
    double last_progress;
    double last_save;
    size_t failed_saves;  /* in a row */
    char data_sha256[65]; /* empty: not asked for yet */
    rnn_witness witness;  /* of single updates; empty where none are checked */
} rnn_trainer;

/* One epoch of each recipe: fills loss, val_loss, val_rmse and learning_rate. The default one goes on where the position is;
 * `began`: when it did so. RNN_STOPPED, RNN_DIVERGED: as of rnn_keep and rnn_collect. */
rnn_status rnn_epoch_default(rnn_trainer *trainer, rnn_epoch *epoch, double began);
rnn_status rnn_epoch_article(rnn_trainer *trainer, rnn_epoch *epoch);

/* ---- keep.c ------------------------------------------------------------------------------------------------------- */

/* Between two updates, or two epochs of the article's: stops, saves, tells, as it is time for. `began`: when this epoch
 * did, in this sitting. RNN_STOPPED: the observer wants it, and the checkpoint is written. */
rnn_status rnn_keep(rnn_trainer *trainer, double began);

/* Of all that training can look at: names of the columns in use and of the series, and the values of the first rows of each: rows (parts)
 * says how many; NULL: up to its end, behind which is the future. */
void rnn_series_sha256(const rnn_series *series, const size_t *rows, char hex[65]);

/* The same as 0.1.0 and earlier versions kept it of several series, or with columns known ahead, in models and checkpoints: of all rows, those of the
 * future too, and with the rows at which series begin and end. rows: N; of one series also its first ones. */
void rnn_series_sha256_before(const rnn_series *series, size_t rows, char hex[65]);

/* Adds the losses in the slots to sums. RNN_DIVERGED: the device met a number that is not finite, and made no update since. */
rnn_status rnn_collect(rnn_trainer *trainer);

/* RNN_DIVERGED with what is not finite, as the message has it; the epoch is the one in progress. */
rnn_status rnn_diverged(const rnn_trainer *trainer, const char *what);

/* Rows of n reals of the workspace into memory of the caller's. RNN_DIVERGED where one is not finite, and not fit to be kept. */
rnn_status rnn_fetch_finite(const rnn_trainer *trainer, const rnn_buffer *buffer, size_t rows, const char *what,
                            void **out);

/* The state of `from` in place of a new run's. RNN_CONFIG: it is of another series. */
rnn_status rnn_take_up(rnn_trainer *trainer, const rnn_checkpoint *from);

/* An epoch begins now, with the model's parameters and start_moments. */
void rnn_mark_start(rnn_trainer *trainer);

/* After RNN_DIVERGED: back to that mark with a smaller rate. RNN_OK: try again. Otherwise the divergence stands. */
rnn_status rnn_roll_back(rnn_trainer *trainer);

/* ---- streams.c ---------------------------------------------------------------------------------------------------- */

/* RNN_CONFIG: the windows are no single stretch, or too few for a chunk of each stream. */
rnn_status rnn_streams_cut(const rnn_settings *settings, const rnn_series *series, const rnn_windows *windows,
                           rnn_streams *out);

/* The window of a record of the epoch, of B chunks. */
size_t rnn_streams_window(const rnn_streams *streams, size_t record);

/* ---- The rest ----------------------------------------------------------------------------------------------------- */

/* At the start, the naive forecasts of the training rows into the model; at the end, with the weights it is to have, the intervals of its
 * validation windows and the data's digest. The article's recipe has no intervals: its pictures read windows in another way. */
rnn_status rnn_fit_baselines(rnn_trainer *trainer);
rnn_status rnn_calibrate(rnn_trainer *trainer);

/* After the first epoch of the default recipe, on a CPU: a notice where the gradient vanishes long before the sequence ends. */
rnn_status rnn_tell_vanishing(rnn_trainer *trainer);

/* The most windows that a pass of the job goes over. */
size_t rnn_pass_windows(const rnn_split *split, const rnn_settings *settings);

/* Whether sums of squares in scaled units tell the error in original ones: not where series have scalings of their own, nor behind a
 * transform. Otherwise rnn_look_restored takes the outputs back one by one: looks as rnn_workspace_look does, and measures. */
bool rnn_error_is_scaled(const rnn_trainer *trainer);
rnn_status rnn_look_restored(rnn_trainer *trainer, const rnn_span *span, rnn_sums *sums, double *rmse);

/* Root mean square error of the point forecast in original units. */
double rnn_original_rmse(const rnn_model *model, const rnn_sums *sums);

/* Learning rate of update `step` (from 0) of `steps`, those of all epochs. With w = max(1, steps / 20), and otherwise the updates
 * in `warmup` epochs, rounded down:
 *   one-cycle   rate (step + 1) / (w + 1) while step < w, then rate (steps - step) / (steps - w)
 *   others      r (step + 1) / (w + 1) while step < w, then r, where r is
 *     constant, plateau   rate (plateau: times the position's factor, which is not of this function)
 *     step                rate gamma^floor(epoch / lr_step), epochs counted from 0
 *     cosine              rate (1 + cos(pi (step - w) / (steps - w))) / 2, rate while step < w    (Loshchilov and Hutter, 2017) */
double rnn_learning_rate(const rnn_settings *settings, size_t step, size_t steps);

/* (1 + cos(pi part / whole)) / 2 for part <= whole, to 1e-15, with + - * / only. */
double rnn_half_cosine(size_t part, size_t whole);

/* Of --schedule plateau: an epoch came to this validation loss. Where lr_patience epochs in a row were no better than the best
 * before them, the position's factor is multiplied by gamma, and the count begins anew. */
void rnn_watch_plateau(const rnn_settings *settings, double val_loss, rnn_position *at);

#endif
