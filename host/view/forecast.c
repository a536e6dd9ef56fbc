/* SPDX-License-Identifier: MIT */
#include "view/forecast.h"

#include "base/json.h"
#include "data/series.h"
#include "view/results.h"

#include <stdio.h>
#include <stdlib.h>

static void write_headings(FILE *stream, const rnn_forecasts *f, const rnn_model *model, const rnn_series *series)
{
    fprintf(stream, "%sindex%s", series->ids ? "id," : "", series->times ? ",time" : "");
    for (size_t target = 0; target < f->targets; target++) {
        const char *name = f->targets > 1 ? rnn_model_column(model, target) : NULL;
        rnn_csv_heading(stream, "mean", name, 0);
        for (size_t i = 0; i < f->levels; i++) {
            char word[48];
            snprintf(word, sizeof word, "lower_%.6g", 100 * f->level[i]);
            rnn_csv_heading(stream, word, name, 0);
            snprintf(word, sizeof word, "upper_%.6g", 100 * f->level[i]);
            rnn_csv_heading(stream, word, name, 0);
        }
    }
    fputc('\n', stream);
}

static void write_step(FILE *stream, const rnn_forecasts *f, const rnn_series *series, size_t index, size_t step)
{
    const size_t row = f->rows[index] + step, part = rnn_series_part(series, f->rows[index] - 1);
    char time[64];
    if (series->ids) {
        rnn_csv_cell(stream, series->ids[part]);
        fputc(',', stream);
    }
    fprintf(stream, "%zu", row - series->starts[part]);
    if (series->times) {
        rnn_series_label(series, part, row, time, sizeof time);
        fprintf(stream, ",%s", time);
    }
    for (size_t target = 0; target < f->targets; target++) {
        const size_t at = (index * f->steps + step) * f->targets + target;
        rnn_csv_number(stream, f->mean[at]);
        for (size_t i = 0; i < f->levels; i++) {
            rnn_csv_number(stream, f->lower[i * f->parts * f->steps * f->targets + at]);
            rnn_csv_number(stream, f->upper[i * f->parts * f->steps * f->targets + at]);
        }
    }
    fputc('\n', stream);
}

rnn_status rnn_forecasts_csv(const rnn_forecasts *f, const rnn_model *model, const rnn_series *series, char **text,
                             size_t *size)
{
    *text = NULL;
    FILE *stream = open_memstream(text, size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as CSV");
    write_headings(stream, f, model, series);
    for (size_t i = 0; i < f->parts * f->steps; i++)
        write_step(stream, f, series, i / f->steps, i % f->steps);
    if (fclose(stream) != 0)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as CSV");
    return RNN_OK;
}

static json_t *value_to_json(const rnn_forecasts *f, const rnn_model *model, const rnn_series *series, size_t at)
{
    const size_t target = at % f->targets, step = at / f->targets % f->steps;
    const size_t first = f->rows[at / f->targets / f->steps], row = first + step,
                 part = rnn_series_part(series, first - 1);
    char time[64] = "";
    json_t *intervals = json_array();
    for (size_t i = 0; i < f->levels; i++) {
        const size_t bound = i * f->parts * f->steps * f->targets + at;
        json_array_append_new(intervals, json_pack("{s:f, s:o, s:o}", "level", f->level[i], "lower",
                                                   rnn_json_real_or_null(f->lower[bound]), "upper",
                                                   rnn_json_real_or_null(f->upper[bound])));
    }
    if (series->times)
        rnn_series_label(series, part, row, time, sizeof time);
    return json_pack("{s:s*, s:I, s:s*, s:s, s:f, s:o}", "id", series->ids ? series->ids[part] : NULL, "index",
                     (json_int_t)row - (json_int_t)series->starts[part], "time", series->times ? time : NULL, "target",
                     rnn_model_column(model, target), "mean", f->mean[at], "intervals", intervals);
}

json_t *rnn_forecasts_to_json(const rnn_forecasts *f, const rnn_model *model, const rnn_series *series)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < f->parts * f->steps * f->targets; i++)
        if (json_array_append_new(array, value_to_json(f, model, series, i)) != 0) {
            json_decref(array);
            array = NULL;
        }
    if (!array)
        rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as JSON");
    return array;
}
