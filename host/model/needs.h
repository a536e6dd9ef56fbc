/* SPDX-License-Identifier: MIT
 * needs.h - which settings do something only beside certain values of another one
 */
#ifndef RNN_MODEL_NEEDS_H
#define RNN_MODEL_NEEDS_H

#include "base/need.h"

/* Rows about rnn_settings_table; ends with a row whose option is NULL. An option with several rows needs all of them. */
extern const rnn_need rnn_settings_needs[];

/* A set of rows of rnn_settings_table: bit n is row n. */
uint64_t rnn_settings_bit(const rnn_option *row);

/* RNN_USAGE: one of the rows in `asked` has a value that does nothing beside these settings; the message names both. A value that
 * says that nothing is wanted, as --dropout 0, is right anywhere. */
rnn_status rnn_needs_check(const rnn_settings *settings, uint64_t asked);

/* The rows that somebody must have set, and that are refused where they do nothing even by who does not know what was given. */
uint64_t rnn_needs_changed(const rnn_settings *settings);

/* The rows that do something beside these settings: all without a need, and those whose needs are met. */
uint64_t rnn_needs_met(const rnn_settings *settings);

/* Puts the recipe's default in the place of every value that does nothing. */
void rnn_settings_drop_idle(rnn_settings *settings);

#endif
