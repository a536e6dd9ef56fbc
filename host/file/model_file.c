/* SPDX-License-Identifier: MIT
 * model_file.c - a model as a safetensors file: parameter tensors, and in the metadata all that makes them a forecaster
 *
 * Metadata "format" is "rnn_cl", "format_version" counts changes a reader must know about, "model" is one JSON object:
 * settings, columns with their scaling, targets, and origin (data, device, result); model_series.c has what there is beyond one series of
 * plain columns.
 */
#include "base/json.h"
#include "base/memory.h"
#include "data/text.h"
#include "file/checkpoint.h"
#include "file/model_parts.h"
#include "model/settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT         "rnn_cl"
#define FORMAT_VERSION "1"

/* Memory for the description's tree: RNN_MODEL_COLUMNS columns and the settings. */
#define DESCRIPTION_ROOM ((size_t)9 << 20)

/* ---- Writing ------------------------------------------------------------------------------------------------------- */

static const char *const kinds[] = {"file", "mask", "calendar"};

static rnn_status describe_columns(const rnn_model *model, json_t **out)
{
    rnn_status status = RNN_NO_MEMORY;
    json_t *array = json_array();
    for (size_t i = 0; array && i < model->network.columns; i++) {
        json_t *name = NULL;
        RNN_TRY(rnn_json_from_text(model->columns[i], "a column's name", &name));
        status = RNN_NO_MEMORY;
        json_t *column = json_pack("{s:o, s:f, s:f}", "name", name, "shift", model->scaler.shift[i], "factor",
                                   model->scaler.factor[i]);
        if (json_array_append_new(array, column) != 0)
            goto fail;
        if (model->kinds[i] != RNN_COLUMN_FILE &&
            json_object_set_new(column, "kind", json_string(kinds[model->kinds[i]])) != 0)
            goto fail;
    }
    if (!array)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the model's columns");
    *out = array;
    return RNN_OK;
fail:
    json_decref(array);
    return status;
}

rnn_status rnn_model_describe(const rnn_model *model, char **out)
{
    rnn_status status;
    json_t *columns = NULL, *settings = NULL, *source = NULL, *series = NULL, *root = NULL;
    *out = NULL;
    RNN_TRY(describe_columns(model, &columns));
    if (!(settings = rnn_settings_to_json(&model->settings))) {
        status = RNN_NO_MEMORY;
        goto fail;
    }
    RNN_TRY(rnn_json_from_text(model->source, "the data's path", &source));
    RNN_TRY(rnn_model_describe_series(model, &series));
    root = json_pack("{s:s, s:O, s:O, s:I, s:{s:O, s:s*, s:I, s:I, s:o, s:s, s:s, s:b, s:I}, s:O}", "version",
                     RNN_CL_VERSION, "settings", settings, "columns", columns, "targets",
                     (json_int_t)model->network.targets, "origin", "data", source, "data_sha256",
                     model->data_sha256[0] ? model->data_sha256 : NULL, "rows", (json_int_t)model->rows, "epochs",
                     (json_int_t)model->epochs, "val_rmse", rnn_json_real_or_null(model->val_rmse), "device",
                     model->device, "driver", model->driver, "bit_exact", (int)model->bit_exact, "reduction_blocks",
                     (json_int_t)model->reduction_blocks, "series", series);
    if (root)
        *out = json_dumps(root, JSON_COMPACT | RNN_JSON_EXACT);
    status = *out ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the model's description");
fail:
    json_decref(root);
    json_decref(series);
    json_decref(source);
    json_decref(settings);
    json_decref(columns);
    return status;
}

size_t rnn_model_tensors(const rnn_model *model, rnn_stored_tensor tensors[RNN_TENSORS])
{
    const size_t real = rnn_model_real(model);
    size_t count = 0;
    for (int role = 0; role < RNN_TENSORS; role++) {
        const rnn_tensor *tensor = &model->network.tensor[role];
        if (tensor->count == 0)
            continue;
        tensors[count++] = (rnn_stored_tensor){tensor->name,
                                               model->settings.precision,
                                               tensor->rank,
                                               {tensor->rows, tensor->columns},
                                               (const char *)model->parameters + tensor->offset * real,
                                               tensor->count * real};
    }
    return count;
}

