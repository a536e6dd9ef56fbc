/* SPDX-License-Identifier: MIT
 * plot.h - the picture of a run: actual and predicted on both parts, as in the article, above the loss curve
 */
#ifndef RNN_VIEW_PLOT_H
#define RNN_VIEW_PLOT_H

#include "base/status.h"

/* Consecutive predictions, a stretch of rnn_predictions. Values that are not finite leave a gap in the curve. */
typedef struct rnn_plot_part {
    size_t first;            /* series row that prediction 0 is about */
    size_t count;            /* 0: no panel */
    const double *actual;    /* (count,O) */
    const double *predicted; /* (count,O) */
} rnn_plot_part;

typedef struct rnn_plot_data {
    const char *title;    /* the model in words; about 80 characters fit */
    const char *subtitle; /* how it was trained, in smaller letters; about 115 fit; may be NULL */
    size_t O;             /* outputs; the first is drawn, and the panels say so when there are more */
    const char *target;   /* name of the first output */
    rnn_plot_part train, val;
    size_t epochs;          /* 0: no loss panel */
    const double *loss;     /* (epochs) */
    const double *val_loss; /* (epochs); NULL or not finite: no such curve */
} rnn_plot_data;

/* Draws `path` as SVG by running gnuplot, found on PATH. Without a gnuplot that can do it this is a notice that says why,
 * RNN_OK and no file: a missing picture spoils no training run. RNN_CANNOT_CREATE, RNN_IO: as for every output. */
rnn_status rnn_plot(const rnn_plot_data *data, const char *path);

#endif
