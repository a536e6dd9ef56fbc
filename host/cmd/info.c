/* SPDX-License-Identifier: MIT
 * info.c - rnn_cl info: what is in a model file
 */
#include "base/count.h"
#include "base/json.h"
#include "cmd/command.h"
#include "data/text.h"
#include "model/model.h"
#include "model/settings.h"
#include "view/results.h"

#include <math.h>
#include <stdio.h>

static void print_forecasts(const rnn_model *model)
{
    size_t season, order;
    printf("\nforecasts\n  intervals            ");
    if (model->intervals.outputs)
        printf("from %.0f validation windows%s\n", model->intervals.residuals[0],
               rnn_quantile_pairs(&model->intervals.quantiles) ? ", around the network's quantiles" : "");
    else
        printf("none\n");
    for (size_t target = 0; rnn_model_naive(model, target, &season, &order); target++)
        printf("  naive, %-13s season %zu, AR(%zu)\n", rnn_show_string(model->columns[target]).text, season, order);
}

static void print_column(const rnn_model *model, size_t i)
{
    const bool known = i >= model->network.columns - model->network.known;
    printf("  %-20s %s", rnn_show_string(model->columns[i]).text,
           i < model->network.targets ? "target and input"
           : known                    ? "input, known ahead"
                                      : "input");
    if (model->ids)
        printf(", scaled by id (%zu of them)\n", model->scaler.parts);
    else
        printf(", scaled by (value - %.9g) / %.9g\n", model->scaler.shift[i], model->scaler.factor[i]);
}

static void print_text(const rnn_model *model)
{
    char sha256[65], value[RNN_OPTION_ROOM], rmse[32] = "none";
    rnn_model_sha256(model, sha256);
    if (isfinite(model->val_rmse))
        snprintf(rmse, sizeof rmse, "%.9g", model->val_rmse);
    printf("parameters\n");
    for (int role = 0; role < RNN_TENSORS; role++) {
        const rnn_tensor *tensor = &model->network.tensor[role];
        if (tensor->count)
            printf("  %-20s (%zu, %zu)\n", tensor->name, tensor->rows, tensor->columns);
    }
    printf("  %zu in all, weights_sha256 %s\n\ncolumns\n", model->network.parameters, sha256);
    for (size_t i = 0; i < model->network.columns; i++)
        print_column(model, i);
    printf("\norigin\n  data                 %s, %s\n  device               %s, driver %s, %s\n"
           "  epochs run           %zu\n  reduction blocks     %zu\n  validation RMSE      %s\n",
           model->source, rnn_count(model->rows, "row").text, model->device, model->driver,
           model->bit_exact ? "bit-exact" : "tolerance only", model->epochs, model->reduction_blocks, rmse);
    print_forecasts(model);
    printf("\nsettings\n");
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        rnn_option_text(row, &model->settings, value, sizeof value);
        printf("  %-20s %s\n", row->name, value);
    }
}

static rnn_status print_json(const rnn_model *model)
{
    char sha256[65];
    rnn_model_sha256(model, sha256);
    json_t *columns = json_array();
    for (size_t i = 0; i < model->network.columns; i++)
        json_array_append_new(columns, json_string(model->columns[i]));
    json_t *object =
        json_pack("{s:I, s:I, s:o, s:s, s:s, s:I, s:s, s:s, s:b, s:I, s:I, s:o, s:o}", "parameters",
                  (json_int_t)model->network.parameters, "targets", (json_int_t)model->network.targets, "columns",
                  columns, "weights_sha256", sha256, "data", model->source, "rows", (json_int_t)model->rows, "device",
                  model->device, "driver", model->driver, "bit_exact", (int)model->bit_exact, "epochs",
                  (json_int_t)model->epochs, "reduction_blocks", (json_int_t)model->reduction_blocks, "val_rmse",
                  rnn_json_real_or_null(model->val_rmse), "settings", rnn_settings_to_json(&model->settings));
    if (!object)
        return rnn_fail(RNN_NO_MEMORY, "out of memory: the model as JSON");
    const rnn_status status = rnn_print_json(stdout, object);
    json_decref(object);
    return status;
}

rnn_status rnn_command_info(const rnn_arguments *arguments)
{
    rnn_status status;
    rnn_model *model = NULL;
    if (!arguments->model)
        return rnn_fail(RNN_USAGE, "info: which model file? rnn_cl info MODEL");
    RNN_TRY(rnn_model_load(arguments->model, &model));
    if (arguments->json)
        RNN_TRY(print_json(model));
    else
        print_text(model);
fail:
    rnn_model_free(model);
    return status;
}
