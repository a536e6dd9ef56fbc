/* SPDX-License-Identifier: MIT
 * forecast.c - the library in one page: reads a column of a CSV file, trains on it, prints what comes next with 80 % intervals
 *
 *   make lib && cc -Iinclude tests/example/forecast.c build/librnn_cl.a -lOpenCL -ljansson -lm -pthread -o forecast
 *   ./forecast tests/data/sunspots.csv SUNACTIVITY 12
 */
#include "rnn_cl.h"

#include <stdio.h>
#include <stdlib.h>

static void print(const rnn_series *series, const rnn_scoreboard *board, const rnn_forecasts *f)
{
    const rnn_contender *network = &board->contender[0], *naive = &board->contender[board->best];
    printf("%s, RMSE on the validation part: %s %g, %s %g\n", series->names[0], network->name, network->all.rmse,
           naive->name, naive->all.rmse);
    for (size_t step = 0; step < f->steps; step++)
        printf("row %zu: %g (%g to %g)\n", f->rows[0] + step, f->mean[step], f->lower[step], f->upper[step]);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: forecast FILE.csv COLUMN STEPS\n");
        return RNN_USAGE;
    }
    const char *const target[] = {argv[2], NULL}, *const none[] = {NULL};
    const rnn_columns columns = {target, none};
    const double level = 0.8;
    rnn_series *series = NULL;
    rnn_backend *backend = NULL;
    rnn_model *model = NULL;
    rnn_predictions *predictions = NULL;
    rnn_split split;
    rnn_scoreboard *board = NULL;
    rnn_forecasts *forecasts = NULL;
    rnn_settings settings;
    rnn_settings_init(&settings, RNN_RECIPE_DEFAULT);
    settings.seq_len = 24;
    settings.hidden = 32;

    rnn_status status = rnn_series_read(argv[1], NULL, &columns, &series);
    if (!status && !(status = rnn_backend_open("auto", settings.precision, &backend)) &&
        !(status = rnn_train(&settings, series, backend, NULL, &model)) &&
        !(status = rnn_predict_some(model, series, RNN_MODE_STEP, 0, backend, &split, &predictions)) &&
        !(status = rnn_score(model, series, predictions, split.train, split.val, RNN_CALIBRATION_NONE, &board)) &&
        !(status = rnn_forecast(model, series, strtoul(argv[3], NULL, 10), &level, 1, backend, &forecasts)))
        print(series, board, forecasts);
    else
        fprintf(stderr, "%s\n", rnn_error_message());

    rnn_forecasts_free(forecasts);
    rnn_scoreboard_free(board);
    rnn_predictions_free(predictions);
    rnn_model_free(model);
    rnn_backend_close(backend);
    rnn_series_free(series);
    return status;
}
