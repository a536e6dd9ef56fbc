/* SPDX-License-Identifier: MIT */
#include "data/columns.h"

#include "base/memory.h"
#include "data/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_COLUMNS 12 /* in a message; the rest is counted */

typedef struct rnn_column_list {
    char text[LISTED_COLUMNS * (sizeof(rnn_shown) + sizeof "\"\", ") + 64];
} rnn_column_list;

/* What there is to choose from: "date", "co2" and 3 more, or positions where the table has no names. */
static rnn_column_list list_columns(char *const *names, size_t width)
{
    rnn_column_list list = {{0}};
    size_t used = 0;
    if (!names) {
        snprintf(list.text, sizeof list.text, width == 1 ? "1 (the only one)" : "1 to %zu (they have no names)", width);
        return list;
    }
    const size_t listed = width < LISTED_COLUMNS ? width : LISTED_COLUMNS;
    for (size_t i = 0; i < listed; i++)
        used += (size_t)snprintf(list.text + used, sizeof list.text - used, "%s\"%s\"", i ? ", " : "",
                                 rnn_show_string(names[i]).text);
    if (listed < width)
        snprintf(list.text + used, sizeof list.text - used, " and %zu more", width - listed);
    return list;
}

/* A position from 1, or 0 where the text is none. */
static size_t parse_position(const char *text)
{
    size_t position = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || position > RNN_MAX_COLUMNS)
            return 0;
        position = position * 10 + (size_t)(*c - '0');
    }
    return position;
}

static rnn_status find_column(const char *source, const char *name, char *const *names, size_t width, size_t *column)
{
    size_t first = width;
    for (size_t i = 0; names && i < width; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        if (first < width)
            return rnn_fail(RNN_USAGE, "%s: columns %zu and %zu are both called \"%s\"; choose by position instead",
                            source, first + 1, i + 1, rnn_show_string(name).text);
        first = i;
    }
    if (first == width) {
        const size_t position = parse_position(name);
        if (position < 1 || position > width)
            return rnn_fail(RNN_USAGE, "%s: no column \"%s\"; there %s %zu: %s", source, rnn_show_string(name).text,
                            width == 1 ? "is" : "are", width, list_columns(names, width).text);
        first = position - 1;
    }
    *column = first;
    return RNN_OK;
}

static rnn_status use_column(const char *source, const char *name, char *const *names, size_t column,
                             rnn_selection *selection)
{
    if (selection->place[column] != RNN_NOT_IN_USE)
        return rnn_fail(RNN_USAGE,
                        "%s: column %zu%s%s%s is asked for twice, the second time as \"%s\"; name each column once in "
                        "--target and --features together (targets are inputs already)",
                        source, column + 1, names ? " (" : "", names ? rnn_show_string(names[column]).text : "",
                        names ? ")" : "", rnn_show_string(name).text);
    selection->place[column] = selection->count;
    selection->column[selection->count++] = column;
    return RNN_OK;
}

static rnn_status use_named(const char *source, const char *const *wanted, char *const *names, rnn_selection *selection)
{
    rnn_status status = RNN_OK;
    for (size_t column; status == RNN_OK && wanted && *wanted; wanted++) {
        status = find_column(source, *wanted, names, selection->width, &column);
        if (status == RNN_OK)
            status = use_column(source, *wanted, names, column, selection);
    }
    return status;
}

static void use_all_others(rnn_selection *selection)
{
    for (size_t i = 0; i < selection->width; i++) {
        if (selection->place[i] != RNN_NOT_IN_USE || i == selection->time || i == selection->id)
            continue;
        selection->place[i] = selection->count;
        selection->column[selection->count++] = i;
    }
}

static bool is_all(const char *const *list)
{
    return list && list[0] && strcmp(list[0], "all") == 0 && !list[1];
}

