/* SPDX-License-Identifier: MIT */
#include "base/need.h"

#include <stdio.h>
#include <string.h>

/* Whether `word` of that length is one of those in `list`. */
static bool is_listed(const char *word, size_t length, const char *list)
{
    while (*list) {
        const size_t size = strcspn(list, " ");
        if (size == length && strncmp(list, word, length) == 0)
            return true;
        list += size;
        list += *list != '\0';
    }
    return false;
}

/* One of `values` is one of those that the text has, commas between them. */
static bool has_value(const char *text, const char *values)
{
    while (*text) {
        const size_t size = strcspn(text, ",");
        if (is_listed(text, size, values))
            return true;
        text += size;
        text += *text != '\0';
    }
    return false;
}

bool rnn_need_met(const rnn_need *need, rnn_found_option other)
{
    const void *field = (const char *)other.record + other.row->offset;
    char text[RNN_OPTION_ROOM];
    if (need->values && other.row->kind == RNN_OPTION_TEXT)
        return *(const char *const *)field && has_value(*(const char *const *)field, need->values);
    rnn_option_text(other.row, other.record, text, sizeof text);
    if (need->values)
        return has_value(text, need->values);
    if (other.row->kind == RNN_OPTION_SIZE)
        return (double)*(const size_t *)field > need->above;
    if (other.row->kind == RNN_OPTION_REAL)
        return *(const double *)field > need->above;
    return text[0] && strcmp(text, "none") != 0;
}

void rnn_need_text(const rnn_need *need, char *text, size_t size)
{
    snprintf(text, size, "--%s ", need->other);
    for (const char *value = need->values; *value;) {
        const size_t used = strlen(text), length = strcspn(value, " ");
        const bool last = value[length] && !strchr(value + length + 1, ' ');
        snprintf(text + used, size - used, "%.*s%s", (int)length, value, !value[length] ? "" : last ? " or " : ", ");
        value += length + (value[length] != '\0');
    }
}

rnn_status rnn_need_fail(const rnn_need *need, rnn_found_option option, rnn_found_option other)
{
    char value[RNN_OPTION_ROOM], found[RNN_OPTION_ROOM], wanted[256];
    rnn_option_text(option.row, option.record, value, sizeof value);
    rnn_option_text(other.row, other.record, found, sizeof found);
    if (need->words)
        return rnn_fail(RNN_USAGE, "--%s %s %s", need->option, value, need->words);
    rnn_need_text(need, wanted, sizeof wanted);
    return rnn_fail(RNN_USAGE, "--%s %s is for %s, not %s; drop one of the two", need->option, value, wanted, found);
}
