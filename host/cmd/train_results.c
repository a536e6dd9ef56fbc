/* SPDX-License-Identifier: MIT
 * train_results.c - what a run leaves in its folder, and prints
 */
#include "base/count.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"
#include "cmd/report.h"
#include "cmd/train_job.h"
#include "cmd/watchdog.h"
#include "model/settings.h"
#include "view/plot.h"
#include "view/results.h"
#include "view/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* What the members of a population say on average. */
static rnn_status predict_mean(rnn_train_job *j)
{
    rnn_model **models = NULL;
    size_t count;
    rnn_status status;
    const rnn_input_mode mode = rnn_prediction_mode(j->model);
    RNN_TRY(rnn_population_models(&j->population, &models, &count));
    status = rnn_predict_some_mean(models, count, j->series, mode, j->settings.windows, j->backend, &j->shown,
                                   &j->predictions);
fail:
    free(models);
    return status;
}

/* With --windows as many of each part as an epoch takes: a file of all would dwarf the run. */
static rnn_status predict(rnn_train_job *j)
{
    if (rnn_is_mean(j))
        return predict_mean(j);
    rnn_status status = rnn_predict_some(j->model, j->series, rnn_prediction_mode(j->model), j->settings.windows,
                                         j->backend, &j->shown, &j->predictions);
    if (status == RNN_OK && rnn_is_article(j))
        status = rnn_predict(j->model, j->series, RNN_MODE_STEP, j->backend, &j->step_predictions);
    return status;
}

static void kept_sha256(const rnn_train_job *j, char hex[65])
{
    if (rnn_is_mean(j))
        rnn_population_sha256(&j->population, hex);
    else
        rnn_model_sha256(j->model, hex);
}

static json_t *summarize(const rnn_train_job *j)
{
    const rnn_device_info *info = rnn_backend_info(j->backend);
    const rnn_epoch none = {.loss = NAN, .val_loss = NAN};
    const rnn_epoch *last = j->epochs ? &j->history[j->epochs - 1] : &none;
    rnn_metrics train, val;
    char sha256[65];
    rnn_measure(j->predictions, 0, j->shown.train, &train);
    rnn_measure(j->predictions, j->shown.train, j->shown.val, &val);
    kept_sha256(j, sha256);
    json_t *summary =
        json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:f, s:s, s:b}", "version", RNN_CL_VERSION,
                  "device", info->name, "driver", info->driver, "recipe", rnn_settings_name("recipe", &j->settings),
                  "seed", rnn_json_u64_or_text(j->settings.seed), "epochs", (json_int_t)j->epochs, "loss",
                  rnn_json_real_or_null(last->loss), "val_loss", rnn_json_real_or_null(last->val_loss), "train_rmse",
                  rnn_json_real_or_null(train.rmse), "val_rmse", rnn_json_real_or_null(val.rmse), "persistence_rmse",
                  rnn_json_real_or_null(val.persistence_rmse), "seconds", last->seconds, "weights_sha256", sha256,
                  "bit_exact", (int)info->bit_exact);
    if (!summary)
        return NULL;
    if (j->step_predictions) {
        rnn_measure(j->step_predictions, 0, j->split.train, &train);
        rnn_measure(j->step_predictions, j->split.train, j->split.val, &val);
        json_object_set_new(summary, "train_rmse_step_mode", rnn_json_real_or_null(train.rmse));
        json_object_set_new(summary, "val_rmse_step_mode", rnn_json_real_or_null(val.rmse));
    }
    json_object_set_new(summary, "rollbacks", json_integer((json_int_t)last->rollbacks));
    json_object_set_new(summary, "startup_seconds", json_real(j->startup));
    json_object_set_new(summary, "rows", json_integer((json_int_t)j->series->N));
    json_object_set_new(summary, "train_windows", json_integer((json_int_t)j->split.train));
    json_object_set_new(summary, "val_windows", json_integer((json_int_t)j->split.val));
    json_object_set_new(summary, "test_windows", json_integer((json_int_t)j->split.test));
    json_object_set_new(summary, "settings", rnn_settings_to_json(&j->settings));
    if (j->population.count && rnn_population_summarize(&j->population, summary) != RNN_OK) {
        json_decref(summary);
        return NULL;
    }
    return summary;
}

/* Predictions [first, first + count), unless they are of a sample of windows: that is no curve. */
static rnn_plot_part plot_part(const rnn_predictions *p, size_t first, size_t count)
{
    const size_t O = p->horizon * p->targets;
    const bool whole = count > 0 && p->rows[first + count - 1] - p->rows[first] == count - 1;
    return (rnn_plot_part){whole ? p->rows[first] : 0, whole ? count : 0, p->actual + first * O,
                           p->predicted + first * O};
}

static rnn_status draw_plot(const rnn_train_job *j, const char *path)
{
    const rnn_predictions *p = j->predictions;
    const rnn_settings *s = &j->settings;
    const size_t train = j->shown.train, O = p->horizon * p->targets;
    char title[256], subtitle[256];
    rnn_status status;
    double *loss = NULL, *val_loss = NULL;
    RNN_TRY(rnn_run_losses(j->model, &loss, &val_loss));
    snprintf(title, sizeof title, "%s RNN, %s, windows of %s", rnn_unit_name(s),
             rnn_count(s->hidden, "hidden unit").text, rnn_count(s->seq_len, "row").text);
    snprintf(subtitle, sizeof subtitle, "%s, recipe %s, seed %llu, %s", j->series->source,
             rnn_settings_name("recipe", s), (unsigned long long)s->seed, rnn_count(j->epochs, "epoch").text);
    const rnn_plot_data data = {
        .title = title,
        .subtitle = subtitle,
        .O = O,
        .target = rnn_model_column(j->model, 0),
        .train = plot_part(p, 0, train),
        .val = plot_part(p, train, j->shown.val),
        .epochs = j->epochs,
        .loss = loss,
        .val_loss = val_loss,
    };
    status = rnn_plot(&data, path);
fail:
    free(val_loss);
    free(loss);
    return status;
}

