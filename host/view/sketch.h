/* SPDX-License-Identifier: MIT
 * sketch.h - curves in plain characters, for a terminal of 80 columns
 */
#ifndef RNN_VIEW_SKETCH_H
#define RNN_VIEW_SKETCH_H

#include "view/svg.h"

#define RNN_SKETCH_COLUMNS 60
#define RNN_SKETCH_LINES   10

typedef struct rnn_sketch_curve {
    char mark; /* where two of them meet stands '@' */
    const char *name;
    rnn_svg_points points;
} rnn_sketch_curve;

/* As an interval of a forecast: the cells between two edges. */
typedef struct rnn_sketch_band {
    const char *name;
    double first; /* x of value 0; the others follow by 1 */
    size_t count; /* 0: none */
    const double *lower, *upper;
} rnn_sketch_band;

typedef struct rnn_sketch {
    const char *title; /* may come from a file: it is shown as rnn_show has it */
    rnn_svg_axis x, y;
    const rnn_sketch_curve *curves;
    size_t curve_count;
    rnn_sketch_band band; /* of dots, behind the curves */
} rnn_sketch;

/* A line with the title and what the marks mean, RNN_SKETCH_LINES lines of cells beside the y axis, the x axis. Values that are not
 * finite are left out. */
void rnn_sketch_draw(FILE *stream, const rnn_sketch *sketch);

#endif