rnn_status rnn_model_save(const rnn_model *model, const char *path)
{
    rnn_status status;
    rnn_stored_tensor tensors[RNN_TENSORS + RNN_EXTRAS];
    const size_t count = rnn_model_tensors(model, tensors);
    size_t extras = 0;
    char *description = NULL;
    double *packed = NULL;
    RNN_TRY(rnn_model_describe(model, &description));
    RNN_TRY(rnn_model_extras(model, &packed, tensors + count, &extras));
    const rnn_metadata metadata[] = {{"format", FORMAT}, {"format_version", FORMAT_VERSION}, {"model", description}};
    status = rnn_safetensors_write(path, tensors, count + extras, metadata, sizeof metadata / sizeof *metadata);
fail:
    free(packed);
    free(description);
    return status;
}

/* ---- Reading ------------------------------------------------------------------------------------------------------- */

rnn_status rnn_check_format(const rnn_safetensors *file, const char *what, const char *format, const char *version)
{
    const char *path = file->source;
    const char *found = rnn_safetensors_metadata(file, "format");
    const char *found_version = rnn_safetensors_metadata(file, "format_version");
    if (!found || strcmp(found, format) != 0)
        return rnn_fail(RNN_BAD_DATA, "%s: a safetensors file, but not a %s of rnn_cl (metadata \"format\" is %s)",
                        path, what, found ? rnn_show_string(found).text : "absent");
    if (!found_version || strcmp(found_version, version) != 0)
        return rnn_fail(
            RNN_BAD_DATA, "%s: %s format version %s, this rnn_cl (%s) reads version %s; use the rnn_cl that wrote it",
            path, what, found_version ? rnn_show_string(found_version).text : "(none)", RNN_CL_VERSION, version);
    return RNN_OK;
}

/* The columns' names, borrowed from the JSON, in an array of the caller's. */
static rnn_status read_names(const json_t *columns, const char *where, const char ***out)
{
    const size_t count = json_array_size(columns);
    rnn_status status;
    const char **names = NULL;
    RNN_TRY(RNN_NEW(names, count));
    for (size_t i = 0; i < count; i++)
        RNN_TRY(rnn_json_string(json_array_get(columns, i), "name", where, &names[i]));
    *out = names;
    return RNN_OK;
fail:
    free(names);
    return status;
}

static rnn_status read_kinds(const json_t *columns, const char *where, rnn_model *model)
{
    for (size_t i = 0; i < json_array_size(columns); i++) {
        const json_t *value = json_object_get(json_array_get(columns, i), "kind");
        int kind = 0;
        while (value && kind < 3 && (!json_is_string(value) || strcmp(json_string_value(value), kinds[kind]) != 0))
            kind++;
        if (kind == 3)
            return rnn_fail(RNN_BAD_DATA, "%s: column %zu has a \"kind\" that is none of file, mask and calendar",
                            where, i + 1);
        model->kinds[i] = (rnn_column_kind)kind;
    }
    return RNN_OK;
}

static rnn_status read_scaler(const json_t *columns, const char *where, rnn_model *model)
{
    const size_t count = json_array_size(columns);
    rnn_status status;
    RNN_TRY(rnn_scaler_init(&model->scaler, model->settings.scaling, count));
    rnn_scaler_see_as(&model->scaler, &model->settings);
    for (size_t i = 0; i < count; i++) {
        RNN_TRY(rnn_json_real(json_array_get(columns, i), "shift", where, &model->scaler.shift[i]));
        RNN_TRY(rnn_json_real(json_array_get(columns, i), "factor", where, &model->scaler.factor[i]));
        if (model->scaler.factor[i] == 0)
            return rnn_fail(RNN_BAD_DATA, "%s: column %zu has scaling factor 0", where, i + 1);
    }
fail:
    return status;
}

static rnn_status read_sha256(const json_t *origin, const char *where, char out[65])
{
    const char *text;
    const rnn_status status = rnn_json_string(origin, "data_sha256", where, &text);
    if (status)
        return status;
    if (strlen(text) != 64)
        return rnn_fail(RNN_BAD_DATA, "%s: \"data_sha256\" has %zu characters, expected 64", where, strlen(text));
    memcpy(out, text, 65);
    return RNN_OK;
}

