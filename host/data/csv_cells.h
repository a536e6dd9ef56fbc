/* SPDX-License-Identifier: MIT
 * csv_cells.h - the cells of a text table one after the other, as (pointer, length) into the text; csv.h has the grammar
 */
#ifndef RNN_DATA_CSV_CELLS_H
#define RNN_DATA_CSV_CELLS_H

#include "base/status.h"

typedef struct csv_cell {
    const unsigned char *text; /* without the outer quotes; inner ones still doubled */
    size_t size;
    size_t line; /* where it begins */
    bool quoted, ends_row;
} csv_cell;

typedef struct csv_text {
    const char *source;
    const unsigned char *at, *end; /* what is not read yet */
    size_t line;                   /* of `at`, from 1 */
    const unsigned char *row;      /* start of the row being read */
    size_t row_line;
    char delimiter; /* 0: one column */
} csv_text;

/* Goes to the first line that has more than spaces, past a byte order mark. RNN_BAD_DATA: not UTF-8 text, or nothing there. */
rnn_status csv_open(csv_text *csv, const char *source, const unsigned char *text, size_t size);

/* The delimiter that the line at `at` suggests; 0: none. `decimal` is no candidate. */
char csv_choose_delimiter(const csv_text *csv, char decimal);

/* No row is left, at most lines of spaces. */
bool csv_at_end(const csv_text *csv);

/* To be called before the first cell of a row. */
void csv_begin_row(csv_text *csv);

/* Reads the cell at `at` and steps over what ends it. */
rnn_status csv_read_cell(csv_text *csv, csv_cell *cell);

/* A copy of a cell's text: blanks around it gone, doubled quotes single. */
rnn_status csv_copy_cell(const csv_cell *cell, char **copy);

#endif
