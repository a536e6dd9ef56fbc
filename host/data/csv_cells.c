/* SPDX-License-Identifier: MIT */
#include "data/csv_cells.h"

#include "base/memory.h"
#include "data/csv.h"
#include "data/text.h"

#include <string.h>

/* ---- The text as a whole -------------------------------------------------------------------------------------------- */

static rnn_status check_encoding(const csv_text *csv)
{
    const unsigned char *text = csv->at;
    const size_t size = (size_t)(csv->end - text);
    if (size >= 2 && ((text[0] == 0xFF && text[1] == 0xFE) || (text[0] == 0xFE && text[1] == 0xFF)))
        return rnn_fail(RNN_BAD_DATA, "%s: begins with a UTF-16 byte order mark, expected UTF-8; save it as UTF-8",
                        csv->source);
    if (size >= 4 && memcmp(text, "PK\x03\x04", 4) == 0)
        return rnn_fail(RNN_BAD_DATA,
                        "%s: is a zip archive (a spreadsheet or NPZ), expected CSV text or NPY; save the table as CSV",
                        csv->source);
    const unsigned char *nul = memchr(text, 0, size);
    if (nul)
        return rnn_fail(
            RNN_BAD_DATA,
            "%s: NUL byte at offset %zu, so this is binary data or UTF-16; expected CSV text in UTF-8, or NPY",
            csv->source, (size_t)(nul - text));
    return RNN_OK;
}

static bool is_line_end(unsigned char c)
{
    return c == '\n' || c == '\r';
}

static void take_line_end(csv_text *csv)
{
    const unsigned char c = *csv->at++;
    if (c == '\r' && csv->at < csv->end && *csv->at == '\n')
        csv->at++;
    csv->line++;
}

rnn_status csv_open(csv_text *csv, const char *source, const unsigned char *text, size_t size)
{
    *csv = (csv_text){.source = source, .at = text, .end = text + size, .line = 1};
    const rnn_status status = check_encoding(csv);
    if (status != RNN_OK)
        return status;
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        csv->at += 3;

    const unsigned char *line = csv->at;
    while (csv->at < csv->end && (*csv->at == ' ' || is_line_end(*csv->at))) {
        if (*csv->at == ' ') {
            csv->at++;
        } else {
            take_line_end(csv);
            line = csv->at;
        }
    }
    if (csv->at == csv->end)
        return rnn_fail(RNN_BAD_DATA, "%s: empty, expected a table of numbers", source);
    csv->at = line;
    return RNN_OK;
}

bool csv_at_end(const csv_text *csv)
{
    const unsigned char *at = csv->at;
    while (at < csv->end && (*at == ' ' || is_line_end(*at)))
        at++;
    return at == csv->end;
}

char csv_choose_delimiter(const csv_text *csv, char decimal)
{
    static const char candidates[] = {',', ';', '\t'};
    size_t counts[sizeof candidates] = {0};
    bool quoted = false, cell_begins = true;
    for (const unsigned char *at = csv->at; at < csv->end && (quoted || !is_line_end(*at)); at++) {
        if (*at == '"' && quoted && at + 1 < csv->end && at[1] == '"')
            at++;
        else if (*at == '"' && (quoted || cell_begins))
            quoted = !quoted;
        cell_begins = false;
        for (size_t i = 0; !quoted && i < sizeof candidates; i++)
            if (*at == (unsigned char)candidates[i] && candidates[i] != decimal) {
                counts[i]++;
                cell_begins = true;
            }
    }
    size_t best = 0;
    for (size_t i = 1; i < sizeof candidates; i++)
        if (counts[i] > counts[best])
            best = i;
    return counts[best] ? candidates[best] : '\0';
}

/* ---- Rows and cells -------------------------------------------------------------------------------------------------- */

void csv_begin_row(csv_text *csv)
{
    csv->row = csv->at;
    csv->row_line = csv->line;
}

/* Where reading of this row stops at the latest: one byte past the cap, so that the cap is seen to be broken. */
static const unsigned char *row_stop(const csv_text *csv)
{
    const size_t left = (size_t)(csv->end - csv->row);
    return left > RNN_CSV_MAX_LINE ? csv->row + RNN_CSV_MAX_LINE + 1 : csv->end;
}

static void read_plain(csv_text *csv, csv_cell *cell)
{
    const unsigned char *at = csv->at, *const stop = row_stop(csv);
    /* Delimiter 0 is never met: csv_open refused NUL bytes. */
    while (at < stop && !is_line_end(*at) && *at != (unsigned char)csv->delimiter)
        at++;
    cell->text = csv->at;
    cell->size = (size_t)(at - csv->at);
    csv->at = at;
}

static rnn_status read_quoted(csv_text *csv, csv_cell *cell)
{
    const unsigned char *at = csv->at + 1, *const stop = row_stop(csv);
    cell->quoted = true;
    cell->text = at;
    for (; at < stop; at++) {
        if (*at == '"') {
            if (at + 1 == csv->end || at[1] != '"')
                break;
            at++;
        } else if (*at == '\n' || (*at == '\r' && (at + 1 == csv->end || at[1] != '\n'))) {
            csv->line++;
        }
    }
    if (at >= stop && stop == csv->end)
        return rnn_fail(RNN_BAD_DATA, "%s:%zu: a quote opened here has no end; close it or remove it", csv->source,
                        cell->line);
    if (at >= stop)
        return rnn_fail(RNN_BAD_DATA,
                        "%s:%zu: row longer than %d bytes, the cap for a row; the quote opened on line %zu may lack "
                        "its end",
                        csv->source, csv->row_line, RNN_CSV_MAX_LINE, cell->line);
    cell->size = (size_t)(at - cell->text);
    csv->at = at + 1;
    return RNN_OK;
}

rnn_status csv_read_cell(csv_text *csv, csv_cell *cell)
{
    *cell = (csv_cell){.line = csv->line};
    if (csv->at < csv->end && *csv->at == '"') {
        const rnn_status status = read_quoted(csv, cell);
        if (status != RNN_OK)
            return status;
    } else {
        read_plain(csv, cell);
    }
    if ((size_t)(csv->at - csv->row) > RNN_CSV_MAX_LINE)
        return rnn_fail(RNN_BAD_DATA, "%s:%zu: row longer than %d bytes, the cap for a row; is this a table of text?",
                        csv->source, csv->row_line, RNN_CSV_MAX_LINE);

    if (csv->at == csv->end) {
        cell->ends_row = true;
    } else if (is_line_end(*csv->at)) {
        cell->ends_row = true;
        take_line_end(csv);
    } else if (*csv->at == (unsigned char)csv->delimiter) {
        csv->at++;
    } else {
        return rnn_fail(
            RNN_BAD_DATA,
            "%s:%zu: text after the closing quote of \"%s\"; expected a delimiter or the line's end (a quote "
            "inside quotes is written twice)",
            csv->source, csv->line, rnn_show(cell->text, cell->size).text);
    }
    return RNN_OK;
}

rnn_status csv_copy_cell(const csv_cell *cell, char **copy)
{
    const unsigned char *from = cell->text, *end = from + cell->size;
    while (from < end && (*from == ' ' || *from == '\t'))
        from++;
    while (from < end && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    char *to = *copy = rnn_calloc((size_t)(end - from) + 1, 1, "a column's name");
    if (!to)
        return RNN_NO_MEMORY;
    while (from < end) {
        *to++ = (char)*from;
        from += cell->quoted && *from == '"' ? 2 : 1;
    }
    return RNN_OK;
}
