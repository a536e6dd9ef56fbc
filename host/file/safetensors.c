/* SPDX-License-Identifier: MIT
 * safetensors.c - a strict reader (whatever it accepts, every other reader does) and a writer of the same files
 */
#include "file/safetensors.h"

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "base/writer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are stored as they lie in memory: little-endian only");

#define PREFIX   ((size_t)8) /* the header's length, as a little-endian integer */
#define MAX_FILE (UINT64_C(8) << 30)
/* A hostile header may make memory grow by its own size a few times over and by the room of its tree; both are small enough
 * for a reader to stay within twice the file and 16 MiB. */
#define MAX_HEADER  ((size_t)2 << 20)
#define HEADER_ROOM ((size_t)1 << 20) /* some 700 tensors */
#define METADATA    "__metadata__"
#define DIGEST      "sha256"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION /* no fuzzer guesses a digest: let it see what lies behind */
#define UNDIGESTED true
#else
#define UNDIGESTED false
#endif

static const char *const dtypes[] = {[RNN_FLOAT] = "F32", [RNN_DOUBLE] = "F64"};

/* Bytes that shape and precision ask for; false when they are more than size_t can say. */
static bool tensor_size(const rnn_stored_tensor *tensor, size_t *size)
{
    *size = tensor->precision == RNN_DOUBLE ? sizeof(double) : sizeof(float);
    for (size_t i = 0; i < tensor->rank; i++)
        if (__builtin_mul_overflow(*size, tensor->shape[i], size))
            return false;
    return true;
}

/* ---- The digest --------------------------------------------------------------------------------------------------- */

/* Over metadata and tensors in the order of the file: texts with their NUL, shapes as they lie in memory, bytes. The digest's
 * own entry is left out. */
static void make_digest(const rnn_stored_tensor *tensors, size_t count, const rnn_metadata *metadata,
                        size_t metadata_count, char hex[65])
{
    rnn_sha256 hash;
    rnn_sha256_init(&hash);
    for (size_t i = 0; i < metadata_count; i++) {
        if (strcmp(metadata[i].key, DIGEST) == 0)
            continue;
        rnn_sha256_text(&hash, metadata[i].key);
        rnn_sha256_text(&hash, metadata[i].value);
    }
    for (size_t i = 0; i < count; i++) {
        rnn_sha256_text(&hash, tensors[i].name);
        rnn_sha256_text(&hash, dtypes[tensors[i].precision]);
        rnn_sha256_update(&hash, tensors[i].shape, tensors[i].rank * sizeof *tensors[i].shape);
        rnn_sha256_update(&hash, tensors[i].data, tensors[i].size);
    }
    rnn_sha256_final_hex(&hash, hex);
}

static rnn_status check_digest(const rnn_safetensors *file)
{
    const char *stated = rnn_safetensors_metadata(file, DIGEST);
    char found[65];
    if (!stated || UNDIGESTED)
        return RNN_OK;
    make_digest(file->tensors, file->count, file->metadata, file->metadata_count, found);
    if (strcmp(stated, found) == 0)
        return RNN_OK;
    return rnn_fail(RNN_BAD_DATA,
                    "%s: its content has the SHA-256 %.16s..., its metadata says %.16s...: the file was damaged, or "
                    "changed by a program that left \"" DIGEST "\" in the metadata",
                    file->source, found, stated);
}

/* ---- Reading ------------------------------------------------------------------------------------------------------ */

static rnn_status read_shape(const json_t *shape, const char *where, rnn_stored_tensor *tensor)
{
    tensor->rank = json_array_size(shape);
    if (tensor->rank > RNN_TENSOR_RANK)
        return rnn_fail(RNN_BAD_DATA, "%s: the shape has %zu dimensions, the most this program takes is %d", where,
                        tensor->rank, RNN_TENSOR_RANK);
    for (size_t i = 0; i < tensor->rank; i++) {
        const json_t *extent = json_array_get(shape, i);
        if (json_typeof(extent) != JSON_INTEGER)
            return rnn_fail(RNN_BAD_DATA, "%s: dimension %zu of the shape is %s, expected an integer of at least 0",
                            where, i, rnn_json_type(extent));
        const json_int_t number = json_integer_value(extent);
        if (number < 0 || (uint64_t)number > SIZE_MAX)
            return rnn_fail(RNN_BAD_DATA,
                            "%s: dimension %zu of the shape is %" JSON_INTEGER_FORMAT
                            ", expected an integer from 0 to %zu",
                            where, i, number, SIZE_MAX);
        tensor->shape[i] = (size_t)number;
    }
    if (!tensor_size(tensor, &tensor->size))
        return rnn_fail(RNN_BAD_DATA, "%s: the shape multiplies to more bytes than memory has addresses", where);
    return RNN_OK;
}

