/* SPDX-License-Identifier: MIT */
#include "cmd/report_subjects.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/series.h"
#include "data/text.h"
#include "data/windows.h"
#include "train/rollout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_STEPS 12 /* of a forecast, where neither horizon nor season are longer ... */
#define MOST_SEASON \
    60 /* ... and of a longer season: intervals take forecasts as far ahead from many rows of the past */

static const double levels[] = {0.8, 0.95};
#define LEVELS (sizeof levels / sizeof *levels)

/* ---- Forecast ------------------------------------------------------------------------------------------------------ */

/* A season, as far as what has to be known is known, and the horizon at least. */
static size_t steps_of(const rnn_run *run)
{
    const size_t horizon = run->settings->horizon, most = rnn_roll_most(run->model, run->series);
    size_t season = 1, order;
    if (!rnn_model_naive(run->model, 0, &season, &order))
        season = run->settings->season;
    const size_t usual = season < 2 ? USUAL_STEPS : season < MOST_SEASON ? season : MOST_SEASON;
    const size_t wanted = usual < most ? usual : most;
    return horizon > wanted ? horizon : wanted;
}

/* Which intervals there are, and where their widths are no longer measured. */
static rnn_status note_widths(const rnn_forecasts *f, char **note)
{
    char missing[160] = "", widths[192] = "";
    size_t least = f->steps, levels_left = 0;
    bool unadjusted = false;
    for (size_t i = 0; i < f->levels; i++) {
        unadjusted = unadjusted || f->unadjusted[i];
        if (f->measured[i] == 0) {
            snprintf(missing, sizeof missing, " Intervals of %.4g %% would take %s, and there were %zu.",
                     100 * f->level[i], rnn_count(rnn_interval_windows(f->level[i]), "validation window").text,
                     f->residuals);
            continue;
        }
        levels_left++;
        least = f->measured[i] < least ? f->measured[i] : least;
    }
    if (least < f->steps)
        snprintf(widths, sizeof widths,
                 " Behind step %zu they are as wide as its own, for want of residuals of forecasts as far ahead: too "
                 "narrow where errors grow.",
                 least);
    if (unadjusted)
        return rnn_report_text(note,
                               "The next %s, between the network's own quantiles as they are: there were no "
                               "residuals of a validation part to adjust them by, and what they hold is not known.",
                               rnn_count(f->steps, "row").text);
    if (f->residuals == 0)
        return rnn_report_text(note, "The next %s. There are no intervals, which take residuals of a validation part.",
                               rnn_count(f->steps, "row").text);
    return rnn_report_text(
        note, "The next %s%s.%s%s", rnn_count(f->steps, "row").text,
        levels_left == 0 ? ""
        : f->Q > 1
            ? ", with the network's own quantiles as intervals, adjusted by what those of the validation part held"
            : ", with split-conformal intervals: made of the residuals of the validation part",
        widths, missing);
}

/* What makes a forecast impossible does not spoil the page, which says so. */
static rnn_status make_forecasts(const rnn_run *run, rnn_report_subjects *s)
{
    if (!run->backend)
        return RNN_OK;
    const rnn_status status =
        rnn_forecast(run->model, run->series, steps_of(run), levels, LEVELS, run->backend, &s->made);
    s->forecasts = s->made;
    if (status == RNN_CONFIG || status == RNN_DIVERGED)
        return rnn_report_text(&s->note, "There is no forecast: %s", rnn_error_message());
    return status ? status : note_widths(s->forecasts, &s->note);
}

/* The last value of the series, then one of `levels` (or the mean) a step. */
static void join(const rnn_forecasts *f, const double *values, size_t part, size_t target, double last, double *out)
{
    out[0] = last;
    for (size_t step = 0; step < f->steps; step++)
        out[1 + step] = values[(part * f->steps + step) * f->targets + target];
}

/* Whose number in the forecasts is that of this series; f->parts: it is left out. */
static size_t find_part(const rnn_forecasts *f, const rnn_series *series, size_t part)
{
    size_t k = 0;
    while (k < f->parts && rnn_series_part(series, f->rows[k] - 1) != part)
        k++;
    return k;
}

