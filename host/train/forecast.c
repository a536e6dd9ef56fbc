/* SPDX-License-Identifier: MIT
 * forecast.c - rnn_forecast: past the end of a series, with intervals
 */
#include "base/memory.h"
#include "data/series.h"
#include "data/text.h"
#include "train/rollout.h"
#include "train/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_EDGE 1e-6 /* nearer to 0 or 1 than this a level says nothing */
#define ORIGINS    256  /* most of them from which forecasts as far ahead are measured */

size_t rnn_interval_windows(double level)
{
    return rnn_intervals_needed(level);
}

void rnn_forecasts_free(rnn_forecasts *forecasts)
{
    if (!forecasts)
        return;
    free(forecasts->quantiles);
    free(forecasts->upper);
    free(forecasts->lower);
    free(forecasts->mean);
    free(forecasts->rows);
    free(forecasts);
}

static rnn_status check_request(size_t steps, const double *levels, size_t count)
{
    if (steps < 1)
        return rnn_fail(RNN_USAGE, "0 steps to forecast, expected at least 1");
    if (count > RNN_LEVELS)
        return rnn_fail(RNN_USAGE, "%zu levels of intervals, expected at most %d", count, RNN_LEVELS);
    for (size_t i = 0; i < count; i++)
        if (!(levels[i] >= LEVEL_EDGE && levels[i] <= 1 - LEVEL_EDGE))
            return rnn_fail(RNN_USAGE, "level %g of an interval, expected above 0 and below 1, as 0.8", levels[i]);
    return RNN_OK;
}

/* The rows that are forecast from: the end of each series, but of those that are left out as too short. */
static rnn_status list_origins(const rnn_model *model, const rnn_series *series, rnn_forecasts *f)
{
    const size_t least = model->scaler.lag + model->network.T;
    const bool drops = series->ids && model->settings.short_ids == RNN_SHORT_IDS_DROP;
    size_t first = series->parts;
    f->parts = 0;
    for (size_t p = 0; p < series->parts; p++) {
        if (!drops || series->ends[p] - series->starts[p] >= least)
            f->rows[f->parts++] = series->ends[p];
        else if (first == series->parts)
            first = p;
    }
    if (f->parts == 0)
        return rnn_fail(RNN_CONFIG, "%s: each of the %zu series has fewer than the %zu rows the model looks at",
                        series->source, series->parts, least);
    if (f->parts < series->parts)
        rnn_notice("%s: no forecast of %zu of %zu series, \"%s\" first: fewer than the %zu rows the model looks at",
                   series->source, series->parts - f->parts, series->parts, rnn_show_string(series->ids[first]).text,
                   least);
    return RNN_OK;
}

static rnn_status new_forecasts(const rnn_model *model, const rnn_series *series, size_t steps, const double *levels,
                                size_t count, rnn_forecasts **out)
{
    const size_t targets = model->network.targets;
    rnn_status status;
    rnn_forecasts *f = NULL;
    size_t each, values, widest;
    if (__builtin_mul_overflow(targets, series->parts, &each) || __builtin_mul_overflow(steps, each, &values) ||
        __builtin_mul_overflow(values, count + 1 + RNN_MOST_QUANTILES, &widest))
        return rnn_fail(RNN_NO_MEMORY, "out of memory: %zu steps to forecast", steps);
    RNN_TRY(RNN_NEW(f, 1));
    f->steps = steps;
    f->targets = targets;
    f->levels = count;
    for (size_t i = 0; i < count; i++)
        f->level[i] = levels[i];
    f->residuals = model->intervals.outputs ? (size_t)model->intervals.residuals[0] : 0;
    RNN_TRY(RNN_NEW(f->rows, series->parts));
    RNN_TRY(list_origins(model, series, f));
    RNN_TRY(RNN_NEW(f->mean, values));
    if (model->network.loss.kind == RNN_QUANTILE) {
        f->Q = model->network.loss.Q;
        RNN_TRY(RNN_NEW(f->quantiles, values * f->Q));
    }
    RNN_TRY(RNN_NEW(f->lower, count * values));
    RNN_TRY(RNN_NEW(f->upper, count * values));
    *out = f;
    return RNN_OK;
fail:
    rnn_forecasts_free(f);
    return status;
}

