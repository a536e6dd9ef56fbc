/* SPDX-License-Identifier: MIT */
#include "cmd/cases.h"

#include <string.h>

static const rnn_case cases[RNN_CASES] = {
    {"article", 100, 50, 100, 1}, {"online", 1, 50, 100, 1},  {"wide", 256, 50, 1024, 64},
    {"long", 100, 2000, 100, 1},  {"many", 10000, 50, 64, 1}, {"custom", 0, 0, 0, 0},
};
#define NAMED (RNN_CASES - 1)

/* A name of the list that `text` begins with, up to its comma or end; RNN_CASES where there is none. */
static size_t find_case(const char *text)
{
    const size_t length = strcspn(text, ",");
    size_t i = 0;
    while (i < RNN_CASES && (strlen(cases[i].name) != length || strncmp(cases[i].name, text, length) != 0))
        i++;
    return i;
}

rnn_status rnn_choose_cases(const rnn_arguments *arguments, rnn_case chosen[RNN_CASES], size_t *count)
{
    const char *list = arguments->cases;
    rnn_settings s = arguments->settings;
    rnn_settings_resolve(&s, NULL);
    bool wanted[RNN_CASES];
    for (size_t i = 0; i < RNN_CASES; i++)
        wanted[i] = !list && i < NAMED;
    while (list && *list) {
        const size_t found = find_case(list);
        if (found == RNN_CASES)
            return rnn_fail(RNN_USAGE, "--cases %s: no case '%.*s'; there is article, online, wide, long, many, custom",
                            arguments->cases, (int)strcspn(list, ","), list);
        wanted[found] = true;
        list += strcspn(list, ",");
        list += *list == ',';
    }
    *count = 0;
    for (size_t i = 0; i < RNN_CASES; i++)
        if (wanted[i])
            chosen[(*count)++] =
                i == NAMED ? (rnn_case){cases[i].name, s.batch, s.seq_len, s.hidden, arguments->inputs} : cases[i];
    return RNN_OK;
}

rnn_settings rnn_case_settings(const rnn_arguments *arguments, const rnn_case *shape)
{
    rnn_settings settings = arguments->settings;
    settings.batch = shape->B;
    settings.seq_len = shape->T;
    rnn_settings_resolve(&settings, NULL);
    settings.hidden = shape->H;
    settings.init = RNN_INIT_XAVIER; /* quick to draw, and no operation's time depends on it */
    return settings;
}
