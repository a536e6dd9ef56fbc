/* SPDX-License-Identifier: MIT
 * csv_table.h - a text table being read: its first line (csv_header.c) and its rows (csv.c)
 */
#ifndef RNN_DATA_CSV_TABLE_H
#define RNN_DATA_CSV_TABLE_H

#include "data/columns.h"
#include "data/csv_cells.h"
#include "data/ids.h"
#include "data/number.h"

typedef struct csv_table {
    const rnn_read_options *options;
    csv_text text;
    char decimal;
    size_t width, first_line; /* cells of the first line, and which line that was */
    char **names;             /* (width), NULL without a header */
    rnn_selection selection;
    csv_cell *cells;   /* (selection.count) of the row being read */
    csv_cell time, id; /* of the same, where the selection has them */
    rnn_number_reader *numbers;
    rnn_ids *ids;
    uint32_t *part; /* (rows) number of each row's id; NULL without an id column */
} csv_table;

/* Settles width and header; leaves the text at the first row of numbers. */
rnn_status csv_read_first_line(csv_table *table, const rnn_table_format *format);

/* Which columns' first cells look like times: time_like (width), all false before. The text is at the first row, and stays there. Digits alone
 * are times in the first column only, years there if its name says so: elsewhere they count things. */
void csv_find_times(const csv_table *table, bool *time_like);

/* The names of the columns in use, and of those of times and ids. */
rnn_status csv_name_columns(const csv_table *table, rnn_series *series);

#endif
