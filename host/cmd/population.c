/* SPDX-License-Identifier: MIT */
#include "cmd/population.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "cmd/watchdog.h"
#include "model/settings.h"
#include "view/progress.h"
#include "view/results.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD      "population.json"
#define RECORD_ROOM ((size_t)1 << 20)

#define SHOW_SECONDS 0.1 /* from one progress line to the next */
#define SILENCE      2.0 /* seconds after which a member is taken for one that has ended */

/* ---- The members --------------------------------------------------------------------------------------------------- */

static bool is_population(const rnn_arguments *arguments)
{
    return arguments->population > 1 || arguments->sweep;
}

rnn_status rnn_population_make(const rnn_arguments *arguments, rnn_population *out)
{
    *out = (rnn_population){.members = NULL};
    if (is_population(arguments) && arguments->keep == RNN_KEEP_MEAN && arguments->report)
        return rnn_fail(RNN_USAGE, "--report shows one network: --keep best, or drop it");
    if (is_population(arguments))
        return rnn_population_members(arguments, out);
    return RNN_OK;
}

void rnn_population_free(rnn_population *population)
{
    for (size_t i = 0; i < population->count && population->members; i++)
        rnn_model_free(population->members[i].model);
    free(population->members);
    *population = (rnn_population){.members = NULL};
}

rnn_status rnn_population_check_split(const rnn_population *population, const rnn_split *split)
{
    if (population->count > 0 && population->keep == RNN_KEEP_BEST && split->val == 0)
        return rnn_fail(RNN_USAGE, "--keep best chooses by the validation loss, and there is no validation part: "
                                   "--val-fraction above 0, or --keep mean");
    return RNN_OK;
}

/* ---- The record ---------------------------------------------------------------------------------------------------- */

static const char *in_folder(const rnn_run_folder *folder, const char *name, char *path, size_t size)
{
    snprintf(path, size, "%s/%s", folder->path, name);
    return path;
}

static void tell_kept(const rnn_run_folder *folder)
{
    rnn_kept("the members up to there are in %s/members: rnn_cl train --resume --out %s goes on with them",
             folder->path, folder->path);
}

/* What the data decides is kept as it was chosen; the rate is each member's own to choose. */
static rnn_status write_record(const rnn_arguments *arguments, const rnn_series *series, const char *note,
                               const rnn_run_folder *folder)
{
    char path[4200];
    rnn_status status = RNN_NO_MEMORY;
    rnn_settings chosen = arguments->settings;
    rnn_settings_resolve(&chosen, series);
    chosen.learning_rate = arguments->settings.learning_rate;
    json_t *settings = rnn_settings_to_json(&chosen);
    json_t *record =
        json_pack("{s:I, s:s?, s:I, s:o, s:s}", "population", (json_int_t)arguments->population, "sweep",
                  arguments->sweep, "keep", (json_int_t)arguments->keep, "settings", settings, "note", note);
    if (record)
        status = rnn_save_json(in_folder(folder, RECORD, path, sizeof path), record);
    else
        rnn_fail(status, "out of memory: %s", RECORD);
    json_decref(record);
    return status;
}

/* What was given on the command line must be what the population has, but for what a run alone may change, too. */
static rnn_status check_settings(const rnn_settings *found, const rnn_settings *expected, const char *path)
{
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char a[RNN_OPTION_ROOM], b[RNN_OPTION_ROOM];
        rnn_option_text(row, found, a, sizeof a);
        rnn_option_text(row, expected, b, sizeof b);
        if (strcmp(a, b) != 0 && strcmp(row->name, "on-divergence") != 0)
            return rnn_fail(RNN_CONFIG, "the population cannot go on with other settings, --%s: found %s, %s has %s",
                            row->name, a, path, b);
    }
    return RNN_OK;
}

