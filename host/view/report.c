/* SPDX-License-Identifier: MIT
 * report.c - the page: its head, and its sections in their order
 */
#include "view/report.h"

#include "base/c_locale.h"
#include "view/html.h"
#include "view/report_parts.h"
#include "view/results.h"

#include <stdlib.h>

#define COMMAND_ROOM 8000 /* characters: a path may have 4096 */

static void open_section(FILE *stream, const char *id, const char *title)
{
    fprintf(stream, "<section id=\"%s\"><h2>%s</h2>\n", id, title);
}

static void close_section(FILE *stream)
{
    fputs("</section>\n", stream);
}

/* Nothing from elsewhere is loaded or run: the policy has the browser hold the page to that. */
static void put_head(FILE *stream, const rnn_report_data *data)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
          "<meta name=\"generator\" content=\"rnn_cl " RNN_CL_VERSION "\">\n<title>",
          stream);
    rnn_html_text(stream, data->title, 160);
    fputs("</title>\n<style>\n", stream);
    for (const char *const *rule = rnn_report_style; *rule; rule++)
        fputs(*rule, stream);
    fputs("</style>\n</head>\n<body>\n<main>\n<header><h1>", stream);
    rnn_html_text(stream, data->title, 160);
    fputs("</h1>\n", stream);
    if (data->headline) {
        fputs("<p class=\"lead\">", stream);
        rnn_html_text(stream, data->headline, 0);
        fputs("</p>\n", stream);
    }
    for (size_t i = 0; i < sizeof data->notes / sizeof *data->notes && data->notes[i]; i++) {
        fputs("<p>", stream);
        rnn_html_text(stream, data->notes[i], 0);
        fputs("</p>\n", stream);
    }
    fputs("</header>\n", stream);
}

/* Of several targets only the first have charts. */
static size_t charted(const rnn_report_data *data)
{
    return data->target_count < RNN_REPORT_TARGETS ? data->target_count : RNN_REPORT_TARGETS;
}

static void put_uncharted(FILE *stream, const rnn_report_data *data)
{
    const size_t first = charted(data), last = data->target_count < first + 40 ? data->target_count : first + 40;
    if (first == data->target_count)
        return;
    fprintf(stream, "<p>Charts show the first %zu of %zu %s. Without charts: ", first, data->target_count,
            data->targets_are ? data->targets_are : "targets");
    for (size_t i = first; i < last; i++) {
        fputs(i > first ? ", " : "", stream);
        rnn_html_text(stream, data->targets[i].name, 80);
    }
    if (last < data->target_count)
        fprintf(stream, " and %zu more", data->target_count - last);
    fputs(".</p>\n", stream);
}

static bool has_predictions(const rnn_report_target *target)
{
    return target->series && target->count > 0;
}

static bool has_series(const rnn_report_target *target)
{
    return target->series && target->series->N > 0 && target->values;
}

static bool has_forecast(const rnn_report_target *target)
{
    return has_series(target) && target->forecast;
}

static void put_series_section(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "series", "Series");
    put_uncharted(stream, data);
    for (size_t i = 0; i < charted(data); i++)
        if (has_series(&data->targets[i]))
            rnn_report_put_series(stream, data, i);
    close_section(stream);
}

static void put_forecast_section(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "forecast", "Forecast");
    if (data->forecast_note) {
        fputs("<p>", stream);
        rnn_html_text(stream, data->forecast_note, 0);
        fputs("</p>\n", stream);
    }
    fputs("<div class=\"groups\">\n", stream);
    for (size_t i = 0; i < charted(data); i++)
        if (has_forecast(&data->targets[i]))
            rnn_report_put_forecast(stream, &data->targets[i]);
    fputs("</div>\n", stream);
    close_section(stream);
}

static void put_predictions_section(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "predictions", "Actual and predicted");
    if (data->steps > 1)
        fprintf(stream, "<p>The first of the %zu steps that are predicted at once.</p>\n", data->steps);
    for (size_t i = 0; i < charted(data); i++)
        if (has_predictions(&data->targets[i]))
            rnn_report_put_predictions(stream, data, i);
    close_section(stream);
}

