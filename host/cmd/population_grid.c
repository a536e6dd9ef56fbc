/* SPDX-License-Identifier: MIT
 * population_grid.c - --sweep read, and the members that it and --population ask for
 */
#include "base/memory.h"
#include "cmd/population.h"
#include "model/needs.h"
#include "model/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rnn_status fail_option(const char *name, int length)
{
    char list[1024] = "";
    for (const rnn_option *row = rnn_settings_table; row->name; row++) {
        const size_t used = strlen(list);
        if (rnn_is_sweepable(row->name))
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", row->name);
    }
    return rnn_fail(RNN_USAGE, "--sweep: '%.*s' is %s; what can be swept is %s", length, name,
                    length ? "not among them" : "no option's name", list);
}

/* Every member there is so far once more for each further value, the values of one option changing faster than those before. */
static rnn_status multiply(rnn_member **members, size_t *count, size_t by)
{
    const size_t wanted = *count * by;
    if (by == 0 || wanted > RNN_POPULATION_MOST)
        return rnn_fail(RNN_USAGE, "a population of %zu members or more; it may have %d", wanted, RNN_POPULATION_MOST);
    rnn_member *more = rnn_calloc(wanted, sizeof *more, "members");
    if (!more)
        return RNN_NO_MEMORY;
    for (size_t i = 0; i < wanted; i++)
        more[i] = (*members)[i / by];
    free(*members);
    *members = more;
    *count = wanted;
    return RNN_OK;
}

/* "a,b,c" as far as `end`: how many. */
static size_t count_values(const char *text, const char *end)
{
    size_t values = 1;
    for (; text < end; text++)
        values += *text == ',';
    return values;
}

/* One option of the grid and its values, which end at `end`. */
static rnn_status sweep_option(const rnn_option *row, const char *values, const char *end, rnn_member **members,
                               size_t *count)
{
    const size_t many = count_values(values, end);
    rnn_status status;
    RNN_TRY(multiply(members, count, many));
    for (size_t v = 0; v < many; v++) {
        char text[64];
        const size_t length = strcspn(values, ",");
        snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : sizeof text - 1), values);
        for (size_t i = v; i < *count; i += many)
            RNN_TRY(rnn_option_set(row, &(*members)[i].settings, text));
        values += length + 1;
    }
fail:
    return status;
}

/* Where the values that begin here end: before ",NAME=", or at the text's end. */
static const char *end_of_values(const char *values)
{
    const char *next = strchr(values, '=');
    const char *end = values + strlen(values);
    if (!next)
        return end;
    while (next > values && *next != ',')
        next--;
    return next;
}

/* Whether a member has the option's value that `settings` have. */
static bool has_value(const rnn_member *members, size_t count, const rnn_option *row, const rnn_settings *settings)
{
    for (size_t i = 0; i < count; i++)
        if (rnn_option_is_same(row, &members[i].settings, settings))
            return true;
    return false;
}

/* "hidden=50,100,learning-rate=0.01,0.003"; *swept: the rows, as rnn_settings_bit has them. */
static rnn_status sweep(const rnn_arguments *arguments, rnn_member **members, size_t *count, uint64_t *swept)
{
    const char *grid = arguments->sweep, *at = grid;
    while (*at) {
        const size_t length = strcspn(at, "=,");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        if (at[length] != '=')
            return rnn_fail(RNN_USAGE, "--sweep %s: found '%s', expected NAME=VALUE,VALUE,...", grid, name);
        const rnn_option *row = rnn_settings_row(name);
        if (!rnn_is_sweepable(name))
            return fail_option(name, (int)strlen(name));
        if (*swept & rnn_settings_bit(row))
            return rnn_fail(RNN_USAGE, "--sweep %s: '%s' is there twice", grid, name);
        *swept |= rnn_settings_bit(row);
        const char *values = at + length + 1, *end = end_of_values(values);
        const rnn_status status = sweep_option(row, values, end, members, count);
        if (status)
            return status;
        if (rnn_is_given(arguments, row) && !has_value(*members, *count, row, &arguments->settings))
            return rnn_fail(RNN_USAGE, "--%s is given, and --sweep %s has other values of it; drop one of the two",
                            name, grid);
        at = *end ? end + 1 : end;
    }
    return *swept ? RNN_OK : rnn_fail(RNN_USAGE, "--sweep: nothing to sweep; NAME=VALUE,VALUE,... is expected");
}

