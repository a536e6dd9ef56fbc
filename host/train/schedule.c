/* SPDX-License-Identifier: MIT
 * schedule.c - the learning rate as a pure function of the update's number, with + - * / only: the same on every machine
 *
 * One-cycle is the piecewise linear form of Smith and Topin (2017): up over the first twentieth, then down to one step
 * short of zero. Of the cosine the last bit would be the C library's affair: it is a polynomial here. Plateau alone hangs on
 * what happened; its state is part of the position, and of every checkpoint.
 */
#include "train/trainer.h"

#include <math.h>

#define WARM_SHARE 0.05
#define PI         3.14159265358979323846

/* gamma^count by squaring. */
static double power(double gamma, size_t count)
{
    double result = 1, square = gamma; /* gamma^(2^k) */
    for (; count; count /= 2) {
        if (count % 2)
            result *= square;
        square *= square;
    }
    return result;
}

/* sin x = x (1 - x^2 / (2 3) (1 - x^2 / (4 5) (...))) up to x^19: for |x| <= pi / 4 the rest is below 1e-21. */
static double sine(double x)
{
    double series = 1;
    for (int k = 18; k >= 2; k -= 2)
        series = 1 - x * x / (double)(k * (k + 1)) * series;
    return x * series;
}

/* cos^2(pi part / (2 whole)), by the sine of the smaller of the two angles, so that nothing cancels. */
double rnn_half_cosine(size_t part, size_t whole)
{
    const size_t rest = whole - part;
    const double s = sine(PI * (double)(part < rest ? part : rest) / (2 * (double)whole));
    return part < rest ? 1 - s * s : s * s;
}

/* Updates in the warm-up. */
static size_t warm_updates(const rnn_settings *settings, size_t steps)
{
    if (settings->schedule == RNN_ONE_CYCLE) {
        const size_t warm = (size_t)(WARM_SHARE * (double)steps);
        return warm < 1 ? 1 : warm;
    }
    const size_t epoch_steps = steps / settings->epochs;
    const double warm = settings->warmup * (double)epoch_steps;
    return warm < (double)steps ? (size_t)warm : steps;
}

double rnn_learning_rate(const rnn_settings *settings, size_t step, size_t steps)
{
    const size_t warm = warm_updates(settings, steps), epoch_steps = steps / settings->epochs;
    const size_t run = step < warm ? 0 : step - warm;
    double rate = settings->learning_rate;
    switch (settings->schedule) {
    case RNN_STEP:
        rate *= power(settings->lr_gamma, step / epoch_steps / settings->lr_step);
        break;
    case RNN_COSINE:
        rate *= run ? rnn_half_cosine(run, steps - warm) : 1;
        break;
    case RNN_ONE_CYCLE:
        if (step >= warm)
            return rate * ((double)(steps - step) / (double)(steps - warm));
        break;
    case RNN_CONSTANT:
    case RNN_PLATEAU:
        break;
    }
    return step < warm ? rate * ((double)(step + 1) / (double)(warm + 1)) : rate;
}

void rnn_watch_plateau(const rnn_settings *settings, double val_loss, rnn_position *at)
{
    if (isnan(at->plateau_loss) || val_loss < at->plateau_loss) {
        at->plateau_loss = val_loss;
        at->plateau_wait = 0;
    } else if (++at->plateau_wait == settings->lr_patience) {
        at->plateau_factor *= settings->lr_gamma;
        at->plateau_wait = 0;
    }
}
