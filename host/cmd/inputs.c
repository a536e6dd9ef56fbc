/* SPDX-License-Identifier: MIT
 * inputs.c - the files and the device a command line names
 */
#include "base/memory.h"
#include "cmd/command.h"
#include "data/text.h"
#include "model/model.h"
#include "model/settings.h"

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

/* The lists of an options struct, and the texts they point into. */
typedef struct name_lists {
    char *texts[4];
    const char **names[4];
} name_lists;

static void free_lists(name_lists *lists)
{
    for (size_t i = 0; i < 4; i++) {
        free(lists->names[i]);
        free(lists->texts[i]);
    }
}

static rnn_status list_columns(const rnn_arguments *arguments, name_lists *lists, rnn_read_options *options)
{
    const char *const given[4] = {arguments->target, arguments->features, arguments->known, arguments->calendar};
    static const char *const names[4] = {"target", "features", "known", "calendar"};
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < 4; i++)
        RNN_TRY(split_names(names[i], given[i], &lists->texts[i], &lists->names[i]));
    options->columns = (rnn_columns){lists->names[0], lists->names[1]};
    options->known = lists->names[2];
    status = rnn_calendar_set(lists->names[3], &options->calendar);
    if (status)
        rnn_fail_within(status, "--calendar: ");
fail:
    return status;
}

static const char *not_none(const char *name)
{
    return name && strcmp(name, "none") == 0 ? NULL : name;
}

rnn_status rnn_load_series(const rnn_arguments *arguments, rnn_series **out)
{
    rnn_status status;
    name_lists lists = {{NULL}, {NULL}};
    rnn_read_options options = {.format = table_format(arguments),
                                .time = arguments->time,
                                .id = not_none(arguments->id),
                                .missing = arguments->settings.missing};
    *out = NULL;
    if (!arguments->data) {
        if (arguments->target || arguments->features || arguments->known || arguments->calendar || arguments->time ||
            arguments->id)
            return rnn_fail(RNN_USAGE, "%s name columns of a file; --data FILE is missing",
                            arguments->target || arguments->features ? "--target and --features"
                                                                     : "--known, --calendar, --time and --id");
        return rnn_series_sine(SINE_ROWS, out);
    }
    RNN_TRY(list_columns(arguments, &lists, &options));
    RNN_TRY(rnn_series_read_with(arguments->data, &options, out));
    RNN_TRY(rnn_arguments_check_series(arguments, *out));
    if ((*out)->ids && (*out)->parts == 1)
        status = rnn_fail(RNN_BAD_DATA, "%s: column \"%s\" has the one value \"%s\" and tells nothing apart; drop --id",
                          (*out)->source, rnn_show_string((*out)->id_name).text, rnn_show_string((*out)->ids[0]).text);
fail:
    free_lists(&lists);
    if (status) {
        rnn_series_free(*out);
        *out = NULL;
    }
    return status;
}

void rnn_keep_kernels(rnn_backend *backend)
{
    fflush(stdout);
    rnn_release_signals();
    rnn_backend_keep_kernels(backend);
}

/* How the series is read may be another than in training; auto: it is not. */
static rnn_status take_reading(const rnn_arguments *arguments, rnn_settings *settings)
{
    const rnn_missing missing = arguments->settings.missing;
    if (rnn_is_given(arguments, rnn_settings_row("missing")) && missing != RNN_MISSING_AUTO) {
        if (missing == RNN_MISSING_MASK && settings->missing != RNN_MISSING_MASK)
            return rnn_fail(
                RNN_CONFIG,
                "--missing mask: the model has no input that tells it where a value is missing; fill them in "
                "with --missing ffill or interpolate, or train with --missing mask");
        settings->missing = missing;
    }
    if (rnn_is_given(arguments, rnn_settings_row("short-ids")))
        settings->short_ids = arguments->settings.short_ids;
    return RNN_OK;
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
    if (out->count > 1 && strcmp(arguments->command->name, "predict") != 0 &&
        strcmp(arguments->command->name, "evaluate") != 0) {
        status = rnn_fail(RNN_USAGE,
                          "%s: %s takes one model; the mean of several is for predict and evaluate. Name one of the "
                          "files in it",
                          arguments->model, arguments->command->name);
        goto fail;
    }
    if (out->count > 1 && !arguments->quiet)
        fprintf(stderr, "model: the mean of the %zu in %s\n", out->count, arguments->model);
    for (size_t i = 0; i < out->count; i++)
        RNN_TRY(take_reading(arguments, &out->models[i]->settings));
    const rnn_read_options as = {.format = table_format(arguments),
                                 .time = arguments->time,
                                 .id = arguments->id,
                                 .missing = rnn_model_settings(out->model)->missing};
    RNN_TRY(rnn_model_read(out->model, arguments->data, &as, &out->series));
    RNN_TRY(rnn_arguments_check_series(arguments, out->series));
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
