/* SPDX-License-Identifier: MIT
 * tune.c - tile shapes by device and shape; none of them changes a bit of a result
 *
 * On a CPU a work-item is a thread: one item a group, the device's own vectors, as many accumulators as its registers hold.
 * On a GPU a work-item is a lane: scalar outputs, a group that spans the columns, a few records each.
 */
#include "backend/opencl/internal.h"

#define MAX_COLS      8
#define FMA_LATENCY   4
#define PANEL_VECTORS 0.6 /* a cycle */
#define LOOP_CYCLES   0.5
#define FUSED_RECORDS 32         /* of a group that walks through the sequence */
#define STEP_RECORDS  512        /* of a group that takes one step */
#define NEAR_BYTES    (5U << 18) /* of h and dz, beside the weights, in a core's second-level cache */
#define CPU_TILES     32         /* of a weight gradient, that share what is staged of h */
#define CPU_TERMS     256        /* of its sums, staged at a time */
#define GPU_TERMS     32
#define MAX_ROWS      12
#define GPU_LANES     64
#define GPU_ROWS      4
#define FUSED_BYTES   (256U << 10) /* W^T of a step stays in a core's second-level cache */

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

/* Cycles a term takes in an r x c tile: two fma and two loads a cycle, what the second-level cache gives of the panel in one,
 * FMA_LATENCY before a sum goes on, and the loop. */
static double cycles(double r, double c)
{
    const double limits[] = {r * c / 2, (r + c) / 2, c / PANEL_VECTORS, FMA_LATENCY};
    double most = 0;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        most = limits[i] > most ? limits[i] : most;
    return most + LOOP_CYCLES;
}

/* Blocks of `cols` vectors, or one less, that cover `columns` with as little padding as there can be. */
static void cover(ocl_tile *tile, size_t columns)
{
    const size_t vector = (size_t)tile->vec * tile->lanes, narrow = tile->cols > 1 ? tile->cols - 1 : 1;
    size_t vectors = ocl_ceil_div(columns, vector);
    tile->blocks = ocl_ceil_div(vectors, tile->cols);
    if (vectors < tile->blocks * narrow)
        vectors = tile->blocks * narrow;
    tile->wide = tile->cols > 1 ? vectors - tile->blocks * narrow : tile->blocks;
    tile->padded = vectors * vector;
}

/* The tile that covers `rows` x `columns` soonest: sums that fit the registers and little padded away. `rows` come in groups. */
static void choose_cpu_tile(unsigned registers, size_t rows, size_t groups, size_t columns, ocl_tile *tile)
{
    double best = 1e30;
    const size_t group = ocl_ceil_div(rows, groups);
    for (unsigned c = 1; c < registers; c++)
        for (unsigned r = 1; r * c + smaller(r, c) + 1 <= registers && r <= MAX_ROWS; r++) {
            ocl_tile tried = *tile;
            tried.rows = r;
            tried.cols = c;
            cover(&tried, columns);
            const double term =
                (double)tried.wide * cycles(r, c) + (double)(tried.blocks - tried.wide) * cycles(r, c - 1.0);
            if (term * (double)ocl_ceil_div(group, r) < best) {
                best = term * (double)ocl_ceil_div(group, r);
                *tile = tried;
            }
        }
}

/* Groups of about `most` records, as many for each core. */
static size_t even_groups(const ocl_backend *self, size_t B, size_t most)
{
    const size_t units = self->head.info.compute_units;
    return units * ocl_ceil_div(B, units * most);
}

size_t ocl_state_groups(const ocl_backend *self, const ocl_tile *tile, size_t B, bool fused)
{
    if (tile->lanes > 1)
        return ocl_ceil_div(B, tile->rows);
    /* a step a launch: its column blocks keep the cores busy, and records share the blocks' weights */
    return smaller(B / tile->rows, fused ? even_groups(self, B, FUSED_RECORDS) : ocl_ceil_div(B, STEP_RECORDS));
}

size_t ocl_near_groups(const ocl_backend *self, const ocl_tile *tile, size_t B, size_t P, size_t bytes)
{
    const size_t units = self->head.info.compute_units;
    const size_t limit = tile->near_bytes;
    if (tile->lanes > 1)
        return 0;
    if (B == tile->rows) /* nothing to share */
        return bytes * B <= limit ? 1 : 0;
    /* whole blocks are dealt out: nobody gets fewer than `least` records, nobody more than `most` */
    for (size_t groups = units; groups <= P; groups += units) {
        const size_t least = P / groups * (B / P), most = ocl_ceil_div(P, groups) * ocl_ceil_div(B, P);
        if (least >= tile->rows && most <= limit / bytes)
            return groups;
    }
    return 0;
}

