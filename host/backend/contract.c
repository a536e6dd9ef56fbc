/* SPDX-License-Identifier: MIT */
#include "backend/backend.h"

size_t rnn_reduction_blocks(size_t B, size_t parameters)
{
    size_t P = 1;
    while (2 * P <= B / 4 && 2 * P <= RNN_MAX_BLOCKS && 2 * P * parameters <= (size_t)1 << 22)
        P *= 2;
    return P;
}

size_t rnn_norm_blocks(size_t parameters)
{
    size_t blocks = 1;
    while (blocks * RNN_NORM_BLOCK < parameters)
        blocks *= 2;
    return blocks;
}