/* The columns that are no numbers: times and ids. */
static rnn_status find_others(const char *source, const rnn_read_options *options, char *const *names, size_t width,
                              rnn_selection *out)
{
    rnn_status status = RNN_OK;
    out->time = out->id = RNN_NOT_IN_USE;
    if (options->time && strcmp(options->time, "none") != 0)
        RNN_TRY(find_column(source, options->time, names, width, &out->time));
    if (options->id)
        RNN_TRY(find_column(source, options->id, names, width, &out->id));
    if (options->id && out->id == out->time)
        return rnn_fail(RNN_USAGE, "%s: column \"%s\" is asked for as --time and as --id; it can only be one of them",
                        source, rnn_show_string(options->id).text);
fail:
    return status;
}

static rnn_status use_targets(const char *source, const rnn_read_options *options, char *const *names,
                              rnn_selection *out)
{
    const size_t width = out->width;
    const rnn_status status = use_named(source, options->columns.targets, names, out);
    if (status != RNN_OK || out->count > 0)
        return status;
    if (width != 1)
        return rnn_fail(RNN_USAGE, "%s: %zu columns and no target; choose with --target: %s", source, width,
                        list_columns(names, width).text);
    return use_column(source, "1", names, 0, out);
}

/* The first column that looks like times and serves for nothing else. */
static void recognise_times(const rnn_read_options *options, const bool *time_like, rnn_selection *out)
{
    for (size_t i = 0; time_like && !options->time && out->time == RNN_NOT_IN_USE && i < out->width; i++)
        if (time_like[i] && out->place[i] == RNN_NOT_IN_USE && out->id != i)
            out->time = i;
}

/* Columns [first, first + count) behind all others. */
static void move_to_the_end(rnn_selection *selection, size_t first, size_t count)
{
    for (size_t moved = 0; moved < count; moved++) {
        const size_t column = selection->column[first];
        for (size_t i = first; i + 1 < selection->count; i++)
            selection->column[i] = selection->column[i + 1];
        selection->column[selection->count - 1] = column;
    }
    for (size_t i = first; i < selection->count; i++)
        selection->place[selection->column[i]] = i;
}

rnn_status rnn_check_width(const char *source, size_t width)
{
    if (width > RNN_MAX_COLUMNS)
        return rnn_fail(RNN_BAD_DATA, "%s: more than %d columns, the cap for a table; remove what is not needed",
                        source, RNN_MAX_COLUMNS);
    return RNN_OK;
}

rnn_status rnn_selection_find(const char *source, const rnn_read_options *options, char *const *names, size_t width,
                              const bool *time_like, rnn_selection *out)
{
    const char *const *features = options->columns.features;
    rnn_status status;

    *out = (rnn_selection){.width = width};
    RNN_TRY(rnn_check_width(source, width));
    RNN_TRY(RNN_NEW(out->column, width));
    RNN_TRY(RNN_NEW(out->place, width));
    for (size_t i = 0; i < width; i++)
        out->place[i] = RNN_NOT_IN_USE;

    RNN_TRY(find_others(source, options, names, width, out));
    RNN_TRY(use_targets(source, options, names, out));
    out->targets = out->count;
    RNN_TRY(use_named(source, options->known, names, out));
    out->known = out->count - out->targets;
    if (is_all(features)) {
        recognise_times(options, time_like, out);
        use_all_others(out);
    } else {
        RNN_TRY(use_named(source, features, names, out));
        recognise_times(options, time_like, out);
    }
    move_to_the_end(out, out->targets, out->known);
    if (out->id != RNN_NOT_IN_USE && out->place[out->id] != RNN_NOT_IN_USE)
        RNN_TRY(rnn_fail(RNN_USAGE, "%s: column \"%s\" is --id, and cannot be --target, --features or --known as well",
                         source, rnn_show_string(options->id).text));
    return RNN_OK;
fail:
    rnn_selection_clear(out);
    return status;
}

void rnn_selection_clear(rnn_selection *selection)
{
    if (!selection)
        return;
    free(selection->place);
    free(selection->column);
    *selection = (rnn_selection){0};
}
