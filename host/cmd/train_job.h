/* SPDX-License-Identifier: MIT
 * train_job.h - a run of `rnn_cl train`, and what is done with it: train.c from the command line to the trained model, dry_run.c
 * instead of that, train_results.c from there to the folder of results
 */
#ifndef RNN_CMD_TRAIN_JOB_H
#define RNN_CMD_TRAIN_JOB_H

#include "cmd/command.h"
#include "cmd/folder.h"
#include "cmd/population.h"
#include "cmd/scores.h"
#include "view/progress.h"

/* A run from its first line to its last. */
typedef struct rnn_train_job {
    rnn_arguments arguments; /* as given, or as the run that is resumed has them */
    rnn_settings settings;
    rnn_run_folder folder;
    rnn_checkpoint *resume; /* NULL: a new run */
    json_t *note;           /* of that, which the arguments' texts are borrowed from */
    char *new_note;
    rnn_safeguards guards;
    rnn_series *series;
    rnn_backend *backend;
    rnn_model *model;          /* of a population: its best member's */
    rnn_population population; /* count 0: one run */
    rnn_split split;
    rnn_split shown;                   /* of the predictions: split, or fewer of each part under --windows */
    rnn_predictions *predictions;      /* as the files and the picture have them */
    rnn_predictions *step_predictions; /* the article's other mode; NULL in other recipes */
    rnn_run_scores scores;
    const rnn_epoch *history; /* of the model */
    size_t epochs;
    rnn_progress progress;
    bool begun;     /* with its first update */
    bool told;      /* where the checkpoint is that was asked for */
    double began;   /* when the command did */
    double startup; /* seconds until training began: device, data and kernels ready; 0 before the first epoch's end */
} rnn_train_job;

static inline bool rnn_is_article(const rnn_train_job *j)
{
    return j->settings.recipe == RNN_RECIPE_ARTICLE;
}

static inline bool rnn_is_mean(const rnn_train_job *j)
{
    return j->population.count > 0 && j->population.keep == RNN_KEEP_MEAN;
}

/* What every buffer takes, on stdout; a job that does not fit is then refused as a run would be. */
rnn_status rnn_train_dry_run(const rnn_train_job *job);

/* Files, table, JSON of a run that left a model with at least one epoch behind it. */
rnn_status rnn_train_show_results(rnn_train_job *job);

#endif
