/* SPDX-License-Identifier: MIT
 * tuning_lines.c - tile shapes as lines of text: read strictly, written alike, and matched with a device and a shape
 */
#include "backend/opencl/tuning.h"
#include "base/file.h"
#include "data/text.h"
#include "model/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_LIMIT ((size_t)1 << 20)
#define LINE_LIMIT 8192 /* of a text: a line in memory is many times its text */

/* A line being read, without its comment. */
typedef struct reader {
    const char *at, *end;
    const char *where; /* file:line */
} reader;

/* NAME=VALUE of it; value NULL where there is no '='. */
typedef struct word {
    const char *name, *value, *end;
    size_t name_size, value_size;
} word;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_word(const char *text, size_t size, const char *expected)
{
    return strlen(expected) == size && memcmp(text, expected, size) == 0;
}

/* The next word; one of no length at the colon and at the line's end. Quotes keep blanks and colons in a value. */
static word next_word(reader *r)
{
    bool quoted = false;
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
    word w = {.name = r->at};
    for (; r->at < r->end && (quoted || (!is_blank(*r->at) && *r->at != ':')); r->at++) {
        quoted ^= *r->at == '"';
        if (*r->at == '=' && !w.value)
            w.value = r->at + 1;
    }
    w.end = r->at;
    w.name_size = (size_t)((w.value ? w.value - 1 : w.end) - w.name);
    w.value_size = w.value ? (size_t)(w.end - w.value) : 0;
    return w;
}

static rnn_status refuse_value(const reader *r, const word *w, const char *expected)
{
    return rnn_fail(RNN_BAD_DATA, "%s: %.*s: found '%s', expected %s", r->where, (int)w->name_size, w->name,
                    rnn_show(w->value, w->value_size).text, expected);
}

static rnn_status refuse_word(const reader *r, const word *w, const char *expected)
{
    if (w->end == w->name)
        return rnn_fail(RNN_BAD_DATA, "%s: found %s, expected %s", r->where,
                        r->at < r->end ? "':'" : "the end of the line", expected);
    return rnn_fail(RNN_BAD_DATA, "%s: found '%s', expected %s", r->where,
                    rnn_show(w->name, (size_t)(w->end - w->name)).text, expected);
}

/* Digits alone, at most ten of them. */
static bool read_number(const char *text, size_t size, size_t *out)
{
    uint64_t number = 0;
    if (size < 1 || size > 10)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    *out = (size_t)number;
    return number >= 1 && number <= UINT_MAX;
}

/* ---- For what ------------------------------------------------------------------------------------------------------ */

static rnn_status read_device(const reader *r, const word *w, rnn_tuning_line *line)
{
    const size_t size = w->value_size;
    if (size < 3 || w->value[0] != '"' || memchr(w->value + 1, '"', size - 1) != w->value + size - 1 ||
        size - 2 >= sizeof line->device || memchr(w->value, '\0', size))
        return refuse_value(r, w, "part of a device's name in quotes, such as \"pthread\"");
    memcpy(line->device, w->value + 1, size - 2);
    return RNN_OK;
}

static rnn_status read_vector(const reader *r, const word *w, rnn_tuning_line *line)
{
    if (!read_number(w->value, w->value_size, &line->vector) || line->vector > 16 ||
        (line->vector & (line->vector - 1)) != 0)
        return refuse_value(r, w, "1, 2, 4, 8 or 16");
    return RNN_OK;
}

static rnn_status read_precision(const reader *r, const word *w, rnn_tuning_line *line)
{
    line->precision = is_word(w->value, w->value_size, "double") ? RNN_DOUBLE : RNN_FLOAT;
    if (line->precision == RNN_FLOAT && !is_word(w->value, w->value_size, "float"))
        return refuse_value(r, w, "float or double");
    return RNN_OK;
}

static rnn_status read_cell(const reader *r, const word *w, rnn_tuning_line *line)
{
    for (line->cell = RNN_ELMAN; line->cell <= RNN_LSTM; line->cell++)
        if (is_word(w->value, w->value_size, rnn_shape_of((rnn_cell)line->cell)->name))
            return RNN_OK;
    return refuse_value(r, w, "elman, gru or lstm");
}

static rnn_status read_kernel(const reader *r, const word *w, rnn_tuning_line *line)
{
    for (line->kind = 0; line->kind < RNN_TILE_KINDS; line->kind++)
        if (is_word(w->value, w->value_size, rnn_tile_kind_name(line->kind)))
            return RNN_OK;
    return refuse_value(r, w, "state or grad");
}

static rnn_status read_range(const reader *r, const word *w, size_t range[2])
{
    const char *last = w->value, *end = w->value + w->value_size;
    while (last + 1 < end && (last[0] != '.' || last[1] != '.'))
        last++;
    const bool two = last + 1 < end;
    if (!read_number(w->value, (size_t)((two ? last : end) - w->value), &range[0]) ||
        !read_number(two ? last + 2 : w->value, (size_t)(end - (two ? last + 2 : w->value)), &range[1]) ||
        range[0] > range[1])
        return refuse_value(r, w, "a whole number or a range such as 65..128");
    return RNN_OK;
}

