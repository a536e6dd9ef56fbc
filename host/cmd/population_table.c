/* SPDX-License-Identifier: MIT
 * population_table.c - what came of a population: a line a member, the spread, and what is kept of it
 */
#include "base/count.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "cmd/population.h"
#include "cmd/watchdog.h"
#include "model/settings.h"
#include "view/results.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_epoch(const rnn_member *member)
{
    size_t epochs = 0;
    if (member->model)
        rnn_model_history(member->model, &epochs);
    return epochs > 0;
}

bool rnn_member_counts(const rnn_population *population, size_t index)
{
    bool any = false;
    for (size_t i = 0; i < population->count; i++)
        any = any || (population->members[i].status != RNN_DIVERGED && has_epoch(&population->members[i]));
    return has_epoch(&population->members[index]) && (!any || population->members[index].status != RNN_DIVERGED);
}

/* With patience the weights are those of the first epoch that none was better than, else the last one's. */
void rnn_member_losses(const rnn_member *member, double *val_loss, double *val_rmse, size_t *epochs)
{
    const rnn_epoch *history = NULL;
    *epochs = 0;
    *val_loss = *val_rmse = NAN;
    if (member->model)
        history = rnn_model_history(member->model, epochs);
    if (*epochs == 0)
        return;
    const rnn_epoch *kept = &history[*epochs - 1];
    for (size_t e = *epochs; member->settings.patience && e-- > 0;)
        kept = history[e].val_loss <= kept->val_loss ? &history[e] : kept;
    *val_loss = kept->val_loss;
    *val_rmse = kept->val_rmse;
}

rnn_status rnn_population_models(const rnn_population *population, rnn_model ***models, size_t *count)
{
    *count = 0;
    if (!(*models = rnn_calloc(population->count, sizeof(rnn_model *), "models")))
        return RNN_NO_MEMORY;
    for (size_t i = 0; i < population->count; i++)
        if (rnn_member_counts(population, i))
            (*models)[(*count)++] = population->members[i].model;
    return RNN_OK;
}

void rnn_population_sha256(const rnn_population *population, char hex[65])
{
    rnn_sha256 hash;
    rnn_sha256_init(&hash);
    for (size_t i = 0; i < population->count; i++) {
        char digest[65];
        if (!rnn_member_counts(population, i))
            continue;
        rnn_model_sha256(population->members[i].model, digest);
        rnn_sha256_update(&hash, digest, strlen(digest));
    }
    rnn_sha256_final_hex(&hash, hex);
}

/* ---- Spread -------------------------------------------------------------------------------------------------------- */

typedef struct spread {
    double min, median, max;
} spread;

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of the members that count; NAN where none has a number. */
static spread spread_of(const rnn_population *population, bool of_rmse)
{
    double values[RNN_POPULATION_MOST];
    size_t n = 0;
    for (size_t i = 0; i < population->count; i++) {
        double loss, rmse;
        size_t epochs;
        rnn_member_losses(&population->members[i], &loss, &rmse, &epochs);
        if (rnn_member_counts(population, i) && isfinite(of_rmse ? rmse : loss))
            values[n++] = of_rmse ? rmse : loss;
    }
    if (n == 0)
        return (spread){NAN, NAN, NAN};
    qsort(values, n, sizeof *values, compare);
    return (spread){values[0], (values[(n - 1) / 2] + values[n / 2]) / 2, values[n - 1]};
}

/* ---- The table ----------------------------------------------------------------------------------------------------- */

static void value_of(const rnn_option *row, const rnn_member *member, char *text, size_t size)
{
    rnn_option_text(row, &member->settings, text, size);
}

/* Whether the row is not the same in all members. */
static bool differs(const rnn_population *population, const rnn_option *row)
{
    char first[RNN_OPTION_ROOM], other[RNN_OPTION_ROOM];
    value_of(row, &population->members[0], first, sizeof first);
    for (size_t i = 1; i < population->count; i++) {
        value_of(row, &population->members[i], other, sizeof other);
        if (strcmp(first, other) != 0)
            return true;
    }
    return false;
}

/* As wide as the widest of the row's name and values. */
static int width_of(const rnn_population *population, const rnn_option *row)
{
    size_t width = strlen(row->name);
    for (size_t i = 0; i < population->count; i++) {
        char text[RNN_OPTION_ROOM];
        value_of(row, &population->members[i], text, sizeof text);
        width = strlen(text) > width ? strlen(text) : width;
    }
    return (int)width;
}

static const char *ending(const rnn_member *member)
{
    switch (member->status) {
    case RNN_OK:
        return "";
    case RNN_DIVERGED:
        return "  diverged";
    case RNN_STOPPED:
        return member->begun ? "  stopped" : "  not begun";
    default:
        return "  failed";
    }
}

static void print_member(const rnn_population *population, size_t i)
{
    const rnn_member *member = &population->members[i];
    double loss, rmse;
    size_t epochs;
    char sha256[65] = "-";
    rnn_member_losses(member, &loss, &rmse, &epochs);
    if (member->model)
        rnn_model_sha256(member->model, sha256);
    printf("%6zu", i + 1);
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        char text[RNN_OPTION_ROOM];
        value_of(row, member, text, sizeof text);
        if (differs(population, row))
            printf("  %*s", width_of(population, row), text);
    }
    printf("  %12.6g  %12.6g  %6zu  %.12s%s\n", loss, rmse, epochs, sha256, ending(member));
}

