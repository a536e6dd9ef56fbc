/* SPDX-License-Identifier: MIT */
#include "train/rollout.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/series.h"
#include "data/settle.h"
#include "data/text.h"
#include "data/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER 256 /* origins that are resident at a time */

/* Windows of several origins, each a series of its own, which is what the device holds: the row that a transform looks back to, the
 * window, and the rows behind it where columns are known ahead. */
typedef struct roll {
    const rnn_model *model;
    const rnn_series *series;
    rnn_scaler known, scaler; /* of the series' parts; of the origins' */
    bool *asked, *strange;    /* (parts) it has an origin; the model has no scaling for it */
    rnn_workspace workspace;
    rnn_series *held;    /* (origins * span, columns), original units */
    size_t before, span; /* rows of an origin up to the forecast, and in all */
    size_t ahead;        /* rows behind an origin of which is looked at what is known */
    double *outputs;     /* (origins, asked) of a block */
    double *quantiles;   /* (origins, asked, Q); NULL: nobody asks */
    size_t steps;
} roll;

static void close_roll(roll *r)
{
    free(r->quantiles);
    free(r->outputs);
    rnn_workspace_close(&r->workspace);
    rnn_series_free(r->held);
    rnn_scaler_free(&r->scaler);
    rnn_scaler_free(&r->known);
    free(r->strange);
    free(r->asked);
}

/* ---- What has to be known ------------------------------------------------------------------------------------------ */

/* The model's first input that ends with the past, from column c on: no target, no mask (nothing is missing in a forecast), not known ahead. The
 * first column known ahead where there is none. */
static size_t find_feature(const rnn_model *model, size_t c)
{
    const size_t past = model->network.columns - model->network.known;
    while (c < past && model->kinds[c] == RNN_COLUMN_MASK)
        c++;
    return c;
}

/* The first column known ahead that the calendar does not tell; columns where there is none. */
static size_t find_known(const rnn_series *series)
{
    size_t c = series->columns - series->known;
    while (c < series->columns && series->kinds[c] == RNN_COLUMN_CALENDAR)
        c++;
    return c;
}

/* Whole blocks: of what is known ahead the network sees as many rows as it predicts. */
static size_t rows_ahead(const rnn_network *net, size_t steps)
{
    return net->known ? ((steps - 1) / net->horizon + 1) * net->horizon : 0;
}

/* Rows that the series must have behind an origin for so many steps. */
static size_t find_reach(const rnn_model *model, const rnn_series *series, size_t steps)
{
    const bool goes_on = find_known(series) == series->columns && series->step.unit != RNN_STEP_NONE;
    return goes_on ? 0 : rows_ahead(&model->network, steps);
}

bool rnn_roll_known(const rnn_model *model, const rnn_series *series, size_t origin, size_t steps)
{
    const size_t there = series->starts[rnn_series_part(series, origin - 1) + 1] - origin;
    const size_t ahead = rows_ahead(&model->network, steps), end = origin + (there < ahead ? there : ahead);
    if (there < find_reach(model, series, steps))
        return false;
    for (size_t row = origin; row < end && model->settings.missing != RNN_MISSING_MASK; row++)
        for (size_t c = series->columns - series->known; c < series->columns; c++)
            if (isnan(series->values[row * series->columns + c]))
                return false;
    return true;
}

size_t rnn_roll_most(const rnn_model *model, const rnn_series *series)
{
    const rnn_network *net = &model->network;
    size_t most = SIZE_MAX;
    if (find_feature(model, net->targets) < net->columns - net->known)
        return net->horizon;
    for (size_t p = 0; p < series->parts && find_reach(model, series, 1) > 0; p++) {
        const size_t there = (series->starts[p + 1] - series->ends[p]) / net->horizon * net->horizon;
        most = there < most ? there : most;
    }
    return most;
}

static rnn_status check_features(const rnn_model *model, size_t steps)
{
    const rnn_network *net = &model->network;
    const size_t past = net->columns - net->known, feature = find_feature(model, net->targets);
    if (steps <= net->horizon || feature == past)
        return RNN_OK;
    return rnn_fail(
        RNN_CONFIG,
        "%zu steps are more than the model's horizon, %zu, and beyond it the model needs to know its features "
        "(\"%s\"%s), which it does not predict; ask for %zu steps, or train with --horizon %zu, or with "
        "these columns as targets too",
        steps, net->horizon, rnn_show_string(model->columns[feature]).text,
        find_feature(model, feature + 1) < past ? " and more" : "", net->horizon, steps);
}

