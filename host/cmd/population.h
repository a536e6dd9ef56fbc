/* SPDX-License-Identifier: MIT
 * population.h - train --population and --sweep: which runs there are, how they run together, and what comes of them
 *
 * Members are numbered from 1, in the order of the grid, its first option changing slowest and the seed fastest. In the
 * run's folder members/NN/ has a member's checkpoint, and population.json what --resume needs to know; both go when the run is over. A member that had come to its end when the others were
 * stopped goes on from its last checkpoint, too, or begins again: to the same bits.
 */
#ifndef RNN_CMD_POPULATION_H
#define RNN_CMD_POPULATION_H

#include "cmd/folder.h"

#include <jansson.h>

typedef enum rnn_keep_what { RNN_KEEP_BEST, RNN_KEEP_MEAN } rnn_keep_what;

typedef struct rnn_population {
    rnn_member *members;
    size_t count; /* 0: the command line asks for one run as ever */
    rnn_keep_what keep;
    size_t best;  /* of those that count: the lowest validation loss; the first where there is none */
    double began; /* the training: startup is from here to the first update */
    double startup;
} rnn_population;

/* The members, with their settings; none where the command line asks for one run. RNN_USAGE: the grid cannot be read, or has too
 * many members, or two that are one run; an option does something in none of them. */
rnn_status rnn_population_make(const rnn_arguments *arguments, rnn_population *out);
void rnn_population_free(rnn_population *population);

/* RNN_USAGE: what is asked for needs a validation part that there is not. */
rnn_status rnn_population_check_split(const rnn_population *population, const rnn_split *split);

/* An unfinished population in the folder: its options and settings in the place of what the command line did not give; texts are
 * borrowed from *note. *found: there is one. */
rnn_status rnn_population_resume(const rnn_run_folder *folder, rnn_arguments *arguments, bool *found, json_t **note);

/* Trains them; statuses as of rnn_train_population. With --resume each goes on from its checkpoint, if it has one. */
rnn_status rnn_population_train(rnn_population *population, const rnn_arguments *arguments,
                                const rnn_run_folder *folder, const rnn_safeguards *guards, const rnn_series *series,
                                rnn_backend *backend);

/* The checkpoints and population.json are no longer needed. */
void rnn_population_finish(const rnn_population *population, const rnn_run_folder *folder);

/* Of the numbers that members' files and folders are named by. */
int rnn_population_digits(const rnn_population *population);

/* ---- population_grid.c ---------------------------------------------------------------------------------------------- */

/* A member for each combination of the grid and each seed. Statuses as of rnn_population_make. */
rnn_status rnn_population_members(const rnn_arguments *arguments, rnn_population *out);

/* ---- population_table.c -------------------------------------------------------------------------------------------- */

/* Whether a member counts when the best is sought and the mean is made: it came to its end, or was stopped after an epoch; where
 * none did, those that diverged after one. */
bool rnn_member_counts(const rnn_population *population, size_t index);

/* The kept weights' validation loss and error; NAN: none. */
void rnn_member_losses(const rnn_member *member, double *val_loss, double *val_rmse, size_t *epochs);

/* The members that count, in ascending order; the caller's to free, the models the population's. */
rnn_status rnn_population_models(const rnn_population *population, rnn_model ***models, size_t *count);

void rnn_population_print(const rnn_population *population);

/* summary.json's "population" and "spread". RNN_NO_MEMORY. */
rnn_status rnn_population_summarize(const rnn_population *population, json_t *summary);

/* Models and histories of the members that count to members/NN.safetensors and .jsonl, for --keep mean. */
rnn_status rnn_population_save(const rnn_population *population, const char *folder);

/* SHA-256 over the digests of the members that count, one behind the other. */
void rnn_population_sha256(const rnn_population *population, char hex[65]);

#endif
