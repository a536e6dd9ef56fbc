/* SPDX-License-Identifier: MIT
 * folder.h - the folder a run is kept in: one run at a time, its checkpoint, and how it is taken up again
 */
#ifndef RNN_CMD_FOLDER_H
#define RNN_CMD_FOLDER_H

#include "cmd/options.h"

#include <jansson.h>

typedef struct rnn_run_folder {
    const char *path;
    int lock; /* descriptor of the folder, locked; -1: none */
    char checkpoint[4096];
} rnn_run_folder;

/* Tries the folder and locks it, before the work and not after it. make: creates it where it is absent, which is RNN_NO_INPUT
 * otherwise. RNN_CANNOT_CREATE: it cannot be written, or another run is using it. */
rnn_status rnn_folder_open(const char *path, bool make, rnn_run_folder *out);
void rnn_folder_close(rnn_run_folder *folder);

/* A new run, or population, begins: the checkpoint of an unfinished one, or an unfinished population, is moved out of its way, to
 * names that are free, which are announced. */
rnn_status rnn_folder_begin(const rnn_run_folder *folder);

/* The run is finished: its checkpoint is removed. */
void rnn_folder_finish(const rnn_run_folder *folder);

/* The unfinished run in the folder. RNN_NO_INPUT: there is none. */
rnn_status rnn_folder_resume(const rnn_run_folder *folder, rnn_checkpoint **out);

/* --checkpoint-every as updates or seconds, the other 0. RNN_USAGE: neither. */
rnn_status rnn_parse_checkpoint_every(const char *text, size_t *steps, double *seconds);

/* --verify as what rnn_safeguards has. RNN_USAGE: neither off, start nor a number. */
rnn_status rnn_parse_verify(const char *text, bool *start, size_t *every);

/* What a checkpoint's note keeps of the command line: how the data is read. *out is the caller's. */
rnn_status rnn_arguments_to_note(const rnn_arguments *arguments, char **out);

/* Puts settings, and what a run's note has, in the place of what the command line did not give; path: of the file they are from.
 * Texts are borrowed from *note, which the caller frees with json_decref after the arguments are used. */
rnn_status rnn_arguments_take_up(const char *text, const rnn_settings *settings, const char *path,
                                 rnn_arguments *arguments, json_t **note);

/* The same of an unfinished run. */
rnn_status rnn_arguments_resume(const rnn_checkpoint *checkpoint, const char *path, rnn_arguments *arguments,
                                json_t **note);

#endif
