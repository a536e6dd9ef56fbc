/* SPDX-License-Identifier: MIT
 * window.cl - windows of the resident series, gathered by a list of their first rows, or consecutive
 *
 *   x(t,b,i) = series[(start(b) + t) * columns + i + (i < columns ? 0 : ahead)], a NaN as 0   (window mode: no t: every step sees the whole window)
 *   y(e,b,i) = series(start(b) + T - steps + e + 1 + i / targets, i % targets) of each of the `asked` values, e = 0 .. steps - 1
 *   start(b) = list(first + b), or first + b where `listed` is 0: then list is not read
 * NDRange  one item an element: T*B*D of x, then steps*B*asked of y where with_y is 1; rounded up to the group.
 * Macros   REAL_BITS.
 */
#include "window.clh"

kernel void gather(const int T, const int steps, const int B, const int D, const int asked, const int columns, const int targets,
                   const ulong ahead, const int window_mode, const ulong first, const int listed, const int with_y,
                   MEMBERS(global const real *restrict, series), MEMBERS(global const ulong *restrict, list),
                   MEMBERS(global real *restrict, x), MEMBERS(global real *restrict, y))
{
    const size_t member = get_global_id(2);
    AT_MEMBER(series); AT_MEMBER(list); AT_MEMBER(x); AT_MEMBER(y);
    const size_t inputs = (size_t)T * B * D;
    const size_t element = get_global_id(0);
    if (element < inputs) {
        const size_t t = window_mode ? 0 : element / ((size_t)B * D);
        const size_t b = element / D % B;
        x[element] = input_value(window_start(series, list, listed, first + b, columns) + t * columns, element % D, columns, ahead);
    } else if (with_y && element < inputs + (size_t)steps * B * asked) {
        const size_t record = (element - inputs) / asked, e = record / B, b = record % B;
        y[element - inputs] = target_value(window_start(series, list, listed, first + b, columns), T - steps + (int)e + 1, columns, targets,
                                           (element - inputs) % asked);
    }
}
