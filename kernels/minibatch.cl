/* SPDX-License-Identifier: MIT
 * minibatch.cl - everything between a minibatch's windows and its gradient blocks, a few records a work-item from beginning to end
 *
 * Records do not meet before their gradients are added up, and those meet in blocks. So a work-item that takes whole blocks needs
 * nobody else: what it has computed of h and dz is still in its core's cache when BPTT and the weight gradients read it.
 * The equations, and the bits, are those of window.cl, recurrence.clh, output.clh, loss.cl and weight_grad.clh; the sum of losses is left
 * to loss.cl.
 * NDRange  the P blocks dealt out evenly to the work-items, each a group of its own with at least ROWS records.
 * Macros   those of recurrence.clh and weight_grad.clh, LANES 1. For one layer, U with the same columns for every t, and outputs of the last step. V and c: where the tensors
 *          begin in the flat block; c is not read where has_bias is 0. block, rest: see weight_grad.cl.
 */
#include "output.clh"
#include "recurrence.clh"
#include "weight_grad.clh"
#include "window.clh"

#if LANES == 1
/* Records [first, last) of x and y. */
static void gather_records(const cell c, const int asked, const int first, const int last, const int columns, const int targets, const ulong ahead, const ulong window, const int listed,
                           global const real *series, global const ulong *list, global real *x, global real *y)
{
    for (size_t b = first; b < (size_t)last; b++) {
        global const real *start = window_start(series, list, listed, window + b, columns);
        for (int t = 0; t < c.T; t++)
            for (int d = 0; d < c.D; d++)
                x[((size_t)t * c.B + b) * c.D + d] = input_value(start + (size_t)t * columns, d, columns, ahead);
        for (int i = 0; i < asked; i++)
            y[b * asked + i] = target_value(start, c.T, columns, targets, i);
    }
}

/* From h(T) to d_h, with yhat and d_y on the way. */
static void output_records(const cell c, const int O, const loss_rule rule, const int first, const int last, global const real *V, global const real *bias, const int has_bias,
                           global const real *reached, global const real *y, global real *yhat, global real *d_y, global real *d_h)
{
    for (size_t b = first; b < (size_t)last; b++) {
        for (int o = 0; o < O; o++) {
            yhat[b * O + o] = project_record(c.H, has_bias ? bias[o] : 0, V + (size_t)o * c.H, reached + b * ROW);
            d_y[b * O + o] = error_grad(rule, o, yhat[b * O + o], y[b * (O / rule.Q) + o / rule.Q], (size_t)c.B * O);
        }
        for (int k = 0; k < HP; k++)
            d_h[b * ROW + k] = project_grad_element(c.H, O, k, V, d_y + b * O);
    }
}

__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void minibatch_grad(const int B, const int P, const int T, const int t_start, const int D, const int H, const int O,
                           const int loss_kind, const int Q, const int columns, const int targets, const ulong ahead,
                           const ulong window, const int listed, const int blocks, const int wide, const ulong V,
                           const ulong bias, const int has_bias, const int chunk, const int grad_blocks, const int grad_wide,
                           const int pitch, const int rows, const uint stateless, const int input_block, const ulong block,
                           const ulong rest, MEMBERS(global const real *restrict, pairs),
                           MEMBERS(global const real *restrict, series), MEMBERS(global const ulong *restrict, list),
                           MEMBERS(global const real *restrict, params), MEMBERS(global const real *restrict, forward),
                           MEMBERS(global const real *restrict, backward), MEMBERS(global real *, x), MEMBERS(global real *, y),
                           MEMBERS(global real *, h), MEMBERS(global real *, yhat), MEMBERS(global real *, d_y),
                           MEMBERS(global real *, d_h), MEMBERS(global real *, dz), MEMBERS(global real *restrict, partial))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(pairs); AT_MEMBER(series); AT_MEMBER(list); AT_MEMBER(params); AT_MEMBER(forward); AT_MEMBER(backward);
    AT_MEMBER(x); AT_MEMBER(y); AT_MEMBER(h); AT_MEMBER(yhat); AT_MEMBER(d_y); AT_MEMBER(d_h); AT_MEMBER(dz); AT_MEMBER(partial);
    local real left[LEFT_REALS], right[TERMS * WIDTH];
    local real *const staged = 0; /* LANES is 1 */
    const cell c = {B, T, D, H, D, 0, D, blocks, wide};
    const loss_rule rule = {loss_kind, Q, pairs};
    const product q = {H, ROW, HP, rows, stateless, input_block, pitch, grad_wide, chunk};
    const given from = {d_h, 0, ROW, 0, 0};
    const int p_first = (size_t)P * get_group_id(0) / get_num_groups(0);
    const int p_last = (size_t)P * (get_group_id(0) + 1) / get_num_groups(0);
    const int first = (size_t)B * p_first / P, last = (size_t)B * p_last / P;
    global const real *reached = h + (size_t)T * B * ROW;

    gather_records(c, O / Q, first, last, columns, targets, ahead, window, listed, series, list, x, y);
    for (int t = 0; t < T; t++)
        forward_step(c, t, first, last, 0, blocks, x, forward, h, staged);
    output_records(c, O, rule, first, last, params + V, params + bias, has_bias, reached, y, yhat, d_y, d_h);
    for (int t = T - 1; t >= t_start; t--)
        backward_step(c, t, first, last, 0, blocks, backward, h, from, dz, staged);

    for (int p = p_first; p < p_last; p++) {
        terms of_block;
        find_terms(&of_block, B, p, P, t_start, T, ROW);
        global real *sums = partial + p * block;
        for (int sum = 0; sum < SUMS; sum++)
            for (int j = 0; j < H; j += GROUP_ROWS)
                add_product(q, of_block, sum, j, first_block(q, sum), grad_blocks, dz, h, sums, left, right);
        for (int o = 0; o < O; o++)
            for (int k = 0; k < H + has_bias; k++)
                sums[rest + (k < H ? (size_t)o * H + k : (size_t)O * H + o)] =
                    output_sum((size_t)B * p / P, (size_t)B * (p + 1) / P, 1, B, o, k, H, O, ROW, d_y, reached);
    }
}
#endif
