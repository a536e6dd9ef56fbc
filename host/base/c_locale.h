/* SPDX-License-Identifier: MIT
 * c_locale.h - numbers written and read with a decimal point, whatever the locale of the program that calls us
 */
#ifndef RNN_BASE_C_LOCALE_H
#define RNN_BASE_C_LOCALE_H

#include <locale.h>

/* Until `leave`, this thread prints and parses as in the "C" locale; other threads do not notice. */
locale_t rnn_c_locale_enter(void);
void rnn_c_locale_leave(locale_t before);

#endif
