/* SPDX-License-Identifier: MIT
 * schedule.c - the learning rate as a pure function of the update's number, with + - * / only: the same on every machine
 */
#include "train/trainer.h"

#define WARM_SHARE 0.3
#define WARM_START 0.1

double rnn_learning_rate(const rnn_settings *settings, size_t step, size_t steps)
{
    if (settings->schedule == RNN_CONSTANT)
        return settings->learning_rate;
    const double at = ((double)step + 0.5) / (double)steps;
    const double share = at < WARM_SHARE ? WARM_START + (1 - WARM_START) * (at / WARM_SHARE)
                                         : (1 - at) / (1 - WARM_SHARE);
    return settings->learning_rate * share;
}
