/* SPDX-License-Identifier: MIT
 * elman.cl - the Elman cell over a sequence: hidden-state update, and BPTT. Equations and shapes: elman.clh
 *
 * NDRange  dimension 0: the ceil(B / ROWS) tiles of records, dealt out evenly to at most B / ROWS groups of LANES items; where
 *          LANES > 1 a tile a group. The tiles of a group take turns at each block of columns while its weights are in the nearest cache.
 *          Dimension 1: the column blocks, dealt out likewise. Fused over the sequence: one group there, which loops
 *          over t. Stepwise, where the weights are too large for that: a block a group, a step a launch.
 * Macros   those of elman.clh.
 */
#include "elman.clh"

#if LANES > 1
#define DECLARE_STATE local real staged[ROWS * HP]
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
                         const int D, const int H, const int UC, const int input_step, MEMBERS(global const real *restrict, x),
                         MEMBERS(global const real *restrict, panels), MEMBERS(global real *, h))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(x); AT_MEMBER(panels); AT_MEMBER(h);
    DECLARE_STATE;
    const cell c = {B, T, D, H, UC, input_step, wide};
    for (int t = t_first; t < t_first + t_count; t++)
        forward_step(c, t, FIRST_RECORD(B), LAST_RECORD(B), FIRST_BLOCK(blocks), LAST_BLOCK(blocks), x, panels, h, staged);
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void hidden_state_grad(const int t_last, const int t_count, const int blocks, const int wide, const int B, const int T,
                              const int D, const int H, const int UC, MEMBERS(global const real *restrict, panels),
                              MEMBERS(global const real *restrict, h), MEMBERS(global const real *restrict, d_h),
                              MEMBERS(global real *, dz))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(panels); AT_MEMBER(h); AT_MEMBER(d_h); AT_MEMBER(dz);
    DECLARE_STATE;
    const cell c = {B, T, D, H, UC, 0, wide};
    for (int t = t_last; t > t_last - t_count; t--)
        backward_step(c, t, FIRST_RECORD(B), LAST_RECORD(B), FIRST_BLOCK(blocks), LAST_BLOCK(blocks), panels, h, d_h, dz, staged);
}
