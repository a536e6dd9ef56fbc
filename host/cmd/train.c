/* SPDX-License-Identifier: MIT
 * train.c - rnn_cl train: from a command line to a folder of results
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/folder.h"
#include "cmd/population.h"
#include "cmd/report.h"
#include "cmd/scores.h"
#include "cmd/watchdog.h"
#include "model/settings.h"
#include "view/plot.h"
#include "view/progress.h"
#include "view/results.h"
#include "view/sketch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A run from its first line to its last. */
typedef struct job {
    rnn_arguments arguments; /* as given, or as the run that is resumed has them */
    rnn_settings settings;
    rnn_run_folder folder;
    rnn_checkpoint *resume; /* NULL: a new run */
    json_t *note;           /* of that, which the arguments' texts are borrowed from */
    char *new_note;
    rnn_safeguards guards;
    rnn_series *series;
    rnn_backend *backend;
    rnn_model *model;          /* of a population: its best member's */
    rnn_population population; /* count 0: one run */
    rnn_split split;
    rnn_split shown;                   /* of the predictions: split, or fewer of each part under --windows */
    rnn_predictions *predictions;      /* as the files and the picture have them */
    rnn_predictions *step_predictions; /* the article's other mode; NULL in other recipes */
    rnn_run_scores scores;
    const rnn_epoch *history; /* of the model */
    size_t epochs;
    rnn_progress progress;
    bool begun;     /* with its first update */
    bool told;      /* where the checkpoint is that was asked for */
    double began;   /* when the command did */
    double startup; /* seconds until training began: device, data and kernels ready; 0 before the first epoch's end */
} job;

static bool is_article(const job *j)
{
    return j->settings.recipe == RNN_RECIPE_ARTICLE;
}

static bool is_mean(const job *j)
{
    return j->population.count > 0 && j->population.keep == RNN_KEEP_MEAN;
}

/* ---- Before -------------------------------------------------------------------------------------------------------- */

/* The article's digits are those of double. Where the device has none, and double was not asked for in so many words, float
 * serves, and says so. */
static rnn_status open_device(job *j)
{
    const rnn_arguments *a = &j->arguments;
    rnn_status status = rnn_open_device(a, j->settings.precision, &j->backend);
    if (status == RNN_NO_DEVICE && is_article(j) && !rnn_is_given(a, rnn_settings_row("precision")) &&
        j->settings.precision == RNN_DOUBLE) {
        rnn_backend *narrow = NULL;
        if (rnn_open_device(a, RNN_FLOAT, &narrow) != RNN_OK)
            return RNN_NO_DEVICE; /* the device itself is the trouble, and this message says how */
        rnn_notice("%s has no double precision: the article runs in float, whose digits differ from the article's",
                   rnn_backend_info(narrow)->name);
        j->settings.precision = RNN_FLOAT;
        j->backend = narrow;
        status = RNN_OK;
    }
    return status;
}

static void announce(const job *j)
{
    rnn_announce_device(&j->arguments, j->backend);
    if (j->arguments.quiet)
        return;
    char test[64] = "";
    if (j->split.test)
        snprintf(test, sizeof test, ", and %zu test windows left alone", j->split.test);
    fprintf(stderr, "data: %s, %zu rows: %zu training and %zu validation windows of %zu rows%s\n", j->series->source,
            j->series->N, j->split.train, j->split.val, j->settings.seq_len, test);
}

/* ---- Dry run ------------------------------------------------------------------------------------------------------- */

static rnn_status print_memory_json(const rnn_memory *memory, const rnn_device_info *device, bool fits)
{
    rnn_status status = RNN_NO_MEMORY;
    json_t *buffers = json_array();
    for (size_t i = 0; i < memory->count; i++)
        json_array_append_new(buffers, json_pack("{s:s, s:I}", "label", memory->items[i].label, "bytes",
                                                 (json_int_t)memory->items[i].bytes));
    json_t *plan = json_pack(
        "{s:s, s:o, s:I, s:I, s:o, s:o, s:b}", "device", device->name, "buffers", buffers, "total",
        (json_int_t)memory->total, "largest", (json_int_t)memory->items[memory->largest].bytes, "device_memory",
        device->memory ? json_integer((json_int_t)device->memory) : json_null(), "device_largest",
        device->largest <= INT64_MAX ? json_integer((json_int_t)device->largest) : json_null(), "fits", (int)fits);
    if (plan)
        status = rnn_print_json(stdout, plan);
    else
        rnn_fail(status, "out of memory: the memory plan as JSON");
    json_decref(plan);
    return status;
}

