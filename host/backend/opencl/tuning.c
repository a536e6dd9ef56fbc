/* SPDX-License-Identifier: MIT
 * tuning.c - tile shapes as values: the table of what may be tuned, walked
 */
#include "backend/opencl/tuning.h"

#include <stdio.h>
#include <string.h>

#define FIELD_ROW(field, tile, kinds, name, most, powers, help, ...) \
    {name, help, offsetof(rnn_tuning, field), kinds, most, {__VA_ARGS__}, powers},
static const rnn_tuning_field fields[] = {RNN_TUNING_FIELDS(FIELD_ROW)};
#undef FIELD_ROW
#define FIELDS (sizeof fields / sizeof *fields)

const char *rnn_tile_kind_name(rnn_tile_kind kind)
{
    static const char *const names[RNN_TILE_KINDS] = {[RNN_TILE_STATE] = "state", [RNN_TILE_GRAD] = "grad"};
    return names[kind];
}

const rnn_tuning_field *rnn_tuning_nth(rnn_tile_kind kind, size_t n)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].kinds >> kind & 1 && n-- == 0)
            return &fields[i];
    return NULL;
}

unsigned *rnn_tuning_value(const rnn_tuning_field *field, rnn_tuning *tuning)
{
    return (unsigned *)((char *)tuning + field->offset);
}

static unsigned value_of(const rnn_tuning_field *field, const rnn_tuning *tuning)
{
    return *(const unsigned *)((const char *)tuning + field->offset);
}

const char *rnn_tuning_text(rnn_tile_kind kind, const rnn_tuning *tuning, char *text, size_t size)
{
    const rnn_tuning_field *field;
    text[0] = '\0';
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++) {
        const size_t used = strlen(text);
        if (value_of(field, tuning))
            snprintf(text + used, size - used, "%s%s=%u", used ? " " : "", field->name, value_of(field, tuning));
    }
    return text;
}

size_t rnn_tuning_distance(rnn_tile_kind kind, const rnn_tuning *a, const rnn_tuning *b)
{
    const rnn_tuning_field *field;
    size_t distance = 0;
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++)
        distance += value_of(field, a) != value_of(field, b);
    return distance;
}

size_t rnn_tuning_tried(const rnn_tuning_field *field)
{
    size_t count = 1;
    while (field->tried[count])
        count++;
    return count;
}

size_t rnn_tuning_combinations(rnn_tile_kind kind)
{
    const rnn_tuning_field *field;
    size_t product = 1;
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++)
        product *= 1 + rnn_tuning_tried(field);
    return product;
}

bool rnn_tuning_combination(rnn_tile_kind kind, const rnn_tuning *base, size_t index, rnn_tuning *out)
{
    const rnn_tuning_field *field;
    *out = *base;
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++) {
        const size_t choice = index % (1 + rnn_tuning_tried(field)); /* 0: the base's */
        index /= 1 + rnn_tuning_tried(field);
        if (choice > 0 && field->tried[choice - 1] == value_of(field, base))
            return false;
        if (choice > 0)
            *rnn_tuning_value(field, out) = field->tried[choice - 1];
    }
    return true;
}
