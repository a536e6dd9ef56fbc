/* SPDX-License-Identifier: MIT
 * predict.c - rnn_cl predict: CSV on stdout, or in a folder
 */
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/watchdog.h"
#include "view/results.h"

#include <stdio.h>
#include <stdlib.h>

rnn_status rnn_command_predict(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_model_job job = {.model = NULL};
    rnn_predictions *predictions = NULL;
    char *text = NULL, path[4096];
    size_t size = 0;
    RNN_TRY(rnn_model_job_open(arguments, &job));
    if (arguments->out)
        RNN_TRY(rnn_make_folder(arguments->out));
    RNN_TRY(rnn_model_job_predict(&job, &predictions));
    rnn_announce_device(arguments, job.backend);
    RNN_TRY(rnn_predictions_csv(predictions, job.model, job.series, NULL, &text, &size));
    if (arguments->out) {
        snprintf(path, sizeof path, "%s/predictions.csv", arguments->out);
        RNN_TRY(rnn_save_text(path, text, size));
        rnn_kept("the predictions are in %s", path);
        if (!arguments->quiet)
            printf("%s\n", path);
    } else {
        fwrite(text, 1, size, stdout); /* main checks the stream at its end */
        rnn_kept("the predictions were printed");
    }
    RNN_TRY(rnn_report_profile(arguments, job.backend));
    rnn_keep_kernels(job.backend);
fail:
    free(text);
    rnn_predictions_free(predictions);
    rnn_model_job_close(&job);
    return status;
}
