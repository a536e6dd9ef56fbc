/* SPDX-License-Identifier: MIT */
#include "view/svg.h"
#include "view/html.h"

#include <math.h>
#include <string.h>

#define WIDTH     ((double)RNN_SVG_COLUMNS)
#define Y_MARKS   5
#define X_MARKS   8
#define LETTER    7.2 /* pixels: the width of a digit in the axis's size, rounded up */
#define NARROWEST 240 /* pixels of a panel on a phone, and what is beside it */
#define LEFT      24
#define RIGHT     10
#define FEW_DOTS  120 /* up to here each value of a line gets a dot */
#define CELLS     90  /* a cloud's dots are told apart on a grid so fine */

/* ---- Places -------------------------------------------------------------------------------------------------------- */

static double height_of(const rnn_svg_chart *chart)
{
    return chart->height > 0 ? chart->height : RNN_SVG_HEIGHT;
}

static double x_of(const rnn_svg_chart *chart, double value)
{
    return WIDTH * rnn_svg_place(&chart->x, value);
}

/* Held near the panel: a value far outside an axis that somebody fixed must not make a file of digits. */
static double y_of(const rnn_svg_chart *chart, double value)
{
    const double place = rnn_svg_place(&chart->y, value);
    return isfinite(place) ? height_of(chart) * (1 - fmin(fmax(place, -1), 2)) : NAN;
}

static double row_of(const rnn_svg_points *points, size_t i)
{
    return points->rows ? (double)points->rows[i] : points->first + (double)i;
}

/* ---- Frame --------------------------------------------------------------------------------------------------------- */

static void put_keys(const rnn_svg_chart *chart)
{
    FILE *stream = chart->stream;
    fputs("<ul class=\"keys\">", stream);
    for (size_t i = 0; i < chart->key_count; i++) {
        const rnn_svg_key *key = &chart->keys[i];
        fputs("<li><svg class=\"key\" width=\"24\" height=\"12\" aria-hidden=\"true\">", stream);
        if (key->kind == RNN_SVG_AREA)
            fprintf(stream, "<rect class=\"%s\" width=\"24\" height=\"12\"/>", key->style);
        else if (key->kind == RNN_SVG_DOT)
            fprintf(stream, "<path class=\"dots %s\" d=\"M12 6h0\"/>", key->style);
        else
            fprintf(stream, "<path class=\"line %s\" d=\"M0 6H24\"/>", key->style);
        fputs("</svg>", stream);
        rnn_html_text(stream, key->text, 80);
        fputs("</li>", stream);
    }
    fputs("</ul>\n", stream);
}

static size_t characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static double left_of(const rnn_svg_mark *marks, size_t count)
{
    size_t longest = 2;
    for (size_t i = 0; i < count; i++)
        if (characters(marks[i].text) > longest)
            longest = characters(marks[i].text);
    return LETTER * (double)longest + 12;
}

static void put_y_axis(const rnn_svg_chart *chart, const rnn_svg_mark *marks, size_t count)
{
    FILE *stream = chart->stream;
    for (size_t i = 0; i < count; i++) {
        const double y = y_of(chart, marks[i].value);
        fprintf(stream, "<line class=\"grid\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>", y, y);
        fprintf(stream, "<text class=\"end\" x=\"-7\" y=\"%.1f\">", y + 4);
        rnn_html_text(stream, marks[i].text, 0);
        fputs("</text>\n", stream);
    }
}

/* In the middle of its mark, unless the text would then leave the page where that is narrow. x: percent of the panel. */
static const char *anchor_of(double x, const char *text)
{
    const double half = LETTER / 2 * (double)characters(text);
    if (NARROWEST * (100 - x) / 100 + RIGHT < half)
        return "end";
    return NARROWEST * x / 100 + LEFT < half ? "start" : "mid";
}

static void put_x_axis(const rnn_svg_chart *chart)
{
    FILE *stream = chart->stream;
    rnn_svg_mark marks[RNN_SVG_MARKS];
    const size_t count = rnn_svg_marks(&chart->x, X_MARKS, marks);
    const double bottom = height_of(chart);
    for (size_t i = 0; i < count; i++) {
        const double x = 100 * rnn_svg_place(&chart->x, marks[i].value);
        fprintf(stream, "<line class=\"grid\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%.0f\"/>", x, x, bottom + 4);
        fprintf(stream, "<text class=\"%s%s\"", anchor_of(x, marks[i].text), marks[i].minor ? " w" : "");
        fprintf(stream, " x=\"%.2f%%\" y=\"%.0f\">", x, bottom + 18);
        rnn_html_text(stream, marks[i].text, 0);
        fputs("</text>\n", stream);
    }
    if (chart->x.name) {
        fprintf(stream, "<text class=\"end name\" x=\"100%%\" y=\"%.0f\">", bottom + 36);
        rnn_html_text(stream, chart->x.name, 56);
        fputs("</text>\n", stream);
    }
}