static rnn_status read_hidden(const reader *r, const word *w, rnn_tuning_line *line)
{
    return read_range(r, w, line->hidden);
}

static rnn_status read_batch(const reader *r, const word *w, rnn_tuning_line *line)
{
    return read_range(r, w, line->batch);
}

static const struct {
    const char *name;
    rnn_status (*read)(const reader *r, const word *w, rnn_tuning_line *line);
} keys[] = {{"device", read_device}, {"vector", read_vector}, {"precision", read_precision}, {"cell", read_cell},
            {"kernel", read_kernel}, {"hidden", read_hidden}, {"batch", read_batch}};
#define KEYS   (sizeof keys / sizeof *keys)
#define KERNEL 4

static rnn_status read_place(reader *r, rnn_tuning_line *line)
{
    unsigned seen = 0;
    for (word w = next_word(r); w.end > w.name; w = next_word(r)) {
        size_t key = 0;
        while (key < KEYS && !is_word(w.name, w.name_size, keys[key].name))
            key++;
        if (key == KEYS || !w.value)
            return refuse_word(r, &w, "device=, vector=, precision=, cell=, kernel=, hidden=, batch= or ':'");
        if (seen & 1U << key)
            return rnn_fail(RNN_BAD_DATA, "%s: %s= is there twice, expected it once", r->where, keys[key].name);
        seen |= 1U << key;
        const rnn_status status = keys[key].read(r, &w, line);
        if (status)
            return status;
    }
    if (!(seen & 1U << KERNEL))
        return rnn_fail(RNN_BAD_DATA, "%s: no kernel= before the ':', expected kernel=state or kernel=grad", r->where);
    return RNN_OK;
}

/* ---- Settings ------------------------------------------------------------------------------------------------------ */

static rnn_status refuse_setting(const reader *r, const word *w, rnn_tile_kind kind)
{
    char expected[256];
    const rnn_tuning_field *field;
    snprintf(expected, sizeof expected, "a setting of kernel=%s:", rnn_tile_kind_name(kind));
    for (size_t n = 0; (field = rnn_tuning_nth(kind, n)); n++) {
        const size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s %s", n ? "," : "", field->name);
    }
    return refuse_word(r, w, expected);
}

static rnn_status read_setting(const reader *r, const word *w, rnn_tuning_line *line)
{
    const rnn_tuning_field *field;
    size_t n = 0, value;
    char expected[64];
    while ((field = rnn_tuning_nth(line->kind, n)) && !is_word(w->name, w->name_size, field->name))
        n++;
    if (!field || !w->value)
        return refuse_setting(r, w, line->kind);
    unsigned *to = rnn_tuning_value(field, &line->tuning);
    if (*to)
        return rnn_fail(RNN_BAD_DATA, "%s: %s= is there twice, expected it once", r->where, field->name);
    snprintf(expected, sizeof expected, "a %s from 1 to %u", field->powers ? "power of two" : "whole number",
             field->most);
    if (!read_number(w->value, w->value_size, &value) || value > field->most ||
        (field->powers && (value & (value - 1)) != 0))
        return refuse_value(r, w, expected);
    *to = (unsigned)value;
    return RNN_OK;
}

static rnn_status read_line(reader *r, rnn_tuning_line *line)
{
    rnn_status status = read_place(r, line);
    if (status)
        return status;
    word w = next_word(r);
    if (r->at == r->end || *r->at != ':')
        return refuse_word(r, &w, "':' and settings");
    r->at++;
    w = next_word(r);
    do {
        status = read_setting(r, &w, line);
        w = next_word(r);
    } while (status == RNN_OK && w.end > w.name);
    if (status == RNN_OK && r->at < r->end)
        status = rnn_fail(RNN_BAD_DATA, "%s: found a second ':', expected settings alone behind the first", r->where);
    return status;
}

/* ---- Lists --------------------------------------------------------------------------------------------------------- */

rnn_status rnn_tuning_add(rnn_tuning_list *list, const rnn_tuning_line *line)
{
    if ((list->count & (list->count - 1)) == 0) { /* full: there is room for a power of two */
        const size_t room = list->count ? 2 * list->count : 1;
        rnn_tuning_line *lines = realloc(list->lines, room * sizeof *lines);
        if (!lines)
            return rnn_fail(RNN_NO_MEMORY, "out of memory: %zu tuning lines", room);
        list->lines = lines;
    }
    list->lines[list->count++] = *line;
    return RNN_OK;
}

void rnn_tuning_list_free(rnn_tuning_list *list)
{
    free(list->lines);
    *list = (rnn_tuning_list){NULL, 0};
}

/* Where a line's comment begins, or its end. */
static const char *end_of_content(const char *line, const char *end)
{
    bool quoted = false;
    for (; line < end && (quoted || *line != '#'); line++)
        quoted ^= *line == '"';
    return line;
}

