/* SPDX-License-Identifier: MIT */
#include "view/results.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/option.h"
#include "base/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- History ------------------------------------------------------------------------------------------------------- */

static rnn_status write_epoch(rnn_writer *writer, const rnn_epoch *epoch)
{
    rnn_status status = RNN_NO_MEMORY;
    json_t *object =
        json_pack("{s:I, s:o, s:o, s:o, s:f, s:f, s:I, s:s}", "epoch", (json_int_t)epoch->epoch, "loss",
                  rnn_json_real_or_null(epoch->loss), "val_loss", rnn_json_real_or_null(epoch->val_loss), "val_rmse",
                  rnn_json_real_or_null(epoch->val_rmse), "learning_rate", epoch->learning_rate, "seconds",
                  epoch->seconds, "rollbacks", (json_int_t)epoch->rollbacks, "weights_sha256", epoch->weights_sha256);
    char *line = object ? json_dumps(object, JSON_COMPACT | RNN_JSON_EXACT) : NULL;
    if (line)
        status = rnn_writer_format(writer, "%s\n", line);
    else
        rnn_fail(status, "out of memory: a line of history");
    free(line);
    json_decref(object);
    return status;
}

rnn_status rnn_history_save(const rnn_epoch *history, size_t epochs, const char *path)
{
    rnn_status status;
    rnn_writer *writer = NULL;
    RNN_TRY(rnn_writer_open(path, &writer));
    for (size_t e = 0; e < epochs; e++)
        RNN_TRY(write_epoch(writer, &history[e]));
    status = rnn_writer_commit(writer);
fail:
    rnn_writer_free(writer);
    return status;
}

/* ---- Predictions --------------------------------------------------------------------------------------------------- */

static bool needs_quotes(const char *text)
{
    return strpbrk(text, ",\"\r\n") != NULL;
}

/* Inside quotes a quote is written twice. */
static void write_doubled(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
}

void rnn_csv_cell(FILE *stream, const char *text)
{
    const char *quote = needs_quotes(text) ? "\"" : "";
    fputs(quote, stream);
    write_doubled(stream, text);
    fputs(quote, stream);
}

void rnn_csv_heading(FILE *stream, const char *word, const char *name, size_t step)
{
    const bool quoted = name && needs_quotes(name);
    fprintf(stream, quoted ? ",\"%s" : ",%s", word);
    if (name) {
        fputc('_', stream);
        write_doubled(stream, name);
    }
    if (step)
        fprintf(stream, "_%zu", step);
    if (quoted)
        fputc('"', stream);
}

void rnn_csv_number(FILE *stream, double value)
{
    char text[32] = "";
    if (isfinite(value))
        rnn_real_text(value, text, sizeof text);
    fprintf(stream, ",%s", text);
}

static void write_row(FILE *stream, const rnn_predictions *p, const rnn_series *series, size_t i,
                      const rnn_split *split)
{
    char time[64];
    const size_t O = p->horizon * p->targets;
    if (split)
        fprintf(stream, "%s,", i < split->train ? "train" : i < split->train + split->val ? "val" : "test");
    if (series->ids) {
        rnn_csv_cell(stream, series->ids[p->parts[i]]);
        fputc(',', stream);
    }
    fprintf(stream, "%zu", p->rows[i] - series->starts[p->parts[i]]);
    if (series->times) {
        rnn_series_label(series, p->parts[i], p->rows[i], time, sizeof time);
        fprintf(stream, ",%s", time);
    }
    for (size_t o = 0; o < O; o++) {
        char actual[32] = "", predicted[32];
        if (!isnan(p->actual[i * O + o]))
            rnn_real_text(p->actual[i * O + o], actual, sizeof actual);
        rnn_real_text(p->predicted[i * O + o], predicted, sizeof predicted);
        fprintf(stream, ",%s,%s", actual, predicted);
        for (size_t q = 0; q < p->Q; q++) {
            rnn_real_text(p->quantiles[(i * O + o) * p->Q + q], predicted, sizeof predicted);
            fprintf(stream, ",%s", predicted);
        }
    }
    fputc('\n', stream);
}