static void print_spread(const char *name, spread s)
{
    if (!isnan(s.min))
        printf("%s: min %.6g, median %.6g, max %.6g\n", name, s.min, s.median, s.max);
}

void rnn_population_print(const rnn_population *population)
{
    size_t counting = 0;
    printf("member");
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        if (differs(population, row))
            printf("  %*s", width_of(population, row), row->name);
    printf("      val_loss      val_rmse  epochs  weights_sha256\n");
    for (size_t i = 0; i < population->count; i++) {
        print_member(population, i);
        counting += rnn_member_counts(population, i);
    }
    print_spread("val_loss", spread_of(population, false));
    print_spread("val_rmse", spread_of(population, true));
    if (population->keep == RNN_KEEP_BEST)
        printf("kept: member %zu, whose validation loss is the lowest\n", population->best + 1);
    else
        printf("kept: the mean of %s; history and loss curves are those of member %zu\n",
               rnn_count(counting, "member").text, population->best + 1);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static json_t *member_json(const rnn_population *population, size_t i)
{
    const rnn_member *member = &population->members[i];
    double loss, rmse;
    size_t epochs;
    char sha256[65] = "";
    rnn_member_losses(member, &loss, &rmse, &epochs);
    if (member->model)
        rnn_model_sha256(member->model, sha256);
    json_t *all = rnn_settings_to_json(&member->settings), *own = json_object();
    for (const rnn_option *row = rnn_settings_table; row->name; row++)
        if (differs(population, row))
            json_object_set(own, row->name, json_object_get(all, row->name));
    json_decref(all);
    return json_pack("{s:I, s:o, s:i, s:s?, s:I, s:o, s:o, s:s?}", "member", (json_int_t)i + 1, "settings", own,
                     "status", (int)member->status, "message", member->message[0] ? member->message : NULL, "epochs",
                     (json_int_t)epochs, "val_loss", rnn_json_real_or_null(loss), "val_rmse",
                     rnn_json_real_or_null(rmse), "weights_sha256", sha256[0] ? sha256 : NULL);
}

static json_t *spread_json(spread s)
{
    return json_pack("{s:o, s:o, s:o}", "min", rnn_json_real_or_null(s.min), "median", rnn_json_real_or_null(s.median),
                     "max", rnn_json_real_or_null(s.max));
}

rnn_status rnn_population_summarize(const rnn_population *population, json_t *summary)
{
    json_t *members = json_array();
    bool done = members != NULL;
    for (size_t i = 0; i < population->count; i++)
        done = json_array_append_new(members, member_json(population, i)) == 0 && done;
    json_t *both = json_pack("{s:o, s:o}", "val_loss", spread_json(spread_of(population, false)), "val_rmse",
                             spread_json(spread_of(population, true)));
    done = json_object_set_new(summary, "population", members) == 0 && done;
    done = json_object_set_new(summary, "spread", both) == 0 && done;
    done =
        json_object_set_new(summary, "kept",
                            population->keep == RNN_KEEP_MEAN ? json_string("mean")
                                                              : json_integer((json_int_t)population->best + 1)) == 0 &&
        done;
    return done ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the population as JSON");
}

/* ---- Files --------------------------------------------------------------------------------------------------------- */

/* The number that a member's file is named by; 0: it is none. */
static size_t number_of(const char *name)
{
    char *end;
    const size_t number = strtoul(name, &end, 10);
    const bool ours =
        name[0] >= '0' && name[0] <= '9' && (strcmp(end, ".safetensors") == 0 || strcmp(end, ".jsonl") == 0);
    return ours ? number : 0;
}

/* Files of an earlier population's members: in the mean of the folder they would count as this one's. */
static void remove_others(const rnn_population *population, const char *folder)
{
    char path[4600], saved[32];
    snprintf(path, sizeof path, "%s/members", folder);
    DIR *members = opendir(path);
    for (struct dirent *entry; members && (entry = readdir(members));) {
        const size_t number = number_of(entry->d_name);
        snprintf(saved, sizeof saved, "%0*zu", rnn_population_digits(population), number);
        if (number > 0 && (number > population->count || !rnn_member_counts(population, number - 1) ||
                           strncmp(saved, entry->d_name, strlen(saved)) != 0 || entry->d_name[strlen(saved)] != '.')) {
            snprintf(path, sizeof path, "%s/members/%s", folder, entry->d_name);
            unlink(path);
        }
    }
    if (members)
        closedir(members);
}

rnn_status rnn_population_save(const rnn_population *population, const char *folder)
{
    char path[4300];
    rnn_status status = RNN_OK;
    for (size_t i = 0; i < population->count; i++) {
        const rnn_member *member = &population->members[i];
        size_t epochs;
        if (!rnn_member_counts(population, i))
            continue;
        const rnn_epoch *history = rnn_model_history(member->model, &epochs);
        snprintf(path, sizeof path, "%s/members/%0*zu.safetensors", folder, rnn_population_digits(population), i + 1);
        RNN_TRY(rnn_model_save(member->model, path));
        snprintf(path, sizeof path, "%s/members/%0*zu.jsonl", folder, rnn_population_digits(population), i + 1);
        RNN_TRY(rnn_history_save(history, epochs, path));
    }
    remove_others(population, folder);
    rnn_kept("the trained models are in %s/members", folder);
fail:
    return status;
}
