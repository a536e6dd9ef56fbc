/* SPDX-License-Identifier: MIT
 * backtest.c - rnn_cl backtest: the forecasts a model would have made, at many rows of the past
 */
#include "base/count.h"
#include "base/json.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/watchdog.h"
#include "data/text.h"
#include "view/results.h"
#include "view/scoreboard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "never", a number, or "every" and a number. */
static rnn_status parse_refit(const char *text, size_t *every)
{
    static const rnn_option number = {"refit", "WHEN", RNN_OPTION_SIZE, 0, 1, 1e9, NULL, "", ""};
    *every = 0;
    if (strcmp(text, "never") == 0)
        return RNN_OK;
    if (rnn_option_set(&number, every, strncmp(text, "every ", 6) == 0 ? text + 6 : text) == RNN_OK)
        return RNN_OK;
    return rnn_fail(RNN_USAGE, "--refit: found '%s', expected never, or N: a new model before every N-th origin", text);
}

static void on_refit(void *context, size_t number, size_t count, size_t rows)
{
    const rnn_model_job *job = context;
    fprintf(stderr, "refit %zu of %zu: training on the first %s%s\n", number, count, rnn_count(rows, "row").text,
            job->series->parts > 1 ? " of all series together" : "");
}

static bool on_stop(void *context)
{
    (void)context;
    return rnn_stop_signal != 0;
}

/* An origin's row in its series, from 0, as forecasts.csv has it. */
static size_t index_of(const rnn_series *series, const rnn_predictions *p, size_t origin)
{
    return p->rows[origin] - series->starts[p->parts[origin]];
}

/* Origins stand series by series. */
static void describe_origins(const rnn_series *series, const rnn_predictions *p, char *text, size_t size)
{
    size_t in = 1;
    for (size_t i = 1; i < p->count; i++)
        in += p->parts[i] != p->parts[i - 1];
    if (p->count == 1 && series->parts > 1)
        snprintf(text, size, "1 origin (row %zu of series \"%s\")", index_of(series, p, 0),
                 rnn_show_string(series->ids[p->parts[0]]).text);
    else if (p->count == 1)
        snprintf(text, size, "1 origin (row %zu)", index_of(series, p, 0));
    else if (series->parts > 1)
        snprintf(text, size, "%zu origins (in %zu of %zu series)", p->count, in, series->parts);
    else
        snprintf(text, size, "%zu origins (rows %zu to %zu)", p->count, index_of(series, p, 0),
                 index_of(series, p, p->count - 1));
}

static rnn_status print_json(const rnn_model_job *job, const rnn_predictions *p, const rnn_scoreboard *board)
{
    const rnn_device_info *info = rnn_backend_info(job->backend);
    rnn_status status = RNN_NO_MEMORY;
    const rnn_series *series = job->series;
    json_t *scores = rnn_scoreboard_to_json(board), *origins = json_array();
    json_t *ids = series->ids ? json_array() : NULL; /* the origins' */
    for (size_t i = 0; i < p->count; i++) {
        json_array_append_new(origins, json_integer((json_int_t)index_of(series, p, i)));
        if (ids)
            json_array_append_new(ids, json_string(series->ids[p->parts[i]]));
    }
    json_t *object = json_pack("{s:s, s:I, s:I, s:o, s:o*, s:b, s:o*}", "device", info->name, "rows",
                               (json_int_t)series->N, "steps", (json_int_t)p->horizon, "origins", origins, "origin_ids",
                               ids, "bit_exact", (int)info->bit_exact, "scoreboard", scores);
    if (object && scores)
        status = rnn_print_json(stdout, object);
    else
        rnn_fail(status, "out of memory: the backtest as JSON");
    json_decref(object);
    return status;
}

/* backtest.csv: the errors by step; forecasts.csv: what was forecast at each origin. */
static rnn_status save_files(const rnn_arguments *arguments, const rnn_model_job *job, const rnn_predictions *p,
                             const rnn_scoreboard *board)
{
    char *scores = NULL, *forecasts = NULL, path[4096];
    size_t size = 0;
    rnn_status status;
    RNN_TRY(rnn_scoreboard_csv(board, &scores, &size));
    snprintf(path, sizeof path, "%s/backtest.csv", arguments->out);
    RNN_TRY(rnn_save_text(path, scores, size));
    RNN_TRY(rnn_predictions_csv(p, job->model, job->series, NULL, &forecasts, &size));
    snprintf(path, sizeof path, "%s/forecasts.csv", arguments->out);
    RNN_TRY(rnn_save_text(path, forecasts, size));
    rnn_kept("the backtest is in %s", arguments->out);
    if (!arguments->quiet && !arguments->json)
        printf("%s/backtest.csv\n%s\n", arguments->out, path);
fail:
    free(forecasts);
    free(scores);
    return status;
}

rnn_status rnn_command_backtest(const rnn_arguments *arguments)
{
    const rnn_observer observer = {.stop = on_stop};
    rnn_status status;
    rnn_model_job job = {.model = NULL};
    rnn_backtest_request request = {.origins = arguments->origins,
                                    .steps = arguments->steps,
                                    .observer = &observer,
                                    .context = &job,
                                    .refit = arguments->quiet ? NULL : on_refit};
    rnn_predictions *p = NULL;
    rnn_scoreboard *board = NULL;
    char what[sizeof(rnn_shown) + 64];
    RNN_TRY(parse_refit(arguments->refit, &request.refit_every));
    RNN_TRY(rnn_model_job_open(arguments, &job));
    if (arguments->out)
        RNN_TRY(rnn_make_folder(arguments->out));
    rnn_announce_device(arguments, job.backend);
    if (request.refit_every) /* otherwise there is nothing to finish */
        rnn_heed_signals();
    RNN_TRY(rnn_backtest(job.model, job.series, &request, job.backend, &p, &board));
    if (arguments->json)
        RNN_TRY(print_json(&job, p, board));
    else if (!arguments->quiet || !arguments->out) {
        describe_origins(job.series, p, what, sizeof what);
        rnn_scoreboard_print(stdout, board, what);
    }
    if (arguments->out)
        RNN_TRY(save_files(arguments, &job, p, board));
    RNN_TRY(rnn_report_profile(arguments, job.backend));
    rnn_keep_kernels(job.backend);
fail:
    rnn_scoreboard_free(board);
    rnn_predictions_free(p);
    rnn_model_job_close(&job);
    return status;
}