/* board: NULL where what intervals held is not known of this target alone. */
static rnn_status fill_outlook(const rnn_forecasts *f, size_t part, size_t target, double last,
                               const rnn_scoreboard *board, rnn_report_outlook *out)
{
    const size_t all = f->parts * f->steps * f->targets, room = 1 + f->steps;
    rnn_status status;
    RNN_TRY(RNN_NEW(out->values, (1 + 2 * f->levels) * room));
    join(f, f->mean, part, target, last, out->values);
    out->forecast = (rnn_report_forecast){.steps = f->steps, .point = out->values, .bands = out->bands};
    for (size_t i = f->levels; i-- > 0;) { /* the widest first */
        double *lower = out->values + (1 + 2 * i) * room, *upper = lower + room;
        if (f->measured[i] == 0 && !f->unadjusted[i])
            continue;
        join(f, f->lower + i * all, part, target, last, lower);
        join(f, f->upper + i * all, part, target, last, upper);
        rnn_report_band *band = &out->bands[out->forecast.band_count++];
        *band = (rnn_report_band){.level = f->level[i], .covered = (double)NAN, .lower = lower, .upper = upper};
        for (size_t c = 0; board && c < board->levels; c++)
            if (board->coverage[c].level == f->level[i]) {
                band->covered = (double)board->coverage[c].inside / (double)board->coverage[c].values;
                band->covered_steps = board->horizon;
            }
    }
fail:
    return status;
}

/* ---- Rows ---------------------------------------------------------------------------------------------------------- */

/* The first row that windows of this part of the split are asked for in a series, from its own first; none: its end. */
static size_t first_row(const rnn_run *run, const rnn_windows *windows, size_t part)
{
    const rnn_series *series = run->series;
    for (size_t i = 0; i < windows->count; i++) {
        const size_t row = rnn_windows_row(windows, i) + run->settings->seq_len;
        if (row >= series->starts[part] && row < series->ends[part])
            return row - series->starts[part];
    }
    return series->ends[part] - series->starts[part];
}

/* Of the rows, and as far as the series has a step, of the forecast's. */
static rnn_status fill_dates(const rnn_series *series, size_t part, size_t steps, rnn_report_span *span)
{
    const size_t N = span->rows.N, future = series->step.unit == RNN_STEP_NONE ? 0 : steps;
    rnn_status status = RNN_OK;
    if (!series->times)
        return RNN_OK;
    RNN_TRY(RNN_NEW(span->dates, N + future));
    RNN_TRY(RNN_NEW(span->labels, N + future));
    for (size_t i = 0; i < N + future; i++) {
        rnn_series_label(series, part, series->starts[part] + i, span->dates[i], RNN_TIME_TEXT);
        span->labels[i] = span->dates[i];
    }
    span->rows.labels = span->labels;
    span->rows.forecast_labels = future ? span->labels + N : NULL;
fail:
    return status;
}

/* partition: an empty one where no part is told apart. */
static rnn_status fill_span(const rnn_run *run, const rnn_partition *partition, size_t part, size_t steps,
                            rnn_report_span *span)
{
    const rnn_series *series = run->series;
    span->rows = (rnn_report_rows){.N = series->ends[part] - series->starts[part],
                                   .val_first = first_row(run, &partition->val, part),
                                   .test_first = first_row(run, &partition->test, part)};
    return fill_dates(series, part, steps, span);
}

/* ---- Targets ------------------------------------------------------------------------------------------------------- */

/* Predictions of this series among [first, first + count), which have those of a series together. */
static rnn_status fill_predictions(const rnn_run *run, size_t first, size_t count, size_t part, size_t target,
                                   rnn_report_span *span, rnn_report_target *out)
{
    const rnn_predictions *p = run->predictions;
    rnn_status status = RNN_OK;
    size_t begin = first, end;
    if (!p)
        return RNN_OK;
    const size_t O = p->targets * p->horizon;
    while (begin < first + count && p->parts[begin] != part)
        begin++;
    for (end = begin; end < first + count && p->parts[end] == part;)
        end++;
    if (!span->prediction_rows)
        RNN_TRY(RNN_NEW(span->prediction_rows, end - begin));
    for (size_t i = begin; i < end; i++)
        span->prediction_rows[i - begin] = p->rows[i] - run->series->starts[part];
    out->count = end - begin;
    out->rows = span->prediction_rows;
    out->actual = p->actual + begin * O + target;
    out->predicted = p->predicted + begin * O + target;
    out->prediction_stride = O;
fail:
    return status;
}

