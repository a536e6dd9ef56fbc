/* SPDX-License-Identifier: MIT
 * elman.cl - the Elman cell over a sequence: hidden-state update, and below it BPTT
 *
 *   forward    z(t,b,j)  = bias(j) + sum_d U(j,d) x(t,b,d) + sum_k W(j,k) h(t,b,k)         h(t+1,b,j) = activation(z)
 *   backward   dz(t,b,k) = (sum_j dz(t+1,b,j) W(j,k)) * slope(h(t+1,b,k)),   dz(T-1) = d_h * slope(h(T))
 *
 * Shapes   x (T,B,D)   h (T+1,B,row)   d_h (B,row)   dz (T,B,row)   panels: see pack.cl. UC is D, or T*D per step.
 *          Behind its H units a record of h(t) holds x(t) and a 1: what weight_grad.cl multiplies dz(t) with.
 * NDRange  dimension 0: ceil(B / ROWS) tiles of records, `tiles` of them a group of LANES items (where LANES > 1: one), which
 *          take turns at each block of columns while its weights are in the nearest cache. Dimension 1: HP columns are
 *          HP / WIDTH blocks; a group works on `blocks` of them. Fused over the sequence: one group has all blocks
 *          and loops over t. Stepwise, where the state is too large for that: one block a group, one launch a step.
 * Macros   those of tile.clh; HP, ACTIVATION. input_step is D where U has its own columns for every t, else 0.
 * A short last tile repeats its last record instead of branching: the same bits are stored twice.
 */
#include "activation.clh"
#include "tile.clh"

#if LANES > 1
/* The tile's records of one step, staged so that the k loop reads each value from local memory. */
#define DECLARE_STATE local real state[ROWS][HP]
#define STATE(i, k) state[i][k]
#define STAGE(from)                                                                                                    \
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE); /* the last step is read no more; its results are visible */  \
    for (int i = 0; i < ROWS; i++)                                                                                     \
        for (int k = get_local_id(0); k < H; k += LANES)                                                               \
            state[i][k] = (from)[(size_t)min(first + i, B - 1) * row + k];                                             \
    barrier(CLK_LOCAL_MEM_FENCE)
#else
#define DECLARE_STATE const global real *state
#define STATE(i, k) state[record[i] + (k)]
#define STAGE(from) state = (from)
#endif

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void hidden_state(const int t_first, const int t_count, const int blocks, const int tiles, const int B, const int D, const int H,
                         const int UC, const int row, const int input_step, global const real *restrict x,
                         global const real *restrict panels, global real *h)
{
    DECLARE_STATE;
    const int lane = get_local_id(0);
    const int first = get_group_id(0) * tiles * ROWS;
    const int last = min(first + tiles * ROWS, B);

    for (int t = t_first; t < t_first + t_count; t++) {
        global const real *now = x + (size_t)t * B * D;
        global real *before = h + (size_t)t * B * row;
        global real *after = h + (size_t)(t + 1) * B * row;
        STAGE(before);
        if (get_group_id(1) == 0)
            for (size_t b = first; b < (size_t)last; b++) {
                for (int d = lane; d < D; d += LANES)
                    before[b * row + H + d] = now[b * D + d];
                before[b * row + H + D] = 1;
            }

        for (int block = get_group_id(1) * blocks; block < (int)(get_group_id(1) + 1) * blocks; block++) {
            global const real *bias = panels + (size_t)block * (1 + UC + H) * WIDTH + lane * VEC;
            global const real *U = bias + (size_t)(1 + t * input_step) * WIDTH;
            global const real *W = bias + (size_t)(1 + UC) * WIDTH;
            const int column = block * COLS * LANES + lane;
            for (int tile = first; tile < last; tile += ROWS) {
                vec z[ROWS][COLS];
                size_t record[ROWS], input[ROWS];
                EACH_ROW record[i] = (size_t)min(tile + i, B - 1) * row;
                EACH_ROW input[i] = (size_t)min(tile + i, B - 1) * D;
                EACH_ROW EACH_COL z[i][j] = LOAD(j * LANES, bias);
                for (int d = 0; d < D; d++)
                    MULTIPLY_ADD(z, now[input[i] + d], LOAD(j * LANES, U + (size_t)d * WIDTH));
                for (int k = 0; k < H; k++)
                    MULTIPLY_ADD(z, STATE(i, k), LOAD(j * LANES, W + (size_t)k * WIDTH));
                EACH_ROW EACH_COL STORE(z[i][j], column + j * LANES, after + record[i]);
            }
            /* from memory again, so that the activation is one loop of code and not ROWS * COLS copies of it */
            for (size_t b = first; b < (size_t)last; b++)
                for (int j = 0; j < COLS; j++)
                    STORE(activate(LOAD(column + j * LANES, after + b * row)), column + j * LANES, after + b * row);
        }
    }
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void hidden_state_grad(const int t_last, const int t_count, const int blocks, const int tiles, const int B, const int T,
                              const int H, const int row, global const real *restrict panels,
                              global const real *restrict h, global const real *restrict d_h, global real *dz)
{
    DECLARE_STATE;
    const int lane = get_local_id(0);
    const int first = get_group_id(0) * tiles * ROWS;
    const int last = min(first + tiles * ROWS, B);

    for (int t = t_last; t > t_last - t_count; t--) {
        global const real *reached = h + (size_t)(t + 1) * B * row;
        global real *here = dz + (size_t)t * B * row;
        if (t < T - 1) {
            STAGE(dz + (size_t)(t + 1) * B * row);
        }

        for (int block = get_group_id(1) * blocks; block < (int)(get_group_id(1) + 1) * blocks; block++) {
            global const real *W = panels + (size_t)block * H * WIDTH + lane * VEC;
            const int column = block * COLS * LANES + lane;
            for (int tile = first; tile < last; tile += ROWS) {
                vec z[ROWS][COLS];
                size_t record[ROWS];
                EACH_ROW record[i] = (size_t)min(tile + i, B - 1) * row;
                if (t == T - 1) {
                    EACH_ROW EACH_COL z[i][j] = LOAD(column + j * LANES, d_h + record[i]);
                } else {
                    EACH_ROW EACH_COL z[i][j] = (vec)(0);
                    for (int k = 0; k < H; k++)
                        MULTIPLY_ADD(z, STATE(i, k), LOAD(j * LANES, W + (size_t)k * WIDTH));
                }
                EACH_ROW EACH_COL STORE(z[i][j] * slope(LOAD(column + j * LANES, reached + record[i])),
                                        column + j * LANES, here + record[i]);
            }
        }
    }
}
