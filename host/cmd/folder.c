/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* flock is of no standard */

#include "cmd/folder.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/writer.h"
#include "cmd/command.h"
#include "model/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define CHECKPOINT "checkpoint.safetensors"
#define LETTING_GO 0.5               /* seconds */
#define NOTE_ROOM  ((size_t)1 << 20) /* of a note when it is parsed: paths and names */

/* ---- The folder ---------------------------------------------------------------------------------------------------- */

/* Now, or when a run that was killed lets go: what its driver was about to start, such as a linker, has the lock too, until it is
 * another program. */
static bool take_lock(int descriptor)
{
    const double began = rnn_seconds();
    while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK || rnn_seconds() - began > LETTING_GO)
            return false;
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    }
    return true;
}

/* A lock that the system takes back however a process ends, unlike a file with a process's number in it. Some network file
 * systems have none: then nobody is kept out. */
static rnn_status lock(rnn_run_folder *folder)
{
    folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->lock >= 0 && take_lock(folder->lock)) {
        rnn_remove_temporaries(folder->path);
        return RNN_OK;
    }
    if (folder->lock < 0 || errno != EWOULDBLOCK)
        return RNN_OK;
    return rnn_fail(RNN_CANNOT_CREATE, "%s: another rnn_cl is training there; choose another folder with --out",
                    folder->path);
}

rnn_status rnn_folder_open(const char *path, bool make, rnn_run_folder *out)
{
    rnn_status status = RNN_OK;
    *out = (rnn_run_folder){.path = path, .lock = -1};
    if (!make && access(path, F_OK) != 0)
        return rnn_fail(RNN_NO_INPUT, "%s: there is no such folder, and no run to resume", path);
    RNN_TRY(rnn_make_folder(path));
    snprintf(out->checkpoint, sizeof out->checkpoint, "%s/" CHECKPOINT, path);
    status = lock(out);
fail:
    if (status)
        rnn_folder_close(out);
    return status;
}

void rnn_folder_close(rnn_run_folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
}

/* The name of the n-th run set aside, from 1. */
static void name_aside(const rnn_run_folder *folder, int n, char *out, size_t size)
{
    char number[16] = "";
    if (n > 1)
        snprintf(number, sizeof number, "%d", n);
    snprintf(out, size, "%s/checkpoint.old%s.safetensors", folder->path, number);
}

static rnn_status set_aside(const char *path, const char *aside)
{
    if (rename(path, aside) == 0 || errno == ENOENT)
        return RNN_OK;
    return rnn_fail(RNN_CANNOT_CREATE, "%s: an unfinished run is there and cannot be renamed: %s", path,
                    strerror(errno));
}

static rnn_status set_run_aside(const rnn_run_folder *folder)
{
    char aside[sizeof folder->checkpoint];
    int n = 1;
    if (access(folder->checkpoint, F_OK) != 0)
        return RNN_OK;
    for (name_aside(folder, n, aside, sizeof aside); access(aside, F_OK) == 0;)
        name_aside(folder, ++n, aside, sizeof aside);
    const rnn_status status = set_aside(folder->checkpoint, aside);
    if (status == RNN_OK) /* --quiet or not: somebody will look for it */
        fprintf(stderr,
                "rnn_cl: %s: the unfinished run that was there is now %s; to go on with it, give it its name back and "
                "use --resume\n",
                folder->path, aside);
    return status;
}

/* A population's two names, where it is and as the n-th that was set aside. */
typedef struct population_names {
    char members[4200], record[4200];
} population_names;

static void name_population(const rnn_run_folder *folder, int n, population_names *out)
{
    char old[16] = "";
    if (n > 0)
        snprintf(old, sizeof old, ".old%d", n);
    snprintf(out->members, sizeof out->members, "%s/members%s", folder->path, old);
    snprintf(out->record, sizeof out->record, "%s/population%s.json", folder->path, old);
}

