/* SPDX-License-Identifier: MIT
 * weight_grad.cl - the sums over steps and records that make weight gradients: outer products of two activations
 *
 *   recurrent_grad  over steps t, then records b of block p:  d_W(j,k) = sum dz(t,b,j) h(t,b,k)
 *                   d_U(j,d) = sum dz(t,b,j) x(t,b,d)         d_b(j) = sum dz(t,b,j)
 *                   as one product, since a record of h(t) is followed by x(t) and a 1 (elman.cl)
 *   input_grad      over records alone, where U has its own columns for every t:  d_U(j,t D + d) = sum dz(t,b,j) x(t,b,d)
 *   output_grad     over records alone:  d_V(o,k) = sum d_y(b,o) h(T,b,k)         d_c(o) = sum d_y(b,o)
 * Shapes   dz (T,B,row)   h (T+1,B,row)   x (T,B,D)   d_y (B,O)   partial (P,n). U, W, b, V, c: where the tensors begin in n.
 * NDRange  recurrent_grad: (groups of `strips` column tiles, of LANES items; groups of TILES row tiles; P). The terms of a
 *          block's sums, step after step and record after record, are taken `chunk` <= TERMS at a time: staged in local
 *          memory, so that a tile reads neighbours and what is read again is near. Sums wait in partial between chunks.
 *          input_grad: (H rounded up to the group, T D, P). output_grad: (H + 1 rounded up to the group, O, P).
 * Macros   those of tile.clh; TILES, TERMS. The last two kernels use REAL_BITS alone.
 */
#include "tile.clh"

#define GROUP_ROWS (TILES * ROWS)
#define HEIGHT ((GROUP_ROWS + VEC - 1) / VEC * VEC) /* of what is staged of them: whole vectors */

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

#if LANES > 1
#define SYNC() barrier(CLK_LOCAL_MEM_FENCE)
#else
#define SYNC()
#endif

/* staged(term, c) = from(t, b, c) for `count` terms from `first` on and `vectors` vectors of columns: `from` points at the first
 * column in the block's first record of its first step. What lies past the row is read as its last vector, and not used. */
static void stage(local real *staged, const int width, global const real *from, const int last, const int first,
                  const int count, const int records, const size_t to_next_step, const int row)
{
    int b = first % max(records, 1);
    global const real *record = from + (size_t)(first / max(records, 1)) * ((records - 1) * (size_t)row + to_next_step) + (size_t)b * row;
    for (int term = 0; term < count; term++, staged += width) {
        for (int v = get_local_id(0); v < width / VEC; v += LANES)
            STORE(LOAD(0, record + min(v * VEC, last)), v, staged);
        const bool ends = ++b == records;
        record += ends ? to_next_step : row;
        b = ends ? 0 : b;
    }
}

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void recurrent_grad(const int B, const int P, const int T, const int t_start, const int chunk, const int strips,
                           const int H, const int D, const int row, global const real *restrict dz,
                           global const real *restrict h, const ulong n, const long U, const long W,
                           const long b_start, global real *restrict partial)
{
    local real left[TERMS * HEIGHT], right[TERMS * WIDTH];
    const int lane = get_local_id(0);
    const int p = get_group_id(2);
    const size_t b_first = (size_t)B * p / P;
    const int records = (size_t)B * (p + 1) / P - b_first;
    const size_t to_next_step = (size_t)(B - records + 1) * row;
    const size_t start = ((size_t)t_start * B + b_first) * row;
    const int terms = (T - t_start) * records;
    const int row_first = get_group_id(1) * GROUP_ROWS;
    const int row_last = min(row_first + GROUP_ROWS, H);
    const int column_first = get_group_id(0) * strips * WIDTH;
    const int column_last = min(column_first + strips * WIDTH, H + D + 1);
    global real *out = partial + p * n;

    for (int first = 0; first == 0 || first < terms; first += chunk) { /* a block without records has sums too: 0 */
        const int count = min(chunk, terms - first);
        SYNC();
        stage(left, HEIGHT, dz + start + row_first, row - VEC - row_first, first, count, records, to_next_step, row);

        for (int column = column_first; column < column_last; column += WIDTH) {
            const int mine = column + lane * VEC;
            const bool inside = column + WIDTH <= H; /* whole vectors of d_W */
            SYNC();
            stage(right, WIDTH, h + start + column, row - VEC - column, first, count, records, to_next_step, row);
            SYNC();

            for (int j_first = row_first; j_first < row_last; j_first += ROWS) {
                const bool whole = inside && j_first + ROWS <= H;
                local const real *l = left + (j_first - row_first);
                local const real *r = right + lane * VEC;
                vec sum[ROWS][COLS];
                EACH_ROW EACH_COL sum[i][j] = (vec)(0);
                if (first > 0 && whole) {
                    EACH_ROW EACH_COL sum[i][j] = LOAD(j * LANES, out + W + (size_t)(j_first + i) * H + mine);
                } else if (first > 0) {
                    EACH_ROW EACH_COL {
                        real part[VEC];
                        for (int c = 0; c < VEC; c++) {
                            const long to = place(j_first + i, mine + j * LANES * VEC + c, H, D, U, W, b_start);
                            part[c] = to < 0 ? 0 : out[to];
                        }
                        sum[i][j] = LOAD(0, part);
                    }
                }

                for (int term = 0; term < count; term++, l += HEIGHT, r += WIDTH)
                    MULTIPLY_ADD(sum, l[i], LOAD(j * LANES, r));

                if (whole) {
                    EACH_ROW EACH_COL STORE(sum[i][j], j * LANES, out + W + (size_t)(j_first + i) * H + mine);
                } else {
                    EACH_ROW EACH_COL {
                        real part[VEC];
                        STORE(sum[i][j], 0, part);
                        for (int c = 0; c < VEC; c++) {
                            const long to = place(j_first + i, mine + j * LANES * VEC + c, H, D, U, W, b_start);
                            if (to >= 0)
                                out[to] = part[c];
                        }
                    }
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