/* Only a model with masks can look at a window in which something is missing. */
static rnn_status check_window(const roll *r, size_t origin, size_t end)
{
    const rnn_series *series = r->series;
    const size_t lag = r->model->scaler.lag, T = r->model->network.T;
    for (size_t row = origin - r->before; row < end && r->model->settings.missing != RNN_MISSING_MASK; row++)
        for (size_t c = row < origin ? 0 : series->columns - series->known; c < series->columns; c++) {
            const bool shown = row + T >= origin, subtracted = row + lag < origin && c < series->targets;
            if ((shown || subtracted) && isnan(series->values[row * series->columns + c]))
                return rnn_fail(
                    RNN_CONFIG,
                    "%s: column \"%s\" is missing in the window before the forecast%s; fill it with --missing "
                    "ffill, or train with --missing mask",
                    rnn_series_place(series, row).text, rnn_show_string(series->names[c]).text,
                    row >= origin ? ", or in what has to be known ahead"
                    : shown       ? ""
                                  : ", or in what its differences are to");
        }
    return RNN_OK;
}

/* ", series a", where there are several. */
typedef struct part_name {
    char text[sizeof(rnn_shown) + sizeof ", series "];
} part_name;

static part_name name_part(const rnn_series *series, size_t part)
{
    part_name name = {{0}};
    if (series->ids)
        snprintf(name.text, sizeof name.text, ", series %s", rnn_show_string(series->ids[part]).text);
    return name;
}

static rnn_status fail_ahead(const roll *r, size_t part, size_t there)
{
    const rnn_series *series = r->series;
    const size_t horizon = r->model->network.horizon, column = find_known(series);
    char fewer[64] = "";
    if (column == series->columns)
        return rnn_fail(RNN_CONFIG,
                        "%s%s: the times have no regular step, so that the calendar of the rows to come is not known; "
                        "train without --calendar",
                        series->source, name_part(series, part).text);
    if (there >= horizon)
        snprintf(fewer, sizeof fewer, ", or ask for %zu steps", there / horizon * horizon);
    return rnn_fail(RNN_CONFIG,
                    "%s%s: the model has to know \"%s\" %zu rows ahead, and %zu are there; add rows of the future to "
                    "the data in which the targets are empty and that column is not%s",
                    series->source, name_part(series, part).text, rnn_show_string(series->names[column]).text, r->ahead,
                    there, fewer);
}

static rnn_status check_origin(const roll *r, size_t origin)
{
    const rnn_series *series = r->series;
    const size_t part = rnn_series_part(series, origin ? origin - 1 : 0), there = series->starts[part + 1] - origin;
    if (origin - series->starts[part] < r->before)
        return rnn_fail(RNN_CONFIG, "%s%s: %s; the model looks at windows of %s%s, so it needs that many at least%s",
                        series->source, name_part(series, part).text,
                        rnn_count(origin - series->starts[part], "row").text, rnn_count(r->before, "row").text,
                        r->model->scaler.lag > 1 ? ", a season among them" : "",
                        series->ids ? "; --short-ids drop leaves such series out" : "");
    if (there < find_reach(r->model, series, r->steps))
        return fail_ahead(r, part, there);
    return check_window(r, origin, origin + (there < r->ahead ? there : r->ahead));
}

/* ---- Windows of the origins ---------------------------------------------------------------------------------------- */

/* What is known ahead of `count` rows of a part from `row` on, as the file has it and, behind its end, the calendar; held (count, columns). */
static void put_known(const roll *r, size_t part, size_t row, size_t count, double *held)
{
    const rnn_series *series = r->series;
    const size_t width = series->columns, past = width - series->known, end = series->starts[part + 1];
    for (size_t i = 0; i < count && series->known; i++, row++, held += width) {
        if (row < end) {
            memcpy(held + past, series->values + row * width + past, series->known * sizeof *held);
            continue;
        }
        const int64_t time = rnn_step_after(&series->step, series->times[end - 1], row - end + 1);
        rnn_calendar_fill(series, &time, 1, held);
    }
}

/* The rows behind a window that is followed by `row`. */
static void put_ahead(const roll *r, size_t part, size_t row, double *held)
{
    const size_t count = r->span - r->before, width = r->series->columns;
    double *ahead = held + r->before * width;
    for (size_t i = 0; i < count * width; i++)
        ahead[i] = (double)NAN;
    put_known(r, part, row, count, ahead);
}