rnn_status rnn_population_resume(const rnn_run_folder *folder, rnn_arguments *arguments, bool *found, json_t **note)
{
    char path[4200];
    unsigned char *bytes = NULL;
    size_t size, population, keep;
    json_t *record = NULL, *object;
    const char *text;
    rnn_settings settings;
    rnn_status status = RNN_OK;
    in_folder(folder, RECORD, path, sizeof path);
    *found = access(path, F_OK) == 0 && access(folder->checkpoint, F_OK) != 0;
    if (!*found)
        return RNN_OK;
    if (is_population(arguments))
        return rnn_fail(
            RNN_USAGE,
            "%s: the population that is resumed has its --population and --sweep from there; drop the options", path);
    RNN_TRY(rnn_read_file(path, RECORD_ROOM, &bytes, &size));
    RNN_TRY(rnn_json_parse((const char *)bytes, size, RECORD_ROOM, path, &record));
    RNN_TRY(rnn_json_size(record, "population", path, &population));
    RNN_TRY(rnn_json_size(record, "keep", path, &keep));
    RNN_TRY(rnn_json_object(record, "settings", path, &object));
    RNN_TRY(rnn_settings_values_from_json(object, path, &settings));
    RNN_TRY(rnn_json_string(record, "note", path, &text));
    RNN_TRY(rnn_arguments_take_up(text, &settings, path, arguments, note));
    RNN_TRY(check_settings(&arguments->settings, &settings, path));
    if (!json_is_null(json_object_get(record, "sweep"))) {
        RNN_TRY(rnn_json_string(record, "sweep", path, &arguments->sweep));
        json_object_set(*note, "sweep", json_object_get(record, "sweep")); /* whose text the arguments borrow */
    }
    if (population == 0 || population > RNN_POPULATION_MOST || keep > RNN_KEEP_MEAN) {
        status = rnn_fail(RNN_BAD_DATA, "%s: a population of %zu, to keep %zu", path, population, keep);
        goto fail;
    }
    arguments->population = population;
    arguments->keep = arguments->keep ? arguments->keep : (int)keep;
    tell_kept(folder);
fail:
    json_decref(record);
    free(bytes);
    return status;
}

/* ---- Running ------------------------------------------------------------------------------------------------------- */

/* What a member's thread has at hand. */
typedef struct seat {
    struct table *table;
    size_t index;
    int saves;         /* seen so far */
    double rate, seen; /* records a second, as told at that moment */
    rnn_safeguards guards;
    rnn_observer observer;
    rnn_checkpoint *resume;
    char checkpoint[4200];
} seat;

/* What the threads share. */
typedef struct table {
    pthread_mutex_t lock;
    rnn_population *population;
    const rnn_arguments *arguments;
    const rnn_run_folder *folder;
    const rnn_series *series;
    const char *note;
    seat *seats;
    rnn_progress progress;
    double shown;     /* when the progress line was written */
    bool begun, kept; /* kept: checkpoints are */
    int saves;        /* asked for so far */
    char *told[64];   /* notices */
    size_t told_count;
} table;

int rnn_population_digits(const rnn_population *population)
{
    return population->count > 99 ? 3 : 2;
}

static void name_member(const table *t, size_t index, char *path, size_t size)
{
    snprintf(path, size, "%s/members/%0*zu", t->folder->path, rnn_population_digits(t->population), index + 1);
}

static void on_epoch(void *context, const rnn_epoch *epoch)
{
    seat *s = context;
    table *t = s->table;
    pthread_mutex_lock(&t->lock);
    if (t->population->startup == 0)
        t->population->startup = rnn_seconds() - t->population->began -
                                 (epoch->seconds - (s->resume ? rnn_checkpoint_seconds(s->resume) : 0));
    t->progress.last = *epoch;
    pthread_mutex_unlock(&t->lock);
}

/* Whoever has something to tell stands for all, whose rates add up: members of a shape are at the same place, but for those that
 * have ended, of which nothing was heard for a while. */
static void on_progress(void *context, size_t epoch, size_t epochs, double fraction, double records_per_second)
{
    seat *s = context;
    table *t = s->table;
    const double now = rnn_seconds();
    double rate = 0;
    pthread_mutex_lock(&t->lock);
    s->rate = records_per_second;
    s->seen = now;
    for (size_t i = 0; i < t->population->count; i++)
        rate += now - t->seats[i].seen < SILENCE ? t->seats[i].rate : 0;
    if (now - t->shown >= SHOW_SECONDS) {
        t->shown = now;
        rnn_progress_show(&t->progress, epoch, epochs, fraction, rate);
    }
    pthread_mutex_unlock(&t->lock);
}

static rnn_status begin(table *t)
{
    char path[4200];
    rnn_status status;
    if (t->arguments->resume)
        return RNN_OK;
    RNN_TRY(rnn_folder_begin(t->folder));
    RNN_TRY(write_record(t->arguments, t->series, t->note, t->folder));
    for (size_t i = 0; i < t->population->count; i++) {
        name_member(t, i, path, sizeof path);
        RNN_TRY(rnn_make_folder(path));
    }
fail:
    return status;
}

/* As of a run alone: the first time all kernels are built and an update is made. */
static bool on_stop(void *context)
{
    seat *s = context;
    table *t = s->table;
    pthread_mutex_lock(&t->lock);
    if (!t->begun) {
        t->begun = true;
        rnn_heed_signals();
        t->kept = begin(t) == RNN_OK;
        if (!t->kept)
            rnn_notice("this population is not kept: %s", rnn_error_message());
    }
    if (!t->kept)
        s->guards.checkpoint = NULL;
    pthread_mutex_unlock(&t->lock);
    return rnn_stop_signal != 0;
}

