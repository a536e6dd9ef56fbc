/* SPDX-License-Identifier: MIT
 * settings.h - the table of rnn_settings: the command line parses with it, a model file keeps its values by it
 */
#ifndef RNN_MODEL_SETTINGS_H
#define RNN_MODEL_SETTINGS_H

#include "base/option.h"

#include <jansson.h>

/* The rows, about struct rnn_settings; ends with a row whose name is NULL. */
extern const rnn_option rnn_settings_table[];

/* The row called `name`, or NULL. */
const rnn_option *rnn_settings_row(const char *name);

/* The name of a choice, as in "sigmoid": rnn_settings_name("activation", settings). */
const char *rnn_settings_name(const char *option, const rnn_settings *settings);

/* Settings that contradict each other, or that the recipe does not have: RNN_USAGE naming both sides. */
rnn_status rnn_settings_check(const rnn_settings *settings);

/* As rnn_settings_resolve, with what another run of these settings has chosen. */
void rnn_settings_resolve_as(rnn_settings *settings, const rnn_settings *chosen);

/* An object {option: value}; the caller's to json_decref. NULL with a recorded message when memory is out. */
json_t *rnn_settings_to_json(const rnn_settings *settings);

/* Every row must be there, but those that came after the first models: one that leaves another out is damaged. `where` names the file. */
rnn_status rnn_settings_from_json(const json_t *object, const char *where, rnn_settings *out);

/* The same, but for what goes with what: of settings that no run has as they are, such as those that a sweep starts from. */
rnn_status rnn_settings_values_from_json(const json_t *object, const char *where, rnn_settings *out);

#endif