/* The scaling of origin b is that of the series it is in; of a series that the model does not know, what its rows before the origin have. */
static void copy_scaling(roll *r, size_t part, size_t origin, size_t b)
{
    const size_t width = r->series->columns, from = rnn_scaler_index(&r->known, part, 0);
    if (r->strange[part]) {
        rnn_scaler_fit_part(&r->scaler, r->series, part, origin, b);
    } else if (r->scaler.parts > 1 || b == 0) {
        memcpy(r->scaler.shift + b * width, r->known.shift + from, width * sizeof *r->scaler.shift);
        memcpy(r->scaler.factor + b * width, r->known.factor + from, width * sizeof *r->scaler.factor);
    }
}

static void copy_windows(roll *r, const size_t *origins, size_t B)
{
    const rnn_series *series = r->series;
    const size_t width = series->columns, row = width * sizeof(double);
    r->held->N = B * r->span;
    r->held->parts = B;
    for (size_t b = 0; b < B; b++) {
        const size_t part = rnn_series_part(series, origins[b] - 1);
        double *held = r->held->values + b * r->span * width;
        r->held->starts[b] = b * r->span;
        r->held->starts[b + 1] = (b + 1) * r->span;
        r->held->ends[b] = b * r->span + r->before;
        memcpy(held, series->values + (origins[b] - r->before) * width, r->before * row);
        put_ahead(r, part, origins[b], held);
        copy_scaling(r, part, origins[b], b);
    }
}

static rnn_status make_held(roll *r, size_t most, bool quantiles)
{
    const rnn_series *series = r->series;
    rnn_status status;
    RNN_TRY(rnn_series_new(series->source, most * r->span, series->columns, series->targets, &r->held));
    for (size_t i = 0; i < series->columns; i++)
        RNN_TRY(RNN_COPY_TEXT(r->held->names[i], series->names[i]));
    memcpy(r->held->kinds, series->kinds, series->columns * sizeof *series->kinds);
    r->held->known = series->known;
    free(r->held->starts);
    free(r->held->ends);
    r->held->ends = NULL;
    RNN_TRY(RNN_NEW(r->held->starts, most + 1));
    RNN_TRY(RNN_NEW(r->held->ends, most));
    RNN_TRY(rnn_scaler_init_parts(&r->scaler, r->known.kind, r->model->ids ? most : 1, series->columns));
    rnn_scaler_see_as(&r->scaler, &r->model->settings);
    if (quantiles)
        RNN_TRY(RNN_NEW(r->quantiles, most * r->model->network.O));
    status = RNN_NEW(r->outputs, most * r->model->network.asked);
fail:
    return status;
}

static rnn_status run_block(roll *r, size_t B)
{
    uint64_t starts[TOGETHER];
    size_t rows[TOGETHER];
    const size_t T = r->model->network.T;
    rnn_status status;
    for (size_t b = 0; b < B; b++) {
        rows[b] = b * r->span + r->before;
        starts[b] = rows[b] - T;
    }
    RNN_TRY(rnn_workspace_reload(&r->workspace, &r->scaler, r->held));
    RNN_TRY(rnn_workspace_send(&r->workspace, starts, B));
    RNN_TRY(rnn_workspace_forward(&r->workspace, r->workspace.list, 0, B, false));
    status = rnn_read_outputs(&r->scaler, r->held, &r->workspace, rows, B, r->outputs, r->quantiles);
fail:
    return status;
}

/* Steps [done, done + count) of every origin. */
static rnn_status take_outputs(const roll *r, size_t B, size_t done, size_t count, double *out, double *quantiles)
{
    const size_t targets = r->model->network.targets, asked = r->model->network.asked, Q = r->model->network.loss.Q;
    for (size_t b = 0; b < B; b++) {
        if (quantiles)
            memcpy(quantiles + (b * r->steps + done) * targets * Q, r->quantiles + b * asked * Q,
                   count * targets * Q * sizeof *quantiles);
        for (size_t i = 0; i < count * targets; i++) {
            const double value = r->outputs[b * asked + i];
            if (!isfinite(value))
                return rnn_fail(
                    RNN_DIVERGED,
                    "the forecast of step %zu, column \"%s\", is not finite: the model's forecasts grow when "
                    "they are fed back to it; ask for fewer steps",
                    done + i / targets + 1, rnn_show_string(r->model->columns[i % targets]).text);
            out[(b * r->steps + done) * targets + i] = value;
        }
    }
    return RNN_OK;
}

/* The block's rows behind each window, and as many in front of it out: forecasts of the targets, their masks, which are 0, and what is known
 * of the other columns (check_features). */
