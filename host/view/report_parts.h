/* SPDX-License-Identifier: MIT
 * report_parts.h - what the report's files share: report.c the page; report_series.c, report_charts.c its charts; report_tables.c,
 * report_scores.c its tables
 */
#ifndef RNN_VIEW_REPORT_PARTS_H
#define RNN_VIEW_REPORT_PARTS_H

#include "view/report.h"
#include "view/svg.h"

#include <stdio.h>

extern const char *const rnn_report_style[]; /* rules; ends with NULL */

#define RNN_REPORT_NAME     150 /* characters of a column's name in a title */
#define RNN_REPORT_CELL     120 /* of a name or value in a table */
#define RNN_REPORT_CLOSE_UP 150 /* rows of a curve's end that are shown again where the whole of it is much longer */

/* ---- report_series.c: words and axes ------------------------------------------------------------------------------- */

/* Chart ids, titles and descriptions are short; a long name in them ends in what there is room for. */
typedef struct rnn_report_words {
    char text[640];
} rnn_report_words;
rnn_report_words rnn_report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "SUNACTIVITY", or with its unit "co2 (ppm)". */
rnn_report_words rnn_report_value(const rnn_report_target *target);

/* Dates of the rows, and of `steps` of the forecast behind them. */
rnn_svg_labels rnn_report_labels(const rnn_report_rows *series, size_t steps);

/* Rows, or from which date to which: marks may say less. */
rnn_report_words rnn_report_span(const rnn_report_rows *series, size_t first, size_t last);

/* ---- Charts -------------------------------------------------------------------------------------------------------- */

/* index: of the target, or of the board; it makes the charts' ids unique. RNN_NO_MEMORY: the residuals. */
void rnn_report_put_series(FILE *stream, const rnn_report_data *data, size_t index);
void rnn_report_put_predictions(FILE *stream, const rnn_report_data *data, size_t index);
rnn_status rnn_report_put_residuals(FILE *stream, const rnn_report_data *data, size_t index);
void rnn_report_put_loss(FILE *stream, const rnn_report_data *data);

/* Errors by horizon step, of which there are several. */
void rnn_report_put_steps(FILE *stream, const rnn_report_board *board, size_t index);

/* ---- Tables -------------------------------------------------------------------------------------------------------- */

/* An element with this text. tag: "td", "th scope=..."; class may be NULL. */
void rnn_report_put_cell(FILE *stream, const char *tag, const char *class, const char *text);

void rnn_report_put_forecast(FILE *stream, const rnn_report_target *target);
void rnn_report_put_board(FILE *stream, const rnn_report_board *board);
void rnn_report_put_options(FILE *stream, const rnn_report_data *data);
void rnn_report_put_columns(FILE *stream, const rnn_report_data *data);
void rnn_report_put_facts(FILE *stream, const rnn_report_data *data);

#endif
