/* SPDX-License-Identifier: MIT
 * model_extras.c - what a model file holds beside the network: naive forecasts and the residuals that intervals are made of
 *
 *   forecast.baselines (targets, 36) F64: season, scale, slope, order, mean, intercept, then RNN_AR_MOST lags
 *   forecast.residuals (asked, 1 + kept) F64: as rnn_intervals has them around the point forecast
 *   forecast.quantile_residuals (pairs * asked, 1 + kept) F64: the same around pairs of quantiles, in the place of the former
 *   forecast.rows (parts, 1) F64: own_rows, but of one series without columns known ahead or an id: they are the rows of its origin
 * Any may be absent: files of earlier versions have none of them, or the first two, and models of several series no baselines.
 */
#include "base/memory.h"
#include "file/model_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BASELINES "forecast.baselines"
#define RESIDUALS "forecast.residuals"
#define AROUND    "forecast.quantile_residuals"
#define ROWS      "forecast.rows"

enum { SEASON, SCALE, SLOPE, ORDER, MEAN, INTERCEPT, LAGS, WIDTH = LAGS + RNN_AR_MOST };

bool rnn_is_extra(const char *name)
{
    static const char *const names[] = {BASELINES, RESIDUALS, AROUND, ROWS};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Than the rows of one series alone. */
static bool has_more(const rnn_model *model)
{
    return model->network.known > 0 || model->id != NULL;
}

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

static void pack_baseline(const rnn_baseline *b, double row[WIDTH])
{
    row[SEASON] = (double)b->season;
    row[SCALE] = b->scale;
    row[SLOPE] = b->slope;
    row[ORDER] = (double)b->order;
    row[MEAN] = b->mean;
    row[INTERCEPT] = b->intercept;
    memcpy(row + LAGS, b->lag, sizeof b->lag);
}

static rnn_stored_tensor table(const char *name, size_t rows, size_t columns, const double *data)
{
    return (rnn_stored_tensor){name, RNN_DOUBLE, 2, {rows, columns}, data, rows * columns * sizeof *data};
}

rnn_status rnn_model_extras(const rnn_model *model, double **packed, rnn_stored_tensor tensors[RNN_EXTRAS],
                            size_t *count)
{
    const rnn_intervals *intervals = &model->intervals;
    const size_t targets = model->baselines ? model->network.targets : 0;
    const size_t parts = model->own_parts > 1 || has_more(model) ? model->own_parts : 0;
    rnn_status status;
    *count = 0;
    RNN_TRY(RNN_NEW(*packed, targets * WIDTH + parts));
    double *rows = *packed + targets * WIDTH;
    for (size_t target = 0; target < targets; target++)
        pack_baseline(&model->baselines[target], *packed + target * WIDTH);
    for (size_t p = 0; p < parts; p++)
        rows[p] = (double)model->own_rows[p];
    if (targets)
        tensors[(*count)++] = table(BASELINES, targets, WIDTH, *packed);
    if (intervals->outputs)
        tensors[(*count)++] = table(rnn_quantile_pairs(&intervals->quantiles) ? AROUND : RESIDUALS,
                                    rnn_intervals_sets(&intervals->quantiles) * intervals->outputs, 1 + intervals->kept,
                                    intervals->residuals);
    if (parts)
        tensors[(*count)++] = table(ROWS, parts, 1, rows);
fail:
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

/* A whole number from low to high. */
static bool is_count(double value, double low, double high)
{
    return value >= low && value <= high && value == floor(value);
}

static rnn_status check_table(const rnn_stored_tensor *stored, const char *path, size_t rows, size_t least, size_t most)
{
    if (stored->precision != RNN_DOUBLE || stored->rank != 2 || stored->shape[0] != rows || stored->shape[1] < least ||
        stored->shape[1] > most)
        return rnn_fail(
            RNN_BAD_DATA,
            "%s: tensor %s has %zu dimensions, %zu rows and %zu bytes in %s, the settings make it (%zu,%zu) "
            "in double%s",
            path, stored->name, stored->rank, stored->rank ? stored->shape[0] : 1, stored->size,
            stored->precision == RNN_DOUBLE ? "double" : "float", rows, most, least < most ? " at most" : "");
    for (size_t i = 0; i < stored->size / sizeof(double); i++) {
        double value;
        memcpy(&value, (const char *)stored->data + i * sizeof value, sizeof value);
        if (!isfinite(value))
            return rnn_fail(RNN_BAD_DATA, "%s: tensor %s: element %zu is no finite number", path, stored->name, i);
    }
    return RNN_OK;
}

static rnn_status fail_row(const rnn_stored_tensor *stored, const char *path, size_t row, const char *what)
{
    return rnn_fail(RNN_BAD_DATA, "%s: tensor %s: row %zu %s", path, stored->name, row, what);
}

static rnn_status read_baselines(const rnn_stored_tensor *stored, const char *path, rnn_model *model)
{
    const size_t targets = model->network.targets;
    rnn_status status;
    RNN_TRY(check_table(stored, path, targets, WIDTH, WIDTH));
    RNN_TRY(RNN_NEW(model->baselines, targets));
    for (size_t target = 0; target < targets; target++) {
        rnn_baseline *b = &model->baselines[target];
        double row[WIDTH];
        memcpy(row, (const char *)stored->data + target * sizeof row, sizeof row);
        if (!is_count(row[SEASON], 1, 1e15) || !is_count(row[ORDER], 0, RNN_AR_MOST) || row[SCALE] < 0)
            return fail_row(stored, path, target, "has no season, order and scale that a series could have");
        *b = (rnn_baseline){.season = (size_t)row[SEASON],
                            .scale = row[SCALE],
                            .slope = row[SLOPE],
                            .order = (size_t)row[ORDER],
                            .mean = row[MEAN],
                            .intercept = row[INTERCEPT]};
        memcpy(b->lag, row + LAGS, sizeof b->lag);
    }
fail:
    return status;
}

/* of: around whose pairs they are. */
static rnn_status read_residuals(const rnn_stored_tensor *stored, const char *path, const rnn_quantiles *of,
                                 rnn_model *model)
{
    const size_t O = rnn_intervals_sets(of) * model->network.asked;
    const double least = rnn_quantile_pairs(of) ? -INFINITY : 0;
    rnn_intervals *intervals = &model->intervals;
    rnn_status status;
    RNN_TRY(check_table(stored, path, O, 2, 1 + RNN_RESIDUALS_KEPT));
    const size_t width = stored->shape[1];
    RNN_TRY(RNN_NEW(intervals->residuals, O * width));
    memcpy(intervals->residuals, stored->data, stored->size);
    for (size_t o = 0; o < O; o++) {
        const double *row = intervals->residuals + o * width;
        if (!is_count(row[0], 0, 1e15))
            return fail_row(stored, path, o, "begins with no number of residuals");
        for (size_t j = 1; j < width && (double)j <= row[0]; j++)
            if (row[j] < (j > 1 ? row[j - 1] : least))
                return fail_row(stored, path, o, "is not of ascending residuals");
    }
    intervals->outputs = model->network.asked;
    intervals->quantiles = *of;
    intervals->kept = width - 1;
fail:
    return status;
}

/* Without the tensor a model of one series alone has the rows of its origin; an earlier version's of more has a digest of all rows. */
static rnn_status read_rows(const rnn_stored_tensor *stored, const char *path, rnn_model *model)
{
    const size_t parts = stored && stored->rank && stored->shape[0] ? stored->shape[0] : 1;
    rnn_status status = RNN_OK;
    if (!stored && has_more(model))
        return RNN_OK;
    if (stored)
        RNN_TRY(check_table(stored, path, parts, 1, 1));
    RNN_TRY(RNN_NEW(model->own_rows, parts));
    model->own_parts = parts;
    model->own_rows[0] = model->rows;
    for (size_t p = 0; stored && p < parts; p++) {
        double rows;
        memcpy(&rows, (const char *)stored->data + p * sizeof rows, sizeof rows);
        if (!is_count(rows, 0, 1e15))
            return fail_row(stored, path, p, "is no number of rows");
        model->own_rows[p] = (size_t)rows;
    }
fail:
    return status;
}

rnn_status rnn_read_extras(const rnn_safetensors *file, rnn_model *model, size_t *count)
{
    const rnn_stored_tensor *baselines = rnn_safetensors_tensor(file, BASELINES);
    const rnn_stored_tensor *around = rnn_safetensors_tensor(file, AROUND);
    const rnn_stored_tensor *residuals = around ? around : rnn_safetensors_tensor(file, RESIDUALS);
    const rnn_stored_tensor *rows = rnn_safetensors_tensor(file, ROWS);
    const rnn_quantiles *own = &model->settings.quantiles, none = {.count = 0};
    rnn_status status;
    *count = (baselines != NULL) + (residuals != NULL) + (rows != NULL);
    if (around && (model->settings.loss != RNN_QUANTILE || rnn_quantile_pairs(own) == 0))
        return rnn_fail(RNN_BAD_DATA, "%s: tensor %s, and the model has no two quantiles", file->source, AROUND);
    RNN_TRY(read_rows(rows, file->source, model));
    if (baselines)
        RNN_TRY(read_baselines(baselines, file->source, model));
    if (residuals)
        RNN_TRY(read_residuals(residuals, file->source, around ? own : &none, model));
fail:
    return status;
}
