/* SPDX-License-Identifier: MIT
 * npy.c - the header is read by its own small grammar, not as Python: nothing in it can do more than be refused
 */
#include "data/npy.h"

#include "base/memory.h"
#include "data/columns.h"
#include "data/number.h"
#include "data/series.h"
#include "data/settle.h"
#include "data/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC      "\x93NUMPY"
#define MAGIC_SIZE 6
#define ENTRIES    3                 /* of the header's dict */
#define PIECE      ((size_t)1 << 20) /* bytes of a large file read at a time */

/* The header's text, and what it came to. */
typedef struct npy_header {
    const char *source;
    const unsigned char *bytes; /* the file, so that at - bytes is the offset that messages name */
    const unsigned char *at, *end;
    bool seen[ENTRIES];
    size_t item; /* bytes of a value: 4 or 8 */
    size_t dimensions;
    size_t shape[2]; /* the first two dimensions */
} npy_header;

/* ---- Words of the header --------------------------------------------------------------------------------------------- */

static rnn_status fail_at(const npy_header *header, const unsigned char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static rnn_status fail_at(const npy_header *header, const unsigned char *at, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return rnn_fail(RNN_BAD_DATA, "%s: NPY header, offset %zu: %s", header->source, (size_t)(at - header->bytes), text);
}

static void skip_space(npy_header *header)
{
    while (header->at < header->end && (*header->at == ' ' || *header->at == '\n'))
        header->at++;
}

/* What stands at `at`, for "expected ..., found ...". */
static rnn_shown found(const npy_header *header)
{
    return rnn_show(header->at, (size_t)(header->end - header->at));
}

static bool take_mark(npy_header *header, char mark)
{
    skip_space(header);
    if (header->at == header->end || *header->at != (unsigned char)mark)
        return false;
    header->at++;
    return true;
}

static rnn_status expect_mark(npy_header *header, char mark)
{
    if (take_mark(header, mark))
        return RNN_OK;
    return fail_at(header, header->at, "expected %c, found \"%s\"; the file is damaged", mark, found(header).text);
}

static bool take_word(npy_header *header, const char *word)
{
    const size_t size = strlen(word);
    skip_space(header);
    if ((size_t)(header->end - header->at) < size || memcmp(header->at, word, size) != 0)
        return false;
    header->at += size;
    return true;
}

/* A quoted text without escapes. */
static rnn_status read_text(npy_header *header, const char *what, const unsigned char **text, size_t *size)
{
    skip_space(header);
    const unsigned char quote = header->at < header->end ? *header->at : 0;
    if (quote != '\'' && quote != '"')
        return fail_at(header, header->at, "expected %s in quotes, found \"%s\"", what, found(header).text);
    const unsigned char *start = header->at + 1;
    const unsigned char *close = memchr(start, quote, (size_t)(header->end - start));
    if (!close)
        return fail_at(header, header->at, "the quote of %s has no end; the file is damaged", what);
    *text = start;
    *size = (size_t)(close - start);
    header->at = close + 1;
    return RNN_OK;
}

/* ---- The three entries ----------------------------------------------------------------------------------------------- */

static rnn_status read_descr(npy_header *header)
{
    const unsigned char *text = NULL;
    size_t size = 0;
    skip_space(header);
    if (header->at < header->end && *header->at == '[')
        return fail_at(header, header->at,
                       "the array holds records, expected plain numbers; save it as .astype('float64')");
    const rnn_status status = read_text(header, "the value type", &text, &size);
    if (status != RNN_OK)
        return status;
    if (size == 3 && (memcmp(text, "<f4", 3) == 0 || memcmp(text, "<f8", 3) == 0)) {
        header->item = (size_t)(text[2] - '0');
        return RNN_OK;
    }
    if (size > 1 && text[0] == '>')
        return fail_at(header, text,
                       "values of type \"%s\" are big-endian, expected '<f4' or '<f8'; save it as "
                       ".astype('<f8')",
                       rnn_show(text, size).text);
    return fail_at(header, text, "values of type \"%s\", expected '<f4' or '<f8'; save it as .astype('float64')",
                   rnn_show(text, size).text);
}

static rnn_status read_order(npy_header *header)
{
    if (take_word(header, "False"))
        return RNN_OK;
    if (take_word(header, "True"))
        return fail_at(header, header->at - 4,
                       "the array is in Fortran order, expected C order; save numpy.ascontiguousarray(array)");
    return fail_at(header, header->at, "expected True or False, found \"%s\"; the file is damaged", found(header).text);
}

static rnn_status read_dimension(npy_header *header, size_t *dimension)
{
    const unsigned char *const start = header->at;
    for (*dimension = 0; header->at < header->end && *header->at >= '0' && *header->at <= '9'; header->at++)
        if (__builtin_mul_overflow(*dimension, (size_t)10, dimension) ||
            __builtin_add_overflow(*dimension, (size_t)(*header->at - '0'), dimension))
            return fail_at(header, start, "a dimension is beyond what can be counted; the file is damaged");
    if (header->at == start)
        return fail_at(header, start, "expected a dimension, found \"%s\"; the file is damaged", found(header).text);
    return RNN_OK;
}

static rnn_status read_shape(npy_header *header)
{
    bool comma = true;
    rnn_status status;
    skip_space(header);
    const unsigned char *const start = header->at;
    RNN_TRY(expect_mark(header, '('));
    while (!take_mark(header, ')')) {
        size_t dimension;
        if (!comma)
            return expect_mark(header, ','); /* which was looked for in vain, so this says so */
        RNN_TRY(read_dimension(header, &dimension));
        if (header->dimensions < 2)
            header->shape[header->dimensions] = dimension;
        header->dimensions++;
        comma = take_mark(header, ',');
    }
    if (header->dimensions == 1 && !comma) /* in Python (309) is a number, (309,) a tuple */
        return fail_at(header, header->at - 1, "expected , after the only dimension; the file is damaged");
    if (header->dimensions < 1 || header->dimensions > 2)
        return fail_at(header, start,
                       "the array has %zu dimensions, expected 1 (rows) or 2 (rows, columns); save "
                       "array.reshape(rows, columns)",
                       header->dimensions);
    if (header->dimensions == 1)
        header->shape[1] = 1;
    if (header->shape[0] == 0 || header->shape[1] == 0)
        return fail_at(header, start, "the array holds %zu rows of %zu columns, expected at least 1 of 1",
                       header->shape[0], header->shape[1]);
fail:
    return status;
}

static rnn_status read_entry(npy_header *header)
{
    static const struct {
        const char *key;
        rnn_status (*read)(npy_header *header);
    } entries[ENTRIES] = {{"descr", read_descr}, {"fortran_order", read_order}, {"shape", read_shape}};
    const unsigned char *key = NULL;
    size_t size = 0;
    skip_space(header);
    const unsigned char *const start = header->at;
    rnn_status status = read_text(header, "a key", &key, &size);
    if (status == RNN_OK)
        status = expect_mark(header, ':');
    if (status != RNN_OK)
        return status;
    for (size_t i = 0; i < ENTRIES; i++) {
        if (size != strlen(entries[i].key) || memcmp(key, entries[i].key, size) != 0)
            continue;
        if (header->seen[i])
            return fail_at(header, start, "'%s' stands there twice; the file is damaged", entries[i].key);
        header->seen[i] = true;
        return entries[i].read(header);
    }
    return fail_at(header, start, "unknown key \"%s\", expected 'descr', 'fortran_order' and 'shape'",
                   rnn_show(key, size).text);
}

static rnn_status read_header(npy_header *header)
{
    bool comma = true;
    rnn_status status;
    const unsigned char *const start = header->at;
    RNN_TRY(expect_mark(header, '{'));
    while (!take_mark(header, '}')) {
        if (!comma)
            return expect_mark(header, ','); /* which was looked for in vain, so this says so */
        RNN_TRY(read_entry(header));
        comma = take_mark(header, ',');
    }
    skip_space(header);
    if (header->at < header->end)
        return fail_at(header, header->at, "expected nothing after }, found \"%s\"; the file is damaged",
                       found(header).text);
    if (!header->seen[0] || !header->seen[1] || !header->seen[2])
        return fail_at(header, start, "'%s' is missing; the file is damaged",
                       !header->seen[0]   ? "descr"
                       : !header->seen[1] ? "fortran_order"
                                          : "shape");
fail:
    return status;
}

/* ---- Before the header, and after it --------------------------------------------------------------------------------- */

static size_t little_endian(const unsigned char *bytes, size_t count)
{
    size_t value = 0;
    for (size_t i = 0; i < count; i++)
        value |= (size_t)bytes[i] << (8 * i);
    return value;
}

/* Sets where the header's text begins and ends. */
static rnn_status find_header(npy_header *header, size_t size)
{
    const unsigned char *bytes = header->bytes;
    if (size < MAGIC_SIZE + 2)
        return rnn_fail(RNN_BAD_DATA, "%s: NPY file cut off at offset %zu, before its version", header->source, size);
    const unsigned major = bytes[MAGIC_SIZE], minor = bytes[MAGIC_SIZE + 1];
    if (major < 1 || major > 3 || minor != 0)
        return rnn_fail(RNN_BAD_DATA, "%s: NPY version %u.%u at offset %d, expected 1.0, 2.0 or 3.0", header->source,
                        major, minor, MAGIC_SIZE);
    const size_t field = major == 1 ? 2 : 4, start = MAGIC_SIZE + 2 + field;
    if (size < start)
        return rnn_fail(RNN_BAD_DATA, "%s: NPY file cut off at offset %zu, inside the header's length", header->source,
                        size);
    const size_t length = little_endian(bytes + MAGIC_SIZE + 2, field);
    if (length > RNN_NPY_MAX_HEADER)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: NPY header of %zu bytes, more than the cap of %d; the length at offset %d "
                        "is damaged or the array is of another kind",
                        header->source, length, RNN_NPY_MAX_HEADER, MAGIC_SIZE + 2);
    if (length > size - start)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: NPY file cut off at offset %zu, inside its header of %zu bytes from offset "
                        "%zu",
                        header->source, size, length, start);
    header->at = bytes + start;
    header->end = header->at + length;
    return RNN_OK;
}