static void print_memory(const rnn_memory *memory, const rnn_device_info *device, bool fits)
{
    for (size_t i = 0; i < memory->count; i++)
        printf("  %-40s %15llu\n", memory->items[i].label, (unsigned long long)memory->items[i].bytes);
    printf("  %-40s %15llu bytes in all\n", "total", (unsigned long long)memory->total);
    printf("  %-40s %15llu '%s'\n", "largest buffer", (unsigned long long)memory->items[memory->largest].bytes,
           memory->items[memory->largest].label);
    if (device->memory)
        printf("  %-40s %15llu, %llu a buffer\n", "the device has", (unsigned long long)device->memory,
               (unsigned long long)device->largest);
    else
        printf("  %-40s %15s\n", "the device has", "the host's");
    printf("the job %s\n", fits ? "fits" : "does NOT fit");
}

static rnn_status plan_memory(const job *j, rnn_memory *out)
{
    const rnn_population *p = &j->population;
    return p->count ? rnn_population_plan(p->members, p->count, j->series, j->backend, out)
                    : rnn_memory_plan(&j->settings, j->series, j->backend, out);
}

static rnn_status check_memory(const job *j, const rnn_memory *memory)
{
    const rnn_population *p = &j->population;
    return p->count ? rnn_population_check(p->members, p->count, j->series, j->backend)
                    : rnn_memory_check(memory, &j->settings, j->series, j->backend);
}

/* The plan on stdout; a job that does not fit is then refused as a run would be. */
static rnn_status dry_run(const job *j)
{
    const rnn_device_info *device = rnn_backend_info(j->backend);
    rnn_memory memory;
    rnn_status status;
    RNN_TRY(plan_memory(j, &memory));
    const bool fits = check_memory(j, &memory) == RNN_OK;
    if (j->arguments.json)
        RNN_TRY(print_memory_json(&memory, device, fits));
    else
        print_memory(&memory, device, fits);
    status = fits ? RNN_OK : check_memory(j, &memory);
fail:
    return status;
}

/* ---- During -------------------------------------------------------------------------------------------------------- */

static void on_epoch(void *context, const rnn_epoch *epoch)
{
    job *j = context;
    char line[256];
    if (j->startup == 0)
        j->startup = rnn_seconds() - j->began - (epoch->seconds - (j->resume ? rnn_checkpoint_seconds(j->resume) : 0));
    rnn_epoch_line(epoch, j->settings.recipe, line, sizeof line);
    rnn_progress_epoch(&j->progress, epoch, is_article(j) ? NULL : line);
    if (is_article(j) && !j->arguments.json && !j->arguments.quiet) {
        puts(line); /* what the article prints is its result; other recipes' lines are progress */
        fflush(stdout);
    }
}

static void on_progress(void *context, size_t epoch, size_t epochs, double fraction, double records_per_second)
{
    job *j = context;
    rnn_progress_show(&j->progress, epoch, epochs, fraction, records_per_second);
}

/* The first time all kernels are built and the first update is made: the run has begun. */
static bool on_stop(void *context)
{
    job *j = context;
    if (!j->begun) {
        j->begun = true;
        rnn_heed_signals(); /* after the compiler, which has its own */
        if (!j->resume && rnn_folder_begin(&j->folder) != RNN_OK) {
            rnn_notice("this run is not kept: %s", rnn_error_message());
            j->guards.checkpoint = NULL;
        }
    }
    return rnn_stop_signal != 0;
}

static bool on_save(void *context)
{
    job *j = context;
    const bool asked = rnn_save_signal != 0;
    rnn_save_signal = 0;
    j->told = j->told && !asked;
    return asked;
}

static void tell_kept(const job *j)
{
    rnn_kept("the run up to there is in %s: rnn_cl train --resume --out %s goes on with it", j->folder.checkpoint,
             j->folder.path);
}

/* A word about those that were asked for; the others come and go in silence. */
static void on_saved(void *context, const char *path)
{
    job *j = context;
    tell_kept(j);
    rnn_progress_clear(&j->progress);
    if (!j->told && !j->arguments.quiet)
        fprintf(stderr, "checkpoint: %s\n", path);
    j->told = true;
}

/* ---- After --------------------------------------------------------------------------------------------------------- */