/* The record last: as long as it is there, the members belong to somebody. */
static rnn_status set_population_aside(const rnn_run_folder *folder)
{
    population_names now, aside;
    rnn_status status;
    int n = 0;
    name_population(folder, 0, &now);
    if (access(now.record, F_OK) != 0)
        return RNN_OK;
    do
        name_population(folder, ++n, &aside);
    while (access(aside.members, F_OK) == 0 || access(aside.record, F_OK) == 0);
    RNN_TRY(set_aside(now.members, aside.members));
    RNN_TRY(set_aside(now.record, aside.record));
    fprintf(stderr,
            "rnn_cl: %s: the unfinished population that was there is now %s and %s; to go on with it, give them back "
            "their names, members and population.json, and use --resume\n",
            folder->path, aside.members, aside.record);
fail:
    return status;
}

rnn_status rnn_folder_begin(const rnn_run_folder *folder)
{
    const rnn_status status = set_run_aside(folder);
    return status ? status : set_population_aside(folder);
}

void rnn_folder_finish(const rnn_run_folder *folder)
{
    unlink(folder->checkpoint);
}

/* What else is in a folder without an unfinished run, and what to do. */
static rnn_status fail_nothing(const rnn_run_folder *folder)
{
    char other[sizeof folder->checkpoint];
    population_names old;
    name_aside(folder, 1, other, sizeof other);
    name_population(folder, 1, &old);
    if (access(other, F_OK) == 0)
        return rnn_fail(RNN_NO_INPUT,
                        "%s: there is no unfinished run to resume; an older one is kept as %s: give it that name",
                        folder->checkpoint, other);
    if (access(old.record, F_OK) == 0)
        return rnn_fail(RNN_NO_INPUT,
                        "%s: there is no unfinished run to resume; an older population is kept as %s and %s: give them "
                        "the names members and population.json",
                        folder->checkpoint, old.members, old.record);
    snprintf(other, sizeof other, "%s/model.safetensors", folder->path);
    return rnn_fail(RNN_NO_INPUT, "%s: there is no unfinished run to resume%s", folder->checkpoint,
                    access(other, F_OK) == 0 ? "; the one there is finished" : "; --out names its folder");
}

rnn_status rnn_folder_resume(const rnn_run_folder *folder, rnn_checkpoint **out)
{
    *out = NULL;
    return access(folder->checkpoint, F_OK) == 0 ? rnn_checkpoint_load(folder->checkpoint, out) : fail_nothing(folder);
}

/* ---- The command line's share -------------------------------------------------------------------------------------- */

/* Digits, at most 1000000000; *end is what follows them. */
static bool read_number(const char *text, char **end, size_t *number)
{
    errno = 0;
    *number = strtoul(text, end, 10);
    return text[0] >= '0' && text[0] <= '9' && errno == 0 && *number <= 1000000000;
}

rnn_status rnn_parse_checkpoint_every(const char *text, size_t *steps, double *seconds)
{
    char *end;
    size_t number;
    *steps = 0;
    *seconds = 0;
    const bool is_number = read_number(text, &end, &number);
    const double unit = *end == 's' ? 1 : *end == 'm' ? 60 : *end == 'h' ? 3600 : 0;
    if (!is_number || (*end && (unit == 0 || end[1])))
        return rnn_fail(
            RNN_USAGE,
            "--checkpoint-every: found '%s', expected a number of updates up to 1000000000, or one with s, m "
            "or h behind it for a time",
            text);
    if (*end)
        *seconds = (double)number * unit;
    else
        *steps = number;
    return RNN_OK;
}

rnn_status rnn_parse_verify(const char *text, bool *start, size_t *every)
{
    char *end;
    *start = strcmp(text, "off") != 0;
    *every = 0;
    if (!*start || strcmp(text, "start") == 0)
        return RNN_OK;
    if (!read_number(text, &end, every) || *end || *every == 0)
        return rnn_fail(RNN_USAGE,
                        "--verify: found '%s', expected off, start, or the number of updates of which one is checked",
                        text);
    return RNN_OK;
}

