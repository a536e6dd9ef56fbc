/* SPDX-License-Identifier: MIT
 * csv.c - one pass over the text: a row's cells in use are remembered as (pointer, length), counted, then read as numbers
 *
 * So a ragged row is told before its cells are blamed, and nothing is ever copied but names.
 */
#include "data/csv.h"

#include "base/memory.h"
#include "data/columns.h"
#include "data/csv_cells.h"
#include "data/number.h"
#include "data/series.h"
#include "data/text.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 1 /* room to begin with, doubled as needed: a row may have RNN_MAX_COLUMNS values */

typedef struct csv_table {
    csv_text text;
    char decimal;
    size_t width, first_line; /* cells of the first line, and which line that was */
    char **names;             /* (width), NULL without a header */
    rnn_selection selection;
    csv_cell *cells; /* (selection.count) of the row being read */
    rnn_number_reader *numbers;
} csv_table;

static rnn_status check_format(const char *source, const rnn_table_format *format)
{
    const char delimiter = format->delimiter, decimal = format->decimal;
    if (delimiter && delimiter != ',' && delimiter != ';' && delimiter != '\t')
        return rnn_fail(RNN_USAGE, "%s: delimiter \"%s\", expected a comma, a semicolon or a tab", source,
                        rnn_show(&delimiter, 1).text);
    if (decimal && decimal != '.' && decimal != ',')
        return rnn_fail(RNN_USAGE, "%s: decimal mark \"%s\", expected a point or a comma", source,
                        rnn_show(&decimal, 1).text);
    if (delimiter == ',' && decimal == ',')
        return rnn_fail(RNN_USAGE, "%s: the comma cannot be both delimiter and decimal mark", source);
    return RNN_OK;
}

/* ---- The first line -------------------------------------------------------------------------------------------------- */

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
        if (look == RNN_LOOKS_TEXT && !text->text)
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

/* Settles width and header; leaves the text at the first row of numbers. */
static rnn_status read_first_line(csv_table *table, const rnn_table_format *format)
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

static rnn_status name_columns(const csv_table *table, rnn_series *series)
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
fail:
    free(sorted);
    return status;
}

/* ---- The rows -------------------------------------------------------------------------------------------------------- */

static rnn_status fail_ragged(const csv_table *table, size_t found, bool blank)
{
    const csv_text *text = &table->text;
    if (blank)
        return rnn_fail(RNN_BAD_DATA, "%s:%zu: blank line between rows, expected %zu cells as in line %zu; remove it",
                        text->source, text->row_line, table->width, table->first_line);
    return rnn_fail(RNN_BAD_DATA,
                    "%s:%zu: %zu %s, expected %zu as in line %zu; complete the row (a text that contains the delimiter "
                    "must be quoted)",
                    text->source, text->row_line, found, found == 1 ? "cell" : "cells", table->width,
                    table->first_line);
}

static rnn_status fail_cell(const csv_table *table, size_t column, size_t line)
{
    const char *source = table->text.source;
    if (!table->names)
        return rnn_fail_within(RNN_BAD_DATA, "%s:%zu, column %zu: ", source, line, column + 1);
    return rnn_fail_within(RNN_BAD_DATA, "%s:%zu, column %zu (%s): ", source, line, column + 1,
                           rnn_show_string(table->names[column]).text);
}

static rnn_status read_row(csv_table *table, double *values)
{
    const rnn_selection *selection = &table->selection;
    csv_cell cell;
    size_t found = 0;
    csv_begin_row(&table->text);
    do {
        const rnn_status status = csv_read_cell(&table->text, &cell);
        if (status != RNN_OK)
            return status;
        if (found < table->width && selection->place[found] != RNN_NOT_IN_USE)
            table->cells[selection->place[found]] = cell;
        found++;
    } while (!cell.ends_row);
    if (found != table->width)
        return fail_ragged(table, found, found == 1 && !cell.quoted && cell.size == 0);

    for (size_t i = 0; i < selection->count; i++) {
        const csv_cell *used = &table->cells[i];
        if (rnn_number_read(table->numbers, used->text, used->size, &values[i]) != RNN_OK)
            return fail_cell(table, selection->column[i], used->line);
    }
    return RNN_OK;
}

/* Makes room for `rows` rows; also gives back what was too much. */
static rnn_status resize(rnn_series *series, size_t rows)
{
    size_t bytes;
    double *values = NULL;
    if (!__builtin_mul_overflow(rows, series->columns * sizeof *values, &bytes))
        values = realloc(series->values, bytes);
    if (!values)
        return rnn_fail(RNN_NO_MEMORY, "%s: out of memory: %zu rows of %zu columns", series->source, rows,
                        series->columns);
    series->values = values;
    return RNN_OK;
}

static rnn_status read_rows(csv_table *table, rnn_series *series)
{
    rnn_status status;
    size_t room = series->N;
    series->N = 0;
    while (!csv_at_end(&table->text)) {
        if (series->N == room) {
            room *= 2;
            RNN_TRY(resize(series, room));
        }
        RNN_TRY(read_row(table, series->values + series->N * series->columns));
        series->N++;
    }
    if (series->N == 0)
        return rnn_fail(RNN_BAD_DATA, "%s: a header and no rows, expected at least one row of numbers", series->source);
    status = resize(series, series->N);
fail:
    return status;
}

/* ---- The table ------------------------------------------------------------------------------------------------------- */

static rnn_status open_table(csv_table *table, const char *source, const unsigned char *text, size_t size,
                             const rnn_table_format *format, const rnn_columns *wanted)
{
    rnn_status status;
    const size_t longest = size < RNN_CSV_MAX_LINE ? size : RNN_CSV_MAX_LINE;
    RNN_TRY(check_format(source, format));
    RNN_TRY(csv_open(&table->text, source, text, size));
    table->decimal = format->decimal ? format->decimal : '.';
    table->text.delimiter = format->delimiter ? format->delimiter : csv_choose_delimiter(&table->text, table->decimal);
    RNN_TRY(read_first_line(table, format));
    RNN_TRY(rnn_selection_find(source, wanted, table->names, table->width, &table->selection));
    RNN_TRY(RNN_NEW(table->cells, table->selection.count));
    RNN_TRY(rnn_number_reader_open(longest, table->decimal, &table->numbers));
fail:
    return status;
}

static void close_table(csv_table *table)
{
    rnn_number_reader_free(table->numbers);
    free(table->cells);
    rnn_selection_clear(&table->selection);
    for (size_t i = 0; table->names && i < table->width; i++)
        free(table->names[i]);
    free(table->names);
}

rnn_status rnn_csv_parse(const char *source, const unsigned char *text, size_t size, const rnn_table_format *format,
                         const rnn_columns *wanted, rnn_series **out)
{
    static const rnn_table_format as_the_file_is = {0};
    rnn_status status;
    rnn_series *series = NULL;
    csv_table table = {0};

    *out = NULL;
    RNN_TRY(open_table(&table, source, text, size, format ? format : &as_the_file_is, wanted));
    RNN_TRY(rnn_series_new(source, FIRST_ROWS, table.selection.count, table.selection.targets, &series));
    RNN_TRY(name_columns(&table, series));
    RNN_TRY(read_rows(&table, series));
    close_table(&table);
    *out = series;
    return RNN_OK;
fail:
    rnn_series_free(series);
    close_table(&table);
    return status;
}