static rnn_status check_size(const npy_header *header, size_t size)
{
    const size_t start = (size_t)(header->end - header->bytes), rows = header->shape[0], columns = header->shape[1];
    size_t bytes;
    if (__builtin_mul_overflow(rows, columns, &bytes) || __builtin_mul_overflow(bytes, header->item, &bytes))
        return rnn_fail(RNN_BAD_DATA,
                        "%s: %zu rows of %zu columns are more bytes than can be counted; the file is "
                        "damaged",
                        header->source, rows, columns);
    if (bytes != size - start)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: %zu rows of %zu columns of %zu bytes need %zu bytes from offset %zu, found "
                        "%zu; the file is %s",
                        header->source, rows, columns, header->item, bytes, start, size - start,
                        bytes > size - start ? "cut off" : "longer than its array");
    return RNN_OK;
}

static double value_at(const unsigned char *bytes, size_t item)
{
    if (item == 4) {
        float value;
        uint32_t bits = 0;
        for (unsigned i = 0; i < 4; i++)
            bits |= (uint32_t)bytes[i] << (8 * i);
        memcpy(&value, &bits, sizeof value);
        return (double)value;
    }
    double value;
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Rows [first, first + rows), whose bytes these are. */
static rnn_status read_values(const npy_header *header, const rnn_selection *selection, const unsigned char *bytes,
                              size_t first, size_t rows, bool may_miss, rnn_series *series)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < series->columns; j++) {
            const size_t column = selection->column[j];
            const double value = value_at(bytes + (i * selection->width + column) * header->item, header->item);
            if (!isfinite(value) && !(may_miss && isnan(value)))
                return rnn_fail(RNN_BAD_DATA,
                                "%s: row %zu, column %zu: %s; every value in use must be a finite number (%s)",
                                header->source, first + i + 1, column + 1,
                                isnan(value) ? "nan"
                                : value > 0  ? "inf"
                                             : "-inf",
                                isnan(value) ? RNN_MISSING_HELP : RNN_INFINITE_HELP);
            series->values[(first + i) * series->columns + j] = value;
        }
    return RNN_OK;
}

