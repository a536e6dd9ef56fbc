/* SPDX-License-Identifier: MIT
 * csv.h - a strict reader of text tables
 *
 *   table = [BOM] blank-lines [header] row {row} blank-lines      row = cell {delimiter cell} line-end
 *   cell  = plain text without delimiter and line end | '"' text with "" for " '"'      line-end = CRLF | LF | CR
 * The encoding is UTF-8. A quote opens a cell only as its first byte; elsewhere in a plain cell it is text. Every row has
 * as many cells as the first. Only cells of columns in use have to be numbers (data/number.h), the others are not looked at.
 * Lines of nothing but spaces are ignored before the first row and after the last; between rows such a line is an empty
 * cell of a one-column table and a ragged row of any other.
 * Delimiter 0: the one of , ; tab that stands most often outside quotes in the first line (the earlier of these on a tie; a
 * decimal comma is no candidate); where none does, the table has one column.
 * Header auto: the first line is a header if one of its cells looks like text (not a number, a time, empty, nan or the like). Where
 * another of its cells is a number, the choice is announced, since that line might be data.
 */
#ifndef RNN_DATA_CSV_H
#define RNN_DATA_CSV_H

#include "base/status.h"

#define RNN_CSV_MAX_LINE 1048576 /* bytes of a row, with the line ends inside quotes */

/* Reads `size` bytes at `text`; `source` is named in messages and in the series. Memory beyond the text: the series' values, times
 * and lines, at most twice over, and one row. Statuses as of rnn_series_read_with. */
rnn_status rnn_csv_parse_with(const char *source, const unsigned char *text, size_t size,
                              const rnn_read_options *options, rnn_series **out);

/* The same as rnn_series_read has it; format and wanted may be NULL. */
rnn_status rnn_csv_parse(const char *source, const unsigned char *text, size_t size, const rnn_table_format *format,
                         const rnn_columns *wanted, rnn_series **out);

#endif
