/* SPDX-License-Identifier: MIT
 * inputs.c - the files and the device a command line names
 */
#include "base/memory.h"
#include "cmd/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SINE_ROWS 200 /* the article's */

static rnn_table_format table_format(const rnn_arguments *arguments)
{
    static const char delimiters[] = {0, ',', ';', '\t'};
    return (rnn_table_format){delimiters[arguments->delimiter], arguments->header, arguments->decimal ? ',' : '.'};
}

/* "a,b,c" as a NULL-terminated list; the texts live in *text. Both are the caller's to free; NULL text gives an empty list. */
static rnn_status split_names(const char *option, const char *list, char **text, const char ***out)
{
    rnn_status status;
    size_t count = 0;
    RNN_TRY(RNN_COPY_TEXT(*text, list ? list : ""));
    RNN_TRY(RNN_NEW(*out, strlen(*text) + 2));
    for (char *name = *text; list && name; count++) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma = '\0';
        if (name[0] == '\0') {
            status = rnn_fail(RNN_USAGE, "--%s %s: an empty name in the list", option, list);
            goto fail;
        }
        (*out)[count] = name;
        name = comma ? comma + 1 : NULL;
    }
    return RNN_OK;
fail:
    return status;
}

rnn_status rnn_load_series(const rnn_arguments *arguments, rnn_series **out)
{
    rnn_status status;
    char *target_text = NULL, *feature_text = NULL;
    const char **targets = NULL, **features = NULL;
    const rnn_table_format format = table_format(arguments);
    *out = NULL;
    if (!arguments->data) {
        if (arguments->target || arguments->features)
            return rnn_fail(RNN_USAGE, "--target and --features name columns of a file; --data FILE is missing");
        return rnn_series_sine(SINE_ROWS, out);
    }
    RNN_TRY(split_names("target", arguments->target, &target_text, &targets));
    RNN_TRY(split_names("features", arguments->features, &feature_text, &features));
    const rnn_columns columns = {targets, features};
    status = rnn_series_read(arguments->data, &format, &columns, out);
fail:
    free(features);
    free(targets);
    free(feature_text);
    free(target_text);
    return status;
}

void rnn_keep_kernels(rnn_backend *backend)
{
    fflush(stdout);
    rnn_release_signals();
    rnn_backend_keep_kernels(backend);
}

/* The model's own columns from the file: targets first, as it was trained. */
static rnn_status load_series_of(const rnn_arguments *arguments, const rnn_model *model, rnn_series **out)
{
    const size_t D = rnn_model_inputs(model), targets = rnn_model_targets(model);
    const rnn_table_format format = table_format(arguments);
    rnn_status status;
    const char **names = NULL;
    RNN_TRY(RNN_NEW(names, D + 2)); /* two lists, each with its NULL */
    for (size_t i = 0; i < D; i++)
        names[i < targets ? i : i + 1] = rnn_model_column(model, i);
    const rnn_columns columns = {names, names + targets + 1};
    status = rnn_series_read(arguments->data, &format, &columns, out);
    if (status == RNN_USAGE) /* no such column: here it is the file that does not fit, not the command line */
        status = rnn_fail_within(RNN_CONFIG, "the model's columns are not in the data: ");
fail:
    free(names);
    return status;
}

rnn_status rnn_model_job_open(const rnn_arguments *arguments, rnn_model_job *out)
{
    rnn_status status;
    *out = (rnn_model_job){.model = NULL};
    if (!arguments->model)
        return rnn_fail(RNN_USAGE, "%s: --model FILE is missing", arguments->command->name);
    if (!arguments->data)
        return rnn_fail(RNN_USAGE, "%s: --data FILE is missing", arguments->command->name);
    RNN_TRY(rnn_load_models(arguments->model, &out->models, &out->count));
    out->model = out->models[0];
    if (out->count > 1 && !arguments->quiet)
        fprintf(stderr, "model: the mean of the %zu in %s\n", out->count, arguments->model);
    RNN_TRY(load_series_of(arguments, out->model, &out->series));
    RNN_TRY(rnn_open_device(arguments, rnn_model_settings(out->model)->precision, &out->backend));
    return RNN_OK;
fail:
    rnn_model_job_close(out);
    return status;
}

void rnn_model_job_close(rnn_model_job *job)
{
    rnn_backend_close(job->backend);
    rnn_series_free(job->series);
    for (size_t i = 0; i < job->count; i++)
        rnn_model_free(job->models[i]);
    free(job->models);
    *job = (rnn_model_job){.model = NULL};
}

rnn_status rnn_model_job_predict(const rnn_model_job *job, rnn_predictions **out)
{
    return rnn_predict_mean(job->models, job->count, job->series, rnn_prediction_mode(job->model), job->backend, out);
}

void rnn_announce_device(const rnn_arguments *arguments, const rnn_backend *backend)
{
    const rnn_device_info *info = rnn_backend_info(backend);
    if (!arguments->quiet)
        fprintf(stderr, "device: %s %s, %s (%s)\n", info->selector, info->name, info->driver,
                info->bit_exact ? "bit-exact" : "tolerance only");
}

rnn_input_mode rnn_prediction_mode(const rnn_model *model)
{
    return rnn_model_settings(model)->recipe == RNN_RECIPE_ARTICLE ? RNN_MODE_WINDOW : RNN_MODE_STEP;
}
