/* SPDX-License-Identifier: MIT */
#include "base/memory.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CLOSE_UP  150 /* rows of a curve's end that are shown again where the whole of it is much longer */
#define BARS      24  /* most of a histogram, but for one at each end */
#define STYLES    6   /* of the style sheet's s0 to s5 */
#define BANDS     3   /* told apart: b0 to b2 */
#define NAME_ROOM 150 /* of a column's name in a title */

/* Chart ids, titles and descriptions are short; a long name in them ends in what there is room for. */
typedef struct words {
    char text[640];
} words;

static words say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static words say(const char *format, ...)
{
    words said;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said.text, sizeof said.text, format, arguments);
    va_end(arguments);
    return said;
}

/* "SUNACTIVITY", or with its unit "co2 (ppm)". */
static words value_name(const rnn_report_target *target)
{
    if (target->unit)
        return say("%.*s (%.*s)", NAME_ROOM, target->name, NAME_ROOM, target->unit);
    return say("%.*s", NAME_ROOM, target->name);
}

/* Dates of the rows, the forecast's behind them. */
static rnn_svg_labels labels_of(const rnn_report_data *data, const rnn_report_forecast *forecast)
{
    return (rnn_svg_labels){.count = data->N,
                            .more_count = forecast && data->forecast_labels ? forecast->steps : 0,
                            .text = data->labels,
                            .more = data->forecast_labels};
}

/* Rows, or from which date to which: marks may say less. */
static words rows_name(const rnn_report_data *data, size_t first, size_t last)
{
    if (!data->labels)
        return say("row of the series, from 0");
    const char *end = last < data->N          ? data->labels[last]
                      : data->forecast_labels ? data->forecast_labels[last - data->N]
                                              : data->labels[data->N - 1];
    return say("%.24s to %.24s", data->labels[first], end);
}

/* ---- Series -------------------------------------------------------------------------------------------------------- */

static const char *const bands[BANDS] = {"band b0", "band b1", "band b2"};

static size_t forecast_steps(const rnn_report_target *target)
{
    return target->forecast ? target->forecast->steps : 0;
}

static rnn_svg_extent series_extent(const rnn_report_data *data, const rnn_report_target *target, size_t first)
{
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    const rnn_report_forecast *f = target->forecast;
    rnn_svg_extend(&extent, target->values + first * target->stride, data->N - first, target->stride);
    if (f)
        rnn_svg_extend(&extent, f->point, f->steps, 1);
    for (size_t i = 0; f && i < f->band_count; i++) {
        rnn_svg_extend(&extent, f->bands[i].lower, f->steps, 1);
        rnn_svg_extend(&extent, f->bands[i].upper, f->steps, 1);
    }
    return extent;
}

/* Parts begin half a row before their first, so that they meet. */
static void put_parts(const rnn_svg_chart *chart, const rnn_report_data *data)
{
    const double end = (double)data->N - 0.5;
    if (data->val_first < data->N)
        rnn_svg_span(chart, "val", (double)data->val_first - 0.5,
                     data->test_first < data->N ? (double)data->test_first - 0.5 : end);
    if (data->test_first < data->N)
        rnn_svg_span(chart, "test", (double)data->test_first - 0.5, end);
}

static void put_forecast(const rnn_svg_chart *chart, const rnn_report_data *data, const rnn_report_forecast *f)
{
    for (size_t i = 0; i < f->band_count; i++)
        rnn_svg_band(chart, bands[i < BANDS ? i : BANDS - 1], (double)data->N, f->bands[i].lower, f->bands[i].upper,
                     f->steps);
    rnn_svg_line(chart, "predicted",
                 &(rnn_svg_points){.count = f->steps, .first = (double)data->N, .values = f->point, .stride = 1});
}