void rnn_svg_begin(const rnn_svg_chart *chart)
{
    FILE *stream = chart->stream;
    rnn_svg_mark marks[RNN_SVG_MARKS];
    const size_t count = rnn_svg_marks(&chart->y, Y_MARKS, marks);
    const double left = left_of(marks, count);
    fputs("<figure class=\"chart\"><figcaption>", stream);
    rnn_html_text(stream, chart->title, 160);
    fputs("</figcaption>\n", stream);
    if (chart->key_count)
        put_keys(chart);
    fprintf(stream,
            "<div class=\"plot\" style=\"padding-left:%.0fpx\"><svg role=\"img\" aria-labelledby=\"%s-t %s-d\" "
            "width=\"100%%\" height=\"%.0f\">\n<title id=\"%s-t\">",
            left, chart->id, chart->id, height_of(chart), chart->id);
    rnn_html_text(stream, chart->title, 160);
    fprintf(stream, "</title><desc id=\"%s-d\">", chart->id);
    rnn_html_text(stream, chart->description, 600);
    fputs("</desc>\n", stream);
    if (chart->y.name) {
        fprintf(stream, "<text class=\"name\" x=\"%.0f\" y=\"-13\">", 4 - left);
        rnn_html_text(stream, chart->y.name, 40);
        fputs("</text>\n", stream);
    }
    put_y_axis(chart, marks, count);
    put_x_axis(chart);
    fprintf(stream,
            "<svg class=\"panel\" width=\"100%%\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\" "
            "preserveAspectRatio=\"none\">\n",
            height_of(chart), RNN_SVG_COLUMNS, height_of(chart));
}

void rnn_svg_end(const rnn_svg_chart *chart)
{
    fprintf(chart->stream,
            "</svg><line class=\"axis\" x1=\"0\" x2=\"100%%\" y1=\"%.0f\" y2=\"%.0f\"/></svg></div></figure>\n",
            height_of(chart), height_of(chart));
}

/* ---- Curves -------------------------------------------------------------------------------------------------------- */

/* A path under way: "M x y x y ...", a lone point as a line of no length, which a round cap makes a dot. */
typedef struct pen {
    FILE *stream;
    int decimals; /* of x; y has one */
    size_t drawn; /* points since it was last lifted */
} pen;

static void pen_to(pen *p, double x, double y)
{
    fprintf(p->stream, "%c%.*f %.1f", p->drawn++ ? ' ' : 'M', p->decimals, x, y);
}

static void pen_lift(pen *p)
{
    if (p->drawn == 1)
        fputs("h0", p->stream);
    p->drawn = 0;
}

static void draw_all(pen *p, const rnn_svg_chart *chart, const rnn_svg_points *points)
{
    for (size_t i = 0; i < points->count; i++) {
        const double y = y_of(chart, points->values[i * points->stride]);
        if (isfinite(y))
            pen_to(p, x_of(chart, row_of(points, i)), y);
        else
            pen_lift(p);
    }
}

/* The points of one column that are drawn: its lowest and its highest, in their order. */
typedef struct column {
    double number;
    bool any;
    double low, high, low_x, high_x;
} column;

static void draw_column(pen *p, const column *c)
{
    if (!c->any) {
        pen_lift(p);
        return;
    }
    if (c->high_x < c->low_x)
        pen_to(p, c->number, c->high);
    pen_to(p, c->number, c->low);
    if (c->high_x > c->low_x)
        pen_to(p, c->number, c->high);
}

static void draw_thinned(pen *p, const rnn_svg_chart *chart, const rnn_svg_points *points)
{
    column now = {.number = -1};
    for (size_t i = 0; i < points->count; i++) {
        const double x = x_of(chart, row_of(points, i)), y = y_of(chart, points->values[i * points->stride]);
        if (floor(x) != now.number) {
            if (i > 0)
                draw_column(p, &now);
            now = (column){.number = floor(x)};
        }
        if (!isfinite(y))
            continue;
        if (!now.any || y < now.low) {
            now.low = y;
            now.low_x = x;
        }
        if (!now.any || y > now.high) {
            now.high = y;
            now.high_x = x;
        }
        now.any = true;
    }
    if (points->count)
        draw_column(p, &now);
}

static void draw(const rnn_svg_chart *chart, const rnn_svg_points *points)
{
    const bool thin = points->count > 2 * (size_t)RNN_SVG_COLUMNS;
    pen p = {.stream = chart->stream, .decimals = thin ? 0 : 1};
    (thin ? draw_thinned : draw_all)(&p, chart, points);
    pen_lift(&p);
}

void rnn_svg_line(const rnn_svg_chart *chart, const char *style, const rnn_svg_points *points)
{
    fprintf(chart->stream, "<path class=\"line %s\" d=\"", style);
    draw(chart, points);
    fputs("\"/>\n", chart->stream);
    if (points->count <= FEW_DOTS)
        rnn_svg_dots(chart, style, points);
}

