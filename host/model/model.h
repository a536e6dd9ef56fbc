/* SPDX-License-Identifier: MIT
 * model.h - a trained network with all it needs to be used again, and where it came from
 */
#ifndef RNN_MODEL_MODEL_H
#define RNN_MODEL_MODEL_H

#include "data/scale.h"
#include "model/network.h"
#include "score/baseline.h"
#include "score/conformal.h"

#define RNN_MODEL_COLUMNS 10000 /* most inputs: their names and scaling are JSON, which a reader has to cap */

struct rnn_model {
    rnn_settings settings;
    rnn_network network;
    rnn_scaler scaler;
    char **ids;             /* (scaler.parts) whose scaling each is; NULL: of all alike */
    char **columns;         /* (columns) names; the first are the targets */
    rnn_column_kind *kinds; /* (columns) */
    char *time, *id;        /* of the file it was trained on, the columns that have times and ids; NULL: none */
    void *parameters;       /* (n) reals of settings.precision, in the order of the table */

    /* what training found out for its forecasts (train/calibrate.c); none in a model of an earlier version, or in a checkpoint */
    rnn_baseline *baselines; /* (targets) of the one series it was trained on, NULL: none, or several */
    rnn_intervals intervals; /* of windows of the validation part; outputs 0: none */
    char data_sha256[65];    /* of the series it was made from (rnn_series_sha256); empty: it does not say */
    size_t own_parts,
        *own_rows; /* (own_parts) rows of each of these series, to its end; 0: an earlier version, and data_sha256 is of all rows */

    /* where it came from; told by `info`, used by nothing else */
    char *source;       /* the series it was trained on, as it may be shown: a path need not be UTF-8 */
    size_t rows;        /* of that series */
    size_t epochs;      /* run to their end: fewer than settings.epochs after an early stop */
    rnn_epoch *history; /* (epochs), NULL in a model that was loaded */
    size_t history_room;
    double val_rmse; /* of the kept weights; NAN without a validation part, and for weights of an unfinished epoch */
    char device[128], driver[128];
    bool bit_exact;          /* the device gives the reference's bits */
    size_t reduction_blocks; /* P of a full minibatch */
};

/* A model of this shape with zeroed parameters; names (columns) are copied. */
rnn_status rnn_model_new(const rnn_settings *settings, size_t columns, size_t targets, const char *const *names,
                         const char *source, size_t rows, rnn_model **out);

/* The same with the last `known` columns known ahead. */
rnn_status rnn_model_new_known(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                               const char *const *names, const char *source, size_t rows, rnn_model **out);

/* A model for this series, with all that reading another file like it takes. */
rnn_status rnn_model_new_for(const rnn_settings *settings, const rnn_series *series, rnn_model **out);

/* ---- scaling.c ----------------------------------------------------------------------------------------------------- */

/* Keeps a scaler of the series: of each id by its name where it has one a series, but for those that ends leaves nothing of (a partition's
 * fit_ends). RNN_CONFIG: more scalings than RNN_MODEL_COLUMNS. */
rnn_status rnn_model_keep_scaling(rnn_model *model, const rnn_scaler *scaler, const rnn_series *series,
                                  const size_t *ends);

/* The scaler of a series' parts: a part whose id the model knows as it was in training, another by its own rows, which is
 * announced where it has a window.
 * *out is the caller's, freed by rnn_scaler_free. */
rnn_status rnn_model_scaling(const rnn_model *model, const rnn_series *series, rnn_scaler *out);

/* The same, of a series whose predictions were made by it: nothing is announced twice. */
rnn_status rnn_model_scaling_again(const rnn_model *model, const rnn_series *series, rnn_scaler *out);

/* Whether it has a scaling for a part: by its id, or one for all. */
bool rnn_model_scales(const rnn_model *model, const rnn_series *series, size_t part);

/* A notice of those parts that are asked (parts) and that it has none for. */
void rnn_model_tell_strangers(const rnn_model *model, const rnn_series *series, const bool *asked);

/* A model file in memory; statuses and messages as of rnn_model_load. `source` names it in messages. */
rnn_status rnn_model_parse(const unsigned char *bytes, size_t size, const char *source, rnn_model **out);

/* Initial weights by its settings: drawn in double, rounded to its precision. */
rnn_status rnn_model_draw(rnn_model *model);

/* Another epoch came to its end. */
rnn_status rnn_model_add_epoch(rnn_model *model, const rnn_epoch *epoch);

size_t rnn_model_bytes(const rnn_model *model); /* of its parameters */
size_t rnn_model_real(const rnn_model *model);  /* of one */

#endif