static rnn_status read_offsets(const json_t *offsets, const char *where, const unsigned char *data, size_t data_size,
                               rnn_stored_tensor *tensor)
{
    const json_t *first = json_array_get(offsets, 0), *second = json_array_get(offsets, 1);
    if (json_array_size(offsets) != 2 || json_typeof(first) != JSON_INTEGER || json_typeof(second) != JSON_INTEGER)
        return rnn_fail(RNN_BAD_DATA, "%s: \"data_offsets\" is not a pair of integers, expected [begin, end]", where);
    const json_int_t begin = json_integer_value(first), end = json_integer_value(second);
    if (begin < 0 || end < begin)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: offsets %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT
                        " are not a range, expected 0 <= begin <= end",
                        where, begin, end);
    if ((uint64_t)end > data_size)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: offsets %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT
                        " end beyond the %zu bytes of data that follow the header: the file is cut short",
                        where, begin, end, data_size);
    if ((size_t)(end - begin) != tensor->size)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: offsets %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT " hold %" JSON_INTEGER_FORMAT
                        " bytes, the shape in %s needs %zu",
                        where, begin, end, end - begin, dtypes[tensor->precision], tensor->size);
    tensor->data = data + begin;
    return RNN_OK;
}

static rnn_status read_tensor(const json_t *entry, const char *where, const unsigned char *data, size_t data_size,
                              rnn_stored_tensor *tensor)
{
    rnn_status status = RNN_OK;
    const char *dtype;
    json_t *shape, *offsets;
    if (json_typeof(entry) != JSON_OBJECT)
        return rnn_fail(RNN_BAD_DATA, "%s: its entry is %s, expected an object", where, rnn_json_type(entry));
    RNN_TRY(rnn_json_string(entry, "dtype", where, &dtype));
    if (strcmp(dtype, dtypes[RNN_FLOAT]) == 0)
        tensor->precision = RNN_FLOAT;
    else if (strcmp(dtype, dtypes[RNN_DOUBLE]) == 0)
        tensor->precision = RNN_DOUBLE;
    else
        return rnn_fail(RNN_BAD_DATA, "%s: dtype \"%.20s\" is not supported, expected \"F32\" or \"F64\"", where,
                        dtype);
    RNN_TRY(rnn_json_array(entry, "shape", where, &shape));
    RNN_TRY(read_shape(shape, where, tensor));
    RNN_TRY(rnn_json_array(entry, "data_offsets", where, &offsets));
    RNN_TRY(read_offsets(offsets, where, data, data_size, tensor));

fail:
    return status;
}

static rnn_status read_metadata(json_t *texts, rnn_safetensors *file)
{
    rnn_status status = RNN_OK;
    const char *key;
    json_t *value;
    if (json_typeof(texts) != JSON_OBJECT)
        return rnn_fail(RNN_BAD_DATA, "%s: \"" METADATA "\" is %s, expected an object", file->source,
                        rnn_json_type(texts));
    RNN_TRY(RNN_NEW(file->metadata, json_object_size(texts)));
    json_object_foreach(texts, key, value)
    {
        if (json_typeof(value) != JSON_STRING)
            return rnn_fail(RNN_BAD_DATA, "%s: metadata \"%.80s\" is %s, expected a string", file->source, key,
                            rnn_json_type(value));
        file->metadata[file->metadata_count++] = (rnn_metadata){key, json_string_value(value)};
    }

fail:
    return status;
}

/* Empty tensors come before the one that begins at the same byte, so that in order each begins where the last ended. */
static int by_place(const void *a, const void *b)
{
    const rnn_stored_tensor *left = a, *right = b;
    if (left->data != right->data)
        return (const unsigned char *)left->data < (const unsigned char *)right->data ? -1 : 1;
    if (left->size != right->size)
        return left->size < right->size ? -1 : 1;
    return strcmp(left->name, right->name);
}

/* The tensors must tile the data: hidden bytes could carry anything, and shared ones make two names change together. */
static rnn_status check_tiling(const rnn_safetensors *file, const unsigned char *data, size_t data_size)
{
    size_t end = 0;
    for (size_t i = 0; i < file->count; i++) {
        const rnn_stored_tensor *tensor = &file->tensors[i];
        const size_t begin = (size_t)((const unsigned char *)tensor->data - data);
        if (begin > end)
            return rnn_fail(RNN_BAD_DATA,
                            "%s: tensor \"%.80s\": begins at offset %zu, but what comes before ends at %zu: "
                            "a hole of %zu bytes",
                            file->source, tensor->name, begin, end, begin - end);
        if (begin < end)
            return rnn_fail(RNN_BAD_DATA,
                            "%s: tensor \"%.80s\": begins at offset %zu, inside tensor \"%.80s\", which "
                            "ends at %zu: they overlap",
                            file->source, tensor->name, begin, file->tensors[i - 1].name, end);
        end = begin + tensor->size;
    }
    if (end != data_size)
        return rnn_fail(RNN_BAD_DATA, "%s: the tensors end at offset %zu of the data, but %zu more bytes follow",
                        file->source, end, data_size - end);
    return RNN_OK;
}