void rnn_svg_dots(const rnn_svg_chart *chart, const char *style, const rnn_svg_points *points)
{
    fprintf(chart->stream, "<path class=\"dots %s\" d=\"", style);
    const size_t bins = points->count > 2 * (size_t)RNN_SVG_COLUMNS ? 2 * (size_t)RNN_SVG_COLUMNS : points->count;
    for (size_t bin = 0; bin < bins; bin++) {
        const size_t i = bin * points->count / bins;
        const double y = y_of(chart, points->values[i * points->stride]);
        if (isfinite(y))
            fprintf(chart->stream, "M%.1f %.1fh0", x_of(chart, row_of(points, i)), y);
    }
    fputs("\"/>\n", chart->stream);
}

void rnn_svg_cloud(const rnn_svg_chart *chart, const char *style, const double *x, const double *y, size_t count,
                   size_t stride)
{
    unsigned char taken[CELLS + 1][CELLS + 1];
    memset(taken, 0, sizeof taken);
    fprintf(chart->stream, "<path class=\"dots %s\" d=\"", style);
    for (size_t i = 0; i < count; i++) {
        const double across = rnn_svg_place(&chart->x, x[i * stride]), up = rnn_svg_place(&chart->y, y[i * stride]);
        if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1))
            continue;
        unsigned char *cell = &taken[(size_t)(across * CELLS)][(size_t)(up * CELLS)];
        if (!*cell)
            fprintf(chart->stream, "M%.0f %.0fh0", WIDTH * across, height_of(chart) * (1 - up));
        *cell = 1;
    }
    fputs("\"/>\n", chart->stream);
}

/* ---- Areas --------------------------------------------------------------------------------------------------------- */

/* Bin `bin` of a band: where it is, its highest upper and lowest lower edge; false where none is finite. */
static bool band_bin(const double *lower, const double *upper, size_t count, size_t bins, size_t bin, double edge[2])
{
    edge[0] = INFINITY;
    edge[1] = -INFINITY;
    for (size_t i = bin * count / bins; i < (bin + 1) * count / bins; i++) {
        if (!isfinite(lower[i]) || !isfinite(upper[i]))
            continue;
        edge[0] = fmin(edge[0], lower[i]);
        edge[1] = fmax(edge[1], upper[i]);
    }
    return edge[0] <= edge[1];
}

static double bin_x(const rnn_svg_chart *chart, double first, size_t i)
{
    return x_of(chart, first + (double)i);
}

void rnn_svg_band(const rnn_svg_chart *chart, const char *style, double first, const double *lower, const double *upper,
                  size_t count)
{
    const size_t bins = count > RNN_SVG_COLUMNS ? RNN_SVG_COLUMNS : count;
    double edge[2];
    fprintf(chart->stream, "<path class=\"%s\" d=\"", style);
    for (size_t begin = 0; begin < bins; begin++) {
        pen p = {.stream = chart->stream, .decimals = count > bins ? 0 : 1};
        size_t end = begin;
        for (; end < bins && band_bin(lower, upper, count, bins, end, edge); end++)
            pen_to(&p, bin_x(chart, first, end * count / bins), y_of(chart, edge[1]));
        for (size_t bin = end; bin-- > begin;) {
            band_bin(lower, upper, count, bins, bin, edge);
            pen_to(&p, bin_x(chart, first, bin * count / bins), y_of(chart, edge[0]));
        }
        if (end > begin)
            fputc('Z', chart->stream);
        begin = end;
    }
    fputs("\"/>\n", chart->stream);
}

void rnn_svg_span(const rnn_svg_chart *chart, const char *style, double from, double to)
{
    const double x0 = fmax(x_of(chart, from), 0), x1 = fmin(x_of(chart, to), WIDTH);
    if (x0 < x1)
        fprintf(chart->stream, "<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%.0f\"/>\n", style, x0,
                x1 - x0, height_of(chart));
}

void rnn_svg_segment(const rnn_svg_chart *chart, const char *style, double x0, double y0, double x1, double y1)
{
    fprintf(chart->stream, "<path class=\"line %s\" d=\"M%.1f %.1f %.1f %.1f\"/>\n", style, x_of(chart, x0),
            y_of(chart, y0), x_of(chart, x1), y_of(chart, y1));
}

void rnn_svg_bars(const rnn_svg_chart *chart, const char *style, double first, double width, const size_t *heights,
                  size_t count)
{
    const double bottom = y_of(chart, 0);
    for (size_t i = 0; i < count; i++) {
        const double x0 = x_of(chart, first + (double)i * width), x1 = x_of(chart, first + (double)(i + 1) * width);
        const double top = y_of(chart, (double)heights[i]);
        if (heights[i] > 0)
            fprintf(chart->stream, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n", style,
                    x0 + 1, top, fmax(x1 - x0 - 2, 1), bottom - top);
    }
}
