/* SPDX-License-Identifier: MIT
 * evaluate.c - rnn_cl evaluate: how far off a model is on a series, beside forecasts that take no network
 */
#include "base/json.h"
#include "cmd/command.h"
#include "train/score.h"
#include "view/results.h"
#include "view/scoreboard.h"

#include <stdio.h>
#include <stdlib.h>

/* The windows that --part asks for, among the predictions. */
typedef struct evaluation {
    rnn_model_job job;
    rnn_series own; /* its rows that the model was made from */
    size_t *ends;   /* where they end; NULL: it does not know the series */
    rnn_predictions *predictions;
    rnn_scoreboard *board;
    size_t first, count;
    rnn_calibration calibration;
    char what[64]; /* "the validation part" */
} evaluation;

/* All windows of the data. Those that were trained on are told: what a model has seen is no test. */
static rnn_status take_all(evaluation *e)
{
    const bool known = e->ends != NULL;
    rnn_split split;
    rnn_status status;
    RNN_TRY(rnn_model_job_predict(&e->job, &e->predictions));
    e->count = e->predictions->count;
    e->calibration = known ? RNN_CALIBRATION_NONE : RNN_CALIBRATION_MODEL;
    snprintf(e->what, sizeof e->what, "all windows");
    if (known && rnn_split_series(rnn_model_settings(e->job.model), &e->own, &split) == RNN_OK)
        rnn_notice(
            "%s begins with the data of the model: %zu of its windows %s trained on, and the naive forecasts are "
            "fitted on the same rows; --part val%s leaves them out",
            e->job.series->source, split.train, split.train == 1 ? "was" : "were", split.test ? " or test" : "");
fail:
    return status;
}

/* A part of the data that the model was made from, which the series begins with. */
static rnn_status take_part(evaluation *e, rnn_part part)
{
    static const char *const names[] = {"all windows", "the training part", "the validation part", "the test part"};
    rnn_split shown;
    rnn_status status;
    RNN_TRY(rnn_predict_some_mean(e->job.models, e->job.count, &e->own, rnn_prediction_mode(e->job.model), 0,
                                  e->job.backend, &shown, &e->predictions));
    e->first = part == RNN_PART_TRAIN ? 0 : part == RNN_PART_VAL ? shown.train : shown.train + shown.val;
    e->count = part == RNN_PART_TRAIN ? shown.train : part == RNN_PART_VAL ? shown.val : shown.test;
    e->calibration = part == RNN_PART_TEST  ? RNN_CALIBRATION_MODEL
                     : part == RNN_PART_VAL ? RNN_CALIBRATION_HALVES
                                            : RNN_CALIBRATION_NONE;
    snprintf(e->what, sizeof e->what, "%s", names[part]);
    if (e->count == 0)
        status = rnn_fail(RNN_CONFIG, "--part %s: the model was trained without that part (--%s-fraction 0)",
                          part == RNN_PART_VAL ? "val" : "test", part == RNN_PART_VAL ? "val" : "test");
fail:
    return status;
}

static rnn_status take_windows(const rnn_arguments *arguments, evaluation *e)
{
    rnn_status status;
    RNN_TRY(rnn_model_own(e->job.model, e->job.series, &e->own, &e->ends));
    if (arguments->part == RNN_PART_ALL)
        return take_all(e);
    if (!e->ends)
        return rnn_fail(
            RNN_CONFIG,
            "%s: --part is about the data the model was trained on, and this is other data, or the model is "
            "of an earlier version and does not say; leave --part out",
            e->job.series->source);
    status = take_part(e, arguments->part);
fail:
    return status;
}

static rnn_status print_json(const evaluation *e)
{
    const rnn_device_info *info = rnn_backend_info(e->job.backend);
    rnn_metrics m;
    rnn_status status = RNN_NO_MEMORY;
    rnn_measure(e->predictions, e->first, e->count, &m);
    json_t *board = rnn_scoreboard_to_json(e->board);
    json_t *object =
        json_pack("{s:s, s:I, s:s, s:I, s:o, s:o, s:o, s:o, s:b, s:o*}", "device", info->name, "rows",
                  (json_int_t)e->job.series->N, "part", e->what, "count", (json_int_t)m.count, "rmse",
                  rnn_json_real_or_null(m.rmse), "mae", rnn_json_real_or_null(m.mae), "persistence_rmse",
                  rnn_json_real_or_null(m.persistence_rmse), "persistence_mae",
                  rnn_json_real_or_null(m.persistence_mae), "bit_exact", (int)info->bit_exact, "scoreboard", board);
    if (object && board)
        status = rnn_print_json(stdout, object);
    else
        rnn_fail(status, "out of memory: the metrics as JSON");
    json_decref(object);
    return status;
}

static void close_evaluation(evaluation *e)
{
    rnn_scoreboard_free(e->board);
    rnn_predictions_free(e->predictions);
    free(e->ends);
    rnn_model_job_close(&e->job);
}

rnn_status rnn_command_evaluate(const rnn_arguments *arguments)
{
    evaluation e = {.first = 0};
    rnn_status status;
    RNN_TRY(rnn_model_job_open(arguments, &e.job));
    RNN_TRY(take_windows(arguments, &e));
    if (e.job.count > 1 && e.calibration == RNN_CALIBRATION_MODEL) /* whose errors are not those of a mean */
        e.calibration = RNN_CALIBRATION_HALVES;
    RNN_TRY(rnn_score(e.job.model, e.job.series, e.predictions, e.first, e.count, e.calibration, &e.board));
    rnn_announce_device(arguments, e.job.backend);
    if (arguments->json)
        RNN_TRY(print_json(&e));
    else {
        printf("%s, ", e.job.series->source);
        rnn_scoreboard_print(stdout, e.board, e.what);
    }
    RNN_TRY(rnn_report_profile(arguments, e.job.backend));
    rnn_keep_kernels(e.job.backend);
fail:
    close_evaluation(&e);
    return status;
}
