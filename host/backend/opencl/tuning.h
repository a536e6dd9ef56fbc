/* SPDX-License-Identifier: MIT
 * tuning.h - tile shapes as values and as lines of text; none of them changes a bit of a result
 *
 * A file of tuning lines, read from its top, the first line that fits being used:
 *
 *   # comment
 *   device="pthread" vector=16 precision=float kernel=state hidden=65..128 batch=65..128: vec=16 rows=3 cols=7 lanes=1
 *
 * Before the colon, in any order: for what. `kernel` must be there; what else is left out fits anything. device: text that
 * occurs in the device's platform, name or version, upper or lower case alike. vector: reals in its own vector (float: AVX2
 * has 8, AVX-512 16, GPUs 1). cell: elman, gru, lstm. hidden, batch: H and B, each a number or a range (the tuner's: rnn_tuning_class). Behind the
 * colon: settings of that kernel, at least one; those left out are chosen by device and shape (tune.c).
 */
#ifndef RNN_OPENCL_TUNING_H
#define RNN_OPENCL_TUNING_H

#include "base/status.h"

#include <limits.h>

/* Kernels whose tiles are tuned: forward and backward share one shape. */
typedef enum rnn_tile_kind { RNN_TILE_STATE, RNN_TILE_GRAD, RNN_TILE_KINDS } rnn_tile_kind;

#define RNN_OF_STATE (1U << RNN_TILE_STATE)
#define RNN_OF_GRAD  (1U << RNN_TILE_GRAD)

#define RNN_FUSED_ALWAYS (1U << 30)

/* All that may be tuned, and the only place that lists it. A row: field of rnn_tuning; field of ocl_tile that it decides; the
 * kernels it is a setting of; its name there; the largest legal value; whether powers of two alone are legal; what it is; the
 * values that the tuner tries. The smallest legal value is 1; 0 stands for: chosen by device and shape. */
#define RNN_TUNING_FIELDS(X)                                                                                           \
    X(vec, vec, RNN_OF_STATE | RNN_OF_GRAD, "vec", 16, true, "outputs a vector", 1, 2, 4, 8, 16)                       \
    X(rows, rows, RNN_OF_STATE, "rows", 16, false, "records a tile", 1, 2, 3, 4, 5, 6, 8, 10, 12)                      \
    X(cols, cols, RNN_OF_STATE, "cols", 16, false, "vectors a work-item", 1, 2, 3, 4, 5, 6, 7, 8)                      \
    X(lanes, lanes, RNN_OF_STATE | RNN_OF_GRAD, "lanes", 1024, false, "work-items a tile", 1, 8, 16, 32, 64, 128)      \
    X(fused_bytes, fused_bytes, RNN_OF_STATE, "fused_bytes", RNN_FUSED_ALWAYS, false,                                  \
      "largest H x H that one launch walks through whole sequences", 1, RNN_FUSED_ALWAYS)                              \
    X(near_bytes, near_bytes, RNN_OF_STATE, "near_bytes", RNN_FUSED_ALWAYS, false,                                     \
      "most of h and dz that a work-item takes from windows to gradient blocks", 1, 640U << 10, 5U << 18)              \
    X(grad_rows, rows, RNN_OF_GRAD, "rows", 16, false, "rows of the gradient a tile", 1, 2, 3, 4, 5, 6, 8, 10, 12)     \
    X(grad_cols, cols, RNN_OF_GRAD, "cols", 16, false, "vectors of its columns a work-item", 1, 2, 3, 4, 5, 6, 7, 8)   \
    X(grad_tiles, tiles, RNN_OF_GRAD, "tiles", 64, false, "tiles of rows staged together", 1, 4, 8, 16, 32, 64)        \
    X(grad_terms, terms, RNN_OF_GRAD, "terms", 4096, false, "terms of the sums staged together", 16, 32, 64, 128, 256, \
      512)

/* Vectors of sums a work-item may hold, rows x cols: as many as any device has vector registers. */
#define RNN_TILE_SUMS 32

typedef struct rnn_tuning {
#define RNN_TUNING_MEMBER(field, ...) unsigned field;
    RNN_TUNING_FIELDS(RNN_TUNING_MEMBER)
#undef RNN_TUNING_MEMBER
} rnn_tuning;