rnn_status rnn_tuning_parse(const char *text, size_t size, const char *where, bool optional, rnn_tuning_list *list)
{
    const size_t before = list->count;
    const char *const end = text + size;
    size_t number = 1;
    for (const char *at = text; at < end; number++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        rnn_tuning_line line = {
            .precision = -1, .cell = -1, .hidden = {1, SIZE_MAX}, .batch = {1, SIZE_MAX}, .optional = optional};
        reader r = {at, end_of_content(at, newline ? newline : end), line.where};
        snprintf(line.where, sizeof line.where, "%.200s:%zu", where, number);
        at = newline ? newline + 1 : end;
        while (r.at < r.end && is_blank(*r.at))
            r.at++;
        if (r.at == r.end)
            continue;
        rnn_status status = read_line(&r, &line);
        if (status == RNN_OK && list->count - before == LINE_LIMIT)
            status = rnn_fail(RNN_BAD_DATA, "%s: more than %d lines, the cap for such a file", line.where, LINE_LIMIT);
        if (status == RNN_OK)
            status = rnn_tuning_add(list, &line);
        if (status) {
            list->count = before;
            return status;
        }
    }
    return RNN_OK;
}

rnn_status rnn_tuning_read(const char *path, bool optional, rnn_tuning_list *list)
{
    unsigned char *bytes = NULL;
    size_t size = 0;
    rnn_status status;
    RNN_TRY(rnn_read_file(path, FILE_LIMIT, &bytes, &size));
    status = rnn_tuning_parse((const char *)bytes, size, path, optional, list);
fail:
    free(bytes);
    return status;
}

/* " hidden=65..128"; nothing where any size fits. */
static void add_range(char *text, size_t size, const char *name, const size_t range[2])
{
    const size_t used = strlen(text);
    if (range[0] == range[1])
        snprintf(text + used, size - used, " %s=%zu", name, range[0]);
    else if (range[1] != SIZE_MAX)
        snprintf(text + used, size - used, " %s=%zu..%zu", name, range[0], range[1]);
}

const char *rnn_tuning_line_text(const rnn_tuning_line *line, char *text, size_t size)
{
    char settings[256];
    text[0] = '\0';
    if (line->device[0])
        snprintf(text, size, "device=\"%s\" ", line->device);
    if (line->vector)
        snprintf(text + strlen(text), size - strlen(text), "vector=%zu ", line->vector);
    if (line->precision >= 0)
        snprintf(text + strlen(text), size - strlen(text), "precision=%s ",
                 line->precision == RNN_DOUBLE ? "double" : "float");
    if (line->cell >= 0)
        snprintf(text + strlen(text), size - strlen(text), "cell=%s ", rnn_shape_of((rnn_cell)line->cell)->name);
    snprintf(text + strlen(text), size - strlen(text), "kernel=%s", rnn_tile_kind_name(line->kind));
    add_range(text, size, "hidden", line->hidden);
    add_range(text, size, "batch", line->batch);
    rnn_tuning_text(line->kind, &line->tuning, settings, sizeof settings);
    snprintf(text + strlen(text), size - strlen(text), ": %s", settings);
    return text;
}

/* ---- Matching ------------------------------------------------------------------------------------------------------ */

static bool same_range(const size_t a[2], const size_t b[2])
{
    return a[0] == b[0] && a[1] == b[1];
}

bool rnn_tuning_same_place(const rnn_tuning_line *a, const rnn_tuning_line *b)
{
    return strcmp(a->device, b->device) == 0 && a->vector == b->vector && a->precision == b->precision &&
           a->cell == b->cell && a->kind == b->kind && same_range(a->hidden, b->hidden) &&
           same_range(a->batch, b->batch);
}

bool rnn_tuning_fits(const rnn_tuning_line *line, const rnn_device_info *device, size_t vector, rnn_precision precision,
                     rnn_cell cell, rnn_tile_kind kind, size_t H, size_t B)
{
    return line->kind == kind && (!line->vector || line->vector == vector) &&
           (line->precision < 0 || line->precision == (int)precision) && (line->cell < 0 || line->cell == (int)cell) &&
           H >= line->hidden[0] && H <= line->hidden[1] && B >= line->batch[0] && B <= line->batch[1] &&
           (!line->device[0] || rnn_text_has(device->platform, line->device) ||
            rnn_text_has(device->name, line->device) || rnn_text_has(device->version, line->device));
}

/* The multiples of `step` around n: parts of the power of two that is not below n. */
static void set_class(size_t n, size_t parts, size_t least, size_t range[2])
{
    size_t step = 1;
    while (step * parts < n || step < least)
        step *= 2;
    range[1] = (n + step - 1) / step * step;
    range[0] = range[1] - step + 1;
}

void rnn_tuning_class(rnn_tuning_line *line, size_t H, size_t B)
{
    set_class(H, 8, line->vector, line->hidden);
    set_class(B, 2, 1, line->batch);
}
