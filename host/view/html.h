/* SPDX-License-Identifier: MIT
 * html.h - texts and numbers as a page may hold them, whatever file they come from
 *
 * Everything goes to a stream in memory; numbers have a decimal point where the caller is in the C locale (base/c_locale.h).
 */
#ifndef RNN_VIEW_HTML_H
#define RNN_VIEW_HTML_H

#include "base/status.h"

#include <stdio.h>

/* Text between tags or in a quoted attribute: & < > " ' become references; stray bytes, control characters and what Unicode keeps
 * out of texts become \xNN, so that the page stays valid UTF-8 and valid HTML. Behind `limit` characters stands an ellipsis;
 * 0: all of it. NULL writes nothing. */
void rnn_html_text(FILE *stream, const char *text, size_t limit);

/* A number for people, four digits or so: "18.27", "1234567", "3.2e-7"; an en dash where it is not finite. */
typedef struct rnn_html_number {
    char text[40];
} rnn_html_number;
rnn_html_number rnn_html_real(double value);

/* The number with `decimals` behind the point; from 1e6 and below 1e-3 of `largest` as a multiple of its power of ten: "1.5e6". For
 * the marks of an axis, whose largest one decides for all. */
rnn_html_number rnn_html_mark(double value, double largest, double step);

#endif
