/* SPDX-License-Identifier: MIT */
#include "view/sketch.h"
#include "base/count.h"

#include "data/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COLUMNS 64
#define ROWS    10
#define AHEAD   32 /* most forecasts shown, so that half the picture is the past */

bool rnn_sketch_blocks(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (!value || !value[0])
            continue;
        const char *codeset = strchr(value, '.');
        return codeset && (strncasecmp(codeset, ".utf-8", 6) == 0 || strncasecmp(codeset, ".utf8", 5) == 0);
    }
    return false;
}

/* ---- Losses -------------------------------------------------------------------------------------------------------- */

static double loss_of(const rnn_epoch *epoch, bool validation)
{
    return validation ? epoch->val_loss : epoch->loss;
}

static void widen(double value, double *low, double *high)
{
    if (!isfinite(value))
        return;
    *low = value < *low ? value : *low;
    *high = value > *high ? value : *high;
}

static void sketch_loss(FILE *stream, const rnn_epoch *history, size_t epochs, bool validation, double low, double high,
                        bool blocks)
{
    static const char *const full[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {"_", ".", ":", "-", "=", "+", "*", "#"};
    const size_t columns = epochs < COLUMNS ? epochs : COLUMNS;
    fprintf(stream, "  %-8s  ", validation ? "val_loss" : "loss");
    for (size_t c = 0; c < columns; c++) {
        const double value = loss_of(&history[columns == 1 ? 0 : c * (epochs - 1) / (columns - 1)], validation);
        const double share = high > low && value > 0 ? log(value / low) / log(high / low) : 0;
        const int level = !isfinite(share) || share < 0 ? 0 : (int)fmin(7, 8 * share);
        fputs(isfinite(value) ? (blocks ? full : plain)[level] : " ", stream);
    }
    fprintf(stream, "  %.3g to %.3g\n", loss_of(&history[0], validation), loss_of(&history[epochs - 1], validation));
}

void rnn_sketch_losses(FILE *stream, const rnn_epoch *history, size_t epochs, bool blocks)
{
    double low = INFINITY, high = 0;
    for (size_t e = 0; e < epochs; e++)
        for (int validation = 0; validation < 2; validation++)
            if (loss_of(&history[e], validation) > 0)
                widen(loss_of(&history[e], validation), &low, &high);
    if (epochs == 0)
        return;
    sketch_loss(stream, history, epochs, false, low, high, blocks);
    if (!isnan(history[epochs - 1].val_loss))
        sketch_loss(stream, history, epochs, true, low, high, blocks);
}

/* ---- Forecast ------------------------------------------------------------------------------------------------------ */

enum { NOTHING, BAND, FUTURE, PAST };

typedef struct picture {
    double low, high;
    unsigned char cell[ROWS][COLUMNS];
} picture;

static size_t row_of(const picture *p, double value)
{
    const double share = p->high > p->low ? (value - p->low) / (p->high - p->low) : 0.5;
    const double row = fmin(ROWS - 1, fmax(0, (1 - share) * (ROWS - 1) + 0.5));
    return (size_t)row;
}

/* Index of the level with the widest finite interval; levels where there is none. */
static size_t widest_level(const rnn_forecasts *f)
{
    size_t best = f->levels;
    for (size_t i = 0; i < f->levels; i++)
        if (isfinite(f->upper[i * f->parts * f->steps * f->targets]) &&
            (best == f->levels || f->level[i] > f->level[best]))
            best = i;
    return best;
}

static void print_picture(FILE *stream, const picture *p, size_t columns, bool blocks)
{
    static const char *const full[] = {" ", "░", "○", "●"};
    static const char *const plain[] = {" ", ":", "o", "*"};
    for (size_t row = 0; row < ROWS; row++) {
        if (row == 0 || row == ROWS - 1)
            fprintf(stream, "  %9.4g ", row ? p->low : p->high);
        else
            fprintf(stream, "  %9s ", "");
        fputs(blocks ? "│" : "|", stream);
        size_t last = columns; /* no blanks at the end of a line */
        while (last > 0 && p->cell[row][last - 1] == NOTHING)
            last--;
        for (size_t c = 0; c < last; c++)
            fputs((blocks ? full : plain)[p->cell[row][c]], stream);
        fputc('\n', stream);
    }
}

void rnn_sketch_forecast(FILE *stream, const rnn_series *series, const rnn_forecasts *f, bool blocks)
{
    const size_t ahead = f->steps < AHEAD ? f->steps : AHEAD, room = COLUMNS - ahead;
    const size_t end = f->rows[0], rows = end - series->starts[rnn_series_part(series, end - 1)],
                 past = rows < room ? rows : room, level = widest_level(f);
    const double *values = series->values + (end - past) * series->columns;
    const size_t band = level * f->parts * f->steps * f->targets;
    picture p = {.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < past; i++)
        widen(values[i * series->columns], &p.low, &p.high);
    for (size_t i = 0; i < ahead; i++) {
        widen(f->mean[i * f->targets], &p.low, &p.high);
        if (level < f->levels) {
            widen(f->lower[band + i * f->targets], &p.low, &p.high);
            widen(f->upper[band + i * f->targets], &p.low, &p.high);
        }
    }
    for (size_t i = 0; i < past; i++)
        if (!isnan(values[i * series->columns]))
            p.cell[row_of(&p, values[i * series->columns])][i] = PAST;
    for (size_t i = 0; i < ahead; i++) {
        for (size_t row = level < f->levels ? row_of(&p, f->upper[band + i * f->targets]) : ROWS;
             row < ROWS && row <= row_of(&p, f->lower[band + i * f->targets]); row++)
            p.cell[row][past + i] = BAND;
        p.cell[row_of(&p, f->mean[i * f->targets])][past + i] = FUTURE;
    }
    print_picture(stream, &p, past + ahead, blocks);
    fprintf(stream, "  %9s  the last %s, then %zu", "", rnn_count(past, "row").text, ahead);
    if (ahead < f->steps)
        fprintf(stream, " of %zu", f->steps);
    fprintf(stream, " forecasts");
    if (level < f->levels)
        fprintf(stream, " and their %.6g %% intervals", 100 * f->level[level]);
    fputc('\n', stream);
}
