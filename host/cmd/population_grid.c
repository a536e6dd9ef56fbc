/* SPDX-License-Identifier: MIT
 * population_grid.c - --sweep read, and the members that it and --population ask for
 */
#include "base/memory.h"
#include "cmd/population.h"
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

/* "hidden=50,100,learning-rate=0.01,0.003" */
static rnn_status sweep(const char *grid, rnn_member **members, size_t *count)
{
    const char *at = grid;
    const rnn_option *seen[64];
    size_t options = 0;
    while (*at) {
        const size_t length = strcspn(at, "=,");
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        if (at[length] != '=')
            return rnn_fail(RNN_USAGE, "--sweep %s: found '%s', expected NAME=VALUE,VALUE,...", grid, name);
        const rnn_option *row = rnn_settings_row(name);
        if (!rnn_is_sweepable(name))
            return fail_option(name, (int)strlen(name));
        for (size_t i = 0; i < options; i++)
            if (seen[i] == row)
                return rnn_fail(RNN_USAGE, "--sweep %s: '%s' is there twice", grid, name);
        seen[options++] = row;
        const char *values = at + length + 1, *end = end_of_values(values);
        const rnn_status status = sweep_option(row, values, end, members, count);
        if (status)
            return status;
        at = *end ? end + 1 : end;
    }
    return options ? RNN_OK : rnn_fail(RNN_USAGE, "--sweep: nothing to sweep; NAME=VALUE,VALUE,... is expected");
}

rnn_status rnn_population_members(const rnn_arguments *arguments, rnn_population *out)
{
    const size_t seeds = arguments->population;
    rnn_status status;
    *out = (rnn_population){.keep = (rnn_keep_what)arguments->keep, .count = 1};
    RNN_TRY(RNN_NEW(out->members, 1));
    out->members[0].settings = arguments->settings;
    if (arguments->sweep)
        RNN_TRY(sweep(arguments->sweep, &out->members, &out->count));
    RNN_TRY(multiply(&out->members, &out->count, seeds));
    for (size_t i = 0; i < out->count; i++) {
        out->members[i].settings.seed += i % seeds;
        status = rnn_settings_check(&out->members[i].settings);
        if (status) {
            rnn_fail_within(status, "member %zu of %zu: ", i + 1, out->count);
            goto fail;
        }
    }
    return RNN_OK;
fail:
    rnn_population_free(out);
    return status;
}