static rnn_status read_origin(const json_t *origin, const char *where, rnn_model *model)
{
    const char *device = NULL, *driver = NULL;
    rnn_status status;
    RNN_TRY(rnn_json_string(origin, "device", where, &device));
    RNN_TRY(rnn_json_string(origin, "driver", where, &driver));
    RNN_TRY(rnn_json_bool(origin, "bit_exact", where, &model->bit_exact));
    RNN_TRY(rnn_json_size(origin, "epochs", where, &model->epochs));
    RNN_TRY(rnn_json_size(origin, "reduction_blocks", where, &model->reduction_blocks));
    if (json_object_get(origin, "data_sha256"))
        RNN_TRY(read_sha256(origin, where, model->data_sha256));
    if (!json_is_null(json_object_get(origin, "val_rmse")))
        RNN_TRY(rnn_json_real(origin, "val_rmse", where, &model->val_rmse));
    rnn_show_into(model->device, sizeof model->device, device);
    rnn_show_into(model->driver, sizeof model->driver, driver);
fail:
    return status;
}

/* Before memory is taken for them: the parameters that the settings ask for can be in the file. */
static rnn_status check_size(const rnn_settings *settings, size_t columns, size_t targets, size_t known,
                             const rnn_safetensors *file, bool alone, const char *where)
{
    rnn_network network;
    size_t bytes = 0;
    const rnn_status status = rnn_network_init_known(settings, columns, targets, known, &network);
    if (status)
        return rnn_fail_within(RNN_BAD_DATA, "%s: ", where);
    for (size_t i = 0; i < file->count; i++)
        if (!alone || !rnn_is_extra(file->tensors[i].name))
            bytes += file->tensors[i].size;
    const size_t held = bytes / (settings->precision == RNN_DOUBLE ? sizeof(double) : sizeof(float));
    if (held < network.parameters || (alone && held > network.parameters))
        return rnn_fail(RNN_BAD_DATA, "%s: the settings make %zu parameters, the file holds %zu bytes of tensors",
                        where, network.parameters, bytes);
    return RNN_OK;
}

static rnn_status read_description(const json_t *root, const char *where, const rnn_safetensors *file, bool alone,
                                   rnn_model **out)
{
    rnn_status status;
    rnn_settings settings;
    json_t *columns = NULL, *object = NULL, *origin = NULL;
    const char **names = NULL, *data = NULL;
    size_t targets = 0, known = 0, rows = 0;
    RNN_TRY(rnn_json_object(root, "settings", where, &object));
    RNN_TRY(rnn_settings_from_json(object, where, &settings));
    RNN_TRY(rnn_json_array(root, "columns", where, &columns));
    RNN_TRY(rnn_json_size(root, "targets", where, &targets));
    if (targets == 0 || targets > json_array_size(columns)) {
        status = rnn_fail(RNN_BAD_DATA, "%s: %zu targets of %zu columns", where, targets, json_array_size(columns));
        goto fail;
    }
    if (json_array_size(columns) > RNN_MODEL_COLUMNS) {
        status = rnn_fail(RNN_BAD_DATA, "%s: %zu columns, the cap is %d", where, json_array_size(columns),
                          RNN_MODEL_COLUMNS);
        goto fail;
    }
    RNN_TRY(rnn_model_read_known(root, where, json_array_size(columns) - targets, &known));
    RNN_TRY(check_size(&settings, json_array_size(columns), targets, known, file, alone, where));
    RNN_TRY(read_names(columns, where, &names));
    RNN_TRY(rnn_json_object(root, "origin", where, &origin));
    RNN_TRY(rnn_json_string(origin, "data", where, &data));
    RNN_TRY(rnn_json_size(origin, "rows", where, &rows));
    RNN_TRY(rnn_model_new_known(&settings, json_array_size(columns), targets, known, names, data, rows, out));
    RNN_TRY(read_kinds(columns, where, *out));
    RNN_TRY(read_scaler(columns, where, *out));
    RNN_TRY(rnn_model_read_series(root, where, *out));
    status = read_origin(origin, where, *out);
fail:
    free(names);
    return status;
}

/* As the writer stores it: b and c with one dimension. */
static bool has_shape(const rnn_stored_tensor *stored, const rnn_tensor *tensor)
{
    return (stored->rank == 1 && stored->shape[0] == tensor->rows && tensor->columns == 1) ||
           (stored->rank == 2 && stored->shape[0] == tensor->rows && stored->shape[1] == tensor->columns);
}

