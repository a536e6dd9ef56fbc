/* SPDX-License-Identifier: MIT
 * tune.c - tile shapes by device and shape; none of them changes a bit of a result
 *
 * On a CPU a work-item is a thread: one item a group, the device's own vectors, as many accumulators as its registers hold.
 * On a GPU a work-item is a lane: scalar outputs, a group that spans the columns, a few records each.
 */
#include "backend/opencl/internal.h"

#define MAX_COLS    8
#define FMA_LATENCY 4
#define CPU_TILES   32  /* of a weight gradient, staged together in a second-level cache */
#define CPU_TERMS   256 /* of its sums, staged at a time */
#define GPU_TERMS   32
#define MAX_ROWS    12
#define GPU_LANES   64
#define GPU_ROWS    4
#define FUSED_BYTES (256U << 10) /* W^T of a step stays in a core's second-level cache */

static size_t ceil_div(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

static unsigned smaller(size_t a, size_t b)
{
    return (unsigned)(a < b ? a : b);
}

static bool is_cpu_style(const ocl_backend *self)
{
    return self->native_vector > 1;
}

static unsigned vector_width(const ocl_backend *self, const rnn_tuning *tuning)
{
    return tuning->vec ? tuning->vec : self->native_vector;
}

/* Vector registers: AVX-512 and SVE have 32, narrower sets 16. */
static unsigned vector_registers(const ocl_backend *self)
{
    return self->native_vector * rnn_real_size(&self->head) >= 64 ? 32 : 16;
}

/* Cycles a multiply-add of an R x C tile takes: two fma and two loads a cycle, a vector of the panel a cycle (it comes from the
 * second-level cache), FMA_LATENCY before a sum goes on, and one cycle of loop. */
static double cycles(unsigned r, unsigned c)
{
    const double limits[] = {r * c / 2.0, (r + c) / 2.0, c, FMA_LATENCY};
    double most = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        most = limits[i] > most ? limits[i] : most;
    return (most + 1) / (r * c);
}

/* The tile that covers `rows` x `vectors` soonest on `units` cores: sums that fit the registers, little padded away, and no core
 * waiting for the others. */
static void choose_cpu_tile(unsigned registers, size_t rows, size_t vectors, size_t units, ocl_tile *tile)
{
    double best = 1e30;
    for (unsigned c = 1; c < registers; c++)
        for (unsigned r = 1; r * c + smaller(r, c) + 1 <= registers && r <= MAX_ROWS; r++) {
            const size_t tiles = ceil_div(ceil_div(rows, r), units) * units;
            const double cost = cycles(r, c) * (double)(ceil_div(vectors, c) * c) * (double)(tiles * r);
            if (cost < best) {
                best = cost;
                tile->rows = r;
                tile->cols = c;
            }
        }
}

ocl_tile ocl_state_tile(const ocl_backend *self, const rnn_tuning *tuning, size_t H, size_t batch)
{
    ocl_tile tile = {.vec = vector_width(self, tuning), .lanes = 1};
    const size_t vectors = ceil_div(H, tile.vec);
    if (is_cpu_style(self)) {
        choose_cpu_tile(vector_registers(self), batch, vectors, self->head.info.compute_units, &tile);
    } else {
        tile.lanes = smaller(smaller(vectors, GPU_LANES), self->group_limit);
        tile.cols = smaller(ceil_div(vectors, tile.lanes), MAX_COLS / 2);
        tile.rows = GPU_ROWS;
    }
    if (tuning->rows)
        tile.rows = tuning->rows;
    if (tuning->cols)
        tile.cols = tuning->cols;
    if (tuning->lanes)
        tile.lanes = smaller(tuning->lanes, self->group_limit);
    tile.fused_bytes = tuning->fused_bytes ? tuning->fused_bytes : FUSED_BYTES;
    const size_t block = (size_t)tile.vec * tile.cols * tile.lanes;
    tile.padded = ceil_div(H, block) * block;
    if (tile.lanes > 1) { /* lanes share the records of a step in local memory */
        const size_t fit = self->local_bytes / (tile.padded * rnn_real_size(&self->head));
        tile.rows = smaller(tile.rows, fit ? fit : 1);
        tile.lanes = fit ? tile.lanes : 1; /* still covered exactly: padded is a multiple of fewer lanes too */
    }
    return tile;
}

ocl_tile ocl_grad_tile(const ocl_backend *self, const rnn_tuning *tuning, size_t rows, size_t columns)
{
    ocl_tile tile = {.vec = vector_width(self, tuning), .lanes = 1};
    const size_t vectors = ceil_div(columns, tile.vec);
    if (is_cpu_style(self)) {
        choose_cpu_tile(vector_registers(self), rows, vectors, 1, &tile);
    } else {
        tile.lanes = smaller(smaller(vectors, GPU_LANES), self->group_limit);
        tile.cols = 1;
        tile.rows = 2 * GPU_ROWS;
    }
    if (tuning->grad_rows)
        tile.rows = tuning->grad_rows;
    if (tuning->grad_cols)
        tile.cols = tuning->grad_cols;
    if (tuning->lanes)
        tile.lanes = smaller(tuning->lanes, self->group_limit);
    tile.padded = columns; /* vectors past the end are clamped, not padded */
    tile.tiles = smaller(ceil_div(rows, tile.rows), tile.lanes > 1 ? 1 : CPU_TILES);
    tile.terms = tile.lanes > 1 ? GPU_TERMS : CPU_TERMS;
    if (tuning->grad_tiles)
        tile.tiles = tuning->grad_tiles;
    if (tuning->grad_terms)
        tile.terms = tuning->grad_terms;
    const size_t term = ceil_div((size_t)tile.tiles * tile.rows, tile.vec) * tile.vec +
                        (size_t)tile.vec * tile.cols * tile.lanes; /* reals staged of each */
    const size_t fit = self->local_bytes / (term * rnn_real_size(&self->head));
    tile.terms = smaller(tile.terms, fit);
    return tile;
}

ocl_tile ocl_article_tile(const ocl_backend *self, size_t H)
{
    const rnn_tuning *tuning = &self->tuning[RNN_TILE_STATE];
    ocl_tile tile = {.vec = vector_width(self, tuning), .rows = 1, .lanes = 1};
    const size_t vectors = ceil_div(H, tile.vec);
    if (!is_cpu_style(self))
        tile.lanes = smaller(vectors, self->group_limit);
    if (tuning->lanes)
        tile.lanes = smaller(tuning->lanes, self->group_limit);
    tile.cols = smaller(ceil_div(vectors, tile.lanes), vector_registers(self) / 2);
    const size_t block = (size_t)tile.vec * tile.cols * tile.lanes;
    tile.padded = ceil_div(H, block) * block;
    return tile;
}

bool ocl_fuses(const ocl_backend *self, size_t H, const ocl_tile *tile)
{
    return H * tile->padded * rnn_real_size(&self->head) <= tile->fused_bytes;
}
