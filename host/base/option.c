/* SPDX-License-Identifier: MIT */
#include "base/option.h"

#include "base/c_locale.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *rnn_option_field(const rnn_option *option, void *record)
{
    return (char *)record + option->offset;
}

static const void *const_field(const rnn_option *option, const void *record)
{
    return (const char *)record + option->offset;
}

/* "expected ..." of each kind, also used by the help's error texts */
static rnn_status refuse(const rnn_option *option, const char *text)
{
    char expected[512] = "";
    const locale_t before = rnn_c_locale_enter();
    switch (option->kind) {
    case RNN_OPTION_SIZE:
        snprintf(expected, sizeof expected, "a whole number from %.0f to %.0f", option->min, option->max);
        break;
    case RNN_OPTION_SEED:
        snprintf(expected, sizeof expected, "a whole number from 0 to 18446744073709551615");
        break;
    case RNN_OPTION_REAL:
        snprintf(expected, sizeof expected, "a number from %.10g to %.10g", option->min, option->max);
        break;
    case RNN_OPTION_LEVELS:
        snprintf(expected, sizeof expected, "1 to %d ascending numbers between %.10g and %.10g, as 0.1,0.5,0.9",
                 RNN_MOST_QUANTILES, option->min, option->max);
        break;
    case RNN_OPTION_CHOICE:
        for (const char *const *choice = option->choices; *choice; choice++) {
            const size_t used = strlen(expected);
            snprintf(expected + used, sizeof expected - used, "%s%s", used ? ", " : "one of ", *choice);
        }
        break;
    case RNN_OPTION_FLAG:
        snprintf(expected, sizeof expected, "no value; --%s or --no-%s", option->name, option->name);
        break;
    case RNN_OPTION_TEXT:
        snprintf(expected, sizeof expected, "a text that is not empty");
        break;
    }
    rnn_c_locale_leave(before);
    return rnn_fail(RNN_USAGE, "--%s: found '%s', expected %s", option->name, text, expected);
}

static bool read_whole(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9') /* strtoull would take "-1" and " 1" */
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && errno == 0;
}

/* As C has it, less what strtod takes beside decimal numbers. */
static bool read_real(const char *text, double *out)
{
    char *end = NULL;
    const locale_t before = rnn_c_locale_enter();
    *out = strtod(text, &end);
    rnn_c_locale_leave(before);
    return end != text && *end == '\0' && text[strspn(text, "+-.0123456789eE")] == '\0' && isfinite(*out);
}

/* Numbers with commas between them; false where the row does not take them. */
static bool read_levels(const rnn_option *option, const char *text, rnn_quantiles *out)
{
    rnn_quantiles read = {.count = 0};
    double above = option->min;
    for (const char *rest = text;; rest++) { /* behind a comma, or at the start */
        char one[64];
        const size_t length = strcspn(rest, ",");
        double value;
        if (read.count == RNN_MOST_QUANTILES || length >= sizeof one)
            return false;
        memcpy(one, rest, length);
        one[length] = '\0';
        if (!read_real(one, &value) || value <= above || value >= option->max)
            return false;
        above = read.values[read.count++] = value;
        rest += length;
        if (!*rest)
            break;
    }
    *out = read;
    return true;
}

rnn_status rnn_option_set(const rnn_option *option, void *record, const char *text)
{
    void *field = rnn_option_field(option, record);
    switch (option->kind) {
    case RNN_OPTION_SIZE: {
        uint64_t value;
        if (!read_whole(text, &value) || (double)value < option->min || (double)value > option->max)
            return refuse(option, text);
        *(size_t *)field = (size_t)value;
        return RNN_OK;
    }
    case RNN_OPTION_SEED:
        return read_whole(text, field) ? RNN_OK : refuse(option, text);
    case RNN_OPTION_REAL: {
        double value;
        if (!read_real(text, &value) || value < option->min || value > option->max)
            return refuse(option, text);
        *(double *)field = value;
        return RNN_OK;
    }
    case RNN_OPTION_LEVELS:
        return read_levels(option, text, field) ? RNN_OK : refuse(option, text);
    case RNN_OPTION_CHOICE:
        for (int i = 0; option->choices[i]; i++)
            if (strcmp(option->choices[i], text) == 0) {
                *(int *)field = i;
                return RNN_OK;
            }
        return refuse(option, text);
    case RNN_OPTION_FLAG:
        if (strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
            return refuse(option, text);
        *(bool *)field = strcmp(text, "yes") == 0;
        return RNN_OK;
    case RNN_OPTION_TEXT:
        if (text[0] == '\0')
            return refuse(option, text);
        *(const char **)field = text;
        return RNN_OK;
    }
    return rnn_fail(RNN_INTERNAL, "option --%s has no kind", option->name);
}

bool rnn_is_listed(const char *name, const char *const *list)
{
    while (*list && strcmp(*list, name) != 0)
        list++;
    return *list != NULL;
}

void rnn_real_text(double value, char *text, size_t size)
{
    const locale_t before = rnn_c_locale_enter();
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    rnn_c_locale_leave(before);
}

static void levels_text(const rnn_quantiles *levels, char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < levels->count && i < RNN_MOST_QUANTILES; i++) {
        const size_t used = strlen(text);
        char one[32];
        rnn_real_text(levels->values[i], one, sizeof one);
        snprintf(text + used, size - used, "%s%s", i ? "," : "", one);
    }
}

void rnn_option_text(const rnn_option *option, const void *record, char *text, size_t size)
{
    const void *field = const_field(option, record);
    switch (option->kind) {
    case RNN_OPTION_SIZE:
        snprintf(text, size, "%zu", *(const size_t *)field);
        break;
    case RNN_OPTION_SEED:
        snprintf(text, size, "%llu", (unsigned long long)*(const uint64_t *)field);
        break;
    case RNN_OPTION_REAL:
        rnn_real_text(*(const double *)field, text, size);
        break;
    case RNN_OPTION_LEVELS:
        levels_text(field, text, size);
        break;
    case RNN_OPTION_CHOICE:
        snprintf(text, size, "%s", rnn_option_choice(option, *(const int *)field));
        break;
    case RNN_OPTION_FLAG:
        snprintf(text, size, "%s", *(const bool *)field ? "yes" : "no");
        break;
    case RNN_OPTION_TEXT:
        snprintf(text, size, "%s", *(const char *const *)field ? *(const char *const *)field : "");
        break;
    }
}

bool rnn_option_is_same(const rnn_option *option, const void *record, const void *other)
{
    char texts[2][RNN_OPTION_ROOM];
    rnn_option_text(option, record, texts[0], sizeof texts[0]);
    rnn_option_text(option, other, texts[1], sizeof texts[1]);
    return strcmp(texts[0], texts[1]) == 0;
}

const char *rnn_option_choice(const rnn_option *option, int value)
{
    int count = 0;
    while (option->choices[count])
        count++;
    return value >= 0 && value < count ? option->choices[value] : "?";
}
