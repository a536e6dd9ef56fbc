/* SPDX-License-Identifier: MIT */
#include "train/rollout.h"

#include "base/memory.h"
#include "data/series.h"
#include "data/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER 256 /* origins that are resident at a time */

/* Windows of several origins back to back, which is what the device holds as its series. */
typedef struct roll {
    const rnn_model *model;
    rnn_workspace workspace;
    rnn_series *held; /* (origins * T, columns), original units */
    double *outputs;  /* (origins, O) of a block */
    size_t steps;
} roll;

static void close_roll(roll *r)
{
    free(r->outputs);
    rnn_series_free(r->held);
    rnn_workspace_close(&r->workspace);
}

static rnn_status check_features(const rnn_model *model, size_t steps)
{
    const rnn_network *net = &model->network;
    if (steps <= net->horizon || net->columns == net->targets)
        return RNN_OK;
    return rnn_fail(
        RNN_CONFIG,
        "%zu steps are more than the model's horizon, %zu, and beyond it the model needs to know its features "
        "(\"%s\"%s), which it does not predict; ask for %zu steps, or train with --horizon %zu, or with "
        "these columns as targets too",
        steps, net->horizon, rnn_show_string(model->columns[net->targets]).text,
        net->columns - net->targets > 1 ? " and more" : "", net->horizon, steps);
}

static void copy_windows(const rnn_series *series, const size_t *origins, size_t B, size_t T, rnn_series *held)
{
    const size_t width = series->columns;
    held->N = B * T;
    for (size_t b = 0; b < B; b++)
        memcpy(held->values + b * T * width, series->values + (origins[b] - T) * width, T * width * sizeof(double));
}

static rnn_status run_block(roll *r, size_t B)
{
    uint64_t starts[TOGETHER];
    const size_t T = r->model->network.T;
    rnn_status status;
    for (size_t b = 0; b < B; b++)
        starts[b] = b * T;
    RNN_TRY(rnn_workspace_reload(&r->workspace, &r->model->scaler, r->held));
    RNN_TRY(rnn_workspace_send(&r->workspace, starts, B));
    RNN_TRY(rnn_workspace_forward(&r->workspace, r->workspace.list, 0, B, false));
    status = rnn_read_outputs(r->model, &r->workspace, B, r->outputs);
fail:
    return status;
}

/* Steps [done, done + count) of every origin. */
static rnn_status take_outputs(const roll *r, size_t B, size_t done, size_t count, double *out)
{
    const size_t targets = r->model->network.targets, O = r->model->network.O;
    for (size_t b = 0; b < B; b++)
        for (size_t i = 0; i < count * targets; i++) {
            const double value = r->outputs[b * O + i];
            if (!isfinite(value))
                return rnn_fail(
                    RNN_DIVERGED,
                    "the forecast of step %zu, column \"%s\", is not finite: the model's forecasts grow when "
                    "they are fed back to it; ask for fewer steps",
                    done + i / targets + 1, rnn_show_string(r->model->columns[i % targets]).text);
            out[(b * r->steps + done) * targets + i] = value;
        }
    return RNN_OK;
}

/* The block's rows behind each window, and as many in front of it out. Rows hold targets alone (check_features): what is known of
 * other columns' future would be put beside them here. */
static void advance(const roll *r, size_t B)
{
    const rnn_network *net = &r->model->network;
    const size_t T = net->T, width = net->columns, rows = net->horizon < T ? net->horizon : T;
    for (size_t b = 0; b < B; b++) {
        double *window = r->held->values + b * T * width;
        memmove(window, window + rows * width, (T - rows) * width * sizeof *window);
        memcpy(window + (T - rows) * width, r->outputs + b * net->O + (net->horizon - rows) * width,
               rows * width * sizeof *window);
    }
}

static rnn_status roll_together(roll *r, const rnn_series *series, const size_t *origins, size_t B, double *out)
{
    const size_t horizon = r->model->network.horizon;
    rnn_status status = RNN_OK;
    copy_windows(series, origins, B, r->model->network.T, r->held);
    for (size_t done = 0; done < r->steps; done += horizon) {
        const size_t count = r->steps - done < horizon ? r->steps - done : horizon;
        if (done > 0)
            advance(r, B);
        RNN_TRY(run_block(r, B));
        RNN_TRY(take_outputs(r, B, done, count, out));
    }
fail:
    return status;
}

rnn_status rnn_roll_out(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                        size_t count, size_t steps, rnn_backend *backend, double *out)
{
    const size_t most = count < TOGETHER ? count : TOGETHER, T = model->network.T;
    roll r = {.model = model, .steps = steps};
    rnn_network net;
    rnn_status status;
    RNN_TRY(rnn_check_series(model, series));
    RNN_TRY(check_features(model, steps));
    RNN_TRY(rnn_choose_mode(model, mode, backend, &net));
    RNN_TRY(rnn_series_new(series->source, most * T, series->columns, series->targets, &r.held));
    for (size_t i = 0; i < series->columns; i++)
        RNN_TRY(RNN_COPY_TEXT(r.held->names[i], series->names[i]));
    RNN_TRY(RNN_NEW(r.outputs, most * model->network.O));
    copy_windows(series, origins, most, T, r.held);
    RNN_TRY(rnn_workspace_open(&r.workspace, backend, &net, &model->scaler, r.held, most, NULL));
    RNN_TRY(rnn_workspace_set(&r.workspace, model->parameters));
    for (size_t first = 0; first < count; first += r.workspace.chunk) {
        const size_t B = count - first < r.workspace.chunk ? count - first : r.workspace.chunk;
        RNN_TRY(roll_together(&r, series, origins + first, B, out + first * steps * model->network.targets));
    }
fail:
    close_roll(&r);
    return status;
}

rnn_status rnn_predict_far(const rnn_model *model, const rnn_series *series, rnn_input_mode mode, const size_t *origins,
                           size_t count, size_t steps, size_t end, rnn_backend *backend, rnn_predictions **out)
{
    const rnn_network far = {.horizon = steps, .targets = model->network.targets};
    rnn_predictions *p = NULL;
    rnn_status status;
    *out = NULL;
    RNN_TRY(rnn_predictions_new(&far, count, &p));
    memcpy(p->rows, origins, count * sizeof *origins);
    RNN_TRY(rnn_roll_out(model, series, mode, origins, count, steps, backend, p->predicted));
    rnn_predictions_look_up(series, end, p);
    *out = p;
    p = NULL;
fail:
    rnn_predictions_free(p);
    return status;
}
