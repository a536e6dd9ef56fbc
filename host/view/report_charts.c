/* SPDX-License-Identifier: MIT */
#include "base/count.h"
#include "base/memory.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/svg.h"

#include <math.h>
#include <stdlib.h>

#define BARS   24 /* most of a histogram, but for one at each end */
#define STYLES 6  /* of the style sheet's s0 to s5 */

/* ---- Predictions --------------------------------------------------------------------------------------------------- */

static bool is_curve(const rnn_report_target *target)
{
    return target->rows[target->count - 1] - target->rows[0] == target->count - 1;
}

static void put_both(FILE *stream, const rnn_report_data *data, size_t index, size_t first)
{
    const rnn_report_target *target = &data->targets[index];
    const size_t count = target->count - first, stride = target->prediction_stride;
    const rnn_svg_labels labels = rnn_report_labels(target->series, 0);
    const rnn_svg_points actual = {
        .count = count, .rows = target->rows + first, .values = target->actual + first * stride, .stride = stride};
    rnn_svg_points predicted = actual;
    predicted.values = target->predicted + first * stride;
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, actual.values, count, stride);
    rnn_svg_extend(&extent, predicted.values, count, stride);
    const bool curve = is_curve(target);
    const int kind = curve ? RNN_SVG_LINE : RNN_SVG_DOT;
    const rnn_svg_key keys[] = {{kind, "actual", "actual"}, {kind, "predicted", "predicted"}};
    const rnn_report_words id = rnn_report_say("both%zu%s", index, first ? "-end" : ""),
                           name = rnn_report_value(target);
    const rnn_report_words span = rnn_report_span(target->series, target->rows[first], target->rows[target->count - 1]);
    const rnn_report_words title = rnn_report_say("%.*s: actual and predicted, %s%s", RNN_REPORT_NAME, target->name,
                                                  first ? "the end of " : "", data->part);
    const rnn_report_words about =
        rnn_report_say("%s of the %s part and the predictions of them, %s.", rnn_count(count, "value").text, data->part,
                       data->steps > 1 ? "one step ahead" : "one row ahead");
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows(span.text, (double)target->rows[first],
                                                   (double)target->rows[target->count - 1],
                                                   target->series->labels ? &labels : NULL),
                                 .y = rnn_svg_around(name.text, extent),
                                 .keys = keys,
                                 .key_count = 2};
    rnn_svg_begin(&chart);
    (curve ? rnn_svg_line : rnn_svg_dots)(&chart, "actual", &actual);
    (curve ? rnn_svg_line : rnn_svg_dots)(&chart, "predicted", &predicted);
    rnn_svg_end(&chart);
}

/* One against the other, on axes of the same ends: what is right lies on the diagonal. */
static void put_scatter(FILE *stream, const rnn_report_data *data, size_t index)
{
    const rnn_report_target *target = &data->targets[index];
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, target->actual, target->count, target->prediction_stride);
    rnn_svg_extend(&extent, target->predicted, target->count, target->prediction_stride);
    const rnn_svg_key keys[] = {{RNN_SVG_DOT, "cloud", data->part}, {RNN_SVG_LINE, "even", "as it should be"}};
    const rnn_report_words id = rnn_report_say("scatter%zu", index);
    const rnn_report_words title = rnn_report_say("%.*s: predicted by actual", RNN_REPORT_NAME, target->name);
    const rnn_report_words about =
        rnn_report_say("A dot for each of %zu predictions; on the diagonal they are right.", target->count);
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_around("actual", extent),
                                 .y = rnn_svg_around("predicted", extent),
                                 .keys = keys,
                                 .key_count = 2};
    rnn_svg_begin(&chart);
    rnn_svg_segment(&chart, "even", chart.x.low, chart.x.low, chart.x.high, chart.x.high);
    rnn_svg_cloud(&chart, "cloud", target->actual, target->predicted, target->count, target->prediction_stride);
    rnn_svg_end(&chart);
}

void rnn_report_put_predictions(FILE *stream, const rnn_report_data *data, size_t index)
{
    const rnn_report_target *target = &data->targets[index];
    fputs("<div class=\"pair\">\n", stream);
    put_both(stream, data, index, 0);
    put_scatter(stream, data, index);
    fputs("</div>\n", stream);
    if (is_curve(target) && target->count > 3 * RNN_REPORT_CLOSE_UP)
        put_both(stream, data, index, target->count - RNN_REPORT_CLOSE_UP);
}

