/* SPDX-License-Identifier: MIT
 * restored.c - the validation error where sums in scaled units do not tell it: outputs are taken back to original units one by one
 */
#include "base/memory.h"
#include "train/predict.h"
#include "train/trainer.h"

#include <math.h>
#include <stdlib.h>

typedef struct restored_error {
    const rnn_trainer *trainer;
    const rnn_span *span;
    void *raw; /* (chunk,O) reals */
    double *outputs;
    double *last; /* (targets) before row `base`, as of rnn_look_back */
    size_t base;
    double squares;
    size_t count;
} restored_error;

bool rnn_error_is_scaled(const rnn_trainer *trainer)
{
    return trainer->scaler.parts == 1 && !trainer->scaler.is_log && trainer->scaler.lag == 0;
}

/* How far off the point forecasts of a window are, in original units. */
static void measure_window(restored_error *e, size_t row, double *outputs)
{
    const rnn_network *net = &e->trainer->model->network;
    const rnn_series *series = e->trainer->series;
    const size_t base = rnn_scaler_base(&e->trainer->scaler, row);
    rnn_look_back(series, base, e->base, e->last, e->last);
    e->base = base;
    rnn_scaler_restore(&e->trainer->scaler, series, row, e->last, net->horizon, net->loss.Q, outputs);
    for (size_t i = 0; i < net->asked; i++) {
        const double actual = series->values[(row + i / net->targets) * series->columns + i % net->targets];
        const double error = outputs[i * net->loss.Q + net->loss.point] - actual;
        if (isnan(actual))
            continue;
        e->squares += error * error;
        e->count++;
    }
}

static rnn_status measure_chunk(void *context, size_t first, size_t B)
{
    restored_error *e = context;
    const rnn_workspace *w = &e->trainer->workspace;
    const size_t O = w->plan->network.O, T = w->plan->network.T, real = rnn_real_size(w->backend);
    const rnn_status status = w->ops->read(w->backend, w->yhat, 0, B * O * real, e->raw);
    for (size_t b = 0; status == RNN_OK && b < B; b++) {
        for (size_t o = 0; o < O; o++) {
            const size_t i = b * O + o;
            e->outputs[o] = real == sizeof(double) ? ((const double *)e->raw)[i] : (double)((const float *)e->raw)[i];
        }
        measure_window(e, rnn_span_row(e->span, first + b) + T, e->outputs);
    }
    return status;
}

rnn_status rnn_look_restored(rnn_trainer *trainer, const rnn_span *span, rnn_sums *sums, double *rmse)
{
    rnn_workspace *w = &trainer->workspace;
    const size_t O = w->plan->network.O;
    restored_error e = {.trainer = trainer, .span = span};
    rnn_status status = RNN_NO_MEMORY;
    if (!(e.raw = rnn_calloc(w->chunk * O, rnn_real_size(w->backend), "outputs")))
        goto fail;
    RNN_TRY(RNN_NEW(e.outputs, O));
    RNN_TRY(RNN_NEW(e.last, trainer->series->targets));
    RNN_TRY(rnn_workspace_look_each(w, span, sums, measure_chunk, &e));
    *rmse = e.count ? sqrt(e.squares / (double)e.count) : NAN;
fail:
    free(e.last);
    free(e.outputs);
    free(e.raw);
    return status;
}
