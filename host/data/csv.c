/* SPDX-License-Identifier: MIT
 * csv.c - one pass over the text: a row's cells in use are remembered as (pointer, length), counted, then read as numbers
 *
 * So a ragged row is told before its cells are blamed, and nothing is ever copied but names.
 */
#include "data/csv.h"

#include "base/memory.h"
#include "data/csv_table.h"
#include "data/series.h"
#include "data/settle.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROWS 1 /* room to begin with, doubled as needed: a row may have RNN_MAX_COLUMNS values */

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

/* NAN for a missing cell, where that is allowed: for a known column's sake whole rows of the future are, and told apart later. */
static rnn_status read_cell(csv_table *table, size_t i, double *value)
{
    const csv_cell *cell = &table->cells[i];
    const bool allowed = table->options->missing != RNN_MISSING_ERROR || table->selection.known > 0;
    if (allowed && rnn_number_is_missing(cell->text, cell->size, table->decimal)) {
        *value = (double)NAN;
        return RNN_OK;
    }
    if (rnn_number_read(table->numbers, cell->text, cell->size, value) != RNN_OK)
        return fail_cell(table, table->selection.column[i], cell->line);
    return RNN_OK;
}

static rnn_status read_id(csv_table *table, uint32_t *number)
{
    const csv_cell *cell = &table->id;
    char *text;
    rnn_status status = csv_copy_cell(cell, &text);
    if (status != RNN_OK)
        return status;
    if (*text && rnn_is_utf8(text, strlen(text))) {
        const rnn_status taken = rnn_ids_take(table->ids, text, number);
        return taken == RNN_BAD_DATA ? fail_cell(table, table->selection.id, cell->line) : taken;
    }
    if (*text)
        rnn_fail(RNN_BAD_DATA, "\"%s\" is not UTF-8; save the file as UTF-8", rnn_show_string(text).text);
    else
        rnn_fail(RNN_BAD_DATA, "empty cell; --id must name a series in every row");
    free(text);
    return fail_cell(table, table->selection.id, cell->line);
}

/* Times that were only recognised are given up where one is none: nobody asked for them. */
static rnn_status read_time(csv_table *table, rnn_series *series)
{
    const csv_cell *cell = &table->time;
    rnn_time_style style;
    int64_t time;
    if (rnn_time_read(cell->text, cell->size, &style, &time) && (series->N == 0 || style.kind == series->style.kind)) {
        if (series->N == 0)
            series->style = style;
        series->times[series->N] = time;
        return RNN_OK;
    }
    if (table->options->time) {
        rnn_fail(
            RNN_BAD_DATA,
            "\"%s\" is no time written as the rows before it, or as 2001-02-03, 2001-02-03 04:05, 20010203, 2001-02, "
            "2001Q2 or 2001; --time none takes rows as they come",
            rnn_show(cell->text, cell->size).text);
        return fail_cell(table, table->selection.time, cell->line);
    }
    rnn_notice(
        "%s:%zu: \"%s\" is no time as the rows before it have: column %zu is not used, rows are taken as they come; "
        "--time %zu insists",
        series->source, cell->line, rnn_show(cell->text, cell->size).text, table->selection.time + 1,
        table->selection.time + 1);
    table->selection.time = RNN_NOT_IN_USE;
    free(series->times);
    series->times = NULL;
    return RNN_OK;
}

static rnn_status read_row(csv_table *table, rnn_series *series)
{
    const rnn_selection *selection = &table->selection;
    double *values = series->values + series->N * series->columns;
    csv_cell cell;
    size_t found = 0;
    csv_begin_row(&table->text);
    do {
        const rnn_status status = csv_read_cell(&table->text, &cell);
        if (status != RNN_OK)
            return status;
        if (found < table->width && selection->place[found] != RNN_NOT_IN_USE)
            table->cells[selection->place[found]] = cell;
        if (found == selection->time)
            table->time = cell;
        if (found == selection->id)
            table->id = cell;
        found++;
    } while (!cell.ends_row);
    if (found != table->width)
        return fail_ragged(table, found, found == 1 && !cell.quoted && cell.size == 0);

    rnn_status status = RNN_OK;
    series->lines[series->N] = (uint32_t)table->text.row_line;
    for (size_t i = 0; status == RNN_OK && i < selection->count; i++)
        status = read_cell(table, i, &values[i]);
    if (status == RNN_OK && selection->time != RNN_NOT_IN_USE)
        status = read_time(table, series);
    if (status == RNN_OK && selection->id != RNN_NOT_IN_USE)
        status = read_id(table, &table->part[series->N]);
    return status;
}

