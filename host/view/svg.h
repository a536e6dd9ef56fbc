/* SPDX-License-Identifier: MIT
 * svg.h - charts as inline SVG that fit any width without a script
 *
 * A chart is a <figure>: caption, legend, panel. The panel has a fixed height and the width of its column. Curves are drawn in a
 * nested <svg> that is stretched to that width (strokes not scaled); axis texts stand at percentages of it and keep
 * their size, half of the x marks hidden where it is narrow (class "w"). So a phone, a desktop and a sheet of paper get the same
 * bytes. Colours and strokes are classes of the page's style sheet: view/report_style.c.
 *
 *   rnn_svg_chart chart = {.stream = stream, .id = "loss", .title = ..., .x = ..., .y = ..., .keys = keys, .key_count = 2};
 *   rnn_svg_begin(&chart);
 *   rnn_svg_line(&chart, "train", &points);
 *   rnn_svg_end(&chart);
 *
 * Time is linear in the points, and the text bounded: of more than two points a column the lowest and the
 * highest are drawn. Values that are not finite leave a gap. Nothing here fails; the stream remembers.
 */
#ifndef RNN_VIEW_SVG_H
#define RNN_VIEW_SVG_H

#include "base/status.h"

#include <stdio.h>

#define RNN_SVG_COLUMNS 640 /* units of a panel's width, and the columns that long curves are thinned to */
#define RNN_SVG_MARKS   24  /* most marks of an axis */
#define RNN_SVG_HEIGHT  220 /* pixels, of a panel that does not say */

/* What stands for rows on an axis: dates. Row i < count is text[i]; the `more_count` rows behind those, more[i - count]. */
typedef struct rnn_svg_labels {
    size_t count, more_count;
    const char *const *text, *const *more;
} rnn_svg_labels;

typedef struct rnn_svg_axis {
    const char *name;             /* what it counts, unit included; NULL: nothing is said */
    double low, high;             /* values at the panel's ends */
    bool log;                     /* by factors; both ends above 0 */
    bool whole;                   /* marks at whole numbers: rows, epochs, steps */
    const rnn_svg_labels *labels; /* of whole numbers; NULL: the numbers themselves */
} rnn_svg_axis;

typedef struct rnn_svg_mark {
    double value;
    char text[40];
    bool minor; /* left out where there is little room */
} rnn_svg_mark;

/* Values along x. */
typedef struct rnn_svg_points {
    size_t count;
    double first;       /* x of value 0; the others follow by 1 ... */
    const size_t *rows; /* ... unless this says the x of each, ascending */
    const double *values;
    size_t stride; /* from a value to the next */
} rnn_svg_points;

/* A line of the legend. */
typedef struct rnn_svg_key {
    enum { RNN_SVG_LINE, RNN_SVG_DOT, RNN_SVG_AREA } kind;
    const char *style; /* class */
    const char *text;
} rnn_svg_key;

typedef struct rnn_svg_chart {
    FILE *stream;
    const char *id;          /* of the page's own, unique in it */
    const char *title;       /* caption, and the accessible name */
    const char *description; /* in words, for who does not see it */
    rnn_svg_axis x, y;
    double height; /* 0: RNN_SVG_HEIGHT */
    const rnn_svg_key *keys;
    size_t key_count;
} rnn_svg_chart;

/* ---- Scales -------------------------------------------------------------------------------------------------------- */

/* Lowest and highest finite value seen; begins as RNN_SVG_NOTHING. */
typedef struct rnn_svg_extent {
    double low, high;
} rnn_svg_extent;
#define RNN_SVG_NOTHING ((rnn_svg_extent){INFINITY, -INFINITY})
void rnn_svg_extend(rnn_svg_extent *extent, const double *values, size_t count, size_t stride);

/* An axis around what was seen with a little room; around a constant, or nothing, too. */
rnn_svg_axis rnn_svg_around(const char *name, rnn_svg_extent extent);

/* By factors, where all is above 0 and the largest at least ten times the smallest; otherwise rnn_svg_around. */
rnn_svg_axis rnn_svg_factors(const char *name, rnn_svg_extent extent);

/* Whole numbers first to last, both shown. */
rnn_svg_axis rnn_svg_rows(const char *name, double first, double last, const rnn_svg_labels *labels);

/* Marks at 1, 2 or 5 times a power of ten, about `wanted` of them, ascending; of rows with dates, where a year or month of a round
 * number begins. Returns how many. */
size_t rnn_svg_marks(const rnn_svg_axis *axis, size_t wanted, rnn_svg_mark marks[RNN_SVG_MARKS]);

/* The distance of those: 1, 2 or 5 times a power of ten, such that `wanted` of them cover low to high. */
double rnn_svg_step(double low, double high, size_t wanted);

/* Where a value lies: 0 at the axis's low end, 1 at its high one. Not finite on a logarithmic axis for values up to 0. */
double rnn_svg_place(const rnn_svg_axis *axis, double value);

/* ---- Charts, from begin to end ------------------------------------------------------------------------------------- */

void rnn_svg_begin(const rnn_svg_chart *chart);
void rnn_svg_line(const rnn_svg_chart *chart, const char *style, const rnn_svg_points *points);

/* Only the points: for few, or for rows that are no neighbours. */
void rnn_svg_dots(const rnn_svg_chart *chart, const char *style, const rnn_svg_points *points);

/* Dots at (x[i], y[i]); those that would cover one another are drawn once. */
void rnn_svg_cloud(const rnn_svg_chart *chart, const char *style, const double *x, const double *y, size_t count,
                   size_t stride);

/* The area between two curves of the same x. */
void rnn_svg_band(const rnn_svg_chart *chart, const char *style, double first, const double *lower, const double *upper,
                  size_t count);

/* The panel's whole height from x to x, and a line through it. */
void rnn_svg_span(const rnn_svg_chart *chart, const char *style, double from, double to);
void rnn_svg_segment(const rnn_svg_chart *chart, const char *style, double x0, double y0, double x1, double y1);

/* Bars from y = 0 up; bar i covers first + i * width to first + (i + 1) * width. */
void rnn_svg_bars(const rnn_svg_chart *chart, const char *style, double first, double width, const size_t *heights,
                  size_t count);
void rnn_svg_end(const rnn_svg_chart *chart);

#endif
