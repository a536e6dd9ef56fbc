/* SPDX-License-Identifier: MIT
 * steps_back.h - how many rows are looked at for the last value before a row: time that no machine's load changes
 *
 * The linker puts our function in the place of rnn_series_last (-Wl,--wrap, in the Makefile).
 */
#ifndef RNN_TESTS_DATA_STEPS_BACK_H
#define RNN_TESTS_DATA_STEPS_BACK_H

#include <stddef.h>

/* Since the program began. */
size_t steps_back(void);

#endif
