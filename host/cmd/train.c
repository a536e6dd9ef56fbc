/* SPDX-License-Identifier: MIT
 * train.c - rnn_cl train: from a command line to a trained model; its results: train_results.c
 */
#include "base/clock.h"
#include "base/count.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"
#include "cmd/train_job.h"
#include "cmd/watchdog.h"
#include "data/scale.h"
#include "model/settings.h"
#include "view/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Before -------------------------------------------------------------------------------------------------------- */

/* The article's digits are those of double. Where the device has none, and double was not asked for in so many words, float
 * serves, and says so. */
static rnn_status open_device(rnn_train_job *j)
{
    const rnn_arguments *a = &j->arguments;
    rnn_status status = rnn_open_device(a, j->settings.precision, &j->backend);
    if (status == RNN_NO_DEVICE && rnn_is_article(j) && !rnn_is_given(a, rnn_settings_row("precision")) &&
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

static void announce(const rnn_train_job *j)
{
    rnn_announce_device(&j->arguments, j->backend);
    if (j->arguments.quiet)
        return;
    char test[96] = "";
    if (j->split.test)
        snprintf(test, sizeof test, ", and %s for the end", rnn_count(j->split.test, "test window").text);
    fprintf(stderr, "data: %s, %s: %zu training and %s of %s%s\n", j->series->source,
            rnn_count(j->series->N, "row").text, j->split.train, rnn_count(j->split.val, "validation window").text,
            rnn_count(j->settings.seq_len, "row").text, test);
    char season[96] = "";
    if (rnn_transform_is_seasonal(j->settings.transform))
        snprintf(season, sizeof season, ", to %s before", rnn_count(j->settings.season, "row").text);
    if (j->settings.transform != RNN_TRANSFORM_NONE)
        fprintf(stderr, "transform: %s%s\n", rnn_settings_name("transform", &j->settings), season);
}

/* ---- During -------------------------------------------------------------------------------------------------------- */

static void on_epoch(void *context, const rnn_epoch *epoch)
{
    rnn_train_job *j = context;
    char line[256];
    if (j->startup == 0)
        j->startup = rnn_seconds() - j->began - (epoch->seconds - (j->resume ? rnn_checkpoint_seconds(j->resume) : 0));
    rnn_epoch_line(epoch, j->settings.recipe, line, sizeof line);
    rnn_progress_epoch(&j->progress, epoch, rnn_is_article(j) ? NULL : line);
    if (rnn_is_article(j) && !j->arguments.json && !j->arguments.quiet) {
        puts(line); /* what the article prints is its result; other recipes' lines are progress */
        fflush(stdout);
    }
}

static void on_progress(void *context, size_t epoch, size_t epochs, double fraction, double records_per_second)
{
    rnn_train_job *j = context;
    rnn_progress_show(&j->progress, epoch, epochs, fraction, records_per_second);
}

/* The first time all kernels are built and the first update is made: the run has begun. */
static bool on_stop(void *context)
{
    rnn_train_job *j = context;
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
    rnn_train_job *j = context;
    const bool asked = rnn_save_signal != 0;
    rnn_save_signal = 0;
    j->told = j->told && !asked;
    return asked;
}

static void tell_kept(const rnn_train_job *j)
{
    rnn_kept("the run up to there is in %s: rnn_cl train --resume --out %s goes on with it", j->folder.checkpoint,
             j->folder.path);
}

/* A word about those that were asked for; the others come and go in silence. */
static void on_saved(void *context, const char *path)
{
    rnn_train_job *j = context;
    tell_kept(j);
    rnn_progress_clear(&j->progress);
    if (!j->told && !j->arguments.quiet)
        fprintf(stderr, "checkpoint: %s\n", path);
    j->told = true;
}

static void close_job(rnn_train_job *j)
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
static rnn_status take_up(rnn_train_job *j)
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
    j->settings = j->arguments.settings;
    if (j->resume) /* the first thing to know about another setting is that it is another */
        RNN_TRY(rnn_check_resume(&j->settings, j->resume));
    if (j->arguments.resume)
        RNN_TRY(rnn_arguments_check(&j->arguments));
    RNN_TRY(rnn_population_make(&j->arguments, &j->population)); /* whose members are checked one by one */
    status = j->population.count ? RNN_OK : rnn_settings_check(&j->settings);
fail:
    return status;
}

/* With --resume the file may be elsewhere by now, or have been a pipe. */
static rnn_status load_series(rnn_train_job *j)
{
    const rnn_status status = rnn_load_series(&j->arguments, &j->series);
    if (status == RNN_NO_INPUT && j->resume)
        rnn_fail_within(status, "the data of the run that is resumed (--data names it, where it is elsewhere now): ");
    return status;
}

/* The best member's model stands for a population's. */
static rnn_status train_population(rnn_train_job *j)
{
    rnn_population *p = &j->population;
    const rnn_status status = rnn_population_train(p, &j->arguments, &j->folder, &j->guards, j->series, j->backend);
    if (rnn_member_counts(p, p->best))
        j->model = p->members[p->best].model;
    j->startup = p->startup;
    return status;
}

static rnn_status train_one(rnn_train_job *j)
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

static rnn_status train(rnn_train_job *j)
{
    rnn_status status;
    RNN_TRY(rnn_arguments_to_note(&j->arguments, &j->new_note));
    j->guards.note = j->new_note;
    status = j->population.count ? train_population(j) : train_one(j);
    if (j->model)
        j->history = rnn_model_history(j->model, &j->epochs);
    if (status == RNN_STOPPED)
        status = rnn_fail(RNN_STOPPED, "stopped by signal %d after %s; to go on: rnn_cl train --resume --out %s",
                          (int)rnn_stop_signal, rnn_count(j->epochs, "epoch").text, j->folder.path);
    else if (status && rnn_stop_signal)
        rnn_fail_within(status, "stopped by signal %d after %s: ", (int)rnn_stop_signal,
                        rnn_count(j->epochs, "epoch").text);
fail:
    return status;
}

rnn_status rnn_command_train(const rnn_arguments *arguments)
{
    rnn_train_job j = {.arguments = *arguments,
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
        status = rnn_train_dry_run(&j);
        goto fail;
    }
    ended = train(&j);
    snprintf(ending, sizeof ending, "%s", ended ? rnn_error_message() : "");
    /* without an epoch it failed, or was stopped before there was anything to show */
    const rnn_status shown = j.epochs ? rnn_train_show_results(&j) : RNN_OK;
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
