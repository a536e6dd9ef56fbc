/* SPDX-License-Identifier: MIT
 * report_parts.h - what the report's files share: report.c the page, report_charts.c its charts, report_tables.c its tables
 */
#ifndef RNN_VIEW_REPORT_PARTS_H
#define RNN_VIEW_REPORT_PARTS_H

#include "view/report.h"

#include <stdio.h>

extern const char *const rnn_report_style[]; /* rules; ends with NULL */

/* index: of the target; it makes the charts' ids unique. RNN_NO_MEMORY: the residuals. */
void rnn_report_put_series(FILE *stream, const rnn_report_data *data, size_t index);
void rnn_report_put_predictions(FILE *stream, const rnn_report_data *data, size_t index);
rnn_status rnn_report_put_residuals(FILE *stream, const rnn_report_data *data, size_t index);
void rnn_report_put_loss(FILE *stream, const rnn_report_data *data);

/* Errors by horizon step. name: of what, where there are several boards, or NULL. */
void rnn_report_put_steps(FILE *stream, const rnn_report_data *data, const char *id, const char *name,
                          const rnn_report_score *scores, size_t count);
void rnn_report_put_scores(FILE *stream, const rnn_report_data *data, const char *name, const rnn_report_score *scores,
                           size_t count);

void rnn_report_put_options(FILE *stream, const rnn_report_data *data);
void rnn_report_put_columns(FILE *stream, const rnn_report_data *data);
void rnn_report_put_facts(FILE *stream, const rnn_report_data *data);

#endif
