/* SPDX-License-Identifier: MIT */
#include "model/model.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "data/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed memory whose size --hidden decides. NULL: the message says so. */
static void *take(size_t count, size_t size, const char *what)
{
    void *memory = rnn_calloc(count, size, what);
    if (!memory)
        rnn_fail(RNN_NO_MEMORY, "%s; try a smaller --hidden", rnn_error_message());
    return memory;
}

rnn_status rnn_model_new(const rnn_settings *settings, size_t columns, size_t targets, const char *const *names,
                         const char *source, size_t rows, rnn_model **out)
{
    return rnn_model_new_known(settings, columns, targets, 0, names, source, rows, out);
}

rnn_status rnn_model_new_for(const rnn_settings *settings, const rnn_series *series, rnn_model **out)
{
    rnn_status status;
    RNN_TRY(rnn_model_new_known(settings, series->columns, series->targets, series->known,
                                (const char *const *)series->names, series->source, series->N, out));
    memcpy((*out)->kinds, series->kinds, series->columns * sizeof *series->kinds);
    if (series->time_name)
        RNN_TRY(RNN_COPY_TEXT((*out)->time, series->time_name));
    if (series->id_name)
        RNN_TRY(RNN_COPY_TEXT((*out)->id, series->id_name));
    return RNN_OK;
fail:
    rnn_model_free(*out);
    *out = NULL;
    return status;
}

rnn_status rnn_model_new_known(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                               const char *const *names, const char *source, size_t rows, rnn_model **out)
{
    rnn_status status;
    rnn_model *model = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(model, 1));
    model->settings = *settings;
    model->rows = rows;
    model->val_rmse = NAN;
    RNN_TRY(rnn_network_init_known(settings, columns, targets, known, &model->network));
    RNN_TRY(RNN_NEW(model->kinds, columns));
    RNN_TRY(RNN_NEW(model->columns, columns));
    for (size_t i = 0; i < columns; i++)
        RNN_TRY(RNN_COPY_TEXT(model->columns[i], names[i]));
    RNN_TRY(rnn_show_whole(source, &model->source));
    if (!(model->parameters = take(rnn_model_bytes(model), 1, "parameters"))) {
        status = RNN_NO_MEMORY;
        goto fail;
    }
    *out = model;
    return RNN_OK;
fail:
    rnn_model_free(model);
    return status;
}

rnn_status rnn_model_draw(rnn_model *model)
{
    const size_t n = model->network.parameters;
    rnn_status status;
    double *drawn = NULL;
    if (!(drawn = take(n, sizeof *drawn, "initial weights"))) {
        status = RNN_NO_MEMORY;
        goto fail;
    }
    RNN_TRY(rnn_network_draw(&model->network, model->settings.init, model->settings.seed, model->settings.forget_bias,
                             drawn));
    for (size_t i = 0; i < n; i++)
        if (model->settings.precision == RNN_DOUBLE)
            ((double *)model->parameters)[i] = drawn[i];
        else
            ((float *)model->parameters)[i] = (float)drawn[i];
fail:
    free(drawn);
    return status;
}

void rnn_model_free(rnn_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; model->columns && i < model->network.columns; i++)
        free(model->columns[i]);
    free(model->columns);
    free(model->kinds);
    free(model->time);
    free(model->id);
    for (size_t i = 0; model->ids && i < model->scaler.parts; i++)
        free(model->ids[i]);
    free(model->ids);
    rnn_scaler_free(&model->scaler);
    free(model->baselines);
    free(model->own_rows);
    rnn_intervals_free(&model->intervals);
    free(model->parameters);
    free(model->history);
    free(model->source);
    free(model);
}

rnn_status rnn_model_add_epoch(rnn_model *model, const rnn_epoch *epoch)
{
    if (model->epochs == model->history_room) {
        const size_t room = model->history_room ? 2 * model->history_room : 64;
        rnn_epoch *more = realloc(model->history, room * sizeof *more);
        if (!more)
            return rnn_fail(RNN_NO_MEMORY, "out of memory: the history of %zu epochs", model->epochs);
        model->history = more;
        model->history_room = room;
    }
    model->history[model->epochs++] = *epoch;
    return RNN_OK;
}

const rnn_epoch *rnn_model_history(const rnn_model *model, size_t *count)
{
    *count = model->history ? model->epochs : 0;
    return model->history;
}

size_t rnn_model_bytes(const rnn_model *model)
{
    return model->network.parameters * rnn_model_real(model);
}

size_t rnn_model_real(const rnn_model *model)
{
    return model->settings.precision == RNN_DOUBLE ? sizeof(double) : sizeof(float);
}

const rnn_settings *rnn_model_settings(const rnn_model *model)
{
    return &model->settings;
}

size_t rnn_model_inputs(const rnn_model *model)
{
    return model->network.D;
}

size_t rnn_model_targets(const rnn_model *model)
{
    return model->network.targets;
}

const char *rnn_model_column(const rnn_model *model, size_t index)
{
    return index < model->network.columns ? model->columns[index] : NULL;
}

void rnn_model_sha256(const rnn_model *model, char hex[65])
{
    rnn_sha256_hex(model->parameters, rnn_model_bytes(model), hex);
}