static rnn_status put_residuals_section(FILE *stream, const rnn_report_data *data)
{
    rnn_status status = RNN_OK;
    open_section(stream, "residuals", "Residuals");
    for (size_t i = 0; i < charted(data); i++)
        if (has_predictions(&data->targets[i]))
            RNN_TRY(rnn_report_put_residuals(stream, data, i));
    close_section(stream);
fail:
    return status;
}

static void put_steps_section(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "steps", "Error by step ahead");
    for (size_t i = 0; i < data->board_count; i++)
        rnn_report_put_steps(stream, &data->boards[i], i);
    close_section(stream);
}

static void put_scores_section(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "scores", "Scoreboard");
    fprintf(stream, "<p>Errors in the units of the series%s.</p>\n",
            data->target_count > 1 ? "; all targets and series count alike" : "");
    for (size_t i = 0; i < data->board_count; i++)
        rnn_report_put_board(stream, &data->boards[i]);
    close_section(stream);
}

static void put_command(FILE *stream, const rnn_report_data *data)
{
    open_section(stream, "again", "The same run again");
    fputs("<pre><code>", stream);
    rnn_html_text(stream, data->command, COMMAND_ROOM);
    fputs("</code></pre>\n", stream);
    close_section(stream);
}

static bool any_target(const rnn_report_data *data, bool (*has)(const rnn_report_target *))
{
    for (size_t i = 0; i < charted(data); i++)
        if (has(&data->targets[i]))
            return true;
    return false;
}

static rnn_status put_page(FILE *stream, const rnn_report_data *data)
{
    rnn_status status = RNN_OK;
    put_head(stream, data);
    if (any_target(data, has_series))
        put_series_section(stream, data);
    if (any_target(data, has_forecast) || data->forecast_note)
        put_forecast_section(stream, data);
    if (any_target(data, has_predictions))
        put_predictions_section(stream, data);
    if (data->epochs && data->loss) {
        open_section(stream, "training", "Training");
        rnn_report_put_loss(stream, data);
        close_section(stream);
    }
    if (any_target(data, has_predictions))
        RNN_TRY(put_residuals_section(stream, data));
    if (data->board_count && data->steps > 1)
        put_steps_section(stream, data);
    if (data->board_count)
        put_scores_section(stream, data);
    if (data->option_count) {
        open_section(stream, "options", "Options");
        rnn_report_put_options(stream, data);
        close_section(stream);
    }
    if (data->column_count) {
        open_section(stream, "columns", "Columns and scaling");
        rnn_report_put_columns(stream, data);
        close_section(stream);
    }
    if (data->fact_count) {
        open_section(stream, "facts", "Device, versions, digests");
        rnn_report_put_facts(stream, data);
        close_section(stream);
    }
    if (data->command)
        put_command(stream, data);
    fputs("<footer><p>rnn_cl " RNN_CL_VERSION, stream);
    if (data->figures)
        fprintf(stream, "; the figures in full precision are in %s beside this page.", data->figures);
    fputs("</p></footer>\n</main>\n</body>\n</html>\n", stream);
fail:
    return status;
}

rnn_status rnn_report_html(const rnn_report_data *data, char **text, size_t *size)
{
    *text = NULL;
    FILE *stream = open_memstream(text, size);
    if (!stream)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the report");
    const locale_t before = rnn_c_locale_enter(); /* numbers and coordinates have a decimal point */
    rnn_status status = put_page(stream, data);
    rnn_c_locale_leave(before);
    if (fclose(stream) != 0 && status == RNN_OK)
        status = rnn_fail(RNN_NO_MEMORY, "out of memory: the report");
    if (status) {
        free(*text);
        *text = NULL;
    }
    return status;
}

rnn_status rnn_report_save(const rnn_report_data *data, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    rnn_status status;
    RNN_TRY(rnn_report_html(data, &text, &size));
    status = rnn_save_text(path, text, size);
fail:
    free(text);
    return status;
}
