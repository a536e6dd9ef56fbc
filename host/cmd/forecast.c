/* SPDX-License-Identifier: MIT
 * forecast.c - rnn_cl forecast: past the end of a series, as CSV on stdout, in a folder, or as JSON
 */
#include "view/forecast.h"

#include "base/count.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/report.h"
#include "cmd/watchdog.h"
#include "view/results.h"
#include "view/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "0.8,0.95" */
static rnn_status parse_levels(const char *list, double levels[RNN_LEVELS], size_t *count)
{
    static const rnn_option one = {"level", "L", RNN_OPTION_REAL, 0, 1e-6, 1 - 1e-6, NULL, "", ""};
    rnn_status status;
    char *text = NULL, *rest = NULL;
    *count = 0;
    RNN_TRY(RNN_COPY_TEXT(text, list));
    for (char *word = strtok_r(text, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        if (*count == RNN_LEVELS) {
            status = rnn_fail(RNN_USAGE, "--level %s: more than %d levels", list, RNN_LEVELS);
            goto fail;
        }
        RNN_TRY(rnn_option_set(&one, &levels[(*count)++], word));
    }
    if (*count == 0)
        status = rnn_fail(RNN_USAGE, "--level %s: no level, expected as 0.8,0.95", list);
fail:
    free(text);
    return status;
}

/* Levels that there are enough residuals for. What was asked for and cannot be had is an error; of the default levels, told. */
static rnn_status keep_levels(const rnn_arguments *arguments, rnn_forecasts *f)
{
    const size_t size = f->parts * f->steps * f->targets;
    size_t kept = 0;
    char why[256];
    for (size_t i = 0; i < f->levels; i++) {
        if (f->unadjusted[i])
            rnn_notice("intervals of %.6g %% are the network's own quantiles as they are: there are %s residuals of "
                       "validation windows to adjust them by, and what they hold is not known",
                       100 * f->level[i], f->residuals ? "too few" : "no");
        if (f->measured[i] > 0 || f->unadjusted[i]) {
            memmove(f->lower + kept * size, f->lower + i * size, size * sizeof *f->lower);
            memmove(f->upper + kept * size, f->upper + i * size, size * sizeof *f->upper);
            f->unadjusted[kept] = f->unadjusted[i];
            f->measured[kept] = f->measured[i];
            f->level[kept++] = f->level[i];
            continue;
        }
        if (f->residuals)
            snprintf(why, sizeof why,
                     "intervals of %.6g %% take %s at least, and the model had %zu: train with a "
                     "larger --val-fraction, or ask for a lower --level",
                     100 * f->level[i], rnn_count(rnn_interval_windows(f->level[i]), "validation window").text,
                     f->residuals);
        else
            snprintf(why, sizeof why,
                     "the model keeps no residuals to make intervals of: it is of an earlier version, of --recipe "
                     "article, a checkpoint, or was trained with --val-fraction 0; train it again for intervals");
        if (strcmp(arguments->level, RNN_LEVEL) != 0)
            return rnn_fail(RNN_CONFIG, "%s: %s", arguments->model, why);
        if (f->residuals || i == 0)
            rnn_notice("%s", why);
    }
    f->levels = kept;
    return RNN_OK;
}

/* Once, for the level whose own residuals end first. */
static void tell_widths(const rnn_model_job *job, const rnn_forecasts *f)
{
    size_t rows, least = f->steps;
    for (size_t i = 0; i < f->levels; i++)
        least = !f->unadjusted[i] && f->measured[i] < least ? f->measured[i] : least;
    if (least < f->steps)
        rnn_notice("no residuals of forecasts more than %s ahead are there to measure by%s: intervals behind step "
                   "%zu are as wide as its own, which is too narrow where errors grow",
                   rnn_count(least, "step").text,
                   rnn_model_knows(job->model, job->series, &rows)
                       ? ""
                       : ", as the data does not begin with the model's own (newer rows may follow those)",
                   least);
}

static rnn_status print_json(const rnn_model_job *job, const rnn_forecasts *f)
{
    const rnn_device_info *info = rnn_backend_info(job->backend);
    rnn_status status = RNN_NO_MEMORY;
    json_t *rows = rnn_forecasts_to_json(f, job->model, job->series);
    if (!rows)
        return status;
    json_t *object = json_pack("{s:s, s:I, s:I, s:o, s:b}", "device", info->name, "rows", (json_int_t)job->series->N,
                               "steps", (json_int_t)f->steps, "forecast", rows, "bit_exact", (int)info->bit_exact);
    status = object ? rnn_print_json(stdout, object) : rnn_fail(status, "out of memory: forecasts as JSON");
    json_decref(object);
    return status;
}

static rnn_status put_out(const rnn_arguments *arguments, const rnn_model_job *job, const rnn_forecasts *f)
{
    char *text = NULL, path[4096];
    size_t size = 0;
    rnn_status status;
    RNN_TRY(rnn_forecasts_csv(f, job->model, job->series, &text, &size));
    if (arguments->out) {
        snprintf(path, sizeof path, "%s/forecast.csv", arguments->out);
        RNN_TRY(rnn_save_text(path, text, size));
        rnn_kept("the forecast is in %s", path);
        if (!arguments->quiet && !arguments->json)
            printf("%s\n", path);
    } else if (!arguments->json) {
        fwrite(text, 1, size, stdout); /* main checks the stream at its end */
        rnn_kept("the forecast was printed");
    }
    if (arguments->json)
        status = print_json(job, f);
fail:
    free(text);
    return status;
}

/* DIR/forecast.html, beside forecast.csv; one that is not asked for would be of an earlier forecast, and goes. */
static rnn_status put_report(const rnn_arguments *arguments, const rnn_model_job *job, const rnn_forecasts *f)
{
    char path[4096];
    const rnn_run run = {.arguments = arguments,
                         .settings = rnn_model_settings(job->model),
                         .series = job->series,
                         .model = job->model,
                         .device = rnn_backend_info(job->backend)};
    snprintf(path, sizeof path, "%s/forecast.html", arguments->out);
    if (!arguments->report) {
        remove(path);
        return RNN_OK;
    }
    const rnn_status status = rnn_forecast_report(&run, f, path);
    if (status == RNN_OK && !arguments->quiet && !arguments->json)
        printf("%s\n", path);
    return status;
}

rnn_status rnn_command_forecast(const rnn_arguments *arguments)
{
    double levels[RNN_LEVELS];
    size_t count = 0;
    rnn_status status;
    rnn_model_job job = {.model = NULL};
    rnn_forecasts *f = NULL;
    RNN_TRY(parse_levels(arguments->level, levels, &count));
    if (arguments->report && !arguments->out)
        RNN_TRY(rnn_fail(RNN_USAGE, "forecast --report writes forecast.html into a folder; --out DIR names it"));
    RNN_TRY(rnn_model_job_open(arguments, &job));
    if (arguments->out)
        RNN_TRY(rnn_make_folder(arguments->out));
    const size_t steps = arguments->steps ? arguments->steps : rnn_model_settings(job.model)->horizon;
    RNN_TRY(rnn_forecast(job.model, job.series, steps, levels, count, job.backend, &f));
    rnn_announce_device(arguments, job.backend);
    RNN_TRY(keep_levels(arguments, f));
    tell_widths(&job, f);
    RNN_TRY(put_out(arguments, &job, f));
    if (arguments->out)
        RNN_TRY(put_report(arguments, &job, f));
    if (arguments->sketch)
        rnn_sketch_forecast(stderr, job.series, f, rnn_sketch_blocks());
    RNN_TRY(rnn_report_profile(arguments, job.backend));
    rnn_keep_kernels(job.backend);
fail:
    rnn_forecasts_free(f);
    rnn_model_job_close(&job);
    return status;
}