static rnn_status read_entries(rnn_safetensors *file, const unsigned char *data, size_t data_size)
{
    rnn_status status = RNN_OK;
    json_t *header = file->header;
    const char *name;
    json_t *entry;
    char where[512];
    RNN_TRY(RNN_NEW(file->tensors, json_object_size(header)));
    json_object_foreach(header, name, entry)
    {
        if (strcmp(name, METADATA) == 0) {
            RNN_TRY(read_metadata(entry, file));
            continue;
        }
        snprintf(where, sizeof where, "%.400s: tensor \"%.80s\"", file->source, name);
        file->tensors[file->count].name = name;
        RNN_TRY(read_tensor(entry, where, data, data_size, &file->tensors[file->count]));
        file->count++;
    }
    qsort(file->tensors, file->count, sizeof *file->tensors, by_place);
    RNN_TRY(check_tiling(file, data, data_size));

fail:
    return status;
}

/* What can be wrong before the header can be parsed. */
static rnn_status header_length(const unsigned char *bytes, size_t size, const char *source, size_t *length)
{
    if (size < PREFIX)
        return rnn_fail(RNN_BAD_DATA, "%s: %zu bytes are no safetensors file: it begins with 8 bytes of header length",
                        source, size);
    uint64_t stated;
    memcpy(&stated, bytes, PREFIX);
    if (stated > MAX_HEADER)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: not a safetensors file: its first 8 bytes say that a header of %" PRIu64
                        " bytes follows, the limit is %zu",
                        source, stated, MAX_HEADER);
    if (stated > size - PREFIX)
        return rnn_fail(RNN_BAD_DATA, "%s: the header of %" PRIu64 " bytes is cut short: only %zu bytes follow", source,
                        stated, size - PREFIX);
    *length = (size_t)stated;
    if (*length == 0 || bytes[PREFIX] != '{')
        return rnn_fail(RNN_BAD_DATA, "%s: the header of %zu bytes does not begin with '{': not a JSON object", source,
                        *length);
    return RNN_OK;
}

rnn_status rnn_safetensors_parse(const unsigned char *bytes, size_t size, const char *source, rnn_safetensors **out)
{
    rnn_status status = RNN_OK;
    rnn_safetensors *file = rnn_calloc(1, sizeof *file, "a safetensors file");
    size_t length = 0;
    char where[512];
    json_t *header = NULL;
    *out = NULL;
    if (!file)
        return RNN_NO_MEMORY;
    RNN_TRY(RNN_COPY_TEXT(file->source, source));
    RNN_TRY(header_length(bytes, size, source, &length));
    snprintf(where, sizeof where, "%.400s: header", source);
    RNN_TRY(rnn_json_parse((const char *)bytes + PREFIX, length, HEADER_ROOM, where, &header));
    file->header = header;
    RNN_TRY(read_entries(file, bytes + PREFIX + length, size - PREFIX - length));
    RNN_TRY(check_digest(file));
    *out = file;
    return RNN_OK;

fail:
    rnn_safetensors_free(file);
    return status;
}

rnn_status rnn_safetensors_read(const char *path, rnn_safetensors **out)
{
    rnn_status status = RNN_OK;
    unsigned char *bytes = NULL;
    size_t size;
    *out = NULL;
    RNN_TRY(rnn_read_file(path, MAX_FILE < SIZE_MAX ? (size_t)MAX_FILE : SIZE_MAX, &bytes, &size));
    RNN_TRY(rnn_safetensors_parse(bytes, size, path, out));
    (*out)->bytes = bytes;
    return RNN_OK;

fail:
    free(bytes);
    return status;
}

void rnn_safetensors_free(rnn_safetensors *file)
{
    if (!file)
        return;
    json_decref(file->header);
    free(file->metadata);
    free(file->tensors);
    free(file->bytes);
    free(file->source);
    free(file);
}

const rnn_stored_tensor *rnn_safetensors_tensor(const rnn_safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (strcmp(file->tensors[i].name, name) == 0)
            return &file->tensors[i];
    return NULL;
}