bool rnn_npy_has_magic(const unsigned char *bytes, size_t size)
{
    return size >= MAGIC_SIZE && memcmp(bytes, MAGIC, MAGIC_SIZE) == 0;
}

/* From the bytes that the file of `size` begins with, its whole header among them, to a series without values. */
static rnn_status open_series(npy_header *header, size_t size, const rnn_read_options *options,
                              rnn_selection *selection, rnn_series **out)
{
    rnn_status status;
    if (options->id || (options->time && strcmp(options->time, "none") != 0))
        return rnn_fail(RNN_CONFIG,
                        "%s: an NPY array has numbers alone, no column of times or ids; drop --time and --id, "
                        "or use CSV",
                        header->source);
    RNN_TRY(find_header(header, size));
    RNN_TRY(read_header(header));
    RNN_TRY(check_size(header, size));
    RNN_TRY(rnn_selection_find(header->source, options, NULL, header->shape[1], NULL, selection));
    RNN_TRY(rnn_series_new(header->source, header->shape[0], selection->count, selection->targets, out));
    (*out)->known = selection->known;
    for (size_t i = 0; i < selection->count; i++)
        RNN_TRY(rnn_series_name_by_position(*out, i, selection->column[i] + 1));
fail:
    return status;
}

static bool may_miss(const rnn_read_options *options, const rnn_selection *selection)
{
    return options->missing != RNN_MISSING_ERROR || selection->known > 0;
}