static rnn_status save_predictions(const rnn_train_job *j, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    rnn_status status;
    RNN_TRY(rnn_predictions_csv(j->predictions, j->model, j->series, &j->shown, &text, &size));
    status = rnn_save_text(path, text, size);
fail:
    free(text);
    return status;
}

/* Before the predictions, which the device may fail: it is what cannot be made again cheaply. */
static rnn_status save_model(const rnn_train_job *j)
{
    char path[4096];
    if (rnn_is_mean(j))
        return rnn_population_save(&j->population, j->folder.path);
    snprintf(path, sizeof path, "%s/model.safetensors", j->folder.path);
    const rnn_status status = rnn_model_save(j->model, path);
    if (status == RNN_OK)
        rnn_kept("the trained model is in %s", path);
    return status;
}

/* What the report shows. */
static rnn_run run_of(const rnn_train_job *j)
{
    return (rnn_run){.arguments = &j->arguments,
                     .settings = &j->settings,
                     .series = j->series,
                     .model = j->model,
                     .device = rnn_backend_info(j->backend),
                     .predictions = j->predictions,
                     .shown = &j->shown,
                     .split = &j->split,
                     .scores = &j->scores,
                     .backend = rnn_is_mean(j) ? NULL : j->backend};
}

static rnn_status save_results(const rnn_train_job *j, const json_t *summary)
{
    char path[4096];
    rnn_status status;
    const char *folder = j->folder.path;
    const rnn_run run = run_of(j);
#define IN_FOLDER(name) (snprintf(path, sizeof path, "%s/%s", folder, name), path)
    RNN_TRY(rnn_history_save(j->history, j->epochs, IN_FOLDER("history.jsonl")));
    RNN_TRY(save_predictions(j, IN_FOLDER("predictions.csv")));
    RNN_TRY(rnn_save_json(IN_FOLDER("summary.json"), summary));
    rnn_kept("the results are in %s", folder);
    IN_FOLDER("report.html");
    if (j->arguments.report)
        RNN_TRY(rnn_run_report(&run, path));
    else
        unlink(path); /* an earlier run's, of another model */
    status = draw_plot(j, IN_FOLDER("plot.svg"));
#undef IN_FOLDER
fail:
    return status;
}

static void print_rmse(const char *what, const rnn_predictions *p, const rnn_split *split)
{
    rnn_metrics train, val;
    rnn_measure(p, 0, split->train, &train);
    rnn_measure(p, split->train, split->val, &val);
    printf("RMSE%s: training %.6g", what, train.rmse);
    if (val.count)
        printf(", validation %.6g", val.rmse);
    printf("\n");
}

static void print_results(const rnn_train_job *j)
{
    const char *const files[] = {"report.html",     "plot.svg",
                                 "predictions.csv", rnn_is_mean(j) ? "members" : "model.safetensors",
                                 "history.jsonl",   "summary.json"};
    char sha256[65], path[4096];
    if (j->arguments.quiet)
        return;
    if (j->population.count)
        rnn_population_print(&j->population);
    kept_sha256(j, sha256);
    print_rmse(rnn_is_article(j) ? " in the article's prediction mode" : "", j->predictions, &j->shown);
    if (j->step_predictions)
        print_rmse(" step by step, as it was trained", j->step_predictions, &j->split);
    rnn_run_scores_print(&j->scores, j->model);
    printf("trained in %.2f s (kernels ready after %.2f s), weights_sha256 %s\n", j->history[j->epochs - 1].seconds,
           j->startup, sha256);
    const char *heading = "results:  ";
    for (size_t i = j->arguments.report ? 0 : 1; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", j->folder.path, files[i]);
        if (access(path, F_OK) != 0)
            continue;
        printf("%s%s\n", heading, path);
        heading = "          ";
    }
}

rnn_status rnn_train_show_results(rnn_train_job *j)
{
    rnn_status status;
    json_t *summary = NULL;
    j->settings = *rnn_model_settings(j->model); /* with the rate that was chosen */
    RNN_TRY(save_model(j));
    RNN_TRY(predict(j));
    RNN_TRY(rnn_run_scores_make(j->model, j->series, j->predictions, &j->shown, !rnn_is_mean(j), &j->scores));
    if (!(summary = summarize(j))) {
        status = rnn_fail(RNN_NO_MEMORY, "out of memory: the summary");
        goto fail;
    }
    RNN_TRY(rnn_run_scores_add(&j->scores, summary));
    RNN_TRY(save_results(j, summary));
    if (j->arguments.json)
        RNN_TRY(rnn_print_json(stdout, summary));
    else
        print_results(j);
    if (j->arguments.sketch)
        rnn_sketch_losses(stderr, j->history, j->epochs, rnn_sketch_blocks());
    status = rnn_report_profile(&j->arguments, j->backend);
fail:
    json_decref(summary);
    return status;
}
