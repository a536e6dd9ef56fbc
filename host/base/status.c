/* SPDX-License-Identifier: MIT
 * status.c - messages are kept per thread in a fixed buffer, so that reporting never fails for lack of memory
 */
#include "base/status.h"

#include "base/c_locale.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_SIZE 4096

static _Thread_local char message[MESSAGE_SIZE];

/* Parsers quote what they read: no control character of a file (C0 but the newline, DEL; C1 in UTF-8) reaches a terminal. */
static void disarm(char *text)
{
    for (unsigned char *at = (unsigned char *)text; *at; at++) {
        if (at[0] == 0xC2 && at[1] >= 0x80 && at[1] < 0xA0)
            memcpy(at++, "??", 2);
        else if ((*at < 0x20 && *at != '\n') || *at == 0x7F)
            *at = '?';
    }
}

/* Of a text that is too long, such as one with a path of thousands of bytes, the middle goes: what is wrong is said at the end.
 * Without the memory for that the end goes. */
static void leave_out_middle(char text[MESSAGE_SIZE], size_t length, const char *format, va_list arguments)
{
    static const char gap[] = " [...] ";
    char *whole = malloc(length + 1), *end = text + MESSAGE_SIZE / 2;
    if (!whole)
        return;
    vsnprintf(whole, length + 1, format, arguments);
    memcpy(end - strlen(gap), gap, strlen(gap));
    memcpy(end, whole + length + 1 - MESSAGE_SIZE / 2, MESSAGE_SIZE / 2);
    free(whole);
}

static void format_text(char text[MESSAGE_SIZE], const char *format, va_list arguments)
{
    const locale_t before = rnn_c_locale_enter();
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(text, MESSAGE_SIZE, format, arguments);
    if (length >= MESSAGE_SIZE)
        leave_out_middle(text, (size_t)length, format, again);
    va_end(again);
    rnn_c_locale_leave(before);
    disarm(text);
}

rnn_status(rnn_fail)(rnn_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE]; /* formatted apart: an argument may be the old message */
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    snprintf(message, sizeof message, "%s", text);
    return status;
}

rnn_status(rnn_fail_within)(rnn_status status, const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    return (rnn_fail)(status, "%s%s", text, message);
}

const char *rnn_error_message(void)
{
    return message;
}

const char *rnn_status_sentence(rnn_status status)
{
    switch (status) {
#define RNN_STATUS_CASE(name, value, sentence) \
    case name:                                 \
        return sentence;
        RNN_STATUS_TABLE(RNN_STATUS_CASE)
#undef RNN_STATUS_CASE
    }
    return "unknown status";
}

static rnn_notice_handler notice_handler;
static void *notice_context;

void rnn_set_notice_handler(rnn_notice_handler handler, void *context)
{
    notice_handler = handler;
    notice_context = context;
}

void rnn_notice(const char *format, ...)
{
    char text[MESSAGE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    format_text(text, format, arguments);
    va_end(arguments);
    if (notice_handler)
        notice_handler(text, notice_context);
    else
        fprintf(stderr, "rnn_cl: %s\n", text);
}