/* ---- What the members come to -------------------------------------------------------------------------------------- */

/* What was asked for must do something in one member at least. */
static rnn_status check_asked(const rnn_population *p, uint64_t asked)
{
    uint64_t met = 0;
    for (size_t i = 0; i < p->count; i++)
        met |= rnn_needs_met(&p->members[i].settings);
    for (size_t i = 0; i < p->count; i++)
        if (rnn_needs_check(&p->members[i].settings, asked & ~met) != RNN_OK)
            return rnn_fail_within(RNN_USAGE, "member %zu of %zu: ", i + 1, p->count);
    return RNN_OK;
}

/* All that makes the run, as text: the caller's. A rate that is left open is the one that is chosen, which no series has a say in. */
static rnn_status describe(const rnn_settings *settings, char **out)
{
    rnn_settings whole = *settings, chosen = *settings;
    rnn_settings_resolve(&chosen, NULL);
    whole.learning_rate = chosen.learning_rate;
    rnn_settings_drop_idle(&whole);
    json_t *object = rnn_settings_to_json(&whole);
    *out = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    return *out ? RNN_OK : rnn_fail(RNN_NO_MEMORY, "out of memory: the settings of a member");
}

/* Two members' settings are the same, or differ where that does nothing. */
static rnn_status fail_equal(const rnn_population *p, size_t first, size_t second)
{
    const rnn_settings *a = &p->members[first].settings, *b = &p->members[second].settings;
    char texts[2][RNN_OPTION_ROOM];
    const rnn_option *row = rnn_settings_table;
    while (row->name && rnn_option_is_same(row, a, b))
        row++;
    if (!row->name)
        return rnn_fail(
            RNN_USAGE,
            "members %zu and %zu of %zu are the same run, of the same seed %llu: --sweep has a value twice, "
            "or seeds that are nearer than --population counts on; drop one",
            first + 1, second + 1, p->count, (unsigned long long)a->seed);
    rnn_option_text(row, a, texts[0], sizeof texts[0]);
    rnn_option_text(row, b, texts[1], sizeof texts[1]);
    return rnn_fail(RNN_USAGE,
                    "members %zu and %zu of %zu are the same run: --%s %s and %s come to the same there; drop one, or "
                    "give --population several seeds",
                    first + 1, second + 1, p->count, row->name, texts[0], texts[1]);
}

static rnn_status check_different(const rnn_population *p)
{
    char **texts = NULL;
    rnn_status status;
    RNN_TRY(RNN_NEW(texts, p->count));
    for (size_t i = 0; i < p->count; i++) {
        RNN_TRY(describe(&p->members[i].settings, &texts[i]));
        for (size_t other = 0; other < i; other++)
            if (strcmp(texts[other], texts[i]) == 0) {
                status = fail_equal(p, other, i);
                goto fail;
            }
    }
fail:
    for (size_t i = 0; texts && i < p->count; i++)
        free(texts[i]);
    free(texts);
    return status;
}

/* A value that others make use of, and this member does not, is none of its own. */
static rnn_status settle_members(rnn_population *p)
{
    for (size_t i = 0; i < p->count; i++) {
        rnn_settings_drop_idle(&p->members[i].settings);
        if (rnn_settings_check(&p->members[i].settings) != RNN_OK)
            return rnn_fail_within(RNN_USAGE, "member %zu of %zu: ", i + 1, p->count);
    }
    return RNN_OK;
}

rnn_status rnn_population_members(const rnn_arguments *arguments, rnn_population *out)
{
    const size_t seeds = arguments->population;
    uint64_t swept = 0;
    rnn_status status;
    *out = (rnn_population){.keep = (rnn_keep_what)arguments->keep, .count = 1};
    RNN_TRY(RNN_NEW(out->members, 1));
    out->members[0].settings = arguments->settings;
    if (arguments->sweep)
        RNN_TRY(sweep(arguments, &out->members, &out->count, &swept));
    RNN_TRY(multiply(&out->members, &out->count, seeds));
    for (size_t i = 0; i < out->count; i++)
        out->members[i].settings.seed += i % seeds;
    RNN_TRY(check_asked(out, arguments->given | swept));
    RNN_TRY(check_different(out));
    RNN_TRY(settle_members(out));
    return RNN_OK;
fail:
    rnn_population_free(out);
    return status;
}
