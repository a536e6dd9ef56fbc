/* SPDX-License-Identifier: MIT
 * reduce.cl - the sum over blocks of records: P partial rows joined by the balanced binary tree, neighbours first
 *
 *   partial (P,n)  ->  sum (n)
 * NDRange  ceil(n / VEC) items, rounded up to the group, VEC neighbouring elements each; the last ones start at n - VEC and
 *          repeat what others do.
 * Macros   VEC, not above n. P is a power of two, at most 64.
 */
#include "real.clh"

kernel void join_blocks(const int P, const ulong n, global const real *restrict partial, global real *restrict sum)
{
    const size_t start = min(get_global_id(0) * VEC, (size_t)n - VEC);
    vec pending[7]; /* pending[level]: a finished subtree of 2^level blocks that waits for its right neighbour */
    int level = 0;
    for (int p = 0; p < P; p++) {
        vec value = LOAD(0, partial + p * n + start);
        for (level = 0; p >> level & 1; level++)
            value = pending[level] + value;
        pending[level] = value;
    }
    STORE(pending[level], 0, sum + start);
}