static void advance(const roll *r, const size_t *origins, size_t B, size_t done)
{
    const rnn_network *net = &r->model->network;
    const size_t width = net->columns, rows = net->horizon < r->before ? net->horizon : r->before;
    for (size_t b = 0; b < B; b++) {
        const size_t part = rnn_series_part(r->series, origins[b] - 1), next = origins[b] + done;
        double *held = r->held->values + b * r->span * width, *fresh = held + (r->before - rows) * width;
        memmove(held, held + rows * width, (r->before - rows) * width * sizeof *held);
        memset(fresh, 0, rows * width * sizeof *fresh);
        for (size_t i = 0; i < rows; i++)
            memcpy(fresh + i * width, r->outputs + b * net->asked + (net->horizon - rows + i) * net->targets,
                   net->targets * sizeof *fresh);
        put_known(r, part, next - rows, rows, fresh);
        put_ahead(r, part, next, held);
    }
}

static rnn_status roll_together(roll *r, const size_t *origins, size_t B, double *out, double *quantiles)
{
    const size_t horizon = r->model->network.horizon;
    rnn_status status = RNN_OK;
    copy_windows(r, origins, B);
    for (size_t done = 0; done < r->steps; done += horizon) {
        const size_t count = r->steps - done < horizon ? r->steps - done : horizon;
        if (done > 0)
            advance(r, origins, B, done);
        RNN_TRY(run_block(r, B));
        RNN_TRY(take_outputs(r, B, done, count, out, quantiles));
    }
fail:
    return status;
}

/* Which series are asked, and which of them the model does not know: that is told. */
static rnn_status find_strangers(roll *r, const size_t *origins, size_t count)
{
    const rnn_series *series = r->series;
    rnn_status status;
    RNN_TRY(RNN_NEW(r->asked, series->parts));
    RNN_TRY(RNN_NEW(r->strange, series->parts));
    for (size_t p = 0; p < series->parts; p++)
        r->strange[p] = !rnn_model_scales(r->model, series, p);
    for (size_t i = 0; i < count; i++)
        r->asked[rnn_series_part(series, origins[i] - 1)] = true;
    rnn_model_tell_strangers(r->model, series, r->asked);
fail:
    return status;
}

rnn_status rnn_roll_out(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                        size_t count, size_t steps, rnn_backend *backend, double *out, double *quantiles)
{
    const rnn_network *own = &model->network;
    const size_t most = count < TOGETHER ? count : TOGETHER;
    roll r = {.model = model, .series = series, .steps = steps};
    rnn_network net;
    rnn_status status;
    r.before = model->scaler.lag + own->T;
    r.span = r.before + (own->known ? own->horizon : 0);
    r.ahead = rows_ahead(own, steps);
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(check_features(model, steps));
    for (size_t i = 0; i < count; i++)
        RNN_TRY(check_origin(&r, origins[i]));
    RNN_TRY(rnn_choose_mode(model, mode, backend, &net));
    RNN_TRY(find_strangers(&r, origins, count));
    RNN_TRY(rnn_model_scaling_again(model, series, &r.known));
    RNN_TRY(make_held(&r, most, quantiles != NULL));
    copy_windows(&r, origins, most);
    RNN_TRY(rnn_workspace_open(&r.workspace, backend, &net, &r.scaler, r.held, most, NULL));
    RNN_TRY(rnn_workspace_set(&r.workspace, model->parameters));
    for (size_t first = 0; first < count; first += r.workspace.chunk) {
        const size_t B = count - first < r.workspace.chunk ? count - first : r.workspace.chunk;
        const size_t at = first * steps * own->targets;
        RNN_TRY(roll_together(&r, origins + first, B, out + at, quantiles ? quantiles + at * own->loss.Q : NULL));
    }
fail:
    close_roll(&r);
    return status;
}

rnn_network rnn_roll_shape(const rnn_model *model, size_t steps)
{
    return (rnn_network){.horizon = steps, .targets = model->network.targets, .loss = model->network.loss};
}

rnn_status rnn_predict_far(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                           size_t count, size_t steps, const size_t *ends, rnn_backend *backend, rnn_predictions **out)
{
    const rnn_network far = rnn_roll_shape(model, steps);
    rnn_predictions *p = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_predictions_new(&far, count, &p));
    memcpy(p->rows, origins, count * sizeof *origins);
    RNN_TRY(rnn_roll_out(model, series, mode, origins, count, steps, backend, p->predicted, p->quantiles));
    rnn_predictions_look_up(series, ends, p);
    *out = p;
    p = NULL;
fail:
    rnn_predictions_free(p);
    return status;
}