/* Asked once, every member saves. */
static bool on_save(void *context)
{
    seat *s = context;
    table *t = s->table;
    pthread_mutex_lock(&t->lock);
    if (rnn_save_signal != 0) {
        rnn_save_signal = 0;
        t->saves++;
        if (!t->arguments->quiet)
            fprintf(stderr, "checkpoints: %s/members\n", t->folder->path);
    }
    const bool asked = s->saves != t->saves;
    s->saves = t->saves;
    pthread_mutex_unlock(&t->lock);
    return asked;
}

static void on_saved(void *context, const char *path)
{
    table *t = ((seat *)context)->table;
    (void)path;
    pthread_mutex_lock(&t->lock);
    tell_kept(t->folder);
    rnn_progress_clear(&t->progress);
    pthread_mutex_unlock(&t->lock);
}

/* What several members have to say is said once. */
static void on_notice(const char *text, void *context)
{
    table *t = context;
    const size_t most = sizeof t->told / sizeof *t->told;
    static pthread_mutex_t lock =
        PTHREAD_MUTEX_INITIALIZER; /* not the table's, which those who have something to say may hold */
    pthread_mutex_lock(&lock);
    size_t i = 0;
    while (i < t->told_count && strcmp(t->told[i], text) != 0)
        i++;
    if (i == t->told_count) {
        fprintf(stderr, "%srnn_cl: %s\n", t->progress.on ? "\r\033[K" : "", text);
        if (t->told_count < most && (t->told[t->told_count] = rnn_strdup(text)))
            t->told_count++;
    }
    pthread_mutex_unlock(&lock);
}

static rnn_status seat_member(table *t, size_t i, const rnn_safeguards *guards)
{
    seat *s = &t->seats[i];
    rnn_member *m = &t->population->members[i];
    char folder[4100];
    name_member(t, i, folder, sizeof folder);
    snprintf(s->checkpoint, sizeof s->checkpoint, "%s/checkpoint.safetensors", folder);
    s->table = t;
    s->index = i;
    s->guards = *guards;
    s->guards.checkpoint = s->checkpoint;
    s->observer = (rnn_observer){s, on_epoch, t->progress.on ? on_progress : NULL, on_stop, on_save, on_saved};
    m->observer = &s->observer;
    m->safeguards = &s->guards;
    if (t->arguments->resume)
        rnn_remove_temporaries(folder);
    if (!t->arguments->resume || access(s->checkpoint, F_OK) != 0)
        return RNN_OK;
    const rnn_status status = rnn_checkpoint_load(s->checkpoint, &s->resume);
    s->guards.resume = s->resume;
    return status;
}

/* The one with the lowest validation loss. */
static void find_best(rnn_population *p)
{
    double best = 0;
    bool found = false;
    for (size_t i = 0; i < p->count; i++) {
        double loss, rmse;
        size_t epochs;
        rnn_member_losses(&p->members[i], &loss, &rmse, &epochs);
        if (!rnn_member_counts(p, i) || (found && !(loss < best)))
            continue;
        p->best = i;
        best = loss;
        found = true;
    }
}

rnn_status rnn_population_train(rnn_population *population, const rnn_arguments *arguments,
                                const rnn_run_folder *folder, const rnn_safeguards *guards, const rnn_series *series,
                                rnn_backend *backend)
{
    table t = {
        .population = population, .arguments = arguments, .folder = folder, .series = series, .note = guards->note};
    rnn_status status;
    pthread_mutex_init(&t.lock, NULL);
    population->began = rnn_seconds();
    t.progress = rnn_progress_start(arguments->quiet || arguments->json);
    RNN_TRY(RNN_NEW(t.seats, population->count));
    for (size_t i = 0; i < population->count; i++)
        RNN_TRY(seat_member(&t, i, guards));
    if (!arguments->quiet)
        rnn_set_notice_handler(on_notice, &t);
    status = rnn_train_population(population->members, population->count, series, backend);
    if (!arguments->quiet)
        rnn_set_notice_handler(NULL, NULL);
    rnn_progress_clear(&t.progress);
    find_best(population);
fail:
    for (size_t i = 0; t.seats && i < population->count; i++)
        rnn_checkpoint_free(t.seats[i].resume);
    while (t.told_count > 0)
        free(t.told[--t.told_count]);
    free(t.seats);
    pthread_mutex_destroy(&t.lock);
    return status;
}

void rnn_population_finish(const rnn_population *population, const rnn_run_folder *folder)
{
    const table t = {.population = (rnn_population *)population, .folder = folder};
    char path[4300], member[4200];
    for (size_t i = 0; i < population->count; i++) {
        name_member(&t, i, member, sizeof member);
        snprintf(path, sizeof path, "%s/checkpoint.safetensors", member);
        unlink(path);
        rmdir(member);
    }
    unlink(in_folder(folder, RECORD, path, sizeof path));
    rmdir(in_folder(folder, "members", path, sizeof path)); /* where nothing else is in it */
}