static size_t series_keys(const rnn_report_data *data, const rnn_report_forecast *f, rnn_svg_key keys[], words said[])
{
    size_t count = 0;
    keys[count++] = (rnn_svg_key){RNN_SVG_LINE, "actual", "series"};
    if (data->val_first < data->N)
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, "val", "validation part"};
    if (data->test_first < data->N)
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, "test", "test part"};
    if (f)
        keys[count++] = (rnn_svg_key){RNN_SVG_LINE, "predicted", "forecast"};
    for (size_t i = 0; f && i < f->band_count && i < BANDS; i++) {
        said[i] = say("%.4g %% interval", 100 * f->bands[i].level);
        if (isfinite(f->bands[i].covered))
            said[i] = say("%.4g %% interval (held %.3g %% where it was measured)", 100 * f->bands[i].level,
                          100 * f->bands[i].covered);
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, bands[i], said[i].text};
    }
    return count;
}

/* From row `first` to the end of series and forecast. */
static void put_series(FILE *stream, const rnn_report_data *data, size_t index, size_t first)
{
    const rnn_report_target *target = &data->targets[index];
    const rnn_report_forecast *f = target->forecast;
    const size_t last = data->N + forecast_steps(target) - 1;
    const rnn_svg_labels labels = labels_of(data, f);
    const rnn_svg_extent extent = series_extent(data, target, first);
    const words id = say("series%zu%s", index, first ? "-end" : ""), name = value_name(target);
    const words span = rows_name(data, first, last);
    const words title = first ? say("The end of %.*s%s", NAME_ROOM, target->name, f ? " and its forecast" : "")
                              : say("%.*s%s", NAME_ROOM, target->name, f ? " and its forecast" : ", the whole series");
    const words about = say("Line of %zu values from %s to %s. %s", data->N - first, rnn_html_real(extent.low).text,
                            rnn_html_real(extent.high).text,
                            f ? "At its end the forecast as a dashed line, with its intervals as areas."
                              : "The parts of the split are shaded.");
    rnn_svg_key keys[4 + BANDS];
    words said[BANDS];
    const rnn_svg_chart chart = {
        .stream = stream,
        .id = id.text,
        .title = title.text,
        .description = about.text,
        .x = rnn_svg_rows(span.text, (double)first, (double)last, data->labels ? &labels : NULL),
        .y = rnn_svg_around(name.text, extent),
        .keys = keys,
        .key_count = series_keys(data, f, keys, said),
    };
    rnn_svg_begin(&chart);
    put_parts(&chart, data);
    rnn_svg_line(&chart, "actual",
                 &(rnn_svg_points){.count = data->N - first,
                                   .first = (double)first,
                                   .values = target->values + first * target->stride,
                                   .stride = target->stride});
    if (f)
        put_forecast(&chart, data, f);
    rnn_svg_end(&chart);
}

void rnn_report_put_series(FILE *stream, const rnn_report_data *data, size_t index)
{
    const size_t steps = forecast_steps(&data->targets[index]);
    const size_t close_up = 4 * steps > CLOSE_UP ? 4 * steps : CLOSE_UP;
    put_series(stream, data, index, 0);
    if (steps > 0 && data->N > 2 * close_up)
        put_series(stream, data, index, data->N - close_up);
}

/* ---- Predictions --------------------------------------------------------------------------------------------------- */

static bool is_curve(const rnn_report_target *target)
{
    return target->rows[target->count - 1] - target->rows[0] == target->count - 1;
}

static void put_both(FILE *stream, const rnn_report_data *data, size_t index, size_t first)
{
    const rnn_report_target *target = &data->targets[index];
    const size_t count = target->count - first, stride = target->prediction_stride;
    const rnn_svg_labels labels = labels_of(data, NULL);
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
    const words id = say("both%zu%s", index, first ? "-end" : ""), name = value_name(target);
    const words span = rows_name(data, target->rows[first], target->rows[target->count - 1]);
    const words title =
        say("%.*s: actual and predicted, %s%s", NAME_ROOM, target->name, first ? "the end of " : "", data->part);
    const words about = say("%zu values of the %s part and the predictions of them, %s.", count, data->part,
                            data->steps > 1 ? "one step ahead" : "one row ahead");
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows(span.text, (double)target->rows[first],
                                                   (double)target->rows[target->count - 1],
                                                   data->labels ? &labels : NULL),
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
    const words id = say("scatter%zu", index);
    const words title = say("%.*s: predicted by actual", NAME_ROOM, target->name);
    const words about = say("A dot for each of %zu predictions; on the diagonal they are right.", target->count);
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
    if (is_curve(target) && target->count > 3 * CLOSE_UP)
        put_both(stream, data, index, target->count - CLOSE_UP);
}

