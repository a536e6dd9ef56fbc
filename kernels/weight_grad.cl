/* SPDX-License-Identifier: MIT
 * weight_grad.cl - the sums over steps and records that make weight gradients: outer products of two activations
 *
 *   recurrent_grad  over steps t, then records b of block p:  d_W(j,k) = sum dz(t,b,j) h(t,b,k)
 *                   d_U(j,d) = sum dz(t,b,j) x(t,b,d)         d_b(j) = sum dz(t,b,j)
 *                   as one product, since a record of h(t) is followed by x(t) and a 1 (elman.cl)
 *   input_grad      over records alone, where U has its own columns for every t:  d_U(j,t D + d) = sum dz(t,b,j) x(t,b,d)
 *   output_grad     over records alone:  d_V(o,k) = sum d_y(b,o) h(T,b,k)         d_c(o) = sum d_y(b,o)
 * Shapes   dz (T,B,row)   h (T+1,B,row)   x (T,B,D)   d_y (B,O)   partial (P,n). U, W, b, V, c: where the tensors begin in n.
 * NDRange  recurrent_grad: (column tiles, groups of LANES items; row groups of `row_tiles` tiles; P). Steps are taken t_chunk at
 *          a time for all row tiles, so that what is read again is still in the cache; sums wait in partial meanwhile.
 *          input_grad: (H rounded up to the group, T D, P). output_grad: (H + 1 rounded up to the group, O, P).
 * Macros   those of tile.clh; the last two kernels use REAL_BITS alone.
 */
#include "tile.clh"

/* Where element (j, column) of the product lies in the flat block; -1: nowhere. */
static long place(const int j, const int column, const int H, const int D, const long U, const long W, const long b)
{
    if (j >= H || column > H + D)
        return -1;
    if (column < H)
        return W + (long)j * H + column;
    if (column < H + D)
        return U < 0 ? -1 : U + (long)j * D + (column - H);
    return b < 0 ? -1 : b + j;
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void recurrent_grad(const int B, const int P, const int T, const int t_start, const int t_chunk,
                           const int row_tiles, const int H, const int D, const int row,
                           global const real *restrict dz, global const real *restrict h, const ulong n, const long U,
                           const long W, const long b_start, global real *restrict partial)
{
    const int p = get_group_id(2);
    const size_t b_first = (size_t)B * p / P;
    const size_t b_last = (size_t)B * (p + 1) / P;
    const int column = get_group_id(0) * WIDTH + get_local_id(0) * VEC;
    const int first = get_group_id(1) * row_tiles;
    const int last = min(first + row_tiles, (H + ROWS - 1) / ROWS);
    const bool inside = (int)(get_group_id(0) + 1) * WIDTH <= H; /* whole vectors of d_W */
    global real *out = partial + p * n;
    int at[COLS]; /* the last vectors may lie past the row: those read its last one, and store nothing */
    EACH_COL at[j] = min(column + j * LANES * VEC, row - VEC);

    for (int t_first = t_start; t_first < T; t_first += t_chunk)
        for (int tile = first; tile < last; tile++) {
            vec sum[ROWS][COLS];
            int left[ROWS];
            EACH_ROW left[i] = min(tile * ROWS + i, H - 1);
            EACH_ROW EACH_COL sum[i][j] = (vec)(0);
            if (t_first > t_start && inside) {
                EACH_ROW EACH_COL sum[i][j] = LOAD(0, out + W + (size_t)left[i] * H + at[j]);
            } else if (t_first > t_start) {
                EACH_ROW EACH_COL {
                    real lane[VEC];
                    for (int l = 0; l < VEC; l++) {
                        const long to = place(tile * ROWS + i, column + j * LANES * VEC + l, H, D, U, W, b_start);
                        lane[l] = to < 0 ? 0 : out[to];
                    }
                    sum[i][j] = LOAD(0, lane);
                }
            }

            for (int t = t_first; t < min(t_first + t_chunk, T); t++) {
                global const real *l = dz + ((size_t)t * B + b_first) * row;
                global const real *r = h + ((size_t)t * B + b_first) * row;
                for (size_t b = b_first; b < b_last; b++, l += row, r += row)
                    MULTIPLY_ADD(sum, l[left[i]], LOAD(0, r + at[j]));
            }

            if (inside && (tile + 1) * ROWS <= H) {
                EACH_ROW EACH_COL STORE(sum[i][j], 0, out + W + (size_t)left[i] * H + at[j]);
            } else {
                EACH_ROW EACH_COL {
                    real lane[VEC];
                    STORE(sum[i][j], 0, lane);
                    for (int l = 0; l < VEC; l++) {
                        const long to = place(tile * ROWS + i, column + j * LANES * VEC + l, H, D, U, W, b_start);
                        if (to >= 0)
                            out[to] = lane[l];
                    }
                }
            }
        }
}

kernel void input_grad(const int B, const int P, const int H, const int D, const int T, const int t_start,
                       const int row, global const real *restrict dz, global const real *restrict x, const ulong n,
                       const ulong U, global real *restrict partial)
{
    const int j = get_global_id(0);
    const int t = get_global_id(1) / D;
    const int d = get_global_id(1) % D;
    const int p = get_global_id(2);
    if (j >= H)
        return;
    real sum = 0;
    for (size_t b = (size_t)B * p / P; t >= t_start && b < (size_t)B * (p + 1) / P; b++)
        sum = fma(dz[((size_t)t * B + b) * row + j], x[((size_t)t * B + b) * D + d], sum);
    partial[p * n + U + ((size_t)j * T + t) * D + d] = sum;
}

kernel void output_grad(const int B, const int P, const int H, const int O, const int row, const ulong last,
                        global const real *restrict d_y, global const real *restrict h, const ulong n, const ulong V,
                        const long c, global real *restrict partial)
{
    const int k = get_global_id(0);
    const int o = get_global_id(1);
    const int p = get_global_id(2);
    if (k > H || (k == H && c < 0))
        return;
    real sum = 0;
    for (size_t b = (size_t)B * p / P; b < (size_t)B * (p + 1) / P; b++)
        sum = fma(d_y[b * O + o], k < H ? h[last + b * row + k] : 1, sum);
    partial[p * n + (k < H ? V + (size_t)o * H + k : (ulong)c + o)] = sum;
}
