/* SPDX-License-Identifier: MIT
 * checkpoint.h - a training run between two updates: all that decides how it goes on, to the last bit
 *
 * A safetensors file. Metadata "format" is "rnn_cl checkpoint", "model" describes the model as a model file does, "run" is
 * one JSON object with the position and the fingerprint of the data, "note" is the program's own. Tensors: the model's
 * parameters under their names, and `moments`, `best`, `start`, `start_moments`, `sums`, `counts`,
 * `state`, `history`.
 * Random numbers need no state: they are functions of the seed, the purpose and the position (base/random.h).
 */
#ifndef RNN_FILE_CHECKPOINT_H
#define RNN_FILE_CHECKPOINT_H

#include "file/safetensors.h"
#include "model/model.h"

/* Updates made, and what Adam's corrections need of their number: beta^step by repeated multiplication. */
typedef struct rnn_clock {
    size_t step;
    double power1, power2;
} rnn_clock;

typedef struct rnn_position {
    size_t records;    /* of the unfinished epoch that were trained on; the finished ones are in the model's history */
    rnn_clock now;     /* after them */
    rnn_clock start;   /* when that epoch began */
    size_t best_epoch; /* with the lowest validation loss, under patience; 0: none yet */
    double best_loss, best_rmse;
    size_t rollbacks;      /* times that the run diverged and went back to the start of its epoch */
    double rate_factor;    /* by which they made the learning rate smaller; 1 at first */
    double plateau_loss;   /* of --schedule plateau: the best validation loss so far; NAN: none yet */
    size_t plateau_wait;   /* epochs since, or since the last reduction */
    double plateau_factor; /* by which reductions made the learning rate smaller; 1 at first */
    double seconds;        /* trained so far, in all sittings */
} rnn_position;

/* The arrays are reals of the model's precision, but for sums. n: parameters. */
struct rnn_checkpoint {
    rnn_model *model; /* with the parameters and the history as they are */
    rnn_position at;
    void *moments;       /* (2,n) of the optimiser */
    void *best;          /* (n) parameters of the best epoch; NULL: none */
    void *start;         /* (n) parameters that the epoch began with; NULL: it begins now */
    void *start_moments; /* (2,n) likewise */
    double *sums;        /* (O) of the loss's terms over the epoch's records so far */
    double *counts;      /* (O) targets there were among them; NULL: none was missing, or no records yet */
    void *
        state; /* (L,K,B,H) of stateful training in an epoch: rnn_workspace_read_state; NULL: the next minibatch begins with none */
    char data_sha256[65];
    char *note; /* NULL: none */
};

/* Written whole or not at all. RNN_BAD_DATA: the note is not UTF-8. */
rnn_status rnn_checkpoint_save(const rnn_checkpoint *checkpoint, const char *path);

/* The same as rnn_checkpoint_load from memory; `source` names it in messages. */
rnn_status rnn_checkpoint_parse(const unsigned char *bytes, size_t size, const char *source, rnn_checkpoint **out);

/* Whether the file says that it is a checkpoint, and the checkpoint that it is. */
bool rnn_is_checkpoint(const rnn_safetensors *file);
rnn_status rnn_checkpoint_from(const rnn_safetensors *file, rnn_checkpoint **out);

#endif