/* What the members of a population say on average. */
static rnn_status predict_mean(job *j)
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
static rnn_status predict(job *j)
{
    if (is_mean(j))
        return predict_mean(j);
    rnn_status status = rnn_predict_some(j->model, j->series, rnn_prediction_mode(j->model), j->settings.windows,
                                         j->backend, &j->shown, &j->predictions);
    if (status == RNN_OK && is_article(j))
        status = rnn_predict(j->model, j->series, RNN_MODE_STEP, j->backend, &j->step_predictions);
    return status;
}

static void kept_sha256(const job *j, char hex[65])
{
    if (is_mean(j))
        rnn_population_sha256(&j->population, hex);
    else
        rnn_model_sha256(j->model, hex);
}

static json_t *summarize(const job *j)
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

static rnn_status draw_plot(const job *j, const char *path)
{
    const rnn_predictions *p = j->predictions;
    const rnn_settings *s = &j->settings;
    const size_t train = j->shown.train, O = p->horizon * p->targets;
    char title[256], subtitle[256];
    rnn_status status;
    double *loss = NULL, *val_loss = NULL;
    RNN_TRY(rnn_run_losses(j->model, &loss, &val_loss));
    snprintf(title, sizeof title, "%s RNN, %zu hidden units, windows of %zu rows", rnn_settings_name("activation", s),
             s->hidden, s->seq_len);
    snprintf(subtitle, sizeof subtitle, "%s, recipe %s, seed %llu, %zu epochs", j->series->source,
             rnn_settings_name("recipe", s), (unsigned long long)s->seed, j->epochs);
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

static rnn_status save_predictions(const job *j, const char *path)
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
static rnn_status save_model(const job *j)
{
    char path[4096];
    if (is_mean(j))
        return rnn_population_save(&j->population, j->folder.path);
    snprintf(path, sizeof path, "%s/model.safetensors", j->folder.path);
    const rnn_status status = rnn_model_save(j->model, path);
    if (status == RNN_OK)
        rnn_kept("the trained model is in %s", path);
    return status;
}

/* What the report shows. */
static rnn_run run_of(const job *j)
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
                     .backend = is_mean(j) ? NULL : j->backend};
}

static rnn_status save_results(const job *j, const json_t *summary)
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