/* What a run is read by: texts of the command line, each kept under its option's name. */
#define NOTED 7
static const struct {
    const char *name;
    size_t offset;
} noted[NOTED] = {{"data", offsetof(rnn_arguments, data)},
                  {"target", offsetof(rnn_arguments, target)},
                  {"features", offsetof(rnn_arguments, features)},
                  {"known", offsetof(rnn_arguments, known)},
                  {"calendar", offsetof(rnn_arguments, calendar)},
                  {"time", offsetof(rnn_arguments, time)},
                  {"id", offsetof(rnn_arguments, id)}};

/* A path that is not UTF-8 is false: whoever resumes has to give it again. */
static json_t *text_to_json(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    return value ? value : json_false();
}

rnn_status rnn_arguments_to_note(const rnn_arguments *arguments, char **out)
{
    json_t *note = json_pack("{s:i, s:i, s:i}", "delimiter", (int)arguments->delimiter, "header", arguments->header,
                             "decimal", arguments->decimal);
    bool whole = note != NULL;
    *out = NULL;
    for (size_t i = 0; whole && i < NOTED; i++) {
        const char *text = *(const char *const *)((const char *)arguments + noted[i].offset);
        whole = json_object_set_new(note, noted[i].name, text_to_json(text)) == 0;
    }
    *out = whole ? json_dumps(note, JSON_COMPACT) : NULL;
    json_decref(note);
    return *out ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the command line as JSON");
}

/* A text or null; what the command line gave stays. */
static rnn_status take_text(const json_t *note, const char *key, const char *where, const char **out)
{
    if (*out || !json_object_get(note, key) || json_is_null(json_object_get(note, key)))
        return RNN_OK; /* runs of earlier versions lack some */
    if (json_is_false(json_object_get(note, key)))
        return rnn_fail(RNN_USAGE, "--resume: give --%s again: what the run had is not UTF-8 text and was not kept",
                        key);
    return rnn_json_string(note, key, where, out);
}

static rnn_status take_choice(const json_t *note, const char *key, const char *where, size_t most, int *out)
{
    size_t value;
    const rnn_status status = rnn_json_size(note, key, where, &value);
    if (status)
        return status;
    if (value > most)
        return rnn_fail(RNN_BAD_DATA, "%s: \"%s\" is %zu, expected at most %zu", where, key, value, most);
    if (*out == 0)
        *out = (int)value;
    return RNN_OK;
}

/* The settings that the command line gave stand, and are held against the run's by whoever resumes it. */
static void take_settings(const rnn_settings *from, rnn_arguments *arguments)
{
    const rnn_settings given = arguments->settings;
    arguments->settings = *from;
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char text[RNN_OPTION_ROOM];
        if (!rnn_is_given(arguments, row))
            continue;
        rnn_option_text(row, &given, text, sizeof text);
        rnn_option_set(row, &arguments->settings, text);
    }
}

rnn_status rnn_arguments_take_up(const char *text, const rnn_settings *settings, const char *path,
                                 rnn_arguments *arguments, json_t **note)
{
    char where[4200];
    int delimiter = (int)arguments->delimiter;
    rnn_status status;
    snprintf(where, sizeof where, "%s: metadata \"note\"", path);
    RNN_TRY(rnn_json_parse(text ? text : "", text ? strlen(text) : 0, NOTE_ROOM, where, note));
    for (size_t i = 0; i < NOTED; i++)
        RNN_TRY(take_text(*note, noted[i].name, where, (const char **)((char *)arguments + noted[i].offset)));
    RNN_TRY(take_choice(*note, "delimiter", where, RNN_DELIMITER_TAB, &delimiter));
    RNN_TRY(take_choice(*note, "header", where, RNN_HEADER_NO, &arguments->header));
    RNN_TRY(take_choice(*note, "decimal", where, 1, &arguments->decimal));
    arguments->delimiter = (rnn_delimiter)delimiter;
    take_settings(settings, arguments);
fail:
    return status;
}

rnn_status rnn_arguments_resume(const rnn_checkpoint *checkpoint, const char *path, rnn_arguments *arguments,
                                json_t **note)
{
    return rnn_arguments_take_up(rnn_checkpoint_note(checkpoint), rnn_model_settings(rnn_checkpoint_model(checkpoint)),
                                 path, arguments, note);
}
