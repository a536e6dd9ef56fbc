/* SPDX-License-Identifier: MIT
 * scaling.c - the scalings a model keeps, one for all or one an id, and the one that each series of a file is met with
 */
#include "base/memory.h"
#include "data/text.h"
#include "model/model.h"

#include <stdlib.h>
#include <string.h>

static void copy_part(const rnn_scaler *from, size_t part, rnn_scaler *to, size_t place)
{
    const size_t a = rnn_scaler_index(from, part, 0), b = rnn_scaler_index(to, place, 0);
    memcpy(to->shift + b, from->shift + a, from->columns * sizeof *to->shift);
    memcpy(to->factor + b, from->factor + a, from->columns * sizeof *to->factor);
}

static rnn_status keep_ids(rnn_model *model, const rnn_scaler *scaler, const rnn_series *series, const size_t *ends)
{
    rnn_status status = RNN_OK;
    size_t place = 0;
    RNN_TRY(RNN_NEW(model->ids, model->scaler.parts));
    for (size_t p = 0; p < series->parts; p++) {
        if (ends[p] == series->starts[p])
            continue;
        copy_part(scaler, p, &model->scaler, place);
        RNN_TRY(RNN_COPY_TEXT(model->ids[place], series->ids[p]));
        place++;
    }
fail:
    return status;
}

rnn_status rnn_model_keep_scaling(rnn_model *model, const rnn_scaler *scaler, const rnn_series *series,
                                  const size_t *ends)
{
    const bool by_id = scaler->parts > 1 && series->ids;
    size_t parts = by_id ? 0 : 1;
    rnn_status status;
    for (size_t p = 0; by_id && p < series->parts; p++)
        parts += ends[p] > series->starts[p];
    if (by_id && parts > RNN_MODEL_COLUMNS / scaler->columns)
        return rnn_fail(RNN_CONFIG,
                        "%s: %zu series of %zu columns have more scalings of their own than the %d a model keeps; try "
                        "--scale-by all",
                        series->source, parts, scaler->columns, RNN_MODEL_COLUMNS);
    RNN_TRY(rnn_scaler_init_parts(&model->scaler, scaler->kind, parts, scaler->columns));
    rnn_scaler_see_as(&model->scaler, &model->settings);
    if (by_id)
        status = keep_ids(model, scaler, series, ends);
    else
        copy_part(scaler, 0, &model->scaler, 0);
fail:
    return status;
}

/* Number of an id among the model's, which are often in the same order; model->scaler.parts: it is not there. */
static size_t find_id(const rnn_model *model, const char *id, size_t guess)
{
    const size_t parts = model->scaler.parts;
    if (!id)
        return parts;
    if (guess < parts && strcmp(model->ids[guess], id) == 0)
        return guess;
    size_t i = 0;
    while (i < parts && strcmp(model->ids[i], id) != 0)
        i++;
    return i;
}

bool rnn_model_scales(const rnn_model *model, const rnn_series *series, size_t part)
{
    return !model->ids || find_id(model, series->ids ? series->ids[part] : NULL, part) < model->scaler.parts;
}

void rnn_model_tell_strangers(const rnn_model *model, const rnn_series *series, const bool *asked)
{
    size_t strangers = 0, first = 0;
    for (size_t p = 0; p < series->parts; p++)
        if (asked[p] && !rnn_model_scales(model, series, p))
            first = strangers++ ? first : p;
    if (strangers)
        rnn_notice(
            "%s: %zu of %zu series, \"%s\" first, %s not among those that the model was trained on; each is scaled by "
            "its own rows",
            series->source, strangers, series->parts, series->ids ? rnn_show_string(series->ids[first]).text : "",
            strangers == 1 ? "is" : "are");
}

rnn_status rnn_model_scaling_again(const rnn_model *model, const rnn_series *series, rnn_scaler *out)
{
    const rnn_scaler *known = &model->scaler;
    const rnn_status status = rnn_scaler_init_parts(out, known->kind, model->ids ? series->parts : 1, known->columns);
    if (status)
        return status;
    rnn_scaler_see_as(out, &model->settings);
    if (!model->ids) {
        copy_part(known, 0, out, 0);
        return RNN_OK;
    }
    for (size_t p = 0; p < series->parts; p++) {
        const size_t i = find_id(model, series->ids ? series->ids[p] : NULL, p);
        if (i < known->parts)
            copy_part(known, i, out, p);
        else
            rnn_scaler_fit_part(out, series, p, series->ends[p], p);
    }
    return RNN_OK;
}

rnn_status rnn_model_scaling(const rnn_model *model, const rnn_series *series, rnn_scaler *out)
{
    bool *shown = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(shown, series->parts));
    RNN_TRY(rnn_model_scaling_again(model, series, out));
    for (size_t p = 0; p < series->parts; p++)
        shown[p] = series->ends[p] - series->starts[p] >= model->settings.seq_len;
    rnn_model_tell_strangers(model, series, shown);
fail:
    free(shown);
    return status;
}
