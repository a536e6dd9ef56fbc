/* SPDX-License-Identifier: MIT
 * needs.c - which options of a command line do something only beside others; those of settings alone: model/needs.c
 */
#include "model/needs.h"
#include "cmd/options.h"
#include "model/settings.h"

#include <stdio.h>
#include <string.h>

#define OF_DATA(option)                                                                                             \
    {                                                                                                               \
        option, "data", NULL, 0, NULL, "is about a file, and there is none: name it with --data, or drop it", false \
    }
#define OF_IDS(option)                                                                                                \
    {                                                                                                                 \
        option, "id", NULL, 0, NULL,                                                                                  \
            "is about several series in one file: name the column that tells them apart with --id, or drop it", false \
    }
#define OF_CUSTOM(option)                                                                                           \
    {                                                                                                               \
        option, "cases", "custom", 0, NULL, "is of the case custom alone: add custom to --cases, or drop it", false \
    }

static const rnn_need command_needs[] = {
    OF_DATA("delimiter"),
    OF_DATA("header"),
    OF_DATA("decimal"),
    OF_DATA("missing"),
    OF_IDS("scale-by"),
    OF_IDS("short-ids"),
    {"keep", "population", NULL, 1, "sweep", "is for several networks: --population K, or --sweep", false},
    OF_CUSTOM("inputs"),
    OF_CUSTOM("batch"),
    OF_CUSTOM("seq-len"),
    OF_CUSTOM("hidden"),
};
#define COMMAND_NEEDS (sizeof command_needs / sizeof *command_needs)

/* NULL in .row: the command has no such option. */
static rnn_found_option find(rnn_arguments *arguments, const char *name)
{
    const rnn_option *row;
    void *record;
    for (size_t n = 0; name && (row = rnn_nth_argument(arguments, n, &record)); n++)
        if (strcmp(row->name, name) == 0)
            return (rnn_found_option){row, record};
    return (rnn_found_option){NULL, NULL};
}

/* Commands may lack one of the two. */
static rnn_status check_need(const rnn_need *need, rnn_arguments *arguments)
{
    const rnn_found_option option = find(arguments, need->option), other = find(arguments, need->other),
                           also = find(arguments, need->also);
    if (!option.row || !other.row || !rnn_is_given(arguments, option.row) || rnn_need_met(need, other) ||
        (also.row && rnn_need_met(need, also)))
        return RNN_OK;
    return rnn_need_fail(need, option, other);
}

rnn_status rnn_arguments_check(const rnn_arguments *arguments)
{
    rnn_arguments copy = *arguments;
    const bool has_model =
        find(&copy, "model").row; /* which knows what its data is; rnn_arguments_check_series asks it */
    for (size_t i = 0; i < COMMAND_NEEDS && !has_model; i++) {
        const rnn_status status = check_need(&command_needs[i], &copy);
        if (status)
            return status;
    }
    return arguments->sweep ? RNN_OK : rnn_needs_check(&arguments->settings, arguments->given);
}

rnn_status rnn_arguments_check_series(const rnn_arguments *arguments, const rnn_series *series)
{
    static const char *const of_texts[] = {"delimiter", "header", "decimal"};
    rnn_arguments copy = *arguments;
    for (size_t i = 0; i < sizeof of_texts / sizeof *of_texts && !series->lines; i++)
        if (rnn_is_given(arguments, find(&copy, of_texts[i]).row))
            return rnn_fail(RNN_USAGE, "--%s is about text, and %s is not; drop it", of_texts[i], series->source);
    if (rnn_is_given(arguments, rnn_settings_row("short-ids")) && !series->ids)
        return rnn_fail(RNN_USAGE, "--short-ids is about several series in one file, and %s has one; drop it",
                        series->source);
    return RNN_OK;
}

void rnn_argument_need(const char *name, char *text, size_t size)
{
    text[0] = '\0';
    for (const rnn_need *need = rnn_settings_needs; need->option; need++)
        if (strcmp(need->option, name) == 0 && !need->words)
            rnn_need_text(need, text, size);
}
