/* SPDX-License-Identifier: MIT
 * model_series.c - what a model file says of the kind of series: "series" in the description
 *
 *   {"known": 2, "time": "date", "id": "city", "ids": ["a", "b"], "shift": [...], "factor": [...]}
 * shift and factor (ids, columns) are there with ids; time and id where the data had such columns.
 */
#include "base/json.h"
#include "base/memory.h"
#include "file/model_parts.h"

#include <stdlib.h>

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

static rnn_status add_name(json_t *series, const char *key, const char *name)
{
    json_t *value = NULL;
    rnn_status status = RNN_OK;
    if (!name)
        return RNN_OK;
    RNN_TRY(rnn_json_from_text(name, "a column's name", &value));
    if (json_object_set_new(series, key, value) != 0)
        status = rnn_fail(RNN_NO_MEMORY, "out of memory: the model's columns");
fail:
    return status;
}

static rnn_status add_scalings(json_t *series, const rnn_model *model)
{
    const rnn_scaler *scaler = &model->scaler;
    json_t *ids = json_array(), *shift = json_array(), *factor = json_array();
    rnn_status status = RNN_OK;
    bool whole = ids && shift && factor;
    for (size_t p = 0; whole && p < scaler->parts; p++) {
        json_t *id = NULL;
        RNN_TRY(rnn_json_from_text(model->ids[p], "an id", &id));
        whole = json_array_append_new(ids, id) == 0;
    }
    for (size_t i = 0; whole && i < scaler->parts * scaler->columns; i++)
        whole = json_array_append_new(shift, json_real(scaler->shift[i])) == 0 &&
                json_array_append_new(factor, json_real(scaler->factor[i])) == 0;
    whole = whole && json_object_set(series, "ids", ids) == 0 && json_object_set(series, "shift", shift) == 0 &&
            json_object_set(series, "factor", factor) == 0;
    status = whole ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the scaling of %zu series", scaler->parts);
fail:
    json_decref(factor);
    json_decref(shift);
    json_decref(ids);
    return status;
}

rnn_status rnn_model_describe_series(const rnn_model *model, json_t **out)
{
    rnn_status status;
    json_t *series = json_pack("{s:I}", "known", (json_int_t)model->network.known);
    if (!series)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the model's description");
    RNN_TRY(add_name(series, "time", model->time));
    RNN_TRY(add_name(series, "id", model->id));
    if (model->ids)
        RNN_TRY(add_scalings(series, model));
    *out = series;
    return RNN_OK;
fail:
    json_decref(series);
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

rnn_status rnn_model_read_known(const json_t *root, const char *where, size_t most, size_t *known)
{
    json_t *series = NULL;
    rnn_status status = RNN_OK;
    *known = 0;
    if (!json_object_get(root, "series"))
        return RNN_OK;
    RNN_TRY(rnn_json_object(root, "series", where, &series));
    RNN_TRY(rnn_json_size(series, "known", where, known));
    if (*known > most)
        status =
            rnn_fail(RNN_BAD_DATA, "%s: %zu columns are known ahead, of %zu that are no targets", where, *known, most);
fail:
    return status;
}

static rnn_status read_name(const json_t *series, const char *key, const char *where, char **out)
{
    const char *text;
    rnn_status status;
    if (!json_object_get(series, key))
        return RNN_OK;
    RNN_TRY(rnn_json_string(series, key, where, &text));
    status = RNN_COPY_TEXT(*out, text);
fail:
    return status;
}

static rnn_status read_reals(const json_t *series, const char *key, const char *where, size_t count, double *values)
{
    json_t *array = NULL;
    rnn_status status;
    RNN_TRY(rnn_json_array(series, key, where, &array));
    if (json_array_size(array) != count)
        return rnn_fail(RNN_BAD_DATA, "%s: \"%s\" has %zu numbers, expected %zu", where, key, json_array_size(array),
                        count);
    for (size_t i = 0; i < count; i++) {
        values[i] = json_number_value(json_array_get(array, i));
        if (!json_is_number(json_array_get(array, i)) || (key[0] == 'f' && values[i] == 0))
            return rnn_fail(RNN_BAD_DATA, "%s: \"%s\": number %zu is none that scales", where, key, i + 1);
    }
fail:
    return status;
}

static rnn_status read_scalings(const json_t *series, const char *where, rnn_model *model)
{
    const size_t columns = model->network.columns;
    json_t *ids = NULL;
    rnn_status status;
    RNN_TRY(rnn_json_array(series, "ids", where, &ids));
    const size_t parts = json_array_size(ids);
    if (parts == 0 || parts > RNN_MODEL_COLUMNS / columns)
        return rnn_fail(RNN_BAD_DATA, "%s: %zu ids, expected 1 to %zu", where, parts, RNN_MODEL_COLUMNS / columns);
    rnn_scaler_free(&model->scaler);
    RNN_TRY(rnn_scaler_init_parts(&model->scaler, model->settings.scaling, parts, columns));
    rnn_scaler_see_as(&model->scaler, &model->settings);
    RNN_TRY(RNN_NEW(model->ids, parts));
    for (size_t p = 0; p < parts; p++) {
        const char *text = json_string_value(json_array_get(ids, p));
        if (!text)
            return rnn_fail(RNN_BAD_DATA, "%s: \"ids\": number %zu is no string", where, p + 1);
        RNN_TRY(RNN_COPY_TEXT(model->ids[p], text));
    }
    RNN_TRY(read_reals(series, "shift", where, parts * columns, model->scaler.shift));
    status = read_reals(series, "factor", where, parts * columns, model->scaler.factor);
fail:
    return status;
}

rnn_status rnn_model_read_series(const json_t *root, const char *where, rnn_model *model)
{
    const json_t *series = json_object_get(root, "series");
    rnn_status status = RNN_OK;
    if (!series)
        return RNN_OK;
    RNN_TRY(read_name(series, "time", where, &model->time));
    RNN_TRY(read_name(series, "id", where, &model->id));
    if (json_object_get(series, "ids"))
        status = read_scalings(series, where, model);
fail:
    return status;
}
