/* SPDX-License-Identifier: MIT
 * vanish.c - tells a user whose gradient vanishes on the way back that the processor pays dearly for it
 *
 * Subnormal numbers are kept, as the contract has it, and cost CPUs up to some 150 cycles a multiply-add. A gradient that
 * shrinks from step to step is subnormal for a while before it is zero.
 */
#include "base/memory.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHARE 4 /* what it costs is worth a word where more than a SHARE-th of the steps lies beyond */

static bool has_subnormal(const void *reals, size_t count, size_t real)
{
    for (size_t i = 0; i < count; i++)
        if (real == sizeof(float) ? fpclassify(((const float *)reals)[i]) == FP_SUBNORMAL
                                  : fpclassify(((const double *)reals)[i]) == FP_SUBNORMAL)
            return true;
    return false;
}

/* Steps back from the last one at which the first record of the last minibatch, of B, has a subnormal gradient; 0: at none. */
static rnn_status find_subnormal(rnn_workspace *w, size_t B, size_t *steps)
{
    const rnn_network *net = &w->plan->network;
    const size_t real = rnn_real_size(w->backend);
    rnn_status status;
    unsigned char *row = NULL;
    *steps = 0;
    RNN_TRY(RNN_NEW(row, net->H * real));
    for (size_t back = 1; back <= net->truncate && *steps == 0; back++) {
        RNN_TRY(w->ops->read(w->backend, w->dz, (rnn_gradient_steps(net) - back) * B * w->plan->row * real,
                             net->H * real, row));
        if (has_subnormal(row, net->H, real))
            *steps = back;
    }
fail:
    free(row);
    return status;
}

rnn_status rnn_tell_vanishing(rnn_trainer *trainer)
{
    rnn_workspace *w = &trainer->workspace;
    const size_t K = w->plan->network.truncate, B = (trainer->train.count - 1) % w->batch + 1;
    rnn_status status;
    size_t steps;
    if (strcmp(w->backend->info.type, "cpu") != 0)
        return RNN_OK;
    RNN_TRY(find_subnormal(w, B, &steps));
    if (steps > 1 && (K - steps) * SHARE > K)
        rnn_notice(
            "the gradient is next to nothing (subnormal) %zu steps back, and processors are many times slower at "
            "such numbers: --bptt-truncate %zu leaves them out",
            steps, steps - 1);
fail:
    return status;
}