const char *rnn_safetensors_metadata(const rnn_safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->metadata_count; i++)
        if (strcmp(file->metadata[i].key, key) == 0)
            return file->metadata[i].value;
    return NULL;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------ */

/* Puts `value` under `key` and takes it over; jansson made it, so NULL means that memory was out. */
static rnn_status put(json_t *object, const char *key, json_t *value, const char *where)
{
    if (!value)
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: no room for \"%s\" in the header", where, key);
    if (json_object_get(object, key)) {
        json_decref(value);
        return rnn_fail(RNN_INTERNAL, "%s: \"%s\" is given twice", where, key);
    }
    if (json_object_set_new(object, key, value) != 0)
        return rnn_fail(RNN_BAD_DATA, "%s: \"%.80s\" cannot be a name in the header: it is not UTF-8 text", where, key);
    return RNN_OK;
}

static rnn_status put_metadata(json_t *header, const rnn_metadata *metadata, size_t count, const char *path)
{
    rnn_status status = RNN_OK;
    json_t *texts = json_object();
    RNN_TRY(put(header, METADATA, texts, path));
    for (size_t i = 0; i < count; i++) {
        json_t *text;
        RNN_TRY(rnn_json_from_text(metadata[i].value, path, &text));
        RNN_TRY(put(texts, metadata[i].key, text, path));
    }

fail:
    return status;
}

static rnn_status put_tensor(json_t *header, const rnn_stored_tensor *tensor, const char *path, size_t *offset)
{
    size_t needed;
    if (tensor->rank > RNN_TENSOR_RANK || !tensor_size(tensor, &needed) || needed != tensor->size)
        return rnn_fail(RNN_INTERNAL, "%s: tensor \"%s\" has %zu bytes, which are not its shape's", path, tensor->name,
                        tensor->size);
    json_t *shape = json_array();
    for (size_t i = 0; i < tensor->rank; i++)
        if (json_array_append_new(shape, json_integer((json_int_t)tensor->shape[i])) != 0)
            break;
    if (json_array_size(shape) != tensor->rank) {
        json_decref(shape);
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: no room for the header", path);
    }
    const size_t begin = *offset;
    *offset += tensor->size;
    return put(header, tensor->name,
               json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtypes[tensor->precision], "shape", shape, "data_offsets",
                         (json_int_t)begin, (json_int_t)*offset),
               path);
}

static rnn_status make_header(const char *path, const rnn_stored_tensor *tensors, size_t count,
                              const rnn_metadata *metadata, size_t metadata_count, char **out)
{
    rnn_status status = RNN_OK;
    size_t offset = 0;
    char digest[65];
    json_t *header = json_object();
    if (!header)
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: no room for the header", path);
    RNN_TRY(put_metadata(header, metadata, metadata_count, path));
    for (size_t i = 0; i < count; i++)
        RNN_TRY(put_tensor(header, &tensors[i], path, &offset));
    make_digest(tensors, count, metadata, metadata_count, digest); /* not before: the sizes are checked now */
    RNN_TRY(put(json_object_get(header, METADATA), DIGEST, json_string(digest), path));
    *out = json_dumps(header, JSON_COMPACT);
    if (!*out)
        RNN_TRY(rnn_fail(RNN_NO_MEMORY, "%s: out of memory: no room for the header", path));

fail:
    json_decref(header);
    return status;
}

rnn_status rnn_safetensors_write(const char *path, const rnn_stored_tensor *tensors, size_t count,
                                 const rnn_metadata *metadata, size_t metadata_count)
{
    rnn_status status = RNN_OK;
    rnn_writer *writer = NULL;
    char *header = NULL;
    RNN_TRY(make_header(path, tensors, count, metadata, metadata_count, &header));
    const size_t length = strlen(header), padding = (8 - length % 8) % 8;
    const uint64_t stated = length + padding;
    if (stated > MAX_HEADER)
        RNN_TRY(rnn_fail(RNN_BAD_DATA, "%s: names and metadata come to a header of %" PRIu64 " bytes, the limit is %zu",
                         path, stated, MAX_HEADER));
    RNN_TRY(rnn_writer_open(path, &writer));
    RNN_TRY(rnn_writer_write(writer, &stated, PREFIX));
    RNN_TRY(rnn_writer_write(writer, header, length));
    RNN_TRY(rnn_writer_write(writer, "        ", padding));
    for (size_t i = 0; i < count; i++)
        RNN_TRY(rnn_writer_write(writer, tensors[i].data, tensors[i].size));
    RNN_TRY(rnn_writer_commit(writer));

fail:
    rnn_writer_free(writer);
    free(header);
    return status;
}
