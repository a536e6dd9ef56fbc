/* SPDX-License-Identifier: MIT */
#include "view/progress.h"
#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

rnn_progress rnn_progress_start(bool quiet)
{
    return (rnn_progress){.on = !quiet && isatty(STDERR_FILENO), .started = rnn_seconds()};
}

void rnn_progress_epoch(rnn_progress *progress, const rnn_epoch *epoch, const char *line)
{
    progress->last = *epoch;
    rnn_progress_clear(progress);
    if (progress->on && line)
        fprintf(stderr, "%s  %.3g records/s\n", line, epoch->records_per_second);
}

void rnn_progress_show(rnn_progress *progress, size_t epoch, size_t epochs, double fraction, double records_per_second)
{
    char losses[80] = "";
    if (!progress->on)
        return;
    const double done = ((double)(epoch - 1) + fraction) / (double)epochs;
    const double left = done > 0 ? (rnn_seconds() - progress->started) * (1 - done) / done : 0;
    const unsigned long whole = left < 1e8 ? (unsigned long)left : 99999999ul;
    if (progress->last.epoch)
        snprintf(losses, sizeof losses, "  loss %.4g  val_loss %.4g", progress->last.loss, progress->last.val_loss);
    fprintf(stderr, "\repoch %zu/%zu  %3.0f %%%s  %.3g records/s  %lu:%02lu:%02lu left\033[K", epoch, epochs,
            100 * fraction, losses, records_per_second, whole / 3600, whole / 60 % 60, whole % 60);
    fflush(stderr);
    progress->shown = true;
}

void rnn_progress_clear(rnn_progress *progress)
{
    if (!progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
}
