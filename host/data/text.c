/* SPDX-License-Identifier: MIT */
#include "data/text.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

size_t rnn_utf8_length(const void *character, size_t size)
{
    const unsigned char *text = character;
    const unsigned first = text[0];
    const size_t length = first < 0x80   ? 1
                          : first < 0xC2 ? 0
                          : first < 0xE0 ? 2
                          : first < 0xF0 ? 3
                          : first < 0xF5 ? 4
                                         : 0;
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    if ((first == 0xE0 && text[1] < 0xA0) || (first == 0xED && text[1] > 0x9F) || (first == 0xF0 && text[1] < 0x90) ||
        (first == 0xF4 && text[1] > 0x8F))
        return 0;
    return length;
}

/* C0, DEL and, as UTF-8, C1: what a terminal may act upon. */
static bool is_control(const unsigned char *text)
{
    return text[0] < 0x20 || text[0] == 0x7F || (text[0] == 0xC2 && text[1] < 0xA0);
}

/* The character at *at, or a stray byte, as it may be shown; returns its length, *at moves on. */
static size_t show_one(const unsigned char **at, const unsigned char *end, char shown[sizeof "\\xff"])
{
    size_t length = rnn_utf8_length(*at, (size_t)(end - *at));
    if (length == 0 || is_control(*at)) {
        snprintf(shown, sizeof "\\xff", "\\x%02x", *(*at)++);
        return sizeof "\\xff" - 1;
    }
    memcpy(shown, *at, length);
    *at += length;
    return length;
}

rnn_shown rnn_show(const void *text, size_t size)
{
    rnn_shown shown = {{0}};
    const unsigned char *at = text, *const end = at + size;
    char *to = shown.text;
    for (size_t characters = 0; at < end; characters++) {
        if (characters == RNN_SHOWN_CHARACTERS) {
            memcpy(to, "...", sizeof "...");
            break;
        }
        to += show_one(&at, end, to);
    }
    return shown;
}

rnn_shown rnn_show_string(const char *text)
{
    return rnn_show(text, strlen(text));
}

void rnn_show_into(char *to, size_t size, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *const end = at + strlen(text);
    char shown[sizeof "\\xff"];
    while (at < end) {
        const size_t length = show_one(&at, end, shown);
        if (length >= size)
            break;
        memcpy(to, shown, length);
        to += length;
        size -= length;
    }
    *to = '\0';
}

rnn_status rnn_show_whole(const char *text, char **out)
{
    const size_t size = strlen(text) * (sizeof "\\xff" - 1) + 1;
    *out = rnn_calloc(size, 1, "a text");
    if (!*out)
        return RNN_NO_MEMORY;
    rnn_show_into(*out, size, text);
    return RNN_OK;
}

bool rnn_is_utf8(const void *text, size_t size)
{
    const unsigned char *at = text, *const end = at + size;
    while (at < end) {
        const size_t length = rnn_utf8_length(at, (size_t)(end - at));
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

bool rnn_text_has(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; length && *text; text++)
        if (strncasecmp(text, part, length) == 0)
            return true;
    return false;
}
