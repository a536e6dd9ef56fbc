/* SPDX-License-Identifier: MIT */
#include "markup.h"

#include "data/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 64
#define IDS   256
#define NAME  64

typedef struct checker {
    const char *page, *at;
    char open[DEPTH][NAME];
    size_t depth;
    char ids[IDS][NAME];
    size_t id_count;
} checker;

static char fault[512];

static bool wrong(const checker *c, const char *what)
{
    const size_t before = (size_t)(c->at - c->page) < 40 ? (size_t)(c->at - c->page) : 40;
    snprintf(fault, sizeof fault, "byte %zu: %s: ...%.*s", (size_t)(c->at - c->page), what, (int)(before + 40),
             c->at - before);
    return false;
}

static bool is_in(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static bool is_inside(const checker *c, const char *name)
{
    for (size_t i = 0; i < c->depth; i++)
        if (strcmp(c->open[i], name) == 0)
            return true;
    return false;
}

/* At a character of text or of an attribute's value. */
static bool check_character(checker *c)
{
    static const char *const references[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", NULL};
    const size_t length = rnn_utf8_length(c->at, strlen(c->at));
    if (length == 0)
        return wrong(c, "not UTF-8");
    if ((unsigned char)*c->at < ' ' && *c->at != '\n')
        return wrong(c, "a control character");
    if (memcmp(c->at, "\xef\xbf\xbe", length) == 0 || memcmp(c->at, "\xef\xbf\xbf", length) == 0)
        return wrong(c, "a non-character");
    if (*c->at == '<' || *c->at == '>')
        return wrong(c, "a stray < or >");
    for (const char *const *reference = references; *c->at == '&' && *reference; reference++)
        if (strncmp(c->at, *reference, strlen(*reference)) == 0) {
            c->at += strlen(*reference);
            return true;
        }
    if (*c->at == '&')
        return wrong(c, "an & that begins no reference");
    c->at += length;
    return true;
}

static bool take_name(checker *c, char name[NAME])
{
    size_t length = 0;
    while ((isalnum((unsigned char)*c->at) || *c->at == '-') && length < NAME - 1)
        name[length++] = *c->at++;
    name[length] = '\0';
    return length > 0 || wrong(c, "a name is missing");
}

static bool check_value(checker *c, const char *name, const char *value, size_t length)
{
    static const char *const numbers[] = {"d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "viewBox", NULL};
    if (is_in(name, numbers) && strspn(value, "0123456789.-% MhHZ") != length &&
        strncmp(value, "device", length < 6 ? length : 6) != 0)
        return wrong(c, "a coordinate that is no number");
    if (strcmp(name, "id") != 0)
        return true;
    if (length >= NAME || c->id_count == IDS)
        return wrong(c, "an id too many or too long for this check");
    snprintf(c->ids[c->id_count], NAME, "%.*s", (int)length, value);
    for (size_t i = 0; i < c->id_count; i++)
        if (strcmp(c->ids[i], c->ids[c->id_count]) == 0)
            return wrong(c, "an id twice");
    c->id_count++;
    return true;
}

/* Up to the tag's '>' or '/>'; *closed: the latter. */
static bool check_attributes(checker *c, bool *closed)
{
    char names[8][NAME];
    size_t count = 0;
    for (;;) {
        while (*c->at == ' ' || *c->at == '\n')
            c->at++;
        *closed = *c->at == '/';
        c->at += *closed;
        if (*c->at == '>') {
            c->at++;
            return true;
        }
        if (*closed || count == 8 || !take_name(c, names[count]))
            return wrong(c, "a tag that does not end");
        for (size_t i = 0; i < count; i++)
            if (strcmp(names[i], names[count]) == 0)
                return wrong(c, "an attribute twice");
        if (strncmp(c->at, "=\"", 2) != 0)
            return wrong(c, "an attribute without quotes");
        c->at += 2;
        const char *value = c->at;
        while (*c->at && *c->at != '"')
            if (!check_character(c))
                return false;
        if (!*c->at || !check_value(c, names[count++], value, (size_t)(c->at - value)))
            return *c->at ? false : wrong(c, "a value that does not end");
        c->at++;
    }
}

static bool check_opening(checker *c)
{
    static const char *const alone[] = {"meta", NULL}, *const blocks[] = {"p",  "div", "ul",    "dl",      "figure",
                                                                          "h2", "h3",  "table", "section", NULL};
    char name[NAME];
    bool closed;
    c->at++;
    if (!take_name(c, name))
        return false;
    if (is_in(name, blocks) && is_inside(c, "p"))
        return wrong(c, "a block in a paragraph");
    if (!check_attributes(c, &closed))
        return false;
    if (closed && !is_inside(c, "svg"))
        return wrong(c, "a tag closed in itself outside <svg>");
    if (closed || is_in(name, alone))
        return true;
    if (c->depth == DEPTH)
        return wrong(c, "too many tags inside one another");
    memcpy(c->open[c->depth++], name, sizeof name);
    if (strcmp(name, "style") == 0) {
        c->at = strstr(c->at, "</style>");
        if (!c->at) {
            c->at = c->page;
            return wrong(c, "a style sheet that does not end");
        }
    }
    return true;
}

static bool check_closing(checker *c)
{
    char name[NAME];
    c->at += 2;
    if (!take_name(c, name))
        return false;
    if (c->depth == 0 || strcmp(c->open[c->depth - 1], name) != 0)
        return wrong(c, "a tag that closes another than the last one opened");
    c->depth--;
    return *c->at++ == '>' || wrong(c, "a closing tag that does not end");
}

/* Every word of every aria-labelledby is somebody's id. */
static bool check_labels(checker *c)
{
    static const char attribute[] = "aria-labelledby=\"";
    for (c->at = c->page; (c->at = strstr(c->at, attribute));) {
        c->at += sizeof attribute - 1;
        while (*c->at != '"') {
            char name[NAME];
            bool known = false;
            c->at += *c->at == ' ';
            if (!take_name(c, name))
                return false;
            for (size_t i = 0; i < c->id_count; i++)
                known = known || strcmp(c->ids[i], name) == 0;
            if (!known)
                return wrong(c, "an id that nobody has");
        }
    }
    return true;
}

static bool check(checker *c)
{
    static const char begin[] = "<!DOCTYPE html>";
    if (strncmp(c->at, begin, sizeof begin - 1) != 0)
        return wrong(c, "no DOCTYPE");
    c->at += sizeof begin - 1;
    while (*c->at)
        if (!(strncmp(c->at, "</", 2) == 0 ? check_closing(c) : *c->at == '<' ? check_opening(c) : check_character(c)))
            return false;
    return c->depth == 0 ? check_labels(c) : wrong(c, "a tag that is not closed");
}

const char *markup_fault(const char *page)
{
    checker *c = calloc(1, sizeof *c);
    if (!c)
        return "out of memory";
    c->page = c->at = page;
    const bool good = check(c);
    free(c);
    return good ? NULL : fault;
}
