/* SPDX-License-Identifier: MIT
 * schedule.c - the learning rate as a pure function of the update's number, with + - * / only: the same on every machine
 *
 * One-cycle is the piecewise linear form of Smith and Topin (2017): up over the first twentieth, then down to one step
 * short of zero. No cosine: its last bit is the C library's affair.
 */
#include "train/trainer.h"

#define WARM_SHARE 0.05

double rnn_learning_rate(const rnn_settings *settings, size_t step, size_t steps)
{
    const double rate = settings->learning_rate;
    size_t warm = (size_t)(WARM_SHARE * (double)steps);
    if (settings->schedule == RNN_CONSTANT)
        return rate;
    if (warm < 1)
        warm = 1;
    if (step < warm)
        return rate * ((double)(step + 1) / (double)(warm + 1));
    return rate * ((double)(steps - step) / (double)(steps - warm));
}
