/* SPDX-License-Identifier: MIT
 * weight_grad.cl - the sums over steps and records that make weight gradients: outer products of two activations
 *
 *   out(p; r, c) = sum over t, then records b of block p, of left(t,b,r) right(t,b,c)
 * One kernel serves every tensor (rows r broadcast, columns c in vectors):
 *   d_W  left dz (rows j)    right h (columns k)          d_V  left d_y (rows o)   right h(T) (columns k)
 *   d_U  left x (rows d)     right dz (columns j)         d_b  left ones (1 row)   right dz (columns j)
 *   d_c  left d_y (rows o)   right ones (1 column)
 * NDRange  dimension 0: column tiles, groups of LANES items; 1: row tiles; 2: P blocks, times `chunks` where every chunk of
 *          t_count steps is an output of its own (per-step U). Steps before t_start count as zero.
 * Macros   VEC, ROWS, COLS, LANES as in tile.clh.
 * Rows and vectors past the end are clamped when read and not stored.
 */
#include "tile.clh"

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void outer_sum(const int B, const int P, const int t_first, const int t_count, const int t_start,
                      global const real *restrict left, const ulong left_start, const ulong left_step,
                      const int left_record, const int rows, global const real *restrict right,
                      const ulong right_start, const ulong right_step, const int right_record, const int columns,
                      global real *restrict partial, const ulong parameters, const ulong offset, const int chunk_stride,
                      const int row_stride, const int column_stride)
{
    const int p = get_group_id(2) % P;
    const int chunk = get_group_id(2) / P;
    const size_t b_first = (size_t)B * p / P;
    const size_t b_last = (size_t)B * (p + 1) / P;
    const int t_end = t_first + (chunk + 1) * t_count;
    const int row = get_group_id(1) * ROWS;
    const int column = get_group_id(0) * COLS * LANES + get_local_id(0);
    const int last_vector = (columns - 1) / VEC;
    vec sum[ROWS][COLS];
    EACH_ROW EACH_COL sum[i][j] = (vec)(0);

    for (int t = max(t_first + chunk * t_count, t_start); t < t_end; t++)
        for (size_t b = b_first; b < b_last; b++) {
            global const real *l = left + left_start + t * left_step + b * left_record;
            global const real *r = right + right_start + t * right_step + b * right_record;
            EACH_COL {
                const vec value = LOAD(min(column + j * LANES, last_vector), r);
                EACH_ROW sum[i][j] = fma((vec)(l[min(row + i, rows - 1)]), value, sum[i][j]);
            }
        }

    global real *out = partial + p * parameters + offset + (size_t)chunk * chunk_stride;
    EACH_ROW EACH_COL {
        real lane[VEC];
        STORE(sum[i][j], 0, lane);
        for (int l = 0; l < VEC; l++) {
            const int c = (column + j * LANES) * VEC + l;
            if (row + i < rows && c < columns)
                out[(size_t)(row + i) * row_stride + (size_t)c * column_stride] = lane[l];
        }
    }
}
