/* SPDX-License-Identifier: MIT
 * predict.c - predictions for every window of a series, and how far off they are
 */
#include "train/predict.h"

#include "base/count.h"
#include "base/memory.h"
#include "data/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

rnn_status rnn_check_series(const rnn_model *model, const rnn_series *series)
{
    const rnn_network *net = &model->network;
    if (series->columns != net->columns || series->targets != net->targets)
        return rnn_fail(RNN_CONFIG, "%s: %s of which %zu are targets; the model has %zu and %zu", series->source,
                        rnn_count(series->columns, "column").text, series->targets, net->columns, net->targets);
    if (series->known != net->known)
        return rnn_fail(RNN_CONFIG, "%s: %s are known ahead; the model has %zu", series->source,
                        rnn_count(series->known, "column").text, net->known);
    return RNN_OK;
}

void rnn_look_back(const rnn_series *series, size_t row, size_t since, const double *before, double *last)
{
    const size_t first = series->starts[rnn_series_part(series, row - 1)];
    const bool goes_on = since > first && since <= row;
    for (size_t target = 0; target < series->targets; target++)
        last[target] =
            rnn_series_last(series, row, target, goes_on ? since : first, goes_on ? before[target] : (double)NAN);
}

rnn_status rnn_read_outputs(const rnn_scaler *scaler, const rnn_series *series, rnn_workspace *w, const size_t *rows,
                            size_t B, double *predicted, double *quantiles)
{
    const rnn_network *net = &w->plan->network;
    const size_t O = net->O, Q = net->loss.Q, real = rnn_real_size(w->backend);
    double *outputs = NULL, *last = NULL;
    size_t base = 0;
    rnn_status status = RNN_NO_MEMORY;
    void *raw = rnn_calloc(B * O, real, "outputs");
    if (!raw)
        goto fail;
    RNN_TRY(RNN_NEW(outputs, O));
    RNN_TRY(RNN_NEW(last, series->targets));
    RNN_TRY(w->ops->read(w->backend, w->yhat, 0, B * O * real, raw));
    for (size_t b = 0; b < B; b++) {
        for (size_t o = 0; o < O; o++)
            outputs[o] = real == sizeof(double) ? ((double *)raw)[b * O + o] : (double)((float *)raw)[b * O + o];
        rnn_look_back(series, rnn_scaler_base(scaler, rows[b]), base, last, last);
        base = rnn_scaler_base(scaler, rows[b]);
        rnn_scaler_restore(scaler, series, rows[b], last, net->horizon, Q, outputs);
        for (size_t i = 0; i < net->asked; i++)
            predicted[b * net->asked + i] = outputs[i * Q + net->loss.point];
        if (quantiles)
            memcpy(quantiles + b * O, outputs, O * sizeof *outputs);
    }
fail:
    free(last);
    free(outputs);
    free(raw);
    return status;
}

/* The windows of a span, from row `at` of p on. */
static rnn_status run_windows(const rnn_scaler *scaler, const rnn_series *series, rnn_workspace *w,
                              const rnn_span *span, size_t at, rnn_predictions *p)
{
    const rnn_network *net = &w->plan->network;
    rnn_status status = RNN_OK;
    for (size_t first = 0; first < span->count; first += w->chunk) {
        const size_t B = span->count - first < w->chunk ? span->count - first : w->chunk, i = at + first;
        RNN_TRY(rnn_workspace_forward_span(w, span, first, B, false));
        RNN_TRY(rnn_read_outputs(scaler, series, w, p->rows + i, B, p->predicted + i * net->asked,
                                 p->quantiles ? p->quantiles + i * net->O : NULL));
    }
fail:
    return status;
}

void rnn_predictions_look_up(const rnn_series *series, const size_t *ends, rnn_predictions *p)
{
    for (size_t i = 0; i < p->count; i++) {
        const size_t part = p->parts[i] = rnn_series_part(series, p->rows[i] - 1);
        const size_t end = ends ? ends[part] : series->starts[part + 1];
        double *last = p->last + i * p->targets;
        rnn_look_back(series, p->rows[i], i ? p->rows[i - 1] : 0, i ? last - p->targets : NULL, last);
        for (size_t target = 0; target < p->targets; target++)
            for (size_t step = 0; step < p->horizon; step++) {
                const size_t row = p->rows[i] + step;
                p->actual[(i * p->horizon + step) * p->targets + target] =
                    row < end ? series->values[row * series->columns + target] : NAN;
            }
    }
}

rnn_status rnn_choose_mode(const rnn_model *model, rnn_input_mode mode, const rnn_backend *backend, rnn_network *net)
{
    *net = model->network;
    if (model->settings.precision != backend->precision)
        return rnn_fail(RNN_CONFIG, "the model is in another precision than the device was opened for");
    if (mode != RNN_MODE_WINDOW)
        return RNN_OK;
    if (net->input_weights != RNN_INPUT_PER_STEP)
        return rnn_fail(RNN_CONFIG, "window mode is for models with --input-weights per-step");
    *net = rnn_network_window_mode(net);
    return RNN_OK;
}

