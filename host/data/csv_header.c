/* SPDX-License-Identifier: MIT
 * csv_header.c - what the first line of a text table is, and what its columns are called
 */
#include "base/memory.h"
#include "data/csv_table.h"
#include "data/series.h"
#include "data/text.h"
#include "data/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_time(const csv_cell *cell)
{
    rnn_time_style style;
    int64_t time;
    return rnn_time_read(cell->text, cell->size, &style, &time);
}

/* Reads a line for its width and for what its cells look like: `text` is the first that is no number at all. */
static rnn_status survey_line(csv_table *table, csv_cell *text, bool *numbers)
{
    csv_cell cell;
    *text = (csv_cell){0};
    *numbers = false;
    csv_begin_row(&table->text);
    do {
        rnn_status status = csv_read_cell(&table->text, &cell);
        if (status == RNN_OK)
            status = rnn_check_width(table->text.source, ++table->width);
        if (status != RNN_OK)
            return status;
        const rnn_number_look look = rnn_number_look_at(cell.text, cell.size, table->decimal);
        *numbers |= look == RNN_LOOKS_NUMBER;
        if (look == RNN_LOOKS_TEXT && !text->text && !is_time(&cell))
            *text = cell;
    } while (!cell.ends_row);
    return RNN_OK;
}

static rnn_status read_names(csv_table *table)
{
    csv_cell cell;
    rnn_status status = RNN_NEW(table->names, table->width);
    csv_begin_row(&table->text);
    for (size_t i = 0; status == RNN_OK && i < table->width; i++) {
        status = csv_read_cell(&table->text, &cell);
        if (status == RNN_OK)
            status = csv_copy_cell(&cell, &table->names[i]);
    }
    return status;
}

rnn_status csv_read_first_line(csv_table *table, const rnn_table_format *format)
{
    csv_cell text;
    bool numbers;
    const csv_text start = table->text;
    const rnn_status status = survey_line(table, &text, &numbers);
    if (status != RNN_OK)
        return status;
    table->text = start;
    table->first_line = start.line;
    if (format->header == RNN_HEADER_NO || (format->header == RNN_HEADER_AUTO && !text.text))
        return RNN_OK;
    if (format->header == RNN_HEADER_AUTO && numbers)
        rnn_notice("%s:%zu: taken as the header since \"%s\" is no number, although others are; if it is data, say "
                   "--header no",
                   start.source, start.line, rnn_show(text.text, text.size).text);
    return read_names(table);
}

/* "Year", "ds", "timestamp": a column of such a name may be taken as times. */
static bool is_named_like_time(const char *name)
{
    static const char *const words[] = {"year", "date", "time",    "datetime", "timestamp", "ds", "month",
                                        "day",  "hour", "quarter", "period",   "week",      "t"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    return false;
}

static bool is_of_digits(const csv_cell *cell)
{
    size_t digits = 0;
    while (digits < cell->size && cell->text[digits] >= '0' && cell->text[digits] <= '9')
        digits++;
    return digits == cell->size;
}

void csv_find_times(const csv_table *table, bool *time_like)
{
    csv_text text = table->text;
    csv_cell cell = {.ends_row = false};
    rnn_time_style style;
    int64_t time;
    if (csv_at_end(&text))
        return;
    csv_begin_row(&text);
    for (size_t i = 0; i < table->width && !cell.ends_row && csv_read_cell(&text, &cell) == RNN_OK; i++)
        time_like[i] =
            rnn_time_read(cell.text, cell.size, &style, &time) &&
            (i == 0 ? !rnn_time_looks_like_number(&style) || (table->names && is_named_like_time(table->names[0]))
                    : !is_of_digits(&cell));
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Columns of that name: none, one, or 2 for several; sorted (width) are all names. */
static int count_named(const csv_table *table, char *const *sorted, const char *name)
{
    char *const *const last = sorted + table->width - 1;
    char *const *found = bsearch(&name, sorted, table->width, sizeof *sorted, compare_names);
    if (!found)
        return 0;
    return (found > sorted && strcmp(found[-1], name) == 0) || (found < last && strcmp(found[1], name) == 0) ? 2 : 1;
}

/* A column is called what finds it again: its name, or its position where the name is empty or not its own. */
static rnn_status name_column(const csv_table *table, char *const *sorted, size_t i, rnn_series *series)
{
    const size_t column = table->selection.column[i];
    const char *name = table->names[column];
    if (!rnn_is_utf8(name, strlen(name)))
        return rnn_fail(RNN_BAD_DATA, "%s:%zu, column %zu: the name \"%s\" is not UTF-8; save the file as UTF-8",
                        series->source, table->first_line, column + 1, rnn_show_string(name).text);
    if (*name && count_named(table, sorted, name) == 1)
        return RNN_COPY_TEXT(series->names[i], name);
    const rnn_status status = rnn_series_name_by_position(series, i, column + 1);
    if (status == RNN_OK && count_named(table, sorted, series->names[i]) > 0)
        return rnn_fail(
            RNN_BAD_DATA,
            "%s:%zu, column %zu: the name \"%s\" is not its own, and another column is called \"%zu\"; give "
            "each column its name",
            series->source, table->first_line, column + 1, rnn_show_string(name).text, column + 1);
    return status;
}

/* What the columns of times and ids are called: for whoever reads another file for the same model. */
static rnn_status name_others(const csv_table *table, rnn_series *series)
{
    const size_t columns[] = {table->selection.time, table->selection.id};
    char **const names[] = {&series->time_name, &series->id_name};
    rnn_status status = RNN_OK;
    for (size_t i = 0; status == RNN_OK && i < 2; i++) {
        char position[3 * sizeof(size_t) + 1];
        if (columns[i] == RNN_NOT_IN_USE)
            continue;
        snprintf(position, sizeof position, "%zu", columns[i] + 1);
        status =
            RNN_COPY_TEXT(*names[i], table->names && *table->names[columns[i]] ? table->names[columns[i]] : position);
    }
    return status;
}

rnn_status csv_name_columns(const csv_table *table, rnn_series *series)
{
    rnn_status status = RNN_OK;
    char **sorted = NULL;
    if (table->names) {
        RNN_TRY(RNN_NEW(sorted, table->width));
        memcpy(sorted, table->names, table->width * sizeof *sorted);
        qsort(sorted, table->width, sizeof *sorted, compare_names);
    }
    for (size_t i = 0; i < series->columns; i++)
        RNN_TRY(table->names ? name_column(table, sorted, i, series)
                             : rnn_series_name_by_position(series, i, table->selection.column[i] + 1));
    status = name_others(table, series);
fail:
    free(sorted);
    return status;
}