/* The array with room for `rows` rows of `width` bytes; NULL: the message says so, and the array is as it was. */
static void *resized(void *array, size_t rows, size_t width, const rnn_series *series)
{
    size_t bytes;
    void *more = NULL;
    if (!__builtin_mul_overflow(rows, width, &bytes))
        more = realloc(array, bytes);
    if (!more)
        rnn_fail(RNN_NO_MEMORY, "%s: out of memory: %zu rows of %zu columns", series->source, rows, series->columns);
    return more;
}

#define RESIZE(array, width)                                                        \
    do {                                                                            \
        void *const more = resized(array, rows, (width) * sizeof *(array), series); \
        if (!more)                                                                  \
            return RNN_NO_MEMORY;                                                   \
        (array) = more;                                                             \
    } while (0)

/* Makes room for `rows` rows; also gives back what was too much. */
static rnn_status resize(csv_table *table, rnn_series *series, size_t rows)
{
    RESIZE(series->values, series->columns);
    RESIZE(series->lines, 1);
    if (table->selection.time != RNN_NOT_IN_USE)
        RESIZE(series->times, 1);
    if (table->selection.id != RNN_NOT_IN_USE)
        RESIZE(table->part, 1);
    return RNN_OK;
}
#undef RESIZE

static rnn_status read_rows(csv_table *table, rnn_series *series)
{
    rnn_status status;
    size_t room = series->N;
    series->N = 0;
    RNN_TRY(resize(table, series, room));
    while (!csv_at_end(&table->text)) {
        if (series->N == room) {
            room *= 2;
            RNN_TRY(resize(table, series, room));
        }
        RNN_TRY(read_row(table, series));
        series->N++;
    }
    if (series->N == 0)
        return rnn_fail(RNN_BAD_DATA, "%s: a header and no rows, expected at least one row of numbers", series->source);
    status = resize(table, series, series->N);
fail:
    return status;
}

/* ---- The table ------------------------------------------------------------------------------------------------------- */

static rnn_status open_table(csv_table *table, const char *source, const unsigned char *text, size_t size)
{
    const rnn_table_format *format = &table->options->format;
    rnn_status status;
    bool *time_like = NULL;
    const size_t longest = size < RNN_CSV_MAX_LINE ? size : RNN_CSV_MAX_LINE;
    RNN_TRY(check_format(source, format));
    RNN_TRY(csv_open(&table->text, source, text, size));
    table->decimal = format->decimal ? format->decimal : '.';
    table->text.delimiter = format->delimiter ? format->delimiter : csv_choose_delimiter(&table->text, table->decimal);
    RNN_TRY(csv_read_first_line(table, format));
    RNN_TRY(RNN_NEW(time_like, table->width));
    csv_find_times(table, time_like);
    RNN_TRY(rnn_selection_find(source, table->options, table->names, table->width, time_like, &table->selection));
    RNN_TRY(RNN_NEW(table->cells, table->selection.count));
    RNN_TRY(rnn_number_reader_open(longest, table->decimal, &table->numbers));
fail:
    free(time_like);
    return status;
}

static void close_table(csv_table *table)
{
    free(table->part);
    rnn_number_reader_free(table->numbers);
    free(table->cells);
    rnn_selection_clear(&table->selection);
    for (size_t i = 0; table->names && i < table->width; i++)
        free(table->names[i]);
    free(table->names);
}

rnn_status rnn_csv_parse_with(const char *source, const unsigned char *text, size_t size,
                              const rnn_read_options *options, rnn_series **out)
{
    rnn_status status;
    rnn_series *series = NULL;
    rnn_ids ids = {NULL, 0, 0, NULL, 0};
    csv_table table = {.options = options, .ids = &ids};

    *out = NULL;
    RNN_TRY(open_table(&table, source, text, size));
    RNN_TRY(rnn_series_new(source, FIRST_ROWS, table.selection.count, table.selection.targets, &series));
    series->known = table.selection.known;
    RNN_TRY(csv_name_columns(&table, series));
    RNN_TRY(read_rows(&table, series));
    RNN_TRY(rnn_series_settle(series, &ids, table.part, options));
    *out = series;
    series = NULL;
fail:
    rnn_series_free(series);
    close_table(&table);
    rnn_ids_free(&ids);
    return status;
}

rnn_status rnn_csv_parse(const char *source, const unsigned char *text, size_t size, const rnn_table_format *format,
                         const rnn_columns *wanted, rnn_series **out)
{
    rnn_read_options options = {.time = "none"};
    if (format)
        options.format = *format;
    if (wanted)
        options.columns = *wanted;
    return rnn_csv_parse_with(source, text, size, &options, out);
}
