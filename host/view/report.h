/* SPDX-License-Identifier: MIT
 * report.h - a run as one HTML page that needs nothing else: no script, no font, no network
 *
 * The page says what the texts and arrays here hold; nothing is computed but what a chart needs (residuals, bins). All of it is
 * borrowed. Every part is optional: a NULL or a 0 leaves its section out. Texts may come from anywhere (view/html.h).
 */
#ifndef RNN_VIEW_REPORT_H
#define RNN_VIEW_REPORT_H

#include "base/status.h"

#define RNN_REPORT_TARGETS 3  /* targets, or series, with charts; the others are named */
#define RNN_REPORT_STEPS   24 /* steps in tables; charts have all */
#define RNN_REPORT_COLUMNS 40 /* input columns listed */

/* The errors of one part, of all targets and series together. */
typedef struct rnn_report_board {
    const char *part; /* "validation" */
    const rnn_scoreboard *scores;
} rnn_report_board;

/* An interval around the forecast. */
typedef struct rnn_report_band {
    double level;                /* share it is made for: 0.9 */
    double covered;              /* share of the values it did hold, measured; NAN: not known */
    const double *lower, *upper; /* (1 + steps), as the forecast's point */
    size_t covered_steps;        /* how far ahead that was measured */
} rnn_report_band;

/* What comes after the last row of the series. Arrays begin with the last value of the series, which curves are joined to. */
typedef struct rnn_report_forecast {
    size_t steps;
    const double *point; /* (1 + steps) */
    const rnn_report_band *bands;
    size_t band_count; /* any number, the widest first; up to 3 are told apart */
} rnn_report_forecast;

/* The rows that a target's values stand in. */
typedef struct rnn_report_rows {
    size_t N;
    const char *const *labels;          /* (N) dates of the rows; NULL: row numbers, from 0 */
    const char *const *forecast_labels; /* (steps of the forecast) */
    size_t val_first, test_first;       /* rows where these parts begin; N: there is none */
} rnn_report_rows;

/* A curve with its predictions: a target, or of several series one of a series. */
typedef struct rnn_report_target {
    const char *name;
    const char *unit; /* NULL: not known */
    const rnn_report_rows *series;
    const double *values; /* (N) by `stride`; NULL: not shown */
    size_t stride;

    /* predictions of the part that is held against the truth, in time order */
    size_t count;
    const size_t *rows;               /* (count) series row that prediction i's first step is about */
    const double *actual, *predicted; /* (count) by `prediction_stride`: the first step */
    size_t prediction_stride;

    const rnn_report_forecast *forecast;
} rnn_report_target;

typedef struct rnn_report_option {
    const char *group, *name, *value;
    const char *usual; /* the default, or NULL where there is none */
    bool changed;
} rnn_report_option;

typedef struct rnn_report_column {
    const char *name, *role; /* "target", "feature" */
    double shift, factor;    /* scaled = (value - shift) / factor */
} rnn_report_column;

/* A name and what there is to say. code: digests and commands, in a typewriter's letters. */
typedef struct rnn_report_fact {
    const char *name, *value;
    bool code;
} rnn_report_fact;

typedef struct rnn_report_data {
    const char *title;    /* of the page: which run */
    const char *headline; /* what was trained on what, the error, whether it beats the naive forecast */
    const char *notes[4]; /* further sentences below it; NULL behind the last */

    const rnn_report_target *targets;
    size_t target_count;
    const char *targets_are; /* "targets", "series": what there may be more of than have charts */
    const char *part;        /* what the predictions are of: "validation" */
    size_t steps;            /* horizon */
    const rnn_report_board *boards;
    size_t board_count;
    const char *forecast_note; /* on the forecast, or why there is none; NULL: nothing */

    size_t epochs;
    const double *loss, *val_loss; /* (epochs) */
    const char *loss_name;
    size_t kept; /* the epoch whose weights were kept, from 1; 0: not known */

    const rnn_report_option *options;
    size_t option_count;
    const rnn_report_column *columns;
    size_t column_count;
    const char *scaling;          /* how shift and factor were chosen */
    const rnn_report_fact *facts; /* device, driver, versions, digests */
    size_t fact_count;
    const char *command; /* that makes this run again */
    const char *figures; /* the file beside the page that has them in full precision */
} rnn_report_data;

/* The page as text, below 1 MiB whatever the length of the series, in time linear in it; the caller's to free. RNN_NO_MEMORY. */
rnn_status rnn_report_html(const rnn_report_data *data, char **text, size_t *size);

/* The page as a file, whole or not at all. RNN_CANNOT_CREATE, RNN_IO: as for every output. */
rnn_status rnn_report_save(const rnn_report_data *data, const char *path);

#endif