/* What a window is asked for and said, of one step and target. */
static void write_headings(FILE *stream, const rnn_predictions *p, const rnn_model *model, size_t step, size_t target)
{
    const char *name = p->targets > 1 ? rnn_model_column(model, target) : NULL;
    const size_t number = p->horizon > 1 ? step + 1 : 0;
    rnn_csv_heading(stream, "actual", name, number);
    rnn_csv_heading(stream, "predicted", name, number);
    for (size_t q = 0; q < p->Q; q++) {
        char word[32] = "q";
        rnn_real_text(rnn_model_settings(model)->quantiles.values[q], word + 1, sizeof word - 1);
        rnn_csv_heading(stream, word, name, number);
    }
}

rnn_status rnn_predictions_csv(const rnn_predictions *p, const rnn_model *model, const rnn_series *series,
                               const rnn_split *split, char **text, size_t *size)
{
    *text = NULL;
    FILE *stream = open_memstream(text, size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: predictions as CSV");
    fprintf(stream, "%s%sindex%s", split ? "split," : "", series->ids ? "id," : "", series->times ? ",time" : "");
    for (size_t step = 0; step < p->horizon; step++)
        for (size_t target = 0; target < p->targets; target++)
            write_headings(stream, p, model, step, target);
    fputc('\n', stream);
    for (size_t i = 0; i < p->count; i++)
        write_row(stream, p, series, i, split);
    if (fclose(stream) != 0)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: predictions as CSV");
    return RNN_OK;
}

/* ---- Text and JSON ------------------------------------------------------------------------------------------------- */

rnn_status rnn_save_text(const char *path, const char *text, size_t size)
{
    rnn_status status;
    rnn_writer *writer = NULL;
    RNN_TRY(rnn_writer_open(path, &writer));
    RNN_TRY(rnn_writer_write(writer, text, size));
    status = rnn_writer_commit(writer);
fail:
    rnn_writer_free(writer);
    return status;
}

static char *dump(const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(2) | RNN_JSON_EXACT | JSON_ENCODE_ANY);
    if (!text)
        rnn_fail(RNN_NO_MEMORY, "out of memory: JSON text");
    return text;
}

rnn_status rnn_save_json(const char *path, const json_t *value)
{
    rnn_status status;
    rnn_writer *writer = NULL;
    char *text = dump(value);
    if (!text)
        return RNN_NO_MEMORY;
    RNN_TRY(rnn_writer_open(path, &writer));
    RNN_TRY(rnn_writer_format(writer, "%s\n", text));
    status = rnn_writer_commit(writer);
fail:
    rnn_writer_free(writer);
    free(text);
    return status;
}

rnn_status rnn_print_json(FILE *stream, const json_t *value)
{
    char *text = dump(value);
    if (!text)
        return RNN_NO_MEMORY;
    fprintf(stream, "%s\n", text);
    free(text);
    return RNN_OK;
}

/* ---- Lines --------------------------------------------------------------------------------------------------------- */

/* A number as NumPy prints an array's element: eight decimals, zeros at the end dropped. */
static void numpy_number(double value, char *text, size_t size)
{
    snprintf(text, size, "%.8f", value);
    if (!strchr(text, '.'))
        return;
    size_t length = strlen(text);
    while (text[length - 1] == '0')
        text[--length] = '\0';
}

void rnn_epoch_line(const rnn_epoch *epoch, rnn_recipe recipe, char *text, size_t size)
{
    if (recipe == RNN_RECIPE_ARTICLE) {
        char loss[64], val_loss[64];
        numpy_number(epoch->loss, loss, sizeof loss);
        numpy_number(epoch->val_loss, val_loss, sizeof val_loss);
        snprintf(text, size, "Epoch:  %zu , Loss:  [[%s]] , Val Loss:  [[%s]]", epoch->epoch, loss, val_loss);
        return;
    }
    int used = snprintf(text, size, "epoch %zu/%zu  loss %.8f", epoch->epoch, epoch->epochs, epoch->loss);
    if (!isnan(epoch->val_loss))
        snprintf(text + used, size - (size_t)used, "  val_loss %.8f  val_rmse %.6g", epoch->val_loss, epoch->val_rmse);
}