/* "Lima: sales": whose target, where there are several series. */
static rnn_status name_subject(const rnn_run *run, size_t part, size_t target, char **out)
{
    const rnn_series *series = run->series;
    if (series->parts > 1 && series->ids)
        return rnn_report_text(out, "%s: %s", series->ids[part], rnn_model_column(run->model, target));
    return rnn_report_text(out, "%s", rnn_model_column(run->model, target));
}

/* The series that a subject is of: on a page of forecasts alone, of those that have one. */
static size_t part_of(const rnn_run *run, const rnn_report_subjects *s, size_t index)
{
    if (run->series->parts == 1)
        return 0;
    return run->predictions || !s->forecasts ? index : rnn_series_part(run->series, s->forecasts->rows[index] - 1);
}

static rnn_status fill_subject(const rnn_run *run, size_t first, size_t count, const rnn_scoreboard *board,
                               size_t index, rnn_report_subjects *s)
{
    const rnn_series *series = run->series;
    const bool several = series->parts > 1;
    const size_t part = part_of(run, s, index), target = several ? 0 : index;
    const double *values = series->values + series->starts[part] * series->columns + target;
    rnn_report_span *span = &s->spans[several ? index : 0];
    rnn_report_target *out = &s->targets[index];
    rnn_status status;
    RNN_TRY(name_subject(run, part, target, &s->names[index]));
    *out = (rnn_report_target){
        .name = s->names[index], .series = &span->rows, .values = values, .stride = series->columns};
    RNN_TRY(fill_predictions(run, first, count, part, target, span, out));
    const size_t k = s->forecasts ? find_part(s->forecasts, series, part) : 0;
    if (s->forecasts && k < s->forecasts->parts) {
        const double last = values[(span->rows.N - 1) * series->columns];
        const bool alone = series->parts == 1 && series->targets == 1;
        RNN_TRY(fill_outlook(s->forecasts, k, target, last, alone ? board : NULL, &s->outlooks[index]));
        out->forecast = &s->outlooks[index].forecast;
    }
fail:
    return status;
}

static rnn_status fill_subjects(const rnn_run *run, const rnn_partition *partition, size_t first, size_t count,
                                const rnn_scoreboard *board, rnn_report_subjects *out)
{
    const rnn_series *series = run->series;
    const bool several = series->parts > 1;
    rnn_status status;
    out->count = !several                              ? series->targets
                 : run->predictions || !out->forecasts ? series->parts
                                                       : out->forecasts->parts;
    RNN_TRY(RNN_NEW(out->targets, out->count));
    const size_t steps = out->forecasts ? out->forecasts->steps : 0;
    for (size_t i = 0; i < (several ? out->count : 1) && i < RNN_REPORT_TARGETS; i++)
        RNN_TRY(fill_span(run, partition, part_of(run, out, i), steps, &out->spans[i]));
    for (size_t i = 0; i < out->count; i++) {
        if (i < RNN_REPORT_TARGETS)
            RNN_TRY(fill_subject(run, first, count, board, i, out));
        else
            out->targets[i].name = several && series->ids ? series->ids[part_of(run, out, i)]
                                                          : rnn_model_column(run->model, several ? 0 : i);
    }
fail:
    return status;
}

rnn_status rnn_report_subjects_make(const rnn_run *run, size_t first, size_t count, const rnn_scoreboard *board,
                                    rnn_report_subjects *out)
{
    rnn_partition partition = {.train = {0}};
    rnn_status status;
    *out = (rnn_report_subjects){.count = 0};
    RNN_TRY(make_forecasts(run, out));
    RNN_TRY(rnn_partition_make(run->settings, run->series, &partition));
    status = fill_subjects(run, &partition, first, count, board, out);
fail:
    rnn_partition_free(&partition);
    return status;
}

rnn_status rnn_report_subjects_ahead(const rnn_run *run, const rnn_forecasts *forecasts, rnn_report_subjects *out)
{
    const rnn_partition none = {.train = {0}};
    *out = (rnn_report_subjects){.forecasts = forecasts};
    const rnn_status status = note_widths(forecasts, &out->note);
    return status ? status : fill_subjects(run, &none, 0, 0, NULL, out);
}
void rnn_report_subjects_free(rnn_report_subjects *s)
{
    for (size_t i = 0; i < RNN_REPORT_TARGETS; i++) {
        free(s->names[i]);
        free(s->spans[i].dates);
        free(s->spans[i].labels);
        free(s->spans[i].prediction_rows);
        free(s->outlooks[i].values);
    }
    rnn_forecasts_free(s->made);
    free(s->targets);
    free(s->note);
}