rnn_status rnn_predictions_new(const rnn_network *net, size_t count, rnn_predictions **out)
{
    size_t asked, values;
    rnn_status status;
    rnn_predictions *p = NULL;
    *out = NULL;
    if (__builtin_mul_overflow(net->horizon, net->targets, &asked) || __builtin_mul_overflow(count, asked, &values) ||
        values > SIZE_MAX / RNN_MOST_QUANTILES)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: %zu windows of %zu steps", count, net->horizon);
    RNN_TRY(RNN_NEW(p, 1));
    p->count = count;
    p->horizon = net->horizon;
    p->targets = net->targets;
    RNN_TRY(RNN_NEW(p->rows, count));
    RNN_TRY(RNN_NEW(p->parts, count));
    RNN_TRY(RNN_NEW(p->predicted, values));
    RNN_TRY(RNN_NEW(p->actual, values));
    RNN_TRY(RNN_NEW(p->last, count * p->targets));
    if (net->loss.kind == RNN_QUANTILE) {
        p->Q = p->levels.count = net->loss.Q;
        for (size_t q = 0; q < p->Q; q++)
            p->levels.values[q] = net->loss.pair[q][0];
        RNN_TRY(RNN_NEW(p->quantiles, values * p->Q));
    }
    *out = p;
    return RNN_OK;
fail:
    rnn_predictions_free(p);
    return status;
}

/* The rows of the windows of all spans, one behind the other. */
static void fill_rows(const rnn_network *net, const rnn_span *spans, size_t parts, size_t *rows)
{
    for (size_t part = 0; part < parts; part++)
        for (size_t k = 0; k < spans[part].count; k++)
            *rows++ = rnn_span_row(&spans[part], k) + net->T;
}

rnn_status rnn_predict_with(const rnn_model *model, const rnn_scaler *scaler, rnn_workspace *w,
                            const rnn_series *series, const rnn_span *spans, size_t parts, rnn_predictions **out)
{
    rnn_status status;
    rnn_predictions *p = NULL;
    size_t count = 0, done = 0;
    *out = NULL;
    for (size_t part = 0; part < parts; part++)
        count += spans[part].count;
    RNN_TRY(rnn_predictions_new(&model->network, count, &p));
    fill_rows(&model->network, spans, parts, p->rows);
    RNN_TRY(rnn_workspace_set(w, model->parameters));
    for (size_t part = 0; part < parts; done += spans[part++].count)
        RNN_TRY(run_windows(scaler, series, w, &spans[part], done, p));
    rnn_predictions_look_up(series, NULL, p);
    *out = p;
    p = NULL;
fail:
    rnn_predictions_free(p);
    return status;
}

/* The windows of all spans, one behind the other. */
static rnn_status predict_spans(const rnn_model *model, const rnn_series *series, rnn_input_mode mode,
                                const rnn_span *spans, size_t parts, rnn_backend *backend, rnn_predictions **out)
{
    rnn_status status;
    rnn_workspace workspace = {.ops = NULL};
    rnn_scaler scaler = {0};
    rnn_network net;
    size_t most = 0;
    for (size_t part = 0; part < parts; part++)
        most = spans[part].count > most ? spans[part].count : most;
    RNN_TRY(rnn_choose_mode(model, mode, backend, &net));
    RNN_TRY(rnn_model_scaling(model, series, &scaler));
    RNN_TRY(rnn_workspace_open(&workspace, backend, &net, &scaler, series, most, NULL));
    status = rnn_predict_with(model, &scaler, &workspace, series, spans, parts, out);
fail:
    rnn_workspace_close(&workspace);
    rnn_scaler_free(&scaler);
    return status;
}

rnn_status rnn_predict(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, rnn_backend *backend,
                       rnn_predictions **out)
{
    rnn_windows windows = {.count = 0};
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(rnn_windows_of(&model->settings, series, &windows));
    const rnn_span all = rnn_span_of(&windows, 0);
    status = predict_spans(model, series, mode, &all, 1, backend, out);
fail:
    rnn_windows_free(&windows);
    return status;
}

rnn_status rnn_predict_some(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, size_t windows,
                            rnn_backend *backend, rnn_split *shown, rnn_predictions **out)
{
    rnn_partition partition = {.train = {0}};
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(rnn_partition_make(&model->settings, series, &partition));
    const rnn_span spans[] = {rnn_span_of(&partition.train, windows), rnn_span_of(&partition.val, windows),
                              rnn_span_of(&partition.test, windows)};
    *shown = partition.split;
    shown->train = spans[0].count;
    shown->val = spans[1].count;
    shown->test = spans[2].count;
    shown->total = shown->train + shown->val + shown->test;
    status = predict_spans(model, series, mode, spans, sizeof spans / sizeof *spans, backend, out);
fail:
    rnn_partition_free(&partition);
    return status;
}

void rnn_predictions_free(rnn_predictions *predictions)
{
    if (!predictions)
        return;
    free(predictions->rows);
    free(predictions->parts);
    free(predictions->predicted);
    free(predictions->actual);
    free(predictions->last);
    free(predictions->quantiles);
    free(predictions);
}

void rnn_measure(const rnn_predictions *p, size_t first, size_t count, rnn_metrics *out)
{
    const size_t O = p->horizon * p->targets;
    double squares = 0, sizes = 0, last_squares = 0, last_sizes = 0, values = 0;
    *out = (rnn_metrics){.count = 0};
    for (size_t i = first; i < first + count && i < p->count; i++) {
        bool any = false;
        for (size_t o = 0; o < O; o++) {
            const double actual = p->actual[i * O + o];
            if (isnan(actual))
                continue;
            const double error = p->predicted[i * O + o] - actual;
            const double last_error = p->last[i * p->targets + o % p->targets] - actual;
            any = true;
            values++;
            squares += error * error;
            sizes += fabs(error);
            last_squares += last_error * last_error;
            last_sizes += fabs(last_error);
        }
        out->count += any;
    }
    out->rmse = sqrt(squares / values);
    out->mae = sizes / values;
    out->persistence_rmse = sqrt(last_squares / values);
    out->persistence_mae = last_sizes / values;
}