static rnn_status settle(rnn_series *series, const rnn_read_options *options)
{
    rnn_ids none = {NULL, 0, 0, NULL, 0};
    return rnn_series_settle(series, &none, NULL, options);
}

rnn_status rnn_npy_parse_with(const char *source, const unsigned char *bytes, size_t size,
                              const rnn_read_options *options, rnn_series **out)
{
    rnn_status status;
    npy_header header = {.source = source, .bytes = bytes};
    rnn_selection selection = {0};
    rnn_series *series = NULL;

    *out = NULL;
    RNN_TRY(open_series(&header, size, options, &selection, &series));
    RNN_TRY(read_values(&header, &selection, header.end, 0, series->N, may_miss(options, &selection), series));
    RNN_TRY(settle(series, options));
    *out = series;
    series = NULL;
fail:
    rnn_series_free(series);
    rnn_selection_clear(&selection);
    return status;
}

rnn_status rnn_npy_parse(const char *source, const unsigned char *bytes, size_t size, const rnn_columns *wanted,
                         rnn_series **out)
{
    rnn_read_options options = {.time = "none"};
    if (wanted)
        options.columns = *wanted;
    return rnn_npy_parse_with(source, bytes, size, &options, out);
}

/* The rows behind the header, a piece at a time. */
static rnn_status read_pieces(rnn_input *input, const npy_header *header, const rnn_selection *selection, bool missing,
                              rnn_series *series)
{
    const size_t row = selection->width * header->item, rows = row < PIECE ? PIECE / row : 1;
    rnn_status status;
    unsigned char *piece = NULL;
    RNN_TRY(RNN_NEW(piece, rows * row));
    RNN_TRY(rnn_input_seek(input, (size_t)(header->end - header->bytes)));
    for (size_t first = 0; first < series->N; first += rows) {
        const size_t count = series->N - first < rows ? series->N - first : rows;
        size_t got;
        RNN_TRY(rnn_input_read(input, piece, count * row, &got));
        if (got < count * row)
            RNN_TRY(rnn_fail(RNN_IO, "%s: became shorter while it was read", header->source));
        RNN_TRY(read_values(header, selection, piece, first, count, missing, series));
    }
fail:
    free(piece);
    return status;
}

rnn_status rnn_npy_read(const char *path, rnn_input *input, size_t size, const rnn_read_options *options,
                        rnn_series **out)
{
    unsigned char head[MAGIC_SIZE + 6 + RNN_NPY_MAX_HEADER];
    npy_header header = {.source = path, .bytes = head};
    rnn_selection selection = {0};
    rnn_series *series = NULL;
    size_t got;
    rnn_status status;

    *out = NULL;
    RNN_TRY(rnn_input_seek(input, 0));
    RNN_TRY(rnn_input_read(input, head, sizeof head, &got));
    RNN_TRY(open_series(&header, got < sizeof head ? got : size, options, &selection, &series));
    RNN_TRY(read_pieces(input, &header, &selection, may_miss(options, &selection), series));
    RNN_TRY(settle(series, options));
    *out = series;
    series = NULL;
fail:
    rnn_series_free(series);
    rnn_selection_clear(&selection);
    return status;
}
