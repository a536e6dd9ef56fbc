/* SPDX-License-Identifier: MIT */
#include "view/html.h"
#include "data/text.h"

#include <math.h>
#include <string.h>

/* What UTF-8 can write and HTML may not hold: controls (C0 but the line's end, DEL, C1) and non-characters (U+nFFFE, U+nFFFF, U+FDD0 to U+FDEF). */
static bool is_barred(const unsigned char *text, size_t length)
{
    if (length == 1)
        return (text[0] < ' ' && text[0] != '\n') || text[0] == 0x7f;
    if (length == 2)
        return text[0] == 0xc2 && text[1] < 0xa0;
    if (length == 3)
        return (text[0] == 0xef && text[1] == 0xbf && text[2] > 0xbd) ||
               (text[0] == 0xef && text[1] == 0xb7 && text[2] >= 0x90 && text[2] <= 0xaf);
    return (text[1] & 0x0f) == 0x0f && text[2] == 0xbf && text[3] > 0xbd;
}

static const char *reference(unsigned char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void rnn_html_text(FILE *stream, const char *text, size_t limit)
{
    const unsigned char *next = (const unsigned char *)text, *const end = next ? next + strlen(text) : next;
    for (size_t used = 0; next < end; used++) {
        const size_t length = rnn_utf8_length(next, (size_t)(end - next));
        if (limit && used == limit) {
            fputs("\xe2\x80\xa6", stream);
            break;
        }
        if (length == 0 || is_barred(next, length)) {
            fprintf(stream, "\\x%02x", *next++);
            continue; /* the other bytes of a barred character are stray ones then */
        }
        const char *instead = reference(*next);
        if (instead)
            fputs(instead, stream);
        else
            fwrite(next, 1, length, stream);
        next += length;
    }
}

/* "1.5e+06" is "1.5e6", "2e-07" is "2e-7". */
static void shorten_power(char *text)
{
    char *power = strchr(text, 'e');
    if (!power)
        return;
    char *to = power + 1, *from = to;
    if (*from == '-')
        to++;
    if (*from == '-' || *from == '+')
        from++;
    while (*from == '0' && from[1])
        from++;
    memmove(to, from, strlen(from) + 1);
}

rnn_html_number rnn_html_real(double value)
{
    rnn_html_number number;
    const double size = fabs(value);
    if (!isfinite(value))
        snprintf(number.text, sizeof number.text, "\xe2\x80\x93");
    else if (size >= 9999.5 && size < 1e9)
        snprintf(number.text, sizeof number.text, "%.0f", value);
    else
        snprintf(number.text, sizeof number.text, "%.4g", value);
    shorten_power(number.text);
    return number;
}

rnn_html_number rnn_html_mark(double value, double largest, double step)
{
    rnn_html_number number;
    const double power = largest > 0 ? floor(log10(largest) + 1e-9) : 0;
    const bool scaled = largest > 0 && (power >= 6 || power < -3);
    double decimals = ceil(-log10(step) - 1e-9) + (scaled ? power : 0);
    decimals = decimals < 0 ? 0 : decimals > 16 ? 16 : decimals;
    if (scaled && value != 0) {
        /* in two halves: 10^-308 and below have no reciprocal */
        const double half = floor(power / 2), mantissa = value / pow(10, half) / pow(10, power - half);
        snprintf(number.text, sizeof number.text, "%.*fe%.0f", (int)decimals, mantissa, power);
    } else {
        snprintf(number.text, sizeof number.text, "%.*f", value == 0 ? 0 : (int)decimals, value == 0 ? 0.0 : value);
    }
    return number;
}