/* ---- Residuals ----------------------------------------------------------------------------------------------------- */

static void put_residual_line(FILE *stream, const rnn_report_data *data, size_t index, const double *residuals)
{
    const rnn_report_target *target = &data->targets[index];
    const rnn_svg_labels labels = rnn_report_labels(target->series, 0);
    const rnn_svg_points points = {.count = target->count, .rows = target->rows, .values = residuals, .stride = 1};
    rnn_svg_extent extent = {0, 0};
    rnn_svg_extend(&extent, residuals, target->count, 1);
    const rnn_report_words id = rnn_report_say("residual%zu", index), name = rnn_report_value(target);
    const rnn_report_words span = rnn_report_span(target->series, target->rows[0], target->rows[target->count - 1]);
    const rnn_report_words title =
        rnn_report_say("%.*s: actual minus predicted, %s", RNN_REPORT_NAME, target->name, data->part);
    const rnn_report_words about = rnn_report_say("%zu differences between %s and %s, over time.", target->count,
                                                  rnn_html_real(extent.low).text, rnn_html_real(extent.high).text);
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows(span.text, (double)target->rows[0],
                                                   (double)target->rows[target->count - 1],
                                                   target->series->labels ? &labels : NULL),
                                 .y = rnn_svg_around(name.text, extent)};
    rnn_svg_begin(&chart);
    rnn_svg_segment(&chart, "even", chart.x.low, 0, chart.x.high, 0);
    (is_curve(target) ? rnn_svg_line : rnn_svg_dots)(&chart, "rest", &points);
    rnn_svg_end(&chart);
}

/* Up to twice as many bars as the root of the count, their edges at round numbers. */
typedef struct histogram {
    double first, width;
    size_t heights[BARS + 2], count, highest;
} histogram;

static histogram bin(const double *residuals, size_t count)
{
    histogram h = {0};
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    rnn_svg_extend(&extent, residuals, count, 1);
    const rnn_svg_axis axis = rnn_svg_around(NULL, extent);
    const size_t wanted = (size_t)fmin(fmax(ceil(2 * sqrt((double)count)), 8), BARS);
    h.width = rnn_svg_step(axis.low, axis.high, wanted);
    h.first = floor(axis.low / h.width) * h.width;
    h.count = (size_t)fmin(ceil((axis.high - h.first) / h.width), BARS + 2);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(residuals[i]))
            continue;
        const double place = (residuals[i] - h.first) / h.width;
        const size_t bar = place > 0 ? (size_t)fmin(place, (double)h.count - 1) : 0;
        if (++h.heights[bar] > h.highest)
            h.highest = h.heights[bar];
    }
    return h;
}

static void put_histogram(FILE *stream, const rnn_report_data *data, size_t index, const double *residuals)
{
    const rnn_report_target *target = &data->targets[index];
    const histogram h = bin(residuals, target->count);
    const rnn_report_words id = rnn_report_say("histogram%zu", index);
    const rnn_report_words title = rnn_report_say("%.*s: histogram of the residuals", RNN_REPORT_NAME, target->name);
    const rnn_report_words about =
        rnn_report_say("Histogram of %zu differences in %zu bars of width %s, the highest of %zu.", target->count,
                       h.count, rnn_html_real(h.width).text, h.highest);
    const rnn_report_words x_name = target->unit
                                        ? rnn_report_say("actual minus predicted (%.*s)", RNN_REPORT_NAME, target->unit)
                                        : rnn_report_say("actual minus predicted");
    const rnn_svg_chart chart = {
        .stream = stream,
        .id = id.text,
        .title = title.text,
        .description = about.text,
        .x = {.name = x_name.text, .low = h.first, .high = h.first + (double)h.count * h.width},
        .y = {.name = "predictions", .low = 0, .high = fmax((double)h.highest * 1.08, 1), .whole = true}};
    rnn_svg_begin(&chart);
    rnn_svg_bars(&chart, "bar", h.first, h.width, h.heights, h.count);
    rnn_svg_end(&chart);
}

rnn_status rnn_report_put_residuals(FILE *stream, const rnn_report_data *data, size_t index)
{
    const rnn_report_target *target = &data->targets[index];
    rnn_status status;
    double *residuals = NULL;
    RNN_TRY(RNN_NEW(residuals, target->count));
    for (size_t i = 0; i < target->count; i++)
        residuals[i] = target->actual[i * target->prediction_stride] - target->predicted[i * target->prediction_stride];
    fputs("<div class=\"pair\">\n", stream);
    put_residual_line(stream, data, index, residuals);
    put_histogram(stream, data, index, residuals);
    fputs("</div>\n", stream);
fail:
    free(residuals);
    return status;
}