static rnn_status check_finite(const rnn_stored_tensor *stored, const char *path)
{
    const size_t real = stored->precision == RNN_DOUBLE ? sizeof(double) : sizeof(float);
    for (size_t i = 0; i < stored->size / real; i++) {
        float single = 0;
        double value = 0;
        memcpy(real == sizeof single ? (void *)&single : (void *)&value, (const char *)stored->data + i * real, real);
        if (!isfinite(value + (double)single))
            return rnn_fail(RNN_BAD_DATA, "%s: tensor %s: element %zu is no finite number", path, stored->name, i);
    }
    return RNN_OK;
}

static rnn_status read_parameters(const rnn_safetensors *file, const char *path, bool alone, rnn_model *model)
{
    const size_t real = rnn_model_real(model);
    size_t expected = 0, extras = 0;
    for (int role = 0; role < RNN_TENSORS; role++) {
        const rnn_tensor *tensor = &model->network.tensor[role];
        if (tensor->count == 0)
            continue;
        const rnn_stored_tensor *stored = rnn_safetensors_tensor(file, tensor->name);
        if (!stored)
            return rnn_fail(RNN_BAD_DATA, "%s: tensor %s is missing", path, tensor->name);
        if (stored->precision != model->settings.precision || stored->size != tensor->count * real ||
            !has_shape(stored, tensor))
            return rnn_fail(
                RNN_BAD_DATA,
                "%s: tensor %s has %zu dimensions, %zu rows and %zu bytes in %s, the settings make it (%zu,%zu) "
                "in %s",
                path, tensor->name, stored->rank, stored->rank ? stored->shape[0] : 1, stored->size,
                stored->precision == RNN_DOUBLE ? "double" : "float", tensor->rows, tensor->columns,
                rnn_settings_name("precision", &model->settings));
        const rnn_status status = check_finite(stored, path);
        if (status)
            return status;
        memcpy((char *)model->parameters + tensor->offset * real, stored->data, stored->size);
        expected++;
    }
    if (alone) {
        const rnn_status status = rnn_read_extras(file, model, &extras);
        if (status)
            return status;
    }
    if (alone && file->count != expected + extras)
        return rnn_fail(RNN_BAD_DATA, "%s: %zu tensors, the settings make %zu", path, file->count, expected + extras);
    return RNN_OK;
}

rnn_status rnn_model_from(const rnn_safetensors *file, bool alone, rnn_model **out)
{
    const char *description = rnn_safetensors_metadata(file, "model");
    rnn_status status;
    rnn_model *model = NULL;
    json_t *root = NULL;
    char where[4096];
    *out = NULL;
    snprintf(where, sizeof where, "%s: metadata \"model\"", file->source);
    RNN_TRY(rnn_json_parse(description ? description : "", description ? strlen(description) : 0, DESCRIPTION_ROOM,
                           where, &root));
    RNN_TRY(read_description(root, where, file, alone, &model));
    RNN_TRY(read_parameters(file, file->source, alone, model));
    *out = model;
    model = NULL;
fail:
    json_decref(root);
    rnn_model_free(model);
    return status;
}

/* A checkpoint is a model, too: the run's, as it was then. */
static rnn_status read_model(const rnn_safetensors *file, rnn_model **out)
{
    rnn_checkpoint *checkpoint = NULL;
    rnn_status status;
    if (!rnn_is_checkpoint(file)) {
        status = rnn_check_format(file, "model", FORMAT, FORMAT_VERSION);
        return status ? status : rnn_model_from(file, true, out);
    }
    status = rnn_checkpoint_from(file, &checkpoint);
    if (status)
        return status;
    *out = checkpoint->model;
    checkpoint->model = NULL;
    rnn_checkpoint_free(checkpoint);
    return RNN_OK;
}

rnn_status rnn_model_parse(const unsigned char *bytes, size_t size, const char *source, rnn_model **out)
{
    rnn_safetensors *file;
    *out = NULL;
    rnn_status status = rnn_safetensors_parse(bytes, size, source, &file);
    if (status == RNN_OK)
        status = read_model(file, out);
    rnn_safetensors_free(file);
    return status;
}

rnn_status rnn_model_load(const char *path, rnn_model **out)
{
    rnn_safetensors *file;
    *out = NULL;
    rnn_status status = rnn_safetensors_read(path, &file);
    if (status == RNN_OK)
        status = read_model(file, out);
    rnn_safetensors_free(file);
    return status;
}
