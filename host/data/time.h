/* SPDX-License-Identifier: MIT
 * time.h - points in time as tables write them, and the regular step from row to row
 *
 *   time = YYYY | YYYYQn | YYYY-MM | YYYYMM | YYYY-MM-DD | YYYY/MM/DD | YYYYMMDD | day (T|blank) hh:mm[:ss[.000]] [zone]
 *   zone = Z | +hh:mm | +hhmm | +hh (or -)          day = YYYY-MM-DD | YYYY/MM/DD
 * The calendar is the Gregorian one, also for days before it was. Without a zone a time is taken as UTC, so that no clock change
 * touches it. Blanks around a time are no part of it.
 */
#ifndef RNN_DATA_TIME_H
#define RNN_DATA_TIME_H

#include "base/status.h"

#define RNN_DAY_SECONDS 86400

/* A point in time by the calendar. */
typedef struct rnn_civil {
    int64_t year;
    int month, day; /* from 1 */
    int second;     /* of the day */
} rnn_civil;

rnn_civil rnn_civil_of(int64_t time);
int64_t rnn_civil_time(const rnn_civil *civil);
int rnn_days_in_month(int64_t year, int month);
int rnn_weekday(int64_t time); /* 0: Monday */

/* Reads a time and how it is written; false: it is none. */
bool rnn_time_read(const unsigned char *text, size_t size, rnn_time_style *style, int64_t *time);

/* Numbers may be written like that, too: only a column's name says that they are times. */
bool rnn_time_looks_like_number(const rnn_time_style *style);

/* The time in words of that style. RNN_TIME_TEXT bytes are always enough. */
#define RNN_TIME_TEXT 48
void rnn_time_write(const rnn_time_style *style, int64_t time, char *text, size_t size);

/* ---- Steps --------------------------------------------------------------------------------------------------------- */

/* The step of times (starts[parts]), ascending in each part [starts[i], starts[i + 1]): calendar months where all rows stand on the
 * same day of the month and at the same time of day (31 stands for the last day); working days where that explains Saturdays and
 * Sundays that are never there; else seconds. The count is the difference that more than half of the neighbours have, or,
 * where there is none such, the smallest. RNN_STEP_NONE: no part has two rows. */
rnn_step rnn_step_find(const int64_t *times, const size_t *starts, size_t parts);

/* How many steps lead from one time to a later one; 0: no whole number of them. */
size_t rnn_step_between(const rnn_step *step, int64_t from, int64_t to);

/* The time `count` steps after `from`. */
int64_t rnn_step_after(const rnn_step *step, int64_t from, size_t count);

/* "1 month", "15 minutes". */
void rnn_step_write(const rnn_step *step, char *text, size_t size);

#endif
