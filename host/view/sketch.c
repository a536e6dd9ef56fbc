/* SPDX-License-Identifier: MIT */
#include "view/sketch.h"
#include "data/text.h"

#include <math.h>
#include <string.h>

#define COLUMNS RNN_SKETCH_COLUMNS
#define LINES   RNN_SKETCH_LINES
#define Y_MARKS 4

typedef struct grid {
    char cell[LINES][COLUMNS];
} grid;

/* Which of `cells` a place from 0 to 1 is in; false: in none. */
static bool find_cell(double place, size_t cells, size_t *out)
{
    if (!(place >= 0 && place <= 1))
        return false;
    *out = (size_t)fmin(place * (double)cells, (double)cells - 1);
    return true;
}

static bool find_place(const rnn_sketch *sketch, double x, double y, size_t *line, size_t *column)
{
    size_t up;
    if (!find_cell(rnn_svg_place(&sketch->x, x), COLUMNS, column) ||
        !find_cell(rnn_svg_place(&sketch->y, y), LINES, &up))
        return false;
    *line = LINES - 1 - up;
    return true;
}

static void draw_curve(grid *g, const rnn_sketch *sketch, const rnn_sketch_curve *curve)
{
    const rnn_svg_points *points = &curve->points;
    for (size_t i = 0; i < points->count; i++) {
        const double x = points->rows ? (double)points->rows[i] : points->first + (double)i;
        size_t line, column;
        if (!find_place(sketch, x, points->values[i * points->stride], &line, &column))
            continue;
        char *cell = &g->cell[line][column];
        *cell = *cell == ' ' || *cell == '.' || *cell == curve->mark ? curve->mark : '@';
    }
}

static void draw_band(grid *g, const rnn_sketch *sketch)
{
    for (size_t i = 0; i < sketch->band.count; i++) {
        const double x = sketch->band.first + (double)i;
        size_t top, bottom, column;
        if (!find_place(sketch, x, sketch->band.upper[i], &top, &column) ||
            !find_place(sketch, x, sketch->band.lower[i], &bottom, &column))
            continue;
        for (size_t line = top; line <= bottom; line++)
            g->cell[line][column] = '.';
    }
}

static void put_head(FILE *stream, const rnn_sketch *sketch)
{
    fprintf(stream, "%s ", rnn_show_string(sketch->title).text);
    for (size_t i = 0; i < sketch->curve_count; i++)
        fprintf(stream, "  %c %s", sketch->curves[i].mark, sketch->curves[i].name);
    if (sketch->curve_count > 1)
        fputs("  @ both", stream);
    if (sketch->band.count)
        fprintf(stream, "  . %s", sketch->band.name);
    fputc('\n', stream);
}

/* The texts of the marks on the lines they are nearest to; returns the longest one's length. */
static int place_marks(const rnn_sketch *sketch, const char *texts[LINES], rnn_svg_mark marks[RNN_SVG_MARKS])
{
    const size_t count = rnn_svg_marks(&sketch->y, Y_MARKS, marks);
    size_t longest = 0, up;
    for (size_t i = 0; i < count; i++) {
        if (!find_cell(rnn_svg_place(&sketch->y, marks[i].value), LINES, &up) || texts[LINES - 1 - up])
            continue;
        texts[LINES - 1 - up] = marks[i].text;
        longest = strlen(marks[i].text) > longest ? strlen(marks[i].text) : longest;
    }
    return (int)longest;
}

static int used_columns(const char cells[COLUMNS])
{
    int used = COLUMNS;
    while (used > 0 && cells[used - 1] == ' ')
        used--;
    return used;
}

/* Both ends of the x axis, and its name behind the right one. */
static void put_foot(FILE *stream, const rnn_sketch *sketch, int margin)
{
    char left[32], right[32];
    snprintf(left, sizeof left, "%.10g", sketch->x.low);
    snprintf(right, sizeof right, "%.10g", sketch->x.high);
    fprintf(stream, "%*s +", margin, "");
    for (int i = 0; i < COLUMNS; i++)
        fputc('-', stream);
    fprintf(stream, "\n%*s%s%*s  %s\n", margin + 2, "", left, COLUMNS - (int)strlen(left), right,
            sketch->x.name ? sketch->x.name : "");
}

void rnn_sketch_draw(FILE *stream, const rnn_sketch *sketch)
{
    grid g;
    const char *texts[LINES] = {NULL};
    rnn_svg_mark marks[RNN_SVG_MARKS];
    memset(&g, ' ', sizeof g);
    draw_band(&g, sketch);
    for (size_t i = 0; i < sketch->curve_count; i++)
        draw_curve(&g, sketch, &sketch->curves[i]);
    put_head(stream, sketch);
    const int margin = place_marks(sketch, texts, marks);
    for (size_t line = 0; line < LINES; line++)
        fprintf(stream, "%*s %c%.*s\n", margin, texts[line] ? texts[line] : "", texts[line] ? '+' : '|',
                used_columns(g.cell[line]), g.cell[line]);
    put_foot(stream, sketch, margin);
}
