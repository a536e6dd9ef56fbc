/* SPDX-License-Identifier: MIT
 * sketch.c - what --sketch prints below the results
 */
#include "view/sketch.h"
#include "base/c_locale.h"
#include "cmd/report.h"
#include "data/text.h"
#include "model/model.h"

#include <math.h>
#include <stdlib.h>

static void sketch_losses(FILE *stream, size_t epochs, const double *loss, const double *val_loss)
{
    rnn_svg_extent extent = RNN_SVG_NOTHING, val_extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, loss, epochs, 1);
    rnn_svg_extend(&extent, val_loss, epochs, 1);
    rnn_svg_extend(&val_extent, val_loss, epochs, 1);
    const rnn_sketch_curve curves[] = {
        {'*', "training", {.count = epochs, .first = 1, .values = loss, .stride = 1}},
        {'o', "validation", {.count = epochs, .first = 1, .values = val_loss, .stride = 1}},
    };
    const rnn_svg_axis y = rnn_svg_factors(NULL, extent);
    rnn_sketch_draw(stream, &(rnn_sketch){.title = y.log ? "loss (logarithmic)" : "loss",
                                          .x = rnn_svg_rows("epoch", 1, (double)epochs, NULL),
                                          .y = y,
                                          .curves = curves,
                                          .curve_count = val_extent.low <= val_extent.high ? 2 : 1});
}

/* The first target's first step, the last rows of the part: a column a row. A sample of windows is no curve. */
static void sketch_predictions(FILE *stream, const rnn_run *run)
{
    const rnn_predictions *p = run->predictions;
    const size_t O = p->horizon * p->targets;
    size_t first, count;
    char title[256];
    const char *part = rnn_run_part(run, &first, &count);
    if (count > RNN_SKETCH_COLUMNS) {
        first += count - RNN_SKETCH_COLUMNS;
        count = RNN_SKETCH_COLUMNS;
    }
    if (count == 0 || p->rows[first + count - 1] - p->rows[first] != count - 1)
        return;
    rnn_svg_points actual = {
        .count = count, .first = (double)p->rows[first], .values = p->actual + first * O, .stride = O};
    rnn_svg_points predicted = actual;
    predicted.values = p->predicted + first * O;
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, actual.values, count, O);
    rnn_svg_extend(&extent, predicted.values, count, O);
    const rnn_sketch_curve curves[] = {{'*', "actual", actual}, {'o', "predicted", predicted}};
    snprintf(title, sizeof title, "%s, end of %s", rnn_show_string(rnn_model_column(run->model, 0)).text, part);
    fputc('\n', stream);
    rnn_sketch_draw(stream,
                    &(rnn_sketch){.title = title,
                                  .x = rnn_svg_rows("row", actual.first, actual.first + (double)count - 1, NULL),
                                  .y = rnn_svg_around(NULL, extent),
                                  .curves = curves,
                                  .curve_count = 2});
}

rnn_status rnn_run_sketch(const rnn_run *run, FILE *stream)
{
    rnn_status status;
    double *loss = NULL, *val_loss = NULL;
    const locale_t before = rnn_c_locale_enter();
    RNN_TRY(rnn_run_losses(run->model, &loss, &val_loss));
    fputc('\n', stream);
    sketch_losses(stream, run->model->epochs, loss, val_loss);
    sketch_predictions(stream, run);
fail:
    free(val_loss);
    free(loss);
    rnn_c_locale_leave(before);
    return status;
}