/* Up to ORIGINS rows behind validation windows from which all is known that the steps need: a gap of long ago is none of today's. */
static size_t find_origins(const rnn_model *model, const rnn_series *series, const rnn_windows *val, size_t steps,
                           size_t *origins)
{
    const rnn_span span = rnn_span_of(val, ORIGINS);
    size_t count = 0;
    for (size_t i = 0; i < span.count; i++) {
        const size_t row = rnn_span_row(&span, i) + model->network.T;
        if (rnn_roll_known(model, series, row, steps))
            origins[count++] = row;
    }
    return count;
}

/* The rows that validation windows are asked for, and no others, may be compared with: ends (parts). */
static void find_ends(const rnn_series *series, const rnn_network *net, const rnn_windows *val, size_t *ends)
{
    for (size_t i = 0; i < val->count; i++) {
        const size_t row = rnn_windows_row(val, i);
        ends[rnn_series_part(series, row)] = row + net->T + net->horizon;
    }
}

/* Residuals of forecasts `steps` ahead that begin at validation windows, as far as rows of the validation part tell; rows of the test part
 * stay untouched. Empty where the series is not the model's own, or nothing is left to compare with. */
static rnn_status measure_far(const rnn_model *model, const rnn_series *series, size_t steps, rnn_input_mode mode,
                              rnn_backend *backend, rnn_intervals *out)
{
    const rnn_network *net = &model->network;
    rnn_partition partition = {.train = {0}};
    rnn_scaler scaler = {0};
    rnn_series own;
    rnn_predictions *p = NULL;
    size_t *origins = NULL, *own_ends = NULL, *ends = NULL;
    rnn_status status;
    RNN_TRY(rnn_model_own(model, series, &own, &own_ends));
    if (!own_ends)
        return RNN_OK;
    RNN_TRY(rnn_partition_make(&model->settings, &own, &partition));
    RNN_TRY(RNN_NEW(origins, ORIGINS));
    const size_t count = find_origins(model, series, &partition.val, steps, origins); /* all that is known ahead */
    if (count == 0)
        goto fail;
    RNN_TRY(RNN_NEW(ends, own.parts));
    find_ends(&own, net, &partition.val, ends);
    RNN_TRY(rnn_predict_far(model, series, mode, origins, count, steps, ends, backend, &p));
    p->levels =
        model->intervals.quantiles; /* around what those of the model are, of earlier versions the point forecast */
    RNN_TRY(rnn_model_scaling_again(model, &own, &scaler));
    const rnn_range all = {0, p->count};
    status = rnn_intervals_fit(p, &all, 1, &scaler, out);
fail:
    rnn_scaler_free(&scaler);
    rnn_predictions_free(p);
    free(ends);
    free(own_ends);
    free(origins);
    rnn_partition_free(&partition);
    return status;
}

/* How far an interval reaches, and beyond which forecasts. */
typedef struct reaching {
    double width; /* in units of the factor; INFINITY: no residual tells */
    rnn_quantiles of;
} reaching;

/* Of the network's own quantiles as they are, where a pair of them is as far apart as the level. */
static reaching reach_unadjusted(const rnn_model *model, double level)
{
    const rnn_quantiles *own = &model->settings.quantiles;
    reaching none = {INFINITY, {.count = 0}};
    if (model->settings.loss == RNN_QUANTILE && rnn_quantile_pairs(own) &&
        fabs(rnn_quantile_share(own, rnn_quantile_pair(own, level)) - level) < LEVEL_EDGE)
        none = (reaching){0, *own};
    return none;
}

