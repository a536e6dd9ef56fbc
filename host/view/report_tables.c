/* SPDX-License-Identifier: MIT */
#include "view/html.h"
#include "view/report_parts.h"

#include <string.h>

static void put_option(FILE *stream, const rnn_report_option *option)
{
    fputs(option->changed ? "<tr class=\"changed\"><th scope=\"row\" class=\"o\">--"
                          : "<tr><th scope=\"row\" class=\"o\">--",
          stream);
    rnn_html_text(stream, option->name, RNN_REPORT_CELL);
    fputs(option->changed ? " \xe2\x97\x8f</th>" : "</th>", stream);
    rnn_report_put_cell(stream, "td", "any", option->value);
    rnn_report_put_cell(stream, "td", NULL, option->usual ? option->usual : "");
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
            rnn_html_text(stream, group = option->group, RNN_REPORT_CELL);
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
        rnn_report_put_cell(stream, "th scope=\"row\"", "any", data->columns[i].name);
        rnn_report_put_cell(stream, "td", NULL, data->columns[i].role);
        rnn_report_put_cell(stream, "td", "n", rnn_html_real(data->columns[i].shift).text);
        rnn_report_put_cell(stream, "td", "n", rnn_html_real(data->columns[i].factor).text);
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
        rnn_report_put_cell(stream, "dt", NULL, fact->name);
        fputs(fact->code ? "<dd><code>" : "<dd>", stream);
        rnn_html_text(stream, fact->value, 0);
        fputs(fact->code ? "</code></dd>\n" : "</dd>\n", stream);
    }
    fputs("</dl>\n", stream);
}
