/* SPDX-License-Identifier: MIT
 * model_parts.h - how a model lies in a safetensors file: what model files and checkpoints have in common
 */
#ifndef RNN_FILE_MODEL_PARTS_H
#define RNN_FILE_MODEL_PARTS_H

#include "file/safetensors.h"
#include "model/model.h"

#include <jansson.h>

/* Metadata "model": one JSON object with all that makes the parameters a forecaster. *out is the caller's. */
rnn_status rnn_model_describe(const rnn_model *model, char **out);

/* Entry "series" of that object: how many columns are known ahead, the columns of times and ids, and each id's scaling. Models of earlier
 * versions have none. known: at most `most`. */
rnn_status rnn_model_describe_series(const rnn_model *model, json_t **out);
rnn_status rnn_model_read_known(const json_t *root, const char *where, size_t most, size_t *known);
rnn_status rnn_model_read_series(const json_t *root, const char *where, rnn_model *model);

/* Its parameter tensors, whose bytes stay the model's; how many. */
size_t rnn_model_tensors(const rnn_model *model, rnn_stored_tensor tensors[RNN_TENSORS]);

/* The model that metadata and tensors of the file describe. alone: there must be no other tensors. */
rnn_status rnn_model_from(const rnn_safetensors *file, bool alone, rnn_model **out);

/* Metadata "format" and "format_version" are these; `what` they stand for is named otherwise. */
rnn_status rnn_check_format(const rnn_safetensors *file, const char *what, const char *format, const char *version);

/* What a model knows about its forecasts, as tensors that only model files have (model_extras.c). *packed is the caller's to free
 * once they are written. */
enum { RNN_EXTRAS = 3 };
bool rnn_is_extra(const char *name);
rnn_status rnn_model_extras(const rnn_model *model, double **packed, rnn_stored_tensor tensors[RNN_EXTRAS],
                            size_t *count);

/* Those of the file into the model; how many there were. */
rnn_status rnn_read_extras(const rnn_safetensors *file, rnn_model *model, size_t *count);

#endif