/* ---- Residuals ----------------------------------------------------------------------------------------------------- */

static void put_residual_line(FILE *stream, const rnn_report_data *data, size_t index, const double *residuals)
{
    const rnn_report_target *target = &data->targets[index];
    const rnn_svg_labels labels = labels_of(data, NULL);
    const rnn_svg_points points = {.count = target->count, .rows = target->rows, .values = residuals, .stride = 1};
    rnn_svg_extent extent = {0, 0};
    rnn_svg_extend(&extent, residuals, target->count, 1);
    const words id = say("residual%zu", index), name = value_name(target);
    const words span = rows_name(data, target->rows[0], target->rows[target->count - 1]);
    const words title = say("%.*s: actual minus predicted, %s", NAME_ROOM, target->name, data->part);
    const words about = say("%zu differences between %s and %s, over time.", target->count,
                            rnn_html_real(extent.low).text, rnn_html_real(extent.high).text);
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id.text,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows(span.text, (double)target->rows[0],
                                                   (double)target->rows[target->count - 1],
                                                   data->labels ? &labels : NULL),
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
    const words id = say("histogram%zu", index);
    const words title = say("%.*s: histogram of the residuals", NAME_ROOM, target->name);
    const words about = say("Histogram of %zu differences in %zu bars of width %s, the highest of %zu.", target->count,
                            h.count, rnn_html_real(h.width).text, h.highest);
    const words x_name =
        target->unit ? say("actual minus predicted (%.*s)", NAME_ROOM, target->unit) : say("actual minus predicted");
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
    const words kept = say("weights kept: those of epoch %zu", data->kept);
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
    const words about =
        say("Loss of %zu epochs, from %s to %s; the axis is %s.", data->epochs, rnn_html_real(data->loss[0]).text,
            rnn_html_real(data->loss[data->epochs - 1]).text, y.log ? "logarithmic" : "linear");
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

#define ERRORS (sizeof(rnn_report_errors) / sizeof(double)) /* from one step's rmse to the next one's */

void rnn_report_put_steps(FILE *stream, const rnn_report_data *data, const char *id, const char *name,
                          const rnn_report_score *scores, size_t count)
{
    static const char *const styles[STYLES] = {"s0", "s1", "s2", "s3", "s4", "s5"};
    rnn_svg_key keys[STYLES];
    size_t shown = 0;
    rnn_svg_extent extent = {0, 0};
    for (size_t i = 0; i < count && shown < STYLES; i++) {
        if (!scores[i].steps)
            continue;
        rnn_svg_extend(&extent, &scores[i].steps->rmse, data->steps, ERRORS);
        keys[shown] = (rnn_svg_key){RNN_SVG_LINE, styles[shown], scores[i].name};
        shown++;
    }
    if (shown == 0 || data->steps < 2)
        return;
    rnn_svg_axis y = rnn_svg_around("RMSE", extent);
    y.low = 0;
    const words title = name ? say("%.*s: error by step ahead, %s", NAME_ROOM, name, data->part)
                             : say("Error by step ahead, %s", data->part);
    const words about =
        say("Root mean square error of each of %zu steps ahead, a line for each forecast.", data->steps);
    const rnn_svg_chart chart = {.stream = stream,
                                 .id = id,
                                 .title = title.text,
                                 .description = about.text,
                                 .x = rnn_svg_rows("steps ahead", 1, (double)data->steps, NULL),
                                 .y = y,
                                 .keys = keys,
                                 .key_count = shown};
    rnn_svg_begin(&chart);
    for (size_t i = 0, style = 0; i < count && style < shown; i++)
        if (scores[i].steps)
            rnn_svg_line(&chart, styles[style++],
                         &(rnn_svg_points){
                             .count = data->steps, .first = 1, .values = &scores[i].steps->rmse, .stride = ERRORS});
    rnn_svg_end(&chart);
}
