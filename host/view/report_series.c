/* SPDX-License-Identifier: MIT
 * report_series.c - a series with its forecast, and what the report's charts share
 */
#include "base/count.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#define BANDS    3  /* told apart: b0 to b2 */
#define SHORTEST 40 /* rows of a series' end that are shown again before its forecast */

rnn_report_words rnn_report_say(const char *format, ...)
{
    rnn_report_words said;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said.text, sizeof said.text, format, arguments);
    va_end(arguments);
    return said;
}

rnn_report_words rnn_report_value(const rnn_report_target *target)
{
    if (target->unit)
        return rnn_report_say("%.*s (%.*s)", RNN_REPORT_NAME, target->name, RNN_REPORT_NAME, target->unit);
    return rnn_report_say("%.*s", RNN_REPORT_NAME, target->name);
}

rnn_svg_labels rnn_report_labels(const rnn_report_rows *series, size_t steps)
{
    return (rnn_svg_labels){.count = series->N,
                            .more_count = series->forecast_labels ? steps : 0,
                            .text = series->labels,
                            .more = series->forecast_labels};
}

rnn_report_words rnn_report_span(const rnn_report_rows *series, size_t first, size_t last)
{
    if (!series->labels)
        return rnn_report_say("row of the series, from 0");
    const char *end = last < series->N          ? series->labels[last]
                      : series->forecast_labels ? series->forecast_labels[last - series->N]
                                                : series->labels[series->N - 1];
    return rnn_report_say("%.25s to %.25s", series->labels[first], end);
}

/* ---- Series -------------------------------------------------------------------------------------------------------- */

static const char *const bands[BANDS] = {"band b0", "band b1", "band b2"};

static size_t forecast_steps(const rnn_report_target *target)
{
    return target->forecast ? target->forecast->steps : 0;
}

static rnn_svg_extent series_extent(const rnn_report_target *target, size_t first)
{
    rnn_svg_extent extent = RNN_SVG_NOTHING;
    const rnn_report_forecast *f = target->forecast;
    rnn_svg_extend(&extent, target->values + first * target->stride, target->series->N - first, target->stride);
    if (f)
        rnn_svg_extend(&extent, f->point, f->steps + 1, 1);
    for (size_t i = 0; f && i < f->band_count; i++) {
        rnn_svg_extend(&extent, f->bands[i].lower, f->steps + 1, 1);
        rnn_svg_extend(&extent, f->bands[i].upper, f->steps + 1, 1);
    }
    return extent;
}

/* Parts begin half a row before their first, so that they meet. */
static void put_parts(const rnn_svg_chart *chart, const rnn_report_rows *rows)
{
    const double end = (double)rows->N - 0.5;
    if (rows->val_first < rows->N)
        rnn_svg_span(chart, "val", (double)rows->val_first - 0.5,
                     rows->test_first < rows->N ? (double)rows->test_first - 0.5 : end);
    if (rows->test_first < rows->N)
        rnn_svg_span(chart, "test", (double)rows->test_first - 0.5, end);
}

/* From the series' last value on. */
static void put_forecast(const rnn_svg_chart *chart, size_t last, const rnn_report_forecast *f)
{
    for (size_t i = 0; i < f->band_count; i++)
        rnn_svg_band(chart, bands[i < BANDS ? i : BANDS - 1], (double)last, f->bands[i].lower, f->bands[i].upper,
                     f->steps + 1);
    rnn_svg_line(chart, "predicted",
                 &(rnn_svg_points){.count = f->steps + 1, .first = (double)last, .values = f->point, .stride = 1});
}

static size_t series_keys(const rnn_report_rows *rows, const rnn_report_forecast *f, rnn_svg_key keys[],
                          rnn_report_words said[])
{
    size_t count = 0;
    keys[count++] = (rnn_svg_key){RNN_SVG_LINE, "actual", "series"};
    if (rows->val_first < rows->N)
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, "val", "validation part"};
    if (rows->test_first < rows->N)
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, "test", "test part"};
    if (f)
        keys[count++] = (rnn_svg_key){RNN_SVG_LINE, "predicted", "forecast"};
    for (size_t i = 0; f && i < f->band_count && i < BANDS; i++) {
        said[i] = rnn_report_say("%.4g %% interval", 100 * f->bands[i].level);
        if (isfinite(f->bands[i].covered))
            said[i] = rnn_report_say("%.4g %% interval (held %.3g %% where it was measured, %s%s ahead)",
                                     100 * f->bands[i].level, 100 * f->bands[i].covered,
                                     f->bands[i].covered_steps > 1 ? "up to " : "",
                                     rnn_count(f->bands[i].covered_steps, "row").text);
        keys[count++] = (rnn_svg_key){RNN_SVG_AREA, bands[i], said[i].text};
    }
    return count;
}

/* From row `first` to the end of series and forecast. */
static void put_series(FILE *stream, const rnn_report_target *target, size_t index, size_t first)
{
    const rnn_report_forecast *f = target->forecast;
    const rnn_report_rows *rows = target->series;
    const size_t last = rows->N + forecast_steps(target) - 1;
    const rnn_svg_labels labels = rnn_report_labels(rows, forecast_steps(target));
    const rnn_svg_extent extent = series_extent(target, first);
    const rnn_report_words id = rnn_report_say("series%zu%s", index, first ? "-end" : "");
    const rnn_report_words name = rnn_report_value(target), span = rnn_report_span(rows, first, last);
    const rnn_report_words title = rnn_report_say("%s%.*s%s", first ? "The end of " : "", RNN_REPORT_NAME, target->name,
                                                  f       ? " and its forecast"
                                                  : first ? ""
                                                          : ", the whole series");
    const rnn_report_words about =
        rnn_report_say("Line of %s from %s to %s. %s", rnn_count(rows->N - first, "value").text,
                       rnn_html_real(extent.low).text, rnn_html_real(extent.high).text,
                       f ? "At its end the forecast as a dashed line, with its intervals as areas."
                         : "The parts of the split are shaded.");
    rnn_svg_key keys[4 + BANDS];
    rnn_report_words said[BANDS];
    const rnn_svg_chart chart = {
        .stream = stream,
        .id = id.text,
        .title = title.text,
        .description = about.text,
        .x = rnn_svg_rows(span.text, (double)first, (double)last, rows->labels ? &labels : NULL),
        .y = rnn_svg_around(name.text, extent),
        .keys = keys,
        .key_count = series_keys(rows, f, keys, said),
    };
    rnn_svg_begin(&chart);
    put_parts(&chart, rows);
    rnn_svg_line(&chart, "actual",
                 &(rnn_svg_points){.count = rows->N - first,
                                   .first = (double)first,
                                   .values = target->values + first * target->stride,
                                   .stride = target->stride});
    if (f)
        put_forecast(&chart, rows->N - 1, f);
    rnn_svg_end(&chart);
}

void rnn_report_put_series(FILE *stream, const rnn_report_data *data, size_t index)
{
    const rnn_report_target *target = &data->targets[index];
    const size_t steps = forecast_steps(target), N = target->series->N;
    const size_t close_up = 8 * steps > SHORTEST ? 8 * steps : SHORTEST;
    put_series(stream, target, index, 0);
    if (steps > 0 && N > 2 * close_up)
        put_series(stream, target, index, N - close_up);
}
