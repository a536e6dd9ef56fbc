/* SPDX-License-Identifier: MIT
 * evaluate.c - rnn_cl evaluate: how far off a model is on a series, beside repeating the last value
 */
#include "cmd/command.h"
#include "view/results.h"

#include "base/json.h"

#include <stdio.h>

static rnn_status print_json(const rnn_model_job *job, const rnn_metrics *m)
{
    const rnn_device_info *info = rnn_backend_info(job->backend);
    json_t *object =
        json_pack("{s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:b}", "device", info->name, "rows", (json_int_t)job->series->N,
                  "count", (json_int_t)m->count, "rmse", rnn_json_real_or_null(m->rmse), "mae",
                  rnn_json_real_or_null(m->mae), "persistence_rmse", rnn_json_real_or_null(m->persistence_rmse),
                  "persistence_mae", rnn_json_real_or_null(m->persistence_mae), "bit_exact", (int)info->bit_exact);
    if (!object)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the metrics as JSON");
    const rnn_status status = rnn_print_json(stdout, object);
    json_decref(object);
    return status;
}

static void print_table(const rnn_model_job *job, const rnn_metrics *m)
{
    printf("%zu predictions of %s, original units\n", m->count, job->series->source);
    printf("                          RMSE           MAE\n");
    printf("  network           %12.6g  %12.6g\n", m->rmse, m->mae);
    printf("  last value again  %12.6g  %12.6g\n", m->persistence_rmse, m->persistence_mae);
    printf("  %s\n", m->rmse < m->persistence_rmse ? "the network beats repeating the last value"
                                                   : "the network does NOT beat repeating the last value");
}

rnn_status rnn_command_evaluate(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_model_job job = {.model = NULL};
    rnn_predictions *predictions = NULL;
    rnn_metrics metrics;
    RNN_TRY(rnn_model_job_open(arguments, &job));
    RNN_TRY(rnn_model_job_predict(&job, &predictions));
    rnn_measure(predictions, 0, predictions->count, &metrics);
    if (metrics.count == 0) {
        status = rnn_fail(RNN_CONFIG, "%s: %zu rows hold no window of %zu rows with the row it predicts",
                          job.series->source, job.series->N, rnn_model_settings(job.model)->seq_len);
        goto fail;
    }
    rnn_announce_device(arguments, job.backend);
    if (arguments->json)
        RNN_TRY(print_json(&job, &metrics));
    else
        print_table(&job, &metrics);
    RNN_TRY(rnn_report_profile(arguments, job.backend));
    rnn_keep_kernels(job.backend);
fail:
    rnn_predictions_free(predictions);
    rnn_model_job_close(&job);
    return status;
}