/* The shape a tuning asks for; what is 0 there stays as it was chosen. */
static void follow(const ocl_backend *self, unsigned rows, unsigned cols, unsigned lanes, ocl_tile *tile)
{
    tile->rows = rows ? rows : tile->rows;
    tile->cols = cols ? cols : tile->cols;
    tile->lanes = lanes ? smaller(lanes, self->group_limit) : tile->lanes;
}

ocl_tile ocl_state_tile(const ocl_backend *self, const rnn_tuning *tuning, const rnn_network *network, size_t batch)
{
    const size_t H = network->H, staged = rnn_shape_of(network->cell)->gates;
    ocl_tile tile = {.vec = vector_width(self, tuning), .lanes = 1};
    const size_t vectors = ocl_ceil_div(H, tile.vec);
    if (is_cpu_style(self)) {
        choose_cpu_tile(vector_registers(self), batch, smaller(batch, even_groups(self, batch, FUSED_RECORDS)), H,
                        &tile);
    } else {
        tile.lanes = smaller(smaller(vectors, GPU_LANES), self->group_limit);
        tile.cols = smaller(ocl_ceil_div(vectors, tile.lanes), MAX_COLS / 2);
        tile.rows = GPU_ROWS;
    }
    follow(self, tuning->rows, tuning->cols, tuning->lanes, &tile);
    tile.fused_bytes = tuning->fused_bytes ? tuning->fused_bytes : FUSED_BYTES;
    tile.near_bytes = tuning->near_bytes ? tuning->near_bytes : is_cpu_style(self) ? NEAR_BYTES : 1;
    cover(&tile, H);
    if (tile.lanes > 1) { /* lanes share the records of a step in local memory: on the way back, all gates of them */
        const size_t fit = self->local_bytes / (staged * tile.padded * rnn_real_size(&self->head));
        tile.rows = smaller(tile.rows, fit ? fit : 1);
        tile.lanes = fit ? tile.lanes : 1;
        cover(&tile, H);
    }
    return tile;
}

ocl_tile ocl_grad_tile(const ocl_backend *self, const rnn_tuning *tuning, size_t rows, size_t columns)
{
    ocl_tile tile = {.vec = vector_width(self, tuning), .lanes = 1};
    const size_t vectors = ocl_ceil_div(columns, tile.vec);
    if (is_cpu_style(self)) {
        choose_cpu_tile(vector_registers(self), rows, 1, columns, &tile);
    } else {
        tile.lanes = smaller(smaller(vectors, GPU_LANES), self->group_limit);
        tile.cols = 1;
        tile.rows = 2 * GPU_ROWS;
    }
    follow(self, tuning->grad_rows, tuning->grad_cols, tuning->lanes, &tile);
    cover(&tile, columns);
    tile.tiles = smaller(ocl_ceil_div(rows, tile.rows), tile.lanes > 1 ? 1 : CPU_TILES);
    tile.terms = tile.lanes > 1 ? GPU_TERMS : CPU_TERMS;
    if (tuning->grad_tiles)
        tile.tiles = tuning->grad_tiles;
    if (tuning->grad_terms)
        tile.terms = tuning->grad_terms;
    const size_t left = tile.lanes > 1 ? ocl_ceil_div((size_t)tile.tiles * tile.rows, tile.vec) * tile.vec : 0;
    const size_t term = left + (size_t)tile.vec * tile.cols * tile.lanes; /* reals staged of each */
    const size_t fit = self->local_bytes / (term * rnn_real_size(&self->head));
    tile.terms = smaller(tile.terms, fit);
    return tile;
}

ocl_tile ocl_article_tile(const ocl_backend *self, size_t H)
{
    const rnn_tuning *tuning = &self->tuning[RNN_TILE_STATE];
    ocl_tile tile = {.vec = vector_width(self, tuning), .rows = 1, .lanes = 1};
    const size_t vectors = ocl_ceil_div(H, tile.vec);
    if (!is_cpu_style(self))
        tile.lanes = smaller(vectors, self->group_limit);
    if (tuning->lanes)
        tile.lanes = smaller(tuning->lanes, self->group_limit);
    tile.cols = smaller(ocl_ceil_div(vectors, tile.lanes), vector_registers(self) / 2);
    const size_t block = (size_t)tile.vec * tile.cols * tile.lanes;
    tile.padded = ocl_ceil_div(H, block) * block;
    return tile;
}

bool ocl_fuses(const ocl_backend *self, const rnn_network *network, const ocl_tile *tile)
{
    const size_t rows = rnn_shape_of(network->cell)->gates * network->H;
    return rows * tile->padded * rnn_real_size(&self->head) <= tile->fused_bytes;
}