/* ---- Loss and steps ------------------------------------------------------------------------------------------------ */

void rnn_report_put_loss(FILE *stream, const rnn_report_data *data)
{
    const rnn_report_words kept = rnn_report_say("weights kept: those of epoch %zu", data->kept);
    rnn_svg_extent extent = RNN_SVG_NOTHING, val_extent = RNN_SVG_NOTHING;
    rnn_svg_key keys[3];
    size_t key_count = 0;
    rnn_svg_extend(&extent, data->loss, data->epochs, 1);
    keys[key_count++] = (rnn_svg_key){RNN_SVG_LINE, "actual", "training"};
    if (data->val_loss)
        rnn_svg_extend(&val_extent, data->val_loss, data->epochs, 1);
    const bool has_val = val_extent.low <= val_extent.high;
    if (has_val) {
        rnn_svg_extend(&extent, data->val_loss, data->epochs, 1);
        keys[key_count++] = (rnn_svg_key){RNN_SVG_LINE, "predicted", "validation"};
    }
    if (data->kept)
        keys[key_count++] = (rnn_svg_key){RNN_SVG_LINE, "kept", kept.text};
    const rnn_svg_axis y = rnn_svg_factors(data->loss_name, extent);
    const rnn_report_words about =
        rnn_report_say("Loss of %s, from %s to %s; the axis is %s.", rnn_count(data->epochs, "epoch").text,
                       rnn_html_real(data->loss[0]).text, rnn_html_real(data->loss[data->epochs - 1]).text,
                       y.log ? "logarithmic" : "linear");
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = "loss",
                                 .title = y.log ? "Loss per epoch (logarithmic)" : "Loss per epoch",
                                 .description = about.text,
                                 .x = rnn_svg_rows("epoch", 1, (double)data->epochs, NULL),
                                 .y = y,
                                 .keys = keys,
                                 .key_count = key_count};
    rnn_svg_begin(&chart);
    if (data->kept)
        rnn_svg_segment(&chart, "kept", (double)data->kept, y.low, (double)data->kept, y.high);
    rnn_svg_line(&chart, "actual",
                 &(rnn_svg_points){.count = data->epochs, .first = 1, .values = data->loss, .stride = 1});
    if (has_val)
        rnn_svg_line(&chart, "predicted",
                     &(rnn_svg_points){.count = data->epochs, .first = 1, .values = data->val_loss, .stride = 1});
    rnn_svg_end(&chart);
}

#define ERRORS (sizeof(rnn_errors) / sizeof(double)) /* from one step's rmse to the next one's */
_Static_assert(sizeof(rnn_errors) % sizeof(double) == 0, "errors of steps are strided doubles");

void rnn_report_put_steps(FILE *stream, const rnn_report_board *board, size_t index)
{
    static const char *const styles[STYLES] = {"s0", "s1", "s2", "s3", "s4", "s5"};
    const rnn_scoreboard *scores = board->scores;
    const size_t shown = scores->contenders < STYLES ? scores->contenders : STYLES;
    rnn_svg_key keys[STYLES];
    rnn_svg_extent extent = {0, 0};
    for (size_t i = 0; i < shown; i++) {
        rnn_svg_extend(&extent, &scores->contender[i].steps->rmse, scores->horizon, ERRORS);
        keys[i] = (rnn_svg_key){RNN_SVG_LINE, styles[i], scores->contender[i].name};
    }
    rnn_svg_axis y = rnn_svg_around("RMSE", extent);
    y.low = 0;
    const rnn_report_words id = rnn_report_say("steps%zu", index);
    const rnn_report_words title = rnn_report_say("Error by step ahead, %s", board->part);
    const rnn_report_words about =
        rnn_report_say("Root mean square error of each of %zu steps ahead, a line for each forecast.", scores->horizon);
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows("steps ahead", 1, (double)scores->horizon, NULL),
                                 .y = y,
                                 .keys = keys,
                                 .key_count = shown};
    rnn_svg_begin(&chart);
    for (size_t i = 0; i < shown; i++)
        rnn_svg_line(
            &chart, styles[i],
            &(rnn_svg_points){
                .count = scores->horizon, .first = 1, .values = &scores->contender[i].steps->rmse, .stride = ERRORS});
    rnn_svg_end(&chart);
}
