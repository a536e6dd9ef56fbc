/* SPDX-License-Identifier: MIT
 * report_subjects.h - what a run's page draws: the targets, or of several series each one's first target, with forecasts
 */
#ifndef RNN_CMD_REPORT_SUBJECTS_H
#define RNN_CMD_REPORT_SUBJECTS_H

#include "cmd/report.h"
#include "data/time.h"

/* The rows of a series, with their dates. */
typedef struct rnn_report_span {
    rnn_report_rows rows;
    char (*dates)[RNN_TIME_TEXT]; /* (N + steps) NULL: the series has none */
    const char **labels;          /* (N + steps) */
    size_t *prediction_rows;      /* counted from the series' first row */
} rnn_report_span;

typedef struct rnn_report_outlook {
    rnn_report_forecast forecast;
    rnn_report_band bands[RNN_LEVELS];
    double *values; /* (1 + 2 levels, 1 + steps) */
} rnn_report_outlook;

/* The struct must stay where it is: targets point into it. */
typedef struct rnn_report_subjects {
    size_t count;               /* targets, or series */
    rnn_report_target *targets; /* (count) */
    char *names[RNN_REPORT_TARGETS];
    rnn_report_span spans[RNN_REPORT_TARGETS]; /* of the first series, or of the one */
    rnn_report_outlook outlooks[RNN_REPORT_TARGETS];
    rnn_forecasts *made;            /* those of a run's page, which are its own */
    const rnn_forecasts *forecasts; /* NULL: there are none, and the note says why */
    char *note;
} rnn_report_subjects;

/* part: its predictions are the run's [first, first + count), its scoreboard is board, or NULL. *out is freed also after a failure. */
rnn_status rnn_report_subjects_make(const rnn_run *run, size_t first, size_t count, const rnn_scoreboard *board,
                                    rnn_report_subjects *out);

/* The same of forecasts that were made, borrowed, on a page about them alone: run has series and model, and no predictions. */
rnn_status rnn_report_subjects_ahead(const rnn_run *run, const rnn_forecasts *forecasts, rnn_report_subjects *out);
void rnn_report_subjects_free(rnn_report_subjects *subjects);

#endif
