/* SPDX-License-Identifier: MIT
 * weight_grad.cl - weight gradients, a block of records at a time
 *
 *   recurrent_grad  d_W, d_U and d_b as one product: weight_grad.clh
 *   input_grad      over records alone, where U has its own columns for every t:  d_U(j,t D + d) = sum dz(t,b,j) x(t,b,d)
 *   output_grad     over the steps that are asked for outputs, then records:  d_V(o,k) = sum d_y(e,b,o) h(b,k)         d_c(o) = sum d_y(e,b,o)
 * Shapes   dz (T,B,row)   h (T+1,B,row)   x (T,B,D)   d_y (steps,B,O)
 *          partial: of each of P blocks `block` reals: the sums of each layer's product, from product_start on, then, from `rest` on, d_U
 *          if it is input_grad's, d_V, d_c
 * NDRange  recurrent_grad: (groups of LANES items, dealt the column blocks; row_groups groups of TILES row tiles a sum; P).
 *          input_grad: (H rounded up to the group, T D, P). output_grad: (H + 1 rounded up to the group, O, P).
 * Macros   those of weight_grad.clh. The last two kernels use REAL_BITS alone.
 */
#include "weight_grad.clh"

__attribute__((reqd_work_group_size(LANES, 1, 1)))
kernel void recurrent_grad(const int B, const int P, const int T, const int t_start, const int chunk, const int blocks,
                           const int wide, const int H, const int row, const int pitch, const int apart, const int row_groups,
                           const int rows, const uint stateless, const int input_block, const ulong h_start, const ulong dz_start,
                           const ulong product_start, const ulong block, MEMBERS(global const real *restrict, dz),
                           MEMBERS(global const real *restrict, h), MEMBERS(global real *restrict, partial))
{
    const size_t member = get_global_id(2) / P;
    AT_MEMBER(dz); AT_MEMBER(h); AT_MEMBER(partial);
    local real left[LEFT_REALS], right[TERMS * WIDTH];
    const int p = get_global_id(2) % P;
    const product q = {H, row, apart, rows, stateless, input_block, pitch, wide, chunk};
    const size_t group = get_group_id(0), groups = get_num_groups(0);
    const int sum = get_group_id(1) / row_groups, first = first_block(q, sum);
    terms t;
    find_terms(&t, B, p, P, t_start, T, row);
    add_product(q, t, sum, get_group_id(1) % row_groups * GROUP_ROWS, first + (blocks - first) * group / groups,
                first + (blocks - first) * (group + 1) / groups, dz + dz_start, h + h_start, partial + p * block + product_start,
                left, right);
}

kernel void input_grad(const int B, const int P, const int H, const int D, const int T, const int t_start, const int row,
                       const ulong dz_start, MEMBERS(global const real *restrict, dz), MEMBERS(global const real *restrict, x),
                       const ulong block, const ulong rest, MEMBERS(global real *restrict, partial))
{
    const size_t member = get_global_id(2) / P;
    AT_MEMBER(dz); AT_MEMBER(x); AT_MEMBER(partial);
    const int j = get_global_id(0);
    const int t = get_global_id(1) / D;
    const int d = get_global_id(1) % D;
    const int p = get_global_id(2) % P;
    if (j >= H)
        return;
    real sum = 0;
    for (size_t b = (size_t)B * p / P; t >= t_start && b < (size_t)B * (p + 1) / P; b++)
        sum = fma(dz[dz_start + ((size_t)t * B + b) * row + j], x[((size_t)t * B + b) * D + d], sum);
    partial[p * block + rest + ((size_t)j * T + t) * D + d] = sum;
}

kernel void output_grad(const int steps, const int B, const int P, const int H, const int O, const int row, const ulong first,
                        const int has_bias, MEMBERS(global const real *restrict, d_y), MEMBERS(global const real *restrict, h), const ulong block,
                        const ulong rest, MEMBERS(global real *restrict, partial))
{
    const size_t member = get_global_id(2) / P;
    AT_MEMBER(d_y); AT_MEMBER(h); AT_MEMBER(partial);
    const int k = get_global_id(0);
    const int o = get_global_id(1);
    const int p = get_global_id(2) % P;
    if (k < H + has_bias)
        partial[p * block + rest + (k < H ? (size_t)o * H + k : (size_t)O * H + o)] =
            output_sum((size_t)B * p / P, (size_t)B * (p + 1) / P, steps, B, o, k, H, O, row, d_y, h + first);
}
