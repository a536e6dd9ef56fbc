/* SPDX-License-Identifier: MIT */
#include "view/forecast.h"

#include "base/json.h"
#include "base/option.h"
#include "view/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What a row past the end is called: its number, as series have no other names for their rows. */
static void row_label(const rnn_forecasts *f, size_t step, char *text, size_t size)
{
    snprintf(text, size, "%zu", f->row + step);
}

static void write_headings(FILE *stream, const rnn_forecasts *f, const rnn_model *model)
{
    fprintf(stream, "index");
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

static void write_number(FILE *stream, double value)
{
    char text[32] = "";
    if (isfinite(value))
        rnn_real_text(value, text, sizeof text);
    fprintf(stream, ",%s", text);
}

static void write_step(FILE *stream, const rnn_forecasts *f, size_t step)
{
    char label[64];
    row_label(f, step, label, sizeof label);
    fprintf(stream, "%s", label);
    for (size_t target = 0; target < f->targets; target++) {
        const size_t at = step * f->targets + target;
        write_number(stream, f->mean[at]);
        for (size_t i = 0; i < f->levels; i++) {
            write_number(stream, f->lower[i * f->steps * f->targets + at]);
            write_number(stream, f->upper[i * f->steps * f->targets + at]);
        }
    }
    fputc('\n', stream);
}

rnn_status rnn_forecasts_csv(const rnn_forecasts *f, const rnn_model *model, char **text, size_t *size)
{
    *text = NULL;
    FILE *stream = open_memstream(text, size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as CSV");
    write_headings(stream, f, model);
    for (size_t step = 0; step < f->steps; step++)
        write_step(stream, f, step);
    if (fclose(stream) != 0)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as CSV");
    return RNN_OK;
}

static json_t *value_to_json(const rnn_forecasts *f, const rnn_model *model, size_t step, size_t target)
{
    const size_t at = step * f->targets + target;
    json_t *intervals = json_array();
    for (size_t i = 0; i < f->levels; i++) {
        const size_t bound = i * f->steps * f->targets + at;
        json_array_append_new(intervals, json_pack("{s:f, s:o, s:o}", "level", f->level[i], "lower",
                                                   rnn_json_real_or_null(f->lower[bound]), "upper",
                                                   rnn_json_real_or_null(f->upper[bound])));
    }
    return json_pack("{s:I, s:s, s:f, s:o}", "index", (json_int_t)f->row + (json_int_t)step, "target",
                     rnn_model_column(model, target), "mean", f->mean[at], "intervals", intervals);
}

json_t *rnn_forecasts_to_json(const rnn_forecasts *f, const rnn_model *model)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < f->steps * f->targets; i++)
        if (json_array_append_new(array, value_to_json(f, model, i / f->targets, i % f->targets)) != 0) {
            json_decref(array);
            array = NULL;
        }
    if (!array)
        rnn_fail(RNN_NO_MEMORY, "out of memory: forecasts as JSON");
    return array;
}
