/* SPDX-License-Identifier: MIT */
#include "view/html.h"
#include "view/report_parts.h"

#include <math.h>
#include <string.h>

#define NAME_ROOM 120 /* characters of a name or value in a table */

static void put_cell(FILE *stream, const char *tag, const char *class, const char *text)
{
    fprintf(stream, class ? "<%s class=\"%s\">" : "<%s>", tag, class);
    rnn_html_text(stream, text, NAME_ROOM);
    fprintf(stream, "</%.2s>", tag);
}

/* ---- Scores -------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
} measures[] = {
    {"RMSE", offsetof(rnn_report_errors, rmse)},
    {"MAE", offsetof(rnn_report_errors, mae)},
    {"MASE", offsetof(rnn_report_errors, mase)},
    {"sMAPE %", offsetof(rnn_report_errors, smape)},
};
#define MEASURES (sizeof measures / sizeof *measures)

static double error_of(const rnn_report_errors *errors, size_t measure)
{
    double value;
    memcpy(&value, (const char *)errors + measures[measure].offset, sizeof value);
    return value;
}

static bool is_known(const rnn_report_score *scores, size_t count, size_t measure)
{
    for (size_t i = 0; i < count; i++)
        if (isfinite(error_of(&scores[i].all, measure)))
            return true;
    return false;
}

static void put_board(FILE *stream, const rnn_report_score *scores, size_t count)
{
    bool known[MEASURES];
    fputs("<div class=\"wide\"><table><thead><tr><th scope=\"col\">forecast</th>", stream);
    for (size_t m = 0; m < MEASURES; m++)
        if ((known[m] = is_known(scores, count, m)))
            fprintf(stream, "<th scope=\"col\" class=\"n\">%s</th>", measures[m].name);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t i = 0; i < count; i++) {
        fputs(scores[i].network ? "<tr class=\"own\">" : "<tr>", stream);
        put_cell(stream, "th scope=\"row\"", NULL, scores[i].name);
        for (size_t m = 0; m < MEASURES; m++)
            if (known[m])
                put_cell(stream, "td", "n", rnn_html_real(error_of(&scores[i].all, m)).text);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* RMSE of each step: a column a forecast, since there may be many steps and are few forecasts. */
static void put_steps_table(FILE *stream, const rnn_report_data *data, const rnn_report_score *scores, size_t count)
{
    const size_t steps = data->steps < RNN_REPORT_STEPS ? data->steps : RNN_REPORT_STEPS;
    fputs(
        "<div class=\"wide\"><table><caption>RMSE by step</caption><thead><tr><th scope=\"col\" class=\"n\">step</th>",
        stream);
    for (size_t i = 0; i < count; i++)
        if (scores[i].steps)
            put_cell(stream, "th scope=\"col\"", "n", scores[i].name);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t step = 0; step < steps; step++) {
        fprintf(stream, "<tr><th scope=\"row\" class=\"n\">%zu</th>", step + 1);
        for (size_t i = 0; i < count; i++)
            if (scores[i].steps)
                put_cell(stream, "td", "n", rnn_html_real(scores[i].steps[step].rmse).text);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
    if (steps < data->steps)
        fprintf(stream, "<p class=\"soft\">The first %zu of %zu steps; the chart has all.</p>\n", steps, data->steps);
}

void rnn_report_put_scores(FILE *stream, const rnn_report_data *data, const char *name, const rnn_report_score *scores,
                           size_t count)
{
    bool by_step = false;
    if (name) {
        fputs("<h3>", stream);
        rnn_html_text(stream, name, NAME_ROOM);
        fputs("</h3>\n", stream);
    }
    put_board(stream, scores, count);
    for (size_t i = 0; i < count; i++)
        by_step = by_step || scores[i].steps;
    if (by_step && data->steps > 1)
        put_steps_table(stream, data, scores, count);
}

/* ---- Options, columns, facts --------------------------------------------------------------------------------------- */

static void put_option(FILE *stream, const rnn_report_option *option)
{
    fputs(option->changed ? "<tr class=\"changed\"><th scope=\"row\" class=\"o\">--"
                          : "<tr><th scope=\"row\" class=\"o\">--",
          stream);
    rnn_html_text(stream, option->name, NAME_ROOM);
    fputs(option->changed ? " \xe2\x97\x8f</th>" : "</th>", stream);
    put_cell(stream, "td", "any", option->value);
    put_cell(stream, "td", NULL, option->usual ? option->usual : "");
    fputs("</tr>\n", stream);
}

/* A table a group, which wide pages set side by side. */
void rnn_report_put_options(FILE *stream, const rnn_report_data *data)
{
    const char *group = NULL;
    size_t changed = 0;
    for (size_t i = 0; i < data->option_count; i++)
        changed += data->options[i].changed;
    fprintf(stream, "<p class=\"soft\">%zu of %zu differ from the default: they are marked with \xe2\x97\x8f.</p>\n",
            changed, data->option_count);
    fputs("<div class=\"groups\">", stream);
    for (size_t i = 0; i < data->option_count; i++) {
        const rnn_report_option *option = &data->options[i];
        if (!group || strcmp(group, option->group) != 0) {
            fputs(group ? "</tbody></table>\n<table><caption>" : "<table><caption>", stream);
            rnn_html_text(stream, group = option->group, NAME_ROOM);
            fputs("</caption><thead><tr><th scope=\"col\">option</th><th scope=\"col\">value</th>"
                  "<th scope=\"col\">default</th></tr></thead><tbody>\n",
                  stream);
        }
        put_option(stream, option);
    }
    fputs(group ? "</tbody></table></div>\n" : "</div>\n", stream);
}

void rnn_report_put_columns(FILE *stream, const rnn_report_data *data)
{
    const size_t count = data->column_count < RNN_REPORT_COLUMNS ? data->column_count : RNN_REPORT_COLUMNS;
    fputs("<p>scaled = (value \xe2\x88\x92 shift) / factor", stream);
    if (data->scaling) {
        fputs("; ", stream);
        rnn_html_text(stream, data->scaling, 0);
    }
    fputs(".</p>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">column</th><th scope=\"col\">role</th>"
          "<th scope=\"col\" class=\"n\">shift</th><th scope=\"col\" class=\"n\">factor</th></tr></thead><tbody>\n",
          stream);
    for (size_t i = 0; i < count; i++) {
        fputs("<tr>", stream);
        put_cell(stream, "th scope=\"row\"", "any", data->columns[i].name);
        put_cell(stream, "td", NULL, data->columns[i].role);
        put_cell(stream, "td", "n", rnn_html_real(data->columns[i].shift).text);
        put_cell(stream, "td", "n", rnn_html_real(data->columns[i].factor).text);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
    if (count < data->column_count)
        fprintf(stream, "<p class=\"soft\">The first %zu of %zu columns.</p>\n", count, data->column_count);
}

void rnn_report_put_facts(FILE *stream, const rnn_report_data *data)
{
    fputs("<dl>\n", stream);
    for (size_t i = 0; i < data->fact_count; i++) {
        const rnn_report_fact *fact = &data->facts[i];
        put_cell(stream, "dt", NULL, fact->name);
        fputs(fact->code ? "<dd><code>" : "<dd>", stream);
        rnn_html_text(stream, fact->value, 0);
        fputs(fact->code ? "</code></dd>\n" : "</dd>\n", stream);
    }
    fputs("</dl>\n", stream);
}