static void print_results(const job *j)
{
    const char *const files[] = {"report.html",     "plot.svg",
                                 "predictions.csv", is_mean(j) ? "members" : "model.safetensors",
                                 "history.jsonl",   "summary.json"};
    char sha256[65], path[4096];
    if (j->arguments.quiet)
        return;
    if (j->population.count)
        rnn_population_print(&j->population);
    kept_sha256(j, sha256);
    print_rmse(is_article(j) ? " in the article's prediction mode" : "", j->predictions, &j->shown);
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

static void close_job(job *j)
{
    rnn_run_scores_free(&j->scores);
    rnn_predictions_free(j->step_predictions);
    rnn_predictions_free(j->predictions);
    if (j->population.count == 0) /* else it is the population's */
        rnn_model_free(j->model);
    rnn_population_free(&j->population);
    rnn_backend_close(j->backend);
    rnn_series_free(j->series);
    rnn_checkpoint_free(j->resume);
    json_decref(j->note);
    free(j->new_note);
    rnn_folder_close(&j->folder);
}

/* ---- The command --------------------------------------------------------------------------------------------------- */

/* What the command line says, or with --resume what it said when the run began. */
static rnn_status take_up(job *j)
{
    rnn_safeguards *guards = &j->guards;
    rnn_status status;
    RNN_TRY(rnn_parse_checkpoint_every(j->arguments.checkpoint_every, &guards->every_steps, &guards->every_seconds));
    RNN_TRY(rnn_parse_verify(j->arguments.verify, &guards->verify, &guards->verify_every));
    if (j->arguments.resume) {
        bool several;
        RNN_TRY(rnn_folder_open(j->folder.path, false, &j->folder));
        RNN_TRY(rnn_population_resume(&j->folder, &j->arguments, &several, &j->note));
        if (!several) {
            RNN_TRY(rnn_folder_resume(&j->folder, &j->resume));
            RNN_TRY(rnn_arguments_resume(j->resume, j->folder.checkpoint, &j->arguments, &j->note));
        }
    }
    RNN_TRY(rnn_population_make(&j->arguments, &j->population));
    j->settings = j->arguments.settings;
    status = j->resume ? rnn_check_resume(&j->settings, j->resume) : rnn_settings_check(&j->settings);
fail:
    return status;
}

/* With --resume the file may be elsewhere by now, or have been a pipe. */
static rnn_status load_series(job *j)
{
    const rnn_status status = rnn_load_series(&j->arguments, &j->series);
    if (status == RNN_NO_INPUT && j->resume)
        rnn_fail_within(status, "the data of the run that is resumed (--data names it, where it is elsewhere now): ");
    return status;
}

/* The best member's model stands for a population's. */
static rnn_status train_population(job *j)
{
    rnn_population *p = &j->population;
    const rnn_status status = rnn_population_train(p, &j->arguments, &j->folder, &j->guards, j->series, j->backend);
    if (rnn_member_counts(p, p->best))
        j->model = p->members[p->best].model;
    j->startup = p->startup;
    return status;
}

static rnn_status train_one(job *j)
{
    rnn_observer observer = {j, on_epoch, NULL, on_stop, on_save, on_saved};
    j->guards.checkpoint = j->folder.checkpoint;
    j->guards.resume = j->resume;
    j->told = true;
    j->progress = rnn_progress_start(j->arguments.quiet || j->arguments.json);
    if (j->progress.on)
        observer.progress = on_progress;
    const rnn_status status = rnn_train_with(&j->settings, j->series, j->backend, &observer, &j->guards, &j->model);
    rnn_progress_clear(&j->progress);
    return status;
}

static rnn_status train(job *j)
{
    rnn_status status;
    RNN_TRY(rnn_arguments_to_note(&j->arguments, &j->new_note));
    j->guards.note = j->new_note;
    status = j->population.count ? train_population(j) : train_one(j);
    if (j->model)
        j->history = rnn_model_history(j->model, &j->epochs);
    if (status == RNN_STOPPED)
        status =
            rnn_fail(RNN_STOPPED, "stopped by signal %d after %zu epochs; to go on: rnn_cl train --resume --out %s",
                     (int)rnn_stop_signal, j->epochs, j->folder.path);
    else if (status && rnn_stop_signal)
        rnn_fail_within(status, "stopped by signal %d after %zu epochs: ", (int)rnn_stop_signal, j->epochs);
fail:
    return status;
}

/* Files, table, JSON of a run that left a model with at least one epoch behind it. */
static rnn_status show_results(job *j)
{
    rnn_status status;
    json_t *summary = NULL;
    j->settings = *rnn_model_settings(j->model); /* with the rate that was chosen */
    RNN_TRY(save_model(j));
    RNN_TRY(predict(j));
    RNN_TRY(rnn_run_scores_make(j->model, j->series, j->predictions, &j->shown, !is_mean(j), &j->scores));
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

rnn_status rnn_command_train(const rnn_arguments *arguments)
{
    job j = {.arguments = *arguments,
             .folder = {.path = arguments->out ? arguments->out : RNN_DEFAULT_OUT, .lock = -1},
             .began = rnn_seconds()};
    char ending[1024];
    rnn_status status, ended;
    rnn_heed_save_signal(); /* which would end the program until then */
    RNN_TRY(take_up(&j));
    if (j.resume)
        tell_kept(&j);
    RNN_TRY(load_series(&j));
    rnn_settings_resolve(&j.settings, j.series);
    rnn_heed_signals(); /* not before: a wait for a pipe should just end */
    RNN_TRY(rnn_split_series(&j.settings, j.series, &j.split));
    RNN_TRY(rnn_population_check_split(&j.population, &j.split));
    RNN_TRY(open_device(&j));
    if (!j.arguments.resume && !j.arguments.dry_run)
        RNN_TRY(rnn_folder_open(j.folder.path, true, &j.folder));
    announce(&j);
    if (j.arguments.dry_run) {
        status = dry_run(&j);
        goto fail;
    }
    ended = train(&j);
    snprintf(ending, sizeof ending, "%s", ended ? rnn_error_message() : "");
    /* without an epoch it failed, or was stopped before there was anything to show */
    const rnn_status shown = j.epochs ? show_results(&j) : RNN_OK;
    if (shown && ended)
        rnn_notice("the results are not all there: %s", rnn_error_message());
    status = ended ? rnn_fail(ended, "%s", ending) : shown;
    if (status == RNN_OK) {
        rnn_folder_finish(&j.folder);
        if (j.population.count)
            rnn_population_finish(&j.population, &j.folder);
        rnn_keep_kernels(j.backend);
    }
fail:
    close_job(&j);
    return status;
}
