/* SPDX-License-Identifier: MIT
 * recurrence.cl - a layer over a sequence: hidden-state update, and BPTT. Equations and shapes: recurrence.clh, and the cell's file
 *
 * NDRange  dimension 0: the ceil(B / ROWS) tiles of records, dealt out evenly to at most B / ROWS groups of LANES items; where
 *          LANES > 1 a tile a group. The tiles of a group take turns at each block of columns while its weights are in the nearest cache.
 *          Dimension 1: the column blocks, dealt out likewise. Fused over the sequence: one group there, which loops
 *          over t. Stepwise, where the weights are too large for that: a block a group, a step a launch.
 * x_start, panels_start, h_start, dz_start: where the layer's begin. d_h: as `given` has it, from d_start on.
 * Macros   those of recurrence.clh; STACK: there are several layers, and inputs_grad is compiled.
 */
#include "recurrence.clh"

#ifndef STACK
#define STACK 1
#endif

#if LANES > 1
#define DECLARE_STATE local real staged[ROWS * STATE_ROW]
#else
#define DECLARE_STATE local real *const staged = 0
#endif

/* The part of `count` that group g of dimension `dimension` has: from group_first(g) up to group_first(g + 1). */
static int share(const int count, const int dimension, const int group)
{
    return (size_t)count * group / get_num_groups(dimension);
}

#define TILES_OF(B) ((B + ROWS - 1) / ROWS)
#define FIRST_RECORD(B) (share(TILES_OF(B), 0, get_group_id(0)) * ROWS)
#define LAST_RECORD(B) min(share(TILES_OF(B), 0, get_group_id(0) + 1) * ROWS, B)
#define FIRST_BLOCK(blocks) share(blocks, 1, get_group_id(1))
#define LAST_BLOCK(blocks) share(blocks, 1, get_group_id(1) + 1)

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void hidden_state(const int t_first, const int t_count, const int blocks, const int wide, const int B, const int T,
                         const int D, const int H, const int UC, const int input_step, const int x_row, const ulong x_start,
                         const ulong panels_start, const ulong h_start, MEMBERS(global const real *restrict, x),
                         MEMBERS(global const real *restrict, panels), MEMBERS(global real *, h))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(x); AT_MEMBER(panels); AT_MEMBER(h);
    DECLARE_STATE;
    const cell c = {B, T, D, H, UC, input_step, x_row, blocks, wide};
    for (int t = t_first; t < t_first + t_count; t++)
        forward_step(c, t, FIRST_RECORD(B), LAST_RECORD(B), FIRST_BLOCK(blocks), LAST_BLOCK(blocks), x + x_start, panels + panels_start,
                     h + h_start, staged);
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void hidden_state_grad(const int t_last, const int t_count, const int blocks, const int wide, const int B, const int T,
                              const int D, const int H, const int UC, const int every, const int d_first, const ulong d_start, const ulong d_step,
                              const int d_row, const ulong panels_start, const ulong h_start, const ulong dz_start,
                              MEMBERS(global const real *restrict, panels), MEMBERS(global const real *restrict, h),
                              MEMBERS(global const real *restrict, d_h), MEMBERS(global real *, dz))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(panels); AT_MEMBER(h); AT_MEMBER(d_h); AT_MEMBER(dz);
    DECLARE_STATE;
    const cell c = {B, T, D, H, UC, 0, 0, blocks, wide};
    const given from = {d_h + d_start, d_step, d_row, every, d_first};
    for (int t = t_last; t > t_last - t_count; t--)
        backward_step(c, t, FIRST_RECORD(B), LAST_RECORD(B), FIRST_BLOCK(blocks), LAST_BLOCK(blocks), panels + panels_start, h + h_start,
                      from, dz + dz_start, staged);
}

#if STACK
/* For all steps at once: `records` records of dz from dz_start on, each as far from the next as those that `to`, from to_start on, has. */
__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void inputs_grad(const int blocks, const int wide, const int records, const int H, const ulong panels_start,
                        const ulong dz_start, const ulong to_start, MEMBERS(global const real *restrict, panels),
                        MEMBERS(global const real *, dz), MEMBERS(global real *, to))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(panels); AT_MEMBER(dz); AT_MEMBER(to);
    DECLARE_STATE;
    const cell c = {records, 1, 0, H, 0, 0, 0, blocks, wide};
    const int first = FIRST_RECORD(records), last = LAST_RECORD(records);
    STATE_SPACE const real *state = stage_state(c, RECURRENT, true, first, last, dz + dz_start, staged);
    for (int block = FIRST_BLOCK(blocks); block < LAST_BLOCK(blocks); block++) {
        const int start = block_start(block, COLS, wide);
        global const real *panel = panels + panels_start + (size_t)start * VEC * LANES * RECURRENT * H;
        for (int next = first; next < last; next += ROWS) {
            const int tile = tile_start(next, last);
            FOR_BLOCK(block, COLS, wide, inputs_tile, c, tile, last, start * LANES + (int)get_local_id(0), panel,
                      tile_state(state, tile), to + to_start);
        }
    }
}
#endif