/* ---- Values -------------------------------------------------------------------------------------------------------- */

#define RNN_TRIED 12 /* values of a field, at most */

typedef struct rnn_tuning_field {
    const char *name, *help;
    size_t offset;  /* in rnn_tuning */
    unsigned kinds; /* RNN_OF_STATE and others */
    unsigned most;
    unsigned tried[RNN_TRIED + 1]; /* ends with 0 */
    bool powers;                   /* of two alone */
} rnn_tuning_field;

/* The settings of one kernel, in the table's order: n = 0, 1, ...; NULL past the last. */
const rnn_tuning_field *rnn_tuning_nth(rnn_tile_kind kind, size_t n);
size_t rnn_tuning_tried(const rnn_tuning_field *field); /* how many values: at least 1 */
unsigned *rnn_tuning_value(const rnn_tuning_field *field, rnn_tuning *tuning);
const char *rnn_tile_kind_name(rnn_tile_kind kind);

/* "vec=16 rows=3": the settings of the kernel that are not 0. Returns `text`. */
const char *rnn_tuning_text(rnn_tile_kind kind, const rnn_tuning *tuning, char *text, size_t size);

/* How many settings of the kernel differ. */
size_t rnn_tuning_distance(rnn_tile_kind kind, const rnn_tuning *a, const rnn_tuning *b);

/* The combinations in which each setting has the value of `base` or one of those that the tuner tries: how many, and number
 * `index` of them; false where another index gives the same. */
size_t rnn_tuning_combinations(rnn_tile_kind kind);
bool rnn_tuning_combination(rnn_tile_kind kind, const rnn_tuning *base, size_t index, rnn_tuning *out);

/* ---- Lines --------------------------------------------------------------------------------------------------------- */

typedef struct rnn_tuning_line {
    char device[128]; /* empty: any */
    size_t vector;    /* 0: any */
    int precision;    /* rnn_precision; -1: any */
    int cell;         /* rnn_cell; -1: any */
    rnn_tile_kind kind;
    size_t hidden[2], batch[2]; /* first and last */
    rnn_tuning tuning;
    char where[256]; /* file:line */
    bool optional;   /* where it cannot be used it is named, once, and left out; else that is an error */
    bool named;
} rnn_tuning_line;

/* Zero before use. */
typedef struct rnn_tuning_list {
    rnn_tuning_line *lines;
    size_t count;
} rnn_tuning_list;

/* Appends the lines of a text. RNN_BAD_DATA: "where:line: found ..., expected ..."; the list is then as it was. */
rnn_status rnn_tuning_parse(const char *text, size_t size, const char *where, bool optional, rnn_tuning_list *list);

/* Appends the lines of a file; statuses also as of rnn_read_file. */
rnn_status rnn_tuning_read(const char *path, bool optional, rnn_tuning_list *list);
rnn_status rnn_tuning_add(rnn_tuning_list *list, const rnn_tuning_line *line);
void rnn_tuning_list_free(rnn_tuning_list *list);

/* The line as it may stand in a file, without a newline. Returns `text`. */
#define RNN_TUNING_LINE_SIZE 512
const char *rnn_tuning_line_text(const rnn_tuning_line *line, char *text, size_t size);

/* Whether two lines are for the same; and whether a line is for this device, kernel and shape. */
bool rnn_tuning_same_place(const rnn_tuning_line *a, const rnn_tuning_line *b);
bool rnn_tuning_fits(const rnn_tuning_line *line, const rnn_device_info *device, size_t vector, rnn_precision precision,
                     rnn_cell cell, rnn_tile_kind kind, size_t H, size_t B);

/* The sizes that what was found with H hidden units and batches of B is also for: of line->vector, to line->hidden and ->batch.
 * B: up to the next power of two and not to the one before, 65..128 for 100. H: a quarter of such a stretch, since tiles
 * fit a width or pad it, but whole vectors: 97..112 for 100, 897..1024 for 1024. */
void rnn_tuning_class(rnn_tuning_line *line, size_t H, size_t B);

#endif
