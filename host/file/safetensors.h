/* SPDX-License-Identifier: MIT
 * safetensors.h - the container of model files: named tensors and short texts, readable by every framework
 *
 * Layout: 8 bytes of little-endian header length n, n bytes of JSON, then the tensors' bytes without a gap. The JSON maps
 * each name to {"dtype", "shape", "data_offsets": [begin, end)} counted from the end of the header, and "__metadata__"
 * to an object of strings. There is no code in such a file and nothing to execute.
 * The writer adds one string of its own, "sha256", over all others and the tensors; a reader that finds it checks it.
 */
#ifndef RNN_FILE_SAFETENSORS_H
#define RNN_FILE_SAFETENSORS_H

#include "base/status.h"

#define RNN_TENSOR_RANK 8 /* most dimensions a tensor may have */

/* `data` is row-major; in a file that was read it may lie at any address: take values out with memcpy. */
typedef struct rnn_stored_tensor {
    const char *name;
    rnn_precision precision; /* RNN_FLOAT: dtype F32, RNN_DOUBLE: F64; no other is known here */
    size_t rank;             /* 0: a single number */
    size_t shape[RNN_TENSOR_RANK];
    const void *data;
    size_t size; /* bytes; the writer checks it against shape and precision */
} rnn_stored_tensor;

typedef struct rnn_metadata {
    const char *key, *value;
} rnn_metadata;

/* A file in memory. Tensors in the order of their bytes in the file, metadata in the order of the header. */
typedef struct rnn_safetensors {
    char *source; /* path, for messages */
    rnn_stored_tensor *tensors;
    size_t count;
    rnn_metadata *metadata;
    size_t metadata_count;
    void *header;         /* the parsed JSON, which owns the names and texts above */
    unsigned char *bytes; /* the file, where this struct owns it */
} rnn_safetensors;

/* Writes through rnn_writer: whole or not at all. Tensors in the order given; their first byte is 8-byte aligned.
 * RNN_BAD_DATA: a name or text is not UTF-8. RNN_INTERNAL: a size that is not the shape's, a name twice. */
rnn_status rnn_safetensors_write(const char *path, const rnn_stored_tensor *tensors, size_t count,
                                 const rnn_metadata *metadata, size_t metadata_count);

/* RNN_NO_INPUT: cannot be opened. RNN_BAD_DATA: damaged or not such a file; every kind of damage has its own message. */
rnn_status rnn_safetensors_read(const char *path, rnn_safetensors **out);

/* The same from memory, which must outlive *out. `source` names it in messages. */
rnn_status rnn_safetensors_parse(const unsigned char *bytes, size_t size, const char *source, rnn_safetensors **out);

void rnn_safetensors_free(rnn_safetensors *file);

/* NULL where there is none. */
const rnn_stored_tensor *rnn_safetensors_tensor(const rnn_safetensors *file, const char *name);
const char *rnn_safetensors_metadata(const rnn_safetensors *file, const char *key);

#endif
