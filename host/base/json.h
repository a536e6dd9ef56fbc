/* SPDX-License-Identifier: MIT
 * json.h - jansson with one line a field: each reader checks presence, type and range, and its message says all three
 *
 * A reader's `where` names the object for messages, such as "m.safetensors: metadata \"rnn_cl\"". What is found wrong
 * reads: `where: "key" is a string, expected true or false`. Every reader's failure is RNN_BAD_DATA.
 * Texts, objects and arrays handed out are borrowed: they live as long as the object they were read from.
 */
#ifndef RNN_BASE_JSON_H
#define RNN_BASE_JSON_H

#include "base/status.h"

#include <jansson.h>

/* Every number we print can be read back to the same bits. Combine with JSON_COMPACT or JSON_INDENT(2). */
#define RNN_JSON_EXACT JSON_REAL_PRECISION(17)

#define RNN_JSON_DEPTH 32 /* most objects and arrays inside one another */

/* Parses text that must be one JSON object, without a key twice. *out is the caller's: json_decref. `room` caps the memory
 * of the tree beside its texts, which take no more than `size`: three bytes of hostile text can ask for 300 of it. */
rnn_status rnn_json_parse(const char *text, size_t size, size_t room, const char *where, json_t **out);

rnn_status rnn_json_string(const json_t *object, const char *key, const char *where, const char **out);
rnn_status rnn_json_bool(const json_t *object, const char *key, const char *where, bool *out);
rnn_status rnn_json_size(const json_t *object, const char *key, const char *where, size_t *out);
rnn_status rnn_json_real(const json_t *object, const char *key, const char *where, double *out); /* 1 is real too */
rnn_status rnn_json_object(const json_t *object, const char *key, const char *where, json_t **out);
rnn_status rnn_json_array(const json_t *object, const char *key, const char *where, json_t **out);

/* "an object", "a string", ...; "nothing" for NULL. For messages about values that have no key. */
const char *rnn_json_type(const json_t *value);

/* A number, or null for NaN and infinities, which JSON cannot write. NULL when memory is out, as jansson's own. */
json_t *rnn_json_real_or_null(double value);

/* An integer, or beyond jansson's 2^63 - 1 a decimal string. NULL when memory is out. */
json_t *rnn_json_u64_or_text(uint64_t value);

/* A string from text of unknown origin. RNN_BAD_DATA when it is not UTF-8, the only text JSON has. */
rnn_status rnn_json_from_text(const char *text, const char *where, json_t **out);

#endif