/* A step without residuals of its own reaches as far as the one before. */
static bool reach_at(const rnn_model *model, const rnn_intervals *far, size_t output, double level, reaching *out)
{
    const rnn_intervals *from = output < model->network.asked ? &model->intervals : far;
    const double width = from->outputs ? rnn_intervals_width(from, output, level) : INFINITY;
    if (!isfinite(width))
        return false;
    *out = (reaching){width, from->quantiles};
    return true;
}

static void fill_step(const rnn_series *series, const rnn_scaler *scaler, const reaching *reach, size_t index,
                      size_t output, rnn_forecasts *f)
{
    for (size_t k = 0; k < f->parts; k++) {
        const size_t at = k * f->steps * f->targets + output, bound = index * f->parts * f->steps * f->targets + at;
        const size_t part = rnn_series_part(series, f->rows[k] - 1);
        const double factor = scaler->factor[rnn_scaler_index(scaler, part, output % f->targets)];
        const rnn_bounds bounds =
            rnn_intervals_around(&reach->of, scaler, f->level[index], f->mean[at],
                                 f->quantiles ? f->quantiles + at * f->Q : NULL, reach->width * factor);
        f->lower[bound] = bounds.lower;
        f->upper[bound] = bounds.upper;
    }
}

static void fill_level(const rnn_model *model, const rnn_series *series, const rnn_scaler *scaler,
                       const rnn_intervals *far, size_t index, rnn_forecasts *f)
{
    f->measured[index] = f->steps;
    for (size_t target = 0; target < f->targets; target++) {
        reaching reach = reach_unadjusted(model, f->level[index]);
        const bool own = isfinite(reach.width);
        for (size_t step = 0; step < f->steps; step++) {
            const size_t output = step * f->targets + target;
            if (!reach_at(model, far, output, f->level[index], &reach) && step < f->measured[index])
                f->measured[index] = step;
            fill_step(series, scaler, &reach, index, output, f);
        }
        f->unadjusted[index] = own && f->measured[index] == 0;
    }
}

/* An interval holds those of lower levels, which it may not by itself where its residuals run out before theirs, or its quantiles are others:
 * wider it keeps what it promises. */
static void nest(rnn_forecasts *f)
{
    const size_t values = f->parts * f->steps * f->targets;
    for (size_t i = 0; i < f->levels; i++)
        for (size_t j = 0; j < f->levels; j++)
            for (size_t at = 0; f->level[j] < f->level[i] && at < values; at++) {
                double *lower = &f->lower[i * values + at], *upper = &f->upper[i * values + at];
                if (isfinite(*lower) && isfinite(*upper)) { /* no interval at all stays none */
                    *lower = fmin(*lower, f->lower[j * values + at]);
                    *upper = fmax(*upper, f->upper[j * values + at]);
                }
            }
}

rnn_status rnn_forecast(const rnn_model *model, const rnn_series *series, size_t steps, const double *levels,
                        size_t count, rnn_backend *backend, rnn_forecasts **out)
{
    const rnn_input_mode mode = model->settings.recipe == RNN_RECIPE_ARTICLE ? RNN_MODE_WINDOW : RNN_MODE_STEP;
    rnn_intervals far = {.outputs = 0};
    rnn_scaler scaler = {0};
    rnn_forecasts *f = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(check_request(steps, levels, count));
    RNN_TRY(new_forecasts(model, series, steps, levels, count, &f));
    RNN_TRY(rnn_roll_out(model, series, mode, f->rows, f->parts, steps, backend, f->mean, f->quantiles));
    if (count && steps > model->network.horizon && model->intervals.outputs)
        RNN_TRY(measure_far(model, series, steps, mode, backend, &far));
    RNN_TRY(rnn_model_scaling_again(model, series, &scaler));
    for (size_t i = 0; i < count; i++)
        fill_level(model, series, &scaler, &far, i, f);
    nest(f);
    *out = f;
    f = NULL;
fail:
    rnn_forecasts_free(f);
    rnn_intervals_free(&far);
    rnn_scaler_free(&scaler);
    return status;
}
