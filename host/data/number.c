/* SPDX-License-Identifier: MIT
 * number.c - the grammar is checked here; only what passed goes to strtod, under a "C" locale of our own
 */
#define _GNU_SOURCE /* strtod_l */
#include "data/number.h"

#include "base/memory.h"
#include "data/text.h"

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#ifdef __APPLE__
#include <xlocale.h>
#endif

struct rnn_number_reader {
    char mark;
    locale_t c_locale;
    char *scratch; /* strtod wants a terminated text with '.' for the mark */
};

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static void trim(const unsigned char **text, size_t *size)
{
    while (*size && (**text == ' ' || **text == '\t')) {
        ++*text;
        --*size;
    }
    while (*size && ((*text)[*size - 1] == ' ' || (*text)[*size - 1] == '\t'))
        --*size;
}

static const unsigned char *skip_digits(const unsigned char *at, const unsigned char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

static bool is_number(const unsigned char *at, const unsigned char *end, char mark)
{
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    const unsigned char *whole = skip_digits(at, end);
    size_t digits = (size_t)(whole - at);
    at = whole;
    if (at < end && *at == (unsigned char)mark) {
        const unsigned char *part = skip_digits(at + 1, end);
        digits += (size_t)(part - (at + 1));
        at = part;
    }
    if (digits == 0)
        return false;
    if (at < end && (*at == 'e' || *at == 'E')) {
        at++;
        if (at < end && (*at == '+' || *at == '-'))
            at++;
        const unsigned char *exponent = skip_digits(at, end);
        return exponent > at && exponent == end;
    }
    return at == end;
}

static bool is_word(const unsigned char *text, size_t size, const char *const *words)
{
    if (*text == '+' || *text == '-') { /* a lone sign leaves "" */
        text++;
        size--;
    }
    for (; *words; words++)
        if (strlen(*words) == size && strncasecmp((const char *)text, *words, size) == 0)
            return true;
    return false;
}

static bool is_hex(const unsigned char *text, size_t size)
{
    if (*text == '+' || *text == '-') {
        text++;
        size--;
    }
    return size >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
}

/* Digits at both ends, and between them nothing but digits and what people separate them with. */
static bool is_separated(const unsigned char *text, size_t size)
{
    if (*text == '+' || *text == '-') {
        text++;
        size--;
    }
    if (size < 3 || !is_digit(text[0]) || !is_digit(text[size - 1]))
        return false;
    for (size_t i = 0; i < size; i++)
        if (!is_digit(text[i]) && !memchr(",. '_", text[i], 5))
            return false;
    return true;
}

rnn_number_look rnn_number_look_at(const unsigned char *text, size_t size, char mark)
{
    static const char *const missing[] = {"nan", "na", "n/a", "#n/a", "nil", "null", "none", "?", ".", "", NULL};
    static const char *const infinite[] = {"inf", "infinity", NULL};
    trim(&text, &size);
    if (size == 0)
        return RNN_LOOKS_EMPTY;
    if (is_number(text, text + size, mark))
        return RNN_LOOKS_NUMBER;
    if (is_word(text, size, missing))
        return RNN_LOOKS_MISSING;
    if (is_word(text, size, infinite))
        return RNN_LOOKS_INFINITE;
    if (is_hex(text, size))
        return RNN_LOOKS_HEX;
    return is_separated(text, size) ? RNN_LOOKS_SEPARATED : RNN_LOOKS_TEXT;
}

bool rnn_number_is_missing(const unsigned char *text, size_t size, char mark)
{
    const rnn_number_look look = rnn_number_look_at(text, size, mark);
    return look == RNN_LOOKS_EMPTY || look == RNN_LOOKS_MISSING;
}

static size_t count_byte(const unsigned char *text, size_t size, char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == (unsigned char)byte;
    return count;
}

static size_t count_separators(const unsigned char *text, size_t size)
{
    size_t count = 0;
    for (size_t i = 1; i < size; i++) /* the first may be a sign */
        count += !is_digit(text[i]);
    return count;
}

/* 3,14 may be a decimal comma or a thousands separator gone wrong: only its writer knows, so both are named. */
static rnn_status refuse_separated(const unsigned char *text, size_t size, char mark)
{
    const rnn_shown found = rnn_show(text, size);
    const bool one = count_separators(text, size) == 1;
    if (one && mark == '.' && count_byte(text, size, ',') == 1)
        return rnn_fail(RNN_BAD_DATA,
                        "\"%s\" is not a number with a decimal point; if the comma is the decimal mark, try --decimal "
                        "comma; if it separates thousands, remove it",
                        found.text);
    if (one && mark == ',' && count_byte(text, size, '.') == 1)
        return rnn_fail(RNN_BAD_DATA,
                        "\"%s\" is not a number with a decimal comma; if the point is the decimal mark, leave out "
                        "--decimal comma; if it separates thousands, remove it",
                        found.text);
    return rnn_fail(RNN_BAD_DATA,
                    "\"%s\" is not a number; if it has thousands separators, remove them: they are not read",
                    found.text);
}

static rnn_status refuse(rnn_number_look look, const unsigned char *text, size_t size, char mark)
{
    switch (look) {
    case RNN_LOOKS_EMPTY:
        return rnn_fail(RNN_BAD_DATA, "empty cell; every value in use must be a number (" RNN_MISSING_HELP ")");
    case RNN_LOOKS_MISSING:
        return rnn_fail(RNN_BAD_DATA,
                        "\"%s\" is no finite number; every value in use must be one (" RNN_MISSING_HELP ")",
                        rnn_show(text, size).text);
    case RNN_LOOKS_INFINITE:
        return rnn_fail(RNN_BAD_DATA,
                        "\"%s\" is no finite number; every value in use must be one (" RNN_INFINITE_HELP ")",
                        rnn_show(text, size).text);
    case RNN_LOOKS_HEX:
        return rnn_fail(RNN_BAD_DATA, "\"%s\" is hexadecimal; write it as a decimal number", rnn_show(text, size).text);
    case RNN_LOOKS_SEPARATED:
        return refuse_separated(text, size, mark);
    case RNN_LOOKS_NUMBER: /* and yet refused */
        return rnn_fail(RNN_BAD_DATA, "\"%s\" is beyond the largest double, about 1.8e308; use a larger unit",
                        rnn_show(text, size).text);
    case RNN_LOOKS_TEXT:
        break;
    }
    return rnn_fail(RNN_BAD_DATA,
                    "\"%s\" is not a number; expected one such as 12%c5 or 1e-3 (a column of text can only be left out "
                    "of --target and --features)",
                    rnn_show(text, size).text, mark);
}

rnn_status rnn_number_reader_open(size_t longest, char mark, rnn_number_reader **out)
{
    rnn_status status;
    rnn_number_reader *reader = NULL;
    *out = NULL;
    RNN_TRY(RNN_NEW(reader, 1));
    reader->mark = mark;
    RNN_TRY(RNN_NEW(reader->scratch, longest + 1));
    reader->c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!reader->c_locale)
        RNN_TRY(rnn_fail(RNN_NO_MEMORY, "out of memory: the \"C\" locale, in which numbers are read"));
    *out = reader;
    return RNN_OK;
fail:
    rnn_number_reader_free(reader);
    return status;
}

void rnn_number_reader_free(rnn_number_reader *reader)
{
    if (!reader)
        return;
    if (reader->c_locale)
        freelocale(reader->c_locale);
    free(reader->scratch);
    free(reader);
}

rnn_status rnn_number_read(rnn_number_reader *reader, const unsigned char *text, size_t size, double *value)
{
    trim(&text, &size);
    const rnn_number_look look = rnn_number_look_at(text, size, reader->mark);
    if (look != RNN_LOOKS_NUMBER)
        return refuse(look, text, size, reader->mark);

    memcpy(reader->scratch, text, size);
    reader->scratch[size] = '\0';
    char *mark = strchr(reader->scratch, reader->mark);
    if (mark)
        *mark = '.';
    *value = strtod_l(reader->scratch, NULL, reader->c_locale);
    return isfinite(*value) ? RNN_OK : refuse(look, text, size, reader->mark);
}
