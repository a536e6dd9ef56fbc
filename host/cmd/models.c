/* SPDX-License-Identifier: MIT
 * models.c - the model that --model names; where that is a folder, the one that a run left in it, or all members
 */
#include "base/memory.h"
#include "cmd/command.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SUFFIX     ".safetensors"
#define MODEL      "model" SUFFIX
#define CHECKPOINT "checkpoint" /* of a run that has not ended, and of others set aside: no members */

static bool is_model_name(const char *name)
{
    const size_t length = strlen(name), suffix = strlen(SUFFIX);
    return name[0] != '.' && length > suffix && strcmp(name + length - suffix, SUFFIX) == 0 &&
           strncmp(name, CHECKPOINT, strlen(CHECKPOINT)) != 0;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names of the folder's model files, ascending; the caller's, each and all. */
static rnn_status list_models(DIR *folder, char **names, size_t *count)
{
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!is_model_name(entry->d_name))
            continue;
        if (*count == RNN_POPULATION_MOST)
            return rnn_fail(RNN_USAGE, "more than %d model files", RNN_POPULATION_MOST);
        if (RNN_COPY_TEXT(names[*count], entry->d_name) != RNN_OK)
            return RNN_NO_MEMORY;
        ++*count;
    }
    qsort(names, *count, sizeof *names, compare_names);
    return RNN_OK;
}

static rnn_status load_folder(const char *path, rnn_model **models, size_t *count)
{
    char *names[RNN_POPULATION_MOST] = {NULL}, file[4400];
    size_t found = 0;
    rnn_status status;
    DIR *folder = opendir(path);
    if (!folder)
        return rnn_fail(RNN_NO_INPUT, "%s: the folder cannot be read", path);
    if ((status = list_models(folder, names, &found)) != RNN_OK) {
        rnn_fail_within(status, "%s: ", path);
        goto fail;
    }
    if (found == 0) {
        status =
            rnn_fail(RNN_NO_INPUT,
                     "%s: a folder without a model file; --model takes a file, the folder of a run that has ended, "
                     "or one of members as train --keep mean leaves it",
                     path);
        goto fail;
    }
    for (size_t i = 0; i < found; i++) {
        snprintf(file, sizeof file, "%s/%s", path, names[i]);
        RNN_TRY(rnn_model_load(file, &models[i]));
        ++*count;
    }
fail:
    for (size_t i = 0; i < found; i++)
        free(names[i]);
    closedir(folder);
    return status;
}

rnn_status rnn_load_models(const char *path, rnn_model ***models, size_t *count)
{
    struct stat there;
    char file[4400];
    *count = 0;
    if (!(*models = rnn_calloc(RNN_POPULATION_MOST, sizeof(rnn_model *), "models")))
        return RNN_NO_MEMORY;
    snprintf(file, sizeof file, "%s/" MODEL, path);
    const bool folder = stat(path, &there) == 0 && S_ISDIR(there.st_mode), run = folder && stat(file, &there) == 0;
    if (folder && !run)
        return load_folder(path, *models, count);
    const rnn_status status = rnn_model_load(run ? file : path, &(*models)[0]);
    *count = status == RNN_OK;
    return status;
}
